"""In which row of a balance work and reports count: by hazard, organisation or method."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from landrelease import land
from landrelease.land import accounts

from . import area_only, codes, knowledge
from .balances import NOT_RECORDED, OTHER_ENTRIES
from .models import Hazard, Release


def keys_of_reports(
    placeless: Iterable[area_only.Report], by: str, seq: int | None = None
) -> dict[str, str]:
    """Key of the row in which each report without a polygon counts.

    Parameters
    ----------
    placeless
        The reports.
    by
        ``hazard``, ``organisation`` or ``method``.
    seq
        Last journal entry that counts; None for all.
    """
    placeless = list(placeless)
    if by == "hazard":
        keys, _ = hazard_keys()
        return {one.uid: keys.get(one.hazard_uid or "", NOT_RECORDED) for one in placeless}
    found, _ = _keys_of_work({one.uid for one in placeless}, by, seq)
    return {one.uid: found.get(one.uid, NOT_RECORDED) for one in placeless}


def hazard_keys() -> tuple[dict[str, str], dict[str, str]]:
    """Key of each hazard (its reference) by id, and names by key; historic releases are one."""
    keys, labels = {}, {}
    for uid, number, name, source_id in Hazard.objects.values_list(
        "uid", "id", "name", "source_id"
    ):
        ref = f"{Hazard.schema.prefix}-{number}"
        keys[uid] = ref
        labels[ref] = name or source_id or ref
    historic = Release.objects.filter(standing=Release.HISTORIC)
    for uid in historic.values_list("activity_uid", flat=True):
        keys[uid] = "historic releases"
    labels["historic releases"] = "Released before this register, decided elsewhere"
    return keys, labels


#: Kinds of line that release land.
RELEASING = (*accounts.RELEASED, "historic")


def record_keys(
    lines: land.Lines, by: str, seq: int | None = None
) -> tuple[NDArray[np.object_], dict[str, str]]:
    """Key of each line by the organisation or the method of the work that it books.

    Returns
    -------
    keys : ndarray of object
        A key for each line; lines that release nothing have :data:`OTHER_ENTRIES`.
    labels : dict
        Names by key.
    """
    releasing = np.isin(lines.kind.astype(str), RELEASING)
    key_of, labels = _keys_of_work(set(lines.uid[releasing].tolist()), by, seq)
    keys = np.full(len(lines), OTHER_ENTRIES, dtype=object)
    keys[releasing] = [key_of.get(uid, NOT_RECORDED) for uid in lines.uid[releasing].tolist()]
    return keys, labels


def _keys_of_work(
    uids: set[str], by: str, seq: int | None
) -> tuple[dict[str, str], dict[str, str]]:
    """Key of activities by their organisation or method, and names by key."""
    labels = {
        OTHER_ENTRIES: "Entries that release nothing (identified, reopened, corrected)",
        NOT_RECORDED: "Not recorded",
    }
    key_of: dict[str, str] = {}
    if by == "method":
        labels |= codes.METHODS
        for uid, method in knowledge.rows("activity", ("uid", "method"), seq=seq, uids=uids):
            key_of[uid] = method or NOT_RECORDED
        return key_of, labels
    names = ("uid", "source_id", "name", "id")
    known = {
        uid: (source_id or f"ORG-{number}", name)
        for uid, source_id, name, number in knowledge.rows("organisation", names, seq=seq)
    }
    columns = ("uid", "organisation_uid", "organisation_given")
    for uid, organisation, given in knowledge.rows("activity", columns, seq=seq, uids=uids):
        key, label = known.get(organisation, (given or NOT_RECORDED, given or "Not recorded"))
        key_of[uid] = key
        labels[key] = label or key
    return key_of, labels


def keys_of_activities(uids: Iterable[str], by: str, seq: int | None) -> dict[str, str]:
    """Key of the row in which each activity that released land counts.

    Parameters
    ----------
    uids
        Ids of the activities.
    by
        ``hazard``, ``organisation`` or ``method``.
    seq
        Last journal entry that counts; None for all.
    """
    if by == "hazard":
        keys, _ = hazard_keys()
        some = Release.objects.filter(activity_uid__in=list(uids))
        return {
            uid: keys[hazard or uid]
            for uid, hazard in some.values_list("activity_uid", "hazard_uid")
        }
    key_of, _ = _keys_of_work(set(uids), by, seq)
    return {uid: key_of.get(uid, NOT_RECORDED) for uid in uids}
