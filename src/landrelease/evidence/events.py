"""Explosive-hazard events that a text reports: that something exploded or was found, not how.

An event is a statement that an explosive device went off, was placed, thrown, met, found or
defused in some place at some time. Left aside are what was denied, wished, planned or feared,
figures of speech, arms that were seized, and sounds of fighting. What lies long before the report
or sums up many events is kept and marked as background. Word lists only (`event_words`).
"""

from __future__ import annotations

import datetime as dt
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from landrelease.evidence import event_words as lists
from landrelease.evidence.datetimes import TimeExpression, datetimes
from landrelease.evidence.text import overlaps, paragraphs

if TYPE_CHECKING:
    from landrelease.evidence.intake import Document
    from landrelease.evidence.places import Place

Span = tuple[int, int]

_LONGEST = 1500  # characters of a sentence; a table or noise is cut there
_REACH = 110  # characters between a device and what happens to it
_BEFORE = 60  # characters in front of a word that may deny or suppose it
_ANY_DAY = (dt.date(2901, 5, 23), dt.date(2914, 11, 8))  # after any year that is read
_RECENT = dt.timedelta(days=62)  # older than that is background to the news
_SENTENCE = re.compile(r"(?<![\s.(][A-Za-z])[.!?][\"”'’)\]]{0,3}(?=\s+[\"“(\[]?[A-Z0-9])")
_CLAUSE = re.compile(r";|:\s|\s--\s|\s[–—]\s|,\s(?:and|but|while|whereas)\s", re.IGNORECASE)
_WIRE_DAY = re.compile(r"\A[^\n]{2,60}?,\s(\d{1,2} [A-Z]{3})[A-Z]* (?:19)?(\d\d)\b")
_MONTHS = re.findall(r"\w+", "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC")
_PEOPLE = (
    r"(?:(?:unidentified|young|innocent|other|more) )?(?:people|persons?|civilians?|soldiers?|"
    r"children|child|women|woman|men|man|police(?:men|man)?|policemen|passers-?by|guards?|students?|"
    r"peasants?|farmers?|workers?|deminers?|officers?|others?|guerrillas?|rebels?|members?)"
)
_BOUND = (
    r"(?P<bound>at least|no fewer than|more than|over|up to|as many as|about|some|nearly|almost)?"
)
_HURT = {
    "killed": r"(?:killed|dead|died|were killed|was killed|has died|have died|lost their lives)",
    "injured": r"(?:wounded|injured|hurt|maimed)",
}
_HURTING = {"killed": r"(?:killing|killed|claim\w+ the lives of)",
            "injured": r"(?:wounding|wounded|injuring|injured|maiming)"}  # fmt: skip
_SMALL = {
    word: number
    for number, word in enumerate(
        re.findall(r"\w+", "no one two three four five six seven eight nine ten eleven twelve")
    )
} | {"a": 1, "an": 1, "another": 1}


def _counting(effect: str) -> list[re.Pattern[str]]:
    number = rf"(?P<number>\d[\d,]{{0,8}}|{'|'.join(_SMALL)})"
    bound = rf"(?:{_BOUND} )?"
    return [
        lists.words(rf"{bound}{number} (?:{_PEOPLE} )?(?:(?:have|has|had|was|were|been) ){{0,2}}"
                    rf"(?:\w+ly )?{_HURT[effect]}"),
        lists.words(rf"{_HURTING[effect]} {bound}{number}(?: {_PEOPLE})?"),
    ]  # fmt: skip


_COUNTS = {effect: _counting(effect) for effect in _HURT}
_UNHURT = lists.words(
    r"(?:no|not cause(?: any)?|without|nor(?: any)?) (?:\w+ ){0,2}(?:casualties|victims|injuries|"
    r"deaths)|nobody was (?:injured|hurt|wounded|killed)|no one was (?:injured|hurt|wounded|killed)"
)


@dataclass(frozen=True)
class Count:
    """A number of people as bounds; None where the text gives none on that side."""

    start: int
    end: int
    lower: int | None
    upper: int | None


