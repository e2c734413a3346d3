"""Records that went out to be edited come back: three-way, field by field.

A file for editing names the record, its version and the hash of that version in every row. What was
exported (*base*) is read again from the journal, which holds every version word for word; so
nothing in the file has to be trusted but these three marks, and they are checked against each
other. Each field of a row (*theirs*) is compared with the base:

* equal to the base: the editor did not touch it, and the register's value (*ours*) stays;
* changed, and ours still is the base: it is proposed;
* changed, and ours is the same already: nothing is left to do;
* changed by both sides to different values: a conflict. All three values are listed, and ours stays
  until somebody decides.

The boundary of a record is one such field. A row that is no longer in the file closes nothing
(rule 4), a row without marks is a new record, and a row that stands twice (an area cut in two) is
not taken over: an area is split by a decision of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from landrelease.land import Plane, geometry_hash, vertices

from . import (
    apply,
    assemble,
    bulk,
    canonical,
    caution,
    codes,
    differences,
    history,
    identity,
    states,
)
from .assemble import Finding, Incoming
from .differences import Change, Difference
from .models import RECORDS
from .schema import Field, RecordType
from .submissions import Comparing

#: Columns of a file for editing that say which version of which record a row is.
UID, VERSION, BASE = "record_uid", "record_version", "record_base"
MARKS = (UID, VERSION, BASE)

#: Record types that are not edited in files, and what to do instead.
NOT_EDITED = {
    "victim": "records about persons do not leave the register in clear",
    "document": "a document is what was received; hand it in again",
    "evidence": "evidence is decided claim by claim: landrelease evidence",
}

#: Place of a record as a field beside the others.
PLACE = "geometry"

#: Prefix of what no field of the record type takes, in messages.
EXTRA = "extra."


@dataclass(frozen=True)
class Conflict:
    """A field that the file and the register both changed, to different values."""

    ref: str
    row: int
    field: str
    base: str
    theirs: str
    ours: str


@dataclass
class _Row:
    """A row of the file with the record it speaks of."""

    at: int
    row: int
    record: Any
    base: dict[str, Any] | None
    body: dict[str, Any]
    changes: dict[str, Any]


def comparing(
    *,
    spoken: Collection[str],
    mapped: Collection[str],
    crs: str | None,
    exported: Mapping[str, str] | None,
) -> Comparing:
    """Give the comparison that a :class:`.submissions.Delivery` of an edited file takes.

    Parameters
    ----------
    spoken
        Fields whose columns the file still has; ``geometry`` among them where it has places. A
        field whose column was deleted is not spoken of and stays as it is.
    mapped
        Columns that were read as fields.
    crs
        Coordinate system of the file.
    exported
        Ids to short references of the records that were exported; None where the file has lost the
        list.
    """
    return partial(
        compare, spoken=frozenset(spoken), mapped=frozenset(mapped), crs=crs, exported=exported
    )


def compare(
    incoming: Incoming,
    *,
    namespace: str,
    source: str,
    layer: str,
    keep_seals: bool = True,
    spoken: frozenset[str],
    mapped: frozenset[str],
    crs: str | None,
    exported: Mapping[str, str] | None,
) -> Difference:
    """Compare the rows of an edited file with what was exported and with the register.

    The parameters are those of :func:`.differences.compare` and of :func:`comparing`.

    Returns
    -------
    Difference
        Its ``details`` hold the conflicts, each with all three values, as plain JSON.
    """
    difference = Difference()
    kind = incoming.record_type
    marks = [{name: extra.pop(name, None) for name in MARKS} for extra in incoming.extra]
    for extra in incoming.extra:
        extra.pop("ref", None)
    known = _known(incoming, marks, difference)
    unread = _unread(incoming)
    bases = _bases(known, marks, kind, incoming, difference)
    new_rows = [i for i, mark in enumerate(marks) if not mark[UID]]
    for i in known:
        # What could not be read as its field is said, and is no change of the record.
        incoming.extra[i] = {k: v for k, v in incoming.extra[i].items() if k not in mapped}
    moved = _moved(incoming, bases, crs) if PLACE in spoken and kind.geometry else set()
    edits: dict[int, set[str]] = {}
    for i, base in bases.items():
        edits[i] = {
            field.name
            for field in kind.fields
            if field.name in spoken
            and (int(incoming.rows[i]), field.name) not in unread
            and not _same(field, incoming.fields.get(field.name, [None] * len(incoming))[i],
                          base.get(field.name))
        }  # fmt: skip
    _forget_untouched_references(incoming, edits, new_rows)
    differences.resolve_references(incoming, namespace, difference)
    bodies = differences.bodies_of(incoming, namespace, source)
    conflicts: list[Conflict] = []
    for i, base in bases.items():
        body = canonical.loads(canonical.dumps(bodies[i]))
        row = _Row(i, int(incoming.rows[i]), known[i], base, body, {})
        row.changes = {name: body.get(name) for name in edits[i]}
        row.changes |= _extra_changes(body.get("extra") or {}, base.get("extra") or {})
        if i in moved:
            row.changes[PLACE] = {name: body[name] for name in differences.PLACE if name in body}
        _merge(row, kind, difference, conflicts)
    _take_new(incoming, new_rows, bodies, namespace, source, layer, difference, conflicts)
    _say_missing(known, marks, exported, difference)
    for conflict in conflicts:
        difference.findings.append(
            Finding(
                "edit_conflict",
                "error",
                f"{conflict.ref}, {conflict.field}: exported as {conflict.base}, in the file "
                f"{conflict.theirs}, in the register {conflict.ours} by now; the register's value "
                "stays until somebody decides",
                conflict.row,
                conflict.field,
            )
        )
    difference.details["conflicts"] = [asdict(conflict) for conflict in conflicts]
    touched = {i for i in bases if edits[i] or i in moved} | set(new_rows)
    quiet = {int(row) for i, row in enumerate(incoming.rows) if i not in touched}
    # What the checks say of rows that nobody touched was said when they came in, and of a row that
    # was refused nothing is taken.
    incoming.findings[:] = [
        f for f in incoming.findings if f.row not in quiet or (f.row, f.field) in unread
    ]
    if PLACE not in spoken:
        # A file without places says nothing of the places of records that it knows.
        old = {int(incoming.rows[i]) for i in known}
        incoming.findings[:] = [
            f for f in incoming.findings if f.field != PLACE or f.row not in old
        ]
    return difference


def _unread(incoming: Incoming) -> set[tuple[int | None, str]]:
    """Cells that hold something which is no value of their field: no change, and none cleared."""
    place = {int(row): i for i, row in enumerate(incoming.rows)}
    return {
        (f.row, f.field)
        for f in incoming.findings
        if f.row in place
        and f.field in incoming.fields
        and incoming.fields[f.field][place[f.row]] is None
    }


# --- which record a row is -----------------------------------------------------------------------


def _known(
    incoming: Incoming, marks: list[dict[str, Any]], difference: Difference
) -> dict[int, Any]:
    """Records by place of the row; those that stand twice or name no record are refused."""
    times = Counter(mark[UID] for mark in marks if mark[UID])
    model = RECORDS[incoming.record_type.name]
    found: dict[str, Any] = {}
    for some in bulk.in_chunks(sorted(times)):
        found |= {record.uid: record for record in model.objects.filter(uid__in=some)}
    known = {}
    for i, mark in enumerate(marks):
        uid, row = mark[UID], int(incoming.rows[i])
        if not uid:
            continue
        difference.uids.append(uid)
        if uid not in found:
            difference.findings.append(
                _refused(
                    "unknown_record", row,
                    f"{UID} {uid!r} is no record of this register: the file was exported from "
                    "another one, or the mark was changed",
                )
            )  # fmt: skip
        elif times[uid] > 1:
            difference.findings.append(
                _refused(
                    "record_in_several_rows", row,
                    f"{found[uid].ref} stands in {times[uid]} rows, as when an area is cut in two; "
                    "none was taken over. Split it by a decision (landrelease hazard split), or "
                    f"clear {', '.join(MARKS)} of the rows that are new records",
                )
            )  # fmt: skip
        else:
            known[i] = found[uid]
    return known


def _bases(
    known: dict[int, Any],
    marks: list[dict[str, Any]],
    kind: RecordType,
    incoming: Incoming,
    difference: Difference,
) -> dict[int, dict[str, Any]]:
    """State of each record as it was exported; None where the marks contradict each other."""
    bases = {}
    for i, record in known.items():
        version, base = str(marks[i][VERSION] or ""), marks[i][BASE]
        state = None
        if version.isdecimal() and 1 <= int(version) <= record.version:
            current = int(version) == record.version
            state = states.of_record(record) if current else history.state_of(record, int(version))
        if state is None or states.content_hash(state) != base:
            difference.findings.append(
                _refused(
                    "not_as_exported", int(incoming.rows[i]),
                    f"{record.ref}: version {version or '(none)'} with {BASE} {base!r} is none "
                    f"that this register exported; restore {VERSION} and {BASE}, or export anew",
                )
            )  # fmt: skip
            continue
        bases[i] = state
    return bases


def _refused(rule: str, row: int, message: str) -> Finding:
    return Finding(rule, "error", message, row)


# --- what the editor changed ----------------------------------------------------------------------


def _same(field: Field, theirs: Any, base: Any) -> bool:
    """Whether a value of the file is the value that was exported, as the file's format can say."""
    if theirs is None or base is None:
        return theirs is None and base is None
    if field.kind == "decimal":
        return float(theirs) == float(base)
    if field.kind == "reference":
        return bool(theirs.get("given") == (base.get("given") or base.get("uid")))
    if field.kind == "classes":
        return sorted(theirs) == sorted(base)
    if field.kind == "date":
        return all(theirs.get(end) == base.get(end) for end in ("start", "end"))
    return bool(theirs == base)


