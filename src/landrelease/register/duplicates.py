"""Records that may speak of the same thing: looked for, listed, never linked by themselves.

A pair is suspected when two independent things agree, or the outlines nearly do: shared area over
joint area (the Jaccard index of the two polygons, here *IoU*), the id in the source system, the
dates. What is found is a derived table that can be thrown away and found again; people look at each
pair and say what it is (:mod:`.same_as`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import shapely
from django.db import transaction
from numpy.typing import NDArray

from landrelease.land import vertices

from . import apply, bulk, codes, knowledge, same_as
from .models import RECORDS, PlacedRecord, SameAs, SuspectedDuplicate
from .progress import Progress

#: What may speak for two records being one, in words.
SIGNS = {
    "same_ground": "their polygons are nearly the same",
    "overlap": "their polygons overlap",
    "near": "they lie close together",
    "source_id": "they bear the same id in their source systems",
    "date": "they bear the same date",
}

#: IoU from which two polygons alone make a suspicion, and from which they do with another sign.
SAME_GROUND, OVERLAP = 0.8, 0.3
#: Points closer than this are near, mm (100 m).
NEAR_MM = 100_000.0
#: The same in degrees of latitude, for asking the index.
_NEAR_DEGREES = 0.001
#: Pairs of polygons that are overlaid at a time.
PAIRS = 20_000
#: An id that more records bear than this is none ("unknown", "n/a").
BEARERS = 50


@dataclass(frozen=True)
class Suspicion:
    """Two records, by their place in what was looked at, and what speaks for their being one.

    Attributes
    ----------
    signs
        Codes of :data:`SIGNS`.
    iou
        Shared area over joint area, 0 to 1; None where either has no polygon.
    """

    one: int
    other: int
    signs: tuple[str, ...]
    iou: float | None


@dataclass
class _Looked:
    """Columns of the records looked at."""

    uids: list[str]
    source_ids: list[str]
    dates: list[tuple[date | None, date | None]]
    kinds: list[str | None]
    shapes: NDArray[np.object_]


def types() -> tuple[str, ...]:
    """Record types in which duplicates are looked for: those with an id or a place of their own."""
    return tuple(
        name
        for name in same_as.TYPES
        if issubclass(RECORDS[name], PlacedRecord) or "source_id" in RECORDS[name].schema.by_name
    )


@transaction.atomic
def look(progress: Progress = lambda stage, done, total: None) -> dict[str, int]:
    """Look for duplicates in the whole register and keep what is suspected; how many by type.

    Pairs about which people have said what they are stay out of it.
    """
    SuspectedDuplicate.objects.all().delete()
    seq = knowledge.head_seq()
    counts: dict[str, int] = {}
    for number, name in enumerate(types()):
        progress("looking for duplicates", number, len(types()))
        looked = _register(name)
        said = _told(name)
        found = [
            one
            for one in suspicions(looked)
            if frozenset((looked.uids[one.one], looked.uids[one.other])) not in said
        ]
        # The surest first: ids run in the order of the list that people see.
        found.sort(key=lambda one: (-len(one.signs), -(one.iou or 0.0), one.one, one.other))
        SuspectedDuplicate.objects.bulk_create(
            (
                SuspectedDuplicate(
                    record_type=name,
                    one_uid=looked.uids[one.one],
                    other_uid=looked.uids[one.other],
                    signs="|".join(one.signs),
                    iou=one.iou,
                    known_seq=seq,
                )
                for one in found
            ),
            batch_size=5_000,
        )
        counts[name] = len(found)
    return counts


def of_lines(
    record_type: str, lines: Sequence[dict[str, Any]]
) -> list[list[tuple[Any, Suspicion]]]:
    """The records in the register that some proposed new records may be duplicates of.

    Parameters
    ----------
    lines
        Journal lines of a submission.

    Returns
    -------
    list of list
        For each line the suspected records, the surest first; empty for a change of a known one.
    """
    if record_type not in types():
        return [[] for _ in lines]
    found = []
    for line in lines:
        if line.get("do") != "create":
            found.append([])
            continue
        near = _candidates(record_type, line["state"])
        looked = _joined(_of_state(record_type, line), _of_records(record_type, near))
        pairs = [one for one in suspicions(looked) if one.one == 0]
        pairs.sort(key=lambda one: (-len(one.signs), -(one.iou or 0.0), one.other))
        found.append([(near[one.other - 1], one) for one in pairs])
    return found


def suspicions(looked: _Looked) -> list[Suspicion]:
    """The suspected pairs among some records, each once, the lower place first."""
    signs: dict[tuple[int, int], set[str]] = defaultdict(set)
    iou: dict[tuple[int, int], float] = {}
    for i, j, value in _overlaps(looked):
        iou[i, j] = value
        if value >= SAME_GROUND:
            signs[i, j].add("same_ground")
        elif value >= OVERLAP:
            signs[i, j].add("overlap")
    for i, j in _near(looked):
        signs[i, j].add("near")
    for i, j in _same_ids(looked):
        signs[i, j].add("source_id")
    found = []
    for (i, j), seen in signs.items():
        if looked.dates[i] == looked.dates[j] and looked.dates[i] != (None, None):
            seen.add("date")
        if len(seen) < 2 and "same_ground" not in seen:
            continue
        if _different_work(looked, i, j):
            continue
        ordered = tuple(sign for sign in SIGNS if sign in seen)
        found.append(Suspicion(i, j, ordered, iou.get((i, j))))
    return found


def _different_work(looked: _Looked, i: int, j: int) -> bool:
    """Survey and clearance of one ground are two activities; so are works of different days."""
    one, other = looked.kinds[i], looked.kinds[j]
    return one is not None and other is not None and one != other


def _overlaps(looked: _Looked) -> Iterable[tuple[int, int, float]]:
    rows = np.flatnonzero(shapely.get_dimensions(looked.shapes) == 2)
    # A ring that crosses itself may have the area nought until it is made valid.
    polygons = shapely.make_valid(looked.shapes[rows])
    some = shapely.area(polygons) > 0
    rows, polygons = rows[some], polygons[some]
    if len(rows) < 2:
        return
    areas = shapely.area(polygons)
    a, b = shapely.STRtree(polygons).query(polygons, predicate="intersects")
    once = a < b
    a, b = a[once], b[once]
    # Two polygons of very different size cannot be alike: nothing of them has to be overlaid.
    sizes = np.minimum(areas[a], areas[b]) / np.maximum(areas[a], areas[b])
    a, b = a[sizes >= OVERLAP], b[sizes >= OVERLAP]
    for start in range(0, len(a), PAIRS):
        i, j = a[start : start + PAIRS], b[start : start + PAIRS]
        shared = shapely.area(shapely.intersection(polygons[i], polygons[j]))
        ratio = shared / (areas[i] + areas[j] - shared)
        for x, y, value in zip(rows[i], rows[j], ratio, strict=True):
            if value > 0:
                yield int(x), int(y), float(min(value, 1.0))


def _near(looked: _Looked) -> Iterable[tuple[int, int]]:
    rows = np.flatnonzero(
        (shapely.get_type_id(looked.shapes) == 0) & ~shapely.is_empty(looked.shapes)
    )
    if len(rows) < 2:
        return
    points = looked.shapes[rows]
    a, b = shapely.STRtree(points).query(points, predicate="dwithin", distance=NEAR_MM)
    for i, j in zip(rows[a], rows[b], strict=True):
        if i < j:
            yield int(i), int(j)


def _same_ids(looked: _Looked) -> Iterable[tuple[int, int]]:
    """Pairs that bear one id in different source systems. Small numbers repeat everywhere, so an
    id alone is no suspicion; only pairs that share the date or the place are given out."""
    groups: dict[str, list[int]] = defaultdict(list)
    for row, text in enumerate(looked.source_ids):
        if text:
            groups[text.casefold()].append(row)
    for rows in groups.values():
        if len(rows) > BEARERS:
            continue
        for at, i in enumerate(rows):
            yield from ((i, j) for j in rows[at + 1 :])


# --- what is looked at ----------------------------------------------------------------------------


def _names(record_type: str) -> list[str]:
    model = RECORDS[record_type]
    names = ["uid"]
    names += ["source_id"] if "source_id" in model.schema.by_name else []
    names += ["date_start", "date_end"] if "date" in model.schema.by_name else []
    names += ["kind"] if record_type == "activity" else []
    names += ["plane"] if issubclass(model, PlacedRecord) else []
    return names


def _register(record_type: str) -> _Looked:
    model, names = RECORDS[record_type], _names(record_type)
    rows = model.objects.order_by("id")
    if record_type == "hazard":
        rows = rows.exclude(geometry_state__in=codes.WITHDRAWN)
    return _columns(list(rows.values(*names).iterator(chunk_size=bulk.CHUNK)))


def _of_records(record_type: str, records: Sequence[Any]) -> _Looked:
    names = _names(record_type)
    return _columns([{name: getattr(record, name) for name in names} for record in records])


def _columns(rows: Sequence[dict[str, Any]]) -> _Looked:
    return _Looked(
        [row["uid"] for row in rows],
        [(row.get("source_id") or "").strip() for row in rows],
        [(row.get("date_start"), row.get("date_end")) for row in rows],
        [row.get("kind") for row in rows],
        bulk.shapes([row.get("plane") for row in rows]),
    )


def _of_state(record_type: str, line: dict[str, Any]) -> _Looked:
    state = line["state"]
    days = state.get("date") or {}
    start, end = (
        date.fromisoformat(days[name]) if days.get(name) else None for name in ("start", "end")
    )
    return _Looked(
        [line["uid"]],
        [str(state.get("source_id") or "").strip()],
        [(start, end)],
        [state.get("kind") if record_type == "activity" else None],
        vertices.decode([state.get("plane")]),
    )


def _joined(one: _Looked, others: _Looked) -> _Looked:
    return _Looked(
        one.uids + others.uids,
        one.source_ids + others.source_ids,
        one.dates + others.dates,
        one.kinds + others.kinds,
        np.concatenate([one.shapes, others.shapes]),
    )


def _candidates(record_type: str, state: dict[str, Any]) -> list[Any]:
    """Records that share the ground or the id with a proposed one."""
    model = RECORDS[record_type]
    found: dict[str, Any] = {}
    plane = apply.programme_plane()
    if issubclass(model, PlacedRecord) and state.get("plane") is not None and plane is not None:
        west, south, east, north = shapely.bounds(
            plane.unproject(vertices.decode([state["plane"]]))[0]
        )
        # A degree of longitude is shorter, by the cosine of the latitude.
        wider = _NEAR_DEGREES / max(0.01, float(np.cos(np.radians(max(abs(south), abs(north))))))
        box = (west - wider, south - _NEAR_DEGREES, east + wider, north + _NEAR_DEGREES)
        for record in model.objects.filter(geometry__box=box).order_by("id"):
            found[record.uid] = record
    if state.get("source_id") and "source_id" in model.schema.by_name:
        same = model.objects.filter(source_id__iexact=str(state["source_id"]).strip())
        for record in same.order_by("id"):
            found[record.uid] = record
    standing = [
        one for one in found.values() if getattr(one, "geometry_state", "") not in codes.WITHDRAWN
    ]
    return sorted(standing, key=lambda record: record.id)


def _told(record_type: str) -> set[frozenset[str]]:
    rows = SameAs.objects.filter(record_type=record_type, ended_seq__isnull=True)
    pairs = {frozenset(pair) for pair in rows.values_list("uid", "shown_uid")}
    # Of three records that are one, no two are suspected of it any more.
    groups: dict[str, list[str]] = defaultdict(list)
    for uid in rows.filter(said=SameAs.SAME).values_list("uid", flat=True):
        groups[same_as.canonical_uid(uid)].append(uid)
    for head, uids in groups.items():
        members = [head, *uids]
        pairs |= {frozenset((one, other)) for one in members for other in members if one != other}
    return pairs


def overlap(one: Any, other: Any) -> float | None:
    """IoU of the polygons of two records, 0 to 1; None where either has none."""
    shapes = bulk.shapes([getattr(one, "plane", None), getattr(other, "plane", None)])
    shapes = shapely.make_valid(shapes)
    if shapely.is_missing(shapes).any() or not (shapely.area(shapes) > 0).all():
        return None
    first, second = shapes
    joint = shapely.area(shapely.union(first, second))
    return float(shapely.area(shapely.intersection(first, second)) / joint)
