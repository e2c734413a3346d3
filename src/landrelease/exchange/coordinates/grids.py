"""Positions on the grids of maps: UTM zones and MGRS squares."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import mgrs
import numpy as np
import shapely
from pyproj import Transformer

from .. import values
from ..problems import Problem, shorten
from ..source import RawBatch
from .cells import done, length, no_place, pairs, points
from .place import Built, Place

_ZONE = re.compile(r"\s*(?:zone\s*|utm\s*)*0?(\d{1,2})\s*([C-HJ-NP-X]|north|south)?\s*", re.I)


def utm_crs(zone: Any, hemisphere: Any = None) -> str:
    """EPSG code of a UTM zone on WGS 84.

    Parameters
    ----------
    zone
        ``33``, ``"33N"``, ``"33T"`` (a latitude band), ``"zone 33 south"``. A bare letter S can
        be the hemisphere or the band, and they differ: then ``hemisphere`` must be stated.
    hemisphere
        ``N``, ``S``, ``north`` or ``south`` when the zone does not say it.

    Raises
    ------
    ValueError
        When the zone is not 1 to 60 or the hemisphere is not stated.
    """
    match = _ZONE.fullmatch(values.as_text(zone))
    if not match or not 1 <= int(match[1]) <= 60:
        raise ValueError(f"{zone!r} is no UTM zone (1 to 60, such as 33N)")
    said = match[2] or ""
    stated = "" if hemisphere is None else values.as_text(hemisphere).strip()
    if stated and (not said or said.upper() == "S"):
        said = {"N": "north", "S": "south"}.get(stated[0].upper(), stated)
    elif said.upper() == "S":
        raise ValueError(
            f"zone {zone!r}: S can mean south, or band S, which is north; state the hemisphere"
        )
    if not said:
        raise ValueError(f"zone {zone!r}: north or south is not stated")
    letter = said[0].upper()
    if len(said) == 1 and letter not in "NS":
        north = letter > "M"
    elif letter in "NS":
        north = letter == "N"
    else:
        raise ValueError(f"{said!r} is neither north nor south")
    return f"EPSG:{(32600 if north else 32700) + int(match[1])}"


def utm(batch: RawBatch, place: Place) -> Built:
    x, y, usable, problems = pairs(
        batch, place.columns["easting"], place.columns["northing"], length, length
    )
    n = len(batch)

    def cells(role: str) -> Iterable[Any]:
        name = place.columns.get(role)
        return [place.options.get(role)] * n if name is None else batch.columns[name]

    systems = np.full(n, "", dtype=object)
    known: dict[tuple[Any, Any], str] = {}
    for i, pair in enumerate(zip(cells("zone"), cells("hemisphere"), strict=True)):
        if not usable[i]:
            continue
        if pair not in known:
            try:
                known[pair] = utm_crs(*pair)
            except ValueError as error:
                known[pair] = "!" + str(error)
        system = known[pair]
        if system.startswith("!"):
            usable[i] = False
            problems.append(
                Problem(
                    "bad_zone", "error", system[1:], "the record is kept without a place",
                    int(batch.rows[i]), place.columns.get("zone", "zone"), shorten(pair),
                )
            )  # fmt: skip
        systems[i] = system
    different = sorted(set(systems[usable]))
    if len(different) <= 1:
        return done(points(x, y, usable), (different or ["EPSG:4326"])[0], problems)
    lon, lat = np.full(n, np.nan), np.full(n, np.nan)
    for system in different:
        here = usable & (systems == system)
        to_degrees = Transformer.from_crs(system, "EPSG:4326", always_xy=True)
        lon[here], lat[here] = to_degrees.transform(x[here], y[here])
    good = usable & np.isfinite(lon) & np.isfinite(lat)
    return done(points(lon, lat, good), "EPSG:4326", problems)


_GRID = mgrs.MGRS()


def mgrs_point(text: Any) -> tuple[float, float, float]:
    """Longitude, latitude (WGS 84) of the middle of an MGRS square, and its side in metres.

    A reference names a square by its south-west corner; the middle is the best single position.

    Raises
    ------
    ValueError
        When it is no MGRS reference.
    """
    bare = re.sub(r"[\s,;]", "", values.as_text(text)).upper()
    match = re.fullmatch(r"(\d{1,2})([C-HJ-NP-X])([A-HJ-NP-Z]{2})((?:\d\d){1,5})", bare)
    if not match:
        raise ValueError(
            f"{text!r} is no MGRS reference (such as 33TXK1234567890); "
            "an even number of digits, at least two, must follow the letters"
        )
    try:
        zone, hemisphere, easting, northing = _GRID.MGRSToUTM(bare)
    except (mgrs.core.MGRSError, ValueError) as error:
        raise ValueError(f"{text!r} is no MGRS reference ({error})") from error
    side = 10.0 ** (5 - len(match[4]) // 2)
    system = utm_crs(zone, hemisphere)
    lon, lat = Transformer.from_crs(system, "EPSG:4326", always_xy=True).transform(
        easting + side / 2, northing + side / 2
    )
    return lon, lat, side


def mgrs_squares(batch: RawBatch, place: Place) -> Built:
    name = place.columns["mgrs"]
    out = np.full(len(batch), None, dtype=object)
    problems = []
    for i, cell in enumerate(batch.columns[name]):
        if cell is None:
            continue
        row = int(batch.rows[i])
        try:
            lon, lat, side = mgrs_point(cell)
        except ValueError as error:
            problems.append(no_place(error, row, name, cell))
            continue
        out[i] = shapely.Point(lon, lat)
        if side > 100:
            problems.append(
                Problem(
                    "coarse_position", "warning",
                    f"the reference names a square of {side:,.0f} m; its middle is taken",
                    "", row, name, shorten(cell),
                )
            )  # fmt: skip
    return done(out, "EPSG:4326", problems)
