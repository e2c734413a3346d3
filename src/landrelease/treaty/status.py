"""Where a state stands towards each treaty on a day, and on what that rests.

Method: the steps of a state (signature, consent, entry into force, withdrawal in effect) are put in
order, each with the earliest and the latest day that it may have happened. On a given day the state
stands at least at the last step that has certainly come and at most at the last one that may have
come. When the two differ the standing is "unknown" and all that are possible are named.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from .deadlines import Deadline, deadlines_of
from .participation import (
    Coverage,
    Event,
    Fact,
    Participation,
    StatusRegister,
    Step,
    status_register,
)
from .sources import Source
from .states import State
from .states import state as find_state
from .timeline import Dated, entry_into_force, withdrawal_in_effect
from .treaties import Treaty, treaties
from .when import When


class Standing(StrEnum):
    """How a state stands towards a treaty."""

    not_party = "not_party"
    signatory = "signatory"
    bound_not_yet = "bound_not_yet"
    party = "party"
    withdrawn = "withdrawn"
    unknown = "unknown"


@dataclass(frozen=True, slots=True)
class TreatyStatus:
    """The standing of a state towards one treaty on a day.

    Attributes
    ----------
    treaty : Treaty
    standing : Standing
    possible : tuple of Standing
        What it may be when it is unknown; otherwise the standing alone.
    since : Dated or None
        Since when; None for a state that never took part.
    verified : bool
        Whether documents carry it: every date it rests on, and that nothing happened since.
    facts : dict of Step to Fact
        What the state did, as the sources give it.
    entry_into_force, withdrawal : Dated or None
        Computed by the treaty's rule.
    events : tuple of Event
        Contested or territorial, in effect on the day; they do not change the standing.
    deadlines : tuple of Deadline
    notes : tuple of str
    known_until : str
        Until when the material is complete for this treaty.
    """

    treaty: Treaty
    standing: Standing
    possible: tuple[Standing, ...]
    since: Dated | None
    verified: bool
    facts: dict[Step, Fact]
    entry_into_force: Dated | None
    withdrawal: Dated | None
    events: tuple[Event, ...]
    deadlines: tuple[Deadline, ...]
    notes: tuple[str, ...]
    known_until: str
    known_from: Source

    def to_json(self) -> dict[str, Any]:
        """Give plain values for JSON."""
        return {
            "treaty": self.treaty.key,
            "name": self.treaty.name,
            "standing": self.standing.value,
            "possible": [found.value for found in self.possible],
            "since": None if self.since is None else self.since.to_json(),
            "verified": self.verified,
            "steps": {
                step.value: {
                    "date": "unknown" if fact.when is None else str(fact.when),
                    "manner": fact.manner or None,
                    "verified": fact.verified,
                    "note": fact.note,
                    "source": fact.source.to_json(),
                }
                for step, fact in self.facts.items()
            },
            "entry_into_force": None
            if self.entry_into_force is None
            else self.entry_into_force.to_json(),
            "withdrawal": None if self.withdrawal is None else self.withdrawal.to_json(),
            "events": [event.to_json() for event in self.events],
            "deadlines": [found.to_json() for found in self.deadlines],
            "notes": list(self.notes),
            "known_until": self.known_until,
            "known_from": self.known_from.to_json(),
        }


@dataclass(frozen=True, slots=True)
class StateStatus:
    """The standing of a state towards all treaties on a day.

    Attributes
    ----------
    state : State
    on : datetime.date
    treaties : dict of str to TreatyStatus
        By key of the treaty.
    """

    state: State
    on: date
    treaties: dict[str, TreatyStatus]

    def __getitem__(self, key: str) -> TreatyStatus:
        return self.treaties[key]

    def to_json(self) -> dict[str, Any]:
        """Give plain values for JSON."""
        return {
            "state": self.state.iso3,
            "name": self.state.name,
            "on": self.on.isoformat(),
            "treaties": [found.to_json() for found in self.treaties.values()],
        }


def status(
    state: str,
    on: date,
    *,
    hostilities_ended: date | None = None,
    register: StatusRegister | None = None,
) -> StateStatus:
    """Say where a state stands towards each treaty on a day.

    Parameters
    ----------
    state : str
        ISO 3166 code or English name.
    on : datetime.date
        The day asked about.
    hostilities_ended : datetime.date, optional
        End of the active hostilities that left cluster munition remnants, where that is later than
        the entry into force: the ten years of the Cluster Munitions Convention count from it.
    register : StatusRegister, optional
        Facts; default those of the package.

    Returns
    -------
    StateStatus

    Raises
    ------
    TreatyError
        There is no such state.

    Examples
    --------
    >>> from datetime import date
    >>> found = status("Ukraine", date(2024, 11, 20))["apmbc"]
    >>> found.standing.value, str(found.since.when), found.verified
    ('party', '2006-06-01', True)
    """
    who = find_state(state)
    facts = register or status_register()
    return StateStatus(
        who,
        on,
        {
            key: _towards(facts.of(treaty, who.iso3), facts.coverage[key], on, hostilities_ended)
            for key, treaty in treaties().items()
        },
    )


def _towards(
    part: Participation, coverage: tuple[Coverage, ...], on: date, hostilities_ended: date | None
) -> TreatyStatus:
    bound, left = entry_into_force(part), withdrawal_in_effect(part, coverage[-1].until)
    steps = _steps(part, bound, left)
    certain, possible = _between(steps, on)
    standing = possible[0] if len(possible) == 1 else Standing.unknown
    since = next((dated for reached, dated in steps if reached is standing), None)
    layer = next((layer for layer in coverage if layer.until.last >= on), coverage[-1])
    notes = [fact.note for fact in part.facts.values() if fact.note]
    notes += [] if bound is None or not bound.note else [bound.note]
    verified = all(dated.verified for reached, dated in steps if _matters(dated, on))

    if standing in (Standing.not_party, Standing.signatory):
        # That nothing happened is only as sure as the material is complete.
        verified = verified and layer.source.citable
        if not layer.source.citable:
            notes.append(
                f"that nothing happened after {coverage[0].until} rests on a {layer.source.kind}"
            )
    last_of_all = coverage[-1].until
    if last_of_all.reached(on) is not False:
        verified = False
        notes.append(_beyond(standing, last_of_all, on))
        if last_of_all.last < on and standing in (Standing.not_party, Standing.signatory):
            possible = _later_than(standing)
            standing, since = Standing.unknown, None
    if standing is Standing.unknown and len(possible) > 1 and last_of_all.last >= on:
        verified = False
        notes.append("the sources do not give the day, so it may be any of the possible standings")
    if certain is Standing.bound_not_yet and Step.provisional_application in part.facts:
        notes.append("applies the treaty's first obligations provisionally until it is bound")
    if _leaving(part, left, on):
        notes.append(
            "has notified its withdrawal, which has not taken effect: it is bound on this day"
        )
    if left is not None and (left.when.reached(on) is not False or _leaving(part, left, on)):
        notes.append(left.note)
    events = tuple(event for event in part.events if event.in_effect(on))
    if any(event.kind == "contested" for event in events):
        notes.append("a contested event is going on; it does not change the standing")
    return TreatyStatus(
        part.treaty,
        standing,
        possible,
        since,
        verified,
        part.facts,
        bound,
        left,
        events,
        deadlines_of(part, bound, left, on, hostilities_ended),
        tuple(dict.fromkeys(notes)),
        str(last_of_all),
        layer.source,
    )


def _steps(
    part: Participation, bound: Dated | None, left: Dated | None
) -> list[tuple[Standing, Dated]]:
    """Give the steps of a state in their order, each with its day."""
    found: list[tuple[Standing, Dated]] = []
    for standing, step in (
        (Standing.signatory, Step.signature),
        (Standing.bound_not_yet, Step.consent),
    ):
        fact = part.facts.get(step)
        if fact is not None:
            found.append((standing, Dated.of(fact)))
    if bound is not None:
        if part.facts[Step.consent].manner == "succession":
            # A successor may have been bound before it told the depositary.
            found = [
                (standing, dated) for standing, dated in found if standing is Standing.signatory
            ]
        found.append((Standing.party, bound))
    if left is not None:
        found.append((Standing.withdrawn, left))
    return found


def _between(
    steps: list[tuple[Standing, Dated]], on: date
) -> tuple[Standing, tuple[Standing, ...]]:
    """Give the standing that is certainly reached, and all that may hold on the day."""
    certain, possible = Standing.not_party, [Standing.not_party]
    for standing, dated in steps:
        reached = dated.when.reached(on)
        if reached is True:
            certain, possible = standing, [standing]
        elif reached is None:
            possible.append(standing)
    return certain, tuple(possible)


def _matters(dated: Dated, on: date) -> bool:
    """Whether the answer for the day rests on this date: it has come, or may have come."""
    return dated.when.reached(on) is not False


def _leaving(part: Participation, left: Dated | None, on: date) -> bool:
    if left is None or left.when.reached(on) is not False:
        return False
    notified = part.facts.get(Step.withdrawal_notified)
    return (
        notified is not None
        and notified.when is not None
        and (notified.when.reached(on) is not False)
    )


def _later_than(standing: Standing) -> tuple[Standing, ...]:
    order = [Standing.not_party, Standing.signatory, Standing.bound_not_yet, Standing.party]
    later = order[order.index(standing) :]
    # All treaties here are closed for signature: who has not signed can only accede.
    return tuple(s for s in later if s is standing or s is not Standing.signatory)


def _beyond(standing: Standing, until: When, on: date) -> str:
    called = standing.value.replace("_", " ")
    known = f"last known as {called}, {until}" if standing is not Standing.unknown else ""
    if until.last < on:
        return f"the material ends {until}" + (f"; {known}" if known else "")
    return f"as known in {until}; the day up to which that holds is not stated"
