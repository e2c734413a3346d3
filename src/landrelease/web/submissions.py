"""What was handed in: the inbox, and one submission with all that a decision needs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Min, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext, gettext_lazy

from landrelease.register import (
    access,
    duplicates,
    handed_in,
    history,
    proposed,
    submission_access,
)
from landrelease.register.access import Caller
from landrelease.register.models import (
    RejectedRow,
    Submission,
    SubmissionFinding,
    SubmissionPart,
)

from . import facts, keyset, mapping, measures, names, review, session
from .templatetags.figures import whole

#: What the inbox can be narrowed to: the states, with their heading.
STATES: dict[str, tuple[Any, tuple[str, ...]]] = {
    "waiting": (gettext_lazy("Waiting for a decision"), (Submission.CHECKED, Submission.PARTLY)),
    "returned": (gettext_lazy("Returned"), (Submission.RETURNED,)),
    "decided": (gettext_lazy("Accepted"), (Submission.ACCEPTED, Submission.PARTLY)),
    "rejected": (gettext_lazy("Rejected"), (Submission.REJECTED,)),
    "received": (gettext_lazy("Received, not read yet"), (Submission.RECEIVED,)),
    "withdrawn": (gettext_lazy("Withdrawn"), (Submission.WITHDRAWN,)),
    "failed": (gettext_lazy("Could not be read"), (Submission.FAILED,)),
}


def visible(
    request: HttpRequest, among: QuerySet[Submission] | None = None
) -> QuerySet[Submission]:
    """The submissions that the reader of a request sees, as ``register.submission_access`` has it.

    Parameters
    ----------
    among
        Only these are looked at; all without.
    """
    return submission_access.visible(session.reader(request), among)


def reaches(request: HttpRequest, id_: int) -> bool:
    """Whether the page of a submission is open to the reader of a request."""
    return visible(request).filter(id=id_).exists()


def sees_whole(request: HttpRequest) -> bool:
    """Whether the reader of a request sees the whole register."""
    return session.reader(request).sees_everything


@dataclass(frozen=True)
class Row:
    """A submission in the inbox, with its counts."""

    submission: Submission
    new: int | None
    changed: int | None
    held: int | None
    findings: int
    open: bool


@review.for_callers
def listing(request: HttpRequest) -> HttpResponse:
    """List the submissions, the latest first; narrowed to some states, or to one's own."""
    caller = session.caller(request)
    state = request.GET.get("state", "")
    found = Submission.objects.all()
    if state in STATES:
        found = found.filter(state__in=STATES[state][1])
    own = "own" in request.GET and caller.authenticated
    if own:
        found = found.filter(submitter=caller.name)
    page = keyset.page(request, visible(request, found), newest=True)
    waiting = Submission.objects.filter(state__in=STATES["waiting"][1])
    return render(
        request,
        "web/submissions.html",
        {
            "rows": _rows(page.rows),
            "page": page,
            "next_query": keyset.query(request, after=page.next),
            "states": [
                (name, heading, keyset.query(request, state=name, after=None))
                for name, (heading, _) in STATES.items()
            ],
            "all_query": keyset.query(request, state=None, after=None),
            "state": state,
            "own": own,
            "waiting": visible(request, waiting).count(),
            "part": not sees_whole(request),
            "may_review": bool(access.may(caller, "review")),
            "may_approve": bool(access.may(caller, "lower_caution")),
            "may_submit": bool(access.may(caller, "submit")),
            "acts": review.BULK,
        },
    )


def _rows(submissions: list[Submission]) -> list[Row]:
    ids = [one.id for one in submissions]
    findings = dict(
        SubmissionFinding.objects.filter(submission_id__in=ids)
        .values_list("submission_id")
        .annotate(Count("id"))
    )
    held = SubmissionPart.objects.filter(submission_id__in=ids, standing="held")
    held_back = dict(held.values_list("submission_id").annotate(Count("id")))
    rows = []
    for one in submissions:
        counts = json.loads(one.summary).get("counts", {})
        rows.append(
            Row(
                one,
                counts.get("new"),
                counts.get("changed"),
                held_back.get(one.id),
                findings.get(one.id, 0),
                one.state in STATES["waiting"][1],
            )
        )
    return rows


