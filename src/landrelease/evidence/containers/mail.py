"""E-mail: single messages and mailboxes, with what is attached to them."""

from __future__ import annotations

import datetime as dt
import email
import email.utils
import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from email.message import Message
from typing import BinaryIO

from landrelease.evidence.containers import headers
from landrelease.evidence.containers.headers import decoded
from landrelease.evidence.containers.items import (
    MAX_MEMBER,
    About,
    Item,
    each,
    failed,
    member,
    short,
)
from landrelease.evidence.decoding import decode
from landrelease.evidence.errors import EvidenceError
from landrelease.evidence.intake import from_bytes, from_text
from landrelease.evidence.metadata import Published

_DEEPEST = 20  # multiparts in each other; mail programs make three or four
_MOST_PARTS = 500
_FROM_LINE = re.compile(rb"^From \S.* \d{4}\s*$|^From \S+@\S+.*$|^From -.*$")
_ATTACHED = ("text/plain", "text/html", "application/pdf", "application/xhtml+xml")


def message(data: bytes, name: str, locator: str | None = None, depth: int = 0) -> Iterator[Item]:
    """Read one message, and what is attached to it as reports of their own.

    The text is the plain part where there is one, else that of the HTML part. The day is that of
    the ``Date`` header; the byline is the sender's name, never the address.

    Parameters
    ----------
    data : bytes
        The message.
    name : str
        Of the file.
    locator : str or None
        Where it stands in the file; None when the file is the message.
    depth : int
        Messages that it is attached to.

    Yields
    ------
    Item
        The message first, then its attachments.

    Raises
    ------
    EvidenceError
        When it has no text, or more parts than a message has.
    """
    parsed = email.message_from_bytes(data)
    where = f"{name}#{locator}" if locator else name
    parts = _Parts(where)
    parts.walk(parsed, 0)
    texts = [_text(part, where) for part in parts.texts]
    text = "\n\n".join(one for one, _ in texts if one.strip())
    notes = list(dict.fromkeys(note for _, found in texts for note in found))
    if not text.strip():
        notes.append("the message has no text part")
    if parsed.defects:
        kinds = sorted({type(one).__name__ for one in parsed.defects})
        notes.append(f"the message is malformed ({', '.join(kinds)}); read as far as it goes")
    if parts.other:
        notes.append(f"attachments that are no reports stand in the original: {parts.others()}")
    about = _about(parsed)
    document = from_text(text, path=where)
    if any(kind == "forwarded_header" for _, _, kind in document.boilerplate):
        # Whoever forwards a report neither wrote nor published it, nor on that day.
        sent = "an unknown day" if about.published is None else about.published.value
        notes.append(f"a message forwarded on {sent}; dated by what was forwarded")
        about = replace(about, publisher=None, byline=None, published=None)
    document = member(
        document, data, name=name, locator=locator, kind="email", about=about, notes=tuple(notes)
    )
    people = tuple(headers.of(parsed))
    yield Item(locator, "report", document, data, correspondents=people)
    base = locator or ""
    for number, (label, part) in enumerate(parts.attached, start=1):
        place = f"{base}/{label or f'attachment {number}'}".lstrip("/")
        try:
            yield from _attachment(part, name, place, depth)
        except MemoryError:
            raise
        except Exception as error:  # a broken attachment does not take its message with it
            yield failed(name, place, error)


def mailbox(stream: BinaryIO, name: str) -> Iterator[Item]:
    """Read a mailbox (mbox): its messages one by one.

    Parameters
    ----------
    stream : file
        The mailbox, opened in binary.
    name : str
        Of the file.

    Yields
    ------
    Item
        The locator is the message id, or the hash of the message where it has none.
    """
    return each(
        ((_identity(data), data) for data in split(stream)),
        name,
        lambda locator, data: message(data, name, locator),
    )


def message_id(parsed: Message) -> str | None:
    """Give the id of a message without its brackets; None where it has none."""
    found = short(_header(parsed, "Message-ID"))
    return found.strip("<> ") or None if found else None


def split(stream: BinaryIO) -> Iterator[bytes]:
    """Cut at the "From " lines that follow a blank one; undo their quoting inside messages."""
    lines: list[bytes] = []
    size, blank, inside = 0, True, False
    while line := stream.readline(1_000_000):
        if blank and line.startswith(b"From ") and _FROM_LINE.match(line):
            if inside and lines:
                yield b"".join(lines)
            lines, size, inside = [], 0, True
        else:
            inside = inside or bool(line.strip())
            size += len(line)
            if size <= MAX_MEMBER + 1_000_000:  # a larger one is refused, never held
                lines.append(line[1:] if re.match(rb">+From ", line) else line)
        blank = not line.strip()
    if inside and lines:
        yield b"".join(lines)


def _identity(data: bytes) -> str:
    head = data[:20_000].replace(b"\r\n", b"\n").split(b"\n\n", 1)[0]
    try:
        found = message_id(email.message_from_bytes(head + b"\n\n"))
    except Exception:  # a header that the parser trips over
        found = None
    return found or f"sha256:{hashlib.sha256(data).hexdigest()[:16]}"


