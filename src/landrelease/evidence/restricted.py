"""What a claim tells that is not for everybody: where arms lie, and records of minefields."""

from __future__ import annotations

import re

_ARMS = (
    r"(?:arms|weapons?|weaponry|ammunition|munitions?|ordnance|explosives?|(?:land)?mines?|rockets?|"
    r"missiles?|shells?|grenades?|bombs?)"
)
_REASONS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "cache",
        re.compile(
            rf"\bcaches?\b(?! of (?:documents|data|emails|letters))|\b(?:hidden|buried) (?:\w+"
            rf" )?{_ARMS}\b"
            rf"|\b{_ARMS} (?:were |was |are |is )?hidden\b",
            re.I,
        ),
    ),
    (
        "store",
        re.compile(
            rf"\b{_ARMS} (?:depots?|stores?|dumps?|storage|magazines?|warehouses?|bunkers?)\b"
            rf"|\b(?:depots?|stores?|dumps?|warehouses?|bunkers?|storage sites?) (?:of|with|for"
            rf"|full of|"
            rf"holding|containing) (?:\w+ ){{0,3}}?{_ARMS}\b"
            rf"|\b{_ARMS} (?:\w+ ){{0,2}}?(?:stored|kept|held|stockpiled) (?:in|at|near|under"
            rf"|inside)\b",
            re.I,
        ),
    ),
    (
        "military minefield record",
        re.compile(
            r"\b(?:minefield|mine-?laying|mining) (?:records?|maps?|plans?|sketch\w*|charts?|logs?|"
            r"schemes?)\b"
            r"|\b(?:records?|maps?|plans?|sketch\w*|charts?) (?:of|showing|marking|for) (?:(?:all"
            r"|the|its|"
            r"their|his|where|old|laid|military|army) )*(?:\w+ )?(?:minefields?|mines|mine"
            r" positions)\b",
            re.I,
        ),
    ),
    (
        "item not destroyed",
        re.compile(
            r"\b(?:undestroyed|not (?:yet )?(?:been )?(?:destroyed|disposed of|blown up)|"
            r"(?:await\w*|waiting for|pending) (?:\w+ )?(?:destruction|demolition|disposal)|"
            r"left in (?:place|situ))\b",
            re.I,
        ),
    ),
)


def restricted(content: str) -> tuple[str, ...]:
    """Tell why a content is restricted by default.

    Parameters
    ----------
    content : str
        The words of a claim.

    Returns
    -------
    tuple of str
        'cache', 'store', 'military minefield record', 'item not destroyed'; empty when none of
        the words for them stands there. A person may restrict any other claim, and may lift this.
    """
    return tuple(reason for reason, words in _REASONS if words.search(content))
