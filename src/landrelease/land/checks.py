"""Geometry checks on whole files, after the checks that GICHD runs before a migration.

The rules follow GICHD *geocheck* (2020): invalid polygons with reason, fewer than three vertices,
duplicates by coordinates, consecutive vertices more than 5,000 m apart, parts of one record that
overlap by more than 0.9 % of their union. Unlike there, areas are measured on an equal-area
plane. Nothing is repaired here; :func:`repair` does so when a person asks.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from . import overlay, units
from .findings import Finding, Findings, Severity
from .measure import Plane

Geometries = NDArray[np.object_]

_POINT_KINDS = (shapely.GeometryType.POINT, shapely.GeometryType.MULTIPOINT)
_POLYGON_KINDS = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)

#: How often a declared number is larger than the measured square metres, when its unit was
#: mistaken, and what that points to.
_UNIT_FACTORS = (
    (1e-6, "declared in square kilometres?"),
    (1e-4, "declared in hectares?"),
    (1e-3, "declared in dunams (1,000 m²)?"),
    (1e-2, "declared in ares, or two digits lost?"),
    (1e2, "two digits too many?"),
    (1e4, "converted from hectares twice?"),
    (1e6, "converted from square kilometres twice, or in mm²?"),
)


@dataclass(frozen=True)
class CheckOptions:
    """Thresholds; a national profile may set others.

    Attributes
    ----------
    expect
        ``polygon`` or ``point``; empty for either.
    vertices_apart_m
        Longest distance between consecutive vertices.
    parts_overlap_percent
        Overlap of the parts of one record, as a share of their union.
    overlap_m2
        Smallest overlap between two records that is reported.
    sliver_m2
        Records with a smaller area are pointed out.
    declared_tolerance
        Relative difference between declared and measured area that passes.
    far_km
        Distance from the middle of the rest beyond which a place looks misplaced.
    """

    expect: Literal["polygon", "point", ""] = "polygon"
    vertices_apart_m: float = 5_000.0
    parts_overlap_percent: float = 0.9
    overlap_m2: float = 1.0
    sliver_m2: float = 100.0
    declared_tolerance: float = 0.05
    far_km: float = 1_000.0


@dataclass(frozen=True)
class _Rows:
    """Rows under check: coordinates as received, on the plane, and their row numbers."""

    lonlat: Geometries
    plane: Geometries
    rows: NDArray[np.int64]

    def finding(
        self,
        at: int | np.integer[Any],
        rule: str,
        severity: Severity,
        message: str,
        *,
        place: tuple[float, float] | None = None,
        other: int | None = None,
    ) -> Finding:
        row = int(self.rows[at])
        return Finding(
            rule,
            severity,
            row,
            "geometry",
            f"Row {row}: {message}",
            place or _place_of(self.lonlat[at]),
            other,
        )


def check_geometry(
    lonlat: Geometries,
    plane: Geometries,
    rows: NDArray[np.int64],
    options: CheckOptions | None = None,
    *,
    projection: Plane | None = None,
) -> Findings:
    """Check geometries one by one and against each other.

    Parameters
    ----------
    lonlat
        Geometries as received, in degrees (longitude, latitude); None = absent.
    plane
        The same geometries on the plane (:meth:`.measure.Plane.project`), millimetres.
    rows
        Row numbers to report.
    options
        Thresholds.
    projection
        The plane, to give the place of a fault that is found on it; without it the place is that
        of the record.

    Returns
    -------
    Findings
        Findings, rule by rule.

    Raises
    ------
    ValueError
        If the arrays differ in length.
    """
    options = options or CheckOptions()
    if not len(lonlat) == len(plane) == len(rows):
        raise ValueError(
            f"lonlat ({len(lonlat)}), plane ({len(plane)}) and rows ({len(rows)}) must have the "
            f"same length."
        )
    data = _Rows(
        np.asarray(lonlat, dtype=object),
        np.asarray(plane, dtype=object),
        np.asarray(rows, dtype=np.int64),
    )
    found = Findings()
    there = ~shapely.is_missing(data.lonlat)
    full = there & ~shapely.is_empty(data.lonlat)
    found.add(_absent(data, there, full))
    found.add(_types(data, full, options))
    found.add(_coordinates(data, full, options))
    kinds = shapely.get_type_id(data.plane)
    polygonal = full & np.isin(kinds, _POLYGON_KINDS)
    few = _few_vertices(data, polygonal)
    found.add(
        data.finding(
            at,
            "too_few_vertices",
            "error",
            "the polygon has fewer than 3 distinct vertices: it is a point or a line. Look the "
            "coordinates up in the source.",
        )
        for at in np.flatnonzero(few)
    )
    valid = np.zeros(len(data.rows), dtype=bool)
    valid[polygonal] = shapely.is_valid(data.plane[polygonal])
    found.add(_invalid(data, np.flatnonzero(polygonal & ~valid & ~few), projection))
    found.add(_vertices(data, polygonal, options))
    found.add(_duplicates(data, full))
    found.add(_parts_overlap(data, kinds, options))
    found.add(_slivers(data, np.flatnonzero(valid), options))
    found.add(_overlaps(data, np.flatnonzero(valid), options))
    return found


def check_declared(
    plane: Geometries,
    declared_m2: NDArray[np.float64],
    rows: NDArray[np.int64],
    options: CheckOptions | None = None,
    *,
    field: str = "declared_m2",
) -> Findings:
    """Compare declared areas with measured ones.

    Parameters
    ----------
    plane
        Plane geometries, millimetres; rows without one are left to the declared-only column.
    declared_m2
        Areas as declared, taken for square metres; nan = not recorded.
    rows
        Row numbers to report.
    options
        Thresholds.
    field
        Field to report.

    Returns
    -------
    Findings
        ``area_vs_declared``, with a hint where the ratio looks like a mistaken unit.
    """
    options = options or CheckOptions()
    measured = np.asarray(shapely.area(plane), dtype=np.float64) / 1e6
    declared = np.asarray(declared_m2, dtype=np.float64)
    both = np.isfinite(measured) & np.isfinite(declared) & (measured > 0)
    ratio = np.divide(declared, measured, out=np.ones_like(measured), where=both)
    wrong = np.flatnonzero(both & (np.abs(ratio - 1) > options.declared_tolerance))
    return Findings(
        [
            Finding(
                "area_vs_declared",
                "warning",
                int(rows[at]),
                field,
                f"Row {int(rows[at])}: {declared[at]:,.0f} m² are declared, the polygon measures "
                f"{measured[at]:,.0f} m² ({_ratio_hint(float(ratio[at]))}). Ask the source which "
                f"one is meant.",
            )
            for at in wrong
        ]
    )


def check_units(
    plane: Geometries,
    rows: NDArray[np.int64],
    unit_polygons: Geometries,
    unit_names: Sequence[str],
    named: NDArray[np.int64] | None = None,
) -> Findings:
    """Check where areas lie against the administrative units.

    Parameters
    ----------
    plane
        Plane geometries of the records, millimetres; invalid ones are left out here.
    rows
        Row numbers to report.
    unit_polygons
        Plane polygons of the units.
    unit_names
        Their names.
    named
        For each record the index of the unit that the source names, -1 for none.

    Returns
    -------
    Findings
        ``outside_all_units``, ``outside_unit`` (wholly outside the unit that is named: warning;
        in part: info).
    """
    usable = np.flatnonzero(~shapely.is_missing(plane) & shapely.is_valid(plane))
    usable = usable[~shapely.is_empty(plane[usable])]
    found = Findings()
    located = units.locate(plane[usable], unit_polygons)
    found.add(
        Finding(
            "outside_all_units",
            "warning",
            int(rows[at]),
            "unit",
            f"Row {int(rows[at])}: lies outside all {len(unit_polygons)} administrative units. "
            f"Check the coordinates and the boundaries.",
        )
        for at in usable[located == units.OUTSIDE]
    )
    if named is None:
        return found
    for unit in np.unique(named[usable]):
        if unit < 0:
            continue
        records = usable[(named[usable] == unit) & (located != unit)]
        boundary = unit_polygons[unit]
        shapely.prepare(boundary)
        areas = shapely.area(plane[records])
        outside = areas - shapely.area(shapely.intersection(plane[records], boundary))
        lies_in = shapely.intersects(boundary, plane[records])
        # Points and lines have no area to be outside with: they are in or out.
        apart = np.where(areas > 0, outside > units.TOLERANCE_MM2, ~lies_in)
        for at, area, out in zip(records[apart], areas[apart], outside[apart], strict=True):
            share = 1.0 if area == 0 else float(out / area)
            whole = share > 0.999
            found.add(
                [
                    Finding(
                        "outside_unit",
                        "warning" if whole else "info",
                        int(rows[at]),
                        "unit",
                        f"Row {int(rows[at])}: names {unit_names[unit]}, but "
                        f"{'lies wholly' if whole else f'{share:.1%} of it lies'} outside that "
                        f"unit. Check the name and the coordinates.",
                    )
                ]
            )
    return found


def repair(plane: Geometries) -> tuple[Geometries, NDArray[np.bool_]]:
    """Repair invalid polygons; only when a person asks for it, the original is kept elsewhere.

    Parameters
    ----------
    plane
        Plane geometries in millimetres, or None.

    Returns
    -------
    tuple of ndarray
        The geometries, vertices again in whole millimetres and valid (an empty polygon where no
        area was left), and which of them were changed.
    """
    out = np.asarray(plane, dtype=object).copy()
    broken = np.isin(shapely.get_type_id(out), _POLYGON_KINDS)
    broken[broken] = ~shapely.is_valid(out[broken])
    changed = broken.copy()
    for _ in range(5):
        if not broken.any():
            return out, changed
        mended = overlay.polygonal(
            shapely.make_valid(out[broken], method="structure", keep_collapsed=False)
        )
        # New crossings are rounded like received vertices, which may, rarely, cross again.
        out[broken] = shapely.transform(mended, lambda xy: np.rint(xy) + 0.0)
        broken[broken] = ~shapely.is_valid(out[broken])
    # Crossings closer than the millimetre: leave them where the repair put them.
    out[broken] = overlay.polygonal(
        shapely.make_valid(out[broken], method="structure", keep_collapsed=False)
    )
    return out, changed


def geometry_hash(plane: Geometries) -> NDArray[np.object_]:
    """Return what identifies a geometry whatever its first vertex, direction or part order.

    Parameters
    ----------
    plane
        Plane geometries in millimetres, or None.

    Returns
    -------
    ndarray of object
        SHA-256 of the normalised WKB as 64 hexadecimal digits; None where there is none.
    """
    wkb = shapely.to_wkb(shapely.normalize(plane), output_dimension=2, byte_order=1)
    out = np.empty(len(wkb), dtype=object)
    out[:] = [None if b is None else hashlib.sha256(b).hexdigest() for b in wkb]
    return out


# ------------------------------------------------------------------ one rule each


def _absent(data: _Rows, there: NDArray[np.bool_], full: NDArray[np.bool_]) -> list[Finding]:
    missing = [
        data.finding(
            at,
            "geometry_missing",
            "error",
            "has no geometry: the record is kept, its place is not recorded.",
        )
        for at in np.flatnonzero(~there)
    ]
    return missing + [
        data.finding(
            at,
            "geometry_empty",
            "error",
            "its geometry is empty: the record is kept, its place is not recorded.",
        )
        for at in np.flatnonzero(there & ~full)
    ]


def _types(data: _Rows, full: NDArray[np.bool_], options: CheckOptions) -> list[Finding]:
    wanted = {"polygon": _POLYGON_KINDS, "point": _POINT_KINDS}.get(options.expect)
    if wanted is None:
        return []
    wrong = full & ~np.isin(shapely.get_type_id(data.lonlat), wanted)
    return [
        data.finding(
            at,
            "geometry_type",
            "error",
            f"a {options.expect} is needed, this is a {data.lonlat[at].geom_type}. Its area "
            f"cannot be known from it.",
        )
        for at in np.flatnonzero(wrong)
    ]


def _coordinates(data: _Rows, full: NDArray[np.bool_], options: CheckOptions) -> list[Finding]:
    places = np.flatnonzero(full)
    box = shapely.bounds(data.lonlat[places])
    in_range = (
        np.isfinite(box).all(axis=1)
        & (np.abs(box[:, [0, 2]]) <= 180).all(axis=1)
        & (np.abs(box[:, [1, 3]]) <= 90).all(axis=1)
        & ~shapely.is_missing(data.plane[places])
    )
    found = [
        data.finding(
            at,
            "coordinates_out_of_range",
            "error",
            "has coordinates outside ±180° longitude or ±90° latitude, or that are no numbers. "
            "Is the coordinate system right, are longitude and latitude swapped?",
        )
        for at in places[~in_range]
    ]
    places, box = places[in_range], box[in_range]
    if not len(places):
        return found
    middle = np.column_stack([box[:, [0, 2]].mean(axis=1), box[:, [1, 3]].mean(axis=1)])
    null = (np.abs(middle) < 1e-3).all(axis=1)
    found += [
        data.finding(
            at,
            "coordinates_suspicious",
            "warning",
            "lies at longitude 0, latitude 0, where missing coordinates end up.",
        )
        for at in places[null]
    ]
    places, middle = places[~null], middle[~null]
    if not len(places):
        return found
    rest = np.median(middle, axis=0)
    far = _distance_km(middle, rest) > options.far_km
    for at, lonlat in zip(places[far], middle[far], strict=True):
        hint = _sign_hint(lonlat, rest, options.far_km)
        found.append(
            data.finding(
                at,
                "coordinates_suspicious",
                "info",
                f"lies {_distance_km(lonlat[None], rest)[0]:,.0f} km from the middle of the "
                f"other records{hint}.",
            )
        )
    return found


def _invalid(data: _Rows, invalid: NDArray[np.int64], projection: Plane | None) -> list[Finding]:
    reasons = shapely.is_valid_reason(data.plane[invalid])
    found = []
    for at, reason in zip(invalid, reasons, strict=True):
        name, place = _reason_and_place(str(reason), projection)
        where = f" near {place[0]:.6f}, {place[1]:.6f}" if place else ""
        found.append(
            data.finding(
                at,
                "invalid_ring",
                "error",
                f"the polygon is invalid ({name}{where}): it has no definite area. Correct it in "
                f"the source, or ask for a repair.",
                place=place,
            )
        )
    return found


def _few_vertices(data: _Rows, polygonal: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which polygons have fewer than three distinct vertices, or have collapsed."""
    out = np.zeros(len(data.rows), dtype=bool)
    # Only a polygon without area can be one; there are few, so these are looked at singly: as
    # received (a long line has been divided on the plane) and in whole millimetres.
    for at in np.flatnonzero(polygonal & (shapely.area(data.plane) < 1.0)):
        out[at] = any(
            len(np.unique(shapely.get_coordinates(geometry), axis=0)) < 3
            for geometry in (data.lonlat[at], data.plane[at])
        )
    return out


