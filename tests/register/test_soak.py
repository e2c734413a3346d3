"""The soak itself, short: it is a script of its own, and must not rot between its long runs.

The long ones are in docs/benchmarks.md.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.faults

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "soak.py"


@pytest.mark.parametrize(("database", "seed"), [("sqlite", 20261204), ("postgresql", 20261205)])
def test_a_dozen_items_with_faults(database, seed, request):
    if database == "postgresql":
        request.getfixturevalue("postgres_cluster")  # skipped, or failed, where there is none
    done = subprocess.run(
        [sys.executable, SCRIPT, "--items", "12", "--databases", database, "--seed", str(seed)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert found["problems"] == []
    assert found["confirmed"] == 12
    assert found["verified"] == sum(found["faults"].values()) + 1 >= 2
    assert found["backup_restored_and_verified"]
