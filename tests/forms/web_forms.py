"""A phone's browser with ODK Web Forms, the real client, on a form of the server.

The component asks an outside tile server for its map; in the bundle of this test that address is
one of ours, and an empty picture is given. It evaluates code of its own, so the page is the test's
and has none of the application's policies.
"""

from __future__ import annotations

import base64
import json
import re
import subprocess
from pathlib import Path

from scripts_of import script

ROOT = Path(__file__).resolve().parents[2]
OUTSIDE_TILES = "https://tile.openstreetmap.org"
EMPTY_PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII="
)
PAGE = """<!doctype html><html><head><title>Form</title></head><body>
<script type="application/json" id="settings">{settings}</script>
<div id="form"></div><pre id="answer"></pre>
<script type="module" src="/test-client/phone.js"></script></body></html>"""


def bundle(folder):
    """The page's script with ODK Web Forms, bundled as the front end is."""
    with script("bundle") as bundling:
        environment = bundling.node_environment()
    subprocess.run(
        [
            ROOT / "node_modules/.bin/esbuild", "tests/forms/client/phone.js", "--bundle",
            "--format=esm", "--splitting", f"--outdir={folder}", "--log-level=warning",
            '--define:process.env.NODE_ENV="production"',
        ],
        cwd=ROOT, env=environment, check=True,
    )  # fmt: skip
    replaced = 0
    for file in folder.glob("*.js"):
        text = file.read_text(encoding="utf-8")
        replaced += text.count(OUTSIDE_TILES)
        file.write_text(text.replace(OUTSIDE_TILES, "/test-client/tiles"), encoding="utf-8")
    assert replaced == 1, "the map asks somewhere else now"


def opener(page, address, bundled, authorization):
    """Give a way to open a form: its page and how to find a question in it."""

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

    return open_form


def authorization(name, token):
    """What a phone sends to sign in."""
    return "Basic " + base64.b64encode(f"{name}:{token}".encode()).decode()


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
