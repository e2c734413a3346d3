"""Tiles that were built, kept in memory until the register changes.

A tile hangs on nothing but the journal and on what its reader may see. Many people look at the same
few tiles, and a map that is moved asks for them again.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

#: Bytes of tiles kept at most; those that nobody has asked for the longest go first.
MOST_BYTES = 64_000_000
#: What a tile is counted as at least, for its place in the list.
_LEAST_BYTES = 200


class KeptTiles:
    """Tiles of one state of the register, up to a number of bytes; for several threads."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.most_bytes = most_bytes
        self.bytes = 0
        self._of = ""
        self._tiles: OrderedDict[Hashable, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, of: str, key: Hashable, build: Callable[[], bytes]) -> bytes:
        """A tile as kept, or built now.

        Parameters
        ----------
        of
            What all tiles hang on: the workspace and the head of its journal, read before anything
            that ``build`` reads. Tiles of another state are forgotten.
        key
            Which tile, and what its reader may see.
        build
            Makes the tile.
        """
        with self._lock:
            if self._of == of and key in self._tiles:
                self._tiles.move_to_end(key)
                return self._tiles[key]
        tile = build()
        with self._lock:
            if self._of != of:
                self._of, self.bytes = of, 0
                self._tiles.clear()
            if key not in self._tiles:
                self._tiles[key] = tile
                self.bytes += _size(tile)
            while self.bytes > self.most_bytes:
                self.bytes -= _size(self._tiles.popitem(last=False)[1])
        return tile


def _size(tile: bytes) -> int:
    return max(len(tile), _LEAST_BYTES)
