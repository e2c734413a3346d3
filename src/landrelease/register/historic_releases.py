"""Land released elsewhere, entered in the opening balance until the cut-over date (rule 7)."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction

from . import bulk, canonical, clock, journal, posting, questions, recording
from .errors import DecisionRefused
from .models import Activity, JournalEntry, Release, Submission
from .people import Actor


def cut_over() -> date | None:
    """Day from which no historic release may be entered; None while it is not fixed."""
    for entry in JournalEntry.objects.filter(kind__in=("cut_over", "workspace")).order_by("-seq"):
        day = journal.data_of(entry)["data"].get("cut_over")
        if day:
            return date.fromisoformat(day)
    return None


@transaction.atomic
def fix_cut_over(day: date, actor: Actor) -> JournalEntry:
    """Fix the cut-over date, once."""
    journal.lock_head()
    fixed = cut_over()
    if fixed is not None:
        raise DecisionRefused(f"the cut-over date is fixed already: {fixed}")
    if journal.head() is None:
        raise DecisionRefused("the workspace holds nothing yet; give --cut-over to 'init' instead")
    return recording.record(
        journal.Draft(kind="cut_over", actor=actor.to_json(), data={"cut_over": day.isoformat()})
    )


def refuse_historic_unless_permitted(actor: Actor) -> None:
    """Rule 7: a special permission, and only before the cut-over date.

    Raises
    ------
    DecisionRefused
        When either is lacking.
    """
    if not actor.may_enter_historic:
        raise DecisionRefused(f"{actor.name} may not enter historic releases (rule 7)")
    day = cut_over()
    today = date.fromisoformat(clock.now()[:10])
    if day is not None and today >= day:
        raise DecisionRefused(
            f"the cut-over date {day} has passed; historic releases can no longer be entered "
            "(rule 7)"
        )


def enter_historic(
    submission: Submission, actor: Actor, *, uids: set[str], authority: str, document: str
) -> dict[str, Any]:
    """Enter the activities of a submission as released elsewhere, in the opening balance.

    Parameters
    ----------
    uids
        Ids of the rows of its file; those that an earlier submission brought in count too.

    Returns
    -------
    dict
        How many were entered, and how many could not because they have no valid polygon.
    """
    decided = Release.objects.values("activity_uid")
    rows = Activity.objects.exclude(uid__in=decided).order_by("id")
    lines = []
    without = 0
    for uid, area in rows.values_list("uid", "area_mm2").iterator(chunk_size=bulk.CHUNK):
        if uid not in uids:
            continue
        if area is None:
            without += 1
            continue
        lines.append(
            canonical.dumps(
                {
                    "activity": uid,
                    "authority": authority,
                    "deciders": [],
                    "document": document,
                    "standing": Release.HISTORIC,
                }
            )
        )
    if lines:
        entry = recording.record(
            journal.Draft(
                kind="historic",
                actor=actor.to_json(),
                data={
                    "authority": authority,
                    "document": document,
                    "permission": actor.name,
                    "submission": {"id": submission.id, "receipt": submission.receipt},
                },
                parts=list(journal.split("releases", lines)),
            )
        )
        entered = [canonical.loads(line)["activity"] for line in lines]
        posting.post_after(entry, actor, released=entered)
        questions.raise_on_release(entry, actor, entered)
    return {"historic": len(lines), "historic_without_valid_polygon": without}
