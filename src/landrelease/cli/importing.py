"""``landrelease import``: files into the register, by the one way in."""

from __future__ import annotations

import csv
import itertools
from pathlib import Path
from typing import Annotated, Any

import typer

from . import context
from .main import app


@app.command("import")
def import_(
    file: Annotated[
        Path,
        typer.Argument(
            help="GeoJSON, GeoPackage, Shapefile, KML, FlatGeobuf, Esri JSON (answers of a feature "
            "service), maXML, CSV or XLSX."
        ),
    ],
    as_: Annotated[
        str | None,
        typer.Option(
            "--as",
            help="What the rows are: hazards, activities, accidents (incidents), victims, units, … "
            "Needed without --back.",
        ),
    ] = None,
    back: Annotated[
        bool,
        typer.Option(
            "--back",
            help="The file was exported with 'export --for-editing': compare it with what was "
            "exported and with the register, field by field.",
        ),
    ] = False,
    map_: Annotated[Path | None, typer.Option("--map", help="Mapping file (YAML).")] = None,
    source: Annotated[
        str | None,
        typer.Option(help="Who or what the data come from. Default: the name of the file."),
    ] = None,
    namespace: Annotated[
        str | None, typer.Option(help="System whose ids the file uses. Default: the source.")
    ] = None,
    layer: Annotated[str | None, typer.Option(help="Layer or sheet to read.")] = None,
    crs: Annotated[
        str | None,
        typer.Option(
            help="Coordinate system, such as EPSG:32633, where the file states none or a wrong one."
        ),
    ] = None,
    encoding: Annotated[str | None, typer.Option(help="Encoding of a text table.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
    accept: Annotated[
        bool,
        typer.Option(
            "--accept",
            help="Decide at once in your name. Never releases land, never lowers caution.",
        ),
    ] = False,
    repair: Annotated[
        bool,
        typer.Option(
            "--repair", help="Repair invalid polygons; the original stays in the kept file."
        ),
    ] = False,
    legacy: Annotated[
        bool,
        typer.Option(
            "--legacy",
            help="Enter releases as decided elsewhere, in "
            "the opening balance; only before the cut-over date.",
        ),
    ] = False,
    authority: Annotated[
        str | None,
        typer.Option(help="With --legacy: who decided these releases. Default: the source."),
    ] = None,
    document: Annotated[
        str | None,
        typer.Option(
            help="With --legacy: the document they stand in. Default: the file itself, by hash."
        ),
    ] = None,
    rejects: Annotated[
        Path | None, typer.Option(help="Write rows that could not become records to this CSV file.")
    ] = None,
    person: Annotated[
        str | None,
        typer.Option(
            "--person", help="Act as this person, not as the account at the command line."
        ),
    ] = None,
    answers: Annotated[
        str, typer.Option(help="Receipt of a returned submission that this file puts right.")
    ] = "",
    no_limits: Annotated[
        bool,
        typer.Option(
            "--no-limits",
            help="Read the file without limits of time and memory: only one whose maker you trust.",
        ),
    ] = False,
    format: Annotated[context.Format, typer.Option(help="How to print.")] = context.Format.table,
) -> None:
    """Import a file: kept as received, checked, compared, and (with --accept) decided.

    Example: landrelease -w bosnia import hazards.geojson --as hazards --source "Survey 2024"
    --dry-run
    """
    if not file.exists():
        raise typer.BadParameter(f"{file} does not exist")
    if back:
        if map_ or legacy:
            raise typer.BadParameter("--back takes neither --map nor --legacy")
        from .importing_back import import_back

        import_back(
            file, as_=as_, layer=layer, source=source, namespace=namespace, dry_run=dry_run,
            accept=accept, repair=repair, person=person, limited=not no_limits, format=format,
        )  # fmt: skip
        return
    record_type = _record_type(as_)
    if legacy and record_type.name != "activity":
        raise typer.BadParameter("--legacy is for activities: it enters releases decided elsewhere")
    if legacy and not accept:
        raise typer.BadParameter("--legacy needs --accept: the releases enter the opening balance")
    context.open_workspace()
    from landrelease.exchange.confined import LIMITS
    from landrelease.exchange.deliveries import open_delivery
    from landrelease.register import submissions

    from .review import actor_for

    outcome = None
    with context.progress() as progress:
        delivery = open_delivery(
            file,
            record_type,
            map_=map_,
            source=source,
            namespace=namespace,
            layer=layer,
            crs=crs,
            encoding=encoding,
            limits=None if no_limits else LIMITS,
        )
        outcome = submissions.submit(
            delivery,
            actor=actor_for(person),
            accept=accept,
            dry_run=dry_run,
            repair=repair,
            legacy=submissions.Legacy(
                authority=authority or delivery.source,
                document=document or f"{file.name} (sha256 of the kept file in the submission)",
            )
            if legacy
            else None,
            answers=answers,
            progress=progress,
        )
    if format is context.Format.json:
        context.print_json(outcome.to_json())
    else:
        print_outcome(outcome, delivery.options)
    if outcome.receipt and (rejects or outcome.rejected):
        from landrelease.register.decisions import find_submission

        path = rejects or _default_rejects(outcome.receipt)
        count = write_rejects(find_submission(outcome.receipt), path)
        if count:
            context.say(f"{count} rows could not become records: {path}")


def _record_type(as_: str | None) -> Any:
    from landrelease.register.schema import record_type as find_record_type

    if as_ is None:
        raise typer.BadParameter("say what the rows are: --as hazards", param_hint="--as")
    try:
        return find_record_type(as_)
    except KeyError as error:
        raise typer.BadParameter(error.args[0], param_hint="--as") from None


def _default_rejects(receipt: str) -> Path:
    folder = context.folder / "rejects"
    folder.mkdir(exist_ok=True)
    return folder / f"{receipt}.csv"


def write_rejects(submission: Any, path: Path) -> int:
    """Write the rejected rows of a submission as CSV; returns how many.

    Cells that a spreadsheet program would take for a formula are written with a leading quote
    mark, so that opening the file runs nothing.
    """
    from landrelease.register.sealed_rows import rejected_cells

    rows = submission.rejected.order_by("id").iterator(chunk_size=1_000)
    first = list(itertools.islice(rows, 1_000))
    if not first or submission.sealed:
        # A file about persons never leaves the register in clear.
        return 0
    names: dict[str, None] = {}
    for rejected in first:
        names |= dict.fromkeys(rejected_cells(rejected) or {})
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle)
        writer.writerow(["row", "rules", *names])
        count = 0
        for rejected in itertools.chain(first, rows):
            cells = rejected_cells(rejected) or {}
            writer.writerow(
                [rejected.row, rejected.rules, *(_harmless(cells.get(name)) for name in names)]
            )
            count += 1
    return count


def _harmless(cell: Any) -> Any:
    from landrelease.exchange.formulas import guard

    return guard(cell) if isinstance(cell, str) else cell


def print_outcome(outcome: Any, options: dict[str, Any]) -> None:
    """Print what came of a delivery."""
    what = "would be" if outcome.dry_run else "are"
    typer.echo(f"{outcome.filename}: {outcome.received} rows as {outcome.record_type}")
    mapped = ", ".join(_mapped(field, column) for field, column in options["columns"].items())
    typer.echo(f"  columns read: {mapped or 'none'}")
    if options["unmapped"]:
        typer.echo(f"  columns kept as they are, not read: {', '.join(options['unmapped'])}")
    for name, number in outcome.counts.items():
        if number:
            typer.echo(f"  {number:>8} {what} {name.replace('_', ' ')}")
    if outcome.rejected:
        typer.echo(f"  {outcome.rejected:>8} {what} rejected (kept in the submission)")
    if outcome.measured:
        before, after = (
            int(outcome.measured[name]) / 1e12 for name in ("before_repair_mm2", "after_repair_mm2")
        )
        repaired = f"with repaired ones {after:,.6f} km2"
        if after == before:
            repaired = "none was repaired"
        typer.echo(
            f"  area of valid polygons {before:,.6f} km2, {repaired} (each polygon by "
            "itself, overlaps not yet counted once)"
        )
    for change in outcome.changes[:20]:
        typer.echo(
            f"  {change.ref} (row {change.row}): "
            + "; ".join(
                f"{name}: {before} -> {after}" for name, (before, after) in change.fields.items()
            )
        )
        for reason in change.lowers_caution:
            typer.echo(f"      held for a second person: {reason}")
    rows = [
        {
            "rule": rule,
            "severity": severity,
            "rows": number,
            "example": outcome.examples[rule][:120],
        }
        for rule, by_severity in outcome.findings.items()
        for severity, number in by_severity.items()
    ]
    if rows:
        context.print_rows(rows, context.Format.table, title="Findings by rule", right=("rows",))
    for name, number in outcome.details.items():
        if isinstance(number, list):
            continue  # printed by whom it concerns
        typer.echo(f"  {number:>8} {name.replace('_', ' ')}")
    if outcome.receipt:
        typer.echo(
            f"receipt {outcome.receipt}: {outcome.state}"
            + (f", journal entry {outcome.entry}" if outcome.entry is not None else "")
        )
    else:
        typer.echo("dry run: nothing was kept or changed")


def _mapped(field: str, column: str | dict[str, str]) -> str:
    """A field and the column, or the several, that it was read from."""
    read = column if isinstance(column, str) else ", ".join(column.values())
    return field if read == field else f"{field} = {read}"