def _vertices(data: _Rows, polygonal: NDArray[np.bool_], options: CheckOptions) -> list[Finding]:
    """Report vertices that are far apart or repeated, from consecutive vertices of all rings."""
    places = np.flatnonzero(polygonal)
    # Edges as they were received: on the plane long ones have been divided.
    rings, owner = _rings(data.lonlat[places])
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    same = ring[1:] == ring[:-1]
    step = xy[1:] - xy[:-1]
    repeated = np.flatnonzero(same & (step == 0).all(axis=1))
    found = [
        data.finding(
            at,
            "repeated_points",
            "info",
            f"{count} vertices repeat the one before; the area is not affected.",
        )
        for at, count in zip(
            *np.unique(places[owner[ring[repeated]]], return_counts=True), strict=True
        )
    ]
    lengths = 111_700.0 * np.hypot(
        step[:, 0] * np.cos(np.radians(np.minimum(np.abs(xy[1:, 1]), np.abs(xy[:-1, 1])))),
        step[:, 1],
    )
    candidates = np.flatnonzero(same & (lengths > options.vertices_apart_m))
    if not len(candidates):
        return found
    a, b = xy[candidates], xy[candidates + 1]
    exact = units.geodesic_m(a, b)
    far = exact > options.vertices_apart_m
    candidates, exact = candidates[far], exact[far]
    of = places[owner[ring[candidates]]]
    for at in np.unique(of):
        mine = np.flatnonzero(of == at)
        worst = mine[np.argmax(exact[mine])]
        start = xy[candidates[worst]]
        found.append(
            data.finding(
                int(at),
                "vertices_far_apart",
                "warning",
                f"{len(mine)} pairs of consecutive vertices are more than "
                f"{options.vertices_apart_m:,.0f} m apart, the longest {exact[worst]:,.0f} m: is "
                f"a vertex mistyped?",
                place=(float(start[0]), float(start[1])),
            )
        )
    return found


