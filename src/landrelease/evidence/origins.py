"""Independent origins: what stands behind claims once everything that hangs together is one.

Copies of a text, reports of one utterance, and persons who speak for one body are one origin. What
is known to hang together is joined; what remains apart is *at most* that many origins, for copying
that went unseen is not independence.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from rapidfuzz import fuzz

from landrelease.evidence import metadata
from landrelease.evidence.claims import Claim
from landrelease.evidence.intake import Document
from landrelease.evidence.lexicons import HONORIFICS, REPORT_WORDS
from landrelease.evidence.statements import statements
from landrelease.evidence.stories import Story
from landrelease.evidence.text import blank_out

QUOTED_RUN = 5  # words of a quotation in a row that two reporters do not find by chance
_WORDS = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_TELLING = r"(?:told|tells|interview with|speaking to|in comments to)\s+(?:the )?"


@dataclass(frozen=True)
class Link:
    """A step on the way by which a report came by what it tells.

    Attributes
    ----------
    kind : str
        'agency' (credited), 'first_reporter' ("first reported by"), 'told' (the outlet that heard
        a source), 'document' (a report, study or statement that is drawn on) or 'publisher'.
    name : str
        Whose it is.
    text : str
        The words that say so; empty where it comes from the report's furniture.
    start, end : int
        Their characters in the kept text; equal where there are none.
    """

    kind: str
    name: str
    text: str
    start: int
    end: int

    def to_json(self) -> dict[str, Any]:
        """Give plain values for JSON."""
        return {
            "kind": self.kind,
            "name": self.name,
            "text": self.text,
            "start": self.start,
            "end": self.end,
        }


def chain(document: Document) -> tuple[Link, ...]:
    """Read from a report where it has its matter from.

    Parameters
    ----------
    document : Document
        As `intake.read` gives it.

    Returns
    -------
    tuple of Link
        Each name once a kind: agency, first reporter, outlets told, documents drawn on, publisher.
    """
    text = blank_out(document.text, [(start, end) for start, end, _ in document.boilerplate])
    links: list[Link] = []

    def add(kind: str, name: str, pattern: str) -> None:
        match = re.search(pattern + re.escape(name), text) or re.search(re.escape(name), text)
        start, end = match.span() if match else (0, 0)
        links.append(Link(kind, name, document.text[start:end], start, end))

    if document.agency:
        links.append(Link("agency", document.agency, "", 0, 0))
    reporter = metadata.first_reported_by(text)
    if reporter is not None:
        add("first_reporter", reporter, r"(?i:reported\s+by)\s+(?:the )?")
    for outlet in metadata.told(text):
        add("told", outlet, f"(?i:{_TELLING})")
    for statement in statements(document):
        words = document.text[slice(*statement.source)]
        body = statement.speaker.organisation
        if body and not REPORT_WORDS.isdisjoint(words.split()):  # lower case: no "Study Group"
            links.append(Link("document", body, words, *statement.source))
    if document.publisher:
        links.append(Link("publisher", document.publisher, "", 0, 0))
    seen: dict[tuple[str, str], Link] = {}
    for link in links:
        seen.setdefault((link.kind, link.name.casefold()), link)
    return tuple(seen.values())


@dataclass(frozen=True)
class Root:
    """One origin of claims, as far as it is known.

    Attributes
    ----------
    claims : tuple of int
        Places in the sequence that was given.
    speakers : tuple of str
        Who speaks, each once; the words of the source for somebody unnamed.
    stories : tuple of str
        Ids of the stories that carry it.
    established : bool
        Whether a named speaker is heard through a story of known origin. Without it nobody can
        tell this origin from another one.
    joined_by : tuple of str
        Why its claims are one: 'same story', 'same utterance', 'same speaker', 'same body',
        'same origin of the stories', 'stories that may be one'.
    """

    claims: tuple[int, ...]
    speakers: tuple[str, ...]
    stories: tuple[str, ...]
    established: bool
    joined_by: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Give plain values for JSON."""
        return {
            "speakers": list(self.speakers),
            "stories": list(self.stories),
            "established": self.established,
            "joined_by": list(self.joined_by),
        }


