"""The journal: an append-only chain of decisions.

An entry's ``body`` is canonical JSON (RFC 8785). It names the entry before it by hash, who decided,
on which submission, with which engines, and the hashes of its parts. A part is a run of JSON lines
(records with their whole-millimetre vertices, ledger lines with their booked areas, …) kept once
under its own hash. ``hash = sha256(body)``; ``UNIQUE(prev_hash)`` means that the chain can never
fork, whatever locks fail.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pyproj
import shapely
from django.db import connections

import landrelease

from . import bulk, canonical, clock
from .errors import JournalError
from .models import JournalEntry, JournalPart, Part

SCHEMA = 1
GENESIS = "0" * 64
#: Records in one part: a part is parsed and applied in one piece, so this bounds memory.
LINES_A_PART = 5_000


@dataclass
class DraftPart:
    """JSON lines about to be kept."""

    kind: str
    lines: list[bytes]

    @property
    def body(self) -> bytes:
        return b"\n".join(self.lines)


@dataclass
class Draft:
    """An entry about to be appended."""

    kind: str
    actor: dict[str, Any]
    data: dict[str, Any] = field(default_factory=dict)
    parts: list[Part | DraftPart] = field(default_factory=list)


@cache
def engines() -> dict[str, str]:
    """Versions of what computed the numbers in an entry."""
    return {
        "geos": ".".join(map(str, shapely.geos_version)),
        "landrelease": landrelease.__version__,
        "proj": pyproj.proj_version_str,
        "pyproj": pyproj.__version__,
        "shapely": shapely.__version__,
    }


def split(kind: str, lines: Sequence[bytes]) -> Iterator[DraftPart]:
    """Cut lines into parts of bounded size."""
    for start in range(0, len(lines), LINES_A_PART):
        yield DraftPart(kind, list(lines[start : start + LINES_A_PART]))


def keep(part: DraftPart, using: str = "default") -> Part:
    """Store a part under its hash, once."""
    body = part.body
    digest = canonical.sha256(part.kind.encode() + b"\n" + body)
    kept = Part(sha256=digest, kind=part.kind, count=len(part.lines), body=body)
    with connections[using].cursor() as cursor:
        # What hashes to the same is the same: if it is there already, it stays.
        cursor.execute(
            f'INSERT INTO "{Part._meta.db_table}" (sha256, kind, count, body) '  # nosec B608 # names are of our own schema, values are bound
            "VALUES (%s, %s, %s, %s) ON CONFLICT (sha256) DO NOTHING",
            [digest, kept.kind, kept.count, body],
        )
    return kept


def lock_head(using: str = "default") -> JournalEntry | None:
    """Take the write lock of the chain and return its last entry.

    Must be called inside a transaction. SQLite transactions begin IMMEDIATE and hold the lock
    already; on PostgreSQL an advisory lock serves, which holds for an empty chain too.
    """
    connection = connections[using]
    if not connection.in_atomic_block:
        raise JournalError("the head of the journal can only be locked inside a transaction")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('landrelease-journal'))")
    return head(using)


def head(using: str = "default") -> JournalEntry | None:
    """The last entry, or None."""
    names = [field.attname for field in JournalEntry._meta.concrete_fields]
    sql = f'SELECT {", ".join(names)} FROM "{JournalEntry._meta.db_table}"'  # nosec B608 # names are of our own schema, values are bound
    found = bulk.few(connections[using], f"{sql} ORDER BY seq DESC LIMIT 1")
    return JournalEntry.from_db(using, names, found[0]) if found else None


def append(draft: Draft, using: str = "default") -> JournalEntry:
    """Append an entry to the chain, inside the caller's transaction.

    Nothing but :func:`.recording.record` calls this: an entry is always applied with the same
    stroke.
    """
    last = lock_head(using)
    seq, prev = (0, GENESIS) if last is None else (last.seq + 1, last.hash)
    kept = [part if isinstance(part, Part) else keep(part, using) for part in draft.parts]
    recorded_at = clock.now()
    if last is not None and recorded_at <= last.recorded_at:
        # A clock set back must not put entries out of order: recorded time never runs backwards.
        recorded_at = last.recorded_at
    body = canonical.dumps(
        {
            "actor": draft.actor,
            "data": draft.data,
            "engines": engines(),
            "kind": draft.kind,
            "parts": [{"count": p.count, "kind": p.kind, "sha256": p.sha256} for p in kept],
            "prev": prev,
            "recorded_at": recorded_at,
            "schema": SCHEMA,
            "seq": seq,
        }
    )
    names = ("seq", "prev_hash", "hash", "recorded_at", "kind", "body")
    row = (seq, prev, canonical.sha256(body), recorded_at, draft.kind, body.decode())
    bulk.insert(connections[using], JournalEntry._meta.db_table, names, [row])
    bulk.insert(
        connections[using],
        JournalPart._meta.db_table,
        ("entry_id", "ordinal", "part_id"),
        [(seq, ordinal, part.sha256) for ordinal, part in enumerate(kept)],
    )
    return JournalEntry.from_db(using, names, row)


def parts_of(entry: JournalEntry, using: str = "default") -> Iterator[tuple[str, bytes]]:
    """Yield each part's kind and body, one part in memory at a time."""
    connection = connections[using]
    links = f'SELECT part_id FROM "{JournalPart._meta.db_table}" WHERE entry_id = %s'  # nosec B608 # names are of our own schema, values are bound
    for (sha256,) in bulk.few(connection, f"{links} ORDER BY ordinal", [entry.seq]):
        part = f'SELECT kind, body FROM "{Part._meta.db_table}" WHERE sha256 = %s'  # nosec B608 # names are of our own schema, values are bound
        kind, body = bulk.few(connection, part, [sha256])[0]
        yield kind, bytes(body)


