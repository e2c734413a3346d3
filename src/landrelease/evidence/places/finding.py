"""Find the names of places in a text: names of the gazetteer, weighed by what is around them.

A name of the gazetteer is often none of a place: a person ("Jordan said", "Paris Hilton"), a plain
word ("Reading", "Mobile"). Each candidate is described by what a reader sees (a preposition before
it, a title, a state after a comma, the word in small letters elsewhere) and the descriptions are
added up with the weights in ``weights.py``, which are few enough to be read.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from landrelease.evidence import tagging
from landrelease.evidence.places import gazetteer as names
from landrelease.evidence.places import wording
from landrelease.evidence.places.gazetteer import Gazetteer, Sense
from landrelease.evidence.places.weights import FINDING

_TOKEN = re.compile(
    r"W\.\s?Va\.|(?:[^\W\d_]\.){2,}(?:[^\W\d_]{1,3}\.)?|[A-Z]\.[A-Z][a-z]{1,2}\.|[^\W_]+(?:['’ʼ][^\W\d_]+)*"
)
_CLITIC = re.compile(r"['’](?:s|S)$")
_GAP = re.compile(r"(?:[ \u00a0\u202f\t]{1,2}|\n(?!\s*\n)[ \t]*|[-‐‑–])?")
_AFTER_POINT = re.compile(r"\.[ \u00a0]{1,2}")
_SENTENCE_END = re.compile(r"[.!?:;\n•*“\"(]|^$")
_POINTED = frozenset({"st", "ste", "ft", "mt"}) | frozenset(
    names.key(part)
    for item in re.split(r"[|\n]", wording.ABBREVIATIONS.strip())
    for part in item.split(" ")[1:]
    if part.endswith(".")
)
_AMERICAN_DISTRICTS = frozenset({"county", "parish", "borough", "township", "twp"})
_MUNICIPAL = frozenset({"city", "town", "county"})
_KINDS = frozenset(
    {"county", "area", "region", "city", "province", "district", "village"}
    | {"resident", "residents"}
)
_AREAS = frozenset({"country", "admin1", "admin2", "region"})
_COMMON = -15.5  # log likelihood under which the tagger guesses rather than knows a word


class Word(NamedTuple):
    """A word of the text: offsets, the words, the form for looking up, and whether it may name.

    ``whole_end`` and ``whole_key`` keep an "'s" that hangs on it, as "St. John's" needs it.
    """

    start: int
    end: int
    text: str
    key: str
    capital: bool
    whole_end: int
    whole_key: str


@dataclass
class Mention:
    """A candidate: words ``first`` to ``last`` (exclusive) and what the name may stand for."""

    first: int
    last: int
    start: int
    end: int
    key: str
    senses: list[Sense]
    inflected: bool = False
    kind: str = "name"  # name, adjective or feature (a road, a lake: no entry in the gazetteer)
    confidence: float = 0.0
    seen: dict[str, float] = field(default_factory=dict)


def words(text: str) -> list[Word]:
    """Cut a text into words; what hangs on by an apostrophe ("'s") is left off."""
    found = []
    for match in _TOKEN.finditer(text):
        word, end = match[0], match.end()
        clitic = _CLITIC.search(word)
        if clitic:
            word, end = word[: clitic.start()], match.start() + clitic.start()
        capital = (
            word[0].isupper()
            or "\u0600" <= word[0] <= "\u06ff"
            or (len(word) > 2 and word[1] in "'’" and word[2].isupper())
        )
        key = names.key(word) if capital else word.lower()
        whole = f"{key}s" if clitic else key
        found.append(Word(match.start(), end, word, key, capital, match.end(), whole))
    return found


def joined(text: str, one: Word, other: Word) -> bool:
    """Whether two words may stand in one name: a space, a hyphen, "St. Petersburg"."""
    gap = text[one.whole_end : other.start]
    if _GAP.fullmatch(gap):
        return True
    return one.key in _POINTED and bool(_AFTER_POINT.fullmatch(gap))


def candidates(text: str, row: Sequence[Word], gazetteer: Gazetteer) -> list[Mention]:
    """The longest names of the gazetteer, from left to right, without overlap."""
    found: list[Mention] = []
    place = 0
    while place < len(row):
        mention = _longest(text, row, place, gazetteer) if row[place].capital else None
        if mention is None:
            place += 1
            continue
        found.append(mention)
        place = mention.last
    return found


def _longest(text: str, row: Sequence[Word], first: int, gazetteer: Gazetteer) -> Mention | None:
    stems = inflections(row[first].key)
    limit = max(gazetteer.longest(stem) for stem in stems)
    follower = row[first + 1].key if first + 1 < len(row) else ""
    if row[first].key == "the" or (row[first].key in _MUNICIPAL and follower == "of"):
        return None  # the City of Richmond is Richmond
    last = first + 1
    while last < len(row) and last - first < limit and joined(text, row[last - 1], row[last]):
        last += 1
    for stop in range(last, first, -1):
        if not (row[stop - 1].capital or row[stop - 1].text.isdigit()):
            continue
        if (stop - first > 1 and row[stop - 1].key == "city" and stop < len(row)
                and row[stop].capital and row[stop].key in wording.BODIES
                and joined(text, row[stop - 1], row[stop])):  # fmt: skip
            continue  # the schools of Springfield, not of Springfield City
        name = " ".join(word.whole_key for word in row[first:stop])
        forms = [name] if stop - first > 1 else _best_known(stems, gazetteer)
        end = row[stop - 1].end
        if row[stop - 1].whole_end > end and stop - first > 1:
            if gazetteer.look(name):
                end = row[stop - 1].whole_end
            else:
                name = name[:-1]
                forms = [name]
        if stop - first > 1 and not name.isascii():
            forms = _best_known([name, *_inflected_phrase(row[first:stop], gazetteer)], gazetteer)
        for form in forms:
            senses = gazetteer.look(form)
            if senses:
                if row[stop - 1].key in _POINTED and text[end : end + 1] == ".":
                    end += 1
                mention = Mention(first, stop, row[first].start, end, form, senses)
                mention.inflected = not name.startswith(form)
                return _abbreviation_checked(text, row, mention)
    return None


def _best_known(forms: Sequence[str], gazetteer: Gazetteer) -> Sequence[str]:
    """Of the base forms that a word may come from, the one of the largest place first."""
    if len(forms) < 2:
        return forms
    return sorted(forms, key=lambda form: -max(
        (max(sense.entry.population, 1) for sense in gazetteer.look(form)), default=0))  # fmt: skip


def _abbreviation_checked(text: str, row: Sequence[Word], mention: Mention) -> Mention | None:
    """Postal codes and "Miss." stand only behind a place and a comma."""
    word = text[mention.start : mention.end]
    if len(word.rstrip(".")) <= 2 and word.rstrip(".").isalpha() and word not in ("US", "UK", "EU"):
        before = text[: mention.start].rstrip()[-1:]
        if before != "," or not (word.isupper() or word.endswith(".")):
            return None
    kinds = {sense.kind for sense in mention.senses}
    if kinds == {names.ABBREVIATED} and word[-1] != "." and not word.isupper():
        return None
    if word == "us" or (mention.key == "us" and word not in ("US", "U.S.", "U.S")):
        return None
    if (
        mention.key in wording.NOT_PLACES | wording.SEATS
        or word.lower() in wording.FOREIGN_PREPOSITIONS
    ):
        return None
    return mention


_UKRAINIAN_ENDINGS = (
    ("ськом", "ськ"), ("ську", "ськ"), ("ська", "ськ"), ("ськи", "ськ"), ("ові", ""), ("ем", ""),
    ("ом", ""), ("ою", "а"), ("ею", "я"), ("єю", "я"), ("ії", "ія"), ("ію", "ія"), ("ією", "ія"),
    ("ии", "ия"), ("ию", "ия"), ("ией", "ия"), ("і", "а"), ("і", "ь"), ("і", ""), ("и", "а"),
    ("у", "а"), ("у", ""),
    ("е", ""), ("е", "а"), ("а", ""), ("ю", "я"), ("ю", "ь"), ("я", "ь"), ("ы", "а"),
    ("ой", "а"), ("ей", "я"), ("єва", "їв"), ("єві", "їв"), ("иєва", "иїв"), ("иєві", "иїв"),
    ("ова", "ів"), ("ові", "ів"), ("ова", "ов"), ("ове", "ов"), ("і", "я"), ("й", "я"), ("ах", "и"),
    ("ах", "ы"), ("ів", "и"), ("ям", "і"), ("ом", "о"), ("у", "о"), ("і", "о"), ("а", "о"),
    ("ону", "он"), ("ці", "ка"), ("зі", "га"), ("поля", "піль"), ("полі", "піль"),
)  # fmt: skip


@lru_cache(maxsize=1 << 14)
def _stems(word: str) -> tuple[str, ...]:
    found = [word]
    for ending, other in _UKRAINIAN_ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= max(2, 4 - len(other)):
            found.append(word[: len(word) - len(ending)] + other)
    return tuple(dict.fromkeys(found))


def inflections(word: str) -> tuple[str, ...]:
    """A word as it stands and the base forms it may come from.

    Ukrainian and Russian names change their endings by case ("у Херсоні"); Arabic joins "and",
    "in", "to" and the article to the word. Words in other scripts are returned alone.
    """
    if "\u0400" <= word[:1] <= "\u052f":
        return _stems(word)
    if "\u0600" <= word[:1] <= "\u06ff" and len(word) > 4:
        bare = [word[size:] for size in (1, 2) if word[0] in "وبلكف"]
        bare += ["ال" + word[2:]] if word.startswith("لل") else []
        return (word, *bare[:1], *bare[2:])
    return (word,)


def _inflected_phrase(row: Sequence[Word], gazetteer: Gazetteer) -> list[str]:
    if len(row) > 3:
        return []
    forms = [""]
    for word in row:
        forms = [f"{form} {stem}".strip() for form in forms for stem in inflections(word.key)][:64]
    return [form for form in forms if gazetteer.look(form)]


def find(text: str, gazetteer: Gazetteer, language: str = "en") -> list[Mention]:
    """The names of places in a text, with how sure it is that each is one.

    Parameters
    ----------
    text : str
        A kept text.
    gazetteer : Gazetteer
        Where names are looked up.
    language : str
        ISO 639-1; only English has roads, lakes and words like "County".

    Returns
    -------
    list of Mention
        In order; all candidates, also unlikely ones (see ``confidence``).
    """
    row = words(text)
    found = candidates(text, row, gazetteer)
    if language in ("en", "und"):
        found = _with_features(text, row, found)
    describe(text, row, found)
    english = language in ("en", "und") and not _foreign_letters(text)
    for mention in found:
        mention.confidence = confidence(mention) if english else foreign_confidence(mention)
    return found


def _foreign_letters(text: str) -> bool:
    """Whether the text begins in Cyrillic or Arabic letters, whatever its language."""
    head = [c for c in text[:2000] if c.isalpha()]
    return 2 * sum("\u0400" <= c <= "\u06ff" for c in head) > len(head) > 0


def foreign_confidence(mention: Mention) -> float:
    """A coarse estimate for texts in other languages, never above 0.8.

    The weights know English only. A name counts when it is well known, has several words, or
    stands behind a preposition; one of a village counts only there.
    """
    seen = mention.seen
    known = max((s.entry.population for s in mention.senses), default=0)
    large = seen.get("country") or seen.get("unit") or seen.get("wide") or known >= 15_000
    total = 0.25 + 0.25 * bool(large) + 0.2 * bool(seen.get("before_preposition"))
    total += 0.1 * bool(seen.get("several_words")) + 0.1 * bool(seen.get("country"))
    total -= 0.1 * mention.inflected + 0.3 * bool(seen.get("small_elsewhere"))
    total -= 0.2 * bool(seen.get("a_person")) + 0.2 * bool(seen.get("begins") and not large)
    total -= 0.2 * (len(mention.key) < 4)
    if "\u0600" <= mention.key[:1] <= "\u06ff":  # no capital letters tell a name from a word
        total -= 0.15 * (not seen.get("country") and not seen.get("before_preposition"))
        total -= 0.3 * (known < 100_000 and not seen.get("country") and not seen.get("unit"))
    return max(0.0, min(0.8, total))


def confidence(mention: Mention) -> float:
    """The weights of what was seen, added up, as a probability."""
    total = sum(FINDING.get(name, 0.0) * value for name, value in mention.seen.items())
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, total))))


def _with_features(text: str, row: Sequence[Word], found: list[Mention]) -> list[Mention]:
    """Names that end in a word for a road, a water or a district swallow what is inside them."""
    covered = {place: mention for mention in found for place in range(mention.first, mention.last)}
    result: list[Mention] = []
    swallowed: set[int] = set()
    for place, word in enumerate(row):
        if not word.capital or word.key not in wording.ROADS | wording.WATERS | wording.DISTRICTS:
            continue
        if place in covered and covered[place].last - covered[place].first > 1:
            continue
        if place in swallowed:
            continue
        first, last, end = place, place + 1, word.end
        after = row[place + 1] if place + 1 < len(row) else None
        if (word.key in wording.NUMBERED and after is not None and after.text.isdigit()
                and joined(text, word, after)):  # fmt: skip
            last, end = place + 2, after.end
            if place and row[place - 1].key in ("county", "state") and row[place - 1].capital:
                first = place - 1
        else:
            first = _name_before(text, row, place)
            if first == place or (after is not None and after.capital
                                  and text[word.whole_end : after.start] == " "
                                  and after.key not in wording.DIRECTIONS):  # fmt: skip
                continue
            if word.key in ("st", "dr", "ave", "rd", "blvd") and text[end : end + 1] == ".":
                end += 1
        if swallowed.intersection(range(first, last)):
            continue
        inner = [covered[n] for n in range(first, last) if n in covered]
        senses: list[Sense] = []
        if word.key in wording.DISTRICTS and inner:
            senses = [
                s for s in inner[-1].senses if s.entry.feature in ("admin1", "admin2", "unit")
            ]
            if not senses and word.key not in _AMERICAN_DISTRICTS:
                continue
        elif word.key in wording.DISTRICTS and word.key not in _AMERICAN_DISTRICTS:
            continue
        kind = "name" if senses else "feature"
        mention = Mention(first, last, row[first].start, end,
                          " ".join(w.key for w in row[first:last]), senses, kind=kind)  # fmt: skip
        mention.seen["a_" + _head(word.key)] = 1.0
        result.append(mention)
        swallowed.update(range(first, last))
    kept = [m for m in found if not swallowed.intersection(range(m.first, m.last))]
    return sorted(kept + result, key=lambda mention: mention.start)


def _name_before(text: str, row: Sequence[Word], place: int) -> int:
    """The first of up to three capitalised words before the word for a kind ("Lake", "Road")."""
    first = place
    while first and place - first < 3:
        before = row[first - 1]
        if not (before.capital and joined(text, before, row[first])):
            break
        if before.key in wording.NOT_PLACES | wording.TITLES or before.end != before.whole_end:
            if first == place and before.key in wording.DIRECTIONS:  # "North Street"
                first -= 1
            break
        first -= 1
    return first


def _head(word: str) -> str:
    if word in wording.ROADS:
        return "road"
    return "water" if word in wording.WATERS else "district"


@lru_cache(maxsize=1 << 15)
def _common(word: str) -> bool:
    """Whether a word in small letters is one of the language's plain words."""
    if not word.isascii() or len(word) > 20:
        return False
    analyses = tagging._tagger().tag_word(word)
    return bool(analyses) and analyses[0][0] not in ("NP0", "UNC") and analyses[0][1] > _COMMON


