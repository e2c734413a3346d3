"""What expressions of time mean: days, spans of days, times of day, lengths, repetitions.

TIMEX3-like notation: ``XXXX-10-02`` is 2 October of an unsaid year, ``XXXX-WXX-5`` some Friday,
``TMO`` the morning, ``P3W`` three weeks, ``(a,b,P2D)`` from a to b. What the words leave open is
kept as two candidates, the last one before and the first one after the reference.
"""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass, replace
from fractions import Fraction

UNRESOLVED = "not resolved"
SECONDS = {
    "S": 1,
    "M1": 60,
    "H": 3600,
    "D": 86400,
    "BD": 86400,
    "W": 604800,
    "WE": 172800,
    "M": 2592000,
    "Y": 31536000,
}
"""Seconds of each unit (M1 minutes, M months of 30 days, Y years of 365, WE weekends, BD business
days)."""


@dataclass(frozen=True)
class Option:
    """One thing an expression can mean.

    Attributes
    ----------
    timex : str
        The meaning in TIMEX3-like notation, what is unsaid left open.
    type : str
        date, daterange, time, timerange, datetime, datetimerange, duration or set.
    value : str or None
        Date, time, moment, or number of seconds; 'not resolved' when it cannot be fixed.
    start, end : str or None
        Bounds of a range, the end not included; None where it is open.
    mod : str or None
        before, after, since, until, approx, start, mid, end, more, less and their combinations.
    """

    timex: str
    type: str
    value: str | None = None
    start: str | None = None
    end: str | None = None
    mod: str | None = None


@dataclass(frozen=True)
class Reading:
    """An expression as understood: its type and everything it can mean."""

    type: str
    options: tuple[Option, ...]


@dataclass(frozen=True)
class Day:
    """One day; ``past`` and ``future`` are equal when it is certain, None when there is no such."""

    timex: str
    past: dt.date | None
    future: dt.date | None
    year: int | None = None
    month: int | None = None
    day: int | None = None
    anchor: str = ""  # "now", "today", "relative", "weekday", "holiday"
    unit: str = "D"

    def pairs(self) -> tuple[dt.date | None, ...]:
        return (self.past,) if self.past == self.future else (self.past, self.future)


Stretch = tuple[dt.date, dt.date]


@dataclass(frozen=True)
class Span:
    """Whole days in a row, the end not included."""

    timex: str
    past: Stretch | None
    future: Stretch | None
    unit: str
    year: int | None = None
    month: int | None = None
    mod: str | None = None
    relative: bool = False
    edge: str | None = None  # "start", "mid" or "end": which part of it is meant
    weak: bool = False  # a word that is often no date ("may")

    def pairs(self) -> tuple[Stretch | None, ...]:
        return (self.past,) if self.past == self.future else (self.past, self.future)


@dataclass(frozen=True)
class Clock:
    """A time of day. ``half`` is None while morning and evening are both possible."""

    hour: int  # as said; 0–24
    minute: int | None = None
    second: int | None = None
    half: str | None = None  # "am", "pm", "fixed"
    approx: bool = False
    full: bool = False  # write minutes and seconds even when not said
    bare: bool = False  # an hour only: a time just next to other words of time

    @property
    def open(self) -> bool:
        return self.half is None and 1 <= self.hour <= 12

    def hours(self) -> tuple[int, ...]:
        """Hours on the 24-hour clock it can mean."""
        if self.half == "am":
            return (self.hour % 12 if self.hour <= 12 else self.hour,)
        if self.half == "pm":
            return (self.hour % 12 + 12 if self.hour <= 12 else self.hour % 24,)
        if self.open:
            return (12, 0) if self.hour == 12 else (self.hour, self.hour + 12)
        return (self.hour % 24,)

    def said(self, hour: int) -> str:
        text = f"T{hour % 24:02d}"
        if self.minute is not None or self.full:
            text += f":{self.minute or 0:02d}"
        if self.second is not None or self.full:
            text += f":{self.second or 0:02d}"
        return text

    def at(self, hour: int) -> dt.time:
        return dt.time(hour % 24, self.minute or 0, self.second or 0)

    def seconds(self, hour: int) -> int:
        return hour * 3600 + (self.minute or 0) * 60 + (self.second or 0)


