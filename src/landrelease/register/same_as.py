"""Two records that speak of the same thing: linked, shown as one in lists, and unlinked again.

A link is a journalled statement about two records of one type. It changes neither of them: both
keep their ids, their versions and everything that hangs on them, both stay on maps, and every
figure is what it was. The ledger counts ground once however many records hold it, so that a link
has nothing to take away there, and taking it back has nothing to restore (rules 4 and 9). What does
change land, making one hazardous area of two, is the act *merge*, which takes two people.

The record shown in the place of another one is never the less cautious of the two.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from . import bulk, canonical, codes, journal, recording, roles
from .errors import DecisionRefused
from .models import RECORDS, JournalEntry, SameAs
from .people import Actor
from .reviewing import REVIEWERS
from .said import joined, said

#: What people say of two records.
SAME, DISTINCT = SameAs.SAME, SameAs.DISTINCT

#: Record types whose duplicates can be linked.
TYPES = ("hazard", "activity", "accident", "victim", "ordnance", "evidence", "document",
         "organisation")  # fmt: skip

_CAUTION = {"CHA": 3, "SHA": 2, None: 1, codes.INDICATION: 0}


def reasons_against(record: Any, shown: Any, actor: Actor) -> list[str]:
    """All that keeps a person from saying what two records are to each other, one sentence each."""
    reasons: list[str] = []
    if not actor.authenticated:
        reasons.append(said("it takes somebody who signed in; a service or a phone is nobody"))
    own = roles.with_role(actor.grants or (), *REVIEWERS)
    if not own:
        reasons.append(
            said("%(name)s holds neither of the roles reviewer and approver", name=actor.name)
        )
    elif roles.outside(own, type(record), [record.uid, shown.uid]):
        reasons.append(
            said(
                "not both records lie within the organisation or unit for which %(name)s reviews",
                name=actor.name,
            )
        )
    return reasons


@transaction.atomic
def link(record: Any, shown: Any, actor: Actor, *, reason: str) -> JournalEntry:
    """Say that two records are the same; lists show the second in the place of the first.

    Parameters
    ----------
    record, shown
        Records of one type. If ``shown`` is itself left out for a third one, that one is shown.
    reason
        Why they are the same; kept.

    Raises
    ------
    DecisionRefused
        When the person may not, no reason is given, they are linked already (the link would close
        a circle), or the record that would be shown is the less cautious of the two.
    """
    journal.lock_head()
    _refuse_pair(record, shown, actor, reason)
    if canonical_uid(record.uid) == canonical_uid(shown.uid):
        raise DecisionRefused(f"{record.ref} and {shown.ref} are linked as the same already")
    if standing(record.uid, SAME):
        raise DecisionRefused(
            f"{record.ref} stands for another record already; unlink it from that one first"
        )
    if _between(record.uid, shown.uid, DISTINCT):
        raise DecisionRefused(f"{record.ref} and {shown.ref} are told apart: take that back first")
    if record.schema.name == "hazard":
        _refuse_less_cautious(record, shown)
    return _say(record, shown, SAME, actor, reason)


@transaction.atomic
def tell_apart(record: Any, shown: Any, actor: Actor, *, reason: str) -> JournalEntry:
    """Say that two records are not the same, so that they are not suspected of it any more.

    Raises
    ------
    DecisionRefused
        As :func:`link`; also while they are linked as the same.
    """
    journal.lock_head()
    _refuse_pair(record, shown, actor, reason)
    if canonical_uid(record.uid) == canonical_uid(shown.uid):
        raise DecisionRefused(f"{record.ref} and {shown.ref} are linked as the same: unlink them")
    if _between(record.uid, shown.uid, DISTINCT):
        raise DecisionRefused(f"{record.ref} and {shown.ref} are told apart already")
    return _say(record, shown, DISTINCT, actor, reason)


@transaction.atomic
def undo(record: Any, shown: Any, actor: Actor, *, reason: str) -> JournalEntry:
    """Take back what was said of two records; everything is as it was before.

    Raises
    ------
    DecisionRefused
        When the person may not, no reason is given, or nothing was said of the two.
    """
    journal.lock_head()
    _refuse_pair(record, shown, actor, reason)
    said = _between(record.uid, shown.uid, SAME) or _between(record.uid, shown.uid, DISTINCT)
    if said is None:
        raise DecisionRefused(f"{record.ref} and {shown.ref} are not linked with each other")
    line = {
        "deciders": [actor.name],
        "do": "end",
        "reason": reason.strip(),
        "record_type": said.record_type,
        "said": said.said,
        "shown": said.shown_uid,
        "uid": said.uid,
    }
    return _record(line, actor)


def _refuse_pair(record: Any, shown: Any, actor: Actor, reason: str) -> None:
    against = reasons_against(record, shown, actor)
    if type(record) is not type(shown):
        against.append(
            said(
                "%(one)s and %(other)s are records of different types",
                one=record.ref,
                other=shown.ref,
            )
        )
    elif record.schema.name not in TYPES:
        against.append(said("records of the type %(type)s are not linked", type=record.schema.name))
    elif record.uid == shown.uid:
        against.append(said("%(ref)s is one record, not two", ref=record.ref))
    if not reason.strip():
        against.append(said("give the reason: whoever reads this later has to follow it"))
    if against:
        raise DecisionRefused(joined(against))


def _refuse_less_cautious(record: Any, shown: Any) -> None:
    """Rule 9: of two records on one thing the more cautious one is what people see."""
    head = RECORDS["hazard"].objects.get(uid=canonical_uid(shown.uid))
    if _stands_alone(record, head):
        raise DecisionRefused(
            said(
                "%(head)s was withdrawn and %(record)s stands: show %(record)s",
                head=head.ref,
                record=record.ref,
            )
        )
    if _more_cautious(record, head):
        raise DecisionRefused(
            said(
                "%(record)s is the more cautious of the two (%(type)s): show it in the place of "
                "%(head)s, not the other way round",
                record=record.ref,
                type=record.type,
                head=head.ref,
            )
        )


def _stands_alone(record: Any, head: Any) -> bool:
    """Whether a hazard stands and the one shown in its place was withdrawn."""
    return head.geometry_state in codes.WITHDRAWN and record.geometry_state not in codes.WITHDRAWN


def _more_cautious(record: Any, head: Any) -> bool:
    """Whether a hazard that stands is of a more cautious type than the one shown in its place."""
    standing = record.geometry_state not in codes.WITHDRAWN
    return standing and _CAUTION.get(record.type, 1) > _CAUTION.get(head.type, 1)


def _say(record: Any, shown: Any, said: str, actor: Actor, reason: str) -> JournalEntry:
    line = {
        "deciders": [actor.name],
        "do": "say",
        "reason": reason.strip(),
        "record_type": record.schema.name,
        "said": said,
        "shown": shown.uid,
        "uid": record.uid,
    }
    return _record(line, actor)


def _record(line: dict[str, Any], actor: Actor) -> JournalEntry:
    return recording.record(
        journal.Draft(
            kind="same_as",
            actor=actor.to_json(),
            data={"deciders": [actor.to_json()]},
            parts=list(journal.split("same_as", [canonical.dumps(line)])),
        )
    )


# --- reading --------------------------------------------------------------------------------------


def standing(uid: str, said: str = SAME) -> list[SameAs]:
    """What stands said of a record that is left out for another one."""
    return list(SameAs.objects.filter(uid=uid, said=said, ended_seq__isnull=True).order_by("id"))


def _between(one: str, other: str, said: str) -> SameAs | None:
    pairs = SameAs.objects.filter(said=said, ended_seq__isnull=True, uid__in=[one, other])
    return pairs.filter(shown_uid__in=[one, other]).order_by("id").first()


def canonical_uid(uid: str) -> str:
    """The record that lists show in the place of this one: itself, unless it is linked."""
    # Each record is left out for one other at most and circles are refused, so this ends.
    while links := standing(uid):
        uid = links[0].shown_uid
    return uid


def left_out(record_type: str) -> QuerySet[Any, Any]:
    """Ids of the records of a type for which lists show another one.

    A hazard is left out only while the one shown in its place is no less cautious: that one may
    have been voided, merged or split, or have become suspected, since the link was made.
    """
    links = SameAs.objects.filter(record_type=record_type, said=SAME, ended_seq__isnull=True)
    if record_type == "hazard":
        links = links.exclude(uid__in=_shown_again(links))
    return links.values("uid")


def _shown_again(links: QuerySet[Any, Any]) -> list[str]:
    """Linked hazards that are more cautious by now than the ones shown in their place."""
    towards = dict(links.values_list("uid", "shown_uid"))
    heads = {uid: _last(uid, towards) for uid in towards}
    found = _hazards({*heads, *heads.values()})
    pairs = ((found[uid], found[head]) for uid, head in heads.items())
    return [
        record.uid
        for record, head in pairs
        if _stands_alone(record, head) or _more_cautious(record, head)
    ]


def _last(uid: str, towards: dict[str, str]) -> str:
    while uid in towards:
        uid = towards[uid]
    return uid


def _hazards(uids: set[str]) -> dict[str, Any]:
    columns = RECORDS["hazard"].objects.only("id", "uid", "type", "geometry_state")
    return {
        record.uid: record
        for some in bulk.in_chunks(sorted(uids))
        for record in columns.filter(uid__in=some)
    }


def others(uids: Iterable[str]) -> dict[str, list[str]]:
    """The records that each of these stands for in lists, by id, step by step."""
    found: dict[str, list[str]] = {}
    for uid in uids:
        frontier, seen = [uid], []
        while frontier:
            links = SameAs.objects.filter(
                shown_uid__in=frontier, said=SAME, ended_seq__isnull=True
            ).order_by("id")
            frontier = [link.uid for link in links]
            seen += frontier
        if seen:
            found[uid] = seen
    return found


def of_record(record: Any) -> list[SameAs]:
    """Everything ever said of a record and others, what was taken back included, oldest first."""
    rows = SameAs.objects.filter(uid=record.uid) | SameAs.objects.filter(shown_uid=record.uid)
    return list(rows.order_by("id"))
