"""What a figure is the sum of: ledger lines or records, each with the part that it adds.

A figure of land is a sum over ledger lines, each with a sign. What sign a line has in a term of
the statement is not decided here a second time: the statement itself is asked what one square
millimetre of each sort of line does (:func:`coefficients`), so that a trace and the printed figure
cannot part ways.

Columns of figures about land:

* ``suspected``, ``confirmed``, ``open``, ``cancelled``, … (an account): what stands in it at the
  end of a day, or of the period;
* a term of the statement (``cleared``, ``newly_identified``, …) over a period: what it did to the
  account of its own name, or to open land where there is no such account;
* ``<term>.<account>``: what a term did to an account, with its sign; ``opening.<account>`` and
  ``closing.<account>``: what stood there before the first and after the last day; ``opening`` and
  ``closing`` alone: open land;
* ``worked_again``, ``recorded_again``: the memos of the statement.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landrelease import land
from landrelease.land import FigureId, accounts
from landrelease.land.statement import BOUNDARY_REFORM, COLUMNS, MEMOS, OPEN, TERMS

from . import (
    balances,
    bulk,
    question_figures,
    record_contributions,
    references,
    released,
    row_keys,
    scopes,
    shares,
)
from .errors import DecisionRefused, RegisterError
from .models import Release

OPENING, CLOSING = "opening", "closing"
#: Key of the row by hazard that holds what was released elsewhere.
HISTORIC_RELEASES = "historic releases"
IDENTIFIED = "identified"


@dataclass(frozen=True)
class Contributions:
    """The parts of one figure; columns of one length.

    Attributes
    ----------
    figure
        The figure.
    unit
        ``mm2``, ``m2``, ``areas``, ``persons``, …
    amount
        What each part adds to the figure, with its sign.
    lines
        The ledger lines; None where the figure counts records.
    ids
        Numbers of these lines in the register; None where the ledger was posted once more for the
        scope of the figure (:mod:`.scopes`), and they have none.
    record_types, record
        Types among which the records are, and the id of each; empty where the figure sums lines.
    """

    figure: FigureId
    unit: str
    amount: NDArray[Any]
    lines: land.Lines | None = None
    ids: NDArray[np.int64] | None = None
    record_types: tuple[str, ...] = ()
    record: NDArray[np.object_] | None = None

    def __len__(self) -> int:
        return len(self.amount)

    @property
    def total(self) -> int | Decimal:
        """The figure: the exact sum of its parts."""
        return sum(self.amount.tolist(), 0)


@dataclass
class Books:
    """What is read from the register, kept while many figures are looked at."""

    _grounds: dict[tuple[str, int], scopes.ScopedGround] = field(default_factory=dict)
    _units: dict[int, list[shares.Unit]] = field(default_factory=dict)
    _shares: dict[Any, dict[str, tuple[NDArray[np.int64], NDArray[np.int64]]]] = field(
        default_factory=dict
    )
    _signs: dict[Any, NDArray[np.int64]] = field(default_factory=dict)

    def ground(self, name: str, seq: int) -> scopes.ScopedGround:
        """Lines of a scope as known at an entry."""
        if (name, seq) not in self._grounds:
            self._grounds[name, seq] = scopes.ground(name, seq)
        return self._grounds[name, seq]

    def units(self, seq: int) -> list[shares.Unit]:
        """Administrative units as known at an entry."""
        if seq not in self._units:
            self._units[seq] = shares.units(seq)
        return self._units[seq]

    def shares(
        self, ground: scopes.ScopedGround, epoch: shares.Epoch | None, key: str
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Rows of the lines with ground in a unit, and how much of each lies there, mm²."""
        at = (ground.name, ground.seq, None if epoch is None else epoch.sha256)
        if at not in self._shares:
            found = ground.shares(epoch)
            names, place = np.unique(found.key.astype(str), return_inverse=True)
            order = np.argsort(place, kind="stable")
            cuts = np.searchsorted(place[order], np.arange(1, len(names)))
            # Splitting nothing would still give one piece.
            rows = np.split(found.line[order], cuts)[: len(names)]
            areas = np.split(found.mm2[order], cuts)[: len(names)]
            self._shares[at] = dict(zip(names.tolist(), zip(rows, areas, strict=True), strict=True))
        none = np.empty(0, dtype=np.int64)
        return self._shares[at].get(key, (none, none))

    def signs(self, ground: scopes.ScopedGround, figure: FigureId) -> NDArray[np.int64]:
        """How often each line of a scope counts in a figure, whatever the figure is by."""
        claims = figure.by == "hazard"
        about = replace(figure, by="", key="", scope="any")
        at = (ground.name, about, claims)
        if at not in self._signs:
            chosen = np.flatnonzero(ground.in_scope)
            sign = np.zeros(len(ground.lines), dtype=np.int64)
            sign[chosen] = signs(ground.lines.take(chosen), figure, claims=claims)
            self._signs[at] = sign
        return self._signs[at]


