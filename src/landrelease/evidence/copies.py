"""Copies of one text: exact, near, partial and rewritten.

Two texts are compared by aligning their passages. Which ones are compared, of very many, is for
others to say (`scale`, `briefs`). The thresholds are reasons, not fits; each is explained where it
stands.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from landrelease.evidence.intake import Document
from landrelease.evidence.lexicons import word_set
from landrelease.evidence.quotations import mask, quotations
from landrelease.evidence.slots import state_name
from landrelease.evidence.statements import Statement, statements
from landrelease.evidence.text import MASK, blank_out, paragraphs, sentences

SHINGLE = 5  # words: five words in a row are rarely shared by chance (Broder 1997)

# A text counts as copied when this share of its words stands in aligned passages of the other.
COPY = 0.95  # only furniture or a misprint differs
HALF = 0.5  # the larger part of a text is the other's
TOLD = 0.35  # and so is a good third of its words outside quotations
# A rewritten copy keeps the skeleton: see `_rewritten`.
_PASSAGE = 8  # words in a row that count as a passage
_QUOTATION_WORDS = 5
_QUOTATION_RATIO = 90.0  # of rapidfuzz: a misspelt name or a dropped word, not another saying
_SENTENCE_STEMS = 4
_SENTENCE_SHARE = 0.34  # a third of a sentence's content words, at least three of them

_WORDS = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_STOP = word_set(
    "the a an and or but of in on at to for from by with as is are was were be been being "
    "has have had it its he she they his her their this that these those which who whom "
    "not no will would could can may might said says told added after before during over "
    "into about than more most also such so if when while where there we our you i us "
    "them him some any all other new last first two one just according reporters "
    "including against between under out up down off per via amid"
)


@dataclass(frozen=True)
class Content:
    """What the comparison needs of one document.

    Attributes
    ----------
    words : tuple of str
        The words of the content in lower case, boilerplate left out.
    spoken : bytes
        For each word 1 where it stands in a quotation, else 0.
    quotes : tuple of (tuple of str, str)
        The direct quotations of five words or more, with the key of their speaker.
    sentences : tuple of frozenset of str
        The stems of the content words of each sentence outside its longer quotations.
    sources : frozenset of str
        Keys of the named sources.
    """

    words: tuple[str, ...]
    spoken: bytes
    quotes: tuple[tuple[tuple[str, ...], str], ...]
    sentences: tuple[frozenset[str], ...]
    sources: frozenset[str]


def content(document: Document, said: Sequence[Statement] | None = None) -> Content:
    """Prepare a document for comparison.

    Parameters
    ----------
    document : Document
        Any document.
    said : sequence of Statement, optional
        Its statements, when they are already known.

    Returns
    -------
    Content
        Plain words, so that nothing needs the document again.
    """
    said = statements(document) if said is None else said
    apart = [(start, end) for start, end, _ in document.boilerplate]
    plain = blank_out(document.text, apart)
    found = quotations(document.text, ignore=apart)
    masked = mask(plain, found)
    speakers = {span: one.speaker.key for one in said for span in one.quoted}
    longer = [quote for quote in found if quote.length >= _QUOTATION_WORDS]
    without = blank_out(plain, [(quote.start, quote.end) for quote in longer])
    bags = []
    for start, end in paragraphs(plain):
        for sentence in sentences(masked, document.text, start, end):
            bag = stems(without[sentence[0].start : sentence[-1].end])
            if len(bag) >= _SENTENCE_STEMS:
                bags.append(bag)
    return Content(
        words=tuple(words(plain)),
        spoken=bytes(masked[match.start()] == MASK for match in _WORDS.finditer(plain)),
        quotes=tuple(
            (tuple(words(quote.words)), speakers.get((quote.start, quote.end), ""))
            for quote in longer
        ),
        sentences=tuple(bags),
        # States speak in every report on a subject: they tell nothing about copying.
        sources=frozenset(
            one.speaker.key
            for one in said
            if one.speaker.name and state_name(one.speaker.name) is None
        ),
    )


def wording(document: Document) -> Content:
    """Prepare a document for a comparison word for word alone, which needs no grammar.

    Parameters
    ----------
    document : Document
        Any document.

    Returns
    -------
    Content
        Without quotations, sentences and sources: `compare` then gives 'copy', 'near_copy',
        'partial' or None.
    """
    apart = [(start, end) for start, end, _ in document.boilerplate]
    plain = blank_out(document.text, apart)
    masked = mask(plain, quotations(document.text, ignore=apart))
    return Content(
        words=tuple(words(plain)),
        spoken=bytes(masked[match.start()] == MASK for match in _WORDS.finditer(plain)),
        quotes=(),
        sentences=(),
        sources=frozenset(),
    )


def compare(one: Content, other: Content) -> tuple[str, float, float, int, int, float] | None:
    """Verify a candidate pair.

    Parameters
    ----------
    one, other : Content
        Two documents.

    Returns
    -------
    tuple or None
        Relation, the shares of both, shared quotations, shared sources and the share of
        sentences that correspond; None when neither copies the other.
    """
    if not one.words or not other.words:
        return None
    if one.words == other.words:
        return "copy", 1.0, 1.0, len(one.quotes), len(one.sources), 1.0
    (share_one, told_one), (share_other, told_other) = _aligned(one, other)
    shared = _shared_quotations(one, other)
    sources = _shared_sources(one, other)
    short, long = (one, other) if len(one.words) <= len(other.words) else (other, one)
    sequence = _corresponding(short, long)
    low, high = min(share_one, share_other), max(share_one, share_other)
    # What a speaker said reaches every reporter; the reporter's own words must be copied too.
    told = told_one if share_one >= share_other else told_other
    if low >= COPY:
        relation = "copy"
    elif low >= HALF and told >= TOLD:
        relation = "near_copy"
    elif high >= HALF and told >= TOLD and min(len(one.words), len(other.words)) >= 3 * _PASSAGE:
        relation = "partial"
    elif _rewritten(shared, sources, sequence, high):
        relation = "rewritten"
    else:
        return None
    return relation, share_one, share_other, shared, sources, sequence


def _rewritten(quotations_shared: int, sources: int, sequence: float, share: float) -> bool:
    """Whether shared words, sources and sequence can only come from one text.

    One utterance at a press conference reaches many reporters: shared quotations of one speaker
    are no proof of copying, however many. A rewritten copy follows its origin further: it shares
    a quotation, reports a second named source too, and close to half of its sentences have a
    counterpart. Where only one named source is shared the counterparts must be the clear
    majority, and without a shared quotation most of the text, beside some words in a row.
    """
    if quotations_shared and sources >= 2:
        return sequence >= 0.45
    if quotations_shared:
        return sequence >= 0.6 and share >= 0.1
    return sequence >= 0.7 and (sources >= 2 or share >= 0.2)


def words(text: str) -> list[str]:
    """List the words of a text without case."""
    return [word.replace("’", "'").casefold() for word in _WORDS.findall(text)]


def grams(words: Sequence[str], size: int) -> Iterable[tuple[str, ...]]:
    """List the runs of so many words."""
    return zip(*(words[offset:] for offset in range(size)), strict=False)


def stems(text: str) -> frozenset[str]:
    """List content words cut to six letters: "supplied", "supplying" and "supplies" meet."""
    bare = (re.sub(r"'s$", "", word) for word in words(text))
    return frozenset(word[:6] for word in bare if word not in _STOP and len(word) > 2)


def _aligned(one: Content, other: Content) -> tuple[tuple[float, float], tuple[float, float]]:
    """Share of each text's words, and of its unquoted words, in common runs of five or more."""
    common = set(grams(one.words, SHINGLE)) & set(grams(other.words, SHINGLE))
    return _covered(one, common), _covered(other, common)


