"""What an assertion that does not hold says, and how much it may be off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True)
class Tolerances:
    """How far a declared figure may lie from what is found; a national profile may set others.

    Attributes
    ----------
    area_fraction
        Relative difference of two areas that passes.
    area_m2
        Absolute difference of two areas that passes, square metres.
    count
        Difference of two counts that passes.
    systematic_share, systematic_rows
        A fault is one of a whole source, not of single rows, when at least this share of the
        source's rows shows it, and at least so many.
    repeat_digits
        Equal rows of figures are called a repetition only when the figures have at least so many
        significant digits together, and one more for each tenfold of rows; small counts are equal
        by chance.
    territory_fraction
        An area of more than this share of the whole territory is implausible.
    earliest_year
        Dates before it are taken for mistakes.
    """

    area_fraction: float = 0.05
    area_m2: float = 1.0
    count: int = 0
    systematic_share: float = 0.5
    systematic_rows: int = 5
    repeat_digits: int = 8
    territory_fraction: float = 0.5
    earliest_year: int = 1900


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One assertion that does not hold. Nothing is changed for it.

    Attributes
    ----------
    rule
        Stable code of the rule.
    severity
        ``error`` (cannot be true as it stands), ``warning`` (a person should look), ``info``.
    rows
        Positions of the rows concerned, from 0, in the arrays that were given; several where one
        cause lies behind all of them.
    fields
        Names of the fields concerned.
    declared, found
        What is stated and what it was checked against: a number, or an ISO date.
    unit
        Of both: ``m2``, ``%``, ``days``, or empty for a count.
    tolerance
        Difference that would have passed, in the same unit.
    cause
        Code of the likely cause, empty when none suggests itself.
    message
        What does not hold, the likely cause in words, and what to do.
    """

    rule: str
    severity: Severity
    rows: tuple[int, ...]
    fields: tuple[str, ...]
    message: str
    declared: float | str | None = None
    found: float | str | None = None
    unit: str = ""
    tolerance: float | None = None
    cause: str = ""

    @property
    def difference(self) -> float | None:
        """Declared minus found; days for dates; None where there is no such thing."""
        one, other = self.declared, self.found
        if isinstance(one, str) and isinstance(other, str):
            try:
                return float((np.datetime64(one, "D") - np.datetime64(other, "D")).astype(int))
            except ValueError:
                return None
        if one is None or other is None or isinstance(one, str) or isinstance(other, str):
            return None
        # What a binary fraction adds behind the twelfth digit is no difference of figures.
        return float(f"{one - other:.12g}")


def floats(values: ArrayLike | Sequence[object]) -> Floats:
    """Numbers as float64; None and what is not recorded become nan."""
    return np.array([np.nan if v is None else v for v in np.asarray(values).tolist()], np.float64)


def half_unit(values: Floats, digits: int = 6) -> Floats:
    """Half of the last decimal digit that each figure shows: how far rounding can move it.

    Whole numbers give 0: a count is exact. ``542.6`` gives 0.05. Figures with more than
    ``digits`` decimals are taken as exact.
    """
    half = np.zeros(len(values))
    left = np.isfinite(values) & (np.round(values) != values)
    for shown in range(1, digits + 1):
        fits = left & np.isclose(np.round(values, shown), values, rtol=1e-12, atol=0)
        half[fits] = 0.5 * 10.0**-shown
        left &= ~fits
    return half


def shown(value: float) -> str:
    """A figure for a sentence: thousands separated, no digits that say nothing."""
    if not np.isfinite(value):
        return "not recorded"
    if value == round(value):
        return f"{value:,.0f}"
    return f"{value:,.6g}" if abs(value) < 1e5 else f"{value:,.1f}"
