"""Rows put straight into the tables, for tests of what only reads them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

import shapely
from django.db import connection, transaction

from landrelease.register import bulk, triggers
from landrelease.register.fields import to_database
from landrelease.register.models import RECORDS, PlacedRecord


def insert(record_type: str, rows: Iterable[dict[str, Any]]) -> list[int]:
    """Insert records given by their columns; every other column says nothing. Returns the ids."""
    model = RECORDS[record_type]
    table = model._meta.db_table
    columns = [field.column for field in model._meta.fields]
    first = bulk.next_id(connection, table)
    ready = []
    for id_, row in enumerate(rows, first):
        full: dict[str, Any] = dict.fromkeys(columns)
        full |= {
            "id": id_, "uid": uuid.uuid4().hex, "version": 1, "content": "0" * 32,
            "received": "0" * 32, "created_seq": 1, "changed_seq": 1, "submission_id": 1,
        }  # fmt: skip
        if issubclass(model, PlacedRecord):
            full["geometry_state"] = "missing"
        geometry = row.pop("geometry", None)
        if geometry is not None:
            box = shapely.bounds(geometry).tolist()
            full |= dict(zip(("min_lon", "min_lat", "max_lon", "max_lat"), box, strict=True))
            full["geometry"] = to_database(geometry, connection.vendor)
            full["geometry_state"] = "valid" if shapely.is_valid(geometry) else "invalid"
        full |= row
        ready.append(tuple(full[name] for name in columns))
    with transaction.atomic():
        placed = issubclass(model, PlacedRecord)
        if placed:
            triggers.drop_box_triggers(connection, table)
        bulk.insert(connection, table, columns, ready)
        if placed:
            triggers.load_boxes(connection, table, first - 1)
    return list(range(first, first + len(ready)))
