"""Workbooks to be filled in by people who have Excel or LibreOffice and nothing else.

One sheet is filled in; its headings are the names of the fields, so that it comes back without a
mapping file. Choices are drop-down lists of the stable codes, administrative units a list of the
p-codes of the register, the header is locked, and every heading says in a comment what belongs
there. Two further sheets explain: a dictionary of columns and codes, and the lists. The first row
is an example, marked so that the reader passes over it and says so (:data:`.tables.EXAMPLE`).
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from textwrap import shorten
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from landrelease.register.schema import Field, RecordType

from .problems import ExchangeError
from .tables import DICTIONARY_SHEET, EXAMPLE, LISTS_SHEET
from .write import XLSX_ROWS

#: Kind of place to its columns, what belongs there and an example. The headings are those that
#: :mod:`.mapping` finds by itself.
PLACES: dict[str, tuple[tuple[str, str, str], ...]] = {
    "lonlat": (
        ("longitude", "Longitude in degrees, WGS 84, west negative: 17.123456", "17.123456"),
        ("latitude", "Latitude in degrees, WGS 84, south negative: 44.123456", "44.123456"),
    ),
    "utm": (
        ("easting", "Easting in metres, UTM on WGS 84", "665432"),
        ("northing", "Northing in metres, UTM on WGS 84", "4887654"),
        ("zone", "UTM zone with N or S for the hemisphere: 33N", "33N"),
    ),
    "mgrs": (("mgrs", "MGRS reference: 33TXK6543287654", "33TXK6543287654"),),
    "vertices": (
        (
            "vertices",
            "Corners of the outline in their order, each 'latitude longitude', with ';' between "
            "them (WGS 84)",
            "44.1 17.1; 44.1 17.2; 44.2 17.2",
        ),
    ),
    "wkt": (
        (
            "geometry",
            "Well-known text, longitude first (WGS 84): POLYGON ((17.1 44.1, 17.2 44.1, …))",
            "POLYGON ((17.1 44.1, 17.2 44.1, 17.2 44.2, 17.1 44.1))",
        ),
    ),
    "none": (),
}

#: What the file format holds of a message beside a cell.
TITLE_CHARACTERS, MESSAGE_CHARACTERS = 32, 255

_KIND_HELP = {
    "text": "Text",
    "integer": "Whole number; leave it empty where it is not known, 0 means none",
    "decimal": "Number; leave it empty where it is not known, 0 means none",
    "boolean": "yes or no",
    "choice": "One of the list",
    "classes": "One of the list; several with | between them, as ap|cmr",
    "date": "A day 2024-06-30, a month 2024-06, a year 2024, or 2024-01-01/2024-06-30",
    "reference": "Id of the record, as in its own table, or its reference such as HA-12",
}


@dataclass(frozen=True)
class Column:
    """One column of the sheet to fill in."""

    name: str
    kind: str
    help: str
    example: str = ""
    field: Field | None = None


def columns_of(
    record_type: RecordType, *, place: str = "lonlat", national: Sequence[Field] = ()
) -> list[Column]:
    """Columns of a template, in their order.

    Parameters
    ----------
    record_type
        What the rows are.
    place
        A key of :data:`PLACES`; none for records without a place.
    national
        Fields of the national profile.

    Raises
    ------
    ExchangeError
        When there is no such kind of place.
    """
    if place not in PLACES:
        raise ExchangeError(f"no kind of place is called {place!r}; there are: {', '.join(PLACES)}")
    columns = [
        Column(item.name, item.kind, item.help, _example(item), item)
        for item in (*record_type.fields, *national)
    ]
    if record_type.geometry:
        columns += [Column(name, "place", told, example) for name, told, example in PLACES[place]]
    return columns


def _example(item: Field) -> str:
    if item.choices:
        return next(iter(item.choices))
    return {
        "date": "2024-06-30",
        "integer": "0",
        "decimal": "0",
        "boolean": "no",
        "reference": f"{item.to} id" if item.to else "",
    }.get(item.kind, "…")


def write_template(
    path: Path,
    record_type: RecordType,
    *,
    place: str = "lonlat",
    national: Sequence[Field] = (),
    lists: Mapping[str, Sequence[tuple[str, str]]] | None = None,
) -> None:
    """Write a template, whole or not at all.

    Parameters
    ----------
    path
        Workbook to write (.xlsx); an existing one is replaced.
    record_type, place, national
        As in :func:`columns_of`.
    lists
        Record type (``unit``, ``organisation``) to the ids and names that references to it are
        chosen from.

    Raises
    ------
    ExchangeError
        When the ending is not .xlsx, the folder does not exist or there is no such kind of place.
    """
    if path.suffix.lower() != ".xlsx":
        raise ExchangeError(f"{path}: a template is a workbook; call it .xlsx")
    if not path.parent.is_dir():
        raise ExchangeError(f"{path}: the folder {path.parent} does not exist")
    columns = columns_of(record_type, place=place, national=national)
    folder = Path(tempfile.mkdtemp(prefix=f".{path.stem}.", dir=path.parent))
    try:
        target = folder / path.name
        with xlsxwriter.Workbook(str(target)) as book:
            book.set_properties({"title": f"{record_type.label}: template"})
            _fill(book, record_type, columns, dict(lists or {}))
        with target.open("rb") as handle:
            os.fsync(handle.fileno())
        target.replace(path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _fill(
    book: Any,
    record_type: RecordType,
    columns: list[Column],
    lists: dict[str, Sequence[tuple[str, str]]],
) -> None:
    page = book.add_worksheet(record_type.plural[:31])
    dictionary = book.add_worksheet(DICTIONARY_SHEET)
    listed = book.add_worksheet(LISTS_SHEET)
    ranges = _write_lists(book, listed, columns, lists)
    header = book.add_format({"bold": True, "bg_color": "#DDE6EE", "border": 1, "locked": True})
    needed = book.add_format({"bold": True, "bg_color": "#FBE3B5", "border": 1, "locked": True})
    example = book.add_format({"italic": True, "font_color": "#777777", "num_format": "@",
                               "locked": False})  # fmt: skip
    # As text, so that the program makes no date or number of an id, of "2024" or of "1-2".
    text = book.add_format({"num_format": "@", "locked": False})
    number = book.add_format({"num_format": "0.########", "locked": False})
    for at, column in enumerate(columns):
        numeric = column.kind in ("integer", "decimal")
        page.set_column(at, at, max(12, len(column.name) + 3), number if numeric else text)
        required = column.field is not None and column.field.required
        page.write_string(0, at, column.name, needed if required else header)
        page.write_comment(0, at, _comment(column), {"x_scale": 2.2, "y_scale": 1.6})
        page.write_string(1, at, EXAMPLE if at == 0 else column.example, example)
        _validate(page, at, column, ranges)
    page.set_column(0, 0, len(EXAMPLE) + 2, text)
    page.freeze_panes(1, 1)
    page.protect("", {
        "format_cells": True, "format_columns": True, "format_rows": True, "insert_rows": True,
        "delete_rows": True, "sort": True, "autofilter": True, "insert_hyperlinks": False,
    })  # fmt: skip
    _write_dictionary(book, dictionary, record_type, columns)
    for sheet in (page, dictionary, listed):
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
    for sheet in (dictionary, listed):
        sheet.protect("", {"format_columns": True, "autofilter": True})
    page.activate()


def _comment(column: Column) -> str:
    lines = [column.help]
    if column.kind in _KIND_HELP:
        lines.append(_KIND_HELP[column.kind] + ".")
    item = column.field
    if item is not None:
        if item.unit:
            lines.append(f"In {item.unit}.")
        if item.choices:
            lines += [f"{code}: {label}" for code, label in list(item.choices.items())[:12]]
        if item.required:
            lines.append("Needed: a row without it cannot be taken in.")
        if item.personal:
            lines.append("Personal data: sealed on import. Send this file only by a safe way.")
    return "\n".join(lines)


# --- lists and dictionary -------------------------------------------------------------------------


def _write_lists(
    book: Any,
    page: Any,
    columns: list[Column],
    lists: dict[str, Sequence[tuple[str, str]]],
) -> dict[str, str]:
    """Write every list in two columns (code, meaning); gives the range of each column's codes."""
    bold = book.add_format({"bold": True})
    found = [(column.name, _entries(column, lists)) for column in columns]
    found = [(name, entries) for name, entries in found if entries]
    ranges = {}
    for at, (name, entries) in enumerate(found):
        page.set_column(2 * at, 2 * at, 20)
        page.set_column(2 * at + 1, 2 * at + 1, 40)
        letter = xl_col_to_name(2 * at)
        ranges[name] = f"='{LISTS_SHEET}'!${letter}$2:${letter}${len(entries) + 1}"
    # Row by row: a workbook of many records is written so that a finished row is out of memory.
    titles = [cell for name, _ in found for cell in (name, "meaning")]
    for at, title in enumerate(titles):
        page.write_string(0, at, title, bold)
    for row, side_by_side in enumerate(zip_longest(*(entries for _, entries in found)), 1):
        for at, entry in enumerate(side_by_side):
            for part, cell in enumerate(entry or ()):
                page.write_string(row, 2 * at + part, cell)
    return ranges


