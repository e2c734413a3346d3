"""Putting a backup back, into either database, and holding that it is what was saved.

Everything is built beside the place it will have, and only moved there when the journal replays to
the very tables that were restored, its head and the number of rows are those of the manifest, and
no key of an erased person came back. What cannot be held ends the restore, and nothing is left of
it.
"""

from __future__ import annotations

import re
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.core.management import call_command
from django.db import connections

from . import (
    backup_archive,
    backup_folder,
    backup_keys,
    backup_tables,
    bulk,
    configuration,
    erasures,
    journal,
    triggers,
    verify,
    workspace,
)
from .backup_archive import Archive
from .errors import BackupError
from .progress import Progress

_KEY_TABLE = "register_personkey"


@dataclass(frozen=True)
class Restored:
    """A workspace that was restored, or would be.

    Attributes
    ----------
    archive, made_at
        The backup, and when it was made.
    entries, head
        Length and head of the journal, as in the manifest.
    rows
        Rows that were put back.
    erased
        Keys of erased persons that the backup held and that were left out.
    erasures_until
        Time of the last erasure that was known to the restore; empty when there was none.
    verified
        Whether the journal was replayed and the tables compared.
    warnings
        What the one who restores must know.
    """

    archive: Path
    made_at: str
    entries: int
    head: str
    rows: int
    attachments: int
    erased: int
    erasures_until: str
    verified: bool
    warnings: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        return vars(self) | {"archive": str(self.archive)}


@dataclass(frozen=True)
class Request:
    """What is to be restored from where to where.

    Attributes
    ----------
    source
        An archive, or a folder of backups (then its newest).
    folder
        The new workspace; it must not exist or be empty.
    database
        ``sqlite``, or the address of an empty PostgreSQL database.
    keys
        Keys by the names of their files; None to restore without them.
    erasure_log
        A log of erasures that is newer than the backup, from where the keys are kept.
    no_erasures_since
        Say that nobody was erased since the backup was made, where no newer log is at hand.
    """

    source: Path
    folder: Path
    database: str = "sqlite"
    keys: dict[str, bytes] | None = None
    erasure_log: Path | None = None
    no_erasures_since: bool = False


def restore(
    wanted: Request,
    *,
    dry_run: bool = False,
    progress: Progress = lambda stage, done, total: None,
) -> Restored:
    """Restore a workspace and open it.

    Parameters
    ----------
    dry_run
        Check the backup and the place, and change nothing.

    Raises
    ------
    BackupError
        When the backup is damaged, the place is taken, no log says who was erased since, or the
        restored register is not the one that was saved.
    """
    path = backup_folder.newest(wanted.source)
    folder = wanted.folder.absolute()
    with Archive(path) as archive:
        problems = archive.problems(progress)
        if problems:
            raise BackupError(
                f"{path} is damaged: {'; '.join(problems[:3])}"
                f"{f' and {len(problems) - 3} more' if len(problems) > 3 else ''}. "
                "Nothing was restored; take another backup"
            )
        erased = _erasures(archive, wanted)
        _refuse_place(folder, wanted.database)
        warnings = _warnings(archive, wanted)
        if dry_run:
            return _result(archive, 0, erased, warnings, verified=False)
        with _beside(folder) as work:
            _put_files(archive, work, wanted, erased, progress)
            with _database(work, wanted.database):
                left = _put_tables(archive, wanted, erased, progress)
                _hold(archive, work, progress)
            _move(work, folder)
        workspace.open_workspace(folder)
        return _result(archive, left, erased, warnings, verified=True)


def _result(
    archive: Archive,
    left: int,
    erased: list[erasures.Erasure],
    warnings: list[str],
    *,
    verified: bool,
) -> Restored:
    made = archive.manifest
    return Restored(
        archive=archive.path,
        made_at=made.made_at,
        entries=made.journal.entries if made.journal else 0,
        head=made.journal.hash if made.journal else journal.GENESIS,
        rows=sum(table.rows for table in made.tables.values()) - left,
        attachments=made.attachment_count,
        erased=left,
        erasures_until=max((one.at for one in erased), default=""),
        verified=verified,
        warnings=warnings,
    )


# --- before ---------------------------------------------------------------------------------------


def _erasures(archive: Archive, wanted: Request) -> list[erasures.Erasure]:
    """Everybody who was erased, before the backup and since (rule 23)."""
    found = set(erasures.parse(archive.read(backup_archive.ERASURES), str(archive.path)))
    beside = archive.path.parent / erasures.LOG
    newer = [path for path in (wanted.erasure_log, beside) if path is not None and path.exists()]
    if wanted.erasure_log is not None and not wanted.erasure_log.exists():
        raise BackupError(f"there is no log of erasures {wanted.erasure_log}")
    if not newer and not wanted.no_erasures_since:
        raise BackupError(
            "it is not known who was erased since this backup was made, and they must not come "
            f"back: name the log beside the master key (--erasures …/{erasures.LOG}), or, if "
            "nobody was erased since, say so (--no-erasures-since)"
        )
    for path in newer:
        found |= set(erasures.read(path))
    return sorted(found, key=lambda one: (one.at, one.record_uid))


def _refuse_place(folder: Path, database: str) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BackupError(f"{folder} is not empty; give a new folder for the restored workspace")
    if database != "sqlite":
        workspace.refuse_if_taken(database)


