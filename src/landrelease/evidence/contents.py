"""What was said: the clause, noun phrase, infinitive or quotation that belongs to a cue."""

from __future__ import annotations

from landrelease.evidence import lexicons as lx
from landrelease.evidence.clauses import DASHES, Sentence
from landrelease.evidence.cues import Frame
from landrelease.evidence.tagging import FINITE, QUOTE

_WH = frozenset({"what", "who", "how", "why", "where", "when", "whether", "which", "if", "whom"})
_HEARERS = frozenset(
    [
        "NN0",
        "NN1",
        "NN2",
        "NP0",
        "PNP",
        "PNX",
        "AT0",
        "DPS",
        "AJ0",
        "POS",
        "CRD",
        "DT0",
        "PRF",
        "PNI",
    ]
)
# What comes with these words tells when or why somebody attributes, not what.
_AFTERTHOUGHT = frozenset(
    [
        "because",
        "while",
        "since",
        "after",
        "before",
        "when",
        "although",
        "though",
        "until",
        "during",
        "amid",
        "so",
        "if",
    ]
)
_OCCASIONS = frozenset(
    [
        "interview",
        "statement",
        "speech",
        "email",
        "e-mail",
        "letter",
        "tweet",
        "post",
        "report",
        "memo",
        "briefing",
        "conference",
        "telephone",
        "phone",
        "message",
        "address",
        "release",
    ]
)
_OPENS_OBJECT = frozenset(["AT0", "DT0", "DPS", "AJ0", "AJS", "CRD", "PNP", "PNI", "PNX", "DTQ"])


def right(
    sentence: Sentence, after: int, limit: int, frame: Frame
) -> tuple[int, tuple[int, int]] | None:
    """Read what stands behind a cue.

    Parameters
    ----------
    sentence : Sentence
        The tagged sentence.
    after : int
        Token after the cue's main word.
    limit : int
        Where the content must end.
    frame : Frame
        The constructions the cue takes.

    Returns
    -------
    (int, (int, int)) or None
        Token after the cue (particle and preposition included), and the content.
    """
    cue = after
    takes = frame.takes
    word = sentence.words[after] if after < limit else ""
    if word in frame.particles:
        cue = after = after + 1
        takes = takes | {"c", "n"}
    if after >= limit:
        return None
    onto = _onto(sentence, after, limit, frame)
    if onto is not None:
        return onto, _object(sentence, onto, limit)
    skipped = after
    if "h" in takes and word not in frame.after and not _placed_clause(sentence, after):
        skipped = _hearer(sentence, after, limit)
        if skipped > after:
            found = _at(sentence, skipped, limit, takes - {"n", "h"} | {"i"}, frame, cue)
            if found is not None and not _late_that(sentence, skipped, limit):
                return found
    if skipped > after or _adverbial(sentence, after):
        ahead = _behind_adverbials(sentence, skipped, limit)
        if ahead > skipped:
            timed = all(
                sentence.timely(i) or sentence.words[i] in ("on", "in") or sentence.tags[i] == "CRD"
                for i in range(skipped, ahead)
            )
            fitting = takes if timed else takes - {"n"}
            found = _at(sentence, ahead, limit, fitting | _told(takes), frame, cue)
            if found is not None:
                return found
    return _at(sentence, after, limit, takes, frame, cue)


def _told(takes: frozenset[str]) -> frozenset[str]:
    return frozenset("i") if "h" in takes else frozenset()


def _placed_clause(sentence: Sentence, index: int) -> bool:
    return sentence.words[index] in ("that", "to") or sentence.tokens[index].quoted


def _adverbial(sentence: Sentence, index: int) -> bool:
    """Whether a time or a prepositional phrase begins here, so that a content may come later."""
    return (
        sentence.timely(index)
        or sentence.tags[index] in ("PRP", "PRF", "CJS", "ORD")
        or sentence.words[index] in ("again", "too", "via")
    )


def _late_that(sentence: Sentence, begin: int, limit: int) -> bool:
    """A "that" between the supposed subject of a clause and the first verb: no subject yet."""
    for index in range(begin + 1, min(limit, begin + 12)):
        if sentence.tags[index] in FINITE or sentence.tokens[index].quoted:
            return False
        if sentence.tags[index] == "CJT":
            return True
    return False