def add_choices(
    book: Any,
    page: Any,
    headings: Sequence[str],
    columns: Sequence[Column],
    lists: Mapping[str, Sequence[tuple[str, str]]],
) -> None:
    """Give a sheet that is filled in already its drop-down lists and what is said beside a heading.

    Parameters
    ----------
    book, page
        The workbook and the sheet of records, whose rows are written.
    headings
        Names of the columns of the sheet; those that no column is named for stay as they are.
    columns
        As of :func:`columns_of`.
    lists
        As in :func:`write_template`.
    """
    ranges = _write_lists(book, book.add_worksheet(LISTS_SHEET), list(columns), dict(lists))
    by_name = {column.name: column for column in columns}
    for at, heading in enumerate(headings):
        column = by_name.get(heading)
        if column is not None:
            # No comment: the row of headings has left the memory. This is shown beside the cell.
            page.data_validation(0, at, 0, at, {
                "validate": "any", "input_title": heading[:TITLE_CHARACTERS],
                "input_message": shorten(_comment(column), MESSAGE_CHARACTERS, placeholder="…"),
            })  # fmt: skip
            _validate(page, at, column, ranges)


def _entries(
    column: Column, lists: dict[str, Sequence[tuple[str, str]]]
) -> Sequence[tuple[str, str]]:
    item = column.field
    if item is None:
        return []
    if item.choices:
        return list(item.choices.items())
    return lists.get(item.to, []) if item.kind == "reference" else []


