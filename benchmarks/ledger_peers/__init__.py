"""The engines of ``benchmarks/ledger.py``, one module each.

Every module has ``run(folder, threads) -> Result``: it loads the files of the generator and works
out, for every hazard, what was released in each account (ground counted once, under the release
that came first) and what is still open, and for the programme the suspected and confirmed land with
overlapping hazards counted once (confirmed where one of them is).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

#: Accounts of released land, in the order of the columns of ``Result.released``.
RESULTS = ("cancelled", "reduced", "cleared")


@dataclass
class Result:
    """Areas in mm²: by hazard (in the order of their ids) and of the programme."""

    released: np.ndarray
    open: np.ndarray
    suspected: float
    confirmed: float

    @classmethod
    def of_rows(cls, rows: dict[str, Any], totals: dict[str, float]) -> Result:
        """Make a result from columns ``uid``, the three accounts and ``open``, in any order."""
        order = np.argsort(np.asarray(rows["uid"]).astype(str), kind="stable")

        def column(name: str) -> np.ndarray:
            return np.asarray(rows[name], dtype=np.float64)[order]

        released = np.stack([column(name) for name in RESULTS], axis=1)
        return cls(released, column("open"), totals["suspected"], totals["confirmed"])

    def save(self, path: str) -> None:
        """Write the result for the comparison."""
        totals = np.array([self.suspected, self.confirmed])
        np.savez(path, released=self.released, open=self.open, totals=totals)
