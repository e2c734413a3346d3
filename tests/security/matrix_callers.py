"""The callers of the matrix, as ``tables/callers.csv`` describes them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import tables
from deciders import signed_in
from django.test import Client
from marked_register import Register

from landrelease.register import people, tokens
from landrelease.register.models import AppToken, Person
from landrelease.register.roles import Grant, Role

HOST = "mines.example.org"
PASSWORD = "correct horse battery"
ROOT = people.Actor("root", "Authority", authenticated=True)


def grant(row: dict[str, str], register: Register) -> list[Grant]:
    """The role a person holds, and where."""
    if not row["holds"]:
        return []
    where = {"organisation": row["at"]} if row["at"].startswith("OP") else {}
    if row["at"].startswith("U"):
        where = {"unit": register.names["own_unit"]}
    return [Grant(Role(row["holds"]), **where)]


def enter(register: Register) -> dict[str, Client]:
    """Enter all callers; gives a browser, or a client with a token, for each."""
    return dict(_entered(register))


def _entered(register: Register) -> Iterator[tuple[str, Client]]:
    left = people.add("data_entry_left", PASSWORD, organisation="Authority",
                      grants=[Grant(Role.data_entry)])  # fmt: skip
    for name, row in tables.callers().items():
        match row["kind"]:
            case "nobody":
                yield name, Client(HTTP_HOST=HOST)
            case "person":
                yield name, _person(name, row, register)
            case _:
                raw = _token(name, row, register)
                yield name, Client(HTTP_HOST=HOST, headers={"Authorization": f"Bearer {raw}"})
    left.is_active = False
    left.save(update_fields=["is_active"])


def _person(name: str, row: dict[str, str], register: Register) -> Client:
    employer = row["at"] if row["at"].startswith("OP") else "Authority"
    user = people.add(name, PASSWORD, organisation=employer, grants=grant(row, register))
    if name == "reviewer_new":
        Person.objects.filter(user=user).update(must_change_password=True)
    if not name.endswith("_no_factor"):
        return signed_in(user, HOST)
    browser = Client(HTTP_HOST=HOST)
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def _token(name: str, row: dict[str, str], register: Register) -> str:
    if row["kind"] == "unknown":
        return f"{tokens.PREFIX}never-issued"
    where: dict[str, Any] = {}
    if row["kind"] == "phone":
        where = {"person": row["at"]}
    elif row["at"].startswith("OP"):
        where = {"organisation": row["at"]}
    elif row["at"]:
        where = {"unit": register.names["own_unit"]}
    kind = "phone" if row["kind"] == "phone" else "service"
    scopes = tuple(row["holds"].split())
    raw = tokens.issue(name, kind=kind, scopes=scopes, days=3, by=ROOT, **where)
    issued = AppToken.objects.get(name=name)
    if row["kind"] == "revoked":
        tokens.revoke(issued.id, by=ROOT)
    if row["kind"] == "expired":
        AppToken.objects.filter(id=issued.id).update(expires_at="2020-01-01T00:00:00.000000Z")
    return raw
