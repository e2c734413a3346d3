"""Overlays of valid polygons in floating point that return polygons or say that they failed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

Geometries = NDArray[np.object_]

#: Areas below this (mm²) are rounding of the overlay, not land: the smallest polygon with
#: vertices in whole millimetres has half a square millimetre.
NOISE_MM2 = 0.25


#: Grid on which an overlay is repeated that went astray: a power of two, so that every whole
#: millimetre of a plane (±1e9 mm) lies on it exactly.
GRID_MM = 2.0**-22


_EMPTY = shapely.Polygon()
_POLYGONAL = (int(shapely.GeometryType.POLYGON), int(shapely.GeometryType.MULTIPOLYGON))


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


class Overlaid(NamedTuple):
    """Pairs of polygons laid over each other, one to one.

    Attributes
    ----------
    inner
        What both share.
    outer, beyond
        What only the first, only the second has; None where it was not wanted.
    sound
        Where no ground of the second was lost or invented; elsewhere the parts mean nothing.
    outer_sound
        Where no ground of the first was; elsewhere ``outer`` means nothing.
    """

    inner: Geometries
    outer: Geometries
    beyond: Geometries
    sound: NDArray[np.bool_]
    outer_sound: NDArray[np.bool_]


def overlaid(
    a: Geometries,
    b: Geometries,
    outer_wanted: NDArray[np.bool_] | None = None,
    beyond_wanted: NDArray[np.bool_] | None = None,
) -> Overlaid:
    """Lay polygons over each other pair by pair, and tell where that kept the ground.

    Overlays in floating point are exact to a fraction of a mm², but on nearly coincident edges
    the noder can go astray without an error and lose or invent a whole face. So every overlay of
    boundaries that cross is checked against another one, noded from the other side: what both
    share and what only the second has must sum to the second, and so for the first. Predicates
    are exact: what lies inside or apart needs no overlay.

    Parameters
    ----------
    a, b
        Arrays of valid polygons, of the same length.
    outer_wanted
        Where what only ``a`` has is wanted; everywhere by default.
    beyond_wanted
        Where what only ``b`` has is wanted; everywhere by default. Elsewhere what both share is
        not checked: the caller does that by what all of its pieces share with ``b``.

    Returns
    -------
    Overlaid
        The parts.
    """
    wanted = np.ones(len(a), dtype=bool) if outer_wanted is None else outer_wanted
    inner, outer, beyond = _each(b), np.full(len(a), None, dtype=object), _each(b)
    sound = np.ones(len(a), dtype=bool)
    outer_sound = np.ones(len(a), dtype=bool)
    holds = np.asarray(shapely.covers(a, b), dtype=bool)
    lies = np.asarray(shapely.covers(b, a), dtype=bool)
    rest = np.flatnonzero(~(holds | lies))
    meet = ~shapely.touches(a[rest], b[rest]) & shapely.intersects(a[rest], b[rest])
    cross, apart = rest[meet], rest[~meet]
    outer[wanted & lies] = _EMPTY
    outer[apart] = a[apart]
    inner[lies] = a[lies]
    inner[apart] = beyond[holds] = _EMPTY
    both = np.ones(len(a), dtype=bool) if beyond_wanted is None else beyond_wanted
    beyond[~both] = None
    around = np.flatnonzero(lies & ~holds & both)
    if len(around):
        beyond[around], sound[around] = _differences(b[around], a[around], inner[around])
    if len(cross):
        inner[cross], sound[cross] = _overlay(shapely.intersection, a[cross], b[cross])
        around = cross[both[cross]]
        beyond[around], done = _differences(b[around], a[around], inner[around])
        sound[around] &= done
    left = np.concatenate([np.flatnonzero(holds & ~lies & wanted), cross[wanted[cross]]])
    if len(left):
        outer[left], outer_sound[left] = _differences(a[left], b[left], inner[left])
    return Overlaid(inner, outer, beyond, sound, outer_sound)


def beyond_all(
    a: Geometries, b: Geometries, shared: NDArray[np.float64]
) -> tuple[Geometries, NDArray[np.bool_]]:
    """Return what polygons have beyond others, checked by what the pieces of these share with them.

    Parameters
    ----------
    a, b
        Arrays of valid polygons, of the same length.
    shared
        Area that each ``a`` shares with all the pieces of its ``b``, mm².

    Returns
    -------
    tuple
        What only ``a`` has, and whether that and what is shared is all of ``a``.
    """
    beyond, sound = _each(a), np.ones(len(a), dtype=bool)
    lies = np.asarray(shapely.covers(b, a), dtype=bool)
    beyond[lies] = _EMPTY
    rest = np.flatnonzero(~lies)
    meet = ~shapely.touches(a[rest], b[rest]) & shapely.intersects(a[rest], b[rest])
    cross = rest[meet]
    beyond[cross], sound[cross] = _overlay(shapely.difference, a[cross], b[cross])
    gap = np.abs(shapely.area(beyond) + shared - shapely.area(a))
    return beyond, sound & (gap <= _tolerance(a))


def _differences(
    a: Geometries, b: Geometries, shared: Geometries
) -> tuple[Geometries, NDArray[np.bool_]]:
    """Return what only ``a`` has, and whether that and what both share is all of ``a``."""
    found, done = _overlay(shapely.difference, a, b)
    return found, done & _conserved(a, shared, found)


def _overlay(
    operation: Callable[..., Any], a: Geometries, b: Geometries
) -> tuple[Geometries, NDArray[np.bool_]]:
    """Overlay pairs; where that raises an error, say so instead of raising it for all."""
    try:
        return _each(polygonal(operation(a, b))), np.ones(len(a), dtype=bool)
    except shapely.errors.GEOSException:
        pass
    out, done = np.full(len(a), None, dtype=object), np.zeros(len(a), dtype=bool)
    for at in range(len(a)):
        try:
            out[at] = polygonal(operation(a[at], b[at]))
            done[at] = True
        except shapely.errors.GEOSException:
            continue
    return out, done


def split(a: Geometries, b: Any) -> tuple[Geometries, Geometries]:
    """Split polygons into the parts inside and outside another one, losing no ground.

    Where :func:`overlaid` did not keep the ground, it is done again on a grid far below the
    millimetre, which is slower and cannot go astray.

    Parameters
    ----------
    a
        Array of valid polygons.
    b
        Valid polygon.

    Returns
    -------
    tuple of ndarray of object
        Parts inside and outside ``b``, either may be empty.

    Raises
    ------
    OverlayError
        If no way of splitting keeps the area.
    """
    if not len(a):
        return a, a
    nowhere = np.zeros(len(a), dtype=bool)
    inner, outer, _ = split_pairs(a, np.full(len(a), b, dtype=object), beyond_wanted=nowhere)
    return inner, outer


def split_pairs(
    a: Geometries,
    b: Geometries,
    outer_wanted: NDArray[np.bool_] | None = None,
    beyond_wanted: NDArray[np.bool_] | None = None,
) -> tuple[Geometries, Geometries, Geometries]:
    """Split polygons as :func:`split`, each along one of its own, and give what is left of that.

    Parameters
    ----------
    a, b
        Arrays of valid polygons, of the same length.
    outer_wanted
        Where the parts of ``a`` outside ``b`` are wanted; everywhere by default.
    beyond_wanted
        Where what ``b`` has beyond is wanted; everywhere by default, and one of both everywhere:
        each checks what both share.

    Returns
    -------
    tuple of ndarray of object
        Parts of ``a`` inside and outside ``b``, and what ``b`` has beyond; any may be empty, and
        None where it was not wanted.

    Raises
    ------
    OverlayError
        If no way of splitting keeps the area.
    """
    inner, outer, beyond, sound, outer_sound = overlaid(a, b, outer_wanted, beyond_wanted)
    if beyond_wanted is not None:
        # What the outside does not confirm is asked of the other side.
        doubtful = np.flatnonzero(~beyond_wanted & ~outer_sound & sound)
        nowhere = np.zeros(len(doubtful), dtype=bool)
        sound[doubtful] = overlaid(a[doubtful], b[doubtful], nowhere).sound
    for at in np.flatnonzero(~sound):
        inner[at], outer[at] = _split_on_grid(a[at], b[at])
        beyond[at] = _split_on_grid(b[at], a[at])[1]
    for at in np.flatnonzero(sound & ~outer_sound):
        outer[at] = _split_on_grid(a[at], b[at])[1]
    return inner, outer, beyond


def difference(a: Any, b: Any) -> Any:
    """Return the polygonal part of one polygon outside another, checked as in :func:`split`.

    Raises
    ------
    OverlayError
        If no way of overlaying keeps the area.
    """
    if shapely.covers(b, a):
        return _EMPTY
    nowhere = np.zeros(1, dtype=bool)
    _, _, beyond, sound, _ = overlaid(
        np.array([b], dtype=object), np.array([a], dtype=object), nowhere
    )
    return beyond[0] if sound[0] else _split_on_grid(a, b)[1]


def differences(a: Geometries, b: Geometries) -> Geometries:
    """Return what polygons have outside others, pair by pair, checked as in :func:`split`.

    Raises
    ------
    OverlayError
        If no way of overlaying keeps the area.
    """
    _, outer, _, sound, outer_sound = overlaid(a, b)
    for at in np.flatnonzero(~(sound & outer_sound)):
        outer[at] = _split_on_grid(a[at], b[at])[1]
    return outer


def remainder(whole: Any, parts: Geometries) -> Any:
    """Return what disjoint parts of a polygon leave of it.

    Parameters
    ----------
    whole
        Valid polygon.
    parts
        Valid polygons within it that do not overlap.

    Returns
    -------
    Geometry
        The rest, may be empty.

    Raises
    ------
    OverlayError
        If no way of overlaying keeps the area.
    """
    expected = float(whole.area - shapely.area(parts).sum())
    tolerance = float(_tolerance(whole) + np.sum(_tolerance(parts)))
    if expected < min(NOISE_MM2, tolerance):
        return shapely.Polygon()
    try:
        rest = polygonal(shapely.difference(whole, shapely.union_all(parts)))
        if abs(rest.area - expected) <= tolerance:
            return rest
    except shapely.errors.GEOSException:
        pass
    rest = whole
    for part in parts:
        rest = _split_on_grid(rest, part)[1]
    if abs(rest.area - expected) > tolerance + GRID_MM * (
        whole.length + shapely.length(parts).sum()
    ):
        raise OverlayError(f"{rest.area - expected:.0f} mm² too much is left")
    return rest


def _each(geometries: Any) -> Geometries:
    """Return an array that may be written to."""
    return np.array(geometries, dtype=object, copy=True)


def _tolerance(geometry: Any) -> Any:
    """Return the rounding of an overlay in mm²: vertices are exact to some 1e-7 mm."""
    return 0.1 + 1e-7 * shapely.length(geometry)


def _conserved(whole: Any, inner: Any, outer: Any) -> NDArray[np.bool_]:
    gap = np.abs(shapely.area(inner) + shapely.area(outer) - shapely.area(whole))
    return np.asarray(gap <= _tolerance(whole), dtype=bool)  # not so where a part is missing: nan


def _split_on_grid(a: Any, b: Any) -> tuple[Any, Any]:
    """Split one polygon with snap rounding on a grid of :data:`GRID_MM`."""
    a, b = _cleaned(a), _cleaned(b)
    try:
        inner = _free(polygonal(shapely.intersection(a, b, grid_size=GRID_MM)))
        outer = _free(polygonal(shapely.difference(a, b, grid_size=GRID_MM)))
    except shapely.errors.GEOSException as error:
        raise OverlayError(str(error)) from error
    gap = abs(inner.area + outer.area - a.area)
    if gap > 1.0 + GRID_MM * (a.length + b.length):
        raise OverlayError(f"the parts differ from the whole by {gap:.0f} mm²")
    return inner, outer


def _free(geometry: Any) -> Any:
    """Return a geometry without the grid it was made on, which would snap later overlays."""
    return shapely.from_wkb(shapely.to_wkb(geometry))


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


def join(parts: Geometries) -> Any:
    """Return disjoint polygons as one geometry: dissolved, or side by side where that fails.

    Parameters
    ----------
    parts
        Valid polygons that share no ground.

    Returns
    -------
    Geometry
        Polygonal geometry with the area of all parts, None for no parts.
    """
    if not len(parts):
        return None
    if len(parts) == 1:
        return parts[0]
    expected = float(shapely.area(parts).sum())
    tolerance = float(np.sum(_tolerance(parts)))
    for grid in (None, GRID_MM):
        try:
            joined = polygonal(shapely.union_all(parts, grid_size=grid))
        except shapely.errors.GEOSException:
            continue
        if abs(joined.area - expected) <= tolerance:
            return joined if grid is None else _free(joined)
    return shapely.MultiPolygon([p for part in parts for p in shapely.get_parts(part)])


def polygonal(geometries: Any) -> Any:
    """Drop the points and lines that an overlay leaves where boundaries only touch."""
    many = np.asarray(geometries, dtype=object)
    kinds = shapely.get_type_id(many.ravel())
    other = (kinds != _POLYGONAL[0]) & (kinds != _POLYGONAL[1])
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
    """Return the number of the connected group of each of ``size`` nodes.

    Groups are numbered in the order of their first nodes. Every node points to one before it or to
    itself: an edge makes the later of two heads point to the earlier, until all edges are within a
    group. (SciPy would do the same, and cost every command a third of a second to import.)
    """
    head = np.arange(size)
    while len(first):
        one, other = head[first], head[second]
        apart = one != other
        if not apart.any():
            break
        first, second = first[apart], second[apart]
        one, other = one[apart], other[apart]
        np.minimum.at(head, np.maximum(one, other), np.minimum(one, other))
        while not np.array_equal(above := head[head], head):
            head = above
    _, labels = np.unique(head, return_inverse=True)
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
            # On a grid: an independent measure must not share the weakness that it checks.
            total += float(shapely.area(shapely.union_all(some[rows], grid_size=GRID_MM)))
    return total
