"""Rule 23: the journal names no private person of a report; what is computed stays the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from claiming import claim_about, cut, extracted_as, take_in
from registering import verified

from landrelease.register import (
    canonical,
    claim_decisions,
    doctor,
    erasures,
    kept,
    people,
    seal,
    sealed_claims,
    sentences,
)
from landrelease.register.errors import RegisterError
from landrelease.register.models import (
    ClaimDecision,
    Document,
    Evidence,
    JournalEntry,
    Part,
    PersonKey,
    Submission,
)
from landrelease.register.roles import Grant, Role
from landrelease.register.workspace import current

ANNA = people.Actor("anna", "Authority", authenticated=True)
DORA = people.Actor(
    "dora", authenticated=True, grants=(Grant(Role.data_protection_officer),)
)  # fmt: skip
PRIVATE = "Mara Lind"

#: A report that names a private person and somebody in office.
WIDOW = (
    "The barley is late this summer, and farmers wait for rain. Zyxandra Quillfeather, a farmer, "
    "said that Quillfeather and two others were hurt by a mine in the orchard.\n\n"
    "The mayor, Karl Weiss, said that 12 shells were found near the pier of Olburg.\n"
)
NAME = "Zyxandra Quillfeather"


def take_in_widow(folder: Path) -> None:
    from landrelease.register import documents

    path = folder / "widow.txt"
    path.write_text(WIDOW, encoding="utf-8")
    documents.add([path], people.at_the_command_line())


def decided_on_paper() -> bytes:
    """All that decisions wrote: journal, parts, kept documents of decisions, tables."""
    found = [bytes(one.body) for one in Part.objects.all()]
    found += [one.body.encode() for one in JournalEntry.objects.all()]
    found += [kept.read(one.kept) for one in Submission.objects.filter(record_type="evidence")]
    found += [one.summary.encode() for one in Submission.objects.all()]
    found += [one.body.encode() for one in ClaimDecision.objects.all()]
    found += [(one.statement or "").encode() for one in Evidence.objects.all()]
    return b"\n".join(found)


def test_a_decision_names_no_private_person_and_is_read_as_it_was_taken(workspace, tmp_path):
    take_in_widow(tmp_path)
    claim = claim_about("two others")
    assert NAME in claim["source"]["name"]
    claim_decisions.preview_accept(claim["id"], actor=ANNA, indication=True)
    assert not PersonKey.objects.exists(), "looking at what would be recorded makes no key"
    claim_decisions.accept(claim["id"], actor=ANNA, indication=True)
    claim_decisions.reject(claim_about("12 shells")["id"], actor=ANNA, reason="elsewhere")
    paper = decided_on_paper()
    assert b"Quillfeather" not in paper
    assert b"Karl Weiss" in paper, "whoever speaks in an office is named"
    decision = ClaimDecision.objects.order_by("id").first()
    body = canonical.loads(decision.body)
    assert body["source"]["name"].startswith("person-")
    whole = {name: value for name, value in claim.items() if name != "id"}
    assert sealed_claims.opened(body) == whole
    assert body["sealed"]["commitment"] == seal.commitment(body["sealed"]["key"], whole)
    assert claim_decisions.state([claim["id"]])[claim["id"]].words == claim["content"]["text"]
    (found,) = sentences.on_hazards([decision.hazard_uid])[decision.hazard_uid]
    assert found.source == claim["source"]["name"], "who may read names still does"
    assert sealed_claims.in_clear() == []
    officials = canonical.loads(ClaimDecision.objects.order_by("id").last().body)
    assert "sealed" not in officials
    verified()


def test_a_claim_that_was_sealed_is_found_again_when_it_is_cut_anew(workspace, tmp_path):
    take_in_widow(tmp_path)
    claim = claim_about("two others")
    claim_decisions.accept(claim["id"], actor=ANNA, indication=True)
    extracted_as(lambda body: [cut(body, WIDOW, end=-4) if "others" in str(body) else body])
    anew = claim_about("two others")
    assert anew["id"] != claim["id"]
    now = claim_decisions.state([anew["id"]])[anew["id"]]
    assert (now.state, now.decided_on) == ("accepted", claim["id"])
    verified()


def test_without_the_key_the_pseudonym_stays_and_the_journal_replays(workspace, tmp_path):
    take_in_widow(tmp_path)
    claim = claim_about("two others")
    claim_decisions.accept(claim["id"], actor=ANNA, indication=True)
    ref = f"{Document.objects.get().ref}/persons"
    plan = erasures.plan(ref)
    assert plan.keys == (sealed_claims.key_of(Document.objects.get()),)
    erasures.erase(
        ref, DORA, because=erasures.Because.request, confirmation=plan.code
    )  # fmt: skip
    with pytest.raises(RegisterError, match="erased already"):
        erasures.plan(ref)
    told = claim_decisions.state([claim["id"]])[claim["id"]]
    assert told.state == "accepted"
    assert "person-" in told.words
    assert "Quillfeather" not in told.words
    evidence = Evidence.objects.get()
    claim_decisions.withdraw(evidence.ref, actor=ANNA, reason="mistake")
    whole = {name: value for name, value in claim.items() if name != "id"}
    later = sealed_claims.kept(whole, Document.objects.get())
    assert "sealed" not in later, "what is decided later brings no name back"
    assert not PersonKey.objects.exists()
    assert b"Quillfeather" not in decided_on_paper()
    verified()


def test_a_decision_from_before_is_read_as_it_is(workspace, tmp_path, monkeypatch):
    take_in(tmp_path, "orchard.txt")
    claim = claim_about("killed by a mine")
    with monkeypatch.context() as before:
        before.setattr(sealed_claims, "kept", lambda body, document: dict(body))
        claim_decisions.accept(claim["id"], actor=ANNA, indication=True)
    assert PRIVATE.encode() in decided_on_paper()
    assert sealed_claims.in_clear() == [ClaimDecision.objects.get().seq]
    messages = [one.message for one in doctor.examine(current(), quick=True)]
    assert any("1 journal entries from before private persons" in one for one in messages)
    decision = ClaimDecision.objects.get()
    (found,) = sentences.on_hazards([decision.hazard_uid])[decision.hazard_uid]
    assert found.source == PRIVATE
    assert claim_decisions.state([claim["id"]])[claim["id"]].state == "accepted"
    verified()


@pytest.mark.parametrize("again", [1, 2])
def test_the_document_of_a_decision_is_the_same_whenever_it_is_made(workspace, tmp_path, again):
    take_in_widow(tmp_path)
    body = {name: one for name, one in claim_about("two others").items() if name != "id"}
    document = Document.objects.get()
    made = [
        canonical.dumps(sealed_claims.described(sealed_claims.kept(body, document)))
        for _ in range(1 + again)
    ]
    assert len(set(made)) == 1
    assert sealed_claims.kept(sealed_claims.kept(body, document), document)["sealed"]
