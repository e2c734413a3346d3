"""Five years of survey and clearance: completion reports and what surrounds them.

A hazard is worked on in one to three steps. Each step takes a slice of what is left of the area;
some reports are then given the troubles that completion reports have.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from numpy.random import Generator
from shapely.affinity import rotate
from shapely.geometry import box
from shapely.geometry.base import BaseGeometry

from landrelease.land.measure import Plane

from . import shapes
from .hazards import Ground, Hazard, size, stated_area
from .manifest import Planted
from .place import CENTRE, UTM, geodesic_area, to_degrees

YEARS = (2020, 2021, 2022, 2023, 2024)
TASKED_DEPTH_CM = 20.0
_MEASURE = Plane.at(*CENTRE)
_RESULT = {"nts": "cancelled", "ts": "reduced", "clearance": "cleared", "bac": "cleared"}


@dataclass
class Activity:
    """One completion report, or an EOD spot task when ``result`` is None."""

    id: str
    year: int
    kind: str
    result: str | None
    hazard: str | None
    organisation: str
    method: str | None
    start: str | None
    end: str | None
    status: str
    classes: tuple[str, ...]
    depth_cm: float | None
    tasked_depth_cm: float | None
    released_m2: float | None
    worked_m2: float | None
    shape: BaseGeometry | None
    remarks: str = "made-up record"
    planted: str = ""
    team: str = field(default="T1")

    @property
    def file(self) -> str:
        """Name of the file of its year."""
        return f"activities_{self.year}.gpkg"


def activities(
    rng: Generator, ground: Ground, hazards: list[Hazard]
) -> tuple[list[Activity], list[Planted]]:
    """Draw the activities of all years and plant the troubles of completion reports.

    Returns
    -------
    activities
        By year, in order of number.
    planted
        One entry for each trouble.
    """
    workable = [h for h in hazards if h.shape is not None and not h.planted]
    done: list[Activity] = []
    for i in np.sort(rng.choice(len(workable), round(len(workable) * 0.58), replace=False)):
        done += _steps(rng, workable[i])
    done += [_spot_task(rng, ground) for _ in range(60)]
    done.sort(key=lambda a: (a.year, str(a.end), str(a.hazard)))
    for number, activity in enumerate(done, start=1):
        activity.id = f"AC-{activity.year}-{number:04d}"
    points = [h for h in hazards if h.source == "points" and not h.planted]
    planted = _trouble(rng, done, {h.id: h for h in hazards}, points)
    for activity in done:
        activity.shape = _fit_for_file(activity.shape)
    return done, planted


def _steps(rng: Generator, hazard: Hazard) -> list[Activity]:
    left: BaseGeometry = hazard.shape
    kinds = _plan(rng, hazard)
    years = np.sort(rng.choice(YEARS, len(kinds), replace=False))
    steps = []
    for n, (kind, year) in enumerate(zip(kinds, years, strict=True), start=1):
        last = n == len(kinds)
        whole = last and rng.random() < 0.8
        piece = left if whole else cut(rng, left, rng.uniform(0.3, 0.75))
        left = _polygons(left.difference(piece))
        steps.append(_report(rng, hazard, kind, int(year), piece))
        if left.is_empty:
            break
    return steps


def _plan(rng: Generator, hazard: Hazard) -> tuple[str, ...]:
    """Choose the processes: survey first, clearance last, rarely all in one."""
    deep = "bac" if set(hazard.classes) <= {"cmr", "erw"} and hazard.classes else "clearance"
    if hazard.type == "CHA":
        plans: tuple[tuple[str, ...], ...] = ((deep,), ("ts", deep), ("ts", deep, deep))
        return plans[rng.choice(3, p=[0.3, 0.45, 0.25])]
    plans = (("nts",), ("nts", "ts"), ("nts", "ts", deep), ("ts",))
    return plans[rng.choice(4, p=[0.4, 0.25, 0.25, 0.1])]


def _report(rng: Generator, hazard: Hazard, kind: str, year: int, piece: BaseGeometry) -> Activity:
    weeks = {"nts": 1, "ts": 4}.get(kind, 14)
    end = dt.date(year, 1, 1) + dt.timedelta(days=int(rng.integers(110, 365)))
    start = max(dt.date(year, 1, 1), end - dt.timedelta(days=int(rng.integers(3, 7 * weeks))))
    deep = kind in ("clearance", "bac")
    method = {
        "nts": "survey_interview",
        "bac": "battle_area_subsurface",
    }.get(kind) or str(rng.choice(["manual", "mechanical", "animal", "combined"]))
    area = stated_area(rng, piece)
    return Activity(
        id="",
        year=year,
        kind=kind,
        result=_RESULT[kind],
        hazard=hazard.id.strip(),
        organisation=str(rng.choice(["PSG", "DMAO"] if kind == "nts" else ["TFC", "AHD"])),
        method=method,
        start=start.isoformat(),
        end=end.isoformat(),
        status=str(rng.choice(["accepted", "handed_over"], p=[0.7, 0.3])),
        classes=hazard.classes,
        depth_cm=float(rng.choice([20.0, 20.0, 25.0, 30.0])) if deep else None,
        tasked_depth_cm=TASKED_DEPTH_CM if deep else None,
        released_m2=float(area),
        worked_m2=float(round(area * rng.uniform(1.0, 1.15))) if kind != "nts" else None,
        shape=piece,
        team=f"T{rng.integers(1, 9)}",
    )


def cut(rng: Generator, shape: BaseGeometry, share: float) -> BaseGeometry:
    """Cut a slice off a shape: the part behind a straight line of random direction.

    Parameters
    ----------
    rng
        Source of randomness.
    shape
        Plane geometry, metres.
    share
        Part of the area that the slice has, between 0 and 1.
    """
    x, y = shape.centroid.x, shape.centroid.y
    turn = float(rng.uniform(0, 360))
    reach = float(np.hypot(*np.ptp(np.reshape(shape.bounds, (2, 2)), axis=0))) + 1

    def behind(line: float) -> BaseGeometry:
        # The knife is turned, never the shape: turning a shape would move its own corners.
        knife = box(x - 2 * reach, y - 2 * reach, x + line, y + 2 * reach)
        return shape.intersection(rotate(knife, turn, origin=(x, y)))

    low, high = -reach, reach
    for _ in range(30):
        middle = (low + high) / 2
        enough = behind(middle).area >= share * shape.area
        low, high = (low, middle) if enough else (middle, high)
    return _polygons(behind(high))


def _polygons(shape: BaseGeometry) -> BaseGeometry:
    """Keep the polygonal parts of at least 1 m2, valid."""
    parts = shapely.get_parts(shapely.make_valid(shape))
    kept = [part for part in parts if part.geom_type == "Polygon" and part.area >= 1.0]
    return shapely.union_all(kept) if kept else shapely.Polygon()


def _fit_for_file(shape: BaseGeometry | None) -> BaseGeometry | None:
    """Make sure that a shape is still valid once its corners are rounded to the file's 1 cm."""
    if shape is None:
        return None
    for grid in (0.0, 0.05, 0.5):
        tried = shapely.set_precision(shape, grid) if grid else shape
        in_degrees = to_degrees(tried)
        in_metres = shapely.transform(tried, lambda xy: xy.round(2))
        measured = [
            *_MEASURE.project(np.array([in_degrees])),
            *_MEASURE.project(np.array([in_metres]), UTM),
        ]
        if shapely.is_valid([in_degrees, in_metres, *measured]).all():
            return tried
    raise ValueError("a released polygon stays invalid even on a grid of half a metre")


