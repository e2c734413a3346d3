"""Booked ground divided over administrative units, to the last square millimetre.

Most pieces of ground lie inside one unit and need no overlay. Those that cross a boundary are cut,
each part is measured, and the booked area is shared out by largest remainder, so that the rows of
a table by unit sum to its total exactly, the row outside all units included.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from . import overlay
from .measure import apportion
from .units import OUTSIDE, valid_units

#: Pieces that one task of a worker takes: enough to outweigh handing it over.
_CHUNK = 20_000


class DivisionError(ValueError):
    """Pieces cannot be divided over units as given."""


@dataclass(frozen=True)
class Shares:
    """Shares of booked pieces, sorted by piece and unit; all columns have the same length.

    Attributes
    ----------
    piece
        Row of the piece.
    unit
        Row of the unit, −1 outside all units.
    mm2
        Share, whole mm², more than 0. The shares of a piece sum to its booked area.
    """

    piece: NDArray[np.int64]
    unit: NDArray[np.int64]
    mm2: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.piece)


def divide(
    pieces: NDArray[np.object_],
    mm2: NDArray[np.int64],
    units: NDArray[np.object_],
    *,
    workers: int = 1,
) -> Shares:
    """Divide booked pieces of ground over administrative units.

    Parameters
    ----------
    pieces
        Valid polygons in millimetres of a plane.
    mm2
        Booked area of each piece, whole mm².
    units
        Polygons of the units on the same plane. Broken boundaries are repaired here; None and
        empty units hold nothing. Where units overlap, the first counts.
    workers
        Threads; the result does not depend on their number.

    Returns
    -------
    Shares
        Shares of each piece. What lies outside all units is measured like any other part. Parts
        smaller than the rounding of an overlay (:data:`.overlay.NOISE_MM2`) vanish.

    Raises
    ------
    DivisionError
        If the columns differ in length, an area is negative, or a booked piece has no polygon.
    overlay.OverlayError
        If a piece cannot be cut along a unit without losing ground.
    """
    pieces, booked = np.asarray(pieces, dtype=object), np.asarray(mm2, dtype=np.int64)
    _refuse(pieces, booked)
    bounds = valid_units(np.asarray(units, dtype=object))
    starts = range(0, len(pieces), _CHUNK)
    task = partial(_divide_some, pieces, booked, bounds)
    if workers > 1 and len(starts) > 1:
        with ThreadPoolExecutor(workers) as pool:
            parts = list(pool.map(task, starts))
    else:
        parts = [task(start) for start in starts]
    empty = np.empty(0, dtype=np.int64)
    piece, unit, share = (
        np.concatenate([empty, *(part[column] for part in parts)]) for column in range(3)
    )
    order = np.lexsort((unit, piece))
    return Shares(piece[order], unit[order], share[order])


def _refuse(pieces: NDArray[np.object_], booked: NDArray[np.int64]) -> None:
    if len(pieces) != len(booked):
        raise DivisionError(f"There are {len(booked)} booked areas for {len(pieces)} pieces.")
    if (booked < 0).any():
        row = int(np.flatnonzero(booked < 0)[0])
        raise DivisionError(f"The booked area of piece {row} is negative ({booked[row]} mm²).")
    nowhere = (shapely.is_missing(pieces) | shapely.is_empty(pieces)) & (booked > 0)
    if nowhere.any():
        row = int(np.flatnonzero(nowhere)[0])
        raise DivisionError(
            f"{int(nowhere.sum())} pieces have an area but no polygon, the first is piece {row} "
            f"({booked[row]} mm²): pass the polygon that moves, or count them where the place "
            f"is not recorded."
        )


def _divide_some(
    pieces: NDArray[np.object_],
    booked: NDArray[np.int64],
    units: NDArray[np.object_],
    start: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Divide the chunk of pieces that begins at a row."""
    some, areas = pieces[start : start + _CHUNK], booked[start : start + _CHUNK]
    unit, piece, covered = _candidates(some, units)
    order = np.lexsort((unit, piece))
    unit, piece, covered = unit[order], piece[order], covered[order]
    first = np.ones(len(piece), dtype=bool)
    first[1:] = piece[1:] != piece[:-1]

    # The first unit that meets a piece counts first: if it covers the piece, nothing is left.
    inside = first & covered
    settled = np.zeros(len(some), dtype=bool)
    settled[piece[inside]] = True
    alone = ~settled
    alone[piece] = False  # met by no unit
    remaining = ~settled[piece]
    cut = _cut(some, areas, units, unit[remaining], piece[remaining], covered[remaining])

    whole_piece = np.concatenate([piece[inside], np.flatnonzero(alone)])
    whole_unit = np.concatenate([unit[inside], np.full(int(alone.sum()), OUTSIDE)])
    out_piece = np.concatenate([whole_piece, cut[0]])
    out_unit = np.concatenate([whole_unit, cut[1]])
    out_mm2 = np.concatenate([areas[whole_piece], cut[2]])
    held = out_mm2 > 0
    return out_piece[held] + start, out_unit[held], out_mm2[held]