def origins(claims: Sequence[Claim], stories: Sequence[Story]) -> list[Root]:
    """Join claims that go back to one origin.

    Meant for claims that say the same. Two claims are of one origin when they stand in one story
    (or may do so: slot ``stories`` of a merged report), share an utterance (`same_utterance`),
    come from one speaker or from persons who speak for one body, or when their stories go back to
    one agency, reporter or document, or may be one (`Story.counted_as`). Joining is transitive.

    Parameters
    ----------
    claims : sequence of Claim
    stories : sequence of Story
        Those in which the claims stand.

    Returns
    -------
    list of Root
        In the order of their first claims. Their number is an upper bound.
    """
    known = {story.story: story.origin for story in stories}
    joined = Components(len(claims))
    joined.by_any("same story", map(stories_of, claims))
    for one, other in _perhaps_one(claims, stories):
        joined.join(one, other, "stories that may be one")
    for reason, key in _KEYS:
        joined.by(reason, (key(claim, known.get(claim.story)) for claim in claims))
    joined.by_any("same body", map(_bodies, claims))
    joined.by_any("same utterance", (quoted_runs(claim) for claim in claims))
    for one, other in _spelt_alike(claims):
        if same_speaker(claims[one], claims[other]):
            joined.join(one, other, "same speaker")
    return [
        _root(members, sorted(reasons), claims, known) for members, reasons in joined.explained()
    ]


def _perhaps_one(claims: Sequence[Claim], stories: Sequence[Story]) -> list[tuple[int, int]]:
    """A claim of each story with one of another story that counts as the same."""
    counted = {story.story: story.counted_as for story in stories if story.counted_as}
    first: dict[str, int] = {}
    for place, claim in enumerate(claims):
        for story in stories_of(claim):
            first.setdefault(story, place)
    leads: dict[str, int] = {}
    pairs = []
    for story, place in sorted(first.items()):
        if story in counted:
            lead = leads.setdefault(counted[story], place)
            if lead != place:
                pairs.append((lead, place))
    return pairs


def same_speaker(one: Claim, other: Claim) -> bool:
    """Tell whether two claims come from one named speaker, misspelt names allowed.

    Parameters
    ----------
    one, other : Claim

    Returns
    -------
    bool
        True when the last words of both names are nearly the same, and the words before them
        nearly the same, initials of each other, or absent in one. False for anybody unnamed.
    """
    a, b = _name(one), _name(other)
    if not a or not b:
        return False
    if a == b:
        return True
    if _is_body(one) or _is_body(other) or fuzz.ratio(a[-1], b[-1]) < 85:
        return False
    if len(a) == 1 or len(b) == 1:
        return a[-1] == b[-1]
    return fuzz.ratio(a[0], b[0]) >= 75 or (1 in (len(a[0]), len(b[0])) and a[0][0] == b[0][0])


def same_utterance(one: Claim, other: Claim) -> bool:
    """Tell whether two claims report the same words as spoken.

    Parameters
    ----------
    one, other : Claim

    Returns
    -------
    bool
        True when direct quotations of both share `QUOTED_RUN` words in a row, whoever is said to
        have spoken them.
    """
    return bool(quoted_runs(one) & quoted_runs(other))


def quoted_runs(claim: Claim) -> frozenset[tuple[str, ...]]:
    """List the runs of `QUOTED_RUN` words in the quotations of a claim.

    Parameters
    ----------
    claim : Claim

    Returns
    -------
    frozenset of tuple of str
        Words without case and punctuation.
    """
    runs: set[tuple[str, ...]] = set()
    for quotation in claim.slots.get("quotations", ()):
        words = [word.replace("’", "'").casefold() for word in _WORDS.findall(quotation["text"])]
        shifted = (words[offset:] for offset in range(QUOTED_RUN))
        runs.update(zip(*shifted, strict=False))
    return frozenset(runs)


def speaker_of(claim: Claim) -> str:
    """Name the source of a claim for a reader.

    Parameters
    ----------
    claim : Claim

    Returns
    -------
    str
        Its name, or the words of the source.
    """
    return str(claim.source.get("name") or " ".join(str(claim.source["text"]).split()))


def at_most(roots: Sequence[Root]) -> str:
    """Say how many independent origins there are, and not more than is known.

    Parameters
    ----------
    roots : sequence of Root

    Returns
    -------
    str
        "at most n independent origins", with "independence unknown" where fewer than two of
        several are established.
    """
    count = len(roots)
    said = f"at most {count} independent origin{'' if count == 1 else 's'}"
    unknown = not all(root.established for root in roots)
    return f"{said}; independence unknown" if unknown else said


