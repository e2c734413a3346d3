"""``landrelease verify``: is the register what its journal says?

1. The chain: every body hashes to its hash, every entry names the one before it, every part is
   there and hashes to its name.
2. The state: all entries are applied to an empty database by the same ``apply``, and every state
   table is compared row by row.
3. The records: the content hash of every record is computed anew from its columns.
   The files: what was handed in is there, and hashes to its name.
4. The engines: lengths and areas booked under other engine versions are measured again, and the
   difference is printed apart (it is no error).
"""

from __future__ import annotations

import functools
import hashlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from django.core.management import call_command
from django.db import connections, transaction
from django.db.migrations.loader import MigrationLoader

from landrelease import land

from . import (
    apply,
    bulk,
    canonical,
    configuration,
    durability,
    journal,
    kept,
    states,
    triggers,
    workspace,
)
from .models import (
    RECORDS,
    ClaimDecision,
    HazardPast,
    JournalEntry,
    LandAct,
    LedgerDiscrepancy,
    LedgerLine,
    Part,
    PlacedRecord,
    Question,
    RecordVersion,
    Release,
    ReleaseRefusal,
    Report,
    SameAs,
    Submission,
)
from .progress import Progress

STATE = (
    *RECORDS.values(),
    RecordVersion,
    HazardPast,
    Release,
    ReleaseRefusal,
    LedgerLine,
    LedgerDiscrepancy,
    LandAct,
    Question,
    ClaimDecision,
    SameAs,
    Report,
)


@dataclass
class Verdict:
    """What a verification found; ``problems`` is empty when all is well."""

    entries: int = 0
    head: str = journal.GENESIS
    rows: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    engine_drift_mm2: int = 0
    #: What endangers the durability of decisions on this server; no problem of the register's.
    durability: list[str] = field(default_factory=list)

    @property
    def well(self) -> bool:
        return not self.problems

    def to_json(self) -> dict[str, Any]:
        return {
            "durability": self.durability,
            "engine_drift_mm2": str(self.engine_drift_mm2),
            "entries": self.entries,
            "head": self.head,
            "problems": self.problems,
            "rows": self.rows,
            "well": self.well,
        }


def verify(progress: Progress = lambda stage, done, total: None) -> Verdict:
    """Check the chain, replay the journal into an empty database and compare.

    Returns
    -------
    Verdict
        With every problem found; the first of each kind is described.
    """
    verdict = Verdict(durability=durability.lapses(connections["default"]))
    _check_chain(verdict, progress)
    if verdict.problems:
        return verdict
    _check_contents(verdict, progress)
    _check_kept_files(verdict, progress)
    _check_replay(verdict, progress)
    _measure_engine_drift(verdict)
    return verdict


def _check_chain(verdict: Verdict, progress: Progress) -> None:
    total = JournalEntry.objects.count()
    before = journal.GENESIS
    for number, entry in enumerate(JournalEntry.objects.order_by("seq").iterator(chunk_size=100)):
        progress("checking the chain", number, total)
        body = entry.body.encode()
        where = f"journal entry {entry.seq}"
        try:
            parsed = canonical.loads(body)
        except ValueError:
            verdict.problems.append(f"{where}: its text is no JSON; it was altered")
            return
        if entry.seq != number or parsed["seq"] != number:
            verdict.problems.append(f"{where}: entry {number} is missing")
            return
        if canonical.sha256(body) != entry.hash:
            verdict.problems.append(f"{where}: its text does not hash to its hash; it was altered")
        if entry.prev_hash != before or parsed["prev"] != before:
            verdict.problems.append(f"{where}: it does not follow the entry before it")
        if canonical.dumps(parsed) != body:
            verdict.problems.append(f"{where}: its text is not canonical JSON")
        if entry.recorded_at != parsed["recorded_at"] or entry.kind != parsed["kind"]:
            verdict.problems.append(f"{where}: its columns are not what its text says")
        _check_parts(entry, parsed["parts"], verdict)
        before = entry.hash
        verdict.entries += 1
    verdict.head = before


def _check_parts(entry: JournalEntry, named: list[dict[str, Any]], verdict: Verdict) -> None:
    linked = list(entry.parts.order_by("ordinal").values_list("part_id", flat=True))
    if linked != [part["sha256"] for part in named]:
        verdict.problems.append(
            f"journal entry {entry.seq}: its parts are not the ones its text names"
        )
        return
    for part in named:
        stored = Part.objects.filter(sha256=part["sha256"]).first()
        if stored is None:
            verdict.problems.append(
                f"journal entry {entry.seq}: part {part['sha256'][:12]} is missing"
            )
            continue
        digest = canonical.sha256(stored.kind.encode() + b"\n" + bytes(stored.body))
        if digest != part["sha256"] or stored.kind != part["kind"]:
            verdict.problems.append(
                f"journal entry {entry.seq}: part {part['sha256'][:12]} was altered"
            )


def _check_contents(verdict: Verdict, progress: Progress) -> None:
    for name, model in RECORDS.items():
        names = [f.attname for f in model._meta.fields]
        wrong = 0
        progress(f"checking {model.schema.plural}", 0, None)
        for record in model.objects.order_by("id").iterator(chunk_size=1_000):
            row = {attribute: getattr(record, attribute) for attribute in names}
            if _content(model, row) != record.content:
                wrong += 1
                if wrong == 1:
                    verdict.problems.append(
                        f"{record.ref} ({name}): its columns do not hash to its content; "
                        "the table was changed behind the register's back"
                    )
        if wrong > 1:
            verdict.problems.append(f"{name}: {wrong} records in all differ from their content")


