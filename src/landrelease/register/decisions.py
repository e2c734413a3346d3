"""Decisions: who may decide what, and the journal entries that follow."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import shapely
from django.db import connection, transaction

from landrelease import land

from . import (
    acts,
    apply,
    bulk,
    canonical,
    clock,
    ground,
    journal,
    people,
    posting,
    questions,
    refusals,
    releases,
    roles,
)
from .errors import DecisionRefused
from .models import (
    RECORDS,
    Activity,
    Approval,
    ClaimDecision,
    Hazard,
    JournalEntry,
    Organisation,
    Part,
    ProposedLink,
    RecordVersion,
    Release,
    ReviewEvent,
    Submission,
)
from .people import Actor
from .roles import Role
from .said import said

#: Rule 14.
PEOPLE_NEEDED = 2


# --- submissions ---------------------------------------------------------------------------------


def accept(
    submission: Submission,
    actor: Actor,
    *,
    standing: str = "proposed",
    deciders: list[Actor] | None = None,
) -> JournalEntry | None:
    """Accept the parts of a submission that stand so; the caller holds the transaction.

    What is held for a second person is never accepted by this alone: see :func:`approve_held`.
    """
    links = list(
        submission.parts.filter(standing=standing).order_by("ordinal").select_related("part")
    )
    if not links:
        return None
    parts: list[Part] = [link.part for link in links]
    if standing == "proposed":
        _refuse_unless_reviewer(actor, submission, parts)
    if acts.of(submission) is not None:
        entry = enter_act(parts, actor, deciders or [actor], _about(submission))
        _settle(submission, standing)
        _note(submission, actor, _DECIDED[standing], entry=entry)
        return entry
    updates = any(b'"do":"update"' in bytes(part.body)[:200] for part in parts)
    entry = apply.record(
        journal.Draft(
            kind="accept" if standing == "proposed" else "accept_held",
            actor=actor.to_json(),
            data={
                "deciders": [person.to_json() for person in deciders or [actor]],
                **_about(submission),
                "updates": updates,
            },
            parts=list(parts),
        )
    )
    uids = _uids(parts)
    visited = _visited(parts) if submission.record_type == "quality_visit" else set()
    # A large submission would stand in memory beside its polygons while they are posted.
    del links, parts
    if submission.record_type == "hazard":
        posting.post_after(entry, actor, hazards=uids)
    if submission.record_type == "activity" and updates:
        posting.post_after(entry, actor, released=_released(uids))
    if submission.record_type == "quality_visit":
        posting.post_after(entry, actor, released=_released(visited))
    if submission.record_type in questions.CAUSES:
        questions.raise_after(entry, actor, submission.record_type, uids)
    _settle(submission, standing)
    _note(submission, actor, _DECIDED[standing], entry=entry)
    return entry


#: What the acceptance of parts that stood so is called in the log of a submission.
_DECIDED = {"proposed": "accepted", "held": "decided"}


def _note(
    submission: Submission,
    actor: Actor,
    what: str,
    reason: str = "",
    entry: JournalEntry | None = None,
) -> None:
    """Write a line into the append-only log of a submission."""
    ReviewEvent.objects.create(
        submission=submission,
        at=clock.now(),
        actor=actor.name,
        what=what,
        reason=reason,
        entry_seq=None if entry is None else entry.seq,
    )


def _about(submission: Submission) -> dict[str, Any]:
    """What an entry says of the submission that it decides."""
    data: dict[str, Any] = {
        "submission": {
            "filename": submission.filename,
            "id": submission.id,
            "layer": submission.layer,
            "namespace": submission.namespace,
            "received_at": submission.received_at,
            "receipt": submission.receipt,
            "sha256": submission.sha256,
            "source": submission.source,
            "submitter": submission.submitter,
        }
    }
    act = acts.of(submission)
    if act is not None:
        data["act"] = act["act"]
    return data


def _settle(submission: Submission, standing: str) -> None:
    submission.parts.filter(standing=standing).update(standing="accepted")
    left = submission.parts.exclude(standing="accepted").exists()
    submission.state = Submission.PARTLY if left else Submission.ACCEPTED
    submission.save(update_fields=["state"])


def enter_act(
    parts: list[Part], actor: Actor, deciders: list[Actor], about: dict[str, Any]
) -> JournalEntry:
    """Journal a decision on hazards or claims and post what follows, questions about released land
    among it; the caller holds the transaction.

    Parameters
    ----------
    parts
        As proposed; the names of the deciders are written into the lines that say who decided.
    about
        What else the entry says.
    """
    names = [person.name for person in deciders]
    entry = apply.record(
        journal.Draft(
            kind="claim" if str(about.get("act", "")).endswith("_claim") else "act",
            actor=actor.to_json(),
            data={"deciders": [person.to_json() for person in deciders], **about, "updates": True},
            parts=[acts.signed(part, names) for part in parts],
        )
    )
    changed = _uids(part for part in parts if part.kind == "records/hazard")
    if changed:
        posting.post_after(entry, actor, hazards=changed)
    told = _uids(part for part in parts if part.kind == "records/evidence")
    if told:
        questions.raise_after(entry, actor, "evidence", told)
    return entry


def _released(activities: Iterable[str]) -> set[str]:
    """Those activities on which land was released here."""
    decided = Release.objects.filter(standing=Release.DECIDED)
    return set(activities) & set(decided.values_list("activity_uid", flat=True))


def _visited(parts: Iterable[Part]) -> set[str]:
    """Activities that quality visits were about, before and after this change."""
    return {
        line["state"]["activity"]["uid"]
        for part in parts
        for line in journal.lines_of(bytes(part.body))
        if "uid" in line["state"].get("activity", {})
    }


#: The id of a record at the end of its journal line; keys are sorted, so little can follow it.
_UID_AT_END = re.compile(rb'"uid":"([0-9a-f]{32})"(?:,"was":"[0-9a-f]{32}")?\}$', re.MULTILINE)


def _uids(parts: Iterable[Part]) -> list[str]:
    return [uid.decode() for part in parts for uid in _UID_AT_END.findall(bytes(part.body))]


@transaction.atomic
def accept_submission(receipt: str, actor: Actor) -> JournalEntry | None:
    """Accept a checked submission in the actor's name."""
    journal.lock_head()
    submission = find_submission(receipt)
    if submission.state not in (Submission.CHECKED, Submission.PARTLY):
        raise DecisionRefused(
            said(
                "%(receipt)s is %(state)s; only a checked submission can be accepted",
                receipt=receipt,
                state=said(submission.state),
            )
        )
    _refuse_if_stale(submission, "proposed")
    entry = accept(submission, actor)
    if submission.record_type in ("activity", "hazard"):
        propose_links(submission)
    return entry


