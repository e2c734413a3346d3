"""Booked ground divided over units: nothing lost, nothing counted twice."""

from __future__ import annotations

import importlib
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from landrelease import land
from landrelease.land import overlay
from landrelease.land.divide import DivisionError, divide

from .programmes import nasty_polygons


def array(*geometries) -> np.ndarray:
    out = np.empty(len(geometries), dtype=object)
    out[:] = geometries
    return out


def shares(pieces, units, mm2=None, **how) -> list[tuple[int, int, int]]:
    booked = land.book(shapely.area(pieces)) if mm2 is None else np.array(mm2)
    found = divide(pieces, booked, units, **how)
    return list(zip(found.piece.tolist(), found.unit.tolist(), found.mm2.tolist(), strict=True))


WEST, EAST = shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10)


def test_ground_inside_across_beside_and_outside():
    pieces = array(
        shapely.box(1, 1, 3, 3),
        shapely.box(8, 0, 13, 2),  # across the boundary
        shapely.box(18, 0, 21, 2),  # sticks out
        shapely.box(30, 0, 31, 2),
        shapely.box(5, 0, 10, 2),  # touches its neighbour
    )
    assert shares(pieces, array(WEST, None, EAST, shapely.Polygon())) == [
        (0, 0, 4),
        (1, 0, 4),
        (1, 2, 6),
        (2, -1, 2),
        (2, 2, 4),
        (3, -1, 2),
        (4, 0, 10),
    ]


def test_where_units_overlap_the_first_counts_even_if_another_holds_the_whole_piece():
    pieces = array(shapely.box(8, 0, 12, 1), shapely.box(2, 0, 3, 1))
    whole = shapely.box(0, 0, 20, 10)
    assert shares(pieces, array(WEST, whole)) == [(0, 0, 2), (0, 1, 2), (1, 0, 1)]
    assert shares(pieces, array(whole, WEST)) == [(0, 0, 4), (1, 0, 1)]


def test_the_booked_area_is_what_is_shared_out():
    three = array(shapely.box(0, 0, 1, 3), shapely.box(1, 0, 2, 3), shapely.box(2, 0, 3, 3))
    assert shares(array(shapely.box(0, 0, 3, 3)), three, [10]) == [(0, 0, 4), (0, 1, 3), (0, 2, 3)]


def test_a_broken_unit_is_repaired_and_noise_vanishes():
    crossed = shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
    assert shares(array(shapely.box(0, 0, 10, 10)), array(crossed)) == [(0, -1, 50), (0, 0, 50)]
    sticking_out = shapely.box(-0.01, 0, 10, 10)
    assert shares(array(sticking_out), array(WEST)) == [(0, 0, 100)]


def test_no_pieces_no_units_and_pieces_that_cannot_be_divided():
    nothing = np.empty(0, dtype=object)
    assert shares(nothing, array(WEST)) == []
    assert shares(array(WEST), nothing) == [(0, -1, 100)]
    assert shares(array(None), array(WEST), [0]) == []
    with pytest.raises(DivisionError, match="piece 0"):
        divide(array(None), np.array([5]), array(WEST))
    with pytest.raises(DivisionError, match="2 booked areas for 1 pieces"):
        divide(array(WEST), np.array([5, 6]), array(WEST))
    with pytest.raises(DivisionError, match="negative"):
        divide(array(WEST), np.array([-5]), array(WEST))


@settings(max_examples=150, deadline=None)
@given(st.lists(nasty_polygons(), min_size=1, max_size=8), st.lists(nasty_polygons(), max_size=5))
def test_shares_of_any_geometry_sum_exactly_and_agree_with_one_by_one(polygons, bounds):
    pieces, units = array(*polygons), array(*bounds)
    booked = land.book(shapely.area(pieces))
    found = divide(pieces, booked, units)
    sums = np.zeros(len(pieces), dtype=np.int64)
    np.add.at(sums, found.piece, found.mm2)
    assert sums.tolist() == booked.tolist()
    assert (found.mm2 > 0).all()
    for row, polygon in enumerate(polygons):
        rest = polygon
        expected = []
        for unit in (*units, None):
            part = rest if unit is None else rest.intersection(unit, grid_size=overlay.GRID_MM)
            rest = rest if unit is None else rest.difference(unit, grid_size=overlay.GRID_MM)
            expected.append(part.area)
        given = np.zeros(len(expected))
        mine = found.piece == row
        given[found.unit[mine]] = found.mm2[mine]  # -1 is the last place
        assert given == pytest.approx(expected, abs=2.0)


def test_threads_do_not_change_the_result(monkeypatch):
    module = importlib.import_module("landrelease.land.divide")  # the function hides it
    monkeypatch.setattr(module, "_CHUNK", 7)
    corners = np.random.default_rng(3).uniform(0, 100, (60, 2)).round()
    pieces = shapely.box(corners[:, 0], corners[:, 1], corners[:, 0] + 15, corners[:, 1] + 9)
    units = array(*(shapely.box(x, y, x + 30, y + 30) for x in (0, 30, 60) for y in (0, 30, 60)))
    one = shares(pieces, units, workers=1)
    assert shares(pieces, units, workers=2) == one
    monkeypatch.setattr(module, "_CHUNK", 1000)
    assert shares(pieces, units) == one


def test_a_cut_that_loses_ground_is_repeated_on_the_grid(monkeypatch):
    honest = shapely.intersection

    def loses(a, b, grid_size=None):
        if grid_size is not None:
            return honest(a, b, grid_size=grid_size)
        return np.full(np.shape(a), shapely.Polygon(), dtype=object)

    monkeypatch.setattr(overlay.shapely, "intersection", loses)
    assert shares(array(shapely.box(8, 0, 13, 2)), array(WEST, EAST)) == [(0, 0, 4), (0, 1, 6)]


@pytest.mark.shared
def test_suspect_land_outside_the_municipalities_of_bosnia(shared: Path):
    import pyogrio

    folder = shared / "data" / "bosnia_mines"
    plane = land.Plane.at(17.8, 44.2)

    def read(name: str) -> np.ndarray:
        _, _, wkb, _ = pyogrio.raw.read(folder / name, columns=[])
        return plane.project(shapely.from_wkb(wkb))

    municipalities = read("cantons.geojson")
    suspect = read("suspect_areas_simplyfied.geojson")
    suspect = suspect[~(shapely.is_missing(suspect) | shapely.is_empty(suspect))]
    broken = ~shapely.is_valid(suspect)
    suspect[broken] = overlay.polygonal(shapely.make_valid(suspect[broken]))
    booked = land.book(land.area_mm2(suspect))
    found = divide(suspect, booked, municipalities)
    assert len(municipalities) == 142
    outside = int(found.mm2[found.unit == land.OUTSIDE].sum())
    assert outside / 1e12 == pytest.approx(5.88, abs=0.005)
    assert int(found.mm2.sum()) == int(booked.sum())
