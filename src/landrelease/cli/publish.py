"""``landrelease publish``: open data for the public."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from . import context
from .evidence_export import Tier
from .main import app
from .people import FormatOption
from .review import actor_for


@app.command()
def publish(
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder to write.")],
    person: Annotated[str, typer.Option("--person", help="Sign in as this person (approver).")],
    tier: Annotated[Tier, typer.Option(help="For readers of this tier.")] = Tier.public,
    format: FormatOption = context.Format.table,
) -> None:
    """Write open data: generalised hazards, marks of released land, protected counts, checksums.

    Counts below the profile's threshold are withheld together with what they could be computed
    from, over all publications so far. Partners take out records with export --tier partner.

    Example: landrelease -w bosnia publish --tier public -o open-data --person amra
    """
    if tier is not Tier.public:
        raise typer.BadParameter(
            f"only the public tier is published; use: landrelease export --tier {tier.value}",
            param_hint="--tier",
        )
    context.open_workspace()
    from landrelease.exchange import publish as files
    from landrelease.register import access

    access.require(access.of(actor_for(person)), "publish")
    with context.progress() as progress:
        written = files.publish(output, progress)
    context.print_rows([asdict(file) for file in written], format, right=("rows",))
