"""Slivers of the register: narrow ground between re-traced boundaries, listed for people.

Nothing here changes a boundary or an account. Ground between two hazards belongs to neither until
somebody extends one of them; what a release left along an edge stays open until it is released.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, TextIO

import numpy as np
import shapely

from landrelease import land
from landrelease.land.events import HAZARD, RELEASE, admit
from landrelease.land.slivers import GAP

from . import apply, bulk, figures, provenance

#: Defaults: narrower than a lane of a clearance team, and no larger than a building plot.
WIDTH_M, AREA_M2 = 1.0, 500.0


@dataclass(frozen=True)
class Sliver:
    """A sliver.

    Attributes
    ----------
    kind
        ``gap`` (between hazards, held by none) or ``rest`` (open, left by releases).
    hazards
        References of the hazards that it lies between or belongs to.
    mm2
        Area, whole mm².
    lon, lat
        A point on it, degrees on WGS 84.
    polygon
        Its outline, longitude and latitude.
    """

    kind: str
    hazards: tuple[str, ...]
    mm2: int
    lon: float
    lat: float
    polygon: Any

    @property
    def said(self) -> str:
        """What it is, and what to do about it."""
        if self.kind == GAP:
            return "held by no record: was one boundary traced twice? extend a hazard if so"
        return "still open beside a release: release it by a decision if it was worked"

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "hazards": list(self.hazards),
            "mm2": str(self.mm2),
            "longitude": self.lon,
            "latitude": self.lat,
            "note": self.said,
        }


def listed(*, width_m: float = WIDTH_M, area_m2: float = AREA_M2) -> list[Sliver]:
    """List the slivers of the register as it stands, largest first.

    Parameters
    ----------
    width_m
        Narrower ground is a sliver.
    area_m2
        Larger ground is none.

    Returns
    -------
    list of Sliver
        Gaps between hazards, and open strips beside releases.
    """
    plane = apply.programme_plane()
    if plane is None:
        return []
    events = figures.events_at(None)
    events = events.take(np.flatnonzero(admit(events).moves))
    uids, polygons = _boundaries(events)
    released = np.flatnonzero((events.kind == RELEASE) & np.isin(events.hazard.astype(str), uids))
    found = land.slivers(
        bulk.objects(polygons),
        bulk.objects(uids),
        width_m=width_m,
        area_m2=area_m2,
        releases=events.polygon[released],
        released_from=events.hazard[released],
    )
    names = provenance.references({uid for pair in found.neighbours.tolist() for uid in pair})
    outlines = plane.unproject(found.polygon)
    points = plane.unproject(shapely.point_on_surface(found.polygon))
    return [
        Sliver(
            kind, tuple(sorted(names.get(uid, uid) for uid in pair)), mm2, point.x, point.y, outline
        )
        for kind, pair, mm2, point, outline in zip(
            found.kind.tolist(), found.neighbours.tolist(), found.mm2.tolist(), points, outlines,
            strict=True,
        )
    ]  # fmt: skip


def _boundaries(events: land.Events) -> tuple[list[str], list[Any]]:
    """Boundary in force of each hazard: that of its last version which has one."""
    rows = np.flatnonzero((events.kind == HAZARD) & ~shapely.is_missing(events.polygon))
    rows = rows[np.argsort(events.version[rows], kind="stable")]
    last = dict(zip(events.uid[rows].tolist(), rows.tolist(), strict=True))
    standing = {uid: row for uid, row in last.items() if not events.polygon[row].is_empty}
    return list(standing), [events.polygon[row] for row in standing.values()]


def write_polygons(found: list[Sliver], out: TextIO) -> None:
    """Write slivers as GeoJSON (longitude, latitude on WGS 84).

    Parameters
    ----------
    found
        The slivers.
    out
        Open text file.
    """
    features = [
        {
            "type": "Feature",
            "geometry": json.loads(shapely.to_geojson(sliver.polygon)),
            "properties": sliver.to_json(),
        }
        for sliver in found
    ]
    note = "Not for navigation. No record does not mean safe."
    json.dump({"type": "FeatureCollection", "note": note, "features": features}, out)
