"""Acts on hazards: void, merge, split, reclassify, extend, reopen (rules 3–6, 10, 14)."""

from __future__ import annotations

import random
from datetime import date
from functools import partial

import pytest
import shapely
from acting import (
    ROUNDING,
    accounts,
    basis,
    decided,
    hazard,
    inside,
    moved,
    polygons,
    survey_report,
)
from registering import (
    ANNA,
    BEN,
    CARL,
    CLERK,
    HAZARD,
    HISTORIAN,
    REPORT,
    activities,
    consent,
    hazards,
    operator,
    ready_release,
    snapshot,
    square,
    submit,
    table,
    verified,
)

from landrelease.register import (
    act_plans,
    acts,
    decisions,
    figures,
    ground,
    hazard_acts,
    history,
    journal,
    people,
    proposals,
    release_decisions,
    releases,
    reopening,
    scope_figures,
    submissions,
)
from landrelease.register.errors import DecisionRefused
from landrelease.register.models import (
    Activity,
    Hazard,
    HazardPast,
    LandAct,
    LedgerDiscrepancy,
    LedgerLine,
    Submission,
)

NAMED = {**HAZARD, "organisation": "OP1"}
STEP_MM2 = 11_584_000_000  # about the area of one square


@pytest.fixture
def field(workspace, tmp_path):
    """Two confirmed hazards side by side, found by the operator, and a survey report."""
    operator(tmp_path)
    hazards(
        tmp_path,
        (square(size=2), NAMED),
        (square(east=2, size=2), {**NAMED, "source_id": "H2", "date": "2020-06-01"}),
    )
    survey_report(tmp_path)
    return tmp_path


def halves(folder):
    """The first hazard of the field in two parts."""
    return polygons(
        folder,
        (shapely.box(*square().bounds[:3], square(north=1).bounds[3]), {"name": "west"}),
        (
            shapely.box(*square(east=1).bounds[:3], square(east=1, north=1).bounds[3]),
            {"name": "east"},
        ),
    )


def void():
    return hazard_acts.void("HA-1", basis())


def merge():
    return hazard_acts.merge(["HA-1", "HA-2"], "HA-1", basis())


def split(folder):
    return hazard_acts.split("HA-1", halves(folder), basis())


def to_sha():
    return hazard_acts.reclassify("HA-1", "SHA", basis())


def part_to_sha(folder):
    part = polygons(folder, (square(), {}), name="part.geojson")
    return hazard_acts.reclassify("HA-1", "SHA", basis(), part)


def extend(folder):
    more = polygons(folder, (square(north=2), {}), name="more.geojson")
    return hazard_acts.extend("HA-1", more, basis(on=date(2021, 3, 1)))


LOWERING = {
    "void": lambda folder: void,
    "merge": lambda folder: merge,
    "split": lambda folder: partial(split, folder),
    "to SHA": lambda folder: to_sha,
    "part to SHA": lambda folder: partial(part_to_sha, folder),
}
ACTS = {**LOWERING, "extend": lambda folder: partial(extend, folder)}


# --- people ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LOWERING)
def test_what_lowers_caution_takes_two_independent_people(name, field):
    make = LOWERING[name](field)
    before, land = snapshot(), accounts()

    account = people.at_the_command_line()
    assert proposals.propose(make(), account, submitter=CLERK, decide=False).standing == "handed_in"
    for person, why in (
        (account, "signed-in"),
        (CARL, "employed by OP1"),
        (people.Actor("clerk", "Authority", authenticated=True, may_release=True), "submitted"),
        (people.Actor("dora", "Authority", authenticated=True), "may not decide"),
    ):
        with pytest.raises(DecisionRefused, match=why):
            proposals.propose(make(), person, submitter=CLERK)
    for _ in range(2):
        first = proposals.propose(make(), ANNA, submitter=CLERK)
        assert (first.standing, first.consents, first.entry) == ("consented", ["anna"], None)
    assert snapshot() == before, "nothing is decided by one person, however often"
    assert Submission.objects.filter(state="checked").count() == 1, "and it is handed in once"

    second = proposals.propose(make(), BEN, submitter=CLERK)
    assert second.standing == "decided"
    assert second.consents == ["anna", "ben"]
    assert {act.deciders for act in LandAct.objects.all()} == {"anna|ben"}
    assert moved(land, accounts()) == inside(second.effect)
    verified()


