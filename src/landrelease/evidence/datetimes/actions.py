"""The names under which rules call what they mean."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import partial
from typing import Any

from landrelease.evidence.datetimes import clocks, days, joins, lengths, spans
from landrelease.evidence.datetimes.rules import Place
from landrelease.evidence.datetimes.values import (
    Clock,
    ClockSpan,
    Day,
    Daypart,
    Length,
    Moment,
    Reading,
    Repeat,
    Span,
)

Action = Callable[..., Any]


def _constant(value: Any) -> Action:
    return lambda place, **parts: value


_fix = partial  # an action with some of its parts said by the rule itself


def _last(place: Place, d: Day, w: int | None = None) -> Day:
    """A weekday beside a full date adds nothing."""
    return d


def _year_noun(place: Place, y: int) -> Span | None:
    return spans.year(place, y)


def _length_and(place: Place, u: str, more: Fraction) -> Length | None:
    return lengths.length(place, u, 1, more)


def _length_sign(place: Place, n: int, n2: Fraction, u: str) -> Length | None:
    return lengths.length(place, u, n, n2)


def _week_weekday(place: Place, w: int, s: Span) -> Day | None:
    return spans.weekday_of_week(place, s, w)


def _weak_weekday(place: Place, w: int) -> Day | None:
    return days.weekday(place, w) if place.raw[:1].isupper() else None


def _nth_month(place: Place, n: int, s: Span) -> Span | None:
    return spans.month_of_span(place, n, s)


def _edge_period(place: Place, e: str, u: str) -> Span | None:
    found = spans.relative(place, u)
    return spans.edge(place, e, found) if isinstance(found, Span) else None


def _holiday_weekend(place: Place, h: str, y: int) -> Reading | None:
    day = days.holiday(place, h, y)
    return None if day is None else spans.weekend_of_day(place, day)


def _relative_month(place: Place, m: int, n: int) -> Span | None:
    found = spans.month(place, m, near=n)
    last = place.tokens[place.last - 1].raw
    return None if found is None else replace(found, weak=last in ("may", "march"))


def _range_to_date(place: Place, a: Day | Span | Moment) -> Reading | None:
    return joins.date_range(place, a, days.relative_day(place, 0) or days.now(place))


def _month_days(place: Place, m: int, a: int, b: int, y: int | None = None) -> Reading | None:
    return joins.days_of_month(place, a, b, m, y)


def _count_following(place: Place, c: Any, n: int, u: str) -> Reading | None:
    if u in ("Q", "DEC") or not place.raw.endswith("s"):
        return None
    x = lengths.length(place, u, c)
    return None if x is None else lengths.following(place, x, n)


def _part_span(place: Place, d: Day, p: Daypart, r: ClockSpan) -> Reading | None:
    return clocks.span_on(place, d, r, p)


def _day_clock_for(place: Place, d: Day, k: Clock, x: Length) -> Reading | None:
    found = clocks.clock_for(place, k, x)
    return None if found is None else clocks.span_on(place, d, found)


def _split_span(place: Place, a: Clock, d: Day, b: Clock) -> Reading | None:
    found = clocks.clock_span(place, a, b)
    return None if found is None else clocks.span_on(place, d, found)


def _weekday_part_week(place: Place, w: int, p: Daypart, s: Span) -> Reading | None:
    day = days.weekday_of_week(place, w, s=s)
    return None if day is None else clocks.part_of_day(place, day, p)


def _nth_part(place: Place, n: int, w: int, p: Daypart, s: Span) -> Reading | None:
    day = days.nth_weekday(place, n, w, s)
    return None if day is None else clocks.part_of_day(place, day, p)


def _nth_span(place: Place, n: int, w: int, r: ClockSpan, s: Span) -> Reading | None:
    day = days.nth_weekday(place, n, w, s)
    return None if day is None else clocks.span_on(place, day, r)


def _part_mod_today(place: Place, e: str, p: Daypart) -> Reading | None:
    part = clocks.daypart_mod(place, e, p)
    return None if part is None else clocks.part_today(place, part)


def _bound_since(place: Place, v: Any) -> Reading | None:
    return joins.bound(place, "since", v)


def _since_on(place: Place, k: Clock, d: Day) -> Reading | None:
    return joins.bound_on(place, "since", d, k)


def _every_unit(place: Place, u: str, x: Any = None, n: int = 1) -> Repeat | None:
    length = lengths.length(place, u, n)
    return None if length is None else lengths.every(place, length)


def _every(place: Place, x: Any = None, **parts: Any) -> Repeat | None:
    if isinstance(x, Length):
        parts["x"] = x
    return lengths.every(place, **parts)


def _iso_at(place: Place, d: Day, h: int, mi: int, s: int | None = None) -> Moment | None:
    time = clocks.clock(place, h, mi, s, "fixed")
    return None if time is None else clocks.at(place, d, time)


def _part_mod_of(place: Place, e: str, p: Daypart, d: Day) -> Reading | None:
    part = clocks.daypart_mod(place, e, p)
    return None if part is None else clocks.part_of_day(place, d, part)


def _half_length(place: Place, u: str) -> Length | None:
    return lengths.length(place, u, Fraction(1, 2))


def _decade_words(place: Place, a: int, b: int) -> Span | None:
    """ "Nineteen seventies"."""
    return spans.decade(place, a * 100 + b)


def _every_clock(place: Place, p: Daypart, k: Clock) -> Repeat | None:
    held = clocks.in_part(place, k, p)
    return None if held is None else lengths.every(place, k=held)


def _about_it(place: Place, x: Any = None, **part: Any) -> Any:
    return clocks.about(place, next(iter(part.values())))


def _about_part(place: Place, p: Daypart, x: Any = None) -> Daypart:
    return replace(p, mod="approx")


def _stamp(place: Place, w: int, m: int, d: int, h: int, mi: int, s: int, y: int) -> Moment | None:
    day = days.month_day(place, m, d, y)
    time = clocks.clock(place, h, mi, s, "fixed")
    return None if day is None or time is None else clocks.at(place, day, time)


def _day_part(part: Daypart) -> Action:
    return lambda place, d: clocks.part_of_day(place, d, part)


def _edge_abbreviated(place: Place, u: str) -> Span | None:
    return _edge_period(place, "end", u)


def _ordinal_short(place: Place, m: int, d: int, short: int) -> Day | None:
    if not 0 < short < 100 or not place.tokens[place.first].raw[:1].isupper():
        return None
    return days.month_day(place, m, d, short=short)


def _next_year(n: int) -> Action:
    return lambda place: spans.year(place, place.reference.year + n, True)


def _one_day(place: Place) -> Length:
    return Length(((Fraction(1), "D"),))


def _meal(place: Place, p: Daypart) -> Daypart:
    return p


def _until_part(place: Place, b: str, v: Reading) -> Reading | None:
    return joins.bound_part(place, b, v)


def _mixed(place: Place, a: Length, b: Length) -> Length | None:
    """ "An hour and 30 minutes" as one number of the larger unit."""
    if len(a.amounts) != 1 or len(b.amounts) != 1:
        return None
    (n, unit), seconds = a.amounts[0], b.seconds
    whole = Length(((Fraction(1), unit),)).seconds
    if unit == "Y" and b.amounts[0][1] == "M":
        return Length(((n + b.amounts[0][0] / 12, "Y"),))
    if seconds >= whole:
        return None
    return Length(((n + seconds / whole, unit),))


def _more_half(place: Place, mod: str, n: Any, u: str) -> Length | None:
    """ "Más de 1 hora y media": an hour and thirty minutes."""
    if u != "H":
        return None
    return Length(((Fraction(n), "H"), (Fraction(30), "M1")), mod)


def _less_half(place: Place, mod: str, u: str) -> Length | None:
    return Length(((Fraction(30), "M1"),), mod) if u == "H" else None


def _year_words(place: Place, a: int = 0, b: int = 0, c: int = 1) -> int:
    return c * 1000 + a + b


def _minutes_past(place: Place, h: int, m: int, a: Any = None, p: Any = None) -> Clock | None:
    return clocks.past_hour(place, m, h, a, p)


def _first_day(place: Place, m: int, y: int) -> Day | None:
    return days.month_day(place, m, 1, y)


def _from_ten(place: Place, n: int) -> int | None:
    """An ordinal that counts the weeks of a year, not of a month."""
    return n if n >= 5 else None


def _hours_at(place: Place, h: int, d: Day, p: Daypart) -> Moment | None:
    time = clocks.bare(place, h, p=p)
    return None if time is None else clocks.at(place, d, time)


def _last_night_at(place: Place, k: Clock) -> Moment | None:
    return clocks.clock_today(place, k, _NI, -1)


def _last_night(place: Place) -> Reading | None:
    return clocks.part_today(place, _NI, -1)


def _span_here(place: Place, a: Clock, b: Clock) -> Reading | None:
    """A stretch of today."""
    found = clocks.clock_span(place, a, b)
    day = days.relative_day(place, 0)
    return None if found is None or day is None else clocks.span_on(place, day, found)


def _bound_at(place: Place, b: str, d: Day, k: Clock) -> Reading | None:
    return joins.bound_on(place, b, d, k)


def _early_so_far(place: Place, s: Span) -> Span | None:
    return spans.edge_so_far(place, "start", s)


def _part_by_edge_mid(place: Place, e: str, d: Day) -> Reading | None:
    return clocks.part_by_edge(place, e, d) if e == "mid" else None


_NI = Daypart("NI", 20, 24)
_MO, _AF = Daypart("MO", 8, 12), Daypart("AF", 12, 16)

ACTIONS: dict[str, Action] = {
    name: value
    for module in (clocks, days, joins, lengths, spans)
    for name, value in vars(module).items()
    if not name.startswith("_")
    and callable(value)
    and getattr(value, "__module__", "") == module.__name__
} | {
    "about_it": _about_it,
    "about_part": _about_part,
    "bound_near": _fix(joins.bound, near=True),
    "bound_since": _bound_since,
    "clock_dash": _fix(clocks.clock_span, dash=True),
    "clock_yesterday": _fix(clocks.clock_today, n=-1),
    "count_following": _count_following,
    "day_ago": _fix(days.day_from_now, n=-1),
    "day_before_day": _fix(days.day_from_day, n=-1),
    "day_clock_for": _day_clock_for,
    "edge_period": _edge_period,
    "end_abbreviated": _edge_abbreviated,
    "every": _every,
    "every_clock": _every_clock,
    "every_other": _fix(_every_unit, n=2),
    "every_unit": _every_unit,
    "every_weekday": _constant(Repeat("P1WD")),
    "every_weekend": _constant(Repeat("P1WE")),
    "f_": _constant("F"),
    "half_of": spans.half,
    "holiday_weekend": _holiday_weekend,
    "ish": lambda place, h: clocks.clock(place, h, a="fixed"),
    "last_of": _last,
    "last_week": _fix(spans.week_number, n=-1),
    "last_week_of_month": _fix(spans.week_of_month, n=-1),
    "length_and": _length_and,
    "length_sign": _length_sign,
    "m15": _constant(15),
    "m30": _constant(30),
    "m_": _constant("M"),
    "meal": _meal,
    "midnight": lambda place, h: Clock(0, None, None, "fixed"),
    "minus1": _constant(-1),
    "mixed": _mixed,
    "month_days": _month_days,
    "last_month_named": _fix(_relative_month, n=-1),
    "next_month_named": _fix(_relative_month, n=1),
    "this_month_named": _fix(_relative_month, n=0),
    "next_decade": _fix(spans.decades, count=1),
    "next_md": _fix(days.month_day, near=1),
    "next_num": _fix(days.numeric_md, near=1),
    "next_num_dm": _fix(days.numeric_dm, near=1),
    "next_year": _next_year(1),
    "noon": lambda place, h=12: Clock(12, None, None, "fixed"),
    "now_back": _fix(clocks.now_to, back=True),
    "nth_month": _nth_month,
    "nth_part": _nth_part,
    "nth_span": _nth_span,
    "one_day": _one_day,
    "ordinal_short": _ordinal_short,
    "part_am": _day_part(_MO),
    "part_last": _fix(clocks.part_today, n=-1),
    "part_mod_today": _part_mod_today,
    "part_next": _fix(clocks.part_today, n=1),
    "part_pm": _day_part(_AF),
    "part_span": _part_span,
    "past_year": _next_year(-1),
    "plus1": _constant(1),
    "present_year": _next_year(0),
    "range_to_date": _range_to_date,
    "rel_month": _fix(spans.relative, u="M"),
    "rel_week": _fix(spans.relative, u="W"),
    "rel_year": _fix(spans.relative, u="Y"),
    "say_am": _constant("am"),
    "say_both": _constant("both"),
    "say_pm": _constant("pm"),
    "since_on": _since_on,
    "span_tomorrow": _fix(clocks.span_today, n=1),
    "span_yesterday": _fix(clocks.span_today, n=-1),
    "split_span": _split_span,
    "stamp": _stamp,
    "the_period": spans.relative,
    "this_md": _fix(days.month_day, near=0),
    "this_month": _fix(spans.relative, u="M"),
    "this_num": _fix(days.numeric_md, near=0),
    "this_num_dm": _fix(days.numeric_dm, near=0),
    "this_weekend": _fix(spans.relative, u="WE"),
    "today_noun": _fix(days.relative_day, n=0),
    "until_part": _until_part,
    "w_": _constant("W"),
    "wd_past": _fix(days.weekday_nearest, n=-1),
    "we_": _constant("WE"),
    "weak_weekday": _weak_weekday,
    "week1": _fix(spans.relative, u="W", n=1),
    "weekday_of_mweek": _week_weekday,
    "weekday_part_week": _weekday_part_week,
    "wk0": _fix(days.weekday_of_week, n=0),
    "wk1": _fix(days.weekday_of_week, n=1),
    "wk_1": _fix(days.weekday_of_week, n=-1),
    "after_on": _fix(_bound_at, b="after"),
    "decade_words": _decade_words,
    "half_length": _half_length,
    "iso_at": _iso_at,
    "part_mod_of": _part_mod_of,
    "before_on": _fix(_bound_at, b="before"),
    "half_hour": _constant(Length(((Fraction(30), "M1"),))),
    "quarter_hour": _constant(Length(((Fraction(15), "M1"),))),
    "weekday_of_week": days.weekday_of_week,
    "day_part_of": clocks.part_of_day,
    "dec_": _constant("DEC"),
    "early_so_far": _early_so_far,
    "every_day": _constant(Repeat("P1D")),
    "first_day": _first_day,
    "from_ten": _from_ten,
    "hours_at": _hours_at,
    "last_night": _last_night,
    "last_night_at": _last_night_at,
    "less_half": _less_half,
    "minutes_past": _minutes_past,
    "more_half": _more_half,
    "noon_part": _constant(_AF),
    "part_by_edge_mid": _part_by_edge_mid,
    "season_now": _fix(spans.season, n=0),
    "span_here": _span_here,
    "special_now": _fix(spans.special_year, n=0),
    "year_only": lambda place, y: y,
    "year_words": _year_words,
    "yesterday": _fix(days.relative_day, n=-1),
    "y_": _constant("Y"),
    "year_noun": _year_noun,
}


def reference_of(value: dt.date | dt.datetime) -> dt.datetime:
    """A reference day as a moment: its first one; without a time zone."""
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=None, microsecond=0)
    return dt.datetime.combine(value, dt.time())
