"""A small programme in which every layer and every list has something in it."""

from __future__ import annotations

from pathlib import Path

import shapely
from claiming import take_in
from registering import (
    HAZARD,
    LAT,
    LON,
    REPORT,
    activities,
    consent,
    geojson,
    hazards,
    operator,
    square,
    submit,
    table,
)


def fill(folder: Path) -> None:
    """Four hazards (one without a place), two reports of which one released land, an accident, a
    victim, a report with a claim."""
    operator(folder)
    hazards(
        folder,
        (square(size=2), {**HAZARD, "organisation": "OP1"}),
        (square(10), {**HAZARD, "source_id": "H2", "organisation": "OP2", "type": "SHA"}),
        (square(20), {**HAZARD, "source_id": "H3", "date": "2021"}),
        (None, {**HAZARD, "source_id": "H4"}),
    )
    activities(folder, (square(), REPORT), (square(1), {**REPORT, "source_id": "A2"}))
    consent("AC-1")
    spot = {"source_id": "X1", "date": "2022-02-02"}
    submit(geojson(folder / "x.geojson", [(shapely.Point(LON, LAT), spot)]), "accidents")
    submit(table(folder / "v.csv", [{"source_id": "V1", "name": "Jana Nobody"}]), "victims")
    take_in(folder, "harbour.txt")