def of(figure: FigureId, books: Books | None = None) -> Contributions:
    """Find what a figure is the sum of.

    Parameters
    ----------
    figure
        Id of the figure.
    books
        What was read for other figures, to be used again.

    Returns
    -------
    Contributions
        Its parts; parts that add nothing are left out.

    Raises
    ------
    RegisterError
        When no figure of the register has this column, key or scope.
    """
    books = Books() if books is None else books
    if figure.topic == "land" and figure.column == "in_question":
        return _in_question(figure, books)
    if figure.topic == "land" and figure.column not in record_contributions.COLUMNS:
        return _of_land(figure, books)
    unit, record_types, counted = record_contributions.of(figure)
    return _records(figure, unit, record_types, counted)


# --- land ----------------------------------------------------------------------------------------


def _of_land(figure: FigureId, books: Books) -> Contributions:
    ground = books.ground(figure.key if figure.by == "class" else figure.scope, figure.seq)
    if _column(figure)[0] == BOUNDARY_REFORM and figure.by == "unit":
        return _reformed(figure, ground, books)
    sign = books.signs(ground, figure)
    rows, amount = _in_row(figure, ground, sign, books)
    return _lines(figure, ground, rows, amount)


def _lines(
    figure: FigureId,
    ground: scopes.ScopedGround,
    rows: NDArray[np.int64],
    amount: NDArray[np.int64],
) -> Contributions:
    return Contributions(
        figure,
        "mm2",
        amount,
        lines=ground.lines.take(rows),
        ids=None if ground.ids is None else ground.ids[rows],
    )


