"""Figures that a report declares, held against the ledger."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from registering import HAZARD, consent, geojson, hazards, ready_release, square, submit, table
from typer.testing import CliRunner

from landrelease.cli import app, context
from landrelease.land.assertions import Tolerances
from landrelease.register import declared, figures
from landrelease.register.declared import Declared
from landrelease.register.errors import RegisterError

YEAR = {"since": date(2022, 1, 1), "until": date(2022, 12, 31)}


@pytest.fixture
def programme(workspace, tmp_path):
    """Two units; a hazard in the west a quarter of which was cleared in 2022; others in the east,
    of two classes on half the same ground, and one that is only declared."""
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
    ready_release(tmp_path)
    hazards(
        tmp_path,
        (square(12, 1, 2), {**HAZARD, "source_id": "east ap"}),
        (square(13, 1, 2), {**HAZARD, "source_id": "east cmr", "classes": "cmr"}),
        (None, {"source_id": "somewhere", "declared_m2": 5000, "unit": "U2"}),
        name="east.geojson",
    )
    consent("AC-1")
    return workspace


def held(*rows, **limits):
    given = [
        Declared(at, column, value, **options) for at, (column, value, options) in enumerate(rows)
    ]
    return declared.compare(given, Tolerances(**limits))


def test_what_the_ledger_says_holds(programme):
    total = figures.balance().total
    open_m2 = (total.suspected_mm2 + total.confirmed_mm2) / 1e6
    by_unit = {row.key: row for row in figures.balance(by="unit").rows}
    cleared = total.cleared_mm2 / 1e6
    assert cleared > 1_000
    assert (
        held(
            ("open", open_m2, {}),
            ("open", round(open_m2 / 1e6, 3), {"measure": "km2", "half_unit": 0.0005}),
            ("confirmed", by_unit["U1"].confirmed_mm2 / 1e6, {"by": "unit", "key": "U1"}),
            ("cleared", 0, {"until": date(2022, 6, 29)}),
            ("cleared", cleared, {"until": date(2022, 6, 30)}),
            ("cleared", cleared, YEAR),
            ("cleared", cleared, {**YEAR, "by": "unit", "key": "U1"}),
            ("cancelled", 0, YEAR),
            ("hazards", 4, {"measure": ""}),
            ("declared_only", 5000, {}),
        )
        == []
    )


def test_what_it_does_not_say_comes_with_the_likely_cause(programme):
    total = figures.balance().total
    confirmed, cleared = total.confirmed_mm2 / 1e6, total.cleared_mm2 / 1e6
    by_unit = {row.key: row.confirmed_mm2 / 1e6 for row in figures.balance(by="unit").rows}
    by_class = sum(row.confirmed_mm2 for row in figures.balance(by="class").rows) / 1e6
    assert by_class > confirmed, "the classes of the east overlap"
    west = {"by": "unit", "key": "U1"}
    found = held(
        ("confirmed", confirmed / 1e4, {}),
        ("confirmed", by_unit["U2"], west),
        ("cleared", confirmed, {}),
        ("confirmed", by_class, {}),
        ("confirmed", confirmed + 5000, {}),
        ("cleared", cleared + 77, YEAR),
        ("confirmed", 1, {"by": "unit", "key": "West"}),
        ("hazards", 5, {"measure": ""}),
    )
    assert [m.rows for m in found] == [(i,) for i in range(8)]
    assert [m.cause for m in found] == [
        "unit_hectare",
        "swapped_rows",
        "swapped_columns",
        "sum_of_overlapping_classes",
        "declared_only",
        "",
        "unknown_key",
        "",
    ]
    assert found[5].difference == pytest.approx(77, abs=1e-3)
    assert found[6].rule == "no_such_figure"
    assert found[7].difference == 1
    assert held(("hazards", 5, {"measure": ""}), count=1) == []


def test_figures_are_found_by_their_id(programme):
    books = figures.balance()
    figure = books.figure_id(books.total, "cleared")
    one = declared.read({"figure": figure, "measure": "ha"}, 0, 1.0, 0.0)
    assert (one.column, one.known_seq) == ("cleared", books.known_seq)
    (wrong,) = declared.compare([one], Tolerances())
    assert wrong.declared == 1e4
    assert wrong.found == pytest.approx(books.total.cleared_mm2 / 1e6)
    flow = declared.read({"figure": "land:cleared.open:2022-01-01..2022-12-31@3"}, 0, 1.0, 0.0)
    assert (flow.column, flow.since) == ("cleared", YEAR["since"])


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ({"figure": "nonsense"}, "is no figure id"),
        ({"figure": "victims:killed:2022-12-31@3"}, "is not a figure of land"),
        ({"figure": "land:cleared:2022-12-31:ap@3"}, "all classes together"),
        ({"column": "cleared", "measure": "jerib"}, "unit of measure 'jerib'"),
    ],
)
def test_what_cannot_be_compared_is_refused(workspace, cells, says):
    with pytest.raises(RegisterError, match=says):
        declared.read(cells, 0, 1.0, 0.0)


def test_an_unknown_column_is_refused(workspace):
    with pytest.raises(RegisterError, match="no column of a balance; there are: open"):
        held(("opened", 1, {}))
    with pytest.raises(RegisterError, match="no column of a statement"):
        held(("suspected", 1, YEAR))


def test_the_command(programme, tmp_path):
    total = figures.balance().total
    hectares = round((total.suspected_mm2 + total.confirmed_mm2) / 1e10, 2)
    rows = [
        {"column": "open", "unit": None, "since": None, "until": "2023", "declared": hectares,
         "measure": "ha"},
        {"column": "cleared", "unit": "U1", "since": "2022", "until": "2022", "declared": 0,
         "measure": "m2"},
    ]  # fmt: skip
    path = table(tmp_path / "declared.csv", rows)
    run = CliRunner()
    root = ["-w", str(programme.folder), "check", str(path), "--as", "figures"]
    done = run.invoke(app, [*root, "--format", "json"])
    assert done.exit_code == 1, done.output
    body = json.loads(done.stdout)
    assert [(f["rule"], f["records"], f["declared"]) for f in body["findings"]] == [
        ("ledger_figure", ["3"], "0")
    ]
    assert body["looked_at"][0]["rows"] == 2
    printed = run.invoke(app, root).stdout
    assert "1 findings, 1 of them errors" in printed
    rows[1]["declared"] = "a lot"
    table(path, rows)
    assert "is no number" in str(run.invoke(app, root).exception)
    table(path, [{"column": "open", "area": 1}])
    assert "needs the columns 'declared'" in str(run.invoke(app, root).exception)
    refused = run.invoke(app, [*root, "--sum", "a = b"])
    assert "not together with" in " ".join(refused.output.replace("│", " ").split())
    context.folder = Path()
