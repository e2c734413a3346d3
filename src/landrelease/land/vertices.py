"""How plane geometries stand in the journal: whole millimetres, ring by ring.

A polygon is ``{"type": "Polygon", "rings": [[x0, y0, x1, y1, …], …]}``: shell first, rings closed,
exactly the vertices that were measured. Invalid polygons are written as they are. WKB would be
shorter, but a journal must be readable without knowing any library.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import chain, pairwise
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

Geometries = NDArray[np.object_]
Encoded = dict[str, Any]

_EXACT = 2.0**53


class VertexError(ValueError):
    """A geometry cannot be written in, or read from, the form of the journal."""


def encode(planar: Geometries) -> list[Encoded | None]:
    """Write plane geometries in the form of the journal.

    Parameters
    ----------
    planar
        One-dimensional array of plane geometries (vertices in whole millimetres) or None.

    Returns
    -------
    list of dict or None
        Vertices are int64 arrays (views of one array), which orjson writes with
        ``OPT_SERIALIZE_NUMPY``.

    Raises
    ------
    VertexError
        If a vertex is not a whole number of millimetres, or a geometry is a collection.
    """
    given = np.asarray(planar, dtype=object)
    out: list[Encoded | None] = [None] * len(given)
    kinds = shapely.get_type_id(given)
    empty = shapely.is_empty(given)
    for kind in np.unique(kinds[kinds >= 0]):
        name = shapely.GeometryType(kind).name
        if name not in _WRITERS:
            row = int(np.flatnonzero(kinds == kind)[0])
            raise VertexError(
                f"Geometry number {row} is a {name.lower()}; the journal holds points, lines "
                f"and polygons: take the collection apart first."
            )
        label, member, write = _WRITERS[name]
        for row in np.flatnonzero((kinds == kind) & empty).tolist():
            out[row] = {"type": label, member: []}
        rows = np.flatnonzero((kinds == kind) & ~empty)
        if len(rows):
            for row, body in zip(rows.tolist(), write(given[rows], rows), strict=True):
                out[row] = {"type": label, member: body}
    return out


def decode(encoded: Sequence[Encoded | None]) -> Geometries:
    """Read geometries from the form of the journal.

    Parameters
    ----------
    encoded
        What :func:`encode` wrote, as dictionaries with lists or arrays of numbers.

    Returns
    -------
    ndarray of object
        Plane geometries, None where None was written.

    Raises
    ------
    VertexError
        If the type is unknown or the vertices do not make up such a geometry.
    """
    out = np.empty(len(encoded), dtype=object)
    rows_of: dict[str, list[int]] = {}
    for row, item in enumerate(encoded):
        if item is not None:
            rows_of.setdefault(item["type"], []).append(row)
    for label, rows in rows_of.items():
        if label not in _READERS:
            raise VertexError(
                f"Geometry number {rows[0]} is of the unknown type {label!r}; "
                f"known are {', '.join(sorted(_READERS))}."
            )
        member, read, nothing = _READERS[label]
        bodies = [encoded[row][member] for row in rows]  # type: ignore[index]
        full = [i for i, body in enumerate(bodies) if len(body)]
        geometries = np.full(len(rows), nothing, dtype=object)
        if full:
            try:
                geometries[full] = read([bodies[i] for i in full])
            except (ValueError, TypeError, shapely.errors.GEOSException) as error:
                raise VertexError(
                    f"The vertices of a {label} (one of {len(rows)}, the first is geometry "
                    f"number {rows[0]}) do not make up a {label}: {error}"
                ) from error
        out[rows] = geometries
    return out


def _whole(xy: NDArray[np.float64], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return flat int64 vertices x0, y0, x1, …, or complain about fractions."""
    flat = np.ascontiguousarray(xy, dtype=np.float64).reshape(-1)
    if not (np.abs(flat) < _EXACT).all() or (np.rint(flat) != flat).any():
        raise VertexError(
            f"Geometries from number {int(rows[0])} on have vertices that are not whole "
            f"millimetres of the plane: project them with measure.Plane first."
        )
    return flat.astype(np.int64)


def _slices(values: Sequence[Any], offsets: NDArray[np.int64], factor: int = 1) -> list[Any]:
    """Cut values at the offsets."""
    cuts = (offsets * factor).tolist()
    return [values[a:b] for a, b in pairwise(cuts)]


