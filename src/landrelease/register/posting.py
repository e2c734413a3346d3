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
from landrelease.land import accounts, overlay

from . import bulk, canonical, journal, releases
from .models import (
    Activity,
    Hazard,
    HazardPast,
    JournalEntry,
    LedgerDiscrepancy,
    LedgerLine,
    Release,
)
from .people import Actor

#: From this many ids on, a whole table is read and sifted instead of naming each id in queries.
MANY = 1_000


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
    from . import apply

    uids = _closure(set(hazards), set(released))
    events = events_of(uids)
    if not len(events):
        return None
    # Only polygons with a booked area are posted, and only valid ones are booked.
    posting = land.post(events, validated=True)
    parts = _changed_parts(events, posting, _released_on(uids))
    if not parts:
        return None
    return apply.record(
        journal.Draft(kind="posting", actor=actor.to_json(), data={"for": entry.seq}, parts=parts)
    )


# --- which events --------------------------------------------------------------------------------


def _closure(hazards: set[str], released: set[str]) -> set[str]:
    """Ids of all hazards and historic releases that overlap the changed ones, step by step."""
    every = Release.objects.iterator(chunk_size=bulk.CHUNK) if released else ()
    linked = [release for release in every if release.activity_uid in released]
    historic = set()
    for release in linked:
        if release.standing == Release.HISTORIC:
            historic.add(release.activity_uid)
        elif release.hazard_uid:
            hazards.add(release.hazard_uid)
    seeds = hazards | historic
    total = Hazard.objects.count() + Release.objects.filter(standing=Release.HISTORIC).count()
    if len(seeds) == total:
        return seeds
    # Asking the database around a polygon costs about as much as loading a hundred of them.
    if len(seeds) * 100 >= total:
        return _closure_in_memory(seeds)
    return _closure_by_boxes(seeds)


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


def _closure_by_boxes(seeds: set[str]) -> set[str]:
    past_uids, past_planes = _past_ground()
    tree = shapely.STRtree(past_planes)
    found, frontier = set(seeds), set(seeds)
    while frontier:
        reached: set[str] = set()
        for _, plane, box in _ground(frontier, past_uids, past_planes):
            for other, other_plane in _near(box):
                if other not in found and shapely.intersects(plane, other_plane):
                    reached.add(other)
            near_past = tree.query(plane, predicate="intersects").tolist() if past_uids else []
            reached |= {past_uids[at] for at in near_past} - found
        found |= reached
        frontier = reached
    return found


def _past_ground() -> tuple[list[str], NDArray[np.object_]]:
    """Every boundary that a hazard once had."""
    past = list(HazardPast.objects.filter(area_mm2__isnull=False).values_list("uid", "plane"))
    return [uid for uid, _ in past], bulk.shapes(plane for _, plane in past)


def _ground(
    uids: set[str], past_uids: list[str], past_planes: NDArray[np.object_]
) -> Iterable[tuple[str, Any, tuple[float, ...]]]:
    """Every boundary these hazards and historic releases have or had, with its box in degrees."""
    some = sorted(uids)
    for model in (Hazard, Activity):
        for chunk in bulk.in_chunks(some):
            rows = model.objects.filter(uid__in=chunk, area_mm2__isnull=False).values_list(
                "uid", "plane", "min_lon", "min_lat", "max_lon", "max_lat"
            )
            for uid, plane, *box in rows:
                yield uid, shapely.from_wkb(bytes(plane)), tuple(box)
    for uid, planar in zip(past_uids, past_planes, strict=True):
        if uid in uids:
            yield uid, planar, _box_of(planar)


def _box_of(planar: Any) -> tuple[float, ...]:
    from .apply import programme_plane

    plane = programme_plane()
    assert plane is not None
    return tuple(shapely.bounds(plane.unproject(np.array([planar], dtype=object))[0]))


def _near(box: tuple[float, ...]) -> Iterable[tuple[str, Any]]:
    near = Hazard.objects.filter(geometry__box=box, area_mm2__isnull=False)
    historic = Release.objects.filter(standing=Release.HISTORIC).values("activity_uid")
    near_activities = Activity.objects.filter(
        geometry__box=box, area_mm2__isnull=False, uid__in=historic
    )
    for query in (near, near_activities):
        for uid, plane in query.values_list("uid", "plane"):
            yield uid, shapely.from_wkb(bytes(plane))


