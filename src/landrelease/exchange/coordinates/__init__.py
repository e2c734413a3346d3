"""Places from the columns of a table: points, outlines and surveyed traverses.

How a table gives its places is stated by a :class:`Place`; :func:`build` turns the columns of a
batch into geometries. Tables with one row per vertex (or per leg) are first put together to one
row per record by :func:`gather`.
"""

from __future__ import annotations

from .building import build
from .cells import angle, length
from .grids import mgrs_point, utm_crs
from .outlines import outline, vertex_list
from .place import KINDS, Built, Place
from .traverses import MISCLOSURE_SHARE, leg_list
from .vertex_rows import gather

__all__ = [
    "KINDS",
    "MISCLOSURE_SHARE",
    "Built",
    "Place",
    "angle",
    "build",
    "gather",
    "leg_list",
    "length",
    "mgrs_point",
    "outline",
    "utm_crs",
    "vertex_list",
]
