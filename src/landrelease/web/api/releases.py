"""Releases of land: what waits, what was decided, and one person's consent.

Two authenticated humans release land (rule 14). A token consents to nothing, whatever it was issued
for; what stands against a release or a person is said by the modules that say it to the pages
(:mod:`landrelease.register.releases`, :mod:`landrelease.register.independence`).

A release is consented to, or refused with a reason by somebody who could be one of the two. Who
decides for a part of the programme sees the releases in it, as on the pages; nobody else sees any.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Literal

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Path, Query, Router, Schema
from pydantic import Field

from landrelease.register import (
    access,
    journal,
    questions,
    refusals,
    refusing,
    release_decisions,
    releases,
    sentences,
)
from landrelease.register.consent import PEOPLE_NEEDED
from landrelease.register.models import (
    RECORDS,
    Approval,
    Evidence,
    PeopleEvent,
    Release,
)

from .. import releases as pages_of_releases
from . import callers, conditional, features
from .problems import Problem, not_found

router = Router(tags=["Releases"])

#: Reports of a page; each is held against every rule.
_PAGE = 50
_NOTICE = "Released is not safe: a release closes the classes and the depth that it names."

Number = Path(..., ge=1, lt=2**63, description="Number of the report: 12 of AC-12.")
HazardRef = Field(None, max_length=30, pattern=r"^HA-\d{1,18}$", examples=["HA-3"])


class DecisionOut(Schema):
    """The decision on a report of released land."""

    standing: Literal["decided", "historic"] = Field(
        description="historic: decided elsewhere, in the opening balance."
    )
    entry: int
    deciders: list[str]
    authority: str | None
    document: str | None


class TakenBackOut(Schema):
    """Whoever refused a release took that back."""

    entry: int
    at: str
    by: str
    reason: str


class RefusalOut(Schema):
    """Somebody refused the release; nothing moved."""

    entry: int
    at: str
    by: str
    reason: str
    stands: bool = Field(
        description="Whether nothing new has come in since, and it was not taken back: nobody can "
        "consent while it stands."
    )
    taken_back: TakenBackOut | None = Field(description="By whom and why it was taken back.")


class ReleaseOut(Schema):
    """A report that land was cancelled, reduced or cleared, and where its release stands."""

    ref: str = Field(description="Reference of the report (AC-12).")
    result: str | None
    hazard: str | None = Field(description="The hazard that it is linked to.")
    area_mm2: str | None
    obstacles: list[str] = Field(
        description="What stands against the release, whoever decides; empty where nothing does, "
        "or it is decided."
    )
    consents: list[str] = Field(description="Who has consented and still counts.")
    consents_extending: list[str] = Field(
        description="Who has consented with the hazard extended to ground outside its boundary."
    )
    lacking: int = Field(description="People whose consent still lacks.")
    decision: DecisionOut | None
    refusals: list[RefusalOut] = Field(description="Every refusal, oldest first.")


class ReleaseList(Schema):
    """Some reports of released land, in the order of their numbers."""

    state: Literal["waiting", "refused", "decided"]
    partial: bool = Field(
        description="Whether only those in the caller's part of the programme are listed."
    )
    releases: list[ReleaseOut]
    next_after: int | None = Field(description="Give it as after for the next page.")
    notice: str


class SentenceOut(Schema):
    """Words of a report that are evidence on the hazard."""

    evidence: str
    document: str
    claim: str
    words: str
    source: str
    reliability: str
    credibility: str
    withdrawn: bool


class MayOut(Schema):
    """Whether the caller may be one of the two, and why (not)."""

    allowed: bool
    reasons: list[str]


class ReleaseDetail(ReleaseOut):
    """A report of released land with all that a decision needs."""

    seen: str = Field(description="What was shown: give it back with a consent.")
    report: dict[str, Any] = Field(description="The report as the caller sees it.")
    hazard_record: dict[str, Any] | None
    hazard_named: bool = Field(
        description="Whether the hazard is the one named in the request, not the report's own."
    )
    proposed_hazards: list[str] = Field(
        description="Hazards that an unlinked report lies on: a proposal, never a fact."
    )
    left_mm2: str | None = Field(description="Ground of the hazard that the report leaves out.")
    outside_mm2: str | None = Field(description="Ground of the report outside the hazard.")
    evidence: list[dict[str, Any]] = Field(description="Evidence items on the hazard.")
    accidents: list[dict[str, Any]]
    sentences: list[SentenceOut]
    sentences_withheld: bool = Field(
        description="Words of reports are for who reads the whole register: that none stands here "
        "does not mean that there is none."
    )
    latest_information: str | None = Field(
        description="Day of the latest evidence; a release has to be later."
    )
    quality_visits: list[dict[str, Any]]
    questions: list[str] = Field(description="What puts the release in question.")
    may_consent: MayOut
    notice: str


class Decided(Schema):
    """One person's consent to a release, or their refusal, or that taken back."""

    decision: Literal["consent", "refuse", "take_back"] = "consent"
    seen: str = Field(
        min_length=1, max_length=200,
        description="As GET gave it: what is decided on is what was read.",
    )  # fmt: skip
    hazard: str | None = HazardRef
    extends_hazard: bool = Field(
        False,
        description="The ground outside the hazard belonged to it: newly identified and released "
        "at once. Both people have to say so.",
    )
    reason: str = Field(
        "", max_length=2000,
        description="Of a refusal: why, so that whoever proposed the release can act on it. Of one "
        "that is taken back: why it was a mistake.",
    )  # fmt: skip


