"""Rule 6: what is found on released land puts the release in question until people decide."""

from __future__ import annotations

from datetime import date

import pytest
import shapely
from acting import accounts, basis, decided, moved, polygons, survey_report
from registering import (
    ANNA,
    BEN,
    CARL,
    CLERK,
    HAZARD,
    HISTORIAN,
    LAT,
    LON,
    REPORT,
    STEP,
    activities,
    consent,
    geojson,
    hazards,
    ready_release,
    square,
    submit,
    table,
    verified,
)

from landrelease.register import (
    act_plans,
    journal,
    proposals,
    questions,
    reopening,
    submissions,
)
from landrelease.register.consent import PEOPLE_NEEDED
from landrelease.register.errors import DecisionRefused
from landrelease.register.models import Activity, JournalEntry, Question


def point(east=0.5, north=0.5):
    """A place so many steps from the corner; the released square is the first one."""
    return shapely.Point(LON + east * STEP, LAT + north * STEP)


def record(folder, as_, *rows):
    """Hand in records of one type, with or without a place."""
    if all(place is None for place, _ in rows):
        return submit(table(folder / f"{as_}.csv", [fields for _, fields in rows]), as_)
    return submit(geojson(folder / f"{as_}.geojson", rows), as_)


def accident(folder, place=None, **fields):
    row = {"source_id": "X1", "kind": "mine", "date": "2023-04-01", **fields}
    return record(folder, "accidents", (place or point(), row))


@pytest.fixture
def released(workspace, tmp_path):
    """A hazard of four squares, the first of them released on 2022-06-30."""
    ready_release(tmp_path)
    consent("AC-1")
    return tmp_path


def causes():
    return [(found.cause, found.activity) for found in questions.standing()]


# --- what raises a question -----------------------------------------------------------------------


def test_an_accident_on_released_land_puts_the_release_in_question_at_once(released):
    before = accounts()
    outcome = accident(released)
    (found,) = questions.standing()
    activity = Activity.objects.get()
    assert (found.cause, found.activity_uid, found.on) == ("AX-1", activity.uid, date(2023, 4, 1))
    assert found.mm2 == activity.area_mm2 == Question.objects.get().mm2
    assert shapely.equals(found.polygon, shapely.from_wkb(bytes(activity.plane)))
    assert "AX-1 (of 2023-04-01 or before) lies on the land" in found.message
    entry = JournalEntry.objects.get(kind="question")
    assert journal.data_of(entry)["data"]["for"] == outcome.entry == entry.seq - 1
    assert accounts() == before, "nothing moves until people decide"
    verified()


@pytest.mark.parametrize(
    ("as_", "row"),
    [
        ("ordnance", {"ordnance_class": "ap", "condition": "found", "date": "2022-07-01"}),
        ("ordnance", {"ordnance_class": "ap", "condition": "left", "date": "2024"}),
        ("ordnance", {"ordnance_class": "ap"}),
        ("evidence", {"kind": "ordnance_seen", "date": "2022-06-30"}),
        ("evidence", {"kind": "verbal_report"}),
        ("evidence", {"kind": "verbal_report", "date": "2022"}),
    ],
)
def test_what_may_be_later_than_the_release_raises_a_question(as_, row, released):
    record(released, as_, (point(), {"source_id": "1", **row}))
    assert len(causes()) == 1
    verified()


@pytest.mark.parametrize(
    ("as_", "place", "row"),
    [
        ("ordnance", point(), {"ordnance_class": "ap", "date": "2022-06-29"}),
        ("ordnance", point(), {"ordnance_class": "ap", "date": "2022-06-30", "activity": "A1"}),
        ("ordnance", point(), {"ordnance_class": "ap", "activity": "A1"}),
        ("ordnance", point(1.6, 1.6), {"ordnance_class": "ap", "date": "2023-01-01"}),
        ("evidence", point(), {"kind": "past_clearance", "date": "2023-01-01"}),
        ("evidence", point(), {"kind": "verbal_report", "date": "2021"}),
        ("evidence", None, {"kind": "verbal_report", "date": "2023-01-01"}),
    ],
)
def test_what_is_older_elsewhere_or_part_of_the_work_raises_none(as_, place, row, released):
    record(released, as_, (place, {"source_id": "1", **row}))
    assert causes() == []
    assert not JournalEntry.objects.filter(kind="question").exists()


