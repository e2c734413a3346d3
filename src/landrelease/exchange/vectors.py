"""GeoPackage, Shapefile, KML and FlatGeobuf through GDAL (pyogrio)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, GeometryError
from pyproj import CRS
from pyproj.exceptions import CRSError

from .problems import ExchangeError, Problem, shorten
from .signatures import open_archive, refuse_disguise
from .source import Objects, RawBatch, Source, objects

#: Features fetched from GDAL at once: each fetch reopens the file, so few and large ones.
FETCH = 50_000

#: Columns that GDAL's KML driver adds to say how a placemark is drawn, with the value that says
#: nothing. Such values are not data of the source.
KML_DRAWING = {"tessellate": -1, "extrude": 0, "visibility": -1}

#: What GDAL's readers stop with.
FAILURES = (DataSourceError, DataLayerError, FeatureError, GeometryError)

#: Above this a float can no longer tell neighbouring whole numbers apart.
EXACT_FLOAT = 2**53


def open_vector(
    path: Path, form: str, *, layer: str | None, crs: str | None, encoding: str | None
) -> Source:
    """Open a vector file; see :func:`.read.open_source`."""
    target = _target(path)
    try:
        layers = [str(name) for name in pyogrio.list_layers(target)[:, 0]]
    except (*FAILURES, OSError) as error:
        raise ExchangeError(
            f"{path}: cannot be read as {form} ({error}); open it in QGIS and save it again"
        ) from error
    chosen = _choose_layer(path, layers, layer)
    options: dict[str, Any] = {} if encoding is None else {"encoding": encoding}
    try:
        info = pyogrio.read_info(target, layer=chosen, force_feature_count=True, **options)
    except (*FAILURES, OSError, LookupError) as error:
        raise ExchangeError(f"{path}, layer {chosen}: cannot be read ({error})") from error
    problems: list[Problem] = []
    file_crs = authority(info["crs"])
    if crs is not None:
        stated = checked_crs(path, crs)
        if file_crs is not None and CRS.from_user_input(stated) != CRS.from_user_input(file_crs):
            problems.append(
                Problem(
                    "crs_overruled",
                    "warning",
                    f"the file says {shorten(file_crs, 60)}; read as {stated}, as you asked",
                )
            )
        file_crs = stated
    has_geometry = info["geometry_type"] is not None
    if file_crs is None and has_geometry:
        problems.append(
            Problem(
                "crs_missing",
                "error",
                "the file does not say its coordinate system",
                "state it (--crs EPSG:…, or crs: in the mapping file)",
            )
        )
    columns = [str(name) for name in info["fields"]]
    integers = {
        name
        for name, kind in zip(columns, info["ogr_types"], strict=True)
        if kind in ("OFTInteger", "OFTInteger64")
    }
    count = int(info["features"])

    def read(size: int) -> Iterator[RawBatch]:
        seen = 0
        # KML is parsed whole at each opening, so it is fetched at once.
        fetch = count if form == "KML" else max(size, FETCH)
        while seen < count:
            fetched = _fetch(path, target, chosen, seen, fetch, options)
            got = _batch(fetched, seen, columns, integers, form, file_crs)
            if not len(got):
                break
            seen += len(got)
            if len(got) <= size:
                yield got
            else:
                for start in range(0, len(got), size):
                    yield got.take(np.arange(start, min(start + size, len(got))))
        if seen != count:
            raise ExchangeError(
                f"{path}, layer {chosen}: {count} features announced, {seen} read; "
                "the file changed or is damaged"
            )

    return Source(
        path, form, chosen, layers, columns, file_crs, count, read, encoding=info["encoding"],
        problems=problems,
    )  # fmt: skip


def layers(path: Path) -> list[str]:
    """Names of the layers of a file.

    Raises
    ------
    ExchangeError
        When it is missing, not what its name says, or cannot be read.
    """
    if not path.is_file():
        raise ExchangeError(f"{path}: there is no such file")
    refuse_disguise(path)
    try:
        return [str(name) for name in pyogrio.list_layers(_target(path))[:, 0]]
    except (*FAILURES, OSError) as error:
        raise ExchangeError(
            f"{path}: cannot be read ({error}); open it in QGIS and save it again"
        ) from error


def _target(path: Path) -> str:
    """Name under which GDAL opens the file; a zip must hold one Shapefile."""
    if path.suffix.lower() != ".zip":
        return str(path)
    with open_archive(path) as archive:
        shapes = [name for name in archive.namelist() if name.lower().endswith(".shp")]
    if len(shapes) != 1:
        raise ExchangeError(
            f"{path}: holds {len(shapes)} Shapefiles; import one at a time: "
            + (", ".join(shapes) or "put a .shp with its .dbf, .shx and .prj into the zip")
        )
    return f"/vsizip/{path.resolve()}/{shapes[0]}"


def _choose_layer(path: Path, layers: list[str], wanted: str | None) -> str:
    if wanted is not None:
        if wanted not in layers:
            raise ExchangeError(
                f"{path}: has no layer {wanted!r}; there are: {', '.join(layers) or 'none'}"
            )
        return wanted
    if len(layers) == 1:
        return layers[0]
    if not layers:
        raise ExchangeError(f"{path}: has no layer with records")
    raise ExchangeError(
        f"{path}: has several layers ({', '.join(layers)}); say which one with --layer"
    )


def _fetch(
    path: Path, target: str, layer: str, skip: int, count: int, options: dict[str, Any]
) -> tuple[Any, ...]:
    try:
        return tuple(
            pyogrio.raw.read(
                target, layer=layer, skip_features=skip, max_features=count,
                datetime_as_string=True, **options,
            )
        )  # fmt: skip
    except (*FAILURES, OSError, UnicodeDecodeError, ValueError) as error:
        raise ExchangeError(
            f"{path}, layer {layer}, features {skip + 1} to {skip + count}: {error}"
        ) from error


def _batch(
    fetched: tuple[Any, ...],
    seen: int,
    columns: list[str],
    integers: set[str],
    form: str,
    crs: str | None,
) -> RawBatch:
    meta, _, wkb, data = fetched
    names = [str(name) for name in meta["fields"]]
    n = len(wkb) if wkb is not None else (len(data[0]) if data else 0)
    rows = np.arange(seen + 1, seen + n + 1, dtype=np.int64)
    problems: list[Problem] = []
    cells = {}
    for name, values in zip(names, data, strict=True):
        empty = KML_DRAWING.get(name) if form == "KML" else None
        cells[name] = _cells(name, values, name in integers, rows, problems, empty)
    geometry = None if wkb is None else _geometry(wkb, rows, problems)
    return RawBatch(rows, {name: cells[name] for name in columns}, geometry, crs, problems)


def _cells(
    name: str,
    values: Any,
    integer: bool,
    rows: Any,
    problems: list[Problem],
    empty: int | None,
) -> Objects:
    """Give an attribute column as Python values, ``None`` where the source has no value."""
    kind = values.dtype.kind
    if kind == "f":
        missing = np.isnan(values)
        if integer:  # GDAL's whole numbers arrive as floats as soon as one is missing
            inexact = np.flatnonzero(~missing & (np.abs(values) >= EXACT_FLOAT))
            problems.extend(
                Problem(
                    "inexact_number", "warning",
                    "whole number above 2^53 in a column with missing values",
                    "store such numbers as text", int(rows[i]), name, str(values[i]),
                )
                for i in inexact
            )  # fmt: skip
            out = np.where(missing, 0, values).astype(np.int64).astype(object)
        else:
            out = values.astype(object)
        out[missing] = None
    elif kind == "M":
        out = np.datetime_as_string(values).astype(object)
        out[np.isnat(values)] = None
    elif kind == "O":
        out = values
        lists = [i for i, v in enumerate(out) if isinstance(v, (list, np.ndarray))]
        for i in lists:
            out[i] = "; ".join(str(part) for part in out[i])
        out[out == ""] = None
    else:
        out = values.astype(object)
    if empty is not None:
        out[out == empty] = None
    return out


def _geometry(wkb: Any, rows: Any, problems: list[Problem]) -> Objects:
    """Decode WKB; what GEOS cannot build is closed or named, never dropped unseen."""
    geometry = shapely.from_wkb(wkb, on_invalid="ignore")
    lost = np.flatnonzero((geometry == None) & (wkb != None))  # noqa: E711 — elementwise
    if len(lost):
        fixed = shapely.from_wkb(wkb[lost], on_invalid="fix")
        for at, i in enumerate(lost):
            # A ring of fewer than four positions, once closed, encloses nothing.
            closed = fixed[at]
            flat = closed is None or (closed.area == 0 and closed.geom_type.endswith("Polygon"))
            row = int(rows[i])
            if not flat:
                geometry[i] = closed
                problems.append(unclosed_ring(row))
            else:
                problems.append(
                    Problem(
                        "unreadable_geometry",
                        "error",
                        "the geometry has fewer than three different vertices or is damaged",
                        "the record is kept without a place; correct it at the source",
                        row,
                        "geometry",
                        shorten(_describe(wkb[i], closed)),
                    )
                )
    return objects(geometry)


def _describe(wkb: bytes, closed: Any) -> str:
    return closed.wkt if closed is not None else bytes(wkb).hex()


def unclosed_ring(row: int) -> Problem:
    """Finding for a ring whose last vertex is not its first."""
    return Problem(
        "unclosed_ring",
        "warning",
        "a ring did not end where it began; it was closed by its first vertex",
        "no vertex was added elsewhere or moved",
        row,
        "geometry",
    )


def authority(crs: Any) -> str | None:
    """``EPSG:…`` where there is an exact one, else WKT."""
    if not crs:
        return None
    text = str(crs)
    _refuse_path(text)
    if text.upper().startswith(("EPSG:", "OGC:", "ESRI:")):
        return "EPSG:4326" if text.upper() == "OGC:CRS84" else text
    try:
        found = CRS.from_user_input(text).to_authority(min_confidence=100)
    except CRSError:
        return text
    return ":".join(found) if found else text


#: A value that names a file by its path: PROJ would open it (grids, definitions).
_PATH = re.compile(r"""["'=,]\s*@?(?:\.{0,2}[/\\]|[A-Za-z]:[/\\]|~)""")


def _refuse_path(crs: str, where: object = "the file") -> None:
    if _PATH.search(crs):
        raise ExchangeError(
            f"{where}: its coordinate system names a file of the machine that reads it; refused. "
            "Save it with a coordinate system of a known code, such as EPSG:4326"
        )


def checked_crs(where: object, crs: str) -> str:
    """Coordinate system as an authority string or WKT.

    Raises
    ------
    ExchangeError
        When pyproj does not know it, or it names a file that PROJ would open.
    """
    _refuse_path(crs, where)
    try:
        CRS.from_user_input(crs)
    except CRSError as error:
        raise ExchangeError(
            f"{where}: {crs!r} is no coordinate system that is known ({error}); "
            "give it as EPSG:…, for instance EPSG:4326 or EPSG:32633"
        ) from error
    return authority(crs) or crs
