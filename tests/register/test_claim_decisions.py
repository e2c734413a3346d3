"""From claim to register: accepted, rejected, withdrawn; indications; what rests on evidence."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from acting import survey_report
from claiming import claim_about, cut, extracted_as, take_in
from registering import (
    ANNA,
    BEN,
    CARL,
    CLERK,
    HAZARD,
    consent,
    hazards,
    ready_release,
    snapshot,
    square,
    submit,
    table,
    total,
    verified,
)
from reporting_programme import RITA

from landrelease.register import (
    act_plans,
    claim_decisions,
    claim_identity,
    claim_plans,
    decisions,
    documents,
    figures,
    hazard_acts,
    journal,
    people,
    proposals,
    questions,
    releases,
    reopening,
    totals,
)
from landrelease.register import reports as reports_module
from landrelease.register.errors import DecisionRefused, RegisterError
from landrelease.register.models import (
    Claim,
    ClaimDecision,
    Document,
    Evidence,
    Hazard,
    JournalEntry,
    Submission,
)


@pytest.fixture
def reports(workspace, tmp_path):
    take_in(tmp_path)
    hazards(tmp_path, (square(size=2), HAZARD))
    return tmp_path


def accepted(word="killed", **given):
    claim = claim_about(word)
    given.setdefault("hazard", None if given.get("indication") else "HA-1")
    return claim, claim_decisions.accept(claim["id"], actor=given.pop("actor", CLERK), **given)


def state_of(claim):
    return claim_decisions.state([claim["id"]])[claim["id"]]


# --- accepting ------------------------------------------------------------------------------------


def test_an_accepted_claim_is_an_evidence_item_with_its_words_and_where_they_stand(reports):
    before = total()
    claim, outcome = accepted(reliability="B", credibility="2", classes=["ap"], reason="named")
    item = Evidence.objects.get()
    document = Document.objects.get(uid=item.document_uid)
    text = claim_identity.kept_text(document.text_sha256)
    assert text[item.span_start : item.span_end] == item.statement == claim["content"]["text"]
    assert (item.reliability, item.credibility, item.classes) == ("B", "2", "ap")
    assert item.hazard_uid == Hazard.objects.get().uid
    assert (item.kind, item.channel) == ("press_or_social_media", "media")
    assert item.plane is None
    assert item.source == document.ref  # no record repeats the name of a speaker
    assert item.area_mm2 is None
    assert item.date_start == date(2022, 7, 20)
    assert (outcome.evidence_ref, outcome.hazard_ref, outcome.state) == ("EV-1", "HA-1", "accepted")
    assert total() == before
    verified()


def test_a_decision_has_a_receipt_a_kept_document_and_a_journal_entry(reports):
    claim, outcome = accepted(reason="seen by two")
    submission = Submission.objects.get(receipt=outcome.receipt)
    assert (submission.state, submission.submitter, submission.id) == (
        "accepted", "clerk", outcome.submission,
    )  # fmt: skip
    entry = JournalEntry.objects.get(seq=outcome.entry)
    assert entry.kind == "claim"
    data = journal.data_of(entry)["data"]
    assert data["submission"]["receipt"] == outcome.receipt
    assert [one["name"] for one in data["deciders"]] == ["clerk"]
    frozen = ClaimDecision.objects.get()
    assert frozen.deciders == "clerk"
    assert frozen.reason == "seen by two"
    assert frozen.extractor == documents.EXTRACTOR
    assert frozen.decided_at == entry.recorded_at
    assert claim["content"]["text"] in frozen.body


def test_reliability_and_credibility_cannot_be_judged_until_a_person_does(reports):
    accepted()
    item = Evidence.objects.get()
    assert (item.reliability, item.credibility, item.classes) == ("F", "6", None)


def test_a_preview_says_what_would_be_recorded_and_keeps_nothing(reports):
    before, count = snapshot(), Submission.objects.count()
    outcome = claim_decisions.preview_accept(
        claim_about("killed")["id"], actor=CLERK, hazard="HA-1", reliability="C"
    )
    (state,) = outcome.recorded["evidence"]
    assert (state["reliability"], state["statement"]) == (
        "C",
        claim_about("killed")["content"]["text"],
    )
    assert (outcome.standing, outcome.receipt) == ("dry_run", None)
    assert snapshot() == before
    assert Submission.objects.count() == count


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"hazard": "HA-9"}, "HA-9"),
        ({"hazard": "HA-1", "reliability": "Z"}, "no reliability"),
        ({"hazard": "HA-1", "credibility": "0"}, "no credibility"),
        ({"hazard": "HA-1", "classes": ["nuclear"]}, "no contamination class"),
        ({"hazard": "HA-1", "indication": True}, "either"),
        ({}, "either"),
    ],
)
def test_what_cannot_be_accepted_is_refused_and_leaves_nothing(reports, given, words):
    before = snapshot()
    with pytest.raises(DecisionRefused, match=words):
        claim_decisions.accept(claim_about("killed")["id"], actor=CLERK, **given)
    assert snapshot() == before


def test_a_claim_is_found_by_the_beginning_of_its_id_and_otherwise_refused(reports):
    claim = claim_about("killed")
    assert claim_identity.find(claim["id"][:10]).id == claim["id"]
    assert claim_identity.find(claim["claim"]).id == claim["id"]
    with pytest.raises(RegisterError, match="no claim"):
        claim_identity.find("0" * 32)


def test_words_that_the_kept_text_does_not_hold_are_not_accepted(reports):
    extracted_as(lambda body: [{**body, "content": {**body["content"], "text": "other words"}}])
    claim = documents.claims()[0]
    with pytest.raises(DecisionRefused, match="not at characters"):
        claim_decisions.accept(claim["id"], actor=CLERK, hazard="HA-1")


def test_a_claim_of_an_outside_model_enters_only_through_a_person_who_signed_in(reports):
    extracted_as(lambda body: [{**body, "extractor": "model:somebody"}])
    claim = claim_about("killed")
    with pytest.raises(DecisionRefused, match="signed in"):
        claim_decisions.accept(claim["id"], actor=people.at_the_command_line(), hazard="HA-1")
    claim_decisions.accept(claim["id"], actor=CLERK, hazard="HA-1")
    assert ClaimDecision.objects.get().extractor == "model:somebody"


def test_a_restricted_claim_makes_a_restricted_item_whatever_the_person_says(reports):
    extracted_as(lambda body: [{**body, "restricted": True}])
    accepted("killed", restricted=False)
    assert Evidence.objects.get().restricted is True
    verified()


def test_a_claim_is_no_evidence_for_lowering_caution(reports):
    accepted()
    with pytest.raises(DecisionRefused, match="never evidence for lowering caution"):
        hazard_acts.void("HA-1", act_plans.Basis("gone", ["EV-1"]))


# --- released land --------------------------------------------------------------------------------


@pytest.fixture
def released(workspace, tmp_path):
    ready_release(tmp_path)
    consent("AC-1")
    take_in(tmp_path)
    return tmp_path


def test_evidence_on_released_land_puts_it_in_question_and_releases_nothing(released):
    before = total()
    foreseen = claim_decisions.preview_accept(
        claim_about("killed")["id"], actor=CLERK, hazard="HA-1"
    ).questions
    _, outcome = accepted()
    assert [(one.cause, one.activity) for one in questions.standing()] == [("EV-1", "AC-1")]
    assert outcome.questions == foreseen
    assert len(outcome.questions) == 1
    assert total() == before
    assert figures.balance().total.in_question_mm2 > 0
    verified()


def test_a_claim_without_any_date_may_be_later_than_the_release(released):
    accepted("shells")
    assert Evidence.objects.get().date_start is None
    assert [one.cause for one in questions.standing()] == ["EV-1"]


def test_evidence_counts_in_the_latest_information_until_it_is_withdrawn(reports):
    accepted()
    hazard = Hazard.objects.get()
    assert releases.latest_information(hazard) == date(2022, 7, 20)
    held = claim_decisions.withdraw("EV-1", actor=CLERK, reason="retracted")
    decisions.approve_held(held.receipt, ANNA)
    decisions.approve_held(held.receipt, BEN)
    assert releases.latest_information(hazard) == date(2020, 5, 1)


# --- indications ----------------------------------------------------------------------------------


def test_an_indication_has_no_area_and_is_counted_on_a_line_of_its_own(reports):
    before = figures.balance().total
    _, outcome = accepted("shells", indication=True, classes=["erw"])
    made = Hazard.objects.get(id=2)
    assert (made.type, made.area_mm2, made.plane, made.declared_m2) == (
        "indication", None, None, None,
    )  # fmt: skip
    assert (outcome.hazard_ref, outcome.evidence_ref) == ("HA-2", "EV-1")
    after = figures.balance().total
    assert (before.indications, after.indications) == (0, 1)
    same = ("hazards", "open_areas", "unknown_size", "declared_only_m2", "suspected_mm2")
    assert [getattr(after, n) for n in same] == [getattr(before, n) for n in same]
    assert all(one.differ == 0 for one in totals.compare_and_rebuild(keep=True))
    today = figures.balance(as_of=date(2030, 1, 1))
    assert today.total.indications == 1
    by_class = {row.key: row for row in figures.balance(by="class").rows}
    assert (by_class["erw"].indications, by_class["ap"].indications) == (1, 0)
    verified()


def test_an_indication_can_stand_in_a_workspace_that_has_no_place_yet(workspace, tmp_path):
    take_in(tmp_path, "harbour.txt")
    accepted("shells", indication=True)
    assert figures.balance().total.indications == 1
    verified()


def test_an_indication_with_an_outline_or_a_size_is_an_area_held_as_suspected(workspace, tmp_path):
    outcome = hazards(
        tmp_path,
        (square(), {"source_id": "I1", "type": "indication"}),
        (None, {"source_id": "I2", "type": "indication", "declared_m2": 500}),
        (None, {"source_id": "I3", "type": "indication"}),
    )
    assert outcome.findings["indication_with_area"] == {"warning": 2}
    assert list(Hazard.objects.order_by("id").values_list("type", flat=True)) == [
        None, None, "indication",
    ]  # fmt: skip
    found = figures.balance().total
    assert (found.hazards, found.indications, int(found.declared_only_m2)) == (2, 1, 500)
    assert found.suspected_mm2 > 0
    # With an outline it becomes an area; and an area never becomes an indication again.
    hazards(tmp_path, (square(3), {"source_id": "I3"}))
    assert Hazard.objects.get(id=3).type is None
    hazards(tmp_path, (square(3), {"source_id": "I3", "type": "SHA"}))
    hazards(tmp_path, (None, {"source_id": "I3", "type": "indication"}))
    assert Hazard.objects.get(id=3).type == "SHA"
    assert (figures.balance().total.hazards, figures.balance().total.indications) == (3, 0)
    verified()


def test_an_indication_is_never_reclassified_without_ground_and_voided_by_two_people(reports):
    survey_report(reports)
    accepted("shells", indication=True)
    with pytest.raises(DecisionRefused, match="no measured boundary"):
        hazard_acts.reclassify("HA-2", "CHA", act_plans.Basis("x", ["EV-1"]))
    ref = Document.objects.get(title="Survey report").ref
    for person in (ANNA, BEN):
        plan = hazard_acts.void("HA-2", act_plans.Basis("searched", [ref]))
        done = proposals.propose(plan, person, submitter=CARL)
    assert done.standing == "decided"
    assert figures.balance().total.indications == 0
    assert figures.balance(as_of=date(2023, 1, 1)).total.indications == 1
    verified()


# --- rejecting and withdrawing --------------------------------------------------------------------


def test_a_rejected_claim_leaves_only_the_decision_and_may_be_accepted_later(reports):
    claim = claim_about("searched")
    outcome = claim_decisions.reject(claim["id"], actor=CLERK, reason="about elsewhere")
    assert (outcome.state, outcome.evidence_ref) == ("rejected", None)
    assert not Evidence.objects.exists()
    found = state_of(claim)
    assert (found.state, found.decider, found.reason) == ("rejected", "clerk", "about elsewhere")
    with pytest.raises(DecisionRefused, match="rejected already"):
        claim_decisions.reject(claim["id"], actor=CLERK, reason="again")
    with pytest.raises(DecisionRefused, match="is rejected"):
        claim_decisions.withdraw(claim["id"], actor=CLERK, reason="again")
    claim_decisions.accept(claim["id"], actor=CLERK, hazard="HA-1")
    assert state_of(claim).state == "accepted"
    verified()


def test_a_decision_needs_its_reason_and_no_second_acceptance(reports):
    claim, _ = accepted()
    with pytest.raises(DecisionRefused, match="reason"):
        claim_decisions.reject(claim_about("searched")["id"], actor=CLERK, reason=" ")
    with pytest.raises(DecisionRefused, match="reason"):
        claim_decisions.withdraw(claim["id"], actor=CLERK, reason="")
    with pytest.raises(DecisionRefused, match="accepted already"):
        accepted()
    with pytest.raises(DecisionRefused, match="withdrawn, not rejected"):
        claim_decisions.reject(claim["id"], actor=CLERK, reason="no")


def test_withdrawing_takes_two_people_who_had_no_hand_in_it(reports):
    claim, _ = accepted(actor=ANNA)
    held = claim_decisions.withdraw(claim["id"], actor=CLERK, reason="retracted")
    assert (held.standing, held.two_people, held.state) == ("handed_in", True, "accepted")
    assert state_of(claim).waiting == held.receipt
    assert Evidence.objects.get().standing is None
    with pytest.raises(DecisionRefused, match="submitted this"):
        decisions.approve_held(held.receipt, ANNA)
    with pytest.raises(DecisionRefused, match="signed-in"):
        decisions.approve_held(held.receipt, people.at_the_command_line())
    decisions.approve_held(held.receipt, BEN)
    assert Evidence.objects.get().standing is None
    decisions.approve_held(held.receipt, CARL)
    item = Evidence.objects.get()
    assert (item.standing, item.statement) == ("withdrawn", claim["content"]["text"])
    found = state_of(claim)
    assert (found.state, found.decider, found.waiting) == ("withdrawn", "ben and carl", "")
    with pytest.raises(DecisionRefused, match="withdrawn already"):
        claim_decisions.withdraw("EV-1", actor=CLERK, reason="again")
    with pytest.raises(DecisionRefused, match="withdrawn"):
        hazard_acts.extend("HA-1", None, act_plans.Basis("x", ["EV-1"]))
    verified()


def test_evidence_on_a_voided_hazard_is_withdrawn_by_one_person(reports):
    survey_report(reports)
    accepted()
    ref = Document.objects.get(title="Survey report").ref
    for person in (ANNA, BEN):
        plan = hazard_acts.void("HA-1", act_plans.Basis("twice on record", [ref]))
        proposals.propose(plan, person, submitter=CARL)
    assert not claim_plans.keeps_caution_up(Evidence.objects.get())
    done = claim_decisions.withdraw("EV-1", actor=CLERK, reason="retracted")
    assert (done.standing, done.two_people, done.state) == ("decided", False, "withdrawn")
    with pytest.raises(DecisionRefused, match="voided"):
        accepted("searched")
    verified()


def test_a_question_that_stands_keeps_caution_up_after_its_hazard_is_gone(released):
    survey_report(released)
    accepted()
    ref = Document.objects.get(title="Survey report").ref
    for person in (ANNA, BEN):
        plan = hazard_acts.void("HA-1", act_plans.Basis("twice on record", [ref]))
        proposals.propose(plan, person, submitter=CARL)
    assert claim_plans.keeps_caution_up(Evidence.objects.get())


def test_a_claim_accepted_again_after_a_withdrawal_is_a_new_item(reports):
    claim, _ = accepted()
    held = claim_decisions.withdraw("EV-1", actor=CLERK, reason="retracted")
    for person in (ANNA, BEN):
        decisions.approve_held(held.receipt, person)
    outcome = claim_decisions.accept(claim["id"], actor=CLERK, hazard="HA-1", reason="confirmed")
    assert outcome.evidence_ref == "EV-2"
    assert list(Evidence.objects.order_by("id").values_list("standing", flat=True)) == [
        "withdrawn", None,
    ]  # fmt: skip
    assert [row.state for row in ClaimDecision.objects.order_by("id")] == [
        "accepted", "withdrawn", "accepted",
    ]  # fmt: skip
    verified()


def test_a_stale_withdrawal_is_refused(reports):
    claim, _ = accepted()
    first = claim_decisions.withdraw("EV-1", actor=CLERK, reason="retracted")
    second = claim_decisions.withdraw("EV-1", actor=CLERK, reason="another reason")
    for person in (ANNA, BEN):
        decisions.approve_held(first.receipt, person)
    with pytest.raises(DecisionRefused, match=r"changed since|decided since"):
        decisions.approve_held(second.receipt, ANNA)
    assert state_of(claim).reason == "retracted"


def test_a_file_that_withdraws_an_item_is_held_for_two_people(reports):
    row = {"source_id": "E1", "hazard": "H1", "kind": "ordnance_seen", "date": "2021-02-03"}
    submit(table(reports / "evidence.csv", [row]), "evidence")
    changed = [{**row, "standing": "withdrawn"}]
    outcome = submit(table(reports / "evidence.csv", changed), "evidence")
    assert outcome.counts["held_for_second_person"] == 1
    held = claim_decisions.withdraw("EV-1", actor=CLERK, reason="a mistake")
    assert (held.two_people, held.state) == (True, "accepted")


def test_a_claim_whose_item_a_file_withdrew_is_withdrawn_and_may_be_accepted_again(reports):
    claim, _ = accepted()
    path = table(reports / "evidence.csv", [{"source_id": claim["id"], "standing": "withdrawn"}])
    outcome = submit(path, "evidence", namespace="claims")
    assert outcome.counts["held_for_second_person"] == 1
    for person in (ANNA, BEN):
        decisions.approve_held(outcome.receipt, person)
    assert state_of(claim).state == "withdrawn"
    _, again = accepted(reason="seen")
    assert (again.state, again.evidence_ref) == ("accepted", "EV-2")
    verified()


# --- what rests on it -----------------------------------------------------------------------------


def test_what_rests_on_a_claim_is_shown_before_it_is_withdrawn(released):
    claim, _ = accepted()
    found = claim_decisions.rests_on(claim["id"])
    assert [(one.kind, one.ref) for one in found] == [
        ("hazard", "HA-1"), ("question", questions.standing()[0].ref),
    ]  # fmt: skip
    assert claim_decisions.rests_on("EV-1") == found
    before = snapshot()
    shown = claim_decisions.withdraw("EV-1", actor=CLERK, reason="x", dry_run=True)
    assert shown.rests_on_it == found
    assert shown.two_people
    assert snapshot() == before
    # What rested on it stays as it was; the question stands until people decide it.
    held = claim_decisions.withdraw("EV-1", actor=CLERK, reason="retracted")
    for person in (ANNA, BEN):
        decisions.approve_held(held.receipt, person)
    assert [one.cause for one in questions.standing()] == ["EV-1"]
    assert [one.kind for one in claim_decisions.rests_on(claim["id"])] == ["hazard", "question"]
    verified()


def test_land_in_question_by_withdrawn_evidence_is_reopened_on_other_evidence(released):
    survey_report(released)
    ref = Document.objects.get(title="Survey report").ref
    accepted()
    held = claim_decisions.withdraw("EV-1", actor=CLERK, reason="retracted")
    for person in (ANNA, BEN):
        decisions.approve_held(held.receipt, person)
    question = reopening.question_called(questions.standing()[0].ref)
    with pytest.raises(DecisionRefused, match="new evidence"):
        reopening.reopen_in_question(question, act_plans.Basis("open again"))
    basis = act_plans.Basis("open again", [ref], date(2023, 1, 1))
    done = proposals.propose(reopening.reopen_in_question(question, basis), ANNA, submitter=CLERK)
    assert done.standing == "decided"
    assert questions.standing() == []
    verified()


def test_acts_and_indications_rest_on_the_claims_that_they_name(released):
    accepted()
    question = reopening.question_called(questions.standing()[0].ref)
    plan = reopening.reopen_in_question(question, act_plans.Basis("open again"))
    done = proposals.propose(plan, ANNA, submitter=CLERK)
    assert done.standing == "decided"
    found = claim_decisions.rests_on("EV-1")
    assert {one.kind for one in found} >= {"hazard", "act", "question"}
    accepted("shells", indication=True)
    (one,) = claim_decisions.rests_on("EV-2")
    assert one.kind == "indication"
    assert claim_decisions.rests_on(claim_about("searched")["id"]) == []


def test_releases_and_frozen_reports_rest_on_evidence_that_was_on_record(workspace, tmp_path):
    ready_release(tmp_path, date="2023-06-30")
    take_in(tmp_path)
    accepted()
    consent("AC-1")
    assert questions.standing() == []
    figure = reports_module.Figure("", 1, "areas")
    for number, named in (("R1", ""), ("R2", "as EV-1 says"), ("R3", "as EV-11 says")):
        known = journal.head().seq
        name = f"areas:open_areas:2023-12-31@{known}"
        told = replace(figure, id=name, note=named)
        drafted = reports_module.draft(
            number, "land", [told], since=date(2023, 1, 1), until=date(2023, 12, 31),
            known_seq=known,
        )  # fmt: skip
        reports_module.freeze(drafted, RITA)
    found = [(one.kind, one.ref) for one in claim_decisions.rests_on("EV-1")]
    assert found == [("hazard", "HA-1"), ("release", "AC-1"), ("report", "R2")]


# --- read anew ------------------------------------------------------------------------------------


def _text():
    document = Document.objects.get(filename="orchard.txt")
    return claim_identity.kept_text(document.text_sha256)


def test_decisions_stay_when_the_reports_are_read_again(reports):
    claim, _ = accepted()
    documents.extract()
    assert claim_about("killed")["id"] == claim["id"]
    assert state_of(claim).state == "accepted"


def test_a_claim_that_is_cut_a_little_otherwise_keeps_its_decision_and_its_id(reports):
    claim, _ = accepted()
    text = _text()
    extracted_as(
        lambda body: [cut(body, text, 0, -4) if "killed" in body["content"]["text"] else body]
    )
    now = claim_about("killed")
    assert now["id"] != claim["id"]
    found = state_of(now)
    assert (found.state, found.evidence_ref, found.decided_on) == ("accepted", "EV-1", claim["id"])
    assert found.words == claim["content"]["text"]
    assert claim_identity.find(claim["id"]).id == now["id"]
    with pytest.raises(DecisionRefused, match="accepted already"):
        claim_decisions.accept(now["id"], actor=CLERK, hazard="HA-1")
    held = claim_decisions.withdraw(now["id"], actor=CLERK, reason="retracted")
    for person in (ANNA, BEN):
        decisions.approve_held(held.receipt, person)
    assert state_of(now).state == "withdrawn"
    again = claim_decisions.accept(now["id"], actor=CLERK, hazard="HA-1")
    assert again.evidence_ref == "EV-2"
    assert set(ClaimDecision.objects.values_list("claim_id", flat=True)) == {claim["id"]}
    verified()


@pytest.mark.parametrize("how", ["other source", "other words", "two of them", "gone"])
def test_a_decision_is_never_attached_to_other_words(reports, how):
    claim, _ = accepted()
    text = _text()

    def change(body):
        if "killed" not in body["content"]["text"]:
            return [body]
        match how:
            case "other source":
                other = {**body["source"], "name": "Nobody Else", "text": "Nobody Else"}
                return [{**cut(body, text, 0, -4), "source": other}]
            case "other words":
                return [cut(body, text, 30, 30)]
            case "two of them":
                return [cut(body, text, 0, -4), cut(body, text, 0, -3)]
        return []

    extracted_as(change)
    ids = [one["id"] for one in documents.claims()]
    assert {one.state for one in claim_decisions.state(ids).values()} == {"proposed"}
    (kept,) = claim_decisions.decided()
    assert (kept["state"], kept["found"], kept["now"]) == ("accepted", False, "")
    assert kept["words"] == claim["content"]["text"]
    told = claim_decisions.state([claim["id"]])[claim["id"]]
    assert "no longer finds" in told.told
    # It can still be withdrawn, by the id it was decided under.
    held = claim_decisions.withdraw(claim["id"], actor=CLERK, reason="retracted")
    assert held.two_people
    verified()


def test_copies_of_one_text_are_decided_each_by_itself(reports):
    (reports / "copy.txt").write_bytes((reports / "orchard.txt").read_bytes() + b"\n")
    documents.add([reports / "copy.txt"], CLERK)
    ids = [one["id"] for one in documents.claims() if "killed" in one["content"]["text"]]
    assert len(ids) == len(set(ids)) == 2
    claim_decisions.accept(ids[0], actor=CLERK, hazard="HA-1")
    assert [claim_decisions.state(ids)[one].state for one in ids] == ["accepted", "proposed"]


def test_the_claims_of_before_had_no_extractor_and_are_decided_all_the_same(reports):
    extracted_as(lambda body: [{k: v for k, v in body.items() if k != "extractor"}])
    accepted()
    assert ClaimDecision.objects.get().extractor == ""
    assert Claim.objects.exists()
    verified()
