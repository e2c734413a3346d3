"""Decisions on submissions, and the journal entries that follow."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import transaction

from . import (
    acts,
    bulk,
    canonical,
    clock,
    consent,
    ground,
    independence,
    journal,
    posting,
    proposed_links,
    questions,
    recording,
    reviewing,
)
from .errors import DecisionRefused
from .models import RECORDS, ClaimDecision, JournalEntry, Part, Release, ReviewEvent, Submission
from .people import Actor
from .said import said


def accept(
    submission: Submission,
    actor: Actor,
    *,
    standing: str = "proposed",
    deciders: list[Actor] | None = None,
) -> JournalEntry | None:
    """Accept the parts of a submission that stand so; the caller holds the transaction.

    What is held for a second person is never accepted by this alone: see :func:`approve_held`.
    """
    links = list(
        submission.parts.filter(standing=standing).order_by("ordinal").select_related("part")
    )
    if not links:
        return None
    parts: list[Part] = [link.part for link in links]
    if standing == "proposed":
        reviewing.refuse_unless_reviewer(actor, submission, parts)
    if acts.of(submission) is not None:
        entry = enter_act(parts, actor, deciders or [actor], _about(submission))
        _settle(submission, standing)
        _note(submission, actor, _DECIDED[standing], entry=entry)
        return entry
    updates = any(b'"do":"update"' in bytes(part.body)[:200] for part in parts)
    entry = recording.record(
        journal.Draft(
            kind="accept" if standing == "proposed" else "accept_held",
            actor=actor.to_json(),
            data={
                "deciders": [person.to_json() for person in deciders or [actor]],
                **_about(submission),
                "updates": updates,
            },
            parts=list(parts),
        )
    )
    uids = _uids(parts)
    visited = _visited(parts) if submission.record_type == "quality_visit" else set()
    # A large submission would stand in memory beside its polygons while they are posted.
    del links, parts
    if submission.record_type == "hazard":
        posting.post_after(entry, actor, hazards=uids)
    if submission.record_type == "activity" and updates:
        posting.post_after(entry, actor, released=_released(uids))
    if submission.record_type == "quality_visit":
        posting.post_after(entry, actor, released=_released(visited))
    if submission.record_type in questions.CAUSES:
        questions.raise_after(entry, actor, submission.record_type, uids)
    _settle(submission, standing)
    _note(submission, actor, _DECIDED[standing], entry=entry)
    return entry


#: What the acceptance of parts that stood so is called in the log of a submission.
_DECIDED = {"proposed": "accepted", "held": "decided"}


def _note(
    submission: Submission,
    actor: Actor,
    what: str,
    reason: str = "",
    entry: JournalEntry | None = None,
) -> None:
    """Write a line into the append-only log of a submission."""
    ReviewEvent.objects.create(
        submission=submission,
        at=clock.now(),
        actor=actor.name,
        what=what,
        reason=reason,
        entry_seq=None if entry is None else entry.seq,
    )


def _about(submission: Submission) -> dict[str, Any]:
    """What an entry says of the submission that it decides."""
    data: dict[str, Any] = {
        "submission": {
            "filename": submission.filename,
            "id": submission.id,
            "layer": submission.layer,
            "namespace": submission.namespace,
            "received_at": submission.received_at,
            "receipt": submission.receipt,
            "sha256": submission.sha256,
            "source": submission.source,
            "submitter": submission.submitter,
        }
    }
    act = acts.of(submission)
    if act is not None:
        data["act"] = act["act"]
    return data


def _settle(submission: Submission, standing: str) -> None:
    submission.parts.filter(standing=standing).update(standing="accepted")
    left = submission.parts.exclude(standing="accepted").exists()
    submission.state = Submission.PARTLY if left else Submission.ACCEPTED
    submission.save(update_fields=["state"])


def enter_act(
    parts: list[Part], actor: Actor, deciders: list[Actor], about: dict[str, Any]
) -> JournalEntry:
    """Journal a decision on hazards or claims and post what follows, questions about released land
    among it; the caller holds the transaction.

    Parameters
    ----------
    parts
        As proposed; the names of the deciders are written into the lines that say who decided.
    about
        What else the entry says.
    """
    names = [person.name for person in deciders]
    entry = recording.record(
        journal.Draft(
            kind="claim" if str(about.get("act", "")).endswith("_claim") else "act",
            actor=actor.to_json(),
            data={"deciders": [person.to_json() for person in deciders], **about, "updates": True},
            parts=[acts.signed(part, names) for part in parts],
        )
    )
    changed = _uids(part for part in parts if part.kind == "records/hazard")
    if changed:
        posting.post_after(entry, actor, hazards=changed)
    told = _uids(part for part in parts if part.kind == "records/evidence")
    if told:
        questions.raise_after(entry, actor, "evidence", told)
    return entry


def _released(activities: Iterable[str]) -> set[str]:
    """Those activities on which land was released here."""
    decided = Release.objects.filter(standing=Release.DECIDED)
    return set(activities) & set(decided.values_list("activity_uid", flat=True))


def _visited(parts: Iterable[Part]) -> set[str]:
    """Activities that quality visits were about, before and after this change."""
    return {
        line["state"]["activity"]["uid"]
        for part in parts
        for line in journal.lines_of(bytes(part.body))
        if "uid" in line["state"].get("activity", {})
    }


#: The id of a record at the end of its journal line; keys are sorted, so little can follow it.
_UID_AT_END = re.compile(rb'"uid":"([0-9a-f]{32})"(?:,"was":"[0-9a-f]{32}")?\}$', re.MULTILINE)


def _uids(parts: Iterable[Part]) -> list[str]:
    return [uid.decode() for part in parts for uid in _UID_AT_END.findall(bytes(part.body))]


@transaction.atomic
def accept_submission(receipt: str, actor: Actor) -> JournalEntry | None:
    """Accept a checked submission in the actor's name."""
    journal.lock_head()
    submission = find_submission(receipt)
    if submission.state not in (Submission.CHECKED, Submission.PARTLY):
        raise DecisionRefused(
            said(
                "%(receipt)s is %(state)s; only a checked submission can be accepted",
                receipt=receipt,
                state=said(submission.state),
            )
        )
    _refuse_if_stale(submission, "proposed")
    entry = accept(submission, actor)
    if submission.record_type in ("activity", "hazard"):
        proposed_links.propose_links(submission)
    return entry


