"""Lists in pages that stay one list while others write.

A list is pinned to a journal entry when its first page is asked for: every page after it shows the
records as they were then, in the order of their numbers, each exactly once. What has changed since
is read from the journal; what was recorded since is not in the list. The pin, the last number given
and the number of records travel in the cursor, which is signed, so that nobody makes one up.

What a caller sees is asked anew for every page: who lost a role sees no further page by it, and a
record that has left their scope meanwhile is withheld.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import numpy as np
import shapely
from django.core import signing
from django.db.models import QuerySet

from landrelease.register import access, apply, knowledge, states
from landrelease.register.errors import RegisterError

from .problems import Problem
from .selection import Selection

#: Records of a page, unless asked otherwise, and at most.
LIMIT, MOST = 100, 5_000
_SALT = "landrelease.api.pages"
#: How often the number of records is counted anew when somebody writes meanwhile.
_TRIES = 3
#: Parameters that say how an answer is written, not what is in it.
_FORM = frozenset({"cursor", "limit", "f"})


@dataclass(frozen=True)
class Cursor:
    """Where a page begins.

    Attributes
    ----------
    seq
        The journal entry to which the list is pinned.
    after
        Number of the last record given.
    matched
        Records of the whole list; None when it is not known.
    """

    seq: int
    after: int = 0
    matched: int | None = None


@dataclass(frozen=True)
class Page:
    """Some records of a list, as they were at the journal entry to which it is pinned.

    Attributes
    ----------
    records
        Objects of the model, not to be saved; ``geometry`` in longitude and latitude.
    matched
        How many the whole list has, those of other pages among them; None when others wrote faster
        than could be counted.
    next
        Cursor of the next page; empty on the last.
    seq
        The entry.
    """

    records: list[Any]
    matched: int | None
    next: str
    seq: int


def begin(query: Mapping[str, str], caller: access.Caller, what: str) -> Cursor:
    """Where the page that is asked for begins.

    Parameters
    ----------
    query
        Parameters of the request: ``cursor`` of the page before, or ``known_at`` a moment.
    what
        What the list is of.

    Raises
    ------
    Problem
        400 when the cursor is none of this list and caller, or the moment is none.
    """
    if "cursor" in query:
        try:
            seq, after, matched, digest = signing.loads(query["cursor"], salt=_SALT)
        except signing.BadSignature:
            digest = ""
        if digest != _digest(query, caller, what):
            raise Problem(
                HTTPStatus.BAD_REQUEST,
                "cursor: it belongs to no page of this list",
                "Follow the link 'next' of a page as it stands; or begin again without a cursor.",
            )
        return Cursor(seq, after, matched)
    moment = query.get("known_at")
    if moment is None:
        return Cursor(knowledge.head_seq())
    try:
        return Cursor(knowledge.seq_at(moment))
    except (RegisterError, OverflowError) as error:
        raise Problem(
            HTTPStatus.BAD_REQUEST, f"known_at: {error}", "Write it as 2025-01-01T13:30."
        ) from error


def _digest(query: Mapping[str, str], caller: access.Caller, what: str) -> str:
    said = (what, caller.name, sorted((k, v) for k, v in query.items() if k not in _FORM))
    return hashlib.sha256(repr(said).encode()).hexdigest()[:24]


def limit_of(query: Mapping[str, str]) -> int:
    """How many records a page has; what is more than :data:`MOST` is taken as that.

    Raises
    ------
    Problem
        400 when it is no number from 1 on.
    """
    text = query.get("limit", str(LIMIT))
    if not (text.isascii() and text.isdecimal() and 0 < len(text) < 10 and int(text) > 0):
        raise Problem(
            HTTPStatus.BAD_REQUEST, f"limit: {text[:40]!r} is no whole number from 1 on",
            f"Give 1 to {MOST}.",
        )  # fmt: skip
    return min(int(text), MOST)


def page(
    caller: access.Caller,
    selection: Selection,
    query: Mapping[str, str],
    *,
    what: str,
    only: Any = None,
) -> Page:
    """Take a page of a list.

    Parameters
    ----------
    query
        Parameters of the request.
    what
        What the list is of; its cursors are good for it alone.
    only
        Gives, for the entry to which the list is pinned, a condition (``Q``) on the records that
        can be in it at all and that does not change with what is recorded later.
    """
    cursor = begin(query, caller, what)
    limit = limit_of(query)
    rows = access.records(caller, selection.record_type).filter(created_seq__lte=cursor.seq)
    if only is not None:
        rows = rows.filter(only(cursor.seq))
    walk = _Walk(caller, selection, rows, cursor.seq)
    found = walk.take(cursor.after, limit + 1)
    matched = cursor.matched
    if "cursor" not in query:
        matched = len(found) if len(found) <= limit else _count(walk)
    following = ""
    if len(found) > limit:
        found = found[:limit]
        said = (cursor.seq, found[-1].id, matched, _digest(query, caller, what))
        following = signing.dumps(said, salt=_SALT, compress=True)
    return Page(found, matched, following, cursor.seq)


def one(caller: access.Caller, record_type: str, number: int, seq: int | None = None) -> Any | None:
    """A record that a caller sees, by its number; None when there is none for them."""
    rows = access.records(caller, record_type).filter(id=number)
    if seq is None:
        return rows.first()
    pinned = rows.filter(created_seq__lte=seq)
    return next(iter(_Walk(caller, Selection(record_type), pinned, seq).take(0, 1)), None)


def _count(walk: _Walk) -> int | None:
    for _ in range(_TRIES):
        before = knowledge.head_seq()
        number = walk.count()
        if knowledge.head_seq() == before:
            return number
    return None


class _Walk:
    """The records of a list in the order of their numbers, as they were at an entry."""

    def __init__(
        self, caller: access.Caller, selection: Selection, rows: QuerySet[Any], seq: int
    ) -> None:
        self._caller, self._selection, self._seq = caller, selection, seq
        self._as_they_were = selection.put_to(rows.filter(changed_seq__lte=seq))
        self._changed = rows.filter(changed_seq__gt=seq)

    def take(self, after: int, number: int) -> list[Any]:
        """The next records after one."""
        found: list[Any] = []
        while len(found) < number:
            # Those that have not changed are read first: one that is changed between the two reads
            # is met twice and kept once, never missed.
            some = self._unchanged(after, number)
            changed = list(
                self._changed.filter(id__gt=after).order_by("id").values_list("id", "uid")[:number]
            )
            ends = [chunk[-1] for chunk in ([one.id for one in some], [id_ for id_, _ in changed])
                    if len(chunk) == number]  # fmt: skip
            end = min(ends, default=None)
            together = {one.id: one for one in some if end is None or one.id <= end}
            uids = [uid for id_, uid in changed if end is None or id_ <= end]
            together |= {one.id: one for one in self._as_known(uids)}
            found += [
                record
                for _, record in sorted(together.items())
                if self._selection.touches(_place(record))
            ]
            if end is None:
                break
            after = end
        return found[:number]

    def count(self) -> int:
        """How many there are."""
        rows = self._as_they_were
        number = rows.count()
        if self._selection.boxes is not None:
            number -= sum(not self._selection.touches(g) for g in self._selection.border(rows))
        uids = list(self._changed.order_by("id").values_list("uid", flat=True))
        return number + sum(self._selection.touches(_place(one)) for one in self._as_known(uids))

    def _unchanged(self, after: int, number: int) -> list[Any]:
        return list(self._as_they_were.filter(id__gt=after).order_by("id")[:number])

    def _as_known(self, uids: list[str]) -> list[Any]:
        """Records that have changed since, as they were, if they are meant and were visible."""
        if not uids:
            return []
        name = self._selection.record_type
        found = [
            one
            for one in knowledge.instances(name, seq=self._seq, uids=uids)
            if self._selection.holds(one)
            and access.was_visible(self._caller, name, states.of_record(one))
        ]
        if found and hasattr(found[0], "plane"):
            plane = apply.programme_plane()
            planar = np.array([*map(_planar, found), None], dtype=object)[:-1]
            if plane is not None:
                for record, place in zip(found, plane.unproject(planar), strict=True):
                    record.geometry = place
        return found


def _planar(record: Any) -> Any:
    return None if record.plane is None else shapely.from_wkb(bytes(record.plane))


def _place(record: Any) -> Any:
    return getattr(record, "geometry", None)
