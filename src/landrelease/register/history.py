"""What happened to a record: every version, who brought it in, why, and what it changed.

Two clocks. *Known*: after which journal entry somebody looks. *On*: the day on the ground that they
ask about; a version holds from the first day of its own date, and one of which no day is recorded
has always held, as in the ledger (rule 5).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import shapely

from landrelease import land
from landrelease.land import vertices

from . import apply, journal
from .models import ClaimDecision, JournalEntry, LandAct, Record, RecordVersion, Submission


@dataclass(frozen=True)
class Change:
    """One version of a record.

    Attributes
    ----------
    changes
        Field to (before, after); for the first version before is None.
    reason
        Why, where people said so: of an act, a claim that was decided, a submission.
    state
        The record as the journal holds it, sealed values and all.
    holds_from
        First day on the ground on which it holds; None where none is recorded.
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
    reason: str = ""
    submission: int | None = None
    state: dict[str, Any] = field(default_factory=dict, repr=False)
    holds_from: date | None = None

    def to_json(self) -> dict[str, Any]:
        """Version without what is sealed; the place in longitude and latitude."""
        return {
            "actor": self.actor,
            "changes": {name: list(pair) for name, pair in self.changes.items()},
            "deciders": self.deciders,
            "decision": self.decision,
            "entry": self.seq,
            "fields": fields_of(self.state),
            "geometry": geometry_of(self.state),
            "holds_from": None if self.holds_from is None else self.holds_from.isoformat(),
            "reason": self.reason,
            "receipt": self.receipt,
            "recorded_at": self.recorded_at,
            "source": self.source,
            "version": self.version,
        }


def history(record: Record) -> list[Change]:
    """Versions of a record, oldest first."""
    seqs = [
        record.created_seq,
        *RecordVersion.objects.filter(uid=record.uid)
        .order_by("version")
        .values_list("entry_seq", flat=True),
    ]
    acts = {act.seq: act for act in LandAct.objects.filter(hazard_uid=record.uid).order_by("id")}
    versions: list[Change] = []
    before: dict[str, Any] = {}
    for number, seq in enumerate(seqs, 1):
        entry = JournalEntry.objects.get(seq=seq)
        # One decision may make a record and change it.
        state = _state_in(entry, record, nth=seqs[:number].count(seq))
        body = journal.data_of(entry)
        submission = body["data"].get("submission", {})
        act = acts.get(seq)
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
                reason=_reason(entry, act),
                submission=submission.get("id"),
                state=state,
                holds_from=_first_day(state, act),
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


def at(
    versions: Sequence[Change], *, on: date | None = None, known: int | None = None
) -> Change | None:
    """The version that held on a day, as it was known after a journal entry.

    Parameters
    ----------
    versions
        Of :func:`history`.
    on
        Day on the ground; None for whichever came last.
    known
        Sequence number of the entry; None for now.

    Returns
    -------
    Change or None
        None when the record was not known by then, or not on record for that day.
    """
    held = [
        one
        for one in versions
        if (known is None or one.seq <= known)
        and (on is None or one.holds_from is None or one.holds_from <= on)
    ]
    return held[-1] if held else None


@dataclass(frozen=True)
class Comparison:
    """Two versions side by side.

    Attributes
    ----------
    fields
        Field to (one, other) for every field that either has.
    differing
        Names of those that differ.
    lost_mm2, gained_mm2
        Ground of the one that is not in the other, and the other way round; None where either has
        no valid polygon.
    """

    one: Change
    other: Change
    fields: dict[str, tuple[Any, Any]]
    differing: frozenset[str]
    lost_mm2: int | None
    gained_mm2: int | None

    def to_json(self) -> dict[str, Any]:
        return {
            "differing": sorted(self.differing),
            "fields": {name: list(pair) for name, pair in self.fields.items()},
            "gained_mm2": None if self.gained_mm2 is None else str(self.gained_mm2),
            "lost_mm2": None if self.lost_mm2 is None else str(self.lost_mm2),
            "one": self.one.to_json(),
            "other": self.other.to_json(),
        }


def compare(one: Change, other: Change) -> Comparison:
    """Hold two versions of a record against each other, field by field and on the ground."""
    before, after = fields_of(one.state), fields_of(other.state)
    names = [*before, *(name for name in after if name not in before)]
    pairs = {name: (before.get(name), after.get(name)) for name in names}
    differing = {name for name, (a, b) in pairs.items() if a != b}
    if one.state.get("plane") != other.state.get("plane"):
        differing.add("boundary")
    if one.state.get("commitment") != other.state.get("commitment"):
        # That something personal changed may be said; what it was may not.
        differing.add("personal data")
    lost, gained = ground_between(one.state, other.state)
    return Comparison(one, other, pairs, frozenset(differing), lost, gained)


def ground_between(
    before: dict[str, Any] | None, after: dict[str, Any] | None
) -> tuple[int | None, int | None]:
    """Ground that a change of boundary loses and gains, mm2; None where it cannot be told."""
    shapes = vertices.decode([(state or {}).get("plane") for state in (before, after)])
    if shapely.is_missing(shapes).any() or not shapely.is_valid(shapes).all():
        return None, None
    old, new = shapes
    if not (shapely.area(old) > 0 and shapely.area(new) > 0):
        return None, None
    lost, gained = land.book(
        shapely.area([shapely.difference(old, new), shapely.difference(new, old)])
    )
    return int(lost), int(gained)


def fields_of(state: dict[str, Any]) -> dict[str, Any]:
    """What a state says in words and numbers: without place, hashes and what is sealed."""
    hidden = {*_HIDDEN, "plane"}
    return {name: value for name, value in sorted(state.items()) if name not in hidden}


def geometry_of(state: dict[str, Any] | None) -> dict[str, Any] | None:
    """The place of a state as GeoJSON (longitude, latitude on WGS 84); None without one."""
    features = collection([("", state)])["features"]
    return features[0]["geometry"] if features else None


def collection(named: Iterable[tuple[str, dict[str, Any] | None]]) -> dict[str, Any]:
    """Places of states as a GeoJSON feature collection; what has no place is left out of it.

    Parameters
    ----------
    named
        What each state is, for the property ``when``, and the state.
    """
    plane = apply.programme_plane()
    features = []
    for when, state in named:
        if not state or state.get("plane") is None or plane is None:
            continue
        shape = plane.unproject(vertices.decode([state["plane"]]))[0]
        features.append(
            {
                "type": "Feature",
                "properties": {"when": when},
                "geometry": journal.canonical.loads(shapely.to_geojson(shape)),
            }
        )
    return {"type": "FeatureCollection", "features": features}


def _reason(entry: JournalEntry, act: LandAct | None) -> str:
    if act is not None:
        return str(act.reason)
    if entry.kind == "claim":
        decided = ClaimDecision.objects.filter(seq=entry.seq).order_by("id").first()
        return decided.reason if decided else ""
    about = journal.data_of(entry)["data"].get("submission", {}).get("id")
    submission = Submission.objects.filter(id=about).first() if about else None
    if submission is None:
        return ""
    described = journal.canonical.loads(submission.options).get("act") or {}
    return str(described.get("reason", ""))


def _first_day(state: dict[str, Any], act: LandAct | None) -> date | None:
    """First day on which a version holds: of an act its own day, else of what the record says."""
    if act is not None and act.on is not None:
        return act.on
    start = (state.get("date") or {}).get("start")
    return date.fromisoformat(start) if start else None


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
