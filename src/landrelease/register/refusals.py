"""Releases that somebody refused: who, why, and how long that stands.

A refusal moves nothing: the land stays as it was. It is a journal entry of its own and stays
visible for good. It is about a report as it was then, and stands against it until there is
something new to look at: the report was corrected, or a quality visit to it that passed was
recorded later. Then the report can be proposed again; what people consented to before counts for
nothing, and two have to consent anew. Who refuses is in :mod:`.refusing`.
"""

from __future__ import annotations

from collections import defaultdict
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
    return of_many([activity.uid]).get(activity.uid, [])


def of_many(activity_uids: Iterable[str]) -> dict[str, list[Refusal]]:
    """Every refusal of each of some reports that were ever refused, by id, oldest first; with a
    number of queries that does not grow with them."""
    found: dict[str, list[Refusal]] = defaultdict(list)
    # One cheap question for most: hardly any report was ever refused.
    for some in bulk.in_chunks(sorted(last(activity_uids))):
        rows = list(ReleaseRefusal.objects.filter(activity_uid__in=some).order_by("id"))
        stands = set(standing().filter(activity_uid__in=some).values_list("id", flat=True))
        entries = JournalEntry.objects.filter(seq__in=[row.seq for row in rows])
        when = dict(entries.values_list("seq", "recorded_at"))
        for row in rows:
            found[row.activity_uid].append(
                Refusal(
                    row.seq, when[row.seq], row.hazard_uid, row.deciders, row.reason,
                    row.id in stands,
                )
            )  # fmt: skip
    return dict(found)


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

    Consents from before it are about another proposal
    (:func:`.release_decisions.release_proposal`).
    """
    table = ReleaseRefusal._meta.db_table
    sql = f'SELECT activity_uid, seq FROM "{table}" WHERE activity_uid IN ({{}})'  # nosec B608 # names are of our own schema, values are bound
    found: dict[str, int] = {}
    for uid, seq in bulk.named(connection, sql, sorted(set(activity_uids))):
        found[uid] = max(seq, found.get(uid, seq))
    return found


def obstacles(activity_uids: Iterable[str]) -> dict[str, Said]:
    """What stands against the release of each of some reports that was refused, by id.

    Neither the name nor the reason is in it: this is told to whoever is told what stands against a
    release, those to whoever may read :func:`of`.
    """
    return {
        uid: said(
            "it was refused in journal entry %(seq)s; it can be proposed again once the report is "
            "corrected or a quality visit to it passes (rule 14)",
            seq=one.seq,
        )
        for uid, every in of_many(activity_uids).items()
        for one in every
        if one.stands
    }
