"""Duplicates: suspected, linked, unlinked; the ledger and every figure stay what they were."""

from __future__ import annotations

import random
from functools import partial

import pytest
from acting import basis, decided, survey_report
from registering import (
    HAZARD,
    REPORT,
    activities,
    bow_tie,
    consent,
    hazards,
    operator,
    square,
    table,
    total,
    verified,
)
from registering import submit as hand_in

from landrelease.register import duplicates, figures, hazard_acts, people, same_as
from landrelease.register.errors import DecisionRefused
from landrelease.register.models import (
    RECORDS,
    Hazard,
    LedgerLine,
    Release,
    SameAs,
    SuspectedDuplicate,
)
from landrelease.register.roles import Grant, Role
from landrelease.register.verify import _digests

RANA = people.Actor("rana", "Authority", authenticated=True, grants=(Grant(Role.reviewer),))


@pytest.fixture
def three(workspace, tmp_path):
    """Two records of one field, one slightly moved, and one somewhere else."""
    hazards(
        tmp_path,
        (square(size=2), HAZARD),
        (square(9), {**HAZARD, "source_id": "H9"}),
    )
    hazards(
        tmp_path,
        (square(0.05, 0.05, 2), {**HAZARD, "source_id": "X1", "type": "SHA"}),
        name="other.geojson",
        source="Other",
    )
    return Hazard.objects.get(source_id="H1"), Hazard.objects.get(source_id="X1")


def ledger() -> object:
    """The ledger and all that it is computed from, row by row."""
    tables = [*RECORDS.values(), LedgerLine, Release]
    balance = figures.balance()
    return [_digests(model, "default") for model in tables], balance.total, balance.rows


def test_a_link_changes_neither_the_records_nor_the_ledger_nor_a_figure(three):
    confirmed, suspected = three
    before, land = ledger(), total()
    same_as.link(suspected, confirmed, RANA, reason="one field, mapped twice")
    assert ledger() == before
    assert total() == land
    assert same_as.canonical_uid(suspected.uid) == confirmed.uid
    assert same_as.others([confirmed.uid]) == {confirmed.uid: [suspected.uid]}
    verified()
    same_as.undo(suspected, confirmed, RANA, reason="two fields after all")
    assert ledger() == before
    assert same_as.canonical_uid(suspected.uid) == suspected.uid
    assert not same_as.left_out("hazard").exists()
    row = SameAs.objects.get()
    assert (row.reason, row.ended_reason, row.ended_by) == (
        "one field, mapped twice",
        "two fields after all",
        "rana",
    )
    verified()


def test_ground_that_two_linked_records_hold_is_released_as_without_the_link(three, tmp_path):
    """A release of the one leaves the other open, linked or not: no ground is lost by a link."""
    confirmed, suspected = three
    operator(tmp_path)
    activities(tmp_path, (square(0, 0, 3), REPORT))
    same_as.link(suspected, confirmed, RANA, reason="one field")
    consent("AC-1")
    linked = total()
    assert linked["suspected"] > 0, "the other record still holds the ground"
    same_as.undo(suspected, confirmed, RANA, reason="no")
    assert total() == linked


def test_a_link_needs_a_person_who_reviews_and_a_reason(three):
    confirmed, suspected = three
    nobody = people.Actor("nora", "Authority", authenticated=True, grants=())
    token = people.Actor("feed", grants=(Grant(Role.reviewer),))
    narrow = people.Actor(
        "olga", "Authority", authenticated=True, grants=(Grant(Role.reviewer, "OP7"),)
    )
    for who, words in (
        (nobody, "neither of the roles"),
        (token, "who signed in"),
        (narrow, "within the organisation"),
    ):
        for act in (same_as.link, same_as.tell_apart, same_as.undo):
            with pytest.raises(DecisionRefused, match=words):
                act(suspected, confirmed, who, reason="so")
    with pytest.raises(DecisionRefused, match="give the reason"):
        same_as.link(suspected, confirmed, RANA, reason=" ")
    assert not SameAs.objects.exists()


def test_the_more_cautious_record_is_the_one_that_is_shown(three):
    confirmed, suspected = three
    with pytest.raises(DecisionRefused, match="the more cautious of the two"):
        same_as.link(confirmed, suspected, RANA, reason="one field")


