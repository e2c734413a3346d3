"""Direct quotations: where the exact words of somebody stand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from landrelease.evidence.text import MASK, blank_out, paragraphs

_MARKS = re.compile(r"''|[\"“”„«»‟〝〞]")
_SINGLE = re.compile(
    r"(?:(?<=\s)|(?<=^)|(?<=[(\[—–]))[‘'](?=[A-Za-z])(?P<inner>[^\n‘]{4,1500}?)(?<=[.,!?…])[’'](?=\s|$|[)\]—–])",
    re.MULTILINE,
)
_WORDS = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")


@dataclass(frozen=True)
class Quotation:
    """A passage between quotation marks.

    Attributes
    ----------
    start, end : int
        Characters of the kept text, with the quotation marks.
    text : str
        ``document_text[start:end]``.
    words : str
        The same without the outer marks.
    closed : bool
        False when the closing mark is missing: then it ends with its paragraph.
    """

    start: int
    end: int
    text: str
    words: str
    closed: bool

    @property
    def length(self) -> int:
        """How many words are quoted."""
        return len(_WORDS.findall(self.words))


def quotations(text: str, *, ignore: Sequence[tuple[int, int]] = ()) -> list[Quotation]:
    """Find the direct quotations of a text.

    Double marks of every shape, straight and curly, and doubled apostrophes are read. A mark
    inside a quotation of the other shape is nested and belongs to the outer one. A quotation that
    runs over several paragraphs, each opened and only the last closed, is one. Single marks count
    only in a text that uses no double ones, and only around what ends in a punctuation mark, so
    that apostrophes are left alone.

    Parameters
    ----------
    text : str
        A kept text.
    ignore : sequence of (int, int)
        Spans that are not content.

    Returns
    -------
    list of Quotation
        In order, not overlapping.
    """
    content = blank_out(text, ignore)
    found: list[Quotation] = []
    open_start: int | None = None  # a quotation that waits for its continuation paragraph
    open_end = 0
    for start, end in paragraphs(content):
        if open_start is not None and not _opens(content, start, end):
            found.append(_make(text, open_start, open_end, closed=False))
            open_start = None
        spans, unclosed = _pair(content, start, end)
        if open_start is not None and (spans or unclosed is not None):
            if spans and spans[0][0] == start:
                found.append(_make(text, open_start, spans[0][1], closed=True))
                spans, open_start = spans[1:], None
            elif unclosed == start and not spans:
                open_end, unclosed = end, None
                continue
        found += [_make(text, first, last, closed=True) for first, last in spans]
        if unclosed is not None:
            if open_start is not None:
                found.append(_make(text, open_start, open_end, closed=False))
            open_start, open_end = unclosed, end
    if open_start is not None:
        found.append(_make(text, open_start, open_end, closed=False))
    if not found:
        found = [
            _make(text, match.start(), match.end(), closed=True)
            for match in _SINGLE.finditer(content)
        ]
    return sorted((quotation for quotation in found if quotation.length), key=lambda q: q.start)


def mask(text: str, found: Sequence[Quotation]) -> str:
    """Overwrite quotations by mask characters, so that the words around them can be read.

    Parameters
    ----------
    text : str
        The text (boilerplate may already be blank).
    found : sequence of Quotation
        Its quotations.

    Returns
    -------
    str
        A text of the same length.
    """
    return blank_out(text, [(quotation.start, quotation.end) for quotation in found], MASK)


def _opens(text: str, start: int, end: int) -> bool:
    match = _MARKS.match(text, start, end)
    return match is not None and match[0] not in "”»"


def _pair(text: str, start: int, end: int) -> tuple[list[tuple[int, int]], int | None]:
    """Pair the marks of one paragraph; also give the start of one left open."""
    spans: list[tuple[int, int]] = []
    opened: int | None = None
    family = ""
    depth = 0
    for match in _MARKS.finditer(text, start, end):
        sign = match[0]
        place = match.start()
        kind = "straight" if sign in ('"', "''") else "angle" if sign in "«»" else "curly"
        before = text[place - 1] if place > start else " "
        after = text[match.end()] if match.end() < end else " "
        if opened is None:
            if kind == "straight":
                # An inch mark or a stray closing mark follows its word directly.
                starts = not before.isalnum() and not after.isspace()
            else:
                starts = sign in "“„«‟〝" or (sign == "”" and before.isspace() and after.isalnum())
            if starts:
                opened, family, depth = place, kind if kind != "straight" else sign, 1
            continue
        if family in ('"', "''"):
            if sign == family and not (before.isspace() and after.isalnum()):
                spans.append((opened, match.end()))
                opened = None
            continue
        if kind != family and not (family == "curly" and sign == '"'):
            continue
        if sign in "“„«‟〝" and not (sign == "“" and text[opened] == "„" and not after.isalnum()):
            depth += 1
        else:
            depth -= 1
            if depth == 0:
                spans.append((opened, match.end()))
                opened = None
    if opened is not None and depth > 1:
        # Nested marks that never close: the quotation ends at its last closing mark, if any.
        closing = max(text.rfind(sign, opened + 1, end) for sign in "”»")
        if closing > opened:
            spans.append((opened, closing + 1))
            opened = None
    return spans, opened


def _make(text: str, start: int, end: int, *, closed: bool) -> Quotation:
    whole = text[start:end]
    lead = 2 if whole.startswith("''") else 1
    tail = 0 if not closed else 2 if whole.endswith("''") and lead == 2 else 1
    return Quotation(start, end, whole, whole[lead : len(whole) - tail], closed)
