"""``landrelease serve``: pages and map on this machine."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from landrelease.register.errors import WorkspaceError

from . import context
from .main import app


@app.command()
def serve(
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
    site: Annotated[
        bool,
        typer.Option("--site", help="Serve others, too, behind a proxy that speaks TLS."),
    ] = False,
    host: Annotated[
        list[str] | None,
        typer.Option(help="A public name of the site; may be given several times."),
    ] = None,
    behind_proxy: Annotated[
        str, typer.Option(help="Address from which the proxy of the site connects.")
    ] = "",
    listen: Annotated[str, typer.Option(help="Address on which the site listens.")] = "127.0.0.1",
) -> None:
    """Serve the pages and the map until stopped: on http://127.0.0.1:PORT/ for this machine only,
    or with --site for others.

    Example: landrelease -w bosnia serve --port 8080
    """
    context.open_workspace()
    if not site:
        if host or behind_proxy or listen != "127.0.0.1":
            raise WorkspaceError(
                "--host, --behind-proxy and --listen are for a site; say --site, or leave them out"
            )
        run(context.folder, port)
        return
    if not host or not behind_proxy:
        raise WorkspaceError(
            "a site needs its public name (--host mines.example.org) and the address of the proxy "
            "in front of it that speaks TLS (--behind-proxy 127.0.0.1)"
        )
    _run_site(context.folder, port, host, behind_proxy, listen)


def run(folder: Path, port: int) -> None:
    """Serve a workspace until interrupted; what keeps it from starting is one sentence."""
    from landrelease.web.server import serve as serve_pages

    context.say(f"landrelease: http://127.0.0.1:{port}/ (Ctrl-C stops it)")
    with _in_one_sentence("127.0.0.1", port):
        serve_pages(folder, port)


def _run_site(folder: Path, port: int, hosts: list[str], proxy: str, listen: str) -> None:
    from landrelease.web.server import Site, serve_site

    context.say(
        f"landrelease: listening on {listen}:{port} for the proxy at {proxy}, which serves "
        f"https://{hosts[0]}/ (Ctrl-C stops it)"
    )
    with _in_one_sentence(listen, port):
        serve_site(folder, port, Site(tuple(hosts), proxy), listen=listen)


@contextlib.contextmanager
def _in_one_sentence(address: str, port: int) -> Iterator[None]:
    from landrelease.web.server import NotBundled

    try:
        yield
    except NotBundled as error:
        raise WorkspaceError(str(error)) from error
    except OSError as error:
        raise WorkspaceError(
            f"port {port} of {address} cannot be used ({error.strerror}): does something else "
            "serve there already? Name another one with --port"
        ) from error
