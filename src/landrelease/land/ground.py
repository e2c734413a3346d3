"""Ground on which records overlap, kept as cells that no record's boundary crosses.

The state of a cell is what stands on it: for each hazard the classes still open, and the
releases that stand. An event cuts the cells along its polygon and changes the state of the cells
inside. Whatever the accounts say is a function of that state, so that the rules are written once,
for a point, and hold for any geometry.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from . import accounts, overlay
from .events import HAZARD, HISTORIC, RELEASE, Discrepancy, Events
from .measure import apportion

CLASS_PLACES = range(len(accounts.CLASSES))
SCOPE_PLACES = range(len(accounts.SCOPES))


class Release(NamedTuple):
    """A release that stands on a cell for one class."""

    order: int
    account: str
    undated_historic: str


Standing = tuple[Release | None, ...]
_NONE: Standing = (None,) * len(accounts.CLASSES)


class Claim(NamedTuple):
    """What one record claims of a cell: classes open, ever open, and releases by class."""

    open: int = 0
    ever: int = 0
    released: Standing = _NONE


class Cell(NamedTuple):
    """A piece of ground with one state."""

    geometry: Any
    area: float
    claims: dict[str, Claim]
    ever: int
    released: Standing


class GroundLine(NamedTuple):
    """One line of the ledger, before it takes its place in the columns."""

    event: int
    kind: str
    scopes: int
    claim_from: str
    claim_to: str
    ground_from: str
    ground_to: str
    mm2: int
    exact: float
    piece: Any


#: Kind of line, claim from and to, ground from and to.
_Move = tuple[str, str, str, str, str]


class _Change(NamedTuple):
    """A cell before and after an event, and the geometry that changes."""

    before: Cell
    after: Cell


def _in_scope(mask: int, scope: int) -> bool:
    return bool(mask) if scope == 0 else bool(mask >> (scope - 1) & 1)


def _standing_release(released: Standing, scope: int) -> Release | None:
    """Return the release that stands in a scope: over all classes, the one posted last."""
    if scope:
        return released[scope - 1]
    standing = [release for release in released if release is not None]
    return max(standing, key=lambda release: release.order) if standing else None


def _closed_account(released: Standing, ever: int, scope: int) -> str:
    """Return the account of what is not open."""
    release = _standing_release(released, scope)
    if release is not None:
        return release.account
    return accounts.CORRECTED if _in_scope(ever, scope) else accounts.OUTSIDE


def _with(released: Standing, mask: int, release: Release | None) -> Standing:
    return tuple(release if mask >> place & 1 else released[place] for place in CLASS_PLACES)


def _open_account(hazard_type: str) -> str:
    return accounts.CONFIRMED if hazard_type == "CHA" else accounts.SUSPECTED


@dataclass
class Ground:
    """The cells of one group of overlapping records.

    Attributes
    ----------
    events
        All events (the group posts some of their rows).
    lines, discrepancies
        What posting has given so far.
    """

    events: Events
    lines: list[GroundLine] = field(default_factory=list)
    discrepancies: list[Discrepancy] = field(default_factory=list)
    _cells: list[Cell] = field(default_factory=list)
    _bounds: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 4)))
    _types: dict[str, str] = field(default_factory=dict)
    _polygons: dict[str, Any] = field(default_factory=dict)

    def post(self, row: int, order: int) -> None:
        """Post one event.

        Parameters
        ----------
        row
            Row of the event.
        order
            Its place in the order of posting.
        """
        kind = self.events.kind[row]
        if kind == HAZARD:
            self._hazard(row)
        elif kind == HISTORIC:
            self._historic(row, order)
        else:
            self._release(row, order)

    # ---------------------------------------------------------------- events

    def _hazard(self, row: int) -> None:
        """Post a version of a hazard: evidence opens, what it no longer covers is corrected."""
        events, uid = self.events, str(self.events.uid[row])
        previous = self._polygons.get(uid)
        polygon = events.polygon[row] if events.polygon[row] is not None else previous
        old_type, new_type = self._types.get(uid, ""), str(events.type[row])
        self._types[uid] = new_type
        if polygon is None:
            return
        first = previous is None
        self._polygons[uid] = polygon
        classes = int(events.classes[row])
        try:
            inside, fresh = self._cut(polygon)
        except overlay.OverlayError as error:
            inside, fresh = [], polygon
            self._failed(row, uid, "stands on its own, counted beside its neighbours", error)
        if fresh is not None:
            inside.append(self._add(Cell(fresh, float(fresh.area), {}, 0, _NONE)))

        def evidence(cell: Cell) -> Cell:
            claim = cell.claims.get(uid, Claim())
            opened = classes & ~claim.open
            return cell._replace(
                claims=cell.claims
                | {
                    uid: Claim(
                        classes,
                        claim.ever | classes,
                        _with(claim.released, opened, None),
                    )
                },
                ever=cell.ever | classes,
                released=_with(cell.released, opened, None),
            )

        def withdrawn(cell: Cell) -> Cell:
            return cell._replace(claims=cell.claims | {uid: cell.claims[uid]._replace(open=0)})

        chosen = set(inside)
        outside = [
            place
            for place in self._with_claim(uid, previous)
            if place not in chosen and self._cells[place].claims[uid].open
        ]
        changes = self._apply(inside, evidence) + self._apply(outside, withdrawn)
        types = {**self._types, uid: old_type}

        def kind(change: _Change, scope: int, accounts_of: tuple[str, str, str, str]) -> str:
            claim_from, claim_to, ground_from, _ = accounts_of
            if claim_to not in accounts.OPEN:
                return "corrected"
            if claim_from in accounts.OPEN:
                return "reclassified"
            standing = _standing_release(change.before.released, scope)
            ground_reopened = (
                ground_from in accounts.RELEASED
                and standing is not None
                and not standing.undated_historic
            )
            if claim_from in accounts.RELEASED or ground_reopened:
                return "reopened"
            return "recorded" if first else "extended"

        self._book(row, uid, changes, kind, types, polygon)
        self._taken_from_undated_historics(row, uid, changes)

    def _release(self, row: int, order: int) -> None:
        """Post a release: it moves the open ground of its hazard that it covers and names."""
        events, uid = self.events, str(self.events.hazard[row])
        polygon, named = events.polygon[row], int(events.classes[row])
        held_polygon = self._polygons.get(uid)
        if held_polygon is None:
            self._discrepancy(
                row,
                uid,
                "release_hazard_without_polygon",
                polygon,
                f"belongs to hazard {uid}, which has no polygon on that day.",
            )
            return
        try:
            outside = overlay.difference(polygon, held_polygon)
            inside = self._split(polygon, self._with_claim(uid, polygon))
        except overlay.OverlayError as error:
            self._failed(row, uid, "moves nothing", error)
            return
        release = Release(order, str(events.result[row]), "")

        def released(cell: Cell) -> Cell:
            claim = cell.claims[uid]
            closed = claim.open & named
            return cell._replace(
                claims=cell.claims
                | {
                    uid: Claim(
                        claim.open & ~named, claim.ever, _with(claim.released, closed, release)
                    )
                },
                released=_with(cell.released, closed, release),
            )

        open_cells, closed_cells, other_classes = [], [], []
        for place in inside:
            claim = self._cells[place].claims.get(uid, Claim())
            if claim.open & named:
                open_cells.append(place)
            elif any(claim.released[c] for c in CLASS_PLACES if named >> c & 1):
                closed_cells.append(place)
            elif claim.open:
                other_classes.append(place)
        changes = self._apply(open_cells, released)
        self._book(row, uid, changes, lambda *_: release.account, self._types, polygon)

        self._discrepancy(
            row,
            uid,
            "release_outside_hazard",
            outside,
            f"reaches outside hazard {uid}: the part outside moves nothing; extend the hazard "
            f"by a decision if the land belonged to it.",
        )
        self._discrepancy(
            row,
            uid,
            "release_already_released",
            self._joined(closed_cells),
            f"covers land of hazard {uid} that was released before: it is not released twice.",
        )
        self._discrepancy(
            row,
            uid,
            "release_class_not_held",
            self._joined(other_classes),
            f"does not name the classes still open on this land of hazard {uid}.",
        )

    def _historic(self, row: int, order: int) -> None:
        """Post a release decided elsewhere: it takes only ground that nobody holds open."""
        events, uid = self.events, str(self.events.uid[row])
        polygon, named = events.polygon[row], int(events.classes[row])
        undated = uid if np.isnat(events.on[row]) else ""
        account = str(events.result[row]) or accounts.RELEASED_NOT_RECORDED
        release = Release(order, account, undated)
        try:
            inside, fresh = self._cut(polygon)
        except overlay.OverlayError as error:
            self._failed(row, "", "moves nothing", error)
            return
        if fresh is not None:
            inside.append(self._add(Cell(fresh, float(fresh.area), {}, 0, _NONE)))
        held: dict[tuple[str, ...], list[int]] = {}
        free: list[int] = []
        for place in inside:
            claims = self._cells[place].claims
            holders = tuple(sorted(h for h, claim in claims.items() if claim.open & named))
            if holders:
                held.setdefault(holders, []).append(place)
            else:
                free.append(place)

        def recorded(cell: Cell) -> Cell:
            released_before = sum(1 << c for c in CLASS_PLACES if cell.released[c] is not None)
            return cell._replace(
                claims=cell.claims | {uid: Claim(0, named, _with(_NONE, named, release))},
                ever=cell.ever | named,
                released=_with(cell.released, named & ~released_before, release),
            )

        changes = self._apply(free, recorded)
        self._book(row, uid, changes, lambda *_: "historic", self._types, polygon)
        for holders, places in sorted(held.items()):
            self._discrepancy(
                row,
                holders[0],
                "historic_release_on_open_ground",
                self._joined(places),
                f"covers land that is open under {', '.join(holders)}: the open hazard stands; "
                f"a release of it must be decided here.",
            )

    # ---------------------------------------------------------------- cells

    def _near(self, polygon: Any) -> NDArray[np.int64]:
        if polygon is None or polygon.is_empty or not self._cells:
            return np.empty(0, dtype=np.int64)
        west, south, east, north = polygon.bounds
        b = self._bounds
        return np.flatnonzero(
            (b[:, 0] < east) & (b[:, 2] > west) & (b[:, 1] < north) & (b[:, 3] > south)
        )

    def _cut(self, polygon: Any) -> tuple[list[int], Any]:
        """Cut all cells along a polygon.

        Returns the places of the cells inside it, and the part of it on which there is no cell
        (None where there is none). Nothing is changed if an overlay fails.
        """
        if polygon.is_empty:
            return [], None
        near = self._near(polygon).tolist()
        if not near:
            return [], polygon
        inside = self._split(polygon, near)
        if not inside:
            return [], polygon
        covered = np.array([self._cells[place].geometry for place in inside], dtype=object)
        rest = overlay.remainder(polygon, covered)
        return inside, (rest if rest.area >= overlay.NOISE_MM2 else None)

    def _split(self, polygon: Any, places: list[int]) -> list[int]:
        """Split some cells along a polygon; return the places of those inside it."""
        if not places:
            return []
        cells = np.array([self._cells[place].geometry for place in places], dtype=object)
        shapely.prepare(polygon)
        covered = shapely.covers(polygon, cells)
        crossed = ~covered & shapely.intersects(polygon, cells) & ~shapely.touches(polygon, cells)
        inner, outer = overlay.split(cells[crossed], polygon)
        inside = [place for place, whole in zip(places, covered, strict=True) if whole]
        for at, within, without in zip(np.flatnonzero(crossed), inner, outer, strict=True):
            place = places[at]
            cell = self._cells[place]
            if within.area < overlay.NOISE_MM2:
                continue
            inside.append(place)
            if without.area >= overlay.NOISE_MM2:
                self._replace(place, cell._replace(geometry=within, area=float(within.area)))
                self._add(cell._replace(geometry=without, area=float(without.area)))
        return sorted(inside)

    def _add(self, cell: Cell) -> int:
        self._cells.append(cell)
        self._bounds = np.vstack([self._bounds, cell.geometry.bounds])
        return len(self._cells) - 1

    def _replace(self, place: int, cell: Cell) -> None:
        self._cells[place] = cell
        self._bounds[place] = cell.geometry.bounds

    def _with_claim(self, uid: str, polygon: Any) -> list[int]:
        """Return the places of the cells near a polygon that a record has claimed."""
        return [int(p) for p in self._near(polygon) if uid in self._cells[p].claims]

    def _apply(self, places: Iterable[int], change: Callable[[Cell], Cell]) -> list[_Change]:
        changes = []
        for place in places:
            before = self._cells[place]
            self._cells[place] = change(before)
            changes.append(_Change(before, self._cells[place]))
        return changes

    def _joined(self, places: list[int]) -> Any:
        return _join([self._cells[place].geometry for place in places])

    # ---------------------------------------------------------------- accounts and booking

    def _accounts(self, cell: Cell, uid: str, scope: int, types: dict[str, str]) -> tuple[str, str]:
        """Return the claim account of a record and the ground account of a cell."""
        claim = cell.claims.get(uid, Claim())
        if _in_scope(claim.open, scope):
            own = _open_account(types[uid])
        else:
            own = _closed_account(claim.released, claim.ever, scope)
        holders = [types[h] for h, c in cell.claims.items() if _in_scope(c.open, scope)]
        if holders:  # the more cautious status wins (rule 9)
            return own, _open_account("CHA" if "CHA" in holders else "SHA")
        return own, _closed_account(cell.released, cell.ever, scope)

    def _book(
        self,
        row: int,
        uid: str,
        changes: list[_Change],
        kind: Callable[[_Change, int, tuple[str, str, str, str]], str],
        types_before: dict[str, str],
        polygon: Any,
    ) -> None:
        """Write the lines of an event: its area is booked once, its parts by largest remainder."""
        moved: dict[int, dict[_Move, list[int]]] = {}
        touched: set[int] = set()
        held = 0  # nothing can move in the scope of a class that the record never claimed
        for change in changes:
            held |= change.after.claims[uid].ever
        for scope in SCOPE_PLACES:
            if not _in_scope(held, scope):
                continue
            for at, change in enumerate(changes):
                claim_from, ground_from = self._accounts(change.before, uid, scope, types_before)
                claim_to, ground_to = self._accounts(change.after, uid, scope, self._types)
                if claim_from == claim_to and ground_from == ground_to:
                    continue
                move = (claim_from, claim_to, ground_from, ground_to)
                key: _Move = (kind(change, scope, move), *move)
                moved.setdefault(scope, {}).setdefault(key, []).append(at)
                touched.add(at)
        if not touched:
            return
        parts = np.array(
            [changes[at].after.area if at in touched else 0.0 for at in range(len(changes))]
        )
        total = float(parts.sum())
        if abs(total - polygon.area) < 0.5:
            total = float(polygon.area)  # the whole polygon moves: book it as it was measured
        booked = apportion(int(np.rint(total)), parts)

        scopes_of: dict[tuple[_Move, tuple[int, ...]], int] = {}
        for scope, by_move in moved.items():
            for by, places in by_move.items():
                same = (by, tuple(places))
                scopes_of[same] = scopes_of.get(same, 0) | 1 << scope
        # Lines that hold in several scopes are written once, the programme's scope first.
        for (move_of_line, members), scopes in sorted(
            scopes_of.items(), key=lambda item: (item[1] & -item[1], item[0])
        ):
            chosen = list(members)
            exact = float(parts[chosen].sum())
            whole = (
                self.events.polygon[row] is not None
                and move_of_line[0] != "corrected"
                and abs(exact - polygon.area) < overlay.NOISE_MM2
            )
            self.lines.append(
                GroundLine(
                    row,
                    move_of_line[0],
                    scopes,
                    *move_of_line[1:],
                    int(booked[chosen].sum()),
                    exact,
                    None if whole else _join([changes[at].after.geometry for at in chosen]),
                )
            )

    # ---------------------------------------------------------------- what moves nothing

    def _taken_from_undated_historics(self, row: int, uid: str, changes: list[_Change]) -> None:
        taken: dict[str, list[Any]] = {}
        for before, after in changes:
            names = {
                release.undated_historic
                for was, release in zip(after.released, before.released, strict=True)
                if release is not None and was is None and release.undated_historic
            }
            for name in names:
                taken.setdefault(name, []).append(before.geometry)
        for name, geometries in sorted(taken.items()):
            polygon = _join(geometries)
            self.discrepancies.append(
                Discrepancy(
                    "historic_release_on_open_ground",
                    name,
                    uid,
                    polygon,
                    int(np.rint(polygon.area)),
                    f"Historic release {name} has no date and covers land of hazard {uid}: "
                    f"the open hazard stands; a release of it must be decided here.",
                    row,
                )
            )

    def _discrepancy(self, row: int, hazard: str, rule: str, polygon: Any, message: str) -> None:
        if polygon is None or polygon.area < 2 * overlay.NOISE_MM2:
            return
        uid = str(self.events.uid[row])
        what = "Release" if self.events.kind[row] == RELEASE else "Historic release"
        self.discrepancies.append(
            Discrepancy(
                rule,
                uid,
                hazard,
                polygon,
                int(np.rint(polygon.area)),
                f"{what} {uid} {message}",
                row,
            )
        )

    def _failed(self, row: int, hazard: str, effect: str, error: Exception) -> None:
        polygon = self.events.polygon[row]
        uid = str(self.events.uid[row])
        self.discrepancies.append(
            Discrepancy(
                "overlay_failed",
                uid,
                hazard,
                polygon,
                None if polygon is None else int(np.rint(polygon.area)),
                f"The polygon of {uid} could not be overlaid with its neighbours ({error}): it "
                f"{effect}. Check its geometry.",
                row,
            )
        )


def _join(geometries: list[Any]) -> Any:
    """Return pieces of ground as one geometry."""
    return overlay.join(np.array(geometries, dtype=object))
