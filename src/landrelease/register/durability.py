"""Whether a commit is on the disk when it is said to be done.

On SQLite the settings are ours, so a connection that does not have them is refused. On PostgreSQL
they are the server's: what endangers a decision is told, and the one who keeps the server decides.
"""

from __future__ import annotations

from typing import Any

#: What each connection to SQLite has to answer. Every commit waits for the disk, a crash never
#: tears a page, and a delete hidden in INSERT OR REPLACE meets the triggers.
SQLITE = {"journal_mode": "wal", "synchronous": 2, "recursive_triggers": 1, "foreign_keys": 1}

#: What a PostgreSQL server must not answer, and what it would cost.
POSTGRESQL = {
    "fsync": ("off", "a power cut can destroy the database"),
    "full_page_writes": ("off", "a power cut can destroy the database"),
    "synchronous_commit": ("off", "a power cut can take back decisions that were confirmed"),
}


def lapses(connection: Any) -> list[str]:
    """Say what endangers the durability of decisions; empty when nothing does.

    Parameters
    ----------
    connection
        A Django connection to either database.

    Returns
    -------
    list of str
        One sentence a setting, with what it is and what it costs or must be.
    """
    found = []
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for name, wanted in SQLITE.items():
                cursor.execute(f"PRAGMA {name}")
                (value,) = cursor.fetchone()
                if value != wanted:
                    found.append(f"SQLite's {name} is {value}, not {wanted}")
            return found
        for name, (bad, cost) in POSTGRESQL.items():
            cursor.execute(f"SHOW {name}")
            (value,) = cursor.fetchone()
            if value == bad:
                found.append(f"the server's {name} is {value}: {cost}")
    return found
