"""The geometry of every row of a batch, by the notation that its mapping states."""

from __future__ import annotations

import numpy as np
from pyproj import CRS

from ..source import RawBatch
from . import grids, outlines, traverses, vertex_rows
from .cells import done, lat, length, lon, pairs, points
from .place import Built, Place


def build(batch: RawBatch, place: Place) -> Built:
    """Build the geometry of each row; a row whose cells are empty has none."""
    found = _BUILDERS[place.kind](batch, place)
    used = [batch.columns[name] for role, name in place.columns.items() if role != "id"]
    filled = np.zeros(len(batch), dtype=bool)
    for cells in used:
        filled |= np.array([c is not None for c in cells], dtype=bool)
    missing = np.array([g is None for g in found.geometry], dtype=bool)
    found.failed = missing & filled
    return found


def _lonlat(batch: RawBatch, place: Place) -> Built:
    x, y, usable, problems = pairs(batch, place.columns["lon"], place.columns["lat"], lon, lat)
    return done(points(x, y, usable), place.options.get("crs", "EPSG:4326"), problems)


def _xy(batch: RawBatch, place: Place) -> Built:
    crs = place.options["crs"]
    degrees = CRS.from_user_input(crs).is_geographic
    readers = (lon, lat) if degrees else (length, length)
    x, y, usable, problems = pairs(batch, place.columns["x"], place.columns["y"], *readers)
    return done(points(x, y, usable), crs, problems)


_BUILDERS = {
    "lonlat": _lonlat,
    "utm": grids.utm,
    "xy": _xy,
    "mgrs": grids.mgrs_squares,
    "wkt": outlines.wkt,
    "geojson": outlines.geojson_texts,
    "vertices": outlines.vertices,
    "vertex_rows": vertex_rows.vertex_rows,
    "traverse": traverses.traverse_texts,
    "traverse_rows": traverses.traverse_rows,
}
