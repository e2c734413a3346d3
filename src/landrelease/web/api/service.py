"""The API put together: its parts, its errors, and what holds for every request."""

from __future__ import annotations

import functools
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from ninja import NinjaAPI
from ninja.errors import HttpError, Throttled, ValidationError

from landrelease import __version__
from landrelease.register.errors import DecisionRefused, RegisterError

from .. import gate, security
from . import (
    bodies,
    callers,
    claims,
    conditional,
    hooks,
    idempotency,
    layers,
    ledger,
    ogc,
    openapi,
    problems,
    records,
    releases,
    submissions,
)
from .problems import FILE_NAME, Problem

api = NinjaAPI(
    title="landrelease",
    version=__version__,
    description="Hazardous areas, land release and its account, as the caller's roles show them. "
    f"{layers.NOT_SAFE}",
    urls_namespace="api",
    openapi_url=None,
    docs_url=None,
    auth=callers.Bearer(),
    throttle=callers.Throttle(),
    parser=bodies.Strict(),
)
api.add_router("/ogc", ogc.router)
api.add_router("/records", records.router)
api.add_router("/submissions", submissions.router)
api.add_router("/releases", releases.router)
api.add_router("/ledger", ledger.router)
api.add_router("/claims", claims.router)
api.add_router("/webhooks", hooks.router)


@api.get("/openapi.json", include_in_schema=False)
def definition(request: HttpRequest) -> HttpResponse:
    """The definition of the API."""
    root = request.build_absolute_uri(request.path).removesuffix("/openapi.json")
    response = JsonResponse(openapi.definition(api, root))
    response["Content-Type"] = "application/vnd.oai.openapi+json;version=3.0"
    return conditional.mark(response)


@api.get("/docs", include_in_schema=False)
def operations(request: HttpRequest) -> HttpResponse:
    """The operations of the API, as a page."""
    written = openapi.definition(api, "")
    rows = [
        (method.upper(), f"/api/v1{where}", each["summary"], each.get("description", ""))
        for where, methods in written["paths"].items()
        for method, each in methods.items()
    ]
    return conditional.mark(render(request, "web/api/operations.html", {"rows": rows}))


# --- errors ---------------------------------------------------------------------------------------


@api.exception_handler(Problem)
def _problem(request: HttpRequest, problem: Problem) -> HttpResponse:
    return problems.answer(request, problem)


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    faults = [
        {"where": ".".join(map(str, one.get("loc", ()))), "what": str(one.get("msg", ""))}
        for one in error.errors
    ]
    said = "; ".join(f"{one['where']}: {one['what']}" for one in faults[:5])
    # Of an address nothing is there; of a query or a body something is wrong.
    in_path = any(one["where"].startswith("path.") for one in faults)
    status = HTTPStatus.NOT_FOUND if in_path else HTTPStatus.BAD_REQUEST
    return problems.answer(
        request, Problem(status, said, "Correct what is named under errors.", errors=faults)
    )


@api.exception_handler(DecisionRefused)
def _refused(request: HttpRequest, error: DecisionRefused) -> HttpResponse:
    return problems.answer(
        request,
        Problem(HTTPStatus.CONFLICT, str(error), "Nothing was decided."),
    )


@api.exception_handler(RegisterError)
def _wrong(request: HttpRequest, error: RegisterError) -> HttpResponse:
    return problems.answer(
        request, Problem(HTTPStatus.UNPROCESSABLE_ENTITY, str(error), "Nothing was changed.")
    )


@api.exception_handler(Throttled)
def _too_often(request: HttpRequest, error: Throttled) -> HttpResponse:
    wait = str(int(error.wait or 1) + 1)
    return problems.answer(
        request,
        Problem(
            HTTPStatus.TOO_MANY_REQUESTS,
            "too many requests in a short time",
            f"Wait {wait} seconds (Retry-After); ask for larger pages rather than for more.",
            headers={"Retry-After": wait},
        ),
    )


@api.exception_handler(HttpError)
def _http(request: HttpRequest, error: HttpError) -> HttpResponse:
    if isinstance(error.__cause__, Problem):
        return problems.answer(request, error.__cause__)
    why = f": {error.__cause__}" if isinstance(error.__cause__, ValueError) else ""
    return problems.answer(
        request, Problem(error.status_code, f"{error}{why}", "Correct it and send it again.")
    )


