"""Who asks: the person behind a request, and how long a sign-in lasts."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable

from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

from landrelease.register import access, people, roles, tokens
from landrelease.register.configuration import IDLE_SECONDS, LONGEST_SECONDS
from landrelease.register.models import Person
from landrelease.register.roles import Grant

from . import writing

#: How exactly the time of the last request is kept, seconds.
GRAIN = 60
_SINCE, _SEEN = "landrelease_since", "landrelease_seen"


def actor(request: HttpRequest) -> people.Actor | None:
    """The person who has signed in, with what their roles allow; None when nobody has.

    Roles that need a second factor hold only in a session in which one was shown. A request with a
    token is answered here, too: its actor is no authenticated human (rule 14).
    """
    return caller(request).actor


def caller(request: HttpRequest) -> access.Caller:
    """Who asks and what they may see, worked out once a request."""
    found: access.Caller | None = getattr(request, "landrelease_caller", None)
    if found is None:
        found = _caller(request)
        request.landrelease_caller = found  # type: ignore[attr-defined]
    return found


def forget(request: HttpRequest) -> None:
    """Work out anew who asks: somebody has signed in, or out, in this very request."""
    for name in ("caller", "person", "held", "reader"):
        if hasattr(request, f"landrelease_{name}"):
            delattr(request, f"landrelease_{name}")


def reader(request: HttpRequest) -> access.Caller:
    """For whose eyes a page is made: the caller's.

    On this machine whoever is there reads the whole register, signed in or not; a token reads as
    far as it was issued.
    """
    if settings.LANDRELEASE_SITE or bearer(request):
        return caller(request)
    return access.local_reader()


def second_factor_shown(request: HttpRequest) -> bool:
    """Whether a second factor was shown in this session."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return False
    return any(record["method"] == "mfa" for record in get_authentication_records(request, user))


def second_factor_lacking(request: HttpRequest) -> bool:
    """Whether the signed-in person holds a role that needs a second factor not shown here."""
    user = request.user
    if not user.is_authenticated or second_factor_shown(request):
        return False
    needing = people.roles_needing_second_factor()
    return any(grant.role in needing for grant in _held(request))


def password_to_be_changed(request: HttpRequest) -> bool:
    """Whether the signed-in person still has a password that somebody else chose."""
    person = _person(request)
    return person is not None and person.must_change_password


def _person(request: HttpRequest) -> Person | None:
    """What the register knows of the signed-in user, asked once a request."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return None
    if not hasattr(request, "landrelease_person"):
        found = Person.objects.filter(user_id=user.pk).first()
        request.landrelease_person = found  # type: ignore[attr-defined]
    known: Person | None = request.landrelease_person  # type: ignore[attr-defined]
    return known


def _held(request: HttpRequest) -> tuple[Grant, ...]:
    """The roles of the signed-in user, with and without second factor, asked once a request."""
    if not hasattr(request, "landrelease_held"):
        held = roles.of(request.user.pk)
        request.landrelease_held = held  # type: ignore[attr-defined]
    known: tuple[Grant, ...] = request.landrelease_held  # type: ignore[attr-defined]
    return known


def address(request: HttpRequest) -> str:
    """Address a request comes from: that of the peer, or what a trusted proxy says of it (the
    server has put it there, see :mod:`.server`)."""
    return str(request.META.get("REMOTE_ADDR") or people.COMMAND_LINE_ADDRESS)


def bearer(request: HttpRequest) -> str:
    """The token a request carries, or nothing. Passwords of people are no tokens: never here."""
    scheme, _, raw = request.headers.get("Authorization", "").partition(" ")
    match scheme.lower():
        case "bearer":
            return raw.strip()
        case "basic":
            # Form clients on phones know nothing else: any name, and the token as the password.
            try:
                pair = base64.b64decode(raw, validate=True).decode()
            except ValueError:
                return "?"
            return pair.partition(":")[2] or "?"
    return ""


def _caller(request: HttpRequest) -> access.Caller:
    raw = bearer(request)
    if raw:
        found = tokens.authenticate(raw)
        if found is None:
            return access.anonymous()
        with writing.lifted():
            tokens.note_use(raw)
        return found
    person = _person(request)
    if person is not None:
        who = people.actor_of(
            request.user,
            second_factor=second_factor_shown(request),
            person=person,
            held=_held(request),
        )
        return access.of(who)
    return access.anonymous() if settings.LANDRELEASE_SITE else access.local_reader()


class TimedSession:
    """Middleware that ends a session that was not used for a while, or has lasted too long."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            now = int(time.time())
            since = request.session.get(_SINCE, now)
            seen = request.session.get(_SEEN, now)
            if now - seen > IDLE_SECONDS or now - since > LONGEST_SECONDS:
                with writing.lifted():
                    logout(request)
            elif _SEEN not in request.session or now - seen > GRAIN:
                request.session[_SINCE], request.session[_SEEN] = since, now
        return self.get_response(request)