def test_a_position_is_no_more_accurate_than_the_profile_says(released):
    """Fifty metres by default: the released square ends one step, about 104 m, east."""
    row = {"kind": "verbal_report", "date": "2023-01-01"}
    record(
        released,
        "evidence",
        (point(1.4), {"source_id": "close", **row}),
        (point(1.6), {"source_id": "far", **row}),
    )
    assert causes() == [("EV-1", "AC-1")]


def test_evidence_without_a_place_speaks_against_the_release_of_its_hazard(released):
    row = {"kind": "verbal_report", "hazard": "H1"}
    record(
        released,
        "evidence",
        (None, {"source_id": "later", "date": "2023-01-01", **row}),
        (None, {"source_id": "earlier", "date": "2021-01-01", **row}),
    )
    assert causes() == [("EV-1", "AC-1")]
    assert "has no place of its own" in questions.standing()[0].message


def test_land_released_of_one_class_is_questioned_by_that_class_only(workspace, tmp_path):
    ready_release(tmp_path)
    hazards(tmp_path, (square(size=2), {**HAZARD, "classes": "ap;av"}))
    consent("AC-1")
    row = {"kind": "ordnance_seen", "date": "2023-01-01"}
    record(
        tmp_path,
        "evidence",
        (point(), {"source_id": "1", "classes": "av", **row}),
        (point(), {"source_id": "2", "classes": "ap", **row}),
        (point(), {"source_id": "3", **row}),
    )
    assert causes() == [("EV-2", "AC-1"), ("EV-3", "AC-1")]


def test_the_same_record_raises_one_question_until_it_says_something_new(released):
    accident(released)
    accident(released)
    accident(released, remarks="as told by the village")
    assert len(causes()) == 1
    accident(released, place=point(5, 5), remarks="wrong place")
    assert len(causes()) == 1, "a question is taken away by people, not by a new file"


def test_land_released_although_something_was_found_since_is_in_question(workspace, tmp_path):
    ready_release(tmp_path)
    accident(tmp_path, date="2022-08-01")
    record(tmp_path, "evidence", (point(), {"source_id": "1", "kind": "verbal_report"}))
    assert causes() == []
    assert consent("AC-1").released == ["AC-1"]
    assert causes() == [("AX-1", "AC-1")], "what is undated was known to those who decided"
    verified()


def test_a_release_from_elsewhere_is_questioned_too(workspace, tmp_path):
    undated = {k: v for k, v in REPORT.items() if k not in ("hazard", "date")}
    activities(
        tmp_path,
        (square(), undated),
        (square(east=3), {**undated, "source_id": "A2", "date": "1999-01-01"}),
        actor=HISTORIAN,
        legacy=submissions.Legacy("Authority", "Archive"),
    )
    accident(tmp_path, date="1995-01-01")
    record(
        tmp_path,
        "ordnance",
        (point(3.5), {"source_id": "1", "ordnance_class": "ap", "date": "1998"}),
        (point(3.5), {"source_id": "2", "ordnance_class": "ap", "date": "2001"}),
    )
    assert causes() == [("AX-1", "AC-1"), ("EO-2", "AC-2")]
    assert {found.hazard_uid for found in questions.standing()} == {None}


def test_many_records_at_once_find_what_few_find(released, monkeypatch):
    rows = [
        (point(0.02 * i, 0.5), {"source_id": str(i), "kind": "verbal_report", "date": "2023"})
        for i in range(60)
    ]
    record(released, "evidence", *rows)
    at_once = causes()
    assert 0 < len(at_once) <= 60
    monkeypatch.setattr(questions, "MANY", 1_000)
    renamed = [(place, {**row, "source_id": f"again {row['source_id']}"}) for place, row in rows]
    record(released, "evidence", *renamed)
    assert len(causes()) == 2 * len(at_once)


# --- what becomes of it ---------------------------------------------------------------------------


