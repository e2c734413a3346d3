"""What a treaty asks for by a day: stockpiles, clearance, the first and the yearly report.

The register holds no declarations of completion: a deadline that has passed says that the day has
come, not whether the obligation was met.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from .participation import (
    Extension,
    Obligation,
    Participation,
    StatusRegister,
    Step,
    status_register,
)
from .sources import Source
from .timeline import Dated, entry_into_force, withdrawal_in_effect
from .treaties import Treaty, treaties
from .treaties import treaty as find_treaty
from .when import When, add_days, add_years

#: What becomes of a deadline: it lies ahead, its day has passed, that is not known, the treaty sets
#: none, or the state is no longer bound when it comes. The table of extensions is not complete, so
#: a deadline that can be extended has passed "unless extended".
AHEAD, PASSED, UNKNOWN = "ahead", "passed", "unknown"
PASSED_UNLESS_EXTENDED = "passed unless extended"
NOT_APPLICABLE, NO_LONGER_BOUND = "not applicable", "no longer bound"

#: An extension without the day of its grant counts at any time.
_UNDATED = "day of the grant unknown"


@dataclass(frozen=True, slots=True)
class Deadline:
    """Something due by a day.

    Attributes
    ----------
    treaty : Treaty
    iso3 : str
    obligation : Obligation
    due : When or None
        With extensions; None where the treaty sets no deadline, or the day is unknown.
    original : When or None
        Without extensions.
    state : str
        ``ahead``, ``passed``, ``passed unless extended``, ``unknown``, ``not applicable`` or
        ``no longer bound``.
    verified : bool
    extensions : tuple of Extension
        Granted and requested, in the order of the table.
    basis, note : str
    sources : tuple of Source
    """

    treaty: Treaty
    iso3: str
    obligation: Obligation
    due: When | None
    original: When | None
    state: str
    verified: bool
    extensions: tuple[Extension, ...] = ()
    basis: str = ""
    note: str = ""
    sources: tuple[Source, ...] = ()

    def __str__(self) -> str:
        if self.due is None:
            return self.state
        return f"{self.due}" if self.verified else f"{self.due} (unverified)"

    def to_json(self) -> dict[str, Any]:
        """Give plain values for JSON."""
        return {
            "treaty": self.treaty.key,
            "state": self.iso3,
            "obligation": self.obligation.value,
            "due": None if self.due is None else str(self.due),
            "original": None if self.original is None else str(self.original),
            "becomes": self.state,
            "verified": self.verified,
            "extensions": [found.to_json() for found in self.extensions],
            "basis": self.basis,
            "note": self.note,
            "sources": [source.key for source in self.sources],
        }


def deadlines(
    year: int,
    *,
    treaty: str | None = None,
    on: date | None = None,
    register: StatusRegister | None = None,
) -> list[Deadline]:
    """List what is due in a year, for all states.

    Parameters
    ----------
    year : int
    treaty : str, optional
        Key or name of one treaty; default all.
    on : datetime.date, optional
        Day from which to judge what has passed and which extensions were granted; default the end
        of the year.
    register : StatusRegister, optional
        Facts; default those of the package.

    Returns
    -------
    list of Deadline
        By day, treaty and state. A deadline that may fall into the year, but may fall outside, is
        in the list with its interval. What falls after a withdrawal in effect is not in it.

    Raises
    ------
    TreatyError
        There is no such treaty.
    """
    facts = register or status_register()
    day = on or date(year, 12, 31)
    wanted = treaties().values() if treaty is None else [find_treaty(treaty)]
    found = []
    for one in wanted:
        for iso3 in facts.states(one):
            part = facts.of(one, iso3)
            bound = entry_into_force(part)
            left = withdrawal_in_effect(part, facts.coverage[one.key][-1].until)
            found += [
                deadline
                for deadline in _all(part, bound, left, day, None, year)
                if deadline.due is not None
                and year in deadline.due.years
                and deadline.state != NO_LONGER_BOUND
            ]
    return sorted(
        found, key=lambda d: (d.due.last if d.due else day, d.treaty.key, d.iso3, d.obligation)
    )


def deadlines_of(
    part: Participation,
    bound: Dated | None,
    left: Dated | None,
    on: date,
    hostilities_ended: date | None = None,
) -> tuple[Deadline, ...]:
    """Give the deadlines of a state that has given its consent by a day.

    Parameters
    ----------
    part : Participation
    bound, left : Dated or None
        Entry into force and withdrawal, as `timeline` computes them.
    on : datetime.date
        The yearly report is the next one due from this day on.
    hostilities_ended : datetime.date, optional
        See `status`.

    Returns
    -------
    tuple of Deadline
        Empty for a state that has not given its consent.
    """
    consent = part.facts.get(Step.consent)
    if consent is None or consent.when is None or consent.when.reached(on) is False:
        return ()
    rule = part.treaty.rules.get("yearly_report")
    year = on.year
    if rule is not None and on > _day(rule.value, on.year):
        year += 1
    return tuple(_all(part, bound, left, on, hostilities_ended, year))


def _all(
    part: Participation,
    bound: Dated | None,
    left: Dated | None,
    on: date,
    hostilities_ended: date | None,
    year: int,
) -> list[Deadline]:
    if bound is None:
        return []
    first = _first_report(part, bound)
    computed = [
        _after_years(part, Obligation.stockpile, "stockpile_years", bound, on),
        _clearance(part, bound, on, hostilities_ended),
        first,
        _yearly(part, bound, first, year),
    ]
    return [_judged(found, left, on) for found in computed]


def _after_years(
    part: Participation, obligation: Obligation, name: str, start: Dated, on: date
) -> Deadline:
    rule = part.treaty.rules.get(name)
    if rule is None:
        return _not_applicable(part, obligation)
    original = start.when.moved(lambda day: add_years(day, rule.number))
    asked = tuple(e for e in part.extensions if e.obligation is obligation)
    granted = [
        e
        for e in asked
        if e.status == "granted"
        and e.due is not None
        and (e.decided is None or e.decided.reached(on) is not False)
    ]
    basis = f"article {rule.article}: {rule.number} years from {start.when}"
    if not granted:
        return Deadline(
            part.treaty,
            part.iso3,
            obligation,
            original,
            original,
            AHEAD,
            start.verified and rule.source.citable,
            asked,
            basis,
            "",
            (*start.sources, rule.source),
        )
    latest = max(granted, key=lambda e: e.due.last if e.due else date.min)
    return Deadline(
        part.treaty,
        part.iso3,
        obligation,
        latest.due,
        original,
        AHEAD,
        latest.verified,
        asked,
        f"extended from {original} ({basis})",
        latest.note if latest.decided else _joined(latest.note, _UNDATED),
        (*start.sources, rule.source, latest.source),
    )


def _clearance(
    part: Participation, bound: Dated, on: date, hostilities_ended: date | None
) -> Deadline:
    rule = part.treaty.rules.get("clearance_from_end_of_hostilities")
    start = bound
    if rule is not None and hostilities_ended is not None and hostilities_ended > bound.when.first:
        start = Dated(
            bound.when.not_before(hostilities_ended),
            False,
            "end of active hostilities as given by the one who asks",
            (*bound.sources, rule.source),
        )
    found = _after_years(part, Obligation.clearance, "clearance_years", start, on)
    if rule is None or hostilities_ended is not None:
        return found
    later = f"from the end of later hostilities, if any (article {rule.article})"
    return replace(found, note=_joined(found.note, later))


def _first_report(part: Participation, bound: Dated) -> Deadline:
    rule = part.treaty.rules.get("first_report_days")
    if rule is None:
        return _not_applicable(part, Obligation.first_report)
    due = bound.when.moved(lambda day: add_days(day, rule.number))
    return Deadline(
        part.treaty,
        part.iso3,
        Obligation.first_report,
        due,
        due,
        AHEAD,
        bound.verified and rule.source.citable,
        (),
        f"article {rule.article}: {rule.number} days after {bound.when}",
        "",
        (*bound.sources, rule.source),
    )


def _yearly(part: Participation, bound: Dated, first: Deadline, year: int) -> Deadline:
    """Give the yearly report of a year; the first one follows the initial report."""
    rule = part.treaty.rules.get("yearly_report")
    if rule is None:
        return _not_applicable(part, Obligation.yearly_report)
    due = When.on(_day(rule.value, year))
    after = first.due or bound.when
    basis, sources = f"article {rule.article}: every year", (*bound.sources, rule.source)
    verified = bound.verified and rule.source.citable
    begun = after.reached(due.first)
    if begun is False:
        return Deadline(
            part.treaty,
            part.iso3,
            Obligation.yearly_report,
            None,
            None,
            AHEAD,
            verified,
            (),
            basis,
            f"none in {year}: the first report comes before it, due {after}",
            sources,
        )
    note = f"covers {year - 1}" if begun else f"covers {year - 1}, if the first was due before it"
    return Deadline(
        part.treaty, part.iso3, Obligation.yearly_report, due, due, AHEAD,
        verified and begun is True, (), basis, note, sources,
    )  # fmt: skip


def _judged(found: Deadline, left: Dated | None, on: date) -> Deadline:
    """Say what becomes of a deadline, seen from a day and with a withdrawal in view."""
    due = found.due
    if due is None:
        return found
    if left is not None:
        gone = left.when.reached(due.first)
        if gone is True:
            return replace(found, state=NO_LONGER_BOUND, note=f"withdrawn with effect of {left}")
        if left.when.reached(due.last) is not False:
            doubt = f"the withdrawal of {left} may come before it"
            found = replace(found, verified=False, note=_joined(found.note, doubt))
    # A thing may be done on the very day that it is due.
    if on > due.last:
        extendable = f"{found.obligation.value}_extendable" in found.treaty.rules
        return replace(found, state=PASSED_UNLESS_EXTENDED if extendable else PASSED)
    return replace(found, state=AHEAD if on <= due.first else UNKNOWN)


def _not_applicable(part: Participation, obligation: Obligation) -> Deadline:
    return Deadline(
        part.treaty,
        part.iso3,
        obligation,
        None,
        None,
        NOT_APPLICABLE,
        True,
        note=f"{part.treaty.name} sets no such deadline",
    )


def _joined(*notes: str) -> str:
    return "; ".join(filter(None, notes))


def _day(month_and_day: str, year: int) -> date:
    return date.fromisoformat(f"{year:04d}-{month_and_day}")
