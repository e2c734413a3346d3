"""A report as PDF, set by Typst with the fonts that come with it: no network, no system fonts.

Libertinus Serif has Latin, Greek and Cyrillic letters. Arabic and other letters that it lacks are
set in DejaVu Sans Mono (Arabic: plain shapes, joined and right to left, a fixed-width face).
"""

from __future__ import annotations

import json
import tempfile
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import typst

from landrelease.exchange.problems import ExchangeError
from landrelease.treaty.tables import Absent, Cell, Figure, ReportDocument, Row, Table, shown

TEMPLATE: Final = "report.typ"
#: So many units without a figure are named below a table.
NAMES: Final = 40
#: A column of texts up to this length takes no more width than they need.
SHORT: Final = 20


def render(document: ReportDocument) -> bytes:
    """Return the report as an accessible PDF.

    Parameters
    ----------
    document
        The report.

    Raises
    ------
    ExchangeError
        When it cannot be set.
    """
    template = resources.files(__package__).joinpath(TEMPLATE).read_bytes()
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / TEMPLATE
        page.write_bytes(template)
        (Path(folder) / "report.json").write_text(
            json.dumps(_plain(document), ensure_ascii=False), encoding="utf-8"
        )
        try:
            return typst.compile(
                str(page),
                root=folder,
                format="pdf",
                ignore_system_fonts=True,
                # Tagged and checked so that it can be read aloud (PDF/UA-1).
                pdf_standards="ua-1",
                # Dated with what it reports, so that the same report gives the same bytes.
                timestamp=int(datetime.fromisoformat(document.recorded_at).timestamp()),
            )
        except typst.TypstError as error:
            raise ExchangeError(f"the PDF could not be set: {error}") from error


def _plain(document: ReportDocument) -> dict[str, Any]:
    cover = document.cover
    return {
        "title": cover.title,
        "subtitle": cover.subtitle,
        "standing": cover.standing,
        "official": cover.official,
        "generator": document.generator,
        "recorded_at": document.recorded_at,
        "language": document.language,
        "items": [
            {"label": item.label, "text": shown(item.value), "note": item.note}
            for item in cover.items
        ],
        "unverified": list(cover.unverified),
        "cover_tables": [_table(table, document) for table in cover.tables],
        "tables": [_table(table, document) for table in document.tables],
    }


def _table(table: Table, document: ReportDocument) -> dict[str, Any]:
    patterns = table.patterns()
    return {
        "title": table.title,
        "row_heading": table.row_heading,
        "show_key": table.show_key,
        "columns": [
            {
                "heading": column.heading,
                "number": bool(column.unit),
                "short": all(len(shown(row.cells[column.key])) <= SHORT for row in table.rows),
            }
            for column in table.columns
        ],
        "rows": [_row(row, table, document) for row in table.rows],
        "notes": list(table.remarks()),
        "left_out": _names(table.left_out),
        "patterns": [
            [column.label, patterns[column.key]]
            for column in table.columns
            if column.key in patterns
        ],
    }


def _names(names: tuple[str, ...]) -> str:
    """Names on paper; where they are many, where to find them."""
    if len(names) <= NAMES:
        return ", ".join(names)
    return f"{len(names)} units, named in the workbook, the web page and the JSON file"


def _row(row: Row, table: Table, document: ReportDocument) -> dict[str, Any]:
    return {
        "label": row.label,
        "key": row.key if row.role == "body" else "",
        "role": row.role,
        "cells": [_cell(row.cells[column.key], document) for column in table.columns],
    }


def _cell(cell: Cell, document: ReportDocument) -> dict[str, Any]:
    absent = isinstance(cell, Absent) or (isinstance(cell, Figure) and not cell.is_number)
    out: dict[str, Any] = {"text": shown(cell), "absent": absent}
    if document.trace_url and isinstance(cell, Figure) and cell.id:
        out["href"] = document.trace_url + quote(cell.id, safe="")
    return out
