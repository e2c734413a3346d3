"""``landrelease token``: tokens by which phones and services are known to the API."""

from __future__ import annotations

from typing import Annotated

import typer

from . import context
from .main import app
from .people import FormatOption, OrganisationScope, UnitScope

token_app = typer.Typer(help="Tokens of phones and services.", no_args_is_help=True)
app.add_typer(token_app, name="token")


@token_app.command("issue")
def issue(
    name: Annotated[str, typer.Argument(help="What it is for: 'tablet of team 3', 'Power BI'.")],
    scope: Annotated[
        list[str], typer.Option(help="What it may do: view, submit, …; may be given several times.")
    ],
    person: Annotated[
        str, typer.Option(help="Owner of a phone; without one it is the token of a service.")
    ] = "",
    organisation: OrganisationScope = "",
    unit: UnitScope = "",
    days: Annotated[int, typer.Option(help="How long it is good for.")] = 90,
) -> None:
    """Issue a token; it is printed once, on standard output, and kept only as a hash.

    Example: landrelease -w bosnia token issue "tablet of team 3" --person amra --scope submit
    """
    context.open_workspace()
    from landrelease.register import people, roles, tokens

    raw = tokens.issue(
        name,
        kind="phone" if person else "service",
        scopes=tuple(scope),
        days=days,
        by=people.at_the_command_line(),
        person=person,
        organisation=organisation,
        unit=roles.unit_called(unit) if unit else "",
    )
    context.say(f"the token of {name!r}; keep it where only its holder finds it:")
    typer.echo(raw)


@token_app.command("list")
def list_tokens(format: FormatOption = context.Format.table) -> None:
    """List the tokens.

    Example: landrelease -w bosnia token list
    """
    context.open_workspace()
    from landrelease.register.models import AppToken

    context.print_rows(
        [
            {
                "number": row.id,
                "name": row.name,
                "kind": row.kind,
                "person": row.person.user.get_username() if row.person else "",
                "scopes": row.scopes.replace("|", ", "),
                "issued_by": row.issued_by,
                "expires_at": row.expires_at[:19],
                "last_used_at": row.last_used_at[:19],
                "revoked_at": row.revoked_at[:19],
            }
            for row in AppToken.objects.select_related("person__user").order_by("id")
        ],
        format,
    )


@token_app.command("revoke")
def revoke(
    number: Annotated[int, typer.Argument(help="Number of the token (landrelease token list).")],
) -> None:
    """Make a token worthless.

    Example: landrelease -w bosnia token revoke 3
    """
    context.open_workspace()
    from landrelease.register import people, tokens

    tokens.revoke(number, by=people.at_the_command_line())
    context.say(f"the token with the number {number} is worthless now")
