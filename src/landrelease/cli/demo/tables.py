"""The plain tables of the programme: progress, quality, ordnance, people, stocks, evidence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.random import Generator
from shapely.geometry.base import BaseGeometry

from .hazards import Hazard
from .manifest import Planted
from .place import Place, to_degrees
from .work import Activity


@dataclass(frozen=True)
class Table:
    """A table to be written as CSV: headings, rows (None = empty cell), HXL tags if any."""

    name: str
    record_type: str
    headings: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    tags: tuple[str, ...] = ()


ORGANISATIONS = Table(
    "organisations.csv",
    "organisations",
    ("acronym", "name", "type", "remarks"),
    [
        ("DMAO", "Demonstration Mine Action Office (made up)", "authority", "made-up record"),
        ("TFC", "Tern Field Clearance (made up)", "operator", "made-up record"),
        ("PSG", "Petrel Survey Group (made up)", "operator", "made-up record"),
        ("AHD", "Albatross Humanitarian Demining (made up)", "operator", "made-up record"),
        ("ICP", "Island Civil Protection (made up)", "police", "made-up record"),
        ("SHF", "Shearwater Fund (made up)", "donor", "made-up record"),
        ("MPA", "Meridian Press Agency (made up)", "media", "made-up record"),
    ],
)

ACCREDITATIONS = Table(
    "accreditations.csv",
    "accreditations",
    ("id", "organisation", "activity_kind", "validity", "authority", "remarks"),
    [
        ("XD-ACR-01", "TFC", "clearance", "2019-2022", "DMAO", "made-up record"),
        ("XD-ACR-02", "TFC", "clearance", "2023-2026", "DMAO", "made-up record"),
        ("XD-ACR-03", "TFC", "ts", "2019-2026", "DMAO", "made-up record"),
        ("XD-ACR-04", "AHD", "clearance", "2020-2025", "DMAO", "made-up record"),
        ("XD-ACR-05", "AHD", "bac", "2020-2025", "DMAO", "made-up record"),
        ("XD-ACR-06", "PSG", "nts", "2012-2026", "DMAO", "made-up record"),
        ("XD-ACR-07", "ICP", "eod_spot", "2018-2026", "DMAO", "made-up record"),
    ],
)

DOCUMENTS = Table(
    "documents.csv",
    "documents",
    ("id", "title", "kind", "publisher", "authority", "published", "language", "remarks"),
    [
        (
            f"XD-DOC-{number:02d}",
            f"Completion certificates, folder {number} (made up)",
            "report",
            "Demonstration Mine Action Office (made up)",
            "DMAO",
            str(2004 + 2 * number),
            "en",
            "made-up record",
        )
        for number in range(1, 5)
    ],
)


def progress(rng: Generator, activities: list[Activity]) -> Table:
    """Report the area worked month by month; the months of a task sum to its area worked."""
    rows = []
    for activity in _dated(activities):
        if activity.kind not in ("clearance", "bac") or activity.worked_m2 is None:
            continue
        months = _months(activity.start, activity.end)
        shares = rng.dirichlet(np.full(len(months), 4.0))
        worked = np.diff(np.round(np.cumsum([0, *shares]) * activity.worked_m2)).astype(int)
        for month, area in zip(months, worked, strict=True):
            number = f"XD-PRG-{len(rows) + 1:04d}"
            rows.append((number, activity.id, month, int(area), activity.team, "made-up record"))
    headings = ("id", "activity_id", "period", "area_worked", "team", "remarks")
    return Table("progress_reports.csv", "progress_reports", headings, rows)


def _months(start: Any, end: Any) -> list[str]:
    first, last = dt.date.fromisoformat(start), dt.date.fromisoformat(end)
    span = (last.year - first.year) * 12 + last.month - first.month
    return [
        f"{first.year + (first.month - 1 + n) // 12}-{(first.month - 1 + n) % 12 + 1:02d}"
        for n in range(span + 1)
    ]


def _dated(activities: list[Activity]) -> list[Activity]:
    return [a for a in activities if a.start and a.end]


def quality_visits(rng: Generator, activities: list[Activity]) -> Table:
    """Visit three in ten tasks on the ground; a rejected task has a failed visit."""
    rows = []
    for activity in _dated(activities):
        if activity.kind not in ("ts", "clearance", "bac") or activity.shape is None:
            continue
        failed = activity.status == "rejected"
        if not failed and rng.random() > 0.3:
            continue
        start, end = map(dt.date.fromisoformat, (str(activity.start), str(activity.end)))
        day = start + dt.timedelta(days=int(rng.integers((end - start).days + 1)))
        minor = not failed and rng.random() < 0.25
        lon, lat = _place(activity.shape.representative_point())
        rows.append(
            (
                f"XD-QV-{len(rows) + 1:04d}",
                day.isoformat(),
                activity.id,
                activity.organisation,
                "DMAO",
                "failed" if failed else "passed",
                "major" if failed else "minor" if minor else None,
                "part of the area not fully processed"
                if failed
                else "records incomplete"
                if minor
                else None,
                "area to be processed again" if failed else "records completed" if minor else None,
                lon,
                lat,
            )
        )
    headings = (
        "id",
        "visit_date",
        "activity_id",
        "organisation_inspected",
        "inspecting_organisation",
        "result",
        "severity",
        "nonconformity",
        "measures",
        "longitude",
        "latitude",
    )
    return Table("quality_visits.csv", "quality_visits", headings, rows)


def handovers(rng: Generator, place: Place, activities: list[Activity]) -> Table:
    """Hand over land after the completion report was accepted."""
    rows = []
    for activity in _dated(activities):
        if activity.status != "handed_over" or not activity.hazard or activity.shape is None:
            continue
        day = dt.date.fromisoformat(str(activity.end)) + dt.timedelta(int(rng.integers(10, 90)))
        district = place.district_at(activity.shape, margin=0.0)
        village = f"Community council of {district.name if district else 'the island'} (made up)"
        rows.append(
            (
                f"XD-HO-{len(rows) + 1:04d}",
                day.isoformat(),
                activity.hazard,
                activity.id,
                village,
                int(activity.released_m2 or 0),
                "made-up record",
            )
        )
    headings = (
        "id",
        "handover_date",
        "hazard_id",
        "activity_id",
        "recipient",
        "area_m2",
        "remarks",
    )
    return Table("handovers.csv", "handovers", headings, rows)


def ordnance(
    rng: Generator, activities: list[Activity], later: Activity
) -> tuple[Table, list[Planted]]:
    """List what clearance found, by reporting class.

    Two rows lack the class, without which a row says nothing; one item was found on land that
    ``later`` had released.
    """
    rows: list[list[Any]] = []
    for activity in _dated(activities):
        if activity.kind == "nts" or activity.shape is None:
            continue
        expected = {"clearance": 2.0, "bac": 3.0, "ts": 0.4, "eod_spot": 1.0}[activity.kind]
        number = 1 if activity.kind == "eod_spot" else int(rng.poisson(expected))
        for _ in range(number):
            lon, lat = _place(_point_in(rng, activity.shape))
            condition = rng.choice(["destroyed", "found", "left"], p=[0.93, 0.05, 0.02])
            rows.append(
                [
                    f"XD-EO-{len(rows) + 1:04d}",
                    activity.end,
                    activity.id,
                    activity.hazard,
                    str(rng.choice(activity.classes)) if activity.classes else "erw",
                    1 if rng.random() < 0.8 else int(rng.integers(2, 9)),
                    str(condition),
                    int(rng.integers(0, 20)) if rng.random() < 0.7 else None,
                    lon,
                    lat,
                ]
            )
    planted = []
    for i in sorted(rng.choice(len(rows), 2, replace=False)):
        rows[i][4] = None
        text = "no class of ordnance: the row cannot be used"
        planted.append(Planted("unusable_row", "ordnance.csv", rows[i][0], text))
    lon, lat = _place(later.shape.representative_point())
    identity = f"XD-EO-{len(rows) + 1:04d}"
    rows.append([identity, "2024-10-02", None, None, "ap", 1, "destroyed", None, lon, lat])
    text = f"found on ground released by {later.id}"
    planted.append(Planted("found_on_released", "ordnance.csv", identity, text))
    headings = (
        "id",
        "found",
        "activity_id",
        "hazard_id",
        "class",
        "quantity",
        "condition",
        "depth",
        "longitude",
        "latitude",
    )
    table = Table("ordnance.csv", "ordnance", headings, [tuple(row) for row in rows])
    return table, planted


def accidents(
    rng: Generator, hazards: list[Hazard], later: Activity
) -> tuple[Table, list[Planted]]:
    """List accidents of 2012 to 2024, fewer each year, with an HXL tag row.

    One total does not agree with its parts; one accident is on land that ``later`` had released.
    """
    mapped = [h for h in hazards if h.shape is not None and not h.planted]
    rows: list[tuple[Any, ...]] = []
    for year in range(2012, 2025):
        for _ in range(int(rng.poisson(9 * 0.84 ** (year - 2012)))):
            hazard = mapped[rng.integers(len(mapped))]
            point = _point_in(rng, hazard.shape)
            day = f"{year}-{rng.integers(1, 13):02d}-{rng.integers(1, 29):02d}"
            rows.append(_accident(rng, len(rows) + 1, day, hazard, point))
    planted = []
    wrong = int(rng.choice([i for i, row in enumerate(rows) if row[6] and row[7]]))
    rows[wrong] = (
        *rows[wrong][:8],
        int(rows[wrong][6]) + int(rows[wrong][7]) + 2,
        *rows[wrong][9:],
    )
    text = "the stated total is 2 more than killed and injured"
    planted.append(Planted("total_mismatch", "accidents.csv", rows[wrong][0], text))
    point = later.shape.representative_point()
    lon, lat = _place(point)
    last = f"XD-AX-{len(rows) + 1:03d}"
    rows.append((last, "2024-08-19", "mine", "ap", None, None, 1, 1, 2, "measured", lon, lat))
    text = f"on ground released by {later.id}"
    planted.append(Planted("found_on_released", "accidents.csv", last, text))
    headings = (
        "accident_id",
        "date",
        "accident_type",
        "device",
        "hazard_id",
        "pcode",
        "killed",
        "injured",
        "total",
        "location_origin",
        "longitude",
        "latitude",
    )
    tags = (
        "#event+id",
        "#date",
        "",
        "",
        "",
        "#adm2+code",
        "#affected+killed",
        "#affected+injured",
        "#affected",
        "",
        "#geo+lon",
        "#geo+lat",
    )
    return Table("accidents.csv", "accidents", headings, rows, tags), planted


def _accident(
    rng: Generator, number: int, day: str, hazard: Hazard, point: BaseGeometry
) -> tuple[Any, ...]:
    device = hazard.classes[0] if hazard.classes and rng.random() < 0.8 else None
    kind = {"cmr": "cluster", "erw": "erw", "ap_improvised": "improvised"}.get(str(device), "mine")
    killed, injured = int(rng.poisson(0.4)), int(rng.poisson(0.9))
    if killed + injured == 0:
        injured = 1
    known = rng.random() > 0.12
    by_village = rng.random() < 0.25
    lon, lat = _place(point)
    return (
        f"XD-AX-{number:03d}",
        day if rng.random() < 0.75 else day[:4],
        kind,
        device,
        None if by_village else hazard.id,
        hazard.pcode,
        killed if known else None,
        injured if known else None,
        killed + injured,
        "centroid" if by_village else "measured",
        round(lon, 2) if by_village else lon,
        round(lat, 2) if by_village else lat,
    )


_FIRST = ("Tessa", "Orlan", "Mirelle", "Quent", "Ysolde", "Bram", "Wenna", "Calder", "Idony")
_LAST = ("Quorrowick", "Vantablay", "Thistlemere", "Oxbarrow", "Pellinthorpe", "Zwillingham")


def victims(rng: Generator, accidents: Table) -> Table:
    """List the persons of the accidents; every name is invented and says so."""
    rows: list[tuple[Any, ...]] = []
    for accident in accidents.rows:
        killed, injured = accident[6] or 0, accident[7] or 0
        for consequence in ["killed"] * killed + ["injured"] * injured:
            rows.append(_victim(rng, len(rows) + 1, accident, consequence))
    headings = (
        "victim_id",
        "accident_id",
        "accident_date",
        "killed_or_injured",
        "gender",
        "age_group",
        "status",
        "device",
        "activity_at_time",
        "pcode",
        "victim_name",
        "date_of_birth",
        "address",
        "phone",
    )
    return Table("victims.csv", "victims", headings, rows)


def _victim(
    rng: Generator, number: int, accident: tuple[Any, ...], consequence: str
) -> tuple[Any, ...]:
    child = rng.random() < 0.3
    born = int(accident[1][:4]) - int(rng.integers(6, 17) if child else rng.integers(18, 70))
    named = rng.random() < 0.85
    return (
        f"XD-VI-{number:03d}",
        accident[0],
        accident[1],
        consequence,
        _maybe(rng, str(rng.choice(["female", "male"], p=[0.3, 0.7]))),
        _maybe(rng, "child" if child else "adult"),
        _maybe(rng, str(rng.choice(["civilian", "military", "deminer"], p=[0.88, 0.07, 0.05]))),
        accident[3],
        _maybe(rng, str(rng.choice(["farming", "herding", "fishing", "walking", "playing"]))),
        accident[5],
        f"{rng.choice(_FIRST)} {rng.choice(_LAST)} (made up)" if named else None,
        f"{born}-{rng.integers(1, 13):02d}-{rng.integers(1, 29):02d}" if named else None,
        f"{rng.integers(1, 90)} Nowhere Lane (made up)" if rng.random() < 0.4 else None,
        f"+000 000 {number:04d}" if rng.random() < 0.3 else None,
    )


def _maybe(rng: Generator, value: str) -> str | None:
    """Give a value that is not recorded one time in ten."""
    return value if rng.random() > 0.1 else None


def education(rng: Generator, place: Place) -> Table:
    """List risk education sessions; some counted only the total."""
    rows = []
    for number in range(1, 121):
        district = place.districts[rng.integers(len(place.districts))]
        day = dt.date(2020, 1, 1) + dt.timedelta(days=int(rng.integers(5 * 365)))
        reached = rng.poisson([9, 8, 14, 13])
        counted = rng.random() < 0.8
        lon, lat = _place(_point_in(rng, district.polygon))
        rows.append(
            (
                f"XD-RE-{number:03d}",
                day.isoformat(),
                str(rng.choice(["ICP", "AHD"])),
                str(rng.choice(["interpersonal", "training", "mass_media"], p=[0.8, 0.1, 0.1])),
                district.pcode,
                *([int(n) for n in reached] if counted else [None] * 4),
                int(reached.sum()),
                round(lon, 4),
                round(lat, 4),
            )
        )
    headings = (
        "id",
        "session_date",
        "organisation",
        "method",
        "pcode",
        "women",
        "men",
        "girls",
        "boys",
        "total",
        "longitude",
        "latitude",
    )
    return Table("education.csv", "education_sessions", headings, rows)


STOCKPILE = Table(
    "stockpile.csv",
    "stockpiles",
    ("id", "counted", "purpose", "device_class", "quantity", "institution", "remarks"),
    [
        ("XD-ST-01", "2012-12-31", "stockpile", "ap", 4180, "Island guard (made up)", "made up"),
        ("XD-ST-02", "2014-06-30", "destroyed", "ap", 4060, "Island guard (made up)", "made up"),
        ("XD-ST-03", "2019-12-31", "retained", "ap", 120, "Training school (made up)", "made up"),
        ("XD-ST-04", "2024-12-31", "retained", "ap", 86, "Training school (made up)", "made up"),
        ("XD-ST-05", "2024-12-31", "stockpile", "cmr", None, "Island guard (made up)", "made up"),
    ],
)

_STATEMENTS = (
    ("verbal_report", "verbal", "indirect", "Herders say that they have not used this ground."),
    ("unused_land", "visual", "indirect", "Good pasture beside the path is not in use."),
    ("sign_or_marking", "visual", "direct", "Old warning signs stand at the gate."),
    ("ordnance_seen", "visual", "direct", "The survey team saw an item from the safe path."),
    ("detonation", "verbal", "direct", "Two detonations were heard in the grass fire."),
    ("accident", "records", "direct", "An accident is recorded at this place."),
    ("craters_or_debris", "visual", "indirect", "Craters and metal debris along the field."),
    ("old_survey", "records", "indirect", "The survey of 2009 lists this ground."),
)


def evidence(rng: Generator, hazards: list[Hazard]) -> Table:
    """List the evidence behind about two hazards in three; a confirmed one has direct evidence."""
    rows = []
    for hazard in hazards:
        if hazard.planted or rng.random() > 0.66:
            continue
        kinds = [s for s in _STATEMENTS if hazard.type != "CHA" or s[2] == "direct"]
        kind, channel, directness, statement = kinds[rng.integers(len(kinds))]
        spot = hazard.point if hazard.shape is None else hazard.shape.representative_point()
        lon, lat = _place(spot)
        rows.append(
            (
                f"XD-EV-{len(rows) + 1:04d}",
                hazard.id,
                kind,
                channel,
                directness,
                hazard.date,
                str(rng.choice(list("ABCDF"), p=[0.1, 0.35, 0.3, 0.1, 0.15])),
                str(rng.choice(list("12346"), p=[0.15, 0.35, 0.25, 0.1, 0.15])),
                statement,
                hazard.pcode,
                lon,
                lat,
            )
        )
    headings = (
        "evidence_id",
        "hazard_id",
        "evidence_kind",
        "channel",
        "directness",
        "date_of_information",
        "reliability",
        "credibility",
        "statement",
        "pcode",
        "longitude",
        "latitude",
    )
    return Table("evidence.csv", "evidence", headings, rows)


def _place(point: BaseGeometry) -> tuple[float, float]:
    """Longitude and latitude (degrees) of a plane point, to 1 m."""
    shown = to_degrees(point)
    return round(shown.x, 5), round(shown.y, 5)


def _point_in(rng: Generator, shape: BaseGeometry) -> BaseGeometry:
    west, south, east, north = shape.bounds
    for _ in range(200):
        point = shapely.Point(rng.uniform(west, east), rng.uniform(south, north))
        if shape.contains(point):
            return point
    return shape.representative_point()


def all_tables(
    rng: Generator,
    place: Place,
    hazards: list[Hazard],
    activities: list[Activity],
) -> tuple[Sequence[Table], list[Planted]]:
    """Draw every table, in the order in which they are best imported.

    Parameters
    ----------
    rng
        Source of randomness.
    place
        The island.
    hazards, activities
        What the tables refer to.
    """
    released = [
        a
        for a in activities
        if a.year <= 2022 and a.result and not a.planted and a.status == "handed_over"
    ]
    first = released[rng.integers(len(released))]
    cleared = [a for a in released if a.result == "cleared" and a.year == 2022 and a is not first]
    second = cleared[rng.integers(len(cleared))]
    found, planted_found = ordnance(rng, activities, first)
    accident, planted_accidents = accidents(rng, hazards, second)
    tables = (
        progress(rng, activities),
        quality_visits(rng, activities),
        handovers(rng, place, activities),
        found,
        accident,
        victims(rng, accident),
        education(rng, place),
        STOCKPILE,
        evidence(rng, hazards),
    )
    return tables, [*planted_found, *planted_accidents]
