"""The statement of a period: opening, every cause of change, closing, from the ledger lines.

Each term is added up from lines of its own, told apart by the kind of line and by how the ground
moves. The closing is added up on its own too, from all lines up to the last day. That opening
plus terms equals closing is therefore a test of the books (:attr:`StatementRow.residual`), not a
way of computing them; whether the closing is the ground is tested by :func:`.balance.drift`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from . import accounts
from .balance import OVERLAP, TOTAL, Day
from .events import LedgerError
from .lines import Lines, keys_of

OPENING: Final = "opening"
CLOSING: Final = "closing"
BOUNDARY_REFORM: Final = "boundary_reform"

#: The causes of change, in the order of printing, and what each of them means.
TERM_NOTES: Final = {
    "newly_identified": "Ground first recorded as hazardous in the period.",
    "extended": "Ground that a later report, or a decision on a release, added to a hazard.",
    "reopened": "Released ground made hazardous again by later evidence (rule 6).",
    "cancelled": "Released by non-technical survey, when the last open claim on the ground fell.",
    "reduced": "Released by technical survey, when the last open claim on the ground fell.",
    "cleared": "Released by clearance, when the last open claim on the ground fell.",
    "released_not_recorded": "Released by a decision that does not record the method.",
    "reclassified": "Moved between suspected and confirmed by a report on the same hazard.",
    "corrected": "Withdrawn (or moved) by a corrected boundary or class of a record.",
    "voided": "Withdrawn because the record was made in error (a counter-entry).",
    "split_merged": "Moved between records by a split or a merge.",
    "overlap": (
        "Ground that changed between suspected and confirmed because another record holds it too "
        "(the more cautious status wins, rule 9)."
    ),
    "historic": (
        "Releases decided elsewhere, dated in the period; or ground of an undated one that an "
        "open hazard now holds (rule 7)."
    ),
    BOUNDARY_REFORM: "The same ground, counted in another unit by new boundaries (rule 11).",
}
TERMS: Final = tuple(TERM_NOTES)

#: Beside the terms: area of claims that moved although the ground did not.
MEMO_NOTES: Final = {
    "worked_again": (
        "Released under one record while the ground stays open under another: work done, but no "
        "ground released."
    ),
    "recorded_again": "Recorded as hazardous on ground that another record already held open.",
}
MEMOS: Final = tuple(MEMO_NOTES)

#: Suspected and confirmed together; movements between the two do not touch it.
OPEN: Final = "open"
#: The columns of a statement: every account of the ledger, and open land.
COLUMNS: Final = (OPEN, *accounts.ACCOUNTS)

_TERM_OF_KIND: Final = {
    "recorded": "newly_identified",
    "extended": "extended",
    "reopened": "reopened",
    "cancelled": "cancelled",
    "reduced": "reduced",
    "cleared": "cleared",
    "released_not_recorded": "released_not_recorded",
    "reclassified": "reclassified",
    "corrected": "corrected",
    "voided": "voided",
    "split": "split_merged",
    "merged": "split_merged",
    "historic": "historic",
}
#: Kinds of line that may themselves move land between suspected and confirmed.
_MAY_RECLASSIFY: Final = ("reclassified", "split", "merged")
_HAZARD_KINDS: Final = ("recorded", "extended")
_PLACE: Final = {account: place for place, account in enumerate(accounts.ACCOUNTS)}
_OPEN_PLACES: Final = [_PLACE[account] for account in accounts.OPEN]
_RELEASED_PLACES: Final = [_PLACE[account] for account in accounts.RELEASED]
_STOCKS: Final = (OPENING, CLOSING)
#: Terms by number, the two stocks and the memos behind them.
_NAMES: Final = (*TERMS, *_STOCKS, *MEMOS)
_NUMBER: Final = {name: number for number, name in enumerate(_NAMES)}


@dataclass(frozen=True)
class LineShares:
    """How the area of lines divides over keys (administrative units); columns of one length.

    Attributes
    ----------
    line
        Row of the line.
    key
        Key of the unit, or of what lies outside all units.
    mm2
        Share, whole mm². The shares of a line sum to its area.
    """

    line: NDArray[np.int64]
    key: NDArray[np.object_]
    mm2: NDArray[np.int64]

    def __post_init__(self) -> None:
        if not len(self.line) == len(self.key) == len(self.mm2):
            raise LedgerError(
                f"The columns of shares differ in length: {len(self.line)} lines, "
                f"{len(self.key)} keys, {len(self.mm2)} areas."
            )


@dataclass(frozen=True)
class StatementRow:
    """One row of a statement.

    Attributes
    ----------
    key
        Key of the row.
    opening, closing
        mm² by column (:data:`COLUMNS`) before the first and after the last day.
    terms
        mm² by term and column, with the sign of the change: what was cleared is negative in
        ``open`` and positive in ``cleared``. Every term of :data:`TERMS` is there, also with 0.
    memos
        mm² by memo (:data:`MEMOS`): they are no part of the sum.
    """

    key: str
    opening: dict[str, int]
    terms: dict[str, dict[str, int]]
    closing: dict[str, int]
    memos: dict[str, int]

    def residuals(self) -> dict[str, int]:
        """Opening plus terms minus closing by column: 0 wherever the books are right.

        Returns
        -------
        dict of str to int
            mm² by column.
        """
        return {
            column: self.opening[column]
            + sum(self.terms[term][column] for term in TERMS)
            - self.closing[column]
            for column in COLUMNS
        }

    @property
    def residual(self) -> int:
        """Sum of what is left over in any column, without signs: 0."""
        return sum(abs(mm2) for mm2 in self.residuals().values())


@dataclass(frozen=True)
class Statement:
    """The statement of a period in one scope.

    Attributes
    ----------
    since, until
        First and last day; None where the period has no such bound.
    scope
        ``any`` or a contamination class.
    rows
        One row for each key, sorted by key.
    overlap
        Ground minus claims where the rows count claims, else all 0.
    total
        Ground counted once.
    """

    since: np.datetime64 | None
    until: np.datetime64 | None
    scope: str
    rows: list[StatementRow]
    overlap: StatementRow
    total: StatementRow

    @property
    def residual(self) -> int:
        """What is left over in any row, and in rows (if any) plus overlap minus total: 0."""
        parts = [*self.rows, self.overlap]
        left = sum(row.residual for row in [*parts, self.total])
        return left + (_apart(parts, self.total) if self.rows else 0)


def _apart(parts: list[StatementRow], total: StatementRow) -> int:
    """Return by how much parts and total differ, over all figures but the memos."""
    out = 0
    for column in COLUMNS:
        out += abs(sum(row.opening[column] for row in parts) - total.opening[column])
        out += abs(sum(row.closing[column] for row in parts) - total.closing[column])
        for term in TERMS:
            parts_sum = sum(row.terms[term][column] for row in parts)
            out += abs(parts_sum - total.terms[term][column])
    return out


def statement(
    lines: Lines,
    since: Day = None,
    until: Day = None,
    *,
    keys: Mapping[str, str] | NDArray[np.object_] | None = None,
    count: str = "claims",
    shares: LineShares | None = None,
    opening_shares: LineShares | None = None,
    scope: str = "any",
) -> Statement:
    """State what changed in a period, and why.

    Parameters
    ----------
    lines
        The ledger lines.
    since, until
        First and last day, both inclusive. None for *from the beginning* (the opening then holds
        only what has no date) and *to the end*. Lines without a date belong to every opening.
    keys
        What the rows are by: a key for each line, or for each hazard id. None for no rows (or
        rows by ``shares``).
    count
        What rows by ``keys`` count: ``claims`` (what each record holds, for rows by hazard; an
        overlap row joins them to the ground) or ``ground`` (each line's movement of the ground,
        for rows by the organisation or the method of the event; they sum to the total).
    shares
        Shares of the lines by unit under the boundaries of the report date: the rows then count
        ground by unit and sum to the total exactly.
    opening_shares
        Shares of the lines before the period under the boundaries of the opening, where those
        differ: the reform becomes a term.
    scope
        ``any`` (ground counted once over all classes) or a contamination class.

    Returns
    -------
    Statement
        Rows, the overlap row and the total.

    Raises
    ------
    LedgerError
        If the scope or ``count`` is unknown, the period ends before it starts, a line of an
        unknown kind moves ground, a line has no key, or shares do not sum to their lines.
    """
    if scope not in accounts.SCOPE_BIT:
        raise LedgerError(f"Scope {scope!r} is unknown; known are {', '.join(accounts.SCOPES)}.")
    if count not in ("claims", "ground"):
        raise LedgerError(f"Rows count claims or ground, not {count!r}.")
    if shares is not None and keys is not None:
        raise LedgerError("Rows are by keys or by shares, not both.")
    if opening_shares is not None and shares is None:
        raise LedgerError("Shares at the opening need shares at the closing beside them.")
    first, last = _day(since), _day(until)
    if first is not None and last is not None and last < first:
        raise LedgerError(f"The period from {first} to {last} ends before it starts.")
    chosen = np.flatnonzero((lines.scopes & accounts.SCOPE_BIT[scope]) > 0)
    moves = _moves(lines, chosen, first, last)
    total = _rows(moves.ground(), np.zeros(len(chosen), dtype=np.int64), moves.mm2, [TOTAL])[0]
    rows: list[StatementRow] = []
    overlap = _zero(OVERLAP)
    if shares is not None:
        rows = _rows_by_unit(moves, lines, shares, opening_shares)
    elif keys is not None:
        names, group = np.unique(keys_of(lines, keys)[chosen].astype(str), return_inverse=True)
        by = moves.claims() if count == "claims" else moves.ground()
        rows = _rows(by, group.astype(np.int64), moves.mm2, names.tolist())
        if count == "claims":
            overlap = _difference(moves)
    return Statement(first, last, scope, rows, overlap, total)


# -------------------------------------------------------------------- movements


@dataclass(frozen=True)
class _Sides:
    """What one way of counting (claims, or ground once) makes of lines."""

    source: NDArray[np.int64]
    target: NDArray[np.int64]
    term: NDArray[np.int64]
    opening: NDArray[np.bool_]
    within: NDArray[np.bool_]
    closing: NDArray[np.bool_]
    memo: NDArray[np.int64]

    def take(self, rows: NDArray[np.int64]) -> _Sides:
        return _Sides(
            self.source[rows],
            self.target[rows],
            self.term[rows],
            self.opening[rows],
            self.within[rows],
            self.closing[rows],
            self.memo[rows],
        )


@dataclass(frozen=True)
class _Moves:
    """The chosen lines, as numbers."""

    line: NDArray[np.int64]
    mm2: NDArray[np.int64]
    kind: NDArray[np.object_]
    claim: tuple[NDArray[np.int64], NDArray[np.int64]]
    own: tuple[NDArray[np.int64], NDArray[np.int64]]
    opening: NDArray[np.bool_]
    within: NDArray[np.bool_]
    closing: NDArray[np.bool_]

    def ground(self) -> _Sides:
        return self._sides(*self.own)

    def claims(self) -> _Sides:
        return self._sides(*self.claim)

    def _sides(self, source: NDArray[np.int64], target: NDArray[np.int64]) -> _Sides:
        return _Sides(
            source,
            target,
            _terms(self.kind, source, target),
            self.opening,
            self.within,
            self.closing,
            self._memo(),
        )

    def _memo(self) -> NDArray[np.int64]:
        """Return the memo of each line, −1 for none."""
        stays_open = np.isin(self.own[0], _OPEN_PLACES) & np.isin(self.own[1], _OPEN_PLACES)
        was_open = np.isin(self.claim[0], _OPEN_PLACES)
        released = was_open & np.isin(self.claim[1], _RELEASED_PLACES)
        opened = ~was_open & np.isin(self.claim[1], _OPEN_PLACES)
        opened &= np.isin(self.kind, _HAZARD_KINDS)
        memo = np.full(len(self.line), -1, dtype=np.int64)
        memo[stays_open & released] = _NUMBER["worked_again"]
        memo[stays_open & opened] = _NUMBER["recorded_again"]
        return memo


def _moves(
    lines: Lines,
    chosen: NDArray[np.int64],
    first: np.datetime64 | None,
    last: np.datetime64 | None,
) -> _Moves:
    on = lines.on[chosen]
    undated = np.isnat(on)
    opening = undated.copy() if first is None else undated | (on < first)
    closing = np.ones(len(on), dtype=bool) if last is None else undated | (on <= last)
    within = ~undated
    if first is not None:
        within &= on >= first
    if last is not None:
        within &= on <= last
    return _Moves(
        line=chosen,
        mm2=lines.mm2[chosen],
        kind=lines.kind[chosen],
        claim=(_places(lines.claim_from[chosen]), _places(lines.claim_to[chosen])),
        own=(_places(lines.ground_from[chosen]), _places(lines.ground_to[chosen])),
        opening=np.asarray(opening, dtype=bool),
        within=np.asarray(within, dtype=bool),
        closing=np.asarray(closing, dtype=bool),
    )


def _places(names: NDArray[np.object_]) -> NDArray[np.int64]:
    return np.array([_PLACE[name] for name in names.tolist()], dtype=np.int64)


def _terms(
    kind: NDArray[np.object_], source: NDArray[np.int64], target: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the term of each movement.

    A line tells its cause by its kind, save in two cases that its kind cannot know: ground that
    changes between suspected and confirmed because of what *another* record holds (overlap), and
    ground taken from an undated historic release, which was neither new nor reopened (historic).
    """
    moving = source != target
    unknown = set(kind[moving].tolist()) - _TERM_OF_KIND.keys()
    if unknown:
        raise LedgerError(
            f"Lines of the kind {', '.join(sorted(map(repr, unknown)))} move land, but belong to "
            f"no term of a statement; known are {', '.join(_TERM_OF_KIND)}."
        )
    term = np.array(
        [_NUMBER[_TERM_OF_KIND.get(name, "overlap")] for name in kind.tolist()], dtype=np.int64
    )
    between_open = np.isin(source, _OPEN_PLACES) & np.isin(target, _OPEN_PLACES)
    term[between_open & ~np.isin(kind, _MAY_RECLASSIFY)] = _NUMBER["overlap"]
    from_released = np.isin(source, _RELEASED_PLACES) & np.isin(target, _OPEN_PLACES)
    term[from_released & np.isin(kind, _HAZARD_KINDS)] = _NUMBER["historic"]
    return term


