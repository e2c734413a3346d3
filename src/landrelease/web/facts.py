"""The facts of a record as a reader sees them; what was not recorded says so."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext, gettext_lazy, pgettext

from landrelease.register import acts, codes
from landrelease.register.models import Record
from landrelease.register.schema import Field

from . import measures
from .reader import Reader, whole

#: Record types that have a page of their own.
PAGES = ("hazard", "activity", "accident", "evidence", "document")


@dataclass(frozen=True)
class Fact:
    """One line of a record.

    Attributes
    ----------
    label, help
        What it is.
    text
        The value; empty where nothing was recorded.
    note
        What a reader must know beside the value.
    link
        Page of the record it refers to.
    """

    label: str
    help: str
    text: str
    note: str = ""
    link: str = ""

    @property
    def recorded(self) -> bool:
        return bool(self.text)


def of(record: Record, reader: Reader | None = None) -> list[Fact]:
    """List every field of a record that its reader sees, recorded or not; never personal ones.

    Parameters
    ----------
    reader
        Who reads; somebody who sees the whole register unless told otherwise.
    """
    reader = reader or whole()
    shown = reader.shown(record)
    return [fact(record, field, reader) for field in record.schema.fields if field.name in shown]


def extra(record: Record) -> list[Fact]:
    """List the values of columns that no field takes, kept as they came."""
    if not record.extra:
        return []
    values = json.loads(record.extra)
    if not isinstance(values, dict):
        return [Fact(gettext("As received"), "", str(values))]
    return [Fact(str(name), "", "" if value is None else str(value))
            for name, value in values.items()]  # fmt: skip


def geometry_state(code: str) -> str:
    """What is known of a geometry, in words."""
    states = {
        "missing": gettext("none: it has no place on the map"),
        "empty": gettext("an empty geometry was received: it has no place on the map"),
        "valid": gettext("valid"),
        "repaired": gettext("repaired when it was imported; the original is kept"),
        "invalid": gettext("not valid: no area is measured from it"),
        "not_an_area": gettext("a point or line: no area is measured from it"),
        **dict.fromkeys(
            codes.WITHDRAWN, gettext("withdrawn by a decision; its boundary stays in the history")
        ),
    }
    return states.get(code, code)


def place(record: Any) -> list[Fact]:
    """Say what is known of the geometry of a placed record."""
    facts = [Fact(gettext("Geometry"), "", geometry_state(record.geometry_state))]
    if record.schema.geometry == "polygon":
        known = record.area_mm2 is not None
        facts.append(
            Fact(
                gettext("Measured area"),
                gettext("From the polygon, on the equal-area plane of the programme"),
                measures.from_mm2(record.area_mm2)
                if known
                else gettext("not known: there is no valid polygon to measure"),
                measures.exact(record.area_mm2) if known else "",
            )
        )
    return facts


#: What a list shows in place of the status of a hazard that was withdrawn.
_WITHDRAWN = {
    "voided": gettext_lazy("Voided"),
    "merged": gettext_lazy("Merged into another"),
    "split": gettext_lazy("Split into others"),
}


def withdrawal(record: Any, reader: Reader | None = None) -> Fact | None:
    """What became of a hazard that no longer stands; None for every other record."""
    state = getattr(record, "geometry_state", "")
    if state not in _WITHDRAWN:
        return None
    end = acts.ended(record)
    told = "" if end is None else f"{record.ref} {act(end, reader or whole())}"
    return Fact("", "", str(_WITHDRAWN[state]), told)


def act(done: Any, reader: Reader) -> str:
    """What happened to a hazard, in one sentence, as far as a reader sees its kin and deciders."""
    return acts.told(
        done,
        sees=(lambda kin: reader.find("hazard", kin.uid) is not None) if reader.partial else None,
        people=not reader.partial,
    )


def question(raised: Any, reader: Reader) -> str:
    """What puts released land in question; that something does is told to every reader (rule 6),
    what it is to whom it is shown."""
    if reader.partial and reader.find(raised.cause_type, raised.cause_uid) is None:
        return gettext("evidence of a hazard was recorded on it after the release")
    return str(raised.message)


def partly_released() -> str:
    """What a hazard is called of which a report without a polygon says that land was released."""
    return gettext("partly released, place unknown")


def link(record: Record) -> str:
    """Address of a record's page, empty if it has none."""
    if record.schema.name not in PAGES:
        return ""
    if record.schema.name == "document":
        return reverse("document", args=[record.id])
    return reverse("record", args=[record.schema.plural, record.id])


