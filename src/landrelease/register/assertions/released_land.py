"""What lies on land that a decision had released by then (rule 6)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from django.db import connection
from numpy.typing import NDArray

from landrelease.land import accounts
from landrelease.land.assertions import Mismatch

from .. import bulk
from ..models import Activity, Hazard, LedgerLine, Question
from .tables import Checked, Tables


def on_released_land(tables: Tables, record_type: str, rule: str) -> Checked:
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
