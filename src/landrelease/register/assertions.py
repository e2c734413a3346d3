"""What the records of the register declare, held against the ground, the sums and the history.

One function a record type; each hands whole columns to :mod:`landrelease.land.assertions` and
gives back what does not hold. Nothing is changed, and no personal field is ever read.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import shapely
from django.db import connection
from numpy.typing import NDArray

from landrelease.land import accounts
from landrelease.land import assertions as holds
from landrelease.land.assertions import Mismatch, Sum, Tolerances

from . import bulk, codes
from .checks import CASUALTIES, REACHED
from .models import (
    RECORDS,
    Activity,
    Hazard,
    LedgerLine,
    Question,
    Release,
    Submission,
)

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


def _dates(table: pd.DataFrame, name: str) -> tuple[Any, Any]:
    return table[f"{name}_start"].to_numpy(), table[f"{name}_end"].to_numpy()


def _known(*columns: Any) -> int:
    """Rows in which every column is recorded."""
    if not columns:
        return 0
    there = np.ones(len(columns[0]), dtype=bool)
    for column in columns:
        there &= ~np.asarray(pd.isna(np.asarray(column, dtype=object)), dtype=bool)
    return int(there.sum())


def _moved(mismatches: list[Mismatch], rows: NDArray[np.int64]) -> list[Mismatch]:
    """Mismatches of a selection of rows, with the positions in the whole table."""
    return [replace(m, rows=tuple(rows[list(m.rows)].tolist())) for m in mismatches]


def _areas_say(limits: Tolerances) -> str:
    return f"{limits.area_fraction:.3g} of the area, at least {limits.area_m2:g} m²"


def _exactly(limits: Tolerances) -> str:
    return "exact" if not limits.count else f"{limits.count} items"


# --- hazards and activities ----------------------------------------------------------------------


def hazards(tables: Tables, limits: Tolerances, today: dt.date) -> Iterator[Checked]:
    """Declared areas, territory, dates, double entries, and closed hazards that are open."""
    table = tables["hazard"]
    yield _declared(tables, "hazard", "declared_m2", limits)
    yield _territory(tables, limits)
    yield from _bounds(table, "hazard", ("date",), today, limits)
    drawn = table["geometry_hash"].notna().to_numpy()
    again = holds.check_resubmission(
        table,
        unit=["geometry_hash"],
        figures=["type", "classes", "declared_m2", "status", "date_start", "date_end"],
        number="source_id",
    )
    again = [_plainly(m, ["geometry_hash"], "one outline") for m in again]
    yield Checked("same outline again", "hazard", int(drawn.sum()), "exact", again)
    yield _closed(tables)


def _declared(tables: Tables, record_type: str, field: str, limits: Tolerances) -> Checked:
    table = tables[record_type]
    declared = numbers(table[field])
    measured = numbers(table["area_mm2"]) / MM2
    found = holds.check_areas(
        declared,
        measured,
        source=table["submission_id"].astype(str).to_numpy(),
        latitude=(numbers(table["min_lat"]) + numbers(table["max_lat"])) / 2,
        tolerances=limits,
        field=field,
    )
    found = [
        replace(m, message=f"Submission {_receipt(tables, table, m)}: {m.message}")
        if len(m.rows) > 1
        else m
        for m in found
    ]
    known = int((np.isfinite(declared) & np.isfinite(measured)).sum())
    return Checked(f"{field} against the polygon", record_type, known, _areas_say(limits), found)


def _receipt(tables: Tables, table: pd.DataFrame, mismatch: Mismatch) -> str:
    submission = int(table["submission_id"].iloc[mismatch.rows[0]])
    return tables.receipts.get(submission, str(submission))


def _territory(tables: Tables, limits: Tolerances) -> Checked:
    """Declared areas against all units of the highest level together."""
    units, table = tables.units, tables["hazard"]
    drawn = units[units["area_mm2"].notna()]
    levels = numbers(drawn["level"])
    top = np.isnan(levels) if np.isnan(levels).all() else levels == np.nanmin(levels)
    size = float(numbers(drawn["area_mm2"][top]).sum()) / MM2
    declared = numbers(table["declared_m2"])
    found: list[Mismatch] = []
    if size:
        name = f"all {int(top.sum())} administrative units together"
        found = holds.check_magnitude(declared, size, territory=name, tolerances=limits)
    known = int(np.isfinite(declared).sum()) if size else 0
    says = f"{limits.territory_fraction:.3g} of the territory"
    return Checked("declared_m2 against the territory", "hazard", known, says, found)


def _closed(tables: Tables) -> Checked:
    """Hazards that the source calls closed although no decision here released any of them."""
    table = tables["hazard"]
    closed = table["status"].isin(("closed", "handed_over")).to_numpy()
    released = set(
        Release.objects.filter(hazard_uid__isnull=False).values_list("hazard_uid", flat=True)
    )
    open_ = closed & ~table["uid"].isin(released).to_numpy()
    found = [
        Mismatch(
            "closed_without_release",
            "warning",
            (int(row),),
            ("status",),
            f"the source calls it {table['status'].iloc[row].replace('_', ' ')}, but no decision "
            "released any of it: it is held open. Ask for the completion report.",
            declared=str(table["status"].iloc[row]),
            found="open",
            cause="no_completion_report",
        )
        for row in np.flatnonzero(open_)
    ]
    return Checked("closed hazards have a release", "hazard", int(closed.sum()), "exact", found)


#: Reports of work in these states claim no released land.
NOT_DONE = ("planned", "worked", "suspended", "rejected")


def activities(tables: Tables, limits: Tolerances, today: dt.date) -> Iterator[Checked]:
    """Released areas against polygon and hazard; dates; reports handed in twice."""
    table = tables["activity"]
    yield _declared(tables, "activity", "released_m2", limits)
    yield _released(tables, limits)
    yield from _bounds(table, "activity", ("started", "date"), today, limits)
    started, date = _dates(table, "started"), _dates(table, "date")
    yield Checked(
        "work starts before it ends",
        "activity",
        _known(started[0], date[1]),
        "exact, whole intervals",
        holds.check_order(started, date, fields=("started", "date")),
    )
    yield _release_before_survey(tables)
    yield _work_again(table)


def _work_again(table: pd.DataFrame) -> Checked:
    """The same release of the same ground on the same day, handed in under several numbers."""
    drawn = table["geometry_hash"].notna()
    keyed = table.assign(
        what=table["hazard_uid"].where(table["hazard_uid"].notna(), table["geometry_hash"]),
        size=table["geometry_hash"].where(drawn, table["released_m2"]),
    )
    usable = table["result"].notna() & (drawn | table["date_start"].notna())
    rows = np.flatnonzero(usable & keyed["what"].notna() & keyed["size"].notna())
    keyed = keyed.iloc[rows]
    unit = ["what", "size", "kind", "result", "date_start", "date_end"]
    # What is not recorded in both is the same in both.
    keyed[unit] = keyed[unit].where(keyed[unit].notna(), "not recorded")
    again = holds.check_resubmission(
        keyed,
        unit=unit,
        figures=["released_m2", "worked_m2", "depth_cm", "classes", "method", "status"],
        number="source_id",
    )
    plainly = [_plainly(m, unit, "the same work on the same ground") for m in again]
    return Checked("work reported once", "activity", len(rows), "exact", _moved(plainly, rows))


def _plainly(mismatch: Mismatch, keys: Sequence[str], what: str) -> Mismatch:
    """The message without ids and hashes, which tell people nothing.

    Records handed in twice are for a person to look at, whether or not they agree.
    """
    _, reported, rest = mismatch.message.partition(" is reported ")
    fields = tuple(name for name in mismatch.fields if name not in keys)
    message = f"{what}{reported}{rest}".replace("nan", "not recorded").replace(
        "None", "not recorded"
    )
    return replace(mismatch, severity="warning", fields=fields, message=message)


def _released(tables: Tables, limits: Tolerances) -> Checked:
    table, ground = tables["activity"], tables["hazard"]
    size = np.where(
        np.isfinite(numbers(ground["area_mm2"])),
        numbers(ground["area_mm2"]) / MM2,
        numbers(ground["declared_m2"]),
    )
    sizes = dict(zip(ground["uid"], size.tolist(), strict=True))
    hazard = table["hazard_uid"].to_numpy()
    done = (table["result"].notna() & ~table["status"].isin(NOT_DONE)).to_numpy()
    done = done & (table["report"] != "progress").to_numpy()
    released = np.where(done, numbers(table["released_m2"]), np.nan)
    of = np.array([sizes.get(uid, np.nan) for uid in hazard], dtype=np.float64)
    found = holds.check_released(released, of, hazard=hazard, tolerances=limits)
    known = int((np.isfinite(released) & np.isfinite(of)).sum())
    return Checked("released_m2 within the hazard", "activity", known, _areas_say(limits), found)


def _release_before_survey(tables: Tables) -> Checked:
    """Reports of release dated before the information about their hazard, unless decided."""
    table, ground = tables["activity"], tables["hazard"]
    place = {uid: at for at, uid in enumerate(ground["uid"])}
    at = np.array([place.get(uid, -1) for uid in table["hazard_uid"]], dtype=np.int64)
    use = table["result"].notna().to_numpy() & (at >= 0)
    use = use & ~table["uid"].isin(tables.released_uids).to_numpy()
    rows = np.flatnonzero(use)
    survey = tuple(column[at[rows]] for column in _dates(ground, "date"))
    release = tuple(column[rows] for column in _dates(table, "date"))
    found = holds.check_order(
        survey,
        release,
        fields=("hazard date of information", "date"),
        rule="release_before_survey",
        severity="warning",
        says="a release no later than the evidence of its hazard moves nothing until two people "
        "decide",
        likely=(
            "later_evidence",
            "the hazard was surveyed again after the work, or the report names the wrong hazard",
        ),
    )
    known = _known(survey[0], release[1])
    return Checked(
        "release after survey", "activity", known, "exact, whole intervals", _moved(found, rows)
    )


def handovers(tables: Tables, limits: Tolerances, today: dt.date) -> Iterator[Checked]:
    """Areas handed over against the work or the hazard; never before the work was done."""
    table, work, ground = tables["handover"], tables["activity"], tables["hazard"]
    yield from _bounds(table, "handover", ("date",), today, limits)
    done = {uid: at for at, uid in enumerate(work["uid"])}
    at = np.array([done.get(uid, -1) for uid in table["activity_uid"]], dtype=np.int64)
    rows = np.flatnonzero(at >= 0)
    date = tuple(column[rows] for column in _dates(table, "date"))
    ended = tuple(column[at[rows]] for column in _dates(work, "date"))
    yield Checked(
        "handover after the work",
        "handover",
        _known(ended[0], date[1]),
        "exact, whole intervals",
        _moved(holds.check_order(ended, date, fields=("end of the work", "date")), rows),
    )
    sizes = dict(zip(work["uid"], (numbers(work["area_mm2"]) / MM2).tolist(), strict=True))
    sizes |= dict(zip(ground["uid"], (numbers(ground["area_mm2"]) / MM2).tolist(), strict=True))
    size = np.array(
        [
            sizes.get(activity or hazard, np.nan)
            for activity, hazard in zip(table["activity_uid"], table["hazard_uid"], strict=True)
        ],
        dtype=np.float64,
    )
    stated = numbers(table["area_m2"])
    found = holds.check_released(stated, size, tolerances=limits, field="area_m2")
    yield Checked(
        "area handed over within the land released",
        "handover",
        int((np.isfinite(stated) & np.isfinite(size)).sum()),
        _areas_say(limits),
        [replace(m, rule="handed_over_over_released") for m in found],
    )


# --- people --------------------------------------------------------------------------------------


def accidents(tables: Tables, limits: Tolerances, today: dt.date) -> Iterator[Checked]:
    """Casualties that add up, agree with the victims recorded, and lie on no released land."""
    table = tables["accident"]
    yield from _bounds(table, "accident", ("date",), today, limits)
    yield _summed(table, "accident", CASUALTIES, limits)
    yield from _victims(tables, limits)
    yield _on_released_land(tables, "accident", "casualties_on_released_land")
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
    plainly = [_plainly(m, keys, "an accident at one place on one day") for m in again]
    yield Checked("accidents reported once", "accident", len(rows), "exact", _moved(plainly, rows))


def _summed(table: pd.DataFrame, record_type: str, rule: Sum, limits: Tolerances) -> Checked:
    columns = {
        name: numbers(table[name]) for name in (rule.total, *(part for part, _ in rule.parts))
    }
    found = holds.check_sum(columns, rule, tolerances=limits)
    parts = np.array([columns[name] for name, _ in rule.parts])
    known = int((np.isfinite(columns[rule.total]) & np.isfinite(parts).any(axis=0)).sum())
    return Checked(str(rule), record_type, known, _exactly(limits), found)


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
        _exactly(limits),
        found,
    )


def victims(tables: Tables, limits: Tolerances, today: dt.date) -> Iterator[Checked]:
    """Dates, also against the accident. The findings name no victim: they are counts."""
    table, events = tables["victim"], tables["accident"]
    place = {uid: at for at, uid in enumerate(events["uid"])}
    at = np.array([place.get(uid, -1) for uid in table["accident_uid"]], dtype=np.int64)
    rows = np.flatnonzero(at >= 0)
    mine = tuple(column[rows] for column in _dates(table, "date"))
    theirs = tuple(column[at[rows]] for column in _dates(events, "date"))
    apart = [
        *holds.check_order(mine, theirs, fields=("victim date", "accident date")),
        *holds.check_order(theirs, mine, fields=("accident date", "victim date")),
    ]
    yield Checked(
        "victims have the date of their accident",
        "victim",
        _known(mine[0], theirs[0]),
        "exact, whole intervals",
        _together(
            _moved(apart, rows), "victim_date", "victims are dated otherwise than their accident"
        ),
    )
    for checked in _bounds(table, "victim", ("date",), today, limits):
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
    yield from _bounds(table, record_type, ("date",), today, limits)
    yield _summed(table, record_type, REACHED, limits)
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
    again = [_plainly(m, unit, "a session of one day with the same figures") for m in again]
    yield Checked("sessions reported once", record_type, len(rows), "exact", _moved(again, rows))
    others = np.delete(np.arange(len(table)), rows[sorted(told)])
    copied = holds.check_repeated_figures(counted.iloc[others], figures=parts, tolerances=limits)
    yield Checked(
        "figures of no other session",
        record_type,
        len(others),
        f"{limits.repeat_digits} significant digits, one more for each tenfold of rows",
        _moved(copied, others),
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


def _on_released_land(tables: Tables, record_type: str, rule: str) -> Checked:
    """Records that lie on land a decision had released by then (rule 6)."""
    table = tables[record_type]
    planes = tables.planes(record_type)
    placed = np.flatnonzero(~shapely.is_missing(planes) & ~shapely.is_empty(planes))
    pieces, on, opens, event = _pieces()
    checked = len(placed) if len(pieces) else 0
    if not checked:
        return Checked("none on released land", record_type, checked, "the outline", [])
    at, hit = shapely.STRtree(pieces).query(planes[placed], predicate="intersects")
    at = placed[at]
    first = np.array(table["date_start"].to_numpy(), dtype="datetime64[D]")
    last = np.array(table["date_end"].to_numpy(), dtype="datetime64[D]")
    # A release counts from its day on; what happened on or before it was evidence for it.
    before = np.isnat(on[hit]) | np.isnat(last[at]) | (on[hit] < last[at])
    if "activity_uid" in table:
        # What the work itself found is why the land could be released.
        before &= table["activity_uid"].to_numpy()[at] != event[hit]
    standing = set(
        Question.objects.filter(resolved_seq__isnull=True).values_list("cause_uid", flat=True)
    )
    frame = pd.DataFrame({"row": at, "on": on[hit], "opens": opens[hit], "event": event[hit]})
    frame = frame[before].sort_values(["row", "on"], na_position="first", kind="stable")
    found = []
    refs = dict(Activity.objects.filter(uid__in=set(frame["event"])).values_list("uid", "id"))
    for row, hits in frame.groupby("row", sort=True):
        latest = hits.iloc[-1]
        if latest["opens"]:
            continue
        sure = not (pd.isna(latest["on"]) or np.isnat(first[row]) or first[row] <= latest["on"])
        number = refs.get(latest["event"])
        by = f"{Activity.schema.prefix}-{number}" if number else "a decision"
        when = "on a day not recorded" if pd.isna(latest["on"]) else f"on {latest['on']:%Y-%m-%d}"
        mine = "day not recorded" if np.isnat(last[row]) else str(last[row])
        asked = table["uid"].iloc[row] in standing
        found.append(
            Mismatch(
                rule,
                "error" if sure else "warning",
                (int(row),),
                ("geometry", "date"),
                f"it lies ({mine}) on land released by {by} {when}"
                + ("" if sure else "; which came first is not recorded")
                + (
                    ". The land is in question until two people decide."
                    if asked
                    else ". Treat the land as in question and look at the evidence at once."
                ),
                declared=None if np.isnat(last[row]) else str(last[row]),
                found=None if pd.isna(latest["on"]) else f"{latest['on']:%Y-%m-%d}",
                unit="days",
                cause="released_land",
            )
        )
    return Checked("none on released land", record_type, checked, "the outline", found)


def _pieces() -> tuple[
    NDArray[np.object_], NDArray[np.datetime64], NDArray[np.bool_], NDArray[np.object_]
]:
    """Ground that decisions released or reopened: outline, day, whether it opens, by what."""
    released = ", ".join(f"'{name}'" for name in accounts.RELEASED)
    rows = list(
        bulk.select(
            connection,
            "SELECT COALESCE(l.piece, a.plane, h.plane), l.valid_on, l.ground_to, l.event_uid "  # nosec B608 # names are of our own schema, values are bound
            f'FROM "{LedgerLine._meta.db_table}" l '
            f'LEFT JOIN "{Activity._meta.db_table}" a ON a.uid = l.event_uid '
            f'LEFT JOIN "{Hazard._meta.db_table}" h ON h.uid = l.event_uid '
            "WHERE l.retired_seq IS NULL AND l.ground_from <> l.ground_to AND "
            f"(l.ground_to IN ({released}) OR l.ground_from IN ({released})) ORDER BY l.id",
        )
    )
    shapes = bulk.shapes(row[0] for row in rows)
    there = ~shapely.is_missing(shapes)
    return (
        shapes[there],
        np.array([row[1] for row in rows], dtype="datetime64[D]")[there],
        np.array([row[2] not in accounts.RELEASED for row in rows], dtype=bool)[there],
        bulk.objects([row[3] for row in rows])[there],
    )


# --- ordnance, stockpiles, units, places ---------------------------------------------------------


def ordnance(tables: Tables, limits: Tolerances, today: dt.date) -> Iterator[Checked]:
    """Dates, and ordnance found on land after its release."""
    yield from _bounds(tables["ordnance"], "ordnance", ("date",), today, limits)
    yield _on_released_land(tables, "ordnance", "ordnance_on_released_land")


def stockpiles(tables: Tables, limits: Tolerances, today: dt.date) -> Iterator[Checked]:
    """Each count follows from the one before: less what was destroyed, transferred, retained."""
    table = tables["stockpile"]
    yield from _bounds(table, "stockpile", ("date",), today, limits)
    frame = table[table["date_end"].notna() & table["quantity"].notna()].copy()
    frame["row"] = frame.index
    frame["on"] = np.array(frame["date_end"].to_numpy(), dtype="datetime64[D]")
    frame["designation"] = frame["designation"].fillna("")
    found: list[Mismatch] = []
    compared = 0
    for (_, designation), lot in frame.groupby(["device_class", "designation"], sort=True):
        for opening, closing, columns in _accounts(lot):
            compared += 1
            rule = Sum(
                "closing",
                (("opening", 1), ("destroyed", -1), ("transferred", -1), ("retained", -1)),
                "stockpile_balance",
            )
            rows = (int(opening), int(closing))
            for m in holds.check_sum(columns, rule, tolerances=limits):
                name = f"{designation}: " if designation else ""
                found.append(replace(m, rows=rows, fields=("quantity",), message=name + m.message))
    yield Checked("stockpiles: opening and closing", "stockpile", compared, _exactly(limits), found)


def _accounts(lot: pd.DataFrame) -> Iterator[tuple[int, int, dict[str, list[float]]]]:
    """Each pair of counts of one device that follow each other, with what happened between.

    Counts of different institutions are compared only where the same ones counted both times.
    """
    counts = lot[lot["purpose"] == "stockpile"].fillna({"institution": ""})
    by_day = {
        on: (set(rows["institution"]), float(numbers(rows["quantity"]).sum()), rows["row"].iloc[0])
        for on, rows in counts.groupby("on", sort=True)
    }
    days = list(by_day)
    for one, other in pairwise(days):
        who, opening, first = by_day[one]
        same, closing, last = by_day[other]
        if who != same:
            continue
        between = lot[(lot["on"] > one) & (lot["on"] <= other)]

        def moved(purpose: str, between: pd.DataFrame = between) -> float:
            return float(numbers(between["quantity"][between["purpose"] == purpose]).sum())

        held = lot[lot["purpose"] == "retained"]
        kept = [
            float(numbers(held["quantity"][held["on"] == day]).sum())
            if (held["on"] == day).any()
            else np.nan
            for day in (one, other)
        ]
        # Retained mines that were counted once only do not say whether they came out of stock.
        retained = 0.0 if held.empty else kept[1] - kept[0]
        yield (
            first,
            last,
            {
                "opening": [opening],
                "closing": [closing],
                "destroyed": [moved("destroyed")],
                "transferred": [moved("transferred")],
                "retained": [retained],
            },
        )


def units(tables: Tables, limits: Tolerances, today: dt.date) -> Iterator[Checked]:
    """Names that several units of one level share; records that name such a unit."""
    table = tables.units
    level = table["level"].where(table["level"].notna(), -1).astype(str)
    shared = holds.check_labels(
        table["name"].to_numpy(), table["uid"].to_numpy(), within=level.to_numpy()
    )
    found = [
        replace(
            m,
            severity="info",
            message=f"{len(m.rows)} units of one level are called {table['name'].iloc[m.rows[0]]!r}"
            f" ({', '.join(str(table['source_id'].iloc[r]) for r in m.rows[:5])}). Join on the "
            "p-code, never on the name.",
        )
        for m in shared
    ]
    yield Checked("names of units are unique", "unit", len(table), "exact", found)
    names: dict[str, int] = {}
    for m in shared:
        names[holds.plain(str(table["name"].iloc[m.rows[0]]))] = len(m.rows)
    for record_type, model in RECORDS.items():
        if record_type == "unit" or "unit" not in model.schema.by_name:
            continue
        yield _named(tables, record_type, names)


def _named(tables: Tables, record_type: str, shared: dict[str, int]) -> Checked:
    """Records that give a name which several units bear, so that no unit could be found."""
    table = tables[record_type]
    given = table["unit_given"][table["unit_given"].notna()]
    told = given.map(lambda text: holds.plain(str(text)))
    found = []
    for name, rows in told[told.isin(list(shared))].groupby(told):
        found.append(
            Mismatch(
                "label_of_several_units",
                "warning",
                tuple(int(row) for row in rows.index),
                ("unit",),
                f"{len(rows)} records give {given[rows.index[0]]!r}, the name of "
                f"{shared[str(name)]} units: it says not which one. Give the p-code.",
                declared=1.0,
                found=float(shared[str(name)]),
                cause="one_label_several_units",
            )
        )
    return Checked("units are named by p-code", record_type, len(given), "exact", found)


def places(tables: Tables, limits: Tolerances, today: dt.date) -> Iterator[Checked]:
    """Coordinates that are interchanged or have lost a sign."""
    ground = tables.units
    box = None
    if ground["min_lon"].notna().any():
        west, south = np.nanmin(numbers(ground["min_lon"])), np.nanmin(numbers(ground["min_lat"]))
        east, north = np.nanmax(numbers(ground["max_lon"])), np.nanmax(numbers(ground["max_lat"]))
        # Positions near the border may lie a little outside.
        box = (west - 0.5, south - 0.5, east + 0.5, north + 0.5)
    for record_type, model in RECORDS.items():
        if record_type == "unit" or not model.schema.geometry:
            continue
        table = tables[record_type]
        lon = (numbers(table["min_lon"]) + numbers(table["max_lon"])) / 2
        lat = (numbers(table["min_lat"]) + numbers(table["max_lat"])) / 2
        found = holds.check_places(lon, lat, bounds=box, tolerances=limits)
        yield Checked(
            "coordinates in the region", record_type, int(np.isfinite(lon).sum()),
            "the units with half a degree around" if box else "the box of nearly all places",
            found,
        )  # fmt: skip


def _bounds(
    table: pd.DataFrame, record_type: str, fields: Sequence[str], today: dt.date, limits: Tolerances
) -> Iterator[Checked]:
    for field in fields:
        dates = _dates(table, field)
        yield Checked(
            f"{field} neither in the future nor too early",
            record_type,
            _known(dates[0]),
            f"{limits.earliest_year} to {today}",
            holds.check_bounds(dates, today=today, field=field, tolerances=limits),
        )


#: In the order in which they are run.
ASSERTIONS: tuple[Callable[[Tables, Tolerances, dt.date], Iterator[Checked]], ...] = (
    hazards,
    activities,
    handovers,
    accidents,
    victims,
    education,
    ordnance,
    stockpiles,
    units,
    places,
)
