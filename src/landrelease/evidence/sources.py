"""Who speaks: the noun phrase that is the subject of a cue, or stands behind it when inverted."""

from __future__ import annotations

from landrelease.evidence import lexicons as lx
from landrelease.evidence.clauses import DASHES, Sentence
from landrelease.evidence.tagging import MARK, QUOTE

MAX_SOURCE = 40  # tokens; a longer noun phrase was read wrongly
_RELATIVE = frozenset({"who", "which", "that", "whose", "whom"})
_QUANTIFIERS = frozenset(
    [
        "most",
        "several",
        "many",
        "not",
        "nearly",
        "almost",
        "about",
        "only",
        "more",
        "fewer",
        "both",
        "few",
        "at",
        "no",
    ]
)
_NOMINATIVE = frozenset({"i", "he", "she", "they", "we", "it"})
_BREAKS = frozenset({";", ":", "(", "[", "…"}) | DASHES
_SUBORDINATORS = frozenset(
    [
        "but",
        "because",
        "if",
        "when",
        "while",
        "as",
        "although",
        "though",
        "whereas",
        "before",
        "until",
        "unless",
        "since",
        "whether",
        "so",
        "than",
        "yet",
        "nor",
        "after",
        "where",
        "what",
        "how",
        "why",
        "once",
    ]
)


def subject(sentence: Sentence, first: int) -> tuple[int, int] | None:
    """The subject of a verb group: the noun phrase before it, appositions included.

    Parameters
    ----------
    sentence : Sentence
        The tagged sentence.
    first : int
        First token of the verb group.

    Returns
    -------
    (int, int) or None
        First token and token after the last.
    """
    if first not in sentence.subjects:
        sentence.subjects[first] = _subject(sentence, first)
    return sentence.subjects[first]


def _subject(sentence: Sentence, first: int) -> tuple[int, int] | None:
    last = first - 1
    if last < 0:
        return None
    if sentence.words[last] in ("who", "which") or (
        sentence.words[last] == "that" and last > 0 and sentence.nominal(last - 1)
    ):
        return last, last + 1
    if sentence.tokens[last].text == ",":
        return _before_comma(sentence, last)
    if sentence.tokens[last].text in DASHES:
        opened = [i for i in range(last) if sentence.tokens[i].text in DASHES]
        return _phrase(sentence, opened[-1]) if opened else None
    if sentence.tokens[last].text == ")":
        opened = [i for i in range(last) if sentence.tokens[i].text == "("]
        phrase = _phrase(sentence, opened[-1]) if opened else None
        return (phrase[0], last + 1) if phrase else None
    return _phrase(sentence, first)


def _phrase(sentence: Sentence, end: int) -> tuple[int, int] | None:
    """The noun phrase that ends at `end`, read backwards."""
    begin = end
    verb = False
    while begin > 0:
        index = begin - 1
        token = sentence.tokens[index]
        word = sentence.words[index]
        if token.text == ")":
            opened = [i for i in range(index) if sentence.tokens[i].text == "("]
            if not opened or index - opened[-1] > 8:
                break
            begin = opened[-1]
            continue
        if token.text in _BREAKS or token.text == "," or word in _SUBORDINATORS:
            break
        if token.quoted and (begin == end or not sentence.scare(index)):
            break
        if word in _RELATIVE or sentence.tags[index] in ("DTQ", "AVQ"):
            break
        if begin < end and sentence.words[begin] in _NOMINATIVE and sentence.tags[index] != "CJC":
            break
        if sentence.tags[index][0] == "V":
            group = next(g for g in sentence.groups if g.first <= index < g.after)
            relative = group.first > 0 and sentence.words[group.first - 1] in _RELATIVE
            if relative and sentence.nominal(group.first - 2) and group.first > 1:
                begin = group.first - 1
                continue
            if group.form == "past" and group.first == group.main and begin < end and (
                sentence.tags[begin][0] == "N"
                and not (group.first > 0 and sentence.nominal(group.first - 1))
            ):  # fmt: skip
                begin = group.first  # "elected officials"
                continue
            reduced = group.form in ("past", "participle") or group.form == "infinitive"
            if reduced and group.first > 0 and sentence.nominal(group.first - 1):
                begin = group.first
                continue
            verb = True
            break
        if sentence.tags[index] == "CJT":
            break
        if sentence.tags[index] == MARK and not sentence.in_phrase(index) and word not in ".'":
            break
        begin = index
    return _narrowed(sentence, begin, end, verb)