def test_whoever_hands_an_act_in_does_not_decide_it(field):
    receipt = proposals.propose(void(), ANNA, decide=False).receipt
    with pytest.raises(DecisionRefused, match="submitted this"):
        decisions.approve_held(receipt, ANNA)
    assert decisions.approve_held(receipt, BEN) is None
    cleo = people.Actor("cleo", "Ministry", authenticated=True, may_release=True)
    assert decisions.approve_held(receipt, cleo).kind == "act"
    assert hazard("HA-1").geometry_state == "voided"


def test_whoever_brought_the_evidence_does_not_decide_on_it(field):
    item = [{"source_id": "E1", "kind": "verbal_report", "date": "2021-01-01"}]
    submit(table(field / "evidence.csv", item), "evidence", actor=ANNA)
    plan = hazard_acts.void("HA-1", basis("EV-1"))
    with pytest.raises(DecisionRefused, match="submitted this"):
        proposals.propose(plan, ANNA, submitter=CLERK)


@pytest.mark.parametrize("name", ["extend", "to CHA"])
def test_what_raises_caution_takes_one_reviewer(name, workspace, tmp_path):
    hazards(tmp_path, (square(size=2), {**HAZARD, "type": "SHA"}))
    survey_report(tmp_path)
    before = accounts()
    make = {
        "extend": partial(extend, tmp_path),
        "to CHA": lambda: hazard_acts.reclassify("HA-1", "CHA", basis(on=date(2021, 3, 1))),
    }[name]
    outcome = decided(make, people.at_the_command_line())
    assert moved(before, accounts()) == inside(outcome.effect) != {}
    assert list(outcome.effect.by_kind) == [{"extend": "extended", "to CHA": "reclassified"}[name]]
    verified()


def test_a_rejected_act_leaves_the_hazard_as_it_is(field):
    before = accounts()
    receipt = proposals.propose(void(), ANNA, submitter=CLERK).receipt
    decisions.reject_submission(receipt, BEN, "the report is about another field")
    with pytest.raises(DecisionRefused, match="holds nothing back"):
        decisions.approve_held(receipt, BEN)
    assert accounts() == before


# --- seeing before deciding -----------------------------------------------------------------------


@pytest.mark.parametrize("name", ACTS)
def test_a_dry_run_says_what_the_decision_does_and_leaves_no_trace(name, field, workspace):
    make = ACTS[name](field)
    files = sorted(workspace.attachments.rglob("*"))
    before, land = snapshot(), accounts()
    shown = proposals.dry_run(make(), ANNA)
    assert snapshot() == before
    assert not Submission.objects.exclude(state="accepted").exists()
    assert sorted(workspace.attachments.rglob("*")) == files
    assert sum(shown.effect.ground.values()) == sum(shown.effect.claims.values()) == 0
    outcome = decided(make)
    assert shown.effect == outcome.effect
    assert moved(land, accounts()) == inside(shown.effect)


def test_a_proposal_about_ground_that_has_changed_since_is_refused(workspace, tmp_path):
    ready_release(tmp_path)
    survey_report(tmp_path)
    receipt = proposals.propose(void(), ANNA, submitter=CLERK).receipt
    consent("AC-1")
    with pytest.raises(DecisionRefused, match="has changed since this was proposed"):
        decisions.approve_held(receipt, BEN)
    again = proposals.propose(void(), BEN, submitter=CLERK)
    assert again.standing == "consented", "the consent to the earlier state does not count"
    assert again.receipt != receipt


def test_a_proposal_about_a_record_that_has_changed_since_is_refused(field):
    receipt = proposals.propose(void(), ANNA, submitter=CLERK).receipt
    hazards(field, (square(size=2), {**NAMED, "remarks": "seen again"}))
    with pytest.raises(DecisionRefused, match="propose it again"):
        decisions.approve_held(receipt, BEN)


# --- evidence and days ----------------------------------------------------------------------------


def test_lowering_caution_needs_a_reason_and_evidence_that_is_no_press_claim(field):
    submit(
        table(field / "news.csv", [{"source_id": "N1", "title": "Story", "kind": "news"}]),
        "documents",
    )
    press = {"source_id": "E1", "kind": "press_or_social_media", "date": "2021-01-01"}
    submit(table(field / "evidence.csv", [press]), "evidence")
    for how, why in (
        (act_plans.Basis("wrong"), "needs evidence"),
        (act_plans.Basis(" ", ["DOC-1"]), "needs a reason"),
        (basis("DOC-2", "EV-1"), "press or social-media claim"),
        (basis("DOC-99"), "no evidence item or source document"),
        (basis("HA-2"), "is called 'HA-2'"),
    ):
        with pytest.raises(DecisionRefused, match=why):
            hazard_acts.void("HA-1", how)
    assert hazard_acts.void("HA-1", basis("DOC-2", "DOC-1")).two_people


