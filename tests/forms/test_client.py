"""The real client: ODK Web Forms in a browser fills in a form, and it arrives in the inbox."""

from __future__ import annotations

import json
import re

import answering
import pytest
import shapely
from phones import team_token
from web_forms import authorization, opener

from landrelease.register import clock, decisions, field_forms
from landrelease.register.models import FieldInstance, Hazard, Submission, SubmissionFinding
from serving import aside, served

pytestmark = pytest.mark.browser


@pytest.fixture
def opened(programme, bundled, request):
    """Give a way to open a form: its page and how to find a question in it."""
    raw = team_token()
    with served(programme.folder) as address:
        page = request.getfixturevalue("browser_page")
        yield opener(page, address, bundled, authorization("amra", raw))


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