@api.exception_handler(RequestDataTooBig)
def _too_big(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    return problems.answer(
        request,
        Problem(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the body is too large",
            "Send fewer rows in a request, or a file (POST /api/v1/submissions/files).",
        ),
    )  # fmt: skip


@api.exception_handler(Http404)
def _nothing(request: HttpRequest, error: Http404) -> HttpResponse:
    return problems.answer(request, problems.not_found("such address"))


# --- every request --------------------------------------------------------------------------------


def _served(view: Callable[..., Any], route: str) -> Callable[..., Any]:
    """What holds for every address: who is let in, HEAD and OPTIONS, a request sent twice."""

    @functools.wraps(view)
    def serve(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return security.save_only(answered(request, *args, **kwargs), FILE_NAME)

    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            callers.admit(request)
            _refuse_unreadable(request)
            _refuse_unknown(request, route)
            if request.method == "OPTIONS":
                return _options(view, request, *args, **kwargs)
            if request.method == "HEAD":
                return _head(view, request, *args, **kwargs)
            response = idempotency.once(request, lambda: view(request, *args, **kwargs))
        except Problem as problem:
            return problems.answer(request, problem)
        except RequestDataTooBig as error:
            return _too_big(request, error)
        except SuspiciousOperation as error:
            return problems.answer(request, Problem(HTTPStatus.BAD_REQUEST, str(error)))
        return _plain(request, response)

    return gate.scoped(serve)


def _refuse_unreadable(request: HttpRequest) -> None:
    """No database takes the character NUL in a text, and half a character is none."""
    said = [request.path, *(text for pair in request.GET.items() for text in pair)]
    if any("\0" in text or any("\ud800" <= c <= "\udfff" for c in text) for text in said):
        raise Problem(
            HTTPStatus.BAD_REQUEST, "the address holds a character that is none", "Leave it out."
        )


#: Addresses that also take fields of the records by name: they look at the names themselves.
_FIELDS_BY_NAME = frozenset({"ogc/collections/<name>/items", "records/<plural>"})


@functools.cache
def _parameters() -> dict[tuple[str, str], frozenset[str]]:
    """Parameters in the address of each operation, by method and route, as defined."""
    paths = openapi.definition(api, "")["paths"]
    return {
        (method.upper(), path.strip("/").replace("{", "<").replace("}", ">")): frozenset(
            one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"
        )
        for path, methods in paths.items()
        for method, operation in methods.items()
    }


def _refuse_unknown(request: HttpRequest, route: str) -> None:
    """A parameter that is passed over would have another question answered than the one asked: the
    balance of today to who mistypes the day. The OGC standard asks for 400, too."""
    method = "GET" if request.method == "HEAD" else str(request.method)
    known = _parameters().get((method, route))
    if known is None:
        return
    unknown = sorted(set(request.GET) - known) if route not in _FIELDS_BY_NAME else []
    if unknown:
        raise Problem(
            HTTPStatus.BAD_REQUEST,
            f"unknown parameters: {', '.join(unknown)[:200]}",
            f"Known are: {', '.join(sorted(known))}." if known else "There are none here.",
        )
    twice = sorted(name for name, given in request.GET.lists() if len(given) > 1)
    if twice:
        raise Problem(
            HTTPStatus.BAD_REQUEST,
            f"given more than once: {', '.join(twice)[:200]}",
            "Give each parameter once.",
        )


def _head(view: Callable[..., Any], request: HttpRequest, *args: Any, **kw: Any) -> HttpResponse:
    request.method = "GET"
    try:
        response = _plain(request, view(request, *args, **kw))
    finally:
        request.method = "HEAD"
    length = str(len(response.content))
    response.content = b""
    response["Content-Length"] = length
    return response


def _options(view: Callable[..., Any], request: HttpRequest, *args: Any, **kw: Any) -> HttpResponse:
    allowed = {"OPTIONS"}
    request.method = "TRACE"  # which no operation has: the answer names those that there are
    try:
        allowed |= {name.strip() for name in view(request, *args, **kw)["Allow"].split(",")}
    finally:
        request.method = "OPTIONS"
    if "GET" in allowed:
        allowed.add("HEAD")
    return HttpResponse(status=HTTPStatus.NO_CONTENT, headers={"Allow": ", ".join(sorted(allowed))})


def _plain(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """What django-ninja says by itself, said the way everything is."""
    if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = response["Allow"]
        return problems.answer(
            request,
            Problem(
                HTTPStatus.METHOD_NOT_ALLOWED, f"{request.method} is none of {allowed}",
                "Use one of them.", headers={"Allow": allowed},
            ),
        )  # fmt: skip
    if "Cache-Control" not in response:
        conditional.mark(response)
    return response


def _missing(request: HttpRequest, rest: str) -> HttpResponse:
    raise problems.not_found("such address")


def _patterns() -> list[URLPattern]:
    found = []
    for pattern in api.urls[0]:
        assert isinstance(pattern, URLPattern), "all routers are mounted in one list"
        if pattern.name == "api-root":
            continue
        pattern.callback = _served(pattern.callback, str(pattern.pattern))
        found.append(pattern)
    return [*found, path("<path:rest>", _served(_missing, ""), name="missing")]


urls = (_patterns(), "api")
