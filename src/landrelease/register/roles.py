"""Roles: what a person may be given to do, and for which part of the programme.

A role is granted to a person for the whole programme, for the records of one organisation, for one
administrative unit with all units below it, or for both together. What nobody was given, nobody may
do; a record whose organisation or unit is not recorded lies in no narrower scope.

Nothing here says who may decide *this very* release: that two people are needed and who of them is
excluded (rule 14) stands in :mod:`.independence`, for the command line, the pages and the API
alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from django.db.models import Q

from . import bulk, clock
from .models import Organisation, RoleAssignment, Unit
from .said import Said, joined, said
from .schema import RECORD_TYPES


class Role(StrEnum):
    """The roles; the last two are permissions of their own, which no other role implies."""

    viewer = "viewer"
    partner = "partner"
    data_entry = "data_entry"
    reviewer = "reviewer"
    approver = "approver"
    data_protection_officer = "data_protection_officer"
    administrator = "administrator"
    historic_entry = "historic_entry"
    report_approver = "report_approver"


#: What each role is called.
NAMES: dict[Role, str] = {
    Role.viewer: "viewer",
    Role.partner: "partner",
    Role.data_entry: "data entry",
    Role.reviewer: "reviewer",
    Role.approver: "approver",
    Role.data_protection_officer: "data protection officer",
    Role.administrator: "administrator",
    Role.historic_entry: "historic entry",
    Role.report_approver: "report approver",
}

#: What each role is for, in one line.
LABELS: dict[Role, str] = {
    Role.viewer: "reads the register",
    Role.partner: "reads it for another organisation",
    Role.data_entry: "hands in records",
    Role.reviewer: "accepts or rejects what does not lower caution",
    Role.approver: "is one of the two who release land or lower caution",
    Role.data_protection_officer: "reads and erases personal data",
    Role.administrator: "enters people and gives them roles",
    Role.historic_entry: "enters releases decided elsewhere, before the cut-over date",
    Role.report_approver: "approves reports that are submitted, and so freezes them",
}

#: Roles that concern the programme as one: they cannot be narrowed.
EVERYWHERE_ONLY = (Role.administrator, Role.historic_entry, Role.report_approver)

#: Who may do what. An action that is not here nobody may do.
ACTIONS: dict[str, tuple[Role, ...]] = {
    "view": tuple(Role),
    "view_restricted": tuple(Role),  # and a tier that holds it, see access
    "view_personal": (Role.data_protection_officer,),
    "submit": (Role.data_entry, Role.reviewer, Role.approver),
    "review": (Role.reviewer, Role.approver),
    "approve_release": (Role.approver,),
    "lower_caution": (Role.approver,),
    "enter_historic": (Role.historic_entry,),
    "approve_report": (Role.report_approver,),
    "manage_people": (Role.administrator,),
    "erase": (Role.data_protection_officer,),
    "export": (Role.viewer, Role.partner, Role.data_entry, Role.reviewer, Role.approver),
    "publish": (Role.approver,),
    "token": (Role.administrator, Role.data_entry),
}


@dataclass(frozen=True)
class Grant:
    """A role and where it holds; an empty organisation or unit means all of them.

    Attributes
    ----------
    role
        The role.
    organisation
        Name or code of an organisation.
    unit
        Id (``uid``) of an administrative unit; the units below it are meant as well.
    """

    role: Role
    organisation: str = ""
    unit: str = ""

    @property
    def everywhere(self) -> bool:
        """Whether it holds for the whole programme."""
        return not self.organisation and not self.unit

    def __str__(self) -> str:
        return str(self.said())

    def said(self) -> Said:
        """The role and where it holds, in words."""
        where: list[str] = []
        if self.organisation:
            where.append(said("organisation %(name)s", name=self.organisation))
        if self.unit:
            where.append(said("unit %(name)s", name=unit_name(self.unit)))
        where_said = joined(where, ", ") or said("everywhere")
        return said("%(role)s (%(where)s)", role=called(self.role), where=where_said)


def called(role: Role | str) -> Said:
    """What a role is called."""
    return said(NAMES[Role(role)])


def of(user_id: int, on: date | None = None) -> tuple[Grant, ...]:
    """The grants that a user holds on a day (today unless told)."""
    day = on or date.fromisoformat(clock.now()[:10])
    rows = (
        RoleAssignment.objects.filter(person_id=user_id, revoked_at="")
        .filter(Q(valid_from__isnull=True) | Q(valid_from__lte=day))
        .filter(Q(valid_to__isnull=True) | Q(valid_to__gte=day))
        .order_by("id")
    )
    return tuple(Grant(Role(row.role), row.organisation, row.unit_uid) for row in rows)


def plain(name: str) -> str:
    """A name for comparison: "op 1" and "OP  1" are one organisation."""
    return " ".join(name.casefold().split())


def organisation_names(name: str) -> set[str]:
    """Everything the organisation called so is called, for comparison with what records say."""
    found = {plain(name)}
    for known in Organisation.objects.values_list("id", "source_id", "name"):
        id_, code, full = known
        names = {plain(text) for text in (f"ORG-{id_}", code, full) if text}
        if plain(name) in names:
            found |= names
    return found


def organisation_uids(name: str) -> set[str]:
    """Ids of the organisations called so."""
    return {
        uid
        for uid, id_, code, full in Organisation.objects.values_list(
            "uid", "id", "source_id", "name"
        )
        if plain(name) in {plain(text) for text in (f"ORG-{id_}", code, full) if text}
    }


def subtree(unit_uid: str) -> set[str]:
    """Ids of a unit and of all units below it."""
    below: dict[str | None, list[str]] = {}
    for uid, parent in Unit.objects.values_list("uid", "parent_uid"):
        below.setdefault(parent, []).append(uid)
    found: set[str] = set()
    to_see = [unit_uid]
    while to_see:
        uid = to_see.pop()
        if uid not in found:
            found.add(uid)
            to_see += below.get(uid, [])
    return found


def unit_called(name: str) -> str:
    """Id of the unit with this code, reference or (if only one has it) name.

    Raises
    ------
    RegisterError
        When none is called so, or several are.
    """
    from .errors import RegisterError

    wanted = plain(name)
    found = [
        uid
        for uid, id_, code, label in Unit.objects.values_list("uid", "id", "source_id", "name")
        if wanted in {plain(text) for text in (f"{Unit.schema.prefix}-{id_}", code, label) if text}
    ]
    if len(found) != 1:
        raise RegisterError(
            f"{len(found) or 'no'} administrative units are called {name!r}; "
            "give the code of one (landrelease export --as units)"
        )
    return found[0]


def unit_name(uid: str) -> str:
    """Code or name of a unit, for people; its id when it is not in the register."""
    row = Unit.objects.filter(uid=uid).values_list("source_id", "name").first()
    return next((text for text in row or () if text), uid)


def covering(grant: Grant, record_type: str) -> Q | None:
    """Condition on the rows of a record type that a grant covers; None when it covers none.

    A row whose organisation or unit is not recorded is covered by a grant for everywhere only.
    """
    by_name = RECORD_TYPES[record_type].by_name
    condition = Q()
    if grant.organisation:
        if record_type == "organisation":
            condition &= Q(uid__in=organisation_uids(grant.organisation))
        elif "organisation" in by_name:
            uids = organisation_uids(grant.organisation)
            names = organisation_names(grant.organisation)
            given = Q()
            for name in sorted(names):
                given |= Q(organisation_given__iexact=name)
            condition &= Q(organisation_uid__in=uids) | given
        else:
            return None
    if grant.unit:
        if record_type == "unit":
            condition &= Q(uid__in=subtree(grant.unit))
        elif "unit" in by_name:
            condition &= Q(unit_uid__in=subtree(grant.unit))
        else:
            return None
    return condition


def covers(grant: Grant, record: Any) -> bool:
    """Whether a grant holds for a record."""
    return not outside([grant], type(record), [record.uid])


def covers_state(grant: Grant, record_type: str, state: dict[str, Any]) -> bool:
    """Whether a grant holds for a record that is only proposed yet, by what it would say.

    Parameters
    ----------
    state
        The record as a journal line has it.
    """
    if grant.everywhere:
        return True
    by_name = RECORD_TYPES[record_type].by_name
    if grant.organisation:
        named = state.get("organisation") or {} if "organisation" in by_name else {}
        same = named.get("uid") in organisation_uids(grant.organisation) or (
            plain(named.get("given") or "") in organisation_names(grant.organisation)
        )
        if not same:
            return False
    if grant.unit:
        unit = state.get("unit") or {} if "unit" in by_name else {}
        return unit.get("uid") in subtree(grant.unit)
    return True


def includes(wider: Grant, narrower: Grant) -> bool:
    """Whether every record that one grant covers is covered by another one, whatever it is.

    An organisation called otherwise, though it may be the same, is taken for another one.
    """
    if wider.organisation and plain(wider.organisation) != plain(narrower.organisation):
        return False
    if not wider.unit or wider.unit == narrower.unit:
        return True
    return bool(narrower.unit) and narrower.unit in subtree(wider.unit)


def outside(grants: Iterable[Grant], model: Any, uids: Iterable[str]) -> list[str]:
    """Those records that none of the grants covers.

    Parameters
    ----------
    model
        Table of the record type.
    uids
        Ids of records in it.

    Returns
    -------
    list of str
        Their ids, sorted. An id that the table does not hold is outside.
    """
    own = list(grants)
    if any(grant.everywhere for grant in own):
        return []
    conditions = [
        condition for grant in own if (condition := covering(grant, model.schema.name)) is not None
    ]
    left = set(uids)
    for some in bulk.in_chunks(sorted(left)):
        for condition in conditions:
            found = model.objects.filter(condition, uid__in=some)
            left -= set(found.values_list("uid", flat=True))
    return sorted(left)


def with_role(grants: Iterable[Grant], *wanted: Role) -> tuple[Grant, ...]:
    """Those of the grants that are of one of these roles."""
    return tuple(grant for grant in grants if grant.role in wanted)
