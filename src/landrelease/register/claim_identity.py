"""Which claim a decision is about, also after the reports were read anew.

A claim is its document's kept text, the span of its words in it, and its source. A newer version of
the extractor may cut the same words a little longer or shorter: a decision then goes on with the
claim whose span overlaps and whose source is the same, if there is exactly one. It is attached to
no other words: where none is found, the decision stands by itself, with the words it was taken on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from . import bulk, canonical, kept
from .errors import RegisterError
from .models import Claim, ClaimDecision, Document

#: Shared part of two spans, of both together, from which one is the other cut anew.
SAME_WORDS = 0.75

#: Beginnings of ids that a person may type.
SHORTEST = 6


@dataclass(frozen=True)
class Found:
    """A claim as last computed.

    Attributes
    ----------
    id
        Its id in the register: of the text, the span, the source and the document.
    document
        Record of its document.
    body
        As the extractor gave it.
    """

    id: str
    document: Any
    body: dict[str, Any]

    @property
    def words(self) -> str:
        """The words of the claim."""
        return str(self.body["content"]["text"])

    @property
    def span(self) -> tuple[int, int]:
        """First character and the one after the last, in characters of the kept text."""
        return span_of(self.body)

    @property
    def extractor(self) -> str:
        """What extracted it; empty where a workspace of before claims said so."""
        return str(self.body.get("extractor", ""))


def find(claim_id: str) -> Found:
    """The claim with an id, the beginning of one, or the id that the extractor gave it.

    Raises
    ------
    RegisterError
        When none or several are called so; names them.
    """
    wanted = claim_id.strip()
    rows = list(Claim.objects.filter(id=wanted))
    if not rows and wanted:
        rows = [row for row in _continuations(wanted) if row is not None]
    if not rows and len(wanted) >= SHORTEST:
        rows = list(Claim.objects.filter(id__startswith=wanted).order_by("id")[:5])
    if not rows and len(wanted) >= SHORTEST:
        named = Claim.objects.filter(body__contains=f'"claim":"{wanted}')
        rows = list(named.order_by("id")[:5])
    if len(rows) > 1:
        several = ", ".join(row.id for row in rows)
        raise RegisterError(f"several claims are called {claim_id!r}: {several}; give one of these")
    if not rows:
        raise RegisterError(
            f"no claim of the kept reports is called {claim_id!r}; list them with "
            "'landrelease evidence claims --format json', and what was decided on claims that are "
            "no longer found with 'landrelease evidence decisions'"
        )
    return _found(rows[0])


def _found(row: Claim) -> Found:
    document = Document.objects.get(uid=row.document_uid)
    return Found(row.id, document, canonical.loads(row.body))


def _continuations(old_id: str) -> list[Claim | None]:
    """The claim of today that goes on for one that was decided under another id."""
    last = ClaimDecision.objects.filter(claim_id=old_id).order_by("-id").first()
    if last is None:
        return []
    return [
        Claim.objects.get(id=new)
        for new, decision in carried([last.document_uid]).items()
        if decision.claim_id == old_id
    ]


def span_of(body: Mapping[str, Any]) -> tuple[int, int]:
    """Span of a claim's words in the kept text."""
    return int(body["content"]["start"]), int(body["content"]["end"])


def refusal_of_words(found: Found) -> str:
    """Say why the words of a claim cannot be shown in the kept text; empty when they can."""
    text = kept_text(found.document.text_sha256)
    if text is None:
        return f"the kept text of {found.document.ref} is missing; restore it from a backup"
    start, end = found.span
    if text[start:end] != found.words:
        return (
            f"the words of the claim are not at characters {start} to {end} of the kept text of "
            f"{found.document.ref}: it was read anew in another way; add the report again"
        )
    return ""


def kept_text(text_sha256: str | None) -> str | None:
    """The kept text with a hash; None where it is not there."""
    if not text_sha256:
        return None
    try:
        return kept.text_path(text_sha256).read_bytes().decode("utf-8", "surrogatepass")
    except (FileNotFoundError, UnicodeDecodeError):
        return None


def carried(document_uids: Iterable[str]) -> dict[str, ClaimDecision]:
    """Decisions on claims that are no longer found as such, by the id of the claim they go on with.

    Parameters
    ----------
    document_uids
        Documents to look at.

    Returns
    -------
    dict
        Id of a claim of today to the last decision about the earlier one. A claim goes on for
        an earlier one where the text is the same, the source is the same, the spans share
        :data:`SAME_WORDS` of their extent, and no other claim of either side does.
    """
    latest: dict[str, ClaimDecision] = {}
    for some in bulk.in_chunks(sorted(set(document_uids))):
        rows = ClaimDecision.objects.filter(document_uid__in=some).order_by("id")
        latest |= {row.claim_id: row for row in rows}
    if not latest:
        return {}
    present: set[str] = set()
    for some in bulk.in_chunks(sorted(latest)):
        present |= set(Claim.objects.filter(id__in=some).values_list("id", flat=True))
    lost: dict[str, list[ClaimDecision]] = defaultdict(list)
    for claim_id, decision in latest.items():
        if claim_id not in present:
            lost[decision.document_uid].append(decision)
    found: dict[str, ClaimDecision] = {}
    for uid, decisions in lost.items():
        found |= _matched(uid, decisions)
    return found


def _matched(document_uid: str, lost: list[ClaimDecision]) -> dict[str, ClaimDecision]:
    hashes = Document.objects.filter(uid=document_uid).values_list("text_sha256", flat=True)
    from . import sealed_claims  # which reads kept texts through this module

    text_sha256 = hashes.first()
    text = kept_text(text_sha256)
    if text is None:
        return {}
    decided = set(ClaimDecision.objects.filter(document_uid=document_uid).values_list("claim_id"))
    candidates = [
        (row.id, canonical.loads(row.body))
        for row in Claim.objects.filter(document_uid=document_uid)
        if (row.id,) not in decided
    ]
    pairs = [
        (decision, claim_id)
        for decision in lost
        if decision.text_sha256 == text_sha256
        for claim_id, body in candidates
        if _same(sealed_claims.opened(canonical.loads(decision.body)), body, text)
    ]
    by_claim: dict[str, list[ClaimDecision]] = defaultdict(list)
    by_decision: dict[str, list[str]] = defaultdict(list)
    for decision, claim_id in pairs:
        by_claim[claim_id].append(decision)
        by_decision[decision.claim_id].append(claim_id)
    return {
        claim_id: found[0]
        for claim_id, found in by_claim.items()
        if len(found) == 1 and by_decision[found[0].claim_id] == [claim_id]
    }


def _same(one: Mapping[str, Any], other: Mapping[str, Any], text: str) -> bool:
    """Whether two claims are one, cut differently. Both must be words of this very text."""
    for body in (one, other):
        start, end = span_of(body)
        if text[start:end] != body["content"]["text"]:
            return False
    (a, b), (c, d) = span_of(one), span_of(other)
    shared = min(b, d) - max(a, c)
    return shared >= SAME_WORDS * (max(b, d) - min(a, c)) and _same_source(one, other)


def _same_source(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    names = [
        {
            " ".join(str(value).casefold().split())
            for value in (source.get("name"), source.get("text"))
            if value
        }
        for source in (one.get("source") or {}, other.get("source") or {})
    ]
    return bool(names[0] & names[1]) or not (names[0] or names[1])
