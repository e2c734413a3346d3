"""Opening a file of reports: which format it is in, and which module reads it.

It runs in a process of its own (:mod:`.confined`), as what others made is read here.
"""

from __future__ import annotations

import email
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from landrelease.evidence.containers import feed, headers, items, json_records, mail, telegram, warc
from landrelease.evidence.containers.bounded import gunzipped
from landrelease.evidence.containers.headers import Correspondent
from landrelease.evidence.containers.items import Item
from landrelease.evidence.errors import EvidenceError
from landrelease.evidence.intake import MAX_BYTES, from_bytes

MAX_CONTAINER = 2_000_000_000  # bytes of a mailbox, a web archive or JSON lines
_BY_SUFFIX = {
    ".txt": "report", ".text": "report", ".html": "report", ".htm": "report", ".xhtml": "report",
    ".pdf": "report", ".eml": "message", ".mbox": "mailbox", ".mbx": "mailbox", ".warc": "warc",
    ".jsonl": "lines", ".ndjson": "lines", ".json": "json", ".rss": "feed", ".atom": "feed",
    ".xml": "feed", ".msg": "outlook",
}  # fmt: skip
#: What is taken from a folder: files so named, compressed (``.gz``) as well.
SUFFIXES = frozenset(_BY_SUFFIX)
_STREAMED = ("mailbox", "warc", "lines")
_MAIL_HEADER = re.compile(
    rb"^(received|return-path|message-id|mime-version|from|to|date|subject|delivered-to)[ \t]*:",
    re.I | re.M,
)
_FEED = re.compile(rb"<(?:rss|feed|rdf:RDF)[\s>]", re.I)


def unpack(
    source: str | Path | bytes, label: str, fields: Mapping[str, str] | None
) -> Iterator[Item]:
    """Take the reports out of a file, in this process; otherwise as `containers.unpack`.

    Raises
    ------
    EvidenceError
        As there.
    MemoryError
        There is too little of it.
    """
    seen: Counter[str] = Counter()
    with _named_in_errors(label), _opened(source, label) as (stream, size):
        for item in _items(stream, size, label, fields):
            yield _once(item, seen, label)
        if not seen:
            raise EvidenceError(f"{label}: holds no report; is the file whole?")


def correspondents(data: bytes, label: str) -> Iterator[tuple[Correspondent, ...] | None]:
    """Name whom the messages in a file name, in this process.

    Parameters
    ----------
    data : bytes
        A message or a mailbox, packed with gzip or not.
    label : str
        Its name; hints at the format.

    Yields
    ------
    tuple of Correspondent or None
        Message after message, with those that are attached to it; None where it cannot be read.

    Raises
    ------
    EvidenceError, MemoryError
        As :func:`unpack`.
    """
    with _named_in_errors(label), _opened(data, label) as (whole, size):
        head, stream, _ = _unpacked(whole, size, label)
        mailbox = kind_of(head, label) == "mailbox"
        for one in mail.split(stream) if mailbox else [stream.read()]:
            try:
                with items.within(len(one)):
                    found = tuple(headers.in_parts(email.message_from_bytes(one)))
            except MemoryError:
                raise
            except Exception:  # whatever the parser trips over; the others follow
                yield None
            else:
                yield found


@contextmanager
def _named_in_errors(label: str) -> Iterator[None]:
    """Whatever a reader trips over is an `EvidenceError` that names the file."""
    try:
        yield
    except MemoryError:
        raise
    except EvidenceError as error:
        if label and label not in str(error):
            raise EvidenceError(f"{label}: {error}") from error
        raise
    except OSError as error:
        raise EvidenceError(
            f"{label}: cannot be read ({error.strerror or error}); is the file whole?"
        ) from error
    except Exception as error:  # the readers of other projects fail in many ways
        raise EvidenceError(
            f"{label}: cannot be read ({type(error).__name__}: {str(error)[:200]})"
        ) from error


