"""Rule 4, "no back door": what lowers caution needs a second person, however it comes in.

A changed hazard record lowers caution when land that was suspected no longer would be, or would be
suspected less: a boundary that loses ground, confirmed that becomes suspected, a class that is
taken away, a polygon that is withdrawn or repaired, a date of information moved to later. Evidence
that is withdrawn or made weaker lowers it too.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from landrelease.land import vertices

#: Ground lost by less than this is the rounding of a re-drawn vertex, not a decision: 1 m2.
NEGLIGIBLE_MM2 = 1_000_000.0

#: States of work that quality control has accepted.
ACCEPTED = ("accepted", "handed_over")


def lowered(
    record_type: str, old: dict[str, Any], new: dict[str, Any], *, released: bool = False
) -> list[str]:
    """Say how a change would lower caution; empty when it does not.

    Parameters
    ----------
    old, new
        Full states of the record before and after.
    released
        Whether land was released on this record (an activity).
    """
    if record_type == "hazard":
        return _hazard(old, new)
    if record_type == "evidence":
        return _evidence(old, new)
    if record_type == "activity" and released:
        return _released_activity(old, new)
    return []


def _released_activity(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    changed = [
        name
        for name in ("geometry_hash", "result", "classes", "depth_cm", "date", "kind", "hazard")
        if old.get(name) != new.get(name)
    ]
    reasons = []
    if changed:
        reasons.append(
            f"land was released on this report; {', '.join(changed)} would change under it"
        )
    if new.get("status") in ACCEPTED and old.get("status") not in ACCEPTED:
        # The revoked acceptance reopened the land: only a new decision closes it again.
        reasons.append("a revoked acceptance would stand again and release the land anew")
    return reasons


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


def _evidence(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    reasons = []
    if old.get("hazard") and old.get("hazard") != new.get("hazard"):
        reasons.append("evidence would be taken from its hazard")
    if old.get("directness") == "direct" and new.get("directness") != "direct":
        reasons.append("direct evidence would become indirect")
    if _day(new) < _day(old):
        reasons.append("the date of information would move to earlier")
    return reasons


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
