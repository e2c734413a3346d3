"""From the state to the ledger: which events a decision touches, and their postings.

Land is posted again only where a decision reaches: the changed hazards and releases, and whatever
overlaps them, directly or through others. Everything else keeps its lines.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import numpy as np
import shapely
from django.db import connection
from numpy.typing import NDArray

from landrelease import land
from landrelease.land import overlay

from . import bulk, canonical, journal, land_events, lines, recording, totals
from .models import (
    Activity,
    GroundGroup,
    Hazard,
    HazardPast,
    JournalEntry,
    LedgerDiscrepancy,
    LedgerLine,
    Release,
)
from .people import Actor

#: Up to this many, what a polygon meets is looked for without counting how many others there are.
FEW = 20


def post_after(
    entry: JournalEntry, actor: Actor, *, hazards: Iterable[str] = (), released: Iterable[str] = ()
) -> JournalEntry | None:
    """Post what a decision changed, as the entry that follows it in the same transaction.

    Parameters
    ----------
    entry
        The decision.
    hazards, released
        Ids of the hazards changed and of the activities released by it.

    Returns
    -------
    JournalEntry or None
        The posting entry; None when no line changes.
    """
    totals.ensure()
    uids = _closure(set(hazards), set(released))
    on_them = land_events.releases_on(uids)
    events = land_events.with_releases(uids, on_them)
    if not len(events):
        return None
    # Only polygons with a booked area are posted, and only valid ones are booked.
    posting = land.post(events, validated=True)
    # A revoked release is no event any more, but what it posted has to be retired.
    released_on = {
        activity for activity, standing, _ in on_them if standing != land_events.HISTORIC
    }
    changed, retired, all_new, parts = _changed_parts(events, posting, released_on)
    first = lines.next_number()
    posted = None
    if parts:
        data = {"for": entry.seq}
        posted = recording.record(
            journal.Draft(kind="posting", actor=actor.to_json(), data=data, parts=parts)
        )
    seq = None if posted is None else posted.seq
    del posting, parts  # as many lines as there are polygons; what follows reads them back
    followed = totals.Followed(first, seq, changed, retired, all_new)
    totals.posted(uids, followed, events)
    return posted


# --- which events --------------------------------------------------------------------------------


def _closure(hazards: set[str], released: set[str]) -> set[str]:
    """Ids of all hazards and historic releases that hang together with the changed ones.

    What hung together before is kept (:class:`~.models.GroundGroup`): only ground that is new
    has to be looked for on the map.
    """
    seeds = set(hazards)
    #: Hazards and historic releases whose ground is new, or may be.
    fresh = set(hazards)
    sql = f"{land_events.RELEASES} WHERE activity_uid IN ({{}})"
    for activity, standing, hazard in bulk.named(connection, sql, sorted(released)):
        if standing == land_events.HISTORIC:
            seeds.add(activity)
            fresh.add(activity)
        elif hazard:
            seeds.add(hazard)
    fresh |= set(land_events.extending(released))
    if len(fresh) > FEW:
        total = _known()
        if len(seeds) == total:
            return seeds
        # Asking the database around a polygon costs about as much as loading a hundred of them.
        if len(fresh) * 100 >= total:
            return _closure_in_memory(seeds)
    found = _together(seeds)
    return found | _together(_touching(fresh) - found)


def _known() -> int:
    historic = Release.objects.filter(standing=land_events.HISTORIC)
    return Hazard.objects.count() + historic.count()


def _together(uids: set[str]) -> set[str]:
    """These records and those that are known to hang together with them."""
    table = GroundGroup._meta.db_table
    sql = f'SELECT group_uid FROM "{table}" WHERE uid IN ({{}})'  # nosec B608 # names are of our own schema, values are bound
    groups = {row[0] for row in bulk.named(connection, sql, sorted(uids))}
    sql = f'SELECT uid FROM "{table}" WHERE group_uid IN ({{}})'  # nosec B608 # names are of our own schema, values are bound
    return uids | {row[0] for row in bulk.named(connection, sql, sorted(groups))}


def _closure_in_memory(seeds: set[str]) -> set[str]:
    uids, polygons = _all_ground()
    left, right = overlay.overlapping_pairs(polygons)
    # Every boundary that a hazard ever had hangs together with the others of that hazard.
    first: dict[str, int] = {}
    same = [(first.setdefault(uid, node), node) for node, uid in enumerate(uids)]
    one, other = np.array([pair for pair in same if pair[0] != pair[1]] or [(0, 0)]).T
    group = overlay.components(
        len(uids), np.concatenate([left, one]), np.concatenate([right, other])
    )
    touched = {int(g) for g, uid in zip(group, uids, strict=True) if uid in seeds}
    return seeds | {uid for g, uid in zip(group, uids, strict=True) if int(g) in touched}


def _touching(uids: set[str]) -> set[str]:
    """Hazards and historic releases whose ground, now or once, meets that of these."""
    if not uids:
        return set()
    once_uids, once_planes = _once_ground()
    tree = shapely.STRtree(once_planes) if once_uids else None
    found: set[str] = set()
    for plane, box in _ground(uids):
        for other, other_plane in _near(box):
            if other not in found and shapely.intersects(plane, other_plane):
                found.add(other)
        if tree is not None:
            found |= {once_uids[at] for at in tree.query(plane, predicate="intersects").tolist()}
    return found - uids


def _once_ground() -> tuple[list[str], NDArray[np.object_]]:
    """Ground of hazards beside their present boundaries: those they once had, and what releases
    that extend them brought."""
    past = list(HazardPast.objects.filter(area_mm2__isnull=False).values_list("uid", "plane"))
    for hazard, activities in land_events.extending().items():
        rows = Activity.objects.filter(uid__in=activities, area_mm2__isnull=False)
        past += [(hazard, plane) for plane in rows.values_list("plane", flat=True)]
    return [uid for uid, _ in past], bulk.shapes(plane for _, plane in past)


def _ground(uids: set[str]) -> Iterable[tuple[Any, tuple[float, ...]]]:
    """The boundary these hazards and historic releases have, with its box in degrees; of hazards
    also what releases extend them by."""
    extending = land_events.extending()
    named = uids | {activity for uid in uids for activity in extending.get(uid, ())}
    for some in bulk.in_chunks(sorted(named)):
        for model in (Hazard, Activity):
            rows = model.objects.filter(uid__in=some, area_mm2__isnull=False).values_list(
                "plane", "min_lon", "min_lat", "max_lon", "max_lat"
            )
            for plane, *box in rows:
                yield shapely.from_wkb(bytes(plane)), tuple(box)


def _near(box: tuple[float, ...]) -> Iterable[tuple[str, Any]]:
    near = Hazard.objects.filter(geometry__box=box, area_mm2__isnull=False)
    for uid, plane in near.values_list("uid", "plane"):
        yield uid, shapely.from_wkb(bytes(plane))
    activities = Activity.objects.filter(geometry__box=box, area_mm2__isnull=False)
    worked = dict(activities.values_list("uid", "plane"))
    for some in bulk.in_chunks(sorted(worked)):
        historic = Release.objects.filter(standing=land_events.HISTORIC, activity_uid__in=some)
        for uid in historic.values_list("activity_uid", flat=True):
            yield uid, shapely.from_wkb(bytes(worked[uid]))


def _all_ground() -> tuple[list[str], NDArray[np.object_]]:
    uids: list[str] = []
    planes: list[bytes] = []
    historic = (
        f' AND uid IN (SELECT activity_uid FROM "{Release._meta.db_table}" '  # nosec B608 # names are of our own schema, values are bound
        f"WHERE standing = '{land_events.HISTORIC}')"
    )
    for model, condition in ((Hazard, ""), (Activity, historic)):
        table = model._meta.db_table
        sql = f'SELECT uid, plane FROM "{table}" WHERE area_mm2 IS NOT NULL{condition}'  # nosec B608 # names are of our own schema, values are bound
        for uid, plane in bulk.select(connection, sql):
            uids.append(uid)
            planes.append(plane)
    once_uids, once_planes = _once_ground()
    return uids + once_uids, np.concatenate([bulk.shapes(planes), once_planes])


# --- the journal parts ---------------------------------------------------------------------------


def _changed_parts(
    events: land.Events, posting: land.Posting, released: set[str]
) -> tuple[list[str], list[str], bool, list[journal.DraftPart]]:
    """Events whose posting is new or differs from what stands, those of them whose lines are
    retired, whether none keeps what it had, and the lines."""
    fresh = _line_dumps(events, posting)
    standing = _standing_dumps({*fresh, *events.uid.tolist(), *released})
    changed = sorted(uid for uid in {*fresh, *standing} if fresh.get(uid) != standing.get(uid))
    retired = [uid for uid in changed if uid in standing]
    lines = [line for uid in changed for kind, line in fresh.get(uid, ()) if kind == "ledger"]
    found = [
        line for uid in changed for kind, line in fresh.get(uid, ()) if kind == "discrepancies"
    ]
    return (
        changed,
        retired,
        len(retired) == len(standing),
        [
            *journal.split("retire", [canonical.dumps({"event": uid}) for uid in retired]),
            *journal.split("ledger", lines),
            *journal.split("discrepancies", found),
        ],
    )


def _line_dumps(events: land.Events, posting: land.Posting) -> dict[str, list[tuple[str, bytes]]]:
    dumps: dict[str, list[tuple[str, bytes]]] = defaultdict(list)
    lines = posting.lines
    days = [None if day is None else day.isoformat() for day in lines.on.tolist()]
    columns = (
        lines.claim_from.tolist(),
        lines.claim_to.tolist(),
        lines.uid.tolist(),
        lines.ground_from.tolist(),
        lines.ground_to.tolist(),
        [uid or None for uid in lines.hazard.tolist()],
        lines.kind.tolist(),
        lines.mm2.tolist(),
        days,
        _hex(lines.piece),
        lines.scopes.tolist(),
        events.version[lines.event].tolist(),
    )
    for uid, *values in zip(lines.uid.tolist(), *columns, strict=True):
        dumps[uid].append(("ledger", _line(*values)))
    for d in posting.discrepancies:
        on = events.on[d.event]
        piece = None if d.polygon is None else shapely.to_wkb(d.polygon, hex=True).lower()
        dumps[d.uid].append(
            (
                "discrepancies",
                _discrepancy(
                    d.uid,
                    d.hazard or None,
                    d.message,
                    d.mm2,
                    None if np.isnat(on) else str(on),
                    piece,
                    d.rule,
                ),
            )
        )
    for found in dumps.values():
        if len(found) > 1:
            found.sort()
    return dict(dumps)


def _standing_dumps(uids: set[str]) -> dict[str, list[tuple[str, bytes]]]:
    dumps: dict[str, list[tuple[str, bytes]]] = defaultdict(list)
    # In the order in which _line takes them.
    fields = (
        "claim_from",
        "claim_to",
        "event_uid",
        "ground_from",
        "ground_to",
        "hazard_uid",
        "kind",
        "mm2",
        "valid_on",
        "piece",
        "scopes",
        "event_version",
    )
    for row in _live(LedgerLine, fields, uids):
        *accounts_and_ids, on, piece, scopes, version = row
        line = _line(*accounts_and_ids, _day(on), _hex_of(piece), scopes, version)
        dumps[row[2]].append(("ledger", line))
    fields = ("event_uid", "hazard_uid", "message", "mm2", "valid_on", "piece", "rule")
    for row in _live(LedgerDiscrepancy, fields, uids):
        uid, hazard, message, mm2, on, piece, rule = row
        dumps[uid].append(
            (
                "discrepancies",
                _discrepancy(uid, hazard, message, mm2, _day(on), _hex_of(piece), rule),
            )
        )
    for entries in dumps.values():
        entries.sort()
    return dict(dumps)


def _live(model: Any, fields: tuple[str, ...], uids: set[str]) -> Iterable[tuple[Any, ...]]:
    sql = f'SELECT {", ".join(fields)} FROM "{model._meta.db_table}" WHERE '  # nosec B608 # names are of our own schema, values are bound
    if len(uids) >= land_events.MANY:
        position = fields.index("event_uid")
        for row in bulk.select(connection, f"{sql} retired_seq IS NULL"):
            if row[position] in uids:
                yield row
        return
    condition = "event_uid IN ({}) AND retired_seq IS NULL"
    yield from bulk.named(connection, sql + condition, sorted(uids))


def _line(
    claim_from: str,
    claim_to: str,
    event: str,
    ground_from: str,
    ground_to: str,
    hazard: str | None,
    kind: str,
    mm2: int,
    on: str | None,
    piece: str | None,
    scopes: int,
    version: int,
) -> bytes:
    # Every value is a code, a hexadecimal id, a day or a number, so nothing needs escaping and the
    # canonical form can be written down; a test holds it against the encoder.
    return (
        f'{{"claim_from":"{claim_from}","claim_to":"{claim_to}","event":"{event}",'
        f'"ground_from":"{ground_from}","ground_to":"{ground_to}","hazard":{_quoted(hazard)},'
        f'"kind":"{kind}","mm2":"{mm2}","on":{_quoted(on)},"piece":{_quoted(piece)},'
        f'"scopes":{scopes},"version":{version}}}'
    ).encode()


def _quoted(value: str | None) -> str:
    return "null" if value is None else f'"{value}"'


def _discrepancy(
    event: str,
    hazard: str | None,
    message: str,
    mm2: int | None,
    on: str | None,
    piece: str | None,
    rule: str,
) -> bytes:
    return canonical.dumps(
        {
            "event": event,
            "hazard": hazard,
            "message": message,
            "mm2": None if mm2 is None else str(mm2),
            "on": on,
            "piece": piece,
            "rule": rule,
        }
    )


def _hex(pieces: NDArray[np.object_]) -> list[str | None]:
    if shapely.is_missing(pieces).all():
        return [None] * len(pieces)
    return [None if text is None else text.lower() for text in shapely.to_wkb(pieces, hex=True)]


def _hex_of(piece: Any) -> str | None:
    return None if piece is None else bytes(piece).hex()


def _day(value: Any) -> str | None:
    return None if value is None else value.isoformat()
