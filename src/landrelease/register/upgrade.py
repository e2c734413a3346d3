"""Bringing a database up to this version of the program: all of it, or nothing.

Every migration, the triggers and (on demand) a verification of the whole register run in one
transaction; both databases can take back changes of tables. Whatever fails, or is killed, leaves
the database as it was. The copy made before is for what no transaction guards against.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from . import triggers, workspace
from .errors import WorkspaceError
from .progress import Progress
from .workspace import Workspace


@dataclass(frozen=True)
class Upgraded:
    """What an upgrade did, or would do.

    Attributes
    ----------
    migrations
        Names of the migrations.
    copy
        Path of the copy made before; empty when there was nothing to do.
    verified
        Whether the register was verified before the upgrade was kept.
    done
        Whether anything was changed.
    """

    migrations: list[str]
    copy: str
    verified: bool
    done: bool

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def upgrade(
    opened: Workspace,
    *,
    verify_after: bool = True,
    dry_run: bool = False,
    progress: Progress = lambda stage, done, total: None,
) -> Upgraded:
    """Upgrade the database of a workspace, after a copy of it.

    Parameters
    ----------
    opened
        The workspace, as :func:`.workspace.configured` gives it.
    verify_after
        Replay the whole journal against the new tables before they are kept.
    dry_run
        Only name the migrations.

    Raises
    ------
    WorkspaceError
        When no copy could be made, or a migration or the verification failed; the database is then
        as it was.
    """
    if dry_run:
        return Upgraded(_left_to_do(opened), "", False, False)
    with workspace.migration_lock(opened, connection):
        left = _left_to_do(opened)
        if not left:
            return Upgraded([], "", False, False)
        progress("copying the database", 0, None)
        copy = workspace.backup(opened)
        progress("migrating", 0, None)
        migrate(connection, (lambda: _hold_verified(progress)) if verify_after else None)
    return Upgraded(left, str(copy), verify_after, True)


def migrate(connection: Any, check: Any = None) -> None:
    """Run every migration and create the triggers, as one transaction.

    Parameters
    ----------
    check
        Called before the transaction ends; what it raises takes everything back.

    Raises
    ------
    WorkspaceError
        When a migration failed; the database is as it was.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS postgis")
    try:
        with _one_transaction(connection):
            call_command("migrate", interactive=False, verbosity=0)
            triggers.install(connection)
            if check is not None:
                check()
    except WorkspaceError:
        raise
    except Exception as error:
        what = "the database refused it" if isinstance(error, DatabaseError) else "it failed"
        raise WorkspaceError(
            f"the upgrade was taken back, and the database is as it was: {what} "
            f"({type(error).__name__}: {error}). Go on with the version you had, and report this"
        ) from error


@contextlib.contextmanager
def _one_transaction(connection: Any) -> Iterator[None]:
    if connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            # A table cannot be altered while deferred checks of its rows are pending.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            yield
        return
    # SQLite alters a table by building it anew, which references to it must not see; they are
    # checked by the schema editor at the end of each migration.
    connection.disable_constraint_checking()
    try:
        with transaction.atomic():
            yield
    finally:
        connection.enable_constraint_checking()


def _left_to_do(opened: Workspace) -> list[str]:
    return workspace.pending(MigrationExecutor(connection), opened)


def _hold_verified(progress: Progress) -> None:
    from . import verify

    verdict = verify.verify(progress)
    if not verdict.well:
        raise WorkspaceError(
            "the upgrade was taken back, and the database is as it was: afterwards the register "
            f"did not verify ({verdict.problems[0]})"
        )
