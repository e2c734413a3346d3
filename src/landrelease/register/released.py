"""The ground that stands released by activities: what they posted, less what was opened since.

Geometries are plane polygons in whole millimetres of the programme's plane, areas are mm2.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import shapely
from django.db.models import Q

from landrelease.land import accounts, overlay

from . import apply, bulk, ground
from .models import Activity, Hazard, HazardPast, LedgerLine

#: Bit mask of every scope of a ledger line: ground counted once, and each class.
ALL_SCOPES = (1 << len(accounts.SCOPES)) - 1

#: From this many pieces on, all lines that opened land are looked at together.
MANY = 50


@dataclass
class Released:
    """What stands released by one activity.

    Attributes
    ----------
    pieces
        Bit mask of the scopes in which a piece stands released (as in ledger lines), and the
        piece.
    """

    pieces: list[tuple[int, Any]] = field(default_factory=list)

    def ground(self, scopes: int = ALL_SCOPES) -> list[Any]:
        """Pieces that stand released in one of some scopes."""
        return [piece for held, piece in self.pieces if held & scopes]

    def classes(self, within: Any) -> list[str]:
        """Codes of the classes released somewhere in a polygon; none where they are not
        recorded, which stands for any."""
        tolerance = ground.rounding_mm2(within)
        held = 0
        for scopes, piece in self.pieces:
            if overlay.intersection(piece, within).area > tolerance:
                held |= scopes
        if held & accounts.SCOPE_BIT["not_recorded"]:
            return []
        return sorted(name for name in accounts.CLASSES if held & accounts.SCOPE_BIT[name])

    def together(self, scopes: int = ALL_SCOPES) -> Any:
        """The same as one polygon."""
        return ground.union(self.ground(scopes))


def by_activity(activities: Iterable[str], known_seq: int | None = None) -> dict[str, Released]:
    """Ground that stands released, by activity.

    Parameters
    ----------
    activities
        Ids of activities on which land was released.
    known_seq
        Last journal entry that counts; None for all.
    """
    out = {uid: Released() for uid in activities}
    lines = _lines(known_seq)
    found = [
        line
        for some in bulk.in_chunks(sorted(out))
        for line in lines.filter(event_uid__in=some, claim_to__in=accounts.RELEASED).order_by("id")
    ]
    if not found:
        return out
    pieces = _pieces(found)
    opened = _opened_again(lines, {line.hazard_uid for line in found if line.hazard_uid}, pieces)
    tree = shapely.STRtree(bulk.objects([piece for _, piece in opened]))
    for line, piece in zip(found, pieces, strict=True):
        again = [opened[at] for at in sorted(tree.query(piece, predicate="intersects").tolist())]
        left = _left(line, piece, [(later, g) for later, g in again if _is_later(later, line)])
        out[line.event_uid].pieces += left
    return out


def _left(
    line: LedgerLine, piece: Any, opened: Sequence[tuple[LedgerLine, Any]]
) -> list[tuple[int, Any]]:
    """What of a line stands released: where land was opened for some classes, the others do."""
    left = [(line.scopes, piece)]
    for later, again in opened:
        cut = []
        for scopes, part in left:
            cut.append((scopes, overlay.difference(part, again)))
            if scopes & ~later.scopes:
                cut.append((scopes & ~later.scopes, overlay.intersection(part, again)))
        left = cut
    return [(scopes, part) for scopes, part in left if part.area > ground.rounding_mm2(part)]


def _is_later(later: LedgerLine, line: LedgerLine) -> bool:
    """What is undated comes first, and on equal dates evidence comes after the release."""
    if line.valid_on is None:
        return True
    return later.valid_on is not None and later.valid_on >= line.valid_on


def _lines(known_seq: int | None) -> Any:
    if known_seq is None:
        return LedgerLine.objects.filter(retired_seq__isnull=True)
    alive = Q(retired_seq__isnull=True) | Q(retired_seq__gt=known_seq)
    return LedgerLine.objects.filter(alive, seq__lte=known_seq)


def _opened_again(
    lines: Any, hazards: set[str], pieces: Sequence[Any]
) -> list[tuple[LedgerLine, Any]]:
    """Lines that opened released ground, of these hazards and of whatever lies near."""
    near = set(hazards)
    if len(pieces) < MANY:
        for piece in pieces:
            box = box_around(piece, 0)
            near |= set(Hazard.objects.filter(geometry__box=box).values_list("uid", flat=True))
        chunks = [lines.filter(event_uid__in=some) for some in bulk.in_chunks(sorted(near))]
    else:
        chunks = [lines]
    released = Q(claim_from__in=accounts.RELEASED) | Q(ground_from__in=accounts.RELEASED)
    opens = released & Q(claim_to__in=accounts.OPEN)
    found = [line for chunk in chunks for line in chunk.filter(opens).order_by("id")]
    return list(zip(found, _pieces(found), strict=True))


def _pieces(lines: Sequence[LedgerLine]) -> list[Any]:
    """The ground that each line moved: its piece, or the whole polygon of its event."""
    whole: dict[tuple[str, int], Any] = {}
    events = {line.event_uid for line in lines if line.piece is None}
    for some in bulk.in_chunks(sorted(events)):
        for row in HazardPast.objects.filter(uid__in=some, area_mm2__isnull=False):
            whole[row.uid, row.version] = row.plane
        for model in (Hazard, Activity):
            rows = model.objects.filter(uid__in=some, area_mm2__isnull=False)
            for uid, plane in rows.values_list("uid", "plane"):
                whole[uid, 0] = plane
    blobs = []
    for line in lines:
        blob = line.piece
        if blob is None:
            past = whole.get((line.event_uid, line.event_version))
            blob = whole.get((line.event_uid, 0)) if past is None else past
        blobs.append(blob)
    return [ground.NOTHING if g is None else g for g in bulk.shapes(blobs).tolist()]


def box_around(place: Any, reach: float) -> tuple[float, ...]:
    """Box around a place in degrees, wider than the reach."""
    plane = apply.programme_plane()
    assert plane is not None, "something was placed, so the centre is fixed"
    around = shapely.box(*shapely.bounds(shapely.buffer(place, reach, quad_segs=2)))
    # The edges of a box on the plane bow in degrees; a box twice as wide holds them.
    wider = shapely.buffer(around, reach + 1_000, quad_segs=2)
    return tuple(shapely.bounds(plane.unproject(bulk.objects([wider]))[0]).tolist())
