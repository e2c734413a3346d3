"""Places made coarse: the cells of a fixed grid that a shape touches, never less ground than it.

A public map of hazards must not show where the single hazard lies, and must not show less hazard
than there is. So every shape is replaced by all cells of a grid that it touches, and cells of all
shapes together are dissolved: what comes out covers every shape and tells none from another.

The grid is the same for everybody, at every date and for whatever is on record: it depends on the
width of its cells alone. A grid laid out by the data would move when the data change, and two maps
laid over each other would tell more than either.

Cells are squares of longitude and latitude at least as wide as asked for. They nest in degrees of
latitude: each degree is cut into a whole number of rows, and each row of it into a whole number of
columns a degree, so that the edge that two cells share is the same number for both.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

#: Shortest degree of latitude on the WGS 84 ellipsoid (at the equator), metres.
_LATITUDE_M = 110_574.0
#: A degree of longitude at the equator on the WGS 84 ellipsoid, metres; by the cosine of the
#: latitude elsewhere (the ellipsoid's own is longer by up to 0.3 percent, so that cells are, too).
_LONGITUDE_M = 111_319.0
#: Cells of one shape that are looked at before the cells are made wider.
_MOST_CELLS = 250_000


def cells_touched(shape: Any, cell_m: float) -> NDArray[np.object_]:
    """The cells of the grid that a shape touches.

    Parameters
    ----------
    shape
        Any shapely geometry in degrees (EPSG:4326, longitude first); one that is not valid is
        taken for the hull of its vertices, which holds whatever it may have meant.
    cell_m
        Least width and height of a cell, metres.

    Returns
    -------
    ndarray of object
        Boxes in degrees; their union covers the shape. A shape that spreads over very many cells
        gets wider ones. Empty for nothing and for an empty shape.

    Raises
    ------
    ValueError
        If ``cell_m`` is not a positive length.
    """
    if not (cell_m > 0 and math.isfinite(cell_m)):
        raise ValueError(f"cells need a positive width in metres, not {cell_m}")
    if shape is None or shapely.is_empty(shape):
        return np.empty(0, dtype=object)
    if not shapely.is_valid(shape):
        shape = shapely.convex_hull(shapely.multipoints(shapely.get_coordinates(shape)))
    boxes = _boxes(shapely.bounds(shape), cell_m)
    while boxes is None:
        cell_m *= 2
        boxes = _boxes(shapely.bounds(shape), cell_m)
    shapely.prepare(shape)
    return np.asarray(boxes[shapely.intersects(shape, boxes)], dtype=object)


def covering(shapes: Iterable[Any], cell_m: float) -> list[Any]:
    """All cells that any of some shapes touches, dissolved.

    Parameters
    ----------
    shapes
        Shapely geometries in degrees, or None.
    cell_m
        Least width of a cell, metres.

    Returns
    -------
    list of shapely.Polygon
        Polygons without common ground, from west to east; every shape lies in their union.
    """
    boxes = {
        box.bounds: box for shape in shapes if shape is not None
        for box in cells_touched(shape, cell_m)
    }  # fmt: skip
    return dissolved(boxes.values())


def dissolved(boxes: Iterable[Any]) -> list[Any]:
    """Cells made into as few polygons as they are, from west to east."""
    ready = list(boxes)
    if not ready:
        return []
    parts = [part for part in shapely.get_parts(shapely.union_all(ready)) if part.area > 0]
    return sorted(shapely.normalize(parts), key=lambda part: part.bounds)


def cell_of(longitude: float, latitude: float, cell_m: float) -> tuple[float, float]:
    """Middle of the cell in which a place lies, in degrees.

    Parameters
    ----------
    longitude, latitude
        Degrees.
    cell_m
        Least width of a cell, metres.
    """
    band, rows = _band_of(latitude), _rows(cell_m)
    columns = _columns(band, cell_m)
    row = math.floor((latitude - band) * rows)
    column = math.floor(longitude * columns)
    return (column + 0.5) / columns, band + (row + 0.5) / rows


def _rows(cell_m: float) -> int:
    return max(1, math.floor(_LATITUDE_M / cell_m))


def _band_of(latitude: float) -> int:
    return min(max(math.floor(latitude), -90), 89)


def _columns(band: int, cell_m: float) -> int:
    poleward = min(90, max(abs(band), abs(band + 1)))
    return max(1, math.floor(_LONGITUDE_M * math.cos(math.radians(poleward)) / cell_m))


def _boxes(bounds: Any, cell_m: float) -> NDArray[np.object_] | None:
    """Cells that a box reaches into, one more on each side; None when they are too many."""
    west, south, east, north = (float(value) for value in bounds)
    rows = _rows(cell_m)
    found, count = [], 0
    for band in range(_band_of(south - 1 / rows), _band_of(north + 1 / rows) + 1):
        columns = _columns(band, cell_m)
        first_row = max(0, math.floor((south - band) * rows) - 1)
        last_row = min(rows - 1, math.floor((north - band) * rows) + 1)
        first_column = math.floor(west * columns) - 1
        last_column = math.floor(east * columns) + 1
        if last_row < first_row:
            continue
        count += (last_row - first_row + 1) * (last_column - first_column + 1)
        if count > _MOST_CELLS and (rows > 1 or columns > 1):
            return None
        row = np.arange(first_row, last_row + 2)
        column = np.arange(first_column, last_column + 2)
        y, x = band + row / rows, column / columns
        # The last row of a degree ends where the next degree begins.
        y[row == rows] = band + 1
        lower, left = np.meshgrid(y[:-1], x[:-1], indexing="ij")
        upper, right = np.meshgrid(y[1:], x[1:], indexing="ij")
        found.append(shapely.box(left.ravel(), lower.ravel(), right.ravel(), upper.ravel()))
    return np.concatenate(found) if found else np.empty(0, dtype=object)
