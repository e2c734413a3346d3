"""What claims say together, kept in tables so that a page reads only the rows that it shows.

Everything here is derived from the stories and claims as last computed, and computed again with
them: which claims say the same and how many origins can stand behind them, who contradicts whom,
which places and states they name. No figure rests on it. The tables carry a mark of the claims that
they were computed from; where it no longer fits, a page says so instead of showing old verdicts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction
from django.db.models import Count, Max, Min, Sum

from landrelease import evidence
from landrelease.evidence.slots import state_code

from . import canonical, clock, corroborations, documents, readings
from .models import (
    Claim,
    ClaimComparison,
    ClaimGathering,
    ClaimPlace,
    ClaimsRead,
    Document,
    IndexedClaim,
    IndexedStory,
    NamedState,
    SetApart,
    Story,
    StoryDocument,
    TreatyComparison,
)
from .progress import Progress

_TABLES = (
    ClaimsRead, ClaimGathering, IndexedClaim, ClaimComparison, TreatyComparison, ClaimPlace,
    NamedState, SetApart, IndexedStory, StoryDocument,
)  # fmt: skip
_BATCH = 1_000


def mark() -> str:
    """Name the stories and claims that stand now, cheaply: they change as wholes.

    Returns
    -------
    str
        Numbers and outermost ids of both; empty without any claim and story.
    """
    claims = Claim.objects.aggregate(n=Count("id"), s=Sum("start"), a=Min("id"), z=Max("id"))
    stories = Story.objects.aggregate(n=Count("id"), a=Min("id"), z=Max("id"))
    if not claims["n"] and not stories["n"]:
        return ""
    told = canonical.short_hash(
        "|".join(str(part) for part in (*claims.values(), *stories.values())).encode()
    )
    return f"{claims['n']}:{stories['n']}:{told}"


def current() -> bool:
    """Whether the tables hold for the claims as they stand."""
    kept = ClaimsRead.objects.order_by("-id").values_list("mark", flat=True).first()
    return (kept or "") == mark()


def refresh(
    progress: Progress = lambda stage, done, total: None, loaded: Sequence[Any] | None = None
) -> int:
    """Compute the tables anew from the claims and stories as last computed.

    Parameters
    ----------
    progress
        Told of each stage.
    loaded : sequence of (record, evidence.Document), optional
        The kept reports, where the caller has read them already.

    Returns
    -------
    int
        Number of claims.
    """
    reports = documents.load() if loaded is None else loaded
    uid_of_path = {report.path: record.uid for record, report in reports}
    place_of = {record.uid: number for number, (record, _) in enumerate(reports)}
    rows = sorted(
        Claim.objects.all(),
        key=lambda row: (place_of.get(row.document_uid, len(place_of)), row.start, row.id),
    )
    claims = [evidence.Claim.from_json(canonical.loads(row.body)) for row in rows]
    row_of = {id(claim): row for claim, row in zip(claims, rows, strict=True)}
    stories = corroborations.read_stories()
    progress("gathering what says the same", 0, len(claims))
    gatherings = evidence.gather(claims, stories)
    entries = evidence.timeline(gatherings, stories)
    progress("holding claims against each other", 0, len(claims))
    comparisons = evidence.compare(claims, stories)
    checks = corroborations.treaty_checks(reports)
    place = {id(claim): n for n, entry in enumerate(entries, 1) for claim in entry.gathering.claims}
    against = {
        id(claim)
        for one in comparisons
        if one.verdict == "contradicts"
        for claim in (one.one, one.other)
    }
    row_of_claim = {(row.document_uid, claim.claim): row.id for claim, row in _both(claims, rows)}
    progress("writing", 0, len(claims))
    with transaction.atomic():
        for table in _TABLES:
            table.objects.all().delete()
        ClaimGathering.objects.bulk_create(
            (_gathering(n, entry) for n, entry in enumerate(entries, 1)), batch_size=_BATCH
        )
        IndexedClaim.objects.bulk_create(
            (
                _indexed(n, claim, row, place[id(claim)], id(claim) in against)
                for n, (claim, row) in enumerate(_both(claims, rows), 1)
            ),
            batch_size=_BATCH,
        )
        ClaimComparison.objects.bulk_create(
            (_compared(n, one, row_of) for n, one in enumerate(comparisons, 1)), batch_size=_BATCH
        )
        TreatyComparison.objects.bulk_create(
            (_checked(check, uid_of_path, row_of_claim) for check in _worst_first(checks)),
            batch_size=_BATCH,
        )
        ClaimPlace.objects.bulk_create(
            (spot for claim, row in _both(claims, rows) for spot in _places(claim, row)),
            batch_size=_BATCH,
        )
        NamedState.objects.bulk_create(
            (
                NamedState(claim_row=row.id, gathering_id=place[id(claim)], state=state, role=role)
                for claim, row in _both(claims, rows)
                for state, role in states_of(claim.slots, claim.source)
            ),
            batch_size=_BATCH,
        )
        SetApart.objects.bulk_create(
            (
                SetApart(
                    document_uid=record.uid,
                    spans=canonical.dumps([list(span) for span in report.boilerplate]).decode(),
                )
                for record, report in reports
            ),
            batch_size=_BATCH,
        )
        of_story = Counter(row.story_id for row in rows)
        IndexedStory.objects.bulk_create(
            (
                IndexedStory(
                    id=n,
                    story=story.story,
                    documents=len(story.documents),
                    claims=of_story[story.story],
                )
                for n, story in enumerate(_by_time(stories), 1)
            ),
            batch_size=_BATCH,
        )
        StoryDocument.objects.bulk_create(
            (
                StoryDocument(
                    story=story.story,
                    document_uid=uid_of_path[member.path],
                    relation=member.relation,
                )
                for story in stories
                for member in story.documents
                if member.path in uid_of_path
            ),
            batch_size=_BATCH,
        )
        ClaimsRead.objects.create(mark=mark(), claims=len(claims), computed_at=clock.now())
    progress("writing", len(claims), len(claims))
    return len(claims)


def _both(
    claims: Sequence[evidence.Claim], rows: Sequence[Claim]
) -> Iterator[tuple[evidence.Claim, Claim]]:
    return zip(claims, rows, strict=True)


def _by_time(stories: Sequence[evidence.Story]) -> list[evidence.Story]:
    return sorted(stories, key=lambda s: (s.documents[0].published or "9999", s.story))


def _gathering(number: int, entry: evidence.Entry) -> ClaimGathering:
    return gathering_row(
        number,
        entry,
        entry.to_json()
        | {
            "origins": [root.to_json() for root in entry.gathering.origins],
            "stories": sorted({claim.story for claim in entry.gathering.claims}),
        },
    )


def gathering_row(number: int, entry: evidence.Entry, body: dict[str, Any]) -> ClaimGathering:
    """A content with its place in time as a row, not saved.

    Parameters
    ----------
    number
        Its id.
    body
        ``entry`` as JSON, with what else is kept of it.
    """
    return ClaimGathering(
        id=number,
        gathering=entry.gathering.gathering,
        value=entry.value or "",
        precision=entry.precision or "",
        basis=entry.basis,
        kind=body["kind"],
        at_most=body["at_most"],
        strength=body["strength"],
        standing=body["standing"],
        body=canonical.dumps(body).decode(),
    )


def _indexed(
    number: int, claim: evidence.Claim, row: Claim, gathering: int, contradicted: bool
) -> IndexedClaim:
    return IndexedClaim(
        id=number,
        claim_row=row.id,
        claim=claim.claim,
        document_uid=row.document_uid,
        gathering_id=gathering,
        kind=claim.kind,
        modality=claim.modality,
        stance=claim.stance,
        value=claim.time["value"] or "",
        quantities=len(claim.slots.get("quantities", ())),
        places=sum(not _is_large(place) for place in _named(claim.slots)),
        restricted=bool(claim.restricted),
        contradicted=contradicted,
    )


def _compared(
    number: int, one: evidence.Comparison, row_of: Mapping[int, Claim]
) -> ClaimComparison:
    return ClaimComparison(
        id=number,
        verdict=one.verdict,
        slot=one.slot[:80],
        one_row=row_of[id(one.one)].id,
        other_row=row_of[id(one.other)].id,
        one_value=one.values[0],
        other_value=one.values[1],
        independence=one.independence,
    )


def verdict_of(check: Mapping[str, Any]) -> str:
    """The verdict on a claim about treaty status; 'unknown' where none could be given."""
    return str(check["check"]["verdict"]) if check["check"] else "unknown"


def _worst_first(checks: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return sorted(checks, key=lambda check: verdict_of(check) == "agrees")


def _checked(
    check: Mapping[str, Any],
    uid_of_path: Mapping[str, str],
    row_of_claim: Mapping[tuple[str, str], str],
) -> TreatyComparison:
    uid = uid_of_path[check["document"]]
    return TreatyComparison(
        verdict=verdict_of(check)[:20],
        state=check["state"],
        treaty=check["treaty"],
        document_uid=uid,
        claim_row=row_of_claim.get((uid, check.get("claim") or ""), ""),
        body=canonical.dumps(dict(check)).decode(),
    )


#: Places too large for a point to say anything: they are listed, not drawn.
LARGE = ("country", "continent", "region")


def _named(slots: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The places of a claim that have a point, each once, those in its content first.

    A name that stands for a government is none.
    """
    own = [
        place
        for place in slots.get("places", ())
        if place.get("latitude") is not None
        and place.get("longitude") is not None
        and place.get("kind") != "government"
    ]
    seen = set()
    for place in sorted(own, key=lambda place: place.get("within", "content") != "content"):
        key = place.get("id") or place.get("name") or place["text"]
        if key not in seen:
            seen.add(key)
            yield place


