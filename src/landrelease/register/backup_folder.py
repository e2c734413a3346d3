"""A folder of backups: what lies in it, and taking the old ones away."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from . import backup_archive
from .backup_archive import Archive
from .errors import BackupError


@dataclass(frozen=True)
class Listed:
    """A backup of a folder; ``problem`` says why it is none, else it is empty."""

    path: Path
    made_at: str
    entries: int
    head: str
    database: str
    size: int
    keys: str
    problem: str = ""


@dataclass(frozen=True)
class Pruned:
    """What was taken away, or would be."""

    archives: tuple[str, ...]
    objects: int
    bytes: int


@contextlib.contextmanager
def locked(destination: Path) -> Iterator[None]:
    """One backup or pruning at a time in a folder.

    Raises
    ------
    BackupError
        When another one runs.
    """
    with (destination / ".lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupError(
                f"another backup or pruning works in {destination}; wait until it has ended"
            ) from None
        yield


def archives(folder: Path) -> list[Path]:
    """Archives of a folder, oldest first: their names are the times they were made."""
    return sorted(folder.glob("*.tar"))


def newest(source: Path) -> Path:
    """The archive itself, or the newest one of a folder.

    Raises
    ------
    BackupError
        When there is none.
    """
    if source.is_file():
        return source
    if not source.is_dir():
        raise BackupError(f"there is no backup and no folder of backups {source}")
    found = archives(source)
    if not found:
        raise BackupError(f"there is no backup in {source}")
    return found[-1]


def listing(folder: Path) -> list[Listed]:
    """Every backup of a folder, oldest first; manifests are read, contents are not."""
    if not folder.is_dir():
        raise BackupError(f"{folder} is no folder")
    found = []
    for path in archives(folder):
        size = path.stat().st_size
        try:
            with Archive(path) as archive:
                made = archive.manifest
        except BackupError as error:
            found.append(Listed(path, "", 0, "", "", size, "", str(error)))
            continue
        entries, head = (made.journal.entries, made.journal.hash) if made.journal else (0, "")
        found.append(Listed(path, made.made_at, entries, head, made.database, size, made.keys))
    return found


def prune(folder: Path, keep: int, *, dry_run: bool = False) -> Pruned:
    """Take all but the newest backups away, and the attachments that only they name.

    Parameters
    ----------
    keep
        How many good backups stay, at least one. One that cannot be read does not count.

    Raises
    ------
    BackupError
        When none would stay, or a backup cannot be read: what it names cannot be told, so nothing
        is taken away.
    """
    if keep < 1:
        raise BackupError("at least one backup has to stay: --keep 1 or more")
    if not folder.is_dir():
        raise BackupError(f"{folder} is no folder")
    with locked(folder):
        listed = listing(folder)
        broken = [one for one in listed if one.problem]
        if broken:
            raise BackupError(
                f"{broken[0].problem}. Nothing was taken away: move that file out of {folder} first"
            )
        old, staying = listed[:-keep], listed[-keep:]
        named = {sha256 for one in staying for sha256 in _objects_of(one.path)}
        unnamed = [
            path
            for path in (folder / backup_archive.OBJECTS).glob("??/*")
            if path.name not in named
        ]
        size = sum(one.size for one in old) + sum(path.stat().st_size for path in unnamed)
        if not dry_run:
            # Archives first: one that is left never names what is gone.
            for one in old:
                one.path.unlink()
            backup_archive.sync_folder(folder)
            for path in [*unnamed, *folder.glob("*.tar.partial")]:
                path.unlink()
    return Pruned(tuple(one.path.name for one in old), len(unnamed), size)


def _objects_of(path: Path) -> list[str]:
    with Archive(path) as archive:
        if archive.manifest.attachments == "inside":
            return []
        return [attachment.sha256 for attachment in archive.attachments()]