def test_an_act_takes_effect_on_a_day_that_has_come_and_after_what_it_would_undo(
    workspace, tmp_path
):
    ready_release(tmp_path)
    consent("AC-1")
    survey_report(tmp_path)
    for on, why in (
        (date(2099, 1, 1), "has not come yet"),
        (date(2019, 1, 1), "information of 2020-05-01"),
        (date(2021, 1, 1), "released by AC-1 on 2022-06-30"),
    ):
        with pytest.raises(DecisionRefused, match=why):
            hazard_acts.void("HA-1", basis(on=on))
    with pytest.raises(DecisionRefused, match="information of 2020-05-01"):
        hazard_acts.reclassify("HA-1", "SHA", basis(on=date(2020, 4, 30)))


# --- void -----------------------------------------------------------------------------------------


def test_a_void_withdraws_what_is_open_and_nothing_that_was_released(workspace, tmp_path):
    ready_release(tmp_path)
    consent("AC-1")
    survey_report(tmp_path)
    before = accounts()
    boundary = ground.of_plane(hazard("HA-1"))
    outcome = decided(void)
    after = accounts()
    assert outcome.effect.by_kind == {"voided": before["confirmed"]}
    assert after["confirmed"] == 0
    assert after["cleared"] == before["cleared"] > 0
    record = hazard("HA-1")
    assert (record.geometry_state, record.area_mm2, record.version) == ("voided", None, 2)
    past = HazardPast.objects.get(uid=record.uid)
    assert shapely.equals(shapely.from_wkb(bytes(past.plane)), boundary), "what was claimed stays"
    assert [change.version for change in history.history(record)] == [1, 2]
    assert "was voided on" in acts.told(acts.ended(record))
    earlier = figures.balance(as_of=date(2023, 1, 1))
    assert earlier.total.confirmed_mm2 == before["confirmed"], "the counter-entry has its own day"
    verified()


def test_a_voided_hazard_releases_nothing_and_is_not_acted_on_again(workspace, tmp_path):
    ready_release(tmp_path)
    survey_report(tmp_path)
    decided(void)
    with pytest.raises(DecisionRefused, match=r"HA-1 was voided on .* by anna and ben"):
        void()
    result = consent("AC-1")
    assert "HA-1 was voided on" in result.refused["AC-1"][0]
    (waiting,) = release_decisions.waiting_releases()
    assert any("was voided" in reason for reason in waiting.obstacles)


@pytest.mark.parametrize("changed", [{}, {"remarks": "still there"}])
def test_the_file_does_not_bring_a_voided_hazard_back_by_itself(changed, field):
    decided(void)
    row = (square(size=2), {**NAMED, **changed})
    outcome = hazards(field, row)
    assert outcome.counts["held_for_second_person"] == 1
    assert "this would bring it back" in outcome.changes[0].lowers_caution[0]
    assert outcome.findings["record_was_withdrawn"] == {"warning": 1}
    assert hazard("HA-1").geometry_state == "voided"
    before = accounts()
    for person in (ANNA, BEN):
        entry = decisions.approve_held(outcome.receipt, person)
    assert entry is not None
    assert hazard("HA-1").geometry_state == "valid"
    assert moved(before, accounts()) == {"confirmed": hazard("HA-1").area_mm2}
    verified()


def test_a_hazard_of_unknown_size_is_voided_too(workspace, tmp_path):
    hazards(tmp_path, (None, {**HAZARD, "declared_m2": 5000}), (square(), {"source_id": "H2"}))
    survey_report(tmp_path)
    assert int(figures.balance().total.declared_only_m2) == 5000
    outcome = decided(void)
    assert outcome.effect.ground == {}
    total = figures.balance().total
    assert (total.open_areas, int(total.declared_only_m2), total.unknown_size) == (1, 0, 0)
    verified()


# --- merge ----------------------------------------------------------------------------------------


def test_merged_hazards_go_on_as_one_and_the_counts_close(workspace, tmp_path):
    operator(tmp_path)
    hazards(
        tmp_path,
        (square(size=2), NAMED),
        (square(east=1, size=2), {**NAMED, "source_id": "H2", "type": "SHA"}),
        (square(east=9), {**NAMED, "source_id": "H3"}),
    )
    survey_report(tmp_path)
    before = accounts()
    decided(merge)
    after = accounts()
    assert sum(after.values()) == sum(before.values()), "no ground is won or lost"
    assert after["suspected"] == 0, "where one is confirmed, all of it is"
    assert hazard("HA-2").geometry_state == "merged"
    (end,) = acts.of_hazard(hazard("HA-2"))
    assert [kin.ref for kin in acts.kin(end)] == ["HA-1"]
    assert "merged into HA-1" in acts.told(end)
    opened = LedgerLine.objects.filter(retired_seq__isnull=True, claim_to__in=("confirmed",))
    assert set(opened.values_list("kind", flat=True)) <= {"recorded", "merged"}
    found = figures.balance(by="hazard")
    assert [row.key for row in found.rows if row.confirmed_mm2 and row.key != "overlap"] == [
        "HA-1",
        "HA-3",
    ]
    verified()


