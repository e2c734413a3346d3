"""When something was said, and what time it speaks of: words of time resolved against a day."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from landrelease.evidence.datetimes import Option, TimeExpression, datetimes
from landrelease.evidence.metadata import parse_date

_ANY_DAY = (dt.date(2901, 5, 23), dt.date(2914, 11, 8))  # after any year that is read
_PRECISIONS = ("day", "month", "year")
_CONFUSABLE = re.compile(r"\d{1,2}[./-]\d{1,2}(?![./-]\d)")

_UNSURE = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})")  # day first, or month first


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


def spoken_of(
    text: str,
    parts: Sequence[tuple[int, int]],
    day: dt.date | None,
    *,
    ahead: bool = False,
    apart: Sequence[tuple[int, int]] = (),
) -> list[dict[str, Any]]:
    """List the times that a content speaks of, beside the one at which it was said.

    Parameters
    ----------
    text : str
        The kept text.
    parts : sequence of (int, int)
        The content piece by piece.
    day : datetime.date or None
        The day on which it was said, or else published; "on Monday" is the last one up to it.
    ahead : bool
        The content speaks of what is to come: "on Monday" is the next one after it.
    apart : sequence of (int, int)
        Spans that are no time of day or year although they look like one ("within two weeks" as
        the length of something).

    Returns
    -------
    list of dict
        ``text``, ``start``, ``end``; ``value`` (ISO 8601, cut to the precision) and ``precision``
        ('day', 'month', 'year' or 'range'), both None where the words cannot be fixed; ``until``,
        the last day of a range, None where it is open (with ``mod`` 'before' the day that is no
        longer meant); ``mod`` ('before', 'since' ...) where the words say so. A numeric date whose
        day and month can be confused keeps only its year.
    """
    found: list[dict[str, Any]] = []
    for start, end in parts:
        # Blanks, tabs and line ends are all one character, so that offsets stay.
        words = re.sub(r"\s", " ", text[start:end])
        for one in datetimes(words, day or _ANY_DAY[0]):
            first, last = start + one.start, start + one.end
            if one.kind not in ("date", "daterange", "datetime", "datetimerange") or any(
                first < b and a < last for a, b in apart
            ):
                continue
            if all(option.timex == "PRESENT_REF" for option in one.options):
                continue  # "now" tells nothing that the day of saying does not
            slot: dict[str, Any] = {"text": text[first:last], "start": first, "end": last}
            unsure = _UNSURE.fullmatch(one.text)
            if unsure and int(unsure[1]) <= 12 and int(unsure[2]) <= 12 and unsure[1] != unsure[2]:
                found.append(slot | {"value": unsure[3], "precision": "year"})
                continue
            meant = None if _CONFUSABLE.fullmatch(one.text) else _meant(one, day, ahead)
            if meant is not None and day is None:
                later = [
                    same
                    for other in datetimes(words, _ANY_DAY[1])
                    if other.start == one.start and (same := _meant(other, _ANY_DAY[1], ahead))
                ]
                meant = meant if meant in later else None
            found.append(slot | (meant or {"value": None, "precision": None}))
    return found


def _meant(one: TimeExpression, day: dt.date | None, ahead: bool) -> dict[str, Any] | None:
    """The candidate that lies on the right side of a day; the nearest one to it."""
    today = (day or _ANY_DAY[0]).isoformat()
    ranked = []
    for option in one.options:
        if option.timex == "PRESENT_REF":
            continue
        first = option.start or option.value or option.end
        if first is None or not first[0].isdigit():
            continue
        short = first[:10]
        fits = short >= today if ahead else short <= today
        ranked.append((not fits, short if ahead == fits else _backwards(short), option))
    if not ranked:
        return None
    option = min(ranked, key=lambda entry: entry[:2])[2]
    mod = {"mod": option.mod} if option.mod else {}
    when = None if option.mod else _cut(option)
    if when is not None:
        return {"value": when.value, "precision": when.precision} | mod
    until = option.end[:10] if option.end else None
    if until is not None and not option.timex.startswith("(") and not option.mod:
        until = (dt.date.fromisoformat(until) - dt.timedelta(days=1)).isoformat()
    first = option.start or option.value
    return {"value": first[:10] if first else None, "precision": "range", "until": until} | mod


def _backwards(value: str) -> str:
    """Sorts the later one first."""
    return "".join(chr(200 - ord(letter)) for letter in value)


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
