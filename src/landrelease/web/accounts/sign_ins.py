"""What is noted of signing in and of a person's own account, and shown to that person.

Sign-ins and wrong passwords are kept by django-axes, with time, address and browser. What a person
changes about their own account (password, second factor, sessions) goes into the append-only log of
people. The page of the account shows both: nothing is sent by e-mail, so this is where a person
sees that somebody else was there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy

from landrelease.register import people
from landrelease.register.models import PeopleEvent

#: Latest lines shown of each.
LINES = 10

#: Lines of the log about somebody's account, as the person reads them.
CHANGES = {
    "password_changed": gettext_lazy("You changed the password."),
    "password_reset": gettext_lazy("An administrator gave you a new password."),
    "second_factor_added": gettext_lazy("You set up a second factor."),
    "second_factor_removed": gettext_lazy("You removed a second factor."),
    "recovery_codes_made": gettext_lazy("You had new recovery codes made."),
    "second_factor_failed": gettext_lazy(
        "The password was right, and the code of the second factor wrong or used before."
    ),
    "second_factor_reset": gettext_lazy("An administrator took away your second factors."),
    "sessions_ended": gettext_lazy("You ended sessions elsewhere."),
    "token_issued": gettext_lazy("A token was issued."),
    "token_revoked": gettext_lazy("A token was revoked."),
    "role_granted": gettext_lazy("A role was given to you."),
    "role_revoked": gettext_lazy("A role was taken from you."),
    "person_disabled": gettext_lazy("Your account was shut."),
    "person_enabled": gettext_lazy("Your account was opened again."),
}


@dataclass(frozen=True)
class SignIn:
    """One sign-in, or a try that failed.

    Attributes
    ----------
    at
        When, UTC.
    address, browser
        From where, as the request said.
    well
        Whether the password was right.
    """

    at: datetime
    address: str
    browser: str
    well: bool


def latest(name: str) -> list[SignIn]:
    """The latest sign-ins under a name and wrong passwords for it, newest first."""
    from axes.models import AccessFailureLog, AccessLog

    rows = [
        SignIn(row.attempt_time, row.ip_address or "", row.user_agent, well)
        for model, well in ((AccessLog, True), (AccessFailureLog, False))
        for row in model.objects.filter(username=name).order_by("-attempt_time")[:LINES]
    ]
    return sorted(rows, key=lambda one: one.at, reverse=True)[:LINES]


def changes(name: str) -> list[tuple[PeopleEvent, Any]]:
    """The latest changes of a person's account, newest first, with what they are called."""
    rows = PeopleEvent.objects.filter(about=name, what__in=CHANGES).order_by("-id")[:LINES]
    return [(row, CHANGES[row.what]) for row in rows]


def note(user: User, what: str, **detail: Any) -> None:
    """Write into the log of people what a person has changed about their own account."""
    name = user.get_username()
    people.log(people.Actor(name, authenticated=True), what, name, **detail)


# --- signals of django-allauth --------------------------------------------------------------------


def password_changed(sender: Any, request: Any, user: User, **_: Any) -> None:
    """A person has changed their password."""
    note(user, "password_changed")


def factor_added(sender: Any, request: Any, user: User, authenticator: Any, **_: Any) -> None:
    """A person has set up a second factor, or had recovery codes made."""
    codes = authenticator.type == authenticator.Type.RECOVERY_CODES
    note(user, "recovery_codes_made" if codes else "second_factor_added", kind=authenticator.type)


def factor_removed(sender: Any, request: Any, user: User, authenticator: Any, **_: Any) -> None:
    """A person has removed a second factor."""
    note(user, "second_factor_removed", kind=authenticator.type)


def codes_renewed(sender: Any, request: Any, user: User, authenticator: Any, **_: Any) -> None:
    """A person has had their recovery codes made anew."""
    note(user, "recovery_codes_made", kind=authenticator.type)


def factor_failed(sender: Any, request: Any, user: User, authenticator: Any, **_: Any) -> None:
    """Somebody gave a wrong code for a person, or one that had been used."""
    note(user, "second_factor_failed", kind=authenticator.type)


# --- signals of django-axes -----------------------------------------------------------------------


def keep_no_unknown_name(sender: Any, instance: Any, created: bool, **_: Any) -> None:
    """Keep a wrong password only for somebody there is.

    Who types the password into the field of the name would leave it in the database, and whoever
    makes up names would fill it. Guesses are counted all the same.
    """
    if created and not User.objects.filter(username=instance.username).exists():
        instance.delete()
