"""Signing in: passwords, guesses, sessions, forged forms; through the server's own application."""

from __future__ import annotations

import http.cookiejar
import os
import re
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import override_settings

from landrelease.register import clock, password_rules, people
from landrelease.register.configuration import IDLE_SECONDS, LONGEST_SECONDS
from landrelease.register.models import PeopleEvent
from landrelease.register.roles import Grant, Role
from landrelease.web import server, writing

PASSWORD = "correct horse battery"
LOGIN = "/account/login/"
AMRA = {"login": "amra", "password": PASSWORD}


@pytest.fixture
def amra(store):
    return people.add("amra", PASSWORD, organisation="Authority", grants=[Grant(Role.reviewer)])


# --- password and session -------------------------------------------------------------------------


def test_signing_in_and_out(amra, client):
    assert client.post(LOGIN, AMRA)["Location"] == "/"
    assert "amra" in client.get("/account/").content.decode()
    client.post("/account/logout/")
    assert client.get("/account/").status_code == 302


def test_a_wrong_name_and_a_wrong_password_are_told_alike(amra, client):
    answers = [
        re.findall(r"errorlist.*?</ul>", client.post(LOGIN, given).content.decode(), re.DOTALL)
        for given in ({**AMRA, "password": "wrong"}, {**AMRA, "login": "nobody"})
    ]
    assert answers[0]
    assert answers[0] == answers[1]


def test_guesses_are_counted_in_the_database(amra, client):
    for _ in range(4):
        assert client.post(LOGIN, {**AMRA, "password": "wrong"}).status_code == 200
    assert client.post(LOGIN, {**AMRA, "password": "wrong"}).status_code == 429
    assert client.post(LOGIN, AMRA).status_code == 429, "the right one no longer helps"
    assert client.get("/account/").status_code == 302
    from axes.models import AccessAttempt

    assert AccessAttempt.objects.get().failures_since_start >= 5
    elsewhere = Client(HTTP_HOST="127.0.0.1", REMOTE_ADDR="192.0.2.7")
    assert elsewhere.post(LOGIN, AMRA).status_code == 302, "its owner gets in from elsewhere"


def test_an_office_behind_one_address_gets_in(amra):
    """Fifty people within a minute, half of them at the second try."""
    names = [f"person{number:02}" for number in range(50)]
    for name in names:
        people.add(name, PASSWORD, organisation="Authority")
    for number, name in enumerate(names):
        browser = Client(HTTP_HOST="127.0.0.1", REMOTE_ADDR="192.0.2.50")
        if number % 2:
            assert browser.post(LOGIN, {"login": name, "password": "wrong"}).status_code == 200
        assert browser.post(LOGIN, {"login": name, "password": PASSWORD}).status_code == 302, name
        assert browser.get("/account/").status_code == 200, name


def test_one_password_is_not_tried_on_many_names(amra):
    """The count by address stops what the count by name and address does not see."""
    guesser = Client(HTTP_HOST="127.0.0.1", REMOTE_ADDR="192.0.2.66")
    for number in range(30):
        guesser.post(LOGIN, {"login": f"nobody{number}", "password": PASSWORD})
    guesser.post(LOGIN, AMRA)
    assert guesser.get("/account/").status_code == 302, "even the right one is refused for now"
    elsewhere = Client(HTTP_HOST="127.0.0.1", REMOTE_ADDR="192.0.2.7")
    assert elsewhere.post(LOGIN, AMRA).status_code == 302


def test_a_session_from_before_signing_in_is_not_the_one_after(amra, client):
    session = client.session
    session["planted"] = True
    session.save()
    planted = session.session_key
    client.cookies[settings.SESSION_COOKIE_NAME] = planted
    client.post(LOGIN, AMRA)
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != planted
    thief = Client(HTTP_HOST="127.0.0.1")
    thief.cookies[settings.SESSION_COOKIE_NAME] = planted
    assert thief.get("/account/").status_code == 302


