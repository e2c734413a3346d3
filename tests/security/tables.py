"""The tables of the matrix, read: who calls, what is asked, and what is to come back.

Nothing here is computed from the rules of the program. A table has a line for each address and a
column for each caller or group of callers (``tables/groups.csv`` lists by hand who is in a group);
a cell says what those callers get:

``403``
    the status, and no mark at all in the answer;
``200 own ?team``
    the status; the mark ``own`` must be in the answer, ``team`` may be, all others must not;
``200/404``
    either status; ``?open`` is every mark but those of personal data;
``no``
    refused, in whichever way: the sign-in (302), 401, 403 or 404;
``+``, in tables of what changes something
    something is written; without it nothing may be.

The column ``but`` holds cells of single callers that differ from their group: ``nobody=403; …``.
In an address ``{a|b}`` stands for ``a`` and for ``b``, ``<name>`` for something of the register.
"""

from __future__ import annotations

import csv
import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from marked_register import MARKS, PERSONAL, Register

FOLDER = Path(__file__).with_name("tables")
_ALTERNATIVES = re.compile(r"\{([^{}]*\|[^{}]*)\}")
_NAME = re.compile(r"<([a-z_0-9]+)>")
#: Ways of being refused.
REFUSED = frozenset({302, 401, 403, 404})
#: Columns that are no callers.
_ABOUT = ("method", "route", "address", "body", "rule", "but")


@dataclass(frozen=True)
class Answer:
    """What a cell says: statuses that are right, marks that must and that may be there, and
    whether something is written."""

    statuses: frozenset[int]
    sees: frozenset[str]
    may: frozenset[str]
    writes: bool


#: What takes no expectation of its own.
NOTHING = Answer(frozenset(), frozenset(), frozenset(), False)


@dataclass(frozen=True)
class Line:
    """One expectation: a caller, what they ask, what is to come back.

    Attributes
    ----------
    route
        The address pattern, operation or record type of the program that is meant.
    """

    caller: str
    method: str
    route: str
    address: str
    body: str
    answer: Answer

    def __str__(self) -> str:
        body = f" {self.body}" if self.body else ""
        return f"{self.caller}: {self.method} {self.address}{body}"

    def wrong(self, status: int, body: bytes) -> Iterator[str]:
        """What of an answer is not as the table says."""
        wanted = self.answer
        if status not in wanted.statuses:
            yield f"{self}: {status}, not {' or '.join(map(str, sorted(wanted.statuses)))}"
        for name, pattern in MARKS.items():
            found = pattern.search(body) is not None
            if found and name not in wanted.sees | wanted.may:
                yield f"{self}: {name} is there"
            if not found and name in wanted.sees and status in wanted.statuses:
                yield f"{self}: {name} is not there"


def callers() -> dict[str, dict[str, str]]:
    """Every caller of the matrix by name."""
    return {row["caller"]: row for row in rows("callers")}


@cache
def groups() -> dict[str, list[str]]:
    """Groups of callers, and each caller as a group of one."""
    listed = {row["group"]: row["callers"].split() for row in rows("groups")}
    return {**listed, **{name: [name] for name in callers()}}


def rows(table: str) -> list[dict[str, str]]:
    """Lines of a table as they are written."""
    with (FOLDER / f"{table}.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def columns(table: str) -> list[str]:
    """Columns of a table that stand for callers."""
    return [name for name in rows(table)[0] if name not in _ABOUT]


def lines(table: str) -> list[Line]:
    """Expectations of a table, one for each caller and each address.

    Raises
    ------
    ValueError
        When a cell is empty, or not understood.
    """
    return [line for row in rows(table) for line in _lines(table, row)]


def _lines(table: str, row: dict[str, str]) -> Iterator[Line]:
    cells = {caller: row[name] for name in columns(table) for caller in groups().get(name, [name])}
    for exception in filter(None, map(str.strip, (row.get("but") or "").split(";"))):
        names, _, cell = exception.partition("=")
        for name in names.split():
            if name not in cells:
                raise ValueError(f"{table}: there is no caller {name!r}: {row}")
            cells[name] = cell
    for address, body in itertools.product(each(row["address"]), each(row.get("body") or "")):
        for caller, cell in cells.items():
            try:
                answer = _answer(cell)
            except ValueError as error:
                raise ValueError(f"{table}, {caller}, {row['address']}: {error}") from error
            yield Line(
                caller, row.get("method") or "GET", row["route"], address, body, answer
            )  # fmt: skip


@cache
def _answer(cell: str) -> Answer:
    status, *said = cell.split() or [""]
    statuses = frozenset(
        number for one in status.split("/") for number in (REFUSED if one == "no" else (int(one),))
    )
    writes, sees, may = False, set(), set()
    for word in said:
        match word:
            case "+":
                writes = True
            case "?open":
                may |= set(MARKS) - PERSONAL
            case _ if word.startswith("?"):
                may.add(word[1:])
            case _:
                sees.add(word)
    if unknown := (sees | may) - set(MARKS):
        raise ValueError(f"no such mark: {', '.join(sorted(unknown))}")
    return Answer(statuses, frozenset(sees), frozenset(may), writes)


def each(text: str) -> list[str]:
    """A text with ``{a|b}`` in it, with each of the alternatives in turn."""
    found = _ALTERNATIVES.search(text)
    if found is None:
        return [text]
    before, after = text[: found.start()], text[found.end() :]
    return [one for each_ in found[1].split("|") for one in each(f"{before}{each_}{after}")]


def filled(text: str, register: Register) -> str:
    """An address with the names of the made-up register put in."""
    return _NAME.sub(lambda found: register.names[found[1]], text)


def unnamed(
    table: str, there: set[tuple[str, str]], everybody: Iterable[str] | None = None
) -> Iterator[str]:
    """What a table says nothing of, whom, and what it names that there is not.

    Parameters
    ----------
    there
        Method and route of everything that there is.
    everybody
        Who must be in the table; all callers unless told otherwise.
    """
    named = {(row.get("method") or "GET", row["route"]) for row in rows(table)}
    yield from (f"not in the table {table}: {one}" for one in sorted(there - named))
    yield from (f"in the table {table} only: {one}" for one in sorted(named - there))
    listed = [caller for name in columns(table) for caller in groups().get(name, [name])]
    for caller in callers() if everybody is None else everybody:
        if listed.count(caller) != 1:
            yield f"{caller} is in {listed.count(caller)} columns of the table {table}"
    asked = [(line.caller, line.method, line.address, line.body) for line in lines(table)]
    yield from (f"said twice: {one}" for one in sorted({o for o in asked if asked.count(o) > 1}))


def different(table: str, found: Iterable[str]) -> Iterator[str]:
    """What differs from a table and is not listed as known, and what is listed and differs no more.

    ``tables/differences.csv`` lists findings that are still open: whom they concern, what was
    found, and why it is so.
    """
    known = {
        f"{caller}: {said}"
        for row in rows("differences")
        if row["table"] == table
        for group in row["callers"].split()
        for caller in groups().get(group, [group])
        for said in each(row["found"])
    }
    now = set(found)
    yield from sorted(now - known)
    yield from (f"no difference any more, strike it off: {one}" for one in sorted(known - now))
