"""Who wrote to whom in e-mails: found in the headers, and taken out of the words of a message.

The headers of a message name private persons; its words are the report. Whoever keeps messages can
keep the first apart from the second.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from landrelease.evidence.boilerplate import WROTE
from landrelease.evidence.containers import confined, headers, kind_of, reading
from landrelease.evidence.containers.bounded import gunzipped
from landrelease.evidence.containers.headers import Correspondent
from landrelease.evidence.errors import EvidenceError
from landrelease.evidence.intake import Document
from landrelease.evidence.reading_process import Limits

__all__ = ["KINDS", "Correspondent", "kind_of_file", "within", "without"]

#: Kinds of file whose parts name correspondents; Outlook's messages are kept though never read.
KINDS = ("message", "mailbox", "outlook")
_APART = frozenset({"signature", "forwarded_header"})
_SIGNED = "\n-- \n"  # RFC 3676, section 4.3
_LONGEST_SIGNATURE = 12  # lines


def within(
    data: bytes, name: str, limits: Limits | None = confined.LIMITS
) -> Iterator[Correspondent]:
    """Name everybody whom the headers of the messages in a file name.

    They are read in a process of its own, as all of the file is.

    Parameters
    ----------
    data : bytes
        A message or a mailbox, packed with gzip or not.
    name : str
        Of the file; hints at the format.
    limits : Limits, optional
        What it may take, and each message of it by its own size; None reads it in this very
        process, without limits.

    Yields
    ------
    Correspondent
        Message after message, also those that are attached to another one.

    Raises
    ------
    EvidenceError
        After the others, when the headers of some messages cannot be read: it may name more.
    """
    if limits is None:
        messages = reading.correspondents(data, name)
    else:
        messages = confined.correspondents(data, name, limits)
    unread = 0
    for people in messages:
        if people is None:
            unread += 1
        else:
            yield from people
    if unread:
        raise EvidenceError(
            f"{name}: the headers of {unread:,} message(s) cannot be read; it may name more persons"
        )


def kind_of_file(path: Path, name: str) -> str:
    """Say what a file holds, as `containers.kind_of` does, looking into a packed one.

    Parameters
    ----------
    path : Path
        The file.
    name : str
        Its name.

    Raises
    ------
    OSError
        When it cannot be read.
    """
    with path.open("rb") as handle:
        head = handle.read(2048)
        if head.startswith(b"\x1f\x8b"):
            handle.seek(0)
            try:
                head = gunzipped(handle, 2048, name).read(2048)
            except (OSError, EOFError, zlib.error):  # damaged: its name decides
                head = b""
    return kind_of(head, name)


def without(document: Document, people: Iterable[Correspondent]) -> str:
    """Give the words of a message without what mail programs say of its correspondents.

    Left out are the signature, the headers of what was forwarded, the line in front of a quoted
    reply that says who wrote it, and the addresses of the correspondents. Persons whom the message
    speaks of stay: that is the report.

    Parameters
    ----------
    document : Document
        The message, as read.
    people : iterable of Correspondent
        Its correspondents.

    Returns
    -------
    str
    """
    text, pieces, at = document.text, [], 0
    for start, end, kind in document.boilerplate:
        if kind == "quoted_reply":
            line = text[start:end].split("\n", 1)[0]
            if not WROTE.match(line):
                continue
            end = start + len(line)
        elif kind not in _APART:
            continue
        pieces.append(text[at:start])
        at = end
    words = _unsigned("".join([*pieces, text[at:]]))
    known = frozenset(one.address.casefold() for one in people if one.address)
    return headers.without_addresses(words, known, "[contact]")


def _unsigned(words: str) -> str:
    """Of a short message the signature may be more than the rest: then no rule set it apart."""
    body, mark, signature = f"\n{words}".rpartition(_SIGNED)
    if mark and signature.strip().count("\n") < _LONGEST_SIGNATURE:
        return body[1:]
    return words
