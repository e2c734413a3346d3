"""Files of reports are read in a process of its own, which has limits of time and memory.

A mailbox, a web archive, JSON or a feed can be made to keep a reader busy for hours, or to fill the
memory (:mod:`landrelease.evidence.reading_process`). Each message, line or entry has a limit by its
own size, and is then a failure like any other that is broken; the file has one as a whole, which
ends the process and the reading of that file. What came out of it before stands.

Pages and PDFs in it are read where all pages and PDFs are, with the limits of these: the process
asks for them and waits. Whom the headers of mails name is told by the process, too: headers are
parsed nowhere else.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any, Final

from landrelease.evidence import confined
from landrelease.evidence.containers.headers import MOST, Correspondent
from landrelease.evidence.containers.items import Item
from landrelease.evidence.errors import EvidenceError
from landrelease.evidence.intake import Document
from landrelease.evidence.metadata import Published
from landrelease.evidence.reading_process import Died, Idle, Limits, ReadingProcess, Refused

#: What reading a file of reports may take.
LIMITS: Final = Limits(seconds=60.0, a_million=20.0, memory=4 * 1024**3)
#: A message, line or entry may take this part of what a file of its size may: of a few bad ones in
#: a small file each is given up by itself, before the file is.
_A_MEMBER: Final = 1 / 3
#: Processes that are kept for the next file; each takes about 300 MB.
_KEPT: Final = 2
_HEAD: Final = struct.Struct(">Q")
_COMPUTED: Final = frozenset({"sha256", "text_sha256", "boilerplate", "published", "notes"})
_TEXTS: Final = frozenset({"path", "format", "text", "language"})


def unpack(
    source: str | Path | bytes, label: str, named: Mapping[str, str] | None, limits: Limits
) -> Iterator[Item]:
    """Take the reports out of a file in a process of its own; see `containers.unpack`."""
    held = source if isinstance(source, bytes) else None
    path = None if isinstance(source, bytes) else Path(source)
    try:
        size = len(held) if path is None else path.stat().st_size  # type: ignore[arg-type]
    except OSError as error:
        raise EvidenceError(
            f"{label}: cannot be read ({error.strerror or error}); is the file whole?"
        ) from error
    question = {
        "wanted": "reports",
        "path": None if path is None else str(path.absolute()),
        "label": label,
        "fields": None if named is None else dict(named),
        "a_member": _of_a_member(limits),
    }
    answers = _idle.answers(
        limits.memory,
        lambda reader: reader.ask(question, limits.of(size), held, confined.relayed),
    )
    # One behind, so that the process is free before the last one is worked on, or let go of.
    before: Item | None = None
    given = 0
    try:
        for piece in answers:
            item = opened(piece, label)
            if before is not None:
                yield before
                given += 1
            before = item
    except Refused as error:
        if before is not None:
            yield before
        raise EvidenceError(str(error)) from None
    except Died as death:
        if before is not None:
            yield before
            given += 1
        raise EvidenceError(_complaint(death.how, label, limits, size, given)) from None
    if before is not None:
        yield before


def correspondents(
    data: bytes, label: str, limits: Limits
) -> Iterator[tuple[Correspondent, ...] | None]:
    """Name whom the messages in a file name, in a process of its own.

    Parameters
    ----------
    data : bytes
        A message or a mailbox, packed with gzip or not.
    label : str
        Its name; hints at the format.
    limits : Limits
        What it may take, and each message of it by its own size.

    Yields
    ------
    tuple of Correspondent or None
        Message after message; None where it cannot be read.

    Raises
    ------
    EvidenceError
        When the file as a whole cannot be read, or takes more than it may.
    """
    question = {"wanted": "correspondents", "label": label, "a_member": _of_a_member(limits)}
    answers = _idle.answers(
        limits.memory, lambda reader: reader.ask(question, limits.of(len(data)), data)
    )
    given = 0
    try:
        for piece in answers:
            yield _people_of_message(piece, label)
            given += 1
    except Refused as error:
        raise EvidenceError(str(error)) from None
    except Died as death:
        raise EvidenceError(_complaint(death.how, label, limits, len(data), given)) from None


def _people_of_message(piece: bytes, label: str) -> tuple[Correspondent, ...] | None:
    try:
        told = json.loads(piece)
        return None if told is None else _people(told)
    except (ValueError, TypeError) as error:
        raise EvidenceError(f"{label}: its reader answered with no correspondents") from error


def _of_a_member(limits: Limits) -> list[float]:
    return [limits.seconds * _A_MEMBER, limits.a_million * _A_MEMBER]


def _complaint(how: str, label: str, limits: Limits, size: int, given: int) -> str:
    before = f"{given} part(s) of it stand; what follows was not read" if given else "it is kept"
    advice = f"as only a trap or a damaged file does; {before}. Split it, or give its text instead"
    if how == "time":
        return (
            f"{label}: reading it takes more than {limits.of(size):,.0f} s of computing, {advice}"
        )
    if how == "memory":
        return f"{label}: reading it takes more than {limits.memory / 1e6:,.0f} MB, {advice}"
    return f"{label}: it broke its reader ({how}), {advice}"


def _begin(memory: int) -> ReadingProcess:
    return ReadingProcess("landrelease.evidence.containers.confined_reader", memory)


_idle: Final = Idle(_begin, EvidenceError, kept=_KEPT)


# --- items as bytes -------------------------------------------------------------------------------


def packed(item: Item) -> bytes:
    """An item as bytes; see :func:`opened`."""
    document = item.document
    told: dict[str, Any] = {"locator": item.locator, "state": item.state, "reason": item.reason}
    told["correspondents"] = people_told(item.correspondents)
    if document is not None:
        told["document"] = {
            one.name: getattr(document, one.name)
            for one in fields(document)
            if one.name not in ("sha256", "text_sha256", "published")
        }
        told["document"]["published"] = document.published and asdict(document.published)
    # JSON writes every character that is none in UTF-8 by its number, half ones included.
    about = json.dumps(told).encode("ascii")
    return _HEAD.pack(len(about)) + about + item.data


def opened(piece: bytes, label: str) -> Item:
    """An item as its reader sent it.

    The reader may be in the hands of the file: hashes, by which things are kept, are computed here,
    and every value is one of its kind.

    Raises
    ------
    EvidenceError
        When it is none.
    """
    try:
        (size,) = _HEAD.unpack_from(piece)
        about = json.loads(piece[_HEAD.size : _HEAD.size + size])
        data = piece[_HEAD.size + size :]
        document = None
        if about.get("document") is not None:
            document = _document(about["document"], hashlib.sha256(data).hexdigest())
        people = _people(about["correspondents"])
        if len(people) > MOST:
            raise ValueError(len(people))
        item = Item(
            _text(about["locator"]), about["state"], document, data, str(about["reason"]), people
        )
        if (item.state == "report") != (document is not None):
            raise ValueError(item.state)
    except (ValueError, TypeError, KeyError, AttributeError, struct.error) as error:
        raise EvidenceError(f"{label}: its reader answered with what is no report") from error
    return item


def people_told(people: Iterable[Correspondent]) -> list[list[str]]:
    """Correspondents as JSON takes them; see :func:`opened`."""
    return [[one.header, one.name, one.address] for one in people]


def _people(told: Any) -> tuple[Correspondent, ...]:
    found = []
    for header, name, address in told:
        if not all(isinstance(one, str) for one in (header, name, address)):
            raise TypeError(told)
        found.append(Correspondent(header, name, address))
    if not all(one.known_by for one in found):
        raise ValueError("a correspondent without a name")
    return tuple(found)


def _document(told: Mapping[str, Any], digest: str) -> Document:
    texts = {
        one.name: _text(told[one.name], needed=one.name in _TEXTS)
        for one in fields(Document)
        if one.name not in _COMPUTED
    }
    published = told["published"]
    return Document(
        **texts,  # type: ignore[arg-type]
        sha256=digest,
        boilerplate=tuple((int(start), int(end), str(kind)) for start, end, kind in
                          told["boilerplate"]),
        notes=tuple(map(str, told["notes"])),
        published=None if published is None else _published(published),
    )  # fmt: skip


def _published(told: Mapping[str, Any]) -> Published:
    day = told["month_day"]
    found = Published(_text(told["value"]), _text(told["precision"]), str(told["found"]))
    return found if day is None else replace(found, month_day=(int(day[0]), int(day[1])))


def _text(value: Any, *, needed: bool = False) -> str | None:
    if not isinstance(value, str) and (needed or value is not None):
        raise TypeError(value)
    return value
