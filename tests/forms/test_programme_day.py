"""A day of a programme, end to end: phone, spreadsheet, reviewer, two people, public, partner.

What docs/walkthrough-programme.md tells is what happens here, with the same words and numbers. With
LANDRELEASE_PICTURES naming a folder the pages and what the commands said are left there.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import answering
import httpx
import openpyxl
import pytest
import yaml
from deciders import cookie, person
from phones import PASSWORD, team_token
from registering import COMMAND, geojson
from shapely.geometry import box, shape
from web_forms import authorization, opener

from landrelease.register import field_forms, people, tokens
from landrelease.register import profile as profiles
from landrelease.register.models import Activity, FieldInstance, Hazard, Release, Submission
from landrelease.register.roles import Role
from landrelease.register.workspace import open_workspace
from serving import FROM_OUTSIDE, SITE, aside, served

pytestmark = pytest.mark.browser

PICTURES = os.environ.get("LANDRELEASE_PICTURES")


@pytest.fixture
def pictures(tmp_path):
    folder = Path(PICTURES) if PICTURES else tmp_path / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


class Day:
    """The programme on this day: its pages, its people, its commands."""

    def __init__(self, workspace, page, pictures, sessions):
        self.folder, self.page = workspace.folder, page
        self.pictures, self.sessions = pictures, sessions
        self.address = ""

    def become(self, name):
        """Sit down at the browser in which somebody has signed in."""
        self.page.context.clear_cookies()
        self.page.context.add_cookies([{**self.sessions[name], "url": self.address}])

    def go(self, path):
        self.page.goto(self.address + path)
        if self.page.locator("[data-map]").count():
            self.page.wait_for_selector("[data-map][data-idle]")
        assert self.page.locator("[data-map][data-broken]").count() == 0

    def picture(self, name):
        self.page.screenshot(path=self.pictures / f"{name}.png", full_page=True)

    def command(self, *words, person):
        """Give a command as a person; gives what it said."""
        done = subprocess.run(
            [*COMMAND, "-w", str(self.folder), *map(str, words), "--person", person],
            capture_output=True, text=True, check=False,
            env={**os.environ, "LANDRELEASE_PASSWORD": PASSWORD},
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        with (self.pictures / "said.txt").open("a") as out:
            out.write(f"$ landrelease {' '.join(map(str, words))} --person {person}\n")
            out.write(done.stdout + "\n")
        return done.stdout

    def accepts(self, name, receipt):
        self.become(name)
        self.go("/submissions/?state=waiting")
        self.page.get_by_role("link", name=receipt).click()
        accept = self.page.get_by_role("button", name="Accept")
        accept.click()
        # The button goes with the answer; "accepted by quality control" stands there before.
        accept.wait_for(state="detached")


def allow_public_map(workspace):
    """Let the made-up authority decide that the public gets warnings of hazards."""
    file = workspace.folder / "national.yaml"
    given = yaml.safe_load(file.read_text(encoding="utf-8"))
    given["publication"]["hazard_warnings"] = True
    file.write_text(yaml.safe_dump(given), encoding="utf-8")
    profiles.load.cache_clear()
    open_workspace(workspace.folder)


def latest(record_type):
    found = Submission.objects.filter(record_type=record_type).latest("id")
    return found.id, found.receipt


def test_a_day(programme, bundled, request, pictures, tmp_path):
    (pictures / "said.txt").unlink(missing_ok=True)
    allow_public_map(programme)
    phone_token = team_token()
    sessions = {
        name: cookie(person(name, role, organisation=body), "http://x")
        for name, role, body in (
            ("dana", Role.data_entry, "Authority"),
            ("rana", Role.reviewer, "Authority"),
            ("anna", Role.approver, "Authority"),
            ("ben", Role.approver, "Inspection"),
            ("carl", Role.approver, "OP1"),
        )
    }
    partner = tokens.issue("donor's map", kind="service", scopes=("view",), days=30,
                           by=people.at_the_command_line())  # fmt: skip
    with served(programme.folder) as address:
        page = request.getfixturevalue("browser_page")
        day = Day(programme, page, pictures, sessions)
        day.address = address
        survey(day, bundled, phone_token)
        spreadsheet_against_phone(day, phone_token, tmp_path)
        release(day, tmp_path)
    with served(programme.folder, SITE) as address:
        day.address = address
        public_and_partner(day, partner)
    said = subprocess.run([*COMMAND, "-w", str(programme.folder), "verify"], capture_output=True,
                          text=True, check=True).stdout  # fmt: skip
    assert "verified" in said


def survey(day, bundled, token):
    """1 The operator's team draws a hazard on the phone; 2 a reviewer accepts it."""
    phone = opener(day.page, day.address, bundled, authorization("amra", token))("hazard")
    phone.write("Name of the area", "North field")
    phone.choose("Is the area suspected or confirmed?", "Confirmed hazardous area")
    phone.choose("Which contamination is suspected", "Anti-personnel mines")
    phone.write("Date of the information", "03/14/2026")
    phone.write("Houses within 100 m", "12")
    phone.choose("Organisation that reports", "First Operator")
    phone.choose("Region", "Northland")
    phone.choose("Administrative unit, level 2", "North Hill")
    phone.choose("Community", "Upper Village")
    phone.choose("Is it safe to record a position here?", "Yes")
    phone.choose("What can you record?", "Boundary (area)")
    phone.draw((0.4, 0.4), (0.6, 0.4), (0.6, 0.7), (0.4, 0.7))
    day.picture("1-phone")
    assert phone.send().startswith("201 ")
    id_, receipt = aside(lambda: latest("hazard"))
    day.become("rana")
    day.go(f"/submissions/{id_}/")
    day.picture("2-inbox")
    day.accepts("rana", receipt)
    record = aside(lambda: Hazard.objects.get())
    assert (record.name, record.type, record.ref) == ("North field", "CHA", "HA-1")


