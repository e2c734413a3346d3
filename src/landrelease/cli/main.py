"""The command's root: options for all subcommands, and errors in one sentence."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

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
            "--workspace", "-w", envvar="LANDRELEASE_WORKSPACE",
            help="Folder of the workspace.",
        ),
    ] = Path("."),
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:  # fmt: skip
    """Open software for humanitarian mine action.

    Example: landrelease init my-programme && landrelease -w my-programme import hazards.geojson
    --as hazards --source "Survey 2024" --dry-run
    """
    context.folder = workspace


def main() -> None:
    """Run the command; an error that was foreseen is one sentence and exit status 1."""
    from landrelease.exchange.problems import ExchangeError
    from landrelease.register.errors import RegisterError

    try:
        app()
    except (RegisterError, ExchangeError) as error:
        Console(stderr=True).print(f"landrelease: {error}", style="bold red", markup=False)
        sys.exit(1)


def _load_subcommands() -> None:
    from . import (  # noqa: F401
        demonstrate,
        evidence,
        export,
        importing,
        init,
        ledger,
        people,
        release,
        review,
        serve,
        verify,
    )


_load_subcommands()
