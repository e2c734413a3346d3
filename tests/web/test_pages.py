"""The pages, on both databases."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
import shapely
from filling import insert

from landrelease.register.models import RECORDS
from landrelease.web import measures

HOSTILE = "<script>alert('x')</script>"
SQUARE = shapely.box(-18.1, -38.5, -18.09, -38.49)


def text(response) -> str:
    return response.content.decode()


@pytest.mark.parametrize(
    "address",
    ["/", "/map/", "/hazards/", "/activities/", "/accidents/", "/evidence/", "/documents/",
     "/submissions/", "/about/", "/balance/years/", "/nowhere/"],
)  # fmt: skip
def test_every_page_stands_in_an_empty_register_under_a_strict_policy(store, client, address):
    response = client.get(address)
    assert response.status_code == (404 if address == "/nowhere/" else 200)
    policy = response["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert response["X-Content-Type-Options"] == "nosniff"
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=", text(response))


def test_a_hazard_says_everything_and_what_was_not_recorded(store, client, bring):
    bring("hazards", [(SQUARE, {"id": "A-1", "name": HOSTILE, "type": "CHA", "date": "2019"})])
    page = text(client.get("/hazards/1/"))
    assert HOSTILE not in page
    assert "&lt;script&gt;" in page
    assert "Confirmed hazardous area" in page
    assert "2019" in page
    assert page.count("not recorded") >= 5
    hazard = RECORDS["hazard"].objects.get(id=1)
    assert f'value="{hazard.area_mm2}"' in page, "the exact area of its ledger line"
    assert "Not for navigation." in page
    assert "No record does not mean safe." in page
    assert "Version 1" in page


def test_the_balance_shows_rounded_and_exact_areas(store, client, bring):
    bring("hazards", [(SQUARE, {"id": "A-1", "type": "CHA"}), (None, {"id": "A-2"})])
    page = text(client.get("/"))
    exact = RECORDS["hazard"].objects.get(id=1).area_mm2
    assert f'<data class="area" value="{exact}"' in page
    assert measures.from_mm2(exact) in page
    assert "1 areas of unknown size" in page


def test_search(store, client):
    (unit,) = insert("unit", [{"name": "North District", "source_id": "XD01"}])
    uid = RECORDS["unit"].objects.get(id=unit).uid
    insert(
        "hazard",
        [
            {"name": "Old bridge", "source_id": "77", "namespace": "operator A"},
            {"name": "Quarry", "source_id": "78", "unit_uid": uid},
            {"name": HOSTILE, "source_id": "100% wool"},
        ],
    )
    for words, refs in (
        ("HA-2", {"HA-2"}), ("bridge", {"HA-1"}), ("operator", {"HA-1"}), ("7", {"HA-1", "HA-2"}),
        ("xd01", {"HA-2"}), ("north", {"HA-2"}), ("<script>", {"HA-3"}), ("0%", {"HA-3"}),
        ("nothing like it", set()),
    ):  # fmt: skip
        page = text(client.get("/hazards/", {"q": words}))
        assert set(re.findall(r">(HA-\d+)</a>", page)) == refs, words
        assert HOSTILE not in page


def test_a_list_is_walked_once_while_rows_come_in(store, client):
    insert("hazard", [{"name": f"H{i}"} for i in range(180)])
    address, met = "/hazards/", []
    while address:
        page = text(client.get(address))
        met += re.findall(r">(HA-\d+)</a>", page)
        further = re.search(r'href="(\?[^"]*)" rel="next"', page)
        address = further and "/hazards/" + further[1].replace("&amp;", "&")
        if len(met) == 100:
            insert("hazard", [{"name": "late"}])
            RECORDS["hazard"].objects.filter(id__in=[3, 60]).delete()
    assert met == [f"HA-{i}" for i in range(1, 182)]


def test_everything_at_a_place_is_listed_also_what_lies_beneath(store, client):
    insert("hazard", [{"geometry": SQUARE, "name": f"Layer {i} {HOSTILE}"} for i in range(30)])
    insert("hazard", [{"geometry": shapely.box(-17, -38, -16, -37), "name": "elsewhere"}])
    page = text(client.get("/map/here/", {"box": "-18.096,-38.496,-18.095,-38.495"}))
    assert page.count("Layer ") == 25
    assert "and 5 more" in page
    assert ">30</span>" in page
    assert "elsewhere" not in page
    assert HOSTILE not in page
    nothing = text(client.get("/map/here/", {"box": "1,1,2,2"}))
    assert "No record does not mean safe" in nothing
    assert client.get("/map/here/", {"box": "1,1,nan"}).status_code == 400


def test_the_map_says_what_it_cannot_show(store, client):
    insert("hazard", [{"geometry": SQUARE}, {"name": "no place"}, {"name": "none either"}])
    page = text(client.get("/map/"))
    assert "2 hazardous areas without a place on the map." in page
    for warning in ("Not for navigation.", "No record does not mean safe.", "Natural Earth"):
        assert warning in page


@pytest.mark.parametrize(
    ("m2", "said"),
    [("0", "0 m²"), ("0.4", "less than 1 m²"), ("1234.5", "1,230 m²"), ("999999", "1.00 km²"),
     ("1234567", "1.23 km²"), ("12345678901", "12,300 km²"), ("-1415000", "−1.42 km²")],
)  # fmt: skip
def test_people_read_rounded_areas(m2, said):
    assert measures.from_m2(Decimal(m2)).replace("\N{NO-BREAK SPACE}", " ") == said
