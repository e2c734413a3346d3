"""A process that reads files of others, and those that wait for the next one.

A small file can be made that keeps a reader busy for hours, fills the memory of the machine or ends
the program. A thread cannot be stopped, a process can: what does it harm ends it and the reading of
that file, and nothing else. What is asked and answered is of whoever starts it
(:mod:`landrelease.evidence.confined`, :mod:`landrelease.exchange.confined`).
"""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import subprocess  # nosec B404 # starts this very interpreter with a module of ours
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import IO, Final, Generic, TypeVar

#: A process that waits for something takes no processor time; it is ended after so many times that.
PATIENCE: Final = 10
#: What of the environment the process is given; nothing secret.
ENVIRONMENT: Final = frozenset(
    {"PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV",
     "SYSTEMROOT", "TMPDIR", "TEMP", "TMP"}
)  # fmt: skip


@dataclass(frozen=True)
class Limits:
    """What reading one file may take.

    Attributes
    ----------
    seconds : float
        Processor time of any file.
    a_million : float
        Seconds that each million bytes of a file add.
    memory : int
        Bytes beyond what the process has when it starts.
    """

    seconds: float
    a_million: float
    memory: int

    def of(self, size: int) -> float:
        """Seconds that a file of ``size`` bytes may take."""
        return self.seconds + self.a_million * size / 1e6


class ReadingProcess:
    """One process that reads; it is given its limit of memory, in bytes, as its only argument.

    Parameters
    ----------
    module : str
        Module that it runs.
    memory : int
        Bytes.
    """

    def __init__(self, module: str, memory: int) -> None:
        self.memory = memory
        self._out_of_patience = False
        self._process = subprocess.Popen(  # nosec B603 # this interpreter, a module of ours, no shell
            [sys.executable, "-m", module, str(memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: value for name, value in os.environ.items() if name in ENVIRONMENT},
        )

    @property
    def alive(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    @property
    def pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        """Where it is told something, and where it is heard."""
        told, heard = self._process.stdin, self._process.stdout
        assert told is not None
        assert heard is not None
        return told, heard

    @contextlib.contextmanager
    def patience(self, seconds: float) -> Iterator[None]:
        """End it when the block takes :data:`PATIENCE` times so long: it may wait for something."""
        waited = threading.Timer(seconds * PATIENCE, self._lose_patience)
        waited.daemon = True
        waited.start()
        try:
            yield
        finally:
            waited.cancel()

    def _lose_patience(self) -> None:
        self._out_of_patience = True
        self._process.kill()

    def death(self) -> str:
        """How it ended: ``time``, ``killed``, the signal or the exit status."""
        try:
            code = self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        if self._out_of_patience or code == -getattr(signal, "SIGPROF", 0):
            return "time"
        if code == -getattr(signal, "SIGKILL", 9):
            return "killed"
        return f"signal {-code}" if code < 0 else f"exit status {code}"

    def end(self) -> None:
        """End it, whatever it is doing."""
        self._process.kill()
        self._process.wait()
        for stream in self.pipes:
            # What was still to be written is for nobody.
            with contextlib.suppress(OSError):
                stream.close()


OneProcess = TypeVar("OneProcess", bound=ReadingProcess)


@dataclass
class Idle(Generic[OneProcess]):
    """Processes that wait for a file; each thread that reads takes one, and gives it back.

    Attributes
    ----------
    begin : callable
        Starts a process with so many bytes of memory.
    refusal : type
        Error that says that none can be started.
    kept : int, optional
        How many wait at most; all unless given.
    """

    begin: Callable[[int], OneProcess]
    refusal: type[Exception]
    kept: int | None = None
    waiting: list[OneProcess] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    owner: int = field(default_factory=os.getpid)

    def __post_init__(self) -> None:
        atexit.register(self.end)

    def take(self, memory: int) -> tuple[OneProcess, bool]:
        """A process that is free, or a new one; and whether it has read before."""
        with self.lock:
            if self.owner != os.getpid():  # forked: these are the other process's
                self.waiting, self.owner = [], os.getpid()
            # The last one first: it may still have open what was just looked at.
            for reader in [one for one in reversed(self.waiting) if one.memory == memory]:
                self.waiting.remove(reader)
                if reader.alive:
                    return reader, True
                reader.end()
        return self.start(memory)

    def start(self, memory: int) -> tuple[OneProcess, bool]:
        """A new process.

        Raises
        ------
        Exception
            Of the type :attr:`refusal`, when none can be started.
        """
        try:
            return self.begin(memory), False
        except OSError as error:
            raise self.refusal(
                f"no process can be started to read it in ({error.strerror or error}); too many "
                "processes, or too little memory?"
            ) from error

    def give_back(self, reader: OneProcess) -> None:
        """Keep a process for the next file."""
        with self.lock:
            self.waiting.append(reader)
            surplus = [] if self.kept is None else self.waiting[: -self.kept]
            del self.waiting[: len(surplus)]
        for one in surplus:
            one.end()

    def end(self) -> None:
        """End all that wait."""
        with self.lock:
            waiting, self.waiting = self.waiting, []
        if self.owner == os.getpid():
            for reader in waiting:
                reader.end()