class Consented(Schema):
    """What came of a consent, or of a refusal, or of taking that back."""

    ref: str
    standing: Literal["consented", "released", "refused", "waiting"] = Field(
        description="waiting: the refusal was taken back, and it takes two consents."
    )
    entry: int | None = Field(
        description="Journal entry of the release, the refusal or its being taken back; null after "
        "a first consent."
    )
    consents: list[str]
    told: str


@router.get("", summary="Releases that wait, or were decided", response=ReleaseList)
def listing(
    request: HttpRequest,
    state: Literal["waiting", "refused", "decided"] = "waiting",
    after: int = Query(0, ge=0, lt=2**63, description="next_after of the page before."),
) -> HttpResponse:
    """Reports of released land with what stands against each, and who has consented."""
    caller = callers.of(request)
    _require_deciding(caller)
    etag = _tag(request)
    unchanged = conditional.not_modified(request, etag)
    if unchanged is not None:
        return conditional.mark(unchanged, etag)
    rows = pages_of_releases.in_state(pages_of_releases.reports(caller), state)
    found = list(rows.filter(id__gt=after).order_by("id")[: _PAGE + 1])
    body = {
        "state": state,
        "partial": not caller.sees_everything,
        "releases": [_told(one, releases.hazard_of(one)) for one in found[:_PAGE]],
        "next_after": found[_PAGE - 1].id if len(found) > _PAGE else None,
        "notice": _NOTICE,
    }
    return conditional.mark(JsonResponse(body), etag)


@router.get("/{number}", summary="One release, and what a decision needs", response=ReleaseDetail)
def one(
    request: HttpRequest,
    number: int = Number,
    hazard: str | None = Query(
        None, max_length=30, pattern=r"^HA-\d{1,18}$",
        description="Look at it with this hazard, where the report is linked to none.",
    ),
) -> HttpResponse:  # fmt: skip
    """The report with its hazard, obstacles, consents, evidence and quality visits."""
    caller = callers.of(request)
    _require_deciding(caller)
    etag = _tag(request)
    unchanged = conditional.not_modified(request, etag)
    if unchanged is not None:
        return conditional.mark(unchanged, etag)
    activity = _activity(caller, number)
    return conditional.mark(JsonResponse(_detail(caller, activity, hazard)), etag)


@router.get("/{number}/decisions", summary="Where a release stands", response=ReleaseOut)
def standing(request: HttpRequest, number: int = Number) -> dict[str, Any]:
    """Obstacles, consents, refusals and the decision."""
    caller = callers.of(request)
    _require_deciding(caller)
    activity = _activity(caller, number)
    return _told(activity, releases.hazard_of(activity))


@router.post("/{number}/decisions", summary="Consent to a release, refuse it, or take that back",
             response=Consented)  # fmt: skip
