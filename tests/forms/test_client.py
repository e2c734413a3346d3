"""The real client: ODK Web Forms in a browser fills in a form, and it arrives in the inbox.

The component asks an outside tile server for its map; in the bundle of this test that address is
one of ours, and an empty picture is given. It evaluates code of its own, so the page is the test's
and has none of the application's policies.
"""

from __future__ import annotations

import base64
import importlib.util
import json
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import answering
import pytest
import shapely
from django.db import connections
from phones import team_token

from landrelease.register import clock, decisions, field_forms
from landrelease.register.models import FieldInstance, Hazard, Submission, SubmissionFinding
from serving import served

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
OUTSIDE_TILES = "https://tile.openstreetmap.org"
EMPTY_PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII="
)
PAGE = """<!doctype html><html><head><title>Form</title></head><body>
<script type="application/json" id="settings">{settings}</script>
<div id="form"></div><pre id="answer"></pre>
<script type="module" src="/test-client/phone.js"></script></body></html>"""


@pytest.fixture(scope="session")
def bundled(tmp_path_factory):
    """The page's script with ODK Web Forms, bundled as the front end is."""
    spec = importlib.util.spec_from_file_location("bundle", ROOT / "scripts/bundle.py")
    bundle = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bundle)
    folder = tmp_path_factory.mktemp("client")
    subprocess.run(
        [
            ROOT / "node_modules/.bin/esbuild", "tests/forms/client/phone.js", "--bundle",
            "--format=esm", "--splitting", f"--outdir={folder}", "--log-level=warning",
            '--define:process.env.NODE_ENV="production"',
        ],
        cwd=ROOT, env=bundle.node_environment(), check=True,
    )  # fmt: skip
    replaced = 0
    for file in folder.glob("*.js"):
        text = file.read_text(encoding="utf-8")
        replaced += text.count(OUTSIDE_TILES)
        file.write_text(text.replace(OUTSIDE_TILES, "/test-client/tiles"), encoding="utf-8")
    assert replaced == 1, "the map asks somewhere else now"
    return folder


@pytest.fixture
def opened(programme, bundled, request):
    """Give a way to open a form: its page and how to find a question in it."""
    raw = team_token()
    authorization = "Basic " + base64.b64encode(f"amra:{raw}".encode()).decode()
    with served(programme.folder) as address:
        page = request.getfixturevalue("browser_page")

        def fulfil(route):
            name = route.request.url.split("/test-client/")[1]
            if name.startswith("tiles/"):
                route.fulfill(body=EMPTY_PICTURE, content_type="image/png")
            elif name.endswith(".js"):
                route.fulfill(path=bundled / name, content_type="text/javascript")
            else:
                settings = json.dumps({"form": name, "authorization": authorization})
                route.fulfill(
                    body=PAGE.format(settings=settings), content_type="text/html; charset=utf-8"
                )

        def open_form(form):
            page.route("**/test-client/**", fulfil)
            page.goto(f"{address}/test-client/{form}")
            page.locator(".question-container").first.wait_for(timeout=60_000)
            return Phone(page, address)

        yield open_form


def aside(look):
    """Look into the register from a thread of its own.

    Playwright keeps an event loop running in this one, in which Django has a connection of its own,
    perhaps to the workspace of an earlier test.
    """

    def work():
        try:
            return look()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


class Phone:
    """A form in the browser."""

    def __init__(self, page, address):
        self.page, self.address = page, address

    def question(self, label):
        containers = self.page.locator(".question-container")
        return containers.filter(has_text=label).first

    def write(self, label, text):
        field = self.question(label).locator("input").first
        field.click()
        field.press_sequentially(text)
        field.press("Tab")

    def choose(self, label, *answers):
        for answer in answers:
            self.question(label).get_by_text(answer, exact=True).click()

    def today(self, label):
        self.question(label).locator("input").click()
        self.page.locator(".p-datepicker-today").first.click()
        self.page.keyboard.press("Escape")

    def draw(self, *corners):
        """Draw an area around the place where the phone is, corners in parts of the map."""
        page = self.page
        page.context.grant_permissions(["geolocation"])
        page.context.set_geolocation({"latitude": -20.0, "longitude": -20.0, "accuracy": 5})
        page.locator(".zoom-current-location").click()
        # The map flies there; it stands when two pictures of it are the same.
        view = page.locator(".ol-viewport")
        before, now = b"", view.screenshot()
        while before != now:
            page.wait_for_timeout(500)
            before, now = now, view.screenshot()
        box = view.bounding_box()
        for x, y in corners:
            view.click(position={"x": box["width"] * x, "y": box["height"] * y})
            page.wait_for_timeout(400)
        page.get_by_text(f"{len(corners)} points saved").wait_for()

    def send(self):
        self.page.get_by_role("button", name="Send").click()
        answer = self.page.locator("#answer")
        answer.filter(has_text=re.compile(r"\S")).wait_for(timeout=60_000)
        return answer.inner_text()


