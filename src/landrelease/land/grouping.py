"""Which events hang together, and which of them need a history of states to be posted."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from . import overlay
from .events import RELEASE, Admission, Events


def groups(events: Events, admission: Admission) -> NDArray[np.int64]:
    """Find what hangs together.

    Records whose interiors meet belong together, and so do the versions and releases of one
    hazard. A release that crosses into a neighbour moves nothing there and joins no group, unless
    it extends its hazard.

    Parameters
    ----------
    events
        The events.
    admission
        Which of them may move land.

    Returns
    -------
    ndarray of int64
        Group of each event that may move land; -1 for the others.
    """
    rows = np.flatnonzero(admission.moves)
    polygons = events.polygon[rows].copy()
    polygons[(events.kind[rows] == RELEASE) & ~events.extends[rows]] = None
    first, second = overlay.overlapping_pairs(polygons)
    hazard = admission.hazard[rows]
    of_hazard = np.flatnonzero(hazard >= 0)
    _, heads, number = np.unique(hazard[of_hazard], return_index=True, return_inverse=True)
    out = np.full(len(events), -1, dtype=np.int64)
    out[rows] = overlay.components(
        len(rows),
        np.concatenate([first, of_hazard[heads[number]]]),
        np.concatenate([second, of_hazard]),
    )
    return out


def columns_and_groups(
    events: Events, admission: Admission, group: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Tell apart what needs no history of states.

    Parameters
    ----------
    events
        The events.
    admission
        Which of them may move land.
    group
        As :func:`groups` gives it.

    Returns
    -------
    tuple
        Rows that can be posted as columns: records that overlap nobody, in one version, and
        releases of them that name all their classes. A mask of the others that may move land.
    """
    moves = group >= 0
    release = np.asarray(events.kind == RELEASE, dtype=bool) & moves
    record = moves & ~release
    records = np.bincount(group[record], minlength=int(group.max(initial=-1)) + 1)
    polygons = events.polygon
    plain = record & np.asarray(events.cause == "", dtype=bool)
    worked = np.zeros(len(records), dtype=bool)
    worked[group[release]] = True
    on_ground = ~(shapely.is_missing(polygons) | shapely.is_empty(polygons)) & (events.classes > 0)
    # What has no ground or no class has no lines, and no release could say what it moves.
    plain &= on_ground | ~worked[group]
    simple = records == 1
    simple[group[record & ~plain]] = False
    classes = np.zeros(len(records), dtype=np.uint8)
    classes[group[record]] = events.classes[record]
    leaves = release & (events.extends | ((classes[group] & ~events.classes) > 0))
    simple[group[leaves]] = False
    alone = moves & simple[group]
    return np.flatnonzero(alone), moves & ~alone
