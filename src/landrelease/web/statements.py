"""The statement of a period: opening, every cause of change, closing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Max, Min
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.formats import number_format
from django.utils.translation import gettext, gettext_lazy

from landrelease import land
from landrelease.land.counts import COUNT_MEMO_NOTES, COUNT_NOTES, COUNT_TERMS
from landrelease.register import clock, journal, statements
from landrelease.register.errors import RegisterError
from landrelease.register.models import LedgerLine

from . import gate, kept_statements, keyset, names, programme

#: What rows can be by, besides none.
BY: dict[str, Any] = {
    "unit": gettext_lazy("administrative unit"),
    "class": gettext_lazy("contamination class"),
    "hazard": gettext_lazy("hazardous area"),
    "organisation": gettext_lazy("organisation"),
    "method": gettext_lazy("method"),
}
#: Years that can be chosen.
YEARS = 30

_COLUMNS = ("open", "suspected", "confirmed")
_INFLOW = ("newly_identified", "extended", "reopened")
_RELEASED = ("cancelled", "reduced", "cleared", "released_not_recorded")


@dataclass(frozen=True)
class Cell:
    """A figure and its id."""

    mm2: int
    id: str


@dataclass(frozen=True)
class TermRow:
    """A row of the statement: a stock or a term, with its columns."""

    name: str
    label: str
    note: str
    cells: list[Cell]
    stock: bool = False


@dataclass(frozen=True)
class CountRow:
    """A row of the numbers of areas: a number, its id and what it counts."""

    label: str
    note: str
    number: int
    id: str
    stock: bool = False


@dataclass(frozen=True)
class Rate:
    """A percentage and what it is a percentage of."""

    percent: str
    part_mm2: int
    whole_mm2: int


@gate.by_role(programme.against)
def page(request: HttpRequest) -> HttpResponse:
    """Show the statement of a year, or of any period (``?since=…&until=…``)."""
    since, until = _period(request)
    by, scope = request.GET.get("by", ""), request.GET.get("scope", "any")
    try:
        found = kept_statements.statement(
            kept_statements.Asked(since, until, by or None, scope=scope)
        )
    except RegisterError as error:
        raise Http404(str(error)) from error
    # Terms that changed nothing anywhere are named in one line below the table.
    used = [
        name for name in land.TERMS if any(_moves(row, name) for row in [found.total, *found.rows])
    ]
    page_ = _page(request, found.rows)
    partial = request.headers.get("HX-Request")
    return render(
        request,
        "web/_statement_rows.html" if partial else "web/statement.html",
        {
            "statement": found,
            "since": since,
            "until": until,
            "years": _years(),
            "year": since.year if _is_year(since, until) else None,
            "by": by,
            "bys": BY.items(),
            "scope": scope,
            "scopes": [("any", gettext("all, ground counted once"))]
            + [(name, names.scope(name)) for name in land.CLASSES],
            "columns": [names.column(name) for name in _COLUMNS],
            "terms": _terms(found.total, used),
            "unused": [names.TERMS[name] for name in land.TERMS if name not in used],
            "memos": [
                (names.MEMOS[name], note, Cell(found.total.amounts.memos[name],
                 found.total.ids.get(name, "")))
                for name, note in land.MEMO_NOTES.items()
            ],
            "counts": _counts(found.total),
            "count_memos": _count_memos(found.total),
            "count_terms": [names.COUNT_TERMS[name] for name in _counted(found)],
            "rate": _rate(found.total),
            "row_terms": [names.TERMS[name] for name in used],
            "lines": [(row, _cells(row, used)) for row in page_.rows],
            "total": _cells(found.total, used),
            "count_lines": [
                (row, _count_cells(row, _counted(found))) for row in page_.rows if row.counts
            ],
            "count_total": _count_cells(found.total, _counted(found)),
            "any_declared": found.total.declared.area_only,
            "keyed": by in ("unit", "hazard", "organisation"),
            "sums_to_total": by in ("unit", "organisation", "method"),
            "page": page_,
            "next_query": keyset.query(request, after=page_.next),
            "first_query": keyset.query(request, after=None),
            "known": journal.head(),
        },
    )  # fmt: skip


def _moves(row: statements.Line, term: str) -> bool:
    return any(row.term(term, column) for column in _COLUMNS)


def _terms(total: statements.Line, used: list[str]) -> list[TermRow]:
    amounts = total.amounts
    opening = TermRow(
        "opening", gettext("Opening"), gettext("Open land before the first day."),
        [Cell(amounts.opening[c], total.ids.get(f"opening.{c}", "")) for c in _COLUMNS], True,
    )  # fmt: skip
    closing = TermRow(
        "closing", gettext("Closing"),
        gettext("Open land after the last day, added up on its own."),
        [Cell(amounts.closing[c], total.ids.get(f"closing.{c}", "")) for c in _COLUMNS], True,
    )  # fmt: skip
    terms = [
        TermRow(
            name,
            str(names.TERMS[name]),
            gettext(land.TERM_NOTES[name]),
            [Cell(total.term(name, c), total.ids.get(f"{name}.{c}", "")) for c in _COLUMNS],
        )
        for name in used
    ]
    return [opening, *terms, closing]


def _counted(found: statements.PeriodStatement) -> list[str]:
    """Terms of the numbers of areas that changed something anywhere."""
    rows = [row.counts for row in (found.total, *found.rows) if row.counts is not None]
    return [name for name in COUNT_TERMS if any(row.terms[name] for row in rows)]


def _counts(total: statements.Line) -> list[CountRow]:
    """How the number of areas closes in the programme."""
    counts, ids = total.counts, total.count_ids
    assert counts is not None
    return [
        CountRow(
            gettext("Opening"), gettext("Areas open before the first day."),
            counts.opening, ids.get("opening", ""), True,
        ),
        *(
            CountRow(
                str(names.COUNT_TERMS[name]), gettext(COUNT_NOTES[name]),
                counts.terms[name], ids.get(name, ""),
            )
            for name in COUNT_TERMS
            if name != "located"  # moves areas between units alone
        ),
        CountRow(
            gettext("Closing"), gettext("Areas open after the last day, counted on their own."),
            counts.closing, ids.get("closing", ""), True,
        ),
    ]  # fmt: skip


def _count_memos(total: statements.Line) -> list[CountRow]:
    assert total.counts is not None
    return [
        CountRow(
            str(names.COUNT_MEMOS[name]), gettext(note),
            total.counts.memos[name], total.count_ids.get(name, ""),
        )
        for name, note in COUNT_MEMO_NOTES.items()
    ]  # fmt: skip


def _count_cells(row: statements.Line, used: list[str]) -> list[tuple[int, str]]:
    """Number and id: opening, the terms in use, closing."""
    counts, ids = row.counts, row.count_ids
    assert counts is not None
    numbers = {"opening": counts.opening, **{name: counts.terms[name] for name in used}}
    numbers["closing"] = counts.closing
    return [(number, ids.get(name, "")) for name, number in numbers.items()]


def _cells(row: statements.Line, used: list[str]) -> list[Cell]:
    """Open land of a row: opening, the terms in use, closing."""
    return [
        Cell(row.opening, row.ids.get("opening.open", "")),
        *(Cell(row.term(name), row.ids.get(f"{name}.open", "")) for name in used),
        Cell(row.closing, row.ids.get("closing.open", "")),
    ]


def _rate(total: statements.Line) -> Rate | None:
    """What of the land that was open in the period has been released, with its denominator."""
    whole = total.opening + sum(total.term(name) for name in _INFLOW)
    part = -sum(total.term(name) for name in _RELEASED)
    if whole <= 0:
        return None
    percent = (Decimal(100 * part) / Decimal(whole)).quantize(Decimal("0.1"))
    return Rate(number_format(percent, use_l10n=True), part, whole)


def _page(request: HttpRequest, rows: list[statements.Line]) -> keyset.Page:
    after = request.GET.get("after", "")
    keys = [row.key for row in rows]
    start = keys.index(after) + 1 if after in keys else 0
    some = rows[start : start + keyset.SIZE]
    more = start + keyset.SIZE < len(rows)
    return keyset.Page(some, some[-1].key if more else None, start == 0)  # type: ignore[arg-type]


def _period(request: HttpRequest) -> tuple[date, date]:
    """The period that is asked for; the last year with a dated line if none is."""
    since, until = request.GET.get("since", ""), request.GET.get("until", "")
    try:
        if since or until:
            return date.fromisoformat(since), date.fromisoformat(until)
        year = int(request.GET.get("year") or _years()[0])
        return date(year, 1, 1), date(year, 12, 31)
    except ValueError as error:
        raise Http404(
            gettext("Give a period as year=2024, or as since=2024-01-01&until=2024-06-30.")
        ) from error


def _is_year(since: date, until: date) -> bool:
    return (since.month, since.day, until.month, until.day) == (1, 1, 12, 31) and (
        since.year == until.year
    )


def _years() -> list[int]:
    """Years to choose from, the last one with a dated line first."""
    dated = LedgerLine.objects.filter(retired_seq__isnull=True, valid_on__isnull=False)
    span = dated.aggregate(first=Min("valid_on"), last=Max("valid_on"))
    this_year = int(clock.now()[:4])
    if span["last"] is None:
        return [this_year]
    last = min(max(span["last"].year, span["first"].year), this_year)
    first = max(span["first"].year, last - YEARS + 1)
    return list(range(last, first - 1, -1)) or [this_year]
