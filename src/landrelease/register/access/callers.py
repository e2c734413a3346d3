"""Who asks, with which roles, and at which tier they read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from .. import profile, roles
from ..people import Actor
from ..roles import Grant, Role

TIERS: Final = ("public", "partner", "restricted")


@dataclass(frozen=True)
class Caller:
    """Who asks.

    Attributes
    ----------
    actor
        The person, or the service behind a token; None for nobody.
    grants
        Roles with their scopes.
    tier
        The highest tier that any of them reads at.
    scopes
        Actions to which a token is limited; None without a token.
    local
        Whether this is somebody at the machine that holds the workspace: they could read the files
        anyway, and read all but personal data.
    """

    actor: Actor | None
    grants: tuple[Grant, ...] = ()
    tier: str = "public"
    scopes: frozenset[str] | None = None
    local: bool = False

    @property
    def authenticated(self) -> bool:
        """Whether we know who it is: a person who signed in, or the holder of a token."""
        return self.actor is not None

    @property
    def name(self) -> str:
        return self.actor.name if self.actor else ""

    @property
    def roles(self) -> frozenset[Role]:
        return frozenset(grant.role for grant in self.grants)

    @property
    def sees_everything(self) -> bool:
        """Whether they see the whole register at the restricted tier (but no personal data)."""
        return self.local or (
            self.reads_at_all
            and any(one.everywhere and self.reads_at(one) == "restricted" for one in self.grants)
        )

    def reads_at(self, grant: Grant) -> str:
        """Tier at which a role of this caller reads; a token's only as far as it was issued."""
        tier = tier_of(grant.role)
        if self.scopes is not None and "view_restricted" not in self.scopes:
            tier = min(tier, "partner", key=TIERS.index)
        return tier

    @property
    def reads_at_all(self) -> bool:
        return self.scopes is None or "view" in self.scopes


def of(actor: Actor, scopes: frozenset[str] | None = None) -> Caller:
    """The caller behind a person or token."""
    held = actor.grants or ()
    caller = Caller(actor, held, scopes=scopes)
    return replace(caller, tier=highest(caller.reads_at(one) for one in held))


def anonymous() -> Caller:
    """Nobody in particular: the public."""
    return Caller(None)


def local_reader() -> Caller:
    """Somebody at the machine that holds the workspace, who has not signed in."""
    return Caller(None, tier="restricted", local=True)


def tier_of(role: Role) -> str:
    """Tier at which a role reads (profile)."""
    return profile.current().access.tiers.get(role.value, "public")


def highest(tiers: Iterable[str]) -> str:
    """The highest of some tiers; public when there are none."""
    return max(tiers, key=TIERS.index, default="public")


def tier_holds(tier: str, wanted: str) -> bool:
    return TIERS.index(tier) >= TIERS.index(wanted)


def roles_for(action: str) -> tuple[Role, ...]:
    return roles.ACTIONS.get(action, ())


def grants_for(caller: Caller, action: str) -> list[Grant]:
    return [grant for grant in caller.grants if grant.role in roles_for(action)]


def tier_of_type(record_type: str) -> str:
    """Tier below which records of a type are not shown (profile)."""
    return profile.current().access.record_types.get(record_type, "public")
