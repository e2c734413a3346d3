"""Hazardous areas of the made-up programme, before anything is made wrong in them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.random import Generator
from shapely.geometry.base import BaseGeometry

from . import shapes
from .place import Place, geodesic_area

#: Which file a hazard came in: records of four decades of habits.
SURVEY, OLD, TRAVERSE, POINTS = "survey", "old", "traverse", "points"
NUMBER_OF = {SURVEY: 240, OLD: 66, TRAVERSE: 40, POINTS: 42}
_PREFIX = {SURVEY: "XD-S-", OLD: "XD-M-", TRAVERSE: "XD-T-", POINTS: "XD-P-"}

#: How often each contamination class, or pair of classes, is reported; () = not recorded.
_CLASSES: dict[tuple[str, ...], float] = {
    ("ap",): 0.33,
    ("ap", "av"): 0.12,
    ("av",): 0.08,
    ("cmr",): 0.15,
    ("erw",): 0.11,
    ("ap_improvised",): 0.07,
    ("ap", "erw"): 0.08,
    (): 0.06,
}


@dataclass
class Hazard:
    """One hazardous area as some office recorded it.

    ``shape`` is in metres on the plane; ``raw`` is a GeoJSON geometry to be written as it stands,
    for rings which no geometry library would build. ``date`` is text as the source has it.
    ``planted`` marks records that carry a fault, so that later work leaves them alone.
    """

    id: str
    source: str
    name: str
    type: str | None
    classes: tuple[str, ...]
    date: str | None
    declared: Any
    shape: BaseGeometry | None
    pcode: str | None
    organisation: str
    status: str | None = "open"
    origin: str | None = None
    point: BaseGeometry | None = None
    remarks: str = "made-up record"
    raw: Mapping[str, Any] | None = None
    planted: bool = False


class Ground:
    """The ground already taken, so that a new area lands where it is meant to."""

    def __init__(self, rng: Generator, place: Place) -> None:
        self.rng, self.place = rng, place
        self.taken: list[BaseGeometry] = []
        # Suspicion gathers where fighting was; a few centres of unequal weight stand for that.
        self.centres = [_inside(rng, place.coast) for _ in range(11)]
        self.weights = rng.dirichlet(np.full(len(self.centres), 1.2))

    def is_free(self, shape: BaseGeometry, gap: float = 20.0) -> bool:
        """Tell whether a shape keeps its distance (m) from everything placed so far."""
        return not self.taken or bool(shapely.distance(np.array(self.taken), shape).min() > gap)

    def take(self, shape: BaseGeometry) -> BaseGeometry:
        """Mark ground as taken."""
        self.taken.append(shape)
        return shape

    def somewhere(self) -> tuple[float, float]:
        """Pick a place near one of the centres (metres on the plane)."""
        centre = self.centres[self.rng.choice(len(self.centres), p=self.weights)]
        x, y = self.rng.normal(0, 2_600, 2)
        return centre[0] + x, centre[1] + y

    def put(self, area_m2: float, *, holed: bool = False, parted: bool = False) -> BaseGeometry:
        """Place one irregular area on free ground well inside one district."""
        for _ in range(2_000):
            shape: BaseGeometry = shapes.area_shape(self.rng, self.somewhere(), area_m2)
            if holed:
                shape = shapes.with_hole(shape)
            if parted:
                shape = shapes.in_parts(self.rng, shape)
            if self.place.district_at(shape) and self.is_free(shape):
                return self.take(shape)
        raise RuntimeError("the island is full: no free ground found after 2,000 tries")


def size(rng: Generator) -> float:
    """Draw an area in m2: log-normal, between 2,000 m2 and 1 km2."""
    return float(np.clip(rng.lognormal(np.log(25_000), 1.15), 2_000, 1_000_000))


def stated_area(rng: Generator, shape: BaseGeometry) -> int:
    """State the geodesic area of a shape as people do: a few per cent off, in round figures."""
    area = geodesic_area(shape) * rng.normal(1, 0.02)
    return int(round(area, -2 if area > 10_000 else -1))


def date_of_information(rng: Generator, first: int = 2012, last: int = 2019) -> str | None:
    """Draw a date of information: a day, a month, only a year, or not recorded."""
    start = dt.date(first, 1, 1)
    day = start + dt.timedelta(days=int(rng.integers((dt.date(last, 12, 31) - start).days + 1)))
    precision = rng.choice(["day", "month", "year", "none"], p=[0.62, 0.1, 0.2, 0.08])
    return {"day": day.isoformat(), "month": f"{day:%Y-%m}", "year": f"{day:%Y}"}.get(precision)


def classes(rng: Generator) -> tuple[str, ...]:
    """Draw the contamination classes of an area."""
    return list(_CLASSES)[rng.choice(len(_CLASSES), p=list(_CLASSES.values()))]


def draw(rng: Generator, place: Place, ground: Ground) -> list[Hazard]:
    """Draw the hazards of all four files: shapes on free ground, dates, classes, stated areas."""
    hazards = []
    for source, number in NUMBER_OF.items():
        for n in range(1, number + 1):
            hazards.append(_one(rng, place, ground, source, n))
    return hazards


def _one(rng: Generator, place: Place, ground: Ground, source: str, n: int) -> Hazard:
    simple = source in (TRAVERSE, POINTS)
    shape = ground.put(
        size(rng),
        holed=not simple and rng.random() < 0.05,
        parted=not simple and rng.random() < 0.06,
    )
    district = place.district_at(shape)
    assert district is not None
    declared: int | None = stated_area(rng, shape)
    if source == POINTS and rng.random() < 0.35:
        declared = None
    return Hazard(
        id=f"{_PREFIX[source]}{n:04d}",
        source=source,
        name=f"{district.name} {n} (made up)",
        type=str(rng.choice(["SHA", "CHA"], p=[0.62, 0.38])) if rng.random() > 0.03 else None,
        classes=classes(rng),
        date=date_of_information(rng, 2012, 2014 if source == OLD else 2019),
        declared=declared,
        shape=None if source == POINTS else shape,
        point=shape.representative_point() if source == POINTS else None,
        pcode=district.pcode if rng.random() > 0.05 else None,
        organisation=str(rng.choice(["PSG", "TFC", "DMAO"])),
        origin={SURVEY: "measured", OLD: "digitised", TRAVERSE: "traverse", POINTS: "centroid"}[
            source
        ],
    )


def _inside(rng: Generator, area: BaseGeometry) -> tuple[float, float]:
    west, south, east, north = area.bounds
    inner = area.buffer(-3_000)
    while True:
        x, y = rng.uniform(west, east), rng.uniform(south, north)
        if inner.contains(shapely.Point(x, y)):
            return x, y
