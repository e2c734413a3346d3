"""Handing in, and deciding on what was handed in: the one way in, for programs.

Whoever hands in learns what became of their own rows. What is in the register beside them is told
only to those who may see all of it: whether a row is new or a change would betray records that the
sender does not see.
"""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path as FilePath
from pathlib import PurePath
from typing import Any, Literal

from django.http import HttpRequest
from ninja import File, Form, Path, Query, Router, Schema, Status, UploadedFile
from pydantic import Field

from landrelease.evidence.reading_process import Limits
from landrelease.exchange import read
from landrelease.exchange.deliveries import open_delivery
from landrelease.exchange.problems import ExchangeError
from landrelease.register import (
    access,
    acts,
    decisions,
    handed_in,
    journal,
    people,
    profile,
    reviewing,
    roles,
    submissions,
)
from landrelease.register.errors import QuotaExceeded, SubmissionError
from landrelease.register.models import RECORDS, Submission
from landrelease.register.schema import RECORD_TYPES, record_type

from . import callers, features
from .problems import Problem, not_found

router = Router(tags=["Submissions"])

#: Most rows of a request in JSON.
MOST_ROWS = 10_000
#: Submissions, findings and rejected rows of a page.
_PAGE = 100
#: Findings that come from holding rows against the register, and so speak of it.
OF_THE_REGISTER = frozenset(
    {
        "record_was_withdrawn",
        "missing_from_file",
        "reference_not_found",
        "indication_with_area",
        "edit_conflict",
        "unknown_record",
        "record_in_several_rows",
        "not_as_exported",
        "person_erased",
    }
)

Receipt = Path(..., min_length=1, max_length=20, description="Receipt of the submission.")
Plural = Literal[tuple(features.types_by_plural())]  # type: ignore[valid-type]


class About(Schema):
    """What is handed in."""

    record_type: Plural = Field(description="What the rows are.")
    source: str = Field(min_length=1, max_length=200, description="Who or what the data come from.")
    namespace: str | None = Field(
        None, max_length=200, description="System whose ids the rows use; the source unless given."
    )


class FileAbout(About):
    """What the file is."""

    layer: str | None = Field(None, max_length=200, description="Layer or sheet to read.")
    crs: str | None = Field(
        None,
        pattern=r"^(EPSG|OGC|ESRI):[A-Za-z0-9]{1,12}$",
        examples=["EPSG:32633"],
        description="Code of the coordinate system where the file states none.",
    )


class RowIn(Schema):
    """A row: fields of the record type by name, and its place as GeoJSON."""

    properties: dict[str, str | int | float | bool | list[str] | None]
    geometry: dict[str, Any] | None = None


class Rows(About):
    """Rows as JSON; places in longitude and latitude."""

    rows: list[RowIn] = Field(min_length=1, max_length=MOST_ROWS)


class Finding(Schema):
    rule: str
    severity: str
    row: int | None
    field: str
    message: str


class RejectedOut(Schema):
    row: int
    rules: list[str]


class SubmissionOut(Schema):
    """A submission: its receipt, and what became of it."""

    receipt: str
    received_at: str
    record_type: str
    source: str
    namespace: str
    filename: str
    sha256: str | None = Field(description="Of the file as received; null where it is sealed.")
    state: str
    reason: str
    submitter: str | None
    counts: dict[str, int] | None = Field(
        description="What the rows would change; only for who sees the whole register."
    )
    received: int | None
    rejected: int | None
    held: bool | None = Field(description="Whether something waits for two people.")
    consents: list[str] | None


class SubmissionDetail(SubmissionOut):
    """A submission with what was found in it; the first of each."""

    findings: list[Finding]
    rejected_rows: list[RejectedOut]


class SubmissionList(Schema):
    submissions: list[SubmissionOut]
    next_before: int | None = Field(description="Give it as before for the next page.")


class Decision(Schema):
    """What a person decides about a submission."""

    decision: Literal["accept", "reject", "approve"] = Field(
        description="accept: what does not lower caution. approve: consent to what is held back; "
        "the second person's consent decides. reject: with a reason."
    )
    reason: str = Field("", max_length=2_000)


class Decided(Schema):
    receipt: str
    state: str
    entry: int | None = Field(
        description="Journal entry of the decision; null while none was made."
    )
    told: str


