"""``landrelease serve``: pages and map on this machine."""

from __future__ import annotations

from typing import Annotated

import typer

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
    from landrelease.web.server import serve as run

    context.say(f"landrelease: http://127.0.0.1:{port}/ (Ctrl-C stops it)")
    run(context.folder, port)