def _spot_task(rng: Generator, ground: Ground) -> Activity:
    """Draw an EOD spot task: one item dealt with, no land released."""
    day = dt.date(2020, 1, 1) + dt.timedelta(days=int(rng.integers(5 * 365)))
    spot = shapes.area_shape(rng, ground.somewhere(), 120.0)
    return Activity(
        id="",
        year=day.year,
        kind="eod_spot",
        result=None,
        hazard=None,
        organisation="ICP",
        method=None,
        start=day.isoformat(),
        end=day.isoformat(),
        status="completed",
        classes=("erw",),
        depth_cm=None,
        tasked_depth_cm=None,
        released_m2=None,
        worked_m2=None,
        shape=spot,
        remarks="made-up record; a spot task releases no area",
    )


def _trouble(
    rng: Generator, done: list[Activity], hazards: dict[str, Hazard], points: list[Hazard]
) -> list[Planted]:
    planted: list[Planted] = []

    def some(number: int, fits: Callable[[Activity], bool] = lambda a: True) -> list[Activity]:
        sound = [a for a in done if a.result and not a.planted and fits(a)]
        picked = [sound[i] for i in sorted(rng.choice(len(sound), number, replace=False))]
        return picked

    def note(rule: str, activity: Activity, text: str) -> None:
        activity.planted = rule
        planted.append(Planted(rule, activity.file, activity.id, text))

    releases = sum(a.result is not None for a in done)
    for a in some(round(releases * 0.12)):
        a.shape = a.shape.buffer(float(rng.uniform(8, 25)), quad_segs=2)
        note("crosses_boundary", a, "the released polygon crosses the edge of its hazard")
    for a in some(12):
        note("unlinked", a, f"no hazard id; lies on {a.hazard}")
        a.hazard = None
    for a in some(5):
        a.start = a.end = None
        note("undated", a, "no dates")
    for a in some(6, lambda a: a.depth_cm is not None):
        a.depth_cm = 5.0
        note("shallow", a, "5 cm reached, 20 cm tasked")
    for a in some(3, lambda a: a.depth_cm is not None):
        a.depth_cm = None
        note("depth_missing", a, "clearance without a recorded depth")
    for a in some(3, lambda a: hazards[str(a.hazard)].date is not None):
        a.end = f"2002{str(a.end)[4:]}"
        a.start = f"2002{str(a.start)[4:]}"
        note("before_evidence", a, "year mistyped: dated before the hazard's information")
    for number, a in enumerate(some(2)):
        a.hazard = f"XD-S-09{number:02d}"
        note("unknown_hazard", a, "names a hazard that no file holds")
    for a in some(4, lambda a: a.kind != "nts"):
        a.status = "rejected"
        note("rejected", a, "failed quality control")
    for a in some(5):
        a.status = "completed"
        note("not_accepted", a, "completed, not yet accepted by quality control")
    for a in some(6, lambda a: len(a.classes) > 1):
        a.classes = a.classes[:1]
        note("partial_classes", a, "names only one of the hazard's classes")
    for a in some(3):
        a.shape = None
        note("release_without_polygon", a, "area stated, no polygon: place unknown")
    for a, hazard in zip(some(3), points, strict=False):
        a.shape, a.hazard, a.classes = None, hazard.id, hazard.classes
        note("release_without_polygon", a, "release of a hazard that has no polygon either")
    return planted


