"""``landrelease questions``: released land that is in question, and what becomes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from . import context
from .hazard import Crs, DryRun, Evidence, On, Person, Printed, Reason, _basis, _polygons, carry_out
from .main import app

questions_app = typer.Typer(
    help="Released land on which evidence of a hazard was recorded since.", no_args_is_help=True
)
app.add_typer(questions_app, name="questions")

Question = Annotated[str, typer.Argument(help="Question, such as Q-3.")]


@questions_app.command("list")
def list_questions(format: Printed = context.Format.table) -> None:
    """List the questions that stand: which release, on what evidence, how much land.

    Example: landrelease -w bosnia questions list
    """
    context.open_workspace()
    from landrelease.register import questions

    rows = [
        {
            "question": found.ref,
            "activity": found.activity,
            "cause": found.cause,
            "on": None if found.on is None else found.on.isoformat(),
            "mm2": str(found.mm2),
            "message": found.message,
        }
        for found in questions.standing()
    ]
    if format is context.Format.table:
        rows = [{**row, "mm2": f"{int(row['mm2']) / 1e6:,.1f}"} for row in rows]
        rows = [{("m2" if k == "mm2" else k): v for k, v in row.items()} for row in rows]
    context.print_rows(rows, format, title="Land in question, until people decide", right=("m2",))


@questions_app.command("resolve")
def resolve(
    question: Question,
    reason: Reason,
    reopen: Annotated[
        bool, typer.Option("--reopen", help="Open the land again (one person).")
    ] = False,
    dismiss: Annotated[
        bool, typer.Option("--dismiss", help="The release stands (two people, on evidence).")
    ] = False,
    evidence: Evidence = None,
    part: Annotated[
        Path | None, typer.Option("--part", help="With --reopen: polygons it is limited to.")
    ] = None,
    on: On = None,
    crs: Crs = None,
    person: Person = None,
    dry_run: DryRun = False,
    format: Printed = context.Format.table,
) -> None:
    """Reopen land in question, or decide that the release stands.

    Example: landrelease -w bosnia questions resolve Q-3 --reopen --reason "item confirmed"
    --person amra
    """
    if reopen == dismiss:
        raise typer.BadParameter("say --reopen or --dismiss")
    if part is not None and dismiss:
        raise typer.BadParameter("--part goes with --reopen: a question is dismissed as a whole")
    context.open_workspace()
    from landrelease.register import reopening

    basis = _basis(reason, evidence, on)
    found = reopening.question_called(question)
    if dismiss:
        plan = reopening.dismiss(found, basis)
    else:
        polygons = None if part is None else _polygons(part, crs)
        plan = reopening.reopen_in_question(found, basis, polygons)
    carry_out(plan, person, dry_run, format)
