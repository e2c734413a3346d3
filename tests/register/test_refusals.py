"""A release can be refused by one person, with a reason; the land stays as it was."""

from __future__ import annotations

from contextlib import suppress

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from registering import (
    ANNA,
    BEN,
    CARL,
    CLERK,
    REPORT,
    activities,
    consent,
    ready_release,
    square,
    submit,
    table,
    total,
    verified,
)

from landrelease.register import (
    history,
    people,
    refusals,
    refusing,
    release_decisions,
    releases,
)
from landrelease.register.errors import DecisionRefused, RegisterError
from landrelease.register.models import (
    Activity,
    Approval,
    JournalEntry,
    Release,
    ReleaseRefusal,
)
from landrelease.register.roles import Grant, Role

WHY = "the eastern lane was not checked"
DORA = people.Actor("dora", "Donor", authenticated=True, may_release=True)


def corrected(folder, **changes):
    """Hand in the report once more, corrected."""
    report = {**REPORT, "remarks": "the eastern lane was checked again", **changes}
    return activities(folder, (square(), report), name="corrected.geojson")


def visited(folder, result):
    """Hand in a quality visit to the report."""
    row = {"source_id": "Q1", "activity": "A1", "date": "2022-08-01", "result": result}
    return submit(table(folder / f"{result}.csv", [row]), "quality_visits")


def test_a_refusal_keeps_the_land_and_says_who_and_why(workspace, tmp_path):
    report = ready_release(tmp_path)
    before = total()
    release_decisions.approve_releases([report.ref], ANNA)
    entry = refusing.refuse(report.ref, BEN, f"  {WHY} ")
    assert entry.kind == "release_refused"
    (kept,) = refusals.of(report)
    assert (kept.by, kept.reason, kept.seq, kept.stands) == ("ben", WHY, entry.seq, True)
    assert kept.at == entry.recorded_at
    assert total() == before
    assert not Release.objects.exists()
    (waiting,) = release_decisions.waiting_releases()
    assert [f"journal entry {entry.seq}" in why for why in waiting.obstacles] == [True]
    assert "ben" not in str(waiting.obstacles)
    assert waiting.consents == [], "what was consented to before counts no more"
    assert Approval.objects.count() == 1, "and stays on record"
    verified()


def test_nobody_consents_while_it_stands(workspace, tmp_path):
    report = ready_release(tmp_path)
    refusing.refuse(report.ref, BEN, WHY)
    for who in (ANNA, BEN, DORA):
        result = release_decisions.approve_releases([report.ref], who)
        assert "was refused" in result.refused[report.ref][0]
        # Nor by way of extending its hazard.
        assert release_decisions.approve_releases([report.ref], who, extends_hazard=True).refused
    with pytest.raises(DecisionRefused, match="refused already"):
        refusing.refuse(report.ref, ANNA, WHY)
    assert not Release.objects.exists()
    assert not Approval.objects.exists()


@pytest.mark.parametrize("new", ["correction", "passed visit"])
def test_with_something_new_it_is_proposed_again(workspace, tmp_path, new):
    report = ready_release(tmp_path)
    release_decisions.approve_releases([report.ref], ANNA)
    refusing.refuse(report.ref, BEN, WHY)
    if new == "correction":
        corrected(tmp_path)
    else:
        visited(tmp_path, "passed")
    report.refresh_from_db()
    assert releases.obstacles(report, releases.hazard_of(report)) == []
    assert [one.stands for one in refusals.of(report)] == [False], "it stays visible"
    assert consent(report.ref, by=(BEN,)).consented, "the consent from before counts no more"
    assert consent(report.ref, by=(ANNA,)).released == [report.ref]
    verified()


def test_what_is_not_new_does_not_lift_it(workspace, tmp_path):
    report = ready_release(tmp_path, remarks="as first told")
    visited(tmp_path, "passed")
    refusing.refuse(report.ref, BEN, WHY)
    row = {"source_id": "Q2", "activity": "A1", "date": "2022-09-01", "result": "failed"}
    submit(table(tmp_path / "failed.csv", [row]), "quality_visits")
    assert [one.stands for one in refusals.of(report)] == [True]
    # Corrected, and corrected back: what was refused is what lies there again.
    corrected(tmp_path)
    report.refresh_from_db()
    assert [one.stands for one in refusals.of(report)] == [False]
    activities(tmp_path, (square(), {**REPORT, "remarks": "as first told"}), name="back.geojson")
    report.refresh_from_db()
    assert report.content == ReleaseRefusal.objects.get().content
    assert [one.stands for one in refusals.of(report)] == [True]


def test_it_can_be_refused_again(workspace, tmp_path):
    report = ready_release(tmp_path)
    refusing.refuse(report.ref, BEN, WHY)
    corrected(tmp_path)
    consent(report.ref, by=(ANNA,))
    refusing.refuse(report.ref, ANNA, "I had looked at another lane")
    report.refresh_from_db()
    assert [(one.by, one.stands) for one in refusals.of(report)] == [
        ("ben", False), ("anna", True)
    ]  # fmt: skip
    assert release_decisions.consents_to_release(report, releases.hazard_of(report)) == []
    (first, second) = refusals.of(report)
    assert first.reason == WHY
    assert second.seq > first.seq
    verified()


