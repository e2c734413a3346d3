"""Handing in an act on a hazard, seeing what it would move, and deciding it.

An act takes the one way in: its document is kept as received, under a receipt; its lines stand as
the parts of a submission, held where two people are needed; the decision is a journal entry, and
the ledger is posted after it in the same transaction.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import transaction

from landrelease.land import accounts

from . import canonical, decisions, ground, journal, kept, submissions
from .act_plans import Plan
from .models import (
    JournalEntry,
    LedgerDiscrepancy,
    LedgerLine,
    Submission,
    SubmissionPart,
)
from .people import Actor
from .schema import RECORD_TYPES


@dataclass
class Effect:
    """What an act moves.

    Attributes
    ----------
    ground
        Change of each account, ground counted once, mm2; the changes sum to zero.
    claims
        The same in the claims of the hazards, each for itself.
    by_kind
        Area that lines of a kind move, mm2; lines that the act replaces are taken off.
    discrepancies
        What the ledger will list as not adding up.
    """

    ground: dict[str, int] = field(default_factory=dict)
    claims: dict[str, int] = field(default_factory=dict)
    by_kind: dict[str, int] = field(default_factory=dict)
    discrepancies: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        return {
            "by_kind_mm2": {name: str(mm2) for name, mm2 in self.by_kind.items()},
            "claims_mm2": {name: str(mm2) for name, mm2 in self.claims.items()},
            "discrepancies": self.discrepancies,
            "ground_mm2": {name: str(mm2) for name, mm2 in self.ground.items()},
        }


@dataclass
class Outcome:
    """What came of an act that was proposed.

    Attributes
    ----------
    receipt
        Of the submission; None in a dry run.
    standing
        ``dry_run``, ``handed_in`` (nobody has consented), ``consented`` (a second person is
        needed), or ``decided``.
    two_people
        Whether two people decide it.
    """

    title: str
    standing: str
    effect: Effect
    two_people: bool
    on: str | None
    receipt: str | None = None
    entry: int | None = None
    consents: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        return {
            "act": self.title,
            "consents": self.consents,
            "effect": self.effect.to_json(),
            "entry": self.entry,
            "on": self.on,
            "receipt": self.receipt,
            "standing": self.standing,
            "two_people": self.two_people,
        }


def preview(plan: Plan, actor: Actor) -> Effect:
    """What a plan would move: it is decided in a transaction that is then taken back."""
    with transaction.atomic():
        journal.lock_head()
        entry = decisions.enter_act(
            [journal.keep(part) for part in parts_of(plan)], actor, [actor], {"act": plan.act}
        )
        effect = effect_of(entry)
        transaction.set_rollback(True)
    return effect


def effect_of(entry: JournalEntry) -> Effect:
    """What the postings that followed a decision have moved."""
    moved: dict[str, Counter[str]] = {name: Counter() for name in ("ground", "claim", "kind")}
    lines = LedgerLine.objects.filter(seq__gt=entry.seq) | LedgerLine.objects.filter(
        retired_seq__gt=entry.seq
    )
    for line in lines.order_by("id"):
        if not line.scopes & accounts.SCOPE_BIT["any"]:
            continue
        sign = (line.seq > entry.seq) - (
            line.retired_seq is not None and line.retired_seq > entry.seq
        )
        moved["kind"][line.kind] += sign * line.mm2
        for side in ("ground", "claim"):
            moved[side][getattr(line, f"{side}_from")] -= sign * line.mm2
            moved[side][getattr(line, f"{side}_to")] += sign * line.mm2
    found = LedgerDiscrepancy.objects.filter(seq__gt=entry.seq, retired_seq__isnull=True)
    before = Counter(
        LedgerDiscrepancy.objects.filter(
            seq__lte=entry.seq, retired_seq__gt=entry.seq
        ).values_list("message", "mm2")
    )  # fmt: skip
    after = Counter(found.order_by("id").values_list("message", "mm2"))
    return Effect(
        ground=_ordered(moved["ground"]),
        claims=_ordered(moved["claim"]),
        by_kind={name: mm2 for name, mm2 in sorted(moved["kind"].items()) if mm2},
        discrepancies=[message for message, _ in (after - before).elements()],
    )


def _ordered(moved: Counter[str]) -> dict[str, int]:
    return {name: moved[name] for name in accounts.ACCOUNTS if moved[name]}


def propose(
    plan: Plan, actor: Actor, *, submitter: Actor | None = None, decide: bool = True
) -> Outcome:
    """Hand an act in and, where asked, consent to it.

    Parameters
    ----------
    plan
        As prepared by :mod:`.hazard_acts`.
    actor
        Who consents to it, or decides it where one person may.
    submitter
        Who hands it in, the actor by default. Whoever hands in what lowers caution may not decide
        it (rule 14). An act that stands handed in already, word for word and about the same state,
        is not handed in again.
    decide
        Whether the actor consents; otherwise it is only handed in.

    Raises
    ------
    DecisionRefused
        When the actor may not decide it; it stays handed in.
    """
    effect = preview(plan, actor)
    submission = _standing(plan) or hand_in(plan, submitter or actor, effect)
    outcome = Outcome(
        plan.title,
        "handed_in",
        effect,
        plan.two_people,
        None if plan.on is None else plan.on.isoformat(),
        receipt=submission.receipt,
    )
    if not decide:
        return outcome
    if plan.two_people:
        entry = decisions.approve_held(submission.receipt, actor)
        # While it waits, a consent of somebody who lost the role since counts no longer.
        told = decisions.standing_consents if entry is None else decisions.consents_to
        outcome.consents = told(submission)
    else:
        entry = decisions.accept_submission(submission.receipt, actor)
    outcome.standing = "consented" if entry is None else "decided"
    outcome.entry = None if entry is None else entry.seq
    return outcome


def dry_run(plan: Plan, actor: Actor) -> Outcome:
    """What an act would move; nothing is kept or changed."""
    on = None if plan.on is None else plan.on.isoformat()
    return Outcome(plan.title, "dry_run", preview(plan, actor), plan.two_people, on)


def hand_in(plan: Plan, submitter: Actor, effect: Effect | None = None) -> Submission:
    """Keep the document of an act and give a receipt; people decide it later.

    Parameters
    ----------
    effect
        What it would move, if it is known already.
    """
    document = _document(plan)
    delivery = submissions.Delivery(
        record_type=RECORD_TYPES[plan.record_type],
        path=Path(f"{plan.title}.json"),
        source=submitter.name,
        namespace="",
        layer="",
        batches=(),
        options={
            "act": {
                "act": plan.act,
                "activity": plan.document.get("activity", ""),
                "claim": plan.document.get("claim", {}).get("id", ""),
                "evidence": plan.evidence,
                "ground": plan.document["ground"],
                "hazards": plan.hazards,
                "on": None if plan.on is None else plan.on.isoformat(),
                "reason": plan.document["reason"],
                "title": plan.title,
                "two_people": plan.two_people,
            }
        },
    )
    for data in plan.attached.values():
        kept.keep_bytes(data)
    submission = submissions.receive(delivery, submitter, document)
    with transaction.atomic():
        standing = "held" if plan.two_people else "proposed"
        for ordinal, part in enumerate(parts_of(plan)):
            SubmissionPart.objects.create(
                submission=submission, ordinal=ordinal, standing=standing, part=journal.keep(part)
            )
        submissions.keep_findings(submission, plan.findings)
        submission.state = Submission.CHECKED
        submission.summary = json.dumps(
            {"counts": {}, "effect": (effect or preview(plan, submitter)).to_json()}, sort_keys=True
        )
        submission.save()
    return submission


def _document(plan: Plan) -> bytes:
    """The document of an act: with the ground it is about, so that it is never taken for another
    one about ground that has changed since."""
    if "ground" not in plan.document:
        plan.document["ground"] = ground.fingerprint(plan.hazards, plan.on)
    return canonical.dumps(plan.document)


def _standing(plan: Plan) -> Submission | None:
    """The submission that proposes exactly this and waits for a decision."""
    return Submission.objects.filter(
        sha256=canonical.sha256(_document(plan)),
        record_type=plan.record_type,
        state=Submission.CHECKED,
    ).order_by("-id").first()  # fmt: skip


def parts_of(plan: Plan) -> list[journal.DraftPart]:
    """The journal parts that a plan would write, the names of its deciders left open."""
    parts = [
        *journal.split("records/hazard", plan.records),
        *journal.split("records/evidence", plan.evidence_records),
    ]
    for kind, lines in (
        ("acts", plan.acts), ("resolved", plan.resolved), ("claims", plan.claims)
    ):  # fmt: skip
        parts += journal.split(kind, [canonical.dumps(line) for line in lines])
    return parts
