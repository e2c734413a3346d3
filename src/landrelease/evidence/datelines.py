"""The line of place, date and credit in front of a report: "KYIV, Nov 21 (AFP) –".

Also as Spanish, French, Russian, Ukrainian and Arabic reports print it:
"КИЇВ, 4 березня (Укрінформ) —", "BOGOTÁ, 4 de marzo de 2021 (EFE) -".
"""

from __future__ import annotations

import re
from itertools import pairwise

from landrelease.evidence.months import MONTHS

_DAY = r"(?:[A-Z][a-z]{2,8}\.?\s+\d{1,2}|\d{1,2}\s+[A-Z][a-z]{2,8}\.?)(?:,?\s+\d{4})?"
_CAPITAL = r"[A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĘĚŁŃŇŐŘŚŠŞŤŮŰŹŻŽЀ-Я]"
# Days as Spanish, French, Russian and Ukrainian write them; `match` checks the name of the month.
_DAY_ABROAD = (
    r"\d{1,2}(?:er|º|°)?\s+(?:de\s+)?[^\W\d_]{3,12}\.?"
    r"(?:,?\s+(?:del?\s+)?\d{4}(?:\s+(?:г\.|года|року|р\.))?)?"
)
_ABROAD = re.compile(
    rf"^(?P<place>{_CAPITAL}(?:[\w'’.\-]|\s(?={_CAPITAL}|de\s|la\s|el\s|les?\s)){{1,40}}?"
    r"(?:\s\([^)]{2,30}\))?)"
    rf"(?:[,.]?\s*(?P<date>{_DAY_ABROAD}))?"
    rf"[,.]?\s*(?:\((?P<credit>{_CAPITAL}[\w .&'’/-]{{1,40}})\)"
    rf"|(?P<slash>/{_CAPITAL}[\w .-]{{1,30}}/)\.?)?"
    r"\s*(?P<dash>\.?\s?--|\.?\s?[–—]|\.?\s?-(?=\s)|:(?=\s)|(?<=/)|(?<=/\.))"
)
_ARABIC = re.compile(
    r"^(?P<place>[\u0621-\u064a]+(?:[ \u00a0][\u0621-\u064a]+){0,3}?)"
    r"(?:\s*[،,]?\s*(?P<date>\d{1,2}\s+[\u0621-\u064a]+(?:[ /][\u0621-\u064a]+){0,2}"
    r"(?:\s+\d{4})?))?"
    r"\s*[،,]?\s*(?:\((?P<credit>[^\W\d_][^()\n]{1,40})\)|(?P<slash>/[^/\n]{2,30}/))?"
    r"\s*(?P<dash>--|[–—]|-(?=\s)|:(?=\s))"
)
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
    start = paragraph[:160]
    found = _DATELINE.match(start)
    if found is None:
        found = (_ARABIC if "\u0600" <= start[:1] <= "\u06ff" else _ABROAD).match(start)
        if found is not None and found["date"] and not _names_month(found["date"]):
            return None
    if found is None:
        return None
    # A capitalised word and a dash alone begin many sentences: something else must say so.
    shouted = found["place"].split(",")[0].isupper()  # Arabic has no capitals
    return found if shouted or found["date"] or found["credit"] or found["slash"] else None


def _names_month(date: str) -> bool:
    """ "4 березня" and not "4 підрозділи"."""
    words = re.findall(r"[^\W\d_]+", date.lower())
    pairs = [" ".join(pair) for pair in pairwise(words)]
    return any(word in MONTHS for word in (*words, *pairs))
