"""Single days: calendar dates, weekdays, relative days, holidays, days counted from others."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

from landrelease.evidence.datetimes import holidays
from landrelease.evidence.datetimes.rules import Place
from landrelease.evidence.datetimes.values import (
    Day,
    Length,
    Moment,
    Option,
    Reading,
    Span,
    add_months,
    iso,
    shift,
)


def _date(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def century(year: int) -> int:
    """The year meant by two digits: 1940–2039."""
    return year if year >= 100 else year + (2000 if year < 40 else 1900)


def month_day(
    place: Place,
    m: int,
    d: int,
    y: int | None = None,
    w: int | None = None,
    near: int | None = None,
    short: int | None = None,
) -> Day | None:
    """A day of a month; without a year, the last and the next such day.

    ``near`` counts years from the present one ("this 5/12", "next 6 April"); ``short`` is a year
    of two digits, whose century stays open from 30 to 39.
    """
    if not (1 <= m <= 12 and 1 <= d <= 31):
        return None
    reference = place.reference
    if short is not None and 30 <= short < 40:
        early, late = _date(1900 + short, m, d), _date(2000 + short, m, d)
        return Day(f"XX{short:02d}-{m:02d}-{d:02d}", early, late, short, m, d)
    if short is not None:
        y = century(short)
    if y is not None:
        if not 1 <= y <= 9999:
            return None
        day = _date(y, m, d)
        return Day(f"{y:04d}-{m:02d}-{d:02d}", day, day, y, m, d)
    timex = f"XXXX-{m:02d}-{d:02d}"
    if near is not None:
        # With a weekday, "next" belongs to the weekday; the date itself is this year's.
        day = _date(reference.year + (near if w is None else 0), m, d)
        return Day(timex, day, day, None, m, d)
    years = range(reference.year - 8, reference.year + 9)
    past, future = _around(reference, (_date(year, m, d) for year in years))
    if not past or not future:
        return Day(timex, None, None, None, m, d)
    return Day(timex, past[-1], future[0], None, m, d)


def _around(
    reference: dt.datetime, days: Iterable[dt.date | None]
) -> tuple[list[dt.date], list[dt.date]]:
    """The days that begin before a moment, and those that begin with it or after."""
    known = [day for day in days if day is not None]
    past = [day for day in known if dt.datetime.combine(day, dt.time()) < reference]
    return past, [day for day in known if dt.datetime.combine(day, dt.time()) >= reference]


def numeric_md(
    place: Place, a: int, b: int, y: int | None = None, short: int | None = None, **more: int
) -> Day | None:
    """Month before day (5/12), unless only the other order makes a date."""
    if a > 12:
        a, b = b, a
    return month_day(place, a, b, y, short=short, **more)


def numeric_dm(
    place: Place, a: int, b: int, y: int | None = None, short: int | None = None, **more: int
) -> Day | None:
    """Day before month (12/5), unless only the other order makes a date."""
    first, second = (b, a) if b <= 12 else (a, b)
    return numeric_md(place, first, second, y, short, **more)


def on_weekday_md(place: Place, w: int, a: int, b: int) -> Day | None:
    """Weekday and "7-6": a date only when that day is such a weekday this year."""
    return _checked(place, w, numeric_md(place, a, b))


def on_weekday_dm(place: Place, w: int, a: int, b: int) -> Day | None:
    """Weekday and "6-7", day first."""
    return _checked(place, w, numeric_dm(place, a, b))


def _checked(place: Place, w: int, day: Day | None) -> Day | None:
    if day is None or day.month is None or day.day is None:
        return None
    here = _date(place.reference.year, day.month, day.day)
    return day if here is not None and here.isoweekday() == w else None


def compact(place: Place, n: str) -> Day | None:
    """Eight digits: year, month, day."""
    year = int(n[:4])
    if not 1900 <= year <= 2100:
        return None
    day = month_day(place, int(n[4:6]), int(n[6:]), year)
    return None if day is None or day.past is None else day


def month_of_day(place: Place, s: Span, d: int) -> Day | None:
    """ "The 15th day of next month": a day of a month that is known or not."""
    if s.month is None or s.unit != "M":
        return None
    return month_day(place, s.month, d, s.year)


def weekday(place: Place, w: int) -> Day:
    """A weekday: the last one before and the first one from the reference on."""
    today = place.reference.date()
    ahead = (w - today.isoweekday()) % 7
    future = today + dt.timedelta(days=ahead)
    week = dt.timedelta(days=7)
    past = future - week if future - dt.date.min >= week else future
    return Day(f"XXXX-WXX-{w}", past, future, anchor="weekday")


def week_start(day: dt.date) -> dt.date:
    """The Monday of its week."""
    return day - dt.timedelta(days=day.weekday())


def certain(day: dt.date | None, anchor: str = "relative") -> Day | None:
    """A day known for sure."""
    if day is None:
        return None
    return Day(day.isoformat(), day, day, day.year, day.month, day.day, anchor)


def weekday_of_week(place: Place, w: int, n: int = 0, s: Span | None = None) -> Day | None:
    """The weekday of this week, or n weeks on; or of a week that is known."""
    if s is not None:
        if s.unit != "W" or s.past is None or s.past != s.future:
            return None
        return certain(s.past[0] + dt.timedelta(days=w - 1))
    start = week_start(place.reference.date()) + dt.timedelta(weeks=n)
    return certain(start + dt.timedelta(days=w - 1))


def weekday_nearest(place: Place, w: int, n: int) -> Day | None:
    """ "Past Wednesday": the last one before today; n > 0: the first one after."""
    today = place.reference.date()
    back = (today.isoweekday() - w) % 7 or 7
    return certain(today + dt.timedelta(days=-back if n < 0 else 7 - back or 7))


def weekday_day(place: Place, w: int, d: int) -> Day | None:
    """ "Monday 21": the nearest days that are both."""
    if not 1 <= d <= 31:
        return None
    today = place.reference.date()
    if today.isoweekday() == w and today.day == d:
        return certain(today)
    found: list[dt.date] = []
    for sign in (-1, 1):
        month = today.replace(day=1)
        for _ in range(60):
            last = calendar.monthrange(month.year, month.month)[1]
            if d <= last:
                day = month.replace(day=d)
                if day.isoweekday() == w and (day - today).days * sign > 0:
                    found.append(day)
                    break
            moved = add_months(month, sign)
            if moved is None:
                return None
            month = moved
    if len(found) < 2:
        return None
    return Day(f"XXXX-WXX-{w}", found[0], found[1], anchor="weekday")


def weekday_the_day(place: Place, w: int, d: int) -> Day | None:
    """ "Monday the 27th": that day of this month."""
    today = place.reference.date()
    day = _date(today.year, today.month, d)
    return certain(day) if day is not None else weekday_day(place, w, d)


def day_of_month(place: Place, d: int) -> Day | None:
    """ "The 18th": the last and the next one."""
    if not 1 <= d <= 31:
        return None
    today = place.reference.date()
    found = []
    for sign in (-1, 1):
        month = today.replace(day=1)
        for _ in range(4):
            if d <= calendar.monthrange(month.year, month.month)[1]:
                day = month.replace(day=d)
                if (day < today) if sign < 0 else (day >= today):
                    found.append(day)
                    break
            moved = add_months(month, sign)
            if moved is None:
                return None
            month = moved
    if len(found) < 2:
        return None
    return Day(f"XXXX-XX-{d:02d}", found[0], found[1], None, None, d)


def day_shared(place: Place, d: int, m: Day) -> Day | None:
    """ "18 and 19 June": the first of two days that share the month."""
    return month_day(place, m.month, d, m.year) if m.month is not None else None


def relative_day(place: Place, n: int) -> Day | None:
    """Today, tomorrow, yesterday …"""
    try:
        return certain(place.reference.date() + dt.timedelta(days=n), "today")
    except OverflowError:
        return None


def now(place: Place, n: int = 0) -> Moment:
    """The present."""
    return Moment((("PRESENT_REF", place.reference),), now=True)


def nth_weekday(place: Place, n: int, w: int, s: Span) -> Day | None:
    """The n-th weekday of a month: XXXX-09-WXX-1-#1."""
    if s.unit != "M" or s.month is None:
        return None
    days = []
    for pair in (s.past, s.future):
        if pair is None:
            return None
        first = pair[0] + dt.timedelta(days=(w - pair[0].isoweekday()) % 7 + 7 * (n - 1))
        days.append(first)
    return Day(f"XXXX-{s.month:02d}-WXX-{w}-#{n}", days[0], days[1])


