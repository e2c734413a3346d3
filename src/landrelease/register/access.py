"""Who may do and see what: the one place that answers.

Four questions:

* :func:`may`: may this caller do this, and why (not)?
* :func:`records`: which rows of a record type does this caller see? (:func:`against_reading`: or
  why none; :func:`was_visible`: and of a record as it was?)
* :func:`fields`: which of their fields?
* :func:`reads_whole`: do they see every row, so that a sum tells them nothing that they do not see?

The answer to everything that is not expressly allowed is no. The rules are predicates of the
package ``rules``; each carries the sentence that says why it failed, so that a page can explain a
refusal (``landrelease access explain``, ``/account/may/``).

The tiers of reading are public < partner < restricted. A role reads at the tier that the national
profile gives it, within the scope in which it was granted. A restricted record
(:mod:`.restricted`) takes a role that reads at the restricted tier. Personal fields are in none
of them: they are read one record at a time, for a stated purpose, by :func:`read_personal`, which
logs it.

What may be decided about a very record (rule 14: the submitter, the operator's own people, who is
no authenticated human) is asked of :mod:`.independence`, which enforces it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import and_
from typing import Any, Final

import rules
from django.db.models import Q, QuerySet

from . import (
    clock,
    historic_releases,
    independence,
    profile,
    releases,
    restricted,
    reviewing,
    roles,
    seal,
)
from .errors import DecisionRefused, RegisterError
from .models import RECORDS, Activity, Person, PersonalRead, Submission
from .people import Actor
from .roles import Grant, Role
from .said import joined, said
from .schema import RECORD_TYPES

TIERS: Final = ("public", "partner", "restricted")

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
            self._may_read
            and any(one.everywhere and self.reads_at(one) == "restricted" for one in self.grants)
        )

    def reads_at(self, grant: Grant) -> str:
        """Tier at which a role of this caller reads; a token's only as far as it was issued."""
        tier = tier_of(grant.role)
        if self.scopes is not None and "view_restricted" not in self.scopes:
            tier = min(tier, "partner", key=TIERS.index)
        return tier

    @property
    def _may_read(self) -> bool:
        return self.scopes is None or "view" in self.scopes


@dataclass(frozen=True)
class Verdict:
    """Whether something is allowed, and why or why not, one sentence each."""

    allowed: bool
    reasons: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return self.allowed


# --- callers --------------------------------------------------------------------------------------


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


def _holds(tier: str, wanted: str) -> bool:
    return TIERS.index(tier) >= TIERS.index(wanted)


# --- may ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Ask:
    """An action and the record it is about."""

    action: str
    record: Any = None


#: Why a predicate fails, in words; the key is the predicate's name.
_WHY_NOT: dict[str, Callable[[Caller, _Ask], list[str]]] = {}


def _condition(
    why_not: Callable[[Caller, _Ask], list[str]],
) -> Callable[[Callable[[Caller, _Ask], bool]], Any]:
    """Make a predicate of the package ``rules`` that can say why it failed."""

    def decorate(test: Callable[[Caller, _Ask], bool]) -> Any:
        predicate = rules.predicate(test, name=test.__name__)
        _WHY_NOT[predicate.name] = why_not
        return predicate

    return decorate


@_condition(lambda caller, ask: [said("nobody has signed in")])
def signed_in(caller: Caller, ask: _Ask) -> bool:
    """Somebody is known."""
    return caller.authenticated


@_condition(lambda caller, ask: [said("a service or a phone is no authenticated human (rule 14)")])
def human(caller: Caller, ask: _Ask) -> bool:
    """A person who signed in, not a token."""
    return ask.action not in HUMAN_ONLY or (
        caller.scopes is None and caller.actor is not None and caller.actor.authenticated
    )


@_condition(
    lambda caller, ask: [said("this token is not for the action %(action)s", action=ask.action)]
)
def within_token(caller: Caller, ask: _Ask) -> bool:
    """The token, if there is one, was issued for this."""
    return caller.scopes is None or ask.action in caller.scopes


