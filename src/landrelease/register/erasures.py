"""Erasing a person: previewed, confirmed, journalled without the data, kept through restores.

Erasing destroys keys: those of the person's fields and rows, and those of the files that hold the
person (:mod:`.named_in`). A backup from before still holds the keys, wrapped; so
every erasure is written, before it happens, to a log beside the master key
(``keys/erasures.jsonl``): ids of keys and nothing that was sealed. A restore leaves out what the
log names (rule 23).
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from . import (
    access,
    canonical,
    clock,
    correspondent_keys,
    journal,
    lastly,
    named_in,
    recording,
    workspace,
)
from .errors import DecisionRefused, RegisterError
from .models import Document, PersonKey, SealedRow
from .people import Actor
from .schema import RECORD_TYPES

LOG = "erasures.jsonl"
#: After the reference of a report: the private persons in its claims that were decided on.
PERSONS = "persons"


class Because(StrEnum):
    """Why a person is erased. No free text: it could name the person in the journal."""

    request = "request"
    retention = "retention"
    mistake = "mistake"
    order = "order"


@dataclass(frozen=True)
class Erasure:
    """A line of the log.

    Attributes
    ----------
    at
        When, UTC.
    keys
        Ids of the keys that were destroyed.
    record_type, record_uid
        Which record it was about.
    """

    at: str
    keys: tuple[str, ...]
    record_type: str
    record_uid: str

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Erasure:
        keys = tuple(str(key) for key in value["keys"])
        return cls(value["at"], keys, value["record_type"], value["record_uid"])


@dataclass(frozen=True)
class Plan:
    """What an erasure would destroy.

    Attributes
    ----------
    ref, record_type, record_uid
        The record.
    person_keys
        Ids of the keys made for the person, one a version.
    originals
        Receipts of the sealed files that can no longer be read afterwards, as they hold the person,
        or as it cannot be told whether they do.
    untold
        Those of them of which it cannot be told.
    row_keys, rejected_rows
        Keys and number of rows that could not become records and are, or may be, about the person.
    attachments
        Files that came with those files from phones.
    rows_of_others
        Rows of those files that are about other persons, and stay readable by themselves.
    files_spared
        Sealed files of the same kind that do not hold the person, and stay.
    copies
        Copies of the database in ``backups/`` that still hold the keys and cannot be changed: they
        have to be deleted.
    """

    ref: str
    record_type: str
    record_uid: str
    person_keys: tuple[str, ...]
    originals: tuple[str, ...]
    untold: tuple[str, ...]
    row_keys: tuple[str, ...]
    rejected_rows: int
    attachments: int
    rows_of_others: int
    files_spared: int
    copies: tuple[str, ...] = field(default=(), compare=False)

    @property
    def code(self) -> str:
        """What has to be given back to confirm this very plan."""
        parts = [self.record_uid, *self.keys]
        return canonical.sha256(canonical.dumps(parts))[:8]

    @property
    def keys(self) -> tuple[str, ...]:
        """Ids of all keys that would be destroyed."""
        files = (f"file-{receipt}" for receipt in self.originals)
        return (*self.person_keys, *self.row_keys, *files)


@dataclass(frozen=True)
class Erased:
    """What came of an erasure."""

    entry: int
    keys: int
    originals: tuple[str, ...]
    #: Copies of the database that were cleaned, and those that still hold the keys.
    cleaned: tuple[str, ...]
    left: tuple[str, ...]


def plan(ref: str) -> Plan:
    """What erasing a person would destroy; nothing is changed.

    Parameters
    ----------
    ref
        Reference of the record about the person, such as ``VI-3``; of a correspondent that of a
        report and their number in it, such as ``DOC-3/1``.

    Raises
    ------
    RegisterError
        When there is no such record, it holds no personal data, or they were erased already.
    """
    if ref.startswith(f"{Document.schema.prefix}-"):
        return _plan_of_correspondent(ref)
    record = _record(ref)
    keys = PersonKey.objects.filter(id__startswith=f"{record.uid}-").order_by("id")
    person_keys = tuple(keys.values_list("id", flat=True))
    if not person_keys:
        raise RegisterError(f"the personal data of {ref} were erased already")
    found = named_in.find(record)
    return Plan(
        ref=record.ref,
        record_type=record.schema.name,
        record_uid=record.uid,
        person_keys=person_keys,
        originals=tuple(one.receipt for one in found.originals),
        untold=tuple(found.untold),
        # A row from before each had a key of its own goes with its file.
        row_keys=tuple(row.key for row in found.rejected if row.key),
        rejected_rows=len(found.rejected),
        attachments=found.attachments,
        rows_of_others=found.others,
        files_spared=found.spared,
        copies=tuple(path.name for path in _fixed_copies()),
    )


def _plan_of_correspondent(ref: str) -> Plan:
    """What erasing somebody who wrote or received mails would destroy, in all of their mails."""
    record, row = _record(ref), _correspondent(ref)
    if row is None:
        return _plan_of_persons(ref, record)
    if not PersonKey.objects.filter(id=row.key).exists():
        raise RegisterError(f"the personal data of {ref} were erased already")
    found = named_in.find_correspondent(row)
    return Plan(
        ref=ref,
        record_type=record.schema.name,
        record_uid=record.uid,
        person_keys=(row.key,),
        originals=tuple(found.originals),
        untold=tuple(found.untold),
        row_keys=(),
        rejected_rows=0,
        attachments=0,
        rows_of_others=found.others,
        files_spared=found.spared,
        copies=tuple(path.name for path in _fixed_copies()),
    )


def _plan_of_persons(ref: str, record: Any) -> Plan:
    """What erasing the persons would destroy whom the claims name that were decided on."""
    key = correspondent_keys.said_key(record.uid)
    if not PersonKey.objects.filter(id=key).exists():
        raise RegisterError(
            f"the personal data of {ref} were erased already, or no decided claim names anybody"
        )
    copies = tuple(path.name for path in _fixed_copies())
    return Plan(ref, record.schema.name, record.uid, (key,), (), (), (), 0, 0, 0, 0, copies)


def destroy(planned: Plan) -> int:
    """Destroy the keys of a plan; gives how many. :func:`erase` asks first, and writes it down."""
    with transaction.atomic():
        return _delete(planned.keys)


def _delete(keys: Sequence[str]) -> int:
    gone = 0
    for some in (keys[i : i + 500] for i in range(0, len(keys), 500)):
        gone += PersonKey.objects.filter(id__in=some).delete()[0]
    return gone


def erase(ref: str, actor: Actor, *, because: Because, confirmation: str) -> Erased:
    """Erase a person.

    Parameters
    ----------
    actor
        A signed-in data protection officer.
    confirmation
        The :attr:`Plan.code` of the plan as it was previewed.

    Raises
    ------
    DecisionRefused
        When the actor may not, or the plan is another one by now.
    RegisterError
        As :func:`plan`.
    """
    access.require(access.of(actor), "erase", _record(ref))
    with transaction.atomic():
        journal.lock_head()
        planned = plan(ref)
        if confirmation != planned.code:
            raise DecisionRefused(
                f"the confirmation {confirmation!r} is not that of what would be erased now: look "
                "at the preview again"
            )
        record = _record(ref)
        erasure = Erasure(clock.now(), planned.keys, planned.record_type, record.uid)
        # Before the keys go: should the power fail in between, the log is what finishes the work.
        append(log_path(workspace.current().folder), [erasure])
        destroy(planned)
        entry = recording.record(
            journal.Draft(
                kind="erasure",
                actor=actor.to_json(),
                data={
                    "because": because.value,
                    "keys": len(erasure.keys),
                    "originals": list(planned.originals),
                    "record": {"type": record.schema.name, "uid": record.uid},
                },
            )
        )
    _forget_pages()
    cleaned, left = _clean_copies(erasure.keys)
    _tell_last_backup([erasure])
    return Erased(entry.seq, len(erasure.keys), planned.originals, cleaned, left)


def unfinished(folder: Path) -> list[str]:
    """Ids of keys that the log says are destroyed and that are there."""
    named = destroyed(read(log_path(folder)))
    return sorted(set(PersonKey.objects.values_list("id", flat=True)) & named)


def reapply() -> int:
    """Destroy what the log says is destroyed; gives the number of keys that were still there."""
    keys = unfinished(workspace.current().folder)
    with transaction.atomic():
        _delete(keys)
    _forget_pages()
    return len(keys)


# --- the log --------------------------------------------------------------------------------------


def log_path(folder: Path) -> Path:
    """Where the log of a workspace lies."""
    return folder / "keys" / LOG


def read(path: Path) -> list[Erasure]:
    """Read a log; none is an empty one.

    Raises
    ------
    RegisterError
        When a line is none of ours: guessing here could bring an erased person back.
    """
    if not path.exists():
        return []
    return parse(path.read_bytes(), str(path))


def parse(data: bytes, where: str) -> list[Erasure]:
    """Read the lines of a log."""
    found = []
    for number, line in enumerate(data.splitlines(), start=1):
        try:
            found.append(Erasure.from_json(json.loads(line)))
        except (ValueError, KeyError, TypeError) as error:
            raise RegisterError(
                f"line {number} of the log of erasures {where} cannot be read ({error}); put a "
                "whole copy of it there, as erased persons would come back without it"
            ) from error
    return found


def append(path: Path, erasures: Iterable[Erasure]) -> None:
    """Add to a log; the lines are on the disk when this returns, or none of them is.

    Raises
    ------
    OSError
        When the disk takes no more. Half a line would make the whole log unreadable.
    """
    known = set(read(path))
    new = [one for one in erasures if one not in known]
    handle = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    before = os.fstat(handle).st_size
    try:
        lines = b"".join(canonical.dumps(asdict(one)) + b"\n" for one in new)
        if os.write(handle, lines) != len(lines):
            raise OSError(errno.ENOSPC, "the log of erasures cannot be written whole", str(path))
        os.fsync(handle)
    except OSError:
        os.ftruncate(handle, before)
        raise
    finally:
        os.close(handle)


def destroyed(erasures: Iterable[Erasure]) -> set[str]:
    """Ids of all keys that some erasures destroyed."""
    return {key for one in erasures for key in one.keys}


# --- what else holds the keys ---------------------------------------------------------------------


def _correspondent(ref: str) -> SealedRow | None:
    """A correspondent of a report out of a mail, by the number that reading the report prints;
    None for the persons whom the claims decided on name."""
    known, _, number = ref.partition("/")
    if number == PERSONS:
        return None
    rows = SealedRow.objects.filter(record_uid=access.find(known).uid).order_by("row")
    found = rows.filter(row=int(number)).first() if number.isdecimal() else None
    if found is not None:
        return found
    numbers = ", ".join(f"{known}/{row}" for row in rows.values_list("row", flat=True)[:20])
    raise RegisterError(
        f"{ref}: say whom, as 'landrelease person-data read {known}' numbers them: {numbers}"
        if numbers
        else f"no correspondent of {known} is sealed; the persons whom its decided claims name are "
        f"{known}/{PERSONS}"
    )


def _record(ref: str) -> Any:
    known = ref.partition("/")[0]
    record = access.find(known)
    if isinstance(record, Document):
        _correspondent(ref)
        return record
    schema = getattr(record, "schema", None)
    if schema is None or not RECORD_TYPES[schema.name].personal_fields:
        raise RegisterError(f"{ref} is no record about a person, so there is nothing to erase")
    return record


def _forget_pages() -> None:
    """Overwrite what the database still keeps of rows that are gone."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            # Deleted rows are overwritten (secure_delete), but the log holds the page from before.
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        elif not connection.in_atomic_block:
            cursor.execute(f'VACUUM "{PersonKey._meta.db_table}"')


