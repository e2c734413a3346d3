"""Django, set up before the test modules import the tables.

No database is behind it until a test asks for the fixture ``workspace``: one that forgets to
fails, rather than writing somewhere.
"""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from landrelease.register import configuration

if not settings.configured:
    configuration.configure(
        configuration.sqlite_database(Path("/nowhere/ask-for-the-fixture-workspace")), "tests only"
    )