def resurvey(
    rng: Generator, ground: Ground, done: list[Activity]
) -> tuple[list[Hazard], list[Planted]]:
    """Draw the hazards found in 2023: five on free ground, three on ground released before."""
    found: list[Hazard] = []
    planted: list[Planted] = []
    released = [
        a
        for a in done
        if a.year <= 2021 and a.result and not a.planted and a.released_m2 and a.released_m2 > 9_000
    ]
    reopened = [released[i] for i in rng.choice(len(released), 3, replace=False)]
    places: list[tuple[BaseGeometry, Activity | None]] = [
        (ground.put(size(rng)), None) for _ in range(5)
    ] + [(_within(rng, a.shape), a) for a in reopened]
    for number, (shape, activity) in enumerate(places, start=1):
        district = ground.place.district_at(shape)
        assert district is not None
        hazard = Hazard(
            id=f"XD-R-{number:04d}",
            source="resurvey",
            name=f"{district.name} resurvey {number} (made up)",
            type="CHA",
            classes=("ap",) if activity is None or not activity.classes else activity.classes,
            date=f"2023-{rng.integers(2, 12):02d}-{rng.integers(1, 28):02d}",
            declared=stated_area(rng, shape),
            shape=shape,
            pcode=district.pcode,
            organisation="PSG",
            origin="measured",
        )
        found.append(hazard)
        if activity is not None:
            text = f"direct evidence on ground released by {activity.id}"
            planted.append(Planted("reopened", "hazards_resurvey_2023.geojson", hazard.id, text))
    return found, planted


def _within(rng: Generator, shape: BaseGeometry) -> BaseGeometry:
    """Draw an irregular area inside a shape, a part of it."""
    inner = shape.representative_point()
    room = inner.distance(shape.boundary)
    small = shapes.area_shape(rng, (inner.x, inner.y), max(300.0, room**2))
    return _polygons(small.intersection(shape))


def historic(
    rng: Generator, ground: Ground, hazards: list[Hazard]
) -> tuple[list[dict[str, Any]], list[BaseGeometry], list[Planted]]:
    """Draw the areas cleared before the register existed, for ``--legacy``.

    Returns
    -------
    properties, shapes, planted
        24 on free ground, 8 of them undated, and 2 that overlap areas still suspected.
    """
    shapes_: list[BaseGeometry] = [ground.put(size(rng)) for _ in range(24)]
    untouched = [
        h
        for h in hazards
        if not h.planted and h.shape is not None and h.date and h.date < "2017"
        if "ap" in h.classes  # the class that the old certificates name
    ]
    chosen = [untouched[i] for i in rng.choice(len(untouched), 2, replace=False)]
    shapes_ += [_polygons(cut(rng, h.shape, 0.4)) for h in chosen]
    name = "cleared_before_register.geojson"
    properties, planted = [], []
    for number, shape in enumerate(shapes_, start=1):
        undated = number % 3 == 0
        # The two on suspected ground were decided after its information, and nobody closed it.
        year = 2018 if number > 24 else rng.integers(2005, 2012)
        day = f"{year}-{rng.integers(1, 13):02d}-{rng.integers(1, 28):02d}"
        record = {
            "activity_id": f"XD-H-{number:04d}",
            "activity_type": "clearance",
            "report_kind": "completion",
            "release": "cleared",
            "completion_date": None if undated else day,
            "contamination": "ap",
            "area_m2": round(geodesic_area(shape), -1),
            "authority": "Demonstration Mine Action Office (made up)",
            "document": f"XD-DOC-{1 + number % 4:02d}",
            "remarks": "made-up record; released before the register was set up",
        }
        properties.append(record)
        if undated:
            planted.append(
                Planted("historic_undated", name, record["activity_id"], "decision date unknown")
            )
        if number > 24:
            text = f"lies on {chosen[number - 25].id}, still open"
            planted.append(
                Planted("historic_release_on_open_ground", name, record["activity_id"], text)
            )
    return properties, shapes_, planted