@transaction.atomic
def reject_submission(receipt: str, actor: Actor, reason: str) -> None:
    """Reject what is still open of a submission; the file and the reason are kept."""
    _turn_down(receipt, actor, reason, Submission.REJECTED)


@transaction.atomic
def return_submission(receipt: str, actor: Actor, reason: str) -> None:
    """Return what is still open of a submission to its sender, who can put it right and hand it in
    anew (:func:`.submissions.submit`, ``answers``); the file and the reason are kept."""
    _turn_down(receipt, actor, reason, Submission.RETURNED)


def _turn_down(receipt: str, actor: Actor, reason: str, state: str) -> None:
    # Whoever accepts it at the same moment holds this lock: one of the two comes first.
    journal.lock_head()
    submission = find_submission(receipt)
    open_links = submission.parts.exclude(standing="accepted").select_related("part")
    _refuse_unless_reviewer(actor, submission, [link.part for link in open_links])
    if not reason.strip():
        raise DecisionRefused(
            said("a rejection needs a reason that its sender can act on")
            if state == Submission.REJECTED
            else said("what is returned needs a reason that its sender can act on")
        )
    if submission.state in (Submission.ACCEPTED, *Submission.TURNED_DOWN):
        raise DecisionRefused(
            said("%(receipt)s is %(state)s already", receipt=receipt, state=said(submission.state))
        )
    submission.parts.exclude(standing="accepted").update(standing=state)
    submission.state = state
    submission.reason = f"{actor.name}: {reason}"
    submission.save(update_fields=["state", "reason"])
    _note(submission, actor, state, reason.strip())


