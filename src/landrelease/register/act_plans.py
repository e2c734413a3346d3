"""An act on a hazard as it would be written, on what it rests, and from which day it holds.

What every act asks first: is the hazard still there, is there evidence (rule 4), does the day come
after all that is known of it?
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from . import acts, clock, ground, references
from .assemble import Finding
from .errors import DecisionRefused
from .models import Activity, Document, Evidence, HazardPast, Release


@dataclass
class Basis:
    """Why an act is done, and on what evidence (rule 4).

    Attributes
    ----------
    reason
        In words.
    evidence
        Short references of evidence items, documents, accidents or ordnance items.
    on
        Day from which it holds on the ground; None for the latest date of the evidence, or today
        where the act is about records rather than evidence.
    """

    reason: str
    evidence: Sequence[str] = ()
    on: date | None = None


@dataclass
class Plan:
    """An act as it would be written.

    Attributes
    ----------
    act
        ``void``, ``merge``, ``split``, ``reclassify``, ``extend``, ``reopen``, ``dismiss``; of a
        claim ``accept_claim``, ``reject_claim``, ``withdraw_claim``.
    title
        What it does, in a few words, as the name of the document that is kept.
    document
        What is kept as received, plain JSON.
    hazards
        Ids of the hazards that it is about.
    evidence
        Ids of the records it rests on.
    on
        Day on which it takes effect.
    records
        Journal lines of ``records/hazard``.
    evidence_records
        Journal lines of ``records/evidence``.
    acts, resolved, claims
        Journal lines of these kinds; the names of who decides are written in with the decision.
    two_people
        Whether it lowers caution and takes two people (rules 4 and 14).
    findings
        What the checks found in the polygons of a file.
    """

    act: str
    title: str
    document: dict[str, Any]
    hazards: list[str]
    evidence: list[str]
    on: date | None
    records: list[bytes] = field(default_factory=list)
    acts: list[dict[str, Any]] = field(default_factory=list)
    resolved: list[dict[str, Any]] = field(default_factory=list)
    two_people: bool = True
    findings: list[Finding] = field(default_factory=list)
    #: Kept files that belong to the document, by hash.
    attached: dict[str, bytes] = field(default_factory=dict)
    #: Type of the records that the submission is about.
    record_type: str = "hazard"
    evidence_records: list[bytes] = field(default_factory=list)
    claims: list[dict[str, Any]] = field(default_factory=list)


def standing_hazard(ref: str) -> Any:
    """The hazard with a short reference.

    Raises
    ------
    DecisionRefused
        When none is called so, or it was voided, merged or split; says what became of it.
    """
    hazard = references.by_ref(ref, "hazard")
    if acts.withdrawn(hazard):
        end = acts.ended(hazard)
        raise DecisionRefused(f"{hazard.ref} {acts.told(end) if end else 'was withdrawn'}")
    return hazard


def measured_hazard(ref: str) -> Any:
    hazard = standing_hazard(ref)
    if hazard.area_mm2 is None:
        raise DecisionRefused(f"{hazard.ref} has no measured boundary")
    return hazard


def today() -> date:
    return date.fromisoformat(clock.now()[:10])


def day_of(on: date | None) -> dict[str, str] | None:
    return None if on is None else {"start": on.isoformat(), "end": on.isoformat()}


#: What an act may rest on.
_EVIDENCE_TYPES = ("evidence", "document", "accident", "ordnance")


def evidence_of(basis: Basis, *, lowers: bool) -> list[tuple[str, Any]]:
    """The records an act rests on, by id."""
    if not basis.reason.strip():
        raise DecisionRefused("an act on a hazard needs a reason")
    found = [references.by_ref(ref, *_EVIDENCE_TYPES) for ref in dict.fromkeys(basis.evidence)]
    for record in found:
        if getattr(record, "standing", None) == "withdrawn":
            raise DecisionRefused(f"{record.ref} was withdrawn and is evidence of nothing any more")
    if lowers and not found:
        raise DecisionRefused(
            "this lowers caution and needs evidence as a release does (rule 4): name evidence "
            "items or documents, --evidence EV-1 --evidence DOC-2"
        )
    if lowers and all(_is_press(record) for record in found):
        raise DecisionRefused(
            "a press or social-media claim, or any claim out of a report, is never evidence for "
            "lowering caution (rule 20): "
            "name a survey, a record or a decision"
        )
    return [(record.uid, record) for record in found]


def _is_press(record: Any) -> bool:
    if isinstance(record, Document):
        return bool(record.kind == "news")
    if isinstance(record, Evidence):
        return bool(
            record.kind == "press_or_social_media" or record.channel == "media" or record.claim
        )
    return False


def plan_of(
    act: str,
    title: str,
    hazards: Sequence[Any],
    basis: Basis,
    evidence: list[tuple[str, Any]],
    on: date | None = None,
) -> Plan:
    days = [_information_day(record) for _, record in evidence]
    known = [day for day in days if day is not None]
    on = on or basis.on or max(known, default=today())
    if on > today():
        raise DecisionRefused(f"{on} has not come yet: an act takes effect on a day that has")
    document = {
        "act": act,
        "evidence": [record.ref for _, record in evidence],
        # With the state in it a proposal is one about a known state, and no other.
        "hazards": [{"ref": h.ref, "state": h.content} for h in hazards],
        "on": None if basis.on is None else basis.on.isoformat(),
        "reason": basis.reason.strip(),
    }
    return Plan(
        act, title, document, [h.uid for h in hazards], [uid for uid, _ in evidence], on
    )  # fmt: skip


def _information_day(record: Any) -> date | None:
    for name in ("date_end", "date_start", "published_end"):
        day = getattr(record, name, None)
        if day is not None:
            return min(day, today())
    return None


def refuse_before_information(hazard: Any, on: date | None) -> None:
    """A version that were dated before the present one would replace it altogether."""
    latest = _latest_version_day(hazard)
    if on is not None and latest is not None and on < latest:
        raise DecisionRefused(
            f"{hazard.ref} has information of {latest}, later than {on}: say from which day on "
            "this holds (--on)"
        )


def refuse_before_anything_later(hazards: Sequence[Any], on: date | None) -> None:
    """What moved land after the day of a withdrawal would find none to move."""
    for hazard in hazards:
        refuse_before_information(hazard, on)
        activities = Release.objects.filter(hazard_uid=hazard.uid).values("activity_uid")
        later = (
            Activity.objects.filter(uid__in=activities, date_end__gt=on).order_by("-date_end")
            if on
            else Activity.objects.none()
        )
        for activity in later[:1]:
            raise DecisionRefused(
                f"land of {hazard.ref} was released by {activity.ref} on {activity.date_end}, "
                f"later than {on}: say from which later day on this holds (--on)"
            )


def _latest_version_day(hazard: Any) -> date | None:
    of_acts = [act.on for act in acts.of_hazard(hazard) if act.version is not None]
    past = HazardPast.objects.filter(uid=hazard.uid).values_list("date_start", flat=True)
    days = [day for day in (*of_acts, *past, hazard.date_start) if day is not None]
    return max(days, default=None)


def refuse_if_classes_differ(hazard: Any, held: ground.Open) -> None:
    if held.classes_differ:
        raise DecisionRefused(
            f"{hazard.ref} is open for some classes on one part of its ground and for others on "
            "another: split it along the ground that was released first"
        )
