"""``landrelease init``, ``cut-over`` and ``migrate``: the workspace itself."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from . import context
from .main import app


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="New folder of the workspace.")],
    database: Annotated[
        str, typer.Option(help="'sqlite', or postgresql://USER@HOST/NAME of an empty database.")
    ] = "sqlite",
    centre: Annotated[
        str | None,
        typer.Option(
            help="Middle of the programme as LONGITUDE,LATITUDE. It becomes journal entry 0 and "
            "never changes. Without it the first data fix it."
        ),
    ] = None,
    name: Annotated[str, typer.Option(help="Name of the programme.")] = "",
    cut_over: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="Day from which no historic release may be entered."
        ),
    ] = None,
    profile: Annotated[
        str, typer.Option(help="National profile: a name, or the path of a .yaml file.")
    ] = "default",
) -> None:
    """Make a workspace: settings, database, attachments folder.

    Example: landrelease init bosnia --centre 17.8,44.2 --name "Example programme"
    """
    from landrelease.register import workspace

    position = None if centre is None else _position(centre)
    workspace.init_workspace(folder, database=database, profile=profile)
    if position is not None:
        from landrelease.register import people, submissions

        submissions.fix_centre(
            *position,
            actor=people.at_the_command_line(),
            because="given at init",
            name=name,
            cut_over=None if cut_over is None else cut_over.date().isoformat(),
        )
        context.say(f"projection centre {position[0]}, {position[1]} fixed as journal entry 0")
    else:
        if cut_over is not None:
            raise typer.BadParameter("--cut-over goes with --centre, or use 'landrelease cut-over'")
        context.say("the first data that are imported will fix the projection centre")
    context.say(f"workspace {folder} is ready; its key lies in {folder / 'keys'}: back it up apart")


def _position(text: str) -> tuple[float, float]:
    try:
        longitude, latitude = (float(part) for part in text.split(","))
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not LONGITUDE,LATITUDE such as 17.8,44.2") from None
    if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):
        raise typer.BadParameter(f"{text!r} is no place on the earth; longitude comes first")
    return longitude, latitude


@app.command("cut-over")
def cut_over(
    day: Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="The day, YYYY-MM-DD.")],
) -> None:
    """Fix the day from which no historic release may be entered. It can be fixed once.

    Example: landrelease -w bosnia cut-over 2025-01-01
    """
    context.open_workspace()
    from landrelease.register import historic_releases, people

    entry = historic_releases.fix_cut_over(day.date(), people.at_the_command_line())
    context.say(f"cut-over date {day.date()} fixed in journal entry {entry.seq}")


@app.command()
def migrate() -> None:
    """Bring the database up to this version of the program, after a backup.

    Every command does so by itself when it opens the workspace; this one only says what came of
    it, and creates triggers again that somebody removed.

    Example: landrelease -w bosnia migrate
    """
    from landrelease.register import workspace
    from landrelease.register.errors import WorkspaceError

    try:
        workspace.open_workspace(context.folder)
    except WorkspaceError as error:
        if "triggers" not in str(error):
            raise
        # The tables can be imported only now that opening has set Django up.
        from django.db import connection

        from landrelease.register import triggers

        triggers.install(connection)
        workspace.open_workspace(context.folder)
        context.say("missing triggers were created again; run 'landrelease verify' now")
    context.say("the database is up to date")
