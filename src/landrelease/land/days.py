"""Days up to which a figure counts."""

from __future__ import annotations

from datetime import date

import numpy as np
from numpy.typing import NDArray

#: A day as a date, an ISO string or a NumPy day; None for no bound.
Day = date | str | np.datetime64 | None


def until(on: NDArray[np.datetime64], as_of: date | str | np.datetime64) -> NDArray[np.bool_]:
    """Return what counts on a day; what has no date counts on every day.

    Parameters
    ----------
    on
        Days of events or lines, ``datetime64[D]``.
    as_of
        The last day that counts.

    Returns
    -------
    ndarray of bool
        True for what happened up to that day or at an unknown time.
    """
    last = np.array([as_of], dtype="datetime64[D]")
    return np.asarray(np.isnat(on) | (on <= last), dtype=bool)
