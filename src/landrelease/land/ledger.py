"""The land ledger: events become lines that move whole mm² between accounts.

Every line carries two movements of the same area. The *claim* movement is what one hazard (or one
historic release) holds; the *ground* movement counts ground once, however many records hold it,
under the more cautious status. The difference between both is the overlap, an explicit row.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from . import accounts, overlay
from .events import (
    HAZARD,
    HISTORIC,
    RELEASE,
    Admission,
    Discrepancy,
    Events,
    LedgerError,
    admit,
    posting_rank,
    refuse_invalid,
)
from .ground import Ground
from .measure import area_mm2, book

LINE_KINDS: Final = (
    "recorded",
    "extended",
    "corrected",
    "reclassified",
    "reopened",
    *accounts.RELEASED[:3],
    "historic",
)


@dataclass(frozen=True)
class Lines:
    """Lines of the ledger, in the order of posting; all columns have the same length.

    Attributes
    ----------
    event
        Row of the event in the events that were posted.
    uid, hazard
        Record of the event; hazard whose claim moves (of a historic release: its own id).
    kind
        One of :data:`LINE_KINDS`.
    on
        Day of the event, NaT = not recorded (part of every opening balance).
    scopes
        uint8 bit mask of :data:`.accounts.SCOPES` in which the line holds.
    claim_from, claim_to
        Accounts between which the claim of the hazard moves; equal where it does not.
    ground_from, ground_to
        Accounts between which ground counted once moves; equal where it does not.
    mm2
        Booked area, whole mm².
    exact
        Measured area, mm².
    piece
        Plane geometry that moves, or None where it is the whole polygon of the event.
    """

    event: NDArray[np.int64]
    uid: NDArray[np.object_]
    kind: NDArray[np.object_]
    hazard: NDArray[np.object_]
    on: NDArray[np.datetime64]
    scopes: NDArray[np.uint8]
    claim_from: NDArray[np.object_]
    claim_to: NDArray[np.object_]
    ground_from: NDArray[np.object_]
    ground_to: NDArray[np.object_]
    mm2: NDArray[np.int64]
    exact: NDArray[np.float64]
    piece: NDArray[np.object_]

    def __post_init__(self) -> None:
        lengths = {field.name: len(getattr(self, field.name)) for field in fields(self)}
        if len(set(lengths.values())) != 1:
            raise LedgerError(f"The columns of lines differ in length: {lengths}.")

    def __len__(self) -> int:
        return len(self.event)

    def take(self, rows: NDArray[Any]) -> Lines:
        """Return some lines.

        Parameters
        ----------
        rows
            Row numbers, or a mask.

        Returns
        -------
        Lines
            These lines.
        """
        return Lines(*(getattr(self, field.name)[rows] for field in fields(self)))


@dataclass(frozen=True)
class Posting:
    """What posting gives.

    Attributes
    ----------
    lines
        The ledger lines.
    discrepancies
        What moved nothing, in the order of posting.
    """

    lines: Lines
    discrepancies: list[Discrepancy]


def post(events: Events, *, validated: bool = False) -> Posting:
    """Post events to the ledger.

    Records that overlap nobody, in one version and without a release, are posted as whole
    columns. Groups of records that overlap, or have a history, are posted event by event on the
    cells of their ground (:mod:`.ground`). The result does not depend on the order of arrival.

    Parameters
    ----------
    events
        Accepted events; polygons in whole millimetres of one :class:`.measure.Plane`.
    validated
        The caller has checked that every polygon is valid; saves looking again.

    Returns
    -------
    Posting
        Lines and discrepancies.

    Raises
    ------
    LedgerError
        If a record occurs twice in the same version or a polygon is invalid.
    """
    if not validated:
        refuse_invalid(events)
    rank = posting_rank(events)
    admission = admit(events)
    group = _groups(events, admission)
    size = np.bincount(group[group >= 0], minlength=1)
    alone = np.flatnonzero((group >= 0) & (size[group] == 1) & (events.kind != RELEASE))
    measurable = ~(
        shapely.is_missing(events.polygon[alone]) | shapely.is_empty(events.polygon[alone])
    )
    posted = [_whole_polygons(events, alone[measurable])]
    discrepancies = list(admission.discrepancies)

    together = np.flatnonzero((group >= 0) & (size[group] > 1))
    together = together[np.lexsort((rank[together], group[together]))]
    for rows in np.split(together, np.flatnonzero(np.diff(group[together])) + 1):
        ground = Ground(events)
        for row in rows.tolist():
            ground.post(row, int(rank[row]))
        discrepancies += ground.discrepancies
        if ground.lines:
            posted.append(_ground_lines(events, ground))
    lines = _stacked(posted)
    lines = lines.take(np.argsort(rank[lines.event], kind="stable"))
    discrepancies.sort(key=lambda found: int(rank[found.event]))
    return Posting(lines, discrepancies)


def _groups(events: Events, admission: Admission) -> NDArray[np.int64]:
    """Return the group of each event that may move land; -1 for the others.

    Records whose interiors meet belong together, and so do the versions and releases of one
    hazard. A release that crosses into a neighbour moves nothing there and joins no group.
    """
    rows = np.flatnonzero(admission.moves)
    polygons = events.polygon[rows].copy()
    polygons[events.kind[rows] == RELEASE] = None
    first, second = overlay.overlapping_pairs(polygons)
    of_hazard: dict[str, list[int]] = defaultdict(list)
    for node, row in enumerate(rows.tolist()):
        if events.kind[row] != HISTORIC:
            uid = events.uid[row] if events.kind[row] == HAZARD else events.hazard[row]
            of_hazard[uid].append(node)
    histories = [nodes for nodes in of_hazard.values() if len(nodes) > 1]
    heads = np.array([n[0] for n in histories for _ in n[1:]], dtype=np.int64)
    others = np.array([node for n in histories for node in n[1:]], dtype=np.int64)
    out = np.full(len(events), -1, dtype=np.int64)
    out[rows] = overlay.components(
        len(rows), np.concatenate([first, heads]), np.concatenate([second, others])
    )
    return out


def _whole_polygons(events: Events, rows: NDArray[np.int64]) -> Lines:
    """Return the lines of records that share no ground: one each, from outside."""
    hazards = events.kind[rows] == HAZARD
    to = np.where(events.type[rows] == "CHA", accounts.CONFIRMED, accounts.SUSPECTED).astype(object)
    result = events.result[rows].copy()
    result[result == ""] = accounts.RELEASED_NOT_RECORDED
    to[~hazards] = result[~hazards]
    outside = np.full(len(rows), accounts.OUTSIDE, dtype=object)
    classes = events.classes[rows].astype(np.uint8)
    exact = area_mm2(events.polygon[rows])
    named = classes > 0
    lines = Lines(
        event=rows,
        uid=events.uid[rows],
        kind=np.where(hazards, "recorded", "historic").astype(object),
        hazard=events.uid[rows],
        on=events.on[rows],
        scopes=(classes << 1 | 1).astype(np.uint8),
        claim_from=outside,
        claim_to=to,
        ground_from=outside,
        ground_to=to,
        mm2=book(exact),
        exact=exact,
        piece=np.full(len(rows), None, dtype=object),
    )
    return lines if named.all() else lines.take(named)


def _ground_lines(events: Events, ground: Ground) -> Lines:
    """Put the lines of a group into columns."""
    rows = np.array([line.event for line in ground.lines], dtype=np.int64)
    release = events.kind[rows] == RELEASE

    def column(name: str) -> NDArray[np.object_]:
        return _column([getattr(line, name) for line in ground.lines])

    return Lines(
        event=rows,
        uid=events.uid[rows],
        kind=column("kind"),
        hazard=np.where(release, events.hazard[rows], events.uid[rows]).astype(object),
        on=events.on[rows],
        scopes=column("scopes").astype(np.uint8),
        claim_from=column("claim_from"),
        claim_to=column("claim_to"),
        ground_from=column("ground_from"),
        ground_to=column("ground_to"),
        mm2=column("mm2").astype(np.int64),
        exact=column("exact").astype(np.float64),
        piece=column("piece"),
    )


def _column(values: list[Any]) -> NDArray[np.object_]:
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out


def _stacked(parts: list[Lines]) -> Lines:
    return Lines(
        *(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Lines))
    )
