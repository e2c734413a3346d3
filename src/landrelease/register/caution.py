"""Rule 4, "no back door": what lowers caution needs a second person, however it comes in.

A changed hazard record lowers caution when land that was suspected no longer would be, or would be
suspected less: a boundary that loses ground, confirmed that becomes suspected, a class that is
taken away, a polygon that is withdrawn or repaired, a date of information moved to later. Evidence
that is withdrawn or made weaker lowers it too.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import shapely

from landrelease.land import vertices

from . import acts, bulk, codes, releases
from .models import Hazard, LandAct, Release
from .shown_names import TIERS

#: Ground lost by less than this is the rounding of a re-drawn vertex, not a decision: 1 m2.
NEGLIGIBLE_MM2 = 1_000_000.0


def lowered(
    record_type: str, old: dict[str, Any] | None, new: dict[str, Any], *, uid: str = ""
) -> list[str]:
    """Say how a new or changed record would lower caution; empty when it does not.

    Parameters
    ----------
    old, new
        Full states of the record before and after; ``old`` is None for a new one.
    uid
        Id of the record; whether land was released on an activity is looked up by it.
    """
    if record_type == "quality_visit":
        return _visit(old, new)
    if old is None:
        return []
    if record_type == "hazard":
        return _decided_otherwise(uid, old, new) + _hazard(old, new)
    if record_type == "evidence":
        return _evidence(old, new)
    if record_type == "document":
        return _document(old, new)
    if record_type == "activity" and Release.objects.filter(activity_uid=uid).exists():
        return _released_activity(old, new)
    return []


def _released_activity(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """A correction under which the release falls raises caution: the land is open at once. One
    that lets it stand again, or stand for other ground, is a release like any other."""
    if releases.in_the_report(_as_record(new)):
        return []
    if releases.in_the_report(_as_record(old)):
        return ["a release that no longer stood would stand again"]
    changed = [
        name
        for name in ("geometry_hash", "result", "classes", "date", "kind", "hazard")
        if old.get(name) != new.get(name)
    ]
    if not changed:
        return []
    return [f"land was released on this report; {', '.join(changed)} would change under it"]


def _as_record(state: dict[str, Any]) -> SimpleNamespace:
    names = ("report", "status", "kind", "result", "method", "depth_cm", "tasked_depth_cm",
             "area_mm2", "classes")  # fmt: skip
    values = {name: state.get(name) for name in names}
    return SimpleNamespace(**values, date_end=(state.get("date") or {}).get("end"))


def _visit(old: dict[str, Any] | None, new: dict[str, Any]) -> list[str]:
    """Say whether a new or changed quality visit would let a fallen release stand again.

    Parameters
    ----------
    old, new
        Full states of the visit; ``old`` is None for a new one.
    """
    named = {(state or {}).get("activity", {}).get("uid") for state in (old, new)} - {None}
    decided = Release.objects.filter(standing=Release.DECIDED, activity_uid__in=named)
    fallen = releases.failed_last_visit(list(decided.values_list("activity_uid", flat=True)))
    weaker = (
        old is not None
        and old.get("result") == "failed"
        and (
            new.get("result") != "failed"
            or new.get("activity") != old.get("activity")
            or new.get("date") != old.get("date")
        )
    )
    if fallen and (weaker or (old is None and new.get("result") == "passed")):
        return [
            "land was released on the work inspected and fell open when a visit failed; this "
            "would release it anew"
        ]
    return []


def _hazard(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    reasons = []
    if old.get("type") == "CHA" and new.get("type") != "CHA":
        reasons.append("a confirmed area would no longer be confirmed")
    lost = set(old.get("classes") or ()) - set(new.get("classes") or ())
    if lost:
        reasons.append(f"the classes {', '.join(sorted(lost))} would be taken away")
    if not old.get("classes") and new.get("classes"):
        reasons.append("contamination of unrecorded class would be narrowed to named classes")
    if old.get("geometry_hash") != new.get("geometry_hash") and _loses_ground(old, new):
        reasons.append("the boundary would lose ground")
    if new.get("geometry_state") == "repaired" and old.get("geometry_state") == "invalid":
        reasons.append("an invalid boundary would be replaced by a repaired one")
    if _day(new) > _day(old):
        reasons.append("the date of information would move to later")
    shrinks = float(new.get("declared_m2") or 0) < float(old.get("declared_m2") or 0)
    if shrinks and not new.get("plane"):
        reasons.append("the declared area would shrink")
    return reasons


def _decided_otherwise(uid: str, old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Say whether a file would undo what people decided about a hazard: bring back one that was
    voided, merged or split, or replace a boundary that came of a decision."""
    same_place = old.get("geometry_hash") == new.get("geometry_hash") and old.get("plane")
    if not uid or same_place:
        return []
    decided = list(LandAct.objects.filter(hazard_uid=uid, version__isnull=False).order_by("id"))
    if old.get("geometry_state") in codes.WITHDRAWN:
        end = [act for act in decided if act.act == old["geometry_state"]]
        told = acts.told(end[-1]) if end else "was withdrawn"
        return [f"the record {told}; this would bring it back"]
    if decided:
        return [f"its boundary is decided ({acts.told(decided[-1])}); this would replace it"]
    return []


def returning(uids: list[str]) -> set[str]:
    """Those of the hazards that were voided, merged or split: a file that still holds them would
    bring them back, changed or not."""
    # Acts are few, hazards many.
    ended = LandAct.objects.filter(act__in=codes.WITHDRAWN).values_list("hazard_uid", flat=True)
    found: set[str] = set()
    for some in bulk.in_chunks(sorted(set(ended) & set(uids))):
        withdrawn = Hazard.objects.filter(uid__in=some, geometry_state__in=codes.WITHDRAWN)
        found |= set(withdrawn.values_list("uid", flat=True))
    return found


def _evidence(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    if old.get("standing") == "withdrawn":
        return []  # It counts for nothing: whatever it says now adds to what is known.
    reasons = []
    if new.get("standing") == "withdrawn":
        reasons.append("evidence would be withdrawn")
    if old.get("hazard") and old.get("hazard") != new.get("hazard"):
        reasons.append("evidence would be taken from its hazard")
    if old.get("directness") == "direct" and new.get("directness") != "direct":
        reasons.append("direct evidence would become indirect")
    if _day(new) < _day(old):
        reasons.append("the date of information would move to earlier")
    return reasons


def _document(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    before, after = (str((state.get("extra") or {}).get("tier") or "") for state in (old, new))
    if before in TIERS and TIERS.index(before) > (TIERS.index(after) if after in TIERS else 0):
        return [f"the document is for the tier {before}; more readers would see it"]
    return []


def _day(state: dict[str, Any]) -> str:
    return (state.get("date") or {}).get("start") or ""


def _loses_ground(old: dict[str, Any], new: dict[str, Any]) -> bool:
    if not old.get("plane"):
        return False
    if not new.get("plane"):
        return True
    before, after = vertices.decode([old["plane"], new["plane"]])
    if not (shapely.is_valid(before) and shapely.is_valid(after)):
        # What an invalid outline covers cannot be told, so the cautious answer is yes.
        return True
    lost = shapely.area(shapely.difference(before, after))
    return bool(np.isnan(lost) or lost > NEGLIGIBLE_MM2)
