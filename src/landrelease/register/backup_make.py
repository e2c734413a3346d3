"""Making a backup while the register is in use.

The database is read as of one moment: on SQLite from a copy made by its online backup API (a long
read of the live file would keep its log from being emptied), on PostgreSQL in one repeatable-read
transaction. Attachments are copied after that: a file is on the disk before the row that names it,
so whatever the rows name is there. Nothing is locked for those who work.
"""

from __future__ import annotations

import contextlib
import re
import sqlite3
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db import connections, transaction

from . import (
    backup_archive,
    backup_folder,
    backup_keys,
    backup_tables,
    bulk,
    clock,
    configuration,
    erasures,
    journal,
    kept,
    lastly,
    workspace,
)
from .backup_archive import Archive, Attachment, Head, Manifest, Member, Table
from .errors import BackupError
from .progress import Progress

#: Name under which Django reaches the database as of one moment.
SNAPSHOT = "snapshot"

_OWN = {"attachments", "backups", "keys", workspace.SETTINGS_FILE, "migrate.lock"}


@dataclass(frozen=True)
class Made:
    """A backup that was made, or would be.

    Attributes
    ----------
    path
        The archive; None in a dry run.
    sha256
        Its hash, to note down elsewhere.
    entries, head
        Length and head of the journal.
    rows
        Rows of all tables.
    attachments, attachment_bytes
        What was handed in, in all.
    new_attachments, new_bytes
        What of it was copied now; the rest lay there already.
    left_out
        What of the workspace is not in the backup.
    altered
        Files in attachments/ that are not what was received: their bytes do not hash to their
        name. They were saved as they are.
    """

    path: Path | None
    sha256: str
    entries: int
    head: str
    rows: int
    size: int
    attachments: int
    attachment_bytes: int
    new_attachments: int
    new_bytes: int
    keys: str
    left_out: list[str] = field(default_factory=list)
    altered: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"path": None if self.path is None else str(self.path)}


def make(
    destination: Path,
    *,
    one_file: bool = False,
    passphrase: str | None = None,
    dry_run: bool = False,
    progress: Progress = lambda stage, done, total: None,
) -> Made:
    """Back up the open workspace into a folder.

    Parameters
    ----------
    destination
        Folder of the backups. Attachments lie there once, however many backups there are.
    one_file
        Put the attachments into the archive, too, to carry it away.
    passphrase
        Put the keys into the archive, sealed under this.
    dry_run
        Write nothing; count what would be.

    Raises
    ------
    BackupError
        When the folder cannot be used, the database is damaged, or what was written does not read
        back as it was.
    """
    folder = workspace.current().folder
    destination = destination.absolute()
    _refuse_destination(folder, destination)
    if dry_run:
        return _counted(folder, destination, one_file, passphrase is not None)
    destination.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (
        backup_folder.locked(destination),
        _scratch(destination) as scratch,
        snapshot(scratch, progress),
    ):
        name = f"{datetime.now(UTC).strftime('%Y%m%dT%H%M%S.%f')}Z.tar"
        with backup_archive.Writer(destination / name) as writer:
            made = _write(folder, destination, writer, scratch, one_file, passphrase, progress)
            _read_back(writer.partial, progress)
            writer.publish()
    path = destination / name
    lastly.note(folder, lastly.Backup(clock.now(), str(destination), name, made.head))
    return Made(**{**vars(made), "path": path, "sha256": kept.hash_file(path)})


