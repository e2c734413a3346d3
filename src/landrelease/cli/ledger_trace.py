"""``landrelease ledger trace`` and ``explain``: where a figure comes from, and why it changed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from . import context
from .ledger import ledger_app


@ledger_app.command("trace")
def trace(
    figure: Annotated[
        str, typer.Argument(help="Id of a figure, as it is printed beside or behind it.")
    ],
    after: Annotated[int, typer.Option(help="How many parts to pass over.")] = 0,
    limit: Annotated[int, typer.Option(help="How many parts to print; 0 for all.")] = 20,
    polygons: Annotated[
        Path | None, typer.Option(help="Write the polygons behind the figure as GeoJSON.")
    ] = None,
    format: Annotated[context.Format, typer.Option(help="How to print.")] = context.Format.table,
) -> None:
    """Trace a figure to ledger lines, records, documents and deciders.

    The parts are printed largest first; they sum to the figure exactly. Areas in JSON and CSV are
    whole mm2.

    Example: landrelease -w bosnia ledger trace land:suspected:2024-12-31@57
    """
    context.open_workspace()
    from landrelease.register import trace as traces

    found = traces.trace(figure, after=after, limit=limit or None)
    if polygons is not None:
        with polygons.open("w", encoding="utf-8") as out:
            count = traces.write_polygons(figure, out)
        context.say(f"{polygons}: {count} polygons")
    if format is context.Format.json:
        context.print_json(found.to_json())
        return
    shown = _measure(found.unit)
    rows = [_part_row(part, shown, format) for part in found.parts]
    if format is context.Format.csv:
        context.print_rows(rows, format)
        return
    context.print_rows(
        rows, format, title=f"{found.figure} = {shown(found.value)}", right=("adds",)
    )
    more = "" if found.next_after is None else f"; more with --after {found.next_after}"
    typer.echo(f"{found.count} parts sum to {shown(found.value)}{more}")
    _entries(found.entries)
    _sentences(found.parts)


def _part_row(part: Any, shown: Any, format: context.Format) -> dict[str, Any]:
    plain = format is context.Format.csv
    move = "" if part.move is None else f"{part.move[0]} > {part.move[1]}"
    version = f" v{part.version}" if part.version and part.version > 1 else ""
    return {
        "adds": str(part.amount) if plain else shown(part.amount),
        "record": "" if part.origin is None else f"{part.origin.ref}{version}",
        "name": "" if part.origin is None else part.origin.name,
        "kind": part.kind,
        "on": part.valid_on,
        "hazard": part.hazard,
        "ground": move,
        "entry": part.entry,
        "line": part.line,
    }


def _measure(unit: str) -> Any:
    from landrelease.register.text_grammar import amount

    def shown(value: Any) -> str:
        if unit == "mm2":
            return f"{amount(value)} m2"
        return f"{value:,} {unit}"

    return shown


def _sentences(parts: Any) -> None:
    """The words of reports behind the parts, each evidence item once."""
    said = {one.evidence: one for part in parts for one in part.sentences}
    for one in said.values():
        marks = "".join(
            f", {mark}"
            for mark, holds in (("restricted", one.restricted), ("withdrawn", one.withdrawn))
            if holds
        )
        by = f"; accepted by {one.deciders} in entry {one.entry}" if one.entry is not None else ""
        typer.echo(
            f"{one.evidence} ({one.reliability or '-'}{one.credibility or '-'}{marks}){by}: "
            f"{one.document} {one.filename}, characters {one.start} to {one.end}:"
        )
        typer.echo(f"    {one.source or 'source not named'}: {one.words}")


def _entries(entries: dict[int, Any]) -> None:
    for entry in entries.values():
        posts = "" if entry.decision == entry.seq else f" of entry {entry.decision}"
        by = ", ".join(entry.deciders) or entry.actor
        typer.echo(f"entry {entry.seq}, {entry.recorded_at[:19]}Z: {entry.said}{posts}; by {by}")
        if entry.document is not None:
            document = entry.document
            typer.echo(
                f"    {document.receipt}: {document.filename}, {document.source}, "
                f"sha256 {document.sha256[:16]}…, handed in by {document.submitter}"
            )


@ledger_app.command("explain")
def explain(
    between: Annotated[
        tuple[str, str],
        typer.Option(
            help="Two of: the number of a frozen report, a journal entry, a moment, now.",
            metavar="EARLIER LATER",
        ),
    ],
    figure: Annotated[
        list[str] | None,
        typer.Option(help="Only this figure (its id, of whatever entry); can be given again."),
    ] = None,
    limit: Annotated[
        int, typer.Option(help="How many lines of an entry the table shows, largest first.")
    ] = 10,
    format: Annotated[context.Format, typer.Option(help="How to print.")] = context.Format.table,
) -> None:
    """Explain why figures changed: the ledger lines that make the difference.

    For every figure of the report that is no longer what it was, the lines that were added and
    those that were taken back since are listed by journal entry. They add up to the difference
    exactly; where they should not, it is said and the exit status is 1.

    Example: landrelease -w bosnia ledger explain --between A7/2024 now
    """
    context.open_workspace()
    from landrelease.register import explain as explanations
    from landrelease.register import moments

    earlier, later = (moments.parse(text) for text in between)
    with context.progress() as progress:
        found = explanations.explain(earlier, later, figure or None, progress=progress)
    if format is context.Format.json:
        context.print_json(found.to_json())
    elif format is context.Format.csv:
        context.print_rows(
            [_cause_row(d, cause) for d in found.differences for cause in d.causes], format
        )
    else:
        _tell(found, limit)
    if not found.adds_up:
        raise typer.Exit(1)


def _cause_row(difference: Any, cause: Any) -> dict[str, Any]:
    return {
        "figure": str(difference.old),
        "adds": str(cause.amount),
        "unit": difference.unit,
        "how": cause.how,
        "entry": cause.entry,
        "record": "" if cause.origin is None else cause.origin.ref,
        "kind": cause.kind,
        "on": cause.valid_on,
        "line": cause.line,
    }


def _tell(found: Any, limit: int) -> None:
    earlier, later = found.earlier, found.later
    typer.echo(
        f"{found.compared} figures compared between {earlier.given} (entry {earlier.seq}) and "
        f"{later.given} (entry {later.seq}): {len(found.differences)} differ"
    )
    for difference in found.differences:
        _tell_difference(difference, found.entries, limit)
    if found.differences:
        typer.echo("")
        _entries(found.entries)
    if found.differences and found.adds_up:
        typer.echo("every difference is the sum of its lines; nothing is left over")


def _tell_difference(difference: Any, entries: dict[int, Any], limit: int) -> None:
    shown = _measure(difference.unit)

    def value(number: Any) -> str:
        return "no number" if number is None else shown(number)

    typer.echo("")
    typer.echo(f"{difference.old}")
    typer.echo(f"  was {value(difference.before)}, is {value(difference.after)}")
    sign = "+" if difference.change > 0 else ""
    typer.echo(f"  change {sign}{shown(difference.change)}")
    for seq, amount, causes in difference.by_entry():
        if seq is None:
            typer.echo(f"    {shown(amount)}: by no single entry")
        else:
            entry = entries[seq]
            decision = entries.get(entry.decision, entry)
            by = ", ".join(decision.deciders) or decision.actor
            typer.echo(
                f"    {shown(amount)} by entry {seq}: {decision.said} in entry "
                f"{decision.seq} by {by}"
            )
        ordered = sorted(causes, key=lambda cause: -abs(cause.amount))
        for cause in ordered[:limit]:
            record = "?" if cause.origin is None else cause.origin.ref
            on = cause.valid_on or "undated"
            typer.echo(f"      {shown(cause.amount)}  {cause.how}: {cause.kind} {record} {on}")
        if rest := ordered[limit:]:
            left = sum(cause.amount for cause in rest)
            typer.echo(f"      {shown(left)}  in {len(rest)} more (--limit, or --format csv)")
    if difference.note:
        typer.echo(f"  {difference.note}")
    if difference.unexplained:
        typer.echo(f"  NOT EXPLAINED: {shown(difference.unexplained)}")
