"""Sums of money with their currency (ISO 4217) and bounds."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from landrelease.evidence.amounts import BOUND, NUMBER, OPEN, SCALE, bounds, number
from landrelease.evidence.lexicons import word_set

# Symbols that more than one currency has are read as the one that news mean by them, and say so.
_SYMBOLS = {"US$": "USD", "CA$": "CAD", "C$": "CAD", "AU$": "AUD", "A$": "AUD", "NZ$": "NZD",
            "$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₴": "UAH", "₽": "RUB", "₺": "TRY",
            "₹": "INR", "₪": "ILS", "₩": "KRW"}  # fmt: skip
_WORDS: dict[str, str | None] = {
    "dollar": "USD", "euro": "EUR", "pound sterling": "GBP", "yen": "JPY", "hryvnia": "UAH",
    "ruble": "RUB", "rouble": "RUB", "shekel": "ILS", "yuan": "CNY", "zloty": "PLN",
    "peso": None, "rupee": None, "krone": None, "krona": None, "franc": None, "dinar": None,
}  # fmt: skip
_PLURALS = {"krone": "kroner", "krona": "kronor", "pound sterling": "pounds sterling",
            "hryvnia": "hryvnias", "zloty": "zlotys", "yen": "yen", "yuan": "yuan"}  # fmt: skip
_ASSUMED = frozenset(["$", "£", "¥", "dollar", "dollars", "ruble", "rubles", "rouble", "roubles"])
_ALSO_WORDS = word_set("ALL TOP CUP TRY MAD PEN SOS GEL MOP DOP BAM")


def money(content: str, offset: int) -> list[dict[str, Any]]:
    """Find sums of money.

    Parameters
    ----------
    content : str
        The words of a claim.
    offset : int
        Of the content in the kept text.

    Returns
    -------
    list of dict
        ``text``, ``start``, ``end`` (characters of the kept text), ``currency`` (ISO 4217; None
        where the words leave several, as "rupees" do), ``lower`` and ``upper`` (None: open),
        ``exact``, and ``assumed`` true where the sign has several currencies and the one that news
        mean by it was taken ("$" is USD).
    """
    found: list[dict[str, Any]] = []
    for pattern in _patterns():
        place = 0
        while (match := pattern.search(content, place)) is not None:
            slot, place = _slot(match, offset)
            if slot is not None and not any(
                other["start"] < slot["end"] and slot["start"] < other["end"] for other in found
            ):
                found.append(slot)
    return sorted(found, key=lambda slot: int(slot["start"]))


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    signs = "|".join(map(re.escape, sorted(_SYMBOLS, key=len, reverse=True)))
    codes = "|".join(sorted(_codes()))
    names = "|".join(map(re.escape, sorted(_names(), key=len, reverse=True)))
    amount = rf"\d+(?:,\d{{3}})*(?:\.\d+)?k?{SCALE}?"
    sign = rf"(?:(?:{signs})|(?-i:\b(?:{codes})) ?)"
    first = (
        rf"(?:\b{BOUND} )?(?P<between>\bbetween )?(?P<sign>{sign})(?P<first>{amount})"
        rf"(?:(?P<joint> ?(?:-|–|—|to|and) ?)(?P<again>{sign})?(?P<second>{amount}))?(?![\d])"
        rf"{OPEN}?"
    )
    second = (
        rf"(?:\b{BOUND} )?(?P<between>\bbetween )?(?<![\w.,$€£-])(?P<first>{NUMBER})"
        rf"(?:(?P<joint> ?(?:-|–|—|to|and) ?)(?P<second>{NUMBER}))?{OPEN}? "
        rf"(?P<sign>{names}|(?-i:{codes}))\b"
    )
    return re.compile(first, re.I), re.compile(second, re.I)


@cache
def _codes() -> frozenset[str]:
    from babel.numbers import list_currencies

    return frozenset(list_currencies()) - _ALSO_WORDS


@cache
def _names() -> dict[str, str | None]:
    """Names of currencies in small letters, from the Unicode locale data, and the short list."""
    from babel.numbers import get_currency_name

    found: dict[str, str | None] = {}
    for code in sorted(_codes()):
        for count in (1, 2):
            name = get_currency_name(code, count=count, locale="en").lower()
            if "(" not in name and name not in _WORDS:
                found.setdefault(name, code)
    for word, short in _WORDS.items():
        found[word] = found[_PLURALS.get(word, f"{word}s")] = short
    return found


def _slot(match: re.Match[str], offset: int) -> tuple[dict[str, Any] | None, int]:
    """The sum of a match, and where to go on."""
    first: str = match["first"]
    second: str | None = match["second"]
    start, end = match.span()
    if match["joint"] and match["joint"].strip() == "and" and not match["between"]:
        if "again" not in match.re.groupindex:
            return None, match.start("second")  # "5 and 7 dollars": no range
        second, end = None, match.end("first")  # "$5 and $7": two sums
    low = number(first)
    high = None if second is None else number(second)
    if low is None or (second is not None and high is None):
        return None, max(end, start + 1)
    scale = None if second is None else re.search(rf"{SCALE}$", second, re.I)
    if scale is not None and low < 1000 and not re.search(r"[a-z]", first, re.I):
        low = number(first + scale[0]) or low  # "$2-3 million"
    sign = match["sign"].strip()
    currency = _SYMBOLS.get(sign.upper()) or (
        sign.upper() if sign.upper() in _codes() else _names().get(sign.lower())
    )
    behind = match["open"] if end == match.end() else None
    lower, upper, exact = bounds(match["bound"], low, high, behind)
    slot: dict[str, Any] = {
        "text": match.string[start:end],
        "start": offset + start,
        "end": offset + end,
        "currency": currency,
        "lower": lower,
        "upper": upper,
        "exact": exact,
    }
    if sign.lower() in _ASSUMED:
        slot["assumed"] = True
    return slot, end