def _ragged(geometries: Geometries, rows: NDArray[np.int64]) -> tuple[Any, ...]:
    _, xy, offsets = shapely.to_ragged_array(geometries, include_z=False)
    return (_whole(xy, rows), *(np.asarray(level, dtype=np.int64) for level in offsets))


def _write_points(geometries: Geometries, rows: NDArray[np.int64]) -> list[Any]:
    flat = _whole(shapely.get_coordinates(geometries), rows)
    return [flat[i : i + 2] for i in range(0, len(flat), 2)]


def _write_lines(geometries: Geometries, rows: NDArray[np.int64]) -> list[Any]:
    flat, vertices = _ragged(geometries, rows)
    return _slices(flat, vertices, 2)


def _write_nested(geometries: Geometries, rows: NDArray[np.int64]) -> list[Any]:
    flat, vertices, *levels = _ragged(geometries, rows)
    body = _slices(flat, vertices, 2)
    for level in levels:
        body = _slices(body, level)
    return body


def _write_multipolygons(geometries: Geometries, rows: NDArray[np.int64]) -> list[Any]:
    return [[part for part in body if part] for body in _write_nested(geometries, rows)]


def _cuts(parts: Iterable[Sequence[Any]], factor: int = 1) -> NDArray[np.int64]:
    """Return the offsets at which concatenated parts begin and end."""
    lengths = np.fromiter(map(len, parts), dtype=np.int64)
    if factor > 1 and (lengths % factor).any():
        raise ValueError("an odd number of coordinates")
    return np.concatenate([[0], np.cumsum(lengths // factor)])


def _vertices(parts: Sequence[Sequence[Any]]) -> NDArray[np.float64]:
    total = sum(map(len, parts))
    if total % 2:
        raise ValueError("an odd number of coordinates")
    if parts and isinstance(parts[0], np.ndarray):
        return np.concatenate(parts).astype(np.float64).reshape(-1, 2)
    return np.fromiter(chain.from_iterable(parts), dtype=np.float64, count=total).reshape(-1, 2)


def _read_points(bodies: list[Any]) -> Geometries:
    return np.asarray(shapely.points(_vertices(bodies)), dtype=object)


def _read_lines(bodies: list[Any], kind: str = "LINESTRING") -> Geometries:
    return _build(kind, _vertices(bodies), (_cuts(bodies, 2),))


def _read_multipoints(bodies: list[Any]) -> Geometries:
    return _read_lines(bodies, "MULTIPOINT")


def _read_polygons(bodies: list[Any], kind: str = "POLYGON") -> Geometries:
    rings = list(chain.from_iterable(bodies))
    return _build(kind, _vertices(rings), (_cuts(rings, 2), _cuts(bodies)))


def _read_multilines(bodies: list[Any]) -> Geometries:
    return _read_polygons(bodies, "MULTILINESTRING")


def _read_multipolygons(bodies: list[Any]) -> Geometries:
    polygons = list(chain.from_iterable(bodies))
    rings = list(chain.from_iterable(polygons))
    offsets = (_cuts(rings, 2), _cuts(polygons), _cuts(bodies))
    return _build("MULTIPOLYGON", _vertices(rings), offsets)


def _build(
    kind: str, xy: NDArray[np.float64], offsets: tuple[NDArray[np.int64], ...]
) -> Geometries:
    return np.asarray(
        shapely.from_ragged_array(shapely.GeometryType[kind], xy, offsets), dtype=object
    )


_Writer = Callable[[Geometries, NDArray[np.int64]], list[Any]]
_WRITERS: dict[str, tuple[str, str, _Writer]] = {
    "POINT": ("Point", "xy", _write_points),
    "MULTIPOINT": ("MultiPoint", "points", _write_lines),
    "LINESTRING": ("LineString", "line", _write_lines),
    "MULTILINESTRING": ("MultiLineString", "lines", _write_nested),
    "POLYGON": ("Polygon", "rings", _write_nested),
    "MULTIPOLYGON": ("MultiPolygon", "polygons", _write_multipolygons),
}
_READERS: dict[str, tuple[str, Callable[[list[Any]], Geometries], Any]] = {
    "Point": ("xy", _read_points, shapely.Point()),
    "MultiPoint": ("points", _read_multipoints, shapely.MultiPoint()),
    "LineString": ("line", _read_lines, shapely.LineString()),
    "MultiLineString": ("lines", _read_multilines, shapely.MultiLineString()),
    "Polygon": ("rings", _read_polygons, shapely.Polygon()),
    "MultiPolygon": ("polygons", _read_multipolygons, shapely.MultiPolygon()),
}