def _candidates(
    pieces: NDArray[np.object_], units: NDArray[np.object_]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Return the pairs of unit and piece that meet, and whether the unit covers the piece."""
    # Each thread prepares units of its own: GEOS builds their indexes on first use.
    own = shapely.from_wkb(shapely.to_wkb(units))
    shapely.prepare(own)
    unit, piece = shapely.STRtree(pieces).query(own, predicate="intersects")
    covered = shapely.covers(own[unit], pieces[piece])
    return unit.astype(np.int64), piece.astype(np.int64), np.asarray(covered, dtype=bool)


def _cut(
    pieces: NDArray[np.object_],
    booked: NDArray[np.int64],
    units: NDArray[np.object_],
    unit: NDArray[np.int64],
    piece: NDArray[np.int64],
    covered: NDArray[np.bool_],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Cut the pieces that no single unit settles; pairs come sorted by piece and unit.

    In each round every piece is cut along the next unit that meets it, all in one array
    operation; what is left after the last unit lies outside.
    """
    rows, begin, count = np.unique(piece, return_index=True, return_counts=True)
    rest = pieces[rows].copy()
    places: list[NDArray[np.int64]] = []
    holders: list[NDArray[np.int64]] = []
    measures: list[NDArray[np.float64]] = []
    for turn in range(int(count.max(initial=0))):
        place = np.flatnonzero((count > turn) & ~shapely.is_empty(rest))
        pair = begin[place] + turn
        whole = covered[pair]
        inner = rest[place].copy()
        outer = np.full(len(place), shapely.Polygon(), dtype=object)
        inner[~whole], outer[~whole] = _split_pairs(rest[place[~whole]], units[unit[pair[~whole]]])
        rest[place] = outer
        places.append(place)
        holders.append(unit[pair])
        measures.append(shapely.area(inner))
    places.append(np.arange(len(rows)))
    holders.append(np.full(len(rows), OUTSIDE))
    measures.append(shapely.area(rest))
    return _booked(
        rows, booked, np.concatenate(places), np.concatenate(holders), np.concatenate(measures)
    )


def _booked(
    rows: NDArray[np.int64],
    booked: NDArray[np.int64],
    place: NDArray[np.int64],
    holder: NDArray[np.int64],
    measured: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Share the booked area of each piece out over its measured parts."""
    largest = np.zeros(len(rows))
    np.maximum.at(largest, place, measured)
    # Noise vanishes, save where a piece is made of nothing else.
    kept = (measured >= overlay.NOISE_MM2) | ((measured == largest[place]) & (measured > 0))
    place, holder, measured = place[kept], holder[kept], measured[kept]
    order = np.lexsort((holder, place))
    place, holder, measured = place[order], holder[order], measured[order]
    shares = [
        apportion(int(booked[rows[group[0]]]), parts)
        for group, parts in zip(_runs(place, place), _runs(measured, place), strict=True)
    ]
    return rows[place], holder, np.concatenate([np.empty(0, dtype=np.int64), *shares])


def _runs(column: NDArray[Any], by: NDArray[np.int64]) -> list[NDArray[Any]]:
    """Split a column where another one changes."""
    return np.split(column, np.flatnonzero(np.diff(by)) + 1) if len(by) else []


def _split_pairs(
    a: NDArray[np.object_], b: NDArray[np.object_]
) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Split each polygon along the unit at its side, losing no ground.

    Checked as in :func:`.overlay.split`, which repeats on its fine grid what does not conserve
    the area.
    """
    if not len(a):
        return a, a
    try:
        inner = np.array(overlay.polygonal(shapely.intersection(a, b)), dtype=object)
        outer = np.array(overlay.polygonal(shapely.difference(a, b)), dtype=object)
        beyond = overlay.polygonal(shapely.difference(b, a))
        tolerance = 0.1 + 1e-7 * shapely.length(a)
        across = tolerance + 0.1 + 1e-7 * shapely.length(b)
        shared = shapely.area(inner)
        sound = np.abs(shared + shapely.area(outer) - shapely.area(a)) <= tolerance
        # Both parts can go astray together; the third overlay is noded from the other side.
        sound &= np.abs(shared + shapely.area(beyond) - shapely.area(b)) <= across
    except shapely.errors.GEOSException:
        inner, outer = np.empty(len(a), dtype=object), np.empty(len(a), dtype=object)
        sound = np.zeros(len(a), dtype=bool)
    for at in np.flatnonzero(~sound):
        within, without = overlay.split(a[at : at + 1], b[at])
        inner[at], outer[at] = within[0], without[0]
    return inner, outer
