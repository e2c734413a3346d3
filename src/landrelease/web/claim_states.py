"""What became of claims: proposed, accepted, rejected, withdrawn; by whom, when and why."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext

from landrelease.register import access, claim_decisions, shown_evidence
from landrelease.register.evidence_access import Reading
from landrelease.register.people import Actor

from . import claim_words, session


@dataclass(frozen=True)
class Reference:
    """A record that a decision names."""

    ref: str
    link: str


@dataclass(frozen=True)
class State:
    """What became of a claim.

    Attributes
    ----------
    code
        'proposed', 'accepted', 'rejected' or 'withdrawn'.
    decider, decided_at, reason
        Empty while nobody has decided.
    evidence, hazard
        The evidence item that it became and the hazardous area it is on, None where there is none.
    indication
        Whether that area is an indication without area, recorded with it.
    words
        The words that were decided on, where the extraction cuts them otherwise now.
    waiting
        Receipt of a withdrawal that waits for people.
    """

    code: str
    decider: str = ""
    decided_at: str = ""
    reason: str = ""
    evidence: Reference | None = None
    hazard: Reference | None = None
    indication: bool = False
    words: str = ""
    waiting: str = ""

    @property
    def said(self) -> str:
        """It in words."""
        return claim_words.word(claim_words.STATES, self.code)

    @property
    def acts(self) -> tuple[str, ...]:
        """What may be done next."""
        if self.waiting:
            return ()
        return {"accepted": ("withdraw",), "rejected": ("accept",)}.get(
            self.code, ("accept", "reject")
        )


PROPOSED = State("proposed")


@dataclass(frozen=True)
class Decider:
    """Who would decide, and what stands against it.

    Attributes
    ----------
    actor
        The signed-in person; None for everybody else.
    refusals
        Why they may not decide; empty when they may.
    """

    actor: Actor | None
    refusals: tuple[str, ...]

    @property
    def may(self) -> bool:
        """Whether they may decide."""
        return self.actor is not None and not self.refusals


def decider(request: HttpRequest) -> Decider:
    """Tell whether the person behind a request may decide about claims."""
    caller = session.caller(request)
    if caller.actor is None or not caller.authenticated:
        return Decider(None, (gettext("Sign in to decide."),))
    allowed = access.may(caller, "review")
    against = claim_decisions.reasons_against(caller.actor) if allowed else allowed.reasons
    return Decider(caller.actor, tuple(against))


def states(documents: Mapping[str, Any], reader: Reading) -> dict[str, State]:
    """Say what became of claims, as a reader may know it.

    Parameters
    ----------
    documents
        Record of the report of each claim, by the id of the claim in the register.

    Returns
    -------
    dict
        State by id; a claim about which nobody has decided may be absent.
    """
    found = shown_evidence.decisions(reader, documents)
    return {id_: _state(one) for id_, one in found.items()}


def _state(one: claim_decisions.ClaimState) -> State:
    return State(
        one.state,
        one.decider,
        one.decided_at,
        one.reason,
        reference(one.evidence_ref, "evidence"),
        reference(one.hazard_ref, "hazards"),
        one.indication,
        one.words if one.decided_on else "",
        one.waiting,
    )


def reference(ref: str | None, plural: str) -> Reference | None:
    """A record by its reference, with its page; None without one."""
    if not ref:
        return None
    number = re.fullmatch(r"[A-Z]+-(\d+)", ref)
    return Reference(ref, reverse("record", args=[plural, int(number[1])]) if number else "")
