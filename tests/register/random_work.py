"""A programme at work: units, hazards, corrections, releases, failed visits, in random order.

Everything goes through the one way in. The same seed gives the same work.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import shapely
from registering import (
    ANNA,
    BEN,
    HAZARD,
    LAT,
    LON,
    REPORT,
    STEP,
    activities,
    consent,
    geojson,
    hazards,
    operator,
    square,
    submit,
    table,
)

from landrelease.register import decisions
from landrelease.register.models import Activity, Release


class Work:
    """Random work on one workspace.

    Parameters
    ----------
    folder
        Where files to hand in are written.
    seed
        Of the random choices.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        self._folder = folder
        self._random = random.Random(seed)
        self._number = 0
        self._squares: dict[str, tuple[float, float, float]] = {}

    def begin(self) -> None:
        """Two units on each of two levels, an operator, some hazards."""
        self._units(
            ("U1", "West", 2, (0, 0, 8, 16), "2000-01-01/2021-12-31"),
            ("U2", "East", 2, (8, 0, 8, 16), "2000-01-01"),
            ("P1", "All", 1, (0, 0, 16, 16), "2000-01-01"),
        )
        operator(self._folder)
        self.new_hazards(4)

    def step(self) -> str:
        """Do something; says what."""
        steps: list[Any] = [
            self.new_hazards, self.correct_hazard, self.release, self.release, self.release,
            self.fail, self.undated, self.without_polygon, self.reform,
        ]  # fmt: skip
        chosen = self._random.choice(steps)
        chosen()
        return str(chosen.__name__)

    # --- the steps ---------------------------------------------------------------------------

    def new_hazards(self, count: int = 1) -> None:
        rows = []
        for _ in range(count):
            name = self._name("H")
            at = self._somewhere()
            self._squares[name] = at
            rows.append((square(*at), self._hazard(name)))
        hazards(self._folder, *rows, name=f"{self._name('f')}.geojson")

    def correct_hazard(self) -> None:
        """A larger boundary, which lowers no caution, dated later."""
        if not self._squares:
            return
        name = self._random.choice(sorted(self._squares))
        east, north, size = self._squares[name]
        self._squares[name] = (east, north, size + 1)
        row = {**self._hazard(name), "type": "CHA", "date": "2023-04-01"}
        file = f"{self._name('f')}.geojson"
        _approve(hazards(self._folder, (square(*self._squares[name]), row), name=file))

    def release(self) -> None:
        """Work on part of a hazard, or across its boundary; decided by two people."""
        if not self._squares:
            return
        name = self._random.choice(sorted(self._squares))
        east, north, size = self._squares[name]
        part = square(east + self._random.choice([0, 0.5]), north, size * 0.75)
        report = {
            **REPORT, "source_id": self._name("A"), "hazard": name,
            "date": f"{self._random.choice([2021, 2022, 2024])}-0{self._random.randint(1, 9)}-15",
            "classes": self._random.choice(["ap", "ap;av"]),
            "method": self._random.choice(["manual", "mechanical"]),
        }  # fmt: skip
        activities(self._folder, (part, report), name=f"{self._name('f')}.geojson")
        consent(Activity.objects.latest("id").ref)

    def fail(self) -> None:
        """A quality visit that a released area fails: its land is open again at once."""
        released = list(
            Release.objects.order_by("activity_uid").values_list("activity_uid", flat=True)
        )
        if not released:
            return
        uid = self._random.choice(released)
        row = {
            "source_id": self._name("Q"), "activity": Activity.objects.get(uid=uid).source_id,
            "date": "2024-11-01", "result": "failed",
        }  # fmt: skip
        submit(table(self._folder / f"{self._name('f')}.csv", [row]), "quality_visits")

    def undated(self) -> None:
        """A report of released land without a date: it moves nothing."""
        report = {**REPORT, "source_id": self._name("A"), "date": None, "hazard": None}
        polygon = square(*self._somewhere())
        row = {name: value for name, value in report.items() if value is not None}
        activities(self._folder, (polygon, row), name=f"{self._name('f')}.geojson")

    def without_polygon(self) -> None:
        row = {**self._hazard(self._name("H")), "unit": self._random.choice(["U1", "U2", "none"])}
        row |= self._random.choice([{"declared_m2": 1234.5}, {}])
        hazards(self._folder, (None, row), name=f"{self._name('f')}.geojson")

    def reform(self) -> None:
        """The eastern unit is divided in two from 2022 on."""
        self._units(
            ("U2", "East", 2, (8, 0, 8, 16), "2000-01-01/2021-12-31"),
            ("U1", "West", 2, (0, 0, 8, 16), "2000-01-01"),
            ("U3", "South-east", 2, (8, 0, 8, self._random.choice([4, 6, 8])), "2022-01-01"),
        )

    # --- what they are made of ---------------------------------------------------------------

    def _name(self, letter: str) -> str:
        self._number += 1
        return f"{letter}{self._number}"

    def _somewhere(self) -> tuple[float, float, float]:
        return (
            self._random.choice([1, 4, 6.5, 7, 7.5, 12, 15, 15.5]),
            self._random.choice([1, 3.5, 5, 7, 11]),
            self._random.choice([1, 2, 3]),
        )

    def _hazard(self, name: str) -> dict[str, Any]:
        return {
            **HAZARD, "source_id": name,
            "type": self._random.choice(["CHA", "SHA"]),
            "classes": self._random.choice(["ap", "ap", "ap;av", "av"]),
            "date": self._random.choice(["2019-03-01", "2020-05-01", "2022-01-01"]),
        }  # fmt: skip

    def _units(self, *units: tuple[str, str, int, tuple[int, int, int, int], str]) -> None:
        rows = []
        for key, name, level, (x, y, width, height), valid in units:
            place = shapely.box(
                LON + x * STEP, LAT + y * STEP, LON + (x + width) * STEP, LAT + (y + height) * STEP
            )
            rows.append((place, {"source_id": key, "name": name, "level": level, "valid": valid}))
        outcome = submit(geojson(self._folder / f"{self._name('f')}.geojson", rows), "units")
        _approve(outcome)


def _approve(outcome: Any) -> None:
    """Whatever of a delivery is held for two people is decided by two."""
    if outcome.receipt is None:
        return
    submission = decisions.find_submission(outcome.receipt)
    if submission.parts.filter(standing="held").exists():
        for person in (ANNA, BEN):
            decisions.approve_held(outcome.receipt, person)
