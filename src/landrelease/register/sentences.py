"""From an evidence item back to the sentence: the document, the place in its text, the words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from . import bulk, canonical, knowledge, sealed_claims
from .models import ClaimDecision, Document, Evidence


@dataclass(frozen=True)
class Sentence:
    """Words of a report on which an evidence item rests.

    Attributes
    ----------
    evidence, document
        Short references of the item and of its report.
    filename
        Of the report as received.
    claim
        Id of the claim it was accepted from; empty for an item that came by a file.
    text_sha256
        Hash of the kept text.
    start, end
        First character of the words in the kept text, and the one after the last.
    words
        As they stand there.
    source
        Who says so, as the report names them; empty where it does not, or the item came by a file.
    reliability, credibility
        As a person judged them; ``F`` and ``6`` = cannot be judged. Empty where not recorded.
    restricted, withdrawn
        Whether the item is restricted (rule 22), and whether it was taken back.
    deciders, entry
        Who accepted the claim, and the journal entry.
    """

    evidence: str
    document: str
    filename: str
    claim: str
    text_sha256: str
    start: int
    end: int
    words: str
    source: str
    reliability: str
    credibility: str
    restricted: bool
    withdrawn: bool
    deciders: str
    entry: int | None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


_COLUMNS = (
    "uid", "id", "hazard_uid", "document_uid", "claim", "span_start", "span_end", "statement",
    "reliability", "credibility", "restricted", "standing",
)  # fmt: skip


def on_hazards(uids: Iterable[str], seq: int | None = None) -> dict[str, list[Sentence]]:
    """Sentences of reports that are evidence on hazards.

    Parameters
    ----------
    uids
        Ids of hazards.
    seq
        Last journal entry that counts; None for all.

    Returns
    -------
    dict
        Sentences by the id of the hazard, in the order of their evidence items; withdrawn ones
        too. Items that name no place in a kept text have none.
    """
    items: set[str] = set()
    for some in bulk.in_chunks(sorted(set(uids))):
        rows = Evidence.objects.filter(hazard_uid__in=some, span_start__isnull=False)
        items |= set(rows.values_list("uid", flat=True))
    found: dict[str, list[Sentence]] = defaultdict(list)
    if not items:
        return found
    rows = sorted(knowledge.rows("evidence", _COLUMNS, seq=seq, uids=items), key=lambda r: r[1])
    documents = {
        document.uid: document
        for some in bulk.in_chunks(sorted({row[3] for row in rows if row[3]}))
        for document in Document.objects.filter(uid__in=some)
    }
    decided = {
        row.evidence_uid: row
        for some in bulk.in_chunks(sorted(items))
        for row in ClaimDecision.objects.filter(evidence_uid__in=some, state="accepted")
    }
    for (uid, number, hazard, document_uid, claim, start, end, words,
         reliability, credibility, restricted, standing) in rows:  # fmt: skip
        document, decision = documents.get(document_uid), decided.get(uid)
        found[hazard].append(
            Sentence(
                evidence=f"{Evidence.schema.prefix}-{number}",
                document="" if document is None else document.ref,
                filename="" if document is None else document.filename or "",
                claim=claim or "",
                text_sha256=_text_of(document, decision),
                start=int(start),
                end=int(end if end is not None else start),
                words=words or "",
                source="" if decision is None else _speaker(decision),
                reliability=reliability or "",
                credibility=credibility or "",
                restricted=bool(restricted),
                withdrawn=standing == "withdrawn",
                deciders="" if decision is None else " and ".join(decision.deciders.split("|")),
                entry=None if decision is None else decision.seq,
            )
        )
    return found


def _speaker(decision: ClaimDecision) -> str:
    """Who says so, out of the claim as it was decided on: no record repeats the name."""
    source = sealed_claims.opened(canonical.loads(decision.body)).get("source") or {}
    return str(source.get("name") or source.get("text") or "")


def _text_of(document: Any, decision: ClaimDecision | None) -> str:
    if decision is not None:
        return str(decision.text_sha256)
    return "" if document is None else document.text_sha256 or ""
