"""Reports as they were submitted, and what has changed since."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from landrelease.land import FigureId, FigureIdError
from landrelease.register import access, explain, figure_types, moments, reports
from landrelease.register.errors import RegisterError
from landrelease.register.models import Report
from landrelease.register.schema import RECORD_TYPES

from . import gate, keyset, names, programme, traces
from . import reader as readers
from .reader import Reader
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


def against(caller: access.Caller, number: str, **parts: Any) -> list[str]:
    """Why a caller is not shown a frozen report; see :func:`.gate.by_role`."""
    try:
        return _against(caller, reports.find(number))
    except RegisterError:
        return programme.against(caller)


def _against(caller: access.Caller, found: Report) -> list[str]:
    if not access.is_partial(caller):
        return []
    try:
        types = figure_types.of_report(found)
    except RegisterError:
        # Of what was altered nobody knows what it tells of.
        types = tuple(RECORD_TYPES)
    return access.against_sum(caller, "this report", *types)


@gate.by_role(programme.against)
def listing(request: HttpRequest) -> HttpResponse:
    """List the frozen reports that the reader may open, the latest first."""
    reader, rows = readers.of(request), Report.objects.all()
    if reader.partial:
        rows = rows.filter(id__in=[one.id for one in rows if not _against(reader.caller, one)])
    page = keyset.page(request, rows, newest=True)
    return render(
        request,
        "web/reports.html",
        {
            "reader": reader,
            "rows": [(row, reports.heading(row), reports.entries_since(row)) for row in page.rows],
            "page": page,
            "next_query": keyset.query(request, after=page.next),
        },
    )


@gate.by_role(against)
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


@gate.by_role(against)
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
            "people": not readers.of(request).partial,
            "changes": [_change(d, explained, readers.of(request)) for d in explained.differences],
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


def _page(cause: explain.Cause, reader: Reader) -> str:
    origin = cause.origin
    if origin is None or not traces.opened([(origin.record_type, origin.ref)], reader):
        return ""
    return traces.page_of(origin.record_type, origin.ref)


def _change(
    difference: explain.Difference, explained: explain.Explanation, reader: Reader
) -> Change:
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
                [(cause, _page(cause, reader)) for cause in shown],
                len(further),
                sum(cause.amount for cause in further),
            )
        )
    return Change(difference, names.figure(difference.new), steps)
