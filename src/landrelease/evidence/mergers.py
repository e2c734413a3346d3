"""Whether a report that is like two groups puts two stories together, or shows that they are one.

Two groups may be apart only because a paraphrase and a cut of one text have little in common.
Whoever then took the text itself for a merger would count one origin twice. So a merger must show:
sentences of its own that the one group tells and the other does not, on both sides; and it must not
be known to be older than all of them. Where it does not show, the groups are one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from landrelease.evidence.intake import Document
from landrelease.evidence.passages import Passages

LEAST = 2  # sentences that one group alone must tell
SHARE = 0.15  # and what share of the report's sentences


def settled(
    groups: Sequence[tuple[int, ...]], documents: Sequence[Document]
) -> list[tuple[int, ...]]:
    """Join groups between which stands a report that is no clear merger of them.

    Parameters
    ----------
    groups : sequence of tuple of int
        Places of documents; some stand in several groups.
    documents : sequence of Document

    Returns
    -------
    list of tuple of int
        Groups that share clear mergers alone.
    """
    several = _several(groups)
    # A group of nothing but reports that stand elsewhere too is no story of its own.
    groups = [group for group in groups if any(place not in several for place in group)]
    several = _several(groups)
    standing: dict[int, list[int]] = defaultdict(list)
    for number, group in enumerate(groups):
        for place in several.intersection(group):
            standing[place].append(number)
    asked = sorted({number for numbers in standing.values() for number in numbers})
    own = {n: [documents[p] for p in groups[n] if p not in several] for n in asked}
    passages = Passages({str(number): held for number, held in own.items()})
    first = {number: _earliest(held) for number, held in own.items()}
    parent = list(range(len(groups)))

    def root(number: int) -> int:
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    for place, numbers in standing.items():
        document = documents[place]
        count, sentences = passages.told(document, [str(n) for n in numbers]).clear()
        day = _day(document)
        shown = [
            number for number in numbers if count[str(number)] >= max(LEAST, SHARE * sentences)
        ]
        if day is not None and all((known := first[n]) and day < known for n in numbers):
            shown = []  # older than all: what they were cut from
        doubtful = [number for number in numbers if number not in shown]
        for number in doubtful + shown[:1] if len(shown) < 2 else []:
            parent[root(number)] = root(numbers[0])
        for number in doubtful if len(shown) >= 2 else []:
            nearest = max(shown, key=lambda one: (count[str(one)], -one))
            parent[root(number)] = root(nearest)
    made: dict[int, set[int]] = defaultdict(set)
    for number, group in enumerate(groups):
        made[root(number)].update(group)
    return [tuple(sorted(group)) for group in made.values()]


def _several(groups: Sequence[tuple[int, ...]]) -> set[int]:
    count = Counter(place for group in groups for place in group)
    return {place for place, number in count.items() if number > 1}


def _earliest(documents: Sequence[Document]) -> str | None:
    return min((day for one in documents if (day := _day(one))), default=None)


def _day(document: Document) -> str | None:
    published = document.published
    day = None if published is None else published.date()
    return None if day is None else day.isoformat()
