"""Rows as they pass between the process that reads a stranger's file and the one that asked.

The reader may be in the hands of the file it reads, so what it sends is data and nothing else:
numbers, texts, dates and lists of them. A parcel that names anything to be called is refused.
"""

from __future__ import annotations

import datetime as dt
import decimal
import io
import pickle  # nosec B403 # read by an unpickler that calls dates and decimals only
from dataclasses import astuple
from typing import Any, Final

import numpy as np
import shapely

from .problems import ExchangeError, Problem
from .source import Objects, RawBatch, objects

#: Types of cells that pass as they are; every other becomes a text.
_PLAIN: Final = frozenset(
    {str, int, float, bool, bytes, type(None), dt.date, dt.datetime, dt.time, dt.timedelta,
     decimal.Decimal}
)  # fmt: skip
#: What a parcel may have called when it is opened.
_CALLED: Final = {
    ("datetime", "date"): dt.date,
    ("datetime", "datetime"): dt.datetime,
    ("datetime", "time"): dt.time,
    ("datetime", "timedelta"): dt.timedelta,
    ("datetime", "timezone"): dt.timezone,
    ("decimal", "Decimal"): decimal.Decimal,
}


def packed(batch: RawBatch) -> bytes:
    """Rows as bytes; see :func:`opened`."""
    return pickle.dumps(
        (
            batch.rows.tolist(),
            {name: _plain(cells) for name, cells in batch.columns.items()},
            None if batch.geometry is None else shapely.to_wkb(batch.geometry).tolist(),
            batch.crs,
            [astuple(problem) for problem in batch.problems],
            None if batch.merged is None else [rows.tolist() for rows in batch.merged],
        ),
        protocol=5,
    )


def opened(parcel: bytes) -> RawBatch:
    """The rows of a parcel.

    Raises
    ------
    ExchangeError
        When it holds something else than plain values.
    """
    try:
        rows, columns, wkb, crs, problems, merged = _Unpickler(io.BytesIO(parcel)).load()
    except pickle.UnpicklingError as error:
        raise ExchangeError(f"the reader sent what is no row of a table ({error})") from error
    return RawBatch(
        np.array(rows, dtype=np.int64),
        {name: objects(cells) for name, cells in columns.items()},
        None if wkb is None else shapely.from_wkb(objects(wkb)),
        crs,
        [Problem(*one) for one in problems],
        None if merged is None else [np.array(one, dtype=np.int64) for one in merged],
    )


def _plain(cells: Objects) -> list[Any]:
    values: list[Any] = cells.tolist()
    if _PLAIN.issuperset(set(map(type, values))):
        return values
    return [_cell(value) for value in values]


def _cell(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    return value if type(value) in _PLAIN else str(value)


class _Unpickler(pickle.Unpickler):
    """Calls nothing but what makes dates and decimal numbers."""

    def find_class(self, module: str, name: str) -> Any:
        found = _CALLED.get((module, name))
        if found is None:
            raise pickle.UnpicklingError(f"it names {module}.{name}")
        return found
