"""The ledger said again for rectilinear polygons, cell by cell on a grid, as plainly as possible.

Nothing here is shared with `landrelease.land.ledger` but the names of the accounts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

SIDE = 8
CELL_MM = 1000
CELL_MM2 = CELL_MM**2
CLASSES = ("ap", "ap_improvised", "av", "cmr", "erw", "not_recorded")
NOWHERE = np.zeros((SIDE, SIDE), dtype=bool)


@dataclass(frozen=True)
class GridEvent:
    """An event whose polygon is a set of grid cells (None = not recorded)."""

    kind: str
    uid: str
    version: int = 1
    hazard: str = ""
    on: int | None = None
    type: str = ""
    result: str = ""
    classes: tuple[str, ...] = ()
    cells: frozenset[tuple[int, int]] | None = None
    cause: str = ""
    extends: bool = False

    def record(self) -> dict:
        return {
            "kind": self.kind,
            "uid": self.uid,
            "version": self.version,
            "hazard": self.hazard,
            "on": None if self.on is None else day(self.on),
            "type": self.type,
            "result": self.result,
            "classes": list(self.classes),
            "polygon": None if self.cells is None else polygon_of(self.cells),
            "cause": self.cause,
            "extends": self.extends,
        }


def day(number: int) -> np.datetime64:
    return np.datetime64("2010-01-01", "D") + number


def polygon_of(cells: frozenset[tuple[int, int]]):
    boxes = [
        shapely.box(x * CELL_MM, y * CELL_MM, (x + 1) * CELL_MM, (y + 1) * CELL_MM)
        for x, y in sorted(cells)
    ]
    return shapely.union_all(boxes) if boxes else shapely.Polygon()


def mask_of(cells: frozenset[tuple[int, int]]) -> NDArray[np.bool_]:
    mask = np.zeros((SIDE, SIDE), dtype=bool)
    for x, y in cells:
        mask[x, y] = True
    return mask


def _gives(event: GridEvent) -> bool:
    return event.cause in ("merged", "split") and event.cells == frozenset()


def _sort_key(event: GridEvent, events: list[GridEvent]):
    kind = event.kind
    if _gives(event) and not any(
        o.uid == event.uid and o.on == event.on and o.version > event.version for o in events
    ):
        kind = "withdrawal"
    if event.on is None:
        order = {"hazard": 0, "withdrawal": 1, "historic": 2, "release": 3}[kind]
        return (-1, order, event.version, event.uid)
    order = {"release": 0, "historic": 1, "hazard": 2, "withdrawal": 3}[kind]
    return (event.on, order, event.version, event.uid)


def _time(event: GridEvent) -> int:
    return -1 if event.on is None else event.on


def may_move(events: list[GridEvent]) -> list[GridEvent]:
    """Leave out what moves nothing whatever the ground is."""
    hazards = [e for e in events if e.kind == "hazard"]
    current = [
        e
        for e in hazards
        if not any(
            o.uid == e.uid and o.version > e.version and _time(o) < _time(e) for o in hazards
        )
    ]
    kept = list(current)
    for event in events:
        if event.kind == "historic" and event.cells is not None and event.classes:
            kept.append(event)
        if event.kind == "release":
            own = [e for e in current if e.uid == event.hazard]
            if (
                own
                and event.on is not None
                and event.on > min(_time(e) for e in own)
                and event.result
                and event.cells
                and event.classes
            ):
                kept.append(event)
    hazards_and_others = [e for e in events if e.kind == "hazard"]
    return sorted(kept, key=lambda event: _sort_key(event, hazards_and_others))


class Replay:
    """The state of every grid cell after the events up to a day."""

    def __init__(self, events: list[GridEvent], as_of: int | None) -> None:
        self.open: dict[tuple[str, str], NDArray[np.bool_]] = {}
        self.claimed: dict[tuple[str, str], NDArray[np.bool_]] = {}
        self.released: dict[tuple[str, str], NDArray[np.int64]] = {}
        self.ground_released = {c: np.zeros((SIDE, SIDE), dtype=np.int64) for c in CLASSES}
        self.ground_claimed = {c: np.zeros((SIDE, SIDE), dtype=bool) for c in CLASSES}
        self.result = {0: ""}
        self.type: dict[str, str] = {}
        self.classes: dict[str, tuple[str, ...]] = {}
        self.cells: dict[str, NDArray[np.bool_]] = {}
        self.records: list[str] = []
        self.events = may_move(events)
        for number, event in enumerate(self.events, start=1):
            if as_of is None or _time(event) <= as_of:
                getattr(self, event.kind)(number, event)

    def _make(self, uid: str) -> None:
        if uid not in self.records:
            self.records.append(uid)
            for c in CLASSES:
                self.open[uid, c] = np.zeros((SIDE, SIDE), dtype=bool)
                self.claimed[uid, c] = np.zeros((SIDE, SIDE), dtype=bool)
                self.released[uid, c] = np.zeros((SIDE, SIDE), dtype=np.int64)

    def hazard(self, number: int, event: GridEvent) -> None:
        self._make(event.uid)
        self.type.setdefault(event.uid, "")
        if event.cause == "voided":
            self._keep(event.uid, dict.fromkeys(CLASSES, NOWHERE))
            return
        if _gives(event):
            takers = self._others(event, giving=False)
            left = {c: self.open[event.uid, c] & ~self._held(takers, c) for c in CLASSES}
            self._keep(event.uid, left)
            return
        self.type[event.uid] = event.type
        self.classes[event.uid] = event.classes
        if event.cells is not None:
            self.cells[event.uid] = mask_of(event.cells)
        if event.uid not in self.cells:
            return
        here = self.cells[event.uid]
        if event.cause:
            self._take(event, here)
            return
        for c in CLASSES:
            if c in event.classes:
                opened = here & ~self.open[event.uid, c]
                self.open[event.uid, c] = here.copy()
                self.claimed[event.uid, c] |= here
                self.ground_claimed[c] |= here
                self.released[event.uid, c][opened] = 0
                self.ground_released[c][opened] = 0
            else:
                self.open[event.uid, c] = np.zeros((SIDE, SIDE), dtype=bool)

    def _keep(self, uid: str, left: dict[str, NDArray[np.bool_]]) -> None:
        for c in CLASSES:
            self.open[uid, c] = left[c].copy()
        self.cells[uid] = np.any([left[c] for c in CLASSES], axis=0)

    def _others(self, event: GridEvent, giving: bool) -> list[str]:
        """Those who give, or take, on the day of an event."""
        return [
            o.uid
            for o in self.events
            if o.cause in ("merged", "split")
            and _gives(o) == giving
            and o.on == event.on
            and o.uid != event.uid
            and o.uid in self.records
        ]

    def _held(self, uids: list[str], c: str) -> NDArray[np.bool_]:
        return np.any([NOWHERE, *(self.open[uid, c] for uid in uids)], axis=0)

    def _take(self, event: GridEvent, here: NDArray[np.bool_]) -> None:
        givers = self._others(event, giving=True)
        for c in CLASSES:
            source = self._held(givers, c) if c in event.classes else NOWHERE
            kept = self.open[event.uid, c] & here if c in event.classes else NOWHERE
            self.claimed[event.uid, c] |= here & source
            self.open[event.uid, c] = kept | here & source
        known = np.any([self.claimed[event.uid, c] for c in CLASSES], axis=0)
        self.cells[event.uid] = here & known

    def release(self, number: int, event: GridEvent) -> None:
        self.result[number] = event.result
        self._make(event.hazard)
        if event.extends and event.hazard in self.cells:
            outside = mask_of(event.cells) & ~self.cells[event.hazard]
            for c in set(event.classes) & set(self.classes.get(event.hazard, ())):
                fresh = outside & ~self.open[event.hazard, c]
                fresh &= self.released[event.hazard, c] == 0
                self.open[event.hazard, c] |= fresh
                self.claimed[event.hazard, c] |= fresh
                self.ground_claimed[c] |= fresh
        for c in event.classes:
            closed = self.open[event.hazard, c] & mask_of(event.cells)
            self.open[event.hazard, c] &= ~closed
            self.released[event.hazard, c][closed] = number
            self.ground_released[c][closed] = number

    def historic(self, number: int, event: GridEvent) -> None:
        self.result[number] = event.result or "released_not_recorded"
        self._make(event.uid)
        self.type[event.uid] = ""
        free = mask_of(event.cells)
        for c in event.classes:
            for uid in self.records:
                free &= ~self.open[uid, c]
        for c in event.classes:
            self.claimed[event.uid, c] |= free
            self.ground_claimed[c] |= free
            self.released[event.uid, c][free] = number
            nobody = free & (self.ground_released[c] == 0)
            self.ground_released[c][nobody] = number

    def claims(self, scope: str) -> dict[str, dict[str, int]]:
        classes = CLASSES if scope == "any" else (scope,)
        out = {}
        for uid in self.records:
            is_open = np.any([self.open[uid, c] for c in classes], axis=0)
            claimed = np.any([self.claimed[uid, c] for c in classes], axis=0)
            released = np.max([self.released[uid, c] for c in classes], axis=0)
            status = "confirmed" if self.type[uid] == "CHA" else "suspected"
            out[uid] = self._count(np.where(is_open, status, ""), released, claimed)
        return out

    def ground(self, scope: str) -> dict[str, int]:
        classes = CLASSES if scope == "any" else (scope,)
        status = np.full((SIDE, SIDE), "", dtype="U9")
        for wanted, name in (("SHA", "suspected"), ("CHA", "confirmed")):
            for uid in self.records:
                if (self.type[uid] or "SHA") == wanted:
                    for c in classes:
                        status[self.open[uid, c]] = name
        claimed = np.any([self.ground_claimed[c] for c in classes], axis=0)
        released = np.max([self.ground_released[c] for c in classes], axis=0)
        return self._count(status, released, claimed)

    def _count(self, status, released, claimed) -> dict[str, int]:
        sums: dict[str, int] = {}
        for x in range(SIDE):
            for y in range(SIDE):
                if status[x, y]:
                    account = str(status[x, y])
                elif released[x, y]:
                    account = self.result[int(released[x, y])]
                elif claimed[x, y]:
                    account = "corrected"
                else:
                    continue
                sums[account] = sums.get(account, 0) + CELL_MM2
        return sums