def _extra_changes(theirs: dict[str, Any], base: dict[str, Any]) -> dict[str, Any]:
    """Columns of no field that the file fills otherwise than the record did; an emptied one is not
    told from one that was not exported, and stays."""
    return {
        EXTRA + name: value for name, value in theirs.items() if not _alike(value, base.get(name))
    }


def _alike(one: Any, other: Any) -> bool:
    if one == other or str(one) == str(other):
        return True
    try:
        return float(one) == float(other)
    except (TypeError, ValueError):
        return False


def _moved(incoming: Incoming, bases: dict[int, dict[str, Any]], crs: str | None) -> set[int]:
    """Rows whose place is another than the exported one.

    The exported place goes the same way as the file's: out to the file's coordinate system and back
    to whole millimetres. What the way itself does (rounding, long edges divided) is then in both.
    """
    plane = apply.programme_plane()
    rows = list(bases)
    if plane is None or not rows:
        return {i for i in rows if incoming.planar[i] is not None}
    out = vertices.decode([bases[i].get("plane") for i in rows])
    back = _there_and_back(out, plane, crs or "EPSG:4326")
    was = geometry_hash(single_parts(back))
    now = geometry_hash(single_parts(incoming.planar[rows]))
    return {i for i, a, b in zip(rows, was, now, strict=True) if a != b}


