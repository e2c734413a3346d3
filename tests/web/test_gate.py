"""The gate: on a site nothing is open that does not say so; on this machine nothing is written
unless somebody signs in. The addresses are not listed here but taken from the program."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver

from landrelease.register import people, tokens
from landrelease.register.models import PeopleEvent, Person
from landrelease.register.roles import Grant, Role
from landrelease.web import gate

PASSWORD = "correct horse battery"
ADMIN = people.Actor("root", "Authority", authenticated=True)

#: What anybody may reach on a site; a new page that is to be public is written down here.
PUBLIC = {
    "about",
    "glossary",
    "set_language",
    "account_login",
    "account_logout",
    "account_inactive",
    "mfa_authenticate",
    # The public map: generalised cells only (tests/security holds what is in them).
    "map",
    "tile",
}
#: Something for each part of an address.
EXAMPLES = {
    "int": "1", "str": "x", "path": "x", "listed": "hazards", "slug": "x", "uuid": "0" * 32,
}  # fmt: skip
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")


def addresses() -> Iterator[tuple[str, str]]:
    """Every address of the program with its name, some value put into each of its parts."""

    def walk(patterns, prefix):
        for each in patterns:
            route = prefix + str(each.pattern)
            if isinstance(each, URLResolver):
                yield from walk(each.url_patterns, route)
            elif isinstance(each, URLPattern):
                address = re.sub(
                    r"<(?:(\w+):)?\w+>", lambda found: EXAMPLES[found[1] or "str"], route
                )
                yield each.name or address, "/" + address

    yield from walk(get_resolver().url_patterns, "")


ADDRESSES = dict(addresses())


@pytest.fixture
def site(store, settings_of_a_site):
    """The workspace, served as a site to a browser over TLS."""
    return Client(HTTP_HOST="mines.example.org", secure=True)


@pytest.fixture
def settings_of_a_site():
    from django.test import override_settings

    with override_settings(LANDRELEASE_SITE=True, ALLOWED_HOSTS=["mines.example.org"]):
        yield


def signed_in(name: str, *grants: Grant, factor: bool = False, **client) -> Client:
    """A browser in which somebody with some roles has signed in."""
    user = people.add(name, PASSWORD, organisation="Authority", grants=grants)
    browser = Client(HTTP_HOST="127.0.0.1", **client)
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    if factor:
        show_factor(browser, user)
    return browser


def show_factor(browser: Client, user) -> None:
    """Say that this session has shown a second factor, and its password again just now."""
    import time

    session = browser.session
    session["account_authentication_methods_user"] = str(user.pk)
    session["account_authentication_methods"] = [
        {"method": "mfa", "type": "totp", "id": 1, "at": time.time(), "reauthenticated": True}
    ]
    session.save()


def test_there_are_addresses():
    assert len(ADDRESSES) > 40
    assert {"balance", "tile", "record", "account_login", "people"} <= set(ADDRESSES)


@pytest.mark.parametrize("method", ["GET", *UNSAFE])
def test_nothing_is_open_on_a_site_that_does_not_say_so(store, settings_of_a_site, method):
    browser = Client(HTTP_HOST="mines.example.org")
    seen = {}
    for name, address in ADDRESSES.items():
        response = browser.generic(method, address, secure=True)
        to_sign_in = response.status_code == 302 and response["Location"].startswith(
            "/account/login/"
        )
        # Methods that nothing uses are refused before it is looked who asks.
        unused = method in ("PUT", "PATCH") and response.status_code == 405
        refused = unused or response.status_code in (401, 403, 404)
        seen[name] = "shut" if to_sign_in or refused else "open"
    opened = {name for name, how in seen.items() if how == "open"}
    assert opened <= PUBLIC, opened - PUBLIC
    if method == "GET":
        assert {"about", "account_login"} <= opened


def test_no_page_of_a_site_names_what_it_does_not_show(store, site):
    from filling import insert

    insert("hazard", [{"name": "Secret meadow"}])
    for address in ADDRESSES.values():
        assert b"Secret meadow" not in site.get(address, secure=True).content


def test_on_a_site_the_whole_register_takes_a_role_that_reaches_all_of_it(
    store, settings_of_a_site
):
    for name, grants, lists, documents in (
        ("nobody", (), 403, 403),
        ("viewer", (Grant(Role.viewer),), 200, 200),
        ("partly", (Grant(Role.reviewer, organisation="OP1"),), 200, 403),
        ("reviewer", (Grant(Role.reviewer),), 200, 200),
    ):
        browser = signed_in(name, *grants)
        browser.defaults["HTTP_HOST"] = "mines.example.org"
        assert browser.get("/hazards/", secure=True).status_code == lists, name
        assert browser.get("/documents/", secure=True).status_code == documents, name
        assert browser.get("/account/", secure=True).status_code == 200


def test_on_a_site_a_role_that_needs_a_second_factor_waits_for_it(store, settings_of_a_site):
    browser = signed_in("anja", Grant(Role.approver), Grant(Role.reviewer))
    browser.defaults["HTTP_HOST"] = "mines.example.org"
    response = browser.get("/hazards/", secure=True)
    assert (response.status_code, response["Location"]) == (302, "/account/second-factor/")
    assert browser.post("/account/tokens/", secure=True).status_code == 403
    from django.contrib.auth.models import User

    show_factor(browser, User.objects.get())
    assert browser.get("/hazards/", secure=True).status_code == 200


def test_on_this_machine_whoever_is_there_reads_and_nobody_writes(store, client):
    for name, address in ADDRESSES.items():
        for method in UNSAFE:
            response = client.generic(method, address)
            assert response.status_code in (302, 401, 403, 404, 405) or name in PUBLIC, name
    assert client.get("/hazards/").status_code == 200
    assert not Person.objects.exists()
    assert not PeopleEvent.objects.exists()


def test_a_bad_token_is_refused_even_where_the_machine_may_read(store, client):
    headers = {"HTTP_AUTHORIZATION": "Bearer lrt_nothing"}
    assert client.get("/hazards/", **headers).status_code == 401


def test_a_token_is_who_asks(store, settings_of_a_site):
    raw = tokens.issue(
        "notebook", kind="service", scopes=("view", "view_restricted"), days=3, by=ADMIN
    )
    browser = Client(HTTP_HOST="mines.example.org")
    headers = {"HTTP_AUTHORIZATION": f"Bearer {raw}"}
    assert browser.get("/hazards/", secure=True, **headers).status_code == 200
    assert browser.get("/account/people/", secure=True, **headers).status_code in (302, 403)
    from landrelease.register.models import AppToken

    assert AppToken.objects.get().last_used_at


def test_a_token_may_be_the_password_of_http_basic_and_a_password_may_not(
    store, settings_of_a_site
):
    raw = tokens.issue(
        "tablet", kind="service", scopes=("view", "view_restricted"), days=3, by=ADMIN
    )
    people.add("rosa", PASSWORD, organisation="Authority", grants=[Grant(Role.reviewer)])
    browser = Client(HTTP_HOST="mines.example.org")
    for pair, status in (
        (f"anything:{raw}", 200), (f"rosa:{PASSWORD}", 401), ("rosa", 401), (":", 401),
    ):  # fmt: skip
        basic = "Basic " + base64.b64encode(pair.encode()).decode()
        found = browser.get("/hazards/", secure=True, HTTP_AUTHORIZATION=basic)
        assert found.status_code == status, pair
    assert browser.get("/hazards/", secure=True, HTTP_AUTHORIZATION="Basic %%%").status_code == 401


def test_what_takes_forms_from_anywhere_takes_them_only_with_a_token(store):
    """A signed-in person's browser sends the cookie along, whoever wrote the form."""
    from django.http import HttpRequest, HttpResponse
    from django.urls import ResolverMatch
    from django.views.decorators.csrf import csrf_exempt

    @csrf_exempt
    @gate.scoped
    def receive(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    user = people.add("dana", PASSWORD, organisation="OP1", grants=[Grant(Role.data_entry)])
    raw = tokens.issue("tablet", kind="phone", scopes=("submit",), days=3, by=ADMIN, person="dana")
    answers = []
    for signed, headers in (
        (False, {}), (True, {}), (False, {"HTTP_AUTHORIZATION": f"Bearer {raw}"}),
    ):  # fmt: skip
        request = RequestFactory().post("/receive/", **headers)
        request.user = user if signed else AnonymousUser()
        request.session = {}
        request.resolver_match = ResolverMatch(receive, (), {}, "receive")
        answers.append(gate.Gate(receive).process_view(request, receive, (), {}))
    assert [None if answer is None else answer.status_code for answer in answers] == [
        401, 401, None,
    ]  # fmt: skip
    assert answers[0]["WWW-Authenticate"].startswith("Basic")


# --- administrators -------------------------------------------------------------------------------


@pytest.fixture
def admin(store) -> Client:
    return signed_in("adam", Grant(Role.administrator), factor=True)


def test_an_administrator_enters_a_person_and_gives_a_role(admin):
    given = {"name": "nina", "organisation": "OP1", "password": PASSWORD}
    assert admin.post("/account/people/add/", given)["Location"] == "/account/people/nina/"
    admin.post("/account/people/nina/", {"do": "grant", "role": "viewer", "organisation": "OP1"})
    page = admin.get("/account/people/nina/").content.decode()
    assert "viewer" in page
    assert "A role was given." in page
    number = people.find("nina").roles.get().id
    admin.post("/account/people/nina/", {"do": "revoke", "role": str(number)})
    admin.post("/account/people/nina/", {"do": "disable"})
    whats = list(PeopleEvent.objects.filter(about="nina").values_list("what", "actor"))
    assert whats == [
        ("person_added", "adam"), ("role_granted", "adam"), ("role_revoked", "adam"),
        ("person_disabled", "adam"),
    ]  # fmt: skip


def test_an_administrator_has_no_exemption_from_themselves(admin):
    admin.post("/account/people/adam/", {"do": "grant", "role": "approver"})
    assert {row.role for row in people.find("adam").roles.all()} == {"administrator"}
    assert admin.get("/account/may/").status_code == 200


def test_a_change_of_people_asks_who_it_is_once_more(admin):
    session = admin.session
    session["account_authentication_methods"][0]["at"] -= 3600
    session.save()
    given = {"name": "nina", "organisation": "OP1", "password": PASSWORD}
    response = admin.post("/account/people/add/", given)
    assert response.status_code == 302
    assert "next=" in response["Location"]
    assert not Person.objects.filter(user__username="nina").exists()
    assert PASSWORD not in str(dict(admin.session)), "the form is not kept"


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.administrator])
def test_nobody_else_manages_people(store, role):
    browser = signed_in("eve", Grant(role), factor=True)
    given = {"name": "nina", "organisation": "OP1", "password": PASSWORD}
    for address in ("/account/people/", "/account/people/add/", "/account/people/eve/"):
        assert browser.get(address).status_code == 403
        assert browser.post(address, given).status_code in (403, 405)
    assert Person.objects.count() == 1


