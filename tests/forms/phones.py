"""A phone's token, and the server it talks to."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import threading
import time
import urllib.request

from landrelease.register import people, tokens
from landrelease.register.roles import Grant, Role

PASSWORD = "correct horse battery"


def team_token():
    """Enter a member of the team; gives an app token of theirs."""
    people.add("amra", PASSWORD, organisation="OP1", grants=[Grant(Role.data_entry)])
    return tokens.issue(
        "tablet", kind="phone", scopes=("submit",), days=30,
        by=people.at_the_command_line(), person="amra",
    )  # fmt: skip


@contextlib.contextmanager
def served(folder):
    """Serve a workspace in a process of its own, as users do."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = (
        "import sys; from landrelease.web.server import serve; serve(sys.argv[1], int(sys.argv[2]))"
    )
    server = subprocess.Popen([sys.executable, "-c", program, str(folder), str(port)])
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/about/", timeout=5).close()
                break
            except OSError:
                assert server.poll() is None, "the server ended"
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)


@contextlib.contextmanager
def served_here():
    """Serve the open workspace from threads of this process, over a socket all the same."""
    import waitress

    from landrelease.web.server import application

    server = waitress.create_server(application(), host="127.0.0.1", port=0, threads=4, ident="")
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        # Closed by its own thread: another one would take the socket away under it.
        server.trigger.pull_trigger(server.close)
        thread.join(20)
        # A worker closes its database connection only after the answer has gone out.
        server.task_dispatcher.shutdown(timeout=20)