def _rings(polygons: Geometries) -> tuple[Geometries, NDArray[np.int64]]:
    """Return all rings and the index of the geometry of each."""
    parts, part_of = shapely.get_parts(polygons, return_index=True)
    rings, ring_of = shapely.get_rings(parts, return_index=True)
    return rings, part_of[ring_of]


def _duplicates(data: _Rows, full: NDArray[np.bool_]) -> list[Finding]:
    places = np.flatnonzero(full & ~shapely.is_missing(data.plane))
    # Equal geometries have equal bounds: only those are put in normal form and compared.
    box = np.ascontiguousarray(shapely.bounds(data.plane[places]))
    _, group, size = np.unique(
        box.view([("", box.dtype)] * 4).ravel(), return_inverse=True, return_counts=True
    )
    places = places[size[group] > 1]
    first: dict[str, int] = {}
    found = []
    for at, digest in zip(places, geometry_hash(data.plane[places]), strict=True):
        if digest in first:
            row = int(data.rows[first[digest]])
            found.append(
                data.finding(
                    at,
                    "duplicate_geometry",
                    "warning",
                    f"has the same geometry as row {row}: is it the same area recorded twice?",
                    other=row,
                )
            )
        else:
            first[digest] = int(at)
    return found


def _parts_overlap(data: _Rows, kinds: NDArray[np.int32], options: CheckOptions) -> list[Finding]:
    found = []
    several = (kinds == shapely.GeometryType.MULTIPOLYGON) & (
        shapely.get_num_geometries(data.plane) > 1
    )
    for at in np.flatnonzero(several):
        parts = shapely.get_parts(data.plane[at])
        parts = overlay.polygonal(shapely.make_valid(parts))
        first, _ = overlay.overlapping_pairs(parts)
        if not len(first):
            continue
        try:
            together = float(overlay.union(parts).area)
        except overlay.OverlayError:
            continue  # reported as invalid already
        percent = 100 * (float(shapely.area(parts).sum()) - together) / together
        if percent > options.parts_overlap_percent:
            found.append(
                data.finding(
                    at,
                    "parts_overlap",
                    "warning",
                    f"its parts overlap by {percent:.1f} % of their union: their areas must not "
                    f"be summed.",
                )
            )
    return found


