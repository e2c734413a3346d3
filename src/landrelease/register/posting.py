"""From the state to the ledger: which events a decision touches, and their postings.

Land is posted again only where a decision reaches: the changed hazards and releases, and whatever
overlaps them, directly or through others. Everything else keeps its lines.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any

import numpy as np
import shapely
from django.db import connection
from numpy.typing import NDArray

from landrelease import land
from landrelease.land import accounts, overlay

from . import acts, bulk, canonical, codes, journal, knowledge, lines, releases, totals
from .models import (
    Activity,
    GroundGroup,
    Hazard,
    HazardPast,
    JournalEntry,
    LandAct,
    LedgerDiscrepancy,
    LedgerLine,
    Release,
)
from .people import Actor

#: From this many ids on, a whole table is read and sifted instead of naming each id in queries.
MANY = 1_000
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
    from . import apply

    totals.ensure()
    uids = _closure(set(hazards), set(released))
    on_them = _releases_on(uids)
    events = _events(_hazard_columns(uids, None), _release_columns(on_them, None))
    if not len(events):
        return None
    # Only polygons with a booked area are posted, and only valid ones are booked.
    posting = land.post(events, validated=True)
    # A revoked release is no event any more, but what it posted has to be retired.
    released_on = {activity for activity, standing, _ in on_them if standing != HISTORIC}
    changed, retired, all_new, parts = _changed_parts(events, posting, released_on)
    first = lines.next_number()
    posted = None
    if parts:
        data = {"for": entry.seq}
        posted = apply.record(
            journal.Draft(kind="posting", actor=actor.to_json(), data=data, parts=parts)
        )
    seq = None if posted is None else posted.seq
    del posting, parts  # as many lines as there are polygons; what follows reads them back
    followed = totals.Followed(first, seq, changed, retired, all_new)
    totals.posted(uids, followed, events)
    return posted


HISTORIC = Release.HISTORIC
_RELEASES = f'SELECT activity_uid, standing, hazard_uid FROM "{Release._meta.db_table}"'  # nosec B608 # names are of our own schema, values are bound


# --- which events --------------------------------------------------------------------------------


def every_uid(seq: int | None = None) -> set[str]:
    """Ids of all hazards and historic releases, as known at a journal entry."""
    hazards = Hazard.objects.all()
    historic = Release.objects.filter(standing=Release.HISTORIC)
    if seq is not None:
        hazards, historic = hazards.filter(created_seq__lte=seq), historic.filter(seq__lte=seq)
    return {
        *hazards.values_list("uid", flat=True).iterator(chunk_size=bulk.CHUNK),
        *historic.values_list("activity_uid", flat=True).iterator(chunk_size=bulk.CHUNK),
    }


def _closure(hazards: set[str], released: set[str]) -> set[str]:
    """Ids of all hazards and historic releases that hang together with the changed ones.

    What hung together before is kept (:class:`~.models.GroundGroup`): only ground that is new
    has to be looked for on the map.
    """
    seeds = set(hazards)
    #: Hazards and historic releases whose ground is new, or may be.
    fresh = set(hazards)
    sql = f"{_RELEASES} WHERE activity_uid IN ({{}})"
    for activity, standing, hazard in bulk.named(connection, sql, sorted(released)):
        if standing == HISTORIC:
            seeds.add(activity)
            fresh.add(activity)
        elif hazard:
            seeds.add(hazard)
    fresh |= set(_extending(released))
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
    historic = Release.objects.filter(standing=Release.HISTORIC)
    return Hazard.objects.count() + historic.count()


def _together(uids: set[str]) -> set[str]:
    """These records and those that are known to hang together with them."""
    table = GroundGroup._meta.db_table
    sql = f'SELECT group_uid FROM "{table}" WHERE uid IN ({{}})'  # nosec B608 # names are of our own schema, values are bound
    groups = {row[0] for row in bulk.named(connection, sql, sorted(uids))}
    sql = f'SELECT uid FROM "{table}" WHERE group_uid IN ({{}})'  # nosec B608 # names are of our own schema, values are bound
    return uids | {row[0] for row in bulk.named(connection, sql, sorted(groups))}


def _extending(
    activities: Collection[str] | None = None, seq: int | None = None
) -> dict[str, list[str]]:
    """Activities whose release extends its hazard, by hazard; all of them, or some."""
    sql = f'SELECT hazard_uid, activity_uid, seq FROM "{LandAct._meta.db_table}" WHERE act = %s'  # nosec B608 # names are of our own schema, values are bound
    if activities is None or len(activities) >= MANY:
        rows = bulk.few(connection, sql, [acts.EXTENDED])
    else:
        some = sorted(activities)
        sql = sql.replace(" act = %s", " activity_uid IN ({}) AND act = %s")
        rows = bulk.named(connection, sql, some, acts.EXTENDED)
    found: dict[str, list[str]] = defaultdict(list)
    for hazard, activity, decided in rows:
        if (activities is None or activity in activities) and (seq is None or decided <= seq):
            found[hazard].append(activity)
    return dict(found)


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
    for hazard, activities in _extending().items():
        rows = Activity.objects.filter(uid__in=activities, area_mm2__isnull=False)
        past += [(hazard, plane) for plane in rows.values_list("plane", flat=True)]
    return [uid for uid, _ in past], bulk.shapes(plane for _, plane in past)


def _ground(uids: set[str]) -> Iterable[tuple[Any, tuple[float, ...]]]:
    """The boundary these hazards and historic releases have, with its box in degrees; of hazards
    also what releases extend them by."""
    extending = _extending()
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
        historic = Release.objects.filter(standing=Release.HISTORIC, activity_uid__in=some)
        for uid in historic.values_list("activity_uid", flat=True):
            yield uid, shapely.from_wkb(bytes(worked[uid]))


def _all_ground() -> tuple[list[str], NDArray[np.object_]]:
    uids: list[str] = []
    planes: list[bytes] = []
    historic = (
        f' AND uid IN (SELECT activity_uid FROM "{Release._meta.db_table}" '  # nosec B608 # names are of our own schema, values are bound
        f"WHERE standing = '{Release.HISTORIC}')"
    )
    for model, condition in ((Hazard, ""), (Activity, historic)):
        table = model._meta.db_table
        sql = f'SELECT uid, plane FROM "{table}" WHERE area_mm2 IS NOT NULL{condition}'  # nosec B608 # names are of our own schema, values are bound
        for uid, plane in bulk.select(connection, sql):
            uids.append(uid)
            planes.append(plane)
    once_uids, once_planes = _once_ground()
    return uids + once_uids, np.concatenate([bulk.shapes(planes), once_planes])


# --- the events ----------------------------------------------------------------------------------


def events_of(uids: set[str], seq: int | None = None) -> land.Events:
    """Every event of these hazards and historic releases, as the ledger wants them.

    Parameters
    ----------
    uids
        Their ids.
    seq
        Journal entry whose knowledge counts; None for all.
    """
    return _events(_hazard_columns(uids, seq), _release_columns(_releases_on(uids, seq), seq))


def _events(hazards: _Columns, found: _Columns) -> land.Events:
    columns = _joined(hazards, found)
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


def all_events(seq: int | None = None) -> land.Events:
    """Every event of the ledger, as known at a journal entry."""
    return events_of(every_uid(seq), seq)


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


def _type(recorded: str | None) -> str:
    """Type of an area for the ledger. An indication without area has no ground to post."""
    return "" if recorded is None or recorded == codes.INDICATION else recorded


def _hazard_columns(uids: set[str], seq: int | None) -> _Columns:
    query = (
        "SELECT uid, date_start, type, classes, CASE WHEN area_mm2 IS NULL THEN NULL ELSE plane "  # nosec B608 # names are of our own schema, values are bound
        f'END, content FROM "{Hazard._meta.db_table}"'
    )
    rows = list(_selected(query, uids) if seq is None else _hazards_at(uids, seq))
    found = list(zip(*rows, strict=True)) if rows else [()] * 6
    uid, on, kinds, classes, planes, contents = map(list, found)
    masks = {named: _mask(named, of_hazard=True) for named in set(classes)}
    columns: _Columns = {
        "kind": ["hazard"] * len(uid),
        "uid": uid,
        "version": [1] * len(uid),
        "hazard": [""] * len(uid),
        "on": on,
        "type": [_type(kind) for kind in kinds],
        "result": [""] * len(uid),
        "classes": [masks[named] for named in classes],
        "plane": planes,
        "content": contents,
        "cause": [""] * len(uid),
        "extends": [False] * len(uid),
    }
    _insert_past(columns, uids, seq)
    return columns


def _hazards_at(uids: set[str], seq: int) -> Iterable[tuple[Any, ...]]:
    names = ("uid", "date_start", "type", "classes", "plane", "content", "area_mm2")
    for *row, plane, content, area in knowledge.rows("hazard", names, seq=seq, uids=uids):
        yield *row, None if area is None else plane, content


def _insert_past(columns: _Columns, uids: set[str], seq: int | None) -> None:
    """Put the earlier versions of the hazards beside the present ones."""
    past: dict[str, list[HazardPast]] = defaultdict(list)
    known = {} if seq is None else knowledge.boundaries_known(uids, seq)
    for row in sorted(_past(uids), key=lambda row: row.version):
        if row.uid in uids and row.version <= known.get(row.uid, row.version):
            past[row.uid].append(row)
    acted = (
        {}
        if not _acted(uids)
        else {
            uid: {v: act for v, act in of.items() if seq is None or act.seq <= seq}
            for uid, of in acts.versions(uids, MANY).items()
        }
    )
    if not past and not acted:
        return
    place = {uid: number for number, uid in enumerate(columns["uid"])}
    for uid in {*past, *acted} & place.keys():
        latest = None
        act_of = acted.get(uid, {})
        for row in past.get(uid, ()):
            act = act_of.get(row.version)
            latest = _later(latest, row.date_start if act is None else act.on)
            _add(
                columns,
                "hazard",
                uid,
                row.version,
                "",
                latest,
                _type(row.type),
                "",
                _mask(row.classes, of_hazard=True),
                _boundary(row.plane, row.area_mm2 is not None, act),
                row.content,
                _cause(act),
                False,
            )
        at, version = place[uid], len(past.get(uid, ())) + 1
        act = act_of.get(version)
        columns["version"][at] = version
        columns["on"][at] = _later(latest, columns["on"][at] if act is None else act.on)
        columns["plane"][at] = _boundary(columns["plane"][at], columns["plane"][at], act)
        columns["cause"][at] = _cause(act)


def _acted(uids: set[str]) -> bool:
    """Whether any of the hazards, if they are few, was ever the matter of an act."""
    sql = f'SELECT 1 FROM "{LandAct._meta.db_table}" WHERE hazard_uid IN ({{}}) LIMIT 1'  # nosec B608 # names are of our own schema, values are bound
    return len(uids) >= MANY or bool(bulk.named(connection, sql, sorted(uids)))


def _past(uids: set[str]) -> Iterable[HazardPast]:
    """What the hazards were before."""
    names = [field.attname for field in HazardPast._meta.fields]
    sql = f'SELECT {", ".join(names)} FROM "{HazardPast._meta.db_table}"'  # nosec B608 # names are of our own schema, values are bound
    if len(uids) >= MANY:
        rows = bulk.select(connection, sql)
    else:
        rows = bulk.named(connection, f"{sql} WHERE uid IN ({{}})", sorted(uids))
    for row in rows:
        yield HazardPast(**dict(zip(names, row, strict=True)))


def _cause(act: LandAct | None) -> str:
    return "" if act is None else acts.CAUSE_OF.get(act.act, "")


def _boundary(plane: Any, measured: Any, act: LandAct | None) -> Any:
    """The polygon a version has for the ledger. One without keeps the polygon before it, so a
    hazard that an act withdrew is given an empty one."""
    if measured:
        return plane
    return _EMPTY if act is not None and act.act in codes.WITHDRAWN else None


_EMPTY = shapely.to_wkb(shapely.Polygon())


def _later(one: Any, other: Any) -> Any:
    """What was learnt later never speaks of an earlier day than what it replaces."""
    if one is None or other is None:
        return one if other is None else other
    return max(one, other)


def _release_columns(found: list[tuple[str, str, str]], seq: int | None) -> _Columns:
    columns: _Columns = {name: [] for name in _NAMES}
    hazard_of = {
        activity: None if standing == HISTORIC else hazard for activity, standing, hazard in found
    }
    activities = list(_activities(sorted(hazard_of), seq))
    decided = [a for a in activities if hazard_of[a.uid] is not None]
    stand = {a.uid for a in releases.standing(decided, seq)}
    extending = {uid for found in _extending(hazard_of.keys(), seq).values() for uid in found}
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
            activity.uid in extending,
        )
    return columns


def _releases_on(uids: set[str], seq: int | None = None) -> list[tuple[str, str, str]]:
    """(activity, standing, hazard) of the releases of these hazards, and of the historic ones
    among these ids."""
    until = "" if seq is None else f" AND seq <= {int(seq)}"
    if len(uids) >= MANY:
        rows = bulk.select(connection, f"{_RELEASES} WHERE 1 = 1{until}")
        return [row for row in rows if (row[0] if row[1] == HISTORIC else row[2]) in uids]
    some = sorted(uids)
    decided = f"{_RELEASES} WHERE hazard_uid IN ({{}}) AND standing <> %s{until}"
    historic = f"{_RELEASES} WHERE activity_uid IN ({{}}) AND standing = %s{until}"
    return [
        *bulk.named(connection, decided, some, HISTORIC),
        *bulk.named(connection, historic, some, HISTORIC),
    ]


def _activities(uids: list[str], seq: int | None) -> Iterable[Any]:
    if seq is not None:
        yield from knowledge.instances("activity", seq=seq, uids=uids)
        return
    yield from bulk.instances(connection, Activity, "uid", uids)


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
    if len(uids) >= MANY:
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
