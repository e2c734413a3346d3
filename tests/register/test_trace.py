"""From a figure to the ground: the parts sum to it exactly, and name what stands behind them."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import date

import pytest
import shapely
from registering import (
    CLERK,
    HAZARD,
    geojson,
    hazards,
    landrelease,
    square,
    submit,
    table,
)
from reporting_programme import YEAR, late_news, programme

from landrelease.land import FigureId
from landrelease.register import balances, figures, journal, report_figures, reporting, trace
from landrelease.register.errors import RegisterError
from landrelease.register.models import Hazard
from landrelease.treaty.tables import Absent


@pytest.fixture
def land(workspace, tmp_path):
    programme(tmp_path)
    return workspace


def head():
    return journal.head().seq


def test_every_figure_of_a_report_is_the_sum_of_its_parts(land):
    gathered = list(report_figures.of_land(*YEAR, head()))
    assert sum(figure.value != 0 for figure in gathered) > 20
    for figure in gathered:
        assert trace.trace(figure.id).value == figure.value, figure.id


@pytest.mark.parametrize("by", [None, "unit", "class", "hazard", "organisation", "method"])
@pytest.mark.parametrize("as_of", [None, date(2022, 12, 31)])
def test_every_area_of_a_balance_is_the_sum_of_its_parts(land, by, as_of):
    found = figures.balance(by=by, as_of=as_of)
    rows = [row for row in [*found.rows, found.total] if row.key != balances.OVERLAP]
    checked = 0
    for row in rows:
        for column in balances.TOPIC_OF:
            name = found.figure_id(row, column)
            stated = column in ("declared_only", "declared_released")
            unit = "" if name.startswith("areas") else "_m2" if stated else "_mm2"
            traced = trace.trace(name)
            assert traced.value == getattr(row, f"{column}{unit}"), name
            checked += bool(traced.value)
    assert checked > 3


@pytest.mark.parametrize("by", [None, "unit", "class", "hazard", "method"])
def test_land_in_question_is_traced_to_the_releases(land, tmp_path, by):
    places = {"I1": square(1.4, 1.4), "I2": square(9.6, 5.2)}
    rows = [
        (place.centroid, {"source_id": name, "date": "2023-05-01", "kind": "mine"})
        for name, place in places.items()
    ]
    submit(geojson(tmp_path / "accidents.geojson", rows), "accidents")
    found = figures.balance(by=by)
    assert found.total.in_question_mm2 > 0
    parts = trace.trace(found.figure_id(found.total, "in_question")).parts
    assert {part.origin.ref for part in parts} >= {"AC-1", "AC-2"}
    for row in (*found.rows, found.total):
        if row.key != balances.OVERLAP:
            traced = trace.trace(found.figure_id(row, "in_question"))
            assert traced.value == row.in_question_mm2, row.key


def test_every_figure_of_a_treaty_report_that_has_parts_is_their_sum(land, tmp_path):
    late_news(tmp_path)
    gathered = reporting.figures_of("article7", *YEAR, head())
    traced = 0
    for figure in gathered:
        if not figure.id or isinstance(figure.value, Absent):
            continue
        try:
            found = trace.trace(figure.id)
        except RegisterError:
            column = FigureId.parse(figure.id).column
            assert column in NOT_A_SUM, figure.id
            continue
        assert found.value == figure.value, figure.id
        traced += bool(found.value)
    assert traced > 20


#: Figures of the cover sheet that say how good the others are, and sums of two measures.
NOT_A_SUM = {
    "open_and_declared",
    "rejected_rows",
}


def test_figures_of_the_past_are_traced_as_they_were_known(land, tmp_path):
    then = head()
    before = {figure.id: figure.value for figure in report_figures.of_land(*YEAR, then)}
    late_news(tmp_path)
    assert {name: trace.trace(name).value for name in before} == before
    now = {figure.id: figure.value for figure in report_figures.of_land(*YEAR, head())}
    assert {
        str(replace(FigureId.parse(name), seq=then)): mm2 for name, mm2 in now.items()
    } != before


def test_a_release_names_its_report_its_entry_its_deciders_and_its_file(land):
    found = trace.trace(f"land:cleared:2022-01-01..2022-12-31:unit=U1@{head()}")
    parts = {part.origin.ref: part for part in found.parts}
    assert set(parts) == {"AC-1", "AC-2"}
    whole, half = parts["AC-1"], parts["AC-2"]
    assert whole.amount == whole.whole_mm2
    assert 0 < half.amount < half.whole_mm2, "half of it lies in the other unit"
    assert (half.hazard, half.valid_on, half.kind) == ("HA-3", "2022-09-30", "cleared")
    entry = found.entries[half.entry]
    assert entry.kind == "posting"
    decision = found.entries[entry.decision]
    assert (decision.kind, decision.deciders) == ("release", ("anna", "ben"))
    (document,) = [d for d in found.documents if d.filename == "activities.geojson"]
    assert document.submitter == CLERK.name
    assert len(document.sha256) == 64
    assert "anna" in found.deciders
    assert found.entries[decision.seq].recorded_at == decision.recorded_at


def test_pages_hold_every_part_once(land):
    name = f"land:open:2022-12-31@{head()}"
    whole = trace.trace(name, limit=None)
    assert whole.next_after is None
    paged, after = [], 0
    while after is not None:
        page = trace.trace(name, limit=2, after=after)
        assert page.value == whole.value
        assert page.count == whole.count > 4
        paged += page.parts
        after = page.next_after
    assert paged == whole.parts
    assert sum(part.amount for part in paged) == whole.value
    sizes = [abs(part.amount) for part in paged]
    assert sizes == sorted(sizes, reverse=True)


def test_the_polygons_are_those_that_moved(land):
    out = io.StringIO()
    name = f"land:cleared:2022-01-01..2022-12-31@{head()}"
    assert trace.write_polygons(name, out) == 2
    body = json.loads(out.getvalue())
    assert body["figure"] == name
    assert "Not for navigation" in body["note"]
    by_record = {f["properties"]["record"]: f for f in body["features"]}
    first = shapely.from_geojson(json.dumps(by_record["AC-1"]["geometry"]))
    assert first.symmetric_difference(square(1, 1)).area < 1e-9
    assert (
        sum(int(f["properties"]["adds_mm2"]) for f in body["features"]) == trace.trace(name).value
    )


def test_a_polygon_is_the_one_of_its_version(workspace, tmp_path):
    hazards(tmp_path, (square(), HAZARD))
    hazards(tmp_path, (square(size=2), HAZARD), name="grown.geojson")
    out = io.StringIO()
    name = f"land:confirmed:all@{head()}"
    trace.write_polygons(name, out)
    body = json.loads(out.getvalue())
    total = sum(int(f["properties"]["adds_mm2"]) for f in body["features"])
    assert total == trace.trace(name).value == Hazard.objects.get().area_mm2


def test_figures_about_people_name_records_and_nothing_personal(land, tmp_path):
    submit(
        table(
            tmp_path / "accidents.csv",
            [{"source_id": "I1", "date": "2022-02-03", "killed": 1, "injured": 2}],
        ),
        "accidents",
    )
    submit(
        table(
            tmp_path / "victims.csv",
            [
                {"source_id": f"V{n}", "accident": "I1", "consequence": fate, "sex": "female",
                 "name": "Somebody Else"}
                for n, fate in enumerate(("killed", "injured", "injured"))
            ],
        ),
        "victims",
    )  # fmt: skip
    gathered = reporting.figures_of("article7", *YEAR, head())
    about = [f for f in gathered if f.id.startswith("victims") and not isinstance(f.value, Absent)]
    assert about
    for figure in about:
        assert trace.trace(figure.id).value == figure.value, figure.id
    found = trace.trace(f"victims:injured:2022-01-01..2022-12-31@{head()}")
    assert [part.origin.ref for part in found.parts] == ["VI-2", "VI-3"]
    assert "Somebody" not in json.dumps(found.to_json())
    assert {document.filename for document in found.documents} == {"victims.csv"}


def test_what_cannot_be_traced_says_why(land):
    for text, says in (
        ("nonsense", "is no figure id"),
        (f"land:cleared:2022-12-31@{head() + 1}", "the last one here is"),
        (f"land:colour:2022-12-31@{head()}", "has the column 'colour'"),
        (f"land:open:2022-12-31:unit=U9@{head()}", "no administrative unit 'U9'"),
        (f"land:open:2022-12-31:hazard=HA-99@{head()}", "no hazardous area is called 'HA-99'"),
        (f"land:open:2022-12-31:shape=round@{head()}", "not by 'shape'"),
        (f"land:open:2022-12-31:zinc@{head()}", "no scope is called 'zinc'"),
        (f"areas:colour:2022-12-31@{head()}", "has the column 'colour'"),
    ):
        with pytest.raises(RegisterError, match=says):
            trace.trace(text)


def test_the_command(workspace_folder, tmp_path):
    from landrelease.register.workspace import open_workspace

    open_workspace(workspace_folder)
    programme(tmp_path)
    name = f"land:cleared:2022-01-01..2022-12-31:unit=U1@{head()}"
    expected = trace.trace(name)
    body = json.loads(
        landrelease(workspace_folder, "ledger", "trace", name, "--format", "json").stdout
    )
    assert body == json.loads(json.dumps(expected.to_json()))
    shown = landrelease(
        workspace_folder, "ledger", "trace", name, "--polygons", tmp_path / "out.geojson"
    ).stdout
    assert "2 parts sum to" in shown
    assert "by anna, ben" in shown
    assert json.loads((tmp_path / "out.geojson").read_text())["figure"] == name
