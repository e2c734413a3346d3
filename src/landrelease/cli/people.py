"""``landrelease person``: the people who decide."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from . import context
from .main import app

people_app = typer.Typer(help="People who decide.", no_args_is_help=True)
app.add_typer(people_app, name="person")


def password_for(name: str, *, confirm: bool = False) -> str:
    """Password from LANDRELEASE_PASSWORD, or asked for without showing it."""
    given = os.environ.get("LANDRELEASE_PASSWORD")
    return given or typer.prompt(
        f"Password of {name}", hide_input=True, confirmation_prompt=confirm
    )


@people_app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="Sign-in name.")],
    organisation: Annotated[
        str, typer.Option(help="Organisation that employs the person (its code or name).")
    ],
    may_release: Annotated[
        bool, typer.Option(help="May consent to releases and other lowering of caution.")
    ] = False,
    may_enter_historic: Annotated[
        bool, typer.Option(help="May enter historic releases before the cut-over date.")
    ] = False,
    may_approve_reports: Annotated[
        bool, typer.Option(help="May approve reports that are submitted, and so freeze them.")
    ] = False,
) -> None:
    """Enter a person; the password is asked for (or taken from LANDRELEASE_PASSWORD).

    Example: landrelease -w bosnia person add amra --organisation BHMAC --may-release
    """
    context.open_workspace()
    from landrelease.register import people

    people.add(
        name,
        password_for(name, confirm=True),
        organisation=organisation,
        may_release=may_release,
        may_enter_historic=may_enter_historic,
        may_approve_reports=may_approve_reports,
    )
    context.say(f"{name} of {organisation} can sign in")


@people_app.command("allow")
def allow(
    name: Annotated[str, typer.Argument(help="Sign-in name.")],
    approve_reports: Annotated[
        bool,
        typer.Option(
            "--approve-reports/--no-approve-reports",
            help="Whether the person may approve reports that are submitted, and so freeze them.",
        ),
    ],
) -> None:
    """Change what a person may do.

    Example: landrelease -w bosnia person allow amra --approve-reports
    """
    context.open_workspace()
    from landrelease.register import people

    people.allow_reports(name, approve_reports)
    context.say(f"{name} may {'' if approve_reports else 'not '}approve reports")


@people_app.command("list")
def list_people(
    format: Annotated[context.Format, typer.Option(help="How to print.")] = context.Format.table,
) -> None:
    """List the people.

    Example: landrelease -w bosnia person list
    """
    context.open_workspace()
    from landrelease.register import people
    from landrelease.register.models import Person

    context.print_rows(
        [
            {
                "name": p.user.get_username(),
                "organisation": p.organisation,
                "may_release": p.may_release,
                "may_enter_historic": p.may_enter_historic,
                "may_approve_reports": people.may_approve_reports(p.user),
            }
            for p in Person.objects.select_related("user").order_by("user__username")
        ],
        format,
    )
