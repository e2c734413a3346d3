"""Stories: the documents that go back to one text, each once, with who copied whom."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext, gettext_lazy

from landrelease import evidence
from landrelease.evidence import EvidenceError
from landrelease.register import corroborated
from landrelease.register.evidence_access import Reading
from landrelease.register.models import Story, StoryDocument

from . import claim_words, claims, keyset, readers

#: Documents of one story in the list, and on its page.
FEW = 6
SIZE = 200
#: Documents of a story that are compared while a page waits.
COMPARED = 40


@readers.for_readers
def listing(request: HttpRequest) -> HttpResponse:
    """List the stories by first publication, page by page."""
    reader = readers.reading(request)
    several = request.GET.get("several", "")
    found = reader.stories(several=bool(several))
    page = keyset.page(request, found)
    ids = [row.story for row in page.rows]
    told = {row.id: reader.story(row) for row in Story.objects.filter(id__in=ids)}
    members = _members(ids, told, FEW, reader)
    documents, claimed = _counts(ids, reader)
    total, count = reader.stories().count(), found.count()
    return render(
        request,
        "web/stories.html",
        {
            "rows": [
                {
                    "story": row.story,
                    "documents": documents.get(row.story, 0),
                    "claims": claimed.get(row.story, 0),
                    "origin": _origin(told.get(row.story)),
                    "tied": bool(_counted_as(told.get(row.story))),
                    "members": members[row.story],
                    "further": max(0, documents.get(row.story, 0) - len(members[row.story])),
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
            "part": not reader.whole,
        },
    )


@readers.for_readers
def story(request: HttpRequest, id_: str) -> HttpResponse:
    """Show one story: its origin, its documents and how each came by the text."""
    reader = readers.reading(request)
    found = Story.objects.filter(id=id_).first()
    told = None if found is None else reader.story(found)
    if found is None or told is None:
        raise Http404(gettext("There is no such story. Stories are grouped anew with each report."))
    page = keyset.page(request, reader.members().filter(story=id_), size=SIZE)
    documents = corroborated.documents_of(row.document_uid for row in page.rows)
    counts = dict(
        reader.claims().filter(story_id=id_).values_list("document_uid").annotate(Count("id"))
    )
    tree, untold = _tree(found, told, reader)
    published = {member.path: member.published for member in told.documents}
    relations = _relations(found, told, reader)
    return render(
        request,
        "web/story.html",
        {
            "story": found,
            "origin": _origin(told),
            "tied": _tied(id_, _counted_as(told), reader),
            "total": len(told.documents),
            "members": [
                {
                    "document": documents[row.document_uid],
                    "title": _title(documents[row.document_uid], reader),
                    "relation": claim_words.word(
                        claim_words.RELATIONS, relations.get(row.document_uid, row.relation)
                    ),
                    "published": claims.published(documents[row.document_uid])
                    or published.get(documents[row.document_uid].filename)
                    or "",
                    "claims": counts.get(row.document_uid, 0),
                }
                for row in page.rows
                if row.document_uid in documents
            ],
            "tree": tree,
            "untold": untold,
            "page": page,
            "next_query": keyset.query(request, after=page.next),
            "stale": not corroborated.current(),
            "part": not reader.whole,
        },
    )


def _title(document: Any, reader: Reading) -> str:
    return reader.words(document, document.title or "")


def _counted_as(told: evidence.Story | None) -> str:
    """Under which name a story counts as one origin with others; empty where it is alone."""
    return told.counted_as if told is not None else ""


def _tied(id_: str, counted_as: str, reader: Reading) -> list[str]:
    """Other stories that count as one origin with this one: unclear reports stand in both."""
    if not counted_as:
        return []
    known = {id_}
    waiting = [id_]
    while waiting:
        shared = StoryDocument.objects.filter(story__in=waiting).values("document_uid")
        near = StoryDocument.objects.filter(document_uid__in=shared).values("story")
        rows = Story.objects.filter(id__in=near).exclude(id__in=known)
        waiting = [row.id for row in rows if json.loads(row.body).get("counted_as") == counted_as]
        known.update(waiting)
    seen = reader.stories().filter(story__in=known - {id_}).values_list("story", flat=True)
    return sorted(seen)


#: What a copy did with the text before it, in the order in which it is shown.
_DIFFERENCES: dict[str, Any] = {
    "figure": gettext_lazy("Other figures"),
    "name": gettext_lazy("Other names"),
    "date": gettext_lazy("Other dates"),
    "attribution": gettext_lazy("Said to be by somebody else"),
    "changed": gettext_lazy("Changed"),
    "added": gettext_lazy("Added"),
    "dropped": gettext_lazy("Dropped"),
}
_BASES: dict[str, Any] = {
    "earlier date": gettext_lazy("the other has the earlier date"),
    "holds the other": gettext_lazy("more of it stands in the other than the other way round"),
    "credits the agency": gettext_lazy("the other is or credits the agency"),
    "order not established": gettext_lazy("which was first is not established"),
    "earliest known here": gettext_lazy("earliest known here"),
    "the only one known here": gettext_lazy("the only one known here"),
}


def _tree(story: Story, seen: evidence.Story, reader: Reading) -> tuple[list[dict[str, Any]], str]:
    """Who copied whom, parents before their copies; or why that cannot be shown."""
    size = len(seen.documents)
    if size < 2:
        return [], ""
    if size > COMPARED:
        return [], gettext("More than %d documents: they are not compared on a page.") % COMPARED
    try:
        told = corroborated.family_of(story, None if reader.whole else seen)
    except (EvidenceError, OSError) as error:
        return [], str(error)
    depth: dict[str, int] = {}
    rows = []
    for branch in told.family.branches:
        depth[branch.document] = 0 if branch.parent is None else depth[branch.parent] + 1
        rows.append(
            {
                "document": told.records[branch.document],
                "parent": told.records[branch.parent] if branch.parent else None,
                "depth": min(depth[branch.document], 6),
                "basis": claim_words.word(_BASES, branch.basis),
                "relation": claim_words.word(claim_words.RELATIONS, branch.relation),
                "share": round(100 * branch.share),
                "share_of_parent": round(100 * branch.share_of_parent),
                "day": branch.day or "",
                # They are words of the kept text, which is for the restricted tier.
                "groups": _groups(branch.differences) if reader.whole else [],
            }
        )
    return _in_order(rows, told.family.branches), ""


def _in_order(rows: list[dict[str, Any]], branches: Sequence[Any]) -> list[dict[str, Any]]:
    """Each document right below the one it was made from."""
    children: dict[str | None, list[int]] = defaultdict(list)
    for place, branch in enumerate(branches):
        children[branch.parent].append(place)
    order: list[int] = []
    waiting = list(reversed(children[None]))
    while waiting:
        place = waiting.pop()
        order.append(place)
        waiting += reversed(children[branches[place].document])
    return [rows[place] for place in order]


def _groups(differences: Sequence[Any]) -> list[dict[str, Any]]:
    by_kind: dict[str, list[dict[str, str]]] = defaultdict(list)
    for one in differences:
        by_kind[one.kind].append(
            {
                "before": " ".join(one.before_text.split()),
                "after": " ".join(one.after_text.split()),
                "what": one.what,
            }
        )
    kinds = [kind for kind in _DIFFERENCES if kind in by_kind]
    kinds += [kind for kind in by_kind if kind not in _DIFFERENCES]
    return [
        {"said": claim_words.word(_DIFFERENCES, kind), "kind": kind, "rows": by_kind[kind]}
        for kind in kinds
    ]


def _origin(story: evidence.Story | None) -> dict[str, Any]:
    origin = evidence.Origin(None, "unknown") if story is None else story.origin
    return {
        "name": origin.name or "",
        "kind": claim_words.word(claim_words.ORIGINS, origin.kind),
        "established": origin.kind != "unknown",
    }


def _counts(ids: list[str], reader: Reading) -> tuple[dict[str, int], dict[str, int]]:
    """Documents and claims of stories that a reader may read."""
    documents = reader.members().filter(story__in=ids).values_list("story")
    claimed = reader.claims().filter(story_id__in=ids).values_list("story_id")
    return dict(documents.annotate(Count("id"))), dict(claimed.annotate(Count("id")))


def _relations(row: Story, story: evidence.Story, reader: Reading) -> dict[str, str]:
    """How documents of a story relate to the others that a reader may read, by their ids; empty
    where they may read all of it, and what is kept holds."""
    if row.id not in reader.partial([row.id]):
        return {}
    # A story has the order of its own documents; which of them they are is told by the paths.
    paths = [member["path"] for member in json.loads(row.body)["documents"]]
    every = StoryDocument.objects.filter(story=row.id).order_by("id")
    uids = dict(zip(paths, every.values_list("document_uid", flat=True), strict=False))
    return {uids[one.path]: one.relation for one in story.documents if one.path in uids}


def _members(
    ids: list[str],
    told: dict[str, evidence.Story | None],
    at_most: int,
    reader: Reading,
) -> dict[str, list[dict[str, Any]]]:
    """The first documents of each story."""
    rows: dict[str, list[StoryDocument]] = defaultdict(list)
    for row in reader.members().filter(story__in=ids).order_by("id"):
        if len(rows[row.story]) < at_most:
            rows[row.story].append(row)
    documents = corroborated.documents_of(row.document_uid for own in rows.values() for row in own)
    relations: dict[str, dict[str, str]] = {}
    for held in Story.objects.filter(id__in=reader.partial(ids)):
        story = told.get(held.id)
        relations[held.id] = {} if story is None else _relations(held, story, reader)
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for id_, own in rows.items():
        found[id_] = [
            {
                "document": documents[row.document_uid],
                "title": _title(documents[row.document_uid], reader),
                "relation": claim_words.word(
                    claim_words.RELATIONS,
                    relations.get(id_, {}).get(row.document_uid, row.relation),
                ),
            }
            for row in own
            if row.document_uid in documents
        ]
    return found
