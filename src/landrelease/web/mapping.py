"""The map: its page, its tiles, and everything on record at a place."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable
from typing import Any

import shapely
from django.db.models import Max, Min
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext

from landrelease.register import access, clock, codes, journal, publication, workspace
from landrelease.register.models import RECORDS, Question, Release

from . import facts, gate, tiles
from . import reader as readers
from .kept_tiles import KeptTiles
from .mercator import Tile
from .reader import Reader

#: Records of one type that a click lists at a time.
LISTED_HERE = 25
#: Records whose boxes are looked at, at most, to find those that truly lie at the place.
LOOKED_AT = 2_000

_tiles = KeptTiles()

WHOLE_WORLD = (-170.0, -60.0, 170.0, 75.0)


def against(caller: access.Caller, **parts: Any) -> list[str]:
    """Why a caller is shown no map; see :func:`.gate.by_role`."""
    if publication.sees_map(caller):
        return []
    return [gettext("The national profile shows the public no map of hazards.")]


@gate.by_role(against, strangers=True)
def page(request: HttpRequest) -> HttpResponse:
    """Show the map of what the reader sees, or of a box (``?box=west,south,east,north``)."""
    reader = readers.of(request)
    if not reader.reads("hazard"):
        return _public_page(request)
    box = _box(request.GET.get("box", "")) or extent(reader)
    hazard, accident = reader.rows("hazard"), reader.rows("accident")
    released = reader.rows("activity").filter(uid__in=Release.objects.values("activity_uid"))
    return render(
        request,
        "web/map.html",
        {
            "box": ",".join(f"{value:.6f}" for value in box),
            "reader": reader,
            "general": reader.partial and publication.is_public(),
            "unread": [
                gettext(RECORDS[name].schema.label)
                for name in ("activity", "accident")
                if not reader.reads(name)
            ],
            "hazards": hazard.count(),
            "hazards_unplaced": hazard.filter(min_lon__isnull=True)
            .exclude(geometry_state__in=codes.WITHDRAWN)
            .count(),
            "hazards_invalid": hazard.filter(geometry_state="invalid").count(),
            "accidents_unplaced": accident.filter(min_lon__isnull=True).count(),
            "activities_unplaced": released.filter(min_lon__isnull=True).count(),
        },
    )


def _public_page(request: HttpRequest) -> HttpResponse:
    """The map for those who read no hazards: what the public may see, and nothing else."""
    box = _box(request.GET.get("box", "")) or _public_extent()
    return render(
        request,
        "web/map.html",
        {
            "public": True,
            "box": ",".join(f"{value:.6f}" for value in box),
            "warnings": publication.WARNINGS,
        },
    )


def _public_extent() -> tuple[float, float, float, float]:
    cells = publication.public_map().cells
    if not cells:
        return WHOLE_WORLD
    west, south, east, north = shapely.total_bounds(list(cells))
    return at_least((float(west), float(south), float(east), float(north)))


def extent(reader: Reader) -> tuple[float, float, float, float]:
    """West, south, east, north of what a reader sees: hazards, else whatever else has a place."""
    for name in ("hazard", "activity", "accident", "unit"):
        found = reader.rows(name).aggregate(
            Min("min_lon"), Min("min_lat"), Max("max_lon"), Max("max_lat")
        )
        box = tuple(found.values())
        if None not in box:
            return at_least(box)
    return WHOLE_WORLD


@gate.by_role(against, strangers=True)
def tile(request: HttpRequest, z: int, x: int, y: int) -> HttpResponse:
    """One vector tile, of what the reader sees. The browser keeps it while the journal stays."""
    wanted = Tile(z, x, y)
    if not wanted.exists:
        raise Http404(gettext("There is no such tile."))
    reader = readers.of(request)
    head = journal.head()
    kind, build = _tile_for(reader, wanted)
    tag = f'"{head.hash[:16]}-{tiles.FORM}-{kind}"' if head else ""
    if tag and request.headers.get("If-None-Match") == tag:
        response = HttpResponse(status=304)
    else:
        # Those who see the same share tiles; the public's change with the day, and are quick.
        body = (
            _tiles.get(f"{workspace.current().folder} {head.hash}", (kind, wanted), build)
            if head and not kind.startswith("public")
            else build()
        )
        response = HttpResponse(body, content_type="application/vnd.mapbox-vector-tile")
    if tag:
        response["ETag"] = tag
    patch_cache_control(response, private=True, no_cache=True)
    return response


def _tile_for(reader: Reader, wanted: Tile) -> tuple[str, Callable[[], bytes]]:
    """All that decides what is seen in a tile beside the register itself, and what makes it."""
    if not reader.partial:
        return "whole", lambda: tiles.build(wanted)
    day = clock.now()[:10]
    if not reader.reads("hazard"):
        return f"public-{day}", lambda: tiles.build_public(wanted)
    return f"{access.mark(reader.caller)}-{day}", lambda: tiles.build_for(wanted, reader)


@gate.by_role(against, strangers=True)
def here(request: HttpRequest) -> HttpResponse:
    """List what the reader sees at a place, what lies beneath too (a fragment for the map)."""
    reader = readers.of(request)
    box = _box(request.GET.get("box", ""))
    if box is None:
        return HttpResponseBadRequest(
            gettext("Give the place as box=west,south,east,north in degrees.")
        )
    place = shapely.box(*box)
    if not reader.reads("hazard"):
        return render(request, "web/_here_public.html", _public_here(place))
    groups = [_at(place, box, name, reader) for name in ("hazard", "activity", "accident", "unit")]
    context = {
        "groups": [group for group in groups if group["rows"]],
        "box": request.GET["box"],
        "reader": reader,
    }
    if reader.partial and publication.is_public():
        context |= {"general": True} | _public_here(place)
    return render(request, "web/_here.html", context)


def _public_here(place: Any) -> dict[str, Any]:
    """What the public is told of a place: that a hazard is on record there, and marks nearby."""
    shown = publication.public_map()
    return {
        "hazard": any(shapely.intersects(cell, place) for cell in shown.cells),
        "marks": [
            mark
            for mark in shown.marks
            if shapely.intersects(place, shapely.Point(mark.longitude, mark.latitude))
        ],
        "warnings": publication.WARNINGS,
    }


def _at(
    place: Any, box: tuple[float, float, float, float], name: str, reader: Reader
) -> dict[str, Any]:
    """The records of one type that a reader sees and whose shape touches a box; without valid
    shape, whose box does."""
    model = RECORDS[name]
    rows = reader.rows(name).filter(geometry__box=box)
    near = list(rows.order_by("id").defer("plane")[: LOOKED_AT + 1])
    touching = [record for record in near[:LOOKED_AT] if _touches(record.geometry, place)]
    releases = {}
    questions: dict[str, list[str]] = {}
    if name == "activity":
        uids = [record.uid for record in touching[:LISTED_HERE]]
        releases = {r.activity_uid: r for r in Release.objects.filter(activity_uid__in=uids)}
        for question in standing_questions(uids):
            said = facts.question(question, reader)
            questions.setdefault(question.activity_uid, []).append(said)
    return {
        "type": model.schema,
        "label": gettext(model.schema.label),
        "name": name,
        "count": len(touching),
        "at_least": len(near) > LOOKED_AT,
        "further": max(0, len(touching) - LISTED_HERE),
        "rows": [
            {
                "record": record,
                "link": facts.link(record),
                "title": reader.title(record),
                "facts": [facts.fact(record, model.schema.by_name[field], reader)
                          for field in _SAID[name]],
                "release": releases.get(record.uid),
                "questions": questions.get(record.uid, []),
                "invalid": record.geometry_state in ("invalid", "not_an_area"),
            }
            for record in touching[:LISTED_HERE]
        ],
    }  # fmt: skip


def standing_questions(activities: Iterable[str]) -> Any:
    """Questions that nobody has decided yet, about the releases on activities given by id."""
    found = Question.objects.filter(activity_uid__in=list(activities), resolved_seq__isnull=True)
    return found.order_by("id")


#: What a click says of each record; released land states its classes, depth and date (rule 26).
_SAID = {
    "hazard": ("type", "classes", "status", "date"),
    "activity": ("kind", "result", "classes", "depth_cm", "date"),
    "accident": ("kind", "device_class", "date"),
    "unit": ("source_id", "level", "valid"),
}


def _touches(geometry: Any, place: Any) -> bool:
    if not shapely.is_valid(geometry):
        geometry = shapely.make_valid(geometry)
    return bool(shapely.intersects(geometry, place))


def box_of(collection: dict[str, Any]) -> str:
    """West, south, east, north of a GeoJSON feature collection as text; empty when it is empty."""
    features = collection["features"]
    if not features:
        return ""
    shapes = [shapely.from_geojson(json.dumps(one["geometry"])) for one in features]
    box = at_least(tuple(shapely.total_bounds(shapes).tolist()), 0.0005)
    return ",".join(f"{value:.6f}" for value in box)


def at_least(box: tuple[Any, ...], least: float = 0.005) -> tuple[float, float, float, float]:
    """A box grown to some hundred metres (`least`, degrees), so that a point can be looked at."""
    west, south, east, north = box
    margin_x, margin_y = max(0.0, least - (east - west)), max(0.0, least - (north - south))
    return west - margin_x, south - margin_y, east + margin_x, north + margin_y


def _box(text: str) -> tuple[float, float, float, float] | None:
    """West, south, east, north as given in an address; None if that is no box."""
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        return None
    if not all(map(math.isfinite, (west, south, east, north))) or west > east or south > north:
        return None
    return west, south, east, north
