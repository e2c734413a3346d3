"""The tables about explosive ordnance: destroyed devices, and stocks."""

from __future__ import annotations

from datetime import date
from typing import Final

from .document import Column, Row, Table
from .inputs import Ordnance, Stocks
from .land import cells_of

DESTROYED: Final = (
    Column("destroyed", "Destroyed", "items"),
    Column("not_counted", "Records of destruction without a number", "records"),
)
STOCKS: Final = (
    Column("stockpile", "Stockpiled, latest count", "items"),
    Column("retained", "Retained for permitted purposes, latest count", "items"),
    Column("transferred", "Transferred in the period", "items"),
    Column("destroyed", "Destroyed from stocks in the period", "items"),
    Column("not_counted", "Records without a number", "records"),
)


def destroyed(found: Ordnance, since: date, until: date) -> Table:
    """Return explosive ordnance destroyed in the period by class.

    Parameters
    ----------
    found
        The aggregated counts.
    since, until
        First and last day of the period.

    Returns
    -------
    Table
        A row for each class.
    """
    return Table(
        "destroyed",
        f"Explosive ordnance destroyed in survey and clearance from {since} to {until}",
        "Class",
        DESTROYED,
        tuple(Row(line.key, line.label, cells_of(line, DESTROYED)) for line in found.lines),
        (
            "Items that were found and not destroyed are restricted, and in no figure here.",
            *_undated(found.undated.value, "records of destroyed items"),
        ),
    )


def stocks(found: Stocks, since: date, until: date) -> Table:
    """Return stockpiled, retained, transferred and destroyed items by class.

    Parameters
    ----------
    found
        The aggregated counts.
    since, until
        First and last day of the period.

    Returns
    -------
    Table
        A row for each class of the report's scope.
    """
    return Table(
        "stocks",
        f"Stockpiled and retained at the end of {until}, transferred and destroyed since {since}",
        "Class",
        STOCKS,
        tuple(Row(line.key, line.label, cells_of(line, STOCKS)) for line in found.lines),
        (
            '"none" = a record states expressly that there are none; "not recorded" = no record '
            'says anything; "unknown" = a record exists and gives no number.',
            "Types, lot numbers and institutions are kept in the register, restricted, and not "
            "printed here.",
            *_undated(found.undated.value, "records of stocks"),
        ),
    )


def _undated(number: object, what: str) -> tuple[str, ...]:
    if not isinstance(number, int) or not number:
        return ()
    return (f"{number} {what} have no date within one period and are in no row.",)
