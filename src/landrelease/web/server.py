"""Serving a workspace on this machine."""

from __future__ import annotations

import threading
import webbrowser
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from landrelease.register import workspace

STATIC = Path(__file__).parent / "static"
HOST = "127.0.0.1"
#: A page asks for up to a dozen tiles at once.
THREADS = 8

_serving = threading.local()


class NotBundled(Exception):
    """The front end has not been built."""


def serve(workspace_folder: Path | str, port: int, open_browser: bool = False) -> None:
    """Serve the pages of a workspace on 127.0.0.1 until interrupted.

    There is no sign-in yet: nobody but this machine is let in, and what is served is only read
    (the database itself refuses a write).

    Parameters
    ----------
    workspace_folder
        Folder of the workspace.
    port
        Port to listen on.
    open_browser
        Show the first page in the browser of the desktop.

    Raises
    ------
    landrelease.register.errors.WorkspaceError
        When the workspace cannot be opened.
    NotBundled
        When the front end has not been built.
    OSError
        When the port is taken.
    """
    import waitress

    workspace.open_workspace(workspace_folder)
    server = waitress.create_server(application(), host=HOST, port=port, threads=THREADS, ident="")
    if open_browser:
        webbrowser.open(f"http://{HOST}:{port}/")
    try:
        server.run()
    finally:
        server.close()


def application() -> Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]:
    """Make the WSGI application of the open workspace: static files and pages, read only.

    Raises
    ------
    NotBundled
        When the front end has not been built.
    """
    from django.core.wsgi import get_wsgi_application
    from django.db.backends.signals import connection_created
    from whitenoise import WhiteNoise

    from .security import HEADERS

    if not (STATIC / "dist" / "app.js").is_file():
        raise NotBundled(
            f"the front end is missing ({STATIC / 'dist' / 'app.js'}); run `make bundle`"
        )
    connection_created.connect(_refuse_writes, dispatch_uid="landrelease.web.read_only")
    pages = get_wsgi_application()

    def read_only(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        _serving.active = True
        return pages(environ, start_response)

    def add_headers(headers: Any, path: str, url: str) -> None:
        for name, value in HEADERS.items():
            headers[name] = value

    # An age of 0 makes the browser ask each time whether a file has changed: on this machine that
    # costs nothing, and nobody sees last week's program.
    return WhiteNoise(
        read_only, root=str(STATIC), prefix="static/", max_age=0, add_headers_function=add_headers,
        allow_all_origins=False,
    )  # fmt: skip


def _refuse_writes(sender: Any, connection: Any, **kwargs: Any) -> None:
    """Make a new connection of a serving thread read only."""
    if not getattr(_serving, "active", False):
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET default_transaction_read_only = on")
        else:
            cursor.execute("PRAGMA query_only = ON")