# --- explaining -----------------------------------------------------------------------------------


def test_the_page_that_explains(store, admin):
    from filling import insert

    insert("hazard", [{"name": "x"}])
    people.add("nina", PASSWORD, organisation="OP1", grants=[Grant(Role.viewer)])
    page = admin.get("/account/may/", {"person": "nina", "record": "HA-1"}).content.decode()
    assert "nina holds the role viewer (everywhere)" in page
    assert "it takes one of the roles approver" in page
    assert admin.get("/account/may/", {"person": "nobody"}).status_code == 404
    assert admin.get("/account/may/", {"record": "HA-99"}).status_code == 404


def test_others_ask_only_about_themselves(store):
    people.add("adam", PASSWORD, organisation="Authority", grants=[Grant(Role.administrator)])
    browser = signed_in("nina", Grant(Role.viewer))
    page = browser.get("/account/may/", {"person": "adam"}).content.decode()
    assert "adam" not in page
    assert "nina holds the role viewer" in page


def unmasked(response) -> str:
    """A page without the token against forged requests, which is masked anew in each."""
    return re.sub(r'(name="csrfmiddlewaretoken" value=)"[^"]*"', r"\1", response.content.decode())


def test_one_is_told_nothing_about_a_record_one_does_not_see(store):
    from filling import insert

    insert("hazard", [{"name": "x"}])
    browser = signed_in("nina", Grant(Role.viewer, organisation="OP1"))
    response = browser.get("/account/may/", {"record": "HA-1"})
    assert response.status_code == 404
    assert "HA-1" in response.content.decode()
    there_is_none = unmasked(browser.get("/account/may/", {"record": "HA-99"}))
    assert unmasked(response).replace("HA-1", "HA-99") == there_is_none
    people.add("adam", PASSWORD, organisation="Authority")
    person = unmasked(browser.get("/account/may/", {"record": "adam"}))
    assert person.replace("adam", "HA-99") == there_is_none


