"""Which submissions a reviewer of a part of the programme sees: those that lie in that part wholly.

Both what the records are now and what they would become have to lie in the organisation or unit of
one of the reviewer's roles, the very condition under which :mod:`.reviewing` lets them decide.
Where that is not known (nothing could be read, or it is about claims of reports, which lie in no
part), a submission is nobody's but its sender's and theirs who see the whole register.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db.models import Q, QuerySet

from . import access, acts, bulk, journal, references, roles
from .models import RECORDS, Hazard, Part, Submission, SubmissionPart
from .roles import Grant
from .schema import RECORD_TYPES

#: Parts whose contents are remembered: they never change. A part has up to 5,000 lines.
_REMEMBERED = 2_000


def visible(
    caller: access.Caller, among: QuerySet[Submission] | None = None
) -> QuerySet[Submission]:
    """The submissions that somebody sees on a site.

    Parameters
    ----------
    among
        Only these are looked at; all without.

    Returns
    -------
    QuerySet
        All for those who see the whole register; for reviewers and approvers their own and those
        that lie wholly in their part; for everybody else who is known, their own.
    """
    rows = Submission.objects.all() if among is None else among
    if caller.sees_everything:
        return rows
    if not caller.authenticated:
        return rows.none()
    inside = within(caller, rows.exclude(submitter=caller.name))
    return rows.filter(Q(submitter=caller.name) | Q(id__in=sorted(inside)))


def within(caller: access.Caller, submissions: QuerySet[Submission]) -> set[int]:
    """Ids of those submissions that lie wholly in the part for which somebody reviews.

    Parameters
    ----------
    submissions
        Those that are looked at.
    """
    own = reviewing(caller)
    if not own:
        return set()
    scopes = [_Scope.of(grant) for grant in own]
    found = submissions.filter(record_type__in=_reached(own))
    by_id = {row.id: row for row in found}
    links: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for some in bulk.in_chunks(sorted(by_id)):
        rows = SubmissionPart.objects.filter(submission_id__in=some).order_by("id")
        for id_, digest, kind in rows.values_list("submission_id", "part_id", "part__kind"):
            links[id_].append((digest, kind))
    inside: set[int] = set()
    changed: dict[str, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    for id_, parts in links.items():
        if not _proposed_within(parts, scopes):
            continue
        inside.add(id_)
        for record_type, uids in _concerned(by_id[id_], parts):
            for uid in uids:
                changed[record_type][uid].add(id_)
    for record_type, holders in changed.items():
        for uid in roles.outside(own, RECORDS[record_type], holders):
            inside -= holders[uid]
    return inside


def reviewing(caller: access.Caller) -> tuple[Grant, ...]:
    """The roles by which somebody reviews, at the tier at which what others hand in is shown."""
    if not access.may(caller, "view"):
        return ()
    own = roles.with_role(caller.grants, *roles.ACTIONS["review"])
    return tuple(grant for grant in own if caller.reads_at(grant) == "restricted")


def _reached(own: Iterable[Grant]) -> list[str]:
    """Record types of which any of the roles can cover records."""
    return [
        name
        for name in RECORD_TYPES
        if any(roles.covering(grant, name) is not None for grant in own)
    ]


def _proposed_within(parts: Iterable[tuple[str, str]], scopes: Collection[_Scope]) -> bool:
    """Whether all that parts would make of records lies in one of some scopes."""
    for digest, kind in parts:
        record_type = kind.removeprefix("records/")
        if record_type in RECORDS:
            places = _content(digest).places
            if not all(any(scope.covers(place) for scope in scopes) for place in places):
                return False
        elif kind != "acts":
            # What is said about claims lies in no organisation and in no unit.
            return False
    return True


def _concerned(
    submission: Submission, parts: Iterable[tuple[str, str]]
) -> Iterable[tuple[str, Iterable[str]]]:
    """The records as they are now that a submission is about."""
    act = acts.of(submission)
    if act is not None:
        yield Hazard.schema.name, act["hazards"]
        if act["activity"]:
            activity = references.find(act["activity"], ["activity"])
            yield "activity", [str(act["activity"]) if activity is None else activity.uid]
    for digest, kind in parts:
        record_type = kind.removeprefix("records/")
        if record_type in RECORDS:
            yield record_type, _content(digest).changed


#: Where a proposed record lies: id and plain name of its organisation, id of its unit.
_Place = tuple[str, str, str]


@dataclass(frozen=True)
class _Content:
    """What of a part decides who sees it.

    Attributes
    ----------
    places
        Where its records would lie, each once.
    changed
        Ids of the records that it changes.
    """

    places: frozenset[_Place]
    changed: tuple[str, ...]


@lru_cache(maxsize=_REMEMBERED)
def _content(digest: str) -> _Content:
    """What a part holds; it is kept under the hash of its bytes and never changes."""
    part = Part.objects.get(sha256=digest)
    by_name = RECORD_TYPES[part.kind.removeprefix("records/")].by_name
    places, changed = set(), []
    for line in journal.lines_of(bytes(part.body)):
        places.add(_place(line["state"], by_name))
        if line.get("was") is not None:
            changed.append(str(line["uid"]))
    return _Content(frozenset(places), tuple(changed))


def _place(state: Mapping[str, Any], by_name: Mapping[str, Any]) -> _Place:
    organisation = (state.get("organisation") or {}) if "organisation" in by_name else {}
    unit = (state.get("unit") or {}) if "unit" in by_name else {}
    named = roles.plain(organisation.get("given") or "")
    return organisation.get("uid") or "", named, unit.get("uid") or ""


@dataclass(frozen=True)
class _Scope:
    """A role's part of the programme, looked up once: :func:`.roles.covers_state` for many lines.

    Attributes
    ----------
    organisations, names
        Ids of its organisation and what that is called; None where it holds for all.
    units
        Ids of its unit and those below; None where it holds for all.
    """

    organisations: frozenset[str] | None
    names: frozenset[str]
    units: frozenset[str] | None

    @classmethod
    def of(cls, grant: Grant) -> _Scope:
        """The part that a role is given for."""
        named = grant.organisation
        return cls(
            frozenset(roles.organisation_uids(named)) if named else None,
            frozenset(roles.organisation_names(named)) if named else frozenset(),
            frozenset(roles.subtree(grant.unit)) if grant.unit else None,
        )

    def covers(self, place: _Place) -> bool:
        """Whether a proposed record lies in it."""
        organisation, name, unit = place
        if self.organisations is not None and not (
            organisation in self.organisations or name in self.names
        ):
            return False
        return self.units is None or unit in self.units
