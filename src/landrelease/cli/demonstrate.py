"""``landrelease demo``: the whole job in one command, on a made-up island or on your own files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from . import context
from .main import app


@app.command("demo")
def demonstrate(
    folder: Annotated[
        Path,
        typer.Argument(help="Folder to make it in; an earlier demonstration in it is replaced."),
    ] = Path("demo"),
    data: Annotated[
        list[str] | None,
        typer.Option(
            help="A file of your own instead of the made-up island; may be given several times. "
            "What it holds is guessed; FILE=hazards states it."
        ),
    ] = None,
    serve: Annotated[
        bool, typer.Option("--serve/--no-serve", help="Serve the map at the end.")
    ] = True,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1.")] = 8000,
) -> None:
    """Do the whole job once: files in, decisions, balance of the land, reports, map.

    Without --data on a made-up island, with --data on your own files. The workspace is made anew
    each time.

    Example: landrelease demo demo --no-serve
    """
    from landrelease.register import workspace

    from .demo.folder import start_afresh

    guesses = _understood(data) if data else []
    files, register = start_afresh(folder)
    workspace.init_workspace(register)
    context.folder = register
    well = _own_files(guesses, register) if guesses else _island(files, register)
    if not well:
        raise typer.Exit(1)
    if serve:
        from .serve import run

        run(register, port)


def _island(files: Path, register: Path) -> bool:
    from .demo import generate, programme, story

    with context.progress() as progress:
        progress("making the files of a made-up island", 0, None)
        manifest = generate(files)
        told = programme.run(manifest, files, progress)
    story.tell(told, files, register)
    return told.verdict.well


def _own_files(guesses: list, register: Path) -> bool:
    from .demo import own_files, own_story

    with context.progress() as progress:
        told = own_files.run(guesses, register, progress)
    own_story.tell(told, register)
    return told.verdict.well


def _understood(data: list[str]) -> list:
    """Guess what every file is, before anything is made or removed."""
    from .demo.guessing import guess

    guesses = [guess(stated) for stated in data]
    for each in guesses:
        if not each.path.is_file():
            raise typer.BadParameter(f"{each.path}: there is no such file", param_hint="--data")
    unknown = [each.path for each in guesses if each.record_type is None]
    if unknown:
        raise typer.BadParameter(
            "what is in these files cannot be told from their names, values or columns: "
            f"{', '.join(map(str, unknown))}. Say it: --data {unknown[0]}=hazards (or activities, "
            "units, accidents, victims, evidence, …), or leave them out",
            param_hint="--data",
        )
    return guesses
