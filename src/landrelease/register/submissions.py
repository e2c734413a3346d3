"""The one way in: everything that reaches the register comes as a submission.

1. The file is kept as received and a receipt is given, before anything is understood of it.
2. Its rows are checked and compared with the register.
3. The proposal (or, with ``accept``, the decision) is stored in one transaction.
"""

from __future__ import annotations

import contextlib
import gc
import json
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from django.db import transaction
from numpy.typing import NDArray

from landrelease.land import Plane

from . import (
    apply,
    assemble,
    canonical,
    clock,
    decisions,
    differences,
    erased_again,
    historic_releases,
    journal,
    kept,
    proposed_links,
    recording,
    reviewing,
    seal,
    sealed_rows,
)
from .assemble import Finding, Incoming, RawRows, Rejected, TypedRows
from .differences import Difference
from .errors import SubmissionError
from .models import (
    Submission,
    SubmissionFinding,
    SubmissionPart,
)
from .people import Actor
from .progress import Progress
from .schema import RecordType
from .sealing import Sealing

#: From the rows of a file to what they would change; as :func:`.differences.compare`.
Comparing = Callable[..., Difference]


@dataclass
class Delivery:
    """A file with its rows, as the exchange layer hands it over.

    Attributes
    ----------
    batches
        Raw and typed rows, batch by batch; read once.
    source
        Who or what the data come from, as text.
    namespace
        The system whose ids the file uses.
    data
        What was handed in, where it is no file on this machine; ``path`` is then only its name.
    """

    record_type: RecordType
    path: Path
    source: str
    namespace: str
    layer: str
    batches: Iterable[tuple[RawRows, TypedRows]]
    options: dict[str, Any] = field(default_factory=dict)
    data: bytes | None = None
    #: How its rows are compared with the register, where it is not by key or place
    #: (:func:`.returned.comparing`).
    comparing: Comparing | None = None
    #: How the file is sealed, where it names persons though its record type has no such fields.
    sealing: Sealing | None = None


@dataclass
class Legacy:
    """Authority for historic releases (rule 7)."""

    authority: str
    document: str


@dataclass
class Outcome:
    """What came of a delivery."""

    record_type: str
    filename: str
    dry_run: bool
    received: int
    rejected: int
    counts: dict[str, int]
    findings: dict[str, dict[str, int]]
    measured: dict[str, int]
    changes: list[differences.Change]
    examples: dict[str, str]
    receipt: str | None = None
    state: str = "dry_run"
    entry: int | None = None
    release_note: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    #: The first findings and rejected rows one by one; all are counted.
    found: list[Finding] = field(default_factory=list)
    turned_away: list[Rejected] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        return {
            "changes": [
                {"fields": c.fields, "lowers_caution": c.lowers_caution, "ref": c.ref, "row": c.row}
                for c in self.changes
            ],
            "counts": self.counts,
            "dry_run": self.dry_run,
            "entry": self.entry,
            "file": self.filename,
            "findings": self.findings,
            "measured": {k: str(v) for k, v in self.measured.items()},
            "note": self.release_note,
            "receipt": self.receipt,
            "received": self.received,
            "record_type": self.record_type,
            "rejected": self.rejected,
            "state": self.state,
            **self.details,
        }


def _quiet(stage: str, done: int, total: int | None) -> None:
    pass


def submit(
    delivery: Delivery,
    *,
    actor: Actor,
    accept: bool = False,
    dry_run: bool = False,
    repair: bool = False,
    legacy: Legacy | None = None,
    answers: str = "",
    received: Submission | None = None,
    progress: Progress = _quiet,
) -> Outcome:
    """Take in a delivery.

    Parameters
    ----------
    accept
        Decide at once in the actor's name. Land is never released by this, and changes that
        lower caution are held for a second person.
    dry_run
        Only say what would happen; nothing is kept.
    repair
        Repair invalid polygons.
    legacy
        Enter releases as decided elsewhere, in the opening balance.
    answers
        Receipt of a submission that was returned, and that this one puts right.
    received
        The submission under which the file was kept already (:mod:`.handed_in`).

    Raises
    ------
    SubmissionError
        When the file cannot be read; when it was received, the submission is kept as failed and
        the message gives its receipt.
    """
    if legacy is not None:
        historic_releases.refuse_historic_unless_permitted(actor)
    with _without_collecting():
        return _submit(
            delivery, actor, accept, dry_run, repair, legacy, answers, received, progress
        )


