"""What was handed in, and what the validators found in it."""

from __future__ import annotations

import json
from typing import Any

from django.db.models import Count, Min
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext, gettext_lazy

from landrelease.register.models import RejectedRow, Submission, SubmissionFinding

from . import keyset, measures
from .templatetags.figures import whole


def listing(request: HttpRequest) -> HttpResponse:
    """List the submissions, the latest first."""
    page = keyset.page(request, Submission.objects.all(), newest=True)
    return render(
        request,
        "web/submissions.html",
        {"rows": page.rows, "page": page, "next_query": keyset.query(request, after=page.next)},
    )


def submission(request: HttpRequest, id_: int) -> HttpResponse:
    """Show one submission: its receipt, its counts, its findings by rule."""
    found = Submission.objects.filter(id=id_).first()
    if found is None:
        raise Http404(gettext("There is no such submission."))
    rules = list(
        SubmissionFinding.objects.filter(submission=found)
        .values("rule", "severity")
        .annotate(findings=Count("id"), example=Min("message"))
        .order_by("rule", "severity")
    )
    rule = request.GET.get("rule", "")
    findings = SubmissionFinding.objects.filter(submission=found)
    page = keyset.page(request, findings.filter(rule=rule) if rule else findings)
    rejected = keyset.page(
        request, RejectedRow.objects.filter(submission=found), parameter="rejected_after"
    )
    return render(
        request,
        "web/submission.html",
        {
            "submission": found,
            "summary": _lines(json.loads(found.summary)),
            "rules": rules,
            "rule": rule,
            "page": page,
            "next_query": keyset.query(request, after=page.next),
            "rejected": rejected,
            "rejected_query": keyset.query(request, rejected_after=rejected.next),
        },
    )


def _lines(summary: dict[str, Any]) -> list[tuple[str, str]]:
    """Counts, measured areas and what an act would move, as names and values; findings have a
    table."""
    counts = [
        (gettext("Rows %s") % name.replace("_", " "), whole(number))
        for name, number in summary.get("counts", {}).items()
    ]
    areas = [
        (_MEASURED.get(name, name.replace("_", " ")), measures.from_mm2(int(mm2)))
        for name, mm2 in summary.get("measured", {}).items()
    ]
    moved = [
        (gettext("Would move, %s") % name.replace("_", " "), measures.from_mm2(int(mm2)))
        for name, mm2 in summary.get("effect", {}).get("ground_mm2", {}).items()
    ]
    return counts + areas + moved


_MEASURED = {
    "before_repair_mm2": gettext_lazy("Area of valid polygons, each by itself"),
    "after_repair_mm2": gettext_lazy("The same with repaired polygons"),
}