def _warnings(archive: Archive, wanted: Request) -> list[str]:
    found = []
    if wanted.keys is None:
        found.append(
            "restored without keys: personal data and second factors cannot be read until the "
            "right master.key is put into keys/; everybody has to sign in anew"
        )
    if wanted.no_erasures_since:
        found.append("you said that nobody was erased since; it could not be checked")
    found += [f"not in the backup: {text}" for text in archive.manifest.left_out]
    return found


# --- putting it there -----------------------------------------------------------------------------


@contextmanager
def _beside(folder: Path) -> Iterator[Path]:
    """A folder beside the final place, gone if anything fails."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{folder.name}.restoring-", dir=folder.parent))
    try:
        yield work
    finally:
        if work.exists():
            if "default" in connections.settings:
                connections["default"].close()
            shutil.rmtree(work)


def _put_files(
    archive: Archive,
    work: Path,
    wanted: Request,
    erased: list[erasures.Erasure],
    progress: Progress,
) -> None:
    for part in ("attachments", "backups", "keys"):
        (work / part).mkdir(mode=0o700 if part == "keys" else 0o755)
    keys = {"django.secret": secrets.token_urlsafe(48).encode(), **(wanted.keys or {})}
    for name, data in keys.items():
        backup_keys.write(work / "keys" / name, data)
    erasures.append(erasures.log_path(work), erased)
    text = archive.read(backup_archive.SETTINGS).decode()
    address = workspace.toml_string(wanted.database)
    settings, count = re.subn(
        r"^database = .*$", lambda _: f"database = {address}", text, flags=re.MULTILINE
    )
    if not count:
        settings = f"database = {address}\n{text}"
    (work / workspace.SETTINGS_FILE).write_text(settings, encoding="utf-8")
    for name in archive.names("files/"):
        target = work / name.removeprefix("files/")
        target.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(name) as stream:
            backup_archive.write_safely(target, stream)
    total = archive.manifest.attachment_count
    for number, attachment in enumerate(archive.attachments()):
        progress("restoring attachments", number, total)
        target = work / "attachments" / attachment.path
        target.parent.mkdir(parents=True, exist_ok=True)
        with archive.open_attachment(attachment) as stream:
            backup_archive.write_safely(target, stream)


@contextmanager
def _database(work: Path, address: str) -> Iterator[None]:
    """Point Django at the new database; on PostgreSQL what was made goes again if anything fails
    (a file goes with its folder)."""
    settings = (
        configuration.sqlite_database(work / workspace.DATABASE_FILE)
        if address == "sqlite"
        else configuration.postgresql_database(address)
    )
    configuration.configure(settings, (work / "keys" / "django.secret").read_text())
    connection = connections["default"]
    if connection.vendor == "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS postgis")
        before = set(connection.introspection.table_names(cursor))
    try:
        yield
    except BaseException:
        connection.close()
        with connection.cursor() as cursor:
            for name in set(connection.introspection.table_names(cursor)) - before:
                cursor.execute(f'DROP TABLE IF EXISTS "{name}" CASCADE')
        raise


def _put_tables(
    archive: Archive, wanted: Request, erased: list[erasures.Erasure], progress: Progress
) -> int:
    """Fill the database as the backup has it, then migrate it; gives the keys left out."""
    connection = connections["default"]
    gone = erasures.destroyed(erased)
    made = archive.manifest
    progress("making the tables", 0, None)
    backup_tables.make_tables(made.migrations, "default")
    left = backup_tables.load(
        made.migrations,
        "default",
        made.tables,
        lambda name: archive.open(f"tables/{name}.jsonl.gz"),
        leave_out=lambda table, row: table == _KEY_TABLE and row["id"] in gone,
        progress=progress,
    )
    _hold_master_key(wanted)
    progress("migrating", 0, None)
    call_command("migrate", interactive=False, verbosity=0)
    triggers.install(connection)
    for table in triggers.placed_tables():
        triggers.load_boxes(connection, table, 0)
    return left.get(_KEY_TABLE, 0)


def _hold_master_key(wanted: Request) -> None:
    """Refuse a master key that opens nothing in this register."""
    if wanted.keys is None:
        return
    sql = f"SELECT id, wrapped FROM {_KEY_TABLE} ORDER BY id LIMIT 1"  # nosec B608 # names are of our own schema, values are bound
    for _, wrapped in bulk.few(connections["default"], sql):
        try:
            Fernet(wanted.keys["master.key"]).decrypt(wrapped.encode())
        except (InvalidToken, ValueError):
            raise BackupError(
                "the master key is not the one this register was sealed with: find the right one, "
                "or restore --without-keys and put it there later"
            ) from None


def _hold(archive: Archive, work: Path, progress: Progress) -> None:
    """Hold that what was restored is what was saved."""
    made = archive.manifest
    workspace.open_workspace(work)
    head = journal.head()
    found = (0, journal.GENESIS) if head is None else (head.seq + 1, head.hash)
    saved = (made.journal.entries, made.journal.hash) if made.journal else (0, journal.GENESIS)
    if found != saved:
        raise BackupError(f"the restored journal ends in {found}, the saved one in {saved}")
    if erasures.unfinished(work):
        raise BackupError("keys of erased persons came back")
    verdict = verify.verify(progress)
    if not verdict.well:
        raise BackupError(
            f"the restored register does not verify: {'; '.join(verdict.problems[:3])}"
        )


def _move(work: Path, folder: Path) -> None:
    connections["default"].close()
    if folder.exists():
        folder.rmdir()
    work.chmod(0o755)
    work.rename(folder)
    backup_archive.sync_folder(folder.parent)
