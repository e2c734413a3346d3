"""Choice lists that come from the register: administrative units and organisations.

They are files beside the form (the form's *media*), so that a new unit or organisation reaches the
phones without a new form. Their names stand in the register in one language and are shown so.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import shapely


@dataclass(frozen=True)
class UnitEntry:
    """An administrative unit to choose: its p-code, name, parent and centre.

    ``centre`` is ``"LATITUDE LONGITUDE"`` (WGS 84) of a point inside the unit, or empty.
    """

    code: str
    name: str
    parent: str
    centre: str


@dataclass
class Lists:
    """What a form lets people choose from the register.

    Attributes
    ----------
    units
        Level to the units of that level.
    organisations
        Code (or short reference) and name.
    notes
        What of the register could not be offered, and why.
    """

    units: dict[int, list[UnitEntry]] = field(default_factory=dict)
    organisations: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def levels(self) -> list[int]:
        return sorted(self.units)

    def media(self) -> dict[str, bytes]:
        """Give the files of the lists, by name."""
        files = {
            units_file(level): _csv(
                ("name", "label", "parent", "centre"),
                [(u.code, u.name, u.parent, u.centre) for u in entries],
            )
            for level, entries in sorted(self.units.items())
        }
        if self.organisations:
            files[ORGANISATIONS] = _csv(("name", "label"), self.organisations)
        return files


ORGANISATIONS = "organisations.csv"


def units_file(level: int) -> str:
    """Name of the file that holds the units of a level."""
    return f"units_{level}.csv"


def from_register(on: date) -> Lists:
    """Read the lists of the open workspace as they are in force on a day.

    A unit without a p-code or without a level cannot be chosen; the notes say how many.
    """
    from landrelease.register import units_in_force
    from landrelease.register.models import Organisation, Unit

    lists = Lists()
    code_of = dict(Unit.objects.exclude(source_id=None).values_list("uid", "source_id"))
    levels = sorted(set(Unit.objects.exclude(level=None).values_list("level", flat=True)))
    uncoded = 0
    for level in levels:
        entries: dict[str, UnitEntry] = {}
        for unit in _in_force(units_in_force.units_at(level, on), Unit, level):
            if not unit.source_id or " " in unit.source_id:
                uncoded += 1
                continue
            parent = code_of.get(unit.parent_uid, "") if unit.parent_uid else ""
            entries.setdefault(
                unit.source_id,
                UnitEntry(unit.source_id, unit.name or unit.source_id, parent, _centre(unit)),
            )
        if entries:
            lists.units[level] = sorted(entries.values(), key=lambda u: (u.name, u.code))
    if uncoded:
        lists.notes.append(
            f"{uncoded} administrative units have no usable p-code and cannot be chosen in forms"
        )
    _note_missing(lists, Unit)
    lists.organisations = [
        (source_id if source_id and " " not in source_id else f"ORG-{id_}", name)
        for id_, source_id, name in Organisation.objects.order_by("name", "id").values_list(
            "id", "source_id", "name"
        )
    ]
    return lists


def _in_force(mapped: list[Any], unit_model: Any, level: int) -> list[Any]:
    """Units of a level, those without boundaries included: they can be named all the same."""
    seen = {unit.uid for unit in mapped}
    unmapped = unit_model.objects.filter(level=level, geometry_hash__isnull=True).order_by("id")
    return [*mapped, *(unit for unit in unmapped if unit.uid not in seen)]


def _note_missing(lists: Lists, unit_model: Any) -> None:
    without_level = unit_model.objects.filter(level=None).count()
    if without_level:
        lists.notes.append(
            f"{without_level} administrative units have no level and cannot be chosen in forms"
        )
    first = min(lists.units, default=None)
    for level in lists.levels:
        orphans = sum(not unit.parent for unit in lists.units[level])
        if level != first and orphans:
            lists.notes.append(
                f"{orphans} units of level {level} name no parent: they are offered whatever was "
                "chosen above them"
            )


def _centre(unit: Any) -> str:
    if unit.geometry is None:
        return ""
    inside = shapely.point_on_surface(unit.geometry)
    return "" if shapely.is_empty(inside) else f"{inside.y:.6f} {inside.x:.6f}"


def _csv(names: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(rows)
    return out.getvalue().encode()
