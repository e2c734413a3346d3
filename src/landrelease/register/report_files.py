"""Files of reports into the register: each report a record, each original kept, nothing twice.

A file comes by the one way in. One that is a report is one submission with one record; one that
holds several (a mailbox, a web archive) is kept once, and its reports come as submissions of at
most `MEMBERS` records, so that a run that was killed goes on where it stopped. What is broken
becomes a failed submission with its reason, once.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from landrelease import evidence
from landrelease.evidence import containers, intake

from . import (
    correspondent_keys,
    kept,
    mails,
    readings,
    report_fields,
    submissions,
)
from .models import Document, Submission
from .people import Actor
from .schema import RECORD_TYPES

NAMESPACE = "sha256"
#: Of the reports that came by any way; those out of sealed mails have marks in place of hashes.
NAMESPACES = (NAMESPACE, mails.NAMESPACE)
MEMBERS = 500  # reports of one submission
_LISTED = 200  # failures that a reason lists one by one
#: Parts of a file that cannot be read before it is given up; a file of nothing else would fill the
#: memory of whoever takes it in with reasons.
MOST_FAILURES = 10_000


@dataclass(frozen=True)
class Added:
    """What became of a report, or of a file or part of one that gave none.

    Attributes
    ----------
    path
        Of the file; for a report out of a container with ``#`` and its place there.
    ref
        Of the record ("DOC-3"); None where there is none.
    state
        ``accepted``, ``unchanged`` (in the register already), ``failed`` or ``skipped`` (no
        report: a picture, a service message).
    message
        Notes on how it was taken in, or why it was not.
    language
        ISO 639-1, or ``und``; None where no report was read.
    claims
        ``extracted``, ``not extracted`` (another language than English) or None.
    """

    path: str
    ref: str | None
    state: str
    message: str = ""
    language: str | None = None
    claims: str | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass
class Rows:
    """Documents as the rows of a delivery."""

    documents: Sequence[dict[str, Any]]

    def __post_init__(self) -> None:
        count = len(self.documents)
        names = dict.fromkeys(name for fields in self.documents for name in fields)
        self.rows = np.arange(1, count + 1, dtype=np.int64)
        self.fields = {name: [one.get(name) for one in self.documents] for name in names}
        self.columns: dict[str, Any] = {}
        self.extra: list[dict[str, Any]] = [{} for _ in range(count)]
        self.geometry = None
        self.crs = None
        self.problems: list[Any] = []
        self.unusable = np.zeros(count, dtype=bool)


def find(paths: Sequence[Path]) -> list[Path]:
    """List the files of reports: those named, and in folders those whose name says so."""
    found: list[Path] = []
    for path in paths:
        found += sorted(p for p in path.rglob("*") if is_report(p)) if path.is_dir() else [path]
    return found


def is_report(path: Path) -> bool:
    """Whether the name of a file in a folder says that it holds reports."""
    name = path.name.lower().removesuffix(".gz")
    known = not name.startswith(".") and Path(name).suffix in containers.SUFFIXES
    return known and path.is_file()


def stays_within(path: Path, folder: Path) -> bool:
    """Whether a file of a folder lies in it, and is not a link to something outside."""
    try:
        return path.resolve(strict=True).is_relative_to(folder.resolve(strict=True))
    except (OSError, RuntimeError):  # a link to nothing, or to itself
        return False


def add_file(
    path: Path,
    actor: Actor,
    fields: Mapping[str, str] | None = None,
    *,
    within: Path | None = None,
) -> Iterator[Added]:
    """Take in one file.

    Parameters
    ----------
    within
        The folder in which it was found: a symbolic link that leads out of it is not followed.
        Who may put a file into a folder could otherwise have any file of this machine taken in.
    fields
        For JSON: where the fields of a report stand, as `evidence.unpack` takes them.

    Yields
    ------
    Added
        One a report, failure and skipped part, in the order of the file; what was yielded is in
        the register.
    """
    if within is not None and not stays_within(path, within):
        why = "a symbolic link that leads out of the folder, not followed; name the file itself"
        yield Added(str(path), None, "skipped", why)
        return
    try:
        digest = kept.hash_file(path)
        sealed = mails.Mails(digest, path.name) if mails.are_in(path) else None
    except OSError as error:
        yield Added(str(path), None, "failed", f"cannot be read ({error.strerror or error})")
        return
    file = _File(path, digest, actor, fields, sealed)
    known = _refs([file.message, digest])
    # A message is in the register, but what is attached to it need not be.
    if known and not path.name.lower().endswith(".eml"):
        yield _unchanged(path, None, next(iter(known.values())))
        return
    if _complete(file):
        yield Added(str(path), None, "unchanged", "all reports of it are in the register already")
        return
    failures: list[str] = []
    skipped: Counter[str] = Counter()
    chunk: list[evidence.Document] = []
    waiting: dict[str, evidence.Document] = {}
    try:
        items = evidence.unpack(path, path.name, fields=fields)
        for item in items if sealed is None else sealed.items(items):
            if item.state == "skipped":
                skipped[item.reason.partition(": ")[2]] += 1
            elif item.document is None:
                failures.append(item.reason)
                if len(failures) == MOST_FAILURES:
                    failures.append(
                        f"{path.name}: {MOST_FAILURES:,} parts of it cannot be read, so the rest "
                        "was not looked at; is it what its name says?"
                    )
                    break
            elif item.document.sha256 in waiting:
                yield _unchanged(path, item.locator, "the same bytes, earlier in this file")
            else:
                waiting[item.document.sha256] = item.document
            if len(waiting) == 2 * MEMBERS:  # the last ones stay, for the submission that ends it
                chunk, waiting = list(waiting.values()), {}
                yield from _submit(file, chunk[:MEMBERS], last=False)
                waiting = {one.sha256: one for one in chunk[MEMBERS:]}
    except evidence.EvidenceError as error:
        failures.append(str(error))
    for part in range(0, len(waiting), MEMBERS):
        chunk = list(waiting.values())[part : part + MEMBERS]
        last = part + MEMBERS >= len(waiting) and not failures
        yield from _submit(file, chunk, last=last)
    for reason, count in sorted(skipped.items()):
        yield Added(str(path), None, "skipped", f"{count} part(s) are no reports: {reason}")
    if failures:
        receipt = _keep_failure(file, failures)
        for reason in failures:
            yield Added(str(path), None, "failed", f"kept as {receipt}: {reason}")


@dataclass(frozen=True)
class _File:
    """A file on its way in: what is the same for all of its reports."""

    path: Path
    digest: str
    actor: Actor
    fields: Mapping[str, str] | None
    #: Where it holds mails: what is sealed of them.
    mails: mails.Mails | None

    @property
    def mark(self) -> str:
        """What its submissions are known by: its hash, of mails a keyed mark."""
        return self.digest if self.mails is None else self.mails.mark

    @property
    def message(self) -> str:
        """What a report that is the whole file is known by."""
        return (
            self.digest if self.mails is None else correspondent_keys.mark("message", self.digest)
        )

    @property
    def namespace(self) -> str:
        return NAMESPACE if self.mails is None else mails.NAMESPACE

    def known(self, documents: Sequence[evidence.Document]) -> dict[str, str]:
        """References of those reports that are in the register, by what they are known by now."""
        ids = {one.sha256: one.sha256 for one in documents}
        if self.mails is not None:  # also those that came in before mails were sealed
            ids |= {self.mails.digests[one.sha256]: one.sha256 for one in documents}
        return {ids[known]: ref for known, ref in _refs(list(ids)).items()}


def _refs(digests: Sequence[str]) -> dict[str, str]:
    found = Document.objects.filter(namespace__in=NAMESPACES, source_id__in=digests)
    return {str(one.source_id): str(one.ref) for one in found}


def _unchanged(path: Path, locator: str | None, ref: str) -> Added:
    place = f"{path}#{locator}" if locator else str(path)
    if ref.startswith("the "):
        return Added(place, None, "unchanged", ref)
    return Added(place, ref, "unchanged", "the same bytes are in the register already")


def _complete(file: _File) -> bool:
    """Whether a container was taken in to its end before, read in the same way."""
    ended = Submission.objects.filter(
        sha256__in=[file.mark, file.digest],
        record_type="document",
        state=Submission.ACCEPTED,
        namespace__in=NAMESPACES,
    ).values_list("options", flat=True)
    wanted = dict(file.fields) if file.fields else None
    return any(
        options.get("last") and options.get("fields") == wanted
        for options in map(json.loads, ended)
    )


def _submit(file: _File, documents: Sequence[evidence.Document], *, last: bool) -> Iterator[Added]:
    """Take in some reports of a file in one submission; those that are in are left alone."""
    known = file.known(documents)
    new = [one for one in documents if one.sha256 not in known]
    state = Submission.UNCHANGED
    if new:
        for one in new:
            kept.keep_bytes(one.text.encode("utf-8", "surrogatepass"), one.text_sha256)
        rows = [_fields(one, file) for one in new]
        options: dict[str, Any] = {"extractor": "landrelease.evidence"}
        if any(one.locator for one in new):
            options["last"] = last
        if file.fields:
            options["fields"] = dict(file.fields)
        delivery = _delivery(file, rows, options)
        outcome = submissions.submit(delivery, actor=file.actor, accept=True)
        state = outcome.state
    refs = known | _refs([one.sha256 for one in new])
    if new:
        readings.keep(new)
    for one in documents:
        if one.sha256 in known:
            yield _unchanged(file.path, one.locator, known[one.sha256])
            continue
        place = f"{file.path}#{one.locator}" if one.locator else str(file.path)
        yield Added(
            place,
            refs.get(one.sha256),
            state,
            "; ".join(one.notes),
            one.language,
            "extracted" if intake.read_for_claims(one) else "not extracted",
        )


def _keep_failure(file: _File, failures: Sequence[str]) -> str:
    """Keep a file that cannot be read, or not all of it, with the reasons; once."""
    reason = "\n".join(failures[:_LISTED])
    if len(failures) > _LISTED:
        reason += f"\nand {len(failures) - _LISTED} more"
    before = Submission.objects.filter(
        sha256__in=[file.mark, file.digest], state=Submission.FAILED, reason=reason
    ).first()
    if before is not None:
        return str(before.receipt)
    delivery = _delivery(file, [], {})
    submission = submissions.receive(delivery, file.actor)
    if delivery.sealing is not None:
        delivery.sealing.keep(submission, [])
    submission.state, submission.reason = Submission.FAILED, reason
    submission.save()
    return str(submission.receipt)


def _fields(document: evidence.Document, file: _File) -> dict[str, Any]:
    values = report_fields.values_of(document) | {"filename": file.path.name}
    if file.mails is None:
        values["sha256"] = document.sha256
        if document.locator:
            values["container_sha256"] = file.digest
    return values


def _delivery(
    file: _File, rows: Sequence[dict[str, Any]], options: dict[str, Any]
) -> submissions.Delivery:
    batch = Rows(rows)
    marks = [str(row["source_id"]) for row in rows]
    return submissions.Delivery(
        record_type=RECORD_TYPES["document"],
        path=file.path,
        source=file.path.name,
        namespace=file.namespace,
        layer="",
        batches=[(batch, batch)] if rows else [],
        options=options,
        sealing=None if file.mails is None else file.mails.sealing(marks),
    )
