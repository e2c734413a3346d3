"""Two people decide: the releases that nothing stands against, and corrections that lower caution.

The people are made up for the run; their passwords are random and are nowhere written down.
"""

from __future__ import annotations

import secrets
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from landrelease.register import decisions, people, release_decisions
from landrelease.register.errors import DecisionRefused
from landrelease.register.models import Organisation
from landrelease.register.people import Actor
from landrelease.register.progress import Progress


@dataclass(frozen=True)
class MadeUpPerson:
    """A person of the demonstration and the password of this run."""

    name: str
    organisation: str
    may_release: bool
    part: str
    password: str = field(default_factory=lambda: secrets.token_urlsafe(12), repr=False)


def cast() -> list[MadeUpPerson]:
    """The people of the made-up island."""
    return [
        MadeUpPerson("quennerly", "DMAO", True, "decides for the mine action office"),
        MadeUpPerson("ambersley", "DMAO", True, "decides for the mine action office"),
        MadeUpPerson(
            "vanterpool",
            "Island Audit Commission (made up)",
            True,
            "decides on work that the office did itself",
        ),
        MadeUpPerson(
            "lockhaven",
            "Island Audit Commission (made up)",
            True,
            "decides on work that the office did itself",
        ),
        MadeUpPerson("ternwick", "TFC", False, "works for a demining operator"),
        MadeUpPerson("oduvaline", "AHD", False, "works for a demining operator"),
    ]


def enter(persons: Iterable[MadeUpPerson]) -> dict[str, Actor]:
    """Enter the people and sign each one in, by name."""
    actors = {}
    for person in persons:
        people.add(
            person.name,
            person.password,
            organisation=person.organisation,
            may_release=person.may_release,
        )
        actors[person.name] = people.sign_in(person.name, person.password)
    return actors


@dataclass
class Decided:
    """What came of the releases.

    Attributes
    ----------
    waiting
        Reports of released land before anybody decided.
    ready
        Those that nothing stood against.
    released
        References by the two who decided, such as ``{("ana", "ben"): ["AC-1"]}``.
    refusals
        Why a person was turned away, with the number of reports.
    open
        What still stands against those that stay open: reason to number of reports.
    """

    waiting: int = 0
    ready: list[str] = field(default_factory=list)
    released: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    refusals: Counter[str] = field(default_factory=Counter)
    open: Counter[str] = field(default_factory=Counter)
    open_reports: int = 0

    @property
    def all_released(self) -> list[str]:
        return [ref for refs in self.released.values() for ref in refs]


def decide_releases(pairs: Sequence[tuple[Actor, Actor]], progress: Progress) -> Decided:
    """Let each pair consent to what is ready and theirs to decide.

    Parameters
    ----------
    pairs
        Two people each; a report that the first pair may not decide is left to the next.
    """
    progress("deciding releases", 0, None)
    decided = Decided()
    by_operator: dict[str, list[str]] = defaultdict(list)
    for waiting in release_decisions.waiting_releases():
        decided.waiting += 1
        if not waiting.obstacles:
            decided.ready.append(waiting.activity.ref)
            by_operator[waiting.activity.organisation_uid].append(waiting.activity.ref)
    left = dict(by_operator)
    for first, second in pairs:
        consented: list[str] = []
        for operator, refs in list(left.items()):
            result = release_decisions.approve_releases(refs, first)
            consented += result.consented
            turned_away = Counter(reason for found in result.refused.values() for reason in found)
            for reason, number in turned_away.items():
                decided.refusals[f"{reason}: {number} reports of {_called(operator)}"] += 1
            left[operator] = list(result.refused)
            if not left[operator]:
                del left[operator]
        if consented:
            result = release_decisions.approve_releases(consented, second)
            decided.released[first.name, second.name] = result.released
    for waiting in release_decisions.waiting_releases():
        decided.open_reports += 1
        for obstacle in waiting.obstacles or ["nobody who may has decided yet"]:
            decided.open[_kind_of(obstacle)] += 1
    return decided


def _called(uid: str) -> str:
    found = Organisation.objects.filter(uid=uid).first()
    return (found and (found.name or found.source_id)) or "an operator that is not recorded"


def _kind_of(obstacle: str) -> str:
    """A reason without the figures of the single case, so that like can be counted with like."""
    if obstacle.startswith("it ended "):
        return "it ended no later than the hazard's latest evidence (rule 5)"
    if obstacle.startswith("cleared to "):
        return "cleared less deep than asked (rule 2)"
    return obstacle


@dataclass
class Held:
    """What came of changes that a correction held back.

    Attributes
    ----------
    refusals
        Why people were turned away who tried first.
    people
        The two who decided.
    after_first, after_second
        Journal entry of the decision after each consent; None where nothing was decided yet.
    """

    refusals: list[str] = field(default_factory=list)
    people: tuple[str, str] = ("", "")
    after_first: int | None = None
    after_second: int | None = None


def decide_held(receipt: str, pairs: Sequence[tuple[Actor, Actor]]) -> Held:
    """Let the first pair that may approve what a correction holds back."""
    held = Held()
    for first, second in pairs:
        try:
            entry = decisions.approve_held(receipt, first)
        except DecisionRefused as refused:
            held.refusals.append(str(refused))
            continue
        held.people = first.name, second.name
        held.after_first = None if entry is None else entry.seq
        entry = decisions.approve_held(receipt, second)
        held.after_second = None if entry is None else entry.seq
        break
    return held
