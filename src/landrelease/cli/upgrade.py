"""``landrelease upgrade``: the database of this version, or the one that was."""

from __future__ import annotations

from typing import Annotated

import typer

from . import context
from .main import app


@app.command()
def upgrade(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Name the migrations, and change nothing.")
    ] = False,
    verify: Annotated[
        bool,
        typer.Option(
            "--verify/--no-verify", help="Verify the register before the upgrade is kept."
        ),
    ] = True,
    format: Annotated[context.Format, typer.Option(help="How to print.")] = context.Format.table,
) -> None:
    """Bring the database up to this version of the program: all of it, or nothing.

    A copy is made first (backups/). Then all migrations and a verification of the register run as
    one transaction: whatever fails leaves the database as it was. Any other command migrates by
    itself when it opens the workspace, in the same way but without the verification.

    Example: landrelease -w bosnia upgrade --dry-run
    """
    from landrelease.register import workspace

    opened = workspace.open_unmigrated(context.folder)
    from landrelease.register import upgrade as upgrades

    with context.progress() as progress:
        done = upgrades.upgrade(opened, verify_after=verify, dry_run=dry_run, progress=progress)
    if not dry_run:
        # Whoever opens it checks the triggers and the settings of the database.
        workspace.open_workspace(context.folder)
    if format is context.Format.json:
        context.print_json(done.to_json())
        return
    context.print_rows([{"migration": name} for name in done.migrations], format)
    if done.done:
        context.say(f"upgraded; the copy from before is {done.copy}")
    elif not done.migrations:
        context.say("the database is up to date")
    else:
        context.say("nothing was changed (--dry-run)")