def test_cookies_are_out_of_reach_of_scripts_and_of_other_sites(amra, client):
    client.get(LOGIN)
    client.post(LOGIN, AMRA)
    for name in (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME):
        assert client.cookies[name]["httponly"], name
        assert client.cookies[name]["samesite"] == "Lax", name
    assert not client.cookies[settings.SESSION_COOKIE_NAME]["expires"], "ends with the browser"


@pytest.mark.parametrize(("later", "holds"), [
    (IDLE_SECONDS - 60, True), (IDLE_SECONDS + 60, False), (LONGEST_SECONDS + 60, False),
])  # fmt: skip
def test_a_session_ends_when_it_is_not_used(amra, client, monkeypatch, later, holds):
    from landrelease.web import session

    client.post(LOGIN, AMRA)
    client.get("/account/")
    now = session.time.time()
    monkeypatch.setattr(session.time, "time", lambda: now + later)
    assert (client.get("/account/").status_code == 200) is holds


def test_a_session_ends_however_much_it_is_used(amra, client, monkeypatch):
    from landrelease.web import session

    client.post(LOGIN, AMRA)
    start, moment = session.time.time(), [0.0]
    monkeypatch.setattr(session.time, "time", lambda: start + moment[0])
    lasted = 0.0
    while client.get("/account/").status_code == 200:
        lasted = moment[0]
        moment[0] += IDLE_SECONDS / 2
        assert moment[0] < 2 * LONGEST_SECONDS
    assert LONGEST_SECONDS - IDLE_SECONDS <= lasted <= LONGEST_SECONDS


def test_sessions_are_listed_and_ended(amra):
    browsers = [Client(HTTP_HOST="127.0.0.1", HTTP_USER_AGENT=f"Browser {i}") for i in (1, 2)]
    for browser in browsers:
        browser.post(LOGIN, AMRA)
    first, second = browsers
    page = first.get("/account/sessions/").content.decode()
    assert "Browser 1" in page
    assert "Browser 2" in page
    (number,) = re.findall(r'name="end" value="(\d+)"', page)
    first.post("/account/reauthenticate/", {"password": PASSWORD})
    first.post("/account/sessions/", {"end": number})
    assert second.get("/account/").status_code == 302
    assert first.get("/account/").status_code == 200


def test_ending_a_session_asks_who_it_is_once_more(amra):
    browsers = [Client(HTTP_HOST="127.0.0.1") for _ in range(2)]
    for browser in browsers:
        browser.post(LOGIN, AMRA)
    first, second = browsers
    (number,) = re.findall(
        r'name="end" value="(\d+)"', first.get("/account/sessions/").content.decode()
    )
    asked = first.post("/account/sessions/", {"end": number})
    assert asked["Location"] == "/account/reauthenticate/?next=%2Faccount%2Fsessions%2F"
    assert second.get("/account/").status_code == 200
    first.post("/account/reauthenticate/", {"password": PASSWORD})
    first.post("/account/sessions/", {"end": number})
    assert second.get("/account/").status_code == 302


def test_signing_out_has_the_browser_forget_the_pages(amra, client):
    client.post(LOGIN, AMRA)
    assert client.post("/account/logout/")["Clear-Site-Data"] == '"cache", "storage"'


def test_nobody_ends_the_session_of_somebody_else(amra, client):
    from allauth.usersessions.models import UserSession

    client.post(LOGIN, AMRA)
    number = UserSession.objects.get().pk
    people.add("eve", PASSWORD, organisation="Authority")
    eve = Client(HTTP_HOST="127.0.0.1")
    eve.post(LOGIN, {"login": "eve", "password": PASSWORD})
    eve.post("/account/reauthenticate/", {"password": PASSWORD})
    eve.post("/account/sessions/", {"end": str(number)})
    assert client.get("/account/").status_code == 200


@pytest.mark.parametrize("what", ["disable", "password", "factor"])
def test_an_administrator_ends_the_sessions_of_a_person(amra, client, what):
    admin = people.Actor("adam", "Authority", authenticated=True)
    client.post(LOGIN, AMRA)
    {
        "disable": lambda: people.set_active("amra", False, by=admin),
        "password": lambda: people.set_password("amra", "another long horse", by=admin),
        "factor": lambda: people.reset_second_factor("amra", by=admin),
    }[what]()
    assert client.get("/account/").status_code == 302


