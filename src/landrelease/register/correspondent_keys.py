"""Under which key a correspondent of mails is sealed, and whom a sealed file of mails names.

A correspondent has one key, whose id is a keyed mark of their address: the same in every mail, and
nothing by which a guess could be tested without the master key. The mark outlives an erasure, as
otherwise the next mail would bring the person back (rule 23).
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Final

from landrelease.evidence import EvidenceError, correspondents
from landrelease.evidence.correspondents import Correspondent

from . import kept, seal, workspace
from .models import Submission

#: How the ids of the keys of correspondents begin.
KEYS: Final = "mail-"


def mark(what: str, value: str) -> str:
    """A keyed mark: without the master key no guess of a value can be tested.

    Parameters
    ----------
    what
        What is marked (``file``, ``message``, ``place``, ``person``).
    value
        The value.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    key = hashlib.sha256(b"landrelease mails\x00" + workspace.current().master_key).digest()
    said = f"{what}\x00{value}".encode("utf-8", "surrogatepass")
    return hmac.new(key, said, hashlib.sha256).hexdigest()


def key_of(person: Correspondent) -> str:
    """Id of the key of a correspondent: the same in every mail; it does not tell who it is."""
    return f"{KEYS}{mark('person', person.known_by)[:32]}"


def said_key(document_uid: str) -> str:
    """Id of the key under which the claims that decisions keep of a report are sealed."""
    return f"said-{document_uid}"


@dataclass
class Named:
    """Whom the headers in a file of mails name.

    Attributes
    ----------
    people
        Those who were found.
    told
        Whether these are all: False when a message, or the rest of the file, cannot be read within
        its limits.
    """

    people: list[Correspondent] = field(default_factory=list)
    told: bool = True


def named_in_file(submission: Submission) -> Named:
    """Everybody whom the headers in a sealed file name; nobody where its key is gone."""
    named = Named()
    data = seal.open_bytes(seal.file_key_id(submission), kept.read(submission.kept))
    if data is None:
        return named
    try:
        for person in correspondents.within(data, submission.filename):
            named.people.append(person)
    except EvidenceError:
        named.told = False
    return named
