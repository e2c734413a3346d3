"""How a file is sealed whose record type has no personal fields, though it names persons."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .models import Submission


@dataclass(frozen=True)
class Sealing:
    """What a delivery says of the sealing of its file.

    Attributes
    ----------
    mark
        Keyed mark of the file, kept in place of its hash.
    original
        An earlier submission of the same file, which keeps it sealed already; None for the first.
    keep
        Called in the transaction that keeps the result, with the submission and the ids of the
        records of its rows: seals who is named, each under their own key.
    """

    mark: str
    original: Submission | None
    keep: Callable[[Submission, Sequence[str]], None]
