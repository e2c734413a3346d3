"""Administrative units in force on a day, and what they are called in rows."""

from __future__ import annotations

from datetime import date
from typing import Any

from .models import Unit


def units_at(level: int | None, on: date | None) -> list[Any]:
    """Administrative units in force on a day, of one level (the finest by default)."""
    query = Unit.objects.filter(geometry_hash__isnull=False)
    if level is None:
        levels = set(query.values_list("level", flat=True))
        known = [number for number in levels if number is not None]
        level = max(known, default=None)
    if level is not None:
        query = query.filter(level=level)
    units = list(query.order_by("id"))
    if on is not None:
        units = [
            u
            for u in units
            if (u.valid_start is None or u.valid_start <= on)
            and (u.valid_end is None or u.valid_end == u.valid_start or on <= u.valid_end)
        ]
    return units


def unit_key(unit: Any) -> str:
    """What a unit is called in rows: its p-code, or its reference where it has none."""
    return unit.source_id or unit.ref
