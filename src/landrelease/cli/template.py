"""``landrelease template``: a workbook to be filled in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from . import context
from .main import app


@app.command()
def template(
    record: Annotated[str, typer.Argument(help="Which records: hazards, activities, …")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Workbook to write (.xlsx).")],
    place: Annotated[
        str,
        typer.Option(
            help="How places are written: lonlat, utm, mgrs, vertices (corners of an outline), wkt "
            "or none."
        ),
    ] = "lonlat",
) -> None:
    """Write a workbook to fill in: drop-down lists, explanations, units of this workspace.

    It comes back by 'import' without a mapping file.

    Example: landrelease -w bosnia template hazards -o hazards.xlsx
    """
    from landrelease.exchange.template import reference_lists, write_template
    from landrelease.register.schema import record_type as find_record_type

    try:
        record_type = find_record_type(record)
    except KeyError as error:
        raise typer.BadParameter(error.args[0], param_hint="RECORD") from None
    context.open_workspace()
    from landrelease.exchange.deliveries import national_fields

    write_template(
        output,
        record_type,
        place=place,
        national=national_fields(record_type.name),
        lists=reference_lists(),
    )
    typer.echo(f"{output}: fill it in, then: landrelease import {output} --as {record_type.plural}")
