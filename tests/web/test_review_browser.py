"""Reviewing in a real browser: from data entry to acceptance, a release by two, axe-core, phones.

The browser is opened only after the records are in: Playwright keeps an event loop running in this
thread, in which Django would use a connection of its own, to the workspace of an earlier test.
"""

from __future__ import annotations

import os
from pathlib import Path

import axe
import pytest
from deciders import cookie, person
from registering import HAZARD, REPORT, activities, hazards, ready_release, square

from landrelease.register import duplicates, people
from landrelease.register.models import Activity, Release, ReleaseRefusal, Submission
from landrelease.register.roles import Role
from serving import aside, served

pytestmark = pytest.mark.browser

#: Where to leave pictures of the pages, for people to look at; none unless it is named.
PICTURES = os.environ.get("LANDRELEASE_PICTURES")


def become(page, address: str, session: dict[str, str]) -> None:
    page.context.clear_cookies()
    page.context.add_cookies([{**session, "url": address}])


def picture(page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"{name}.png"), full_page=True)


def drawn(page) -> None:
    if page.locator("[data-map]").count():
        page.wait_for_selector("[data-map][data-idle]")
    assert page.locator("[data-map][data-broken]").count() == 0


def test_data_entry_hands_in_and_a_reviewer_returns_and_accepts(
    store, request, tmp_path, browser_watch
):
    dana = person("dana", Role.data_entry)
    actor = people.actor_of(dana, second_factor=False)
    hazards(tmp_path, (square(size=2), HAZARD))
    outcome = hazards(tmp_path, (square(size=3), {**HAZARD, "name": "Meadow"}), actor=actor,
                      accept=False)  # fmt: skip
    first = Submission.objects.get(receipt=outcome.receipt)
    sessions = {"dana": cookie(dana, "http://x"), "rana": cookie(person("rana", Role.reviewer),
                "http://x")}  # fmt: skip
    with served(store.folder) as address:
        page = request.getfixturevalue("browser_page")
        become(page, address, sessions["dana"])
        page.goto(f"{address}/submissions/{first.id}/")
        assert page.get_by_text("You may not, because:").is_visible()
        assert page.get_by_role("button", name="Accept").count() == 0
        become(page, address, sessions["rana"])
        page.goto(f"{address}/submissions/?state=waiting")
        page.get_by_role("link", name=first.receipt).press("Enter")
        drawn(page)
        # With the keyboard alone: the reason is missing, then given.
        page.get_by_role("button", name="Return to the sender").press("Enter")
        page.get_by_role("alert").wait_for()
        browser_watch.errors.clear()  # the answer to a form that lacks something is no error
        page.locator("#reason").press_sequentially("which map is it from?")
        page.get_by_role("button", name="Return to the sender").press("Enter")
        page.get_by_text("rana: which map is it from?").first.wait_for()
        assert page.locator("form.deciding").count() == 0
        become(page, address, sessions["dana"])
        page.goto(f"{address}/submissions/?own=1&state=returned")
        page.get_by_role("link", name=first.receipt).click()
        assert page.get_by_text("rana: which map is it from?").first.is_visible()
        again = _hand_in_again(store, tmp_path, first.receipt)
        become(page, address, sessions["rana"])
        page.goto(f"{address}/submissions/{again}/")
        page.get_by_role("button", name="Accept").press("Enter")
        page.get_by_text("accepted by").first.wait_for()
        page.goto(f"{address}/hazards/1/")
        assert page.get_by_role("heading", name="Meadow").is_visible()


def _hand_in_again(store, folder: Path, receipt: str) -> int:
    """Through the command, in a process of its own, as data entry does; gives the id."""
    import re

    from registering import geojson, landrelease

    file = geojson(folder / "again.geojson", [(square(size=3), {**HAZARD, "name": "Meadow"})])
    landrelease(store.folder, "import", file, "--as", "hazards", "--source", "Survey",
                "--answers", receipt)  # fmt: skip
    listed = landrelease(store.folder, "review", "list", "--state", "checked", "--format", "csv")
    return int(re.findall(r"^(\d+),", listed.stdout, re.MULTILINE)[0])


