"""Outlines that were surveyed as a traverse: bearings and distances from a reference point."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from pyproj.exceptions import ProjError

from ..problems import Problem
from ..source import RawBatch
from .cells import done, lat, length, lon, no_place, pairs
from .place import Built, Place


def leg_list(text: str) -> list[tuple[float, float]]:
    """Legs (bearing in degrees, distance in metres) of a text such as "45/120; 135.5/80".

    Raises
    ------
    ValueError
        When a leg is not a bearing from 0 to 360 and a distance above zero.
    """
    legs = []
    for n, leg in enumerate((part for part in re.split(r"[;\n]", text) if part.strip()), 1):
        parts = [p for p in re.split(r"[/|]|(?<=\d)\s+(?=\d)", leg.strip()) if p.strip()]
        if len(parts) != 2:
            raise ValueError(f"leg {n} ({leg.strip()!r}) is not 'bearing/distance'")
        legs.append(read_leg(parts[0].strip().rstrip("°"), parts[1], n))
    if not legs:
        raise ValueError("there is no leg")
    return legs


def read_leg(bearing: Any, distance: Any, n: int) -> tuple[float, float]:
    try:
        pair = (length(bearing), length(distance))
    except ValueError as error:
        raise ValueError(f"leg {n}: {error}") from error
    if not 0 <= pair[0] <= 360:
        raise ValueError(f"leg {n}: the bearing {bearing} is not between 0 and 360 degrees")
    if not pair[1] > 0:
        raise ValueError(f"leg {n}: the distance {distance} is not above zero")
    return pair


#: Misclosure above this share of the perimeter is a warning (1 in 100: compass and tape).
MISCLOSURE_SHARE = 0.01


def _run_traverse(
    lon: float, lat: float, legs: list[tuple[float, float]], place: Place, row: int, name: str
) -> tuple[Any, Problem]:
    from landrelease.land.traverse import traverse

    given = place.options
    result = traverse(
        lon,
        lat,
        legs,
        north=given["north"],
        declination_deg=_degrees(given.get("declination")),
        convergence_deg=_degrees(given.get("convergence")),
        start_legs=int(given.get("start_legs", 1)),
        closes=given["closes"],
    )
    if result.misclosure_m is None:
        return result.polygon, Problem(
            "misclosure",
            "info",
            f"the outline of {result.perimeter_m:,.1f} m has no closing leg, so nothing checks it",
            row=row,
            field=name,
        )
    wide = result.misclosure_m > MISCLOSURE_SHARE * result.perimeter_m
    return result.polygon, Problem(
        "misclosure",
        "warning" if wide else "info",
        f"the outline of {result.perimeter_m:,.1f} m misses its start by "
        f"{result.misclosure_m:,.1f} m",
        "more than 1 in 100: check bearings and distances" if wide else "",
        row,
        name,
    )


def _degrees(given: Any) -> float | None:
    return None if given is None else float(given)


def traverse_texts(batch: RawBatch, place: Place) -> Built:
    return _traverses(batch, place, "legs", lambda cell: leg_list(str(cell)))


def traverse_rows(batch: RawBatch, place: Place) -> Built:
    # `gather` has put the legs of a record into the column of its bearings.
    return _traverses(batch, place, "bearing", list)


def _traverses(batch: RawBatch, place: Place, role: str, read: Any) -> Built:
    name = place.columns[role]
    x, y, usable, problems = pairs(batch, place.columns["lon"], place.columns["lat"], lon, lat)
    out = np.full(len(batch), None, dtype=object)
    for i, cell in enumerate(batch.columns[name]):
        if cell is None or not usable[i]:
            continue
        row = int(batch.rows[i])
        try:
            out[i], said = _run_traverse(float(x[i]), float(y[i]), read(cell), place, row, name)
            problems.append(said)
        except (ValueError, ProjError) as error:
            problems.append(no_place(error, row, name, cell))
    return done(out, "EPSG:4326", problems)
