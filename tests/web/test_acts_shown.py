"""Voided, merged and split areas, and land in question, are shown as what they are."""

from __future__ import annotations

import shapely
from acting import basis, decided, survey_report
from registering import LAT, LON, consent, geojson, hazards, ready_release, square, submit

from landrelease.register import hazard_acts
from landrelease.register.models import Submission


def text_of(client, address):
    response = client.get(address)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_a_withdrawn_hazard_says_so_on_its_page_and_in_lists(store, client, tmp_path):
    ready_release(tmp_path)
    hazards(tmp_path, (square(east=2, size=2), {"source_id": "H2", "type": "CHA", "classes": "ap"}))
    survey_report(tmp_path)
    decided(lambda: hazard_acts.merge(["HA-1", "HA-2"], "HA-1", basis()))
    decided(lambda: hazard_acts.void("HA-1", basis(reason="another <b>field</b>")))
    page = text_of(client, "/hazards/1/")
    assert "HA-1 was voided on" in page
    assert "by anna and ben" in page
    assert "another &lt;b&gt;field&lt;/b&gt;" in page
    assert "withdrawn by a decision; its boundary stays in the history" in page
    assert "was merged into HA-1" in text_of(client, "/hazards/2/")
    listed = text_of(client, "/hazards/")
    assert "Voided" in listed
    assert "Merged into another" in listed
    for submission in Submission.objects.filter(filename__endswith=".json"):
        text_of(client, f"/submissions/{submission.id}/")
    act = Submission.objects.get(filename__startswith="void")
    assert "Would move, Confirmed hazardous" in text_of(client, f"/submissions/{act.id}/")


def test_land_in_question_says_so_on_the_page_of_its_release(store, client, tmp_path):
    ready_release(tmp_path)
    consent("AC-1")
    place = shapely.Point(LON + 0.0005, LAT + 0.0005)
    accident = {"source_id": "X1", "kind": "mine", "date": "2023-04-01"}
    submit(geojson(tmp_path / "accidents.geojson", [(place, accident)]), "accidents")
    page = text_of(client, "/activities/1/")
    assert "the release of 2022-06-30 by AC-1 is in question" in page
