"""Sources behind or in the middle of what was said: ``"…," she said, "…"`` and "according to"."""

from __future__ import annotations

from landrelease.evidence import contents, cues, sources
from landrelease.evidence.clauses import DASHES, Group, Sentence
from landrelease.evidence.cues import Frame
from landrelease.evidence.found import Found, Span
from landrelease.evidence.limits import limit


def parenthetical(sentence: Sentence, group: Group, waiting: bool) -> Found | None:
    """A verb of saying behind what was said, or in the middle of it: ``"…," she said, "…"``.

    Parameters
    ----------
    sentence : Sentence
        The tagged sentence.
    group : Group
        The verb group.
    waiting : bool
        Whether a quotation before the sentence waits for its source.

    Returns
    -------
    Found or None
        None when what was said does not stand before the source.
    """
    frame = cues.VERBS.get(group.lemma)
    if frame is None or not frame.takes & set("cl"):
        return None
    cue = (group.first, group.after)
    source: Span | None = None
    start, stop = group.first, group.after
    if "l" in frame.takes and _set_off(sentence, group.first) and group.first == group.main:
        source = sources.inverted(sentence, group.after)
        if source is not None:
            stop = source[1]
    if source is None:
        source = sources.subject(sentence, group.first)
        if source is None or not (source[0] == 0 or _set_off(sentence, source[0])):
            return None
        if sentence.words[source[0]] in ("who", "which", "that") and source[0] > 0:
            return None  # a relative clause tells of its own noun
        start = source[0]
        stop = _hearer_end(sentence, group, frame)
        if stop < 0:
            return None
    left = _left(sentence, start)
    if left is None and _interposed(sentence, start, stop):
        left = sentence.trim(0, start)
    verb = sentence.words[group.main]
    if left is None:
        if waiting and _alone(start, source, stop):
            rest = _resumed(sentence, stop, quoted=True)
            return Found(source, cue, rest, verb, frame.stance)
        return None
    quoted = sentence.tokens[left[1] - 1].quoted
    rest = _resumed(sentence, stop, quoted=quoted)
    return Found(source, cue, (left, *rest), verb, frame.stance)


def _interposed(sentence: Sentence, start: int, stop: int) -> bool:
    """ "Too often, she said, the road is closed": a clause begun before, told behind."""
    return (
        start > 1
        and sentence.tokens[start - 1].text == ","
        and stop + 2 < sentence.end
        and sentence.tokens[stop].text == ","
        and not sentence.tokens[stop + 1].quoted
        and sentence.finite(stop + 1, sentence.end)
        and sentence.tags[stop + 1] not in ("VVG", "CJC")
        and sentence.words[stop + 1] not in ("who", "which")
    )


def _set_off(sentence: Sentence, index: int) -> bool:
    """Whether a comma, dash or quotation stands right before a token."""
    before = index - 1
    while before >= 0 and sentence.tags[before] == "AV0":
        before -= 1
    if before < 0:
        return False
    token = sentence.tokens[before]
    return token.quoted or token.text in {",", "?", "!"} | DASHES


def _alone(start: int, source: Span, stop: int) -> bool:
    """Nothing but source, cue and adverbials: the quotation stands in another sentence."""
    return start <= 1 or (source[0] <= 1 and stop >= 0)


def _hearer_end(sentence: Sentence, group: Group, frame: Frame) -> int:
    """Where "she told reporters on Friday" ends; −1 when a content follows the verb."""
    index = group.after
    closing = {",", ";"} | DASHES
    while index < sentence.end and not (
        sentence.tokens[index].text in closing or sentence.tokens[index].quoted
    ):
        index += 1
    if index < sentence.end and sentence.tokens[index].quoted:
        if _quoted_before(sentence, group) and index > group.after + 1 and sentence.scare(index):
            return index + 1  # `"…," she said on "The Harbour Hour"`
        # `he told the Herald, "…"` has its content behind; so has `he said "…"`.
        return -1
    if index > group.after:
        found = contents.right(sentence, group.after, index, frame)
        behind = sentence.words[group.after]
        if found is not None and _quoted_before(sentence, group) and behind != "that":
            return index
        if found is not None and not (
            behind in ("of", "about", "on", "to") and group.lemma != "speak"
        ):
            return -1
        if (
            found is not None
            and not sentence.tokens[
                max(0, (sources.subject(sentence, group.first) or (1, 1))[0] - 1)
            ].quoted
        ):
            return -1
    elif (
        index + 1 < sentence.end
        and sentence.tokens[index].text == ","
        and sentence.tokens[index + 1].quoted
        and not _quoted_before(sentence, group)
    ):
        return -1
    return index


