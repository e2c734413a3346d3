"""The command line: every command shows an example, errors say where, output can be read back."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.main import get_command
from typer.testing import CliRunner

from landrelease.cli import app, context

RUN = CliRunner()


def commands(command=None, path=()) -> Iterator[tuple[str, ...]]:
    """Words of every command that does something."""
    command = command or get_command(app)
    if not hasattr(command, "commands"):
        yield path
        return
    for name, inner in sorted(command.commands.items()):
        yield from commands(inner, (*path, name))


#: Commands on a backup, which is whole without its workspace.
BACKUPS_ALONE = {("backup", "list"), ("backup", "prune"), ("backup", "verify")}


@pytest.mark.parametrize("words", list(commands()), ids=" ".join)
def test_every_command_shows_an_example_and_explains_its_options(words):
    shown = RUN.invoke(app, [*words, "--help"])
    assert shown.exit_code == 0
    text = " ".join(shown.output.split())
    # Some make a workspace, and treaties and finished backups need none: they are not told which.
    none = words[0] in ("init", "demo", "treaty", "restore") or tuple(words) in BACKUPS_ALONE
    asked = "Example: landrelease " + ("" if none else "-w ")
    assert asked in text
    example = text.partition("Example: ")[2]
    assert " ".join(words) in example, "the example is one of this very command"
    command = get_command(app)
    for word in words:
        command = command.commands[word]
    for parameter in command.params:
        if parameter.name != "help":
            assert getattr(parameter, "help", ""), f"{parameter.name} is not explained"


# --- a workspace to ask ---------------------------------------------------------------------------


@pytest.fixture
def ask(workspace, tmp_path, monkeypatch):
    """Run a command in this process, in a workspace with some hazards; gives its output."""
    rows = [
        {"source_id": f"H{i}", "type": "SHA", "declared_m2": 1000 + i, "date": "2020"}
        for i in range(7)
    ]
    path = _csv(tmp_path / "hazards.csv", rows)

    def run(*words, fails=False):
        found = RUN.invoke(app, ["-w", str(workspace.folder), *map(str, words)])
        if fails:
            assert found.exit_code != 0
            return found
        assert found.exit_code == 0, (found.output, found.exception)
        return found.stdout

    run("import", path, "--as", "hazards", "--source", "Survey", "--accept")
    yield run
    context.folder = Path()


def _csv(path: Path, rows) -> Path:
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, list(dict.fromkeys(k for row in rows for k in row)))
        writer.writeheader()
        writer.writerows(rows)
    return path


LISTS = (
    ("review", "list"),
    ("release", "list"),
    ("person", "list"),
    ("ledger", "balance"),
    ("ledger", "discrepancies"),
    ("ledger", "balance", "--by", "hazard"),
    ("ledger", "balance", "--by", "class"),
    ("ledger", "balance", "--by", "unit", "--as-of", "2024-12-31"),
)


def test_json_and_csv_can_be_read_back(ask):
    for words in LISTS:
        body = json.loads(ask(*words, "--format", "json"))
        rows = list(csv.DictReader(io.StringIO(ask(*words, "--format", "csv"))))
        if words[:2] == ("ledger", "balance"):
            assert body["residual_mm2"] == "0"
            body = [*body["rows"], body["total"]]
        assert len(rows) == len(body), words
        for row, entry in zip(rows, body, strict=True):
            assert set(row) == set(entry), words
            printed = {name: "" if value is None else str(value) for name, value in entry.items()}
            assert row == printed, words
        assert ask(*words).strip() or not body


def test_the_balance_counts_what_was_imported(ask):
    body = json.loads(ask("ledger", "balance", "--format", "json"))
    assert body["total"]["hazards"] == 7
    assert body["total"]["declared_only_m2"] == "7021"
    assert body["as_of"] is None
    assert json.loads(ask("verify", "--format", "json"))["well"] is True
    assert "verified" in ask("verify")


def test_an_import_says_what_it_did_as_json(ask, tmp_path):
    path = _csv(tmp_path / "hazards.csv", [{"source_id": "H1", "declared_m2": 5}])
    words = ("import", path, "--as", "hazards", "--source", "Survey", "--format", "json")
    preview = json.loads(ask(*words, "--dry-run"))
    assert (preview["dry_run"], preview["receipt"]) == (True, None)
    (change,) = preview["changes"]
    assert change["fields"] == {"declared_m2": ["1001", "5"]}
    assert change["lowers_caution"] == ["the declared area would shrink"]
    done = json.loads(ask(*words))
    assert done["state"] == "checked"
    shown = json.loads(ask("review", "show", done["receipt"], "--format", "json"))
    assert shown["counts"]["held_for_second_person"] == 1
    ask("review", "reject", done["receipt"], "--reason", "no survey behind it")
    assert json.loads(ask("review", "list", "--state", "rejected", "--format", "json"))


def test_a_failed_submission_is_listed_with_the_others(ask, tmp_path):
    broken = tmp_path / "broken.geojson"
    broken.write_text('{"type": "FeatureCollection", "features": [{"type"', encoding="utf-8")
    ask("import", broken, "--as", "hazards", "--source", "Survey", fails=True)
    from landrelease.register.models import Submission

    Submission.objects.create(
        receipt="r", received_at="2020-01-01T00:00:00Z", submitter="x", record_type="hazard",
        filename="lost.csv", source="s", namespace="n", sha256="", kept="00/00",
        state=Submission.FAILED,
    )  # fmt: skip
    for format in ("json", "csv", "table"):
        assert "lost.csv" in ask("review", "list", "--format", format)


def test_lists_walk_through_all_rows(ask, tmp_path):
    for i in range(6):
        rows = [{"source_id": f"A{i}-{j}", "result": "cleared"} for j in range(3)]
        path = _csv(tmp_path / f"activities-{i}.csv", rows)
        ask("import", path, "--as", "activities", "--source", "Survey", "--accept")
    everything = [
        row["id"] for row in json.loads(ask("review", "list", "--format", "json", "--limit", 99))
    ]
    assert len(everything) == 7
    walked, page = [], ()
    while True:
        words = ("review", "list", "--format", "json", "--limit", 2, *page)
        rows = json.loads(ask(*words))
        if not rows:
            break
        walked += [row["id"] for row in rows]
        page = ("--before", walked[-1])
    assert walked == everything

    refs, after = [], 0
    while True:
        words = ("release", "list", "--format", "json", "--limit", 4, "--after", after)
        rows = json.loads(ask(*words))
        if not rows:
            break
        refs += [row["activity"] for row in rows]
        after = refs[-1].removeprefix("AC-")
    assert refs == [f"AC-{i}" for i in range(1, 19)]


def test_an_export_is_read_back(ask, workspace, tmp_path):
    output = tmp_path / "out.csv"
    said = ask("export", output, "--as", "hazards")
    assert "7 rows, sha256 " in said
    with output.open(newline="", encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    assert [row["source_id"] for row in rows] == [f"H{i}" for i in range(7)]
    assert rows[0]["declared_m2"] == "1000"


@pytest.mark.parametrize("tier", ["restricted", "partner"])
def test_an_export_says_for_which_tier_it_is(ask, tmp_path, tier):
    said = ask("export", tmp_path / "out.csv", "--as", "hazards", "--tier", tier)
    assert f"for the tier {tier}" in said


def test_csv_on_the_terminal_holds_no_formula(capsys):
    from landrelease.cli import context

    rows = [{"name": "=cmd|'/c calc'!A0", "mm2": "-12", "count": -3, "note": None, "at": "@sum"}]
    context.print_rows(rows, context.Format.csv)
    (row,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert row == {
        "name": "'=cmd|'/c calc'!A0", "mm2": "-12", "count": "-3", "note": "", "at": "'@sum",
    }  # fmt: skip


# --- errors ---------------------------------------------------------------------------------------


def test_rejected_rows_name_file_row_rule_and_field(ask, workspace, tmp_path):
    rows = [
        {"source_id": "O1", "ordnance_class": "ap", "quantity": "many"},
        {"source_id": "O2", "ordnance_class": "", "quantity": 1},
    ]
    path = _csv(tmp_path / "found.csv", rows)
    body = json.loads(
        ask("import", path, "--as", "ordnance", "--source", "S", "--accept", "--format", "json")
    )
    assert body["file"] == "found.csv"
    assert body["rejected"] == 1
    shown = ask("review", "show", body["receipt"])
    assert "quantity" in shown
    assert "many" in shown
    rejects = workspace.folder / "rejects" / f"{body['receipt']}.csv"
    (row,) = csv.DictReader(io.StringIO(rejects.read_text(encoding="utf-8")))
    assert row["source_id"] == "O2"
    assert row["rules"]
    again = tmp_path / "again.csv"
    ask("review", "rejects", body["receipt"], "-o", again)
    assert again.read_bytes() == rejects.read_bytes()


MISTAKES = {
    "unknown record type": (("import", "{file}", "--as", "castles"), "castles"),
    "no such file": (("import", "/nowhere/file.csv", "--as", "hazards"), "does not exist"),
    "legacy hazards": (("import", "{file}", "--as", "hazards", "--legacy"), "for activities"),
    "legacy undecided": (("import", "{file}", "--as", "activities", "--legacy"), "needs --accept"),
    "no such day": (("ledger", "balance", "--as-of", "yesterday"), "yesterday"),
    "no such division": (("ledger", "balance", "--by", "colour"), "colour"),
    "no such place": (("init", "{new}", "--centre", "200,10"), "no place on the earth"),
    "no position": (("init", "{new}", "--centre", "north"), "not LONGITUDE,LATITUDE"),
    "nothing to release": (("release", "approve", "--person", "x"), "--all-ready"),
}


def test_a_mistake_is_told_in_words(ask, tmp_path, monkeypatch):
    from landrelease.register import people

    people.add("x", "correct horse battery", organisation="Authority", may_release=True)
    monkeypatch.setenv("LANDRELEASE_PASSWORD", "correct horse battery")
    file = _csv(tmp_path / "some.csv", [{"source_id": "X"}])
    for what, (words, said) in MISTAKES.items():
        ready = [word.format(file=file, new=tmp_path / "new") for word in words]
        found = ask(*ready, fails=True)
        assert said in " ".join(found.output.replace("│", " ").split()), (what, found.output)
        assert isinstance(found.exception, SystemExit), what
    assert not (tmp_path / "new").exists()


def test_what_the_register_refuses_is_one_sentence(workspace_folder, tmp_path):
    command = (sys.executable, "-c", "from landrelease.cli import main; main()")
    done = subprocess.run(
        [*command, "-w", workspace_folder, "review", "show", "20200101-00000000"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == "landrelease: no submission has the receipt '20200101-00000000'\n"


def test_two_people_release_at_the_command_line(ask, tmp_path, monkeypatch):
    import shapely

    monkeypatch.setenv("LANDRELEASE_PASSWORD", "correct horse battery")
    for name, organisation in (("anna", "Authority"), ("ben", "Inspection")):
        ask("person", "add", name, "--organisation", organisation, "--may-release")
    listed = json.loads(ask("person", "list", "--format", "json"))
    assert [row["name"] for row in listed] == ["anna", "ben"]

    place = {"wkt": shapely.box(-20, -20, -19.998, -19.998).wkt}
    imports = {
        "organisations": {"source_id": "OP1", "name": "First Operator"},
        "hazards": {"source_id": "K1", "type": "CHA", "classes": "ap", "date": "2020"} | place,
        "activities": {
            "source_id": "A1", "hazard": "K1", "kind": "clearance", "report": "completion",
            "result": "cleared", "status": "accepted", "classes": "ap", "depth_cm": 20,
            "date": "2022-06-30", "organisation": "OP1", **place,
        },
    }  # fmt: skip
    for as_, row in imports.items():
        path = _csv(tmp_path / f"{as_}.csv", [row])
        ask("import", path, "--as", as_, "--source", "Survey", "--accept")
    assert "AC-1" in ask("release", "list", "--ready")
    before = json.loads(ask("ledger", "balance", "--format", "json"))["total"]
    ask("release", "approve", "--all-ready", "--person", "anna")
    ask("release", "approve", "AC-1", "--person", "ben")
    after = json.loads(ask("ledger", "balance", "--format", "json"))["total"]
    assert after["cleared_mm2"] == before["confirmed_mm2"] != "0"
    assert after["confirmed_mm2"] == before["cleared_mm2"] == "0"
    assert json.loads(ask("verify", "--format", "json"))["well"] is True


def test_the_version_is_printed():
    import landrelease

    assert RUN.invoke(app, ["--version"]).output.strip() == f"landrelease {landrelease.__version__}"
    assert isinstance(app, typer.Typer)
