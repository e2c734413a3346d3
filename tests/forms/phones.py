"""A phone's token, and the server it talks to."""

from __future__ import annotations

import contextlib
import threading

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
        # It may have done so already, woken by its last answer, before it is woken for this.
        with contextlib.suppress(OSError):
            server.trigger.pull_trigger(server.close)
        thread.join(20)
        # A worker closes its database connection only after the answer has gone out.
        server.task_dispatcher.shutdown(timeout=20)