@contextlib.contextmanager
def _without_collecting() -> Iterator[None]:
    """Millions of short-lived values and no cycles: looking for cycles would cost a tenth."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _submit(
    delivery: Delivery,
    actor: Actor,
    accept: bool,
    dry_run: bool,
    repair: bool,
    legacy: Legacy | None,
    answers: str,
    received: Submission | None,
    progress: Progress,
) -> Outcome:
    returned = None
    if answers:
        returned = decisions.refuse_unless_returned(answers, delivery.record_type.name)
    submission = None if dry_run else received or receive(delivery, actor, delivery.data)
    if received is not None and submission is not None:
        _say_how_it_is_read(received, delivery)
    if returned is not None and submission is not None:
        decisions.answer(submission, returned, actor)
    try:
        incoming = assemble.assemble(
            delivery.record_type,
            delivery.batches,
            plane_for=_plane_source(delivery, actor, dry_run),
            repair=repair,
            progress=progress,
        )
    except Exception as error:
        if submission is None:
            raise
        # What went wrong may quote a cell: nothing of a file about persons is kept in clear.
        about = type(error).__name__
        submission.state = Submission.FAILED
        submission.reason = about if submission.sealed else f"{about}: {error}"
        submission.save()
        raise SubmissionError(
            f"{delivery.path.name} was received ({submission.receipt}) and is kept, but could not "
            f"be read: {error}"
        ) from error
    if dry_run:
        progress("comparing", 0, len(incoming))
        difference = _compare(delivery, incoming, keep_seals=False)
        return _outcome(delivery, incoming, difference, None)
    assert submission is not None
    with transaction.atomic():
        journal.lock_head()
        if received is not None:
            _refuse_unless_received(received)
        progress("comparing", 0, len(incoming))
        difference = _compare(delivery, incoming)
        progress("writing", 0, len(incoming))
        outcome = _outcome(delivery, incoming, difference, submission)
        _keep_result(submission, incoming, difference, outcome, delivery.sealing)
        rows, uids = len(incoming), set(difference.uids)
        # What follows reads from the database; these would stand in memory beside it.
        del incoming, difference
        if accept:
            entry = decisions.accept(submission, actor, standing="proposed")
            outcome.entry = None if entry is None else entry.seq
            if legacy is not None and delivery.record_type.name == "activity":
                outcome.details |= historic_releases.enter_historic(
                    submission,
                    actor,
                    uids=uids,
                    authority=legacy.authority,
                    document=legacy.document,
                )
        if delivery.record_type.name in ("activity", "hazard") and accept:
            outcome.details |= proposed_links.propose_links(submission)
        submission.refresh_from_db()
        outcome.state = submission.state
        progress("writing", rows, rows)
    return outcome


def _say_how_it_is_read(received: Submission, delivery: Delivery) -> None:
    """What was known of a file when it was kept is completed by what was found on opening it."""
    _refuse_unless_received(received)
    received.layer, received.source = delivery.layer, delivery.source
    received.namespace = delivery.namespace
    options = json.loads(received.options) | delivery.options
    received.options = json.dumps(options, sort_keys=True)
    received.save(update_fields=["layer", "source", "namespace", "options"])


def _refuse_unless_received(received: Submission) -> None:
    state = Submission.objects.values_list("state", flat=True).get(id=received.id)
    if state != Submission.RECEIVED:
        raise SubmissionError(f"{received.receipt} is {state}; it was handed in or withdrawn")


def _compare(delivery: Delivery, incoming: Incoming, keep_seals: bool = True) -> Difference:
    compare = delivery.comparing or differences.compare
    return compare(
        incoming,
        namespace=delivery.namespace,
        source=delivery.source,
        layer=delivery.layer,
        keep_seals=keep_seals,
    )


def _plane_source(delivery: Delivery, actor: Actor, dry_run: bool) -> Any:
    """The programme's plane; the first data with a place fix its centre."""

    def plane_for(lonlat: NDArray[np.object_]) -> Plane | None:
        plane = apply.programme_plane()
        if plane is not None:
            return plane
        centre = assemble.centre_of(lonlat)
        if centre is None:
            return None
        if dry_run:
            return Plane.at(*centre)
        fix_centre(*centre, actor=actor, because=f"middle of {delivery.path.name}")
        return apply.programme_plane()

    return plane_for


def fix_centre(
    longitude: float,
    latitude: float,
    *,
    actor: Actor,
    because: str,
    name: str = "",
    cut_over: str | None = None,
) -> None:
    """Journal the projection centre of the programme, once: it never changes.

    It is entry 0 when it is given at the start or comes with the first file. When it is fixed
    already (by another process a moment ago), nothing happens.
    """
    with transaction.atomic():
        journal.lock_head()
        if apply.programme_plane() is not None:
            return
        recording.record(
            journal.Draft(
                kind="workspace",
                actor=actor.to_json(),
                data={
                    "because": because,
                    "centre": {"latitude": f"{latitude:.6f}", "longitude": f"{longitude:.6f}"},
                    "cut_over": cut_over,
                    "name": name,
                    "plane": "Lambert azimuthal equal-area, WGS 84 ellipsoid, whole millimetres",
                },
            )
        )


