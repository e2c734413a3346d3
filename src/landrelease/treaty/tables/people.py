"""The tables about people: victims and risk education, aggregated."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from .cells import Figure
from .document import Column, Row, Table
from .inputs import Education, Line, Victims
from .land import cells_of
from .withheld import withhold

VICTIMS: Final = (
    Column("killed", "Killed", "persons"),
    Column("injured", "Injured", "persons"),
    Column("unknown", "Fate not recorded", "persons"),
    Column("total", "Total", "persons"),
)
EDUCATION: Final = (
    Column("sessions", "Sessions", "sessions"),
    Column("women", "Women", "persons"),
    Column("men", "Men", "persons"),
    Column("girls", "Girls", "persons"),
    Column("boys", "Boys", "persons"),
    Column("sex_age_unknown", "Sex or age not recorded", "persons"),
    Column("parts", "Sum of the parts", "persons"),
    Column("total", "Total as stated", "persons"),
)


def victims(found: Victims, since: date, until: date, *, fewer_than: int) -> Table:
    """Return victims by status, sex, age and device, each with "not recorded".

    Parameters
    ----------
    found
        The aggregated counts.
    since, until
        First and last day of the period.
    fewer_than
        Parts smaller than this are withheld, and others with them so that none can be worked out
        from the totals; 0 shows all (not for publication).

    Returns
    -------
    Table
        A block of rows for each characteristic, each adding up to the total.
    """
    rows: list[Row] = []
    hidden = False
    for breakdown in found.breakdowns:
        lines: Sequence[Line] = breakdown.lines
        if fewer_than:
            kept = withhold(lines, [column.key for column in VICTIMS], fewer_than=fewer_than)
            hidden = hidden or kept != list(lines)
            lines = kept
        rows += [
            Row(
                f"{breakdown.key}={line.key}",
                f"{breakdown.label}: {line.label}",
                cells_of(line, VICTIMS),
            )
            for line in lines
        ]
    total = Row(
        "total", "All victims recorded one by one", cells_of(found.persons, VICTIMS), "total"
    )
    stated = Row(
        "accidents",
        "As the records of accidents state",
        cells_of(found.accidents, VICTIMS),
        "apart",
    )
    notes = [
        "Victims recorded one by one and the numbers that records of accidents state are two "
        "accounts of the same events: they are never added up.",
        "Each characteristic divides the same persons: status, sex, age and device are not to be "
        "added to each other.",
        _undated(found.undated, "victims"),
    ]
    if hidden:
        notes.append(
            f"Parts of fewer than {fewer_than} persons are withheld, and with them as many others "
            "as it takes that nobody can work them out from the totals."
        )
    return Table(
        "victims",
        f"Victims from {since} to {until}",
        "By",
        VICTIMS,
        (*rows, total, stated),
        tuple(note for note in notes if note),
    )


def education(found: Education, since: date, until: date) -> Table:
    """Return risk education by method with women, men, girls, boys and "not recorded".

    Parameters
    ----------
    found
        The aggregated counts.
    since, until
        First and last day of the period.

    Returns
    -------
    Table
        A row for each method and their total.
    """
    rows = [Row(line.key, line.label, cells_of(line, EDUCATION)) for line in found.lines]
    total = Row("total", "All methods", cells_of(found.total, EDUCATION), "total")
    notes = [
        "Persons reached, as counted at each session: somebody who attended twice is counted "
        "twice. People reached face to face and through mass media are different things.",
        "Where the stated total differs from the sum of the parts, both are shown as recorded.",
        _undated(found.undated, "sessions"),
    ]
    return Table(
        "education",
        f"Risk education from {since} to {until}",
        "Method",
        EDUCATION,
        (*rows, total),
        tuple(note for note in notes if note),
    )


def _undated(figure: Figure, what: str) -> str:
    if not figure.is_number or figure.is_zero:
        return ""
    return (
        f"{figure.value} {what} have no date, or one that reaches beyond the period, and are in "
        "no row."
    )
