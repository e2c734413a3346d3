"""Which records stand behind what a report says of its own quality: what is not recorded, what
waits for a decision, what does not hold."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

import numpy as np

from landrelease import land
from landrelease.land import FigureId

from . import acts, codes, counted, knowledge, lines, shares
from .models import LedgerDiscrepancy, Question

Amounts = dict[str, int | Decimal]
#: Unit, types of the records, and what each adds by id.
Counted = tuple[str, tuple[str, ...], Amounts]

_NAMES: Final = ("uid", "type", "classes", "date_start", "geometry_state", "location_origin")
#: Column of hazards that has to be empty for them to be counted.
_EMPTY: Final = {"type_not_recorded": 1, "class_not_recorded": 2, "undated": 3}
_REPORTS: Final = ("undecided", "undecided_undated", "historic_undated")


def of(figure: FigureId) -> Counted | None:
    """Find the records behind a figure about the quality of others.

    Parameters
    ----------
    figure
        Id of the figure.

    Returns
    -------
    tuple or None
        Unit, types of the records, what each adds; None where it is another figure.
    """
    areas = figure.topic == "areas"
    if areas and (figure.column in _EMPTY or figure.column == "position"):
        return "areas", ("hazard",), _hazards(figure)
    if areas and figure.column == "units_without_boundary":
        usable = {unit.uid for unit in shares.units(figure.seq)}
        uids = {uid for (uid,) in knowledge.rows("unit", ("uid",), seq=figure.seq)}
        return "areas", ("unit",), dict.fromkeys(uids - usable, 1)
    if areas and figure.column == "in_question":
        return "records", ("activity",), _questions(figure)
    if figure.topic in ("areas", "land") and figure.column in _REPORTS:
        found = _historic(figure) if figure.column == "historic_undated" else _waiting(figure)
        return _counted_or_measured(figure, found, ("activity",))
    if figure.topic in ("areas", "land") and figure.column == "discrepancies":
        return _discrepancies(figure)
    return None


def _hazards(figure: FigureId) -> Amounts:
    every = knowledge.rows("hazard", _NAMES, seq=figure.seq)
    rows = [row for row in every if row[1] != codes.INDICATION]
    uids, days, states = ([row[at] for row in rows] for at in (0, 3, 4))
    on_record = acts.on_record(uids, days, states, figure.until)
    standing = [row for row, counts in zip(rows, on_record, strict=True) if counts]
    counts: Callable[[tuple[Any, ...]], bool]
    if figure.column == "position":
        origin = None if figure.key == "not_recorded" else figure.key

        def counts(row: tuple[Any, ...]) -> bool:
            return row[5] == origin
    else:
        empty = _EMPTY[figure.column]

        def counts(row: tuple[Any, ...]) -> bool:
            return row[empty] is None

    return {row[0]: 1 for row in standing if counts(row)}


def _questions(figure: FigureId) -> Amounts:
    rows = Question.objects.filter(seq__lte=figure.seq).exclude(resolved_seq__lte=figure.seq)
    if figure.until is not None:
        rows = rows.exclude(on__gt=figure.until)
    return dict(Counter(rows.values_list("activity_uid", flat=True)))


def _waiting(figure: FigureId) -> dict[str, list[int]]:
    """Area of each report of released land that nobody has decided."""
    undated = figure.column == "undecided_undated"
    return {
        uid: [int(area or 0)]
        for uid, end, area, _ in counted.waiting(seq=figure.seq)
        if not undated or end is None
    }


def _historic(figure: FigureId) -> dict[str, list[int]]:
    """Areas that undated releases decided elsewhere hold in the opening balance."""
    standing = lines.standing(figure.seq).lines
    released = np.isin(standing.ground_to.astype(str), land.RELEASED)
    counts = (standing.kind == "historic") & np.isnat(standing.on) & ((standing.scopes & 1) > 0)
    moved = np.asarray(counts & released & (standing.ground_from != standing.ground_to), bool)
    found: dict[str, list[int]] = defaultdict(list)
    for uid, mm2 in zip(standing.uid[moved].tolist(), standing.mm2[moved].tolist(), strict=True):
        found[uid].append(mm2)
    return {uid: [sum(areas)] for uid, areas in found.items()}


def _discrepancies(figure: FigureId) -> Counted:
    rows = LedgerDiscrepancy.objects.filter(seq__lte=figure.seq, rule=figure.key).exclude(
        retired_seq__lte=figure.seq
    )
    found: dict[str, list[int]] = defaultdict(list)
    for uid, on, mm2 in rows.values_list("event_uid", "valid_on", "mm2"):
        if figure.until is None or on is None or on <= figure.until:
            found[uid].append(mm2 or 0)
    return _counted_or_measured(figure, found, ("hazard", "activity"))


def _counted_or_measured(
    figure: FigureId, found: dict[str, list[int]], types: tuple[str, ...]
) -> Counted:
    if figure.topic == "areas":
        return "records", types, {uid: len(areas) for uid, areas in found.items()}
    return "mm2", types, {uid: sum(areas) for uid, areas in found.items()}
