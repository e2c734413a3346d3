"""Texts that a spreadsheet would take for a formula, made harmless and given back.

A spreadsheet that opens a CSV file runs a cell that begins with ``=``, ``+``, ``-`` or ``@``
(CWE-1236). Such texts are written with the apostrophe that spreadsheets themselves use as the mark
of a text, and read without it. The two undo each other for every text, so nothing is lost on the
way out and back; a text such as "'Ain Zara" is no formula and is left alone both ways.
"""

from __future__ import annotations

import re

_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")
_GUARDED = re.compile(rf"'+(?:{_FORMULA.pattern})")
_TO_GUARD = re.compile(rf"'*(?:{_FORMULA.pattern})")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")


def like_a_formula(text: str) -> bool:
    """Whether a spreadsheet may take a text for a formula or a command."""
    return _FORMULA.match(text) is not None


def guard(text: str, *, number: bool = False) -> str:
    """A text as it is safe in a CSV cell; see :func:`unguard`.

    Parameters
    ----------
    number
        Whether the column holds numbers: a negative number is then left as it is.
    """
    if not _TO_GUARD.match(text) or (number and _NUMBER.fullmatch(text)):
        return text
    return "'" + text


def is_guarded(cell: str) -> bool:
    """Whether a cell bears the mark that :func:`guard` sets."""
    return cell.startswith("'") and _GUARDED.match(cell) is not None


def unguard(cell: str) -> str:
    """Undo :func:`guard`."""
    return cell[1:] if is_guarded(cell) else cell
