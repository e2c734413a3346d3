"""What the system says of a running process: its limits, and the environment it was given."""

from __future__ import annotations

from pathlib import Path

import pytest


def told_of(pid: int) -> tuple[bytes, dict[str, str]]:
    """Environment of a process, and its soft limits by their name; skips where none are shown."""
    about = Path(f"/proc/{pid}")
    if not about.is_dir():
        pytest.skip("this system does not show the limits of a process")
    lines = (about / "limits").read_text().split("\n")
    return (about / "environ").read_bytes(), {
        line[:26].strip(): line[26:47].strip() for line in lines
    }
