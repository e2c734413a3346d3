"""A report as a workbook: a sheet for each table, and one that lists every figure exactly.

A number leads to its line on the sheet "Figures", where its id and its exact value stand. Texts
are written as texts, so that no cell becomes a formula.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final
from urllib.parse import quote

import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell

from landrelease.treaty.tables import (
    Absent,
    Cell,
    Figure,
    Place,
    ReportDocument,
    Row,
    Table,
    shown,
    shown_km2,
    square_metres,
)

FIGURES: Final = "Figures"
#: A sheet holds so many links; beyond them numbers stand without one.
LINKS_A_SHEET: Final = 65_000
#: Whole numbers above this cannot be held exactly by a workbook.
EXACT: Final = 2**53

_HEAD: Final = {"text_wrap": True, "bold": True, "bottom": 2, "valign": "bottom"}
_HEADINGS: Final = ("Figure id", "Value, exact", "Unit", "m²", "km²", "Table", "Row", "Column")


def render(document: ReportDocument) -> bytes:
    """Return the report as an XLSX workbook.

    Parameters
    ----------
    document
        The report.
    """
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    cover = document.cover
    book.set_properties(
        {
            "title": f"{cover.title}, {cover.subtitle}",
            "subject": cover.standing,
            "author": document.generator,
            "comments": "" if cover.official else cover.standing,
            "created": datetime.fromisoformat(document.recorded_at)
            .astimezone(UTC)
            .replace(tzinfo=None),
        }
    )
    _Workbook(book, document).fill()
    book.close()
    return out.getvalue()


@dataclass
class _Workbook:
    """The workbook while it is filled."""

    book: Any
    document: ReportDocument
    formats: dict[str, Any] = field(default_factory=dict)
    #: Line of each figure on the sheet of figures, by id.
    lines: dict[str, int] = field(default_factory=dict)

    def fill(self) -> None:
        self._formats()
        places = [place for place in self.document.places() if place.figure.id]
        for place in places:
            self.lines.setdefault(place.figure.id, len(self.lines) + 1)
        self._cover()
        names = {"Cover", FIGURES}
        for table in self.document.all_tables():
            name = _sheet_name(table.key, names)
            names.add(name)
            self._table(name, table)
        self._figures(places)

    def _formats(self) -> None:
        wrap = {"text_wrap": True, "valign": "top"}
        line = {"bottom": 4, "bottom_color": "#C9C9C9", "valign": "top"}
        strong = {**line, "bold": True, "top": 1}
        for name, options in {
            "title": {"bold": True, "font_size": 16},
            "heading": {"bold": True, "font_size": 12},
            "warning": {
                "bold": True,
                "font_color": "#8A1C00",
                "border": 2,
                "border_color": "#8A1C00",
            },
            "standing": {"bold": True, "border": 2},
            "label": {**wrap, "bold": True},
            "text": wrap,
            "note": {**wrap, "font_size": 9},
            "head": _HEAD,
            "head_number": {
                **wrap,
                "bold": True,
                "bottom": 2,
                "valign": "bottom",
                "align": "right",
            },
            "body": {**line, "text_wrap": True},
            "body_number": {**line, "num_format": "#,##0", "align": "right"},
            "body_absent": {**line, "italic": True, "font_color": "#5C4C00", "align": "right"},
            "total": {**strong, "text_wrap": True},
            "total_number": {**strong, "num_format": "#,##0", "align": "right"},
            "total_absent": {**strong, "italic": True, "font_color": "#5C4C00", "align": "right"},
            "apart": {**line, "italic": True, "text_wrap": True},
            "apart_number": {**line, "italic": True, "num_format": "#,##0", "align": "right"},
            "apart_absent": {**line, "italic": True, "font_color": "#5C4C00", "align": "right"},
            "exact": {"align": "right"},
        }.items():
            self.formats[name] = self.book.add_format(options)

    # --- the cover --------------------------------------------------------------------------------

    def _cover(self) -> None:
        cover = self.document.cover
        page = self._page("Cover")
        page.set_column(0, 0, 34)
        page.set_column(1, 1, 90)
        page.write_string(0, 0, cover.title, self.formats["title"])
        page.write_string(1, 0, cover.subtitle, self.formats["heading"])
        look = self.formats["standing" if cover.official else "warning"]
        page.write_string(2, 0, cover.standing, look)
        at = 4
        for item in cover.items:
            page.write_string(at, 0, item.label, self.formats["label"])
            words = shown(item.value) + (f"\n{item.note}" if item.note else "")
            page.write_string(at, 1, words, self.formats["text"])
            if item.note:
                page.set_row(at, 30)
            at += 1
        if cover.unverified:
            at += 1
            page.write_string(at, 0, "Unverified", self.formats["label"])
            for sentence in cover.unverified:
                page.write_string(at, 1, sentence, self.formats["text"])
                at += 1
        at += 1
        page.write_string(at, 0, "Sheets", self.formats["label"])
        names = {"Cover", FIGURES}
        for table in self.document.all_tables():
            name = _sheet_name(table.key, names)
            names.add(name)
            page.write_url(at, 1, f"internal:'{name}'!A1", string=table.title[:250])
            at += 1
        page.write_url(
            at, 1, f"internal:'{FIGURES}'!A1", string="Figures: every number with its id, exact"
        )

    # --- the tables -------------------------------------------------------------------------------

    def _table(self, name: str, table: Table) -> None:
        page = self._page(name)
        first = 2 if table.show_key else 1
        page.set_column(0, 0, 38)
        if table.show_key:
            page.set_column(1, 1, 14)
        page.set_column(first, first + len(table.columns) - 1, 18)
        page.write_string(0, 0, table.title, self.formats["heading"])
        if not self.document.cover.official:
            page.write_string(1, 0, self.document.cover.standing, self.formats["warning"])
        head = 2
        page.write_string(head, 0, table.row_heading, self.formats["head"])
        if table.show_key:
            page.write_string(head, 1, "Key", self.formats["head"])
        for at, column in enumerate(table.columns, first):
            look = self.formats["head_number" if column.unit else "head"]
            page.write_string(head, at, column.heading, look)
        page.freeze_panes(head + 1, first)
        page.repeat_rows(head)
        links = 0
        for at, row in enumerate(table.rows, head + 1):
            look = self.formats[row.role]
            page.write_string(at, 0, row.label, look)
            if table.show_key:
                page.write_string(at, 1, row.key if row.role == "body" else "", look)
            for place, column in enumerate(table.columns, first):
                links += self._cell(page, at, place, row.cells[column.key], row.role, links)
            if row.role == "total":
                self._name(name, table, row, at, first)
        at = head + 2 + len(table.rows)
        notes = list(table.remarks())
        if table.left_out:
            notes.append(f"Not printed, nothing on record: {', '.join(table.left_out)}.")
        for note in notes:
            page.write_string(at, 0, note)
            at += 1
        if notes:
            page.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})

    def _cell(self, page: Any, at: int, place: int, cell: Cell, role: str, links: int) -> int:
        """Write a cell; gives 1 when it took a link."""
        if isinstance(cell, Absent) or (isinstance(cell, Figure) and not cell.is_number):
            page.write_string(at, place, shown(cell), self.formats[f"{role}_absent"])
            return 0
        if not isinstance(cell, Figure):
            look = self.formats[role] if len(cell) > 24 else self.formats[f"{role}_number"]
            page.write_string(at, place, cell, look)
            return 0
        number = _number(cell)
        look = self.formats[f"{role}_number"]
        linked = 0
        if cell.id and links < LINKS_A_SHEET:
            # A link is written first and its text replaced by the number: the link stays.
            target = (
                self.document.trace_url + quote(cell.id, safe="")
                if self.document.trace_url
                else f"internal:'{FIGURES}'!A{self.lines[cell.id] + 1}"
            )
            page.write_url(at, place, target, look, tip=cell.id[:255])
            linked = 1
        if number is None:
            page.write_string(at, place, shown(cell), look)
        else:
            page.write_number(at, place, number, look)
        return linked

    def _name(self, sheet: str, table: Table, row: Row, at: int, first: int) -> None:
        """Name the cells of a total, so that another workbook can ask for them."""
        for place, column in enumerate(table.columns, first):
            name = re.sub(r"\W", "_", f"{table.key}.{row.key}.{column.key}").lower()
            cell = xl_rowcol_to_cell(at, place, row_abs=True, col_abs=True)
            self.book.define_name(name, f"='{sheet}'!{cell}")

    # --- the figures ------------------------------------------------------------------------------

    def _figures(self, places: list[Place]) -> None:
        page = self._page(FIGURES)
        page.set_column(0, 0, 64)
        page.set_column(1, 1, 24, self.formats["exact"])
        page.set_column(2, 2, 10)
        page.set_column(3, 4, 16)
        page.set_column(5, 7, 40)
        for at, heading in enumerate(_HEADINGS):
            page.write_string(0, at, heading, self.formats["head"])
        page.freeze_panes(1, 1)
        page.repeat_rows(0)
        written: set[str] = set()
        for place in places:
            figure = place.figure
            if figure.id in written:
                continue
            written.add(figure.id)
            at = self.lines[figure.id]
            page.write_string(at, 0, figure.id)
            page.write_string(at, 1, str(figure.value), self.formats["exact"])
            page.write_string(at, 2, {"mm2": "mm²", "m2": "m²"}.get(figure.unit, figure.unit))
            if km2 := shown_km2(figure):
                page.write_number(at, 3, float(square_metres(figure)))
                page.write_string(at, 4, km2)
            page.write_string(at, 5, place.table.title if place.table else "Cover")
            page.write_string(at, 6, place.row)
            page.write_string(at, 7, place.column)
        page.autofilter(0, 0, max(len(written), 1), len(_HEADINGS) - 1)
        page.ignore_errors({"number_stored_as_text": f"B1:E{len(written) + 2}"})

    def _page(self, name: str) -> Any:
        page = self.book.add_worksheet(name)
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        standing = "" if self.document.cover.official else f" · {self.document.cover.standing}"
        page.set_footer(f"&L{self.document.cover.title.replace('&', '&&')}{standing}&R&P / &N")
        return page


def _number(figure: Figure) -> float | None:
    """The number that a cell holds: areas in whole m²; None where a workbook cannot hold it."""
    if isinstance(figure.value, Absent) or shown(figure).startswith(("<", ">")):
        return None
    if figure.unit in ("mm2", "m2"):
        whole = round(square_metres(figure))
        return whole if abs(whole) < EXACT else None
    value = figure.value
    if isinstance(value, Decimal):
        return float(value)
    return value if abs(value) < EXACT else None


def _sheet_name(key: str, taken: set[str]) -> str:
    """Name of a sheet: at most 31 characters, none that a workbook forbids, each once."""
    name = re.sub(r"[\[\]:*?/\\']", "_", key)[:31]
    number = 2
    while name in taken:
        name = f"{name[:28]}_{number}"
        number += 1
    return name
