"""Whether a report that is like two groups puts two stories together, or leaves that open.

Two groups may be apart only because a paraphrase and a cut of one text have little in common.
Whoever then took the text itself for a merger would count one origin twice. So a merger must show:
sentences of its own that the one group tells and the other does not, on both sides. Where it does
not show, the groups stay two stories, for most often they are, and are *tied*: they count as one
origin. They are one story where a report is known to be older than all of them, for they were cut
from it, and where several reports stand between them that are most of one of them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from landrelease.evidence.intake import Document
from landrelease.evidence.passages import Passages

LEAST = 2  # sentences that one group alone must tell
SHARE = 0.15  # and what share of the report's sentences
BETWEEN = 2  # reports: one alone may be a merger, however small the groups are


@dataclass(frozen=True)
class Settled:
    """Groups, and what is left open between them.

    Attributes
    ----------
    groups : list of tuple of int
        Places of documents; every document stands in one at least, and each group has a document
        that stands in no other.
    tied : tuple of (int, int)
        Groups, by their numbers, between which a report stands that is no clear merger of them.
    unclear : frozenset of (int, int)
        Such reports: number of a group and place in it.
    """

    groups: list[tuple[int, ...]]
    tied: tuple[tuple[int, int], ...]
    unclear: frozenset[tuple[int, int]]


def settled(groups: Sequence[tuple[int, ...]], documents: Sequence[Document]) -> Settled:
    """Tell clear mergers from reports that may be anything, and from what was copied.

    Parameters
    ----------
    groups : sequence of tuple of int
        Places of documents; some stand in several groups.
    documents : sequence of Document

    Returns
    -------
    Settled
        The same, up to numbering, for any order of groups and documents.
    """
    groups = _with_own(groups)
    several = _several(groups)
    standing: dict[int, list[int]] = defaultdict(list)
    for number, group in enumerate(groups):
        for place in several.intersection(group):
            standing[place].append(number)
    asked = sorted({number for numbers in standing.values() for number in numbers})
    own = {n: [documents[p] for p in groups[n] if p not in several] for n in asked}
    first = {number: _earliest(held) for number, held in own.items()}
    # Numbers follow the order of the documents; what is chosen must not.
    mark = {n: min((one.text_sha256, one.path) for one in held) for n, held in own.items()}
    passages = Passages({str(number): held for number, held in own.items()})
    parts = _Joined(len(groups))
    open_: list[tuple[int, int, int]] = []  # a report, a group it is no clear part of, and another
    for place, unordered in standing.items():
        numbers = sorted(unordered, key=mark.__getitem__)
        day = _day(documents[place])
        if day is not None and all((known := first[n]) and day < known for n in numbers):
            for number in numbers:  # older than all: what they were cut from
                parts.join(numbers[0], number)
            continue
        count, sentences = passages.told(documents[place], [str(n) for n in numbers]).clear()
        least = max(LEAST, SHARE * sentences)
        shown = [number for number in numbers if count[str(number)] >= least]
        if len(shown) < 2:
            open_ += [(place, number, numbers[0]) for number in numbers]
        else:
            most = max(count[str(number)] for number in shown)
            nearest = next(number for number in shown if count[str(number)] == most)
            open_ += [(place, number, nearest) for number in numbers if number not in shown]
    for _, number, other in open_:
        between = len(set(groups[number]).intersection(groups[other]))
        smaller = min(len(groups[number]), len(groups[other]))
        if between >= BETWEEN and 2 * between > smaller:
            parts.join(number, other)
    return _numbered(groups, parts, open_)


def components(count: int, ties: Iterable[tuple[int, int]]) -> list[int]:
    """Name what hangs together by its smallest number.

    Parameters
    ----------
    count : int
        Of things, numbered from 0.
    ties : iterable of (int, int)
        Pairs of them.

    Returns
    -------
    list of int
        For each the smallest number that it is tied to, directly or through others.
    """
    parts = _Joined(count)
    for one, other in ties:
        parts.join(one, other)
    return [parts.root(number) for number in range(count)]


class _Joined:
    """Numbers that are one (union-find)."""

    def __init__(self, count: int) -> None:
        self._parent = list(range(count))

    def root(self, number: int) -> int:
        while self._parent[number] != number:
            self._parent[number] = self._parent[self._parent[number]]
            number = self._parent[number]
        return number

    def join(self, one: int, other: int) -> None:
        first, last = sorted((self.root(one), self.root(other)))
        self._parent[last] = first


def _with_own(groups: Sequence[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """A group of nothing but reports that stand elsewhere too is no story of its own.

    Those among them which are the only places of a report are put together, so that none is lost.
    """
    several = _several(groups)
    kept = [group for group in groups if not several.issuperset(group)]
    others = [group for group in groups if several.issuperset(group)]
    lost = {place for group in others for place in group}.difference(*kept)
    parts = _Joined(len(others))
    holder: dict[int, int] = {}
    for number, group in enumerate(others):
        for place in lost.intersection(group):
            parts.join(holder.setdefault(place, number), number)
    made: dict[int, set[int]] = defaultdict(set)
    for number, group in enumerate(others):
        if lost.intersection(group):
            made[parts.root(number)].update(group)
    return kept + [tuple(sorted(group)) for group in made.values()]


def _numbered(
    groups: Sequence[tuple[int, ...]], parts: _Joined, open_: Sequence[tuple[int, int, int]]
) -> Settled:
    """Number what was joined, and what is open between the groups that are left."""
    made: dict[int, set[int]] = defaultdict(set)
    for number, group in enumerate(groups):
        made[parts.root(number)].update(group)
    name: Mapping[int, int] = {root: number for number, root in enumerate(made)}
    standing = _several([tuple(group) for group in made.values()])
    tied, unclear = set(), set()
    for place, number, other in open_:
        one, two = name[parts.root(number)], name[parts.root(other)]
        if one != two:
            tied.add((min(one, two), max(one, two)))
        if place in standing:  # groups that it stood between may have become one
            unclear.add((one, place))
    return Settled(
        [tuple(sorted(group)) for group in made.values()], tuple(sorted(tied)), frozenset(unclear)
    )


def _several(groups: Sequence[tuple[int, ...]]) -> set[int]:
    count = Counter(place for group in groups for place in group)
    return {place for place, number in count.items() if number > 1}


def _earliest(documents: Sequence[Document]) -> str | None:
    return min((day for one in documents if (day := _day(one))), default=None)


def _day(document: Document) -> str | None:
    published = document.published
    day = None if published is None else published.date()
    return None if day is None else day.isoformat()
