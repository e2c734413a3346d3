"""How many areas were open, became open and ceased to be open in a period (rule 10).

Square metres say how much ground is hazardous, counts say in how many places. An area is open at
the end of a day if any of its ground is, or if it has no polygon and nobody closed it: an area
of unknown place or size is never left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from . import accounts
from .balance import TOTAL, Day
from .events import MERGED, SPLIT, VOIDED, LedgerError
from .ledger import Lines
from .statement import LineShares

#: The causes of change and their meaning; opening + new + split + reopened + located − merged −
#: closed = closing.
COUNT_NOTES: Final = {
    "new": "Areas first open in the period.",
    "split": "Areas that came out of splits, less the areas that were split.",
    "reopened": "Areas open again after they had been closed.",
    "located": (
        "Areas whose place was not recorded and became known: they leave one row by unit and "
        "enter others. 0 in a total."
    ),
    "merged": "Areas merged into others, less the areas that a merge created.",
    "closed": "Areas whose last open ground was released, corrected or voided.",
}
COUNT_TERMS: Final = tuple(COUNT_NOTES)
_SIGN: Final = {"merged": -1, "closed": -1}

#: Beside the sum: how the closed areas, and the areas open at the closing, divide.
COUNT_MEMO_NOTES: Final = {
    "voided": "Of the closed: records that were made in error.",
    "suspected": "Of the closing: areas of which no open ground is confirmed.",
    "confirmed": "Of the closing: areas with confirmed open ground.",
    "partly_released": "Of the closing: areas of which some ground has been released.",
    "without_polygon": "Of the closing: areas without a polygon, of unknown place or size.",
}
COUNT_MEMOS: Final = tuple(COUNT_MEMO_NOTES)

#: Flags of what happened to an area on a day.
_SPLIT, _MERGED, _VOIDED, _LOCATED = 1, 2, 4, 8
_FLAG: Final = {SPLIT: _SPLIT, MERGED: _MERGED, VOIDED: _VOIDED, "": 0}
#: Days before and after all others.
_ALWAYS: Final = int(np.iinfo(np.int64).min)
_NEVER: Final = int(np.iinfo(np.int64).max)


@dataclass(frozen=True)
class Areas:
    """Recorded hazardous areas; all columns have the same length.

    Attributes
    ----------
    uid
        Id of the hazard, each once.
    first
        ``datetime64[D]``: first day of the hazard; NaT = not recorded (in every opening).
    confirmed
        Whether it is a confirmed area; read only while it has no polygon.
    classes
        Bit mask of :data:`.accounts.CLASSES`; read only while it has no polygon.
    """

    uid: NDArray[np.object_]
    first: NDArray[np.datetime64]
    confirmed: NDArray[np.bool_]
    classes: NDArray[np.uint8]


@dataclass(frozen=True)
class Acts:
    """Acts on hazards that lines alone cannot tell; all columns have the same length.

    Attributes
    ----------
    uid
        Id of the hazard.
    act
        ``split``, ``merged``, ``voided``, or empty for any other act that ends an area without
        a polygon.
    on
        ``datetime64[D]``; NaT = not recorded.
    opens
        Whether the area came into being by the act (a child of a split, the result of a merge);
        otherwise it ended.
    """

    uid: NDArray[np.object_]
    act: NDArray[np.object_]
    on: NDArray[np.datetime64]
    opens: NDArray[np.bool_]

    @classmethod
    def none(cls) -> Acts:
        """Return no acts.

        Returns
        -------
        Acts
            Empty columns.
        """
        empty = np.empty(0, dtype=object)
        return cls(empty, empty, np.empty(0, dtype="datetime64[D]"), np.empty(0, dtype=bool))


@dataclass(frozen=True)
class CountRow:
    """One row of counts.

    Attributes
    ----------
    key
        Key of the row.
    opening, closing
        Areas open before the first and after the last day.
    terms
        Numbers by :data:`COUNT_TERMS`, as printed; those after a minus are subtracted.
    memos
        Numbers by :data:`COUNT_MEMOS`.
    """

    key: str
    opening: int
    terms: dict[str, int]
    closing: int
    memos: dict[str, int]

    @property
    def residual(self) -> int:
        """Opening plus and minus terms, minus closing: 0 wherever the books are right."""
        change = sum(_SIGN.get(term, 1) * count for term, count in self.terms.items())
        return self.opening + change - self.closing


@dataclass(frozen=True)
class Counts:
    """Counts of areas in a period.

    Attributes
    ----------
    rows
        Rows by key, sorted. By unit, an area counts in each unit where it has open ground, so
        that the rows may sum to more than the total.
    total
        Each area once.
    """

    rows: list[CountRow]
    total: CountRow

    @property
    def residual(self) -> int:
        """What is left over in any row: 0."""
        return sum(abs(row.residual) for row in [*self.rows, self.total])


def counts(
    areas: Areas,
    lines: Lines,
    acts: Acts | None = None,
    since: Day = None,
    until: Day = None,
    *,
    keys: NDArray[np.object_] | None = None,
    shares: LineShares | None = None,
    scope: str = "any",
) -> Counts:
    """Count areas over a period, by what made them open or closed.

    What opens and closes within one day leaves no trace in the counts: the state of an area is
    that at the end of a day.

    Parameters
    ----------
    areas
        All recorded hazards.
    lines
        The ledger lines.
    acts
        Splits, merges and voids; None for none.
    since, until
        First and last day, inclusive; None for no such bound. What has no date is in every
        opening.
    keys
        Key of each area (in the order of ``areas``) for rows by it. With ``shares``: the key
        under which an area counts while it has no polygon.
    shares
        Shares of the lines by unit, for rows by unit.
    scope
        ``any`` or a contamination class.

    Returns
    -------
    Counts
        Rows and total.

    Raises
    ------
    LedgerError
        If the scope is unknown, an id occurs twice, a line or an act names an area that is not
        among them, or areas have no key.
    """
    if scope not in accounts.SCOPE_BIT:
        raise LedgerError(f"Scope {scope!r} is unknown; known are {', '.join(accounts.SCOPES)}.")
    if shares is not None and keys is None:
        raise LedgerError("Rows by unit need a key for areas whose place is not recorded.")
    if keys is not None and len(keys) != len(areas.uid):
        raise LedgerError(f"There are {len(keys)} keys for {len(areas.uid)} areas.")
    period = (
        _ALWAYS + 1 if since is None else _number(since),
        _NEVER if until is None else _number(until),
    )
    known = _Known.of(areas, lines, Acts.none() if acts is None else acts, scope)
    everything = np.zeros(len(areas.uid), dtype=np.int64)
    total = _count(known.by_area(), everything, [TOTAL], period)[0]
    if keys is None:
        return Counts([], total)
    if shares is None:
        names, group = np.unique(keys.astype(str), return_inverse=True)
        return Counts(_count(known.by_area(), group, names.tolist(), period), total)
    timeline, entity_key = known.by_unit(shares, keys)
    names, group = np.unique(entity_key.astype(str), return_inverse=True)
    return Counts(_count(timeline, group, names.tolist(), period), total)


# -------------------------------------------------------------------- what happened when


@dataclass(frozen=True)
class _Timeline:
    """Happenings, each about one entity (an area, or an area in one unit) on one day."""

    entity: NDArray[np.int64]
    day: NDArray[np.int64]
    suspected: NDArray[np.int64]
    confirmed: NDArray[np.int64]
    released: NDArray[np.int64]
    unplaced: NDArray[np.int64]
    flags: NDArray[np.int64]
    is_confirmed: NDArray[np.bool_]


@dataclass(frozen=True)
class _Known:
    """Areas, lines and acts of one scope, with ids as numbers and days as integers."""

    areas: Areas
    lines: Lines
    chosen: NDArray[np.int64]
    owner: NDArray[np.int64]
    first: NDArray[np.int64]
    placed: NDArray[np.int64]
    counted: NDArray[np.bool_]
    act_owner: NDArray[np.int64]
    act_day: NDArray[np.int64]
    act_flag: NDArray[np.int64]
    act_ends: NDArray[np.bool_]

    @classmethod
    def of(cls, areas: Areas, lines: Lines, acts: Acts, scope: str) -> _Known:
        number = {uid: place for place, uid in enumerate(areas.uid.tolist())}
        if len(number) != len(areas.uid):
            raise LedgerError("An area is listed more than once; give each area one row.")
        hazards = np.flatnonzero(lines.kind != "historic")
        owner = np.full(len(lines), -1, dtype=np.int64)
        owner[hazards] = _owners(lines.hazard[hazards], number, "ledger lines")
        first = _days(areas.first)
        in_scope = (lines.scopes & accounts.SCOPE_BIT[scope]) > 0
        chosen = np.flatnonzero(in_scope & (owner >= 0))
        placed = _first_line(lines, owner, chosen, len(first))
        elsewhere = _first_line(lines, owner, hazards, len(first))
        placed = np.where(placed == _NEVER, elsewhere, placed)
        named = areas.classes > 0 if scope == "any" else areas.classes & accounts.CLASS_BIT[scope]
        unknown = set(acts.act.tolist()) - _FLAG.keys()
        if unknown:
            raise LedgerError(f"Acts {sorted(map(str, unknown))} are unknown to the counts.")
        return cls(
            areas=areas,
            lines=lines,
            chosen=chosen,
            owner=owner,
            first=np.minimum(first, placed),
            placed=placed,
            counted=np.asarray(named, dtype=bool),
            act_owner=_owners(acts.uid, number, "acts"),
            act_day=_days(acts.on),
            act_flag=np.array([_FLAG[act] for act in acts.act.tolist()], dtype=np.int64),
            act_ends=~acts.opens,
        )

    def by_area(self) -> _Timeline:
        """Return what happened to each area."""
        return self._timeline(self.chosen, self.owner[self.chosen], self.lines.mm2[self.chosen], 0)

    def by_unit(
        self, shares: LineShares, keys: NDArray[np.object_]
    ) -> tuple[_Timeline, NDArray[np.object_]]:
        """Return what happened to each area in each unit, and the key of each such entity.

        The first entities are the areas as long as they have no polygon.
        """
        in_scope = np.zeros(len(self.lines), dtype=bool)
        in_scope[self.chosen] = True
        rows = np.flatnonzero(in_scope[shares.line])
        names, unit = np.unique(shares.key[rows].astype(str), return_inverse=True)
        pair = self.owner[shares.line[rows]] * max(len(names), 1) + unit
        pairs, entity = np.unique(pair, return_inverse=True)
        timeline = self._timeline(shares.line[rows], len(keys) + entity, shares.mm2[rows], _LOCATED)
        entity_key = np.concatenate([keys.astype(object), names.astype(object)[pairs % len(names)]])
        return timeline, entity_key

    def _timeline(
        self,
        line: NDArray[np.int64],
        entity: NDArray[np.int64],
        mm2: NDArray[np.int64],
        located: int,
    ) -> _Timeline:
        """Put lines, first days, first polygons and acts into one list of happenings."""
        lines, size = self.lines, len(self.first)
        day = _days(lines.on[line])
        owner = self.owner[line]
        flags = np.array([_FLAG.get(kind, 0) for kind in lines.kind[line].tolist()], dtype=np.int64)
        # In rows by unit, ground that an area of unknown place turned out to have is not new.
        was_unplaced = (self.first[owner] < self.placed[owner]) & (day == self.placed[owner])
        flags |= np.where(was_unplaced, located, 0)

        def moved(names: tuple[str, ...]) -> NDArray[np.int64]:
            into = np.isin(lines.claim_to[line].astype(str), names).astype(np.int64)
            out = np.isin(lines.claim_from[line].astype(str), names).astype(np.int64)
            return (into - out) * mm2

        counted = np.flatnonzero(self.counted)
        placed = counted[self.placed[counted] != _NEVER]
        ending = self.act_ends & self.counted[self.act_owner]
        acts = np.flatnonzero(ending & (self.act_day < self.placed[self.act_owner]))
        # Acts on areas with a polygon show in their lines; here they only lend their name.
        named = np.flatnonzero(self.act_flag > 0)
        none = np.zeros(len(counted) + len(placed) + len(acts) + len(named), dtype=np.int64)
        unplaced = none.copy()
        unplaced[: len(counted)] = 1
        unplaced[len(counted) : len(counted) + len(placed) + len(acts)] = -_FAR
        other = np.concatenate([counted, placed, self.act_owner[acts], self.act_owner[named]])
        return _Timeline(
            entity=np.concatenate([entity, other]),
            day=np.concatenate(
                [
                    day,
                    self.first[counted],
                    self.placed[placed],
                    self.act_day[acts],
                    self.act_day[named],
                ]
            ),
            suspected=np.concatenate([moved((accounts.SUSPECTED,)), none]),
            confirmed=np.concatenate([moved((accounts.CONFIRMED,)), none]),
            released=np.concatenate([moved(accounts.RELEASED), none]),
            unplaced=np.concatenate([np.zeros(len(line), dtype=np.int64), unplaced]),
            flags=np.concatenate(
                [
                    flags,
                    np.zeros(len(counted), dtype=np.int64),
                    np.full(len(placed), located),
                    np.zeros(len(acts), dtype=np.int64),
                    self.act_flag[named],
                ]
            ),
            is_confirmed=np.concatenate(
                [
                    self.areas.confirmed,
                    np.zeros(max(0, int(entity.max(initial=-1)) + 1 - size), dtype=bool),
                ]
            ),
        )


#: Outweighs the one presence of an area without a polygon, however often it is taken away.
_FAR: Final = 1 << 20


def _first_line(
    lines: Lines, owner: NDArray[np.int64], rows: NDArray[np.int64], areas: int
) -> NDArray[np.int64]:
    """Return the day on which some lines first give each area ground."""
    out = np.full(areas, _NEVER)
    np.minimum.at(out, owner[rows], _days(lines.on[rows]))
    return out


def _owners(uids: NDArray[np.object_], number: dict[str, int], what: str) -> NDArray[np.int64]:
    owner = np.array([number.get(uid, -1) for uid in uids.tolist()], dtype=np.int64)
    if (owner < 0).any():
        missing = str(uids[int(np.flatnonzero(owner < 0)[0])])
        raise LedgerError(
            f"{int((owner < 0).sum())} {what} name an area that is not listed, the first is "
            f"{missing}: list every recorded hazard, closed and voided ones too."
        )
    return owner


def _days(on: NDArray[np.datetime64]) -> NDArray[np.int64]:
    """Return days as numbers; what has no date comes before all others."""
    return np.where(np.isnat(on), _ALWAYS, on.astype("datetime64[D]").astype(np.int64))


def _number(day: date | str | np.datetime64) -> int:
    return int(_days(np.array([day], dtype="datetime64[D]"))[0])


# -------------------------------------------------------------------- counting


def _count(
    timeline: _Timeline,
    group_of: NDArray[np.int64],
    names: list[str],
    period: tuple[int, int],
) -> list[CountRow]:
    """Follow each entity through its days and count what changes its state."""
    order = np.lexsort((timeline.day, timeline.entity))
    entity, day = timeline.entity[order], timeline.day[order]
    starts = np.flatnonzero(
        np.concatenate([[True], (np.diff(entity) != 0) | (np.diff(day) != 0)])[: len(entity)]
    )
    entity, day = entity[starts], day[starts]
    fresh = np.concatenate([[True], np.diff(entity) != 0])[: len(entity)]
    run = np.cumsum(fresh) - 1
    begin = np.flatnonzero(fresh)

    def standing(column: NDArray[np.int64]) -> NDArray[np.int64]:
        """Sum a column over the days of each entity so far."""
        if not len(starts):
            return column
        daily = np.add.reduceat(column[order], starts)
        # The running sum over all entities may wrap around 2**64; the difference to where the
        # entity begins does not, for no area of the earth reaches 2**63 mm².
        running = np.cumsum(daily)
        return np.asarray(running - (running - daily)[begin][run], dtype=np.int64)

    suspected, confirmed = standing(timeline.suspected), standing(timeline.confirmed)
    unplaced = standing(timeline.unplaced) > 0
    released = standing(timeline.released) > 0
    flags = np.bitwise_or.reduceat(timeline.flags[order], starts) if len(starts) else timeline.flags
    is_open = (suspected > 0) | (confirmed > 0) | unplaced
    was_open = np.zeros(len(is_open), dtype=bool)
    was_open[1:] = is_open[:-1]
    was_open[fresh] = False
    opened, closed = is_open & ~was_open, was_open & ~is_open
    openings = np.cumsum(opened)
    first_time = opened & (openings - (openings - opened)[begin][run] == 1)

    group = group_of[entity]
    within = (day >= period[0]) & (day <= period[1])

    def by_group(mask: NDArray[np.bool_]) -> list[int]:
        found: list[int] = np.bincount(group[mask], minlength=len(names)).tolist()
        return found

    def at_end(counted: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return the last happening of each entity among those counted."""
        out = np.zeros(len(entity), dtype=bool)
        places = np.flatnonzero(counted)
        if len(places):
            last = np.concatenate([np.diff(entity[places]) != 0, [True]])
            out[places[last]] = True
        return out

    def has(flag: int) -> NDArray[np.bool_]:
        return (flags & flag) > 0

    begins = at_end(day < period[0]) & is_open
    ends = at_end(day <= period[1]) & is_open
    came, went = opened & within, closed & within
    reopened = came & ~first_time
    located_in, located_out = came & first_time & has(_LOCATED), went & has(_LOCATED)
    other_in, other_out = came & first_time & ~located_in, went & ~located_out
    split_in = other_in & has(_SPLIT)
    merged_in = other_in & has(_MERGED) & ~split_in
    split_out = other_out & has(_SPLIT)
    merged_out = other_out & has(_MERGED) & ~split_out
    closed_out = other_out & ~split_out & ~merged_out
    held_confirmed = np.where(unplaced, timeline.is_confirmed[entity], confirmed > 0)

    columns: dict[str, list[int]] = {
        "opening": by_group(begins),
        "closing": by_group(ends),
        "new": by_group(other_in & ~split_in & ~merged_in),
        "split": _less(by_group(split_in), by_group(split_out)),
        "reopened": by_group(reopened),
        "located": _less(by_group(located_in), by_group(located_out)),
        "merged": _less(by_group(merged_out), by_group(merged_in)),
        "closed": by_group(closed_out),
        "voided": by_group(closed_out & has(_VOIDED)),
        "suspected": by_group(ends & ~held_confirmed),
        "confirmed": by_group(ends & held_confirmed),
        "partly_released": by_group(ends & released),
        "without_polygon": by_group(ends & unplaced),
    }
    return [
        CountRow(
            key,
            columns["opening"][place],
            {term: columns[term][place] for term in COUNT_TERMS},
            columns["closing"][place],
            {memo: columns[memo][place] for memo in COUNT_MEMOS},
        )
        for place, key in enumerate(names)
    ]


def _less(a: list[int], b: list[int]) -> list[int]:
    return [x - y for x, y in zip(a, b, strict=True)]
