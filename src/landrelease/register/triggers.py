"""Triggers that hold what the tables promise.

* The journal, the content-addressed parts, and what is logged about people and about readings of
  personal data are append-only: UPDATE, DELETE and (on PostgreSQL) TRUNCATE fail.
* On SQLite an R*Tree follows the bounding-box columns of every placed record.

Django rebuilds SQLite tables during some migrations and drops their triggers, so they are created
anew after every migration and checked at every start.
"""

from __future__ import annotations

from typing import Any

from .errors import WorkspaceError
from .models import (
    RECORDS,
    JournalEntry,
    JournalPart,
    JournalTimestamp,
    Part,
    PeopleEvent,
    PersonalRead,
    PlacedRecord,
    ReviewEvent,
)

APPEND_ONLY = (
    JournalEntry,
    JournalPart,
    JournalTimestamp,
    Part,
    PeopleEvent,
    PersonalRead,
    ReviewEvent,
)


def placed_tables() -> list[str]:
    """Tables of the record types that have a place."""
    return [m._meta.db_table for m in RECORDS.values() if issubclass(m, PlacedRecord)]


def install(connection: Any) -> None:
    """Create every trigger that is not there."""
    with connection.cursor() as cursor:
        for statement in _statements(connection.vendor):
            cursor.execute(statement)


def check(connection: Any) -> None:
    """Refuse to go on when a trigger is missing.

    Raises
    ------
    WorkspaceError
        Naming the missing triggers.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # A trigger that was disabled holds nothing either.
            cursor.execute(
                "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')"
            )
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        present = {row[0] for row in cursor.fetchall()}
    missing = sorted(_expected(connection.vendor) - present)
    if missing:
        raise WorkspaceError(
            f"the database lacks the triggers {', '.join(missing)} that keep the journal "
            "append-only and the map index true; somebody removed them. Restore a backup, or run "
            "'landrelease migrate' to create them again and then 'landrelease verify' to see "
            "whether anything was altered meanwhile."
        )


def drop_box_triggers(connection: Any, table: str) -> None:
    """Stop following one table row by row, for a bulk load (SQLite only)."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for name in _box_trigger_names(table):
                cursor.execute(f'DROP TRIGGER IF EXISTS "{name}"')


def load_boxes(connection: Any, table: str, after_id: int) -> None:
    """Index the rows above ``after_id`` at once and follow the table again (SQLite only)."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(
                f'INSERT INTO "{table}_rtree" SELECT id, min_lon, max_lon, min_lat, max_lat '  # nosec B608 # names are of our own schema, values are bound
                f'FROM "{table}" WHERE id > %s AND min_lon IS NOT NULL',
                [after_id],
            )
            for statement in _box_triggers(table):
                cursor.execute(statement)


def _expected(vendor: str) -> set[str]:
    names = {
        f"{model._meta.db_table}_{action}"
        for model in APPEND_ONLY
        for action in (
            ("no_change", "no_truncate") if vendor == "postgresql" else ("no_update", "no_delete")
        )
    }
    if vendor == "sqlite":
        for table in placed_tables():
            names |= set(_box_trigger_names(table))
    return names


def _statements(vendor: str) -> list[str]:
    tables = [model._meta.db_table for model in APPEND_ONLY]
    if vendor == "postgresql":
        statements = [
            "CREATE OR REPLACE FUNCTION register_append_only() RETURNS trigger AS $$ BEGIN "
            "RAISE EXCEPTION 'the journal is append-only: % on % refused', TG_OP, TG_TABLE_NAME; "
            "END $$ LANGUAGE plpgsql"
        ]
        for table in tables:
            statements += [
                f'CREATE OR REPLACE TRIGGER "{table}_no_change" BEFORE UPDATE OR DELETE ON '
                f'"{table}" FOR EACH ROW EXECUTE FUNCTION register_append_only()',
                f'CREATE OR REPLACE TRIGGER "{table}_no_truncate" BEFORE TRUNCATE ON '
                f'"{table}" FOR EACH STATEMENT EXECUTE FUNCTION register_append_only()',
            ]
        statements += [
            f'CREATE INDEX IF NOT EXISTS "{table}_gist" ON "{table}" USING gist (geometry)'
            for table in placed_tables()
        ]
        return statements
    statements = []
    for table in tables:
        for action in ("update", "delete"):
            statements.append(
                f'CREATE TRIGGER IF NOT EXISTS "{table}_no_{action}" BEFORE {action.upper()} ON '
                f"\"{table}\" BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END"
            )
    for table in placed_tables():
        statements.append(
            f'CREATE VIRTUAL TABLE IF NOT EXISTS "{table}_rtree" '
            "USING rtree(id, min_lon, max_lon, min_lat, max_lat)"
        )
        statements += _box_triggers(table)
    return statements


def _box_trigger_names(table: str) -> tuple[str, str, str]:
    return f"{table}_box_insert", f"{table}_box_update", f"{table}_box_delete"


def _box_triggers(table: str) -> list[str]:
    on_insert, on_update, on_delete = _box_trigger_names(table)
    add = (
        f'INSERT INTO "{table}_rtree" SELECT NEW.id, NEW.min_lon, NEW.max_lon, NEW.min_lat, '
        "NEW.max_lat WHERE NEW.min_lon IS NOT NULL;"
    )
    remove = f'DELETE FROM "{table}_rtree" WHERE id = OLD.id;'  # nosec B608 # names are of our own schema, values are bound
    return [
        f'CREATE TRIGGER IF NOT EXISTS "{on_insert}" AFTER INSERT ON "{table}" BEGIN {add} END',
        f'CREATE TRIGGER IF NOT EXISTS "{on_update}" AFTER UPDATE ON "{table}" '
        f"BEGIN {remove} {add} END",
        f'CREATE TRIGGER IF NOT EXISTS "{on_delete}" AFTER DELETE ON "{table}" BEGIN {remove} END',
    ]