def describe(text: str, row: Sequence[Word], found: Sequence[Mention]) -> None:
    """Fill ``seen`` of each mention with what a reader sees around it."""
    taken = {place: mention for mention in found for place in range(mention.first, mention.last)}
    small = {word.key for word in row if not word.capital}
    persons = _persons(text, row, taken)
    local: dict[str, int] = {}
    for mention in found:
        _describe(text, row, mention, taken, small, persons)
        if mention.seen.get("before_preposition") or mention.seen.get("after_container"):
            local[mention.key] = local.get(mention.key, 0) + 1
    for mention in found:
        own = bool(mention.seen.get("before_preposition") or mention.seen.get("after_container"))
        if local.get(mention.key, 0) > own:
            mention.seen["sure_elsewhere"] = 1.0


def _persons(text: str, row: Sequence[Word], taken: dict[int, Mention]) -> set[str]:
    """Last names: what follows a title or a first name."""
    found: set[str] = set()
    for place in range(1, len(row)):
        word, before = row[place], row[place - 1]
        if not (word.capital and before.capital) or word.key in wording.BODIES:
            continue
        gap = text[before.end : word.start]
        if gap not in (" ", ". "):
            continue
        mention = taken.get(place)
        inside = mention is not None and mention.first < place
        if inside and before.key in wording.FIRST_NAMES:  # "San Jose Creek" is no Jose Creek
            continue
        if (
            before.key in wording.TITLES
            or (before.key in wording.FIRST_NAMES and gap == " ")
            or (len(before.key) == 1 and place > 1 and row[place - 2].capital)
        ):
            found.add(word.key)
    return found


