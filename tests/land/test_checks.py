from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from landrelease.land.checks import (
    CheckOptions,
    check_declared,
    check_geometry,
    check_units,
    geometry_hash,
    repair,
)
from landrelease.land.measure import Plane

from .programmes import point

PLANE = Plane.at(-30.0, 45.0)


def array(*geometries):
    out = np.empty(len(geometries), dtype=object)
    out[:] = geometries
    return out


def box(x: float, y: float, size: float = 0.001) -> shapely.Polygon:
    return shapely.box(-30 + x, 45 + y, -30 + x + size, 45 + y + size)


def checked(*lonlat, **options):
    given_ = array(*lonlat)
    return check_geometry(
        given_,
        PLANE.project(given_),
        100 + np.arange(len(given_)),
        CheckOptions(**options),
        projection=PLANE,
    )


def test_sound_areas_give_no_findings():
    assert checked(box(0, 0), box(0.001, 0), box(0.01, 0)).counts() == {}


def test_absent_empty_and_wrong_geometries_keep_their_rows():
    found = checked(None, shapely.Polygon(), shapely.Point(-30, 45), box(0, 0))
    assert found.counts() == {"geometry_empty": 1, "geometry_missing": 1, "geometry_type": 1}
    assert found.rows(severity="error") == {100, 101, 102}
    assert checked(shapely.Point(-30, 45), expect="point").counts() == {}
    assert checked(box(0, 0), expect="point").counts() == {"geometry_type": 1}
    assert checked(shapely.Point(-30, 45), box(0, 0), expect="").counts() == {}


def test_an_invalid_ring_is_named_with_its_place():
    bowtie = shapely.Polygon([(-30, 45), (-29.99, 45.01), (-29.99, 45), (-30, 45.01)])
    (finding,) = checked(box(0.1, 0.1), bowtie)
    assert finding.rule == "invalid_ring"
    assert finding.row == 101
    assert "Self-intersection" in finding.message
    assert finding.place == pytest.approx((-29.995, 45.005), abs=1e-4)


def test_collapsed_polygons_have_too_few_vertices():
    line = shapely.Polygon([(-30, 45), (-29.99, 45), (-30, 45)])
    tiny = shapely.box(-30, 45, -30 + 1e-9, 45 + 1e-9)  # less than a millimetre
    assert checked(line, tiny).by_rule("too_few_vertices")[0].row == 100
    assert checked(line, tiny).rows("too_few_vertices") == {100, 101}


def test_far_and_repeated_vertices():
    spike = shapely.Polygon([(-30, 45), (-29.99, 45), (-29.9, 45.2), (-30, 45.01), (-30, 45.01)])
    found = checked(spike)
    assert found.counts() == {"repeated_points": 1, "vertices_far_apart": 1}
    far = found.by_rule("vertices_far_apart")[0]
    assert "2 pairs" in far.message
    assert checked(spike, vertices_apart_m=50_000).counts() == {"repeated_points": 1}
    # 0.06 degrees of longitude are 4.7 km here, though 6.7 km at the equator
    wide = shapely.box(-30, 45, -29.94, 45.01)
    assert checked(wide).counts() == {}


def test_duplicates_name_the_first_row_whatever_the_ring_starts_with():
    square = box(0, 0)
    turned = shapely.Polygon(list(square.exterior.coords)[2:] + list(square.exterior.coords)[1:3])
    found = checked(square, box(1, 0), turned, square)
    duplicates = found.by_rule("duplicate_geometry")
    assert [(f.row, f.other) for f in duplicates] == [(102, 100), (103, 100)]


def test_parts_of_one_record_that_overlap():
    overlapping = shapely.MultiPolygon([box(0, 0), box(0.0005, 0)])
    apart = shapely.MultiPolygon([box(0.1, 0), box(0.2, 0)])
    found = checked(overlapping, apart)
    (finding,) = found.by_rule("parts_overlap")
    assert finding.row == 100
    assert "33.3 %" in finding.message


def test_overlaps_between_records_count_each_pair_once():
    found = checked(box(0, 0), box(0.0005, 0), box(0.001, 0), box(0.0005, 0.0005))
    pairs = {(f.other, f.row) for f in found.by_rule("overlap")}
    assert pairs == {(100, 101), (100, 103), (101, 102), (101, 103), (102, 103)}
    assert checked(box(0, 0), box(0.001, 0)).counts() == {}  # a shared boundary is no overlap


