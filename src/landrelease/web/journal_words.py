"""Values as the journal holds them, in the words that the pages of records use."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext, gettext_lazy

from landrelease.register.models import RECORDS
from landrelease.register.schema import RECORD_TYPES, Field

from . import facts, measures

#: What stands beside the fields in the state of a record.
_BESIDE: dict[str, Any] = {
    "area_mm2": gettext_lazy("Measured area"),
    "extra": gettext_lazy("Other values received"),
    "geometry_state": gettext_lazy("Geometry"),
    "source": gettext_lazy("Source"),
    "namespace": gettext_lazy("Namespace of ids"),
}
NOTHING = "–"


def label(record_type: str, name: str) -> str:
    """Heading of a field as the pages of records call it; one that is no field as it is written.

    Parameters
    ----------
    record_type
        Name of the record type, such as ``hazard``.
    name
        Key of the value in the journal.
    """
    field = _field(record_type, name)
    if field is not None:
        return facts.label(field)
    return str(_BESIDE.get(name, name.replace("_", " ").capitalize()))


def value(record_type: str, name: str, held: Any) -> str:
    """Write a value of the journal as the pages of records write it.

    Parameters
    ----------
    record_type, name
        As in :func:`label`.
    held
        The value; a reference, a date and classes as the journal holds them.
    """
    if held is None or held == "" or held == []:
        return NOTHING
    if name.endswith("_mm2"):
        return measures.from_mm2(int(held))
    field = _field(record_type, name)
    if name == "geometry_state":
        return facts.geometry_state(str(held))
    if field is None:
        return plain(held)
    match field.kind:
        case "date" if isinstance(held, dict):
            return facts.interval(_day(held.get("start")), _day(held.get("end"))) or NOTHING
        case "reference" if isinstance(held, dict):
            return _referred(field, held)
        case "classes" if isinstance(held, list):
            return facts.shown(field, "|".join(map(str, held)))
    if isinstance(held, (dict, list)):
        return plain(held)
    return facts.shown(field, held)


def plain(held: Any) -> str:
    """A value that is no field's, on one line."""
    if held is None or held == "":
        return NOTHING
    if isinstance(held, bool):
        return gettext("yes") if held else gettext("no")
    if isinstance(held, dict):
        if set(held) <= {"start", "end"}:
            ends = (str(day) for day in (held.get("start"), held.get("end")) if day)
            return " – ".join(dict.fromkeys(ends))
        return ", ".join(f"{name}: {plain(part)}" for name, part in held.items())
    if isinstance(held, list):
        return ", ".join(plain(part) for part in held)
    return str(held)


def _referred(field: Field, held: dict[str, Any]) -> str:
    uid, given = held.get("uid"), held.get("given")
    target = RECORDS[field.to].objects.filter(uid=uid).first() if uid else None
    if target is None:
        return str(given or uid or NOTHING)
    # What other records are called may be for fewer readers than this one.
    called = target.name if field.to in ("unit", "organisation") else None
    return f"{target.ref} {called}" if called else str(target.ref)


def _day(text: Any) -> date | None:
    return date.fromisoformat(text) if text else None


def _field(record_type: str, name: str) -> Field | None:
    kind = RECORD_TYPES.get(record_type)
    return None if kind is None else kind.by_name.get(name)
