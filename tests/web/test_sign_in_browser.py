"""Signing in with a second factor in a real browser, under the strict policy."""

from __future__ import annotations

import time

import pytest

from landrelease.register import people
from landrelease.register.models import RoleAssignment
from landrelease.register.roles import Grant, Role
from serving import served

pytestmark = pytest.mark.browser
PASSWORD = "correct horse battery"


def code_of(secret: str, steps: int = 0) -> str:
    """What an authenticator application shows, now or some steps of 30 seconds later."""
    from allauth.mfa.totp.internal import auth

    return auth.format_hotp_value(auth.hotp_value(secret, int(time.time()) // 30 + steps))


def log_in(page, address: str) -> None:
    page.goto(f"{address}/account/login/")
    page.fill("input[name=login]", "amra")
    page.fill("input[name=password]", PASSWORD)
    page.click("main button[type=submit]")


def again(page) -> None:
    """Answer the question for the password."""
    page.fill("main input[name=password]", PASSWORD)
    page.click("main button[type=submit]")


@pytest.fixture
def amra(store):
    people.add(
        "amra", PASSWORD, organisation="Authority",
        grants=[Grant(Role.approver), Grant(Role.administrator)],
    )  # fmt: skip
    assert RoleAssignment.objects.count() == 2


def test_a_password_can_be_shown_while_it_is_typed(store, amra, request):
    with served(store.folder) as address:
        page = request.getfixturevalue("browser_page")
        page.goto(f"{address}/account/login/")
        page.fill("input[name=login]", "amra")
        page.fill("input[name=password]", PASSWORD)
        kind = "document.querySelector('input[name=password]').type"
        assert page.evaluate(kind) == "password"
        page.get_by_label("Show the password").check()
        assert page.evaluate(kind) == "text"
        page.get_by_label("Show the password").uncheck()
        assert page.evaluate(kind) == "password"
        page.get_by_label("Show the password").check()
        page.click("main button[type=submit]")
        page.wait_for_url(f"{address}/")


def test_an_authenticator_application(store, amra, request):
    with served(store.folder) as address:
        page = request.getfixturevalue("browser_page")
        log_in(page, address)
        page.goto(f"{address}/account/")
        assert page.get_by_text("that role does not hold").is_visible()
        page.goto(f"{address}/account/second-factor/app/add/")
        again(page)
        picture = page.locator("main img.code")
        assert picture.evaluate("image => image.complete && image.naturalWidth > 50")
        secret = page.input_value("#authenticator_secret")
        page.fill("main input[name=code]", code_of(secret))
        page.click("main button[type=submit]")
        page.wait_for_url("**/second-factor/codes/")
        codes = page.input_value("#recovery_codes").split()
        assert len(codes) == 10
        page.goto(f"{address}/account/people/")
        assert page.get_by_role("heading", name="People").is_visible(), "the role holds at once"

        for second in (code_of(secret, 1), codes[0]):
            page.goto(f"{address}/account/")
            page.get_by_role("button", name="Sign out").click()
            log_in(page, address)
            page.wait_for_url("**/second-factor/show/**")
            page.goto(f"{address}/account/")
            assert page.url.endswith("/second-factor/show/"), "nobody is in before it"
            page.fill("main input[name=code]", second)
            page.get_by_role("button", name="Sign In").click()
            page.wait_for_url(f"{address}/")
            page.goto(f"{address}/account/people/")
            assert page.get_by_role("heading", name="People").is_visible()


def test_a_security_key(store, amra, request):
    with served(store.folder) as address:
        page = request.getfixturevalue("browser_page")
        # Browsers take keys for a name, not for an address.
        address = address.replace("127.0.0.1", "localhost")
        devices = page.context.new_cdp_session(page)
        devices.send("WebAuthn.enable")
        devices.send(
            "WebAuthn.addVirtualAuthenticator",
            {
                "options": {
                    "protocol": "ctap2", "transport": "usb", "hasResidentKey": True,
                    "hasUserVerification": True, "isUserVerified": True,
                    "automaticPresenceSimulation": True,
                }
            },
        )  # fmt: skip
        log_in(page, address)
        page.goto(f"{address}/account/second-factor/keys/add/")
        again(page)
        page.fill("main input[name=name]", "blue key")
        page.click("#mfa_webauthn_add")
        page.wait_for_url("**/second-factor/codes/")
        page.goto(f"{address}/account/second-factor/keys/")
        assert page.get_by_text("blue key").is_visible()
        page.goto(f"{address}/account/")
        page.get_by_role("button", name="Sign out").click()
        log_in(page, address)
        page.wait_for_url("**/second-factor/show/**")
        page.click("#mfa_webauthn_authenticate")
        page.wait_for_url(f"{address}/")
        page.goto(f"{address}/account/people/")
        assert page.get_by_role("heading", name="People").is_visible()
