"""The process in which pages and PDFs are read: little memory, little time, no files to write.

Started by :mod:`landrelease.evidence.confined` as ``python -m``; it is no program for people. It
answers one request after the other and ends with its standard input.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import signal
import struct
import sys
from pathlib import Path
from typing import IO, Any

from landrelease.evidence import extraction
from landrelease.evidence.errors import EvidenceError

#: Length of what follows in bytes: of the question (JSON), and of the file.
QUESTION = struct.Struct(">QQ")
#: Length of the answer (JSON).
ANSWER = struct.Struct(">Q")
#: A process that came so near to its limit is taken to have met it.
_NEAR = 32 * 1024**2


def main(memory: int) -> None:
    """Answer until the standard input ends.

    Parameters
    ----------
    memory
        Bytes that the process may take beyond what it has when it starts.
    """
    # Whatever a reader prints must not stand among the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    for name in ("trafilatura", "pypdf", "lxml.html"):
        importlib.import_module(name)
    most = confine(memory)
    while (head := exactly(sys.stdin.buffer, QUESTION.size)) is not None:
        asked, size = QUESTION.unpack(head)
        question = json.loads(exactly(sys.stdin.buffer, asked) or b"{}")
        answer = _answer(question, size)
        if most and _highest() > most - _NEAR:
            # A reader that meets the end of the memory may call it something else, or go on with
            # less of the file.
            answer = {"out_of": "memory"}
        encoded = json.dumps(answer).encode("ascii")
        answers.write(ANSWER.pack(len(encoded)))
        answers.write(encoded)
        answers.flush()


def confine(memory: int) -> int:
    """Give up what reading a file needs not: memory beyond a limit, writing files, dumping core.

    Parameters
    ----------
    memory
        Bytes beyond those that are taken now.

    Returns
    -------
    int
        Bytes that the process may take; 0 where the system has no such limit (Windows, macOS):
        there the clock remains.
    """
    try:
        import resource
    except ImportError:
        return 0
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    most = memory + _taken()
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    try:
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    except (ValueError, OSError):
        return 0
    return most


def _highest() -> int:
    """The most bytes of addresses that the process ever had; 0 where the system does not say."""
    try:
        with Path("/proc/self/status").open(encoding="ascii") as handle:
            for line in handle:
                if line.startswith("VmPeak:"):
                    return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    return 0


def _taken() -> int:
    """Bytes of addresses that the process has: libraries reserve far more than they use."""
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[0]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return 2 * 1024**3


def _answer(question: dict[str, Any], size: int) -> dict[str, Any]:
    try:
        data = exactly(sys.stdin.buffer, size) or b""
        with clocked(float(question["seconds"])):
            if question["kind"] == "pdf":
                return {"found": extraction.pdf(data)}
            return {"found": extraction.page(data.decode("utf-8", "surrogatepass"))}
    except EvidenceError as error:
        return {"refused": str(error)}
    except MemoryError:
        return {"out_of": "memory"}


@contextlib.contextmanager
def clocked(seconds: float) -> Any:
    """End the process, in whatever code it is, after so many seconds of its processor time."""
    if not hasattr(signal, "setitimer"):
        yield
        return
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def exactly(stream: IO[bytes], size: int) -> bytes | None:
    """So many bytes; None when the stream ends before."""
    data = stream.read(size)
    return data if len(data) == size else None


if __name__ == "__main__":
    main(int(sys.argv[1]))
