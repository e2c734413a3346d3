"""Who reads documents and claims: the pages of both are opened here, for each reader's part.

What a reader may read of them is said by ``register.evidence_access``; a page of documents or
claims takes every row that it shows from what :func:`reading` gives.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from landrelease.register import access, evidence_access, shown_evidence
from landrelease.register.evidence_access import Reading

from . import claim_words, gate, session, shown_names


def against(caller: access.Caller, **parts: Any) -> list[str]:
    """Why a caller is shown no documents and claims; see :func:`.gate.by_role`."""
    why = evidence_access.refusal(caller)
    return [why] if why else []


def for_readers(view: gate.View) -> gate.View:
    """Mark a view as one that shows documents and claims as its caller may read them.

    On a site strangers sign in first, and whoever reads no documents is told why: an empty page
    would say that there are none.
    """
    return gate.by_role(against)(view)


def reading(request: HttpRequest) -> Reading:
    """What the reader behind a request may read, worked out once a request."""
    found: Reading | None = getattr(request, "landrelease_reading", None)
    if found is None:
        caller = session.caller(request)
        found = evidence_access.reading(caller, site=settings.LANDRELEASE_SITE)
        request.landrelease_reading = found  # type: ignore[attr-defined]
    return found


def speaker(source: Mapping[str, Any], reader: Reading, document: Any) -> shown_names.Shown:
    """Name the source of a claim as its reader may see it, private names within it replaced."""
    found = shown_evidence.speaker(reader, document, source)
    return shown_names.told(found, source, reader.tier)


def slots(found: list[claim_words.Slot], reader: Reading, document: Any) -> list[claim_words.Slot]:
    """The slots of a claim with private names in them replaced."""
    if reader.tier == shown_names.RESTRICTED:
        return found
    words = reader.words
    return [
        replace(one, text=words(document, one.text), quoted=words(document, one.quoted))
        for one in found
    ]


def slot_name(slot: str, reader: Reading, *documents: Any) -> str:
    """Call the slot of a comparison by its words; what is counted is worded as in its reports.

    Parameters
    ----------
    documents
        The reports of both sides; None for one that is not on record.
    """
    known = [document for document in documents if document is not None]
    return claim_words.slot_name(shown_evidence.between(reader, known, slot))