def decide(request: HttpRequest, given: Decided, number: int = Number) -> dict[str, Any]:
    """Consent or refuse in one's own name; the second, independent person's consent moves the land.

    It takes an authenticated human with the role (rule 14): a token is refused with 403, as are who
    handed the report in and whoever is employed by the operator that did the work. A refusal takes
    the same and a reason, moves nothing, and stands until the report is corrected, a quality visit
    to it passes, or who refused takes it back with a reason; nobody else can.
    """
    caller = callers.of(request)
    # Before anything is looked up: a token learns that it is none, and nothing else.
    callers.require(caller, "approve_release")
    _require_deciding(caller)
    activity = _activity(caller, number)
    hazard = _hazard(caller, activity, given.hazard)
    _refuse_person(caller, activity, hazard)
    assert caller.actor is not None, "only a person passes the check before"
    with transaction.atomic():
        # From here on nobody else decides: what was read is what is decided on.
        journal.lock_head()
        pages_of_releases.refuse_if_changed(activity, given.seen, given.hazard or "", caller)
        _refuse_decided(activity)
        if given.decision == "refuse":
            return _refused(caller, activity, given)
        if given.decision == "take_back":
            return _taken_back(caller, activity, given)
        result = release_decisions.approve_releases(
            [activity.ref],
            caller.actor,
            hazards={activity.ref: given.hazard} if given.hazard else None,
            extends_hazard=given.extends_hazard,
        )
    if result.refused:
        _refuse(result.refused[activity.ref])
    released = bool(result.released)
    decision = Release.objects.filter(activity_uid=activity.uid).first()
    return {
        "ref": activity.ref,
        "standing": "released" if released else "consented",
        "entry": result.entry,
        "consents": _deciders(decision)
        if decision is not None
        else release_decisions.consents_to_release(activity, hazard, extends=given.extends_hazard),
        "told": "released by two people"
        if released
        else "consent recorded; a second, independent person has to consent as well",
    }


def _refused(caller: access.Caller, activity: Any, given: Decided) -> dict[str, Any]:
    assert caller.actor is not None, "only a person passes the check before"
    entry = refusing.refuse(activity.ref, caller.actor, given.reason, hazard=given.hazard or "")
    return {
        "ref": activity.ref,
        "standing": "refused",
        "entry": entry.seq,
        "consents": [],
        "told": "refused; the land stays as it was",
    }


def _taken_back(caller: access.Caller, activity: Any, given: Decided) -> dict[str, Any]:
    assert caller.actor is not None, "only a person passes the check before"
    stands = next((one for one in reversed(refusals.of(activity)) if one.stands), None)
    against = stands and refusing.reasons_against_taking_back(activity, stands, caller.actor)
    if against:
        raise Problem(
            HTTPStatus.FORBIDDEN,
            "; ".join(against),
            "Ask who refused; or correct the report, or record the visit that passed.",
        )
    entry = refusing.take_back(activity.ref, caller.actor, given.reason)
    return {
        "ref": activity.ref,
        "standing": "waiting",
        "entry": entry.seq,
        "consents": [],
        "told": "the refusal is taken back; two people have to consent",
    }


# --- who is not answered --------------------------------------------------------------------------


def _require_deciding(caller: access.Caller) -> None:
    """Releases are shown to whoever the pages show them, each for their part of the programme."""
    callers.require(caller, "view")
    why = pages_of_releases.against(caller)
    if why:
        raise Problem(
            HTTPStatus.FORBIDDEN,
            "; ".join(why),
            "Ask somebody who reviews or decides; a service needs the scopes view, "
            "view_restricted and review.",
        )


def _refuse_person(caller: access.Caller, activity: Any, hazard: Any | None) -> None:
    verdict = pages_of_releases.verdict_of(caller, activity, hazard)
    if not verdict:
        raise Problem(
            HTTPStatus.FORBIDDEN,
            f"approve_release: {'; '.join(verdict.reasons)}",
            "Somebody else has to decide this; landrelease access explain says who may.",
        )


def _refuse_decided(activity: Any) -> None:
    if Release.objects.filter(activity_uid=activity.uid).exists():
        raise Problem(
            HTTPStatus.CONFLICT, f"{activity.ref} is decided already",
            "Look at it: GET /api/v1/releases/{number}.",
        )  # fmt: skip


def _refuse(obstacles: list[str]) -> None:
    raise Problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "; ".join(obstacles),
        "Put right what stands against it (a corrected report, a quality visit, a link); nothing "
        "was consented to.",
        errors=[{"where": "release", "what": why} for why in obstacles],
    )


# --- telling --------------------------------------------------------------------------------------


def _activity(caller: access.Caller, number: int) -> Any:
    found = pages_of_releases.reports(caller).filter(id=number).first()
    if found is None:
        raise not_found(f"report AC-{number}")
    return found


def _hazard(caller: access.Caller, activity: Any, named: str | None) -> Any | None:
    if named is None:
        return releases.hazard_of(activity)
    found = pages_of_releases.called(named, caller)
    if found is None:
        raise not_found(f"hazard {named}")
    return found


def _tag(request: HttpRequest) -> str:
    """Consents and changes of roles are no journal entries, and change what is told."""
    return conditional.tag(
        request,
        Approval.objects.order_by("-id").values_list("id", flat=True).first(),
        PeopleEvent.objects.order_by("-id").values_list("id", flat=True).first(),
    )


