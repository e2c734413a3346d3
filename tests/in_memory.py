"""Where the tests keep what is gone after them: in memory, where there is room.

SQLite waits for the disk at every commit, as it must in real use; for thousands of small workspaces
that is most of what a test waits for. Nothing that a test asserts is about the disk itself: who is
killed loses no page that the kernel was given, and a server that has to be durable stays on disk.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

#: A file system in memory, on Linux.
MEMORY = Path("/dev/shm")
#: Room that a run may need, bytes: what tests leave is removed after each, the servers stay.
NEEDED = 3 * 2**30


def folder() -> Path | None:
    """Give the file system in memory, where there is one with enough room; else None.

    Containers often have one of 64 MB only; a machine that is short of memory is not asked for
    more.
    """
    if not os.access(MEMORY, os.W_OK) or not MEMORY.is_mount():
        return None
    if min(shutil.disk_usage(MEMORY).free, _memory()) < NEEDED:
        return None
    return MEMORY


def _memory() -> int:
    """Bytes of memory that can be had; 0 where the kernel does not say."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    sizes = dict(line.split(":", 1) for line in lines if ":" in line)
    return int(sizes.get("MemAvailable", "0 kB").split()[0]) * 1024


def use() -> None:
    """Let this process and those it starts keep their temporary files there.

    Whoever names a folder in ``TMPDIR`` or ``PYTEST_DEBUG_TEMPROOT`` is followed.
    """
    if {"TMPDIR", "PYTEST_DEBUG_TEMPROOT"} & os.environ.keys():
        return
    if found := folder():
        os.environ["TMPDIR"] = str(found)
        tempfile.tempdir = None  # asked for anew
