"""From claim to register: people accept, reject and withdraw the claims that reports make.

A decision takes the one way in: its document is kept under a receipt, it becomes a journal entry
with the evidence item, at most an indication without area, and the claim as it was decided on. It
never releases land and never lowers caution; where the land of a hazard was released, accepted
evidence puts it in question in the same transaction (rule 6). Withdrawing evidence lowers caution
as long as something cautious rests on it, and then takes two people (rule 4): see
:func:`.claim_plans.keeps_caution_up`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from django.db import transaction

from . import (
    bulk,
    canonical,
    claim_dependents,
    claim_identity,
    claim_plans,
    decisions,
    journal,
    proposals,
    references,
    reviewing,
    roles,
    sealed_claims,
)
from .act_plans import Plan
from .claim_dependents import Dependent
from .errors import DecisionRefused, RegisterError
from .models import Claim, ClaimDecision, Document, Evidence, Hazard, Question, Submission
from .people import Actor
from .said import joined, said

PROPOSED, ACCEPTED, REJECTED, WITHDRAWN = "proposed", "accepted", "rejected", "withdrawn"


@dataclass(frozen=True)
class ClaimState:
    """What was decided about a claim.

    Attributes
    ----------
    claim
        Its id.
    state
        ``proposed`` (nobody has decided), ``accepted``, ``rejected`` or ``withdrawn``.
    decider, decided_at, reason
        Who decided it last, when (recorded time) and why.
    evidence_ref, hazard_ref
        The evidence item that it became and the hazard this is on; None without.
    indication
        Whether the hazard is an indication that was recorded with it.
    entry
        Journal entry of the decision.
    extractor
        What had extracted the claim that was decided on.
    words
        Its words, as they were decided on; empty without a decision.
    decided_on
        Id of the claim that was decided on where a newer version cut the words otherwise.
    found
        Whether the present extraction finds the claim.
    waiting
        Receipt of a withdrawal that waits for people.
    """

    claim: str
    state: str = PROPOSED
    decider: str = ""
    decided_at: str = ""
    reason: str = ""
    evidence_ref: str | None = None
    hazard_ref: str | None = None
    indication: bool = False
    entry: int | None = None
    extractor: str = ""
    words: str = ""
    decided_on: str = ""
    found: bool = True
    waiting: str = ""

    @property
    def told(self) -> str:
        """The state in one sentence."""
        if self.state == PROPOSED:
            return "proposed; nobody has decided"
        where = f" as {self.evidence_ref} on {self.hazard_ref}" if self.evidence_ref else ""
        why = f": {self.reason}" if self.reason else ""
        text = f"{self.state}{where} by {self.decider} (journal entry {self.entry}){why}"
        if not self.found:
            text += (
                f". Decided on a claim that the present extraction no longer finds: {self.words}"
            )
        elif self.decided_on:
            text += f". Decided on the words: {self.words}"
        if self.waiting:
            text += f". A withdrawal waits for people ({self.waiting})"
        return text

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass
class Outcome:
    """What came of a decision about a claim.

    Attributes
    ----------
    receipt, submission
        Receipt and number of the submission; None in a dry run.
    state
        State of the claim now; in a dry run what it would be.
    standing
        ``dry_run``, ``handed_in`` (people have yet to decide), ``consented`` (a second person is
        needed) or ``decided``.
    two_people
        Whether two people decide it.
    rests_on_it
        What rests on the evidence that is withdrawn.
    questions
        What is put in question by it: released land (rule 6).
    recorded
        In a dry run: the states of the records that would be written, by what they are.
    """

    receipt: str | None
    submission: int | None
    state: str
    evidence_ref: str | None
    hazard_ref: str | None
    standing: str = "decided"
    two_people: bool = False
    entry: int | None = None
    consents: list[str] = field(default_factory=list)
    rests_on_it: list[Dependent] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    recorded: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


# --- deciding ------------------------------------------------------------------------------------


def accept(
    claim_id: str,
    *,
    actor: Actor,
    hazard: str | None = None,
    indication: bool = False,
    reliability: str = "F",
    credibility: str = "6",
    classes: Sequence[str] | None = None,
    restricted: bool = False,
    reason: str = "",
) -> Outcome:
    """Accept a claim as an evidence item on a hazard, or as an indication without area.

    Parameters
    ----------
    claim_id
        Id of the claim, or the beginning of one.
    actor
        A signed-in person, or the account at the command line; for a claim of a model outside
        landrelease a signed-in person.
    hazard
        Short reference of the hazard that it is evidence for (``HA-12``).
    indication
        Record it as an indication instead: never a polygon, never a confirmed area (rule 20).
    reliability, credibility
        Of the source, ``A``–``F``, and of the information, ``1``–``6``: the person's judgement.
        ``F`` and ``6`` mean that they cannot be judged, not that they are false.
    classes
        Contamination classes that it speaks of; None where they are not recorded. Land released of
        one class is put in question only by what is, or may be, of that class.
    restricted
        Restrict the item (rule 22); a claim that is restricted is so whatever this says.
    reason
        Why, in words; may be empty.

    Returns
    -------
    Outcome

    Raises
    ------
    RegisterError
        When no claim, or more than one, is called so.
    DecisionRefused
        When it is accepted already, the hazard does not stand, a value is unknown, the kept text
        does not hold the words, or the actor may not decide it.
    """
    found, plan = _acceptance(
        claim_id, actor, hazard, indication, reliability, credibility, classes, restricted, reason
    )
    return _carry_out(plan, actor, found.id)


def preview_accept(
    claim_id: str,
    *,
    actor: Actor,
    hazard: str | None = None,
    indication: bool = False,
    reliability: str = "F",
    credibility: str = "6",
    classes: Sequence[str] | None = None,
    restricted: bool = False,
    reason: str = "",
) -> Outcome:
    """Show what :func:`accept` would record; nothing is kept or changed.

    Parameters and errors are those of :func:`accept`.
    """
    _, plan = _acceptance(
        claim_id, actor, hazard, indication, reliability, credibility, classes, restricted, reason
    )
    return _preview(plan, actor, ACCEPTED)


def reject(claim_id: str, *, actor: Actor, reason: str) -> Outcome:
    """Reject a claim: it stays in its report, and nothing of it enters the register.

    Raises
    ------
    RegisterError
        When no claim, or more than one, is called so.
    DecisionRefused
        When it stands accepted or rejected already, or no reason is given.
    """
    present = claim_identity.find(claim_id)
    found, last = _under_its_id(present)
    return _carry_out(claim_plans.rejection(found, last, reason), actor, present.id)


def withdraw(
    claim_id: str,
    *,
    actor: Actor,
    reason: str,
    submitter: Actor | None = None,
    dry_run: bool = False,
) -> Outcome:
    """Withdraw an accepted claim, or an evidence item by its reference; nothing is deleted.

    Parameters
    ----------
    claim_id
        Id of the claim, or the reference of an evidence item (``EV-3``).
    actor
        Who decides it where one person may. Where two people are needed, the actor hands it in
        and two others consent (``decisions.approve_held``).
    submitter
        Where two people are needed: who hands it in, so that the actor consents to it.
    dry_run
        Only show what rests on it and how it would be decided.

    Raises
    ------
    RegisterError
        When no claim or item is called so.
    DecisionRefused
        When it does not stand accepted, no reason is given, or the actor may not decide it.
    """
    evidence, last = _accepted(claim_id)
    plan = claim_plans.withdrawal(evidence, last, reason)
    rests = claim_dependents.of_evidence(evidence)
    if dry_run:
        outcome = _preview(plan, actor, WITHDRAWN)
        outcome.rests_on_it = rests
        return outcome
    outcome = _carry_out(
        plan, actor, None if last is None else last.claim_id, submitter, evidence=evidence
    )
    outcome.rests_on_it = rests
    return outcome


def rests_on(reference: str) -> list[Dependent]:
    """What rests on an accepted claim, or on an evidence item.

    Parameters
    ----------
    reference
        Id of the claim, or the short reference of the evidence item (``EV-3``).

    Returns
    -------
    list of Dependent
        Empty for a claim that never became evidence.

    Raises
    ------
    RegisterError
        When nothing is called so.
    """
    if _is_evidence(reference):
        return claim_dependents.of_evidence(references.by_ref(reference, "evidence"))
    last = _decision_called(reference)
    if last is None or not last.evidence_uid:
        return []
    return claim_dependents.of_evidence(Evidence.objects.get(uid=last.evidence_uid))


# --- looking up ----------------------------------------------------------------------------------


def state(claim_ids: Iterable[str]) -> dict[str, ClaimState]:
    """What was decided about claims.

    Parameters
    ----------
    claim_ids
        Ids of claims (``id`` of :func:`.documents.claims`).

    Returns
    -------
    dict
        State by id, every id that was asked for: ``proposed`` where nobody has decided.
    """
    wanted = list(dict.fromkeys(claim_ids))
    present: dict[str, str] = {}
    direct: dict[str, ClaimDecision] = {}
    for some in bulk.in_chunks(wanted):
        present |= dict(Claim.objects.filter(id__in=some).values_list("id", "document_uid"))
        rows = ClaimDecision.objects.filter(claim_id__in=some).order_by("id")
        direct |= {row.claim_id: row for row in rows}
    moved = claim_identity.carried(
        {uid for claim_id, uid in present.items() if claim_id not in direct}
    )
    decided = {
        claim_id: found
        for claim_id in wanted
        if (found := direct.get(claim_id) or moved.get(claim_id)) is not None
    }
    refs = _References(decided.values())
    waiting = _waiting()
    return {
        claim_id: _state(claim_id, decided.get(claim_id), claim_id in present, refs, waiting)
        for claim_id in wanted
    }


def decided() -> list[dict[str, Any]]:
    """Every claim that was decided on, with its last decision and the words it was taken on.

    Returns
    -------
    list of dict
        Attributes of :class:`ClaimState`, and ``document``, the reference of its report. ``claim``
        is the claim that was decided on, ``now`` the one of today that goes on for it; both are one
        where nothing moved, and ``now`` is empty where the present extraction finds none.
    """
    latest: dict[str, ClaimDecision] = {
        row.claim_id: row for row in ClaimDecision.objects.order_by("id").iterator()
    }
    present: set[str] = set()
    for some in bulk.in_chunks(sorted(latest)):
        present |= set(Claim.objects.filter(id__in=some).values_list("id", flat=True))
    moved = {
        decision.claim_id: claim_id
        for claim_id, decision in claim_identity.carried(
            {row.document_uid for row in latest.values()}
        ).items()
    }
    refs, waiting = _References(latest.values()), _waiting()
    rows = []
    for claim_id, decision in sorted(latest.items(), key=lambda pair: pair[1].id):
        now = claim_id if claim_id in present else moved.get(claim_id, "")
        told = _state(claim_id, decision, bool(now), refs, waiting)
        rows.append({"document": refs.document(decision), "now": now, **told.to_json()})
    return rows


def of_evidence(evidence: Any) -> ClaimDecision | None:
    """The last decision about the claim that an evidence item came from; None without one."""
    return ClaimDecision.objects.filter(evidence_uid=evidence.uid).order_by("-id").first()


class _References:
    """Short references of the records that decisions name."""

    def __init__(self, rows: Iterable[ClaimDecision]) -> None:
        rows = list(rows)
        self._refs: dict[str, str] = {}
        self._withdrawn: set[str] = set()
        for model, columns, uids in (
            (Evidence, ("id", "uid", "standing"), {row.evidence_uid for row in rows}),
            (Hazard, ("id", "uid"), {row.hazard_uid for row in rows}),
            (Document, ("id", "uid"), {row.document_uid for row in rows}),
        ):
            for some in bulk.in_chunks(sorted(uids - {None})):
                for record in model.objects.filter(uid__in=some).only(*columns):
                    self._refs[record.uid] = record.ref
                    if "standing" in columns and record.standing:
                        self._withdrawn.add(record.uid)

    def state(self, decision: ClaimDecision) -> str:
        """State of a claim; also an item that a file withdrew is withdrawn."""
        gone = decision.state == ACCEPTED and decision.evidence_uid in self._withdrawn
        return WITHDRAWN if gone else decision.state

    def evidence(self, decision: ClaimDecision) -> str | None:
        return self._refs.get(decision.evidence_uid or "")

    def hazard(self, decision: ClaimDecision) -> str | None:
        return self._refs.get(decision.hazard_uid or "")

    def document(self, decision: ClaimDecision) -> str:
        return self._refs.get(decision.document_uid, "")


def _state(
    claim_id: str,
    decision: ClaimDecision | None,
    found: bool,
    refs: _References,
    waiting: dict[str, str],
) -> ClaimState:
    if decision is None:
        return ClaimState(claim_id, found=found)
    return ClaimState(
        claim=claim_id,
        state=refs.state(decision),
        decider=" and ".join(decision.deciders.split("|")),
        decided_at=decision.decided_at,
        reason=decision.reason,
        evidence_ref=refs.evidence(decision),
        hazard_ref=refs.hazard(decision),
        indication=decision.indication,
        entry=decision.seq,
        extractor=decision.extractor,
        words=str(sealed_claims.opened(canonical.loads(decision.body))["content"]["text"]),
        decided_on="" if decision.claim_id == claim_id else decision.claim_id,
        found=found,
        waiting=waiting.get(decision.claim_id, ""),
    )


def _waiting() -> dict[str, str]:
    """Receipts of withdrawals that people have yet to decide, by claim."""
    rows = Submission.objects.filter(
        record_type="evidence", state=Submission.CHECKED, options__contains="withdraw_claim"
    )
    described = (
        (json.loads(options).get("act", {}), receipt)
        for options, receipt in rows.order_by("id").values_list("options", "receipt")
    )
    return {act["claim"]: receipt for act, receipt in described if act.get("claim")}


def _last(claim_id: str) -> ClaimDecision | None:
    """The last decision about a claim, under this id or the one it was decided on under."""
    direct = claim_plans.last_decision(claim_id)
    if direct is not None:
        return direct
    uid = Claim.objects.filter(id=claim_id).values_list("document_uid", flat=True).first()
    return None if uid is None else claim_identity.carried([uid]).get(claim_id)


def _under_its_id(
    found: claim_identity.Found,
) -> tuple[claim_identity.Found, ClaimDecision | None]:
    """A claim under the id that people decided on first: it keeps it when it is cut anew."""
    last = _last(found.id)
    return (found if last is None else replace(found, id=last.claim_id)), last


def _decision_called(reference: str) -> ClaimDecision | None:
    """The last decision on a claim, whether or not it is still found."""
    wanted = reference.strip()
    direct = claim_plans.last_decision(wanted)
    if direct is not None:
        return direct
    if len(wanted) >= claim_identity.SHORTEST:
        rows = ClaimDecision.objects.filter(claim_id__startswith=wanted)
        ids = set(rows.values_list("claim_id", flat=True))
        if len(ids) == 1:
            return claim_plans.last_decision(ids.pop())
    return _last(claim_identity.find(wanted).id)


def _is_evidence(reference: str) -> bool:
    return reference.strip().startswith(f"{Evidence.schema.prefix}-")


def _accepted(reference: str) -> tuple[Any, ClaimDecision | None]:
    """The evidence item to be withdrawn, and the decision by which its claim was accepted."""
    if _is_evidence(reference):
        evidence = references.by_ref(reference, "evidence")
        return evidence, of_evidence(evidence)
    last = _decision_called(reference)
    if last is None or last.state != ACCEPTED or not last.evidence_uid:
        stands = "proposed" if last is None else last.state
        raise DecisionRefused(
            f"claim {reference} is {stands}; only a claim that stands accepted can be withdrawn"
        )
    return Evidence.objects.get(uid=last.evidence_uid), last


# --- carrying out --------------------------------------------------------------------------------


def _acceptance(
    claim_id: str,
    actor: Actor,
    hazard: str | None,
    indication: bool,
    reliability: str,
    credibility: str,
    classes: Sequence[str] | None,
    restricted: bool,
    reason: str,
) -> tuple[claim_identity.Found, Plan]:
    found = claim_identity.find(claim_id)
    if found.extractor.startswith(claim_plans.OUTSIDE_MODEL) and not actor.authenticated:
        raise DecisionRefused(
            f"claim {found.id} was extracted by {found.extractor}: what a model outside proposes "
            "enters only through a person who signed in (--person NAME)"
        )
    slots = found.body.get("slots") or {}
    known, last = _under_its_id(found)
    plan = claim_plans.acceptance(
        known,
        last,
        hazard_ref=hazard,
        indication=indication,
        reliability=reliability,
        credibility=credibility,
        classes=classes,
        restricted=bool(restricted or found.body.get("restricted") or slots.get("restricted")),
        reason=reason,
    )
    return found, plan


def reasons_against(actor: Actor) -> list[str]:
    """Say why somebody may not decide about claims; empty where they may.

    A report lies in no organisation and no unit, so no narrower role reaches what it says.
    """
    if actor.grants is None:
        return []
    own = roles.with_role(actor.grants, *reviewing.REVIEWERS)
    if any(grant.everywhere for grant in own):
        return []
    if not own:
        return [
            said(
                "%(name)s may not decide about claims: none of their roles is reviewer or approver",
                name=actor.name,
            )
        ]
    return [
        said(
            "a report lies in no organisation and no administrative unit: about its claims decides "
            "who reviews everywhere"
        )
    ]


def _carry_out(
    plan: Plan,
    actor: Actor,
    claim_id: str | None,
    submitter: Actor | None = None,
    *,
    evidence: Any = None,
) -> Outcome:
    """Hand a plan in and decide it, as far as the actor may."""
    consents = not plan.two_people or submitter is not None
    if consents and (against := reasons_against(actor)):
        # Before anything is handed in: what is refused leaves nothing waiting.
        raise DecisionRefused(joined(against))
    _seal_persons(plan)
    done = proposals.propose(plan, actor, submitter=submitter, decide=consents)
    assert done.receipt is not None
    submission = decisions.find_submission(done.receipt)
    now = state([claim_id])[claim_id] if claim_id else None
    if evidence is not None:
        evidence.refresh_from_db()
    item = evidence.ref if evidence is not None else now and now.evidence_ref
    at = now.hazard_ref if now is not None else _hazard_ref(evidence)
    asked = [] if done.entry is None else Question.objects.filter(seq__gt=done.entry)
    return Outcome(
        receipt=done.receipt,
        submission=submission.id,
        state=now.state if now is not None else evidence.standing or ACCEPTED,
        evidence_ref=item or None,
        hazard_ref=at,
        standing=done.standing,
        two_people=plan.two_people,
        entry=done.entry,
        consents=done.consents,
        questions=[question.message for question in asked],
    )


def _seal_persons(plan: Plan) -> None:
    """Private persons whom a claim names go into no document and no journal in clear."""
    for line in plan.claims:
        document = Document.objects.get(uid=line["document"])
        line["body"] = sealed_claims.kept(line["body"], document)
        plan.document["claim"]["body"] = sealed_claims.described(line["body"])


def _hazard_ref(evidence: Any) -> str | None:
    found = Hazard.objects.filter(uid=evidence.hazard_uid or "").first()
    return None if found is None else str(found.ref)


def _preview(plan: Plan, actor: Actor, state_after: str) -> Outcome:
    """Decide a plan in a transaction that is then taken back."""
    with transaction.atomic():
        journal.lock_head()
        parts = [journal.keep(part) for part in proposals.parts_of(plan)]
        entry = decisions.enter_act(parts, actor, [actor], {"act": plan.act})
        asked = [q.message for q in Question.objects.filter(seq__gt=entry.seq).order_by("id")]
        transaction.set_rollback(True)
    written = {
        name: [canonical.loads(line)["state"] for line in lines]
        for name, lines in (("evidence", plan.evidence_records), ("hazard", plan.records))
        if lines
    }
    named = plan.document.get("hazard")
    return Outcome(
        receipt=None,
        submission=None,
        state=state_after,
        evidence_ref=None,
        hazard_ref=named["ref"] if named else None,
        standing="dry_run",
        two_people=plan.two_people,
        questions=asked,
        recorded=written,
    )


__all__ = [
    "ClaimState",
    "DecisionRefused",
    "Dependent",
    "Outcome",
    "RegisterError",
    "accept",
    "decided",
    "of_evidence",
    "preview_accept",
    "reject",
    "rests_on",
    "state",
    "withdraw",
]