# --- tokens on the page ---------------------------------------------------------------------------


def test_a_phone_token_is_shown_once(store):
    browser = signed_in("dana", Grant(Role.data_entry))
    given = {"name": "my phone", "kind": "phone", "scopes": ["submit"], "days": "30"}
    page = browser.post("/account/tokens/", given).content.decode()
    (raw,) = re.findall(r'id="token">([^<]+)<', page)
    assert tokens.authenticate(raw) is not None
    assert raw not in browser.get("/account/tokens/").content.decode()
    number = people.find("dana").tokens.get().id
    browser.post("/account/tokens/", {"revoke": str(number)})
    assert tokens.authenticate(raw) is None


def test_only_administrators_issue_tokens_of_services_or_see_those_of_others(store):
    tokens.issue("secret service", kind="service", scopes=("view",), days=3, by=ADMIN)
    browser = signed_in("dana", Grant(Role.data_entry))
    given = {"name": "robot", "kind": "service", "scopes": ["view"], "days": "30"}
    page = browser.post("/account/tokens/", given).content.decode()
    assert 'id="token"' not in page
    assert "secret service" not in page
    browser.post("/account/tokens/", {"revoke": "1"})
    from landrelease.register.models import AppToken

    assert AppToken.objects.get().revoked_at == ""
    assert signed_in("vera", Grant(Role.viewer)).get("/account/tokens/").status_code == 403