def _covered(text: Content, common: set[tuple[str, ...]]) -> tuple[float, float]:
    covered = bytearray(len(text.words))
    for place, part in enumerate(grams(text.words, SHINGLE)):
        if part in common:
            covered[place : place + SHINGLE] = b"\1" * SHINGLE
    share = sum(covered) / len(text.words)
    told = [mark for mark, spoken in zip(covered, text.spoken, strict=True) if not spoken]
    # A text of little but quotations is judged as a whole.
    return share, (sum(told) / len(told) if len(told) >= 10 else share)


def _shared_quotations(one: Content, other: Content) -> int:
    """Quotations with the same words, a misspelling or a cut at either end allowed."""
    count = 0
    held = [(set(said), " ".join(said)) for said, _ in other.quotes]
    for said, _ in one.quotes:
        text, own = " ".join(said), set(said)
        count += any(
            2 * len(own & others) >= min(len(own), len(others))
            and fuzz.partial_ratio(text, other_text) >= _QUOTATION_RATIO
            for others, other_text in held
        )
    return count


def _shared_sources(one: Content, other: Content) -> int:
    """Named sources that both texts have, misspelt names included ("Loyd", "Lloyd")."""
    return sum(
        any(fuzz.ratio(name, candidate) >= _QUOTATION_RATIO for candidate in other.sources)
        for name in one.sources
    )


def _corresponding(short: Content, long: Content) -> float:
    """Share of sentences of the shorter text that tell what a sentence of the longer one tells."""
    if not short.sentences or not long.sentences:
        return 0.0
    holding: dict[str, list[int]] = defaultdict(list)
    for place, sentence in enumerate(long.sentences):
        for stem in sentence:
            holding[stem].append(place)
    hits = 0
    for sentence in short.sentences:
        shared = Counter(place for stem in sentence for place in holding.get(stem, ()))
        best = max(shared.values(), default=0)
        hits += best >= 3 and best >= _SENTENCE_SHARE * len(sentence)
    return hits / len(short.sentences)
