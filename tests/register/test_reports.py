"""Frozen reports: who may, under which number, and that they stay what they were."""

from __future__ import annotations

import json
import os
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from registering import ANNA, landrelease
from reporting_programme import RITA, YEAR, frozen, late_news, programme

from landrelease.register import journal, people, report_figures, reports, verify
from landrelease.register.errors import DecisionRefused, RegisterError
from landrelease.register.models import Report
from landrelease.register.reports import Figure


@pytest.fixture
def land(workspace, tmp_path):
    programme(tmp_path)
    return workspace


def figure(column="open", value=1, unit="mm2", seq=7):
    return Figure(f"land:{column}:2022-12-31@{seq}", value, unit)


def draft(number="A7/2022", figures=None, seq=7):
    found = [figure()] if figures is None else figures
    return reports.draft(number, "land", found, since=YEAR[0], until=YEAR[1], known_seq=seq)


def test_a_frozen_report_is_an_entry_of_the_journal(land):
    before = journal.head().seq
    report = frozen()
    entry = journal.head()
    assert (entry.seq, entry.kind) == (before + 1, "report")
    assert report.known_seq == before
    assert (report.approver, report.since, report.until) == ("rita", *YEAR)
    assert "unverified" in report.profile
    body = journal.data_of(entry)
    assert body["data"]["report"]["sha256"] == report.sha256
    assert body["actor"]["name"] == "rita"
    assert verify.verify().well


def test_it_is_printed_byte_for_byte_whatever_is_learnt_later(land, tmp_path):
    report = frozen()
    printed = reports.printed(report)
    late_news(tmp_path)
    assert reports.printed(reports.find("A7/2022")) == printed
    body = json.loads(printed)
    assert body["known_hash"] == journal.JournalEntry.objects.get(seq=report.known_seq).hash
    expected = {f.id: str(f.value) for f in report_figures.of_land(*YEAR, report.known_seq)}
    assert {f["id"]: f["value"] for f in body["figures"]} == expected
    assert reports.entries_since(report) == 5


def test_the_same_figures_give_the_same_hash(land):
    first, second = frozen(), frozen("A7/2022-copy")
    assert first.sha256 == second.sha256
    assert first.seq != second.seq


def test_later_figures_give_another_hash(land, tmp_path):
    first = frozen()
    late_news(tmp_path)
    assert frozen("A7/2022-restated").sha256 != first.sha256


def test_a_number_is_used_once(land):
    frozen()
    with pytest.raises(RegisterError, match="'A7/2022' is used already"):
        frozen()
    assert Report.objects.count() == 1


def test_a_number_taken_in_the_meantime_is_refused(land):
    mine, theirs = draft(), draft()
    reports.freeze(theirs, RITA)
    with pytest.raises(RegisterError, match="is used already"):
        reports.freeze(mine, RITA)


def test_only_a_person_with_the_permission_approves(land):
    service = people.Actor("rita", "Authority", authenticated=False, may_approve_reports=True)
    for actor, says in (
        (service, "signs in"),
        (people.at_the_command_line(), "signs in"),
        (ANNA, "anna may not approve reports"),
    ):
        with pytest.raises(DecisionRefused, match=says):
            frozen(actor=actor)
    assert not Report.objects.exists()


def test_the_permission_is_given_by_name_and_taken_back(land):
    people.add("olga", "a long enough word 7", organisation="Authority")
    assert not people.sign_in("olga", "a long enough word 7").may_approve_reports
    people.allow_reports("olga", True)
    assert people.sign_in("olga", "a long enough word 7").may_approve_reports
    people.allow_reports("olga", False)
    assert not people.sign_in("olga", "a long enough word 7").may_approve_reports
    with pytest.raises(RegisterError, match="nobody is called 'nobody'"):
        people.allow_reports("nobody", True)


def test_an_administrator_gets_no_exemption(land):
    user = people.add("root", "a long enough word 7", organisation="Authority")
    user.is_superuser = True
    user.save()
    assert not people.sign_in("root", "a long enough word 7").may_approve_reports


@pytest.mark.parametrize("number", ["2022", "now", "", "2022-12-31", "A 7", "A7;drop", "A" * 61])
def test_a_number_cannot_be_mistaken_for_something_else(land, number):
    with pytest.raises(RegisterError):
        draft(number)


