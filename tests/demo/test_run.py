"""`landrelease demo`: the whole job on the made-up island, every planted fault accounted for."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from pathlib import Path

import pyogrio
import pytest
from typer.testing import CliRunner

from landrelease.cli import app
from landrelease.cli.demo import Manifest, generate
from landrelease.cli.demo.manifest import FOUND_AS
from landrelease.register import workspace
from landrelease.register.errors import WorkspaceError


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Folder and output of one run."""
    folder = tmp_path_factory.mktemp("run") / "demo"
    result = CliRunner().invoke(app, ["demo", str(folder), "--no-serve"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return folder, result.stdout


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    """What the generator says it plants; the same seed as the run."""
    return generate(tmp_path_factory.mktemp("again"))


@pytest.fixture
def demo(ran: tuple[Path, str]) -> Path:
    """The folder, with its workspace open: other tests open theirs in between."""
    workspace.open_workspace(ran[0] / "workspace")
    return ran[0]


def row_of(folder: Path, file: str, record: str) -> set[int]:
    """Rows of a GeoJSON or GeoPackage file that bear an id (features counted from 1)."""
    path = folder / "files" / file
    if path.suffix == ".geojson":
        found = json.loads(path.read_text(encoding="utf-8"))["features"]
        ids = [feature["properties"].get("hazard_id", "") for feature in found]
    else:
        _, _, _, columns = pyogrio.raw.read(path, read_geometry=False)
        ids = columns[0].tolist()
    return {n for n, value in enumerate(ids, start=1) if str(value).strip() == record}


def test_the_story_names_what_a_newcomer_needs(ran):
    _, text = ran
    assert "EVERYTHING HERE IS MADE UP" in text
    assert "Residual 0 mm²" in text
    assert "Verified." in text
    assert "No record does not mean safe" in text
    assert re.search(r"at most \d+ independent origins", text)
    assert "Traceback" not in text
    assert max(map(len, text.splitlines())) <= 120


def test_every_file_is_in_the_register_with_all_its_rows(demo, manifest):
    from landrelease.register.models import Submission

    by_name = {s.filename: json.loads(s.summary)["counts"] for s in Submission.objects.all()}
    for file in manifest.files:
        if not file.record_type:
            assert Path(file.name).name in by_name
            continue
        counts = by_name[file.name]
        assert counts["received"] == file.rows, file.name
        accounted = sum(
            counts[name]
            for name in ("new", "changed", "held_for_second_person", "unchanged",
                         "repeated_in_file", "rejected")
        )  # fmt: skip
        assert accounted == file.rows, file.name


HAZARD_RULES = (
    "invalid_ring", "parts_overlap", "repeated_points", "vertices_far_apart", "sliver",
    "geometry_missing", "duplicate_geometry", "trimmed_id", "area_vs_declared", "outside_unit",
    "outside_all_units", "too_few_vertices", "overlap",
)  # fmt: skip


@pytest.mark.parametrize("rule", HAZARD_RULES)
def test_a_planted_fault_is_found_where_it_was_planted(demo, manifest, rule):
    from landrelease.register.models import SubmissionFinding

    names = FOUND_AS.get(rule, (rule,))
    planted = [
        p for p in manifest.planted
        if p.rule == rule and p.file == "hazards_survey.geojson"
    ]  # fmt: skip
    assert planted
    for each in planted:
        rows = row_of(demo, each.file, each.record)
        found = SubmissionFinding.objects.filter(
            submission__filename=each.file, rule__in=names, row__in=rows
        )
        assert found.exists(), f"{rule} of {each.record} was not found: {each.note}"


def test_unusable_rows_and_values_are_kept_and_reported(demo, manifest):
    from landrelease.register.models import Hazard, RejectedRow, SubmissionFinding

    found = SubmissionFinding.objects.exclude(submission__filename__contains="corrected")
    for rule in ("impossible_date", "unknown_choice", "not_a_number"):
        assert found.filter(rule=rule).count() == 1
    assert manifest.counts()["unusable_value"] == 3
    rejected = RejectedRow.objects.values_list("submission__filename", "rules")
    assert sorted(rejected) == [
        ("hazards_survey.geojson", "duplicate_id"),
        ("hazards_survey_corrected.geojson", "duplicate_id"),
        *[("ordnance.csv", "missing_required")] * manifest.counts()["unusable_row"],
    ]
    # A hazard whose polygon cannot be measured is not lost: its size is unknown.
    for record in manifest.records("invalid_ring"):
        assert Hazard.objects.filter(source_id=record).exists()


#: What a planted trouble is called where it stands against a release.
AGAINST = {
    "undated": "undated",
    "before_evidence": "it ended",
    "shallow": "cleared to",
    "depth_missing": "depth of clearance is not recorded",
    "rejected": "not accepted",
    "not_accepted": "not accepted",
    "unlinked": "linked to no hazardous area",
    "unknown_hazard": "linked to no hazardous area",
    "release_without_polygon": "no valid polygon",
}


def test_trouble_of_a_report_keeps_its_land_open(demo, manifest):
    from landrelease.register import release_decisions
    from landrelease.register.models import Activity, Release

    waiting = {w.activity.source_id: w for w in release_decisions.waiting_releases()}
    for rule, words in AGAINST.items():
        assert manifest.records(rule), rule
        for record in manifest.records(rule):
            assert any(words in reason for reason in waiting[record].obstacles), (rule, record)
    released = set(
        Activity.objects.filter(
            uid__in=Release.objects.values("activity_uid")
        ).values_list("source_id", flat=True)
    )  # fmt: skip
    assert not released & waiting.keys()
    assert all(w.obstacles for w in waiting.values()), "all that was ready has been decided"


def test_releases_were_decided_by_two_independent_people(demo):
    from landrelease.register import journal
    from landrelease.register.models import Activity, JournalEntry, Organisation, Release
    from landrelease.register.people import at_the_command_line

    decided = Release.objects.filter(standing=Release.DECIDED)
    operators = dict(Organisation.objects.values_list("uid", "source_id"))
    worked = dict(Activity.objects.values_list("uid", "organisation_uid"))
    seen = defaultdict(set)
    for entry in JournalEntry.objects.filter(kind="release"):
        deciders = journal.data_of(entry)["data"]["deciders"]
        names = {d["name"] for d in deciders}
        assert len(names) == 2
        assert at_the_command_line().name not in names
        seen[entry.seq] = {d["organisation"] for d in deciders}
    assert len(seen) == 2
    for uid, seq in decided.values_list("activity_uid", "seq"):
        assert operators[worked[uid]] not in seen[seq]
    assert decided.count() > 200


def test_what_a_correction_lowers_took_two_people(demo, manifest):
    from landrelease.register import journal
    from landrelease.register.models import Hazard, JournalEntry

    (entry,) = JournalEntry.objects.filter(kind="accept_held")
    assert len({d["name"] for d in journal.data_of(entry)["data"]["deciders"]}) == 2
    (lowered,) = (c for c in manifest.corrections if c.rule == "type_lowered")
    assert Hazard.objects.get(source_id=lowered.record).type == "SHA"
    (missing,) = (c for c in manifest.corrections if c.rule == "record_missing")
    assert Hazard.objects.filter(source_id=missing.record).exists()


def test_historic_releases_stand_in_the_opening_balance_only(demo, manifest):
    from landrelease.register.models import LedgerDiscrepancy, Release

    historic = Release.objects.filter(standing=Release.HISTORIC)
    assert historic.count() == manifest.file("cleared_before_register.geojson").rows
    on_open = LedgerDiscrepancy.objects.filter(
        retired_seq__isnull=True, rule="historic_release_on_open_ground"
    )
    assert on_open.count() >= manifest.counts()["historic_release_on_open_ground"]


def test_the_balance_closes_and_the_journal_says_the_same(demo):
    from datetime import date

    from landrelease.register import figures, verify

    for as_of in (None, date(2019, 12, 31), date(2024, 12, 31)):
        for by in (None, "unit", "class", "hazard"):
            assert figures.balance(as_of=as_of, by=by).residual_mm2 == 0
    later = figures.balance().total
    earlier = figures.balance(as_of=date(2019, 12, 31)).total
    assert later.cancelled_mm2 > earlier.cancelled_mm2 == 0
    assert verify.verify().well


def test_no_password_is_kept_in_clear(ran, demo):
    _, text = ran
    passwords = re.findall(r"- (?:quennerly|ambersley): (\S+)", text)
    assert len(passwords) == 2
    for path in (demo / "workspace").rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert not any(word.encode() in data for word in passwords), path


# --- The folder, and other people's files -------------------------------------------------------


def test_an_earlier_demonstration_is_replaced_and_nothing_else(tmp_path):
    from landrelease.cli.demo.folder import MARKER, start_afresh

    files, register = start_afresh(tmp_path / "demo")
    for path in (files, register):
        path.mkdir()
        (path / "old").touch()
    (tmp_path / "demo" / "mine.txt").write_text("kept")
    assert start_afresh(tmp_path / "demo") == (files, register)
    assert not files.exists()
    assert not register.exists()
    assert (tmp_path / "demo" / "mine.txt").read_text() == "kept"
    assert (tmp_path / "demo" / MARKER).is_file()

    foreign = tmp_path / "foreign"
    (foreign / "workspace").mkdir(parents=True)
    with pytest.raises(WorkspaceError, match="nothing in it was touched"):
        start_afresh(foreign)
    assert (foreign / "workspace").is_dir()


def test_guesses_say_why_and_can_be_overruled(ran):
    from landrelease.cli.demo.guessing import guess, in_order

    files = ran[0] / "files"
    expected = {
        "units.geojson": "unit", "hazards_survey.geojson": "hazard",
        "activities_2020.gpkg": "activity", "cleared_before_register.geojson": "activity",
        "accidents.csv": "accident", "victims.csv": "victim", "evidence.csv": "evidence",
        "education.csv": "education_session",
    }  # fmt: skip
    guesses = [guess(str(files / name)) for name in expected]
    assert {g.path.name: g.record_type for g in guesses} == expected
    assert all(g.because for g in guesses)
    assert [g.record_type for g in in_order(guesses[::-1])][:2] == ["unit", "hazard"]
    stated = guess(f"{files / 'accidents.csv'}=victims")
    assert (stated.record_type, stated.because) == ("victim", "you said so")


def test_a_file_told_by_its_values_or_columns_alone(ran, tmp_path):
    from landrelease.cli.demo.guessing import guess

    survey = (ran[0] / "files" / "hazards_survey.geojson").read_bytes()
    (tmp_path / "x.geojson").write_bytes(survey)
    assert guess(str(tmp_path / "x.geojson")).record_type == "hazard"
    people = tmp_path / "y.csv"
    people.write_text("victim_id,gender,age_group,accident_date\n1,female,adult,2011\n")
    assert guess(str(people)).record_type == "victim"
    numbers = tmp_path / "z.csv"
    numbers.write_text("a,b\n1,2\n")
    assert guess(str(numbers)).record_type is None


def test_files_that_cannot_be_told_stop_the_run_before_anything_is_made(tmp_path):
    numbers = tmp_path / "z.csv"
    numbers.write_text("a,b\n1,2\n")
    result = CliRunner().invoke(app, ["demo", str(tmp_path / "demo"), "--data", str(numbers)])
    assert result.exit_code == 2
    assert "z.csv=hazards" in result.output
    assert not (tmp_path / "demo").exists()


@pytest.mark.shared
def test_the_reader_s_own_files(shared, tmp_path):
    """The Bosnian files, as `make demo DATA=…` takes them."""
    from landrelease.register import figures
    from landrelease.register.models import SubmissionFinding

    folder = shared / "data" / "bosnia_mines"
    names = ("suspect_areas_simplyfied", "cleared_areas_simplyfied", "cantons", "incidents")
    options = [part for name in names for part in ("--data", str(folder / f"{name}.geojson"))]
    result = CliRunner().invoke(
        app, ["demo", str(tmp_path / "demo"), "--no-serve", *options], catch_exceptions=False
    )
    assert result.exit_code == 0, result.output
    for taken_for in ("hazards", "activities", "units", "accidents"):
        assert taken_for in result.stdout
    assert "Verified" in result.stdout
    balance = figures.balance()
    assert balance.total.hazards == 11_068
    assert balance.residual_mm2 == 0
    assert balance.total.cleared_mm2 == 0
    assert balance.notes["undecided_releases"]["count"] == 8_329
    missing = SubmissionFinding.objects.filter(rule="geometry_missing")
    assert missing.filter(submission__record_type="hazard").count() == 3_094
    assert missing.filter(submission__record_type="activity").count() == 108