def test_what_was_released_before_a_merge_stays_released(workspace, tmp_path):
    ready_release(tmp_path)
    hazards(tmp_path, (square(east=2, size=2), {**HAZARD, "source_id": "H2"}), name="more.geojson")
    consent("AC-1")
    survey_report(tmp_path)
    before = accounts()
    outcome = decided(merge)
    after = accounts()
    assert after["cleared"] == before["cleared"] > 0
    assert abs(after["confirmed"] - before["confirmed"]) < ROUNDING
    assert not any("released" in message for message in outcome.effect.discrepancies)
    verified()


def test_only_what_is_recorded_alike_is_merged(workspace, tmp_path):
    hazards(
        tmp_path,
        (square(), HAZARD),
        (square(east=1), {**HAZARD, "source_id": "H2", "classes": "av"}),
        (None, {**HAZARD, "source_id": "H3", "declared_m2": 9}),
    )
    survey_report(tmp_path)
    with pytest.raises(DecisionRefused, match=r"classes differ \(HA-1: ap; HA-2: av\)"):
        merge()
    with pytest.raises(DecisionRefused, match="HA-3 has no measured boundary"):
        hazard_acts.merge(["HA-1", "HA-3"], "HA-1", basis())
    with pytest.raises(DecisionRefused, match="two hazards or more"):
        hazard_acts.merge(["HA-1"], "HA-1", basis())


def test_a_report_on_a_merged_hazard_names_the_one_it_goes_on_in(field):
    activities(field, (square(east=2), {**REPORT, "hazard": "H2"}))
    decided(lambda: hazard_acts.merge(["HA-1", "HA-2"], "HA-1", basis(on=date(2021, 9, 1))))
    refused = consent("AC-1").refused["AC-1"]
    assert "HA-2 was merged into HA-1" in refused[0]
    with pytest.raises(DecisionRefused, match="HA-2 went on as HA-1, not as HA-9"):
        consent("AC-1", hazards={"AC-1": "HA-9"})
    before = accounts()
    assert consent("AC-1", hazards={"AC-1": "HA-1"}).released == ["AC-1"]
    assert moved(before, accounts())["cleared"] == Activity.objects.get().area_mm2
    verified()


def test_a_late_report_of_work_before_the_merge_is_released_under_the_old_id(field):
    activities(field, (square(east=2), {**REPORT, "hazard": "H2", "date": "2020-12-01"}))
    decided(lambda: hazard_acts.merge(["HA-1", "HA-2"], "HA-1", basis(on=date(2021, 9, 1))))
    before = accounts()
    assert consent("AC-1").released == ["AC-1"]
    change = moved(before, accounts())
    assert change["cleared"] == pytest.approx(Activity.objects.get().area_mm2, abs=ROUNDING)
    assert abs(change["confirmed"] + change["cleared"]) < ROUNDING
    verified()


# --- split ----------------------------------------------------------------------------------------


def test_a_split_keeps_the_ground_and_the_ids_of_parent_and_parts(field):
    before = accounts()
    outcome = decided(partial(split, field))
    assert abs(accounts()["confirmed"] - before["confirmed"]) < ROUNDING
    assert set(outcome.effect.by_kind) == {"split"}
    assert all("rounding of the vertices" in found for found in outcome.effect.discrepancies)
    west, east = hazard("HA-3"), hazard("HA-4")
    assert [west.name, east.name] == ["west", "east"]
    assert {west.type, east.type} == {"CHA"}
    whole = HazardPast.objects.get().area_mm2
    assert west.area_mm2 + east.area_mm2 == pytest.approx(whole, abs=ROUNDING)
    end = acts.ended(hazard("HA-1"))
    assert [kin.ref for kin in acts.kin(end)] == ["HA-3", "HA-4"]
    (birth,) = acts.of_hazard(west)
    assert acts.told(birth).startswith("came of the split of HA-1")
    verified()


