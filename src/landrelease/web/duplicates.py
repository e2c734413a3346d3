"""Records that may be one: the list of what is suspected, two side by side, and what people say."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from landrelease.register import access, duplicates, history, knowledge, references, same_as, states
from landrelease.register.errors import RegisterError
from landrelease.register.models import RECORDS, SameAs, SuspectedDuplicate

from . import facts, gate, keyset, mapping, session, submissions
from . import reader as readers
from .reader import Reader
from .told import told

#: What may be said of two records.
ACTS = ("link", "apart", "undo")


def against(caller: access.Caller, **parts: Any) -> list[str]:
    """Why a caller is shown no pairs: they see no records that could be one."""
    if any(access.reads(caller, name) for name in same_as.TYPES):
        return []
    return access.against_reading(caller, same_as.TYPES[0])


@gate.by_role(against)
def listing(request: HttpRequest) -> HttpResponse:
    """List the pairs that were suspected when somebody last looked, and what stands said, as far
    as the reader sees both records."""
    reader, caller = readers.of(request), session.caller(request)
    pairs = _both(SuspectedDuplicate.objects.all(), "one_uid", "other_uid", reader)
    page = keyset.page(request, pairs)
    last = pairs.order_by("-known_seq").values_list("known_seq", flat=True)
    standing = _both(SameAs.objects.filter(ended_seq__isnull=True), "uid", "shown_uid", reader)
    said = keyset.page(request, standing, newest=True, parameter="said_after")
    return render(
        request,
        "web/duplicates.html",
        {
            "reader": reader,
            "rows": [pair for row in page.rows if (pair := _pair_of(row, reader)) is not None],
            "page": page,
            "next_query": keyset.query(request, after=page.next),
            "looked_seq": last.first(),
            "head_seq": knowledge.head_seq(),
            "said": [
                {
                    "row": row,
                    "pair": _records(row.record_type, row.uid, row.shown_uid, reader),
                    "by": "" if reader.partial else row.deciders,
                    "reason": "" if reader.partial else row.reason,
                }
                for row in said.rows
            ],
            "said_page": said,
            "said_query": keyset.query(request, said_after=said.next),
            "may": access.Verdict(not against_looking(caller)),
        },
    )


def against_looking(caller: access.Caller, **parts: Any) -> list[str]:
    """Why a caller may not look for duplicates: it goes through the whole register, and says how
    many it found."""
    verdict = access.may(caller, "review")
    if not verdict:
        return verdict.reasons
    return access.against_sum(caller, "looking for duplicates", *same_as.TYPES)


def _both(rows: Any, one: str, other: str, reader: Reader) -> Any:
    """Of rows about two records those of which the reader sees both."""
    if not reader.partial:
        return rows
    condition = Q(pk__in=[])
    for name in same_as.TYPES:
        uids = reader.rows(name).values("uid")
        pair = {f"{one}__in": uids, f"{other}__in": uids}
        condition |= Q(record_type=name, **pair)
    return rows.filter(condition)


@require_POST
@gate.by_role(lambda caller, **parts: [])
def look(request: HttpRequest) -> HttpResponse:
    """Look for duplicates in the whole register."""
    why = against_looking(session.caller(request))
    if why:
        return render(request, "web/403.html", {"reasons": why}, status=403)
    found = sum(duplicates.look().values())
    messages.success(request, gettext("Looked: %s pairs are suspected.") % found)
    return HttpResponseRedirect(reverse("duplicates"))


@require_http_methods(["GET", "HEAD", "POST"])
@gate.by_role(against)
def pair(request: HttpRequest, one: str, other: str) -> HttpResponse:
    """Show two records side by side; take what a person says of them."""
    reader = readers.of(request)
    first, second = _called(one, reader), _called(other, reader)
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


@gate.by_role(against)
def ground(request: HttpRequest, one: str, other: str) -> JsonResponse:
    """Give the places of two records as GeoJSON."""
    reader = readers.of(request)
    first, second = _called(one, reader), _called(other, reader)
    places = [("before", states.of_record(first)), ("after", states.of_record(second))]
    return JsonResponse(history.collection(places), content_type="application/geo+json")


def _context(request: HttpRequest, first: Any, second: Any) -> dict[str, Any]:
    if type(first) is not type(second) or first.schema.name not in same_as.TYPES:
        raise Http404(gettext("There is no such pair of records."))
    caller, reader = session.caller(request), readers.of(request)
    against_deciding = (
        [gettext("Sign in to decide.")]
        if caller.actor is None
        else same_as.reasons_against(first, second, caller.actor)
    )
    between = SameAs.objects.filter(
        uid__in=[first.uid, second.uid], shown_uid__in=[first.uid, second.uid]
    ).order_by("id")
    fields = [
        (label, one, other)
        for label, one, other in _side_by_side(first, second, reader)
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
        "said": [] if reader.partial else list(between),
        "standing": between.filter(ended_seq__isnull=True).first(),
        "people": not reader.partial,
        "may": not against_deciding,
        "against": against_deciding,
        "signed_in": caller.authenticated,
    }


def _side_by_side(first: Any, second: Any, reader: Reader) -> list[tuple[Any, Any, Any]]:
    """Fields that the reader sees of either record: heading, the one, the other."""
    shown = reader.shown(first) | reader.shown(second)
    fields = [field for field in first.schema.fields if field.name in shown]
    return [
        (facts.label(field), facts.fact(first, field, reader), facts.fact(second, field, reader))
        for field in fields
    ]


def _pair_of(row: SuspectedDuplicate, reader: Reader) -> dict[str, Any] | None:
    found = _records(row.record_type, row.one_uid, row.other_uid, reader)
    if found is None:
        return None
    return found | {
        "type": gettext(RECORDS[row.record_type].schema.label),
        "signs": submissions.signs_said(row.signs.split("|")),
        "iou": submissions.percent(row.iou),
    }


def _records(record_type: str, one: str, other: str, reader: Reader) -> dict[str, Any] | None:
    first, second = reader.find(record_type, one), reader.find(record_type, other)
    if first is None or second is None:
        return None
    return {"one": first, "other": second, "address": reverse("pair", args=[first.ref, second.ref])}


def _called(ref: str, reader: Reader) -> Any:
    """The record that a reader calls so; there is none for them that they do not see."""
    for name in RECORDS:
        found = references.among(reader.rows(name), ref)
        if found is not None:
            return found
    raise Http404(gettext("There is no such record."))


def of_record(record: Any, reader: Reader) -> dict[str, Any]:
    """What a record's page says of records that are the same and that its reader sees: the one
    shown in its place, and those it stands for."""
    name = record.schema.name
    shown_uid = same_as.canonical_uid(record.uid)
    stands_for = same_as.others([record.uid]).get(record.uid, [])
    return {
        "shown": reader.find(name, shown_uid) if shown_uid != record.uid else None,
        "stands_for": list(reader.rows(name).filter(uid__in=stands_for).order_by("id")),
    }
