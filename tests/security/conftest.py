"""The workspaces of the page tests serve here, too."""

from __future__ import annotations

import sys
from pathlib import Path

from landrelease.register import configuration

# The modules of the pages need Django set up before they can be imported.
configuration.configure(configuration.sqlite_database(":memory:"), "only for tests")
sys.path.append(str(Path(__file__).parent.parent / "web"))