def _all_ground() -> tuple[list[str], NDArray[np.object_]]:
    uids: list[str] = []
    planes: list[bytes] = []
    historic = (
        f' AND uid IN (SELECT activity_uid FROM "{Release._meta.db_table}" '
        f"WHERE standing = '{Release.HISTORIC}')"
    )
    for model, condition in ((Hazard, ""), (Activity, historic)):
        table = model._meta.db_table
        sql = f'SELECT uid, plane FROM "{table}" WHERE area_mm2 IS NOT NULL{condition}'
        for uid, plane in bulk.select(connection, sql):
            uids.append(uid)
            planes.append(plane)
    past_uids, past_planes = _past_ground()
    return uids + past_uids, np.concatenate([bulk.shapes(planes), past_planes])


# --- the events ----------------------------------------------------------------------------------


def events_of(uids: set[str]) -> land.Events:
    """Every event of these hazards and historic releases, as the ledger wants them."""
    columns = _joined(_hazard_columns(uids), _release_columns(uids))
    return land.Events(
        kind=bulk.objects(columns["kind"]),
        uid=bulk.objects(columns["uid"]),
        version=np.array(columns["version"], dtype=np.int64),
        hazard=bulk.objects(columns["hazard"]),
        on=np.array(columns["on"], dtype="datetime64[D]"),
        type=bulk.objects(columns["type"]),
        result=bulk.objects(columns["result"]),
        classes=np.array(columns["classes"], dtype=np.uint8),
        polygon=bulk.shapes(columns["plane"]),
        content_hash=bulk.objects(columns["content"]),
        cause=bulk.objects(columns["cause"]),
        extends=np.array(columns["extends"], dtype=bool),
    )


_Columns = dict[str, list[Any]]

#: Columns of :class:`landrelease.land.Events`, with the polygon as it stands in the database.
_NAMES = (
    "kind",
    "uid",
    "version",
    "hazard",
    "on",
    "type",
    "result",
    "classes",
    "plane",
    "content",
    "cause",
    "extends",
)


def _add(columns: _Columns, *values: Any) -> None:
    """Add one event, its values in the order of :data:`_NAMES`."""
    for name, value in zip(_NAMES, values, strict=True):
        columns[name].append(value)


def _joined(one: _Columns, other: _Columns) -> _Columns:
    return {name: one[name] + other[name] for name in one}


def _mask(classes: str | None, *, of_hazard: bool) -> int:
    if not classes:
        return accounts.NOT_RECORDED if of_hazard else 0
    return land.class_mask(classes.split("|"))


def _hazard_columns(uids: set[str]) -> _Columns:
    query = (
        "SELECT uid, date_start, type, classes, CASE WHEN area_mm2 IS NULL THEN NULL ELSE plane "
        f'END, content FROM "{Hazard._meta.db_table}"'
    )
    rows = list(_selected(query, uids))
    found = list(zip(*rows, strict=True)) if rows else [()] * 6
    uid, on, kinds, classes, planes, contents = map(list, found)
    masks = {named: _mask(named, of_hazard=True) for named in set(classes)}
    columns: _Columns = {
        "kind": ["hazard"] * len(uid),
        "uid": uid,
        "version": [1] * len(uid),
        "hazard": [""] * len(uid),
        "on": on,
        "type": [kind or "" for kind in kinds],
        "result": [""] * len(uid),
        "classes": [masks[named] for named in classes],
        "plane": planes,
        "content": contents,
        "cause": [""] * len(uid),
        "extends": [False] * len(uid),
    }
    _insert_past(columns, uids)
    return columns


def _insert_past(columns: _Columns, uids: set[str]) -> None:
    """Put the earlier versions of the hazards beside the present ones."""
    past: dict[str, list[HazardPast]] = defaultdict(list)
    rows = (
        HazardPast.objects.all()
        if len(uids) >= MANY
        else HazardPast.objects.filter(uid__in=list(uids))
    )
    for row in rows.order_by("version"):
        if row.uid in uids:
            past[row.uid].append(row)
    if not past:
        return
    place = {uid: number for number, uid in enumerate(columns["uid"])}
    for uid, versions in past.items():
        latest = None
        for row in versions:
            latest = _later(latest, row.date_start)
            _add(
                columns,
                "hazard",
                uid,
                row.version,
                "",
                latest,
                row.type or "",
                "",
                _mask(row.classes, of_hazard=True),
                None if row.area_mm2 is None else row.plane,
                row.content,
                "",
                False,
            )
        columns["version"][place[uid]] = len(versions) + 1
        columns["on"][place[uid]] = _later(latest, columns["on"][place[uid]])