def _at(
    sentence: Sentence, begin: int, limit: int, takes: frozenset[str], frame: Frame, cue: int
) -> tuple[int, tuple[int, int]] | None:
    """The content that begins at one token, if one of the constructions fits."""
    if begin >= limit:
        return None
    token, word, kind = sentence.tokens[begin], sentence.words[begin], sentence.tags[begin]
    clause = bool(takes & set("cl"))
    if token.text in (",", ":"):
        following = begin + 1
        if following < limit and (clause or "n" in takes) and (
            sentence.tokens[following].quoted or token.text == ":"
        ):  # fmt: skip
            return cue, _clause(sentence, following, limit)
        return None
    if token.quoted and takes & set("clnw"):
        return cue, (
            _object(sentence, begin, limit) if "n" in takes else _quoted(sentence, begin, limit)
        )
    if word == "that" and clause and kind in ("CJT", "DT0", "PNQ"):
        return cue, _clause(sentence, begin, limit)
    if word == "that" and "n" in takes and not sentence.finite(begin, limit):
        return cue, _object(sentence, begin, limit)
    if word in _WH and (clause or takes & set("wn")):
        return cue, _clause(sentence, begin, limit)
    if kind == "TO0" or (
        word == "to"
        and (_infinitive(sentence, begin) or _unknown_verb(sentence, begin, takes, frame))
    ):
        if "i" in takes or ("h" in takes and begin > cue):
            return cue, _object(sentence, begin, limit)
        if "n" not in takes and word not in frame.after:
            return None
    if word == "not" and "i" in takes and begin + 1 < limit and sentence.words[begin + 1] == "to":
        return cue, _object(sentence, begin, limit)
    if word in frame.after and begin + 1 < limit:
        return begin + 1, _object(sentence, begin + 1, limit)
    if token.text in DASHES or not (token.word or token.text in "$€£#@"):
        return None
    if "x" in takes and _person_then_to(sentence, begin, limit):
        return cue, _object(sentence, begin, limit)
    if clause and sentence.starts_clause(begin, limit):
        return cue, _clause(sentence, begin, limit)
    if kind == "VVG" and takes & set("gn"):
        return cue, _object(sentence, begin, limit)
    if "n" in takes and (kind in _OPENS_OBJECT or kind[0] == "N" or token.text in "$€£"):
        if sentence.timely(begin) and not sentence.finite(begin, limit):
            return None
        return cue, _object(sentence, begin, limit)
    if takes & set("cl") and word in ("so", "yes", "no"):
        return cue, _object(sentence, begin, limit)
    return None


def _onto(sentence: Sentence, after: int, limit: int, frame: Frame) -> int | None:
    """ "accuse X of": the token behind the preposition."""
    if not frame.onto:
        return None
    for index in range(after, min(limit, after + 10)):
        if sentence.words[index] in frame.onto and index > after:
            return index + 1 if index + 1 < limit else None
        if sentence.tokens[index].text in ",;:" or sentence.tags[index] in FINITE:
            break
    return None


def _infinitive(sentence: Sentence, index: int) -> bool:
    return index + 1 < len(sentence) and sentence.tags[index + 1] in ("VVI", "VBI", "VHI", "VDI")


def _unknown_verb(sentence: Sentence, index: int, takes: frozenset[str], frame: Frame) -> bool:
    """An infinitive whose verb the tagger did not know: "to triple the size"."""
    kind = sentence.tags[index + 1] if index + 1 < len(sentence) else ""
    return (
        "i" in takes
        and "to" not in frame.after
        and kind not in ("AT0", "DPS", "NN2", "NP0", "PNP", "CRD", "DT0", "")
    )


def _person_then_to(sentence: Sentence, begin: int, limit: int) -> bool:
    """ "donors to pay": a noun phrase, then an infinitive."""
    index = begin
    while index < limit and (sentence.tags[index] in _HEARERS or sentence.words[index] == "and"):
        index += 1
    if index > begin and index < limit and sentence.words[index] == "not":
        index += 1
    return index > begin and index < limit and sentence.words[index] == "to"


def _hearer(sentence: Sentence, begin: int, limit: int) -> int:
    """Skip who was told: "reporters", "AFP", "a crowd of supporters"."""
    index = begin
    while index < limit and sentence.tags[index] in _HEARERS:
        kind = sentence.tags[index]
        if index > begin and kind in ("AT0", "DPS", "PNP", "DT0", "CRD") and (
            sentence.tags[index - 1] not in ("PRF", "PRP", "CJC", "AT0")
        ):  # fmt: skip
            break  # "told reporters the road ..."
        if index > begin and sentence.tags[begin] in ("PNP", "PNX"):
            break  # "told him Olburg ..."
        index += 1
    return index


