"""Tables of either database as JSON lines, and back into either.

The tables are those of the migrations that were applied, not of this version of the program: a
backup from before an upgrade is put back as it was and then migrated. A line is a JSON array with
the values of one row in the order of the manifest's columns:

=================================  ===============================================================
kind (Django's name)               written as
=================================  ===============================================================
BinaryField, GeometryField         base64; a geometry as WKB in longitude and latitude
DateTimeField, DateField, …        ISO 8601
DecimalField, UUIDField            text
DurationField                      whole microseconds
JSONField                          the value itself
any other                          number (whole ones exact to 64 bits), text, boolean, null
=================================  ===============================================================
"""

from __future__ import annotations

import base64
import gzip
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import IO, Any
from uuid import UUID

import orjson
import shapely
from django.db import connections, transaction
from django.db.migrations.executor import MigrationExecutor

from . import bulk
from .backup_archive import Table
from .errors import BackupError
from .fields import to_database

Node = tuple[str, str]

#: Longest row of a table, as JSON: a part of the journal, or a boundary of millions of vertices.
LONGEST_ROW = 500_000_000


@dataclass(frozen=True)
class _Kind:
    """How values of a column are written and read."""

    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


def _geometry(value: str) -> Any:
    return shapely.from_wkb(base64.b64decode(value, validate=True))


_KINDS: dict[str, _Kind] = {
    "BinaryField": _Kind(
        lambda v: base64.b64encode(bytes(v)).decode(), lambda v: base64.b64decode(v, validate=True)
    ),
    "GeometryField": _Kind(lambda v: base64.b64encode(shapely.to_wkb(v)).decode(), _geometry),
    "DateTimeField": _Kind(lambda v: v.isoformat(), datetime.fromisoformat),
    "DateField": _Kind(lambda v: v.isoformat(), date.fromisoformat),
    "TimeField": _Kind(lambda v: v.isoformat(), time.fromisoformat),
    "DecimalField": _Kind(str, Decimal),
    "UUIDField": _Kind(str, UUID),
    "DurationField": _Kind(
        lambda v: v // timedelta(microseconds=1), lambda v: timedelta(microseconds=v)
    ),
    "JSONField": _Kind(lambda v: v, lambda v: v),
}


def applied_migrations(using: str) -> list[Node]:
    """The migrations that a database has seen, sorted."""
    return sorted(MigrationExecutor(connections[using]).loader.applied_migrations)


def models_of(nodes: Iterable[Node], using: str) -> dict[str, Any]:
    """The tables after some migrations: name of the table and its model as it was then.

    Raises
    ------
    BackupError
        When this program does not know one of the migrations.
    """
    loader = MigrationExecutor(connections[using]).loader
    wanted = list(nodes)
    unknown = [f"{app}.{name}" for app, name in wanted if (app, name) not in loader.disk_migrations]
    if unknown:
        raise BackupError(
            f"the tables were written by another version of landrelease (it knows "
            f"{', '.join(unknown)}); install that version, or a newer one"
        )
    known = [node for node in wanted if node in loader.graph.nodes]
    apps = loader.project_state(known).apps
    return {
        model._meta.db_table: model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy
    }


def foreign_tables(using: str, known: Iterable[str]) -> list[str]:
    """Tables of a database that no model has and that the program does not keep beside them."""
    connection = connections[using]
    with connection.cursor() as cursor:
        names = set(connection.introspection.table_names(cursor))
    expected = {*known, "django_migrations", "spatial_ref_sys", "sqlite_sequence"}
    return sorted(name for name in names - expected if "_rtree" not in name)


def save(model: Any, using: str, out: IO[bytes], tick: Callable[[int], None]) -> Table:
    """Write the rows of a table, in the order of their ids, gzipped.

    Parameters
    ----------
    tick
        Told the number of rows so far, now and then.
    """
    fields = list(model._meta.concrete_fields)
    names = [field.attname for field in fields]
    kinds = [_KINDS.get(field.get_internal_type()) for field in fields]
    special = [(place, kind.write) for place, kind in enumerate(kinds) if kind is not None]
    count = 0
    rows = model._base_manager.using(using).order_by("pk").values_list(*names)
    with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=4, mtime=0) as packed:
        for row in rows.iterator(chunk_size=bulk.CHUNK):
            if special:
                values = list(row)
                for place, write in special:
                    if values[place] is not None:
                        values[place] = write(values[place])
                row = values
            try:
                packed.write(orjson.dumps(row) + b"\n")
            except TypeError as error:
                raise BackupError(
                    f"row {row[0]!r} of the table {model._meta.db_table} cannot be written as "
                    f"JSON: {error}"
                ) from error
            count += 1
            if count % bulk.CHUNK == 0:
                tick(count)
    tick(count)
    columns = {field.column: field.get_internal_type() for field in fields}
    return Table(rows=count, columns=columns, last_id=_last_id(model, using))


def make_tables(nodes: Iterable[Node], using: str) -> None:
    """Bring an empty database to exactly these migrations, all tables empty."""
    connection = connections[using]
    executor = MigrationExecutor(connection)
    known = [node for node in nodes if node in executor.loader.graph.nodes]
    inner = {
        parent.key
        for node in known
        for parent in executor.loader.graph.node_map[node].parents
        if parent.key[0] == node[0]
    }
    executor.migrate([node for node in known if node not in inner])
    # What a migration has put in comes from the backup, too, or was deleted there.
    models = models_of(nodes, using)
    with _unchecked(connection), transaction.atomic(using=using), connection.cursor() as cursor:
        for table in models:
            cursor.execute(f'DELETE FROM "{table}"')  # nosec B608 # names are of our own schema, values are bound


