"""The places that claims name: found once for a document, and given to the claims they stand in."""

from __future__ import annotations

import sys
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from landrelease.evidence.intake import Document
from landrelease.evidence.places import Gazetteer, Place, places

Span = tuple[int, int]


class Around(NamedTuple):
    """Where a claim stands in its text, in characters.

    Attributes
    ----------
    parts : tuple of (int, int)
        The pieces of its content.
    sentence, source : (int, int)
        The sentence around it, and who speaks.
    acting : tuple of (int, int)
        The parties that do something in it: "Washington decided" names a government.
    """

    parts: tuple[Span, ...]
    sentence: Span
    source: Span
    acting: tuple[Span, ...]


def place_slots(
    document: Document,
    around: Sequence[Around],
    gazetteer: Gazetteer | None = None,
) -> list[list[dict[str, Any]]]:
    """List the places of each claim of a document.

    Parameters
    ----------
    document : Document
        As `intake.read` gives it.
    around : sequence of Around
        One for each claim.
    gazetteer : Gazetteer, optional
        That of the world unless given.

    Returns
    -------
    list of list of dict
        For each claim its places in the order of the text: ``text``, ``start``, ``end``,
        ``within`` ('content', or 'sentence' for one that stands beside what was said and may only
        be where it was said), ``kind`` ('government' where the name stands for who acts),
        ``feature``, ``id``, ``name``, ``latitude``, ``longitude``, ``country``, ``admin1``,
        ``confidence`` as `places.Place` has them. Names of peoples ("Ukrainian") are no places.
        Empty: the claim names none of its own.
    """
    named = [p for p in places(document, gazetteer=gazetteer) if p.kind != "adjective"]
    starts = [place.start for place in named]
    sources = Spans(claim.source for claim in around)
    contents = Spans(part for claim in around for part in claim.parts)
    found = []
    for claim in around:
        low = min(claim.sentence[0], claim.parts[0][0])
        high = max(claim.sentence[1], claim.parts[-1][1])
        own = []
        for place in named[bisect_left(starts, low) : bisect_left(starts, high)]:
            inside = any(a <= place.start < b for a, b in claim.parts)
            if not inside and (sources.hold(place.start) or contents.hold(place.start)):
                continue  # who speaks, or what somebody else says in the same sentence
            own.append(_slot(place, inside, any(a <= place.start < b for a, b in claim.acting)))
        found.append(own)
    return found


class Spans:
    """Spans of which one can ask whether any holds a character."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self._spans: list[Span] = []
        for start, end in sorted(spans):
            if self._spans and start <= self._spans[-1][1]:
                self._spans[-1] = (self._spans[-1][0], max(end, self._spans[-1][1]))
            else:
                self._spans.append((start, end))

    def hold(self, place: int) -> bool:
        """Whether a character lies in one of them."""
        before = bisect_right(self._spans, (place, sys.maxsize)) - 1
        return before >= 0 and place < self._spans[before][1]


def _slot(place: Place, inside: bool, acting: bool) -> dict[str, Any]:
    return {
        "text": place.text,
        "start": place.start,
        "end": place.end,
        "within": "content" if inside else "sentence",
        "kind": "government" if acting else place.kind,
        "feature": place.feature,
        "id": place.id,
        "name": place.name,
        "latitude": place.latitude,
        "longitude": place.longitude,
        "country": place.country,
        "admin1": place.admin1,
        "confidence": place.confidence,
    }