class Components:
    """Things that hang together, and why (union-find)."""

    def __init__(self, count: int) -> None:
        self._parent = list(range(count))
        self._reasons: list[set[str]] = [set() for _ in range(count)]

    def root(self, place: int) -> int:
        """The smallest place of the group."""
        while self._parent[place] != place:
            self._parent[place] = self._parent[self._parent[place]]
            place = self._parent[place]
        return place

    def join(self, one: int, other: int, reason: str = "") -> None:
        """Make two things one."""
        first, last = sorted((self.root(one), self.root(other)))
        self._parent[last] = first
        if first != last:
            self._reasons[first] |= self._reasons[last]
        if reason:
            self._reasons[first].add(reason)

    def by(self, reason: str, keys: Iterable[Hashable | None]) -> None:
        """Join whatever has the same key; None is no key."""
        self.by_any(reason, (() if key is None else (key,) for key in keys))

    def by_any(self, reason: str, keys: Iterable[Iterable[Hashable]]) -> None:
        """Join whatever shares a key."""
        holder: dict[Hashable, int] = {}
        for place, own in enumerate(keys):
            for key in own:
                first = holder.setdefault(key, place)
                if first != place:
                    self.join(first, place, reason)

    def groups(self) -> list[list[int]]:
        """Members of each group, in order."""
        found: dict[int, list[int]] = defaultdict(list)
        for place in range(len(self._parent)):
            found[self.root(place)].append(place)
        return list(found.values())

    def explained(self) -> list[tuple[list[int], set[str]]]:
        """Members of each group and what joins them."""
        return [(members, self._reasons[self.root(members[0])]) for members in self.groups()]


def _spelt_alike(claims: Sequence[Claim]) -> list[tuple[int, int]]:
    """Claims whose speakers may be one under two spellings: they share a first or a last name."""
    first: dict[tuple[str, ...], int] = {}
    for place, claim in enumerate(claims):
        first.setdefault(_name(claim), place)
    held: dict[tuple[int, str], list[int]] = defaultdict(list)
    for name, place in first.items():
        for end in (0, -1) if name else ():
            held[end, name[end]].append(place)
    return sorted({pair for own in held.values() for pair in combinations(own, 2)})


def _name(claim: Claim) -> tuple[str, ...]:
    """The words of a name without case, titles and possessives."""
    name = re.sub(r"['’]s?$", "", str(claim.source.get("name") or "")).casefold()
    if not _is_body(claim):
        name = re.sub(r"(\S \S.*?) (?:of|from|at) .*", r"\1", name)  # "Ida Moor of Sorrel Watch"
    words = re.findall(r"[^\W_]+", name.removeprefix("the "))
    return tuple(word for word in words if word not in HONORIFICS)


def _is_body(claim: Claim) -> bool:
    return bool(claim.source.get("name")) and claim.source["name"] == claim.source["organisation"]


def stories_of(claim: Claim) -> set[str]:
    """List the story of a claim; all that it may be of where a merged report leaves that open.

    Parameters
    ----------
    claim : Claim

    Returns
    -------
    set of str
        Ids.
    """
    return {claim.story, *claim.slots.get("stories", ())}


def _speaker(claim: Claim, origin: Any) -> Hashable:
    return _name(claim) or None


def _bodies(claim: Claim) -> set[str]:
    """The body spoken for; each of several that speak together ("X and Y warn")."""
    body = str(claim.source.get("organisation") or "")
    parts = re.split(r" and (?:the )?(?=[A-Z]\w+ [A-Z])|, (?=[A-Z]\w+ [A-Z])", body)
    return {one.casefold().removeprefix("the ").strip() for one in (body, *parts) if one.strip()}


def _source_of_story(claim: Claim, origin: Any) -> Hashable:
    if origin is None or origin.kind not in ("agency", "document", "publisher") or not origin.name:
        return None
    return str(origin.name).casefold().removeprefix("the ")


_KEYS: tuple[tuple[str, Callable[[Claim, Any], Hashable]], ...] = (
    ("same speaker", _speaker),
    ("same origin of the stories", _source_of_story),
)


def _root(members: list[int], reasons: list[str], claims: Sequence[Claim], known: Any) -> Root:
    own = [claims[place] for place in members]
    return Root(
        claims=tuple(members),
        speakers=tuple(dict.fromkeys(map(speaker_of, own))),
        stories=tuple(dict.fromkeys(claim.story for claim in own)),
        established=any(
            claim.source.get("name")
            and (origin := known.get(claim.story)) is not None
            and origin.kind != "unknown"
            for claim in own
        ),
        joined_by=tuple(reasons),
    )
