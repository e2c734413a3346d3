"""People who decide: who they are, who employs them, what they may do."""

from __future__ import annotations

import getpass
from dataclasses import dataclass

from django.contrib.auth import authenticate
from django.contrib.auth.models import Permission, User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from .errors import DecisionRefused, RegisterError
from .models import Person


@dataclass(frozen=True)
class Actor:
    """Who acts: a signed-in person, or the account at whose command line the program runs."""

    name: str
    organisation: str = ""
    authenticated: bool = False
    may_release: bool = False
    may_enter_historic: bool = False
    may_approve_reports: bool = False

    def to_json(self) -> dict[str, object]:
        return {
            "authenticated": self.authenticated,
            "name": self.name,
            "organisation": self.organisation,
        }


def at_the_command_line() -> Actor:
    """The account that runs the program. It may enter data and, as the one who keeps the
    workspace, historic releases before the cut-over; it can never release land."""
    return Actor(name=f"account:{getpass.getuser()}", may_enter_historic=True)


def add(
    username: str,
    password: str,
    *,
    organisation: str,
    may_release: bool = False,
    may_enter_historic: bool = False,
    may_approve_reports: bool = False,
) -> User:
    """Enter a person.

    Raises
    ------
    RegisterError
        When the name is taken or the password is too weak; says why.
    """
    if User.objects.filter(username=username).exists():
        raise RegisterError(f"there is already a person called {username!r}")
    try:
        validate_password(password)
    except ValidationError as error:
        raise RegisterError(f"the password will not do: {' '.join(error.messages)}") from error
    with transaction.atomic():
        user = User.objects.create_user(username=username, password=password)
        Person.objects.create(
            user=user,
            organisation=organisation,
            may_release=may_release,
            may_enter_historic=may_enter_historic,
        )
        if may_approve_reports:
            user.user_permissions.add(_report_permission())
    return user


def allow_reports(username: str, allowed: bool) -> None:
    """Let a person approve reports, or no longer.

    Raises
    ------
    RegisterError
        When nobody is called so.
    """
    user = User.objects.filter(username=username).first()
    if user is None:
        raise RegisterError(f"nobody is called {username!r}; see 'landrelease person list'")
    change = user.user_permissions.add if allowed else user.user_permissions.remove
    change(_report_permission())


def may_approve_reports(user: User) -> bool:
    """Whether a person was given the permission to approve reports: being an administrator does
    not imply it."""
    given = Permission.objects.filter(Q(user=user) | Q(group__user=user))
    return given.filter(pk=_report_permission().pk).exists()


def _report_permission() -> Permission:
    """The permission to add a frozen report, one of those that Django keeps for every table."""
    return Permission.objects.get(codename="add_report", content_type__app_label="register")


def sign_in(username: str, password: str) -> Actor:
    """Authenticate a person.

    Raises
    ------
    DecisionRefused
        When name and password do not belong together.
    """
    user = authenticate(username=username, password=password)
    if user is None:
        raise DecisionRefused(f"{username!r} and this password do not belong together")
    person = Person.objects.get(user=user)
    return Actor(
        name=user.get_username(),
        organisation=person.organisation,
        authenticated=True,
        may_release=person.may_release,
        may_enter_historic=person.may_enter_historic,
        may_approve_reports=may_approve_reports(user),
    )
