"""Hazards that share no ground with another, posted with their releases as whole columns.

A hazard in one version, and releases that name all its classes and take ground that no other record
holds, need no history of states: a piece of it is open or it is released. Such releases are posted
together, round by round: in each round every lane (:mod:`.lanes`) takes its next release, and all
overlays of the round are array operations. The rules, the overlays and their order are those of
:mod:`.ground`, and so are the results: the same vertices to the bit, and areas to the rounding of
their sum. Where an overlay does not keep the ground, the group of the hazard is left to it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from . import accounts, overlay
from .events import HAZARD, Discrepancy, Events
from .ground import ALREADY_RELEASED, OUTSIDE_HAZARD
from .lanes import Lanes
from .lines import Lines, stacked
from .measure import area_mm2, book

#: Hazards that are posted together: enough for array operations, few enough to share out.
CHUNK: Final = 4_096


@dataclass(frozen=True)
class Columns:
    """What was posted as columns.

    Attributes
    ----------
    lines, discrepancies
        The result.
    left
        Rows of hazards of which an overlay did not keep the ground: what is posted of their groups
        means nothing.
    """

    lines: Lines
    discrepancies: list[Discrepancy]
    left: NDArray[np.int64]


def post(
    events: Events, records: NDArray[np.int64], lanes: Lanes, threads: Executor | None = None
) -> Columns:
    """Post records that share no ground, and releases that can go without the others.

    Parameters
    ----------
    events
        All events.
    records
        Rows of hazards and historic releases to post.
    lanes
        Releases to post.
    threads
        Threads that share the work, as GEOS works outside Python's lock.

    Returns
    -------
    Columns
        Lines in no particular order, discrepancies, and what has to be posted in another way.
    """
    rounds = list((threads.map if threads else map)(_Rounds.post, _chunks(events, lanes)))
    left = np.concatenate([np.empty(0, dtype=np.int64), *(chunk.left for chunk in rounds)])
    found = [discrepancy for chunk in rounds for discrepancy in chunk.discrepancies]
    lines = [whole_polygons(events, records), *(line for chunk in rounds for line in chunk.lines)]
    return Columns(stacked(lines), found, left)


def whole_polygons(events: Events, rows: NDArray[np.int64]) -> Lines:
    """Return the lines of records that share no ground: one each, from outside.

    Parameters
    ----------
    events
        All events.
    rows
        Rows of hazards and historic releases.

    Returns
    -------
    Lines
        A line for each record that has ground and names a class.
    """
    polygons = events.polygon[rows]
    rows = rows[
        ~(shapely.is_missing(polygons) | shapely.is_empty(polygons)) & (events.classes[rows] > 0)
    ]
    hazards = np.asarray(events.kind[rows] == HAZARD, dtype=bool)
    to = _open_accounts(events, rows)
    result = events.result[rows].copy()
    result[result == ""] = accounts.RELEASED_NOT_RECORDED
    to[~hazards] = result[~hazards]
    exact = area_mm2(events.polygon[rows])
    kind = np.where(hazards, "recorded", "historic").astype(object)
    outside = np.full(len(rows), accounts.OUTSIDE, dtype=object)
    none = np.full(len(rows), None, dtype=object)
    return _lines(
        events,
        rows,
        events.uid[rows],
        kind,
        events.classes[rows],
        outside,
        to,
        exact,
        book(exact),
        none,
    )


def _open_accounts(events: Events, rows: NDArray[np.int64]) -> NDArray[np.object_]:
    confirmed = events.type[rows] == "CHA"
    return np.where(confirmed, accounts.CONFIRMED, accounts.SUSPECTED).astype(object)


def _lines(
    events: Events,
    rows: NDArray[np.int64],
    hazard: NDArray[np.object_],
    kind: NDArray[np.object_],
    classes: NDArray[np.uint8],
    moved_from: NDArray[np.object_],
    moved_to: NDArray[np.object_],
    exact: NDArray[np.float64],
    mm2: NDArray[np.int64],
    piece: NDArray[np.object_],
) -> Lines:
    """Return lines on ground that one record holds: the ground moves with the claim."""
    return Lines(
        event=rows,
        uid=events.uid[rows],
        kind=kind,
        hazard=hazard,
        on=events.on[rows],
        scopes=(classes << 1 | 1).astype(np.uint8),
        claim_from=moved_from,
        claim_to=moved_to,
        ground_from=moved_from,
        ground_to=moved_to,
        mm2=mm2,
        exact=exact,
        piece=piece,
    )


class _Chunk(NamedTuple):
    """A hazard for each lane, the releases in the order of posting, and the lane of each."""

    events: Events
    hazards: NDArray[np.int64]
    releases: NDArray[np.int64]
    owner: NDArray[np.int64]


def _chunks(events: Events, lanes: Lanes) -> Iterable[_Chunk]:
    """Cut releases that are sorted by lane into chunks of whole lanes."""
    if not len(lanes.lane):
        return
    starts = np.flatnonzero(np.append(True, lanes.lane[1:] != lanes.lane[:-1]))
    ends = np.append(starts, len(lanes.lane))
    for first in range(0, len(starts), CHUNK):
        some = starts[first : first + CHUNK]
        low, high = some[0], ends[min(first + CHUNK, len(starts))]
        size = np.diff(np.append(some, high))
        owner = np.repeat(np.arange(len(some)), size)
        yield _Chunk(events, lanes.hazard[some], lanes.release[low:high], owner)


@dataclass
class _Rounds:
    """The pieces of the hazards of some lanes, round by round."""

    chunk: _Chunk
    lines: list[Lines] = field(default_factory=list)
    discrepancies: list[Discrepancy] = field(default_factory=list)

    @classmethod
    def post(cls, chunk: _Chunk) -> _Rounds:
        """Post the releases of a chunk, every lane taking one in each round."""
        rounds = cls(chunk)
        owner = chunk.owner
        first = np.searchsorted(owner, np.arange(len(chunk.hazards)))
        count = np.bincount(owner, minlength=len(chunk.hazards))
        turn = np.arange(len(owner)) - first[owner]
        for number in range(int(count.max(initial=0))):
            rounds._round(np.flatnonzero(turn == number), count > number + 1)
        return rounds

    def __post_init__(self) -> None:
        events, hazards = self.chunk.events, self.chunk.hazards
        self._held = events.polygon[hazards]
        self._held_bounds = shapely.bounds(self._held)
        self._failed = np.zeros(len(hazards), dtype=bool)
        # The pieces: a hazard is one piece that is open until a release takes part of it.
        self._piece = self._held.copy()
        self._bounds = self._held_bounds.copy()
        self._owner = np.arange(len(hazards))
        self._open = np.ones(len(hazards), dtype=bool)
        self._whole = np.ones(len(hazards), dtype=bool)

    @property
    def left(self) -> NDArray[np.int64]:
        """Rows of the hazards that have to be posted in another way."""
        return np.asarray(self.chunk.hazards[self._failed], dtype=np.int64)

    def _round(self, now: NDArray[np.int64], goes_on: NDArray[np.bool_]) -> None:
        """Post one release for each hazard that has one; ``goes_on`` where more will follow."""
        now = now[~self._failed[self.chunk.owner[now]]]
        owner = self.chunk.owner[now]
        polygon = self.chunk.events.polygon[self.chunk.releases[now]]
        bounds = shapely.bounds(polygon)
        release_of = np.full(len(self._held), -1, dtype=np.int64)
        release_of[owner] = np.arange(len(now))
        at = np.flatnonzero(release_of[self._owner] >= 0)
        at = at[_near(self._bounds[at], bounds[release_of[self._owner[at]]])]
        of = release_of[self._owner[at]]
        # A hazard that is still in one piece says at once what the release has beyond it; of one in
        # pieces, what all of them share with the release checks what it has beyond the whole.
        whole = self._whole[at]
        parts = overlay.overlaid(self._piece[at], polygon[of], goes_on[self._owner[at]], whole)
        self._failed[self._owner[at[~(parts.sound & parts.outer_sound)]]] = True
        outside = polygon.copy()
        outside[of[whole]] = parts.beyond[whole]
        rest = np.flatnonzero(~np.isin(np.arange(len(now)), of[whole]))
        rest = rest[_near(self._held_bounds[owner[rest]], bounds[rest])]
        if len(rest):
            shared = np.zeros(len(now))
            np.add.at(shared, of, shapely.area(parts.inner))
            beyond, sound = overlay.beyond_all(polygon[rest], self._held[owner[rest]], shared[rest])
            self._failed[owner[rest[~sound]]] = True
            outside[rest] = beyond

        inner_area = shapely.area(parts.inner)
        inside = np.flatnonzero(parts.sound & (inner_area >= overlay.NOISE_MM2))
        # After the last release nobody asks for the rest of a piece: areas tell if there is any.
        rest_area = shapely.area(parts.outer)
        last = np.flatnonzero(shapely.is_missing(parts.outer))
        rest_area[last] = shapely.area(self._piece[at[last]]) - inner_area[last]
        cut = inside[rest_area[inside] >= overlay.NOISE_MM2]
        opened = self._open[at]
        self._piece[at[cut]] = parts.inner[cut]
        self._bounds[at[cut]] = shapely.bounds(parts.inner[cut])
        self._whole[at[cut]] = False
        pieces, of_release = at[inside], of[inside]
        moved = opened[inside]
        self._book(now, polygon, pieces[moved], of_release[moved])
        self._show(now, outside, pieces[~moved], of_release[~moved])
        self._open[pieces[moved]] = False
        self._piece = np.concatenate([self._piece, parts.outer[cut]])
        self._bounds = np.concatenate([self._bounds, shapely.bounds(parts.outer[cut])])
        self._owner = np.concatenate([self._owner, self._owner[at[cut]]])
        self._open = np.concatenate([self._open, opened[cut]])
        self._whole = np.concatenate([self._whole, np.zeros(len(cut), dtype=bool)])

    def _book(
        self,
        now: NDArray[np.int64],
        polygon: NDArray[np.object_],
        pieces: NDArray[np.int64],
        of: NDArray[np.int64],
    ) -> None:
        """Write the line of each release that takes open pieces."""
        events = self.chunk.events
        areas = shapely.area(self._piece[pieces])
        grouped = _grouped(of, pieces)
        chosen = np.array(list(grouped), dtype=np.int64)
        exact = np.zeros(len(now))
        exact[of] = areas
        piece = np.full(len(now), None, dtype=object)
        piece[of] = self._piece[pieces]
        several: dict[int, NDArray[np.object_]] = {}
        for at, places in grouped.items():
            if len(places) > 1:
                some = self._piece[places]
                exact[at] = math.fsum(shapely.area(some))
                several[at] = some
        whole_area = area_mm2(polygon[chosen])
        exact = exact[chosen]
        off = np.abs(exact - whole_area)
        for at, gap in zip(chosen.tolist(), off.tolist(), strict=True):
            if at in several and gap >= overlay.NOISE_MM2:
                piece[at] = overlay.join(several[at])
        piece = piece[chosen]
        piece[off < overlay.NOISE_MM2] = None
        rows = self.chunk.releases[now[chosen]]
        hazards = self.chunk.hazards[self.chunk.owner[now[chosen]]]
        self.lines.append(
            _lines(
                events,
                rows,
                events.uid[hazards],
                events.result[rows],
                events.classes[hazards],
                _open_accounts(events, hazards),
                events.result[rows],
                exact,
                book(np.where(off < 0.5, whole_area, exact)),
                piece,
            )
        )

    def _show(
        self,
        now: NDArray[np.int64],
        outside: NDArray[np.object_],
        pieces: NDArray[np.int64],
        of: NDArray[np.int64],
    ) -> None:
        """List what releases cover and cannot move."""
        at = np.flatnonzero(shapely.area(outside) >= 2 * overlay.NOISE_MM2)
        self._list(now[at], "release_outside_hazard", outside[at], OUTSIDE_HAZARD)
        again = _grouped(of, pieces)
        ground = np.full(len(again), None, dtype=object)
        ground[:] = [overlay.join(self._piece[places]) for places in again.values()]
        some = shapely.area(ground) >= 2 * overlay.NOISE_MM2
        covering = now[np.array(list(again), dtype=np.int64)]
        self._list(covering[some], "release_already_released", ground[some], ALREADY_RELEASED)

    def _list(
        self, releases: NDArray[np.int64], rule: str, ground: NDArray[np.object_], message: str
    ) -> None:
        """Write a discrepancy for each of some releases."""
        events = self.chunk.events
        rows = self.chunk.releases[releases]
        for uid, hazard, polygon, mm2, row in zip(
            events.uid[rows].tolist(),
            events.hazard[rows].tolist(),
            ground.tolist(),
            book(shapely.area(ground)).tolist(),
            rows.tolist(),
            strict=True,
        ):
            text = f"Release {uid} {message.format(hazard=hazard)}"
            found = Discrepancy(rule, str(uid), str(hazard), polygon, mm2, text, row)
            self.discrepancies.append(found)


def _near(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return where the boxes of two columns share ground."""
    return np.asarray(
        (a[:, 0] < b[:, 2]) & (a[:, 2] > b[:, 0]) & (a[:, 1] < b[:, 3]) & (a[:, 3] > b[:, 1]),
        dtype=bool,
    )


def _grouped(of: NDArray[np.int64], places: NDArray[np.int64]) -> dict[int, list[int]]:
    """Return the places of each group, in their order."""
    grouped: dict[int, list[int]] = {}
    for at, place in zip(of.tolist(), places.tolist(), strict=True):
        grouped.setdefault(at, []).append(place)
    return grouped
