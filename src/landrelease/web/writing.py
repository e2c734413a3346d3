"""When a serving thread may write.

A connection of a serving thread can only read, until the gate lets a request through that may
change something (:mod:`.gate`). The one thing that may be written at any time is the session: its
table, through :class:`.session_store.SessionStore`. Outside the server (command line, tests)
nothing here does anything.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DatabaseError, connection

_state = threading.local()


#: Pages of an embedded database that each serving connection keeps in memory, KiB: there are as
#: many connections as threads, and they stay open.
_KEPT_KIB = 16_384


def begin_serving() -> None:
    """Say that this thread serves requests: its connection, kept from the last one, only reads.

    It is told so each time, whatever it is believed to have been told before; a connection that
    has broken meanwhile shows by this, and is opened anew.
    """
    _state.serving = True
    _state.allowed = False
    if connection.connection is not None:
        try:
            _set(connection, allowed=False)
        except DatabaseError:
            connection.close()


def refuse_on(sender: Any, connection: Any, **kwargs: Any) -> None:
    """Make a new connection of a serving thread read only (receiver of ``connection_created``)."""
    if getattr(_state, "serving", False):
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute(f"PRAGMA cache_size = -{_KEPT_KIB}")
        _set(connection, allowed=getattr(_state, "allowed", False))


def allow() -> None:
    """Let this request write."""
    _change(True)


def forbid() -> None:
    """Let nobody write any more in this thread."""
    try:
        _change(False)
    except DatabaseError:
        # A connection that is broken is opened anew, and then only reads.
        connection.close()


@contextmanager
def lifted() -> Iterator[None]:
    """Let a few statements write, whatever the request."""
    before = getattr(_state, "allowed", False)
    _change(True)
    try:
        yield
    finally:
        _change(before)


def _change(allowed: bool) -> None:
    if not getattr(_state, "serving", False) or getattr(_state, "allowed", False) is allowed:
        return
    _state.allowed = allowed
    if connection.connection is not None:
        _set(connection, allowed=allowed)


def _set(connection: Any, *, allowed: bool) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            mode = "off" if allowed else "on"
            cursor.execute(f"SET default_transaction_read_only = {mode}")
        else:
            cursor.execute(f"PRAGMA query_only = {'OFF' if allowed else 'ON'}")
