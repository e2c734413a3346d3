"""The package's own CSV tables: rows as dictionaries, with the file and line in every complaint."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files

from .errors import TreatyError


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table.

    Attributes
    ----------
    place : str
        File and line, for messages.
    values : dict of str to str
        Cells by column.
    """

    place: str
    values: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.values[column]

    def wrong(self, what: str) -> TreatyError:
        """Make an error that says where."""
        return TreatyError(f"{self.place}: {what}")


def lines(name: str, columns: tuple[str, ...]) -> Iterator[Line]:
    """Read a table that the package ships.

    Parameters
    ----------
    name : str
        File in the folder ``data``.
    columns : tuple of str
        The columns it must have, in order.

    Yields
    ------
    Line

    Raises
    ------
    TreatyError
        The columns differ, or a row has too many or too few cells.
    """
    text = files(__package__).joinpath("data", name).read_text(encoding="utf-8")
    reader = csv.reader(text.splitlines())
    if tuple(next(reader, ())) != columns:
        raise TreatyError(f"{name}: the columns must be {', '.join(columns)}")
    for cells in reader:
        place = f"{name}:{reader.line_num}"
        if len(cells) != len(columns):
            raise TreatyError(f"{place}: has {len(cells)} cells instead of {len(columns)}")
        yield Line(place, dict(zip(columns, cells, strict=True)))
