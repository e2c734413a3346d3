"""One figure of a report, and what stands where there is none.

A figure carries its id, so that whoever reads it in a workbook or on paper can ask where it comes
from. A cell is never blank: "not recorded", "unknown", "none" and 0 say four different things.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from typing import Any, Final

MM2_A_M2: Final = 1_000_000
M2_A_KM2: Final = 1_000_000
#: Positions of polygons are good for some metres at best, so that more digits of km² say nothing.
SIGNIFICANT: Final = 3


class Absent(StrEnum):
    """What a cell says that holds no number."""

    #: No record says anything about it.
    NOT_RECORDED = "not recorded"
    #: A record says that it is not known, or does not give the number.
    UNKNOWN = "unknown"
    #: A record expressly states that there is none.
    NONE = "none"
    #: The question does not arise.
    NOT_APPLICABLE = "not applicable"
    #: A small number of persons, kept back so that nobody can be recognised.
    WITHHELD = "withheld"


#: Units of figures. ``mm2`` is booked land, ``m2`` is what a source declared.
UNITS: Final = ("mm2", "m2", "areas", "items", "persons", "sessions", "records", "percent")
AREAS: Final = ("mm2", "m2")

Value = int | Decimal | Absent


@dataclass(frozen=True)
class Figure:
    """One figure.

    Attributes
    ----------
    id
        Its id, from which it can be traced to the ground; empty where it is none of the register.
    value
        Whole mm² for ``mm2``, a decimal for ``m2`` and ``percent``, else a whole number; or what
        stands in its place.
    unit
        One of :data:`UNITS`.
    note
        What a reader must know beside it.
    """

    id: str
    value: Value
    unit: str
    note: str = ""

    def __post_init__(self) -> None:
        if self.unit not in UNITS:
            raise ValueError(
                f"the figure {self.id!r} has the unit {self.unit!r}; known are {', '.join(UNITS)}"
            )
        if isinstance(self.value, (bool, float)):
            raise ValueError(
                f"the figure {self.id!r} has the value {self.value!r}; give a whole number, a "
                "decimal or what stands in its place"
            )

    @property
    def is_number(self) -> bool:
        """Whether it holds a number."""
        return not isinstance(self.value, Absent)

    @property
    def is_zero(self) -> bool:
        """Whether it holds the number 0."""
        return not isinstance(self.value, Absent) and self.value == 0

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON: exact, areas and decimals as text."""
        out: dict[str, Any] = {"id": self.id, "value": None, "unit": self.unit}
        if isinstance(self.value, Absent):
            out["absent"] = str(self.value)
        elif self.unit in AREAS or isinstance(self.value, Decimal):
            out["value"] = str(self.value)
        else:
            out["value"] = self.value
        if self.note:
            out["note"] = self.note
        return out


Cell = Figure | Absent | str


def square_metres(figure: Figure) -> Decimal:
    """Return the area of a figure, m².

    Parameters
    ----------
    figure
        A figure in ``mm2`` or ``m2`` that holds a number.

    Returns
    -------
    Decimal
        Square metres, all digits.

    Raises
    ------
    ValueError
        If it is no area, or holds no number.
    """
    if isinstance(figure.value, Absent) or figure.unit not in AREAS:
        raise ValueError(f"{figure.id} is no area: {figure.value} ({figure.unit})")
    value = Decimal(figure.value)
    return value / MM2_A_M2 if figure.unit == "mm2" else value


def shown(cell: Cell) -> str:
    """Write a cell for people: areas in whole m², rounded half to even, thousands set apart.

    Parameters
    ----------
    cell
        The cell.

    Returns
    -------
    str
        Its text, without the unit (the column states it).
    """
    if isinstance(cell, Absent):
        return str(cell)
    if isinstance(cell, str):
        return cell
    if isinstance(cell.value, Absent):
        return str(cell.value)
    if cell.unit in AREAS:
        return _whole_m2(square_metres(cell))
    if cell.unit == "percent":
        return f"{Decimal(cell.value).quantize(Decimal('0.1'), ROUND_HALF_EVEN)} %"
    if isinstance(cell.value, Decimal):
        return f"{cell.value:,f}"
    return f"{cell.value:,d}".replace("-", "\N{MINUS SIGN}")


def _whole_m2(m2: Decimal) -> str:
    whole = m2.quantize(Decimal(1), ROUND_HALF_EVEN)
    if m2 and not whole:
        # Something is there, and a 0 would deny it.
        return "< 1" if m2 > 0 else "> \N{MINUS SIGN}1"
    return f"{whole:,f}".replace("-", "\N{MINUS SIGN}")


def shown_km2(figure: Figure) -> str:
    """Write an area in km² with three significant digits; empty where it is no area.

    Parameters
    ----------
    figure
        The figure.

    Returns
    -------
    str
        For example ``758`` or ``0.0124``.
    """
    if figure.unit not in AREAS or isinstance(figure.value, Absent):
        return ""
    km2 = square_metres(figure) / M2_A_KM2
    if not km2:
        return "0"
    place = km2.adjusted() - SIGNIFICANT + 1
    rounded = (
        km2.quantize(Decimal(1).scaleb(place), ROUND_HALF_EVEN)
        if place <= 0
        else km2.scaleb(-place).quantize(Decimal(1), ROUND_HALF_EVEN).scaleb(place)
    )
    return f"{rounded:,f}".replace("-", "\N{MINUS SIGN}")
