"""Which hazardous areas, and which waiting reports, are counted in a figure.

Numbers of areas (rule 10) come from :func:`landrelease.land.counts.counts` by area, instead of by
unit: the same function with finer keys, so that what is listed here is what was counted there.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Final

import numpy as np
from numpy.typing import NDArray

from landrelease import land
from landrelease.land import FigureId
from landrelease.land.counts import COUNT_MEMOS, COUNT_TERMS, CountRow, counts
from landrelease.treaty.tables import SCOPE_CLASSES

from . import area_only, balances, counted, lines, references, row_keys, shares
from .errors import RegisterError
from .scope_figures import LandFigures, Period

#: What is counted of the records as they stand: columns of :class:`.counted.Numbers`.
_NUMBERS: Final = {
    "hazards": ("areas", "hazards"),
    "open_areas": ("areas", "open_areas"),
    "unknown_size": ("areas", "unknown_size"),
    "indications": ("areas", "indications"),
    "declared_only": ("m2", "declared_only_m2"),
    "undated": ("mm2", "undated_mm2"),
}
#: Figures about reports that state a released area and have no polygon, with their unit.
_AREA_ONLY: Final = {("land", "declared_released"): "m2", ("areas", "area_only"): "records"}
_TERMS: Final = ("opening", "closing", *COUNT_TERMS, *COUNT_MEMOS)
#: Stands between the two halves of a finer key; no key holds it.
_BETWEEN: Final = "\x1f"

Amounts = dict[str, int | Decimal]


def of(figure: FigureId) -> tuple[str, str, Amounts]:
    """Find the records that are counted in a figure.

    Parameters
    ----------
    figure
        Id of a figure about areas, or about land that no polygon shows.

    Returns
    -------
    tuple
        Unit, type of the records, and what each of them adds, by id.

    Raises
    ------
    RegisterError
        When no figure has this column.
    """
    if figure.topic == "land" and figure.column == "open_and_declared":
        apart = (replace(figure, column=name) for name in ("open", "declared_only"))
        raise RegisterError(
            f"{figure} is the labelled sum of two figures: trace {' and '.join(map(str, apart))}"
        )
    if figure.by == "classes" and figure.column in ("open", "open_claims"):
        return _open_of_classes(figure)
    if figure.topic == "areas" and figure.column == "declared_only":
        declared = _numbers(figure, "declared_only_m2")
        return "areas", "hazard", {uid: 1 for uid, m2 in declared.items() if m2}
    if (figure.topic, figure.column) in _AREA_ONLY:
        return _AREA_ONLY[figure.topic, figure.column], "activity", _area_only(figure)
    if figure.topic == "land" and figure.column == "undated":
        return "mm2", "activity", _undated_reports(figure)
    if figure.column in _NUMBERS and (figure.topic == "areas") == (
        _NUMBERS[figure.column][0] == "areas"
    ):
        unit, name = _NUMBERS[figure.column]
        return unit, "hazard", _numbers(figure, name)
    if figure.topic == "areas" and figure.column in _TERMS:
        return "areas", "hazard", _by_term(figure)
    raise RegisterError(
        f"{figure}: no figure about {figure.topic} that can be traced has the column "
        f"{figure.column!r}"
    )


# --- what is known of records --------------------------------------------------------------------


def _numbers(figure: FigureId, name: str) -> Amounts:
    """What each hazard adds to a column, in the row of the figure."""
    hazards = counted.Hazards(seq=figure.seq, as_of=figure.until)
    standing = lines.standing(figure.seq)
    if figure.until is not None:
        on = standing.lines.on
        standing = standing.take(np.isnat(on) | (on <= np.datetime64(figure.until, "D")))
    if figure.by == "unit":
        epoch, wanted = _unit(figure)
        shared = shares.of_lines(standing.id, epoch, figure.seq)
        part = standing.lines.take(standing.spread(shared.line))
        found = hazards.by_unit(counted.claims_of(part, shared.unit, shared.mm2), epoch)
    else:
        whole = np.full(len(standing.lines), "", dtype=object)
        claims = counted.claims_of(standing.lines, whole, standing.lines.mm2)
        found, wanted = hazards.at_once(claims), ""
    numbers = {uid: values for (uid, unit), values in found.items() if unit == wanted}
    scope = figure.key if figure.by == "class" else figure.scope
    chosen = _of_scope(hazards, scope)
    if figure.by == "classes":
        chosen = {row[0] for row in hazards.rows if row[4] == figure.key}
    amounts: Amounts = {
        uid: getattr(values, name) for uid, values in numbers.items() if uid in chosen
    }
    if name == "open_areas" and scope != land.SCOPES[0]:
        open_here = counted.with_open_claims(standing.lines, figure.until, scope)
        measured = {row[0] for row in hazards.rows if row[1] is not None}
        amounts = {
            uid: (int(uid in open_here) if uid in measured else amount)
            for uid, amount in amounts.items()
        }
    if figure.by == "hazard":
        hazard = references.find(figure.key, ["hazard"])
        wanted_uid = None if hazard is None else hazard.uid
        amounts = {uid: amount for uid, amount in amounts.items() if uid == wanted_uid}
    elif figure.by in ("organisation", "method"):
        return {}
    return amounts


def _of_scope(hazards: counted.Hazards, scope: str) -> set[str]:
    """Hazards that name a class of a scope."""
    if scope == "any":
        return {row[0] for row in hazards.rows}
    wanted = set(SCOPE_CLASSES.get(scope, (scope,)))
    if not wanted <= set(land.CLASSES):
        raise RegisterError(f"no scope is called {scope!r}")
    return {
        row[0] for row in hazards.rows if wanted.intersection((row[4] or "not_recorded").split("|"))
    }


def _open_of_classes(figure: FigureId) -> tuple[str, str, Amounts]:
    """Areas that name exactly these classes, and what each holds open by itself."""
    if figure.until is None:
        raise RegisterError(f"{figure} names no day")
    found = LandFigures(Period(figure.until, figure.until, figure.seq))
    frame = found.hazards
    uids = set(frame["uid"][frame["classes"] == figure.key])
    held = found.open_claims(uids)
    if figure.column == "open_claims":
        return "mm2", "hazard", dict(held)
    unplaced = {uid for (uid, _), numbers in found.unplaced.items() if numbers.open_areas}
    opened = {uid for uid, mm2 in held.items() if mm2 > 0}
    return "areas", "hazard", dict.fromkeys(opened | (unplaced & uids), 1)


def _undated_reports(figure: FigureId) -> Amounts:
    """Area of each undated report of released land that moved nothing (rule 5)."""
    waiting = counted.waiting(seq=figure.seq)
    if figure.by == "unit":
        epoch, wanted = _unit(figure)
        found = counted.reports_by_unit(waiting, epoch or shares.NO_UNITS, figure.seq)
    elif figure.by:
        return {}
    else:
        found, wanted = counted.reports_at_once(waiting), ""
    return {uid: values.undated_mm2 for (uid, unit), values in found.items() if unit == wanted}


def _area_only(figure: FigureId) -> Amounts:
    """What each report without a polygon states as released (rule 8), or each report once."""
    scope = figure.key if figure.by == "class" else figure.scope
    found = area_only.reports(seq=figure.seq, since=figure.since, until=figure.until, scope=scope)
    if figure.by == "unit":
        epoch, wanted = _unit(figure)
        placed = area_only.by_unit(found, epoch, figure.seq)
        found = [one for one in found if (one.uid, wanted) in placed]
    elif figure.by in ("hazard", "organisation", "method"):
        key_of = row_keys.keys_of_reports(found, figure.by, figure.seq)
        found = [one for one in found if key_of[one.uid] == figure.key]
    if figure.topic == "areas":
        return {one.uid: 1 for one in found}
    return {one.uid: one.m2 for one in found}


def _unit(figure: FigureId) -> tuple[shares.Epoch | None, str]:
    """Boundaries of a figure by unit, and the id of its unit there."""
    units = shares.units(figure.seq)
    epoch = shares.epoch_on(units, _unit_level(figure), figure.until)
    special = {balances.OUTSIDE_ALL: shares.OUTSIDE, balances.NO_PLACE: shares.NOWHERE}
    by_key = {unit.key: unit.uid for unit in (() if epoch is None else epoch.units)}
    found = {**by_key, **special}.get(figure.key)
    if found is None:
        raise RegisterError(
            f"{figure}: no administrative unit {figure.key!r} was in force on that day"
        )
    return epoch, found


def _unit_level(figure: FigureId) -> int | None:
    """Level of the unit that a figure names; the finest for a key that is at none or several."""
    units = shares.units(figure.seq)
    levels = {unit.level for unit in units if unit.key == figure.key}
    return shares.level_of(units, next(iter(levels)) if len(levels) == 1 else None)


# --- numbers of areas by term --------------------------------------------------------------------


def _by_term(figure: FigureId) -> Amounts:
    """How often each area counts in a term: 1, 0, or -1 where a split or merge ended it."""
    if figure.by not in ("", "unit"):
        raise RegisterError(f"{figure}: numbers of areas by term are counted by unit only")
    level = _unit_level(figure) if figure.by else None
    period = Period(figure.since, figure.until, figure.seq, level)
    found = LandFigures(period)
    ground = found.ground(figure.scope)
    areas = found.areas(figure.scope, ground)
    wanted = figure.key if figure.by else ""
    keys = areas.uid
    of_units = None
    if figure.by:
        keys = _finer(found.place_of(areas), areas.uid)
        shared = ground.shares(found.epoch)
        owner = ground.lines.hazard[shared.line]
        of_units = land.LineShares(shared.line, _finer(shared.key, owner), shared.mm2)
    rows = counts(
        areas,
        ground.lines,
        found.land_acts,
        period.since,
        period.until,
        keys=keys,
        shares=of_units,
        scope=ground.scope,
    ).rows
    amounts: Amounts = {}
    for row in rows:
        unit, _, uid = row.key.rpartition(_BETWEEN)
        if unit == wanted:
            amounts[uid] = amounts.get(uid, 0) + _value(row, figure.column)
    return amounts


def _finer(keys: NDArray[np.object_], uids: NDArray[np.object_]) -> NDArray[np.object_]:
    return np.array(
        [f"{key}{_BETWEEN}{uid}" for key, uid in zip(keys.tolist(), uids.tolist(), strict=True)],
        dtype=object,
    )


def _value(row: CountRow, column: str) -> int:
    if column in ("opening", "closing"):
        return int(getattr(row, column))
    return row.terms[column] if column in row.terms else row.memos[column]
