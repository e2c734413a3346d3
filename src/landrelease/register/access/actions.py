"""What may be done, under which conditions, and why (not)."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import reduce
from operator import and_
from typing import Any, Final

import rules

from .. import references, roles
from ..errors import DecisionRefused, RegisterError
from ..models import Person, Submission
from ..said import joined, said
from . import callers, conditions
from .callers import Caller
from .conditions import WHY_NOT, Ask


@dataclass(frozen=True)
class Verdict:
    """Whether something is allowed, and why or why not, one sentence each."""

    allowed: bool
    reasons: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return self.allowed


_BY_ROLE = (conditions.signed_in, conditions.within_token, conditions.human, conditions.holds_role)

_ON_RECORD = (*_BY_ROLE, conditions.reaches_record)

#: Everything that may be done, and the conditions that must all hold. What is not here nobody may.
_CONDITIONS: Final = {
    "view": (*_ON_RECORD, conditions.reads_tier),
    "view_restricted": (*_ON_RECORD, conditions.reads_tier),
    "view_personal": (*_ON_RECORD, conditions.reads_tier),
    "submit": _ON_RECORD,
    "review": (*_ON_RECORD, conditions.reviews_submission),
    "approve_release": (*_ON_RECORD, conditions.independent),
    "lower_caution": (*_ON_RECORD, conditions.independent),
    "enter_historic": (*_BY_ROLE, conditions.before_cut_over),
    "approve_report": _BY_ROLE,
    "manage_people": (*_BY_ROLE, conditions.somebody_else),
    "erase": _ON_RECORD,
    "export": _ON_RECORD,
    "publish": (*_BY_ROLE, conditions.holds_everywhere),
    "token": _BY_ROLE,
}

#: What somebody at the machine does without signing in.
_AT_THE_MACHINE: Final = frozenset({"view", "view_restricted", "export"})

RULES: Final = rules.RuleSet()

for _action, _all_of in _CONDITIONS.items():
    _rule = reduce(and_, _all_of)
    RULES.add_rule(
        _action, conditions.at_the_machine | _rule if _action in _AT_THE_MACHINE else _rule
    )

#: What each action is, in words.
ACTIONS: Final[dict[str, str]] = {
    "view": "read the register",
    "view_restricted": "read what only the restricted tier shows",
    "view_personal": "read personal data, each time for a stated purpose",
    "submit": "hand in records",
    "review": "accept or reject submissions that do not lower caution",
    "approve_release": "be one of the two who release land",
    "lower_caution": "be one of the two who decide what lowers caution",
    "enter_historic": "enter releases decided elsewhere",
    "approve_report": "approve a report that is submitted",
    "manage_people": "enter people, give and take away roles",
    "erase": "erase a person's data",
    "export": "take data out, at the own tier",
    "publish": "publish open data",
    "token": "issue tokens",  # nosec B105 # no password
}


def may(caller: Caller, action: str, record: Any = None) -> Verdict:
    """Whether a caller may do something, and why or why not.

    Parameters
    ----------
    action
        One of :data:`ACTIONS`.
    record
        What it is about, if anything in particular: a record, a
        :class:`~.models.Submission` (what it holds back), a :class:`~.models.Person`.

    Raises
    ------
    RegisterError
        When there is no such action.
    """
    if action not in ACTIONS:
        raise RegisterError(f"there is no action {action!r}; there are: {', '.join(ACTIONS)}")
    ask = Ask(action, record)
    if RULES.test_rule(action, caller, ask):
        return Verdict(True, _why(caller, ask))
    reasons: list[str] = []
    for condition in _CONDITIONS[action]:
        if not condition.test(caller, ask):
            reasons += [r for r in WHY_NOT[condition.name](caller, ask) if r not in reasons]
            if condition in (conditions.signed_in, conditions.holds_role):
                break
    return Verdict(False, reasons)


def require(caller: Caller, action: str, record: Any = None) -> None:
    """Go on only if :func:`may` allows it.

    Raises
    ------
    DecisionRefused
        Saying why not.
    """
    verdict = may(caller, action, record)
    if not verdict:
        raise DecisionRefused(joined(verdict.reasons))


def require_export(caller: Caller, tier: str) -> None:
    """Go on only if a caller may take out data for readers of a tier: at most their own.

    Somebody at the machine that holds the workspace reads its files anyway, and so takes out the
    restricted tier without signing in; what leaves says for which tier it is.

    Parameters
    ----------
    tier
        One of :data:`TIERS`.

    Raises
    ------
    DecisionRefused
        Saying why not.
    """
    require(caller, "export")
    if not callers.tier_holds(caller.tier, tier):
        raise DecisionRefused(
            f"{caller.name or 'the caller'} reads at the tier {caller.tier} and takes out nothing "
            f"for the tier {tier}"
        )


def find(ref: str) -> Any:
    """What is called so, to ask :func:`may` about it.

    Parameters
    ----------
    ref
        The short reference of a record (``AC-12``), the receipt of a submission, or the sign-in
        name of a person.

    Raises
    ------
    RegisterError
        When nothing is.
    """
    submission = Submission.objects.filter(receipt=ref).first()
    if submission is not None:
        return submission
    record = references.find(ref)
    if record is not None:
        return record
    person = Person.objects.select_related("user").filter(user__username=ref).first()
    if person is None:
        raise RegisterError(f"no record, submission or person is called {ref!r}")
    return person


def _why(caller: Caller, ask: Ask) -> list[str]:
    if caller.local and not caller.authenticated:
        return [
            said("whoever is at the machine that holds the workspace can read its files anyway")
        ]
    own = callers.grants_for(caller, ask.action)
    if conditions.is_record(ask.record):
        own = [grant for grant in own if roles.covers(grant, ask.record)]
    why: list[str] = [
        said("%(name)s holds the role %(role)s", name=caller.name, role=grant.said())
        for grant in own
    ]
    if ask.action in ("approve_release", "lower_caution"):
        why.append(said("a second, independent person has to consent as well (rule 14)"))
    return why