def lines_with(
    entry: JournalEntry, kind: str, marker: bytes, using: str = "default"
) -> Iterator[Any]:
    """Yield the lines of an entry's parts in which some bytes occur, parsed, in order.

    The database looks for them, and only the lines come over: a part of a large import has
    thousands, and a page asks for one.

    Parameters
    ----------
    kind
        Of which parts.
    marker
        The bytes, without a line break.
    """
    connection = connections[using]
    links = (
        f'SELECT part_id FROM "{JournalPart._meta.db_table}" l '  # nosec B608 # names are of our own schema, values are bound
        f'JOIN "{Part._meta.db_table}" p ON p.sha256 = l.part_id '
        "WHERE l.entry_id = %s AND p.kind = %s ORDER BY l.ordinal"
    )
    for (sha256,) in bulk.few(connection, links, [entry.seq, kind]):
        yield from _lines_of_part_with(connection, sha256, marker)


#: Bytes on either side of a place in a part that are fetched at first; more where a line is longer.
_AROUND = 8_192


def _lines_of_part_with(connection: Any, sha256: str, marker: bytes) -> Iterator[Any]:
    """The lines of one part with some bytes in them; places in it count from 1, as in SQL."""
    table = f'"{Part._meta.db_table}" WHERE sha256 = %s'
    find = (
        "position(%s::bytea in substr(body, %s))"
        if connection.vendor == "postgresql"
        else "instr(substr(body, %s), %s)"
    )
    start = 1
    while True:
        order = [marker, start] if connection.vendor == "postgresql" else [start, marker]
        place = bulk.few(connection, f"SELECT {find} FROM {table}", [*order, sha256])[0][0]  # nosec B608 # names are of our own schema, values are bound
        if not place:
            return
        place += start - 1
        around = _AROUND
        while True:
            first = max(1, place - around)
            length = place - first + around
            (found,) = bulk.few(
                connection,
                f"SELECT substr(body, %s, %s) FROM {table}",  # nosec B608 # names are of our own schema, values are bound
                [first, length, sha256],
            )[0]
            text = bytes(found)
            left = text.rfind(b"\n", 0, place - first)
            right = text.find(b"\n", place - first)
            if (left >= 0 or first == 1) and (right >= 0 or len(text) < length):
                break
            around *= 8
        right = right if right >= 0 else len(text)
        yield canonical.loads(text[left + 1 : right])
        start = first + right


def lines_of(body: bytes) -> list[Any]:
    """The parsed lines of a part."""
    return [canonical.loads(line) for line in body.split(b"\n")] if body else []


def data_of(entry: JournalEntry) -> dict[str, Any]:
    """The parsed body of an entry."""
    return canonical.loads(entry.body)
