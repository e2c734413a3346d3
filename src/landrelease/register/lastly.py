"""What was last done with a workspace: its last backup, its last verification.

Two small files in ``backups/``. They say when to look again; nothing is decided by them.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T", bound="Backup | Verification")


@dataclass(frozen=True)
class Backup:
    """A backup that was made.

    Attributes
    ----------
    at
        When it was done, UTC.
    folder, name
        Where it lies.
    head
        Head of the journal in it.
    """

    at: str
    folder: str
    name: str
    head: str


@dataclass(frozen=True)
class Verification:
    """A verification that was run.

    Attributes
    ----------
    at
        When it was done, UTC.
    head
        Head of the journal then.
    well
        Whether nothing differed.
    """

    at: str
    head: str
    well: bool


def note(folder: Path, what: Backup | Verification) -> None:
    """Remember the last of its kind for the workspace in a folder."""
    path = _path(folder, type(what))
    path.parent.mkdir(exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(asdict(what), indent=1), encoding="utf-8")
    partial.replace(path)


def last(folder: Path, kind: type[T]) -> T | None:
    """The last of a kind that is remembered, or None."""
    try:
        found: dict[str, Any] = json.loads(_path(folder, kind).read_text(encoding="utf-8"))
        return kind(**found)
    except (OSError, ValueError, TypeError):
        return None


def _path(folder: Path, kind: type[Any]) -> Path:
    return folder / "backups" / f"last-{kind.__name__.lower()}.json"
