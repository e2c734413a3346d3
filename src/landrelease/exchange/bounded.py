"""Files that people hand in on a page are read in a process of its own, with limits.

Whatever a file does to its reader (takes all memory, never ends, crashes a library in C), the
server goes on. The process is told which kept submission to read and in whose name; it reads that
file from a folder of its own that nobody else sees, and answers with what would happen, or did. Its
memory and its time are limited by the national profile (``deliveries``), and no more than
:data:`AT_ONCE` run side by side.

It is the very way of ``landrelease import``: the same readers, checks and comparison.
"""

from __future__ import annotations

import dataclasses
import json
import os
import resource
import signal
import subprocess  # nosec B404 # runs this module only
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any, Final

from .problems import ExchangeError

#: Files that are read at the same time.
AT_ONCE: Final = 2
#: How long a request waits for its turn, seconds.
_PATIENCE: Final = 20
#: What starting the program and opening the workspace may take beside the reading, seconds.
_STARTING: Final = 60
#: Conflicts shown one by one; all are counted.
SHOWN: Final = 200

_turns = threading.BoundedSemaphore(AT_ONCE)


class Busy(ExchangeError):
    """Other files are being read; it is to be tried again."""


class TooMuch(ExchangeError):
    """A file took more time or memory than it may."""


def preview(receipt: str, name: str, *, second_factor: bool) -> dict[str, Any]:
    """Say what a kept file would do; nothing is changed.

    Parameters
    ----------
    receipt
        Of a submission that waits for its sender.
    name
        The sender, who has signed in.
    second_factor
        Whether they have shown a second factor.

    Returns
    -------
    dict
        As :func:`_told` writes it.

    Raises
    ------
    ExchangeError
        When the file cannot be read, saying why; :class:`Busy`, :class:`TooMuch`.
    """
    return _run("preview", receipt, name, second_factor)


def submit(receipt: str, name: str, *, second_factor: bool) -> dict[str, Any]:
    """Read a kept file and propose what it brings; parameters and errors as :func:`preview`."""
    return _run("submit", receipt, name, second_factor)


# --- in the server --------------------------------------------------------------------------------


