"""Who speaks: names, roles and organisations of sources, resolved within one text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from landrelease.evidence import slots
from landrelease.evidence.lexicons import (
    DETERMINERS,
    HONORIFICS,
    ORGANISATION_ANAPHORA,
    ORGANISATION_WORDS,
    PRONOUNS,
    REPORT_WORDS,
    ROLES,
    word_set,
)

_PARTICLES = word_set("de da di del van von der den bin ibn al el la le du dos ter ten")
_NOT_NAMES = word_set(
    "treaty convention act day war street law river road province district region city "
    "village agreement protocol january february march april may june july august "
    "september october november december monday tuesday wednesday thursday friday "
    "saturday sunday"
)
_NAME_WORD = (
    r"(?:(?:[A-Z]\.){1,3}|(?:Mr|Mrs|Ms|Dr|Gen|Lt|Col|Maj|Capt|Sgt|Adm|Sen|Rep|Gov|Rev|Prof|St)\."
    r"|[A-Z](?:[\w\-]|[’'](?!s\b))*)"
)
_LINK = rf"[ \n](?:(?:of|{'|'.join(sorted(_PARTICLES))}) )?"
_RUN = re.compile(
    rf"(?<![\w.]){_NAME_WORD}(?:{_LINK}{_NAME_WORD}|"
    rf"[ \n](?:spokes(?:person|man|woman)|director|deputy|official|coordinator|"
    rf"chief|analyst|expert) "
    rf"{_NAME_WORD})+"
)
_APPOSITION = re.compile(r",\s+(?P<words>[^.;:\"“”\n\ue000]{3,160}?)(?:,|\.(?=\s|$)|$)")
# What shows or means something without being anybody: evidence, acts and states of affairs.
_THINGS = word_set(
    "use uses decision decisions move moves photo photos photograph photographs picture pictures "
    "image images imagery video videos footage data figures evidence attack attacks discovery "
    "presence deployment experience history silence results result numbers maps map signs sign "
    "tests test incident incidents accident accidents record records recording recordings "
    "announcement remarks comments poll polls research fact facts behaviour behavior actions action"
)
_NAME_BEFORE = re.compile(rf"(?P<noun>{_NAME_WORD}(?:{_LINK}{_NAME_WORD})*),?\s*$")
_NOUN_BEFORE = re.compile(
    r"(?P<noun>(?:[Tt]he|[Aa]n?|[Tt]wo|[Tt]hree|[Ss]everal|[Mm]any|[Ss]ome|[Oo]ne) "
    r"(?:[\w.’'-]+ ){0,4}?[\w’'-]+),?\s*$"
)
_PREPOSITION = re.compile(r"\s(?:at|of|for|from|with|in|to|on)\s")
_ORGANISATION_NAME = re.compile(
    r"(?:[A-Z][\w.’'&-]*|\d+)(?: (?:of|for|to|the|and|on|against|de|in|&)(?: the)? [A-Z][\w.’'&-]*"
    r"| [A-Z][\w.’'&-]*)*"
)
_CALLED = re.compile(
    r"^(?:(?:[Tt]he|[Aa]n?) )?(?P<what>(?:[a-z][\w-]* ){0,4}(?:group|charity|"
    r"organi[sz]ation|agency|"
    r"watchdog|newspaper|network|coalition|company|operator|foundation)) (?P<name>[A-Z].*)$"
)
_RELEASED_BY = re.compile(r"\b(?:by|from|of)\s+(?P<name>(?:the |The )?[A-Z].*)$")


@dataclass(frozen=True)
class Speaker:
    """A resolved source.

    Attributes
    ----------
    name : str or None
        Fullest name in the text; None for somebody unnamed ("officials").
    role : str or None
        As the text words it.
    organisation : str or None
        The body spoken for, or the body itself when it is the source.
    kind : str
        'person', 'organisation', 'unnamed' or 'thing' ("photos show", "the decision means").
    """

    name: str | None
    role: str | None
    organisation: str | None
    kind: str

    @property
    def key(self) -> str:
        """One string by which two mentions of the same source compare equal."""
        return (self.name or f"{self.organisation or ''}/{self.role or ''}").casefold()


class Cast:
    """Everyone whom one text introduces, in the order in which it does so."""

    def __init__(self, content: str) -> None:
        """Read the introductions of a text.

        Parameters
        ----------
        content : str
            The kept text with what is not content blanked.
        """
        self._content = content
        self._persons: dict[str, list[tuple[int, Speaker]]] = {}
        self._unnamed: dict[str, Speaker] = {}
        self._organisations: dict[str, str] = {}  # initials -> name
        self.last_person: Speaker | None = None
        self.last_organisation: Speaker | None = None
        self.last: Speaker | None = None
        for match in _RUN.finditer(content):
            apposition = _APPOSITION.match(content, match.end())
            words = match[0]
            if apposition is not None and _has_role(apposition["words"]):
                words = f"{words}, {apposition['words']}"
            speaker = describe(words)
            if speaker.kind == "person" and speaker.name and " " in speaker.name:
                self._introduce(speaker, match.start())
            elif speaker.kind == "organisation" and speaker.name:
                initials = "".join(w[0] for w in speaker.name.split() if w[0].isupper())
                self._organisations.setdefault(initials, speaker.name)

    def persons(self) -> list[Speaker]:
        """Everybody the text introduces by name, as it does so, in the order of their names.

        Returns
        -------
        list of Speaker
            One for each mention that introduces somebody; role and organisation as it tells them.
        """
        return [speaker for _, known in sorted(self._persons.items()) for _, speaker in known]

    def resolve(self, words: str, position: int) -> Speaker:
        """Resolve the words of a source mention.

        A surname takes the full name, role and organisation under which the text introduced
        the person; "he" is the last person who spoke, "the group" the last organisation.

        Parameters
        ----------
        words : str
            The source as the text has it.
        position : int
            Where it stands, in characters of the text.

        Returns
        -------
        Speaker
            With None for what the text does not tell.
        """
        speaker = self._resolved(words, position)
        if speaker.kind == "thing":
            return speaker
        self.last = speaker
        if speaker.kind == "person":
            self.last_person = speaker
            if speaker.name and " " in speaker.name and (speaker.role or speaker.organisation):
                self._introduce(speaker, position)  # a source tells more than a passing mention
        elif speaker.kind == "organisation":
            self.last_organisation = speaker
        return speaker

    def _resolved(self, words: str, position: int) -> Speaker:
        bare = re.sub(r"^the\s+", "", words.strip().lower())
        if bare in PRONOUNS:
            return self._pronoun(bare, position)
        if bare in ORGANISATION_ANAPHORA and self.last_organisation is not None:
            return self.last_organisation
        speaker = describe(words)
        if speaker.kind == "unnamed":
            return self._remembered(speaker, words)
        if speaker.name is None:
            return speaker
        if speaker.kind == "person":
            return self._known(speaker, position)
        if " " not in speaker.name and speaker.name.casefold() in self._persons:
            # "Washington said", where the text introduced a person of that name.
            return self._known(Speaker(speaker.name, None, None, "person"), position)
        full = self._organisations.get(speaker.name.replace(".", ""))
        if full is not None and speaker.name.isupper():
            return replace(speaker, name=full, organisation=full)
        return speaker

    def _introduce(self, speaker: Speaker, position: int) -> None:
        assert speaker.name is not None
        self._persons.setdefault(_surname(speaker.name), []).append((position, speaker))

    def _known(self, speaker: Speaker, position: int) -> Speaker:
        """Complete a person by what earlier mentions (else any mention) told."""
        assert speaker.name is not None
        mentions = self._persons.get(_surname(speaker.name), [])
        first = speaker.name.split()[0]
        fitting = [
            (where, other)
            for where, other in mentions
            if " " not in speaker.name or (other.name or "").split()[0] == first
        ]
        if not fitting:
            return speaker
        before = [other for where, other in fitting if where <= position]
        pool = before or [other for _, other in fitting]
        if " " not in speaker.name and len({other.name for other in pool}) > 1 and before:
            # Two people of one surname: the one named last is meant.
            pool = [other for other in pool if other.name == pool[-1].name]
        name = speaker.name if " " in speaker.name else pool[0].name
        described = [*([speaker] if speaker.role else []), *pool]
        role = next((other.role for other in described if other.role), None)
        organisation = speaker.organisation or next(
            (other.organisation for other in described if other.organisation), None
        )
        return Speaker(name, role, organisation, "person")

    def _pronoun(self, word: str, position: int) -> Speaker:
        if word == "who":
            # Whoever stands right before it, not whoever spoke last.
            for pattern in (_NAME_BEFORE, _NOUN_BEFORE):
                before = pattern.search(self._content, max(0, position - 120), position)
                found = None if before is None else self._resolved(before["noun"], position)
                if found is not None and found.kind in ("person", "unnamed"):
                    return found
        if word in ("he", "she", "i", "who"):
            if self.last_person is not None:
                return self.last_person
            named = [
                (where, person)
                for mentions in self._persons.values()
                for where, person in mentions
                if where < position
            ]
            if named:
                return max(named, key=lambda pair: pair[0])[1]
        elif word in ("it", "we", "they"):
            candidate = self.last_organisation if word == "it" else self.last
            if candidate is not None:
                return candidate
        return Speaker(None, None, None, "unnamed")

    def _remembered(self, speaker: Speaker, words: str) -> Speaker:
        """ "The officials" are the "US officials" of before."""
        head = (speaker.role or words).split()[-1].lower()
        before = self._unnamed.get(head)
        if speaker.organisation is None and before is not None and words.lower().startswith("the "):
            return before
        self._unnamed[head] = speaker
        return speaker


def describe(words: str) -> Speaker:
    """Read name, role and organisation out of the words of one source mention.

    Parameters
    ----------
    words : str
        For example "Jane Doe, deputy director at Example Watch".

    Returns
    -------
    Speaker
        From these words alone.
    """
    words = re.sub(r"\s+", " ", words).strip(" ,;:–—-")
    head, _, apposition = words.partition(", ")
    possessor = re.match(r"^(?P<owner>.*[A-Za-z])['’]s? (?P<rest>(?:.* )?[A-Z].*)$", head)
    if (
        possessor is not None
        and possessor["owner"][-1:].islower() | possessor["owner"][-1:].isupper()
    ):
        owner = _without_article(possessor["owner"])
        inner = describe(possessor["rest"] + (f", {apposition}" if apposition else ""))
        if inner.kind == "person" and owner[:1].isupper():
            return replace(inner, organisation=inner.organisation or owner)
    tokens = head.split()
    lower = [re.sub(r"[^\w-]", "", token.lower()) for token in tokens]
    report = _report(head, lower)
    if report is not None:
        return report
    if _head_noun(head) in _THINGS:
        return Speaker(None, None, None, "thing")
    listed = re.match(
        r"^(?P<what>[\w ’'-]*[a-z]) (?:like|such as|including) (?P<who>[A-Z].*)$", head
    )
    if listed is not None:
        names = _without_article(listed["who"])
        return Speaker(names, _office(listed["what"]), names, "organisation")
    called = _CALLED.match(head)
    if called is not None:  # "the rights group Example Watch"
        name = called["name"]
        return Speaker(name, called["what"], name, "organisation")
    speaker = _by_role(tokens, lower) or _by_name(tokens, lower, apposition)
    return _with_apposition(speaker, apposition) if apposition else speaker


def _head_noun(head: str) -> str:
    """The word that the others describe: the last one before "of", "by", "from" ..."""
    place = _PREPOSITION.search(head)
    words = (head if place is None else head[: place.start()]).split()
    return "" if not words or words[-1][:1].isupper() else re.sub(r"[^\w-]", "", words[-1])


def _report(head: str, lower: Sequence[str]) -> Speaker | None:
    """ "A report by Example Watch" speaks for Example Watch."""
    # "Study" in a name ("Institute for the Study of War") is no report.
    said = [word for word, token in zip(lower, head.split(), strict=True) if token[0].islower()]
    if not any(word in REPORT_WORDS for word in said):
        return None
    match = _RELEASED_BY.search(head)
    name = None
    if match is not None:
        found = _ORGANISATION_NAME.search(match["name"])
        name = None if found is None else _without_article(found[0])
    else:
        found = _ORGANISATION_NAME.match(_without_article(head))
        if found is not None and found.end() < len(head) - 2:
            name = re.sub(r"['’]s?$", "", found[0])
    kind = "organisation" if name else "unnamed"
    role = next(word for word in said if word in REPORT_WORDS)
    return Speaker(name, role, name, kind)


def _by_role(tokens: Sequence[str], lower: Sequence[str]) -> Speaker | None:
    """A role word parts the office from the name."""
    places = [index for index, word in enumerate(lower) if word in ROLES or word in HONORIFICS]
    if not places:
        return None
    last = places[-1]
    before, after = list(tokens[: last + 1]), list(tokens[last + 1 :])
    honorific = lower[last] in HONORIFICS
    if after and after[0].lower() in ("of", "for", "at", "from", "in", "with", "on"):
        run = _capital_run(after[1:])
        if len(run) >= 3 and len(run) == len(after) - 1 and not _organisation(run):
            # "Secretary of Defense Jane Doe": the office keeps one word, the rest is the name.
            role = " ".join([*before, after[0], run[0]])
            return Speaker(" ".join(run[1:]), _office(role), _state(role), "person")
        where = " ".join(after[1:])
        found = _ORGANISATION_NAME.search(where)
        body = None if found is None else _without_article(found[0])
        placed = found is not None and f" {after[0]} {where[: found.start()]}".endswith(" in ")
        if body is not None and placed and not _organisation(body.split()):
            body = None  # "residents in Olburg" speak for no body
        return Speaker(None, _office(" ".join(tokens)), body, "unnamed")
    run = _capital_run(after)
    if not run:
        if tokens[last][:1].isupper() and last == len(tokens) - 1 and _organisation(tokens[:-1]):
            return None
        post = _office(" ".join(tokens))
        return Speaker(None, post, _employer(before[:-1]) or _state(post or ""), "unnamed")
    if _organisation(run) and not honorific:
        return None
    office = None if honorific and len(before) == 1 else _office(" ".join(before))
    employer = _employer(before[:-1])
    return Speaker(" ".join(run), office, employer or _state(office or ""), "person")


def _by_name(tokens: Sequence[str], lower: Sequence[str], apposition: str) -> Speaker:
    """No role word: a state, an organisation, a person, or somebody unnamed."""
    words = " ".join(tokens)
    bare = _without_article(words)
    state = slots.state_name(bare)
    if state is not None:
        return Speaker(state, None, state, "organisation")
    seat = slots.seats()[1].get(bare)
    if seat is not None and " " not in bare:  # "Moscow said"; the White House is a body by itself
        return Speaker(bare, None, slots.name_of(seat), "organisation")
    articled = bool(tokens) and lower[0] in DETERMINERS
    run = _capital_run(bare.split())
    named = _ORGANISATION_NAME.match(bare)
    if named is not None and (
        _organisation(named[0].split())
        or re.search(
            r"\b(?:group|charity|organi[sz]ation|agency|coalition|network|NGO)\b", apposition
        )
        or (articled and lower[0] == "the" and len(run) >= 1)
    ):
        # "Biden administration", "Oland health ministry": the name goes on in lower case.
        whole = re.sub(r"['’]s?$", "", named[0] if len(bare.split()) > 7 else bare)
        return Speaker(whole, None, whole, "organisation")
    rest = bare.split()[len(run) :]
    if run and len(rest) == 1 and rest[0].islower() and rest[0] in ORGANISATION_WORDS:
        return Speaker(bare, None, bare, "organisation")  # "Biden administration" in a headline
    if run and not articled:
        name = " ".join(run)
        if len(run) <= 4 and len(run) >= len(bare.split()) - 1:
            return Speaker(re.sub(r"['’]s$", "", name), None, None, "person")
        if named is not None and len(named[0]) >= len(bare) - 2:
            return Speaker(bare, None, bare, "organisation")
    return Speaker(None, _office(words), _employer(tokens) or _state(words), "unnamed")


def _with_apposition(speaker: Speaker, apposition: str) -> Speaker:
    named = apposition.split(", ")[0].split()
    if speaker.kind == "unnamed" and speaker.role and 2 <= len(named) <= 4:
        # "The head of the clinic, Petra Vann": the name stands behind the office.
        run = _capital_run(named)
        if len(run) == len(named) and not _organisation(run):
            return replace(speaker, name=" ".join(run), kind="person")
    words = re.sub(
        r"^(?:who (?:is|was|serves as|heads|leads)|a|an|the|its|one of)\s+", "", apposition
    )
    if not _has_role(words):
        return speaker
    place = _PREPOSITION.search(words)
    role = words[: place.start()] if place is not None else words
    organisation = None
    if place is not None:
        named = [
            m[0]
            for m in _ORGANISATION_NAME.finditer(words, place.end())
            if len(m[0]) > 1 and m[0].split()[0].lower() not in _NOT_NAMES
        ]
        organisation = _without_article(named[-1]) if named else None
    elif speaker.kind == "person":
        organisation = _employer(words.split())
    kind = speaker.kind
    if kind == "unnamed" and speaker.name:
        kind = "person"
    return replace(
        speaker,
        role=speaker.role or role.strip(" ,"),
        organisation=speaker.organisation or organisation,
        kind=kind,
    )


def _has_role(words: str) -> bool:
    lower = re.findall(r"[a-z][a-z-]+", words.lower()[:120])
    return any(word in ROLES for word in lower)


def _capital_run(tokens: Sequence[str]) -> list[str]:
    """The capitalised words at the start, with name particles between them."""
    run: list[str] = []
    for index, token in enumerate(tokens):
        following = tokens[index + 1][:1].isupper() if index + 1 < len(tokens) else False
        if token[:1].isupper() or (run and token.lower() in _PARTICLES and following):
            run.append(token.rstrip(","))
        else:
            break
    return run


def _organisation(tokens: Sequence[str]) -> bool:
    plain = [re.sub(r"['’]s?$", "", re.sub(r"[^\w’'-]", "", token)) for token in tokens]
    if any(word.lower() in ORGANISATION_WORDS for word in plain):
        return True
    return len(plain) == 1 and len(plain[0]) >= 2 and plain[0].isupper() and plain[0].isalpha()


def _employer(tokens: Sequence[str]) -> str | None:
    """The body in front of a role ("State Department spokesperson")."""
    found = _ORGANISATION_NAME.search(_without_article(" ".join(tokens)))
    if found is None:
        return None
    name = re.sub(r"['’]s?$", "", found[0])
    state = slots.state_name(name)
    if state is not None:
        return state
    return name if _organisation(name.split()) else None


def _state(words: str) -> str | None:
    for token in words.split():
        found = slots.states_in(token)
        if found:
            return slots.name_of(found[0])
    return None


def _office(words: str) -> str | None:
    cleaned = _without_article(words).strip(" ,")
    return re.sub(r"^(?:one|some|several|many|another|other|two|three)\s+", "", cleaned) or None


def _without_article(words: str) -> str:
    return re.sub(r"^(?:the|a|an)\s+", "", words.strip(), flags=re.IGNORECASE)


def _surname(name: str) -> str:
    return re.sub(r"['’]s?$", "", name.split()[-1]).casefold()
