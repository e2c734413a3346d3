"""Lines divided by unit, and the sums kept beside the ledger."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from random_work import Work
from registering import HAZARD, REPORT, activities, consent, geojson, hazards, operator, square
from registering import submit as hand_in

from landrelease.register import balances, figures, lines, shares, totals
from landrelease.register.models import (
    Boundaries,
    Counted,
    GroundGroup,
    Hazard,
    LedgerShare,
    MeasuredGround,
    Tally,
    UnitCount,
    UnitTotal,
)


def kept() -> dict[str, Any]:
    """Everything that is kept beside the ledger, whatever its numbers in the tables."""
    name_of = dict(Boundaries.objects.values_list("id", "sha256")) | {totals.PROGRAMME: "programme"}

    def rows(model: Any, *without: str) -> list[Any]:
        names = [f.attname for f in model._meta.fields if f.attname not in {"id", *without}]
        found = []
        for values in model.objects.values_list(*names):
            row = dict(zip(names, values, strict=True))
            if "boundaries_id" in row:
                row["boundaries_id"] = name_of[row["boundaries_id"]]
            numbers = [value for name, value in row.items() if name not in _KEYS]
            if any(numbers):
                found.append(sorted(row.items()))
        return sorted(found)

    live = set(lines.standing().id.tolist())
    current = {b.id for b in shares.current()}
    return {
        "totals": rows(UnitTotal),
        "counts": rows(UnitCount),
        "counted": rows(Counted),
        "groups": sorted(GroundGroup.objects.values_list("uid", "group_uid")),
        "measured": rows(MeasuredGround),
        "tallies": rows(Tally),
        "shares": sorted(
            (line, name_of[boundaries], unit, mm2)
            for line, boundaries, unit, mm2 in LedgerShare.objects.values_list(
                "line_id", "boundaries_id", "unit_uid", "mm2"
            )
            if line in live and boundaries in current
        ),
    }


_KEYS = {"boundaries_id", "unit_uid", "scope", "account", "record_uid", "uid", "name"}


@pytest.mark.parametrize("seed", range(4))
def test_sums_kept_step_by_step_are_those_made_anew(workspace, tmp_path, seed):
    work = Work(tmp_path, seed)
    work.begin()
    for _ in range(14):
        done = work.step()
        for by, level in (("unit", None), ("unit", 1), ("class", None)):
            read = figures.balance(by=by, level=level)
            added_up = figures.added_up(by=by, level=level)
            assert read.to_json() == added_up.to_json(), done
            assert read.residual_mm2 == 0
            assert abs(read.drift_mm2) <= int(read.notes["drift_bound_mm2"])
            if by == "unit":
                for name in (*balances.ACCOUNTS, "released_not_recorded", "in_question", "undated"):
                    column = f"{name}_mm2"
                    parts = sum(getattr(row, column) for row in read.rows)
                    assert parts == getattr(read.total, column), column
    step_by_step = kept()
    totals.rebuild()
    assert kept() == step_by_step


def test_shares_of_every_line_sum_to_it(workspace, tmp_path):
    work = Work(tmp_path, 99)
    work.begin()
    for _ in range(8):
        work.step()
    every = lines.standing()
    assert len(every) > 5
    for boundaries in shares.current():
        found = shares.kept(boundaries.id)
        sums = dict.fromkeys(every.id.tolist(), 0)
        for line, mm2 in zip(found.line.tolist(), found.mm2.tolist(), strict=True):
            if line in sums:
                sums[line] += mm2
        assert list(sums.values()) == every.lines.mm2.tolist()


def test_an_earlier_day_uses_the_boundaries_of_that_day(workspace, tmp_path):
    work = Work(tmp_path, 3)
    work.begin()
    hazards(tmp_path, (square(10, 1, 2), {**HAZARD, "source_id": "east"}), name="e.geojson")
    work.reform()
    before = {r.key for r in figures.balance(as_of=date(2021, 12, 31), by="unit").rows}
    after = {r.key for r in figures.balance(as_of=date(2022, 1, 1), by="unit").rows}
    now = {r.key for r in figures.balance(by="unit").rows}
    assert "U2" in before
    assert "U3" not in before
    assert "U3" in after
    assert "U2" not in after
    assert now == after
    # The reform is known in the journal; what was known before it divides as before.
    assert len(set(Boundaries.objects.filter(level=2).values_list("sha256", flat=True))) > 2


def test_a_line_without_kept_shares_is_divided_when_asked_for(workspace, tmp_path):
    work = Work(tmp_path, 5)
    work.begin()
    by_unit = figures.balance(by="unit", as_of=date(2024, 1, 1), measure=False).to_json()
    LedgerShare.objects.all().delete()
    again = figures.balance(by="unit", as_of=date(2024, 1, 1), measure=False).to_json()
    assert again == by_unit


def test_a_workspace_without_kept_sums_has_the_same_figures(workspace, tmp_path):
    work = Work(tmp_path, 6)
    work.begin()
    read = figures.balance(by="unit").to_json()
    for model in (UnitTotal, UnitCount, Counted, Tally, GroundGroup, MeasuredGround, LedgerShare):
        model.objects.all().delete()
    assert not totals.ready()
    assert figures.balance(by="unit").to_json() == read
    work.new_hazards()
    assert totals.ready(), "the next posting makes them"
    assert figures.balance(by="unit").residual_mm2 == 0


def test_without_units_all_that_has_a_place_lies_outside(workspace, tmp_path):
    hazards(
        tmp_path,
        (square(), HAZARD),
        (None, {"source_id": "H2", "declared_m2": 100}),
    )
    rows = {row.key: row for row in figures.balance(by="unit").rows}
    assert list(rows) == [balances.OUTSIDE_ALL, balances.NO_PLACE]
    assert rows[balances.OUTSIDE_ALL].confirmed_mm2 == Hazard.objects.get(id=1).area_mm2
    assert rows[balances.NO_PLACE].declared_only_m2 == 100


def test_an_area_counts_as_open_in_the_units_where_it_still_is(workspace, tmp_path):
    units = geojson(
        tmp_path / "units.geojson",
        [
            (square(0, 0, 10), {"source_id": "U1", "name": "West"}),
            (square(10, 0, 10), {"source_id": "U2", "name": "East"}),
        ],
    )
    hand_in(units, "units")
    operator(tmp_path)
    hazards(tmp_path, (square(9, 1, 2), HAZARD))
    activities(tmp_path, (square(8, 0, 2), REPORT), (square(8, 2, 2), {**REPORT, "source_id": "B"}))
    consent("AC-1")
    consent("AC-2")
    rows = {row.key: row for row in figures.balance(by="unit").rows}
    assert (rows["U1"].hazards, rows["U1"].open_areas) == (1, 0), "the west is cleared"
    assert (rows["U2"].hazards, rows["U2"].open_areas) == (1, 1)
    assert figures.balance().total.open_areas == 1
    assert rows["U1"].confirmed_mm2 in range(-3, 4), "rounding by line, never more"


def test_times_of_units():
    def unit(key, start=None, end=None, level=2):
        return shares.Unit(key, key, key, level, start, end, "h", None)

    a = unit("a", date(2000, 1, 1), date(2010, 12, 31))
    b = unit("b", date(2011, 1, 1))
    c = unit("c")
    times = shares.epochs([a, b, c])
    assert [(t.start, t.end, [u.uid for u in t.units]) for t in times] == [
        (None, date(1999, 12, 31), ["c"]),
        (date(2000, 1, 1), date(2010, 12, 31), ["a", "c"]),
        (date(2011, 1, 1), None, ["b", "c"]),
    ]
    for day in (date(1990, 5, 5), date(2005, 1, 1), date(2010, 12, 31), date(2011, 1, 1)):
        found = shares.epoch_on([a, b, c], None, day)
        assert found is not None
        assert found.units == tuple(u for u in (a, b, c) if u.in_force(day))
    assert shares.epoch_on([a, b, c], None, None) == times[-1]
    assert shares.epoch_on([], None, None) is None
    hashes = np.unique([t.sha256 for t in times])
    assert len(hashes) == 3
