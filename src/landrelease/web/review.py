"""Deciding about submissions: accept, return, reject, consent; one by one or several at once.

Who may do what is answered by ``register.access`` and enforced by ``register.decisions``; here are
the forms, which work with and without scripts. Several at once are decided one by one, each with
its own checks and its own line in the report.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from landrelease.register import access, consent, decisions, people
from landrelease.register.access import Caller, Verdict
from landrelease.register.errors import RegisterError
from landrelease.register.models import Submission

from . import gate, session
from .told import told

#: What may be done to a submission, and to several at once, with the words of the button.
BULK: dict[str, Any] = {
    "accept": gettext_lazy("Accept"),
    "approve": gettext_lazy("Consent to what is held back"),
    "return": gettext_lazy("Return to the sender"),
    "reject": gettext_lazy("Reject"),
}
#: Submissions that can be decided in one go.
AT_ONCE = 200

OPEN = (Submission.CHECKED, Submission.PARTLY)


def for_callers(view: gate.View) -> gate.View:
    """Mark a view as one that shows what its caller may see; on a site they sign in first."""
    return gate.by_role(lambda caller, **parts: [])(view)


@dataclass(frozen=True)
class Standing:
    """Where the decision about a submission stands, for one reader.

    Attributes
    ----------
    open
        Whether anything of it is still to be decided.
    proposed, held
        Lines that one reviewer may decide, and those that take two people.
    review, approve
        Whether the reader may decide the former and consent to the latter, and why (not).
    consents
        Who has consented to the latter.
    lacking
        People who still have to consent.
    """

    open: bool
    proposed: int
    held: int
    review: Verdict
    approve: Verdict
    consents: list[str]
    lacking: int
    consented: bool


def standing(submission: Submission, caller: Caller) -> Standing:
    """Say what of a submission is open, and what the caller may do about it."""
    lines = {"proposed": 0, "held": 0}
    for part_standing, count in submission.parts.values_list("standing", "part__count"):
        if part_standing in lines:
            lines[part_standing] += count
    still_open = submission.state in OPEN and bool(sum(lines.values()))
    if not still_open:
        closed = Verdict(False, [])
        return Standing(False, lines["proposed"], lines["held"], closed, closed, [], 0, False)
    consents = decisions.standing_consents(submission) if lines["held"] else []
    return Standing(
        still_open,
        lines["proposed"],
        lines["held"],
        access.may(caller, "review", submission),
        access.may(caller, "lower_caution", submission) if lines["held"] else Verdict(False),
        consents,
        max(0, consent.PEOPLE_NEEDED - len(consents)),
        caller.name in consents,
    )


def _accept(receipt: str, who: people.Actor, reason: str) -> str:
    entry = decisions.accept_submission(receipt, who)
    if entry is None:
        return gettext("Nothing to accept: what it brings takes two people.")
    return gettext("Accepted in journal entry %s.") % entry.seq


def _approve(receipt: str, who: people.Actor, reason: str) -> str:
    entry = decisions.approve_held(receipt, who)
    if entry is None:
        return gettext("Consent recorded. A second, independent person has to consent as well.")
    return gettext("Decided by two people in journal entry %s.") % entry.seq


def _return(receipt: str, who: people.Actor, reason: str) -> str:
    decisions.return_submission(receipt, who, reason)
    return gettext("Returned to the sender with the reason.")


def _reject(receipt: str, who: people.Actor, reason: str) -> str:
    decisions.reject_submission(receipt, who, reason)
    return gettext("Rejected; file and reason are kept.")


_DO: dict[str, Callable[[str, people.Actor, str], str]] = {
    "accept": _accept,
    "approve": _approve,
    "return": _return,
    "reject": _reject,
}
#: What each act asks leave for.
_LEAVE = {"accept": "review", "approve": "lower_caution", "return": "review", "reject": "review"}


def _decide(submission: Submission, act: str, caller: Caller, reason: str) -> str:
    """Do it in the caller's name; what :mod:`register.decisions` refuses is refused here."""
    if caller.actor is None:
        raise RegisterError(gettext("Sign in to decide."))
    # A state that has moved on is told as that, not as something the person may not do.
    if submission.state in OPEN:
        access.require(caller, _LEAVE[act], submission)
    return _DO[act](submission.receipt, caller.actor, reason)


@for_callers
@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: HttpRequest, id_: int) -> HttpResponse:
    """Take a decision about one submission."""
    from . import submissions

    caller = session.caller(request)
    found = submissions.visible(request, Submission.objects.filter(id=id_)).first()
    if found is None:
        raise Http404(gettext("There is no such submission."))
    address = reverse("submission", args=[id_])
    if request.method != "POST":
        return HttpResponseRedirect(address)
    act = request.POST.get("act", "")
    reason = request.POST.get("reason", "").strip()
    error, status = "", 422
    try:
        if act not in BULK:
            raise RegisterError(gettext("Choose what to do."))
        messages.success(request, _decide(found, act, caller, reason))
    except RegisterError as refused:
        error = told(refused)
        found.refresh_from_db()
        status = _status(found, act, caller)
    if error:
        context = submissions.context_of(request, found)
        context |= {"error": error, "given_reason": reason}
        return render(request, "web/submission.html", context, status=status)
    return HttpResponseRedirect(f"{address}#review")


def _status(submission: Submission, act: str, caller: Caller) -> int:
    """403 where the person may not, 409 where somebody else was first, else 422."""
    if submission.state not in OPEN:
        return 409
    return 422 if act in _LEAVE and access.may(caller, _LEAVE[act], submission) else 403


@dataclass(frozen=True)
class Reported:
    """What came of one of several."""

    submission: Submission
    done: bool
    said: str


@for_callers
@require_POST
def several(request: HttpRequest) -> HttpResponse:
    """Decide several submissions, one by one, and report on each."""
    from . import submissions

    caller = session.caller(request)
    act = request.POST.get("act", "")
    reason = request.POST.get("reason", "").strip()
    ids = [int(id_) for id_ in request.POST.getlist("chosen") if id_.isdecimal()][:AT_ONCE]
    ticked = Submission.objects.filter(id__in=ids)
    chosen = list(submissions.visible(request, ticked).order_by("id"))
    error = ""
    if act not in BULK:
        error = gettext("Choose what to do.")
    elif not chosen:
        error = gettext("Tick the submissions that are meant.")
    elif act in ("return", "reject") and not reason:
        error = gettext("Give the reason: the senders have to act on it.")
    report = [] if error else [_one(one, act, caller, reason) for one in chosen]
    return render(
        request,
        "web/review_report.html",
        {
            "act": BULK.get(act, ""),
            "error": error,
            "report": report,
            "done": sum(one.done for one in report),
        },
        status=422 if error else 200,
    )


def _one(submission: Submission, act: str, caller: Caller, reason: str) -> Reported:
    try:
        said = _decide(submission, act, caller, reason)
    except RegisterError as refused:
        submission.refresh_from_db()
        return Reported(submission, False, told(refused))
    submission.refresh_from_db()
    return Reported(submission, True, said)
