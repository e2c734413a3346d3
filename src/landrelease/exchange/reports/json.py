"""A report as JSON: every number exact, with its id. Areas in mm² are text."""

from __future__ import annotations

import json
from typing import Any

from landrelease.treaty.tables import ReportDocument, Table, json_cell

FORMAT = "landrelease-report"
VERSION = 1


def render(document: ReportDocument) -> bytes:
    """Return the report as JSON, UTF-8.

    Parameters
    ----------
    document
        The report.
    """
    cover = document.cover
    whole = {
        "format": FORMAT,
        "version": VERSION,
        "generator": document.generator,
        "kind": document.kind,
        "title": cover.title,
        "period": cover.subtitle,
        "official": cover.official,
        "standing": cover.standing,
        "cover": [
            {
                "label": item.label,
                "value": json_cell(item.value),
                **({"note": item.note} if item.note else {}),
            }
            for item in cover.items
        ],
        "unverified": list(cover.unverified),
        "tables": [_table(table) for table in document.all_tables()],
        "figures": [figure.to_json() for figure in document.figures()],
    }
    return json.dumps(whole, ensure_ascii=False, indent=1).encode() + b"\n"


def _table(table: Table) -> dict[str, Any]:
    return {
        "key": table.key,
        "title": table.title,
        "row_heading": table.row_heading,
        "columns": [
            {"key": column.key, "label": column.label, "unit": column.unit}
            for column in table.columns
        ],
        "rows": [
            {
                "key": row.key,
                "label": row.label,
                "role": row.role,
                "cells": {column.key: json_cell(row.cells[column.key]) for column in table.columns},
            }
            for row in table.rows
        ],
        "notes": list(table.remarks()),
        "left_out": list(table.left_out),
    }