def _describe(
    text: str,
    row: Sequence[Word],
    mention: Mention,
    taken: dict[int, Mention],
    small: set[str],
    persons: set[str],
) -> None:
    seen = mention.seen
    seen["always"] = 1.0
    senses = mention.senses
    if senses:
        best = min(sense.kind for sense in senses)
        adjectives = [sense for sense in senses if sense.kind == names.ADJECTIVE]
        if adjectives and not any(s.kind == names.OWN and s.entry.population > 20_000
                                  for s in senses):  # fmt: skip
            mention.senses = senses = adjectives
            best = names.ADJECTIVE
        features = {sense.entry.feature for sense in senses if sense.kind <= names.OTHER}
        people = max((s.entry.population for s in senses if s.kind <= names.OTHER), default=0)
        seen["people"] = math.log10(people + 1) / 7
        seen["country"] = float("country" in features)
        seen["province"] = float("admin1" in features)
        seen["wide"] = float(bool(features & {"continent", "region", "sea"}))
        seen["unit"] = float("unit" in features)
        seen["short_only"] = float(best == names.SHORT)
        seen["other_only"] = float(best == names.OTHER)
        seen["other_people"] = seen["other_only"] * math.log10(
            1 + max((s.entry.population for s in senses), default=0)) / 7  # fmt: skip
        seen["abbreviated"] = float(best == names.ABBREVIATED)
        seen["senses"] = math.log10(len(senses))
        if best == names.ADJECTIVE and mention.kind == "name":
            mention.kind = "adjective"
            seen["adjective"] = 1.0
    single = mention.last - mention.first == 1
    word = row[mention.first]
    seen["several_words"] = float(not single)
    seen["inflected"] = float(mention.inflected)
    if single:
        seen["common_word"] = float(_common(word.text.lower()) if word.text.isascii() else 0)
        seen["small_elsewhere"] = float(word.key in small)
        seen["a_first_name"] = float(word.key in wording.FIRST_NAMES)
        seen["short_word"] = float(len(word.key) < 4)
        if seen.get("abbreviated"):
            seen["common_word"] = 0.0
        seen["first_name_capital"] = float(
            bool(seen["a_first_name"])
            and mention.last < len(row)
            and row[mention.last].capital
            and text[mention.end : row[mention.last].start] == " "
            and row[mention.last].key not in wording.BODIES
        )
    seen["a_person"] = float(row[mention.last - 1].key in persons)
    _before(text, row, mention, taken)
    _after(text, row, mention, taken)


