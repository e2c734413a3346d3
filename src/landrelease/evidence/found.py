"""One attribution as the grammar of a sentence finds it."""

from __future__ import annotations

from dataclasses import dataclass

Span = tuple[int, int]


@dataclass(frozen=True)
class Found:
    """Token ranges (first, last exclusive) of one attribution within its sentence.

    Attributes
    ----------
    source : (int, int) or None
        Who; None when the sentence names nobody.
    cue : (int, int)
        The verb group, noun or preposition.
    content : tuple of (int, int)
        What; several ranges around an interposed "she said". Empty when a quotation in the
        sentence before may be what was said.
    verb : str
        The cue's main word in lower case.
    stance : str
        'stated', 'judged', 'believed', 'wished' or 'planned'.
    negated : bool
        "did not say".
    nested : bool
        Inside the content of another attribution.
    opens : bool
        Ends with a colon: what was said comes in the next sentence.
    """

    source: Span | None
    cue: Span
    content: tuple[Span, ...]
    verb: str
    stance: str = "stated"
    negated: bool = False
    nested: bool = False
    opens: bool = False
