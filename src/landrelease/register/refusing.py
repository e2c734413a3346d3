"""Refusing a release of land: one person's decision that it stays as it is, with the reason.

It takes somebody who could be one of the two who release (rule 14): who handed the report in and
who works for the operator do not judge it in either direction. Somebody who had consented may
refuse, too; the land is the safer for it.

A refusal given by mistake is taken back by who gave it, and by nobody else: for one person to
overrule another's caution would lower it without a second person (rule 4), and administrators get
no exemption (rule 14). No land moves by it, and none by consents from before: two people who know
of both have to consent.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction

from . import canonical, independence, journal, recording, references, refusals, releases
from .errors import DecisionRefused
from .models import Hazard, JournalEntry, Release
from .people import Actor
from .said import joined, said


@transaction.atomic
def refuse(ref: str, actor: Actor, reason: str, *, hazard: str = "") -> JournalEntry:
    """Refuse the release of land by a report; the land stays as it was.

    Nobody can consent until the report is corrected, a quality visit to it passes
    (:mod:`.refusals`) or the refusal is taken back (:func:`take_back`), and consents given before
    count no more.

    Parameters
    ----------
    ref
        Short reference of the activity (``AC-12``).
    reason
        Why, so that whoever proposed it can act on it; kept in the journal.
    hazard
        Short reference of the hazard that it was looked at with, where the report is linked to
        none; empty for its own.

    Raises
    ------
    DecisionRefused
        When the person may not, gives no reason, or the report was decided or refused already.
    """
    journal.lock_head()
    activity = references.by_ref(ref, "activity")
    looked_at = releases.hazard_of(activity) or (
        references.by_ref(hazard, "hazard") if hazard else None
    )
    against = independence.reasons_against_release(activity, looked_at, actor)
    if against:
        raise DecisionRefused(joined(against))
    _refuse_unless_open(activity)
    if not reason.strip():
        raise DecisionRefused(
            said("a refusal needs a reason that whoever proposed the release can act on")
        )
    line = {
        "activity": activity.uid,
        "content": activity.content,
        "deciders": [actor.name],
        "hazard": None if looked_at is None else looked_at.uid,
        "reason": reason.strip(),
    }
    return _write("release_refused", actor, line)


@transaction.atomic
def take_back(ref: str, actor: Actor, reason: str) -> JournalEntry:
    """Take back one's own refusal of a release; the report waits for two consents again.

    The land stays as it was, and consents given before the refusal do not come back: they were
    given without knowing of it. The refusal stays visible, with who took it back and why.

    Parameters
    ----------
    ref
        Short reference of the activity (``AC-12``).
    reason
        Why the refusal was a mistake; kept in the journal.

    Raises
    ------
    DecisionRefused
        When no refusal stands against the report, somebody else gave it, the person may not judge
        the report (any more), or gives no reason.
    """
    journal.lock_head()
    activity = references.by_ref(ref, "activity")
    _refuse_decided(activity)
    standing = next((one for one in reversed(refusals.of(activity)) if one.stands), None)
    if standing is None:
        raise DecisionRefused(
            said("no refusal stands against %(ref)s, so that none can be taken back",
                 ref=activity.ref)
        )  # fmt: skip
    against = reasons_against_taking_back(activity, standing, actor)
    if against:
        raise DecisionRefused(joined(against))
    if not reason.strip():
        raise DecisionRefused(said("taking a refusal back needs a reason: why it was a mistake"))
    line = {
        "activity": activity.uid,
        "content": refusals.taking_back(standing.seq),
        "deciders": [actor.name],
        "hazard": standing.hazard_uid,
        "reason": reason.strip(),
    }
    return _write("refusal_taken_back", actor, line)


def reasons_against_taking_back(
    activity: Any, refusal: refusals.Refusal, actor: Actor
) -> list[str]:
    """All that keeps a person from taking back a refusal.

    Parameters
    ----------
    refusal
        One that stands against the report.
    """
    hazard = releases.hazard_of(activity)
    if hazard is None and refusal.hazard_uid is not None:
        hazard = Hazard.objects.filter(uid=refusal.hazard_uid).first()
    against = independence.reasons_against_release(activity, hazard, actor)
    # Who refused is told to those who could have.
    if not against and actor.name != refusal.by:
        against.append(
            said("only %(name)s, who refused, can take the refusal back (rules 4 and 14)",
                 name=refusal.by)
        )  # fmt: skip
    return against


def _write(kind: str, actor: Actor, line: dict[str, Any]) -> JournalEntry:
    return recording.record(
        journal.Draft(
            kind=kind,
            actor=actor.to_json(),
            data={"deciders": [actor.to_json()]},
            parts=list(journal.split("refusals", [canonical.dumps(line)])),
        )
    )


def _refuse_decided(activity: Any) -> None:
    if Release.objects.filter(activity_uid=activity.uid).exists():
        raise DecisionRefused(said("it is decided already"))


def _refuse_unless_open(activity: Any) -> None:
    _refuse_decided(activity)
    if activity.result is None:
        raise DecisionRefused(
            said("%(ref)s reports no released land, so that nothing can be refused",
                 ref=activity.ref)
        )  # fmt: skip
    for earlier in refusals.of(activity):
        if earlier.stands:
            raise DecisionRefused(
                said("%(ref)s was refused already, in journal entry %(seq)s",
                     ref=activity.ref, seq=earlier.seq)
            )  # fmt: skip