@transaction.atomic
def reject_submission(receipt: str, actor: Actor, reason: str) -> None:
    """Reject what is still open of a submission; the file and the reason are kept."""
    _turn_down(receipt, actor, reason, Submission.REJECTED)


@transaction.atomic
def return_submission(receipt: str, actor: Actor, reason: str) -> None:
    """Return what is still open of a submission to its sender, who can put it right and hand it in
    anew (:func:`.submissions.submit`, ``answers``); the file and the reason are kept."""
    _turn_down(receipt, actor, reason, Submission.RETURNED)


def _turn_down(receipt: str, actor: Actor, reason: str, state: str) -> None:
    # Whoever accepts it at the same moment holds this lock: one of the two comes first.
    journal.lock_head()
    submission = find_submission(receipt)
    open_links = submission.parts.exclude(standing="accepted").select_related("part")
    reviewing.refuse_unless_reviewer(actor, submission, [link.part for link in open_links])
    if not reason.strip():
        raise DecisionRefused(
            said("a rejection needs a reason that its sender can act on")
            if state == Submission.REJECTED
            else said("what is returned needs a reason that its sender can act on")
        )
    if submission.state in (Submission.ACCEPTED, *Submission.TURNED_DOWN):
        raise DecisionRefused(
            said("%(receipt)s is %(state)s already", receipt=receipt, state=said(submission.state))
        )
    submission.parts.exclude(standing="accepted").update(standing=state)
    submission.state = state
    submission.reason = f"{actor.name}: {reason}"
    submission.save(update_fields=["state", "reason"])
    _note(submission, actor, state, reason.strip())


def refuse_unless_returned(receipt: str, record_type: str) -> Submission:
    """The submission that a new one of this record type puts right.

    Raises
    ------
    DecisionRefused
        When no submission with that receipt was returned, or it was of other records.
    """
    returned = find_submission(receipt)
    if returned.state != Submission.RETURNED:
        raise DecisionRefused(
            said(
                "%(receipt)s is %(state)s; only a submission that was returned can be answered",
                receipt=receipt,
                state=said(returned.state),
            )
        )
    if returned.record_type != record_type:
        raise DecisionRefused(
            said(
                "%(receipt)s brought records of the type %(type)s, this brings %(other)s",
                receipt=receipt,
                type=returned.record_type,
                other=record_type,
            )
        )
    return returned


def answer(submission: Submission, returned: Submission, actor: Actor) -> None:
    """Say that a submission puts right one that was returned."""
    with transaction.atomic():
        submission.answers = returned.receipt
        submission.save(update_fields=["answers"])
        _note(returned, actor, "answered", submission.receipt)


@transaction.atomic
def approve_held(receipt: str, actor: Actor) -> JournalEntry | None:
    """Consent to changes that lower caution; with the second consent they are decided."""
    journal.lock_head()
    submission = find_submission(receipt)
    held = submission.parts.filter(standing="held").order_by("ordinal")
    if not held.exists():
        raise DecisionRefused(
            said("%(receipt)s holds nothing back for a second person", receipt=receipt)
        )
    against = independence.reasons_against_held(submission, actor)
    if against:
        raise DecisionRefused(against[0])
    _refuse_if_stale(submission, "held")
    deciders = consent.give(_held_proposal(submission, "held"), "held_changes", actor)
    if len(deciders) < consent.PEOPLE_NEEDED:
        _note(submission, actor, "consented")
        return None
    return accept(submission, actor, standing="held", deciders=deciders)


