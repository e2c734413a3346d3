"""The server as users start it: a process of its own that serves a workspace."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from browser import leave_pages

HERE = "from landrelease.web.server import serve; serve(sys.argv[1], int(sys.argv[2]))"
SITE = (
    "from landrelease.web.server import Site, serve_site; "
    "serve_site(sys.argv[1], int(sys.argv[2]), Site(('127.0.0.1',), '127.0.0.1'))"
)
#: With the rules of a site for who sees what; loopback is served without TLS all the same.
AS_A_SITE = f"""
from django.conf import settings
from landrelease.web import server
def settle(site, own=server._settle):
    own(site)
    settings.LANDRELEASE_SITE = True
server._settle = settle
{HERE}
"""
#: What the proxy in front of a site says of a request.
FROM_OUTSIDE = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "198.51.100.7"}


Found = TypeVar("Found")


def aside(look: Callable[[], Found]) -> Found:
    """Look into the register from a thread of its own.

    Playwright keeps an event loop running in this one, in which Django has a connection of its own,
    perhaps to the workspace of an earlier test.
    """

    def work() -> Found:
        from django.db import connections

        try:
            return look()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


@contextmanager
def served(folder: Path, program: str = HERE) -> Iterator[str]:
    """Serve a workspace in a process of its own; gives its address.

    Parameters
    ----------
    program
        What that process runs. `SITE` serves others: whoever asks is the proxy, and sends
        `FROM_OUTSIDE`. `AS_A_SITE` needs no proxy.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = [sys.executable, "-c", f"import sys\n{program}", str(folder), str(port)]
    server = subprocess.Popen(words)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                asked = urllib.request.Request(f"{address}/about/", headers=FROM_OUTSIDE)
                urllib.request.urlopen(asked, timeout=5).close()
                break
            except OSError:
                assert server.poll() is None, "the server ended"
                time.sleep(0.1)
        yield address
    finally:
        leave_pages()
        server.terminate()
        server.wait(20)
