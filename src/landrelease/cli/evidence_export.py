"""``landrelease evidence export`` and ``positions``: what reports say, for other programs."""

from __future__ import annotations

import shutil
import sys
import tempfile
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from . import context
from .evidence import FormatOption, LimitOption, OffsetOption, _page, evidence_app


class What(StrEnum):
    """What is exported."""

    claims = "claims"
    stories = "stories"
    conflicts = "conflicts"
    timeline = "timeline"
    positions = "positions"


class FileFormat(StrEnum):
    """Format of an export."""

    csv = "csv"
    json = "json"
    geojson = "geojson"
    xlsx = "xlsx"


class Tier(StrEnum):
    """Tier of a reader."""

    public = "public"
    partner = "partner"
    restricted = "restricted"


TierOption = Annotated[Tier, typer.Option(help="For readers of this tier.")]
BaseOption = Annotated[
    str, typer.Option("--base-url", help="In front of permalinks, https://register.example.org.")
]


@evidence_app.command("export")
def export(
    what: Annotated[What, typer.Option(help="What to export.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="File; its ending names the format. Without: print."),
    ] = None,
    format: Annotated[FileFormat | None, typer.Option("--format", help="Format.")] = None,
    tier: TierOption = Tier.partner,
    base_url: BaseOption = "",
    outside: Annotated[
        bool, typer.Option("--outside", help="Claims of an outside model as well, labelled.")
    ] = False,
) -> None:
    """Export claims, stories, conflicts, the timeline or positions, with row count and checksum.

    Offsets, hashes and permalinks lead from every row to the words of the report. Private persons
    have pseudonyms outside the restricted tier; what the tier does not hold is withheld and
    counted. GeoJSON holds one feature for each place of a claim.

    Example: landrelease -w bosnia evidence export --what claims -o claims.csv
    """
    if output is None and format is FileFormat.xlsx:
        raise typer.BadParameter("a workbook cannot be printed; give a file", param_hint="-o")
    if outside and what is not What.claims:
        raise typer.BadParameter(
            "an outside model corroborates nothing; only claims can hold its claims",
            param_hint="--outside",
        )
    context.open_workspace()
    from landrelease.exchange import evidence_export
    from landrelease.register import access
    from landrelease.register.evidence_rows import Reader

    access.require_export(access.local_reader(), tier.value)
    reader = Reader(tier.value, base_url)
    with tempfile.TemporaryDirectory() as folder, context.progress() as progress:
        form = format.value if format else None if output else "csv"
        target = output or Path(folder) / "export"
        written = evidence_export.export(
            target, what.value, reader, format=form, outside=outside, progress=progress
        )
        if output is None:
            with target.open("rb") as made:
                shutil.copyfileobj(made, sys.stdout.buffer)
    for reason, number in reader.withheld.items():
        context.say(f"{number} withheld from the tier {tier.value}: {reason}")
    told = f"{written.rows} rows, sha256 {written.sha256}"
    if output is None:
        context.say(told)
    else:
        typer.echo(f"{output}: {told}")


@evidence_app.command("positions")
def positions(
    state: Annotated[
        str | None, typer.Option(help="Only this state (ISO 3166-1 alpha-3 or English name).")
    ] = None,
    tier: TierOption = Tier.partner,
    base_url: BaseOption = "",
    limit: LimitOption = None,
    offset: OffsetOption = 0,
    format: FormatOption = context.Format.table,
) -> None:
    """List what states say and what is said of them, over time, with their treaty status then.

    Kinds: treaty positions, use, transfer, stockpiles, production and destruction. The status is
    that of the treaty status register on the day of the claim.

    Example: landrelease -w bosnia evidence positions --state UKR --format csv
    """
    from landrelease import treaty

    code = None
    if state is not None:
        try:
            code = treaty.state(state).iso3
        except treaty.TreatyError as error:
            raise typer.BadParameter(str(error), param_hint="--state") from None
    context.open_workspace()
    from landrelease.exchange.evidence_export import COLUMNS
    from landrelease.register.evidence_rows import Reader
    from landrelease.register.positions import position_rows

    reader = Reader(tier.value, base_url)
    found: list[dict[str, Any]] = _page(
        list(position_rows(reader, state=code)), limit, offset, "positions"
    )
    for reason, number in reader.withheld.items():
        context.say(f"{number} withheld from the tier {tier.value}: {reason}")
    names = [field.name for field in COLUMNS["positions"]]
    if format is context.Format.table:
        names = ["state", "role", "kind", "modality", "time", "source", "content", "strength",
                 "apmbc", "ccm"]  # fmt: skip
    context.print_rows([{name: row.get(name) for name in names} for row in found], format)