def _behind_adverbials(sentence: Sentence, begin: int, limit: int) -> int:
    """Skip "on Wednesday", "in a statement" where a content comes after; else stay."""
    index = begin
    while index < limit and (
        sentence.timely(index)
        or sentence.words[index] in ("again", "too", "ago")
        or sentence.tags[index] in ("CRD", "ORD", "AV0")
    ):
        index += 1
    if index < limit and (
        sentence.tags[index] in ("PRP", "PRF", "CJS") or sentence.words[index] == "via"
    ):
        ahead = index + 1
        while ahead < min(limit, index + 22):
            word, token = sentence.words[ahead], sentence.tokens[ahead]
            if token.text == ":" or word in ("that", "whether", "why", "how"):
                return ahead
            if token.quoted and sentence.tokens[ahead - 1].text == ",":
                return ahead
            if sentence.tags[ahead] == "TO0" and sentence.tags[ahead - 1][0] == "N":
                return ahead
            if word == "to" and sentence.tags[ahead + 1 : ahead + 2] == [QUOTE]:
                return ahead
            if token.text in {";"} | DASHES or sentence.tags[ahead] in FINITE:
                break
            ahead += 1
        return _behind_time(sentence, index, limit)
    if index < limit and sentence.tokens[index].text == "," and index > begin:
        return index if index + 1 < limit and sentence.tokens[index + 1].quoted else begin
    return index


def _behind_time(sentence: Sentence, begin: int, limit: int) -> int:
    """ "said on Friday the road …": behind the expression of time."""
    index = begin + 1
    while index < limit and (sentence.timely(index) or sentence.tags[index] in ("CRD", "ORD")):
        index += 1
    return index if index > begin + 1 else begin


def _clause(sentence: Sentence, begin: int, limit: int) -> tuple[int, int]:
    return begin, _close(sentence, begin, limit)


def _quoted(sentence: Sentence, begin: int, limit: int) -> tuple[int, int]:
    """A quotation; what follows it without a comma belongs to it."""
    if begin + 1 < limit and sentence.tokens[begin + 1].text in {",", ";"} | DASHES:
        return begin, begin + 1
    return begin, _close(sentence, begin, limit)


def _close(sentence: Sentence, begin: int, limit: int) -> int:
    """Content ends at a semicolon, or at a dash that closes a parenthesis opened before it."""
    inside = sum(token.text in DASHES for token in sentence.tokens[:begin]) % 2 == 1
    bracket = 0
    for index in range(begin, limit):
        text = sentence.tokens[index].text
        bracket += (text == "(") - (text == ")")
        if text == ";" or (inside and text in DASHES) or bracket < 0:
            return sentence.trim_end(begin, index)
    return _without_occasion(sentence, begin, sentence.trim_end(begin, limit))


def _without_occasion(sentence: Sentence, begin: int, end: int) -> int:
    """Leave out "in a statement", "in an interview with the Herald" at the end."""
    if end < sentence.end:
        return end
    for index in range(max(begin + 2, end - 12), end - 2):
        if sentence.words[index] in ("in", "during") and sentence.words[index + 1] in (
            "a", "an", "his", "her", "their", "its"
        ):  # fmt: skip
            head = index + 2
            while (
                head < end
                and sentence.tags[head][0] in "AN"
                and (sentence.words[head] not in _OCCASIONS)
            ):
                head += 1
            if head < end and sentence.words[head] in _OCCASIONS:
                return sentence.trim_end(begin, index)
    return end


def _object(sentence: Sentence, begin: int, limit: int) -> tuple[int, int]:
    """A noun phrase or infinitive: to where the sentence goes on with something else."""
    end = _close(sentence, begin, limit)
    for index in range(begin + 1, end - 1):
        text, word = sentence.tokens[index].text, sentence.words[index + 1]
        kind = sentence.tags[index + 1]
        if sentence.words[index] in _AFTERTHOUGHT and sentence.tags[index] in ("CJS", "PRP"):
            return begin, sentence.trim_end(begin, index)
        if _dated(sentence, index):
            cut = index - (sentence.words[index - 1] == "on")
            return begin, sentence.trim_end(begin, max(cut, begin + 1))
        if text == "," and (
            kind in ("VVG", "CJS", "VBG", "VHG")
            or word in ("but", "while", "as", "when", "after", "with", "where", "who")
            or (kind == "CJC" and sentence.starts_clause(index + 2, end))
            or (kind == "CJC" and index + 2 < end and sentence.tags[index + 2] in FINITE)
        ):
            return begin, sentence.trim_end(begin, index)
        if sentence.tags[index] == "CJC" and _goes_on(sentence, index + 1):
            return begin, sentence.trim_end(begin, index)
    return begin, end


def _goes_on(sentence: Sentence, index: int) -> bool:
    """A further finite verb of the same subject stands here ("and left")."""
    return any(g.first == index and g.form == "finite" for g in sentence.groups)


def _dated(sentence: Sentence, index: int) -> bool:
    """A weekday that tells when somebody spoke, not "Friday's vote" or "the Friday rally"."""
    return (
        sentence.words[index] in lx.WEEKDAYS
        and sentence.timely(index)
        and sentence.tags[index - 1] not in ("PRF", "AT0", "POS", "AJ0")
        and sentence.words[index - 1] != "for"
    )
