"""Write records to the formats people use, streamed and in one piece or not at all.

Every writer takes batches of columns named as the fields of the record type, with each date in
two columns, ``<name>_start`` and ``<name>_end``, and the classes joined by ``|``. The file is
written beside its place and renamed when complete. GeoJSON, KML, CSV and XLSX are written row by
row; GeoPackage and Shapefile batch by batch. FlatGeobuf is sorted by place before it is written,
so all its records are held in memory.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr  # nosec B406 # types and writing only; defusedxml parses

import numpy as np
import orjson
import pyogrio
import shapely
import xlsxwriter
from pyproj import CRS, Transformer

from landrelease.register.schema import RecordType
from landrelease.register.schema import record_type as find_record_type

from .esri_write import write_esri_json
from .formulas import guard, like_a_formula
from .problems import ExchangeError, Problem
from .source import Objects
from .tables import LONG_SHEET
from .vectors import checked_crs

FORMATS = {
    ".geojson": "GeoJSON",
    ".json": "GeoJSON",
    ".gpkg": "GPKG",
    ".shp": "ESRI Shapefile",
    ".kml": "KML",
    ".fgb": "FlatGeobuf",
    ".esrijson": "Esri JSON",
    ".csv": "CSV",
    ".xlsx": "XLSX",
}

#: Longest text of a DBF field in bytes, and of an Excel cell in characters.
DBF_BYTES = 254
CELL_CHARACTERS = 32_767
XLSX_ROWS = 1_048_576

#: Adds to a workbook whose rows are written: the workbook, the sheet of records, its headings.
Furnish = Callable[[Any, Any, list[str]], None]


@dataclass
class OutBatch:
    """Rows to write.

    Attributes
    ----------
    columns
        Column name to values of equal number. Dates may stand as intervals under their field
        name, references as ``{"given": …}`` or ``{"uid": …}``, classes as lists; :func:`write`
        spreads them.
    geometry
        Shapely geometries in the ``crs`` given to :func:`write`, or ``None``.
    """

    columns: dict[str, list[Any]]
    geometry: Objects | None = None


@dataclass
class Written:
    """What was written: number of rows, SHA-256 of the file, further files beside it."""

    rows: int
    sha256: str
    beside: list[Path] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def write(
    path: str | Path,
    record_type: RecordType | str,
    batches: Iterable[OutBatch],
    *,
    format: str | None = None,
    crs: str = "EPSG:4326",
    hxl: bool = False,
    members: Callable[[], Mapping[str, Any]] = dict,
    geometry_type: str | None = None,
    places: bool = True,
    furnish: Furnish | None = None,
    finish: Callable[[Path], None] | None = None,
) -> Written:
    """Write batches to a file.

    Parameters
    ----------
    path
        Where; the ending gives the format when it is not stated. An existing file is replaced
        once the new one is complete.
    record_type
        What the rows are; its fields come first, in their order, then other columns as the
        first batch has them.
    format
        One of the values of :data:`FORMATS`.
    crs
        Coordinate system of the geometries. GeoJSON and KML are always WGS 84 and are
        transformed; the others keep it.
    hxl
        Whether CSV and XLSX get a row of HXL tags below the header.
    members
        Further members of a GeoJSON file, asked for once all its features are written.
    geometry_type
        For GeoPackage: one geometry type of the whole layer (``MultiPolygon``), single parts as
        parts of many; any type by default.
    places
        Whether the geometries are written; tables hold them as a column of text.
    furnish
        For XLSX: called with the open workbook, its sheet of records and their columns once all
        rows are written, to add to it.
    finish
        Called with the file before it is moved to its place, to add to it.

    Raises
    ------
    ExchangeError
        When the format is unknown, columns change between batches, or a geometry or text does
        not fit into the format.
    """
    path = Path(path)
    kind = find_record_type(record_type) if isinstance(record_type, str) else record_type
    form = format or FORMATS.get(path.suffix.lower())
    if form not in _WRITERS:
        raise ExchangeError(
            f"{path}: no format to write is called {form or path.suffix!r}; "
            f"there are: {', '.join(_WRITERS)}"
        )
    if not path.parent.is_dir():
        raise ExchangeError(f"{path}: the folder {path.parent} does not exist")
    stream = _Stream(path, kind, batches, checked_crs(path, crs), members)
    stream.geometry_type = geometry_type
    stream.furnish = furnish
    stream.has_geometry = stream.has_geometry and places
    # A folder on the same disk, so that the rename at the end is one step.
    folder = Path(tempfile.mkdtemp(prefix=f".{path.stem}.", dir=path.parent))
    try:
        target = folder / path.name
        problems = _WRITERS[form](target, stream, hxl) or []
        if finish is not None:
            finish(target)
        digest = _sha256(target)
        beside = []
        for made in sorted(folder.iterdir()):
            if made != target:
                made.replace(path.parent / made.name)
                beside.append(path.parent / made.name)
        target.replace(path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return Written(stream.rows, digest, beside, problems)


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        os.fsync(handle.fileno())
        return hashlib.file_digest(handle, "sha256").hexdigest()


# --- columns ------------------------------------------------------------------------------------


class _Stream:
    """Batches with flat columns, the same in each, and the type of each column."""

    def __init__(
        self,
        path: Path,
        kind: RecordType,
        batches: Iterable[OutBatch],
        crs: str,
        members: Callable[[], Mapping[str, Any]],
    ) -> None:
        self.path = path
        self.members = members
        self.kind = kind
        self.crs = crs
        self.rows = 0
        self.geometry_type: str | None = None
        self.furnish: Furnish | None = None
        self._batches = iter(batches)
        first = next(self._batches, None)
        self._first = None if first is None else _flat(first, kind)
        columns = {} if self._first is None else self._first.columns
        self.has_geometry = bool(kind.geometry) or (
            self._first is not None and self._first.geometry is not None
        )
        declared = [name for f in kind.fields for name in _names(f.name, f.kind)]
        self.columns = [name for name in declared if name in columns or not columns]
        self.columns += [name for name in columns if name not in self.columns]
        self.types = {name: self._type(name) for name in self.columns}

    def _type(self, name: str) -> str:
        found = self.kind.by_name.get(name)
        return found.kind if found and found.kind in ("integer", "decimal", "boolean") else "text"

    def __iter__(self) -> Iterator[OutBatch]:
        while self._first is not None:
            batch = self._first
            if set(batch.columns) != set(self.columns):
                odd = set(batch.columns) ^ set(self.columns)
                raise ExchangeError(
                    f"{self.path}: the columns {', '.join(sorted(odd))} are not in every batch"
                )
            n = len(next(iter(batch.columns.values()), batch.geometry if batch.geometry is not None
                         else []))  # fmt: skip
            wrong = [name for name, cells in batch.columns.items() if len(cells) != n]
            if wrong or (batch.geometry is not None and len(batch.geometry) != n):
                raise ExchangeError(
                    f"{self.path}: after row {self.rows}: columns differ in length "
                    f"({', '.join(wrong) or 'geometry'})"
                )
            if n:
                yield batch
            self.rows += n
            following = next(self._batches, None)
            self._first = None if following is None else _flat(following, self.kind)

    def lonlat(self) -> Callable[[Objects], Objects]:
        """Function that brings geometries to WGS 84."""
        if CRS.from_user_input(self.crs) == CRS.from_epsg(4326):
            return lambda geometry: geometry
        transformer = Transformer.from_crs(self.crs, "EPSG:4326", always_xy=True)
        return lambda geometry: shapely.transform(
            geometry, lambda x, y: transformer.transform(x, y), interleaved=False
        )


def _names(name: str, kind: str) -> list[str]:
    return [f"{name}_start", f"{name}_end"] if kind == "date" else [name]


def _flat(batch: OutBatch, kind: RecordType) -> OutBatch:
    columns: dict[str, list[Any]] = {}
    for name, cells in batch.columns.items():
        declared = kind.by_name.get(name)
        if declared is not None and declared.kind == "date":
            for end in ("start", "end"):
                columns[f"{name}_{end}"] = [None if c is None else c[end] for c in cells]
        else:
            columns[name] = [_plain(cell) for cell in cells]
    return OutBatch(columns, batch.geometry)


def _plain(cell: Any) -> Any:
    if isinstance(cell, (list, tuple)):
        return "|".join(map(str, cell)) or None
    if isinstance(cell, dict):
        named = cell.get("given") or cell.get("uid")
        return named if named is not None else json.dumps(cell, ensure_ascii=False)
    return cell


def _text(cell: Any) -> str:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return str(cell)


def _number(cell: Any) -> int | float:
    """A decimal as a JSON or Excel number, whole where it is whole."""
    if isinstance(cell, (int, float)):
        return cell
    value = float(cell)
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def _value(cell: Any, kind: str) -> Any:
    if cell is None:
        return None
    if kind == "decimal":
        return _number(cell)
    return cell if kind in ("integer", "boolean") else _text(cell)


# --- text formats -------------------------------------------------------------------------------


def _write_geojson(path: Path, stream: _Stream, hxl: bool) -> None:
    to_lonlat = stream.lonlat()
    with path.open("wb") as out:
        name = json.dumps(stream.kind.plural)
        out.write(b'{"type":"FeatureCollection","name":' + name.encode() + b',"features":[')
        separator = b"\n"
        for batch in stream:
            columns = [
                [_value(cell, stream.types[name]) for cell in batch.columns[name]]
                for name in stream.columns
            ]
            properties = (
                dict(zip(stream.columns, row, strict=True)) for row in _rows(columns, batch)
            )
            texts = _geojson_texts(batch, to_lonlat)
            for values, geometry in zip(properties, texts, strict=True):
                feature = {
                    "type": "Feature",
                    "properties": values,
                    "geometry": None if geometry is None else orjson.Fragment(geometry),
                }
                out.write(separator + orjson.dumps(feature))
                separator = b",\n"
        out.write(b"\n]")
        for name, value in stream.members().items():
            out.write(b",\n" + orjson.dumps(name) + b":" + orjson.dumps(value))
        out.write(b"}\n")


def _rows(columns: list[list[Any]], batch: OutBatch) -> Iterator[tuple[Any, ...]]:
    if columns:
        return zip(*columns, strict=True)
    return iter([()] * (0 if batch.geometry is None else len(batch.geometry)))


def _count(batch: OutBatch) -> int:
    if batch.columns:
        return len(next(iter(batch.columns.values())))
    return 0 if batch.geometry is None else len(batch.geometry)


def _geojson_texts(batch: OutBatch, to_lonlat: Any) -> list[str | None]:
    if batch.geometry is None:
        return [None] * _count(batch)
    return list(shapely.to_geojson(to_lonlat(batch.geometry)))


def _wkt_texts(batch: OutBatch) -> list[str | None]:
    if batch.geometry is None:
        return [None] * _count(batch)
    return exact_wkt(batch.geometry)


def exact_wkt(shapes: Objects) -> list[str | None]:
    """Well-known text whose numbers read back as the same floats.

    GEOS writes at most 17 digits after the point in WKT, which now and then is a float off; its
    GeoJSON writer is exact, so the few others are spelt from that.
    """
    texts = np.array(shapely.to_wkt(shapes, rounding_precision=17), dtype=object)
    back = shapely.from_wkt(texts)
    for i in np.flatnonzero((shapes != None) & ~shapely.equals_exact(shapes, back, 0)):  # noqa: E711
        head = texts[i].partition("(")[0]
        _, found, coordinates = shapely.to_geojson(shapes[i]).partition('"coordinates":')
        if found and "NaN" not in coordinates:
            flat = _POSITION.sub(lambda m: m[1].replace(",", " "), coordinates.rstrip("}"))
            flat = flat.replace("[", "(").replace("]", ")")
            texts[i] = head + (flat if flat.startswith("(") else f"({flat})")
    return list(texts)


_POSITION = re.compile(r"\[([^\[\]]+)\]")


def _tags(stream: _Stream) -> list[str]:
    tags = []
    for name in stream.columns:
        base = name.removesuffix("_start").removesuffix("_end")
        found = stream.kind.by_name.get(name) or stream.kind.by_name.get(base)
        tag = found.hxl[0] if found and found.hxl else ""
        if tag and found and found.kind == "date":
            tag = tag.removesuffix("+start") + "+" + name.rpartition("_")[2]
        tags.append(tag)
    return [*tags, "#geo+bounds"] if stream.has_geometry else tags


def _header(stream: _Stream) -> list[str]:
    return [*stream.columns, "geometry"] if stream.has_geometry else stream.columns


def _table_rows(stream: _Stream, batch: OutBatch) -> Iterator[tuple[Any, ...]]:
    columns = [batch.columns[name] for name in stream.columns]
    if stream.has_geometry:
        columns.append(_wkt_texts(batch))
    return _rows(columns, batch)


def _write_csv(path: Path, stream: _Stream, hxl: bool) -> None:
    """Texts that a spreadsheet would run as formulas bear an apostrophe (:mod:`.formulas`)."""
    number = [stream.types[name] in ("integer", "decimal") for name in stream.columns] + [False]
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(_header(stream))
        if hxl:
            writer.writerow(_tags(stream))
        for batch in stream:
            writer.writerows(
                [
                    ""
                    if cell is None
                    else guard(cell, number=n)
                    if type(cell) is str
                    else _text(cell)
                    for cell, n in zip(row, number, strict=False)
                ]
                for row in _table_rows(stream, batch)
            )


def _write_xlsx(path: Path, stream: _Stream, hxl: bool) -> None:
    """Texts are always written as texts, so that no cell becomes a formula; one that looks like a
    formula has Excel's own mark of a text, so that it stays one when somebody edits it.

    What does not fit into a cell goes in pieces to a sheet of its own; the reader puts it back.
    """
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "tmpdir": str(path.parent)})
    try:
        page = _fill_workbook(book, path, stream, hxl)
        if stream.furnish is not None:
            stream.furnish(book, page, _header(stream))
    finally:
        book.close()


def _fill_workbook(book: Any, path: Path, stream: _Stream, hxl: bool) -> Any:
    page = book.add_worksheet(stream.kind.plural[:31])
    long: Any = None
    long_row = 0
    bold = book.add_format({"bold": True})
    quoted = book.add_format({"quote_prefix": True})
    for column, name in enumerate(_header(stream)):
        page.write_string(0, column, name, bold)
    at = 1
    if hxl:
        for column, tag in enumerate(_tags(stream)):
            page.write_string(1, column, tag)
        at = 2
    page.freeze_panes(at, 0)
    kinds = [*(stream.types[name] for name in stream.columns), "text"]
    for batch in stream:
        for row in _table_rows(stream, batch):
            if at >= XLSX_ROWS:
                raise ExchangeError(f"{path.name}: a sheet holds {XLSX_ROWS:,} rows; use CSV")
            for column, (cell, kind) in enumerate(zip(row, kinds, strict=False)):
                value = _value(cell, kind)
                if value is None:
                    continue
                if isinstance(value, bool):
                    page.write_boolean(at, column, value)
                elif isinstance(value, (int, float)) and abs(value) < 2**53:
                    page.write_number(at, column, value)
                elif len(text := str(value)) <= CELL_CHARACTERS:
                    page.write_string(at, column, text, quoted if like_a_formula(text) else None)
                else:
                    if long is None:
                        long = book.add_worksheet(LONG_SHEET)
                        for i, title in enumerate(("row", "column", "text")):
                            long.write_string(0, i, title)
                    page.write_string(at, column, f"(see sheet {LONG_SHEET})")
                    for start in range(0, len(text), CELL_CHARACTERS):
                        long_row += 1
                        long.write_number(long_row, 0, at + 1)
                        long.write_number(long_row, 1, column + 1)
                        long.write_string(long_row, 2, text[start : start + CELL_CHARACTERS])
            at += 1
    return page


def _write_kml(path: Path, stream: _Stream, hxl: bool) -> None:
    to_lonlat = stream.lonlat()
    title = next((name for name in ("ref", "name", "source_id") if name in stream.columns), None)
    with path.open("w", encoding="utf-8") as out:
        out.write(
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<kml xmlns="http://www.opengis.net/kml/2.2"><Document>\n'
            f"<name>{escape(stream.kind.plural)}</name>\n"
        )
        schema = stream.kind.name
        out.write(f'<Schema name="{schema}" id="{schema}">\n')
        # An "int" of KML ends at 2^31, and readers cut larger numbers without a word.
        kinds = {"integer": "double", "decimal": "double", "boolean": "bool", "text": "string"}
        for name in stream.columns:
            kind = kinds[stream.types[name]]
            out.write(f"<SimpleField name={quoteattr(name)} type={quoteattr(kind)}/>\n")
        out.write(f"</Schema>\n<Folder><name>{escape(stream.kind.plural)}</name>\n")
        for batch in stream:
            n = _count(batch)
            shapes = [None] * n if batch.geometry is None else to_lonlat(batch.geometry)
            for i in range(n):
                out.write("<Placemark>")
                if title is not None and batch.columns[title][i] is not None:
                    out.write(f"<name>{_xml(batch.columns[title][i])}</name>")
                out.write(f'<ExtendedData><SchemaData schemaUrl="#{schema}">')
                for name in stream.columns:
                    cell = batch.columns[name][i]
                    if cell is not None:
                        value = _xml(int(cell) if isinstance(cell, bool) else cell)
                        out.write(f"<SimpleData name={quoteattr(name)}>{value}</SimpleData>")
                out.write("</SchemaData></ExtendedData>")
                if shapes[i] is not None:
                    out.write(_kml_geometry(shapes[i]))
                out.write("</Placemark>\n")
        out.write("</Folder></Document></kml>\n")


def _xml(value: Any) -> str:
    """Escaped text; control characters, which XML cannot hold, become spaces."""
    text = "".join(ch if ch >= " " or ch in "\t\n\r" else " " for ch in _text(value))
    return escape(text)


def _kml_geometry(shape: Any) -> str:
    kind = shape.geom_type
    if shape.is_empty:
        return "<MultiGeometry/>"
    if kind == "Point":
        return f"<Point>{_kml_coordinates(shape)}</Point>"
    if kind in ("LineString", "LinearRing"):
        return f"<{kind}>{_kml_coordinates(shape)}</{kind}>"
    if kind == "Polygon":
        holes = "".join(
            f"<innerBoundaryIs>{_kml_geometry(ring)}</innerBoundaryIs>" for ring in shape.interiors
        )
        outer = f"<outerBoundaryIs>{_kml_geometry(shape.exterior)}</outerBoundaryIs>"
        return f"<Polygon>{outer}{holes}</Polygon>"
    parts = "".join(_kml_geometry(part) for part in shape.geoms)
    return f"<MultiGeometry>{parts}</MultiGeometry>"


def _kml_coordinates(shape: Any) -> str:
    positions = shapely.get_coordinates(shape, include_z=bool(shape.has_z)).tolist()
    text = " ".join(",".join(map(repr, position)) for position in positions)
    return f"<coordinates>{text}</coordinates>"


# --- GDAL formats -------------------------------------------------------------------------------


def _write_gpkg(path: Path, stream: _Stream, hxl: bool) -> None:
    # Version 1.2, which the QGIS of long-term distributions opens without a warning.
    options = {"dataset_options": {"VERSION": "1.2"}}
    _append(path, stream, "GPKG", lambda name: name, options)


def _append(
    path: Path,
    stream: _Stream,
    driver: str,
    column: Callable[[str], str],
    options: dict[str, Any],
    prepare: Callable[[OutBatch], OutBatch] = lambda batch: batch,
) -> None:
    """Write batch by batch; an empty export still has its columns."""
    made = False
    for batch in stream:
        _write_batch(path, stream, driver, column, {} if made else options, prepare(batch), made)
        made = True
    if not made:
        empty = OutBatch({name: [] for name in stream.columns}, np.empty(0, dtype=object))
        _write_batch(path, stream, driver, column, options, empty, False)


def _write_batch(
    path: Path,
    stream: _Stream,
    driver: str,
    column: Callable[[str], str],
    options: dict[str, Any],
    batch: OutBatch,
    append: bool,
) -> None:
    n = _count(batch)
    data, masks = [], []
    for name in stream.columns:
        values, mask = _array(batch.columns[name], stream.types[name])
        data.append(values)
        masks.append(mask)
    geometry, kind = None, None
    if stream.has_geometry:
        shapes = np.full(n, None, dtype=object) if batch.geometry is None else batch.geometry
        shapes, kind = _one_kind(shapes, stream, driver)
        geometry = np.array(shapely.to_wkb(shapes, include_srid=False), dtype=object)
    names = [column(name) for name in stream.columns]
    try:
        pyogrio.raw.write(
            str(path), geometry, data, names, field_mask=masks, layer=path.stem, driver=driver,
            geometry_type=kind, crs=stream.crs if stream.has_geometry else None,
            encoding="UTF-8" if driver == "ESRI Shapefile" else None, append=append,
            **options,
        )  # fmt: skip
    except Exception as error:
        raise ExchangeError(
            f"{path.name}, rows {stream.rows + 1} to {stream.rows + n}: {error}"
        ) from error


def _array(cells: list[Any], kind: str) -> tuple[Any, Any]:
    mask = np.array([cell is None for cell in cells], dtype=bool)
    if kind == "integer":
        return np.array([0 if c is None else int(c) for c in cells], dtype=np.int64), mask
    if kind == "decimal":
        return np.array([np.nan if c is None else float(c) for c in cells], dtype=float), mask
    if kind == "boolean":
        return np.array([bool(c) for c in cells], dtype=bool), mask
    out = np.empty(len(cells), dtype=object)
    out[:] = [None if c is None else _text(c) for c in cells]
    return out, mask


_DIMENSION = {0: "Point", 1: "LineString", 2: "Polygon"}


def _one_kind(shapes: Objects, stream: _Stream, driver: str) -> tuple[Objects, str]:
    """One geometry type for the whole layer, single parts as parts of many.

    A layer of polygons may hold points (a hazard known by its reference point only): GeoPackage
    and FlatGeobuf then have a layer of any type, a Shapefile cannot.
    """
    if driver == "GPKG" and stream.geometry_type is not None:
        return _as_many(shapes, stream.geometry_type), stream.geometry_type
    if driver != "ESRI Shapefile":
        return shapes, "Unknown"
    dimensions = set(shapely.get_dimensions(shapes[shapes != None]).tolist()) - {-1}  # noqa: E711
    wanted = 0 if stream.kind.geometry == "point" else 2
    if dimensions - {wanted}:
        raise ExchangeError(
            f"{stream.path}: a Shapefile of {stream.kind.plural} holds "
            f"{_DIMENSION[wanted].lower()}s only, and there are others; use GeoPackage"
        )
    return shapes, _DIMENSION[wanted]


def _as_many(shapes: Objects, wanted: str) -> Objects:
    """Single parts as collections of one, for a layer of one type."""
    single = {"MultiPolygon": 3, "MultiPoint": 0}.get(wanted)
    make = {3: shapely.MultiPolygon, 0: shapely.MultiPoint}
    if single is None:
        return shapes
    out = shapes.copy()
    for i in np.flatnonzero(shapely.get_type_id(shapes) == single):
        out[i] = make[single]([shapes[i]])
    return out


def short_names(names: Iterable[str]) -> dict[str, str]:
    """Names of at most 10 characters for a DBF table, each different."""
    short: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        ascii_name = name.encode("ascii", "replace").decode().replace("?", "_")
        candidate = ascii_name[:10]
        if name.endswith(("_start", "_end")) and len(name) > 10:
            tail = "_st" if name.endswith("_start") else "_en"
            candidate = ascii_name.rpartition("_")[0][: 10 - len(tail)] + tail
        number = 1
        base = candidate
        while candidate.lower() in taken:
            number += 1
            candidate = f"{base[: 10 - len(str(number))]}{number}"
        taken.add(candidate.lower())
        short[name] = candidate
    return short


def _write_shapefile(path: Path, stream: _Stream, hxl: bool) -> list[Problem]:
    """Shapefile with a dictionary of its names, and of the texts that DBF would cut."""
    short = short_names(stream.columns)
    problems: list[Problem] = []
    long_path = path.with_suffix(".long.csv")
    with ExitStack() as stack:
        long: Any = None

        def prepare(batch: OutBatch) -> OutBatch:
            nonlocal long
            columns = dict(batch.columns)
            for name, cells in batch.columns.items():
                if stream.types[name] != "text":
                    continue
                for i, cell in enumerate(cells):
                    if cell is None or len(_text(cell).encode()) <= DBF_BYTES:
                        continue
                    if long is None:
                        handle = long_path.open("w", encoding="utf-8", newline="")
                        long = csv.writer(stack.enter_context(handle))
                        long.writerow(["row", "column", "text"])
                    if columns[name] is cells:
                        columns[name] = list(cells)
                    columns[name][i] = _text(cell).encode()[:DBF_BYTES].decode(errors="ignore")
                    long.writerow([stream.rows + i + 1, short[name], _text(cell)])
                    problems.append(
                        Problem(
                            "text_cut", "warning",
                            f"a Shapefile holds {DBF_BYTES} bytes of text; the whole text is in "
                            + long_path.name, "", stream.rows + i + 1, name,
                        )
                    )  # fmt: skip
            return OutBatch(columns, batch.geometry)

        _append(path, stream, "ESRI Shapefile", short.__getitem__, {}, prepare)
    with path.with_suffix(".names.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["column", "field", "meaning"])
        for name, brief in short.items():
            base = name.removesuffix("_start").removesuffix("_end")
            found = stream.kind.by_name.get(name) or stream.kind.by_name.get(base)
            writer.writerow([brief, name, found.help if found else ""])
    return problems


def _write_flatgeobuf(path: Path, stream: _Stream, hxl: bool) -> None:
    columns: dict[str, list[Any]] = {name: [] for name in stream.columns}
    shapes: list[Any] = []
    for batch in stream:
        for name in stream.columns:
            columns[name].extend(batch.columns[name])
        shapes.extend([None] * _count(batch) if batch.geometry is None else batch.geometry)
    geometry = np.empty(len(shapes), dtype=object)
    geometry[:] = shapes
    # The spatial index drops features without a place, so it is only made when there are none.
    index = "NO" if any(s is None or s.is_empty for s in shapes) or not shapes else "YES"
    _write_batch(
        path, stream, "FlatGeobuf", lambda name: name,
        {"layer_options": {"SPATIAL_INDEX": index}}, OutBatch(columns, geometry), False,
    )  # fmt: skip


_WRITERS: dict[str, Callable[[Path, _Stream, bool], list[Problem] | None]] = {
    "GeoJSON": _write_geojson,
    "GPKG": _write_gpkg,
    "ESRI Shapefile": _write_shapefile,
    "KML": _write_kml,
    "FlatGeobuf": _write_flatgeobuf,
    "Esri JSON": lambda path, stream, hxl: write_esri_json(path, stream),
    "CSV": _write_csv,
    "XLSX": _write_xlsx,
}
