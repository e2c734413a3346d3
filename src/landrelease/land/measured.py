"""The closing measured: what the current geometry says, worked out without the ledger's cells.

Hazard by hazard: the polygon of the version in force less the releases after it, then dissolved
with the others. Booked figures are held against it (:func:`.balance.drift`); nothing here looks at
a ledger line.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from . import accounts, overlay
from .days import Day, until
from .events import (
    HAZARD,
    HISTORIC,
    RELEASE,
    SUCCESSION,
    VOIDED,
    Admission,
    Events,
    LedgerError,
    admit,
    posting_rank,
)
from .grouping import columns_and_groups, groups
from .succession import Succession, is_rounding

_NO_GROUND = shapely.Polygon()


@dataclass(frozen=True)
class Measured:
    """Ground measured anew, by groups of records that hang together.

    Attributes
    ----------
    uid
        Ids of the hazards and historic releases that may hold ground, sorted.
    group
        Group of each of them, 0 … n − 1: records whose ground overlaps, directly or through
        others. What is measured of a group depends on its own records only.
    suspected, confirmed
        Open land of each group, counted once under the more cautious status, mm².
    identified
        All land of each group that was ever identified, whether open, released or corrected, mm².
    """

    uid: NDArray[np.object_]
    group: NDArray[np.int64]
    suspected: NDArray[np.float64]
    confirmed: NDArray[np.float64]
    identified: NDArray[np.float64]


def measured(events: Events, as_of: Day = None, scope: str = "any") -> Measured:
    """Measure open and identified land by dissolving the current geometry.

    Parameters
    ----------
    events
        Events as they are posted; all records of a group have to be among them.
    as_of
        Last day that counts; None for all. Events without a date are in every measure.
    scope
        ``any`` (ground counted once over all classes) or a contamination class.

    Returns
    -------
    Measured
        Areas by group, mm².

    Raises
    ------
    LedgerError
        If the scope is unknown, or the events cannot be posted.
    """
    if scope not in accounts.SCOPE_BIT:
        raise LedgerError(f"Scope {scope!r} is unknown; known are {', '.join(accounts.SCOPES)}.")
    in_scope = accounts.ALL_CLASSES if scope == "any" else accounts.CLASS_BIT[scope]
    admission = admit(events)
    label = groups(events, admission)
    record = (label >= 0) & (events.kind != RELEASE)
    uid, first = np.unique(events.uid[record].astype(str), return_index=True)
    _, number = np.unique(label[record], return_inverse=True)
    of = np.full(int(label.max(initial=-1)) + 2, -1, dtype=np.int64)
    of[label[record]] = number
    group = of[label]
    size = int(number.max(initial=-1)) + 1

    counted = label >= 0
    if as_of is not None:
        counted &= until(events.on, as_of)
    rows = np.flatnonzero(counted)
    rows = rows[np.argsort(posting_rank(events)[rows], kind="stable")]
    columns, _ = columns_and_groups(events, admission, label)
    simple = np.zeros(len(events), dtype=bool)
    simple[columns] = True
    ground = _Ground(events, admission, group, scope == "any", in_scope)
    ground.columns(rows[simple[rows]])
    ground.step_by_step(rows[~simple[rows]])
    opened = _dissolved(ground.opened, size)
    confirmed = _dissolved(ground.confirmed, size)
    return Measured(
        uid=uid.astype(object),
        group=number[first],
        suspected=opened - confirmed,
        confirmed=confirmed,
        identified=_dissolved(ground.ever, size),
    )


#: Polygons, each with its group.
_Pieces = list[tuple[NDArray[np.object_], NDArray[np.int64]]]


@dataclass
class _Ground:
    """Open, confirmed and ever identified polygons, one or more to a hazard."""

    events: Events
    admission: Admission
    group: NDArray[np.int64]
    any_class: bool
    in_scope: int
    opened: _Pieces = field(default_factory=list)
    confirmed: _Pieces = field(default_factory=list)
    ever: _Pieces = field(default_factory=list)

    def columns(self, rows: NDArray[np.int64]) -> None:
        """Measure records that share no ground; releases close all classes of their hazard."""
        events = self.events
        kind = events.kind[rows]
        records = rows[(kind != RELEASE) & ~shapely.is_missing(events.polygon[rows])]
        records = records[(events.classes[records] & self.in_scope) > 0]
        self._add(self.ever, events.polygon[records], self.group[records])
        hazards = records[events.kind[records] == HAZARD]
        still_open = events.polygon[hazards].copy()
        place = np.full(int(self.admission.hazard.max(initial=-1)) + 2, -1, dtype=np.int64)
        place[self.admission.hazard[hazards]] = np.arange(len(hazards))
        releases = rows[kind == RELEASE]
        of = place[self.admission.hazard[releases]]
        releases, of = releases[of >= 0], of[of >= 0]
        while len(releases):
            # Every hazard takes its next release.
            _, turn = np.unique(of, return_index=True)
            at = of[turn]
            still_open[at] = overlay.differences(still_open[at], events.polygon[releases[turn]])
            releases, of = np.delete(releases, turn), np.delete(of, turn)
        self._add(self.opened, still_open, self.group[hazards])
        confirmed = events.type[hazards] == "CHA"
        self._add(self.confirmed, still_open[confirmed], self.group[hazards[confirmed]])

    def step_by_step(self, rows: NDArray[np.int64]) -> None:
        """Measure records that share ground or have a history, event by event."""
        replay = _Replay(self.events, Succession.of(self.events, self.admission.moves), rows)
        ever, ever_of = [], []
        for row in rows.tolist():
            for classes, polygon in replay.post(row):
                if self.any_class or classes & self.in_scope:
                    ever.append(polygon)
                    ever_of.append(self.group[row])
            if self.any_class and self.events.kind[row] == HISTORIC:
                ever.append(self.events.polygon[row])  # what hazards hold of it is theirs too
                ever_of.append(self.group[row])
        self._add(self.ever, _objects(ever), np.array(ever_of, dtype=np.int64))
        opened, confirmed = [], []
        for uid, held in replay.open_by_class.items():
            distinct = list({id(g): g for bit, g in held.items() if bit & self.in_scope}.values())
            group = int(self.group[replay.row_of[uid]])
            opened += [(polygon, group) for polygon in distinct]
            if replay.types[uid] == "CHA":
                confirmed += [(polygon, group) for polygon in distinct]
        for pieces, found in ((self.opened, opened), (self.confirmed, confirmed)):
            of = np.array([group for _, group in found], dtype=np.int64)
            self._add(pieces, _objects([polygon for polygon, _ in found]), of)

    @staticmethod
    def _add(pieces: _Pieces, polygons: NDArray[np.object_], group: NDArray[np.int64]) -> None:
        some = ~(shapely.is_missing(polygons) | shapely.is_empty(polygons))
        pieces.append((polygons[some], group[some]))


class _Replay:
    """What each hazard holds open in each class, as one polygon."""

    def __init__(self, events: Events, succession: Succession, rows: NDArray[np.int64]) -> None:
        self.events, self.succession = events, succession
        self.types: dict[str, str] = {}
        self.row_of: dict[str, int] = {}
        self.open_by_class: dict[str, dict[int, Any]] = {}
        self._polygons: dict[str, Any] = {}
        self._classes: dict[str, int] = {}
        self._hazards = rows[events.kind[rows] == HAZARD]
        self._tree = shapely.STRtree(events.polygon[self._hazards])
        #: All ground that a hazard ever held, with the classes.
        self._identified: dict[str, list[tuple[int, Any]]] = {}

    def post(self, row: int) -> Iterable[tuple[int, Any]]:
        """Post an event; give the ground that it identifies with the classes."""
        kind, cause = self.events.kind[row], self.events.cause[row]
        if kind == HISTORIC:
            return self._historic(row)
        if kind == RELEASE:
            return self._release(row)
        uid = str(self.events.uid[row])
        self.row_of.setdefault(uid, row)
        self.types.setdefault(uid, "")
        polygon = self.events.polygon[row]
        if cause == VOIDED:
            self.open_by_class[uid], self._polygons[uid] = {}, _NO_GROUND
            return []
        if cause in SUCCESSION and polygon is not None and polygon.is_empty:
            self._give(uid, row)
            return []
        self.types[uid] = str(self.events.type[row])
        self._classes[uid] = int(self.events.classes[row])
        polygon = self._polygons.get(uid) if polygon is None else polygon
        if polygon is None:
            return []
        if cause in SUCCESSION:
            self._take(uid, row, polygon)
            return []
        self._polygons[uid] = polygon
        self.open_by_class[uid] = dict.fromkeys(_bits(self._classes[uid]), polygon)
        return self._identify(uid, self._classes[uid], polygon)

    def _identify(self, uid: str, classes: int, polygon: Any) -> list[tuple[int, Any]]:
        found = [(classes, polygon)]
        self._identified.setdefault(uid, []).extend(found)
        return found

    def _release(self, row: int) -> list[tuple[int, Any]]:
        uid = str(self.events.hazard[row])
        whole = self._polygons.get(uid)
        if whole is None:
            return []
        polygon, named = self.events.polygon[row], int(self.events.classes[row])
        identified: list[tuple[int, Any]] = []
        extending = named & self._classes.get(uid, 0) if self.events.extends[row] else 0
        if extending:
            outside = overlay.difference(polygon, whole)
            if outside.area >= 2 * overlay.NOISE_MM2:
                identified = self._identify(uid, extending, outside)
        held = self.open_by_class[uid]
        cut: dict[int, Any] = {}
        for bit in held.keys() & set(_bits(named)):
            before = held[bit]
            if id(before) not in cut:
                cut[id(before)] = overlay.difference(before, polygon)
            held[bit] = cut[id(before)]
        return identified

    def _historic(self, row: int) -> list[tuple[int, Any]]:
        """Give the part that no hazard holds open in a class that the release names."""
        polygon, named = self.events.polygon[row], int(self.events.classes[row])
        near = set(self.events.uid[self._hazards[self._tree.query(polygon)]].tolist())
        for uid in sorted(near):
            for bit in _bits(named):
                held = self.open_by_class.get(uid, {}).get(bit)
                if held is not None:
                    polygon = overlay.difference(polygon, held)
        return [(named, polygon)]

    def _take(self, uid: str, row: int, polygon: Any) -> None:
        """Open what is open under those who give, within the polygon."""
        givers = self.succession.givers(uid, self.events.on[row])
        own = self.open_by_class.get(uid, {})
        taken: dict[int, Any] = {}
        sources = sorted({*givers, uid} & self.row_of.keys())
        for bit in _bits(self._classes[uid]):
            open_now = [self.open_by_class.get(source, {}).get(bit) for source in sources]
            shared = [
                overlay.intersection(ground, polygon) for ground in open_now if ground is not None
            ]
            if shared or bit in own:
                taken[bit] = overlay.union(_objects(shared)) if shared else _NO_GROUND
        self.open_by_class[uid] = taken
        # A release is of what the hazard ever held within its new boundary, not of all of it.
        known = [ground for _, ground in self._identified.get(uid, [])]
        known += [ground for ground in taken.values() if not ground.is_empty]
        within = overlay.union(_objects(known)) if known else _NO_GROUND
        self._polygons[uid] = overlay.intersection(within, polygon)
        self._identified.setdefault(uid, []).extend((bit, g) for bit, g in taken.items())

    def _give(self, uid: str, row: int) -> None:
        """Withdraw what others hold; what nobody took over stays open."""
        takers = self.succession.takers(uid, self.events.on[row])
        left: dict[int, Any] = {}
        for bit, ground in self.open_by_class.get(uid, {}).items():
            for taker in sorted(takers):
                taken = self.open_by_class.get(taker, {}).get(bit)
                if taken is not None:
                    ground = overlay.difference(ground, taken)
            if ground.area >= overlay.NOISE_MM2:
                left[bit] = ground
        together = overlay.union(_objects(list(left.values()))) if left else _NO_GROUND
        if is_rounding(together):
            left, together = {}, _NO_GROUND
        self.open_by_class[uid], self._polygons[uid] = left, together


def _dissolved(pieces: _Pieces, groups: int) -> NDArray[np.float64]:
    """Return the area of each group's ground, counted once."""
    polygons = np.concatenate([polygons for polygons, _ in pieces])
    group = np.concatenate([group for _, group in pieces])
    out = np.zeros(groups)
    if not len(polygons):
        return out
    several = np.bincount(group, minlength=groups)[group] > 1
    out[group[~several]] = shapely.area(polygons[~several])
    together = np.flatnonzero(several)
    order = together[np.argsort(group[together], kind="stable")]
    for rows in np.split(order, np.flatnonzero(np.diff(group[order])) + 1):
        if len(rows):
            out[group[rows[0]]] = overlay.dissolved_area(polygons[rows])
    return out


def _bits(mask: int) -> list[int]:
    return [bit for bit in accounts.CLASS_BIT.values() if mask & bit]


def _objects(geometries: list[Any]) -> NDArray[np.object_]:
    out = np.empty(len(geometries), dtype=object)
    out[:] = geometries
    return out
