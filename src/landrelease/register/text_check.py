"""Does a ledger in plain text hold by itself? Every sum, every assertion, every hash.

What is checked needs nothing but the text: each posting against the others of its line, the
running sums against the balances that the text asserts, each paragraph against its hash, the chain
of the entries, the order, and the count at the end.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from . import text_grammar
from .text_grammar import Paragraph, Posting, TextError, amount

FORM = "1"
HEADER, ENTRY, OPENING, NOTE, BALANCE, END = (
    "ledger",
    "entry",
    "opening",
    "note",
    "balance",
    "end",
)
NOT_LINES = frozenset({HEADER, ENTRY, OPENING, NOTE, BALANCE, END})


@dataclass(frozen=True)
class Problem:
    """Something in the text that does not hold.

    Attributes
    ----------
    line
        Line of the text.
    message
        What is wrong there.
    """

    line: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}"


@dataclass
class Checked:
    """What checking a text gave.

    Attributes
    ----------
    problems
        What does not hold, in the order of lines.
    paragraphs, ledger_lines, assertions
        How much was looked at.
    entry
        Last journal entry that the text knows; None where its header is missing.
    """

    problems: list[Problem] = field(default_factory=list)
    paragraphs: int = 0
    ledger_lines: int = 0
    assertions: int = 0
    entry: int | None = None
    header: Paragraph | None = None

    @property
    def well(self) -> bool:
        """Whether everything holds."""
        return not self.problems


def check(lines: Iterable[str]) -> Checked:
    """Check a ledger in plain text by itself.

    Parameters
    ----------
    lines
        Lines of the text.

    Returns
    -------
    Checked
        What does not hold, by line.
    """
    reader = _Reader()
    try:
        for paragraph in text_grammar.read(lines):
            reader.take(paragraph)
        reader.finish()
    except TextError as error:
        reader.found.problems.append(Problem(error.line, str(error).partition(": ")[2]))
    reader.found.problems.sort(key=lambda problem: problem.line)
    return reader.found


def check_text(path: Path) -> Checked:
    """Check a file by itself, as :func:`check`; one that is no UTF-8 does not hold."""
    try:
        with path.open(encoding="utf-8", newline="\n") as lines:
            return check(lines)
    except UnicodeDecodeError as error:
        problem = Problem(1, f"the file is not UTF-8 text ({error}); print the ledger anew")
        return Checked(problems=[problem])


class _Reader:
    """The state of a check: sums so far, entries named so far."""

    def __init__(self) -> None:
        self.found = Checked()
        self._sums: dict[str, int] = defaultdict(int)
        self._entries: dict[str, str] = {}
        self._previous = ""
        self._place: tuple[str, ...] = ()
        self._hashes: list[str] = []
        self._asserted = False
        self._ended = 0

    def take(self, paragraph: Paragraph) -> None:
        found = self.found
        found.paragraphs += 1
        if found.paragraphs == 1:
            self._header(paragraph)
        elif paragraph.word == HEADER:
            self._say(paragraph, "a second header: a text holds one ledger")
        if self._ended:
            self._say(paragraph, f"comes after the end in line {self._ended}")
        problems = len(found.problems)
        if paragraph.word == ENTRY:
            self._entry(paragraph)
        elif paragraph.word == OPENING:
            self._add(paragraph.postings)
        elif paragraph.word == BALANCE:
            self._balance(paragraph)
        elif paragraph.word == END:
            self._end(paragraph)
        elif paragraph.word not in NOT_LINES:
            self._ledger_line(paragraph)
        if paragraph.hash != paragraph.stated:
            about = " ".join([paragraph.day, paragraph.word, *paragraph.arguments])
            more = "" if len(found.problems) > problems else "; what it says was changed"
            self._say(
                paragraph,
                f"{about!r} does not hash to {paragraph.stated} (it gives {paragraph.hash}){more}",
            )
        self._hashes.append(paragraph.stated)

    def finish(self) -> None:
        if not self._ended:
            last = self.found.paragraphs
            raise TextError(
                max(1, last), "the text ends without its last paragraph ('end'): was it cut off?"
            )
        if not self._asserted:
            raise TextError(self._ended, "no balance is asserted")

    def _say(self, paragraph: Paragraph, message: str, line: int | None = None) -> None:
        self.found.problems.append(Problem(line or paragraph.line, message))

    def _header(self, paragraph: Paragraph) -> None:
        if paragraph.word != HEADER or paragraph.arguments != (FORM,):
            raise TextError(
                paragraph.line,
                f"a ledger in plain text begins with 'DAY {HEADER} {FORM}'; "
                "this is none, or of another version of the program",
            )
        entry = paragraph.note("entry")
        if len(entry) != 1 or not entry[0].isdecimal():
            raise TextError(paragraph.line, "the header does not say up to which entry it knows")
        self.found.entry = int(entry[0])
        self.found.header = paragraph

    def _entry(self, paragraph: Paragraph) -> None:
        number = paragraph.arguments[0] if paragraph.arguments else ""
        (own,) = paragraph.note("sha256") or ("",)
        (before,) = paragraph.note("prev") or ("",)
        if self._previous and before and before != self._previous:
            self._say(
                paragraph,
                f"entry {number} follows {before[:12]}…, and the entry above it is "
                f"{self._previous[:12]}…: the chain is broken",
            )
        self._previous = own
        self._entries[number] = own

    def _ledger_line(self, paragraph: Paragraph) -> None:
        found = self.found
        found.ledger_lines += 1
        (entry,) = paragraph.note("entry") or ("",)
        if entry not in self._entries:
            self._say(paragraph, f"names entry {entry or '?'}, which is not listed above")
        place = (_sortable(paragraph.day), paragraph.word, paragraph.stated)
        if place < self._place:
            self._say(paragraph, "stands out of order (day, kind, hash)")
        self._place = place
        self._amounts(paragraph)
        self._add(paragraph.postings)

    def _amounts(self, paragraph: Paragraph) -> None:
        """A line of the ledger moves one amount, out of one account and into another."""
        sizes = Counter(abs(posting.mm2) for posting in paragraph.postings)
        if len(sizes) > 1:
            usual, times = sizes.most_common(1)[0]
            odd = [p for p in paragraph.postings if abs(p.mm2) != usual]
            if times == sizes[abs(odd[0].mm2)]:
                odd = list(paragraph.postings)
            for posting in odd[:2]:
                others = sorted({abs(p.mm2) for p in paragraph.postings} - {abs(posting.mm2)})
                self._say(
                    paragraph,
                    f"{amount(posting.mm2)} m2 in {posting.account}, and other postings of the "
                    f"same line say {' and '.join(map(amount, others))} m2",
                    posting.line,
                )
        sums: dict[tuple[bool, str], int] = defaultdict(int)
        for posting in paragraph.postings:
            sums[posting.claim, _book(posting)] += posting.mm2
        for (_, book), mm2 in sums.items():
            if mm2:
                self._say(
                    paragraph,
                    f"the postings of {book} from line {paragraph.line} on sum to "
                    f"{amount(mm2)} m2, not to 0",
                )

    def _add(self, postings: Iterable[Posting]) -> None:
        """Add up ground; a claim is only written where it moves apart from the ground."""
        for posting in postings:
            if not posting.claim:
                self._sums[posting.account] += posting.mm2

    def _balance(self, paragraph: Paragraph) -> None:
        """The assertions: each account holds what the lines above put into it."""
        self._asserted = True
        asserted = set()
        for posting in paragraph.postings:
            asserted.add(posting.account)
            self.found.assertions += 1
            held = self._sums[posting.account]
            if held != posting.mm2:
                self._say(
                    paragraph,
                    f"the balance of {posting.account} is asserted as {amount(posting.mm2)} m2; "
                    f"the lines above sum to {amount(held)} m2 "
                    f"(difference {amount(held - posting.mm2)} m2)",
                    posting.line,
                )
        for account, held in sorted(self._sums.items()):
            if held and account not in asserted:
                self._say(
                    paragraph, f"{account} holds {amount(held)} m2, and no balance asserts it"
                )
        trial: dict[str, int] = defaultdict(int)
        for posting in paragraph.postings:
            trial[_book(posting)] += posting.mm2
        for book, mm2 in trial.items():
            if mm2:
                self._say(paragraph, f"the balances of {book} sum to {amount(mm2)} m2, not to 0")

    def _end(self, paragraph: Paragraph) -> None:
        self._ended = paragraph.line
        (stated,) = paragraph.note("lines") or ("",)
        if stated != str(self.found.ledger_lines):
            self._say(
                paragraph,
                f"{stated} lines of the ledger are stated, {self.found.ledger_lines} are here",
            )
        (whole,) = paragraph.note("sha256") or ("",)
        found = text_grammar.digest(self._hashes)
        if whole != found:
            self._say(
                paragraph, f"the text does not hash to {whole[:16]}… (it gives {found[:16]}…)"
            )


def _book(posting: Posting) -> str:
    """The book whose accounts close to 0: ``Land``, a class, or one of these of one hazard."""
    parts = posting.account.split(":")
    return ":".join(parts[:2]) if posting.claim else parts[0]


def _sortable(day: str) -> str:
    """What has no date comes before all days."""
    return "" if day == text_grammar.UNDATED else day


def compare(read: Iterable[Paragraph], expected: Iterator[Paragraph]) -> Problem | None:
    """Find the first paragraph in which a text differs from what the workspace says.

    Parameters
    ----------
    read
        Paragraphs of the text.
    expected
        Paragraphs of the workspace, in their order.

    Returns
    -------
    Problem or None
        The first difference, with its line; None where there is none.
    """
    last = 1
    for paragraph in read:
        last = paragraph.line
        wanted = next(expected, None)
        if wanted is None:
            return Problem(paragraph.line, "the workspace's ledger ends before this")
        if paragraph != wanted:
            return Problem(
                _first_line_that_differs(paragraph, wanted),
                f"the workspace says:\n{str(wanted).rstrip()}\nthe file says:\n"
                f"{str(paragraph).rstrip()}",
            )
    missing = next(expected, None)
    if missing is not None:
        return Problem(last, f"the workspace's ledger goes on with:\n{str(missing).rstrip()}")
    return None


def _first_line_that_differs(one: Paragraph, other: Paragraph) -> int:
    pairs = zip(one.text.splitlines(), other.text.splitlines(), strict=False)
    for number, (mine, theirs) in enumerate(pairs):
        if mine != theirs:
            return one.line + number
    return one.line
