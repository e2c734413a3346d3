"""What runs in a process that reads files of others: little memory, little time, no files to write.

The program starts it with a module that calls :func:`serve` (:mod:`.reading_process`). It answers
one question after the other and ends with its standard input.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from landrelease.evidence import parcels
from landrelease.evidence.errors import EvidenceError

#: A process that came so near to its limit is taken to have met it.
_NEAR = 32 * 1024**2


class OutOfTime(EvidenceError):
    """One part of a file took more time than it may."""


class Line:
    """The line to the program that asked."""

    def __init__(self, told: IO[bytes], heard: IO[bytes]) -> None:
        self._told, self._heard = told, heard

    def next(self) -> tuple[dict[str, Any], bytes]:
        """The next question, and the file that belongs to it.

        Raises
        ------
        EOFError
            There is none any more.
        """
        _, asked = parcels.receive(self._heard)
        question: dict[str, Any] = json.loads(asked)
        data = parcels.receive(self._heard)[1] if question.pop("data") else b""
        return question, data

    def say(self, kind: bytes, body: bytes = b"") -> None:
        """Answer."""
        parcels.send(self._told, kind, body)

    def want(self, body: bytes) -> bytes:
        """Ask the program for something; waiting takes no processor time."""
        self.say(parcels.WANTED, body)
        return parcels.receive(self._heard)[1]


Answer = Callable[[dict[str, Any], bytes, Line], Iterator[bytes]]
#: Why a question cannot be answered, in words for people, by what went wrong and the question;
#: None where the process must end.
Refusal = Callable[[Exception, dict[str, Any]], str | None]


def serve(
    answer: Answer,
    refusal: Refusal,
    *,
    memory: int,
    prepare: Callable[[], None] = lambda: None,
    near: bool = True,
) -> None:
    """Answer until the standard input ends.

    Parameters
    ----------
    answer
        Gives the pieces of an answer.
    refusal
        Tells why there is none.
    memory
        Bytes that the process may take beyond what it has when it starts.
    prepare
        What is done before the limits are set: importing what is large, and what itself writes
        a file once.
    near
        Whether a process that came close to its limit is taken to have met it: a reader that meets
        the end of the memory may call it something else, or go on with less of the file.
    """
    # Whatever a library prints must not stand among the answers.
    line = Line(os.fdopen(os.dup(1), "wb"), sys.stdin.buffer)
    os.dup2(2, 1)
    prepare()
    most = confine(memory)
    if not near:
        most = 0
    while True:
        try:
            question, data = line.next()
        except EOFError:
            return
        except MemoryError:
            line.say(parcels.OUT_OF_MEMORY)
            return  # the rest of it still stands in the line
        try:
            with clocked(float(question["seconds"])):
                for piece in answer(question, data, line):
                    if most and _highest() > most - _NEAR:
                        raise MemoryError
                    line.say(parcels.PIECE, piece)
        except MemoryError:
            line.say(parcels.OUT_OF_MEMORY)
        except Exception as error:
            # Near the end of the memory a complaint about the file need not be one.
            if isinstance(error.__cause__, MemoryError) or (most and _highest() > most - _NEAR):
                line.say(parcels.OUT_OF_MEMORY)
                continue
            said = refusal(error, question)
            if said is None:
                raise
            line.say(parcels.REFUSED, said.encode("utf-8", "surrogatepass"))
        else:
            line.say(parcels.END)


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


@contextlib.contextmanager
def clocked(seconds: float) -> Iterator[None]:
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


@contextlib.contextmanager
def interrupted(seconds: float) -> Iterator[None]:
    """Interrupt a block after so many seconds of its processor time, so that others can follow.

    It takes Python to notice: code in C that gives no turn goes on until :func:`clocked` ends the
    process.

    Raises
    ------
    OutOfTime
        Again every second while the block goes on: a reader may take it for an error of the file.
    """
    if not hasattr(signal, "setitimer"):
        yield
        return

    def stop(*_: Any) -> None:
        raise OutOfTime(
            f"reading it takes more than {seconds:,.0f} s of computing, as only a trap or a "
            "damaged file does; the file is kept"
        )

    signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
