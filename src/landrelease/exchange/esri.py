"""Esri JSON: what an ArcGIS feature service answers (IMSMA Core runs on such services).

A file holds one or more JSON objects, one after the other:

* a *feature set* (``features`` with ``attributes`` and ``geometry``), the answer to a query; a
  service gives a large layer in pages, and the pages may simply be joined into one file;
* the *description of a layer* (``fields`` with aliases and coded domains), as the service gives it
  under the layer's own address.

A coded value is read as its name in the domain, and the code stands beside it in a column
``<field> (code)``. Dates are milliseconds since 1970 in UTC. The whole file is held in memory.

Structure after Esri's ArcGIS REST API documentation ("Query (Feature Service/Layer)", "Geometry
objects", "Domain objects"), and checked against GDAL's reader in the tests; never against a running
IMSMA Core.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from .problems import ExchangeError, Problem, shorten
from .source import Objects, RawBatch, Source, objects
from .vectors import checked_crs, unclosed_ring

#: So much of a file tells Esri JSON from GeoJSON.
_HEAD = 1 << 16

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)

Object = dict[str, Any]


def is_esri_json(path: Path) -> bool:
    """Whether a JSON file holds Esri's objects rather than GeoJSON."""
    with path.open("rb") as handle:
        head = handle.read(_HEAD)
    if b'"FeatureCollection"' in head or b'"Feature"' in head:
        return False
    return any(
        mark in head for mark in (b'"esriGeometry', b'"esriFieldType', b'"attributes"', b'"rings"')
    )


def open_esri_json(path: Path, *, crs: str | None = None) -> Source:
    """Open feature sets; see :func:`.read.open_source`."""
    found = list(_objects(path))
    sets = [one for one in found if isinstance(one.get("features"), list)]
    for one in found:
        if isinstance(one.get("error"), dict):
            told = one["error"].get("message") or one["error"]
            raise ExchangeError(f"{path}: the service answered with an error: {shorten(told)}")
    if not sets:
        raise ExchangeError(
            f"{path}: holds no features; save the answer to a query (…/query?where=1=1&"
            "outFields=*&f=json), not only the description of the layer"
        )
    layer = _Layer(found)
    problems: list[Problem] = []
    features = [feature for one in sets for feature in one["features"]]
    if sets[-1].get("exceededTransferLimit") or (sets[-1].get("properties") or {}).get(
        "exceededTransferLimit"
    ):
        problems.append(
            Problem(
                "transfer_limit_exceeded", "error",
                f"the service cut its answer off after {len(features):,} records; there are more",
                "ask for the next pages (resultOffset) and join the answers into one file",
            )
        )  # fmt: skip
    columns: dict[str, None] = dict.fromkeys(layer.fields)
    for feature in features:
        if isinstance(feature, dict) and isinstance(feature.get("attributes"), dict):
            columns.update(dict.fromkeys(feature["attributes"]))
    coded = [name for name in columns if name in layer.domains or name == layer.type_field]
    names = [*columns, *(_code_column(name) for name in coded)]
    system = _crs(path, sets, crs, problems)
    has_geometry = layer.has_geometry or any(
        isinstance(f, dict) and f.get("geometry") is not None for f in features
    )

    def read(size: int) -> Iterator[RawBatch]:
        told: set[str] = set()
        for start in range(0, len(features), size):
            some = features[start : start + size]
            yield _batch(some, start + 1, list(columns), coded, layer, system, has_geometry, told)

    return Source(
        path, "Esri JSON", path.stem, [path.stem], names, system if has_geometry else None,
        len(features), read, encoding="utf-8", problems=problems,
        aliases={k: v for k, v in layer.aliases.items() if k in columns and v != k},
    )  # fmt: skip


