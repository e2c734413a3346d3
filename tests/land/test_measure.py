from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod, Transformer

from landrelease.land.measure import MeasureError, Plane, apportion, area_mm2, book

GEOD = Geod(ellps="WGS84")
PLANE = Plane.at(17.7, 44.2)
quick = settings(max_examples=200, deadline=None)


def array(*geometries):
    out = np.empty(len(geometries), dtype=object)
    out[:] = geometries
    return out


def geodesic_area_m2(polygon) -> float:
    """Area between geodesics, ring by ring."""
    total = 0.0
    for number, ring in enumerate(polygon.interiors, start=1):
        del number
        total -= abs(GEOD.polygon_area_perimeter(*np.array(ring.coords).T)[0])
    return total + abs(GEOD.polygon_area_perimeter(*np.array(polygon.exterior.coords).T)[0])


def perimeter_m(polygon) -> float:
    rings = [polygon.exterior, *polygon.interiors]
    return sum(GEOD.line_length(*np.array(ring.coords).T) for ring in rings)


def densified(polygon, longest=500.0):
    """The densification said again, edge by edge."""

    def ring(coords):
        out = []
        for (x0, y0), (x1, y1) in itertools.pairwise(coords):
            steps = max(1, math.ceil(GEOD.inv(x0, y0, x1, y1)[2] / longest))
            out += [(x0 + (x1 - x0) * i / steps, y0 + (y1 - y0) * i / steps) for i in range(steps)]
        return [*out, coords[-1]]

    return shapely.Polygon(
        ring(list(polygon.exterior.coords)), [ring(list(r.coords)) for r in polygon.interiors]
    )


@st.composite
def star_polygons(draw):
    """Polygons of 20 m to 20 km, up to some 500 km from the centre of the plane."""
    away, bearing = draw(st.floats(0, 500_000)), draw(st.floats(0, 360))
    lon, lat, _ = GEOD.fwd(PLANE.lon, PLANE.lat, bearing, away)
    size = 10 ** draw(st.floats(1.3, 4.3))
    angles = sorted(draw(st.sets(st.integers(0, 359), min_size=3, max_size=12)))
    reach = [size * draw(st.floats(0.2, 1)) for _ in angles]
    ends = [GEOD.fwd(lon, lat, angle, r)[:2] for angle, r in zip(angles, reach, strict=True)]
    return shapely.Polygon(ends)


@quick
@given(star_polygons())
def test_area_agrees_with_the_geodesic_area_of_the_same_ring(polygon):
    dense = densified(polygon)
    measured = area_mm2(PLANE.project(array(polygon)))[0] / 1e6
    if polygon.is_valid:
        bound = 1e-3 * perimeter_m(dense) + 1e-9 * measured
        assert abs(measured - geodesic_area_m2(dense)) <= bound


def test_a_programme_agrees_to_a_millionth():
    rng = np.random.default_rng(7)
    lon, lat = 15 + 5 * rng.random(400), 42.5 + 3 * rng.random(400)
    side = 0.001 + 0.004 * rng.random(400)
    polygons = shapely.box(lon, lat, lon + side, lat + side)
    measured = area_mm2(PLANE.project(polygons)).sum() / 1e6
    geodesic = sum(geodesic_area_m2(densified(p)) for p in polygons)
    assert measured > 10e6
    assert measured == pytest.approx(geodesic, rel=1e-6)


whole = st.integers(-500_000_000, 500_000_000)


@quick
@given(
    st.lists(st.tuples(whole, whole), min_size=1, max_size=20),
    st.floats(-179, 179),
    st.floats(-80, 80),
)
def test_vertices_come_back_as_the_same_integers(vertices, lon, lat):
    plane = Plane.at(lon, lat)
    points = shapely.points(np.array(vertices, dtype=float))
    degrees = plane.unproject(points)
    unwrapped = np.abs(shapely.get_x(degrees) - lon) < 180  # else over the antimeridian: same place
    again = plane.project(degrees)
    assert shapely.equals_identical(again, points)[unwrapped].all()
    assert shapely.equals_identical(again, points).all()


@quick
@given(star_polygons())
def test_the_way_to_degrees_and_back_changes_no_vertex(polygon):
    first = PLANE.project(array(polygon))
    again = PLANE.project(PLANE.unproject(first), densify_m=1e9)
    assert shapely.equals_identical(first, again).all()


def test_only_long_edges_are_divided_and_into_equal_steps():
    long = shapely.LineString([(17.7, 44.2), (17.72, 44.2), (17.721, 44.2)])
    short = shapely.LineString([(17.7, 44.2), (17.701, 44.2), (17.701, 44.201)])
    line, same = PLANE.project(array(long, short))
    metres = GEOD.inv(17.7, 44.2, 17.72, 44.2)[2]
    steps = math.ceil(metres / 500)
    assert shapely.get_num_coordinates(line) == steps + 2
    assert shapely.get_num_coordinates(same) == 3
    xy = shapely.get_coordinates(line)[: steps + 1]
    assert np.hypot(*np.diff(xy, axis=0).T) == pytest.approx(metres * 1000 / steps, abs=2)


