"""Records of the register as batches that :mod:`.write` takes; personal fields never among them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from landrelease.register.progress import Progress
from landrelease.register.schema import Field, RecordType

from .source import objects
from .write import OutBatch

Extra = Callable[[Any], Any]


def batches(
    record_type: RecordType,
    progress: Progress,
    total: int,
    size: int = 5_000,
    *,
    crs: str = "EPSG:4326",
    among: Any = None,
    more: dict[str, Extra] | None = None,
) -> Iterator[OutBatch]:
    """Records of one type, keyset by keyset, in the order of their number.

    Parameters
    ----------
    record_type
        Which records.
    progress, total
        Told after each batch, of so many records.
    size
        Records in memory at once.
    crs
        Coordinate system of the geometries that are given.
    among
        Queryset to take them from; all by default.
    more
        Further columns: name to a function of the record.
    """
    from landrelease.register.assemble import from_lonlat
    from landrelease.register.models import RECORDS

    records_of = RECORDS[record_type.name].objects.all() if among is None else among
    fields = plain_fields(record_type)
    last = 0
    done = 0
    while True:
        records = list(records_of.filter(id__gt=last).order_by("id")[:size])
        if not records:
            return
        last = records[-1].id
        columns = {field.name: [value(record, field) for record in records] for field in fields}
        columns = {"ref": [record.ref for record in records], **columns}
        for name, of in (more or {}).items():
            columns[name] = [of(record) for record in records]
        geometry = None
        if record_type.geometry:
            geometry = from_lonlat(objects([record.geometry for record in records]), crs)
        yield OutBatch(columns, geometry)
        done += len(records)
        progress("exporting", done, total)


def leaving_batches(
    leaving: Any, record_type: RecordType, progress: Progress, total: int, *, crs: str = "EPSG:4326"
) -> Iterator[OutBatch]:
    """Records as a tier takes them out (:func:`.publication.leaving`); of restricted ones no field.

    The parameters are those of :func:`batches`.
    """
    from landrelease.register.assemble import from_lonlat

    fields = [field for field in plain_fields(record_type) if field.name in leaving.fields]
    found, done = leaving.rows(), 0
    while rows := list(itertools.islice(found, 1_000)):
        columns: dict[str, list[Any]] = {
            # A reference of its own would lead from the cells to the record.
            "ref": [None if hidden else record.ref for record, hidden in rows]
        }
        told = [
            {} if hidden
            else leaving.words(record, {field.name: value(record, field) for field in fields})
            for record, hidden in rows
        ]  # fmt: skip
        for field in fields:
            columns[field.name] = [values.get(field.name) for values in told]
        geometry = None
        if record_type.geometry:
            geometry = from_lonlat(objects([leaving.shape(*row) for row in rows]), crs)
        yield OutBatch(columns, geometry)
        done += len(rows)
        progress("exporting", done, total)


def plain_fields(record_type: RecordType) -> Sequence[Field]:
    """Fields that are no personal data."""
    return [field for field in record_type.fields if not field.personal]


def value(record: Any, field: Field) -> Any:
    """Value of a field as :class:`.write.OutBatch` takes it."""
    match field.kind:
        case "date":
            start = getattr(record, f"{field.name}_start")
            end = getattr(record, f"{field.name}_end")
            if start is None and end is None:
                return None
            return {"start": start and start.isoformat(), "end": end and end.isoformat()}
        case "reference":
            given, uid = (
                getattr(record, f"{field.name}_given"),
                getattr(record, f"{field.name}_uid"),
            )
            return None if given is None and uid is None else {"given": given, "uid": uid}
        case "classes":
            joined = getattr(record, field.name)
            return None if joined is None else joined.split("|")
    return getattr(record, field.name)
