"""Released land that is "in question" (rule 6), until people decide.

When an accident, an ordnance item or an evidence item is accepted that lies on released land and is
not certain to be older than the release, the release is put in question in the same transaction.
The land stays released in the figures, in a column of its own, and is marked on maps; it is
reopened (:func:`.reopening.reopen`) or the question is dismissed (:func:`.reopening.dismiss`).

Geometries are plane polygons and points in whole millimetres of the programme's plane.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import shapely
from django.db import connection
from django.db.models import Q

from landrelease import land
from landrelease.land import accounts

from . import bulk, canonical, journal, recording, released
from . import profile as profiles
from .fields import in_box
from .models import (
    RECORDS,
    Activity,
    JournalEntry,
    Question,
    Release,
)
from .people import Actor

#: Record types that can put a release in question.
CAUSES = ("accident", "ordnance", "evidence")

#: Evidence of what was, and is no more (rule 19): it says nothing against a release.
_OF_THE_PAST = ("past_clearance",)

#: From this many records on, all released polygons are looked at together.
MANY = 50

_ANY = accounts.SCOPE_BIT["any"]


@dataclass(frozen=True)
class Standing:
    """A question that nobody has decided yet.

    Attributes
    ----------
    ref
        Short reference (``Q-3``).
    cause_type, cause, cause_uid
        Record that raised it: its type, short reference and id.
    activity, activity_uid
        Activity whose release is in question.
    hazard_uid
        Hazard that was released; None for a release decided elsewhere.
    on
        Day of what raised it; None where it is not recorded.
    mm2
        Ground in question, whole mm2: what of the release stands now, in any class.
    polygon
        That ground on the programme's plane, mm.
    """

    ref: str
    seq: int
    cause_type: str
    cause: str
    cause_uid: str
    activity: str
    activity_uid: str
    hazard_uid: str | None
    on: date | None
    mm2: int
    polygon: Any
    message: str


def standing(known_seq: int | None = None, *, activity_uid: str = "") -> list[Standing]:
    """Questions that stand, with the ground that they put in question.

    Parameters
    ----------
    activity_uid
        Only those about the release by this activity.
    known_seq
        Last journal entry that counts; None for all. The ground of a past moment is what the
        ledger held then.

    Returns
    -------
    list of Standing
        In the order in which they were raised. Several may concern the same ground: whoever sums
        it counts each ``activity_uid`` once.
    """
    rows = Question.objects.order_by("seq", "id")
    if activity_uid:
        rows = rows.filter(activity_uid=activity_uid)
    if known_seq is None:
        rows = rows.filter(resolved_seq__isnull=True)
    else:
        rows = rows.filter(Q(resolved_seq__isnull=True) | Q(resolved_seq__gt=known_seq))
        rows = rows.filter(seq__lte=known_seq)
    found = list(rows)
    stands = released.by_activity({row.activity_uid for row in found}, known_seq)
    activities = _refs("activity", {row.activity_uid for row in found})
    causes = {
        uid: ref
        for name in CAUSES
        for uid, ref in _refs(name, {r.cause_uid for r in found if r.cause_type == name}).items()
    }
    out = []
    for row in found:
        polygon = stands[row.activity_uid].together()
        out.append(
            Standing(
                ref=ref_of(row),
                seq=row.seq,
                cause_type=row.cause_type,
                cause=causes.get(row.cause_uid, ""),
                cause_uid=row.cause_uid,
                activity=activities.get(row.activity_uid, ""),
                activity_uid=row.activity_uid,
                hazard_uid=row.hazard_uid,
                on=row.on,
                mm2=_booked(polygon),
                polygon=polygon,
                message=row.message,
            )
        )
    return out


def ref_of(question: Question) -> str:
    """Short reference of a question."""
    return f"Q-{question.id}"


def _refs(record_type: str, uids: set[str]) -> dict[str, str]:
    return {
        record.uid: record.ref
        for some in bulk.in_chunks(sorted(uids))
        for record in RECORDS[record_type].objects.filter(uid__in=some).only("id", "uid")
    }


# --- raising -------------------------------------------------------------------------------------


def raise_after(
    entry: JournalEntry, actor: Actor, record_type: str, uids: Sequence[str]
) -> JournalEntry | None:
    """Put in question the releases that new or changed records speak against.

    Parameters
    ----------
    entry
        The decision that accepted the records; the caller holds its transaction.
    record_type
        One of :data:`CAUSES`.
    uids
        Ids of the records.

    Returns
    -------
    JournalEntry or None
        The entry that raises the questions; None where there are none.
    """
    if not Release.objects.exists():
        return None
    causes = _causes(record_type, uids)
    pairs = _on_released_ground(causes) + _of_the_same_hazard(causes)
    return _raise(entry, actor, pairs)


def raise_on_release(
    entry: JournalEntry, actor: Actor, activities: Sequence[str]
) -> JournalEntry | None:
    """Put releases in question that were decided although later evidence lies on their ground.

    What is undated was known, and its date was not, to those who decided: it raises nothing here.

    Parameters
    ----------
    activities
        Ids of the activities on which land was released.
    """
    near = _near_activities(activities)
    causes = [
        cause for name in CAUSES for cause in _causes(name, near[name]) if cause.until is not None
    ]
    return _raise(entry, actor, _on_released_ground(causes, set(activities)))


@dataclass(frozen=True)
class _Cause:
    """A record that may speak against a release."""

    record_type: str
    uid: str
    ref: str
    place: Any
    #: Last day that it can be of; None where that is not recorded.
    until: date | None
    hazard_uid: str | None
    #: Activity in which it was found.
    found_in: str | None
    #: Scopes in which a release would have to stand for it to be spoken against.
    scopes: int
    roughly: bool


def _causes(record_type: str, uids: Iterable[str]) -> list[_Cause]:
    out = []
    for some in bulk.in_chunks(sorted(set(uids))):
        for record in RECORDS[record_type].objects.filter(uid__in=some).defer("geometry"):
            if record_type == "evidence" and (record.standing or record.kind in _OF_THE_PAST):
                continue
            out.append(
                _Cause(
                    record_type,
                    record.uid,
                    record.ref,
                    None if record.plane is None else shapely.from_wkb(bytes(record.plane)),
                    record.date_end or record.date_start,
                    record.hazard_uid,
                    getattr(record, "activity_uid", None),
                    _scopes(record_type, record),
                    getattr(record, "location_origin", None) == "centroid",
                )
            )
    return out


def _scopes(record_type: str, record: Any) -> int:
    """Land released of all that was suspected concerns everything that is found on it; land
    released of one class only what is of that class, or may be."""
    column = {"accident": "device_class", "ordnance": "ordnance_class", "evidence": "classes"}
    named = getattr(record, column[record_type])
    if not named:
        return released.ALL_SCOPES
    return _ANY | land.class_mask(named.split("|")) << 1


def _distance_mm() -> float:
    return profiles.current().release.question_distance_m * 1000


def _on_released_ground(
    causes: Sequence[_Cause], only: set[str] | None = None
) -> list[tuple[_Cause, Any]]:
    """Pairs of records and the activities on whose released ground they lie, or close to it."""
    placed = [c for c in causes if c.place is not None and not c.place.is_empty]
    if not placed:
        return []
    reach = _distance_mm()
    places = bulk.objects([cause.place for cause in placed])
    activities = _released_near(places, reach, only)
    if not activities:
        return []
    polygons = bulk.shapes(activity.plane for activity in activities)
    at, near = shapely.STRtree(polygons).query(places, predicate="dwithin", distance=reach)
    pairs = [
        (placed[c], activities[a])
        for c, a in zip(at.tolist(), near.tolist(), strict=True)
        if _may_be_later(placed[c], activities[a])
    ]
    stands = released.by_activity({activity.uid for _, activity in pairs})
    return [
        (cause, activity)
        for cause, activity in pairs
        if any(
            shapely.dwithin(piece, cause.place, reach)
            for piece in stands[activity.uid].ground(cause.scopes)
        )
    ]


def _of_the_same_hazard(causes: Sequence[_Cause]) -> list[tuple[_Cause, Any]]:
    """A record without a place that belongs to a hazard speaks against each release of it."""
    linked: dict[str, list[_Cause]] = defaultdict(list)
    for cause in causes:
        if cause.place is None and cause.hazard_uid:
            linked[cause.hazard_uid].append(cause)
    pairs = []
    for some in bulk.in_chunks(sorted(linked)):
        by_activity = dict(
            Release.objects.filter(hazard_uid__in=some).values_list("activity_uid", "hazard_uid")
        )
        for activity in _activities(by_activity):
            pairs += [
                (cause, activity)
                for cause in linked[by_activity[activity.uid]]
                if _may_be_later(cause, activity)
            ]
    stands = released.by_activity({activity.uid for _, activity in pairs})
    return [(c, a) for c, a in pairs if stands[a.uid].ground(c.scopes)]


def _may_be_later(cause: _Cause, activity: Any) -> bool:
    """On equal dates evidence prevails, and what is undated may be later. What was found in the
    work itself is why it was done."""
    released_on = activity.date_end
    if cause.found_in == activity.uid:
        return bool(cause.until and released_on and cause.until > released_on)
    return cause.until is None or released_on is None or bool(cause.until >= released_on)


def _activities(uids: Iterable[str]) -> list[Any]:
    found = bulk.instances(connection, Activity, "uid", sorted(set(uids)))
    return [activity for activity in found if activity.area_mm2 is not None]


def _released_near(places: Any, reach: float, only: set[str] | None) -> list[Any]:
    """Activities on which land was released, those near some places at least."""
    if only is not None:
        return _activities(only)
    if len(places) >= MANY:
        return _activities(Release.objects.values_list("activity_uid", flat=True))
    decided = Release.objects.values("activity_uid")
    found: dict[str, Any] = {}
    for place in places:
        near = Activity.objects.filter(
            geometry__box=released.box_around(place, reach), area_mm2__isnull=False, uid__in=decided
        )
        found |= {activity.uid: activity for activity in near.defer("geometry")}
    return list(found.values())


def _near_activities(activities: Sequence[str]) -> dict[str, list[str]]:
    """Ids of the records near some activities, by record type; of all that have a place where
    there are many activities."""
    if len(activities) >= MANY:
        return {
            name: list(
                RECORDS[name].objects.filter(plane__isnull=False).values_list("uid", flat=True)
            )
            for name in CAUSES
        }
    reach = _distance_mm()
    boxes = [
        released.box_around(shapely.from_wkb(bytes(activity.plane)), reach)
        for activity in _activities(activities)
    ]
    return {name: sorted(uid for box in boxes for uid in _in_box(name, box)) for name in CAUSES}


def _in_box(record_type: str, box: tuple[float, ...]) -> list[str]:
    """Ids of the records whose boxes meet a box. Every release asks this of three tables, and
    putting the query together takes Django longer than answering it takes the database."""
    table = RECORDS[record_type]._meta.db_table
    condition, values = in_box(connection.vendor, table, box)
    return [
        uid
        for (uid,) in bulk.few(connection, f'SELECT uid FROM "{table}" WHERE {condition}', values)  # nosec B608 # names are of our own schema, values are bound
    ]


# --- writing -------------------------------------------------------------------------------------


def _raise(
    entry: JournalEntry, actor: Actor, pairs: Sequence[tuple[_Cause, Any]]
) -> JournalEntry | None:
    fresh = _not_standing(pairs)
    if not fresh:
        return None
    stands = released.by_activity({activity.uid for _, activity in fresh})
    hazards = dict(
        pair
        for some in bulk.in_chunks(sorted({activity.uid for _, activity in fresh}))
        for pair in Release.objects.filter(activity_uid__in=some).values_list(
            "activity_uid", "hazard_uid"
        )
    )
    lines = [
        canonical.dumps(
            {
                "activity": activity.uid,
                "cause": cause.uid,
                "cause_type": cause.record_type,
                "hazard": hazards.get(activity.uid),
                "message": _message(cause, activity),
                "mm2": str(_booked(stands[activity.uid].together(cause.scopes))),
                "on": None if cause.until is None else cause.until.isoformat(),
            }
        )
        for cause, activity in fresh
    ]
    return recording.record(
        journal.Draft(
            kind="question",
            actor=actor.to_json(),
            data={"for": entry.seq},
            parts=list(journal.split("questions", lines)),
        )
    )


def _not_standing(pairs: Sequence[tuple[_Cause, Any]]) -> list[tuple[_Cause, Any]]:
    """Pairs about which no question stands already, each once, in a settled order."""
    if not pairs:
        return []
    stands = set(
        Question.objects.filter(resolved_seq__isnull=True).values_list("cause_uid", "activity_uid")
    )
    fresh = {
        (cause.uid, activity.uid): (cause, activity)
        for cause, activity in pairs
        if (cause.uid, activity.uid) not in stands
    }
    return [fresh[key] for key in sorted(fresh)]


def _message(cause: _Cause, activity: Any) -> str:
    when = "undated" if cause.until is None else f"of {cause.until} or before"
    release = "an undated release"
    if activity.date_end is not None:
        release = f"the release of {activity.date_end}"
    if cause.place is None:
        where = "belongs to the hazard and has no place of its own"
    elif cause.roughly:
        where = "is placed at the centre of a community, on or close to the land"
    else:
        where = "lies on the land or close to it"
    return f"{cause.ref} ({when}) {where}; {release} by {activity.ref} is in question"


def _booked(polygon: Any) -> int:
    return int(np.rint(polygon.area))
