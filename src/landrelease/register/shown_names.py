"""How a person named in a report is shown to a reader of a tier (rule 24): the one definition.

States, organisations and holders of an office quoted in it are shown as the report names them.
Private persons are shown by a pseudonym outside the restricted tier: the same person has the same
one throughout one document, and another one in the next, so that nobody can be followed from report
to report. It is keyed with the workspace's master key: without it no guess of a name can be tried.

Somebody without a name for whom the text gives no organisation ("a widow from ...") could be found
by these very words: outside the restricted tier such a source is "a person".

Pages, exports and the command line all ask this module, so that they cannot differ.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from landrelease.evidence import private_persons, slots

from . import workspace

#: What stands for a private person whom the text does not name.
UNNAMED = "a person"
#: How a pseudonym begins.
PSEUDONYM = "person-"
#: Tiers of readers, the least trusted first.
TIERS = ("public", "partner", "restricted")


@dataclass(frozen=True)
class Shown:
    """A source as a reader of a tier may see it.

    Attributes
    ----------
    name
        What to print for the source: its name, the words of the report where it has none, or a
        pseudonym.
    text
        The words of the source, private names in them replaced.
    role, organisation
        As resolved; None when the report does not say.
    private
        Whether it is a private person (in every tier, so that a page can say so).
    """

    name: str
    text: str
    role: str | None
    organisation: str | None
    private: bool


def shown(source: Mapping[str, Any], tier: str = "public", document: str = "") -> Shown:
    """Say how the source of a claim is shown.

    Parameters
    ----------
    source
        ``source`` of a claim: ``text``, ``name``, ``role``, ``organisation``.
    tier
        Tier of the reader, one of :data:`TIERS`; any other one is read as public.
    document
        What keeps the pseudonym stable: hash or path of the document.

    Examples
    --------
    >>> shown({"text": "Karl Weiss", "name": "Karl Weiss", "role": "mayor"}).name
    'Karl Weiss'
    """
    words = " ".join(str(source.get("text") or "").split())
    name = str(source.get("name") or words)
    role, organisation = source.get("role"), source.get("organisation")
    private = private_persons.is_private(source)
    unnamed = _unnamed_person(source)
    if tier == "restricted" or not (private or unnamed):
        return Shown(name, words, role, organisation, private or unnamed)
    if unnamed:
        return Shown(UNNAMED, UNNAMED, None, None, True)
    other = pseudonym(name, document)
    # What somebody is, in a small place, names them.
    return Shown(other, other, None, None, True)


def _unnamed_person(source: Mapping[str, Any]) -> bool:
    """Whether a source has no name and may be a private person: only an organisation excludes it,
    or words that are a state's name."""
    words = " ".join(str(source.get("text") or "").split())
    return bool(words) and not (
        source.get("name") or source.get("organisation") or slots.state_name(words)
    )


def pseudonym(name: str, document: str) -> str:
    """The pseudonym of a private person in one document: ``person-`` and eight letters or digits.

    Parameters
    ----------
    name
        Fullest name known; case and spaces do not matter.
    document
        Hash or path of the document.
    """
    said = "\x00".join((document, " ".join(name.casefold().split())))
    key = hashlib.sha256(b"landrelease shown names\x00" + workspace.current().master_key).digest()
    mark = hmac.new(key, said.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()
    return PSEUDONYM + base64.b32encode(mark)[:8].decode().lower()


def redactor_of(names: Sequence[str], tier: str, document: str) -> Callable[[str], str]:
    """A function that replaces private names, addresses and telephone numbers in words of a report.

    Parameters
    ----------
    names
        As ``private_persons.private_names`` gives them for the kept text, in which the persons are
        introduced, and the sources of its claims.
    tier, document
        As for :func:`shown`.

    Returns
    -------
    callable
        Of str to str. In the restricted tier it gives back what it is given.
    """
    if tier == "restricted":
        return lambda words: words
    return lambda words: _replaced(words, names, document)


def _replaced(words: str, names: Sequence[str], document: str) -> str:
    pieces, at = [], 0
    for start, end, name in private_persons.private_spans(words, names):
        pieces += [words[at:start], pseudonym(name, document) if name else "[contact]"]
        at = end
    return "".join([*pieces, words[at:]])
