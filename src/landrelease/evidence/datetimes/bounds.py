"""Lengths of time as bounds: "up to two weeks", "from four hours to two weeks"."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from landrelease.evidence.datetimes.find import TimeExpression, datetimes

_JOIN = {
    "en": re.compile(r"\s*(?:to|and|or|until|-|–|—)\s*", re.IGNORECASE),
    "es": re.compile(r"\s*(?:a|y|o|u|hasta|-|–|—)\s*", re.IGNORECASE),
}
_UPPER = {
    "en": re.compile(
        r"\b(?:up to|at most|no more than|not more than|within|under|a maximum of|as long as)\s*$",
        re.IGNORECASE,
    ),
    "es": re.compile(
        r"\b(?:hasta|como máximo|a lo sumo|no más de|en menos de|dentro de|un máximo de)\s*$",
        re.IGNORECASE,
    ),
}
_LOWER = {
    "en": re.compile(
        r"\b(?:at least|no less than|not less than|over|a minimum of|as little as)\s*$",
        re.IGNORECASE,
    ),
    "es": re.compile(
        r"\b(?:al menos|por lo menos|como mínimo|no menos de|un mínimo de)\s*$", re.IGNORECASE
    ),
}
_LOOK_BACK = 30
_REFERENCE = dt.date(2000, 1, 1)  # lengths do not depend on it


@dataclass(frozen=True)
class DurationBounds:
    """A length of time in a text.

    Attributes
    ----------
    start, end : int
        Offsets of its characters, the end not included.
    text : str
        The words, those that bound it left out.
    lower, upper : float or None
        Seconds; None where the text sets no such bound. Months count 30 days, years 365.
    """

    start: int
    end: int
    text: str
    lower: float | None
    upper: float | None


def durations(text: str, language: str = "en") -> list[DurationBounds]:
    """Find the lengths of time in a text, as bounds.

    Parameters
    ----------
    text : str
        Any text.
    language : str
        'en' or 'es'.

    Returns
    -------
    list of DurationBounds
        In the order of the text. Two lengths joined by "to" or "and" after "from" or "between"
        are one.

    Raises
    ------
    ValueError
        When lengths of time are not read in this language.
    """
    if language not in _JOIN:
        raise ValueError(f"durations are read in {', '.join(sorted(_JOIN))}, not in {language!r}")
    found: list[DurationBounds] = []
    before: TimeExpression | None = None
    for one in datetimes(text, _REFERENCE, language):
        if one.kind != "duration":
            before = None
            continue
        joined = before is not None and _JOIN[language].fullmatch(text[before.end : one.start])
        if joined and before is not None and _one_range(text, before, one, joined[0], language):
            lower, upper = _seconds(before), _seconds(one)
            if lower <= upper:
                found[-1] = DurationBounds(
                    before.start, one.end, text[before.start : one.end], lower, upper
                )
                before = None
                continue
        found.append(_alone(text, one, language))
        before = one
    return found


def _one_range(text: str, a: TimeExpression, b: TimeExpression, joint: str, language: str) -> bool:
    """Whether two lengths are the ends of one: "and" and "or" need "between" before them."""
    if a.options[0].mod or b.options[0].mod:
        return False
    word = joint.strip().lower()
    if word in ("and", "y"):
        opening = "between" if language == "en" else "entre"
        return text[max(0, a.start - _LOOK_BACK) : a.start].rstrip().lower().endswith(opening)
    return True


def _alone(text: str, one: TimeExpression, language: str) -> DurationBounds:
    seconds, mod = _seconds(one), one.options[0].mod
    before = text[max(0, one.start - _LOOK_BACK) : one.start]
    lower: float | None = seconds
    upper: float | None = seconds
    if mod == "more" or _LOWER[language].search(before):
        upper = None
    elif mod == "less" or _UPPER[language].search(before):
        lower = None
    return DurationBounds(one.start, one.end, one.text, lower, upper)


def _seconds(one: TimeExpression) -> float:
    return float(one.options[0].value or 0)
