"""Which rows a caller sees, and whether a sum would tell them of others."""

from __future__ import annotations

import hashlib
from typing import Any, Final

from django.db.models import Q, QuerySet

from .. import profile, restricted, roles
from ..models import RECORDS
from ..roles import Grant
from ..schema import RECORD_TYPES
from . import actions, callers
from .callers import Caller


def records(caller: Caller, record_type: str) -> QuerySet[Any]:
    """The rows of a record type that a caller sees: their tier, within the scopes of their roles.

    Restricted rows (:mod:`.restricted`) are seen by roles of the restricted tier only; a document
    marked for a tier is such a row.

    Parameters
    ----------
    record_type
        Name of the record type, such as ``hazard``.
    """
    model = RECORDS[record_type]
    if caller.sees_everything:
        return model.objects.all()
    below, at_restricted = Q(pk__in=[]), Q(pk__in=[])
    for grant in _reading(caller, record_type):
        condition = roles.covering(grant, record_type)
        if condition is None:
            continue
        # The condition of a role for everywhere is empty, and joined to others would say nothing.
        condition = condition or Q(pk__isnull=False)
        if caller.reads_at(grant) == "restricted":
            at_restricted |= condition
        else:
            below |= condition
    hidden = restricted.rows(record_type).values("pk")
    seen = model.objects.filter(at_restricted | (below & ~Q(pk__in=hidden)))
    return seen | published(record_type)


def _reading(caller: Caller, record_type: str) -> list[Grant]:
    """Roles by which a caller reads any records of a type.

    What a role reads only at the public tier is what the public sees: no rows.
    """
    if not caller.reads_at_all:
        return []
    needed = callers.tier_of_type(record_type)
    return [
        grant
        for grant in callers.grants_for(caller, "view")
        if (tier := caller.reads_at(grant)) != "public" and callers.tier_holds(tier, needed)
        and roles.covering(grant, record_type) is not None
    ]  # fmt: skip


def against_reading(caller: Caller, record_type: str) -> list[str]:
    """Why a caller reads no records of a type at all; empty when they read some, or may.

    Whoever shows a list asks this first: an empty one would say that there are none (rule 26).
    """
    if caller.sees_everything:
        return []
    verdict = actions.may(caller, "view")
    if not verdict:
        return verdict.reasons
    if _reading(caller, record_type):
        return []
    return [
        f"{RECORD_TYPES[record_type].plural.replace('_', ' ')} are shown at the tier "
        f"{callers.tier_of_type(record_type)} and within the scope of a role; none of your roles "
        "reads them"
    ]


def reads(caller: Caller, record_type: str) -> bool:
    """Whether a caller reads records of a type at all."""
    return not against_reading(caller, record_type)


def is_partial(caller: Caller) -> bool:
    """Whether there may be records that a caller does not see.

    It hangs on the caller's roles alone, not on whether there are any: it has to be said in either
    case, or saying it would tell that there are.
    """
    return not caller.sees_everything


def was_visible(caller: Caller, record_type: str, state: dict[str, Any]) -> bool:
    """Whether a record, as it was, lay within what the caller sees.

    Parameters
    ----------
    state
        The record as a journal line has it.
    """
    if caller.sees_everything:
        return True
    own = _reading(caller, record_type)
    if own and restricted.held(record_type, state):
        own = [grant for grant in own if caller.reads_at(grant) == "restricted"]
    return any(roles.covers_state(grant, record_type, state) for grant in own)


#: What a sum of land is over: whoever sees all of these learns nothing from their sums.
LAND: Final = ("hazard", "activity")


def reads_whole(caller: Caller, *record_types: str) -> bool:
    """Whether a caller sees every row of some record types now: sums tell of every one.

    A role for everywhere below the restricted tier does while none of the rows is restricted.
    """
    if caller.sees_everything:
        return True
    return all(
        any(grant.everywhere for grant in _reading(caller, name))
        and not restricted.rows(name).exists()
        for name in record_types
    )


def against_sum(caller: Caller, what: str, *record_types: str) -> list[str]:
    """Why a caller is not given sums over record types; empty when they are.

    Parameters
    ----------
    what
        What the sums are called.
    """
    if reads_whole(caller, *record_types):
        return []
    verdict = actions.may(caller, "view")
    if not verdict:
        return verdict.reasons
    kinds = ", ".join(RECORD_TYPES[name].plural.replace("_", " ") for name in record_types)
    return [
        f"{what} adds up all {kinds} of the programme, and your roles do not reach all that it "
        "adds up: a sum would tell of what you are not shown",
        "nothing here says that there are none; ask somebody whose role reaches the whole "
        "programme at the restricted tier",
    ]


def published(record_type: str) -> QuerySet[Any]:
    """The rows that the public may see as they are.

    None: what is made public is generalised and suppressed first (rules 25 and 26), and that is no
    subset of the rows. Whatever publishes such data builds on its own derived tables.
    """
    return RECORDS[record_type].objects.none()


def mark(caller: Caller) -> str:
    """Hash of what decides what a caller sees, the register apart."""
    now = profile.current()
    said = (
        caller.name, caller.tier, caller.local, sorted(map(repr, caller.grants)),
        None if caller.scopes is None else sorted(caller.scopes),
        now.access.model_dump_json(), now.publication.model_dump_json(),
    )  # fmt: skip
    return hashlib.sha256(repr(said).encode()).hexdigest()[:32]
