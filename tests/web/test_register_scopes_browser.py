"""The map as somebody with a narrow role sees it, in a real browser."""

from __future__ import annotations

import pytest
import shapely
from axe import complaints
from calling import ADMIN
from filling import insert
from test_scopes import NOTICE, with_profile

from landrelease.register import tokens
from serving import served

pytestmark = pytest.mark.browser


def test_the_map_of_a_narrow_role_shows_its_own_and_the_general_cells(store, request, tmp_path):
    """The caller is a token; on this machine whoever has none reads everything."""
    with_profile(store.folder, warnings=True)
    insert(
        "hazard",
        [
            {"name": "own meadow", "organisation_given": "OP1", "type": "CHA",
             "geometry": shapely.box(17.00, 44.00, 17.02, 44.02)},
            {"name": "hidden meadow", "organisation_given": "OP2", "type": "CHA",
             "geometry": shapely.box(17.10, 44.00, 17.12, 44.02)},
        ],
    )  # fmt: skip
    raw = tokens.issue(
        "map", kind="service", scopes=("view",), days=3, by=ADMIN, organisation="OP1"
    )
    with served(store.folder) as address:
        page = request.getfixturevalue("browser_page")
        page.set_extra_http_headers({"Authorization": f"Bearer {raw}"})
        page.goto(f"{address}/map/?box=16.98,43.98,17.14,44.04")
        page.wait_for_selector("[data-map][data-idle]", timeout=60_000)
        assert page.locator("[data-status]").is_hidden()
        assert page.locator(".map-reach").inner_text().startswith(NOTICE)
        drawn = page.evaluate(
            """() => {
                const map = document.querySelector('[data-map]').map;
                const of = (layers) => map.queryRenderedFeatures({ layers }).length;
                return [of(['hazards']), of(['hazards-general'])];
            }"""
        )
        assert drawn[0] == 1, "the other operator's hazard is not drawn"
        assert drawn[1] >= 1, "cells of the general map stand for it"
        canvas = page.locator(".map canvas")
        box = canvas.bounding_box()
        # The hidden hazard lies at 0.81 of the width: 17.11 of 16.98 to 17.14.
        canvas.click(position={"x": box["width"] * 0.81, "y": box["height"] / 2})
        page.locator("#here").get_by_text("As the general map shows it").wait_for()
        said = page.locator("#here").inner_text()
        assert "A hazard is on record in this cell" in said
        assert "hidden meadow" not in page.content()
        canvas.click(position={"x": box["width"] * 0.19, "y": box["height"] / 2})
        page.locator("#here").get_by_text("own meadow").wait_for()
        assert not complaints(page)
        page.goto(f"{address}/hazards/")
        assert page.locator(".reach").inner_text().startswith(NOTICE)
        assert not complaints(page)
