"""Polygons from bearings and distances: reference point, start point, turning points.

Old minefield and survey records give a reference point that can be found on the ground, a leg to
the start point, and legs along the boundary. The traverse follows geodesics on the WGS 84
ellipsoid (Karney 2013, through pyproj). How far the last leg misses the start point is shown,
never spread over the legs: a large misclosure is a mistake to be found in the record.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import shapely
from pyproj import Geod

North = Literal["true", "grid", "magnetic"]

_GEOD = Geod(ellps="WGS84")


class TraverseError(ValueError):
    """A record of bearings and distances does not make up a polygon."""


@dataclass(frozen=True)
class Traverse:
    """A polygon made from bearings and distances.

    Attributes
    ----------
    polygon
        The polygon, longitude and latitude in degrees (WGS 84), as walked: where a last leg
        leads back to the start point, its end is not a vertex of its own.
    misclosure_m
        Distance from the end of the last leg to the start point in metres; None where the record
        has no closing leg, so that nothing can be checked.
    misclosure_ratio
        Misclosure as a share of the length walked; None as above.
    perimeter_m
        Length of the boundary legs as recorded, in metres.
    start
        Start point, longitude and latitude.
    """

    polygon: shapely.Polygon
    misclosure_m: float | None
    misclosure_ratio: float | None
    perimeter_m: float
    start: tuple[float, float]


def traverse(
    lon: float,
    lat: float,
    legs: Sequence[tuple[float, float]],
    *,
    north: North | None = None,
    declination_deg: float | None = None,
    convergence_deg: float | None = None,
    start_legs: int = 1,
    closes: bool = False,
) -> Traverse:
    """Make a polygon from a reference point, bearings and distances.

    Parameters
    ----------
    lon, lat
        Reference point in degrees, WGS 84.
    legs
        Bearing in degrees clockwise from north, and distance in metres, of each leg: first those
        from the reference point to the start point, then from turning point to turning point.
    north
        The north that bearings are counted from. There is no default: a record that does not
        say cannot be placed.
    declination_deg
        Magnetic declination at the place and date of the record, east positive; required for
        (and only for) magnetic bearings.
    convergence_deg
        Grid convergence, the bearing of grid north from true north, east positive; required for
        (and only for) grid bearings.
    start_legs
        Number of legs that lead to the start point; 0 where the reference point is the start.
    closes
        Whether the last leg leads back to the start point.

    Returns
    -------
    Traverse
        The polygon and its misclosure.

    Raises
    ------
    TraverseError
        If north, declination or convergence is not stated, a number is out of range, or fewer
        than three boundary points result.
    """
    turn = _turn(north, declination_deg, convergence_deg)
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise TraverseError(
            f"The reference point {lon}, {lat} is not a longitude and latitude in degrees."
        )
    if not 0 <= start_legs <= len(legs):
        raise TraverseError(
            f"{start_legs} legs are said to lead to the start point, but there are {len(legs)}."
        )
    at = (float(lon), float(lat))
    for number, leg in enumerate(legs[:start_legs], start=1):
        at = _walk(at, leg, turn, number)
    start = at
    points = [start]
    perimeter = 0.0
    for number, leg in enumerate(legs[start_legs:], start=start_legs + 1):
        at = _walk(at, leg, turn, number)
        points.append(at)
        perimeter += float(leg[1])
    misclosure: float | None = None
    if closes:
        points.pop()
        _, _, misclosure = _GEOD.inv(at[0], at[1], start[0], start[1])
    if len(set(points)) < 3:
        raise TraverseError(
            f"The legs give {len(set(points))} boundary points; a polygon needs three or more. "
            f"Is a leg missing, or start_legs wrong?"
        )
    ratio = None if misclosure is None or perimeter == 0 else misclosure / perimeter
    return Traverse(shapely.Polygon(points), misclosure, ratio, perimeter, start)


def _turn(
    north: North | None, declination_deg: float | None, convergence_deg: float | None
) -> float:
    """Return what turns a bearing into one from true north."""
    if north not in get_args(North):
        raise TraverseError(
            f"North must be stated as {', '.join(get_args(North))}, not {north!r}: "
            f"look it up in the record."
        )
    for name, given, wanted in (
        ("declination", declination_deg, "magnetic"),
        ("convergence", convergence_deg, "grid"),
    ):
        if north == wanted and given is None:
            raise TraverseError(
                f"Bearings from {north} north need the {name} at that place"
                f"{' and date' if wanted == 'magnetic' else ''}, in degrees, east positive."
            )
        if north != wanted and given is not None:
            raise TraverseError(
                f"A {name} is given, but bearings are said to be from {north} north."
            )
    # All combinations that leave both absent are bearings from true north.
    turn = next((t for t in (declination_deg, convergence_deg) if t is not None), 0.0)
    if not abs(turn) <= 180:
        raise TraverseError(f"{turn} degrees is no angle between two norths.")
    return turn


def _walk(
    at: tuple[float, float], leg: tuple[float, float], turn: float, number: int
) -> tuple[float, float]:
    bearing, metres = float(leg[0]), float(leg[1])
    if not (math.isfinite(bearing) and -360 <= bearing <= 360):
        raise TraverseError(f"Leg {number}: {bearing} is no bearing in degrees (0 to 360).")
    if not (math.isfinite(metres) and metres >= 0):
        raise TraverseError(f"Leg {number}: {metres} is no distance in metres.")
    lon, lat, _ = _GEOD.fwd(at[0], at[1], bearing + turn, metres)
    return float(lon), float(lat)
