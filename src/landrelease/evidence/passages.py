"""From which of its stories a merged report has a passage.

A report that puts two stories together tells each in the words of its own source, or nearly so. So
a passage belongs to the story of which another report, one that stands in that story alone, tells
the same sentence; where none does, or reports of both, nobody can say.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from landrelease.evidence import copies
from landrelease.evidence.intake import Document
from landrelease.evidence.quotations import mask, quotations
from landrelease.evidence.text import blank_out, paragraphs, sentences

_LEAST = 3  # content words: of fewer, one sentence is as good as another
_TOLD = 0.5  # share of a passage's content words that one sentence elsewhere must hold
_APART = 0.2  # by which it must hold more than any sentence of the other stories

Bag = frozenset[str]


class Passages:
    """The sentences of the reports that stand in one story alone.

    Parameters
    ----------
    members : mapping of str to sequence of Document
        For each story the documents that stand in no other one.
    """

    def __init__(self, members: Mapping[str, Sequence[Document]]) -> None:
        self._members = members
        self._index: dict[str, tuple[list[Bag], dict[str, list[int]]]] = {}

    def told(self, document: Document, stories: Sequence[str]) -> Told:
        """Look up every sentence of a report.

        Parameters
        ----------
        document : Document
            A report that stands in several stories.
        stories : sequence of str
            Their ids.

        Returns
        -------
        Told
        """
        rows = [
            (start, end, len(bag), {story: self._held(bag, story) for story in stories})
            for start, end, bag in _sentences(document)
        ]
        return Told(rows, sorted(stories))

    def _held(self, bag: Bag, story: str) -> float:
        """The largest share of a sentence's content words in one sentence of a story."""
        bags, holding = self._indexed(story)
        shared = Counter(number for stem in bag for number in holding.get(stem, ()))
        return max(shared.values(), default=0) / len(bag) if bags else 0.0

    def _indexed(self, story: str) -> tuple[list[Bag], dict[str, list[int]]]:
        if story not in self._index:
            texts = {one.text_sha256: one for one in self._members.get(story, ())}
            bags = {bag for one in texts.values() for _, _, bag in _sentences(one)}
            listed = sorted(bags, key=sorted)
            holding: dict[str, list[int]] = defaultdict(list)
            for number, bag in enumerate(listed):
                for stem in bag:
                    holding[stem].append(number)
            self._index[story] = listed, holding
        return self._index[story]


class Told:
    """For each sentence of a merged report how far each story tells it."""

    def __init__(
        self, rows: Sequence[tuple[int, int, int, Mapping[str, float]]], stories: Sequence[str]
    ) -> None:
        self._rows, self._stories = rows, stories

    def story(self, start: int, end: int) -> str | None:
        """Tell from which story a passage comes.

        Parameters
        ----------
        start, end : int
            Characters of the kept text.

        Returns
        -------
        str or None
            Id of the story; None where nothing tells it, or more than one does.
        """
        rows = [row for row in self._rows if row[0] < end and start < row[1]]
        words = sum(size for _, _, size, _ in rows)
        if not words:
            return None
        shares = {
            story: sum(size * held[story] for _, _, size, held in rows) / words
            for story in self._stories
        }
        best, *others = sorted(self._stories, key=lambda story: (-shares[story], story))
        clear = all(shares[best] >= shares[other] + _APART for other in others)
        return best if clear and shares[best] >= _TOLD else None

    def clear(self) -> tuple[Counter[str | None], int]:
        """Count the sentences that come from each story alone, and all that were compared."""
        return Counter(self.story(row[0], row[1]) for row in self._rows), len(self._rows)

    def main(self) -> str:
        """Tell from which story most of the report's sentences come; the first id of equals."""
        count, _ = self.clear()
        return min(self._stories, key=lambda story: (-count[story], story))


def _sentences(document: Document) -> list[tuple[int, int, Bag]]:
    apart = [(start, end) for start, end, _ in document.boilerplate]
    plain = blank_out(document.text, apart)
    masked = mask(plain, quotations(document.text, ignore=apart))
    found = []
    for start, end in paragraphs(plain):
        for sentence in sentences(masked, document.text, start, end):
            first, last = sentence[0].start, sentence[-1].end
            bag = copies.stems(plain[first:last])
            if len(bag) >= _LEAST:
                found.append((first, last, bag))
    return found
