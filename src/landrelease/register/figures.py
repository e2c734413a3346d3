"""The figures: balances of the land, computed by ``landrelease.land`` from the ledger lines.

What stands now is read from the sums kept beside the ledger (:mod:`.totals`); a balance as of a
day, or as known at an earlier moment, is added up from the lines. Both give the same figures.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from landrelease import land
from landrelease.land import accounts

from . import area_only, bulk, codes, counted, ground, knowledge, posting, released, shares, totals
from . import lines as ledger_lines
from .errors import RegisterError
from .models import (
    Boundaries,
    Hazard,
    LedgerDiscrepancy,
    Question,
    RejectedRow,
    Release,
    Submission,
    Tally,
    Unit,
    UnitCount,
    UnitTotal,
)

OUTSIDE_ALL, SEVERAL, OVERLAP = "outside all units", "several units", "overlap"
NO_PLACE = "place not recorded"
#: Rows of a balance by organisation or method, for entries that are no release, and for releases
#: whose report does not say.
OTHER_ENTRIES, NOT_RECORDED = "other entries", "not recorded"
_LAST_KEYS = (NOT_RECORDED, OTHER_ENTRIES)

ACCOUNTS = ("suspected", "confirmed", "cancelled", "reduced", "cleared")

#: What the rows of a balance can be by.
BY = ("unit", "class", "hazard", "organisation", "method")


@dataclass
class Row:
    """One row of a balance. Areas of accounts are whole mm2.

    Attributes
    ----------
    in_question_mm2
        Part of the released land on which evidence of a hazard was recorded since, until somebody
        decides (rule 6).
    undated_mm2, undated
        What undated reports of released land measure, each by itself, and how many there are:
        they moved nothing, and are in no account (rule 5).
    declared_released_m2, area_only
        What accepted reports without a polygon state as released, and how many there are: they
        moved nothing either, as nobody knows where that land lies (rule 8).
    indications
        Indications without area: no hazardous area is established, so no other number holds them.
    """

    key: str
    label: str
    suspected_mm2: int = 0
    confirmed_mm2: int = 0
    cancelled_mm2: int = 0
    reduced_mm2: int = 0
    cleared_mm2: int = 0
    released_not_recorded_mm2: int = 0
    declared_only_m2: Decimal = Decimal(0)
    unknown_size: int = 0
    hazards: int = 0
    open_areas: int = 0
    in_question_mm2: int = 0
    undated_mm2: int = 0
    undated: int = 0
    declared_released_m2: Decimal = Decimal(0)
    area_only: int = 0
    indications: int = 0

    def to_json(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "label": self.label,
            **{f"{name}_mm2": str(getattr(self, f"{name}_mm2")) for name in ACCOUNTS},
            "released_not_recorded_mm2": str(self.released_not_recorded_mm2),
            "declared_only_m2": f"{self.declared_only_m2:f}",
            "unknown_size": self.unknown_size,
            "hazards": self.hazards,
            "open_areas": self.open_areas,
            "in_question_mm2": str(self.in_question_mm2),
            "undated_mm2": str(self.undated_mm2),
            "undated": self.undated,
            "declared_released_m2": f"{self.declared_released_m2:f}",
            "area_only": self.area_only,
            "indications": self.indications,
        }

    def count(self, numbers: counted.Numbers) -> None:
        """Take over what is counted beside the areas."""
        self.hazards += numbers.hazards
        self.open_areas += numbers.open_areas
        self.unknown_size += numbers.unknown_size
        self.declared_only_m2 += numbers.declared_only_m2
        self.undated += numbers.undated
        self.undated_mm2 += numbers.undated_mm2
        self.declared_released_m2 += numbers.declared_released_m2
        self.area_only += numbers.area_only
        self.indications += numbers.indications


#: Columns of a row that are areas of land or counts of areas, with the topic of their figures.
TOPIC_OF = {
    **dict.fromkeys((*ACCOUNTS, "released_not_recorded"), "land"),
    **dict.fromkeys(("declared_only", "in_question", "undated", "declared_released"), "land"),
    **dict.fromkeys(("hazards", "open_areas", "unknown_size", "area_only", "indications"), "areas"),
}


@dataclass
class Balance:
    """A balance of the programme.

    Attributes
    ----------
    known_seq
        Last journal entry that the figures know.
    """

    as_of: date | None
    by: str | None
    rows: list[Row]
    total: Row
    residual_mm2: int
    drift_mm2: int
    notes: dict[str, Any] = field(default_factory=dict)
    known_seq: int = knowledge.NOTHING

    def figure_id(self, row: Row, column: str) -> str:
        """Id of the figure in a row and column (``suspected``, ``unknown_size``).

        Raises
        ------
        KeyError
            When there is no such column.
        """
        scope, by, key = "any", self.by or "", row.key
        if row is self.total or not by:
            by = key = ""
        elif by == "class":
            scope, by, key = row.key, "", ""
        seq = max(self.known_seq, 0)
        topic = TOPIC_OF[column]
        return str(land.FigureId(topic, column, seq, until=self.as_of, by=by, key=key, scope=scope))

    def to_json(self) -> dict[str, Any]:
        return {
            "as_of": None if self.as_of is None else self.as_of.isoformat(),
            "known_seq": self.known_seq,
            "by": self.by,
            "rows": [row.to_json() for row in self.rows],
            "total": self.total.to_json(),
            "residual_mm2": str(self.residual_mm2),
            "drift_mm2": str(self.drift_mm2),
            "figures": self.figure_ids(),
            **self.notes,
        }

    def figure_ids(self) -> dict[str, dict[str, str]]:
        """Ids of all figures, by key of the row (``total`` for the total) and column."""
        named = {row.key: row for row in self.rows if row.key != OVERLAP} | {"total": self.total}
        return {
            key: {column: self.figure_id(row, column) for column in TOPIC_OF}
            for key, row in named.items()
        }


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
    total = _row("total", _TOTAL, sums.get(("", 0), {}))
    counts = _kept_counts(totals.PROGRAMME).get("", counted.Numbers())
    total.count(counts)
    tallies = dict(bulk.few(connection, f'SELECT name, count FROM "{Tally._meta.db_table}"'))  # nosec B608 # names are of our own schema, values are bound
    boundaries = shares.kept_on(level, None) if by == "unit" else None
    rows: list[Row] = []
    residual = sum(abs(_residual(found)) for found in sums.values())
    if by == "class":
        rows = _class_rows({name: sums.get(("", at), {}) for at, name in _SCOPES})
        _count_by_class(rows, None, None)
    elif by == "unit":
        by_unit = {unit: held for (unit, _), held in _kept_sums(_id(boundaries), 0).items()}
        if boundaries is None:
            by_unit = {shares.OUTSIDE: sums.get(("", 0), {})}
        numbers = _kept_counts(_id(boundaries)) if boundaries is not None else _nowhere(None, None)
        named = {} if boundaries is None else _named(boundaries)
        rows = _unit_rows(named, by_unit, numbers)
        residual += _apart(by_unit.values(), sums.get(("", 0), {}))
    _question(rows, total, by, boundaries, None, None)
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
    total = _row("total", _TOTAL, books.total.accounts)
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
        rows = _class_rows(
            {name: land.balance(lines, scope=name).total.accounts for _, name in _SCOPES}
        )
        _count_by_class(rows, as_of, seq)
    elif by == "unit":
        epoch = shares.epoch_on(shares.units(seq), level, as_of)
        shared = shares.of_lines(standing.id, epoch, seq)
        part = lines.take(standing.spread(shared.line))
        by_unit: dict[str, dict[str, int]] = defaultdict(dict)
        for (unit, scope, account), mm2 in totals.movements(part, shared.unit, shared.mm2).items():
            if scope == 0:
                by_unit[unit][account] = mm2
        numbers = _nowhere(as_of, seq)
        named = {}
        if epoch is not None:
            claims = counted.claims_of(part, shared.unit, shared.mm2)
            numbers = counted.summed(hazards.by_unit(claims, epoch))
            _add_counts(numbers, counted.reports_by_unit(reports, epoch, seq))
            _add_counts(numbers, area_only.by_unit(placeless, epoch, seq))
            named = {unit.uid: (unit.key, unit.name) for unit in epoch.units}
        rows = _unit_rows(named, by_unit, numbers)
        residual += _apart(by_unit.values(), books.total.accounts)
    elif by == "hazard":
        rows, left = _hazard_rows(lines, hazards, once)
        residual += left
        _place_declared(rows, by, placeless, hazard_keys()[1], seq)
    elif by is not None:
        keys, labels = record_keys(lines, by, seq)
        rows, left = _rows_by_record(lines, keys, labels, books.total.accounts)
        residual += left
        _place_declared(rows, by, placeless, labels, seq)
    _question(rows, total, by, epoch, as_of, seq)
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
    return posting.all_events(seq)


def load_lines(at_seq: int | None = None) -> land.Lines:
    """Ledger lines that stand now, or stood after a given journal entry."""
    return ledger_lines.standing(at_seq).lines


# --- rows ----------------------------------------------------------------------------------------

_TOTAL = "Total, ground counted once"
#: Class scopes with their places.
_SCOPES = tuple(enumerate(accounts.SCOPES))[1:]


def _row(key: str, label: str, sums: Mapping[str, int]) -> Row:
    return Row(
        key,
        label,
        *(sums.get(name, 0) for name in ACCOUNTS),
        released_not_recorded_mm2=sums.get("released_not_recorded", 0),
    )


def _residual(sums: Mapping[str, int]) -> int:
    """What is left over when all accounts are added up: 0."""
    return sum(sums.values())


def _apart(parts: Iterable[Mapping[str, int]], whole: Mapping[str, int]) -> int:
    """By how much rows and their total differ, over all accounts: 0."""
    parts = list(parts)
    left = sum(abs(_residual(part)) for part in parts)
    for account in accounts.ACCOUNTS:
        left += abs(sum(part.get(account, 0) for part in parts) - whole.get(account, 0))
    return left


def _class_rows(sums: Mapping[str, Mapping[str, int]]) -> list[Row]:
    return [
        _row(name, codes.CLASSES.get(name, "Class not recorded"), sums[name]) for _, name in _SCOPES
    ]


def _count_by_class(rows: list[Row], as_of: date | None, seq: int | None) -> None:
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


def _unit_rows(
    named: Mapping[str, tuple[str, str]],
    sums: Mapping[str, Mapping[str, int]],
    counts: Mapping[str, counted.Numbers],
) -> list[Row]:
    """Rows by unit in order of their names, and the two that are always there behind them."""
    rows = {}
    special = {shares.OUTSIDE: (OUTSIDE_ALL, OUTSIDE_ALL), shares.NOWHERE: (NO_PLACE, NO_PLACE)}
    for uid, (key, label) in {**named, **special}.items():
        rows[uid] = _row(key, label, sums.get(uid, {}))
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


def _nowhere(as_of: date | None, seq: int | None) -> dict[str, counted.Numbers]:
    """Counts where no unit is in force: what has a place lies outside, the rest nowhere."""
    standing = ledger_lines.standing(seq).lines
    if as_of is not None:
        standing = standing.take(np.isnat(standing.on) | (standing.on <= np.datetime64(as_of)))
    whole = np.full(len(standing), shares.OUTSIDE, dtype=object)
    claims = counted.claims_of(standing, whole, standing.mm2)
    hazards = counted.Hazards(seq=seq, as_of=as_of)
    numbers = counted.summed(hazards.by_unit(claims, None))
    _add_counts(numbers, counted.reports_by_unit(counted.waiting(seq=seq), shares.NO_UNITS, seq))
    _add_counts(numbers, area_only.by_unit(area_only.reports(seq=seq, until=as_of), None, seq))
    return numbers


def _add_counts(numbers: dict[str, counted.Numbers], more: counted.Counts) -> None:
    """Add counts of records to those of units."""
    for unit, found in counted.summed(more).items():
        numbers.setdefault(unit, counted.Numbers()).add(found)


def _place_declared(
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
    key_of = keys_of_reports(placeless, by, seq)
    for one in placeless:
        sums[key_of[one.uid]].add(one.numbers)
    for key, found in sums.items():
        if key not in by_key:
            by_key[key] = Row(key, labels.get(key, key))
            last = [at for at, row in enumerate(rows) if row.key in (*_LAST_KEYS, OVERLAP)]
            rows.insert(last[0] if last else len(rows), by_key[key])
        by_key[key].count(found)


def keys_of_reports(
    placeless: Iterable[area_only.Report], by: str, seq: int | None = None
) -> dict[str, str]:
    """Key of the row in which each report without a polygon counts.

    Parameters
    ----------
    placeless
        The reports.
    by
        ``hazard``, ``organisation`` or ``method``.
    seq
        Last journal entry that counts; None for all.
    """
    placeless = list(placeless)
    if by == "hazard":
        keys, _ = hazard_keys()
        return {one.uid: keys.get(one.hazard_uid or "", NOT_RECORDED) for one in placeless}
    found, _ = _keys_of_work({one.uid for one in placeless}, by, seq)
    return {one.uid: found.get(one.uid, NOT_RECORDED) for one in placeless}


def _hazard_rows(
    lines: land.Lines, hazards: counted.Hazards, once: counted.Counts
) -> tuple[list[Row], int]:
    """Rows by hazard: what each holds by itself, and what overlaps, counted once."""
    keys, labels = hazard_keys()
    part = land.balance(
        lines,
        keys=np.array([keys.get(uid, uid) for uid in lines.hazard.tolist()], dtype=object),
    )
    rows = {r.key: _row(r.key, labels.get(r.key, r.key), r.accounts) for r in part.rows}
    for row in hazards.rows:
        key = keys[row[0]]
        rows.setdefault(key, Row(key, labels[key])).count(once[row[0], ""])
    ordered = sorted(rows.values(), key=lambda row: (row.label, row.key))
    overlap = "ground held by several records, counted once"
    return [*ordered, _row(OVERLAP, overlap, part.overlap.accounts)], part.residual


def hazard_keys() -> tuple[dict[str, str], dict[str, str]]:
    """Key of each hazard (its reference) by id, and names by key; historic releases are one."""
    keys, labels = {}, {}
    for uid, number, name, source_id in Hazard.objects.values_list(
        "uid", "id", "name", "source_id"
    ):
        ref = f"{Hazard.schema.prefix}-{number}"
        keys[uid] = ref
        labels[ref] = name or source_id or ref
    historic = Release.objects.filter(standing=Release.HISTORIC)
    for uid in historic.values_list("activity_uid", flat=True):
        keys[uid] = "historic releases"
    labels["historic releases"] = "Released before this register, decided elsewhere"
    return keys, labels


#: Kinds of line that release land.
RELEASING = (*accounts.RELEASED, "historic")


def record_keys(
    lines: land.Lines, by: str, seq: int | None = None
) -> tuple[NDArray[np.object_], dict[str, str]]:
    """Key of each line by the organisation or the method of the work that it books.

    Returns
    -------
    keys : ndarray of object
        A key for each line; lines that release nothing have :data:`OTHER_ENTRIES`.
    labels : dict
        Names by key.
    """
    releasing = np.isin(lines.kind.astype(str), RELEASING)
    key_of, labels = _keys_of_work(set(lines.uid[releasing].tolist()), by, seq)
    keys = np.full(len(lines), OTHER_ENTRIES, dtype=object)
    keys[releasing] = [key_of.get(uid, NOT_RECORDED) for uid in lines.uid[releasing].tolist()]
    return keys, labels


def _keys_of_work(
    uids: set[str], by: str, seq: int | None
) -> tuple[dict[str, str], dict[str, str]]:
    """Key of activities by their organisation or method, and names by key."""
    labels = {
        OTHER_ENTRIES: "Entries that release nothing (identified, reopened, corrected)",
        NOT_RECORDED: "Not recorded",
    }
    key_of: dict[str, str] = {}
    if by == "method":
        labels |= codes.METHODS
        for uid, method in knowledge.rows("activity", ("uid", "method"), seq=seq, uids=uids):
            key_of[uid] = method or NOT_RECORDED
        return key_of, labels
    names = ("uid", "source_id", "name", "id")
    known = {
        uid: (source_id or f"ORG-{number}", name)
        for uid, source_id, name, number in knowledge.rows("organisation", names, seq=seq)
    }
    columns = ("uid", "organisation_uid", "organisation_given")
    for uid, organisation, given in knowledge.rows("activity", columns, seq=seq, uids=uids):
        key, label = known.get(organisation, (given or NOT_RECORDED, given or "Not recorded"))
        key_of[uid] = key
        labels[key] = label or key
    return key_of, labels


def _rows_by_record(
    lines: land.Lines,
    keys: NDArray[np.object_],
    labels: Mapping[str, str],
    whole: Mapping[str, int],
) -> tuple[list[Row], int]:
    sums: dict[str, dict[str, int]] = defaultdict(dict)
    for (key, scope, account), mm2 in totals.movements(lines, keys, lines.mm2).items():
        if scope == 0:
            sums[key][account] = mm2
    last = _LAST_KEYS
    ordered = sorted(sums, key=lambda k: (last.index(k) if k in last else -1, labels.get(k, k)))
    return [_row(key, labels.get(key, key), sums[key]) for key in ordered], _apart(
        sums.values(), whole
    )


# --- units ---------------------------------------------------------------------------------------


def units_at(level: int | None, on: date | None) -> list[Any]:
    """Administrative units in force on a day, of one level (the finest by default)."""
    query = Unit.objects.filter(geometry_hash__isnull=False)
    if level is None:
        levels = set(query.values_list("level", flat=True))
        known = [number for number in levels if number is not None]
        level = max(known, default=None)
    if level is not None:
        query = query.filter(level=level)
    units = list(query.order_by("id"))
    if on is not None:
        units = [
            u
            for u in units
            if (u.valid_start is None or u.valid_start <= on)
            and (u.valid_end is None or u.valid_end == u.valid_start or on <= u.valid_end)
        ]
    return units


def unit_key(unit: Any) -> str:
    """What a unit is called in rows: its p-code, or its reference where it has none."""
    return unit.source_id or unit.ref


# --- in question ---------------------------------------------------------------------------------


def in_question(as_of: date | None = None, seq: int | None = None) -> dict[str, released.Released]:
    """Released land that is in question (rule 6), by activity that released it.

    Parameters
    ----------
    as_of
        Last day that counts of what raised the questions; what is undated counts always.
    seq
        Last journal entry that counts; None for all.
    """
    table = Question._meta.db_table
    sql = f'SELECT activity_uid, seq, resolved_seq, "on" FROM "{table}"'  # nosec B608 # names are of our own schema, values are bound
    if seq is None:
        sql += " WHERE resolved_seq IS NULL"
    uids = {
        uid
        for uid, since, until, on in bulk.few(connection, sql)
        if (seq is None or (since <= seq and (until is None or until > seq)))
        and (as_of is None or on is None or on <= as_of)
    }
    return released.by_activity(uids, seq) if uids else {}


def ground_in_question(
    found: Iterable[released.Released], scopes: int = released.ALL_SCOPES
) -> tuple[Any, int]:
    """Ground in question as one polygon, counted once, and its whole mm²."""
    polygon = ground.union([piece for one in found for piece in one.ground(scopes)])
    return polygon, int(np.rint(polygon.area))


def _question(
    rows: list[Row],
    total: Row,
    by: str | None,
    units: shares.Epoch | Boundaries | None,
    as_of: date | None,
    seq: int | None,
) -> None:
    """Fill the column of what is in question."""
    found = in_question(as_of, seq)
    if not found:
        return
    polygon, total.in_question_mm2 = ground_in_question(found.values())
    by_key = {row.key: row for row in rows}
    if by == "unit":
        epoch = shares.epoch_of(units) if isinstance(units, Boundaries) else units
        for key, mm2 in divided(polygon, total.in_question_mm2, epoch, seq):
            by_key[key].in_question_mm2 += mm2
    elif by == "class":
        for at, name in _SCOPES:
            by_key[name].in_question_mm2 = ground_in_question(found.values(), 1 << at)[1]
    elif by is not None:
        key_of = keys_of_activities(found, by, seq)
        for uid, one in found.items():
            by_key[key_of[uid]].in_question_mm2 += ground_in_question([one])[1]


def divided(
    polygon: Any, mm2: int, epoch: shares.Epoch | None, seq: int | None
) -> list[tuple[str, int]]:
    """Divide a polygon by the keys of the units.

    Parameters
    ----------
    polygon, mm2
        Plane polygon in whole mm, and its booked area.
    epoch
        The boundaries; None where no unit is in force.
    seq
        Journal entry whose boundaries are used; None for the present ones.

    Returns
    -------
    list of (str, int)
        Key of a unit, or "outside all units", and the mm² of the polygon there.
    """
    units = (epoch or shares.NO_UNITS).units
    found = land.divide(
        bulk.objects([polygon]), np.array([mm2], dtype=np.int64), shares.planes(units, seq)
    )
    return [
        (OUTSIDE_ALL if unit < 0 else units[unit].key, part)
        for unit, part in zip(found.unit.tolist(), found.mm2.tolist(), strict=True)
    ]


def keys_of_activities(uids: Iterable[str], by: str, seq: int | None) -> dict[str, str]:
    """Key of the row in which each activity that released land counts.

    Parameters
    ----------
    uids
        Ids of the activities.
    by
        ``hazard``, ``organisation`` or ``method``.
    seq
        Last journal entry that counts; None for all.
    """
    if by == "hazard":
        keys, _ = hazard_keys()
        some = Release.objects.filter(activity_uid__in=list(uids))
        return {
            uid: keys[hazard or uid]
            for uid, hazard in some.values_list("activity_uid", "hazard_uid")
        }
    key_of, _ = _keys_of_work(set(uids), by, seq)
    return {uid: key_of.get(uid, NOT_RECORDED) for uid in uids}


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


def statement(**options: Any) -> Any:
    """Statement of a period; see :func:`.statements.statement`."""
    from . import statements

    return statements.statement(**options)
