"""Paragraphs, tokens, masked quotations and sentences: positions, never copies.

Everything here works on character offsets of one kept text, so that whatever is later said about
the text can be pointed at in it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from landrelease.evidence.lexicons import word_set

_LONGEST = 400  # tokens; no sentence is longer, a table or noise may be
MASK = "\ue000"  # one private-use character stands for each character of a quotation

_NEWLINES = re.compile(r"\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_WORD = re.compile(r"\ue000+|[^\W_]+(?:(?:[.'’\-‐‑]|(?<=\d),(?=\d))[^\W_]+)*\.?|[^\w\s]|_")
_ABBREVIATIONS = word_set(
    "mr mrs ms dr prof gen lt col maj capt sgt cpl adm sen rep gov hon st jr sr rev pres "
    "jan feb mar apr jun jul aug sep sept oct nov dec no nos vs etc inc ltd co corp dept "
    "del sens reps gen. va calif mass conn ill ind ky la md mich minn mo mont neb nev okla ore pa "
    "tenn tex vt wash wis wyo ariz ala ark colo fla ga "
    "approx fig vol art al e.g i.e u.s u.k u.n d.c a.m p.m cf brig min sq km"
)
_CLITIC = re.compile(r"(?<=\w)['’](?:s|S|re|ll|ve|m|d)$")
_INITIALS = re.compile(r"^(?:[A-Za-z]\.)*[A-Za-z]$")


class Token(NamedTuple):
    """A word, a punctuation mark, or one whole masked quotation.

    Attributes
    ----------
    start, end : int
        Characters of the kept text.
    text : str
        The token as it stands (mask characters for a quotation).
    lower : str
        In lower case, with a typewriter apostrophe.
    quoted : bool
        Whether it stands for a masked quotation.
    word : bool
        Whether it is a word or a number.
    capital : bool
        Whether it begins with a capital letter.
    """

    start: int
    end: int
    text: str
    lower: str
    quoted: bool
    word: bool
    capital: bool


def _token(start: int, end: int, text: str) -> Token:
    head = text[0]
    lower = text.lower().replace("’", "'")
    return Token(start, end, text, lower, head == MASK, head.isalnum(), head.isupper())


def normalise(raw: str) -> str:
    r"""Bring a decoded text into the form that is kept.

    Newlines become ``\n``, the byte order mark at the start goes, composed characters are
    joined (Unicode NFC), mask characters of this module are replaced by U+FFFD. Nothing else is
    changed or removed.

    Parameters
    ----------
    raw : str
        The decoded text.

    Returns
    -------
    str
        The kept text; every offset of this package counts its characters.
    """
    text = _NEWLINES.sub("\n", raw.removeprefix("\ufeff")).replace(MASK, "\ufffd")
    return unicodedata.normalize("NFC", text)


def paragraphs(text: str) -> list[tuple[int, int]]:
    """Find the paragraphs of a text.

    A line is a paragraph, unless the text is wrapped by hand at a column (most lines are of
    similar length under 100 characters and blank lines part the blocks): then a block is one. A
    line that begins in lower case continues the line before it where that one is unfinished.

    Parameters
    ----------
    text : str
        A kept text.

    Returns
    -------
    list of (int, int)
        Start and end of each paragraph, without surrounding white space.
    """
    lines = [
        (
            match.start() + len(match[0]) - len(match[0].lstrip()),
            match.start() + len(match[0].rstrip()),
        )
        for match in re.finditer(r"[^\n]+", text)
    ]
    lines = [(start, end) for start, end in lines if start < end]
    wrapped = _hard_wrapped(text, lines)
    found: list[tuple[int, int]] = []
    for start, end in lines:
        if found:
            before, last = found[-1]
            blank = text.count("\n", last, start) > 1
            unfinished = text[last - 1] not in ".!?:\"”»'’…)"
            if not blank and (wrapped or (unfinished and text[start].islower())):
                found[-1] = (before, end)
                continue
        found.append((start, end))
    return found


def _hard_wrapped(text: str, lines: Sequence[tuple[int, int]]) -> bool:
    """Whether lines end at a column rather than at the end of a paragraph."""
    if len(lines) < 5 or "\n\n" not in text:
        return False
    lengths = [end - start for start, end in lines]
    inner = [
        length
        for length, (_, end), (start, _) in zip(lengths, lines, lines[1:], strict=False)
        if text.count("\n", end, start) == 1
    ]
    if len(inner) < 3 or max(lengths) > 100:
        return False
    return sum(length >= 45 for length in inner) >= 0.7 * len(inner)


def blank_out(text: str, spans: Iterable[tuple[int, int]], filler: str = " ") -> str:
    """Overwrite spans with a filler character, so that all other offsets stay.

    Parameters
    ----------
    text : str
        Any text.
    spans : iterable of (int, int)
        The spans to overwrite; they may overlap.
    filler : str
        One character.

    Returns
    -------
    str
        A text of the same length.
    """
    parts: list[str] = []
    done = 0
    for start, end in sorted(spans):
        if end <= done:
            continue
        start = max(start, done)
        parts += [text[done:start], filler * (end - start)]
        done = end
    parts.append(text[done:])
    return "".join(parts)


def tokens(text: str, start: int, end: int) -> list[Token]:
    """Cut a span into words, marks and masked quotations.

    A full stop belongs to a word only where the word is an abbreviation or initials. What hangs
    on a word by an apostrophe ("'s", "'re", "'ll") is a word of its own, except "n't".

    Parameters
    ----------
    text : str
        The (masked) text.
    start, end : int
        The span.

    Returns
    -------
    list of Token
        In order, with offsets of `text`.
    """
    found: list[Token] = []
    for match in _WORD.finditer(text, start, end):
        word, first, last = match[0], match.start(), match.end()
        if word[-1] == "." and len(word) > 1 and not _abbreviation(word[:-1]):
            found.append(_token(first, last - 1, word[:-1]))
            found.append(_token(last - 1, last, "."))
        elif (clitic := _CLITIC.search(word)) is not None:
            cut = first + clitic.start()
            found.append(_token(first, cut, word[: clitic.start()]))
            found.append(_token(cut, last, clitic[0]))
        else:
            found.append(_token(first, last, word))
    return found


def _abbreviation(word: str) -> bool:
    return word.lower() in _ABBREVIATIONS or (
        _INITIALS.match(word) is not None and (len(word) > 1 or word.isupper())
    )


def sentences(masked: str, text: str, start: int, end: int) -> list[list[Token]]:
    """Cut a paragraph into sentences; a quotation is never cut.

    Parameters
    ----------
    masked : str
        The text with its quotations masked.
    text : str
        The text itself (to see how a quotation ends).
    start, end : int
        The paragraph.

    Returns
    -------
    list of list of Token
        The tokens of each sentence, its closing mark included.
    """
    found: list[list[Token]] = []
    current: list[Token] = []
    sequence = tokens(masked, start, end)
    for index, token in enumerate(sequence):
        current.append(token)
        following = sequence[index + 1] if index + 1 < len(sequence) else None
        if (
            following is None
            or len(current) >= _LONGEST
            or _ends_sentence(token, following, text, len(current))
        ):
            found.append(current)
            current = []
    return found


def _ends_sentence(token: Token, following: Token, text: str, length: int) -> bool:
    opens = (
        following.capital
        or following.quoted
        or following.text[0].isdigit()
        or (following.text in "(–—-•")
    )
    if token.quoted:
        # `"We saw it." They left.` ends; `"Did you?" Smith asked` goes on, as does `"…," he said`.
        inner = text[token.start : token.end].rstrip("\"”»'’“ ")
        return inner[-1:] in "." and inner != "" and opens and following.text not in "–—―‒-"
    if token.text in ("!", "?", "…"):
        return opens
    if token.text == ".":
        return opens or following.text not in ",;:)]"
    # An abbreviation ends a sentence only where a new one plainly begins.
    if token.text[-1:] == "." and length > 1:
        return following.quoted or following.text in (
            "The",
            "It",
            "He",
            "She",
            "They",
            "But",
            "In",
            "A",
            "This",
            "That",
            "However",
        )
    return False


def overlaps(start: int, end: int, spans: Iterable[tuple[int, int]]) -> bool:
    """Whether a span shares a character with any of the spans.

    Parameters
    ----------
    start, end : int
        The span asked about.
    spans : iterable of (int, int)
        The others.

    Returns
    -------
    bool
        True when at least one character is shared.
    """
    return any(start < other_end and other_start < end for other_start, other_end in spans)
