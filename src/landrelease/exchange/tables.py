"""CSV and XLSX tables: delimiter, encoding, header row, HXL tag row, real row numbers."""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError  # nosec B405 # names of types only; what is read goes through defusedxml

import numpy as np
import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from .formulas import is_guarded, unguard
from .problems import ExchangeError, Problem, shorten
from .source import RawBatch, Source, objects

#: An HXL tag with its attributes, as ``#adm1 +name``. Excel's ``#N/A`` and ``#REF!`` are none.
HXL_TAG = re.compile(r"#[a-z][a-z0-9_]*(\s*\+\s*[a-z][a-z0-9_]*)*", re.IGNORECASE)

#: Rows in which the header and the HXL row of a table must lie.
HEAD_ROWS = 30

#: Largest cell that is read (a polygon of a million vertices as WKT).
CELL_LIMIT = 1 << 27

#: Most columns of a table: a few cells far to the right, or a name of its own for each cell, would
#: make billions of empty cells of a small file.
MOST_COLUMNS = 4_000

#: Sheet in which :mod:`.write` puts texts that do not fit into an Excel cell.
LONG_SHEET = "long_values"

#: Sheets of :mod:`.template` that explain the one to be filled in; they hold no records.
DICTIONARY_SHEET = "dictionary (landrelease)"
LISTS_SHEET = "lists (landrelease)"
#: Sheet of :mod:`.editing` that lists what was exported.
EXPORT_SHEET = "landrelease_export"
OUR_SHEETS = (LONG_SHEET, DICTIONARY_SHEET, LISTS_SHEET, EXPORT_SHEET)

#: Cell that marks the example row of a template.
EXAMPLE = "EXAMPLE (this row is not imported)"

Line = tuple[int, list[Any]]


def hxl_row(cells: list[Any]) -> bool:
    """Whether a row is an HXL tag row: every filled cell is a tag, and there is one."""
    filled = [str(cell).strip() for cell in cells if cell is not None and str(cell).strip()]
    return bool(filled) and all(HXL_TAG.fullmatch(cell) for cell in filled)


def refuse_too_wide(path: Path, columns: int, row: int | None = None) -> None:
    """Refuse a table of more than :data:`MOST_COLUMNS` columns.

    Raises
    ------
    ExchangeError
        Naming the file, and the row.
    """
    if columns > MOST_COLUMNS:
        where = "" if row is None else f", row {row:,}"
        raise ExchangeError(
            f"{path}{where}: has {columns:,} columns, and at most {MOST_COLUMNS:,} are read; "
            "delete the cells far to the right, or write the many names as values of one column"
        )


def open_csv(path: Path, *, encoding: str | None = None) -> Source:
    """Open a delimited text table; see :func:`.read.open_source`."""
    problems: list[Problem] = []
    encoding = encoding or _encoding(path, problems)
    csv.field_size_limit(CELL_LIMIT)
    delimiter = _delimiter(path, encoding)
    marked: list[int] = []

    def lines() -> Iterator[Line]:
        with path.open(encoding=encoding, newline="") as handle:
            reader = csv.reader(handle, delimiter=delimiter, strict=False)
            before = 0
            try:
                for cells in reader:
                    number, before = before + 1, reader.line_num
                    if any(cell and not cell.isspace() for cell in cells):
                        if not marked and any(map(is_guarded, cells)):
                            marked.append(number)
                        yield number, [unguard(c) if c and not c.isspace() else None for c in cells]
            except csv.Error as error:
                raise ExchangeError(
                    f"{path}, line {reader.line_num}: {error}; check the quotes there"
                ) from error
            except UnicodeDecodeError as error:
                raise ExchangeError(
                    f"{path}: not {encoding} text ({error}); state the encoding"
                ) from error

    source = _table(path, "CSV", path.stem, [path.stem], lines, problems, encoding, delimiter)
    if marked:
        problems.append(
            Problem(
                "text_mark_taken_away", "info",
                f"an apostrophe that keeps a text from being run as a formula was taken away, "
                f"first in row {marked[0]}",
                "the file as received has it still",
            )
        )  # fmt: skip
    return source


