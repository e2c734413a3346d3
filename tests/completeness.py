"""Whether a run of the tests has to be complete: then nothing is skipped for what is missing."""

from __future__ import annotations

import os


def must_be_complete() -> bool:
    """Whether a test that lacks its database or its browser fails, rather than being skipped."""
    return os.environ.get("CI", "").lower() in {"true", "1"} or data_is_named()


def data_is_named() -> bool:
    """Whether a test that lacks its real data fails, rather than being skipped."""
    return bool(os.environ.get("LANDRELEASE_SHARED"))
