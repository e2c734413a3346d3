"""The state: one table a record type, built from what the schema declares."""

from __future__ import annotations

from typing import Any

from django.db import models

from .. import schema
from ..fields import UID_LENGTH, GeometryField


class Record(models.Model):
    """Columns every record has. ``content`` is the hash of its full state."""

    id = models.BigIntegerField(primary_key=True)
    uid = models.CharField(max_length=UID_LENGTH, unique=True)
    version = models.IntegerField()
    content = models.CharField(max_length=32)
    #: Hash of the row as last received, to see at once that a re-import brings nothing new.
    received = models.CharField(max_length=32)
    created_seq = models.BigIntegerField()
    changed_seq = models.BigIntegerField()
    submission_id = models.BigIntegerField(db_index=True)
    source_row = models.BigIntegerField(null=True)
    namespace = models.TextField(null=True)
    source = models.TextField(null=True)
    extra = models.TextField(null=True)

    schema: schema.RecordType

    class Meta:
        abstract = True

    @property
    def ref(self) -> str:
        """Short reference people see and say: ``HA-12``."""
        return f"{self.schema.prefix}-{self.id}"

    def __str__(self) -> str:
        return self.ref


class PlacedRecord(Record):
    """A record with a place: geometry for display, the plane in whole millimetres for measuring."""

    geometry = GeometryField(null=True)
    min_lon = models.FloatField(null=True)
    min_lat = models.FloatField(null=True)
    max_lon = models.FloatField(null=True)
    max_lat = models.FloatField(null=True)
    plane = models.BinaryField(null=True)
    geometry_state = models.CharField(max_length=20)
    geometry_hash = models.CharField(max_length=64, null=True)
    #: rint(area) of a valid polygon; NULL where the size is not known from a polygon.
    area_mm2 = models.BigIntegerField(null=True)

    class Meta:
        abstract = True


class SealedRecord(Record):
    """A record about a person: its personal fields in one token under the person's own key."""

    sealed = models.TextField(null=True)
    person_key = models.CharField(max_length=40, null=True)
    #: HMAC of the personal fields under the person's key: tells change from no change, and tells
    #: nobody anything once the key is destroyed.
    commitment = models.CharField(max_length=64, null=True)

    class Meta:
        abstract = True


def _columns(field: schema.Field) -> dict[str, models.Field]:
    match field.kind:
        case "text" if field.name == "source_id":
            return {field.name: models.CharField(max_length=200, null=True)}
        case "text" | "decimal":
            return {field.name: models.TextField(null=True)}
        case "integer":
            return {field.name: models.BigIntegerField(null=True)}
        case "boolean":
            return {field.name: models.BooleanField(null=True)}
        case "choice":
            return {field.name: models.CharField(max_length=40, null=True)}
        case "classes":
            return {field.name: models.CharField(max_length=80, null=True)}
        case "date":
            return {
                f"{field.name}_start": models.DateField(null=True),
                f"{field.name}_end": models.DateField(null=True),
            }
        case "reference":
            return {
                f"{field.name}_uid": models.CharField(max_length=UID_LENGTH, null=True),
                f"{field.name}_given": models.TextField(null=True),
            }
    raise ValueError(f"field kind {field.kind!r} has no column")


def _indexes(record_type: schema.RecordType) -> list[models.Index]:
    """Indexes over what records are looked up by; rows without the value cost nothing."""
    names = ["source_id"] if "source_id" in record_type.by_name else []
    names += [f"{f.name}_uid" for f in record_type.fields if f.kind == "reference"]
    short = record_type.name[:12]
    return [
        models.Index(
            fields=[name],
            name=f"{short}_{name[:14]}_idx",
            condition=models.Q(**{f"{name}__isnull": False}),
        )
        for name in names
    ]


def _record_model(record_type: schema.RecordType) -> type[Record]:
    base: type[models.Model] = Record
    if record_type.geometry:
        base = PlacedRecord
    elif record_type.personal_fields:
        base = SealedRecord
    class_name = "".join(word.capitalize() for word in record_type.name.split("_"))
    attributes: dict[str, Any] = {
        "__module__": __name__,
        "__doc__": f"{record_type.label}; fields declared in the schema.",
        "schema": record_type,
        "Meta": type(
            "Meta",
            (),
            {"db_table": f"register_{record_type.name}", "indexes": _indexes(record_type)},
        ),
    }
    for field in record_type.fields:
        if not field.personal:
            attributes |= _columns(field)
    return type(class_name, (base,), attributes)


RECORDS: dict[str, type[Record]] = {
    name: _record_model(record_type) for name, record_type in schema.RECORD_TYPES.items()
}
globals().update({model.__name__: model for model in RECORDS.values()})
#: Names for readers and type checkers; the classes are built above.
Unit, Organisation, Document = RECORDS["unit"], RECORDS["organisation"], RECORDS["document"]
Hazard, Activity, Evidence = RECORDS["hazard"], RECORDS["activity"], RECORDS["evidence"]
Accident, Victim = RECORDS["accident"], RECORDS["victim"]


class RecordVersion(models.Model):
    """Where in the journal each later version of a record stands."""

    id = models.BigAutoField(primary_key=True)
    uid = models.CharField(max_length=UID_LENGTH, db_index=True)
    version = models.IntegerField()
    entry_seq = models.BigIntegerField()
    ordinal = models.IntegerField()
