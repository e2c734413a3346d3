"""A tagged sentence and its verb groups: what the grammar of attribution reads.

Positions are token positions, the last one exclusive.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from landrelease.evidence import lexicons as lx
from landrelease.evidence.cues import NOUNS, VERBS
from landrelease.evidence.tagging import FINITE, MARK, QUOTE, tag
from landrelease.evidence.text import Token

DASHES = frozenset({"-", "—", "–", "--", "―", "‒"})
_AUXILIARY = frozenset({"be", "have", "do"})
_NOMINAL = frozenset(["NN0", "NN1", "NN2", "NP0", "PNP", "PNI", "PNX", "CRD", "ORD", "UNC", "ZZ0"])
_PHRASE = _NOMINAL | frozenset(
    [
        "AT0",
        "DT0",
        "DPS",
        "DTQ",
        "AJ0",
        "AJC",
        "AJS",
        "POS",
        "PRF",
        "PRP",
        "CJC",
        "AV0",
        "VVN",
        "VVG",
    ]
)
_OPENING = frozenset(["EX0", "AT0", "DT0", "DPS", "CRD", "PNP", "PNI", "NP0", "PNQ"])


@dataclass(frozen=True)
class Group:
    """A verb with its auxiliaries, negation and the adverbs among and before them.

    Attributes
    ----------
    first, main, after : int
        First token, main verb, token after it.
    lemma : str
        The main verb's base form; 'be' for a copula.
    form : str
        'finite', 'infinitive', 'participle' (-ing) or 'past' (a bare past participle).
    passive, negated : bool
        As they say.
    """

    first: int
    main: int
    after: int
    lemma: str
    form: str
    passive: bool
    negated: bool


class Sentence:
    """The tokens of a sentence with tags, base forms and verb groups."""

    def __init__(self, tokens: Sequence[Token], text: str) -> None:
        """Tag the sentence.

        Parameters
        ----------
        tokens : sequence of Token
            Its tokens, quotations masked.
        text : str
            The text itself, quotations readable.
        """
        self.tokens = tokens
        self._text = text
        self.tags, self.lemmas = tag(tokens)
        self.words = [token.lower for token in tokens]
        self._retag()
        self.end = self.trim_end(0, len(tokens))
        self.subjects: dict[int, tuple[int, int] | None] = {}  # kept by `sources.subject`

    def __len__(self) -> int:
        return len(self.tokens)

    def _retag(self) -> None:
        """Correct what a tagger of balanced prose gets wrong in reports."""
        tags = self.tags
        for index, (token, word) in enumerate(zip(self.tokens, self.words, strict=True)):
            before = tags[index - 1] if index else MARK
            following = self.words[index + 1] if index + 1 < len(tags) else ""
            after = tags[index + 1] if index + 1 < len(tags) else MARK
            named = index > 0 and (
                before in ("PNP", "PNQ", "NP0", "NN2")
                or (self.tokens[index - 1].capital and before[0] == "N")
            )
            if word == "her" and index + 1 < len(tags) and following in NOUNS:
                tags[index] = "DPS"
                tags[index + 1], self.lemmas[index + 1] = "NN1", following
            elif self._name(index):
                tags[index], self.lemmas[index] = "NP0", word
            elif tags[index] == "VVI" and "-" in word:
                tags[index] = "NN1"  # "co-host"
            elif tags[index] == "VVI" and before in ("NN2", "PNP") and self._alone(index):
                tags[index] = "VVB"
            elif word == "cannot":
                tags[index], self.lemmas[index] = "VM0", "can"
            elif tags[index] == "NN2" and named and not token.capital:
                base = word[:-3] + "y" if word.endswith("ies") else word[:-1]
                opens = following in ("that", ":") or after in ("AT0", "PNP", "DPS", QUOTE, "TO0")
                if base in VERBS and opens:
                    tags[index], self.lemmas[index] = "VVZ", base
            elif tags[index] in ("AJ0", "NN1") and word.endswith("ed") and not token.capital:
                base = _past_base(word)
                if base in VERBS and (self._perfect(index) or (named and after != MARK)):
                    tags[index], self.lemmas[index] = "VVD", base
            elif tags[index] == "VVN" and named and following != "by" and before != "NN2":
                tags[index] = "VVD"
            elif tags[index] == "AJ0" and word.endswith("ing") and self._progressive(index):
                tags[index], self.lemmas[index] = "VVG", _present_base(word)
            elif tags[index] in ("NN1", "AJ0") and following == "that" and named and (
                word in VERBS and before in ("NN2", "NP0", "PNP")
            ):  # fmt: skip
                tags[index], self.lemmas[index] = "VVB", word
            elif tags[index] == "NN1" and self._modal(index) and word in VERBS:
                tags[index], self.lemmas[index] = "VVI", word
            elif tags[index] in ("NN1", "NN2") and before in ("PNP",) and word in VERBS:
                tags[index], self.lemmas[index] = "VVB", word
            elif tags[index] == "NN1" and before == "TO0" and word in VERBS:
                tags[index], self.lemmas[index] = "VVI", word

    @cached_property
    def headline(self) -> bool:
        """Whether nearly all words have capitals, so that a capital says nothing."""
        if any(token.quoted for token in self.tokens):
            return False
        long = [token for token in self.tokens if token.word and len(token.text) > 3]
        return sum(token.text[:1].isupper() for token in long) > 0.7 * len(long) and len(long) > 4

    def _name(self, index: int) -> bool:
        """A capital inside a sentence makes a name of what the tagger took for something else."""
        token, kind = self.tokens[index], self.tags[index]
        if not token.capital or self.headline or kind[0] not in "VAU" or kind in ("AT0", "AVQ"):
            return False
        if index > 0 and self.tokens[index - 1].text not in ('"', ":") and kind[:2] != "AV":
            return token.lower not in lx.PREPOSITIONS | lx.CONJUNCTIONS | lx.FINITE
        following = self.tokens[index + 1] if index + 1 < len(self.tokens) else None
        if (
            index == 0
            and kind[0] == "V"
            and len(self.tags) > 1
            and (self.tags[1] in FINITE or self.words[1] in ("said", "told"))
            and token.lower not in lx.FINITE
        ):
            return True  # "Moor told": a verb does not open a sentence before a finite verb
        return (
            index == 0
            and following is not None
            and following.capital
            and not token.lower.endswith(("ing", "ed", "ly"))
            and token.lower not in lx.PREPOSITIONS | lx.CONJUNCTIONS | lx.FINITE | lx.ADVERBS
        )

    def _alone(self, index: int) -> bool:
        """No verb before that takes a bare infinitive ("help people understand")."""
        return word_before(self.lemmas, index, 6).isdisjoint(_BARE) and not any(
            self.tags[i] in ("VM0", "VDB", "VDD", "VDZ", "TO0")
            for i in range(max(0, index - 6), index)
        )

    def _perfect(self, index: int) -> bool:
        while index > 0 and self.tags[index - 1] in ("AV0", "XX0"):
            index -= 1
        return index > 0 and self.lemmas[index - 1] == "have"

    def _progressive(self, index: int) -> bool:
        """ "Is promising to": a verb, where an object or infinitive follows."""
        after = self.tags[index + 1] if index + 1 < len(self.tags) else MARK
        if _present_base(self.words[index]) not in VERBS or after not in (
            "TO0",
            "AT0",
            "CJT",
            "DPS",
            "PNP",
            "NP0",
        ):
            return False
        while index > 0 and self.tags[index - 1] in ("AV0", "XX0"):
            index -= 1
        return index > 0 and self.lemmas[index - 1] == "be"

    def _modal(self, index: int) -> bool:
        while index > 0 and self.tags[index - 1] in ("AV0", "XX0"):
            index -= 1
        return index > 0 and self.tags[index - 1] == "VM0"

    @cached_property
    def groups(self) -> list[Group]:
        """The verb groups, in order."""
        found: list[Group] = []
        index = 0
        while index < len(self.tags):
            if self.tags[index][0] == "V":
                group = self._group(index)
                found.append(group)
                index = group.after
            else:
                index += 1
        return found

    def _group(self, start: int) -> Group:
        main = start
        verbs = [start]
        negated = self._negative(start)
        index = start + 1
        while index < len(self.tags) and (
            self.lemmas[main] in _AUXILIARY or self.tags[main] == "VM0"
        ):
            kind = self.tags[index]
            if kind[0] == "V":
                main = index
                verbs.append(index)
                negated |= self._negative(index)
            elif kind == "XX0" or self.words[index] in ("not", "never"):
                negated = True
            elif kind not in ("AV0", "AVP"):
                break
            index += 1
        first = start
        while first > 0 and self._adverb(first - 1):
            first -= 1
        negated |= any(self.words[i] in ("not", "never") for i in range(first, start))
        head = self.tags[start]
        bare = len(verbs) == 1
        form = "finite"
        if first > 0 and self.tags[first - 1] == "TO0":
            form = "infinitive"
        elif head in FINITE:
            form = "finite"
        elif head in ("VVI", "VBI", "VHI", "VDI"):
            form = "infinitive"
        elif head in ("VVG", "VBG", "VHG", "VDG"):
            form = "participle"
        elif bare:
            form = "past"
        been = [i for i in verbs[:-1] if self.lemmas[i] == "be"]
        passive = bool(been) and self.tags[main] in ("VVN", "VVD", "AJ0")
        return Group(first, main, main + 1, self.lemmas[main], form, passive, negated)

    def _negative(self, index: int) -> bool:
        return self.words[index].endswith("n't") or self.words[index] == "cannot"

    def _adverb(self, index: int) -> bool:
        word = self.words[index]
        return (self.tags[index] in ("AV0", "XX0") and word not in _LOOSE) or word in (
            "also", "repeatedly", "never", "not", "now", "then"
        )  # fmt: skip

    def scare(self, index: int) -> bool:
        """Whether a quotation is a few words inside a phrase, not an utterance: `a "safe" road`."""
        token = self.tokens[index]
        inner = self._text[token.start : token.end].strip("\"“”'’‘« »")
        words = inner.rstrip(".,").split()
        long = [word for word in words if len(word) > 3]
        if 1 < len(words) < 6 and long and all(w[0].isupper() for w in (words[0], *long)):
            return True  # a title: `on "The Harbour Hour"`
        return inner[-1:] not in (*",.?!…-—",) and inner.count(" ") < 5

    # --- stretches ------------------------------------------------------------------------------
    def trim(self, start: int, end: int) -> tuple[int, int] | None:
        """Cut marks from both ends; None when nothing is left."""
        while start < end and not (
            self.tokens[start].word
            or self.tokens[start].quoted
            or self.tokens[start].text in "($€£#@"
        ):
            start += 1
        end = self.trim_end(start, end)
        return (start, end) if start < end else None

    def trim_end(self, start: int, end: int) -> int:
        """The token after the last word, quotation or closing bracket of a stretch."""
        while end > start:
            token = self.tokens[end - 1]
            if token.word or token.quoted or token.text in ")%" or self.tags[end - 1] != MARK:
                break
            end -= 1
        return end

    def finite(self, start: int, end: int) -> bool:
        """Whether a finite verb stands in a stretch."""
        return any(start <= g.main < end and g.form == "finite" for g in self.groups)

    def starts_clause(self, start: int, end: int) -> bool:
        """Whether a stretch begins with a subject that has its finite verb ("the road is shut")."""
        if start >= end:
            return False
        for group in self.groups:
            if group.main < start:
                continue
            if group.first >= end:
                return False
            if group.form == "finite":
                between = range(start, group.first)
                if group.first == start:
                    return False
                return not any(
                    self.words[i] in ("that", "which", "who", "whom", "whose", "where", "when")
                    or self.tokens[i].text in DASHES
                    for i in between
                ) or self._later_verb(group, start, end)
            if group.form == "infinitive":
                continue
        return False

    def _later_verb(self, relative: Group, start: int, end: int) -> bool:
        """A second finite verb, behind that of a relative clause."""
        return any(
            g.form == "finite"
            and relative.after <= g.first < end
            and self.tags[g.first - 1] not in ("CJC", "CJT", "CJS", "PNQ", "PNP", "TO0")
            and self.tokens[g.first - 1].text != ","
            for g in self.groups
        )

    def nominal(self, index: int) -> bool:
        """Whether a token can end a noun phrase."""
        return self.tags[index] in _NOMINAL or self.tags[index] in (QUOTE, "DT0", "POS", "AJ0")

    def in_phrase(self, index: int) -> bool:
        """Whether a token can stand inside a noun phrase."""
        return self.tags[index] in _PHRASE or self.tokens[index].text in ("&", "-", "/", "'", "’")

    def opens_phrase(self, index: int) -> bool:
        """Whether a token can begin a noun phrase."""
        return self.tags[index] in _OPENING or self.tags[index][0] == "N"

    def timely(self, index: int) -> bool:
        """Whether a token belongs to an expression of time."""
        word = self.words[index]
        if self.words[index + 1 : index + 2] == ["'s"]:
            return False  # "Friday's decision"
        if word in ("last", "this", "next", "late", "early"):
            return index + 1 < len(self.words) and self.words[index + 1] in lx.TIME_WORDS
        return word in lx.TIME_WORDS and word not in ("on", "in", "may", "march")


def _present_base(word: str) -> str:
    stem = word[:-3]
    for base in (stem, stem + "e", stem[:-1]):
        if base in VERBS:
            return base
    return stem


def _past_base(word: str) -> str:
    doubled = word[-3:-2] == word[-4:-3]
    for base in (word[:-2], word[:-1], word[:-3] if doubled else ""):
        if base in VERBS:
            return base
    return word[:-3] + "y" if word.endswith("ied") else word


def word_before(lemmas: Sequence[str], index: int, reach: int) -> set[str]:
    """The base forms of the few words before a token."""
    return set(lemmas[max(0, index - reach) : index])


_BARE = frozenset({"help", "let", "make", "see", "hear", "watch", "have", "than"})
_LOOSE = frozenset(
    [
        "however",
        "meanwhile",
        "too",
        "ago",
        "later",
        "yesterday",
        "today",
        "tomorrow",
        "instead",
        "therefore",
        "here",
        "there",
        "so",
        "else",
        "else's",
        "when",
        "where",
        "why",
        "how",
    ]
)