def test_parts_must_tile_the_open_ground_exactly(field):
    def parts(*rows):
        return hazard_acts.split("HA-1", polygons(field, *rows), basis())

    west = (shapely.box(*square().bounds[:3], square(north=1).bounds[3]), {"name": "west"})
    east = shapely.box(*square(east=1).bounds[:3], square(north=1).bounds[3])
    with pytest.raises(DecisionRefused, match=r"11,58\d\.\d\d m2 of its open ground in no part"):
        parts(west, (square(east=1), {}))
    with pytest.raises(DecisionRefused, match=r"m2 outside its open ground"):
        parts(west, (square(east=1, size=2), {}))
    with pytest.raises(DecisionRefused, match=r"m2 in more than one part"):
        parts(west, (east, {"name": "east"}), (square(), {}))
    with pytest.raises(DecisionRefused, match="holds one polygon"):
        parts((square(size=2), {}))
    with pytest.raises(DecisionRefused, match="row 2: no valid polygon"):
        parts(west, (shapely.Point(-20, -20), {}))
    assert not Submission.objects.exclude(state="accepted").exists()


def test_parts_may_bear_ids_of_their_source(field):
    rows = [
        (square(), {"source_id": "P1"}),
        (square(east=1), {"source_id": "P2"}),
        (square(north=1), {"source_id": "P3"}),
        (square(east=1, north=1), {"source_id": "P4"}),
    ]
    decided(lambda: hazard_acts.split("HA-1", polygons(field, *rows), basis()))
    again = hazards(field, *rows[:1], name="parts.geojson", source="parts", namespace="parts")
    assert again.counts["new"] == 0, "the part is known by its id"


def test_what_was_released_before_a_split_stays_released(workspace, tmp_path):
    ready_release(tmp_path)
    consent("AC-1")
    survey_report(tmp_path)
    before = accounts()
    rest = [(square(north=1), {}), (square(east=1), {}), (square(east=1, north=1), {})]
    outcome = decided(lambda: hazard_acts.split("HA-1", polygons(tmp_path, *rest), basis()))
    after = accounts()
    assert after["cleared"] == before["cleared"] > 0
    assert abs(after["confirmed"] - before["confirmed"]) < ROUNDING
    assert not any("released" in found for found in outcome.effect.discrepancies)
    with pytest.raises(DecisionRefused, match="outside its open ground"):
        hazard_acts.split(
            "HA-2", polygons(tmp_path, (square(), {}), (square(north=1), {})), basis()
        )
    verified()


# --- reclassify -----------------------------------------------------------------------------------


def test_reclassified_ground_changes_its_account_and_released_ground_does_not(workspace, tmp_path):
    ready_release(tmp_path)
    consent("AC-1")
    survey_report(tmp_path)
    before = accounts()
    outcome = decided(to_sha)
    after = accounts()
    assert after["suspected"] == pytest.approx(before["confirmed"], abs=ROUNDING)
    assert after["confirmed"] == 0
    assert after["cleared"] == before["cleared"]
    assert outcome.effect.by_kind["reclassified"] == pytest.approx(
        before["confirmed"], abs=ROUNDING
    )
    assert hazard("HA-1").type == "SHA"
    with pytest.raises(DecisionRefused, match="is SHA already"):
        to_sha()
    verified()


def test_a_part_is_reclassified_and_split_off_in_one_decision(field):
    before = accounts()
    outcome = decided(partial(part_to_sha, field))
    after = accounts()
    part, rest = hazard("HA-3"), hazard("HA-4")
    assert (part.type, rest.type) == ("SHA", "CHA")
    assert after["suspected"] == part.area_mm2
    assert sum(after.values()) == pytest.approx(sum(before.values()), abs=ROUNDING)
    assert [act.act for act in acts.of_hazard(part)] == ["split_from", "reclassified"]
    assert [change.changes.get("type") for change in history.history(part)] == [
        (None, "CHA"),
        ("CHA", "SHA"),
    ]
    assert outcome.effect.by_kind["reclassified"] == part.area_mm2
    assert LandAct.objects.values("seq").distinct().count() == 1
    verified()


# --- extend ---------------------------------------------------------------------------------------


def test_an_extension_opens_what_it_adds_from_its_day_on(field):
    decided(partial(extend, field))
    line = LedgerLine.objects.get(kind="extended", retired_seq__isnull=True)
    area = hazard("HA-1").area_mm2 - HazardPast.objects.get().area_mm2
    assert line.mm2 == pytest.approx(area, abs=ROUNDING)
    assert line.claim_from == "outside"
    before = figures.balance(as_of=date(2021, 2, 28)).total.confirmed_mm2
    after = figures.balance(as_of=date(2021, 3, 1)).total.confirmed_mm2
    assert after == pytest.approx(before + area, abs=ROUNDING)
    assert after > before
    with pytest.raises(DecisionRefused, match="holds open already"):
        extend(field)
    verified()


