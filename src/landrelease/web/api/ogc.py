"""OGC API Features: Part 1 (Core, GeoJSON, OpenAPI 3.0, HTML) and Part 2 (coordinate systems)."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any, Literal
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from ninja import Path, Query, Router, Schema
from pydantic import Field

from landrelease.register import access

from . import callers, conditional, layers, pages, systems
from .problems import Problem, not_found

router = Router(tags=["OGC API Features"])

GEOJSON = "application/geo+json"
_PART_1 = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/"
CONFORMS_TO = (
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
    f"{_PART_1}core",
    f"{_PART_1}geojson",
    f"{_PART_1}html",
    f"{_PART_1}oas30",
    "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
)
#: Parameters of a page of features, beside the fields that can be asked for.
PARAMETERS = ("bbox", "bbox-crs", "crs", "datetime", "limit", "cursor", "known_at", "f")

Name = Literal["hazards", "activities", "released_land", "accidents"]
Number = Path(..., ge=1, lt=2**63, description="Number of the record: 12 of HA-12.")
Form = Query(
    None, description="json or html, instead of the header Accept.", pattern="^(json|html)$"
)


class Format(Schema):
    """How an answer is written."""

    f: Literal["json", "html"] | None = Field(
        None, description="json or html, instead of the header Accept."
    )


class OneOf(Format):
    """Parameters of one feature."""

    crs: str | None = Field(None, description="Coordinate system of the places.")


class Asked(OneOf):
    """Parameters of a page of features; fields of the records can be asked for, too, by name."""

    bbox: str | None = Field(
        None,
        description="west,south,east,north. What has no place is in every box.",
        examples=["-180,-90,180,90"],
    )
    bbox_crs: str | None = Field(None, alias="bbox-crs", description="Its coordinate system.")
    datetime: str | None = Field(
        None,
        description="Valid time: a day, a moment, or an interval, open with '..'. What has no date "
        "is in every interval.",
        examples=["2020-01-01/.."],
    )
    limit: int = Field(
        pages.LIMIT,
        ge=1,
        description=f"Features of a page; more than {pages.MOST} is taken as that.",
    )
    cursor: str | None = Field(None, description="Of the link 'next' of the page before.")
    known_at: str | None = Field(
        None, description="Recorded time: what the register knew at that moment."
    )


@router.get("", summary="Landing page", openapi_extra={"responses": {200: {"content": {
    "application/json": {}, "text/html": {}}}}})  # fmt: skip
def landing(request: HttpRequest, asked: Query[Format]) -> HttpResponse:
    """Where everything is."""
    at = _at(request)
    root = at.removesuffix("/ogc")
    body = {
        "title": "landrelease",
        "description": f"Layers of this programme, as you may see them. {layers.NOT_SAFE}",
        "links": [
            _link(f"{at}?f=json", "self", "application/json", "This document"),
            _link(f"{at}?f=html", "alternate", "text/html", "This document as a page"),
            _link(
                f"{root}/openapi.json", "service-desc",
                "application/vnd.oai.openapi+json;version=3.0", "The definition of the API",
            ),
            _link(f"{root}/docs", "service-doc", "text/html", "Operations of the API"),
            _link(f"{at}/conformance", "conformance", "application/json", "What it conforms to"),
            _link(f"{at}/collections", "data", "application/json", "The layers"),
        ],
    }  # fmt: skip
    return _written(request, asked.f, body)


@router.get("/conformance", summary="What the layers conform to")
def conformance(request: HttpRequest, asked: Query[Format]) -> HttpResponse:
    """Classes of the standard that are met."""
    return _written(request, asked.f, {"conformsTo": list(CONFORMS_TO)})


@router.get("/collections", summary="The layers")
def collections(request: HttpRequest, asked: Query[Format]) -> HttpResponse:
    """Layers that the caller reads; one they read nothing of is not listed."""
    caller = callers.of(request)
    callers.require(caller, "view")
    at = _at(request, "/collections")
    body = {
        "links": [
            _link(f"{at}/collections?f=json", "self", "application/json", "This document"),
            _link(f"{at}/collections?f=html", "alternate", "text/html", "This document as a page"),
        ],
        "crs": systems.known(),
        "collections": [_collection(one, caller, at) for one in layers.open_to(caller)],
    }
    return _written(request, asked.f, body)


@router.get("/collections/{name}", summary="One layer")
def collection(request: HttpRequest, name: Name, asked: Query[Format]) -> HttpResponse:
    """What a layer holds, where, and when."""
    layer, caller = _layer(request, name)
    at = _at(request, f"/collections/{name}")
    return _written(request, asked.f, _collection(layer, caller, at))


@router.get("/collections/{name}/queryables", summary="What a layer can be asked for")
def queryables(request: HttpRequest, name: Name, asked: Query[Format]) -> HttpResponse:
    """JSON Schema of the fields that can be asked for by value."""
    layer, caller = _layer(request, name)
    body = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": request.build_absolute_uri(request.path),
        "type": "object",
        "title": layer.title,
        "properties": layers.askable(layer, caller),
    }
    return _written(request, asked.f, body, "application/schema+json")


@router.get("/collections/{name}/items", summary="Features of a layer", openapi_extra={
    "responses": {200: {"content": {GEOJSON: {}, "text/html": {}}}}})  # fmt: skip
def items(request: HttpRequest, name: Name, asked: Query[Asked]) -> HttpResponse:
    """A page of features; the link ``next`` leads through a list that others do not change."""
    layer, caller = _layer(request, name)
    etag = conditional.tag(request)
    unchanged = conditional.not_modified(request, etag)
    if unchanged is not None:
        return conditional.mark(unchanged, etag)  # type: ignore[arg-type]
    query = dict(request.GET.items())
    system = systems.checked(asked.crs, "crs")
    wanted = layers.selected(layer, caller, query, others=PARAMETERS)
    found = layers.items(layer, caller, wanted, query, system)
    at = request.build_absolute_uri(request.path)
    links = [
        _link(_with(at, query, f="json"), "self", GEOJSON, "This page"),
        _link(_with(at, query, f="html"), "alternate", "text/html", "This page as a page"),
        _link(at.removesuffix("/items"), "collection", "application/json", layer.title),
    ]
    if found.page.next:
        following = _with(at, query, cursor=found.page.next)
        links.append(_link(following, "next", GEOJSON, "The next page"))
    body: dict[str, Any] = {
        "type": "FeatureCollection",
        "links": links,
        "timeStamp": layers.day_of_data(),
        "numberReturned": len(found.features),
        "notice": layers.notice(caller),
        "journal_entry": found.page.seq,
        "features": found.features,
    }
    if found.page.matched is not None:
        body["numberMatched"] = found.page.matched
    response = _written(request, asked.f, body, GEOJSON, title=layer.title)
    response["Content-Crs"] = f"<{system}>"
    return conditional.mark(response, etag)


@router.get("/collections/{name}/items/{number}", summary="One feature", openapi_extra={
    "responses": {200: {"content": {GEOJSON: {}, "text/html": {}}}}})  # fmt: skip
def item(
    request: HttpRequest, name: Name, asked: Query[OneOf], number: int = Number
) -> HttpResponse:
    """A feature by the number of its record."""
    layer, caller = _layer(request, name)
    etag = conditional.tag(request)
    unchanged = conditional.not_modified(request, etag)
    if unchanged is not None:
        return conditional.mark(unchanged, etag)  # type: ignore[arg-type]
    system = systems.checked(asked.crs, "crs")
    found = layers.item(layer, caller, number, system)
    if found is None:
        raise not_found(f"feature {number} in {name}")
    at = request.build_absolute_uri(request.path)
    found["links"] = [
        _link(f"{at}?f=json", "self", GEOJSON, "This feature"),
        _link(f"{at}?f=html", "alternate", "text/html", "This feature as a page"),
        _link(at.rsplit("/items/", 1)[0], "collection", "application/json", layer.title),
    ]
    found["notice"] = layers.notice(caller)
    response = _written(request, asked.f, found, GEOJSON, title=layer.title)
    response["Content-Crs"] = f"<{system}>"
    return conditional.mark(response, etag)


# --- writing --------------------------------------------------------------------------------------


def _layer(request: HttpRequest, name: str) -> tuple[layers.Layer, access.Caller]:
    layer, caller = layers.LAYERS[name], callers.of(request)
    callers.require_reading(caller, layer.record_type)
    return layer, caller


def _collection(layer: layers.Layer, caller: access.Caller, at: str) -> dict[str, Any]:
    at = f"{at}/collections/{layer.name}"
    return {
        "id": layer.name,
        "title": layer.title,
        "description": f"{layer.told} {layers.notice(caller)}",
        "itemType": "feature",
        "extent": layers.extent(layer, caller),
        "crs": systems.known(),
        "storageCrs": systems.CRS84,
        "links": [
            _link(f"{at}?f=json", "self", "application/json", "This document"),
            _link(f"{at}?f=html", "alternate", "text/html", "This document as a page"),
            _link(f"{at}/items?f=json", "items", GEOJSON, "The features"),
            _link(f"{at}/items?f=html", "items", "text/html", "The features as a page"),
            _link(
                f"{at}/queryables",
                "http://www.opengis.net/def/rel/ogc/1.0/queryables",
                "application/schema+json",
                "What it can be asked for",
            ),
        ],
    }


def _link(href: str, rel: str, media_type: str, title: str) -> dict[str, str]:
    return {"href": href, "rel": rel, "type": media_type, "title": title}


def _at(request: HttpRequest, below: str = "") -> str:
    """Address of the landing page, from that of a document below it."""
    return request.build_absolute_uri(request.path).removesuffix("/").removesuffix(below)


def _with(at: str, query: dict[str, str], **changes: str) -> str:
    return f"{at}?{urlencode({**query, **changes})}"


def _written(
    request: HttpRequest,
    form: str | None,
    body: dict[str, Any],
    media_type: str = "application/json",
    title: str = "",
) -> HttpResponse:
    """An answer as JSON, or as a page for people with a browser."""
    if _wants_page(request, form):
        page = {
            "title": title or body.get("title") or body.get("id") or "Layers",
            "description": body.get("description") or body.get("notice") or "",
            "links": body.get("links", []),
            "collections": body.get("collections", []),
            "rows": [_row(one) for one in body.get("features", [body])] if "type" in body else [],
            "matched": body.get("numberMatched"),
            "said": body.get("conformsTo", []),
        }
        return conditional.mark(render(request, "web/api/page.html", page))
    data = json.dumps(body, ensure_ascii=False, separators=(",", ":"), default=str)
    return conditional.mark(HttpResponse(data, content_type=media_type))


def _row(one: dict[str, Any]) -> list[tuple[str, Any]]:
    """The recorded fields of a feature; the place is said by its kind."""
    place = one.get("geometry")
    told = {"place": place["type"] if place else "not recorded", **one.get("properties", {})}
    return [
        (name, ", ".join(map(str, value)) if isinstance(value, list) else value)
        for name, value in told.items()
        if value is not None
    ]


def _wants_page(request: HttpRequest, form: str | None) -> bool:
    if form is not None:
        return form == "html"
    accepted = request.headers.get("Accept", "*/*")
    if "json" in accepted or accepted.strip() == "*/*":
        return False
    if "text/html" in accepted:
        return True
    if "*/*" in accepted or "application/*" in accepted or not accepted.strip():
        return False
    raise Problem(
        HTTPStatus.NOT_ACCEPTABLE,
        f"Accept: {accepted[:100]!r} can be answered with JSON or HTML only",
        "Ask for application/geo+json, application/json or text/html.",
    )
