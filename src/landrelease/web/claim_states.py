"""What became of claims: proposed, accepted, rejected, withdrawn; by whom, when and why."""

from __future__ import annotations

import importlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from landrelease.register import claim_decisions

from . import claim_words


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


def actor(request: HttpRequest) -> Any:
    """The signed-in person of a request; None for everybody else."""
    try:
        session = importlib.import_module("landrelease.web.session")
    except ModuleNotFoundError:
        return None
    return session.actor(request)


def states(rows: Sequence[str]) -> dict[str, State]:
    """Say what became of claims.

    Parameters
    ----------
    rows
        Ids of the claims in the register.

    Returns
    -------
    dict
        State by id; a claim about which nobody has decided may be absent.
    """
    found = claim_decisions.state(rows)
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