def refuse_unless_returned(receipt: str, record_type: str) -> Submission:
    """The submission that a new one of this record type puts right.

    Raises
    ------
    DecisionRefused
        When no submission with that receipt was returned, or it was of other records.
    """
    returned = find_submission(receipt)
    if returned.state != Submission.RETURNED:
        raise DecisionRefused(
            said(
                "%(receipt)s is %(state)s; only a submission that was returned can be answered",
                receipt=receipt,
                state=said(returned.state),
            )
        )
    if returned.record_type != record_type:
        raise DecisionRefused(
            said(
                "%(receipt)s brought records of the type %(type)s, this brings %(other)s",
                receipt=receipt,
                type=returned.record_type,
                other=record_type,
            )
        )
    return returned


def answer(submission: Submission, returned: Submission, actor: Actor) -> None:
    """Say that a submission puts right one that was returned."""
    with transaction.atomic():
        submission.answers = returned.receipt
        submission.save(update_fields=["answers"])
        _note(returned, actor, "answered", submission.receipt)


@transaction.atomic
def approve_held(receipt: str, actor: Actor) -> JournalEntry | None:
    """Consent to changes that lower caution; with the second consent they are decided."""
    journal.lock_head()
    submission = find_submission(receipt)
    held = submission.parts.filter(standing="held").order_by("ordinal")
    if not held.exists():
        raise DecisionRefused(
            said("%(receipt)s holds nothing back for a second person", receipt=receipt)
        )
    against = reasons_against_held(submission, actor)
    if against:
        raise DecisionRefused(against[0])
    _refuse_if_stale(submission, "held")
    deciders = _consents(_held_proposal(submission, "held"), "held_changes", actor)
    if len(deciders) < PEOPLE_NEEDED:
        _note(submission, actor, "consented")
        return None
    return accept(submission, actor, standing="held", deciders=deciders)


def _behind(submission: Submission, parts: list[Part]) -> tuple[set[str], set[str]]:
    """Who handed in held changes, and names of the organisations whose work they are about."""
    act = acts.of(submission)
    if act is not None:
        return _behind_act(submission, act)
    model = RECORDS[submission.record_type]
    operators: set[str] = set()
    for part in parts:
        lines = journal.lines_of(bytes(part.body))
        for line in lines:
            named = line["state"].get("organisation") or {}
            operators |= _organisation_names(named.get("uid"), named.get("given"))
        for some in bulk.in_chunks(lines):
            before = model.objects.filter(uid__in=[line["uid"] for line in some])
            if "organisation" in model.schema.by_name:
                pairs = before.values_list("organisation_uid", "organisation_given").distinct()
                for uid, given in pairs:
                    operators |= _organisation_names(uid, given)
    return {submission.submitter}, operators


def _behind_act(submission: Submission, act: dict[str, Any]) -> tuple[set[str], set[str]]:
    """Who handed in an act, the records it is about and what it rests on; and whose work is
    judged by it: operators that reported the hazards or worked on them."""
    submitters, operators = {submission.submitter}, set()
    hazards = list(Hazard.objects.filter(uid__in=act["hazards"]))
    for hazard in hazards:
        operators |= _organisation_names(hazard.organisation_uid, hazard.organisation_given)
    work = Activity.objects.filter(hazard_uid__in=act["hazards"]) | Activity.objects.filter(
        uid__in=Release.objects.filter(hazard_uid__in=act["hazards"]).values("activity_uid")
    )
    pairs = set(work.values_list("organisation_uid", "organisation_given"))
    if act["activity"]:
        activity = _by_ref(Activity, act["activity"])
        pairs.add((activity.organisation_uid, activity.organisation_given))
    for uid, given in pairs:
        operators |= _organisation_names(uid, given)
    evidence = [
        record
        for name in ("evidence", "document", "accident", "ordnance")
        for record in RECORDS[name].objects.filter(uid__in=act["evidence"])
    ]
    for record in (*hazards, *evidence):
        submitters |= _submitters(record)
    return submitters - {""}, operators


