"""From a cell to a typed value: numbers, dates, choices, classes.

Each function takes one cell and gives a :class:`Parsed`; nothing is guessed silently: what has
two readings is not recorded (numbers) or recorded as an interval over both (dates), with a
finding.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from . import vocabulary
from .problems import Severity

Order = Literal["dmy", "mdy", "ymd"]


@dataclass(frozen=True, slots=True)
class Parsed:
    """A typed value, or why there is none.

    ``keep`` says that the cell as given must be kept beside the record, because the value could
    not be taken over whole.
    """

    value: Any = None
    rule: str = ""
    message: str = ""
    hint: str = ""
    severity: Severity = "warning"
    keep: bool = False


NOTHING = Parsed()


def bad(rule: str, message: str, hint: str = "") -> Parsed:
    """No value; the cell is kept as given."""
    return Parsed(None, rule, message, hint, "warning", keep=True)


def as_text(cell: Any) -> str:
    """A cell as text: whole floats without ``.0``, dates in ISO form."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e16:
        return str(int(cell))
    if isinstance(cell, dt.datetime):
        midnight = cell.time() == dt.time(0)
        return cell.date().isoformat() if midnight else cell.isoformat()
    if isinstance(cell, dt.date):
        return cell.isoformat()
    return str(cell)


def says_nothing(text: str) -> bool:
    """Whether the text states that the value is not recorded."""
    bare = text.strip()
    return not bare or vocabulary.key(bare) in vocabulary.NOT_RECORDED or not bare.strip("-–—.? ")


# --- numbers ------------------------------------------------------------------------------------

#: Square metres and centimetres of each unit of measure that a table may state.
UNITS = {
    "m2": {
        "m2": Decimal(1), "sqm": Decimal(1), "ha": Decimal(10_000), "km2": Decimal(1_000_000),
        "sqkm": Decimal(1_000_000), "hectare": Decimal(10_000), "hectares": Decimal(10_000),
        "acre": Decimal("4046.8564224"), "acres": Decimal("4046.8564224"),
    },
    "cm": {
        "cm": Decimal(1), "mm": Decimal("0.1"), "m": Decimal(100), "in": Decimal("2.54"),
        "inch": Decimal("2.54"),
    },
}  # fmt: skip

_NUMBER = re.compile(r"([+-]?)([\d.,'’ \u00a0\u202f]*\d)\s*([^\d\s.,+-].*)?")
_SCIENTIFIC = re.compile(r"[+-]?\d+(\.\d+)?[eE][+-]?\d{1,3}")
_GROUPED = re.compile(r"\d{1,3}(?:[^\d]\d{3})+")


def decimal_marks(texts: Iterable[str]) -> str:
    """Marks that can only be decimal marks in these numbers: ``","``, ``"."``, both or none.

    "1.234,5" shows a comma, "12,345.6" and "0.25" a point; "2,006" shows neither.
    """
    found = set()
    for text in texts:
        digits = re.sub(r"[^\d.,]", "", text)
        comma, point = digits.count(","), digits.count(".")
        if comma and point:
            found.add("," if digits.rfind(",") > digits.rfind(".") else ".")
        elif comma > 1:
            found.add(".")  # commas group, so a decimal mark would be the point
        elif point > 1:
            found.add(",")  # and the other way round
        elif comma == 1 and (not _GROUPED.fullmatch(digits) or digits.startswith("0")):
            found.add(",")
        elif point == 1 and (not _GROUPED.fullmatch(digits) or digits.startswith("0")):
            found.add(".")
    return "".join(sorted(found))


def plain_number(text: str, mark: str = "", *, whole: bool = False) -> tuple[str | None, str]:
    """Digits of a number text in plain form, and why there are none.

    Parameters
    ----------
    text
        Digits with decimal and grouping marks, without sign and unit.
    mark
        The decimal mark of the column where it is known: ``","`` or ``"."``.
    whole
        Whether only a whole number can be meant, so that one mark before three digits groups.
    """
    digits = re.sub(r"['’ \u00a0\u202f]", "", text)
    comma, point = digits.count(","), digits.count(".")
    if comma and point:
        last = "," if digits.rfind(",") > digits.rfind(".") else "."
        other = "." if last == "," else ","
        head, _, tail = digits.rpartition(last)
        if digits.count(last) > 1 or not _GROUPED.fullmatch(head):
            return None, "the marks in it are in disorder"
        return head.replace(other, "") + "." + tail, ""
    if not comma and not point:
        return digits, ""
    found = "," if comma else "."
    grouped = bool(_GROUPED.fullmatch(digits)) and not digits.startswith("0")
    if digits.count(found) > 1:
        return (digits.replace(found, ""), "") if grouped else (None, "the marks are in disorder")
    if grouped and whole:
        return digits.replace(found, ""), ""
    if grouped and mark and found != mark:
        return digits.replace(found, ""), ""
    if grouped and found == "," and mark != ",":
        return None, "ambiguous"
    if grouped and found == "." and mark not in ("", "."):
        return None, "ambiguous"
    if mark and found != mark:
        return None, f"the decimal mark of this column is {mark!r}"
    return digits.replace(",", "."), ""