def _there_and_back(planar: NDArray[np.object_], plane: Plane, crs: str) -> NDArray[np.object_]:
    return plane.project(assemble.from_lonlat(plane.unproject(planar), crs), crs=crs)


def single_parts(geometries: NDArray[np.object_]) -> NDArray[np.object_]:
    """Collections of one part as that part: layers of one type hold every area as parts of many."""
    out = geometries.copy()
    types = shapely.get_type_id(geometries)
    for i in np.flatnonzero((types >= 4) & (shapely.get_num_geometries(geometries) == 1)):
        out[i] = shapely.get_geometry(geometries[i], 0)
    return out


def _forget_untouched_references(
    incoming: Incoming, edits: dict[int, set[str]], new_rows: list[int]
) -> None:
    """A reference that was not edited is not looked up again."""
    for field in incoming.record_type.fields:
        values = incoming.fields.get(field.name)
        if field.kind == "reference" and values:
            for i, edited in edits.items():
                if field.name not in edited:
                    values[i] = None
            for i in set(range(len(incoming))) - edits.keys() - set(new_rows):
                values[i] = None


# --- three ways ----------------------------------------------------------------------------------


def _merge(row: _Row, kind: RecordType, difference: Difference, conflicts: list[Conflict]) -> None:
    """Put what only the file changed into the difference, and list what both changed."""
    base = row.base or {}
    ours = states.of_record(row.record)
    new = dict(ours)
    for name in sorted(row.changes):
        theirs = row.changes[name]
        if _equal(name, theirs, ours):
            continue
        if not _equal(name, _value(name, base), ours):
            conflicts.append(
                Conflict(
                    row.record.ref, row.row, name,
                    _told(name, _value(name, base)), _told(name, theirs),
                    _told(name, _value(name, ours)),
                )
            )  # fmt: skip
            continue
        _set(name, theirs, new)
    if kind.name == "hazard":
        differences.settle_indication(ours, new, row.row, difference)
    lowers = []
    if kind.name == "hazard" and ours.get("date") and not new.get("date"):
        lowers.append("the date of information would be taken away")
    differences.put_change(
        row.record,
        ours,
        new,
        row=row.row,
        # The row of the source is still the last one received from it: to import the source
        # again does not undo the edit.
        received=row.record.received,
        difference=difference,
        lowers=lowers,
    )


