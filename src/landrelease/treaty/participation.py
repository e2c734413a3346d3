"""What is known of who signed, joined, left or contests: facts with source and day of reading.

``data/participation.csv`` restates the depositary's tables as they stood in 2013;
``data/changes.csv`` holds what was found of later changes. Both have one row a step of a state.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Any

from .errors import TreatyError
from .sources import Source
from .states import all_states
from .tablefiles import Line, lines
from .treaties import Treaty, cited, treaties
from .when import When


class Step(StrEnum):
    """What a state did at the depositary."""

    signature = "signature"
    provisional_application = "provisional_application"
    consent = "consent"
    succession_effective = "succession_effective"
    withdrawal_notified = "withdrawal_notified"
    withdrawal_effective = "withdrawal_effective"


class Obligation(StrEnum):
    """What has a deadline."""

    stockpile = "stockpile"
    clearance = "clearance"
    first_report = "first_report"
    yearly_report = "yearly_report"


MANNERS = (
    "ratification",
    "acceptance",
    "approval",
    "accession",
    "succession",
    "consent",
    "unknown",
)


@dataclass(frozen=True, slots=True)
class Fact:
    """A step of a state.

    Attributes
    ----------
    when : When or None
        The day as precisely as the source gives it; None when it gives none.
    source : Source
    manner : str
        How consent was given; empty for other steps.
    note : str
    """

    when: When | None
    source: Source
    manner: str = ""
    note: str = ""

    @property
    def verified(self) -> bool:
        """Whether a document gives the day."""
        return self.source.citable and self.when is not None and self.when.exact


@dataclass(frozen=True, slots=True)
class Event:
    """Something that the parties see differently, or that limits where a treaty is applied.

    Attributes
    ----------
    kind : str
        ``contested`` or ``territorial``. Neither changes the standing of a state.
    begins, ends : When or None
        None: not known, or not ended.
    title, positions : str
        What happened, and who says what about it.
    source : Source
    """

    kind: str
    begins: When | None
    ends: When | None
    title: str
    positions: str
    source: Source

    def in_effect(self, day: date) -> bool:
        """Whether it may be going on: what has no known begin is shown at any time."""
        begun = self.begins is None or self.begins.reached(day) is not False
        return begun and (self.ends is None or self.ends.reached(day) is not True)

    def to_json(self) -> dict[str, Any]:
        """Give plain values for JSON."""
        return {
            "kind": self.kind,
            "begins": None if self.begins is None else str(self.begins),
            "ends": None if self.ends is None else str(self.ends),
            "title": self.title,
            "positions": self.positions,
            "source": self.source.to_json(),
        }


@dataclass(frozen=True, slots=True)
class Extension:
    """A later deadline that a state asked for or was granted.

    Attributes
    ----------
    obligation : Obligation
    due : When or None
        The new deadline; None when the material does not say.
    status : str
        ``granted`` or ``requested``; only what was granted moves a deadline.
    decided : When or None
        When the states parties decided.
    source : Source
    note : str
    """

    obligation: Obligation
    due: When | None
    status: str
    decided: When | None
    source: Source
    note: str = ""

    @property
    def verified(self) -> bool:
        """Whether a document gives the day and that it was granted."""
        return (
            self.status == "granted"
            and self.source.citable
            and self.due is not None
            and self.due.exact
        )

    def to_json(self) -> dict[str, Any]:
        """Give plain values for JSON."""
        return {
            "due": None if self.due is None else str(self.due),
            "status": self.status,
            "decided": None if self.decided is None else str(self.decided),
            "verified": self.verified,
            "note": self.note,
            "source": self.source.to_json(),
        }


@dataclass(frozen=True, slots=True)
class Coverage:
    """Until when the material is complete for a treaty.

    Attributes
    ----------
    until : When
        What happened after its first day may be missing, after its last day it is.
    source : Source
    note : str
    """

    until: When
    source: Source
    note: str = ""


@dataclass(frozen=True, slots=True)
class Participation:
    """All facts about one state and one treaty.

    Attributes
    ----------
    treaty : Treaty
    iso3 : str
    facts : dict of Step to Fact
    events : tuple of Event
    extensions : tuple of Extension
    """

    treaty: Treaty
    iso3: str
    facts: dict[Step, Fact] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    extensions: tuple[Extension, ...] = ()


@dataclass(frozen=True, slots=True)
class StatusRegister:
    """The facts about all states and treaties.

    Attributes
    ----------
    facts : dict
        By treaty and state; see `of`.
    coverage : dict of str to tuple of Coverage
        By treaty, the earlier first.
    """

    facts: dict[tuple[str, str], Participation]
    coverage: dict[str, tuple[Coverage, ...]]

    def of(self, treaty: Treaty, iso3: str) -> Participation:
        """Give what is known about a state and a treaty; without facts, an empty one."""
        return self.facts.get((treaty.key, iso3)) or Participation(treaty, iso3)

    def states(self, treaty: Treaty) -> list[str]:
        """Give the alpha-3 codes of the states that have facts, in order."""
        return sorted(iso3 for key, iso3 in self.facts if key == treaty.key)


_STEPS = ("treaty", "state", "step", "date", "manner", "source", "retrieved", "note")
_EVENTS = (
    "treaty", "state", "kind", "begins", "ends", "title", "positions", "source", "retrieved",
)  # fmt: skip
_EXTENSIONS = (
    "treaty", "state", "obligation", "due", "status", "decided", "source", "retrieved", "note",
)  # fmt: skip


@cache
def status_register() -> StatusRegister:
    """Read the register that the package ships.

    Returns
    -------
    StatusRegister

    Raises
    ------
    TreatyError
        A table contradicts itself; the message names file and line.
    """
    facts: dict[tuple[str, str], dict[Step, Fact]] = defaultdict(dict)
    for name in ("participation.csv", "changes.csv"):
        for line in lines(name, _STEPS):
            of_state, step = facts[_place(line)], Step(line["step"])
            if step in of_state:
                raise line.wrong(f"{step} of {line['state']} stands in the tables twice")
            if (line["manner"] in MANNERS) is not (step is Step.consent):
                raise line.wrong(f"the manner {line['manner']!r} does not fit the step {step}")
            of_state[step] = Fact(_when(line, "date"), cited(line), line["manner"], line["note"])
    events: dict[tuple[str, str], list[Event]] = defaultdict(list)
    for line in lines("events.csv", _EVENTS):
        events[_place(line)].append(
            Event(
                line["kind"],
                _when(line, "begins"),
                _when(line, "ends"),
                line["title"],
                line["positions"],
                cited(line),
            )
        )
    extensions: dict[tuple[str, str], list[Extension]] = defaultdict(list)
    for line in lines("extensions.csv", _EXTENSIONS):
        if line["status"] not in ("granted", "requested"):
            raise line.wrong(f"an extension is granted or requested, not {line['status']!r}")
        extensions[_place(line)].append(
            Extension(
                Obligation(line["obligation"]),
                _when(line, "due"),
                line["status"],
                _when(line, "decided"),
                cited(line),
                line["note"],
            )
        )
    known = treaties()
    return StatusRegister(
        {
            (key, iso3): Participation(
                known[key],
                iso3,
                facts.get((key, iso3), {}),
                tuple(events.get((key, iso3), ())),
                tuple(extensions.get((key, iso3), ())),
            )
            for key, iso3 in {*facts, *events, *extensions}
        },
        _coverage(),
    )


def _coverage() -> dict[str, tuple[Coverage, ...]]:
    found: dict[str, list[Coverage]] = defaultdict(list)
    for line in lines("coverage.csv", ("treaty", "known_until", "source", "retrieved", "note")):
        until = _when(line, "known_until")
        if until is None:
            raise line.wrong("known_until is empty")
        found[line["treaty"]].append(Coverage(until, cited(line), line["note"]))
    return {key: tuple(sorted(rows, key=lambda c: c.until.last)) for key, rows in found.items()}


def _place(line: Line) -> tuple[str, str]:
    if line["treaty"] not in treaties():
        raise line.wrong(f"there is no treaty {line['treaty']!r}")
    if line["state"] not in all_states():
        raise line.wrong(f"{line['state']!r} is no state of ISO 3166")
    return line["treaty"], line["state"]


def _when(line: Line, column: str) -> When | None:
    if not line[column]:
        return None
    try:
        return When.parse(line[column])
    except TreatyError as error:
        raise line.wrong(str(error)) from error
