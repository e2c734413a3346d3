"""What all subcommands share: the workspace, progress, and three ways to print a table."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import sys
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from landrelease.register import workspace as workspaces

folder = Path()


class Format(StrEnum):
    """How a table is printed."""

    table = "table"
    json = "json"
    csv = "csv"


def open_workspace() -> workspaces.Workspace:
    """Open the workspace named by ``-w``."""
    return workspaces.open_workspace(folder)


def say(text: str) -> None:
    """Print a line for a person (standard error, so that output can be piped)."""
    Console(stderr=True, soft_wrap=True).print(text, markup=False, highlight=False)


def print_json(value: Any) -> None:
    """Print a JSON document."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def print_rows(
    rows: Sequence[dict[str, Any]],
    format: Format,
    *,
    title: str = "",
    right: Sequence[str] = (),
) -> None:
    """Print rows with the same keys as a table, JSON or CSV.

    In CSV a text that a spreadsheet program would take for a formula bears a leading quote mark
    (:mod:`landrelease.exchange.formulas`); numbers are left as they are.
    """
    if format is Format.json:
        print_json(list(rows))
        return
    names = list(rows[0]) if rows else []
    if format is Format.csv:
        out = io.StringIO()
        writer = csv.DictWriter(out, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: _harmless(cell) for name, cell in row.items()} for row in rows)
        typer.echo(out.getvalue(), nl=False)
        return
    table = Table(title=title or None, title_justify="left")
    for name in names:
        table.add_column(name, justify="right" if name in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*("" if row[name] is None else str(row[name]) for name in names))
    Console(width=None if sys.stdout.isatty() else 150, highlight=False).print(table)


def _harmless(cell: Any) -> Any:
    # The readers and writers of files take half a second to load: most commands need none.
    from landrelease.exchange.formulas import guard

    return guard(cell, number=True) if isinstance(cell, str) else cell


class Reporter:
    """Progress of a long work, as the register reports it: stage, done, total."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._stage = ""
        self._task: Any = None

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        if stage != self._stage:
            if self._task is not None:
                self._progress.update(self._task, visible=False)
            self._task = self._progress.add_task(stage, total=total)
            self._stage = stage
        self._progress.update(self._task, completed=done, total=total)


@contextlib.contextmanager
def progress() -> Iterator[Reporter]:
    """Show progress on standard error."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        yield Reporter(shown)
