"""What stands between a report of work and a release of land (rules 1–6, 14).

An activity is recorded by whoever reports it. It moves land only by a decision of two people, and
only when nothing of the following stands in the way.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from . import bulk
from . import profile as profiles
from .models import RECORDS, Evidence, Hazard

#: Rule 3: the account follows the process that gave the evidence.
RESULT_OF = {"nts": "cancelled", "ts": "reduced", "clearance": "cleared", "bac": "cleared"}


def obstacles(activity: Any, hazard: Any | None) -> list[str]:
    """Say why an activity may not move land; empty when it may, once two people decide.

    Parameters
    ----------
    activity
        Record of an activity.
    hazard
        The hazard it is to release, as linked or as proposed by a decider.
    """
    reasons = in_the_report(activity)
    if hazard is None:
        reasons.append("it is linked to no hazardous area (rule 5)")
    elif activity.date_end is not None:
        latest = latest_information(hazard)
        if latest is not None and activity.date_end <= latest:
            reasons.append(
                f"it ended {activity.date_end}, not after the hazard's latest evidence of {latest} "
                "(rule 5)"
            )
    if failed_last_visit([activity.uid]):
        reasons.append("its latest quality visit failed (rule 3)")
    if not activity.organisation_uid:
        reasons.append(
            "the operator that did the work is not recorded, so nobody can be shown to "
            "be independent of it (rule 14)"
        )
    return reasons


def in_the_report(activity: Any) -> list[str]:
    """What in the report itself stands against a release, now or since it was decided."""
    reasons = []
    if activity.report != "completion":
        reasons.append("only a completion report moves land (rule 3)")
    if activity.status not in ("accepted", "handed_over"):
        reasons.append("the work is not accepted by quality control (rule 3)")
    reasons += _process(activity)
    if activity.area_mm2 is None:
        reasons.append("there is no valid polygon; the hazard stays wholly open (rule 8)")
    if not activity.classes:
        reasons.append("it names no contamination class, so it closes none (rule 1)")
    if activity.date_end is None:
        reasons.append("it is undated (rule 5)")
    return reasons + _depth(activity)


def standing(activities: list[Any]) -> list[Any]:
    """Those of the released activities whose release still stands: a report that was corrected to
    less, a revoked acceptance or a failed visit leaves the land open (rules 2 and 3)."""
    failed = failed_last_visit([activity.uid for activity in activities])
    return [a for a in activities if a.uid not in failed and not in_the_report(a)]


def latest_information(hazard: Any) -> Any:
    """Day of the latest evidence on a hazard: its own date of information, or an evidence item."""
    days = list(
        Evidence.objects.filter(hazard_uid=hazard.uid, date_start__isnull=False).values_list(
            "date_start", flat=True
        )
    )
    accidents = RECORDS["accident"].objects.filter(hazard_uid=hazard.uid, date_start__isnull=False)
    days += list(accidents.values_list("date_start", flat=True))
    if hazard.date_start is not None:
        days.append(hazard.date_start)
    return max(days, default=None)


def _process(activity: Any) -> list[str]:
    if activity.kind == "eod_spot":
        return ["an EOD spot task releases no area (rule 3)"]
    if activity.kind is None:
        return ["the kind of work is not recorded"]
    if activity.result is None:
        return ["what became of the land is not recorded"]
    if activity.result != RESULT_OF[activity.kind]:
        return [
            f"{activity.kind} gives land that is {RESULT_OF[activity.kind]}, "
            f"not {activity.result} (rule 3)"
        ]
    return []


def _depth(activity: Any) -> list[str]:
    if activity.result != "cleared":
        return []
    rules = profiles.current().release
    if activity.method in rules.surface_methods:
        return ["surface clearance never closes sub-surface contamination (rule 2)"]
    if activity.depth_cm is None:
        return ["the depth of clearance is not recorded (rule 2)"]
    needed = float(activity.tasked_depth_cm or rules.clearance_depth_cm)
    if float(activity.depth_cm) < needed:
        return [f"cleared to {activity.depth_cm} cm where {needed:g} cm were asked (rule 2)"]
    return []


def failed_last_visit(activity_uids: list[str]) -> set[str]:
    """Activities whose latest quality visit failed. An undated failure counts as the latest:
    whether it was mended is then not known."""
    latest: dict[str, tuple[bool, Any, bool]] = {}
    for some in bulk.in_chunks(activity_uids):
        visits = RECORDS["quality_visit"].objects.filter(
            activity_uid__in=some, result__isnull=False
        )
        for uid, day, result in visits.values_list("activity_uid", "date_end", "result"):
            failed = result == "failed"
            if day is None and not failed:
                continue
            # On one day the failure counts.
            visit = (day is None, day or date.min, failed)
            latest[uid] = max(latest.get(uid, visit), visit)
    return {uid for uid, (_, _, failed) in latest.items() if failed}


def hazard_of(activity: Any) -> Any | None:
    """The hazard an activity is linked to by its source."""
    if not activity.hazard_uid:
        return None
    return Hazard.objects.filter(uid=activity.hazard_uid).first()