def _is_large(place: Mapping[str, Any]) -> bool:
    return (place.get("feature") or place.get("kind")) in LARGE


def _places(claim: evidence.Claim, row: Claim) -> Iterator[ClaimPlace]:
    for place in _named(claim.slots):
        name = str(place.get("name") or place["text"])
        yield ClaimPlace(
            claim_row=row.id,
            place=str(place.get("id") or f"name:{name}")[:80],
            name=name,
            country=str(place.get("country") or "")[:3],
            feature=str(place.get("feature") or place.get("kind") or "")[:20],
            large=_is_large(place),
            beside=place.get("within", "content") != "content",
            lon=float(place["longitude"]),
            lat=float(place["latitude"]),
            confidence=place.get("confidence"),
        )


def states_of(slots: Mapping[str, Any], source: Mapping[str, Any]) -> list[tuple[str, str]]:
    """List the states of a claim, each with its roles.

    Parameters
    ----------
    slots : mapping
        Of the claim: ``parties`` with roles, ``states`` that are named.
    source : mapping
        Of the claim: a state that speaks has the role 'speaks'.

    Returns
    -------
    list of (str, str)
        ISO 3166-1 alpha-3 code and role; 'named' where the words show none.
    """
    found: dict[tuple[str, str], None] = {}
    for party in slots.get("parties", ()):
        if party.get("code"):
            found[str(party["code"]), str(party["role"])[:40]] = None
    acting = {code for code, _ in found}
    for code in slots.get("states", ()):
        if code not in acting:
            found[str(code), "named"] = None
    # "the United States" speaks as a state; "Handicap France" does not.
    code = state_code(str(source.get("organisation") or source.get("name") or ""))
    if code:
        found[code, "speaks"] = None
    return list(found)


