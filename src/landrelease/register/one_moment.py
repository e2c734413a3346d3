"""Reading the register as of one moment, however much others write meanwhile.

What is written in several reads (a file in batches, tables that refer to each other) would else
mix what stood before a decision with what stands after it: an area as it was, and beside it the
parts it was split into.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from django.db import connection, transaction


@contextlib.contextmanager
def one_moment() -> Iterator[None]:
    """Let all reads within be of the state that the first of them finds; nothing may be written.

    Others go on writing: PostgreSQL keeps the snapshot of the transaction, SQLite that of a read
    in its write-ahead log. Within a transaction that is open already nothing is changed.
    """
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
    else:
        with connection.cursor() as cursor:
            # Deferred: a transaction of Django's would begin with the lock of whoever writes.
            cursor.execute("BEGIN DEFERRED")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")