@dataclass(frozen=True)
class Event:
    """One report of an explosive-hazard event.

    Attributes
    ----------
    start, end : int
        Characters of the kept text: the words that report it.
    text : str
        These words.
    sentence : (int, int)
        The sentence they stand in.
    kind : str
        'mine' (mine or booby trap), 'device' (another device that was placed, thrown or found),
        'explosion' (no device is named) or 'air' (delivered from the air or by artillery).
    stage : str
        'occurred', 'found' (met or made safe before it went off), 'attempted' or 'threatened'.
    background : bool
        True for what lies more than two months before the report, sums up many events, or stands
        in a commentary, a speech or the like without a time: no news of this report.
    time : TimeExpression or None
        The nearest expression of time in the sentence; offsets are of the kept text. Without a
        day of publication it has only the options that do not depend on one.
    places : tuple of Place
        Those of the sentence, if places were given.
    killed, injured : Count or None
        As the sentence says; "no casualties" is 0.
    """

    start: int
    end: int
    text: str
    sentence: Span
    kind: str
    stage: str
    background: bool
    time: TimeExpression | None = None
    places: tuple[Place, ...] = ()
    killed: Count | None = None
    injured: Count | None = None


@dataclass(frozen=True)
class _Mention:
    start: int
    end: int
    kind: str
    stage: str


def events(source: str | Document, *, places: Sequence[Place] = ()) -> list[Event]:
    """Find the explosive-hazard events that a text reports.

    Parameters
    ----------
    source : str or Document
        A kept text, or a report. What a report has set apart is passed over.
    places : sequence of Place, optional
        As found by `places.places` in the same text, in its order; those of the sentence of an
        event are given with it.

    Returns
    -------
    list of Event
        In the order of the text; one for each sentence and kind at most.
    """
    text = source if isinstance(source, str) else source.text
    apart = [] if isinstance(source, str) else [span[:2] for span in source.boilerplate]
    published = _published(source)
    talk = lists.TALK.search(text[:400]) is not None
    aloft = lists.FROM_THE_AIR.search(text) is not None
    found: list[Event] = []
    for start, end in _sentences(text):
        sentence = re.sub(r"\s", " ", text[start:end])
        mentions = [
            mention
            for mention in _mentions(sentence, aloft)
            if not _inside(start + mention.start, start + mention.end, apart)
        ]
        if mentions:
            found += _described(text, (start, end), sentence, mentions, published, talk, places)
    return found


def current(found: Sequence[Event]) -> list[Event]:
    """The events that are news of their report: no background, nothing from the air."""
    return [event for event in found if not event.background and event.kind != "air"]


def _sentences(text: str) -> Iterator[Span]:
    for start, end in paragraphs(text):
        begin = start
        for mark in _SENTENCE.finditer(text, start, end):
            yield from _pieces(begin, mark.end())
            begin = mark.end()
        yield from _pieces(begin, end)


def _inside(start: int, end: int, apart: Sequence[Span]) -> bool:
    """Whether a span touches what is set apart (spans in order, without overlap)."""
    place = bisect_left(apart, (end, end))
    return place > 0 and apart[place - 1][1] > start


def _pieces(start: int, end: int) -> Iterator[Span]:
    for begin in range(start, end, _LONGEST):
        yield begin, min(begin + _LONGEST, end)


def _published(source: str | Document) -> dt.date | None:
    """The day of the report: as known, or a wire line such as "LIMA, 3 JAN 90"."""
    if not isinstance(source, str) and source.published is not None and source.published.value:
        value = source.published.value
        return dt.date.fromisoformat(value) if len(value) == len("2024-11-20") else None
    text = source if isinstance(source, str) else source.text
    line = _WIRE_DAY.match(text.lstrip()[:120])
    if line is None:
        return None
    # The POSIX rule for two figures: 69 to 99 are of the last century.
    year = int(line[2]) + (1900 if int(line[2]) >= 69 else 2000)
    try:
        return dt.date(year, _MONTHS.index(line[1][-3:]) + 1, int(line[1][:-4]))
    except ValueError:
        return None


