"""Check what somebody says about a state's status: "Ukraine became a party in 2005".

Four verdicts, with the reason in words:

* *agrees*: the register says the same.
* *imprecise*: there is something to it, but the word or the year is that of another step, for
  example the year of the deposit for the year from which the state is bound.
* *contradicts*: the register rules it out.
* *unknown*: the register does not know, or not precisely enough.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from .errors import TreatyError
from .participation import StatusRegister, Step
from .sources import Source
from .states import State
from .status import Standing, TreatyStatus, status
from .timeline import Dated
from .treaties import Treaty
from .treaties import treaty as find_treaty
from .when import When


class Verdict(StrEnum):
    """What becomes of a claim."""

    agrees = "agrees"
    imprecise = "imprecise"
    contradicts = "contradicts"
    unknown = "unknown"


#: What people write, and the word that is meant here.
STATED = {
    "party": "party",
    "state party": "party",
    "member": "party",
    "bound": "party",
    "signatory": "signatory",
    "not_party": "not_party",
    "not party": "not_party",
    "non-party": "not_party",
    "state not party": "not_party",
    "non-signatory": "not_signed",
    "not_signed": "not_signed",
    "withdrawn": "withdrawn",
    "withdrew": "withdrawn",
    "suspended": "suspended",
    "signed": "signed",
    "ratified": "ratified",
    "acceded": "acceded",
    "joined": "joined",
}

_MANNER = {
    "ratified": ("ratification", "acceptance", "approval"),
    "acceded": ("accession",),
    "joined": ("ratification", "acceptance", "approval", "accession", "succession", "consent"),
}


@dataclass(frozen=True, slots=True)
class Check:
    """A claim about a state's status, checked.

    Attributes
    ----------
    state : State
    treaty : Treaty
    stated : str
        As it was understood; a value of `STATED`.
    on : datetime.date
    since : str
        Year or day that was claimed; empty when none was.
    verdict : Verdict
    explanation : str
    verified : bool
        Whether documents carry the verdict.
    sources : tuple of Source
    """

    state: State
    treaty: Treaty
    stated: str
    on: date
    since: str
    verdict: Verdict
    explanation: str
    verified: bool
    sources: tuple[Source, ...]

    def to_json(self) -> dict[str, Any]:
        """Give plain values for JSON."""
        return {
            "state": self.state.iso3,
            "treaty": self.treaty.key,
            "stated": self.stated,
            "on": self.on.isoformat(),
            "since": self.since or None,
            "verdict": self.verdict.value,
            "explanation": self.explanation,
            "verified": self.verified,
            "sources": [source.to_json() for source in self.sources],
        }


def check_claim(
    state: str,
    treaty: str,
    stated: str,
    on: date,
    since: int | date | None = None,
    *,
    register: StatusRegister | None = None,
) -> Check:
    """Check a claim about the status of a state.

    Parameters
    ----------
    state : str
        ISO 3166 code or English name.
    treaty : str
        Key or name of a treaty.
    stated : str
        What is claimed: party, signatory, not party, non-signatory, withdrawn, suspended, signed,
        ratified, acceded, joined.
    on : datetime.date
        The day of which it is claimed; the date of the report.
    since : int or datetime.date, optional
        The year or day from which it is said to be so.
    register : StatusRegister, optional
        Facts; default those of the package.

    Returns
    -------
    Check

    Raises
    ------
    TreatyError
        There is no such state, treaty or word.

    Examples
    --------
    >>> found = check_claim("UKR", "Ottawa Convention", "party", date(2024, 11, 20), 2005)
    >>> found.verdict.value
    'imprecise'
    """
    word = STATED.get(" ".join(stated.casefold().split()))
    if word is None:
        raise TreatyError(f"{stated!r} is no status; write one of {', '.join(sorted(STATED))}")
    one = find_treaty(treaty)
    whole = status(state, on, register=register)
    found = whole[one.key]
    claimed = None if since is None else _interval(since)
    if word in ("signed", "ratified", "acceded", "joined"):
        verdict, why, rests = _act(found, word, on, claimed)
    elif word == "suspended":
        verdict, why, rests = _suspended(found)
    else:
        verdict, why, rests = _standing(found, word)
        if claimed is not None and verdict is Verdict.agrees:
            verdict, why, rests = _since(found, word, claimed)
    verified = found.verified and all(dated.verified for dated in rests)
    used = {source.key: source for dated in rests for source in dated.sources}
    contested = [event for event in found.events if event.kind == "contested"]
    used |= {event.source.key: event.source for event in contested}
    if not used:
        used[found.known_from.key] = found.known_from
    return Check(
        whole.state,
        one,
        word,
        on,
        "" if since is None else str(since),
        verdict,
        why if verified or verdict is Verdict.unknown else f"{why} (unverified)",
        verified,
        tuple(used.values()),
    )


Answer = tuple[Verdict, str, tuple[Dated, ...]]


def _standing(found: TreatyStatus, word: str) -> Answer:
    """Compare the claimed standing with the register's."""
    on_file, dates = found.standing, _rests(found)
    signed = Step.signature in found.facts
    says = _says(found)
    if on_file is Standing.unknown:
        if not any(_fits(word, possible, signed) for possible in found.possible):
            return Verdict.contradicts, f"whatever it is, it is not that: {says}", dates
        return Verdict.unknown, says, dates
    if _fits(word, on_file, signed):
        if word == "not_party" and on_file is Standing.signatory:
            says += "; a signatory is not a party, but it has signed"
        return Verdict.agrees, says, dates
    if word == "signatory" and on_file in (Standing.party, Standing.bound_not_yet) and signed:
        return Verdict.imprecise, f"it signed, but it is more than a signatory: {says}", dates
    if on_file is Standing.bound_not_yet and word in ("party", "not_party"):
        return Verdict.imprecise, f"its consent is deposited, but {says}", dates
    return Verdict.contradicts, says, dates


