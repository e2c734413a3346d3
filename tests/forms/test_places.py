"""Points, traces and shapes as phones send them."""

from __future__ import annotations

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from landrelease.exchange.forms import geometry

DEGREES = st.decimals(-89, 89, places=7)
VERTICES = st.lists(st.tuples(DEGREES, DEGREES), min_size=3, max_size=30, unique=True)
METRES = st.decimals("0.1", 500, places=2)


@given(VERTICES, METRES)
def test_a_shape_keeps_every_vertex_and_its_accuracy(vertices, accuracy):
    ring = [*vertices, vertices[0]]
    text = ";".join(f"{lat} {lon} 12.5 {accuracy}" for lat, lon in ring)
    place = geometry.parse(text, "geoshape")
    assert place.geometry.geom_type == "Polygon"
    assert list(place.geometry.exterior.coords) == [(float(lon), float(lat)) for lat, lon in ring]
    assert place.accuracies == [float(accuracy)] * len(ring)
    assert place.accuracy_m == float(accuracy)
    assert place.origin == "measured"
    assert place.problems == []


@given(VERTICES)
def test_two_numbers_are_a_vertex_and_say_nothing_of_accuracy(vertices):
    text = "; ".join(f"{lat} {lon}" for lat, lon in vertices)
    place = geometry.parse(text, "geotrace")
    assert shapely.get_num_coordinates(place.geometry) == len(vertices)
    assert place.accuracies == [None] * len(vertices)
    assert place.accuracy_m is None
    assert place.origin == "digitised", "drawn on a map, not measured"


@given(st.text(max_size=60), st.sampled_from(["geopoint", "geotrace", "geoshape"]))
def test_nonsense_never_fails_and_never_makes_a_place_off_the_earth(text, kind):
    place = geometry.parse(text, kind)
    if place.geometry is None:
        return
    west, south, east, north = place.geometry.bounds
    assert -180 <= west <= east <= 180
    assert -90 <= south <= north <= 90


@pytest.mark.parametrize(
    ("text", "kind", "shape", "rules"),
    [
        ("1 2 0 0", "geopoint", "POINT (2 1)", []),
        ("1 2;1 3;2 3;1 2", "geotrace", "POLYGON ((2 1, 3 1, 3 2, 2 1))", ["trace_closed"]),
        ("1 2;1 3;2 3", "geotrace", "LINESTRING (2 1, 3 1, 3 2)", []),
        ("1 2;1 3;1 2", "geoshape", "LINESTRING (2 1, 3 1, 2 1)", ["too_few_vertices"]),
        ("1 2;1 2", "geoshape", "POINT (2 1)", ["too_few_vertices"]),
        ("1 2", "geotrace", "POINT (2 1)", ["too_few_vertices"]),
        ("1 2;oops;1 3;2 3;1 2", "geoshape", "POLYGON ((2 1, 3 1, 3 2, 2 1))", ["not_a_position"]),
        ("91 2;1 3", "geotrace", "POINT (3 1)", ["not_a_position", "too_few_vertices"]),
        ("nan inf", "geopoint", None, ["not_a_position"]),
        ("1 2 3 4 5", "geopoint", None, ["not_a_position"]),
        ("", "geoshape", None, []),
    ],
)
def test_what_is_not_as_it_should_be_is_said(text, kind, shape, rules):
    place = geometry.parse(text, kind)
    assert (place.geometry and place.geometry.wkt) == shape
    assert [p.rule for p in place.problems] == rules


def test_a_ring_that_crosses_itself_stays_as_it_was_walked():
    place = geometry.parse("0 0;1 1;0 1;1 0;0 0", "geoshape")
    assert not place.geometry.is_valid
    assert place.problems == [], "the checks of the register say so, once"


def test_an_accuracy_that_only_some_vertices_have_is_not_made_up():
    place = geometry.parse("1 2 0 4;1 3 0 0;2 3 0 6;1 2 0 4", "geoshape")
    assert place.accuracies == [4, None, 6, 4]
    assert place.accuracy_m is None
    assert place.origin == "digitised"
    assert [p.rule for p in place.problems] == ["accuracy_partly_known"]
