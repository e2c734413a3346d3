"""``landrelease check``: what is declared against the ground, the sums and the history."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import context
from .main import app

if TYPE_CHECKING:
    from landrelease.register.checks import Outcome


@app.command()
def check(
    file: Annotated[
        Path | None,
        typer.Argument(help="Table to check instead of the workspace (CSV, XLSX, GeoJSON, …)."),
    ] = None,
    as_: Annotated[
        str | None,
        typer.Option(
            "--as",
            help="For a table: 'figures' compares what a report declares (columns declared, "
            "measure, column or figure, since, until, unit) with the ledger of the workspace.",
        ),
    ] = None,
    type_: Annotated[
        list[str] | None, typer.Option("--type", help="Only these record types (repeat it).")
    ] = None,
    sums: Annotated[
        list[str] | None,
        typer.Option(
            "--sum",
            help="For a table: a sum that has to hold, 'total = killed + injured' (repeat it).",
        ),
    ] = None,
    percent: Annotated[
        list[str] | None,
        typer.Option(
            help="For a table: a percentage that has to follow, 'share = children / age known'."
        ),
    ] = None,
    unit: Annotated[
        list[str] | None,
        typer.Option(
            help="For a table: columns that say what a row is about, to find reports handed in "
            "twice (repeat it)."
        ),
    ] = None,
    label: Annotated[
        list[str] | None,
        typer.Option(help="For a table: a name and its key, 'district = pcode' (repeat it)."),
    ] = None,
    layer: Annotated[str | None, typer.Option(help="Layer or sheet of the table.")] = None,
    limit: Annotated[
        int, typer.Option(help="How many findings of each rule the printed table shows.")
    ] = 20,
    format: Annotated[context.Format, typer.Option(help="How to print.")] = context.Format.table,
) -> None:
    """List what does not hold, with the likely cause. Nothing is ever changed.

    Without FILE the records of the workspace are checked; with FILE a table of figures, which
    needs no workspace. Exit status 1 when there are errors.

    Example: landrelease -w bosnia check --format csv
    """
    if as_ not in (None, "figures"):
        raise typer.BadParameter("a table is checked by itself, or --as figures", param_hint="--as")
    options = {"--sum": sums, "--percent": percent, "--unit": unit, "--label": label}
    stray = [name for name, value in options.items() if value]
    with context.progress() as progress:
        if file is None:
            stray += [n for n, value in (("--layer", layer), ("--as", as_)) if value]
            if stray:
                raise typer.BadParameter(f"{', '.join(stray)}: for a table, so name a file")
            outcome = _of_workspace(type_ or [], progress)
        else:
            if type_:
                raise typer.BadParameter("--type is for a workspace, not for a table")
            if as_ and stray:
                raise typer.BadParameter(f"{', '.join(stray)}: not together with --as figures")
            progress(f"reading {file.name}", 0, None)
            if as_:
                context.open_workspace()
            from . import check_table

            if as_:
                outcome = check_table.against_the_ledger(file, layer=layer, profile=_profile())
            else:
                outcome = check_table.check(
                    file,
                    layer=layer,
                    sums=sums or [],
                    percentages=percent or [],
                    unit=unit or [],
                    labels=label or [],
                    profile=_profile(),
                )
    _print(outcome, format, limit)
    if outcome.errors:
        raise typer.Exit(1)


def _of_workspace(types: list[str], progress: Any) -> Outcome:
    context.open_workspace()
    from landrelease.register import checks
    from landrelease.register.schema import record_type

    try:
        names = [record_type(name).name for name in types]
    except KeyError as error:
        raise typer.BadParameter(error.args[0], param_hint="--type") from None
    return checks.check(record_types=names, progress=progress)


def _profile() -> Any:
    """Profile of the workspace if there is one, else the default profile."""
    from landrelease.register import profile, workspace

    if (context.folder / workspace.SETTINGS_FILE).exists():
        context.open_workspace()
        return profile.current()
    return profile.load("default")


def _print(outcome: Outcome, format: context.Format, limit: int) -> None:
    if format is context.Format.json:
        context.print_json(outcome.to_json())
        return
    if format is context.Format.csv:
        rows = [one.to_json() for one in outcome.found]
        for row in rows:
            row["records"] = " ".join(row["records"])
            row["fields"] = " ".join(row["fields"])
        context.print_rows(rows, format)
        return
    _print_table(outcome, limit)


def _print_table(outcome: Outcome, limit: int) -> None:
    shown: Counter[str] = Counter()
    rows = []
    for one in outcome.found:
        rule = one.mismatch.rule
        shown[rule] += 1
        if shown[rule] > limit:
            continue
        row = one.to_json()
        rows.append(
            {
                "": row["severity"],
                "rule": rule,
                "records": _some(one.records, one.count, one.record_type),
                "declared": _figure(one.mismatch.declared, row["unit"]),
                "found": _figure(one.mismatch.found, row["unit"]),
                "difference": _figure(one.mismatch.difference, row["unit"]),
                "likely cause": row["cause"].replace("_", " "),
                "message": row["message"],
            }
        )
    if rows:
        context.print_rows(
            rows,
            context.Format.table,
            title="What does not hold",
            right=("declared", "found", "difference"),
        )
    for rule, number in outcome.counts().items():
        if number > limit:
            typer.echo(
                f"{rule}: {number} findings, {limit} shown (--limit, or --format csv for all)"
            )
    context.print_rows(
        [one.to_json() for one in outcome.looked if one.rows or one.findings],
        context.Format.table,
        title="What was looked at (rows: those that have the figures)",
        right=("rows", "findings"),
    )
    idle = sorted({one.assertion for one in outcome.looked if not one.rows and not one.findings})
    if idle:
        typer.echo(f"nothing to look at for: {'; '.join(idle)}")
    verdict = "unverified: no national authority has confirmed these tolerances"
    typer.echo(f"profile: {outcome.profile}" + (f" ({verdict})" if outcome.unverified else ""))
    typer.echo(
        f"{len(outcome.found)} findings, {outcome.errors} of them errors; nothing was changed"
        if outcome.found
        else "everything that was looked at holds"
    )


def _some(records: tuple[str, ...], count: int, record_type: str) -> str:
    if not records:
        return f"{count} {record_type}s" if count else ""
    listed = ", ".join(records[:3])
    return listed + (f" and {len(records) - 3:,} more" if len(records) > 3 else "")


def _figure(value: float | str | None, unit: str) -> str:
    """A figure people can read: thousands separated, with its unit; a text as it is."""
    if value is None or isinstance(value, str):
        return value or ""
    whole = value == round(value) or abs(value) >= 1e5
    text = f"{value:,.0f}" if whole else f"{value:,.6g}"
    return f"{text} {'m²' if unit == 'm2' else unit}".rstrip()
