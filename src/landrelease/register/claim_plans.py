"""What a decision about a claim would write: an evidence item, at most an indication, the decision.

Nothing is written here; :mod:`.proposals` hands a plan in and lets people decide it. A claim
out of a report is never a polygon, never a confirmed or suspected area, and never evidence for
lowering caution (rule 20).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from . import act_plans, acts, canonical, codes, identity, sealed_claims, states
from .act_plans import Plan
from .claim_identity import Found, refusal_of_words
from .errors import DecisionRefused
from .models import ClaimDecision, Evidence, Hazard, Question

#: Namespace of the evidence items and indications that claims brought about.
NAMESPACE = "claims"

#: Kinds of document whose statements are no press: what they are is said by the document.
_NO_PRESS = ("report", "survey_form", "spreadsheet", "map")

#: What says that a claim was extracted by a model outside landrelease.
OUTSIDE_MODEL = "model:"


def last_decision(claim_id: str) -> ClaimDecision | None:
    """The decision that says in what state a claim is; None while nobody has decided."""
    return ClaimDecision.objects.filter(claim_id=claim_id).order_by("-id").first()


def stands(decision: ClaimDecision) -> bool:
    """Whether a claim stands accepted: its item may also have been withdrawn by a file that two
    people accepted."""
    items = Evidence.objects.filter(uid=decision.evidence_uid or "", standing__isnull=True)
    return decision.state == "accepted" and items.exists()


def acceptance(
    found: Found,
    last: ClaimDecision | None,
    *,
    hazard_ref: str | None,
    indication: bool,
    reliability: str,
    credibility: str,
    classes: Sequence[str] | None,
    restricted: bool,
    reason: str,
) -> Plan:
    """Plan the acceptance of a claim as an evidence item.

    Parameters
    ----------
    found
        The claim.
    last
        What was decided about it last.
    hazard_ref, indication
        The hazard it is evidence for; or that it is recorded as an indication without area.
    reliability, credibility
        ``A``–``F`` and ``1``–``6``, as the person judges them.
    classes
        Contamination classes; None where they are not recorded.

    Raises
    ------
    DecisionRefused
        When it is accepted already, the values are unknown, or the hazard does not stand.
    """
    _refuse_values(reliability, credibility, classes)
    if bool(hazard_ref) == indication:
        raise DecisionRefused(
            "an accepted claim is evidence for one hazard, or an indication without area: give "
            "either the hazard (--hazard HA-12) or --indication"
        )
    if last is not None and stands(last):
        raise DecisionRefused(
            f"claim {found.id} was accepted already by {_people(last)} (journal entry {last.seq}); "
            "withdraw it first if it belongs elsewhere"
        )
    problem = refusal_of_words(found)
    if problem:
        raise DecisionRefused(problem)
    key = _key(found.id)
    evidence_uid = identity.keyed("evidence", NAMESPACE, key)
    records: list[bytes] = []
    hazard = None
    if hazard_ref is not None:
        hazard = act_plans.standing_hazard(hazard_ref)
        hazard_uid, where = hazard.uid, f"evidence on {hazard.ref}"
    else:
        hazard_uid = identity.keyed("hazard", NAMESPACE, key)
        where = "an indication without area"
        records.append(new_record(hazard_uid, _indication(found, key, classes)))
    evidence = _evidence(found, key, hazard_uid, reliability, credibility, classes, restricted)
    plan = _plan("accept_claim", f"accept claim {found.id[:12]} as {where}", found, last, reason)
    plan.hazards = [] if hazard is None else [hazard.uid]
    plan.document |= {
        "classes": sorted(classes or ()),
        "credibility": credibility,
        "hazard": None if hazard is None else {"ref": hazard.ref, "state": hazard.content},
        "indication": indication,
        "reliability": reliability,
        "restricted": restricted,
    }
    plan.records = records
    plan.evidence_records = [new_record(evidence_uid, evidence)]
    plan.claims = [
        _claim_line(
            found, last, "accepted", reason, evidence_uid, hazard_uid, indication=indication
        )
    ]
    return plan


def rejection(found: Found, last: ClaimDecision | None, reason: str) -> Plan:
    """Plan the rejection of a claim: nothing is recorded of it but the decision.

    Raises
    ------
    DecisionRefused
        When it stands accepted or rejected, or no reason is given.
    """
    if not reason.strip():
        raise DecisionRefused("a rejection needs a reason that whoever reads it later can follow")
    if last is not None and stands(last):
        raise DecisionRefused(
            f"claim {found.id} stands accepted by {_people(last)} (journal entry {last.seq}); "
            "what was accepted is withdrawn, not rejected: landrelease evidence withdraw"
        )
    if last is not None and last.state == "rejected":
        raise DecisionRefused(
            f"claim {found.id} was rejected already by {_people(last)} (journal entry {last.seq})"
        )
    plan = _plan("reject_claim", f"reject claim {found.id[:12]}", found, last, reason)
    plan.claims = [_claim_line(found, last, "rejected", reason)]
    return plan


def withdrawal(evidence: Any, last: ClaimDecision | None, reason: str) -> Plan:
    """Plan the withdrawal of an evidence item, and of the claim it came from where it has one.

    Parameters
    ----------
    evidence
        Record of the evidence item.
    last
        The decision by which its claim was accepted; None for an item that came by a file.

    Raises
    ------
    DecisionRefused
        When it was withdrawn already, or no reason is given.
    """
    if not reason.strip():
        raise DecisionRefused("evidence is withdrawn for a reason, in words (--reason)")
    if evidence.standing == "withdrawn":
        raise DecisionRefused(f"{evidence.ref} was withdrawn already")
    changed = states.of_record(evidence) | {"standing": "withdrawn"}
    document: dict[str, Any] = {
        "act": "withdraw_claim",
        "evidence": [{"ref": evidence.ref, "state": evidence.content}],
        "reason": reason.strip(),
    }
    if last is not None:
        document |= _described(last.claim_id, canonical.loads(last.body), last)
    plan = Plan(
        "withdraw_claim",
        f"withdraw {evidence.ref}",
        document,
        [evidence.hazard_uid] if evidence.hazard_uid else [],
        [evidence.uid],
        None,
        two_people=keeps_caution_up(evidence),
        record_type="evidence",
    )
    plan.evidence_records = [_changed_record(evidence, changed)]
    if last is not None:
        plan.claims = [
            {
                "after": last.seq,
                "body": canonical.loads(last.body),
                "claim": last.claim_id,
                "deciders": [],
                "document": last.document_uid,
                "evidence": last.evidence_uid,
                "extractor": last.extractor,
                "hazard": last.hazard_uid,
                "indication": last.indication,
                "reason": reason.strip(),
                "span": [last.span_start, last.span_end],
                "state": "withdrawn",
                "text_sha256": last.text_sha256,
            }
        ]
    return plan


def keeps_caution_up(evidence: Any) -> bool:
    """Whether withdrawing an evidence item lowers caution, so that two people decide it (rule 4).

    It does as long as the hazard it is on stands, or one that this goes on in after a merge or a
    split; or a question that it raised about released land has not been decided.
    """
    if Question.objects.filter(cause_uid=evidence.uid, resolved_seq__isnull=True).exists():
        return True
    if not evidence.hazard_uid:
        return False
    family = acts.family([evidence.hazard_uid])
    hazards = Hazard.objects.filter(uid__in=sorted(family))
    return hazards.exclude(geometry_state__in=codes.WITHDRAWN).exists()


# --- what is written -----------------------------------------------------------------------------


def _plan(act: str, title: str, found: Found, last: ClaimDecision | None, reason: str) -> Plan:
    document = {"act": act, "reason": reason.strip(), **_described(found.id, found.body, last)}
    return Plan(
        act,
        title,
        document,
        [],
        [found.document.uid],
        None,
        two_people=False,
        record_type="evidence",
    )


def _described(claim_id: str, body: dict[str, Any], last: ClaimDecision | None) -> dict[str, Any]:
    """What the document of a decision says of the claim; with what was decided before, so that no
    two decisions on a claim are one document."""
    return {"claim": {"after": None if last is None else last.seq, "body": body, "id": claim_id}}


def _claim_line(
    found: Found,
    last: ClaimDecision | None,
    state: str,
    reason: str,
    evidence_uid: str | None = None,
    hazard_uid: str | None = None,
    *,
    indication: bool = False,
) -> dict[str, Any]:
    return {
        "after": None if last is None else last.seq,
        "body": found.body,
        "claim": found.id,
        "deciders": [],
        "document": found.document.uid,
        "evidence": evidence_uid,
        "extractor": found.extractor,
        "hazard": hazard_uid,
        "indication": indication,
        "reason": reason.strip(),
        "span": list(found.span),
        "state": state,
        "text_sha256": found.document.text_sha256 or "",
    }


def _evidence(
    found: Found,
    key: str,
    hazard_uid: str,
    reliability: str,
    credibility: str,
    classes: Sequence[str] | None,
    restricted: bool,
) -> dict[str, Any]:
    start, end = found.span
    press = found.document.kind not in _NO_PRESS
    return _without_nothing(
        {
            "channel": "media" if press else "records",
            "claim": found.id,
            "classes": sorted(set(classes)) if classes else None,
            "credibility": credibility,
            "date": _day_of_information(found),
            "document": {"uid": found.document.uid},
            "geometry_state": "missing",
            "hazard": {"uid": hazard_uid},
            "kind": "press_or_social_media" if press else "other",
            "namespace": NAMESPACE,
            "reliability": reliability,
            "reported": _published(found.document),
            "restricted": True if restricted else None,
            "source": found.document.ref,
            "source_id": key,
            "span_end": end,
            "span_start": start,
            "statement": sealed_claims.words(
                found.words, found.document, found.body.get("source") or {}
            ),
        }
    )


def _indication(found: Found, key: str, classes: Sequence[str] | None) -> dict[str, Any]:
    return _without_nothing(
        {
            "classes": sorted(set(classes)) if classes else None,
            "date": _day_of_information(found),
            "document": {"uid": found.document.uid},
            "geometry_state": "missing",
            "namespace": NAMESPACE,
            "source": found.document.ref,
            "source_id": key,
            "type": codes.INDICATION,
        }
    )


def _day_of_information(found: Found) -> dict[str, str] | None:
    """When it was said, as far as the report tells; otherwise when the report was published.

    Where neither is known it stays open, and the item may be later than any release."""
    time = found.body.get("time") or {}
    value = time.get("value")
    return interval(str(value)) if value else _published(found.document)


def interval(value: str) -> dict[str, str]:
    """First and last day of a day, a month or a year written in ISO 8601."""
    import calendar

    parts = value[:10].split("-")
    if len(parts) == 1:
        return {"end": f"{parts[0]}-12-31", "start": f"{parts[0]}-01-01"}
    if len(parts) == 2:
        last = calendar.monthrange(int(parts[0]), int(parts[1]))[1]
        return {"end": f"{value[:7]}-{last:02d}", "start": f"{value[:7]}-01"}
    return {"end": value[:10], "start": value[:10]}


def _published(document: Any) -> dict[str, str] | None:
    days = {"end": document.published_end, "start": document.published_start}
    known = {name: day.isoformat() for name, day in days.items() if day is not None}
    return known or None


def _key(claim_id: str) -> str:
    """Id at the source: the claim's; a claim accepted again after a withdrawal is a new item."""
    before = ClaimDecision.objects.filter(claim_id=claim_id, state="accepted").count()
    return claim_id if not before else f"{claim_id}/{before + 1}"


def _without_nothing(state: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in state.items() if value is not None}


def new_record(uid: str, state: dict[str, Any]) -> bytes:
    """Journal line of a record that a decision brings about."""
    content = states.content_hash(state)
    return canonical.dumps(
        {"content": content, "do": "create", "received": content, "state": state, "uid": uid}
    )


def _changed_record(record: Any, state: dict[str, Any]) -> bytes:
    return canonical.dumps(
        {
            "content": states.content_hash(state),
            "do": "update",
            "received": record.received,
            "state": state,
            "uid": record.uid,
            "was": record.content,
        }
    )


def _people(decision: ClaimDecision) -> str:
    return " and ".join(decision.deciders.split("|"))


def _refuse_values(reliability: str, credibility: str, classes: Sequence[str] | None) -> None:
    for name, value, known in (
        ("reliability", reliability, codes.RELIABILITY),
        ("credibility", credibility, codes.CREDIBILITY),
        *(("contamination class", value, codes.CLASSES) for value in classes or ()),
    ):
        if value not in known:
            told = ", ".join(f"{code} ({label})" for code, label in known.items())
            raise DecisionRefused(f"{value!r} is no {name}; there are: {told}")
