"""What happened to a record: every version, who brought it in, and what it changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from . import journal
from .models import JournalEntry, Record, RecordVersion


@dataclass(frozen=True)
class Change:
    """One version of a record.

    Attributes
    ----------
    changes
        Field to (before, after); for the first version before is None.
    """

    seq: int
    recorded_at: str
    actor: str
    deciders: list[str]
    decision: str
    source: str
    receipt: str
    version: int
    changes: dict[str, tuple[Any, Any]]


def history(record: Record) -> list[Change]:
    """Versions of a record, oldest first."""
    seqs = [
        record.created_seq,
        *RecordVersion.objects.filter(uid=record.uid)
        .order_by("version")
        .values_list("entry_seq", flat=True),
    ]
    versions: list[Change] = []
    before: dict[str, Any] = {}
    for number, seq in enumerate(seqs, 1):
        entry = JournalEntry.objects.get(seq=seq)
        # One decision may make a record and change it.
        state = _state_in(entry, record, nth=seqs[:number].count(seq))
        body = journal.data_of(entry)
        submission = body["data"].get("submission", {})
        versions.append(
            Change(
                seq=seq,
                recorded_at=entry.recorded_at,
                actor=body["actor"]["name"],
                deciders=[d["name"] for d in body["data"].get("deciders", [])],
                decision=entry.kind,
                source=submission.get("source", ""),
                receipt=submission.get("receipt", ""),
                version=number,
                changes={
                    name: (_shown(name, before), _shown(name, state))
                    for name in sorted({*before, *state})
                    if before.get(name) != state.get(name) and name not in _HIDDEN
                },
            )
        )
        before = state
    return versions


def state_of(record: Record, version: int) -> dict[str, Any] | None:
    """Full state of a record in one of its versions; None where there is no such version."""
    later = RecordVersion.objects.filter(uid=record.uid).order_by("version")
    seqs = [record.created_seq, *later.values_list("entry_seq", flat=True)]
    if not 1 <= version <= len(seqs):
        return None
    seq = seqs[version - 1]
    entry = JournalEntry.objects.get(seq=seq)
    return _state_in(entry, record, nth=seqs[:version].count(seq)) or None


_HIDDEN = ("geometry_hash", "sealed", "commitment", "person_key", "namespace")


def _shown(name: str, state: dict[str, Any]) -> Any:
    if name == "plane" and name in state:
        return "boundary"
    return state.get(name)


def _state_in(entry: JournalEntry, record: Record, nth: int = 1) -> dict[str, Any]:
    kind = f"records/{record.schema.name}"
    marker = f'"uid":"{record.uid}"'.encode()
    for link in entry.parts.order_by("ordinal").select_related("part"):
        if link.part.kind != kind:
            continue
        body = bytes(link.part.body)
        place = body.find(marker)
        while place >= 0:
            start = body.rfind(b"\n", 0, place) + 1
            end = body.find(b"\n", place)
            line = journal.canonical.loads(body[start : end if end >= 0 else len(body)])
            if line["uid"] == record.uid:
                nth -= 1
                if not nth:
                    return line["state"]
            place = body.find(marker, place + 1)
    return {}
