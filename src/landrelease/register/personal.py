"""Reading what is sealed: by whoever may, for a stated purpose, and never unlogged (rules 23, 24).

Of one person: the fields in force (:func:`.access.read_personal`) and the rows of files as they
were received (:mod:`.sealed_rows`). Besides, the wholes that are sealed because persons are named
in them: files and filled-in forms as received, their attachments, and rows that could not become
records. Each reading is a line in that log, written before anything is decrypted.

A whole may name persons of any organisation or unit, so it takes a role that holds everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Q, QuerySet

from . import access, field_forms, kept, roles, seal, sealed_rows
from .errors import DecisionRefused, RegisterError
from .models import RECORDS, FieldAttachment, PersonalRead, PersonKey, SealedRow, Submission
from .schema import RECORD_TYPES

#: What the log calls the wholes; their id is the receipt, of an attachment with its number.
ORIGINAL: Final = "original"
ATTACHMENT: Final = "attachment"
REJECTED: Final = "rejected_rows"


@dataclass(frozen=True)
class Opened:
    """An attachment as it came: the name it bore and its bytes."""

    name: str
    data: bytes


@dataclass(frozen=True)
class ReceivedRow:
    """A row about a person, word for word as a file had it.

    Attributes
    ----------
    receipt, received_at, state
        The submission it came with. What was never accepted is kept, too.
    row
        Number of the row in that file.
    cells
        By their headings; None when the person was erased since.
    """

    receipt: str
    received_at: str
    state: str
    row: int
    cells: dict[str, Any] | None


@dataclass(frozen=True)
class Read:
    """All that is sealed of one person.

    Attributes
    ----------
    values
        The personal fields in force; None when none were recorded, or the person was erased.
    rows
        The rows that were received about the person, the oldest first; also those from before an
        erasure, which nobody can read any more.
    """

    values: dict[str, Any] | None
    rows: tuple[ReceivedRow, ...]


def types() -> list[str]:
    """Names of the record types that have personal fields."""
    return [name for name, known in RECORD_TYPES.items() if known.personal_fields]


def is_about_persons(record: Any) -> bool:
    """Whether something of a record is sealed: a record about a person, or a report out of a mail,
    whose correspondents are."""
    known = getattr(getattr(record, "schema", None), "name", "")
    return known in types() or (known == "document" and _holds_correspondents(record))


def _holds_correspondents(record: Any) -> bool:
    return record.schema.name not in types() and _rows_about(record).exists()


def rows_received(record: Any) -> int:
    """Number of rows that were received about a person and can still be read."""
    keys = _rows_about(record).values_list("key", flat=True)
    there = set(PersonKey.objects.filter(id__in=set(keys)).values_list("id", flat=True))
    return sum(key in there for key in keys)


def read(caller: access.Caller, record: Any, purpose: str) -> Read:
    """Open what is sealed of one person: one reading, one line in the log.

    A row as received says more than the fields do: what a later file put right, what no field
    takes, and what was handed in and never accepted.

    Parameters
    ----------
    record
        A record about a person (``victim``); whoever may read its personal fields may read its
        rows. Or a report out of a sealed mail: each of its rows is a correspondent.
    purpose
        What it is needed for; kept in the log.

    Raises
    ------
    DecisionRefused, RegisterError
        As :func:`.access.read_personal`, which writes the line before anything is decrypted.
    """
    if _holds_correspondents(record):
        require(caller)  # a mail lies in no organisation and no unit
        access.log_reading(caller, record.schema.name, record.uid, purpose)
        values = None
    else:
        values = access.read_personal(caller, record, purpose)
    rows = tuple(
        ReceivedRow(
            receipt=row.submission.receipt,
            received_at=row.submission.received_at,
            state=row.submission.state,
            row=row.row,
            cells=sealed_rows.cells_of(row),
        )
        for row in _rows_about(record).select_related("submission")
    )
    return Read(values, rows)


def _rows_about(record: Any) -> QuerySet[SealedRow]:
    return SealedRow.objects.filter(record_uid=record.uid).order_by("submission_id", "row", "id")


def file_erased(submission: Submission) -> bool:
    """Whether the key of a sealed file was destroyed, because a person in it was erased."""
    return not PersonKey.objects.filter(id=seal.file_key_id(submission)).exists()


def original(caller: access.Caller, submission: Submission, purpose: str) -> bytes | None:
    """A sealed file or filled-in form, as received.

    Parameters
    ----------
    purpose
        What it is needed for; kept in the log.

    Returns
    -------
    bytes or None
        None when a person who may be named in it was erased.

    Raises
    ------
    DecisionRefused
        When the caller may not, or states no purpose.
    RegisterError
        When it is not sealed: then it names nobody, and is read in the ordinary way.
    """
    _refuse_unless_sealed(submission)
    require(caller)
    access.log_reading(caller, ORIGINAL, submission.receipt, purpose)
    return seal.open_bytes(seal.file_key_id(submission), kept.read(submission.kept))


def attachment(caller: access.Caller, attachment: FieldAttachment, purpose: str) -> Opened | None:
    """What came with a sealed form; parameters and errors as of :func:`original`."""
    holder = attachment.instance.holder
    _refuse_unless_sealed(holder)
    require(caller)
    access.log_reading(caller, ATTACHMENT, f"{holder.receipt}/{attachment.id}", purpose)
    data = field_forms.attachment_bytes(attachment)
    if data is None:
        return None
    return Opened(field_forms.attachment_name(attachment) or "", data)


def rejected_rows(
    caller: access.Caller, submission: Submission, purpose: str, *, limit: int = 100
) -> list[dict[str, Any]] | None:
    """Rows of a sealed file that could not become records; errors as of :func:`original`.

    Returns
    -------
    list of dict or None
        ``row``, ``rules`` and ``cells`` of the first ones, ``cells`` None where the person of the
        row was erased; None when that is so of all of them.
    """
    _refuse_unless_sealed(submission)
    require(caller)
    access.log_reading(caller, REJECTED, submission.receipt, purpose)
    found = [
        {"row": row.row, "rules": row.rules, "cells": sealed_rows.rejected_cells(row)}
        for row in submission.rejected.order_by("id")[:limit]
    ]
    readable = any(one["cells"] is not None for one in found)
    return found if readable or not found else None


def require(caller: access.Caller) -> None:
    """Go on only if a caller may read wholes in which persons are named.

    Raises
    ------
    DecisionRefused
        Saying why not.
    """
    access.require(caller, "view_personal")
    if not _everywhere(caller):
        raise DecisionRefused(
            "what was received as a whole may name persons of any organisation or unit, and the "
            f"role of {caller.name} is limited to a part of the programme"
        )


def readings(caller: access.Caller) -> QuerySet[PersonalRead]:
    """The log of readings, as far as a caller may see whose data they were.

    Raises
    ------
    DecisionRefused
        When the caller reads no personal data themselves.
    """
    access.require(caller, "view_personal")
    if _everywhere(caller):
        return PersonalRead.objects.all()
    within = Q(reader=caller.name)
    for name in types():
        for grant in _officer(caller):
            condition = roles.covering(grant, name)
            if condition is not None:
                uids = RECORDS[name].objects.filter(condition).values("uid")
                within |= Q(record_type=name, record_uid__in=uids)
    return PersonalRead.objects.filter(within)


def _officer(caller: access.Caller) -> tuple[roles.Grant, ...]:
    return roles.with_role(caller.grants, *roles.ACTIONS["view_personal"])


def _everywhere(caller: access.Caller) -> bool:
    return any(grant.everywhere for grant in _officer(caller))


def _refuse_unless_sealed(submission: Submission) -> None:
    if not submission.sealed:
        raise RegisterError(
            f"{submission.receipt} is not sealed: no person is named in it by any field; read it "
            "in the ordinary way"
        )
