"""When something was said: words of time resolved against the date of publication."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from landrelease.evidence.datetimes import Option, TimeExpression, datetimes
from landrelease.evidence.metadata import parse_date

_ANY_DAY = (dt.date(2901, 5, 23), dt.date(2914, 11, 8))  # after any year that is read
_PRECISIONS = ("day", "month", "year")
_CONFUSABLE = re.compile(r"\d{1,2}[./-]\d{1,2}(?![./-]\d)")


@dataclass(frozen=True)
class When:
    """A moment at its precision.

    Attributes
    ----------
    value : str
        ISO 8601, cut to the precision.
    precision : str
        'day', 'month' or 'year'.
    """

    value: str
    precision: str


def resolve(text: str, published: dt.date | None) -> When | None:
    """Resolve the most precise time a text names, the first one among equals.

    A weekday is the last such day on or before the day of publication, as news reports use it
    ("said Wednesday" on a Wednesday is that day); nothing later than that day was said before it.
    Nothing relative is resolved without a day of publication; "last month" and "last year" keep
    their coarser precision.

    Parameters
    ----------
    text : str
        The words around the verb of saying, without what was said.
    published : datetime.date or None
        Day of publication.

    Returns
    -------
    When or None
        None when the text names no time or the time cannot be fixed.
    """
    full = parse_date(text, "")
    if full is not None and full.value is not None and full.precision is not None:
        return When(full.value, full.precision)
    if published is not None:
        found = _resolved(text, published)
    else:
        # What comes out the same from any day does not depend on the day.
        first, other = (_resolved(text, day) for day in _ANY_DAY)
        found = [when for when in first if when in other]
    return min(found, key=lambda when: _PRECISIONS.index(when.precision), default=None)


def _resolved(text: str, day: dt.date) -> list[When]:
    return [
        when
        for expression in datetimes(text, day)
        if (when := _last_until(expression, day)) is not None
    ]


def _last_until(expression: TimeExpression, day: dt.date) -> When | None:
    """The latest time an expression can mean that is not after a day."""
    if _CONFUSABLE.fullmatch(expression.text):
        return None
    found = [when for option in expression.options if (when := _cut(option)) is not None]
    fitting = [when for when in found if when.value <= day.isoformat()[: len(when.value)]]
    return max(fitting, key=lambda when: when.value, default=None)


def _cut(option: Option) -> When | None:
    """An option at its precision; None for weeks, quarters, lengths and the like."""
    if option.timex == "PRESENT_REF" or option.mod in ("before", "until", "after"):
        return None
    if option.type in ("date", "datetime") and option.value and option.value[0].isdigit():
        return When(option.value[:10], "day")
    if option.start is None:
        return None
    if option.type == "datetimerange" and not option.timex.startswith("("):
        return When(option.start[:10], "day")
    if re.fullmatch(r"(?:\d{4}|XXXX)-\d{2}", option.timex):
        return When(option.start[:7], "month")
    if re.fullmatch(r"\d{4}", option.timex):
        return When(option.start[:4], "year")
    if option.mod == "since" and re.fullmatch(r"(?:\d{4}|XXXX)-(?:\d{2}|WXX)-\d+", option.timex):
        return When(option.start, "day")
    return None
