"""The assertions in the order in which they are run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

from landrelease.land.assertions import Tolerances

from . import devices, land, people, places
from .tables import Checked, Tables

#: In the order in which they are run.
ASSERTIONS: tuple[Callable[[Tables, Tolerances, dt.date], Iterator[Checked]], ...] = (
    land.hazards,
    land.activities,
    land.handovers,
    people.accidents,
    people.victims,
    people.education,
    devices.ordnance,
    devices.stockpiles,
    places.units,
    places.places,
)
