"""Write the files that the national programme of a made-up island would have received."""

from __future__ import annotations

import math
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from . import faults, hazard_files, hazards, tables, work, writing
from .manifest import DemoFile, Manifest
from .place import CENTRE, PROVINCES, TITLE, UTM, VALID_FROM, Place, draw

#: The year whose activities come in metres and under another office's headings.
_OTHER_HEADINGS = 2022

_HEADINGS = (
    "activity_id",
    "activity_type",
    "report_kind",
    "release",
    "hazard_id",
    "operator",
    "method",
    "start_date",
    "end_date",
    "activity_status",
    "contamination",
    "depth",
    "tasked_depth",
    "released_area",
    "area_worked",
    "team",
    "remarks",
)
_OTHER = (
    "TaskNo",
    "Work",
    "Report",
    "Outcome",
    "AreaID",
    "Agency",
    "Technique",
    "Begun",
    "Finished",
    "State",
    "Threat",
    "DepthCm",
    "OrderedCm",
    "ReleasedHa",
    "WorkedHa",
    "Team",
    "Note",
)


def generate(folder: Path, seed: int = 20240613) -> Manifest:
    """Write the whole demonstration programme into a folder.

    The same seed gives the same files, byte by byte. ``manifest.json`` lists them, with every
    fault that was planted.

    Parameters
    ----------
    folder
        Made when missing; files of the same names are replaced.
    seed
        Seed of the random numbers.

    Returns
    -------
    Manifest
        Files in the order in which they are best imported, faults and corrections.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    place = draw(rng)
    ground = hazards.Ground(rng, place)
    areas = hazards.draw(rng, place, ground)
    planted = faults.Planter(rng, place, ground, areas).plant()
    activities, trouble = work.activities(rng, ground, areas)
    found, reopened = work.resurvey(rng, ground, activities)
    historic, shapes, legacy = work.historic(rng, ground, areas)
    plain, table_faults = tables.all_tables(rng, place, areas, activities)
    reissue, corrections = hazard_files.corrected(rng, areas, planted)

    files = [
        _units(folder / "units.geojson", place),
        *(
            _table(folder, table)
            for table in (tables.ORGANISATIONS, tables.ACCREDITATIONS, tables.DOCUMENTS)
        ),
        *hazard_files.write_all(folder, rng, areas),
        *_activity_files(folder, activities),
        hazard_files.write_geojson(folder / "hazards_resurvey_2023.geojson", found),
        _historic(folder / "cleared_before_register.geojson", historic, shapes),
        *(_table(folder, table) for table in plain),
        hazard_files.write_geojson(folder / hazard_files.CORRECTED, reissue),
        *_texts(folder),
    ]
    manifest = Manifest(
        seed=seed,
        title=TITLE,
        centre=CENTRE,
        files=tuple(files),
        planted=(*planted, *trouble, *reopened, *legacy, *table_faults),
        corrections=tuple(corrections),
    )
    manifest.save(folder / "manifest.json")
    return manifest


def _units(path: Path, place: Place) -> DemoFile:
    features: list[tuple[dict[str, Any], Any]] = []
    for (pcode, shape), name in zip(place.provinces.items(), PROVINCES, strict=True):
        features.append((_unit(pcode, f"{name} (made up)", 1, None), shape))
    for district in place.districts:
        name = f"{district.name} (made up)"
        features.append((_unit(district.pcode, name, 2, district.province), district.polygon))
    return DemoFile(path.name, "units", writing.geojson(path, features))


def _unit(pcode: str, name: str, level: int, parent: str | None) -> dict[str, Any]:
    return {
        "pcode": pcode,
        "name": name,
        "admin_level": level,
        "parent_pcode": parent,
        "valid_from": VALID_FROM,
    }


def _table(folder: Path, table: tables.Table) -> DemoFile:
    rows = writing.table(folder / table.name, table.headings, table.rows, table.tags)
    return DemoFile(table.name, table.record_type, rows)


def _historic(path: Path, properties: list[dict[str, Any]], shapes: list[Any]) -> DemoFile:
    rows = writing.geojson(path, list(zip(properties, shapes, strict=True)))
    return DemoFile(path.name, "activities", rows, legacy=True)


def _activity_files(folder: Path, activities: list[work.Activity]) -> list[DemoFile]:
    """Write one GeoPackage a year; one year is in UTM, in hectares and under other headings."""
    files = []
    for year in work.YEARS:
        of_year = [a for a in activities if a.year == year]
        other = year == _OTHER_HEADINGS
        rows = [_activity(a, hectares=other) for a in of_year]
        columns = {
            heading: _column([row[n] for row in rows])
            for n, heading in enumerate(_OTHER if other else _HEADINGS)
        }
        path = folder / f"activities_{year}.gpkg"
        shapes = [a.shape for a in of_year]
        crs = UTM if other else "EPSG:4326"
        count = writing.geopackage(path, columns, shapes, crs=crs)
        mapping = f"map_activities_{year}.yaml" if other else ""
        files.append(DemoFile(path.name, "activities", count, mapping))
    return files


def _activity(a: work.Activity, *, hectares: bool) -> tuple[Any, ...]:
    unit = 10_000 if hectares else 1
    released, worked = (
        None if area is None else area / unit for area in (a.released_m2, a.worked_m2)
    )
    report = "completion" if a.result else None
    return (
        a.id,
        a.kind,
        report,
        a.result,
        a.hazard,
        a.organisation,
        a.method,
        a.start,
        a.end,
        a.status,
        "|".join(a.classes) or None,
        a.depth_cm,
        a.tasked_depth_cm,
        released,
        worked,
        a.team,
        a.remarks,
    )


def _column(values: list[Any]) -> list[Any]:
    """Make a column of numbers whole: floats, with NaN where nothing was recorded."""
    if any(isinstance(value, float) for value in values):
        return [math.nan if value is None else float(value) for value in values]
    return values


def _texts(folder: Path) -> list[DemoFile]:
    """Copy what ships with the package: mapping files, and the reports into ``reports/``."""
    here = resources.files(__package__)
    for source in sorted(here.joinpath("maps").iterdir(), key=lambda entry: entry.name):
        if source.name.endswith(".yaml"):
            (folder / source.name).write_bytes(source.read_bytes())
    (folder / "reports").mkdir(exist_ok=True)
    files = []
    for source in sorted(here.joinpath("reports").iterdir(), key=lambda entry: entry.name):
        if source.name.endswith((".txt", ".html")):
            (folder / "reports" / source.name).write_bytes(source.read_bytes())
            files.append(DemoFile(f"reports/{source.name}", "", 1))
    return files
