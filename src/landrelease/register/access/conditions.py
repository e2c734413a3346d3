"""The conditions of the rules, each with the sentence that says why it failed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import rules

from .. import clock, historic_releases, independence, releases, restricted, reviewing, roles
from ..models import RECORDS, Activity, Submission
from ..said import joined, said
from . import callers
from .callers import Caller

#: What only a person who signed in may do; a token is none, whatever its scopes.
HUMAN_ONLY: Final = frozenset(
    {
        "approve_release",
        "lower_caution",
        "enter_historic",
        "approve_report",
        "manage_people",
        "erase",
        "view_personal",
        "publish",
        "token",
    }
)


@dataclass(frozen=True)
class Ask:
    """An action and the record it is about."""

    action: str
    record: Any = None


#: Why a predicate fails, in words; the key is the predicate's name.
WHY_NOT: dict[str, Callable[[Caller, Ask], list[str]]] = {}


def _condition(
    why_not: Callable[[Caller, Ask], list[str]],
) -> Callable[[Callable[[Caller, Ask], bool]], Any]:
    """Make a predicate of the package ``rules`` that can say why it failed."""

    def decorate(test: Callable[[Caller, Ask], bool]) -> Any:
        predicate = rules.predicate(test, name=test.__name__)
        WHY_NOT[predicate.name] = why_not
        return predicate

    return decorate


@_condition(lambda caller, ask: [said("nobody has signed in")])
def signed_in(caller: Caller, ask: Ask) -> bool:
    """Somebody is known."""
    return caller.authenticated


@_condition(lambda caller, ask: [said("a service or a phone is no authenticated human (rule 14)")])
def human(caller: Caller, ask: Ask) -> bool:
    """A person who signed in, not a token."""
    return ask.action not in HUMAN_ONLY or (
        caller.scopes is None and caller.actor is not None and caller.actor.authenticated
    )


@_condition(
    lambda caller, ask: [said("this token is not for the action %(action)s", action=ask.action)]
)
def within_token(caller: Caller, ask: Ask) -> bool:
    """The token, if there is one, was issued for this."""
    return caller.scopes is None or ask.action in caller.scopes


def _lacking_role(caller: Caller, ask: Ask) -> list[str]:
    needed = joined((roles.called(role) for role in callers.roles_for(ask.action)), ", ")
    held = joined((grant.said() for grant in caller.grants), ", ")
    return [
        said(
            "it takes one of the roles %(needed)s; %(name)s holds: %(held)s",
            needed=needed or said("no role at all"),
            name=caller.name or said("nobody"),
            held=held or said("none"),
        )
    ]


@_condition(_lacking_role)
def holds_role(caller: Caller, ask: Ask) -> bool:
    """One of the roles allows it."""
    return bool(callers.grants_for(caller, ask.action))


@_condition(
    lambda caller, ask: [
        said(
            "it concerns the programme as one, and the roles of %(name)s are limited to a part",
            name=caller.name or said("nobody"),
        )
    ]
)
def holds_everywhere(caller: Caller, ask: Ask) -> bool:
    """One of the roles that allow it holds for the whole programme."""
    return any(grant.everywhere for grant in callers.grants_for(caller, ask.action))


@_condition(
    lambda caller, ask: [
        said(
            "%(record)s lies outside the organisation or unit for which %(name)s holds the role",
            record=called(ask.record),
            name=caller.name or said("the caller"),
        )
    ]
)
def reaches_record(caller: Caller, ask: Ask) -> bool:
    """The role holds for this record."""
    if not is_record(ask.record):
        return True
    return any(roles.covers(grant, ask.record) for grant in callers.grants_for(caller, ask.action))


def _below_tier(caller: Caller, ask: Ask) -> list[str]:
    return [
        said(
            "%(record)s is shown at the tier %(tier)s and above; the roles read at %(own)s",
            record=called(ask.record),
            tier=_tier_needed(ask),
            own=caller.tier,
        )
    ]


@_condition(_below_tier)
def reads_tier(caller: Caller, ask: Ask) -> bool:
    """A role that reaches the record reads at the tier it is shown at."""
    needed = _tier_needed(ask)
    reaching = [
        grant
        for grant in callers.grants_for(caller, ask.action)
        if not is_record(ask.record) or roles.covers(grant, ask.record)
    ]
    return any(callers.tier_holds(caller.reads_at(grant), needed) for grant in reaching)


def _against_deciding(caller: Caller, ask: Ask) -> list[str]:
    actor, record = caller.actor, ask.record
    if actor is None:
        return []
    if isinstance(record, Activity):
        hazard = releases.hazard_of(record)
        return independence.reasons_against_release(record, hazard, actor)
    if isinstance(record, Submission):
        return independence.reasons_against_held(record, actor)
    if actor.organisation.strip():
        return []
    return [
        said(
            "it is not recorded who employs %(name)s, so independence cannot be shown",
            name=actor.name,
        )
    ]


@_condition(_against_deciding)
def independent(caller: Caller, ask: Ask) -> bool:
    """Rule 14, as :mod:`.independence` holds it."""
    return not _against_deciding(caller, ask)


def _against_reviewing(caller: Caller, ask: Ask) -> list[str]:
    if caller.actor is None or not isinstance(ask.record, Submission):
        return []
    return reviewing.reasons_against_review(ask.record, caller.actor)


@_condition(_against_reviewing)
def reviews_submission(caller: Caller, ask: Ask) -> bool:
    """What a submission brings lies within the role, as :mod:`.reviewing` holds it."""
    return not _against_reviewing(caller, ask)


@_condition(lambda caller, ask: [said("the cut-over date has passed (rule 7)")])
def before_cut_over(caller: Caller, ask: Ask) -> bool:
    """Historic releases can still be entered."""
    day = historic_releases.cut_over()
    return day is None or clock.now()[:10] < day.isoformat()


@_condition(
    lambda caller, ask: [
        said("nobody manages their own roles, and %(name)s is meant", name=caller.name)
    ]
)
def somebody_else(caller: Caller, ask: Ask) -> bool:
    """Not oneself."""
    return getattr(getattr(ask.record, "user", None), "username", None) != caller.name


@_condition(lambda caller, ask: [])
def at_the_machine(caller: Caller, ask: Ask) -> bool:
    """Somebody who has the files of the workspace anyway."""
    return caller.local


def is_record(record: Any) -> bool:
    return type(record) in RECORDS.values()


def called(record: Any) -> str:
    return str(record) if record is not None else said("it")


def _tier_needed(ask: Ask) -> str:
    if ask.action == "view_restricted":
        return "restricted"
    if ask.action == "view_personal":
        return "restricted"
    if is_record(ask.record):
        if restricted.holds(ask.record):
            return "restricted"
        return callers.tier_of_type(ask.record.schema.name)
    return "public"
