"""Amounts of time and repetitions."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from fractions import Fraction
from typing import Any

from landrelease.evidence.datetimes.rules import Place
from landrelease.evidence.datetimes.values import (
    Clock,
    Day,
    Daypart,
    Length,
    Moment,
    Option,
    Reading,
    Repeat,
    number,
    shift,
)

_MOST = 100000


def add(place: Place, a: Any, b: Any = 0) -> Any:
    """Twenty + four."""
    return a + b


def hundreds(place: Place, a: int, b: int = 0) -> int | None:
    """Nineteen (hundred) ninety-six; years before 1100 are said otherwise."""
    year = a * 100 + b
    return year if 1100 <= year < 2200 else None


def thousands(place: Place, a: int = 1, b: int = 0, c: int = 0) -> int:
    """Two thousand (and) fifteen."""
    return a * 1000 + b * 100 + c


def decimal(place: Place, a: str, b: str) -> Fraction | None:
    """2.5 from its two halves."""
    return Fraction(f"{a}.{b}") if len(b) <= 9 else None


def length(
    place: Place, u: str, n: Any = 1, more: Fraction | None = None, vague: Any = None
) -> Length | None:
    """An amount of a unit; ``more`` is a part of it ("and a half")."""
    amount = Fraction(n) + (more or 0)
    if not 0 < amount <= _MOST:
        return None
    count, unit = {"Q": (3, "M"), "DEC": (10, "Y"), "C": (100, "Y"), "F": (2, "W")}.get(u, (1, u))
    return Length(((amount * count, unit),))


def lengths(place: Place, a: Length, b: Length) -> Length | None:
    """Several amounts, each of a smaller unit than the one before."""
    order = ("Y", "M", "W", "WE", "D", "BD", "H", "M1", "S")
    amounts = a.amounts + b.amounts
    ranks = [order.index(unit) for _, unit in amounts]
    if ranks != sorted(set(ranks)):
        return None
    return Length(amounts)


def bounded(place: Place, x: Length, mod: str) -> Length:
    """More or less than an amount."""
    return replace(x, mod=mod)


def within(place: Place, x: Length, n: int = 1) -> Reading | None:
    """ "Within 9 months": from now until then."""
    if x.mod:
        return None
    end = shift(place.reference, x, n)
    if end is None:
        return None
    pair = (place.reference, end) if n > 0 else (end, place.reference)
    return _stretch(pair, x)


def _stretch(pair: tuple[dt.datetime, dt.datetime], x: Length) -> Reading:
    if x.timed:
        a, b = (moment.isoformat("T", "seconds") for moment in pair)
        option = Option(
            f"({a},{b},{x.timex()})",
            "datetimerange",
            None,
            a.replace("T", " "),
            b.replace("T", " "),
        )
        return Reading("datetimerange", (option,))
    a, b = (moment.date().isoformat() for moment in pair)
    return Reading("daterange", (Option(f"({a},{b},{x.timex()})", "daterange", None, a, b),))


def following(place: Place, x: Length, n: int) -> Reading | None:
    """ "The next three days" begin tomorrow; "the last three days" end today."""
    if x.mod or not x.exact:
        return None
    now = place.reference
    try:
        begin = now if x.timed or n < 0 else now + dt.timedelta(days=1)
    except OverflowError:
        return None
    business = len(x.amounts) == 1 and x.amounts[0][1] == "BD"
    if business:
        return _business(now.date(), x, n)
    end = shift(begin, x, n)
    if end is None:
        return None
    return _stretch((begin, end) if n > 0 else (end, begin), x)


def _business(today: dt.date, x: Length, n: int) -> Reading | None:
    count = int(x.amounts[0][0])
    if count > 5000:
        return None
    days: list[dt.date] = []
    day = today
    try:
        while len(days) < count:
            day += dt.timedelta(days=n)
            if day.weekday() < 5:
                days.append(day)
    except OverflowError:
        return None
    days.sort()
    start = days[0]
    end = days[-1] + dt.timedelta(days=1) if n > 0 else today
    timex = f"({start},{end},{x.timex()})"
    return Reading(
        "daterange", (Option(timex, "daterange", None, start.isoformat(), end.isoformat()),)
    )


def starting(place: Place, x: Length, d: Day | Moment | Any) -> Reading | None:
    """ "Three days starting next Monday"."""
    begin: dt.datetime | None = None
    if isinstance(d, Day) and d.future is not None and not x.timed:
        begin = dt.datetime.combine(d.future, dt.time())
    elif isinstance(d, Moment) and d.choices[-1][1] is not None:
        begin = d.choices[-1][1]
    if begin is None:
        return None
    end = shift(begin, x)
    if end is None:
        return None
    if isinstance(d, Moment):
        a, b = begin.isoformat("T", "seconds"), end.isoformat("T", "seconds")
        return Reading(
            "datetimerange",
            (
                Option(
                    f"({a},{b},{x.timex()})",
                    "datetimerange",
                    None,
                    a.replace("T", " "),
                    b.replace("T", " "),
                ),
            ),
        )
    return _stretch((begin, end), x)


def every(
    place: Place,
    x: Length | None = None,
    w: int | None = None,
    p: Daypart | None = None,
    k: Clock | None = None,
    d: Any = None,
    t: str | None = None,
) -> Repeat | None:
    """A repetition: of a length, a weekday, a part of the day, at an hour."""
    timex = t or ""
    if x is not None:
        if x.mod:
            return None
        timex = "P" + number(x.amounts[0][0]) + x.amounts[0][1][0] if x.timed else x.timex()
        if x.timed:
            timex = x.timex()
    if w is not None:
        timex = f"XXXX-WXX-{w}"
    if p is not None:
        timex = (timex if w is not None else "") + "T" + p.code
    if k is not None:
        hour = k.hours()[0]
        timex = (timex if w is not None else "") + k.said(hour)
    if d is not None:
        timex = f"XXXX-XX-{d:02d}"
    return Repeat(timex)
