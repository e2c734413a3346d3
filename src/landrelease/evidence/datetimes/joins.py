"""Ranges from one expression to another, and ranges with one end."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from landrelease.evidence.datetimes.clocks import at
from landrelease.evidence.datetimes.days import certain, day_of_month, month_day, weekday
from landrelease.evidence.datetimes.rules import Place
from landrelease.evidence.datetimes.values import (
    UNRESOLVED,
    Clock,
    Day,
    Daypart,
    Moment,
    Option,
    Reading,
    Span,
    between,
    iso,
    length,
)

_FINE = {"Y": 0, "M": 1, "D": 2}


def date_range(place: Place, a: Day | Span | Moment, b: Day | Span | Moment) -> Reading | None:
    """From a to b: "from March to May 2017", "between now and 15 November".

    A part that only one of the two says (the year, the month) is lent to the other.
    """
    ends = _lend(place, _point(place, a), _point(place, b))
    if ends is None:
        return None
    first, second = ends
    if first.past is None or first.future is None or second.past is None or second.future is None:
        if first.month is None or second.month is None:
            return None
        timex = f"({first.timex},{second.timex},PXD)"
        return Reading("daterange", (Option(timex, "daterange", UNRESOLVED),))
    past, future = [first.past, second.past], [first.future, second.future]
    # What begins after it ends is put right with the other candidate.
    if future[0] > future[1]:
        future[0] = past[0]
    if past[0] > past[1]:
        past[1] = future[1]
    if past[0] > past[1] or future[0] > future[1]:
        return None
    past[1], future[1] = _leap(first, second, past), _leap(first, second, future)
    unit = max(first.unit, second.unit, key=lambda u: _FINE[u])
    options = []
    for pair in [past] if past == future else [past, future]:
        timex = f"({first.timex},{second.timex},{length((pair[0], pair[1]), unit)})"
        option = Option(timex, "daterange", None, pair[0].isoformat(), pair[1].isoformat())
        if option not in options:
            options.append(option)
    return Reading("daterange", tuple(options))


def _leap(first: Day, second: Day, pair: list[dt.date]) -> dt.date:
    """The end of a range of days of a year that is not said: less than a year after its begin.

    Only 29 February, which does not come every year, can put them further apart.
    """
    start, end = pair
    if (first.month, first.day) != (2, 29) or second.year is not None or second.anchor:
        return end
    try:
        here = end.replace(year=start.year)
        return here if here >= start else end.replace(year=start.year + 1)
    except ValueError:
        return end


def _point(place: Place, value: Day | Span | Moment) -> Day | None:
    """The day on which a range begins or ends."""
    if isinstance(value, Moment):
        if not value.now:
            return None
        day = certain(place.reference.date(), "now")
        return day
    if isinstance(value, Day):
        return value
    if value.edge is not None or value.unit == "S":
        return None
    pairs = [None if pair is None else pair[0] for pair in (value.past, value.future)]
    if value.unit not in ("Y", "M") or pairs[0] is None or pairs[1] is None:
        return None
    timex = pairs[0].isoformat() if "XX" not in value.timex else f"XXXX-{pairs[0].month:02d}-01"
    return Day(timex, pairs[0], pairs[1], value.year, value.month, None, "span", value.unit)


def _lend(place: Place, a: Day | None, b: Day | None) -> tuple[Day, Day] | None:
    if a is None or b is None:
        return None
    if a.anchor == "span" and a.month is not None and a.year is None:
        a = _unsaid_month(place, a)
    if b.anchor == "span" and b.month is not None and b.year is None:
        b = _unsaid_month(place, b)
    if a.year is None and a.month is not None and b.year is not None and b.timex[:4].isdigit():
        if b.anchor in ("", "span", "boundary") and a.anchor in ("", "span", "boundary"):
            a = _in_year_before(place, a, b)
        elif b.anchor in ("now", "today") and a.past is not None:
            a = _before_now(place, a, b)
    elif b.anchor == "weekday" and a.anchor == "relative" and a.past is not None:
        weekday_of = int(b.timex[-1])
        ahead = (weekday_of - a.past.isoweekday()) % 7
        b = certain(a.past + dt.timedelta(days=ahead)) or b
    return a, b


def _unsaid_month(place: Place, value: Day) -> Day:
    """The first of a month of an unsaid year: the running month counts as still to come."""
    month, reference = value.month or 1, place.reference
    over = month < reference.month
    if not 2 <= reference.year <= 9998:
        return value
    past = dt.date(reference.year - (not over), month, 1)
    return replace(value, past=past, future=past.replace(year=past.year + 1))


def _in_year_before(place: Place, a: Day, b: Day) -> Day:
    """Month and day of a in the year of b, or in the one before when that would be later."""
    assert b.year is not None
    assert a.month is not None
    for year in (b.year, b.year - 1):
        found = month_day(place, a.month, a.day or 1, year)
        if found is None:
            return a
        if b.past is None or (found.past is not None and found.past <= b.past):
            return replace(found, unit=a.unit, anchor=a.anchor)
        if found.past is None:
            return replace(found, unit=a.unit, anchor=a.anchor)
    return a


def _before_now(place: Place, a: Day, b: Day) -> Day:
    if a.anchor == "span" and a.past is not None:
        return replace(a, future=a.past, timex=a.past.isoformat(), unit="D")
    return replace(a, future=a.past)


def days_of_month(place: Place, a: int, b: int, m: int, y: int | None = None) -> Reading | None:
    """ "Between 3 and 12 September"."""
    first, second = month_day(place, m, a, y), month_day(place, m, b, y)
    if first is None or second is None or b < a:
        return None
    return date_range(place, first, second)


def to_day(place: Place, a: Day, b: int) -> Reading | None:
    """ "April 9th through 17th": the second day is of the same month, or of the next."""
    if a.month is None or not 1 <= b <= 31 or a.anchor:
        return None
    m = a.month if b > (a.day or 0) else a.month % 12 + 1
    y = a.year if a.year is None or m >= a.month else a.year + 1
    second = month_day(place, m, b, y)
    return None if second is None else date_range(place, a, second)


def from_day(place: Place, a: int, b: Day) -> Reading | None:
    """ "From the 27th to the third of April"."""
    if b.month is None or b.day is None or b.anchor:
        return None
    first = month_day(place, b.month, a, b.year) if a < b.day else day_of_month(place, a)
    return None if first is None else date_range(place, first, b)


def days_of_span(place: Place, a: int, b: int, s: Span) -> Reading | None:
    """ "From 4-23 in next month"."""
    a, b = min(a, b), max(a, b)
    if s.unit != "M" or s.month is None:
        return None
    first, second = month_day(place, s.month, a, s.year), month_day(place, s.month, b, s.year)
    return None if first is None or second is None else date_range(place, first, second)


def weekdays(place: Place, a: int, b: int) -> Reading | None:
    """ "From Monday to Tuesday"."""
    return date_range(place, weekday(place, a), weekday(place, b))


_BACK = ("before", "until")
_OUTER_START = ("before", "since")


def bound(place: Place, b: str, v: object, near: bool = False) -> Reading | None:
    """One-ended ranges: before, after, since, until a day, span, time or moment."""
    mod = b
    if isinstance(v, Clock):
        if near or v.approx:
            mod += "-approx"
        back = b in _BACK
        return Reading(
            "timerange",
            tuple(
                _ended(v.said(hour), "timerange", iso(v.at(hour)), back, mod) for hour in v.hours()
            ),
        )
    if isinstance(v, Moment):
        if v.now:
            return None
        if near or v.approx:
            mod += "-approx"
        return Reading(
            "datetimerange",
            tuple(_ended(t, "datetimerange", iso(m), b in _BACK, mod) for t, m in v.choices if m),
        )
    if isinstance(v, Day):
        return Reading(
            "daterange",
            tuple(
                _ended(v.timex, "daterange", iso(day), b in _BACK, mod)
                for day in v.pairs()
                if day is not None
            ),
        )
    if isinstance(v, Daypart):
        start, end = v.bounds()
        if b not in ("before", "after"):
            return None
        back = b == "before"
        return Reading(
            "timerange",
            (_ended("T" + v.code, "timerange", iso(start if back else end), back, b),),
        )
    if isinstance(v, Span):
        return _bound_span(place, b, v)
    return None


def _bound_span(place: Place, b: str, span: Span) -> Reading | None:
    if span.past is None or span.future is None:
        return None
    mod = b if span.edge is None else f"{b}-{span.edge}"
    options = []
    for pair in span.pairs():
        if pair is None:
            return None
        start, end = pair
        if span.edge == "end" and b in ("before", "until"):
            day = end  # before the end of June: June still counts
        elif span.edge == "start" and b in ("after", "since"):
            day = start
        else:
            day = start if b in _OUTER_START else end
        timex = span.timex
        if timex.endswith(")") and timex.count(",") == 1:
            timex = f"{timex[:-1]},{length(pair, span.unit)})"
        options.append(_ended(timex, "daterange", day.isoformat(), b in _BACK, mod))
    return Reading("daterange", tuple(options))


def _ended(timex: str, kind: str, value: str | None, back: bool, mod: str) -> Option:
    if back:
        return Option(timex, kind, None, None, value, mod)
    return Option(timex, kind, None, value, None, mod)


def till_now(place: Place) -> Reading:
    """ "To date"."""
    day = place.reference.date().isoformat()
    return Reading("daterange", (Option("PRESENT_REF", "daterange", None, None, day, "before"),))


def bound_part(place: Place, b: str, v: Reading) -> Reading | None:
    """ "Until tomorrow morning": one end of a stretch already read."""
    options = []
    for option in v.options:
        if option.start is None or option.end is None or option.mod:
            return None
        back = b in _BACK
        day = option.start if b in _OUTER_START else option.end
        options.append(_ended(option.timex, option.type, day, back, b))
    return Reading(v.type, tuple(options))


def bound_on(place: Place, b: str, d: Day, k: Clock) -> Reading | None:
    """ "Thursday before 5 pm"."""
    moment = at(place, d, k)
    return None if moment is None else bound(place, b, moment)


def moments(place: Place, a: Moment, b: Moment) -> Reading | None:
    """From one moment to another: "from 4 pm today to 5 pm tomorrow"."""
    if a.now or b.now or a.approx or b.approx:
        return None
    (first, begin), (second, end) = a.choices[0], b.choices[0]
    if begin is None or end is None or len(a.choices) != len(b.choices) or begin >= end:
        return None
    timex = f"({first},{second},{between(0, int((end - begin).total_seconds()))})"
    return Reading("datetimerange", (Option(timex, "datetimerange", None, iso(begin), iso(end)),))