def _before(text: str, row: Sequence[Word], mention: Mention, taken: dict[int, Mention]) -> None:
    seen = mention.seen
    head = text[max(0, mention.start - 3) : mention.start]
    bare = head.rstrip()
    before = row[mention.first - 1] if mention.first else None
    if before is None or (bare and _SENTENCE_END.match(bare[-1]) and not (
            before.text.endswith(".") and len(before.key) < 3)) or "\n" in head:  # fmt: skip
        seen["begins"] = 1.0
        return
    if bare.endswith(","):
        seen["before_comma_place"] = float(mention.first - 1 in taken)
        seen["before_comma"] = 1.0
        return
    if bare != text[max(0, mention.start - 3) : mention.start].rstrip() or not joined(
        text, before, row[mention.first]
    ):
        initial = len(before.key) == 1 and before.capital
        seen["before_initial"] = float(initial)
        seen["before_title"] = float(before.key in wording.TITLES and before.capital)
        return
    if before.key in wording.PREPOSITIONS:
        seen["before_preposition"] = 1.0
    elif before.key == "of":
        two = row[mention.first - 2].key if mention.first > 1 else ""
        institute = two in ("university", "bank", "college", "church", "daughters", "sons")
        seen["before_institute_of" if institute else "before_of"] = 1.0
    elif before.text.lower() in wording.FOREIGN_PREPOSITIONS:
        seen["before_preposition"] = 1.0
    elif before.key in ("the", "and", "or", "a", "an", "for", "with", "by", "on", "that"):
        seen[f"before_{before.key}"] = 1.0
    elif before.key in wording.DIRECTIONS:
        seen["before_direction"] = 1.0
        seen["before_direction_capital"] = float(before.capital)
    elif before.capital and before.key in wording.TITLES:
        seen["before_title"] = 1.0
    elif before.capital and before.key in wording.FIRST_NAMES:
        seen["before_first_name"] = 1.0
    elif before.capital and len(before.key) == 1:
        seen["before_initial"] = 1.0
    elif mention.first - 1 in taken:
        seen["before_place"] = 1.0
    elif before.capital:
        sentence_first = mention.first < 2 or bool(
            re.search(r"[.!?\n“\"]\s*$", text[max(0, before.start - 3) : before.start])
        )
        seen["before_capital_first" if sentence_first else "before_capital"] = 1.0
    elif before.text.isdigit():
        seen["before_number"] = 1.0
    else:
        seen["before_small"] = 1.0


