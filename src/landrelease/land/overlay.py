"""Overlays of valid polygons in floating point that return polygons or say that they failed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

Geometries = NDArray[np.object_]

#: Areas below this (mm²) are rounding of the overlay, not land: the smallest polygon with
#: vertices in whole millimetres has half a square millimetre.
NOISE_MM2 = 0.25


class OverlayError(RuntimeError):
    """Two polygons could not be overlaid, even after cleaning."""


def intersection(a: Any, b: Any) -> Any:
    """Return the polygonal part that two geometries (or arrays of them) share, in mm.

    Raises
    ------
    OverlayError
        If the overlay fails even on cleaned geometries.
    """
    return _robust(shapely.intersection, a, b)


def difference(a: Any, b: Any) -> Any:
    """Return the polygonal part of ``a`` outside ``b``, in mm.

    Raises
    ------
    OverlayError
        If the overlay fails even on cleaned geometries.
    """
    return _robust(shapely.difference, a, b)


def union(parts: Geometries) -> Any:
    """Return the polygonal union of geometries, in mm.

    Raises
    ------
    OverlayError
        If the overlay fails even on cleaned geometries.
    """
    if len(parts) == 1:
        return parts[0]
    try:
        return polygonal(shapely.union_all(parts))
    except shapely.errors.GEOSException:
        try:
            return polygonal(shapely.union_all(shapely.buffer(shapely.make_valid(parts), 0)))
        except shapely.errors.GEOSException as error:
            raise OverlayError(str(error)) from error


def polygonal(geometries: Any) -> Any:
    """Drop the points and lines that an overlay leaves where boundaries only touch."""
    many = np.asarray(geometries, dtype=object)
    kinds = shapely.get_type_id(many.ravel())
    other = (kinds != shapely.GeometryType.POLYGON) & (kinds != shapely.GeometryType.MULTIPOLYGON)
    other &= kinds >= 0
    if not other.any():
        return geometries
    flat = many.ravel().copy()
    for place in np.flatnonzero(other):
        flat[place] = _polygons_of(flat[place])
    return flat.reshape(many.shape) if many.ndim else flat[0]


def _polygons_of(geometry: Any) -> Any:
    polygons = []
    pending = [geometry]
    while pending:
        part = pending.pop()
        if part.geom_type == "Polygon":
            polygons.append(part)
        elif hasattr(part, "geoms"):
            pending.extend(part.geoms)
    return shapely.MultiPolygon(polygons) if len(polygons) != 1 else polygons[0]


def _robust(operation: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
    try:
        return polygonal(operation(a, b))
    except shapely.errors.GEOSException:
        try:
            return polygonal(operation(_cleaned(a), _cleaned(b)))
        except shapely.errors.GEOSException as error:
            raise OverlayError(str(error)) from error


def _cleaned(geometries: Any) -> Any:
    return shapely.buffer(polygonal(shapely.make_valid(geometries)), 0)


def meeting_pairs(polygons: Geometries) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find the pairs of polygons that share ground or boundary.

    Parameters
    ----------
    polygons
        Valid plane polygons; None and empty ones meet nobody.

    Returns
    -------
    tuple of ndarray of int64
        First and second index of each pair, first < second, sorted.
    """
    first, second = shapely.STRtree(polygons).query(polygons)
    keep = first < second
    first, second = first[keep].astype(np.int64), second[keep].astype(np.int64)
    shapely.prepare(polygons[np.unique(first)])
    meet = shapely.intersects(polygons[first], polygons[second])
    first, second = first[meet], second[meet]
    order = np.lexsort((second, first))
    return first[order], second[order]


def overlapping_pairs(polygons: Geometries) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find the pairs of polygons whose interiors meet; a shared boundary is no overlap.

    Parameters
    ----------
    polygons
        Valid plane polygons; None and empty ones meet nobody.

    Returns
    -------
    tuple of ndarray of int64
        First and second index of each pair, first < second, sorted.
    """
    first, second = meeting_pairs(polygons)
    inside = ~shapely.touches(polygons[first], polygons[second])
    return first[inside], second[inside]


def components(size: int, first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the number of the connected group of each of ``size`` nodes."""
    if not size:
        return np.empty(0, dtype=np.int64)
    graph = coo_array((np.ones(len(first), dtype=np.int8), (first, second)), shape=(size, size))
    _, labels = connected_components(graph, directed=False)
    return np.asarray(labels, dtype=np.int64)


def dissolved_area(polygons: Geometries) -> float:
    """Measure the ground that polygons cover together, counted once.

    Parameters
    ----------
    polygons
        Valid plane polygons, None or empty ones count nothing.

    Returns
    -------
    float
        Area of the union, mm².
    """
    some = polygons[~(shapely.is_missing(polygons) | shapely.is_empty(polygons))]
    first, second = overlapping_pairs(some)
    group = components(len(some), first, second)
    alone = np.bincount(group, minlength=1)[group] == 1 if len(some) else np.zeros(0, bool)
    total = float(shapely.area(some[alone]).sum())
    together = np.flatnonzero(~alone)
    order = together[np.argsort(group[together], kind="stable")]
    for rows in np.split(order, np.flatnonzero(np.diff(group[order])) + 1):
        if len(rows):
            total += float(shapely.area(union(some[rows])))
    return total
