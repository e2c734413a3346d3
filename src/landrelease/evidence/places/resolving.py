"""Decide which place a name means: by what the text says of it, and by its other places.

Every sense of a name gets a score, a sum of stated weights; the scores of all names of a stretch of
text are made to agree in a few rounds, in which each name is supported by what the others probably
mean. One name has one sense in a text, except where the text says otherwise ("Paris, Texas").
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from landrelease.evidence.places import gazetteer as names
from landrelease.evidence.places.finding import Mention
from landrelease.evidence.places.gazetteer import Entry, Gazetteer, Sense
from landrelease.evidence.places.weights import RESOLVING as W

_BLOCK = 40  # names that are made to agree together: keeps the work linear in the text
_SENSES = 24  # senses of one name that are looked at, the likeliest without context
_ROUNDS = 4
_AREAS = frozenset({"continent", "country", "admin1", "admin2", "region", "unit"})
# People that a place without a known number stands for when it is weighed against cities.
_NOMINAL = {"continent": 1e8, "country": 3e7, "admin1": 1e6, "admin2": 3e4, "region": 5e6,
            "sea": 5e6, "unit": 1e5, "city": 300.0}  # fmt: skip


@dataclass
class Group:
    """All mentions of one name that must mean the same place."""

    mentions: list[Mention]
    senses: list[Sense]
    inside: tuple[Sense, ...]
    base: NDArray[np.float64]
    chance: NDArray[np.float64]


def resolve(
    text: str,
    mentions: Sequence[Mention],
    gazetteer: Gazetteer,
    home: tuple[float, float] | str | None = None,
) -> list[list[tuple[Entry, float]]]:
    """For each mention its senses with their probability, likeliest first.

    Parameters
    ----------
    text : str
        The kept text.
    mentions : sequence of Mention
        In order.
    gazetteer : Gazetteer
        For the areas around a place.
    home : (float, float) or str, optional
        Where the publisher sits: a point (degrees), a country ("UA") or a province ("US.LA").

    Returns
    -------
    list of list of (Entry, float)
        Empty for a mention without an entry.
    """
    groups = _groups(text, mentions, home, gazetteer)
    for start in range(0, len(groups), _BLOCK):
        _agree(groups[max(0, start - _BLOCK // 2) : start + _BLOCK])
    result: dict[int, list[tuple[Entry, float]]] = {}
    for group in groups:
        order = np.argsort(-group.chance, kind="stable")
        ranked = [(group.senses[n].entry, float(group.chance[n])) for n in order]
        for mention in group.mentions:
            result[id(mention)] = ranked
    return [result.get(id(mention), []) for mention in mentions]


def _groups(
    text: str,
    mentions: Sequence[Mention],
    home: tuple[float, float] | str | None,
    gazetteer: Gazetteer,
) -> list[Group]:
    containers = _containers(text, mentions)
    said: dict[str, list[tuple[int, tuple[Sense, ...]]]] = {}
    for place, mention in enumerate(mentions):
        if containers[place]:
            said.setdefault(mention.key, []).append((place, containers[place]))
    groups: dict[tuple[str, frozenset[str]], Group] = {}
    for place, mention in enumerate(mentions):
        if not mention.senses:
            continue
        inside = containers[place]
        if not inside and mention.key in said:  # as last said in the text, else as said later
            before = [one for at, one in said[mention.key] if at < place]
            inside = before[-1] if before else said[mention.key][0][1]
        mark = (mention.key, frozenset(sense.entry.id for sense in inside))
        if mark in groups:
            groups[mark].mentions.append(mention)
            continue
        senses = sorted(mention.senses, key=lambda sense: -_prior(sense, mention))
        if inside:
            within = [s for s in senses if any(contains(a.entry, s.entry) for a in inside)]
            senses = within or senses
        senses = senses[:_SENSES]
        base = np.array([_prior(sense, mention) + _near_home(sense, home, gazetteer)
                         for sense in senses])  # fmt: skip
        groups[mark] = Group([mention], senses, inside, base, _softmax(base))
    return list(groups.values())


def _containers(text: str, mentions: Sequence[Mention]) -> list[tuple[Sense, ...]]:
    """Areas that a text names right behind a place: "Paris, Texas", "Sumy (Ukraine)"."""
    found: list[tuple[Sense, ...]] = []
    for mention, after in zip(mentions, [*mentions, None][1:], strict=True):
        areas: tuple[Sense, ...] = ()
        if after is not None:
            gap = text[mention.end : after.start].strip()
            if gap in (",", "(", ", in", "in", ", in the", "in the") and after.kind == "name":
                areas = tuple(s for s in after.senses if s.entry.feature in _AREAS)
                fits = [a for a in areas if any(contains(a.entry, s.entry) for s in mention.senses)]
                areas = tuple(fits)
                if any(s.entry.feature in _AREAS and s.entry in {a.entry for a in areas}
                       for s in mention.senses):  # fmt: skip
                    areas = ()
        found.append(areas)
    return found


def contains(area: Entry, place: Entry) -> bool:
    """Whether an area holds a place, as far as their codes and points tell."""
    if area.id == place.id:
        return False
    if area.feature == "country":
        return area.country == place.country
    if area.feature == "admin1":
        return area.admin1 == place.admin1 and place.feature != "admin1"
    if area.feature == "admin2":
        near = names.kilometres((area.latitude, area.longitude), (place.latitude, place.longitude))
        return area.admin1 == place.admin1 and near < 50 and place.feature == "city"
    if area.feature in ("region", "unit") and place.feature in ("city", "admin2", "unit"):
        near = names.kilometres((area.latitude, area.longitude), (place.latitude, place.longitude))
        return near < 150 and (not area.country or area.country == place.country)
    return False


def _prior(sense: Sense, mention: Mention) -> float:
    entry = sense.entry
    people = max(float(entry.population), _NOMINAL[entry.feature] if not entry.population else 1)
    score = W["people"] * math.log10(people + 1) + W[entry.feature]
    score += W["capital"] * entry.capital
    if entry.feature == "admin1" and any(
        other.entry.capital and other.entry.country == entry.country for other in mention.senses
    ):  # bare "Washington" is the capital
        score += W["of_its_city"]
    if entry.feature == "admin1" and not mention.seen.get("a_district"):
        # "Kherson" is the city, unless "Kherson Oblast" is said
        score += W["of_its_city"] * any(
            other.entry.admin1 == entry.admin1
            and other.entry.feature == "city"
            and other.entry.population > 0.05 * entry.population
            for other in mention.senses
        )
    score += W[("own", "other", "short", "abbreviated", "adjective")[sense.kind]]
    if mention.seen.get("a_district") or " county" in mention.key:
        score += W["said_district"] * (entry.feature in ("admin1", "admin2"))
    return score


def _near_home(sense: Sense, home: tuple[float, float] | str | None, gazetteer: Gazetteer) -> float:
    if home is None:
        return 0.0
    entry = sense.entry
    if isinstance(home, str):
        if "." in home:
            return W["home"] * (entry.admin1 == home) + W["home_country"] * (
                entry.country == home.split(".")[0]
            )
        return W["home_country"] * (entry.country == home)
    return W["home"] * math.exp(-names.kilometres(home, (entry.latitude, entry.longitude)) / 200)


def _softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    raised = np.exp(scores - scores.max())
    chance: NDArray[np.float64] = raised / raised.sum()
    return chance


def _agree(groups: Sequence[Group]) -> None:
    """Rounds of support among the names of a stretch, whole arrays at once."""
    if len(groups) < 2:
        return
    entries = [sense.entry for group in groups for sense in group.senses]
    owner = np.repeat(np.arange(len(groups)), [len(group.senses) for group in groups])
    points = np.radians([(entry.latitude, entry.longitude) for entry in entries])
    # sure names and frequent ones count more; each name counts once for a stretch
    voice = np.array([min(1.0, max(m.confidence for m in group.mentions))
                      * (1 + 0.3 * math.log(len(group.mentions))) for group in groups])  # fmt: skip
    half = np.sin((points[:, None, 0] - points[None, :, 0]) / 2) ** 2
    turn = np.sin((points[:, None, 1] - points[None, :, 1]) / 2) ** 2
    across = np.cos(points[:, 0])
    distance = 12742.0 * np.arcsin(np.sqrt(np.clip(
        half + across[:, None] * across[None, :] * turn, 0, 1)))  # fmt: skip
    small = np.array([entry.feature in ("city", "admin2", "unit") for entry in entries])
    near = np.exp(-distance / W["reach"]) * (small[:, None] & small[None, :])
    country = np.unique([entry.country or "?" for entry in entries], return_inverse=True)[1]
    nowhere = np.array([not entry.country for entry in entries])
    province = np.unique([entry.admin1 or "?" for entry in entries], return_inverse=True)[1]
    vague = np.array([not entry.admin1 for entry in entries])
    same_country = (country[:, None] == country[None, :]) & ~nowhere[:, None]
    same_province = (province[:, None] == province[None, :]) & ~vague[:, None]
    bond = W["near"] * near + W["same_country"] * same_country + W["same_province"] * same_province
    bond[owner[:, None] == owner[None, :]] = 0.0
    base = np.concatenate([group.base for group in groups])
    chance = np.concatenate([group.chance for group in groups])
    edges = np.searchsorted(owner, np.arange(len(groups)))
    for _ in range(_ROUNDS):
        # of each other name only the sense that supports best, by its probability
        support = np.maximum.reduceat(bond * chance[None, :], edges, axis=1)
        heard = support * voice[None, :]
        total = heard.sum(axis=1) / (1.0 + W["crowd"] * max(0, len(groups) - 1))
        score = base + total * (1.0 + W["crowd"])
        for number, group in enumerate(groups):
            stop = edges[number + 1] if number + 1 < len(groups) else len(owner)
            group.chance = _softmax(score[edges[number] : stop])
            chance[edges[number] : stop] = group.chance
