"""The pages in a real browser.

The browser is opened only after the rows are in: Playwright keeps an event loop running in this
thread, in which Django would use a connection of its own, to the workspace of an earlier test.
"""

from __future__ import annotations

import pytest
import shapely
from filling import insert
from reporting_programme import programme

from landrelease.register.models import RECORDS, Release
from serving import served

pytestmark = pytest.mark.browser
SQUARE = shapely.box(-18.1, -38.5, -18.0, -38.4)


def test_the_map_by_mouse_and_keyboard(store, request):
    insert(
        "hazard", [{"geometry": SQUARE, "name": "beneath"}, {"geometry": SQUARE, "name": "on top"}]
    )
    field = shapely.box(-17.99, -38.5, -17.89, -38.4)
    insert(
        "activity", [{"geometry": field, "result": "cleared", "classes": "ap", "depth_cm": "20"}]
    )
    activity = RECORDS["activity"].objects.get()
    Release.objects.create(
        activity_uid=activity.uid, standing=Release.DECIDED, seq=1, deciders="a|b"
    )
    with served(store.folder) as address:
        page = request.getfixturevalue("browser_page")
        page.goto(f"{address}/map/?box=-18.1,-38.5,-17.89,-38.4")
        page.wait_for_selector("[data-map][data-idle]", timeout=60_000)
        assert page.locator("[data-status]").is_hidden()
        assert page.get_by_text("Not for navigation.").first.is_visible()
        canvas = page.locator(".map canvas")
        box = canvas.bounding_box()

        canvas.click(position={"x": box["width"] * 0.3, "y": box["height"] / 2})
        # The words of the introduction say "beneath" too: wait for the answer.
        page.locator("#here").get_by_text("on top").first.wait_for()
        assert "beneath" in page.locator("#here").inner_text()

        canvas.click(position={"x": box["width"] * 0.7, "y": box["height"] / 2})
        page.locator("#here").get_by_text("Released").first.wait_for()
        said = page.locator("#here").inner_text()
        assert "Anti-personnel mines" in said
        assert "20" in said

        canvas.focus()
        page.keyboard.press("ArrowLeft")
        page.wait_for_timeout(800)
        page.keyboard.press("Enter")
        page.locator("#here:focus").wait_for()

        for colour in released_colours(page):
            red, green, blue = colour
            assert not (green > red and green > blue), "released land is never green"

        page.keyboard.press("/")
        assert page.evaluate("() => document.activeElement.id") == "find"


def released_colours(page) -> list[list[int]]:
    """Colours with which released land is painted: of the hatch and of the outlines."""
    return page.evaluate(
        """() => {
            const map = document.querySelector('[data-map]').map;
            const data = map.getImage('released').data.data;
            const colours = [];
            for (let i = 0; i < data.length; i += 4) colours.push([...data.slice(i, i + 3)]);
            const hex = map.getPaintProperty('released-edge', 'line-color');
            colours.push([1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)));
            return colours;
        }"""
    )


def test_search_and_lists_by_keyboard(store, request):
    insert("hazard", [{"name": f"Field {i}"} for i in range(120)])
    with served(store.folder) as address:
        page = request.getfixturevalue("browser_page")
        page.goto(f"{address}/hazards/")
        page.keyboard.press("Tab")
        assert page.evaluate("() => document.activeElement.className") == "skip"
        page.keyboard.press("/")
        page.keyboard.type("Field 77")
        page.locator("#results", has_not_text="HA-1\n").get_by_text("HA-78").wait_for()
        page.wait_for_url("**/hazards/?q=Field*77")
        assert page.locator("#results tbody tr").count() == 1


def test_a_figure_leads_to_its_outlines_on_the_map(store, request, tmp_path):
    programme(tmp_path)
    with served(store.folder) as address:
        page = request.getfixturevalue("browser_page")
        page.goto(f"{address}/")
        page.locator("table.balance tbody tr", has_text="West").locator("a.traced").first.click()
        page.wait_for_selector("[data-map][data-idle]", timeout=60_000)
        assert page.locator("[data-status]").is_hidden()
        assert page.get_by_text("No record does not mean safe.").first.is_visible()
        drawn = page.evaluate(
            """() => {
                const map = document.querySelector('[data-map]').map;
                const found = map.queryRenderedFeatures({ layers: ['outlines'] });
                return new Set(found.map((f) => f.properties.record)).size;
            }"""
        )
        listed = page.locator("section[aria-labelledby=parts] tbody tr th a").all_inner_texts()
        assert drawn == len(set(listed)) > 0
        page.locator("section[aria-labelledby=parts] tbody a[href^='#entry-']").first.click()
        assert page.locator("tr:target").count() == 1

        page.goto(f"{address}/statement/?year=2022&by=unit")
        page.select_option("#by", "class")
        page.get_by_role("main").get_by_role("button", name="Show").click()
        page.wait_for_url("**by=class**")
        assert page.get_by_text("their rows are never summed").is_visible()
