"""Rules 1 to 7: what stands between a report and a release, and what a release moves."""

from __future__ import annotations

from datetime import date

import pytest
from registering import (
    ANNA,
    BEN,
    HAZARD,
    HISTORIAN,
    REPORT,
    activities,
    bow_tie,
    consent,
    hazards,
    operator,
    ready_release,
    snapshot,
    square,
    submit,
    table,
    total,
    verified,
)

from landrelease.register import (
    decisions,
    figures,
    historic_releases,
    release_decisions,
    releases,
    submissions,
)
from landrelease.register.errors import DecisionRefused
from landrelease.register.models import Activity, Hazard, LedgerLine, Release

# --- the way through ------------------------------------------------------------------------------


def test_the_second_consent_moves_the_land(workspace, tmp_path):
    activity = ready_release(tmp_path)
    before = total()
    waiting = list(release_decisions.waiting_releases())
    assert [(w.activity.ref, w.hazard_ref, w.obstacles) for w in waiting] == [("AC-1", "HA-1", [])]

    first = release_decisions.approve_releases([activity.ref], ANNA)
    assert (first.consented, first.released, first.entry) == (["AC-1"], [], None)
    assert total() == before, "one person's consent moves nothing"
    assert next(iter(release_decisions.waiting_releases())).consents == ["anna"]

    second = release_decisions.approve_releases([activity.ref], BEN)
    assert second.released == ["AC-1"]
    after = total()
    moved = after["cleared"]
    assert abs(moved - activity.area_mm2) <= 1
    assert before["confirmed"] - after["confirmed"] == moved
    assert sum(before.values()) == sum(after.values()), "nothing is created or lost"
    release = Release.objects.get()
    assert (release.standing, release.deciders) == ("decided", "anna|ben")
    assert list(release_decisions.waiting_releases()) == []
    verified()


def test_a_balance_as_of_an_earlier_day_does_not_know_the_release(workspace, tmp_path):
    activity = ready_release(tmp_path)
    consent(activity.ref)
    earlier = figures.balance(as_of=date(2022, 6, 29)).total
    later = figures.balance(as_of=date(2022, 6, 30)).total
    assert earlier.cleared_mm2 == 0
    assert later.cleared_mm2 > 0
    before_all = figures.balance(as_of=date(2019, 1, 1)).total
    assert before_all.confirmed_mm2 == before_all.hazards == 0


def test_a_release_is_decided_once(workspace, tmp_path):
    activity = ready_release(tmp_path)
    consent(activity.ref)
    before = snapshot()
    again = consent(activity.ref)
    assert again.refused == {"AC-1": ["it is decided already"]}
    assert snapshot() == before


def test_a_report_named_twice_in_one_decision_counts_once(workspace, tmp_path):
    activity = ready_release(tmp_path)
    result = consent(activity.ref, activity.ref)
    assert result.released == ["AC-1"]
    assert Release.objects.count() == 1


def test_the_consent_of_one_person_given_twice_does_not_release(workspace, tmp_path):
    activity = ready_release(tmp_path)
    result = consent(activity.ref, by=(ANNA, ANNA, ANNA))
    assert result.released == []
    assert not Release.objects.exists()


def test_a_changed_report_needs_new_consents(workspace, tmp_path):
    activity = ready_release(tmp_path)
    release_decisions.approve_releases([activity.ref], ANNA)
    activities(tmp_path, (square(), {**REPORT, "team": "T2"}))
    result = release_decisions.approve_releases([activity.ref], BEN)
    assert result.released == []
    assert consent(activity.ref, by=[ANNA]).released == ["AC-1"]