def consents_to(submission: Submission) -> list[str]:
    """Names of those who have consented to what a submission holds back."""
    proposal = _held_proposal(submission, "held", "accepted")
    return list(
        Approval.objects.filter(proposal=proposal).order_by("id").values_list("username", flat=True)
    )


def standing_consents(submission: Submission) -> list[str]:
    """Names of those who have consented to what a submission still holds back, the first one
    first; somebody whose account was shut or whose role ended since counts no longer."""
    proposal = _held_proposal(submission, "held")
    names = list(
        Approval.objects.filter(proposal=proposal).order_by("id").values_list("username", flat=True)
    )
    lapsed = people.without_role(set(names), Role.approver)
    return [name for name in names if name not in lapsed]


def _held_proposal(submission: Submission, *standings: str) -> str:
    """Hash of exactly what is consented to; of an act also the ground that it is about."""
    parts = submission.parts.filter(standing__in=standings).order_by("ordinal")
    proposal = list(parts.values_list("part_id", flat=True))
    act = acts.of(submission)
    if act is not None:
        proposal.append(act["ground"])
    return canonical.sha256(canonical.dumps(proposal))


def _refuse_if_ground_changed(submission: Submission, act: dict[str, Any]) -> None:
    """An act is about what hazards hold open; once that has changed it has to be looked at anew."""
    until = None if act["on"] is None else date.fromisoformat(act["on"])
    if ground.fingerprint(act["hazards"], until) != act["ground"]:
        raise DecisionRefused(
            said(
                "%(receipt)s: what the hazard holds open has changed since this was proposed; "
                "reject it and propose it anew",
                receipt=submission.receipt,
            )
        )


def _refuse_if_stale(submission: Submission, standing: str) -> None:
    """A proposal was a difference from a state; once the state has moved on it is void."""
    act = acts.of(submission)
    if act is not None:
        _refuse_if_ground_changed(submission, act)
        _refuse_if_claim_decided(submission, standing)
    model = RECORDS[submission.record_type]
    links = submission.parts.filter(
        standing=standing, part__kind=f"records/{submission.record_type}"
    )
    for link in links.order_by("ordinal").select_related("part"):
        lines = journal.lines_of(bytes(link.part.body))
        current: dict[str, str] = {}
        for some in bulk.in_chunks([line["uid"] for line in lines]):
            current |= dict(model.objects.filter(uid__in=some).values_list("uid", "content"))
        for line in lines:
            if current.get(line["uid"]) != line.get("was"):
                where = f"{submission.receipt}{_row(line)}"
                raise DecisionRefused(
                    said(
                        "%(where)s: the record has changed since this difference was shown; "
                        "import the file again to see the difference anew",
                        where=where,
                    )
                    if act is None
                    else said(
                        "%(where)s: the record has changed since this difference was shown; "
                        "propose it again to see the difference anew",
                        where=where,
                    )
                )
            # One decision may make a record and change it.
            current[line["uid"]] = line["content"]


def _refuse_if_claim_decided(submission: Submission, standing: str) -> None:
    """A decision on a claim is about the state that it then is in."""
    for link in submission.parts.filter(standing=standing, part__kind="claims"):
        for line in journal.lines_of(bytes(link.part.body)):
            decided = ClaimDecision.objects.filter(claim_id=line["claim"])
            last = decided.order_by("-id").values_list("seq", flat=True).first()
            if last != line.get("after"):
                raise DecisionRefused(
                    said(
                        "%(receipt)s: claim %(claim)s was decided since (journal entry %(seq)s); "
                        "look at it again: landrelease evidence decisions",
                        receipt=submission.receipt,
                        claim=line["claim"],
                        seq=last,
                    )
                )