def fact(record: Record, field: Field, reader: Reader | None = None) -> Fact:
    """One field of a record; of one that the reader does not see, that it is not shown."""
    name, reader = label(field), reader or whole()
    if field.name not in reader.shown(record):
        return Fact(name, described(field), gettext("not shown"))
    if field.kind == "reference":
        return _reference(record, field, name, reader)
    if field.kind == "date":
        start, end = getattr(record, f"{field.name}_start"), getattr(record, f"{field.name}_end")
        return Fact(name, described(field), interval(start, end))
    value = getattr(record, field.name)
    if value is None or value == "":
        return Fact(name, described(field), "")
    if field.name == "source_id" and record.namespace:
        return Fact(name, described(field), str(value), gettext("in %s") % record.namespace)
    return Fact(name, described(field), shown(field, value))


def shown(field: Field, value: Any) -> str:
    """Write the value of a field that is neither a date nor a reference."""
    choices = field.choices or {}
    match field.kind:
        case "choice":
            return gettext(choices[value]) if value in choices else str(value)
        case "classes":
            return "; ".join(gettext(choices.get(code, code)) for code in value.split("|"))
        case "boolean":
            return gettext("yes") if value else gettext("no")
        case "decimal" if field.unit == "m2":
            return measures.from_text(value)
        case "decimal" if field.unit:
            return f"{value}\N{NO-BREAK SPACE}{field.unit}"
    return str(value)


def interval(start: date | None, end: date | None) -> str:
    """Write a date interval as short as it can be said: a day, a month, a year, or both ends."""
    if start is None and end is None:
        return ""
    if start is None or end is None:
        if start is None:
            return gettext("until %s") % date_format(end, "DATE_FORMAT")
        return gettext("from %s") % date_format(start, "DATE_FORMAT")
    if start == end:
        return date_format(start, "DATE_FORMAT")
    following = date.fromordinal(end.toordinal() + 1) if end < date.max else end
    if start.day == 1 and following.day == 1:
        if (start.month, following.month, following.year) == (1, 1, start.year + 1):
            return str(start.year)
        if (following.year * 12 + following.month) - (start.year * 12 + start.month) == 1:
            return date_format(start, "F Y")
    return f"{date_format(start, 'DATE_FORMAT')} – {date_format(end, 'DATE_FORMAT')}"


def _reference(record: Record, field: Field, name: str, reader: Reader) -> Fact:
    uid, given = getattr(record, f"{field.name}_uid"), getattr(record, f"{field.name}_given")
    target = reader.find(field.to, uid)
    if target is not None:
        seen = reader.shown(target)
        titles = [getattr(target, name, None) for name in ("name", "title") if name in seen]
        called = next(filter(None, titles), None)
        text = f"{target.ref} {called}" if called else target.ref
        return Fact(name, described(field), text, link=link(target))
    if given:
        # Whether there is such a record is not told to whom it would not be shown.
        note = (
            gettext("as given") if reader.partial else gettext("as given; no such record was found")
        )
        return Fact(name, described(field), given, note)
    # A reference that leads to what is not shown is not "not recorded".
    return Fact(name, described(field), gettext("recorded; not shown to your roles") if uid else "")


_LABELS = {
    "source_id": "Id in the source system", "declared_m2": "Area stated by the source",
    "released_m2": "Released area stated", "worked_m2": "Area worked", "depth_cm": "Depth reached",
    "tasked_depth_cm": "Depth tasked", "sha256": "Hash of the file",
    "text_sha256": "Hash of the kept text", "started": "Started", "result": "What became of it",
    "area_m2": "Area handed over", "span_start": "First character", "span_end": "Last character",
    "killed": "Killed", "unknown": "Fate not recorded", "url": "Address (web)",
    "location_origin": "How it was located",
}  # fmt: skip


def label(field: Field) -> str:
    """Heading of a field, in the language of the reader."""
    return pgettext("field", heading(field))


def heading(field: Field) -> str:
    """Heading of a field in English, as it is asked to be translated."""
    return _LABELS.get(field.name) or field.name.replace("_", " ").capitalize()


def described(field: Field) -> str:
    """What a field says, in the language of the reader."""
    return gettext(field.help) if field.help else ""
