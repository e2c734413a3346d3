"""Accidents, victims and risk education: counts and dates; counts only, no person."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from landrelease.land import assertions as holds
from landrelease.land.assertions import Mismatch, Tolerances

from ..declared_sums import CASUALTIES, REACHED
from ..models import Submission
from . import released_land
from .tables import (
    Checked,
    Tables,
    bounds,
    count_known,
    dates_of,
    exactly,
    in_plain_words,
    moved,
    numbers,
    summed,
)


def accidents(tables: Tables, limits: Tolerances, today: dt.date) -> Iterator[Checked]:
    """Casualties that add up, agree with the victims recorded, and lie on no released land."""
    table = tables["accident"]
    yield from bounds(table, "accident", ("date",), today, limits)
    yield summed(table, "accident", CASUALTIES, limits)
    yield from _victims(tables, limits)
    yield released_land.on_released_land(tables, "accident", "casualties_on_released_land")
    day = (table["date_start"] == table["date_end"]) & table["date_start"].notna()
    counted = table[["killed", "injured", "casualties"]].notna().any(axis=1)
    rows = np.flatnonzero((day & counted & table["geometry_hash"].notna()).to_numpy())
    keys = ["geometry_hash", "date_start"]
    again = holds.check_resubmission(
        table.iloc[rows],
        unit=keys,
        figures=["killed", "injured", "unknown", "casualties", "device_class"],
        number="source_id",
    )
    plainly = [in_plain_words(m, keys, "an accident at one place on one day") for m in again]
    yield Checked("accidents reported once", "accident", len(rows), "exact", moved(plainly, rows))


def _victims(tables: Tables, limits: Tolerances) -> Iterator[Checked]:
    """Counts of the accident against the number of victims recorded; counts only, no person."""
    table, people = tables["accident"], tables["victim"]
    linked = people[people["accident_uid"].notna()]
    by = linked.groupby("accident_uid")
    recorded = {
        "casualties": by.size(),
        "killed": linked[linked["consequence"] == "killed"].groupby("accident_uid").size(),
        "injured": linked[linked["consequence"] == "injured"].groupby("accident_uid").size(),
    }
    have = table["uid"].isin(recorded["casualties"].index).to_numpy()
    found = []
    for field, counts in recorded.items():
        stated = numbers(table[field])
        number = numbers(table["uid"].map(counts).fillna(0))
        over = have & np.isfinite(stated) & (number - stated > limits.count)
        found += [
            Mismatch(
                "victims_over_casualties",
                "error",
                (int(row),),
                (field,),
                f"{stated[row]:.0f} {field} are stated, {number[row]:.0f} victims are recorded as "
                "such; likely cause: a victim recorded twice, or linked to the wrong accident.",
                declared=float(stated[row]),
                found=float(number[row]),
                tolerance=float(limits.count),
                cause="resubmission",
            )
            for row in np.flatnonzero(over)
        ]
    yield Checked(
        "victims recorded within the casualties stated",
        "accident",
        int(have.sum()),
        exactly(limits),
        found,
    )


def victims(tables: Tables, limits: Tolerances, today: dt.date) -> Iterator[Checked]:
    """Dates, also against the accident. The findings name no victim: they are counts."""
    table, events = tables["victim"], tables["accident"]
    place = {uid: at for at, uid in enumerate(events["uid"])}
    at = np.array([place.get(uid, -1) for uid in table["accident_uid"]], dtype=np.int64)
    rows = np.flatnonzero(at >= 0)
    mine = tuple(column[rows] for column in dates_of(table, "date"))
    theirs = tuple(column[at[rows]] for column in dates_of(events, "date"))
    apart = [
        *holds.check_order(mine, theirs, fields=("victim date", "accident date")),
        *holds.check_order(theirs, mine, fields=("accident date", "victim date")),
    ]
    yield Checked(
        "victims have the date of their accident",
        "victim",
        count_known(mine[0], theirs[0]),
        "exact, whole intervals",
        _together(
            moved(apart, rows), "victim_date", "victims are dated otherwise than their accident"
        ),
    )
    for checked in bounds(table, "victim", ("date",), today, limits):
        what = "victims have a date in the future or before the earliest year of the profile"
        yield replace(checked, mismatches=_together(checked.mismatches, "victim_date", what))


def _together(mismatches: list[Mismatch], rule: str, what: str) -> list[Mismatch]:
    """One finding for all: people are counted, never listed with what is said of them."""
    rows = tuple(sorted({row for m in mismatches for row in m.rows}))
    if not rows:
        return []
    return [
        Mismatch(
            rule,
            "error",
            rows,
            ("date",),
            f"{len(rows)} {what}. They can be looked up by whoever may see them.",
            cause="dates_out_of_order",
        )
    ]


def education(tables: Tables, limits: Tolerances, today: dt.date) -> Iterator[Checked]:
    """People reached add up; sessions are reported once; no crossed form was read by its names."""
    table = tables["education_session"]
    record_type = "education_session"
    yield from bounds(table, record_type, ("date",), today, limits)
    yield summed(table, record_type, REACHED, limits)
    parts = [name for name, _ in REACHED.parts]
    keys = ["organisation_uid", "unit_uid", "date_start", "date_end"]
    counted = table[keys].copy()
    counted[parts] = np.array([numbers(table[name]) for name in parts]).T
    counted["number"] = table["source_id"]
    named = [*keys[:2], *parts]
    dated = (table["date_start"] == table["date_end"]) & table["date_start"].notna()
    rows = np.flatnonzero((dated & (counted[parts].sum(axis=1) > 0)).to_numpy())
    same_day = counted.iloc[rows].astype(object)
    # What is not recorded in both is the same in both.
    same_day[named] = same_day[named].where(same_day[named].notna(), "not recorded")
    unit = [*keys, *parts]
    again = holds.check_resubmission(same_day, unit=unit, figures=[], number="number")
    told = {row for m in again for row in m.rows}
    again = [in_plain_words(m, unit, "a session of one day with the same figures") for m in again]
    yield Checked("sessions reported once", record_type, len(rows), "exact", moved(again, rows))
    others = np.delete(np.arange(len(table)), rows[sorted(told)])
    copied = holds.check_repeated_figures(counted.iloc[others], figures=parts, tolerances=limits)
    yield Checked(
        "figures of no other session",
        record_type,
        len(others),
        f"{limits.repeat_digits} significant digits, one more for each tenfold of rows",
        moved(copied, others),
    )
    yield _crossed_form(tables)


#: Fields of a published risk-education form whose names and labels are crossed: what is called
#: "child" is labelled "adult". An export read by its names swaps adults and children.
CROSSED_FORM = {
    "women": "femadlt",
    "girls": "femchild",
    "men": "maleadlt",
    "boys": "malechild",
}


def _crossed_form(tables: Tables) -> Checked:
    table = tables["education_session"]
    found = []
    sent = Submission.objects.filter(record_type="education_session")
    for number, receipt, options in sent.values_list("id", "receipt", "options"):
        columns = json.loads(options or "{}").get("columns", {})
        read = {
            field: "".join(ch for ch in str(columns.get(field, "")).casefold() if ch.isalnum())
            for field in CROSSED_FORM
        }
        crossed = [field for field, name in CROSSED_FORM.items() if read[field] == name]
        rows = np.flatnonzero((table["submission_id"] == number).to_numpy())
        if len(crossed) < 2 or not len(rows):
            continue
        found.append(
            Mismatch(
                "heading",
                "warning",
                tuple(rows.tolist()),
                tuple(crossed),
                f"Submission {receipt} was read by the names "
                f"{', '.join(str(columns[field]) for field in crossed)}. A published form has "
                "names and labels of these crossed, so that adults and children of both sexes "
                "would be swapped. Ask by which heading the numbers were filled in.",
                cause="swapped_columns",
            )
        )
    return Checked("headings of a crossed form", "education_session", len(table), "none", found)
