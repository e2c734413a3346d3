"""What every reader hands over: a source with its columns, and batches of raw rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .problems import ExchangeError, Problem

Objects = NDArray[np.object_]


@dataclass
class RawBatch:
    """Some rows of a source, cells as they stand in the file.

    Attributes
    ----------
    rows
        int64; line, row or feature number as a person would count, from 1.
    columns
        Column name to cells: str, int, float, bool, date, datetime or ``None``.
    geometry
        Shapely geometries in x/y order as given, ``None`` where there is none; ``None`` instead
        of an array for plain tables.
    crs
        Authority string or WKT of ``geometry``.
    problems
        Findings of the reader about these rows.
    merged
        For a table with one row per vertex: the rows that became each row of this batch.
    """

    rows: NDArray[np.int64]
    columns: dict[str, Objects]
    geometry: Objects | None = None
    crs: str | None = None
    problems: list[Problem] = field(default_factory=list)
    merged: list[NDArray[np.int64]] | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, keep: NDArray[Any]) -> RawBatch:
        """Give the rows selected by a mask or by positions."""
        rows = self.rows[keep]
        wanted = set(rows.tolist())
        positions = np.arange(len(self.rows))[keep]
        return RawBatch(
            rows,
            {name: cells[keep] for name, cells in self.columns.items()},
            None if self.geometry is None else self.geometry[keep],
            self.crs,
            [p for p in self.problems if p.row is None or p.row in wanted],
            None if self.merged is None else [self.merged[i] for i in positions],
        )


@dataclass
class Source:
    """A file opened for reading; iterate :meth:`batches` as often as you like.

    Attributes
    ----------
    format
        ``GeoJSON``, ``GPKG``, ``ESRI Shapefile``, ``KML``, ``FlatGeobuf``, ``Esri JSON``,
        ``maXML``, ``CSV`` or ``XLSX``.
    layer, layers
        The layer (or sheet) that is read, and all there are.
    columns
        Column names, unique.
    hxl
        Column to HXL tag, empty when the file has no tag row.
    crs
        Authority string or WKT; ``None`` for plain tables.
    row_count
        Number of records, ``None`` if unknown before reading.
    encoding, delimiter
        Of text tables.
    problems
        Findings about the file as a whole.
    aliases
        Column to the title that its source gives it beside the name.
    """

    path: Path
    format: str
    layer: str | None
    layers: list[str]
    columns: list[str]
    crs: str | None
    row_count: int | None
    _read: Callable[[int], Iterator[RawBatch]]
    hxl: dict[str, str] = field(default_factory=dict)
    encoding: str | None = None
    delimiter: str | None = None
    problems: list[Problem] = field(default_factory=list)
    aliases: dict[str, str] = field(default_factory=dict)

    def batches(self, size: int = 20_000) -> Iterator[RawBatch]:
        """Read the rows in batches of at most ``size``, in the order of the file."""
        if size < 1:
            raise ValueError(f"a batch holds at least one row, not {size}")
        return self._read(size)


def refuse_half_characters(where: object, text: str) -> None:
    """Refuse a text with half of a character, as only JSON can hold (``"\\ud800"``).

    No database and no file in UTF-8 can keep it, and leaving it out would alter what was said.

    Raises
    ------
    ExchangeError
        Naming the place.
    """
    if text.isascii():
        return
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ExchangeError(
            f"{where}: holds half of a character ({text[error.start]!a}), which cannot be kept; "
            "correct the text at the source"
        ) from error


def objects(values: Any) -> Objects:
    """One-dimensional object array of a sequence, whatever the elements are."""
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array
