"""The expressions of time in a text, found with the grammar of its language."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache

from landrelease.evidence.datetimes import english, others, spanish
from landrelease.evidence.datetimes.actions import ACTIONS, reference_of
from landrelease.evidence.datetimes.readers import READERS
from landrelease.evidence.datetimes.rules import Grammar, Parser, Token, tokens
from landrelease.evidence.datetimes.values import Option, Span, reading

LANGUAGES = ("en", "es", *others.CODES)
"""Languages that are read; those after the first two for dates only."""


@dataclass(frozen=True)
class TimeExpression:
    """An expression of time in a text.

    Attributes
    ----------
    start, end : int
        Offsets of its characters, the end not included.
    text : str
        The words.
    kind : str
        date, daterange, time, timerange, datetime, datetimerange, duration or set.
    options : tuple of Option
        Everything it can mean; of two candidates the earlier one first.
    """

    start: int
    end: int
    text: str
    kind: str
    options: tuple[Option, ...]


@cache
def grammar(language: str) -> Grammar:
    """The grammar of a language, read once."""
    if language in others.CODES:
        return Grammar(others.RULES, ACTIONS, others.words(language), READERS, others.FILLERS)
    module = {"en": english, "es": spanish}[language]
    return Grammar(module.RULES, ACTIONS, module.WORDS, READERS, module.FILLERS)


def datetimes(
    text: str, reference: dt.date | dt.datetime, language: str = "en"
) -> list[TimeExpression]:
    """Find the expressions of time in a text and say what each can mean.

    Parameters
    ----------
    text : str
        Any text.
    reference : datetime.date or datetime.datetime
        The present of the text: the day, or moment, of its publication.
    language : str
        ISO 639-1: one of ``LANGUAGES``. In Ukrainian, Russian, French and Arabic only dates are
        read.

    Returns
    -------
    list of TimeExpression
        In the order of the text, none overlapping another.

    Raises
    ------
    ValueError
        When the language is not read.
    """
    if language not in LANGUAGES:
        raise ValueError(
            f"expressions of time are read in {', '.join(LANGUAGES)}, not in {language!r}"
        )
    words = tokens(text)
    parser = Parser(grammar(language), words, reference_of(reference))
    found: list[TimeExpression] = []
    at = 0
    while at < len(words):
        best = _longest(parser, words, at)
        if best is None:
            at += 1
            continue
        end, kind, options = best
        start, stop = words[at].start, words[end - 1].end
        found.append(TimeExpression(start, stop, text[start:stop], kind, options))
        at = end
    return found


def _longest(
    parser: Parser, words: list[Token], at: int
) -> tuple[int, str, tuple[Option, ...]] | None:
    if not parser.worth_trying(at) or not _may_begin(words, at):
        return None
    for end, value in sorted(parser.read("TOP", at).items(), reverse=True):
        if not _may_end(words, end):
            continue
        if isinstance(value, Span) and value.weak and not _sure(words, at):
            continue
        meant = reading(value)
        if meant is not None and meant.options:
            return end, meant.type, meant.options
    return None


_JOINING = frozenset("-./:,")


def _may_begin(words: list[Token], at: int) -> bool:
    """Whether the word before allows a date here: not in the middle of a number or after money."""
    if at == 0:
        return True
    before = words[at - 1]
    here = words[at]
    if here.text[0].isdigit():
        if before.text in ("$", "€", "£", "+"):
            return False
        tied = (here.glued and before.glued) or before.text == "-"
        if tied and at > 1 and before.text in _JOINING and words[at - 2].text[0].isdigit():
            return False
        if here.glued and before.text[0].isalpha():
            return False
    if here.glued and before.text in ("$", "#", "@"):
        return False
    return not (here.glued and here.text[0].isalpha() and before.text[0].isdigit())


def _may_end(words: list[Token], end: int) -> bool:
    """Whether the word after allows a date to end here."""
    if end >= len(words):
        return True
    last, after = words[end - 1], words[end]
    if not after.glued:
        numbers = last.text[0].isdigit() and end + 1 < len(words)
        return not (numbers and after.text == "-" and words[end + 1].text[0].isdigit())
    if last.text[0].isdigit():
        if after.text in ("%", "$", "€", "£") or after.text[0].isalpha() or after.text == "ª":
            return False
        if after.text in _JOINING and end + 1 < len(words):
            following = words[end + 1]
            return not (following.glued and following.text[0].isdigit())
    elif last.text[0].isalpha() and after.text[0].isdigit():
        return False
    return True


_INTRODUCES = frozenset(
    [
        "in",
        "since",
        "of",
        "by",
        "until",
        "till",
        "before",
        "after",
        "during",
        "early",
        "late",
        "mid",
        "from",
    ]
)


def _sure(words: list[Token], at: int) -> bool:
    """Whether a word like "may" stands where only a month can."""
    here = words[at].raw
    if here[:1].isupper() and at and words[at - 1].text not in '.!?…:"”“,':
        return True
    return at > 0 and words[at - 1].text in _INTRODUCES
