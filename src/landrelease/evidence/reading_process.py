"""A process that reads files of others, and those that wait for the next one.

A small file can be made that keeps a reader busy for hours, fills the memory of the machine or ends
the program. A thread cannot be stopped, a process can: what does it harm ends it and the reading of
that file, and nothing else. What is asked and answered is of whoever starts it: pages and PDFs
(:mod:`landrelease.evidence.confined`), files of reports
(:mod:`landrelease.evidence.containers.confined`), tables and maps
(:mod:`landrelease.exchange.confined`). What runs in the process is
:mod:`landrelease.evidence.reading_loop`.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import signal
import subprocess  # nosec B404 # starts this very interpreter with a module of ours
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, Any, Final, Generic, TypeVar

from landrelease.evidence import parcels

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


class Died(Exception):
    """A process ended, or could not go on, before it had answered.

    Attributes
    ----------
    how : str
        ``time``, ``memory``, or how it ended.
    """

    def __init__(self, how: str) -> None:
        super().__init__(how)
        self.how = how


class Refused(Exception):
    """A process says why it cannot read what it was asked for; it can be asked for other things."""


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

    def ask(
        self,
        question: Mapping[str, Any],
        seconds: float,
        data: bytes | None = None,
        give: Callable[[bytes], bytes] | None = None,
    ) -> Iterator[bytes]:
        """Ask for something.

        Parameters
        ----------
        question : mapping
            What is asked, as JSON.
        seconds : float
            Processor time that it may take.
        data : bytes, optional
            The file, where the process does not open it itself.
        give : callable, optional
            Answers what the process asks for meanwhile; that takes none of its time.

        Yields
        ------
        bytes
            The pieces of the answer as they come.

        Raises
        ------
        Refused
            It cannot be read.
        Died
            It took more than it may, or broke the process.
        """
        told, heard = self.pipes
        asked = json.dumps({**question, "seconds": seconds, "data": data is not None}).encode()
        while True:
            try:
                with self.patience(seconds):
                    if asked:
                        parcels.send(told, parcels.ASKED, asked)
                        if data is not None:
                            parcels.send(told, parcels.DATA, data)
                        asked = b""
                    kind, body = parcels.receive(heard)
            except (OSError, EOFError):
                raise Died(self.death()) from None
            if kind == parcels.PIECE:
                yield body
            elif kind == parcels.WANTED and give is not None:
                given = give(body)
                with contextlib.suppress(OSError):  # it has ended: seen above
                    parcels.send(told, parcels.GIVEN, given)
            elif kind == parcels.REFUSED:
                raise Refused(body.decode("utf-8", "surrogatepass"))
            elif kind == parcels.OUT_OF_MEMORY:
                raise Died("memory")
            elif kind == parcels.END:
                return
            else:
                raise Died(f"it answered with {kind!r}")

    def death(self) -> str:
        """How it ended: ``time``, ``memory``, the signal or the exit status."""
        try:
            code = self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        if self._out_of_patience or code == -getattr(signal, "SIGPROF", 0):
            return "time"
        # The system kills who takes too much, and libraries in C give up when they are given none.
        if code in (-getattr(signal, "SIGKILL", 9), -signal.SIGABRT):
            return "memory"
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

    def answers(self, memory: int, ask: Callable[[OneProcess], Iterator[bytes]]) -> Iterator[bytes]:
        """What a process answers, piece by piece.

        What earlier files left behind must not decide about this one: a used process that fails
        before it gave anything is replaced by a new one, once. Not where the time ran out, which
        is counted anew for each question.

        Parameters
        ----------
        memory : int
            Bytes that the process may have.
        ask : callable
            Asks the process that it is given.

        Raises
        ------
        Refused, Died
            As :meth:`ReadingProcess.ask`.
        """
        reader, used = self.take(memory)
        given = False
        while True:
            try:
                for piece in ask(reader):
                    given = True
                    yield piece
            except Refused:
                self.give_back(reader)
                raise
            except Died as death:
                reader.end()
                if used and not given and death.how != "time":
                    reader, used = self.start(memory)
                    continue
                raise
            except BaseException:  # whoever asked has stopped in the middle
                reader.end()
                raise
            self.give_back(reader)
            return

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
