"""Names of administrative units, and coordinates outside the region."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from landrelease.land import assertions as holds
from landrelease.land.assertions import Mismatch, Tolerances

from ..models import RECORDS
from .tables import Checked, Tables, numbers


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
