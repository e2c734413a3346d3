"""The server as users start it: a process of its own that serves a workspace."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from browser import leave_pages

#: With the rules of a site for who sees what; loopback is served without TLS all the same.
AS_A_SITE = """
from django.conf import settings
from landrelease.web import server
def settle(site, own=server._settle):
    own(site)
    settings.LANDRELEASE_SITE = True
server._settle = settle
"""


@contextmanager
def served(folder: Path, before: str = "") -> Iterator[str]:
    """Serve a workspace in a process of its own; gives its address.

    Parameters
    ----------
    before
        What that process runs first, such as :data:`AS_A_SITE`.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = (
        "import sys; from landrelease.web.server import serve; serve(sys.argv[1], int(sys.argv[2]))"
    )
    program = f"{before}\n{program}"
    server = subprocess.Popen([sys.executable, "-c", program, str(folder), str(port)])
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"{address}/about/", timeout=5).close()
                break
            except OSError:
                assert server.poll() is None, "the server ended"
                time.sleep(0.1)
        yield address
    finally:
        leave_pages()
        server.terminate()
        server.wait(20)
