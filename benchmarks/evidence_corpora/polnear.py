"""Attribution: source, cue and content against PolNeAR's annotations (docs/evaluation/polnear.md).

PATH holds ``text/*.txt`` and ``attributions/*.ann`` (brat stand-off), or is a folder of such.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from landrelease import evidence

ROLES = ("source", "cue", "content")
_WORD = re.compile(r"[^\W_]")
_CLUSTER = re.compile(r".[\u0300-\u036f]*", re.DOTALL)
_EXACT = 1e7  # one exact role outweighs every shared character of an article


@dataclass(frozen=True)
class Attribution:
    """The letters and digits each role covers, as offsets of the article; none, empty."""

    source: frozenset[int]
    cue: frozenset[int]
    content: frozenset[int]


@dataclass(frozen=True)
class Article:
    """One article and its gold attributions."""

    name: str
    text: str
    gold: tuple[Attribution, ...]


def score(path: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Score the package's attributions on the articles of a folder.

    Parameters
    ----------
    path : Path
        Folder with ``text`` and ``attributions``.
    options : argparse.Namespace
        ``part``: 'even' or 'odd' keeps the articles whose file name has such a SHA-256.

    Returns
    -------
    dict
        task, scores and the number of articles.
    """
    tally = Tally()
    count = 0
    for article in articles(path, options.part):
        tally.add(article.gold, predicted(article.text))
        count += 1
    return {"task": "attribution", "scores": tally.scores(), "n": count}


def articles(path: Path, part: str = "all") -> Iterator[Article]:
    """Read the articles of one part; of several annotators the first by file name."""
    for file in sorted((path / "text").glob("*.txt")):
        parity = int(hashlib.sha256(file.name.encode()).hexdigest(), 16) % 2
        if part == "all" or parity == (part == "odd"):
            annotated = sorted((path / "attributions").glob(f"{glob_escaped(file.stem)}_*.ann"))
            if annotated:
                text = file.read_bytes().decode("utf-8")
                yield Article(file.name, text, tuple(gold(annotated[0], text)))


def glob_escaped(stem: str) -> str:
    return re.sub(r"([\[\]*?])", r"[\1]", stem)


def gold(file: Path, text: str) -> Iterator[Attribution]:
    """Read one annotator's attributions; a role may be filled by several discontinuous spans."""
    spans: dict[str, list[tuple[int, int]]] = {}
    events: list[str] = []
    for line in file.read_text(encoding="utf-8").splitlines():
        mark, _, rest = line.partition("\t")
        if mark.startswith("T"):
            places = rest.split("\t")[0].split(" ", 1)[1].split(";")
            spans[mark] = [(int(a), int(b)) for a, b in (place.split() for place in places)]
        elif mark.startswith("E"):
            events.append(rest)
    for event in events:
        roles: dict[str, list[tuple[int, int]]] = {}
        for argument in event.split()[1:]:
            role, _, target = argument.partition(":")
            roles.setdefault(role.rstrip("0123456789").lower(), []).extend(spans[target])
        yield Attribution(*(letters(text, roles.get(role, ())) for role in ROLES))


def letters(text: str, spans: Iterable[tuple[int, int]]) -> frozenset[int]:
    """The offsets of the letters and digits inside spans."""
    return frozenset(
        match.start() for start, end in spans for match in _WORD.finditer(text, start, end)
    )


def predicted(text: str) -> list[Attribution]:
    """What the package finds, in offsets of the article as it stands."""
    document = evidence.from_text(text)
    places = original_offsets(text, document.text)

    def covered(*spans: tuple[int, int]) -> frozenset[int]:
        return letters(text, [(places[start], places[end]) for start, end in spans])

    return [
        Attribution(covered(one.source), covered(one.cue), covered(*one.parts))
        for one in evidence.attributions(document)
        if not one.nested  # PolNeAR annotates nothing inside the content of another attribution
    ]


def original_offsets(text: str, kept: str) -> list[int]:
    """For each offset of the kept text that of the article: composing accents shortens a text."""
    places: list[int] = []
    composed: list[str] = []
    for match in _CLUSTER.finditer(text):
        cluster = unicodedata.normalize("NFC", match[0])
        composed.append(cluster)
        places += [match.start()] * len(cluster)
    if "".join(composed) != kept:
        raise ValueError("the kept text differs from the article; offsets would not compare")
    return [*places, len(text)]


class Tally:
    """Counts of true positives over articles, exact and overlapping, role by role."""

    def __init__(self) -> None:
        self.exact = dict.fromkeys(ROLES, 0)
        self.overlap = dict.fromkeys(ROLES, 0)
        self.gold = dict.fromkeys(ROLES, 0)
        self.found = dict.fromkeys(ROLES, 0)

    def add(self, gold: Iterable[Attribution], found: Iterable[Attribution]) -> None:
        """Match one article's attributions one to one and count."""
        gold, found = list(gold), list(found)
        for role in ROLES:
            self.gold[role] += sum(bool(getattr(one, role)) for one in gold)
            self.found[role] += sum(bool(getattr(one, role)) for one in found)
        for one, other in match(gold, found):
            for role in ROLES:
                truth, guess = getattr(one, role), getattr(other, role)
                self.exact[role] += bool(truth) and truth == guess
                self.overlap[role] += bool(truth & guess)

    def scores(self) -> dict[str, float]:
        """Precision, recall and F1 of each role, exact and overlapping."""
        named: dict[str, float] = {}
        for kind, hits in (("exact", self.exact), ("overlap", self.overlap)):
            for role in ROLES:
                named |= {
                    f"{kind}_{role}_precision": hits[role] / max(1, self.found[role]),
                    f"{kind}_{role}_recall": hits[role] / max(1, self.gold[role]),
                    f"{kind}_{role}_f1": 2 * hits[role]
                    / max(1, self.found[role] + self.gold[role]),
                }  # fmt: skip
        return named


def match(
    gold: list[Attribution], found: list[Attribution]
) -> Iterator[tuple[Attribution, Attribution]]:
    """Pair gold and found one to one: most exact roles first, then most shared characters."""
    if not gold or not found:
        return
    weight: NDArray[np.float64] = np.zeros((len(gold), len(found)))
    for row, one in enumerate(gold):
        for column, other in enumerate(found):
            for role in ROLES:
                truth, guess = getattr(one, role), getattr(other, role)
                if truth and guess:
                    weight[row, column] += _EXACT * (truth == guess) + len(truth & guess)
    rows, columns = linear_sum_assignment(weight, maximize=True)
    for row, column in zip(rows, columns, strict=True):
        if weight[row, column]:
            yield gold[row], found[column]
