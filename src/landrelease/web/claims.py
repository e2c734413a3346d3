"""Claims as readers see them: who said what, what stands behind it, what became of it."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext

from landrelease.register import corroborated
from landrelease.register.evidence_access import Reading
from landrelease.register.models import (
    Claim,
    ClaimComparison,
    ClaimGathering,
    IndexedClaim,
    TreatyComparison,
)

from . import claim_states, claim_words, facts, keyset, readers, shown_names

#: Agreements, contradictions and further reports listed beside one claim.
LISTED = 5
#: Of one kind looked at for a page of claims; what is left out is counted and linked.
LOOKED_AT = 1_000
_ID = re.compile(r"[\w-]{1,40}")


@dataclass(frozen=True)
class Other:
    """Another claim, in few words and with its place in the text."""

    link: str
    speaker: shown_names.Shown
    content: str
    document: Any


@dataclass(frozen=True)
class Against:
    """What another claim, or the register of treaty status, is to this one."""

    verdict: str
    said: str
    slot: str
    own: str
    others: str
    independence: str
    other: Other | None
    told: str = ""


@dataclass(frozen=True)
class Told:
    """A claim as the list beside the text tells it.

    Attributes
    ----------
    id
        As people and files call it ("claim-…"); also its anchor in the text.
    number
        Its place in the text of its document, counted from 1.
    spans
        Parts of the text: (start, end, 'content' | 'source' | 'cue').
    """

    row: str
    id: str
    number: int
    document: Any
    link: str
    speaker: shown_names.Shown
    kind: str
    kind_said: str
    modality: str
    modality_said: str
    stance: str
    stance_said: str
    nested: bool
    content: str
    time: str
    time_note: str
    slots: list[claim_words.Slot]
    form: list[str]
    restricted: list[str]
    story: str
    spans: list[tuple[int, int, str]]
    state: claim_states.State
    strength: str = ""
    standing: str = ""
    same: list[Other] = field(default_factory=list)
    same_further: int = 0
    against: list[Against] = field(default_factory=list)
    against_further: int = 0


def permalink(document_id: int, claim: str) -> str:
    """Address of a claim in the text of its document."""
    return f"{reverse('document', args=[document_id])}?claim={claim}#{claim}"


@readers.for_readers
def one(request: HttpRequest, claim: str) -> HttpResponse:
    """Go to the sentence of a claim in its document."""
    found = row_of(claim, readers.reading(request))
    record = corroborated.documents_of([found.document_uid]).get(found.document_uid)
    if record is None:
        raise Http404(gettext("The document of this claim is not on record."))
    return HttpResponseRedirect(permalink(record.id, json.loads(found.body)["claim"]))


def row_of(claim: str, reader: Reading | None = None) -> Claim:
    """Find a claim by its id.

    Parameters
    ----------
    reader
        Who has to be allowed to read it; nobody is asked for by default.

    Raises
    ------
    Http404
        There is none for this reader; it may have been extracted differently since.
    """
    reader = reader or Reading(shown_names.RESTRICTED)
    if _ID.fullmatch(claim):
        known = reader.indexed().filter(claim=claim).order_by("id").first()
        rows = reader.claims()
        row = rows.filter(id=known.claim_row if known else claim).first()
        if row is None:  # not indexed yet
            row = rows.filter(body__contains=json.dumps(claim)).order_by("id").first()
        if row is not None:
            return row
    raise Http404(
        gettext("There is no such claim. Claims are read anew when the extraction changes.")
    )


def told(
    rows: Sequence[tuple[Claim, Mapping[str, Any]]],
    request: HttpRequest,
    *,
    numbers: Mapping[str, int] | None = None,
    states: Mapping[str, claim_states.State] | None = None,
    beside: bool = True,
) -> list[Told]:
    """Tell claims for a page, with a number of queries that does not grow with them.

    Parameters
    ----------
    rows
        Claims with their bodies.
    request
        Its reader decides what is shown of them, and how speakers are named.
    numbers
        Place of each claim in its document, by row id.
    states
        What its reader may know of what became of each, by row id; asked for unless given.
    beside
        Whether to add what other claims say.
    """
    reader = readers.reading(request)
    documents = corroborated.documents_of(row.document_uid for row, _ in rows)
    if states is None:
        own = {row.id: documents.get(row.document_uid) for row, _ in rows}
        states = claim_states.states(own, reader)
    ids = [row.id for row, _ in rows]
    gathered = _gathered(ids, reader) if beside else {}
    compared = _compared(rows, documents, reader) if beside else {}
    found = []
    for row, body in rows:
        document = documents.get(row.document_uid)
        source, time = body.get("source") or {}, body.get("time") or {}
        strength, standing, same, further = gathered.get(row.id, ("", "", [], 0))
        against, against_further = compared.get(row.id, ([], 0))
        stance = body.get("stance") or "stated"
        found.append(
            Told(
                row=row.id,
                id=body.get("claim") or row.id,
                number=(numbers or {}).get(row.id, 0),
                document=document,
                link=permalink(document.id, body.get("claim") or row.id) if document else "",
                speaker=readers.speaker(source, reader, document),
                kind=body.get("kind") or "other",
                kind_said=claim_words.word(claim_words.KINDS, body.get("kind") or "other"),
                modality=body.get("modality") or "",
                modality_said=claim_words.word(claim_words.MODALITIES, body.get("modality") or ""),
                stance=stance,
                stance_said=claim_words.word(claim_words.STANCES, stance),
                nested=bool(body.get("nested")),
                content=reader.words(document, content_of(body)),
                time=time.get("value") or "",
                time_note=str((body.get("slots") or {}).get("time_basis") or ""),
                slots=readers.slots(claim_words.slots(body), reader, document),
                form=claim_words.form(body),
                restricted=list(body.get("restricted_because") or ()),
                story=row.story_id,
                spans=spans_of(body),
                state=states.get(row.id, claim_states.PROPOSED),
                strength=strength,
                standing=standing,
                same=same,
                same_further=further,
                against=against,
                against_further=against_further,
            )
        )
    return found


def content_of(body: Mapping[str, Any]) -> str:
    """The words of a claim without the line ends of the text; "…" where it is interrupted."""
    parts = body.get("parts") or [body.get("content") or {}]
    return " … ".join(" ".join(str(part.get("text", "")).split()) for part in parts)


def spans_of(body: Mapping[str, Any]) -> list[tuple[int, int, str]]:
    """The parts of the text that a claim is made of; spans that are no spans are left out."""
    parts = [("content", part) for part in body.get("parts") or [body.get("content") or {}]]
    parts += [("source", body.get("source") or {}), ("cue", body.get("cue") or {})]
    return [
        (part["start"], part["end"], name)
        for name, part in parts
        if isinstance(part.get("start"), int)
        and isinstance(part.get("end"), int)
        and 0 <= part["start"] < part["end"]
    ]


def others(rows: Iterable[str], reader: Reading) -> dict[str, Other]:
    """Tell claims in few words, by row id: those that a reader may read."""
    claims = list(reader.claims().filter(id__in=set(rows)))
    documents = corroborated.documents_of(claim.document_uid for claim in claims)
    found = {}
    for claim in claims:
        document = documents.get(claim.document_uid)
        if document is None:
            continue
        body = json.loads(claim.body)
        found[claim.id] = Other(
            permalink(document.id, body["claim"]),
            readers.speaker(body.get("source") or {}, reader, document),
            reader.words(document, content_of(body)),
            document,
        )
    return found


def _gathered(ids: Sequence[str], reader: Reading) -> dict[str, tuple[str, str, list[Other], int]]:
    """What stands behind claims: strength, standing, who else says the same, how many more do."""
    readable = reader.indexed()
    own = {one.claim_row: one.gathering_id for one in readable.filter(claim_row__in=ids)}
    rows = ClaimGathering.objects.filter(id__in=set(own.values()))
    gatherings = {row.id: row for row in reader.as_seen(rows)}
    members: dict[int, list[str]] = defaultdict(list)
    for gathering, row in (
        readable.filter(gathering_id__in=gatherings)
        .order_by("id")
        .values_list("gathering_id", "claim_row")[:LOOKED_AT]
    ):
        members[gathering].append(row)
    sizes = dict(
        readable.filter(gathering_id__in=gatherings)
        .values_list("gathering_id")
        .annotate(Count("id"))
    )
    near = {
        row: [other for other in members[gathering] if other != row][:LISTED]
        for row, gathering in own.items()
    }
    known = others((other for listed in near.values() for other in listed), reader)
    return {
        row: (
            gatherings[gathering].strength,
            gatherings[gathering].standing,
            [known[other] for other in near[row] if other in known],
            sizes[gathering] - 1 - len(near[row]),
        )
        for row, gathering in own.items()
        if gathering in gatherings
    }


def _compared(
    rows: Sequence[tuple[Claim, Mapping[str, Any]]],
    documents: Mapping[str, Any],
    reader: Reading,
) -> dict[str, tuple[list[Against], int]]:
    """What is held against claims, contradictions first; and how much more there is."""
    own = {row.id: documents.get(row.document_uid) for row, _ in rows}
    ids, wanted = list(own), set(own)
    about = reader.comparisons(ids)
    held: dict[str, list[tuple[ClaimComparison, bool]]] = defaultdict(list)
    for comparison in reader.as_compared(about.order_by("id")[:LOOKED_AT]):
        for row, first in ((comparison.one_row, True), (comparison.other_row, False)):
            if row in wanted:
                held[row].append((comparison, first))
    totals: dict[str, int] = defaultdict(int)
    for comparison in reader.as_compared(about.only("one_row", "other_row")):
        for row in {comparison.one_row, comparison.other_row} & wanted:
            totals[row] += 1
    shown = {row: list_[:LISTED] for row, list_ in held.items()}
    known = others(
        (
            comparison.other_row if first else comparison.one_row
            for list_ in shown.values()
            for comparison, first in list_
        ),
        reader,
    )
    apart = reader.independence([pair[0] for list_ in shown.values() for pair in list_])
    found: dict[str, tuple[list[Against], int]] = {}
    checks: dict[str, list[Against]] = defaultdict(list)
    for check in reader.checks().filter(claim_row__in=ids).order_by("id"):
        checks[check.claim_row].append(_check(check))
    for row in {*shown, *checks}:
        listed = [
            _against(comparison, first, known, apart[comparison.id], reader, own[row])
            for comparison, first in shown.get(row, [])
        ]
        found[row] = (checks[row] + listed, totals[row] - len(listed))
    return found


def _against(
    comparison: ClaimComparison,
    first: bool,
    known: Mapping[str, Other],
    independence: str,
    reader: Reading,
    document: Any,
) -> Against:
    own, theirs = comparison.one_value, comparison.other_value
    if not first:
        own, theirs = theirs, own
    other = known.get(comparison.other_row if first else comparison.one_row)
    return Against(
        comparison.verdict,
        claim_words.word(claim_words.VERDICTS, comparison.verdict),
        readers.slot_name(comparison.slot, reader, document, other and other.document),
        reader.words(document, own),
        reader.words(other and other.document, theirs),
        independence,
        other,
    )


def _check(check: TreatyComparison) -> Against:
    body = json.loads(check.body)
    told = body["check"]["explanation"] if body["check"] else body["reason"]
    if body["check"] and not body["check"]["verified"] and "unverified" not in str(told):
        told = gettext("%s (unverified)") % told
    return Against(
        check.verdict,
        claim_words.word(claim_words.VERDICTS, check.verdict),
        gettext("treaty status of %s") % claim_words.state_name(check.state),
        str(body["stated"]),
        "",
        "",
        None,
        str(told or ""),
    )


# --- The list of claims from all documents --------------------------------------------------------


@readers.for_readers
def listing(request: HttpRequest) -> HttpResponse:
    """List claims of all documents, filtered, page by page."""
    reader = readers.reading(request)
    chosen = {name: request.GET.get(name, "") for name in ("kind", "modality", "stance", "state")}
    found = narrowed(request)
    page = keyset.page(request, found)
    rows = Claim.objects.in_bulk([one.claim_row for one in page.rows])
    listed = [
        (rows[one.claim_row], json.loads(rows[one.claim_row].body))
        for one in page.rows
        if one.claim_row in rows
    ]
    place = reader.places().filter(place=request.GET.get("place", "")).first()
    total, count = reader.indexed().count(), found.count()
    return render(
        request,
        "web/claims.html",
        {
            "claims": told(listed, request, beside=False),
            "filters": [
                _choice("kind", gettext("Kind"), claim_words.KINDS, chosen["kind"]),
                _choice("modality", gettext("How put"), claim_words.MODALITIES, chosen["modality"]),
                _choice("stance", gettext("Stance"), claim_words.STANCES, chosen["stance"]),
                state_choice(chosen["state"], reader),
            ],
            "switches": [
                ("quantity", gettext("with a quantity"), bool(request.GET.get("quantity"))),
                ("contradicted", gettext("contradicted"), bool(request.GET.get("contradicted"))),
                ("unplaced", gettext("without a place"), bool(request.GET.get("unplaced"))),
            ],
            "place": place,
            "place_asked": request.GET.get("place", ""),
            "count": count,
            "total": total,
            "hidden": total - count,
            "page": page,
            "next_query": keyset.query(request, after=page.next),
            "first_query": keyset.query(request, after=None),
            "stale": not corroborated.current(),
            "part": not reader.whole,
        },
    )


def narrowed(request: HttpRequest) -> QuerySet[IndexedClaim]:
    """Narrow the claims of all documents to those that a request asks for and its reader may
    read."""
    reader = readers.reading(request)
    found = reader.indexed()
    for name in ("kind", "modality", "stance"):
        if request.GET.get(name):
            found = found.filter(**{name: request.GET[name]})
    if request.GET.get("state"):
        of = reader.states().filter(state=request.GET["state"])
        found = found.filter(claim_row__in=of.values("claim_row"))
    if request.GET.get("place"):
        at = reader.places().filter(place=request.GET["place"])
        found = found.filter(claim_row__in=at.values("claim_row"))
    if request.GET.get("quantity"):
        found = found.filter(quantities__gt=0)
    if request.GET.get("contradicted"):
        found = found.filter(claim_row__in=reader.contradicted().values("claim_row"))
    if request.GET.get("unplaced"):
        found = found.filter(places=0)
    return found


def state_choice(chosen: str, reader: Reading) -> dict[str, Any]:
    """The states that the claims of a reader name, as a choice of a filter."""
    codes = reader.states().order_by("state").values_list("state", flat=True).distinct()
    names = {code: claim_words.state_name(code) for code in codes}
    in_order = dict(sorted(names.items(), key=lambda pair: pair[1]))
    return _choice("state", gettext("State"), in_order, chosen)


def _choice(name: str, label: str, words: Mapping[str, Any], chosen: str) -> dict[str, Any]:
    return {
        "name": name,
        "label": label,
        "options": [(code, said, code == chosen) for code, said in words.items()],
    }


choice = _choice


def published(document: Any) -> str:
    """When a document was published, in words; empty when not recorded."""
    return facts.interval(document.published_start, document.published_end)
