"""OGC API Features: who sees which features, asked how, in pages that stay one list."""

from __future__ import annotations

import json
import random
from types import SimpleNamespace

import pytest
import shapely
from calling import HOST, OGC, person, service, stranger, walk, whole
from django.core.cache import cache
from django.test import Client, override_settings
from registering import (
    HAZARD,
    LAT,
    LON,
    REPORT,
    STEP,
    activities,
    consent,
    geojson,
    hazards,
    operator,
    square,
    submit,
    table,
)

from landrelease.register import access, journal, knowledge, people
from landrelease.register.models import RECORDS, Hazard
from landrelease.register.roles import Grant, Role

ITEMS = f"{OGC}/collections/hazards/items"


@pytest.fixture
def site(store):
    cache.clear()
    with override_settings(LANDRELEASE_SITE=True, ALLOWED_HOSTS=[HOST]):
        yield store


@pytest.fixture
def country(site, tmp_path):
    """Hazards of two operators, one of nobody, one without a place, one without a date; an
    activity whose ground is released, and an accident."""
    operator(tmp_path)
    hazards(
        tmp_path,
        (square(size=2), {**HAZARD, "organisation": "OP1", "remarks": "ask at the mill"}),
        (square(10), {**HAZARD, "source_id": "H2", "organisation": "OP2", "type": "SHA",
                      "classes": "ap|cmr", "date": "2023-01-01"}),
        (square(20), {**HAZARD, "source_id": "H3", "date": "2021"}),
        (None, {**HAZARD, "source_id": "H4", "organisation": "OP2"}),
        (square(30), {"source_id": "H5", "type": "SHA"}),
    )  # fmt: skip
    activities(tmp_path, (square(), REPORT))
    submit(
        geojson(tmp_path / "accidents.geojson", [
            (shapely.Point(LON, LAT), {"source_id": "X1", "date": "2022-02-02"}),
        ]),
        "accidents",
    )  # fmt: skip
    return site


def refs(page) -> list[str]:
    return [one["properties"]["ref"] for one in page["features"]]


def asked(caller, **query) -> list[str]:
    query = {name.replace("bbox_crs", "bbox-crs"): value for name, value in query.items()}
    return refs(caller.ask(ITEMS, query))


# --- who sees what --------------------------------------------------------------------------------


def test_a_stranger_is_told_to_sign_in_and_is_shown_no_empty_layer(country):
    for address in (OGC, f"{OGC}/collections", ITEMS, f"{ITEMS}/1", "/api/v1/openapi.json"):
        response = stranger().get(address)
        assert response.status_code == 401
        assert response["Content-Type"] == "application/problem+json"
        assert response["WWW-Authenticate"].startswith("Bearer")
        assert b"HA-" not in response.content


def test_a_token_that_does_not_hold_is_a_problem(country):
    caller = stranger()
    problem = caller.ask(ITEMS, status=401, Authorization="Bearer lrt_nothing")
    assert problem["status"] == 401
    assert "token" in problem["detail"]


def test_hidden_records_are_neither_shown_nor_counted(country):
    everything = whole().ask(ITEMS)
    assert refs(everything) == ["HA-1", "HA-2", "HA-3", "HA-4", "HA-5"]
    assert everything["numberMatched"] == everything["numberReturned"] == 5
    own = service("view", organisation="OP1")
    page = own.ask(ITEMS)
    assert refs(page) == ["HA-1"]
    assert page["numberMatched"] == page["numberReturned"] == 1
    assert "You see the records that your roles reach" in page["notice"]
    assert "does not mean safe" in page["notice"]
    assert own.ask(f"{ITEMS}/2", status=404)["detail"] == (
        own.ask(f"{ITEMS}/99", status=404)["detail"].replace("99", "2")
    )
    (layer,) = [c for c in own.ask(f"{OGC}/collections")["collections"] if c["id"] == "hazards"]
    west, _, east, _ = layer["extent"]["spatial"]["bbox"][0]
    assert (west, east) == pytest.approx((LON, LON + 2 * STEP), abs=1e-6)
    assert layer["extent"]["temporal"]["interval"][0][1].startswith("2020-05-01")


def test_a_layer_that_a_caller_does_not_read_is_refused_not_empty(country):
    only_submits = service("submit")
    assert "view" in only_submits.ask(ITEMS, status=403)["detail"]
    by_unit = person("una", Grant(Role.viewer, organisation="OP1"))
    names = [c["id"] for c in by_unit.ask(f"{OGC}/collections")["collections"]]
    assert "hazards" in names
    assert "accidents" not in names  # accidents are of no organisation
    assert by_unit.ask(f"{OGC}/collections/accidents/items", status=403)["to_do"]


