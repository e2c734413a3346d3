"""Many rows at once, the fast way of each database."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray

T = TypeVar("T")

#: Values named in one query; SQLite and people's patience have limits.
NAMED = 500

#: From this many names on, a whole table is read and sifted instead of naming each in queries.
MANY = 10_000

#: Rows handed to the driver at a time; bounds memory, costs nothing.
CHUNK = 10_000


def insert(connection: Any, table: str, columns: Sequence[str], rows: Iterable[tuple]) -> None:
    """Insert rows: ``COPY`` on PostgreSQL, one prepared statement on SQLite."""
    names = ", ".join(f'"{name}"' for name in columns)
    # The drivers are called past Django; their errors become Django's all the same.
    with connection.wrap_database_errors, connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as copy:
                for row in rows:
                    copy.write_row(row)
            return
        marks = ", ".join("?" * len(columns))
        # The driver's own cursor: Django's would rewrite the placeholders row by row.
        cursor.cursor.connection.executemany(
            f'INSERT INTO "{table}" ({names}) VALUES ({marks})',  # nosec B608 # names are of our own schema, values are bound
            rows,
        )


def select(connection: Any, sql: str, params: Sequence[Any] = ()) -> Iterable[tuple]:
    """Stream the rows of a query; on PostgreSQL through a server-side cursor."""
    if connection.vendor == "postgresql" and connection.in_atomic_block:
        with connection.chunked_cursor() as cursor:
            cursor.execute(sql, params)
            yield from cursor
        return
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        while rows := cursor.fetchmany(CHUNK):
            yield from rows


def few(connection: Any, sql: str, params: Sequence[Any] = ()) -> list[tuple]:
    """All rows of a query that gives few of them, in one round trip."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def named(connection: Any, sql: str, names: Sequence[Any], *params: Any) -> list[tuple]:
    """All rows of a query with ``{}`` where a list of names goes, chunk by chunk of the names.

    Parameters
    ----------
    params
        What stands behind the names.
    """
    found: list[tuple] = []
    for some in in_chunks(names):
        marks = ", ".join(["%s"] * len(some))
        found += few(connection, sql.format(marks), [*some, *params])
    return found


def named_or_sifted(
    connection: Any, sql: str, column: str, names: Collection[Any]
) -> list[tuple[Any, ...]]:
    """Rows whose first column is one of some names.

    Parameters
    ----------
    sql
        A query without condition; the first column that it selects is ``column``.
    column
        Name of that column.
    names
        Few are named in queries; for many the whole table is read once and sifted.
    """
    if len(names) < MANY:
        return named(connection, f"{sql} WHERE {column} IN ({{}})", sorted(names))
    wanted = names if isinstance(names, (set, frozenset, dict)) else set(names)
    return [row for row in select(connection, sql) if row[0] in wanted]


def instances(connection: Any, model: Any, column: str, names: Sequence[Any]) -> list[Any]:
    """Rows of a table as objects, without the displayed geometry, by the values of a column.

    For the few rows that one decision looks at: putting a query together takes Django several
    times longer than the database takes to answer it.
    """
    fields = [f.attname for f in model._meta.concrete_fields if f.attname != "geometry"]
    columns = ", ".join(f'"{name}"' for name in fields)
    sql = f'SELECT {columns} FROM "{model._meta.db_table}" WHERE "{column}" IN ({{}})'  # nosec B608 # names are of our own schema, values are bound
    return [model.from_db(connection.alias, fields, row) for row in named(connection, sql, names)]


def in_chunks(values: Sequence[T], size: int = NAMED) -> Iterable[Sequence[T]]:
    """Cut a sequence into pieces that one query can name."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


def objects(values: Sequence[Any]) -> NDArray[np.object_]:
    """One-dimensional object array of a sequence, whatever the elements are."""
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out


def shapes(blobs: Iterable[Any]) -> NDArray[np.object_]:
    """Geometries of WKB columns as the drivers give them; None stays None."""
    return shapely.from_wkb(objects([None if blob is None else bytes(blob) for blob in blobs]))


def next_id(connection: Any, table: str) -> int:
    """The id the next row of a state table gets: ids are given, so that a replay gives the same."""
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT COALESCE(MAX(id), 0) + 1 FROM "{table}"')  # nosec B608 # names are of our own schema, values are bound
        return int(cursor.fetchone()[0])
