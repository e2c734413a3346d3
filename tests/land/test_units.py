from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from landrelease.land.units import OUTSIDE, SEVERAL, locate

KM = 1_000_000.0  # mm


def array(*geometries):
    out = np.empty(len(geometries), dtype=object)
    out[:] = geometries
    return out


UNITS = array(shapely.box(0, 0, 10 * KM, 10 * KM), None, shapely.box(10 * KM, 0, 20 * KM, 10 * KM))


def test_an_area_belongs_to_the_one_unit_that_holds_it():
    areas = array(
        shapely.box(KM, KM, 2 * KM, 2 * KM),
        shapely.box(9 * KM, 0, 10 * KM, KM),  # touches its neighbour
        shapely.box(9 * KM, 0, 10 * KM + 0.9, KM),  # 0.9 m² over the boundary
        shapely.box(9 * KM, 0, 10 * KM + 1.1, KM),  # 1.1 m² over it
        shapely.box(-1.1, 0, KM, KM),  # sticks out of all units
        shapely.box(30 * KM, 0, 31 * KM, KM),
        shapely.box(20 * KM, 0, 21 * KM, KM),  # only touches
        shapely.box(11 * KM, 0, 12 * KM, KM),
        None,
        shapely.Polygon(),
    )
    expected = [0, 0, 0, SEVERAL, SEVERAL, OUTSIDE, OUTSIDE, 2, OUTSIDE, OUTSIDE]
    assert locate(areas, UNITS).tolist() == expected


def test_points_lines_and_the_smallest_polygons():
    areas = array(
        shapely.Point(KM, KM),
        shapely.Point(10 * KM, KM),
        shapely.Point(30 * KM, KM),
        shapely.LineString([(KM, KM), (2 * KM, KM)]),
        shapely.LineString([(9 * KM, KM), (11 * KM, KM)]),
        shapely.box(KM, KM, KM + 1, KM + 1),
        shapely.box(30 * KM, KM, 30 * KM + 1, KM + 1),
    )
    assert locate(areas, UNITS).tolist() == [0, 0, OUTSIDE, 0, SEVERAL, 0, OUTSIDE]


def test_a_unit_with_a_broken_boundary_is_still_a_unit():
    broken = shapely.Polygon(
        [(0, 0), (KM, 0), (KM, KM), (2 * KM, 2 * KM), (2 * KM, KM), (KM, KM), (0, KM)]
    )
    assert locate(array(shapely.box(1, 1, 9, 9)), array(broken)).tolist() == [0]
    assert locate(array(shapely.box(1, 1, 9, 9)), np.empty(0, dtype=object)).tolist() == [OUTSIDE]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(*[st.integers(0, 30)] * 4), min_size=1, max_size=10))
def test_the_same_as_one_by_one(corners):
    areas = array(
        *(
            shapely.box(x * KM / 2, y * KM / 2, (x + w + 1) * KM / 2, (y + h + 1) * KM / 2)
            for x, y, w, h in corners
        )
    )
    grid = array(
        *(
            shapely.box(i * 5 * KM, j * 5 * KM, (i + 1) * 5 * KM, (j + 1) * 5 * KM)
            for i in range(2)
            for j in range(2)
        )
    )
    for area, unit in zip(areas, locate(areas, grid), strict=True):
        shares = [area.intersection(g).area for g in grid]
        if max(shares) == area.area:
            assert unit == shares.index(area.area)
        else:
            assert unit == (SEVERAL if sum(shares) else OUTSIDE)