def test_an_extension_over_released_land_says_that_it_reopens(workspace, tmp_path):
    ready_release(tmp_path)
    consent("AC-1")
    survey_report(tmp_path)
    more = polygons(tmp_path, (square(north=-1), {}), (square(), {}))
    shown = proposals.dry_run(
        hazard_acts.extend("HA-1", more, basis(on=date(2023, 1, 1))), ANNA
    ).effect
    assert shown.by_kind["reopened"] == Activity.objects.get().area_mm2
    assert shown.by_kind["extended"] > 0


# --- reopen ---------------------------------------------------------------------------------------


def found_item(folder, on="2023-02-01", **fields):
    item = {"source_id": "E1", "kind": "ordnance_seen", "hazard": "H1", "date": on, **fields}
    submit(table(folder / "evidence.csv", [item]), "evidence")
    return "EV-1"


def test_land_is_reopened_by_one_person_on_later_evidence(workspace, tmp_path):
    ready_release(tmp_path)
    consent("AC-1")
    evidence = found_item(tmp_path)
    before = accounts()
    outcome = decided(lambda: reopening.reopen("AC-1", basis(evidence)), CLERK)
    area = Activity.objects.get().area_mm2
    assert moved(before, accounts()) == {"confirmed": area, "cleared": -area}
    assert outcome.effect.by_kind == {"reopened": area}, "it is not newly identified"
    assert outcome.on == "2023-02-01"
    assert figures.balance(as_of=date(2022, 12, 31)).total.cleared_mm2 == area
    with pytest.raises(DecisionRefused, match="none of this land stands released"):
        reopening.reopen("AC-1", basis(evidence))
    verified()


def test_reopening_a_part_leaves_every_other_release_alone(workspace, tmp_path):
    ready_release(tmp_path, polygon=square())
    activities(
        tmp_path,
        (square(east=1), {**REPORT, "source_id": "A2", "date": "2021-02-01"}),
        (square(north=1), {**REPORT, "source_id": "A3", "date": "2024-02-01"}),
        name="more.geojson",
    )
    consent("AC-1", "AC-2", "AC-3")
    evidence = found_item(tmp_path)
    before = accounts()
    half = polygons(tmp_path, (square(size=0.5), {}))
    decided(lambda: reopening.reopen("AC-1", basis(evidence), half), CLERK)
    change = moved(before, accounts())
    assert change["cleared"] == pytest.approx(-change["confirmed"], abs=ROUNDING)
    assert change["confirmed"] == pytest.approx(STEP_MM2 / 4, rel=0.01)
    for line in LedgerLine.objects.filter(retired_seq__isnull=True):
        assert line.kind in ("recorded", "cleared", "reopened") or line.mm2 < ROUNDING
    released = {a.ref: reopening.released_ground(a).area for a in Activity.objects.all()}
    for activity in Activity.objects.exclude(id=1):
        assert released[activity.ref] == pytest.approx(activity.area_mm2, abs=ROUNDING)
    verified()


def test_evidence_from_before_the_release_does_not_reopen_it(workspace, tmp_path):
    ready_release(tmp_path)
    consent("AC-1")
    evidence = found_item(tmp_path, on="2022-01-01")
    with pytest.raises(DecisionRefused, match="before the release of 2022-06-30"):
        reopening.reopen("AC-1", basis(evidence))
    with pytest.raises(DecisionRefused, match="new evidence"):
        reopening.reopen("AC-1", act_plans.Basis("found"))
    assert reopening.reopen("AC-1", basis(evidence, on=date(2022, 7, 1))).on == date(2022, 7, 1)


def test_land_released_elsewhere_is_reopened_as_a_hazard_of_its_own(workspace, tmp_path):
    row = (square(), {**REPORT, "hazard": None})
    activities(
        tmp_path,
        (row[0], {k: v for k, v in row[1].items() if v is not None}),
        actor=HISTORIAN,
        legacy=submissions.Legacy("Authority", "Archive"),
    )
    evidence = found_item(tmp_path)
    outcome = decided(lambda: reopening.reopen("AC-1", basis(evidence)), CLERK)
    record = Hazard.objects.get()
    assert record.name == "Reopened from AC-1"
    assert record.classes == "ap"
    assert outcome.effect.by_kind == {"reopened": record.area_mm2}
    assert accounts()["suspected"] == record.area_mm2
    verified()


