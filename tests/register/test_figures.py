"""Balances: rows and total, what overlaps, what lies in no unit, what has no polygon."""

from __future__ import annotations

import pytest
from registering import HAZARD, REPORT, STEP, activities, consent, hazards, operator, square, submit

from landrelease.register import balances, figures
from landrelease.register.errors import RegisterError
from landrelease.register.models import Hazard


@pytest.fixture
def programme(workspace, tmp_path):
    """Two units side by side; hazards in one, in the other, in both, in none, and overlapping."""
    from registering import geojson

    submit(
        geojson(
            tmp_path / "units.geojson",
            [
                (square(0, 0, 10), {"source_id": "U1", "name": "West", "level": 2}),
                (square(10, 0, 10), {"source_id": "U2", "name": "East", "level": 2}),
            ],
        ),
        "units",
    )
    operator(tmp_path)
    hazards(
        tmp_path,
        (square(1, 1, 2), {**HAZARD, "source_id": "west"}),
        (square(2, 1, 2), {**HAZARD, "source_id": "overlapping", "classes": "av"}),
        (square(15, 1), {**HAZARD, "source_id": "east", "type": "SHA", "classes": None}),
        (square(9, 5, 2), {**HAZARD, "source_id": "both"}),
        (square(30, 30), {**HAZARD, "source_id": "none"}),
        (None, {"source_id": "declared", "declared_m2": 5000, "unit": "U2"}),
        (None, {"source_id": "unknown"}),
    )
    activities(tmp_path, (square(15, 1), {**REPORT, "hazard": "none"}))
    return workspace


def held(balance):
    """Every row's figures; sums of rows (plus the overlap, by hazard) have to be the total."""
    for name in balances.ACCOUNTS:
        column = f"{name}_mm2"
        assert sum(getattr(row, column) for row in balance.rows) == getattr(balance.total, column)
    assert sum(row.hazards for row in balance.rows) >= balance.total.hazards
    assert sum(row.unknown_size for row in balance.rows) == balance.total.unknown_size
    assert sum(row.declared_only_m2 for row in balance.rows) == balance.total.declared_only_m2
    assert balance.residual_mm2 == 0
    return {row.key: row for row in balance.rows}


def area(key):
    return Hazard.objects.get(source_id=key).area_mm2


def test_by_unit(programme):
    balance = figures.balance(by="unit")
    rows = held(balance)
    assert list(rows) == ["U2", "U1", balances.OUTSIDE_ALL, balances.NO_PLACE]
    half = area("both") / 2
    assert rows["U2"].suspected_mm2 == area("east")
    assert rows["U2"].confirmed_mm2 == pytest.approx(half, rel=1e-3)
    assert (rows["U2"].hazards, rows["U2"].declared_only_m2) == (3, 5000)
    assert rows[balances.OUTSIDE_ALL].confirmed_mm2 == area("none")
    assert rows[balances.NO_PLACE].unknown_size == 1
    # Ground that two records hold is counted once.
    once = area("west") + area("overlapping") / 2 + half
    assert rows["U1"].confirmed_mm2 == pytest.approx(once, rel=1e-3)
    assert rows["U1"].hazards == 3
    assert balance.total.hazards == balance.total.open_areas == 7, "the one in both counts once"
    assert sum(row.hazards for row in balance.rows) == 8


@pytest.mark.parametrize("by", [None, "unit", "class"])
def test_kept_and_added_up_figures_are_the_same(programme, tmp_path, by):
    activities(
        tmp_path,
        (square(1, 1), {**REPORT, "source_id": "A2", "hazard": "west"}),
        (square(9, 5, 2), {**REPORT, "source_id": "A3", "hazard": "both", "date": None}),
        (None, {**REPORT, "source_id": "A4", "hazard": "both", "date": None, "unit": "U1"}),
        name="more.geojson",
    )
    assert consent("AC-2").released == ["AC-2"]
    kept = figures.balance(by=by)
    added_up = figures.added_up(by=by)
    assert kept.to_json() == added_up.to_json()
    assert kept.total.undated == 2
    assert kept.total.undated_mm2 == area("both")
    assert kept.residual_mm2 == 0
    if by == "unit":
        rows = {row.key: row for row in kept.rows}
        assert rows["U1"].undated == 2
        assert rows["U2"].undated == 1
        assert sum(row.undated_mm2 for row in kept.rows) == kept.total.undated_mm2


