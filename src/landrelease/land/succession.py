"""Whose ground goes on under which other ids, when hazards are merged or split.

A merge or a split is no new evidence. What takes over opens only ground that is open under what
gives, and what gives is withdrawn only where what takes holds the ground open. Both sides belong
together by the day and the ground; no link between their records is needed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from .events import Events, gives, takes

#: Ground that nobody takes over is rounding of the new boundaries where it is nowhere wider (mm):
#: the vertices of a cut are rounded to whole millimetres, which moves them by up to 0.71 mm.
ROUNDING_MM: Final = 1.2
#: Closes the gaps of floating-point overlays between pieces of such ground, mm.
_GAP_MM: Final = 0.01

_NOBODY: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True)
class Succession:
    """Which hazards give ground away and which take it, by day.

    Attributes
    ----------
    giving, taking
        Ids of hazards by the day of the version in question (as a number; not recorded = the
        smallest).
    """

    giving: Mapping[int, frozenset[str]]
    taking: Mapping[int, frozenset[str]]

    @classmethod
    def of(cls, events: Events, moves: NDArray[np.bool_]) -> Succession:
        """Find who gives and who takes.

        Parameters
        ----------
        events
            The events.
        moves
            Which of them may move land.

        Returns
        -------
        Succession
            Ids by day.
        """
        return cls(_by_day(events, gives(events) & moves), _by_day(events, takes(events) & moves))

    def givers(self, uid: str, on: Any) -> frozenset[str]:
        """Return the hazards whose ground a hazard may take on a day."""
        return self.giving.get(_number(on), _NOBODY) - {uid}

    def takers(self, uid: str, on: Any) -> frozenset[str]:
        """Return the hazards that may hold the ground of a hazard from a day on."""
        return self.taking.get(_number(on), _NOBODY) - {uid}


def is_rounding(polygon: Any) -> bool:
    """Return whether ground left over between boundaries is nowhere wider than their rounding.

    Parameters
    ----------
    polygon
        Plane geometry, mm.

    Returns
    -------
    bool
        True if no circle of diameter :data:`ROUNDING_MM` has room in it.
    """
    if polygon.area > ROUNDING_MM * polygon.length:
        return False
    inset = -(ROUNDING_MM / 2 + _GAP_MM)
    return bool(shapely.buffer(shapely.buffer(polygon, _GAP_MM), inset).is_empty)


def _by_day(events: Events, chosen: NDArray[np.bool_]) -> dict[int, frozenset[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    for row in np.flatnonzero(chosen).tolist():
        found[_number(events.on[row])].add(str(events.uid[row]))
    return {day: frozenset(uids) for day, uids in found.items()}


def _number(on: Any) -> int:
    return int(on.astype("datetime64[D]").astype(np.int64))