def _fixed_copies() -> list[Path]:
    backups = workspace.current().backups
    return sorted(backups.glob("*-before-migration.dump")) if backups.is_dir() else []


def _clean_copies(keys: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Destroy keys in the copies from before migrations, where the master key lies beside them."""
    cleaned = []
    left = [path.name for path in _fixed_copies()]
    for path in sorted(workspace.current().backups.glob("*.sqlite3")):
        try:
            with contextlib.closing(sqlite3.connect(path)) as copy:
                copy.execute("PRAGMA secure_delete = ON")
                copy.executemany(
                    f'DELETE FROM "{PersonKey._meta.db_table}" WHERE id = ?',  # nosec B608 # name of our schema
                    [(k,) for k in keys],
                )
                copy.commit()
                copy.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            cleaned.append(path.name)
        except sqlite3.DatabaseError:
            left.append(path.name)
    return tuple(cleaned), tuple(left)


def _tell_last_backup(erasures: list[Erasure]) -> None:
    """Write the erasure beside the backups, too, where that folder can be reached now."""
    last = lastly.last(workspace.current().folder, lastly.Backup)
    if last is not None and Path(last.folder).is_dir():
        # It may be a disk that cannot be written just now; the next backup brings the log along.
        with contextlib.suppress(OSError):
            append(Path(last.folder) / LOG, erasures)