def _narrowed(sentence: Sentence, begin: int, end: int, verb: bool) -> tuple[int, int] | None:
    """Drop what comes before the subject: conjunctions, adverbs, adverbial phrases, an object."""
    if verb:
        # "... killed nine people and officials said": the subject begins behind the conjunction.
        joined = [i for i in range(begin, end) if sentence.tags[i] == "CJC"]
        if joined:
            begin = joined[0] + 1
    changed = True
    while changed and begin < end:
        changed = False
        kind, word = sentence.tags[begin], sentence.words[begin]
        if word in _QUANTIFIERS and begin + 1 < end:
            break
        if (
            kind in ("CJC", "CJS", "AV0", "ITJ", "XX0", "AVQ", "AVP") and word not in ("all",)
        ) or word == "but":
            begin += 1
            changed = True
        elif kind in ("PRP", "PRF", "TO0") or word in ("as", "like"):
            begin = _behind_preposition(sentence, begin, end)
            changed = True
        elif sentence.timely(begin) and begin + 1 < end and _time_opens(sentence, begin, end):
            while begin < end and (
                sentence.timely(begin) or sentence.tags[begin] in ("CRD", "ORD")
            ):
                begin += 1
            changed = True
    stop = end
    while stop > begin + 1 and (
        sentence.words[stop - 1] in lx.WEEKDAYS
        or sentence.words[stop - 1] in ("today", "yesterday", "earlier", "later", "all", "both")
    ):
        stop -= 1
    stop = _without_time(sentence, begin, stop)
    if begin >= stop or stop - begin > MAX_SOURCE:
        return None
    begin = _listed(sentence, begin, stop)
    return (begin, stop) if _can_speak(sentence, begin, stop) else None


def _listed(sentence: Sentence, begin: int, stop: int) -> int:
    """ "The family, farmers and mayors": the earlier members of a list."""
    if not any(sentence.words[i] == "and" for i in range(begin, stop)):
        return begin
    while begin > 1 and sentence.tokens[begin - 1].text == ",":
        start = begin - 2
        while start > 0 and not (
            sentence.tokens[start - 1].text in {","} | _BREAKS - {"("}
            or sentence.tokens[start - 1].quoted
        ):
            start -= 1
        plain = begin - 1 - start <= 8 and not any(
            sentence.tags[i][0] == "V" or sentence.tags[i] in ("CJS", "CJT", "CJC", "PNQ", "AV0")
            for i in range(start, begin - 1)
        )
        if not plain or not sentence.opens_phrase(start) or sentence.timely(start):
            break
        begin = start
    return begin


def _without_time(sentence: Sentence, begin: int, stop: int) -> int:
    """ "The court this month", "the group in 2010": without the time."""
    index = stop
    while index > begin + 1 and (
        sentence.timely(index - 1)
        or sentence.tags[index - 1] in ("CRD", "ORD")
        or sentence.words[index - 1] in ("just", "only", "also", "recently")
    ):
        index -= 1
    if index == stop:
        return stop
    if sentence.words[index - 1] in ("in", "on", "since", "at", "just", "during"):
        index -= 1
    elif not sentence.timely(index):
        return stop
    return index if index > begin else stop


def _time_opens(sentence: Sentence, begin: int, end: int) -> bool:
    """ "Last year the group said": a determiner, pronoun or name comes behind the time."""
    index = begin
    while index < end and (sentence.timely(index) or sentence.tags[index] in ("CRD", "ORD")):
        index += 1
    return index < end and (
        sentence.tags[index] in ("AT0", "PNP", "DPS", "DT0") or sentence.tokens[index].capital
    )


