"""Days that follow from other days: when a state is bound, and when its withdrawal takes effect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .participation import Fact, Participation, Step
from .sources import Source
from .when import When


@dataclass(frozen=True, slots=True)
class Dated:
    """A day with what it rests on.

    Attributes
    ----------
    when : When
    verified : bool
        Whether documents carry the day, or the day and the rule that it was computed with.
    basis : str
        How it was found, in words.
    sources : tuple of Source
    note : str
    """

    when: When
    verified: bool
    basis: str
    sources: tuple[Source, ...]
    note: str = ""

    @classmethod
    def of(cls, fact: Fact) -> Dated:
        """Take a day as its source gives it; without any, any day is possible."""
        when = fact.when or When.parse("0001/9999")
        return cls(when, fact.verified, "as its source gives it", (fact.source,))

    def __str__(self) -> str:
        return f"{self.when}" if self.verified else f"{self.when} (unverified)"

    def to_json(self) -> dict[str, Any]:
        """Give plain values for JSON."""
        return {
            "date": str(self.when),
            "earliest": self.when.first.isoformat(),
            "latest": self.when.last.isoformat(),
            "verified": self.verified,
            "basis": self.basis,
            "note": self.note,
            "sources": [source.key for source in self.sources],
        }


def entry_into_force(part: Participation) -> Dated | None:
    """Compute when the treaty binds a state.

    Parameters
    ----------
    part : Participation

    Returns
    -------
    Dated or None
        None when the state never gave its consent. After a succession an interval: from the day of
        the succession of states, if that is known, to the day that the rule gives for the
        notification; a day where a document gives it.
    """
    fact = part.facts.get(Step.consent)
    if fact is None or fact.when is None:
        return None
    treaty, rule = part.treaty, part.treaty.rules["binds"]
    when = fact.when.moved(treaty.binds_on)
    verified = fact.verified and rule.source.citable
    basis = f"article {rule.article}, from the {fact.manner} of {fact.when}"
    sources = (fact.source, rule.source)
    if fact.manner == "succession":
        return _succeeded(part, when, basis, sources)
    return Dated(when, verified, basis, sources)


def _succeeded(
    part: Participation, at_the_latest: When, basis: str, sources: tuple[Source, ...]
) -> Dated:
    """Give when a successor state is bound.

    The depositary counts a successor as bound from the day of the succession of states, others
    count from its notification. Only a document that gives the day decides.
    """
    treaty = part.treaty
    begun = part.facts.get(Step.succession_effective)
    if begun is None or begun.when is None:
        return Dated(
            When(treaty.in_force_since, at_the_latest.last),
            False,
            basis,
            sources,
            "a successor state may be bound from the day of its succession, which the material "
            "does not give",
        )
    start = begun.when.not_before(treaty.in_force_since)
    if begun.verified:
        return Dated(start, True, "as its source gives it", (begun.source, *sources))
    return Dated(
        When(start.first, max(start.last, at_the_latest.last)),
        False,
        basis,
        (begun.source, *sources),
        "a successor state may be bound from the day of its succession or from its notification",
    )


def withdrawal_in_effect(part: Participation, known: When) -> Dated | None:
    """Compute when the withdrawal of a state takes effect.

    Parameters
    ----------
    part : Participation
    known : When
        Until when the material is complete: a withdrawal without any date happened before.

    Returns
    -------
    Dated or None
        None when it has not withdrawn.
    """
    notified = part.facts.get(Step.withdrawal_notified)
    effective = part.facts.get(Step.withdrawal_effective)
    treaty = part.treaty
    months = treaty.rules["withdrawal_months"]
    waits = treaty.rules["withdrawal_waits_for_end_of_conflict"]
    note = (
        f"a withdrawal does not take effect before the end of an armed conflict in which the state "
        f"is engaged (article {waits.article})"
    )
    if effective is not None and effective.when is not None:
        return Dated(
            effective.when, effective.verified, "as its source gives it", (effective.source,), note
        )
    if notified is not None and notified.when is not None:
        return Dated(
            notified.when.moved(treaty.withdrawal_takes_effect),
            notified.verified and months.source.citable,
            f"article {months.article}, from the notice of {notified.when}",
            (notified.source, months.source),
            note,
        )
    undated = effective or notified
    if undated is None:
        return None
    bound = entry_into_force(part)
    begin = treaty.in_force_since if bound is None else bound.when.first
    return Dated(
        When(begin, known.last),
        False,
        "the source says that it withdrew, but not when",
        (undated.source,),
        note,
    )
