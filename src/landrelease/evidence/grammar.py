"""The grammar of one sentence: which cue has which source and which content.

Cues are verbs ("says", "has denied", "wants"), nouns ("the claim that"), adjectives ("is worried
about") and "according to"; `cues` lists them with the constructions they take. A cue counts only
where its construction is there. Where the grammar cannot tell, it says nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from landrelease.evidence import contents, cues, limits, sources
from landrelease.evidence.clauses import DASHES, Group, Sentence
from landrelease.evidence.cues import Frame
from landrelease.evidence.found import Found, Span
from landrelease.evidence.interposed import according, parenthetical
from landrelease.evidence.nouns import noun
from landrelease.evidence.text import Token


def parse(tokens: Sequence[Token], text: str, waiting: bool) -> list[Found]:
    """Find the attributions of one sentence.

    Parameters
    ----------
    tokens : sequence of Token
        Its tokens, quotations masked.
    text : str
        The text itself, quotations readable.
    waiting : bool
        Whether a quotation before the sentence waits for its source.

    Returns
    -------
    list of Found
        In the order of their cues.
    """
    return _Parser(Sentence(tokens, text), waiting).run()


def _within(one: Found, other: Found) -> bool:
    """Whether the cue of one stands inside the content of the other."""
    return any(first <= one.cue[0] and one.cue[1] <= last for first, last in other.content)


class _Parser:
    """Looks at every possible cue of one sentence."""

    def __init__(self, sentence: Sentence, waiting: bool) -> None:
        self.sentence = sentence
        self.waiting = waiting
        self.found: list[Found] = []
        self.used: set[int] = set()  # tokens of cues

    def run(self) -> list[Found]:
        sentence = self.sentence
        for group in sentence.groups:
            if group.form in ("finite", "past") and not group.passive and not group.negated:
                self._keep(parenthetical(sentence, group, self.waiting))
        for index, word in enumerate(sentence.words):
            if word == "according" and sentence.words[index + 1 : index + 2] == ["to"]:
                self._keep(according(sentence, index))
        for group in sentence.groups:
            if not self.used & set(range(group.main, group.after)):
                self._verb(group)
        if not self.found:
            self._byline()
        if not self.found:
            self._hearsay()
        for index in range(len(sentence)):
            if index not in self.used:
                self._keep(noun(sentence, index))
        return self._ordered()

    def _keep(self, found: Found | None) -> None:
        if found is not None:
            self.found.append(found)
            self.used.update(range(*found.cue))

    def _ordered(self) -> list[Found]:
        """Mark what is nested; drop a second attribution of the very same content."""
        kept: list[Found] = []
        for one in sorted(self.found, key=lambda f: f.cue):
            if one.content and any(one.content == other.content for other in kept):
                continue
            kept.append(one)
        result: list[Found] = []
        for one in kept:
            inside = any(
                _within(one, other) and not (_within(other, one) and one.cue < other.cue)
                for other in kept
                if other is not one
            )
            result.append(replace(one, nested=inside))
        return result

    def _add(
        self,
        source: Span | None,
        cue: Span,
        content: tuple[Span, ...],
        verb: str,
        frame: Frame | None = None,
        negated: bool = False,
    ) -> None:
        stance = frame.stance if frame is not None else "stated"
        self._keep(Found(source, cue, content, verb, stance, negated))

    def _verb(self, group: Group) -> None:
        sentence = self.sentence
        head = group
        cue_start, after, lemma = group.first, group.after, group.lemma
        if lemma in cues.CHAINS and sentence.words[after : after + 1] == ["to"]:
            carried = next((g for g in sentence.groups if g.first in (after + 1,)), None)
            if carried is not None and carried.lemma in cues.VERBS:
                after, lemma = carried.after, carried.lemma
                group = replace(carried, first=cue_start, form=head.form)
        if lemma == "be":
            self._adjective(group)
            return
        if lemma in cues.SEEMING and sentence.words[after : after + 1] in (["to"], ["that"]):
            self._seeming(group)
            return
        frame = cues.VERBS.get(lemma)
        if lemma in cues.LIGHT_VERBS:
            light = self._light(group)
            if light is not None:
                after, frame = light
        if frame is None:
            return
        if group.passive:
            if sentence.words[group.main] in cues.ADJECTIVES:
                self._adjective(replace(group, after=group.main))
            else:
                self._passive(group, frame)
            return
        end = limits.limit(sentence, group, after)
        found = contents.right(sentence, after, end, frame)
        if found is None:
            self._announced(head, frame, after)
            return
        cue_end, content = found
        if content[0] >= content[1] or not self._sensible(group, frame, content):
            return
        source = self._source(head)
        if source is None:
            return
        verb = sentence.words[group.main]
        self._add(source, (cue_start, cue_end), (content,), verb, frame, group.negated)

    def _seeming(self, group: Group) -> None:
        """ "The road seems to be closed": nobody is named."""
        sentence = self.sentence
        start = sources.subject(sentence, group.first)
        rest = sentence.trim(group.after, limits.limit(sentence, group, group.after))
        if group.form == "finite" and start is not None and rest is not None:
            parts = (rest,) if sentence.words[slice(*start)] == ["it"] else (start, rest)
            cue = (group.first, group.after)
            self._add(None, cue, parts, sentence.words[group.main], None, group.negated)

    def _announced(self, group: Group, frame: Frame, after: int) -> None:
        """ "The Herald reports:" at the end of a sentence: what was said comes next."""
        sentence = self.sentence
        closing = sentence.tokens[-1].text == ":" and not any(
            sentence.tags[i][0] == "V" or sentence.tokens[i].quoted
            for i in range(after, len(sentence))
        )
        if not closing or not frame.takes & set("cl") or group.form != "finite":
            return
        source = self._source(group)
        if source is not None:
            verb = sentence.words[group.main]
            self.found.append(Found(source, (group.first, after), (), verb, opens=True))

    def _sensible(self, group: Group, frame: Frame, content: Span) -> bool:
        """Infinitives and bare participles attribute only with a clause or a quotation."""
        if group.form == "past":  # "research done in Olburg found that …"
            return not any(
                g.form == "finite" and g.after <= group.first for g in self.sentence.groups
            ) and (
                self.sentence.tags[content[0]] in ("CJT", "PNP", "QUO", "CJS", "DTQ", "AVQ")
                or frame.takes >= {"c", "l"}
                or ("c" in frame.takes and self.sentence.starts_clause(*content))
            )
        return group.form in ("finite", "participle")

    def _light(self, group: Group) -> tuple[int, Frame] | None:
        """ "Raised questions about X": the noun takes the content."""
        sentence = self.sentence
        for index in range(group.after, min(group.after + 5, sentence.end)):
            frame = cues.NOUNS.get(sentence.lemmas[index])
            if frame is not None and sentence.tags[index] in ("NN1", "NN2", "NN0"):
                return index + 1, frame
            if sentence.tags[index] not in ("AT0", "DPS", "AJ0", "NN1", "AV0", "CRD", "DT0"):
                return None
        return None

    def _source(self, group: Group) -> Span | None:
        """The subject, or the source of the cue to which this one is joined."""
        sentence = self.sentence
        first = group.first
        if first == 0:
            return self._later_subject(group) if group.form == "participle" else None
        before = sentence.tokens[first - 1]
        if group.form == "participle":
            if "having" in sentence.words[first : group.main]:
                return self._joined(first)  # "Doe is leaving office having criticised …"
            if before.text in {","} | DASHES or before.quoted or before.lower in ("and", "while"):
                return self._joined(first)
            if sentence.nominal(first - 1) and not before.quoted:
                return sources.subject(sentence, first)
            return None
        if sentence.tags[first - 1] == "CJC":
            return self._joined(first)
        return sources.subject(sentence, first)

    def _joined(self, first: int) -> Span | None:
        """The source of the cue before, else the subject of the sentence's first finite verb."""
        earlier = [one for one in self.found if one.cue[1] <= first and one.source]
        broken = [one for one in earlier if one.content and first - one.content[-1][1] in (1, 2)]
        if broken:  # the cue whose content ends at this conjunction
            return min(broken, key=lambda one: one.cue).source
        if earlier:
            return max(earlier, key=lambda one: one.cue).source
        finite = [g for g in self.sentence.groups if g.form == "finite" and g.after <= first]
        for group in reversed(finite):
            source = sources.subject(self.sentence, group.first)
            if source is not None:
                return source
        return None

    def _later_subject(self, group: Group) -> Span | None:
        """ "Speaking in Olburg, the minister …": the subject of the clause that follows."""
        for later in self.sentence.groups:
            if later.first >= group.after and later.form == "finite":
                return sources.subject(self.sentence, later.first)
        return None

    def _passive(self, group: Group, frame: Frame) -> None:
        """ "X was endorsed by Y"."""
        sentence = self.sentence
        if group.form != "finite":
            return
        if group.after < sentence.end and sentence.words[group.after] in ("to", "of", "as", "for"):
            self._unnamed(group, frame)
            return
        if not frame.takes & set("nc"):
            return
        by = next(
            (
                i
                for i in range(group.after, min(group.after + 2, sentence.end))
                if sentence.words[i] == "by"
            ),
            None,
        )
        if by is None:
            return
        content = sources.subject(sentence, group.first)
        source = sources.inverted(sentence, by + 1)
        if content is None or source is None:
            return
        self._add(
            source, (group.first, by + 1), (content,), sentence.words[group.main], frame,
            group.negated,
        )  # fmt: skip

    def _unnamed(self, group: Group, frame: Frame) -> None:
        """ "The army is accused of …", "the road is said to be closed": nobody is named."""
        sentence = self.sentence
        start = sources.subject(sentence, group.first)
        stop = limits.limit(sentence, group, group.after)
        linking = sentence.words[group.after]
        cue = group.after + (linking != "to")
        rest = sentence.trim(cue, stop)
        if start is None or rest is None or group.lemma not in cues.UNNAMED:
            return
        self._add(
            None, (group.first, cue), (start, rest), sentence.words[group.main], frame,
            group.negated,
        )  # fmt: skip

    def _adjective(self, group: Group) -> None:
        """ "Is worried about"."""
        sentence = self.sentence
        index = group.after
        while index < sentence.end and sentence.tags[index] in ("AV0", "XX0"):
            index += 1
        if index >= sentence.end or group.form != "finite":
            return
        frame = cues.ADJECTIVES.get(sentence.words[index])
        if frame is None:
            return
        end = limits.limit(sentence, group, index + 1)
        found = contents.right(sentence, index + 1, end, frame)
        source = sources.subject(sentence, group.first)
        if found is None or source is None:
            return
        cue, content = found
        word = sentence.words[index]
        nobody = sentence.words[slice(*source)] == ["it"]
        if nobody:  # "it was unclear whether …"
            self._add(None, (source[0], cue), (content,), word, frame, group.negated)
            return
        self._add(source, (group.first, cue), (content,), word, frame, group.negated)

    def _byline(self) -> None:
        """``"…" — Jane Doe`` and ``Jane Doe: "…"``: name and words side by side, no cue."""
        sentence = self.sentence
        quotes = [i for i in range(len(sentence)) if sentence.tokens[i].quoted]
        if not quotes or sentence.finite(0, len(sentence)):
            return
        first, last = quotes[0], quotes[-1]
        behind = sentence.trim(last + 1, len(sentence))
        before = sentence.trim(0, first)
        if (
            before is None
            and behind is not None
            and sentence.tokens[last + 1].text in DASHES | {"-"}
            and self._named(*behind)
        ):
            self._add(behind, (behind[0], behind[0]), ((first, last + 1),), "")
        elif (
            behind is None
            and before is not None
            and sentence.tokens[first - 1].text == ":"
            and self._named(*before)
        ):
            self._add(before, (before[1] - 1, before[1] - 1), ((first, last + 1),), "")

    def _named(self, start: int, end: int) -> bool:
        words = self.sentence.tokens[start:end]
        return len(words) <= 6 and all(
            token.capital or token.lower in ("of", "de", "la", ".", "-", "the") for token in words
        )

    def _hearsay(self) -> None:
        """ "Nine people were reportedly killed": nobody is named."""
        sentence = self.sentence
        for index, word in enumerate(sentence.words):
            if word in cues.HEARSAY:
                parts = (sentence.trim(0, index), sentence.trim(index + 1, sentence.end))
                content = tuple(part for part in parts if part is not None)
                if content:
                    self._add(None, (index, index + 1), content, word)
                return
