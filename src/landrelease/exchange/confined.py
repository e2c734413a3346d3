"""Tables, workbooks and maps are read in a process of its own, which has limits of time and memory.

The libraries that read them are large and written in C, and a small file can be made that keeps one
of them busy for hours, fills the memory of the machine, or ends the program. A process can be
stopped; what a file does to it ends it and the reading of that file, never the import, the server
or the register. It writes no files and knows no secret of the program.

It reads one batch ahead while the caller works on the one before. Rows come as plain values
(:mod:`.parcels`); nothing that the process sends is run.
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
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from landrelease.evidence.confined import ENVIRONMENT, PATIENCE, Limits

from . import parcels, read, vectors
from .problems import ExchangeError, Problem
from .source import RawBatch, Source

#: What opening a file, or reading its rows once, may take. A megabyte of the slowest format that is
#: read (a workbook) takes about two seconds; a hundred thousand outlines in Esri JSON about 2 GB.
LIMITS: Final = Limits(seconds=60.0, a_million=20.0, memory=4 * 1024**3)
#: Processes that are kept for the next file; each takes about 150 MB.
_KEPT: Final = 2


class TooMuch(ExchangeError):
    """A file took more time or memory than it may, or broke its reader."""


def open_source(
    path: str | Path,
    *,
    layer: str | None = None,
    crs: str | None = None,
    encoding: str | None = None,
    limits: Limits | None = LIMITS,
) -> Source:
    """Open a file for reading in a process of its own; otherwise as :func:`.read.open_source`.

    Parameters
    ----------
    layer, crs, encoding
        As there.
    limits
        What opening it may take, and again each reading of its rows; None reads it in this very
        process, without limits.

    Raises
    ------
    ExchangeError
        As there; :class:`TooMuch`, also from the batches.
    """
    path = Path(path)
    named = {"layer": layer, "crs": crs, "encoding": encoding}
    if limits is None or not path.is_file():
        return read.open_source(path, **named)
    asked = {**named, "path": str(path.absolute()), "name": str(path)}
    (told,) = _answers({"do": "open", **asked}, path, limits)
    about: dict[str, Any] = json.loads(told)

    def batches(size: int) -> Iterator[RawBatch]:
        for parcel in _answers({"do": "rows", "size": size, **asked}, path, limits):
            yield parcels.opened(parcel)

    problems = [Problem(*one) for one in about.pop("problems")]
    return Source(path, _read=batches, problems=problems, **about)


def layers(path: Path, *, limits: Limits | None = LIMITS) -> list[str]:
    """Names of the layers of a file that GDAL reads; parameters as :func:`open_source`.

    Raises
    ------
    ExchangeError
        When it cannot be read.
    """
    if limits is None or not path.is_file():
        return vectors.layers(path)
    asked = {"do": "layers", "path": str(path.absolute()), "name": str(path)}
    (told,) = _answers(asked, path, limits)
    found: list[str] = json.loads(told)
    return found


def _answers(asked: dict[str, Any], path: Path, limits: Limits) -> Iterator[bytes]:
    """What the process answers, piece by piece.

    What earlier files left behind must not decide about this one: a used process that fails before
    it gave anything is replaced by a new one, once.
    """
    reader, used = _idle.take(limits.memory)
    given = False
    while True:
        try:
            for piece in reader.ask(asked, limits.of(path.stat().st_size)):
                given = True
                yield piece
        except _Died as death:
            reader.end()
            if used and not given and death.how != "time":
                reader, used = _idle.start(limits.memory)
                continue
            raise TooMuch(_complaint(death.how, path, limits)) from None
        except ExchangeError:
            _idle.give_back(reader)
            raise
        except BaseException:  # whoever asked has stopped in the middle
            reader.end()
            raise
        _idle.give_back(reader)
        return


def _complaint(how: str, path: Path, limits: Limits) -> str:
    advice = (
        "split it, save it anew with the program it comes from, or, if you trust whoever made it, "
        "import it at the command line with --no-limits"
    )
    if how == "time":
        seconds = limits.of(path.stat().st_size)
        return f"{path}: reading it takes more than {seconds:,.0f} s of computing; {advice}"
    if how == "memory":
        return f"{path}: reading it takes more than {limits.memory / 1e6:,.0f} MB; {advice}"
    return f"{path}: it broke its reader ({how}); {advice}"


class _Died(Exception):
    """The process ended before it had answered.

    Attributes
    ----------
    how
        ``time``, ``memory``, or how it ended.
    """

    def __init__(self, how: str) -> None:
        super().__init__(how)
        self.how = how


class _Reader:
    """One process that reads."""

    def __init__(self, memory: int) -> None:
        self.memory = memory
        self._process = subprocess.Popen(  # nosec B603 # this interpreter, a module of ours, no shell
            [sys.executable, "-m", "landrelease.exchange.confined_reader", str(memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: value for name, value in os.environ.items() if name in ENVIRONMENT},
        )

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, asked: dict[str, Any], seconds: float) -> Iterator[bytes]:
        """Ask for something; the pieces of the answer as they come."""
        told, heard = self._process.stdin, self._process.stdout
        assert told is not None
        assert heard is not None
        try:
            parcels.send(told, parcels.ASKED, json.dumps({**asked, "seconds": seconds}).encode())
        except OSError:
            raise self._death(False) from None
        while True:
            # A process that waits for something takes no computing; it is ended all the same.
            waited = threading.Timer(seconds * PATIENCE, self._process.kill)
            waited.daemon = True
            waited.start()
            try:
                kind, body = parcels.receive(heard)
            except (OSError, EOFError):
                raise self._death(not waited.is_alive()) from None
            finally:
                waited.cancel()
            if kind == parcels.PIECE:
                yield body
            elif kind == parcels.REFUSED:
                raise ExchangeError(body.decode("utf-8", "surrogatepass"))
            elif kind == parcels.OUT_OF_MEMORY:
                raise _Died("memory")
            else:
                return

    def _death(self, out_of_patience: bool) -> _Died:
        try:
            code = self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        if out_of_patience or code == -getattr(signal, "SIGPROF", 0):
            return _Died("time")
        if code in (-getattr(signal, "SIGKILL", 9), -signal.SIGABRT):
            return _Died("memory")
        return _Died(f"signal {-code}" if code < 0 else f"exit status {code}")

    def end(self) -> None:
        """End the process, whatever it is doing."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            # What was still to be written is for nobody.
            with contextlib.suppress(OSError):
                stream.close()  # type: ignore[union-attr]


@dataclass
class _Idle:
    """Processes that wait for a file; each thread that reads takes one, and gives it back."""

    waiting: list[_Reader] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    owner: int = field(default_factory=os.getpid)

    def take(self, memory: int) -> tuple[_Reader, bool]:
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

    def start(self, memory: int) -> tuple[_Reader, bool]:
        try:
            return _Reader(memory), False
        except OSError as error:
            raise ExchangeError(
                f"no process can be started to read it in ({error.strerror or error}); too many "
                "processes, or too little memory?"
            ) from error

    def give_back(self, reader: _Reader) -> None:
        with self.lock:
            self.waiting.append(reader)
            surplus = self.waiting[:-_KEPT]
            self.waiting = self.waiting[-_KEPT:]
        for one in surplus:
            one.end()

    def end(self) -> None:
        with self.lock:
            waiting, self.waiting = self.waiting, []
        if self.owner == os.getpid():
            for reader in waiting:
                reader.end()


_idle = _Idle()
atexit.register(_idle.end)
