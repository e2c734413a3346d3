"""Callers of the API: people with roles, services with tokens, and what they are answered."""

from __future__ import annotations

import json
from typing import Any

from django.test import Client

from landrelease.register import people, tokens
from landrelease.register.roles import Grant, Role

HOST = "mines.example.org"
PASSWORD = "correct horse battery"
ADMIN = people.Actor("root", "Authority", authenticated=True)
OGC = "/api/v1/ogc"


class Api:
    """Somebody who calls the API, over TLS, on a site."""

    def __init__(self, browser: Client, token: str = "") -> None:
        self.browser, self._token = browser, token

    def ask(self, address: str, query: Any = None, *, status: int = 200, **headers: str) -> Any:
        """GET, and the answer as JSON; the status is held."""
        response = self.get(address, query, **headers)
        assert response.status_code == status, response.content
        return json.loads(response.content)

    def get(self, address: str, query: Any = None, **headers: str) -> Any:
        return self.browser.get(address, query, secure=True, headers=self._headers(headers))

    def tell(self, address: str, body: Any, *, status: int = 200, **headers: str) -> Any:
        """POST JSON, and the answer."""
        response = self.post(address, json.dumps(body), "application/json", **headers)
        assert response.status_code == status, response.content
        return json.loads(response.content) if response.content else None

    def post(self, address: str, data: Any, content_type: str, **headers: str) -> Any:
        return self.browser.post(
            address, data, content_type=content_type, secure=True, headers=self._headers(headers)
        )

    def call(self, method: str, address: str, **headers: str) -> Any:
        return self.browser.generic(method, address, secure=True, headers=self._headers(headers))

    def _headers(self, headers: dict[str, str]) -> dict[str, str]:
        own = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        return own | {name.replace("_", "-"): value for name, value in headers.items()}


def stranger() -> Api:
    return Api(Client(HTTP_HOST=HOST))


def service(*scopes: str, name: str = "", **where: str) -> Api:
    """A service with a token."""
    raw = tokens.issue(
        name or f"service {'-'.join(scopes)} {where}", kind="service", scopes=scopes, days=3,
        by=ADMIN, **where,
    )  # fmt: skip
    return Api(Client(HTTP_HOST=HOST), raw)


def person(name: str, *grants: Grant, organisation: str = "Authority", csrf: bool = False) -> Api:
    """A person who has signed in on a page and shown a second factor."""
    from test_gate import show_factor

    user = people.add(name, PASSWORD, organisation=organisation, grants=grants)
    people.Person.objects.filter(user=user).update(must_change_password=False)
    browser = Client(HTTP_HOST=HOST, enforce_csrf_checks=csrf)
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    show_factor(browser, user)
    return Api(browser)


def whole(name: str = "rita") -> Api:
    """A reviewer of everything."""
    return person(name, Grant(Role.reviewer))


def walk(caller: Api, address: str, query: dict[str, Any], between: Any = None) -> list[Any]:
    """All pages of a layer or list, by their links; ``between`` is called before each next one."""
    pages = [caller.ask(address, query)]
    while following := _next(pages[-1]):
        if between is not None:
            between(len(pages))
        pages.append(caller.ask(following.removeprefix(f"https://{HOST}")))
    return pages


def _next(page: dict[str, Any]) -> str:
    if "links" in page:
        return next((one["href"] for one in page["links"] if one["rel"] == "next"), "")
    return page["next"] or ""
