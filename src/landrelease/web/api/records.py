"""Records of all types, and what happened to each of them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Literal
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Path, Query, Router, Schema
from pydantic import Field

from landrelease.register import access, history, shown_evidence, shown_history
from landrelease.register.evidence_access import Reading
from landrelease.register.schema import RECORD_TYPES

from .. import history as pages_of_history
from . import callers, conditional, features, layers, pages, selection
from .problems import Problem, not_found

router = Router(tags=["Records"])

PARAMETERS = ("bbox", "bbox-crs", "datetime", "limit", "cursor", "known_at")
_PLURALS = features.types_by_plural()

Plural = Literal[tuple(_PLURALS)]  # type: ignore[valid-type]
Number = Path(..., ge=1, lt=2**63, description="Number of the record: 12 of HA-12.")


class Asked(Schema):
    """Parameters of a page of records; fields can be asked for, too, by name."""

    bbox: str | None = Field(None, description="As of the layers.")
    bbox_crs: str | None = Field(None, alias="bbox-crs", description="As of the layers.")
    datetime: str | None = Field(None, description="Valid time, as of the layers.")
    limit: int = Field(pages.LIMIT, ge=1, description="Records of a page.")
    cursor: str | None = Field(None, description="Of the link 'next' of the page before.")
    known_at: str | None = Field(
        None, description="Recorded time: what the register knew at that moment."
    )


class Version(Schema):
    """One version of a record."""

    version: int
    entry: int
    recorded_at: str
    decision: str
    withheld: bool = Field(description="It lay outside what the caller's roles reach.")
    actor: str | None
    deciders: list[str] | None
    source: str | None
    receipt: str | None
    reason: str | None = Field(description="Why, where people said so.")
    changes: dict[str, Any]


class Held(Schema):
    """The version that held at the time that was asked for."""

    version: int
    fields: dict[str, Any]
    geometry: dict[str, Any] | None = Field(description="GeoJSON, longitude and latitude.")


class Compared(Schema):
    """Two versions side by side."""

    one: int
    other: int
    differing: list[str]
    fields: dict[str, Any] = Field(description="Field to what it was in the one and the other.")
    lost_mm2: str | None = Field(description="Ground of the one that the other has not.")
    gained_mm2: str | None = Field(description="Ground of the other that the one has not.")


class History(Schema):
    """Versions of a record, the oldest first."""

    ref: str
    versions: list[Version]
    held: Held | None = Field(
        description="None when it was not on record by then, or that version is withheld."
    )
    comparison: Compared | None


class AskedOfHistory(Schema):
    """Which time, and which two versions."""

    at: str = Field("", description="A day on the ground: 2024-12-31.")
    known_at: str = Field(
        "", description="Recorded time: a moment, or the number of a journal entry or report."
    )
    one: str = Field("", description="Number of a version, to be compared with the other.")
    other: str = Field("", description="Number of the other version.")


@router.get("", summary="Types of record")
def types(request: HttpRequest) -> HttpResponse:
    """Types of record that the caller reads, and the fields that they see of every one."""
    caller = callers.of(request)
    callers.require(caller, "view")
    told = []
    for name, kind in RECORD_TYPES.items():
        if not access.reads(caller, name):
            continue
        seen = access.Fields(caller, name).of_all
        told.append(
            {
                "name": kind.plural,
                "label": kind.label,
                "prefix": kind.prefix,
                "geometry": kind.geometry or None,
                "partial": access.is_partial(caller),
                "fields": [
                    {"name": f.name, "kind": f.kind, "help": f.help, "unit": f.unit or None,
                     "choices": f.choices, "to": RECORD_TYPES[f.to].plural if f.to else None}
                    for f in kind.fields if f.name in seen
                ],
            }
        )  # fmt: skip
    return conditional.mark(JsonResponse({"types": told}))


@router.get("/{plural}", summary="Records of a type")
def listing(request: HttpRequest, plural: Plural, asked: Query[Asked]) -> HttpResponse:
    """A page of records in the order of their numbers; hazards that were withdrawn among them.

    Documents as they were on record before (``known_at``) are for the restricted tier, as their
    history is.
    """
    name, caller = _type(request, plural)
    etag = conditional.tag(request)
    unchanged = conditional.not_modified(request, etag)
    if unchanged is not None:
        return conditional.mark(unchanged, etag)  # type: ignore[arg-type]
    query = dict(request.GET.items())
    seen = access.Fields(caller, name).of_all
    if name == "document":
        reader = callers.require_evidence(caller, "documents")
        if "known_at" in query:
            _require_whole(reader, "documents as they were on record before are")
        seen = shown_evidence.askable(reader, seen)
    wanted = selection.read(
        name, seen, query,
        lambda other: access.records(caller, other), others=PARAMETERS,
    )  # fmt: skip
    if wanted.boxes is not None and not selection.placed(name):
        wanted = selection.Selection(name, None, wanted.first, wanted.last, wanted.wanted)
    page = pages.page(caller, wanted, query, what=f"records {name}")
    at = request.build_absolute_uri(request.path)
    body: dict[str, Any] = {
        "records": _told(caller, name, page.records),
        "returned": len(page.records),
        "matched": page.matched,
        "journal_entry": page.seq,
        "notice": layers.notice(caller),
        "next": f"{at}?{urlencode({**query, 'cursor': page.next})}" if page.next else None,
    }
    return conditional.mark(JsonResponse(body), etag)


@router.get("/{plural}/{number}", summary="One record")
def one(request: HttpRequest, plural: Plural, number: int = Number) -> HttpResponse:
    """A record as known now."""
    name, caller = _type(request, plural)
    etag = conditional.tag(request)
    unchanged = conditional.not_modified(request, etag)
    if unchanged is not None:
        return conditional.mark(unchanged, etag)  # type: ignore[arg-type]
    record = _record(caller, name, number)
    return conditional.mark(JsonResponse(_told(caller, name, [record])[0]), etag)


@router.get("/{plural}/{number}/history", summary="What happened to a record", response=History)
def versions(
    request: HttpRequest, plural: Plural, wanted: Query[AskedOfHistory], number: int = Number
) -> dict[str, Any]:
    """Every version: when it was recorded, by which decision, why, and what changed; the one that
    held at a time, and two compared.

    The history of a document is for the restricted tier, as on its page: what it said of itself
    before, and why that was changed, may be of a higher tier than what it says now.
    """
    name, caller = _type(request, plural)
    record = _record(caller, name, number)
    if name == "document":
        reader = callers.require_evidence(caller, "documents")
        _require_whole(reader, f"the history of {record.ref} is")
    found = shown_history.shown(history.history(record), caller, record)
    seen = access.Fields(caller, name).of(record)
    on, moment = pages_of_history.asked(wanted.at, wanted.known_at, found, seen)
    held = history.at(found, on=on, known=None if moment is None else moment.seq)
    compared = pages_of_history.comparison(wanted.one, wanted.other, found)
    return {
        "ref": record.ref,
        "versions": [_version(name, change) for change in found],
        "held": None if held is None or held.withheld else _held(name, held),
        "comparison": None if compared is None else _compared(name, compared),
    }


def _require_whole(reader: Reading, what: str) -> None:
    """Refuse what a document said of itself before to whoever does not read all documents."""
    if not reader.whole:
        raise Problem(
            HTTPStatus.FORBIDDEN,
            f"{what} shown at the restricted tier only",
            "Ask somebody whose role reads the whole register at that tier.",
        )


def _type(request: HttpRequest, plural: str) -> tuple[str, access.Caller]:
    name, caller = _PLURALS[plural], callers.of(request)
    callers.require_reading(caller, name)
    return name, caller


def _record(caller: access.Caller, name: str, number: int) -> Any:
    record = pages.one(caller, name, number)
    if record is None:
        raise not_found(f"{RECORD_TYPES[name].prefix}-{number}")
    return record


def _told(caller: access.Caller, name: str, records: list[Any]) -> list[dict[str, Any]]:
    told = features.values(caller, name, records)
    if name == "document":
        reader = callers.require_evidence(caller, "documents")
        told = [
            shown_evidence.fields(reader, record, values)
            for record, values in zip(records, told, strict=True)
        ]
    if selection.placed(name):
        shapes = features.geojson([record.geometry for record in records])
        told = [{**values, "geometry": shape} for values, shape in zip(told, shapes, strict=True)]
    return told


def _version(name: str, change: shown_history.Shown) -> dict[str, Any]:
    return {
        "version": change.version,
        "entry": change.seq,
        "recorded_at": change.recorded_at,
        "decision": change.decision,
        "withheld": change.withheld,
        "actor": change.actor if change.people else None,
        "deciders": change.deciders if change.people else None,
        "source": None if change.withheld else change.source,
        "receipt": change.receipt if change.people else None,
        "reason": change.reason if change.people else None,
        "changes": {
            field: {"before": before, "after": after}
            for field, (before, after) in _only_fields(name, change.changes).items()
        },
    }


def _held(name: str, change: shown_history.Shown) -> dict[str, Any]:
    return {
        "version": change.version,
        "fields": _only_fields(name, history.fields_of(change.state)),
        "geometry": history.geometry_of(change.state),
    }


def _compared(name: str, compared: history.Comparison) -> dict[str, Any]:
    fields = _only_fields(name, compared.fields)
    of_the_place = {"boundary", "personal data"}
    return {
        "one": compared.one.version,
        "other": compared.other.version,
        "differing": sorted(compared.differing & {*fields, *of_the_place}),
        "fields": fields,
        "lost_mm2": None if compared.lost_mm2 is None else str(compared.lost_mm2),
        "gained_mm2": None if compared.gained_mm2 is None else str(compared.gained_mm2),
    }


def _only_fields(name: str, values: dict[str, Any]) -> dict[str, Any]:
    """Unlike a page, an answer leaves out the fields of the journal that no record has."""
    told = {field.name for field in RECORD_TYPES[name].fields} | shown_history.BESIDE
    return {field: value for field, value in values.items() if field in told}
