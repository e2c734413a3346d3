"""Submissions returned and answered; who may decide them; two reviewers at once."""

from __future__ import annotations

import pytest
import working
from registering import (
    ANNA,
    BEN,
    CARL,
    CLERK,
    HAZARD,
    REPORT,
    activities,
    geojson,
    hazards,
    operator,
    ready_release,
    snapshot,
    square,
    verified,
)
from registering import submit as hand_in

from landrelease.register import (
    access,
    decisions,
    figures,
    independence,
    people,
    proposed,
    release_decisions,
    tokens,
)
from landrelease.register.errors import DecisionRefused
from landrelease.register.models import (
    Activity,
    Hazard,
    JournalEntry,
    Release,
    ReviewEvent,
    Submission,
)
from landrelease.register.roles import Grant, Role, unit_called

PASSWORD = "correct horse battery"


def entered(name: str, *grants: Grant, organisation: str = "Authority") -> people.Actor:
    user = people.add(name, PASSWORD, organisation=organisation, grants=grants)
    return people.actor_of(user, second_factor=True)


def waiting(folder, *rows, **options) -> Submission:
    """A submission of hazards that waits for a decision."""
    outcome = hazards(folder, *rows, accept=False, **options)
    return Submission.objects.get(receipt=outcome.receipt)


# --- returned -------------------------------------------------------------------------------------


def test_what_is_returned_is_kept_with_its_reason_and_decided_no_more(workspace, tmp_path):
    found = waiting(tmp_path, (square(), HAZARD))
    rana = entered("rana", Grant(Role.reviewer))
    with pytest.raises(DecisionRefused, match="needs a reason"):
        decisions.return_submission(found.receipt, rana, "  ")
    decisions.return_submission(found.receipt, rana, "the wrong zone: send it in UTM 34")
    found.refresh_from_db()
    assert found.state == Submission.RETURNED
    assert found.reason == "rana: the wrong zone: send it in UTM 34"
    assert (workspace.attachments / found.kept).is_file()
    before = snapshot()
    for attempt in (
        lambda: decisions.accept_submission(found.receipt, rana),
        lambda: decisions.approve_held(found.receipt, ANNA),
        lambda: decisions.reject_submission(found.receipt, rana, "again"),
        lambda: decisions.return_submission(found.receipt, rana, "again"),
    ):
        with pytest.raises(DecisionRefused):
            attempt()
    assert snapshot() == before
    assert not Hazard.objects.exists()


def test_what_is_held_for_two_people_is_returned_with_the_rest(workspace, tmp_path):
    hazards(tmp_path, (square(size=2), HAZARD))
    found = waiting(tmp_path, (square(size=1), HAZARD))
    assert found.parts.get().standing == "held"
    decisions.return_submission(found.receipt, entered("rana", Grant(Role.reviewer)), "why?")
    with pytest.raises(DecisionRefused, match="holds nothing back"):
        decisions.approve_held(found.receipt, ANNA)


def test_a_returned_submission_is_answered_by_another(workspace, tmp_path):
    rana = entered("rana", Grant(Role.reviewer))
    found = waiting(tmp_path, (square(), HAZARD))
    with pytest.raises(DecisionRefused, match="only a submission that was returned"):
        waiting(tmp_path, (square(1), HAZARD), answers=found.receipt)
    assert Submission.objects.count() == 1, "nothing was taken in"
    decisions.return_submission(found.receipt, rana, "moved by 100 m")
    with pytest.raises(DecisionRefused, match="of the type hazard"):
        activities(tmp_path, (square(), REPORT), answers=found.receipt)
    with pytest.raises(DecisionRefused, match="no submission has the receipt"):
        waiting(tmp_path, (square(1), HAZARD), answers="20200101-00000000")
    again = waiting(tmp_path, (square(1), HAZARD), answers=found.receipt)
    assert again.answers == found.receipt
    decisions.accept_submission(again.receipt, rana)
    log = ReviewEvent.objects.filter(submission=found).order_by("id")
    assert [(e.what, e.actor) for e in log] == [("returned", "rana"), ("answered", "clerk")]
    assert log[1].reason == again.receipt
    last = ReviewEvent.objects.get(submission=again)
    assert (last.what, last.entry_seq) == (
        "accepted",
        JournalEntry.objects.get(kind="accept").seq,
    )
    verified()


