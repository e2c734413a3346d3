"""What rests on an evidence item: shown before it is withdrawn, and never changed by that."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from . import acts, journal
from .models import (
    RECORDS,
    Activity,
    ClaimDecision,
    Hazard,
    JournalEntry,
    LandAct,
    Part,
    Question,
    Release,
    Report,
)

_SEPARATOR = "|"


@dataclass(frozen=True)
class Dependent:
    """Something that rests on an evidence item.

    Attributes
    ----------
    kind
        ``hazard``, ``indication``, ``act``, ``release``, ``question`` or ``report``.
    ref
        What people call it: ``HA-12``, ``AC-3``, ``Q-1``, the number of a report.
    told
        How it rests on the item, in a sentence.
    """

    kind: str
    ref: str
    told: str

    def to_json(self) -> dict[str, str]:
        return asdict(self)


def of_evidence(evidence: Any) -> list[Dependent]:
    """Everything that rests on an evidence item.

    Parameters
    ----------
    evidence
        Its record.

    Returns
    -------
    list of Dependent
        Hazards, acts, releases, questions, frozen reports, in this order.
    """
    hazard = Hazard.objects.filter(uid=evidence.hazard_uid or "").first()
    asked = list(Question.objects.filter(cause_uid=evidence.uid).order_by("id"))
    done = [
        act
        for act in LandAct.objects.filter(evidence__contains=evidence.uid).order_by("seq", "id")
        if evidence.uid in act.evidence.split(_SEPARATOR)
    ]
    found = [] if hazard is None else [_of_hazard(evidence, hazard)]
    found += [_of_act(act) for act in done]
    found += [] if hazard is None else _releases(evidence, hazard)
    found += [_of_question(question) for question in asked]
    return found + _reports(evidence, hazard, asked)


def is_indication_of(evidence: Any) -> bool:
    """Whether the hazard of an evidence item was recorded as an indication on it alone."""
    return ClaimDecision.objects.filter(evidence_uid=evidence.uid, indication=True).exists()


def _of_hazard(evidence: Any, hazard: Any) -> Dependent:
    if is_indication_of(evidence):
        return Dependent(
            "indication",
            hazard.ref,
            f"{hazard.ref} was recorded as an indication on this claim. It stays on record until "
            "people decide about it on other evidence (hazard void)",
        )
    others = RECORDS["evidence"].objects.filter(hazard_uid=hazard.uid, standing__isnull=True)
    number = others.exclude(uid=evidence.uid).count()
    told = f"{evidence.ref} is evidence on {hazard.ref}, beside {number} other items that stand"
    return Dependent("hazard", hazard.ref, told)


def _of_act(act: LandAct) -> Dependent:
    hazard = Hazard.objects.filter(uid=act.hazard_uid).first()
    ref = act.hazard_uid if hazard is None else hazard.ref
    return Dependent("act", ref, f"{ref} {acts.told(act)}")


def _releases(evidence: Any, hazard: Any) -> list[Dependent]:
    """Land of its hazard that was released while it was on record: its day was held against the
    day of the release (rule 5)."""
    found = []
    rows = Release.objects.filter(hazard_uid=hazard.uid, seq__gt=evidence.created_seq)
    for release in rows.order_by("seq", "activity_uid"):
        activity = Activity.objects.filter(uid=release.activity_uid).first()
        ref = release.activity_uid if activity is None else activity.ref
        told = (
            f"land of {hazard.ref} was released by {ref} (journal entry {release.seq}) while "
            f"{evidence.ref} was on record: the day of the release was held against it (rule 5)"
        )
        found.append(Dependent("release", ref, told))
    return found


def _of_question(question: Question) -> Dependent:
    stands = (
        "it stands until people decide"
        if question.resolved_seq is None
        else f"resolved by journal entry {question.resolved_seq}: {question.resolution}"
    )
    return Dependent("question", f"Q-{question.id}", f"{question.message}; {stands}")


def _reports(evidence: Any, hazard: Any, asked: list[Question]) -> list[Dependent]:
    """Frozen reports that name it, or count what it brought about."""
    found = []
    counts_indication = hazard is not None and is_indication_of(evidence)
    for report in Report.objects.filter(known_seq__gte=evidence.created_seq).order_by("id"):
        told = []
        if _names(report, evidence):
            told.append(f"names {evidence.ref}")
        if counts_indication:
            told.append(f"counts the indication {hazard.ref}")
        in_question = [
            f"Q-{question.id}"
            for question in asked
            if question.seq <= report.known_seq
            and (question.resolved_seq is None or question.resolved_seq > report.known_seq)
        ]
        if in_question:
            told.append(f"was frozen while {', '.join(in_question)} stood")
        if told:
            text = f"report {report.number} {' and '.join(told)}; it stays as it was submitted"
            found.append(Dependent("report", report.number, text))
    return found


def _names(report: Report, evidence: Any) -> bool:
    """Whether the figures of a frozen report, or the statement frozen with them, name a record."""
    import re

    marker = re.compile(rf"\b(?:{evidence.uid}|{re.escape(evidence.ref)})\b".encode())
    parts = Part.objects.filter(sha256__in=report.figures.split(_SEPARATOR))
    if any(marker.search(bytes(part.body)) for part in parts):
        return True
    entry = JournalEntry.objects.get(seq=report.seq)
    return bool(marker.search(journal.canonical.dumps(journal.data_of(entry)["data"])))
