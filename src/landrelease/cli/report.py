"""``landrelease report article7`` and its siblings: treaty reports as files."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import context
from .report_app import report_app

if TYPE_CHECKING:
    from landrelease.register.reporting import Wanted
    from landrelease.treaty.tables import ReportDocument

Year = Annotated[int | None, typer.Option(help="Calendar year of the report.", min=1990, max=2200)]
Since = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="First day, where it is not a calendar year."),
]
Until = Annotated[
    datetime | None,
    typer.Option("--until", "--as-of", formats=["%Y-%m-%d"], help="Last day, the cut-off date."),
]
Output = Annotated[
    list[Path] | None,
    typer.Option("--output", "-o", help="File: .xlsx, .pdf, .html or .json; several -o allowed."),
]
KnownAt = Annotated[
    str,
    typer.Option(
        help="What the register knew then: a moment, a journal entry, a frozen report's number."
    ),
]
Level = Annotated[
    int | None, typer.Option(help="Administrative level of the rows; default the finest.")
]
Official = Annotated[
    bool | None,
    typer.Option(
        "--official/--not-official",
        help="Insist that it was frozen and approved, or that it says it is not official. "
        "Default: official where a frozen report has exactly these figures.",
    ),
]
SinceReport = Annotated[
    str, typer.Option(help="Number of a frozen report: adds what changed since.")
]
SmallCounts = Annotated[
    bool,
    typer.Option("--small-counts", help="Print small numbers of persons too: not for publication."),
]
TraceUrl = Annotated[
    str, typer.Option(help="Address before a figure's id: every figure becomes a link to it.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print the summary, write nothing.")]
FormatOption = Annotated[
    context.Format, typer.Option(help="How to print the summary on the screen.")
]


@report_app.command("article7")
def article7(
    year: Year = None,
    since: Since = None,
    until: Until = None,
    output: Output = None,
    known_at: KnownAt = "",
    level: Level = None,
    official: Official = None,
    since_report: SinceReport = "",
    small_counts: SmallCounts = False,
    trace_url: TraceUrl = "",
    dry_run: DryRun = False,
    format: FormatOption = context.Format.table,
) -> None:
    """Make the tables of a Mine Ban Treaty Article 7 report.

    Areas with anti-personnel mines, improvised ones included; areas of unrecorded class in tables
    of their own. The cover sheet says what is not known and what does not hold.

    Example: landrelease -w island report article7 --year 2024 -o article7.xlsx -o article7.pdf
    """
    _make(
        "article7", _period(year, since, until), output, known_at, level, official, since_report,
        small_counts, trace_url, dry_run, format,
    )  # fmt: skip


@report_app.command("monitor-profile")
def monitor_profile(
    year: Year = None,
    since: Since = None,
    until: Until = None,
    output: Output = None,
    known_at: KnownAt = "",
    level: Level = None,
    official: Official = None,
    since_report: SinceReport = "",
    small_counts: SmallCounts = False,
    trace_url: TraceUrl = "",
    dry_run: DryRun = False,
    format: FormatOption = context.Format.table,
) -> None:
    """Make the tables of a Landmine Monitor country profile.

    Example: landrelease -w island report monitor-profile --year 2024 -o profile.html
    """
    _make(
        "monitor-profile", _period(year, since, until), output, known_at, level, official,
        since_report, small_counts, trace_url, dry_run, format,
    )  # fmt: skip


@report_app.command("ccm")
def ccm(
    year: Year = None,
    since: Since = None,
    until: Until = None,
    output: Output = None,
    known_at: KnownAt = "",
    level: Level = None,
    official: Official = None,
    since_report: SinceReport = "",
    small_counts: SmallCounts = False,
    trace_url: TraceUrl = "",
    dry_run: DryRun = False,
    format: FormatOption = context.Format.table,
) -> None:
    """Make the tables of contamination and clearance for the Convention on Cluster Munitions.

    Example: landrelease -w island report ccm --year 2024 -o ccm.xlsx
    """
    _make(
        "ccm", _period(year, since, until), output, known_at, level, official, since_report,
        small_counts, trace_url, dry_run, format,
    )  # fmt: skip


@report_app.command("article5-extension")
def article5_extension(
    first: Annotated[int, typer.Option("--from", help="First year.", min=1990, max=2200)],
    last: Annotated[int, typer.Option("--to", help="Last year.", min=1990, max=2200)],
    output: Output = None,
    known_at: KnownAt = "",
    level: Level = None,
    official: Official = None,
    since_report: SinceReport = "",
    trace_url: TraceUrl = "",
    dry_run: DryRun = False,
    format: FormatOption = context.Format.table,
) -> None:
    """Make the annex to a request to extend the Article 5 deadline.

    Progress by year, and what remains by administrative unit.

    Example: landrelease -w island report article5-extension --from 2015 --to 2024 -o annex.pdf
    """
    _make(
        "article5-extension", (date(first, 1, 1), date(last, 12, 31)), output, known_at, level,
        official, since_report, False, trace_url, dry_run, format,
    )  # fmt: skip


def _period(year: int | None, since: datetime | None, until: datetime | None) -> tuple[date, date]:
    if year is not None and since is None and until is None:
        return date(year, 1, 1), date(year, 12, 31)
    if year is None and since is not None and until is not None:
        return since.date(), until.date()
    raise typer.BadParameter("give either --year, or both --since and --until")


def _make(
    kind: str,
    period: tuple[date, date],
    output: list[Path] | None,
    known_at: str,
    level: int | None,
    official: bool | None,
    since_report: str,
    small_counts: bool,
    trace_url: str,
    dry_run: bool,
    format: context.Format,
) -> None:
    if not output and not dry_run:
        raise typer.BadParameter("give a file with -o, or --dry-run for the summary alone")
    context.open_workspace()
    from landrelease.exchange import reports as files
    from landrelease.register import moments, reporting

    paths = output or []
    for path in paths:
        files.refuse_unknown(path)
    seq = moments.parse(known_at).seq if known_at else None
    wanted = reporting.Wanted(kind, *period, seq, level)
    with context.progress() as progress:
        progress("adding up the figures", 0, 1)
        document = reporting.document(
            wanted,
            official=official,
            since_report=since_report,
            fewer_than=0 if small_counts else None,
            trace_url=trace_url,
        )
        for number, path in enumerate(paths if not dry_run else []):
            progress("writing", number, len(paths))
            files.write(document, path)
    _summary(document, wanted, format)
    for path in paths:
        context.say(f"{path}: {'would be written' if dry_run else 'written'}")


def _summary(document: ReportDocument, wanted: Wanted, format: context.Format) -> None:
    """Print the totals of each table: what the report says before anybody opens it."""
    from landrelease.treaty.tables import Figure, shown, shown_km2

    rows = []
    for table in document.all_tables():
        for row in table.rows:
            if row.role != "total":
                continue
            for column in table.columns:
                cell = row.cells[column.key]
                if isinstance(cell, Figure):
                    exact = {"value": cell.value, "unit": cell.unit, "id": cell.id}
                    seen = {"value": shown(cell), "km2": shown_km2(cell)}
                    rows.append(
                        {"table": table.key, "row": row.label, "figure": column.heading}
                        | (seen if format is context.Format.table else exact)
                    )
    if format is context.Format.table:
        context.say(
            f"{document.cover.title}, {document.cover.subtitle}. {document.cover.standing}. "
            f"Known at journal entry {wanted.seq}."
        )
    context.print_rows(rows, format, right=("value", "km2"))
