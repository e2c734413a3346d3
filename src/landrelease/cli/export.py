"""``landrelease export``: records into the formats people use, streamed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

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
            ".geojson .gpkg .shp .kml .fgb .esrijson .csv .xlsx"
        ),
    ],
    as_: Annotated[str, typer.Option("--as", help="Which records: hazards, activities, …")],
    hxl: Annotated[
        bool, typer.Option("--hxl", help="Write a row of HXL tags (CSV, XLSX).")
    ] = False,
    crs: Annotated[str, typer.Option(help="Coordinate system to write.")] = "EPSG:4326",
    for_editing: Annotated[
        bool,
        typer.Option(
            "--for-editing",
            help="Write a GeoPackage that can be edited in QGIS or QField, or a workbook (.xlsx, "
            "without places), and come back with 'import --back': every row says which version of "
            "which record it is.",
        ),
    ] = False,
    tier: Annotated[Tier, typer.Option(help="For readers of this tier.")] = Tier.restricted,
) -> None:
    """Export records, with row count and checksum. Personal data are never exported by this.

    Partners get the fields that the national profile names; of restricted hazards they get the
    generalised place only, other restricted records are withheld and counted. The public gets no
    records: see publish. Without --tier the file is for the restricted tier: whoever is at the
    machine that holds the workspace can read its files anyway. It says for which tier it is.

    Example: landrelease -w bosnia export hazards.gpkg --as hazards --tier partner
    """
    from landrelease.exchange.records import batches, leaving_batches
    from landrelease.exchange.write import FORMATS, write
    from landrelease.register.schema import record_type as find_record_type

    try:
        record_type = find_record_type(as_)
    except KeyError as error:
        raise typer.BadParameter(error.args[0], param_hint="--as") from None
    context.open_workspace()
    from landrelease.register import access, publication
    from landrelease.register.models import RECORDS
    from landrelease.register.one_moment import one_moment

    if for_editing and tier is not Tier.restricted:
        raise typer.BadParameter(
            "what comes back is compared with the whole record: --for-editing goes with the "
            "restricted tier alone",
            param_hint="--for-editing",
        )
    access.require_export(access.local_reader(), tier.value)
    with context.progress() as progress, one_moment():
        leaving = publication.leaving(tier.value, record_type.name)
        if for_editing:
            from landrelease.exchange.deliveries import national_fields
            from landrelease.exchange.editing import write_for_editing

            written = write_for_editing(
                output, record_type, progress, crs=crs, national=national_fields(record_type.name)
            )
        else:
            if FORMATS.get(output.suffix.lower()) in ("GeoJSON", "KML"):
                crs = "EPSG:4326"  # these know no other
            total = RECORDS[record_type.name].objects.count()
            found = (
                batches(record_type, progress, total, crs=crs)
                if tier is Tier.restricted
                else leaving_batches(leaving, record_type, progress, total, crs=crs)
            )
            written = write(output, record_type, found, crs=crs, hxl=hxl)
    typer.echo(f"{output}: {written.rows} rows, sha256 {written.sha256}, for the tier {tier.value}")
    if tier is Tier.restricted:
        context.say(
            "tier restricted: informants, stores and exact places are in it; give it to nobody who "
            "may not read the whole register (--tier partner holds them back)"
        )
    if leaving.generalised:
        context.say(f"{leaving.generalised} restricted hazards: only their generalised place")
    if leaving.withheld:
        context.say(f"{leaving.withheld} restricted {record_type.plural} withheld")
