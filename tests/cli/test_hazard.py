"""``landrelease hazard`` and ``landrelease questions``, as people type them."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
import shapely
from typer.testing import CliRunner

from landrelease.cli import app, context

RUN = CliRunner()

WEST, EAST = shapely.box(-20, -20, -19.999, -19.999), shapely.box(-19.999, -20, -19.998, -19.999)
BOTH = shapely.box(-20, -20, -19.998, -19.999)


def write(path, *rows):
    features = [
        {
            "type": "Feature",
            "geometry": json.loads(shapely.to_geojson(geometry)),
            "properties": properties,
        }
        for geometry, properties in rows
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


@pytest.fixture
def ask(workspace, tmp_path, monkeypatch):
    """Run a command in a workspace with a hazard, a survey report, a released activity, and two
    people who may decide; gives its output."""
    monkeypatch.setenv("LANDRELEASE_PASSWORD", "correct horse battery staple")

    def run(*words, fails=""):
        found = RUN.invoke(app, ["-w", str(workspace.folder), *map(str, words)])
        if fails:
            assert found.exit_code != 0
            assert fails in found.output + str(found.exception)
            return found
        assert found.exit_code == 0, (found.output, found.exception)
        return found.stdout

    for name in ("amra", "boris"):
        run("person", "add", name, "--organisation", "Authority", "--may-release")
    files = {
        "documents": "source_id,title,kind\nD1,Survey,report\n",
        "organisations": "source_id,name\nOP1,First Operator\n",
    }
    hazard = {"source_id": "H1", "type": "CHA", "classes": "ap", "date": "2020-05-01"}
    report = {
        "source_id": "A1", "hazard": "H1", "kind": "clearance", "report": "completion",
        "result": "cleared", "status": "accepted", "classes": "ap", "depth_cm": 20,
        "method": "manual", "date": "2022-06-30", "organisation": "OP1",
    }  # fmt: skip
    for name, text in files.items():
        (tmp_path / f"{name}.csv").write_text(text)
        run("import", tmp_path / f"{name}.csv", "--as", name, "--source", "Survey", "--accept")
    for name, row in (("hazards", (BOTH, hazard)), ("activities", (WEST, report))):
        path = write(tmp_path / f"{name}.geojson", row)
        run("import", path, "--as", name, "--source", "Survey", "--accept")
    yield run
    context.folder = Path()


def balance(ask):
    return json.loads(ask("ledger", "balance", "--format", "json"))["total"]


def released(ask):
    for name in ("amra", "boris"):
        ask("release", "approve", "AC-1", "--person", name)


VOID = ("hazard", "void", "HA-1", "--reason", "same as another", "--evidence", "DOC-1")


def test_a_void_from_the_command_line(ask):
    before = balance(ask)
    shown = json.loads(ask(*VOID, "--dry-run", "--format", "json"))
    assert (shown["standing"], shown["receipt"]) == ("dry_run", None)
    assert shown["effect"]["ground_mm2"]["confirmed"] == f"-{before['confirmed_mm2']}"
    assert balance(ask) == before
    assert "dry run: nothing was kept" in ask(*VOID, "--dry-run")

    handed_in = ask(*VOID)
    assert "handed in, receipt" in handed_in
    receipt = handed_in.partition("receipt ")[2].partition(";")[0]
    first = json.loads(ask(*VOID, "--person", "amra", "--format", "json"))
    assert (first["standing"], first["receipt"]) == ("consented", receipt), "the same submission"
    assert balance(ask) == before
    ask("review", "approve", receipt, "--person", "boris")
    assert balance(ask)["confirmed_mm2"] == "0"
    (act,) = json.loads(ask("hazard", "acts", "HA-1", "--format", "json"))
    assert act["what"].startswith("was voided on ")
    ask(*VOID, fails="HA-1 was voided on")
    assert json.loads(ask("verify", "--format", "json"))["well"]


def test_effects_are_printed_as_a_table_and_as_csv(ask):
    rows = list(csv.DictReader(io.StringIO(ask(*VOID, "--dry-run", "--format", "csv"))))
    assert {row["account"] for row in rows} == {"confirmed", "corrected"}
    assert sum(int(row["ground_mm2"]) for row in rows) == 0
    table = ask(*VOID, "--dry-run")
    assert "What it moves, by account" in table
    assert "voided: +" in table


def test_a_split_and_a_merge_of_its_parts(ask, tmp_path):
    before = balance(ask)["confirmed_mm2"]
    parts = write(tmp_path / "parts.geojson", (WEST, {"name": "west"}), (EAST, {"name": "east"}))
    told = ("--reason", "two tasks", "--evidence", "DOC-1")
    one_part = write(tmp_path / "one.geojson", (WEST, {}), (WEST, {}))
    ask("hazard", "split", "HA-1", "--parts", one_part, *told, fails="in no part")
    for name in ("amra", "boris"):
        ask("hazard", "split", "HA-1", "--parts", parts, *told, "--person", name)
    told = ("--reason", "one task", "--evidence", "DOC-1")
    for name in ("amra", "boris"):
        ask("hazard", "merge", "HA-2", "HA-3", "--into", "HA-2", *told, "--person", name)
    after = balance(ask)
    assert abs(int(after["confirmed_mm2"]) - int(before)) < 300_000
    assert [row["hazard"] for row in json.loads(ask("hazard", "acts", "--format", "json"))] == [
        "HA-2", "HA-3", "HA-1", "HA-2", "HA-3",
    ]  # fmt: skip


def test_reclassifying_and_extending(ask, tmp_path):
    told = ("--reason", "survey", "--evidence", "DOC-1")
    west = write(tmp_path / "west.geojson", (WEST, {}))
    for name in ("amra", "boris"):
        ask("hazard", "reclassify", "HA-1", "--to", "sha", "--part", west, *told, "--person", name)
    assert int(balance(ask)["suspected_mm2"]) > 0
    ask("hazard", "reclassify", "HA-2", "--to", "CHA", "--reason", "mine seen")
    assert balance(ask)["suspected_mm2"] == "0"
    more = write(tmp_path / "more.geojson", (shapely.box(-20, -19.999, -19.999, -19.998), {}))
    assert "extended: +" in ask("hazard", "extend", "HA-2", more, "--reason", "beyond the road")
    ask("hazard", "extend", "HA-2", tmp_path / "none.geojson", "--reason", "x", fails="not exist")


def test_a_question_from_an_accident_to_reopened_land(ask, tmp_path):
    released(ask)
    cleared = int(balance(ask)["cleared_mm2"])
    accident = {"source_id": "X1", "kind": "mine", "date": "2023-04-01"}
    path = write(tmp_path / "accidents.geojson", (shapely.Point(-19.9995, -19.9995), accident))
    ask("import", path, "--as", "accidents", "--source", "Police", "--accept")
    (found,) = json.loads(ask("questions", "list", "--format", "json"))
    assert (found["activity"], found["cause"], int(found["mm2"])) == ("AC-1", "AX-1", cleared)
    assert "AC-1 is in question" in " ".join(ask("questions", "list").split())
    resolve = ("questions", "resolve", found["question"], "--reason", "confirmed")
    ask(*resolve, fails="--reopen or --dismiss")
    ask(*resolve, "--dismiss", "--part", path, fails="--part goes with --reopen")
    ask(*resolve, "--dismiss", fails="needs evidence")
    shown = json.loads(ask(*resolve, "--reopen", "--dry-run", "--format", "json"))
    assert shown["effect"]["by_kind_mm2"] == {"reopened": str(cleared)}
    ask(*resolve, "--reopen", "--person", "amra")
    assert balance(ask)["cleared_mm2"] == "0"
    assert json.loads(ask("questions", "list", "--format", "json")) == []
    ask("hazard", "reopen", "AC-1", "--reason", "again", "--evidence", "AX-1", fails="none of this")


def test_a_question_is_dismissed_by_two(ask, tmp_path):
    released(ask)
    item = {"source_id": "O1", "ordnance_class": "ap", "date": "2023-04-01"}
    path = write(tmp_path / "ordnance.geojson", (shapely.Point(-19.9995, -19.9995), item))
    ask("import", path, "--as", "ordnance", "--source", "Police", "--accept")
    for name in ("amra", "boris"):
        ask(
            "questions", "resolve", "Q-1", "--dismiss", "--reason", "brought there",
            "--evidence", "DOC-1", "--person", name,
        )  # fmt: skip
    assert json.loads(ask("questions", "list", "--format", "json")) == []


def test_a_release_that_extends_its_hazard(ask, tmp_path):
    report = {
        "source_id": "A2", "hazard": "H1", "kind": "clearance", "report": "completion",
        "result": "cleared", "status": "accepted", "classes": "ap", "depth_cm": 20,
        "method": "manual", "date": "2022-06-30", "organisation": "OP1",
    }  # fmt: skip
    path = write(tmp_path / "wide.geojson", (shapely.box(-20, -20, -19.999, -19.998), report))
    ask("import", path, "--as", "activities", "--source", "Survey", "--accept")
    for name in ("amra", "boris"):
        ask("release", "approve", "AC-2", "--extends-hazard", "--person", name)
    assert json.loads(ask("ledger", "discrepancies", "--format", "json")) == []
    assert int(balance(ask)["cleared_mm2"]) > 2.2e10
