"""``landrelease ledger``: the account of the land."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
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


@ledger_app.command("balance")
def balance(
    as_of: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="Last day that counts. Default: all that is known."
        ),
    ] = None,
    by: Annotated[By | None, typer.Option(help="Rows by unit, class or hazard.")] = None,
    level: Annotated[
        int | None, typer.Option(help="Administrative level of rows by unit; default the finest.")
    ] = None,
    format: Annotated[context.Format, typer.Option(help="How to print.")] = context.Format.table,
) -> None:
    """Print the balance: what is suspected, confirmed, cancelled, reduced, cleared.

    Areas in JSON and CSV are whole mm2; the table shows hectares. Classes may overlap and are
    never summed to a total.

    Example: landrelease -w bosnia ledger balance --as-of 2024-12-31 --by unit
    """
    context.open_workspace()
    from landrelease.register import figures

    found = figures.balance(
        as_of=None if as_of is None else as_of.date(),
        by=None if by is None else by.value,
        level=level,
    )
    if format is context.Format.json:
        context.print_json(found.to_json())
        return
    rows = [row.to_json() for row in [*found.rows, found.total]]
    if format is context.Format.csv:
        context.print_rows(rows, format)
        return
    shown = [_hectares(row) for row in rows]
    when = "all that is known" if found.as_of is None else f"as of {found.as_of}"
    context.print_rows(
        shown,
        format,
        title=f"Balance of the land, {when}; areas in hectares (rounded)",
        right=[name for name in shown[0] if name not in ("key", "label")],
    )
    _notes(found)


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
        elif name in ("unknown_size", "hazards"):
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
    if notes["rejected_rows"]:
        typer.echo(
            f"{notes['rejected_rows']} rows of submissions could not become records: "
            "they are not in these figures (landrelease review list)"
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
