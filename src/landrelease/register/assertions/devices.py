"""Ordnance found on released land, and stockpile accounts that follow from each other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd

from landrelease.land import assertions as holds
from landrelease.land.assertions import Mismatch, Sum, Tolerances

from . import released_land
from .tables import Checked, Tables, bounds, exactly, numbers


def ordnance(tables: Tables, limits: Tolerances, today: dt.date) -> Iterator[Checked]:
    """Dates, and ordnance found on land after its release."""
    yield from bounds(tables["ordnance"], "ordnance", ("date",), today, limits)
    yield released_land.on_released_land(tables, "ordnance", "ordnance_on_released_land")


def stockpiles(tables: Tables, limits: Tolerances, today: dt.date) -> Iterator[Checked]:
    """Each count follows from the one before: less what was destroyed, transferred, retained."""
    table = tables["stockpile"]
    yield from bounds(table, "stockpile", ("date",), today, limits)
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
    yield Checked("stockpiles: opening and closing", "stockpile", compared, exactly(limits), found)


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
