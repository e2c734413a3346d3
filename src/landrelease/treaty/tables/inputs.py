"""What a report is made from: plain figures, gathered by whoever has a register.

Nothing here knows a database. A researcher can fill these from a spreadsheet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from .cells import Figure


@dataclass(frozen=True)
class Line:
    """Figures by name about one thing: a unit, a class, a year."""

    key: str
    label: str
    figures: Mapping[str, Figure]


@dataclass(frozen=True)
class Programme:
    """Who reports: names as recorded, empty where not."""

    name: str = ""
    state: str = ""
    country: str = ""
    authority: str = ""


@dataclass(frozen=True)
class Known:
    """What the report knows: the last journal entry, its moment (UTC) and its hash."""

    seq: int
    recorded_at: str
    head: str


@dataclass(frozen=True)
class Profile:
    """The national profile that the figures follow."""

    title: str
    unverified: bool


@dataclass(frozen=True)
class Units:
    """The administrative units of the rows."""

    level: str
    count: int
    on: date


@dataclass(frozen=True)
class LandScope:
    """The land of one scope (a class, or the classes of a treaty) over one period.

    Attributes
    ----------
    scope, label
        Code and words of the scope.
    units, special, total
        A line for each administrative unit, for ground outside all units and of unrecorded
        place, and for the programme, where ground is counted once. Figures by name: those of
        :data:`.land.REMAINING`, :data:`.land.RELEASED` and :data:`.land.IDENTIFIED`.
    statement
        Figures by account (suspected, confirmed, open) and term, opening to closing.
    counts
        Number of areas by term (rule 10).
    residual
        What is left over between opening, terms and closing, mm²: 0.
    closing_measured
        Open ground measured anew on the dissolved geometry by account; empty where it was not
        measured.
    """

    scope: str
    label: str
    units: tuple[Line, ...]
    special: tuple[Line, ...]
    total: Line
    statement: Mapping[str, Mapping[str, Figure]]
    counts: Mapping[str, Figure]
    residual: Figure
    closing_measured: Mapping[str, Figure] = field(default_factory=dict)


@dataclass(frozen=True)
class Breakdown:
    """Persons by one characteristic; the lines are parts of one whole."""

    key: str
    label: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Victims:
    """Victims of accidents in the period, aggregated.

    Attributes
    ----------
    breakdowns
        By status, sex, age, sex and age, device; each with "not recorded". Figures: killed,
        injured, unknown, total.
    persons
        All victims recorded one by one.
    accidents
        What the records of accidents state: figures accidents, killed, injured, unknown.
    undated
        Victims whose accident has no date that lies within one period.
    """

    breakdowns: tuple[Breakdown, ...]
    persons: Line
    accidents: Line
    undated: Figure


@dataclass(frozen=True)
class Education:
    """Risk education sessions in the period by method, aggregated."""

    lines: tuple[Line, ...]
    total: Line
    undated: Figure


@dataclass(frozen=True)
class Ordnance:
    """Explosive ordnance destroyed in the period, by class."""

    lines: tuple[Line, ...]
    undated: Figure


@dataclass(frozen=True)
class Stocks:
    """Stockpiled, retained (latest count), transferred and destroyed (in the period), by class."""

    lines: tuple[Line, ...]
    undated: Figure


@dataclass(frozen=True)
class Discrepancies:
    """What reports say that the ground does not, by rule: figures ``count`` and ``area``."""

    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Quality:
    """What is not known, and how well the books close.

    Attributes
    ----------
    lines
        One thing a line: figures ``count`` and, where it has one, ``area``.
    positions
        Number of areas by origin of their coordinates.
    """

    lines: tuple[Line, ...]
    positions: tuple[Line, ...]
    discrepancies: Discrepancies
    residual: Figure
    drift: Figure
    drift_bound: Figure


@dataclass(frozen=True)
class ExcludedLand:
    """Land without the scope's classes, by its combination of classes: areas and open claims."""

    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Change:
    """One figure of an earlier report that reads otherwise now."""

    id: str
    label: str
    before: Figure
    after: Figure
    difference: Figure
    entries: str = ""
    unexplained: bool = False


@dataclass(frozen=True)
class Changes:
    """What changed since a frozen report."""

    number: str
    known_seq: int
    rows: tuple[Change, ...]
    unchanged: int
    not_compared: int = 0


@dataclass(frozen=True)
class Standing:
    """Whether the report was frozen and approved, under which number and by whom."""

    official: bool = False
    number: str = ""
    approver: str = ""
    sha256: str = ""


@dataclass(frozen=True)
class Gathered:
    """All figures of one report.

    Attributes
    ----------
    since, until
        First and last day of the period.
    scopes
        Land by code of scope.
    years
        For each year of a longer period the land of the scope, for the extension annex.
    classes
        Open land by class at the end, each class by itself.
    """

    since: date
    until: date
    programme: Programme
    known: Known
    profile: Profile
    units: Units
    scopes: Mapping[str, LandScope]
    classes: tuple[Line, ...]
    excluded: ExcludedLand
    quality: Quality
    victims: Victims
    education: Education
    ordnance: Ordnance
    stocks: Stocks
    standing: Standing = field(default_factory=Standing)
    years: tuple[LandScope, ...] = ()
    changes: Changes | None = None