def load(
    nodes: Iterable[Node],
    using: str,
    tables: dict[str, Table],
    open_table: Callable[[str], IO[bytes]],
    *,
    leave_out: Callable[[str, dict[str, Any]], bool],
    progress: Callable[[str, int, int | None], None],
) -> dict[str, int]:
    """Fill empty tables, in one transaction.

    Parameters
    ----------
    open_table
        Gives the gzipped lines of a table.
    leave_out
        Whether a row of a table (by name) is not put in.

    Returns
    -------
    dict of str to int
        Rows that were left out, by table.

    Raises
    ------
    BackupError
        When the tables are not those of the migrations, or the rows not those counted.
    """
    connection = connections[using]
    models = models_of(nodes, using)
    strange = sorted(set(tables) ^ set(models))
    if strange:
        raise BackupError(f"the backup and its migrations differ about {', '.join(strange)}")
    total, done = sum(table.rows for table in tables.values()), 0
    left: dict[str, int] = {}
    with _unchecked(connection), transaction.atomic(using=using):
        for name in sorted(tables):
            columns = {f.column: f.get_internal_type() for f in models[name]._meta.concrete_fields}
            if list(columns.items()) != list(tables[name].columns.items()):
                raise BackupError(f"the columns of {name} are not those of its migrations")
            reader = _Reader(models[name], connection, name, leave_out)
            with open_table(name) as stream:
                bulk.insert(connection, name, list(columns), reader.rows(stream))
            if reader.read != tables[name].rows:
                raise BackupError(
                    f"the table {name} holds {reader.read} rows, not {tables[name].rows}"
                )
            ((count,),) = bulk.few(connection, f'SELECT COUNT(*) FROM "{name}"')  # nosec B608 # names are of our own schema, values are bound
            if count != reader.read - reader.left:
                raise BackupError(f"{count} of {reader.read} rows of {name} were put back")
            if reader.left:
                left[name] = reader.left
            _set_last_id(models[name], using, tables[name].last_id)
            done += reader.read
            progress("restoring tables", done, total)
        connection.check_constraints()
    return left


class _Reader:
    """Rows of a saved table as a database takes them."""

    def __init__(
        self, model: Any, connection: Any, name: str, leave_out: Callable[..., bool]
    ) -> None:
        self._fields = list(model._meta.concrete_fields)
        self._connection = connection
        self._name = name
        self._leave_out = leave_out
        self.read = self.left = 0

    def rows(self, stream: IO[bytes]) -> Iterator[tuple[Any, ...]]:
        names = [field.column for field in self._fields]
        special = [
            (place, self._prepare(field))
            for place, field in enumerate(self._fields)
            if field.get_internal_type() in _KINDS
        ]
        with gzip.GzipFile(fileobj=stream, mode="rb") as packed:
            while line := packed.readline(LONGEST_ROW + 1):
                if len(line) > LONGEST_ROW:
                    raise BackupError(
                        f"a row of {self._name} has more than {LONGEST_ROW:,} bytes, as no backup "
                        "of ours does"
                    )
                try:
                    row = orjson.loads(line)
                except ValueError as error:
                    raise BackupError(f"a row of {self._name} is not JSON: {error}") from error
                if len(row) != len(names):
                    raise BackupError(f"a row of {self._name} has {len(row)} values")
                self.read += 1
                if self._leave_out(self._name, dict(zip(names, row, strict=True))):
                    self.left += 1
                    continue
                for place, prepare in special:
                    if row[place] is not None:
                        row[place] = prepare(row[place])
                yield tuple(row)

    def _prepare(self, field: Any) -> Callable[[Any], Any]:
        kind = field.get_internal_type()
        read, vendor = _KINDS[kind].read, self._connection.vendor
        if kind == "GeometryField":
            return lambda value: to_database(read(value), vendor)
        if kind == "BinaryField":
            return read
        return lambda value: field.get_db_prep_save(read(value), self._connection)


@contextmanager
def _unchecked(connection: Any) -> Iterator[None]:
    """Without checking references row by row; they are checked together at the end."""
    # PostgreSQL defers them to the end of the transaction by itself.
    if connection.vendor == "sqlite":
        connection.disable_constraint_checking()
    try:
        yield
    finally:
        if connection.vendor == "sqlite":
            connection.enable_constraint_checking()


def _gives_ids(model: Any) -> bool:
    return model._meta.pk.get_internal_type() in ("AutoField", "BigAutoField", "SmallAutoField")


def _last_id(model: Any, using: str) -> int | None:
    if not _gives_ids(model):
        return None
    connection, table = connections[using], model._meta.db_table
    if connection.vendor == "sqlite":
        found = bulk.few(connection, "SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        return int(found[0][0]) if found else 0
    sequence = _sequence(connection, model)
    if sequence is None:
        return None
    ((last, called),) = bulk.few(connection, f"SELECT last_value, is_called FROM {sequence}")  # nosec B608 # names are of our own schema, values are bound
    return int(last) if called else int(last) - 1


def _set_last_id(model: Any, using: str, last: int | None) -> None:
    if last is None or not _gives_ids(model):
        return
    connection, table, column = connections[using], model._meta.db_table, model._meta.pk.column
    ((highest,),) = bulk.few(connection, f'SELECT COALESCE(MAX("{column}"), 0) FROM "{table}"')  # nosec B608 # names are of our own schema, values are bound
    last = max(last, highest)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, last])
        elif sequence := _sequence(connection, model):
            cursor.execute("SELECT setval(%s, %s, %s)", [sequence, max(last, 1), last > 0])


def _sequence(connection: Any, model: Any) -> str | None:
    names = [f'"{model._meta.db_table}"', model._meta.pk.column]
    ((sequence,),) = bulk.few(connection, "SELECT pg_get_serial_sequence(%s, %s)", names)
    return sequence