def _write(
    folder: Path,
    destination: Path,
    writer: backup_archive.Writer,
    scratch: Path,
    one_file: bool,
    passphrase: str | None,
    progress: Progress,
) -> Made:
    nodes = backup_tables.applied_migrations(SNAPSHOT)
    models = backup_tables.models_of(nodes, SNAPSHOT)
    head = _head()
    tables = _save_tables(models, writer, scratch, progress)
    writer.add_bytes(backup_archive.SETTINGS, settings_without_address(folder))
    left_out = _left_out(folder, models, passphrase is not None)
    others, skipped = other_files(folder)
    for path in others:
        writer.add_file(f"files/{path.relative_to(folder).as_posix()}", path)
    left_out += skipped
    log = erasures.read(erasures.log_path(folder))
    writer.add_bytes(backup_archive.ERASURES, _log_bytes(folder))
    erasures.append(destination / erasures.LOG, log)
    listed, new = _save_attachments(folder, destination, writer, one_file, progress)
    if passphrase is not None:
        writer.add_bytes(backup_archive.KEYS, backup_keys.seal(folder / "keys", passphrase))
    connection = connections[SNAPSHOT]
    manifest = Manifest(
        made_at=clock.now(),
        engines=journal.engines(),
        database=connection.vendor,
        database_version=".".join(map(str, connection.get_database_version())),
        profile=workspace.current().profile,
        migrations=nodes,
        journal=head,
        tables=tables,
        members=writer.members,
        attachments="inside" if one_file else "beside",
        attachment_count=len(listed),
        attachment_bytes=sum(one.size for one in listed),
        keys="apart" if passphrase is None else "sealed",
        left_out=left_out,
    )
    partial = writer.finish(manifest)
    return Made(
        path=None,
        sha256="",
        entries=head.entries if head else 0,
        head=head.hash if head else journal.GENESIS,
        rows=sum(table.rows for table in tables.values()),
        size=partial.stat().st_size,
        attachments=len(listed),
        attachment_bytes=manifest.attachment_bytes,
        new_attachments=len(new),
        new_bytes=sum(one.size for one in new),
        keys=manifest.keys,
        left_out=left_out,
        altered=[one.path for one in listed if Path(one.path).name != one.sha256],
    )


def _read_back(path: Path, progress: Progress) -> None:
    with Archive(path) as archive:
        problems = archive.problems(progress, attachments=False)
    if problems:
        raise BackupError(
            f"the backup does not read back as it was written ({problems[0]}), so it was thrown "
            "away; look after the disk it was written to"
        )


# --- one moment -----------------------------------------------------------------------------------


@contextlib.contextmanager
def snapshot(scratch: Path, progress: Progress) -> Iterator[None]:
    """Make the database as of now readable as :data:`SNAPSHOT`.

    Raises
    ------
    BackupError
        When SQLite finds the copy damaged.
    """
    opened = workspace.current()
    if opened.database != "sqlite":
        configuration.point(SNAPSHOT, opened.connection_settings())
        try:
            with transaction.atomic(using=SNAPSHOT):
                with connections[SNAPSHOT].cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                yield
        finally:
            connections[SNAPSHOT].close()
        return
    progress("copying the database", 0, None)
    copy = scratch / "copy.sqlite3"
    try:
        with (
            contextlib.closing(sqlite3.connect(opened.folder / workspace.DATABASE_FILE)) as source,
            contextlib.closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)
            (found,) = target.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        raise BackupError(
            f"the database could not be copied to {scratch.parent} ({error}), so no backup was "
            "made: is that disk full? If not, landrelease doctor looks for damage"
        ) from error
    if found != "ok":
        raise BackupError(
            f"the database is damaged ({found}), so no backup was made of it: stop working in it, "
            "copy the whole folder of the workspace as it is, and restore the last good backup"
        )
    configuration.point(SNAPSHOT, configuration.sqlite_database(copy))
    try:
        yield
    finally:
        connections[SNAPSHOT].close()


@contextlib.contextmanager
def _scratch(destination: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix=".scratch-", dir=destination) as folder:
        yield Path(folder)


def _head() -> Head | None:
    connection = connections[SNAPSHOT]
    sql = "SELECT seq, hash, recorded_at FROM register_journalentry ORDER BY seq DESC LIMIT 1"
    found = bulk.few(connection, sql)
    if not found:
        return None
    ((entries,),) = bulk.few(connection, "SELECT COUNT(*) FROM register_journalentry")
    _, sha256, recorded_at = found[0]
    return Head(entries=entries, hash=sha256, recorded_at=recorded_at)


# --- what goes into it ----------------------------------------------------------------------------


def _save_tables(
    models: dict[str, Any], writer: backup_archive.Writer, scratch: Path, progress: Progress
) -> dict[str, Table]:
    tables = {}
    for name in sorted(models):
        path = scratch / "table"
        with path.open("wb") as out:
            tables[name] = backup_tables.save(
                models[name], SNAPSHOT, out, lambda count, n=name: progress(n, count, None)
            )
        writer.add_file(f"tables/{name}.jsonl.gz", path)
    return tables


