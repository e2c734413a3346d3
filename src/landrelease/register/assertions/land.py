"""Hazards, the work on them, and handovers: areas, dates, double entries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from landrelease.land import assertions as holds
from landrelease.land.assertions import Mismatch, Tolerances

from ..models import Release
from .tables import (
    MM2,
    Checked,
    Tables,
    areas_say,
    bounds,
    count_known,
    dates_of,
    in_plain_words,
    moved,
    numbers,
)


def hazards(tables: Tables, limits: Tolerances, today: dt.date) -> Iterator[Checked]:
    """Declared areas, territory, dates, double entries, and closed hazards that are open."""
    table = tables["hazard"]
    yield _declared(tables, "hazard", "declared_m2", limits)
    yield _territory(tables, limits)
    yield from bounds(table, "hazard", ("date",), today, limits)
    drawn = table["geometry_hash"].notna().to_numpy()
    again = holds.check_resubmission(
        table,
        unit=["geometry_hash"],
        figures=["type", "classes", "declared_m2", "status", "date_start", "date_end"],
        number="source_id",
    )
    again = [in_plain_words(m, ["geometry_hash"], "one outline") for m in again]
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
    return Checked(f"{field} against the polygon", record_type, known, areas_say(limits), found)


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
    yield from bounds(table, "activity", ("started", "date"), today, limits)
    started, date = dates_of(table, "started"), dates_of(table, "date")
    yield Checked(
        "work starts before it ends",
        "activity",
        count_known(started[0], date[1]),
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
    plainly = [in_plain_words(m, unit, "the same work on the same ground") for m in again]
    return Checked("work reported once", "activity", len(rows), "exact", moved(plainly, rows))


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
    return Checked("released_m2 within the hazard", "activity", known, areas_say(limits), found)


def _release_before_survey(tables: Tables) -> Checked:
    """Reports of release dated before the information about their hazard, unless decided."""
    table, ground = tables["activity"], tables["hazard"]
    place = {uid: at for at, uid in enumerate(ground["uid"])}
    at = np.array([place.get(uid, -1) for uid in table["hazard_uid"]], dtype=np.int64)
    use = table["result"].notna().to_numpy() & (at >= 0)
    use = use & ~table["uid"].isin(tables.released_uids).to_numpy()
    rows = np.flatnonzero(use)
    survey = tuple(column[at[rows]] for column in dates_of(ground, "date"))
    release = tuple(column[rows] for column in dates_of(table, "date"))
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
    known = count_known(survey[0], release[1])
    return Checked(
        "release after survey", "activity", known, "exact, whole intervals", moved(found, rows)
    )


def handovers(tables: Tables, limits: Tolerances, today: dt.date) -> Iterator[Checked]:
    """Areas handed over against the work or the hazard; never before the work was done."""
    table, work, ground = tables["handover"], tables["activity"], tables["hazard"]
    yield from bounds(table, "handover", ("date",), today, limits)
    done = {uid: at for at, uid in enumerate(work["uid"])}
    at = np.array([done.get(uid, -1) for uid in table["activity_uid"]], dtype=np.int64)
    rows = np.flatnonzero(at >= 0)
    date = tuple(column[rows] for column in dates_of(table, "date"))
    ended = tuple(column[at[rows]] for column in dates_of(work, "date"))
    yield Checked(
        "handover after the work",
        "handover",
        count_known(ended[0], date[1]),
        "exact, whole intervals",
        moved(holds.check_order(ended, date, fields=("end of the work", "date")), rows),
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
        areas_say(limits),
        [replace(m, rule="handed_over_over_released") for m in found],
    )
