"""``landrelease doctor``: what is wrong with this installation, and what to do."""

from __future__ import annotations

from typing import Annotated

import typer

from . import context
from .main import app


@app.command()
def doctor(
    quick: Annotated[
        bool, typer.Option("--quick", help="Leave out the checks that read everything.")
    ] = False,
    format: Annotated[context.Format, typer.Option(help="How to print.")] = context.Format.table,
) -> None:
    """Look for what is wrong with this installation, this workspace and its database.

    Nothing is changed. Exit status 0 when nothing has to be done, 1 for problems, 3 for warnings
    only. 'landrelease verify' looks at what is in the register itself.

    Example: landrelease -w bosnia doctor --format json
    """
    from landrelease.register import workspace

    opened = workspace.open_unmigrated(context.folder)
    from landrelease.register import doctor as examination
    from landrelease.web import health

    found = examination.examine(opened, quick=quick)
    found += examination.run("front end", health.bundle_findings, opened)
    worst = examination.worst(found)
    if format is context.Format.table:
        shown = [one for one in found if one.level is not examination.Level.well]
        context.print_rows([one.to_json() for one in shown], format)
        typer.echo(f"{len(found) - len(shown)} checks found nothing; worst: {worst}")
    else:
        context.print_rows([one.to_json() for one in found], format)
    if worst is examination.Level.problem:
        raise typer.Exit(1)
    if worst is examination.Level.warning:
        raise typer.Exit(3)