def kind_of(head: bytes, name: str) -> str:
    """Tell how a file is to be read.

    Parameters
    ----------
    head : bytes
        Its first bytes (2,048 are enough), not compressed.
    name : str
        Its name; the content decides where it plainly says something else.

    Returns
    -------
    str
        'report', 'message', 'mailbox', 'warc', 'lines', 'json', 'feed' or 'outlook'.
    """
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        return "outlook"
    if head.startswith(b"WARC/"):
        return "warc"
    if start.startswith(b"%PDF-"):
        return "report"
    suffix = Path(name.replace("\0", "").removesuffix(".gz")).suffix.lower()
    known = _BY_SUFFIX.get(suffix)
    if known is not None and known != "report":
        return known
    if suffix in ("", ".txt", ".text") or known is None:
        if re.match(rb"From \S+.* \d{4}\r?\n[\w-]+:", head):
            return "mailbox"
        headers = {match[1].lower() for match in _MAIL_HEADER.finditer(head.split(b"\n\n")[0])}
        if re.match(rb"[\w-]+[ \t]*:", head) and len(headers) >= 3 and headers & {
            b"received", b"return-path", b"message-id", b"mime-version"
        }:  # fmt: skip
            return "message"
    if (
        start.startswith(b"<")
        and _FEED.search(start)
        and not re.match(rb"<!doctype html|<html", start, re.I)
    ):
        return "feed"
    if known is None and re.match(rb"\{\s*\"", start):
        return "lines"
    return "report"


@contextmanager
def _opened(source: str | Path | bytes, label: str) -> Iterator[tuple[BinaryIO, int]]:
    if isinstance(source, bytes):
        yield io.BytesIO(source), len(source)
        return
    size = Path(source).stat().st_size
    if size > MAX_CONTAINER:
        raise EvidenceError(
            f"{label}: {size:,} bytes are more than the {MAX_CONTAINER:,} that a file may have; "
            "split it"
        )
    with Path(source).open("rb") as handle:
        yield handle, size


def _items(
    stream: BinaryIO, size: int, name: str, fields: Mapping[str, str] | None
) -> Iterator[Item]:
    head, stream, packed = _unpacked(stream, size, name)
    kind = kind_of(head, name)
    if kind == "outlook":
        raise EvidenceError(
            f"{name}: a message of Outlook (.msg) or an old Office file is not read; save it as "
            ".eml or as text"
        )
    if kind == "mailbox":
        yield from mail.mailbox(stream, name)
    elif kind == "warc":
        yield from warc.archive(stream, name)
    elif kind == "lines":
        yield from json_records.lines(stream, name, fields)
    else:
        data = _whole(stream, name)
        if kind == "message":
            yield from mail.message(data, name)
        elif kind == "feed":
            yield from feed.feed(data, name)
        elif kind == "json":
            yield from _json(data, name, fields)
        else:
            own = name.removesuffix(".gz") if packed else name
            document = from_bytes(data, own)
            yield Item(None, "report", replace(document, path=name), data)


def _unpacked(stream: BinaryIO, size: int, name: str) -> tuple[bytes, BinaryIO, bool]:
    """The first bytes of a file, the file from its beginning, and whether it was packed."""
    head = stream.read(2048)
    stream.seek(0)
    packed = head.startswith(b"\x1f\x8b")
    if packed:
        stream = gunzipped(stream, size, name)
        head = stream.read(2048)
        stream = io.BufferedReader(_Joined(head, stream), 65_536)
    return head, stream, packed


def _json(data: bytes, name: str, fields: Mapping[str, str] | None) -> Iterator[Item]:
    if telegram.is_export(data[:40_000].decode("utf-8", "replace")):
        yield from telegram.export(data, name)
    elif re.match(rb"\s*\{[^\n]*\}\s*\n\s*\{", data[:1_000_000]):
        yield from json_records.lines(io.BytesIO(data), name, fields)
    else:
        yield from json_records.array(data, name, fields)


def _whole(stream: BinaryIO, name: str) -> bytes:
    data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise EvidenceError(
            f"{name}: more than the {MAX_BYTES:,} bytes that one report may have; split the file "
            "into its reports"
        )
    return data


def _once(item: Item, seen: Counter[str], name: str) -> Item:
    """Tell apart what bears the same id twice."""
    if item.locator is None:
        seen[""] += 1
        return item
    seen[item.locator] += 1
    if seen[item.locator] == 1:
        return item
    locator = f"{item.locator} ({seen[item.locator]})"
    document = item.document
    if document is not None:
        document = replace(document, locator=locator, path=f"{name}#{locator}")
    return replace(item, locator=locator, document=document)


class _Joined(io.RawIOBase):
    """A stream whose first bytes were looked at already."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head, self._rest = head, rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._head[: len(buffer)]
        self._head = self._head[len(data) :]
        data = data or self._rest.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)
