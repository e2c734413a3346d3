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


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a workspace in a process of its own; gives its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = (
        "import sys; from landrelease.web.server import serve; serve(sys.argv[1], int(sys.argv[2]))"
    )
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
