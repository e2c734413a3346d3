"""Where a figure comes from: the page behind every number, down to polygons and documents."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from landrelease.land import FigureId, FigureIdError
from landrelease.register import knowledge, provenance, trace
from landrelease.register.errors import RegisterError
from landrelease.register.models import RECORDS, Submission

from . import keyset, mapping, names
from .facts import PAGES


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


def page(request: HttpRequest, figure: str) -> HttpResponse:
    """Show a figure, the parts it is the sum of, and who decided on the strength of what."""
    id_ = _parsed(figure)
    if str(id_) != figure:
        return redirect("trace", figure=str(id_))
    after = _after(request)
    try:
        found = trace.trace(id_, after=after)
    except RegisterError as error:
        raise Http404(str(error)) from error
    head = knowledge.head_seq()
    return render(
        request,
        "web/trace.html",
        {
            "figure": id_,
            "said": names.figure(id_),
            "trace": found,
            "parts": [_part(part) for part in found.parts],
            "grounds": any(part.move is not None for part in found.parts),
            "entries": _entries(found),
            "known": provenance.entries([id_.seq]).get(id_.seq),
            "later": head - id_.seq,
            "box": ",".join(f"{value:.6f}" for value in mapping.extent()),
            "after": after,
            "first": after + 1,
            "last": after + len(found.parts),
            "next_query": keyset.query(request, after=found.next_after),
        },
    )


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


def _part(part: trace.Part) -> Part:
    record = "" if part.origin is None else page_of(part.origin.record_type, part.origin.ref)
    hazard = page_of("hazard", part.hazard) if part.hazard else ""
    return Part(part, record, hazard, part.move is not None)


def page_of(record_type: str, ref: str) -> str:
    """Address of the page of a record known by its reference (``HA-3``); empty if it has none."""
    number = ref.rpartition("-")[2]
    if record_type not in PAGES or record_type == "document" or not number.isdecimal():
        return ""
    return reverse("record", args=[RECORDS[record_type].schema.plural, int(number)])


def _entries(found: trace.Trace) -> list[Entry]:
    receipts = {document.receipt for document in found.documents}
    pages = {
        receipt: reverse("submission", args=[id_])
        for receipt, id_ in Submission.objects.filter(receipt__in=receipts).values_list(
            "receipt", "id"
        )
    }
    return [
        Entry(entry, "" if entry.document is None else pages.get(entry.document.receipt, ""))
        for entry in found.entries.values()
    ]
