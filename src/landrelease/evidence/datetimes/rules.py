"""A small grammar of composable rules over words, and the parser that reads it.

A grammar is a text of rules, one a line::

    DAY : m:MONTH of? the? d:ORDINAL (, y:YEAR)? -> month_day

Upper-case names are symbols, lower-case words and punctuation are themselves. ``label:NAME`` hands
the value of a part to the action. ``x?`` may be missing, ``(a | b)`` are alternatives, ``~x`` must
follow without a space, ``&x`` must follow but is not read, ``!x`` must not follow, ``<{a b}`` says
which words may stand before, ``<!{a b}`` which may not. Without ``->`` the value of the first
labelled part is the value of the whole.

For each symbol and place the parser finds every end a rule can reach; of two rules that read the
same words as the same symbol, the first one written counts. Readings are kept per place, so the
time is linear in the text as long as expressions have a bounded length, which the rules, being
without repetition, guarantee; a grammar in which a symbol contains itself is refused.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

# A word keeps its apostrophe ("o'clock") but not the possessive one ("next year's").
_TOKEN = re.compile(r"\d+|[^\W\d_]+(?:['’](?![sS]\b)[^\W\d_]+)*|[^\s]")
_PATTERN = re.compile(
    r"\s*(?:(?P<look><!?)\{(?P<words>[^}]*)\}|(?P<label>[a-z_0-9]+):(?=[A-Z(])"
    r"|(?P<name>[A-Z][A-Z_0-9]*)|(?P<open>\()|(?P<close>\))|(?P<bar>\|)|(?P<option>\?)"
    r"|(?P<mark>[~&!])|(?P<word>\\.|[^\s()|?~&!]+?)(?=[\s()|?~&!]|$))"
)

Values = dict[str, Any]


@dataclass(frozen=True)
class Token:
    """A word, number or mark, with its place in the text."""

    text: str
    raw: str
    start: int
    end: int
    glued: bool  # no space before it


def tokens(text: str) -> list[Token]:
    """Split a text into runs of digits, words and single marks."""
    found: list[Token] = []
    end = -1
    for match in _TOKEN.finditer(text):
        raw = match[0]
        # A long number or word is no part of a date; cut it so that no rule can be slow on it.
        found.append(
            Token(raw[:40].lower().replace("’", "'"), raw, *match.span(), match.start() == end)
        )
        end = match.end()
    return found


@dataclass(frozen=True)
class Part:
    """One node of a pattern: word, symbol, sequence, choice or condition."""

    kind: str
    value: Any = None
    label: str | None = None
    optional: bool = False
    glued: bool = False


@dataclass(frozen=True)
class Rule:
    """One way to read a symbol."""

    symbol: str
    pattern: Part
    action: Callable[..., Any] | None
    line: str


class Grammar:
    """Rules and words of one language.

    Parameters
    ----------
    text : str
        The rules.
    actions : Mapping of str to callable
        What a rule makes of its parts; called with the place and the labelled values. An action
        that returns None refuses the reading.
    words : Mapping of str to Mapping of str to object
        For each symbol made of words: the phrases, and what each one stands for.
    readers : Mapping of str to callable
        Symbols read by a function of one token: value, or None.
    fillers : frozenset of str
        Words that make no expression without others; stretches of nothing else are not tried.
    """

    def __init__(
        self,
        text: str,
        actions: Mapping[str, Callable[..., Any]],
        words: Mapping[str, Mapping[str, Any]],
        readers: Mapping[str, Callable[[Token], Any]],
        fillers: frozenset[str] = frozenset(),
    ) -> None:
        self.rules: dict[str, list[Rule]] = {}
        self.words = {name: _by_first(table) for name, table in words.items()}
        self.readers = dict(readers)
        self.fillers = fillers
        for line in text.splitlines():
            body = line.split(" ##")[0].strip()
            if body and not body.startswith("##"):
                rule = _rule(body, actions)
                self.rules.setdefault(rule.symbol, []).append(rule)
        self._refuse_repetition()
        self._first = self._first_words()
        self._fitting: dict[tuple[str, str], tuple[Rule, ...]] = {}
        self.vocabulary = frozenset(self._all_words())
        known = {*self.rules, *self.words, *self.readers}
        for rule in (rule for rules in self.rules.values() for rule in rules):
            missing = {name for name in _names(rule.pattern) if name not in known}
            if missing:
                raise ValueError(f"grammar rule {rule.line!r}: unknown symbols {sorted(missing)}")
            _check_parts(rule)

    def _refuse_repetition(self) -> None:
        """Refuse symbols that contain themselves: expressions must have a bounded length."""
        done: set[str] = set()

        def visit(symbol: str, above: tuple[str, ...]) -> None:
            if symbol in above:
                path = " > ".join((*above[above.index(symbol) :], symbol))
                raise ValueError(f"grammar: a symbol contains itself: {path}")
            if symbol in done:
                return
            for rule in self.rules.get(symbol, ()):
                for name in _names(rule.pattern):
                    visit(name, (*above, symbol))
            done.add(symbol)

        for symbol in self.rules:
            visit(symbol, ())

    def _first_words(self) -> dict[str, set[str]]:
        """For each symbol the words it can begin with; '#' any digits, '?' any word at all."""
        first: dict[str, set[str]] = {name: set() for name in self.rules}
        for name, table in self.words.items():
            first.setdefault(name, set()).update(table)
        for name in self.readers:
            first.setdefault(name, set()).add("#" if name.startswith("D") else "?")
        grown = True
        while grown:
            grown = False
            for rules in self.rules.values():
                for rule in rules:
                    words, _ = _begin(rule.pattern, first)
                    held = first[rule.symbol]
                    if not words <= held:
                        held |= words
                        grown = True
        return first

    def _all_words(self) -> Iterable[str]:
        """Every word some rule reads; outside of them no expression can go on."""
        yield from "½¼¾"
        for table in self.words.values():
            for choices in table.values():
                for phrase, _ in choices:
                    yield from phrase
        for rules in self.rules.values():
            for rule in rules:
                yield from _literals(rule.pattern)

    def can_begin(self, symbol: str, sign: str) -> bool:
        """Whether a symbol can begin with a word of a sign."""
        return _allows(self._first[symbol], sign)

    def fitting(self, symbol: str, sign: str) -> tuple[Rule, ...]:
        """The rules of a symbol that can begin with a word of a sign."""
        key = (symbol, sign)
        held = self._fitting.get(key)
        if held is None:
            held = tuple(
                rule
                for rule in self.rules.get(symbol, ())
                if _allows(_begin(rule.pattern, self._first)[0], sign)
            )
            self._fitting[key] = held
        return held

    def sign(self, token: Token) -> str:
        """What of a word matters for where it can stand: itself, or '0' for digits."""
        if token.text in self.vocabulary:
            return token.text
        return "0" if token.text.isdecimal() else ""


def _allows(words: set[str], sign: str) -> bool:
    return sign in words or "?" in words or ("#" in words and sign.isdecimal())


def _begin(part: Part, first: Mapping[str, set[str]]) -> tuple[set[str], bool]:
    """The words a pattern can begin with, and whether it can be empty."""
    if part.kind == "word":
        return {part.value}, part.optional
    if part.kind == "name":
        return first.get(part.value, set()), part.optional
    if part.kind == "choice":
        found = [_begin(inner, first) for inner in part.value]
        union = {word for one, _ in found for word in one}
        return union, part.optional or any(empty for _, empty in found)
    if part.kind == "sequence":
        words: set[str] = set()
        for inner in part.value:
            more, empty = _begin(inner, first)
            words |= more
            if not empty:
                return words, part.optional
        return words, True
    return set(), True


def _by_first(
    table: Mapping[str, Any],
) -> dict[str, list[tuple[tuple[str, ...], Any]]]:
    held: dict[str, list[tuple[tuple[str, ...], Any]]] = {}
    for phrase, value in table.items():
        split = tuple(token.text for token in tokens(phrase))
        held.setdefault(split[0], []).append((split, value))
    for choices in held.values():
        choices.sort(key=lambda choice: -len(choice[0]))
    return held


def _names(part: Part) -> Iterable[str]:
    if part.kind == "name":
        yield part.value
    elif part.kind in ("sequence", "choice"):
        for inner in part.value:
            yield from _names(inner)
    elif part.kind in ("ahead", "not"):
        yield from _names(part.value)


def _check_parts(rule: Rule) -> None:
    """Refuse a rule whose parts are not those its action takes."""
    if rule.action is None:
        return
    sure, maybe = _labels(rule.pattern)
    taken = inspect.signature(rule.action)
    try:
        taken.bind(None, **dict.fromkeys(sure))
        taken.bind(None, **dict.fromkeys(sure | maybe))
    except TypeError as error:
        raise ValueError(f"grammar rule {rule.line!r}: {error}") from error


def _labels(part: Part) -> tuple[set[str], set[str]]:
    """The labels of a pattern: those always there, and those that can be."""
    sure: set[str] = set()
    maybe: set[str] = set()
    if part.kind == "not":
        return sure, maybe
    if part.kind == "ahead":
        return _labels(part.value)
    if part.kind == "sequence":
        for inner in part.value:
            more, less = _labels(inner)
            sure, maybe = sure | more, maybe | less
    elif part.kind == "choice":
        found = [_labels(inner) for inner in part.value]
        maybe = set().union(*(a | b for a, b in found))
        sure = set.intersection(*(a for a, _ in found))
    if part.label is not None:
        sure.add(part.label)
    return (set(), sure | maybe) if part.optional else (sure, maybe)


def _literals(part: Part) -> Iterable[str]:
    if part.kind == "word":
        yield part.value
    elif part.kind in ("sequence", "choice"):
        for inner in part.value:
            yield from _literals(inner)


def _rule(line: str, actions: Mapping[str, Callable[..., Any]]) -> Rule:
    symbol, _, rest = line.partition(" : ")
    pattern, _, action = rest.partition(" -> ")
    if action.strip() and action.strip() not in actions:
        raise ValueError(f"grammar rule {line!r}: no action called {action.strip()!r}")
    marks = list(_PATTERN.finditer(pattern.rstrip()))
    part, end = _choice(marks, 0, line)
    if end != len(marks):
        raise ValueError(f"grammar rule {line!r}: a closing bracket too many")
    return Rule(symbol.strip(), part, actions.get(action.strip()), line)


def _choice(marks: list[re.Match[str]], at: int, line: str) -> tuple[Part, int]:
    choices: list[Part] = []
    sequence: list[Part] = []
    label: str | None = None
    flags: set[str] = set()
    while at < len(marks) and not marks[at]["close"]:
        mark = marks[at]
        at += 1
        if mark["bar"]:
            choices.append(Part("sequence", tuple(sequence)))
            sequence = []
        elif mark["label"]:
            label = mark["label"]
        elif mark["mark"]:
            flags.add(mark["mark"])
        elif mark["option"]:
            last = sequence[-1]
            sequence[-1] = Part(last.kind, last.value, last.label, True, last.glued)
        else:
            kind: str
            value: Any
            if mark["open"]:
                inner, at = _choice(marks, at, line)
                if at >= len(marks):
                    raise ValueError(f"grammar rule {line!r}: a bracket is not closed")
                at += 1
                kind, value = inner.kind, inner.value
            elif mark["look"]:
                kind = "before" if mark["look"] == "<" else "not_before"
                value = frozenset(mark["words"].split())
            elif mark["name"]:
                kind, value = "name", mark["name"]
            else:
                kind, value = "word", mark["word"].removeprefix("\\")
            part = Part(kind, value, label, False, "~" in flags)
            if "&" in flags:
                part = Part("ahead", part)
            if "!" in flags:
                part = Part("not", part)
            sequence.append(part)
            label, flags = None, set()
    choices.append(Part("sequence", tuple(sequence)))
    return (choices[0] if len(choices) == 1 else Part("choice", tuple(choices))), at


@dataclass(frozen=True)
class Place:
    """Where a rule reads, handed to its action: the text's words, the stretch, the reference."""

    tokens: list[Token]
    first: int
    last: int
    reference: Any

    @property
    def raw(self) -> str:
        """The words read, as they stand in the text, single spaces between."""
        return " ".join(token.raw for token in self.tokens[self.first : self.last])


