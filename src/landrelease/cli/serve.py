"""``landrelease serve``: pages and map on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from landrelease.register.errors import WorkspaceError

from . import context
from .main import app


@app.command()
def serve(
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1.")] = 8000,
) -> None:
    """Serve the pages and the map on http://127.0.0.1:PORT/ until stopped.

    Example: landrelease -w bosnia serve --port 8080
    """
    context.open_workspace()
    run(context.folder, port)


def run(folder: Path, port: int) -> None:
    """Serve a workspace until interrupted; what keeps it from starting is one sentence."""
    from landrelease.web.server import NotBundled
    from landrelease.web.server import serve as serve_pages

    context.say(f"landrelease: http://127.0.0.1:{port}/ (Ctrl-C stops it)")
    try:
        serve_pages(folder, port)
    except NotBundled as error:
        raise WorkspaceError(str(error)) from error
    except OSError as error:
        raise WorkspaceError(
            f"port {port} of 127.0.0.1 cannot be used ({error.strerror}): does something else "
            "serve there already? Name another one with --port"
        ) from error
