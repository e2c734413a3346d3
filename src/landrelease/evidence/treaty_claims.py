"""What texts say about who is bound by which treaty: "Ukraine signed the treaty in 1999".

Read from attributed claims and from a reporter's own sentences alike, for a reporter's background
paragraph is where most of them stand. Whether they are right is for the register of treaty status
to say; this module gives plain values that can be handed to it.
"""

from __future__ import annotations

import datetime as dt
import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from landrelease.evidence import slots
from landrelease.evidence.claims import Claim
from landrelease.evidence.intake import Document
from landrelease.evidence.origins import speaker_of
from landrelease.evidence.quotations import mask, quotations
from landrelease.evidence.stories import Story
from landrelease.evidence.text import blank_out, paragraphs, sentences

# Keys as the treaties are commonly abbreviated: apmbc (anti-personnel mines), ccm (cluster
# munitions), ccw (certain conventional weapons), ap2 and p5 (two of its protocols).
_TREATIES = {
    "apmbc": r"mine[- ]ban (?:treaty|convention)|ottawa (?:treaty|convention)|"
    r"(?:anti-?personnel (?:land)?mine|landmine|mine) (?:ban )?(?:treaty|convention)|APMBC",
    "ccm": r"convention on cluster munitions|"
    r"cluster (?:munitions?|bombs?) (?:treaty|convention|ban)|oslo convention|CCM",
    "ap2": r"amended protocol (?:II|2)(?![\w])",
    "p5": r"protocol (?:V|5)(?![\w])",
    "ccw": r"convention on certain conventional weapons|CCW",
}
_NAMED = re.compile(
    "|".join(rf"(?P<{key}>\b(?:{names})\b)" for key, names in _TREATIES.items()), re.I
)
_MEANT = re.compile(r"\b(?:the|this|that|said) (?:treaty|convention|pact|accord)\b|\bit\b", re.I)
_PREDICATES: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "party",
        re.compile(
            r"\b(?:is|are|was|were|remains?|became|become|has been|have been)"
            r"(?P<no>\s+not|n['’]t|\s+never)?\s+(?:yet\s+|also\s+|both\s+)?(?:an?\s+|the\s+)?"
            r"(?P<non>non-?)?(?:full\s+)?(?:(?:state|states)\s+)?(?:part(?:y|ies)|members?)\b",
            re.I,
        ),
    ),
    (
        "signatory",
        re.compile(
            r"\b(?:is|are|was|were|remains?)(?P<no>\s+not|n['’]t|\s+never)?\s+(?:an?\s+)?"
            r"(?P<non>non-?)?signator(?:y|ies)\b",
            re.I,
        ),
    ),
    *(
        (
            word,
            re.compile(
                rf"(?:(?<!to )(?<!would )(?<!could )(?<!should )(?<!must )(?<!will ))\b"
                rf"(?:(?:has|have|had|did|do|does)(?P<no>\s+not|n['’]t|\s+never)?\s+"
                rf"(?:since\s+|already\s+|also\s+)?)?(?P<never>never\s+)?{verbs}\b",
                re.I,
            ),
        )
        for word, verbs in (
            ("signed", r"sign(?:ed)?"),
            ("ratified", r"ratif(?:ied|y)"),
            ("acceded", r"acceded?(?: to)?"),
            ("joined", r"(?:join(?:ed)?|agreed?(?: to)?)"),
            ("withdrawn", r"(?:withdrew|withdrawn|pulled out|withdraw)"),
        )
    ),
)
_BASE = re.compile(r"\b(?:sign|ratify|accede|join|agree|withdraw)(?: to)?$", re.I)
_OBJECT = re.compile(
    r"\s*(?:(?:to|from|of)\s+)?(?:the\s+|this\s+)?(?:[\w-]+\s+){0,4}?"
    rf"(?:{_NAMED.pattern}|treaty|convention|pact|accord|it)\b",
    re.I,
)
_IN_YEAR = re.compile(r"\s*(?:in|since|as of|on [\w ,]{3,16}?)\s+((?:19|20)\d{2})\b")
_UNREAL = re.compile(
    r"\b(?:would|could|should|might|(?-i:may)|must|will|if|whether|urg\w+|call\w* (?:on|for)|"
    r"ask\w*|want\w*|plans?|planned|consider\w*|before|unless)\b",
    re.I,
)
_JOINING = re.compile(
    r"[\s,—–-]*(?:(?:and|or|nor|both|the|neither|either|but not)[\s,—–-]*)*", re.I
)
_NEITHER = re.compile(r"\bneither\b|\bnone of (?:which|whom|them)\b", re.I)
_LOOK_BACK = 40  # claims in which a predicate can stand, one within the other
_NEGATED = {
    "party": "not_party",
    "signatory": "non-signatory",
    "signed": "non-signatory",
    "ratified": "not_party",
    "acceded": "not_party",
    "joined": "not_party",
}


@dataclass(frozen=True)
class TreatyClaim:
    """A statement about a state's standing towards a treaty.

    Attributes
    ----------
    document : str
        Path.
    start, end : int
        The sentence, in characters of the kept text.
    text : str
        Its words.
    state : str
        ISO 3166-1 alpha-3.
    treaty : str
        'apmbc', 'ccm', 'ccw', 'ap2' or 'p5'.
    stated : str
        'party', 'not_party', 'signatory', 'non-signatory', 'signed', 'ratified', 'acceded',
        'joined' or 'withdrawn'.
    since : int or None
        The year that is named with it.
    on : datetime.date or None
        The day of the report; None when it is not known.
    source : str or None
        Who says so; None for the report in its own words.
    claim : str or None
        Id of the claim whose content it stands in.
    """

    document: str
    start: int
    end: int
    text: str
    state: str
    treaty: str
    stated: str
    since: int | None
    on: dt.date | None
    source: str | None
    claim: str | None

    def to_json(self) -> dict[str, Any]:
        """Give plain values for JSON."""
        return {
            "document": self.document,
            "start": self.start,
            "end": self.end,
            "text": self.text,
            "state": self.state,
            "treaty": self.treaty,
            "stated": self.stated,
            "since": self.since,
            "on": None if self.on is None else self.on.isoformat(),
            "source": self.source,
            "claim": self.claim,
        }


