"""Who asks, what they may read, and how often they may ask."""

from __future__ import annotations

import hashlib
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.middleware.csrf import CsrfViewMiddleware
from ninja.throttling import SimpleRateThrottle

from landrelease.register import access, evidence_access

from .. import gate, session
from .problems import Problem

#: Requests of one caller; ``LANDRELEASE_API_RATE`` in the settings, as ``1200/min``.
RATE = "1200/min"


def of(request: HttpRequest) -> access.Caller:
    """The caller of a request."""
    return session.caller(request)


def admit(request: HttpRequest) -> None:
    """Let in whoever is known, and on this machine also whoever only reads.

    Raises
    ------
    Problem
        401 for a stranger: an empty answer would read as "no hazards" (rule 26). 403 for a change
        by a session that comes from no page of ours.
    """
    caller = of(request)
    if not caller.authenticated and not caller.local:
        raise Problem(
            HTTPStatus.UNAUTHORIZED,
            "this takes a token or a session of somebody who has signed in",
            "Send Authorization: Bearer lrt_… (landrelease token issue), or sign in at "
            "/account/login/.",
        )
    if request.method in gate.SAFE or session.bearer(request):
        return
    check = CsrfViewMiddleware(lambda _: None)
    # Views of this API are exempt in Django's own middleware, as a token needs no such proof.
    check.process_request(request)
    if check.process_view(request, _needs_proof, (), {}) is not None:
        raise Problem(
            HTTPStatus.FORBIDDEN,
            "the request came with a session, but without its proof against forgery",
            "Send the token of a form on our pages (csrfmiddlewaretoken) in the header "
            "X-CSRFToken, or use a token of your own.",
        )


def _needs_proof(request: HttpRequest) -> None:
    """A view that is not exempt from the check."""


class Bearer:
    """What the definition of the API says of tokens; who asks was looked at before."""

    openapi_security_schema = {  # noqa: RUF012
        "type": "http",
        "scheme": "bearer",
        "description": "A token of a phone or a service (landrelease token issue).",
    }

    def __call__(self, request: HttpRequest) -> access.Caller:
        return of(request)


class Throttle(SimpleRateThrottle):
    """So many requests of one caller in a time."""

    def __init__(self) -> None:
        super().__init__(RATE)

    def allow_request(self, request: HttpRequest) -> bool:
        rate = getattr(settings, "LANDRELEASE_API_RATE", RATE)
        self.num_requests, self.duration = self.parse_rate(rate)
        return super().allow_request(request)

    def get_cache_key(self, request: HttpRequest) -> str:
        who = of(request).name or session.address(request)
        return f"api:{hashlib.sha256(who.encode()).hexdigest()}"


# --- what they may read ---------------------------------------------------------------------------


def require(caller: access.Caller, action: str, record: Any = None) -> None:
    """Go on only if the caller may do something.

    Raises
    ------
    Problem
        403, saying why not.
    """
    verdict = access.may(caller, action, record)
    if not verdict:
        raise Problem(
            HTTPStatus.FORBIDDEN,
            f"{action}: {'; '.join(verdict.reasons)}",
            "landrelease access explain says who may; an administrator gives roles and tokens.",
        )


def require_whole(caller: access.Caller, what: str) -> None:
    """Go on only if the caller sees the whole register: sums tell of every record.

    Raises
    ------
    Problem
        403.
    """
    require(caller, "view")
    if not caller.sees_everything:
        raise Problem(
            HTTPStatus.FORBIDDEN,
            f"{what} speaks of the whole register, and none of your roles reaches all of it at "
            "the restricted tier",
            "Ask somebody whose role does; a service needs the scope view_restricted and no "
            "organisation or unit.",
        )


def require_evidence(caller: access.Caller, what: str) -> evidence_access.Reading:
    """What the caller reads of documents and claims, the same as on the pages; go on only if any.

    Raises
    ------
    Problem
        403: an empty list would say that there are none.
    """
    why = evidence_access.refusal(caller)
    if why:
        raise Problem(
            HTTPStatus.FORBIDDEN,
            f"{what}: {why}",
            "Ask somebody whose role holds everywhere; a service needs the scope view and no "
            "organisation or unit.",
        )
    return evidence_access.reading(caller)


def require_sum(caller: access.Caller, what: str, *record_types: str) -> None:
    """Go on only if the caller sees all that a sum adds up: what the pages of sums ask, too.

    Parameters
    ----------
    what
        What the sum is called.
    record_types
        What it adds up.

    Raises
    ------
    Problem
        403.
    """
    against = access.against_sum(caller, what, *record_types)
    if against:
        raise Problem(
            HTTPStatus.FORBIDDEN,
            against[0],
            "; ".join(against[1:])
            or "landrelease access explain says who may; an administrator gives roles and tokens.",
        )


def require_reading(caller: access.Caller, record_type: str) -> None:
    """Go on only if the caller reads records of a type at all.

    Raises
    ------
    Problem
        403: an empty list would say that there are none.
    """
    against = access.against_reading(caller, record_type)
    if against:
        raise Problem(
            HTTPStatus.FORBIDDEN,
            f"view: {'; '.join(against)}",
            "An empty list would say that there are none, so none is given.",
        )
