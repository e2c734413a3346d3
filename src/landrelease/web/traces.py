"""Where a figure comes from: the page behind every number, down to polygons and documents."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from landrelease.land import FigureId, FigureIdError
from landrelease.register import access, figure_types, knowledge, provenance, references, trace
from landrelease.register.errors import RegisterError
from landrelease.register.models import RECORDS

from . import gate, keyset, mapping, names, submissions
from . import reader as readers
from .facts import PAGES
from .reader import Reader


@dataclass(frozen=True)
class Part:
    """A part of a figure, with the pages that stand behind it."""

    part: trace.Part
    record: str
    hazard: str
    grounds: bool


@dataclass(frozen=True)
class Entry:
    """A journal entry behind a figure, with the page of what was handed in."""

    entry: provenance.Entry
    submission: str


def against(caller: access.Caller, figure: str, **parts: Any) -> list[str]:
    """Why a caller is not shown what a figure is the sum of; see :func:`.gate.by_role`."""
    return access.against_sum(caller, "this figure", *types_of(figure))


def types_of(figure: str) -> Sequence[str]:
    """Types of the records that a figure adds up; those of land where it is no figure's id."""
    try:
        return figure_types.of(_parsed(figure))
    except Http404:
        return access.LAND


@gate.by_role(against)
def page(request: HttpRequest, figure: str) -> HttpResponse:
    """Show a figure, the parts it is the sum of, and who decided on the strength of what."""
    id_ = _parsed(figure)
    if str(id_) != figure:
        return redirect("trace", figure=str(id_))
    after = _after(request)
    try:
        reader = readers.of(request)
        found = narrowed(trace.trace(id_, after=after), reader)
    except RegisterError as error:
        raise Http404(str(error)) from error
    head = knowledge.head_seq()
    opened = _opened(found, reader)
    return render(
        request,
        "web/trace.html",
        {
            "figure": id_,
            "said": names.figure(id_),
            "trace": found,
            "reader": reader,
            "parts": [_part(part, opened) for part in found.parts],
            "grounds": any(part.move is not None for part in found.parts),
            "entries": _entries(found, request),
            "known": provenance.entries([id_.seq]).get(id_.seq),
            "later": head - id_.seq,
            "box": ",".join(f"{value:.6f}" for value in mapping.extent(reader)),
            "after": after,
            "first": after + 1,
            "last": after + len(found.parts),
            "next_query": keyset.query(request, after=found.next_after),
        },
    )


@gate.by_role(against)
def polygons(request: HttpRequest, figure: str) -> HttpResponse:
    """Give the polygons behind one page of a trace as GeoJSON (longitude, latitude on WGS 84)."""
    try:
        features = trace.features(_parsed(figure), after=_after(request))
    except RegisterError as error:
        raise Http404(str(error)) from error
    return JsonResponse(
        {"type": "FeatureCollection", "features": features},
        content_type="application/geo+json",
    )


def link(id_: FigureId | str) -> str:
    """Address of the page behind a figure."""
    return reverse("trace", args=[str(id_)])


def _parsed(text: str) -> FigureId:
    """Read the id in an address, also one whose key was typed without percent signs."""
    try:
        return FigureId.parse(text)
    except FigureIdError as error:
        try:
            return FigureId.parse(quote(text, safe=":=@%+.-_"))
        except FigureIdError:
            raise Http404(str(error)) from error


def _after(request: HttpRequest) -> int:
    given = request.GET.get("after", "")
    return int(given) if given.isdecimal() and given.isascii() and len(given) < 10 else 0


def narrowed(found: trace.Trace, reader: Reader) -> trace.Trace:
    """A trace as its reader may see it; for readers of the whole register it is the same.

    To others who handed in and who decided is not told, nor what was handed in beyond its receipt,
    nor words of reports; records that they do not see bear no name.
    """
    if not reader.partial:
        return found
    opened = _opened(found, reader)
    return replace(
        found,
        parts=[_without_names(part, opened) for part in found.parts],
        entries={seq: _without_people(entry) for seq, entry in found.entries.items()},
    )


def _without_names(part: trace.Part, opened: Set[tuple[str, str]]) -> trace.Part:
    origin = part.origin
    if origin is not None and (origin.record_type, origin.ref) not in opened:
        origin = replace(origin, name="")
    return replace(part, origin=origin, sentences=())


def _part(part: trace.Part, opened: Set[tuple[str, str]]) -> Part:
    """A part of a figure: a record that lies above the reader's tier is named, but not opened."""
    record = hazard = ""
    if part.origin is not None and (part.origin.record_type, part.origin.ref) in opened:
        record = page_of(part.origin.record_type, part.origin.ref)
    if part.hazard and ("hazard", part.hazard) in opened:
        hazard = page_of("hazard", part.hazard)
    return Part(part, record, hazard, part.move is not None)


def _opened(found: trace.Trace, reader: Reader) -> set[tuple[str, str]]:
    """Types and references of the records behind a trace that its reader sees."""
    parts = found.parts
    named = {(one.origin.record_type, one.origin.ref) for one in parts if one.origin is not None}
    return opened(named | {("hazard", one.hazard) for one in parts if one.hazard}, reader)


def opened(named: Iterable[tuple[str, str]], reader: Reader) -> set[tuple[str, str]]:
    """Those of some records, by type and reference, that a reader sees; a query a type."""
    if not reader.partial:
        return set(named)
    numbers: dict[str, dict[int, str]] = defaultdict(dict)
    for record_type, ref in named:
        number = references.number_of(record_type, ref) if record_type in RECORDS else None
        if number is not None:
            numbers[record_type][number] = ref
    return {
        (record_type, refs[id_])
        for record_type, refs in numbers.items()
        for id_ in reader.rows(record_type).filter(id__in=refs).values_list("id", flat=True)
    }


def page_of(record_type: str, ref: str) -> str:
    """Address of the page of a record known by its reference (``HA-3``); empty if it has none."""
    if record_type not in PAGES or record_type == "document":
        return ""
    number = references.number_of(record_type, ref)
    if number is None:
        return ""
    return reverse("record", args=[RECORDS[record_type].schema.plural, number])


def _entries(found: trace.Trace, request: HttpRequest) -> list[Entry]:
    """Journal entries behind the parts, with the pages of what was handed in."""
    receipts = {document.receipt for document in found.documents}
    pages = {
        receipt: reverse("submission", args=[id_])
        for receipt, id_ in submissions.visible(request)
        .filter(receipt__in=receipts)
        .values_list("receipt", "id")
    }
    return [
        Entry(entry, "" if entry.document is None else pages.get(entry.document.receipt, ""))
        for entry in found.entries.values()
    ]


def _without_people(entry: provenance.Entry) -> provenance.Entry:
    document = entry.document
    if document is not None:
        document = replace(
            document, filename="", sha256="", source="", submitter="", received_at=""
        )
    return replace(entry, actor="", deciders=(), document=document)
