"""Times of day, parts of the day, and days with times."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from fractions import Fraction

from landrelease.evidence.datetimes.rules import Place
from landrelease.evidence.datetimes.values import (
    Clock,
    ClockSpan,
    Day,
    Daypart,
    Length,
    Moment,
    Option,
    Reading,
    between,
    iso,
)

_EVENING = 12  # from this hour of the evening on, a clock time of the night is after midnight


def clock(
    place: Place,
    h: int,
    mi: int | None = None,
    s: int | None = None,
    a: str | None = None,
    p: Daypart | None = None,
) -> Clock | None:
    """A time by its hour, minute and second, "am" or "pm" and the part of the day."""
    if h > 24 or (mi or 0) > 59 or (s or 0) > 59:
        return None
    if a == "pm" and h > 12 and h != 12:
        a = "fixed"
    if a == "am" and h > 12:
        return None
    half = a if a != "both" else None
    found = Clock(h, mi, s, half)
    return in_part(place, found, p) if p is not None else found


def bare(place: Place, h: int, a: str | None = None, p: Daypart | None = None) -> Clock | None:
    """An hour only."""
    found = clock(place, h, None, None, a, p)
    return None if found is None else replace(found, bare=True)


def four(place: Place, n: str, a: str | None = None) -> Clock | None:
    """Four digits: hour and minute."""
    return clock(place, int(n[:-2]), int(n[-2:]), None, a)


def past_hour(
    place: Place, m: int, h: int, a: str | None = None, p: Daypart | None = None
) -> Clock | None:
    """ "Twenty past eight"; a negative number of minutes is "to"."""
    if not -59 <= m <= 59:
        return None
    hour = h if m >= 0 else (h - 1) or 12
    return clock(place, hour, m % 60, None, a, p)


def near(place: Place, k: Clock) -> Clock:
    """ "Around 1 pm"."""
    return replace(k, approx=True, bare=False)


def in_part(place: Place, k: Clock, p: Daypart) -> Clock | None:
    """A time in a part of the day: "at 7 in the evening"."""
    if k.half in ("am", "pm"):
        return k
    if not k.open:
        return k if k.hour > 12 or k.hour == 0 else replace(k, half="fixed")
    hour = k.hour % 12
    if p.code in ("AF", "EV", "MED", "MEL"):
        half = "pm"
    elif p.code == "NI":
        half = "pm" if 5 <= hour <= 11 else "am"
        if k.hour == 12:
            half = "am"
    elif p.code in ("MO", "DA", "MEB"):
        half = "pm" if k.hour == 12 and p.code == "MO" else "am"
    else:
        return k
    return replace(k, half=half)


def daypart_mod(place: Place, e: str, p: Daypart) -> Daypart | None:
    """Early morning, late evening: half of it."""
    if p.mod or e == "mid":
        return None
    middle = (p.start + p.end) // 2
    if e == "start":
        return replace(p, end=middle, mod="start")
    return replace(p, start=middle, mod="end")


def at(
    place: Place, d: Day | Reading | Moment, k: Clock, p: Daypart | None = None
) -> Moment | None:
    """A day and a time of it."""
    if not isinstance(d, Day):
        return None
    if d.anchor.startswith("holiday:"):
        return None
    if p is not None:
        held = in_part(place, k, p)
        if held is None:
            return None
        k = held
    choices: list[tuple[str, dt.datetime | None]] = []
    for hour in k.hours():
        for day in d.pairs():
            when = None if day is None else dt.datetime.combine(day, k.at(hour))
            choices.append((d.timex + k.said(hour), when))
    return Moment(tuple(choices), k.approx and not isinstance(d, Moment))


def about(place: Place, d: Day | Moment | Clock) -> Reading | Moment | Clock | None:
    """ "Around tomorrow 10 am"."""
    if isinstance(d, Clock):
        return near(place, d)
    if isinstance(d, Moment):
        return None if d.now else replace(d, approx=True)
    return Reading(
        "date",
        tuple(Option(d.timex, "daterange", iso(day), mod="approx") for day in d.pairs()),
    )


def part_of_day(place: Place, d: Day, p: Daypart) -> Reading | None:
    """ "Tuesday afternoon", "last night"."""
    if not isinstance(d, Day) or p.meal or d.anchor.startswith("holiday:"):
        return None
    if p.plural:
        return None
    options = []
    for day in d.pairs():
        if day is None:
            return None
        start, end = p.bounds()
        options.append(
            Option(
                f"{d.timex}T{p.code}",
                "datetimerange",
                None,
                iso(dt.datetime.combine(day, start)),
                iso(dt.datetime.combine(day, end)),
                p.mod,
            )
        )
    return Reading("datetimerange", tuple(options))


def part_today(place: Place, p: Daypart, n: int = 0) -> Reading | None:
    """ "This evening"."""
    day = place.reference.date() + dt.timedelta(days=n)
    return part_of_day(place, Day(day.isoformat(), day, day), p)


def clock_today(place: Place, k: Clock, p: Daypart, n: int = 0) -> Moment | None:
    """ "8 am this morning", "10, tonight", "last night at 8"."""
    day = place.reference.date() + dt.timedelta(days=n)
    held = in_part(place, k, p)
    if held is None:
        return None
    return at(place, Day(day.isoformat(), day, day), replace(held, approx=False))


def span_today(place: Place, r: ClockSpan, p: Daypart, n: int = 0) -> Reading | None:
    """ "Between 7 and 9 last night"."""
    day = place.reference.date() + dt.timedelta(days=n)
    return span_on(place, Day(day.isoformat(), day, day), r, p)


def end_of_day(place: Place, d: Day) -> Moment | None:
    """The last second of a day."""
    if not isinstance(d, Day) or d.past is None or d.anchor in ("boundary",):
        return None
    time = dt.time(23, 59, 59)
    return Moment(
        tuple(
            (d.timex + "T23:59:59", None if day is None else dt.datetime.combine(day, time))
            for day in d.pairs()
        )
    )


def end_of_today(place: Place) -> Moment | None:
    """The last second of today."""
    day = place.reference.date()
    return end_of_day(place, Day(day.isoformat(), day, day))


_DAY_PARTS = {"start": (0, 12), "mid": (10, 14), "end": (12, 24)}


def part_by_edge(place: Place, e: str, d: Day) -> Reading | None:
    """ "Early in the day Wednesday", "later today": that half of the day."""
    if d.future is None:
        return None
    first, last = _DAY_PARTS[e]
    day = dt.datetime.combine(d.future, dt.time())
    try:
        start, end = day + dt.timedelta(hours=first), day + dt.timedelta(hours=last)
    except OverflowError:
        return None
    return Reading(
        "datetimerange", (Option(d.timex, "datetimerange", None, iso(start), iso(end), e),)
    )


def clock_span(
    place: Place,
    a: Clock,
    b: Clock,
    p: Daypart | None = None,
    q: Daypart | None = None,
    dash: bool = False,
) -> ClockSpan | None:
    """From one time to another; what is open is settled by the other one.

    Two open times keep both halves of the day. Where the second one is smaller ("11-4"), the
    first reading is over noon; a dash also keeps the one over midnight.
    """
    if p is not None:
        held = in_part(place, b, p)
        if held is None:
            return None
        b = held
    if q is not None:
        held = in_part(place, a, q)
        if held is None:
            return None
        a = held
    a, b = replace(a, approx=False), replace(b, approx=False)
    if a.open and b.open:
        pairs = _both_open(a, b, dash)
    elif a.open:
        end = b.hours()[0]
        same_half = [h for h in sorted(a.hours()) if (h >= 12) == (end >= 12)]
        start = same_half[0]
        if a.seconds(start) >= b.seconds(end):
            others = [h for h in a.hours() if h != start]
            start = others[0]
        if p is not None and p.code in ("MO", "DA") and a.hour != 12:
            start = a.hour
        pairs = [(start, end)]
    elif b.open:
        start = a.hours()[0]
        later = [h for h in sorted(b.hours()) if b.seconds(h) > a.seconds(start)]
        pairs = [(start, (later or sorted(b.hours()))[0])]
    else:
        pairs = [(a.hours()[0], b.hours()[0])]
    choices = []
    for start, end in pairs:
        s, e = a.seconds(start), b.seconds(end)
        if e <= s:
            e += 86400
        choices.append((a.said(start), b.said(end), s, e))
    return ClockSpan(tuple(choices))


def _both_open(a: Clock, b: Clock, dash: bool) -> list[tuple[int, int]]:
    first, second = a.seconds(a.hour % 12), b.seconds(b.hour % 12)
    if first < second:
        pairs = [(a.hour % 12, b.hour % 12), (a.hour % 12 + 12, b.hour % 12 + 12)]
        return pairs if dash or a.hour != 12 else pairs[::-1]
    over_noon = a.hour % 12, b.hour % 12 + 12
    return [over_noon, (a.hour % 12 + 12, b.hour % 12)] if dash else [over_noon]


def clock_for(place: Place, k: Clock, x: Length) -> ClockSpan | None:
    """ "From 9 for 2.5 hours"."""
    if x.mod or not x.exact or any(unit not in ("H", "M1", "S") for _, unit in x.amounts):
        return None
    hour = k.hours()[0]
    start = k.seconds(hour)
    end = start + int(x.seconds)
    if end - start > 86400 * 2:
        return None
    moment = end % 86400
    shown = f"T{moment // 3600:02d}:{moment // 60 % 60:02d}:{moment % 60:02d}"
    return ClockSpan(((k.said(hour), shown, start, end),))


def span_on(place: Place, d: Day, r: ClockSpan, p: Daypart | None = None) -> Reading | None:
    """ "Monday 9 to 11": a stretch of a day."""
    if not isinstance(d, Day) or d.past is None or d.future is None:
        return None
    choices = r.choices
    if p is not None and len(choices) > 1:
        choices = _in_part(choices, p)
    options = []
    for a, b, start, end in choices:
        for day in d.pairs():
            if day is None:
                return None
            origin = dt.datetime.combine(day, dt.time())
            try:
                s, e = origin + dt.timedelta(seconds=start), origin + dt.timedelta(seconds=end)
            except OverflowError:
                return None
            options.append(
                Option(
                    f"({d.timex}{a},{_next_day(d, end)}{b},{between(start, end)})",
                    "datetimerange",
                    None,
                    iso(s),
                    iso(e),
                )
            )
    return Reading("datetimerange", tuple(options))


def _in_part(
    choices: tuple[tuple[str, str, int, int], ...], p: Daypart
) -> tuple[tuple[str, str, int, int], ...]:
    morning = p.code in ("MO", "DA")
    held = tuple(c for c in choices if (c[2] < 43200) == morning)
    return held[:1] or choices[:1]


def _next_day(d: Day, end: int) -> str:
    """The day on which the stretch ends, written like its own."""
    if end <= 86400:
        return d.timex
    if d.anchor == "weekday":
        return f"XXXX-WXX-{int(d.timex[-1]) % 7 + 1}"
    if d.past is not None and d.past == d.future:
        return (d.past + dt.timedelta(days=1)).isoformat()
    return d.timex


def clock_part(place: Place, d: Day, r: ClockSpan) -> Reading | None:
    """A stretch of a day."""
    return span_on(place, d, r)


def now_to(place: Place, k: Clock | Length, back: bool = False) -> Reading | None:
    """ "Between now and eight o'clock", "from now until 3 minutes later"."""
    now = place.reference
    if isinstance(k, Length):
        if not k.timed:
            return None
        try:
            end = now + dt.timedelta(seconds=float(k.seconds))
        except OverflowError:
            return None
        timex = f"(PRESENT_REF,{end.isoformat('T', 'seconds')},{k.timex()})"
        return Reading("datetimerange", (Option(timex, "datetimerange", None, iso(now), iso(end)),))
    midnight = dt.datetime.combine(now.date(), dt.time())
    seconds = int((now - midnight).total_seconds())
    hours = sorted(k.hours())
    if back:
        fitting = [h for h in hours if k.seconds(h) <= seconds][-1:] or hours[:1]
    else:
        fitting = [h for h in hours if k.seconds(h) > seconds][:1] or hours[-1:]
    hour = fitting[0]
    said = now.date().isoformat() + k.said(hour)
    there = midnight + dt.timedelta(seconds=k.seconds(hour))
    a, b = (there, now) if back else (now, there)
    length = between(0, abs(int((b - a).total_seconds())))
    shown = f"({said},PRESENT_REF,{length})" if back else f"(PRESENT_REF,{said},{length})"
    return Reading("datetimerange", (Option(shown, "datetimerange", None, iso(a), iso(b)),))


def minutes(place: Place, n: int | Fraction) -> int | None:
    """A number of minutes."""
    return int(n) if n == int(n) and n < 60 else None


def to(place: Place, m: int) -> int:
    """Minutes before the hour."""
    return -m