def _run(do: str, receipt: str, name: str, second_factor: bool) -> dict[str, Any]:
    from landrelease.register import profile, workspace

    limits = profile.current().deliveries
    asked = {
        "do": do,
        "folder": str(workspace.current().folder),
        "name": name,
        "receipt": receipt,
        "second_factor": second_factor,
        "memory": limits.reading_memory_mb * 1_000_000,
        "seconds": limits.reading_seconds,
    }
    if not _turns.acquire(timeout=_PATIENCE):
        raise Busy("other files are being read just now; try again in a minute")
    try:
        done = subprocess.run(  # nosec B603 # this very program, no shell, nothing of a request in it
            [sys.executable, "-P", "-m", __name__],
            input=json.dumps(asked).encode(),
            capture_output=True,
            timeout=limits.reading_seconds + _STARTING,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise TooMuch(_too_long(limits.reading_seconds)) from None
    finally:
        _turns.release()
    return _answer(done, limits)


def _answer(done: subprocess.CompletedProcess[bytes], limits: Any) -> dict[str, Any]:
    try:
        told = json.loads(done.stdout)
    except ValueError:
        told = {}
    if "outcome" in told:
        outcome: dict[str, Any] = told["outcome"]
        return outcome
    if "error" in told:
        raise ExchangeError(told["error"])
    if told.get("failed") == "MemoryError" or done.returncode in (-signal.SIGKILL, -signal.SIGABRT):
        raise TooMuch(
            f"reading it takes more than {limits.reading_memory_mb:,} MB of memory, so it was "
            "given up; split the file, or use landrelease import on the machine of the workspace"
        )
    if done.returncode == -signal.SIGXCPU:
        raise TooMuch(_too_long(limits.reading_seconds))
    why = told.get("failed") or f"the reader ended with status {done.returncode}"
    raise ExchangeError(
        f"the file could not be read ({why}); save it again with the program it comes from, or in "
        "another format"
    )


def _too_long(seconds: int) -> str:
    return (
        f"reading it takes longer than {seconds} seconds, so it was given up; split the file, or "
        "use landrelease import on the machine of the workspace"
    )


# --- in the process of its own --------------------------------------------------------------------


def main() -> None:
    """Do what stands on standard input, and answer on standard output."""
    asked = json.load(sys.stdin)
    # Whatever a library prints goes elsewhere: standard output is the answer alone.
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    from landrelease.register.errors import RegisterError

    told: dict[str, Any]
    with tempfile.TemporaryDirectory(prefix="landrelease-") as folder:
        try:
            told = {"outcome": _carried_out(asked, Path(folder))}
        except (ExchangeError, RegisterError) as error:
            if isinstance(error.__cause__, MemoryError):
                told = {"failed": "MemoryError"}
            else:
                told = {"error": str(error).replace(f"{folder}/", "")}
        except Exception as error:
            # The message of a library may quote a cell; its kind is enough to look into it.
            told = {"failed": type(error).__name__}
    json.dump(told, answer)
    answer.close()


def _carried_out(asked: dict[str, Any], folder: Path) -> dict[str, Any]:
    from landrelease.register import workspace

    workspace.open_workspace(asked["folder"])
    from django.contrib.auth.models import User

    from landrelease.register import handed_in, people, submissions
    from landrelease.register.decisions import find_submission

    user = User.objects.get(username=asked["name"], is_active=True)
    actor = people.actor_of(user, second_factor=asked["second_factor"])
    submission = find_submission(asked["receipt"])
    handed_in.refuse_unless_waiting(submission, actor)
    wanted = handed_in.asked_of(submission)
    assert wanted is not None, "it waits, so it was handed in on a page"
    path = folder / submission.filename
    path.write_bytes(handed_in.data_of(submission))
    limit(asked["memory"], asked["seconds"])
    delivery = _opened(path, wanted)
    outcome = submissions.submit(
        delivery,
        actor=actor,
        dry_run=asked["do"] == "preview",
        repair=wanted.repair,
        answers=wanted.answers,
        received=submission if asked["do"] == "submit" else None,
    )
    return _told(outcome, delivery, sealed=submission.sealed)


def limit(memory: int, seconds: int) -> None:
    """Limit what this process may use from now on.

    Parameters
    ----------
    memory
        Bytes beyond what it has already, as far as the system counts that.
    seconds
        Of computing.
    """
    status = Path("/proc/self/statm")
    has = int(status.read_text().split()[0]) * resource.getpagesize() if status.exists() else 0
    _lower(resource.RLIMIT_AS, has + memory)
    used = resource.getrusage(resource.RUSAGE_SELF)
    # The signal that says why comes at the first number; at the second one the process is killed.
    _lower(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + seconds, spare=5)
    _lower(resource.RLIMIT_CORE, 0)


def _lower(what: int, most: int, spare: int = 0) -> None:
    hard = resource.getrlimit(what)[1]
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
        spare = min(spare, hard - most)
    resource.setrlimit(what, (most, most + spare))


def _opened(path: Path, wanted: Any) -> Any:
    from landrelease.register.schema import RECORD_TYPES

    from .deliveries import open_back, open_delivery

    kind = RECORD_TYPES[wanted.record_type]
    named = {
        "layer": wanted.layer or None,
        "source": wanted.source or None,
        "namespace": wanted.namespace or None,
    }
    # This process has limits itself.
    if wanted.back:
        return open_back(path, kind, **named, limits=None)
    return open_delivery(
        path, kind, **named, crs=wanted.crs or None, encoding=wanted.encoding or None, limits=None
    )


def _told(outcome: Any, delivery: Any, *, sealed: bool) -> dict[str, Any]:
    """What came of it, as plain values: counts of all, and the first of each list one by one."""
    conflicts = outcome.details.get("conflicts", [])
    return {
        "conflicts": conflicts[:SHOWN],
        "conflicts_all": len(conflicts),
        "changes": [dataclasses.asdict(change) for change in outcome.changes[:SHOWN]],
        "columns": delivery.options["columns"],
        "counts": outcome.counts,
        "findings": [
            # A file about persons: what was found may quote a cell.
            {**dataclasses.asdict(found), "message": "" if sealed else found.message}
            for found in outcome.found
        ],
        "layer": delivery.layer,
        "measured": {name: str(mm2) for name, mm2 in outcome.measured.items()},
        "received": outcome.received,
        "rejected": outcome.rejected,
        "rejected_rows": [
            {"row": row.row, "rules": list(row.rules)} for row in outcome.turned_away
        ],
        "rules": [
            {"rule": rule, "severity": severity, "findings": number}
            for rule, by_severity in outcome.findings.items()
            for severity, number in by_severity.items()
        ],
        "source": delivery.source,
        "state": outcome.state,
        "unmapped": delivery.options["unmapped"],
    }


if __name__ == "__main__":
    main()
