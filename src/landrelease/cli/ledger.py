"""``landrelease ledger``: the account of the land."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any

import typer

from . import context
from .main import app

ledger_app = typer.Typer(help="The account of the land.", no_args_is_help=True)
app.add_typer(ledger_app, name="ledger")


class By(StrEnum):
    """What the rows of a balance are by."""

    unit = "unit"
    klass = "class"
    hazard = "hazard"
    organisation = "organisation"
    method = "method"


@ledger_app.command("balance")
def balance(
    as_of: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="Last day that counts. Default: all that is known."
        ),
    ] = None,
    by: Annotated[
        By | None,
        typer.Option(help="Rows by unit, class, hazard, organisation or method."),
    ] = None,
    level: Annotated[
        int | None, typer.Option(help="Administrative level of rows by unit; default the finest.")
    ] = None,
    known_at: Annotated[str | None, KNOWN_AT] = None,
    format: Annotated[context.Format, typer.Option(help="How to print.")] = context.Format.table,
) -> None:
    """Print the balance: what is suspected, confirmed, cancelled, reduced, cleared.

    Areas in JSON and CSV are whole mm2; the table shows hectares. Rows by unit divide hazards on
    the boundaries and count ground once, so that they sum to the total; a hazard counts in each
    unit where it holds or held ground. Classes may overlap and are never summed to a total.

    Example: landrelease -w bosnia ledger balance --as-of 2024-12-31 --by unit
    """
    context.open_workspace()
    from landrelease.register import figures

    with context.progress() as report:
        report("adding up", 0, None)
        found = figures.balance(
            as_of=None if as_of is None else as_of.date(),
            by=None if by is None else by.value,
            level=level,
            known_seq=_known(known_at),
        )
    if format is context.Format.json:
        context.print_json(found.to_json())
        return
    rows = [row.to_json() for row in [*found.rows, found.total]]
    if format is context.Format.csv:
        context.print_rows(rows, format)
        return
    shown = _without_empty([_hectares(row) for row in rows])
    when = "all that is known" if found.as_of is None else f"as of {found.as_of}"
    if known_at is not None:
        when += f", as known at {known_at} (journal entry {found.known_seq})"
    context.print_rows(
        shown,
        format,
        title=f"Balance of the land, {when}; areas in hectares (rounded)",
        right=[name for name in shown[0] if name not in ("key", "label")],
    )
    _notes(found)


KNOWN_AT = typer.Option(
    help="Only what the register knew at that moment (UTC), such as 2025-01-01T00:00."
)


def _known(moment: str | None) -> int | None:
    """Last journal entry known at a moment; None for all."""
    from landrelease.register import knowledge

    return None if moment is None else knowledge.seq_at(moment)


#: Columns of a table that are left out where there is nothing in them.
_OPTIONAL = ("in question", "undated", "declared released", "area only", "indications")


def _without_empty(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    empty = {
        name for name in _OPTIONAL if all(float(row[name].replace(",", "")) == 0 for row in rows)
    }
    return [{n: v for n, v in row.items() if n not in empty} for row in rows]


def _hectares(row: dict[str, Any]) -> dict[str, Any]:
    out: dict[str, Any] = {"key": row["key"]}
    if row["label"] != row["key"]:
        out["label"] = row["label"]
    else:
        out["label"] = ""
    for name, value in row.items():
        if name.endswith("_mm2"):
            out[name[:-4].replace("_", " ")] = f"{int(value) / 1e10:,.2f}"
        elif name in ("declared_only_m2", "declared_released_m2"):
            out[name[:-3].replace("_", " ")] = f"{float(value) / 1e4:,.2f}"
        elif name == "area_only":
            out["area only"] = str(value)
        elif name == "indications":
            out[name] = str(value)
        elif name in ("unknown_size", "hazards", "open_areas"):
            out[name.replace("_", " ")] = value
    return out


def _notes(found: Any) -> None:
    notes = found.notes
    typer.echo(
        f"residual {found.residual_mm2} mm2; drift {found.drift_mm2} mm2 "
        f"(bound {notes['drift_bound_mm2']} mm2)"
    )
    total = found.total
    mapped = (total.suspected_mm2 + total.confirmed_mm2) / 1e10
    declared = float(total.declared_only_m2) / 1e4
    typer.echo(
        f"open land: {mapped:,.2f} ha mapped, {declared:,.2f} ha declared only, "
        f"{total.unknown_size} hazardous areas are of unknown size; mapped and declared together "
        f"{mapped + declared:,.2f} ha, and the areas of unknown size are not zero"
    )
    if total.indications:
        typer.echo(
            f"indications without area, beside these: {total.indications}; no hazardous area is "
            "established, and no number above holds them"
        )
    if total.area_only:
        stated = float(total.declared_released_m2) / 1e4
        typer.echo(
            f"{total.area_only} accepted reports state {stated:,.2f} ha released without a polygon "
            "(reported, not decided): they moved nothing, and the hazardous areas stay wholly open"
        )
    if notes["classification_not_recorded"]:
        typer.echo(
            f"{notes['classification_not_recorded']} hazardous areas are not recorded as "
            "suspected or confirmed and are held as suspected"
        )
    undecided = notes["undecided_releases"]
    if undecided["count"]:
        typer.echo(
            f"{undecided['count']} reports of released land have moved nothing "
            f"({undecided['undated']} undated): two people decide each"
        )
    for rule, number in notes["discrepancies"].items():
        typer.echo(f"discrepancy {rule}: {number} (landrelease ledger discrepancies)")
    if found.total.in_question_mm2:
        typer.echo(
            f"{found.total.in_question_mm2 / 1e10:,.2f} ha of the released land are in question: "
            "evidence of a hazard was recorded on them (landrelease questions list)"
        )
    if notes.get("rejected_rows"):
        typer.echo(
            f"{notes['rejected_rows']} rows of submissions could not become records: "
            "they are not in these figures (landrelease review list)"
        )


@ledger_app.command("statement")
def statement(
    year: Annotated[int | None, typer.Option(help="Calendar year.")] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day, instead of a year.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day, instead of a year.")
    ] = None,
    by: Annotated[
        By | None,
        typer.Option(help="Rows by unit, class, hazard, organisation or method."),
    ] = None,
    level: Annotated[
        int | None, typer.Option(help="Administrative level of rows by unit; default the finest.")
    ] = None,
    known_at: Annotated[str | None, KNOWN_AT] = None,
    format: Annotated[context.Format, typer.Option(help="How to print.")] = context.Format.table,
) -> None:
    """Print the statement of a period: opening, every cause of change, closing.

    Each term comes from its own entries and none is a remainder; the closing is held against the
    measured ground. The table shows open land (suspected and confirmed) in hectares; JSON and CSV
    hold whole mm2, JSON also each account and the id of each figure.

    Example: landrelease -w bosnia ledger statement --year 2024 --by unit
    """
    context.open_workspace()
    from landrelease.register import statements

    if year is not None and (since or until):
        raise typer.BadParameter("give a year, or days with --since and --until, not both")
    first = date(year, 1, 1) if year is not None else since and since.date()
    last = date(year, 12, 31) if year is not None else until and until.date()
    with context.progress() as report:
        report("adding up", 0, None)
        found = statements.statement(
            since=first,
            until=last,
            by=None if by is None else by.value,
            level=level,
            known_seq=_known(known_at),
        )
    if format is context.Format.json:
        context.print_json(found.to_json())
        return
    lines = [*found.rows, found.total]
    if format is context.Format.csv:
        context.print_rows([_statement_row(line) for line in lines], format)
        return
    when = f"{first or 'the beginning'} to {last or 'the end'}"
    if known_at is not None:
        when += f", as known at {known_at}"
    context.print_rows(
        _turned(lines),
        format,
        title=f"Statement of open land, {when} (journal entry {found.known_seq}); "
        "hectares (rounded)",
        right=[line.label for line in lines],
    )
    counted = [line for line in lines if line.counts is not None]
    context.print_rows(
        _counts_turned(counted),
        format,
        title=f"Number of areas, {when} (journal entry {found.known_seq})",
        right=[line.label for line in counted],
    )
    _statement_notes(found)


def _count_row(line: Any) -> dict[str, int | None]:
    """How the number of areas closes in a row; what is merged or closed is taken off. None where
    areas are not counted by what the row is by."""
    from landrelease.land.counts import COUNT_TERMS

    if line.counts is None:
        return dict.fromkeys(("opening", *COUNT_TERMS, "closing"))
    return {"opening": line.counts.opening, **line.counts.terms, "closing": line.counts.closing}


#: Terms that lower the number of areas, as they are printed.
_LESS = {"merged": "less merged", "closed": "less closed"}


def _counts_turned(lines: list[Any]) -> list[dict[str, Any]]:
    """A line for each term, a column for each row of the statement; many rows stay rows."""
    rows = [(line.label, _count_row(line)) for line in lines]
    kept = [
        name
        for name in rows[0][1]
        if name in ("opening", "closing") or any(row[name] for _, row in rows)
    ]
    if len(rows) > 6:
        return [
            {"": label, **{_LESS.get(name, name): str(row[name]) for name in kept}}
            for label, row in rows
        ]
    return [
        {"": _LESS.get(name, name), **{label: str(row[name]) for label, row in rows}}
        for name in kept
    ]


def _statement_row(line: Any) -> dict[str, Any]:
    """A row in whole mm2: open land, and what each term did to it."""
    terms = {f"{term}_mm2": str(line.term(term)) for term in line.amounts.terms}
    return {
        "key": line.key,
        "label": line.label,
        "opening_mm2": str(line.opening),
        **terms,
        "closing_mm2": str(line.closing),
        "declared_released_m2": f"{line.declared.declared_released_m2:f}",
        **{f"areas_{name}": number for name, number in _count_row(line).items()},
    }


def _turned(lines: list[Any]) -> list[dict[str, Any]]:
    """A line for each term, a column for each row of the statement; many rows stay rows."""
    rows = [_statement_row(line) for line in lines]
    names = [name for name in rows[0] if name.endswith("_mm2")]
    kept = [
        name
        for name in names
        if name in ("opening_mm2", "closing_mm2") or any(row[name] != "0" for row in rows)
    ]
    shown = {name: name.removesuffix("_mm2").replace("_", " ") for name in kept}
    if len(rows) > 6:
        return [
            {"": row["label"], **{shown[name]: f"{int(row[name]) / 1e10:,.2f}" for name in kept}}
            for row in rows
        ]
    return [
        {"": shown[name], **{row["label"]: f"{int(row[name]) / 1e10:,.2f}" for row in rows}}
        for name in kept
    ]


def _statement_notes(found: Any) -> None:
    typer.echo(f"residual {found.residual_mm2} mm2, of the number of areas {found.counts_residual}")
    declared = found.total.declared
    if declared.area_only:
        typer.echo(
            f"{declared.area_only} accepted reports of the period state "
            f"{float(declared.declared_released_m2) / 1e4:,.2f} ha released without a polygon "
            "(reported, not decided): they are in no term, and the hazardous areas stay wholly open"
        )
    if found.measured_mm2 is not None:
        typer.echo(
            f"the closing measured on the ground differs by {found.drift_mm2:.3f} mm2 "
            f"(bound {found.drift_bound_mm2} mm2)"
        )
    if found.reform:
        typer.echo("the boundaries changed in the period: the same ground is counted in new units")
    undated = found.notes["undated_reports"]
    if undated["count"]:
        typer.echo(
            f"{undated['count']} undated reports of released land "
            f"({int(undated['mm2']) / 1e10:,.2f} ha, each by itself) are in no period: they moved "
            "nothing"
        )
    if int(found.notes["released_undated_mm2"]):
        typer.echo(
            f"{int(found.notes['released_undated_mm2']) / 1e10:,.2f} ha were released without a "
            "date: they stand in the opening and are no flow of any period"
        )
    if found.notes["in_question"]["count"]:
        typer.echo(
            f"{int(found.notes['in_question']['mm2']) / 1e10:,.2f} ha of released land are in "
            "question (landrelease questions list)"
        )


@ledger_app.command("rebuild")
def rebuild(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say whether the sums differ; keep them.")
    ] = False,
    format: Annotated[context.Format, typer.Option(help="How to print.")] = context.Format.table,
) -> None:
    """Make the sums that are kept beside the ledger anew from its lines and records.

    Sums by unit, counts of areas, shares of lines and measured ground are derived: making them
    anew changes no record, no line and no figure, unless they had gone wrong. Says for each kind
    how many rows differ from what was kept.

    Example: landrelease -w bosnia ledger rebuild
    """
    context.open_workspace()
    from landrelease.register import totals

    with context.progress() as report:
        found = totals.compare_and_rebuild(report, keep=dry_run)
    if format is context.Format.json:
        context.print_json({"dry_run": dry_run, "kept": [one._asdict() for one in found]})
        return
    context.print_rows(
        [{"kept": one.name, "rows": one.rows, "differ": one.differ} for one in found],
        format,
        title="Sums kept beside the ledger"
        + (" (dry run: nothing was changed)" if dry_run else ""),
        right=("rows", "differ"),
    )


@ledger_app.command("discrepancies")
def discrepancies(
    after: Annotated[int, typer.Option(help="Id after which to go on.")] = 0,
    limit: Annotated[int, typer.Option(help="How many to print.")] = 50,
    format: Annotated[context.Format, typer.Option(help="How to print.")] = context.Format.table,
) -> None:
    """List what reports say that the ground does not: no land moved for it.

    Example: landrelease -w bosnia ledger discrepancies --limit 20
    """
    context.open_workspace()
    from landrelease.register.models import LedgerDiscrepancy

    rows = LedgerDiscrepancy.objects.filter(retired_seq__isnull=True, id__gt=after).order_by("id")
    shown = list(rows[:limit])
    refs = _short_references(d.message for d in shown)
    context.print_rows(
        [
            {
                "id": d.id,
                "rule": d.rule,
                "m2": None if d.mm2 is None else f"{d.mm2 / 1e6:,.1f}",
                "date": d.valid_on,
                "message": _UID.sub(lambda m: refs.get(m[0], m[0]), d.message),
            }
            for d in shown
        ],
        format,
        right=("m2",),
    )


#: The id of a record as the journal writes it; people know records by short references (HA-12).
_UID = re.compile(r"\b[0-9a-f]{32}\b")


def _short_references(messages: Iterable[str]) -> dict[str, str]:
    """Short references of all hazards and activities that messages name by their ids."""
    from landrelease.register import bulk
    from landrelease.register.models import Activity, Hazard

    uids = {uid for message in messages for uid in _UID.findall(message)}
    found = {}
    for some in bulk.in_chunks(sorted(uids)):
        for model in (Hazard, Activity):
            found |= {record.uid: record.ref for record in model.objects.filter(uid__in=some)}
    return found
