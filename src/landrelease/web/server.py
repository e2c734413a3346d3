"""Serving a workspace: on this machine, or as a site behind a proxy that speaks TLS."""

from __future__ import annotations

import os
import threading
import webbrowser
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from landrelease.register import workspace
from landrelease.register.errors import WorkspaceError

from . import logs

STATIC = Path(__file__).parent / "static"
HOST = "127.0.0.1"
#: A page asks for up to a dozen tiles at once.
THREADS = 8
#: Bytes of the largest request: more is refused before it is read. Waitress would take 1 GiB.
LARGEST_REQUEST = 256 * 1024 * 1024
#: How long a serving thread keeps its database connection, seconds. Opening one costs PostgreSQL a
#: process and SQLite its cached pages; one that broke is found out before it is used
#: (:func:`.writing.begin_serving`).
CONNECTION_SECONDS = 600

_starting = threading.Lock()


class NotBundled(Exception):
    """The front end has not been built."""


@dataclass(frozen=True)
class Site:
    """How a site is reached.

    Attributes
    ----------
    hosts
        Its public names.
    proxy
        Address from which the proxy in front of it connects; only what comes from there is
        believed about where a request came from and whether it came over TLS.
    """

    hosts: tuple[str, ...]
    proxy: str

    @classmethod
    def from_environment(cls) -> Site:
        """Read it from LANDRELEASE_HOSTS (with commas) and LANDRELEASE_PROXY.

        Raises
        ------
        WorkspaceError
            When the names are missing.
        """
        hosts = tuple(h.strip() for h in os.environ.get("LANDRELEASE_HOSTS", "").split(",") if h)
        if not hosts:
            raise WorkspaceError(
                "LANDRELEASE_HOSTS is not set: name the hosts under which the site is reached"
            )
        return cls(hosts, os.environ.get("LANDRELEASE_PROXY", HOST))


def serve(workspace_folder: Path | str, port: int, open_browser: bool = False) -> None:
    """Serve the pages of a workspace on 127.0.0.1 until interrupted.

    Nobody but this machine is let in. Whoever is there reads; to change anything a person signs in,
    and the database itself refuses any other write.

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
    workspace.open_workspace(workspace_folder)
    logs.install(requests=False)
    _run(application(), HOST, port, open_browser)


def serve_site(workspace_folder: Path | str, port: int, site: Site, *, listen: str = HOST) -> None:
    """Serve a workspace as a site: to others, over HTTP, behind a proxy that speaks TLS.

    Parameters
    ----------
    site
        Its names and its proxy.
    listen
        Address to listen on.

    Raises
    ------
    landrelease.register.errors.WorkspaceError
        When the workspace cannot be opened.
    NotBundled
        When the front end has not been built.
    OSError
        When the port is taken.
    """
    workspace.open_workspace(workspace_folder)
    logs.install(requests=True)
    _run(application(site), listen, port)


def keep_connections() -> None:
    """Let the threads of this process, which serves until it ends, keep their connections."""
    from django.db import connections

    connections.settings["default"]["CONN_MAX_AGE"] = CONNECTION_SECONDS


def _run(pages: Any, listen: str, port: int, open_browser: bool = False) -> None:
    import waitress

    keep_connections()
    # The headers of the proxy are looked at by the application itself, below.
    server = waitress.create_server(
        pages, host=listen, port=port, threads=THREADS, ident="",
        clear_untrusted_proxy_headers=False, max_request_body_size=LARGEST_REQUEST,
    )  # fmt: skip
    if open_browser:
        webbrowser.open(f"http://{listen}:{port}/")
    try:
        server.run()
    finally:
        server.close()


def application(
    site: Site | None = None,
) -> Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]:
    """Make the WSGI application of the open workspace: static files and pages.

    Parameters
    ----------
    site
        How the site is reached; None to serve this machine only.

    Raises
    ------
    NotBundled
        When the front end has not been built.
    """
    from django.core.wsgi import get_wsgi_application
    from django.db.backends.signals import connection_created
    from waitress.proxy_headers import proxy_headers_middleware
    from whitenoise import WhiteNoise

    from . import health, writing
    from .security import on_every_answer

    if not (STATIC / "dist" / "app.js").is_file():
        raise NotBundled(
            f"the front end is missing ({STATIC / 'dist' / 'app.js'}); run `make bundle`"
        )
    connection_created.connect(writing.refuse_on, dispatch_uid="landrelease.web.read_only")
    with _starting:
        _settle(site)
        pages = get_wsgi_application()

    def read_only(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        writing.begin_serving()
        return pages(environ, start_response)

    # An age of 0 makes the browser ask each time whether a file has changed: on this machine that
    # costs nothing, and nobody sees last week's program.
    found = WhiteNoise(
        read_only, root=str(STATIC), prefix="static/", max_age=0, allow_all_origins=False,
    )  # fmt: skip
    for folder in _scripts_of_packages():
        found.add_files(str(folder), prefix="static/")
    # Nothing is believed of what a request says about itself, unless the proxy says it.
    behind_proxy = proxy_headers_middleware(
        on_every_answer(found, tls_only=site is not None),
        trusted_proxy=site.proxy if site else None,
        trusted_proxy_headers={"x-forwarded-for", "x-forwarded-proto"} if site else set(),
        clear_untrusted=True,
    )
    return health.Probes(behind_proxy)


def _scripts_of_packages() -> list[Path]:
    """Folders with the scripts that the pages of django-allauth load (security keys)."""
    import allauth

    root = Path(allauth.__file__).parent
    return [root / "mfa" / "static", root / "account" / "static"]


def _settle(site: Site | None) -> None:
    """Settings that differ between this machine and a site; before anything is served."""
    from django.conf import settings

    from .security import TLS_ONLY_SECONDS

    if site is None:
        settings.LANDRELEASE_SITE = False
        # Loopback needs no TLS, and browsers take security keys there without it.
        settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
        return
    settings.LANDRELEASE_SITE = True
    settings.ALLOWED_HOSTS = list(site.hosts)
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_HSTS_SECONDS = TLS_ONLY_SECONDS
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.LANGUAGE_COOKIE_SECURE = True
    # The prefix makes the browser itself refuse the cookie from any other host or without TLS.
    settings.SESSION_COOKIE_NAME = "__Host-session"
    settings.CSRF_COOKIE_NAME = "__Host-csrf"
    settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = False