def _mentions(sentence: str, aloft: bool) -> list[_Mention]:
    """The asserted mentions of a sentence, one a kind, the first one of each.

    `aloft`: the text speaks of aircraft or artillery, so that a bare "bombing" is theirs.
    """
    figures = [match.span() for match in lists.FIGURATIVE.finditer(sentence)]
    found: dict[str, _Mention] = {}
    for start, end, stage in sorted(_candidates(sentence)):
        if overlaps(start, end, figures):
            continue
        clause = _clause(sentence, start)
        before = sentence[max(clause, start - _BEFORE) : start]
        if lists.NOT.search(before[-25:]) or (
            stage != "threatened" and lists.SUPPOSED.search(before)
        ):
            continue
        if stage == "occurred" and lists.SUPPOSED.search(sentence, start, end):
            continue
        if stage == "occurred" and lists.ATTEMPTED.search(before):
            stage = "attempted"
        kind = _kind(sentence, start, end, aloft)
        if _is_no_event(sentence, kind, start, end, before):
            continue
        found.setdefault(kind, _Mention(start, end, kind, stage))
    return sorted(found.values(), key=lambda mention: mention.start)


def _is_no_event(sentence: str, kind: str, start: int, end: int, before: str) -> bool:
    """Sounds, fighting, accidents without a device, clearance, and places where ore is dug."""
    if kind == "mine":
        words = sentence[start:end]
        return lists.CLEARED.search(before) is not None or (
            lists.MINING.search(sentence) is not None and not lists.WENT_OFF.search(words)
        )
    heard = lists.HEARD.search(sentence) is not None
    fighting = lists.FIGHTING.search(sentence) is not None
    if kind == "device":
        return heard and fighting
    if kind == "explosion":
        return heard or fighting or lists.BY_ITSELF.search(sentence) is not None
    return False


def _candidates(sentence: str) -> Iterator[tuple[int, int, str]]:
    for pattern in (lists.WENT_OFF, lists.EVENT, lists.BOMBED):
        for match in pattern.finditer(sentence):
            yield match.start(), match.end(), "occurred"
    for match in lists.THREAT.finditer(sentence):
        yield match.start(), match.end(), "threatened"
    devices = list(lists.DEVICE.finditer(sentence))
    if not devices:
        return
    seized = lists.SEIZED.search(sentence) is not None
    listed = len(lists.ARMS.findall(sentence)) > 0
    handled = [match.span() for match in lists.HANDLED.finditer(sentence)]
    met = [match.span() for match in lists.MET.finditer(sentence)]
    for device in devices:
        if not (seized and listed) and (near := _nearest(sentence, device.span(), handled)):
            yield *near, "occurred"
        elif not (seized or listed) and (near := _nearest(sentence, device.span(), met)):
            yield *near, "found"


def _nearest(sentence: str, device: Span, verbs: list[Span]) -> Span | None:
    """The device with the nearest verb in reach and in the same clause."""
    begin, end = _clause(sentence, device[0]), _clause_end(sentence, device[1])
    near = [
        (max(verb[0] - device[1], device[0] - verb[1]), verb)
        for verb in verbs
        if begin <= verb[0] and verb[1] <= end
    ]
    distance, verb = min(near, default=(_REACH, device))
    return (min(device[0], verb[0]), max(device[1], verb[1])) if distance < _REACH else None


def _clause(sentence: str, position: int) -> int:
    ends = [match.end() for match in _CLAUSE.finditer(sentence, 0, position)]
    return ends[-1] if ends else 0


def _clause_end(sentence: str, position: int) -> int:
    mark = _CLAUSE.search(sentence, position)
    return len(sentence) if mark is None else mark.start()


def _kind(sentence: str, start: int, end: int, aloft: bool) -> str:
    around = sentence[max(0, start - 2 * _REACH) : end + 2 * _REACH]
    if lists.FROM_THE_AIR.search(around) and not lists.BY_HAND.search(sentence[start:end]):
        return "air"
    near = sentence[max(0, start - _REACH) : end + _REACH]
    if lists.MINE.search(near):
        return "mine"
    if lists.DEVICE.search(near):
        return "device"
    return "air" if aloft and lists.BARE.fullmatch(sentence[start:end]) else "explosion"