def _slivers(data: _Rows, valid: NDArray[np.int64], options: CheckOptions) -> list[Finding]:
    m2 = shapely.area(data.plane[valid]) / 1e6
    return [
        data.finding(
            at,
            "sliver",
            "warning",
            f"measures only {area:.1f} m²: is it a remnant of a re-traced boundary?",
        )
        for at, area in zip(valid[m2 < options.sliver_m2], m2[m2 < options.sliver_m2], strict=True)
    ]


def _overlaps(data: _Rows, valid: NDArray[np.int64], options: CheckOptions) -> list[Finding]:
    polygons = data.plane[valid]
    first, second = overlay.meeting_pairs(polygons)
    found = []
    step = 50_000  # pairs at a time: bounds the memory that the intersections take
    for start in range(0, len(first), step):
        a, b = first[start : start + step], second[start : start + step]
        m2 = shapely.area(overlay.intersection(polygons[a], polygons[b])) / 1e6
        for i, j, shared in zip(a, b, m2, strict=True):
            if shared > options.overlap_m2:
                other = int(data.rows[valid[i]])
                found.append(
                    data.finding(
                        valid[j],
                        "overlap",
                        "info",
                        f"shares {shared:,.0f} m² with row {other}: ground is counted once, "
                        f"under the more cautious status.",
                        other=other,
                    )
                )
    return found


