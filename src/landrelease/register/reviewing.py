"""Who may hand in records and who may review them: the roles that it takes, and how far they reach.

What needs a second person is in :mod:`.independence`.
"""

from __future__ import annotations

from . import journal, roles
from .errors import DecisionRefused
from .models import RECORDS, Part, Submission
from .people import Actor
from .said import said

#: Roles that may accept or reject what does not lower caution.
REVIEWERS = roles.ACTIONS["review"]


def refuse_unless_submitter(actor: Actor) -> None:
    """Who signed in, or shows a token, hands in records only with a role for it; who has the
    workspace at the command line has no roles and keeps it all.

    Raises
    ------
    DecisionRefused
        When the role is lacking.
    """
    if actor.grants is None or roles.with_role(actor.grants, *roles.ACTIONS["submit"]):
        return
    raise DecisionRefused(
        said(
            "%(name)s may not hand in records: it takes one of the roles %(roles)s",
            name=actor.name,
            roles=", ".join(roles.ACTIONS["submit"]),
        )
    )


def refuse_unless_reviewer(actor: Actor, submission: Submission, parts: list[Part]) -> None:
    against = _against_reviewing(actor, submission, parts)
    if against:
        raise DecisionRefused(against)


def reasons_against_review(submission: Submission, actor: Actor) -> list[str]:
    """All that keeps a person from accepting, returning or rejecting what is open of a submission.

    What it holds back takes two people: :func:`reasons_against_held`.
    """
    links = submission.parts.exclude(standing="accepted").select_related("part")
    against = _against_reviewing(actor, submission, [link.part for link in links])
    return [against] if against else []


def _against_reviewing(actor: Actor, submission: Submission, parts: list[Part]) -> str:
    """Who signed in accepts and rejects within their roles; who has the workspace at the command
    line has no roles and keeps it all."""
    if actor.grants is None:
        return ""
    own = roles.with_role(actor.grants, *REVIEWERS)
    if not own:
        return said(
            "%(name)s may not accept or reject submissions: none of their roles is reviewer or "
            "approver",
            name=actor.name,
        )
    if any(grant.everywhere for grant in own):
        return ""
    for part in parts:
        record_type = part.kind.removeprefix("records/")
        if record_type not in RECORDS:
            continue
        lines = journal.lines_of(bytes(part.body))
        # Both what a record is and what it would become have to lie within the role.
        known = set(
            RECORDS[record_type]
            .objects.filter(uid__in=[line["uid"] for line in lines])
            .values_list("uid", flat=True)
        )
        beyond = set(roles.outside(own, RECORDS[record_type], known)) | {
            line["uid"]
            for line in lines
            if not any(roles.covers_state(grant, record_type, line["state"]) for grant in own)
        }
        if beyond:
            return said(
                "%(receipt)s: %(number)s of its records lie outside the organisation or unit for "
                "which %(name)s reviews",
                receipt=submission.receipt,
                number=len(beyond),
                name=actor.name,
            )
    return ""