def consents_to(submission: Submission) -> list[str]:
    """Names of those who have consented to what a submission holds back."""
    return consent.given(_held_proposal(submission, "held", "accepted"))


def standing_consents(submission: Submission) -> list[str]:
    """Names of those who have consented to what a submission still holds back, the first one
    first; somebody whose account was shut or whose role ended since counts no longer."""
    proposal = _held_proposal(submission, "held")
    return consent.standing([proposal])[proposal]


def _held_proposal(submission: Submission, *standings: str) -> str:
    """Hash of exactly what is consented to; of an act also the ground that it is about."""
    parts = submission.parts.filter(standing__in=standings).order_by("ordinal")
    proposal = list(parts.values_list("part_id", flat=True))
    act = acts.of(submission)
    if act is not None:
        proposal.append(act["ground"])
    return canonical.sha256(canonical.dumps(proposal))


def _refuse_if_ground_changed(submission: Submission, act: dict[str, Any]) -> None:
    """An act is about what hazards hold open; once that has changed it has to be looked at anew."""
    until = None if act["on"] is None else date.fromisoformat(act["on"])
    if ground.fingerprint(act["hazards"], until) != act["ground"]:
        raise DecisionRefused(
            said(
                "%(receipt)s: what the hazard holds open has changed since this was proposed; "
                "reject it and propose it anew",
                receipt=submission.receipt,
            )
        )


def _refuse_if_stale(submission: Submission, standing: str) -> None:
    """A proposal was a difference from a state; once the state has moved on it is void."""
    act = acts.of(submission)
    if act is not None:
        _refuse_if_ground_changed(submission, act)
        _refuse_if_claim_decided(submission, standing)
    model = RECORDS[submission.record_type]
    links = submission.parts.filter(
        standing=standing, part__kind=f"records/{submission.record_type}"
    )
    for link in links.order_by("ordinal").select_related("part"):
        lines = journal.lines_of(bytes(link.part.body))
        current: dict[str, str] = {}
        for some in bulk.in_chunks([line["uid"] for line in lines]):
            current |= dict(model.objects.filter(uid__in=some).values_list("uid", "content"))
        for line in lines:
            if current.get(line["uid"]) != line.get("was"):
                where = f"{submission.receipt}{_row(line)}"
                raise DecisionRefused(_changed_since(submission, act, where))
            # One decision may make a record and change it.
            current[line["uid"]] = line["content"]


def _changed_since(submission: Submission, act: dict[str, Any] | None, where: str) -> str:
    """Say that a difference is from a state that is past, and how to see it anew."""
    if act is not None:
        return said(
            "%(where)s: the record has changed since this difference was shown; "
            "propose it again to see the difference anew",
            where=where,
        )
    if json.loads(submission.options).get("instance"):
        # A phone that sends its form again is given the old receipt.
        return said(
            "%(where)s: the record has changed since this difference was shown; "
            "'landrelease form take %(receipt)s' compares the form anew",
            where=where,
            receipt=submission.receipt,
        )
    return said(
        "%(where)s: the record has changed since this difference was shown; "
        "import the file again to see the difference anew",
        where=where,
    )


def stale(submission: Submission) -> bool:
    """Whether what is open of a submission is a difference from a state that is past."""
    try:
        for standing in ("proposed", "held"):
            _refuse_if_stale(submission, standing)
    except DecisionRefused:
        return True
    return False


def _refuse_if_claim_decided(submission: Submission, standing: str) -> None:
    """A decision on a claim is about the state that it then is in."""
    for link in submission.parts.filter(standing=standing, part__kind="claims"):
        for line in journal.lines_of(bytes(link.part.body)):
            decided = ClaimDecision.objects.filter(claim_id=line["claim"])
            last = decided.order_by("-id").values_list("seq", flat=True).first()
            if last != line.get("after"):
                raise DecisionRefused(
                    said(
                        "%(receipt)s: claim %(claim)s was decided since (journal entry %(seq)s); "
                        "look at it again: landrelease evidence decisions",
                        receipt=submission.receipt,
                        claim=line["claim"],
                        seq=last,
                    )
                )


def _row(line: dict[str, Any]) -> str:
    return "" if line.get("row") is None else f", row {line['row']}"


def find_submission(receipt: str) -> Submission:
    """The submission with a receipt."""
    try:
        return Submission.objects.get(receipt=receipt)
    except Submission.DoesNotExist:
        raise DecisionRefused(
            said("no submission has the receipt %(receipt)s", receipt=repr(receipt))
        ) from None
