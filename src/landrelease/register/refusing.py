"""Refusing a release of land: one person's decision that it stays as it is, with the reason.

It takes somebody who could be one of the two who release (rule 14): who handed the report in and
who works for the operator do not judge it in either direction. Somebody who had consented may
refuse, too; the land is the safer for it.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction

from . import apply, canonical, independence, journal, references, refusals, releases
from .errors import DecisionRefused
from .models import JournalEntry, Release
from .people import Actor
from .said import joined, said


@transaction.atomic
def refuse(ref: str, actor: Actor, reason: str, *, hazard: str = "") -> JournalEntry:
    """Refuse the release of land by a report; the land stays as it was.

    Nobody can consent until the report is corrected or a quality visit to it passes
    (:mod:`.refusals`), and consents given before count no more.

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
    return apply.record(
        journal.Draft(
            kind="release_refused",
            actor=actor.to_json(),
            data={"deciders": [actor.to_json()]},
            parts=list(journal.split("refusals", [canonical.dumps(line)])),
        )
    )


def _refuse_unless_open(activity: Any) -> None:
    if Release.objects.filter(activity_uid=activity.uid).exists():
        raise DecisionRefused(said("it is decided already"))
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