def test_a_changed_password_ends_every_session(amra, client):
    other = Client(HTTP_HOST="127.0.0.1")
    for browser in (client, other):
        browser.post(LOGIN, AMRA)
    given = {
        "oldpassword": PASSWORD,
        "password1": "a new long one 4",
        "password2": "a new long one 4",
    }
    assert client.post("/account/password/", given).status_code == 302
    for browser in (client, other):
        assert browser.get("/account/").status_code == 302


def test_a_password_that_was_given_is_changed_before_anything_else(store, client):
    admin = people.Actor("adam", "Authority", authenticated=True)
    people.add(
        "dana", "an older long one 5", organisation="Authority", grants=[Grant(Role.data_entry)],
    )  # fmt: skip
    people.set_password("dana", PASSWORD, by=admin)
    client.post(LOGIN, {"login": "dana", "password": PASSWORD})
    given = {"name": "phone", "kind": "phone", "scopes": ["submit"], "days": "3"}
    assert client.post("/account/tokens/", given).status_code == 403
    assert "chosen by somebody else" in client.get("/account/").content.decode()
    new = "a new long one 4"
    client.post("/account/password/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    client.post(LOGIN, {"login": "dana", "password": new})
    assert client.post("/account/tokens/", given).status_code == 200
    assert people.find("dana").tokens.count() == 1


@pytest.mark.parametrize("given_by", ["entered", "reset"])
def test_a_password_that_was_given_ends_when_it_is_not_changed(
    store, client, monkeypatch, given_by
):
    admin = people.Actor("adam", "Authority", authenticated=True)
    people.add("dana", PASSWORD, organisation="Authority", by=admin, must_change_password=True)
    if given_by == "reset":
        people.set_password("dana", PASSWORD, by=admin)
    dana = {"login": "dana", "password": PASSWORD}
    assert client.post(LOGIN, dana).status_code == 302
    client.post("/account/logout/")
    _days_later(monkeypatch, password_rules.GIVEN_DAYS + 1)
    answer = client.post(LOGIN, dana)
    assert answer.status_code == 200
    assert "has ended" in answer.content.decode()
    assert client.get("/account/").status_code == 302
    people.set_password("dana", "a new long one 4", by=admin)
    assert client.post(LOGIN, {"login": "dana", "password": "a new long one 4"}).status_code == 302


def test_a_password_of_ones_own_does_not_end(amra, client, monkeypatch):
    _days_later(monkeypatch, 1000)
    assert client.post(LOGIN, AMRA).status_code == 302


def test_a_password_that_is_too_weak_by_now_is_changed_and_does_not_end(amra, client, monkeypatch):
    amra.set_password("qwerty123456")
    amra.save()
    weak = {"login": "amra", "password": "qwerty123456"}
    assert client.post(LOGIN, weak).status_code == 302
    assert "too weak by today" in client.get("/account/").content.decode()
    given = {"name": "phone", "kind": "phone", "scopes": ["submit"], "days": "3"}
    assert client.post("/account/tokens/", given).status_code == 403
    event = PeopleEvent.objects.get(what=password_rules.WEAK)
    assert (event.about, event.detail) == ("amra", '{"rules":["password_too_common"]}')
    client.post("/account/logout/")
    _days_later(monkeypatch, 1000)
    assert client.post(LOGIN, weak).status_code == 302, "it was not given by anybody"
    new = "a new long one 4"
    client.post("/account/password/", {"oldpassword": weak["password"], "password1": new,
                                       "password2": new})  # fmt: skip
    client.post(LOGIN, {"login": "amra", "password": new})
    assert not people.find("amra").must_change_password


def _days_later(monkeypatch, days):
    later = (datetime.now(UTC) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    monkeypatch.setattr(clock, "now", lambda: later)


@pytest.mark.parametrize(
    ("password", "good"),
    [
        ("a long phrase of many words " * 3, True),
        ("слово дело поле море 🌊🌊", True),
        ("x" * 129, False),
    ],
)
def test_long_passwords_and_any_characters(amra, client, password, good):
    """Up to 128 characters, none of them cut off; what is longer is refused, not shortened."""
    client.post(LOGIN, AMRA)
    password = password.strip()
    given = {"oldpassword": PASSWORD, "password1": password, "password2": password}
    assert client.post("/account/password/", given).status_code == (302 if good else 200)
    client.post("/account/logout/")
    shorter = {"login": "amra", "password": password[:-1]}
    assert client.post(LOGIN, shorter).status_code == 200
    assert (client.post(LOGIN, {**shorter, "password": password}).status_code == 302) is good


def test_the_account_shows_who_was_there_and_what_was_changed(amra, client):
    client.post(LOGIN, {**AMRA, "password": "wrong"}, HTTP_USER_AGENT="Somebody's browser")
    client.post(LOGIN, AMRA)
    new = "a new long one 4"
    client.post("/account/password/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    client.post(LOGIN, {"login": "amra", "password": new})
    admin = people.Actor("adam", "Authority", authenticated=True)
    people.set_password("amra", "another long horse", by=admin)
    client.post(LOGIN, {"login": "amra", "password": "another long horse"})
    page = client.get("/account/").content.decode()
    assert "Somebody&#x27;s browser" in page
    assert page.count("<strong>wrong</strong>") == 1
    assert page.count("<td>right</td>") == 3
    assert "You changed the password." in page
    assert "An administrator gave you a new password." in page
    assert "adam" in page
    people.add("eve", PASSWORD, organisation="Authority")
    eve = Client(HTTP_HOST="127.0.0.1")
    eve.post(LOGIN, {"login": "eve", "password": PASSWORD})
    assert "Somebody" not in eve.get("/account/").content.decode()


def test_recovery_codes_work_once_and_it_is_told_how_many_are_left(amra):
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
    from allauth.mfa.totp.internal import auth

    auth.TOTP.activate(amra, auth.generate_totp_secret())
    codes = RecoveryCodes.activate(amra).get_unused_codes()
    assert len(codes) == 10
    for left, code in zip(range(9, -1, -1), codes, strict=True):
        browser = Client(HTTP_HOST="127.0.0.1")
        browser.post(LOGIN, AMRA)
        assert browser.post("/account/second-factor/show/", {"code": code}).status_code == 302
        page = browser.get("/account/second-factor/").content.decode()
        assert f"Codes left: {left}." in page
    for code in (codes[0], codes[-1]):
        again = Client(HTTP_HOST="127.0.0.1")
        again.post(LOGIN, AMRA)
        assert again.post("/account/second-factor/show/", {"code": code}).status_code == 200
        assert again.get("/account/").status_code == 302, "a code works once"


def test_what_is_typed_as_a_name_that_nobody_has_is_not_kept(amra, client):
    """It may be a password; and made-up names would fill the database."""
    from axes.models import AccessFailureLog

    client.post(LOGIN, {"login": PASSWORD, "password": "wrong"})
    client.post(LOGIN, {**AMRA, "password": "wrong"})
    assert list(AccessFailureLog.objects.values_list("username", flat=True)) == ["amra"]


def test_every_change_of_an_own_account_is_in_the_log_and_no_secret_is(amra, client):
    from allauth.mfa.models import Authenticator

    client.post(LOGIN, AMRA)
    new = "a new long one 4"
    client.post("/account/password/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    client.post(LOGIN, {"login": "amra", "password": new})
    client.post("/account/reauthenticate/", {"password": new})
    page = client.get("/account/second-factor/app/add/").content.decode()
    secret = client.session["mfa.totp.secret"]
    assert secret in page
    code = _code(secret)
    client.post("/account/second-factor/app/add/", {"code": code})
    client.post("/account/second-factor/codes/new/")
    client.post("/account/second-factor/app/remove/")
    assert not Authenticator.objects.filter(type=Authenticator.Type.TOTP).exists()
    lines = list(PeopleEvent.objects.filter(about="amra").order_by("id"))
    assert [line.what for line in lines if line.what not in ("person_added", "role_granted")] == [
        "password_changed", "second_factor_added", "recovery_codes_made", "recovery_codes_made",
        "second_factor_removed", "second_factor_removed",
    ]  # fmt: skip
    kept = " ".join(line.detail for line in lines)
    assert all(one not in kept for one in (new, PASSWORD, secret, code))


def test_a_wrong_or_used_code_is_in_the_log_and_on_the_page_of_the_account(amra, client):
    from allauth.mfa.models import Authenticator
    from allauth.mfa.totp.internal import auth

    secret = auth.generate_totp_secret()
    auth.TOTP.activate(amra, secret)
    client.post(LOGIN, AMRA)
    assert client.get("/account/").status_code == 302, "the second factor lacks"
    assert client.post("/account/second-factor/show/", {"code": "000000"}).status_code == 200
    code = _code(secret)
    assert client.post("/account/second-factor/show/", {"code": code}).status_code == 302
    assert client.get("/account/").status_code == 200
    again = Client(HTTP_HOST="127.0.0.1")
    again.post(LOGIN, AMRA)
    assert again.post("/account/second-factor/show/", {"code": code}).status_code == 200
    assert again.get("/account/").status_code == 302, "a code works once"
    failed = PeopleEvent.objects.filter(what="second_factor_failed", about="amra")
    assert [line.detail for line in failed] == ['{"kind":"totp"}'] * 2
    assert "wrong or used before" in client.get("/account/").content.decode()
    assert Authenticator.objects.count() == 1


def test_one_name_is_guessed_at_from_many_addresses_only_so_often(amra):
    """Each address gives one wrong password; none of them is shut out by itself."""
    for number in range(8):
        browser = Client(HTTP_HOST="127.0.0.1", REMOTE_ADDR=f"192.0.2.{number + 1}")
        assert browser.post(LOGIN, {**AMRA, "password": "wrong"}).status_code == 200
    last = Client(HTTP_HOST="127.0.0.1", REMOTE_ADDR="192.0.2.99")
    last.post(LOGIN, AMRA)
    assert last.get("/account/").status_code == 302, "not even the right one, for five minutes"


def _code(secret: str) -> str:
    from allauth.mfa.totp.internal import auth

    return auth.format_hotp_value(auth.hotp_value(secret, int(time.time()) // 30))


def test_pages_of_who_signed_in_are_kept_in_no_cache(amra, client):
    client.post(LOGIN, AMRA)
    for address in ("/account/", "/hazards/", "/"):
        assert "no-store" in client.get(address)["Cache-Control"], address


def test_a_form_from_elsewhere_is_refused(amra):
    browser = Client(HTTP_HOST="127.0.0.1", enforce_csrf_checks=True)
    refused = browser.post(LOGIN, AMRA)
    assert refused.status_code == 403
    assert "came from no page of this register" in refused.content.decode()
    page = browser.get(LOGIN).content.decode()
    token, *_ = re.findall(r'csrfmiddlewaretoken" value="([^"]+)"', page)
    assert browser.post(LOGIN, {**AMRA, "csrfmiddlewaretoken": token}).status_code == 302
    assert browser.post("/account/logout/").status_code == 403


def test_nobody_is_sent_elsewhere_after_signing_in(amra, client):
    response = client.post(LOGIN, {**AMRA, "next": "https://elsewhere.example.org/"})
    assert response["Location"] == "/"


@pytest.mark.parametrize("address", ["signup/", "password/reset/", "email/", "password/set/"])
def test_there_is_no_signing_up_and_no_reset_by_oneself(store, client, address):
    assert client.get(f"/account/{address}").status_code == 404


def test_account_pages_keep_the_strict_policy(amra, client):
    client.post(LOGIN, AMRA)
    for address in ("", "may/", "sessions/", "second-factor/", "password/", "reauthenticate/"):
        page = client.get(f"/account/{address}")
        assert page.status_code == 200, address
        assert "unsafe" not in page["Content-Security-Policy"]
        assert not re.search(
            r"<script(?![^>]*\bsrc=)(?![^>]*application/json)|\son\w+=|\sstyle=",
            page.content.decode(),
        ), address


# --- the database only reads ----------------------------------------------------------------------


@pytest.fixture
def serving(store) -> Iterator[None]:
    """This thread as one that serves, the way the server sets it up."""
    from django.db.backends.signals import connection_created

    connection_created.connect(writing.refuse_on, dispatch_uid="test of writing")
    outcome: list[BaseException] = []
    yield lambda work: _in_a_thread(work, outcome)
    connection_created.disconnect(dispatch_uid="test of writing")


def _in_a_thread(work, outcome):
    def run():
        writing.begin_serving()
        try:
            work()
        except BaseException as error:
            outcome.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if outcome:
        raise outcome.pop()


def test_a_serving_thread_writes_only_while_it_is_allowed(serving):
    from landrelease.register.models import Tally

    def work():
        with pytest.raises(DatabaseError):
            Tally.objects.create(name="x", count=1)
        writing.allow()
        Tally.objects.create(name="y", count=1)
        writing.forbid()
        with pytest.raises(DatabaseError):
            Tally.objects.create(name="z", count=1)
        with writing.lifted():
            Tally.objects.create(name="w", count=1)
        with pytest.raises(DatabaseError):
            Tally.objects.all().delete()
        connection.close()
        with pytest.raises(DatabaseError):
            Tally.objects.create(name="v", count=1)

    serving(work)
    assert set(Tally.objects.values_list("name", flat=True)) == {"y", "w"}


# --- the site behind its proxy --------------------------------------------------------------------


@pytest.fixture
def site_settings():
    """Settings that a site changes are put back afterwards."""
    names = (
        "LANDRELEASE_SITE", "ALLOWED_HOSTS", "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS",
        "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME",
        "MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN",
    )  # fmt: skip
    with override_settings(**{name: getattr(settings, name, False) for name in names}):
        yield


class Browser:
    """A browser that speaks HTTP to the application as the proxy would."""

    def __init__(self, application, peer: str = "192.0.2.1", **headers: str) -> None:
        self._application, self._peer, self._headers = application, peer, headers
        self.headers: dict[str, str] = {}
        self.cookies: list[str] = []

    def ask(self, path: str, method: str = "GET") -> int:
        status: list[str] = []

        def start(line, headers, error=None):
            status.append(line)
            self.headers = dict(headers)
            self.cookies = [value for name, value in headers if name == "Set-Cookie"]

        import io

        environ = {
            "REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": "", "SCRIPT_NAME": "",
            "SERVER_NAME": "mines.example.org", "SERVER_PORT": "80", "REMOTE_ADDR": self._peer,
            "HTTP_HOST": "mines.example.org", "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(), "wsgi.errors": io.StringIO(), "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.version": (1, 0), "wsgi.multithread": True, "wsgi.multiprocess": False,
            "wsgi.run_once": False, **self._headers,
        }  # fmt: skip
        work: list[bytes] = []

        def run():
            body = self._application(environ, start)
            work.extend(body)
            close = getattr(body, "close", None)
            if close:
                close()
            connection.close()

        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        return int(status[0].split()[0])


@pytest.fixture
def site(store, site_settings):
    made = server.application(server.Site(("mines.example.org",), proxy="192.0.2.1"))
    yield made
    from django.db.backends.signals import connection_created

    connection_created.disconnect(dispatch_uid="landrelease.web.read_only")


TLS = {"HTTP_X_FORWARDED_PROTO": "https", "HTTP_X_FORWARDED_FOR": "203.0.113.9"}


def test_only_the_proxy_is_believed_about_tls(site):
    assert Browser(site, **TLS).ask("/about/") == 200
    plain = Browser(site)
    assert plain.ask("/about/") == 301
    assert plain.headers["Location"].startswith("https://")
    liar = Browser(site, peer="198.51.100.4", **TLS)
    assert liar.ask("/about/") == 301


def test_a_site_answers_to_its_name_only(site):
    assert Browser(site, **TLS, HTTP_HOST="elsewhere.example.org").ask("/about/") == 400


def test_cookies_of_a_site_are_bound_to_it_and_to_tls(site):
    browser = Browser(site, **TLS)
    assert browser.ask(LOGIN) == 200
    (cookie,) = browser.cookies
    assert cookie.strip().startswith("__Host-csrf=")
    assert "Secure" in cookie
    assert "HttpOnly" in cookie
    assert "max-age=" in browser.headers["Strict-Transport-Security"]


def test_pages_of_a_site_send_strangers_to_the_sign_in(site):
    browser = Browser(site, **TLS)
    assert browser.ask("/hazards/") == 302
    assert browser.headers["Location"] == "/account/login/?next=%2Fhazards%2F"
    assert browser.ask("/tiles/0/0/0.mvt") == 403
    assert browser.ask("/hazards/", "POST") == 403


SERVER_OF_ONES_OWN = """
import io
from landrelease.web.wsgi import application
answered = []
environ = {
    "REQUEST_METHOD": "GET", "PATH_INFO": "/hazards/", "QUERY_STRING": "", "SCRIPT_NAME": "",
    "SERVER_NAME": "x", "SERVER_PORT": "80", "REMOTE_ADDR": "192.0.2.8",
    "HTTP_HOST": "mines.example.org", "HTTP_X_FORWARDED_PROTO": "https", "wsgi.url_scheme": "http",
    "wsgi.input": io.BytesIO(), "wsgi.errors": io.StringIO(), "SERVER_PROTOCOL": "HTTP/1.1",
}
list(application(environ, lambda status, headers, error=None: answered.append((status, headers))))
status, headers = answered[0]
print(status, dict(headers).get("Location"))
"""


def test_the_application_for_a_server_of_ones_own_is_a_site(store):
    connection.close()
    environment = {
        **os.environ, "LANDRELEASE_WORKSPACE": str(store.folder),
        "LANDRELEASE_HOSTS": "mines.example.org", "LANDRELEASE_PROXY": "192.0.2.8",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", SERVER_OF_ONES_OWN],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.strip() == "302 Found /account/login/?next=%2Fhazards%2F", done.stderr
    del environment["LANDRELEASE_HOSTS"]
    done = subprocess.run(
        [sys.executable, "-c", SERVER_OF_ONES_OWN],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "LANDRELEASE_HOSTS is not set" in done.stderr


# --- over HTTP, as users do -----------------------------------------------------------------------


class Visitor:
    """A browser without scripts that keeps its cookies."""

    def __init__(self, address: str) -> None:
        self._address = address
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._open = urllib.request.build_opener(jar).open

    def get(self, path: str) -> tuple[int, str]:
        try:
            with self._open(self._address + path) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def post(self, path: str, **given: str) -> tuple[int, str]:
        token = re.findall(r'csrfmiddlewaretoken" value="([^"]+)"', self.get(path)[1])
        body = urllib.parse.urlencode({**given, "csrfmiddlewaretoken": "".join(token[:1])})
        request = urllib.request.Request(
            self._address + path, body.encode(), {"Referer": self._address + path}
        )
        try:
            with self._open(request) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()


def test_the_server_lets_who_signed_in_write_and_nobody_else(store):
    from serving import served

    people.add("dana", PASSWORD, organisation="Authority", grants=[Grant(Role.data_entry)])
    connection.close()
    with served(store.folder) as address:
        stranger, dana = Visitor(address), Visitor(address)
        assert stranger.get("/hazards/")[0] == 200
        given = {"name": "phone", "kind": "phone", "scopes": "submit", "days": "3"}
        assert stranger.post("/account/tokens/", **given)[0] == 403
        assert dana.post(LOGIN, login="dana", password="wrong")[0] == 200
        status, page = dana.post(LOGIN, login="dana", password=PASSWORD)
        assert status == 200
        assert "dana" in page
        status, page = dana.post("/account/tokens/", **given)
        assert status == 200
        assert 'id="token"' in page
        assert dana.get("/account/sessions/")[0] == 200
    assert people.find("dana").tokens.count() == 1
