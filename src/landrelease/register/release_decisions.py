"""Releases of land: two people consent, the land moves, and what still waits for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from . import (
    acts,
    bulk,
    canonical,
    consent,
    independence,
    journal,
    posting,
    questions,
    recording,
    references,
    refusals,
    releases,
)
from .errors import DecisionRefused
from .models import Activity, Hazard, ProposedLink, Release
from .people import Actor
from .said import said


@dataclass
class ReleaseResult:
    """What came of one person's consent to releases."""

    consented: list[str]
    released: list[str]
    refused: dict[str, list[str]]
    entry: int | None = None


@transaction.atomic
def approve_releases(
    refs: Iterable[str],
    actor: Actor,
    *,
    hazards: dict[str, str] | None = None,
    extends_hazard: bool = False,
) -> ReleaseResult:
    """Consent to the release of land by activities; with the second consent the land moves.

    Parameters
    ----------
    refs
        Short references of activities (``AC-12``).
    hazards
        For an activity without a hazard of its own: the short reference of the hazard (``HA-3``)
        that the decider takes it to belong to. Both deciders must name the same. The same holds
        where the hazard it is linked to was merged into others or split into them.
    extends_hazard
        The ground of the reports that lies outside their hazard belonged to it: it is newly
        identified and released at once, and both are shown. Both deciders must say so; otherwise
        what lies outside moves nothing.

    Raises
    ------
    DecisionRefused
        When the person may not decide.
    """
    journal.lock_head()
    against = independence.reasons_against_person(actor)
    if against:
        raise DecisionRefused(against[0])
    result = ReleaseResult([], [], {})
    lines: list[bytes] = []
    extensions: list[bytes] = []
    deciders_of: dict[str, list[Actor]] = {}
    for ref in dict.fromkeys(refs):
        activity = references.by_ref(ref, "activity")
        if _is_decided(activity.uid):
            result.refused[ref] = [said("it is decided already")]
            continue
        hazard = releases.hazard_of(activity)
        if hazards and ref in hazards:
            hazard = _named_hazard(hazard, hazards[ref])
        reasons = releases.obstacles(activity, hazard)
        if extends_hazard and hazard is not None and hazard.area_mm2 is None:
            reasons.append(
                said("%(ref)s has no boundary that could be extended (rule 8)", ref=hazard.ref)
            )
        if reasons:
            result.refused[ref] = reasons
            continue
        against = independence.reasons_against_release(activity, hazard, actor)
        if against:
            result.refused[ref] = against
            continue
        proposal = release_proposal(activity, hazard, extends=extends_hazard)
        deciders = consent.give(proposal, "release", actor)
        if len(deciders) < consent.PEOPLE_NEEDED:
            result.consented.append(ref)
            continue
        lines.append(
            canonical.dumps(
                {
                    "activity": activity.uid,
                    "deciders": [d.name for d in deciders],
                    "hazard": hazard.uid,
                    "standing": Release.DECIDED,
                }
            )
        )
        if extends_hazard:
            extensions.append(_extension(activity, hazard, deciders))
        deciders_of[activity.uid] = deciders
        result.released.append(ref)
    if lines:
        people = {d.name: d for found in deciders_of.values() for d in found}
        entry = recording.record(
            journal.Draft(
                kind="release",
                actor=actor.to_json(),
                data={"deciders": [people[name].to_json() for name in sorted(people)]},
                parts=[*journal.split("releases", lines), *journal.split("acts", extensions)],
            )
        )
        posting.post_after(entry, actor, released=list(deciders_of))
        questions.raise_on_release(entry, actor, list(deciders_of))
        result.entry = entry.seq
    return result


def _is_decided(activity_uid: str) -> bool:
    sql = f'SELECT 1 FROM "{Release._meta.db_table}" WHERE activity_uid = %s'  # nosec B608 # names are of our own schema, values are bound
    return bool(bulk.few(connection, sql, [activity_uid]))


