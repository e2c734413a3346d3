"""``landrelease star-schema``: tables for Power BI."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from . import context
from .main import app


@app.command("star-schema")
def star_schema(
    folder: Annotated[
        Path, typer.Argument(help="Folder to write: a new one, or one this command wrote before.")
    ],
    format: Annotated[context.Format, typer.Option(help="How to print.")] = context.Format.table,
) -> None:
    """Write all records as joined CSV tables for Power BI: facts, dimensions, a README of joins.

    Holds no coordinates, remarks or personal data.

    Example: landrelease -w bosnia star-schema powerbi
    """
    from landrelease.exchange.star import write_star

    context.open_workspace()
    from landrelease.register import access

    access.require_export(access.local_reader(), "restricted")
    with context.progress() as progress:
        star = write_star(folder, progress)
    rows = [
        {"file": name, "rows": number, "sha256": digest}
        for name, (number, digest) in sorted(star.files.items())
    ]
    context.print_rows(rows, format, title=f"{folder}", right=("rows",))
    for what, number in star.withheld.items():
        context.say(f"withheld: {what}: {number} rows")
