"""Records that may be one: the list of what is suspected, two side by side, and what people say."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from landrelease.register import access, duplicates, history, knowledge, same_as, states
from landrelease.register.errors import RegisterError
from landrelease.register.models import RECORDS, SameAs, SuspectedDuplicate

from . import facts, keyset, mapping, session, submissions
from .told import told

#: What may be said of two records.
ACTS = ("link", "apart", "undo")


def listing(request: HttpRequest) -> HttpResponse:
    """List the pairs that were suspected when somebody last looked, and what stands said."""
    page = keyset.page(request, SuspectedDuplicate.objects.all())
    last = SuspectedDuplicate.objects.order_by("-known_seq").values_list("known_seq", flat=True)
    said = keyset.page(
        request, SameAs.objects.filter(ended_seq__isnull=True), newest=True, parameter="said_after"
    )
    caller = session.caller(request)
    return render(
        request,
        "web/duplicates.html",
        {
            "rows": [pair for row in page.rows if (pair := _pair_of(row)) is not None],
            "page": page,
            "next_query": keyset.query(request, after=page.next),
            "looked_seq": last.first(),
            "head_seq": knowledge.head_seq(),
            "said": [
                {"row": row, "pair": _records(row.record_type, row.uid, row.shown_uid)}
                for row in said.rows
            ],
            "said_page": said,
            "said_query": keyset.query(request, said_after=said.next),
            "may": access.may(caller, "review"),
        },
    )


@require_POST
def look(request: HttpRequest) -> HttpResponse:
    """Look for duplicates in the whole register."""
    verdict = access.may(session.caller(request), "review")
    if not verdict:
        return render(request, "web/403.html", {"reasons": verdict.reasons}, status=403)
    found = sum(duplicates.look().values())
    messages.success(request, gettext("Looked: %s pairs are suspected.") % found)
    return HttpResponseRedirect(reverse("duplicates"))


@require_http_methods(["GET", "HEAD", "POST"])
def pair(request: HttpRequest, one: str, other: str) -> HttpResponse:
    """Show two records side by side; take what a person says of them."""
    first, second = _called(one), _called(other)
    context = _context(request, first, second)
    if request.method != "POST":
        return render(request, "web/pair.html", context)
    caller = session.caller(request)
    act, reason = request.POST.get("act", ""), request.POST.get("reason", "").strip()
    # The form says which of the two lists shall show.
    left, shown = (second, first) if request.POST.get("shown") == first.ref else (first, second)
    try:
        if caller.actor is None:
            raise RegisterError(gettext("Sign in to decide."))
        if act not in ACTS:
            raise RegisterError(gettext("Choose what the two are to each other."))
        do = {"link": same_as.link, "apart": same_as.tell_apart, "undo": same_as.undo}[act]
        entry = do(left, shown, caller.actor, reason=reason)
    except RegisterError as refused:
        context |= {"error": told(refused), "given": request.POST}
        return render(request, "web/pair.html", context, status=422 if context["may"] else 403)
    SuspectedDuplicate.objects.filter(
        one_uid__in=[first.uid, second.uid], other_uid__in=[first.uid, second.uid]
    ).delete()
    messages.success(request, gettext("Written into journal entry %s.") % entry.seq)
    return HttpResponseRedirect(reverse("pair", args=[first.ref, second.ref]))


def ground(request: HttpRequest, one: str, other: str) -> JsonResponse:
    """Give the places of two records as GeoJSON."""
    first, second = _called(one), _called(other)
    places = [("before", states.of_record(first)), ("after", states.of_record(second))]
    return JsonResponse(history.collection(places), content_type="application/geo+json")


def _context(request: HttpRequest, first: Any, second: Any) -> dict[str, Any]:
    if type(first) is not type(second) or first.schema.name not in same_as.TYPES:
        raise Http404(gettext("There is no such pair of records."))
    caller = session.caller(request)
    against = (
        [gettext("Sign in to decide.")]
        if caller.actor is None
        else same_as.reasons_against(first, second, caller.actor)
    )
    between = SameAs.objects.filter(
        uid__in=[first.uid, second.uid], shown_uid__in=[first.uid, second.uid]
    ).order_by("id")
    fields = [
        (one.label, one, other)
        for one, other in zip(facts.of(first), facts.of(second), strict=True)
        if one.recorded or other.recorded
    ]
    places = [("", states.of_record(first)), ("", states.of_record(second))]
    return {
        "first": first,
        "second": second,
        "first_link": facts.link(first),
        "second_link": facts.link(second),
        "fields": fields,
        "iou": submissions.percent(duplicates.overlap(first, second)),
        "box": mapping.box_of(history.collection(places)),
        "said": list(between),
        "standing": between.filter(ended_seq__isnull=True).first(),
        "may": not against,
        "against": against,
        "signed_in": caller.authenticated,
    }


def _pair_of(row: SuspectedDuplicate) -> dict[str, Any] | None:
    found = _records(row.record_type, row.one_uid, row.other_uid)
    if found is None:
        return None
    return found | {
        "type": RECORDS[row.record_type].schema.label,
        "signs": submissions.signs_said(row.signs.split("|")),
        "iou": submissions.percent(row.iou),
    }


def _records(record_type: str, one: str, other: str) -> dict[str, Any] | None:
    model = RECORDS[record_type]
    found = {record.uid: record for record in model.objects.filter(uid__in=[one, other])}
    if len(found) < 2:
        return None
    first, second = found[one], found[other]
    return {"one": first, "other": second, "address": reverse("pair", args=[first.ref, second.ref])}


def _called(ref: str) -> Any:
    try:
        found = access.find(ref)
    except RegisterError as error:
        raise Http404(str(error)) from error
    if type(found) not in RECORDS.values():
        raise Http404(gettext("There is no such record."))
    return found


def of_record(record: Any) -> dict[str, Any]:
    """What a record's page says of records that are the same: the one shown in its place, those it
    stands for, and every statement ever made."""
    model = type(record)
    shown_uid = same_as.canonical_uid(record.uid)
    stands_for = same_as.others([record.uid]).get(record.uid, [])
    return {
        "shown": model.objects.get(uid=shown_uid) if shown_uid != record.uid else None,
        "stands_for": list(model.objects.filter(uid__in=stands_for).order_by("id")),
        "said": same_as.of_record(record),
    }
