"""A report as a document of plain tables, before anybody writes it to a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from .cells import Absent, Cell, Figure

#: What stands for a row's key in the pattern of a column's ids.
KEY: Final = "{key}"


@dataclass(frozen=True)
class Column:
    """A column: its key in the rows, its heading, the unit its heading states."""

    key: str
    label: str
    unit: str = ""

    @property
    def heading(self) -> str:
        """Heading with the unit that people see."""
        shown_unit = {"mm2": "m²", "m2": "m²"}.get(self.unit, "")
        return f"{self.label}, {shown_unit}" if shown_unit else self.label


@dataclass(frozen=True)
class Row:
    """A row.

    Attributes
    ----------
    key
        Key of what it is about: a p-code, a class, a year.
    label
        What it is called.
    cells
        Cells by key of column. A column without a cell is an error, never a blank.
    role
        ``body``; ``total``; or ``apart``: shown beside the total, and no part of any sum.
    """

    key: str
    label: str
    cells: Mapping[str, Cell]
    role: str = "body"


@dataclass(frozen=True)
class Table:
    """A table with its notes.

    Attributes
    ----------
    key
        Short name: of the worksheet, of the anchor.
    title
        What it shows, with its scope and its day or period.
    row_heading
        Heading of the column of labels.
    show_key
        Whether the rows' keys are printed (administrative units have a p-code).
    notes
        What a reader must know: how it is counted, what is left out.
    left_out
        Names of rows that hold nothing but 0 and are not printed.
    """

    key: str
    title: str
    row_heading: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    show_key: bool = False
    left_out: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for row in self.rows:
            missing = [column.key for column in self.columns if column.key not in row.cells]
            if missing:
                raise ValueError(
                    f"table {self.key}, row {row.key}: no cell for {', '.join(missing)}; say "
                    "'not recorded' where there is nothing"
                )

    def patterns(self) -> dict[str, str]:
        """Return the pattern of the ids of each column, ``{key}`` standing for a row's key.

        With it every id can be told from paper: the pattern is printed once below the table.
        A column whose ids follow no pattern is left out.

        Returns
        -------
        dict[str, str]
            Pattern by key of column.
        """
        out: dict[str, str] = {}
        for column in self.columns:
            found = set()
            for row in self.rows:
                cell = row.cells[column.key]
                if row.role == "body" and isinstance(cell, Figure) and cell.id:
                    found.add(cell.id.replace(f"={quote(row.key, safe='')}", f"={KEY}"))
            if len(found) == 1 and KEY in (pattern := found.pop()):
                out[column.key] = pattern
        return out

    def remarks(self) -> tuple[str, ...]:
        """Return the notes of the table and of its figures, as they are printed below it.

        Figures with a note of their own are named by row and column; where the table has a total,
        those of its parts are left to it.

        Returns
        -------
        tuple of str
            One sentence each.
        """
        roles = {row.role for row in self.rows}
        told = [
            f"{row.label}, {column.label.lower()}: {cell.note}."
            for row in self.rows
            if row.role != "body" or "total" not in roles
            for column in self.columns
            if isinstance(cell := row.cells[column.key], Figure) and cell.note
        ]
        return (*self.notes, *told)


@dataclass(frozen=True)
class Item:
    """A line of the cover sheet."""

    label: str
    value: Cell
    note: str = ""


@dataclass(frozen=True)
class Cover:
    """The cover sheet.

    Attributes
    ----------
    title, subtitle
        What the report is, and of which period.
    standing
        ``not an official report``, or under which number and by whom it was approved.
    official
        Whether it was frozen and approved.
    items
        Who, when, known at, profile.
    unverified
        What has not been checked against a source, one sentence each.
    tables
        What does not hold and what is not known.
    """

    title: str
    subtitle: str
    standing: str
    official: bool
    items: tuple[Item, ...]
    unverified: tuple[str, ...]
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True)
class Place:
    """Where a figure stands in a report."""

    table: Table | None
    row: str
    column: str
    figure: Figure


@dataclass(frozen=True)
class ReportDocument:
    """A whole report.

    Attributes
    ----------
    kind
        ``article7``, ``monitor-profile``, ``ccm`` or ``article5-extension``.
    generator
        Name and version of the software.
    recorded_at
        Moment of the last journal entry it knows, ISO 8601, UTC; files are dated with it, so that
        the same figures give the same file.
    """

    kind: str
    generator: str
    recorded_at: str
    cover: Cover
    tables: tuple[Table, ...]
    language: str = "en"
    #: Address before a figure's id that shows its trace, or empty.
    trace_url: str = field(default="")

    def all_tables(self) -> tuple[Table, ...]:
        """Return the tables of the cover sheet and of the report."""
        return (*self.cover.tables, *self.tables)

    def places(self) -> Iterator[Place]:
        """Yield every figure in the order of printing, with its place."""
        for item in self.cover.items:
            if isinstance(item.value, Figure):
                yield Place(None, item.label, "", item.value)
        for table in self.all_tables():
            for row in table.rows:
                for column in table.columns:
                    cell = row.cells[column.key]
                    if isinstance(cell, Figure):
                        yield Place(table, row.label, column.label, cell)

    def figures(self) -> list[Figure]:
        """Return every figure that has an id, once, in the order of printing.

        Returns
        -------
        list[Figure]
            The figures.

        Raises
        ------
        ValueError
            If one id stands for two values.
        """
        found: dict[str, Figure] = {}
        for place in self.places():
            figure = place.figure
            if not figure.id:
                continue
            known = found.setdefault(figure.id, figure)
            if (known.value, known.unit) != (figure.value, figure.unit):
                # A small count that is withheld in one table must not stand open in another.
                raise ValueError(
                    f"the figure {figure.id} is {known.value} {known.unit} in one place and "
                    f"{figure.value} {figure.unit} in another"
                )
        return list(found.values())


def json_cell(cell: Cell) -> Any:
    """Return a cell as plain JSON."""
    if isinstance(cell, Figure):
        return cell.to_json()
    return {"absent": str(cell)} if isinstance(cell, Absent) else cell
