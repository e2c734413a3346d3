"""Which kept files, and which rows of them, hold a person who is about to be erased.

A file goes when a row of it is about the person, when the person's name, address or another of
their personal values stands anywhere in it, or when it cannot be told: a file that was never read
into rows, or came in before its rows were kept apart. Only files of the person's own record type
and namespace are looked through. A rejected row goes when it bears the person's id, or none, or
holds one of their values.
"""

from __future__ import annotations

import gzip
import html
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from . import correspondent_keys, history, kept, seal, sealed_rows
from .models import FieldAttachment, PersonKey, RejectedRow, SealedRow, Submission

#: Shorter values would be found in every file, characters.
SHORTEST = 5
#: Most that is read of one member of a packed file (a workbook), bytes.
LARGEST_MEMBER = 200_000_000


@dataclass
class Found:
    """What holds a person.

    Attributes
    ----------
    originals
        Sealed files that can no longer be read afterwards.
    untold
        Receipts of those of them that only go because it cannot be told whom they name.
    rejected
        Rejected rows that can no longer be read afterwards.
    others
        Rows of those files that are about other persons, and stay readable by themselves.
    attachments
        Files that phones sent along with those files; they go with them.
    spared
        Sealed files of the same kind that do not hold the person and stay.
    """

    originals: list[Submission] = field(default_factory=list)
    untold: list[str] = field(default_factory=list)
    rejected: list[RejectedRow] = field(default_factory=list)
    others: int = 0
    attachments: int = 0
    spared: int = 0


def find(record: Any) -> Found:
    """Look through the sealed files of a record's type and namespace.

    Parameters
    ----------
    record
        A record about a person.
    """
    found = Found()
    words = personal_words(record)
    about = set(
        SealedRow.objects.filter(record_uid=record.uid).values_list("submission_id", flat=True)
    )
    originals = Submission.objects.filter(
        sealed=True, record_type=record.schema.name, namespace=record.namespace
    )
    for submission in originals.order_by("id"):
        rejected = _rejected_about(submission, record.source_id, words)
        found.rejected += rejected
        if not PersonKey.objects.filter(id=seal.file_key_id(submission)).exists():
            continue
        told = _rows_are_apart(submission)
        if submission.id in about or rejected or not told or _holds(submission, words):
            found.originals.append(submission)
            if not told:
                found.untold.append(submission.receipt)
        else:
            found.spared += 1
    going = [submission.id for submission in found.originals]
    others = SealedRow.objects.filter(submission__in=going).exclude(record_uid=record.uid)
    readable = set(PersonKey.objects.values_list("id", flat=True))
    found.others = sum(key in readable for key in others.values_list("key", flat=True))
    found.attachments = FieldAttachment.objects.filter(instance__holder__in=going).count()
    return found


@dataclass
class Mails:
    """Which sealed mails name a correspondent.

    Attributes
    ----------
    originals
        Receipts of the files, each once, that can no longer be read afterwards.
    untold
        Receipts of those of them that only go because it cannot be told whom they name.
    others
        Sealed correspondents of those files who are somebody else and stay readable.
    spared
        Files of mails that do not name the person and stay.
    """

    originals: list[str] = field(default_factory=list)
    untold: list[str] = field(default_factory=list)
    others: int = 0
    spared: int = 0


def find_correspondent(row: SealedRow) -> Mails:
    """Look through all sealed mails for somebody who wrote or received one.

    A file goes when a header of a message in it names the person, their address or name stands
    anywhere else in it as it is, or its headers cannot all be read within their limits.

    Parameters
    ----------
    row
        Where the person is sealed; their key is there.
    """
    said = sealed_rows.cells_of(row) or {}
    words = [w for w in map(_folded, (said["name"], said["address"])) if len(w) >= SHORTEST]
    found = Mails()
    seen: set[str] = set()
    for submission in Submission.objects.filter(sealed=True, record_type="document").order_by("id"):
        key = seal.file_key_id(submission)
        if key in seen or not PersonKey.objects.filter(id=key).exists():
            continue
        seen.add(key)
        named = correspondent_keys.named_in_file(submission)
        names = any(correspondent_keys.key_of(one) == row.key for one in named.people) or _holds(
            submission, words
        )
        if names or not named.told:
            found.originals.append(key.removeprefix("file-"))
            if not names:
                found.untold.append(key.removeprefix("file-"))
        else:
            found.spared += 1
    shared = {f"file-{receipt}" for receipt in found.originals}
    readable = set(PersonKey.objects.values_list("id", flat=True))
    others = SealedRow.objects.exclude(key=row.key).select_related("submission")
    found.others = sum(
        one.key in readable and seal.file_key_id(one.submission) in shared
        for one in others.filter(submission__record_type="document")
    )
    return found


def personal_words(record: Any) -> list[str]:
    """The personal values of all versions of a record, folded, that can be looked for.

    Dates and other values without a letter, or shorter than :data:`SHORTEST` characters, are left
    out: they stand in files that are about somebody else.
    """
    versions = [{"person_key": record.person_key, "sealed": record.sealed}]
    versions += [change.state for change in history.history(record)]
    words = set()
    for state in versions:
        if state.get("sealed") and state.get("person_key"):
            values = seal.open_sealed(state["person_key"], state["sealed"]) or {}
            words |= {_folded(text) for text in _texts(values)}
    return sorted(w for w in words if len(w) >= SHORTEST and re.search(r"[^\W\d_]", w))


def _rows_are_apart(submission: Submission) -> bool:
    """Whether each row of a file was kept apart, so that it can be told whom it is about."""
    if submission.state in (Submission.RECEIVED, Submission.FAILED):
        return False
    counts = json.loads(submission.summary).get("counts", {})
    rejected = submission.rejected
    apart = submission.sealed_rows.count() + rejected.count()
    return apart == counts.get("received") and not rejected.filter(key="").exists()


def _rejected_about(
    submission: Submission, source_id: str | None, words: list[str]
) -> list[RejectedRow]:
    found = []
    for row in submission.rejected.order_by("id"):
        opened = sealed_rows.open_rejected(row)
        if opened is None:
            continue
        bears = opened.get("source_id")
        if not bears or bears == source_id or _stands_in(words, [opened["cells"]]):
            found.append(row)
    return found


def _holds(submission: Submission, words: list[str]) -> bool:
    data = seal.open_bytes(seal.file_key_id(submission), kept.read(submission.kept))
    return data is not None and _stands_in(words, _texts_of_file(data))


def _stands_in(words: list[str], texts: Iterable[str]) -> bool:
    return any(word in folded for folded in map(_folded, texts) for word in words)


def _texts_of_file(data: bytes) -> Iterator[str]:
    """A file as text, in whatever way it may be written; a packed one (a workbook) member by
    member."""
    if data.startswith(b"\x1f\x8b"):
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
                data = stream.read(LARGEST_MEMBER)
        except (OSError, EOFError, zlib.error):
            pass  # Damaged: looked at as it is.
    if data.startswith(b"PK"):
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as packed:
                for member in packed.infolist():
                    with packed.open(member) as stream:
                        yield from _decoded(stream.read(LARGEST_MEMBER))
                return
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError):
            pass  # Not packed after all, or in a way that cannot be opened: looked at as it is.
    yield from _decoded(data)


def _decoded(data: bytes) -> Iterator[str]:
    for encoding in ("utf-8", "cp1252", "utf-16-le"):
        # Values stand escaped in XML and HTML (&amp;).
        yield html.unescape(data.decode(encoding, errors="ignore"))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, str):
        yield value


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