def _row(line: dict[str, Any]) -> str:
    return "" if line.get("row") is None else f", row {line['row']}"


def find_submission(receipt: str) -> Submission:
    """The submission with a receipt."""
    try:
        return Submission.objects.get(receipt=receipt)
    except Submission.DoesNotExist:
        raise DecisionRefused(
            said("no submission has the receipt %(receipt)s", receipt=repr(receipt))
        ) from None


# --- two people ----------------------------------------------------------------------------------


def refuse_unless_submitter(actor: Actor) -> None:
    """Who signed in, or shows a token, hands in records only with a role for it; who has the
    workspace at the command line has no roles and keeps it all.

    Raises
    ------
    DecisionRefused
        When the role is lacking.
    """
    if actor.grants is None or roles.with_role(actor.grants, *roles.ACTIONS["submit"]):
        return
    raise DecisionRefused(
        said(
            "%(name)s may not hand in records: it takes one of the roles %(roles)s",
            name=actor.name,
            roles=", ".join(roles.ACTIONS["submit"]),
        )
    )


#: Roles that may accept or reject what does not lower caution.
REVIEWERS = roles.ACTIONS["review"]


def _refuse_unless_reviewer(actor: Actor, submission: Submission, parts: list[Part]) -> None:
    against = _against_reviewing(actor, submission, parts)
    if against:
        raise DecisionRefused(against)


def reasons_against_review(submission: Submission, actor: Actor) -> list[str]:
    """All that keeps a person from accepting, returning or rejecting what is open of a submission.

    What it holds back takes two people: :func:`reasons_against_held`.
    """
    links = submission.parts.exclude(standing="accepted").select_related("part")
    against = _against_reviewing(actor, submission, [link.part for link in links])
    return [against] if against else []


def _against_reviewing(actor: Actor, submission: Submission, parts: list[Part]) -> str:
    """Who signed in accepts and rejects within their roles; who has the workspace at the command
    line has no roles and keeps it all."""
    if actor.grants is None:
        return ""
    own = roles.with_role(actor.grants, *REVIEWERS)
    if not own:
        return said(
            "%(name)s may not accept or reject submissions: none of their roles is reviewer or "
            "approver",
            name=actor.name,
        )
    if any(grant.everywhere for grant in own):
        return ""
    for part in parts:
        record_type = part.kind.removeprefix("records/")
        if record_type not in RECORDS:
            continue
        lines = journal.lines_of(bytes(part.body))
        # Both what a record is and what it would become have to lie within the role.
        known = set(
            RECORDS[record_type]
            .objects.filter(uid__in=[line["uid"] for line in lines])
            .values_list("uid", flat=True)
        )
        beyond = set(roles.outside(own, RECORDS[record_type], known)) | {
            line["uid"]
            for line in lines
            if not any(roles.covers_state(grant, record_type, line["state"]) for grant in own)
        }
        if beyond:
            return said(
                "%(receipt)s: %(number)s of its records lie outside the organisation or unit for "
                "which %(name)s reviews",
                receipt=submission.receipt,
                number=len(beyond),
                name=actor.name,
            )
    return ""


def _reasons_against_person(actor: Actor) -> list[str]:
    """Whoever this is about, it takes somebody who signed in and may decide."""
    if not actor.authenticated:
        return [
            said(
                "this needs two signed-in people (rule 14); an account at the command line or a "
                "service is none: use --person NAME"
            )
        ]
    if not actor.may_release:
        return [said("%(name)s may not decide releases", name=actor.name)]
    return []


