"""Place names found and resolved, in the XML of LGL and GeoVirus (docs/evaluation/places.md).

PATH is such a file, or a folder of them. The elements ``domain``, ``url`` and ``feedid`` of LGL are
never read: a place has to be known from the text alone.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lxml import etree

from landrelease.evidence.places import Place, places, world
from landrelease.evidence.places.gazetteer import key, kilometres

NEAR_KM = 161.0


@dataclass(frozen=True)
class Gold:
    """One annotated name; the point is None where the corpus has none."""

    start: int
    end: int
    name: str
    point: tuple[float, float] | None


@dataclass(frozen=True)
class Article:
    """One article. Peoples and adjectives are annotated where the corpus links to a gazetteer."""

    text: str
    gold: tuple[Gold, ...]
    adjectives: bool


def score(path: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Score names found and places resolved.

    Parameters
    ----------
    path : Path
        One XML file, or a folder of them.
    options : argparse.Namespace
        ``part``: 'even' or 'odd' keeps the articles whose docid or source has such a SHA-256.

    Returns
    -------
    dict
        task, scores and the number of articles.
    """
    tally = Tally()
    count = 0
    for file in sorted(path.glob("*.xml")) if path.is_dir() else [path]:
        for article in articles(file, options.part):
            tally.add(article)
            count += 1
    return {"task": "places", "scores": tally.scores(), "n": count}


def articles(file: Path, part: str = "all") -> Iterator[Article]:
    """Read the articles of one part."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    for element in etree.parse(file, parser).getroot().iterfind("article"):
        name = element.get("docid") or element.findtext("source") or ""
        parity = int(hashlib.sha256(name.encode()).hexdigest(), 16) % 2
        if part == "all" or parity == (part == "odd"):
            text = element.findtext("text") or ""
            gold = tuple(_gold(text, item) for item in element.iter("toponym", "location"))
            yield Article(text, gold, element.find("toponyms") is not None)


def _gold(text: str, item: etree._Element) -> Gold:
    name = item.findtext("phrase") or item.findtext("name") or ""
    start, end = int(item.findtext("start") or 0), int(item.findtext("end") or 0)
    if text[start:end] != name and text[start - 1 : end - 1] == name:
        start, end = start - 1, end - 1  # counted from one
    if text[start:end] != name:
        raise ValueError(f"{name!r} does not stand at {start}–{end}; is the file damaged?")
    tag = item.find("gaztag")
    where = item if tag is None else tag
    latitude, longitude = where.findtext("lat"), where.findtext("lon")
    point = (float(latitude), float(longitude)) if latitude and longitude else None
    return Gold(start, end, name, point)


class Tally:
    """Counts over articles."""

    def __init__(self) -> None:
        self.gold = self.found = self.hits = 0
        self.linked = self.resolved = self.possible = self.both = 0
        self.names_found = self.names_hits = 0

    def add(self, article: Article) -> None:
        """Compare one article's gold with what the package finds in its text."""
        every = places(article.text, language="en")
        found = {(p.start, p.end): p for p in every if article.adjectives or p.kind != "adjective"}
        spans = {(gold.start, gold.end) for gold in article.gold}
        self.gold += len(spans)
        self.found += len(found)
        self.hits += len(spans & set(found))
        names = {span for span, place in found.items() if place.kind != "adjective"}
        self.names_found += len(names)
        self.names_hits += len(spans & names)
        for gold in article.gold:
            if gold.point is None:
                continue
            self.linked += 1
            self.possible += attainable(gold)
            place = found.get((gold.start, gold.end))
            if place is not None:
                self.both += 1
                self.resolved += near(place, gold.point)

    def scores(self) -> dict[str, float | int]:
        """As defined in docs/evaluation/places.md."""
        return {
            "found_precision": self.hits / max(1, self.found),
            "found_recall": self.hits / max(1, self.gold),
            "found_f1": 2 * self.hits / max(1, self.found + self.gold),
            "found_f1_names_only": 2 * self.names_hits / max(1, self.names_found + self.gold),
            "resolved_161km": self.resolved / max(1, self.linked),
            "resolved_161km_of_found": self.resolved / max(1, self.both),
            "ceiling_161km": self.possible / max(1, self.linked),
            "gold_names": self.gold,
            "gold_links": self.linked,
            "gold_without_point": self.gold - self.linked,
        }


def near(place: Place, point: tuple[float, float]) -> bool:
    """Whether a place lies within 161 km (100 miles) of a point."""
    if place.latitude is None or place.longitude is None:
        return False
    return kilometres((place.latitude, place.longitude), point) <= NEAR_KM


def attainable(gold: Gold) -> bool:
    """Whether the gazetteer has any place within 161 km under the annotated name."""
    return gold.point is not None and any(
        kilometres((sense.entry.latitude, sense.entry.longitude), gold.point) <= NEAR_KM
        for sense in world().look(key(gold.name))
    )
