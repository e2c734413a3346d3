"""Tokens by which a phone or a service is known to the API.

A token is 256 random bits, shown once when it is issued; the register keeps its SHA-256. (A slow
hash protects what people choose; nobody guesses 256 bits.) It is limited to the actions it was
issued for, ends on a day, and can be revoked. Its holder is no authenticated human: whatever takes
two people (rule 14), and whatever concerns people, roles and personal data, it cannot do.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime, timedelta

from django.db import transaction

from . import access, clock, people, profile, roles
from .errors import RegisterError
from .models import AppToken
from .people import Actor
from .roles import Grant, Role

#: So that a token that turned up somewhere can be recognised for what it is.
PREFIX = "lrt_"

#: What a token may be issued for.
SCOPES = tuple(action for action in access.ACTIONS if action not in access.HUMAN_ONLY)
#: What a phone's may: the forms of its owner.
PHONE_SCOPES = ("view", "submit")

#: The role by which a service may do what its scopes say.
_ROLE_OF_SCOPE = {
    "view": Role.partner,
    "view_restricted": Role.data_entry,
    "submit": Role.data_entry,
    "review": Role.reviewer,
    "export": Role.partner,
}


@transaction.atomic
def issue(
    name: str,
    *,
    kind: str,
    scopes: tuple[str, ...],
    days: int,
    by: Actor,
    person: str = "",
    organisation: str = "",
    unit: str = "",
) -> str:
    """Issue a token and return it; it cannot be shown again.

    Parameters
    ----------
    name
        What it is for: "tablet of team 3", "Power BI".
    kind
        ``phone`` (of a person, whose roles limit it) or ``service``.
    scopes
        Actions it may be used for.
    days
        How long it is good for.
    person
        Sign-in name of the owner of a phone.
    organisation, unit
        To what a service is limited, as of a role.

    Raises
    ------
    RegisterError
        When a scope is none, or not for tokens; when the life is too long; when a phone has no
        owner.
    """
    allowed = PHONE_SCOPES if kind == AppToken.PHONE else SCOPES
    wrong = [scope for scope in scopes if scope not in allowed]
    if wrong or not scopes:
        raise RegisterError(
            f"a {kind} token cannot be issued for {', '.join(wrong) or 'nothing'}; "
            f"it can for: {', '.join(allowed)}"
        )
    if kind not in (AppToken.PHONE, AppToken.SERVICE):
        raise RegisterError(f"there is no kind of token {kind!r}: phone or service")
    longest = profile.current().access.token_days
    if not 0 < days <= longest:
        raise RegisterError(f"a token is good for 1 to {longest} days, not {days}")
    if (kind == AppToken.PHONE) != bool(person):
        raise RegisterError("a phone's token belongs to a person, a service's to nobody")
    owner = people.find(person) if person else None
    raw = PREFIX + secrets.token_urlsafe(32)
    row = AppToken.objects.create(
        kind=kind,
        name=name,
        sha256=_hash(raw),
        person=owner,
        scopes="|".join(sorted(set(scopes))),
        organisation=organisation,
        unit_uid=unit,
        issued_by=by.name,
        issued_at=clock.now(),
        expires_at=_after(days),
    )
    people.log(
        by,
        "token_issued",
        person or f"{people.SERVICE}{name}",
        expires_at=row.expires_at,
        kind=kind,
        name=name,
        organisation=organisation,
        scopes=row.scopes,
        token=row.id,
        unit=unit,
    )
    return raw


def authenticate(raw: str) -> access.Caller | None:
    """The caller behind a token; None when it is not known, has ended or was revoked.

    Nothing is written: see :func:`note_use`.
    """
    row = AppToken.objects.select_related("person__user").filter(sha256=_hash(raw)).first()
    if row is None or row.revoked_at or row.expires_at <= clock.now():
        return None
    scopes = frozenset(row.scopes.split("|"))
    if row.person is None:
        held = tuple(
            Grant(role, row.organisation, row.unit_uid)
            for role in dict.fromkeys(_ROLE_OF_SCOPE[scope] for scope in sorted(scopes))
        )
        actor = Actor(
            name=f"{people.SERVICE}{row.name}", organisation=row.organisation, grants=held
        )
        return access.of(actor, scopes)
    user = row.person.user
    if not user.is_active:
        return None
    # A phone has shown no second factor, so roles that need one are not its.
    needing = people.roles_needing_second_factor()
    held = tuple(one for one in roles.of(user.pk) if one.role not in needing)
    actor = Actor(name=user.get_username(), organisation=row.person.organisation, grants=held)
    return access.of(actor, scopes)


def number(raw: str) -> int | None:
    """The number of a token, whether it still holds or not; None when there is no such token."""
    return AppToken.objects.filter(sha256=_hash(raw)).values_list("id", flat=True).first()


def note_use(raw: str) -> None:
    """Remember that a token was used, to the hour."""
    now = clock.now()
    AppToken.objects.filter(sha256=_hash(raw)).exclude(last_used_at__startswith=now[:13]).update(
        last_used_at=now
    )


@transaction.atomic
def revoke(token: int, *, by: Actor) -> None:
    """Make a token worthless, by its number.

    Raises
    ------
    RegisterError
        When there is none, or it was revoked already.
    """
    row = AppToken.objects.select_related("person__user").filter(id=token, revoked_at="").first()
    if row is None:
        raise RegisterError(f"no token that still holds has the number {token}")
    people.end_token(row, by=by)


def _hash(raw: str) -> str:
    return hashlib.sha256(raw.encode()).hexdigest()


def _after(days: int) -> str:
    now = datetime.strptime(clock.now(), "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    return (now + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