@dataclass(frozen=True)
class Daypart:
    """Morning, afternoon …: ``start`` and ``end`` in hours, 24 standing for 23:59:59."""

    code: str
    start: int
    end: int
    mod: str | None = None
    plural: bool = False
    meal: bool = False

    def bounds(self) -> tuple[dt.time, dt.time]:
        return dt.time(self.start), _hour(self.end)


def _hour(hour: int) -> dt.time:
    return dt.time(23, 59, 59) if hour == 24 else dt.time(hour)


@dataclass(frozen=True)
class ClockSpan:
    """From one time of day to another: (timex, timex, seconds of the day, seconds), each choice.

    The end can pass midnight; its seconds are then more than those of a day.
    """

    choices: tuple[tuple[str, str, int, int], ...]


@dataclass(frozen=True)
class Moment:
    """A day and a time of it: the (timex, moment) it can mean."""

    choices: tuple[tuple[str, dt.datetime | None], ...]
    approx: bool = False
    now: bool = False


@dataclass(frozen=True)
class Length:
    """An amount of time: amounts with their units, as said."""

    amounts: tuple[tuple[Fraction, str], ...]
    mod: str | None = None
    exact: bool = True

    @property
    def seconds(self) -> Fraction:
        return sum((n * SECONDS[unit] for n, unit in self.amounts), Fraction(0))

    @property
    def timed(self) -> bool:
        """Shorter units than a day occur."""
        return any(unit in ("S", "M1", "H") for _, unit in self.amounts)

    def timex(self) -> str:
        days = "".join(number(n) + unit for n, unit in self.amounts if unit not in ("S", "M1", "H"))
        times = "".join(number(n) + unit[0] for n, unit in self.amounts if unit in ("S", "M1", "H"))
        return "P" + days + ("T" + times if times else "")


@dataclass(frozen=True)
class Repeat:
    """Something that comes again and again."""

    timex: str


Value = Day | Span | Clock | Daypart | ClockSpan | Moment | Length | Repeat | Reading


def number(value: Fraction) -> str:
    """A number as TIMEX writes it: no needless zeros."""
    if value.denominator == 1:
        return str(value.numerator)
    return f"{float(value):.10f}".rstrip("0")


def add_months(day: dt.date, months: int) -> dt.date | None:
    """The same day some months on, or the last one of a shorter month; None out of range."""
    count = day.year * 12 + day.month - 1 + months
    year, month = divmod(count, 12)
    if not 1 <= year <= 9999:
        return None
    return day.replace(
        year=year, month=month + 1, day=min(day.day, calendar.monthrange(year, month + 1)[1])
    )


def shift(moment: dt.datetime, length: Length, sign: int = 1) -> dt.datetime | None:
    """A moment moved by a length; None when that leaves the calendar."""
    try:
        for n, unit in length.amounts:
            if unit in ("Y", "M"):
                months = n * (12 if unit == "Y" else 1)
                day = add_months(moment.date(), sign * int(months))
                if day is None:
                    return None
                moment = dt.datetime.combine(day, moment.time())
                rest = months - int(months)
                moment += dt.timedelta(days=float(rest * 30) * sign)
            elif unit == "BD":
                moment = _business(moment, int(n), sign)
            else:
                moment += dt.timedelta(seconds=float(n * SECONDS[unit])) * sign
    except (OverflowError, ValueError):
        return None
    return moment


def _business(moment: dt.datetime, days: int, sign: int) -> dt.datetime:
    if days > 5000:
        raise OverflowError("too many business days")
    while days:
        moment += dt.timedelta(days=sign)
        if moment.weekday() < 5:
            days -= 1
    return moment