def test_two_people_release_land_and_the_excluded_are_told_why(store, request, tmp_path):
    activity = ready_release(tmp_path)
    names = {
        "clerk": person("clerk", Role.approver),
        "carl": person("carl", Role.approver, organisation="OP1"),
        "adam": person("adam", Role.administrator),
        "anna": person("anna", Role.approver),
        "ben": person("ben", Role.approver, organisation="Inspection"),
    }
    sessions = {name: cookie(user, "http://x") for name, user in names.items()}
    why = {
        "clerk": "clerk submitted this and may not decide it (rule 14)",
        "carl": "carl is employed by OP1, which did the work (rule 14)",
        "adam": "it takes one of the roles approver",
    }
    with served(store.folder) as address:
        page = request.getfixturevalue("browser_page")
        for name, words in why.items():
            become(page, address, sessions[name])
            page.goto(f"{address}/releases/{activity.id}/")
            assert page.get_by_text(words).is_visible()
            assert page.locator("#review button").count() == 0
        become(page, address, sessions["anna"])
        page.goto(f"{address}/releases/{activity.id}/")
        drawn(page)
        page.get_by_role("button", name="Consent").press("Enter")
        page.get_by_text("You have consented.").wait_for()
        become(page, address, sessions["ben"])
        page.goto(f"{address}/releases/")
        assert page.get_by_role("cell", name="anna").is_visible()
        page.get_by_role("link", name=activity.ref).click()
        page.get_by_role("button", name="release the land").press("Enter")
        page.get_by_text("decided by").wait_for()
        assert page.locator("#review strong").inner_text() == "anna, ben"
    assert aside(Release.objects.count) == 1


@pytest.mark.parametrize("width", [1280, 390])
def test_a_release_is_refused_with_the_keyboard_and_stays_visible(
    store, request, tmp_path, width, browser_watch
):
    activity = ready_release(tmp_path)
    sessions = {
        name: cookie(person(name, Role.approver, organisation=employer), "http://x")
        for name, employer in (("anna", "Authority"), ("ben", "Inspection"))
    }
    why = "the eastern lane was not checked"
    with served(store.folder) as address:
        page = request.getfixturevalue("browser_page")
        page.set_viewport_size({"width": width, "height": 900})
        become(page, address, sessions["ben"])
        page.goto(f"{address}/releases/{activity.id}/")
        drawn(page)
        page.get_by_role("button", name="Refuse").press("Enter")
        page.get_by_text("a refusal needs a reason").wait_for()
        browser_watch.errors.clear()  # the answer to a form that lacks something is no error
        page.get_by_label("Reason, for whoever proposed it").fill(why)
        page.get_by_role("button", name="Refuse").press("Enter")
        page.get_by_text("Refused; the land stays as it was.").wait_for()
        become(page, address, sessions["anna"])
        for path in (f"/releases/{activity.id}/", "/releases/?state=refused",
                     f"/activities/{activity.id}/"):  # fmt: skip
            page.goto(address + path)
            drawn(page)
            assert page.get_by_text(why).is_visible(), path
            assert page.get_by_role("button", name="Consent").count() == 0, path
            assert axe.complaints(page) == [], path
            assert axe.overflow(page) <= 0, path
    assert aside(Release.objects.count) == 0
    assert aside(ReleaseRefusal.objects.count) == 1


@pytest.mark.parametrize("width", [1280, 390])
def test_pages_of_review_are_usable_for_everybody(store, request, tmp_path, width):
    activity = ready_release(tmp_path)
    hazards(tmp_path, (square(size=2), {**HAZARD, "name": "A field with a long name by the river"}))
    hazards(tmp_path, (square(0.05, 0, 2), {**HAZARD, "source_id": "X1"}), source="Other",
            name="other.geojson")  # fmt: skip
    activities(tmp_path, (square(1), {**REPORT, "source_id": "A2", "depth_cm": 5}), name="b.json")
    hazards(tmp_path, (square(size=1), HAZARD), (square(20), {**HAZARD, "source_id": "N"}),
            accept=False)  # fmt: skip
    found = Submission.objects.latest("id")
    duplicates.look()
    both = person("anna", Role.approver, Role.reviewer)
    session = cookie(both, "http://x")
    assert Activity.objects.count() == 2
    with served(store.folder) as address:
        page = request.getfixturevalue("browser_page")
        page.set_viewport_size({"width": width, "height": 900})
        become(page, address, session)
        for name, path in {
            "inbox": "/submissions/?state=waiting",
            "submission": f"/submissions/{found.id}/",
            "releases": "/releases/",
            "release": f"/releases/{activity.id}/",
            "blocked": "/releases/2/",
            "duplicates": "/duplicates/",
            "pair": "/duplicates/HA-1/HA-2/",
            "history": "/hazards/1/history/?one=1&other=2",
            "then": "/hazards/1/history/?at=2021-01-01",
            "about": "/about/",
        }.items():
            page.goto(address + path)
            drawn(page)
            picture(page, f"{name}-{width}")
            assert axe.complaints(page) == [], path
            assert axe.overflow(page) <= 0, path
