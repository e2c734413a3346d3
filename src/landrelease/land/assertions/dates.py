"""Dates out of order. A date is an interval of days ("2024" is the whole year): two dates are out
of order only when no day of the one can come before any day of the other."""

from __future__ import annotations

import datetime as dt

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .mismatch import Mismatch, Severity, Tolerances

Days = NDArray[np.datetime64]

#: An interchange of day and month is thought of only for dates this near to each other.
_A_YEAR = 366


def days(values: ArrayLike) -> Days:
    """Days as datetime64[D]; None becomes NaT."""
    return np.array(
        [None if v is None else v for v in np.asarray(values).tolist()], "datetime64[D]"
    )


def check_order(
    earlier: tuple[ArrayLike, ArrayLike],
    later: tuple[ArrayLike, ArrayLike],
    *,
    fields: tuple[str, str],
    rule: str = "dates_out_of_order",
    severity: Severity = "error",
    says: str = "",
    likely: tuple[str, str] | None = None,
) -> list[Mismatch]:
    """Check that one date does not come after another.

    Parameters
    ----------
    earlier, later
        First and last day of each date; NaT or None = not recorded.
    fields
        Names of both.
    rule, severity
        To report.
    says
        Why the order must be so, for the message.
    likely
        Code and words of the likely cause, where the two dates are not of one piece of work.

    Returns
    -------
    list of Mismatch
        One a row, with days as difference.
    """
    first, last = days(earlier[0]), days(later[1])
    first_end, last_start = days(earlier[1]), days(later[0])
    wrong = np.flatnonzero(~np.isnat(first) & ~np.isnat(last) & (first > last))
    found = []
    for row in wrong.tolist():
        one, other = str(first[row]), str(last[row])
        single = first[row] == first_end[row] and last[row] == last_start[row]
        cause, words = likely or _likely_order(first[row], last[row], bool(single))
        found.append(
            Mismatch(
                rule,
                severity,
                (row,),
                fields,
                f"{fields[0]} {one} is after {fields[1]} {other}"
                + (f": {says}" if says else "")
                + (f"; likely cause: {words}." if words else "."),
                declared=one,
                found=other,
                unit="days",
                tolerance=0.0,
                cause=cause,
            )
        )
    return found


def _likely_order(first: np.datetime64, last: np.datetime64, single: bool) -> tuple[str, str]:
    one, other = first.item(), last.item()
    if not isinstance(one, dt.date) or not isinstance(other, dt.date):
        return "dates_out_of_order", ""
    # Day and month are thought of before a slip of the year: it is the commoner fault.
    if single and (one - other).days < _A_YEAR:
        for a, b in ((_turned(one), other), (one, _turned(other))):
            if a is not None and b is not None and a <= b and (b - a).days < _A_YEAR:
                return "day_and_month", "day and month of one of them are interchanged"
    if (
        single
        and 0 < one.year - other.year <= 1
        and (one.month, one.day) <= (other.month, other.day)
    ):
        return "year", "the year of one of them is mistyped, or was not yet changed in January"
    return "dates_out_of_order", "the two are interchanged, or one is mistyped"


def _turned(day: dt.date) -> dt.date | None:
    """The date with day and month interchanged; None where that is no other date."""
    if day.day > 12 or day.day == day.month:
        return None
    return dt.date(day.year, day.day, day.month)


def check_bounds(
    dates: tuple[ArrayLike, ArrayLike],
    *,
    today: dt.date,
    field: str = "date",
    tolerances: Tolerances | None = None,
) -> list[Mismatch]:
    """Check that dates lie neither in the future nor before there were such records.

    Parameters
    ----------
    dates
        First and last day; NaT or None = not recorded. A year that has begun is not in the future.
    today
        The day of the check.
    field
        Field to report.
    tolerances
        ``earliest_year``.

    Returns
    -------
    list of Mismatch
        ``future_date``, ``implausible_date``.
    """
    limits = tolerances or Tolerances()
    first, last = days(dates[0]), days(dates[1])
    now = np.datetime64(today, "D")
    begin = np.datetime64(f"{limits.earliest_year:04d}-01-01", "D")
    found = []
    for rule, hits, against, says in (
        ("future_date", first > now, now, "lies in the future"),
        ("implausible_date", last < begin, begin, "is too early"),
    ):
        for row in np.flatnonzero(~np.isnat(first) & hits).tolist():
            shown = first[row] if rule == "future_date" else last[row]
            likely = "a mistyped year, or day and month interchanged"
            if rule == "implausible_date":
                likely = "a year with a thousands separator, a lost digit, or a default date"
            found.append(
                Mismatch(
                    rule,
                    "error",
                    (row,),
                    (field,),
                    f"{field} {shown} {says} (checked against {against}); likely cause: {likely}.",
                    declared=str(shown),
                    found=str(against),
                    unit="days",
                    tolerance=0.0,
                    cause="year",
                )
            )
    return found
