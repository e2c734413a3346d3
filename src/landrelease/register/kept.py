"""Files kept as received, under their hash, in the attachments folder."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

from . import workspace


def hash_file(path: Path) -> str:
    """SHA-256 of a file, read in pieces."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def keep_bytes(data: bytes, name: str | None = None) -> str:
    """Keep bytes under their hash (or a given name); returns the path below the attachments.

    The file is on the disk before this returns: a receipt is never given for something that a
    power cut can take back.
    """
    name = name or hashlib.sha256(data).hexdigest()
    relative = Path(name[:2]) / name
    target = workspace.current().attachments / relative
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as handle:
            handle.write(data)
            handle.flush()
            os.fsync(handle.fileno())
        Path(handle.name).replace(target)
        _sync_folder(target.parent)
    return str(relative)


def read(relative: str) -> bytes:
    """Bytes of a kept file."""
    return (workspace.current().attachments / relative).read_bytes()


def text_path(text_sha256: str) -> Path:
    """Where the kept text of a document lies."""
    return workspace.current().attachments / text_sha256[:2] / text_sha256


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