def _later(one: Any, other: Any) -> Any:
    """What was learnt later never speaks of an earlier day than what it replaces."""
    if one is None or other is None:
        return one if other is None else other
    return max(one, other)


def _release_columns(uids: set[str]) -> _Columns:
    columns: _Columns = {name: [] for name in _NAMES}
    hazard_of = {
        activity: None if standing == Release.HISTORIC else hazard
        for activity, standing, hazard in Release.objects.values_list(
            "activity_uid", "standing", "hazard_uid"
        ).iterator(chunk_size=bulk.CHUNK)
        if (activity if standing == Release.HISTORIC else hazard) in uids
    }
    activities = list(_activities(sorted(hazard_of)))
    decided = [a for a in activities if hazard_of[a.uid] is not None]
    stand = {a.uid for a in releases.standing(decided)}
    for activity in activities:
        hazard = hazard_of[activity.uid]
        if hazard is not None and activity.uid not in stand:
            continue
        _add(
            columns,
            "historic" if hazard is None else "release",
            activity.uid,
            1,
            hazard or "",
            activity.date_end,
            "",
            activity.result or "",
            # Decided elsewhere: the authority's word covers all that was suspected there.
            _mask(activity.classes, of_hazard=hazard is None),
            None if activity.area_mm2 is None else activity.plane,
            activity.content,
            "",
            False,
        )
    return columns


def _activities(uids: list[str]) -> Iterable[Any]:
    for some in bulk.in_chunks(uids):
        yield from Activity.objects.filter(uid__in=some).defer("geometry")


def _selected(query: str, uids: set[str]) -> Iterable[tuple[Any, ...]]:
    if len(uids) >= MANY:
        for row in bulk.select(connection, query):
            if row[0] in uids:
                yield row
        return
    for chunk in bulk.in_chunks(sorted(uids)):
        marks = ", ".join(["%s"] * len(chunk))
        yield from bulk.select(connection, f"{query} WHERE uid IN ({marks})", chunk)


# --- the journal parts ---------------------------------------------------------------------------


def _released_on(uids: set[str]) -> set[str]:
    """Ids of the activities that released land of these hazards, revoked ones too: a revoked one
    is no event any more, but what it posted has to be retired."""
    decided = Release.objects.filter(hazard_uid__isnull=False)
    pairs = decided.values_list("hazard_uid", "activity_uid").iterator(chunk_size=bulk.CHUNK)
    return {activity for hazard, activity in pairs if hazard in uids}


def _changed_parts(
    events: land.Events, posting: land.Posting, released: set[str]
) -> list[journal.DraftPart]:
    """Lines of the events whose posting is new or differs from what stands."""
    fresh = _line_dumps(events, posting)
    standing = _standing_dumps({*fresh, *events.uid.tolist(), *released})
    changed = sorted(uid for uid in {*fresh, *standing} if fresh.get(uid) != standing.get(uid))
    retired = [canonical.dumps({"event": uid}) for uid in changed if uid in standing]
    lines = [line for uid in changed for kind, line in fresh.get(uid, ()) if kind == "ledger"]
    found = [
        line for uid in changed for kind, line in fresh.get(uid, ()) if kind == "discrepancies"
    ]
    return [
        *journal.split("retire", retired),
        *journal.split("ledger", lines),
        *journal.split("discrepancies", found),
    ]


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
    if not LedgerLine.objects.exists():
        return {}
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
    live = model.objects.filter(retired_seq__isnull=True)
    if len(uids) >= MANY:
        position = fields.index("event_uid")
        for row in live.values_list(*fields).iterator(chunk_size=bulk.CHUNK):
            if row[position] in uids:
                yield row
        return
    for chunk in bulk.in_chunks(sorted(uids)):
        yield from live.filter(event_uid__in=chunk).values_list(*fields)


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
