"""``landrelease person``: the people, their roles and their accounts."""

from __future__ import annotations

import os
from datetime import date, datetime
from typing import Annotated, Any

import typer

from . import context
from .main import app

people_app = typer.Typer(
    help="People: who they are, their roles, their accounts.", no_args_is_help=True
)
app.add_typer(people_app, name="person")

Name = Annotated[str, typer.Argument(help="Sign-in name.")]
FormatOption = Annotated[context.Format, typer.Option(help="How to print.")]
OrganisationScope = Annotated[
    str, typer.Option(help="Only for records of this organisation (code or name).")
]
UnitScope = Annotated[
    str, typer.Option(help="Only for this administrative unit (code) and those below it.")
]


def password_for(name: str, *, confirm: bool = False) -> str:
    """Password from LANDRELEASE_PASSWORD, or asked for without showing it."""
    given = os.environ.get("LANDRELEASE_PASSWORD")
    return given or typer.prompt(
        f"Password of {name}", hide_input=True, confirmation_prompt=confirm
    )


def code_for(name: str) -> str:
    """Code of the second factor from LANDRELEASE_CODE, or asked for; empty where there is none."""
    from landrelease.register import people

    if not people.has_second_factor(name):
        return ""
    given = os.environ.get("LANDRELEASE_CODE")
    return given or typer.prompt(f"Code of {name}'s authenticator application, or recovery code")


def grant_from(role: str, organisation: str, unit: str) -> Any:
    """The role and scope that options name.

    Raises
    ------
    RegisterError
        When there is no such role or unit.
    """
    from landrelease.register import roles
    from landrelease.register.errors import RegisterError

    if role not in set(roles.Role):
        raise RegisterError(f"there is no role {role!r}; there are: {', '.join(roles.Role)}")
    uid = roles.unit_called(unit) if unit else ""
    return roles.Grant(roles.Role(role), organisation, uid)


