"""Handing in files in a real browser: a workbook, a file from editing, looked at, submitted."""

from __future__ import annotations

import sqlite3

import axe
import pytest
from deciders import cookie, person
from registering import HAZARD, hazards, square
from test_handing_in import workbook
from test_review_browser import become, picture

from landrelease.exchange.editing import write_for_editing
from landrelease.register.models import Submission
from landrelease.register.roles import Role
from landrelease.register.schema import RECORD_TYPES
from serving import aside, served

pytestmark = pytest.mark.browser


def edited(path):
    """A file for editing in which the name of the hazard was changed."""
    write_for_editing(path, RECORD_TYPES["hazard"], lambda *_: None)
    with sqlite3.connect(path) as database:
        database.create_function("ST_IsEmpty", 1, lambda _: 0)
        for name in ("ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY"):
            database.create_function(name, 1, lambda _: 0.0)
        database.execute("UPDATE edited SET name = 'Theirs', priority = 'high'")
    database.close()
    return path


@pytest.mark.parametrize("width", [1280, 390])
def test_a_clerk_hands_in_a_workbook_and_a_file_from_editing(store, request, tmp_path, width):
    hazards(tmp_path, (square(size=2), {**HAZARD, "name": "Mill"}))
    geopackage = edited(tmp_path / "edited.gpkg")
    hazards(tmp_path, (square(size=2), {**HAZARD, "name": "Ours"}))
    row = {"type": "CHA", "classes": "ap", "date": "2020-05-01"}
    # The same hazard with half of its ground: a conflict with what the register holds, which no
    # file settles alone; and a day that is none.
    sheet = workbook(
        tmp_path / "areas.xlsx",
        [
            {**row, "source_id": "H1", "geometry": square().wkt, "name": "Ours"},
            {**row, "source_id": "N1", "geometry": square(30).wkt, "date": "someday"},
        ],
    )
    session = cookie(person("dana", Role.data_entry), "http://x")
    with served(store.folder) as address:
        page = request.getfixturevalue("browser_page")
        page.set_default_timeout(120_000)
        page.set_viewport_size({"width": width, "height": 900})
        become(page, address, session)
        page.goto(f"{address}/submissions/")
        page.get_by_role("link", name="Hand in a file").click()
        assert axe.complaints(page) == []
        assert axe.overflow(page) <= 0
        picture(page, f"hand-in-{width}")
        # By label and keyboard alone.
        page.get_by_label("File:", exact=True).set_input_files(sheet)
        page.get_by_label("What the rows are").select_option("hazard")
        page.get_by_label("Source:", exact=True).fill("Survey")
        page.get_by_role("button", name="Keep it and look at it").press("Enter")
        page.get_by_role("heading", name="What it would do").wait_for()
        picture(page, f"handed-in-{width}")
        assert page.get_by_text("held for two people").first.is_visible()
        assert page.get_by_text("someday").first.is_visible()
        assert axe.complaints(page) == []
        assert axe.overflow(page) <= 0
        page.get_by_role("button", name="Submit", exact=True).press("Enter")
        page.get_by_text("Submitted under the receipt").wait_for()
        # And the file that came back from editing, with a field that both sides changed.
        page.goto(f"{address}/submissions/new/")
        page.get_by_label("File:", exact=True).set_input_files(geopackage)
        page.get_by_label("What the rows are").select_option("hazard")
        page.get_by_label("The file was exported for editing").check()
        page.get_by_role("button", name="Keep it and look at it").press("Enter")
        conflicts = page.get_by_role("table", name="Conflicts")
        conflicts.wait_for()
        for value in ("Mill", "Theirs", "Ours"):
            assert value in conflicts.inner_text()
        picture(page, f"conflict-{width}")
        assert axe.complaints(page) == []
        assert axe.overflow(page) <= 0
        page.get_by_role("button", name="Submit", exact=True).press("Enter")
        page.get_by_text("Submitted under the receipt").wait_for()
        page.goto(f"{address}/submissions/?state=waiting&own=1")
        assert page.get_by_role("cell", name="edited.gpkg").is_visible()
        assert page.get_by_role("cell", name="areas.xlsx").is_visible()
    own = Submission.objects.filter(submitter="dana").values_list("state", flat=True)
    assert aside(lambda: set(own)) == {Submission.CHECKED}
