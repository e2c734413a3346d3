"""How a mapping states the place of a row: which columns hold it, in which notation."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..problems import ExchangeError, Problem
from ..source import Objects

TRAVERSE_OPTIONS = ("north", "declination", "convergence", "start_legs", "closes")

#: Kind of place -> columns it needs, columns it may have, options (constants) it may have.
KINDS: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "lonlat": (("lon", "lat"), (), ("crs",)),
    "utm": (("easting", "northing"), ("zone", "hemisphere"), ("zone", "hemisphere")),
    "xy": (("x", "y"), (), ("crs",)),
    "mgrs": (("mgrs",), (), ()),
    "wkt": (("wkt",), (), ("crs",)),
    "geojson": (("geojson",), (), ("crs",)),
    "vertices": (("vertices",), (), ("order", "shape", "crs")),
    "vertex_rows": (("id", "x", "y"), ("sequence", "part"), ("crs", "shape")),
    "traverse": (("lon", "lat", "legs"), (), TRAVERSE_OPTIONS),
    "traverse_rows": (
        ("id", "lon", "lat", "bearing", "distance"),
        ("sequence",),
        TRAVERSE_OPTIONS,
    ),
}


@dataclass(frozen=True)
class Place:
    """How a table gives its places.

    Attributes
    ----------
    kind
        One of :data:`KINDS`.
    columns
        Role (``lon``, ``lat``, ``easting``, …) to column name.
    options
        Constants: ``crs``; ``zone`` and ``hemisphere``; ``order`` of a vertex list (``latlon``
        as ODK writes it, or ``lonlat``); ``shape`` (``polygon``, ``line``, ``point``); ``north``
        (``true``, ``grid``, ``magnetic``) and ``declination`` in degrees, east positive;
        ``convergence`` of the grid; ``start_legs``, how many legs lead from the reference point
        to the start of the outline (1 when not stated); ``closes``, whether the last leg leads
        back to the start, which must be stated.
    """

    kind: str
    columns: dict[str, str]
    options: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ExchangeError(
                f"geometry: kind {self.kind!r} is not known; there are: {', '.join(KINDS)}"
            )
        needed, optional, options = KINDS[self.kind]
        for role in needed:
            if role not in self.columns:
                raise ExchangeError(
                    f"geometry of kind {self.kind}: the column for {role} is missing"
                )
        for role in self.columns:
            if role not in (*needed, *optional):
                raise ExchangeError(f"geometry of kind {self.kind}: has no column {role!r}")
        for name in self.options:
            if name not in options:
                raise ExchangeError(f"geometry of kind {self.kind}: has no option {name!r}")
        if self.kind in ("xy", "vertex_rows") and "crs" not in self.options:
            raise ExchangeError(f"geometry of kind {self.kind}: state crs: EPSG:…")
        if self.kind == "utm":
            given = {*self.columns, *self.options}
            if "zone" not in given:
                raise ExchangeError("geometry of kind utm: state the zone (33N) or its column")
        if self.kind.startswith("traverse"):
            north = self.options.get("north")
            if north not in ("true", "grid", "magnetic"):
                raise ExchangeError(
                    "geometry of kind traverse: state north: true, grid or magnetic; "
                    "the wrong one turns every outline"
                )
            for name, of in (("declination", "magnetic"), ("convergence", "grid")):
                if north != of and name in self.options:
                    raise ExchangeError(
                        f"geometry of kind traverse: {name} belongs to {of} north, not to {north}"
                    )
                if north == of and name not in self.options:
                    raise ExchangeError(
                        f"geometry of kind traverse: {of} north needs {name}: (degrees, east +)"
                    )
            if not isinstance(self.options.get("closes"), bool):
                raise ExchangeError(
                    "geometry of kind traverse: state closes: true when the last leg leads back "
                    "to the start (its end then shows the misclosure), or closes: false"
                )


@dataclass
class Built:
    """Geometries of a batch in ``crs``; ``failed`` marks rows whose cells gave none."""

    geometry: Objects
    crs: str
    failed: NDArray[np.bool_]
    problems: list[Problem]
