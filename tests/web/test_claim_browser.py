"""Reading and deciding in a real browser: keyboard, filters, map.

How the pages look, narrow and wide: `test_every_page`.

The browser is opened only after the reports are in: Playwright keeps an event loop running in this
thread, in which Django would use a connection of its own, to the workspace of an earlier test.
"""

from __future__ import annotations

import axe
import pytest
from told_reports import PASSWORD, claim, document_of, public_id, reviewer, take_in

from landrelease.register.models import Claim, ClaimPlace, IndexedClaim
from serving import served

pytestmark = pytest.mark.browser


def sign_in(page, address: str, name: str = "rana") -> None:
    page.goto(f"{address}/account/login/")
    page.fill("input[name=login]", name)
    page.fill("input[name=password]", PASSWORD)
    page.locator("main button[type=submit]").click()
    page.wait_for_url(lambda url: "/login" not in url)


def current(page) -> str:
    return page.locator("li.claim.current").get_attribute("data-claim")


def test_reading_with_the_keyboard(store, request):
    take_in(1)
    row = claim("My sheep stop at the wall")
    document, key = document_of(row).id, public_id(row)
    ids = [
        public_id(one)
        for one in Claim.objects.filter(document_uid=row.document_uid).order_by("start", "id")
    ]
    with served(store.folder) as address:
        page = request.getfixturevalue("browser_page")
        page.goto(f"{address}/documents/{document}/")
        page.keyboard.press("j")
        assert current(page) == ids[0]
        page.keyboard.press("j")
        page.keyboard.press("j")
        page.keyboard.press("k")
        assert current(page) == ids[1]
        assert page.evaluate("location.hash") == f"#{ids[1]}"
        assert page.evaluate("document.activeElement.dataset.claim") == ids[1]
        # What the keyboard goes to is marked in the text, too.
        assert page.locator(f'mark.current[data-claims~="{ids[1]}"]').count() >= 1
        page.keyboard.press("a")
        assert page.locator("#said").inner_text() == "Sign in to decide."
        page.keyboard.press("?")
        assert page.locator("#keys").get_attribute("open") is not None
        # A permalink, and a click into the text.
        page.goto(f"{address}/claims/{key}/")
        assert current(page) == key
        assert page.locator(f'mark.current[data-claims~="{key}"]').first.is_visible()
        page.locator(f'mark.content[data-claims~="{ids[0]}"]').first.click()
        assert ids[0] in current(page)
        # Filters are plain GET parameters.
        page.select_option("select[name=speaker]", label=first_option(page, "speaker"))
        page.locator("form.filters button").click()
        assert "speaker=" in page.url
        assert page.get_by_text("hidden by the filter").first.is_visible()


def first_option(page, name: str) -> str:
    return page.locator(f"select[name={name}] option").nth(1).inner_text()


def test_deciding_with_the_keyboard_end_to_end(store, request, browser_watch):
    take_in(1)
    row, other = claim("pasture near Lonmarsh"), claim("My sheep stop at the wall")
    document = document_of(row).id
    reviewer()
    with served(store.folder) as address:
        page = request.getfixturevalue("browser_page")
        sign_in(page, address)
        page.goto(f"{address}/documents/{document}/#{public_id(row)}")
        assert current(page) == public_id(row)
        page.keyboard.press("a")
        page.wait_for_selector("form.deciding input:focus")
        assert axe.complaints(page) == []
        # Escape closes without deciding, and the reader is back at the claim.
        page.keyboard.press("Escape")
        page.wait_for_selector("form.deciding", state="detached")
        assert page.evaluate("document.activeElement.dataset.claim") == public_id(row)
        # Enter without a choice: the form says what is missing, and nothing is decided.
        page.keyboard.press("a")
        page.wait_for_selector("form.deciding input:focus")
        page.locator("form.deciding input[name=reason]").press("Enter")
        page.get_by_role("alert").wait_for()
        page.locator("form.deciding input[value=indication]").press("Space")
        page.locator("form.deciding input[name=reason]").fill("two visits agree")
        page.locator("form.deciding button[name=preview]").press("Enter")
        page.locator("form.deciding .would").wait_for()
        assert "Nothing has been decided yet." in page.locator(".would").inner_text()
        assert page.locator(f"#state-{row.id} .state.proposed").count() == 1
        # What was filled in has stayed, and Enter decides.
        page.wait_for_selector("form.deciding button.primary:focus")
        page.keyboard.press("Enter")
        page.wait_for_selector(f"#state-{row.id} .state.accepted")
        assert "Accepted." in page.locator("#said").inner_text()
        assert "EV-1" in page.locator(f"#state-{row.id}").inner_text()
        assert page.locator("form.deciding").count() == 0
        # Rejecting another one.
        page.keyboard.press("j")
        while current(page) != public_id(other):
            page.keyboard.press("j")
        page.keyboard.press("r")
        page.wait_for_selector("form.deciding input[name=reason]:focus")
        page.keyboard.type("hearsay")
        page.keyboard.press("Enter")
        page.wait_for_selector(f"#state-{other.id} .state.rejected")
        # Withdrawing shows what rests on it first.
        page.locator(f"#about-{public_id(row)}").focus()
        while current(page) != public_id(row):
            page.keyboard.press("k")
        page.keyboard.press("w")
        page.wait_for_selector("form.deciding .resting")
        assert "HA-1" in page.locator("form.deciding .resting").inner_text()
        page.locator("form.deciding input[name=reason]").fill("retracted")
        page.keyboard.press("Enter")
        page.locator("#said", has_text="two people").wait_for()
        # The browser notes on its console that a form was refused; that was wanted here.
        browser_watch.errors[:] = [e for e in browser_watch.errors if "status of 422" not in e]


def test_the_map_of_claims_draws_every_place_and_lists_what_a_mark_stands_for(store, request):
    take_in(1)
    rows = list(Claim.objects.order_by("id")[:3])
    for number, row in enumerate(rows):
        ClaimPlace.objects.create(
            claim_row=row.id, place=f"geonames:{number}", name=f"Town {number}",
            lon=-18 + number * 0.01, lat=-38, confidence=0.9,
        )  # fmt: skip
        IndexedClaim.objects.filter(claim_row=row.id).update(places=1)
    with served(store.folder) as address:
        page = request.getfixturevalue("browser_page")
        page.goto(f"{address}/claims/map/")
        page.wait_for_selector("[data-claims-map][data-idle]", timeout=60_000)
        assert page.locator("[data-claims-map]").get_attribute("data-drawn") == "3"
        # The three lie close together: one mark, whose number is the sum of their claims.
        canvas = page.locator(".map canvas")
        point = page.evaluate(
            "(() => { const map = document.querySelector('[data-claims-map]').map;"
            " const at = map.queryRenderedFeatures({ layers: ['claims'] })[0];"
            " const { x, y } = map.project(at.geometry.coordinates);"
            " return { x, y, claims: at.properties.claims_sum ?? at.properties.claims }; })()"
        )
        assert point["claims"] in (1, 3)
        canvas.click(position={"x": point["x"], "y": point["y"]})
        page.locator("#place-here a").first.wait_for()
        link = page.locator("#place-here a").first
        assert "Town" in link.inner_text()
        link.click()
        page.wait_for_url("**/claims/?place=*")
        assert page.locator("table.said-by tbody tr").count() == 1
