"""Coordinate systems in which places are asked for and given (OGC API Features, Part 2)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from http import HTTPStatus
from typing import Any

import numpy as np
import pyproj
import shapely

from landrelease.register import apply

from .problems import Problem

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
WGS84, WEB_MERCATOR = f"{_EPSG}4326", f"{_EPSG}3857"


def known() -> list[str]:
    """Addresses of the coordinate systems on offer; the first is the one of storage."""
    found = [CRS84, WGS84, WEB_MERCATOR]
    zone = _zone()
    return [*found, f"{_EPSG}{zone}"] if zone else found


def _zone() -> int | None:
    """EPSG code of the UTM zone in which the programme's centre lies."""
    plane = apply.programme_plane()
    if plane is None:
        return None
    centre = plane.unproject(np.array([shapely.Point(0, 0)], dtype=object))[0]
    if not -80 <= centre.y <= 84:
        return None
    zone = min(60, int((centre.x + 180) // 6) + 1)
    return (32600 if centre.y >= 0 else 32700) + zone


def checked(given: str | None, parameter: str) -> str:
    """A coordinate system as a caller names it.

    Raises
    ------
    Problem
        400 when it is none of those on offer.
    """
    if not given:
        return CRS84
    plain = given.removeprefix("<").removesuffix(">")
    if plain not in known():
        raise Problem(
            HTTPStatus.BAD_REQUEST,
            f"{parameter}: {given!r} is no coordinate system of this service",
            f"Use one of: {', '.join(known())}.",
        )
    return plain


def to_system(geometries: Sequence[Any], system: str) -> Sequence[Any]:
    """Places in a coordinate system, in the order of its axes.

    Parameters
    ----------
    geometries
        Shapely geometries in longitude and latitude, or None.
    system
        One of :func:`known`.

    Raises
    ------
    Problem
        400 when a place lies where the system does not reach.
    """
    if system == CRS84:
        return geometries
    array = np.array([*geometries, None], dtype=object)[:-1]
    if system == WGS84:
        return list(shapely.transform(array, lambda xy: xy[:, ::-1]))

    def project(xy: Any) -> Any:
        x, y = _transformer(system).transform(xy[:, 0], xy[:, 1])
        return np.column_stack([x, y])

    out = shapely.transform(array, project)
    if not np.isfinite(shapely.get_coordinates(out)).all():
        raise Problem(
            HTTPStatus.BAD_REQUEST,
            f"crs: some of these places cannot be expressed in {system}",
            f"Ask for {CRS84}, or for a smaller bbox.",
        )
    return list(out)


def to_degrees(box: Sequence[float], system: str) -> tuple[float, float, float, float]:
    """A box of a coordinate system as west, south, east, north in degrees.

    Raises
    ------
    Problem
        400 when the box lies where the system does not reach.
    """
    west, south, east, north = box
    if system == CRS84:
        return west, south, east, north
    if system == WGS84:
        return south, west, north, east
    found = _transformer(system).transform_bounds(
        west, south, east, north, densify_pts=21, direction=pyproj.enums.TransformDirection.INVERSE
    )
    if not all(map(math.isfinite, found)):
        raise Problem(
            HTTPStatus.BAD_REQUEST,
            f"bbox: the box lies outside of what {system} can express",
            "Check bbox and bbox-crs.",
        )
    return found


@cache
def _transformer(system: str) -> pyproj.Transformer:
    code = system.removeprefix(_EPSG)
    return pyproj.Transformer.from_crs("OGC:CRS84", f"EPSG:{code}", always_xy=True)
