"""Attributed statements: who said what, where source, cue and content stand in the text.

The method is a grammar over word lists and parts of speech (`grammar`, `cues`), not a model trained
on attributions: in each sentence, quotations masked, every cue is looked at; its source is the noun
phrase that speaks, its content the quotation, clause or phrase that belongs to it. Quotations that
go on in the next sentence are added to the statement before. Where the grammar cannot tell, it says
nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from landrelease.evidence.found import Found
from landrelease.evidence.grammar import parse
from landrelease.evidence.intake import Document
from landrelease.evidence.quotations import Quotation, mask, quotations
from landrelease.evidence.speakers import Cast, Speaker
from landrelease.evidence.text import Token, blank_out, paragraphs, sentences

Span = tuple[int, int]
STANCES = ("stated", "judged", "believed", "wished", "planned")


@dataclass(frozen=True)
class Statement:
    """One attribution.

    Attributes
    ----------
    source, cue, content : (int, int)
        Characters of the kept text. A direct content keeps its quotation marks; a content in
        several parts is the hull of them. Source is empty (start = end) where the text names
        nobody, cue where a speaker's name and a quotation stand side by side.
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
    parts : tuple of (int, int)
        The content piece by piece: more than one around an interposed "she said" or when a
        quotation goes on behind it.
    stance : str
        'stated' (said, shown), 'judged' (praised, blamed, supported), 'believed' (thinks, knows),
        'wished' (hopes, fears, expects) or 'planned' (wants, plans, refuses).
    negated : bool
        "Did not say", "never believed".
    nested : bool
        Its cue stands inside the content of another attribution.
    """

    source: Span
    cue: Span
    content: Span
    speaker: Speaker
    verb: str
    form: str
    sentence: Span
    continued: bool = False
    quoted: tuple[Span, ...] = ()
    parts: tuple[Span, ...] = ()
    stance: str = "stated"
    negated: bool = False
    nested: bool = False


def attributions(document: Document) -> list[Statement]:
    """Find everything a document attributes: statements, judgements, beliefs, wishes and plans.

    Parameters
    ----------
    document : Document
        As `intake.read` gives it.

    Returns
    -------
    list of Statement
        In the order of their contents, also those negated, nested or without a source. A content
        in several parts is one attribution. Empty for a text in another language than English.
    """
    return list(_attributions(document))


def statements(document: Document) -> list[Statement]:
    """Extract the statements of a document: what somebody named or described is said to hold.

    Parameters
    ----------
    document : Document
        As `intake.read` gives it.

    Returns
    -------
    list of Statement
        The attributions that have a source, are not negated and are no mere plan, in the order of
        their contents. Several quotations of one utterance are a statement each.
    """
    found = [
        single
        for one in _attributions(document)
        if one.source[0] < one.source[1]
        and one.cue[0] < one.cue[1]
        and not one.negated
        and one.stance != "planned"
        for single in _single(document.text, one)
    ]
    return sorted(found, key=lambda s: (s.content, s.cue))


def _single(text: str, one: Statement) -> list[Statement]:
    """One statement for each quotation; a sentence with an interposed source stays whole."""
    quotes = set(one.quoted)
    if len(one.parts) < 2 or not all(part in quotes for part in one.parts[1:]):
        return [one]
    within = [q for q in one.quoted if one.parts[0][0] <= q[0] < one.parts[0][1]]
    result = [replace(one, content=one.parts[0], parts=one.parts[:1], quoted=tuple(within),
                      form=one.form if one.parts[0] not in quotes else "direct")]  # fmt: skip
    for part in one.parts[1:]:
        later = part[0] >= one.sentence[1]
        result.append(
            replace(
                one, content=part, parts=(part,), quoted=(part,), form="direct", continued=later,
                sentence=part if later else one.sentence,
            )
        )  # fmt: skip
    return result


def recall(document: Document, found: Sequence[Statement]) -> None:
    """Say what a document attributes, where a caller kept the result of `attributions`.

    Parameters
    ----------
    document : Document
        The document.
    found : sequence of Statement
        What `attributions` gave for its text, its boilerplate and its language; it will be given
        again without looking.
    """
    _recalled[_key(document)] = tuple(found)


def recalled(document: Document) -> bool:
    """Whether `recall` was told what a document attributes.

    Parameters
    ----------
    document : Document

    Returns
    -------
    bool
    """
    return _key(document) in _recalled


_Key = tuple[str, str, tuple[tuple[int, int, str], ...]]
_recalled: dict[_Key, tuple[Statement, ...]] = {}


def _key(document: Document) -> _Key:
    """All of a document that attributions depend on."""
    return document.text_sha256, document.language, document.boilerplate


def _attributions(document: Document) -> tuple[Statement, ...]:
    known = _recalled.get(_key(document))
    return _found(document) if known is None else known


@lru_cache(maxsize=2048)  # stories and claims both ask; a document never changes
def _found(document: Document) -> tuple[Statement, ...]:
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
        self.opened: tuple[Sequence[Token], Found] | None = None  # "The Herald reports:"
        self.last: int | None = None  # place in `found` of the statement that may go on

    def paragraph(self, parts: Sequence[list[Token]]) -> None:
        """Read the sentences of one paragraph."""
        waiting: list[Span] = []  # quotations that stand before their source
        fresh = True
        for sentence in parts:
            if not any(token.word or token.quoted for token in sentence):
                continue
            found = parse(sentence, self.text, bool(waiting))
            made = len(self.found)
            if self.opened is not None:
                if sentence[0].quoted and not found:
                    opening, one = self.opened
                    self._make(opening, one, ((sentence[0].start, sentence[0].end),))
                self.opened = None
            for one in found:
                if one.opens:
                    self.opened = (sentence, one)
                elif one.content:
                    self._make(sentence, one)
                elif waiting:
                    self._make(sentence, one, tuple(waiting))
                    waiting = []
            loose = self._loose(sentence, self.found[made:])
            if len(self.found) > made:
                self.last = self._main(made)
                waiting = []
                for span in loose:
                    # A further quotation in an attributed sentence belongs to its source.
                    self._continue(span)
            elif (
                loose
                and (_pure(sentence) or sentence[0].quoted)
                and self.last is not None
                and self.found[self.last].form != "indirect"
            ):
                for span in loose:
                    if fresh:
                        self._repeat(span)
                    else:
                        self._continue(span)
            elif loose and _pure(sentence):
                waiting += loose
            else:
                self.last = None
                waiting = []
            fresh = False

    def _main(self, made: int) -> int:
        """The statement of a sentence that may go on: its last one that is not nested."""
        outer = [i for i in range(made, len(self.found)) if not self.found[i].nested]
        return outer[-1] if outer else len(self.found) - 1

    def _continue(self, span: Span) -> None:
        """Add a quotation to the statement before."""
        assert self.last is not None
        one = self.found[self.last]
        parts = tuple(sorted((*one.parts, span)))
        self.found[self.last] = replace(
            one,
            parts=parts,
            content=(parts[0][0], parts[-1][1]),
            quoted=tuple(sorted((*one.quoted, span))),
        )

    def _repeat(self, span: Span) -> None:
        """A new paragraph of the same speaker: a statement of its own."""
        assert self.last is not None
        self.found.append(
            replace(
                self.found[self.last], content=span, parts=(span,), quoted=(span,), form="direct",
                sentence=span, continued=True,
            )
        )  # fmt: skip
        self.last = len(self.found) - 1

    def _loose(self, sentence: Sequence[Token], made: Sequence[Statement]) -> list[Span]:
        """Quotations that no statement has: of four words or more, or a sentence by themselves."""
        least = 1 if _pure(sentence) else 4
        return [
            (token.start, token.end)
            for token in sentence
            if token.quoted
            and len(self.text[token.start : token.end].split()) >= least
            and not any(
                any(start < token.end and token.start < end for start, end in one.parts)
                or (one.source[0] < token.end and token.start < one.source[1])
                for one in made
            )
        ]

    def _make(self, sentence: Sequence[Token], found: Found, waited: tuple[Span, ...] = ()) -> None:
        cue = _span(sentence, found.cue)
        source = _span(sentence, found.source) if found.source else (cue[0], cue[0])
        parts = (*waited, *(_span(sentence, part) for part in found.content))
        inside = [token for first, last in found.content for token in sentence[first:last]]
        quoted = (*waited, *((token.start, token.end) for token in inside if token.quoted))
        plain = any(token.word for token in inside)
        form = "indirect" if not quoted else "mixed" if plain else "direct"
        bounds = (sentence[0].start, sentence[-1].end)
        nobody = Speaker(None, None, None, "unnamed")
        self.found.append(
            Statement(
                source=source,
                cue=cue,
                content=(min(a for a, _ in parts), max(b for _, b in parts)),
                speaker=(
                    self.cast.resolve(self.text[slice(*source)], source[0])
                    if found.source
                    else nobody
                ),
                verb=found.verb,
                form=form,
                sentence=(min(bounds[0], parts[0][0]), bounds[1]) if not waited else parts[0],
                quoted=quoted,
                parts=parts,
                stance=found.stance,
                negated=found.negated,
                nested=found.nested,
            )
        )


def _span(sentence: Sequence[Token], part: tuple[int, int]) -> Span:
    if part[0] == part[1]:
        return sentence[part[0]].start, sentence[part[0]].start
    return sentence[part[0]].start, sentence[part[1] - 1].end


def _pure(sentence: Sequence[Token]) -> bool:
    return not any(token.word for token in sentence)
