"""``landrelease report freeze``, ``list`` and ``show``: reports as they were submitted."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from . import context
from .report_app import report_app
from .review import actor_for


@report_app.command("freeze")
def freeze(
    kind: Annotated[
        str,
        typer.Argument(
            help="What is reported: land (statement and balance by unit), or a kind of treaty "
            "report (article7, ccm, monitor-profile, article5-extension)."
        ),
    ],
    number: Annotated[str, typer.Option(help="Number under which it is submitted (A7/2024).")],
    person: Annotated[str, typer.Option(help="Who approves it: sign in as this person.")],
    year: Annotated[int | None, typer.Option(help="Year reported on.")] = None,
    since: Annotated[
        datetime | None,
        typer.Option(
            "--since", "--from", formats=["%Y-%m-%d"], help="First day, instead of a year."
        ),
    ] = None,
    until: Annotated[
        datetime | None, typer.Option("--until", "--to", formats=["%Y-%m-%d"], help="Last day.")
    ] = None,
    known_at: Annotated[
        str | None,
        typer.Option(help="What was known then: a journal entry or a moment. Default: now."),
    ] = None,
    level: Annotated[
        int | None, typer.Option(help="Administrative level of rows by unit; default the finest.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be frozen; keep nothing.")
    ] = False,
) -> None:
    """Freeze a report as it is submitted: every figure, under a number, with its approver.

    What was frozen is printed again unchanged whatever is learnt later, and `ledger explain` says
    why the figures of today differ. A number can be used once.

    Example: landrelease -w bosnia report freeze land --year 2024 --number A7/2024 --person amra
    """
    first, last = _period(year, since, until)
    context.open_workspace()
    from landrelease.register import moments, report_figures, reports

    actor = None if dry_run else actor_for(person)
    seq = reports.last_known() if known_at is None else moments.parse(known_at).seq
    with context.progress() as progress:
        progress("gathering figures", 0, None)
        figures = report_figures.gather(kind, first, last, seq, level=level)
    draft = reports.draft(number, kind, figures, since=first, until=last, known_seq=seq)
    what = (
        f"{number}: {kind}, {first} to {last}, {len(draft.figures)} figures as known at journal "
        f"entry {seq}, sha256 {draft.sha256}"
    )
    if actor is None:
        context.say(f"would freeze {what}")
        return
    report = reports.freeze(draft, actor)
    context.say(f"frozen {what}; journal entry {report.seq}, approved by {report.approver}")


def _period(year: int | None, since: datetime | None, until: datetime | None) -> tuple[date, date]:
    if year is not None and since is None and until is None:
        return date(year, 1, 1), date(year, 12, 31)
    if year is None and since is not None and until is not None:
        return since.date(), until.date()
    raise typer.BadParameter("give --year, or --since and --until")


@report_app.command("list")
def list_reports(
    format: Annotated[context.Format, typer.Option(help="How to print.")] = context.Format.table,
) -> None:
    """List the frozen reports.

    Example: landrelease -w bosnia report list
    """
    context.open_workspace()
    from landrelease.register import reports

    rows: list[dict[str, Any]] = [
        {
            "number": report.number,
            "kind": report.kind,
            "since": report.since,
            "until": report.until,
            "known_entry": report.known_seq,
            "approver": report.approver,
            "entries_since": reports.entries_since(report),
            "sha256": report.sha256,
        }
        for report in reports.frozen()
    ]
    if format is context.Format.table:
        for row in rows:
            row["sha256"] = f"{row['sha256'][:12]}…"
    context.print_rows(rows, format, right=("known_entry", "entries_since"))


@report_app.command("show")
def show(
    number: Annotated[str, typer.Argument(help="Number of the report.")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="File to write the JSON to.")
    ] = None,
    format: Annotated[context.Format, typer.Option(help="How to print.")] = context.Format.table,
) -> None:
    """Print a frozen report as it was submitted, from the figures that were frozen.

    JSON is printed byte for byte the same at any time.

    Example: landrelease -w bosnia report show A7/2024 --format json
    """
    context.open_workspace()
    from landrelease.register import reports

    report = reports.find(number)
    printed = reports.printed(report)
    if out is not None:
        out.write_bytes(printed + b"\n")
        context.say(f"{out}: report {number} as frozen")
        return
    if format is context.Format.json:
        typer.echo(printed.decode())
        return
    rows = [
        {
            "figure": figure.id,
            "value": figure.absent if figure.value is None else str(figure.value),
            "unit": figure.unit,
            "note": figure.note,
        }
        for figure in reports.figures_of(report)
    ]
    if format is context.Format.csv:
        context.print_rows(rows, format)
        return
    for name, value in reports.heading(report).items():
        typer.echo(f"{name.replace('_', ' ')}: {'-' if value is None else value}")
    context.print_rows(rows, format, right=("value",))
