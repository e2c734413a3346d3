"""What was handed in, and what the validators found in it."""

from __future__ import annotations

import json
from typing import Any

from django.db.models import Count, Min
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from landrelease.register.models import RejectedRow, Submission, SubmissionFinding

from . import keyset


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


def _lines(summary: Any, above: str = "") -> list[tuple[str, Any]]:
    """A summary as lines of name and value, nested names joined."""
    if not isinstance(summary, dict):
        return [(above or gettext("summary"), summary)]
    lines: list[tuple[str, Any]] = []
    for name, value in summary.items():
        path = f"{above} › {name}" if above else str(name)
        lines += _lines(value, path) if isinstance(value, dict) else [(path, value)]
    return lines
