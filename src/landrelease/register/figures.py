"""The figures: balances of the land, computed by ``landrelease.land`` from the ledger lines.

What stands now is read from the sums kept beside the ledger (:mod:`.totals`); a balance as of a
day, or as known at an earlier moment, is added up from the lines. Both give the same figures.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
from django.db import connection

from landrelease import land

from . import (
    area_only,
    balance_rows,
    bulk,
    counted,
    knowledge,
    land_events,
    question_figures,
    row_keys,
    shares,
    totals,
)
from . import lines as ledger_lines
from .balance_rows import CLASS_SCOPES, TOTAL
from .balances import BY, Balance, Row
from .errors import RegisterError
from .models import (
    Boundaries,
    LedgerDiscrepancy,
    RejectedRow,
    Submission,
    Tally,
    Unit,
    UnitCount,
    UnitTotal,
)


def balance(
    *,
    as_of: date | None = None,
    by: str | None = None,
    level: int | None = None,
    known_seq: int | None = None,
    measure: bool = True,
) -> Balance:
    """Balance of the land.

    Parameters
    ----------
    as_of
        Last day that counts; None for everything known. What is undated counts always.
    by
        One of :data:`BY`, or None for the total alone. Rows by unit count ground once and sum to
        the total, the rows "outside all units" and "place not recorded" included; hazards count
        in each unit in which they hold or held ground, so their numbers may sum to more than the
        total. Rows by organisation or method say what the releases of each moved.
    level
        Administrative level of the rows by unit; the finest by default.
    known_seq
        Last journal entry that counts (:func:`.knowledge.seq_at`); None for all.
    measure
        Whether to measure the closing on the geometry where its measure is not kept; without, the
        drift is 0 and not known.

    Raises
    ------
    RegisterError
        When ``by`` is none of these.
    """
    if by is not None and by not in BY:
        raise RegisterError(
            f"a balance can be had by {', '.join(BY[:-1])} or {BY[-1]}, not by {by!r}"
        )
    head = knowledge.head_seq()
    if known_seq is not None and known_seq >= head:
        known_seq = None
    kept = as_of is None and known_seq is None and by in (None, "unit", "class")
    if kept and totals.ready():
        found = _kept(by, level)
    else:
        return added_up(as_of, by=by, level=level, known_seq=known_seq, measure=measure)
    found.known_seq = head
    return found


# --- what stands now, from the kept sums ---------------------------------------------------------


def _kept(by: str | None, level: int | None) -> Balance:
    sums = _kept_sums(totals.PROGRAMME)
    # The programme as one has one unit, which is called nothing.
    total = balance_rows.row_of("total", TOTAL, sums.get(("", 0), {}))
    counts = _kept_counts(totals.PROGRAMME).get("", counted.Numbers())
    total.count(counts)
    tallies = dict(bulk.few(connection, f'SELECT name, count FROM "{Tally._meta.db_table}"'))  # nosec B608 # names are of our own schema, values are bound
    boundaries = shares.kept_on(level, None) if by == "unit" else None
    rows: list[Row] = []
    residual = sum(abs(balance_rows.residual_of(found)) for found in sums.values())
    if by == "class":
        rows = balance_rows.class_rows({name: sums.get(("", at), {}) for at, name in CLASS_SCOPES})
        balance_rows.count_by_class(rows, None, None)
    elif by == "unit":
        by_unit = {unit: held for (unit, _), held in _kept_sums(_id(boundaries), 0).items()}
        if boundaries is None:
            by_unit = {shares.OUTSIDE: sums.get(("", 0), {})}
        numbers = (
            _kept_counts(_id(boundaries))
            if boundaries is not None
            else balance_rows.nowhere(None, None)
        )
        named = {} if boundaries is None else _named(boundaries)
        rows = balance_rows.unit_rows(named, by_unit, numbers)
        residual += balance_rows.apart(by_unit.values(), sums.get(("", 0), {}))
    question_figures.fill(rows, total, by, boundaries, None, None)
    measured = totals.measured()
    booked = sums.get(("", 0), {})
    drift = _largest_drift(booked, measured)
    return Balance(
        as_of=None,
        by=by,
        rows=rows,
        total=total,
        residual_mm2=residual,
        drift_mm2=round(drift),
        notes=_notes(
            lines=tallies.get(totals.LINES, 0),
            discrepancies={
                name.removeprefix(totals.DISCREPANCY): count
                for name, count in tallies.items()
                if name.startswith(totals.DISCREPANCY) and count
            },
            counts=counts,
        ),
    )


def _id(boundaries: Boundaries | None) -> int:
    return -1 if boundaries is None else boundaries.id


def _kept_sums(boundaries: int, scope: int | None = None) -> dict[tuple[str, int], dict[str, int]]:
    table = UnitTotal._meta.db_table
    sql = f'SELECT unit_uid, scope, account, mm2 FROM "{table}" WHERE boundaries_id = %s'  # nosec B608 # names are of our own schema, values are bound
    params = [boundaries]
    if scope is not None:
        sql, params = f"{sql} AND scope = %s", [boundaries, scope]
    found: dict[tuple[str, int], dict[str, int]] = defaultdict(dict)
    for unit, at, account, mm2 in bulk.few(connection, sql, params):
        found[unit, at][account] = mm2
    return found


def _kept_counts(boundaries: int) -> dict[str, counted.Numbers]:
    names = ", ".join(("unit_uid", *counted.NAMES))
    sql = f'SELECT {names} FROM "{UnitCount._meta.db_table}" WHERE boundaries_id = %s'  # nosec B608 # names are of our own schema, values are bound
    return {
        unit: counted.Numbers(*values) for unit, *values in bulk.few(connection, sql, [boundaries])
    }


def _named(boundaries: Boundaries) -> dict[str, tuple[str, str]]:
    """Key and name of the units of kept boundaries, by id."""
    of_level, params = "level = %s", [boundaries.level]
    if boundaries.level is None:
        of_level, params = "level IS NULL", []
    rows = bulk.few(
        connection,
        f'SELECT uid, source_id, id, name, valid_start, valid_end FROM "{Unit._meta.db_table}" '  # nosec B608 # names are of our own schema, values are bound
        f"WHERE {of_level} AND geometry_hash IS NOT NULL ORDER BY id",
        params,
    )
    day = boundaries.valid_start or boundaries.valid_end or date.min
    found = {}
    for uid, source_id, number, name, start, end in rows:
        unit = shares.unit_of(uid, source_id, number, name, start=start, end=end)
        if unit.in_force(day):
            found[uid] = (unit.key, unit.name)
    return found


# --- any day, any moment, from the lines ---------------------------------------------------------


def added_up(
    as_of: date | None = None,
    *,
    by: str | None = None,
    level: int | None = None,
    known_seq: int | None = None,
    measure: bool = True,
) -> Balance:
    """Balance added up from the lines, whatever is kept; parameters as of :func:`balance`."""
    seq = known_seq
    standing = ledger_lines.standing(seq)
    if as_of is not None:
        on = standing.lines.on
        standing = standing.take(np.isnat(on) | (on <= np.datetime64(as_of, "D")))
    lines = standing.lines
    books = land.balance(lines)
    total = balance_rows.row_of("total", TOTAL, books.total.accounts)
    hazards = counted.Hazards(seq=seq, as_of=as_of)
    reports = counted.waiting(seq=seq)
    placeless = area_only.reports(seq=seq, until=as_of)
    whole = np.full(len(lines), "", dtype=object)
    once = hazards.at_once(counted.claims_of(lines, whole, lines.mm2))
    counts = counted.summed(once).get("", counted.Numbers())
    for found in (counted.reports_at_once(reports), area_only.at_once(placeless)):
        counts.add(counted.summed(found).get("", counted.Numbers()))
    total.count(counts)
    rows: list[Row] = []
    residual = books.residual
    epoch = None
    if by == "class":
        rows = balance_rows.class_rows(
            {name: land.balance(lines, scope=name).total.accounts for _, name in CLASS_SCOPES}
        )
        balance_rows.count_by_class(rows, as_of, seq)
    elif by == "unit":
        epoch = shares.epoch_on(shares.units(seq), level, as_of)
        shared = shares.of_lines(standing.id, epoch, seq)
        part = lines.take(standing.spread(shared.line))
        by_unit: dict[str, dict[str, int]] = defaultdict(dict)
        for (unit, scope, account), mm2 in totals.movements(part, shared.unit, shared.mm2).items():
            if scope == 0:
                by_unit[unit][account] = mm2
        numbers = balance_rows.nowhere(as_of, seq)
        named = {}
        if epoch is not None:
            claims = counted.claims_of(part, shared.unit, shared.mm2)
            numbers = counted.summed(hazards.by_unit(claims, epoch))
            balance_rows.add_counts(numbers, counted.reports_by_unit(reports, epoch, seq))
            balance_rows.add_counts(numbers, area_only.by_unit(placeless, epoch, seq))
            named = {unit.uid: (unit.key, unit.name) for unit in epoch.units}
        rows = balance_rows.unit_rows(named, by_unit, numbers)
        residual += balance_rows.apart(by_unit.values(), books.total.accounts)
    elif by == "hazard":
        rows, left = balance_rows.hazard_rows(lines, hazards, once)
        residual += left
        balance_rows.place_declared(rows, by, placeless, row_keys.hazard_keys()[1], seq)
    elif by is not None:
        keys, labels = row_keys.record_keys(lines, by, seq)
        rows, left = balance_rows.rows_by_record(lines, keys, labels, books.total.accounts)
        residual += left
        balance_rows.place_declared(rows, by, placeless, labels, seq)
    question_figures.fill(rows, total, by, epoch, as_of, seq)
    drift = 0.0
    if measure:
        found_drift = land.drift(events_at(seq), lines, as_of)
        drift = max((found_drift.suspected, found_drift.confirmed, found_drift.identified), key=abs)
    return Balance(
        as_of=as_of,
        by=by,
        rows=rows,
        total=total,
        residual_mm2=residual,
        drift_mm2=round(drift),
        notes=_notes(
            lines=int(((lines.scopes & 1) > 0).sum()),
            discrepancies=_discrepancies(seq),
            counts=counts,
            seq=seq,
        ),
        known_seq=knowledge.head_seq() if seq is None else seq,
    )


def events_at(seq: int | None) -> land.Events:
    """Every event of the ledger, as known at a journal entry."""
    return land_events.all_events(seq)


# --- what a reader must know beside the figures --------------------------------------------------


def _largest_drift(booked: Mapping[str, int], measured: Mapping[str, float]) -> float:
    """Booked minus measured, where it is largest."""
    return max(
        (
            booked.get("suspected", 0) - measured["suspected"],
            booked.get("confirmed", 0) - measured["confirmed"],
            -booked.get("outside", 0) - measured["identified"],
        ),
        key=abs,
    )


def _discrepancies(seq: int | None) -> dict[str, int]:
    query = LedgerDiscrepancy.objects.filter(retired_seq__isnull=True)
    if seq is not None:
        query = LedgerDiscrepancy.objects.filter(seq__lte=seq).exclude(retired_seq__lte=seq)
    return dict(Counter(query.values_list("rule", flat=True).iterator(chunk_size=bulk.CHUNK)))


def _notes(
    *,
    lines: int,
    discrepancies: Mapping[str, int],
    counts: counted.Numbers,
    seq: int | None = None,
) -> dict[str, Any]:
    rejected = 0
    if seq is None:
        sql = (
            f'SELECT COUNT(*) FROM "{RejectedRow._meta.db_table}" r '  # nosec B608 # names are of our own schema, values are bound
            f'JOIN "{Submission._meta.db_table}" s ON s.id = r.submission_id '
            "WHERE s.state NOT IN (%s, %s)"
        )
        rejected = bulk.few(connection, sql, Submission.TURNED_DOWN)[0][0]
    notes: dict[str, Any] = {
        "drift_bound_mm2": str(lines),
        "classification_not_recorded": counts.type_not_recorded,
        "undecided_releases": {
            "count": counts.undecided,
            "undated": counts.undated,
            "note": "reports of released land that moved nothing: two people decide each",
        },
        "declared_released": {
            "count": counts.area_only,
            "m2": f"{counts.declared_released_m2:f}",
            "note": "reported without a polygon, not decided: moved nothing, the hazardous areas "
            "stay wholly open",
        },
        "discrepancies": dict(sorted(discrepancies.items())),
    }
    if seq is None:
        # What was handed in and never decided is in no journal: it has no earlier state.
        notes["rejected_rows"] = rejected
    return notes
