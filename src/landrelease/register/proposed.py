"""What a submission would change, line by line, as people look at it before they decide."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from . import acts, caution, journal, states
from .history import fields_of, ground_between, history
from .models import RECORDS, Submission

#: Lines shown on a page.
SHOWN = 25


@dataclass(frozen=True)
class Line:
    """One line of a proposal.

    Attributes
    ----------
    number
        Place among the lines of the submission, from 1.
    standing
        ``proposed``, ``held``, ``accepted``, ``returned`` or ``rejected``.
    do
        ``create`` or ``update``; ``act`` for what is no record.
    record
        The record that it changes, None for a new one.
    before, after
        State of the record; ``before`` is None for a new one, and where it can no longer be told.
    lowers
        How it would lower caution (rule 4).
    stale
        Whether the record has changed since this difference was worked out.
    """

    number: int
    standing: str
    do: str
    record_type: str
    uid: str
    row: int | None
    record: Any | None
    before: dict[str, Any] | None
    after: dict[str, Any]
    lowers: tuple[str, ...] = ()
    stale: bool = False

    @property
    def changes(self) -> dict[str, tuple[Any, Any]]:
        """Field to (before, after) of what differs, the place and sealed values left out."""
        before, after = fields_of(self.before or {}), fields_of(self.after)
        names = [*before, *(name for name in after if name not in before)]
        return {
            name: (before.get(name), after.get(name))
            for name in names
            if before.get(name) != after.get(name)
        }

    @property
    def moves(self) -> bool:
        """Whether the boundary changes."""
        return (self.before or {}).get("plane") != self.after.get("plane")

    @property
    def ground(self) -> tuple[int | None, int | None]:
        """Ground that a change of boundary loses and gains, mm2."""
        return ground_between(self.before, self.after)


@dataclass(frozen=True)
class Page:
    """Some lines of a submission, and the number after which the next ones begin."""

    lines: list[Line]
    total: int
    next: int | None


def page(submission: Submission, *, after: int = 0, size: int = SHOWN) -> Page:
    """Lines of a submission in the order of its parts.

    Parameters
    ----------
    after
        Number of the last line that was shown already.
    size
        How many to give.
    """
    links = list(submission.parts.order_by("ordinal").select_related("part"))
    total = sum(link.part.count for link in links)
    found: list[Line] = []
    number = 0
    for link in links:
        if number + link.part.count <= after:
            number += link.part.count
            continue
        for raw in journal.lines_of(bytes(link.part.body)):
            number += 1
            if number <= after:
                continue
            if len(found) == size:
                return Page(found, total, number - 1)
            found.append(_line(number, link.standing, link.part.kind, raw))
    return Page(found, total, None)


def lines(submission: Submission) -> Iterator[Line]:
    """All lines of a submission, one by one."""
    after: int | None = 0
    while after is not None:
        some = page(submission, after=after, size=500)
        yield from some.lines
        after = some.next


def described(submission: Submission) -> dict[str, Any] | None:
    """What an act says of itself: title, reason, day; None for a delivery of records."""
    return acts.of(submission)


def _line(number: int, standing: str, kind: str, raw: dict[str, Any]) -> Line:
    family, _, record_type = kind.partition("/")
    if family != "records":
        said = {name: value for name, value in raw.items() if name not in ("body", "deciders")}
        return Line(number, standing, "act", family, "", None, None, None, said)
    record = RECORDS[record_type].objects.filter(uid=raw["uid"]).first()
    after = raw["state"]
    if raw["do"] == "create":
        was = None
        stale = record is not None and standing in ("proposed", "held")
    else:
        was, stale = _before(record, raw["was"])
        stale = stale and standing in ("proposed", "held")
    lowers = tuple(caution.lowered(record_type, was, after, uid=raw["uid"]))
    return Line(
        number, standing, raw["do"], record_type, raw["uid"], raw.get("row"), record, was, after,
        lowers if standing != "accepted" else (), stale,
    )  # fmt: skip


def _before(record: Any | None, content: str) -> tuple[dict[str, Any] | None, bool]:
    """The state that a change was worked out from, and whether the record has moved on since."""
    if record is None:
        return None, True
    if record.content == content:
        return states.of_record(record), False
    for version in history(record):
        if states.content_hash(version.state) == content:
            return version.state, True
    return None, True