def _reasons_against(
    actor: Actor,
    *,
    submitters: set[str],
    operators: set[str],
    concerned: Iterable[tuple[Any, Iterable[str]]] = (),
) -> list[str]:
    """All that keeps a person from being one of the two (rule 14).

    Parameters
    ----------
    submitters, operators
        Who handed it in, and whose work it is.
    concerned
        Tables with the ids of the records that it is about.
    """
    reasons = _reasons_against_person(actor)
    # A service hands in for whoever issued its token: that is no second person either.
    if actor.name in submitters | people.issuers(submitters):
        reasons.append(
            said("%(name)s submitted this and may not decide it (rule 14)", name=actor.name)
        )
    if _plain(actor.organisation) in operators:
        reasons.append(
            said(
                "%(name)s is employed by %(organisation)s, which did the work (rule 14)",
                name=actor.name,
                organisation=actor.organisation,
            )
        )
    if not _plain(actor.organisation):
        reasons.append(
            said(
                "it is not recorded who employs %(name)s, so independence cannot be shown "
                "(rule 14)",
                name=actor.name,
            )
        )
    for model, uids in concerned:
        beyond = actor.outside_scope(Role.approver, model, uids)
        if beyond:
            reasons.append(
                said(
                    "%(number)s of the records lie outside the organisation or unit for which "
                    "%(name)s decides",
                    number=len(beyond),
                    name=actor.name,
                )
            )
    return reasons


def reasons_against_release(activity: Any, hazard: Any | None, actor: Actor) -> list[str]:
    """All that keeps a person from consenting to the release of land by an activity.

    What stands against the release itself, whoever decides, is :func:`.releases.obstacles`.
    """
    concerned = [(Activity, [activity.uid])]
    if hazard is not None:
        concerned.append((Hazard, [hazard.uid]))
    return _reasons_against(
        actor,
        submitters=_submitters(activity),
        operators=_organisation_names(activity.organisation_uid, activity.organisation_given),
        concerned=concerned,
    )


def reasons_against_held(submission: Submission, actor: Actor) -> list[str]:
    """All that keeps a person from consenting to the changes that a submission holds back."""
    links = submission.parts.filter(standing="held").order_by("ordinal").select_related("part")
    parts = [link.part for link in links]
    submitters, operators = _behind(submission, parts)
    return _reasons_against(
        actor,
        submitters=submitters,
        operators=operators,
        concerned=_concerned(submission, parts),
    )


def _concerned(submission: Submission, parts: list[Part]) -> Iterable[tuple[Any, list[str]]]:
    """The records as they are now that held changes are about; read only when asked for."""
    act = acts.of(submission)
    if act is not None:
        yield Hazard, act["hazards"]
        if act["activity"]:
            yield Activity, [_by_ref(Activity, act["activity"]).uid]
        return
    model = RECORDS[submission.record_type]
    for part in parts:
        lines = journal.lines_of(bytes(part.body))
        yield model, [line["uid"] for line in lines if line.get("was") is not None]


def _plain(name: str) -> str:
    return roles.plain(name)


def _consents(proposal: str, kind: str, actor: Actor) -> list[Actor]:
    given = Approval(
        proposal=proposal,
        username=actor.name,
        kind=kind,
        organisation=actor.organisation,
        given_at=clock.now(),
    )
    # A consent that was given already stays as it was given.
    Approval.objects.bulk_create([given], ignore_conflicts=True)
    approvals = list(bulk.instances(connection, Approval, "proposal", [proposal]))
    # Of somebody whose account was shut or whose role ended meanwhile: it counts for nothing.
    lapsed = people.without_role({a.username for a in approvals}, Role.approver)
    return [
        Actor(name=a.username, organisation=a.organisation, authenticated=True, may_release=True)
        for a in sorted(approvals, key=lambda approval: approval.id)
        if a.username not in lapsed
    ]