def _objects(path: Path) -> Iterator[Object]:
    """The JSON objects of a file, one after the other."""
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ExchangeError(f"{path}: not UTF-8 text ({error}); save it again as UTF-8") from error
    try:
        whole = orjson.loads(text)
    except orjson.JSONDecodeError:
        whole = None
    if whole is not None:
        yield from _each(path, whole)
        return
    decoder, at = json.JSONDecoder(), 0
    while True:
        while at < len(text) and (text[at].isspace() or text[at] in ",\x1e"):
            at += 1
        if at == len(text):
            return
        try:
            one, at = decoder.raw_decode(text, at)
        except json.JSONDecodeError as error:
            raise ExchangeError(
                f"{path}, line {error.lineno}: not JSON ({error.msg}); the file is cut off or "
                "damaged, save the answer again"
            ) from error
        except RecursionError:
            raise ExchangeError(f"{path}: nested too deeply to be what a service answers") from None
        yield from _each(path, one)


def _each(path: Path, found: Any) -> Iterator[Object]:
    for one in found if isinstance(found, list) else [found]:
        if not isinstance(one, dict):
            raise ExchangeError(f"{path}: no answer of a feature service ({shorten(one, 60)})")
        yield one


# --- the layer -----------------------------------------------------------------------------------


class _Layer:
    """What all objects of a file say of fields, domains and subtypes."""

    def __init__(self, found: list[Object]) -> None:
        self.fields: dict[str, str] = {}
        self.aliases: dict[str, str] = {}
        self.domains: dict[str, dict[str, str]] = {}
        self.type_field: str | None = None
        self.types: dict[str, str] = {}
        self.type_domains: dict[str, dict[str, dict[str, str]]] = {}
        self.has_geometry = False
        for one in found:
            self.has_geometry |= str(one.get("geometryType", "")).startswith("esriGeometry")
            for item in one.get("fields") or []:
                self._add_field(item)
            for name, alias in (one.get("fieldAliases") or {}).items():
                self.aliases.setdefault(str(name), str(alias))
            self._add_types(one)

    def _add_field(self, item: Any) -> None:
        if not isinstance(item, dict) or "name" not in item:
            return
        name = str(item["name"])
        self.fields.setdefault(name, str(item.get("type") or ""))
        if item.get("alias"):
            self.aliases[name] = str(item["alias"])
        domain = _coded(item.get("domain"))
        if domain:
            self.domains[name] = domain

    def _add_types(self, one: Object) -> None:
        """Subtypes: a name for each value of one field, and domains of their own."""
        if not one.get("typeIdField") or not one.get("types"):
            return
        self.type_field = str(one["typeIdField"])
        for kind in one["types"]:
            key = _key(kind.get("id"))
            self.types[key] = str(kind.get("name") or key)
            for name, domain in (kind.get("domains") or {}).items():
                if coded := _coded(domain):
                    self.type_domains.setdefault(key, {})[str(name)] = coded
                    self.domains.setdefault(str(name), {})

    def name_of(self, field: str, value: Any, kind: str) -> str | None:
        """Name of a coded value; None where the domain does not know it."""
        if field == self.type_field:
            return self.types.get(_key(value))
        own = self.type_domains.get(kind, {}).get(field)
        return (own or self.domains.get(field, {})).get(_key(value))


def _coded(domain: Any) -> dict[str, str]:
    if not isinstance(domain, dict) or domain.get("type") != "codedValue":
        return {}
    return {
        _key(one.get("code")): str(one.get("name"))
        for one in domain.get("codedValues") or []
        if isinstance(one, dict)
    }


def _key(code: Any) -> str:
    """Codes are numbers or texts; 1 and 1.0 are the same."""
    if isinstance(code, float) and code.is_integer():
        return str(int(code))
    return str(code)


def _code_column(name: str) -> str:
    return f"{name} (code)"


def _crs(path: Path, sets: list[Object], asked: str | None, problems: list[Problem]) -> str | None:
    stated: set[str] = set()
    for one in sets:
        reference = one.get("spatialReference") or _within(one["features"])
        if isinstance(reference, dict):
            stated.add(_system(path, reference))
    if len(stated) > 1:
        raise ExchangeError(
            f"{path}: its pages are in several coordinate systems ({', '.join(sorted(stated))}); "
            "ask for all with the same outSR"
        )
    found = next(iter(stated), None)
    if asked is not None:
        wanted = checked_crs(path, asked)
        if found is not None and CRS.from_user_input(wanted) != CRS.from_user_input(found):
            problems.append(
                Problem(
                    "crs_overruled", "warning",
                    f"the file says {shorten(found, 60)}; read as {wanted}, as you asked",
                )
            )  # fmt: skip
        return wanted
    if found is None:
        problems.append(
            Problem(
                "crs_missing", "error", "the file does not say its coordinate system",
                "state it (--crs EPSG:…, or crs: in the mapping file)",
            )
        )  # fmt: skip
    return found


