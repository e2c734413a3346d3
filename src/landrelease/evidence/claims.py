"""Claims: attributed statements with their kind, modality, time and slots, each with offsets."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from landrelease.evidence import lexicons as lx
from landrelease.evidence.intake import Document
from landrelease.evidence.passages import Passages, Told
from landrelease.evidence.places import Gazetteer
from landrelease.evidence.placing import Around, place_slots
from landrelease.evidence.restricted import restricted
from landrelease.evidence.roles import PASSIVE_ROLES, parties, speaking_role
from landrelease.evidence.slots import slots, state_code, state_spans
from landrelease.evidence.statements import Statement, statements
from landrelease.evidence.stories import SHARED, Story
from landrelease.evidence.tangles import untangled
from landrelease.evidence.text import blank_out
from landrelease.evidence.times import When, resolve, spoken_of

KINDS = (*lx.KINDS, "other")
MODALITIES = ("asserted", "alleged", "denied", "announced", "conditional")
_STORY_WEEK = dt.timedelta(days=7)


@dataclass(frozen=True)
class Claim:
    """One attributed statement, ready to be shown and decided on.

    Attributes
    ----------
    claim : str
        Stable id: hash of the kept text, the content span and the source.
    document : str
        Path of the document.
    story : str
        Id of its story; in a merged report of the one that its passage comes from.
    kind : str
        One of `KINDS`.
    modality : str
        One of `MODALITIES`.
    stance : str
        One of `statements.STANCES`: what is 'stated' is told apart from what somebody judges,
        believes or wishes.
    nested : bool
        Its cue stands inside the content of another claim: whoever says that she said so.
    source, cue, content : dict
        ``text``, ``start``, ``end`` in characters of the kept text; the source also has
        ``name``, ``role`` and ``organisation`` (None when the text does not say).
    parts : tuple of dict
        The content piece by piece (``text``, ``start``, ``end``): more than one around an
        interposed "she said". Kind, modality and slots are read from these words alone.
    time : dict
        ``value`` (ISO) and ``precision`` ('day', 'month', 'year'), both None when unknown.
    slots : dict
        ``form`` ('direct', 'indirect', 'mixed'), ``quotations``, ``quantities``, ``money``,
        ``devices``, ``states``, ``parties`` (with roles, `roles.parties`), ``speaks_of`` (the
        times that the content speaks of, `times.spoken_of`), ``time_basis``; only what there is.
        ``stories`` where it is in doubt from which of a merged report's stories the passage comes:
        the ids of all of them. ``places`` whenever places were looked for: an empty list says that
        the claim names none of its own, and none is taken over from anywhere else.
    restricted : tuple of str
        Why the claim is restricted by default (`restricted.restricted`); empty when it is not.
    """

    claim: str
    document: str
    story: str
    kind: str
    modality: str
    stance: str
    nested: bool
    source: Mapping[str, Any]
    cue: Mapping[str, Any]
    content: Mapping[str, Any]
    parts: tuple[Mapping[str, Any], ...]
    time: Mapping[str, str | None]
    slots: Mapping[str, Any] = field(default_factory=dict)
    restricted: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Give the claim as plain values.

        Returns
        -------
        dict
            The keys ``claim``, ``document``, ``story``, ``kind``, ``modality``, ``stance``,
            ``nested``, ``source``, ``cue``, ``content``, ``parts``, ``time``, ``slots``
            and ``restricted``: true with the reasons in ``restricted_because``, or false.
        """
        return {
            "claim": self.claim,
            "document": self.document,
            "story": self.story,
            "kind": self.kind,
            "modality": self.modality,
            "stance": self.stance,
            "nested": self.nested,
            "source": dict(self.source),
            "cue": dict(self.cue),
            "content": dict(self.content),
            "parts": [dict(part) for part in self.parts],
            "time": dict(self.time),
            "slots": dict(self.slots),
            "restricted": bool(self.restricted),
            "restricted_because": list(self.restricted),
        }

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Claim:
        """Read back what `to_json` gave.

        Parameters
        ----------
        body : mapping
            Claims written before stance, parts and nesting were told apart are read as stated,
            whole and not nested; those written before restriction was, by their words.

        Returns
        -------
        Claim
        """
        known: dict[str, Any] = {"stance": "stated", "nested": False, **body}
        known["parts"] = tuple(known.get("parts") or (known["content"],))
        because = known.get("restricted_because")
        if because is None:
            because = restricted(" ".join(str(part["text"]) for part in known["parts"]))
        known["restricted"] = tuple(because)
        return cls(**{one.name: known[one.name] for one in fields(cls)})