@router.get("", summary="Submissions, the latest first", response=SubmissionList)
def listing(
    request: HttpRequest,
    before: int | None = Query(None, ge=1, lt=2**63, description="next_before of the last page."),
    state: Literal["received", "checked", "accepted", "partly_accepted", "returned", "rejected",
                   "unchanged", "failed", "withdrawn"] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """One's own submissions; all of them for who sees the whole register."""
    caller = _known(request)
    rows = Submission.objects.order_by("-id")
    if not caller.sees_everything:
        rows = rows.filter(submitter=caller.name)
    if state is not None:
        rows = rows.filter(state=state)
    if before is not None:
        rows = rows.filter(id__lt=before)
    found = list(rows[: _PAGE + 1])
    more = len(found) > _PAGE
    return {
        "submissions": [_told(one, caller) for one in found[:_PAGE]],
        "next_before": found[_PAGE - 1].id if more else None,
    }


@router.post("", summary="Hand in rows", response={201: SubmissionDetail})
def hand_in_rows(request: HttpRequest, rows: Rows) -> Status[dict[str, Any]]:
    """Rows as JSON: kept as received, checked, and proposed. Nothing is decided by it."""
    caller = _sender(request)
    kept = {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": row.properties, "geometry": row.geometry}
            for row in rows.rows
        ],
    }
    data = json.dumps(kept, ensure_ascii=False).encode("utf-8", "strict")
    return Status(HTTPStatus.CREATED, _hand_in(caller, rows, "rows.geojson", [data], len(data)))


@router.post("/files", summary="Hand in a file", response={201: SubmissionDetail})
def hand_in_file(
    request: HttpRequest, about: Form[FileAbout], file: File[UploadedFile]
) -> Status[dict[str, Any]]:
    """A file of any format that is read: kept as received, checked, and proposed."""
    caller = _sender(request)
    most = profile.current().deliveries.largest_bytes
    if (file.size or 0) > most:
        raise Problem(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"file: more than {most:,} bytes",
            "Split it, or use landrelease import on the machine of the workspace.",
        )  # fmt: skip
    name = PurePath((file.name or "").replace("\\", "/")).name
    suffix = PurePath(name).suffix.lower()
    if suffix not in read.FORMATS or "\0" in name:
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY, f"file: the format of {name[:80]!r} is not known",
            f"Known endings: {', '.join(sorted(read.FORMATS))}.",
        )  # fmt: skip
    return Status(HTTPStatus.CREATED, _hand_in(caller, about, name, file.chunks(), file.size or 0))


@router.get("/files", summary="Formats of files", response=dict[str, str])
def formats(request: HttpRequest) -> dict[str, str]:
    """Formats that are read, by the ending of the name."""
    return read.FORMATS


@router.get("/{receipt}", summary="One submission", response=SubmissionDetail)
def one(request: HttpRequest, receipt: str = Receipt) -> dict[str, Any]:
    """What became of a submission, and what was found in it."""
    caller = _known(request)
    return _detail(_submission(caller, receipt), caller)


@router.get("/{receipt}/decisions", summary="Where a submission stands", response=Decided)
def standing(request: HttpRequest, receipt: str = Receipt) -> dict[str, Any]:
    """State of a submission."""
    submission = _submission(_known(request), receipt)
    return {
        "receipt": receipt, "state": submission.state, "entry": None,
        "told": submission.reason or submission.state,
    }  # fmt: skip


@router.post("/{receipt}/decisions", summary="Decide about a submission", response=Decided)
def decide(request: HttpRequest, decision: Decision, receipt: str = Receipt) -> dict[str, Any]:
    """Accept, reject, or consent to what is held back, in one's own name.

    Releases and whatever lowers caution take two people (rule 14); a token is none.
    """
    caller = _known(request)
    actor = _actor(caller)
    submission = _submission(caller, receipt)
    needed = "lower_caution" if decision.decision == "approve" else "review"
    callers.require(caller, needed, submission if needed == "lower_caution" else None)
    entry, told = None, ""
    match decision.decision:
        case "accept":
            found = decisions.accept_submission(receipt, actor)
            entry, told = found and found.seq, "accepted" if found else "nothing to accept"
        case "approve":
            found = decisions.approve_held(receipt, actor)
            entry = found and found.seq
            told = "decided" if found else "consent recorded; a second person must consent too"
        case "reject":
            decisions.reject_submission(receipt, actor, decision.reason)
            told = "rejected"
    submission.refresh_from_db()
    return {"receipt": receipt, "state": submission.state, "entry": entry, "told": told}


# --- handing in -----------------------------------------------------------------------------------


def _hand_in(
    caller: access.Caller, about: About, name: str, chunks: Any, size: int
) -> dict[str, Any]:
    actor = _actor(caller)
    _refuse_beyond_quota(actor, size)
    limits = profile.current().deliveries
    with tempfile.TemporaryDirectory(prefix="landrelease-") as folder:
        path = FilePath(folder) / name
        with path.open("wb") as handle:
            for chunk in chunks:
                handle.write(chunk)
        try:
            delivery = open_delivery(
                path,
                record_type(about.record_type),
                source=about.source,
                namespace=about.namespace,
                layer=getattr(about, "layer", None),
                crs=getattr(about, "crs", None),
                limits=Limits(limits.reading_seconds, 0, limits.reading_memory_mb * 1_000_000),
            )
            delivery.options = handed_in.noted(delivery.options, size)
            outcome = submissions.submit(delivery, actor=actor)
        except (ExchangeError, SubmissionError) as error:
            told = str(error).replace(f"{folder}/", "")
            raise Problem(
                HTTPStatus.UNPROCESSABLE_ENTITY, told, "Correct the file and hand it in again."
            ) from error
    return _detail(decisions.find_submission(outcome.receipt or ""), caller)


