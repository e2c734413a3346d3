"""Balances from ledger lines, and how far the books drift from the geometry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from . import accounts, overlay
from .events import HAZARD, HISTORIC, RELEASE, Events, LedgerError, admit, posting_rank
from .ledger import Lines

Day = date | str | np.datetime64 | None

#: Keys of the rows that stand beside the keys of the reader.
OVERLAP = "overlap"
TOTAL = "total"


@dataclass(frozen=True)
class Row:
    """One row of a balance.

    Attributes
    ----------
    key
        Key of the row.
    accounts
        mm² by account, for every account of :data:`.accounts.ACCOUNTS`. The external accounts
        (outside, corrected) show where the land came from: they are negative or hold what was
        corrected away, and close the row to 0.
    """

    key: str
    accounts: dict[str, int]

    @property
    def residual(self) -> int:
        """Sum over all accounts, external ones included: 0."""
        return sum(self.accounts.values())

    @property
    def open(self) -> int:
        """Suspected and confirmed land, mm²."""
        return sum(self.accounts[account] for account in accounts.OPEN)

    @property
    def identified(self) -> int:
        """Land in any account of the programme, mm²."""
        return sum(self.accounts[account] for account in accounts.INTERNAL)


@dataclass(frozen=True)
class Balance:
    """A balance in one scope.

    Attributes
    ----------
    rows
        Claims by key, sorted by key.
    overlap
        Ground minus claims: the land that several records hold, negative.
    total
        Ground counted once.
    """

    rows: list[Row]
    overlap: Row
    total: Row

    @property
    def residual(self) -> int:
        """What is left over: each row, and rows plus overlap minus total. 0 as an identity."""
        parts = [*self.rows, self.overlap]
        across = sum(
            abs(sum(row.accounts[account] for row in parts) - self.total.accounts[account])
            for account in accounts.ACCOUNTS
        )
        return across + sum(abs(row.residual) for row in [*parts, self.total])


def balance(
    lines: Lines,
    as_of: Day = None,
    keys: Mapping[str, str] | NDArray[np.object_] | None = None,
    scope: str = "any",
) -> Balance:
    """Add up ledger lines.

    Parameters
    ----------
    lines
        The lines.
    as_of
        Last day that counts; None for all. Lines without a date are in every balance.
    keys
        What the rows are by: a key for each line, or for each hazard id. None for one row
        ``all``.
    scope
        ``any`` (ground counted once over all classes) or a contamination class.

    Returns
    -------
    Balance
        Rows by key, the overlap row, and the total.

    Raises
    ------
    LedgerError
        If the scope is unknown, or a line has no key.
    """
    chosen = _chosen(lines, as_of, scope)
    key_of = _keys(lines, keys)[chosen]
    names, group = np.unique(key_of.astype(str), return_inverse=True)
    part = lines.take(chosen)
    claims = _sums(part.claim_from, part.claim_to, part.mm2, group, len(names))
    once = np.zeros(len(part), dtype=np.int64)
    ground = _sums(part.ground_from, part.ground_to, part.mm2, once, 1)[0]
    # The overlap is added up from its own movements, not as what is left over: a line whose
    # ground moves with its claim contributes nothing, any other contributes the difference.
    apart = (part.claim_from != part.ground_from) | (part.claim_to != part.ground_to)
    apart = apart.astype(bool)
    overlap = (
        _sums(part.ground_from[apart], part.ground_to[apart], part.mm2[apart], once[apart], 1)[0]
        - _sums(part.claim_from[apart], part.claim_to[apart], part.mm2[apart], once[apart], 1)[0]
    )
    return Balance(
        rows=[_row(str(name), claims[place]) for place, name in enumerate(names)],
        overlap=_row(OVERLAP, overlap),
        total=_row(TOTAL, ground),
    )


def _row(key: str, sums: NDArray[np.object_]) -> Row:
    return Row(key, dict(zip(accounts.ACCOUNTS, (int(mm2) for mm2 in sums), strict=True)))


def _chosen(lines: Lines, as_of: Day, scope: str) -> NDArray[np.bool_]:
    if scope not in accounts.SCOPE_BIT:
        raise LedgerError(f"Scope {scope!r} is unknown; known are {', '.join(accounts.SCOPES)}.")
    chosen = (lines.scopes & accounts.SCOPE_BIT[scope]) > 0
    if as_of is not None:
        chosen &= _until(lines.on, as_of)
    return np.asarray(chosen, dtype=bool)


def _until(on: NDArray[np.datetime64], as_of: date | str | np.datetime64) -> NDArray[np.bool_]:
    """Return what counts on a day; what has no date counts on every day."""
    last = np.array([as_of], dtype="datetime64[D]")
    return np.asarray(np.isnat(on) | (on <= last), dtype=bool)


def _keys(
    lines: Lines, keys: Mapping[str, str] | NDArray[np.object_] | None
) -> NDArray[np.object_]:
    if keys is None:
        return np.full(len(lines), "all", dtype=object)
    if isinstance(keys, Mapping):
        missing = set(lines.hazard.tolist()) - keys.keys()
        if missing:
            raise LedgerError(
                f"{len(missing)} hazards have no key, the first is {min(missing)}: "
                f"give them a key of their own, so that no land is left out."
            )
        return np.array([keys[uid] for uid in lines.hazard.tolist()], dtype=object)
    if len(keys) != len(lines):
        raise LedgerError(f"There are {len(keys)} keys for {len(lines)} lines.")
    return np.asarray(keys, dtype=object)


def _sums(
    source: NDArray[np.object_],
    target: NDArray[np.object_],
    mm2: NDArray[np.int64],
    group: NDArray[np.int64],
    groups: int,
) -> NDArray[np.object_]:
    """Return exact sums by group and account, as Python integers (they outgrow an int64)."""
    place = {account: number for number, account in enumerate(accounts.ACCOUNTS)}
    out = np.zeros((groups, len(place)), dtype=object)
    # Two halves of 31 bits each are added up as int64, which 2**32 lines cannot overflow.
    high, low = mm2 >> 31, mm2 & (2**31 - 1)
    for names, sign in ((source, -1), (target, 1)):
        account = np.array([place[name] for name in names.tolist()], dtype=np.int64)
        for part, weight in ((high, 2**31), (low, 1)):
            sums = np.zeros(groups * len(place), dtype=np.int64)
            np.add.at(sums, group * len(place) + account, part)
            out += sign * weight * sums.reshape(groups, len(place)).astype(object)
    return out


@dataclass(frozen=True)
class Drift:
    """Booked areas minus areas measured anew on the dissolved geometry.

    Attributes
    ----------
    suspected, confirmed
        Drift of open land, mm².
    identified
        Drift of all land ever identified (whether open, released or corrected), mm².
    lines
        Number of lines added up.
    """

    suspected: float
    confirmed: float
    identified: float
    lines: int

    @property
    def largest(self) -> float:
        """Largest drift without its sign, mm²."""
        return max(abs(self.suspected), abs(self.confirmed), abs(self.identified))

    @property
    def within_bound(self) -> bool:
        """Whether the drift is at most 1 mm² a line."""
        return self.largest <= self.lines


def drift(events: Events, lines: Lines, as_of: Day = None, scope: str = "any") -> Drift:
    """Compare the books with the geometry.

    The geometry is worked out anew, hazard by hazard, without the cells that posting uses: the
    polygon of the version in force less the releases after it, then dissolved.

    Parameters
    ----------
    events
        The events that were posted.
    lines
        Their lines.
    as_of, scope
        As in :func:`balance`.

    Returns
    -------
    Drift
        Booked minus measured, mm².

    Raises
    ------
    LedgerError
        If the scope is unknown.
    """
    booked = balance(lines, as_of, scope=scope).total.accounts
    opened, confirmed, ever = _current_geometry(events, as_of, scope)
    open_area = overlay.dissolved_area(opened)
    confirmed_area = overlay.dissolved_area(confirmed)
    return Drift(
        suspected=booked[accounts.SUSPECTED] - (open_area - confirmed_area),
        confirmed=booked[accounts.CONFIRMED] - confirmed_area,
        identified=-booked[accounts.OUTSIDE] - overlay.dissolved_area(ever),
        lines=int(_chosen(lines, as_of, scope).sum()),
    )


def _current_geometry(
    events: Events, as_of: Day, scope: str
) -> tuple[NDArray[np.object_], NDArray[np.object_], NDArray[np.object_]]:
    """Return open, confirmed and ever-identified polygons, one or more to a hazard."""
    counted = admit(events).moves
    if as_of is not None:
        counted &= _until(events.on, as_of)
    in_scope = accounts.ALL_CLASSES if scope == "any" else accounts.CLASS_BIT[scope]
    rows = np.flatnonzero(counted)
    rows = rows[np.argsort(posting_rank(events)[rows], kind="stable")]
    hazards = rows[events.kind[rows] == HAZARD]
    tree = shapely.STRtree(events.polygon[hazards])

    def near(polygon: Any) -> set[str]:
        return set(events.uid[hazards[tree.query(polygon)]].tolist())

    ever: list[Any] = []
    types: dict[str, str] = {}
    polygons: dict[str, Any] = {}
    open_by_class: dict[str, dict[int, Any]] = {}
    for row in rows.tolist():
        kind, classes = events.kind[row], int(events.classes[row]) & in_scope
        polygon = events.polygon[row]
        if kind == HISTORIC:
            if scope == "any":
                ever.append(polygon)  # what hazards hold of it is counted with them
            elif classes:
                named = _bits(int(events.classes[row]))
                ever.append(_not_held(polygon, named, near(polygon), open_by_class))
        elif kind == HAZARD:
            uid = events.uid[row]
            types[uid] = events.type[row]
            polygon = polygons.get(uid) if polygon is None else polygon
            polygons[uid] = polygon
            if polygon is None:
                continue
            open_by_class[uid] = dict.fromkeys(_bits(int(events.classes[row])), polygon)
            if classes:
                ever.append(polygon)
        elif kind == RELEASE and polygons.get(events.hazard[row]) is not None:
            held = open_by_class[events.hazard[row]]
            cut: dict[int, Any] = {}
            for bit in held.keys() & set(_bits(int(events.classes[row]))):
                before = held[bit]
                if id(before) not in cut:
                    cut[id(before)] = overlay.difference(before, polygon)
                held[bit] = cut[id(before)]
    opened, confirmed = [], []
    for uid, held in open_by_class.items():
        counted_here = {id(g): g for bit, g in held.items() if bit & in_scope}
        distinct = list(counted_here.values())
        opened += distinct
        if types[uid] == "CHA":
            confirmed += distinct
    return _objects(opened), _objects(confirmed), _objects(ever)


def _not_held(
    polygon: Any, named: list[int], near: set[str], open_by_class: dict[str, dict[int, Any]]
) -> Any:
    """Return the part of a historic release that no hazard held open in a class it names."""
    for uid in sorted(near):
        for bit in named:
            held = open_by_class.get(uid, {}).get(bit)
            if held is not None:
                polygon = overlay.difference(polygon, held)
    return polygon


def _bits(mask: int) -> list[int]:
    return [bit for bit in accounts.CLASS_BIT.values() if mask & bit]


def _objects(geometries: list[Any]) -> NDArray[np.object_]:
    out = np.empty(len(geometries), dtype=object)
    out[:] = geometries
    return np.asarray(out[~shapely.is_missing(out)], dtype=object)
