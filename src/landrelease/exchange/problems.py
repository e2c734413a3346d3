"""What can be wrong with a file or a row, said so that a person can act on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["info", "warning", "error"]


class ExchangeError(Exception):
    """A file cannot be read or written; the message names file, layer and what to do."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding about a file, a column or a row.

    Attributes
    ----------
    rule
        Stable name of the rule, such as ``unknown_choice``.
    severity
        ``info``: worth knowing. ``warning``: something was not taken over as it stands.
        ``error``: a part of the row (or the row) could not be used and a person must look.
    message
        What is wrong.
    hint
        What to do about it.
    row
        Row or feature number as a person would count; ``None`` for a whole column or file.
    field
        Field or column concerned.
    value
        The value as given, shortened; never set for personal fields.
    """

    rule: str
    severity: Severity
    message: str
    hint: str = ""
    row: int | None = None
    field: str = ""
    value: str | None = None


def shorten(value: object, length: int = 200) -> str:
    """Text of a value, at most ``length`` characters, for a message."""
    text = str(value)
    return text if len(text) <= length else text[: length - 1] + "…"