def test_every_kind_is_divided_alike_and_nothing_else_is_touched():
    square = shapely.box(17.7, 44.2, 17.75, 44.25)
    holed = shapely.Polygon(square.exterior, [shapely.box(17.71, 44.21, 17.74, 44.24).exterior])
    given_ = array(
        holed,
        shapely.MultiPolygon([shapely.box(17.6, 44.2, 17.601, 44.201), holed]),
        shapely.MultiLineString([square.exterior, [(17.7, 44.2), (17.8, 44.2)]]),
        shapely.GeometryCollection([shapely.Point(17.7, 44.2), holed]),
        shapely.Point(17.7, 44.2),
        shapely.Polygon(),
        None,
    )
    plane = PLANE.project(given_)
    part = shapely.get_parts(plane[1])[1]
    assert shapely.equals_identical(part, plane[0])
    assert shapely.equals_identical(shapely.get_parts(plane[3])[1], plane[0])
    assert len(plane[0].interiors) == 1
    assert [g if g is None else g.geom_type for g in plane] == [
        g if g is None else g.geom_type for g in given_
    ]
    edges = np.diff(shapely.get_coordinates(plane[0].exterior), axis=0)
    assert np.hypot(*edges.T).max() <= 500_001 * 1.001
    assert plane[6] is None
    assert plane[5].is_empty
    assert shapely.equals_identical(plane[4], shapely.Point(0, 0))


def test_a_projected_system_is_straight_in_its_own_plane():
    utm = shapely.box(700_000, 4_890_000, 703_000, 4_891_000)
    to_degrees = Transformer.from_crs("EPSG:32633", "EPSG:4326", always_xy=True)
    dense = shapely.segmentize(utm, 500)
    ring = np.array(dense.exterior.coords)
    lonlat = shapely.Polygon(np.column_stack(to_degrees.transform(ring[:, 0], ring[:, 1])))
    measured = area_mm2(PLANE.project(array(utm), crs="EPSG:32633"))[0] / 1e6
    assert measured == pytest.approx(geodesic_area_m2(lonlat), abs=1e-3 * 8000)
    assert shapely.get_num_coordinates(PLANE.project(array(utm), crs=32633)[0]) == 17


def test_what_cannot_be_shown_becomes_none_and_keeps_its_row():
    plane = PLANE.project(
        array(shapely.Point(17, 44), shapely.Point(17, np.inf), shapely.Point(17, 95), None)
    )
    assert plane[0] is not None
    assert plane[1] is None
    assert plane[2] is None
    assert plane[3] is None


def test_heights_are_dropped_and_shapes_kept():
    given_ = array(shapely.Point(17, 44, 300), None).reshape(2, 1)
    out = PLANE.project(given_)
    assert out.shape == (2, 1)
    assert not shapely.has_z(out[0, 0])
    assert PLANE.project(np.empty(0, dtype=object)).shape == (0,)


def test_a_plane_is_named_by_its_rounded_centre():
    assert Plane.at(17.12345678, 44.0000004) == Plane(17.123457, 44.0)
    with pytest.raises(MeasureError, match="swapped"):
        Plane.at(44.0, 170.0)
    with pytest.raises(MeasureError, match="densify_m"):
        PLANE.project(array(shapely.Point(17, 44)), densify_m=0)


def test_booking_rounds_and_refuses_what_has_no_area():
    assert book(np.array([0.4, 0.6, 1e15 + 0.5])).tolist() == [0, 1, 10**15]
    with pytest.raises(MeasureError, match="number 1"):
        book(np.array([1.0, np.nan]))
    assert np.isnan(area_mm2(array(None))[0])


@quick
@given(st.lists(st.floats(0, 1e13), min_size=1, max_size=30), st.integers(-3, 3))
def test_parts_sum_to_the_whole_and_stay_within_a_square_millimetre(parts, off):
    measured = np.array(parts)
    total = max(0, round(math.fsum(parts)) + off)
    if math.fsum(parts) == 0:
        total = 0
    booked = apportion(total, measured)
    assert int(booked.sum()) == total
    assert (booked >= 0).all()
    assert np.abs(booked - measured).max() <= 1 + abs(off) + 1e-15 * total * len(parts)


def test_equal_remainders_go_to_the_first_part():
    assert apportion(2, np.array([0.5, 0.5, 0.5, 0.5])).tolist() == [1, 1, 0, 0]
    assert apportion(10, np.array([3.4, 3.3, 3.3])).tolist() == [4, 3, 3]
    with pytest.raises(MeasureError, match="no area"):
        apportion(1, np.array([0.0]))
    with pytest.raises(MeasureError, match="not negative"):
        apportion(1, np.array([-1.0, 2.0]))
    with pytest.raises(MeasureError, match="negative"):
        apportion(-1, np.array([1.0]))