def receive(delivery: Delivery, actor: Actor, data: bytes | None = None) -> Submission:
    """Keep the file and give a receipt; committed before anything else happens.

    Parameters
    ----------
    data
        What was handed in, where it is no file.

    Raises
    ------
    DecisionRefused
        When somebody who signed in, or a token, may not hand in records.
    """
    reviewing.refuse_unless_submitter(actor)
    if data is None:
        data = delivery.path.read_bytes()
    digest = canonical.sha256(data)
    receipt = f"{clock.now()[:10].replace('-', '')}-{secrets.token_hex(4)}"
    sealing = delivery.sealing
    sealed = sealing is not None or bool(delivery.record_type.personal_fields)
    with transaction.atomic():
        submission = Submission(
            receipt=receipt,
            received_at=clock.now(),
            submitter=actor.name,
            record_type=delivery.record_type.name,
            filename=delivery.path.name,
            layer=delivery.layer,
            source=delivery.source,
            namespace=delivery.namespace,
            sha256=digest,
            sealed=sealed,
            options=json.dumps(delivery.options, sort_keys=True),
        )
        if sealing is not None and sealing.original is not None:
            submission.sha256 = sealing.mark
            submission.kept = sealing.original.kept
            shared = seal.file_key_id(sealing.original).removeprefix("file-")
            options = delivery.options | {seal.SHARED: shared}
            submission.options = json.dumps(options, sort_keys=True)
        elif sealed:
            # Not even the hash in clear: it would let anyone test a guess of the whole file.
            key = seal.new_key(seal.file_key_id(submission))
            committed = sealing.mark if sealing else seal.commitment(key, {"sha256": digest})
            submission.sha256 = committed or ""
            submission.kept = kept.keep_bytes(seal.seal_bytes(key, data))
        else:
            submission.kept = kept.keep_bytes(data)
        submission.save()
    return submission


def keep_findings(submission: Submission, findings: Iterable[Finding]) -> None:
    """Keep what was found in a submission, by rule and row."""
    SubmissionFinding.objects.bulk_create(
        (
            SubmissionFinding(
                submission=submission,
                rule=f.rule,
                severity=f.severity,
                row=f.row,
                field=f.field,
                message=f.message,
                longitude=f.place and f.place[0],
                latitude=f.place and f.place[1],
            )
            for f in findings
        ),
        batch_size=5_000,
    )


def _keep_result(
    submission: Submission,
    incoming: Incoming,
    difference: Difference,
    outcome: Outcome,
    sealing: Sealing | None,
) -> None:
    name = incoming.record_type.name
    ordinal = 0
    for standing, lines in (
        ("proposed", difference.created),
        ("proposed", difference.updated),
        ("held", difference.held),
    ):
        for draft in journal.split(f"records/{name}", lines):
            SubmissionPart.objects.create(
                submission=submission, ordinal=ordinal, standing=standing, part=journal.keep(draft)
            )
            ordinal += 1
    keep_findings(submission, (*incoming.findings, *difference.findings))
    sealed_rows.keep_rejected(submission, incoming.rejected)
    if sealing is not None:
        sealing.keep(submission, difference.uids)
    elif submission.sealed:
        sealed_rows.keep(
            submission, incoming, difference.uids, difference.person_keys, difference.erased
        )
        erased_again.forget(submission, incoming.rejected, difference.erased)
    submission.state = Submission.CHECKED
    submission.summary = json.dumps(
        {
            "counts": outcome.counts | {"received": outcome.received, "rejected": outcome.rejected},
            "findings": outcome.findings,
            "measured": {k: str(v) for k, v in outcome.measured.items()},
        },
        sort_keys=True,
    )
    if not ordinal:
        submission.state = Submission.UNCHANGED
    submission.save()


def count_findings(findings: Iterable[Finding]) -> dict[str, dict[str, int]]:
    """Findings by rule and severity."""
    counts: Counter[tuple[str, str]] = Counter((f.rule, f.severity) for f in findings)
    table: dict[str, dict[str, int]] = {}
    for (rule, severity), number in sorted(counts.items()):
        table.setdefault(rule, {})[severity] = number
    return table


def _outcome(
    delivery: Delivery, incoming: Incoming, difference: Difference, submission: Submission | None
) -> Outcome:
    findings = [*incoming.findings, *difference.findings]
    examples: dict[str, str] = {}
    for finding in findings:
        examples.setdefault(finding.rule, finding.message)
    return Outcome(
        record_type=delivery.record_type.name,
        filename=delivery.path.name,
        dry_run=submission is None,
        received=incoming.received,
        rejected=len(incoming.rejected),
        counts=difference.counts(),
        findings=count_findings(findings),
        measured=incoming.measured,
        changes=difference.changes,
        examples=examples,
        receipt=None if submission is None else submission.receipt,
        details=dict(difference.details),
        found=findings[: differences.SHOWN],
        turned_away=incoming.rejected[: differences.SHOWN],
    )
