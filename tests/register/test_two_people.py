"""Rules 4 and 14: what lowers caution waits for two people, however it comes in."""

from __future__ import annotations

import pytest
import shapely
import shapely.affinity
from registering import (
    ANNA,
    BEN,
    CARL,
    HAZARD,
    STEP,
    bow_tie,
    consent,
    hazards,
    operator,
    ready_release,
    square,
    submit,
    table,
    total,
    verified,
)

from landrelease.register import caution, decisions, people, states
from landrelease.register.errors import DecisionRefused, RegisterError
from landrelease.register.models import Activity, Approval, Hazard, JournalEntry, Submission

#: A first file and a second one that lowers caution, with the word that names the reason.
LOWERING = {
    "boundary": ((square(size=2), {}), (square(), {}), "lose ground"),
    "moved": ((square(), {}), (square(east=1), {}), "lose ground"),
    "polygon withdrawn": ((square(), {}), (bow_tie(), {}), "lose ground"),
    "type": ((square(), {}), (square(), {"type": "SHA"}), "no longer be confirmed"),
    "class removed": (
        (square(), {"classes": "ap;av"}),
        (square(), {"classes": "ap"}),
        "classes av would be taken away",
    ),
    "class narrowed": ((square(), {"classes": None}), (square(), {"classes": "ap"}), "narrowed"),
    "later information": ((square(), {}), (square(), {"date": "2023-01-01"}), "to later"),
    "declared area": (
        (None, {"declared_m2": 9000}),
        (None, {"declared_m2": 10}),
        "declared area would shrink",
    ),
}


def _row(geometry, changes):
    row = {k: v for k, v in {**HAZARD, **changes}.items() if v is not None}
    return geometry, row


def test_what_lowers_caution_is_held(workspace, tmp_path):
    def rows(which):
        for number, case in enumerate(LOWERING):
            geometry, changes = LOWERING[case][which]
            if geometry is not None:
                geometry = shapely.affinity.translate(geometry, yoff=number * 5 * STEP)
            yield _row(geometry, {**changes, "source_id": case})

    hazards(tmp_path, *rows(0))
    old, land_before = [states.of_record(h) for h in Hazard.objects.order_by("id")], total()
    outcome = hazards(tmp_path, *rows(1))
    assert outcome.counts["held_for_second_person"] == len(LOWERING), outcome.counts
    for change, (case, (_, _, reason)) in zip(outcome.changes, LOWERING.items(), strict=True):
        assert reason in "; ".join(change.lowers_caution), case
    assert outcome.state == "checked"
    assert [states.of_record(h) for h in Hazard.objects.order_by("id")] == old
    assert total() == land_before, "--accept does not decide it"


def test_repairing_a_boundary_of_a_known_hazard_is_held(workspace, tmp_path):
    hazards(tmp_path, _row(bow_tie(), {}))
    outcome = hazards(tmp_path, _row(bow_tie(), {}), repair=True)
    assert "repaired one" in "; ".join(outcome.changes[0].lowers_caution)
    assert Hazard.objects.get().geometry_state == "invalid"


def test_what_raises_caution_is_not_held(workspace, tmp_path):
    hazards(tmp_path, _row(square(), {"type": "SHA", "date": "2020"}))
    outcome = hazards(
        tmp_path, _row(square(size=2), {"type": "CHA", "classes": "ap;av", "date": "2019"})
    )
    assert outcome.counts["held_for_second_person"] == 0
    assert outcome.counts["changed"] == 1
    assert Hazard.objects.get().type == "CHA"
    verified()


def test_evidence_that_is_weakened_is_held(workspace, tmp_path):
    hazards(tmp_path, _row(square(), {}))
    item = {"source_id": "E1", "hazard": "H1", "directness": "direct", "date": "2021-05-01"}
    submit(table(tmp_path / "evidence.csv", [item]), "evidence")
    for change in ({"directness": "indirect"}, {"date": "2020-01-01"}, {"hazard": "H9"}):
        outcome = submit(table(tmp_path / "evidence.csv", [{**item, **change}]), "evidence")
        assert outcome.counts["held_for_second_person"] == 1, change


def test_a_redrawn_vertex_is_not_a_lost_boundary():
    """Ground below a square metre is the rounding of a new drawing."""
    from landrelease.land import vertices

    def state(side_mm):
        polygon = shapely.box(0, 0, side_mm, 100_000)
        return {
            "plane": vertices.encode([polygon])[0],
            "geometry_hash": str(side_mm),
            "geometry_state": "valid",
        }

    assert caution.lowered("hazard", state(100_000), state(99_991)) == []
    assert caution.lowered("hazard", state(100_000), state(99_980)) == [
        "the boundary would lose ground"
    ]


