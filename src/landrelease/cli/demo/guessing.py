"""What is in a file that nobody has described? Told from its name, its values, its columns.

A guess is always shown, with its reason, and can be overruled: ``FILE=hazards``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from landrelease.exchange.mapping import Mapping
from landrelease.exchange.problems import ExchangeError
from landrelease.exchange.read import open_source
from landrelease.exchange.source import Source
from landrelease.register.schema import RECORD_TYPES, record_type

#: Beginnings of words by which people call such files and the values in them. A more telling
#: type stands before a less telling one: "cleared hazards" are activities.
WORDS = {
    "evidence": ("evidence", "lifted"),
    "victim": ("victim", "casualt"),
    "accident": ("accident", "incident"),
    "progress_report": ("progress",),
    "quality_visit": ("quality",),
    "handover": ("handover", "handing over"),
    "ordnance": ("ordnance", "device"),
    "education_session": ("education", "eore", "awareness"),
    "stockpile": ("stockpile", "retained"),
    "accreditation": ("accreditation",),
    "organisation": ("organisation", "organization", "operators"),
    "document": ("document",),
    "activity": (
        "activit",
        "clearance",
        "cleared",
        "released",
        "reduced",
        "cancelled",
        "canceled",
        "completion",
        "survey task",
    ),
    "hazard": (
        "hazard",
        "suspect",
        "confirmed",
        "minefield",
        "mined area",
        "contaminat",
        "sha",
        "cha",
    ),
    "unit": (
        "unit",
        "admin",
        "adm",
        "district",
        "province",
        "municipalit",
        "canton",
        "county",
        "region",
        "boundar",
    ),
}

#: The order in which records are best handed in: what is referred to comes first.
ORDER = ("unit", "organisation", "document", "accreditation", "hazard", "activity")

#: Rows whose values are looked at.
LOOKED_AT = 200


@dataclass(frozen=True)
class Guess:
    """What a file is taken for.

    Attributes
    ----------
    record_type
        Name of the record type; None when nothing speaks for any.
    because
        What speaks for it, for the reader to judge.
    """

    path: Path
    record_type: str | None
    because: str


def guess(stated: str) -> Guess:
    """Say what a file is.

    Parameters
    ----------
    stated
        ``FILE``, or ``FILE=TYPE`` where the reader knows better (``areas.shp=hazards``).

    Raises
    ------
    ExchangeError
        When the file cannot be opened, or the type does not exist.
    """
    name, equals, as_ = stated.rpartition("=")
    if equals and not Path(stated).exists():
        try:
            return Guess(Path(name), record_type(as_).name, "you said so")
        except KeyError as error:
            raise ExchangeError(f"{stated}: {error.args[0]}") from None
    path = Path(stated)
    source = open_source(path)
    for words, where in (
        (path.stem, "its name"),
        (" ".join(_values(source)), "its values"),
        (source.layer or "", "the name of its layer"),
    ):
        for candidate, word in _types_called(words):
            return Guess(path, candidate, f"{where}: “{word}”")
    return _by_columns(path, source)


def _types_called(text: str) -> Iterator[tuple[str, str]]:
    flat = "".join(
        ch for ch in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(ch)
    )
    flat = " " + re.sub(r"[^a-z0-9]+", " ", flat)
    for candidate, words in WORDS.items():
        for word in words:
            # Short words stand alone; of longer ones the beginning is enough.
            if re.search(rf" {word}(?![a-z])" if len(word) < 5 else f" {word}", flat):
                yield candidate, word


def _values(source: Source) -> Iterator[str]:
    """Texts of columns with few different values: the kind of a thing, not its name."""
    for batch in islice(source.batches(LOOKED_AT), 1):
        for cells in batch.columns.values():
            texts = {cell for cell in cells.tolist() if isinstance(cell, str)}
            if 0 < len(texts) <= 5:
                yield from texts


def _by_columns(path: Path, source: Source) -> Guess:
    """The type whose fields are found most often among the columns, if one stands out."""
    found = {
        name: sorted(Mapping.guess(candidate, source.columns, source.hxl).columns)
        for name, candidate in RECORD_TYPES.items()
        if name != "programme"
    }
    ranked = sorted(found, key=lambda name: -len(found[name]))
    best, second = ranked[:2]
    if len(found[best]) < 2 or len(found[best]) == len(found[second]):
        return Guess(path, None, "neither its name, its values nor its columns tell")
    return Guess(path, best, f"its columns: {', '.join(found[best])}")


def in_order(guesses: list[Guess]) -> list[Guess]:
    """Sort files so that what is referred to is handed in first."""

    def rank(each: Guess) -> int:
        return ORDER.index(each.record_type) if each.record_type in ORDER else len(ORDER)

    return sorted(guesses, key=rank)
