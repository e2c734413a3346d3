"""The figures: balances of the land, computed by ``landrelease.land`` from the ledger lines."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import shapely
from django.db import connection
from numpy.typing import NDArray

from landrelease import land
from landrelease.land import accounts

from . import bulk, codes, posting
from .errors import RegisterError
from .models import Activity, Hazard, LedgerDiscrepancy, LedgerLine, Release, Unit

OUTSIDE_ALL, SEVERAL, OVERLAP = "outside all units", "several units", "overlap"
NO_PLACE = "place not recorded"

ACCOUNTS = ("suspected", "confirmed", "cancelled", "reduced", "cleared")


@dataclass
class Row:
    """One row of a balance. Areas of accounts are whole mm2."""

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

    def to_json(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "label": self.label,
            **{f"{name}_mm2": str(getattr(self, f"{name}_mm2")) for name in ACCOUNTS},
            "released_not_recorded_mm2": str(self.released_not_recorded_mm2),
            "declared_only_m2": str(self.declared_only_m2),
            "unknown_size": self.unknown_size,
            "hazards": self.hazards,
        }


@dataclass
class Balance:
    """A balance of the programme."""

    as_of: date | None
    by: str | None
    rows: list[Row]
    total: Row
    residual_mm2: int
    drift_mm2: int
    notes: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {
            "as_of": None if self.as_of is None else self.as_of.isoformat(),
            "by": self.by,
            "rows": [row.to_json() for row in self.rows],
            "total": self.total.to_json(),
            "residual_mm2": str(self.residual_mm2),
            "drift_mm2": str(self.drift_mm2),
            **self.notes,
        }


def balance(
    *, as_of: date | None = None, by: str | None = None, level: int | None = None
) -> Balance:
    """Balance of the land.

    Parameters
    ----------
    as_of
        Last day that counts; None for everything known. What is undated counts always.
    by
        ``unit``, ``class``, ``hazard``, or None for the total alone.
    level
        Administrative level of the rows by unit; the finest by default.

    Raises
    ------
    RegisterError
        When ``by`` is none of these.
    """
    if by not in (None, "unit", "class", "hazard"):
        raise RegisterError(f"a balance can be had by unit, class or hazard, not by {by!r}")
    lines = load_lines()
    ground = land.balance(lines, as_of)
    total = _row("total", "Total, ground counted once", ground.total)
    events = posting.events_of(_all_uids())
    found = land.drift(events, lines, as_of)
    rows: list[Row] = []
    residual = ground.residual
    if by == "class":
        for name in accounts.CLASSES:
            part = land.balance(lines, as_of, scope=name)
            residual += part.residual
            row = _row(name, codes.CLASSES.get(name, "Class not recorded"), part.total)
            rows.append(row)
        _count_by_class(rows, as_of)
    elif by is not None:
        keys, labels = _unit_keys(level, as_of) if by == "unit" else _hazard_keys()
        part = land.balance(lines, as_of, keys=_for_lines(keys, lines))
        residual += part.residual
        found_rows = {r.key: _row(r.key, labels.get(r.key, r.key), r) for r in part.rows}
        for key in sorted({*keys.values()} - found_rows.keys()):
            found_rows[key] = Row(key, labels.get(key, key))
        if by == "unit":
            for key in (OUTSIDE_ALL, SEVERAL, NO_PLACE):
                found_rows.setdefault(key, Row(key, key))
            for key, label in labels.items():
                found_rows.setdefault(key, Row(key, label))
        special = (OUTSIDE_ALL, SEVERAL, NO_PLACE)
        ordered = sorted(
            found_rows.values(),
            key=lambda r: (special.index(r.key) if r.key in special else -1, r.label, r.key),
        )
        _count(ordered, keys, as_of)
        rows = [
            *ordered,
            _row(OVERLAP, "ground held by several records, counted once", part.overlap),
        ]
    _count([total], None, as_of)
    drift = max((found.suspected, found.confirmed, found.identified), key=abs)
    return Balance(
        as_of=as_of,
        by=by,
        rows=rows,
        total=total,
        residual_mm2=residual,
        drift_mm2=round(drift),
        notes=_notes(found, as_of),
    )


def _row(key: str, label: str, row: Any) -> Row:
    sums = row.accounts
    return Row(
        key,
        label,
        *(sums[name] for name in ACCOUNTS),
        released_not_recorded_mm2=sums["released_not_recorded"],
    )


def load_lines(at_seq: int | None = None) -> land.Lines:
    """Ledger lines that stand now, or stood after a given journal entry."""
    condition = "retired_seq IS NULL"
    params: list[Any] = []
    if at_seq is not None:
        condition = "seq <= %s AND (retired_seq IS NULL OR retired_seq > %s)"
        params = [at_seq, at_seq]
    columns = list(
        zip(
            *bulk.select(
                connection,
                "SELECT event_uid, kind, hazard_uid, valid_on, scopes, claim_from, claim_to, "
                f'ground_from, ground_to, mm2 FROM "{LedgerLine._meta.db_table}" '
                f"WHERE {condition} ORDER BY id",
                params,
            ),
            strict=True,
        )
    )
    if not columns:
        columns = [()] * 10
    n = len(columns[0])

    hazard = bulk.objects([uid or event for uid, event in zip(columns[2], columns[0], strict=True)])
    mm2 = np.array(columns[9], dtype=np.int64)
    return land.Lines(
        event=np.zeros(n, dtype=np.int64),
        uid=bulk.objects(columns[0]),
        kind=bulk.objects(columns[1]),
        hazard=hazard,
        on=np.array(columns[3], dtype="datetime64[D]"),
        scopes=np.array(columns[4], dtype=np.uint8),
        claim_from=bulk.objects(columns[5]),
        claim_to=bulk.objects(columns[6]),
        ground_from=bulk.objects(columns[7]),
        ground_to=bulk.objects(columns[8]),
        mm2=mm2,
        exact=mm2.astype(np.float64),
        piece=np.full(n, None, dtype=object),
    )


def _all_uids() -> set[str]:
    uids = set(Hazard.objects.values_list("uid", flat=True))
    uids |= set(
        Release.objects.filter(standing=Release.HISTORIC).values_list("activity_uid", flat=True)
    )
    return uids


# --- keys ----------------------------------------------------------------------------------------


def _ground_rows() -> list[tuple[str, bytes | None]]:
    """Id and plane of every hazard and every historic release."""
    rows = list(bulk.select(connection, f'SELECT uid, plane FROM "{Hazard._meta.db_table}"'))
    rows += bulk.select(
        connection,
        f'SELECT a.uid, a.plane FROM "{Activity._meta.db_table}" a '
        f'JOIN "{Release._meta.db_table}" r ON r.activity_uid = a.uid '
        f"WHERE r.standing = '{Release.HISTORIC}'",
    )
    return rows


def units_at(level: int | None, on: date | None) -> list[Any]:
    """Administrative units in force on a day, of one level (the finest by default)."""
    query = Unit.objects.filter(area_mm2__isnull=False)
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


def _unit_keys(level: int | None, on: date | None) -> tuple[dict[str, str], dict[str, str]]:
    units = units_at(level, on)
    labels = {unit_key(u): u.name for u in units}
    rows = _ground_rows()
    uids = [uid for uid, _ in rows]
    planes = bulk.shapes(plane for _, plane in rows)
    stated = _stated_units(labels)
    keys = {uid: stated.get(uid, NO_PLACE) for uid in uids}
    placed = np.flatnonzero(~shapely.is_missing(planes))
    where = np.full(len(placed), land.OUTSIDE)
    if units:
        ground = bulk.shapes(unit.plane for unit in units)
        where = _located(planes[placed], ground)
    named = [unit_key(u) for u in units]
    special = {land.OUTSIDE: OUTSIDE_ALL, land.SEVERAL: SEVERAL}
    for at, unit in zip(placed.tolist(), where.tolist(), strict=True):
        keys[uids[at]] = special[unit] if unit < 0 else named[unit]
    return keys, labels


def _located(planes: NDArray[np.object_], units: NDArray[np.object_]) -> NDArray[np.int64]:
    """Unit in which each place lies. What has no area, or no definite one, has a place all the
    same: a point lies where it lies, an invalid outline where its repaired shape does."""
    shapes = planes.copy()
    invalid = ~shapely.is_valid(shapes)
    shapes[invalid] = shapely.make_valid(shapes[invalid])
    where = np.full(len(shapes), land.OUTSIDE)
    areas = shapely.area(shapes) > 0
    where[areas] = land.locate(shapes[areas], units)
    flat = np.flatnonzero(~areas)
    point, unit = shapely.STRtree(units).query(shapes[flat], predicate="intersects")
    hits = np.bincount(point, minlength=len(flat))
    where[flat[point]] = unit
    where[flat[hits > 1]] = land.SEVERAL
    return where


def _stated_units(labels: dict[str, str]) -> dict[str, str]:
    """Unit named by the source, for hazards without a polygon."""
    by_uid = {u.uid: unit_key(u) for u in Unit.objects.all() if unit_key(u) in labels}
    rows = Hazard.objects.filter(unit_uid__isnull=False).values_list("uid", "unit_uid")
    return {uid: by_uid[unit] for uid, unit in rows if unit in by_uid}


def _hazard_keys() -> tuple[dict[str, str], dict[str, str]]:
    keys, labels = {}, {}
    for uid, number, name, source_id in Hazard.objects.values_list(
        "uid", "id", "name", "source_id"
    ):
        ref = f"{Hazard.schema.prefix}-{number}"
        keys[uid] = ref
        labels[ref] = name or source_id or ref
    for release in Release.objects.filter(standing=Release.HISTORIC):
        keys[release.activity_uid] = "historic releases"
    labels["historic releases"] = "Released before this register, decided elsewhere"
    return keys, labels


def _for_lines(keys: dict[str, str], lines: land.Lines) -> NDArray[np.object_]:
    return np.array([keys.get(uid, OUTSIDE_ALL) for uid in lines.hazard.tolist()], dtype=object)


# --- what has no polygon -------------------------------------------------------------------------


def _sizes(as_of: date | None) -> list[tuple[str, Decimal | None, bool, str | None]]:
    """(uid, declared m2 where that is all there is, unknown size, classes) of every hazard."""
    query = Hazard.objects.all()
    rows = []
    for uid, area, declared, start, classes in query.values_list(
        "uid", "area_mm2", "declared_m2", "date_start", "classes"
    ):
        if as_of is not None and start is not None and start > as_of:
            continue
        if area is not None:
            rows.append((uid, None, False, classes))
        elif declared is not None:
            rows.append((uid, Decimal(declared), False, classes))
        else:
            rows.append((uid, None, True, classes))
    return rows


def _count(rows: list[Row], keys: dict[str, str] | None, as_of: date | None) -> None:
    by_key = {row.key: row for row in rows}
    for uid, declared, unknown, _ in _sizes(as_of):
        row = rows[0] if keys is None else by_key[keys[uid]]
        row.hazards += 1
        row.declared_only_m2 += declared or Decimal(0)
        row.unknown_size += unknown


def _count_by_class(rows: list[Row], as_of: date | None) -> None:
    by_key = {row.key: row for row in rows}
    for _, declared, unknown, classes in _sizes(as_of):
        for name in (classes or "not_recorded").split("|"):
            row = by_key[name]
            row.hazards += 1
            row.declared_only_m2 += declared or Decimal(0)
            row.unknown_size += unknown


def _notes(found: land.Drift, as_of: date | None) -> dict[str, Any]:
    """What a reader must know beside the figures."""
    from .models import RejectedRow, Submission

    discrepancies: Counter[str] = Counter(
        LedgerDiscrepancy.objects.filter(retired_seq__isnull=True).values_list("rule", flat=True)
    )
    moves_nothing = Activity.objects.exclude(uid__in=Release.objects.values("activity_uid"))
    undated = moves_nothing.filter(result__isnull=False, date_end__isnull=True)
    return {
        "drift_bound_mm2": str(found.lines),
        "classification_not_recorded": Hazard.objects.filter(type__isnull=True).count(),
        "undecided_releases": {
            "count": moves_nothing.filter(result__isnull=False).count(),
            "undated": undated.count(),
            "note": "reports of released land that moved nothing: two people decide each",
        },
        "discrepancies": dict(sorted(discrepancies.items())),
        "rejected_rows": RejectedRow.objects.exclude(submission__state=Submission.REJECTED).count(),
    }