@review.for_callers
def submission(request: HttpRequest, id_: int) -> HttpResponse:
    """Show one submission: its state, its difference, its findings, who may decide it."""
    found = _found(request, id_)
    return render(request, "web/submission.html", context_of(request, found))


@review.for_callers
def ground(request: HttpRequest, id_: int) -> HttpResponse:
    """Give the boundaries before and after, of the lines on one page, as GeoJSON."""
    found = _found(request, id_)
    reader = session.reader(request)
    places: list[tuple[str, dict[str, Any] | None]] = []
    for shown in _lines(proposed.page(found, after=_after(request)).lines, reader):
        if shown.before_shown:
            places.append(("before", shown.line.before))
        places.append(("after", shown.line.after))
    return JsonResponse(history.collection(places), content_type="application/geo+json")


def _found(request: HttpRequest, id_: int) -> Submission:
    found = visible(request, Submission.objects.filter(id=id_)).first()
    if found is None:
        raise Http404(gettext("There is no such submission."))
    return found


def _after(request: HttpRequest) -> int:
    given = request.GET.get("line", "")
    return int(given) if given.isdecimal() and given.isascii() and len(given) < 10 else 0


@dataclass(frozen=True)
class Shown:
    """A line of a submission as its page shows it.

    Attributes
    ----------
    link
        Page of the record it changes, empty for a new one.
    before_shown
        Whether the reader may see what the record said before.
    changes
        (field, before, after).
    lost, gained
        Ground that the boundary loses and gains, mm2; None where that cannot be told.
    suspects
        Records that a new one may be a duplicate of: (record, its page, signs in words, IoU in
        percent).
    """

    line: proposed.Line
    link: str
    before_shown: bool
    changes: list[tuple[str, Any, Any]]
    lost: int | None
    gained: int | None
    suspects: list[tuple[Any, str, list[str], int | None]]


def _lines(lines: list[proposed.Line], reader: Caller) -> Iterator[Shown]:
    for line in lines:
        record = line.record
        seen = record is not None and _sees(reader, line.record_type, record)
        known = None
        if not reader.sees_everything and record is not None and seen:
            known = access.fields(reader, line.record_type, record)
        before_shown = seen or record is None
        lost, gained = line.ground if before_shown else (None, None)
        yield Shown(
            line,
            facts.link(record) if seen else "",
            before_shown,
            [
                (name, old if _shows(before_shown, known, name) else None, new)
                for name, (old, new) in line.changes.items()
            ]
            if line.do != "act"
            else [(name, None, value) for name, value in line.after.items()],
            lost,
            gained,
            [],
        )


def _shows(before_shown: bool, known: set[str] | None, name: str) -> bool:
    return before_shown and (known is None or name in known)


def _sees(reader: Caller, record_type: str, record: Any) -> bool:
    if reader.sees_everything:
        return True
    return bool(access.records(reader, record_type).filter(uid=record.uid).exists())


def _with_suspects(shown: list[Shown], found: Submission, reader: Caller) -> list[Shown]:
    """Beside each new record those that it may be a duplicate of and that the reader sees."""
    if found.record_type not in duplicates.types() or found.state in (
        Submission.ACCEPTED,
        *Submission.TURNED_DOWN,
    ):
        return shown
    lines = [{"do": s.line.do, "state": s.line.after, "uid": s.line.uid} for s in shown]
    pairs = duplicates.of_lines(found.record_type, lines)
    return [
        Shown(
            one.line, one.link, one.before_shown, one.changes, one.lost, one.gained,
            [
                (record, facts.link(record), signs_said(suspicion.signs), percent(suspicion.iou))
                for record, suspicion in suspects
                if record.uid != one.line.uid and _sees(reader, found.record_type, record)
            ],
        )
        for one, suspects in zip(shown, pairs, strict=True)
    ]  # fmt: skip


def signs_said(signs: Any) -> list[str]:
    """What speaks for two records being one, in words."""
    return [gettext(duplicates.SIGNS[sign]) for sign in signs]


def percent(iou: float | None) -> int | None:
    """An IoU in whole percent, rounded down: 99.9 % is not the same ground."""
    return None if iou is None else int(iou * 100)


