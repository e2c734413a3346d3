"""Which tier of readers a document is for, and marking it (rules 22 and 24).

The mark is a value beside the record, ``tier`` in its ``extra``, and comes by the one way in like
any other: it has a receipt and a journal entry. A document without a mark is for partners, unless
the national profile says otherwise.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from . import canonical, profile, references, report_files, restricted, submissions, workspace
from .errors import RegisterError
from .models import RECORDS, Document, Submission
from .people import Actor
from .schema import RECORD_TYPES
from .sealing import Sealing
from .shown_names import TIERS

NAME = restricted.MARK


def of(record: Any) -> str:
    """Tier of a document, one of `TIERS`.

    Parameters
    ----------
    record
        A record of type document.

    Returns
    -------
    str
        ``restricted`` where it is marked so, where a mark is not understood, and where an evidence
        item that rests on it is restricted.
    """
    tier = _marked(record.extra)
    return "restricted" if _rests_restricted_evidence_on(record.uid) else tier


def _marked(extra: str | None) -> str:
    """The tier that a document is marked for; that of the profile without a mark."""
    marked = canonical.loads(extra).get(NAME) if extra else None
    if marked is None:
        access = getattr(profile.current(), "access", None)
        kept = access.record_types.get("document") if access is not None else None
        marked = kept or "partner"
    tier = str(marked).strip().casefold()
    return tier if tier in TIERS else "restricted"


def beyond(reader: str) -> set[str]:
    """Ids of the documents that are for a higher tier, with a number of queries that does not grow.

    Parameters
    ----------
    reader
        One of `TIERS`.
    """
    if reader == "restricted":
        return set()
    resting = RECORDS["evidence"].objects.filter(restricted=True, document_uid__isnull=False)
    found = set(resting.values_list("document_uid", flat=True))
    rows: Any = Document.objects.values_list("uid", "extra")
    if holds(reader, _marked(None)):
        # Without a mark a document is for this reader.
        rows = rows.filter(extra__contains=f'"{NAME}"')
    return found | {uid for uid, extra in rows if not holds(reader, _marked(extra))}


def holds(reader: str, needed: str) -> bool:
    """Whether a tier holds another one: the restricted one holds all."""
    return TIERS.index(reader) >= TIERS.index(needed)


def _rests_restricted_evidence_on(uid: str) -> bool:
    if "restricted" not in RECORD_TYPES["evidence"].by_name:
        return False
    items = RECORDS["evidence"].objects.filter(document_uid=uid, restricted=True)
    return bool(items.exists())


def mark(reference: str, tier: str, actor: Actor) -> submissions.Outcome:
    """Mark a document for a tier.

    Parameters
    ----------
    reference
        ``DOC-2``, or a file name that only one document has.
    tier
        One of `TIERS`.

    Returns
    -------
    submissions.Outcome
        Its ``state`` is ``held`` where more readers would see the document than the mark lets
        now: a second person decides.

    Raises
    ------
    RegisterError
        There is no such document or tier.
    """
    record = find(reference)
    if tier not in TIERS:
        raise RegisterError(f"no tier is called {tier!r}; there are: {', '.join(TIERS)}")
    row = report_files.Rows([{"source_id": record.source_id}])
    row.extra = [{**(canonical.loads(record.extra) if record.extra else {}), NAME: tier}]
    return submissions.submit(
        submissions.Delivery(
            record_type=RECORD_TYPES["document"],
            path=_original(record),
            source=record.source,
            namespace=record.namespace,
            layer="",
            batches=[(row, row)],
            options={"mark": {NAME: tier}},
            sealing=_sealing(record),
        ),
        actor=actor,
        accept=True,
    )


def find(reference: str) -> Any:
    """The document that a person names.

    Parameters
    ----------
    reference
        ``DOC-2``, its id, or a file name that only one document has.

    Raises
    ------
    RegisterError
        There is none, or there are several.
    """
    known = Document.objects.all()
    # The bare number will do, too.
    written = f"{Document.schema.prefix}-{reference}" if reference.isdecimal() else reference
    one = references.among(known, written.upper())
    found = [] if one is None else [one]
    found = found or list(known.filter(filename=reference)[:2])
    if len(found) != 1:
        several = "several documents are" if found else "no document is"
        raise RegisterError(f"{several} called {reference!r}; give a reference such as DOC-2")
    return found[0]


def _sealing(record: Any) -> Sealing | None:
    """The file of a report out of a mail is sealed already; a mark seals nobody anew."""
    received = Submission.objects.get(id=record.submission_id)
    if not received.sealed:
        return None
    return Sealing(received.sha256, received, lambda submission, uids: None)


def _original(record: Any) -> Path:
    """The file as received: the mark is about it, and is handed in with it."""
    kept = Submission.objects.get(id=record.submission_id).kept
    return workspace.current().attachments / str(kept)
