"""Releases that somebody refused: who, why, and how long that stands.

A refusal moves nothing: the land stays as it was. It is a journal entry of its own and stays
visible for good. It is about a report as it was then, and stands against it until there is
something new to look at: the report was corrected, or a quality visit to it that passed was
recorded later. Then the report can be proposed again; what people consented to before counts for
nothing, and two have to consent anew. Who refuses is in :mod:`.refusing`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from . import bulk
from .models import RECORDS, Activity, JournalEntry, ReleaseRefusal
from .said import Said, said


@dataclass(frozen=True)
class Refusal:
    """A refused release of land by a report.

    Attributes
    ----------
    seq, at
        Journal entry, and when it was written.
    hazard_uid
        The hazard that it was looked at with; None where there was none.
    by
        Who refused.
    stands
        Whether there is nothing new since, so that nobody can consent.
    """

    seq: int
    at: str
    hazard_uid: str | None
    by: str
    reason: str
    stands: bool

    def to_json(self) -> dict[str, Any]:
        """The refusal in words and numbers."""
        return {
            "at": self.at,
            "by": self.by,
            "entry": self.seq,
            "reason": self.reason,
            "stands": self.stands,
        }


def of(activity: Any) -> list[Refusal]:
    """Every refusal of a report, oldest first."""
    rows = list(ReleaseRefusal.objects.filter(activity_uid=activity.uid).order_by("id"))
    if not rows:
        return []
    stands = set(standing().filter(activity_uid=activity.uid).values_list("id", flat=True))
    when = dict(
        JournalEntry.objects.filter(seq__in=[row.seq for row in rows]).values_list(
            "seq", "recorded_at"
        )
    )
    return [
        Refusal(row.seq, when[row.seq], row.hazard_uid, row.deciders, row.reason, row.id in stands)
        for row in rows
    ]


def standing() -> QuerySet[Any]:
    """Refusals since which there is nothing new."""
    report = Activity.objects.filter(uid=OuterRef("activity_uid"), content=OuterRef("content"))
    visits = RECORDS["quality_visit"].objects.filter(
        activity_uid=OuterRef("activity_uid"), result="passed", changed_seq__gt=OuterRef("seq")
    )
    return ReleaseRefusal.objects.filter(Exists(report)).exclude(Exists(visits))


def refused() -> QuerySet[Any]:
    """Ids of the reports against which a refusal stands, to ask for or to leave out."""
    return standing().values("activity_uid")


def last(activity_uids: Iterable[str]) -> dict[str, int]:
    """Journal entry of the last refusal of each of some reports that were ever refused, by id.

    Consents from before it are about another proposal (:func:`.decisions.release_proposal`).
    """
    sql = f'SELECT activity_uid, seq FROM "{ReleaseRefusal._meta.db_table}" WHERE activity_uid IN ({{}})'  # nosec B608 # names are of our own schema, values are bound
    found: dict[str, int] = {}
    for uid, seq in bulk.named(connection, sql, sorted(set(activity_uids))):
        found[uid] = max(seq, found.get(uid, seq))
    return found


def obstacles(activity_uids: Iterable[str]) -> dict[str, Said]:
    """What stands against the release of each of some reports that was refused, by id.

    Neither the name nor the reason is in it: this is told to whoever is told what stands against a
    release, those to whoever may read :func:`of`.
    """
    # One cheap question for most: hardly any report was ever refused.
    ever = sorted(last(activity_uids))
    found: dict[str, Said] = {}
    for some in bulk.in_chunks(ever):
        for uid, seq in standing().filter(activity_uid__in=some).values_list("activity_uid", "seq"):
            found[uid] = said(
                "it was refused in journal entry %(seq)s; it can be proposed again once the report "
                "is corrected or a quality visit to it passes (rule 14)",
                seq=seq,
            )
    return found