def _named_hazard(linked: Any | None, ref: str) -> Any:
    """The hazard that a decider names, where the report's own link leaves it open."""
    if linked is None:
        return references.by_ref(ref, "hazard")
    end = acts.ended(linked)
    heirs = [] if end is None else acts.kin(end)
    if ref == linked.ref or not heirs:
        return linked
    for heir in heirs:
        if heir.ref == ref:
            return heir
    raise DecisionRefused(
        said(
            "%(linked)s went on as %(heirs)s, not as %(ref)s",
            linked=linked.ref,
            heirs=", ".join(heir.ref for heir in heirs),
            ref=ref,
        )
    )


def _extension(activity: Any, hazard: Any, deciders: list[Actor]) -> bytes:
    return canonical.dumps(
        {
            "act": acts.EXTENDED,
            "activity": activity.uid,
            "deciders": [person.name for person in deciders],
            "evidence": [],
            "hazard": hazard.uid,
            "kin": [],
            "on": None if activity.date_end is None else activity.date_end.isoformat(),
            "reason": f"{activity.ref} covers ground of {hazard.ref} beyond its boundary",
            "version": None,
        }
    )


@dataclass
class Waiting:
    """A report of released land that has moved nothing yet."""

    activity: Any
    hazard_ref: str | None
    proposed: list[str]
    consents: list[str]
    obstacles: list[str]


def waiting_releases(*, after: int = 0, limit: int | None = None) -> Iterable[Waiting]:
    """Reports of released land without a decision, in order of their id."""
    query = (
        Activity.objects.filter(id__gt=after, result__isnull=False)
        .exclude(uid__in=Release.objects.values("activity_uid"))
        .order_by("id")
    )
    for activity in query[:limit] if limit else query.iterator(chunk_size=500):
        hazard = releases.hazard_of(activity)
        links = ProposedLink.objects.filter(activity_uid=activity.uid).order_by("-overlap_mm2")
        proposed = [
            found.ref
            for uid in links.values_list("hazard_uid", flat=True)
            if (found := Hazard.objects.filter(uid=uid).first())
        ]
        names: list[str] = []
        if hazard is not None:
            kinds = {"": False, " (extends the hazard)": True}
            names = [
                f"{name}{what}"
                for what, extends in kinds.items()
                for name in consents_to_release(activity, hazard, extends=extends)
            ]
        yield Waiting(
            activity,
            hazard and hazard.ref,
            proposed,
            names,
            releases.obstacles(activity, hazard),
        )


def consents_to_release(activity: Any, hazard: Any, *, extends: bool = False) -> list[str]:
    """Names of those who have consented to exactly this release, the first one first.

    Somebody whose account was shut or whose role ended since counts no longer and is left out.
    """
    proposal = release_proposal(activity, hazard, extends=extends)
    return consent.standing([proposal])[proposal]


def consents_to_releases(pairs: Iterable[tuple[Any, Any]]) -> dict[str, list[str]]:
    """Names of those who have consented to each of some releases, by the id of the activity; as
    :func:`consents_to_release`, with a number of queries that does not grow with them.

    Parameters
    ----------
    pairs
        Activities, each with its hazard.
    """
    looked_at = list(pairs)
    refused = refusals.last(activity.uid for activity, _ in looked_at)
    proposals = {
        release_proposal(activity, hazard, refused=refused): activity.uid
        for activity, hazard in looked_at
    }
    found: dict[str, list[str]] = {uid: [] for uid in proposals.values()}
    for proposal, names in consent.standing(proposals).items():
        found[proposals[proposal]] += names
    return found


def release_proposal(
    activity: Any,
    hazard: Any,
    *,
    extends: bool = False,
    refused: Mapping[str, int] | None = None,
) -> str:
    """Hash of exactly what is consented to: a changed report needs new consents, and so does one
    that was refused.

    Parameters
    ----------
    refused
        As :func:`.refusals.last` gives it for many reports; looked up without.
    """
    proposal = ["release", activity.uid, activity.content, hazard.uid]
    if extends:
        # About this very boundary: what lies outside of another one was not consented to.
        proposal += ["extends its hazard", hazard.content]
    last = (refusals.last([activity.uid]) if refused is None else refused).get(activity.uid)
    if last is not None:
        proposal += ["refused before", last]
    return canonical.sha256(canonical.dumps(proposal))
