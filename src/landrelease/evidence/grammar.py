"""The grammar of one sentence: which verb of saying has which source and which content.

Every verb of saying (and "according to") is looked at. Its source is the noun phrase before it,
or after it when inverted; its content is the quotation or the clause that belongs to it. Where
the grammar cannot tell, it says nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from landrelease.evidence import lexicons as lx
from landrelease.evidence import phrases
from landrelease.evidence.text import Token


@dataclass(frozen=True)
class Found:
    """Token ranges (first, last exclusive) of one statement within its sentence."""

    source: tuple[int, int]
    cue: tuple[int, int]
    content: tuple[int, int]
    verb: str


def parse(sentence: Sequence[Token], waiting: bool) -> list[Found]:
    """Find the statements of one sentence.

    A statement whose content is (0, 0) has a source and a cue but nothing said: it may belong to
    a quotation that waits in the sentence before.

    Parameters
    ----------
    sentence : sequence of Token
        Its tokens, quotations masked.
    waiting : bool
        Whether a quotation waits for its source.

    Returns
    -------
    list of Found
        In the order of their cues.
    """
    found: list[Found] = []
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


def _unnested(found: list[Found]) -> list[Found]:
    """Drop a statement that claims the very same content as an earlier one."""
    kept: list[Found] = []
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
    if before in lx.MODALS or (following in lx.CUE_VERBS and following in lx.SPEECH):
        return None
    if before in lx.DETERMINERS | {"of", "'s", "as", "by"} and before not in ("all", "both"):
        # "the alleged attack", "Example's claims": no verb. "Others said" is one.
        return None if before not in ("others", "many", "some") else (first, index, index + 1)
    after = index + 1
    if word == "raised" and following not in lx.RAISED:
        return None
    if word in ("asked", "asks") and following in ("not", "to"):
        return None  # "an official who asked not to be named"
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
        if word.endswith("ing") and (before.text in {",", *phrases.DASHES} or before.quoted):
            return min(end, first if before.quoted else first - 1)
    for index in range(after + 3, end - 1):
        # ", but has not said how": the writer speaks again.
        if sentence[index].lower == "but" and sentence[index + 1].lower in lx.PASSIVE | {
            "has", "have", "had", "did", "does", "do"
        }:  # fmt: skip
            return index - 1 if sentence[index - 1].text == "," else index
    return end


def _according(sentence: Sequence[Token], first: int, after: int) -> list[Found] | None:
    """ "According to S, C" and "C, according to S"."""
    end = phrases.trim_end(sentence, after, len(sentence))
    stop = after
    while stop < end and not (
        sentence[stop].text in {",", ";", ":", *phrases.DASHES} or sentence[stop].quoted
    ):
        stop += 1
    leading = not any(t.word or t.quoted for t in sentence[:first] if t.lower not in lx.ADVERBS)
    stop = phrases.appositions(sentence, after, stop, end, to_end=not leading)
    source = phrases.trim(sentence, after, stop)
    if (
        source is None
        or source[1] - source[0] > phrases.MAX_SOURCE
        or not phrases.speaks(sentence, source)
    ):
        return None
    if leading:
        content = phrases.trim(sentence, stop, end)
    else:
        begin = 0
        while begin < first and sentence[begin].lower in lx.ADVERBS | {","}:
            begin += 1
        content = phrases.trim(sentence, begin, first)
    if content is None:
        return None
    return [Found(source, (first, after), content, "according to")]


def _spoken(
    sentence: Sequence[Token],
    first: int,
    main: int,
    after: int,
    limit: int,
    earlier: Sequence[Found],
    waiting: bool,
) -> list[Found] | None:
    """A verb of saying with its source before it, or after it when inverted."""
    verb = sentence[main].lower
    inverted = _inverted_source(sentence, first, main, after)
    if inverted is not None:
        content = _left_content(sentence, first)
        if content is None:
            return [Found(inverted, (first, after), (0, 0), verb)] if waiting else None
        result = [Found(inverted, (first, after), content, verb)]
        right = _quotation_after(sentence, inverted[1], limit)
        return [*result, Found(inverted, (first, after), right, verb)] if right else result
    source = _source_before(sentence, first, main, earlier)
    if source is None:
        return None
    own = source[1] <= first and not any(one.source == source for one in earlier)
    right = _right_content(sentence, main, after, limit)
    left = _left_content(sentence, source[0]) if own and _adjacent(sentence, source[0]) else None
    cue = (first, after)
    if left is not None and sentence[left[1] - 1].quoted:
        result = [Found(source, cue, left, verb)]
        tail = _quotation_after(sentence, after, limit)
        if (
            tail is None
            and right is not None
            and sentence[after : after + 1]
            and sentence[after].lower == "that"
        ):
            tail = right
        return [*result, Found(source, cue, tail, verb)] if tail else result
    if right is not None and not (left is not None and sentence[right[0]].text == ","):
        return [Found(source, cue, right, verb)]
    if left is not None:
        return [Found(source, cue, left, verb)]
    if waiting and own and after >= main + 1:
        return [Found(source, cue, (0, 0), verb)]
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
        if not sentence[first - 2].quoted and not phrases.finite(sentence, 0, first - 1):
            return None
    if after >= len(sentence):
        return None
    head = sentence[after]
    if not (head.capital or head.lower in lx.DETERMINERS) or head.lower == "that":
        return None
    if head.lower in lx.TIME_WORDS:
        return None
    stop = after
    end = phrases.trim_end(sentence, after, len(sentence))
    while stop < end:
        token = sentence[stop]
        if token.text in {",", ";", ":", *phrases.DASHES} or token.quoted:
            break
        if stop > after and (
            token.lower in lx.WEEKDAYS
            or (
                token.lower
                in ("on", "during", "after", "while", "when", "as", "in", "at", "last", "before")
                and not phrases.part_of_name(sentence, stop)
            )
        ):
            break
        stop += 1
    stop = phrases.appositions(sentence, after, stop, end, to_end=True)
    source = phrases.trim(sentence, after, stop)
    if (
        source is None
        or source[1] - source[0] > phrases.MAX_SOURCE
        or phrases.finite(sentence, *source)
    ):
        return None
    return source if phrases.speaks(sentence, source) else None


def _source_before(
    sentence: Sequence[Token], first: int, main: int, earlier: Sequence[Found]
) -> tuple[int, int] | None:
    """The noun phrase that speaks, before the verb; or the source of a verb joined to this one."""
    last = first - 1
    if last < 0:
        return None
    before = sentence[last]
    participle = sentence[main].lower.endswith("ing")
    if before.lower in ("and", "but", "while") or (
        participle and first == main and (before.text in {",", *phrases.DASHES} or before.quoted)
    ):
        if earlier:
            return earlier[-1].source
        return phrases.subject(sentence, last) if participle or before.lower == "and" else None
    if before.quoted or before.text in phrases.DASHES or before.text in (";", ":", "(", ")"):
        return None
    start = _region_start(sentence, last)
    if before.text == ",":
        return _apposed_source(sentence, start, last)
    comma = max((i for i in range(start, last + 1) if sentence[i].text == ","), default=start - 1)
    source = phrases.noun_phrase(sentence, comma + 1, last + 1)
    if (
        source is not None
        and sentence[source[0]].lower.endswith("ing")
        and not sentence[source[0]].capital
    ):
        return phrases.subject(sentence, source[0])  # "Doe is leaving office having criticised ..."
    if source is not None and sentence[source[0]].lower == "who":
        return _apposed_source(sentence, start, source[0] - 1) if source[0] > start else None
    if source is None or not phrases.speaks(sentence, source, sentence[main].lower):
        return None
    return source


def _region_start(sentence: Sequence[Token], last: int) -> int:
    """Where the clause that holds the source can begin at the earliest."""
    for index in range(last - 1, -1, -1):
        token = sentence[index]
        if token.quoted or token.text in {";", ":", "(", ")", *phrases.DASHES}:
            # A scare quote inside a noun phrase does not end it; one that is a clause does.
            return index + 1
        if token.lower in ("but", "which", "that", "because", "whereas"):
            return index + 1
    return 0


def _apposed_source(sentence: Sequence[Token], start: int, comma: int) -> tuple[int, int] | None:
    """ "Jane Doe, director at Example Trust," before its verb: head and appositions together."""
    parts = phrases.segments(sentence, start, comma)
    head = 0
    for index, part in enumerate(parts):
        opening = sentence[part[0]].lower
        relative = opening in ("who", "which", "whose") and index > 0
        if not relative and phrases.finite(sentence, *part):
            head = index + 1
    while head < len(parts) and phrases.adverbial(sentence, parts[head]):
        head += 1
    if head >= len(parts):
        return None
    source = phrases.trim(sentence, parts[head][0], comma)
    if source is None or source[1] - source[0] > phrases.MAX_SOURCE:
        return None
    begin = source[0]
    while begin < source[1] - 1 and sentence[begin].lower in lx.ADVERBS:
        begin += 1
    source = (begin, source[1])
    named = any(token.capital for token in sentence[source[0] : parts[head][1]])
    return (
        source
        if phrases.speaks(sentence, (source[0], parts[head][1]))
        and (named or phrases.speaks(sentence, source))
        else None
    )


def _adjacent(sentence: Sequence[Token], start: int) -> bool:
    """Whether a comma, a dash or a quotation stands right before a source."""
    before = start - 1
    while before >= 0 and sentence[before].lower in lx.ADVERBS:
        before -= 1
    return before >= 0 and (
        sentence[before].quoted or sentence[before].text in {",", *phrases.DASHES}
    )


def _left_content(sentence: Sequence[Token], stop: int) -> tuple[int, int] | None:
    """What was said, before its source: a quotation or a whole clause."""
    whole = phrases.trim(sentence, 0, stop)
    if whole is None:
        return None
    begin, end = whole
    while begin < end - 1 and (sentence[begin].lower in lx.ADVERBS or sentence[begin].text == ","):
        begin += 1
    if sentence[end - 1].quoted:
        if not any(t.word for t in sentence[begin : end - 1]):
            return begin, end
        quote = end - 1
        joined = sentence[quote - 1].text != ","
        earlier_cue = any(t.lower in lx.CUE_VERBS for t in sentence[begin:quote])
        return (begin, end) if joined and not earlier_cue else (quote, end)
    words = sum(token.word or token.quoted for token in sentence[begin:end])
    parts = phrases.segments(sentence, begin, end)
    if words < 3 or (
        len(parts) == 1
        and phrases.adverbial(sentence, parts[0])
        and not _clause(sentence, begin, end)
    ):
        return None
    if all(phrases.adverbial(sentence, part) for part in parts) and not phrases.finite(
        sentence, *parts[-1]
    ):
        return None
    if not _clause(sentence, begin, end):
        return None
    return begin, end


def _clause(sentence: Sequence[Token], begin: int, end: int) -> bool:
    """A main clause: a finite verb that no opening subordinator governs alone."""
    parts = phrases.segments(sentence, begin, end)
    free = [part for part in parts if not phrases.adverbial(sentence, part)]
    return any(phrases.finite(sentence, *part) for part in free) or (
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
        rest = phrases.trim_end(sentence, begin, limit)
        # A bare quotation between dashes or commas ends with itself.
        if begin + 1 < rest and sentence[begin + 1].text in {",", ";", *phrases.DASHES}:
            return begin, begin + 1
        return begin, _clause_end(sentence, begin, rest)
    if opening.text in phrases.DASHES or opening.text in (")", "(", ";"):
        return None
    if opening.lower in ("that", "whether", "why", "how"):
        return begin, _clause_end(sentence, begin, limit)
    if adverbial and not phrases.finite(sentence, begin, limit):
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
        fits = told and phrases.finite(sentence, begin, limit)
        return (begin, _clause_end(sentence, begin, limit)) if fits else None
    if opening.lower in lx.PREPOSITIONS and not phrases.finite(sentence, begin, limit):
        return None
    if opening.lower in ("so", "nothing", "goodbye"):
        return None
    return (begin, _clause_end(sentence, begin, limit)) if words >= 2 else None


def _clause_end(sentence: Sequence[Token], begin: int, limit: int) -> int:
    """Content ends at a semicolon, or at a dash that closes a parenthesis opened before it."""
    inside = sum(token.text in phrases.DASHES for token in sentence[:begin]) % 2 == 1
    for index in range(begin, limit):
        text = sentence[index].text
        if text == ";" or (inside and text in phrases.DASHES):
            return phrases.trim_end(sentence, begin, index)
    return phrases.trim_end(sentence, begin, limit)


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
    if token.lower in lx.HEARERS:
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
                if sentence[index - 1].lower in lx.HEARERS or sentence[index - 1].lower.endswith(
                    "s"
                ):
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
                if (
                    token.quoted
                    or token.lower in ("that", "whether", "why", "how")
                    or token.text == ":"
                ):
                    return ahead, True
                if token.lower in lx.FINITE or token.text in phrases.DASHES:
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