def _deciders(decision: Release) -> list[str]:
    return [name for name in decision.deciders.split("|") if name]


def _told(activity: Any, hazard: Any | None) -> dict[str, Any]:
    decision = Release.objects.filter(activity_uid=activity.uid).first()
    waits = hazard is not None and decision is None
    consents = release_decisions.consents_to_release(activity, hazard) if waits else []
    extending = (
        release_decisions.consents_to_release(activity, hazard, extends=True) if waits else []
    )
    linked = releases.hazard_of(activity)
    return {
        "ref": activity.ref,
        "result": activity.result,
        "hazard": linked and linked.ref,
        "area_mm2": None if activity.area_mm2 is None else str(activity.area_mm2),
        "obstacles": [] if decision else releases.obstacles(activity, hazard),
        "consents": consents,
        "consents_extending": extending,
        "lacking": 0 if decision
        else PEOPLE_NEEDED - max(len(consents), len(extending)),
        "decision": decision and {
            "standing": decision.standing,
            "entry": decision.seq,
            "deciders": _deciders(decision),
            "authority": decision.authority,
            "document": decision.document,
        },
        "refusals": [one.to_json() for one in refusals.of(activity)],
    }  # fmt: skip


def _detail(caller: access.Caller, activity: Any, named: str | None) -> dict[str, Any]:
    hazard = _hazard(caller, activity, named)
    decided = Release.objects.filter(activity_uid=activity.uid).exists()
    left, outside = pages_of_releases.ground_between(activity, hazard)
    uid = None if hazard is None else hazard.uid
    latest = None if hazard is None else releases.latest_information(hazard)
    verdict = pages_of_releases.verdict_of(caller, activity, hazard)

    def on_hazard(record_type: str) -> list[dict[str, Any]]:
        if uid is None:
            return []
        return _beside(caller, RECORDS[record_type].objects.filter(hazard_uid=uid).order_by("id"))

    items = on_hazard("evidence")
    standing = dict(Evidence.objects.filter(hazard_uid=uid).values_list("id", "standing"))
    visits = RECORDS["quality_visit"].objects.filter(activity_uid=activity.uid).order_by("id")
    return {
        **_told(activity, hazard),
        "seen": pages_of_releases.seen(activity, hazard),
        "report": features.values(caller, "activity", [activity])[0],
        "hazard_record": hazard and features.values(caller, "hazard", [hazard])[0],
        "hazard_named": named is not None,
        "proposed_hazards": [
            one["hazard"].ref for one in pages_of_releases.proposed(activity, caller)
        ],
        "left_mm2": None if left is None else str(left),
        "outside_mm2": None if outside is None else str(outside),
        "evidence": [
            {**item, "withdrawn": standing.get(item["id"]) == "withdrawn"} for item in items
        ],
        "accidents": on_hazard("accident"),
        "sentences": [_sentence(one) for one in _sentences(uid)] if caller.sees_everything else [],
        "sentences_withheld": not caller.sees_everything,
        "latest_information": latest and latest.isoformat(),
        "quality_visits": _beside(caller, visits),
        "questions": [one.message for one in questions.standing(activity_uid=activity.uid)]
        if decided
        else [],
        "may_consent": {"allowed": verdict.allowed, "reasons": list(verdict.reasons)},
        "notice": _NOTICE,
    }


#: What whoever decides a release is told of a record that they do not see: deciding without it
#: would be worse. The page of a release shows the same.
_OF_HIDDEN = ("ref", "id", "kind", "date_start", "date_end", "channel", "directness",
              "reliability", "result")  # fmt: skip


def _beside(caller: access.Caller, rows: QuerySet[Any]) -> list[dict[str, Any]]:
    """What bears on a release: records as the caller sees them, hidden ones with a few fields."""
    records = list(rows)
    name = rows.model.schema.name  # type: ignore[attr-defined]
    uids = [one.uid for one in records]
    seen = set(access.records(caller, name).filter(uid__in=uids).values_list("uid", flat=True))
    return [
        told if one.uid in seen else {key: told[key] for key in _OF_HIDDEN if key in told}
        for one, told in zip(records, features.values(caller, name, records), strict=True)
    ]


def _sentences(hazard_uid: str | None) -> list[sentences.Sentence]:
    return [] if hazard_uid is None else sentences.on_hazards([hazard_uid]).get(hazard_uid, [])


def _sentence(said: sentences.Sentence) -> dict[str, Any]:
    told = said.to_json()
    return {name: told[name] for name in SentenceOut.model_fields}