def test_fields_above_the_tier_are_neither_shown_nor_asked_for(country):
    assert whole().ask(f"{ITEMS}/1")["properties"]["remarks"] == "ask at the mill"
    viewer = person("vera", Grant(Role.viewer))
    assert "remarks" not in viewer.ask(f"{ITEMS}/1")["properties"]
    problem = viewer.ask(ITEMS, {"remarks": "ask at the mill"}, status=400)
    assert "unknown parameters: remarks" in problem["detail"]
    assert "remarks" not in viewer.ask(f"{OGC}/collections/hazards/queryables")["properties"]


def test_on_this_machine_whoever_is_there_reads(country):
    with override_settings(LANDRELEASE_SITE=False, ALLOWED_HOSTS=["127.0.0.1"]):
        client = Client(HTTP_HOST="127.0.0.1")
        assert client.get(ITEMS).json()["numberMatched"] == 5
        response = client.post("/api/v1/submissions", "{}", content_type="application/json")
        assert response.status_code == 401


# --- asking ---------------------------------------------------------------------------------------


def test_what_has_no_place_or_no_date_may_be_anywhere_and_at_any_time(country):
    rita = whole()
    east = LON + 10 * STEP
    box = f"{east},{LAT},{east + STEP / 2},{LAT + STEP / 2}"
    assert asked(rita, bbox=box) == ["HA-2", "HA-4"]
    assert asked(rita, datetime="2022-01-01/..") == ["HA-2", "HA-5"]
    assert asked(rita, datetime="2021-06-01T00:00:00Z") == ["HA-3", "HA-5"]
    assert asked(rita, datetime="../2020-12-31") == ["HA-1", "HA-4", "HA-5"]


def test_a_box_asks_for_places_and_not_for_the_boxes_around_them(site, tmp_path):
    x, y = LON, LAT
    triangle = shapely.Polygon([(x, y), (x + STEP, y), (x, y + STEP)])
    hazards(tmp_path, (triangle, HAZARD))
    corner = f"{x + 0.9 * STEP},{y + 0.9 * STEP},{x + STEP},{y + STEP}"
    page = whole().ask(ITEMS, {"bbox": corner})
    assert (page["numberMatched"], page["features"]) == (0, [])
    assert asked(person("vera", Grant(Role.viewer)), bbox=f"{x},{y},{x + STEP},{y + STEP}") == [
        "HA-1"
    ]


def test_a_box_over_the_antimeridian(country):
    assert "HA-1" not in asked(whole(), bbox="170,-90,-170,90")
    assert "HA-1" in asked(person("vera", Grant(Role.viewer)), bbox="-21,-90,-22,90")


def test_coordinate_systems_and_the_order_of_their_axes(country):
    rita = whole()
    known = rita.ask(f"{OGC}/collections/hazards")["crs"]
    assert known[0].endswith("CRS84")
    assert any(one.endswith("/32727") for one in known)  # UTM 27 south
    response = rita.get(f"{ITEMS}/1", {"crs": known[1]})
    assert response["Content-Crs"] == f"<{known[1]}>"
    latitude, longitude = response.json()["geometry"]["coordinates"][0][0]
    assert (latitude, longitude) == (pytest.approx(LAT, abs=0.01), pytest.approx(LON, abs=0.01))
    east = LON + 10 * STEP
    box = f"{LAT},{east},{LAT + STEP / 2},{east + STEP / 2}"
    assert asked(rita, bbox=box, bbox_crs=known[1]) == ["HA-2", "HA-4"]
    utm = rita.ask(f"{ITEMS}/2", {"crs": known[3]})["geometry"]
    bounds = shapely.bounds(shapely.from_geojson(json.dumps(utm))).tolist()
    assert asked(rita, bbox=",".join(map(str, bounds)), bbox_crs=known[3]) == ["HA-2", "HA-4"]
    # The square is a hundred metres or so wide, in metres of that zone.
    assert 80 < bounds[2] - bounds[0] < 130
    assert "EPSG/0/9" in rita.ask(ITEMS, {"crs": "http://x/EPSG/0/9"}, status=400)["detail"]


