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
    format: context.Format,
) -> None:
    """Compare an edited file with what was exported and with the register, and submit the rest.

    The parameters are the options of ``landrelease import``.
    """
    context.open_workspace()
    from landrelease.register import submissions

    from .review import actor_for

    with context.progress() as progress:
        delivery = open_back(file, as_=as_, layer=layer, source=source, namespace=namespace)
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


def open_back(
    file: Path,
    *,
    as_: str | None = None,
    layer: str | None = None,
    source: str | None = None,
    namespace: str | None = None,
) -> Any:
    """Open an edited file as a delivery."""
    from landrelease.exchange import deliveries, editing
    from landrelease.exchange.problems import ExchangeError
    from landrelease.register import returned, submissions
    from landrelease.register.schema import record_type as find_record_type

    edited = editing.open_edited(file, layer=layer)
    record_type = edited.record_type
    if as_ is not None:
        try:
            stated = find_record_type(as_)
        except KeyError as error:
            raise typer.BadParameter(error.args[0], param_hint="--as") from None
        if record_type is not None and record_type.name != stated.name:
            raise ExchangeError(f"{file}: holds {record_type.plural}, not {stated.plural}")
        record_type = stated
    if record_type is None:
        raise ExchangeError(
            f"{file}: has lost the list of what was exported; say what the rows are with --as"
        )
    if record_type.name in returned.NOT_EDITED:
        raise ExchangeError(
            f"{record_type.plural} are not edited in files: {returned.NOT_EDITED[record_type.name]}"
        )
    opened = edited.source
    mapping = editing.mapping_of(opened, record_type, deliveries.national_fields(record_type.name))
    read = editing.columns_read(mapping)
    spoken = set(mapping.columns) | ({returned.PLACE} if opened.crs is not None else set())
    source = source or file.stem
    return submissions.Delivery(
        record_type=record_type,
        path=file,
        source=source,
        namespace=namespace or source,
        layer=opened.layer or "",
        batches=editing.pairs(opened, mapping),
        options={
            "back": True,
            "columns": dict(sorted(mapping.columns.items())),
            "crs": opened.crs,
            "encoding": opened.encoding,
            "format": opened.format,
            "unmapped": sorted(set(opened.columns) - read - {"ref", *returned.MARKS}),
        },
        comparing=returned.comparing(
            spoken=spoken, mapped=read, crs=opened.crs, exported=edited.exported
        ),
    )