def _value(name: str, state: dict[str, Any]) -> Any:
    if name == PLACE:
        return {part: state[part] for part in differences.PLACE if part in state}
    if name.startswith(EXTRA):
        return (state.get("extra") or {}).get(name.removeprefix(EXTRA))
    return state.get(name)


def _equal(name: str, value: Any, state: dict[str, Any]) -> bool:
    other = _value(name, state)
    if name == PLACE:
        if not value.get("plane") or not other.get("plane"):
            return not value.get("plane") and not other.get("plane")
        pair = vertices.decode([value["plane"], other["plane"]])
        one, two = geometry_hash(single_parts(pair))
        return bool(one == two)
    if name.startswith(EXTRA):
        return _alike(value, other)
    if isinstance(value, dict) and isinstance(other, dict) and {"given", "uid"} & value.keys():
        return value.get("given") == other.get("given") or (
            value.get("uid") is not None and value.get("uid") == other.get("uid")
        )
    return bool(value == other)


def _set(name: str, value: Any, state: dict[str, Any]) -> None:
    if name == PLACE:
        for part in differences.PLACE:
            state.pop(part, None)
        state |= value
    elif name.startswith(EXTRA):
        state["extra"] = {**(state.get("extra") or {}), name.removeprefix(EXTRA): value}
    elif value is None:
        state.pop(name, None)
    else:
        state[name] = value


def _told(name: str, value: Any) -> str:
    """A value for a person."""
    if value is None or value == {}:
        return "(not recorded)"
    if name == PLACE:
        if not value.get("plane"):
            return "(no place)"
        if value.get("area_mm2"):
            hectares = int(value["area_mm2"]) / 1e10
            return f"an outline of {hectares:,.4f} ha ({str(value.get('geometry_hash'))[:8]})"
        return f"a place of state {value.get('geometry_state')}"
    if isinstance(value, list):
        return "|".join(map(str, value))
    if isinstance(value, dict) and "start" in value:
        start, end = value.get("start"), value.get("end")
        return str(start) if start == end else f"{start} to {end}"
    if isinstance(value, dict):
        return str(value.get("given") or value.get("uid"))
    return repr(value) if isinstance(value, str) else str(value)


# --- new rows, missing rows -----------------------------------------------------------------------