def test_values_of_fields(country):
    rita = whole()
    assert asked(rita, type="SHA") == ["HA-2", "HA-5"]
    assert asked(rita, classes="cmr") == ["HA-2"]
    assert asked(rita, source_id="H3") == ["HA-3"]
    assert asked(rita, organisation="OP2") == ["HA-2", "HA-4"]
    assert asked(rita, organisation="ORG-1", type="CHA") == ["HA-1"]
    page = rita.ask(f"{OGC}/collections/activities/items", {"hazard": "HA-1"})
    assert [one["properties"]["hazard"] for one in page["features"]] == ["HA-1"]
    assert page["features"][0]["properties"]["area_mm2"].isdecimal()


@pytest.mark.parametrize(
    "query",
    [
        {"bbox": "1,2,3"}, {"bbox": "nan,1,2,3"}, {"bbox": "0,10,1,5"}, {"bbox": "a,b,c,d"},
        {"datetime": "yesterday"}, {"datetime": "2024-01-01/2023-01-01"}, {"limit": "0"},
        {"limit": "-1"}, {"limit": "x"}, {"cursor": "x"}, {"known_at": "x"}, {"type": "XHA"},
        {"beneficiaries": "9" * 30}, {"no_such": "1"}, {"name": "a\0b"}, {"crs": "x"},
        {"bbox": "1e400,0,1,1"},
    ],
)  # fmt: skip
def test_what_is_not_understood_is_a_problem_that_says_what(country, query):
    response = whole().get(ITEMS, query)
    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert problem["detail"]
    assert problem["instance"] == ITEMS
    assert problem.get("to_do") or problem.get("errors"), problem


@pytest.mark.parametrize(
    "address",
    [OGC, f"{OGC}/conformance", f"{OGC}/collections", f"{OGC}/collections/hazards",
     f"{OGC}/collections/hazards/queryables", ITEMS, f"{ITEMS}/1", "/api/v1/records",
     "/api/v1/records/hazards", "/api/v1/records/hazards/1", "/api/v1/ledger/balance",
     "/api/v1/ledger/statement", "/api/v1/submissions", "/api/v1/releases", "/api/v1/claims"],
)  # fmt: skip
def test_no_parameter_is_passed_over(country, address):
    """``asof`` for ``as_of`` would give the balance of today for that of another day."""
    rita = whole()
    assert rita.get(address).status_code == 200
    problem = rita.ask(address, {"asof": "2020-01-01"}, status=400)
    assert problem["detail"] == "unknown parameters: asof"
    assert rita.call("HEAD", f"{address}?asof=2020-01-01").status_code == 400


def test_a_parameter_given_twice_is_refused(country):
    """Which of the two is meant cannot be known."""
    problem = whole().ask(f"{ITEMS}?type=SHA&type=CHA", status=400)
    assert problem["detail"] == "given more than once: type"


def test_nothing_is_handed_in_where_a_parameter_is_not_known(country):
    response = whole().post("/api/v1/submissions?dry_run=true", "{}", "application/json")
    assert response.status_code == 400
    assert "unknown parameters: dry_run" in response.json()["detail"]


def test_methods_media_types_and_pages_for_people(country):
    rita = whole()
    for address in (OGC, f"{OGC}/conformance", f"{OGC}/collections", f"{OGC}/collections/hazards"):
        assert rita.get(address)["Content-Type"].startswith("application/json")
        page = rita.get(address, Accept="text/html,*/*;q=0.8")
        assert page["Content-Type"].startswith("text/html")
    assert rita.get(ITEMS)["Content-Type"].startswith("application/geo+json")
    page = rita.get(ITEMS, {"f": "html"}).content.decode()
    assert "HA-1" in page
    assert "does not mean safe" in page
    head = rita.call("HEAD", ITEMS)
    assert (head.status_code, head.content) == (200, b"")
    assert int(head["Content-Length"]) > 1000
    options = rita.call("OPTIONS", ITEMS)
    assert (options.status_code, options["Allow"]) == (204, "GET, HEAD, OPTIONS")
    refused = rita.call("PUT", ITEMS)
    assert (refused.status_code, refused["Allow"]) == (405, "GET")
    assert refused["Content-Type"] == "application/problem+json"
    assert rita.get(ITEMS, Accept="image/png").status_code == 406
    assert rita.get("/api/v1/nothing/here").status_code == 404
    conforms = rita.ask(f"{OGC}/conformance")["conformsTo"]
    assert "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core" in conforms
    assert rita.ask("/api/v1/openapi.json")["openapi"] == "3.0.3"
    assert "GET" in rita.get("/api/v1/docs").content.decode()


