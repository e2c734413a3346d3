"""Released land that is in question (rule 6), as figures."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import numpy as np
from django.db import connection

from landrelease import land

from . import bulk, ground, released, row_keys, shares
from .balance_rows import CLASS_SCOPES
from .balances import OUTSIDE_ALL, Row
from .models import Boundaries, Question


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


def fill(
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
        for at, name in CLASS_SCOPES:
            by_key[name].in_question_mm2 = ground_in_question(found.values(), 1 << at)[1]
    elif by is not None:
        key_of = row_keys.keys_of_activities(found, by, seq)
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
