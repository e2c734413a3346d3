"""What is counted beside the areas: hazardous areas, what has no polygon, reports that wait.

A hazardous area counts in each unit in which it holds or held ground, and once in the programme;
what has no polygon counts where its outline, its point or its source places it. So the counts of
units may sum to more than the programme has, and its total is never their sum.

The same functions count what stands now, to keep (:mod:`.totals`), and what stood on a day or was
known at a moment, to print (:mod:`.figures`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from landrelease import land

from . import acts, bulk, codes, knowledge, shares
from .models import Release

#: Nothing on Earth is larger: a larger statement is no area, and the size counts as unknown.
EARTH_M2 = Decimal(510_100_000_000_000)


@dataclass(slots=True)
class Numbers:
    """Counts of one row.

    Attributes
    ----------
    hazards
        Hazardous areas recorded, whatever became of them.
    open_areas
        Those of them that are open: some of their ground is, or they have no polygon and were not
        withdrawn.
    unknown_size
        Those of which neither polygon nor size is recorded.
    declared_only
        Stated size of those without a polygon, in thousandths of a square metre.
    type_not_recorded
        Those not recorded as suspected or confirmed, held as suspected.
    undecided
        Reports of released land that moved nothing, as nobody decided (programme only).
    undated
        Those of them without a date (rule 5).
    undated_mm2
        What the undated ones measure, each by itself.
    area_only
        Accepted completion reports of released land that have no polygon (rule 8).
    declared_released
        What these state as released, in thousandths of a square metre; it moved nothing.
    indications
        Indications without area that stand: no hazardous area is established, and no other column
        counts them.
    """

    hazards: int = 0
    open_areas: int = 0
    unknown_size: int = 0
    declared_only: int = 0
    type_not_recorded: int = 0
    undecided: int = 0
    undated: int = 0
    undated_mm2: int = 0
    area_only: int = 0
    declared_released: int = 0
    indications: int = 0

    def add(self, other: Numbers, times: int = 1) -> None:
        """Add other counts, or take them off."""
        for field, value in zip(NAMES, _values(other), strict=True):
            if value:
                setattr(self, field, getattr(self, field) + times * value)

    def __bool__(self) -> bool:
        return any(_values(self))

    @property
    def declared_only_m2(self) -> Decimal:
        """Stated size in square metres, written without needless zeros."""
        return _m2(self.declared_only)

    @property
    def declared_released_m2(self) -> Decimal:
        """Released area stated without a polygon, in square metres."""
        return _m2(self.declared_released)

    def values(self) -> tuple[int, ...]:
        """The counts in the order of :data:`NAMES`."""
        return _values(self)


def _m2(thousandths: int) -> Decimal:
    whole, rest = divmod(thousandths, 1000)
    return Decimal(whole) if not rest else (Decimal(thousandths) / 1000).normalize()


NAMES = tuple(field.name for field in fields(Numbers))
_values = attrgetter(*NAMES)

#: Counts of a record by unit; ``PROGRAMME`` stands for the programme as one.
Counts = dict[tuple[str, str], Numbers]


class Claims(NamedTuple):
    """What hazards hold or held, by line and unit (columns of one length)."""

    hazard: NDArray[np.object_]
    unit: NDArray[np.object_]
    opened: NDArray[np.int64]


def claims_of(lines: land.Lines, units: NDArray[np.object_], mm2: NDArray[np.int64]) -> Claims:
    """Open claims that lines bring (positive) or take (negative), with the unit of each."""
    if not len(lines):
        return Claims(lines.hazard, units, mm2)
    opens = np.isin(lines.claim_to.astype(str), land.OPEN)
    closes = np.isin(lines.claim_from.astype(str), land.OPEN)
    signed = mm2 * (opens.astype(np.int64) - closes.astype(np.int64))
    return Claims(lines.hazard, units, np.where((lines.scopes & 1) > 0, signed, 0))


# --- hazards -------------------------------------------------------------------------------------

_HAZARD = (
    "uid",
    "area_mm2",
    "declared_m2",
    "type",
    "classes",
    "date_start",
    "unit_uid",
    "geometry_state",
)


class Hazards:
    """Hazards as they are counted, as known at a journal entry.

    Parameters
    ----------
    seq
        The entry; None for what is known now.
    uids
        Which; None for all.
    as_of
        Last day that counts; what has no date counts always.
    """

    def __init__(
        self,
        *,
        seq: int | None = None,
        uids: Collection[str] | None = None,
        as_of: date | None = None,
    ) -> None:
        self._seq = seq
        rows = knowledge.rows("hazard", _HAZARD, seq=seq, uids=uids)
        if as_of is not None:
            first = acts.FirstDays()
            days = [first.of(row[0], row[5]) for row in rows]
            rows = [r for r, on in zip(rows, days, strict=True) if on is None or on <= as_of]
            stood = acts.withdrawn_after(as_of)
            rows = [_as_it_stood(row, stood) for row in rows]
        self.rows = rows

    def by_unit(self, claims: Claims, epoch: shares.Epoch | None) -> Counts:
        """Counts of each hazard in each unit of some boundaries."""
        held = _held(claims)
        elsewhere = [(r[0], r[6]) for r in self.rows if r[0] not in held]
        places = placed("hazard", elsewhere, epoch, self._seq)
        counts: Counts = {}
        for row in self.rows:
            uid = row[0]
            for unit, is_open in held.get(uid, {places.get(uid, shares.NOWHERE): None}).items():
                counts[uid, unit] = _numbers(row, is_open)
        return counts

    def at_once(self, claims: Claims) -> Counts:
        """Counts of each hazard in the programme, where it counts once."""
        everywhere = Claims(claims.hazard, np.full(len(claims.unit), "", dtype=object), claims[2])
        held = _held(everywhere)
        return {(r[0], ""): _numbers(r, held.get(r[0], {"": None})[""]) for r in self.rows}

    def by_class(self, open_by_class: dict[str, set[str]]) -> dict[str, Numbers]:
        """Counts by contamination class; a hazard counts in each class that it names."""
        found: dict[str, Numbers] = defaultdict(Numbers)
        for row in self.rows:
            for name in (row[4] or "not_recorded").split("|"):
                is_open = row[0] in open_by_class.get(name, ()) if row[1] is not None else None
                found[name].add(_numbers(row, is_open))
        return found


def placed(
    record_type: str,
    rows: Sequence[tuple[str, str | None]],
    epoch: shares.Epoch | None,
    seq: int | None,
) -> dict[str, str]:
    """Unit of records without a measured polygon: where the outline or the point lies; without
    either as stated, or nowhere.

    Parameters
    ----------
    record_type
        Type of the records.
    rows
        Id of each, and of the unit that its source states.
    epoch
        The boundaries; None where no unit is in force.
    seq
        Last journal entry that counts; None for all.
    """
    units = () if epoch is None else epoch.units
    known = {unit.uid: unit for unit in shares.units(seq)} if units and rows else {}
    there = {unit.uid for unit in units}
    found = {uid: _within(stated, there, known) or shares.NOWHERE for uid, stated in rows}
    planes = dict(knowledge.rows(record_type, ("uid", "plane"), seq=seq, uids=found.keys()))
    placed = [uid for uid, plane in planes.items() if plane is not None]
    if placed:
        grounds = shares.planes(units, seq)
        where = shares.located(bulk.shapes(planes[uid] for uid in placed), grounds)
        for uid, at in zip(placed, where.tolist(), strict=True):
            if at >= 0:
                found[uid] = units[at].uid
            elif at == land.OUTSIDE or found[uid] == shares.NOWHERE:
                found[uid] = shares.OUTSIDE
    return found


def _within(uid: str | None, there: set[str], known: dict[str, shares.Unit]) -> str | None:
    """The unit among ``there`` that is the named one, or that it is part of."""
    seen = set()
    while uid is not None and uid not in seen:
        if uid in there:
            return uid
        seen.add(uid)
        uid = known[uid].parent if uid in known else None
    return None


def with_open_claims(lines: land.Lines, as_of: date | None, name: str) -> set[str]:
    """Hazards on whose ground a contamination class is open."""
    in_scope = (lines.scopes >> (land.SCOPES.index(name)) & 1).astype(bool)
    if as_of is not None:
        in_scope &= np.isnat(lines.on) | (lines.on <= np.datetime64(as_of, "D"))
    part = lines.take(in_scope)
    opens = np.isin(part.claim_to.astype(str), land.OPEN).astype(np.int64)
    closes = np.isin(part.claim_from.astype(str), land.OPEN).astype(np.int64)
    whole = np.full(len(part), "", dtype=object)
    held = _held(Claims(part.hazard, whole, part.mm2 * (opens - closes)))
    return {hazard for hazard, units in held.items() if units[""]}


def _held(claims: Claims) -> dict[str, dict[str, bool]]:
    """Whether each hazard has open ground, by hazard and unit.

    Booked areas are rounded line by line, so what was released piece by piece may leave a square
    millimetre a line: that is no open ground.
    """
    sums: dict[str, dict[str, list[int]]] = {}
    for hazard, unit, mm2 in zip(
        claims.hazard.tolist(), claims.unit.tolist(), claims.opened.tolist(), strict=True
    ):
        found = sums.setdefault(hazard, {}).setdefault(unit, [0, 0])
        found[0] += mm2
        found[1] += 1
    return {
        hazard: {unit: total > lines for unit, (total, lines) in units.items()}
        for hazard, units in sums.items()
    }


def _as_it_stood(row: tuple[Any, ...], stood: dict[str, int | None]) -> tuple[Any, ...]:
    """A hazard that was voided, merged or split only later is counted as it was."""
    if row[-1] not in codes.WITHDRAWN or row[0] not in stood:
        return row
    return (row[0], stood[row[0]], *row[2:-1], "")


def _numbers(row: tuple[Any, ...], is_open: bool | None) -> Numbers:
    """Counts of a hazard; ``is_open`` is None where it holds no ground."""
    _, area, declared, kind, _, _, _, state = row
    if kind == codes.INDICATION:
        return Numbers(indications=int(state not in codes.WITHDRAWN))
    numbers = Numbers(hazards=1, type_not_recorded=int(kind is None))
    if state in codes.WITHDRAWN:
        numbers.type_not_recorded = 0
        return numbers
    if is_open is not None:
        numbers.open_areas = int(is_open)
    if area is None:
        # Its ground is not measurable (any more): it stays open until somebody decides.
        numbers.open_areas = 1
        stated = None if declared is None else Decimal(declared)
        if stated is not None and stated <= EARTH_M2:
            numbers.declared_only = round(stated * 1000)
        else:
            numbers.unknown_size = 1
    elif is_open is None:
        numbers.open_areas = 1
    return numbers


# --- reports that wait ---------------------------------------------------------------------------


def waiting(
    *,
    seq: int | None = None,
    uids: Collection[str] | None = None,
) -> list[tuple[Any, ...]]:
    """(uid, date, area, unit stated) of reports of released land that nobody has decided."""
    names = ("uid", "result", "date_end", "area_mm2", "unit_uid")
    decided = _decided(seq, uids)
    return [
        (uid, end, area, unit)
        for uid, result, end, area, unit in knowledge.rows("activity", names, seq=seq, uids=uids)
        if result is not None and uid not in decided
    ]


def _decided(seq: int | None, uids: Collection[str] | None) -> set[str]:
    query = Release.objects.all() if seq is None else Release.objects.filter(seq__lte=seq)
    if uids is not None and not uids:
        return set()
    if uids is None or len(uids) > 20_000:
        return set(query.values_list("activity_uid", flat=True).iterator(chunk_size=bulk.CHUNK))
    found: set[str] = set()
    for some in bulk.in_chunks(sorted(uids)):
        found |= set(query.filter(activity_uid__in=some).values_list("activity_uid", flat=True))
    return found


def reports_at_once(rows: Iterable[tuple[Any, ...]]) -> Counts:
    """Counts of waiting reports in the programme."""
    return {
        (uid, ""): Numbers(
            undecided=1,
            undated=int(end is None),
            undated_mm2=0 if end is not None or area is None else int(area),
        )
        for uid, end, area, _ in rows
    }


def reports_by_unit(
    rows: Iterable[tuple[Any, ...]], epoch: shares.Epoch, seq: int | None = None
) -> Counts:
    """Counts of undated reports by unit: where their polygon lies, or as they state."""
    counts: Counts = defaultdict(Numbers)
    undated = [row for row in rows if row[1] is None]
    if not undated:
        return {}
    measured = {row[0]: int(row[2]) for row in undated if row[2] is not None}
    elsewhere = [row for row in undated if row[2] is None]
    for uid, unit in placed("activity", [(r[0], r[3]) for r in elsewhere], epoch, seq).items():
        counts[uid, unit] = Numbers(undated=1)
    planes = dict(knowledge.rows("activity", ("uid", "plane"), seq=seq, uids=measured.keys()))
    order = sorted(measured)
    shared = land.divide(
        bulk.shapes(planes[uid] for uid in order),
        np.array([measured[uid] for uid in order], dtype=np.int64),
        shares.planes(epoch.units, seq),
    )
    for piece, unit, mm2 in zip(
        shared.piece.tolist(), shared.unit.tolist(), shared.mm2.tolist(), strict=True
    ):
        name = epoch.units[unit].uid if unit >= 0 else shares.OUTSIDE
        counts[order[piece], name].add(Numbers(undated=1, undated_mm2=mm2))
    return dict(counts)


def summed(counts: Counts) -> dict[str, Numbers]:
    """Counts by unit."""
    found: dict[str, Numbers] = defaultdict(Numbers)
    for (_, unit), numbers in counts.items():
        found[unit].add(numbers)
    return dict(found)
