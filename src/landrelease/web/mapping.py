"""The map: its page, its tiles, and everything on record at a place."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any

import shapely
from django.db.models import Max, Min
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext

from landrelease.register import clock, codes, journal, publication, workspace
from landrelease.register.models import RECORDS, Question, Release

from . import facts, gate, session, tiles
from .kept_tiles import KeptTiles
from .mercator import Tile

#: Records of one type that a click lists at a time.
LISTED_HERE = 25
#: Records whose boxes are looked at, at most, to find those that truly lie at the place.
LOOKED_AT = 2_000

_tiles = KeptTiles()

WHOLE_WORLD = (-170.0, -60.0, 170.0, 75.0)


@gate.scoped
def page(request: HttpRequest) -> HttpResponse:
    """Show the map of the whole programme, or of a box (``?box=west,south,east,north``)."""
    if not session.caller(request).sees_everything:
        return _public_page(request)
    box = _box(request.GET.get("box", "")) or extent()
    hazard, accident = RECORDS["hazard"].objects, RECORDS["accident"].objects
    return render(
        request,
        "web/map.html",
        {
            "box": ",".join(f"{value:.6f}" for value in box),
            "hazards": hazard.count(),
            "hazards_unplaced": hazard.filter(min_lon__isnull=True)
            .exclude(geometry_state__in=codes.WITHDRAWN)
            .count(),
            "hazards_invalid": hazard.filter(geometry_state="invalid").count(),
            "accidents_unplaced": accident.filter(min_lon__isnull=True).count(),
            "activities_unplaced": RECORDS["activity"]
            .objects.filter(min_lon__isnull=True, uid__in=Release.objects.values("activity_uid"))
            .count(),
        },
    )


def _public_page(request: HttpRequest) -> HttpResponse:
    """The map for readers below the restricted tier: what the public may see, and nothing else."""
    refusal = _no_public_map(request)
    if refusal is not None:
        return refusal
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


def _no_public_map(request: HttpRequest) -> HttpResponse | None:
    """Refuse the map where the profile publishes no warnings: an empty one would read as safe."""
    if publication.sees_map(session.caller(request)):
        return None
    why = gettext("The national profile shows the public no map of hazards.")
    return gate.refuse(request, [why])


def _public_extent() -> tuple[float, float, float, float]:
    cells = publication.public_map().cells
    if not cells:
        return WHOLE_WORLD
    west, south, east, north = shapely.total_bounds(list(cells))
    return at_least((float(west), float(south), float(east), float(north)))


def extent() -> tuple[float, float, float, float]:
    """West, south, east, north of the programme: its hazards, else whatever else has a place."""
    for name in ("hazard", "activity", "accident", "unit"):
        found = RECORDS[name].objects.aggregate(
            Min("min_lon"), Min("min_lat"), Max("max_lon"), Max("max_lat")
        )
        box = tuple(found.values())
        if None not in box:
            return at_least(box)
    return WHOLE_WORLD


@gate.scoped
def tile(request: HttpRequest, z: int, x: int, y: int) -> HttpResponse:
    """One vector tile, of the caller's tier. The browser keeps it while the journal stays."""
    wanted = Tile(z, x, y)
    if not wanted.exists:
        raise Http404(gettext("There is no such tile."))
    whole = session.caller(request).sees_everything
    refusal = None if whole else _no_public_map(request)
    if refusal is not None:
        return refusal
    head = journal.head()
    tier = "whole" if whole else f"public-{clock.now()[:10]}"
    tag = f'"{head.hash[:16]}-{tiles.FORM}-{tier}"' if head else ""
    if tag and request.headers.get("If-None-Match") == tag:
        response = HttpResponse(status=304)
    else:
        # Those who see everything share tiles; the public's depend on the day as well.
        body = (
            _tiles.get(
                f"{workspace.current().folder} {head.hash}",
                (tier, wanted),
                lambda: tiles.build(wanted),
            )
            if head and whole
            else tiles.build(wanted)
            if whole
            else tiles.build_public(wanted)
        )
        response = HttpResponse(body, content_type="application/vnd.mapbox-vector-tile")
    if tag:
        response["ETag"] = tag
    patch_cache_control(response, private=True, no_cache=True)
    return response


@gate.scoped
def here(request: HttpRequest) -> HttpResponse:
    """List every record at a place, those beneath others too (a fragment for the map)."""
    whole = session.caller(request).sees_everything
    refusal = None if whole else _no_public_map(request)
    if refusal is not None:
        return refusal
    box = _box(request.GET.get("box", ""))
    if box is None:
        return HttpResponseBadRequest(
            gettext("Give the place as box=west,south,east,north in degrees.")
        )
    place = shapely.box(*box)
    if not whole:
        return _public_here(request, place)
    groups = [_at(place, box, name) for name in ("hazard", "activity", "accident", "unit")]
    return render(
        request,
        "web/_here.html",
        {"groups": [group for group in groups if group["rows"]], "box": request.GET["box"]},
    )


def _public_here(request: HttpRequest, place: Any) -> HttpResponse:
    """What the public is told of a place: that a hazard is on record there, and marks nearby."""
    shown = publication.public_map()
    return render(
        request,
        "web/_here_public.html",
        {
            "hazard": any(shapely.intersects(cell, place) for cell in shown.cells),
            "marks": [
                mark
                for mark in shown.marks
                if shapely.intersects(place, shapely.Point(mark.longitude, mark.latitude))
            ],
            "warnings": publication.WARNINGS,
        },
    )


def _at(place: Any, box: tuple[float, float, float, float], name: str) -> dict[str, Any]:
    """The records of one type whose shape touches a box; without valid shape, whose box does."""
    model = RECORDS[name]
    near = list(
        model.objects.filter(geometry__box=box).order_by("id").defer("plane")[: LOOKED_AT + 1]
    )
    touching = [record for record in near[:LOOKED_AT] if _touches(record.geometry, place)]
    releases = {}
    questions: dict[str, list[Question]] = {}
    if name == "activity":
        uids = [record.uid for record in touching[:LISTED_HERE]]
        releases = {r.activity_uid: r for r in Release.objects.filter(activity_uid__in=uids)}
        for question in standing_questions(uids):
            questions.setdefault(question.activity_uid, []).append(question)
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
                "title": getattr(record, "name", None),
                "facts": [facts.fact(record, model.schema.by_name[field])
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
