"""The layers that GIS clients read: hazards, activities, released land, accidents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from django.db.models import Q

from landrelease.register import access, apply, clock, codes, knowledge, released
from landrelease.register.models import Question, Release
from landrelease.register.schema import RECORD_TYPES

from . import features, pages, selection, systems

#: What every answer says of itself (rules 25 and 26).
NOT_SAFE = "No record does not mean safe. Not for navigation."


@dataclass(frozen=True)
class Layer:
    """A collection of features.

    Attributes
    ----------
    name, title, told
        Its id, its name and what it holds.
    record_type
        Type of the records it is made of.
    """

    name: str
    title: str
    told: str
    record_type: str


LAYERS: dict[str, Layer] = {
    layer.name: layer
    for layer in (
        Layer(
            "hazards",
            "Hazardous areas",
            "Suspected and confirmed hazardous areas that no decision withdrew. A hazardous area "
            "without a boundary has no geometry: it is there, and where is not known. The date is "
            "that of the information, never of emplacement.",
            "hazard",
        ),
        Layer(
            "activities",
            "Activities",
            "Survey and clearance as reported. A report of work is no release of land.",
            "activity",
        ),
        Layer(
            "released_land",
            "Released land",
            "Land that two people decided to release, or that was decided elsewhere before the "
            "cut-over date: only of the classes and to the depth that are named, and only what "
            "has not been opened again since. Where in_question is true, evidence of a hazard was "
            "recorded on it and nobody has decided yet. Released is not safe.",
            "activity",
        ),
        Layer(
            "accidents",
            "Accidents",
            "Accidents with explosive ordnance, without data about persons.",
            "accident",
        ),
    )
}


def open_to(caller: access.Caller) -> list[Layer]:
    """Layers that a caller reads."""
    return [layer for layer in LAYERS.values() if access.reads(caller, layer.record_type)]


def notice(caller: access.Caller) -> str:
    """What an answer has to say of itself to this caller."""
    if access.is_partial(caller):
        return (
            f"{NOT_SAFE} You see the records that your roles reach; others are not shown, and "
            "nothing here says that there are none."
        )
    return NOT_SAFE


@dataclass(frozen=True)
class Found:
    """A page of features."""

    features: list[dict[str, Any]]
    page: pages.Page


def selected(
    layer: Layer, caller: access.Caller, query: Mapping[str, str], *, others: Sequence[str]
) -> selection.Selection:
    """What a request asks a layer for; see :func:`.selection.read`."""
    return selection.read(
        layer.record_type,
        access.Fields(caller, layer.record_type).of_all,
        query,
        lambda name: access.records(caller, name),
        others=others,
        standing=layer.name == "hazards",
    )


def items(
    layer: Layer,
    caller: access.Caller,
    wanted: selection.Selection,
    query: Mapping[str, str],
    system: str,
) -> Found:
    """A page of a layer.

    Parameters
    ----------
    query
        Parameters of the request.
    system
        Coordinate system of the places.
    """
    page = pages.page(
        caller, wanted, query, what=f"layer {layer.name}",
        only=_released_by if layer.name == "released_land" else None,
    )  # fmt: skip
    return Found(_features(layer, caller, page.records, page.seq, system), page)


def item(layer: Layer, caller: access.Caller, number: int, system: str) -> dict[str, Any] | None:
    """One feature by its number, as known now; None when there is none for this caller."""
    seq = knowledge.head_seq()
    record = pages.one(caller, layer.record_type, number)
    if record is None:
        return None
    if layer.name == "hazards" and record.geometry_state in codes.WITHDRAWN:
        return None
    if layer.name == "released_land" and not Release.objects.filter(
        activity_uid=record.uid, seq__lte=seq
    ):
        return None
    return _features(layer, caller, [record], seq, system)[0]


def _released_by(seq: int) -> Q:
    return Q(uid__in=Release.objects.filter(seq__lte=seq).values("activity_uid"))


def _features(
    layer: Layer, caller: access.Caller, records: Sequence[Any], seq: int, system: str
) -> list[dict[str, Any]]:
    told = features.values(caller, layer.record_type, records)
    places = [record.geometry for record in records]
    if layer.name == "released_land":
        places, more = _released(records, seq)
        told = [{**values, **further} for values, further in zip(told, more, strict=True)]
    shapes = features.geojson(places, system)
    return [
        features.feature(record.id, shape, values)
        for record, shape, values in zip(records, shapes, told, strict=True)
    ]


def _released(records: Sequence[Any], seq: int) -> tuple[list[Any], list[dict[str, Any]]]:
    """Ground that stands released by activities, in longitude and latitude, and what to say of it.

    Parameters
    ----------
    seq
        Last journal entry that counts.
    """
    uids = [record.uid for record in records]
    ground = released.by_activity(uids, seq)
    decided = Release.objects.filter(activity_uid__in=uids).values_list("activity_uid", "standing")
    standing = dict(decided)
    raised = Question.objects.filter(activity_uid__in=uids, seq__lte=seq)
    waiting = raised.filter(Q(resolved_seq__isnull=True) | Q(resolved_seq__gt=seq))
    in_question = set(waiting.values_list("activity_uid", flat=True))
    whole = [ground[uid].together() for uid in uids]
    plane = apply.programme_plane()
    planar = np.array([*(g if not g.is_empty else None for g in whole), None], dtype=object)[:-1]
    places = [None] * len(uids) if plane is None else list(plane.unproject(planar))
    told = [
        {
            "released_mm2": str(round(float(shapely.area(shape)))),
            "released_classes": _classes(ground[uid], shape),
            "decided": standing[uid],
            "in_question": uid in in_question,
        }
        for uid, shape in zip(uids, whole, strict=True)
    ]
    return places, told


def _classes(found: released.Released, shape: Any) -> list[str] | None:
    """Classes of which the ground stands released; None where they are not recorded."""
    return (found.classes(shape) or None) if found.pieces else None


def day_of_data() -> str:
    """The moment at which an answer is made, for maps that have to say it."""
    return clock.now()


def askable(layer: Layer, caller: access.Caller) -> dict[str, Any]:
    """JSON Schema of the values that a caller may ask a layer for."""
    seen = access.Fields(caller, layer.record_type).of_all
    kinds = {"integer": "integer", "boolean": "boolean"}
    return {
        name: {
            "title": name,
            "description": field.help,
            "type": kinds.get(field.kind, "string"),
            **({"enum": list(field.choices)} if field.choices else {}),
        }
        for name, field in selection.askable(layer.record_type, seen).items()
    }


def extent(layer: Layer, caller: access.Caller) -> dict[str, Any]:
    """Where and when the features lie that a caller sees; places and days as far as recorded."""
    from django.db.models import Max, Min

    rows = access.records(caller, layer.record_type)
    if layer.name == "released_land":
        rows = rows.filter(_released_by(knowledge.head_seq()))
    names = {
        "west": Min("min_lon"), "south": Min("min_lat"), "east": Max("max_lon"),
        "north": Max("max_lat"),
    }  # fmt: skip
    if "date" in RECORD_TYPES[layer.record_type].by_name:
        names |= {"first": Min("date_start"), "last": Max("date_end")}
    found = rows.aggregate(**names)
    out: dict[str, Any] = {}
    if found["west"] is not None:
        box = [found["west"], found["south"], found["east"], found["north"]]
        out["spatial"] = {"bbox": [box], "crs": systems.CRS84}
    if found.get("first") or found.get("last"):
        days = [found["first"], found["last"]]
        ends = [
            None if day is None else f"{day.isoformat()}T{hour}Z"
            for day, hour in zip(days, ("00:00:00", "23:59:59"), strict=True)
        ]
        out["temporal"] = {"interval": [ends]}
    return out
