"""Where the content of a cue ends at the latest."""

from __future__ import annotations

from landrelease.evidence.clauses import DASHES, Group, Sentence
from landrelease.evidence.cues import VERBS
from landrelease.evidence.sources import subject


def limit(sentence: Sentence, group: Group | None, after: int) -> int:
    """Where the content of a cue must end at the latest: before a further cue of its source.

    Parameters
    ----------
    sentence : Sentence
        The tagged sentence.
    group : Group or None
        The cue's verb group.
    after : int
        Token after the cue.

    Returns
    -------
    int
        Token after the last.
    """
    end = sentence.end
    further = _before_further_cue(sentence, group, after)
    if further is not None:
        return further
    if group is not None:
        own = _before_main_clause(sentence, group, after)
        if own is not None:
            return own
    for index in range(after + 1, end - 1):
        if sentence.words[index] == "according" and sentence.tokens[index - 1].text == ",":
            return index - 1
        if (
            sentence.words[index] == "but"
            and sentence.tokens[index - 1].text == ","
            and (sentence.starts_clause(index + 1, end) or _tells(sentence, index + 1))
        ):
            return index - 1
    return end


def _before_further_cue(sentence: Sentence, group: Group | None, after: int) -> int | None:
    """ "said X and warned Y", "said X, adding Y", "said X, though she noted Y"."""
    for later in sentence.groups:
        if later.first <= after or later.lemma not in VERBS:
            continue
        before = sentence.tokens[later.first - 1]
        coordinated = sentence.tags[later.first - 1] == "CJC" and (
            later.form == "finite"
            or (group is not None and later.form == group.form and later.form == "participle")
        )
        if coordinated and group is not None and group.form == "finite":
            same = sentence.tags[later.main][:3] == sentence.tags[group.main][:3]
            coordinated = same or group.main != group.first
        if coordinated:
            cut = later.first - 1
            return cut - 1 if sentence.tokens[cut - 1].text == "," else cut
        joined = _own_clause(sentence, later, after)
        if joined is not None:
            return joined
        if later.form == "participle" and (before.text in {","} | DASHES or before.quoted):
            return later.first if before.quoted else later.first - 1
    return None


def _before_main_clause(sentence: Sentence, group: Group, after: int) -> int | None:
    """A cue in a relative, participial or fronted clause: its content ends with that clause."""
    end = sentence.end
    if sentence.words[group.first - 1 : group.first] in (["who"], ["which"]):
        for later in sentence.groups:  # "an official, who …, said": the main verb goes on
            before = later.first - 1
            if before > after and later.form == "finite" and sentence.tokens[before].text == ",":
                return min(end, before)
    if group.form == "participle" and _in_subject(sentence, group):
        for later in sentence.groups:
            if later.first > after and later.form == "finite" and sentence.tags[
                later.first - 1
            ] not in ("PNQ", "PNP", "CJT", "DTQ"):  # fmt: skip
                return min(end, later.first)
    if _fronted(sentence, group):
        for index in range(after + 1, end - 2):
            if sentence.tokens[index].text in {","} | DASHES and sentence.starts_clause(
                index + 1, end
            ):
                return index
            if sentence.tokens[index].quoted and sentence.starts_clause(index + 1, end):
                return index + 1
    return None


def _own_clause(sentence: Sentence, later: Group, after: int) -> int | None:
    """ "…, and aid groups warned that …": the comma before a further cue with its own subject."""
    if later.form != "finite" or not VERBS[later.lemma].takes & {"c"}:
        return None
    source = subject(sentence, later.first)
    if source is None or source[0] < after + 3:
        return None
    comma = source[0] - 2
    told = sentence.words[later.after : later.after + 1] == ["that"]
    though = sentence.words[source[0] - 1] in ("though", "although", "while", "whereas", "but")
    if sentence.tokens[comma].text == "," and (
        though or (told and sentence.tags[source[0] - 1] == "CJC")
    ):
        return comma
    return None


def _fronted(sentence: Sentence, group: Group) -> bool:
    """A cue in a clause before the main one: "When he wrote the book, …", "Speaking in …, "."""
    if group.form == "participle" and group.first == 0:
        return True
    start = 0
    for index in range(group.first):
        if sentence.tokens[index].text in {",", ";"} | DASHES:
            start = index + 1
    opening = range(start, min(start + 2, group.first))
    return start == 0 and any(
        sentence.words[i] in ("when", "while", "as", "after", "before", "if", "although", "though",
                              "since", "because", "once", "whenever", "even")
        for i in opening
    )  # fmt: skip


def _in_subject(sentence: Sentence, group: Group) -> bool:
    """ "Judges handling the lawsuits …" at the start: no finite verb has come yet."""
    return group.first > 0 and sentence.nominal(group.first - 1) and not any(
        g.form == "finite" and g.after <= group.first for g in sentence.groups
    )  # fmt: skip


def _tells(sentence: Sentence, index: int) -> bool:
    """ "But has not said how": the writer speaks again."""
    return any(g.first == index and g.form == "finite" and g.negated for g in sentence.groups)
