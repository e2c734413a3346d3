"""Balances from ledger lines, and how far the books drift from the geometry."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from . import accounts
from .days import Day as Day
from .days import until
from .events import Events, LedgerError
from .lines import Lines, keys_of
from .measured import measured

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
    by = np.full(len(lines), "all", dtype=object) if keys is None else keys_of(lines, keys)
    key_of = by[chosen]
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
        chosen &= until(lines.on, as_of)
    return np.asarray(chosen, dtype=bool)


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

    The geometry is measured anew, without the cells that posting uses (:mod:`.measured`).

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
    found = measured(events, as_of, scope)
    return Drift(
        suspected=booked[accounts.SUSPECTED] - math.fsum(found.suspected),
        confirmed=booked[accounts.CONFIRMED] - math.fsum(found.confirmed),
        identified=-booked[accounts.OUTSIDE] - math.fsum(found.identified),
        lines=int(_chosen(lines, as_of, scope).sum()),
    )
