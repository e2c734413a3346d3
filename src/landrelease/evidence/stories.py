"""Stories: the documents that go back to one text, and whose text it was.

What belongs together is told sentence by sentence (`scale`), at any size of the collection; texts
too short for that are compared word for word (`briefs`). A report that puts two stories together
stands in both, and does not make them one. Where that is not clear (`mergers`) it stands in both as
well, and the stories count as one origin.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from landrelease.evidence import briefs, copies, mergers, metadata, scale
from landrelease.evidence.intake import Document
from landrelease.evidence.statements import statements
from landrelease.evidence.text import blank_out, paragraphs

_LEAD_PARAGRAPHS = 2  # an underlying report stands in the lead; further down it is background
_GENERIC_HEARERS = frozenset(["Congress", "Parliament", "Sunday", "Monday", "Tuesday"])
_REPORTS = re.compile(r"\b(?:report|study|survey|assessment|dossier)\b")
_KEPT = 20_000  # texts whose words are held at a time
#: Relations of a document that stands in several stories.
SHARED = ("merged", "unclear")


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
        'first', 'copy', 'near_copy', 'partial' or 'rewritten', each compared with the first one;
        'merged' for a report that puts several stories together and stands in each of them;
        'unclear' for one that is like several stories and stands in each, where nobody can tell
        whether it puts them together or they go back to one text.
        'First' is the earliest that is known here, not a proof that nothing came before.
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
        Stable id, from the smallest hash of the kept texts that stand in this story alone.
    origin : Origin
        Whose text it is, as far as the texts say.
    documents : tuple of Member
        The first one first, those that stand in several stories last.
    counted_as : str
        Id of the story as which it counts where origins are counted: the same for all stories that
        unclear reports tie together, directly or through others; empty for one that nothing ties.
    """

    story: str
    origin: Origin
    documents: tuple[Member, ...]
    counted_as: str = ""

    def to_json(self) -> dict[str, Any]:
        """Give the story as plain values.

        Returns
        -------
        dict
            ``story``, ``counted_as``, ``origin`` {name, kind} and ``documents`` [{path,
            published, publisher, relation}].
        """
        return {
            "story": self.story,
            "counted_as": self.counted_as,
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


def stories(
    documents: Sequence[Document],
    *,
    workers: int = 1,
    progress: scale.Progress = lambda stage, done, total: None,
) -> list[Story]:
    """Group documents into stories.

    Parameters
    ----------
    documents : sequence of Document
        In any order; the result does not depend on it.
    workers : int
        Processes for the comparison (`scale.groups`); no matter for the result.
    progress : callable
        Called with the stage, the number of steps done and that of all.

    Returns
    -------
    list of Story
        Every document stands in a story, and a report that puts several together, or may do so,
        in each of them ('merged', 'unclear'); ordered by first publication (unknown last) and id.
    """
    plain = [_plain(document) for document in documents]
    wordings = _Wordings(documents)
    long = [place for place, text in enumerate(plain) if not briefs.short(text)]
    numbered = [(str(place), plain[place]) for place in long]
    found = scale.groups(numbered, workers=workers, progress=progress).groups
    groups = _without_parts([tuple(long[place] for place in group) for group in found])
    settled = mergers.settled(groups, documents)
    groups = briefs.joined(settled.groups, plain, wordings)  # which leaves the numbers as they are
    standing = Counter(place for group in groups for place in group)
    merged = {place for place, count in standing.items() if count > 1}
    made = []
    for number, group in enumerate(groups):
        if number % 1_000 == 0:
            progress("telling copies apart", number, len(groups))
        shared = {
            place: "unclear" if (number, place) in settled.unclear else "merged"
            for place in merged.intersection(group)
        }
        made.append(_story(group, shared, documents, wordings))
    made = _counted(made, settled.tied)
    return sorted(made, key=lambda story: (story.documents[0].published or "9999", story.story))


def _counted(made: Sequence[Story], tied: Sequence[tuple[int, int]]) -> list[Story]:
    """Let stories between which something is open count as the one of the smallest id."""
    together: dict[int, list[int]] = {}
    for number, root in enumerate(mergers.components(len(made), tied)):
        together.setdefault(root, []).append(number)
    counted = list(made)
    for numbers in together.values():
        if len(numbers) > 1:
            least = min(made[number].story for number in numbers)
            for number in numbers:
                counted[number] = replace(made[number], counted_as=least)
    return counted


class _Wordings:
    """The words of documents, prepared when they are first asked for and kept while in use."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self._documents = documents
        self._of = lru_cache(maxsize=_KEPT)(self._prepared)

    def __getitem__(self, place: int) -> copies.Content:
        return self._of(place)

    def _prepared(self, place: int) -> copies.Content:
        return copies.wording(self._documents[place])


def _without_parts(groups: Sequence[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """Leave out groups that stand in another one whole: they are no story of their own."""
    of: dict[int, list[int]] = {}
    for number, group in enumerate(groups):
        for place in group:
            of.setdefault(place, []).append(number)
    sets: dict[int, frozenset[int]] = {}

    def members(number: int) -> frozenset[int]:
        if number not in sets:
            sets[number] = frozenset(groups[number])
        return sets[number]

    kept = []
    for number, group in enumerate(groups):
        others = [other for other in of[group[0]] if other != number]
        if not any(members(number) < members(other) for other in others):
            kept.append(group)
    return kept


def _story(
    members: Sequence[int],
    shared: Mapping[int, str],
    documents: Sequence[Document],
    wordings: _Wordings,
) -> Story:
    order = sorted(
        members, key=lambda place: (place in shared, *_earliness(documents[place], wordings[place]))
    )
    first = order[0]
    listed = []
    for place in order:
        document = documents[place]
        published = document.published
        if place in shared:
            relation = shared[place]
        elif place == first:
            relation = "first"
        else:
            match = copies.compare(wordings[first], wordings[place])
            # The comparison by sentences put it here: other words, the same facts and order.
            relation = "rewritten" if match is None else match[0]
        listed.append(
            Member(
                document.path,
                document.text_sha256,
                None if published is None else published.value,
                document.publisher,
                relation,
            )
        )
    own = [place for place in order if place not in shared]
    return Story(
        story="story-" + hashlib.sha256(_mark(own, documents, wordings).encode()).hexdigest()[:16],
        origin=_origin([documents[place] for place in own]),
        documents=tuple(listed),
    )


def _mark(own: Sequence[int], documents: Sequence[Document], wordings: _Wordings) -> str:
    """What the id of a story is made from: no other story has it."""
    hashes = sorted({documents[place].text_sha256 for place in own})
    if not wordings[own[0]].words:
        return f"{hashes[0]} {documents[own[0]].path}"  # texts without words are no copies
    return hashes[0]


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


def _origin(documents: Sequence[Document]) -> Origin:
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
    for document, text in zip(documents, texts, strict=True):
        report = _underlying(document, text)
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


def _underlying(document: Document, plain: str) -> str | None:
    """The author of the report in the lead: "according to a report by Example Watch"."""
    blocks = [
        (start, end)
        for start, end in paragraphs(plain)
        if document.title is None or document.text[start:end] != document.title
    ]
    if not blocks:
        return None
    lead_end = blocks[min(_LEAD_PARAGRAPHS, len(blocks)) - 1][1]
    if not _REPORTS.search(document.text[:lead_end]):
        return None  # and nobody need be asked who says what
    for statement in statements(document):
        if statement.sentence[0] >= lead_end:
            continue
        words = document.text[slice(*statement.source)]
        if statement.speaker.organisation and _REPORTS.search(words):
            return statement.speaker.organisation
    return None