def holiday(place: Place, h: str, y: int | None = None, short: int | None = None) -> Day | None:
    """A day with a name."""
    find = holidays.DAYS[h]
    if short is not None:
        y = century(short)
    if y is not None:
        day = find(y)
        return None if day is None else replace(_sure(day), anchor="holiday:" + h)
    reference = place.reference
    if not 1600 < reference.year < 9000:
        return None
    days = [d for year in range(reference.year - 2, reference.year + 3) if (d := find(year))]
    past, future = _around(reference, days)
    if not past and not future:
        return None
    first = past[-1] if past else future[0]
    last = future[0] if future else past[-1]
    shown = find(reference.year) or last
    return Day(
        f"XXXX-{shown.month:02d}-{shown.day:02d}", first, last, None, shown.month, shown.day,
        "holiday:" + h,
    )  # fmt: skip


def _sure(day: dt.date) -> Day:
    return Day(day.isoformat(), day, day, day.year, day.month, day.day)


def holiday_of_year(place: Place, h: str, s: Span) -> Day | None:
    """ "Independence day of this year"."""
    return holiday(place, h, s.year) if s.unit == "Y" and s.year is not None else None


def holiday_near(place: Place, h: str, n: int) -> Day | None:
    """ "Last Easter", "the next new year"."""
    day = holiday(place, h)
    if day is None:
        return None
    return certain(day.past if n < 0 else day.future)