def _save_attachments(
    folder: Path,
    destination: Path,
    writer: backup_archive.Writer,
    one_file: bool,
    progress: Progress,
) -> tuple[list[Attachment], list[Attachment]]:
    """Copy what was handed in; gives all of it, and what was not there before."""
    paths = attachment_paths(folder)
    listed, new = [], []
    for number, path in enumerate(paths):
        progress("copying attachments", number, len(paths))
        relative = path.relative_to(folder / "attachments").as_posix()
        if one_file:
            member: Member = writer.add_file(f"attachments/{relative}", path)
            fresh = True
        else:
            member, fresh = backup_archive.keep_object(destination, path)
        attachment = Attachment(path=relative, **member.model_dump())
        listed.append(attachment)
        if fresh:
            new.append(attachment)
    lines = b"".join(one.model_dump_json().encode() + b"\n" for one in listed)
    writer.add_bytes(backup_archive.ATTACHMENTS, lines)
    return listed, new


def attachment_paths(folder: Path) -> list[Path]:
    """Files that were handed in; one that is being received has a temporary name and no receipt."""
    found = (folder / "attachments").rglob("*")
    return sorted(p for p in found if p.is_file() and not re.fullmatch(r"tmp\w{8}", p.name))


def other_files(folder: Path) -> tuple[list[Path], list[str]]:
    """Files of a workspace beside database, attachments and keys; and what is passed over."""
    found, skipped = [], []
    for top in sorted(folder.iterdir()):
        if top.name in _OWN or top.name.startswith(workspace.DATABASE_FILE):
            continue
        for path in [top] if not top.is_dir() or top.is_symlink() else sorted(top.rglob("*")):
            if path.is_symlink():
                skipped.append(f"{path.relative_to(folder)}: it is a link to {path.readlink()}")
            elif path.is_file():
                found.append(path)
    return found, skipped


def settings_without_address(folder: Path) -> bytes:
    """The settings, without the address of the database: it may hold a password."""
    text = (folder / workspace.SETTINGS_FILE).read_text(encoding="utf-8")
    found = re.sub(r"^\s*database\s*=.*$", 'database = ""', text, flags=re.MULTILINE)
    tomllib.loads(found)
    return found.encode()


def _left_out(folder: Path, models: dict[str, Any], sealed: bool) -> list[str]:
    found = []
    if not sealed:
        found.append(
            "keys/: they open the personal data in this backup; copy the folder to other media"
        )
    if any((folder / "backups").glob("*-before-migration.*")):
        found.append("backups/: copies of the database from before migrations")
    profile = Path(workspace.current().profile)
    if profile.suffix in (".yaml", ".yml") and not (folder / profile).resolve().is_relative_to(
        folder.resolve()
    ):
        found.append(f"the profile {profile}: it lies outside the workspace; copy it yourself")
    strangers = backup_tables.foreign_tables(SNAPSHOT, models)
    if strangers:
        found.append(f"tables that are not the program's: {', '.join(strangers)}")
    return found


def _log_bytes(folder: Path) -> bytes:
    path = erasures.log_path(folder)
    return path.read_bytes() if path.exists() else b""


# --- before and after -----------------------------------------------------------------------------


def _refuse_destination(folder: Path, destination: Path) -> None:
    if destination.resolve().is_relative_to(folder.resolve()):
        raise BackupError(
            f"{destination} lies in the workspace itself; name a folder outside, best on another "
            "disk"
        )
    if destination.exists() and not destination.is_dir():
        raise BackupError(f"{destination} is a file; name a folder for the backups")


def _counted(folder: Path, destination: Path, one_file: bool, sealed: bool) -> Made:
    """What a backup would hold, without writing anything."""
    nodes = backup_tables.applied_migrations("default")
    models = backup_tables.models_of(nodes, "default")
    rows = sum(model._base_manager.using("default").count() for model in models.values())
    head = journal.head()
    sizes = {path: path.stat().st_size for path in attachment_paths(folder)}
    # The name of a kept file is its hash; a real backup hashes it anew.
    new = {
        path: size
        for path, size in sizes.items()
        if one_file or not backup_archive.object_path(destination, path.name).exists()
    }
    others, skipped = other_files(folder)
    return Made(
        path=None,
        sha256="",
        entries=0 if head is None else head.seq + 1,
        head=journal.GENESIS if head is None else head.hash,
        rows=rows,
        size=sum(path.stat().st_size for path in others),
        attachments=len(sizes),
        attachment_bytes=sum(sizes.values()),
        new_attachments=len(new),
        new_bytes=sum(new.values()),
        keys="sealed" if sealed else "apart",
        left_out=skipped,
    )