# -------------------------------------------------------------------- sums


def _rows(
    sides: _Sides, group: NDArray[np.int64], mm2: NDArray[np.int64], keys: list[str]
) -> list[StatementRow]:
    """Add up movements by group, term and pair of accounts, exactly."""
    moving = sides.source != sides.target
    parts = [
        (moving & sides.opening, np.full(len(mm2), _NUMBER[OPENING])),
        (moving & sides.within, sides.term),
        (moving & sides.closing, np.full(len(mm2), _NUMBER[CLOSING])),
        (sides.within & (sides.memo >= 0), sides.memo),
    ]
    at = np.concatenate([np.flatnonzero(mask) for mask, _ in parts])
    name = np.concatenate([term[mask] for mask, term in parts])
    size = len(_PLACE)
    code = ((group[at] * len(_NAMES) + name) * size + sides.source[at]) * size + sides.target[at]
    codes, place = np.unique(code, return_inverse=True)
    high, low = np.zeros(len(codes), dtype=np.int64), np.zeros(len(codes), dtype=np.int64)
    # Two halves of 31 bits each are added up as int64, which 2**32 lines cannot overflow.
    np.add.at(high, place, mm2[at] >> 31)
    np.add.at(low, place, mm2[at] & (2**31 - 1))
    rows = [_zero(key) for key in keys]
    for number, upper, lower in zip(codes.tolist(), high.tolist(), low.tolist(), strict=True):
        number, target = divmod(number, size)
        number, source = divmod(number, size)
        row, named = divmod(number, len(_NAMES))
        _add(rows[row], _NAMES[named], source, target, (upper << 31) + lower)
    return rows


