"""Numbers of areas in statements (rule 10), and reports that state an area without a polygon
(rule 8)."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from decimal import Decimal

import pytest
from registering import (
    REPORT,
    activities,
    landrelease,
    ready_release,
    square,
    submit,
    table,
    total,
    verified,
)
from reporting_programme import YEAR, late_news, programme

from landrelease.register import (
    area_only,
    balances,
    figures,
    knowledge,
    reporting,
    statements,
    totals,
)
from landrelease.register.models import Hazard, Tally, UnitTotal
from landrelease.register.trace import trace
from landrelease.register.workspace import open_workspace

#: A report against which nothing stands but that it has no polygon.
STATED = {**REPORT, "source_id": "B1", "hazard": "H3", "released_m2": 1234.5}


@pytest.fixture
def land(workspace, tmp_path):
    programme(tmp_path)
    return tmp_path


def report(folder, **changes):
    row = {**STATED, **changes}
    row = {name: value for name, value in row.items() if value is not None}
    return activities(folder, (None, row), name=f"{row['source_id']}.geojson")


def visit(folder, activity, **changes):
    row = {"source_id": "V1", "activity": activity, "date": "2022-12-01", **changes}
    submit(table(folder / "visits.csv", [row]), "quality_visits")


# --- numbers of areas ----------------------------------------------------------------------------


def test_the_number_of_areas_closes_and_each_number_is_traced(land):
    late_news(land)
    for by in (None, "unit", "class"):
        said = statements.statement(since=YEAR[0], until=YEAR[1], by=by)
        assert said.counts_residual == 0
        lines = [*said.rows, said.total]
        for line in lines:
            numbers = line.counts
            plus = sum(numbers.terms[name] for name in ("new", "split", "reopened", "located"))
            less = numbers.terms["merged"] + numbers.terms["closed"]
            assert numbers.opening + plus - less == numbers.closing
            for name, figure in line.count_ids.items():
                if name in ("opening", "closing"):
                    value = getattr(numbers, name)
                elif name == "area_only":
                    value = line.declared.area_only
                else:
                    value = {**numbers.terms, **numbers.memos}[name]
                assert trace(figure, limit=None).value == value, figure
        assert sum(line.counts.opening for line in lines[:-1]) >= (by is not None)
    total_ = statements.statement(since=YEAR[0], until=YEAR[1]).total.counts
    # H1, H2 and H4 to H6 before the year, H3 in it.
    assert (total_.opening, total_.terms["new"], total_.closing) == (5, 2, 7)
    assert total_.memos["without_polygon"] == 2
    by_unit = statements.statement(since=YEAR[0], until=YEAR[1], by="unit")
    nowhere = next(row for row in by_unit.rows if row.key == balances.NO_PLACE)
    assert (nowhere.closing, nowhere.counts.closing) == (0, 1), "H6 has no place and no area"


def test_without_a_first_day_numbers_are_traced_too(land):
    said = statements.statement(until=YEAR[1])
    assert said.total.counts.opening == 3, "what has no date was always there"
    assert said.total.counts.closing == 6
    for name in ("opening", "new", "closing"):
        counts = said.total.counts
        value = counts.terms[name] if name == "new" else getattr(counts, name)
        assert trace(said.total.count_ids[name]).value == value
    unending = statements.statement(since=YEAR[0])
    assert set(unending.total.count_ids) <= {"closing", *area_memos()}
    assert all(name.startswith("closing") for name in unending.total.ids)


def area_memos():
    from landrelease.land.counts import COUNT_MEMOS

    return COUNT_MEMOS


def test_operators_have_no_areas_of_their_own(land):
    said = statements.statement(since=YEAR[0], until=YEAR[1], by="organisation")
    assert all(row.counts is None and not row.count_ids.get("closing") for row in said.rows)
    assert said.total.counts.closing == 6


# --- reports without a polygon -------------------------------------------------------------------


def test_an_area_without_a_polygon_moves_nothing_and_has_a_column_of_its_own(land):
    before = total()
    report(land)
    assert total() == before, "the hazard stays wholly open"
    books = figures.balance()
    assert books.total.declared_released_m2 == Decimal("1234.5")
    assert books.total.area_only == 1
    assert books.to_json()["declared_released"]["m2"] == "1234.5"
    figure = books.figure_id(books.total, "declared_released")
    found = trace(figure)
    assert (found.value, found.unit) == (Decimal("1234.5"), "m2")
    assert [part.origin.ref for part in found.parts] == ["AC-4"]
    verified()


@pytest.mark.parametrize("by", ["unit", "class", "hazard", "organisation", "method"])
def test_the_column_is_had_by_whatever_and_traced(land, by):
    report(land, unit="U2")
    report(land, source_id="B2", released_m2=10, hazard=None, organisation="OP1", method=None)
    books = figures.balance(by=by)
    assert books.total.declared_released_m2 == Decimal("1244.5")
    assert sum(row.declared_released_m2 for row in books.rows) == Decimal("1244.5")
    said = statements.statement(since=YEAR[0], until=YEAR[1], by=by)
    assert said.residual_mm2 == 0
    rows = {row.key: row for row in said.rows}
    for row in books.rows:
        if row.key == balances.OVERLAP:
            continue
        if row.declared_released_m2:
            assert rows[row.key].declared.declared_released_m2 == row.declared_released_m2
            assert rows[row.key].label == row.label
        for figure in (
            books.figure_id(row, "declared_released"),
            rows[row.key].ids["declared_released"] if row.key in rows else None,
        ):
            if figure and not (by == "hazard" and row.key == balances.NOT_RECORDED):
                assert trace(figure).value == row.declared_released_m2
    if by == "unit":
        stated = {row.key: row.declared_released_m2 for row in books.rows}
        assert stated == {
            "U1": 0,
            "U2": Decimal("1234.5"),
            balances.OUTSIDE_ALL: 0,
            balances.NO_PLACE: 10,
        }
    assert said.to_json()["total"]["declared_released_m2"] == "1244.5"


def test_kept_and_added_up_columns_are_the_same_and_follow_a_failed_visit(land):
    report(land, unit="U2")
    for by in (None, "unit", "class"):
        kept = figures.balance(by=by).to_json()
        assert kept == figures.added_up(by=by).to_json()
    assert all(one.differ == 0 for one in totals.compare_and_rebuild(keep=True))
    known = knowledge.head_seq()
    visit(land, "B1", result="failed")
    assert figures.balance().total.area_only == 0, "what failed is not accepted work"
    assert figures.balance(known_seq=known).total.area_only == 1
    assert all(one.differ == 0 for one in totals.compare_and_rebuild(keep=True))


@pytest.mark.parametrize(
    "changes",
    [
        {"report": "progress"},
        {"status": "completed"},
        {"kind": "eod_spot", "result": "cleared"},
        {"depth_cm": None},
        {"date": None},
        {"classes": None},
        {"released_m2": None},
        {"released_m2": 0},
    ],
)
def test_a_report_against_which_something_else_stands_is_not_in_the_column(land, changes):
    report(land, **changes)
    assert figures.balance().total.declared_released_m2 == 0
    assert area_only.reports() == []


def test_the_column_knows_its_period_and_its_classes(land):
    report(land)
    report(land, source_id="B2", date="2023-05-01", classes="erw", released_m2=7)

    def stated(**options):
        return statements.statement(**options).total.declared.declared_released_m2

    assert stated(since=YEAR[0], until=YEAR[1]) == Decimal("1234.5")
    assert stated(since=date(2023, 1, 1), until=date(2023, 12, 31)) == 7
    assert stated(scope="erw") == 7
    assert figures.balance(as_of=YEAR[1]).total.declared_released_m2 == Decimal("1234.5")
    made = reporting.document(reporting.Wanted("article7", *YEAR))
    found = next(t for t in made.tables if t.key.startswith("released"))
    whole = next(row for row in found.rows if row.role == "total")
    assert whole.cells["declared_released"].value == Decimal("1234.5")


def test_its_hazard_is_marked(land):
    report(land)
    hazard = Hazard.objects.get(source_id="H3")
    assert list(area_only.on_hazards(Hazard.objects.values_list("uid", flat=True))) == [hazard.uid]
    seq = knowledge.head_seq()
    parts = trace(f"land:confirmed:all@{seq}").parts
    assert {part.hazard for part in parts if part.mark == area_only.MARK} == {hazard.ref}
    areas = trace(f"areas:open_areas:all@{seq}").parts
    assert [part.origin.ref for part in areas if part.mark] == [hazard.ref]


def test_a_polygon_that_comes_later_takes_the_report_out_of_the_column(workspace, tmp_path):
    ready_release(tmp_path, polygon=None, released_m2=500)
    assert figures.balance().total.declared_released_m2 == 500
    row = {k: v for k, v in {**REPORT, "released_m2": 500}.items() if v is not None}
    activities(tmp_path, (square(), row), name="again.geojson")
    assert figures.balance().total.declared_released_m2 == 0


# --- the commands --------------------------------------------------------------------------------


def test_the_statement_prints_numbers_and_what_has_no_polygon(workspace_folder, tmp_path):
    open_workspace(workspace_folder)
    programme(tmp_path)
    report(tmp_path)
    year = ("ledger", "statement", "--year", "2022")
    said = landrelease(workspace_folder, *year)
    assert "Number of areas" in said.stdout
    assert "of the number of areas 0" in said.stdout
    assert "0.12 ha released without a polygon (reported, not decided)" in said.stdout
    found = json.loads(landrelease(workspace_folder, *year, "--format", "json").stdout)
    assert found["total"]["counts"]["closing"] == 6
    for by in ("unit", "organisation"):
        text = landrelease(workspace_folder, *year, "--by", by, "--format", "csv").stdout
        rows = list(csv.DictReader(io.StringIO(text)))
        assert rows[-1]["areas_closing"] == "6"
    books = landrelease(workspace_folder, "ledger", "balance").stdout
    assert "0.50 ha declared only, 1 hazardous areas are of unknown size" in " ".join(books.split())
    assert "released without a polygon" in " ".join(books.split())


def test_rebuild_mends_sums_that_went_wrong(workspace_folder, tmp_path):
    open_workspace(workspace_folder)
    programme(tmp_path)
    good = figures.balance(by="unit").to_json()
    UnitTotal.objects.filter(account="cleared").update(mm2=1)
    Tally.objects.filter(name="lines").update(count=0)
    command = ("ledger", "rebuild")
    tried = json.loads(
        landrelease(workspace_folder, *command, "--dry-run", "--format", "json").stdout
    )
    differ = {one["name"]: one["differ"] for one in tried["kept"]}
    assert differ["sums by unit"]
    assert differ["tallies"]
    assert not differ["shares of lines"]
    assert figures.balance(by="unit").to_json() != good, "a dry run mends nothing"
    landrelease(workspace_folder, *command)
    assert figures.balance(by="unit").to_json() == good
    again = json.loads(landrelease(workspace_folder, *command, "--format", "json").stdout)
    assert not any(one["differ"] for one in again["kept"])
