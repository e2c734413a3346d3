"""Sentences that the register says: English where they are kept, the reader's language on pages.

A refusal, an obstacle, a reason is composed of a sentence and of what is filled into it. As text it
is plain English: it is stored, journalled, printed by commands and answered by the API like any
other text, and never changes with somebody's language. Beside the text it keeps what it was made
of, so that a page can fill the same values into the sentence of another language
(:mod:`landrelease.web.told`). No figure is ever read from a text.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


class Said(str):
    """A sentence in English that knows what it was made of.

    Attributes
    ----------
    pattern
        The sentence with ``%(name)s`` in the places of its values.
    given
        The values; one of them may be a sentence itself.
    """

    pattern: str
    given: dict[str, Any]

    def __new__(cls, pattern: str, /, **given: Any) -> Said:
        text = super().__new__(cls, pattern % given if given else pattern)
        text.pattern, text.given = pattern, given
        return text

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, Any]]:
        return (self.pattern,), self.given


def said(pattern: str, /, **given: Any) -> Said:
    """Say a sentence.

    Parameters
    ----------
    pattern
        In English, written out where this is called: the catalogues of the pages are collected
        from these calls.
    given
        What stands in the places ``%(name)s``.

    Examples
    --------
    >>> said("%(ref)s is decided already", ref="AC-1")
    'AC-1 is decided already'
    """
    return Said(pattern, **given)


def joined(sentences: Iterable[str], between: str = "; ") -> str:
    """Say several sentences as one; each keeps what it was made of."""
    one, *others = [*sentences] or [""]
    for other in others:
        one = Said(f"%(one)s{between}%(other)s", one=one, other=other)
    return one


def of(error: Exception) -> str:
    """What an error says, as it was said: ``str(error)`` would keep the text alone."""
    first = error.args[0] if len(error.args) == 1 else None
    return first if isinstance(first, Said) else str(error)
