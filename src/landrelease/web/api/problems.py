"""Errors as RFC 9457 problem details: what is wrong, where, and what to do."""

from __future__ import annotations

import json
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse

from .. import security

#: Beginning of all addresses of the API.
PREFIX = "/api/"
MEDIA_TYPE = "application/problem+json"
#: Under which a browser saves an answer of the API; it never shows one.
FILE_NAME = "api.json"


class Problem(Exception):
    """A request that cannot be answered as asked.

    Parameters
    ----------
    status
        HTTP status.
    detail
        What is wrong and where, in a sentence.
    to_do
        What the caller can do about it.
    errors
        Single faults, each with ``where`` and ``what``.
    headers
        Further headers of the answer.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        to_do: str = "",
        *,
        errors: Sequence[dict[str, str]] = (),
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.to_do = to_do
        self.errors = list(errors)
        self.headers = headers or {}


def is_api(request: HttpRequest) -> bool:
    """Whether a request is for the API, and is answered in its way also by what stands before."""
    return request.path.startswith(PREFIX)


def answer(request: HttpRequest, problem: Problem) -> HttpResponse:
    """Write a problem as an answer."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
        "instance": request.path,
    }
    if problem.to_do:
        body["to_do"] = problem.to_do
    if problem.errors:
        body["errors"] = problem.errors
    response = HttpResponse(
        json.dumps(body, ensure_ascii=False, default=str).encode("utf-8", "replace"),
        status=problem.status,
        content_type=MEDIA_TYPE,
    )
    security.save_only(response, FILE_NAME)
    for name, value in problem.headers.items():
        response[name] = value
    if problem.status == HTTPStatus.UNAUTHORIZED:
        response.setdefault("WWW-Authenticate", 'Bearer realm="landrelease"')
    return response


def refusal(request: HttpRequest, reasons: Sequence[str], status: int) -> HttpResponse:
    """Say that something is not allowed, and why."""
    to_do = (
        "Send a token that still holds: Authorization: Bearer lrt_… (landrelease token issue)."
        if status == HTTPStatus.UNAUTHORIZED
        else "Ask an administrator for the role, or whoever holds it to do this."
    )
    return answer(request, Problem(status, " ".join(map(str, reasons)), to_do))


def not_found(what: str) -> Problem:
    """Nothing of that name is there for this caller; hidden or missing, it is told the same."""
    return Problem(
        HTTPStatus.NOT_FOUND,
        f"there is no {what} that you may see",
        "Look for it in the list it comes from.",
    )
