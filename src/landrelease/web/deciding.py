"""Deciding about claims: accepted as evidence, rejected, withdrawn, each by a signed-in person.

A claim can at most become an indication without area, or evidence for a hazardous area that is on
record; never a polygon (rule 20). What happens is said by ``register.claim_decisions``; here are
its forms, which work with and without scripts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods

from landrelease.register import access, claim_decisions, codes
from landrelease.register.errors import RegisterError
from landrelease.register.models import RECORDS
from landrelease.register.people import Actor
from landrelease.register.schema import record_type

from . import claims, facts, readers, records, session
from .claim_states import Decider, Reference, decider, reference

#: What may be done, with the heading of its form.
ACTS: dict[str, Any] = {
    "accept": gettext_lazy("Accept as evidence"),
    "reject": gettext_lazy("Reject"),
    "withdraw": gettext_lazy("Withdraw"),
}
#: Hazardous areas that a search in the form lists.
FOUND = 8
#: Fields that a preview leaves out: ids, and the words of the claim above it.
_SAID_ALREADY = ("source_id", "claim", "statement")
#: Records that rest on a claim, as listed before it is withdrawn.
RESTING = 25


# --- The forms ------------------------------------------------------------------------------------


@readers.for_readers
@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: HttpRequest, row: str, act: str) -> HttpResponse:
    """Show the form of a decision about a claim, or take it."""
    if act not in ACTS:
        raise Http404(gettext("There is no such act."))
    claim = claims.row_of(row, readers.reading(request))
    who = decider(request)
    if request.method != "POST":
        return _form(request, claim, act, who)
    if who.actor is None or not who.may:
        return _form(request, claim, act, who, " ".join(who.refusals), status=403)
    try:
        if act == "accept" and "preview" in request.POST:
            would = _preview(claim, who.actor, request)
            return _form(request, claim, act, who, would=would)
        done = _ACT[act](claim, who.actor, request)
    except RegisterError as error:
        return _form(request, claim, act, who, str(error), status=422)
    except Choose as choose:
        return _form(request, claim, act, who, choose.message, choose.among, status=422)
    return _decided(request, claim, done)


@dataclass(frozen=True)
class Preview:
    """What an acceptance would do.

    Attributes
    ----------
    items
        What would be recorded: kind of record, its fields in words.
    hazard
        Reference of the hazardous area it would be evidence for; empty for an indication.
    questions
        What would be put in question.
    """

    items: list[tuple[str, str]]
    hazard: str
    questions: list[str]


class Choose(Exception):
    """The form has to be filled in otherwise.

    Attributes
    ----------
    message
        What is wrong and what to do.
    among
        Hazardous areas to choose from.
    """

    def __init__(self, message: str, among: Sequence[Any] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.among = list(among)


@readers.for_readers
def hazards(request: HttpRequest) -> HttpResponse:
    """List hazardous areas that a search in the form finds (a fragment)."""
    words = request.GET.get("hazard", "").strip()
    found = _search(words, request)[: FOUND + 1] if words else []
    return render(
        request,
        "web/_hazard_choices.html",
        {"among": found[:FOUND], "more": len(found) > FOUND, "words": words},
    )


def _search(words: str, request: HttpRequest) -> list[Any]:
    """The hazardous areas that some words find, of those that the reader sees."""
    caller = session.caller(request)
    whole = not settings.LANDRELEASE_SITE or caller.sees_everything
    seen = RECORDS["hazard"].objects.all() if whole else access.records(caller, "hazard")
    standing = seen.exclude(geometry_state__in=codes.WITHDRAWN)
    return list(records.search(standing, words).order_by("id").defer("plane", "geometry")[:50])


def _accept(claim: Any, who: Actor, request: HttpRequest) -> str:
    done = claim_decisions.accept(claim.id, actor=who, **_acceptance(request))
    return _told(done, gettext("Accepted."))


def _preview(claim: Any, who: Actor, request: HttpRequest) -> Preview:
    """What an acceptance would record, and which released land it would put in question."""
    would = claim_decisions.preview_accept(claim.id, actor=who, **_acceptance(request))
    items = [
        (gettext(record_type(name).label), ", ".join(_said_of(name, state)))
        for name, states in would.recorded.items()
        for state in states
    ]
    return Preview(items, would.hazard_ref or "", list(would.questions))


def _said_of(name: str, state: Mapping[str, Any]) -> Iterator[str]:
    """The recorded fields of a record in the order of its form, as readers see them."""
    for field in record_type(name).fields:
        value = state.get(field.name)
        if field.name in _SAID_ALREADY:
            continue
        if value is not None and field.kind in ("choice", "classes", "date", "text"):
            choices = field.choices or {}
            said = value
            if isinstance(value, Mapping):
                said = " – ".join(dict.fromkeys(str(day) for day in value.values() if day))
            elif isinstance(value, list):
                said = "; ".join(gettext(choices.get(code, code)) for code in value)
            elif value in choices:
                said = gettext(choices[value])
            yield f"{facts.label(field)}: {said}"


def _acceptance(request: HttpRequest) -> dict[str, Any]:
    """What a person filled into the form of an acceptance."""
    given = request.POST
    target = given.get("target", "")
    if target not in ("hazard", "indication"):
        raise Choose(
            gettext("Choose whether it is evidence for a hazardous area or an indication.")
        )
    called = given.get("hazard_ref") or given.get("hazard", "")
    return {
        "hazard": _hazard(called, request) if target == "hazard" else None,
        "indication": target == "indication",
        "reliability": given.get("reliability", "F"),
        "credibility": given.get("credibility", "6"),
        "classes": [code for code in given.getlist("classes") if code in codes.CLASSES] or None,
        "reason": given.get("reason", "").strip(),
    }


def _reject(claim: Any, who: Actor, request: HttpRequest) -> str:
    done = claim_decisions.reject(claim.id, actor=who, reason=_reason(request))
    return _told(done, gettext("Rejected."))


def _withdraw(claim: Any, who: Actor, request: HttpRequest) -> str:
    done = claim_decisions.withdraw(claim.id, actor=who, reason=_reason(request))
    return _told(done, gettext("Withdrawn."))


def _told(outcome: claim_decisions.Outcome, done: str) -> str:
    """What came of it: done, or handed in for other people to decide; and what it put in question.

    Withdrawing what keeps caution up takes two people (rule 4)."""
    if outcome.standing != "decided":
        done = gettext(
            "Handed in as %s: two people have to decide it, for it would lower caution."
        ) % (outcome.receipt or "–")
    if outcome.questions:
        done += " " + gettext("Put in question: %s") % "; ".join(outcome.questions)
    return done


_ACT = {"accept": _accept, "reject": _reject, "withdraw": _withdraw}


def _reason(request: HttpRequest) -> str:
    reason = request.POST.get("reason", "").strip()
    if not reason:
        raise Choose(gettext("Give the reason: whoever reads this later has to follow it."))
    return reason


def _hazard(words: str, request: HttpRequest) -> str:
    """The reference of the one hazardous area that is meant."""
    words = words.strip()
    found = _search(words, request) if words else []
    if len(found) == 1:
        return str(found[0].ref)
    if not words:
        raise Choose(gettext("Name the hazardous area: its reference (HA-12), id or name."))
    if not found:
        raise Choose(gettext("No hazardous area on record is called “%s”.") % words)
    raise Choose(gettext("Several hazardous areas match “%s”: choose one.") % words, found[:FOUND])


def _form(
    request: HttpRequest,
    claim: Any,
    act: str,
    who: Decider,
    error: str = "",
    among: Sequence[Any] = (),
    status: int = 200,
    would: Preview | None = None,
) -> HttpResponse:
    body = json.loads(claim.body)
    (told,) = claims.told([(claim, body)], request, beside=False)
    devices = (body.get("slots") or {}).get("devices", ())
    resting = _resting(claim.id) if act == "withdraw" and who.may else []
    given = request.POST if request.method == "POST" else None
    context = {
        "claim": told,
        "act": act,
        "heading": ACTS[act],
        "may": who.may,
        "refusals": who.refusals,
        "signed_in": who.actor is not None,
        "error": error,
        "among": among,
        "would": would,
        "hazard": (given.get("hazard_ref") or given.get("hazard", "")) if given else "",
        "given": given or {},
        "reliability": codes.RELIABILITY,
        "credibility": codes.CREDIBILITY,
        "chosen_reliability": given.get("reliability", "F") if given else "F",
        "chosen_credibility": given.get("credibility", "6") if given else "6",
        "classes": codes.CLASSES,
        "chosen_classes": given.getlist("classes")
        if given
        else [code for code in devices if code in codes.CLASSES],
        "resting": resting[:RESTING],
        "resting_further": max(0, len(resting) - RESTING),
    }
    template = "web/_decide.html" if _partial(request) else "web/decide.html"
    return render(request, template, context, status=status)


def _resting(row: str) -> list[dict[str, Any]]:
    plurals = {"hazard": "hazards", "indication": "hazards", "release": "activities"}
    found = []
    for one in claim_decisions.rests_on(row):
        plural = plurals.get(one.kind)
        found.append(
            {
                "kind": one.kind.replace("_", " "),
                "told": one.told,
                "ref": reference(one.ref, plural) if plural else Reference(str(one.ref or ""), ""),
            }
        )
    return found


def _decided(request: HttpRequest, claim: Any, done: str) -> HttpResponse:
    (told,) = claims.told([(claim, json.loads(claim.body))], request, beside=False)
    if _partial(request):
        return render(request, "web/_decided.html", {"claim": told, "done": done, "may": True})
    return HttpResponseRedirect(told.link or reverse("claims"))


def _partial(request: HttpRequest) -> bool:
    return bool(request.headers.get("HX-Request"))