def test_who_may_not_consent_may_not_refuse(workspace, tmp_path):
    report = ready_release(tmp_path)
    service = people.Actor("service", "Authority", may_release=True)
    nobody = people.Actor("nora", "Authority", authenticated=True)
    unknown = people.Actor("uma", "", authenticated=True, may_release=True)
    clerk = people.Actor(CLERK.name, "Authority", authenticated=True, may_release=True)
    for who in (clerk, CARL, service, nobody, unknown, people.at_the_command_line()):
        with pytest.raises(DecisionRefused):
            refusing.refuse(report.ref, who, WHY)
    with pytest.raises(DecisionRefused, match="reason"):
        refusing.refuse(report.ref, BEN, " \n")
    with pytest.raises(RegisterError, match="AC-99"):
        refusing.refuse("AC-99", BEN, WHY)
    with pytest.raises(DecisionRefused, match="no activity is called 'HA-1'"):
        refusing.refuse("HA-1", BEN, WHY)
    assert not ReleaseRefusal.objects.exists()
    consent(report.ref)
    with pytest.raises(DecisionRefused, match="decided already"):
        refusing.refuse(report.ref, DORA, WHY)


def test_a_report_without_a_hazard_can_be_refused(workspace, tmp_path):
    report = ready_release(tmp_path, hazard=None)
    refusing.refuse(report.ref, BEN, WHY, hazard="HA-1")
    assert refusals.of(report)[0].hazard_uid is not None
    result = release_decisions.approve_releases([report.ref], ANNA, hazards={report.ref: "HA-1"})
    assert "was refused" in result.refused[report.ref][0]
    verified()


def test_consents_of_many_are_those_of_each(workspace, tmp_path):
    report = ready_release(tmp_path)
    activities(tmp_path, (square(1), {**REPORT, "source_id": "A2"}), name="second.geojson")
    other = Activity.objects.get(source_id="A2")
    consent(report.ref, other.ref, by=(ANNA,))
    refusing.refuse(other.ref, BEN, WHY)
    visited_too = {"source_id": "Q9", "activity": "A2", "date": "2022-08-01", "result": "passed"}
    submit(table(tmp_path / "again.csv", [visited_too]), "quality_visits")
    consent(other.ref, by=(BEN,))
    pairs = [(one, releases.hazard_of(one)) for one in (report, other)]
    found = release_decisions.consents_to_releases(pairs)
    assert found == {one.uid: release_decisions.consents_to_release(one, h) for one, h in pairs}
    assert found == {report.uid: ["anna"], other.uid: ["ben"]}


def test_the_history_of_the_report_tells_it(workspace, tmp_path):
    report = ready_release(tmp_path)
    refusing.refuse(report.ref, BEN, WHY)
    (told,) = (one.to_json() for one in refusals.of(report))
    assert (told["by"], told["reason"], told["stands"]) == ("ben", WHY, True)
    assert told["taken_back"] is None
    assert len(history.history(report)) == 1, "it is no version of the record"


# --- taking a refusal back ------------------------------------------------------------------------


OOPS = "it was another report that I meant"


def test_who_refused_takes_it_back_and_two_consent_anew(workspace, tmp_path):
    report = ready_release(tmp_path)
    before = total()
    consent(report.ref, by=(ANNA,))
    refused = refusing.refuse(report.ref, BEN, WHY)
    entry = refusing.take_back(report.ref, BEN, f" {OOPS}\n")
    assert entry.kind == "refusal_taken_back"
    (kept,) = refusals.of(report)
    assert (kept.seq, kept.by, kept.reason, kept.stands) == (refused.seq, "ben", WHY, False)
    back = kept.taken_back
    assert (back.seq, back.at, back.by, back.reason) == (
        entry.seq, entry.recorded_at, "ben", OOPS
    )  # fmt: skip
    assert kept.to_json()["taken_back"]["entry"] == entry.seq
    assert releases.obstacles(report, releases.hazard_of(report)) == []
    assert (total(), Release.objects.exists()) == (before, False)
    (waiting,) = release_decisions.waiting_releases()
    assert waiting.consents == [], "anna consented without knowing of the refusal"
    assert consent(report.ref, by=(BEN,)).consented
    assert consent(report.ref, by=(ANNA,)).released == [report.ref]
    assert refusals.of(report) == [kept], "it stays visible"
    verified()


