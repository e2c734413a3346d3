"""People who decide: who they are, who employs them, what they may do.

An account is entered by an administrator, or by whoever has the workspace at the command line;
nobody signs up. What a person may do are roles (:mod:`.roles`), given and taken away one by one,
each time with a line in the append-only log (:class:`.models.PeopleEvent`).
"""

from __future__ import annotations

import getpass
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest

from . import canonical, clock, profile, roles
from .errors import DecisionRefused, RegisterError
from .models import AppToken, PeopleEvent, Person, RoleAssignment
from .roles import Grant, Role

#: Where a guess at the command line comes from, for the counting of guesses.
COMMAND_LINE_ADDRESS = "127.0.0.1"

#: What the name of a service begins with; no person's can, as it holds a colon.
SERVICE = "service:"


@dataclass(frozen=True)
class Actor:
    """Who acts: a signed-in person, or the account at whose command line the program runs.

    Attributes
    ----------
    name, organisation
        Sign-in name and employer.
    authenticated
        Whether a human signed in. A token and an account at the command line are none.
    may_release, may_enter_historic, may_approve_reports
        What the roles allow.
    grants
        The roles with their scopes. None where the flags above are all that is known: they hold
        for the whole programme.
    """

    name: str
    organisation: str = ""
    authenticated: bool = False
    may_release: bool = False
    may_enter_historic: bool = False
    may_approve_reports: bool = False
    grants: tuple[Grant, ...] | None = None

    def to_json(self) -> dict[str, object]:
        return {
            "authenticated": self.authenticated,
            "name": self.name,
            "organisation": self.organisation,
        }

    def outside_scope(self, role: Role, model: Any, uids: Iterable[str]) -> list[str]:
        """Ids of those records on which this person's role does not reach."""
        if self.grants is None:
            return []
        return roles.outside(roles.with_role(self.grants, role), model, uids)


#: What the name of the account that runs the program begins with; no person is called so.
AT_THE_COMMAND_LINE: Final = "account:"


def at_the_command_line() -> Actor:
    """The account that runs the program. It may enter data and, as the one who keeps the
    workspace, historic releases before the cut-over; it can never release land."""
    return Actor(name=f"{AT_THE_COMMAND_LINE}{getpass.getuser()}", may_enter_historic=True)


def actor_of(
    user: User,
    *,
    second_factor: bool,
    person: Person | None = None,
    held: tuple[Grant, ...] | None = None,
) -> Actor:
    """The person behind a user who has just been authenticated.

    Parameters
    ----------
    second_factor
        Whether a second factor was shown. Roles that need one are left out without it.
    person, held
        What is known of the user and their roles of today, where it was looked up already.
    """
    person = person or Person.objects.get(user=user)
    held = roles.of(user.pk) if held is None else held
    if not second_factor:
        needing = roles_needing_second_factor()
        held = tuple(grant for grant in held if grant.role not in needing)
    own = {grant.role for grant in held}
    return Actor(
        name=user.get_username(),
        organisation=person.organisation,
        authenticated=True,
        may_release=Role.approver in own,
        may_enter_historic=Role.historic_entry in own,
        may_approve_reports=Role.report_approver in own,
        grants=held,
    )


def roles_needing_second_factor() -> set[Role]:
    """Roles that hold in the pages only for who has shown a second factor (profile)."""
    return {Role(name) for name in profile.current().access.second_factor}


def without_role(names: set[str], role: Role) -> set[str]:
    """Those of the people whose account is shut, or who do not hold a role (any more)."""
    known = Person.objects.select_related("user").filter(user__username__in=names)
    return {
        person.user.get_username()
        for person in known
        if not person.user.is_active or not roles.with_role(roles.of(person.pk), role)
    }


def issuers(names: set[str]) -> set[str]:
    """Who issued the tokens of the services among some submitters."""
    services = {name.removeprefix(SERVICE) for name in names if name.startswith(SERVICE)}
    if not services:
        return set()
    issued = AppToken.objects.filter(kind=AppToken.SERVICE, name__in=services)
    return set(issued.values_list("issued_by", flat=True))


# --- entering and changing ------------------------------------------------------------------------


