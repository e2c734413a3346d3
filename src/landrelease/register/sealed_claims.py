"""Claims as a decision keeps them: private persons by pseudonym, the whole of it sealed (rule 23).

What people decide about a claim goes into the journal with the claim as it then was. Where it names
private persons, as the evidence package takes them, the journal and the document of the decision
hold it with pseudonyms, and beside them the whole of it sealed under the key of its report, with a
keyed commitment. One key a report, not one a person: that two reports mean the same private person
by a name cannot be decided.

What reads a decision opens it, so nothing that is computed changes; how a name is then shown to a
reader is another matter (:mod:`.shown_names`). Decisions from before are in clear and are read as
they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from landrelease.evidence import private_persons

from . import canonical, erasures, evidence_access, seal, shown_names, workspace
from .claim_identity import kept_text
from .correspondent_keys import said_key
from .models import ClaimDecision, PersonKey

#: Member of a claim in which the whole of it is sealed.
SEALED: Final = "sealed"
#: Members of a claim that are ids: never words.
_IDS = frozenset({"claim", "document", "extractor", "id", "story"})


def key_of(document: Any) -> str:
    """Id of the key under which claims of a report are sealed."""
    return said_key(document.uid)


def words(text: str, document: Any, source: Mapping[str, Any]) -> str:
    """Words of a report with pseudonyms for the private persons in them.

    Parameters
    ----------
    text
        The words.
    document
        Record of the report.
    source
        ``source`` of the claim they are taken from.
    """
    return str(_redacted(text, _names(document, source), document))


def kept(body: Mapping[str, Any], document: Any) -> dict[str, Any]:
    """A claim as a decision keeps it; makes the key of the report where there is none yet.

    Parameters
    ----------
    body
        The claim; one that is sealed already stays as it is.
    document
        Record of the report.

    Returns
    -------
    dict
        The claim itself where it names no private person.
    """
    whole = dict(body)
    if SEALED in whole:
        return whole
    source = whole.get("source") or {}
    names = _names(document, source)
    public = {
        name: value if name in _IDS else _redacted(value, names, document)
        for name, value in whole.items()
    }
    if private_persons.is_private(source):
        shown = shown_names.shown(source, "public", evidence_access.mark_of(document))
        public["source"] |= {
            "name": shown.name, "text": shown.text, "role": None, "organisation": None
        }  # fmt: skip
    if public == whole:
        return whole
    key = key_of(document)
    if erased(document):
        return public
    if not PersonKey.objects.filter(id=key).exists():
        seal.new_key(key)
    return public | {
        SEALED: {
            "commitment": seal.commitment(key, whole), "key": key, "token": seal.seal(key, whole)
        }
    }  # fmt: skip


def described(body: Mapping[str, Any]) -> dict[str, Any]:
    """A claim as the document of a decision holds it: the same words whenever it is made, so that
    a decision that is handed in again is known. The sealed text is in the journal alone."""
    told = dict(body)
    if SEALED in told:
        told[SEALED] = {name: told[SEALED][name] for name in ("commitment", "key")}
    return told


def erased(document: Any) -> bool:
    """Whether the key of a report was destroyed: what is decided later brings no name back."""
    key = key_of(document)
    if PersonKey.objects.filter(id=key).exists():
        return False
    log = erasures.log_path(workspace.current().folder)
    decided = ClaimDecision.objects.filter(document_uid=document.uid, body__contains=f'"{key}"')
    return decided.exists() or key in erasures.destroyed(erasures.read(log))


def in_clear() -> list[int]:
    """Journal entries that name private persons as sources of claims, from before they were
    sealed."""
    rows = ClaimDecision.objects.exclude(body__contains=f'"{SEALED}":{{')
    return sorted(
        {
            seq
            for seq, body in rows.values_list("seq", "body").iterator()
            if private_persons.is_private(canonical.loads(body).get("source") or {})
            and not _is_pseudonym(canonical.loads(body)["source"])
        }
    )


def _is_pseudonym(source: Mapping[str, Any]) -> bool:
    """Decided after the key of the report was destroyed: nothing is sealed, nobody is named."""
    return str(source.get("name")).startswith(shown_names.PSEUDONYM)


def opened(body: Mapping[str, Any]) -> dict[str, Any]:
    """A claim as it was decided on; with pseudonyms where its key was destroyed."""
    known = dict(body)
    token = known.pop(SEALED, None)
    if token is None:
        return known
    return seal.open_sealed(token["key"], token["token"]) or known


def _names(document: Any, source: Mapping[str, Any]) -> tuple[str, ...]:
    text = kept_text(document.text_sha256) or ""
    return private_persons.private_names(text, [source])


def _redacted(value: Any, names: tuple[str, ...], document: Any) -> Any:
    if isinstance(value, str):
        return shown_names.redactor_of(names, "public", evidence_access.mark_of(document))(value)
    if isinstance(value, Mapping):
        return {name: _redacted(one, names, document) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_redacted(one, names, document) for one in value]
    return value