def test_rows_of_a_returned_file_are_no_longer_counted_as_lost(workspace, tmp_path):
    operator(tmp_path)
    # A row that says nothing cannot become a record.
    found = waiting(tmp_path, (square(), HAZARD), (None, {}))
    assert found.rejected.count() == 1
    assert figures.balance().notes["rejected_rows"] == 1
    rana = entered("rana", Grant(Role.reviewer))
    decisions.return_submission(found.receipt, rana, "an empty row")
    assert figures.balance().notes["rejected_rows"] == 0


def test_the_log_of_a_submission_is_append_only(workspace, tmp_path):
    from django.db import DatabaseError, transaction

    found = waiting(tmp_path, (square(), HAZARD))
    decisions.accept_submission(found.receipt, CLERK)
    event = ReviewEvent.objects.get(submission=found)
    for change in (event.delete, lambda: ReviewEvent.objects.update(actor="nobody")):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert ReviewEvent.objects.get().actor == "clerk"


# --- who may --------------------------------------------------------------------------------------


def test_why_somebody_may_not_review_is_the_reason_that_refuses(workspace, tmp_path):
    units = geojson(
        tmp_path / "units.geojson",
        [(square(size=9), {"source_id": "N", "name": "North", "level": 1})],
    )
    hand_in(units, "units")
    found = waiting(
        tmp_path, (square(), {**HAZARD, "unit": "N"}), (square(20), {**HAZARD, "source_id": "H2"})
    )
    north = entered("nina", Grant(Role.reviewer, unit=unit_called("N")))
    clerk = entered("dana", Grant(Role.data_entry))
    for who, words in ((north, "1 of its records lie outside"), (clerk, "it takes one of")):
        verdict = access.may(access.of(who), "review", found)
        assert not verdict
        assert words in " ".join(verdict.reasons)
        for attempt in (
            lambda who=who: decisions.accept_submission(found.receipt, who),
            lambda who=who: decisions.return_submission(found.receipt, who, "no"),
            lambda who=who: decisions.reject_submission(found.receipt, who, "no"),
        ):
            with pytest.raises(DecisionRefused):
                attempt()
    assert access.may(access.of(entered("rana", Grant(Role.reviewer))), "review", found)


def test_who_is_excluded_from_releasing_is_refused_with_the_reason(workspace, tmp_path):
    activity = ready_release(tmp_path)
    approver = Grant(Role.approver)
    excluded = {
        "submitted this": entered("clerk", approver),
        "employed by OP1": entered("carl", approver, organisation="OP1"),
        "one of the roles approver": entered("adam", Grant(Role.administrator)),
    }
    here = people.at_the_command_line()
    people.add("anja", PASSWORD, organisation="Authority", grants=[approver])
    raw = tokens.issue(
        "tablet", kind="phone", scopes=("view", "submit"), days=3, by=here, person="anja"
    )
    found = tokens.authenticate(raw)
    assert found is not None
    callers = {words: access.of(who) for words, who in excluded.items()}
    callers["no authenticated human"] = found
    before = snapshot()
    for words, caller in callers.items():
        verdict = access.may(caller, "approve_release", activity)
        assert not verdict, words
        assert words in " ".join(verdict.reasons), verdict.reasons
        try:
            result = release_decisions.approve_releases([activity.ref], caller.actor)
        except DecisionRefused:
            pass
        else:
            assert result.refused, words
    assert snapshot() == before
    assert not Release.objects.exists()


def test_consents_are_told_as_long_as_they_count(workspace, tmp_path):
    activity = ready_release(tmp_path)
    hazard = Hazard.objects.get()
    anna = entered("anna", Grant(Role.approver))
    release_decisions.approve_releases([activity.ref], anna)
    assert release_decisions.consents_to_release(activity, hazard) == ["anna"]
    people.set_active("anna", False, by=people.at_the_command_line())
    assert release_decisions.consents_to_release(activity, hazard) == []