def test_an_unlinked_report_is_released_to_the_hazard_both_name(workspace, tmp_path):
    activity = ready_release(tmp_path, hazard=None)
    hazards(tmp_path, (square(size=2), {**HAZARD, "source_id": "H2"}))
    assert "linked to no hazardous area" in consent(activity.ref).refused["AC-1"][0]
    named = {"hazards": {activity.ref: "HA-1"}}
    release_decisions.approve_releases([activity.ref], ANNA, **named)
    other = release_decisions.approve_releases([activity.ref], BEN, hazards={activity.ref: "HA-2"})
    assert other.released == [], "they do not name the same hazard"
    assert release_decisions.approve_releases([activity.ref], BEN, **named).released == ["AC-1"]
    assert Release.objects.get().hazard_uid == Hazard.objects.get(id=1).uid


# --- what stands against it -----------------------------------------------------------------------

OBSTACLES = {
    "progress report": ({"report": "progress"}, "only a completion report"),
    "report kind not recorded": ({"report": None}, "only a completion report"),
    "not accepted": ({"status": "completed"}, "not accepted by quality control"),
    "failed": ({"status": "rejected"}, "not accepted by quality control"),
    "spot task": ({"kind": "eod_spot"}, "releases no area"),
    "kind not recorded": ({"kind": None}, "kind of work is not recorded"),
    "result not recorded": ({"result": None}, "what became of the land"),
    "result against the process": ({"kind": "ts"}, "ts gives land that is reduced, not cleared"),
    "invalid polygon": ({"polygon": bow_tie()}, "no valid polygon"),
    "no polygon": ({"polygon": None}, "no valid polygon"),
    "no class": ({"classes": None}, "names no contamination class"),
    "unlinked": ({"hazard": None}, "linked to no hazardous area"),
    "undated": ({"date": None}, "undated"),
    "same day as the evidence": ({"date": "2020-05-01"}, "not after the hazard's latest evidence"),
    "before the evidence": ({"date": "2019-05-01"}, "not after the hazard's latest evidence"),
    "depth not recorded": ({"depth_cm": None}, "depth of clearance is not recorded"),
    "shallow for the profile": ({"depth_cm": 19.9}, "cleared to 19.9 cm where 20 cm"),
    "shallow for the task": ({"tasked_depth_cm": 50}, "cleared to 20 cm where 50 cm"),
    "surface": ({"method": "battle_area_surface"}, "surface clearance never closes"),
    "operator not recorded": ({"organisation": None}, "operator that did the work is not recorded"),
    "operator unknown": ({"organisation": "OP77"}, "operator that did the work is not recorded"),
}


def test_each_obstacle_stops_a_release(workspace, tmp_path):
    operator(tmp_path)
    hazards(tmp_path, (square(size=2), HAZARD))
    rows = []
    for case, (changes, _) in OBSTACLES.items():
        report = {**REPORT, **changes, "source_id": case}
        polygon = report.pop("polygon", square())
        rows.append((polygon, {k: v for k, v in report.items() if v is not None}))
    activities(tmp_path, *rows)
    before = total()
    for case, (_, reason) in OBSTACLES.items():
        activity = Activity.objects.get(source_id=case)
        found = releases.obstacles(activity, releases.hazard_of(activity))
        assert len(found) == 1, (case, found)
        assert reason in found[0], case
        assert consent(activity.ref).refused == {activity.ref: found}, case
    assert total() == before
    assert not Release.objects.exists()
    with_result = {
        w.activity.source_id for w in release_decisions.waiting_releases() if w.obstacles
    }
    assert with_result == set(OBSTACLES) - {"result not recorded"}


@pytest.mark.parametrize("record", ["evidence", "accidents"])
def test_evidence_after_the_work_stops_the_release(workspace, tmp_path, record):
    activity = ready_release(tmp_path)
    submit(
        table(tmp_path / "e.csv", [{"source_id": "E1", "hazard": "H1", "date": "2022-06-30"}]),
        record,
    )
    assert "latest evidence of 2022-06-30" in consent(activity.ref).refused["AC-1"][0]


