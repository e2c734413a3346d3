"""Place names in a text: where they stand, and which places they mean.

``places`` finds names by the gazetteer and what stands around them (``finding``) and decides what
each means by the text's other places (``resolving``). Pure: no network, no model; the same text
always gives the same places. Points are for finding a report on a map; they say nothing about where
a hazard lies, and areas have only their rough middle.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from landrelease.evidence.places import finding, resolving
from landrelease.evidence.places.gazetteer import (
    Entry,
    Gazetteer,
    Unit,
    kilometres,
    with_units,
    world,
)

if TYPE_CHECKING:
    from landrelease.evidence.intake import Document

SURE_ENOUGH = 0.4  # a candidate below is rather no place; fixed on half of two corpora
_ALTERNATIVES = 5
_SPOT_KM = 30.0

__all__ = ["Alternative", "Entry", "Gazetteer", "Place", "Unit", "kilometres", "places",
           "with_units", "world"]  # fmt: skip


class Alternative(NamedTuple):
    """Another place that the name may mean, and how likely."""

    id: str
    name: str
    latitude: float
    longitude: float
    country: str
    admin1: str
    confidence: float


@dataclass(frozen=True)
class Place:
    """One mention of a place.

    Attributes
    ----------
    start, end : int
        Characters of the kept text.
    text : str
        The words there.
    kind : str
        'name'; 'adjective' for a people or an adjective ("Ukrainian", "Syrians"), which stands for
        its country but names no place; 'feature' for a road, a water or a district that the
        gazetteer does not have, which has no id and no point.
    id : str or None
        ``geonames:703448``, ``geonames-admin:UA.05`` (a GeoNames code), ``iso:UA``,
        ``region:SAHEL`` or ``pcode:…``; None when the gazetteer has no such place.
    name : str or None
        As the gazetteer has it.
    latitude, longitude : float or None
        Degrees, WGS 84.
    country, admin1 : str or None
        ISO 3166-1 alpha-2 and the GeoNames code of the province, where known.
    feature : str or None
        continent, country, admin1, admin2, city, region, sea or unit.
    found : float
        How sure it is that the words name a place, 0 to 1.
    confidence : float
        How sure it is that they name this one: `found` times the share of this sense
        and of those within 30 km in the same country (a town and its district); less in
        texts that are not English and for names in another grammatical case.
    alternatives : tuple of Alternative
        The next likely senses.
    """

    start: int
    end: int
    text: str
    kind: str
    id: str | None
    name: str | None
    latitude: float | None
    longitude: float | None
    country: str | None
    admin1: str | None
    feature: str | None
    found: float
    confidence: float
    alternatives: tuple[Alternative, ...] = ()


def places(
    source: str | Document,
    *,
    gazetteer: Gazetteer | None = None,
    home: tuple[float, float] | str | None = None,
    language: str | None = None,
) -> list[Place]:
    """Find the places that a text names.

    Parameters
    ----------
    source : str or Document
        A kept text, or a report. What a report has set apart is passed over, except its place line.
    gazetteer : Gazetteer, optional
        `world` unless given; see `with_units` for the units of a workspace.
    home : (float, float) or str, optional
        Where the publisher sits: latitude and longitude, a country ("UA"), or a province ("US.LA").
        It helps among several places of one name.
    language : str, optional
        ISO 639-1; that of the report, or recognised, unless given.

    Returns
    -------
    list of Place
        In the order of the text, not overlapping.
    """
    from landrelease.evidence import intake

    text = source if isinstance(source, str) else source.text
    apart = [] if isinstance(source, str) else [
        (start, end) for start, end, kind in source.boilerplate if kind != "place_line"
    ]  # fmt: skip
    if language is None:
        language = intake.language(text) if isinstance(source, str) else source.language
    gazetteer = gazetteer or world()
    mentions = [
        mention
        for mention in finding.find(text, gazetteer, language)
        if mention.confidence >= SURE_ENOUGH and not _inside(mention, apart)
    ]
    senses = resolving.resolve(text, mentions, gazetteer, home)
    return [_place(text, mention, ranked) for mention, ranked in zip(mentions, senses, strict=True)]


def _inside(mention: finding.Mention, apart: Sequence[tuple[int, int]]) -> bool:
    """Whether a mention touches what is set apart (spans in order, without overlap)."""
    place = bisect(apart, (mention.end,))
    return place > 0 and apart[place - 1][1] > mention.start


def _same_spot(one: Entry, other: Entry) -> bool:
    """Whether two senses are a town and its own district or province, say Kherson and Kherson."""
    if one is other:
        return True
    points = (one.latitude, one.longitude), (other.latitude, other.longitude)
    return one.country == other.country and kilometres(*points) < _SPOT_KM


def _place(text: str, mention: finding.Mention, ranked: list[tuple[Entry, float]]) -> Place:
    words = text[mention.start : mention.end]
    found = round(mention.confidence, 3)
    if not ranked:
        return Place(mention.start, mention.end, words, mention.kind, None, None, None, None, None,
                     None, None, found, 0.0)  # fmt: skip
    entry = ranked[0][0]
    share = sum(chance for other, chance in ranked if _same_spot(entry, other))
    return Place(
        mention.start,
        mention.end,
        words,
        mention.kind,
        entry.id,
        entry.name,
        entry.latitude,
        entry.longitude,
        entry.country or None,
        entry.admin1 or None,
        entry.feature,
        found,
        round(mention.confidence * share, 3),
        tuple(
            Alternative(other.id, other.name, other.latitude, other.longitude, other.country,
                        other.admin1, round(mention.confidence * chance, 3))
            for other, chance in ranked[1 : 1 + _ALTERNATIVES]
            if chance >= 0.005
        ),
    )  # fmt: skip
