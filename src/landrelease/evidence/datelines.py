"""The line of place, date and credit in front of a report: "KYIV, Nov 21 (AFP) –"."""

from __future__ import annotations

import re

_DAY = r"(?:[A-Z][a-z]{2,8}\.?\s+\d{1,2}|\d{1,2}\s+[A-Z][a-z]{2,8}\.?)(?:,?\s+\d{4})?"
_DATELINE = re.compile(
    r"^(?P<place>[A-Z][A-Z.'’\- ]{2,40}(?:,\s?[A-Z][A-Za-z.]+(?:\s[A-Z][a-z]+)?)?"
    r"|[A-Z][\w'’\-]+(?:[ -][A-Z][\w'’\-]+){0,3})"
    rf"(?:,\s*(?P<date>{_DAY}))?"
    r",?\s*(?:\((?P<credit>[A-Z][\w .&'’/-]{1,40})\)|(?P<slash>/[A-Z][\w .-]{1,30}/))?"
    r"\s*(?P<dash>--|[–—]|-(?=\s)|:(?=\s[A-Z]))"
)


def match(paragraph: str) -> re.Match[str] | None:
    """Find a place line at the start of a paragraph.

    Parameters
    ----------
    paragraph : str
        One paragraph.

    Returns
    -------
    re.Match or None
        Groups ``place``, ``date``, ``credit``, ``slash``.
    """
    found = _DATELINE.match(paragraph[:160])
    if found is None:
        return None
    # A capitalised word and a dash alone begin many sentences: something else must say so.
    shouted = found["place"].split(",")[0].isupper()
    return found if shouted or found["date"] or found["credit"] or found["slash"] else None
