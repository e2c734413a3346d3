"""Conflicts: claims that contradict each other, slot by slot, and doubtful ones about treaties."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext

from landrelease import treaty
from landrelease.register import corroborated
from landrelease.register.evidence_access import Reading
from landrelease.register.models import ClaimComparison, TreatyComparison

from . import claim_words, claims, keyset, readers

VERDICTS = ("contradicts", "revised", "agrees")
TREATY_VERDICTS = ("contradicts", "imprecise", "unknown", "agrees")


@readers.for_readers
def page(request: HttpRequest) -> HttpResponse:
    """List comparisons of claims, contradictions first, and claims about treaty status."""
    reader = readers.reading(request)
    verdict, everything = request.GET.get("verdict", ""), bool(request.GET.get("all"))
    checks = reader.checks()
    one_claim = request.GET.get("claim", "")
    rows = None
    if one_claim:
        rows = list(reader.indexed().filter(claim=one_claim).values_list("claim_row", flat=True))
        checks = checks.filter(claim_row__in=rows)
    about = reader.comparisons(rows)
    totals = dict(about.values_list("verdict").annotate(Count("id")))
    treaty_totals = dict(checks.values_list("verdict").annotate(Count("id")))
    if verdict:
        about, checks = about.filter(verdict=verdict), checks.filter(verdict=verdict)
    elif not everything:
        about, checks = about.exclude(verdict="agrees"), checks.exclude(verdict="agrees")
    listed = keyset.page(request, about)
    checked = keyset.page(request, checks, parameter="treaty_after")
    compared = reader.as_compared(listed.rows)
    known = claims.others((row for one in compared for row in (one.one_row, one.other_row)), reader)
    apart = reader.independence(compared)
    documents = corroborated.documents_of(check.document_uid for check in checked.rows)
    spoken = claims.others((check.claim_row for check in checked.rows if check.claim_row), reader)
    shown, shown_checks = about.count(), checks.count()
    return render(
        request,
        "web/conflicts.html",
        {
            "rows": [_row(one, known, apart[one.id], reader) for one in compared],
            "checks": [
                check_told(check, documents.get(check.document_uid), reader,
                           spoken.get(check.claim_row))
                for check in checked.rows
            ],
            "options": [
                (code, claim_words.word(claim_words.VERDICTS, code),
                 totals.get(code, 0) + treaty_totals.get(code, 0), code == verdict)
                for code in dict.fromkeys((*VERDICTS, *TREATY_VERDICTS))
            ],
            "everything": everything,
            "one_claim": one_claim,
            "count": shown,
            "hidden": sum(totals.values()) - shown,
            "treaty_count": shown_checks,
            "treaty_hidden": sum(treaty_totals.values()) - shown_checks,
            "page": listed,
            "next_query": keyset.query(request, after=listed.next),
            "first_query": keyset.query(request, after=None),
            "treaty_page": checked,
            "treaty_next_query": keyset.query(request, treaty_after=checked.next),
            "treaty_first_query": keyset.query(request, treaty_after=None),
            "stale": not corroborated.current(),
            "part": not reader.whole,
        },
    )  # fmt: skip


def _row(
    one: ClaimComparison, known: Mapping[str, claims.Other], independence: str, reader: Reading
) -> dict[str, Any]:
    """A comparison as the list shows it."""
    first, last = known.get(one.one_row), known.get(one.other_row)
    return {
        "verdict": one.verdict,
        "said": claim_words.word(claim_words.VERDICTS, one.verdict),
        "slot": readers.slot_name(
            one.slot, reader, first and first.document, last and last.document
        ),
        "sides": [_side(first, one.one_value, reader), _side(last, one.other_value, reader)],
        "independence": independence,
    }


def _side(
    other: claims.Other | None, value: str, reader: Reading
) -> tuple[claims.Other | None, str]:
    """One side of a comparison: the claim, and its words that are compared."""
    return other, reader.words(other and other.document, value)


def check_told(
    check: TreatyComparison,
    document: Any,
    reader: Reading,
    spoken: claims.Other | None = None,
) -> dict[str, Any]:
    """A claim about treaty status with what the register of that status says."""
    body = json.loads(check.body)
    result = body["check"] or {}
    names = {key: found.name for key, found in treaty.treaties().items()}
    return {
        "verdict": check.verdict,
        "said": claim_words.word(claim_words.VERDICTS, check.verdict),
        "state": claim_words.state_name(check.state),
        "state_link": reverse("positions_of", args=[check.state]),
        "treaty": names.get(check.treaty, check.treaty),
        "text": reader.words(document, " ".join(str(body["text"]).split())),
        "stated": str(body["stated"]).replace("_", " "),
        "since": body["since"],
        "on": body["on"],
        "on_basis": gettext("day of the report")
        if body["on_basis"] == "report"
        else gettext("report undated: day it was received"),
        "told": str(result.get("explanation") or body["reason"] or "").replace(" (unverified)", ""),
        "verified": bool(result.get("verified")),
        "sources": [source["title"] for source in result.get("sources", ())],
        "document": document,
        "spoken": spoken,
    }