def _in_row(
    figure: FigureId, ground: scopes.ScopedGround, sign: NDArray[np.int64], books: Books
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Lines that count in the row of a figure, and what each adds to it."""
    if figure.by == "unit":
        opening = figure.column.partition(".")[0] == OPENING
        rows, mm2 = books.shares(ground, _epoch(figure, books, opening=opening), figure.key)
        counted = np.flatnonzero(sign[rows])
        rows = rows[counted]
        return rows, mm2[counted] * sign[rows]
    rows = np.flatnonzero(sign)
    match figure.by:
        case "" | "class":
            keep = np.ones(len(rows), dtype=bool)
        case "hazard":
            keep = np.isin(ground.lines.hazard[rows].astype(str), _hazards(figure))
        case "organisation" | "method":
            keys, _ = row_keys.record_keys(ground.lines.take(rows), figure.by, figure.seq)
            keep = keys.astype(str) == figure.key
        case _:
            raise RegisterError(
                f"{figure}: land is counted by unit, class, hazard, organisation or method, not "
                f"by {figure.by!r}"
            )
    rows = rows[keep]
    return rows, ground.lines.mm2[rows] * sign[rows]


def _reformed(figure: FigureId, ground: scopes.ScopedGround, books: Books) -> Contributions:
    """The opening of a unit under new boundaries less that under the old ones (rule 11)."""
    account = _column(figure)[1]
    opening = replace(figure, column=f"{OPENING}.{account}")
    sign = books.signs(ground, opening)
    change = np.zeros(len(sign), dtype=np.int64)
    for old, times in ((False, 1), (True, -1)):
        rows, mm2 = books.shares(ground, _epoch(figure, books, opening=old), figure.key)
        np.add.at(change, rows, times * mm2 * sign[rows])
    rows = np.flatnonzero(change)
    return _lines(figure, ground, rows, change[rows])


def _in_question(figure: FigureId, books: Books) -> Contributions:
    """Released land on which evidence of a hazard was recorded since (rule 6), by activity.

    It is measured as one polygon, in which ground counts once. What an activity adds is what the
    polygon grows by when its ground comes to that of those before it.
    """
    found = question_figures.in_question(figure.until, figure.seq)
    scope = figure.key if figure.by == "class" else figure.scope
    bits = released.ALL_SCOPES if scope == "any" else accounts.SCOPE_BIT[scope]
    order = sorted(found)
    if figure.by in ("hazard", "organisation", "method"):
        key_of = row_keys.keys_of_activities(order, figure.by, figure.seq)
        kept = [uid for uid in order if key_of[uid] == figure.key]
        amounts = [question_figures.ground_in_question([found[uid]], bits)[1] for uid in kept]
        return _records(figure, "mm2", ("activity",), dict(zip(kept, amounts, strict=True)))
    epoch = _epoch(figure, books, opening=False) if figure.by == "unit" else None
    sums = [0]
    for count in range(1, len(order) + 1):
        polygon, mm2 = question_figures.ground_in_question(
            [found[uid] for uid in order[:count]], bits
        )
        if figure.by == "unit":
            parts = question_figures.divided(polygon, mm2, epoch, figure.seq)
            mm2 = sum(part for key, part in parts if key == figure.key)
        sums.append(mm2)
    grown = np.diff(np.array(sums, dtype=np.int64)).tolist()
    return _records(figure, "mm2", ("activity",), dict(zip(order, grown, strict=True)))


def _records(
    figure: FigureId, unit: str, types: tuple[str, ...], counted: Mapping[str, int | Decimal]
) -> Contributions:
    uids = [uid for uid, amount in counted.items() if amount]
    return Contributions(
        figure,
        unit,
        bulk.objects([counted[uid] for uid in uids]),
        record_types=types,
        record=bulk.objects(uids),
    )


def signs(lines: land.Lines, figure: FigureId, *, claims: bool = False) -> NDArray[np.int64]:
    """Say how often each line counts in a figure: 1, 0 or -1.

    Parameters
    ----------
    lines
        The lines.
    figure
        Id of the figure; what it is by does not matter here.
    claims
        Whether the claims of hazards are counted, instead of ground once.

    Returns
    -------
    ndarray of int64
        One number for each line.
    """
    term, account = _column(figure)
    if term in (OPENING, CLOSING):
        held = _held(lines, account, claims=claims)
        before = _before(lines, figure)
        return np.where(before if term == OPENING else _until(lines, figure.until), held, 0)
    within = ~np.isnat(lines.on) & ~_before(lines, figure) & _until(lines, figure.until)
    return np.where(within, coefficients(lines, term, account, claims=claims), 0)


def _column(figure: FigureId) -> tuple[str, str]:
    """Term (or opening, closing) and account of a column."""
    first, _, second = figure.column.partition(".")
    columns = (*COLUMNS, IDENTIFIED)
    terms = (*TERMS, *MEMOS, OPENING, CLOSING)
    if second:
        if first in terms and second in columns:
            return first, second
    elif figure.is_flow and first in terms:
        own = first in COLUMNS
        return first, first if own else OPEN
    elif first in (OPENING, CLOSING):
        return first, OPEN
    elif first in columns:
        return CLOSING, first
    raise RegisterError(
        f"{figure}: no figure about land has the column {figure.column!r}; known are the accounts "
        f"{', '.join(columns)}, and over a period the terms {', '.join(TERMS)}"
    )


def _before(lines: land.Lines, figure: FigureId) -> NDArray[np.bool_]:
    """What belongs to the opening: all before the first day, and what has no date."""
    undated = np.isnat(lines.on)
    if figure.since is None:
        return np.asarray(undated, dtype=bool)
    return np.asarray(undated | (lines.on < np.datetime64(figure.since, "D")), dtype=bool)


def _until(lines: land.Lines, until: date | None) -> NDArray[np.bool_]:
    if until is None:
        return np.ones(len(lines), dtype=bool)
    return np.asarray(np.isnat(lines.on) | (lines.on <= np.datetime64(until, "D")), dtype=bool)


def _held(lines: land.Lines, account: str, *, claims: bool) -> NDArray[np.int64]:
    names = {
        OPEN: accounts.OPEN,
        IDENTIFIED: accounts.INTERNAL,
    }.get(account, (account,))
    source, target = (
        (lines.claim_from, lines.claim_to) if claims else (lines.ground_from, lines.ground_to)
    )
    into = np.isin(target.astype(str), names).astype(np.int64)
    return np.asarray(into - np.isin(source.astype(str), names), dtype=np.int64)


def coefficients(
    lines: land.Lines, term: str, account: str, *, claims: bool = False
) -> NDArray[np.int64]:
    """Ask the statement what one mm² of each sort of line does to an account under a term.

    Parameters
    ----------
    lines
        The lines.
    term, account
        Term or memo, and column, of the statement.
    claims
        Whether the claims of hazards are counted, instead of ground once.

    Returns
    -------
    ndarray of int64
        1, 0 or -1 for each line.
    """
    if not len(lines):
        return np.zeros(0, dtype=np.int64)
    code = np.zeros(len(lines), dtype=np.int64)
    for name in ("kind", "claim_from", "claim_to", "ground_from", "ground_to"):
        values, place = np.unique(getattr(lines, name).astype(str), return_inverse=True)
        code = code * len(values) + place
    _, example, sort = np.unique(code, return_index=True, return_inverse=True)
    few = lines.take(example)
    day = np.full(len(few), np.datetime64("2000-01-01", "D"))
    one = land.Lines(
        **{
            **{name: getattr(few, name) for name in _KEPT},
            "on": day,
            "scopes": np.full(len(few), accounts.SCOPE_BIT["any"], dtype=np.uint8),
            "mm2": np.ones(len(few), dtype=np.int64),
        }
    )
    keys = bulk.objects([str(number) for number in range(len(few))])
    said = land.statement(one, day[0], day[0], keys=keys, count="claims" if claims else "ground")
    by_sort = np.zeros(len(few), dtype=np.int64)
    for row in said.rows:
        by_sort[int(row.key)] = row.memos[term] if term in MEMOS else row.terms[term][account]
    return np.asarray(by_sort[sort.ravel()], dtype=np.int64)


_KEPT = (
    "event",
    "uid",
    "kind",
    "hazard",
    "claim_from",
    "claim_to",
    "ground_from",
    "ground_to",
    "exact",
    "piece",
)


# --- by unit, hazard, operator -------------------------------------------------------------------


def _epoch(figure: FigureId, books: Books, *, opening: bool) -> shares.Epoch | None:
    """The boundaries that a figure by unit uses: those of its last day, or before its first."""
    units = books.units(figure.seq)
    levels = {unit.level for unit in units if unit.key == figure.key}
    if not levels and figure.key not in (balances.OUTSIDE_ALL, balances.NO_PLACE):
        raise RegisterError(f"{figure}: no administrative unit {figure.key!r} is recorded")
    level = shares.level_of(units, next(iter(levels)) if len(levels) == 1 else None)
    on = figure.until
    if opening and figure.since is not None:
        on = figure.since - timedelta(days=1)
    return shares.epoch_on(units, level, on)


def _hazards(figure: FigureId) -> list[str]:
    """Ids of the hazards in a row by hazard: one (``HA-3``), or all historic releases."""
    if figure.key == HISTORIC_RELEASES:
        historic = Release.objects.filter(standing=Release.HISTORIC)
        return list(historic.values_list("activity_uid", flat=True))
    try:
        return [str(references.by_ref(figure.key, "hazard").uid)]
    except DecisionRefused as error:
        raise RegisterError(f"{figure}: {error}") from None