@people_app.command("add")
def add(
    name: Name,
    organisation: Annotated[
        str, typer.Option(help="Organisation that employs the person (its code or name).")
    ],
    role: Annotated[
        list[str] | None, typer.Option(help="A role, for everywhere; may be given several times.")
    ] = None,
    may_release: Annotated[bool, typer.Option(help="Short for --role approver.")] = False,
    may_enter_historic: Annotated[
        bool, typer.Option(help="Short for --role historic_entry.")
    ] = False,
    may_approve_reports: Annotated[
        bool, typer.Option(help="Short for --role report_approver.")
    ] = False,
) -> None:
    """Enter a person; the password is asked for (or taken from LANDRELEASE_PASSWORD).

    Example: landrelease -w bosnia person add amra --organisation BHMAC --role approver
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
        grants=[grant_from(one, "", "") for one in role or []],
        must_change_password=True,
    )
    context.say(f"{name} of {organisation} can sign in")


@people_app.command("grant")
def grant(
    name: Name,
    role: Annotated[str, typer.Argument(help="The role (landrelease access roles).")],
    organisation: OrganisationScope = "",
    unit: UnitScope = "",
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day on which it holds.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day on which it holds.")
    ] = None,
) -> None:
    """Give a person a role.

    Example: landrelease -w bosnia person grant amra reviewer --unit BA01 --until 2027-12-31
    """
    context.open_workspace()
    from landrelease.register import people

    given = grant_from(role, organisation, unit)
    row = people.grant(
        name,
        given,
        by=people.at_the_command_line(),
        valid_from=since and since.date(),
        valid_to=until and until.date(),
    )
    context.say(f"{name} holds the role {given}, number {row.id}")


@people_app.command("revoke")
def revoke(
    name: Name,
    number: Annotated[int, typer.Argument(help="Number of the role (landrelease person roles).")],
) -> None:
    """Take a role away from a person.

    Example: landrelease -w bosnia person revoke amra 12
    """
    context.open_workspace()
    from landrelease.register import people

    people.revoke(name, number, by=people.at_the_command_line())
    context.say(f"{name} no longer holds the role with the number {number}")


@people_app.command("roles")
def list_roles(
    name: Name,
    format: FormatOption = context.Format.table,
) -> None:
    """List the roles of a person, those of the past included.

    Example: landrelease -w bosnia person roles amra
    """
    context.open_workspace()
    from landrelease.register import people, roles

    context.print_rows(
        [
            {
                "number": row.id,
                "role": row.role,
                "organisation": row.organisation or "all",
                "unit": roles.unit_name(row.unit_uid) if row.unit_uid else "all",
                "since": row.valid_from,
                "until": row.valid_to,
                "granted_by": row.granted_by,
                "granted_at": row.granted_at[:19],
                "revoked_by": row.revoked_by,
                "revoked_at": row.revoked_at[:19],
            }
            for row in people.find(name).roles.order_by("id")
        ],
        format,
    )


@people_app.command("disable")
def disable(name: Name) -> None:
    """Shut a person's account; their sessions end and their tokens are revoked.

    Example: landrelease -w bosnia person disable amra
    """
    context.open_workspace()
    from landrelease.register import people

    people.set_active(name, False, by=people.at_the_command_line())
    context.say(f"{name} can no longer sign in")


@people_app.command("enable")
def enable(name: Name) -> None:
    """Open a person's account again; revoked tokens stay revoked.

    Example: landrelease -w bosnia person enable amra
    """
    context.open_workspace()
    from landrelease.register import people

    people.set_active(name, True, by=people.at_the_command_line())
    context.say(f"{name} can sign in again")


@people_app.command("reset-mfa")
def reset_mfa(name: Name) -> None:
    """Take away a person's second factors, when they are lost; make sure who asks for it.

    Example: landrelease -w bosnia person reset-mfa amra
    """
    context.open_workspace()
    from landrelease.register import people

    count = people.reset_second_factor(name, by=people.at_the_command_line())
    context.say(f"{count} second factors of {name} were taken away; they set up a new one")


@people_app.command("password")
def password(name: Name) -> None:
    """Give a person a new password (asked for, or taken from LANDRELEASE_PASSWORD).

    Example: landrelease -w bosnia person password amra
    """
    context.open_workspace()
    from landrelease.register import people

    people.find(name)
    people.set_password(name, password_for(name, confirm=True), by=people.at_the_command_line())
    context.say(f"{name} has a new password; their sessions have ended")


@people_app.command("log")
def show_log(
    name: Annotated[
        str, typer.Argument(help="Sign-in name, or service:NAME; all when left out.")
    ] = "",
    limit: Annotated[int, typer.Option(help="How many lines to print.")] = 50,
    format: FormatOption = context.Format.table,
) -> None:
    """Print the append-only log of people, roles and tokens, newest first.

    Example: landrelease -w bosnia person log amra
    """
    context.open_workspace()
    from landrelease.register.models import PeopleEvent

    lines = PeopleEvent.objects.order_by("-id")
    if name:
        lines = lines.filter(about=name)
    context.print_rows(
        [
            {
                "at": line.at[:19],
                "what": line.what,
                "about": line.about,
                "by": line.actor,
                "particulars": line.detail,
            }
            for line in lines[:limit]
        ],
        format,
    )


@people_app.command("allow")
def allow(
    name: Name,
    approve_reports: Annotated[
        bool,
        typer.Option(
            "--approve-reports/--no-approve-reports",
            help="Whether the person may approve reports that are submitted, and so freeze them.",
        ),
    ],
) -> None:
    """Give or take away the role report_approver.

    Example: landrelease -w bosnia person allow amra --approve-reports
    """
    context.open_workspace()
    from landrelease.register import people

    people.allow_reports(name, approve_reports)
    context.say(f"{name} may {'' if approve_reports else 'not '}approve reports")


@people_app.command("list")
def list_people(
    format: FormatOption = context.Format.table,
) -> None:
    """List the people.

    Example: landrelease -w bosnia person list
    """
    context.open_workspace()
    from landrelease.register import people, roles
    from landrelease.register.models import Person

    rows: list[dict[str, Any]] = []
    for person in Person.objects.select_related("user").order_by("user__username"):
        name, held = person.user.get_username(), roles.of(person.pk, _today())
        own = {grant.role for grant in held}
        rows.append(
            {
                "number": person.pk,
                "name": name,
                "organisation": person.organisation,
                "active": person.user.is_active,
                "second_factor": people.has_second_factor(name),
                "roles": "; ".join(str(grant) for grant in held),
                "may_release": roles.Role.approver in own,
                "may_enter_historic": roles.Role.historic_entry in own,
                "may_approve_reports": roles.Role.report_approver in own,
            }
        )
    context.print_rows(rows, format)


def _today() -> date:
    from landrelease.register import clock

    return date.fromisoformat(clock.now()[:10])
