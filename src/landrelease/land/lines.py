"""The lines of the ledger: whole columns of movements between accounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from . import accounts
from .events import MERGED, SPLIT, VOIDED, LedgerError

LINE_KINDS: Final = (
    "recorded",
    "extended",
    "corrected",
    "reclassified",
    "reopened",
    VOIDED,
    MERGED,
    SPLIT,
    *accounts.RELEASED[:3],
    "historic",
)


@dataclass(frozen=True)
class Lines:
    """Lines of the ledger, in the order of posting; all columns have the same length.

    Attributes
    ----------
    event
        Row of the event in the events that were posted.
    uid, hazard
        Record of the event; hazard whose claim moves (of a historic release: its own id).
    kind
        One of :data:`LINE_KINDS`.
    on
        Day of the event, NaT = not recorded (part of every opening balance).
    scopes
        uint8 bit mask of :data:`.accounts.SCOPES` in which the line holds.
    claim_from, claim_to
        Accounts between which the claim of the hazard moves; equal where it does not.
    ground_from, ground_to
        Accounts between which ground counted once moves; equal where it does not.
    mm2
        Booked area, whole mm².
    exact
        Measured area, mm².
    piece
        Plane geometry that moves, or None where it is the whole polygon of the event.
    """

    event: NDArray[np.int64]
    uid: NDArray[np.object_]
    kind: NDArray[np.object_]
    hazard: NDArray[np.object_]
    on: NDArray[np.datetime64]
    scopes: NDArray[np.uint8]
    claim_from: NDArray[np.object_]
    claim_to: NDArray[np.object_]
    ground_from: NDArray[np.object_]
    ground_to: NDArray[np.object_]
    mm2: NDArray[np.int64]
    exact: NDArray[np.float64]
    piece: NDArray[np.object_]

    def __post_init__(self) -> None:
        lengths = {field.name: len(getattr(self, field.name)) for field in fields(self)}
        if len(set(lengths.values())) != 1:
            raise LedgerError(f"The columns of lines differ in length: {lengths}.")

    def __len__(self) -> int:
        return len(self.event)

    def take(self, rows: NDArray[Any]) -> Lines:
        """Return some lines.

        Parameters
        ----------
        rows
            Row numbers, or a mask.

        Returns
        -------
        Lines
            These lines.
        """
        return Lines(*(getattr(self, field.name)[rows] for field in fields(self)))


def stacked(parts: Sequence[Lines]) -> Lines:
    """Return lines one after the other.

    Parameters
    ----------
    parts
        One or more sets of lines.

    Returns
    -------
    Lines
        All of them.
    """
    return Lines(
        *(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Lines))
    )


def keys_of(lines: Lines, keys: Mapping[str, str] | NDArray[np.object_]) -> NDArray[np.object_]:
    """The key of the row in which each line counts.

    Parameters
    ----------
    lines
        Lines of the ledger.
    keys
        A key for each line, or for each hazard id.

    Returns
    -------
    ndarray of object
        A key for each line.

    Raises
    ------
    LedgerError
        If a line has no key: land would be left out.
    """
    if isinstance(keys, Mapping):
        missing = set(lines.hazard.tolist()) - keys.keys()
        if missing:
            raise LedgerError(
                f"{len(missing)} hazards have no key, the first is {min(missing)}: "
                f"give them a key of their own, so that no land is left out."
            )
        return np.array([keys[uid] for uid in lines.hazard.tolist()], dtype=object)
    if len(keys) != len(lines):
        raise LedgerError(f"There are {len(keys)} keys for {len(lines)} lines.")
    return np.asarray(keys, dtype=object)
