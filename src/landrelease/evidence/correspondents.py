"""Who wrote to whom in e-mails: found in the headers, and taken out of the words of a message.

The headers of a message name private persons; its words are the report. Whoever keeps messages can
keep the first apart from the second.
"""

from __future__ import annotations

import email
import email.message
import email.utils
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from landrelease.evidence.boilerplate import WROTE
from landrelease.evidence.containers import kind_of, mail
from landrelease.evidence.containers.bounded import gunzipped
from landrelease.evidence.intake import Document

#: Kinds of file whose parts name correspondents; Outlook's messages are kept though never read.
KINDS = ("message", "mailbox", "outlook")
_HEADERS = (
    "From", "Sender", "Reply-To", "To", "Cc", "Bcc", "Return-Path", "Delivered-To",
    "X-Original-To", "Envelope-To", "Resent-From", "Resent-Sender", "Resent-To", "Resent-Cc",
    "Mail-Followup-To", "Disposition-Notification-To", "X-Forwarded-To", "X-Forwarded-For",
)  # fmt: skip
_MOST = 2_000  # correspondents of one message; mailing lists name one
_MOST_PARTS = 500
_APART = frozenset({"signature", "forwarded_header"})
_SIGNED = "\n-- \n"  # RFC 3676, section 4.3
_LONGEST_SIGNATURE = 12  # lines
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


@dataclass(frozen=True)
class Correspondent:
    """Somebody whom a header of a message names.

    Attributes
    ----------
    header : str
        Which header: 'From', 'To', ….
    name : str
        As it stands there, decoded; empty where only the address stands.
    address : str
        E-mail address as it stands there; empty where only a name stands.
    """

    header: str
    name: str
    address: str

    @property
    def known_by(self) -> str:
        """What tells the person from others: the address in lower case, or the name."""
        return " ".join((self.address or self.name).casefold().split())


def of_message(data: bytes) -> tuple[Correspondent, ...]:
    """Name the correspondents of one message.

    Parameters
    ----------
    data : bytes
        The message; its headers alone are looked at.

    Returns
    -------
    tuple of Correspondent
        In the order of the headers, nobody twice in one of them.

    Examples
    --------
    >>> of_message(b"From: Mara Lind <mara@x.example>\\n\\nThe field is open.")
    (Correspondent(header='From', name='Mara Lind', address='mara@x.example'),)
    """
    return tuple(_of(email.message_from_bytes(data)))


def within(data: bytes, name: str) -> Iterator[Correspondent]:
    """Name everybody whom the headers of the messages in a file name.

    Parameters
    ----------
    data : bytes
        A message or a mailbox, packed with gzip or not.
    name : str
        Of the file; hints at the format.

    Yields
    ------
    Correspondent
        Message after message, also those that are attached to another one.
    """
    if data.startswith(b"\x1f\x8b"):
        data = gunzipped(io.BytesIO(data), len(data), name).read()
    messages = mail.split(io.BytesIO(data)) if kind_of(data[:2048], name) == "mailbox" else [data]
    for one in messages:
        yield from _in_parts(email.message_from_bytes(one))


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
            except (OSError, EOFError):  # damaged: its name decides
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
    known = {one.address.casefold() for one in people if one.address}
    return _ADDRESS.sub(lambda m: "[contact]" if m[0].casefold() in known else m[0], words)


def _unsigned(words: str) -> str:
    """Of a short message the signature may be more than the rest: then no rule set it apart."""
    body, mark, signature = f"\n{words}".rpartition(_SIGNED)
    if mark and signature.strip().count("\n") < _LONGEST_SIGNATURE:
        return body[1:]
    return words


def _in_parts(parsed: email.message.Message) -> Iterator[Correspondent]:
    for number, part in enumerate(parsed.walk()):
        if number > _MOST_PARTS:
            return
        if number == 0 or part.get("From") or part.get("To"):
            yield from _of(part)


def _of(parsed: email.message.Message) -> Iterator[Correspondent]:
    seen: set[Correspondent] = set()
    for header in _HEADERS:
        for value in map(str, parsed.get_all(header, [])):
            for name, address in _named(value[:20_000]):
                one = Correspondent(header, " ".join(mail.decoded(name).split()), address.strip())
                if one.known_by and one not in seen and len(seen) < _MOST:
                    seen.add(one)
                    yield one


def _named(value: str) -> list[tuple[str, str]]:
    """Names and addresses in a header; where it is malformed, whatever looks like an address."""
    if "@" not in value:
        return [(value, "")]
    found = [pair for pair in email.utils.getaddresses([value]) if any(pair)]
    return found or [("", match[0]) for match in _ADDRESS.finditer(value)] or [(value, "")]