def test_an_answer_is_not_sent_again_until_something_changes(country, tmp_path):
    rita, vera = whole(), person("vera", Grant(Role.viewer))
    first = rita.get(ITEMS)
    assert first["Cache-Control"] == "private, no-cache"
    assert "Authorization" in first["Vary"]
    again = rita.get(ITEMS, If_None_Match=first["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    assert vera.get(ITEMS, If_None_Match=first["ETag"]).status_code == 200, "another tier"
    page = rita.get(ITEMS, {"f": "html"})
    assert page.status_code == 200
    arabic = {"If_None_Match": page["ETag"], "Accept_Language": "ar"}
    assert rita.get(ITEMS, {"f": "html"}, **arabic).status_code == 200, "another language"
    hazards(tmp_path, (square(40), {**HAZARD, "source_id": "H9"}))
    assert rita.get(ITEMS, If_None_Match=first["ETag"]).status_code == 200


def test_another_journal_of_the_same_length_is_another_answer(country, monkeypatch):
    """An older backup was restored, and others decided something else since."""
    rita = whole()
    address = "/api/v1/ledger/balance"
    first = rita.get(address)
    assert rita.get(address, If_None_Match=first["ETag"]).status_code == 304
    head = journal.head()
    other = SimpleNamespace(seq=head.seq, hash="0" * 64, recorded_at=head.recorded_at)
    monkeypatch.setattr(journal, "head", lambda: other)
    assert rita.get(address, If_None_Match=first["ETag"]).status_code == 200


# --- released land --------------------------------------------------------------------------------


def test_released_land_says_what_was_released_and_what_is_in_question(site, tmp_path):
    operator(tmp_path)
    hazards(tmp_path, (square(size=2), HAZARD))
    activities(tmp_path, (square(), REPORT), (square(1), {**REPORT, "source_id": "A2"}))
    rita = whole()
    address = f"{OGC}/collections/released_land/items"
    assert rita.ask(address)["numberMatched"] == 0
    consent("AC-1")
    page = rita.ask(address)
    assert (page["numberMatched"], refs(page)) == (1, ["AC-1"])
    (found,) = page["features"]
    told = found["properties"]
    assert (told["released_classes"], told["decided"], told["in_question"]) == (
        ["ap"], "decided", False,
    )  # fmt: skip
    shape = shapely.from_geojson(json.dumps(found["geometry"]))
    assert shape.symmetric_difference(square()).area < square().area / 1000
    assert int(told["released_mm2"]) == pytest.approx(int(told["area_mm2"]), rel=1e-6)
    # An accident on it puts it in question.
    submit(
        geojson(tmp_path / "x.geojson", [
            (square().centroid, {"source_id": "X", "date": "2023-01-01"}),
        ]),
        "accidents",
    )  # fmt: skip
    assert rita.ask(f"{address}/1")["properties"]["in_question"] is True
    assert rita.ask(f"{address}/2", status=404)


# --- pages ----------------------------------------------------------------------------------------


def many(tmp_path, first: int, last: int, **more):
    rows = [
        (square(n % 50, n // 50, size=0.5), {**HAZARD, "source_id": f"N{n}", **more})
        for n in range(first, last)
    ]
    return hazards(tmp_path, *rows, name=f"many{first}.geojson")


@pytest.mark.parametrize("seed", range(3))
def test_pages_stay_one_list_while_others_write(site, tmp_path, seed):
    """Records are added, changed into and out of what is asked for, between any two pages."""
    chance = random.Random(seed)
    many(tmp_path, 0, 40, name="old")
    before = knowledge.head_seq()
    names = [f"HA-{n}" for n in range(1, 41)]

    def write(number: int) -> None:
        first = chance.randrange(36)
        new = 100 + number * 10
        rows = [
            (square(n % 50, n // 50, size=0.5),
             {**HAZARD, "source_id": f"N{n}", "name": chance.choice(["new", "old"]),
              "date": "2021-01-01"})
            for n in (*range(first, first + 4), *range(new, new + 3))
        ]  # fmt: skip
        hazards(tmp_path, *rows, name=f"change{number}.geojson")

    rita = whole()
    found = walk(rita, ITEMS, {"limit": 7, "name": "old"}, write)
    assert [ref for page in found for ref in refs(page)] == names
    assert {page["numberMatched"] for page in found} == {40}
    assert {page["journal_entry"] for page in found} == {before}
    for page in found:
        assert {one["properties"]["name"] for one in page["features"]} == {"old"}
        assert {one["properties"]["date_start"] for one in page["features"]} == {"2020-05-01"}
        assert all(one["geometry"] for one in page["features"])
    now = walk(rita, ITEMS, {"limit": 7})
    assert sum(page["numberReturned"] for page in now) == Hazard.objects.count()


def test_a_record_changes_while_a_page_is_put_together(site, tmp_path, monkeypatch):
    """Between reading what has not changed and what has, somebody writes."""
    from landrelease.web.api import pages

    many(tmp_path, 0, 10)
    read, written = pages._Walk._unchanged, []

    def slow(walk, after, number):
        found = read(walk, after, number)
        if not written:
            written.append(True)
            many(tmp_path, 3, 12, name="changed")
        return found

    monkeypatch.setattr(pages._Walk, "_unchanged", slow)
    page = whole().ask(ITEMS, {"limit": 20})
    assert refs(page) == [f"HA-{n}" for n in range(1, 11)]
    assert {one["properties"]["name"] for one in page["features"]} == {None}


def test_a_list_as_it_was_known_at_a_moment(site, tmp_path):
    from landrelease.register import clock

    many(tmp_path, 0, 5, name="old")
    moment = clock.now()
    many(tmp_path, 2, 9, name="new")
    rita = whole()
    page = rita.ask(ITEMS, {"known_at": moment})
    assert [one["properties"]["name"] for one in page["features"]] == ["old"] * 5
    assert page["numberMatched"] == 5
    assert rita.ask(ITEMS, {"known_at": moment, "name": "new"})["numberMatched"] == 0
    assert rita.ask(ITEMS, {"known_at": "2001-01-01"})["numberMatched"] == 0
    found = walk(rita, ITEMS, {"known_at": moment, "limit": 2})
    assert [page["numberMatched"] for page in found] == [5, 5, 5]


def test_a_cursor_is_good_for_its_list_and_caller_alone(site, tmp_path):
    many(tmp_path, 0, 6)
    rita = whole()
    page = rita.ask(ITEMS, {"limit": 2, "type": "CHA"})
    (following,) = [one["href"] for one in page["links"] if one["rel"] == "next"]
    following = following.removeprefix(f"https://{HOST}")
    assert rita.ask(following.replace("limit=2", "limit=3"))["numberReturned"] == 3
    assert rita.ask(following.replace("type=CHA", "type=SHA"), status=400)["to_do"]
    other = person("vera", Grant(Role.viewer))
    assert "cursor" in other.ask(following, status=400)["detail"]


def test_a_record_that_leaves_the_scope_is_withheld_and_one_that_enters_is_not_shown_as_it_was(
    site, tmp_path
):
    table_of = [{"source_id": code, "name": code} for code in ("OP1", "OP2")]
    submit(table(tmp_path / "orgs.csv", table_of), "organisations")
    rows = [
        (square(n), {**HAZARD, "source_id": f"N{n}", "organisation": "OP1" if n < 4 else "OP2"})
        for n in range(6)
    ]
    hazards(tmp_path, *rows)
    own = service("view", organisation="OP1")

    def swap(number):
        changed = [
            (shape, {**row, "organisation": {"N3": "OP2", "N5": "OP1"}.get(row["source_id"],
                                                                         row["organisation"])})
            for shape, row in rows
        ]  # fmt: skip
        hazards(tmp_path, *changed, name="swapped.geojson")

    found = walk(own, ITEMS, {"limit": 3}, swap)
    assert [ref for page in found for ref in refs(page)] == ["HA-1", "HA-2", "HA-3"]
    assert found[0]["numberMatched"] == 4


def test_too_many_requests_are_told_when_to_come_back(site):
    rita = whole()
    with override_settings(LANDRELEASE_API_RATE="3/min"):
        statuses = [rita.get(OGC).status_code for _ in range(4)]
        assert statuses == [200, 200, 200, 429]
        refused = rita.get(OGC)
        assert int(refused["Retry-After"]) > 0
        assert refused["Content-Type"] == "application/problem+json"


def test_every_layer_gives_what_access_gives(country):
    """No second rule of what is seen: the layers hold the rows of the permission queryset."""
    grants = [Grant(Role.viewer), Grant(Role.reviewer, organisation="OP1"), Grant(Role.data_entry)]
    for number, grant in enumerate(grants):
        caller = person(f"p{number}", grant)
        actor = people.actor_of(people.find(f"p{number}").user, second_factor=True)
        for name, record_type in (("hazards", "hazard"), ("activities", "activity")):
            page = caller.ask(f"{OGC}/collections/{name}/items")
            expected = access.records(access.of(actor), record_type).order_by("id")
            assert [one["id"] for one in page["features"]] == [row.id for row in expected]
            assert page["numberMatched"] == expected.count()
    assert RECORDS["hazard"].objects.count() == 5
