"""The hazards as four offices file them: GeoJSON, an old workbook, a traverse table, plain points.

The headings and habits differ on purpose; where they cannot be guessed, a mapping file beside the
table says what is what.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.random import Generator
from pyproj import Geod
from shapely.affinity import scale
from shapely.geometry.base import BaseGeometry

from . import writing
from .faults import FILE_OF
from .hazards import OLD, POINTS, SURVEY, TRAVERSE, Hazard, stated_area
from .manifest import DemoFile, Planted
from .place import geodesic_area, to_degrees

_GEOD = Geod(ellps="WGS84")

#: Magnetic declination used by the made-up surveyors, degrees, east positive.
DECLINATION = -21.5

#: So many traverses give true bearings; the others were read from a compass, in their own file.
BY_TRUE_NORTH = 26
COMPASS = "hazards_traverse_magnetic.csv"

CORRECTED = "hazards_survey_corrected.geojson"


def survey_properties(hazard: Hazard) -> dict[str, Any]:
    """Give the attributes of one hazard under the headings of the survey's GeoJSON."""
    return {
        "hazard_id": hazard.id,
        "name": hazard.name,
        "hazard_type": hazard.type,
        "contamination": "|".join(hazard.classes) or None,
        "hazard_status": hazard.status,
        "date_of_information": hazard.date,
        "area_m2": hazard.declared,
        "organisation": hazard.organisation,
        "pcode": hazard.pcode,
        "location_origin": hazard.origin,
        "remarks": hazard.remarks,
    }


def write_geojson(path: Path, hazards: list[Hazard]) -> DemoFile:
    """Write hazards as GeoJSON in longitude and latitude."""
    rows = writing.geojson(
        path, [(survey_properties(h), h.raw if h.raw is not None else h.shape) for h in hazards]
    )
    return DemoFile(path.name, "hazards", rows)


def write_all(folder: Path, rng: Generator, hazards: list[Hazard]) -> list[DemoFile]:
    """Write the four files of hazards.

    Parameters
    ----------
    folder
        Where to write.
    rng
        Source of the surveyors' small errors of measurement.
    hazards
        All hazards; each goes to the file of its source.
    """
    of = {source: [h for h in hazards if h.source == source] for source in FILE_OF}
    return [
        write_geojson(folder / FILE_OF[SURVEY], of[SURVEY]),
        _old(folder / FILE_OF[OLD], of[OLD]),
        _traverse(folder / FILE_OF[TRAVERSE], rng, of[TRAVERSE][:BY_TRUE_NORTH]),
        _traverse(folder / COMPASS, rng, of[TRAVERSE][BY_TRUE_NORTH:], turn=DECLINATION),
        _points(folder / FILE_OF[POINTS], of[POINTS]),
    ]


def _old(path: Path, hazards: list[Hazard]) -> DemoFile:
    """Write the old workbook: hectares, own words, outlines as UTM text rounded to 0.1 m."""
    category = {"SHA": "Suspected Minefield", "CHA": "Confirmed Minefield", None: None}
    device = {
        "ap": "AP",
        "ap_improvised": "IMPROVISED",
        "av": "AT",
        "cmr": "CLUSTER",
        "erw": "UXO",
    }
    rows = []
    for h in hazards:
        hectares = None if h.shape is None else round(geodesic_area(h.shape) / 10_000, 2)
        devices = " + ".join(device[c] for c in h.classes) or None
        year = int(h.date[:4]) if h.date else None
        outline = None if h.shape is None else shapely.to_wkt(h.shape, rounding_precision=1)
        label = category.get(h.type, h.type)
        rows.append((h.id, h.name, label, devices, year, hectares, h.pcode, outline))
    headings = (
        "Minefield No.",
        "Village",
        "Category",
        "Devices",
        "Year of record",
        "Size (ha)",
        "District code",
        "Outline (UTM 27S)",
    )
    title = "Register of minefields, made-up demonstration programme"
    count = writing.workbook(path, "Minefields", title, headings, rows)
    return DemoFile(path.name, "hazards", count, "map_hazards_old_utm.yaml")