def _behind_preposition(sentence: Sentence, begin: int, end: int) -> int:
    """Skip a prepositional phrase: to where its noun is followed by the start of another one."""
    index = begin + 1
    seen = False
    while index < end:
        kind, token = sentence.tags[index], sentence.tokens[index]
        opens = kind in ("AT0", "PNP", "DPS", "DT0", "PNI")
        if seen and opens and sentence.tags[index - 1] not in ("PRP", "PRF", "CJC", "POS"):
            return index
        if seen and kind[0] == "N" and token.capital != sentence.tokens[index - 1].capital and (
            sentence.tags[index - 1][0] == "N" and sentence.tags[index - 1] != "POS"
        ) and (token.capital or sentence.words[index] in lx.GENERIC_SOURCES):  # fmt: skip
            return index
        seen |= kind[0] == "N" or kind in ("PNP", "CRD", QUOTE)
        index += 1
    return end


def _can_speak(sentence: Sentence, begin: int, stop: int) -> bool:
    """Whether a noun or pronoun is there that could be a source."""
    words = sentence.words[begin:stop]
    if words in (["there"], ["this"], ["these"], ["what"], ["you", "'re"]):
        return False
    return any(
        sentence.tags[i][0] == "N" or sentence.tags[i] in ("PNP", "PNI", "PNQ", "DT0", "CRD", QUOTE)
        or sentence.tokens[i].capital
        for i in range(begin, stop)
    )  # fmt: skip


def _before_comma(sentence: Sentence, comma: int) -> tuple[int, int] | None:
    """ "Jane Doe, a deminer at Example Trust," or "Doe, speaking on Friday," before the verb."""
    start = comma
    while start > 0 and not (
        (sentence.tokens[start - 1].text in _BREAKS and not _bracketed(sentence, start - 1, comma))
        or sentence.tokens[start - 1].quoted
        or sentence.tags[start - 1] == "CJT"
    ):
        start -= 1
    parts = segments(sentence, start, comma)
    head: int | None = None
    for index in range(len(parts) - 1, -1, -1):
        begin, end = parts[index]
        word = sentence.words[begin]
        relative = word in ("who", "which", "whose", "where")
        if index > 0 and relative:
            continue
        if _has_clause(sentence, begin, end):
            # "… since Moor, at the hearing, cited": the clause's last noun phrase may speak.
            inner = _phrase(sentence, end) if head is None else None
            if inner is not None and sentence.words[inner[0] - 1] in _SUBORDINATORS | {"that"}:
                return inner
            break
        if word == "including" or _adverbial(sentence, begin, end):
            continue
        head = index
    if head is None:
        return None
    phrase = _phrase(sentence, parts[head][1])
    if phrase is None or (phrase[0] < start):
        return None
    stop = phrase[1]
    for begin, end in parts[head + 1 :]:
        if _adverbial(sentence, begin, end) and sentence.words[begin] not in ("who", "which"):
            break
        stop = end
    if stop - phrase[0] > MAX_SOURCE:
        stop = phrase[1]
    return phrase[0], stop


def _bracketed(sentence: Sentence, index: int, end: int) -> bool:
    """Whether an opening bracket is closed again: "Jon Pike (Coast Party), her rival, said"."""
    return sentence.tokens[index].text == "(" and any(
        sentence.tokens[i].text == ")" for i in range(index, end)
    )


def segments(sentence: Sentence, start: int, end: int) -> list[tuple[int, int]]:
    """Cut a stretch at its commas (those in brackets left out)."""
    found: list[tuple[int, int]] = []
    begin = start
    depth = 0
    for index in range(start, end + 1):
        text = sentence.tokens[index].text if index < end else ","
        depth += (text in "([") - (text in ")]")
        if index == end or (text == "," and depth <= 0):
            if begin < index:
                found.append((begin, index))
            begin = index + 1
    return found


def _has_clause(sentence: Sentence, begin: int, end: int) -> bool:
    """A finite verb that no relative pronoun governs."""
    return any(
        g.form == "finite"
        and begin <= g.main < end
        and not any(sentence.words[i] in _RELATIVE for i in range(begin, g.first))
        for g in sentence.groups
    )