def day_from_now(place: Place, x: Length, n: int = 1) -> Day | Moment | None:
    """ "In two weeks", "two months ago", "30 minutes later": a day, or a moment when timed."""
    if not x.exact or x.mod:
        return None
    moment = shift(place.reference, x, n)
    if moment is None:
        return None
    if x.timed:
        return Moment(((moment.isoformat("T", "seconds"), moment),))
    return certain(moment.date())


def day_from_day(place: Place, x: Length, d: Day, n: int = 1) -> Day | Reading | None:
    """ "Two days after today", "3 weeks before Christmas", "more than two weeks before …"."""
    if x.timed or d.future is None or not x.exact:
        return None
    moment = shift(dt.datetime.combine(d.future, dt.time()), x, n)
    if moment is None:
        return None
    day = moment.date()
    if x.mod == "more":
        mod = "before" if n < 0 else "after"
        shown = day.isoformat()
        start, end = (None, shown) if n < 0 else (shown, None)
        return Reading("daterange", (Option(shown, "daterange", None, start, end, mod),))
    if x.mod == "less":
        a, b = (day, d.future) if n < 0 else (d.future, day)
        timex = f"({a},{b},{replace(x, mod=None).timex()})"
        return Reading("daterange", (Option(timex, "daterange", None, iso(a), iso(b)),))
    return certain(day, "relative" if x.amounts[-1][1] in ("D", "W") else "months")


def day_from_span(place: Place, x: Length, s: Span, n: int = 1) -> Day | None:
    """ "Two weeks since 2011": counted from its first day."""
    if s.future is None or x.timed:
        return None
    moment = shift(dt.datetime.combine(s.future[0], dt.time()), x, n)
    return None if moment is None else certain(moment.date())


def on_weekday(place: Place, d: Day | Moment, w: int) -> Day | None:
    """ "Monday two weeks from now": that weekday in the week (Sunday first) so reached."""
    if not isinstance(d, Day) or d.future is None or d.anchor not in ("relative", "months"):
        return None
    sunday = d.future - dt.timedelta(days=d.future.isoweekday() % 7)
    day = sunday + dt.timedelta(days=w % 7)
    if day < d.future and d.anchor == "months":
        day += dt.timedelta(days=7)
    return certain(day)
