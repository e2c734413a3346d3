"""When something was said: words of time resolved against the date of publication."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from landrelease.evidence.lexicons import WEEKDAYS
from landrelease.evidence.metadata import MONTHS, parse_date

_WEEKDAY = re.compile(r"\b(?P<last>last )?(?P<day>" + "|".join(WEEKDAYS) + r")\b", re.IGNORECASE)
_RELATIVE = re.compile(
    r"\b(?P<word>today|yesterday|tonight|this (?:morning|afternoon|evening))\b", re.I
)
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_MONTH_DAY = re.compile(
    rf"\b(?:(?P<month>{_MONTH})\.?\s+(?P<day>\d{{1,2}})|(?P<day2>\d{{1,2}})\s+(?P<month2>{_MONTH}))\b(?!\d)",
    re.IGNORECASE,
)
_IN_MONTH = re.compile(rf"\b(?:in|since|last) (?P<month>{_MONTH})\b", re.IGNORECASE)
_IN_YEAR = re.compile(r"\bin (?:(?:early|late|mid)[- ])?(?P<year>(?:19|20)\d{2})\b", re.IGNORECASE)
_LAST = re.compile(r"\blast (?P<unit>month|year)\b", re.IGNORECASE)


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
    """Resolve the first time expression of a text.

    A weekday is the last such day on or before the day of publication, as news reports use it
    ("said Wednesday" on a Wednesday is that day). Nothing relative is resolved without a day of
    publication; "last month" and "last year" keep their coarser precision.

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
        relative = _relative(text, published)
        if relative is not None:
            return relative
    match = _IN_YEAR.search(text)
    return None if match is None else When(match["year"], "year")


def _relative(text: str, published: dt.date) -> When | None:
    match = _RELATIVE.search(text)
    if match is not None:
        back = 1 if match["word"].lower() == "yesterday" else 0
        return When((published - dt.timedelta(days=back)).isoformat(), "day")
    match = _MONTH_DAY.search(text)
    if match is not None:
        month = MONTHS[(match["month"] or match["month2"]).lower()]
        day = int(match["day"] or match["day2"])
        for year in (published.year, published.year - 1):
            try:
                candidate = dt.date(year, month, day)
            except ValueError:
                continue
            if candidate <= published:
                return When(candidate.isoformat(), "day")
        return None
    match = _WEEKDAY.search(text)
    if match is not None:
        back = (published.weekday() - WEEKDAYS.index(match["day"].lower())) % 7
        if match["last"] and back == 0:
            back = 7
        try:
            return When((published - dt.timedelta(days=back)).isoformat(), "day")
        except OverflowError:
            return None
    match = _IN_MONTH.search(text)
    if match is not None:
        month = MONTHS[match["month"].lower()]
        year = published.year if month <= published.month else published.year - 1
        return When(f"{year}-{month:02d}", "month")
    match = _LAST.search(text)
    if match is not None:
        if match["unit"].lower() == "year":
            return When(str(published.year - 1), "year")
        before = published.replace(day=1) - dt.timedelta(days=1)
        return When(f"{before.year}-{before.month:02d}", "month")
    return None
