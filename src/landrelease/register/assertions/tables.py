"""The columns of the records that assertions look at, and what is said of each assertion."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from django.db import connection
from numpy.typing import NDArray

from landrelease.land import assertions as holds
from landrelease.land.assertions import Mismatch, Sum, Tolerances

from .. import bulk, codes
from ..models import RECORDS, Release, Submission

MM2 = 1e6


@dataclass(frozen=True)
class Checked:
    """One assertion about all records of a type.

    Attributes
    ----------
    name
        Of the assertion, for the list of what was looked at.
    record_type
        What the rows of the mismatches are.
    rows
        How many records had the figures that it needs.
    tolerance
        What may differ, in words.
    mismatches
        What does not hold; rows are positions in the record type's table.
    """

    name: str
    record_type: str
    rows: int
    tolerance: str
    mismatches: list[Mismatch]


class Tables:
    """The columns of the records, read when an assertion asks for them."""

    def __init__(self) -> None:
        self._read: dict[str, pd.DataFrame] = {}

    def __getitem__(self, record_type: str) -> pd.DataFrame:
        """All columns but geometries and sealed ones; texts, numbers and days as objects."""
        if record_type not in self._read:
            model = RECORDS[record_type]
            heavy = ("geometry", "plane", "sealed", "person_key", "commitment", "extra")
            names = [f.name for f in model._meta.concrete_fields if f.name not in heavy]
            columns = ", ".join(f'"{name}"' for name in names)
            # A hazard that was voided, merged or split declares nothing any more.
            standing = ""
            if record_type == "hazard":
                gone = ", ".join(f"'{state}'" for state in codes.WITHDRAWN)
                standing = f" WHERE geometry_state NOT IN ({gone})"
            rows = list(
                bulk.select(
                    connection,
                    f'SELECT {columns} FROM "{model._meta.db_table}"{standing} ORDER BY id',  # nosec B608 # names are of our own schema, values are bound
                )
            )
            self._read[record_type] = pd.DataFrame(rows, columns=names, dtype=object)
        return self._read[record_type]

    def refs(self, record_type: str) -> NDArray[np.object_]:
        """Short references of the rows (HA-12)."""
        prefix = RECORDS[record_type].schema.prefix
        return bulk.objects([f"{prefix}-{number}" for number in self[record_type]["id"]])

    def planes(self, record_type: str) -> NDArray[np.object_]:
        """Geometries on the plane, mm, in the order of the rows (of any type but hazards)."""
        table = RECORDS[record_type]._meta.db_table
        rows = bulk.select(connection, f'SELECT plane FROM "{table}" ORDER BY id')  # nosec B608 # names are of our own schema, values are bound
        return bulk.shapes(plane for (plane,) in rows)

    @cached_property
    def receipts(self) -> dict[int, str]:
        return dict(Submission.objects.values_list("id", "receipt"))

    @cached_property
    def units(self) -> pd.DataFrame:
        return self["unit"]

    @cached_property
    def released_uids(self) -> set[str]:
        """Activities that a decision released."""
        return set(Release.objects.values_list("activity_uid", flat=True))


def numbers(values: Iterable[Any]) -> NDArray[np.float64]:
    """A column of numbers or number texts as float64, nan = not recorded."""
    return np.array([np.nan if v is None else v for v in values], dtype=np.float64)


def dates_of(table: pd.DataFrame, name: str) -> tuple[Any, Any]:
    return table[f"{name}_start"].to_numpy(), table[f"{name}_end"].to_numpy()


def count_known(*columns: Any) -> int:
    """Rows in which every column is recorded."""
    if not columns:
        return 0
    there = np.ones(len(columns[0]), dtype=bool)
    for column in columns:
        there &= ~np.asarray(pd.isna(np.asarray(column, dtype=object)), dtype=bool)
    return int(there.sum())


def moved(mismatches: list[Mismatch], rows: NDArray[np.int64]) -> list[Mismatch]:
    """Mismatches of a selection of rows, with the positions in the whole table."""
    return [replace(m, rows=tuple(rows[list(m.rows)].tolist())) for m in mismatches]


def areas_say(limits: Tolerances) -> str:
    return f"{limits.area_fraction:.3g} of the area, at least {limits.area_m2:g} m²"


def exactly(limits: Tolerances) -> str:
    return "exact" if not limits.count else f"{limits.count} items"


def in_plain_words(mismatch: Mismatch, keys: Sequence[str], what: str) -> Mismatch:
    """The message without ids and hashes, which tell people nothing.

    Records handed in twice are for a person to look at, whether or not they agree.
    """
    _, reported, rest = mismatch.message.partition(" is reported ")
    fields = tuple(name for name in mismatch.fields if name not in keys)
    message = f"{what}{reported}{rest}".replace("nan", "not recorded").replace(
        "None", "not recorded"
    )
    return replace(mismatch, severity="warning", fields=fields, message=message)


def summed(table: pd.DataFrame, record_type: str, rule: Sum, limits: Tolerances) -> Checked:
    columns = {
        name: numbers(table[name]) for name in (rule.total, *(part for part, _ in rule.parts))
    }
    found = holds.check_sum(columns, rule, tolerances=limits)
    parts = np.array([columns[name] for name, _ in rule.parts])
    known = int((np.isfinite(columns[rule.total]) & np.isfinite(parts).any(axis=0)).sum())
    return Checked(str(rule), record_type, known, exactly(limits), found)


def bounds(
    table: pd.DataFrame, record_type: str, fields: Sequence[str], today: dt.date, limits: Tolerances
) -> Iterator[Checked]:
    for field in fields:
        dates = dates_of(table, field)
        yield Checked(
            f"{field} neither in the future nor too early",
            record_type,
            count_known(dates[0]),
            f"{limits.earliest_year} to {today}",
            holds.check_bounds(dates, today=today, field=field, tolerances=limits),
        )