def _within(features: list[Any]) -> Any:
    """Coordinate system that some programs write into each geometry only."""
    for feature in features:
        place = feature.get("geometry") if isinstance(feature, dict) else None
        if isinstance(place, dict) and place.get("spatialReference"):
            return place["spatialReference"]
    return None


def _system(path: Path, reference: Object) -> str:
    for wkid in (reference.get("latestWkid"), reference.get("wkid")):
        if wkid is None:
            continue
        for name in ("EPSG", "ESRI"):
            try:
                found = CRS.from_authority(name, int(wkid))
            except (CRSError, ValueError, TypeError):
                continue
            # PROJ takes some of Esri's own numbers for EPSG's; say whose it is.
            owner = found.to_authority(min_confidence=100)
            return ":".join(owner) if owner else f"{name}:{int(wkid)}"
    return checked_crs(path, str(reference.get("wkt") or reference.get("wkid")))


# --- rows ----------------------------------------------------------------------------------------


def _batch(
    features: list[Any],
    first: int,
    columns: list[str],
    coded: list[str],
    layer: _Layer,
    crs: str | None,
    has_geometry: bool,
    told: set[str],
) -> RawBatch:
    n = len(features)
    problems: list[Problem] = []
    cells: dict[str, Objects] = {
        name: objects([None] * n) for name in (*columns, *map(_code_column, coded))
    }
    shapes = np.full(n, None, dtype=object)
    for i, feature in enumerate(features):
        row = first + i
        if not isinstance(feature, dict):
            problems.append(
                Problem(
                    "not_a_feature", "error", "an element of the feature set is no feature",
                    "kept as an empty row", row, "", shorten(feature),
                )
            )  # fmt: skip
            continue
        attributes = feature.get("attributes")
        attributes = attributes if isinstance(attributes, dict) else {}
        kind = _key(attributes.get(layer.type_field)) if layer.type_field else ""
        for name, value in attributes.items():
            if value is None or value == "":
                continue
            if name in coded:
                cells[_code_column(name)][i] = value
                cells[name][i] = _named(layer, name, value, kind, row, problems)
            elif layer.fields.get(name) == "esriFieldTypeDate":
                cells[name][i] = _date(name, value, row, problems, told)
            elif isinstance(value, (dict, list)):
                cells[name][i] = orjson.dumps(value).decode()
            else:
                cells[name][i] = value
        if has_geometry:
            shapes[i] = _shape(feature.get("geometry"), row, problems)
    rows = np.arange(first, first + n, dtype=np.int64)
    return RawBatch(rows, cells, shapes if has_geometry else None, crs, problems)


def _named(
    layer: _Layer, name: str, value: Any, kind: str, row: int, problems: list[Problem]
) -> Any:
    found = layer.name_of(name, value, kind)
    if found is None:
        problems.append(
            Problem(
                "unknown_domain_code", "warning",
                f"the code {value!r} is not in the domain of {name}", "the code is kept as it is",
                row, name, shorten(value),
            )
        )  # fmt: skip
        return value
    return found


def _date(name: str, value: Any, row: int, problems: list[Problem], told: set[str]) -> Any:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return value  # already a text
    try:
        moment = _EPOCH + dt.timedelta(milliseconds=value)
    except (OverflowError, ValueError):
        problems.append(
            Problem(
                "not_a_date", "warning", f"{value} milliseconds since 1970 are no date that exists",
                "kept as the number", row, name, shorten(value),
            )
        )  # fmt: skip
        return value
    if moment.time() != dt.time(0) and name not in told:
        told.add(name)
        problems.append(
            Problem(
                "day_in_utc", "info",
                f"{name} has times of the day; the day is taken as it is in UTC",
                "where days were entered in local time, one near midnight may be the neighbouring "
                "day", None, name,
            )
        )  # fmt: skip
    return moment.replace(tzinfo=None)


