"""Ukrainian, Russian, French and Arabic: dates only, with the words of dateparser's tables.

Only what can hardly be anything else is read: a day and a month by name, a month with its year, a
date in figures (day first), a weekday by its full name, "yesterday", "last week". Abbreviations,
which in running text are more often other words ("mer", "лис", "сер"), count only beside a day.
"""

from __future__ import annotations

import importlib
import re
from typing import Any

CODES = ("uk", "ru", "fr", "ar")
"""ISO 639-1 codes of the languages read this way."""

_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_UNITS = {"day": "D", "week": "W", "month": "M", "year": "Y"}
_RELATIVE = re.compile(r"(?P<future>in )?(?P<n>\d+) (?P<unit>day|week|month|year)(?P<past> ago)?")
_SURE = 4  # letters from which on a name is taken for a month or weekday by itself
_SHORT_MONTHS = {"мая", "май", "mai", "mars", "juin", "août", "يوليو"}
_YEAR_WORDS = {"uk": ("року", "р"), "ru": ("года", "г"), "fr": (), "ar": ()}
_MORE_DAYS = {"uk": ("го", "е"), "ru": ("го", "е"), "fr": ("er",), "ar": ()}

_IN_MONTH = {
    "uk": [
        "січні",
        "лютому",
        "березні",
        "квітні",
        "травні",
        "червні",
        "липні",
        "серпні",
        "вересні",
        "жовтні",
        "листопаді",
        "грудні",
    ],
    "ru": [
        "январе",
        "феврале",
        "марте",
        "апреле",
        "мае",
        "июне",
        "июле",
        "августе",
        "сентябре",
        "октябре",
        "ноябре",
        "декабре",
    ],
}
"""Months as they stand after "in", which the tables lack."""

FILLERS = frozenset([",", ".", "-", "/", "(", ")", "de", "du", "le", "la"])


def words(code: str) -> dict[str, dict[str, Any]]:
    """Word tables of one language, read from dateparser's locale data."""
    info: dict[str, Any] = importlib.import_module(
        f"dateparser.data.date_translation_data.{code}"
    ).info
    months = {name.lower(): k for k, month in enumerate(_MONTHS, 1) for name in info[month] if name}
    in_month = {name: k for k, name in enumerate(_IN_MONTH.get(code, ()), 1)}
    days = {name.lower(): k for k, day in enumerate(_WEEKDAYS, 1) for name in info[day] if name}
    relative: dict[str, dict[str, int]] = {unit: {} for unit in _UNITS.values()}
    for key, phrases in info.get("relative-type", {}).items():
        match = _RELATIVE.fullmatch(key)
        if match is not None and (match["past"] or match["future"]):
            n = int(match["n"]) * (1 if match["future"] else -1)
            relative[_UNITS[match["unit"]]] |= {
                phrase.lower(): n for phrase in phrases if len(phrase) >= _SURE
            }
    sure = {
        name: k for name, k in months.items() if len(name) >= _SURE or name in _SHORT_MONTHS
    } | in_month
    return {
        "MONTH": {name: k for name, k in months.items() if len(name) >= 3},
        "SURE_MONTH": sure,
        "DAY_NAME": {name: k for name, k in days.items() if len(name) > _SURE},
        "DAY_WORD": relative["D"],
        "WEEK_WORD": relative["W"],
        "MONTH_WORD": relative["M"],
        "YEAR_WORD": relative["Y"],
        "YEAR_NOUN": dict.fromkeys(_YEAR_WORDS[code], True),
        "DAY_MARK": dict.fromkeys(_MORE_DAYS[code], True),
    }


RULES = r"""
YEAR : y:D4Y YEAR_NOUN? .? -> year_only
DAYNO : n:D12
DAYNO : n:D12 -? ~DAY_MARK
PLAIN : d:DAYNO m:SURE_MONTH ,? y:YEAR -> month_day
PLAIN : d:DAYNO m:MONTH .? ,? y:YEAR -> month_day
PLAIN : d:DAYNO de m:SURE_MONTH de y:YEAR -> month_day
PLAIN : d:DAYNO m:SURE_MONTH -> month_day
PLAIN : d:DAYNO m:MONTH ~. -> month_day
PLAIN : y:D4Y - m:D12 - d:D12 !(~D12) -> month_day
PLAIN : a:D12 . b:D12 . y:D4Y -> numeric_dm
PLAIN : a:D12 / b:D12 / y:D4Y -> numeric_dm
DATE : d:PLAIN
DATE : w:DAY_NAME ,? d:PLAIN -> last_of
DATE : n:DAY_WORD -> relative_day
DATE : w:DAY_NAME -> weekday
TOP : v:DATE
TOP : m:SURE_MONTH y:YEAR -> month
TOP : m:SURE_MONTH de y:YEAR -> month
TOP : n:WEEK_WORD -> rel_week
TOP : n:MONTH_WORD -> rel_month
TOP : n:YEAR_WORD -> rel_year
TOP : <{у в en во في عام} y:D4Y -> year
TOP : y:D4Y YEAR_NOUN -> year
"""