def _take_new(
    incoming: Incoming,
    rows: list[int],
    bodies: list[dict[str, Any]],
    namespace: str,
    source: str,
    layer: str,
    difference: Difference,
    conflicts: list[Conflict],
) -> None:
    """Rows without marks are new records. One that is there already (the file came in before) is
    never overwritten: there is no base to tell who changed what."""
    name = incoming.record_type.name
    dumps = {}
    for i in rows:
        if name == "hazard":
            differences.settle_indication(None, bodies[i], int(incoming.rows[i]), difference)
        dumps[i] = canonical.dumps(bodies[i])
    ids = incoming.fields.get("source_id") or [None] * len(incoming)
    received = incoming.received_hashes or [None] * len(incoming)
    uids = identity.assign(
        name,
        namespace=namespace,
        source=source,
        layer=layer,
        source_ids=[ids[i] for i in rows],
        geometry_hashes=[received[i] for i in rows],
        contents=[canonical.short_hash(dumps[i]) for i in rows],
    )
    existing: dict[str, Any] = {}
    for some in bulk.in_chunks(uids):
        records = RECORDS[name].objects.filter(uid__in=some)
        existing |= {record.uid: record for record in records}
    seen: set[str] = set()
    for i, uid in zip(rows, uids, strict=True):
        row = int(incoming.rows[i])
        difference.uids.append(uid)
        if uid in seen:
            difference.repeated += 1
            difference.findings.append(
                _refused(
                    "duplicate_id", row,
                    f"the id {ids[i]!r} stands in a new row before already; give it another",
                )
            )  # fmt: skip
            continue
        seen.add(uid)
        record = existing.get(uid)
        if record is not None:
            _there_already(record, row, bodies[i], difference, conflicts)
            continue
        content = canonical.short_hash(dumps[i])
        line = canonical.dumps(
            {
                "content": content,
                "do": "create",
                "received": content,
                "row": row,
                "state": canonical.loads(dumps[i]),
                "uid": uid,
            }
        )
        reasons = caution.lowered(name, None, bodies[i])
        if reasons and len(difference.changes) < differences.SHOWN:
            difference.changes.append(Change("(new)", row, {}, reasons))
        (difference.held if reasons else difference.created).append(line)


def _there_already(
    record: Any, row: int, body: dict[str, Any], difference: Difference, conflicts: list[Conflict]
) -> None:
    ours = states.of_record(record)
    theirs = canonical.loads(canonical.dumps(body))
    names = [
        *(n for n in theirs if n not in (*differences.PLACE, "extra", "namespace", "source")),
        *(EXTRA + n for n in theirs.get("extra") or {}),
        *([PLACE] if theirs.get("plane") else []),
    ]
    differing = [n for n in names if not _equal(n, _value(n, theirs), ours)]
    if not differing:
        difference.unchanged += 1
    conflicts.extend(
        Conflict(
            record.ref, row, name, "(a new row of the file)", _told(name, _value(name, theirs)),
            _told(name, _value(name, ours)),
        )
        for name in differing
    )  # fmt: skip


def _say_missing(
    known: dict[int, Any],
    marks: list[dict[str, Any]],
    exported: Mapping[str, str] | None,
    difference: Difference,
) -> None:
    if exported is None:
        difference.findings.append(
            Finding(
                "no_list_of_what_was_exported", "info",
                "the file has lost the list of what was exported, so rows deleted in it cannot be "
                "told; they close nothing either way",
            )
        )  # fmt: skip
        return
    here = {mark[UID] for mark in marks}
    gone = [ref for uid, ref in exported.items() if uid not in here]
    difference.missing_from_file = len(gone)
    if gone:
        named = ", ".join(gone[:20]) + (", …" if len(gone) > 20 else "")
        difference.findings.append(
            Finding(
                "missing_from_file", "info",
                f"{len(gone)} exported records are not in the file any more ({named}); they stay "
                "as they are (a row deleted in a file closes nothing)",
            )
        )  # fmt: skip


def among(record_type: RecordType) -> Any:
    """Records that go out for editing: those that still stand as records of their own."""
    records = RECORDS[record_type.name].objects.all()
    if record_type.name == "hazard":
        records = records.exclude(geometry_state__in=codes.WITHDRAWN)
    return records
