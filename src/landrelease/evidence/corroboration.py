"""Corroboration: claims that say the same, what stands behind them, who contradicts them.

Claims are compared by the words they are made of (cut to six letters, rare ones weighing more), by
shared quotations, and by their slots: states and what part they play, proper names, places, times
that are spoken of, and quantities and money as bounds. Bounds that overlap agree, disjoint ones
contradict; a denial stands against what is asserted. Nothing is decided about who is right.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

from landrelease.evidence import origins as roots
from landrelease.evidence.claims import Claim
from landrelease.evidence.lexicons import PRONOUNS, word_set
from landrelease.evidence.places import kilometres
from landrelease.evidence.slots import name_of
from landrelease.evidence.stories import Story

SAME_SPEAKER = 0.35  # likeness from which two claims of one speaker say the same
ANYBODY = 0.5  # the same for claims of different speakers
COMPARABLE = 0.2  # likeness from which quantities of one kind are compared
AGAINST = 0.3  # likeness from which a denial stands against a claim
SURE_PLACE = 0.5  # confidence from which a place is compared
NEAR_KM = 30.0  # two places that near are one neighbourhood, as in `places`
ROUGH = 0.05  # "about 20" reaches from 19 to 21
_COMMON = 64  # a stem in more claims than this brings no candidates of its own
_RAREST = 4  # of common stems, two of the rarest of a claim together bring candidates
_SAMPLE = 8  # members of a group that another one is held against
_WORDS = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_YEAR = re.compile(r"\b(?:19|20)\d{2}\b")
_NAMES = re.compile(r"(?<![.!?“\"] )(?<!^)\b[A-Z][\w'’-]*[a-z][\w'’-]*")
_THE_ALLEGATION = re.compile(
    r"^(?:(?:any|all|the|this|that|these|those|such|its|his|her|their) )?(?:\w+ )?"
    r"(?:allegations?|accusations?|claims?|charges?|reports?|findings|responsibility|involvement)\b",
    re.I,
)
_OPPOSED = ("user", "supplier", "recipient", "producer")  # one claim has one state in each
# A figure of one of these says nothing about the figure of another one.
_MATTERS = {
    "remaining": re.compile(r"\b(?:suspected|confirmed|contaminat\w+|remain\w*|left)\b", re.I),
    "released": re.compile(r"\breleas\w+", re.I),
    "cleared": re.compile(r"\b(?:clear(?:ed|ing|ance)|demin\w+)\b", re.I),
    "cancelled": re.compile(r"\bcancel\w+", re.I),
    "reduced": re.compile(r"\breduc\w+", re.I),
    "surveyed": re.compile(r"\bsurveyed\b", re.I),
    "destroyed": re.compile(r"\bdestr(?:oy|uct)\w*", re.I),
    "killed": re.compile(r"\b(?:kill\w*|died|dead|deaths?)\b", re.I),
    "injured": re.compile(r"\b(?:injur\w+|wound\w+|maim\w*)\b", re.I),
    "displaced": re.compile(r"\b(?:displac\w+|fled|return\w*)\b", re.I),
}
_EMPTY = word_set(
    "the and for from with that this these those which who whom was were are has have had been "
    "being not never denied denies didn doesn don won isn its his her their our your they she you "
    "will would could can may might must should did does into out off over under than then there "
    "also very more most much many such some any all but because when while where what how why if "
    "about around least only just even still yet own same other another one two three four five "
    "six seven eight nine ten twelve twenty hundred thousand million hours hour days day weeks "
    "week months month years year"
)


@dataclass(frozen=True)
class Gathering:
    """Claims of one content, from all stories.

    Attributes
    ----------
    gathering : str
        Stable id, from the smallest id of its claims.
    claims : tuple of Claim
        The earliest first; unknown times last.
    origins : tuple of Root
        Its possible origins; their number is an upper bound.
    """

    gathering: str
    claims: tuple[Claim, ...]
    origins: tuple[roots.Root, ...]

    @property
    def strength(self) -> str:
        """How many independent origins there can be, in words (`origins.at_most`)."""
        return roots.at_most(self.origins)

    @property
    def standing(self) -> str:
        """'corroborated' by two established origins that nothing known ties, else 'reported'."""
        firm = sum(root.established for root in self.origins)
        return "corroborated" if firm >= 2 else "reported"

    def to_json(self) -> dict[str, Any]:
        """Give plain values for JSON: ids of claims, not their words."""
        return {
            "gathering": self.gathering,
            "claims": [claim.claim for claim in self.claims],
            "documents": sorted({claim.document for claim in self.claims}),
            "stories": sorted({claim.story for claim in self.claims}),
            "speakers": sorted({roots.speaker_of(claim) for claim in self.claims}),
            "kind": self.claims[0].kind,
            "content": " ".join(self.claims[0].content["text"].split()),
            "origins": [root.to_json() for root in self.origins],
            "at_most": len(self.origins),
            "strength": self.strength,
            "standing": self.standing,
            "restricted": any(claim.restricted for claim in self.claims),
        }


@dataclass(frozen=True)
class Comparison:
    """Two gatherings held against each other in one slot.

    Attributes
    ----------
    verdict : str
        'agrees', 'contradicts', or 'revised' when one speaker gives another figure at another time.
    slot : str
        'duration', 'length', 'area', 'mass', 'money', 'count of people' ..., 'place', 'time' (the
        one that is spoken of), 'user', 'supplier', 'recipient', 'producer', or 'denial'.
    one, other : Claim
        A claim of each that shows it, the earlier first.
    gatherings : (str, str)
        Ids of theirs; the same twice where it is found inside one.
    values : (str, str)
        The words that are compared.
    independence : str
        'one origin: ' and why, when both sides hang together, so that an agreement proves nothing;
        else what `origins.at_most` says of them.
    """

    verdict: str
    slot: str
    one: Claim
    other: Claim
    gatherings: tuple[str, str]
    values: tuple[str, str]
    independence: str

    def to_json(self) -> dict[str, Any]:
        """Give plain values for JSON."""
        return {
            "verdict": self.verdict,
            "slot": self.slot,
            "independence": self.independence,
            "gatherings": list(self.gatherings),
            "sides": [
                {
                    "claim": claim.claim,
                    "document": claim.document,
                    "source": roots.speaker_of(claim),
                    "modality": claim.modality,
                    "time": claim.time["value"],
                    "value": value,
                    "restricted": bool(claim.restricted),
                    "content": " ".join(claim.content["text"].split()),
                    "start": claim.content["start"],
                    "end": claim.content["end"],
                }
                for claim, value in zip((self.one, self.other), self.values, strict=True)
            ],
        }


def gather(claims: Sequence[Claim], stories: Sequence[Story]) -> list[Gathering]:
    """Gather claims that say the same and count what stands behind them.

    Parameters
    ----------
    claims : sequence of Claim
        In any order; the result does not depend on it.
    stories : sequence of Story
        Those in which they stand.

    Returns
    -------
    list of Gathering
        Every claim stands in exactly one; the ones with most origins first.
    """
    return _gather(_Pile(claims), stories)


def name_of_claims(claims: Sequence[Claim]) -> str:
    """Id of the gathering of some claims, from the smallest of theirs.

    Parameters
    ----------
    claims : sequence of Claim

    Returns
    -------
    str
    """
    mark = min(claim.claim for claim in claims)
    return "gathering-" + hashlib.sha256(mark.encode()).hexdigest()[:16]


def compare(claims: Sequence[Claim], stories: Sequence[Story]) -> list[Comparison]:
    """Hold claims about the same matter against each other, slot by slot.

    Parameters
    ----------
    claims : sequence of Claim
        In any order; the result does not depend on it.
    stories : sequence of Story
        Those in which they stand.

    Returns
    -------
    list of Comparison
        Contradictions first, then revisions, then agreements; each pair of gatherings once a slot.
    """
    pile = _Pile(claims)
    gathered = _gather(pile, stories)
    place = {id(claim): number for number, g in enumerate(gathered) for claim in g.claims}
    found: dict[tuple[str, ...], Comparison] = {}
    pairs = [
        (pile.views[a], pile.views[b], _verdicts(pile.views[a], pile.views[b], likeness))
        for a, b, likeness in pile.pairs
    ]
    everything = [view for own in pile.alike for view in own]
    for one, other, verdicts in (*pairs, *_answers(everything)):
        ids = tuple(gathered[place[id(view.claim)]].gathering for view in (one, other))
        for verdict, slot, values in verdicts:
            key = (verdict, slot, *sorted(ids))
            if key not in found:
                sides = roots.origins([one.claim, other.claim], stories)
                apart = (
                    f"one origin: {', '.join(sides[0].joined_by)}"
                    if len(sides) == 1
                    else roots.at_most(sides)
                )
                found[key] = Comparison(
                    verdict, slot, one.claim, other.claim, (ids[0], ids[1]), values, apart
                )
    order = ("contradicts", "revised", "agrees")
    return sorted(
        found.values(),
        key=lambda c: (order.index(c.verdict), c.slot, c.one.claim, c.other.claim),
    )


@dataclass(frozen=True)
class _View:
    """What the comparison needs of one claim."""

    claim: Claim

    @cached_property
    def text(self) -> str:
        return " ".join(" ".join(part["text"].split()) for part in self.claim.parts)

    @property
    def identity(self) -> Hashable:
        """What makes two statements the same in every respect that is compared."""
        claim = self.claim
        return (
            " ".join(_WORDS.findall(self.text)).casefold(),
            roots.speaker_of(claim).casefold(),
            str(claim.source.get("organisation") or "").casefold(),
            claim.stance,
            claim.modality,
            claim.kind,
            claim.time["value"],
            self.times,
            tuple(place["id"] for place in self.places),
            self.runs,
        )

    @cached_property
    def stems(self) -> frozenset[str]:
        """Content words cut to six letters; "we" and "it" stand for who speaks."""
        text = self.text
        for slot in (*self.claim.slots.get("quantities", ()), *self.claim.slots.get("money", ())):
            text = text.replace(" ".join(slot["text"].split()), " ")  # compared as bounds instead
        words = [w.replace("’", "'").casefold() for w in _WORDS.findall(text)]
        if words and PRONOUNS.intersection(words[:3]):
            source = self.claim.source
            words += _WORDS.findall(str(source.get("organisation") or source["text"]).casefold())
        bare = (re.sub(r"'s?$|n't$", "", word) for word in words)
        return frozenset(
            piece[:6]
            for word in bare
            for piece in word.split("-")
            if len(piece) > 2 and piece not in _EMPTY and not piece[0].isdigit()
        ) | frozenset(f"={code}" for code in self.states)

    @cached_property
    def states(self) -> frozenset[str]:
        return frozenset(self.claim.slots.get("states", ()))

    @cached_property
    def places(self) -> tuple[Mapping[str, Any], ...]:
        """Places of its own that are surely known: not governments, not where it was said."""
        return tuple(
            place
            for place in self.claim.slots.get("places", ())
            if place["within"] == "content"
            and place["kind"] == "name"
            and place["id"]
            and place["confidence"] >= SURE_PLACE
        )

    @cached_property
    def times(self) -> tuple[tuple[str, str], ...]:
        """Stretches of time that it speaks of: first and last day, ISO, '' where open."""
        return tuple(
            stretch
            for slot in self.claim.slots.get("speaks_of", ())
            if (stretch := _stretch(slot)) != ("", "")
        )

    @cached_property
    def roles(self) -> Mapping[str, frozenset[str]]:
        """States by the part that they play."""
        found: dict[str, set[str]] = defaultdict(set)
        for party in self.claim.slots.get("parties", ()):
            if party["role"] in _OPPOSED and party["code"]:
                found[party["role"]].add(party["code"])
        return {role: frozenset(codes) for role, codes in found.items()}

    @cached_property
    def names(self) -> frozenset[str]:
        """Proper names other than those of states."""
        of_states = {word for code in self.states for word in (name_of(code) or "").split()}
        found = {name.removesuffix("'s").removesuffix("’s") for name in _NAMES.findall(self.text)}
        return frozenset(name[:6] for name in found if name not in of_states)

    @cached_property
    def unplaced(self) -> frozenset[str]:
        """Names other than those of places that are known."""
        words = {word for place in self.places for word in _WORDS.findall(place["text"])}
        return self.names - {word[:6] for word in words}

    @cached_property
    def years(self) -> frozenset[str]:
        return frozenset(_YEAR.findall(self.text))

    @cached_property
    def matters(self) -> frozenset[str]:
        """What becomes of the ground or the people that are counted."""
        return frozenset(name for name, words in _MATTERS.items() if words.search(self.text))

    @cached_property
    def runs(self) -> frozenset[tuple[str, ...]]:
        return roots.quoted_runs(self.claim)

    @cached_property
    def quantities(self) -> Mapping[str, list[Mapping[str, Any]]]:
        """Quantities by what they measure or count."""
        found: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        for slot in self.claim.slots.get("quantities", ()):
            counted = re.sub(r"(?<=[^s])s$", "", str(slot.get("of", "")).split(" ")[-1])
            found[f"count of {counted}" if counted else slot["quantity"]].append(slot)
        for slot in self.claim.slots.get("money", ()):
            if slot["currency"]:
                found["money"].append({**slot, "unit": slot["currency"]})
        return found


class _Pile:
    """Claims with the pairs that can be about one matter."""

    def __init__(self, claims: Sequence[Claim]) -> None:
        ordered = sorted(claims, key=lambda c: (c.time["value"] or "9999", c.claim, c.document))
        # A hundred copies of one statement are looked at once: they say the same by any measure,
        # and must not make its words common.
        same: dict[Hashable, list[_View]] = defaultdict(list)
        for view in map(_View, ordered):
            same[view.identity].append(view)
        self.alike = list(same.values())
        self.views = [own[0] for own in self.alike]
        self._seen = Counter(stem for view in self.views for stem in view.stems)

    def weight(self, stem: str) -> float:
        """A stem weighs more the fewer claims have it; the name of a state little."""
        rarity = math.log(1 + len(self.views) / self._seen[stem])
        return rarity * (0.5 if stem[0] == "=" else 1.0)

    @cached_property
    def pairs(self) -> list[tuple[int, int, float]]:
        """Pairs that share uncommon words or a quotation, with their likeness (cosine)."""
        stems: dict[str, list[int]] = defaultdict(list)
        runs: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for place, view in enumerate(self.views):
            for stem in view.stems:
                stems[stem].append(place)
            for run in view.runs:
                runs[run].append(place)
        candidates = {pair for held in runs.values() for pair in _linked(held)}
        rarest: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for place, view in enumerate(self.views):
            own = sorted(view.stems, key=lambda stem: (self._seen[stem], stem))[:_RAREST]
            for both in combinations(sorted(own), 2):
                if min(self._seen[stem] for stem in both) > _COMMON:
                    rarest[both].append(place)
        candidates |= {pair for held in rarest.values() for pair in _linked(held)}
        shared: Counter[tuple[int, int]] = Counter()
        for held in stems.values():
            if len(held) <= _COMMON:
                shared.update(_all(held))
        candidates |= {
            pair
            for pair, count in shared.items()
            if count >= min(2, *(len(self.views[place].stems) for place in pair))
        }
        norm = [
            math.sqrt(sum(self.weight(stem) ** 2 for stem in view.stems)) for view in self.views
        ]
        found = []
        for a, b in sorted(candidates):
            common = self.views[a].stems & self.views[b].stems
            dot = sum(self.weight(stem) ** 2 for stem in sorted(common))
            found.append((a, b, dot / (norm[a] * norm[b]) if common else 0.0))
        return found


def _linked(held: Sequence[int]) -> Iterator[tuple[int, int]]:
    """All pairs of a few; of many each with the first ones, which is enough to gather them."""
    if len(held) <= _COMMON:
        yield from _all(held)
    else:
        yield from (
            (first, later)
            for place, first in enumerate(held[:_SAMPLE])
            for later in held[place + 1 :]
        )


def _all(held: Sequence[int]) -> list[tuple[int, int]]:
    return [(a, b) for place, a in enumerate(held) for b in held[place + 1 :]]


def _gather(pile: _Pile, stories: Sequence[Story]) -> list[Gathering]:
    likeness: dict[tuple[int, int], float] = {}
    for a, b, cosine in pile.pairs:
        one, other = pile.views[a], pile.views[b]
        if _equivalent(one, other, cosine):
            likeness[a, b] = 1.0 if one.runs & other.runs else cosine
    groups: dict[int, list[int]] = {place: [place] for place in range(len(pile.views))}
    member = list(range(len(pile.views)))
    for (a, b), _ in sorted(likeness.items(), key=lambda entry: (-entry[1], entry[0])):
        first, last = sorted((member[a], member[b]))
        if first == last or not _close(groups[first], groups[last], likeness, pile.views):
            continue
        for place in groups.pop(last):
            member[place] = first
            groups[first].append(place)
    by_id = {story.story: story for story in stories}
    made = []
    for places in groups.values():
        listed = [view.claim for place in sorted(places) for view in pile.alike[place]]
        own = tuple(sorted(listed, key=lambda c: (c.time["value"] or "9999", c.claim, c.document)))
        told = sorted({story for claim in own for story in roots.stories_of(claim)})
        involved = [by_id[story] for story in told if story in by_id]
        made.append(Gathering(name_of_claims(own), own, tuple(roots.origins(own, involved))))
    return sorted(made, key=lambda g: (-len(g.origins), -len(g.claims), g.gathering))


def _close(
    one: Sequence[int],
    other: Sequence[int],
    likeness: Mapping[tuple[int, int], float],
    views: Sequence[_View],
) -> bool:
    """Whether two groups are one: half of a sample of their pairs say the same, and none clash."""
    sample = [(a, b) if a < b else (b, a) for a in one[:_SAMPLE] for b in other[:_SAMPLE]]
    alike = [pair in likeness for pair in sample]
    return 2 * sum(alike) >= len(sample) and not any(
        _clash(views[a], views[b]) for (a, b), same in zip(sample, alike, strict=True) if not same
    )


def _equivalent(one: _View, other: _View, likeness: float) -> bool:
    if one.claim.stance != other.claim.stance or _denies(one) != _denies(other):
        return False
    if _inside(one, other):
        return False
    if one.runs & other.runs:
        return True
    if likeness < min(SAME_SPEAKER, ANYBODY) or _clash(one, other):
        return False
    if roots.same_speaker(one.claim, other.claim):
        return likeness >= SAME_SPEAKER
    return likeness >= ANYBODY and min(len(one.stems), len(other.stems)) >= 3


def _inside(one: _View, other: _View) -> bool:
    """Whether they share words of one text: one stands inside the other."""
    a, b = one.claim, other.claim
    return a.document == b.document and (
        a.content["start"] < b.content["end"] and b.content["start"] < a.content["end"]
    )


def _clash(one: _View, other: _View) -> bool:
    """Figures that contradict each other, or another matter altogether."""
    return bool(_elsewhere(one, other) or _swapped(one, other)) or any(
        _verdict(a, b) == "contradicts" for _, a, b in _shared_quantities(one, other)
    )


def _elsewhere(one: _View, other: _View) -> bool:
    """Another state, place or time, or another fate of what is counted, is another matter."""
    placed = bool(one.places and other.places)  # else names are all there is to tell them apart
    return (
        any(
            a and b and not a & b
            for a, b in (
                (one.states, other.states),
                (one.unplaced, other.unplaced) if placed else (one.names, other.names),
                (one.years, other.years),
                (one.matters, other.matters),
            )
        )
        or _same_place(one, other) is False
        or _same_time(one, other) is False
    )


def _same_place(one: _View, other: _View) -> bool | None:
    """Whether a place of one fits one of the other; None when one of them names none."""
    if not one.places or not other.places:
        return None
    return any(_fit(a, b) or _fit(b, a) for a in one.places for b in other.places)


def _fit(inner: Mapping[str, Any], outer: Mapping[str, Any]) -> bool:
    """One place, one inside the other, or near each other."""
    if inner["id"] == outer["id"]:
        return True
    if outer["feature"] in ("continent", "region", "sea"):
        return True  # how far they reach is not known
    if outer["feature"] == "country":
        return bool(inner["country"] == outer["country"])
    if outer["feature"] == "admin1":
        return bool(inner["admin1"] and inner["admin1"] == outer["admin1"])
    if None in (inner["latitude"], outer["latitude"]):
        return True
    points = ((place["latitude"], place["longitude"]) for place in (inner, outer))
    return kilometres(*points) <= NEAR_KM


def _stretch(slot: Mapping[str, Any]) -> tuple[str, str]:
    """First and last day of a time, '' where open or not known."""
    value, until = slot["value"], slot.get("until")
    if slot.get("mod") == "before":
        return "", str(until or value or "")
    if slot["precision"] == "range":
        return str(value or ""), str(until or "")
    if not value:
        return "", ""
    return {4: (f"{value}-01-01", f"{value}-12-31"), 7: (f"{value}-01", f"{value}-31")}.get(
        len(value), (value, value)
    )


def _same_time(one: _View, other: _View) -> bool | None:
    """Whether a time that one speaks of meets one of the other; None when one has none."""
    if not one.times or not other.times:
        return None
    return any(
        max(a[0], b[0]) <= min(a[1] or "9999", b[1] or "9999")
        for a in one.times
        for b in other.times
    )


def _swapped(one: _View, other: _View) -> list[tuple[str, frozenset[str], frozenset[str]]]:
    """Roles that one claim gives to another state than the other does."""
    return [
        (role, one.roles[role], other.roles[role])
        for role in _OPPOSED
        if role in one.roles
        and role in other.roles
        and not one.roles[role] & other.roles[role]
        and one.states & other.states
    ]


def _denies(view: _View) -> bool:
    return view.claim.modality == "denied"


Verdicts = list[tuple[str, str, tuple[str, str]]]


def _answers(views: Sequence[_View]) -> list[tuple[_View, _View, Verdicts]]:
    """Denials of "the allegation": of the last one that somebody else made before in the text."""
    found: list[tuple[_View, _View, Verdicts]] = []
    texts: dict[str, list[_View]] = defaultdict(list)
    for view in views:
        texts[view.claim.document].append(view)
    for own in texts.values():
        alleged: list[_View] = []
        for view in sorted(own, key=lambda v: (v.claim.content["start"], v.claim.claim)):
            if view.claim.modality == "alleged":
                alleged.append(view)
            elif _denies(view) and _THE_ALLEGATION.match(view.text):
                others = [a for a in alleged if _party(a) != _party(view)]
                found += [
                    (one, view, [("contradicts", "denial", ("alleged", "denied"))])
                    for one in others[-1:]
                ]
    return found


def _party(view: _View) -> str:
    return str(view.claim.source.get("organisation") or roots.speaker_of(view.claim)).casefold()


def _verdicts(one: _View, other: _View, likeness: float) -> Verdicts:
    """What two claims about one matter are to each other, slot by slot."""
    if {one.claim.stance, other.claim.stance} != {"stated"} or _inside(one, other):
        return []
    found = _settings(one, other, likeness)
    if _elsewhere(one, other):
        return found
    alike = one.claim.kind == other.claim.kind or likeness >= ANYBODY
    if likeness >= COMPARABLE and alike and _denies(one) == _denies(other):
        for slot, a, b in _shared_quantities(one, other):
            verdict = _verdict(a, b)
            if verdict == "contradicts" and _later(one, other):
                verdict = "revised"
            found.append((verdict, slot, (_worded(a), _worded(b))))
    if _denies(one) != _denies(other) and likeness >= AGAINST:
        found.append(("contradicts", "denial", (one.claim.modality, other.claim.modality)))
    return found


def _settings(one: _View, other: _View, likeness: float) -> Verdicts:
    """Where, when and who, for claims of one content or one utterance.

    Claims that are merely alike are about different matters when place or time differ; only of the
    same words as spoken, or of one place at different times and the like, can they contradict.
    """
    same_words = bool(one.runs & other.runs)
    if not same_words and (likeness < ANYBODY or _denies(one) != _denies(other)):
        return []
    place, time = _same_place(one, other), _same_time(one, other)
    found: Verdicts = []
    for slot, fits, rest, values in (
        ("place", place, time, [[p["text"] for p in view.places] for view in (one, other)]),
        ("time", time, place, [[_span_text(t) for t in view.times] for view in (one, other)]),
    ):
        words = "; ".join(dict.fromkeys(values[0])), "; ".join(dict.fromkeys(values[1]))
        if fits:
            found.append(("agrees", slot, words))
        elif fits is False and same_words and rest is not False:
            found.append(("contradicts", slot, words))
    if place is not False and time is not False:
        for role, a, b in _swapped(one, other):
            found.append(("contradicts", role, ("; ".join(sorted(a)), "; ".join(sorted(b)))))
    return found


def _span_text(stretch: tuple[str, str]) -> str:
    first, last = stretch
    return first if first == last else f"{first or '…'} to {last or '…'}"


def _later(one: _View, other: _View) -> bool:
    """One speaker, two times."""
    a, b = one.claim.time["value"], other.claim.time["value"]
    return bool(a and b and a != b) and roots.same_speaker(one.claim, other.claim)


Quantities = list[Mapping[str, Any]]


def _shared_quantities(one: _View, other: _View) -> list[tuple[str, Quantities, Quantities]]:
    common = sorted(one.quantities.keys() & other.quantities.keys())
    found = [(key, one.quantities[key], other.quantities[key]) for key in common]
    return [(k, a, b) for k, a, b in found if {s["unit"] for s in a} & {s["unit"] for s in b}]


def _verdict(one: Quantities, other: Quantities) -> str:
    """Bounds that overlap agree; when all are disjoint the claims contradict each other."""
    meets = any(
        overlap(_bounds(a), _bounds(b)) for a in one for b in other if a["unit"] == b["unit"]
    )
    return "agrees" if meets else "contradicts"


def _bounds(slot: Mapping[str, Any]) -> tuple[float | None, float | None]:
    lower, upper = slot["lower"], slot["upper"]
    if slot["exact"]:
        return lower, upper
    return (
        None if lower is None else lower * (1 - ROUGH),
        None if upper is None else upper * (1 + ROUGH),
    )


def overlap(
    one: tuple[float | None, float | None], other: tuple[float | None, float | None]
) -> bool:
    """Tell whether two ranges have a value in common.

    Parameters
    ----------
    one, other : (float or None, float or None)
        Lower and upper bound in the same unit; None where there is none.

    Returns
    -------
    bool
    """
    lower = max(-math.inf if b is None else b for b in (one[0], other[0]))
    upper = min(math.inf if b is None else b for b in (one[1], other[1]))
    return lower <= upper


def _worded(slots: Quantities) -> str:
    return "; ".join(str(slot["text"]) for slot in slots)
