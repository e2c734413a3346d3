"""Web Mercator tiles: which ground a tile covers, and where a place lies in it.

The world is a square of 2^z by 2^z tiles at zoom *z*; a tile is :data:`EXTENT` units wide, its
origin in the north-west corner, y down.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

#: Units of a tile's own coordinates, the usual value of the vector tile specification.
EXTENT = 4096
#: Pixels on the screen that a tile takes at its own zoom (MapLibre's size).
PIXELS = 512
#: Units drawn beyond the edge, so that outlines do not show the edges of tiles.
BUFFER = 64
#: The finest tiles that are made; the browser enlarges them beyond.
MAX_ZOOM = 16


@dataclass(frozen=True)
class Tile:
    """One tile.

    Attributes
    ----------
    z, x, y
        Zoom, column from the west, row from the north.
    """

    z: int
    x: int
    y: int

    @property
    def exists(self) -> bool:
        """Whether there is such a tile."""
        return 0 <= self.z <= MAX_ZOOM and 0 <= self.x < 2**self.z and 0 <= self.y < 2**self.z

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north in degrees (EPSG:4326).

        Neighbours compute a shared edge from the same numbers, so that half-open tiles part the
        world without gap or overlap. The outermost edges reach past the poles and the
        antimeridian: every place belongs to exactly one tile.
        """
        last = 2**self.z - 1
        west = _longitude(self.x, self.z)
        east = math.inf if self.x == last else _longitude(self.x + 1, self.z)
        north = math.inf if self.y == 0 else _latitude(self.y, self.z)
        south = -math.inf if self.y == last else _latitude(self.y + 1, self.z)
        return (-math.inf if self.x == 0 else west), south, east, north

    @property
    def frame(self) -> tuple[float, float, float, float]:
        """West, south, east, north of the drawn square, without a buffer."""
        return (
            _longitude(self.x, self.z),
            _latitude(self.y + 1, self.z),
            _longitude(self.x + 1, self.z),
            _latitude(self.y, self.z),
        )

    @property
    def drawn(self) -> tuple[float, float, float, float]:
        """West, south, east, north of what is drawn: the square and its buffer."""
        west, south, east, north = self.frame
        margin_x = (east - west) * BUFFER / EXTENT
        margin_y = (north - south) * BUFFER / EXTENT * 1.5
        return west - margin_x, south - margin_y, east + margin_x, north + margin_y

    def units(self, lonlat: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Place degrees (n × 2, longitude and latitude) in the tile's own units (n × 2, y down)."""
        scale = 2**self.z * EXTENT
        latitude = np.radians(np.clip(lonlat[:, 1], -89.9, 89.9))
        x = (lonlat[:, 0] + 180.0) / 360.0
        y = 0.5 - np.arcsinh(np.tan(latitude)) / (2.0 * math.pi)
        return np.column_stack([x * scale - self.x * EXTENT, y * scale - self.y * EXTENT])


def _longitude(column: int, zoom: int) -> float:
    return column / 2**zoom * 360.0 - 180.0


def _latitude(row: int, zoom: int) -> float:
    return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * row / 2**zoom))))
