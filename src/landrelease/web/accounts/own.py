"""One's own account: roles, sessions, and why one may or may not do a thing."""

from __future__ import annotations

from typing import Any

from allauth.account import views as allauth_views
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from landrelease.register import access, people, roles
from landrelease.register.errors import RegisterError
from landrelease.register.models import Person, RoleAssignment, Submission

from .. import session
from . import sign_ins
from .again import asked_again


@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """Show who one is here, and what one may do."""
    caller = session.caller(request)
    user = request.user
    return render(
        request,
        "accounts/account.html",
        {
            "person": Person.objects.filter(user_id=user.pk).first(),
            "grants": held(user.pk),
            "factors": Authenticator.objects.filter(user_id=user.pk).order_by("type", "id"),
            "given_password": session.password_to_be_changed(request),
            "lacking": session.second_factor_lacking(request),
            "manages": bool(access.may(caller, "manage_people")),
            "officer": bool(access.may(caller, "view_personal")),
            "issues": bool(access.may(caller, "token")),
            "sign_ins": sign_ins.latest(user.get_username()),
            "changes": sign_ins.changes(user.get_username()),
        },
    )


def sign_out(request: HttpRequest) -> HttpResponse:
    """Sign out, and have the browser forget what it has kept of the pages."""
    response: HttpResponse = allauth_views.logout(request)
    if not request.user.is_authenticated:
        response["Clear-Site-Data"] = '"cache", "storage"'
    return response


def held(user_id: int | None) -> list[dict[str, Any]]:
    """The roles a person holds, and those of the past, for a table."""
    return [
        {
            "row": row,
            "label": gettext(roles.LABELS[roles.Role(row.role)]),
            "unit": roles.unit_name(row.unit_uid) if row.unit_uid else "",
        }
        for row in RoleAssignment.objects.filter(person_id=user_id).order_by("revoked_at", "id")
    ]


@require_http_methods(["GET", "HEAD", "POST"])
def sessions(request: HttpRequest) -> HttpResponse:
    """List where one is signed in; end a session."""
    own = UserSession.objects.filter(user_id=request.user.pk)
    if request.method == "POST":
        again = asked_again(request)
        if again is not None:
            return again
        for one in own.filter(pk__in=[k for k in request.POST.getlist("end") if k.isdecimal()]):
            one.end()
            sign_ins.note(request.user, "sessions_ended", since=one.created_at.isoformat())
        messages.info(request, gettext("The session has ended."))
        return HttpResponseRedirect(reverse("account_sessions"))
    live = Session.objects.filter(expire_date__gt=timezone.now()).values("session_key")
    return render(
        request,
        "accounts/sessions.html",
        {
            "sessions": own.filter(session_key__in=live).order_by("-created_at"),
            "current": request.session.session_key,
        },
    )


@require_safe
def explain(request: HttpRequest) -> HttpResponse:
    """Say why one may or may not do a thing; an administrator asks about anybody."""
    caller = session.caller(request)
    others = bool(access.may(caller, "manage_people"))
    name = request.GET.get("person", "").strip() if others else ""
    about, message = caller, ""
    if name and name != caller.name:
        user = User.objects.filter(username=name, person__isnull=False).first()
        if user is None:
            message = gettext("Nobody is called %(name)s.") % {"name": name}
        else:
            about = access.of(people.actor_of(user, second_factor=True))
    given = request.GET.get("record", "").strip()
    record = None
    if given and not message:
        try:
            record = access.find(given)
            if record is not None and not others:
                _refuse_unseen(caller, record)
        except RegisterError:
            message = gettext("There is nothing that is called so.")
    return render(
        request,
        "accounts/may.html",
        {
            "about": about,
            "others": others,
            "name": name,
            "given": given,
            "message": message,
            "needs_factor": []
            if message or not name
            else sorted(people.roles_needing_second_factor() & about.roles),
            "answers": []
            if message
            else [
                (action, gettext(label), access.may(about, action, record))
                for action, label in access.ACTIONS.items()
            ],
        },
        status=404 if message else 200,
    )


def _refuse_unseen(caller: access.Caller, record: Any) -> None:
    """What somebody cannot see, they are not told about either; nor who else has an account."""
    if isinstance(record, (Person, Submission)):
        seen = caller.sees_everything and isinstance(record, Submission)
    else:
        seen = bool(access.may(caller, "view", record))
    if not seen:
        raise RegisterError(gettext("There is nothing that is called so."))
