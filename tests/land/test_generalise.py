"""A public map never shows less hazard than there is, and tells no hazard from its neighbours."""

from __future__ import annotations

import math

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from landrelease.land import generalise

places = st.tuples(st.floats(-179, 179), st.floats(-85, 85))
sizes = st.floats(1e-6, 0.08)


@st.composite
def shapes(draw):
    (x, y), width, height = draw(places), draw(sizes), draw(sizes)
    kind = draw(st.sampled_from(["box", "disc", "point", "line", "bow tie", "two"]))
    if kind == "point":
        return shapely.Point(x, y)
    if kind == "line":
        return shapely.LineString([(x, y), (x + width, y + height)])
    if kind == "disc":
        return shapely.Point(x, y).buffer(width)
    if kind == "bow tie":
        return shapely.Polygon(
            [(x, y), (x + width, y + height), (x + width, y), (x, y + height), (x, y)]
        )
    box = shapely.box(x, y, x + width, y + height)
    if kind == "two":
        return shapely.MultiPolygon([box, shapely.box(x + 0.2, y, x + 0.2 + width, y + height)])
    return box


@given(st.lists(shapes(), max_size=4), st.sampled_from([250.0, 1_000.0, 10_000.0]))
@settings(max_examples=120)
def test_every_shape_lies_inside_what_is_shown_of_it(found, cell_m):
    shown = shapely.union_all(generalise.covering(found, cell_m))
    for shape in found:
        ground = shape if shapely.is_valid(shape) else shapely.make_valid(shape)
        assert shapely.covers(shown, ground)


@given(shapes(), st.sampled_from([500.0, 1_000.0, 10_000.0]))
def test_cells_are_at_least_as_wide_as_asked_for(shape, cell_m):
    for cell in generalise.cells_touched(shape, cell_m)[:50]:
        west, south, east, north = cell.bounds
        poleward = math.radians(max(abs(south), abs(north)))
        assert (north - south) * 110_574 >= cell_m * (1 - 1e-6)
        assert (east - west) * 111_319 * math.cos(poleward) >= cell_m * (1 - 1e-6)


@given(shapes(), shapes())
def test_the_grid_does_not_move_with_the_data(one, other):
    alone = {cell.bounds for cell in generalise.cells_touched(one, 1_000)}
    together = shapely.union_all(generalise.covering([one, other], 1_000))
    assert all(shapely.covers(together, shapely.box(*bounds)) for bounds in alone)


def test_places_within_one_cell_look_the_same():
    x, y = generalise.cell_of(17.2, 44.1, 1_000)
    near = [shapely.Point(x + dx, y + dy) for dx, dy in ((0, 0), (0.002, 0.001), (-0.003, -0.002))]
    assert len({tuple(part.wkt for part in generalise.covering([p], 1_000)) for p in near}) == 1
    assert len(generalise.covering(near, 1_000)) == 1


def test_nothing_gives_nothing_and_a_width_has_to_be_one():
    assert generalise.covering([None, shapely.Point()], 1_000) == []
    with pytest.raises(ValueError, match="positive width"):
        generalise.cells_touched(shapely.Point(1, 1), 0)