def _described(
    text: str,
    span: Span,
    sentence: str,
    mentions: list[_Mention],
    published: dt.date | None,
    talk: bool,
    places: Sequence[Place],
) -> Iterator[Event]:
    start, end = span
    times = _times(sentence, published)
    counts = {effect: _count(sentence, start, effect) for effect in _COUNTS}
    first = bisect_left(places, start, key=lambda place: place.start)
    last = bisect_left(places, end, key=lambda place: place.start)
    near = tuple(places[first:last])
    for mention in mentions:
        time = min(times, key=lambda found: _apart(found, mention), default=None)
        background = _is_background(sentence, mention, time, published, talk)
        yield Event(
            start + mention.start,
            start + mention.end,
            text[start + mention.start : start + mention.end],
            span,
            mention.kind,
            mention.stage,
            background,
            None if time is None else _moved(time, start, text),
            near,
            counts["killed"],
            counts["injured"],
        )


def _times(sentence: str, published: dt.date | None) -> list[TimeExpression]:
    """The times of a sentence; of an undated report only what holds from any day is resolved."""
    if published is not None:
        return datetimes(sentence, published)
    first, other = (datetimes(sentence, day) for day in _ANY_DAY)
    sure = {(time.start, time.end, option) for time in other for option in time.options}
    return [
        replace(
            time,
            options=tuple(
                option for option in time.options if (time.start, time.end, option) in sure
            ),
        )
        for time in first
    ]


def _apart(time: TimeExpression, mention: _Mention) -> int:
    return max(time.start - mention.end, mention.start - time.end)


def _moved(time: TimeExpression, by: int, text: str) -> TimeExpression:
    start, end = time.start + by, time.end + by
    return TimeExpression(start, end, text[start:end], time.kind, time.options)


def _is_background(
    sentence: str,
    mention: _Mention,
    time: TimeExpression | None,
    published: dt.date | None,
    talk: bool,
) -> bool:
    clause = sentence[_clause(sentence, mention.start) : _clause_end(sentence, mention.end)]
    if lists.MANY.search(clause) or _long_before(clause, time, published):
        return True
    marks = [pattern.search(sentence) is not None for pattern in (lists.WHEN, lists.HARM)]
    if talk:
        return not all(marks)
    return not any([*marks, lists.WHERE.search(sentence) is not None])


def _long_before(clause: str, time: TimeExpression | None, published: dt.date | None) -> bool:
    for match in lists.LONG_AGO.finditer(clause):
        year = re.search(r"\d{4}", match[0])
        # Whether a year is long ago, only the day of the report can tell.
        if year is None or (published is not None and int(year[0]) < (published - _RECENT).year):
            return True
    if published is None:
        return False
    # A bare number is an hour ("at 1145") as often as a year.
    if time is None or "date" not in time.kind or time.text not in clause or time.text.isdigit():
        return False
    days = [day for option in time.options if (day := _day(option.value or option.end))]
    past = [day for day in days if day <= published]
    return bool(past) and max(past) < published - _RECENT


def _day(value: str | None) -> dt.date | None:
    try:
        return None if value is None else dt.date.fromisoformat(value[:10])
    except ValueError:
        return None


def _count(sentence: str, offset: int, effect: str) -> Count | None:
    """How many people, by the first number the sentence gives."""
    for pattern in _COUNTS[effect]:
        match = pattern.search(sentence)
        if match is not None:
            number = _number(match["number"])
            bound = (match["bound"] or "").lower()
            lower: int | None = number
            upper: int | None = number
            if bound in ("at least", "no fewer than", "more than", "over"):
                lower, upper = number + (bound in ("more than", "over")), None
            elif bound in ("up to", "as many as"):
                lower = None
            elif bound:  # about, nearly: no bound that can be relied on
                lower = upper = None
            return Count(offset + match.start(), offset + match.end(), lower, upper)
    none = _UNHURT.search(sentence)
    return None if none is None else Count(offset + none.start(), offset + none.end(), 0, 0)


def _number(word: str) -> int:
    return _SMALL[word.lower()] if word.lower() in _SMALL else int(word.replace(",", ""))
