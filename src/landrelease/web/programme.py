"""The first page: the balance of the programme's land, by unit and over the years."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Max, Min
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from landrelease import land
from landrelease.register import (
    access,
    balance_rows,
    balances,
    clock,
    figures,
    journal,
    knowledge,
    workspace,
)
from landrelease.register.models import JournalTimestamp, LedgerLine

from . import charts, gate, keyset
from .names import ACCOUNTS, OPEN
from .vocabularies import row_label

#: Bars of the chart by unit; the rest is drawn as one bar and listed in the table.
BARS = 12
#: Year ends of the chart over time.
YEARS = 12

_balances: dict[tuple[str, str], balances.Balance] = {}
_years: dict[tuple[str, str], list[tuple[date, Any]]] = {}


@dataclass(frozen=True)
class Cell:
    """A figure of the table and its id; the row of overlaps has none."""

    value: int | Decimal
    unit: str
    id: str


@dataclass(frozen=True)
class Line:
    """A row of the table: its label, the areas of the accounts, and what is counted beside."""

    row: balances.Row
    areas: list[Cell]
    beside: list[Cell]


def against(caller: access.Caller, **parts: Any) -> list[str]:
    """Why a caller is not shown sums of land; see :func:`.gate.by_role`."""
    return access.against_sum(caller, "this page", *access.LAND)


@gate.by_role(against)
def balance(request: HttpRequest) -> HttpResponse:
    """Show the balance of the land."""
    found = _balance()
    shown = [name for name in ACCOUNTS if _area(found.total, name)] or list(OPEN)
    # The row of overlaps takes off what several records hold together: it is no place.
    places = [
        row
        for row in found.rows
        if row.key != balances.OVERLAP and any(_area(row, name) for name in ACCOUNTS)
    ]
    page = _page(request, found.rows)
    context = {
        "balance": found,
        "accounts": [(name, ACCOUNTS[name]) for name in ACCOUNTS],
        "total": _line(found, found.total),
        "open_mm2": sum(_area(found.total, name) for name in OPEN),
        "together": Decimal(sum(_area(found.total, name) for name in OPEN)) / 1_000_000
        + found.total.declared_only_m2,
        "open_id": str(land.FigureId("land", "open", max(found.known_seq, 0))),
        "released_mm2": sum(_area(found.total, name) for name in ACCOUNTS if name not in OPEN),
        "lines": [_line(found, row) for row in page.rows],
        "page": page,
        "next_query": keyset.query(request, after=page.next),
        "chart": charts.bars(_largest(places, shown), shown),
        "legend": [(name, ACCOUNTS[name]) for name in shown],
    }
    partial = request.headers.get("HX-Request")
    return render(request, "web/_balance_table.html" if partial else "web/balance.html", context)


@gate.by_role(against)
def years(request: HttpRequest) -> HttpResponse:
    """Show the balance at the end of each of the last years (a fragment of the first page)."""
    seq = max(knowledge.head_seq(), 0)
    totals = _year_totals()
    shown = [name for name in ACCOUNTS if any(areas[name] for _, areas in totals)]
    return render(
        request,
        "web/_years.html",
        {
            "chart": charts.columns(
                [(str(end.year), [areas[name] for name in shown]) for end, areas in totals], shown
            ),
            "accounts": [(name, ACCOUNTS[name]) for name in shown],
            "rows": [
                (
                    end,
                    [
                        Cell(areas[name], "mm2", str(land.FigureId("land", name, seq, until=end)))
                        for name in shown
                    ],
                )
                for end, areas in totals
            ],
            "undated": LedgerLine.objects.filter(
                retired_seq__isnull=True, valid_on__isnull=True
            ).count(),
        },
    )


def about(request: HttpRequest) -> HttpResponse:
    """Say what the program is and whose work it shows."""
    stamped = JournalTimestamp.objects.order_by("-id").only("seq", "tsa", "stamped_at").first()
    return render(request, "web/about.html", {"stamped": stamped})


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say that there is no such page."""
    return render(request, "web/404.html", {"message": str(exception)}, status=404)


def _balance() -> balances.Balance:
    """The balance by unit; kept until the journal has a new entry, as nothing else changes it."""
    key = _now()
    found = _balances.get(key)
    if found is None:
        found = figures.balance(by="unit")
        _balances.clear()
        _balances[key] = found
    return found


def _year_totals() -> list[tuple[date, Any]]:
    """Land by account at the end of each of the last years; kept like the balance."""
    # The last of them is this year, which the journal does not know.
    folder, head = _now()
    key = (f"{folder} {clock.now()[:4]}", head)
    found = _years.get(key)
    if found is None:
        lines = balance_rows.load_lines()
        found = [(end, land.balance(lines, end).total.accounts) for end in _year_ends()]
        _years.clear()
        _years[key] = found
    return found


def _now() -> tuple[str, str]:
    """What the figures of the present hang on: the workspace and the head of its journal."""
    head = journal.head()
    return str(workspace.current().folder), head.hash if head else ""


def _line(found: balances.Balance, row: balances.Row) -> Line:
    def id_of(name: str) -> str:
        return "" if row.key == balances.OVERLAP else found.figure_id(row, name)

    return Line(
        row,
        [Cell(_area(row, name), "mm2", id_of(name)) for name in ACCOUNTS],
        [
            Cell(row.declared_only_m2, "m2", id_of("declared_only")),
            Cell(row.unknown_size, "areas", id_of("unknown_size")),
            Cell(row.hazards, "areas", id_of("hazards")),
            Cell(row.declared_released_m2, "m2", id_of("declared_released")),
            Cell(row.indications, "areas", id_of("indications")),
        ],
    )


def _area(row: balances.Row, account: str) -> int:
    return int(getattr(row, f"{account}_mm2"))


def _largest(rows: list[balances.Row], shown: list[str]) -> list[tuple[str, list[int]]]:
    """Rows with most open land first; those beyond the chart together in one."""
    ordered = sorted(rows, key=lambda row: (-sum(_area(row, n) for n in OPEN), row.label))
    first = [(row_label(row.label), [_area(row, name) for name in shown]) for row in ordered[:BARS]]
    rest = ordered[BARS:]
    if rest:
        together = [sum(_area(row, name) for row in rest) for name in shown]
        first.append((gettext("%d further rows") % len(rest), together))
    return first


def _page(request: HttpRequest, rows: list[balances.Row]) -> keyset.Page:
    """Page of the table; its key is the row's key."""
    after = request.GET.get("after", "")
    keys = [row.key for row in rows]
    start = keys.index(after) + 1 if after in keys else 0
    some = rows[start : start + keyset.SIZE]
    more = start + keyset.SIZE < len(rows)
    return keyset.Page(some, some[-1].key if more else None, start == 0)


def _year_ends() -> list[date]:
    dated = LedgerLine.objects.filter(retired_seq__isnull=True, valid_on__isnull=False)
    span = dated.aggregate(first=Min("valid_on"), last=Max("valid_on"))
    if span["first"] is None:
        return []
    this_year = int(clock.now()[:4])
    last = min(max(span["last"].year, span["first"].year), this_year)
    first = max(span["first"].year, last - YEARS + 1)
    return [date(year, 12, 31) for year in range(first, last + 1)]
