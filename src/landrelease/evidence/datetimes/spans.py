"""Stretches of whole days: years, months, weeks, quarters, decades, seasons and parts of them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from landrelease.evidence.datetimes.days import century, week_start
from landrelease.evidence.datetimes.holidays import LONG_WEEKEND
from landrelease.evidence.datetimes.rules import Place
from landrelease.evidence.datetimes.values import (
    Day,
    Length,
    Option,
    Reading,
    Span,
    Stretch,
    add_months,
)


def _months(start: dt.date, count: int) -> Stretch | None:
    end = add_months(start, count)
    return None if end is None else (start, end)


def year(place: Place, y: int, relative: bool = False) -> Span | None:
    """A year by its number."""
    if not 1 <= y <= 9998:
        return None
    pair = dt.date(y, 1, 1), dt.date(y + 1, 1, 1)
    return Span(f"{y:04d}", pair, pair, "Y", y, relative=relative)


def month(
    place: Place, m: int, y: int | None = None, short: int | None = None, near: int | None = None
) -> Span | None:
    """A month; without a year, the last and the next one."""
    reference = place.reference
    if not 1 <= m <= 12:
        return None
    if short is not None:
        y = century(short)
    if near is not None:
        y = reference.year + near
    if y is not None:
        if not 1 <= y <= 9998:
            return None
        pair = _months(dt.date(y, m, 1), 1)
        return Span(f"{y:04d}-{m:02d}", pair, pair, "M", y, m)
    if not 2 <= reference.year <= 9997:
        return None
    past = reference.year - (m > reference.month)
    future = reference.year + (m < reference.month)
    return Span(
        f"XXXX-{m:02d}",
        _months(dt.date(past, m, 1), 1),
        _months(dt.date(future, m, 1), 1),
        "M",
        None,
        m,
    )


def weak_month(place: Place, m: int) -> Span | None:
    """A month whose name is also a common word, standing alone."""
    found = month(place, m)
    return None if found is None else replace(found, weak=True)


def month_of_span(place: Place, m: int, s: Span) -> Span | None:
    """ "March of next year"; "the third month of 2021"."""
    return month(place, m, s.year) if s.unit == "Y" and s.year is not None else None


def relative(place: Place, u: str, n: int = 0) -> Span | Day | None:
    """This, last, next day, week, month, quarter, year, decade …"""
    today = place.reference.date()
    try:
        if u == "D":
            day = today + dt.timedelta(days=n)
            return Day(day.isoformat(), day, day, day.year, day.month, day.day, "today")
        if u == "W":
            return _week(week_start(today) + dt.timedelta(weeks=n))
        if u == "WE":
            return weekend(week_start(today) + dt.timedelta(weeks=n))
        if u == "WW":
            start = week_start(today) + dt.timedelta(weeks=n)
            return replace(
                _week(start), past=(s := (start, start + dt.timedelta(days=5))), future=s
            )
        if u == "F":
            start = week_start(today) + dt.timedelta(weeks=2 * n)
            return _fixed((start, start + dt.timedelta(weeks=2)), "P2W")
    except OverflowError:
        return None
    if u == "M":
        first = add_months(today.replace(day=1), n)
        found = None if first is None else month(place, first.month, first.year)
    elif u == "Y":
        found = year(place, today.year + n)
    elif u == "Q":
        return quarters(place, n, 1)
    elif u == "DEC":
        return decades(place, n, 1)
    else:
        return None
    return None if found is None else replace(found, relative=True)


def _fixed(pair: Stretch, period: str, unit: str = "D") -> Span:
    return Span(f"({pair[0]},{pair[1]},{period})", pair, pair, unit)


def _week(start: dt.date) -> Span:
    iso = start.isocalendar()
    pair = start, start + dt.timedelta(weeks=1)
    return Span(f"{iso.year:04d}-W{iso.week:02d}", pair, pair, "W", iso.year, relative=True)


def weekend(start: dt.date, before: int = 0, after: int = 0) -> Span:
    """Saturday and Sunday of the week that starts on a Monday."""
    iso = start.isocalendar()
    saturday = start + dt.timedelta(days=5)
    pair = saturday + dt.timedelta(days=before), saturday + dt.timedelta(days=2 + after)
    return Span(f"{iso.year:04d}-W{iso.week:02d}-WE", pair, pair, "WE", iso.year)


def same(place: Place, u: str) -> Reading | None:
    """ "That weekend", "the same month": which one is said elsewhere."""
    found = relative(place, u)
    if not isinstance(found, Span) or found.past is None:
        return None
    timex = {"W": "XXXX-WXX", "WE": "XXXX-WXX-WE", "M": "XXXX-XX", "Y": "XXXX"}.get(u)
    if timex is None:
        return None
    start, end = (day.isoformat() for day in found.past)
    return Reading("daterange", (Option(timex, "daterange", None, start, end, "ref_undef"),))


def week_number(place: Place, n: int, s: Span | None = None) -> Span | None:
    """The n-th week of a year (ISO 8601)."""
    y = place.reference.year if s is None else s.year
    if y is None or (s is not None and s.unit != "Y"):
        return None
    try:
        start = week_start(dt.date(y, 12, 28)) if n < 0 else dt.date.fromisocalendar(y, n, 1)
    except ValueError:
        return None
    return replace(_week(start), timex=f"{y:04d}-W{start.isocalendar().week:02d}", relative=False)


def week_of_month(place: Place, n: int, s: Span) -> Span | None:
    """The n-th or last week of a month; a week belongs where its Thursday lies."""
    if s.unit != "M" or s.month is None:
        return None
    pairs = []
    for pair in (s.past, s.future):
        if pair is None:
            return None
        if n < 0:
            last = pair[1] - dt.timedelta(days=1)
            thursday = last - dt.timedelta(days=(last.isoweekday() - 4) % 7)
        else:
            thursday = pair[0] + dt.timedelta(days=(4 - pair[0].isoweekday()) % 7 + 7 * (n - 1))
        pairs.append((thursday - dt.timedelta(days=3), thursday + dt.timedelta(days=4)))
    return Span(f"{s.timex}-W{5 if n < 0 else n:02d}", pairs[0], pairs[1], "W", s.year, s.month)


def weekday_of_week(place: Place, s: Span, w: int) -> Day | None:
    """ "First week of October on Friday": the first such day of the month."""
    if s.unit != "W" or s.month is None or s.past is None or s.future is None:
        return None
    count = int(s.timex[-2:])
    days = []
    for pair in (s.past, s.future):
        first = (pair[0] + dt.timedelta(days=3)).replace(day=1)
        days.append(first + dt.timedelta(days=(w - first.isoweekday()) % 7 + 7 * (count - 1)))
    return Day(f"XXXX-{s.month:02d}-WXX-{w}-#{count}", days[0], days[1])


def week_of_day(place: Place, d: Day) -> Span | None:
    """The week around a day."""
    if d.past is None or d.future is None:
        return None
    pairs = [(week_start(x), week_start(x) + dt.timedelta(weeks=1)) for x in (d.past, d.future)]
    return Span(d.timex, pairs[0], pairs[1], "W")


def weekend_of_day(place: Place, d: Day) -> Reading | None:
    """The weekend next to a day with a name."""
    options = []
    for day in d.pairs():
        if day is None:
            return None
        start = week_start(day)
        if day.weekday() == 0 and d.anchor.startswith("holiday:"):
            start -= dt.timedelta(weeks=1)
        before, after = LONG_WEEKEND.get(d.anchor.removeprefix("holiday:"), (0, 0))
        if not before and not after and day.weekday() == 0:
            after = 1
        found = weekend(start, before, after)
        if found.past is not None:
            options.append(
                Option(
                    found.timex,
                    "daterange",
                    None,
                    found.past[0].isoformat(),
                    found.past[1].isoformat(),
                )
            )
    return Reading("daterange", tuple(options))


def _of_months(y: int | None, first: int, count: int, place: Place) -> Span | None:
    if y is not None:
        if not 1 <= y <= 9998:
            return None
        pair = _months(dt.date(y, first, 1), count)
        return None if pair is None else _fixed(pair, f"P{count}M", "M")
    here = place.reference.year
    if not 2 <= here <= 9990:
        return None
    past = here if first <= place.reference.month else here - 1
    end = _months(dt.date(here, first, 1), count)
    # The running one is past and future at once; one that is over comes again next year.
    over = end is not None and end[1] <= place.reference.date()
    ahead = here + 1 if over or first <= place.reference.month else here
    a, b = (_months(dt.date(when, first, 1), count) for when in (past, ahead))
    last = first + count
    stop = f"XXXX-{last:02d}-01" if last <= 12 else "XXXX-01-01"
    return Span(f"(XXXX-{first:02d}-01,{stop},P{count}M)", a, b, "M")


def quarter(place: Place, q: int, y: int | None = None, s: Span | None = None) -> Span | None:
    """The q-th quarter of a year."""
    y, fine = _year_of(y, s)
    return _of_months(y, 3 * q - 2, 3, place) if fine and 1 <= q <= 4 else None


def half(place: Place, q: int, y: int | None = None, s: Span | None = None) -> Span | None:
    """The first or second half of a year."""
    y, fine = _year_of(y, s)
    return _of_months(y, 6 * q - 5, 6, place) if fine and 1 <= q <= 2 else None


def half_now(place: Place, q: int) -> Span | None:
    """The first or second half of the present year."""
    return half(place, q, place.reference.year)


def _year_of(y: int | None, s: Span | None) -> tuple[int | None, bool]:
    if s is None:
        return y, True
    return s.year, s.unit == "Y"


def quarters(place: Place, n: int, count: int) -> Span | None:
    """The running quarter, or whole quarters before or after it."""
    today = place.reference.date()
    here = today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1)
    return _block(here, n, count, 3, "M")


def decades(place: Place, n: int, count: int) -> Span | None:
    """The running decade, or whole decades before or after it."""
    y = place.reference.year // 10 * 10
    return _block(dt.date(y, 1, 1), n, count, 120, "Y") if y > 0 else None


def _block(here: dt.date, n: int, count: int, size: int, unit: str) -> Span | None:
    if count > 400:
        return None
    start = add_months(here, 0 if n == 0 else (size if n > 0 else -size * count))
    end = None if start is None else add_months(start, size * count)
    if start is None or end is None:
        return None
    period = f"P{size * count}M" if unit == "M" else f"P{size * count // 12}Y"
    return _fixed((start, end), period, unit)


def count_quarters(place: Place, c: int, n: int) -> Span | None:
    """The last or next c quarters."""
    return quarters(place, n, int(c)) if c > 0 else None


def count_decades(place: Place, c: int, n: int) -> Span | None:
    """The last or next c decades."""
    return decades(place, n, int(c)) if c > 0 else None


def decade(place: Place, y: int) -> Span | None:
    """ "1990s"."""
    if y % 10 or not 1000 <= y <= 2900:
        return None
    return _fixed((dt.date(y, 1, 1), dt.date(y + 10, 1, 1)), "P10Y", "Y")


def decade_short(place: Place, y: int) -> Span | None:
    """ "Nineties", "90 s": of which century stays open."""
    if y % 10 or not 0 <= y < 100:
        return None
    pairs = [(dt.date(b + y, 1, 1), dt.date(b + y + 10, 1, 1)) for b in (1900, 2000)]
    return Span(f"(XX{y:02d}-01-01,XX{(y + 10) % 100:02d}-01-01,P10Y)", pairs[0], pairs[1], "Y")


def century_span(place: Place, n: int) -> Span | None:
    """ "21st century": 2000 to 2100."""
    if not 2 <= n <= 60:
        return None
    pair = dt.date(100 * (n - 1), 1, 1), dt.date(100 * n, 1, 1)
    return _fixed(pair, "P100Y", "Y")


def season(place: Place, c: str, n: int | None = None, y: int | None = None) -> Span:
    """A season: when it begins differs by place, so it is not resolved."""
    if n is not None:
        y = place.reference.year + n
    return Span(f"{y:04d}-{c}" if y is not None else c, None, None, "S")


def special_year(
    place: Place, c: str, y: int | None = None, short: int | None = None, n: int | None = None
) -> Span | None:
    """Fiscal and school years, not resolved; calendar years are."""
    if short is not None:
        y = century(short)
    if n is not None:
        y = place.reference.year + n
    if c == "CY":
        return None if y is None else year(place, y)
    return Span(f"{c}{'XXXX' if y is None else f'{y:04d}'}", None, None, "S")


def to_date(place: Place, u: str) -> Span | None:
    """ "Year to date"."""
    found = relative(place, u)
    if not isinstance(found, Span) or found.past is None:
        return None
    pair = found.past[0], place.reference.date()
    return replace(found, past=pair, future=pair)


def rest_of(place: Place, s: Span) -> Span | None:
    """ "The rest of the week": from today to its last day."""
    today = place.reference.date()
    if s.past is None or s.past != s.future or not s.past[0] <= today < s.past[1]:
        return None
    pair = today, s.past[1] - dt.timedelta(days=1)
    return _fixed(pair, f"P{(pair[1] - pair[0]).days}D")


def week_after_next(place: Place) -> Span | Day | None:
    """The week after next."""
    return relative(place, "W", 2)


def first_of(place: Place, n: int, x: Length, s: Span) -> Span | None:
    """ "The first two weeks of 2021", "the last four months of last year"."""
    if s.past is None or s.past != s.future or len(x.amounts) != 1 or x.mod:
        return None
    count, unit = x.amounts[0]
    amount = int(count)
    if count != amount or amount > 400:
        return None
    start, end = s.past
    pair: Stretch | None
    if unit == "D":
        step = dt.timedelta(days=amount)
        pair = (start, start + step) if n > 0 else (end - step, end)
    elif unit == "W":
        if n > 0:
            first = week_start(start + dt.timedelta(days=3 if start.weekday() < 4 else 7))
            first = start + dt.timedelta(days=(3 - start.weekday()) % 7 - 3)
            pair = first, first + dt.timedelta(weeks=amount)
        else:
            last = end - dt.timedelta(days=1)
            stop = last - dt.timedelta(days=(last.weekday() - 3) % 7) + dt.timedelta(days=4)
            pair = stop - dt.timedelta(weeks=amount), stop
    elif unit in ("M", "Y"):
        size = amount * (12 if unit == "Y" else 1)
        other = add_months(start if n > 0 else end, size if n > 0 else -size)
        if other is None:
            return None
        pair = (start, other) if n > 0 else (other, end)
    else:
        return None
    return _fixed(pair, x.timex())


_PARTS = {"start": 0, "mid": 1, "end": 2}


def part_of(span: Span, pair: Stretch, edge: str) -> Stretch:
    """Bounds of the beginning, middle or end of a stretch.

    A year by its number has thirds of four months; this or last year halves, as have months and
    weeks; the middle of a month is its second ten days.
    """
    start, end = pair
    if span.unit == "Y" and not span.relative:
        a, b = start.replace(month=5), start.replace(month=9)
    elif span.unit == "Y":
        a, b = start.replace(month=5), start.replace(month=9)
        if edge != "mid":
            a = b = start.replace(month=7)
    elif span.unit == "M":
        a, b = start.replace(day=10), start.replace(day=21)
        if edge != "mid":
            a = b = start.replace(day=16)
    elif span.unit == "W":
        a, b = start + dt.timedelta(days=2), start + dt.timedelta(days=4)
        if edge != "mid":
            a = b = start + dt.timedelta(days=3)
    else:
        days = (end - start).days
        a, b = start + dt.timedelta(days=days // 3), start + dt.timedelta(days=days * 2 // 3)
    return ((start, a), (a, b), (b, end))[_PARTS[edge]]


def edge(place: Place, e: str, s: Span) -> Span | None:
    """Beginning, middle or end of a year, month or week."""
    if s.past is None or s.future is None or s.edge or s.unit not in ("Y", "M", "W", "D"):
        return None
    return replace(
        s,
        past=part_of(s, s.past, e),
        future=part_of(s, s.future, e),
        mod=e,
        edge=e,
        weak=False,
    )


def edge_so_far(place: Place, e: str, s: Span) -> Span | None:
    """ "Earlier this month" is over, "later this week" still to come."""
    found = edge(place, e, s)
    if found is None or found.past is None or not s.relative:
        return found
    today = place.reference.date()
    if s.past is None or not s.past[0] <= today < s.past[1]:
        return found
    start, end = found.past
    pair = (start, min(end, today)) if e == "start" else (max(start, today), end)
    if pair[0] >= pair[1]:
        pair = (start, end)
    return replace(found, past=pair, future=pair, mod=None)


def boundary(place: Place, e: str, s: Span) -> Day | None:
    """The beginning, middle or end of a stretch, taken as a point from or to which one counts."""
    days: list[dt.date] = []
    for pair in (s.past, s.future):
        if pair is None:
            return None
        start, end = pair
        if e == "start":
            days.append(start)
        elif e == "end":
            days.append(end)
        elif s.unit == "M":
            days.append(start.replace(day=16))
        else:
            days.append(start + dt.timedelta(days=(end - start).days // 2))
    if s.year is not None:
        timex = days[0].isoformat()
    else:
        timex = f"XXXX-{days[0].month:02d}-{days[0].day:02d}"
    return Day(timex, days[0], days[1], s.year, days[0].month, days[0].day, "boundary", "M")
