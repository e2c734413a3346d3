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


_HIDDEN = ("geometry_hash", "sealed", "commitment", "person_key", "namespace")


def _shown(name: str, state: dict[str, Any]) -> Any:
    if name == "plane" and name in state:
        return "boundary"
    return state.get(name)


def _state_in(entry: JournalEntry, record: Record, nth: int = 1) -> dict[str, Any]:
    kind = f"records/{record.schema.name}"
    for line in journal.lines_with(entry, kind, f'"uid":"{record.uid}"'.encode()):
        if line["uid"] == record.uid:
            nth -= 1
            if not nth:
                return line["state"]
    return {}