@pytest.mark.parametrize(
    ("figures", "says"),
    [
        ([], "without figures"),
        ([figure(), figure(value=2)], "with two values"),
        ([figure(seq=6)], "knows entry 6, the report entry 7"),
        ([Figure("open land", 1, "mm2")], "is no figure id"),
    ],
)
def test_figures_have_to_be_of_this_report(land, figures, says):
    with pytest.raises(RegisterError, match=says):
        draft(figures=figures)


def test_what_is_no_number_says_so(land):
    from landrelease.treaty.tables import Absent
    from landrelease.treaty.tables import Figure as Printed

    given = [
        Printed("land:cleared:2022-01-01..2022-12-31@7", Absent.NOT_RECORDED, "mm2"),
        Printed("land:declared:2022-12-31@7", Decimal("12.5"), "m2", "of one area"),
    ]
    report = reports.freeze(draft(figures=given), RITA)
    cleared, declared = reports.figures_of(report)
    assert (cleared.value, cleared.absent) == (None, "not recorded")
    assert (declared.value, declared.note) == (Decimal("12.5"), "of one area")


def test_many_figures_fill_several_parts(land):
    many = [figure(f"c{number}", number) for number in range(journal.LINES_A_PART + 3)]
    report = reports.freeze(draft(figures=many), RITA)
    assert report.figures.count("|") == 1
    assert len(reports.figures_of(report)) == len(many)
    assert verify.verify().well


def test_a_frozen_report_that_was_altered_is_not_printed(land):
    frozen()
    Report.objects.update(sha256="0" * 64)
    with pytest.raises(RegisterError, match="were altered"):
        reports.printed(reports.find("A7/2022"))
    assert any("register_report" in problem for problem in verify.verify().problems)


def test_an_unknown_number_is_named(workspace):
    with pytest.raises(RegisterError, match="no report is frozen under the number 'X1'"):
        reports.find("X1")
    with pytest.raises(RegisterError, match="the journal is empty"):
        reports.last_known()


@given(
    st.builds(
        Figure,
        st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
        st.one_of(st.none(), st.integers(), st.decimals(allow_nan=False, allow_infinity=False)),
        st.sampled_from(["mm2", "m2", "areas"]),
        st.sampled_from(["", "unknown"]),
        st.text(st.characters(exclude_categories=["Cs"])),
    )
)
def test_a_figure_reads_back(written):
    read = Figure.from_json(json.loads(json.dumps(written.to_json())))
    assert read == written
    assert read.to_json() == written.to_json()


def test_the_commands(workspace_folder, tmp_path):
    from landrelease.register.workspace import open_workspace

    open_workspace(workspace_folder)
    programme(tmp_path)
    password = {"env": {**os.environ, "LANDRELEASE_PASSWORD": "a long enough word 7"}}
    landrelease(workspace_folder, "person", "add", "olga", "--organisation", "A", **password)
    words = ("report", "freeze", "land", "--year", "2022", "--number", "A7/2022",
             "--person", "olga")  # fmt: skip
    refused = landrelease(workspace_folder, *words, check=False, **password)
    assert "person allow olga --approve-reports" in " ".join(refused.stderr.split())
    landrelease(workspace_folder, "person", "allow", "olga", "--approve-reports")
    dry = landrelease(workspace_folder, *words, "--dry-run")
    assert "would freeze A7/2022" in dry.stderr
    assert not Report.objects.exists()
    assert "approved by olga" in landrelease(workspace_folder, *words, **password).stderr
    (row,) = json.loads(landrelease(workspace_folder, "report", "list", "--format", "json").stdout)
    assert (row["number"], row["entries_since"]) == ("A7/2022", 0)
    show = ("report", "show", "A7/2022")
    printed = landrelease(workspace_folder, *show, "--format", "json").stdout
    landrelease(workspace_folder, *show, "-o", tmp_path / "report.json")
    assert (tmp_path / "report.json").read_text() == printed
    assert json.loads(printed)["approver"] == "olga"
    assert "approver: olga" in landrelease(workspace_folder, *show).stdout
