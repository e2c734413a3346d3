"""Whom the headers of a message name, and what stands in a header in plain characters.

Headers are read where the message is, in a process with limits (:mod:`.confined`): they can be made
to keep their reader busy as well as any other part of a file.
"""

from __future__ import annotations

import email.header
import email.utils
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from typing import Final

from landrelease.evidence.decoding import decode
from landrelease.evidence.errors import EvidenceError

#: Correspondents of one message; mailing lists name one.
MOST: Final = 2_000
_MOST_PARTS = 500
_HEADERS = (
    "From", "Sender", "Reply-To", "To", "Cc", "Bcc", "Return-Path", "Delivered-To",
    "X-Original-To", "Envelope-To", "Resent-From", "Resent-Sender", "Resent-To", "Resent-Cc",
    "Mail-Followup-To", "Disposition-Notification-To", "X-Forwarded-To", "X-Forwarded-For",
)  # fmt: skip
#: A run of what may stand before the "@", with the rest where it is an address. Each run is walked
#: through once: looking for an "@" behind each of its characters takes a time that grows with the
#: square of its length.
_RUN = re.compile(r"([\w.+-]++)(@[\w-]++(?:\.[\w-]++)++)?+")


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


def of(parsed: Message) -> Iterator[Correspondent]:
    """Name the correspondents of one message.

    Parameters
    ----------
    parsed : Message
        The message; its own headers alone are looked at.

    Yields
    ------
    Correspondent
        In the order of the headers, nobody twice in one of them.

    Examples
    --------
    >>> import email
    >>> list(of(email.message_from_string("From: Mara Lind <mara@x.example>")))
    [Correspondent(header='From', name='Mara Lind', address='mara@x.example')]
    """
    seen: set[Correspondent] = set()
    for header in _HEADERS:
        for value in map(str, parsed.get_all(header, [])):
            for name, address in _named(value[:20_000]):
                one = Correspondent(header, " ".join(decoded(name).split()), address.strip())
                if one.known_by and one not in seen:
                    seen.add(one)
                    yield one
                if len(seen) == MOST:
                    return


def in_parts(parsed: Message) -> Iterator[Correspondent]:
    """Name the correspondents of a message and of those that are attached to it.

    Parameters
    ----------
    parsed : Message
        The message.

    Yields
    ------
    Correspondent
    """
    for number, part in enumerate(parsed.walk()):
        if number > _MOST_PARTS:
            return
        if number == 0 or part.get("From") or part.get("To"):
            yield from of(part)


def _named(value: str) -> list[tuple[str, str]]:
    """Names and addresses in a header; where it is malformed, whatever looks like an address."""
    if "@" not in value:
        return [(value, "")]
    try:
        found = [pair for pair in email.utils.getaddresses([value]) if any(pair)]
    except EvidenceError:  # out of time
        raise
    except Exception:  # groups and comments in each other, deeper than the parser goes
        found = []
    return found or [("", address) for address in addresses(value)] or [(value, "")]


def addresses(words: str) -> Iterator[str]:
    """Find what looks like an e-mail address.

    Parameters
    ----------
    words : str
        Any text.

    Yields
    ------
    str
        As it stands there.
    """
    return (match[0] for match in _RUN.finditer(words) if match[2])


def without_addresses(words: str, known: frozenset[str], instead: str) -> str:
    """Put something else in the place of addresses.

    Parameters
    ----------
    words : str
        Any text.
    known : frozenset of str
        The addresses, casefolded.
    instead : str
        What stands there then.

    Returns
    -------
    str
    """
    return _RUN.sub(
        lambda match: instead if match[2] and match[0].casefold() in known else match[0], words
    )


def decoded(value: str) -> str:
    """Undo the coding of a header; as it stands where it is malformed.

    Parameters
    ----------
    value : str
        Of the header; its first 10,000 characters are taken.

    Returns
    -------
    str
    """
    pieces = []
    try:
        for piece, charset in email.header.decode_header(value[:10_000]):
            if isinstance(piece, str):
                pieces.append(piece)
            else:
                pieces.append(decode(piece, "header", charset)[0])
    except Exception:
        return value.encode("utf-8", "replace").decode()
    text = "".join(pieces)
    # Raw bytes in a header come as surrogates.
    if re.search("[\udc80-\udcff]", text):
        text = decode(text.encode("utf-8", "surrogateescape"), "header")[0]
    return text