def _content(model: Any, row: dict[str, Any]) -> str:
    try:
        return states.content_hash(states.from_row(model.schema, row))
    except (ValueError, TypeError, shapely.errors.ShapelyError) as error:
        return f"cannot be read: {error}"


def _check_kept_files(verdict: Verdict, progress: Progress) -> None:
    """What was handed in is still there, as it was received."""
    attachments = workspace.current().attachments
    rows = Submission.objects.order_by("id").values_list("receipt", "kept")
    for number, (receipt, relative) in enumerate(rows.iterator(chunk_size=1_000)):
        progress("checking kept files", number, None)
        path = attachments / relative
        if not path.is_file():
            verdict.problems.append(f"submission {receipt}: its kept file {relative} is missing")
        elif kept.hash_file(path) != path.name:
            verdict.problems.append(f"submission {receipt}: its kept file {relative} was altered")


def _check_replay(verdict: Verdict, progress: Progress) -> None:
    with tempfile.TemporaryDirectory(prefix="landrelease-verify-") as folder:
        path = Path(folder) / "replay.sqlite3"
        path.write_bytes(_empty_register(frozenset(MigrationLoader(None).disk_migrations)))
        configuration.point("replay", _scratch(path))
        try:
            triggers.install(connections["replay"])
            for entry in JournalEntry.objects.order_by("seq").iterator(chunk_size=100):
                progress("replaying", entry.seq, verdict.entries)
                with transaction.atomic(using="replay"):
                    apply.apply(entry, source="default", using="replay")
            for model in STATE:
                _compare_table(model, verdict)
        finally:
            connections["replay"].close()


def _scratch(path: Path) -> dict[str, Any]:
    """Settings of a database that needs no durability."""
    database = configuration.sqlite_database(path)
    database["OPTIONS"] = {
        "init_command": "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF",
        "transaction_mode": "IMMEDIATE",
    }
    return database


@functools.lru_cache(maxsize=1)
def _empty_register(migrations: frozenset[tuple[str, str]]) -> bytes:
    """The file of an empty register as these migrations make it: a process makes it once."""
    with tempfile.TemporaryDirectory(prefix="landrelease-verify-") as folder:
        path = Path(folder) / "empty.sqlite3"
        configuration.point("replay", _scratch(path))
        try:
            # Nothing of sessions and sign-in is replayed.
            call_command("migrate", "register", database="replay", interactive=False, verbosity=0)
        finally:
            connections["replay"].close()
        return path.read_bytes()


def _compare_table(model: Any, verdict: Verdict) -> None:
    table = model._meta.db_table
    here, there = _digests(model, "default"), _digests(model, "replay")
    # The last row of a placed table's digest is the size of its map index.
    rows, replayed = (found[1] - issubclass(model, PlacedRecord) for found in (here, there))
    verdict.rows[table] = rows
    if here != there:
        verdict.problems.append(
            f"table {table}: {rows} rows here, {replayed} in the replay of the journal"
            if rows != replayed
            else f"table {table}: its rows are not what the journal says"
        )


def _digests(model: Any, using: str) -> tuple[str, int]:
    digest = hashlib.sha256()
    count = 0
    for row in _rows(model, using):
        digest.update(repr(row).encode())
        count += 1
    return digest.hexdigest(), count


def _rows(model: Any, using: str) -> Iterator[tuple[Any, ...]]:
    """Rows of a table in an order and a writing that both databases share.

    Records are given their ids by the journal, so ids are compared; the ids of the other tables
    may have gaps (a rolled-back transaction), so there only the order counts. The displayed
    geometry follows from the plane and is left out.
    """
    given_ids = issubclass(model, tuple(RECORDS.values()))
    names = [
        f.attname
        for f in model._meta.fields
        if f.attname != "geometry" and (given_ids or f.attname != "id")
    ]
    query = model.objects.using(using).order_by("pk").values_list(*names)
    for row in query.iterator(chunk_size=bulk.CHUNK):
        yield tuple(_plain(value) for value in row)
    if issubclass(model, PlacedRecord):
        yield ("boxes", _index_size(model, using))


def _index_size(model: Any, using: str) -> int:
    """Number of rows the map index knows; on PostGIS the index is the database's own affair."""
    connection = connections[using]
    table = model._meta.db_table
    source = f"{table}_rtree" if connection.vendor == "sqlite" else table
    condition = "" if connection.vendor == "sqlite" else " WHERE min_lon IS NOT NULL"
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT COUNT(*) FROM "{source}"{condition}')  # nosec B608 # names are of our own schema, values are bound
        return int(cursor.fetchone()[0])


def _plain(value: Any) -> Any:
    if isinstance(value, (bytes, memoryview)):
        return hashlib.sha256(bytes(value)).hexdigest()
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value


def _measure_engine_drift(verdict: Verdict) -> None:
    """Book every standing polygon again with the engines of today."""
    drift = 0
    for model in RECORDS.values():
        if not issubclass(model, PlacedRecord):
            continue
        rows = bulk.select(
            connections["default"],
            f'SELECT plane, area_mm2 FROM "{model._meta.db_table}" WHERE area_mm2 IS NOT NULL',  # nosec B608 # names are of our own schema, values are bound
        )
        batch: list[tuple[Any, int]] = []
        for row in rows:
            batch.append(row)
            if len(batch) == bulk.CHUNK:
                drift += _drift_of(batch)
                batch = []
        drift += _drift_of(batch) if batch else 0
    verdict.engine_drift_mm2 = drift


def _drift_of(batch: list[tuple[Any, int]]) -> int:
    planes = bulk.shapes(plane for plane, _ in batch)
    booked = np.array([area for _, area in batch], dtype=np.int64)
    return int(np.abs(land.book(shapely.area(planes)) - booked).sum())
