"""``landrelease evidence``: reports, the stories they tell, and who said what."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from . import context
from .main import app

evidence_app = typer.Typer(help="Reports, stories and attributed claims.", no_args_is_help=True)
app.add_typer(evidence_app, name="evidence")

FormatOption = Annotated[context.Format, typer.Option("--format", help="How to print.")]


@evidence_app.command("add")
def add(
    paths: Annotated[list[Path], typer.Argument(help="Files (txt, html, pdf) or folders.")],
) -> None:
    """Take in reports: keep them, describe them, read them for claims.

    Example: landrelease -w bosnia evidence add reports/*.txt
    """
    for path in paths:
        if not path.exists():
            raise typer.BadParameter(f"{path} does not exist")
    context.open_workspace()
    from landrelease.register import documents, people

    with context.progress() as progress:
        results = documents.add(paths, people.at_the_command_line(), progress)
    for result in results:
        typer.echo(
            f"{result.ref or '-':>7}  {result.state:<10} {result.path}"
            + (f"  ({result.message})" if result.message else "")
        )
    if any(result.state == "failed" for result in results):
        raise typer.Exit(1)


@evidence_app.command("stories")
def stories(format: FormatOption = context.Format.table) -> None:
    """List stories: documents of one origin, counted once.

    Example: landrelease -w bosnia evidence stories --format json
    """
    context.open_workspace()
    from landrelease.register import documents

    found = documents.stories()
    if format is context.Format.json:
        context.print_json(found)
        return
    context.print_rows(
        [
            {
                "story": story["story"][:10],
                "origin": "{name} ({kind})".format_map(
                    {**story["origin"], "name": story["origin"]["name"] or "not established"}
                ),
                "relation": document["relation"],
                "published": document["published"],
                "document": document["path"],
            }
            for story in found
            for document in story["documents"]
        ],
        format,
    )


@evidence_app.command("claims")
def claims(
    document: Annotated[str | None, typer.Option(help="Only claims of this document.")] = None,
    format: FormatOption = context.Format.table,
) -> None:
    """List attributed claims: who said what, in which words.

    Example: landrelease -w bosnia evidence claims --format json
    """
    context.open_workspace()
    from landrelease.register import documents

    found: list[dict[str, Any]] = [
        claim for claim in documents.claims() if document in (None, claim["document"])
    ]
    if format is context.Format.json:
        context.print_json(found)
        return
    context.print_rows(
        [
            {
                "document": claim["document"],
                "source": claim["source"]["name"] or claim["source"]["text"],
                "kind": claim["kind"],
                "modality": claim["modality"],
                "when": claim["time"]["value"],
                "content": claim["content"]["text"],
            }
            for claim in found
        ],
        format,
    )