def _lacking_role(caller: Caller, ask: _Ask) -> list[str]:
    needed = joined((roles.called(role) for role in _roles_for(ask.action)), ", ")
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
def holds_role(caller: Caller, ask: _Ask) -> bool:
    """One of the roles allows it."""
    return bool(_grants_for(caller, ask.action))


@_condition(
    lambda caller, ask: [
        said(
            "it concerns the programme as one, and the roles of %(name)s are limited to a part",
            name=caller.name or said("nobody"),
        )
    ]
)
def holds_everywhere(caller: Caller, ask: _Ask) -> bool:
    """One of the roles that allow it holds for the whole programme."""
    return any(grant.everywhere for grant in _grants_for(caller, ask.action))


@_condition(
    lambda caller, ask: [
        said(
            "%(record)s lies outside the organisation or unit for which %(name)s holds the role",
            record=_called(ask.record),
            name=caller.name or said("the caller"),
        )
    ]
)
def reaches_record(caller: Caller, ask: _Ask) -> bool:
    """The role holds for this record."""
    if not _is_record(ask.record):
        return True
    return any(roles.covers(grant, ask.record) for grant in _grants_for(caller, ask.action))


def _below_tier(caller: Caller, ask: _Ask) -> list[str]:
    return [
        said(
            "%(record)s is shown at the tier %(tier)s and above; the roles read at %(own)s",
            record=_called(ask.record),
            tier=_tier_needed(ask),
            own=caller.tier,
        )
    ]


@_condition(_below_tier)
def reads_tier(caller: Caller, ask: _Ask) -> bool:
    """A role that reaches the record reads at the tier it is shown at."""
    needed = _tier_needed(ask)
    reaching = [
        grant
        for grant in _grants_for(caller, ask.action)
        if not _is_record(ask.record) or roles.covers(grant, ask.record)
    ]
    return any(_holds(caller.reads_at(grant), needed) for grant in reaching)


def _against_deciding(caller: Caller, ask: _Ask) -> list[str]:
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
def independent(caller: Caller, ask: _Ask) -> bool:
    """Rule 14, as :mod:`.independence` holds it."""
    return not _against_deciding(caller, ask)


def _against_reviewing(caller: Caller, ask: _Ask) -> list[str]:
    if caller.actor is None or not isinstance(ask.record, Submission):
        return []
    return reviewing.reasons_against_review(ask.record, caller.actor)


@_condition(_against_reviewing)
def reviews_submission(caller: Caller, ask: _Ask) -> bool:
    """What a submission brings lies within the role, as :mod:`.reviewing` holds it."""
    return not _against_reviewing(caller, ask)


@_condition(lambda caller, ask: [said("the cut-over date has passed (rule 7)")])
def before_cut_over(caller: Caller, ask: _Ask) -> bool:
    """Historic releases can still be entered."""
    day = historic_releases.cut_over()
    return day is None or clock.now()[:10] < day.isoformat()


@_condition(
    lambda caller, ask: [
        said("nobody manages their own roles, and %(name)s is meant", name=caller.name)
    ]
)
def somebody_else(caller: Caller, ask: _Ask) -> bool:
    """Not oneself."""
    return getattr(getattr(ask.record, "user", None), "username", None) != caller.name


@_condition(lambda caller, ask: [])
def at_the_machine(caller: Caller, ask: _Ask) -> bool:
    """Somebody who has the files of the workspace anyway."""
    return caller.local


_BY_ROLE = (signed_in, within_token, human, holds_role)
_ON_RECORD = (*_BY_ROLE, reaches_record)

#: Everything that may be done, and the conditions that must all hold. What is not here nobody may.
_CONDITIONS: Final = {
    "view": (*_ON_RECORD, reads_tier),
    "view_restricted": (*_ON_RECORD, reads_tier),
    "view_personal": (*_ON_RECORD, reads_tier),
    "submit": _ON_RECORD,
    "review": (*_ON_RECORD, reviews_submission),
    "approve_release": (*_ON_RECORD, independent),
    "lower_caution": (*_ON_RECORD, independent),
    "enter_historic": (*_BY_ROLE, before_cut_over),
    "approve_report": _BY_ROLE,
    "manage_people": (*_BY_ROLE, somebody_else),
    "erase": _ON_RECORD,
    "export": _ON_RECORD,
    "publish": (*_BY_ROLE, holds_everywhere),
    "token": _BY_ROLE,
}
#: What somebody at the machine does without signing in.
_AT_THE_MACHINE: Final = frozenset({"view", "view_restricted", "export"})

