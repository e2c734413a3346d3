"""The plain-text form of the ledger: paragraphs that a person reads, diffs and that read back.

In the manner of plain-text accounting::

    2022-06-30 cleared AC-1
      entry: 9
      hazard: HA-1
      Land:Open:Confirmed           -11,594.093512 m2
      Land:Released:Cleared          11,594.093512 m2
      [HA-1:Land:Open:Confirmed]    -11,594.093512 m2
      [HA-1:Land:Released:Cleared]   11,594.093512 m2
      hash: 5be2…

A paragraph has a head (day, word, arguments), then notes (``name: values``) and postings (account
and amount). Amounts are square metres with every square millimetre. Free text stands in double
quotes, as in JSON. Lines that begin with ``;`` are for the reader alone. The last line of a
paragraph is the hash of what stands above it, so that a change of any sign shows.

Nothing in this module knows a database.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from .errors import RegisterError

#: The day of what has no date.
UNDATED = "undated"

_DAY = re.compile(rf"(?:\d{{4}}-\d\d-\d\d|{UNDATED})$")
_WORD = re.compile(r"[a-z][a-z_]*$")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[^\s"]+')
_BARE = re.compile(r"[A-Za-z0-9][A-Za-z0-9:|.,+*/_-]*$")
_NOTE = re.compile(r"([a-z][a-z_0-9]*):(?:\s+(.*))?$")
_POSTING = re.compile(r"(\[?)([A-Z][A-Za-z0-9:-]*)(\]?)\s+(-?[0-9,]+\.[0-9]{6}) m2$")
_WIDTH = 44


class TextError(RegisterError):
    """The text is not a ledger in the form that is written here; names the line."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(f"line {line}: {message}")
        self.line = line


@dataclass(frozen=True)
class Posting:
    """An amount in an account.

    Attributes
    ----------
    account
        Colon-separated account.
    mm2
        Whole mm², negative where it leaves the account.
    claim
        Whether it is the claim of a hazard (in brackets) rather than ground counted once.
    line
        Line of the text, 0 where it was not read from one.
    """

    account: str
    mm2: int
    claim: bool = False
    line: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Paragraph:
    """One directive.

    Attributes
    ----------
    day
        ISO day, or ``undated``.
    word, arguments
        What it is, and about what.
    notes
        Name and values, in order; names may occur again.
    postings
        Accounts and amounts, in order.
    line
        Line of its head, 0 where it was not read from a text.
    stated
        The hash that the text gives, empty where it was not read from one.
    """

    day: str
    word: str
    arguments: tuple[str, ...] = ()
    notes: tuple[tuple[str, tuple[str, ...]], ...] = ()
    postings: tuple[Posting, ...] = ()
    line: int = field(default=0, compare=False)
    stated: str = field(default="", compare=False)

    def note(self, name: str) -> tuple[str, ...]:
        """Values of a note, empty where there is none."""
        return next((values for key, values in self.notes if key == name), ())

    @property
    def text(self) -> str:
        """The paragraph without its hash."""
        lines = [" ".join([self.day, self.word, *map(_token, self.arguments)])]
        lines += [
            " ".join([f"  {name}:", *map(_token, values)]).rstrip() for name, values in self.notes
        ]
        lines += [_posting(posting) for posting in self.postings]
        return "\n".join(lines) + "\n"

    @property
    def hash(self) -> str:
        """First 128 bits of the SHA-256 of :attr:`text`, hexadecimal."""
        return hashlib.sha256(self.text.encode()).digest()[:16].hex()

    def __str__(self) -> str:
        return f"{self.text}  hash: {self.hash}\n"


def amount(mm2: int) -> str:
    """Write whole mm² as m², exactly.

    Parameters
    ----------
    mm2
        Whole square millimetres.

    Returns
    -------
    str
        Such as ``-1,234.567890``.
    """
    whole, rest = divmod(abs(mm2), 10**6)
    return f"{'-' if mm2 < 0 else ''}{whole:,}.{rest:06d}"


def mm2_of(text: str) -> int:
    """Read what :func:`amount` wrote.

    Parameters
    ----------
    text
        Square metres with six decimals.

    Returns
    -------
    int
        Whole square millimetres.
    """
    return int(text.replace(",", "").replace(".", ""))


