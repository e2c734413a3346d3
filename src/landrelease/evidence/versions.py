"""What one text did with another: kept word for word, changed, added, dropped.

Sentences are paired by their content words, wherever they stand, so that a text in another order
is still followed; paired sentences are aligned word by word (Levenshtein). Words in common runs of
five count as taken over word for word. Boilerplate stays out. All spans are characters of the kept
texts.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from landrelease.evidence.claims import Claim
from landrelease.evidence.corroboration import overlap
from landrelease.evidence.intake import Document
from landrelease.evidence.lexicons import TIME_WORDS, word_set
from landrelease.evidence.origins import quoted_runs, same_speaker, speaker_of
from landrelease.evidence.quotations import mask, quotations
from landrelease.evidence.slots import slots
from landrelease.evidence.text import blank_out, paragraphs, sentences
from landrelease.evidence.times import spoken_of

RUN = 5  # words in a row that count as taken over word for word (as in `copies`)
TAKEN = 0.9  # a sentence of which so much is taken over is the same sentence
PAIRED = 0.5  # share of the shorter sentence's content words that a counterpart has
SPELT = 75.0  # likeness (rapidfuzz) of two spellings of one name
_WORDS = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_NAME = re.compile(r"[A-Z][\w’'-]{3,}")
_SMALL = word_set(
    "the and for with that this from has have had was were are been not but its his her their they "
    "said says would will which who after before also than into over about when while"
)
_ENDINGS = word_set("s es n an ian ese ic i ish er ers")  # "Norways", "Angolan", "Londoners"
Span = tuple[int, int]


@dataclass(frozen=True)
class Difference:
    """One difference between a text and the one it was made from.

    Attributes
    ----------
    kind : str
        'added', 'dropped', 'changed' (a passage), 'name', 'figure', 'date' or 'attribution'.
    before, after : (int, int) or None
        Characters of the earlier and of the later text; None where there is nothing.
    before_text, after_text : str
        The words there; of an attribution who is said to have spoken.
    what : str
        For a figure what it measures, for an attribution the words spoken, else empty.
    edits : tuple of dict
        Of a changed passage: ``before``, ``after`` (spans or None), ``before_text``,
        ``after_text``.
    """

    kind: str
    before: Span | None
    after: Span | None
    before_text: str
    after_text: str
    what: str = ""
    edits: tuple[dict[str, Any], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Give plain values for JSON."""
        body: dict[str, Any] = {
            "kind": self.kind,
            "before": None if self.before is None else list(self.before),
            "after": None if self.after is None else list(self.after),
            "before_text": self.before_text,
            "after_text": self.after_text,
        }
        if self.what:
            body["what"] = self.what
        if self.kind == "changed":
            body["edits"] = [dict(edit) for edit in self.edits]
        return body


class Version:
    """A document cut into words and sentences, for comparison with others of its story.

    Parameters
    ----------
    document : Document
        As `intake.read` gives it.
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        apart = [(start, end) for start, end, _ in document.boilerplate]
        self._plain = blank_out(document.text, apart)
        found = list(_WORDS.finditer(self._plain))
        self.spans: list[Span] = [match.span() for match in found]
        self.words = tuple(match[0].replace("’", "'").casefold() for match in found)

    @cached_property
    def runs(self) -> frozenset[int]:
        """Hashes of all runs of `RUN` words."""
        return frozenset(hash(run) for run in _runs(self.words))

    @cached_property
    def sentences(self) -> list[tuple[int, int]]:
        """First word and word after the last of each sentence."""
        document = self.document
        quotes = quotations(
            document.text, ignore=[(start, end) for start, end, _ in document.boilerplate]
        )
        masked = mask(self._plain, quotes)
        edges: list[int] = []
        for start, end in paragraphs(self._plain):
            edges += [part[0].start for part in sentences(masked, document.text, start, end)]
        cut: list[tuple[int, int]] = []
        place, first = 0, 0
        for word, (start, _) in enumerate(self.spans):
            while place < len(edges) and edges[place] <= start:
                place += 1
                if word > first:
                    cut.append((first, word))
                    first = word
        if len(self.spans) > first:
            cut.append((first, len(self.spans)))
        return cut

    def bag(self, sentence: tuple[int, int]) -> frozenset[str]:
        """The stems of a sentence's content words."""
        words = (re.sub(r"'s$", "", word) for word in self.words[slice(*sentence)])
        return frozenset(word[:6] for word in words if len(word) > 2 and word not in _SMALL)

    def span(self, first: int, last: int) -> Span:
        """Characters of the words from one to another (exclusive)."""
        return self.spans[first][0], self.spans[last - 1][1]

    def covered(self, other: Version) -> bytearray:
        """For each word 1 where it stands in a run of `RUN` words that the other has too."""
        marks = bytearray(len(self.words))
        for place, run in enumerate(_runs(self.words)):
            if hash(run) in other.runs:
                marks[place : place + RUN] = b"\1" * RUN
        return marks

    def share(self, other: Version) -> float:
        """Share of its words that stand word for word in the other."""
        if not self.words:
            return 0.0
        if self.words == other.words:
            return 1.0
        return sum(self.covered(other)) / len(self.words)


