from __future__ import annotations

import math

import pytest
from pyproj import Geod

from landrelease.land.traverse import TraverseError, traverse

GEOD = Geod(ellps="WGS84")
START = (-30.0, 45.0)
SQUARE = [(0, 100), (90, 100), (180, 100), (270, 100)]


def test_reference_start_and_turning_points():
    made = traverse(*START, [(45, 200), *SQUARE[:3]], north="true")
    lon, lat, _ = GEOD.fwd(*START, 45, 200)
    assert made.start == (lon, lat)
    assert len(made.polygon.exterior.coords) == 5
    area, _ = GEOD.geometry_area_perimeter(made.polygon)
    assert abs(area) == pytest.approx(10_000, rel=1e-4)
    assert made.perimeter_m == 300
    assert made.misclosure_m is None
    assert made.misclosure_ratio is None


def test_the_misclosure_is_shown_and_not_spread():
    legs = [*SQUARE[:3], (270, 90)]
    made = traverse(*START, legs, north="true", start_legs=0, closes=True)
    assert made.misclosure_m == pytest.approx(10, abs=0.01)
    assert made.misclosure_ratio == pytest.approx(10 / 390, abs=1e-4)
    straight = traverse(*START, SQUARE[:3], north="true", start_legs=0)
    assert made.polygon.equals(straight.polygon)


def test_bearings_are_turned_to_true_north():
    true = traverse(*START, SQUARE[:3], north="true", start_legs=0)
    turned = [(bearing - 3.5, metres) for bearing, metres in SQUARE[:3]]
    magnetic = traverse(*START, turned, north="magnetic", declination_deg=3.5, start_legs=0)
    grid = traverse(*START, turned, north="grid", convergence_deg=3.5, start_legs=0)
    assert magnetic.polygon.equals_exact(true.polygon, 1e-12)
    assert grid.polygon.equals_exact(true.polygon, 1e-12)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"north": None}, "must be stated"),
        ({"north": "up"}, "must be stated"),
        ({"north": "magnetic"}, "declination"),
        ({"north": "grid"}, "convergence"),
        ({"declination_deg": 2.0}, "said to be from true north"),
        ({"north": "grid", "convergence_deg": 400.0}, "no angle"),
        ({"legs": SQUARE[:2]}, "2 boundary points"),
        ({"legs": [*SQUARE, (361, 5)]}, "Leg 5"),
        ({"legs": [*SQUARE, (3, -5)]}, "Leg 5"),
        ({"legs": [*SQUARE, (3, math.nan)]}, "Leg 5"),
        ({"start_legs": 9}, "9 legs"),
        ({"lat": 95.0}, "reference point"),
    ],
)
def test_what_cannot_be_placed_is_refused(changes, message):
    given = {"lon": START[0], "lat": START[1], "legs": SQUARE, "north": "true", **changes}
    with pytest.raises(TraverseError, match=message):
        traverse(**given)
