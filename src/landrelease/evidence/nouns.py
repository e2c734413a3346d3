"""Nouns that attribute: "her claim that the road is safe", "allegations of fraud"."""

from __future__ import annotations

from landrelease.evidence import contents, cues
from landrelease.evidence.clauses import DASHES, Sentence
from landrelease.evidence.cues import Frame
from landrelease.evidence.found import Found, Span
from landrelease.evidence.limits import limit


def noun(sentence: Sentence, index: int) -> Found | None:
    """ "Her claim that …", "allegations of …".

    Parameters
    ----------
    sentence : Sentence
        The tagged sentence.
    index : int
        The noun.

    Returns
    -------
    Found or None
        None when the noun attributes nothing here.
    """
    if sentence.tags[index] not in ("NN1", "NN2", "NN0") or sentence.tokens[index].capital:
        return None
    frame = cues.NOUNS.get(sentence.lemmas[index])
    if frame is None:
        return None
    possessor = _possessor(sentence, index)
    end = _phrase_limit(sentence, index)
    found: tuple[int, Span] | None = None
    if "c" in frame.takes and sentence.words[index + 1 : index + 2] == ["that"]:
        clause = contents.right(sentence, index + 1, end, frame)
        found = None if clause is None else (index + 1, (index + 1, clause[1][1]))
    elif possessor is not None or (
        frame.stance == "stated" and sentence.tags[index] == "NN2" and frame.after
    ):
        bare = Frame(frame.takes & {"i"}, frame.after, frozenset(), frozenset(), frame.stance)
        found = contents.right(sentence, index + 1, end, bare)
    if found is None or found[1][0] >= found[1][1]:
        return None
    cue, content = found
    first = index
    while first > 0 and sentence.tags[first - 1] in ("AJ0", "AJC", "AJS", "ORD"):
        first -= 1
    return Found(possessor, (first, cue), (content,), sentence.words[index], frame.stance)


def _phrase_limit(sentence: Sentence, index: int) -> int:
    """A noun's content ends with the noun phrase: before a comma or the main verb."""
    end = limit(sentence, None, index + 1)
    clause = sentence.words[index + 1 : index + 2] == ["that"]
    for place in range(index + 1, end):
        if sentence.tokens[place].text in {",", "("} | DASHES:
            return place
    verbs = [
        g for g in sentence.groups
        if g.form == "finite" and index < g.first < end
        and sentence.tags[g.first - 1] not in ("PNQ", "PNP", "CJT", "DTQ", "EX0", "CJC")
    ]  # fmt: skip
    before = any(g.form == "finite" and g.after <= index for g in sentence.groups)
    if not before and len(verbs) > clause:
        return verbs[int(clause)].first
    return end


def _possessor(sentence: Sentence, index: int) -> Span | None:
    """ "Her", "the minister's" before a noun."""
    first = index
    while first > 0 and sentence.tags[first - 1] in ("AJ0", "AJC", "AJS", "ORD", "NN1"):
        first -= 1
    if first == 0:
        return None
    if sentence.tags[first - 1] == "DPS":
        return first - 1, first
    if sentence.tags[first - 1] == "POS" or sentence.words[first - 1] == "'s":
        begin = first - 2
        while begin > 0 and sentence.tokens[begin].capital and sentence.tokens[begin - 1].capital:
            begin -= 1
        if begin > 0 and sentence.tags[begin - 1] in ("AT0", "DPS", "AJ0"):
            begin -= 1
        return begin, first
    return None
