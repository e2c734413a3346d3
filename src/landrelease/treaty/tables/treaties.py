"""The table of the treaties that bind a state: standing, since when, clearance deadline."""

from __future__ import annotations

from datetime import date
from typing import Final

from landrelease import treaty

from .cells import Absent, Cell
from .document import Column, Row, Table

_COLUMNS: Final = (
    Column("standing", "Standing"),
    Column("since", "Since"),
    Column("clearance", "Clearance deadline"),
    Column("told", "What is to be known"),
)


def treaties(country: str, on: date) -> Table | None:
    """Return which treaties bind a state on a day.

    Parameters
    ----------
    country
        ISO 3166-1 alpha-3 code, as recorded with the programme.
    on
        The day.

    Returns
    -------
    Table or None
        A row for each treaty; None where the state is not recorded or not known.
    """
    if not country:
        return None
    try:
        found = treaty.status(country, on=on)
    except treaty.TreatyError:
        return None
    return Table(
        "treaties",
        f"Standing of {found.state.name} in the treaties on {on}",
        "Treaty",
        _COLUMNS,
        tuple(_row(key, status) for key, status in found.treaties.items()),
        (
            "Dates rest on the documents named by `treaty status`; what rests on none says "
            "“unverified”. Events after the material ends are not known here.",
        ),
    )


def _row(key: str, status: treaty.TreatyStatus) -> Row:
    clearance: Cell = Absent.NOT_APPLICABLE
    for deadline in status.deadlines:
        if deadline.obligation is treaty.Obligation.clearance:
            clearance = _due(deadline)
    told = "; ".join((*(event.title for event in status.events), *status.notes))
    standing = status.standing.value.replace("_", " ")
    if not status.verified and status.standing is not treaty.Standing.unknown:
        standing += " (unverified)"
    since: Cell = Absent.UNKNOWN if status.since is None else str(status.since)
    if status.standing is treaty.Standing.not_party:
        since = Absent.NOT_APPLICABLE
    return Row(
        key,
        status.treaty.name,
        {
            "standing": standing,
            "since": since,
            "clearance": clearance,
            "told": told or "–",
        },
    )


def _due(deadline: treaty.Deadline) -> Cell:
    if deadline.due is None:
        return {"not applicable": Absent.NOT_APPLICABLE}.get(deadline.state, Absent.UNKNOWN)
    return f"{deadline.due} ({deadline.state})" + ("" if deadline.verified else " (unverified)")
