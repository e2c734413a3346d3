"""Pages and PDFs are read in a process of its own, which has a limit of time and of memory.

A small file can be made that keeps a reader busy for hours or fills the memory of the machine. A
limit of bytes does not help against it, and a thread cannot be stopped; a process can. It is
started once and reads one file after the other; what does it harm ends it, and the file with it:
never the program, and never the other files.
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
from dataclasses import dataclass, field
from typing import Any, Final

from landrelease.evidence.confined_reader import ANSWER, QUESTION
from landrelease.evidence.errors import EvidenceError

#: Processor time that a file may take, in seconds, and what each million bytes of it adds.
SECONDS: Final = 60.0
SECONDS_A_MILLION: Final = 20.0
#: A process that waits for something takes no processor time; it is ended after so many times that.
PATIENCE: Final = 10
#: Bytes that reading may take beyond what the process has when it starts.
MEMORY: Final = 2 * 1024**3
#: What of the environment the process is given; nothing secret.
ENVIRONMENT: Final = frozenset(
    {"PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV",
     "SYSTEMROOT", "TMPDIR", "TEMP", "TMP"}
)  # fmt: skip
_WHAT: Final = {"pdf": "the PDF", "html": "the page"}


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
        Bytes.
    """

    seconds: float = SECONDS
    a_million: float = SECONDS_A_MILLION
    memory: int = MEMORY

    def of(self, size: int) -> float:
        """Seconds that a file of ``size`` bytes may take."""
        return self.seconds + self.a_million * size / 1e6


def page(text: str, limits: Limits | None = None) -> dict[str, Any]:
    """Take the content out of a web page, as `extraction.page` does, within limits.

    Parameters
    ----------
    text : str
        The page, decoded.
    limits : Limits, optional
        `Limits()` unless given.

    Returns
    -------
    dict
        As `extraction.page` gives it.

    Raises
    ------
    EvidenceError
        When it cannot be read, or takes more than it may; without its name.
    """
    return _read("html", text.encode("utf-8", "surrogatepass"), limits or Limits())


def pdf(data: bytes, limits: Limits | None = None) -> dict[str, Any]:
    """Take the text layer out of a PDF, as `extraction.pdf` does, within limits.

    Parameters
    ----------
    data : bytes
        The file.
    limits : Limits, optional
        `Limits()` unless given.

    Returns
    -------
    dict
        As `extraction.pdf` gives it.

    Raises
    ------
    EvidenceError
        When it cannot be read, or takes more than it may; without its name.
    """
    return _read("pdf", data, limits or Limits())


def _read(kind: str, data: bytes, limits: Limits) -> dict[str, Any]:
    reader, used = _idle.take(limits.memory)
    answer = _ask(reader, kind, data, limits)
    # What earlier files left behind must not decide about this one.
    if used and ("out_of" in answer or answer.get("died") not in (None, "time")):
        reader, _ = _idle.start(limits.memory)
        answer = _ask(reader, kind, data, limits)
    if "found" in answer:
        return dict(answer["found"])
    if "refused" in answer:
        raise EvidenceError(str(answer["refused"]))
    raise EvidenceError(_complaint(answer, kind, limits, len(data)))


def _ask(reader: _Reader, kind: str, data: bytes, limits: Limits) -> dict[str, Any]:
    answer = reader.ask(kind, data, limits.of(len(data)))
    if "found" in answer or "refused" in answer:
        _idle.give_back(reader)
    else:
        reader.end()
    return answer


def _complaint(answer: dict[str, Any], kind: str, limits: Limits, size: int) -> str:
    what = _WHAT[kind]
    advice = "only a trap or a damaged file does; the file is kept. Give its text instead"
    if answer.get("died") == "time":
        return f"reading {what} took more than {limits.of(size):.0f} s, as {advice}"
    if "out_of" in answer or answer.get("died") == "killed":
        return f"reading {what} took more than {limits.memory / 1e6:,.0f} MB, as {advice}"
    return f"reading {what} broke its reader ({answer.get('died')}), as {advice}"


class _Reader:
    """One process that reads."""

    def __init__(self, memory: int) -> None:
        self.memory = memory
        self.read = 0
        self._process = subprocess.Popen(  # nosec B603 # this interpreter, a module of ours, no shell
            [sys.executable, "-m", "landrelease.evidence.confined_reader", str(memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: value for name, value in os.environ.items() if name in ENVIRONMENT},
        )

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, kind: str, data: bytes, seconds: float) -> dict[str, Any]:
        """Have a file read; what became of it, or of the process."""
        self.read += 1
        question = json.dumps({"kind": kind, "seconds": seconds}).encode()
        waited = threading.Timer(seconds * PATIENCE, self._process.kill)
        waited.daemon = True
        waited.start()
        told, heard = self._process.stdin, self._process.stdout
        assert told is not None
        assert heard is not None
        try:
            told.write(QUESTION.pack(len(question), len(data)))
            told.write(question)
            told.write(data)
            told.flush()
            head = heard.read(ANSWER.size)
            if len(head) == ANSWER.size:
                (size,) = ANSWER.unpack(head)
                body = heard.read(size)
                if len(body) == size:
                    return dict(json.loads(body))
        except OSError:
            pass  # it has ended; how, is told below
        finally:
            out_of_patience = not waited.is_alive()
            waited.cancel()
        return {"died": self._died(out_of_patience)}

    def _died(self, out_of_patience: bool) -> str:
        try:
            code = self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        if out_of_patience or code == -getattr(signal, "SIGPROF", 0):
            return "time"
        if code == -getattr(signal, "SIGKILL", 9):
            return "killed"
        return f"signal {-code}" if code < 0 else f"exit status {code}"

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
            for reader in [one for one in self.waiting if one.memory == memory]:
                self.waiting.remove(reader)
                if reader.alive:
                    return reader, True
                reader.end()
        return self.start(memory)

    def start(self, memory: int) -> tuple[_Reader, bool]:
        try:
            return _Reader(memory), False
        except OSError as error:
            raise EvidenceError(
                f"no process can be started to read it in ({error.strerror or error}); too many "
                "processes, or too little memory?"
            ) from error

    def give_back(self, reader: _Reader) -> None:
        with self.lock:
            self.waiting.append(reader)

    def end(self) -> None:
        with self.lock:
            waiting, self.waiting = self.waiting, []
        if self.owner == os.getpid():
            for reader in waiting:
                reader.end()


_idle = _Idle()
atexit.register(_idle.end)
