"""The workspaces of the page tests serve here, too."""

from __future__ import annotations

import sys
from pathlib import Path

from landrelease.register import configuration

# The modules of the pages need Django set up before they can be imported.
configuration.configure(configuration.sqlite_database(":memory:"), "only for tests")
TESTS = Path(__file__).parent.parent
sys.path.insert(0, str(Path(__file__).parent))
# The small programmes of the register's tests, and the forms that phones fill in, serve here, too.
sys.path += [str(TESTS / name) for name in ("web", "register", "forms")]