def test_a_failed_quality_visit_stops_the_release(workspace, tmp_path):
    activity = ready_release(tmp_path)

    def visit(key, day, result):
        row = {"source_id": key, "activity": "A1", "date": day, "result": result}
        submit(table(tmp_path / "v.csv", [row]), "quality_visits")

    visit("V1", "2022-07-02", "failed")
    assert "latest quality visit failed" in consent(activity.ref).refused["AC-1"][0]
    visit("V2", "2022-07-09", "passed")
    assert releases.obstacles(activity, Hazard.objects.get()) == []
    visit("V3", "", "failed")
    assert releases.obstacles(activity, Hazard.objects.get()), "an undated failure stands"


# --- reopening ------------------------------------------------------------------------------------


def test_a_revoked_acceptance_reopens_the_land(workspace, tmp_path):
    activity = ready_release(tmp_path)
    before = total()
    consent(activity.ref)
    assert total() != before
    activities(tmp_path, (square(), {**REPORT, "status": "rejected"}))
    assert Activity.objects.get().status == "rejected"
    assert total() == before
    assert LedgerLine.objects.filter(retired_seq__isnull=False).exists(), "the old lines stay"
    verified()


def test_a_revoked_acceptance_does_not_come_back_by_itself(workspace, tmp_path):
    activity = ready_release(tmp_path)
    before = total()
    consent(activity.ref)
    activities(tmp_path, (square(), {**REPORT, "status": "rejected"}))
    again = activities(tmp_path, (square(), REPORT))
    assert again.counts["held_for_second_person"] == 1
    assert "would stand again" in again.changes[0].lowers_caution[0]
    assert total() == before
    decisions.approve_held(again.receipt, ANNA)
    assert total() == before
    decisions.approve_held(again.receipt, BEN)
    assert total()["cleared"] > 0
    verified()


def test_a_failed_visit_opens_the_land_and_a_passed_one_does_not_close_it_alone(
    workspace, tmp_path
):
    activity = ready_release(tmp_path)
    before = total()
    consent(activity.ref)
    released = total()

    def visit(key, day, result):
        row = {"source_id": key, "activity": "A1", "date": day, "result": result}
        return submit(table(tmp_path / "v.csv", [row]), "quality_visits")

    visit("V1", "2022-07-02", "passed")
    assert total() == released
    visit("V2", "2022-08-02", "failed")
    assert total() == before
    again = visit("V3", "2022-09-02", "passed")
    assert again.counts["held_for_second_person"] == 1
    assert total() == before
    changed = visit("V2", "2022-08-02", "passed")
    assert changed.counts["held_for_second_person"] == 1
    assert total() == before
    decisions.approve_held(again.receipt, ANNA)
    decisions.approve_held(again.receipt, BEN)
    assert total() == released
    verified()


@pytest.mark.parametrize("less", [{"depth_cm": 5}, {"method": "battle_area_surface"}])
def test_a_report_corrected_to_less_opens_the_land_at_once(workspace, tmp_path, less):
    activity = ready_release(tmp_path)
    before = total()
    consent(activity.ref)
    submit(
        table(
            tmp_path / "a.csv",
            [
                {
                    "source_id": "A1",
                    **{"depth_cm": 20, "method": "manual"},
                    **less,
                }
            ],
        ),
        "activities",
    )
    assert total() == before
    verified()


def test_a_report_on_which_land_was_released_changes_only_by_two_people(workspace, tmp_path):
    activity = ready_release(tmp_path)
    consent(activity.ref)
    after = total()
    outcome = activities(tmp_path, (square(size=2), REPORT))
    assert outcome.counts["held_for_second_person"] == 1
    assert "land was released on this report" in outcome.changes[0].lowers_caution[0]
    assert total() == after


def test_a_hazard_recorded_after_a_release_reopens_the_ground(workspace, tmp_path):
    activity = ready_release(tmp_path)
    consent(activity.ref)
    released = total()["cleared"]
    new = {"source_id": "H2", "type": "CHA", "classes": "ap", "date": "2023-03-01"}
    hazards(tmp_path, (square(), new))
    after = total()
    assert released > 0
    assert after["cleared"] == 0, "the whole of the released ground is open again"
    assert after["confirmed"] > 0
    verified()


