"""The one way to add to the journal: append an entry, apply it, let the kept sums follow."""

from __future__ import annotations

from . import apply, journal, totals
from .models import JournalEntry


def record(draft: journal.Draft, using: str = "default") -> JournalEntry:
    """Append an entry and apply it; the caller holds the transaction."""
    entry = journal.append(draft, using)
    apply.apply(entry, source=using, using=using)
    totals.follow(entry, draft.parts)
    return entry
