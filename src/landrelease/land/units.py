"""In which administrative unit an area lies."""

from __future__ import annotations

from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Geod

from . import overlay

#: Area outside every unit, and area that lies in several (or sticks out of one).
OUTSIDE: Final = -1
SEVERAL: Final = -2

#: An area may stick out of its unit by this much (1 m², in mm²): boundaries of units are drawn
#: far more coarsely, and whoever traced an area along one did not mean to cross it.
TOLERANCE_MM2: Final = 1e6

_GEOD = Geod(ellps="WGS84")


def locate(areas_plane: NDArray[np.object_], units_plane: NDArray[np.object_]) -> NDArray[np.int64]:
    """Find the one unit in which each area lies.

    Parameters
    ----------
    areas_plane
        Valid plane geometries in millimetres (polygons, or points and lines), or None.
    units_plane
        Plane polygons of the units; None and empty ones hold nothing.

    Returns
    -------
    ndarray of int64
        Index of the unit; -1 outside all units (also for None and empty geometries); -2 in
        several units, or partly outside. Up to 1 m² (:data:`TOLERANCE_MM2`) of an area may lie
        elsewhere. Where units overlap and several hold the whole area, the first counts; a point
        on a boundary belongs to the first unit that touches it.
    """
    areas = np.asarray(areas_plane, dtype=object)
    units = valid_units(np.asarray(units_plane, dtype=object))
    out = np.full(len(areas), OUTSIDE, dtype=np.int64)
    unit, area = shapely.STRtree(areas).query(units, predicate="intersects")
    if not len(unit):
        return out
    measures = shapely.area(areas)
    whole = measures[area]
    shapely.prepare(units)
    inside = shapely.covers(units[unit], areas[area])
    shared = np.where(inside, whole, 0.0)
    part = np.flatnonzero(~inside & (whole > 0))
    shared[part] = shapely.area(overlay.intersection(areas[area[part]], units[unit[part]]))

    # A record meets the tolerance in a unit, or lies in several; what shares no more than the
    # tolerance with all units together lies outside (a polygon smaller than that, if nothing).
    threshold = np.minimum(TOLERANCE_MM2, measures / 2)
    total = np.bincount(area, weights=shared, minlength=len(areas))
    out[(measures > 0) & (total > threshold)] = SEVERAL
    held = np.where(whole > 0, whole - shared <= threshold[area], inside)
    # Lines and points: in a unit that covers them, else across several.
    across = np.unique(area[(whole == 0) & ~inside])
    out[across] = SEVERAL
    order = np.lexsort((-unit[held], area[held]))  # the first unit is written last and stays
    out[area[held][order]] = unit[held][order]
    return out


def geodesic_m(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Measure geodesic distances on WGS 84.

    Parameters
    ----------
    a, b
        Longitudes and latitudes in degrees, shape (n, 2).

    Returns
    -------
    ndarray of float64
        Metres.
    """
    _, _, metres = _GEOD.inv(a[:, 0], a[:, 1], b[:, 0], b[:, 1])
    return np.asarray(metres, dtype=np.float64)


def valid_units(units: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return units whose boundaries can be overlaid; areas of records are not touched.

    Parameters
    ----------
    units
        Plane polygons of units, or None.

    Returns
    -------
    ndarray of object
        The same, broken boundaries repaired.
    """
    out = units.copy()
    broken = ~shapely.is_missing(out) & ~shapely.is_valid(out)
    out[broken] = overlay.polygonal(shapely.make_valid(out[broken]))
    return out