def claims(
    documents: Sequence[Document],
    stories: Sequence[Story],
    *,
    only: Collection[str] | None = None,
    places: bool = True,
    gazetteer: Gazetteer | None = None,
) -> list[Claim]:
    """Extract the claims of documents that have been grouped into stories.

    Parameters
    ----------
    documents : sequence of Document
        The same that were given to `stories.stories`.
    stories : sequence of Story
        Its result.
    only : collection of str, optional
        Paths of the documents whose claims are wanted; the others are there for their days, and
        for the passages that merged reports have from them.
    places : bool
        Look for the places that claims name (slot ``places``). Needs the gazetteer of the world,
        which is read when the first claim is found.
    gazetteer : Gazetteer, optional
        Another one, for example with the units of a workspace (`places.with_units`).

    Returns
    -------
    list of Claim
        In the order of the documents and of their text.

    Raises
    ------
    ValueError
        When a document stands in no story.
    """
    held: dict[tuple[str, str], list[Story]] = defaultdict(list)
    alone: dict[tuple[str, str], str] = {}  # documents that stand in one story alone
    for story in stories:
        for m in story.documents:
            held[m.path, m.text_sha256].append(story)
            if m.relation not in SHARED:
                alone[m.path, m.text_sha256] = story.story
    dated = _story_days(documents, alone)
    passages = _passages(documents, alone)
    found: list[Claim] = []
    for document in documents:
        standing = held.get((document.path, document.text_sha256))
        if not standing:
            raise ValueError(
                f"{document.path}: stands in no story; group all documents with stories() first"
            )
        if only is not None and document.path not in only:
            continue
        ids = [story.story for story in standing]
        told = passages.told(document, ids) if len(ids) > 1 else None
        main = ids[0] if told is None else told.main()
        own, around = _of_document(document, main, *_reference(document, dated.get(main)))
        if told is not None:
            own = [_placed(claim, told, ids) for claim in own]
        if places and own:
            slots_of = place_slots(document, around, gazetteer)
            own = [
                replace(claim, slots={**claim.slots, "places": slot})
                for claim, slot in zip(own, slots_of, strict=True)
            ]
        found += own
    return found


def _passages(documents: Sequence[Document], alone: Mapping[tuple[str, str], str]) -> Passages:
    members: dict[str, list[Document]] = defaultdict(list)
    for document in documents:
        story = alone.get((document.path, document.text_sha256))
        if story is not None:
            members[story].append(document)
    return Passages(members)


def _placed(claim: Claim, told: Told, stories: Sequence[str]) -> Claim:
    """Give a claim of a merged report to the story that tells its passage.

    Where none does, or several do, it stays with the main story, and says of which it may be: it
    is no origin of its own beside any of them.
    """
    story = told.story(int(claim.content["start"]), int(claim.content["end"]))
    if story is not None:
        return replace(claim, story=story)
    return replace(claim, slots={**claim.slots, "stories": sorted(stories)})


def _of_document(
    document: Document, story: str, day: dt.date | None, basis: str | None
) -> tuple[list[Claim], list[Around]]:
    """The claims of a document, and for each its pieces and the sentence around them."""
    found: list[Claim] = []
    spans: list[Around] = []
    seen: set[str] = set()
    previous: tuple[Statement, When | None, str | None] | None = None
    made = untangled(document.text, statements(document))
    said = [span for one in made for span in (one.content, *one.quoted)]
    around = blank_out(document.text, said)  # what is said has times of its own
    for statement in made:
        when = _time(around, statement, day)
        reason = basis if when is not None and when.precision == "day" else None
        if when is None and previous is not None and _same_breath(previous[0], statement):
            when = previous[1]
            reason = None if when is None else "statement of the same speaker just before"
        previous = (statement, when, reason)
        claim = _claim(document, story, statement, when, reason, day)
        if claim.claim not in seen:
            seen.add(claim.claim)
            found.append(claim)
            acting = tuple(
                (party["start"], party["end"])
                for party in claim.slots.get("parties", ())
                if party["role"] not in PASSIVE_ROLES
            )
            parts = statement.parts or (statement.content,)
            spans.append(Around(parts, statement.sentence, statement.source, acting))
    return found, spans


def _same_breath(before: Statement, after: Statement) -> bool:
    """The same speaker goes on: no other source in between, and not far apart."""
    return (
        before.speaker.key == after.speaker.key
        and before.speaker.name is not None
        and after.sentence[0] - before.sentence[1] <= 300
    )


def _time(around: str, statement: Statement, day: dt.date | None) -> When | None:
    """The time named around the cue, outside what was said."""
    start = min(statement.source[0], statement.cue[0])
    end = max(statement.source[1], statement.cue[1])
    if not statement.continued:
        start, end = min(start, statement.sentence[0]), max(end, statement.sentence[1])
    return resolve(re.sub(r"\s+", " ", around[start:end]), day)


def _story_days(
    documents: Sequence[Document], alone: Mapping[tuple[str, str], str]
) -> dict[str, dt.date]:
    """The earliest day of publication known in each story; a merged report came later."""
    days: dict[str, dt.date] = {}
    for document in documents:
        story = alone.get((document.path, document.text_sha256))
        day = document.published.date() if document.published is not None else None
        if story is not None and day is not None:
            days[story] = min(day, days.get(story, day))
    return days