# --- historic releases ----------------------------------------------------------------------------

WORD = submissions.Legacy("State commission", "Decree 12 of 2003")
OLD = {"source_id": "A9", "result": "cleared"}


def test_historic_releases_stand_in_the_opening_balance(workspace, tmp_path):
    hazards(tmp_path, (square(10), HAZARD))
    outcome = activities(
        tmp_path, (square(), OLD), (bow_tie(3), {**OLD, "source_id": "A10"}),
        actor=HISTORIAN, legacy=WORD,
    )  # fmt: skip
    assert outcome.details["historic"] == 1
    assert outcome.details["historic_without_valid_polygon"] == 1
    after = total()
    assert abs(after["cleared"] - Activity.objects.get(source_id="A9").area_mm2) <= 1
    release = Release.objects.get()
    assert (release.standing, release.authority, release.document) == (
        "historic", "State commission", "Decree 12 of 2003",
    )  # fmt: skip
    line = LedgerLine.objects.get(event_uid=release.activity_uid)
    assert line.valid_on is None, "an undated one is never a flow of a period"
    verified()


def test_a_historic_release_never_closes_open_ground(workspace, tmp_path):
    hazards(tmp_path, (square(), HAZARD))
    before = total()
    activities(tmp_path, (square(), OLD), actor=HISTORIAN, legacy=WORD)
    after = total()
    assert after["confirmed"] == before["confirmed"], "the more cautious status wins"
    assert after["cleared"] == 0
    verified()


def test_historic_releases_may_follow_an_import_that_released_nothing(workspace, tmp_path):
    activities(tmp_path, (square(), OLD))
    assert total()["cleared"] == 0
    again = activities(tmp_path, (square(), OLD), actor=HISTORIAN, legacy=WORD)
    assert again.counts["unchanged"] == 1
    assert again.details["historic"] == 1
    assert total()["cleared"] > 0
    third = activities(tmp_path, (square(), OLD), actor=HISTORIAN, legacy=WORD)
    assert third.details["historic"] == 0, "entered once"


def test_historic_releases_need_permission(workspace, tmp_path):
    with pytest.raises(DecisionRefused, match="may not enter historic"):
        activities(tmp_path, (square(), OLD), actor=ANNA, legacy=WORD)
    assert not Activity.objects.exists()


def test_no_historic_release_after_the_cut_over(workspace, tmp_path, monkeypatch):
    from landrelease.register import clock

    hazards(tmp_path, (square(10), HAZARD))
    historic_releases.fix_cut_over(date(2999, 1, 1), ANNA)
    activities(tmp_path, (square(), OLD), actor=HISTORIAN, legacy=WORD)
    with pytest.raises(DecisionRefused, match="fixed already: 2999-01-01"):
        historic_releases.fix_cut_over(date(3999, 1, 1), ANNA)
    monkeypatch.setattr(clock, "now", lambda: "2999-01-01T00:00:00.000000Z")
    with pytest.raises(DecisionRefused, match="cut-over date 2999-01-01 has passed"):
        activities(tmp_path, (square(5), {**OLD, "source_id": "A11"}), actor=HISTORIAN, legacy=WORD)
    assert Release.objects.count() == 1


def test_only_a_decision_moves_land(workspace, tmp_path):
    """Undated, unlinked, progress: whatever is reported, nothing moves."""
    operator(tmp_path)
    hazards(tmp_path, (square(size=3), HAZARD))
    before = total()
    activities(
        tmp_path,
        *(
            (square(i), {k: v for k, v in {**REPORT, **c, "source_id": f"A{i}"}.items() if v})
            for i, c in enumerate(
                ({"date": None}, {"hazard": None}, {"report": "progress"}, {"kind": "eod_spot"})
            )
        ),
    )
    assert total() == before
    notes = figures.balance().notes["undecided_releases"]
    assert (notes["count"], notes["undated"]) == (4, 1)
