"""Dates as precisely as they are known: a day, or an interval of days; and month arithmetic.

A source that says "2015" does not say 1 January 2015. Such a date is kept as the interval of days
that it may be, and everything computed from it is an interval too.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from .errors import TreatyError

_YEAR = re.compile(r"\d{4}")
_MONTH = re.compile(r"(\d{4})-(\d{2})")


@dataclass(frozen=True, slots=True)
class When:
    """A day between ``first`` and ``last``, both included.

    Attributes
    ----------
    first, last : datetime.date
        Earliest and latest day that it may be; the same for a day that is known.

    Raises
    ------
    TreatyError
        ``last`` lies before ``first``.

    Examples
    --------
    >>> str(When.parse("2005-12-27")), str(When.parse("2015")), str(When.parse("2027-03"))
    ('2005-12-27', '2015', '2027-03')
    """

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise TreatyError(f"an interval cannot end on {self.last} and begin on {self.first}")

    @classmethod
    def on(cls, day: date) -> When:
        """Give a day that is known."""
        return cls(day, day)

    @classmethod
    def parse(cls, text: str) -> When:
        """Read ``2005-12-27``, ``2027-03``, ``2015`` or ``2025-06-25/2025-06-26``.

        Parameters
        ----------
        text : str
            A date of ISO 8601, whole, cut to month or year, or an interval of two.

        Returns
        -------
        When

        Raises
        ------
        TreatyError
            The text is none of these.
        """
        begin, slash, end = text.strip().partition("/")
        try:
            if slash:
                return cls(cls.parse(begin).first, cls.parse(end).last)
            if _YEAR.fullmatch(begin):
                return cls(date(int(begin), 1, 1), date(int(begin), 12, 31))
            if month := _MONTH.fullmatch(begin):
                year, number = int(month[1]), int(month[2])
                return cls(date(year, number, 1), date(year, number, _days(year, number)))
            return cls.on(date.fromisoformat(begin))
        except ValueError as error:
            raise TreatyError(
                f"{text!r} is no date: write 2005-12-27, 2027-03, 2015 or 2025-06-25/2025-06-26"
            ) from error

    @property
    def exact(self) -> bool:
        """Whether the day is known."""
        return self.first == self.last

    @property
    def years(self) -> range:
        """Years that it may lie in."""
        return range(self.first.year, self.last.year + 1)

    def moved(self, step: Callable[[date], date]) -> When:
        """Apply a step that keeps the order of days to both ends."""
        return When(step(self.first), step(self.last))

    def not_before(self, day: date) -> When:
        """Cut off what lies before a day."""
        return When(max(self.first, day), max(self.last, day))

    def reached(self, day: date) -> bool | None:
        """Say whether it has come by a day (that day included); None when that is not known."""
        if day >= self.last:
            return True
        return False if day < self.first else None

    def overlaps(self, other: When) -> bool:
        """Whether both may be the same day."""
        return self.first <= other.last and other.first <= self.last

    def __str__(self) -> str:
        if self.exact:
            return self.first.isoformat()
        whole_years = (self.first.month, self.first.day) == (1, 1) and (
            self.last.month,
            self.last.day,
        ) == (12, 31)
        if whole_years and self.first.year == self.last.year:
            return f"{self.first.year:04d}"
        if (self.first.year, self.first.month) == (self.last.year, self.last.month) and (
            self.first.day == 1 and self.last.day == _days(self.last.year, self.last.month)
        ):
            return f"{self.first.year:04d}-{self.first.month:02d}"
        return f"{self.first.isoformat()} to {self.last.isoformat()}"


def _days(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1]


def add_months(day: date, months: int) -> date:
    """Give the same day some months later; the last of the month where it has no such day.

    Examples
    --------
    >>> add_months(date(2006, 10, 31), 6)
    datetime.date(2007, 4, 30)
    """
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, _days(year, month + 1)))


def add_years(day: date, years: int) -> date:
    """Give the same day some years later; 28 February where 29 is missing."""
    return add_months(day, 12 * years)


def add_days(day: date, days: int) -> date:
    """Give the day some days later."""
    return day + timedelta(days=days)


def first_of_sixth_month(deposit: date) -> date:
    """Give the first day of the sixth month after the month of a deposit.

    Examples
    --------
    >>> first_of_sixth_month(date(2005, 12, 27))
    datetime.date(2006, 6, 1)
    """
    return add_months(deposit.replace(day=1), 6)


def six_months_after(notified: date) -> date:
    """Give the day six months after a notification."""
    return add_months(notified, 6)