def context_of(request: HttpRequest, found: Submission) -> dict[str, Any]:
    """All that the page of a submission shows."""
    caller, reader = session.caller(request), session.reader(request)
    findings = _findings(found, reader)
    rules = list(
        findings.values("rule", "severity")
        .annotate(findings=Count("id"), example=Min("message"))
        .order_by("rule", "severity")
    )
    rule = request.GET.get("rule", "")
    page = keyset.page(request, findings.filter(rule=rule) if rule else findings)
    rejected = keyset.page(
        request, RejectedRow.objects.filter(submission=found), parameter="rejected_after"
    )
    difference = proposed.page(found, after=_after(request))
    lines = _with_suspects(list(_lines(difference.lines, reader)), found, reader)
    box = mapping.box_of(history.collection(("after", one.line.after) for one in lines))
    return {
        "submission": found,
        "summary": _summary(json.loads(found.summary)),
        "described": proposed.described(found),
        "rules": rules,
        "rule": rule,
        "page": page,
        "next_query": keyset.query(request, after=page.next),
        "rejected": rejected,
        "rejected_query": keyset.query(request, rejected_after=rejected.next),
        "lines": lines,
        "difference": difference,
        "first_line": _after(request) + 1,
        "last_line": _after(request) + len(lines),
        "line_after_text": str(_after(request)),
        "lines_query": keyset.query(request, line=difference.next),
        "box": box,
        "events": list(found.events.order_by("id")),
        "answered_by": list(
            visible(request, Submission.objects.filter(answers=found.receipt)).order_by("id")
        ),
        "answered": visible(request, Submission.objects.filter(receipt=found.answers)).first()
        if found.answers
        else None,
        "own": caller.name == found.submitter,
        "waits": handed_in.waits_for(found, caller.name),
        "may_read_sealed": found.sealed and bool(access.may(caller, "view_personal")),
        "review": review.standing(found, caller),
    }


def _findings(found: Submission, reader: Caller) -> QuerySet[SubmissionFinding]:
    """What was found in a submission, as far as somebody may read it.

    A row that could not become a record lies nobody knows where, and what was found in a file about
    persons may quote a cell: a reviewer of a part reads neither of what others handed in.
    """
    rows = SubmissionFinding.objects.filter(submission=found)
    if reader.sees_everything or found.submitter == reader.name:
        return rows
    if found.sealed:
        return rows.none()
    rejected = RejectedRow.objects.filter(submission=found).values("row")
    return rows.filter(Q(row__isnull=True) | ~Q(row__in=rejected))


def _summary(summary: dict[str, Any]) -> list[tuple[str, str]]:
    """Counts, measured areas and what an act would move, as names and values; findings have a
    table."""
    counts = [
        (_COUNTED.get(name) or gettext("Rows %s") % name.replace("_", " "), whole(number))
        for name, number in _ordered(summary.get("counts", {}), _COUNTED)
    ]
    areas = [
        (_MEASURED.get(name, name.replace("_", " ")), measures.from_mm2(int(mm2)))
        for name, mm2 in _ordered(summary.get("measured", {}), _MEASURED)
    ]
    moved = [
        (
            gettext("Would move, %s") % names.ACCOUNTS.get(name, name.replace("_", " ")),
            measures.from_mm2(int(mm2)),
        )
        for name, mm2 in summary.get("effect", {}).get("ground_mm2", {}).items()
    ]
    return counts + areas + moved


def _ordered(given: dict[str, Any], known: dict[str, Any]) -> list[tuple[str, Any]]:
    """What is counted, in the order in which it is read; what has no word of its own comes last."""
    order = [*(name for name in known if name in given), *(n for n in given if n not in known)]
    return [(name, given[name]) for name in order]


#: What is counted of a submission: all that came, then what became of it.
_COUNTED = {
    "received": gettext_lazy("Rows received"),
    "rejected": gettext_lazy("Rows rejected"),
    "new": gettext_lazy("Rows that are new"),
    "changed": gettext_lazy("Rows that change a record"),
    "held_for_second_person": gettext_lazy("Rows held for a second person"),
    "unchanged": gettext_lazy("Rows that change nothing"),
    "repeated_in_file": gettext_lazy("Rows repeated in the file"),
    "missing_from_file": gettext_lazy("Records that are not in the file"),
}
_MEASURED = {
    "before_repair_mm2": gettext_lazy("Area of valid polygons, each by itself"),
    "after_repair_mm2": gettext_lazy("The same with repaired polygons"),
}