RULES: Final = rules.RuleSet()
for _action, _all_of in _CONDITIONS.items():
    _rule = reduce(and_, _all_of)
    RULES.add_rule(_action, at_the_machine | _rule if _action in _AT_THE_MACHINE else _rule)

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
    ask = _Ask(action, record)
    if RULES.test_rule(action, caller, ask):
        return Verdict(True, _why(caller, ask))
    reasons: list[str] = []
    for condition in _CONDITIONS[action]:
        if not condition.test(caller, ask):
            reasons += [r for r in _WHY_NOT[condition.name](caller, ask) if r not in reasons]
            if condition in (signed_in, holds_role):
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
    if not _holds(caller.tier, tier):
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
    prefix, _, number = ref.partition("-")
    for model in RECORDS.values():
        if model.schema.prefix == prefix and number.isdecimal():
            record = model.objects.filter(id=int(number)).first()
            if record is not None:
                return record
    person = Person.objects.select_related("user").filter(user__username=ref).first()
    if person is None:
        raise RegisterError(f"no record, submission or person is called {ref!r}")
    return person


def _why(caller: Caller, ask: _Ask) -> list[str]:
    if caller.local and not caller.authenticated:
        return [
            said("whoever is at the machine that holds the workspace can read its files anyway")
        ]
    own = _grants_for(caller, ask.action)
    if _is_record(ask.record):
        own = [grant for grant in own if roles.covers(grant, ask.record)]
    why: list[str] = [
        said("%(name)s holds the role %(role)s", name=caller.name, role=grant.said())
        for grant in own
    ]
    if ask.action in ("approve_release", "lower_caution"):
        why.append(said("a second, independent person has to consent as well (rule 14)"))
    return why


def _roles_for(action: str) -> tuple[Role, ...]:
    return roles.ACTIONS.get(action, ())


def _grants_for(caller: Caller, action: str) -> list[Grant]:
    return [grant for grant in caller.grants if grant.role in _roles_for(action)]


def _is_record(record: Any) -> bool:
    return type(record) in RECORDS.values()


def _called(record: Any) -> str:
    return str(record) if record is not None else said("it")


def _tier_needed(ask: _Ask) -> str:
    if ask.action == "view_restricted":
        return "restricted"
    if ask.action == "view_personal":
        return "restricted"
    if _is_record(ask.record):
        if restricted.holds(ask.record):
            return "restricted"
        return tier_of_type(ask.record.schema.name)
    return "public"


# --- what is seen ---------------------------------------------------------------------------------


def tier_of_type(record_type: str) -> str:
    """Tier below which records of a type are not shown (profile)."""
    return profile.current().access.record_types.get(record_type, "public")


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
    if not caller._may_read:
        return []
    needed = tier_of_type(record_type)
    return [
        grant
        for grant in _grants_for(caller, "view")
        if (tier := caller.reads_at(grant)) != "public" and _holds(tier, needed)
        and roles.covering(grant, record_type) is not None
    ]  # fmt: skip


