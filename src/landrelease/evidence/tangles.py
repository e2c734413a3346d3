"""Statements that reach into each other: whose words end where, and which stands inside which.

The grammar reads one cue at a time. "The ministry has approved the plan, Mara Lind confirmed on
Monday" gives two statements that seem to hold each other: what the ministry approved ends before
Mara Lind speaks, and it is the ministry's act that stands inside what she confirmed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from landrelease.evidence.speakers import Speaker
from landrelease.evidence.statements import Statement

_NEAR = 24  # statements in front that can still reach one
_NOBODY = Speaker(None, None, None, "unnamed")


def untangled(text: str, made: Sequence[Statement]) -> list[Statement]:
    """Part statements that hold each other, and tell anew which are nested.

    Parameters
    ----------
    text : str
        The kept text.
    made : sequence of Statement
        Of one document, in order.

    Returns
    -------
    list of Statement
        The same number in the same order. A content ends before the source and cue of a later
        speaker whose content it is itself part of. ``nested`` counts only these statements, not
        what the grammar found and is no claim. Somebody called "they" inside what another person
        says is nobody of whom it is known who it is.
    """
    parted = [_shortened(one, made[_near(place, made)]) for place, one in enumerate(made)]
    return [_nesting(text, one, parted[_near(place, parted)]) for place, one in enumerate(parted)]


def _near(place: int, made: Sequence[Statement]) -> slice:
    """Statements are in the order of their contents: those that can reach a statement."""
    first = last = place
    while first > 0 and place - first < _NEAR:
        first -= 1
    while last < len(made) and made[last].content[0] < _reach(made[place]):
        last += 1
    return slice(first, last)


def _reach(one: Statement) -> int:
    return max(one.content[1], one.cue[1], one.source[1])


def _shortened(one: Statement, made: Sequence[Statement]) -> Statement:
    for other in made:
        if other is one or not (_holds(one, other.cue) and _holds(other, one.cue)):
            continue
        first = min(other.source[0], other.cue[0])
        # The other one speaks behind its content: "…, Lind said".
        end = max((b for _, b in other.parts if b <= first), default=0)
        if end > one.parts[0][0]:
            parts = tuple((a, min(b, end)) for a, b in one.parts if a < end)
            return replace(
                one,
                parts=parts,
                content=(parts[0][0], parts[-1][1]),
                quoted=tuple(span for span in one.quoted if span[1] <= end),
            )
    return one


def _holds(one: Statement, cue: tuple[int, int]) -> bool:
    """Whether a cue stands inside a content, interposed sources left out."""
    return any(a <= cue[0] and cue[1] <= b for a, b in one.parts)


def _nesting(text: str, one: Statement, made: Sequence[Statement]) -> Statement:
    outer = any(
        other is not one and _holds(other, one.cue) and not _holds(one, other.cue) for other in made
    )
    if outer and text[slice(*one.source)].casefold() == "they":
        one = replace(one, speaker=_NOBODY)
    return replace(one, nested=outer)
