"""Where a fact was read, and whether that is enough to call it verified."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Any

from .tablefiles import lines


class Kind(StrEnum):
    """What sort of document a source is."""

    depositary = "depositary"
    official = "official"
    institution = "institution"
    compilation = "compilation"
    press = "press"
    memory = "memory"


#: Sources that a date may rest on. A compilation gives years only and no documents, the press
#: relays, and memory is no document at all: what rests on these prints "unverified".
CITABLE = frozenset({Kind.depositary, Kind.official, Kind.institution})


@dataclass(frozen=True, slots=True)
class Source:
    """A document that facts were read in.

    Attributes
    ----------
    key : str
        Short name by which rows of the tables cite it.
    kind : Kind
    title, url : str
        What it is and where; no address for memory.
    as_of : str
        The day, month or year that it speaks of; empty when it does not say.
    retrieved : datetime.date
        When it was read.
    """

    key: str
    kind: Kind
    title: str
    url: str
    as_of: str
    retrieved: date

    @property
    def citable(self) -> bool:
        """Whether a date that rests on it may be printed without "unverified"."""
        return self.kind in CITABLE

    def to_json(self) -> dict[str, Any]:
        """Give plain values for JSON."""
        return {
            "source": self.key,
            "kind": self.kind.value,
            "title": self.title,
            "url": self.url or None,
            "as_of": self.as_of or None,
            "retrieved": self.retrieved.isoformat(),
        }


@cache
def sources() -> dict[str, Source]:
    """Read all sources, by key."""
    found: dict[str, Source] = {}
    for line in lines("sources.csv", ("source", "kind", "title", "url", "as_of", "retrieved")):
        if line["source"] in found:
            raise line.wrong(f"the source {line['source']} stands in the table twice")
        kind = Kind(line["kind"])
        if not line["url"] and kind is not Kind.memory:
            raise line.wrong("a source that is not memory has an address")
        found[line["source"]] = Source(
            line["source"],
            kind,
            line["title"],
            line["url"],
            line["as_of"],
            date.fromisoformat(line["retrieved"]),
        )
    return found
