"""A report as one web page that needs nothing beside it: no script, no font, no network."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any
from urllib.parse import quote

from django.template import Context, Engine, Template

from landrelease.treaty.tables import Absent, Cell, Figure, ReportDocument, Table, shown


def render(document: ReportDocument) -> bytes:
    """Return the report as HTML, UTF-8, with a style for the screen and one for paper.

    Parameters
    ----------
    document
        The report.
    """
    cover = document.cover
    values = {
        "document": document,
        "cover": cover,
        "items": [
            {"label": item.label, "cell": _cell(item.value, document), "note": item.note}
            for item in cover.items
        ],
        "groups": [
            {"heading": heading, "tables": [_table(table, document) for table in tables]}
            for heading, tables in (
                ("What does not hold and what is not known", cover.tables),
                ("Tables", document.tables),
            )
        ],
    }
    context = Context(values, use_l10n=False, use_tz=False)
    return _template().render(context).encode()


@cache
def _template() -> Template:
    source = resources.files(__package__).joinpath("report.html").read_text(encoding="utf-8")
    return Engine(autoescape=True).from_string(source)


def _table(table: Table, document: ReportDocument) -> dict[str, Any]:
    patterns = table.patterns()
    return {
        "key": table.key,
        "title": table.title,
        "row_heading": table.row_heading,
        "show_key": table.show_key,
        "columns": [
            {"heading": column.heading, "number": bool(column.unit)} for column in table.columns
        ],
        "rows": [
            {
                "key": row.key if row.role == "body" else "",
                "label": row.label,
                "role": row.role,
                "cells": [
                    _cell(row.cells[column.key], document, bool(column.unit))
                    for column in table.columns
                ],
            }
            for row in table.rows
        ],
        "notes": table.remarks(),
        "left_out": ", ".join(table.left_out),
        "patterns": [
            {"column": column.label, "pattern": patterns[column.key]}
            for column in table.columns
            if column.key in patterns
        ],
    }


def _cell(cell: Cell, document: ReportDocument, number: bool = False) -> dict[str, str]:
    words = "words" if number else "text"
    out = {"text": shown(cell), "kind": words, "id": "", "exact": "", "title": "", "href": ""}
    if isinstance(cell, Absent) or (isinstance(cell, Figure) and not cell.is_number):
        out["kind"] = "absent"
    elif isinstance(cell, Figure):
        unit = {"mm2": " mm²", "m2": " m²"}.get(cell.unit, "")
        out |= {"kind": "number", "exact": str(cell.value)}
        parts = (f"{cell.value}{unit}", cell.id, cell.note)
        out["title"] = "; ".join(part for part in parts if part)
    if isinstance(cell, Figure) and cell.id:
        out["id"] = cell.id
        if document.trace_url:
            out["href"] = document.trace_url + quote(cell.id, safe="")
    return out
