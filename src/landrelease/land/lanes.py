"""Releases that have nothing to do with each other, although they are of one hazard or group.

Two releases of a hazard that do not meet take different ground, and need not wait for each other:
each is laid over the whole hazard, and none has to be cut out of it for the other. A release that
lies inside its hazard and meets no other record of the group takes ground that only its hazard
holds. A *lane* is a release, or several of one hazard that meet, of which this is true.

A release that reaches the boundary of its hazard leaves corners on it that are rounded to floating
point. Such releases of one hazard share a lane, and in a group of overlapping records they are left
to the cells, so that the ground is cut at the same corners whichever way it is posted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from . import overlay
from .events import HAZARD, RELEASE, Admission, Events

#: Applies an array function to chunks of columns, perhaps in threads.
Spread = Callable[..., NDArray[Any]]

_NO_ROWS: Final = np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class Lanes:
    """Releases to post as columns, sorted by lane and the order of posting.

    Attributes
    ----------
    release
        Rows of releases.
    hazard
        Row of the hazard of each.
    lane
        Number of the lane of each, rising.
    """

    release: NDArray[np.int64]
    hazard: NDArray[np.int64]
    lane: NDArray[np.int64]


def find(
    events: Events,
    admission: Admission,
    group: NDArray[np.int64],
    alone: NDArray[np.int64],
    rank: NDArray[np.int64],
    spread: Spread,
) -> Lanes:
    """Find the releases that can be posted as columns.

    Parameters
    ----------
    events
        The events.
    admission
        Which of them may move land.
    group
        What hangs together, as :func:`.grouping.groups` gives it.
    alone
        Rows of records that overlap nobody and of their releases: all of these have lanes.
    rank
        Order of posting.
    spread
        Applies an array function to columns of geometries.

    Returns
    -------
    Lanes
        The releases; those of groups that need the history of their cells are left out.
    """
    moves = group >= 0
    release = np.asarray(events.kind == RELEASE, dtype=bool) & moves
    together = moves.copy()
    together[alone] = False
    hazard = _only_version(events, admission, moves & ~release)
    orderly = np.zeros(len(events), dtype=bool)
    rows = np.flatnonzero(release)
    rows = rows[hazard[admission.hazard[rows]] >= 0]
    of = np.full(len(events), -1, dtype=np.int64)
    of[rows] = hazard[admission.hazard[rows]]
    orderly[rows] = ~events.extends[rows] & (
        (events.classes[of[rows]] & ~events.classes[rows]) == 0
    )

    per_group = np.bincount(group[release], minlength=int(group.max(initial=-1)) + 1)
    worked = together & (per_group[group] > 0)
    again = release & ~together & (per_group[group] > 1)
    nodes = np.flatnonzero(worked | again)
    first, second = _meeting(events, nodes, group, of, spread)
    clear = np.zeros(len(events), dtype=bool)
    some = nodes[orderly[nodes]]
    clear[some] = spread(_clear_of_boundary, events.polygon[of[some]], events.polygon[some])
    # Releases of one hazard that reach its boundary share a lane.
    reaching = nodes[(again & ~clear)[nodes]]
    _, heads, number = np.unique(of[reaching], return_index=True, return_inverse=True)
    lane = overlay.components(
        len(events),
        np.concatenate([first, reaching[heads[number]]]),
        np.concatenate([second, reaching]),
    )
    held_up = np.zeros(len(events), dtype=bool)
    held_up[lane[np.flatnonzero(worked & ~(orderly & clear))]] = True
    chosen = np.flatnonzero(release & orderly & ~held_up[lane])
    chosen = chosen[np.lexsort((rank[chosen], lane[chosen]))]
    return Lanes(chosen, of[chosen], lane[chosen])


def _clear_of_boundary(
    hazard: NDArray[np.object_], release: NDArray[np.object_]
) -> NDArray[np.bool_]:
    """Return where a release lies wholly inside its hazard or wholly outside."""
    clear = np.asarray(shapely.contains_properly(hazard, release), dtype=bool)
    rest = np.flatnonzero(~clear)
    clear[rest] = ~shapely.intersects(hazard[rest], release[rest])
    return clear


def _only_version(
    events: Events, admission: Admission, record: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Return the row of each hazard that has one version with ground and classes, else -1."""
    rows = np.flatnonzero(record & np.asarray(events.kind == HAZARD, dtype=bool))
    number = admission.hazard[rows]
    size = int(admission.hazard.max(initial=-1)) + 2  # the last place is for no hazard
    versions = np.bincount(number, minlength=size)
    polygons = events.polygon[rows]
    plain = (
        (versions[number] == 1)
        & np.asarray(events.cause[rows] == "", dtype=bool)
        & ~(shapely.is_missing(polygons) | shapely.is_empty(polygons))
        & (events.classes[rows] > 0)
    )
    out = np.full(size, -1, dtype=np.int64)
    out[number[plain]] = rows[plain]
    return out


def _meeting(
    events: Events,
    nodes: NDArray[np.int64],
    group: NDArray[np.int64],
    of: NDArray[np.int64],
    spread: Spread,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the pairs of rows of a group that meet, save a release and its own hazard."""
    if not len(nodes):
        return _NO_ROWS, _NO_ROWS
    polygons = events.polygon[nodes]
    first, second = shapely.STRtree(polygons).query(polygons)
    first, second = nodes[first], nodes[second]
    keep = (first < second) & (group[first] == group[second])
    keep &= (of[first] != second) & (of[second] != first)
    first, second = first[keep], second[keep]
    meet = spread(shapely.intersects, events.polygon[first], events.polygon[second])
    meet = np.asarray(meet, dtype=bool)
    return first[meet], second[meet]
