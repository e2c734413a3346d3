"""What a statement says beside its areas: how the number of areas closes (rule 10), and what
reports without a polygon state as released (rule 8)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from landrelease import land
from landrelease.land.counts import COUNT_MEMOS, COUNT_TERMS, CountRow

from . import area_only, balances, counted, row_keys, scopes, shares
from . import lines as ledger_lines
from .scope_figures import LandFigures, Period

#: What numbers of areas are had by. An area is of no single operator or method.
COUNTED_BY: Final = ("unit", "class")


@dataclass(frozen=True)
class Beside:
    """What is counted beside the areas of a statement.

    Attributes
    ----------
    total, rows
        How the number of areas closes, and the same by key of the row; the programme counts each
        area once.
    declared, declared_rows
        What reports without a polygon, dated in the period, state as released.
    """

    total: CountRow
    declared: counted.Numbers
    rows: dict[str, CountRow] = field(default_factory=dict)
    declared_rows: dict[str, counted.Numbers] = field(default_factory=dict)

    @property
    def residual(self) -> int:
        """What is left over between opening, terms and closing of any row: 0."""
        return sum(abs(row.residual) for row in (self.total, *self.rows.values()))


@dataclass(frozen=True)
class Question:
    """Which statement it is that something is counted beside.

    Attributes
    ----------
    since, until
        First and last day; None for no such bound.
    by
        What its rows are by, or None.
    level
        Administrative level of rows by unit; the finest by default.
    seq
        Last journal entry known.
    scope
        ``any`` or a contamination class.
    """

    since: date | None
    until: date | None
    by: str | None
    level: int | None
    seq: int
    scope: str


def beside(asked: Question, standing: ledger_lines.Standing) -> Beside:
    """Count what stands beside the areas of a statement.

    Parameters
    ----------
    asked
        Which statement.
    standing
        The ledger lines as known at its entry.
    """
    names = (asked.scope, *(land.CLASSES if asked.by == "class" else ()))
    found = LandFigures(
        Period(asked.since, asked.until, asked.seq, asked.level),
        {n: scopes.ScopedGround(n, standing.lines, n, standing.id, asked.seq) for n in names},
    )
    numbers = found.counts(asked.scope, by_unit=asked.by == "unit")
    rows = {row.key: row for row in numbers.rows if not _is_empty(row)}
    if asked.by == "class":
        rows = {name: found.counts(name).total for name in land.CLASSES}
    placeless = area_only.reports(
        seq=asked.seq, since=asked.since, until=asked.until, scope=asked.scope
    )
    declared = counted.Numbers()
    for one in placeless:
        declared.add(one.numbers)
    return Beside(numbers.total, declared, rows, _declared(asked, placeless, found.epoch))


def _is_empty(row: CountRow) -> bool:
    return not (row.opening or row.closing or any(row.terms.values()))


def _declared(
    asked: Question, placeless: list[area_only.Report], epoch: shares.Epoch | None
) -> dict[str, counted.Numbers]:
    if asked.by is None or not placeless:
        return {}
    if asked.by == "class":
        return area_only.by_class(placeless)
    if asked.by == "unit":
        special = {shares.OUTSIDE: balances.OUTSIDE_ALL, shares.NOWHERE: balances.NO_PLACE}
        keys = special | {unit.uid: unit.key for unit in (epoch or shares.NO_UNITS).units}
        placed = counted.summed(area_only.by_unit(placeless, epoch, asked.seq))
        return {keys[unit]: numbers for unit, numbers in placed.items()}
    key_of = row_keys.keys_of_reports(placeless, asked.by, asked.seq)
    sums: dict[str, counted.Numbers] = defaultdict(counted.Numbers)
    for one in placeless:
        sums[key_of[one.uid]].add(one.numbers)
    return dict(sums)


def count_json(row: CountRow) -> dict[str, int | dict[str, int]]:
    """Write how the number of areas closes; terms after a minus are subtracted."""
    return {
        "opening": row.opening,
        **{term: row.terms[term] for term in COUNT_TERMS},
        "closing": row.closing,
        "residual": row.residual,
        "of_which": {memo: row.memos[memo] for memo in COUNT_MEMOS},
    }
