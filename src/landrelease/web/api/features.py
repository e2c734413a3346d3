"""Records as a caller sees them: values of fields for JSON, and features for maps."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import shapely

from landrelease.register import access
from landrelease.register.models import RECORDS, PlacedRecord
from landrelease.register.schema import RECORD_TYPES

from . import systems

#: Digits of a coordinate: in degrees about a centimetre, in metres a centimetre.
_DEGREES, _METRES = 7, 2


def values(caller: access.Caller, record_type: str, records: Sequence[Any]) -> list[dict[str, Any]]:
    """What a caller sees of records, one dict each.

    References are given as the short reference of the record they name where the caller sees that
    one, else as the source gave them. A field that is not recorded is null; a field that the caller
    does not see is not there.

    Parameters
    ----------
    records
        Objects of the model.
    """
    seen = access.Fields(caller, record_type)
    shown = [seen.of(record) for record in records]
    named = _named(caller, record_type, records)
    return [_values(record, fields, named) for record, fields in zip(records, shown, strict=True)]


def _values(record: Any, seen: set[str], named: dict[tuple[str, str], str]) -> dict[str, Any]:
    out: dict[str, Any] = {
        "ref": record.ref,
        "id": record.id,
        "uid": record.uid,
        "version": record.version,
        "created_entry": record.created_seq,
        "changed_entry": record.changed_seq,
    }
    if isinstance(record, PlacedRecord):
        out["geometry_state"] = record.geometry_state
        out["area_mm2"] = None if record.area_mm2 is None else str(record.area_mm2)
    for field in record.schema.fields:
        name = field.name
        if name not in seen:
            continue
        match field.kind:
            case "date":
                start, end = getattr(record, f"{name}_start"), getattr(record, f"{name}_end")
                out[f"{name}_start"] = start and start.isoformat()
                out[f"{name}_end"] = end and end.isoformat()
            case "reference":
                uid, given = getattr(record, f"{name}_uid"), getattr(record, f"{name}_given")
                out[name] = named.get((field.to, uid or ""), given)
            case "classes":
                joined = getattr(record, name)
                out[name] = None if joined is None else joined.split("|")
            case _:
                out[name] = getattr(record, name)
    return out


def _named(
    caller: access.Caller, record_type: str, records: Iterable[Any]
) -> dict[tuple[str, str], str]:
    """Short references of those records that these name and that the caller sees."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for field in RECORD_TYPES[record_type].fields:
        if field.kind == "reference":
            wanted[field.to] |= {getattr(one, f"{field.name}_uid") or "" for one in records}
    found = {}
    for name, uids in wanted.items():
        if uids - {""} and access.reads(caller, name):
            prefix = RECORD_TYPES[name].prefix
            rows = access.records(caller, name).filter(uid__in=sorted(uids - {""}))
            for uid, number in rows.values_list("uid", "id"):
                found[name, uid] = f"{prefix}-{number}"
    return found


def geojson(places: Sequence[Any], system: str = systems.CRS84) -> list[dict[str, Any] | None]:
    """Places as GeoJSON geometries, with the digits that say something.

    Parameters
    ----------
    places
        Shapely geometries in longitude and latitude; None where the place is not recorded.
    system
        Coordinate system of the result, one of :func:`.systems.known`.
    """
    digits = _DEGREES if system in (systems.CRS84, systems.WGS84) else _METRES
    return [
        None if place is None or place.is_empty else _rounded(json.loads(shapely.to_geojson(place)),
                                                              digits)
        for place in systems.to_system(places, system)
    ]  # fmt: skip


def _rounded(value: Any, digits: int) -> Any:
    match value:
        case dict():
            return {name: _rounded(each, digits) for name, each in value.items()}
        case list():
            return [_rounded(each, digits) for each in value]
        case float():
            return round(value, digits)
    return value


def feature(number: int, place: Any, properties: dict[str, Any]) -> dict[str, Any]:
    """A GeoJSON feature."""
    return {"type": "Feature", "id": number, "geometry": place, "properties": properties}


def types_by_plural() -> dict[str, str]:
    """Name of each record type by its plural."""
    return {RECORD_TYPES[name].plural: name for name in RECORDS}