@pytest.mark.parametrize("by", ["organisation", "method"])
def test_by_the_work_that_released(programme, tmp_path, by):
    activities(
        tmp_path,
        (square(30, 30), {**REPORT, "source_id": "A2", "hazard": "none"}),
        name="more.geojson",
    )
    assert consent("AC-2").released == ["AC-2"]
    balance = figures.balance(by=by)
    rows = {row.key: row for row in balance.rows}
    name = {"organisation": "OP1", "method": "manual"}[by]
    assert list(rows) == [name, balances.OTHER_ENTRIES]
    assert rows[name].cleared_mm2 == area("none") == balance.total.cleared_mm2
    assert rows[name].confirmed_mm2 == -area("none")
    held_up = sum(row.confirmed_mm2 for row in balance.rows)
    assert held_up == balance.total.confirmed_mm2
    assert balance.residual_mm2 == 0


def test_by_hazard(programme):
    rows = held(figures.balance(by="hazard"))
    by_label = {row.label: row for row in rows.values()}
    assert by_label["west"].confirmed_mm2 == area("west")
    assert by_label["declared"].declared_only_m2 == 5000
    assert by_label["unknown"].unknown_size == 1
    assert rows[balances.OVERLAP].confirmed_mm2 < 0


def test_by_class_is_never_summed(programme):
    balance = figures.balance(by="class")
    rows = {row.key: row for row in balance.rows}
    assert set(rows) == {"ap", "ap_improvised", "av", "cmr", "erw", "not_recorded"}
    assert rows["av"].confirmed_mm2 == area("overlapping")
    assert rows["not_recorded"].suspected_mm2 == area("east")
    assert rows["not_recorded"].unknown_size == 1
    assert rows["cmr"].confirmed_mm2 == 0
    assert balance.residual_mm2 == 0


def test_a_release_of_one_class_leaves_the_other(workspace, tmp_path):
    operator(tmp_path)
    hazards(tmp_path, (square(), {**HAZARD, "classes": "ap;av"}))
    activities(tmp_path, (square(), {**REPORT, "classes": "ap"}))
    assert consent("AC-1").released == ["AC-1"]
    balance = figures.balance(by="class")
    rows = {row.key: row for row in balance.rows}
    assert rows["ap"].cleared_mm2 == area("H1")
    assert rows["av"].confirmed_mm2 == area("H1")
    assert balance.total.cleared_mm2 == 0, "the ground is open while a class on it is"


def test_json_keeps_whole_square_millimetres_as_text(programme):
    body = figures.balance(by="unit").to_json()
    assert body["residual_mm2"] == "0"
    for row in [*body["rows"], body["total"]]:
        for name in balances.ACCOUNTS:
            assert str(int(row[f"{name}_mm2"])) == row[f"{name}_mm2"]
    assert body["undecided_releases"]["count"] == 1


def test_an_empty_programme_has_a_balance(workspace):
    balance = figures.balance(by="unit")
    assert balance.total.hazards == balance.total.suspected_mm2 == balance.residual_mm2 == 0


def test_an_unknown_division_is_named(workspace):
    with pytest.raises(RegisterError, match="not by 'colour'"):
        figures.balance(by="colour")


def test_units_count_while_they_are_in_force(workspace, tmp_path):
    from datetime import date

    from registering import geojson

    submit(
        geojson(
            tmp_path / "units.geojson",
            [
                (square(0, 0, 10), {"source_id": "OLD", "name": "A", "valid": "2000/2010"}),
                (square(0, 0, 10), {"source_id": "NEW", "name": "B", "valid": "2011-01-01"}),
            ],
        ),
        "units",
    )  # fmt: skip
    hazards(tmp_path, (square(1, 1), {**HAZARD, "date": "2001"}))
    for day, key in ((date(2005, 1, 1), "OLD"), (date(2015, 1, 1), "NEW")):
        rows = {row.key: row for row in figures.balance(as_of=day, by="unit").rows}
        assert rows[key].hazards == 1, day
        assert ({"OLD", "NEW"} - {key}).isdisjoint(rows)


def test_the_step_of_the_made_up_place_is_about_a_hundred_metres(workspace, tmp_path):
    hazards(tmp_path, (square(), HAZARD))
    side = (area("H1") / 1e6) ** 0.5
    assert 100 < side < 115, STEP
