"""Reports as they were submitted, and what has changed since."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from landrelease.land import FigureId, FigureIdError
from landrelease.register import explain, moments, reports
from landrelease.register.errors import RegisterError
from landrelease.register.models import Report

from . import keyset, names, traces
from .told import told

#: Causes of one entry that are listed one by one; the others are counted with their sum.
LISTED = 8


@dataclass(frozen=True)
class Figure:
    """A figure of a frozen report."""

    figure: reports.Figure
    said: list[str]
    traced: bool


@dataclass(frozen=True)
class Step:
    """What one journal entry changed in a figure, and the decision that it carries out."""

    entry: Any
    decision: Any
    amount: Any
    causes: list[tuple[explain.Cause, str]]
    further: int
    further_amount: Any


@dataclass(frozen=True)
class Change:
    """A figure that is not what it was."""

    difference: explain.Difference
    said: list[str]
    steps: list[Step]


def listing(request: HttpRequest) -> HttpResponse:
    """List the frozen reports, the latest first."""
    page = keyset.page(request, Report.objects.all(), newest=True)
    return render(
        request,
        "web/reports.html",
        {
            "rows": [(row, reports.heading(row), reports.entries_since(row)) for row in page.rows],
            "page": page,
            "next_query": keyset.query(request, after=page.next),
        },
    )


def report(request: HttpRequest, number: str) -> HttpResponse:
    """Show a frozen report: its heading, and its figures as they were submitted."""
    found = _report(number)
    try:
        figures = reports.figures_of(found)
    except RegisterError as error:
        return render(request, "web/report.html", {"report": found, "broken": told(error)})
    after = request.GET.get("after", "")
    ids = [figure.id for figure in figures]
    start = ids.index(after) + 1 if after in ids else 0
    some = figures[start : start + keyset.SIZE]
    more = start + keyset.SIZE < len(figures)
    return render(
        request,
        "web/report.html",
        {
            "report": found,
            "heading": reports.heading(found),
            "since": reports.entries_since(found),
            "count": len(figures),
            "figures": [_figure(figure) for figure in some],
            "page": keyset.Page(some, start + len(some) if more else None, start == 0),
            "next_query": keyset.query(request, after=some[-1].id if more else None),
        },
    )


def changes(request: HttpRequest, number: str) -> HttpResponse:
    """Say what has changed since a report was frozen, and why (a fragment of its page)."""
    found = _report(number)
    try:
        explained = explain.explain(moments.parse(found.number), moments.parse(moments.NOW))
    except RegisterError as error:
        return render(request, "web/_changes.html", {"report": found, "broken": told(error)})
    return render(
        request,
        "web/_changes.html",
        {
            "report": found,
            "explained": explained,
            "changes": [_change(d, explained) for d in explained.differences],
        },
    )


def _report(number: str) -> Report:
    try:
        return reports.find(number)
    except RegisterError as error:
        raise Http404(str(error)) from error


def _figure(figure: reports.Figure) -> Figure:
    try:
        return Figure(figure, names.figure(FigureId.parse(figure.id)), True)
    except FigureIdError:
        return Figure(figure, [figure.id], False)


def _page(cause: explain.Cause) -> str:
    origin = cause.origin
    return "" if origin is None else traces.page_of(origin.record_type, origin.ref)


def _change(difference: explain.Difference, explained: explain.Explanation) -> Change:
    steps = []
    for seq, amount, causes in difference.by_entry():
        largest = sorted(causes, key=lambda cause: -abs(cause.amount))
        shown, further = largest[:LISTED], largest[LISTED:]
        entry = None if seq is None else explained.entries.get(seq)
        # A posting carries out a decision: that is what people want to know.
        decision = None if entry is None else explained.entries.get(entry.decision, entry)
        steps.append(
            Step(
                entry,
                decision,
                amount,
                [(cause, _page(cause)) for cause in shown],
                len(further),
                sum(cause.amount for cause in further),
            )
        )
    return Change(difference, names.figure(difference.new), steps)
