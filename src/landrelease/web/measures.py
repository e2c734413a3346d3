"""Areas as people read them: rounded, with the exact whole square millimetres kept beside."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

from django.utils.formats import number_format
from django.utils.translation import gettext

MM2_A_M2 = 1_000_000
M2_A_KM2 = 1_000_000
#: Positions of polygons are good for some metres at best, so that more digits say nothing.
DIGITS = 3


def from_mm2(mm2: int) -> str:
    """Write an area for people: three significant digits, in m² or km²."""
    return from_m2(Decimal(mm2) / MM2_A_M2)


def from_m2(m2: Decimal) -> str:
    """Write an area given in square metres: three significant digits, in m² or km²."""
    size = abs(m2)
    if size == 0:
        return _with_unit("0", "m²")
    if size < 1:
        return gettext("less than 1 m²")
    rounded = _significant(m2)
    if abs(rounded) >= M2_A_KM2:
        return _with_unit(_plain(_significant(rounded / M2_A_KM2)), "km²")
    return _with_unit(_plain(rounded), "m²")


def exact(mm2: int) -> str:
    """Write whole square millimetres with all digits."""
    return _with_unit(number_format(mm2, use_l10n=True, force_grouping=True), "mm²")


def from_text(m2: str) -> str:
    """Write an area as a source stated it; what is no number stays as it is."""
    try:
        return _with_unit(_plain(Decimal(m2)), "m²")
    except InvalidOperation:
        return m2


def _significant(value: Decimal) -> Decimal:
    place = value.adjusted() - DIGITS + 1
    return (
        value.quantize(Decimal(1).scaleb(min(place, 0)), ROUND_HALF_EVEN)
        if place <= 0
        else ((value.scaleb(-place)).quantize(Decimal(1), ROUND_HALF_EVEN).scaleb(place))
    )


def _plain(value: Decimal) -> str:
    text = format(value, "f")
    places = len(text.partition(".")[2])
    return number_format(value, decimal_pos=places, use_l10n=True, force_grouping=True)


def _with_unit(number: str, unit: str) -> str:
    number = number.replace("-", "\N{MINUS SIGN}")
    return f"{number}\N{NO-BREAK SPACE}{unit}"
