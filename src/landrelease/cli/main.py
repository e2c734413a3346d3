"""The command's root: options for all subcommands, and errors in one sentence."""

from __future__ import annotations

import errno
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

import landrelease

from . import context

app = typer.Typer(
    name="landrelease",
    help="From reports of explosive hazards to an exact account of the land.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _version(value: bool) -> None:
    if value:
        typer.echo(f"landrelease {landrelease.__version__}")
        raise typer.Exit


@app.callback()
def root(
    workspace: Annotated[
        Path,
        typer.Option(
            "--workspace",
            "-w",
            envvar="LANDRELEASE_WORKSPACE",
            help="Folder of the workspace.",
        ),
    ] = Path(),
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Open software for humanitarian mine action.

    Example: landrelease init my-programme && landrelease -w my-programme import hazards.geojson
    --as hazards --source "Survey 2024" --dry-run
    """
    context.folder = workspace


def main() -> None:
    """Run the command; an error that was foreseen is one sentence and exit status 1."""
    try:
        app()
    except Exception as error:
        message = _foreseen(error)
        if message is None:
            raise
        _stop(message)


def _foreseen(error: Exception) -> str | None:
    """What to say of an error; None of one that nobody foresaw."""
    # Loaded once there is an error: with the readers of files it takes longer than most commands.
    from django.db import DatabaseError

    from landrelease.exchange.problems import ExchangeError
    from landrelease.register.errors import RegisterError

    if isinstance(error, RegisterError | ExchangeError):
        return str(error)
    if isinstance(error, DatabaseError):
        return (
            "the database failed in the middle of the work, so nothing of it was kept: "
            f"{error}. Look whether the disk is full and the database can be reached, then do it "
            "again."
        )
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return f"there is no room to write, so nothing of it was kept: {error}"
    return None


def _stop(message: str) -> NoReturn:
    # Not wrapped: a path that is broken into lines cannot be copied.
    console = Console(stderr=True, soft_wrap=True)
    console.print(f"landrelease: {message}", style="bold red", markup=False, highlight=False)
    sys.exit(1)


def _load_subcommands() -> None:
    from . import (  # noqa: F401
        access,
        backup,
        check,
        claims,
        demonstrate,
        doctor,
        evidence,
        evidence_export,
        evidence_model,
        export,
        forms,
        frozen,
        hazard,
        importing,
        init,
        journal,
        ledger,
        ledger_slivers,
        ledger_text,
        ledger_trace,
        people,
        person_data,
        publish,
        questions,
        release,
        report,
        review,
        serve,
        star,
        tasks,
        template,
        tokens,
        treaty,
        upgrade,
        verify,
    )


_load_subcommands()