def test_slivers():
    found = checked(shapely.box(-30, 45, -29.9999, 45.0000001))
    assert found.counts() == {"sliver": 1}


def test_places_that_cannot_be_or_look_wrong():
    found = checked(
        box(0, 0),
        box(0.1, 0),
        box(0.2, 0),
        box(0.3, 0),
        shapely.box(200, 45, 200.001, 45.001),
        shapely.Polygon([(45, 120), (45.001, 120), (45, 120.001)]),
        shapely.box(-1e-4, -1e-4, 1e-4, 1e-4),
        shapely.box(30, 45, 30.001, 45.001),
        shapely.box(45, -30, 45.001, -29.999),
        shapely.Polygon([(np.inf, 45), (1, 45), (1, 46)]),
    )
    assert found.rows("coordinates_out_of_range") == {104, 105, 109}
    suspicious = {f.row: f.message for f in found.by_rule("coordinates_suspicious")}
    assert suspicious.keys() == {106, 107, 108}
    assert "longitude 0, latitude 0" in suspicious[106]
    assert "the longitude has the wrong sign" in suspicious[107]
    assert "swapped" in suspicious[108]


@pytest.mark.parametrize(
    ("factor", "hint"),
    [
        (1e-4, "hectares"),
        (1e-6, "square kilometres"),
        (1e4, "hectares twice"),
        (1e2, "digits"),
        (1e-2, "ares"),
        (1e6, "kilometres twice"),
        (3, "3.00 times"),
    ],
)
def test_declared_areas_are_compared_with_unit_hints(factor, hint):
    plane = PLANE.project(array(box(0, 0), box(0, 0), box(0, 0), None))
    m2 = plane[0].area / 1e6
    found = check_declared(
        plane, np.array([m2 * factor, m2 * 1.04, np.nan, 5.0]), np.array([7, 8, 9, 10])
    )
    (finding,) = found
    assert finding.row == 7
    assert finding.field == "declared_m2"
    assert hint in finding.message


def test_areas_outside_the_named_unit_or_all_units():
    units = PLANE.project(array(box(0, 0, 0.1), box(0.1, 0, 0.1)))
    plane = PLANE.project(
        array(box(0.01, 0.01), box(0.0995, 0.01), box(0.15, 0.01), box(0.5, 0), None)
    )
    found = check_units(plane, np.arange(5), units, ["North", "South"], np.array([0, 0, 0, -1, 0]))
    assert [(f.row, f.rule, f.severity) for f in found] == [
        (3, "outside_all_units", "warning"),
        (1, "outside_unit", "info"),
        (2, "outside_unit", "warning"),
    ]
    assert "50.0%" in found.by_rule("outside_unit")[0].message
    assert "North" in found.by_rule("outside_unit")[1].message


@settings(max_examples=150, deadline=None)
@given(st.lists(point, min_size=3, max_size=10))
def test_a_repair_is_valid_in_whole_millimetres_and_touches_nothing_else(vertices):
    given_ = array(shapely.Polygon(vertices), shapely.box(0, 0, 10, 10), None, shapely.Point(1, 2))
    repaired, changed = repair(given_)
    assert changed.tolist() == [not given_[0].is_valid, False, False, False]
    assert repaired[0].is_valid
    assert repaired[0].geom_type in ("Polygon", "MultiPolygon")
    assert repaired[1] is given_[1]
    assert repaired[2] is None
    if not changed[0]:
        assert repaired[0] is given_[0]


def test_a_bow_tie_is_repaired_to_its_two_wings():
    repaired, _ = repair(array(shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])))
    assert repaired[0].area == 50
    assert len(repaired[0].geoms) == 2


def test_the_hash_sees_the_place_and_not_the_way_it_is_written():
    square = shapely.box(0, 0, 10, 10)
    same = shapely.Polygon([(10, 10), (10, 0), (0, 0), (0, 10)])
    first, second, other, none = geometry_hash(array(square, same, shapely.box(0, 0, 10, 11), None))
    assert first == second
    assert len(first) == 64
    assert other != first
    assert none is None


def test_arrays_must_have_one_length():
    with pytest.raises(ValueError, match="same length"):
        check_geometry(array(box(0, 0)), array(), np.array([1]))
