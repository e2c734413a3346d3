"""Files of reports into the register: each report a record, each original kept, nothing twice.

A file comes by the one way in. One that is a report is one submission with one record; one that
holds several (a mailbox, a web archive) is kept once, and its reports come as submissions of at
most `MEMBERS` records, so that a run that was killed goes on where it stopped. What is broken
becomes a failed submission with its reason, once.
"""

from __future__ import annotations

import calendar
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from landrelease import evidence
from landrelease.evidence import containers, intake

from . import kept, readings, submissions
from .models import Document, Submission
from .people import Actor
from .schema import RECORD_TYPES

NAMESPACE = "sha256"
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
    except OSError as error:
        yield Added(str(path), None, "failed", f"cannot be read ({error.strerror or error})")
        return
    known = _refs([digest])
    # A message is in the register, but what is attached to it need not be.
    if known and not path.name.lower().endswith(".eml"):
        yield _unchanged(path, None, known[digest])
        return
    if _complete(digest, fields):
        yield Added(str(path), None, "unchanged", "all reports of it are in the register already")
        return
    failures: list[str] = []
    skipped: Counter[str] = Counter()
    chunk: list[evidence.Document] = []
    waiting: dict[str, evidence.Document] = {}
    try:
        for item in evidence.unpack(path, path.name, fields=fields):
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
                yield from _submit(path, digest, chunk[:MEMBERS], actor, fields, last=False)
                waiting = {one.sha256: one for one in chunk[MEMBERS:]}
    except evidence.EvidenceError as error:
        failures.append(str(error))
    for part in range(0, len(waiting), MEMBERS):
        chunk = list(waiting.values())[part : part + MEMBERS]
        last = part + MEMBERS >= len(waiting) and not failures
        yield from _submit(path, digest, chunk, actor, fields, last=last)
    for reason, count in sorted(skipped.items()):
        yield Added(str(path), None, "skipped", f"{count} part(s) are no reports: {reason}")
    if failures:
        receipt = _keep_failure(path, digest, failures, actor)
        for reason in failures:
            yield Added(str(path), None, "failed", f"kept as {receipt}: {reason}")


def _refs(digests: Sequence[str]) -> dict[str, str]:
    found = Document.objects.filter(namespace=NAMESPACE, source_id__in=digests)
    return {str(one.source_id): str(one.ref) for one in found}


def _unchanged(path: Path, locator: str | None, ref: str) -> Added:
    place = f"{path}#{locator}" if locator else str(path)
    if ref.startswith("the "):
        return Added(place, None, "unchanged", ref)
    return Added(place, ref, "unchanged", "the same bytes are in the register already")


def _complete(digest: str, fields: Mapping[str, str] | None) -> bool:
    """Whether a container was taken in to its end before, read in the same way."""
    ended = Submission.objects.filter(
        sha256=digest, record_type="document", state=Submission.ACCEPTED, namespace=NAMESPACE
    ).values_list("options", flat=True)
    return any(
        options.get("last") and options.get("fields") == (dict(fields) if fields else None)
        for options in map(json.loads, ended)
    )


def _submit(
    path: Path,
    digest: str,
    documents: Sequence[evidence.Document],
    actor: Actor,
    fields: Mapping[str, str] | None,
    *,
    last: bool,
) -> Iterator[Added]:
    """Take in some reports of a file in one submission; those that are in are left alone."""
    known = _refs([one.sha256 for one in documents])
    new = [one for one in documents if one.sha256 not in known]
    state = Submission.UNCHANGED
    if new:
        for one in new:
            kept.keep_bytes(one.text.encode("utf-8", "surrogatepass"), one.text_sha256)
        rows = [_fields(one, digest, path) for one in new]
        options: dict[str, Any] = {"extractor": "landrelease.evidence"}
        if any(one.locator for one in new):
            options["last"] = last
        if fields:
            options["fields"] = dict(fields)
        outcome = submissions.submit(_delivery(path, rows, options), actor=actor, accept=True)
        state = outcome.state
    refs = known | _refs([one.sha256 for one in new])
    if new:
        readings.keep(new)
    for one in documents:
        if one.sha256 in known:
            yield _unchanged(path, one.locator, known[one.sha256])
            continue
        place = f"{path}#{one.locator}" if one.locator else str(path)
        yield Added(
            place,
            refs.get(one.sha256),
            state,
            "; ".join(one.notes),
            one.language,
            "extracted" if intake.read_for_claims(one) else "not extracted",
        )


def _keep_failure(path: Path, digest: str, failures: Sequence[str], actor: Actor) -> str:
    """Keep a file that cannot be read, or not all of it, with the reasons; once."""
    reason = "\n".join(failures[:_LISTED])
    if len(failures) > _LISTED:
        reason += f"\nand {len(failures) - _LISTED} more"
    before = Submission.objects.filter(
        sha256=digest, state=Submission.FAILED, reason=reason
    ).first()
    if before is not None:
        return str(before.receipt)
    submission = submissions.receive(_delivery(path, [], {}), actor)
    submission.state, submission.reason = Submission.FAILED, reason
    submission.save()
    return str(submission.receipt)


def _fields(document: evidence.Document, digest: str, path: Path) -> dict[str, Any]:
    published = document.published
    values = {
        "source_id": document.sha256,
        "title": document.title,
        "kind": "news" if document.publisher or document.agency else None,
        "publisher": document.publisher,
        "author": document.byline,
        "agency": document.agency,
        "published": None if published is None else _interval(published),
        "language": document.language,
        "place": document.place_line,
        "filename": path.name,
        "sha256": document.sha256,
        "container_sha256": digest if document.locator else None,
        "locator": document.locator,
        "text_sha256": document.text_sha256,
        "url": document.url,
        "retrieved": None
        if document.retrieved is None
        else {"end": document.retrieved, "start": document.retrieved},
        "remarks": "; ".join(document.notes) or None,
    }
    return {name: value for name, value in values.items() if value is not None}


def _interval(published: evidence.Published) -> dict[str, str] | None:
    if published.value is None:
        return None
    value = published.value
    parts = [int(part) for part in value.split("-")]
    if len(parts) == 1:
        return {"end": f"{value}-12-31", "start": f"{value}-01-01"}
    if len(parts) == 2:
        last = calendar.monthrange(parts[0], parts[1])[1]
        return {"end": f"{value}-{last:02d}", "start": f"{value}-01"}
    return {"end": value, "start": value}


def _delivery(
    path: Path, rows: Sequence[dict[str, Any]], options: dict[str, Any]
) -> submissions.Delivery:
    batch = Rows(rows)
    return submissions.Delivery(
        record_type=RECORD_TYPES["document"],
        path=path,
        source=path.name,
        namespace=NAMESPACE,
        layer="",
        batches=[(batch, batch)] if rows else [],
        options=options,
    )
