"""What the register says, in the language of the reader.

A sentence that was just composed knows what it was made of (:mod:`landrelease.register.said`). Of
one that was stored only the text is left: it is held against the sentences that get stored
(:mod:`.stored`), and told in another language only if one of them, filled in anew, gives the very
same text. What is not recognised stands as it is, in English.
"""

from __future__ import annotations

import re
from functools import cache

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, get_language_bidi, gettext

from landrelease.register import said
from landrelease.register.said import Said

from . import stored


def told(what: str | Exception) -> str:
    """Tell a sentence of the register, or what an error says, in the language of the reader."""
    text = said.of(what) if isinstance(what, Exception) else what
    if not isinstance(text, Said):
        text = recognised(str(text)) or text
    if not isinstance(text, Said):
        return text
    pattern = gettext(text.pattern)
    if not text.given:
        return pattern
    return pattern % {
        name: told(value) if isinstance(value, Said) else _apart(str(value))
        for name, value in text.given.items()
    }


def _apart(value: str) -> str:
    """A value set apart from a sentence that runs from right to left: a day stays a day."""
    return f"\u2068{value}\u2069" if get_language_bidi() else value


def told_stored(text: str) -> str | SafeString:
    """Tell a stored sentence on a page; what has no translation is marked as English."""
    found = recognised(text)
    if found is not None:
        return told(found)
    if (get_language() or "en").startswith("en"):
        return text
    return format_html('<span lang="en" dir="ltr">{}</span>', text)


def recognised(text: str) -> Said | None:
    """Find the stored sentence that a text is; None when it is none."""
    for pattern, expression in _expressions():
        match = expression.fullmatch(text)
        if match is not None:
            given = match.groupdict()
            found = Said(
                pattern, **{name: recognised(part) or part for name, part in given.items()}
            )
            if found == text:
                return found
    return None


@cache
def _expressions() -> list[tuple[str, re.Pattern[str]]]:
    """Every stored sentence as what its texts look like. Those that begin with a word of their own
    come first, then those with the most words, so that none is taken for a more general one."""
    patterns = sorted(
        stored.SENTENCES, key=lambda one: (one.startswith("%("), -len(_PLACE.sub("", one)))
    )
    return [(one, re.compile(_looks(one), re.DOTALL)) for one in patterns]


#: Where a value stands in a sentence.
_PLACE = re.compile(r"%\((\w+)\)s")


def _looks(pattern: str) -> str:
    parts = _PLACE.split(pattern)
    seen: set[str] = set()
    expression = ""
    for number, part in enumerate(parts):
        if number % 2 == 0:
            expression += re.escape(part.replace("%%", "%"))
        elif part in seen:
            expression += f"(?P={part})"
        else:
            seen.add(part)
            expression += f"(?P<{part}>.+?)"
    return expression
