"""``landrelease import --back``: a file that was exported for editing comes back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from . import context
from .importing import print_outcome


def import_back(
    file: Path,
    *,
    as_: str | None,
    layer: str | None,
    source: str | None,
    namespace: str | None,
    dry_run: bool,
    accept: bool,
    repair: bool,
    person: str | None,
    limited: bool,
    format: context.Format,
) -> None:
    """Compare an edited file with what was exported and with the register, and submit the rest.

    The parameters are the options of ``landrelease import``; ``limited``: without ``--no-limits``.
    """
    context.open_workspace()
    from landrelease.exchange.confined import LIMITS
    from landrelease.exchange.deliveries import open_back
    from landrelease.register import submissions

    from .review import actor_for

    with context.progress() as progress:
        delivery = open_back(
            file, _stated(as_), layer=layer, source=source, namespace=namespace,
            limits=LIMITS if limited else None,
        )  # fmt: skip
        outcome = submissions.submit(
            delivery,
            actor=actor_for(person),
            accept=accept,
            dry_run=dry_run,
            repair=repair,
            progress=progress,
        )
    if format is context.Format.json:
        context.print_json(outcome.to_json())
        return
    conflicts = outcome.details.get("conflicts", [])
    if format is context.Format.csv:
        context.print_rows(conflicts, format)
        return
    print_outcome(outcome, delivery.options)
    if conflicts:
        names = {"base": "exported", "theirs": "in the file", "ours": "in the register"}
        rows = [{names.get(k, k): v for k, v in conflict.items()} for conflict in conflicts]
        context.print_rows(rows, format, title="Conflicts: the register's value stays")
        typer.echo(f"conflicts: {len(conflicts)}; the other changes are proposed without them")


def _stated(as_: str | None) -> Any:
    from landrelease.register.schema import record_type as find_record_type

    if as_ is None:
        return None
    try:
        return find_record_type(as_)
    except KeyError as error:
        raise typer.BadParameter(error.args[0], param_hint="--as") from None
