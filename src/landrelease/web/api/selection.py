"""What a caller asks a list for: place, valid time, values of fields.

One selection is put to the database and to records as they were, so that both say the same.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from http import HTTPStatus
from typing import Any

import shapely
from django.db.models import Q, QuerySet

from landrelease.register import codes, references
from landrelease.register.models import RECORDS
from landrelease.register.schema import RECORD_TYPES, Field

from . import systems
from .problems import Problem

#: Kinds of field that can be asked for by value; dates are asked for with ``datetime``.
ASKABLE = ("text", "choice", "classes", "integer", "decimal", "boolean", "reference")
_BIG = 2**63


@dataclass(frozen=True)
class Wanted:
    """A value of a field that records must have."""

    field: Field
    value: Any
    #: Id of the record that a reference names, where there is one.
    uid: str = ""


@dataclass(frozen=True)
class Selection:
    """Which records of a type are asked for.

    Attributes
    ----------
    record_type
        Name of the type.
    boxes
        West, south, east, north in degrees; two when the box crosses the antimeridian; None
        without a box. What has no place is in every box, as it may lie there.
    first, last
        Days of an interval of valid time, None where open. What has no date is in every interval.
    wanted
        Values that fields must have.
    standing
        Leave out hazards that a decision withdrew (voided, merged, split).
    """

    record_type: str
    boxes: Sequence[tuple[float, float, float, float]] | None = None
    first: date | None = None
    last: date | None = None
    wanted: Sequence[Wanted] = field(default_factory=tuple)
    standing: bool = False

    @property
    def dated(self) -> bool:
        """Whether records of the type have the date that is asked for."""
        return "date" in RECORD_TYPES[self.record_type].by_name

    def put_to(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The rows that can be meant: of places, those whose boxes overlap (:meth:`touches`)."""
        if self.standing:
            rows = rows.exclude(geometry_state__in=codes.WITHDRAWN)
        if self.boxes is not None:
            inside = Q(geometry__isnull=True)
            for box in self.boxes:
                inside |= Q(geometry__box=box)
            rows = rows.filter(inside)
        if self.dated and self.last is not None:
            rows = rows.filter(Q(date_start__isnull=True) | Q(date_start__lte=self.last))
        if self.dated and self.first is not None:
            rows = rows.filter(Q(date_end__isnull=True) | Q(date_end__gte=self.first))
        for one in self.wanted:
            rows = rows.filter(_condition(one))
        return rows

    def holds(self, record: Any) -> bool:
        """Whether a record is meant, its place apart."""
        if self.standing and record.geometry_state in codes.WITHDRAWN:
            return False
        if self.dated and self.last is not None and record.date_start is not None and (
            record.date_start > self.last
        ):  # fmt: skip
            return False
        if self.dated and self.first is not None and record.date_end is not None and (
            record.date_end < self.first
        ):  # fmt: skip
            return False
        return all(_has(record, one) for one in self.wanted)

    def touches(self, place: Any) -> bool:
        """Whether a place (longitude and latitude, or None) is in the box asked for."""
        if self.boxes is None or place is None:
            return True
        return any(shapely.intersects(place, shapely.box(*box)) for box in self.boxes)

    def border(self, rows: QuerySet[Any]) -> Iterable[Any]:
        """Places of those rows whose boxes reach beyond the box: only they need a closer look."""
        inside = Q()
        for west, south, east, north in self.boxes or ():
            inside |= Q(
                min_lon__gte=west, max_lon__lte=east, min_lat__gte=south, max_lat__lte=north
            )
        beyond = rows.filter(geometry__isnull=False).exclude(inside)
        return beyond.values_list("geometry", flat=True).iterator(2_000)


def _condition(wanted: Wanted) -> Q:
    name, value = wanted.field.name, wanted.value
    if wanted.field.kind == "reference":
        condition = Q(**{f"{name}_given": value})
        return condition | Q(**{f"{name}_uid": wanted.uid}) if wanted.uid else condition
    if wanted.field.kind == "classes":
        # Codes hold no bars, so a class stands alone, first, last or between two.
        ends = (name, f"{name}__startswith", f"{name}__endswith", f"{name}__contains")
        texts = (value, f"{value}|", f"|{value}", f"|{value}|")
        return Q(*dict(zip(ends, texts, strict=True)).items(), _connector=Q.OR)
    return Q(**{name: value})


def _has(record: Any, wanted: Wanted) -> bool:
    name, value = wanted.field.name, wanted.value
    if wanted.field.kind == "reference":
        if wanted.uid and getattr(record, f"{name}_uid") == wanted.uid:
            return True
        return bool(getattr(record, f"{name}_given") == value)
    if wanted.field.kind == "classes":
        return value in (getattr(record, name) or "").split("|")
    return bool(getattr(record, name) == value)