def spreadsheet_against_phone(day, token, tmp_path):
    """3 The clerk's spreadsheet; 4 a correction from the phone; 5 the conflict is decided."""
    desk = tmp_path / "desk.xlsx"
    done = subprocess.run(
        [*COMMAND, "-w", str(day.folder), "export", str(desk), "--as", "hazards", "--for-editing"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "1 rows" in done.stdout
    book = openpyxl.load_workbook(desk)
    sheet = book["hazards"]
    at = {cell.value: cell.column for cell in sheet[1]}
    sheet.cell(2, at["name"]).value = "Field behind the school"
    sheet.cell(2, at["beneficiaries"]).value = 40
    book.save(desk)

    first = aside(lambda: field_forms.original(FieldInstance.objects.get())).decode()
    number = re.search(r"<(?:\w+:)?instanceID>(.*?)<", first)[1]
    corrected = first.replace(number, "uuid:corrected").replace(
        "North field", "North field, upper part"
    )
    corrected = re.sub(
        r"(</(?:\w+:)?instanceID>)",
        rf'\1<deprecatedID xmlns="{answering.OPENROSA}">{number}</deprecatedID>',
        corrected,
    )
    answer = httpx.post(
        f"{day.address}/openrosa/submission", auth=("amra", token), timeout=60,
        headers={"X-OpenRosa-Version": "1.0"},
        files={"xml_submission_file": ("form.xml", corrected, "text/xml")},
    )  # fmt: skip
    assert answer.status_code == 201
    again = httpx.post(
        f"{day.address}/openrosa/submission", auth=("amra", token), timeout=60,
        headers={"X-OpenRosa-Version": "1.0"},
        files={"xml_submission_file": ("form.xml", corrected, "text/xml")},
    )  # fmt: skip
    assert again.status_code in (201, 202)
    _, receipt = aside(lambda: latest("hazard"))
    day.accepts("rana", receipt)
    assert aside(lambda: Hazard.objects.get().name) == "North field, upper part"

    said = day.command("import", desk, "--back", "--source", "Office", person="dana")
    assert "Field behind the school" in said
    assert "conflicts: 1" in said
    id_, receipt = aside(lambda: latest("hazard"))
    day.become("dana")
    day.go(f"/submissions/{id_}/")
    assert day.page.get_by_role("button", name="Accept").count() == 0
    day.become("rana")
    day.go(f"/submissions/{id_}/")
    assert day.page.get_by_text("Field behind the school").first.is_visible()
    day.picture("3-conflict")
    day.accepts("rana", receipt)
    record = aside(lambda: Hazard.objects.get())
    assert (record.name, record.beneficiaries) == ("North field, upper part", 40)
    day.go(f"/hazards/{record.id}/history/?one=1&other={record.version}")
    day.picture("4-history")


def release(day, tmp_path):
    """6 The operator reports clearance of the western half; 7 two people release it."""
    hazard = aside(lambda: Hazard.objects.get())
    west, south, east, north = hazard.geometry.bounds
    half = box(west, south, (west + east) / 2, north).intersection(hazard.geometry)
    report = {
        "source_id": "CR-7", "hazard": hazard.ref, "kind": "clearance", "report": "completion",
        "result": "cleared", "status": "accepted", "classes": "ap", "depth_cm": 20,
        "method": "manual", "date": "2026-09-30", "organisation": "OP1",
    }  # fmt: skip
    file = geojson(tmp_path / "completion.geojson", [(half, report)])
    day.command("import", file, "--as", "activities", "--source", "First Operator", person="amra")
    _, receipt = aside(lambda: latest("activity"))
    day.accepts("rana", receipt)
    activity = aside(lambda: Activity.objects.get())
    day.become("carl")
    day.go(f"/releases/{activity.id}/")
    assert day.page.get_by_text("carl is employed by OP1, which did the work").is_visible()
    assert day.page.locator("#review button").count() == 0
    day.become("anna")
    day.go(f"/releases/{activity.id}/")
    day.page.get_by_role("button", name="Consent").click()
    day.page.get_by_text("You have consented.").wait_for()
    assert aside(Release.objects.count) == 0, "one consent moves nothing"
    day.become("ben")
    day.go(f"/releases/{activity.id}/")
    day.picture("5-release")
    day.page.get_by_role("button", name="release the land").click()
    day.page.get_by_text("decided by").wait_for()
    assert aside(Release.objects.count) == 1
    day.go("/")
    day.picture("6-balance")


def public_and_partner(day, partner):
    """8 The public's map holds cells and a mark, no record; 9 a partner's program reads records."""
    page = day.page
    page.context.clear_cookies()
    page.context.set_extra_http_headers(FROM_OUTSIDE)
    day.go("/map/")
    day.picture("7-public-map")
    text = page.locator("body").inner_text()
    assert "North field" not in text
    day.go("/hazards/1/")
    assert "/account/login/" in page.url
    with httpx.Client(base_url=day.address, headers=FROM_OUTSIDE, timeout=60) as stranger:
        assert stranger.get("/api/v1/ogc/collections/hazards/items").status_code == 401
        tile = stranger.get("/tiles/0/0/0.mvt").content
        assert b"North field" not in tile
        assert b"hazard" in tile
    with httpx.Client(
        base_url=day.address,
        timeout=60,
        headers={**FROM_OUTSIDE, "Authorization": f"Bearer {partner}"},
    ) as program:
        (feature,) = program.get("/api/v1/ogc/collections/hazards/items").json()["features"]
        assert feature["properties"]["name"] == "North field, upper part"
        assert "remarks" not in feature["properties"]
        assert shape(feature["geometry"]).area > 0
        released = program.get("/api/v1/ogc/collections/released_land/items").json()
        assert released["numberMatched"] == 1
        refused = program.get("/api/v1/records/victims")
        assert refused.status_code == 403
        (day.pictures / "partner.json").write_text(json.dumps(feature, indent=1))
