"""``landrelease verify``: is the register what its journal says?"""

from __future__ import annotations

from typing import Annotated

import typer

from . import context
from .main import app


@app.command()
def verify(
    format: Annotated[context.Format, typer.Option(help="How to print.")] = context.Format.table,
) -> None:
    """Recompute the journal's chain, replay the state from it, and compare.

    Exit status 1 when anything differs.

    Example: landrelease -w bosnia verify
    """
    opened = context.open_workspace()
    from landrelease.register import clock, lastly
    from landrelease.register import verify as verification

    with context.progress() as progress:
        verdict = verification.verify(progress)
    lastly.note(opened.folder, lastly.Verification(clock.now(), verdict.head, verdict.well))
    if format is context.Format.json:
        context.print_json(verdict.to_json())
    else:
        context.print_rows(
            [{"table": table, "rows": rows} for table, rows in verdict.rows.items() if rows],
            format,
            right=("rows",),
        )
        typer.echo(f"journal: {verdict.entries} entries, head {verdict.head}")
        typer.echo(f"engine drift: {verdict.engine_drift_mm2} mm2")
        for lapse in verdict.durability:
            typer.echo(f"WARNING: {lapse}")
        for problem in verdict.problems:
            typer.echo(f"PROBLEM: {problem}")
        typer.echo("verified" if verdict.well else f"{len(verdict.problems)} problems")
    if not verdict.well:
        raise typer.Exit(1)
