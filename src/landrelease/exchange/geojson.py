"""GeoJSON, read feature by feature.

GDAL is not used here for two reasons: it gives a feature with a bad coordinate no geometry
without saying so, and every batch would parse the whole file again. The text is decoded by the
JSON decoder of the standard library, one feature at a time, so memory is bounded by the batch.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import shapely

from .problems import ExchangeError, Problem, shorten
from .source import Objects, RawBatch, Source, objects
from .vectors import checked_crs, unclosed_ring

CHUNK = 1 << 20
BLANK = " \t\r\n\x1e"  # \x1e separates the records of GeoJSON text sequences
GEOMETRIES = {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"}

Feature = dict[str, Any]


def open_geojson(path: Path, *, crs: str | None = None) -> Source:
    """Open GeoJSON: a collection, a single feature, or one feature a line."""
    columns: dict[str, None] = {}
    count = 0
    head: dict[str, Any] = {}
    has_id = False
    for feature in _features(path, head):
        count += 1
        has_id = has_id or feature.get("id") is not None
        columns.update(dict.fromkeys(_properties(feature)))
    names = list(columns)
    # The id of a feature stands outside its properties; a property "id" has priority.
    id_column = None
    if has_id:
        id_column = "id" if "id" not in columns else "feature_id"
        names.insert(0, id_column)
    problems: list[Problem] = []
    system = _crs(path, head, crs, problems)

    def read(size: int) -> Iterator[RawBatch]:
        block: list[Feature] = []
        first = 1
        for feature in _features(path, {}):
            block.append(_compact(feature))
            if len(block) == size:
                yield _batch(block, first, names, id_column, system)
                first += len(block)
                block = []
        if block:
            yield _batch(block, first, names, id_column, system)
            first += len(block)
        if first - 1 != count:
            raise ExchangeError(f"{path}: {count} features before, {first - 1} now; it changed")

    return Source(
        path, "GeoJSON", path.stem, [path.stem], names, system, count, read, encoding="utf-8",
        problems=problems,
    )  # fmt: skip


def _compact(feature: Feature) -> Feature:
    """Put the ring of a plain polygon into an array: a tenth of the memory of its lists."""
    geometry = feature.get("geometry")
    if type(geometry) is dict and geometry.get("type") == "Polygon":
        rings = geometry.get("coordinates")
        if type(rings) is list and len(rings) == 1 and type(rings[0]) is list:
            try:
                ring = np.array(rings[0])
            except ValueError:  # positions of different length
                return feature
            if ring.dtype.kind in "fi" and ring.ndim == 2:
                geometry["coordinates"] = [ring]
    return feature


def _properties(feature: Feature) -> dict[str, Any]:
    properties = feature.get("properties")
    if isinstance(properties, dict):
        return properties
    return {} if properties is None else {"properties": properties}


def _crs(path: Path, head: Feature, asked: str | None, problems: list[Problem]) -> str:
    """RFC 7946 knows WGS 84 only; files of the 2008 specification may name another system."""
    named = head.get("crs")
    given = None
    if isinstance(named, dict):
        given = (named.get("properties") or {}).get("name")
    stated = "EPSG:4326"
    if given and "CRS84" not in str(given):
        stated = checked_crs(path, str(given))
    if asked is not None:
        wanted = checked_crs(path, asked)
        if wanted != stated:
            problems.append(
                Problem(
                    "crs_overruled",
                    "warning",
                    f"GeoJSON is in {shorten(stated, 60)}; read as {wanted}, as you asked",
                )
            )
        return wanted
    return stated


class _Text:
    """A file as text that grows on demand and is dropped once decoded."""

    def __init__(self, path: Path, handle: Any) -> None:
        self.path = path
        self.handle = handle
        self.decode = codecs.getincrementaldecoder("utf-8")()
        self.buffer = ""
        self.at = 0
        self.done = False
        self.json = json.JSONDecoder()

    def more(self) -> bool:
        if self.done:
            return False
        # Grow with what is held, so that a huge object is not decoded again and again.
        data = self.handle.read(max(CHUNK, 2 * (len(self.buffer) - self.at)))
        self.done = not data
        try:
            text = self.decode.decode(data, final=self.done)
        except UnicodeDecodeError as error:
            raise ExchangeError(
                f"{self.path}: not UTF-8 text ({error}); GeoJSON must be, save it again as UTF-8"
            ) from error
        self.buffer = self.buffer[self.at :] + text
        self.at = 0
        return True

    def peek(self) -> str:
        """Next character that is not blank, empty at the end."""
        while True:
            while self.at < len(self.buffer) and self.buffer[self.at] in BLANK:
                self.at += 1
            if self.at < len(self.buffer):
                return self.buffer[self.at]
            if not self.more():
                return ""

    def expect(self, allowed: str, where: str) -> str:
        found = self.peek()
        if not found or found not in allowed:
            what = repr(found) if found else "the end of the file"
            raise ExchangeError(
                f"{self.path}, {where}: expected {' or '.join(allowed)}, found {what}; "
                "the file is cut off or is not GeoJSON"
            )
        self.at += 1
        return found

    def line(self) -> Any:
        """Decode a value that fills the rest of its line, as most programs write features.

        Many times faster than :meth:`value`; ``None`` where the line is not one whole value.
        """
        end = self.buffer.find("\n", self.at)
        if end < 0:
            if not self.more():
                return None
            end = self.buffer.find("\n", self.at)
            if end < 0:
                return None
        text = self.buffer[self.at : end].rstrip("\r ,")
        if not text.endswith("}"):
            return None
        try:
            found = orjson.loads(text)
        except orjson.JSONDecodeError:
            return None
        # Whole numbers beyond 64 bits have been rounded; the slow decoder keeps them.
        cells = (*_properties(found).values(), found.get("id"))
        if any(type(cell) is float and abs(cell) >= 2**63 for cell in cells):
            return None
        self.at += len(text)
        return found

    def value(self, where: str) -> Any:
        """Decode one JSON value."""
        while True:
            self.peek()
            try:
                found, end = self.json.raw_decode(self.buffer, self.at)
            except json.JSONDecodeError as error:
                if self.more():
                    continue
                raise ExchangeError(
                    f"{self.path}, {where}: not JSON ({error.msg}); "
                    "the file is cut off or damaged, ask for it to be sent again"
                ) from error
            # A number at the very end of the buffer may go on in the next chunk.
            if end == len(self.buffer) and not isinstance(found, (dict, list, str)) and self.more():
                continue
            self.at = end
            return found


def _features(path: Path, head: dict[str, Any]) -> Iterator[Feature]:
    """Yield the features; the other members of the collection go into ``head``."""
    with path.open("rb") as handle:
        text = _Text(path, handle)
        if text.peek() == "\ufeff":
            text.at += 1
        number = 0
        while text.peek():
            if text.peek() != "{":
                raise ExchangeError(f"{path}: not GeoJSON (it does not begin with an object)")
            for feature in _object(text, head, number):
                number += 1
                yield feature


def _object(text: _Text, head: dict[str, Any], number: int) -> Iterator[Feature]:
    """Yield the features of one top-level object: a collection, or itself."""
    text.expect("{", "start")
    members: dict[str, Any] = {}
    collection = False
    by_line, misses = True, 0  # a file written otherwise is not tried line by line for ever
    if text.peek() == "}":
        text.at += 1
        raise ExchangeError(f"{text.path}: an empty object, no GeoJSON")
    while True:
        key = text.value(f"member after feature {number}")
        text.expect(":", f"member {key!r}")
        if key == "features" and text.peek() == "[":
            collection = True
            text.expect("[", "features")
            if text.peek() == "]":
                text.at += 1
            else:
                while True:
                    number += 1
                    text.peek()
                    feature = text.line() if by_line else None
                    if feature is None:
                        misses += 1
                        by_line = misses < 10
                        feature = text.value(f"feature {number}")
                    # What is no object is kept as a row without anything, and named there.
                    yield feature if isinstance(feature, dict) else {"bad": feature}
                    if text.expect(",]", f"after feature {number}") == "]":
                        break
        else:
            members[key] = text.value(f"member {key!r}")
        if text.expect(",}", f"after member {key!r}") == "}":
            break
    head.update({k: v for k, v in members.items() if k in ("crs", "name", "type")})
    if collection:
        return
    kind = members.get("type")
    if kind == "Feature":
        yield members
    elif kind in GEOMETRIES or kind == "GeometryCollection":
        yield {"type": "Feature", "properties": None, "geometry": members}
    else:
        raise ExchangeError(
            f"{text.path}: no GeoJSON (an object of type {kind!r} without features); "
            "TopoJSON must be converted first"
        )


def _batch(
    features: list[Feature], first: int, names: list[str], id_column: str | None, crs: str
) -> RawBatch:
    n = len(features)
    rows = np.arange(first, first + n, dtype=np.int64)
    properties = [_properties(feature) for feature in features]
    columns = {
        name: objects([_cell(row.get(name)) for row in properties])
        for name in names
        if name != id_column
    }
    if id_column is not None:
        columns = {
            id_column: objects([_cell(feature.get("id")) for feature in features]),
            **columns,
        }
    problems = [
        Problem(
            "not_a_feature", "error", "an element of the collection is no feature",
            "kept as an empty row", first + i, "", shorten(feature["bad"]),
        )
        for i, feature in enumerate(features)
        if "bad" in feature and "type" not in feature
    ]  # fmt: skip
    geometry = _geometries([f.get("geometry") for f in features], first, problems)
    return RawBatch(rows, columns, geometry, crs, problems)


def _cell(value: Any) -> Any:
    if value is None or value == "":
        return None
    if isinstance(value, (dict, list)):
        return orjson.dumps(value).decode()
    return value


def _geometries(given: list[Any], first: int, problems: list[Problem]) -> Objects:
    """Build all geometries; plain polygons and points at once, the rest one by one."""
    out = np.empty(len(given), dtype=object)
    rings: list[Any] = []
    where: list[int] = []
    for i, geometry in enumerate(given):
        if geometry is None:
            continue
        if (
            type(geometry) is dict
            and geometry.get("type") == "Polygon"
            and type(geometry.get("coordinates")) is list
            and len(geometry["coordinates"]) == 1
        ):
            rings.append(geometry["coordinates"][0])
            where.append(i)
        else:
            out[i] = single(geometry, first + i, problems)
    for i, polygon in zip(where, _simple_polygons(rings, first, where, problems), strict=True):
        out[i] = polygon
    return out


def _simple_polygons(
    rings: list[Any], first: int, where: list[int], problems: list[Problem]
) -> list[Any]:
    """Polygons of one ring each, vectorised; if any ring is odd, each is looked at by itself."""
    if not rings:
        return []
    try:
        counts = np.array([len(ring) for ring in rings])
        # All plain pairs of numbers, or this raises and the slow way says which one is not.
        xy = np.concatenate(rings)
        ends = np.cumsum(counts)
        starts = ends - counts
        if (
            xy.dtype.kind in "fi"
            and xy.ndim == 2
            and xy.shape[1] == 2
            and counts.min() >= 4
            and np.isfinite(xy).all()
            and np.array_equal(xy[starts], xy[ends - 1])
        ):
            linear = shapely.linearrings(
                xy.astype(float), indices=np.repeat(np.arange(len(rings)), counts)
            )
            return list(shapely.polygons(linear))
    except (TypeError, ValueError):
        pass
    return [
        single(
            {
                "type": "Polygon",
                "coordinates": [ring.tolist() if isinstance(ring, np.ndarray) else ring],
            },
            first + i,
            problems,
        )
        for ring, i in zip(rings, where, strict=True)
    ]


class _BadGeometry(ValueError):
    """What is wrong with a geometry, for its problem."""


def single(geometry: Any, row: int, problems: list[Problem]) -> Any:
    """One geometry, its faults written to ``problems``; ``None`` where no place can be had."""
    found: list[Problem] = []
    try:
        built = _build(geometry, row, found)
    except _BadGeometry as error:
        problems.append(
            Problem(
                "unreadable_geometry",
                "error",
                str(error),
                "the record is kept without a place; correct it at the source",
                row,
                "geometry",
                shorten(_dump(geometry)),
            )
        )
        return None
    problems.extend(found)
    return built


def _dump(geometry: Any) -> str:
    return json.dumps(geometry, ensure_ascii=False, separators=(",", ":"))


def _build(geometry: Any, row: int, found: list[Problem]) -> Any:
    if not isinstance(geometry, dict):
        raise _BadGeometry("the geometry is no object")
    kind = geometry.get("type")
    if kind == "GeometryCollection":
        parts = geometry.get("geometries")
        if not isinstance(parts, list):
            raise _BadGeometry("a geometry collection without geometries")
        return shapely.GeometryCollection([_build(part, row, found) for part in parts])
    if kind not in GEOMETRIES:
        raise _BadGeometry(f"{kind!r} is no GeoJSON geometry type")
    coordinates = geometry.get("coordinates")
    if not isinstance(coordinates, list):
        raise _BadGeometry("the geometry has no list of coordinates")
    if kind == "Point":
        return shapely.Point(_positions([coordinates])[0]) if coordinates else shapely.Point()
    if kind == "MultiPoint":
        return shapely.MultiPoint(_positions(coordinates))
    if kind == "LineString":
        return _line(coordinates)
    if kind == "MultiLineString":
        return shapely.MultiLineString([_line(line) for line in coordinates])
    if kind == "Polygon":
        built = _polygon(coordinates, row, found)
        if built is None:
            raise _BadGeometry("a polygon needs at least three different vertices")
        return built
    polygons = [_polygon(rings, row, found, part=n) for n, rings in enumerate(coordinates, 1)]
    kept = [polygon for polygon in polygons if polygon is not None]
    if polygons and not kept:
        raise _BadGeometry("no part has three different vertices")
    return shapely.MultiPolygon(kept)


def _polygon(rings: Any, row: int, found: list[Problem], part: int = 1) -> Any:
    """Polygon of rings. A ring of fewer than three different vertices encloses nothing: as a
    part or a hole it is left out and named, as the only one there is no polygon (``None``)."""
    if not isinstance(rings, list):
        raise _BadGeometry("the coordinates of a polygon are no list of rings")
    if not rings:
        return shapely.Polygon()
    built = []
    for n, ring in enumerate(rings):
        positions = _positions(ring)
        if len(np.unique(positions, axis=0)) < 3:
            which = "the outline" if n == 0 else f"hole {n}"
            found.append(
                Problem(
                    "too_few_vertices",
                    "error",
                    f"{which} of part {part} has fewer than three different vertices",
                    "it encloses nothing and was left out; correct it at the source",
                    row,
                    "geometry",
                    shorten(_dump(ring)),
                )
            )
            if n == 0:
                return None
            continue
        if not np.array_equal(positions[0], positions[-1]):
            positions = np.concatenate([positions, positions[:1]])
            found.append(unclosed_ring(row))
        built.append(shapely.LinearRing(positions))
    return shapely.Polygon(built[0], built[1:])


def _line(line: Any) -> Any:
    positions = _positions(line)
    if len(positions) < 2:
        raise _BadGeometry("a line needs at least two vertices")
    return shapely.LineString(positions)


def _positions(given: Any) -> Any:
    """Array of positions (n, 2 or 3); every coordinate must be a finite number."""
    if not isinstance(given, list):
        raise _BadGeometry("coordinates are no list of positions")
    for n, position in enumerate(given, 1):
        if (
            not isinstance(position, list)
            or len(position) < 2
            or any(type(value) not in (int, float) for value in position)
            or not all(np.isfinite(position))
        ):
            raise _BadGeometry(
                f"vertex {n} is {shorten(json.dumps(position), 60)}, not a pair of numbers"
            )
    width = 3 if given and all(len(position) >= 3 for position in given) else 2
    return np.array([position[:width] for position in given], dtype=float).reshape(-1, width)
