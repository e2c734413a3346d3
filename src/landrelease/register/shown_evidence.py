"""Claims and documents as their reader may see them: the one place that pages, exports and the API
ask.

Which of them somebody reads at all is said by :mod:`.evidence_access`. Here is what they see of
one: below the restricted tier private persons have pseudonyms in every word (rule 24), and of a
decision the remarks, the evidence item and hazards that only the restricted tier reads (rule 22)
are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final
from urllib.parse import unquote

from . import access, claim_decisions, references, restricted
from .claim_decisions import ClaimState
from .evidence_access import RESTRICTED, Reading, mark_of
from .schema import RECORD_TYPES
from .shown_names import Shown, shown

#: Parts of a claim that are no words of a report: ids, times and codes. Whatever else a claim holds
#: is read as words, so that what a later extraction adds is not given out as it stands.
_NO_WORDS: Final = frozenset({"claim", "story", "same_utterance_as", "id", "value", "until"})
#: Texts of a document that say no words of it: its id, hashes, a code.
_KEYS: Final = frozenset({"source_id", "sha256", "container_sha256", "text_sha256", "language"})
#: Texts of a document that say where it lies; a name in them is not always written as a name.
_PATHS: Final = frozenset({"filename", "locator"})
_HASH: Final = re.compile(r"[0-9a-f]{64}")
_NO_LETTERS: Final = re.compile(r"[\W\d_]+")


def speaker(reader: Reading, document: Any, source: Mapping[str, Any]) -> Shown:
    """The source of a claim as a reader may see it, private names within it replaced.

    Parameters
    ----------
    document
        Record of the report; None where it is not on record.
    source
        ``source`` of the claim.
    """
    found = shown(source, reader.tier, mark_of(document))
    if reader.tier == RESTRICTED or found.private:
        return found

    def words(text: str | None) -> str | None:
        return None if text is None else reader.words(document, text)

    return replace(
        found,
        name=reader.words(document, found.name),
        text=reader.words(document, found.text),
        role=words(found.role),
        organisation=words(found.organisation),
    )


def body(reader: Reading, document: Any, claim: Mapping[str, Any]) -> dict[str, Any]:
    """A claim as the extraction gives it, in the words that a reader may read.

    Places in the text stay those of the kept text.

    Parameters
    ----------
    document
        Record of its report; without one nothing of its words is given below the restricted tier.
    claim
        The claim, a JSON object.
    """
    told = dict(claim)
    if reader.tier == RESTRICTED:
        return told
    told.pop("same_utterance_as", None)  # another claim, which may be hidden
    source = told.get("source") or {}
    told = _replaced(told, reader, document)
    if source:
        seen = speaker(reader, document, source)
        told["source"] |= {
            "text": seen.text,
            "name": seen.name if source.get("name") else None,
            "role": seen.role,
            "organisation": seen.organisation,
        }
    return told


def story(reader: Reading, documents: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    """A story in the words that a reader may read, its members that they may read alone.

    Its origin is told in words of any of its documents, and is read with the names of them all.

    Parameters
    ----------
    documents
        Records of the documents that they may read, by path.
    told
        The story, a JSON object.
    """
    own = [member for member in told["documents"] if member["path"] in documents]
    read = [documents[member["path"]] for member in own]
    origin = {
        name: between(reader, read, text) if isinstance(text, str) else text
        for name, text in told["origin"].items()
    }
    members = [
        {**_replaced(member, reader, documents[member["path"]]), "path": member["path"]}
        for member in own
    ]
    return {**told, "origin": origin, "documents": members}


def between(reader: Reading, documents: Iterable[Any], text: str) -> str:
    """What is said of several documents together, in the words that a reader may read.

    Parameters
    ----------
    documents
        Their records.
    text
        Words that may be those of any of them.
    """
    for document in documents:
        text = reader.words(document, text)
    return text


def _replaced(value: Any, reader: Reading, document: Any) -> Any:
    match value:
        case Mapping():
            return {
                name: one if name in _NO_WORDS else _replaced(one, reader, document)
                for name, one in value.items()
            }
        case list() | tuple():
            return [_replaced(one, reader, document) for one in value]
        case str():
            return reader.words(document, value)
    return value


def decisions(reader: Reading, documents: Mapping[str, Any]) -> dict[str, ClaimState]:
    """What became of claims, as a reader may know it.

    Parameters
    ----------
    documents
        Record of the report of each claim, by the id of the claim; None where there is none.

    Returns
    -------
    dict
        State by id, every id that was asked for.
    """
    found = claim_decisions.state(documents)
    if reader.tier == RESTRICTED:
        return found
    hidden = _hidden_hazards(reader, (one.hazard_ref for one in found.values()))
    shows_items = _reads(reader, "evidence")
    return {
        id_: replace(
            one,
            # A reason is a free remark, and a receipt is for those who decide.
            reason="",
            waiting="",
            evidence_ref=one.evidence_ref if shows_items else None,
            hazard_ref=None if one.hazard_ref in hidden else one.hazard_ref,
            words=reader.words(documents[id_], one.words),
        )
        for id_, one in found.items()
    }


def _reads(reader: Reading, record_type: str) -> bool:
    needed = access.tier_of_type(record_type)
    return access.TIERS.index(reader.tier) >= access.TIERS.index(needed)


def _hidden_hazards(reader: Reading, refs: Iterable[str | None]) -> set[str]:
    """Those of some hazards that a reader does not see, who reads everywhere at their tier."""
    named = {ref: references.number_of("hazard", ref) for ref in refs if ref}
    if not named or not _reads(reader, "hazard"):
        return set(named)
    beyond = restricted.rows("hazard").filter(id__in=list(named.values()))
    hidden = set(beyond.values_list("id", flat=True))
    return {ref for ref, number in named.items() if number in hidden}


# --- documents ------------------------------------------------------------------------------------


def fields(reader: Reading, document: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values of the fields of a document in the words that a reader may read.

    Parameters
    ----------
    document
        The record.
    values
        By name; what is no text, or a hash, stays as it is.
    """
    texts = _texts()

    def seen(name: str, value: Any) -> Any:
        if name not in texts or not isinstance(value, str) or _HASH.fullmatch(value):
            return value
        if name in _PATHS:
            return path(reader, document, value)
        return reader.words(document, value)

    return {name: seen(name, value) for name, value in values.items()}