def _runs(words: Sequence[str]) -> Iterable[tuple[str, ...]]:
    return zip(*(words[offset:] for offset in range(RUN)), strict=False)


def differences(earlier: Version, later: Version, claims: Sequence[Claim] = ()) -> list[Difference]:
    """Say what a text did with the one it was made from.

    Parameters
    ----------
    earlier, later : Version
        The nearest parent and its copy.
    claims : sequence of Claim
        Those of both documents, for attributions; by document path.

    Returns
    -------
    list of Difference
        Passages in the order of the later text, then what was dropped, then names, figures, dates
        and attributions that differ. Figures are those that `slots` reads: how mines are arranged
        is never among them.
    """
    pairs, passages = _passages(earlier, later)
    return [
        *passages,
        *_names(earlier, later),
        *(one for pair in pairs for one in _values(earlier, later, pair)),
        *_attributions(earlier, later, claims),
    ]


Pair = tuple[tuple[int, int], tuple[int, int]]  # a sentence of the earlier and one of the later


def _passages(earlier: Version, later: Version) -> tuple[list[Pair], list[Difference]]:
    holding: dict[str, list[int]] = defaultdict(list)
    bags = [earlier.bag(sentence) for sentence in earlier.sentences]
    for place, bag in enumerate(bags):
        for stem in bag:
            holding[stem].append(place)
    mine, theirs = later.covered(earlier), earlier.covered(later)
    used: set[int] = set()
    pairs: list[Pair] = []
    found: list[Difference] = []
    for sentence in later.sentences:
        like = _counterpart(later.bag(sentence), bags, holding)
        if like is None:
            if _mean(mine, sentence) < PAIRED:
                span = later.span(*sentence)
                found.append(Difference("added", None, span, "", later.document.text[slice(*span)]))
            continue
        used.add(like)
        pairs.append((earlier.sentences[like], sentence))
        changed = _changed(earlier, later, earlier.sentences[like], sentence)
        if changed is not None:
            found.append(changed)
    for place, sentence in enumerate(earlier.sentences):
        if place not in used and _mean(theirs, sentence) < PAIRED:
            span = earlier.span(*sentence)
            found.append(Difference("dropped", span, None, earlier.document.text[slice(*span)], ""))
    return pairs, found


def _mean(marks: bytearray, sentence: tuple[int, int]) -> float:
    return sum(marks[slice(*sentence)]) / max(1, sentence[1] - sentence[0])


def _counterpart(
    bag: frozenset[str], bags: Sequence[frozenset[str]], holding: dict[str, list[int]]
) -> int | None:
    """The sentence that tells the same: most shared content words, and enough of them."""
    shared = Counter(place for stem in bag for place in holding.get(stem, ()))
    best = max(shared, key=lambda p: (shared[p] / len(bag | bags[p]), shared[p], -p), default=None)
    if best is None:
        return None
    least = min(len(bag), len(bags[best]))
    enough = shared[best] >= min(3, least) and shared[best] >= PAIRED * least
    return best if enough else None


def _changed(
    earlier: Version, later: Version, one: tuple[int, int], other: tuple[int, int]
) -> Difference | None:
    before, after = earlier.words[slice(*one)], later.words[slice(*other)]
    if before == after:
        return None
    edits: list[dict[str, Any]] = []
    for step in Levenshtein.opcodes(before, after):
        if step.tag == "equal":
            continue
        spans: list[Span | None] = [
            version.span(base + first, base + last) if last > first else None
            for version, base, first, last in (
                (earlier, one[0], step.src_start, step.src_end),
                (later, other[0], step.dest_start, step.dest_end),
            )
        ]
        edits.append(
            {
                "before": spans[0],
                "after": spans[1],
                "before_text": _text(earlier, spans[0]),
                "after_text": _text(later, spans[1]),
            }
        )
    first, last = earlier.span(*one), later.span(*other)
    return Difference(
        "changed", first, last, _text(earlier, first), _text(later, last), "", tuple(edits)
    )


def _text(version: Version, span: Span | None) -> str:
    return "" if span is None else version.document.text[slice(*span)]