def _fits(word: str, standing: Standing, signed: bool) -> bool:
    if word == "not_party":
        return standing in (Standing.not_party, Standing.signatory, Standing.withdrawn)
    if word == "not_signed":
        return standing is Standing.not_party and not signed
    return standing.value == word


def _since(found: TreatyStatus, word: str, claimed: When) -> Answer:
    """Compare the claimed year with the day on which the standing began."""
    if found.since is None:
        return Verdict.imprecise, f"{_says(found)}; it never was anything else", ()
    begun = found.since
    if _within(begun.when, claimed):
        return Verdict.agrees, _says(found), (begun,)
    for step, name in (
        (Step.consent, "the deposit"),
        (Step.signature, "the signature"),
        (Step.withdrawal_notified, "the notice of withdrawal"),
    ):
        fact = found.facts.get(step)
        if fact is not None and fact.when is not None and _within(fact.when, claimed):
            why = f"{claimed} is {name} ({fact.when}); {_says(found)}"
            return Verdict.imprecise, why, (begun, Dated.of(fact))
    if begun.when.overlaps(claimed):
        return Verdict.unknown, f"the day is not known: {_says(found)}", (begun,)
    return Verdict.contradicts, _says(found), (begun,)


def _act(found: TreatyStatus, word: str, on: date, claimed: When | None) -> Answer:
    """Check that a state signed, ratified, acceded or joined, and when."""
    step = Step.signature if word == "signed" else Step.consent
    fact = found.facts.get(step)
    if fact is None or fact.when is None or fact.when.reached(on) is False:
        if found.standing is Standing.unknown:
            return Verdict.unknown, _says(found), _rests(found)
        return Verdict.contradicts, f"no such step is on file by {on}; {_says(found)}", ()
    dated = Dated.of(fact)
    what = "signature" if step is Step.signature else fact.manner
    why = f"{what} on {fact.when}"
    if fact.when.reached(on) is None:
        return Verdict.unknown, f"{why}: whether by {on} is not known", (dated,)
    if step is Step.consent and fact.manner != "unknown" and fact.manner not in _MANNER[word]:
        return Verdict.imprecise, f"it did not do so by that manner: {why}", (dated,)
    if step is Step.consent and fact.manner == "unknown" and word != "joined":
        return Verdict.unknown, f"the manner is not known: consent on {fact.when}", (dated,)
    if claimed is None or _within(fact.when, claimed):
        return Verdict.agrees, why, (dated,)
    bound = found.entry_into_force
    if step is Step.consent and bound is not None and _within(bound.when, claimed):
        return Verdict.imprecise, f"{claimed} is the entry into force; {why}", (dated, bound)
    if fact.when.overlaps(claimed):
        return Verdict.unknown, f"the day is not known: {why}", (dated,)
    return Verdict.contradicts, why, (dated,)


def _suspended(found: TreatyStatus) -> Answer:
    contested = [event for event in found.events if event.kind == "contested"]
    if contested:
        positions = " ".join(event.positions for event in contested)
        return Verdict.imprecise, f"contested: {positions}", _rests(found)
    if found.standing is Standing.unknown:
        return Verdict.unknown, _says(found), _rests(found)
    return Verdict.contradicts, f"no suspension is on file; {_says(found)}", _rests(found)


def _rests(found: TreatyStatus) -> tuple[Dated, ...]:
    return () if found.since is None else (found.since,)


def _says(found: TreatyStatus) -> str:
    name = found.treaty.name
    words = {
        Standing.not_party: f"not party to the {name}, not signed",
        Standing.signatory: f"signatory of the {name}",
        Standing.bound_not_yet: f"not yet bound by the {name}",
        Standing.party: f"party to the {name}",
        Standing.withdrawn: f"withdrawn from the {name}",
    }
    if found.standing is Standing.unknown:
        could = " or ".join(words[possible] for possible in found.possible)
        return f"not known: {could}"
    says = words[found.standing]
    if found.standing is Standing.bound_not_yet and found.entry_into_force is not None:
        return f"{says}, it enters into force on {found.entry_into_force.when}"
    return says if found.since is None else f"{says} since {found.since.when}"


def _interval(since: int | date) -> When:
    return When.parse(f"{since:04d}") if isinstance(since, int) else When.on(since)


def _within(inner: When, outer: When) -> bool:
    return outer.first <= inner.first and inner.last <= outer.last
