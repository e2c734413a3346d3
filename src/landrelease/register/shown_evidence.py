"""Claims and documents as their reader may see them: the one place that pages and the API ask.

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
_HASH: Final = re.compile(r"[0-9a-f]{64}")


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
    return {
        name: reader.words(document, value)
        if name in texts and isinstance(value, str) and not _HASH.fullmatch(value)
        else value
        for name, value in values.items()
    }


def askable(reader: Reading, names: Iterable[str]) -> set[str]:
    """Those of some fields of documents by whose value a reader may ask.

    Nobody finds a document by a private name that they see as a pseudonym, so below the restricted
    tier nobody asks by words.
    """
    named = set(names)
    return named if reader.tier == RESTRICTED else named - (_texts() - _KEYS)


def _texts() -> set[str]:
    return {one.name for one in RECORD_TYPES["document"].fields if one.kind == "text"}