def _names(earlier: Version, later: Version) -> list[Difference]:
    """Names that only one side has, and that are nearly spelt alike."""
    before, after = _named(earlier), _named(later)
    found = []
    for name, span in sorted(after.items(), key=lambda entry: entry[1]):
        if name in before:
            continue
        likest = max(
            (other for other in before if other not in after and _respelt(other, name)),
            key=lambda other: (fuzz.ratio(other, name), other),
            default=None,
        )
        if likest is not None:
            found.append(Difference("name", before[likest], span, likest, name))
    return found


def _named(version: Version) -> dict[str, Span]:
    """Capitalised words inside sentences, with their first place; none that also stands small."""
    small = {word for word, span in zip(version.words, version.spans, strict=True)
             if version.document.text[span[0]].islower()}  # fmt: skip
    starts = {version.spans[first][0] for first, _ in version.sentences}
    found: dict[str, Span] = {}
    for start, end in version.spans:
        word = re.sub(r"['’]s?$", "", version.document.text[start:end])
        if (
            _NAME.fullmatch(word)
            and word.casefold() not in small
            and word.casefold() not in TIME_WORDS
            and (start not in starts or word in found)
        ):
            found.setdefault(word, (start, start + len(word)))
    return found


def _respelt(one: str, other: str) -> bool:
    """Another spelling of a name, and not its plural or its adjective."""
    short, long = sorted((one.casefold(), other.casefold()), key=len)
    if short == long or (long.startswith(short) and long[len(short) :] in _ENDINGS):
        return False
    return bool(fuzz.ratio(short, long) >= SPELT)


def _values(earlier: Version, later: Version, pair: Pair) -> Iterable[Difference]:
    """Figures and dates of paired sentences that are not the same."""
    spans = earlier.span(*pair[0]), later.span(*pair[1])
    read = [
        slots(version.document.text, span)
        for version, span in zip((earlier, later), spans, strict=True)
    ]
    for kind, key in (("quantities", _measured), ("money", lambda slot: slot["currency"])):
        before, after = (
            {str(key(slot)): slot for slot in own.get(kind, ()) if _single(own[kind], slot, key)}
            for own in read
        )
        for what in sorted(before.keys() & after.keys()):
            one, other = before[what], after[what]
            if (one["lower"], one["upper"]) != (other["lower"], other["upper"]):
                apart = not overlap((one["lower"], one["upper"]), (other["lower"], other["upper"]))
                yield Difference(
                    "figure", (one["start"], one["end"]), (other["start"], other["end"]),
                    one["text"], other["text"], f"{what}{'' if apart else ' (bounds overlap)'}",
                )  # fmt: skip
    told = [
        [time for time in spoken_of(version.document.text, [span], _day(version)) if time["value"]]
        for version, span in zip((earlier, later), spans, strict=True)
    ]
    if len(told[0]) == len(told[1]) == 1:
        (one,), (other,) = told
        short = min(len(one["value"]), len(other["value"]))
        if one["value"][:short] != other["value"][:short]:
            yield Difference(
                "date", (one["start"], one["end"]), (other["start"], other["end"]),
                f"{one['text']} ({one['value']})", f"{other['text']} ({other['value']})",
            )  # fmt: skip


def _measured(slot: dict[str, Any]) -> str:
    counted = re.sub(r"(?<=[^s])s$", "", str(slot.get("of", "")).split(" ")[-1])
    return f"count of {counted}" if counted else str(slot["quantity"])


def _single(listed: Sequence[dict[str, Any]], slot: dict[str, Any], key: Any) -> bool:
    """Only one figure of its kind stands in the sentence, so that it is clear what to compare."""
    return len([other for other in listed if key(other) == key(slot)]) == 1


def _day(version: Version) -> Any:
    published = version.document.published
    return None if published is None else published.date()


def _attributions(
    earlier: Version, later: Version, claims: Sequence[Claim]
) -> Iterable[Difference]:
    """One utterance, and another name for who spoke."""
    before = [c for c in claims if c.document == earlier.document.path]
    holding: dict[tuple[str, ...], Claim] = {}
    for claim in before:
        for run in quoted_runs(claim):
            holding.setdefault(run, claim)
    for claim in (c for c in claims if c.document == later.document.path):
        same = next((holding[run] for run in sorted(quoted_runs(claim)) if run in holding), None)
        if same is None or _one_source(same, claim):
            continue
        yield Difference(
            "attribution",
            (same.source["start"], same.source["end"]),
            (claim.source["start"], claim.source["end"]),
            speaker_of(same),
            speaker_of(claim),
            " ".join(claim.content["text"].split()),
        )


def _one_source(one: Claim, other: Claim) -> bool:
    return same_speaker(one, other) or speaker_of(one).casefold() == speaker_of(other).casefold()