# --- releases ------------------------------------------------------------------------------------


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
    against = _reasons_against_person(actor)
    if against:
        raise DecisionRefused(against[0])
    result = ReleaseResult([], [], {})
    lines: list[bytes] = []
    extensions: list[bytes] = []
    deciders_of: dict[str, list[Actor]] = {}
    for ref in dict.fromkeys(refs):
        activity = _by_ref(Activity, ref)
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
        against = reasons_against_release(activity, hazard, actor)
        if against:
            result.refused[ref] = against
            continue
        proposal = release_proposal(activity, hazard, extends=extends_hazard)
        deciders = _consents(proposal, "release", actor)
        if len(deciders) < PEOPLE_NEEDED:
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
        entry = apply.record(
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
        return _by_ref(Hazard, ref)
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


def _submitters(record: Any) -> set[str]:
    """Who handed in a record or any change of it since."""
    sql = f'SELECT entry_seq FROM "{RecordVersion._meta.db_table}" WHERE uid = %s'  # nosec B608 # names are of our own schema, values are bound
    seqs = {record.created_seq, *(seq for (seq,) in bulk.few(connection, sql, [record.uid]))}
    entries = bulk.instances(connection, JournalEntry, "seq", sorted(seqs))
    return {
        journal.data_of(entry)["data"].get("submission", {}).get("submitter", "")
        for entry in entries
    }


def _organisation_names(uid: str | None, given: str | None) -> set[str]:
    """What an organisation that did some work is called, for comparison with an employer."""
    names = {given}
    found = bulk.instances(connection, Organisation, "uid", [uid]) if uid else []
    organisation = next(iter(found), None)
    if organisation is not None:
        names |= {organisation.source_id, organisation.name, organisation.ref}
    return {_plain(name) for name in names if name and name.strip()}


def _by_ref(model: Any, ref: str) -> Any:
    """The record with a short reference."""
    prefix, _, number = ref.partition("-")
    known = model.schema
    record = None
    if prefix == known.prefix and number.isdecimal():
        record = next(iter(bulk.instances(connection, model, "id", [int(number)])), None)
    if record is None:
        raise DecisionRefused(
            said(
                "no %(type)s is called %(ref)s (references look like %(prefix)s-12)",
                type=known.label.lower(),
                ref=repr(ref),
                prefix=known.prefix,
            )
        )
    return record


# --- historic releases ---------------------------------------------------------------------------


def cut_over() -> date | None:
    """Day from which no historic release may be entered; None while it is not fixed."""
    for entry in JournalEntry.objects.filter(kind__in=("cut_over", "workspace")).order_by("-seq"):
        day = journal.data_of(entry)["data"].get("cut_over")
        if day:
            return date.fromisoformat(day)
    return None


@transaction.atomic
def fix_cut_over(day: date, actor: Actor) -> JournalEntry:
    """Fix the cut-over date, once."""
    journal.lock_head()
    fixed = cut_over()
    if fixed is not None:
        raise DecisionRefused(f"the cut-over date is fixed already: {fixed}")
    if journal.head() is None:
        raise DecisionRefused("the workspace holds nothing yet; give --cut-over to 'init' instead")
    return apply.record(
        journal.Draft(kind="cut_over", actor=actor.to_json(), data={"cut_over": day.isoformat()})
    )


def refuse_historic_unless_permitted(actor: Actor) -> None:
    """Rule 7: a special permission, and only before the cut-over date.

    Raises
    ------
    DecisionRefused
        When either is lacking.
    """
    if not actor.may_enter_historic:
        raise DecisionRefused(f"{actor.name} may not enter historic releases (rule 7)")
    day = cut_over()
    today = date.fromisoformat(clock.now()[:10])
    if day is not None and today >= day:
        raise DecisionRefused(
            f"the cut-over date {day} has passed; historic releases can no longer be entered "
            "(rule 7)"
        )


def enter_historic(
    submission: Submission, actor: Actor, *, uids: set[str], authority: str, document: str
) -> dict[str, Any]:
    """Enter the activities of a submission as released elsewhere, in the opening balance.

    Parameters
    ----------
    uids
        Ids of the rows of its file; those that an earlier submission brought in count too.

    Returns
    -------
    dict
        How many were entered, and how many could not because they have no valid polygon.
    """
    decided = Release.objects.values("activity_uid")
    rows = Activity.objects.exclude(uid__in=decided).order_by("id")
    lines = []
    without = 0
    for uid, area in rows.values_list("uid", "area_mm2").iterator(chunk_size=bulk.CHUNK):
        if uid not in uids:
            continue
        if area is None:
            without += 1
            continue
        lines.append(
            canonical.dumps(
                {
                    "activity": uid,
                    "authority": authority,
                    "deciders": [],
                    "document": document,
                    "standing": Release.HISTORIC,
                }
            )
        )
    if lines:
        entry = apply.record(
            journal.Draft(
                kind="historic",
                actor=actor.to_json(),
                data={
                    "authority": authority,
                    "document": document,
                    "permission": actor.name,
                    "submission": {"id": submission.id, "receipt": submission.receipt},
                },
                parts=list(journal.split("releases", lines)),
            )
        )
        entered = [canonical.loads(line)["activity"] for line in lines]
        posting.post_after(entry, actor, released=entered)
        questions.raise_on_release(entry, actor, entered)
    return {"historic": len(lines), "historic_without_valid_polygon": without}


# --- proposed links ------------------------------------------------------------------------------


def propose_links(submission: Submission) -> dict[str, Any]:
    """Propose the hazard an unlinked activity lies on (rule 5: a proposal, never a fact)."""
    ProposedLink.objects.all().delete()
    table = Activity._meta.db_table
    decided = f'SELECT activity_uid FROM "{Release._meta.db_table}"'  # nosec B608 # names are of our own schema, values are bound
    activities = list(
        bulk.select(
            connection,
            f'SELECT uid, plane FROM "{table}" WHERE hazard_uid IS NULL AND area_mm2 IS NOT NULL '  # nosec B608 # names are of our own schema, values are bound
            f"AND uid NOT IN ({decided})",
        )
    )
    if not activities:
        return {"proposed_links": 0}
    hazards = list(
        bulk.select(
            connection,
            f'SELECT uid, plane FROM "{Hazard._meta.db_table}" WHERE area_mm2 IS NOT NULL',  # nosec B608 # names are of our own schema, values are bound
        )
    )
    if not hazards:
        return {"proposed_links": 0}
    work = bulk.shapes(plane for _, plane in activities)
    ground = bulk.shapes(plane for _, plane in hazards)
    i, j = shapely.STRtree(ground).query(work, predicate="intersects")
    overlap = land.book(shapely.area(shapely.intersection(work[i], ground[j])))
    ProposedLink.objects.bulk_create(
        (
            ProposedLink(
                activity_uid=activities[a][0], hazard_uid=hazards[h][0], overlap_mm2=int(mm2)
            )
            for a, h, mm2 in zip(i, j, overlap, strict=True)
            if mm2 > 0
        ),
        batch_size=5_000,
    )
    return {"proposed_links": int((overlap > 0).sum())}


# --- what waits ----------------------------------------------------------------------------------


@dataclass
class Waiting:
    """A report of released land that has moved nothing yet."""

    activity: Any
    hazard_ref: str | None
    proposed: list[str]
    consents: list[str]
    obstacles: list[str]


def consents_to_release(activity: Any, hazard: Any, *, extends: bool = False) -> list[str]:
    """Names of those who have consented to exactly this release, the first one first.

    Somebody whose account was shut or whose role ended since counts no longer and is left out.
    """
    proposal = release_proposal(activity, hazard, extends=extends)
    names = list(
        Approval.objects.filter(proposal=proposal).order_by("id").values_list("username", flat=True)
    )
    lapsed = people.without_role(set(names), Role.approver)
    return [name for name in names if name not in lapsed]


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
    approvals = bulk.instances(connection, Approval, "proposal", sorted(proposals))
    lapsed = people.without_role({one.username for one in approvals}, Role.approver)
    found: dict[str, list[str]] = {uid: [] for uid in proposals.values()}
    for one in sorted(approvals, key=lambda approval: approval.id):
        if one.username not in lapsed:
            found[proposals[one.proposal]].append(one.username)
    return found


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
        consents: list[str] = []
        if hazard is not None:
            kinds = {"": False, " (extends the hazard)": True}
            consents = [
                f"{name}{what}"
                for what, extends in kinds.items()
                for name in consents_to_release(activity, hazard, extends=extends)
            ]
        yield Waiting(
            activity,
            hazard and hazard.ref,
            proposed,
            consents,
            releases.obstacles(activity, hazard),
        )


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
