"""Texts too short to be told apart by their sentences: compared word for word.

Of two or three sentences nobody can say which facts they tell in which order, and one quotation
that every reporter heard would be half of them. But a note of which the larger part stands word for
word in a report is a copy of it, and no origin of its own.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Protocol

from landrelease.evidence import copies

SHORT = 60  # words: three sentences of a news text
_LETTERS = 20 * SHORT  # a text of so many is not short
_SHARE = 0.3  # of the runs of words of either text; below it no half of the words can be copied
_COMMON = 60  # short texts that are looked at for one run of words

Runs = frozenset[tuple[str, ...]]


class Wordings(Protocol):
    """The words of each text by its place."""

    def __getitem__(self, place: int) -> copies.Content:
        """Give those of one."""
        ...


def short(text: str) -> bool:
    """Tell whether a text is too short for a comparison by sentences.

    Parameters
    ----------
    text : str

    Returns
    -------
    bool
        True under `SHORT` words.
    """
    return len(text) < _LETTERS and len(copies.words(text)) < SHORT


def joined(
    groups: Sequence[tuple[int, ...]], plain: Sequence[str], wordings: Wordings
) -> list[tuple[int, ...]]:
    """Put short texts to what they are copied from.

    Parameters
    ----------
    groups : sequence of tuple of int
        Places of all other texts, those together that belong together.
    plain : sequence of str
        All texts, without what is set apart.
    wordings : Wordings
        Their words.

    Returns
    -------
    list of tuple of int
        The groups under their numbers, and after them those of short texts alone, in no order.
        Short texts that copy each other are together, and in the group of which most members hold
        one of them.
    """
    same: dict[tuple[str, ...], list[int]] = defaultdict(list)
    kept = [list(group) for group in groups]
    known = {place for group in groups for place in group}
    for place, text in enumerate(plain):
        if place not in known:
            words = tuple(copies.words(text))
            if words:
                same[words].append(place)
            else:
                kept.append([place])  # nothing that could be a copy
    leads = {same[words][0]: words for words in sorted(same)}
    runs = {place: frozenset(copies.grams(words, copies.SHINGLE)) for place, words in leads.items()}
    cluster = _Cluster(leads)
    held = _ties(runs, sorted(known), plain, wordings, cluster)
    together: dict[int, list[int]] = defaultdict(list)
    seen: dict[int, Counter[int]] = defaultdict(Counter)
    holding: dict[int, list[int]] = defaultdict(list)
    for number, group in enumerate(groups):
        for place in group:
            holding[place].append(number)
    for place, words in leads.items():
        together[cluster.root(place)] += same[words]
        for other in held.get(place, ()):
            seen[cluster.root(place)].update(holding[other])
    for lead, members in together.items():
        if seen[lead]:
            kept[_most(seen[lead], groups, plain)] += members
        else:
            kept.append(members)
    return [tuple(sorted(group)) for group in kept]


class _Cluster:
    """Short texts that hang together (union-find)."""

    def __init__(self, places: Mapping[int, object]) -> None:
        self._parent = {place: place for place in places}

    def root(self, place: int) -> int:
        while self._parent[place] != place:
            self._parent[place] = self._parent[self._parent[place]]
            place = self._parent[place]
        return place

    def join(self, one: int, other: int) -> None:
        first, last = sorted((self.root(one), self.root(other)))
        self._parent[last] = first


def _most(seen: Counter[int], groups: Sequence[Sequence[int]], plain: Sequence[str]) -> int:
    """The group that holds a text most often; among equals whatever does not hang on the order."""
    most = max(seen.values())
    equal = [number for number, count in seen.items() if count == most]
    if len(equal) == 1:
        return equal[0]
    return min(equal, key=lambda number: sorted(plain[place] for place in groups[number]))


def _ties(
    runs: Mapping[int, Runs],
    others: Sequence[int],
    plain: Sequence[str],
    wordings: Wordings,
    cluster: _Cluster,
) -> dict[int, list[int]]:
    """Join short texts of which one copies the other, and find the longer ones that hold one."""
    holders: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for place, own in runs.items():
        for run in own:
            if len(holders[run]) < _COMMON:
                holders[run].append(place)
    found: dict[int, list[int]] = defaultdict(list)
    if not holders:
        return found
    for other in (*runs, *others):
        theirs = runs.get(other)
        brief = theirs is not None
        if theirs is None:
            theirs = frozenset(copies.grams(copies.words(plain[other]), copies.SHINGLE))
        shared = Counter(place for run in theirs for place in holders.get(run, ()))
        for place, count in shared.items():
            enough = count >= _SHARE * min(len(runs[place]), len(theirs))
            if not enough or (brief and cluster.root(place) == cluster.root(other)):
                continue
            if copies.compare(wordings[place], wordings[other]) is None:
                continue
            if brief:
                cluster.join(place, other)
            else:
                found[place].append(other)
    return found