def open_xlsx(path: Path, *, sheet: str | None = None) -> Source:
    """Open a sheet of an Excel workbook; formulas are read as their last computed values."""
    with _damage_named(path):
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        names = [name for name in book.sheetnames if hasattr(book[name], "iter_rows")]
        long = _long_values(book) if LONG_SHEET in names else {}
        filled = [name for name in names if name not in OUR_SHEETS and _has_cells(book[name])]
        book.close()
    if sheet is not None:
        if sheet not in names:
            raise ExchangeError(f"{path}: has no sheet {sheet!r}; there are: {', '.join(names)}")
        chosen = sheet
    elif len(filled) == 1:
        chosen = filled[0]
    elif not filled:
        raise ExchangeError(f"{path}: all sheets are empty")
    else:
        raise ExchangeError(
            f"{path}: has several sheets ({', '.join(filled)}); say which one with --layer"
        )
    if chosen in OUR_SHEETS:
        long = {}  # they are of the sheet of records

    def lines() -> Iterator[Line]:
        with _damage_named(path):
            yield from _sheet_lines()

    def _sheet_lines() -> Iterator[Line]:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        try:
            page = book[chosen]
            page.reset_dimensions()  # some programs write a wrong size; read what is there
            for number, cells in enumerate(page.iter_rows(values_only=True), 1):
                row = [None if isinstance(c, str) and not c.strip() else c for c in cells]
                for column, text in long.get(number, {}).items():
                    row[column] = text
                while row and row[-1] is None:
                    row.pop()
                if row:
                    yield number, row
        finally:
            book.close()

    return _table(path, "XLSX", chosen, names, lines, [], None, None)


@contextmanager
def _damage_named(path: Path) -> Iterator[None]:
    """Turn what the reader of workbooks stops with into one sentence."""
    try:
        yield
    except (
        InvalidFileException, zipfile.BadZipFile, zlib.error, ParseError, EOFError, KeyError,
        OSError, ValueError, TypeError, AttributeError,
    ) as error:  # fmt: skip
        raise ExchangeError(f"{path}: cannot be read as a workbook ({error})") from error


def _has_cells(page: Any) -> bool:
    page.reset_dimensions()
    return any(
        cell is not None and str(cell).strip()
        for row in page.iter_rows(values_only=True, max_row=HEAD_ROWS)
        for cell in row
    )


def _long_values(book: Any) -> dict[int, dict[int, str]]:
    """Texts longer than a cell, put together again: row -> column -> text."""
    long: dict[int, dict[int, str]] = {}
    page = book[LONG_SHEET]
    page.reset_dimensions()
    for row, column, piece in page.iter_rows(min_row=2, max_col=3, values_only=True):
        cells = long.setdefault(int(row), {})
        cells[int(column) - 1] = cells.get(int(column) - 1, "") + str(piece)
    return long


def _encoding(path: Path, problems: list[Problem]) -> str:
    with path.open("rb") as handle:
        start = handle.read(4)
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        with path.open(encoding="utf-8-sig") as handle:
            while handle.read(1 << 20):
                pass
        return "utf-8-sig"
    except UnicodeDecodeError as error:
        at = error.start
    encoding = "cp1252"
    try:
        with path.open(encoding=encoding) as handle:
            while handle.read(1 << 20):
                pass
    except UnicodeDecodeError as error:
        raise ExchangeError(
            f"{path}: neither UTF-8 nor Windows-1252 text ({error}); state the encoding, "
            "for instance cp1250, cp1251 or cp1256"
        ) from error
    problems.append(
        Problem(
            "encoding_assumed",
            "info",
            f"the text is not UTF-8 (near byte {at:,} of a block); read as Windows-1252",
            "look at letters with accents; if they are wrong, state the encoding",
        )
    )
    return encoding


def _delimiter(path: Path, encoding: str) -> str:
    """Delimiter under which the first lines have the most, and equally many, cells."""
    with path.open(encoding=encoding, newline="") as handle:
        sample = handle.read(1 << 16)
    best, score = ",", (0.0, 0)
    for candidate in ",;\t|":
        rows = []
        try:
            for row in csv.reader(io.StringIO(sample), delimiter=candidate):
                if row:
                    rows.append(len(row))
                if len(rows) == 50:
                    break
        except csv.Error:
            continue
        if not rows:
            continue
        width = max(set(rows), key=lambda n: (rows.count(n), n))
        if width > 1:
            found = (rows.count(width) / len(rows), width)
            if found > score:
                best, score = candidate, found
    return best


