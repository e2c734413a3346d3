"""Noun phrases and clauses of a tokenised sentence, as far as closed word lists tell them apart.

Every function takes a sentence (its tokens, quotations masked) and token positions, the last one
exclusive.
"""

from __future__ import annotations

from collections.abc import Sequence

from landrelease.evidence import lexicons as lx
from landrelease.evidence.text import Token

DASHES = frozenset({"—", "–", "--", "―"})
MAX_SOURCE = 32  # tokens; a longer noun phrase was read wrongly


def segments(sentence: Sequence[Token], start: int, end: int) -> list[tuple[int, int]]:
    """Cut a stretch at its commas.

    Parameters
    ----------
    sentence : sequence of Token
        The tokens.
    start, end : int
        The stretch, last token exclusive.

    Returns
    -------
    list of (int, int)
        The stretches between commas.
    """
    parts: list[tuple[int, int]] = []
    begin = start
    for index in range(start, end + 1):
        if index == end or sentence[index].text == ",":
            if begin < index:
                parts.append((begin, index))
            begin = index + 1
    return parts


def noun_phrase(sentence: Sequence[Token], start: int, end: int) -> tuple[int, int] | None:
    """The noun phrase that ends at `end`, read backwards to the word that begins it.

    Parameters
    ----------
    sentence : sequence of Token
        The tokens.
    start : int
        First token.
    end : int
        Token after the last.

    Returns
    -------
    (int, int) or None
        First token and token after the last; None when there is none.
    """
    begin = end
    while begin > start:
        token = sentence[begin - 1]
        word = token.lower
        if token.quoted or not (
            token.word or token.text in ("'s", "’s", ".", "&", "-", "’", "'", "/")
        ):
            break
        verb = word in lx.FINITE or (
            word in lx.CUE_VERBS and not token.capital and word not in lx.NOUNS_TOO
        )
        if verb and not _participle_in_phrase(sentence, begin - 1, end):
            break
        if word in lx.CONJUNCTIONS and word not in ("and", "who"):
            break
        if word == "and" and finite(sentence, start, begin - 1):
            break
        begin -= 1
        if word == "who":
            break
    end = _without_time(sentence, begin, end)
    while begin < end and (
        sentence[begin].lower in lx.ADVERBS
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
    if begin >= end or end - begin > MAX_SOURCE:
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


def subject(sentence: Sequence[Token], before: int) -> tuple[int, int] | None:
    """The subject of the sentence: what stands before its first finite verb.

    Parameters
    ----------
    sentence : sequence of Token
        The tokens.
    before : int
        Token before which the subject stands.

    Returns
    -------
    (int, int) or None
        First token and token after the last; None when there is none.
    """
    start = 0
    parts = segments(sentence, 0, before)
    for part in parts:
        if adverbial(sentence, part):
            start = min(part[1] + 1, before)
            continue
        break
    stop = start
    while stop < before:
        token = sentence[stop]
        if token.lower in lx.FINITE or token.quoted or token.text in {",", *DASHES}:
            break
        if token.lower.endswith("ed") and stop > start and not token.capital:
            break
        stop += 1
    while stop > start and sentence[stop - 1].lower in lx.AUXILIARIES:
        stop -= 1
    source = noun_phrase(sentence, start, stop) if stop > start and stop < before else None
    return source if source is not None and speaks(sentence, source) else None


def speaks(sentence: Sequence[Token], source: tuple[int, int], verb: str = "") -> bool:
    """Whether a noun phrase can be a source: a name, a pronoun, or a word for people or bodies.

    Parameters
    ----------
    sentence : sequence of Token
        The tokens.
    source : (int, int)
        The noun phrase, last token exclusive.
    verb : str
        The cue's main word; a plain verb of saying lets any noun phrase speak.

    Returns
    -------
    bool
        The answer, as far as word lists tell.
    """
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


def adverbial(sentence: Sequence[Token], part: tuple[int, int]) -> bool:
    """Whether a stretch is an adverbial, not a noun phrase or a main clause.

    Parameters
    ----------
    sentence : sequence of Token
        The tokens.
    part : (int, int)
        The stretch, last token exclusive.

    Returns
    -------
    bool
        The answer, as far as its first word tells.
    """
    opening = sentence[part[0]].lower
    return (
        opening in lx.PREPOSITIONS
        or opening in lx.CONJUNCTIONS
        or opening in lx.TIME_WORDS
        or opening in lx.ADVERBS
        or (opening.endswith("ing") and part[1] - part[0] > 1)
        or (opening.endswith("ly") and part[1] - part[0] <= 3)
    )


def finite(sentence: Sequence[Token], start: int, end: int) -> bool:
    """Whether a stretch holds a finite verb, as far as closed lists and endings tell.

    Parameters
    ----------
    sentence : sequence of Token
        The tokens.
    start : int
        First token.
    end : int
        Token after the last.

    Returns
    -------
    bool
        The answer, as far as word lists tell.
    """
    for index in range(start, end):
        token = sentence[index]
        if token.lower in lx.FINITE or token.lower in lx.PASSIVE or token.lower in lx.MODALS:
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


def trim(sentence: Sequence[Token], start: int, end: int) -> tuple[int, int] | None:
    """Cut marks from both ends; None when nothing is left.

    Parameters
    ----------
    sentence : sequence of Token
        The tokens.
    start : int
        First token.
    end : int
        Token after the last.

    Returns
    -------
    (int, int) or None
        First token and token after the last; None when there is none.
    """
    while start < end and not (
        sentence[start].word or sentence[start].quoted or sentence[start].text in "($€£"
    ):
        start += 1
    end = trim_end(sentence, start, end)
    return (start, end) if start < end else None


def trim_end(sentence: Sequence[Token], start: int, end: int) -> int:
    while end > start and not (
        sentence[end - 1].word
        or sentence[end - 1].quoted
        or sentence[end - 1].text in ")%"
        or sentence[end - 1].text in ("'s", "’s")
    ):
        end -= 1
    return end


def appositions(sentence: Sequence[Token], begin: int, stop: int, end: int, *, to_end: bool) -> int:
    """Carry a source over the appositions behind it ("Jane Doe, a deminer at Example Trust,").

    Parameters
    ----------
    sentence : sequence of Token
        The tokens.
    begin : int
        First token.
    stop : int
        Token after the source so far.
    end : int
        Token after the last.
    to_end : bool
        Whether an apposition may end with the sentence.

    Returns
    -------
    int
        Token after the last that belongs to it.
    """
    while stop < end and sentence[stop].text == ",":
        following = stop + 1
        close = following
        while (
            close < end
            and sentence[close].text not in {",", ";", *DASHES}
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


def part_of_name(sentence: Sequence[Token], index: int) -> bool:
    """ "A deminer in Oland" belongs to the source; "in a statement" does not.

    Parameters
    ----------
    sentence : sequence of Token
        The tokens.
    index : int
        The preposition.

    Returns
    -------
    bool
        The answer, as far as word lists tell.
    """
    following = sentence[index + 1] if index + 1 < len(sentence) else None
    return (
        sentence[index].lower in ("in", "at")
        and following is not None
        and following.capital
        and following.lower not in lx.TIME_WORDS
        and not sentence[index - 1].capital
    )
