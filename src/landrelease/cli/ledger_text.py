"""``landrelease ledger print`` and ``check``: the ledger as plain text, and back."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from . import context
from .ledger import ledger_app


@ledger_app.command("print")
def print_(
    since: Annotated[
        int | None,
        typer.Option(
            "--from",
            help="Show only what changed from this journal entry on; what stood before it is an "
            "opening balance.",
        ),
    ] = None,
    known_at: Annotated[
        str | None,
        typer.Option(help="What was known then: an entry number, a moment, a report's number."),
    ] = None,
    hazard: Annotated[
        str | None, typer.Option(help="Only the lines of this hazard (HA-3).")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="File to write; standard output else.")
    ] = None,
) -> None:
    """Print the ledger as plain text that a person can read and compare.

    The same text is printed for the same entries at any time, so two prints can be laid side by
    side with any tool that shows differences. `ledger check` reads it back.

    Example: landrelease -w bosnia ledger print --from 57 -o ledger.txt
    """
    context.open_workspace()
    from landrelease.register import moments, text_journal

    seq = None if known_at is None else moments.parse(known_at).seq
    part = text_journal.extent(known_seq=seq, since=since, hazard=hazard)
    if out is None:
        for piece in text_journal.print_ledger(part):
            sys.stdout.write(piece)
        return
    total = text_journal.count(part)
    with context.progress() as progress, out.open("w", encoding="utf-8", newline="\n") as file:
        for number, piece in enumerate(text_journal.print_ledger(part)):
            if number % 1000 == 0:
                progress("writing", min(number, total), total)
            file.write(piece)
    context.say(f"{out}: the ledger up to journal entry {part.seq}")


@ledger_app.command("check")
def check(
    file: Annotated[Path, typer.Argument(help="A ledger in plain text, from `ledger print`.")],
    alone: Annotated[
        bool, typer.Option("--alone", help="Check the text by itself, without a workspace.")
    ] = False,
    format: Annotated[context.Format, typer.Option(help="How to print.")] = context.Format.table,
) -> None:
    """Read a ledger in plain text back, and say whether it holds.

    Every sum, every asserted balance, every hash and the chain of the entries are worked out
    again. Then the text is compared with the workspace as it was at the entry that the text names.
    Exit status 1 when anything differs.

    Example: landrelease -w bosnia ledger check ledger.txt
    """
    if not file.is_file():
        raise typer.BadParameter(f"{file} is no file")
    if not alone:
        context.open_workspace()
        from landrelease.register import text_journal

        checked = text_journal.check_file(file)
    else:
        from landrelease.register import text_check

        checked = text_check.check_text(file)
    if format is context.Format.json:
        context.print_json(
            {
                "file": str(file),
                "well": checked.well,
                "entry": checked.entry,
                "ledger_lines": checked.ledger_lines,
                "assertions": checked.assertions,
                "compared_with_workspace": not alone,
                "problems": [{"line": p.line, "message": p.message} for p in checked.problems],
            }
        )
    elif format is context.Format.csv:
        context.print_rows(
            [{"line": p.line, "message": p.message} for p in checked.problems], format
        )
    else:
        for problem in checked.problems:
            typer.echo(f"{file}:{problem.line}: {problem.message}")
        typer.echo(
            f"{checked.ledger_lines} lines, {checked.assertions} balances, known up to entry "
            f"{checked.entry}: "
            + (
                f"{len(checked.problems)} problems"
                if checked.problems
                else "holds" + ("" if alone else ", and is what the workspace says")
            )
        )
    if not checked.well:
        raise typer.Exit(1)
