"""``landrelease evidence model`` and ``tier``: a language model outside, and what it never sees."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from . import context
from .evidence import FormatOption, evidence_app


@evidence_app.command("model")
def model(
    document: Annotated[
        list[str] | None, typer.Option(help="Only this document, DOC-2 (repeat it).")
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Print what would be sent, byte for byte; send nothing."),
    ] = False,
    format: FormatOption = context.Format.table,
) -> None:
    """Ask an outside language model for claims. Off unless landrelease.toml names one.

    What it says counts only where it quotes the text word for word; it is labelled, supports no
    other claim, and enters the register by nobody's hand but a person's. Restricted documents and
    those with personal data are never sent. Run it again to go on where it stopped.

    Example: landrelease -w bosnia evidence model --document DOC-2 --dry-run
    """
    context.open_workspace()
    from landrelease.register import model_claims

    with context.progress() as progress:
        results = model_claims.ask(document or (), dry_run=dry_run, progress=progress)
    if dry_run and format is not context.Format.csv:
        _print_requests(results, format)
        return
    rows = [
        {
            "document": one.ref,
            "state": one.state,
            "pieces": one.pieces,
            "answered": one.answered,
            "claims": one.claims,
            "refused": sum(one.refused.values()),
            "reasons": "; ".join(f"{reason} ({n})" for reason, n in one.refused.items())
            or one.message,
        }
        for one in results
    ]
    context.print_rows(rows, format)
    if any(one.state == "incomplete" for one in results):
        raise typer.Exit(1)


def _print_requests(results: list[Any], format: context.Format) -> None:
    from landrelease.register import model_claims

    settings = model_claims.configured()
    listed = [
        {
            "document": one.ref,
            "state": one.state,
            "message": one.message,
            "masked": one.masked,
            "pieces": one.pieces,
            "answered": one.answered,
            "requests": [
                {
                    "post": request.url,
                    "key_from": settings.key_env,
                    "body_sha256": request.sha256,
                    "body": request.body.decode(),
                }
                for request in one.requests
            ],
        }
        for one in results
    ]
    if format is context.Format.json:
        context.print_json(listed)
        return
    for one in listed:
        if one["state"] == "refused":
            continue
        typer.echo(
            f"{one['document']}: {len(one['requests'])} of {one['pieces']} pieces would be sent, "
            f"{one['answered']} are answered, {one['masked']} private places masked"
        )
        for request in one["requests"]:
            key = f" (key from ${request['key_from']})" if request["key_from"] else ""
            typer.echo(f"POST {request['post']}{key}, sha256 {request['body_sha256']}")
            for message in json.loads(request["body"])["messages"]:
                typer.echo(f"[{message['role']}]\n{message['content']}")


@evidence_app.command("tier")
def tier(
    documents: Annotated[list[str], typer.Argument(help="Documents, such as DOC-2 DOC-3.")],
    tier: Annotated[str, typer.Option("--for", help="public, partner or restricted.")],
) -> None:
    """Mark which readers documents are for. Restricted ones never go to an outside model.

    A mark that lets more readers see a document than before is held for a second person.

    Example: landrelease -w bosnia evidence tier DOC-2 DOC-3 --for restricted
    """
    context.open_workspace()
    from landrelease.register import document_tier, people

    for reference in documents:
        outcome = document_tier.mark(reference, tier, people.at_the_command_line())
        held = outcome.state not in ("accepted", "unchanged")
        typer.echo(
            f"{reference}: {outcome.state}"
            + (f" ({outcome.receipt}: a second person decides)" if held else f", for {tier}")
        )
