"""Family trees of copies: who copied whom in a story, and what each did with it.

Dates come first: nobody copies what is not out yet. Where they leave it open, the text that holds
the other one is taken for the earlier (a cut copies what it was cut from), then the one that is the
agency's own or credits it. Where nothing tells, the tree says so. A text that nobody kept cannot
stand in it: "first" means the earliest known here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from landrelease.evidence import copies
from landrelease.evidence.claims import Claim
from landrelease.evidence.errors import EvidenceError
from landrelease.evidence.intake import Document
from landrelease.evidence.stories import Origin, Story
from landrelease.evidence.versions import Difference, Version, differences

HOLDS = 0.05  # by so much more of the copy must stand in its parent than the other way round
_ALIKE = 0.02  # shares that differ by less are the same


@dataclass(frozen=True)
class Branch:
    """One document and what it was made from.

    Attributes
    ----------
    document : str
        Path.
    parent : str or None
        Path of its nearest parent; None for the first one.
    basis : str
        Why the parent is the earlier: 'earlier date', 'holds the other', 'credits the agency',
        'order not established', 'earliest known here' or 'the only one known here'.
    relation : str
        How the two relate, as `copies.compare` says; 'first' without a parent, 'merged' for a
        report that puts several stories together.
    share, share_of_parent : float
        Word-for-word share: of its words that stand in the parent in runs of five, and of the
        parent's that stand in it. 0 without a parent.
    differences : tuple of Difference
        What it added, dropped and changed.
    day : str or None
        ISO date that counts for the order; None when it is not known.
    """

    document: str
    parent: str | None
    basis: str
    relation: str
    share: float
    share_of_parent: float
    differences: tuple[Difference, ...]
    day: str | None

    def to_json(self) -> dict[str, Any]:
        """Give plain values for JSON."""
        body: dict[str, Any] = {
            "document": self.document,
            "parent": self.parent,
            "basis": self.basis,
            "relation": self.relation,
            "day": self.day,
            "share": round(self.share, 3),
            "share_of_parent": round(self.share_of_parent, 3),
        }
        for kind, key in _KEYS:
            body[key] = [one.to_json() for one in self.differences if one.kind == kind]
        return body


_KEYS = (
    ("added", "added"), ("dropped", "dropped"), ("changed", "changed"), ("name", "names"),
    ("figure", "figures"), ("date", "dates"), ("attribution", "attributions"),
)  # fmt: skip


@dataclass(frozen=True)
class Family:
    """The tree of a story.

    Attributes
    ----------
    story : str
        Its id.
    origin : Origin
        Whose text it is: the agency stands above the tree when its own text is not kept here.
    branches : tuple of Branch
        Each document once, parents before their copies.
    """

    story: str
    origin: Origin
    branches: tuple[Branch, ...]

    def to_json(self) -> dict[str, Any]:
        """Give plain values for JSON: ``story``, ``origin``, ``branches``."""
        return {
            "story": self.story,
            "origin": {"name": self.origin.name, "kind": self.origin.kind},
            "branches": [branch.to_json() for branch in self.branches],
        }


def family(story: Story, documents: Sequence[Document], claims: Sequence[Claim] = ()) -> Family:
    """Draw the tree of a story.

    Parameters
    ----------
    story : Story
        As `stories.stories` gives it.
    documents : sequence of Document
        At least those of the story, found by their paths.
    claims : sequence of Claim
        Those of its documents, so that changed attributions are seen; may be left out.

    Returns
    -------
    Family
        The same whatever the order of documents and claims.

    Raises
    ------
    EvidenceError
        When a document of the story is not among the given ones.
    """
    by_path = {document.path: document for document in documents}
    missing = [member.path for member in story.documents if member.path not in by_path]
    if missing:
        raise EvidenceError(
            f"{story.story}: the text of {', '.join(missing)} is not at hand; give all documents "
            "of the story"
        )
    kin = [
        _Kin(place, Version(by_path[m.path]), m.relation == "merged")
        for place, m in enumerate(story.documents)
    ]
    _date(kin)
    first = _first(kin, story.origin)
    attached = [first]
    alone = "the only one known here" if len(kin) == 1 else ""
    basis = alone or ("earliest known here" if first.day else "order not established")
    branches = [Branch(first.path, None, basis, "first", 0.0, 0.0, (), first.shown)]
    waiting = {one.place: one for one in kin if one is not first}
    best = {place: _link(first, one) for place, one in waiting.items()}
    while waiting:
        # Whoever hangs most closely on the tree is put in next.
        place = max(waiting, key=lambda p: (best[p].rank, -p))
        one, link = waiting.pop(place), best.pop(place)
        branches.append(_branch(link, one, story.origin, claims))
        attached.append(one)
        for other, entry in waiting.items():
            best[other] = max(best[other], _link(one, entry), key=lambda found: found.rank)
    return Family(story.story, story.origin, tuple(branches))


class _Kin:
    """A document of the story."""

    def __init__(self, place: int, version: Version, merged: bool) -> None:
        self.place = place
        self.merged = merged
        self.version = version
        self.path = version.document.path
        published = version.document.published
        self.day: dt.date | None = None if published is None else published.date()

    @cached_property
    def content(self) -> copies.Content:
        return copies.content(self.version.document)

    @property
    def shown(self) -> str | None:
        return None if self.day is None else self.day.isoformat()


@dataclass(frozen=True)
class _Link:
    """A parent that a document may have."""

    parent: _Kin
    share: float
    share_of_parent: float
    allowed: bool

    @property
    def rank(self) -> tuple[bool, float, float, int]:
        return (
            self.allowed and not self.parent.merged,
            round(self.share / _ALIKE) * _ALIKE,
            self.share_of_parent,
            -self.parent.place,
        )


def _date(kin: Sequence[_Kin]) -> None:
    """A day without a year takes the year of a dated copy that is near it."""
    days = [one.day for one in kin if one.day is not None]
    for one in kin:
        published = one.version.document.published
        if one.day is not None or published is None or published.month_day is None or not days:
            continue
        for year in (min(days).year, min(days).year + 1, min(days).year - 1):
            try:
                day = dt.date(year, *published.month_day)
            except ValueError:
                continue
            if abs(day - min(days)) <= dt.timedelta(days=7):
                one.day = day
                break


def _first(kin: Sequence[_Kin], origin: Origin) -> _Kin:
    """The earliest; of one day, or without any, whoever holds most of the others."""
    kin = [one for one in kin if not one.merged] or kin  # what is put together came later
    day = min((one.day for one in kin if one.day is not None), default=None)
    equal = [one for one in kin if one.day == day]
    if len(equal) == 1:
        return equal[0]

    def precedence(one: _Kin) -> tuple[float, bool, int]:
        held = sum(other.version.share(one.version) for other in kin if other is not one)
        return -round(held, 1), not _credits(one, origin), one.place

    return min(equal, key=precedence)


def _credits(one: _Kin, origin: Origin) -> bool:
    document = one.version.document
    return origin.name is not None and origin.name in (document.agency, document.publisher)


def _link(parent: _Kin, one: _Kin) -> _Link:
    allowed = parent.day is None or one.day is None or parent.day <= one.day
    return _Link(
        parent, one.version.share(parent.version), parent.version.share(one.version), allowed
    )


def _branch(link: _Link, one: _Kin, origin: Origin, claims: Sequence[Claim]) -> Branch:
    parent = link.parent
    match = copies.compare(parent.content, one.content)
    return Branch(
        document=one.path,
        parent=parent.path,
        basis=_basis(link, one, origin),
        relation="merged" if one.merged else "through others" if match is None else match[0],
        share=link.share,
        share_of_parent=link.share_of_parent,
        differences=tuple(differences(parent.version, one.version, claims)),
        day=one.shown,
    )


def _basis(link: _Link, one: _Kin, origin: Origin) -> str:
    parent = link.parent
    if parent.day is not None and one.day is not None and parent.day < one.day:
        return "earlier date"
    if link.share > link.share_of_parent + HOLDS:
        return "holds the other"
    if _credits(parent, origin) and not _credits(one, origin):
        return "credits the agency"
    return "order not established"