def path(reader: Reading, document: Any, written: str) -> str:
    """Path or name of the file of a document, as a reader may read it.

    In a path a name may be joined otherwise than in words ("notes_mara-lind.txt"). One that names
    somebody who is private is not given below the restricted tier: the reference of the document
    stands for it, so that it still tells the document from all others.

    Parameters
    ----------
    document
        Its record; without one nothing is given below the restricted tier.
    written
        The path.
    """
    told = reader.words(document, written)
    if reader.tier == RESTRICTED or document is None or not written:
        return told
    letters = _letters(written)
    names = map(_letters, reader.private_names(document))
    # "MaraLind.txt": a first name and a surname together are nobody else's.
    named = any(
        f" {one} " in f" {letters} " or (" " in one and _closed(one) in _closed(letters))
        for one in names
        if one
    )
    return str(document.ref) if named or told != written else told


def _letters(text: str) -> str:
    return " ".join(_NO_LETTERS.sub(" ", unquote(text)).casefold().split())


def _closed(text: str) -> str:
    return text.replace(" ", "")


def askable(reader: Reading, names: Iterable[str]) -> set[str]:
    """Those of some fields of documents by whose value a reader may ask.

    Nobody finds a document by a private name that they see as a pseudonym, so below the restricted
    tier nobody asks by words.
    """
    named = set(names)
    return named if reader.tier == RESTRICTED else named - (_texts() - _KEYS)


def _texts() -> set[str]:
    return {one.name for one in RECORD_TYPES["document"].fields if one.kind == "text"}
