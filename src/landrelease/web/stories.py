"""Stories: the documents that go back to one text, each once, with who copied whom."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from landrelease.register import corroborated
from landrelease.register.models import Claim, IndexedStory, Story, StoryDocument

from . import claim_words, claims, keyset

#: Documents of one story in the list, and on its page.
FEW = 6
SIZE = 200


def listing(request: HttpRequest) -> HttpResponse:
    """List the stories by first publication, page by page."""
    found = IndexedStory.objects.all()
    several = request.GET.get("several", "")
    if several:
        found = found.filter(documents__gt=1)
    page = keyset.page(request, found)
    ids = [row.story for row in page.rows]
    bodies = {story.id: json.loads(story.body) for story in Story.objects.filter(id__in=ids)}
    members = _members(ids, FEW)
    total, count = IndexedStory.objects.count(), found.count()
    return render(
        request,
        "web/stories.html",
        {
            "rows": [
                {
                    "story": row,
                    "origin": _origin(bodies.get(row.story, {})),
                    "members": members[row.story],
                    "further": max(0, row.documents - len(members[row.story])),
                }
                for row in page.rows
            ],
            "several": several,
            "count": count,
            "hidden": total - count,
            "page": page,
            "next_query": keyset.query(request, after=page.next),
            "first_query": keyset.query(request, after=None),
            "stale": not corroborated.current(),
        },
    )


def story(request: HttpRequest, id_: str) -> HttpResponse:
    """Show one story: its origin, its documents and how each came by the text."""
    found = Story.objects.filter(id=id_).first()
    if found is None:
        raise Http404(gettext("There is no such story. Stories are grouped anew with each report."))
    body = json.loads(found.body)
    listed = StoryDocument.objects.filter(story=id_)
    page = keyset.page(request, listed, size=SIZE)
    documents = corroborated.documents_of(row.document_uid for row in page.rows)
    counts = dict(
        Claim.objects.filter(story_id=id_).values_list("document_uid").annotate(Count("id"))
    )
    published = {member["path"]: member.get("published") for member in body["documents"]}
    return render(
        request,
        "web/story.html",
        {
            "story": found,
            "origin": _origin(body),
            "total": len(body["documents"]),
            "members": [
                {
                    "document": documents[row.document_uid],
                    "relation": claim_words.word(claim_words.RELATIONS, row.relation),
                    "published": claims.published(documents[row.document_uid])
                    or published.get(documents[row.document_uid].filename)
                    or "",
                    "claims": counts.get(row.document_uid, 0),
                }
                for row in page.rows
                if row.document_uid in documents
            ],
            "page": page,
            "next_query": keyset.query(request, after=page.next),
            "stale": not corroborated.current(),
        },
    )


def _origin(body: dict[str, Any]) -> dict[str, Any]:
    origin = body.get("origin") or {"name": None, "kind": "unknown"}
    return {
        "name": origin["name"] or "",
        "kind": claim_words.word(claim_words.ORIGINS, origin["kind"]),
        "established": origin["kind"] != "unknown",
    }


def _members(ids: list[str], at_most: int) -> dict[str, list[dict[str, Any]]]:
    """The first documents of each story."""
    rows: dict[str, list[StoryDocument]] = defaultdict(list)
    for row in StoryDocument.objects.filter(story__in=ids).order_by("id"):
        if len(rows[row.story]) < at_most:
            rows[row.story].append(row)
    documents = corroborated.documents_of(row.document_uid for own in rows.values() for row in own)
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for id_, own in rows.items():
        found[id_] = [
            {
                "document": documents[row.document_uid],
                "relation": claim_words.word(claim_words.RELATIONS, row.relation),
            }
            for row in own
            if row.document_uid in documents
        ]
    return found
