"""Ledger lines as they stand, or stood after an earlier journal entry, in columns."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from landrelease import land

from . import bulk
from .models import LedgerLine

_COLUMNS = (
    "id",
    "event_uid",
    "kind",
    "hazard_uid",
    "valid_on",
    "scopes",
    "claim_from",
    "claim_to",
    "ground_from",
    "ground_to",
    "mm2",
)

# Days go from text into whole columns: one Python date a line would be made only to be dropped.
_SELECTED = [f"CAST({n} AS TEXT)" if n == "valid_on" else n for n in _COLUMNS]
_SELECT = f'SELECT {", ".join(_SELECTED)} FROM "{LedgerLine._meta.db_table}"'  # nosec B608 # names are of our own schema, values are bound


@dataclass(frozen=True)
class Standing:
    """Lines with their numbers, in the order in which they were posted."""

    id: NDArray[np.int64]
    lines: land.Lines

    def __len__(self) -> int:
        return len(self.id)

    def take(self, rows: NDArray[Any]) -> Standing:
        """Some of them."""
        return Standing(self.id[rows], self.lines.take(rows))

    def spread(self, line: NDArray[np.int64]) -> NDArray[np.int64]:
        """Row of each line number."""
        return np.searchsorted(self.id, line)


def standing(at_seq: int | None = None) -> Standing:
    """Lines that stand now, or stood after a given journal entry."""
    if at_seq is None:
        return _columns(_rows("retired_seq IS NULL ORDER BY id"))
    condition = "seq <= %s AND (retired_seq IS NULL OR retired_seq > %s) ORDER BY id"
    return _columns(_rows(condition, [at_seq, at_seq]))


def standing_of(hazards: Collection[str]) -> Standing:
    """Lines that stand now and move the claim of some hazards."""
    if len(hazards) > 20_000:
        found = standing()
        wanted = hazards if isinstance(hazards, (set, frozenset)) else set(hazards)
        return found.take(np.array([uid in wanted for uid in found.lines.hazard.tolist()], bool))
    return _named("retired_seq IS NULL AND hazard_uid IN ({})", sorted(hazards))


def since(first: int) -> Standing:
    """Lines from a number on."""
    return _columns(_rows("id >= %s ORDER BY id", [first]))


def retired_by(seq: int, events: Collection[str]) -> Standing:
    """Lines of some events that a journal entry retired."""
    return _named("event_uid IN ({}) AND retired_seq = %s", sorted(events), seq)


def next_number() -> int:
    """A number above those of all lines there are."""
    return bulk.next_id(connection, LedgerLine._meta.db_table)


def _named(condition: str, names: list[str], *params: Any) -> Standing:
    rows = bulk.named(connection, f"{_SELECT} WHERE {condition}", names, *params)
    return _columns(sorted(rows, key=lambda row: row[0]))


def _rows(condition: str, params: Collection[Any] = ()) -> Iterable[tuple[Any, ...]]:
    return bulk.select(connection, f"{_SELECT} WHERE {condition}", list(params))


def _columns(rows: Iterable[tuple[Any, ...]]) -> Standing:
    columns = list(zip(*rows, strict=True)) or [()] * len(_COLUMNS)
    number, uid, kind, hazard, on, scopes, *movements, mm2 = columns
    booked = np.array(mm2, dtype=np.int64)
    n = len(number)
    claim_from, claim_to, ground_from, ground_to = (bulk.objects(names) for names in movements)
    return Standing(
        np.array(number, dtype=np.int64),
        land.Lines(
            event=np.zeros(n, dtype=np.int64),
            uid=bulk.objects(uid),
            kind=bulk.objects(kind),
            hazard=bulk.objects([h or event for h, event in zip(hazard, uid, strict=True)]),
            on=np.array(on, dtype="datetime64[D]"),
            scopes=np.array(scopes, dtype=np.uint8),
            claim_from=claim_from,
            claim_to=claim_to,
            ground_from=ground_from,
            ground_to=ground_to,
            mm2=booked,
            exact=booked.astype(np.float64),
            piece=np.full(n, None, dtype=object),
        ),
    )
