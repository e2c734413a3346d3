"""What people, tokens and what was done about them are called on pages."""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext, gettext_lazy

from landrelease.register.access import ACTIONS
from landrelease.register.people import AT_THE_COMMAND_LINE

#: What the log of people holds (:func:`landrelease.register.people.log`), for who administers.
HAPPENED: Final[dict[str, Any]] = {
    "person_added": gettext_lazy("The person was entered."),
    "person_disabled": gettext_lazy("The account was shut."),
    "person_enabled": gettext_lazy("The account was opened again."),
    "role_granted": gettext_lazy("A role was given."),
    "role_revoked": gettext_lazy("A role was taken away."),
    "password_changed": gettext_lazy("The password was changed."),
    "password_reset": gettext_lazy("An administrator gave a new password."),
    "password_too_weak": gettext_lazy("The password is too weak by today's rules."),
    "second_factor_added": gettext_lazy("A second factor was set up."),
    "second_factor_removed": gettext_lazy("A second factor was removed."),
    "second_factor_reset": gettext_lazy("An administrator took away the second factors."),
    "second_factor_failed": gettext_lazy(
        "The password was right, and the code of the second factor wrong or used before."
    ),
    "recovery_codes_made": gettext_lazy("New recovery codes were made."),
    "sessions_ended": gettext_lazy("Sessions elsewhere were ended."),
    "token_issued": gettext_lazy("A token was issued."),
    "token_revoked": gettext_lazy("A token was revoked."),
}
TOKEN_KINDS: Final[dict[str, Any]] = {
    "phone": gettext_lazy("a phone or tablet"),
    "service": gettext_lazy("a service"),
}


def somebody(name: str) -> str:
    """Who did something: a person's name, or that it was done at the command line.

    Parameters
    ----------
    name
        As :class:`landrelease.register.people.Actor` bears it.
    """
    if name.startswith(AT_THE_COMMAND_LINE):
        account = name.removeprefix(AT_THE_COMMAND_LINE)
        return gettext("%(account)s (at the command line)") % {"account": account}
    return name


def scope(code: str) -> str:
    """What a token may do, in words."""
    return gettext(ACTIONS[code]) if code in ACTIONS else code
