"""Where things come from: journal entries, their deciders, what was handed in, and records by id.

Tracing a figure, explaining a difference and printing the ledger all end in the same places. They
are looked up here in whole columns, never one at a time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from . import bulk, journal
from .models import RECORDS, JournalEntry, LandAct, RecordVersion, Release, SealedRecord
from .schema import RecordType

#: Kinds of entry in words a reader knows.
KINDS = {
    "accept": "submission accepted",
    "accept_held": "held changes accepted by two people",
    "release": "release of land by two people",
    "release_refused": "release of land refused",
    "refusal_taken_back": "refusal of a release taken back",
    "historic": "release decided elsewhere, entered",
    "same_as": "records linked as the same, told apart, or that taken back",
    "posting": "posting",
    "claim": "claim of a report decided",
    "act": "decision about a hazardous area",
    "question": "decision about released land in question",
    "erasure": "personal data erased",
    "signing_key": "signing key changed",
    "workspace": "workspace made",
    "cut_over": "cut-over date fixed",
    "report": "report frozen",
}


def called(kind: str) -> str:
    """A kind of entry in words."""
    return KINDS.get(kind, kind.replace("_", " "))


@dataclass(frozen=True)
class Document:
    """Something that was handed in, as the journal names it."""

    receipt: str
    filename: str
    sha256: str
    source: str
    submitter: str
    received_at: str

    def to_json(self) -> dict[str, str]:
        return asdict(self)


@dataclass(frozen=True)
class Entry:
    """An entry of the journal, as far as a reader asks where a figure comes from.

    Attributes
    ----------
    decision
        The entry whose decision this posting carries out; its own number where it is a decision.
    document
        What was handed in, if the decision is about a submission.
    """

    seq: int
    decision: int
    kind: str
    recorded_at: str
    hash: str
    actor: str
    deciders: tuple[str, ...]
    document: Document | None

    @property
    def said(self) -> str:
        """The kind of the entry in words."""
        return called(self.kind)

    def to_json(self) -> dict[str, Any]:
        return {
            "entry": self.seq,
            "decision": self.decision,
            "kind": self.kind,
            "recorded_at": self.recorded_at,
            "hash": self.hash,
            "actor": self.actor,
            "deciders": list(self.deciders),
            "document": None if self.document is None else self.document.to_json(),
        }


@dataclass(frozen=True)
class Origin:
    """A record, and everything that made it what it is.

    Attributes
    ----------
    ref, record_type, name
        What people call it (``AC-12``), what it is, and its name or the id at its source.
    entries
        Numbers of the entries that brought, changed or decided it, rising.
    """

    uid: str
    ref: str
    record_type: str
    name: str
    entries: tuple[int, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        return {
            "record": self.ref,
            "record_type": self.record_type,
            "name": self.name,
            "uid": self.uid,
            "entries": list(self.entries),
        }


def entries(seqs: Iterable[int]) -> dict[int, Entry]:
    """Look up entries of the journal, each with the decision that it carries out.

    Parameters
    ----------
    seqs
        Numbers of entries.

    Returns
    -------
    dict
        Entries by number, the decisions behind postings among them.
    """
    bodies = _bodies(set(seqs))
    behind = {
        int(body["data"]["for"])
        for _, body in bodies.values()
        if body["kind"] == "posting" and "for" in body["data"]
    }
    bodies |= _bodies(behind - bodies.keys())
    return {seq: _entry(row, body) for seq, (row, body) in sorted(bodies.items())}


def _bodies(seqs: set[int]) -> dict[int, tuple[JournalEntry, dict[str, Any]]]:
    found = {}
    for some in bulk.in_chunks(sorted(seqs)):
        for row in JournalEntry.objects.filter(seq__in=some):
            found[row.seq] = (row, journal.data_of(row))
    return found


def _entry(row: JournalEntry, body: dict[str, Any]) -> Entry:
    data = body["data"]
    handed_in = data.get("submission") or {}
    document = None
    if "sha256" in handed_in:
        names = ("receipt", "filename", "sha256", "source", "submitter", "received_at")
        document = Document(*(str(handed_in.get(name, "")) for name in names))
    return Entry(
        seq=row.seq,
        decision=int(data.get("for", row.seq)) if row.kind == "posting" else row.seq,
        kind=row.kind,
        recorded_at=row.recorded_at,
        hash=row.hash,
        actor=body["actor"]["name"],
        deciders=tuple(
            decider["name"] if isinstance(decider, dict) else str(decider)
            for decider in data.get("deciders", ())
        ),
        document=document,
    )


def origins(
    uids: Iterable[str],
    record_types: Iterable[str] = ("hazard", "activity"),
    *,
    at_seq: int | None = None,
) -> dict[str, Origin]:
    """Look up records, and the entries that brought, changed or decided each of them.

    Parameters
    ----------
    uids
        Ids of records.
    record_types
        Types among which they are looked for.
    at_seq
        Last entry that counts; None for all.
    """
    wanted = sorted(set(uids))
    made: dict[str, tuple[Any, ...]] = {}
    seqs: dict[str, set[int]] = defaultdict(set)
    for record_type in record_types:
        model = RECORDS[record_type]
        labels = [] if issubclass(model, SealedRecord) else _labels(model.schema)
        for some in bulk.in_chunks(wanted):
            rows = model.objects.filter(uid__in=some).values_list(
                "uid", "id", "created_seq", *labels
            )
            for uid, number, created, *named in rows:
                label = next((text for text in named if text), "")
                made[uid] = (f"{model.schema.prefix}-{number}", record_type, label)
                seqs[uid].add(created)
    for some in bulk.in_chunks(sorted(made)):
        for query, name in (
            (RecordVersion.objects.filter(uid__in=some), "uid"),
            (Release.objects.filter(activity_uid__in=some), "activity_uid"),
            (LandAct.objects.filter(hazard_uid__in=some), "hazard_uid"),
            (LandAct.objects.filter(activity_uid__in=some), "activity_uid"),
        ):
            column = "entry_seq" if name == "uid" else "seq"
            for uid, seq in query.values_list(name, column):
                seqs[uid].add(seq)
    return {
        uid: Origin(
            uid, *named, tuple(sorted(s for s in seqs[uid] if at_seq is None or s <= at_seq))
        )
        for uid, named in made.items()
    }


def _labels(schema: RecordType) -> list[str]:
    """Columns by which people know a record; of a person none is told."""
    return [name for name in ("name", "source_id") if name in schema.by_name]


def references(uids: Iterable[str]) -> dict[str, str]:
    """Look up what people call hazards and activities (``HA-12``), by their ids."""
    wanted = set(uids)
    found: dict[str, str] = {}
    for record_type in ("hazard", "activity"):
        model = RECORDS[record_type]
        prefix = model.schema.prefix
        table = model._meta.db_table
        if len(wanted) > 20 * bulk.NAMED:
            from django.db import connection

            rows = bulk.select(connection, f'SELECT uid, id FROM "{table}"')  # nosec B608 # names are of our own schema, values are bound
            found |= {uid: f"{prefix}-{number}" for uid, number in rows if uid in wanted}
            continue
        for some in bulk.in_chunks(sorted(wanted)):
            for uid, number in model.objects.filter(uid__in=some).values_list("uid", "id"):
                found[uid] = f"{prefix}-{number}"
    return found
