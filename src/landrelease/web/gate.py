"""The gate: what a request may reach at all, before any page looks closer.

Two kinds of service:

*Local* (``landrelease serve``): this machine only. Whoever can open the workspace reads it all;
to change anything a person signs in.

*Site* (``landrelease serve --site``): others, too. Nothing is shown to anybody unless this says so:
an anonymous caller reaches the views marked :func:`public` and those marked :func:`scoped` (which
show only what :mod:`landrelease.register.access` gives their caller); somebody signed in reaches
what is marked :func:`signed_in` (their own account), too, and what is marked :func:`by_role` as far
as their roles do; everything else takes somebody who may see the whole register, at the restricted
tier.

Nothing is written unless the gate lets it: the database of a serving thread only reads
(:mod:`.writing`) until an unsafe request of an authenticated caller, or a step of signing in, has
passed here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import resolve, reverse
from django.utils.translation import gettext

from . import session, writing
from .api import problems

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})

PUBLIC, SIGNED_IN, SCOPED, WHOLE, TOKEN = "public", "signed_in", "scoped", "whole", "token"
BY_ROLE = "by_role"

#: Steps of signing in: open to all, and they write.
STEPS = frozenset({"account_login", "account_logout", "account_inactive", "mfa_authenticate"})
#: Pages that write when they are read: that recovery codes were shown is kept, so that they are
#: shown once only.
WRITES_WHEN_READ = frozenset({"mfa_view_recovery_codes", "mfa_download_recovery_codes"})
#: What somebody who has to change the password they were given can reach before.
BEFORE_PASSWORD = frozenset({*STEPS, "account", "account_change_password", "about"})
#: What somebody who has to set up or show a second factor can reach before.
BEFORE_SECOND_FACTOR = frozenset(
    {
        *STEPS,
        "account",
        "account_may",
        "account_reauthenticate",
        "account_change_password",
        "account_sessions",
        "about",
        "mfa_index",
        "mfa_reauthenticate",
        "mfa_reauthenticate_webauthn",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "mfa_view_recovery_codes",
        "mfa_download_recovery_codes",
    }
)

#: What everybody may send: it changes nothing but how the pages are shown to them. Nothing is
#: written for somebody who has not signed in.
FREE = frozenset({"set_language"})

View = TypeVar("View", bound=Callable[..., Any])


def _marked(view: View, reach: str) -> View:
    view.reach = reach  # type: ignore[attr-defined]
    return view


def public(view: View) -> View:
    """Mark a view that anybody may reach, on a site too."""
    return _marked(view, PUBLIC)


def signed_in(view: View) -> View:
    """Mark a view that everybody who has signed in may reach."""
    return _marked(view, SIGNED_IN)


def scoped(view: View) -> View:
    """Mark a view that shows only what :mod:`landrelease.register.access` gives its caller.

    Anonymous callers reach it, too: they are callers of the public tier.
    """
    return _marked(view, SCOPED)


def by_role(
    against: Callable[..., list[str]], *, strangers: bool = False
) -> Callable[[View], View]:
    """Mark a view that is open to those whose roles reach what it shows.

    Parameters
    ----------
    against
        Takes the reader (:func:`.session.reader`) and the parts of the address by name; gives the
        reasons why the view is not open to them, none when it is. The same answer decides whether
        pages offer a link to it (:func:`reaches`). The view itself shows only what
        :mod:`landrelease.register.access` gives its reader.
    strangers
        Whether it is asked for those, too, who have not signed in; they are led to the sign-in
        otherwise.
    """

    def decorate(view: View) -> View:
        view.against = against  # type: ignore[attr-defined]
        return _marked(view, SCOPED if strangers else BY_ROLE)

    return decorate


def reaches(request: HttpRequest, name: str, **parts: Any) -> bool:
    """Whether the reader of a request reaches a page, as far as that hangs on their roles.

    Parameters
    ----------
    name
        Of the address.
    parts
        Parts of the address by name.
    """
    view = resolve(reverse(name, kwargs=parts)).func
    reach, reader = reach_of(name, view), session.reader(request)
    if reach in (BY_ROLE, SIGNED_IN) and not reader.authenticated and not reader.local:
        return False
    against = getattr(view, "against", None)
    if against is not None:
        return not against(reader, **parts)
    return reach != WHOLE or reader.sees_everything or not settings.LANDRELEASE_SITE


def token_only(view: View) -> View:
    """Mark a view that asks for a token itself, whoever has signed in: no cookie opens it.

    It lets nothing through, and lets nothing be written (:func:`.writing.allow`), before it knows
    whose token it is.
    """
    return _marked(view, TOKEN)


def reach_of(name: str, view: Any) -> str:
    """How far a view is open; ``whole``, the narrowest, unless it says otherwise."""
    if name in STEPS:
        return PUBLIC
    return str(getattr(view, "reach", WHOLE))


class Gate:
    """Middleware that lets a request through, sends it to the sign-in, or refuses it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            response = self.get_response(request)
        finally:
            writing.forbid()
        # What somebody saw who signed in is nothing for the next one at the same browser.
        if request.user.is_authenticated and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "private, no-store"
        return response

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        name = request.resolver_match.view_name if request.resolver_match else ""
        if reach_of(name, view) == TOKEN:
            return None
        caller = session.caller(request)
        unsafe = request.method not in SAFE
        refusal = self._refusal(request, name, view, unsafe, kwargs)
        # The API asks a session for its proof against forgery itself.
        exempt = getattr(view, "csrf_exempt", False) and not problems.is_api(request)
        if refusal is None and unsafe and exempt:
            refusal = _refuse_without_token(request)
        writes = unsafe or name in WRITES_WHEN_READ
        if refusal is None and writes and (caller.authenticated or name in STEPS):
            writing.allow()
        return refusal

    def _refusal(
        self, request: HttpRequest, name: str, view: Any, unsafe: bool, parts: dict[str, Any]
    ) -> HttpResponse | None:
        caller, reach = session.caller(request), reach_of(name, view)
        if session.bearer(request) and not caller.authenticated:
            return refuse(request, [gettext("This token is not valid, or no longer.")], status=401)
        if name in STEPS or name in FREE:
            return None
        if request.user.is_authenticated and not caller.authenticated:
            return refuse(request, [gettext("The register does not know this account.")])
        # On this machine whoever is there reads, signed in or not.
        matters = unsafe or settings.LANDRELEASE_SITE
        # A program is told what is wrong; a person is led to the page that puts it right.
        told = unsafe or problems.is_api(request)
        if matters and name not in BEFORE_PASSWORD and session.password_to_be_changed(request):
            if told:
                return refuse(request, [gettext("Change the password you were given first.")])
            return HttpResponseRedirect(reverse("account_change_password"))
        if matters and name not in BEFORE_SECOND_FACTOR and session.second_factor_lacking(request):
            if told:
                why = gettext("One of your roles needs a second factor: show it first.")
                return refuse(request, [why])
            return HttpResponseRedirect(reverse("mfa_index"))
        if unsafe and not caller.authenticated and getattr(view, "csrf_exempt", False):
            return _refuse_without_token(request)
        if unsafe and not caller.authenticated:
            return self._to_sign_in(request, unsafe)
        if reach == PUBLIC or (reach == SIGNED_IN and caller.authenticated):
            return None
        if reach == SIGNED_IN:
            return self._to_sign_in(request, unsafe)
        reader = session.reader(request)
        if reach == BY_ROLE and not caller.authenticated and not reader.local:
            return self._to_sign_in(request, unsafe)
        if hasattr(view, "against"):
            why = view.against(reader, **parts)
            return refuse(request, why) if why else None
        if not settings.LANDRELEASE_SITE or reach == SCOPED or caller.sees_everything:
            return None
        if not caller.authenticated:
            return self._to_sign_in(request, unsafe)
        return refuse(
            request,
            [
                gettext(
                    "This page shows the whole register; none of your roles reaches all of it at "
                    "the restricted tier."
                )
            ],
        )

    def _to_sign_in(self, request: HttpRequest, unsafe: bool) -> HttpResponse:
        if problems.is_api(request):
            return refuse(request, [gettext("This takes somebody who has signed in.")], status=401)
        partial = request.headers.get("HX-Request") or session.bearer(request)
        if unsafe or partial or request.path.startswith("/tiles/"):
            return refuse(request, [gettext("This takes somebody who has signed in.")])
        query = urlencode({"next": request.get_full_path()})
        return HttpResponseRedirect(f"{reverse('account_login')}?{query}")


def refuse(request: HttpRequest, reasons: list[str], status: int = 403) -> HttpResponse:
    """Say that something is not allowed, and why."""
    if problems.is_api(request):
        return problems.refusal(request, reasons, status)
    return render(request, "web/403.html", {"reasons": reasons}, status=status)


def _refuse_without_token(request: HttpRequest) -> HttpResponse | None:
    """A view that takes forms from anywhere takes them only with a token: a cookie is sent along
    by the browser whoever wrote the form."""
    if session.caller(request).scopes is not None:
        return None
    response = refuse(request, [gettext("This takes a token.")], status=401)
    response["WWW-Authenticate"] = 'Basic realm="landrelease", charset="UTF-8"'
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Refuse a form that did not come from a page of ours."""
    why = gettext("The form came from no page of this register, or is too old: load it anew.")
    return refuse(request, [why])


def locked_out(
    request: HttpRequest, response: HttpResponse, credentials: dict[str, Any] | None
) -> HttpResponse:
    """Answer to one guess too many."""
    why = gettext("Too many wrong passwords. Wait a quarter of an hour and try again.")
    return refuse(request, [why], status=429)
