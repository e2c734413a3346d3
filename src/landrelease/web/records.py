"""Lists and pages of hazardous areas, activities, accidents and evidence items."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import F, Q, QuerySet, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from landrelease.land import accounts
from landrelease.register import (
    access,
    acts,
    area_only,
    claim_decisions,
    codes,
    questions,
    references,
    release_access,
    same_as,
    sentences,
    shown_history,
)
from landrelease.register.history import history
from landrelease.register.models import RECORDS, Claim, LedgerLine, ProposedLink, Record, Release
from landrelease.register.schema import record_type as record_type_of

from . import claims, duplicates, facts, gate, keyset, measures, submissions
from . import reader as readers
from .reader import Reader

#: Plural of the listed record types: their heading, and the columns of the list.
LISTED: dict[str, tuple[Any, tuple[str, ...]]] = {
    "hazards": (
        gettext_lazy("Hazardous areas"), ("name", "type", "classes", "status", "date", "area"),
    ),
    "activities": (
        gettext_lazy("Activities"),
        ("name", "kind", "report", "result", "status", "date", "area"),
    ),
    "accidents": (
        gettext_lazy("Accidents"), ("kind", "device_class", "date", "killed", "injured", "unknown"),
    ),
    "evidence": (
        gettext_lazy("Evidence items"), ("kind", "channel", "date", "reliability", "credibility"),
    ),
}  # fmt: skip

#: Related records shown on a page before "show all".
RELATED = 10


@dataclass(frozen=True)
class Row:
    """A row of a list: the record, its page, its id in the source system, a cell for each column,
    and which records it stands for, or which one stands for it."""

    record: Record
    link: str
    given: facts.Fact
    cells: list[facts.Fact]
    alike: str = ""


def against(caller: access.Caller, plural: str, **parts: Any) -> list[str]:
    """Why a caller is shown no records of a type; see :func:`.gate.by_role`."""
    return access.against_reading(caller, record_type_of(plural).name)


@gate.by_role(against)
def listing(request: HttpRequest, plural: str) -> HttpResponse:
    """List the records that the reader sees, searched and filtered, page by page."""
    heading, columns = LISTED[plural]
    reader = readers.of(request)
    model = RECORDS[record_type_of(plural).name]
    words = request.GET.get("q", "").strip()
    found = search(reader.rows(model.schema.name), words, reader)
    alike = 0
    if not words and "alike" not in request.GET and not reader.partial:
        # A search finds every record by its own id; a list shows one of those that are the same.
        # To whom that one may not be shown the list leaves out none.
        left = same_as.left_out(model.schema.name)
        alike = left.count()
        found = found.exclude(uid__in=left)
    asked = "hazard" in request.GET and "hazard" in model.schema.by_name
    hazard = _hazard_of(request, reader) if asked else None
    if hazard is not None:
        found = found.filter(hazard_uid=hazard.uid)
    page = keyset.page(request, found)
    shown_for = _shown_for(model, [row.uid for row in page.rows], reader)
    partly = _partly(page.rows, reader) if plural == "hazards" else ()
    context = {
        "heading": heading,
        "plural": plural,
        "words": words,
        "hazard": hazard,
        "reader": reader,
        "switch": _switch(request),
        "columns": _headings(model, columns),
        "rows": [
            _row(record, columns, reader, partly, shown_for.get(record.uid, ""))
            for record in page.rows
        ],
        "alike": alike,
        "alike_query": keyset.query(request, alike=1, after=None),
        "page": page,
        "next_query": keyset.query(request, after=page.next),
        "first_query": keyset.query(request, after=None),
    }
    partial = request.headers.get("HX-Request") and request.headers.get("HX-Target", "").endswith(
        "results"
    )
    return render(request, "web/_results.html" if partial else "web/records.html", context)


def _switch(request: HttpRequest) -> list[tuple[str, Any]]:
    """The lists that the reader reaches."""
    return [
        (plural, heading)
        for plural, (heading, _) in LISTED.items()
        if gate.reaches(request, "records", plural=plural)
    ]


def _row(
    record: Any,
    columns: tuple[str, ...],
    reader: Reader,
    partly: Collection[str] = (),
    alike: str = "",
) -> Row:
    given = facts.fact(record, record.schema.by_name["source_id"], reader)
    return Row(record, facts.link(record), given, _cells(record, columns, reader, partly), alike)


def _partly(hazards: list[Any], reader: Reader) -> set[str]:
    """Hazards released in part, nobody knows where, by reports that the reader sees."""
    found = area_only.on_hazards(one.uid for one in hazards)
    if not reader.partial:
        return set(found)
    uids = {report.uid for reports in found.values() for report in reports}
    seen = set(reader.rows("activity").filter(uid__in=uids).values_list("uid", flat=True))
    return {uid for uid, reports in found.items() if any(one.uid in seen for one in reports)}


def _shown_for(model: Any, uids: list[str], reader: Reader) -> dict[str, str]:
    """What a list says of records that are linked as the same as others, by id."""
    told: dict[str, str] = {}
    if not same_as.left_out(model.schema.name).exists():
        return told
    rows = reader.rows(model.schema.name)
    stands_for = same_as.others(uids)
    for uid, alike in stands_for.items():
        refs = ", ".join(one.ref for one in rows.filter(uid__in=alike).order_by("id"))
        if refs:
            told[uid] = gettext("also recorded as %s") % refs
    for uid in uids:
        shown = same_as.canonical_uid(uid) if same_as.standing(uid) else uid
        record = reader.find(model.schema.name, shown) if shown != uid else None
        if record is not None:
            told[uid] = gettext("the same as %s") % record.ref
    return told


def search(records: QuerySet[Any], words: str, reader: Reader | None = None) -> QuerySet[Any]:
    """Narrow records to those that the words name.

    Parameters
    ----------
    records
        Of one record type.
    words
        A reference (``HA-12``), or part of a name, of an id in the source system, of its
        namespace, or of the name or p-code of the administrative unit. All of it has to occur in
        one of these.
    reader
        Who searches: only what they see of every record is looked into. Somebody who sees the
        whole register unless told otherwise.
    """
    if not words:
        return records
    schema = records.model.schema
    reader = reader or readers.whole()
    shown = reader.shown_of_all(schema.name)
    number = references.number_of(schema.name, words.upper())
    if number is not None:
        return records.filter(id=number)
    condition = Q(pk__in=[])
    if "source_id" in shown:
        condition |= Q(source_id__icontains=words) | Q(namespace__icontains=words)
    if "name" in shown:
        condition |= Q(name__icontains=words)
    if "statement" in shown:
        condition |= Q(statement__icontains=words)
    if "unit" in shown:
        units = reader.rows("unit").filter(Q(name__icontains=words) | Q(source_id__icontains=words))
        condition |= Q(unit_uid__in=units.values("uid")) | Q(unit_given__icontains=words)
    return records.filter(condition)


@gate.by_role(against)
def record(request: HttpRequest, plural: str, id_: int) -> HttpResponse:
    """Show one record: its facts, what hangs on it, its ledger and its history."""
    reader = readers.of(request)
    found = find(reader, plural, id_)
    context = {
        "record": found,
        "title": reader.title(found),
        "heading": LISTED[plural][0],
        "plural": plural,
        "reader": reader,
        "facts": facts.of(found, reader),
        "extra": facts.extra(found) if reader.beside(found) else [],  # nosec B610 # not the method of a query set
        "place": facts.place(found),
        "history": shown_history.shown(history(found), reader.caller, found),
        "same": duplicates.of_record(found, reader),
        "box": box_of(found),
        "open": {
            "map": gate.reaches(request, "map"),
            "submission": submissions.reaches(request, found.submission_id),
        },
    }
    if plural == "hazards":
        context |= _of_hazard(request, found, reader)
    if plural == "activities":
        context |= _of_activity(request, found, reader)
    return render(request, "web/record.html", context)


def find(reader: Reader, plural: str, id_: int) -> Any:
    """The record of this number, if the reader sees it.

    Raises
    ------
    Http404
        There is none for them: whether there is one at all is not told.
    """
    found = reader.rows(record_type_of(plural).name).filter(id=id_).first()
    if found is None:
        raise Http404(gettext("There is no such record."))
    return found


def _of_hazard(request: HttpRequest, hazard: Any, reader: Reader) -> dict[str, Any]:
    lines = LedgerLine.objects.filter(hazard_uid=hazard.uid)
    ledger = keyset.page(request, lines, parameter="ledger_after")
    stated = area_only.on_hazards([hazard.uid]).get(hazard.uid, ())
    links = ProposedLink.objects.filter(hazard_uid=hazard.uid).order_by("id")
    if reader.partial:
        links = links.filter(activity_uid__in=reader.rows("activity").values("uid"))
    return {
        "acts": [facts.act(act, reader) for act in acts.of_hazard(hazard)],
        "withdrawn": acts.withdrawn(hazard),
        "indication": "type" in reader.shown(hazard) and hazard.type == codes.INDICATION,
        "said": _said(request, hazard, reader),
        "area_only": [
            (one.m2, activity)
            for one in stated
            if (activity := reader.find("activity", one.uid)) is not None
        ],
        "related": [
            _related(hazard, plural, reader) for plural in ("evidence", "activities", "accidents")
        ],
        "proposed": [
            {"activity": activity, "overlap_mm2": link.overlap_mm2}
            for link in links[:RELATED]
            if (activity := reader.find("activity", link.activity_uid)) is not None
        ],
        "standing": _standing(lines),
        "ledger": ledger,
        "ledger_query": keyset.query(request, ledger_after=ledger.next),
    }


@dataclass(frozen=True)
class Said:
    """Words of a report that are evidence on a hazard, as its page shows them."""

    sentence: sentences.Sentence
    #: Address of the evidence item, and of the claim in its report (empty where it is not known).
    item: str
    place: str
    reliability: str
    credibility: str
    #: What people must know of the decision: that it was withdrawn, that a withdrawal waits, or
    #: that the claim is no longer found.
    told: str


def _said(request: HttpRequest, hazard: Any, reader: Reader) -> list[Said]:
    """What reports say that is evidence on a hazard, in the order of the evidence items."""
    found = sentences.on_hazards([hazard.uid]).get(hazard.uid, [])
    if reader.partial:
        found = list(_seen(found, hazard, reader))
    states = claim_decisions.state(one.claim for one in found if one.claim)
    return [
        Said(
            one,
            reverse("record", args=["evidence", references.number_of("evidence", one.evidence)]),
            _place_of(request, one),
            gettext(codes.RELIABILITY.get(one.reliability, "")) if one.reliability else "",
            gettext(codes.CREDIBILITY.get(one.credibility, "")) if one.credibility else "",
            _told(states.get(one.claim)),
        )
        for one in found
    ]


def _seen(
    found: list[sentences.Sentence], hazard: Any, reader: Reader
) -> Iterator[sentences.Sentence]:
    """Those sentences whose evidence item the reader sees, without what is beyond their tier."""
    items = {
        item.id: item
        for item in reader.rows("evidence").filter(hazard_uid=hazard.uid)
        if {"statement", "reliability", "credibility"} <= reader.shown(item)
    }
    for one in found:
        item = items.get(references.number_of("evidence", one.evidence))
        if item is None:
            continue
        if reader.find("document", item.document_uid) is None:
            one = replace(one, document="", filename="")
        if not reader.beside(item):
            # Who is quoted may be a private person (rule 24).
            one = replace(one, source="", deciders="", entry=None)
        yield one


def _place_of(request: HttpRequest, one: sentences.Sentence) -> str:
    """Where a claim stands on the page of its report."""
    if not one.document:
        return ""
    number = references.number_of("document", one.document)
    if not gate.reaches(request, "document", id_=number):
        return ""
    body = Claim.objects.filter(id=one.claim).values_list("body", flat=True).first()
    if body is None:
        return reverse("document", args=[number])
    return claims.permalink(number, json.loads(body)["claim"])


def _told(state: claim_decisions.ClaimState | None) -> str:
    if state is None:
        return ""
    notes = []
    if not state.found:
        notes.append(gettext("the present extraction no longer finds this claim"))
    if state.waiting:
        notes.append(gettext("a withdrawal waits for people (%s)") % state.waiting)
    return "; ".join(notes)


def _of_activity(request: HttpRequest, activity: Any, reader: Reader) -> dict[str, Any]:
    release = Release.objects.filter(activity_uid=activity.uid).first()
    asked = questions.standing(activity_uid=activity.uid) if release else []
    return {
        "release": release,
        "refused_releases": release_access.refused(reader.caller, activity),
        "is_activity": True,
        "questions": [(one.mm2, facts.question(one, reader)) for one in asked],
        "release_page": activity.result and gate.reaches(request, "release", id_=activity.id),
    }


def _standing(lines: QuerySet[LedgerLine]) -> list[dict[str, Any]]:
    """Land of one claim by account, over all contamination classes together."""
    current = lines.filter(retired_seq__isnull=True).annotate(
        any_class=F("scopes").bitand(accounts.SCOPE_BIT["any"])
    )
    moved = current.filter(any_class__gt=0).values_list("claim_from", "claim_to")
    balance: dict[str, int] = {}
    for out_of, into, mm2 in moved.annotate(mm2=Sum("mm2")):
        if mm2:
            balance[into] = balance.get(into, 0) + int(mm2)
            balance[out_of] = balance.get(out_of, 0) - int(mm2)
    return [
        {"account": account, "mm2": balance[account]}
        for account in accounts.INTERNAL
        if account in balance
    ]


def _related(hazard: Any, plural: str, reader: Reader) -> dict[str, Any]:
    """The first records that name a hazard, with a link to the list of all."""
    heading, columns = LISTED[plural]
    model = RECORDS[record_type_of(plural).name]
    rows = reader.rows(model.schema.name).filter(hazard_uid=hazard.uid)
    found = list(rows.order_by("id")[: RELATED + 1])
    return {
        "heading": heading,
        "plural": plural,
        "columns": _headings(model, columns),
        "unread": not reader.reads(model.schema.name),
        "rows": [_row(record, columns, reader) for record in found[:RELATED]],
        "all": f"{reverse('records', args=[plural])}?hazard={hazard.id}"
        if len(found) > RELATED
        else "",
    }


def _hazard_of(request: HttpRequest, reader: Reader) -> Any:
    given = request.GET["hazard"]
    number = int(given) if given.isdecimal() and given.isascii() and len(given) < 19 else 0
    hazard = reader.rows("hazard").filter(id=number).first()
    if hazard is None:
        raise Http404(gettext("There is no such hazardous area."))
    return hazard


def _headings(model: type[Record], columns: tuple[str, ...]) -> list[str]:
    """Headings of the columns, as on the record's page."""
    return [
        gettext("Measured area") if name == "area" else facts.label(model.schema.by_name[name])
        for name in columns
    ]


def _cells(
    record: Any, columns: tuple[str, ...], reader: Reader, partly: Collection[str] = ()
) -> list[facts.Fact]:
    """Cells of a record; ``partly`` names the hazards released in part, nobody knows where."""
    cells = [_cell(record, name, reader) for name in columns]
    if record.uid in partly and "status" in columns:
        at = columns.index("status")
        said = "; ".join(filter(None, (cells[at].text, facts.partly_released())))
        cells[at] = replace(cells[at], text=said)
    return cells


def _cell(record: Any, name: str, reader: Reader) -> facts.Fact:
    if name == "status" and (withdrawal := facts.withdrawal(record, reader)) is not None:
        return withdrawal
    if name != "area":
        return facts.fact(record, record.schema.by_name[name], reader)
    if record.area_mm2 is None:
        return facts.Fact("", "", "")
    return facts.Fact("", "", measures.from_mm2(record.area_mm2), measures.exact(record.area_mm2))


def box_of(record: Any) -> str:
    """West, south, east, north of a record in degrees; empty when it has no place."""
    if getattr(record, "min_lon", None) is None:
        return ""
    return ",".join(
        f"{value:.6f}" for value in (record.min_lon, record.min_lat, record.max_lon, record.max_lat)
    )