def _refuse_beyond_quota(actor: people.Actor, size: int) -> None:
    try:
        handed_in.refuse_beyond_quota(actor.name, size)
    except QuotaExceeded as error:
        raise Problem(
            HTTPStatus.TOO_MANY_REQUESTS, str(error), "Nothing was kept.",
            headers={"Retry-After": str(_seconds_to_midnight())},
        ) from error  # fmt: skip


def _seconds_to_midnight() -> int:
    now = datetime.now(UTC)
    return 24 * 3600 - (now.hour * 60 + now.minute) * 60 - now.second


def _sender(request: HttpRequest) -> access.Caller:
    caller = callers.of(request)
    callers.require(caller, "submit")
    return caller


def _known(request: HttpRequest) -> access.Caller:
    caller = callers.of(request)
    if not caller.local and not any(
        access.may(caller, one) for one in ("view", "submit", "review")
    ):
        callers.require(caller, "view")
    return caller


def _actor(caller: access.Caller) -> people.Actor:
    if caller.actor is None:
        raise Problem(HTTPStatus.UNAUTHORIZED, "nobody has signed in", "Send a token, or sign in.")
    return caller.actor


# --- telling --------------------------------------------------------------------------------------


def _submission(caller: access.Caller, receipt: str) -> Submission:
    found = Submission.objects.filter(receipt=receipt).first()
    if found is None or not _shown(caller, found):
        raise not_found(f"submission {receipt[:20]!r}")
    return found


def _shown(caller: access.Caller, submission: Submission) -> bool:
    """One's own; all for who sees the whole register; and what lies in the scope of a reviewer."""
    if caller.sees_everything or submission.submitter == caller.name:
        return True
    if not access.may(caller, "review") or acts.of(submission) is not None:
        return False
    own = roles.with_role(caller.grants, *reviewing.REVIEWERS)
    if any(grant.everywhere for grant in own):
        return True
    model = RECORDS[submission.record_type]
    links = list(submission.parts.select_related("part"))
    for link in links:
        lines = journal.lines_of(bytes(link.part.body))
        uids = {line["uid"] for line in lines}
        known = set(model.objects.filter(uid__in=uids).values_list("uid", flat=True))
        if roles.outside(own, model, known) or not all(
            any(roles.covers_state(g, submission.record_type, line["state"]) for g in own)
            for line in lines
        ):
            return False
    return bool(links)


def _told(submission: Submission, caller: access.Caller) -> dict[str, Any]:
    whole = caller.sees_everything
    summary = json.loads(submission.summary)
    counts = summary.get("counts", {})
    held = submission.parts.filter(standing="held").exists()
    # That nothing would change tells that the register holds the very same.
    state = submission.state
    if state == Submission.UNCHANGED and not whole:
        state = Submission.CHECKED
    return {
        "receipt": submission.receipt,
        "received_at": submission.received_at,
        "record_type": RECORD_TYPES[submission.record_type].plural,
        "source": submission.source,
        "namespace": submission.namespace,
        "filename": submission.filename,
        "sha256": None if submission.sealed else submission.sha256,
        "state": state,
        "reason": submission.reason,
        "submitter": submission.submitter if whole else None,
        "counts": {name: int(number) for name, number in counts.items()} if whole else None,
        "received": counts.get("received"),
        "rejected": counts.get("rejected"),
        "held": held if whole else None,
        "consents": decisions.standing_consents(submission) if whole and held else None,
    }


def _detail(submission: Submission, caller: access.Caller) -> dict[str, Any]:
    findings = submission.findings.order_by("id")
    if not caller.sees_everything:
        findings = findings.exclude(rule__in=OF_THE_REGISTER)
    # A file about persons: what was found may quote a cell.
    quoted = [] if submission.sealed else list(findings[:_PAGE])
    return {
        **_told(submission, caller),
        "findings": [
            {"rule": f.rule, "severity": f.severity, "row": f.row, "field": f.field,
             "message": f.message}
            for f in quoted
        ],
        "rejected_rows": [
            {"row": r.row, "rules": r.rules.split()}
            for r in submission.rejected.order_by("id")[:_PAGE]
        ],
    }  # fmt: skip
