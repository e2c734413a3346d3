"""Stories: the documents that go back to one text, and whose text it was."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from landrelease.evidence import copies, metadata
from landrelease.evidence.intake import Document
from landrelease.evidence.statements import Statement, statements
from landrelease.evidence.text import blank_out, paragraphs

_LEAD_PARAGRAPHS = 2  # an underlying report stands in the lead; further down it is background
_GENERIC_HEARERS = frozenset(["Congress", "Parliament", "Sunday", "Monday", "Tuesday"])
_CLOSENESS = {"copy": 4, "near_copy": 3, "partial": 2, "rewritten": 1}


@dataclass(frozen=True)
class Origin:
    """Where the text of a story comes from.

    Attributes
    ----------
    name : str or None
        Agency, publisher or author of the underlying document; None when unknown.
    kind : str
        'agency', 'publisher', 'document' or 'unknown'.
    """

    name: str | None
    kind: str


@dataclass(frozen=True)
class Member:
    """One document of a story.

    Attributes
    ----------
    path : str
        Of the document.
    text_sha256 : str
        Hash of its kept text.
    published : str or None
        ISO date at its precision.
    publisher : str or None
        As the document names itself.
    relation : str
        'first', 'copy', 'near_copy', 'rewritten' or 'partial'. 'First' is the earliest that is
        known here, not a proof that nothing came before.
    """

    path: str
    text_sha256: str
    published: str | None
    publisher: str | None
    relation: str


@dataclass(frozen=True)
class Story:
    """Documents of one origin.

    Attributes
    ----------
    story : str
        Stable id, from the smallest hash of its members' kept texts.
    origin : Origin
        Whose text it is, as far as the texts say.
    documents : tuple of Member
        The first one first.
    """

    story: str
    origin: Origin
    documents: tuple[Member, ...]

    def to_json(self) -> dict[str, Any]:
        """Give the story as plain values.

        Returns
        -------
        dict
            ``story``, ``origin`` {name, kind} and ``documents`` [{path, published, publisher,
            relation}].
        """
        return {
            "story": self.story,
            "origin": {"name": self.origin.name, "kind": self.origin.kind},
            "documents": [
                {
                    "path": member.path,
                    "published": member.published,
                    "publisher": member.publisher,
                    "relation": member.relation,
                }
                for member in self.documents
            ],
        }


def stories(documents: Sequence[Document]) -> list[Story]:
    """Group documents into stories.

    Parameters
    ----------
    documents : sequence of Document
        In any order; the result does not depend on it.

    Returns
    -------
    list of Story
        Every document stands in exactly one story; ordered by first publication (unknown last)
        and id.
    """
    said = [statements(document) for document in documents]
    contents = [
        copies.content(document, own) for document, own in zip(documents, said, strict=True)
    ]
    found = copies.matches(contents)
    made = [
        _story(members, documents, contents, said, found)
        for members in _groups(len(documents), found)
    ]
    return sorted(made, key=lambda story: (story.documents[0].published or "9999", story.story))


def _groups(count: int, found: Sequence[copies.Match]) -> list[list[int]]:
    """Connected documents."""
    parent = list(range(count))

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    for match in found:
        one, other = root(match.first), root(match.second)
        parent[max(one, other)] = min(one, other)
    groups: dict[int, list[int]] = {}
    for place in range(count):
        groups.setdefault(root(place), []).append(place)
    return list(groups.values())


def _story(
    members: Sequence[int],
    documents: Sequence[Document],
    contents: Sequence[copies.Content],
    said: Sequence[Sequence[Statement]],
    found: Sequence[copies.Match],
) -> Story:
    inside = set(members)
    ties = [match for match in found if match.first in inside and match.second in inside]
    order = sorted(members, key=lambda place: _earliness(documents[place], contents[place]))
    first = order[0]
    listed = []
    for place in order:
        document = documents[place]
        published = document.published
        listed.append(
            Member(
                document.path,
                document.text_sha256,
                None if published is None else published.value,
                document.publisher,
                "first" if place == first else _relation(place, first, ties),
            )
        )
    smallest = min(documents[place].text_sha256 for place in members)
    return Story(
        story="story-" + hashlib.sha256(smallest.encode()).hexdigest()[:16],
        origin=_origin([documents[place] for place in order], [said[place] for place in order]),
        documents=tuple(listed),
    )


def _earliness(document: Document, content: copies.Content) -> tuple[object, ...]:
    """Dated before undated, credited to an agency before not, then the longer text."""
    day = document.published.value if document.published is not None else None
    return (
        day is None,
        day or "",
        document.agency is None,
        -len(content.words),
        document.text_sha256,
        document.path,
    )


def _relation(place: int, first: int, ties: Sequence[copies.Match]) -> str:
    """How a document relates to the first one, or else to its nearest relative in the story."""
    own = [match for match in ties if place in (match.first, match.second)]
    direct = [match for match in own if first in (match.first, match.second)]
    return max(direct or own, key=lambda match: _CLOSENESS[match.relation]).relation


def _origin(documents: Sequence[Document], said: Sequence[Sequence[Statement]]) -> Origin:
    """Read the origin from what the texts say of it, the plainest words first.

    A credited agency (in a place line, a byline, "told AFP") goes before "first reported by",
    that before the report which the lead of the text rests on, that before an outlet that was
    told something, that before the one publisher. Several publishers without any such word leave
    the origin unknown.
    """
    agencies = Counter(document.agency for document in documents if document.agency)
    if agencies:
        best = max(agencies.values())
        name = next(d.agency for d in documents if d.agency and agencies[d.agency] == best)
        return Origin(name, "agency")
    texts = [_plain(document) for document in documents]
    for text in texts:
        reporter = metadata.first_reported_by(text)
        if reporter is not None:
            return Origin(reporter, "publisher")
    for document, own in zip(documents, said, strict=True):
        report = _underlying(document, own)
        if report is not None:
            return Origin(report, "document")
    for text in texts:
        for outlet in metadata.told(text):
            if outlet not in _GENERIC_HEARERS and not outlet.isdigit():
                return Origin(outlet, "publisher")
    publishers = {document.publisher for document in documents if document.publisher}
    if len(publishers) == 1:
        return Origin(publishers.pop(), "publisher")
    return Origin(None, "unknown")


def _plain(document: Document) -> str:

    return blank_out(document.text, [(start, end) for start, end, _ in document.boilerplate])


def _underlying(document: Document, said: Sequence[Statement]) -> str | None:
    """The author of the report in the lead: "according to a report by Example Watch"."""
    blocks = [
        (start, end)
        for start, end in paragraphs(_plain(document))
        if document.title is None or document.text[start:end] != document.title
    ]
    if not blocks:
        return None
    lead_end = blocks[min(_LEAD_PARAGRAPHS, len(blocks)) - 1][1]
    for statement in said:
        if statement.sentence[0] >= lead_end:
            continue
        words = document.text[slice(*statement.source)]
        if statement.speaker.organisation and re.search(
            r"\b(?:report|study|survey|assessment|dossier)\b", words
        ):
            return statement.speaker.organisation
    return None