def _adverbial(sentence: Sentence, begin: int, end: int) -> bool:
    kind, word = sentence.tags[begin], sentence.words[begin]
    if word in ("who", "which", "whose"):
        return False
    if sentence.tokens[begin].capital and not (
        word in lx.PREPOSITIONS | lx.CONJUNCTIONS | lx.ADVERBS | lx.TIME_WORDS
        or word.endswith(("ly", "ing"))
        or (kind in ("PRP", "CJS") and begin == 0)
    ):
        return False  # a name
    return (
        kind in ("PRP", "AV0", "CJS", "VVG", "VVN", "VVD", "AVQ", "TO0", "ITJ", "VBG", "CJC", "AVP")
        or word in ("as", "like", "unlike", "while", "when", "if", "but", "and", "or")
        or (sentence.timely(begin) and word not in ("may", "march"))
    )


def inverted(sentence: Sentence, after: int) -> tuple[int, int] | None:
    """The source behind its verb: ``said Jane Doe, a deminer,``.

    Parameters
    ----------
    sentence : Sentence
        The tagged sentence.
    after : int
        Token after the verb.

    Returns
    -------
    (int, int) or None
        First token and token after the last.
    """
    if after >= len(sentence) or not sentence.opens_phrase(after) or sentence.timely(after):
        return None
    stop = after
    while stop < sentence.end:
        token = sentence.tokens[stop]
        word = sentence.words[stop]
        if token.text in _BREAKS - {"("} or token.text == "," or token.quoted:
            break
        if stop > after and (
            word in lx.WEEKDAYS
            or word in _SUBORDINATORS
            or sentence.tags[stop] == "CJT"
            or (word in _AROUND and not _placed(sentence, stop))
            or (sentence.tags[stop][0] == "V" and not _reduced(sentence, stop))
        ):
            break
        stop += 1
    if stop < sentence.end and sentence.tags[stop][0] == "V":
        return None  # "said it had stopped": a clause, no inversion
    stop = appositions(sentence, stop)
    phrase = sentence.trim(after, stop)
    if phrase is None or phrase[1] - phrase[0] > MAX_SOURCE + 10:
        return None
    return phrase if _can_speak(sentence, *phrase) else None


_AROUND = frozenset(
    [
        "on",
        "during",
        "after",
        "while",
        "when",
        "as",
        "in",
        "at",
        "before",
        "last",
        "this",
        "earlier",
        "via",
    ]
)


def _reduced(sentence: Sentence, index: int) -> bool:
    """A verb of a relative clause or a reduced one belongs to the noun before it."""
    group = next(g for g in sentence.groups if g.first <= index < g.after)
    before = sentence.words[group.first - 1] if group.first else ""
    return before in _RELATIVE or group.form != "finite"


def _placed(sentence: Sentence, index: int) -> bool:
    """ "A deminer in Oland" belongs to the source; "in a statement" does not."""
    return (
        sentence.words[index] in ("in", "at")
        and index + 1 < len(sentence)
        and sentence.tokens[index + 1].capital
        and not sentence.timely(index + 1)
        and not sentence.tokens[index - 1].capital
    )


def appositions(sentence: Sentence, stop: int) -> int:
    """Carry a source over ", a deminer at Example Trust," and ", who lives there"."""
    while stop < sentence.end and sentence.tokens[stop].text == ",":
        close = stop + 1
        while (
            close < sentence.end
            and sentence.tokens[close].text not in {",", ";"} | DASHES
            and not sentence.tokens[close].quoted
        ):
            close += 1
        begin = stop + 1
        if begin >= close:
            return stop
        word = sentence.words[begin]
        relative = word in ("who", "which", "whose")
        describing = word in ("a", "an", "the", "one", "his", "her", "its", "then") or any(
            sentence.words[i] in lx.ROLES for i in range(begin, close)
        )
        opened = sentence.tokens[begin].capital and close < sentence.end
        if sentence.tags[begin] in ("VVG", "PRP", "CJS", "CJC"):
            return stop
        if not relative and (not (describing or opened) or _has_clause(sentence, begin, close)):
            return stop
        stop = close
    return stop
