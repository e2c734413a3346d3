"""Sessions in the database, which may be written even while a page only reads.

A sign-in that waits for its second factor, the challenge of a security key and the time of the last
request are kept in the session, also by pages that change nothing else.
"""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends import db

from . import writing


class SessionStore(db.SessionStore):
    """Django's own, with the read-only connection lifted for its own statements."""

    def save(self, must_create: bool = False) -> None:
        with writing.lifted():
            super().save(must_create)

    def delete(self, session_key: Any = None) -> None:
        with writing.lifted():
            super().delete(session_key)