def digest(hashes: Iterable[str]) -> str:
    """Hash of the hashes of paragraphs, in their order: of everything that they say.

    Parameters
    ----------
    hashes
        Hashes of paragraphs.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    whole = hashlib.sha256()
    for one in hashes:
        whole.update(one.encode())
        whole.update(b"\n")
    return whole.hexdigest()


def read(lines: Iterable[str]) -> Iterator[Paragraph]:
    """Read a text, paragraph by paragraph.

    Parameters
    ----------
    lines
        Its lines.

    Yields
    ------
    Paragraph
        Each paragraph, with the numbers of its lines.

    Raises
    ------
    TextError
        At the first line that is none of the form, or a paragraph without its hash.
    """
    reading: _Reading | None = None
    for number, raw in enumerate(lines, 1):
        line = raw.rstrip()
        if not line or line.startswith(";"):
            if reading is not None:
                yield reading.done(number)
            reading = None
        elif line[0].isspace():
            if reading is None:
                raise TextError(number, "is indented and belongs to no paragraph")
            reading.take(line.strip(), number)
        else:
            if reading is not None:
                yield reading.done(number)
            reading = _Reading(line, number)
    if reading is not None:
        yield reading.done(reading.line)


class _Reading:
    """A paragraph while it is being read."""

    def __init__(self, head: str, line: int) -> None:
        day, *rest = _tokens(head, line)
        if not _DAY.match(day):
            raise TextError(line, f"begins with {day!r}; a day (YYYY-MM-DD) or {UNDATED!r} has to")
        if not rest or not _WORD.match(rest[0]):
            raise TextError(line, "no word after the day says what it is")
        self.line = line
        self.day, self.word, self.arguments = day, rest[0], tuple(rest[1:])
        self.notes: list[tuple[str, tuple[str, ...]]] = []
        self.postings: list[Posting] = []
        self.stated = ""

    def take(self, text: str, line: int) -> None:
        if self.stated:
            raise TextError(line, "comes after the hash of its paragraph")
        posting = _POSTING.match(text)
        if posting:
            opened, account, closed, value = posting.groups()
            if bool(opened) != bool(closed):
                raise TextError(line, f"a bracket of {account} is missing")
            mm2 = mm2_of(value)
            if amount(mm2) != value:
                raise TextError(line, f"the amount {value} is miswritten; is it {amount(mm2)}?")
            self.postings.append(Posting(account, mm2, bool(opened), line))
            return
        note = _NOTE.match(text)
        if not note:
            raise TextError(
                line,
                f"{text!r} is neither a note (name: value) nor a posting (an account, then an "
                "amount such as 1,234.567890 m2)",
            )
        name, values = note[1], tuple(_tokens(note[2] or "", line))
        if name == "hash":
            if len(values) != 1:
                raise TextError(line, "a hash is one word")
            self.stated = values[0]
        elif self.postings:
            raise TextError(line, f"the note {name!r} stands below postings; notes come first")
        else:
            self.notes.append((name, values))

    def done(self, line: int) -> Paragraph:
        if not self.stated:
            raise TextError(line, f"the paragraph that begins in line {self.line} has no hash")
        return Paragraph(
            self.day,
            self.word,
            self.arguments,
            tuple(self.notes),
            tuple(self.postings),
            self.line,
            self.stated,
        )


def _tokens(text: str, line: int) -> list[str]:
    left = _TOKEN.sub("", text)
    if left.strip():
        raise TextError(line, "a quotation mark is not closed")
    out = []
    for token in _TOKEN.findall(text):
        if not token.startswith('"'):
            out.append(token)
            continue
        try:
            out.append(json.loads(token))
        except ValueError as error:
            raise TextError(line, f"{token} is no text in quotes as in JSON") from error
    return out


def _token(value: str) -> str:
    return value if _BARE.match(value) else json.dumps(value, ensure_ascii=False)


def _posting(posting: Posting) -> str:
    account = f"[{posting.account}]" if posting.claim else posting.account
    return f"  {account:<{_WIDTH}} {amount(posting.mm2):>22} m2"
