"""What a figure that counts records is the sum of: which records, and what each adds."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from landrelease.land import FigureId

from . import area_contributions, human_figures, knowledge, quality_contributions, references
from .errors import RegisterError
from .quality_contributions import Counted

#: Columns of figures about land that count records, not lines.
COLUMNS: Final = (
    "declared_only",
    "declared_released",
    "undated",
    "open_claims",
    "open_and_declared",
    "undecided",
    "undecided_undated",
    "historic_undated",
    "discrepancies",
)

_REACHED: Final = ("women", "men", "girls", "boys", "sex_age_unknown")
#: Columns in which each record counts once.
_ONE_EACH: Final = ("sessions", "accidents", "undated", "not_counted")


def of(figure: FigureId) -> Counted:
    """Find the records behind a figure.

    Parameters
    ----------
    figure
        Id of a figure that counts records.

    Returns
    -------
    tuple
        Unit, types of the records, and what each of them adds, by id. No personal data.

    Raises
    ------
    RegisterError
        When no figure of the register has this topic or column.
    """
    if figure.topic in ("victims", "education", "ordnance", "stockpile"):
        return _of_people_and_devices(figure)
    found = quality_contributions.of(figure)
    if found is not None:
        return found
    unit, record_type, amounts = area_contributions.of(figure)
    return unit, (record_type,), amounts


def _of_people_and_devices(figure: FigureId) -> Counted:
    refs = human_figures.behind(figure)
    unit, names = _measure(figure)
    record_type = _record_type(figure)
    numbers = {references.number_of(record_type, ref) for ref in refs}
    try:
        rows = knowledge.rows(record_type, ("id", "uid", *names), seq=figure.seq)
    except LookupError:
        raise RegisterError(
            f"{figure}: no figure about {figure.topic} has the column {figure.column!r}"
        ) from None
    return (
        unit,
        (record_type,),
        {uid: _added(values) for number, uid, *values in rows if number in numbers},
    )


def _record_type(figure: FigureId) -> str:
    if figure.topic == "victims":
        return "accident" if figure.by == "source" else "victim"
    return {"education": "education_session"}.get(figure.topic, figure.topic)


def _measure(figure: FigureId) -> tuple[str, tuple[str, ...]]:
    """Unit of a figure, and the columns that its records are summed over; none: one each."""
    if figure.column in _ONE_EACH:
        return ("sessions" if figure.column == "sessions" else "records"), ()
    match figure.topic:
        case "victims" if figure.by == "source":
            return "persons", ("casualties" if figure.column == "total" else figure.column,)
        case "victims":
            return "persons", ()
        case "education":
            return "persons", _REACHED if figure.column == "parts" else (figure.column,)
    return "items", ("quantity",)


def _added(values: list[Any]) -> int | Decimal:
    """What a record adds; what it does not say adds nothing, and is said beside the figure."""
    return sum(int(value) for value in values if value is not None) if values else 1
