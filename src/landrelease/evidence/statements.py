"""Attributed statements: who said what, where source, cue and content stand in the text.

The method is a small grammar over word lists, not a trained model: in each sentence, quotations
masked, every verb of saying (and "according to") is looked at, the noun phrase that speaks is
read before it (or after it, when inverted), and what was said is the quotation or the clause
that belongs to it. Where the grammar cannot tell, it says nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from landrelease.evidence import lexicons as lx
from landrelease.evidence.intake import Document
from landrelease.evidence.quotations import Quotation, mask, quotations
from landrelease.evidence.speakers import Cast, Speaker
from landrelease.evidence.text import Token, blank_out, paragraphs, sentences

_DASHES = frozenset({"—", "–", "--", "―"})
_CLOSERS = frozenset(".!?,;:—–-…")
_HEARERS = frozenset(
    [
        "reporters",
        "journalists",
        "lawmakers",
        "legislators",
        "parliament",
        "congress",
        "delegates",
        "diplomats",
        "viewers",
        "them",
        "him",
        "her",
        "us",
        "me",
        "it",
        "you",
        "people",
        "residents",
        "families",
        "investigators",
    ]
)
_MODALS = frozenset(
    [
        "will",
        "would",
        "can",
        "could",
        "shall",
        "should",
        "may",
        "might",
        "must",
        "do",
        "does",
        "did",
    ]
)
_ADVERBS = frozenset(
    ["however", "but", "and", "meanwhile", "still", "yet", "also", "then", "so", "separately"]
)
_MAX_SOURCE = 32  # tokens; a longer noun phrase was read wrongly


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


@dataclass(frozen=True)
class _Found:
    """Token ranges (first, last exclusive) of one statement within its sentence."""

    source: tuple[int, int]
    cue: tuple[int, int]
    content: tuple[int, int]
    verb: str


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
    if document.language not in ("en", "und"):
        return []
    apart = [(start, end) for start, end, _ in document.boilerplate]
    text = document.text
    content = blank_out(text, apart)
    quotes = quotations(text, ignore=apart)
    masked = mask(content, quotes)
    reader = _Reader(text, quotes, Cast(masked))
    for start, end in _blocks(masked, quotes):
        reader.paragraph(sentences(masked, text, start, end))
    return sorted(reader.found, key=lambda s: (s.content, s.cue))


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
            found = _parse(sentence, bool(waiting))
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
        """Quotations of four words or more that no statement has."""
        return [
            (token.start, token.end)
            for token in sentence
            if token.quoted
            and len(self.text[token.start : token.end].split()) >= 4
            and not any(
                (one.content[0] < token.end and token.start < one.content[1])
                or (one.source[0] < token.end and token.start < one.source[1])
                for one in made
            )
        ]

    def _make(self, sentence: Sequence[Token], found: _Found) -> Statement:
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


# --- the grammar of one sentence -----------------------------------------------------------------


def _parse(sentence: Sequence[Token], waiting: bool) -> list[_Found]:
    """Find the statements of one sentence.

    A statement whose content is (0, 0) has a source and a cue but nothing said: it may belong to
    a quotation that waits in the sentence before.
    """
    found: list[_Found] = []
    index = 0
    cues: list[tuple[int, int, int]] = []
    while index < len(sentence):
        cue = _cue_at(sentence, index)
        if cue is not None:
            cues.append(cue)
            index = cue[2]
        else:
            index += 1
    for place, (first, main, after) in enumerate(cues):
        limit = _limit(sentence, cues[place + 1 :], after)
        if sentence[main].lower == "according":
            one = _according(sentence, first, after)
        else:
            one = _spoken(sentence, first, main, after, limit, found, waiting)
        if one is not None:
            found += one
    return _unnested(found)


def _unnested(found: list[_Found]) -> list[_Found]:
    """Drop a statement that claims the very same content as an earlier one."""
    kept: list[_Found] = []
    for one in found:
        if one.content != (0, 0) and any(one.content == other.content for other in kept):
            continue
        kept.append(one)
    return kept


def _cue_at(sentence: Sequence[Token], index: int) -> tuple[int, int, int] | None:
    """First token, main token and the token after a cue that begins at or around `index`."""
    token = sentence[index]
    word = token.lower
    following = sentence[index + 1].lower if index + 1 < len(sentence) else ""
    if word == "according" and following == "to":
        return index, index, index + 2
    if word not in lx.CUE_VERBS or token.quoted:
        return None
    if token.capital and index > 0 and not sentence[index - 1].quoted:
        return None
    first = index
    while first > 0 and sentence[first - 1].lower in lx.AUXILIARIES:
        first -= 1
    before = sentence[first - 1].lower if first > 0 else ""
    if before in lx.PASSIVE:
        if not word.endswith("ing"):
            return None
        first -= 1
        before = sentence[first - 1].lower if first > 0 else ""
    if before == "to" or any(t.lower in lx.NEGATIONS for t in sentence[max(0, first - 2) : index]):
        return None
    if before in _MODALS or (following in lx.CUE_VERBS and following in lx.SPEECH):
        return None
    if before in lx.DETERMINERS | {"of", "'s", "as", "by"} and before not in ("all", "both"):
        # "the alleged attack", "Example's claims": no verb. "Others said" is one.
        return None if before not in ("others", "many", "some") else (first, index, index + 1)
    after = index + 1
    if word == "raised" and following not in lx.RAISED:
        return None
    if word == "raised":
        after += 1
        if after < len(sentence) and sentence[after].lower in ("about", "over"):
            after += 1
    elif following in lx.PREPOSITION_CUES.get(word, ()) and following != "to":
        after += 1
    elif (word in ("adding", "pointed") and following == "to") or word == "pointed":
        return None
    return first, index, after


def _limit(sentence: Sequence[Token], cues: Sequence[tuple[int, int, int]], after: int) -> int:
    """Where the content of a cue must end: before a later cue with the same subject."""
    end = len(sentence)
    while end > 0 and not (
        sentence[end - 1].word or sentence[end - 1].quoted or sentence[end - 1].text in ")%"
    ):
        end -= 1
    for first, main, _ in cues:
        before = sentence[first - 1] if first > 0 else None
        if before is None or first <= after:
            continue
        word = sentence[main].lower
        joined = before.lower in ("and", "but", "while")
        if word == "according" and before.text == ",":
            return min(end, first - 1)
        if joined and (word != "according"):
            cut = first - 1
            return min(end, cut - 1 if sentence[cut - 1].text == "," else cut)
        if word.endswith("ing") and (before.text in {",", *_DASHES} or before.quoted):
            return min(end, first if before.quoted else first - 1)
    for index in range(after + 3, end - 1):
        # ", but has not said how": the writer speaks again.
        if sentence[index].lower == "but" and sentence[index + 1].lower in lx.PASSIVE | {
            "has", "have", "had", "did", "does", "do"
        }:  # fmt: skip
            return index - 1 if sentence[index - 1].text == "," else index
    return end


def _according(sentence: Sequence[Token], first: int, after: int) -> list[_Found] | None:
    """ "According to S, C" and "C, according to S"."""
    end = _trim_end(sentence, after, len(sentence))
    stop = after
    while stop < end and not (
        sentence[stop].text in {",", ";", ":", *_DASHES} or sentence[stop].quoted
    ):
        stop += 1
    leading = not any(t.word or t.quoted for t in sentence[:first] if t.lower not in _ADVERBS)
    stop = _appositions(sentence, after, stop, end, to_end=not leading)
    source = _trim(sentence, after, stop)
    if source is None or source[1] - source[0] > _MAX_SOURCE or not _speaks(sentence, source):
        return None
    if leading:
        content = _trim(sentence, stop, end)
    else:
        begin = 0
        while begin < first and sentence[begin].lower in _ADVERBS | {","}:
            begin += 1
        content = _trim(sentence, begin, first)
    if content is None:
        return None
    return [_Found(source, (first, after), content, "according to")]


def _appositions(
    sentence: Sequence[Token], begin: int, stop: int, end: int, *, to_end: bool
) -> int:
    """Carry a source over the appositions behind it ("Jane Doe, a deminer at Example Trust,")."""
    while stop < end and sentence[stop].text == ",":
        following = stop + 1
        close = following
        while (
            close < end
            and sentence[close].text not in {",", ";", *_DASHES}
            and not sentence[close].quoted
        ):
            close += 1
        words = sentence[following:close]
        if not words or any(token.lower in lx.FINITE for token in words):
            return stop
        describing = words[0].lower in ("a", "an", "the", "who", "one") or any(
            token.lower in lx.ROLES for token in words
        )
        closed = close < end and sentence[close].text == ","
        if words[0].lower.endswith("ing") or not describing or not (closed or to_end):
            return stop
        if not closed and close < end:
            return stop
        stop = close
    return stop


def _spoken(
    sentence: Sequence[Token],
    first: int,
    main: int,
    after: int,
    limit: int,
    earlier: Sequence[_Found],
    waiting: bool,
) -> list[_Found] | None:
    """A verb of saying with its source before it, or after it when inverted."""
    verb = sentence[main].lower
    inverted = _inverted_source(sentence, first, main, after)
    if inverted is not None:
        content = _left_content(sentence, first)
        if content is None:
            return [_Found(inverted, (first, after), (0, 0), verb)] if waiting else None
        result = [_Found(inverted, (first, after), content, verb)]
        right = _quotation_after(sentence, inverted[1], limit)
        return [*result, _Found(inverted, (first, after), right, verb)] if right else result
    source = _source_before(sentence, first, main, earlier)
    if source is None:
        return None
    own = source[1] <= first and not any(one.source == source for one in earlier)
    right = _right_content(sentence, main, after, limit)
    left = _left_content(sentence, source[0]) if own and _adjacent(sentence, source[0]) else None
    cue = (first, after)
    if left is not None and sentence[left[1] - 1].quoted:
        result = [_Found(source, cue, left, verb)]
        tail = _quotation_after(sentence, after, limit)
        if (
            tail is None
            and right is not None
            and sentence[after : after + 1]
            and sentence[after].lower == "that"
        ):
            tail = right
        return [*result, _Found(source, cue, tail, verb)] if tail else result
    if right is not None and not (left is not None and sentence[right[0]].text == ","):
        return [_Found(source, cue, right, verb)]
    if left is not None:
        return [_Found(source, cue, left, verb)]
    if waiting and own and after >= main + 1:
        return [_Found(source, cue, (0, 0), verb)]
    return None


def _inverted_source(
    sentence: Sequence[Token], first: int, main: int, after: int
) -> tuple[int, int] | None:
    if first != main or sentence[main].lower not in lx.INVERTING or first == 0:
        return None
    before = sentence[first - 1]
    if not before.quoted:
        if before.text != "," or first < 5:
            return None
        if not sentence[first - 2].quoted and not _finite(sentence, 0, first - 1):
            return None
    if after >= len(sentence):
        return None
    head = sentence[after]
    if not (head.capital or head.lower in lx.DETERMINERS) or head.lower == "that":
        return None
    if head.lower in lx.TIME_WORDS:
        return None
    stop = after
    end = _trim_end(sentence, after, len(sentence))
    while stop < end:
        token = sentence[stop]
        if token.text in {",", ";", ":", *_DASHES} or token.quoted:
            break
        if stop > after and (
            token.lower in lx.WEEKDAYS
            or (
                token.lower
                in ("on", "during", "after", "while", "when", "as", "in", "at", "last", "before")
                and not _part_of_name(sentence, stop)
            )
        ):
            break
        stop += 1
    stop = _appositions(sentence, after, stop, end, to_end=True)
    source = _trim(sentence, after, stop)
    if source is None or source[1] - source[0] > _MAX_SOURCE or _finite(sentence, *source):
        return None
    return source if _speaks(sentence, source) else None


def _part_of_name(sentence: Sequence[Token], index: int) -> bool:
    """ "A deminer in Oland" belongs to the source; "in a statement" does not."""
    following = sentence[index + 1] if index + 1 < len(sentence) else None
    return (
        sentence[index].lower in ("in", "at")
        and following is not None
        and following.capital
        and following.lower not in lx.TIME_WORDS
        and not sentence[index - 1].capital
    )


def _source_before(
    sentence: Sequence[Token], first: int, main: int, earlier: Sequence[_Found]
) -> tuple[int, int] | None:
    """The noun phrase that speaks, before the verb; or the source of a verb joined to this one."""
    last = first - 1
    if last < 0:
        return None
    before = sentence[last]
    participle = sentence[main].lower.endswith("ing")
    if before.lower in ("and", "but", "while") or (
        participle and first == main and (before.text in {",", *_DASHES} or before.quoted)
    ):
        if earlier:
            return earlier[-1].source
        return _subject(sentence, last) if participle or before.lower == "and" else None
    if before.quoted or before.text in _DASHES or before.text in (";", ":", "(", ")"):
        return None
    start = _region_start(sentence, last)
    if before.text == ",":
        return _apposed_source(sentence, start, last)
    comma = max((i for i in range(start, last + 1) if sentence[i].text == ","), default=start - 1)
    source = _noun_phrase(sentence, comma + 1, last + 1)
    if (
        source is not None
        and sentence[source[0]].lower.endswith("ing")
        and not sentence[source[0]].capital
    ):
        return _subject(sentence, source[0])  # "Doe is leaving office having criticised ..."
    if source is not None and sentence[source[0]].lower == "who":
        return _apposed_source(sentence, start, source[0] - 1) if source[0] > start else None
    if source is None or not _speaks(sentence, source, sentence[main].lower):
        return None
    return source


def _region_start(sentence: Sequence[Token], last: int) -> int:
    """Where the clause that holds the source can begin at the earliest."""
    for index in range(last - 1, -1, -1):
        token = sentence[index]
        if token.quoted or token.text in {";", ":", "(", ")", *_DASHES}:
            # A scare quote inside a noun phrase does not end it; one that is a clause does.
            return index + 1
        if token.lower in ("but", "which", "that", "because", "whereas"):
            return index + 1
    return 0


def _segments(sentence: Sequence[Token], start: int, end: int) -> list[tuple[int, int]]:
    parts: list[tuple[int, int]] = []
    begin = start
    for index in range(start, end + 1):
        if index == end or sentence[index].text == ",":
            if begin < index:
                parts.append((begin, index))
            begin = index + 1
    return parts


def _apposed_source(sentence: Sequence[Token], start: int, comma: int) -> tuple[int, int] | None:
    """ "Jane Doe, director at Example Trust," before its verb: head and appositions together."""
    parts = _segments(sentence, start, comma)
    head = 0
    for index, part in enumerate(parts):
        opening = sentence[part[0]].lower
        relative = opening in ("who", "which", "whose") and index > 0
        if not relative and _finite(sentence, *part):
            head = index + 1
    while head < len(parts) and _adverbial(sentence, parts[head]):
        head += 1
    if head >= len(parts):
        return None
    source = _trim(sentence, parts[head][0], comma)
    if source is None or source[1] - source[0] > _MAX_SOURCE:
        return None
    begin = source[0]
    while begin < source[1] - 1 and sentence[begin].lower in _ADVERBS:
        begin += 1
    source = (begin, source[1])
    named = any(token.capital for token in sentence[source[0] : parts[head][1]])
    return (
        source
        if _speaks(sentence, (source[0], parts[head][1])) and (named or _speaks(sentence, source))
        else None
    )


def _noun_phrase(sentence: Sequence[Token], start: int, end: int) -> tuple[int, int] | None:
    """The noun phrase that ends at `end`, read backwards to the word that begins it."""
    begin = end
    while begin > start:
        token = sentence[begin - 1]
        word = token.lower
        if token.quoted or not (
            token.word or token.text in ("'s", "’s", ".", "&", "-", "’", "'", "/")
        ):
            break
        if word in lx.FINITE or (
            word in lx.CUE_VERBS and not token.capital and word not in lx.NOUNS_TOO
        ):
            if not _participle_in_phrase(sentence, begin - 1, end):
                break
        if word in lx.CONJUNCTIONS and word not in ("and", "who"):
            break
        if word == "and" and _finite(sentence, start, begin - 1):
            break
        begin -= 1
        if word == "who":
            break
    end = _without_time(sentence, begin, end)
    while begin < end and (
        sentence[begin].lower in _ADVERBS
        or sentence[begin].lower in ("with", "and", "as", "when", "while")
        or not sentence[begin].word
    ):
        begin += 1
    if begin < end and sentence[begin].lower in lx.PREPOSITIONS and begin > 0 | (begin == start):
        # "In Oland officials said": the name or noun after the first name speaks.
        inner = begin + 1
        while inner < end and not (
            sentence[inner].lower in lx.DETERMINERS
            or sentence[inner].lower in lx.GENERIC_SOURCES
            or sentence[inner].lower in lx.PRONOUNS
        ):
            inner += 1
        begin = inner
    if begin >= end or end - begin > _MAX_SOURCE:
        return None
    return begin, end


def _participle_in_phrase(sentence: Sequence[Token], index: int, end: int) -> bool:
    """ "a report released by Example Trust said": the participle belongs to the noun."""
    following = sentence[index + 1].lower if index + 1 < end else ""
    return sentence[index].lower in ("released", "published", "issued") and following in (
        "by",
        "on",
        "in",
        "last",
        "this",
        *lx.WEEKDAYS,
    )


def _without_time(sentence: Sequence[Token], begin: int, end: int) -> int:
    """Cut "on Wednesday", "in 2022" from the end of a noun phrase."""
    for index in range(max(begin + 1, end - 4), end):
        if sentence[index].lower in (
            "on",
            "in",
            "late",
            "early",
            "last",
            "this",
            "earlier",
        ) and all(
            token.lower in lx.TIME_WORDS or token.text.isdigit() or token.lower == "the"
            for token in sentence[index + 1 : end]
        ):
            return index
    while end - 1 > begin and sentence[end - 1].lower in (*lx.WEEKDAYS, "today", "yesterday"):
        end -= 1
    return end


def _subject(sentence: Sequence[Token], before: int) -> tuple[int, int] | None:
    """The subject of the sentence: what stands before its first finite verb."""
    start = 0
    parts = _segments(sentence, 0, before)
    for part in parts:
        if _adverbial(sentence, part):
            start = min(part[1] + 1, before)
            continue
        break
    stop = start
    while stop < before:
        token = sentence[stop]
        if token.lower in lx.FINITE or token.quoted or token.text in {",", *_DASHES}:
            break
        if token.lower.endswith("ed") and stop > start and not token.capital:
            break
        stop += 1
    while stop > start and sentence[stop - 1].lower in lx.AUXILIARIES:
        stop -= 1
    source = _noun_phrase(sentence, start, stop) if stop > start and stop < before else None
    return source if source is not None and _speaks(sentence, source) else None


def _speaks(sentence: Sequence[Token], source: tuple[int, int], verb: str = "") -> bool:
    """Whether a noun phrase can be a source: a name, a pronoun, or a word for people or bodies."""
    words = sentence[source[0] : source[1]]
    if not words:
        return False
    if len(words) == 1 and words[0].lower in lx.PRONOUNS:
        return words[0].lower != "you"
    if words[0].lower in ("this", "that", "these", "those", "there") and len(words) == 1:
        return False
    if any(token.capital and token.lower not in lx.TIME_WORDS and token.lower not in lx.DETERMINERS
           and token.lower not in lx.CONJUNCTIONS for token in words):  # fmt: skip
        return True
    if any(
        token.lower.strip("-") in lx.GENERIC_SOURCES or token.lower in lx.ORGANISATION_WORDS
        for token in words
    ):
        return True
    return verb in lx.SPEECH and words[0].lower in lx.DETERMINERS and len(words) > 1


def _adverbial(sentence: Sequence[Token], part: tuple[int, int]) -> bool:
    opening = sentence[part[0]].lower
    return (
        opening in lx.PREPOSITIONS
        or opening in lx.CONJUNCTIONS
        or opening in lx.TIME_WORDS
        or opening in _ADVERBS
        or (opening.endswith("ing") and part[1] - part[0] > 1)
        or (opening.endswith("ly") and part[1] - part[0] <= 3)
    )


def _finite(sentence: Sequence[Token], start: int, end: int) -> bool:
    """Whether a stretch holds a finite verb, as far as closed lists and endings tell."""
    for index in range(start, end):
        token = sentence[index]
        if token.lower in lx.FINITE or token.lower in lx.PASSIVE or token.lower in _MODALS:
            return True
        if (
            token.lower.endswith("ed")
            and index > start
            and not token.capital
            and "-" not in token.text
            and sentence[index - 1].lower not in lx.DETERMINERS
            and sentence[index - 1].word
            and (sentence[index - 1].capital or sentence[index - 1].lower.endswith("s"))
        ):
            return True
    return False


def _adjacent(sentence: Sequence[Token], start: int) -> bool:
    """Whether a comma, a dash or a quotation stands right before a source."""
    before = start - 1
    while before >= 0 and sentence[before].lower in _ADVERBS:
        before -= 1
    return before >= 0 and (sentence[before].quoted or sentence[before].text in {",", *_DASHES})


def _left_content(sentence: Sequence[Token], stop: int) -> tuple[int, int] | None:
    """What was said, before its source: a quotation or a whole clause."""
    whole = _trim(sentence, 0, stop)
    if whole is None:
        return None
    begin, end = whole
    while begin < end - 1 and sentence[begin].lower in ("but", "and"):
        begin += 1
    if sentence[end - 1].quoted:
        if not any(t.word for t in sentence[begin : end - 1]):
            return begin, end
        quote = end - 1
        joined = sentence[quote - 1].text != ","
        earlier_cue = any(t.lower in lx.CUE_VERBS for t in sentence[begin:quote])
        return (begin, end) if joined and not earlier_cue else (quote, end)
    words = sum(token.word or token.quoted for token in sentence[begin:end])
    parts = _segments(sentence, begin, end)
    if words < 3 or (
        len(parts) == 1 and _adverbial(sentence, parts[0]) and not _clause(sentence, begin, end)
    ):
        return None
    if all(_adverbial(sentence, part) for part in parts) and not _finite(sentence, *parts[-1]):
        return None
    if not _clause(sentence, begin, end):
        return None
    return begin, end


def _clause(sentence: Sequence[Token], begin: int, end: int) -> bool:
    """A main clause: a finite verb that no opening subordinator governs alone."""
    parts = _segments(sentence, begin, end)
    free = [part for part in parts if not _adverbial(sentence, part)]
    return any(_finite(sentence, *part) for part in free) or (
        bool(free) and sum(part[1] - part[0] for part in free) >= 6
    )


def _right_content(
    sentence: Sequence[Token], main: int, after: int, limit: int
) -> tuple[int, int] | None:
    """What was said, after its verb."""
    verb = sentence[main].lower
    begin = after
    if verb in lx.HEARER:
        begin = _after_hearer(sentence, begin, limit)
    begin, adverbial = _after_adverbials(sentence, begin, limit)
    if begin >= limit:
        return None
    opening = sentence[begin]
    if opening.text in (",", ":"):
        following = begin + 1
        if following < limit and sentence[following].quoted:
            return following, following + 1
        if opening.text == ":" and following < limit:
            return following, limit
        return None
    if opening.quoted:
        rest = _trim_end(sentence, begin, limit)
        # A bare quotation between dashes or commas ends with itself.
        if begin + 1 < rest and sentence[begin + 1].text in {",", ";", *_DASHES}:
            return begin, begin + 1
        return begin, _clause_end(sentence, begin, rest)
    if opening.text in _DASHES or opening.text in (")", "(", ";"):
        return None
    if opening.lower in ("that", "whether"):
        return begin, _clause_end(sentence, begin, limit)
    if adverbial and not _finite(sentence, begin, limit):
        return None
    if not opening.word:
        return None
    words = limit - begin
    prepositional = after > main + 1
    quoted = any(token.quoted for token in sentence[begin:limit])
    if prepositional or verb in lx.NAMING:
        return (begin, _clause_end(sentence, begin, limit)) if words >= 2 or quoted else None
    if opening.lower in ("to",) and verb in lx.PREPOSITION_CUES:
        return begin, _clause_end(sentence, begin, limit)
    if verb in lx.NEEDS_CLAUSE:
        told = quoted or verb in (
            "believes",
            "believe",
            "thinks",
            "hopes",
            "expects",
            "suggests",
            "fears",
            "suggested",
        )
        fits = told and _finite(sentence, begin, limit)
        return (begin, _clause_end(sentence, begin, limit)) if fits else None
    if opening.lower in lx.PREPOSITIONS and not _finite(sentence, begin, limit):
        return None
    if opening.lower in ("so", "nothing", "goodbye"):
        return None
    return (begin, _clause_end(sentence, begin, limit)) if words >= 3 else None


def _clause_end(sentence: Sequence[Token], begin: int, limit: int) -> int:
    """Content ends at a dash that closes a parenthesis opened before it, else at the limit."""
    before = sum(token.text in _DASHES for token in sentence[:begin])
    if before % 2 == 1:
        for index in range(begin, limit):
            if sentence[index].text in _DASHES:
                return _trim_end(sentence, begin, index)
    return _trim_end(sentence, begin, limit)


def _quotation_after(sentence: Sequence[Token], begin: int, limit: int) -> tuple[int, int] | None:
    """A second quotation behind "she said": `"…," she said, "…"`."""
    for index in range(begin, limit):
        token = sentence[index]
        if token.quoted:
            return index, index + 1
        if token.lower in lx.CUE_VERBS or token.text in (";",):
            return None
    return None


def _after_hearer(sentence: Sequence[Token], begin: int, limit: int) -> int:
    """Skip who was told: "reporters", "AFP", "the Oland Herald", "a news conference"."""
    index = begin
    if index >= limit:
        return index
    token = sentence[index]
    if token.lower in _HEARERS:
        return index + 1
    if token.text.isupper() and len(token.text) > 1 and token.word:
        return index + 1
    if token.lower in ("the", "a", "an", "his", "her", "its", "their", "local", "state"):
        index += 1
        if index < limit and not sentence[index].capital:
            while (
                index < limit
                and sentence[index].word
                and sentence[index].lower
                not in (lx.CONJUNCTIONS | lx.TIME_WORDS | lx.DETERMINERS | lx.FINITE)
            ):
                index += 1
                if sentence[index - 1].lower in _HEARERS or sentence[index - 1].lower.endswith("s"):
                    break
            return index
    start = index
    while index < limit and sentence[index].capital and sentence[index].lower not in lx.TIME_WORDS:
        index += 1
    return index if index > start else begin


def _after_adverbials(sentence: Sequence[Token], begin: int, limit: int) -> tuple[int, bool]:
    """Skip "on Wednesday", "in a statement", "during a visit" where the content comes after."""
    index = begin
    skipped = False
    while index < limit:
        word = sentence[index].lower
        if word in lx.WEEKDAYS or word in ("today", "yesterday", "earlier", "later", "again"):
            index += 1
            skipped = True
            continue
        if word in lx.PREPOSITIONS and word not in ("if", "despite", "about", "of", "to", "with"):
            ahead = index + 1
            while ahead < min(limit, index + 16):
                token = sentence[ahead]
                if token.quoted or token.lower in ("that", "whether") or token.text == ":":
                    return ahead, True
                if token.lower in lx.FINITE or token.text in _DASHES:
                    break
                ahead += 1
            else:
                return limit, True
            ahead = index + 1
            while ahead < limit and (
                sentence[ahead].lower in lx.TIME_WORDS or sentence[ahead].text.isdigit()
            ):
                ahead += 1
            if ahead > index + 1:
                index = ahead
                skipped = True
                continue
            return index, skipped
        break
    if skipped and index < limit and sentence[index].text == ",":
        following = index + 1
        if following < limit and sentence[following].lower in (
            "adding",
            "saying",
            "where",
            "which",
            "as",
            "when",
        ):
            return limit, True
        if following < limit and sentence[following].quoted:
            return following, True
    return index, skipped


def _trim(sentence: Sequence[Token], start: int, end: int) -> tuple[int, int] | None:
    """Cut marks from both ends; None when nothing is left."""
    while start < end and not (
        sentence[start].word or sentence[start].quoted or sentence[start].text in "($€£"
    ):
        start += 1
    end = _trim_end(sentence, start, end)
    return (start, end) if start < end else None


def _trim_end(sentence: Sequence[Token], start: int, end: int) -> int:
    while end > start and not (
        sentence[end - 1].word
        or sentence[end - 1].quoted
        or sentence[end - 1].text in ")%"
        or sentence[end - 1].text in ("'s", "’s")
    ):
        end -= 1
    return end
