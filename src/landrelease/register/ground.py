"""The ground that hazards hold open, and polygons made of it.

What is open follows from the ledger alone: the lines of a hazard's claim, in the order in which
they are posted, open and close pieces of ground. All geometries are plane polygons in whole
millimetres of the programme's plane (:func:`.apply.programme_plane`), areas are mm2.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from landrelease import land
from landrelease.land import accounts, overlay

from . import acts, bulk, canonical, land_events

#: How far a vertex moves when it is rounded to the millimetre of the journal, both ways together.
ROUNDING_MM = 1.0
NOTHING = shapely.Polygon()


@dataclass
class Open:
    """What a hazard holds open.

    Attributes
    ----------
    ground
        In any class.
    by_class
        In each class that it holds somewhere, by code.
    """

    ground: Any = NOTHING
    by_class: dict[str, Any] = field(default_factory=dict)

    @property
    def classes_differ(self) -> bool:
        """Whether some of the ground is open for some of the classes only."""
        held = [g for g in self.by_class.values() if not g.is_empty]
        return any(_differ(geometry, self.ground) for geometry in held)


def held_open(uids: Iterable[str], until: date | None = None) -> dict[str, Open]:
    """Ground that hazards hold open at the end of a day.

    Parameters
    ----------
    uids
        Ids of hazards.
    until
        Last day that counts; None for all that is known. What is undated counts always.

    Returns
    -------
    dict
        One :class:`Open` for each id.
    """
    wanted = set(uids)
    events = land_events.events_of(acts.family(wanted))
    if until is not None:
        day = np.datetime64(until, "D")
        events = events.take(np.flatnonzero(np.isnat(events.on) | (events.on <= day)))
    lines = land.post(events, validated=True).lines
    out = {uid: Open() for uid in wanted}
    for at in np.flatnonzero(np.isin(lines.hazard.astype(str), list(wanted))).tolist():
        opens = lines.claim_to[at] in accounts.OPEN
        if opens == (lines.claim_from[at] in accounts.OPEN):
            continue
        piece = lines.piece[at]
        if piece is None:
            piece = events.polygon[lines.event[at]]
        held, scopes = out[lines.hazard[at]], int(lines.scopes[at])
        if scopes & accounts.SCOPE_BIT["any"]:
            held.ground = _moved(held.ground, piece, opens)
        for name in accounts.CLASSES:
            if scopes & accounts.SCOPE_BIT[name]:
                held.by_class[name] = _moved(held.by_class.get(name, NOTHING), piece, opens)
    return out


def fingerprint(uids: Iterable[str], until: date | None) -> str:
    """Hash of what hazards hold open: shows whether it is still what a proposal was made for."""
    held = held_open(uids, until)
    texts = []
    for uid in sorted(held):
        for name, geometry in [("any", held[uid].ground), *sorted(held[uid].by_class.items())]:
            texts.append(f"{uid} {name} {shapely.to_wkb(shapely.normalize(geometry), hex=True)}")
    return canonical.short_hash("\n".join(texts).encode())


def _moved(ground: Any, piece: Any, opens: bool) -> Any:
    if opens:
        return piece if ground.is_empty else overlay.join(bulk.objects([ground, piece]))
    return overlay.difference(ground, piece)


def of_plane(record: Any) -> Any:
    """Measured polygon of a record; an empty one where there is none."""
    return NOTHING if record.area_mm2 is None else shapely.from_wkb(bytes(record.plane))


def whole_millimetres(ground: Any, known: Iterable[Any] = ()) -> Any:
    """A polygon as the journal holds it, its vertices in whole millimetres.

    Parameters
    ----------
    ground
        Plane polygon, mm.
    known
        Boundaries that were measured before: where the ground is one of them but for rounding,
        it is that one, so that nothing moves that nobody moved.
    """
    for boundary in known:
        if not _differ(ground, boundary):
            return boundary
    rounded = overlay.polygonal(shapely.set_precision(ground, 1.0))
    # Written and read again: a geometry that remembers its grid would snap later overlays.
    return shapely.from_wkb(shapely.to_wkb(rounded))


def union(grounds: Iterable[Any]) -> Any:
    """All ground of several polygons, boundaries between them gone."""
    some = [ground for ground in grounds if not ground.is_empty]
    if not some:
        return NOTHING
    return overlay.polygonal(shapely.union_all(bulk.objects(some)))


def rounding_mm2(*grounds: Any) -> float:
    """Area by which polygons may differ because their vertices are rounded: 1 mm along them."""
    return ROUNDING_MM * sum(float(shapely.length(ground)) for ground in grounds)


def _differ(one: Any, other: Any) -> bool:
    if abs(one.area - other.area) > rounding_mm2(one, other):
        return True
    apart = shapely.area(shapely.symmetric_difference(one, other))
    return bool(apart > rounding_mm2(one, other))


@dataclass
class Tiling:
    """How far parts are from covering some ground once.

    Attributes
    ----------
    uncovered, excess, twice
        Areas in mm2: ground that no part covers, what parts cover beyond it, what two cover.
    allowed
        Area that rounding alone explains.
    """

    uncovered: float
    excess: float
    twice: float
    allowed: float

    @property
    def exact(self) -> bool:
        return max(self.uncovered, self.excess, self.twice) <= self.allowed


def tiling(whole: Any, parts: NDArray[np.object_]) -> Tiling:
    """Compare parts with the ground that they are to tile."""
    together = union(parts.tolist())
    return Tiling(
        uncovered=float(overlay.difference(whole, together).area),
        excess=float(overlay.difference(together, whole).area),
        twice=float(shapely.area(parts).sum() - together.area),
        allowed=rounding_mm2(whole, *parts),
    )
