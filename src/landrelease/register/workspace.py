"""A workspace: the folder in which a programme's register lives.

::

    DIR/landrelease.toml     settings: the database, the profile
    DIR/register.sqlite3     the database (unless PostgreSQL is named)
    DIR/attachments/         everything that was handed in, under its hash
    DIR/keys/master.key      the key that wraps the keys of personal data (mode 0600)
    DIR/backups/             a copy from before every migration
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import sqlite3
import subprocess  # nosec B404 # runs pg_dump only
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet

from . import configuration
from .errors import WorkspaceError

SETTINGS_FILE = "landrelease.toml"
DATABASE_FILE = "register.sqlite3"


@dataclass(frozen=True)
class Workspace:
    """An open workspace.

    Attributes
    ----------
    folder
        Where it lies.
    database
        ``sqlite`` or a ``postgresql://`` address.
    profile
        Name of the national profile, or path of a profile file.
    """

    folder: Path
    database: str
    profile: str

    @property
    def attachments(self) -> Path:
        return self.folder / "attachments"

    @property
    def backups(self) -> Path:
        return self.folder / "backups"

    @property
    def master_key(self) -> bytes:
        path = self.folder / "keys" / "master.key"
        try:
            return path.read_bytes()
        except FileNotFoundError:
            raise WorkspaceError(
                f"{path} is missing: without it personal data cannot be read or written. "
                "Copy it back from where the keys are kept."
            ) from None

    def connection_settings(self) -> dict[str, Any]:
        if self.database == "sqlite":
            return configuration.sqlite_database(self.folder / DATABASE_FILE)
        return configuration.postgresql_database(self.database)


_current: Workspace | None = None


def current() -> Workspace:
    """The workspace this process has open."""
    if _current is None:
        raise WorkspaceError("no workspace is open; call open_workspace(DIR) first")
    return _current


def init_workspace(
    folder: Path | str,
    *,
    database: str = "sqlite",
    profile: str = "default",
) -> Workspace:
    """Make a new workspace and open it.

    Parameters
    ----------
    folder
        A folder that does not exist or is empty.
    database
        ``sqlite`` for a file in the workspace, or ``postgresql://USER@HOST/NAME`` of an empty
        database with PostGIS.

    Raises
    ------
    WorkspaceError
        When the folder holds something already, or the database does.
    """
    folder = Path(folder).absolute()
    if folder.exists() and any(folder.iterdir()):
        raise WorkspaceError(f"{folder} is not empty; give a new folder for the workspace")
    if database != "sqlite":
        refuse_if_taken(database)
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Nobody else on the machine looks into it, unless somebody made the folder for that before.
    folder.mkdir(mode=0o700, exist_ok=True)
    for part in ("attachments", "backups", "keys"):
        (folder / part).mkdir(mode=0o700 if part == "keys" else 0o755, exist_ok=True)
    key_file = folder / "keys" / "master.key"
    os.close(os.open(key_file, os.O_CREAT | os.O_WRONLY, 0o600))
    key_file.write_bytes(Fernet.generate_key())
    secret_file = folder / "keys" / "django.secret"
    os.close(os.open(secret_file, os.O_CREAT | os.O_WRONLY, 0o600))
    secret_file.write_text(secrets.token_urlsafe(48))
    (folder / SETTINGS_FILE).write_text(
        "# Settings of this landrelease workspace.\n"
        f"database = {toml_string(database)}\n"
        f"profile = {toml_string(profile)}\n",
        encoding="utf-8",
    )
    return open_workspace(folder)


def refuse_if_taken(database: str) -> None:
    """A database that holds a register belongs to the workspace it was made with."""
    from django.db import OperationalError, connection

    configuration.configure(configuration.postgresql_database(database), secrets.token_hex())
    try:
        tables = connection.introspection.table_names()
    except OperationalError as error:
        raise WorkspaceError(f"the database cannot be reached: {error}") from error
    if "register_journalentry" in tables:
        raise WorkspaceError(
            "the database holds a register already; open the workspace it belongs to, or give an "
            "empty database"
        )


def open_workspace(folder: Path | str) -> Workspace:
    """Open a workspace: point Django at it, migrate if needed, check the triggers.

    Raises
    ------
    WorkspaceError
        When there is no workspace, the database cannot be reached, or it is newer than this
        program.
    """
    global _current
    workspace = _configured(folder)
    _migrate(workspace)
    _current = workspace
    return workspace


def open_unmigrated(folder: Path | str) -> Workspace:
    """Open a workspace as it is, without migrating or checking anything, to look or to repair.

    Raises
    ------
    WorkspaceError
        When there is no workspace, or its settings cannot be read.
    """
    global _current
    _current = _configured(folder)
    return _current


def _configured(folder: Path | str) -> Workspace:
    workspace = read_workspace(folder)
    secret = workspace.folder / "keys" / "django.secret"
    try:
        configuration.configure(workspace.connection_settings(), secret.read_text())
    except FileNotFoundError:
        raise WorkspaceError(
            f"{secret} is missing: copy it back from where the keys are kept, or make a new one "
            "(any long random text; everybody has to sign in anew)"
        ) from None
    return workspace


def read_workspace(folder: Path | str) -> Workspace:
    """Read the settings of a workspace; its database is not touched.

    Raises
    ------
    WorkspaceError
        When there is no workspace, or its settings cannot be read.
    """
    folder = Path(folder).absolute()
    settings_file = folder / SETTINGS_FILE
    if not settings_file.exists():
        raise WorkspaceError(
            f"{folder} is no workspace (no {SETTINGS_FILE}); make one with 'landrelease init DIR'"
        )
    try:
        settings = tomllib.loads(settings_file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise WorkspaceError(f"{settings_file} cannot be read: {error}") from error
    return Workspace(folder, settings.get("database", "sqlite"), settings.get("profile", "default"))


def _migrate(workspace: Workspace) -> None:
    from django.db import OperationalError, connection
    from django.db.migrations.executor import MigrationExecutor

    from . import triggers, upgrade

    try:
        connection.ensure_connection()
    except OperationalError as error:
        raise WorkspaceError(
            f"the database of {workspace.folder} cannot be reached: {error}"
        ) from (error)
    if pending(MigrationExecutor(connection), workspace):
        with migration_lock(workspace, connection):
            executor = MigrationExecutor(connection)
            if pending(executor, workspace):
                if executor.loader.applied_migrations:
                    backup(workspace)
                upgrade.migrate(connection)
    try:
        triggers.check(connection)
    except WorkspaceError:
        # Another process may be between a migration and its triggers: wait for it, look again.
        with migration_lock(workspace, connection):
            triggers.check(connection)
    _refuse_unless_durable(workspace, connection)


def _refuse_unless_durable(workspace: Workspace, connection: Any) -> None:
    from . import durability

    found = durability.lapses(connection) if connection.vendor == "sqlite" else []
    if found:
        raise WorkspaceError(
            f"the database of {workspace.folder} would not keep decisions safely: "
            f"{'; '.join(found)}. Is the folder on a network drive? Put it on a local disk, or "
            "use PostgreSQL."
        )


def pending(executor: Any, workspace: Workspace) -> list[str]:
    """Names of the migrations that are left to do.

    Raises
    ------
    WorkspaceError
        When the database has seen one that this program does not know.
    """
    known = set(executor.loader.disk_migrations)
    unknown = sorted(
        name
        for app, name in executor.loader.applied_migrations
        if app == "register" and (app, name) not in known
    )
    if unknown:
        raise WorkspaceError(
            f"the database of {workspace.folder} was written by a newer landrelease "
            f"(it knows {', '.join(unknown)}); install that version, or restore a backup from "
            f"{workspace.backups}"
        )
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


@contextlib.contextmanager
def migration_lock(workspace: Workspace, connection: Any) -> Iterator[None]:
    """One migration at a time, whichever process or machine starts first."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(hashtext('landrelease-migrate'))")
        try:
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtext('landrelease-migrate'))")
        return
    with (workspace.folder / "migrate.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def backup(workspace: Workspace) -> Path:
    """Copy the database to ``backups/`` while it may be in use; returns the copy."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    workspace.backups.mkdir(exist_ok=True)
    if workspace.database == "sqlite":
        target = workspace.backups / f"{stamp}-before-migration.sqlite3"
        with (
            contextlib.closing(sqlite3.connect(workspace.folder / DATABASE_FILE)) as source,
            contextlib.closing(sqlite3.connect(target)) as copy,
        ):
            source.backup(copy)
        return target
    target = workspace.backups / f"{stamp}-before-migration.dump"
    result = subprocess.run(  # nosec B603, B607 # a fixed list of words, no shell; the pg_dump of the machine's path
        ["pg_dump", "--format=custom", f"--file={target}", workspace.database],
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise WorkspaceError(
            "the backup that must come before a migration failed, so nothing was migrated: "
            f"{result.stderr.strip()} (pg_dump must be installed, of the server's version or newer)"
        )
    return target


def toml_string(text: str) -> str:
    """Write a text as TOML does."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
