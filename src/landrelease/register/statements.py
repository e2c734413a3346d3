"""The statement of a period: opening, every cause of change, closing; each figure with its id.

:func:`landrelease.land.statement` adds up the terms, each from its own lines; this module gives it
the lines as known at a journal entry, divides them over the boundaries of the report date (rule
11), and holds the closing against the measured geometry (rule 12).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landrelease import land
from landrelease.land import accounts
from landrelease.land.counts import COUNT_MEMOS, COUNT_TERMS, CountRow
from landrelease.land.statement import COLUMNS, OPEN

from . import (
    balances,
    beside,
    bulk,
    codes,
    counted,
    figures,
    knowledge,
    question_figures,
    row_keys,
    shares,
    totals,
)
from . import lines as ledger_lines
from .errors import RegisterError

#: What the rows of a statement can be by.
BY = ("unit", "class", "hazard", "organisation", "method")

_WITHIN = ("open", *accounts.OPEN)


@dataclass(frozen=True)
class Line:
    """One row of a statement.

    Attributes
    ----------
    key, label
        Key of the row and what to call it.
    amounts
        The row as the ledger gives it: opening, terms, closing and memos in whole mm².
    ids
        Figure ids by column: ``opening.open``, ``cleared.open``, ``closing.confirmed``,
        ``worked_again``. An amount in another column of the ledger has an id of the same shape.
    counts
        How the number of areas closes (rule 10); None where rows are by no place and no class.
    count_ids
        Figure ids of the numbers of areas: ``opening``, ``new``, ``closing``.
    declared
        What accepted reports without a polygon state as released in the period, and how many they
        are (rule 8): reported, not decided, in no term.
    """

    key: str
    label: str
    amounts: land.StatementRow
    ids: dict[str, str]
    counts: CountRow | None = None
    count_ids: dict[str, str] = field(default_factory=dict)
    declared: counted.Numbers = field(default_factory=counted.Numbers)

    @property
    def opening(self) -> int:
        """Open land before the first day, mm²."""
        return self.amounts.opening[OPEN]

    @property
    def closing(self) -> int:
        """Open land after the last day, mm²."""
        return self.amounts.closing[OPEN]

    def term(self, name: str, column: str = OPEN) -> int:
        """What a term did to a column, mm², with its sign."""
        return self.amounts.terms[name][column]

    def to_json(self) -> dict[str, Any]:
        row = self.amounts
        return {
            "key": self.key,
            "label": self.label,
            "opening_mm2": _texts(row.opening),
            "terms_mm2": {term: _texts(row.terms[term]) for term in land.TERMS},
            "closing_mm2": _texts(row.closing),
            "memos_mm2": {name: str(mm2) for name, mm2 in row.memos.items()},
            "residual_mm2": str(row.residual),
            "declared_released_m2": f"{self.declared.declared_released_m2:f}",
            "area_only": self.declared.area_only,
            "figures": self.ids,
            "counts": None if self.counts is None else beside.count_json(self.counts),
            "count_figures": self.count_ids,
        }


def _texts(sums: Mapping[str, int]) -> dict[str, str]:
    return {name: str(sums[name]) for name in COLUMNS}


@dataclass(frozen=True)
class PeriodStatement:
    """The statement of a period.

    Attributes
    ----------
    since, until
        First and last day; None without such a bound.
    by
        What the rows are by; None for the total alone.
    known_seq
        Last journal entry that the figures know.
    rows, total
        The rows, and ground counted once. Rows by unit, organisation and method sum to the total;
        rows by class overlap and are never summed; rows by hazard sum to it with the row overlap.
    measured_mm2
        Closing as measured on the dissolved geometry, by account; None when not measured.
    drift_mm2, drift_bound_mm2
        Booked closing minus measured closing where it is largest, and the bound of 1 mm² a line.
    reform
        Whether the boundaries at the opening differ from those of the report date.
    counts_residual
        What is left over between opening, terms and closing of the numbers of areas: 0. An area
        counts in each unit where it has open ground and in each class that is open on it, so that
        such rows may sum to more than the total, in which it counts once.
    """

    since: date | None
    until: date | None
    by: str | None
    known_seq: int
    rows: list[Line]
    total: Line
    residual_mm2: int
    measured_mm2: dict[str, float] | None
    drift_mm2: float
    drift_bound_mm2: int
    reform: bool = False
    counts_residual: int = 0
    notes: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        measured = self.measured_mm2
        return {
            "since": None if self.since is None else self.since.isoformat(),
            "until": None if self.until is None else self.until.isoformat(),
            "known_seq": self.known_seq,
            "by": self.by,
            "rows": [row.to_json() for row in self.rows],
            "total": self.total.to_json(),
            "residual_mm2": str(self.residual_mm2),
            "counts_residual": self.counts_residual,
            "closing_measured_mm2": None
            if measured is None
            else {name: f"{area:.3f}" for name, area in measured.items()},
            "drift_mm2": f"{self.drift_mm2:.3f}",
            "drift_bound_mm2": str(self.drift_bound_mm2),
            "boundary_reform": self.reform,
            **self.notes,
        }


def statement(
    *,
    since: date | None = None,
    until: date | None = None,
    by: str | None = None,
    level: int | None = None,
    known_seq: int | None = None,
    scope: str = "any",
    measure: bool = True,
) -> PeriodStatement:
    """State what changed on the ground in a period, and why.

    Parameters
    ----------
    since, until
        First and last day; None for no such bound. What has no date belongs to the opening.
    by
        One of :data:`BY`, or None for the total alone.
    level
        Administrative level of the rows by unit; the finest by default.
    known_seq
        Last journal entry that counts (:func:`.knowledge.seq_at`); None for all.
    scope
        ``any`` (ground counted once over all classes) or a contamination class.
    measure
        Whether to hold the closing against the geometry.

    Returns
    -------
    PeriodStatement
        Rows and total, with figure ids.

    Raises
    ------
    RegisterError
        When ``by`` or ``scope`` is unknown, or the period ends before it starts.
    """
    if by is not None and by not in BY:
        raise RegisterError(f"a statement can be had by {', '.join(BY)}, not by {by!r}")
    if scope not in accounts.SCOPE_BIT:
        raise RegisterError(f"no class is called {scope!r}; known are {', '.join(land.SCOPES)}")
    if since is not None and until is not None and until < since:
        raise RegisterError(f"the period from {since} to {until} ends before it starts")
    seq = knowledge.head_seq() if known_seq is None else known_seq
    standing = ledger_lines.standing(known_seq)
    lines = standing.lines
    namer = _Namer(since, until, max(seq, 0), scope)
    reform = False
    if by == "unit":
        said, labels, reform = _by_unit(standing, since, until, level, known_seq, scope)
    elif by == "class":
        said, labels = land.statement(lines, since, until, scope=scope), {}
    elif by == "hazard":
        keys, labels = row_keys.hazard_keys()
        named = bulk.objects([keys.get(uid, uid) for uid in lines.hazard.tolist()])
        said = land.statement(lines, since, until, keys=named, scope=scope)
    elif by is not None:
        named, labels = row_keys.record_keys(lines, by, known_seq)
        said = land.statement(lines, since, until, keys=named, count="ground", scope=scope)
    else:
        said, labels = land.statement(lines, since, until, scope=scope), {}
    residual = said.residual
    if by == "class":
        rows = []
        for name in land.CLASSES:
            part = land.statement(lines, since, until, scope=name)
            residual += part.residual
            label = codes.CLASSES.get(name, "Class not recorded")
            rows.append(Line(name, label, part.total, namer.ids(part.total, "class", name)))
    else:
        rows = [
            Line(row.key, labels.get(row.key, row.key), row, namer.ids(row, by or "", row.key))
            for row in said.rows
        ]
        if by == "hazard":
            label = "ground held by several records, counted once"
            rows.append(Line(balances.OVERLAP, label, said.overlap, {}))
    total = Line("total", "Total, ground counted once", said.total, namer.ids(said.total, "", ""))
    also = beside.beside(beside.Question(since, until, by, level, max(seq, 0), scope), standing)
    rows = _with_beside(rows, by or "", labels, also, namer)
    rows.sort(key=lambda row: (_LAST.index(row.key) if row.key in _LAST else -1, row.label))
    total = namer.beside(total, "", also.total, also.declared)
    measured = _measured(until, known_seq, scope) if measure else None
    closing = lines.take(_until(lines, until, scope))
    return PeriodStatement(
        since=since,
        until=until,
        by=by,
        known_seq=seq,
        rows=rows,
        total=total,
        residual_mm2=residual,
        measured_mm2=measured,
        drift_mm2=0.0 if measured is None else _drift(said.total.closing, measured),
        drift_bound_mm2=len(closing),
        reform=reform,
        counts_residual=also.residual,
        notes=_notes(lines, known_seq),
    )


_LAST = (
    balances.NOT_RECORDED,
    balances.OTHER_ENTRIES,
    balances.OUTSIDE_ALL,
    balances.NO_PLACE,
    balances.OVERLAP,
)


def _with_beside(
    rows: list[Line],
    by: str,
    labels: Mapping[str, str],
    also: beside.Beside,
    namer: _Namer,
) -> list[Line]:
    """Put what is counted beside the areas into the rows; what has no area has a row of its own."""
    by_key = {row.key: row for row in rows}
    for key in {*also.rows, *also.declared_rows} - by_key.keys():
        nothing = _nothing(key)
        by_key[key] = Line(key, labels.get(key, key), nothing, namer.ids(nothing, by, key))
    none = _no_areas if by in beside.COUNTED_BY else lambda key: None
    return [
        namer.beside(
            row,
            by,
            also.rows.get(key, none(key)),
            also.declared_rows.get(key, counted.Numbers()),
        )
        for key, row in by_key.items()
    ]


def _nothing(key: str) -> land.StatementRow:
    """A row in which no ground is."""
    zeros = dict.fromkeys(COLUMNS, 0)
    terms = {term: dict(zeros) for term in land.TERMS}
    memos = dict.fromkeys(land.MEMO_NOTES, 0)
    return land.StatementRow(key, dict(zeros), terms, dict(zeros), memos)


def _no_areas(key: str) -> CountRow:
    return CountRow(key, 0, dict.fromkeys(COUNT_TERMS, 0), 0, dict.fromkeys(COUNT_MEMOS, 0))


def _until(lines: land.Lines, until: date | None, scope: str) -> NDArray[np.bool_]:
    chosen = (lines.scopes & accounts.SCOPE_BIT[scope]) > 0
    if until is not None:
        chosen &= np.isnat(lines.on) | (lines.on <= np.datetime64(until, "D"))
    return np.asarray(chosen, dtype=bool)


# --- by unit -------------------------------------------------------------------------------------


def _by_unit(
    standing: ledger_lines.Standing,
    since: date | None,
    until: date | None,
    level: int | None,
    seq: int | None,
    scope: str,
) -> tuple[land.Statement, dict[str, str], bool]:
    """Rows on the boundaries of the report date; where others held at the opening, the reform is
    a term of its own."""
    units = shares.units(seq)
    after = shares.epoch_on(units, level, until)
    before = after
    if since is not None:
        before = shares.epoch_on(units, level, since - timedelta(days=1))
    reform = _uids(before) != _uids(after)
    said = land.statement(
        standing.lines,
        since,
        until,
        shares=line_shares(standing, after, seq),
        opening_shares=line_shares(standing, before, seq) if reform else None,
        scope=scope,
    )
    labels: dict[str, str] = {}
    for epoch in (before, after):
        labels |= {unit.key: unit.name for unit in (epoch or shares.NO_UNITS).units}
    return said, labels, reform


def _uids(epoch: shares.Epoch | None) -> list[tuple[str, str | None]]:
    return [(unit.uid, unit.geometry_hash) for unit in (epoch or shares.NO_UNITS).units]


def line_shares(
    standing: ledger_lines.Standing, epoch: shares.Epoch | None, seq: int | None = None
) -> land.LineShares:
    """Shares of lines by the keys of units, as the statement wants them."""
    shared = shares.of_lines(standing.id, epoch, seq)
    keys = {unit.uid: unit.key for unit in (epoch or shares.NO_UNITS).units}
    return land.LineShares(
        line=standing.spread(shared.line),
        key=bulk.objects([keys.get(uid, balances.OUTSIDE_ALL) for uid in shared.unit.tolist()]),
        mm2=shared.mm2,
    )


#: Memos of the numbers of areas that are about the closing.
_STANDING = tuple(memo for memo in COUNT_MEMOS if memo != "voided")


# --- ids -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Namer:
    """Gives the figures of a statement their ids."""

    since: date | None
    until: date | None
    seq: int
    scope: str

    def ids(self, row: land.StatementRow, by: str, key: str) -> dict[str, str]:
        """Ids of the figures of a row that are not 0, and of its opening and closing."""
        scope = self.scope
        if by == "class":
            by, key, scope = "", "", key
        columns = [f"closing.{column}" for column in _WITHIN]
        if self._bounded:
            columns += [f"opening.{column}" for column in _WITHIN]
            columns += [
                f"{term}.{column}"
                for term in land.TERMS
                for column in COLUMNS
                if row.terms[term][column]
            ]
            columns += [name for name, mm2 in row.memos.items() if mm2]
        return {column: self._id("land", column, by, key, scope) for column in columns}

    def beside(
        self, line: Line, by: str, counts: CountRow | None, declared: counted.Numbers
    ) -> Line:
        """Put what is counted beside the areas into a row, with ids."""
        scope, key = self.scope, line.key if by else ""
        if by == "class":
            by, key, scope = "", "", key
        columns = []
        if counts is not None:
            columns = ["closing", *(memo for memo in _STANDING if counts.memos[memo])]
            if self._bounded:
                columns += ["opening", *(term for term in COUNT_TERMS if counts.terms[term])]
        ids = {column: self._id("areas", column, by, key, scope) for column in columns}
        land_ids = dict(line.ids)
        if self._bounded:
            ids["area_only"] = self._id("areas", "area_only", by, key, scope)
            land_ids["declared_released"] = self._id("land", "declared_released", by, key, scope)
        return replace(line, ids=land_ids, counts=counts, count_ids=ids, declared=declared)

    @property
    def _bounded(self) -> bool:
        """Whether an id can carry the period: one that has a first day needs a last one."""
        return self.since is None or self.until is not None

    def _id(self, topic: str, column: str, by: str, key: str, scope: str) -> str:
        since = self.since if self.until is not None else None
        return str(land.FigureId(topic, column, self.seq, since, self.until, by, key, scope))


# --- the closing, measured -----------------------------------------------------------------------


def _measured(until: date | None, seq: int | None, scope: str) -> dict[str, float]:
    """Closing by account on the geometry, mm²."""
    if until is None and seq is None and scope == "any" and totals.ready():
        return totals.measured()
    found = land.measured(figures.events_at(seq), until, scope)
    return {
        name: float(getattr(found, name).sum()) for name in ("suspected", "confirmed", "identified")
    }


def _drift(closing: Mapping[str, int], measured: Mapping[str, float]) -> float:
    booked = {name: closing[name] for name in accounts.OPEN}
    booked["identified"] = -closing[accounts.OUTSIDE]
    return max((booked[name] - measured[name] for name in booked), key=abs)


def _notes(lines: land.Lines, seq: int | None) -> dict[str, Any]:
    undated = np.isnat(lines.on) & ((lines.scopes & 1) > 0)
    releasing = undated & np.isin(lines.ground_to.astype(str), accounts.RELEASED)
    waiting = [row for row in figures.counted.waiting(seq=seq) if row[1] is None]
    questions = question_figures.in_question(seq=seq)
    return {
        "term_notes": dict(land.TERM_NOTES),
        "memo_notes": dict(land.MEMO_NOTES),
        "released_undated_mm2": str(int(lines.mm2[releasing].sum())),
        "undated_reports": {
            "count": len(waiting),
            "mm2": str(sum(int(row[2] or 0) for row in waiting)),
            "note": "moved nothing: two people decide each",
        },
        "in_question": {
            "count": len(questions),
            "mm2": str(question_figures.ground_in_question(questions.values())[1]),
        },
    }
