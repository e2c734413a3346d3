"""Places from columns: points of many kinds, outlines, traverses."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod, Transformer

from landrelease.exchange import ExchangeError, coordinates
from landrelease.exchange.coordinates import Place, build, gather
from landrelease.exchange.source import RawBatch, objects


def batch(**columns):
    n = len(next(iter(columns.values())))
    return RawBatch(
        np.arange(2, n + 2, dtype=np.int64), {k: objects(v) for k, v in columns.items()}
    )


@pytest.mark.parametrize(
    ("cell", "axis", "degrees"),
    [
        ("17.5", "lon", 17.5),
        ("17,5", "lon", 17.5),
        (" -17.5 ", "lon", -17.5),
        (17, "lon", 17.0),
        ("17°30'00\"E", "lon", 17.5),
        ("17° 30′ 36″ W", "lon", -17.51),
        ("45 30 N", "lat", 45.5),
        ("S 45:30:00", "lat", -45.5),
        ("45d30m0.0s", "lat", 45.5),
        ("N45.25", "lat", 45.25),
    ],
)
def test_angles(cell, axis, degrees):
    assert coordinates.angle(cell, axis) == pytest.approx(degrees, abs=1e-12)


@pytest.mark.parametrize(
    ("cell", "axis"),
    [("91", "lat"), ("181", "lon"), ("45 61 N", "lat"), ("17 E", "lat"), ("x", "lon"), ("", "lon"),
     ("1 2 3 4", "lon"), (True, "lon"), (float("nan"), "lat")],
)  # fmt: skip
def test_what_is_no_angle(cell, axis):
    with pytest.raises(ValueError):
        coordinates.angle(cell, axis)


def test_lonlat_names_each_row_without_a_place():
    raw = batch(
        x=["17.1", None, "17.1", "0", "east", "200"], y=["44.1", None, None, "0", "44", "44"]
    )
    built = build(raw, Place("lonlat", {"lon": "x", "lat": "y"}))
    assert built.crs == "EPSG:4326"
    assert built.geometry[0] == shapely.Point(17.1, 44.1)
    assert all(g is None for g in built.geometry[1:])
    assert {(p.rule, p.row) for p in built.problems} == {
        ("half_coordinate", 4), ("zero_coordinates", 5), ("bad_coordinate", 6),
        ("bad_coordinate", 7),
    }  # fmt: skip
    assert built.failed.tolist() == [False, False, True, True, True, True]


@given(st.floats(-179, 179), st.floats(-79, 83))
def test_utm_and_mgrs_come_back_to_the_same_place(lon, lat):
    import mgrs

    zone = int((lon + 180) // 6) + 1
    system = coordinates.utm_crs(zone, "N" if lat >= 0 else "S")
    there = Transformer.from_crs("EPSG:4326", system, always_xy=True)
    e, n = there.transform(lon, lat)
    built = build(
        batch(e=[e], n=[n], z=[f"{zone}"], h=["north" if lat >= 0 else "south"]),
        Place("utm", {"easting": "e", "northing": "n", "zone": "z", "hemisphere": "h"}),
    )
    assert built.crs == system
    assert built.geometry[0].equals_exact(shapely.Point(e, n), 0)
    x, y, side = coordinates.mgrs_point(mgrs.MGRS().toMGRS(lat, lon))
    assert side == 1
    assert Geod(ellps="WGS84").inv(lon, lat, x, y)[2] < 1.5


def test_several_zones_become_degrees():
    built = build(
        batch(e=["500000", "500000", "500000"], n=["4900000,5", "4900000", "1"],
              z=["33N", "34T", "99"]),
        Place("utm", {"easting": "e", "northing": "n", "zone": "z"}),
    )  # fmt: skip
    assert built.crs == "EPSG:4326"
    assert built.geometry[0].x == pytest.approx(15)
    assert built.geometry[1].x == pytest.approx(21)
    assert built.geometry[2] is None
    assert [(p.rule, p.row) for p in built.problems] == [("bad_zone", 4)]


@pytest.mark.parametrize(
    ("zone", "hemisphere", "code"),
    [("33N", None, 32633), (33, "N", 32633), ("33T", None, 32633), ("33K", None, 32733),
     ("UTM zone 7 south", None, 32707), ("38S", "S", 32738),
     ("38S", "north", 32638)],
)  # fmt: skip
def test_utm_zones(zone, hemisphere, code):
    assert coordinates.utm_crs(zone, hemisphere) == f"EPSG:{code}"


@pytest.mark.parametrize("zone", ["33", "0N", "61N", "abc", "38S"])
def test_zones_that_say_too_little(zone):
    with pytest.raises(ValueError):
        coordinates.utm_crs(zone)


def test_mgrs_squares_say_their_size():
    built = build(batch(m=["33TXK12", "nonsense", "33T XK 12345 67890", None]),
                  Place("mgrs", {"mgrs": "m"}))  # fmt: skip
    assert [g is None for g in built.geometry] == [False, True, False, True]
    assert {(p.rule, p.row) for p in built.problems} == {
        ("coarse_position", 2), ("bad_coordinate", 3),
    }  # fmt: skip


def test_xy_in_any_system():
    built = build(batch(x=["1000000"], y=["1000000,25"]),
                  Place("xy", {"x": "x", "y": "y"}, {"crs": "EPSG:3116"}))  # fmt: skip
    assert built.crs == "EPSG:3116"
    assert built.geometry[0] == shapely.Point(1_000_000, 1_000_000.25)


def test_wkt_and_geojson_text():
    built = build(batch(g=["POINT (1 2)", "POLYGON ((0 0, 1", None]), Place("wkt", {"wkt": "g"}))
    assert built.geometry[0] == shapely.Point(1, 2)
    assert [(p.rule, p.row) for p in built.problems] == [("bad_coordinate", 3)]
    built = build(batch(g=["SRID=32633;POINT (1 2)"]), Place("wkt", {"wkt": "g"}))
    assert built.crs == "EPSG:32633"
    text = '{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1]]]}'
    built = build(batch(g=[text, "{", "[1]"]), Place("geojson", {"geojson": "g"}))
    assert built.geometry[0].area == 0.5
    assert [g is None for g in built.geometry] == [False, True, True]
    assert [(p.rule, p.row) for p in built.problems] == [
        ("unclosed_ring", 2), ("bad_coordinate", 3), ("unreadable_geometry", 4),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ["44 17;44 18;45 18", "44 17 300 5.0; 44 18 301 4.9; 45 18 0 0;44 17 300 5;",
     "44,17;44,18;45,18"],
)  # fmt: skip
def test_vertex_lists_of_field_forms(text):
    built = build(batch(v=[text]), Place("vertices", {"vertices": "v"}))
    assert built.geometry[0].equals(shapely.Polygon([(17, 44), (18, 44), (18, 45)]))


def test_vertex_lists_too_short_or_out_of_range():
    built = build(
        batch(v=["44 17;44 18", "95 17;44 18;45 18"]), Place("vertices", {"vertices": "v"})
    )
    assert all(g is None for g in built.geometry)
    assert [p.rule for p in built.problems] == ["bad_coordinate"] * 2


ROWS = Place("vertex_rows", {"id": "id", "sequence": "n", "x": "x", "y": "y"}, {"crs": "EPSG:4326"})


def test_one_row_per_vertex_across_batches_and_out_of_order():
    first = batch(
        id=["A", "B", "A", None], n=["2", "1", "1", "1"], x=["1", "5", "0", "9"],
        y=["0", "5", "0", "9"], note=["a", "b", "other", None],
    )  # fmt: skip
    second = batch(
        id=["A", "B", "B"], n=["3", "2", "3"], x=["1", "6", "6"], y=["1", "5", "6"],
        note=["a", "b", "b"],
    )  # fmt: skip
    second.rows = second.rows + 4
    (whole,) = gather([first, second], ROWS)
    assert whole.rows.tolist() == [2, 3, 5]
    assert [m.tolist() for m in whole.merged] == [[4, 2, 6], [3, 7, 8], [5]]
    built = build(whole, ROWS)
    assert built.geometry[0].equals(shapely.Polygon([(0, 0), (1, 0), (1, 1)]))
    assert built.geometry[1].equals(shapely.Polygon([(5, 5), (6, 5), (6, 6)]))
    assert built.geometry[2] is None
    assert {(p.rule, p.row) for p in whole.problems} == {
        ("vertex_without_id", 5), ("rows_differ", 4),
    }  # fmt: skip


TRAVERSE = {"north": "true", "closes": True, "start_legs": 0}


def test_traverse_from_text_shows_its_misclosure():
    place = Place("traverse", {"lon": "x", "lat": "y", "legs": "legs"}, TRAVERSE)
    good, bad = "90/100; 0/100; 270/100; 180/100", "90/100; 0/100; 270/100; 180/60"
    built = build(
        batch(x=["17"] * 4, y=["44"] * 4, legs=[good, bad, "400/10; 1/1", "90-100"]), place
    )
    area = abs(Geod(ellps="WGS84").geometry_area_perimeter(built.geometry[0])[0])
    assert area == pytest.approx(10_000, rel=1e-3)
    said = {p.row: (p.rule, p.severity) for p in built.problems}
    assert said == {
        2: ("misclosure", "info"), 3: ("misclosure", "warning"), 4: ("bad_coordinate", "error"),
        5: ("bad_coordinate", "error"),
    }  # fmt: skip
    assert "40.0 m" in next(p.message for p in built.problems if p.row == 3)


def test_traverse_with_one_row_per_leg_equals_that_from_text():
    legs = [(90, 100), (0, 100), (270, 100), (180, 100)]
    table = batch(
        id=["A"] * 4, n=["1", "2", "3", "4"], x=["17"] * 4, y=["44"] * 4,
        b=[str(b) for b, _ in legs], d=[str(d) for _, d in legs],
    )  # fmt: skip
    columns = {"id": "id", "lon": "x", "lat": "y", "bearing": "b", "distance": "d", "sequence": "n"}
    place = Place("traverse_rows", columns, TRAVERSE)
    (whole,) = gather([table], place)
    rows = build(whole, place).geometry[0]
    text = "; ".join(f"{b}/{d}" for b, d in legs)
    place = Place("traverse", {"lon": "x", "lat": "y", "legs": "legs"}, TRAVERSE)
    assert rows.equals(build(batch(x=["17"], y=["44"], legs=[text]), place).geometry[0])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "north"),
        ({"north": "true"}, "closes"),
        ({"north": "magnetic", "closes": True}, "declination"),
        ({"north": "grid", "closes": True}, "convergence"),
        ({"north": "true", "declination": 3, "closes": True}, "belongs to magnetic"),
        ({"north": "up", "closes": True}, "north"),
    ],
)
def test_a_traverse_must_be_stated_whole(options, said):
    with pytest.raises(ExchangeError, match=said):
        Place("traverse", {"lon": "x", "lat": "y", "legs": "l"}, options)


def test_places_check_their_columns():
    with pytest.raises(ExchangeError, match="column for lat"):
        Place("lonlat", {"lon": "x"})
    with pytest.raises(ExchangeError, match="crs"):
        Place("xy", {"x": "x", "y": "y"})
    with pytest.raises(ExchangeError, match="zone"):
        Place("utm", {"easting": "x", "northing": "y"})
    with pytest.raises(ExchangeError, match="not known"):
        Place("what3words", {})
