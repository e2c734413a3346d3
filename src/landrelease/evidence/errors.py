"""The one exception of this package."""

from __future__ import annotations


class EvidenceError(ValueError):
    """A report cannot be taken in; the message names the file, the cause and what to do."""
