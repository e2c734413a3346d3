"""The one measure of a programme: an equal-area plane with whole-millimetre vertices.

Every area in the register comes from this plane. Vertices are rounded once, on the way in; every
later overlay runs in floating point on the rounded vertices, so that nothing is snapped twice.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Geod, Transformer

Geometries = NDArray[np.object_]

WGS84 = "EPSG:4326"

#: No radius of curvature of the WGS 84 ellipsoid (nor of any other in use) is longer, in metres.
_LONGEST_RADIUS_M = 6_400_000.0

_DENSIFIABLE = (
    shapely.GeometryType.LINESTRING,
    shapely.GeometryType.POLYGON,
    shapely.GeometryType.MULTILINESTRING,
    shapely.GeometryType.MULTIPOLYGON,
)


class MeasureError(ValueError):
    """A geometry or a number cannot be measured as asked."""


@dataclass(frozen=True)
class Plane:
    """Lambert azimuthal equal-area plane on the WGS 84 ellipsoid, in millimetres.

    Attributes
    ----------
    lon, lat
        Centre in degrees (WGS 84). Use :meth:`at`, which rounds them to 1e-6 degree, so that
        the plane can be written down and made again.
    """

    lon: float
    lat: float

    def __post_init__(self) -> None:
        if not (abs(self.lon) <= 180 and abs(self.lat) <= 90):
            raise MeasureError(
                f"The centre of a plane needs a longitude within ±180 and a latitude within ±90 "
                f"degrees, not {self.lon}, {self.lat}; are they swapped?"
            )

    @classmethod
    def at(cls, lon: float, lat: float) -> Plane:
        """Return the plane centred at a longitude and latitude.

        Parameters
        ----------
        lon, lat
            Degrees, WGS 84; rounded to 1e-6 degree.

        Returns
        -------
        Plane
            The plane.
        """
        return cls(round(float(lon), 6), round(float(lat), 6))

    @property
    def definition(self) -> str:
        """PROJ definition of the plane in metres."""
        return (
            f"+proj=laea +lat_0={self.lat:.6f} +lon_0={self.lon:.6f} +x_0=0 +y_0=0 "
            f"+ellps=WGS84 +datum=WGS84 +units=m +no_defs +type=crs"
        )

    def project(
        self, geometries: Geometries, crs: str | int = WGS84, densify_m: float = 500.0
    ) -> Geometries:
        """Project geometries onto the plane, vertices in whole millimetres.

        An edge is a straight line in the coordinate system it was recorded in. Edges longer
        than ``densify_m`` are divided there into the fewest equal steps that are no longer.

        Parameters
        ----------
        geometries
            Shapely geometries or None, any shape; x, y are longitude, latitude (or easting,
            northing) whatever the axis order of the coordinate system. Heights are dropped.
        crs
            Coordinate system of the geometries, anything that :class:`pyproj.CRS` reads.
        densify_m
            Longest undivided edge in metres: geodesic length for geographic coordinate systems,
            length in the coordinate plane for projected ones.

        Returns
        -------
        ndarray of object
            The same geometries with vertices in whole millimetres held in float64. None stays
            None; a geometry with a vertex that the plane cannot show (not a number, beyond the
            pole, on the far side of the earth) becomes None: `checks.check_geometry` reports
            it from the coordinates as received.

        Raises
        ------
        MeasureError
            If ``densify_m`` is not positive.
        """
        if not densify_m > 0:
            raise MeasureError(f"densify_m must be a positive length in metres, not {densify_m}.")
        given = np.asarray(geometries, dtype=object)
        divided = _densify(given.ravel(), CRS.from_user_input(crs), densify_m)
        forward = _forward(self, str(crs))
        lost: list[NDArray[np.bool_]] = []

        def to_millimetres(coordinates: NDArray[np.float64]) -> NDArray[np.float64]:
            x, y = forward.transform(coordinates[:, 0], coordinates[:, 1], errcheck=False)
            out = np.rint(np.column_stack([x, y]) * 1000.0) + 0.0  # + 0.0 turns -0.0 into 0.0
            bad = np.asarray(~np.isfinite(out).all(axis=1), dtype=np.bool_)
            lost.append(bad)
            out[bad] = 0.0
            return out

        planar = np.asarray(shapely.transform(divided, to_millimetres), dtype=object)
        if lost and lost[0].any():
            _, owner = shapely.get_coordinates(divided, return_index=True)
            planar[np.unique(owner[lost[0]])] = None
        return planar.reshape(given.shape)

    def unproject(self, geometries: Geometries) -> Geometries:
        """Return plane geometries as longitude and latitude.

        Parameters
        ----------
        geometries
            Geometries in millimetres of this plane, or None.

        Returns
        -------
        ndarray of object
            The same geometries in degrees (EPSG:4326, longitude first).
        """
        backward, forward = _backward(self), _forward(self, WGS84)

        def to_degrees(coordinates: NDArray[np.float64]) -> NDArray[np.float64]:
            x, y = coordinates[:, 0] / 1000.0, coordinates[:, 1] / 1000.0
            # PROJ's inverse uses a short series for the authalic latitude and is up to 0.6 mm
            # off, its forward formula is closed: one correction by it brings back the vertex.
            back_x, back_y = forward.transform(*backward.transform(x, y))
            return np.column_stack(backward.transform(2 * x - back_x, 2 * y - back_y))

        given = np.asarray(geometries, dtype=object)
        return np.asarray(shapely.transform(given.ravel(), to_degrees), dtype=object).reshape(
            given.shape
        )


@lru_cache(maxsize=64)
def _forward(plane: Plane, crs: str) -> Transformer:
    return Transformer.from_crs(
        CRS.from_user_input(crs), CRS.from_user_input(plane.definition), always_xy=True
    )


@lru_cache(maxsize=16)
def _backward(plane: Plane) -> Transformer:
    return Transformer.from_crs(
        CRS.from_user_input(plane.definition), CRS.from_user_input(WGS84), always_xy=True
    )


def area_mm2(geometries: Geometries) -> NDArray[np.float64]:
    """Measure plane geometries.

    Parameters
    ----------
    geometries
        Geometries in millimetres of a plane, or None.

    Returns
    -------
    ndarray of float64
        Areas in mm²; nan where there is no geometry.
    """
    return np.asarray(shapely.area(np.asarray(geometries, dtype=object)), dtype=np.float64)


def book(areas: NDArray[np.float64]) -> NDArray[np.int64]:
    """Round measured areas to the whole mm² that are booked.

    Parameters
    ----------
    areas
        Areas in mm².

    Returns
    -------
    ndarray of int64
        Whole mm², halves to the even neighbour.

    Raises
    ------
    MeasureError
        If an area is not a number or beyond what an int64 holds.
    """
    measured = np.asarray(areas, dtype=np.float64)
    bad = ~(np.abs(measured) < 2.0**63)
    if bad.any():
        place = int(np.flatnonzero(bad.ravel())[0])
        raise MeasureError(
            f"Area number {place} ({measured.ravel()[place]}) cannot be booked: "
            f"leave out what has no geometry before booking."
        )
    return np.rint(measured).astype(np.int64)


def apportion(total: int, parts: NDArray[np.float64]) -> NDArray[np.int64]:
    """Book parts of an area so that they sum to the booked whole (largest remainder).

    Parameters
    ----------
    total
        Booked whole, mm².
    parts
        Measured parts, mm², none negative.

    Returns
    -------
    ndarray of int64
        Booked parts, each within 1 mm² of its share of the total; equal remainders go to the
        part that comes first.

    Raises
    ------
    MeasureError
        If a part is negative or not a number, or the parts are all zero and the total is not.
    """
    measured = np.asarray(parts, dtype=np.float64)
    if not (np.isfinite(measured).all() and (measured >= 0).all()):
        raise MeasureError("Parts of an area must be finite numbers that are not negative.")
    if total < 0:
        raise MeasureError(f"A booked area cannot be negative ({total}).")
    whole = math.fsum(measured)
    if whole == 0:
        if total:
            raise MeasureError(f"{total} mm² cannot be split over parts that have no area.")
        return np.zeros(measured.shape, dtype=np.int64)
    # Where the measured parts already sum to the total they are left as they are: scaling would
    # only add the rounding errors of a multiplication.
    shares = measured if whole == total else measured / whole * total
    booked = np.floor(shares).astype(np.int64)
    missing = int(total) - int(booked.sum())
    by_remainder = np.argsort(-(shares - booked), kind="stable")
    while missing:  # one round, save where the scaling itself was rounded
        step = 1 if missing > 0 else -1
        able = by_remainder if step > 0 else by_remainder[::-1][booked[by_remainder[::-1]] > 0]
        chosen = able[: abs(missing)]
        booked[chosen] += step
        missing -= step * len(chosen)
    return booked


def _densify(geometries: Geometries, crs: CRS, densify_m: float) -> Geometries:
    """Divide edges longer than ``densify_m`` into equal steps; leave every other geometry."""
    long = _has_long_edge(geometries, crs, densify_m)
    if not long.any():
        return geometries
    out = geometries.copy()
    kinds = shapely.get_type_id(geometries)
    for kind in _DENSIFIABLE:
        rows = np.flatnonzero(long & (kinds == kind))
        if len(rows):
            out[rows] = _densify_kind(geometries[rows], crs, densify_m)
    for row in np.flatnonzero(long & (kinds == shapely.GeometryType.GEOMETRYCOLLECTION)):
        members = shapely.get_parts(geometries[row])
        out[row] = shapely.geometrycollections(_densify(members, crs, densify_m))
    return out


def _densify_kind(geometries: Geometries, crs: CRS, densify_m: float) -> Geometries:
    """Divide the long edges of geometries that are all of one kind."""
    kind, xy, offsets = shapely.to_ragged_array(geometries, include_z=False)
    ends = offsets[0]
    steps = np.ones(len(xy), dtype=np.int64)  # a vertex starts this many steps
    same_line = np.ones(len(xy), dtype=bool)
    last = ends[1:][ends[1:] > ends[:-1]] - 1
    same_line[last] = False
    start = np.flatnonzero(same_line)
    lengths = _edge_lengths(xy[start], xy[start + 1], crs, densify_m)
    steps[start] = np.maximum(1, np.ceil(lengths / densify_m)).astype(np.int64)

    origin = np.repeat(np.arange(len(xy)), steps)
    first = np.concatenate([[0], np.cumsum(steps)])
    along = (np.arange(first[-1]) - first[origin]) / steps[origin]
    towards = np.minimum(origin + 1, len(xy) - 1)
    divided = xy[origin] + along[:, None] * (xy[towards] - xy[origin])
    return np.asarray(
        shapely.from_ragged_array(kind, divided, (first[ends], *offsets[1:])), dtype=object
    )


def _has_long_edge(geometries: Geometries, crs: CRS, densify_m: float) -> NDArray[np.bool_]:
    """Return which geometries have an edge longer than ``densify_m``.

    Vertices are compared with the next one of the same geometry; steps from one ring to the
    next count too, which costs a second look at some geometries and misses none.
    """
    xy, owner = shapely.get_coordinates(geometries, return_index=True)
    found = np.zeros(len(geometries), dtype=bool)
    if len(xy) > 1:
        lengths = _edge_lengths(xy[:-1], xy[1:], crs, densify_m)
        found[owner[:-1][(owner[1:] == owner[:-1]) & (lengths > densify_m)]] = True
        # What has no place on any plane is not worth dividing: project() makes it None.
        found[owner[~np.isfinite(xy).all(axis=1)]] = False
    return found


def _edge_lengths(
    start: NDArray[np.float64], end: NDArray[np.float64], crs: CRS, densify_m: float
) -> NDArray[np.float64]:
    """Return edge lengths in metres, exact where they may exceed ``densify_m``.

    A geodesic is never longer than the way along the parallel and the meridian on the largest
    curvature radius; only edges for which that bound exceeds ``densify_m`` are solved for.
    """
    with np.errstate(invalid="ignore"):
        step = end - start
    # A compound coordinate system (horizontal + height) measures by its horizontal part.
    unit = crs.axis_info[0].unit_conversion_factor if crs.axis_info else 1.0
    if not crs.is_geographic:
        return np.asarray(np.hypot(step[:, 0], step[:, 1]) * unit, dtype=np.float64)
    radians = unit
    equatorward = np.minimum(np.abs(start[:, 1]), np.abs(end[:, 1])) * radians
    across = np.where(start[:, 1] * end[:, 1] <= 0, 1.0, np.cos(equatorward))
    lengths = np.asarray(
        _LONGEST_RADIUS_M * radians * np.hypot(step[:, 1], step[:, 0] * across), dtype=np.float64
    )
    lengths[~np.isfinite(lengths)] = 0.0  # reported by the checks, not divided
    doubtful = np.flatnonzero(lengths > densify_m)
    if len(doubtful):
        geod = crs.get_geod() or Geod(ellps="WGS84")
        degrees = math.degrees(radians)
        a, b = start[doubtful] * degrees, end[doubtful] * degrees
        _, _, solved = geod.inv(a[:, 0], a[:, 1], b[:, 0], b[:, 1])
        lengths[doubtful] = np.where(np.isfinite(solved), solved, 0.0)
    return lengths