# --- at once --------------------------------------------------------------------------------------


def accept_or_be_told(receipt: str, person: people.Actor, said: str) -> None:
    """Accept, or write down why not."""
    from pathlib import Path

    try:
        decisions.accept_submission(receipt, person)
    except DecisionRefused as refused:
        Path(said).write_text(str(refused), encoding="utf-8")


def return_or_be_told(receipt: str, person: people.Actor, said: str) -> None:
    from pathlib import Path

    try:
        decisions.return_submission(receipt, person, "not like this")
    except DecisionRefused as refused:
        Path(said).write_text(str(refused), encoding="utf-8")


@pytest.mark.parametrize("other", [accept_or_be_told, return_or_be_told])
def test_of_two_reviewers_at_once_one_decides_and_the_other_is_told(workspace, tmp_path, other):
    found = waiting(tmp_path, (square(), HAZARD))
    notes = [tmp_path / name for name in ("one.txt", "other.txt")]
    working.at_once(
        workspace.folder,
        (accept_or_be_told, found.receipt, ANNA, str(notes[0])),
        (other, found.receipt, BEN, str(notes[1])),
    )
    told = [note.read_text(encoding="utf-8") for note in notes if note.exists()]
    assert len(told) == 1, told
    assert found.receipt in told[0]
    found.refresh_from_db()
    assert found.state in told[0], "it is said what became of it"
    assert ReviewEvent.objects.filter(submission=found).count() == 1
    assert Hazard.objects.count() == (found.state == Submission.ACCEPTED)
    verified()


# --- the difference -------------------------------------------------------------------------------


def test_the_difference_of_a_submission_line_by_line(workspace, tmp_path):
    hazards(tmp_path, (square(size=2), HAZARD))
    found = waiting(
        tmp_path,
        (square(size=1), {**HAZARD, "name": "Meadow"}),
        (square(9), {**HAZARD, "source_id": "H2"}),
    )
    new, held = proposed.page(found).lines
    assert (new.do, new.standing, new.before, new.lowers) == ("create", "proposed", None, ())
    assert (held.do, held.standing, held.stale) == ("update", "held", False)
    assert held.changes["name"] == (None, "Meadow")
    assert held.lowers == ("the boundary would lose ground",)
    lost, gained = held.ground
    assert lost is not None
    area = Hazard.objects.get(source_id="H1").area_mm2
    assert abs(lost - area * 3 / 4) < area / 1000
    assert gained == 0
    # Page by page it is the same, and nothing is left out.
    first = proposed.page(found, size=1)
    second = proposed.page(found, after=first.next, size=1)
    assert [line.uid for line in (*first.lines, *second.lines)] == [new.uid, held.uid]
    assert (first.total, second.next) == (2, None)
    assert [line.number for line in proposed.lines(found)] == [1, 2]


def test_a_difference_that_the_record_has_left_behind_says_so(workspace, tmp_path):
    hazards(tmp_path, (square(), HAZARD))
    found = waiting(tmp_path, (square(), {**HAZARD, "name": "Meadow"}))
    hazards(tmp_path, (square(), {**HAZARD, "name": "Pasture"}))
    (line,) = proposed.page(found).lines
    assert line.stale
    assert line.changes["name"] == (None, "Meadow"), "from what it was worked out"
    with pytest.raises(DecisionRefused, match="has changed since"):
        decisions.accept_submission(found.receipt, CLERK)


def test_an_operator_and_its_people_are_known_by_every_name(workspace, tmp_path):
    activity = ready_release(tmp_path)
    for name in ("OP1", "First Operator", "op1 "):
        who = people.Actor("carla", name, authenticated=True, may_release=True)
        reasons = independence.reasons_against_release(activity, None, who)
        assert any("did the work" in why for why in reasons), name
    assert CARL.organisation == Activity.objects.get().organisation_given