def test_a_hazard_comes_back_into_lists_when_the_one_shown_for_it_stands_no_more(three, tmp_path):
    """What was shown when the link was made may be voided or become less cautious afterwards."""
    confirmed, suspected = three
    same_as.link(suspected, confirmed, RANA, reason="one field, mapped twice")
    assert [one["uid"] for one in same_as.left_out("hazard")] == [suspected.uid]
    survey_report(tmp_path)
    decided(partial(hazard_acts.void, "HA-1", basis()))
    assert not same_as.left_out("hazard"), "the one that stands is not hidden behind a voided one"
    assert same_as.canonical_uid(suspected.uid) == confirmed.uid, "the link itself still stands"
    verified()


def test_a_chain_shows_whoever_is_more_cautious_by_now(three, tmp_path):
    confirmed, suspected = three
    third = Hazard.objects.get(source_id="H9")
    same_as.link(suspected, confirmed, RANA, reason="a")
    same_as.link(confirmed, third, RANA, reason="b")
    survey_report(tmp_path)
    decided(partial(hazard_acts.reclassify, "HA-2", "SHA", basis()))
    third.refresh_from_db()
    assert third.type == "SHA"
    assert [one["uid"] for one in same_as.left_out("hazard")] == [suspected.uid]


def test_what_was_told_apart_is_not_linked_before_that_is_taken_back(three):
    confirmed, suspected = three
    same_as.tell_apart(suspected, confirmed, RANA, reason="two fields")
    with pytest.raises(DecisionRefused, match="take that back first"):
        same_as.link(suspected, confirmed, RANA, reason="one field")
    same_as.undo(confirmed, suspected, RANA, reason="I was wrong")
    same_as.link(suspected, confirmed, RANA, reason="one field")


def test_circles_and_second_links_are_refused(three, tmp_path):
    confirmed, suspected = three
    third = Hazard.objects.get(source_id="H9")
    same_as.link(suspected, confirmed, RANA, reason="a")
    with pytest.raises(DecisionRefused, match="already"):
        same_as.link(suspected, confirmed, RANA, reason="b")
    with pytest.raises(DecisionRefused, match="stands for another record already"):
        same_as.link(suspected, third, RANA, reason="b")
    with pytest.raises(DecisionRefused, match="linked as the same: unlink"):
        same_as.tell_apart(suspected, confirmed, RANA, reason="b")
    same_as.link(confirmed, third, RANA, reason="c")
    assert same_as.canonical_uid(suspected.uid) == third.uid, "step by step"
    assert same_as.others([third.uid])[third.uid] == [confirmed.uid, suspected.uid]
    with pytest.raises(DecisionRefused, match="already"):
        same_as.link(third, suspected, RANA, reason="d")
    with pytest.raises(DecisionRefused, match="one record, not two"):
        same_as.link(third, third, RANA, reason="d")
    with pytest.raises(DecisionRefused, match="not linked with each other"):
        same_as.undo(suspected, third, RANA, reason="d")


def test_whatever_is_linked_and_taken_back_each_record_has_one_that_is_shown(workspace, tmp_path):
    rows = [(square(3 * n), {**HAZARD, "source_id": f"H{n}"}) for n in range(5)]
    hazards(tmp_path, *rows)
    records = list(Hazard.objects.order_by("id"))
    before = ledger()
    dice = random.Random(7)
    done = refused = 0
    for _ in range(60):
        one, other = dice.choice(records), dice.choice(records)
        act = dice.choice((same_as.link, same_as.link, same_as.undo, same_as.tell_apart))
        try:
            act(one, other, RANA, reason="so")
            done += 1
        except DecisionRefused:
            refused += 1
        left = set(same_as.left_out("hazard").values_list("uid", flat=True))
        heads = {record.uid: same_as.canonical_uid(record.uid) for record in records}
        assert set(heads.values()) == {r.uid for r in records} - left, "each list shows one"
        stands_for = same_as.others(heads.values())
        for uid, head in heads.items():
            assert uid == head or uid in stands_for[head]
    assert done > 10
    assert refused > 10
    assert ledger() == before
    verified()


# --- suspected ------------------------------------------------------------------------------------


def pairs(record_type: str = "hazard") -> set[tuple[str, str]]:
    model = RECORDS[record_type]
    names = {one.uid: one.source_id for one in model.objects.all()}
    found = SuspectedDuplicate.objects.filter(record_type=record_type)
    return {tuple(sorted((names[row.one_uid], names[row.other_uid]))) for row in found}


def test_outlines_that_nearly_agree_are_suspected(three):
    assert duplicates.look()["hazard"] == 1
    assert pairs() == {("H1", "X1")}
    row = SuspectedDuplicate.objects.get()
    # Two squares of side 2, moved by 0.05 both ways.
    shared = 1.95**2
    assert row.iou == pytest.approx(shared / (8 - shared), abs=1e-4)
    assert row.signs.split("|") == ["same_ground", "date"]


