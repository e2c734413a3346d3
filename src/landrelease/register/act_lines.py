"""The journal lines of an act on a hazard: its new version, and what was done to it.

Lines of records are written as :mod:`.apply` takes them; names of who decides are written into
lines of acts with the decision.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import shapely

from landrelease import land
from landrelease.land import vertices

from . import bulk, canonical, ground, identity, states
from .act_plans import Basis, Plan
from .act_polygons import Part
from .errors import DecisionRefused
from .models import Hazard, HazardPast

#: Fields of a hazard that say who reported it and what it is: a part inherits them.
INHERITED = ("type", "classes", "date", "organisation", "unit", "document", "location_origin",
              "priority", "status")  # fmt: skip

#: Where a place is said to be: the boundary and what follows from it.
_PLACE = ("plane", "geometry_state", "geometry_hash", "area_mm2")


def place(polygon: Any, state: str = "valid") -> dict[str, Any]:
    """Fields of a state that say where it is."""
    one = bulk.objects([polygon])
    return {
        "area_mm2": str(int(land.book(shapely.area(one))[0])),
        "geometry_hash": str(land.geometry_hash(one)[0]),
        "geometry_state": state,
        "plane": canonical.loads(canonical.dumps(vertices.encode(one)[0])),
    }


def boundary(hazard: Any, wanted: Any) -> dict[str, Any]:
    """Place fields for some ground of a hazard, by a boundary it had before where it is that."""
    past = HazardPast.objects.filter(uid=hazard.uid, area_mm2__isnull=False).order_by("-version")
    known = [shapely.from_wkb(bytes(row.plane)) for row in past]
    now = ground.of_plane(hazard)
    rounded = ground.whole_millimetres(wanted, [now, *known] if not now.is_empty else known)
    if rounded is now:
        return {name: value for name, value in states.of_record(hazard).items() if name in _PLACE}
    return place(rounded)


def changed_line(hazard: Any, changes: dict[str, Any]) -> bytes:
    """The record with some fields changed, as a version of its own."""
    state = {**states.of_record(hazard), **changes}
    return record_line(hazard.uid, state, hazard.received, was=hazard.content)


def withdrawn_line(hazard: Any, how: str) -> bytes:
    """The record without its boundary; the boundary it had stays among its versions."""
    state = {k: v for k, v in states.of_record(hazard).items() if k not in _PLACE}
    return record_line(
        hazard.uid, state | {"geometry_state": how}, hazard.received, was=hazard.content
    )


def record_line(uid: str, state: dict[str, Any], received: str, was: str | None) -> bytes:
    """A record as it is to stand.

    Parameters
    ----------
    state
        Its fields; those that are None are left out.
    received
        Hash of the row as last received; of the content where no row was.
    was
        Hash of the content that it replaces; None for a new record.
    """
    state = {name: value for name, value in state.items() if value is not None}
    line = {
        "content": states.content_hash(state),
        "do": "create" if was is None else "update",
        "received": received,
        "state": state,
        "uid": uid,
    }
    return canonical.dumps(line if was is None else line | {"anew": True, "was": was})


def content(state: dict[str, Any]) -> str:
    """Hash of what a state says."""
    return states.content_hash({name: v for name, v in state.items() if v is not None})


def act_on(
    plan: Plan,
    basis: Basis,
    act: str,
    hazard: Any,
    *,
    kin: Sequence[Any] = (),
    activity: Any = None,
) -> dict[str, Any]:
    """What was done to a hazard that has a new version by it.

    Parameters
    ----------
    act
        One of the names in :mod:`.acts`.
    kin
        Hazards that it goes on in, or that went on in it.
    activity
        The work whose released land was opened again.
    """
    # The change takes the present state among the past ones, so the new version is one further.
    version = HazardPast.objects.filter(uid=hazard.uid).count() + 2
    return act_line(plan, basis, act, hazard.uid, version, [h.uid for h in kin], activity)


def act_line(
    plan: Plan,
    basis: Basis,
    act: str,
    uid: str,
    version: int | None,
    kin: Sequence[str] = (),
    activity: Any = None,
) -> dict[str, Any]:
    """What was done to a hazard; parameters as of :func:`act_on`, hazards by their ids.

    Parameters
    ----------
    version
        Number of the version that the act brought about.
    """
    return {
        "act": act,
        "activity": "" if activity is None else activity.uid,
        "deciders": [],
        "evidence": plan.evidence,
        "hazard": uid,
        "kin": list(kin),
        "on": None if plan.on is None else plan.on.isoformat(),
        "reason": basis.reason.strip(),
        "version": version,
    }


def uid_of(row: Part, act: str, record: Any, *distinguishing: str) -> str:
    """Id of a hazard that an act brings about: by its key where the file gives one."""
    if "source_id" in row.fields:
        return identity.keyed("hazard", row.fields["namespace"], row.fields["source_id"])
    parts = ["act", act, record.uid, record.content, *distinguishing]
    return canonical.short_hash("".join(f"{len(part)}:{part}" for part in parts).encode())


def refuse_known(uids: Sequence[str]) -> None:
    """Refuse ids for new hazards that another hazard bears, or two of them.

    Raises
    ------
    DecisionRefused
        Naming the hazard that bears one.
    """
    known = Hazard.objects.filter(uid__in=uids).order_by("id").first()
    if known is not None or len(set(uids)) < len(uids):
        bears = "two parts bear one id" if known is None else f"{known.ref} bears the id of a part"
        raise DecisionRefused(f"{bears}; give each part an id of its own, or none")
