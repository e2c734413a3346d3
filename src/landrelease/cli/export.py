"""``landrelease export``: records into the formats people use, streamed."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from . import context
from .evidence_export import Tier
from .main import app


@app.command()
def export(
    output: Annotated[
        Path,
        typer.Argument(
            help="File to write; its ending names the format: "
            ".geojson .gpkg .shp .kml .fgb .csv .xlsx"
        ),
    ],
    as_: Annotated[str, typer.Option("--as", help="Which records: hazards, activities, …")],
    hxl: Annotated[
        bool, typer.Option("--hxl", help="Write a row of HXL tags (CSV, XLSX).")
    ] = False,
    crs: Annotated[str, typer.Option(help="Coordinate system to write.")] = "EPSG:4326",
    tier: Annotated[Tier, typer.Option(help="For readers of this tier.")] = Tier.restricted,
) -> None:
    """Export records, with row count and checksum. Personal data are never exported by this.

    Partners get the fields that the national profile names; of restricted hazards they get the
    generalised place only, other restricted records are withheld and counted. The public gets no
    records: see publish.

    Example: landrelease -w bosnia export hazards.gpkg --as hazards --tier partner
    """
    from landrelease.exchange.write import write
    from landrelease.register.schema import record_type as find_record_type

    try:
        record_type = find_record_type(as_)
    except KeyError as error:
        raise typer.BadParameter(error.args[0], param_hint="--as") from None
    context.open_workspace()
    from landrelease.register import publication
    from landrelease.register.models import RECORDS

    total = RECORDS[record_type.name].objects.count()
    leaving = publication.leaving(tier.value, record_type.name)
    with context.progress() as progress:
        found = (
            batches(record_type, progress, total)
            if tier is Tier.restricted
            else _leaving_batches(leaving, record_type, progress, total)
        )
        written = write(output, record_type, found, crs=crs, hxl=hxl)
    typer.echo(f"{output}: {written.rows} rows, sha256 {written.sha256}")
    if leaving.generalised:
        context.say(f"{leaving.generalised} restricted hazards: only their generalised place")
    if leaving.withheld:
        context.say(f"{leaving.withheld} restricted {record_type.plural} withheld")


def _leaving_batches(leaving: Any, record_type: Any, progress: Any, total: int) -> Iterator[Any]:
    """Records as a tier takes them out; of what is restricted, no field."""
    from landrelease.exchange.source import objects
    from landrelease.exchange.write import OutBatch

    fields = [field for field in record_type.fields if field.name in leaving.fields]
    found, done = leaving.rows(), 0
    while rows := list(itertools.islice(found, 1_000)):
        columns: dict[str, list[Any]] = {
            # A reference of its own would lead from the cells to the record.
            "ref": [None if hidden else record.ref for record, hidden in rows]
        }
        for field in fields:
            columns[field.name] = [
                None if hidden else _value(record, field) for record, hidden in rows
            ]
        shapes = [leaving.shape(*row) for row in rows] if record_type.geometry else None
        yield OutBatch(columns, None if shapes is None else objects(shapes))
        done += len(rows)
        progress("exporting", done, total)


def batches(record_type: Any, progress: Any, total: int, size: int = 5_000) -> Iterator[Any]:
    """Records of one type, keyset by keyset, as the writers take them."""
    from landrelease.exchange.source import objects
    from landrelease.exchange.write import OutBatch
    from landrelease.register.models import RECORDS

    model = RECORDS[record_type.name]
    fields = [field for field in record_type.fields if not field.personal]
    last = 0
    done = 0
    while True:
        records = list(model.objects.filter(id__gt=last).order_by("id")[:size])
        if not records:
            return
        last = records[-1].id
        columns = {field.name: [_value(record, field) for record in records] for field in fields}
        columns = {"ref": [record.ref for record in records], **columns}
        geometry = (
            objects([record.geometry for record in records]) if record_type.geometry else None
        )
        yield OutBatch(columns, geometry)
        done += len(records)
        progress("exporting", done, total)


def _value(record: Any, field: Any) -> Any:
    match field.kind:
        case "date":
            start = getattr(record, f"{field.name}_start")
            end = getattr(record, f"{field.name}_end")
            if start is None and end is None:
                return None
            return {"start": start and start.isoformat(), "end": end and end.isoformat()}
        case "reference":
            given, uid = (
                getattr(record, f"{field.name}_given"),
                getattr(record, f"{field.name}_uid"),
            )
            return None if given is None and uid is None else {"given": given, "uid": uid}
        case "classes":
            value = getattr(record, field.name)
            return None if value is None else value.split("|")
    return getattr(record, field.name)
