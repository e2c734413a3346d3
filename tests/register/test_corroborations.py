"""What kept reports say together, on both databases and from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from landrelease.cli import app
from landrelease.register import corroborations, documents, people

REPORTS = {
    "a.txt": (
        "Posted on 03/15/2021\n\nThe barley is late this summer, and farmers in the hills wait for "
        "rain. Mara Lind told Coast Daily that 40 people were killed by mines in the orchard.\n\n"
        "Angola ratified the Mine Ban Treaty in 2002. Cuba is a party to the treaty.\n"
    ),
    "b.txt": (
        "Fishing boats were kept in port because of high winds, and the ferry did not run.\n\n"
        "Karl Weiss told the Harbour Herald that 12 people were killed by mines in the orchard. "
        "The farmers' league alleged that a field was never searched. Tern Clearance denied the "
        "allegation.\n"
    ),
}


@pytest.fixture
def taken_in(workspace, tmp_path: Path):
    for name, text in REPORTS.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    documents.add([tmp_path / name for name in REPORTS], people.at_the_command_line())
    return workspace


def test_conflicts_timeline_and_chains_of_kept_reports(taken_in) -> None:
    found = {(one.verdict, one.slot) for one in corroborations.comparisons()}
    assert found == {("contradicts", "count of people"), ("contradicts", "denial")}
    listed = [claim for g in corroborations.gatherings() for claim in g.claims]
    assert len(listed) == len(documents.claims())
    days = {(entry.value, entry.basis) for entry in corroborations.timeline()}
    assert days == {("2021-03-15", "published"), (None, "unknown")}
    assert [link["name"] for link in corroborations.chains()["a.txt"]] == ["Coast Daily"]


def test_treaty_claims_are_checked_on_the_day_of_the_report(taken_in) -> None:
    checked = {one["state"]: one for one in corroborations.treaty_checks()}
    assert checked["AGO"]["check"]["verdict"] in ("agrees", "imprecise", "unknown")
    assert checked["AGO"]["since"] == 2002
    assert checked["CUB"]["check"]["verdict"] == "contradicts"
    assert {one["on"] for one in checked.values()} == {"2021-03-15"}
    assert {one["on_basis"] for one in checked.values()} == {"report"}


def test_command_line_pages_and_says_what_it_left_out(taken_in, workspace_folder: Path) -> None:
    def run(*words: str):
        done = CliRunner().invoke(app, ["-w", str(workspace_folder), "evidence", *words])
        assert done.exit_code == 0, done.output
        return done

    everything = json.loads(run("conflicts", "--format", "json").stdout)
    assert {one["about"] for one in everything} == {"claims", "treaty"}
    assert "Cuba is a party" in run("conflicts", "--format", "csv").stdout
    entries = json.loads(run("timeline", "--format", "json").stdout)
    page = run("timeline", "--limit", "1", "--offset", "1", "--format", "json")
    assert json.loads(page.stdout) == entries[1:2]
    assert f"1 of {len(entries)} entries" in page.stderr
    assert json.loads(run("timeline", "--kind", "casualties", "--format", "json").stdout) == [
        entry for entry in entries if entry["kind"] == "casualties"
    ]
    assert len(json.loads(run("claims", "--limit", "2", "--format", "json").stdout)) == 2
    assert len(json.loads(run("stories", "--limit", "1", "--format", "json").stdout)) == 1
    assert "Coast Daily" in run("origins").stdout


def test_series_on_the_command_line(tmp_path: Path) -> None:
    table = tmp_path / "figures.csv"
    table.write_text(
        "indicator,period_year,value,unit,qualifier,publisher,source_title\n"
        "injured_global,2011,805,people,,Heron,Heron Review 2012\n"
        "injured_global,2011,937,people,,Heron,Heron Review 2013\n",
        encoding="utf-8",
    )
    done = CliRunner().invoke(app, ["evidence", "series", str(table), "--format", "json"])
    assert json.loads(done.stdout)["series"][0]["values"] == [805, 937]
    shown = CliRunner().invoke(app, ["evidence", "series", str(table), "--format", "csv"]).stdout
    assert "805 → 937 people" in shown
    table.write_text("a\n1\n", encoding="utf-8")
    done = CliRunner().invoke(app, ["evidence", "series", str(table)])
    assert done.exit_code == 2


def test_family_of_a_story_from_the_command_line(
    taken_in, workspace_folder: Path, tmp_path
) -> None:
    copied = REPORTS["a.txt"].replace("Mara Lind", "Mara Lindt").replace("03/15", "03/17")
    (tmp_path / "c.txt").write_text(copied + "The mill is shut.\n", encoding="utf-8")
    documents.add([tmp_path / "c.txt"], people.at_the_command_line())
    (story,) = [one for one in documents.stories() if len(one["documents"]) == 2]

    def run(*words: str):
        return CliRunner().invoke(app, ["-w", str(workspace_folder), "evidence", *words])

    done = run("family", story["story"][:14], "--format", "json")
    assert done.exit_code == 0, done.output
    first, copy = json.loads(done.stdout)["branches"]
    assert (first["document"], first["parent"]) == ("a.txt", None)
    assert (copy["document"], copy["parent"], copy["basis"]) == ("c.txt", "a.txt", "earlier date")
    assert [(n["before_text"], n["after_text"]) for n in copy["names"]] == [("Lind", "Lindt")]
    assert [one["after_text"] for one in copy["added"]] == ["The mill is shut"]
    table = run("family", story["story"], "--format", "csv")
    assert "The mill is shut" in table.stdout
    unknown = run("family", "story-none")
    assert unknown.exit_code == 2
    assert "0 stories begin with" in unknown.output