def _table(
    path: Path,
    form: str,
    layer: str,
    layers: list[str],
    lines: Any,
    problems: list[Problem],
    encoding: str | None,
    delimiter: str | None,
) -> Source:
    """Find header and tag row, count the records, and build the source."""
    examples: list[int] = []
    every = lines

    def lines() -> Iterator[Line]:
        for number, cells in every():
            if len(cells) > MOST_COLUMNS:
                refuse_too_wide(path, len(cells), number)
            if EXAMPLE not in cells:
                yield number, cells
            elif number not in examples:
                examples.append(number)

    head = []
    count = width = 0
    iterator = lines()
    for number, cells in iterator:
        head.append((number, cells))
        if len(head) == HEAD_ROWS:
            break
    if not head:
        raise ExchangeError(f"{path}: the table is empty")
    header, tags = _find_header(head)
    last = max(n for n, _ in (header, tags) if n) if (header or tags) else 0
    for number, cells in head:
        if number > last:
            count += 1
            width = max(width, len(cells))
    for _, cells in iterator:
        count += 1
        width = max(width, len(cells))
    problems.extend(
        Problem(
            "example_row", "info", f"row {number} is the example of the template and was not read",
            f"if it is a record, write over the cell that says {EXAMPLE!r}",
        )
        for number in examples
    )  # fmt: skip
    titles = [number for number, _ in head if number < (header[0] or tags[0])]
    if titles:
        problems.append(
            Problem(
                "rows_above_header", "info",
                f"{len(titles)} row(s) above the header in row {header[0] or tags[0]} are a title,"
                " not records: " + shorten("; ".join(
                    str(c) for n, cells in head if n in titles for c in cells if c is not None
                )),
            )
        )  # fmt: skip
    columns = _column_names(header[1] or tags[1], max(width, len(header[1])), problems)
    hxl = {
        name: _tag(str(tag)) for name, tag in zip(columns, tags[1], strict=False) if tag is not None
    }
    expected = len(header[1] or tags[1])

    def read(size: int) -> Iterator[RawBatch]:
        rows: list[int] = []
        block: list[list[Any]] = []
        found: list[Problem] = []
        total = 0
        for number, cells in lines():
            if number <= last:
                continue
            if form == "CSV" and len(cells) != expected:
                found.append(_odd_width(number, len(cells), expected))
            block.append(cells)
            rows.append(number)
            if len(block) == size:
                yield _batch(rows, block, columns, found)
                total += len(rows)
                rows, block, found = [], [], []
        if block:
            yield _batch(rows, block, columns, found)
            total += len(rows)
        if total != count:
            raise ExchangeError(f"{path}: {count} rows before, {total} now; the file changed")

    return Source(
        path, form, layer, layers, columns, None, count, read, hxl=hxl, encoding=encoding,
        delimiter=delimiter, problems=problems,
    )  # fmt: skip


def _find_header(head: list[Line]) -> tuple[Line, Line]:
    """Header row and HXL row, each ``(0, [])`` where there is none.

    The header is the row before the tag row; without tags it is the first row that is filled
    nearly as widely as the widest and holds nothing but text, which passes over titles.
    """
    none: Line = (0, [])
    for i, (number, cells) in enumerate(head):
        if hxl_row(cells):
            return (head[i - 1] if i else none), (number, cells)
    widest = max(sum(cell is not None for cell in cells) for _, cells in head)
    for number, cells in head:
        filled = [cell for cell in cells if cell is not None]
        if len(filled) >= 0.6 * widest and all(isinstance(cell, str) for cell in filled):
            return (number, cells), none
    return head[0], none


def _tag(text: str) -> str:
    return "#" + "+".join(part.strip().lower() for part in text.strip()[1:].split("+"))


def _column_names(header: list[Any], width: int, problems: list[Problem]) -> list[str]:
    """Unique names: blanks are numbered, repeated ones get a suffix, each said so."""
    names: list[str] = []
    for at in range(max(width, len(header))):
        cell = header[at] if at < len(header) else None
        name = " ".join(str(cell).split()) if cell is not None else ""
        if not name:
            name = f"column_{at + 1}"
            problems.append(
                Problem("unnamed_column", "info", f"column {at + 1} has no heading", field=name)
            )
        if name in names:
            again = 2
            while f"{name}_{again}" in names:
                again += 1
            problems.append(
                Problem(
                    "repeated_column", "warning",
                    f"the heading {name!r} stands twice; column {at + 1} is called "
                    f"{name}_{again}", "check which of the two is meant", field=name,
                )
            )  # fmt: skip
            name = f"{name}_{again}"
        names.append(name)
    return names


def _odd_width(number: int, found: int, expected: int) -> Problem:
    return Problem(
        "row_width",
        "warning",
        f"the row has {found} cells, {'more' if found > expected else 'fewer'} than the {expected} "
        "of the header",
        "check for a delimiter inside a text without quotes",
        number,
    )


def _batch(
    rows: list[int], block: list[list[Any]], columns: list[str], problems: list[Problem]
) -> RawBatch:
    width = len(columns)
    for cells in block:
        if len(cells) < width:
            cells.extend([None] * (width - len(cells)))
    cells_by_column = zip(*block, strict=True)
    return RawBatch(
        np.array(rows, dtype=np.int64),
        {name: objects(cells) for name, cells in zip(columns, cells_by_column, strict=True)},
        problems=problems,
    )
