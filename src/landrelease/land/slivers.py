"""Slivers: narrow ground that re-traced boundaries leave between areas, or beside a release.

Two teams that trace one boundary never trace it alike. What stays between the lines is neither
released nor safe, and too narrow to be meant. Slivers are listed for a person to decide; nothing
here closes them, and nothing counts them as areas.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from . import overlay

Geometries = NDArray[np.object_]

#: Ground that no record holds, between areas that neighbour each other.
GAP: Final = "gap"
#: Open ground of a hazard that releases left along its boundary, or between each other.
REST: Final = "rest"

#: Outlines are offset with sharp corners, so that square corners stay as they are; only wedges
#: sharper than some 20° count as narrow.
_MITRE: Final = {"join_style": "mitre", "mitre_limit": 5.0}
#: Narrower than this along its whole length (mm) is rounding of the offsets, not ground.
_HAIR_MM: Final = 0.01


class SliverError(ValueError):
    """Slivers cannot be looked for as asked."""


@dataclass(frozen=True)
class Slivers:
    """Slivers found, largest first; all columns have the same length.

    Attributes
    ----------
    kind
        ``gap`` (between areas) or ``rest`` (open ground beside a release).
    polygon
        Plane polygon.
    mm2
        Its area in whole mm².
    neighbours
        Tuple of the ids of the areas that it lies between or belongs to, sorted.
    """

    kind: NDArray[np.object_]
    polygon: Geometries
    mm2: NDArray[np.int64]
    neighbours: NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.kind)


def slivers(
    polygons: Geometries,
    uids: NDArray[np.object_],
    *,
    width_m: float,
    area_m2: float,
    releases: Geometries | None = None,
    released_from: NDArray[np.object_] | None = None,
) -> Slivers:
    """List the slivers between areas, and between areas and the releases inside them.

    Parameters
    ----------
    polygons
        Valid plane polygons of the areas in mm; None and empty ones neighbour nobody.
    uids
        Id of each area, each once.
    width_m
        Narrower ground is a sliver.
    area_m2
        Larger ground is none, however narrow: a strip along a road is meant.
    releases
        Valid plane polygons of releases.
    released_from
        Id of the area that each release belongs to.

    Returns
    -------
    Slivers
        Gaps and rests.

    Raises
    ------
    SliverError
        If a limit is not positive, columns differ in length, an id occurs twice, or a release
        belongs to no area.
    overlay.OverlayError
        If an overlay fails even on cleaned geometries.

    Notes
    -----
    A gap is what the morphological closing of neighbouring areas adds to them: outlines pushed
    out by half the width and drawn in again. A rest is what the opening of the open ground takes
    away. Both are the erosion test: a sliver vanishes when drawn in by half the width.
    """
    areas = np.asarray(polygons, dtype=object)
    _refuse(areas, uids, width_m, area_m2, releases, released_from)
    half, largest = width_m * 1000.0 / 2, area_m2 * 1e6
    held = ~(shapely.is_missing(areas) | shapely.is_empty(areas))
    areas, names = areas[held], np.asarray(uids, dtype=object)[held]
    found = _gaps(areas, names, half, largest)
    if releases is not None and released_from is not None:
        found += _rests(areas, names, releases, released_from, half, largest)
    found.sort(key=lambda one: (-one[1].area, one[0], one[2]))
    return Slivers(
        kind=_column([kind for kind, _, _ in found]),
        polygon=_column([polygon for _, polygon, _ in found]),
        mm2=np.array([round(polygon.area) for _, polygon, _ in found], dtype=np.int64),
        neighbours=_column([neighbours for _, _, neighbours in found]),
    )


_Found = list[tuple[str, Any, tuple[str, ...]]]


def _refuse(
    areas: Geometries,
    uids: NDArray[np.object_],
    width_m: float,
    area_m2: float,
    releases: Geometries | None,
    released_from: NDArray[np.object_] | None,
) -> None:
    if not (width_m > 0 and area_m2 > 0):
        raise SliverError(
            f"Width and area of a sliver must be positive, not {width_m} m and {area_m2} m²."
        )
    if len(areas) != len(uids) or len(set(uids.tolist())) != len(uids):
        raise SliverError("Each area needs an id of its own.")
    if (releases is None) != (released_from is None):
        raise SliverError("Releases and the areas they belong to come together.")
    if releases is not None and released_from is not None:
        if len(releases) != len(released_from):
            raise SliverError(f"{len(releases)} releases belong to {len(released_from)} areas.")
        strangers = set(released_from.tolist()) - set(uids.tolist())
        if strangers:
            raise SliverError(f"Releases belong to the unknown area {min(strangers)}.")


# -------------------------------------------------------------------- between areas


def _gaps(areas: Geometries, names: NDArray[np.object_], half: float, largest: float) -> _Found:
    first, second = _within(areas, areas, 2 * half)
    apart = first < second
    first, second = first[apart], second[apart]
    group = overlay.components(len(areas), first, second)
    together = np.unique(np.concatenate([first, second]))
    if not len(together):
        return []
    by_group = together[np.argsort(group[together], kind="stable")]
    clusters = np.split(by_group, np.flatnonzero(np.diff(group[by_group])) + 1)
    grounds = _column([overlay.union(areas[rows]) for rows in clusters])
    closed = shapely.buffer(shapely.buffer(grounds, half, **_MITRE), -half, **_MITRE)
    added = overlay.polygonal(shapely.difference(closed, grounds))
    parts = _narrow(shapely.get_parts(np.asarray(added, dtype=object)), half, largest)
    return [
        (GAP, part, beside)
        for part, beside in zip(parts, _neighbours(parts, areas, names), strict=True)
        if len(beside) > 1
    ]


def _neighbours(
    parts: Geometries, areas: Geometries, names: NDArray[np.object_]
) -> list[tuple[str, ...]]:
    """Return the areas that each part touches, to the rounding of the offsets."""
    part, area = _within(parts, areas, 1.0)
    out: list[list[str]] = [[] for _ in parts]
    for at, name in zip(part.tolist(), names[area].tolist(), strict=True):
        out[at].append(name)
    return [tuple(sorted(beside)) for beside in out]


# -------------------------------------------------------------------- beside releases


def _rests(
    areas: Geometries,
    names: NDArray[np.object_],
    releases: Geometries,
    released_from: NDArray[np.object_],
    half: float,
    largest: float,
) -> _Found:
    """Find the narrow parts of what releases left of their areas."""
    place = {name: at for at, name in enumerate(names.tolist())}
    given = np.asarray(releases, dtype=object)
    some = ~(shapely.is_missing(given) | shapely.is_empty(given))
    some &= np.isin(released_from.astype(str), names.astype(str))
    rows = np.flatnonzero(some)
    if not len(rows):
        return []
    owner = np.array([place[name] for name in released_from[rows].tolist()], dtype=np.int64)
    rows, owner = rows[np.argsort(owner, kind="stable")], np.sort(owner)
    cuts = np.flatnonzero(np.diff(owner)) + 1
    released = _column([overlay.union(given[part]) for part in np.split(rows, cuts)])
    held = areas[owner[np.concatenate([[0], cuts]).astype(np.int64)]]
    rest = np.asarray(overlay.polygonal(shapely.difference(held, released)), dtype=object)
    wide = shapely.buffer(shapely.buffer(rest, -half, **_MITRE), half, **_MITRE)
    lost = np.asarray(overlay.polygonal(shapely.difference(rest, wide)), dtype=object)
    parts, of = shapely.get_parts(lost, return_index=True)
    keep = _is_narrow(parts, half, largest)
    parts, of = parts[keep], of[keep]
    # A narrow corner that the area had before, away from any release, is no work of one.
    beside = shapely.dwithin(parts, released[of], 1.0)
    owners = names[owner[np.concatenate([[0], cuts]).astype(np.int64)]]
    return [
        (REST, part, (str(owners[at]),))
        for part, at in zip(parts[beside], of[beside].tolist(), strict=True)
    ]


# -------------------------------------------------------------------- geometry


def _within(a: Geometries, b: Geometries, mm: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    first, second = shapely.STRtree(b).query(a, predicate="dwithin", distance=mm)
    return first.astype(np.int64), second.astype(np.int64)


def _narrow(parts: Geometries, half: float, largest: float) -> Geometries:
    return np.asarray(parts[_is_narrow(parts, half, largest)], dtype=object)


def _is_narrow(parts: Geometries, half: float, largest: float) -> NDArray[np.bool_]:
    """Return which polygons are ground, but vanish when drawn in by half the width."""
    area = shapely.area(parts)
    ground = (area > _HAIR_MM * shapely.length(parts)) & (area >= 0.5) & (area <= largest)
    ground[ground] = shapely.is_empty(shapely.buffer(parts[ground], -half * 1.001, **_MITRE))
    return np.asarray(ground, dtype=bool)


def _column(values: list[Any]) -> NDArray[np.object_]:
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out
