"""What the records of the register declare, held against the ground, the sums and the history.

One function a record type; each hands whole columns to :mod:`landrelease.land.assertions` and
gives back what does not hold. Nothing is changed, and no personal field is ever read.
"""

from __future__ import annotations

from .in_order import ASSERTIONS
from .land import NOT_DONE
from .people import CROSSED_FORM
from .tables import Checked, Tables, numbers

__all__ = ["ASSERTIONS", "CROSSED_FORM", "NOT_DONE", "Checked", "Tables", "numbers"]