def treaty_claims(
    documents: Sequence[Document], stories: Sequence[Story], claims: Sequence[Claim] = ()
) -> list[TreatyClaim]:
    """Find what documents say about the treaty status of states.

    Parameters
    ----------
    documents : sequence of Document
        English ones are read.
    stories : sequence of Story
        An undated document takes the earliest day known in its story.
    claims : sequence of Claim
        Attributed claims; a sentence inside one is its source's.

    Returns
    -------
    list of TreatyClaim
        In the order of the documents and their text. What is wished, planned or conditional is
        left out; "the treaty" is the one named last, or the only one that the document names.
    """
    days: dict[str, dt.date] = {}
    for story in stories:
        dated = [day for m in story.documents if (day := _day(m.published)) is not None]
        if dated:
            for member in story.documents:
                days[member.path] = min(min(dated), days.get(member.path, min(dated)))
    attributed: dict[str, list[Claim]] = {}
    for claim in claims:
        attributed.setdefault(claim.document, []).append(claim)
    found: list[TreatyClaim] = []
    for document in documents:
        if document.language in ("en", "und"):
            published = document.published
            own = None if published is None else _day(published.value)
            found += _of_document(
                document, own or days.get(document.path), attributed.get(document.path, [])
            )
    return found


def _day(value: str | None) -> dt.date | None:
    return dt.date.fromisoformat(value) if value and len(value) == 10 else None


def _of_document(
    document: Document, day: dt.date | None, claims: Sequence[Claim]
) -> list[TreatyClaim]:
    text = blank_out(document.text, [(start, end) for start, end, _ in document.boilerplate])
    named = [(m.start(), str(m.lastgroup)) for m in _NAMED.finditer(text)]
    if not named:
        return []
    found = []
    own = sorted(claims, key=lambda c: (c.content["start"], c.claim))
    starts = [claim.content["start"] for claim in own]
    masked = mask(text, quotations(text))
    parts = (part for block in paragraphs(text) for part in sentences(masked, text, *block))
    for tokens in parts:
        start, end = tokens[0].start, tokens[-1].end
        for at, state, treaty, stated, since in _standings(text, start, end, named):
            before = bisect_right(starts, at)
            inside = [c for c in own[max(0, before - _LOOK_BACK) : before] if at < c.content["end"]]
            claim = min(inside, key=lambda c: c.content["end"] - c.content["start"], default=None)
            found.append(
                TreatyClaim(
                    document.path, start, end, document.text[start:end], state, treaty, stated,
                    since, day, None if claim is None else speaker_of(claim),
                    None if claim is None else claim.claim,
                )
            )  # fmt: skip
    return found


Standing = tuple[int, str, str, str, int | None]


def _standings(text: str, start: int, end: int, named: Sequence[tuple[int, str]]) -> list[Standing]:
    """Place, state, treaty, status and year of each predicate of a sentence."""
    place = bisect_left(named, (start, ""))
    if place < len(named) and named[place][0] < end:
        treaty = named[place][1]
    elif not _MEANT.search(text, start, end):
        return []
    elif place:
        treaty = named[place - 1][1]
    elif all(key == named[0][1] for _, key in named):
        treaty = named[0][1]  # named further down only
    else:
        return []
    states = slots.state_spans(text, start, end)
    predicates = sorted(
        (match.start(), match.end(), word, match)
        for word, pattern in _PREDICATES
        for match in pattern.finditer(text, start, end)
    )
    found: list[Standing] = []
    subjects: list[tuple[int, int, str]] = []
    clause = start
    for first, last, word, match in predicates:
        if not _finite(match):
            continue
        if _UNREAL.search(text, clause, first):
            clause = last
            continue
        subjects = _subjects(text, [s for s in states if clause <= s[0] < first]) or subjects
        groups = match.groupdict()
        negated = any(groups.get(name) for name in ("no", "non", "never"))
        negated ^= bool(subjects and _NEITHER.search(text, max(start, subjects[0][0] - 12), first))
        stated = _NEGATED.get(word) if negated else word
        year = _IN_YEAR.match(text, _object_end(text, last, end))
        clause = last
        if stated is not None:
            found += [
                (first, code, treaty, stated, int(year[1]) if year else None)
                for _, _, code in subjects
            ]
    return found


def _finite(match: re.Match[str]) -> bool:
    """ "Did not join" is finite, "join" alone an infinitive or a noun."""
    auxiliary = re.match(r"(?:did|do|does|didn|don|doesn)\b", match[0], re.I)
    return auxiliary is not None or _BASE.search(match[0]) is None


def _object_end(text: str, start: int, end: int) -> int:
    """Where the treaty that a predicate is about ends, if it stands right behind it."""
    match = _OBJECT.match(text, start, min(end, start + 90))
    return start if match is None else match.end()


def _subjects(text: str, states: Sequence[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """The last states before a predicate that are named in one breath."""
    group = list(states[-1:])
    for one in reversed(states[:-1]):
        if not _JOINING.fullmatch(text, one[1], group[0][0]):
            break
        group.insert(0, one)
    return group