def documents_of(uids: Iterable[str]) -> dict[str, Any]:
    """Source documents by their uid, without what a page does not show."""
    return {record.uid: record for record in Document.objects.filter(uid__in=set(uids))}


@dataclass(frozen=True)
class Told:
    """The tree of a story with the records of its documents.

    Attributes
    ----------
    family
        Who copied whom, and what each did with it.
    records
        Documents by the path that the tree names them by.
    """

    family: evidence.Family
    records: dict[str, Any]


def family_of(story: Story, seen: evidence.Story | None = None) -> Told:
    """Draw the tree of one story from its kept documents.

    Parameters
    ----------
    story : Story
        Row of the story.
    seen : evidence.Story, optional
        The story with those of its documents that a reader may read: the tree is that of these.

    Raises
    ------
    evidence.EvidenceError
        When a document of it can no longer be read.
    OSError
        When a kept file is missing.
    """
    body = canonical.loads(story.body)
    uids = list(
        StoryDocument.objects.filter(story=story.id).order_by("id").values_list(
            "document_uid", flat=True
        )
    )  # fmt: skip
    records = documents_of(uids)
    paths = [member["path"] for member in body["documents"]]
    if len(paths) != len(uids) or len(records) != len(uids):
        raise evidence.EvidenceError(
            f"{story.id}: its documents are not indexed; run 'landrelease evidence compare'"
        )
    by_path = {path: records[uid] for path, uid in zip(paths, uids, strict=True)}
    if seen is None:
        seen = corroborations.story_of(body)
    else:
        by_path = {member.path: by_path[member.path] for member in seen.documents}
    read = [
        replace(report, path=path)
        for path, report in zip(by_path, texts_of(list(by_path.values())), strict=True)
    ]
    claims = [
        evidence.Claim.from_json(canonical.loads(row.body))
        for row in Claim.objects.filter(story_id=story.id).order_by("document_uid", "start", "id")
    ]
    claims = [claim for claim in claims if claim.document in by_path]
    return Told(evidence.family(seen, read, claims), by_path)


def texts_of(records: Sequence[Any]) -> list[evidence.Document]:
    """Read the reports behind some document records from what was kept of them.

    Parameters
    ----------
    records : sequence of Document records

    Returns
    -------
    list of evidence.Document
        One a record, in the same order.

    Raises
    ------
    evidence.EvidenceError
        When one can no longer be read.
    OSError
        When a kept file is missing.
    """
    return readings.of(records)