def test_nobody_else_takes_it_back(workspace, tmp_path):
    report = ready_release(tmp_path)
    refusing.refuse(report.ref, BEN, WHY)
    every_role = tuple(Grant(role) for role in Role)
    admin = people.Actor("adam", "Authority", authenticated=True, may_release=True,
                         grants=every_role)  # fmt: skip
    for who in (ANNA, DORA, admin):
        with pytest.raises(DecisionRefused, match="only ben, who refused, can take"):
            refusing.take_back(report.ref, who, OOPS)
    unknown = people.Actor("ben", authenticated=True, may_release=True)
    left = people.Actor("ben", "Inspection", authenticated=True)
    robot = people.Actor("ben", "Inspection", may_release=True)
    hired = people.Actor("ben", CARL.organisation, authenticated=True, may_release=True)
    for who in (unknown, left, robot, hired, people.at_the_command_line()):
        with pytest.raises(DecisionRefused) as said:
            refusing.take_back(report.ref, who, OOPS)
        assert "only ben" not in str(said.value)
    with pytest.raises(DecisionRefused, match="reason"):
        refusing.take_back(report.ref, BEN, " \n")
    assert [one.stands for one in refusals.of(report)] == [True]
    assert JournalEntry.objects.filter(kind="refusal_taken_back").count() == 0


def test_there_has_to_be_one_that_stands(workspace, tmp_path):
    report = ready_release(tmp_path)
    with pytest.raises(DecisionRefused, match="no refusal stands against AC-"):
        refusing.take_back(report.ref, BEN, OOPS)
    refusing.refuse(report.ref, BEN, WHY)
    refusing.take_back(report.ref, BEN, OOPS)
    with pytest.raises(DecisionRefused, match="no refusal stands"):
        refusing.take_back(report.ref, BEN, OOPS)
    consent(report.ref)
    with pytest.raises(DecisionRefused, match="decided already"):
        refusing.take_back(report.ref, BEN, OOPS)
    with pytest.raises(RegisterError, match="AC-99"):
        refusing.take_back("AC-99", BEN, OOPS)


def test_a_refusal_taken_back_is_about_that_refusal_alone(workspace, tmp_path):
    """Others against the same report, before and after, stand or not as they did."""
    report = ready_release(tmp_path, remarks="as first told")
    refusing.refuse(report.ref, BEN, WHY)
    corrected(tmp_path)
    refusing.refuse(report.ref, ANNA, "nor was the other lane")
    with pytest.raises(DecisionRefused, match="only anna"):
        refusing.take_back(report.ref, BEN, OOPS)
    refusing.take_back(report.ref, ANNA, OOPS)
    activities(tmp_path, (square(), {**REPORT, "remarks": "as first told"}), name="back.geojson")
    report.refresh_from_db()
    assert [(one.by, one.stands, one.taken_back is None) for one in refusals.of(report)] == [
        ("ben", True, True), ("anna", False, False)
    ]  # fmt: skip
    refusing.take_back(report.ref, BEN, OOPS)
    again = refusing.refuse(report.ref, BEN, "now for good")
    assert [one.stands for one in refusals.of(report)] == [False, False, True]
    assert list(refusals.refused().filter(activity_uid=report.uid)) == [
        {"activity_uid": report.uid}
    ]
    assert refusals.last([report.uid]) == {report.uid: again.seq}
    verified()


def test_one_of_a_report_without_a_hazard_is_taken_back(workspace, tmp_path):
    report = ready_release(tmp_path, hazard=None)
    refusing.refuse(report.ref, BEN, WHY, hazard="HA-1")
    refusing.take_back(report.ref, BEN, OOPS)
    named = {report.ref: "HA-1"}
    for who in (ANNA, BEN):
        result = release_decisions.approve_releases([report.ref], who, hazards=named)
    assert result.released == [report.ref]
    verified()


ACTS = ("anna", "ben", "refuse", "back", "correct", "pass", "fail")


@settings(
    max_examples=10, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(acts=st.lists(st.sampled_from(ACTS), max_size=7))
def test_land_moves_only_after_two_consents_since_the_last_refusal(workspace, tmp_path, acts):
    """Whatever people do in whatever order."""
    with transaction.atomic():
        _work(tmp_path, acts)
        transaction.set_rollback(True)


def _work(folder, acts):
    report = ready_release(folder)
    since: set[str] = set()
    for number, act in enumerate(acts):
        report.refresh_from_db()
        blocked = bool(releases.obstacles(report, releases.hazard_of(report)))
        match act:
            case "anna" | "ben":
                who = ANNA if act == "anna" else BEN
                result = release_decisions.approve_releases([report.ref], who)
                assert bool(result.refused) == blocked
                since |= set() if blocked else {act}
            case "refuse":
                with suppress(DecisionRefused):
                    refusing.refuse(report.ref, DORA, WHY)
                    since = set()
            case "back":
                # What was consented to before the refusal stays gone.
                with suppress(DecisionRefused):
                    refusing.take_back(report.ref, DORA, OOPS)
                    since = set()
            case "correct":
                corrected(folder, remarks=f"correction {number}")
                since = set()
            case _:
                row = {"source_id": f"Q{number}", "activity": "A1", "date": "2022-08-01",
                       "result": "passed" if act == "pass" else "failed"}  # fmt: skip
                submit(table(folder / f"{number}.csv", [row]), "quality_visits")
        assert Release.objects.exists() == (since == {"anna", "ben"}), (acts, number)
        if Release.objects.exists():
            break
    kinds = ("release_refused", "refusal_taken_back")
    refused = JournalEntry.objects.filter(kind__in=kinds).count()
    assert refused == ReleaseRefusal.objects.count()
    verified()