def add(
    username: str,
    password: str,
    *,
    organisation: str,
    may_release: bool = False,
    may_enter_historic: bool = False,
    may_approve_reports: bool = False,
    grants: Iterable[Grant] = (),
    by: Actor | None = None,
    must_change_password: bool = False,
) -> User:
    """Enter a person.

    Parameters
    ----------
    may_release, may_enter_historic, may_approve_reports
        Short for the roles approver, historic_entry and report_approver, everywhere.
    grants
        Roles given at once.
    by
        Who enters them; the account at the command line unless told.
    must_change_password
        Whether the password was chosen by somebody else, and is good for signing in on the pages
        only until it is changed.

    Raises
    ------
    RegisterError
        When the name will not do or is taken, or the password is too weak; says why.
    """
    by = by or at_the_command_line()
    try:
        UnicodeUsernameValidator()(username)
    except ValidationError as error:
        raise RegisterError(f"{username!r} will not do as a name: {error.messages[0]}") from error
    if User.objects.filter(username__iexact=username).exists():
        raise RegisterError(f"there is already a person called {username!r}")
    user = User(username=username)
    _check_password(password, user)
    short = {
        Role.approver: may_release,
        Role.historic_entry: may_enter_historic,
        Role.report_approver: may_approve_reports,
    }
    given = [*grants, *(Grant(role) for role, is_given in short.items() if is_given)]
    with transaction.atomic():
        user = User.objects.create_user(username=username, password=password)
        Person.objects.create(
            user=user, organisation=organisation, must_change_password=must_change_password
        )
        log(by, "person_added", username, organisation=organisation)
        for one in given:
            grant(username, one, by=by)
    return user


def find(username: str) -> Person:
    """The person called so.

    Raises
    ------
    RegisterError
        When nobody is.
    """
    person = Person.objects.select_related("user").filter(user__username=username).first()
    if person is None:
        raise RegisterError(f"nobody is called {username!r}; see 'landrelease person list'")
    return person


