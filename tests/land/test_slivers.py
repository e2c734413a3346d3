"""Slivers are listed, with their area and their neighbours; nothing else is."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from landrelease.land.slivers import GAP, REST, SliverError, slivers

from .programmes import nasty_polygons

M = 1000.0


def array(*values) -> np.ndarray:
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out


def box(x0, y0, x1, y1) -> shapely.Polygon:
    return shapely.box(x0 * M, y0 * M, x1 * M, y1 * M)


def found(*polygons, width_m=1.0, area_m2=1000.0, **releases):
    uids = array(*(f"HA-{n}" for n in range(1, len(polygons) + 1)))
    listed = slivers(array(*polygons), uids, width_m=width_m, area_m2=area_m2, **releases)
    return [
        (kind, mm2 / M**2, neighbours)
        for kind, mm2, neighbours in zip(
            listed.kind, listed.mm2.tolist(), listed.neighbours, strict=True
        )
    ]


def test_a_strip_between_two_areas_is_a_gap():
    gap = found(box(0, 0, 100, 100), box(100.4, 0, 200, 100))
    assert gap == [(GAP, pytest.approx(40), ("HA-1", "HA-2"))]
    assert found(box(0, 0, 100, 100), box(101.5, 0, 200, 100)) == []
    assert found(box(0, 0, 100, 100), box(100.4, 0, 200, 100), area_m2=39) == []


def test_a_boundary_traced_twice_leaves_a_narrow_hole_and_a_wedge():
    left = shapely.Polygon(
        [(0, 0), (50 * M, 0), (50.3 * M, 50 * M), (50 * M, 100 * M), (0, 100 * M)]
    )
    right = shapely.Polygon(
        [(50 * M, 0), (100 * M, 0), (100 * M, 100 * M), (51.5 * M, 100 * M), (50.6 * M, 50 * M)]
    )
    ((kind, m2, neighbours),) = found(left, right)
    assert (kind, neighbours) == (GAP, ("HA-1", "HA-2"))
    between = shapely.convex_hull(shapely.union_all([left, right])) - shapely.union(left, right)
    assert 7.5 < m2 < between.area / M**2
    hole = found(box(0, 0, 10, 10), box(10, 0, 20, 4), box(10.3, 4, 20, 10), box(10, 9, 20, 10))
    assert hole == [(GAP, pytest.approx(0.3 * 5), ("HA-1", "HA-2", "HA-3", "HA-4"))]


def test_corners_of_one_area_and_shared_boundaries_are_no_slivers():
    notched = box(0, 0, 100, 100) - box(40, 0.0, 40.5, 100 - 20)
    assert found(notched) == []
    assert found(notched, box(300, 0, 400, 100)) == []
    assert found(box(0, 0, 10, 10), box(10, 0, 20, 10), box(0, 10, 5, 20)) == []
    assert found(box(0, 0, 10, 10), box(5, 5, 20, 20)) == []
    assert found(None, shapely.Polygon(), box(0, 0, 1, 1)) == []


def test_a_strip_that_a_release_leaves_along_the_boundary_is_a_rest():
    area, wide = box(0, 0, 100, 100), box(0, 0, 60, 99.7)
    releases = {"releases": array(wide, None), "released_from": array("HA-1", "HA-1")}
    ((kind, m2, neighbours),) = found(area, **releases)
    assert (kind, neighbours) == (REST, ("HA-1",))
    assert m2 == pytest.approx(0.3 * 60, abs=0.5)
    all_round = {"releases": array(box(0.2, 0.2, 99.8, 99.8)), "released_from": array("HA-1")}
    assert found(area, **all_round) == [(REST, pytest.approx(4 * 0.2 * 99.8), ("HA-1",))]


def test_ground_left_open_on_purpose_and_old_corners_are_no_slivers():
    spike = shapely.Polygon([(0, 0), (100 * M, 0), (100 * M, 50 * M)])
    release = {"releases": array(box(90, 0, 100, 10)), "released_from": array("HA-1")}
    assert found(spike, **release) == []
    half = {"releases": array(box(0, 0, 50, 100)), "released_from": array("HA-1")}
    assert found(box(0, 0, 100, 100), **half) == []


def test_two_releases_side_by_side_leave_the_strip_between_them():
    area = box(0, 0, 100, 20)
    releases = {
        "releases": array(box(0, 2, 50, 20), box(50.5, 2, 100, 20)),
        "released_from": array("HA-1", "HA-1"),
    }
    assert found(area, **releases) == [(REST, pytest.approx(9, abs=0.1), ("HA-1",))]


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"width_m": 0}, "positive"),
        ({"area_m2": float("nan")}, "positive"),
        ({"releases": array(box(0, 0, 1, 1))}, "come together"),
        ({"releases": array(), "released_from": array("HA-1")}, "0 releases belong to 1"),
        ({"releases": array(None), "released_from": array("HA-7")}, "unknown area HA-7"),
    ],
)
def test_what_cannot_be_looked_for(how, message):
    with pytest.raises(SliverError, match=message):
        found(box(0, 0, 1, 1), **how)
    with pytest.raises(SliverError, match="id of its own"):
        slivers(array(None, None), array("HA-1", "HA-1"), width_m=1, area_m2=1)


@settings(max_examples=100, deadline=None)
@given(st.lists(nasty_polygons(), min_size=2, max_size=6))
def test_a_sliver_is_narrow_empty_ground_between_areas(polygons):
    areas = array(*polygons)
    uids = array(*map(str, range(len(areas))))
    listed = slivers(areas, uids, width_m=20, area_m2=5000)
    for polygon, mm2, neighbours in zip(listed.polygon, listed.mm2, listed.neighbours, strict=True):
        assert polygon.buffer(-10_100, join_style="mitre").is_empty
        assert 0 < mm2 <= 5000 * M**2
        assert len(neighbours) >= 2
        assert shapely.area(shapely.intersection(areas, polygon)).sum() <= 1 + 0.01 * polygon.length
        for uid in neighbours:
            assert polygon.distance(areas[int(uid)]) <= 1