def between(start: int, end: int) -> str:
    """The time between two times of a day (seconds), as TIMEX: PT5H30M."""
    left = end - start
    hours, rest = divmod(left, 3600)
    minutes, seconds = divmod(rest, 60)
    text = "PT" + "".join(
        f"{n}{unit}" for n, unit in ((hours, "H"), (minutes, "M"), (seconds, "S")) if n
    )
    return text if len(text) > 2 else "PT0S"


def _moment(value: dt.datetime) -> str:
    return value.isoformat(" ", "seconds")


def iso(value: dt.date | dt.datetime | dt.time | None) -> str | None:
    """A day, moment or time in the notation of the results."""
    if value is None:
        return None
    if isinstance(value, dt.datetime):
        return _moment(value)
    if isinstance(value, dt.time):
        return value.isoformat("seconds")
    return value.isoformat()


def reading(value: Value) -> Reading | None:
    """What a value means, written out; None for a value that stands for nothing alone."""
    if isinstance(value, Reading):
        return value
    if isinstance(value, Day):
        return _of_day(value)
    if isinstance(value, Span):
        return _of_span(value)
    if isinstance(value, Clock):
        options = [
            Option(
                value.said(hour),
                "timerange" if value.approx else "time",
                iso(value.at(hour)),
                mod="approx" if value.approx else None,
            )
            for hour in value.hours()
        ]
        return Reading("time", tuple(options))
    if isinstance(value, Daypart):
        start, end = value.bounds()
        option = Option("T" + value.code, "timerange", None, iso(start), iso(end), value.mod)
        return Reading("timerange", (option,))
    if isinstance(value, ClockSpan):
        return Reading(
            "timerange",
            tuple(
                Option(f"({a},{b},{between(s, e)})", "timerange", None, _clock(s), _clock(e))
                for a, b, s, e in value.choices
            ),
        )
    if isinstance(value, Moment):
        kind = "datetimerange" if value.approx else "datetime"
        mod = "approx" if value.approx else None
        return Reading(
            "datetime",
            tuple(
                Option(t, kind, _moment(m) if m else UNRESOLVED, mod=mod) for t, m in value.choices
            ),
        )
    if isinstance(value, Length):
        seconds = value.seconds
        return Reading(
            "duration",
            (Option(value.timex(), "duration", number(seconds), mod=value.mod),),
        )
    if isinstance(value, Repeat):
        return Reading("set", (Option(value.timex, "set", UNRESOLVED),))
    return None


def _clock(seconds: int) -> str:
    seconds %= 86400
    return dt.time(seconds // 3600, seconds // 60 % 60, seconds % 60).isoformat()


def _of_day(value: Day) -> Reading:
    options = [Option(value.timex, "date", iso(day) or UNRESOLVED) for day in value.pairs()]
    return Reading("date", tuple(options))


def _of_span(value: Span) -> Reading:
    options = [
        Option(value.timex, "daterange", UNRESOLVED)
        if pair is None
        else Option(
            f"{value.timex[:-1]},{length(pair, value.unit)})"
            if value.timex.endswith(")") and value.timex.count(",") == 1
            else value.timex,
            "daterange",
            None,
            pair[0].isoformat(),
            pair[1].isoformat(),
            value.mod,
        )
        for pair in value.pairs()
    ]
    return Reading("daterange", tuple(options))


def length(pair: Stretch, unit: str) -> str:
    """The length of a stretch in years, months or days: P2Y, P5M, P37D."""
    start, end = pair
    if unit in ("Y", "M"):
        months = (end.year - start.year) * 12 + end.month - start.month
        return f"P{months // 12}Y" if unit == "Y" else f"P{months}M"
    return f"P{(end - start).days}D"


__all__ = [
    "UNRESOLVED",
    "Clock",
    "ClockSpan",
    "Day",
    "Daypart",
    "Length",
    "Moment",
    "Option",
    "Reading",
    "Repeat",
    "Span",
    "Stretch",
    "Value",
    "add_months",
    "between",
    "iso",
    "length",
    "number",
    "reading",
    "replace",
    "shift",
]