def test_land_released_of_one_class_is_reopened_without_touching_the_other(workspace, tmp_path):
    operator(tmp_path)
    hazards(tmp_path, (square(size=2), {**HAZARD, "classes": "ap;av"}))
    activities(
        tmp_path,
        (square(), {**REPORT, "classes": "ap"}),
        (square(east=1), {**REPORT, "source_id": "A2", "classes": "av"}),
    )
    consent("AC-1", "AC-2")
    evidence = found_item(tmp_path)
    survey_report(tmp_path)
    with pytest.raises(DecisionRefused, match="open for some classes on one part"):
        to_sha()
    by_class = {row.key: row.cleared_mm2 for row in figures.balance(by="class").rows}
    decided(lambda: hazard_acts.split("HA-1", _quarters(tmp_path), basis()))
    after = {row.key: row.cleared_mm2 for row in figures.balance(by="class").rows}
    assert after == by_class, "each part holds the classes that are open on it"
    assert [h.classes for h in Hazard.objects.order_by("id")][1:] == ["av", "ap", "ap|av", "ap|av"]
    assert evidence
    verified()


def test_land_released_of_one_class_is_reopened_as_a_hazard_of_that_class(workspace, tmp_path):
    operator(tmp_path)
    hazards(tmp_path, (square(size=2), {**HAZARD, "classes": "ap;av"}))
    activities(tmp_path, (square(), {**REPORT, "classes": "ap"}))
    consent("AC-1")
    evidence = found_item(tmp_path)
    before = {row.key: row for row in figures.balance(by="class").rows}
    decided(lambda: reopening.reopen("AC-1", basis(evidence)), CLERK)
    after = {row.key: row for row in figures.balance(by="class").rows}
    assert after["ap"].cleared_mm2 == 0 < before["ap"].cleared_mm2
    assert after["av"] == before["av"], "the other class was open all the time"
    assert hazard("HA-2").classes == "ap"
    (act,) = acts.of_hazard(hazard("HA-2"))
    assert (act.act, [kin.ref for kin in acts.kin(act)]) == ("reopened", ["HA-1"])
    verified()


def _quarters(folder):
    return polygons(
        folder,
        *((square(east=e, north=n), {"name": f"{e} {n}"}) for n in (0, 1) for e in (0, 1)),
    )


# --- a release that extends its hazard ------------------------------------------------------------


def test_a_release_may_extend_its_hazard_where_both_say_so(workspace, tmp_path):
    ready_release(tmp_path, polygon=square(east=1, size=2))
    before = accounts()
    first = release_decisions.approve_releases(["AC-1"], ANNA, extends_hazard=True)
    other = release_decisions.approve_releases(["AC-1"], BEN)
    assert first.consented == other.consented == ["AC-1"], "two consents to different things"
    (waiting,) = release_decisions.waiting_releases()
    assert sorted(waiting.consents) == ["anna (extends the hazard)", "ben"]
    result = release_decisions.approve_releases(["AC-1"], BEN, extends_hazard=True)
    assert result.released == ["AC-1"]
    area = Activity.objects.get().area_mm2
    change = moved(before, accounts())
    assert change["cleared"] == area, "what lies outside is released too"
    kinds = dict(
        LedgerLine.objects.filter(event_uid=Activity.objects.get().uid).values_list("kind", "mm2")
    )
    assert kinds["extended"] == pytest.approx(area / 2, rel=0.01), "and newly identified before"
    act = LandAct.objects.get()
    assert (act.act, act.activity_uid, act.deciders) == (
        "extended",
        Activity.objects.get().uid,
        "anna|ben",
    )
    assert not LedgerDiscrepancy.objects.filter(rule="release_outside_hazard").exists()
    verified()


def test_by_default_what_lies_outside_is_a_discrepancy(workspace, tmp_path):
    ready_release(tmp_path, polygon=square(east=1, size=2))
    consent("AC-1")
    found = LedgerDiscrepancy.objects.get(rule="release_outside_hazard")
    assert found.mm2 == pytest.approx(2 * STEP_MM2, rel=0.01)
    assert not LandAct.objects.exists()


def test_a_release_extends_no_hazard_without_a_boundary(workspace, tmp_path):
    operator(tmp_path)
    hazards(tmp_path, (None, {**HAZARD, "declared_m2": 5000}))
    activities(tmp_path, (square(), REPORT))
    assert "no boundary" in consent("AC-1", extends_hazard=True).refused["AC-1"][-1]