def test_what_people_have_said_is_suspected_no_more_until_they_take_it_back(three):
    confirmed, suspected = three
    for act in (same_as.link, same_as.tell_apart):
        act(suspected, confirmed, RANA, reason="so")
        assert duplicates.look()["hazard"] == 0
        same_as.undo(suspected, confirmed, RANA, reason="not so")
        assert duplicates.look()["hazard"] == 1


def test_an_id_alone_is_no_suspicion(workspace, tmp_path):
    hazards(tmp_path, (square(), HAZARD))
    hazards(
        tmp_path,
        (square(40), {**HAZARD, "date": "2019-01-01"}),
        name="other.geojson",
        source="Other",
    )
    assert duplicates.look()["hazard"] == 0
    hazards(tmp_path, (square(80), HAZARD), name="third.geojson", source="Third")
    duplicates.look()
    row = SuspectedDuplicate.objects.get()
    assert row.signs == "source_id|date"
    assert row.iou is None


def test_survey_and_clearance_of_one_ground_are_no_duplicates(workspace, tmp_path):
    operator(tmp_path)
    hazards(tmp_path, (square(size=2), HAZARD))
    survey = {**REPORT, "source_id": "A2", "kind": "ts", "result": "reduced"}
    activities(tmp_path, (square(), REPORT), (square(), survey))
    assert duplicates.look()["activity"] == 0
    activities(tmp_path, (square(), {**REPORT, "source_id": "A3"}), name="more.geojson")
    duplicates.look()
    assert pairs("activity") == {("A1", "A3")}


def test_accidents_close_by_on_one_day_are_suspected(workspace, tmp_path):
    rows = [
        {"source_id": "X1", "date": "2021-03-04", "longitude": -20.0, "latitude": -20.0},
        {"source_id": "Y7", "date": "2021-03-04", "longitude": -20.0005, "latitude": -20.0},
        {"source_id": "Y8", "date": "2021-03-04", "longitude": -20.1, "latitude": -20.0},
        {"source_id": "Y9", "date": "2021-03-05", "longitude": -20.0, "latitude": -20.0},
    ]
    hand_in(table(tmp_path / "a.csv", rows), "accidents")
    duplicates.look()
    assert pairs("accident") == {("X1", "Y7")}


def test_invalid_outlines_and_records_without_place_are_looked_at(workspace, tmp_path):
    hazards(tmp_path, (bow_tie(), HAZARD), (None, {**HAZARD, "source_id": "H2"}))
    hazards(tmp_path, (bow_tie(), {**HAZARD, "source_id": "X1"}), name="o.geojson", source="Other")
    duplicates.look()
    assert pairs() == {("H1", "X1")}


def test_a_proposed_record_is_held_against_the_register(three, tmp_path):
    from landrelease.register import proposed
    from landrelease.register.models import Submission

    outcome = hazards(
        tmp_path,
        (square(size=2), {**HAZARD, "source_id": "N1"}),
        (square(60), {**HAZARD, "source_id": "N2"}),
        name="new.geojson",
        source="Third",
        accept=False,
    )
    found = Submission.objects.get(receipt=outcome.receipt)
    lines = [
        {"do": line.do, "state": line.after, "uid": line.uid} for line in proposed.lines(found)
    ]
    first, second = duplicates.of_lines("hazard", lines)
    assert [record.source_id for record, _ in first] == ["H1", "X1"]
    assert first[0][1].iou == pytest.approx(1.0)
    assert second == []


def test_the_command_links_and_takes_back(three):
    """In the name of a person; the password comes from the environment, as for all commands."""
    import os

    from registering import landrelease

    from landrelease.register import workspace

    password = "correct horse battery"
    people.add("rana", password, organisation="Authority", grants=[Grant(Role.reviewer)])
    environment = {**os.environ, "LANDRELEASE_PASSWORD": password}
    words = ("review", "same-as", "HA-3", "HA-1", "--reason", "one field", "--person", "rana")
    folder = workspace.current().folder
    landrelease(folder, *words, env=environment)
    assert SameAs.objects.get(ended_seq__isnull=True).said == "same"
    printed = landrelease(folder, "ledger", "print").stdout
    assert "balance" in printed
    landrelease(folder, *words, "--undo", env=environment)
    assert not SameAs.objects.filter(ended_seq__isnull=True).exists()
    listed = landrelease(folder, "review", "duplicates", "--look", "--format", "csv").stdout
    assert "HA-1 HA-3" in listed
