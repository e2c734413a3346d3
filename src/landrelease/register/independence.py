"""Who may be one of the two people of rule 14: neither who handed it in nor who did the work."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import connection

from . import acts, bulk, journal, people, references, roles
from .models import (
    RECORDS,
    Activity,
    Hazard,
    JournalEntry,
    Organisation,
    Part,
    RecordVersion,
    Release,
    Submission,
)
from .people import Actor
from .roles import Role
from .said import said


def reasons_against_person(actor: Actor) -> list[str]:
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
    reasons = reasons_against_person(actor)
    # A service hands in for whoever issued its token: that is no second person either.
    if actor.name in submitters | people.issuers(submitters):
        reasons.append(
            said("%(name)s submitted this and may not decide it (rule 14)", name=actor.name)
        )
    if roles.plain(actor.organisation) in operators:
        reasons.append(
            said(
                "%(name)s is employed by %(organisation)s, which did the work (rule 14)",
                name=actor.name,
                organisation=actor.organisation,
            )
        )
    if not roles.plain(actor.organisation):
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


def _concerned(submission: Submission, parts: list[Part]) -> Iterable[tuple[Any, list[str]]]:
    """The records as they are now that held changes are about; read only when asked for."""
    act = acts.of(submission)
    if act is not None:
        yield Hazard, act["hazards"]
        if act["activity"]:
            yield Activity, [references.by_ref(act["activity"], "activity").uid]
        return
    model = RECORDS[submission.record_type]
    for part in parts:
        lines = journal.lines_of(bytes(part.body))
        yield model, [line["uid"] for line in lines if line.get("was") is not None]


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
        activity = references.by_ref(act["activity"], "activity")
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
    return {roles.plain(name) for name in names if name and name.strip()}