# --- counts (rule 10) -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "terms"),
    [
        ("void", {"closed": 1, "closing": 1}),
        ("merge", {"merged": 1, "closing": 1}),
        ("split", {"split": 1, "closing": 3}),
        ("part to SHA", {"split": 1, "closing": 3}),
        ("extend", {"closing": 2}),
    ],
)
def test_the_counts_of_areas_close(name, terms, field):
    make = {**ACTS, "extend": lambda folder: partial(_extend_today, folder)}[name](field)
    on = decided(make).on
    year = date.fromisoformat(on).replace(month=1, day=1)
    period = scope_figures.Period(year, date.fromisoformat(on), journal.head().seq)
    counts = scope_figures.LandFigures(period).scope("any", by_unit=False).counts
    found = {term: number.value for term, number in counts.items() if number.value}
    assert found == {"opening": 2, **terms}
    before = figures.balance(as_of=date(2020, 12, 31)).total
    assert (before.hazards, before.open_areas) == (2, 2), "what came later is not counted then"


def _extend_today(folder):
    more = polygons(folder, (square(north=2), {}), name="more.geojson")
    return hazard_acts.extend("HA-1", more, basis(on=None))


# --- what a file may not undo ---------------------------------------------------------------------


def test_a_boundary_that_was_decided_is_not_replaced_by_a_file_alone(field):
    decided(partial(extend, field))
    boundary = hazard("HA-1").geometry_hash
    outcome = hazards(field, (square(size=3), NAMED))
    assert "its boundary is decided" in outcome.changes[0].lowers_caution[0]
    assert hazard("HA-1").geometry_hash == boundary
    assert hazards(field, (square(size=2), NAMED)).counts["unchanged"] == 1


# --- random histories -----------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_any_sequence_of_acts_keeps_the_books(seed, workspace, tmp_path):
    """Residual 0, drift within its bound, the preview is the effect, the journal replays."""
    choose = random.Random(seed)
    operator(tmp_path)
    survey_report(tmp_path)
    rows = [
        (
            square(east=choose.choice((0, 1, 1.5, 3)), north=choose.choice((0, 0.7)), size=2),
            {
                "source_id": f"H{i}",
                "type": choose.choice(("SHA", "CHA")),
                "classes": "ap",
                "date": f"202{i % 3}-01-01",
            },
        )
        for i in range(5)
    ]
    hazards(tmp_path, *rows)
    known = {}

    def known_at(seq):
        found = figures.balance(by="hazard", known_seq=seq)
        return found.rows, found.total, found.residual_mm2, found.drift_mm2

    def remember():
        known[journal.head().seq] = known_at(journal.head().seq)

    reports = [
        (
            square(east=choose.choice((0, 1, 2)), size=choose.choice((0.6, 1))),
            {**REPORT, "source_id": f"A{i}", "hazard": f"H{i}", "date": f"2023-0{i + 1}-01"},
        )
        for i in range(3)
    ]
    activities(tmp_path, *reports)
    done = 0
    for step in range(9):
        before = accounts()
        remember()
        try:
            if step < 3:
                consent(f"AC-{step + 1}", extends_hazard=choose.random() < 0.5)
                accounts()
                continue
            outcome = decided(partial(_any_act, choose.randrange(1 << 30), tmp_path))
        except DecisionRefused:
            assert accounts() == before
            continue
        done += 1
        assert moved(before, accounts()) == inside(outcome.effect)
    assert done >= 3
    for seq, figures_then in known.items():
        assert known_at(seq) == figures_then, "what was known at a past moment never changes"
    verified()


def _any_act(seed, folder):
    choose = random.Random(seed)
    standing = [h for h in Hazard.objects.order_by("id") if not acts.withdrawn(h)]
    if not standing:
        raise DecisionRefused("there is no hazard left")
    one, other = choose.choice(standing), choose.choice(standing)
    match choose.randrange(5):
        case 0:
            return hazard_acts.void(one.ref, basis())
        case 1:
            return hazard_acts.merge([one.ref, other.ref], one.ref, basis())
        case 2:
            to = "SHA" if one.type == "CHA" else "CHA"
            part = polygons(folder, (square(east=choose.choice((0.5, 1)), size=1.3), {}))
            return hazard_acts.reclassify(one.ref, to, basis(), choose.choice((None, part)))
        case 3:
            more = polygons(folder, (square(east=choose.choice((0, 2, 4)), size=1.2), {}))
            return hazard_acts.extend(one.ref, more, basis())
    released = Activity.objects.order_by("id")[choose.randrange(3)]
    return reopening.reopen(released.ref, basis())


def test_obstacles_of_work_before_and_after_the_end_of_a_hazard(field):
    activities(field, (square(east=2), {**REPORT, "hazard": "H2"}))
    decided(lambda: hazard_acts.void("HA-2", basis()))
    reasons = releases.obstacles(Activity.objects.get(), hazard("HA-2"))
    assert any("was voided" in reason for reason in reasons), "of whatever day"