@transaction.atomic
def grant(
    username: str,
    given: Grant,
    *,
    by: Actor,
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> RoleAssignment:
    """Give a person a role.

    Parameters
    ----------
    given
        The role and where it holds.
    by
        Who gives it. Nobody gives a role to themselves.
    valid_from, valid_to
        First and last day on which it holds.

    Raises
    ------
    RegisterError
        When nobody is called so, or the days are the wrong way round.
    DecisionRefused
        When somebody gives it to themselves.
    """
    person = find(username)
    _refuse_for_oneself(by, username, "give a role to")
    if given.role in roles.EVERYWHERE_ONLY and not given.everywhere:
        raise RegisterError(
            f"the role {given.role} concerns the programme as one and cannot be given for a part"
        )
    if valid_from and valid_to and valid_to < valid_from:
        raise RegisterError(f"the role would end ({valid_to}) before it begins ({valid_from})")
    row = RoleAssignment.objects.create(
        person=person,
        role=given.role.value,
        organisation=given.organisation,
        unit_uid=given.unit,
        valid_from=valid_from,
        valid_to=valid_to,
        granted_by=by.name,
        granted_at=clock.now(),
    )
    log(by, "role_granted", username, **_particulars(row))
    return row


@transaction.atomic
def revoke(username: str, assignment: int, *, by: Actor) -> None:
    """Take a role away, by its number (``landrelease person roles NAME``).

    Raises
    ------
    RegisterError
        When the person does not hold it.
    """
    row = RoleAssignment.objects.filter(
        id=assignment, person__user__username=username, revoked_at=""
    ).first()
    if row is None:
        raise RegisterError(f"{username!r} holds no role with the number {assignment}")
    row.revoked_by, row.revoked_at = by.name, clock.now()
    row.save(update_fields=["revoked_by", "revoked_at"])
    log(by, "role_revoked", username, **_particulars(row))


@transaction.atomic
def set_active(username: str, active: bool, *, by: Actor) -> None:
    """Shut an account, or open it again; its sessions and tokens end when it is shut.

    Raises
    ------
    RegisterError
        When nobody is called so.
    DecisionRefused
        When somebody opens or shuts their own.
    """
    person = find(username)
    _refuse_for_oneself(by, username, "disable or enable")
    person.user.is_active = active
    person.user.save(update_fields=["is_active"])
    log(by, "person_enabled" if active else "person_disabled", username)
    if not active:
        end_sessions(person.user)
        for token in person.tokens.filter(revoked_at=""):
            end_token(token, by=by)


def end_token(token: AppToken, *, by: Actor) -> None:
    """Make a token worthless and write that down; the caller holds the transaction.

    Parameters
    ----------
    token
        One that still holds.
    by
        Who ends it.
    """
    token.revoked_by, token.revoked_at = by.name, clock.now()
    token.save(update_fields=["revoked_by", "revoked_at"])
    about = token.person.user.get_username() if token.person else f"{SERVICE}{token.name}"
    log(by, "token_revoked", about, name=token.name, token=token.id)


@transaction.atomic
def reset_second_factor(username: str, *, by: Actor) -> int:
    """Take away a person's second factors, so that they set up new ones; how many there were.

    Raises
    ------
    RegisterError
        When nobody is called so.
    DecisionRefused
        When somebody does so for themselves: who has lost the second factor cannot be sure to be
        the one they say.
    """
    from allauth.mfa.models import Authenticator

    person = find(username)
    _refuse_for_oneself(by, username, "reset the second factor of")
    count, _ = Authenticator.objects.filter(user=person.user).delete()
    end_sessions(person.user)
    log(by, "second_factor_reset", username, authenticators=count)
    return int(count)


@transaction.atomic
def set_password(username: str, password: str, *, by: Actor) -> None:
    """Give a person a new password, which they change on signing in; their sessions end.

    Raises
    ------
    RegisterError
        When nobody is called so or the password is too weak.
    DecisionRefused
        When somebody does so for themselves without giving the old one (they change it instead).
    """
    person = find(username)
    _refuse_for_oneself(by, username, "reset the password of")
    _check_password(password, person.user)
    person.user.set_password(password)
    person.user.save(update_fields=["password"])
    person.must_change_password = True
    person.save(update_fields=["must_change_password"])
    end_sessions(person.user)
    log(by, "password_reset", username)


def end_sessions(user: User) -> int:
    """End all sessions of a user; how many there were."""
    from allauth.usersessions.models import UserSession
    from django.contrib.sessions.models import Session

    keys = list(UserSession.objects.filter(user=user).values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    UserSession.objects.filter(user=user).delete()
    return len(keys)


def log(by: Actor, what: str, about: str, **detail: Any) -> None:
    """Write a line into the append-only log of people, roles and tokens."""
    PeopleEvent.objects.create(
        at=clock.now(),
        actor=by.name,
        what=what,
        about=about,
        detail=canonical.dumps(detail).decode(),
    )


def _particulars(row: RoleAssignment) -> dict[str, Any]:
    return {
        "assignment": row.id,
        "organisation": row.organisation,
        "role": row.role,
        "unit": row.unit_uid,
        "valid_from": row.valid_from and row.valid_from.isoformat(),
        "valid_to": row.valid_to and row.valid_to.isoformat(),
    }


def _refuse_for_oneself(by: Actor, username: str, what: str) -> None:
    if by.name == username:
        raise DecisionRefused(f"nobody may {what} themselves; ask another administrator")


def _check_password(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise RegisterError(f"the password will not do: {' '.join(error.messages)}") from error


# --- approving reports ----------------------------------------------------------------------------


def allow_reports(username: str, allowed: bool) -> None:
    """Let a person approve reports, or no longer.

    Raises
    ------
    RegisterError
        When nobody is called so.
    """
    person, by = find(username), at_the_command_line()
    held = person.roles.filter(role=Role.report_approver.value, revoked_at="")
    if allowed and not held.exists():
        grant(username, Grant(Role.report_approver), by=by)
    if not allowed:
        for row in held:
            revoke(username, row.id, by=by)


# --- signing in at the command line ---------------------------------------------------------------


def sign_in(username: str, password: str, code: str = "") -> Actor:
    """Authenticate a person at the command line.

    Guesses are counted as on the pages. Who has set up a second factor needs it here, too: the
    code of the authenticator application, or a recovery code.

    Raises
    ------
    DecisionRefused
        When name and password do not belong together, the account is shut after too many guesses,
        or the code is missing or wrong.
    """
    request = HttpRequest()
    request.META["REMOTE_ADDR"] = COMMAND_LINE_ADDRESS
    user = authenticate(request, username=username, password=password)
    if user is None:
        if getattr(request, "axes_locked_out", False):
            raise DecisionRefused(
                f"too many wrong passwords for {username!r}: wait a quarter of an hour and try "
                "again"
            )
        raise DecisionRefused(f"{username!r} and this password do not belong together")
    if has_second_factor(username) and not _code_fits(user, code):
        raise DecisionRefused(
            f"{username} has a second factor: give the code of the authenticator application, or "
            "a recovery code (LANDRELEASE_CODE)"
        )
    # Whoever has the files of the workspace can read and write them without any of this, so the
    # roles that need a second factor on the pages hold here without one being set up.
    return actor_of(user, second_factor=True)


def has_second_factor(username: str) -> bool:
    """Whether a person has set up a second factor."""
    from allauth.mfa.models import Authenticator

    return Authenticator.objects.filter(user__username=username).exists()


def _code_fits(user: Any, code: str) -> bool:
    from allauth.mfa.models import Authenticator

    if not code:
        return False
    own = Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.WEBAUTHN)
    return any(one.wrap().validate_code(code) for one in own)
