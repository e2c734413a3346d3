"""The map of claims: places named in reports, each once, with the number of claims that name it.

These are no hazard locations. Nothing is dropped: what has no place is counted and listed, a whole
country is listed and not drawn as if it were a point, and places that lie close together are drawn
as one mark with their sum until the map is near enough.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.db.models import Avg, Count, Max, Min, Q, QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext

from landrelease.register import corroborated
from landrelease.register.models import ClaimPlace, ClaimsRead

from . import claim_words, claims, readers

#: Places listed beside the map.
LISTED = 100
#: Below this nobody should rely on the place being the one that is meant.
UNSURE = 0.5
#: Degrees around a place that is asked for.
NEAR = 0.5


@readers.for_readers
def page(request: HttpRequest) -> HttpResponse:
    """Show the map of claims, filtered by kind and state."""
    found = narrowed(request)
    drawn, large = found.filter(large=False), found.filter(large=True)
    asked = claims.narrowed(request)
    count = asked.count()
    placed = asked.filter(places__gt=0).count()
    listed = places(drawn).order_by("-claims", "name", "place")[:LISTED]
    countries = places(large).order_by("-claims", "name", "place")[:LISTED]
    read = ClaimsRead.objects.order_by("-id").first()
    return render(
        request,
        "web/claim_map.html",
        {
            "filters": [
                claims.choice("kind", gettext("Kind"), claim_words.KINDS,
                              request.GET.get("kind", "")),
                claims.state_choice(request.GET.get("state", ""), readers.reading(request)),
            ],
            "filtered": bool(request.GET.get("kind") or request.GET.get("state")),
            "box": _box(request, drawn),
            "query": request.GET.urlencode(),
            "count": count,
            "placed": placed,
            "unplaced": count - placed,
            "places": [_row(place) for place in listed],
            "further": max(0, places(drawn).count() - LISTED),
            "countries": [_row(place) for place in countries],
            "countries_further": max(0, places(large).count() - LISTED),
            "computed_at": read.computed_at if read else None,
            "stale": not corroborated.current(),
            "part": not readers.reading(request).whole,
        },
    )  # fmt: skip


@readers.for_readers
def points(request: HttpRequest) -> HttpResponse:
    """Every place that the claims asked for name, once, as GeoJSON."""
    response = JsonResponse(
        {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "geometry": {"type": "Point", "coordinates": [place["lon"], place["lat"]]},
                    "properties": {
                        "place": place["place"],
                        "name": place["name"],
                        "claims": place["claims"],
                        "confidence": place["sure"],
                        "unsure": _unsure(place),
                        "link": _link(place["place"]),
                    },
                }
                for place in places(narrowed(request).filter(large=False)).order_by("place")
            ],
        },
        content_type="application/geo+json",
    )
    patch_cache_control(response, private=True, no_cache=True)
    return response


def narrowed(request: HttpRequest) -> QuerySet[ClaimPlace]:
    """The places of the claims that a request asks for and its reader may see."""
    found = readers.reading(request).places()
    if request.GET.get("kind") or request.GET.get("state"):
        found = found.filter(claim_row__in=claims.narrowed(request).values("claim_row"))
    return found


def places(found: QuerySet[ClaimPlace]) -> QuerySet[ClaimPlace, dict[str, Any]]:
    """Each place once: where it lies, how many claims name it, the surest reading of its name."""
    return found.values("place").annotate(
        name=Min("name"),
        country=Min("country"),
        feature=Min("feature"),
        lon=Avg("lon"),
        lat=Avg("lat"),
        claims=Count("claim_row", distinct=True),
        sure=Max("confidence"),
        said=Count("claim_row", filter=Q(beside=False), distinct=True),
    )


def _row(place: dict[str, Any]) -> dict[str, Any]:
    sure = place["sure"]
    return {
        **place,
        "link": _link(place["place"]),
        "sure_said": "" if sure is None else claim_words.percent(sure),
        "unsure": _unsure(place),
    }


def _unsure(place: dict[str, Any]) -> bool:
    """Whether it is not sure that this place is meant, or that it belongs to what is said."""
    return place["sure"] is None or place["sure"] < UNSURE or not place["said"]


def _link(place: str) -> str:
    return f"{reverse('claims')}?place={quote(place)}"


def _box(request: HttpRequest, found: QuerySet[ClaimPlace]) -> str:
    """What the map shows at first: around the place asked for, else all places, else the world."""
    try:
        lon, lat = (float(part) for part in request.GET.get("at", "").split(","))
    except ValueError:
        bounds = found.aggregate(Min("lon"), Min("lat"), Max("lon"), Max("lat"))
        if None in bounds.values():
            return "-170.000000,-60.000000,170.000000,75.000000"
        west, south, east, north = bounds.values()
    else:
        west, south, east, north = lon, lat, lon, lat
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        return "-170.000000,-60.000000,170.000000,75.000000"
    west, south, east, north = west - NEAR, south - NEAR, east + NEAR, north + NEAR
    return f"{west:.6f},{max(south, -85.0):.6f},{east:.6f},{min(north, 85.0):.6f}"