def test_land_in_question_is_reopened_by_one_person_and_the_question_is_settled(released):
    accident(released)
    before, (found,) = accounts(), questions.standing()
    question = reopening.question_called(found.ref)
    outcome = decided(
        lambda: reopening.reopen_in_question(question, act_plans.Basis("confirmed")), CLERK
    )
    area = Activity.objects.get().area_mm2
    assert moved(before, accounts()) == {"confirmed": area, "cleared": -area}
    assert outcome.effect.by_kind == {"reopened": area}
    assert questions.standing() == []
    row = Question.objects.get()
    assert (row.resolution, row.deciders) == ("reopened: confirmed", "clerk")
    assert row.resolved_seq == outcome.entry, "in one decision"
    with pytest.raises(DecisionRefused, match="resolved already"):
        reopening.reopen_in_question(row, act_plans.Basis("again"))
    verified()


def test_a_question_is_dismissed_by_two_people_on_evidence(released):
    accident(released)
    survey_report(released)
    question = reopening.question_called("Q-1")
    for how, why in (
        (act_plans.Basis("no trace"), "needs evidence"),
        (basis("AX-1"), "cannot be the evidence that dismisses it"),
    ):
        with pytest.raises(DecisionRefused, match=why):
            reopening.dismiss(question, how)
    before = accounts()

    def dismiss():
        return reopening.dismiss(question, basis(reason="the place was wrong"))

    with pytest.raises(DecisionRefused, match="employed by OP1"):
        proposals.propose(dismiss(), CARL, submitter=CLERK)
    assert proposals.propose(dismiss(), ANNA, submitter=CLERK).standing == "consented"
    assert len(questions.standing()) == 1
    assert proposals.propose(dismiss(), BEN, submitter=CLERK).standing == "decided"
    assert questions.standing() == []
    assert accounts() == before
    row = Question.objects.get()
    assert (row.resolution, row.deciders) == ("dismissed: the place was wrong", "anna|ben")
    verified()


def test_questions_of_a_past_moment_are_what_stood_then(released):
    accident(released)
    seq = journal.head().seq
    decided(
        lambda: reopening.reopen_in_question(
            reopening.question_called("Q-1"), act_plans.Basis("confirmed")
        ),
        CLERK,
    )
    (then,) = questions.standing(known_seq=seq)
    assert then.mm2 == Activity.objects.get().area_mm2
    assert questions.standing(known_seq=seq - 1) == []
    assert questions.standing() == []


def test_only_what_still_stands_released_is_in_question(released):
    accident(released)
    half = polygons(released, (square(size=0.5), {}))
    accident(released, source_id="X2", place=point(0.2, 0.2))
    decided(lambda: reopening.reopen("AC-1", basis("AX-2"), half), CLERK)
    (found,) = questions.standing()
    assert found.cause == "AX-1"
    assert found.mm2 == pytest.approx(Activity.objects.get().area_mm2 * 3 / 4, rel=0.01)
    record(
        released,
        "evidence",
        (point(0.2, 0.2), {"source_id": "1", "kind": "verbal_report", "date": "2024"}),
        (point(0.9, 0.9), {"source_id": "2", "kind": "verbal_report", "date": "2024"}),
    )
    raised = {found.cause for found in questions.standing()}
    assert "EV-2" in raised
    verified()


def test_a_question_about_land_that_is_open_again_is_settled_by_one_person(released):
    accident(released)
    hazards(released, (square(), {**HAZARD, "source_id": "H2", "date": "2023-05-01"}))
    (found,) = questions.standing()
    assert found.mm2 == 0, "the new hazard has opened the land"
    before = accounts()
    question = reopening.question_called(found.ref)
    decided(lambda: reopening.reopen_in_question(question, act_plans.Basis("HA-2")), CLERK)
    assert accounts() == before
    assert Question.objects.get().resolution == "open again already: HA-2"
    verified()


def test_a_question_that_nobody_raised_is_refused(workspace):
    for ref in ("Q-9", "HA-1", "Q-x"):
        with pytest.raises(DecisionRefused, match="no question is called"):
            reopening.question_called(ref)
    assert PEOPLE_NEEDED == 2
