"""States, bodies and groups in a claim, and what part they play in what it says.

Read from the syntax of kinds of verbs and nouns ("X supplied Y with", "Y's use of", "X-made", "used
by X", "allegations against Y"), not from what is known of anybody. A party whose part the words do
not show is 'mentioned'.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from landrelease.evidence.lexicons import DENIED, ORGANISATION_WORDS
from landrelease.evidence.slots import seats

ROLES = (
    "user", "supplier", "recipient", "producer", "holder", "clearer", "destroyer", "treaty_party",
    "accuser", "accused", "denier", "target", "affected", "mentioned",
)  # fmt: skip


class Kind(NamedTuple):
    """A kind of event: whose role, its verbs, its nouns, and "-made" behind a name."""

    role: str
    verb: re.Pattern[str]
    noun: re.Pattern[str]
    hyphened: re.Pattern[str]


# In these a name is where something happens, or nothing is said of what it does.
PASSIVE_ROLES = frozenset(["affected", "target", "mentioned"])


def _any(listed: str) -> str:
    return "(?:" + "|".join(listed.split()) + ")"


# Kinds of events: whose act it is, its verbs, and the nouns made of them.
_KINDS: tuple[tuple[str, str, str], ...] = (
    ("supplier",
     _any("suppl(?:y|ies|ied|ying) provid(?:e|es|ed|ing) sen[dt] sends sending deliver(?:s|ed"
          "|ing)? "
          "transfer(?:s|red|ring)? ship(?:s|ped|ping)? export(?:s|ed|ing)? donat(?:e|es|ed|ing) "
          "giv(?:e|es|en|ing) gave"),
     _any("provision suppl(?:y|ies) transfers? deliver(?:y|ies) exports? shipments? donations?")),
    ("user",
     _any("us(?:e|es|ed|ing) laid lay(?:s|ing)? plant(?:s|ed|ing)? emplac(?:e|es|ed|ing) "
          "deploy(?:s|ed|ing)? scatter(?:s|ed|ing)? plac(?:e|es|ed|ing) mined"),
     _any("use deployment placement emplacement")),
    ("producer",
     _any("produc(?:e|es|ed|ing) manufactur(?:e|es|ed|ing)"),
     _any("production manufacture")),
    ("holder",
     _any("stockpil(?:e|es|ed|ing) retain(?:s|ed|ing)? stor(?:e|es|ed|ing) keeps? kept keeping "
          "hold(?:s|ing)? possess(?:es|ed|ing)?"),
     _any("stockpiles? stocks? arsenals? stores?")),
    ("clearer",
     _any("clear(?:s|ed|ing)? de-?min(?:e|es|ed|ing) survey(?:s|ed|ing)? defus(?:e|es|ed|ing)"),
     _any("clearance demining survey")),
    ("destroyer", _any("destroy(?:s|ed|ing)?"), _any("destruction")),
    ("treaty_party",
     _any("sign(?:s|ed|ing)? ratif(?:y|ies|ied|ying) acced(?:e|es|ed|ing) join(?:s|ed|ing)? "
          "withdr[ae]w(?:s|n|ing)? violat(?:e|es|ed|ing) contraven(?:e|es|ed|ing) "
          "breach(?:es|ed|ing)?"),
     _any("accession ratification withdrawal violations? signature")),
    ("recipient",
     _any("receiv(?:e|es|ed|ing) acquir(?:e|es|ed|ing) import(?:s|ed|ing)? b(?:uys?|ought|uying)"),
     _any("acquisition imports?")),
    ("accuser", _any("accus(?:e|es|ed|ing) blam(?:e|es|ed|ing)"), _any("accusations?")),
)  # fmt: skip
_PATTERNS = tuple(
    Kind(
        role,
        re.compile(rf"(?<![\w-]){verbs}(?![\w-])", re.I),
        re.compile(rf"\b{nouns}\b", re.I),
        re.compile(rf"[-‑](?:{verbs}{'|made' if role == 'producer' else ''})\b", re.I),
    )
    for role, verbs, nouns in _KINDS
)
_TREATY = re.compile(r"\b(?:treat(?:y|ies)|conventions?|protocol|pact|accord)\b", re.I)
_ADVERB = (
    r"(?:not|n['’]t|never|also|already|still|now|again|since|ever|largely|mostly|first|no longer|"
    r"previously|both|\w+ly)"
)
_AUXILIARY = (
    rf"(?:has|have|had|is|are|was|were|be|been|being|will|would|could|can|may|might|must|should|"
    rf"shall|did|do|does|don|didn|doesn|won|wouldn|isn|aren|wasn|weren|to|{_ADVERB}|"
    rf"continues?|continued|plans?|planned|"
    rf"intends?|intended|decided|agreed|pledged|promised|wants?|wanted|refused|began|begun|starts?|"
    rf"started|admitted|allowed|going|denied|denies|stopped|avoided|approved?|approves|authori[sz]ed|"
    rf"considers?|considered|considering|suspended|halted)"
)
_PLACED = r"(?:,? (?:in|of|from|near|around|inside|across|at|on) (?:the )?(?:[\w-]+ ){0,2}?[\w-]+)?"
_BEFORE_VERB = re.compile(
    rf"{_PLACED}(?:,? (?:which|who|that),?)?(?:['’]t|\s+{_AUXILIARY})*\s*", re.I
)
_ALSO = re.compile(rf".*(?:\b(?:and|or|then|but)|,)(?:\s+{_AUXILIARY})*\s*", re.I | re.S)
_PASSIVE = re.compile(
    r"\b(?:is|are|was|were|be|been|being)(?:\s+(?:not|never|also|\w+ly))*\s*$", re.I
)
_PLAN = re.compile(
    _any(
        "decision plans? intention move promise pledge readiness willingness offer refusal failure"
    ),
    re.I,
)
_POSSESSED = re.compile(
    r"(?:['’]s?)? (?:(?!(?:and|or|to|of|in|the|that|which)\b)[\w-]+ ){0,4}?"
    r"(?P<noun>[\w-]+)\b(?: to (?P<verb>[\w-]+)\b)?",
    re.I,
)
_HEAD = _any(
    "forces troops army military soldiers government authorities officials navy teams? units? "
    "administration ministry fighters militia police deminers sappers engineers side command "
    "commanders"
)
_LOOSE = (
    r"(?!(?:that|which|who|it|its|they|to|of|in|on|at|for|by|with|and|or|but|as|is|are|was|were|"
    r"has|have|had|will|would)\b)"
)
_OF_A_STATE = re.compile(rf"(?:['’]s?)?(?: {_LOOSE}[a-z][\w-]*){{0,4}}? {_HEAD}\b")
_GROUP = re.compile(
    rf"\b(?:(?:the|a|an|its|their|his|both|some|many|these|those) )(?:(?!(?:of|in|to|and)\b)[a-z]"
    rf"[\w-]* ){{0,3}}?(?:{_HEAD}|rebels?|insurgents?|militants?|separatists?|coalition|"
    rf"group|manufacturers?|operators?|compan(?:y|ies)|villagers|farmers|residents|civilians)\b"
    rf"|\b(?:[a-z][\w-]* )?(?:rebels|insurgents|militants|separatists|deminers|villagers"
    rf"|civilians)\b"
)
_NAMED = re.compile(
    r"\b[A-Z][\w.’'&-]*(?: (?:of|for|to|and|on|against|de|in|&)(?: the)? [A-Z][\w.’'&-]*"
    r"| [A-Z][\w.’'&-]*)*(?: administration| government| coalition| group)?"
)
_AFFECTED_KINDS = frozenset(
    ("use", "contamination", "casualties", "clearance", "humanitarian_concern", "device_behaviour")
)
_STANDING = re.compile(
    rf"(?:\s+{_AUXILIARY})*\s+(?:an? |the )?(?:non-)?(?:state part(?:y|ies)|states parties|"
    r"part(?:y|ies)|signator(?:y|ies)|member) (?:of|to)\b",
    re.I,
)
_NEAR = 160  # characters between a subject and its verb


@dataclass(frozen=True)
class Party:
    """One mention: characters of the content, the code of its state, and of what kind it is."""

    start: int
    end: int
    code: str | None
    kind: str  # 'state', 'organisation' or 'group'
    seat: bool = False


def parties(
    content: str, offset: int, states: Sequence[tuple[int, int, str]], kind: str
) -> list[dict[str, Any]]:
    """List the parties that a content names, with their roles.

    Parameters
    ----------
    content : str
        The words of a claim, what is not read blanked.
    offset : int
        Of the content in the kept text.
    states : sequence of (int, int, str)
        Mentions of states in the content, with their ISO 3166-1 alpha-3 codes.
    kind : str
        Of the claim: "in X" is where people are affected only when it speaks of such.

    Returns
    -------
    list of dict
        ``text``, ``start``, ``end`` (characters of the kept text), ``role`` (one of `ROLES`),
        ``kind`` ('state', 'organisation', 'group'; 'person' for who speaks) and ``code`` (None for
        what is no state). One mention can have several roles, and then stands several times.
        Bodies, groups and seats of government are listed only with a role other than 'mentioned',
        or as named body.
    """
    mentions = list(_mentions(content, states))
    roles: dict[int, list[str]] = {place: [] for place in range(len(mentions))}
    for place, role in _acting(content, mentions):
        roles[place].append(role)
    for place, party in enumerate(mentions):
        roles[place] += _done_to(content, party, kind)
    found = []
    for place, party in enumerate(mentions):
        own = list(dict.fromkeys(roles[place]))
        if not own and (party.seat or party.kind == "group"):
            continue
        for role in own or ["mentioned"]:
            found.append({
                "text": content[party.start : party.end],
                "start": offset + party.start,
                "end": offset + party.end,
                "role": role,
                "kind": party.kind,
                "code": party.code,
            })  # fmt: skip
    return found


def speaking_role(verb: str) -> str | None:
    """Tell what somebody is by the cue with which they speak.

    Parameters
    ----------
    verb : str
        The cue's main word.

    Returns
    -------
    str or None
        'accuser' or 'denier'; None for any other cue.
    """
    if re.match(r"(?:accus|blam|alleg)", verb):
        return "accuser"
    return "denier" if verb in DENIED else None


def _mentions(content: str, states: Sequence[tuple[int, int, str]]) -> Iterator[Party]:
    """States with the forces that are theirs, bodies by name, groups by their noun; no overlap."""
    found: list[Party] = []
    for start, last, code in states:
        named = content[start:last]
        end = last - 1 if named.endswith(".") and "." not in named[:-1] else last
        own = _OF_A_STATE.match(content, end)
        found.append(Party(start, end if own is None else own.end(), code, "state"))
    pattern, codes = seats()
    found += [
        Party(m.start(), m.end(), codes[m[0]], "state", True) for m in pattern.finditer(content)
    ]
    for match in _NAMED.finditer(content):
        words = [word.lower().strip(".’'") for word in match[0].split()]
        if not ORGANISATION_WORDS.isdisjoint(words) or words[-1] in ("administration", "group"):
            found.append(Party(match.start(), match.end(), None, "organisation"))
    codes_named = {code for _, _, code in states}
    for match in _GROUP.finditer(content):
        # "Its forces" are those of the one state that is named.
        own_code = None
        if re.match(r"(?:its|their)\b", match[0]) and len(codes_named) == 1:
            own_code = next(iter(codes_named)) if states[0][0] < match.start() else None
        found.append(Party(match.start(), match.end(), own_code, "group"))
    last = 0
    order = {"state": 0, "organisation": 1, "group": 2}
    for party in sorted(found, key=lambda p: (p.start, -p.end, order[p.kind])):
        if party.start >= last:
            last = party.end
            yield party


def _acting(content: str, mentions: Sequence[Party]) -> Iterator[tuple[int, str]]:
    """Subjects of active verbs, agents of passives, possessors of nouns, "X-made"."""
    if not mentions:
        return
    yield from _by_verbs(content, mentions)
    for kind in _PATTERNS:
        for match in kind.noun.finditer(content):
            place = _by(content, match.end(), mentions)
            if place is not None:
                together = _together(content, place, mentions, after=True)
                yield from ((one, kind.role) for one in together)
    for place, party in enumerate(mentions):
        owned = _POSSESSED.match(content, party.end)
        for kind in _PATTERNS:
            if owned is not None and _owns(owned, kind):
                yield place, kind.role
            if kind.hyphened.match(content, party.end):
                yield place, kind.role
        if _STANDING.match(content, party.end) and _TREATY.search(content, party.end):
            yield from ((one, "treaty_party") for one in _together(content, place, mentions))
        if _MADE_IN.search(content, max(0, party.start - 30), party.start):
            yield place, "producer"


def _by_verbs(content: str, mentions: Sequence[Party]) -> Iterator[tuple[int, str]]:
    verbs = sorted(
        (match.start(), match.end(), kind.role)
        for kind in _PATTERNS
        for match in kind.verb.finditer(content)
    )
    before: int | None = None  # whose verb came last
    for start, end, role in verbs:
        if role == "treaty_party" and not _TREATY.search(content, end):
            continue
        word = content[start:end].lower()
        if not word.endswith("ing") and _PASSIVE.search(content, max(0, start - 60), start):
            place = _by(content, end, mentions)
        elif (
            content[max(0, start - 8) : start].rstrip().endswith((" the", " a", " an", "'s", "’s"))
        ):
            continue  # a noun
        else:
            place = _subject(content, start, mentions, before)
            if place is None and word.endswith(("ed", "laid", "made", "sent")):
                place = _by(content, end, mentions)  # "mines supplied by X"
        if place is not None:
            before = place
            yield from ((one, role) for one in _together(content, place, mentions))


def _together(
    content: str, place: int, mentions: Sequence[Party], after: bool = False
) -> Iterator[int]:
    """A party and those named in one breath with it: "Norway and the U.S." """
    yield place
    step = 1 if after else -1
    here = place
    while 0 <= here + step < len(mentions):
        first, last = sorted((here, here + step))
        if not _JOINED.fullmatch(content, mentions[first].end, mentions[last].start):
            return
        here += step
        yield here


def _owns(owned: re.Match[str], kind: Kind) -> bool:
    if kind.noun.fullmatch(owned["noun"]):
        return True
    return (
        owned["verb"] is not None
        and _PLAN.fullmatch(owned["noun"]) is not None
        and kind.verb.fullmatch(owned["verb"]) is not None
    )


def _by(content: str, after: int, mentions: Sequence[Party]) -> int | None:
    """ "… used yesterday by X": the agent within the clause."""
    for place, party in enumerate(mentions):
        if party.start < after:
            continue
        between = content[after : party.start]
        if len(between) > 80 or re.search(r"[.;:]|, (?:and|but|which|who)\b", between):
            return None
        if re.search(r"\bby (?:the |an? )?$", between):
            return place
    return None


def _subject(content: str, verb: int, mentions: Sequence[Party], last: int | None) -> int | None:
    """Who stands in front of a verb, auxiliaries and adverbs between."""
    for place in range(len(mentions) - 1, -1, -1):
        party = mentions[place]
        if party.end > verb:
            continue
        if verb - party.end > _NEAR:
            return None
        between = content[party.end : verb]
        if _BEFORE_VERB.fullmatch(between):
            if not _governed(content, party.start, between):
                return place
            continue
        if last is not None and _ALSO.fullmatch(between) and mentions[last].end <= verb:
            return last  # "X sent mines and trained …"
        return None
    return None


def _governed(content: str, start: int, between: str) -> bool:
    """A preposition in front: "the mines in X"; "for X to use", "of X using" are subjects."""
    preposition = re.search(r"\b([a-z]+) (?:the )?$", content[max(0, start - 24) : start], re.I)
    if preposition is None:
        return False
    word = preposition[1].lower()
    if word in ("for", "of") and (not between.strip() or between.strip().lower().startswith("to")):
        return False
    return word in {"in", "of", "for", "against", "to", "from", "on", "at", "near", "with", "by",
                    "across", "into", "inside", "around"}  # fmt: skip


_JOINED = re.compile(r",? ?(?:(?:and|or|nor|as well as) )?(?:the )?", re.I)
_MADE_IN = re.compile(r"\b(?:made|manufactured|produced|built) (?:in|by) (?:the )?$", re.I)
_SUPPLY = "|".join(
    pattern for role, verbs, nouns in _KINDS if role == "supplier" for pattern in (verbs, nouns)
)
_TO = re.compile(
    rf"\b(?:{_SUPPLY}|aid|assistance|support|approved)\b"
    r"(?:(?!\b(?:to|from|by)\b)[^.;:]){0,90}\b(?:to|for) (?:the )?$",
    re.I,
)
_GIVEN = re.compile(
    r"\b(?:suppl(?:y|ies|ied|ying)|provid(?:e|es|ed|ing)|sen[dt]|sends|sending|giv(?:e|es|en|ing)|gave|"
    r"arm(?:s|ed|ing)?|equip(?:s|ped|ping)?) (?:the )?$",
    re.I,
)
_AGAINST = re.compile(
    r"\b(?:(?:us(?:e|es|ed|ing)|deploy\w*|laid|attack\w*|weapons?|mines?)\b[^,.;]{0,60}\bagainst"
    r"|target(?:s|ed|ing)?|attack(?:s|ed|ing)? (?:on )?|fir(?:e|ed|ing) (?:\w+ ){0,3}at) "
    r"(?:the )?$",
    re.I,
)
_ACCUSED = re.compile(
    r"\b(?:accus\w+|blam\w+|alleg\w+ against|allegations? (?:that|of)) (?:the"
    r" )?$",
    re.I,
)
_INSIDE = re.compile(
    r"(?<!not )\b(?:in|within|across|inside|throughout|over|around) (?:(?:the|eastern|western"
    r"|northern|southern|"
    r"central|sovereign|parts of|all of|much of) )*$",
    re.I,
)


def _done_to(content: str, party: Party, kind: str) -> Iterator[str]:
    """What somebody else does to, for or at a party."""
    before = content[max(0, party.start - 130) : party.start]
    after = content[party.end : party.end + 40]
    if party.seat and not re.search(r"\bto $", before) and not _GIVEN.search(before):
        return
    takes = _GIVEN.search(before)
    if takes and re.match(r"(?:['’]s \w+)? (?:with|(?:\w+ ){0,4}\w*)", after):
        if not after.lstrip().startswith(("'s", "’s")):
            yield "recipient"
    elif _TO.search(before) and not re.match(r" (?:us|lay|plac)\w+", before[-1:]):
        yield "recipient"
    if _AGAINST.search(before):
        yield "target"
    if _ACCUSED.search(before):
        yield "accused"
    if (
        kind in _AFFECTED_KINDS
        and party.kind == "state"
        and not party.seat
        and _INSIDE.search(before)
        and not _MADE_IN.search(before)
        and not re.search(r"\bnot\b[^,.;]*$", before)
    ):
        yield "affected"
