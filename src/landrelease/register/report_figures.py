"""The figures that a report is frozen with: of the land, or of a treaty report."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from landrelease import land
from landrelease.land import ACCOUNTS, FigureId

from . import balances, scopes, shares
from .errors import RegisterError
from .reports import Figure

#: The report that needs no treaty: the statement of the programme, and its land by unit.
LAND = "land"

#: Terms that move land between suspected and confirmed, or between units: 0 in open land.
_BETWEEN_OPEN = ("reclassified", "overlap", "boundary_reform")
_STATED = ("suspected", "confirmed", "open")
_STOCKS = ("suspected", "confirmed", "cancelled", "reduced", "cleared", "released_not_recorded")


def gather(
    kind: str, since: date, until: date, known_seq: int, *, level: int | None = None
) -> list[Any]:
    """Gather the figures of a report.

    Parameters
    ----------
    kind
        ``land``, or a kind of treaty report.
    since, until
        First and last day.
    known_seq
        Last journal entry that the figures know.
    level
        Administrative level of rows by unit; the finest by default.

    Returns
    -------
    list
        Figures with ``id``, ``value`` and ``unit``.

    Raises
    ------
    RegisterError
        When there is no such kind.
    """
    if kind == LAND:
        return list(of_land(since, until, known_seq, level=level))
    from . import reporting

    if kind not in reporting.KINDS:
        known = ", ".join((LAND, *reporting.KINDS))
        raise RegisterError(f"no kind of report is called {kind!r}; there are: {known}")
    return list(reporting.figures_of(kind, since, until, known_seq, level=level))


def of_land(
    since: date, until: date, known_seq: int, *, level: int | None = None
) -> Iterator[Figure]:
    """Give the statement of the programme, and what each unit holds and what was done in it.

    Parameters
    ----------
    since, until, known_seq, level
        As in :func:`gather`.

    Yields
    ------
    Figure
        Areas in whole mm², ground counted once.
    """
    units = shares.units(known_seq)
    after = shares.epoch_on(units, level, until)
    before = shares.epoch_on(units, level, since - timedelta(days=1))
    reformed = before is not None and after is not None and before.sha256 != after.sha256
    ground = scopes.ground("any", known_seq)
    stated = land.statement(
        ground.lines,
        since,
        until,
        shares=ground.shares(after),
        opening_shares=ground.shares(before) if reformed else None,
    )

    def figure(column: str, mm2: int, *, flow: bool, unit: str | None = None) -> Figure:
        name = FigureId(
            "land",
            column,
            known_seq,
            since if flow else None,
            until,
            "" if unit is None else "unit",
            unit or "",
        )
        return Figure(str(name), mm2, "mm2")

    total = stated.total
    for account in _STATED:
        yield figure(f"opening.{account}", total.opening[account], flow=True)
        for term in land.TERMS:
            if term != "boundary_reform":  # moves nothing into or out of the programme
                yield figure(f"{term}.{account}", total.terms[term][account], flow=True)
        yield figure(f"closing.{account}", total.closing[account], flow=True)
    rows = {row.key: row for row in stated.rows}
    keys = [] if after is None else [unit.key for unit in after.units]
    for key in [*keys, balances.OUTSIDE_ALL]:
        row = rows.get(key)
        for account in _STOCKS:
            held = 0 if row is None else row.closing[account]
            yield figure(account, held, flow=False, unit=key)
        for term in land.TERMS:
            if term in _BETWEEN_OPEN:
                continue
            # What a term did to the account of its own name, or else to open land.
            own = term if term in ACCOUNTS else "open"
            yield figure(term, 0 if row is None else row.terms[term][own], flow=True, unit=key)