def _zero(key: str) -> StatementRow:
    return StatementRow(
        key,
        dict.fromkeys(COLUMNS, 0),
        {term: dict.fromkeys(COLUMNS, 0) for term in TERMS},
        dict.fromkeys(COLUMNS, 0),
        dict.fromkeys(MEMOS, 0),
    )


def _add(row: StatementRow, name: str, source: int, target: int, mm2: int) -> None:
    """Add a movement to a row under a term, a stock or a memo."""
    if name in row.memos:
        row.memos[name] += mm2
        return
    sums = {OPENING: row.opening, CLOSING: row.closing}.get(name) or row.terms[name]
    for place, sign in ((source, -1), (target, 1)):
        account = accounts.ACCOUNTS[place]
        sums[account] += sign * mm2
        if account in accounts.OPEN:
            sums[OPEN] += sign * mm2


def _difference(moves: _Moves) -> StatementRow:
    """Return ground minus claims, added up from the lines on which the two differ."""
    apart = (moves.claim[0] != moves.own[0]) | (moves.claim[1] != moves.own[1])
    rows = np.flatnonzero(apart)
    once = np.zeros(len(rows), dtype=np.int64)
    ground, claims = (
        _rows(sides.take(rows), once, moves.mm2[rows], [OVERLAP])[0]
        for sides in (moves.ground(), moves.claims())
    )
    return StatementRow(
        OVERLAP,
        _minus(ground.opening, claims.opening),
        {term: _minus(ground.terms[term], claims.terms[term]) for term in TERMS},
        _minus(ground.closing, claims.closing),
        dict.fromkeys(MEMOS, 0),
    )


