"""Attributed statements: who said what, where source, cue and content stand in the text.

The method is a small grammar over word lists, not a trained model: in each sentence, quotations
masked, every verb of saying (and "according to") is looked at, the noun phrase that speaks is
read before it (or after it, when inverted), and what was said is the quotation or the clause
that belongs to it. Where the grammar cannot tell, it says nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from landrelease.evidence.grammar import Found, parse
from landrelease.evidence.intake import Document
from landrelease.evidence.quotations import Quotation, mask, quotations
from landrelease.evidence.speakers import Cast, Speaker
from landrelease.evidence.text import Token, blank_out, paragraphs, sentences


@dataclass(frozen=True)
class Statement:
    """One attributed statement.

    Attributes
    ----------
    source, cue, content : (int, int)
        Characters of the kept text. A direct content keeps its quotation marks.
    speaker : Speaker
        The source, resolved.
    verb : str
        The cue's main word in lower case.
    form : str
        'direct', 'indirect' or 'mixed'.
    sentence : (int, int)
        The sentence of the content.
    continued : bool
        True when source and cue stand in an earlier sentence.
    quoted : tuple of (int, int)
        The direct quotations inside the content.
    """

    source: tuple[int, int]
    cue: tuple[int, int]
    content: tuple[int, int]
    speaker: Speaker
    verb: str
    form: str
    sentence: tuple[int, int]
    continued: bool = False
    quoted: tuple[tuple[int, int], ...] = ()


def statements(document: Document) -> list[Statement]:
    """Extract the attributed statements of a document.

    Parameters
    ----------
    document : Document
        As `intake.read` gives it.

    Returns
    -------
    list of Statement
        In the order of their contents. Empty for a text in another language than English.
    """
    return list(_statements(document))


@lru_cache(maxsize=2048)  # stories and claims both ask; a document never changes
def _statements(document: Document) -> tuple[Statement, ...]:
    if document.language not in ("en", "und"):
        return ()
    apart = [(start, end) for start, end, _ in document.boilerplate]
    text = document.text
    content = blank_out(text, apart)
    quotes = quotations(text, ignore=apart)
    masked = mask(content, quotes)
    reader = _Reader(text, quotes, Cast(masked))
    for start, end in _blocks(masked, quotes):
        reader.paragraph(sentences(masked, text, start, end))
    return tuple(sorted(reader.found, key=lambda s: (s.content, s.cue)))


def _blocks(masked: str, quotes: Sequence[Quotation]) -> list[tuple[int, int]]:
    """Paragraphs; those that one quotation runs through are taken together."""
    blocks: list[tuple[int, int]] = []
    running = iter(quotes)
    quote = next(running, None)
    for start, end in paragraphs(masked):
        while quote is not None and quote.end <= start:
            quote = next(running, None)
        if blocks and quote is not None and quote.start < blocks[-1][1] and quote.end > start:
            blocks[-1] = (blocks[-1][0], end)
        else:
            blocks.append((start, end))
    return blocks


class _Reader:
    """Goes through a text and remembers who spoke last."""

    def __init__(self, text: str, quotes: Sequence[Quotation], cast: Cast) -> None:
        self.text = text
        self.quotes = quotes
        self.cast = cast
        self.found: list[Statement] = []
        self.last: Statement | None = None  # of the sentence before, if any
        self._next_quote = 0

    def paragraph(self, parts: Sequence[list[Token]]) -> None:
        """Read the sentences of one paragraph."""
        waiting: list[tuple[int, int]] = []  # quotations that stand before their source
        for sentence in parts:
            if not any(token.word or token.quoted for token in sentence):
                continue
            found = parse(sentence, bool(waiting))
            if waiting and found and found[0].content == (0, 0):
                made = self._make(sentence, replace(found[0], content=found[0].source))
                for span in waiting:
                    self._add(
                        replace(made, content=span, form="direct", quoted=(span,), sentence=span)
                    )
                found, waiting = found[1:], []
                self.last = self.found[-1]
            made_here = [
                self._make(sentence, one) for one in found if one.content[0] < one.content[1]
            ]
            for one in made_here:
                self._add(one)
            loose = self._loose(sentence, made_here)
            if made_here:
                self.last = made_here[-1]
                waiting = []
                for span in loose:
                    # A further quotation in an attributed sentence belongs to its source.
                    self._continue(span, sentence)
            elif loose and self.last is not None and self.last.form != "indirect":
                for span in loose:
                    self._continue(span, sentence)
            elif loose and _pure(sentence):
                waiting += loose
            else:
                self.last = None
                waiting = []

    def _continue(self, span: tuple[int, int], sentence: Sequence[Token]) -> None:
        assert self.last is not None
        bounds = (sentence[0].start, sentence[-1].end)
        self.last = replace(
            self.last, content=span, form="direct", quoted=(span,), sentence=bounds, continued=True
        )
        self._add(self.last)

    def _add(self, statement: Statement) -> None:
        self.found.append(statement)

    def _loose(self, sentence: Sequence[Token], made: Sequence[Statement]) -> list[tuple[int, int]]:
        """Quotations that no statement has: of four words or more, or a sentence by themselves."""
        least = 1 if _pure(sentence) else 4
        return [
            (token.start, token.end)
            for token in sentence
            if token.quoted
            and len(self.text[token.start : token.end].split()) >= least
            and not any(
                (one.content[0] < token.end and token.start < one.content[1])
                or (one.source[0] < token.end and token.start < one.source[1])
                for one in made
            )
        ]

    def _make(self, sentence: Sequence[Token], found: Found) -> Statement:
        source = _span(sentence, found.source)
        content = _span(sentence, found.content)
        inside = sentence[found.content[0] : found.content[1]]
        quoted = tuple((token.start, token.end) for token in inside if token.quoted)
        plain = any(token.word for token in inside)
        form = "indirect" if not quoted else "mixed" if plain else "direct"
        return Statement(
            source=source,
            cue=_span(sentence, found.cue),
            content=content,
            speaker=self.cast.resolve(self.text[slice(*source)], source[0]),
            verb=found.verb,
            form=form,
            sentence=(sentence[0].start, sentence[-1].end),
            quoted=quoted,
        )


def _span(sentence: Sequence[Token], part: tuple[int, int]) -> tuple[int, int]:
    return sentence[part[0]].start, sentence[part[1] - 1].end


def _pure(sentence: Sequence[Token]) -> bool:
    return not any(token.word for token in sentence)
