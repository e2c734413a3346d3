"""People who decide on pages, signed in with a second factor shown where their roles need one."""

from __future__ import annotations

import time
from typing import Any

from django.test import Client

from landrelease.register import people
from landrelease.register.roles import Grant, Role

PASSWORD = "correct horse battery"


def person(name: str, *roles: Role | Grant, organisation: str = "Authority") -> Any:
    """Enter a person with some roles."""
    grants = [role if isinstance(role, Grant) else Grant(role) for role in roles]
    return people.add(name, PASSWORD, organisation=organisation, grants=grants)


def signed_in(user: Any, host: str = "127.0.0.1", **client: Any) -> Client:
    """A browser without scripts in which a person has signed in and shown a second factor."""
    browser = Client(HTTP_HOST=host, **client)
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    session = browser.session
    session["account_authentication_methods_user"] = str(user.pk)
    session["account_authentication_methods"] = [
        {"method": "mfa", "type": "totp", "id": 1, "at": time.time(), "reauthenticated": True}
    ]
    session.save()
    return browser


def cookie(user: Any, address: str) -> dict[str, str]:
    """The cookie of such a session, for a browser with scripts."""
    key = signed_in(user).cookies["sessionid"].value
    return {"name": "sessionid", "value": key, "url": address}
