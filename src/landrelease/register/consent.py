"""Consents of people to exactly one proposal, until enough of them were given (rule 14)."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

from . import bulk, clock, people
from .models import Approval
from .people import Actor
from .roles import Role

#: Rule 14.
PEOPLE_NEEDED = 2


def give(proposal: str, kind: str, actor: Actor) -> list[Actor]:
    """Consent to a proposal; whether somebody may is for the caller to ask first.

    Parameters
    ----------
    proposal
        Hash of exactly what is consented to.
    kind
        What it is about: a release, held changes.

    Returns
    -------
    list of Actor
        Those whose consent stands, this one's among them, the first one first.
    """
    given = Approval(
        proposal=proposal,
        username=actor.name,
        kind=kind,
        organisation=actor.organisation,
        given_at=clock.now(),
    )
    # A consent that was given already stays as it was given.
    Approval.objects.bulk_create([given], ignore_conflicts=True)
    return [
        Actor(name=a.username, organisation=a.organisation, authenticated=True, may_release=True)
        for a in _standing([proposal])
    ]


def given(proposal: str) -> list[str]:
    """Names of those who ever consented to a proposal, the first one first."""
    approvals = Approval.objects.filter(proposal=proposal).order_by("id")
    return list(approvals.values_list("username", flat=True))


def standing(proposals: Iterable[str]) -> dict[str, list[str]]:
    """Names of those whose consent to each proposal stands, the first one first.

    Somebody whose account was shut or whose role ended since counts no longer and is left out.
    """
    found: dict[str, list[str]] = {proposal: [] for proposal in proposals}
    for one in _standing(sorted(found)):
        found[one.proposal].append(one.username)
    return found


def _standing(proposals: list[str]) -> list[Approval]:
    approvals = list(bulk.instances(connection, Approval, "proposal", proposals))
    # Of somebody whose account was shut or whose role ended meanwhile: it counts for nothing.
    lapsed = people.without_role({one.username for one in approvals}, Role.approver)
    return sorted((one for one in approvals if one.username not in lapsed), key=lambda one: one.id)