def number(
    cell: Any, *, unit: str = "", factor: Decimal | None = None, mark: str = "", whole: bool = False
) -> Parsed:
    """A number as a string with the digits given, converted to the unit of the field.

    Parameters
    ----------
    cell
        A number or its text, possibly with a unit ("2.5 ha").
    unit
        Unit of the field, ``m2`` or ``cm``, or empty.
    factor
        Units of the field in one unit of the column; a unit in the cell itself goes first.
    mark
        Decimal mark of the column, where known.
    whole
        A whole number is wanted; the value is an ``int``.
    """
    if isinstance(cell, bool):
        return bad("not_a_number", f"{cell} is yes or no, not a number")
    if isinstance(cell, (int, float)):
        value = Decimal(as_text(cell)) if isinstance(cell, int) else Decimal(repr(cell))
        if not value.is_finite():
            return bad("not_a_number", f"{cell} is not a number")
        return _measure(value, as_text(cell), factor, whole)
    text = as_text(cell).strip()
    if says_nothing(text):
        return NOTHING
    if _SCIENTIFIC.fullmatch(text):
        value = Decimal(text)
        return _measure(value, format(value, "f"), factor, whole)
    match = _NUMBER.fullmatch(text)
    if not match:
        return bad("not_a_number", f"{text!r} is not a number")
    sign, digits, suffix = match.groups()
    if suffix:
        known = UNITS.get(unit, {})
        name = suffix.strip().rstrip(".").lower().replace("²", "2").replace(" ", "")
        if name not in known:
            expected = ", ".join(known) or "none"
            return bad(
                "unknown_unit", f"the unit {suffix!r} is not known here", f"known: {expected}"
            )
        factor = known[name]
    plain, why = plain_number(digits, mark, whole=whole)
    if plain is None:
        if why == "ambiguous":
            return bad(
                "ambiguous_number",
                f"{text!r} can be read with thousands or with decimals",
                "state numbers: {decimal: ','} or numbers: {decimal: '.'} in the mapping",
            )
        return bad("not_a_number", f"{text!r} is not a number: {why}")
    try:
        value = Decimal(sign + plain)
    except InvalidOperation:
        return bad("not_a_number", f"{text!r} is not a number")
    return _measure(value, sign.replace("+", "") + plain, factor, whole)


def _measure(value: Decimal, digits: str, factor: Decimal | None, whole: bool) -> Parsed:
    if value < 0:
        return bad("negative_number", f"{digits} is below zero", "counts and areas never are")
    if whole:
        if value != value.to_integral_value():
            return bad("not_whole", f"{digits} is not a whole number")
        return Parsed(int(value))
    if factor is None or factor == 1:
        return Parsed(format(value, "f") if "e" in digits.lower() else digits)
    return Parsed(format(value * factor, "f"))


# --- dates --------------------------------------------------------------------------------------

_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]\d{1,2}:\d{2}.*)?Z?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_DMY = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})(?:[T ]\d{1,2}:\d{2}.*)?")
_YM = re.compile(r"(\d{4})[-/.](\d{1,2})")
_MY = re.compile(r"(\d{1,2})[-/.](\d{4})")
_YEAR = re.compile(r"(\d{4})(?:\.0+)?")
_YEAR_GROUPED = re.compile(r"[12][.,'’ \u00a0]\d{3}")
_RANGE = re.compile(r"\s*(?:/|--|–|—|\bto\b|\buntil\b|\ba\b|\s-\s)\s*", re.IGNORECASE)
_YEARS = re.compile(r"(\d{4})\s*[-/–—]\s*(\d{4})")
_WORDED = re.compile(r"[^\W\d_]{3,}")

YEARS = range(1850, 2101)

#: End of a period that goes on.
OPEN_END = "9999-12-31"


