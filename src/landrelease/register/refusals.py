"""Releases that somebody refused: who, why, and how long that stands.

A refusal moves nothing: the land stays as it was. It is a journal entry of its own and stays
visible for good. It is about a report as it was then, and stands against it until there is
something new to look at: the report was corrected, or a quality visit to it that passed was
recorded later. Then the report can be proposed again; what people consented to before counts for
nothing, and two have to consent anew.

Who refused by mistake takes the refusal back, with a reason; that is a journal entry of its own,
too, and what was consented to before does not come back with it. Who refuses, and takes back, is in
:mod:`.refusing`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection
from django.db.models import CharField, Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Concat

from . import bulk
from .models import RECORDS, Activity, JournalEntry, ReleaseRefusal
from .said import Said, said

#: Begins what a row that takes a refusal back stands for, in place of the hash of a report; the
#: journal entry of that refusal follows.
_TAKES_BACK: Final = "takes back "


def taking_back(seq: int) -> str:
    """What a row stands for that takes back the refusal of journal entry ``seq``.

    It is kept where a refusal keeps the hash of the report that it is about: hashes are hexadecimal
    digits, so that no report is ever called so.
    """
    return f"{_TAKES_BACK}{seq}"


@dataclass(frozen=True)
class TakenBack:
    """Whoever refused a release took that back.

    Attributes
    ----------
    seq, at
        Journal entry, and when it was written.
    """

    seq: int
    at: str
    by: str
    reason: str

    def to_json(self) -> dict[str, Any]:
        """The same in words and numbers."""
        return {"at": self.at, "by": self.by, "entry": self.seq, "reason": self.reason}


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
        Whether there is nothing new since and it was not taken back, so that nobody can consent.
    taken_back
        By whom and why it was taken back; None where it was not.
    """

    seq: int
    at: str
    hazard_uid: str | None
    by: str
    reason: str
    stands: bool
    taken_back: TakenBack | None = None

    def to_json(self) -> dict[str, Any]:
        """The refusal in words and numbers."""
        return {
            "at": self.at,
            "by": self.by,
            "entry": self.seq,
            "reason": self.reason,
            "stands": self.stands,
            "taken_back": None if self.taken_back is None else self.taken_back.to_json(),
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
        # Whoever takes a refusal back names its journal entry.
        back = {
            (row.activity_uid, row.content): TakenBack(
                row.seq, when[row.seq], row.deciders, row.reason
            )
            for row in rows
        }
        for row in rows:
            if row.content.startswith(_TAKES_BACK):
                continue
            found[row.activity_uid].append(
                Refusal(
                    row.seq, when[row.seq], row.hazard_uid, row.deciders, row.reason,
                    row.id in stands, back.get((row.activity_uid, taking_back(row.seq))),
                )
            )  # fmt: skip
    return dict(found)


def standing() -> QuerySet[Any]:
    """Refusals that were not taken back and since which there is nothing new."""
    report = Activity.objects.filter(uid=OuterRef("activity_uid"), content=OuterRef("content"))
    visits = RECORDS["quality_visit"].objects.filter(
        activity_uid=OuterRef("activity_uid"), result="passed", changed_seq__gt=OuterRef("seq")
    )
    name = Concat(Value(_TAKES_BACK), Cast(OuterRef("seq"), CharField()), output_field=CharField())
    back = ReleaseRefusal.objects.filter(activity_uid=OuterRef("activity_uid"), content=name)
    # A row that takes one back names no report, and so stands against none.
    return ReleaseRefusal.objects.filter(Exists(report)).exclude(Exists(visits) | Exists(back))


def refused() -> QuerySet[Any]:
    """Ids of the reports against which a refusal stands, to ask for or to leave out."""
    return standing().values("activity_uid")


def last(activity_uids: Iterable[str]) -> dict[str, int]:
    """Journal entry of the last refusal of each of some reports that were ever refused, or of its
    being taken back, by id.

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
            "corrected, a quality visit to it passes, or who refused takes it back (rule 14)",
            seq=one.seq,
        )
        for uid, every in of_many(activity_uids).items()
        for one in every
        if one.stands
    }
