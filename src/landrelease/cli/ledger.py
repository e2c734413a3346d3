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
_OPTIONAL = ("in question", "undated")


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
        elif name == "declared_only_m2":
            out["declared only"] = f"{float(value) / 1e4:,.2f}"
        elif name in ("unknown_size", "hazards", "open_areas"):
            out[name.replace("_", " ")] = value
    return out


def _notes(found: Any) -> None:
    notes = found.notes
    typer.echo(
        f"residual {found.residual_mm2} mm2; drift {found.drift_mm2} mm2 "
        f"(bound {notes['drift_bound_mm2']} mm2)"
    )
    typer.echo(f"{found.total.unknown_size} hazardous areas are of unknown size")
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
    _statement_notes(found)


def _statement_row(line: Any) -> dict[str, Any]:
    """A row in whole mm2: open land, and what each term did to it."""
    terms = {f"{term}_mm2": str(line.term(term)) for term in line.amounts.terms}
    return {
        "key": line.key,
        "label": line.label,
        "opening_mm2": str(line.opening),
        **terms,
        "closing_mm2": str(line.closing),
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
    typer.echo(f"residual {found.residual_mm2} mm2")
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