def test_a_hazard_is_filled_in_drawn_sent_and_arrives(opened, tmp_path):
    phone = opened("hazard")
    phone.write("Name of the area", "North field")
    phone.choose("Is the area suspected or confirmed?", "Suspected hazardous area")
    phone.choose(
        "Which contamination is suspected",
        "Anti-personnel mines",
        "Other explosive remnants of war",
    )
    phone.today("Date of the information")
    phone.write("Houses within 100 m", "12")
    phone.choose("Organisation that reports", "First Operator")
    phone.choose("Region", "Northland")
    # Lists cascade: of the second level only what lies in Northland.
    second = phone.question("Administrative unit, level 2")
    second.wait_for()
    assert second.inner_text().split("\n")[1:] == ["North Dale", "North Hill"]
    phone.choose("Administrative unit, level 2", "North Hill")
    assert phone.question("Community").inner_text().split("\n")[1:] == [
        "Lower Village", "Upper Village"
    ]  # fmt: skip
    phone.choose("Community", "Upper Village")
    phone.choose("Is it safe to record a position here?", "Yes")
    phone.choose("What can you record?", "Boundary (area)")
    phone.draw((0.4, 0.4), (0.6, 0.4), (0.6, 0.7), (0.4, 0.7))
    answer = phone.send()
    assert answer.startswith("201 ")

    def in_the_inbox():
        submission = Submission.objects.get(record_type="hazard")
        assert FieldInstance.objects.get().state == "read"
        assert submission.state == Submission.CHECKED
        assert submission.findings.filter(rule="empty_entries").exists(), "no sign was entered"
        return submission.receipt

    receipt = aside(in_the_inbox)
    assert receipt in answer
    phone.page.goto(f"{phone.address}/submissions/")
    phone.page.get_by_text(receipt).first.wait_for()
    phone.page.screenshot(path=tmp_path / "inbox.png")

    def decided():
        decisions.accept_submission(receipt, answering.OFFICE)
        return Hazard.objects.get()

    record = aside(decided)
    assert (record.name, record.type, record.classes) == ("North field", "SHA", "ap|erw")
    assert record.unit_given == "N1A"
    assert str(record.date_start) == str(record.date_end) == clock.now()[:10]
    assert json.loads(record.extra)["houses"] == 12
    assert record.geometry_state == "valid"
    assert record.location_origin == "digitised", "it was drawn, not walked"
    xml = aside(lambda: field_forms.original(FieldInstance.objects.get())).decode()
    corners = [part.split() for part in re.search(r"<shape>(.*?)</shape>", xml)[1].split(";")]
    drawn = shapely.Polygon(
        [(float(longitude), float(latitude)) for latitude, longitude in corners]
    )
    assert len(corners) == 5
    assert shapely.hausdorff_distance(record.geometry, drawn) < 1e-6
    assert record.geometry.contains(shapely.Point(-20, -20))


def test_where_no_position_is_safe_the_phone_itself_takes_the_centre(opened):
    phone = opened("hazard")
    phone.write("Name of the area", "Ridge")
    phone.choose("Region", "Northland")
    phone.choose("Administrative unit, level 2", "North Hill")
    phone.choose("Is it safe to record a position here?", "No")
    assert not phone.page.get_by_text("What can you record?").count()
    assert phone.send().startswith("201 ")
    xml = aside(lambda: field_forms.original(FieldInstance.objects.get())).decode()
    shape = {code: polygon for code, *_, polygon in answering.UNITS}["N1"]
    latitude, longitude = map(float, re.search(r"<centroid>(.*?)</centroid>", xml)[1].split())
    assert shape.contains(shapely.Point(longitude, latitude)), "of the finest unit that was chosen"
    rules = aside(lambda: set(SubmissionFinding.objects.values_list("rule", flat=True)))
    assert "place_is_centroid" in rules


def test_an_accident_with_two_victims_in_arabic(opened, tmp_path):
    phone = opened("accident")
    page = phone.page
    page.locator(".language-changer").first.click()
    page.get_by_role("option", name="العربية").click()
    phone.choose("يوم الحادث: ما مدى دقة معرفته؟", "غير معروف")
    phone.choose("هل من الآمن تسجيل الإحداثيات هنا؟", "لا")
    phone.write("اسم الشخص", answering.SECRETS[0])
    page.get_by_role("button", name=re.compile("ضحية")).last.click()
    page.screenshot(path=tmp_path / "arabic.png", full_page=True)
    second = page.locator(".question-container").filter(has_text="اسم الشخص").last
    second.locator("input").fill("Orla Penhaligon")
    assert phone.send().startswith("201 ")
    submission = aside(lambda: Submission.objects.get(record_type="victim"))
    assert json.loads(submission.summary)["counts"]["new"] == 2
    assert submission.sealed
