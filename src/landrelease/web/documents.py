"""Source documents: the kept text with its claims marked, and who said what beside it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from landrelease import evidence
from landrelease.evidence import intake
from landrelease.register import access, corroborated, kept, shown_evidence
from landrelease.register.evidence_access import Reading
from landrelease.register.history import history
from landrelease.register.models import Claim, SetApart, Story, StoryDocument

from . import (
    claim_states,
    claim_words,
    claims,
    facts,
    keyset,
    readers,
    reading,
    session,
    shown_names,
)
from . import reader as readers_of_records

#: Claims of a document on one page.
SIZE = 100
#: Languages that are read for claims; 'und' is a text too short to tell.
READ_FOR_CLAIMS = (*intake.CLAIM_LANGUAGES, "und")
#: Values of a filter that are offered one by one.
SPEAKERS = 60

Row = tuple[Claim, dict[str, Any]]


@readers.for_readers
def listing(request: HttpRequest) -> HttpResponse:
    """List the documents that a reader may read, page by page."""
    words = request.GET.get("q", "").strip()
    reader = readers.reading(request)
    found = reader.documents()
    if words:
        found = found.filter(
            Q(title__icontains=words) | Q(publisher__icontains=words) | Q(agency__icontains=words)
            | Q(filename__icontains=words) | Q(source_id__icontains=words)
        )  # fmt: skip
    page = keyset.page(request, found)
    counts = dict(
        reader.claims().filter(document_uid__in=[document.uid for document in page.rows])
        .values_list("document_uid")
        .annotate(Count("id"))
    )  # fmt: skip
    titles = {document.uid: reader.words(document, document.title or "") for document in page.rows}
    return render(
        request,
        "web/documents.html",
        {
            "words": words,
            "rows": [
                {
                    "document": document,
                    "title": titles[document.uid],
                    "published": claims.published(document),
                    "claims": counts.get(document.uid, 0),
                    "unread": unread(document, counts.get(document.uid, 0)),
                }
                for document in page.rows
                if _still_found(document, reader, words)
            ],
            "page": page,
            "next_query": keyset.query(request, after=page.next),
            "part": not reader.whole,
        },
    )


def _still_found(document: Any, reader: Reading, words: str) -> bool:
    """Whether a search finds a document by what its reader sees of it: by a private name in its
    title or the name of its file, which they see as something else, nobody finds it."""
    if not words or reader.tier == shown_names.RESTRICTED:
        return True
    names = ("title", "publisher", "agency", "filename", "source_id")
    seen = shown_evidence.fields(
        reader, document, {name: getattr(document, name) for name in names}
    )
    return any(words.casefold() in str(text or "").casefold() for text in seen.values())


def unread(document: Any, count: int) -> str:
    """Name the language of a document that is not read for claims; empty for one that is."""
    language = str(document.language or "und")
    return "" if count or language in READ_FOR_CLAIMS else language


@readers.for_readers
def document(request: HttpRequest, id_: int) -> HttpResponse:
    """Show one document: its text, its claims, and forms to decide about them."""
    reader = readers.reading(request)
    found = reader.documents().filter(id=id_).first()
    if found is None:
        raise Http404(gettext("There is no such document."))
    rows: list[Row] = [
        (claim, json.loads(claim.body))
        for claim in reader.claims().filter(document_uid=found.uid).order_by("start", "id")
    ]
    numbers = {row.id: number for number, (row, _) in enumerate(rows, 1)}
    states = claim_states.states({row.id: found for row, _ in rows}, reader)
    wanted = request.GET.get("claim", "")
    contradicted = set(
        reader.contradicted().filter(document_uid=found.uid).values_list("claim_row", flat=True)
    )
    labels = [_labels(row, body, states, contradicted, reader, found) for row, body in rows]
    chosen = {name: request.GET.get(name, "") for name in _FILTERS}
    passing = [
        pair
        for pair, label in zip(rows, labels, strict=True)
        if all(not value or value in label[name] for name, value in chosen.items())
    ]
    page, after, following = _page(passing, numbers, request.GET.get("after", ""), wanted)
    told = claims.told(page, request, numbers=numbers, states=states)
    open_text = shown_names.may_read_text(reader.tier)
    text = _text(found) if open_text else None
    who = claim_states.decider(request)
    spans = [span for claim in told for span in claim.spans]
    window = reading.window(text or "", spans)
    return render(
        request,
        "web/document.html",
        {
            "document": found,
            "title": reader.words(found, found.title or ""),
            "file": shown_evidence.path(reader, found, found.filename or ""),
            "facts": _facts(found, request, reader),
            "published": claims.published(found),
            "text_missing": text is None,
            "text_withheld": not open_text,
            "part": not reader.whole,
            "segments": _segments(text or "", told, _apart(found), window, wanted),
            "part_shown": window if text and window != (0, len(text)) else None,
            "characters": len(text or ""),
            "claims": told,
            "wanted": wanted,
            "count": len(rows),
            "shown": len(passing),
            "hidden": len(rows) - len(passing),
            "first": numbers[page[0][0].id] if page else 0,
            "filters": _filters(labels, chosen),
            "switches": _switches(labels, chosen),
            "filtered": any(chosen.values()),
            "next_query": keyset.query(request, after=following, claim=None),
            "following": following,
            "earlier": after > 0,
            "first_query": keyset.query(request, after=None, claim=None),
            "unread": unread(found, len(rows)),
            "stories": _stories(found, rows, reader),
            "unclear": StoryDocument.objects.filter(
                document_uid=found.uid, relation="unclear"
            ).exists(),
            "may": who.may,
            "signed_in": who.actor is not None,
            "refusals": who.refusals,
            "stale": not corroborated.current(),
            # What a record said before, and why it changed, may be of a higher tier.
            "history": history(found) if reader.whole else None,
        },
    )


def _facts(found: Any, request: HttpRequest, reader: Reading) -> list[facts.Fact]:
    """The facts of a document that a reader sees, private names in them replaced."""
    if reader.whole:
        return facts.of(found)
    seen = access.fields(session.caller(request), "document", found)
    shown = (
        (one.name, facts.fact(found, one, readers_of_records.of(request)))
        for one in found.schema.fields
        if one.name in seen
    )
    return [
        replace(one, text=shown_evidence.fields(reader, found, {name: one.text})[name])
        for name, one in shown
    ]


# --- Filters --------------------------------------------------------------------------------------

_FILTERS = ("kind", "modality", "stance", "speaker", "state", "quantity", "contradicted")


def _labels(
    row: Claim,
    body: Mapping[str, Any],
    states: Mapping[str, claim_states.State],
    contradicted: set[str],
    reader: Reading,
    document: Any,
) -> dict[str, set[str]]:
    """What a claim counts as in each filter."""
    return {
        "kind": {body.get("kind") or "other"},
        "modality": {body.get("modality") or ""},
        "stance": {body.get("stance") or "stated"},
        "speaker": {readers.speaker(body.get("source") or {}, reader, document).name},
        "state": {states.get(row.id, claim_states.PROPOSED).code},
        "quantity": {"1"} if (body.get("slots") or {}).get("quantities") else set(),
        "contradicted": {"1"} if row.id in contradicted else set(),
    }


def _filters(
    labels: Sequence[Mapping[str, set[str]]], chosen: Mapping[str, str]
) -> list[dict[str, Any]]:
    """The choices of each filter, with the number of claims of the document behind each."""
    worded: tuple[tuple[str, str, Mapping[str, Any]], ...] = (
        ("kind", gettext("Kind"), claim_words.KINDS),
        ("modality", gettext("How put"), claim_words.MODALITIES),
        ("stance", gettext("Stance"), claim_words.STANCES),
        ("speaker", gettext("Speaker"), {}),
        ("state", gettext("Decision"), claim_words.STATES),
    )
    found = []
    for name, label, words in worded:
        counts = Counter(value for one in labels for value in one[name])
        order = [value for value in words if counts[value]]
        order += [value for value, _ in counts.most_common(SPEAKERS) if value not in words]
        if chosen[name] and chosen[name] not in order:
            order.append(chosen[name])
        found.append(
            {
                "name": name,
                "label": label,
                "options": [
                    (value, words.get(value, value), counts[value], value == chosen[name])
                    for value in order
                ],
            }
        )
    return found


def _switches(
    labels: Sequence[Mapping[str, set[str]]], chosen: Mapping[str, str]
) -> list[tuple[str, str, int, bool]]:
    said = (("quantity", gettext("with a quantity")), ("contradicted", gettext("contradicted")))
    return [
        (name, label, sum(bool(one[name]) for one in labels), bool(chosen[name]))
        for name, label in said
    ]


def _page(
    passing: Sequence[Row], numbers: Mapping[str, int], after: str, wanted: str
) -> tuple[list[Row], int, int | None]:
    """The claims of one page, the number after which it begins, and that of the next page."""
    begin = int(after) if after.isdecimal() and after.isascii() and len(after) < 10 else 0
    if wanted:
        places = [n for n, (row, body) in enumerate(passing) if wanted in (body["claim"], row.id)]
        if places:
            first = places[0] - places[0] % SIZE
            begin = numbers[passing[first - 1][0].id] if first else 0
    rest = [pair for pair in passing if numbers[pair[0].id] > begin]
    page = rest[:SIZE]
    return page, begin, numbers[page[-1][0].id] if len(rest) > SIZE else None


# --- The text -------------------------------------------------------------------------------------


def _segments(
    text: str,
    told: Sequence[claims.Told],
    apart: Sequence[reading.Span],
    window: tuple[int, int],
    wanted: str,
) -> list[dict[str, Any]]:
    by_id = {claim.id: claim for claim in told}
    cut = reading.segments(text, [(claim.id, claim.spans) for claim in told], apart, window)
    return [
        {
            "text": one.text,
            "classes": " ".join(
                [*one.parts]
                + (["deep"] if one.depth > 1 else [])
                + (["current"] if wanted and wanted in one.claims else [])
                + [f"is-{state}" for state in _states(one.claims, by_id)]
            ),
            "marked": bool(one.parts),
            "claims": " ".join(one.claims),
            "begins": [by_id[key] for key in one.begins],
            "ends": [by_id[key] for key in one.ends],
            "apart": one.apart,
            "apart_said": claim_words.word(claim_words.APART, one.apart) if one.apart else "",
            "apart_begins": one.apart_begins,
        }
        for one in cut
    ]


def _states(keys: Sequence[str], by_id: Mapping[str, claims.Told]) -> list[str]:
    decided = {by_id[key].state.code for key in keys} - {"proposed"}
    return sorted(decided)


def _text(document: Any) -> str | None:
    """The kept text; None when it is not recorded or no longer there."""
    digest = document.text_sha256
    if not digest or len(digest) != 64 or not digest.isalnum():
        return None
    try:
        return kept.text_path(digest).read_bytes().decode("utf-8", "surrogatepass")
    except FileNotFoundError:
        return None


def _apart(document: Any) -> list[reading.Span]:
    """What stands in the file and is no part of the report."""
    row = SetApart.objects.filter(document_uid=document.uid).first()
    if row is not None:
        return [(start, end, kind) for start, end, kind in json.loads(row.spans)]
    try:
        (read,) = corroborated.texts_of([document])
    except (evidence.EvidenceError, OSError):
        return []
    return list(read.boilerplate) if read.text_sha256 == document.text_sha256 else []


def _stories(document: Any, rows: Sequence[Row], reader: Reading) -> list[dict[str, Any]]:
    """The stories a document belongs to, with their origins and how many documents that the reader
    may read share each.

    A report that was merged from several belongs to each of them.
    """
    ids = reader.members().filter(document_uid=document.uid).values_list("story", flat=True)
    keys = list(ids.order_by("id")) or ([rows[0][0].story_id] if rows else [])
    held = Story.objects.in_bulk(keys)
    told = [reader.story(held[key]) for key in keys if key in held]
    return [
        {
            "id": story.story,
            "documents": len(story.documents),
            "origin": story.origin.name or "",
            "kind": claim_words.word(claim_words.ORIGINS, story.origin.kind),
            "established": story.origin.kind != "unknown",
        }
        for story in told
        if story is not None
    ]
