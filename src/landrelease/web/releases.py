"""Releases of land: which reports wait, what stands against each, and two people's consent.

Nothing here can overrule what :mod:`landrelease.register.releases` says against a release, or whom
:mod:`landrelease.register.independence` excludes (rule 14); the pages show both word for word.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from landrelease.register import (
    access,
    area_only,
    consent,
    history,
    independence,
    journal,
    people,
    questions,
    references,
    refusals,
    refusing,
    release_access,
    release_decisions,
    releases,
    sentences,
    states,
)
from landrelease.register.access import Verdict
from landrelease.register.errors import DecisionRefused, RegisterError
from landrelease.register.models import RECORDS, Activity, Evidence, ProposedLink, Release
from landrelease.register.said import joined

from . import facts, gate, keyset, reader, records, review, session
from .told import told

#: Evidence items and visits listed on a page before "show all".
LISTED = 25


def against(reader: access.Caller, **parts: Any) -> list[str]:
    """Why a reader is shown no releases; see :func:`.gate.by_role`."""
    if release_access.decides(reader):
        return []
    return [
        gettext(
            "Releases are shown to reviewers and approvers, each for their part of the programme, "
            "at the restricted tier; none of your roles is one."
        )
    ]


#: Marks a view as one that shows the releases of its caller's part, to those who decide.
for_deciders = gate.by_role(against)


def reports(reader: access.Caller) -> QuerySet[Any]:
    """Reports that somebody sees; a page shows one without a result as well."""
    return Activity.objects.all() if reader.sees_everything else release_access.activities(reader)


#: Where a report of released land can stand.
STATES = ("waiting", "refused", "decided")


def in_state(found: QuerySet[Any], state: str) -> QuerySet[Any]:
    """Those of some reports of released land that wait, were refused, or were decided.

    Parameters
    ----------
    state
        One of :data:`STATES`; what is none of the last two waits.
    """
    found = found.filter(result__isnull=False)
    done, refused = Release.objects.values("activity_uid"), refusals.refused()
    match state:
        case "decided":
            return found.filter(uid__in=done)
        case "refused":
            return found.filter(uid__in=refused).exclude(uid__in=done)
        case _:
            return found.exclude(uid__in=done).exclude(uid__in=refused)


@dataclass(frozen=True)
class Row:
    """A report of released land in the list.

    Attributes
    ----------
    obstacles
        What stands against the release, whoever decides.
    consents
        Who has consented already.
    release
        The decision, when there is one.
    refusal
        The refusal that stands against it, when there is one.
    """

    activity: Any
    hazard: Any | None
    obstacles: list[str]
    consents: list[str]
    release: Release | None
    refusal: refusals.Refusal | None = None


@for_deciders
def listing(request: HttpRequest) -> HttpResponse:
    """List reports of released land: what waits, or what was decided here and elsewhere."""
    caller, reader = session.caller(request), session.reader(request)
    asked = request.GET.get("state")
    state = asked if asked in STATES else STATES[0]
    page = keyset.page(request, in_state(reports(reader), state))
    known = {
        one.activity_uid: one
        for one in Release.objects.filter(activity_uid__in=[row.uid for row in page.rows])
    }
    return render(
        request,
        "web/releases.html",
        {
            "rows": _rows(page.rows, known),
            "part": not reader.sees_everything,
            "page": page,
            "next_query": keyset.query(request, after=page.next),
            "state": state,
            "may": access.may(caller, "approve_release"),
            "signed_in": caller.authenticated,
        },
    )


def _rows(activities: Sequence[Any], known: dict[str, Release]) -> list[Row]:
    """The rows of a page, with a number of queries that does not grow with them."""
    pairs = list(zip(activities, releases.hazards_of(activities), strict=True))
    waiting = [pair for pair in pairs if pair[0].uid not in known]
    against = dict(
        zip((one.uid for one, _ in waiting), releases.obstacles_of(waiting), strict=True)
    )
    consents = release_decisions.consents_to_releases(
        pair for pair in waiting if pair[1] is not None
    )
    refused = refusals.of_many(one.uid for one, _ in waiting)
    return [
        Row(
            activity,
            hazard,
            against.get(activity.uid, []),
            consents.get(activity.uid, []),
            known.get(activity.uid),
            next((one for one in refused.get(activity.uid, ()) if one.stands), None),
        )
        for activity, hazard in pairs
    ]


@for_deciders
def release(request: HttpRequest, id_: int) -> HttpResponse:
    """Show one report of released land and all that two people need to decide it."""
    return render(request, "web/release.html", context_of(request, _found(request, id_)))


@for_deciders
def ground(request: HttpRequest, id_: int) -> JsonResponse:
    """Give the hazardous area and the ground of the report as GeoJSON."""
    activity = _found(request, id_)
    hazard = _hazard(request, activity)
    before = None if hazard is None else states.of_record(hazard)
    places = [("before", before), ("after", states.of_record(activity))]
    return JsonResponse(history.collection(places), content_type="application/geo+json")


@for_deciders
@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: HttpRequest, id_: int) -> HttpResponse:
    """Take one person's consent to a release, or refusal, or that taken back; a second consent
    moves the land."""
    activity = _found(request, id_)
    address = reverse("release", args=[id_])
    if request.method != "POST":
        return HttpResponseRedirect(address)
    caller = session.caller(request)
    named = request.POST.get("hazard", "").strip()
    try:
        if caller.actor is None:
            raise DecisionRefused(gettext("Sign in to decide."))
        if named and called(named, session.reader(request)) is None:
            raise DecisionRefused(gettext("There is no such hazardous area."))
        with transaction.atomic():
            # From here on nobody else decides: what was seen is what is decided on.
            journal.lock_head()
            seen_then = request.POST.get("seen", "")
            refuse_if_changed(activity, seen_then, named, session.reader(request))
            act = _ACTS.get(request.POST.get("act", ""), _consent)
            messages.success(request, act(activity, caller.actor, named, request))
    except RegisterError as refused:
        context = context_of(request, _found(request, id_)) | {
            "error": told(refused),
            "given_reason": request.POST.get("reason", ""),
        }
        status = _status(context, request.POST.get("act", ""))
        return render(request, "web/release.html", context, status=status)
    return HttpResponseRedirect(f"{address}#review")


def _consent(activity: Any, who: people.Actor, named: str, request: HttpRequest) -> str:
    result = release_decisions.approve_releases(
        [activity.ref],
        who,
        hazards={activity.ref: named} if named else None,
        extends_hazard=request.POST.get("extends") == "1",
    )
    if result.refused:
        raise DecisionRefused(joined(result.refused[activity.ref]))
    return _told(result)


def _refuse(activity: Any, who: people.Actor, named: str, request: HttpRequest) -> str:
    reason = request.POST.get("reason", "")
    entry = refusing.refuse(activity.ref, who, reason, hazard=named)
    return gettext("Refused in journal entry %s; the land stays as it was.") % entry.seq


def _take_back(activity: Any, who: people.Actor, _named: str, request: HttpRequest) -> str:
    entry = refusing.take_back(activity.ref, who, request.POST.get("reason", ""))
    return (
        gettext("Refusal taken back in journal entry %s; the release waits for two consents.")
        % entry.seq
    )


#: What a form of the page may ask for beside a consent.
_ACTS = {"refuse": _refuse, "take_back": _take_back}


def _told(result: release_decisions.ReleaseResult) -> str:
    if result.released:
        return gettext("Released by two people in journal entry %s.") % result.entry
    return gettext("Consent recorded. A second, independent person has to consent as well.")


def _status(context: dict[str, Any], act: str) -> int:
    if context["release"] is not None:
        return 409
    if act == "take_back" and context["stands"] is not None and not context["may_take_back"]:
        return 403
    return 422 if context["verdict"] else 403


@for_deciders
@require_POST
def several(request: HttpRequest) -> HttpResponse:
    """Consent to several releases, one by one, and report on each."""
    caller, reader = session.caller(request), session.reader(request)
    refs = [ref for ref in request.POST.getlist("chosen") if ref.startswith("AC-")][
        : review.AT_ONCE
    ]
    report: list[tuple[str, bool, str]] = []
    error = "" if refs else gettext("Tick the reports that are meant.")
    if caller.actor is None:
        error = gettext("Sign in to decide.")
    for ref in [] if error or caller.actor is None else refs:
        if references.among(reports(reader), ref) is None:
            report.append((ref, False, gettext("There is no such record.")))
            continue
        report.append((ref, *_one(ref, caller.actor)))
    rows = [
        {"ref": ref, "link": reverse("release", args=[number]), "done": done, "said": said}
        for ref, done, said in report
        if (number := references.number_of("activity", ref)) is not None
    ]
    return render(
        request,
        "web/release_report.html",
        {"error": error, "report": rows, "done": sum(row["done"] for row in rows)},
        status=422 if error else 200,
    )


def _one(ref: str, who: people.Actor) -> tuple[bool, str]:
    try:
        result = release_decisions.approve_releases([ref], who)
    except RegisterError as refused:
        return False, told(refused)
    if result.refused:
        return False, told(joined(result.refused[ref]))
    return True, _told(result)


def seen(activity: Any, hazard: Any | None) -> str:
    """Mark of what a page shows: it changes with the report and with its hazardous area."""
    return f"{activity.content}-{hazard.content if hazard is not None else ''}"


def refuse_if_changed(activity: Any, mark: str, named: str, reader: access.Caller) -> None:
    """Hold that the report and its hazardous area are what somebody was shown.

    Parameters
    ----------
    mark
        As :func:`seen` gave it; empty holds nothing.
    named
        Reference of the hazardous area that they chose, or empty.
    reader
        For whose eyes it was shown.

    Raises
    ------
    DecisionRefused
        When either has changed since.
    """
    now = Activity.objects.get(uid=activity.uid)
    hazard = called(named, reader) if named else releases.hazard_of(now)
    was_report, _, was_hazard = mark.partition("-")
    # A hazard that the form names was chosen on the page and need not be the one that was shown.
    moved = was_hazard and hazard is not None and not named and was_hazard != hazard.content
    if mark and (was_report != now.content or moved):
        raise DecisionRefused(
            gettext(
                "The report or its hazardous area has changed since this page was shown. Look at "
                "it again: it is shown as it is now."
            )
        )


def _found(request: HttpRequest, id_: int) -> Any:
    found = reports(session.reader(request)).filter(id=id_).first()
    if found is None:
        raise Http404(gettext("There is no such record."))
    return found


def called(ref: str, reader: access.Caller) -> Any | None:
    """The hazard of a reference, where whoever decides may see it."""
    return references.among(release_access.hazards(reader), ref.upper())


def _hazard(request: HttpRequest, activity: Any) -> Any | None:
    """The hazard that the report names, or the one that the reader takes it to belong to."""
    named = request.POST.get("hazard") or request.GET.get("hazard") or ""
    reader = session.reader(request)
    return (called(named, reader) if named else None) or releases.hazard_of(activity)


def context_of(request: HttpRequest, activity: Any) -> dict[str, Any]:
    """All that the page of a release shows."""
    caller = session.caller(request)
    hazard = _hazard(request, activity)
    decision = Release.objects.filter(activity_uid=activity.uid).first()
    consents = (
        release_decisions.consents_to_release(activity, hazard)
        if hazard is not None and decision is None
        else []
    )
    extending = (
        release_decisions.consents_to_release(activity, hazard, extends=True)
        if hazard is not None and decision is None
        else []
    )
    verdict = verdict_of(caller, activity, hazard)
    refused = refusals.of(activity)
    stands = next((one for one in reversed(refused) if one.stands), None)
    lost, gained = ground_between(activity, hazard)
    evidence = [] if hazard is None else _evidence(hazard, reader.of(request))
    reads = session.reader(request).sees_everything
    return {
        "activity": activity,
        "hazard": hazard,
        "linked": releases.hazard_of(activity),
        "release": decision,
        "facts": facts.of(activity, reader.of(request)),
        "place": facts.place(activity),
        "obstacles": releases.obstacles(activity, hazard) if decision is None else [],
        "consents": consents,
        "extending": [name for name in extending if name not in consents],
        "consented": caller.name in consents,
        "refusals": refused,
        "stands": stands,
        "may_refuse": bool(verdict) and activity.result is not None and stands is None,
        "may_take_back": decision is None
        and stands is not None
        and caller.actor is not None
        and not refusing.reasons_against_taking_back(activity, stands, caller.actor),
        "lacking": max(0, consent.PEOPLE_NEEDED - len(consents)),
        "verdict": verdict,
        "signed_in": caller.authenticated,
        "left_mm2": lost,
        "outside_mm2": gained,
        "evidence": evidence[:LISTED],
        "evidence_further": max(0, len(evidence) - LISTED),
        # Words of reports are for those who read documents; nobody takes their absence for none.
        "said_withheld": not reads,
        "said": sentences.on_hazards([hazard.uid]).get(hazard.uid, [])
        if hazard is not None and reads
        else [],
        "latest": None if hazard is None else releases.latest_information(hazard),
        "visits": list(
            RECORDS["quality_visit"]
            .objects.filter(activity_uid=activity.uid)
            .order_by("id")[:LISTED]
        ),
        "proposed": proposed(activity, session.reader(request)),
        "questions": questions.standing(activity_uid=activity.uid) if decision else [],
        "area_only": []
        if hazard is None
        else area_only.on_hazards([hazard.uid]).get(hazard.uid, []),
        "seen": seen(activity, hazard),
        "box": records.box_of(activity) or (records.box_of(hazard) if hazard is not None else ""),
    }


def ground_between(activity: Any, hazard: Any | None) -> tuple[int | None, int | None]:
    """Ground of a hazardous area that a report leaves out, and of the report outside it, mm2."""
    before = None if hazard is None else states.of_record(hazard)
    return history.ground_between(before, states.of_record(activity))


def verdict_of(caller: access.Caller, activity: Any, hazard: Any | None) -> Verdict:
    """Whether the reader may be one of the two, also for a hazard that only they name."""
    verdict = access.may(caller, "approve_release", activity)
    if not verdict or hazard is None or caller.actor is None:
        return verdict
    against = independence.reasons_against_release(activity, hazard, caller.actor)
    return Verdict(False, against) if against else verdict


def _evidence(hazard: Any, shown_to: reader.Reader) -> list[Any]:
    """Evidence items on a hazard and accidents at it, each with its page."""
    found: list[Any] = list(Evidence.objects.filter(hazard_uid=hazard.uid).order_by("id"))
    found += RECORDS["accident"].objects.filter(hazard_uid=hazard.uid).order_by("id")
    return [
        {
            "record": one,
            "link": facts.link(one) if shown_to.find(one.schema.name, one.uid) else "",
            "withdrawn": getattr(one, "standing", None) == "withdrawn",
            "facts": [
                facts.fact(one, field, shown_to)
                for field in one.schema.fields
                if field.name in ("kind", "date", "channel", "directness", "reliability")
            ],
        }
        for one in found
    ]


def proposed(activity: Any, reader: access.Caller) -> list[dict[str, Any]]:
    """The hazards that an unlinked report lies on: a proposal, never a fact (rule 5)."""
    links = ProposedLink.objects.filter(activity_uid=activity.uid).order_by("-overlap_mm2")
    seen = release_access.hazards(reader)
    return [
        {"hazard": hazard, "overlap_mm2": link.overlap_mm2}
        for link in links[:LISTED]
        if (hazard := seen.filter(uid=link.hazard_uid).first()) is not None
    ]
