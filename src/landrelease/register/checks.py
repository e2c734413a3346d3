"""``landrelease check``: every assertion about the register, and what does not hold.

Nothing is ever changed by it, and nothing it finds is decided: each finding names the records, the
rule, what is declared, what was found, the difference and the likely cause.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from landrelease.land.assertions import Mismatch, Tolerances

from . import clock
from . import profile as profiles
from .progress import Progress
from .schema import RECORD_TYPES

if TYPE_CHECKING:
    from .assertions import Checked, Tables

#: In this order findings are listed.
SEVERITIES = ("error", "warning", "info")

#: Findings about people name no record outside the restricted tier.
UNNAMED = frozenset(name for name, kind in RECORD_TYPES.items() if kind.personal_fields)


@dataclass(frozen=True)
class Found:
    """An assertion that does not hold, with the records or rows it is about.

    Attributes
    ----------
    record_type
        Type of the records; ``row`` for the rows of a file.
    records
        Short references (HA-12) or row numbers; empty for records about people.
    count
        How many records it is about.
    mismatch
        What does not hold.
    """

    record_type: str
    records: tuple[str, ...]
    count: int
    mismatch: Mismatch

    def to_json(self) -> dict[str, Any]:
        """Everything there is to say, numbers as plain text so that no digit is lost."""
        found = self.mismatch
        return {
            "severity": found.severity,
            "rule": found.rule,
            "record_type": self.record_type,
            "count": self.count,
            "records": list(self.records),
            "fields": list(found.fields),
            "declared": plain(found.declared),
            "found": plain(found.found),
            "difference": plain(found.difference),
            "unit": found.unit,
            "tolerance": plain(found.tolerance),
            "cause": found.cause,
            "message": found.message,
        }


@dataclass(frozen=True)
class Looked:
    """One assertion that was checked, so that silence can be told from not having looked."""

    assertion: str
    record_type: str
    rows: int
    tolerance: str
    findings: int

    def to_json(self) -> dict[str, Any]:
        return {
            "assertion": self.assertion,
            "record_type": self.record_type,
            "rows": self.rows,
            "tolerance": self.tolerance,
            "findings": self.findings,
        }


@dataclass
class Outcome:
    """What a check found, and what it looked at."""

    profile: str
    unverified: bool
    found: list[Found] = field(default_factory=list)
    looked: list[Looked] = field(default_factory=list)

    @property
    def errors(self) -> int:
        return sum(one.mismatch.severity == "error" for one in self.found)

    def counts(self) -> dict[str, int]:
        """Findings by rule, sorted by rule."""
        return dict(sorted(Counter(one.mismatch.rule for one in self.found).items()))

    def by_rule(self, rule: str) -> list[Found]:
        return [one for one in self.found if one.mismatch.rule == rule]

    def to_json(self) -> dict[str, Any]:
        return {
            "profile": self.profile,
            "profile_unverified": self.unverified,
            "errors": self.errors,
            "findings": [one.to_json() for one in self.found],
            "looked_at": [one.to_json() for one in self.looked],
        }


def tolerances(profile: profiles.Profile) -> Tolerances:
    """Tolerances of a national profile, as the assertions take them."""
    return Tolerances(**profile.assertions.model_dump())


def check(
    *,
    today: dt.date | None = None,
    record_types: Sequence[str] = (),
    progress: Progress | None = None,
) -> Outcome:
    """Check every assertion about the open workspace.

    Parameters
    ----------
    today
        Day against which dates are checked; by default the day of the clock.
    record_types
        Only these; all without.
    progress
        Told about each step.

    Returns
    -------
    Outcome
        Findings, errors first, and all that was looked at.
    """
    # The tables can be imported only once a workspace is open.
    from .assertions import ASSERTIONS, Tables

    profile = profiles.current()
    limits = tolerances(profile)
    today = today or dt.date.fromisoformat(clock.now()[:10])
    outcome = Outcome(profile.title, profile.unverified)
    tables = Tables()
    for done, of_type in enumerate(ASSERTIONS):
        if progress is not None:
            progress(of_type.__name__.replace("_", " "), done, len(ASSERTIONS))
        for checked in of_type(tables, limits, today):
            if not record_types or checked.record_type in record_types:
                _take(outcome, checked, tables)
    outcome.found.sort(
        key=lambda one: (
            SEVERITIES.index(one.mismatch.severity),
            one.record_type,
            one.mismatch.rule,
        )
    )
    return outcome


def _take(outcome: Outcome, checked: Checked, tables: Tables) -> None:
    outcome.looked.append(
        Looked(
            checked.name,
            checked.record_type,
            checked.rows,
            checked.tolerance,
            len(checked.mismatches),
        )
    )
    if not checked.mismatches:
        return
    named = checked.record_type not in UNNAMED
    refs = tables.refs(checked.record_type)
    outcome.found += [
        Found(
            checked.record_type,
            tuple(refs[list(found.rows)].tolist()) if named else (),
            len(found.rows),
            found,
        )
        for found in checked.mismatches
    ]


def plain(value: float | str | None) -> str | None:
    """A number or date as plain text, whole numbers without a decimal point."""
    if value is None or isinstance(value, str):
        return value
    return f"{value:.0f}" if value == round(value) else repr(value)