class Parser:
    """Readings of one text by one grammar.

    Parameters
    ----------
    grammar : Grammar
        The rules.
    words : list of Token
        The text.
    reference : object
        Handed to the actions.
    """

    def __init__(self, grammar: Grammar, words: list[Token], reference: Any) -> None:
        self.grammar = grammar
        self.tokens = words
        self.reference = reference
        self._signs = [grammar.sign(token) for token in words]
        self._open = self._worth_trying()
        self._held: dict[tuple[str, int], dict[int, Any]] = {}

    def _worth_trying(self) -> list[bool]:
        """For each word whether one that can make an expression follows in the same stretch."""
        fillers = self.grammar.fillers
        worth = [False] * (len(self._signs) + 1)
        for at in range(len(self._signs) - 1, -1, -1):
            sign = self._signs[at]
            worth[at] = bool(sign) and (sign not in fillers or worth[at + 1])
        return worth

    def worth_trying(self, at: int) -> bool:
        """Whether an expression can begin at a word at all."""
        return self._open[at] and self.grammar.can_begin("TOP", self._signs[at])

    def read(self, symbol: str, at: int) -> dict[int, Any]:
        """Every end at which a symbol that starts at a token can stop, with its value."""
        key = (symbol, at)
        held = self._held.get(key)
        if held is not None:
            return held
        found: dict[int, Any] = {}
        self._held[key] = found  # a rule that needs itself at the same place finds nothing
        grammar = self.grammar
        if at < len(self.tokens) and grammar.can_begin(symbol, self._signs[at]):
            token = self.tokens[at]
            reader = grammar.readers.get(symbol)
            if reader is not None:
                value = reader(token)
                if value is not None:
                    found[at + 1] = value
            for phrase, value in grammar.words.get(symbol, {}).get(token.text, ()):
                end = at + len(phrase)
                here = tuple(word.text for word in self.tokens[at:end])
                if end not in found and here == phrase:
                    found[end] = value
            for rule in grammar.fitting(symbol, self._signs[at]):
                for end, values in self._match(rule.pattern, at, {}):
                    if end == at or end in found:
                        continue
                    if rule.action is not None:
                        place = Place(self.tokens, at, end, self.reference)
                        try:
                            value = rule.action(place, **values)
                        except (OverflowError, ValueError):
                            value = None  # outside of the calendar
                    else:
                        value = next(iter(values.values()), True)
                    if value is not None:
                        found[end] = value
        return found

    def _match(self, part: Part, at: int, values: Values) -> Iterable[tuple[int, Values]]:
        found = list(self._once(part, at, values))
        if part.optional:
            found.append((at, values))
        return found

    def _once(self, part: Part, at: int, values: Values) -> Iterable[tuple[int, Values]]:
        kind = part.kind
        if kind == "sequence":
            return self._sequence(part.value, 0, at, values)
        if kind in ("before", "not_before"):
            word = self.tokens[at - 1].text if at else ""
            return [(at, values)] if (word in part.value) == (kind == "before") else []
        if kind == "not":
            return [] if any(True for _ in self._match(part.value, at, {})) else [(at, values)]
        if kind == "ahead":
            return [(at, got) for _, got in self._match(part.value, at, values)][:1]
        if at >= len(self.tokens) or (part.glued and not self.tokens[at].glued):
            return []
        if kind == "word":
            return [(at + 1, values)] if self.tokens[at].text == part.value else []
        if kind == "choice":
            ends = [end for inner in part.value for end in self._match(inner, at, values)]
            if part.label is None:
                return ends
            return [(end, {**got, part.label: True}) for end, got in ends]
        label = part.label
        if label is None:
            return [(end, values) for end in self.read(part.value, at)]
        return [(end, {**values, label: got}) for end, got in self.read(part.value, at).items()]

    def _sequence(
        self, parts: tuple[Part, ...], k: int, at: int, values: Values
    ) -> Iterable[tuple[int, Values]]:
        states = [(at, values)]
        for part in parts[k:]:
            states = [reached for place, got in states for reached in self._match(part, place, got)]
            if not states:
                break
        return states