def _traverse(path: Path, rng: Generator, hazards: list[Hazard], turn: float = 0.0) -> DemoFile:
    """Write reference points with bearings and distances, as read from compass and tape.

    The first leg leads from the reference point to the first corner, the last back to that corner.
    ``turn`` is what the surveyors' north lies east of true north, in degrees.
    """
    rows = []
    for h in hazards:
        corners = np.array(to_degrees(h.shape).exterior.coords)
        reference = np.round(corners[0] + rng.uniform(-0.0008, 0.0008, 2), 6)
        rows.append(
            (
                h.id,
                h.name,
                h.type,
                "|".join(h.classes) or None,
                h.date,
                h.declared,
                h.organisation,
                h.pcode,
                reference[0],
                reference[1],
                "magnetic" if turn else "true",
                turn or None,
                _legs(rng, np.vstack((reference, corners)), turn),
                "made-up record",
            )
        )
    headings = (
        "hazard_id",
        "name",
        "hazard_type",
        "contamination",
        "date_of_information",
        "declared_area",
        "organisation",
        "pcode",
        "reference_lon",
        "reference_lat",
        "north",
        "declination",
        "legs",
        "remarks",
    )
    count = writing.table(path, headings, rows)
    return DemoFile(path.name, "hazards", count, f"map_{path.stem}.yaml")


def _legs(rng: Generator, points: Any, turn: float) -> str:
    """Measure along a line of points: bearings to 0.1 degree, distances to 0.1 m, both unsure."""
    lon, lat = points[:, 0], points[:, 1]
    azimuth, _, distance = _GEOD.inv(lon[:-1], lat[:-1], lon[1:], lat[1:])
    bearing = np.round((azimuth - turn + rng.normal(0, 0.1, len(azimuth))) % 360, 1) % 360
    length = np.round(distance * (1 + rng.normal(0, 0.001, len(distance))), 1)
    return "; ".join(f"{b:05.1f}/{d:.1f}" for b, d in zip(bearing, length, strict=True))


def _points(path: Path, hazards: list[Hazard]) -> DemoFile:
    """Write hazards of which only a place and perhaps a size is known."""
    rows = []
    for h in hazards:
        at = to_degrees(h.point)
        rows.append(
            (
                h.id,
                h.name,
                h.type,
                "|".join(h.classes) or None,
                h.date,
                h.declared,
                h.pcode,
                h.origin,
                round(at.x, 3),
                round(at.y, 3),
                "made-up record; no outline was ever drawn",
            )
        )
    headings = (
        "hazard_id",
        "name",
        "hazard_type",
        "contamination",
        "date_of_information",
        "area_m2",
        "pcode",
        "location_origin",
        "longitude",
        "latitude",
        "remarks",
    )
    return DemoFile(path.name, "hazards", writing.table(path, headings, rows))


def corrected(
    rng: Generator, hazards: list[Hazard], planted: list[Planted]
) -> tuple[list[Hazard], list[Planted]]:
    """Re-issue the survey with a few things changed, and list each of them.

    Some corrections lower caution (a boundary shrunk, CHA to SHA, a record left out): these need
    the evidence and the second person of a release, whatever file they come in.

    Returns
    -------
    hazards
        The survey's hazards as they stand in the corrected file.
    corrections
        One entry for each difference; nothing else differs.
    """
    survey = [h for h in hazards if h.source == SURVEY]
    by_id = {h.id: n for n, h in enumerate(survey)}
    changes: list[Planted] = []
    sound = iter(rng.permutation([n for n, h in enumerate(survey) if not h.planted and h.shape]))

    def change(kind: str, n: int, note: str, **values: Any) -> None:
        survey[n] = dataclasses.replace(survey[n], **values)
        changes.append(Planted(kind, CORRECTED, survey[n].id.strip(), note))

    hectares = [p.record for p in planted if "hectares" in p.note]
    for record in hectares[:2]:
        n = by_id[record]
        area = stated_area(rng, survey[n].shape)
        change("declared_changed", n, "hectares restated in square metres", declared=area)
    ring = next(p.record for p in planted if "wrong order" in p.note)
    repaired = survey[by_id[ring]].shape.convex_hull
    change("geometry_changed", by_id[ring], "the crossed ring is redrawn", shape=repaired)
    n = int(next(sound))
    change("date_changed", n, "date of information is later", date="2019-12-20")
    n = int(next(i for i in sound if survey[i].type == "SHA"))
    change("type_changed", n, "SHA to CHA", type="CHA")
    n = int(next(i for i in sound if survey[i].type == "CHA"))
    change("type_lowered", n, "CHA to SHA: lowers caution", type="SHA")
    n = int(next(sound))
    smaller: BaseGeometry = scale(survey[n].shape, 0.9, 0.9)
    change("boundary_shrunk", n, "boundary drawn 10 % closer: lowers caution", shape=smaller)
    n = int(next(i for i in sound if survey[i].declared))
    missing = survey[n]
    text = "left out of the re-issue: never closed by that"
    changes.append(Planted("record_missing", CORRECTED, missing.id, text))
    del survey[n]
    return survey, changes
