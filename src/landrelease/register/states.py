"""A record's *state*: the plain JSON value the journal holds, and the columns it becomes.

``to_columns`` and ``from_columns`` are each other's inverse; ``verify`` uses that to recompute the
content hash of every record from the columns people query.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from landrelease.land import Plane, vertices

from . import canonical
from .fields import to_database
from .models import RECORDS, PlacedRecord, Record, SealedRecord
from .schema import Field, RecordType

BASE = (
    "id",
    "uid",
    "version",
    "content",
    "received",
    "created_seq",
    "changed_seq",
    "submission_id",
    "source_row",
    "namespace",
    "source",
    "extra",
)
PLACED = (
    "geometry",
    "min_lon",
    "min_lat",
    "max_lon",
    "max_lat",
    "plane",
    "geometry_state",
    "geometry_hash",
    "area_mm2",
)
SEALED = ("sealed", "person_key", "commitment")


def content_hash(state: dict[str, Any]) -> str:
    """Hash of a full state."""
    return canonical.short_hash(canonical.dumps(state))


def columns_of(record_type: RecordType) -> list[str]:
    """Database columns of a record type, in the order :func:`to_rows` fills them."""
    model = RECORDS[record_type.name]
    names = list(BASE)
    for field in record_type.fields:
        if not field.personal:
            names += _column_names(field)
    if issubclass(model, PlacedRecord):
        names += PLACED
    if issubclass(model, SealedRecord):
        names += SEALED
    return names


def _column_names(field: Field) -> list[str]:
    match field.kind:
        case "date":
            return [f"{field.name}_start", f"{field.name}_end"]
        case "reference":
            return [f"{field.name}_uid", f"{field.name}_given"]
    return [field.name]


def _column_values(field: Field, values: list[Any]) -> list[list[Any]]:
    match field.kind:
        case "date":
            return [
                [None if v is None else v.get("start") for v in values],
                [None if v is None else v.get("end") for v in values],
            ]
        case "reference":
            return [
                [None if v is None else v.get("uid") for v in values],
                [None if v is None else v.get("given") for v in values],
            ]
        case "classes":
            return [[None if v is None else "|".join(v) for v in values]]
    return [values]


def _field_value(field: Field, row: dict[str, Any]) -> Any:
    match field.kind:
        case "date":
            start, end = row[f"{field.name}_start"], row[f"{field.name}_end"]
            if start is None and end is None:
                return None
            value = {"end": _iso(end), "start": _iso(start)}
            return {k: v for k, v in value.items() if v is not None}
        case "reference":
            value = {"given": row[f"{field.name}_given"], "uid": row[f"{field.name}_uid"]}
            return {k: v for k, v in value.items() if v is not None} or None
        case "classes":
            joined = row[field.name]
            return None if joined is None else joined.split("|")
        case "boolean":
            return None if row[field.name] is None else bool(row[field.name])
    return row[field.name]


def _iso(day: Any) -> str | None:
    return day.isoformat() if hasattr(day, "isoformat") else day


def to_rows(
    record_type: RecordType, states: list[dict[str, Any]], plane: Plane | None, vendor: str
) -> list[list[Any]]:
    """Turn states into columns (without the bookkeeping columns of :data:`BASE` before
    ``namespace``), one list a column, in the order of :func:`columns_of`."""
    model = RECORDS[record_type.name]
    present = set().union(*states)
    nothing = [None] * len(states)

    def values(name: str) -> list[Any]:
        # Most fields are recorded nowhere in a file; those need no look at every row.
        return [state.get(name) for state in states] if name in present else nothing

    columns: list[list[Any]] = [
        values("namespace"),
        values("source"),
        [None if v is None else canonical.dumps(v).decode() for v in values("extra")],
    ]
    for field in record_type.fields:
        if not field.personal:
            columns += (
                _column_values(field, values(field.name))
                if field.name in present
                else [nothing] * len(_column_names(field))
            )
    if issubclass(model, PlacedRecord):
        columns += _place_columns(states, plane, vendor)
    if issubclass(model, SealedRecord):
        columns += [values(name) for name in SEALED]
    return columns


def _place_columns(
    states: list[dict[str, Any]], plane: Plane | None, vendor: str
) -> list[list[Any]]:
    planar = vertices.decode([state.get("plane") for state in states])
    has = ~shapely.is_missing(planar)
    lonlat = np.full(len(states), None, dtype=object)
    if has.any():
        if plane is None:
            raise ValueError("a place was journalled before the projection centre was fixed")
        lonlat[has] = plane.unproject(planar[has])
    boxes = shapely.bounds(lonlat)
    present = ~np.isnan(boxes[:, 0])
    box_columns = np.where(present[:, None], boxes, None).T.tolist()
    written = np.full(len(states), None, dtype=object)
    wkb = np.full(len(states), None, dtype=object)
    if has.any():
        written[has] = to_database(lonlat[has], vendor)
        wkb[has] = shapely.to_wkb(planar[has])
    return [
        list(written),
        *box_columns,
        list(wkb),
        [state["geometry_state"] for state in states],
        [state.get("geometry_hash") for state in states],
        [None if state.get("area_mm2") is None else int(state["area_mm2"]) for state in states],
    ]


def from_row(record_type: RecordType, row: dict[str, Any]) -> dict[str, Any]:
    """Rebuild a state from a row's columns (as a dict)."""
    model = RECORDS[record_type.name]
    state: dict[str, Any] = {}
    for field in record_type.fields:
        if not field.personal:
            state[field.name] = _field_value(field, row)
    state["namespace"] = row["namespace"]
    state["source"] = row["source"]
    state["extra"] = canonical.loads(row["extra"]) if row["extra"] else None
    if issubclass(model, PlacedRecord):
        state["geometry_state"] = row["geometry_state"]
        state["geometry_hash"] = row["geometry_hash"]
        state["area_mm2"] = None if row["area_mm2"] is None else str(row["area_mm2"])
        if row["plane"] is not None:
            geometry = shapely.from_wkb(bytes(row["plane"]))
            state["plane"] = _plain(vertices.encode(np.array([geometry], dtype=object))[0])
    if issubclass(model, SealedRecord):
        for name in SEALED:
            state[name] = row[name]
    return {name: value for name, value in state.items() if value is not None}


def _plain(encoded: Any) -> Any:
    return canonical.loads(canonical.dumps(encoded))


def of_record(record: Record) -> dict[str, Any]:
    """State of a loaded model instance."""
    row = {field.attname: getattr(record, field.attname) for field in record._meta.fields}
    return from_row(record.schema, row)
