"""``landrelease access``: who may do what, and why."""

from __future__ import annotations

from typing import Annotated

import typer

from . import context
from .main import app
from .people import FormatOption, Name
from .person_data import OfficerOption, officer_called

access_app = typer.Typer(help="Who may do what, and why.", no_args_is_help=True)
app.add_typer(access_app, name="access")


@access_app.command("explain")
def explain(
    person: Name,
    action: Annotated[
        str, typer.Argument(help="What is to be done (landrelease access roles), or 'all'.")
    ] = "all",
    record: Annotated[
        str,
        typer.Argument(help="What it is about: AC-12, the receipt of a submission, a person."),
    ] = "",
    format: FormatOption = context.Format.table,
) -> None:
    """Say why a person may or may not do a thing.

    Example: landrelease -w bosnia access explain amra approve_release AC-12
    """
    context.open_workspace()
    from landrelease.register import access, people

    found = people.find(person)
    about = access.find(record) if record else None
    caller = access.of(people.actor_of(found.user, second_factor=True))
    without = access.of(people.actor_of(found.user, second_factor=False))
    rows = []
    for name in access.ACTIONS if action == "all" else (action,):
        verdict = access.may(caller, name, about)
        reasons = [*verdict.reasons]
        if not found.user.is_active:
            reasons.insert(0, "the account is shut: nobody can sign in with it")
        if verdict and not access.may(without, name, about):
            lacking = "" if people.has_second_factor(person) else ", and none is set up"
            reasons.append(f"on the pages only with a second factor{lacking}")
        rows.append(
            {
                "action": name,
                "allowed": verdict.allowed and found.user.is_active,
                "why": "; ".join(reasons),
            }
        )
    context.print_rows(rows, format)


@access_app.command("roles")
def list_roles(format: FormatOption = context.Format.table) -> None:
    """List the roles: what each is for, what it may do, at which tier it reads.

    Example: landrelease -w bosnia access roles
    """
    context.open_workspace()
    from landrelease.register import access, people, roles

    needing = people.roles_needing_second_factor()
    context.print_rows(
        [
            {
                "role": role.value,
                "for": label,
                "actions": ", ".join(
                    action for action, allowed in roles.ACTIONS.items() if role in allowed
                ),
                "tier": access.tier_of(role),
                "second_factor": role in needing,
            }
            for role, label in roles.LABELS.items()
        ],
        format,
    )


@access_app.command("readings")
def readings(
    by: OfficerOption,
    limit: Annotated[int, typer.Option(help="How many lines to print.")] = 50,
    format: FormatOption = context.Format.table,
) -> None:
    """Print who read whose personal data and what for, newest first (append-only).

    It takes the data protection officer, as on the pages: what a reading was for may name a person.

    Example: landrelease -w bosnia access readings --by dora --format csv
    """
    context.open_workspace()
    from landrelease.register import personal

    caller = officer_called(by)
    context.print_rows(
        [
            {
                "at": row.at[:19],
                "reader": row.reader,
                "record_type": row.record_type,
                "record": row.record_uid,
                "purpose": row.purpose,
            }
            for row in personal.readings(caller).order_by("-id")[:limit]
        ],
        format,
    )