# --- geometry ------------------------------------------------------------------------------------


class _Bad(ValueError):
    """What is wrong with a geometry."""


def _shape(given: Any, row: int, problems: list[Problem]) -> Any:
    if given is None or given == {}:
        return None
    found: list[Problem] = []
    try:
        shape = _build(given, row, found)
    except _Bad as error:
        problems.append(
            Problem(
                "unreadable_geometry", "error", str(error),
                "the record is kept without a place; correct it at the source", row, "geometry",
                shorten(json.dumps(given, ensure_ascii=False)),
            )
        )  # fmt: skip
        return None
    problems.extend(found)
    return shape


def _build(given: Any, row: int, found: list[Problem]) -> Any:
    if not isinstance(given, dict):
        raise _Bad("the geometry is no object")
    if any(given.get(name) for name in ("curveRings", "curvePaths")):
        raise _Bad("true curves are not read; ask the service for returnTrueCurves=false")
    if "rings" in given:
        return _polygon([_positions(ring) for ring in _list(given["rings"])], row, found)
    if "paths" in given:
        lines = [_positions(path) for path in _list(given["paths"])]
        if any(len(line) < 2 for line in lines):
            raise _Bad("a line needs at least two vertices")
        return shapely.MultiLineString(lines) if lines else None
    if "points" in given:
        return shapely.MultiPoint(_positions(given["points"]))
    if "x" in given:
        if given["x"] in (None, "NaN"):
            return None  # an empty point
        return shapely.Point(_positions([[given["x"], given.get("y")]])[0])
    raise _Bad("a geometry of an unknown kind: it has no rings, paths, points or x")


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise _Bad("the coordinates are no list")
    return value


def _positions(given: Any) -> Any:
    out = []
    for n, position in enumerate(_list(given), 1):
        pair = position[:2] if isinstance(position, list) else None
        if pair is None or len(pair) < 2 or not all(
            type(v) in (int, float) and math.isfinite(v) for v in pair
        ):  # fmt: skip
            raise _Bad(f"vertex {n} is {shorten(json.dumps(position), 60)}, not a pair of numbers")
        out.append(pair)
    return np.array(out, dtype=float).reshape(-1, 2)


def _polygon(rings: list[Any], row: int, found: list[Problem]) -> Any:
    """Rings that run clockwise are outlines, the others holes in the smallest outline around."""
    linear = []
    for positions in rings:
        if len(np.unique(positions, axis=0)) < 3:
            found.append(
                Problem(
                    "too_few_vertices", "error", "a ring has fewer than three different vertices",
                    "it encloses nothing and was left out; correct it at the source", row,
                    "geometry",
                )
            )  # fmt: skip
            continue
        if not np.array_equal(positions[0], positions[-1]):
            positions = np.concatenate([positions, positions[:1]])
            found.append(unclosed_ring(row))
        linear.append(shapely.LinearRing(positions))
    if not linear:
        if rings:
            raise _Bad("no ring has three different vertices")
        return None
    holes = [ring for ring in linear if shapely.is_ccw(ring)]
    outlines = [ring for ring in linear if not shapely.is_ccw(ring)]
    if not outlines:
        outlines, holes = holes, []
        found.append(
            Problem(
                "ring_direction", "warning", "all rings run counter-clockwise, as holes do",
                "they were read as outlines", row, "geometry",
            )
        )  # fmt: skip
    areas = sorted((shapely.Polygon(ring) for ring in outlines), key=lambda area: area.area)
    inside: list[list[Any]] = [[] for _ in areas]
    for hole in holes:
        point = shapely.Polygon(hole).representative_point()
        around = next((i for i, area in enumerate(areas) if area.covers(point)), None)
        if around is None:
            found.append(
                Problem(
                    "hole_outside", "error", "a hole lies in no outline",
                    "it was read as an outline, so that no ground is lost", row, "geometry",
                )
            )  # fmt: skip
            areas.append(shapely.Polygon(hole))
            inside.append([])
        else:
            inside[around].append(hole)
    parts = [shapely.Polygon(area.exterior, own) for area, own in zip(areas, inside, strict=True)]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
