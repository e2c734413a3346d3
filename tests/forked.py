"""Processes of their own that start in milliseconds: forked from one that has loaded the program.

A command given in a new interpreter spends a second of processor time on imports before it does
anything, and the tests give hundreds. Forked from a server that has imported the program and
nothing of pytest, it is a process all the same: its own connections, environment, standard streams
and exit status, real costs of hashing, and nothing of the test that asked. What the start itself
does is tested in processes begun anew (`registering.COMMAND`).
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from multiprocessing import forkserver
from pathlib import Path
from typing import Any

from django.conf import settings

from landrelease.register import configuration

if not settings.configured:
    configuration.configure(
        configuration.sqlite_database(Path("/nowhere/ask-for-the-fixture-workspace")), "tests only"
    )

from landrelease.cli import main

#: Makes the events and barriers that such processes share.
SERVER = multiprocessing.get_context("forkserver")
#: What the server imports once: the program with what most commands load late, and the works that
#: the tests of a folder have (where they have none, that name is passed over).
SERVER.set_forkserver_preload(
    [
        *("forked", "working"),
        *(f"landrelease.register.{name}" for name in ("assemble", "verify", "workspace")),
        *("landrelease.exchange.deliveries", "landrelease.web.urls"),
    ]
)

#: A command that hangs is a failure and not a run without end. Busy machines are slow.
PATIENCE = 600


def process(target: Callable[..., Any], *args: Any) -> Any:
    """Make a process of its own, not yet started, forked from what has loaded the program."""
    # The server of Python 3.11 and 3.12 is told this path and does not look there: without it in
    # the environment it would load nothing beforehand, and each process all anew.
    own = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
    try:
        forkserver.ensure_running()
    finally:
        del os.environ["PYTHONPATH"]
        if own is not None:
            os.environ["PYTHONPATH"] = own
    return SERVER.Process(target=target, args=args)


def landrelease(
    *words: str | Path, env: Mapping[str, str] | None = None, largest_file: int | None = None
) -> subprocess.CompletedProcess[str]:
    """Give a command in a process of its own; gives its exit status and what it wrote.

    Parameters
    ----------
    words
        The command without the program's name.
    env
        Its whole environment; this process's own by default.
    largest_file
        Bytes that a file of it may have, as on a disk that fills up.

    Raises
    ------
    subprocess.TimeoutExpired
        If it has not ended after `PATIENCE` seconds; it has been killed then.
    """
    said = [str(word) for word in words]
    with ExitStack() as stack:
        out, errors = (
            stack.enter_context(tempfile.NamedTemporaryFile("r", encoding="utf-8", newline=""))
            for _ in range(2)
        )
        command = process(
            _command,
            *(said, dict(os.environ if env is None else env), str(Path.cwd())),
            *(out.name, errors.name, largest_file),
        )
        command.start()
        command.join(PATIENCE)
        if command.exitcode is None:
            command.kill()
            command.join()
            raise subprocess.TimeoutExpired(said, PATIENCE, out.read(), errors.read())
        return subprocess.CompletedProcess(said, command.exitcode, out.read(), errors.read())


def _command(
    words: Sequence[str],
    environment: Mapping[str, str],
    folder: str,
    out: str,
    errors: str,
    largest_file: int | None,
) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    for path, stream in ((out, sys.stdout), (errors, sys.stderr)):
        file = os.open(path, os.O_WRONLY)
        os.dup2(file, stream.fileno())
        os.close(file)
    if largest_file is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))
    sys.argv = ["landrelease", *words]
    # What the command registers for its end is run, as in any process; what was there is not its.
    atexit._clear()
    try:
        main()
    finally:
        atexit._run_exitfuncs()
