"""The recorded time: one place to ask what the time is, so that tests can hold it still."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> str:
    """Now, in UTC, to the microsecond, as ISO 8601 text that sorts."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
