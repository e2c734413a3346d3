"""Who asks, what they may read, and how often they may ask."""

from __future__ import annotations

import hashlib
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.middleware.csrf import CsrfViewMiddleware
from ninja.throttling import SimpleRateThrottle

from landrelease.register import access, document_tier, profile, roles
from landrelease.register.models import Document, Evidence
from landrelease.register.schema import RECORD_TYPES

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


def _reading(caller: access.Caller, record_type: str) -> list[roles.Grant]:
    """Roles by which a caller reads any records of a type."""
    needed = access.TIERS.index(access.tier_of_type(record_type))
    return [
        grant
        for grant in caller.grants
        if (tier := caller.reads_at(grant)) != "public" and access.TIERS.index(tier) >= needed
        and roles.covering(grant, record_type) is not None
    ]  # fmt: skip


def reads(caller: access.Caller, record_type: str) -> bool:
    """Whether a caller reads records of a type at all."""
    if caller.sees_everything:
        return True
    return bool(access.may(caller, "view")) and bool(_reading(caller, record_type))


def require_reading(caller: access.Caller, record_type: str) -> None:
    """Go on only if the caller reads records of a type at all.

    Raises
    ------
    Problem
        403: an empty list would say that there are none.
    """
    require(caller, "view")
    if not reads(caller, record_type):
        raise Problem(
            HTTPStatus.FORBIDDEN,
            f"{RECORD_TYPES[record_type].plural} are shown at the tier "
            f"{access.tier_of_type(record_type)} and within the scope of a role; none of your "
            "roles reads them",
            "An empty list would say that there are none, so none is given.",
        )


def is_partial(caller: access.Caller, record_type: str) -> bool:
    """Whether a caller sees only those records that lie in an organisation or a unit."""
    if caller.sees_everything:
        return False
    return not any(grant.everywhere for grant in _reading(caller, record_type))


def visible(caller: access.Caller, record_type: str) -> QuerySet[Any]:
    """The records of a type that a caller sees."""
    rows = access.records(caller, record_type)
    if record_type == "document" and not caller.sees_everything:
        rows = rows.exclude(uid__in=_documents_beyond(caller))
    return rows


def was_visible(caller: access.Caller, record_type: str, state: dict[str, Any]) -> bool:
    """Whether a record, as it was, lay within what the caller sees."""
    if caller.sees_everything:
        return True
    own = _reading(caller, record_type)
    return any(roles.covers_state(grant, record_type, state) for grant in own)


def _documents_beyond(caller: access.Caller) -> list[str]:
    """Documents that are marked for a higher tier than the caller reads at (rules 22 and 24)."""
    own = access.highest(caller.reads_at(grant) for grant in caller.grants if grant.everywhere)
    resting = Evidence.objects.filter(restricted=True).values("document_uid")
    marked = Document.objects.filter(Q(extra__contains='"tier"') | Q(uid__in=resting))
    return [one.uid for one in marked if not document_tier.holds(own, document_tier.of(one))]


class Fields:
    """Which fields of its records a caller sees, asked once where it is the same for all."""

    def __init__(self, caller: access.Caller, record_type: str) -> None:
        self._caller, self._type = caller, record_type
        tiers = {caller.reads_at(grant) for grant in caller.grants}
        self._same = caller.sees_everything or len(tiers) < 2
        #: What is seen of every record, and so may be asked for.
        self.of_all = access.fields(caller, record_type)

    def of(self, record: Any) -> set[str]:
        """Names of the fields seen of a record."""
        return self.of_all if self._same else access.fields(self._caller, self._type, record)


def mark(caller: access.Caller) -> str:
    """Hash of what decides what a caller sees."""
    said = (
        caller.name, caller.tier, caller.local, sorted(map(repr, caller.grants)),
        None if caller.scopes is None else sorted(caller.scopes),
        profile.current().access.model_dump_json(),
    )  # fmt: skip
    return hashlib.sha256(repr(said).encode()).hexdigest()[:32]
