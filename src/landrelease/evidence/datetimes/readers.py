"""Symbols that are read from the digits of one word."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from landrelease.evidence.datetimes.rules import Token

_FRACTIONS = {"½": Fraction(1, 2), "¼": Fraction(1, 4), "¾": Fraction(3, 4)}
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}


def _digits(low: int, high: int) -> Callable[[Token], int | None]:
    def read(token: Token) -> int | None:
        text = token.text
        return int(text) if text.isdecimal() and low <= len(text) <= high else None

    return read


def _year(token: Token) -> int | None:
    number = _digits(4, 4)(token)
    return number if number is not None and 1000 <= number <= 2199 else None


def _text(low: int, high: int) -> Callable[[Token], str | None]:
    def read(token: Token) -> str | None:
        text = token.text
        fine = text.isascii() and text.isdecimal() and low <= len(text) <= high
        return text if fine else None

    return read


def _clock(token: Token) -> str | None:
    """Four digits that are a time, the first one not needed: 0730 but not 730."""
    text = _text(4, 4)(token)
    return text if text and int(text[:2]) < 24 and int(text[2:]) < 60 else None


def _roman(token: Token) -> int | None:
    if not token.raw.isupper() or not set(token.text) <= set(_ROMAN) or len(token.text) > 8:
        return None
    values = [_ROMAN[letter] for letter in token.text]
    return sum(
        -value if k + 1 < len(values) and value < values[k + 1] else value
        for k, value in enumerate(values)
    )


_COUNTED = frozenset(
    [
        "people",
        "men",
        "women",
        "children",
        "soldiers",
        "km",
        "m",
        "metres",
        "meters",
        "feet",
        "miles",
        "hectares",
        "dollars",
        "euros",
        "killed",
        "wounded",
    ]
)
_PLURAL_NOT = frozenset(["was", "is", "has", "as", "this", "his", "us", "plus", "sales", "versus"])


def _counted(token: Token) -> bool | None:
    """A word that says what a number counts, so that the number is no year."""
    text = token.text
    if text in _COUNTED:
        return True
    plural = text.isalpha() and len(text) > 3 and text.endswith("s") and text not in _PLURAL_NOT
    return True if plural and token.raw.islower() else None


READERS: dict[str, Callable[[Token], Any]] = {
    "D1": _digits(1, 1),
    "D2": _digits(2, 2),
    "D12": _digits(1, 2),
    "D2Y": lambda token: y if (y := _digits(2, 2)(token)) and y > 31 else None,
    "D4": _digits(4, 4),
    "D4Y": _year,
    "D4S": lambda token: y if (y := _year(token)) and 1900 <= y <= 2100 else None,
    "D4_S": lambda token: None,
    "D4T": _clock,
    "D8": _text(8, 8),
    "DIGITS": _text(1, 9),
    "DIGITS34": _text(3, 4),
    "DN": _digits(1, 6),
    "HALFSIGN": lambda token: _FRACTIONS.get(token.text),
    "ROMAN": _roman,
    "COUNTED": _counted,
}
"""D12: one or two digits; D4Y: a year; D4T: hour and minute; COUNTED: "people" …"""
