"""Which reports of released land, and which hazards, somebody sees who decides for a part.

A release is about a report and about the hazard that it releases: both have to lie in the
organisation or unit of one of the reader's roles as reviewer or approver, at the tier at which
evidence is shown. That is the condition under which :mod:`.independence` lets them consent, too.
"""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q, QuerySet

from . import access, refusals, roles
from .models import Activity, Hazard
from .submission_access import reviewing


def decides(caller: access.Caller) -> bool:
    """Whether somebody sees any reports of released land with what stands against each."""
    return caller.sees_everything or bool(reviewing(caller))


def activities(caller: access.Caller) -> QuerySet[Any]:
    """Reports of released land that somebody sees, decided or not."""
    rows = Activity.objects.filter(result__isnull=False)
    if caller.sees_everything:
        return rows
    seen = hazards(caller).values("uid")
    return rows.filter(_covered(caller, "activity")).filter(
        Q(hazard_uid__isnull=True) | Q(hazard_uid="") | Q(hazard_uid__in=seen)
    )


def hazards(caller: access.Caller) -> QuerySet[Any]:
    """Hazards from which somebody sees releases."""
    if caller.sees_everything:
        return Hazard.objects.all()
    return Hazard.objects.filter(_covered(caller, "hazard"))


def refused(caller: access.Caller, record: Any) -> list[refusals.Refusal]:
    """Refused releases of a report, as far as somebody is shown its release; else none.

    Parameters
    ----------
    record
        Any record; only an activity is released.
    """
    if record.schema.name != "activity" or not decides(caller):
        return []
    seen = caller.sees_everything or activities(caller).filter(uid=record.uid).exists()
    return refusals.of(record) if seen else []


def _covered(caller: access.Caller, record_type: str) -> Q:
    conditions = [roles.covering(grant, record_type) for grant in reviewing(caller)]
    return reduce(or_, (one for one in conditions if one is not None), Q(pk__in=[]))