def _minus(a: dict[str, int], b: dict[str, int]) -> dict[str, int]:
    return {name: mm2 - b[name] for name, mm2 in a.items()}


def _rows_by_unit(
    moves: _Moves, lines: Lines, shares: LineShares, opening_shares: LineShares | None
) -> list[StatementRow]:
    """Return rows of ground by unit, with the boundary reform where there was one."""
    after, of_after = _shared_out(moves, lines, shares, np.ones(len(moves.line), dtype=bool))
    before_keys = np.empty(0, dtype=object) if opening_shares is None else opening_shares.key
    names = sorted({*map(str, shares.key.tolist()), *map(str, before_keys.tolist())})
    number = {name: place for place, name in enumerate(names)}

    def group(given: LineShares, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.array([number[str(key)] for key in given.key[rows].tolist()], dtype=np.int64)

    ground = moves.ground()
    rows = _rows(ground.take(of_after), group(shares, after), shares.mm2[after], names)
    if opening_shares is None:
        return rows
    before, of_before = _shared_out(moves, lines, opening_shares, moves.opening)
    old = _rows(
        ground.take(of_before),
        group(opening_shares, before),
        opening_shares.mm2[before],
        names,
    )
    return [
        StatementRow(
            new.key,
            then.opening,
            {**new.terms, BOUNDARY_REFORM: _minus(new.opening, then.opening)},
            new.closing,
            new.memos,
        )
        for new, then in zip(rows, old, strict=True)
    ]


def _shared_out(
    moves: _Moves, lines: Lines, shares: LineShares, needed: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the shares of the needed lines, and the place of their line among the moves.

    Raises
    ------
    LedgerError
        If the shares of such a line do not sum to its area: land would be lost between units.
    """
    place_of = np.full(len(lines), -1, dtype=np.int64)
    place_of[moves.line[needed]] = np.flatnonzero(needed)
    rows = np.flatnonzero(place_of[shares.line] >= 0)
    sums = np.zeros(len(lines), dtype=np.int64)
    np.add.at(sums, shares.line[rows], shares.mm2[rows])
    wrong = moves.line[needed][sums[moves.line[needed]] != moves.mm2[needed]]
    if len(wrong):
        line = int(wrong[0])
        raise LedgerError(
            f"The shares of {len(wrong)} lines do not sum to their area; the first is line {line} "
            f"({lines.kind[line]} by {lines.uid[line]}): {sums[line]} mm² of {lines.mm2[line]}. "
            f"Divide the lines over the units again."
        )
    return rows, place_of[shares.line[rows]]


def _day(day: date | str | np.datetime64 | None) -> np.datetime64 | None:
    return None if day is None else np.array([day], dtype="datetime64[D]")[0]
