"""Is the server alive, is it ready, and how does it do: ``/healthz``, ``/readyz``, ``/metrics``.

They are answered before Django looks at a request: whoever watches a server knows neither its
public name nor its cookies. ``/healthz`` and ``/readyz`` say one word to anybody. ``/metrics``, and
why a server is not ready, are for this machine; ``/metrics`` also for who holds a token that may
read the register.
A request that a proxy passed on is not from this machine, wherever the proxy is.
"""

from __future__ import annotations

import ipaddress
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from django.db import connection

from landrelease.register import access, tokens, workspace
from landrelease.register.doctor import Level, Said
from landrelease.register.workspace import Workspace

from . import writing

Environ = dict[str, Any]
Start = Callable[..., Any]
Application = Callable[[Environ, Start], Iterable[bytes]]

#: Free disk, bytes, below which nothing can be taken in safely.
LEAST_SPACE = 64 << 20

_PASSED_ON = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_VIA", "HTTP_X_FORWARDED_PROTO")


class Probes:
    """The application with the three addresses in front of it."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def __call__(self, environ: Environ, start_response: Start) -> Iterable[bytes]:
        answer = {"/healthz": _healthz, "/readyz": _readyz, "/metrics": _metrics}.get(
            environ.get("PATH_INFO", "")
        )
        if answer is None:
            return self._application(environ, start_response)
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return _say(start_response, "405 Method Not Allowed", b"only to be read\n")
        # This thread only reads here, as anywhere.
        writing.begin_serving()
        try:
            return answer(environ, start_response)
        finally:
            connection.close()


def _healthz(environ: Environ, start_response: Start) -> Iterable[bytes]:
    return _say(start_response, "200 OK", b"alive\n")


def _readyz(environ: Environ, start_response: Start) -> Iterable[bytes]:
    lacking = list(not_ready())
    if not lacking:
        return _say(start_response, "200 OK", b"ready\n")
    why = "".join(f"{reason}\n" for reason in lacking) if from_this_machine(environ) else ""
    return _say(start_response, "503 Service Unavailable", f"not ready\n{why}".encode())


def _metrics(environ: Environ, start_response: Start) -> Iterable[bytes]:
    from . import metrics

    try:
        if not from_this_machine(environ) and not _may_read(environ):
            return _say(
                start_response, "401 Unauthorized", b"only from this machine, or with a token\n",
                ("WWW-Authenticate", "Bearer"),
            )  # fmt: skip
        found = metrics.text()
    except Exception:
        # Without the database there is nothing to be told; why not, /readyz says.
        return _say(start_response, "503 Service Unavailable", b"not ready\n")
    kind = "text/plain; version=0.0.4; charset=utf-8"
    return _say(start_response, "200 OK", found, ("Content-Type", kind))


def not_ready() -> Iterator[str]:
    """Say what keeps the server from working; nothing when it is ready."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT MAX(seq) FROM register_journalentry")
            cursor.fetchone()
    except Exception as error:
        # The error's own words may hold the address of the database, password included.
        yield f"the database does not answer ({type(error).__name__})"
    folder = workspace.current().attachments
    try:
        if shutil.disk_usage(folder).free < LEAST_SPACE:
            yield "the disk of the attachments is full"
        elif not os.access(folder, os.W_OK):
            yield "the attachments cannot be written"
    except OSError as error:
        yield f"the folder of the attachments cannot be reached ({type(error).__name__})"


def from_this_machine(environ: Environ) -> bool:
    """Whether a request comes from this machine itself, and not from somebody through a proxy."""
    if any(environ.get(name) for name in _PASSED_ON):
        return False
    try:
        return ipaddress.ip_address(environ.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def _may_read(environ: Environ) -> bool:
    kind, _, raw = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    if kind.lower() != "bearer" or not raw:
        return False
    caller = tokens.authenticate(raw.strip())
    return caller is not None and bool(access.may(caller, "view"))


def _say(
    start_response: Start, status: str, body: bytes, *headers: tuple[str, str]
) -> Iterable[bytes]:
    from .security import HEADERS

    own = dict(headers)
    start_response(
        status,
        [
            ("Content-Type", own.pop("Content-Type", "text/plain; charset=utf-8")),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            *own.items(),
            *HEADERS.items(),
        ],
    )
    return [body]


def bundle_findings(opened: Workspace) -> Iterator[Said]:
    """Say what is wrong with the front end (a check of ``landrelease doctor``)."""
    folder = Path(__file__).parent / "static" / "dist"
    missing = [
        name
        for name in ("app.js", "app.css", "maplibre-gl-worker.mjs", "countries-110m.json")
        if not (folder / name).is_file()
    ]
    if missing:
        yield (
            Level.problem, f"the front end lacks {', '.join(missing)} (in {folder})",
            "make bundle; in a wheel it is packed",
        )  # fmt: skip
