"""Ground on which records overlap, kept as cells that no record's boundary crosses.

The state of a cell is what stands on it: for each hazard the classes still open, and the
releases that stand. An event cuts the cells along its polygon and changes the state of the cells
inside. Whatever the accounts say is a function of that state, so that the rules are written once,
for a point, and hold for any geometry.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from . import accounts, overlay
from .cell_states import (
    CLASS_PLACES,
    NONE_STANDS,
    Accounts,
    Cell,
    Change,
    Claim,
    Move,
    Release,
    keeping,
    kind_of_evidence,
    moves_of,
    open_under,
    state_of,
    with_opened,
    with_release,
)
from .events import HAZARD, HISTORIC, RELEASE, SUCCESSION, VOIDED, Discrepancy, Events
from .measure import apportion
from .succession import Succession, is_rounding


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


class Split(NamedTuple):
    """Cells to be split along a polygon: what :meth:`Ground.post` asks for while it posts.

    Whoever posts many groups answers the requests of all of them in one overlay
    (:func:`.overlay.split_pairs`), as an array operation on one cell costs more than the overlay.
    """

    cells: overlay.Geometries
    polygon: Any
    outer_wanted: bool = True
    beyond_wanted: bool = True


#: Parts of the cells inside and outside, and what the polygon has beyond each.
Parts = tuple[overlay.Geometries, overlay.Geometries, overlay.Geometries]

Asking = Generator[Split, Parts, None]


class _Version(NamedTuple):
    """A version of a hazard with its polygon, the polygon before, and its type before."""

    row: int
    uid: str
    polygon: Any
    previous: Any
    types_before: dict[str, str]


#: What is said of a release; its id goes before.
OUTSIDE_HAZARD = (
    "reaches outside hazard {hazard}: the part outside moves nothing; extend the hazard by a "
    "decision if the land belonged to it."
)

ALREADY_RELEASED = (
    "covers land of hazard {hazard} that was released before: it is not released twice."
)


@dataclass
class Ground:
    """The cells of one group of overlapping records.

    Attributes
    ----------
    events
        All events (the group posts some of their rows).
    succession
        Whose ground goes on under which other ids.
    lines, discrepancies
        What posting has given so far.
    """

    events: Events
    succession: Succession
    lines: list[GroundLine] = field(default_factory=list)
    discrepancies: list[Discrepancy] = field(default_factory=list)
    _cells: list[Cell] = field(default_factory=list)
    _bounds: NDArray[np.float64] = field(default_factory=lambda: np.empty((8, 4)))
    _types: dict[str, str] = field(default_factory=dict)
    _classes: dict[str, int] = field(default_factory=dict)
    _polygons: dict[str, Any] = field(default_factory=dict)

    def post(self, row: int, order: int) -> Asking:
        """Post one event, asking for overlays on the way.

        Parameters
        ----------
        row
            Row of the event.
        order
            Its place in the order of posting.

        Yields
        ------
        Split
            Cells to be split; the answer is sent back, or the error thrown.
        """
        kind = self.events.kind[row]
        if kind == HAZARD:
            yield from self._hazard(row)
        elif kind == HISTORIC:
            yield from self._historic(row, order)
        else:
            yield from self._release(row, order)

    # ---------------------------------------------------------------- events

    def _hazard(self, row: int) -> Asking:
        """Post a version of a hazard: evidence opens, what it no longer covers is corrected."""
        events, uid = self.events, str(self.events.uid[row])
        cause, polygon = str(events.cause[row]), events.polygon[row]
        if cause == VOIDED:
            self._withdraw(row, uid, cause)
        elif cause in SUCCESSION and polygon is not None and polygon.is_empty:
            self._give(row, uid, cause)
        else:
            previous = self._polygons.get(uid)
            polygon = previous if polygon is None else polygon
            types_before = {uid: str(self._types.get(uid, ""))}
            self._types[uid] = str(events.type[row])
            self._classes[uid] = int(events.classes[row])
            if polygon is None:
                return
            self._polygons[uid] = polygon
            version = _Version(row, uid, polygon, previous, types_before)
            if cause in SUCCESSION:
                yield from self._take(version, cause)
            else:
                yield from self._evidence(version)

    def _evidence(self, version: _Version) -> Asking:
        """Post what a report of the ground says: its polygon is open, the rest is corrected."""
        row, uid, polygon, previous, types_before = version
        classes = self._classes[uid]
        try:
            inside, fresh = yield from self._cut(polygon)
        except overlay.OverlayError as error:
            inside, fresh = [], polygon
            self._failed(row, uid, "stands on its own, counted beside its neighbours", error)
        if fresh is not None:
            inside.append(self._add_fresh(fresh))
        outside = self._open_outside(uid, previous, inside)
        changes = self._apply(inside, lambda cell: with_opened(cell, uid, classes, classes))
        changes += self._apply(outside, lambda cell: keeping(cell, uid, 0))
        kind = kind_of_evidence("recorded" if previous is None else "extended")
        self._book(row, uid, changes, kind, types_before, polygon)
        self._taken_from_undated_historics(row, uid, changes)

    def _take(self, version: _Version, cause: str) -> Asking:
        """Post a hazard that takes over the ground of others: what is open there, and no more."""
        row, uid, polygon, previous, types_before = version
        classes = self._classes[uid]
        givers = self.succession.givers(uid, self.events.on[row])
        try:
            inside, fresh = yield from self._cut(polygon)
        except overlay.OverlayError as error:
            self._polygons[uid] = previous
            self._failed(row, uid, "takes nothing over", error)
            return

        def taken(cell: Cell) -> Cell:
            claim = cell.claims.get(uid, Claim())
            opened = classes & open_under(cell, givers) & ~claim.open
            after = Claim(claim.open & classes | opened, claim.ever | opened, claim.released)
            return cell._replace(claims=cell.claims | {uid: after})

        held, not_held, beyond = [], [], []
        for place in inside:
            cell = self._cells[place]
            if uid in cell.claims or classes & open_under(cell, givers):
                held.append(place)
            else:
                not_held.append(cell.geometry)
                if not cell.claims.keys() & givers:
                    beyond.append(cell.geometry)
        if fresh is not None:
            not_held.append(fresh)
            beyond.append(fresh)
        if not_held:
            self._polygons[uid] = overlay.difference(polygon, _join(not_held))
        outside = self._open_outside(uid, previous, inside)
        changes = self._apply(held, taken)
        changes += self._apply(outside, lambda cell: keeping(cell, uid, 0))

        def kind(_: Change, __: int, moved: Accounts) -> str:
            if moved.claim_to not in accounts.OPEN:
                return "corrected"
            return "reclassified" if moved.claim_from in accounts.OPEN else cause

        self._book(row, uid, changes, kind, types_before, polygon)
        self._discrepancy(
            row,
            uid,
            f"{cause}_beyond",
            _join(beyond),
            f"covers land that no hazard {cause} on that day held: nothing is opened there by "
            f"this; record it as an extension, with its evidence.",
        )

    def _give(self, row: int, uid: str, cause: str) -> None:
        """Withdraw a hazard whose ground goes on under others; what nobody holds stays open."""
        takers = self.succession.takers(uid, self.events.on[row])
        places = self._open_outside(uid, self._polygons.get(uid), [])
        left = [
            place
            for place in places
            if self._cells[place].claims[uid].open & ~open_under(self._cells[place], takers)
        ]
        ground = self._joined(left)
        if ground is None or is_rounding(ground):
            self._withdraw(row, uid, cause)
            self._discrepancy(
                row,
                uid,
                f"{cause}_sliver",
                ground,
                "leaves land between the new boundaries, nowhere wider than a millimetre: it is "
                "the rounding of the vertices and is not kept as a hazard.",
            )
            return

        def kept(cell: Cell) -> Cell:
            return keeping(cell, uid, ~open_under(cell, takers))

        changes = self._apply(places, kept)
        self._polygons[uid] = ground
        self._book(row, uid, changes, lambda *_: cause, {}, shapely.Polygon())
        self._discrepancy(
            row,
            uid,
            f"{cause}_ground_left",
            ground,
            "leaves land that no other hazard takes over on that day: it stays open under this "
            "one. Let the boundaries of the others cover it.",
        )

    def _withdraw(self, row: int, uid: str, cause: str) -> None:
        """Withdraw all that is open under a hazard."""
        places = self._open_outside(uid, self._polygons.get(uid), [])
        self._polygons[uid] = shapely.Polygon()
        changes = self._apply(places, lambda cell: keeping(cell, uid, 0))
        self._book(row, uid, changes, lambda *_: cause, {}, shapely.Polygon())

    def _release(self, row: int, order: int) -> Asking:
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
        extending = named & self._classes.get(uid, 0) if events.extends[row] else 0
        try:
            outside = yield from self._beyond(polygon, held_polygon)
            if outside.area < 2 * overlay.NOISE_MM2:
                outside = shapely.Polygon()
            if extending:
                yield from self._extend(row, uid, extending, outside)
                outside = shapely.Polygon()
            inside = yield from self._split(polygon, self._with_claim(uid, polygon))
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
                        claim.open & ~named,
                        claim.ever,
                        with_release(claim.released, closed, release),
                    )
                },
                released=with_release(cell.released, closed, release),
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
        self._book(row, uid, changes, lambda *_: release.account, {}, polygon)

        self._discrepancy(
            row,
            uid,
            "release_outside_hazard",
            outside,
            OUTSIDE_HAZARD.format(hazard=uid),
        )
        self._discrepancy(
            row,
            uid,
            "release_already_released",
            self._joined(closed_cells),
            ALREADY_RELEASED.format(hazard=uid),
        )
        self._discrepancy(
            row,
            uid,
            "release_class_not_held",
            self._joined(other_classes),
            f"does not name the classes still open on this land of hazard {uid}.",
        )

    def _extend(self, row: int, uid: str, classes: int, outside: Any) -> Asking:
        """Identify land under a hazard that a release says belongs to it, so that it can close.

        What was released under the hazard before is not identified again.
        """
        inside, fresh = yield from self._cut(outside)
        if fresh is not None:
            inside.append(self._add_fresh(fresh))

        def opening(cell: Cell) -> int:
            claim = cell.claims.get(uid, Claim())
            released = sum(1 << c for c in CLASS_PLACES if claim.released[c] is not None)
            return classes & ~claim.open & ~released

        places = [place for place in inside if opening(self._cells[place])]

        def identified(cell: Cell) -> Cell:
            claim = cell.claims.get(uid, Claim())
            return with_opened(cell, uid, claim.open | opening(cell), opening(cell))

        changes = self._apply(places, identified)
        polygon = self.events.polygon[row]
        self._book(row, uid, changes, kind_of_evidence("extended"), {}, polygon)

    def _historic(self, row: int, order: int) -> Asking:
        """Post a release decided elsewhere: it takes only ground that nobody holds open."""
        events, uid = self.events, str(self.events.uid[row])
        polygon, named = events.polygon[row], int(events.classes[row])
        undated = uid if np.isnat(events.on[row]) else ""
        account = str(events.result[row]) or accounts.RELEASED_NOT_RECORDED
        release = Release(order, account, undated)
        try:
            inside, fresh = yield from self._cut(polygon)
        except overlay.OverlayError as error:
            self._failed(row, "", "moves nothing", error)
            return
        if fresh is not None:
            inside.append(self._add_fresh(fresh))
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
                claims=cell.claims
                | {uid: Claim(0, named, with_release(NONE_STANDS, named, release))},
                ever=cell.ever | named,
                released=with_release(cell.released, named & ~released_before, release),
            )

        changes = self._apply(free, recorded)
        self._book(row, uid, changes, lambda *_: "historic", {}, polygon)
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
        b = self._bounds[: len(self._cells)]
        return np.flatnonzero(
            (b[:, 0] < east) & (b[:, 2] > west) & (b[:, 1] < north) & (b[:, 3] > south)
        )

    def _cut(self, polygon: Any) -> Generator[Split, Parts, tuple[list[int], Any]]:
        """Cut all cells along a polygon.

        Returns the places of the cells inside it, and the part of it on which there is no cell
        (None where there is none). Nothing is changed if an overlay fails.
        """
        if polygon.is_empty:
            return [], None
        near = self._near(polygon).tolist()
        if not near:
            return [], polygon
        cells = np.array([self._cells[place].geometry for place in near], dtype=object)
        parts = yield Split(cells, polygon)
        within = np.flatnonzero(shapely.area(parts[0]) >= overlay.NOISE_MM2)
        if not len(within):
            return [], polygon
        if len(within) == 1:
            rest = parts[2][within[0]]
        else:
            rest = overlay.remainder(polygon, parts[0][within])
        inside = self._divide(near, within, *parts)
        return inside, (rest if rest.area >= overlay.NOISE_MM2 else None)

    @staticmethod
    def _beyond(polygon: Any, held: Any) -> Generator[Split, Parts, Any]:
        """Return what a polygon has beyond another one."""
        if shapely.covers(held, polygon):
            return shapely.Polygon()
        parts = yield Split(np.array([held], dtype=object), polygon, outer_wanted=False)
        return parts[2][0]

    def _split(self, polygon: Any, places: list[int]) -> Generator[Split, Parts, list[int]]:
        """Split some cells along a polygon; return the places of those inside it."""
        if not places:
            return []
        cells = np.array([self._cells[place].geometry for place in places], dtype=object)
        parts = yield Split(cells, polygon, beyond_wanted=False)
        within = np.flatnonzero(shapely.area(parts[0]) >= overlay.NOISE_MM2)
        return self._divide(places, within, *parts)

    def _divide(
        self,
        places: list[int],
        within: NDArray[np.int64],
        inner: overlay.Geometries,
        outer: overlay.Geometries,
        _: overlay.Geometries,
    ) -> list[int]:
        """Put the parts of some cells in place of them; return the places inside."""
        for at in within[shapely.area(outer[within]) >= overlay.NOISE_MM2].tolist():
            place = places[at]
            cell = self._cells[place]
            self._replace(place, cell._replace(geometry=inner[at], area=float(inner[at].area)))
            self._add(cell._replace(geometry=outer[at], area=float(outer[at].area)))
        return sorted(places[at] for at in within.tolist())

    def _add(self, cell: Cell) -> int:
        if len(self._cells) == len(self._bounds):
            self._bounds = np.concatenate([self._bounds, np.empty_like(self._bounds)])
        self._cells.append(cell)
        self._bounds[len(self._cells) - 1] = cell.geometry.bounds
        return len(self._cells) - 1

    def _add_fresh(self, ground: Any) -> int:
        """Make a cell of ground on which nothing stands yet."""
        return self._add(Cell(ground, float(ground.area), {}, 0, NONE_STANDS))

    def _replace(self, place: int, cell: Cell) -> None:
        self._cells[place] = cell
        self._bounds[place] = cell.geometry.bounds

    def _with_claim(self, uid: str, polygon: Any) -> list[int]:
        """Return the places of the cells near a polygon that a record has claimed."""
        return [int(p) for p in self._near(polygon) if uid in self._cells[p].claims]

    def _open_outside(self, uid: str, polygon: Any, inside: list[int]) -> list[int]:
        """Return the places within a polygon, save some, that a record holds open."""
        chosen = set(inside)
        return [
            place
            for place in self._with_claim(uid, polygon)
            if place not in chosen and self._cells[place].claims[uid].open
        ]

    def _apply(self, places: Iterable[int], change: Callable[[Cell], Cell]) -> list[Change]:
        changes = []
        for place in places:
            before = self._cells[place]
            self._cells[place] = change(before)
            changes.append(Change(before, self._cells[place]))
        return changes

    def _joined(self, places: list[int]) -> Any:
        return _join([self._cells[place].geometry for place in places])

    # ---------------------------------------------------------------- accounts and booking

    def _book(
        self,
        row: int,
        uid: str,
        changes: list[Change],
        kind: Callable[[Change, int, Accounts], str],
        types_before: dict[str, str],
        polygon: Any,
    ) -> None:
        """Write the lines of an event: its area is booked once, its parts by largest remainder.

        The parts are the cells that move alike in every scope, taken together, so that each line
        is off by less than a square millimetre for each such part.
        """
        alike: dict[tuple[Any, ...], list[int]] = {}
        types = {**self._types, **types_before}
        for at, (before, after) in enumerate(changes):
            state = (state_of(before, uid, types), state_of(after, uid, self._types))
            alike.setdefault(state, []).append(at)
        parts: dict[tuple[Move | None, ...], list[int]] = {}
        for (was, becomes), places in alike.items():
            moves = moves_of(was, becomes, changes[places[0]], kind)
            if any(moves):
                parts.setdefault(moves, []).extend(places)
        if not parts:
            return
        areas = np.array(
            [math.fsum(changes[at].after.area for at in places) for places in parts.values()]
        )
        total = math.fsum(areas)
        if abs(total - polygon.area) < 0.5:
            total = float(polygon.area)  # the whole polygon moves: book it as it was measured
        whole_mm2 = int(np.rint(total))
        booked = np.array([whole_mm2]) if len(parts) == 1 else apportion(whole_mm2, areas)

        members: dict[tuple[int, Move], list[int]] = {}
        for part, moves in enumerate(parts):
            for scope, move in enumerate(moves):
                if move is not None:
                    members.setdefault((scope, move), []).append(part)
        scopes_of: dict[tuple[Move, tuple[int, ...]], int] = {}
        for (scope, move), chosen in members.items():
            same = (move, tuple(chosen))
            scopes_of[same] = scopes_of.get(same, 0) | 1 << scope
        cells = list(parts.values())
        # Lines that hold in several scopes are written once, the programme's scope first.
        for (move, together), scopes in sorted(
            scopes_of.items(), key=lambda item: (item[1] & -item[1], item[0][0])
        ):
            places = sorted(at for part in together for at in cells[part])
            exact = math.fsum(changes[at].after.area for at in places)
            whole = (
                self.events.polygon[row] is not None
                and move[0] != "corrected"
                and abs(exact - polygon.area) < overlay.NOISE_MM2
            )
            self.lines.append(
                GroundLine(
                    row,
                    move[0],
                    scopes,
                    *move[1:],
                    int(booked[list(together)].sum()),
                    exact,
                    None if whole else _join([changes[at].after.geometry for at in places]),
                )
            )

    # ---------------------------------------------------------------- what moves nothing

    def _taken_from_undated_historics(self, row: int, uid: str, changes: list[Change]) -> None:
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
        what = {HAZARD: "Hazard", RELEASE: "Release", HISTORIC: "Historic release"}[
            self.events.kind[row]
        ]
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
