"""``landrelease ledger slivers``: narrow ground between re-traced boundaries."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from . import context
from .ledger import ledger_app


@ledger_app.command("slivers")
def slivers(
    width: Annotated[
        float, typer.Option(help="Narrower ground is a sliver (metres).", min=0.001)
    ] = 1.0,
    area: Annotated[
        float, typer.Option(help="Larger ground is none (square metres).", min=0.001)
    ] = 500.0,
    polygons: Annotated[Path | None, typer.Option(help="Write the slivers as GeoJSON.")] = None,
    format: Annotated[context.Format, typer.Option(help="How to print.")] = context.Format.table,
) -> None:
    """List slivers: gaps between hazards, and strips that releases left along a boundary.

    They are listed for a person to decide, never closed: ground between two hazards belongs to
    neither, and what a release left stays open. Areas in JSON are whole mm2.

    Example: landrelease -w bosnia ledger slivers --width 2 --polygons slivers.geojson
    """
    context.open_workspace()
    from landrelease.register import slivers as found_by

    with context.progress() as progress:
        progress("looking along boundaries", 0, None)
        found = found_by.listed(width_m=width, area_m2=area)
    if polygons is not None:
        with polygons.open("w", encoding="utf-8") as out:
            found_by.write_polygons(found, out)
        context.say(f"{polygons}: {len(found)} polygons")
    if format is context.Format.json:
        context.print_json([sliver.to_json() for sliver in found])
        return
    rows = [
        {
            "kind": sliver.kind,
            "hazards": " ".join(sliver.hazards),
            "m2": f"{sliver.mm2 / 1e6:,.2f}",
            "longitude": f"{sliver.lon:.6f}",
            "latitude": f"{sliver.lat:.6f}",
            "note": sliver.said,
        }
        for sliver in found
    ]
    context.print_rows(rows, format, title="Slivers, largest first", right=("m2",))
    if format is context.Format.table:
        gaps = sum(sliver.kind == "gap" for sliver in found)
        typer.echo(f"{gaps} gaps between hazards, {len(found) - gaps} strips beside releases")
