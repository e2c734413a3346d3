"""The rows of a balance, from sums and counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

import numpy as np
from numpy.typing import NDArray

from landrelease import land
from landrelease.land import accounts

from . import area_only, codes, counted, row_keys, shares, totals
from . import lines as ledger_lines
from .balances import ACCOUNTS, LAST_KEYS, NO_PLACE, OUTSIDE_ALL, OVERLAP, Row
from .errors import RegisterError


def load_lines(at_seq: int | None = None) -> land.Lines:
    """Ledger lines that stand now, or stood after a given journal entry."""
    return ledger_lines.standing(at_seq).lines


TOTAL = "Total, ground counted once"

#: Class scopes with their places.
CLASS_SCOPES = tuple(enumerate(accounts.SCOPES))[1:]


def row_of(key: str, label: str, sums: Mapping[str, int]) -> Row:
    """A row of accounts, its counts still to be filled in; areas are whole mm2."""
    return Row(
        key,
        label,
        *(sums.get(name, 0) for name in ACCOUNTS),
        released_not_recorded_mm2=sums.get("released_not_recorded", 0),
    )


def residual_of(sums: Mapping[str, int]) -> int:
    """What is left over when all accounts are added up: 0."""
    return sum(sums.values())


def apart(parts: Iterable[Mapping[str, int]], whole: Mapping[str, int]) -> int:
    """By how much rows and their total differ, over all accounts: 0."""
    parts = list(parts)
    left = sum(abs(residual_of(part)) for part in parts)
    for account in accounts.ACCOUNTS:
        left += abs(sum(part.get(account, 0) for part in parts) - whole.get(account, 0))
    return left


def class_rows(sums: Mapping[str, Mapping[str, int]]) -> list[Row]:
    return [
        row_of(name, codes.CLASSES.get(name, "Class not recorded"), sums[name])
        for _, name in CLASS_SCOPES
    ]


def count_by_class(rows: list[Row], as_of: date | None, seq: int | None) -> None:
    """Count by class; a hazard counts in each class it names, if that class is open on it."""
    open_by_class: dict[str, set[str]] = {}
    lines = load_lines(seq)
    for name in accounts.CLASSES:
        open_by_class[name] = counted.with_open_claims(lines, as_of, name)
    numbers = counted.Hazards(seq=seq, as_of=as_of).by_class(open_by_class)
    for name, found in area_only.by_class(area_only.reports(seq=seq, until=as_of)).items():
        numbers.setdefault(name, counted.Numbers()).add(found)
    for row in rows:
        row.count(numbers.get(row.key, counted.Numbers()))


def unit_rows(
    named: Mapping[str, tuple[str, str]],
    sums: Mapping[str, Mapping[str, int]],
    counts: Mapping[str, counted.Numbers],
) -> list[Row]:
    """Rows by unit in order of their names, and the two that are always there behind them."""
    rows = {}
    special = {shares.OUTSIDE: (OUTSIDE_ALL, OUTSIDE_ALL), shares.NOWHERE: (NO_PLACE, NO_PLACE)}
    for uid, (key, label) in {**named, **special}.items():
        rows[uid] = row_of(key, label, sums.get(uid, {}))
        rows[uid].count(counts.get(uid, counted.Numbers()))
    lost = {unit for unit in {*sums, *counts} - rows.keys() if sums.get(unit) or counts.get(unit)}
    if lost:
        raise RegisterError(
            f"figures are kept for {len(lost)} units that are not in force; "
            "'landrelease ledger rebuild' makes them anew"
        )
    units = [rows[uid] for uid in named]
    units.sort(key=lambda row: (row.label, row.key))
    return [*units, *(rows[uid] for uid in special)]


def nowhere(as_of: date | None, seq: int | None) -> dict[str, counted.Numbers]:
    """Counts where no unit is in force: what has a place lies outside, the rest nowhere."""
    standing = ledger_lines.standing(seq).lines
    if as_of is not None:
        standing = standing.take(np.isnat(standing.on) | (standing.on <= np.datetime64(as_of)))
    whole = np.full(len(standing), shares.OUTSIDE, dtype=object)
    claims = counted.claims_of(standing, whole, standing.mm2)
    hazards = counted.Hazards(seq=seq, as_of=as_of)
    numbers = counted.summed(hazards.by_unit(claims, None))
    add_counts(numbers, counted.reports_by_unit(counted.waiting(seq=seq), shares.NO_UNITS, seq))
    add_counts(numbers, area_only.by_unit(area_only.reports(seq=seq, until=as_of), None, seq))
    return numbers


def add_counts(numbers: dict[str, counted.Numbers], more: counted.Counts) -> None:
    """Add counts of records to those of units."""
    for unit, found in counted.summed(more).items():
        numbers.setdefault(unit, counted.Numbers()).add(found)


def place_declared(
    rows: list[Row],
    by: str,
    placeless: list[area_only.Report],
    labels: Mapping[str, str],
    seq: int | None,
) -> None:
    """Put what reports without a polygon state into the rows of their hazard, operator or method;
    rows that hold nothing else go before the last two."""
    by_key = {row.key: row for row in rows}
    sums: dict[str, counted.Numbers] = defaultdict(counted.Numbers)
    key_of = row_keys.keys_of_reports(placeless, by, seq)
    for one in placeless:
        sums[key_of[one.uid]].add(one.numbers)
    for key, found in sums.items():
        if key not in by_key:
            by_key[key] = Row(key, labels.get(key, key))
            last = [at for at, row in enumerate(rows) if row.key in (*LAST_KEYS, OVERLAP)]
            rows.insert(last[0] if last else len(rows), by_key[key])
        by_key[key].count(found)


def hazard_rows(
    lines: land.Lines, hazards: counted.Hazards, once: counted.Counts
) -> tuple[list[Row], int]:
    """Rows by hazard: what each holds by itself, and what overlaps, counted once."""
    keys, labels = row_keys.hazard_keys()
    part = land.balance(
        lines,
        keys=np.array([keys.get(uid, uid) for uid in lines.hazard.tolist()], dtype=object),
    )
    rows = {r.key: row_of(r.key, labels.get(r.key, r.key), r.accounts) for r in part.rows}
    for row in hazards.rows:
        key = keys[row[0]]
        rows.setdefault(key, Row(key, labels[key])).count(once[row[0], ""])
    ordered = sorted(rows.values(), key=lambda row: (row.label, row.key))
    overlap = "ground held by several records, counted once"
    return [*ordered, row_of(OVERLAP, overlap, part.overlap.accounts)], part.residual


def rows_by_record(
    lines: land.Lines,
    keys: NDArray[np.object_],
    labels: Mapping[str, str],
    whole: Mapping[str, int],
) -> tuple[list[Row], int]:
    sums: dict[str, dict[str, int]] = defaultdict(dict)
    for (key, scope, account), mm2 in totals.movements(lines, keys, lines.mm2).items():
        if scope == 0:
            sums[key][account] = mm2
    last = LAST_KEYS
    ordered = sorted(sums, key=lambda k: (last.index(k) if k in last else -1, labels.get(k, k)))
    return [row_of(key, labels.get(key, key), sums[key]) for key in ordered], apart(
        sums.values(), whole
    )