def _reference(document: Document, story_day: dt.date | None) -> tuple[dt.date | None, str | None]:
    """The day against which a weekday is read, and what it rests on if not the document itself.

    A document without a date borrows that of a dated copy of the same story; a day without a
    year takes the year that brings it within a week of that copy.
    """
    published = document.published
    if published is not None and published.date() is not None:
        return published.date(), None
    if story_day is None or (published is not None and published.precision is not None):
        return None, None
    if published is not None and published.month_day is not None:
        for year in (story_day.year - 1, story_day.year, story_day.year + 1):
            try:
                day = dt.date(year, *published.month_day)
            except ValueError:
                continue
            if abs(day - story_day) <= _STORY_WEEK:
                return day, "day of the place line, year of a dated copy of the story"
        return None, None
    return story_day, "date of a dated copy of the story"


def _claim(
    document: Document,
    story: str,
    statement: Statement,
    when: When | None,
    basis: str | None,
    day: dt.date | None,
) -> Claim:
    text = document.text
    speaker = statement.speaker
    parts = statement.parts or (statement.content,)
    content = " ".join(text[slice(*part)] for part in parts)
    extras: dict[str, Any] = {"form": statement.form}
    if statement.quoted:
        extras["quotations"] = [_span(text, span) for span in statement.quoted]
    if statement.continued:
        extras["continued"] = True
    extras |= slots(text, *parts)
    kind = kind_of(content)
    modality = modality_of(statement.verb, content, text[slice(*statement.source)])
    acting = _parties(text, statement, parts, kind)
    if acting:
        extras["parties"] = acting
    told = _spoken_of(text, parts, when, day, modality, extras.get("quantities", ()))
    if told:
        extras["speaks_of"] = told
    if basis is not None:
        extras["time_basis"] = basis
    who = speaker.name or text[slice(*statement.source)]
    mark = f"{document.text_sha256}:{statement.content[0]}:{statement.content[1]}:{who}"
    return Claim(
        claim="claim-" + hashlib.sha256(mark.encode("utf-8", "surrogatepass")).hexdigest()[:16],
        document=document.path,
        story=story,
        kind=kind,
        modality=modality,
        stance=statement.stance,
        nested=statement.nested,
        source=_span(text, statement.source)
        | {"name": speaker.name, "role": speaker.role, "organisation": speaker.organisation},
        cue=_span(text, statement.cue),
        content=_span(text, statement.content),
        parts=tuple(_span(text, part) for part in parts),
        time={
            "value": None if when is None else when.value,
            "precision": None if when is None else when.precision,
        },
        slots=extras,
        restricted=restricted(content),
    )


def _parties(
    text: str, statement: Statement, parts: Sequence[tuple[int, int]], kind: str
) -> list[dict[str, Any]]:
    """Who plays which part in the content, and who accuses or denies."""
    start, end = parts[0][0], parts[-1][1]
    between = zip((b for _, b in parts), (a for a, _ in parts[1:]), strict=False)
    content = blank_out(text[start:end], [(a - start, b - start) for a, b in between])
    found = parties(content, start, state_spans(content), kind)
    role = speaking_role(statement.verb)
    if role is not None:
        code = state_code(statement.speaker.organisation or "")
        body = statement.speaker.kind == "organisation"
        sort = "state" if code else "organisation" if body else "person"
        found.insert(0, _span(text, statement.source) | {"role": role, "kind": sort, "code": code})
    return found


def _spoken_of(
    text: str,
    parts: Sequence[tuple[int, int]],
    when: When | None,
    day: dt.date | None,
    modality: str,
    quantities: Sequence[Mapping[str, Any]],
) -> list[dict[str, Any]]:
    """The times in the content, read from the day of saying where it is known."""
    said = dt.date.fromisoformat(when.value) if when and when.precision == "day" else day
    lasting = [(int(q["start"]), int(q["end"])) for q in quantities if q["quantity"] == "duration"]
    ahead = modality in ("announced", "conditional")
    return spoken_of(text, parts, said, ahead=ahead, apart=lasting)


def _span(text: str, span: tuple[int, int]) -> dict[str, Any]:
    return {"text": text[slice(*span)], "start": span[0], "end": span[1]}


def kind_of(content: str) -> str:
    """Sort a content by the words of mine action that it uses.

    Parameters
    ----------
    content : str
        What was said.

    Returns
    -------
    str
        The kind whose words occur most, the more specific one on a tie; 'other' without any.
    """
    counts = {kind: len(pattern.findall(content)) for kind, pattern in lx.KINDS.items()}
    best = max(counts, key=lambda kind: counts[kind])
    return best if counts[best] else "other"


def modality_of(verb: str, content: str, source: str = "") -> str:
    """Tell how a content is put forward.

    Parameters
    ----------
    verb : str
        The cue's main word.
    content : str
        What was said.
    source : str
        The words of the source.

    Returns
    -------
    str
        'denied', 'alleged', 'announced', 'conditional' or 'asserted', in this order of
        precedence.
    """
    if verb in lx.DENIED or lx.DENYING.search(content):
        return "denied"
    if verb in lx.ALLEGED or lx.ALLEGING.search(source) or lx.ALLEGING.search(content):
        return "alleged"
    if verb in lx.ANNOUNCED:
        return "announced"
    if lx.CONDITIONAL.search(content):
        return "conditional"
    return "announced" if lx.FUTURE.search(content) else "asserted"
