"""In a real browser, on a site: a reviewer of one operator's records, and a viewer of claims.

As in the other tests in a browser it is opened only after the records are in.
"""

from __future__ import annotations

import axe
import pytest
from deciders import cookie, person
from registering import HAZARD, hazards, operator, square, submit, table
from told_reports import take_in

from landrelease.register import document_tier, people
from landrelease.register.models import Document, Submission
from landrelease.register.roles import Grant, Role
from serving import AS_A_SITE, served

pytestmark = pytest.mark.browser


def become(page, address: str, session: dict[str, str]) -> None:
    page.context.clear_cookies()
    page.context.add_cookies([{**session, "url": address}])


def test_a_reviewer_of_one_operator_decides_its_submission(store, request, tmp_path, browser_watch):
    operator(tmp_path)
    submit(table(tmp_path / "two.csv", [{"source_id": "OP2", "name": "Second"}]), "organisations")
    own = {**HAZARD, "organisation": "OP1"}
    hazards(tmp_path, (square(), own))
    receipts = {}
    for name, row in {
        "mine": (square(size=2), {**own, "name": "Meadow"}),
        "other": (square(5), {**HAZARD, "source_id": "H2", "organisation": "OP2"}),
    }.items():
        outcome = hazards(tmp_path, row, accept=False, name=f"{name}.geojson")
        receipts[name] = outcome.receipt
    mine = Submission.objects.get(receipt=receipts["mine"])
    sam = cookie(person("sam", Grant(Role.reviewer, organisation="OP1")), "http://x")
    with served(store.folder, AS_A_SITE) as address:
        page = request.getfixturevalue("browser_page")
        become(page, address, sam)
        page.goto(f"{address}/submissions/?state=waiting")
        page.get_by_text("those that lie in it wholly").wait_for()
        assert page.get_by_role("link", name=receipts["mine"]).is_visible()
        assert page.get_by_text(receipts["other"]).count() == 0
        assert not axe.complaints(page)
        page.get_by_role("link", name=receipts["mine"]).press("Enter")
        page.wait_for_selector("[data-map][data-idle]")
        assert page.get_by_text("You may, because:").is_visible()
        assert page.get_by_text("Meadow").first.is_visible()
        page.get_by_role("button", name="Accept").press("Enter")
        page.get_by_text("accepted by").first.wait_for()
        page.goto(f"{address}/submissions/?state=waiting")
        page.get_by_text("0 wait for a decision").wait_for()
        browser_watch.errors.clear()
        response = page.goto(f"{address}/submissions/{mine.id + 1}/")
        assert response.status == 404
        browser_watch.errors.clear()  # the answer to what is not shown is no error
        response = page.goto(f"{address}/documents/")
        assert response.status == 403
        page.get_by_text("a document lies in no organisation").wait_for()
        browser_watch.errors.clear()


def test_a_viewer_reads_what_their_tier_holds(store, request, tmp_path, browser_watch):
    take_in(1, 2, 5)
    hidden = Document.objects.get(filename__startswith="02_")
    document_tier.mark(hidden.ref, "restricted", people.at_the_command_line())
    vera = cookie(person("vera", Role.viewer), "http://x")
    with served(store.folder, AS_A_SITE) as address:
        page = request.getfixturevalue("browser_page")
        become(page, address, vera)
        page.goto(f"{address}/documents/")
        page.get_by_text("Computed over the documents you may read.").wait_for()
        assert page.get_by_role("link", name=hidden.ref, exact=True).count() == 0
        page.get_by_role("link", name="DOC-1", exact=True).press("Enter")
        page.get_by_text("it is shown at the restricted tier only").wait_for()
        assert page.locator("li.claim").count() > 3
        assert page.get_by_text("pseudonym", exact=True).count() > 0
        assert not axe.complaints(page)
        for there in ("claims/", "stories/", "conflicts/", "timeline/", "positions/"):
            page.goto(f"{address}/{there}")
            page.get_by_text("Computed over the documents you may read.").wait_for()
            assert page.get_by_text(hidden.ref, exact=True).count() == 0
        page.goto(f"{address}/claims/map/")
        page.wait_for_selector("[data-claims-map][data-idle]")
        assert not axe.complaints(page)
