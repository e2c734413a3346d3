"""Claims of reports, and what people decide about them.

A claim can at most become evidence on a hazard or an indication without area (rule 20). Which
claims a caller reads, and in which words, is asked where the pages ask it
(:mod:`landrelease.register.evidence_access`, :mod:`landrelease.register.shown_evidence`): a claim
that they may not read is not there, in no list, count, page or answer.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any, Literal

from django.http import Http404, HttpRequest
from ninja import Path, Query, Router, Schema
from pydantic import Field

from landrelease.register import claim_decisions, codes, corroborated, document_tier, shown_evidence
from landrelease.register.evidence_access import RESTRICTED, Reading
from landrelease.register.models import Claim

from .. import claims as pages_of_claims
from . import callers, layers
from .problems import Problem, not_found

router = Router(tags=["Claims"])

_PAGE = 100
Id = Path(..., min_length=1, max_length=80, description="Id of the claim.")
Class = Literal[tuple(codes.CLASSES)]  # type: ignore[valid-type]


class ClaimOut(Schema):
    """A claim: who says what, in which words, and what was decided about it."""

    id: str
    document: str | None = Field(description="Reference of the report it stands in.")
    restricted: bool = Field(description="Whether only the restricted tier reads it.")
    claim: dict[str, Any] = Field(
        description="The claim as the extraction gives it; below the restricted tier private "
        "persons have a pseudonym in all of its words, the same one throughout a report."
    )
    decision: dict[str, Any] = Field(
        description="What became of it; below the restricted tier without the reason, the evidence "
        "item and hazards that only the restricted tier reads."
    )


class ClaimList(Schema):
    """Some of the claims that the caller reads; nothing tells of others."""

    claims: list[ClaimOut]
    matched: int = Field(description="How many the whole list has, of those the caller reads.")
    partial: bool = Field(
        description="Whether there may be others; it hangs on the caller's roles alone."
    )
    notice: str
    next_after: str | None = Field(description="Give it as after for the next page.")


class ClaimDecisionIn(Schema):
    """What a person decides about a claim."""

    act: Literal["accept", "reject", "withdraw"]
    reason: str = Field("", max_length=2_000, description="Needed to reject and to withdraw.")
    hazard: str | None = Field(
        None, max_length=30, description="To accept: the hazard it is evidence on (HA-12)."
    )
    indication: bool = Field(False, description="To accept: as an indication without area.")
    reliability: Literal["A", "B", "C", "D", "E", "F"] = Field(
        "F", description="Of the source; F: cannot be judged."
    )
    credibility: Literal["1", "2", "3", "4", "5", "6"] = Field(
        "6", description="Of the information; 6: cannot be judged."
    )
    classes: list[Class] | None = None
    restricted: bool = False


class ClaimOutcome(Schema):
    receipt: str | None
    state: str
    standing: str = Field(description="decided, consented or handed_in: others decide, too.")
    entry: int | None
    evidence_ref: str | None
    hazard_ref: str | None
    questions: list[str] = Field(description="Released land that is put in question by it.")


@router.get("", summary="Claims", response=ClaimList)
def listing(
    request: HttpRequest,
    after: str | None = Query(None, max_length=80, description="next_after of the page before."),
    document: int | None = Query(None, ge=1, lt=2**63, description="Only those of DOC-n."),
) -> dict[str, Any]:
    """Claims as last extracted that the caller reads, in the order of their ids.

    Reports lie in no organisation and no unit: a role for everywhere reads those of its tier, a
    narrower one none, and is told so (403).
    """
    caller = callers.of(request)
    reader = callers.require_evidence(caller, "the list of claims")
    rows = reader.claims().order_by("id")
    if document is not None:
        # Joined on the id of the report: one that is hidden has no claims here, as one that is not.
        rows = rows.filter(document_uid__in=reader.documents().filter(id=document).values("uid"))
    matched = rows.count()
    if after is not None:
        rows = rows.filter(id__gt=after)
    found = list(rows[: _PAGE + 1])
    return {
        "claims": _told(found[:_PAGE], reader),
        "matched": matched,
        "partial": not reader.whole,
        "notice": layers.notice(caller),
        "next_after": found[_PAGE - 1].id if len(found) > _PAGE else None,
    }


@router.get("/{claim}", summary="One claim", response=ClaimOut)
def one(request: HttpRequest, claim: str = Id) -> dict[str, Any]:
    """A claim with its words and what was decided about it, as the caller may read them."""
    reader = callers.require_evidence(callers.of(request), "a claim")
    return _told([_row(claim, reader)], reader)[0]


@router.get("/{claim}/decisions", summary="What was decided about a claim", response=dict[str, Any])
def decided(request: HttpRequest, claim: str = Id) -> dict[str, Any]:
    """The state of a claim."""
    reader = callers.require_evidence(callers.of(request), "a claim")
    return _told([_row(claim, reader)], reader)[0]["decision"]


@router.post("/{claim}/decisions", summary="Decide about a claim", response=ClaimOutcome)
def decide(request: HttpRequest, decision: ClaimDecisionIn, claim: str = Id) -> dict[str, Any]:
    """Accept, reject or withdraw a claim in one's own name.

    Withdrawing what keeps caution up is handed in for two people to decide (rule 4).
    """
    caller = callers.of(request)
    reader = callers.require_evidence(caller, "a claim")
    callers.require(caller, "review")
    if caller.actor is None:
        raise Problem(HTTPStatus.UNAUTHORIZED, "nobody has signed in", "Send a token, or sign in.")
    row = _row(claim, reader)
    match decision.act:
        case "accept":
            done = claim_decisions.accept(
                row.id,
                actor=caller.actor,
                hazard=decision.hazard,
                indication=decision.indication,
                reliability=decision.reliability,
                credibility=decision.credibility,
                classes=decision.classes,
                restricted=decision.restricted,
                reason=decision.reason,
            )
        case "reject":
            done = claim_decisions.reject(row.id, actor=caller.actor, reason=decision.reason)
        case "withdraw":
            done = claim_decisions.withdraw(row.id, actor=caller.actor, reason=decision.reason)
    told: dict[str, Any] = done.to_json()
    return told


def _row(claim: str, reader: Reading) -> Any:
    try:
        return pages_of_claims.row_of(claim, reader)
    except Http404:
        raise not_found(f"claim {claim[:80]!r}") from None


def _told(rows: list[Claim], reader: Reading) -> list[dict[str, Any]]:
    documents = corroborated.documents_of(row.document_uid for row in rows)
    of = {row.id: documents.get(row.document_uid) for row in rows}
    states = shown_evidence.decisions(reader, of)
    # Who reads below the restricted tier is given nothing that is restricted.
    beyond = document_tier.beyond("partner") if reader.tier == RESTRICTED else set()
    told = []
    for row in rows:
        body, document = json.loads(row.body), of[row.id]
        hidden = reader.tier == RESTRICTED and (document is None or document.uid in beyond)
        told.append(
            {
                "id": row.id,
                "document": document and document.ref,
                "restricted": bool(body.get("restricted")) or hidden,
                "claim": shown_evidence.body(reader, document, body),
                "decision": states[row.id].to_json(),
            }
        )
    return told