# --- reading it from a request --------------------------------------------------------------------


def askable(record_type: str, seen: Iterable[str]) -> dict[str, Field]:
    """Fields that a caller who sees these may ask for by value."""
    shown = set(seen)
    return {
        one.name: one
        for one in RECORD_TYPES[record_type].fields
        if one.name in shown and one.kind in ASKABLE and not one.personal
    }


def read(
    record_type: str,
    seen: Iterable[str],
    query: Mapping[str, str],
    visible: Any,
    *,
    others: Iterable[str] = (),
    standing: bool = False,
) -> Selection:
    """Read a selection from the parameters of a request.

    Parameters
    ----------
    seen
        Names of the fields that the caller sees of every record: nobody asks for others, as the
        number of answers would tell their values.
    query
        Parameters by name.
    visible
        Gives the records of a type that the caller sees, to find what references name.
    others
        Names of parameters that are read elsewhere.

    Raises
    ------
    Problem
        400 for a parameter or value that is not understood; none is passed over.
    """
    fields = askable(record_type, seen)
    known = {"bbox", "bbox-crs", "datetime", *others}
    unknown = sorted(set(query) - known - set(fields))
    if unknown:
        raise Problem(
            HTTPStatus.BAD_REQUEST,
            f"unknown parameters: {', '.join(unknown)[:200]}",
            f"Known are: {', '.join(sorted(known | set(fields)))}.",
        )
    first, last = interval(query.get("datetime"))
    wanted = [_wanted(fields[name], query[name], visible) for name in query if name in fields]
    boxes = None
    if "bbox" in query:
        boxes = _boxes(query["bbox"], systems.checked(query.get("bbox-crs"), "bbox-crs"))
    return Selection(record_type, boxes, first, last, wanted, standing)


def _wanted(spec: Field, text: str, visible: Any) -> Wanted:
    match spec.kind:
        case "integer":
            try:
                number = int(text)
            except ValueError:
                raise _bad(spec.name, text, "a whole number") from None
            if not -_BIG <= number < _BIG:
                raise _bad(spec.name, text, "a whole number of at most 64 bits")
            return Wanted(spec, number)
        case "boolean":
            if text not in ("true", "false"):
                raise _bad(spec.name, text, "true or false")
            return Wanted(spec, text == "true")
        case "choice" | "classes":
            if text not in (spec.choices or {}):
                raise _bad(spec.name, text, f"one of {', '.join(spec.choices or {})}")
            return Wanted(spec, text)
        case "reference":
            return Wanted(spec, text, _uid(spec.to, text, visible))
    return Wanted(spec, text)


def _uid(record_type: str, text: str, visible: Any) -> str:
    found = references.among(visible(record_type), text)
    return "" if found is None else str(found.uid)


def _bad(name: str, text: str, wanted: str) -> Problem:
    return Problem(
        HTTPStatus.BAD_REQUEST,
        f"{name}: {text[:80]!r} is not {wanted}",
        "Correct it and ask again.",
    )


def _boxes(text: str, system: str) -> list[tuple[float, float, float, float]]:
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) not in (4, 6) or not all(map(math.isfinite, numbers)):
        raise _bad("bbox", text, "four (or, with heights, six) numbers with commas")
    if len(numbers) == 6:
        numbers = [*numbers[:2], *numbers[3:5]]
    west, south, east, north = systems.to_degrees(numbers, system)
    if not (-90 <= south <= north <= 90 and -180 <= west <= 180 and -180 <= east <= 180):
        raise _bad("bbox", text, "west,south,east,north on the earth, in the order of its axes")
    if west > east:
        return [(west, south, 180.0, north), (-180.0, south, east, north)]
    return [(west, south, east, north)]


def interval(text: str | None) -> tuple[date | None, date | None]:
    """First and last day of ``datetime``: a moment or an interval, open with ``..``.

    Raises
    ------
    Problem
        400 when it is none.
    """
    if text is None:
        return None, None
    parts = text.split("/")
    if len(parts) == 1:
        day = _day(parts[0], text)
        return day, day
    if len(parts) != 2:
        raise _bad_interval(text)
    first, last = (None if part in ("", "..") else _day(part, text) for part in parts)
    if first is not None and last is not None and last < first:
        raise _bad_interval(text)
    return first, last


def _day(part: str, text: str) -> date:
    try:
        return datetime.fromisoformat(part.strip()).date()
    except ValueError:
        raise _bad_interval(text) from None


def _bad_interval(text: str) -> Problem:
    return _bad(
        "datetime", text, "a day or moment (2024-05-01, 2024-05-01T00:00:00Z) or an interval "
        "(2024-01-01/2024-12-31, ../2024-12-31)"
    )  # fmt: skip


def placed(record_type: str) -> bool:
    """Whether records of a type have places."""
    return bool(RECORDS[record_type].schema.geometry)
