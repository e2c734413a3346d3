"""The one exception of this package."""

from __future__ import annotations


class TreatyError(ValueError):
    """A question that cannot be answered, or a table that cannot be read; says what to do."""
