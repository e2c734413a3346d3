"""Balance assertions: figures that a report declares, against what the ledger says.

``2024-12-31, unit 10014, suspected: 1.25 km²`` holds, or the difference is shown with the likely
cause: another unit of measure, the figure of another row or column, classes added up although they
overlap, areas without a polygon added in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from landrelease.land.assertions import FACTORS, Mismatch, Tolerances
from landrelease.land.assertions.mismatch import shown

from . import balances, figures, statements
from .errors import RegisterError

OPEN = "open"
#: Areas that stand on a day, and what is counted beside them.
STOCK_AREAS = (OPEN, *balances.ACCOUNTS, "released_not_recorded", "declared_only")
COUNTS = ("hazards", "open_areas", "unknown_size", "indications")
#: Terms of a period, with the sign they have in a report that prints what was released as it is.
FLOWS = {
    "newly_identified": 1,
    "extended": 1,
    "reopened": 1,
    "cancelled": -1,
    "reduced": -1,
    "cleared": -1,
    "released_not_recorded": -1,
    "voided": -1,
}
#: Square metres of a declared area's unit of measure.
MEASURES = {"m2": 1.0, "ha": 1e4, "km2": 1e6, "": 1.0}


@dataclass(frozen=True)
class Declared:
    """One declared figure.

    Attributes
    ----------
    row
        Position in what was handed in.
    column
        One of :data:`STOCK_AREAS` or :data:`COUNTS` (at the end of ``until``), or of
        :data:`FLOWS` (from ``since`` to ``until``).
    value
        As declared, in ``measure``.
    half_unit
        Half of the last digit shown, in ``measure``: what rounding explains.
    measure
        ``m2``, ``ha`` or ``km2``; empty for counts.
    since, until
        First and last day; no ``since`` = a stock; neither = everything known.
    by, key
        ``unit`` and a p-code (or another division of the ledger); both empty for the total.
    known_seq
        Last journal entry that counts; None for all.
    """

    row: int
    column: str
    value: float
    half_unit: float = 0.0
    measure: str = "m2"
    since: date | None = None
    until: date | None = None
    by: str = ""
    key: str = ""
    known_seq: int | None = None

    @property
    def counts(self) -> bool:
        return self.column in COUNTS

    @property
    def factor(self) -> float:
        return 1.0 if self.counts else MEASURES[self.measure]


#: What one balance or statement answers.
_Question = tuple[date | None, date | None, str, int | None]


def compare(declared: Sequence[Declared], limits: Tolerances) -> list[Mismatch]:
    """Compare declared figures with the ledger.

    Parameters
    ----------
    declared
        The figures.
    limits
        ``area_m2`` and ``count`` may differ, and what rounding of the declared figure explains.
        The share ``area_fraction`` is not used: a report's figure is to be the ledger's.

    Returns
    -------
    list of Mismatch
        ``ledger_figure``, and ``no_such_figure`` for a row the ledger does not have.

    Raises
    ------
    RegisterError
        When a column or a division is not known.
    """
    asked: dict[_Question, list[Declared]] = defaultdict(list)
    for one in declared:
        known = FLOWS if one.since is not None else (*STOCK_AREAS, *COUNTS)
        if one.column not in known:
            raise RegisterError(
                f"row {one.row + 1}: {one.column!r} is no column of a "
                f"{'statement' if one.since else 'balance'}; there are: {', '.join(known)}"
            )
        asked[one.since, one.until, one.by, one.known_seq].append(one)
    found: list[Mismatch] = []
    for question, group in asked.items():
        rows = _answer(*question)
        found += [m for one in group if (m := _held(one, rows, limits, question)) is not None]
    return sorted(found, key=lambda m: m.rows)


def _answer(
    since: date | None, until: date | None, by: str, known_seq: int | None
) -> dict[str, dict[str, float]]:
    """Figures by key of the row (empty for the total) and column: m² and counts."""
    division = by or None
    if since is not None:
        told = statements.statement(since=since, until=until, by=division, known_seq=known_seq)
        lines = {"": told.total} | {row.key: row for row in told.rows}
        return {
            key: {name: sign * line.term(name) / 1e6 for name, sign in FLOWS.items()}
            for key, line in lines.items()
        }
    books = figures.balance(as_of=until, by=division, known_seq=known_seq, measure=False)
    return {"": _stocks(books.total)} | {row.key: _stocks(row) for row in books.rows}


def _stocks(row: balances.Row) -> dict[str, float]:
    areas = {
        name: getattr(row, f"{name}_mm2") / 1e6
        for name in (*balances.ACCOUNTS, "released_not_recorded")
    }
    return {
        **areas,
        OPEN: areas["suspected"] + areas["confirmed"],
        "declared_only": float(row.declared_only_m2),
        **{name: float(getattr(row, name)) for name in COUNTS},
    }


def _held(
    one: Declared,
    rows: Mapping[str, Mapping[str, float]],
    limits: Tolerances,
    question: _Question,
) -> Mismatch | None:
    key = one.key if one.by else ""
    if key not in rows:
        return Mismatch(
            "no_such_figure",
            "error",
            (one.row,),
            (one.column,),
            f"the ledger has no row {one.by} = {one.key!r}. Give the key it prints (a p-code, "
            "never a name).",
            declared=one.value,
            cause="unknown_key",
        )
    mine, books = one.value * one.factor, rows[key][one.column]
    allowed = one.half_unit * one.factor * (1 + 1e-9)
    allowed += float(limits.count) if one.counts else limits.area_m2
    if abs(mine - books) <= allowed:
        return None
    cause, says = _likely(one, mine, rows, key, allowed, question)
    unit = "" if one.counts else "m2"
    of = f"{one.by} {one.key}" if one.by else "the programme"
    when = "all that is known" if one.until is None else str(one.until)
    when = f"{one.since} to {when}" if one.since is not None else when
    return Mismatch(
        "ledger_figure",
        "error",
        (one.row,),
        (one.column,),
        f"{one.column.replace('_', ' ')} of {of}, {when}: {shown(one.value)} {one.measure} "
        f"declared, the ledger says {shown(books / one.factor)} {one.measure}".rstrip()
        + (f"; likely cause: {says}." if says else "."),
        declared=mine,
        found=books,
        unit=unit,
        tolerance=allowed,
        cause=cause,
    )


def _likely(
    one: Declared,
    mine: float,
    rows: Mapping[str, Mapping[str, float]],
    key: str,
    allowed: float,
    question: _Question,
) -> tuple[str, str]:
    books = rows[key]

    def same(figure: float) -> bool:
        return bool(mine) and abs(mine - figure) <= allowed

    if not one.counts and books[one.column] > 0:
        ratio = mine / books[one.column]
        for factor in FACTORS:
            if not 1 / 3 < factor.ratio < 3 and abs(ratio / factor.ratio - 1) < 1e-3:
                return factor.cause, factor.says
    for name, figure in books.items():
        if name != one.column and (name in COUNTS) == one.counts and same(figure):
            return "swapped_columns", f"it is the figure of {name.replace('_', ' ')}"
    others = [k for k, row in rows.items() if k != key and same(row[one.column])]
    if len(others) == 1:
        return "swapped_rows", f"it is the figure of {others[0] or 'the programme'}"
    if one.since is None and not one.counts:
        if same(books[one.column] + books["declared_only"]):
            return "declared_only", "areas without a polygon are added in; print them beside it"
        if not one.by and same(_of_classes(one.column, question)):
            return "sum_of_overlapping_classes", "classes that overlap were added up"
    return "", ""


def _of_classes(column: str, question: _Question) -> float:
    _, until, _, known_seq = question
    by_class = figures.balance(as_of=until, by="class", known_seq=known_seq, measure=False)
    return sum(_stocks(row)[column] for row in by_class.rows)


def read(cells: Mapping[str, Any], row: int, value: float, half_unit: float) -> Declared:
    """A declared figure from the cells of one row.

    Parameters
    ----------
    cells
        ``figure`` (a figure id), or ``column`` with ``since``, ``until`` (dates or None), ``by``
        and ``key``; ``measure``.
    row
        Position.
    value, half_unit
        What is declared and half of its last digit.

    Raises
    ------
    RegisterError
        When the figure id or the unit of measure is not understood.
    """
    from landrelease import land

    column = str(cells.get("column") or "").strip()
    measure = str(cells.get("measure") or "").strip().casefold().replace("²", "2")
    if measure not in MEASURES:
        raise RegisterError(
            f"row {row + 1}: the unit of measure {measure!r} is not known; give one of "
            f"{', '.join(name for name in MEASURES if name)}"
        )
    given = cells.get("figure")
    if given:
        try:
            figure = land.FigureId.parse(str(given))
        except ValueError as error:
            raise RegisterError(f"row {row + 1}: {error}") from error
        if figure.topic not in ("land", "areas") or figure.scope != "any":
            raise RegisterError(
                f"row {row + 1}: {given} is not a figure of land with all classes together; only "
                "those are compared here"
            )
        name = figure.column.removesuffix(".open")
        return Declared(
            row, name, value, half_unit, measure, figure.since, figure.until, figure.by,
            figure.key, figure.seq,
        )  # fmt: skip
    key = str(cells.get("key") or "").strip()
    by = str(cells.get("by") or "").strip() or ("unit" if key else "")
    return Declared(
        row, column, value, half_unit, measure, cells.get("since"), cells.get("until"), by, key
    )
