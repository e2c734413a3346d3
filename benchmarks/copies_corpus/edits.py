"""What outlets do to a text that they take over."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

from copies_corpus import phrases
from copies_corpus.world import Paragraph, Text, headline, tell

KINDS = ("verbatim", "cut", "reordered", "paraphrased", "names", "merged")
_WORD = re.compile(r"[A-Za-z]+")
# How one desk writes what another writes otherwise.
_SPELLINGS = [("kh", "h"), ("h", "kh"), ("ya", "ia"), ("ei", "ey"), ("ts", "c"), ("zh", "j"),
              ("v", "w"), ("w", "v"), ("ou", "u"), ("ai", "ay"), ("sk", "sky"), ("sh", "sch"),
              ("k", "c"), ("z", "s"), ("i", "y"), ("st", "sst"), ("r", "rr"), ("l", "ll"),
              ("n", "nn"), ("a", "e"), ("o", "a"), ("u", "oo"), ("e", "ie"),
              ("f", "ph")]  # fmt: skip


def apply(kind: str, text: Text, rng: random.Random, other: Text | None = None) -> Text:
    """Make a copy.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    text : Text
        What is copied.
    rng : random.Random
        The copying desk.
    other : Text, optional
        For 'merged': the other story.

    Returns
    -------
    Text
        The copy.
    """
    if kind == "merged":
        if other is None:
            raise ValueError("a merged copy needs another story")
        return _merged(text, other, rng)
    return _EDITS[kind](text, rng)


def _with(text: Text, paragraphs: Sequence[Paragraph], rng: random.Random) -> Text:
    """Half of the desks write a headline of their own."""
    head = headline(rng, text.event) if rng.random() < 0.5 else text.headline
    return Text(head, list(paragraphs), text.event, text.names)


def _verbatim(text: Text, rng: random.Random) -> Text:
    return _with(text, text.paragraphs, rng)


def _cut(text: Text, rng: random.Random) -> Text:
    """From the bottom, as news is cut; one in four keeps the lead and a passage further down."""
    count = len(text.paragraphs)
    kept = max(2, round(count * rng.uniform(0.3, 0.75)))
    if rng.random() < 0.75:
        return _with(text, text.paragraphs[:kept], rng)
    start = rng.randint(1, max(1, count - kept + 1))
    return _with(text, [text.paragraphs[0], *text.paragraphs[start : start + kept - 1]], rng)


def _reordered(text: Text, rng: random.Random) -> Text:
    rest = text.paragraphs[1:]
    rng.shuffle(rest)
    paragraphs = [text.paragraphs[0], *rest]
    if rng.random() < 0.4:
        rng.shuffle(paragraphs)
    return _with(text, paragraphs, rng)


def _paraphrased(text: Text, rng: random.Random) -> Text:
    """Tell the same in other words: same facts in nearly the same order, most quotations kept."""
    made: list[Paragraph] = []
    drop = rng.uniform(0.0, 0.2)
    for place, paragraph in enumerate(text.paragraphs):
        if place and rng.random() < drop:
            continue
        sentences = []
        for item in paragraph.items:
            other = tell(item, rng, other_than=paragraph.text, indirect=0.2)
            if item.kind == "stock":
                if rng.random() < 0.5:  # stock words of the other house are left out first
                    continue
            elif item.kind == "fact" or '"' not in other:
                other = _synonyms(other, rng, 0.5)
            sentences.append(other)
        if sentences:
            made.append(Paragraph(" ".join(sentences), paragraph.items))
    for place in range(1, len(made) - 1):
        if rng.random() < 0.12:
            made[place], made[place + 1] = made[place + 1], made[place]
    joined: list[Paragraph] = []
    for paragraph in made:  # desks join and part paragraphs
        if len(joined) > 1 and rng.random() < 0.25:
            last = joined.pop()
            paragraph = Paragraph(f"{last.text} {paragraph.text}", last.items + paragraph.items)
        joined.append(paragraph)
    return Text(headline(rng, text.event), joined, text.event, text.names)


def _synonyms(words: str, rng: random.Random, share: float) -> str:
    def change(match: re.Match[str]) -> str:
        known = phrases.SYNONYMS.get(match[0])
        return rng.choice(known) if known and rng.random() < share else match[0]

    return _WORD.sub(change, words)


def _names(text: Text, rng: random.Random) -> Text:
    """Come back from another language: other spellings of all names, some sentences reworded."""
    spelt = {own: _respelt(own, rng) for own in text.names}
    every = re.compile(r"\b(?:" + "|".join(map(re.escape, sorted(spelt, key=len)[::-1])) + r")\b")
    made = []
    for paragraph in text.paragraphs:
        words = paragraph.text
        if paragraph.items and paragraph.items[0].kind == "fact" and rng.random() < 0.25:
            words = " ".join(tell(item, rng, other_than=words) for item in paragraph.items)
        words = every.sub(lambda match: spelt[match[0]], words)
        made.append(Paragraph(_unquoted_synonyms(words, rng), paragraph.items))
    head = every.sub(lambda match: spelt[match[0]], headline(rng, text.event))
    return Text(head, made, text.event, tuple(sorted(spelt.values())))


def _unquoted_synonyms(words: str, rng: random.Random) -> str:
    parts = words.split('"')
    parts[::2] = [_synonyms(part, rng, 0.25) for part in parts[::2]]
    return '"'.join(parts)


def _respelt(own: str, rng: random.Random) -> str:
    lower = own.lower()
    for old, new in rng.sample(_SPELLINGS, len(_SPELLINGS)):
        place = lower.find(old, 1)
        if place > 0:
            return (lower[:place] + new + lower[place + len(old) :]).capitalize()
    return own + "a"


def _merged(text: Text, other: Text, rng: random.Random) -> Text:
    """Larger parts of two stories in one report."""
    first = text.paragraphs[: max(2, round(len(text.paragraphs) * rng.uniform(0.6, 1.0)))]
    second = other.paragraphs[: max(2, round(len(other.paragraphs) * rng.uniform(0.6, 1.0)))]
    between = Paragraph(rng.choice(("In other news", "Meanwhile", "Elsewhere")), ())
    return Text(
        headline(rng, text.event),
        [*first, between, *second],
        text.event,
        tuple(sorted({*text.names, *other.names})),
    )


_EDITS: dict[str, Callable[[Text, random.Random], Text]] = {
    "verbatim": _verbatim,
    "cut": _cut,
    "reordered": _reordered,
    "paraphrased": _paraphrased,
    "names": _names,
}
