"""Countries, events and the stories that reporters write of them."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from functools import lru_cache

from copies_corpus import phrases

_CHOICE = re.compile(r"\{([^{}]*)\}")
_SLOT = re.compile(r"<(\w+)>")
_ONSETS = ["b", "br", "d", "dr", "f", "g", "gr", "h", "k", "kr", "l", "m", "n", "p", "pr", "r", "s",
           "st", "t", "tr", "v", "w", "z", "kh", "zh", "sh", "ts"]  # fmt: skip
_VOWELS = ["a", "e", "i", "o", "u", "ai", "ei", "ou", "ya"]
_REPORTED = [(r"\bWe\b|\bwe\b", "they"), (r"\bour\b", "their"), (r"\bI\b", "he"),
             (r"\bmy\b", "his"), (r"\bus\b", "them")]  # fmt: skip
_CODAS = ["", "", "", "n", "r", "l", "sk", "v", "m", "nd", "rg", "st"]


@dataclass(frozen=True)
class Country:
    """Names that its events share: a minister speaks on more than one day."""

    name: str
    places: tuple[str, ...]
    people: tuple[tuple[str, str], ...]
    organisations: tuple[str, ...]
    background: tuple[str, ...]
    stock_quotes: tuple[str, ...]


@dataclass(frozen=True)
class Outlet:
    """A paper or an agency, with the furniture of its pages."""

    name: str
    agency: bool
    head: tuple[str, ...]
    foot: tuple[str, ...]
    staff: tuple[str, ...]


@dataclass(frozen=True)
class Item:
    """One thing told: a fact (its ways of telling and its values), a quotation, or stock words."""

    kind: str
    key: int
    ways: tuple[str, ...]
    values: dict[str, str] = field(hash=False)


@dataclass(frozen=True)
class Paragraph:
    """Words as printed, and what they tell."""

    text: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Event:
    """What happened: all that any reporter can know of it."""

    number: str
    subject: str
    country: Country
    values: dict[str, str]
    facts: tuple[Item, ...]
    quotes: tuple[Item, ...]
    day: tuple[int, int, int]


@dataclass
class Text:
    """The running text of one document, before an outlet prints it."""

    headline: str
    paragraphs: list[Paragraph]
    event: Event
    names: tuple[str, ...]


class World:
    """The made-up world of one seed.

    Parameters
    ----------
    seed : str
        Of the corpus; every part of it draws from a stream of its own.
    countries : int
        How many countries there are.
    """

    def __init__(self, seed: str, countries: int) -> None:
        rng = random.Random(f"{seed}/world")
        self.countries = [_country(rng) for _ in range(countries)]
        self.outlets = [_outlet(rng, number) for number in range(max(12, countries * 2))]


def name(rng: random.Random, syllables: int) -> str:
    """Make up a name."""
    parts = [rng.choice(_ONSETS) + rng.choice(_VOWELS) for _ in range(syllables)]
    return ("".join(parts) + rng.choice(_CODAS)).capitalize()


def _country(rng: random.Random) -> Country:
    own = name(rng, 3)
    places = tuple(name(rng, rng.choice((2, 2, 3))) for _ in range(14))
    people = tuple(
        (f"{name(rng, 2)} {name(rng, rng.choice((2, 3)))}", rng.choice(phrases.ROLES))
        for _ in range(18)
    )
    values = {"country": own, "town": places[0], "n1": f"{rng.randint(12, 99) * 100:,}",
              "n3": str(rng.randint(3, 40)), "year1": str(rng.randint(1988, 2012))}  # fmt: skip
    background = tuple(fill(expand(line, rng), values) for line in phrases.BACKGROUND)
    stock = tuple(
        fill(_quote(rng), {**_numbers(rng), **_where(rng, places)}) for _ in range(4)
    )  # what politicians say every time
    return Country(own, places, people, tuple(f"{name(rng, 2)} {kind}" for kind in (
        "Front", "Alliance", "Party", "Watch", "Trust", "Network")), background, stock)  # fmt: skip


def _outlet(rng: random.Random, number: int) -> Outlet:
    agency = number % 4 == 0
    own = name(rng, 2)
    title = (
        f"{own} Press Agency"
        if agency
        else f"{own} {rng.choice(('Daily', 'Post', 'Times', 'Herald', 'Courier', 'News'))}"
    )
    lines = rng.sample(phrases.FURNITURE, 3)
    return Outlet(title, agency, tuple(lines[:1]), tuple(lines[1:]),
                  tuple(f"{name(rng, 2)} {name(rng, 2)}" for _ in range(6)))  # fmt: skip


def _numbers(rng: random.Random) -> dict[str, str]:
    return {
        "n1": str(rng.choice((rng.randint(11, 99), rng.randint(100, 990)))),
        "n2": str(rng.choice((rng.randint(20, 99), rng.randint(101, 899)))),
        "n3": str(rng.randint(4, 78)),
        "year1": str(rng.randint(1990, 2018)),
        "year2": str(rng.randint(2025, 2035)),
        "month": rng.choice(phrases.MONTHS),
        "day": rng.choice(phrases.DAYS),
    }


def _where(rng: random.Random, places: tuple[str, ...]) -> dict[str, str]:
    place, place2, town = rng.sample(places, 3)
    return {"place": place, "place2": place2, "town": town}


def _quote(rng: random.Random) -> str:
    parts = [f"{rng.choice(phrases.QUOTE_OPENINGS)} {rng.choice(phrases.QUOTE_BODIES)}."]
    if rng.random() < 0.5:
        parts.append(rng.choice(phrases.QUOTE_CLOSES))
    elif rng.random() < 0.4:
        parts.append(f"{rng.choice(phrases.QUOTE_OPENINGS)}.")
    return expand(" ".join(parts), rng)


def event(rng: random.Random, world: World, number: str) -> Event:
    """Make up an event with everything that is known of it."""
    country = rng.choice(world.countries)
    subject = rng.choice(sorted(phrases.SUBJECTS))
    where = _where(rng, country.places)
    people = rng.sample(country.people, 4)
    values = {
        **_numbers(rng), **where, "country": country.name,
        "org": rng.choice(country.organisations), "topic": rng.choice(phrases.TOPICS[subject]),
        **{f"p{place}": person for place, (person, _) in enumerate(people, start=1)},
    }  # fmt: skip
    facts = []
    kinds = [*phrases.SUBJECTS[subject], *rng.sample(phrases.COMMON, 5)]
    for key, ways in enumerate(kinds):
        # A fact has figures and places of its own; names of the event appear in many of them.
        own = {**values, **_numbers(rng)}
        if key >= 3 or rng.random() < 0.3:
            own |= {"place2": rng.choice(country.places), "town": rng.choice(country.places)}
        facts.append(Item("fact", key, tuple(ways), own))
    quotes = []
    for key in range(rng.randint(6, 10)):
        person, role = rng.choice(people[:3])
        words = _quote(rng) if rng.random() < 0.9 else rng.choice(country.stock_quotes)
        said = fill(words, {**values, **_numbers(rng)})
        quotes.append(Item("quote", key, (said,), {**values, "name": person, "role": role}))
    day = (2024, rng.randint(1, 12), rng.randint(1, 28))
    return Event(number, subject, country, values, tuple(facts), tuple(quotes), day)


def story(rng: random.Random, happened: Event, size: float) -> Text:
    """Let one reporter write of an event: a choice of facts and quotations, in words of its own.

    Two reporters of one event share about half of what they tell, quotations word for word. Each
    has something that the other has not: a fact and most often a speaker of its own.

    Parameters
    ----------
    rng : random.Random
        The reporter.
    happened : Event
        The event.
    size : float
        1 for a text of some 220 words; smaller for shorter ones.
    """
    facts = list(happened.facts[: len(happened.facts) - 5])
    common = list(happened.facts[len(happened.facts) - 5 :])
    told = rng.sample(facts, max(2, round(rng.uniform(0.4, 0.75) * len(facts) * min(1, size))))
    told += rng.sample(common, max(0, round(rng.randint(1, 3) * size)))
    told.append(_own_fact(rng, happened))
    lead = told[0]
    rest = told[1:]
    rng.shuffle(rest)
    quotes = rng.sample(happened.quotes, max(1, round(rng.randint(2, 5) * size)))
    if rng.random() < 0.7:
        quotes.append(_own_quote(rng, happened))
    blocks: list[tuple[Item, ...]] = []
    queue = [*rest]
    for quote in quotes:
        blocks.append((quote,))
    while queue:
        take = rng.choice((1, 2, 2))
        blocks.append(tuple(queue[:take]))
        queue = queue[take:]
    rng.shuffle(blocks)
    blocks.insert(0, (lead,))
    for line in rng.sample(happened.country.background, rng.randint(0, 2)):
        blocks.append((Item("stock", 0, (line,), {}),))
    if rng.random() < 0.6:
        blocks.insert(
            rng.randint(1, len(blocks)), (Item("stock", 0, (rng.choice(phrases.STOCK),), {}),)
        )
    paragraphs = [Paragraph(" ".join(tell(item, rng) for item in block), block) for block in blocks]
    values = happened.values
    names = tuple(
        {*(values[key] for key in ("place", "place2", "town", "country")),
         *(word for key in ("p1", "p2", "p3", "p4") for word in values[key].split())}
    )  # fmt: skip
    return Text(headline(rng, happened), paragraphs, happened, tuple(sorted(names)))


def _own_fact(rng: random.Random, happened: Event) -> Item:
    places = happened.country.places
    own = {**happened.values, **_numbers(rng), **_where(rng, places)}
    return Item("fact", -1, tuple(rng.choice(phrases.COMMON)), own)


def _own_quote(rng: random.Random, happened: Event) -> Item:
    person, role = rng.choice(happened.country.people)
    said = fill(_quote(rng), {**happened.values, **_numbers(rng)})
    return Item("quote", -1, (said,), {**happened.values, "name": person, "role": role})


def headline(rng: random.Random, happened: Event) -> str:
    """Word a headline."""
    made = fill(expand(rng.choice(phrases.HEADLINES), rng), happened.values)
    return made[0].upper() + made[1:]


def tell(item: Item, rng: random.Random, *, other_than: str = "", indirect: float = 0.0) -> str:
    """Put an item into words.

    Parameters
    ----------
    item : Item
        What to tell.
    rng : random.Random
        Draws the wording.
    other_than : str
        Words already used for it: another way of telling is looked for.
    indirect : float
        Probability that a quotation is told as reported speech, and half that it is cut.
    """
    if item.kind == "stock":
        return item.ways[0]
    if item.kind == "quote":
        return _spoken(item, rng, indirect)
    made = ""
    for _ in range(4):
        made = fill(expand(rng.choice(item.ways), rng), item.values)
        if made[:18] != other_than[:18]:
            break
    return made[0].upper() + made[1:]


def _spoken(item: Item, rng: random.Random, indirect: float) -> str:
    words = item.ways[0]
    if rng.random() < indirect:
        plain = words.split(". ")[0].rstrip(".")
        plain = plain[0].lower() + plain[1:] if not plain.startswith("I ") else plain
        for own, reported in _REPORTED:
            plain = re.sub(own, reported, plain)
        return fill(expand(rng.choice(phrases.INDIRECT), rng), {**item.values, "plain": plain})
    if rng.random() < indirect / 2:
        words = words.split(". ")[0].rstrip(".") + "."
    way = expand(rng.choice(phrases.SPOKEN[0]), rng)
    mark = words if way.endswith("<q>") or "<q> <name>" not in way else words.rstrip(".") + ","
    if "<q> said" in way:
        mark = words.rstrip(".") + ","
    return fill(way, {**item.values, "q": f'"{mark}"'})


def expand(template: str, rng: random.Random) -> str:
    """Draw one of the words of each choice."""
    parts = _parsed(template)
    return "".join(part if isinstance(part, str) else rng.choice(part) for part in parts)


@lru_cache(maxsize=4096)
def _parsed(template: str) -> tuple[str | tuple[str, ...], ...]:
    parts = _CHOICE.split(template)
    return tuple(
        part if place % 2 == 0 else tuple(part.split("|")) for place, part in enumerate(parts)
    )


def fill(template: str, values: dict[str, str]) -> str:
    """Put the values into the slots; a slot without a value stays for a later filling."""
    return _SLOT.sub(lambda match: values.get(match[1], match[0]), template)