def _quoted_before(sentence: Sentence, group: Group) -> bool:
    source = sources.subject(sentence, group.first)
    return source is not None and source[0] > 0 and sentence.tokens[source[0] - 1].quoted


def _left(sentence: Sentence, stop: int) -> Span | None:
    """What was said before its source: a quotation or a whole clause."""
    begin = 0
    for index in range(stop - 1):
        if sentence.tokens[index].text == ";":
            begin = index + 1
    whole = sentence.trim(begin, stop)
    if whole is None:
        return None
    begin, end = whole
    if sentence.tokens[end - 1].quoted:
        # "Doe said she was sad because "…," she said": the first cue has its own content.
        told = any(
            g.form == "finite" and begin <= g.first < end and "l" in frame.takes
            for g in sentence.groups
            if (frame := cues.VERBS.get(g.lemma)) is not None
        )
        return (end - 1 if told else begin), end
    uttered = any(sentence.tokens[i].quoted and not sentence.scare(i) for i in range(begin, end))
    if end - begin < 2 or not (uttered or any(begin <= g.main < end for g in sentence.groups)):
        return None
    if sentence.tags[begin] in ("CJS", "PRP") and not any(
        sentence.starts_clause(a, b) for a, b in sources.segments(sentence, begin, end)[1:]
    ):
        # "When he left, she said …" has no main clause before the source.
        return (begin, end) if stop + 3 >= sentence.end else None
    return begin, end


def _resumed(sentence: Sentence, stop: int, *, quoted: bool) -> tuple[Span, ...]:
    """The second half of a content, behind an interposed source."""
    end = limit(sentence, None, stop)
    index = stop
    while index < end and not (
        sentence.tokens[index].text in {","} | DASHES or sentence.tokens[index].quoted
    ):
        index += 1
    if index >= end:
        return ()
    if quoted:
        for place in range(index, end):
            if sentence.tokens[place].quoted:
                span = sentence.trim(place, end)
                return (span,) if span else ()
            if sentence.words[place] in ("who", "which") or sentence.tags[place] == "VVG":
                return ()
        return ()
    if sentence.tokens[index].text in DASHES:
        return ()
    following = index + 1
    if following >= end or sentence.tags[following] in ("VVG", "PRP") or (
        sentence.words[following] in ("who", "which", "as")
    ):  # fmt: skip
        return ()
    span = sentence.trim(following, end)
    return (span,) if span else ()


def according(sentence: Sentence, first: int) -> Found | None:
    """ "According to S, C" and "C, according to S".

    Parameters
    ----------
    sentence : Sentence
        The tagged sentence.
    first : int
        The token "according".

    Returns
    -------
    Found or None
        None when source or content cannot be told.
    """
    after = first + 2
    leading = all(sentence.tags[i] in ("AV0", "CJC", "PUN") for i in range(first))
    stop = after
    while stop < sentence.end and not (
        sentence.tokens[stop].text in {",", ";", ":"} | DASHES
        or sentence.tokens[stop].quoted
        or sentence.tags[stop] == "CJT"
    ):
        stop += 1
    apposed = sources.appositions(sentence, stop)
    if not leading or (apposed < sentence.end and apposed > stop):
        stop = apposed
    source = sentence.trim(after, stop)
    if source is None or source[1] - source[0] > sources.MAX_SOURCE:
        return None
    if leading:
        content = sentence.trim(stop, sentence.end)
    else:
        begin = 0
        for index in range(first):
            if sentence.tokens[index].text == ";":
                begin = index + 1
        content = sentence.trim(begin, first)
    if content is None:
        return None
    parts = [content]
    if not leading and stop < sentence.end and sentence.tokens[stop].text == ",":
        rest = _resumed(sentence, stop, quoted=False)
        if rest and not sentence.finite(*content):
            parts += rest
    return Found(source, (first, after), tuple(parts), "according to")