def _validate(page: Any, at: int, column: Column, ranges: dict[str, str]) -> None:
    rule: dict[str, Any] | None = None
    if column.name in ranges:
        # A list of classes holds several, and a unit or organisation may be new: told, not refused.
        strict = column.kind == "choice"
        rule = {
            "validate": "list",
            "source": ranges[column.name],
            "error_type": "stop" if strict else "information",
            "error_title": column.name,
            "error_message": "Choose a code of the list (see the sheet of lists)."
            if strict
            else "This is none of the list. Keep it where it is meant so.",
        }
    elif column.kind in ("integer", "decimal"):
        rule = {
            "validate": column.kind,
            "criteria": ">=",
            "value": 0,
            "error_type": "warning",
            "error_title": column.name,
            "error_message": "A number, 0 or more, without its unit; empty where not known.",
        }
    elif column.kind == "boolean":
        rule = {"validate": "list", "source": ["yes", "no"], "error_title": column.name,
                "error_message": "yes or no"}  # fmt: skip
    if rule is not None:
        page.data_validation(1, at, XLSX_ROWS - 1, at, {"ignore_blank": True, **rule})


def _write_dictionary(book: Any, page: Any, record_type: RecordType, columns: list[Column]) -> None:
    bold = book.add_format({"bold": True})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    page.set_column(0, 0, 20)
    page.set_column(1, 1, 60)
    page.set_column(2, 5, 24)
    page.write_row(0, 0, ["column", "meaning", "what is written", "unit", "needed", "HXL"], bold)
    row = 0
    for column in columns:
        row += 1
        item = column.field
        what = _KIND_HELP.get(column.kind, column.help)
        cells = [
            column.name,
            column.help + (" (personal data)" if item is not None and item.personal else ""),
            what,
            item.unit if item is not None else "",
            "yes" if item is not None and item.required else "",
            " ".join(item.hxl) if item is not None else "",
        ]
        for at, cell in enumerate(cells):
            page.write_string(row, at, cell, wrap)
    row += 2
    page.write_row(row, 0, ["column", "code", "label"], bold)
    for column in columns:
        for code, label in (column.field.choices or {}).items() if column.field else ():
            row += 1
            page.write_string(row, 0, column.name)
            page.write_string(row, 1, code)
            page.write_string(row, 2, label)
    row += 2
    for line in (
        f"Template for {record_type.plural}. Fill in the first sheet, below the example.",
        "What is not known stays empty. Empty is 'not recorded', never zero.",
        "Import: landrelease import FILE --as " + record_type.plural + " --dry-run",
    ):
        page.write_string(row, 0, line)
        row += 1


def reference_lists() -> dict[str, list[tuple[str, str]]]:
    """Ids and names of the units and organisations of the open register."""
    from landrelease.register.models import Organisation, Unit

    return {
        name: list(
            dict.fromkeys(
                (str(source_id), label or "")
                for source_id, label in model.objects.filter(source_id__isnull=False)
                .order_by("source_id")
                .values_list("source_id", "name")
            )
        )
        for name, model in (("unit", Unit), ("organisation", Organisation))
    }
