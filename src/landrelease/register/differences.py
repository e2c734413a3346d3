"""What a delivery would change: new, changed, unchanged, missing from the file.

The result is journal lines: an accepted submission puts these very bytes into the journal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from landrelease.land import vertices

from . import (
    bulk,
    canonical,
    caution,
    erased_again,
    identity,
    indications,
    references,
    seal,
    states,
)
from .assemble import Finding, Incoming
from .models import RECORDS


@dataclass
class Change:
    """One changed record, for the preview."""

    ref: str
    row: int
    fields: dict[str, tuple[Any, Any]]
    lowers_caution: list[str]


@dataclass
class Difference:
    """Journal lines and the account of them."""

    created: list[bytes] = field(default_factory=list)
    updated: list[bytes] = field(default_factory=list)
    held: list[bytes] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    unchanged: int = 0
    repeated: int = 0
    missing_from_file: int = 0
    #: Ids of all rows of the file, changed or not.
    uids: list[str] = field(default_factory=list)
    #: Id of a record about a person to the key of the version that the file makes or knows.
    person_keys: dict[str, str] = field(default_factory=dict)
    #: Rows that name somebody who was erased, to the id of the record (:mod:`.erased_again`).
    erased: dict[int, str] = field(default_factory=dict)
    #: What else there is to say of this comparison, for the outcome.
    details: dict[str, Any] = field(default_factory=dict)

    def counts(self) -> dict[str, int]:
        return {
            "new": len(self.created),
            "changed": len(self.updated),
            "held_for_second_person": len(self.held),
            "unchanged": self.unchanged,
            "repeated_in_file": self.repeated,
            "missing_from_file": self.missing_from_file,
        }


#: Changes shown one by one in a preview; all are counted.
SHOWN = 200


def compare(
    incoming: Incoming, *, namespace: str, source: str, layer: str, keep_seals: bool = True
) -> Difference:
    """Compare incoming rows with the register.

    Parameters
    ----------
    keep_seals
        Whether keys for new persons are really made (a dry run makes none).
    """
    difference = Difference()
    record_type = incoming.record_type
    resolve_references(incoming, namespace, difference)
    bodies = bodies_of(incoming, namespace, source)
    if record_type.name == "hazard":
        for row, body in zip(incoming.rows, bodies, strict=True):
            settle_indication(None, body, int(row), difference)
    personal = bool(record_type.personal_fields)
    persons = [_take_personal(body, record_type) for body in bodies] if personal else None
    dumps = [canonical.dumps(body) for body in bodies]
    hashes = [canonical.short_hash(dump) for dump in dumps]
    uids = identity.assign(
        record_type.name,
        namespace=namespace,
        source=source,
        layer=layer,
        source_ids=incoming.fields.get("source_id") or [None] * len(bodies),
        geometry_hashes=incoming.received_hashes or [None] * len(bodies),
        contents=hashes,
    )
    difference.uids = uids
    existing = _existing(record_type.name, namespace)
    erased = erased_again.uids(record_type.name, namespace) if personal else set()
    returning = caution.returning(uids) if record_type.name == "hazard" else set()
    seen: set[str] = set()
    for i, uid in enumerate(uids):
        row = int(incoming.rows[i])
        if uid in seen:
            # The exchange layer has told identical repeats from contradicting ones already.
            difference.repeated += 1
            continue
        seen.add(uid)
        known = existing.get(uid)
        if personal:
            person = persons[i]
            record = None if known is None else RECORDS[record_type.name].objects.get(uid=uid)
            if person and uid in erased:
                difference.erased[row] = uid
                difference.findings.append(erased_again.finding(record, row))
                person = {}
            hashes[i], dumps[i] = _seal(bodies[i], person, uid, record, keep_seals)
            if bodies[i].get("person_key"):
                difference.person_keys[uid] = bodies[i]["person_key"]
        if known is None:
            reasons = caution.lowered(record_type.name, None, bodies[i])
            if reasons and len(difference.changes) < SHOWN:
                difference.changes.append(Change("(new)", row, {}, reasons))
            (difference.held if reasons else difference.created).append(
                b'{"content":"%b","do":"create","received":"%b","row":%d,"state":%b,"uid":"%b"}'
                % (hashes[i].encode(), hashes[i].encode(), row, dumps[i], uid.encode())
            )
        elif known[1] == hashes[i] and uid not in returning:
            difference.unchanged += 1
        else:
            _compare_one(record_type.name, uid, row, bodies[i], hashes[i], difference)
            if uid in returning:
                difference.findings.append(
                    Finding(
                        "record_was_withdrawn",
                        "warning",
                        "the hazard was voided, merged or split by a decision; the row is held: "
                        "two people decide whether it comes back",
                        row,
                    )
                )
        # A large file stands in memory several times over by now: let go of what is done with.
        dumps[i], bodies[i] = b"", {}
    difference.missing_from_file = sum(
        known[2] == source for uid, known in existing.items() if uid not in seen
    )
    if difference.missing_from_file:
        difference.findings.append(
            Finding(
                "missing_from_file",
                "info",
                f"{difference.missing_from_file} records of this source are not in the file; they "
                "stay as they are (a record missing from a re-import is never closed)",
            )
        )
    return difference


def bodies_of(incoming: Incoming, namespace: str, source: str) -> list[dict[str, Any]]:
    """Full states of the rows, as if each were new."""
    n = len(incoming)
    placed = bool(incoming.record_type.geometry)
    encoded = vertices.encode(incoming.planar) if placed else None
    columns = {name: values for name, values in incoming.fields.items() if values.count(None) != n}
    bodies: list[dict[str, Any]] = [{"namespace": namespace, "source": source} for _ in range(n)]
    for name, values in columns.items():
        for body, value in zip(bodies, values, strict=True):
            if value is not None:
                body[name] = value
    for i, body in enumerate(bodies):
        if incoming.extra[i]:
            body["extra"] = incoming.extra[i]
        if placed:
            body["geometry_state"] = incoming.geometry_states[i]
            if encoded is not None and encoded[i] is not None:
                body["plane"] = encoded[i]
                body["geometry_hash"] = incoming.geometry_hashes[i]
                if incoming.areas[i] is not None:
                    body["area_mm2"] = str(incoming.areas[i])
    return bodies


def _existing(record_type: str, namespace: str) -> dict[str, tuple[str, str, str]]:
    """Content, received hash and source of the records of this namespace."""
    table = RECORDS[record_type]._meta.db_table
    return {
        uid: (content, received, source)
        for uid, content, received, source in bulk.select(
            connection,
            f'SELECT uid, content, received, source FROM "{table}" WHERE namespace = %s',  # nosec B608 # names are of our own schema, values are bound
            [namespace],
        )
    }


def _compare_one(
    record_type: str,
    uid: str,
    row: int,
    body: dict[str, Any],
    received: str,
    difference: Difference,
) -> None:
    record = RECORDS[record_type].objects.get(uid=uid)
    old = states.of_record(record)
    # Fields that the file does not speak of stay as they are.
    new = {**old, **canonical.loads(canonical.dumps(body))}
    if new.get("plane") is not None and "plane" not in body:
        new = {**new, **{name: old[name] for name in PLACE if name in old}}
    if record_type == "hazard":
        settle_indication(old, new, row, difference)
    put_change(record, old, new, row=row, received=received, difference=difference)


def put_change(
    record: Any,
    old: dict[str, Any],
    new: dict[str, Any],
    *,
    row: int,
    received: str,
    difference: Difference,
    lowers: Sequence[str] = (),
) -> bool:
    """Put the change of one record into a difference, held where it lowers caution (rule 4).

    Parameters
    ----------
    record
        The record as it stands.
    old, new
        Its full state before and after.
    row, received
        Row of the file, and the hash under which a re-import of the row is known again.
    lowers
        Further reasons why it lowers caution.

    Returns
    -------
    bool
        Whether there is a change.
    """
    content = canonical.short_hash(canonical.dumps(new))
    if content == record.content:
        difference.unchanged += 1
        return False
    record_type, uid = record.schema.name, record.uid
    reasons = [*caution.lowered(record_type, old, new, uid=uid), *lowers]
    changed = {
        name: (old.get(name), new.get(name))
        for name in sorted({*old, *new})
        if old.get(name) != new.get(name) and name not in ("plane", "geometry_hash")
    }
    if old.get("geometry_hash") != new.get("geometry_hash"):
        changed["geometry"] = (old.get("area_mm2"), new.get("area_mm2"))
    if len(difference.changes) < SHOWN:
        difference.changes.append(Change(record.ref, row, changed, reasons))
    line = canonical.dumps(
        {
            "content": content,
            "do": "update",
            "received": received,
            "row": row,
            "state": new,
            "uid": uid,
            "was": record.content,
        }
    )
    (difference.held if reasons else difference.updated).append(line)
    return True


def settle_indication(
    old: dict[str, Any] | None, new: dict[str, Any], row: int, difference: Difference
) -> None:
    """Hold that an indication has no area, and say what was put right (:mod:`.indications`)."""
    problem = indications.settle(old, new)
    if problem:
        finding = Finding("indication_with_area", "warning", problem, row, field="type")
        difference.findings.append(finding)


#: What a state says of its place.
PLACE = ("plane", "geometry_state", "geometry_hash", "area_mm2")


def resolve_references(incoming: Incoming, namespace: str, difference: Difference) -> None:
    """Find the records that the rows refer to; what is not found stays as given, and is said."""
    for spec in incoming.record_type.fields:
        values = incoming.fields.get(spec.name)
        if spec.kind != "reference" or not values:
            continue
        given = {value["given"] for value in values if value and "given" in value}
        own = (
            references.in_file(spec.to, namespace, incoming.fields.get("source_id") or ())
            if spec.to == incoming.record_type.name
            else None
        )
        found = references.resolve(spec.to, namespace, given, own)
        lost: Counter[str] = Counter()
        for i, value in enumerate(values):
            if not value or "given" not in value:
                continue
            uid = found.get(value["given"].strip())
            if uid is None:
                lost[value["given"]] += 1
            else:
                values[i] = {"given": value["given"], "uid": uid}
        for text, count in lost.items():
            difference.findings.append(
                Finding(
                    "reference_not_found",
                    "warning",
                    f"{spec.name} {text!r} ({count} rows) is no {spec.to} of the register, or "
                    "more than one bears that id; kept as given, not linked",
                    field=spec.name,
                )
            )


def _take_personal(body: dict[str, Any], record_type: Any) -> dict[str, Any]:
    """Move what is personal out of a state. Columns nobody has mapped count as personal: in a
    file about persons nobody knows what they hold."""
    person = {f.name: body.pop(f.name) for f in record_type.personal_fields if f.name in body}
    if "extra" in body:
        person["extra"] = body.pop("extra")
    return person


def _seal(
    body: dict[str, Any], person: dict[str, Any], uid: str, record: Any | None, keep: bool
) -> tuple[str, bytes]:
    """Seal a person's values into the state; returns its hash and dump.

    A value that has not changed keeps its token: encrypting it anew would look like a change.
    What the file does not speak of stays as it is.
    """
    if person:
        mark = None
        if record is not None and record.person_key:
            person = (seal.open_sealed(record.person_key, record.sealed) or {}) | person
            mark = seal.commitment(record.person_key, person)
        if record is not None and mark is not None and mark == record.commitment:
            body |= {
                "commitment": mark,
                "person_key": record.person_key,
                "sealed": record.sealed,
            }
        elif not keep:
            body |= dict.fromkeys(states.SEALED, "(dry run)")
        else:
            key = seal.new_person_key(uid)
            body |= {
                "commitment": seal.commitment(key, person),
                "person_key": key,
                "sealed": seal.seal(key, person),
            }
    dump = canonical.dumps(body)
    return canonical.short_hash(dump), dump