# ------------------------------------------------------------------ words and places


def _place_of(geometry: shapely.Geometry | None) -> tuple[float, float] | None:
    if geometry is None or geometry.is_empty:
        return None
    west, south, east, north = geometry.bounds
    place = ((west + east) / 2, (south + north) / 2)
    return place if np.isfinite(place).all() else None


def _reason_and_place(
    reason: str, projection: Plane | None
) -> tuple[str, tuple[float, float] | None]:
    match = re.match(r"(.*?)\s*\[\s*(\S+)\s+(\S+)\s*\]", reason)
    if not match:
        return reason, None
    name, x, y = match.groups()
    if projection is None:
        return name, None
    spot = projection.unproject(np.array([shapely.Point(float(x), float(y))], dtype=object))[0]
    return name, (float(spot.x), float(spot.y))


def _ratio_hint(ratio: float) -> str:
    for factor, hint in _UNIT_FACTORS:
        if abs(ratio / factor - 1) <= 0.25:
            return hint
    return f"{ratio:.2f} times" if ratio < 100 else f"{ratio:,.0f} times"


def _sign_hint(lonlat: NDArray[np.float64], rest: NDArray[np.float64], far_km: float) -> str:
    lon, lat = lonlat
    for wrong, candidate in (
        ("the longitude has the wrong sign", (-lon, lat)),
        ("the latitude has the wrong sign", (lon, -lat)),
        ("both signs are wrong", (-lon, -lat)),
        ("longitude and latitude are swapped", (lat, lon)),
    ):
        moved = np.array([candidate])
        if abs(candidate[1]) <= 90 and _distance_km(moved, rest)[0] <= far_km:
            return f"; it would lie among them if {wrong}"
    return ""


def _distance_km(lonlat: NDArray[np.float64], to: NDArray[np.float64]) -> NDArray[np.float64]:
    return units.geodesic_m(lonlat, np.broadcast_to(to, lonlat.shape)) / 1000.0