class _Parts:
    """The parts of a message: texts to read, reports attached, and the rest."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.texts: list[Message] = []
        self.attached: list[tuple[str | None, Message]] = []
        self.other: list[str] = []
        self._seen = 0

    def walk(self, part: Message, depth: int) -> None:
        self._seen += 1
        if depth > _DEEPEST or self._seen > _MOST_PARTS:
            raise EvidenceError(
                f"{self.where}: more than {_DEEPEST} multiparts in each other or {_MOST_PARTS} "
                "parts; no mail program writes such a message"
            )
        kind = part.get_content_type()
        payload = part.get_payload()
        if kind == "message/rfc822" and isinstance(payload, list):
            self.attached.append((_filename(part), part))
        elif isinstance(payload, list):
            children = [child for child in payload if isinstance(child, Message)]
            if kind == "multipart/alternative":
                children = self._chosen(children)
            for child in children:
                self.walk(child, depth + 1)
        elif "attachment" in str(part.get("Content-Disposition", "")).lower():
            if kind in _ATTACHED or str(_filename(part) or "").lower().endswith(
                (".pdf", ".txt", ".html")
            ):
                self.attached.append((_filename(part), part))
            else:
                self.other.append(kind)
        elif kind in ("text/plain", "text/html"):
            self.texts.append(part)
        elif kind == "application/pdf":
            self.attached.append((_filename(part), part))
        else:
            self.other.append(kind)

    def others(self) -> str:
        return short(", ".join(sorted(set(self.other)))) or ""

    def _chosen(self, children: list[Message]) -> list[Message]:
        """The plain version, unless it is empty; else the richest, which stands last."""
        for child in children:
            if child.get_content_type() == "text/plain":
                payload = child.get_payload(decode=True)
                if isinstance(payload, bytes) and len(payload.strip()) >= 20:
                    return [child]
        return children[-1:]


def _text(part: Message, where: str) -> tuple[str, list[str]]:
    data = _payload(part)
    charset = part.get_content_charset()
    if part.get_content_type() == "text/html":
        document = from_bytes(data, f"{where}.html", charset)
        return document.text, [note for note in document.notes if "claims" not in note]
    text, note = decode(data, where, charset)
    return text, [] if note is None else [note]


def _payload(part: Message) -> bytes:
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _attachment(part: Message, name: str, place: str, depth: int) -> Iterator[Item]:
    payload = part.get_payload()
    if isinstance(payload, list):  # a message in the message
        if depth >= _DEEPEST:
            raise EvidenceError(f"{name}#{place}: too many messages in each other")
        for child in payload:
            if isinstance(child, Message):
                yield from message(child.as_bytes(), name, place, depth + 1)
        return
    data = _payload(part)
    label = _filename(part) or ("a.html" if part.get_content_type() == "text/html" else "a.txt")
    suffix = {"text/html": ".html", "application/pdf": ".pdf"}.get(part.get_content_type(), "")
    path = f"{name}#{place}"
    read = from_bytes(
        data,
        path if path.lower().endswith((".pdf", ".html", ".txt")) or not suffix else path + suffix,
        part.get_content_charset(),
    )
    document = member(
        read, data, name=name, locator=place, kind=read.format,
        notes=(f"attached to an e-mail as {short(label)!r}",),
    )  # fmt: skip
    yield Item(place, "report", document, data)


def _about(parsed: Message) -> About:
    sender, _ = email.utils.parseaddr(_header(parsed, "From") or "")
    if not sender or "@" in sender:
        sender = ""
    listed = re.match(r"\s*\"?([^<\"]{3,80}?)\"?\s*<", _header(parsed, "List-Id") or "")
    return About(
        title=re.sub(
            r"^(?:(?:re|fwd?|aw|wg|tr|rv)\s*:\s*)+",
            "",
            _header(parsed, "Subject") or "",
            flags=re.I,
        ),
        publisher=_header(parsed, "Organization") or (listed[1] if listed else None),
        byline=sender or None,
        published=_published(parsed),
        url=(_header(parsed, "Archived-At") or "").strip("<> "),
    )


def _published(parsed: Message) -> Published | None:
    """The day of the Date header, on the sender's clock."""
    value = _header(parsed, "Date")
    if not value:
        return None
    try:
        moment = email.utils.parsedate_to_datetime(value[:200])
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if not dt.date(1971, 1, 1) <= moment.date():
        return None  # what a computer without a clock writes
    return Published(moment.date().isoformat(), "day", "Date header of the e-mail")


def _filename(part: Message) -> str | None:
    try:
        found = part.get_filename()
    except Exception:  # the standard library trips over odd parameters
        return None
    return short(decoded(found)) if found else None


def _header(parsed: Message, name: str) -> str | None:
    value = parsed.get(name)
    return None if value is None else decoded(str(value))
