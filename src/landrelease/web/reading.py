"""A kept text cut for reading: what is set apart, and where the parts of claims begin and end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

#: Parts of a claim that are marked in the text, the outer ones first.
PARTS = ("content", "source", "cue")
#: Texts longer than this are shown around the claims of a page of them.
LONGEST = 200_000
#: Characters shown before and after them.
AROUND = 3_000

Span = tuple[int, int, str]


@dataclass(frozen=True)
class Segment:
    """A run of the text in which the same marks hold.

    Attributes
    ----------
    text
        The words.
    parts
        Which parts of claims it belongs to (of :data:`PARTS`).
    claims
        Keys of the claims it belongs to with any part.
    depth
        How many claims it is said in: 2 where a claim stands inside another, or two overlap.
    begins, ends
        Claims whose content begins with it, and ends with it for good.
    apart
        Kind of what it belongs to that is set apart; empty where it is part of the report.
    apart_begins
        Whether that begins here.
    """

    text: str
    parts: list[str] = field(default_factory=list)
    claims: list[str] = field(default_factory=list)
    depth: int = 0
    begins: list[str] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)
    apart: str = ""
    apart_begins: bool = False


def segments(
    text: str,
    claims: Iterable[tuple[str, Sequence[Span]]],
    apart: Iterable[Span] = (),
    window: tuple[int, int] | None = None,
) -> list[Segment]:
    """Cut a text where the marks of its claims begin and end.

    Parameters
    ----------
    text
        The kept text.
    claims
        Key and spans (start, end, part) of each, in characters of the text. A span that reaches
        outside is left out. A content may come in pieces.
    apart
        What is set apart: start, end, kind.
    window
        First character shown, and the one after the last; the whole text unless given.

    Returns
    -------
    list of Segment
        Their texts joined are the window of the text, every character once.
    """
    first, last = window or (0, len(text))
    marks = [
        (max(start, first), min(end, last), part, key)
        for key, spans in claims
        for start, end, part in spans
        if 0 <= start < end <= len(text) and start < last and end > first
    ]
    furniture = [
        (max(start, first), min(end, last), kind)
        for start, end, kind in apart
        if start < end and start < last and end > first
    ]
    cuts = sorted(
        {first, last}
        | {edge for mark in marks for edge in mark[:2]}
        | {edge for span in furniture for edge in span[:2]}
    )
    begin, finish = _extents(marks)
    opening: dict[int, list[tuple[int, int, str, str]]] = {}
    for mark in marks:
        opening.setdefault(mark[0], []).append(mark)
    kinds: dict[int, list[Span]] = {}
    for span in furniture:
        kinds.setdefault(span[0], []).append(span)
    cut: list[Segment] = []
    over: list[tuple[int, int, str, str]] = []
    aside: list[Span] = []
    for start, end in pairwise(cuts):
        over = [mark for mark in over if mark[1] > start] + opening.get(start, [])
        aside = [span for span in aside if span[1] > start] + kinds.get(start, [])
        said_in = dict.fromkeys(mark[3] for mark in over if mark[2] == "content")
        cut.append(
            Segment(
                text[start:end],
                [part for part in PARTS if any(mark[2] == part for mark in over)],
                list(dict.fromkeys(mark[3] for mark in over)),
                len(said_in),
                [key for key in said_in if begin[key] == start],
                [key for key in said_in if finish[key] == end],
                aside[-1][2] if aside else "",
                bool(kinds.get(start)),
            )
        )
    return cut


def window(text: str, spans: Sequence[Span]) -> tuple[int, int]:
    """What to show of a text with the claims of one page: all of it unless it is very long."""
    if len(text) <= LONGEST:
        return 0, len(text)
    start = min((span[0] for span in spans), default=0)
    end = max((span[1] for span in spans), default=start)
    return max(0, start - AROUND), min(len(text), max(end + AROUND, start + AROUND))


def _extents(marks: Iterable[tuple[int, int, str, str]]) -> tuple[dict[str, int], dict[str, int]]:
    """Where the content of each claim begins, and where it ends."""
    begin: dict[str, int] = {}
    finish: dict[str, int] = {}
    for start, end, part, key in marks:
        if part == "content":
            begin[key] = min(start, begin.get(key, start))
            finish[key] = max(end, finish.get(key, end))
    return begin, finish