# --- consent ------------------------------------------------------------------------------------


@pytest.fixture
def held(workspace, tmp_path):
    """Receipt of a submission that holds back a shrunk boundary of the operator's hazard."""
    operator(tmp_path)
    named = {"organisation": "OP1"}
    hazards(tmp_path, _row(square(size=2), named))
    return hazards(tmp_path, _row(square(), named)).receipt


def test_two_people_decide_what_was_held(held, tmp_path):
    before = total()
    assert decisions.approve_held(held, ANNA) is None
    assert Hazard.objects.get().version == 1
    entry = decisions.approve_held(held, BEN)
    assert entry.kind == "accept_held"
    assert Hazard.objects.get().version == 2
    assert total()["confirmed"] < before["confirmed"]
    assert Submission.objects.get(receipt=held).state == "accepted"
    deciders = JournalEntry.objects.get(kind="accept_held").body
    assert '"anna"' in deciders
    assert '"ben"' in deciders
    verified()


def test_the_same_person_twice_is_one_person(held):
    for _ in range(3):
        assert decisions.approve_held(held, ANNA) is None
    assert Approval.objects.count() == 1
    assert Hazard.objects.get().version == 1


SUBMITTER = people.Actor("clerk", "Authority", authenticated=True, may_release=True)
REFUSED = {
    "submitter": (SUBMITTER, "submitted this"),
    "account at the command line": (people.Actor("account:root", "Authority"), "signed-in"),
    "without permission": (people.Actor("dora", "Authority", authenticated=True), "may not decide"),
    "employer unknown": (
        people.Actor("emil", " ", authenticated=True, may_release=True),
        "not recorded who employs",
    ),
    "of the operator": (CARL, "which did the work"),
    "of the operator by name": (
        people.Actor("fred", "first  OPERATOR", authenticated=True, may_release=True),
        "which did the work",
    ),
}


def test_who_may_not_decide_held_changes(held):
    for actor, reason in REFUSED.values():
        with pytest.raises(DecisionRefused, match=reason):
            decisions.approve_held(held, actor)
    assert not Approval.objects.exists()


def test_who_may_not_decide_a_release(workspace, tmp_path):
    activity = ready_release(tmp_path)
    before = total()
    for by in ((), (ANNA,)):
        for who, (actor, reason) in REFUSED.items():
            assert reason in _refusal(activity.ref, (*by, actor)), who
    assert total() == before
    assert list(Approval.objects.values_list("username", flat=True)) == ["anna"]


def _refusal(ref, by):
    """Why the last of these people may not consent to a release."""
    try:
        result = consent(ref, by=by)
    except DecisionRefused as refused:
        return str(refused)
    assert result.consented == result.released == []
    return "; ".join(result.refused[ref])


def test_whoever_handed_in_any_version_may_not_decide(workspace, tmp_path):
    from registering import REPORT, activities

    activity = ready_release(tmp_path)
    activities(tmp_path, (square(), {**REPORT, "team": "T2"}), actor=BEN)
    assert Activity.objects.get().version == 2
    for submitter in (SUBMITTER, BEN):
        assert "submitted this" in _refusal(activity.ref, [submitter])


def test_held_changes_that_went_stale_are_refused(held, tmp_path):
    decisions.approve_held(held, ANNA)
    hazards(tmp_path, _row(square(size=2), {"priority": "high"}))
    with pytest.raises(DecisionRefused, match="has changed since"):
        decisions.approve_held(held, BEN)
    assert Hazard.objects.get().version == 2


def test_a_held_change_can_be_rejected(held):
    decisions.reject_submission(held, ANNA, "no survey behind it")
    with pytest.raises(DecisionRefused, match="holds nothing"):
        decisions.approve_held(held, BEN)
    assert Hazard.objects.get().version == 1


# --- people ---------------------------------------------------------------------------------------


def test_people_sign_in_with_their_password(workspace):
    people.add("amra", "correct horse battery", organisation="Authority", may_release=True)
    actor = people.sign_in("amra", "correct horse battery")
    assert (actor.name, actor.organisation) == ("amra", "Authority")
    assert actor.authenticated
    assert actor.may_release
    assert not actor.may_enter_historic
    with pytest.raises(DecisionRefused, match="do not belong together"):
        people.sign_in("amra", "wrong horse battery")
    with pytest.raises(RegisterError, match="already a person"):
        people.add("amra", "correct horse battery", organisation="Authority")
    with pytest.raises(RegisterError, match="too short"):
        people.add("bo", "short", organisation="Authority")
