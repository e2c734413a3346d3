"""What the public is given of the register: no hazard vanishes from it, and no record shows."""

from __future__ import annotations

import csv
from datetime import date

import pytest
import shapely
from registering import (
    HAZARD,
    LAT,
    LON,
    REPORT,
    activities,
    bow_tie,
    consent,
    geojson,
    hazards,
    operator,
    square,
    submit,
)
from registering import table as csv_of

from landrelease.exchange.formulas import like_a_formula
from landrelease.exchange.publish import publish
from landrelease.register import profile, publication


def table(name):
    return {one.name: one for one in publication.tables()}[name].counts


def shown() -> shapely.Geometry:
    return shapely.union_all(publication.hazard_cells())


def warned() -> set[str]:
    return set(publication.warned_of().values_list("source_id", flat=True))


def test_a_hazard_is_warned_of_until_nothing_of_it_is_open(workspace, tmp_path):
    operator(tmp_path)
    hazards(tmp_path, (square(size=2), HAZARD))
    activities(tmp_path, (square(), REPORT), (square(size=2), {**REPORT, "source_id": "A2"}))
    consent("AC-1")
    assert warned() == {"H1"}
    assert shown().covers(square(size=2)), "the ground that was released with the rest"
    consent("AC-2")
    assert warned() == set()
    assert shown().is_empty
    submit(
        geojson(tmp_path / "x.geojson", [
            (square().centroid, {"source_id": "X", "date": "2023-01-01"}),
        ]),
        "accidents",
    )  # fmt: skip
    assert warned() == {"H1"}, "released land in question"
    assert shown().covers(square(size=2))


def test_ground_of_two_hazards_is_warned_of_while_one_is_open(workspace, tmp_path):
    operator(tmp_path)
    hazards(tmp_path, (square(), HAZARD), (square(), {**HAZARD, "source_id": "H2", "type": "SHA"}))
    activities(tmp_path, (square(), REPORT))
    consent("AC-1")
    assert warned() == {"H2"}
    assert shown().covers(square())


def test_one_class_released_is_not_all(workspace, tmp_path):
    operator(tmp_path)
    hazards(tmp_path, (square(), {**HAZARD, "classes": "ap|cmr"}))
    activities(tmp_path, (square(), REPORT))
    consent("AC-1")
    assert warned() == {"H1"}


def test_what_has_a_bad_boundary_or_none_is_warned_of(workspace, tmp_path):
    hazards(
        tmp_path,
        (bow_tie(), HAZARD),
        (None, {**HAZARD, "source_id": "H2"}),
        (shapely.Point(LON + 0.3, LAT), {**HAZARD, "source_id": "H3"}),
    )
    assert warned() == {"H1", "H2", "H3"}
    assert shown().covers(shapely.convex_hull(bow_tie()))
    assert shown().covers(shapely.Point(LON + 0.3, LAT))
    assert table("hazards_without_place") == {(publication.NOT_RECORDED,): 1}


def test_a_record_counts_in_the_units_of_today(workspace, tmp_path):
    """A boundary reform leaves the old unit on record; tables are of those in force (rule 11)."""
    box = shapely.box(LON - 1, LAT - 1, LON + 1, LAT + 1)
    units = [
        ("OLD", "1990-01-01/2019-12-31"),
        ("NEW", "2020-01-01"),
    ]
    submit(
        geojson(tmp_path / "units.geojson", [
            (box, {"source_id": key, "name": key, "level": 1, "valid": valid})
            for key, valid in units
        ]),
        "units",
    )  # fmt: skip
    hazards(tmp_path, (square(), HAZARD))
    assert table("hazards") == {("NEW NEW", "ap"): 1}


@pytest.fixture
def rules(workspace, monkeypatch):
    """Set what the profile says of publication."""
    kept = profile.current()

    def set_to(**changes):
        own = kept.publication.model_copy(update=changes)
        changed = kept.model_copy(update={"publication": own})
        monkeypatch.setattr(profile, "current", lambda: changed)

    return set_to


def test_released_land_is_a_mark_that_waits_near_hostilities(workspace, tmp_path, rules):
    operator(tmp_path)
    hazards(tmp_path, (square(size=2), HAZARD), (square(20), {**HAZARD, "source_id": "H2"}))
    activities(tmp_path, (square(size=2), REPORT))
    consent("AC-1")
    (mark,) = publication.released_marks()
    assert dict(mark.said) == {
        "result": "cleared", "classes": "ap", "depth_cm": "20", "date": "2022",
    }  # fmt: skip
    assert not square(size=2).covers(shapely.Point(mark.longitude, mark.latitude))
    before = shown()
    near = profile.Hostilities(
        name="South", area=shapely.box(LON - 1, LAT - 1, LON + 1, LAT + 1).wkt,
        since=date(2020, 1, 1), grid_m=20_000, delay_days=36_500,
    )  # fmt: skip
    rules(hostilities=(near,))
    assert publication.released_marks() == []
    assert table("releases") == {}
    assert shown().covers(before), "wider, and nothing of it waits"
    assert shown().covers(square(20))


def test_restricted_records_are_warned_of_and_released_unseen(workspace, tmp_path, rules):
    rules(restricted_namespaces=("military",))
    operator(tmp_path)
    hazards(tmp_path, (square(), HAZARD), (square(20), {**HAZARD, "source_id": "H2"}),
            namespace="military")  # fmt: skip
    activities(tmp_path, (square(), REPORT), namespace="military")
    consent("AC-1")
    assert publication.released_marks() == []
    assert shown().covers(square(20))


def test_no_cell_of_a_published_table_is_a_formula(workspace, tmp_path, rules):
    rules(hazard_warnings=True)
    box = shapely.box(LON - 1, LAT - 1, LON + 1, LAT + 1)
    unit = {"source_id": "＝1+1", "name": "x", "level": 1}
    submit(geojson(tmp_path / "units.geojson", [(box, unit)]), "units")
    hazards(tmp_path, *[(square(5 * n), {**HAZARD, "source_id": f"H{n}"}) for n in range(6)])
    publish(tmp_path / "open")
    with (tmp_path / "open" / "hazards.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert ["'＝1+1 x", "ap", "6"] in [row[:3] for row in rows]
    assert not [cell for row in rows for cell in row if like_a_formula(cell)]


def test_casualties_of_unknown_number_are_no_zero(workspace, tmp_path):
    accident = {"date": "2021-02-02"}
    rows = [
        {"source_id": "X1", **accident, "killed": 1, "injured": 2},
        {"source_id": "X2", **accident, "killed": 1},
        {"source_id": "X3", **accident},
        {"source_id": "X4", **accident, "injured": 1, "casualties": 5},
        {"source_id": "X5", **accident, "killed": 0, "injured": 0},
    ]
    submit(csv_of(tmp_path / "accidents.csv", rows), "accidents")
    unit = publication.NOT_RECORDED
    assert table("casualties") == {
        (unit, "killed", "2021"): 2,
        (unit, "injured", "2021"): 3,
        (unit, "unknown", "2021"): 4,
    }
    assert table("accidents_without_numbers") == {(unit, "2021"): 2}, "X2 and X3"