def interval(start: dt.date, end: dt.date | None = None) -> dict[str, str]:
    """The days from ``start`` to ``end``, both included."""
    return {"start": start.isoformat(), "end": (end or start).isoformat()}


def _day(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _month(year: int, month: int) -> dict[str, str] | None:
    if not 1 <= month <= 12 or year not in YEARS:
        return None
    return interval(
        dt.date(year, month, 1), dt.date(year, month, calendar.monthrange(year, month)[1])
    )


def year_interval(year: int) -> dict[str, str]:
    """The whole year."""
    return interval(dt.date(year, 1, 1), dt.date(year, 12, 31))


def date(cell: Any, *, order: Order | None = None, excel: bool = False) -> Parsed:
    """A date as the interval of days it can mean.

    Parameters
    ----------
    cell
        A date, or text: ISO; day, month, year in numbers or words; month and year; a year;
        "2015-2016"; two dates with "to" or "/" between them.
    order
        Whether 03/04/2015 is in April (``dmy``) or in March (``mdy``). Where it is not stated
        and both can be, the interval covers both readings and a finding says so.
    excel
        Whether a bare number in a workbook counts days since 1899-12-30.
    """
    if isinstance(cell, dt.datetime):
        return _checked(interval(cell.date()), str(cell))
    if isinstance(cell, dt.date):
        return _checked(interval(cell), str(cell))
    if isinstance(cell, bool):
        return bad("not_a_date", f"{cell} is no date")
    if isinstance(cell, (int, float)):
        if cell in YEARS:
            return Parsed(year_interval(int(cell)))
        if excel and 10_000 <= cell < 100_000:
            day = dt.date(1899, 12, 30) + dt.timedelta(days=int(cell))
            return Parsed(
                interval(day), "excel_serial_date",
                f"the number {as_text(cell)} was read as Excel's day {day}",
                "format the column as a date",
            )  # fmt: skip
        cell = as_text(cell)
    text = str(cell).strip()
    if says_nothing(text):
        return NOTHING
    found = _one_date(text, order) or _range(text, order) or _worded(text, order)
    if found is None:
        return bad("not_a_date", f"{text!r} is no date that is understood", "write YYYY-MM-DD")
    return found


def _checked(days: dict[str, str], text: str) -> Parsed:
    for day in days.values():
        if int(day[:4]) not in YEARS and day != OPEN_END:
            return bad("date_out_of_range", f"{text!r} lies outside {YEARS[0]} to {YEARS[-1]}")
    return Parsed(days)


def _one_date(text: str, order: Order | None) -> Parsed | None:
    if match := _ISO.fullmatch(text) or _COMPACT.fullmatch(text):
        day = _day(*map(int, match.groups()[:3]))
        if day is None:
            return bad("impossible_date", f"{text!r} is no day of the calendar")
        return _checked(interval(day), text)
    if match := _DMY.fullmatch(text):
        a, b, year = map(int, match.groups())
        return _numeric(text, a, b, year, order)
    if match := _YEARS.fullmatch(text):
        first, last = map(int, match.groups())
        if first > last:
            return bad("reversed_dates", f"{text!r} ends before it begins")
        return _checked(
            {"start": year_interval(first)["start"], "end": year_interval(last)["end"]}, text
        )
    if match := _YEAR.fullmatch(text):
        year = int(match[1])
        if year in YEARS:
            return Parsed(year_interval(year))
        return bad("date_out_of_range", f"{text!r} lies outside {YEARS[0]} to {YEARS[-1]}")
    for pattern, year_first in ((_YM, True), (_MY, False)):
        if match := pattern.fullmatch(text):
            a, b = map(int, match.groups())
            days = _month(a, b) if year_first else _month(b, a)
            return Parsed(days) if days else bad("impossible_date", f"{text!r} is no month")
    if _YEAR_GROUPED.fullmatch(text):
        year = int(re.sub(r"\D", "", text))
        if year in YEARS:
            return Parsed(
                year_interval(year), "year_with_separator",
                f"the year is written {text!r}; read as {year}",
                "export the year as text or without separators", "info",
            )  # fmt: skip
    return None


def _numeric(text: str, a: int, b: int, year: int, order: Order | None) -> Parsed:
    as_dmy, as_mdy = _day(year, b, a), _day(year, a, b)
    if order == "dmy":
        as_mdy = None
    elif order == "mdy":
        as_dmy = None
    readings = sorted({day for day in (as_dmy, as_mdy) if day is not None})
    if not readings:
        return bad("impossible_date", f"{text!r} is no day of the calendar")
    if len(readings) == 1:
        return _checked(interval(readings[0]), text)
    found = _checked(interval(readings[0], readings[1]), text)
    if found.value is None:
        return found
    return Parsed(
        found.value, "ambiguous_date",
        f"{text!r} can be {readings[0]} or {readings[1]}; the interval covers both",
        "state dates: {order: dmy} or dates: {order: mdy} in the mapping", "warning", keep=True,
    )  # fmt: skip


def _range(text: str, order: Order | None) -> Parsed | None:
    parts = [part for part in _RANGE.split(text) if part]
    if len(parts) != 2:
        return None
    first, last = (_one_date(part, order) or _worded(part, order) for part in parts)
    if first is None or last is None or first.value is None or last.value is None:
        return None
    if first.value["start"] > last.value["end"]:
        return bad("reversed_dates", f"{text!r} ends before it begins")
    days = {"start": first.value["start"], "end": last.value["end"]}
    said = first if first.rule else last
    return Parsed(days, said.rule, said.message, said.hint, said.severity, said.keep)


def _worded(text: str, order: Order | None) -> Parsed | None:
    """Dates with the month in words, in the languages of dateparser (slow, so asked last)."""
    if not _WORDED.search(text) or not re.search(r"(?<!\d)\d{4}(?!\d)", text):
        return None
    import dateparser

    settings: dict[str, Any] = {
        "PARSERS": ["absolute-time"],
        "DATE_ORDER": (order or "dmy").upper(),
        "PREFER_DAY_OF_MONTH": "first",
        "RETURN_AS_TIMEZONE_AWARE": False,
    }
    for parts in (["day", "month", "year"], ["month", "year"]):
        found = dateparser.parse(text, settings={**settings, "REQUIRE_PARTS": parts})
        if found is not None:
            if len(parts) == 3:
                return _checked(interval(found.date()), text)
            days = _month(found.year, found.month)
            return Parsed(days) if days else None
    return None


# --- words --------------------------------------------------------------------------------------


def choice(cell: Any, choices: dict[str, str], own: dict[str, str]) -> Parsed:
    """The stable code of a word; ``own`` holds the words of the mapping, by their key."""
    text = as_text(cell)
    word = vocabulary.word_key(text)
    code = own.get(vocabulary.key(text)) or vocabulary.words(choices).get(word)
    if code is not None:
        return Parsed(code)
    if says_nothing(text):
        return NOTHING
    return bad(
        "unknown_choice",
        f"{text!r} is none of {', '.join(choices)}",
        "say in the mapping under values: which code it means",
    )


def classes(cell: Any, choices: dict[str, str], own: dict[str, str]) -> Parsed:
    """Sorted codes of a list of contamination classes.

    One word that is not known leaves the whole list unrecorded: fewer classes than the source
    names would be less cautious than none.
    """
    text = as_text(cell)
    if says_nothing(text):
        return NOTHING
    known = vocabulary.words(choices)
    whole = own.get(vocabulary.key(text)) or known.get(vocabulary.word_key(text))
    if whole is not None:
        return Parsed([whole])
    found = set()
    for part in vocabulary.CLASS_SEPARATOR.split(text):
        if not part.strip():
            continue
        code = own.get(vocabulary.key(part)) or known.get(vocabulary.word_key(part))
        if code is None:
            return bad(
                "unknown_class",
                f"{part.strip()!r} in {text!r} is none of {', '.join(choices)}",
                "say in the mapping under values: which class it means",
            )
        found.add(code)
    return Parsed(sorted(found))


def boolean(cell: Any) -> Parsed:
    """Yes or no."""
    if isinstance(cell, bool):
        return Parsed(cell)
    text = as_text(cell)
    word = vocabulary.key(text)
    if word in vocabulary.YES:
        return Parsed(True)
    if word in vocabulary.NO:
        return Parsed(False)
    return NOTHING if says_nothing(text) else bad("not_yes_or_no", f"{text!r} is not yes or no")


def identifier(cell: Any) -> Parsed:
    """An id as text; blanks around it are cut off and that is said."""
    text = as_text(cell)
    trimmed = text.strip()
    if not trimmed:
        return NOTHING
    if trimmed != text:
        return Parsed(
            trimmed, "trimmed_id", f"blanks around the id {text!r} were cut off",
            "correct it at the source, other systems may tell the two apart",
        )  # fmt: skip
    return Parsed(trimmed)
