"""Source documents: the kept text with the quotations in it, and who said what."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from landrelease.register import kept
from landrelease.register.history import history
from landrelease.register.models import RECORDS, Claim, Story

from . import facts, keyset

#: Parts of a claim that are marked in the text, the outer ones first.
PARTS = ("content", "source", "cue")


@dataclass(frozen=True)
class Segment:
    """A run of the text in which the same marks hold.

    Attributes
    ----------
    text
        The words.
    parts
        Which parts of claims it belongs to (of :data:`PARTS`).
    claims
        Numbers of the claims whose content it belongs to.
    ends
        Claims whose content ends with it.
    """

    text: str
    parts: list[str] = field(default_factory=list)
    claims: list[int] = field(default_factory=list)
    begins: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)


def listing(request: HttpRequest) -> HttpResponse:
    """List the documents, page by page."""
    words = request.GET.get("q", "").strip()
    found = RECORDS["document"].objects.all()
    if words:
        found = found.filter(
            Q(title__icontains=words) | Q(publisher__icontains=words) | Q(agency__icontains=words)
            | Q(filename__icontains=words) | Q(source_id__icontains=words)
        )  # fmt: skip
    page = keyset.page(request, found)
    claims = dict(
        Claim.objects.filter(document_uid__in=[document.uid for document in page.rows])
        .values_list("document_uid")
        .annotate(Count("id"))
    )
    return render(
        request,
        "web/documents.html",
        {
            "words": words,
            "rows": [
                {
                    "document": document,
                    "published": facts.interval(document.published_start, document.published_end),
                    "claims": claims.get(document.uid, 0),
                }
                for document in page.rows
            ],
            "page": page,
            "next_query": keyset.query(request, after=page.next),
        },
    )


def document(request: HttpRequest, id_: int) -> HttpResponse:
    """Show one document."""
    found = RECORDS["document"].objects.filter(id=id_).first()
    if found is None:
        raise Http404(gettext("There is no such document."))
    claims = [
        {"number": number, **json.loads(claim.body)}
        for number, claim in enumerate(
            Claim.objects.filter(document_uid=found.uid).order_by("start", "id"), 1
        )
    ]
    text = _text(found)
    return render(
        request,
        "web/document.html",
        {
            "document": found,
            "facts": facts.of(found),
            "text_missing": text is None,
            "segments": segments(text or "", claims),
            "claims": [_told(claim) for claim in claims],
            "stories": _stories(claims, found),
            "history": history(found),
        },
    )


def segments(text: str, claims: list[dict[str, Any]]) -> list[Segment]:
    """Cut a text where the marks of its claims begin and end.

    Parameters
    ----------
    text
        The kept text.
    claims
        With ``number`` and spans ``content``, ``source`` and ``cue``, each ``start`` and ``end``
        in characters of the text. A span that is absent or reaches outside is left out.
    """
    spans = [
        (span["start"], span["end"], part, claim["number"])
        for claim in claims
        for part in PARTS
        if (span := claim.get(part)) and _inside(span, text)
    ]
    cuts = sorted({0, len(text), *(s[0] for s in spans), *(s[1] for s in spans)})
    opening: dict[int, list[Any]] = {}
    for span in spans:
        opening.setdefault(span[0], []).append(span)
    cut, over = [], []
    for start, end in pairwise(cuts):
        over = [span for span in over if span[1] > start] + opening.get(start, [])
        contents = [span for span in over if span[2] == "content"]
        cut.append(
            Segment(
                text[start:end],
                [part for part in PARTS if any(span[2] == part for span in over)],
                [span[3] for span in contents],
                [span[3] for span in contents if span[0] == start],
                [span[3] for span in contents if span[1] == end],
            )
        )
    return cut


def _inside(span: dict[str, Any], text: str) -> bool:
    start, end = span.get("start"), span.get("end")
    return isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= len(text)


def _text(document: Any) -> str | None:
    """The kept text; None when it is not recorded or no longer there."""
    digest = document.text_sha256
    if not digest or len(digest) != 64 or not digest.isalnum():
        return None
    try:
        return kept.text_path(digest).read_bytes().decode("utf-8")
    except FileNotFoundError:
        return None


def _told(claim: dict[str, Any]) -> dict[str, Any]:
    """A claim as the list beside the text tells it."""
    source, time = claim.get("source") or {}, claim.get("time") or {}
    return {
        "number": claim["number"],
        "id": claim.get("claim", ""),
        "speaker": source.get("name") or source.get("text") or "",
        "role": source.get("role") or "",
        "organisation": source.get("organisation") or "",
        "kind": claim.get("kind") or "",
        "modality": claim.get("modality") or "",
        "content": (claim.get("content") or {}).get("text", ""),
        "time": time.get("value") or "",
        "precision": time.get("precision") or "",
        # The quotations are marked in the text already.
        "slots": sorted(
            (name, value)
            for name, value in (claim.get("slots") or {}).items()
            if name != "quotations"
        ),
    }


def _stories(claims: list[dict[str, Any]], document: Any) -> list[dict[str, Any]]:
    """The story a document belongs to, with the other documents of the same origin."""
    ids = {claim.get("story") for claim in claims} - {None}
    stories = Story.objects.filter(id__in=ids)
    told = [json.loads(story.body) for story in stories]
    if not told and document.filename:
        named = Story.objects.filter(body__contains=json.dumps(document.filename)[1:-1])[:5]
        told = [json.loads(story.body) for story in named]
    return told
