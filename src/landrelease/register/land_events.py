"""The events of the ledger as the state and the journal have them: hazards, acts and releases.

What is posted, looked up and counted starts here, as known now or at an earlier journal entry.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any

import numpy as np
import shapely
from django.db import connection

from landrelease import land
from landrelease.land import accounts

from . import acts, bulk, codes, knowledge, releases
from .models import Activity, Hazard, HazardPast, LandAct, Release

#: From this many ids on, a whole table is read and sifted instead of naming each id in queries.
MANY = 1_000
HISTORIC = Release.HISTORIC
RELEASES = f'SELECT activity_uid, standing, hazard_uid FROM "{Release._meta.db_table}"'  # nosec B608 # names are of our own schema, values are bound


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


def events_of(uids: set[str], seq: int | None = None) -> land.Events:
    """Every event of these hazards and historic releases, as the ledger wants them.

    Parameters
    ----------
    uids
        Their ids.
    seq
        Journal entry whose knowledge counts; None for all.
    """
    return with_releases(uids, releases_on(uids, seq), seq)


def with_releases(
    uids: set[str], found: list[tuple[str, str, str]], seq: int | None = None
) -> land.Events:
    """The same, of whoever has asked for the releases already (:func:`releases_on`)."""
    return _events(_hazard_columns(uids, seq), _release_columns(found, seq))


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
    extends = {uid for some in extending(hazard_of.keys(), seq).values() for uid in some}
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
            activity.uid in extends,
        )
    return columns


def releases_on(uids: set[str], seq: int | None = None) -> list[tuple[str, str, str]]:
    """(activity, standing, hazard) of the releases of these hazards, and of the historic ones
    among these ids."""
    until = "" if seq is None else f" AND seq <= {int(seq)}"
    if len(uids) >= MANY:
        rows = bulk.select(connection, f"{RELEASES} WHERE 1 = 1{until}")
        return [row for row in rows if (row[0] if row[1] == HISTORIC else row[2]) in uids]
    some = sorted(uids)
    decided = f"{RELEASES} WHERE hazard_uid IN ({{}}) AND standing <> %s{until}"
    historic = f"{RELEASES} WHERE activity_uid IN ({{}}) AND standing = %s{until}"
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


def extending(
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
