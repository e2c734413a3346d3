"""What stands between a report of work and a release of land (rules 1–6, 14).

An activity is recorded by whoever reports it. It moves land only by a decision of two people, and
only when nothing of the following stands in the way.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db import connection

from . import acts, bulk, codes, knowledge, refusals
from . import profile as profiles
from .models import RECORDS, Hazard
from .said import said

#: Rule 3: the account follows the process that gave the evidence.
RESULT_OF = {"nts": "cancelled", "ts": "reduced", "clearance": "cleared", "bac": "cleared"}

#: What stands against a report that states an area and no place (:mod:`.area_only`).
NO_POLYGON = said("there is no valid polygon; the hazard stays wholly open (rule 8)")


def obstacles(activity: Any, hazard: Any | None) -> list[str]:
    """Say why an activity may not move land; empty when it may, once two people decide.

    Parameters
    ----------
    activity
        Record of an activity.
    hazard
        The hazard it is to release, as linked or as proposed by a decider.
    """
    return obstacles_of([(activity, hazard)])[0]


def obstacles_of(pairs: Sequence[tuple[Any, Any | None]]) -> list[list[str]]:
    """Say for many activities why each may not move land, with a number of queries that does not
    grow with them.

    Parameters
    ----------
    pairs
        Activities, each with the hazard it is to release; None where there is none.

    Returns
    -------
    list of list of str
        As :func:`obstacles`, in the same order.
    """
    failed = failed_last_visit([activity.uid for activity, _ in pairs])
    latest = latest_information_of([hazard for _, hazard in pairs if hazard is not None])
    refused = refusals.obstacles(activity.uid for activity, _ in pairs)
    return [
        _obstacles(
            activity,
            hazard,
            None if hazard is None else latest[hazard.uid],
            failed=activity.uid in failed,
        )
        + ([refused[activity.uid]] if activity.uid in refused else [])
        for activity, hazard in pairs
    ]


def _obstacles(
    activity: Any, hazard: Any | None, latest: date | None, *, failed: bool
) -> list[str]:
    reasons = in_the_report(activity)
    if hazard is None:
        reasons.append(said("it is linked to no hazardous area (rule 5)"))
    elif hazard.geometry_state in codes.WITHDRAWN and _after_its_end(activity, hazard):
        reasons.append(_ended(hazard))
    elif activity.date_end is not None and latest is not None and activity.date_end <= latest:
        reasons.append(
            said(
                "it ended %(day)s, not after the hazard's latest evidence of %(latest)s (rule 5)",
                day=activity.date_end,
                latest=latest,
            )
        )
    if failed:
        reasons.append(said("its latest quality visit failed (rule 3)"))
    if not activity.organisation_uid:
        reasons.append(
            said(
                "the operator that did the work is not recorded, so nobody can be shown to "
                "be independent of it (rule 14)"
            )
        )
    return reasons


def _after_its_end(activity: Any, hazard: Any) -> bool:
    """Whether a report comes after its hazard was merged or split. One of work before that is
    posted before it, and what was open then is open; of a voided hazard nothing is released."""
    end = acts.ended(hazard)
    if end is None or end.act == acts.VOIDED or end.on is None or activity.date_end is None:
        return True
    return bool(activity.date_end >= end.on)


def _ended(hazard: Any) -> str:
    end = acts.ended(hazard)
    if end is None:
        return said("%(ref)s was withdrawn", ref=hazard.ref)
    told = f"{hazard.ref} {acts.told(end)}"
    if end.act == acts.VOIDED:
        return told
    return said("%(told)s; name the hazard it belongs to (--hazard)", told=told)


def in_the_report(activity: Any) -> list[str]:
    """What in the report itself stands against a release, now or since it was decided."""
    reasons: list[str] = []
    if activity.report != "completion":
        reasons.append(said("only a completion report moves land (rule 3)"))
    if activity.status not in ("accepted", "handed_over"):
        reasons.append(said("the work is not accepted by quality control (rule 3)"))
    reasons += _process(activity)
    if activity.area_mm2 is None:
        reasons.append(NO_POLYGON)
    if not activity.classes:
        reasons.append(said("it names no contamination class, so it closes none (rule 1)"))
    if activity.date_end is None:
        reasons.append(said("it is undated (rule 5)"))
    return reasons + _depth(activity)


def standing(activities: list[Any], seq: int | None = None) -> list[Any]:
    """Those of the released activities whose release still stands: a report that was corrected to
    less, a revoked acceptance or a failed visit leaves the land open (rules 2 and 3)."""
    failed = failed_last_visit([activity.uid for activity in activities], seq)
    return [a for a in activities if a.uid not in failed and not in_the_report(a)]


def latest_information(hazard: Any) -> Any:
    """Day of the latest evidence on a hazard: its own date of information, or an evidence item."""
    return latest_information_of([hazard])[hazard.uid]


def latest_information_of(hazards: Iterable[Any]) -> dict[str, date | None]:
    """Day of the latest evidence on each of some hazards, by its id; None where none is known."""
    latest: dict[str, date | None] = {hazard.uid: hazard.date_start for hazard in hazards}
    for name in ("evidence", "accident"):
        stands = " AND standing IS NULL" if name == "evidence" else ""
        table = RECORDS[name]._meta.db_table
        sql = f'SELECT hazard_uid, date_start FROM "{table}" WHERE hazard_uid IN ({{}}){stands}'  # nosec B608 # names are of our own schema, values are bound
        for uid, day in bulk.named(connection, sql, sorted(latest)):
            if day is not None:
                latest[uid] = max(latest[uid] or day, day)
    return latest


def _process(activity: Any) -> list[str]:
    if activity.kind == "eod_spot":
        return [said("an EOD spot task releases no area (rule 3)")]
    if activity.kind is None:
        return [said("the kind of work is not recorded")]
    if activity.result is None:
        return [said("what became of the land is not recorded")]
    if activity.result != RESULT_OF[activity.kind]:
        return [
            said(
                "%(kind)s gives land that is %(result)s, not %(other)s (rule 3)",
                kind=activity.kind,
                result=RESULT_OF[activity.kind],
                other=activity.result,
            )
        ]
    return []


def _depth(activity: Any) -> list[str]:
    if activity.result != "cleared":
        return []
    rules = profiles.current().release
    if activity.method in rules.surface_methods:
        return [said("surface clearance never closes sub-surface contamination (rule 2)")]
    if activity.depth_cm is None:
        return [said("the depth of clearance is not recorded (rule 2)")]
    needed = float(activity.tasked_depth_cm or rules.clearance_depth_cm)
    if float(activity.depth_cm) < needed:
        return [
            said(
                "cleared to %(depth)s cm where %(needed)s cm were asked (rule 2)",
                depth=activity.depth_cm,
                needed=f"{needed:g}",
            )
        ]
    return []


def failed_last_visit(activity_uids: list[str], seq: int | None = None) -> set[str]:
    """Activities whose latest quality visit failed, as known at a journal entry. An undated
    failure counts as the latest: whether it was mended is then not known."""
    latest: dict[str, tuple[bool, Any, bool]] = {}
    for uid, day, result in _visits(activity_uids, seq):
        failed = result == "failed"
        if result is None or (day is None and not failed):
            continue
        # On one day the failure counts.
        visit = (day is None, day or date.min, failed)
        latest[uid] = max(latest.get(uid, visit), visit)
    return {uid for uid, (_, _, failed) in latest.items() if failed}


def _visits(activity_uids: list[str], seq: int | None) -> Iterable[tuple[Any, ...]]:
    """(activity, day, result) of the quality visits to activities."""
    names = ("activity_uid", "date_end", "result")
    if seq is not None:
        wanted = set(activity_uids)
        visits = knowledge.rows("quality_visit", names, seq=seq)
        yield from (visit for visit in visits if visit[0] in wanted)
        return
    table = RECORDS["quality_visit"]._meta.db_table
    sql = f'SELECT {", ".join(names)} FROM "{table}" WHERE activity_uid IN ({{}})'  # nosec B608 # names are of our own schema, values are bound
    yield from bulk.named(connection, sql, activity_uids)


def hazard_of(activity: Any) -> Any | None:
    """The hazard an activity is linked to by its source."""
    return hazards_of([activity])[0]


def hazards_of(activities: Sequence[Any]) -> list[Any | None]:
    """The hazards that activities are linked to by their sources, in the same order."""
    uids = sorted({activity.hazard_uid for activity in activities if activity.hazard_uid})
    found = {hazard.uid: hazard for hazard in bulk.instances(connection, Hazard, "uid", uids)}
    return [found.get(activity.hazard_uid) for activity in activities]
