"""A small programme with units, overlaps, releases of two years and late news, to report on."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from registering import (
    HAZARD,
    REPORT,
    activities,
    consent,
    geojson,
    hazards,
    operator,
    square,
    submit,
)

from landrelease.register import report_figures, reports
from landrelease.register.people import Actor

YEAR = (date(2022, 1, 1), date(2022, 12, 31))
RITA = Actor("rita", "Authority", authenticated=True, may_approve_reports=True)


def units(folder: Path) -> None:
    """Two units side by side, and ground beyond them."""
    submit(
        geojson(
            folder / "units.geojson",
            [
                (square(0, 0, 10), {"source_id": "U1", "name": "West", "level": 2}),
                (square(10, 0, 10), {"source_id": "U2", "name": "East", "level": 2}),
            ],
        ),
        "units",
    )


def programme(folder: Path) -> None:
    """Hazards in one unit, across two, outside; overlapping; without a size; two releases."""
    units(folder)
    operator(folder)
    hazards(
        folder,
        (square(1, 1, 2), HAZARD),
        (square(2, 1, 2), {**HAZARD, "source_id": "H2", "type": "SHA", "classes": "av"}),
        (square(9, 5, 2), {**HAZARD, "source_id": "H3", "date": "2022-03-01"}),
        (
            square(19.5, 5),
            {**HAZARD, "source_id": "H4", "type": "SHA", "classes": None, "date": None},
        ),
        (None, {"source_id": "H5", "declared_m2": 5000, "unit": "U2"}),
        (None, {"source_id": "H6"}),
    )
    activities(
        folder,
        (square(1, 1), {**REPORT, "date": "2022-06-30"}),
        (square(9.5, 5), {**REPORT, "source_id": "A2", "hazard": "H3", "date": "2022-09-30"}),
        (square(10, 6), {**REPORT, "source_id": "A3", "hazard": "H3", "date": "2023-02-01"}),
    )
    assert consent("AC-1", "AC-2", "AC-3").released == ["AC-1", "AC-2", "AC-3"]


def late_news(folder: Path) -> None:
    """Learnt after the year was reported: a hazard of that year on known ground, and a release."""
    hazards(
        folder,
        (square(2.5, 2.5, 2), {**HAZARD, "source_id": "H7", "date": "2022-05-01"}),
        name="late.geojson",
    )
    activities(
        folder,
        (square(3, 1), {**REPORT, "source_id": "A4", "hazard": "H2", "classes": "av",
                        "date": "2022-12-01"}),
        name="late-work.geojson",
    )  # fmt: skip
    assert consent("AC-4").released == ["AC-4"]


def frozen(number: str = "A7/2022", **options: Any) -> Any:
    """Freeze the land report of the year."""
    seq = options.pop("known_seq", None)
    seq = reports.last_known() if seq is None else seq
    figures = report_figures.of_land(*YEAR, seq)
    made = reports.draft(number, "land", figures, since=YEAR[0], until=YEAR[1], known_seq=seq)
    return reports.freeze(made, options.pop("actor", RITA))