def _after(text: str, row: Sequence[Word], mention: Mention, taken: dict[int, Mention]) -> None:
    seen = mention.seen
    tail = text[mention.end : mention.end + 3]
    after = row[mention.last] if mention.last < len(row) else None
    if after is None:
        return
    if tail.startswith(","):
        other = taken.get(mention.last)
        if (
            other is not None
            and after.start - mention.end <= 3
            and any(
                sense.entry.feature in ("country", "admin1", "admin2", "region")
                for sense in other.senses
            )
        ):
            seen["after_container"] = 1.0
        elif after.text.isdigit() and len(after.text) < 3:
            seen["after_age"] = 1.0
        else:
            seen["after_comma"] = 1.0
    elif tail[:2] in ("'s", "’s"):
        seen["after_possessive"] = 1.0
    elif re.match(r"[-‐‑–]\w", tail):
        seen["after_hyphen_small" if not after.capital else "after_hyphen_capital"] = 1.0
    elif not joined(text, row[mention.last - 1], after):
        seen["after_mark"] = 1.0
    elif after.capital and after.key in wording.BODIES:
        seen["after_body"] = 1.0
    elif mention.last in taken:
        seen["after_place"] = 1.0
    elif after.capital:
        seen["after_capital"] = 1.0
    elif after.key in wording.SAYING:
        seen["after_saying"] = 1.0
    elif after.text.isdigit():
        seen["after_number"] = 1.0
    elif after.key in _KINDS:
        seen["after_kind"] = 1.0
