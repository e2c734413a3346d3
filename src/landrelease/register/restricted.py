"""Records that only the restricted tier reads, whatever their type (rules 22 and 24).

A record is restricted when it is marked so (``restricted``, or ``tier`` among what stands beside
it), when it came from a namespace that the profile restricts, or when it rests on a document that
is restricted. A mark that is not understood restricts.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from django.db import connection
from django.db.models import Q, QuerySet

from . import canonical, journal, profile, workspace
from .models import RECORDS, Document, Evidence
from .schema import RECORD_TYPES

#: Name, among what stands beside a record, of the tier for which somebody marked it.
MARK: Final = "tier"
_BELOW: Final = ("public", "partner")


def rows(record_type: str) -> QuerySet[Any]:
    """The records of a type that only the restricted tier reads.

    Parameters
    ----------
    record_type
        Name of the record type.
    """
    model = RECORDS[record_type]
    if record_type == "document":
        return model.objects.filter(_documents())
    names = model.schema.by_name
    condition = Q(namespace__in=_namespaces()) | Q(uid__in=_marked(record_type)[0])
    if "restricted" in names:
        condition |= Q(restricted=True)
    if "document" in names:
        uids = Document.objects.filter(_documents()).values("uid")
        condition |= Q(document_uid__in=uids)
    return model.objects.filter(condition)


def holds(record: Any) -> bool:
    """Whether only the restricted tier reads this record."""
    return bool(rows(record.schema.name).filter(uid=record.uid).exists())


def held(record_type: str, state: dict[str, Any]) -> bool:
    """Whether only the restricted tier reads a record as it was.

    Parameters
    ----------
    state
        The record as a journal line has it. Whether the document that it rested on is restricted
        is asked of the document as it is now.
    """
    if state.get("namespace") in _namespaces() or state.get("restricted") is True:
        return True
    if _mark_of(state.get("extra")) not in (None, *_BELOW):
        return True
    named = state.get("document") if "document" in RECORD_TYPES[record_type].by_name else None
    uid = named.get("uid") if isinstance(named, dict) else None
    return bool(uid) and Document.objects.filter(_documents(), uid=uid).exists()


def _namespaces() -> list[str]:
    return list(profile.current().publication.restricted_namespaces)


def _documents() -> Q:
    """Condition on documents that only the restricted tier reads."""
    resting = Evidence.objects.filter(restricted=True, document_uid__isnull=False)
    condition = Q(namespace__in=_namespaces()) | Q(uid__in=resting.values("document_uid"))
    restricted, below = _marked("document")
    condition |= Q(uid__in=restricted)
    if profile.current().access.record_types.get("document") == "restricted":
        condition |= ~Q(uid__in=below)
    return condition


def _marked(record_type: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Ids of the records of a type that are marked for the restricted tier, and for another."""
    if connection.in_atomic_block:
        # What is being written has its journal entry before its rows, or after them.
        return _read_marks(record_type)
    head = journal.head()
    return _kept_marks(str(workspace.current().folder), head.hash if head else "", record_type)


def _read_marks(record_type: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    found = RECORDS[record_type].objects.filter(extra__contains=f'"{MARK}"').order_by("id")
    restricted, below = [], []
    for uid, extra in found.values_list("uid", "extra").iterator():
        mark = _mark_of(canonical.loads(extra))
        if mark is not None:
            (below if mark in _BELOW else restricted).append(uid)
    return tuple(restricted), tuple(below)


#: Every page and tile of a narrower role asks; marks change with the journal alone.
@lru_cache(maxsize=32)
def _kept_marks(
    folder: str, head: str, record_type: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return _read_marks(record_type)


def _mark_of(extra: Any) -> str | None:
    mark = extra.get(MARK) if isinstance(extra, dict) else None
    return None if mark is None else str(mark).strip().casefold()