def against_reading(caller: Caller, record_type: str) -> list[str]:
    """Why a caller reads no records of a type at all; empty when they read some, or may.

    Whoever shows a list asks this first: an empty one would say that there are none (rule 26).
    """
    if caller.sees_everything:
        return []
    verdict = may(caller, "view")
    if not verdict:
        return verdict.reasons
    if _reading(caller, record_type):
        return []
    return [
        f"{RECORD_TYPES[record_type].plural.replace('_', ' ')} are shown at the tier "
        f"{tier_of_type(record_type)} and within the scope of a role; none of your roles reads them"
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
    verdict = may(caller, "view")
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


def fields(caller: Caller, record_type: str, record: Any = None) -> set[str]:
    """The fields of a record type that a caller sees; personal ones are never among them.

    Parameters
    ----------
    record
        A record of the type: the tier of those roles that reach it counts. Without it the lowest
        tier counts at which the caller sees any record of the type.
    """
    limits = profile.current().access.fields
    own = {**limits.get("any", {}), **limits.get(record_type, {})}
    tier = _tier_at(caller, record_type, record)
    return {
        one.name
        for one in RECORD_TYPES[record_type].fields
        if not one.personal and _holds(tier, own.get(one.name, "public"))
    }


def _tier_at(caller: Caller, record_type: str, record: Any) -> str:
    if caller.sees_everything:
        return "restricted"
    if not caller._may_read:
        return "public"
    reading = _grants_for(caller, "view")
    if record is not None:
        return highest(caller.reads_at(one) for one in reading if roles.covers(one, record))
    reaching = [one for one in reading if roles.covering(one, record_type) is not None]
    # What a role reaches is read at the tier of whichever role reaches all of that, too: two roles
    # for one part are read at the higher one.
    tiers = [
        highest(caller.reads_at(other) for other in reading if roles.includes(other, one))
        for one in reaching
    ]
    return min(tiers, key=TIERS.index, default="public")


class Fields:
    """Which fields of its records a caller sees, asked once where it is the same for all."""

    def __init__(self, caller: Caller, record_type: str) -> None:
        self._caller, self._type = caller, record_type
        tiers = {caller.reads_at(grant) for grant in caller.grants}
        self._same = caller.sees_everything or len(tiers) < 2
        #: What is seen of every record, and so may be asked for.
        self.of_all = fields(caller, record_type)

    def of(self, record: Any) -> set[str]:
        """Names of the fields seen of a record."""
        return self.of_all if self._same else fields(self._caller, self._type, record)

    def beside(self, record: Any) -> bool:
        """Whether the caller sees what stands beside the fields of a record: columns that no field
        takes, and who handed in and decided what. It takes the restricted tier."""
        return _tier_at(self._caller, self._type, record) == "restricted"


def mark(caller: Caller) -> str:
    """Hash of what decides what a caller sees, the register apart."""
    now = profile.current()
    said = (
        caller.name, caller.tier, caller.local, sorted(map(repr, caller.grants)),
        None if caller.scopes is None else sorted(caller.scopes),
        now.access.model_dump_json(), now.publication.model_dump_json(),
    )  # fmt: skip
    return hashlib.sha256(repr(said).encode()).hexdigest()[:32]


def read_personal(caller: Caller, record: Any, purpose: str) -> dict[str, Any] | None:
    """The personal fields of a record; the reading is logged before they are decrypted.

    Parameters
    ----------
    record
        A record about a person (``victim``).
    purpose
        What they are needed for; kept in the log.

    Returns
    -------
    dict or None
        None when the person was erased.

    Raises
    ------
    DecisionRefused
        When the caller may not, or states no purpose.
    RegisterError
        When the record holds no personal data.
    """
    if not RECORD_TYPES[record.schema.name].personal_fields:
        raise RegisterError(f"{record.ref} holds no personal data")
    require(caller, "view_personal", record)
    log_reading(caller, record.schema.name, record.uid, purpose)
    if record.person_key is None or record.sealed is None:
        return None
    return seal.open_sealed(record.person_key, record.sealed)


def log_reading(caller: Caller, what: str, uid: str, purpose: str) -> None:
    """Write down that somebody is about to read personal data; nothing is decrypted before.

    Parameters
    ----------
    what, uid
        Record type and id of the record, or another name of what is read (:mod:`.personal`).
    purpose
        What it is needed for.

    Raises
    ------
    DecisionRefused
        When no purpose is stated.
    """
    if not purpose.strip():
        raise DecisionRefused(
            said("say what the personal data are needed for; it is kept in the log")
        )
    PersonalRead.objects.create(
        at=clock.now(),
        reader=caller.name,
        record_type=what,
        record_uid=uid,
        purpose=purpose.strip(),
    )
