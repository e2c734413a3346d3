"""Pages and PDFs are read in a process of its own, which has a limit of time and of memory.

A limit of bytes does not help against a small file that was made to keep a reader busy or to fill
the memory (:mod:`.reading_process`). The process is started once and reads one file after the
other; what does it harm ends it, and the file with it: never the program, and never the other
files.
"""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from typing import Any, Final

from landrelease.evidence import reading_process
from landrelease.evidence.confined_reader import ANSWER, QUESTION
from landrelease.evidence.errors import EvidenceError
from landrelease.evidence.reading_process import Idle, ReadingProcess

#: Processor time that a file may take, in seconds, and what each million bytes of it adds.
SECONDS: Final = 60.0
SECONDS_A_MILLION: Final = 20.0
#: Bytes that reading may take beyond what the process has when it starts.
MEMORY: Final = 2 * 1024**3
_WHAT: Final = {"pdf": "the PDF", "html": "the page"}


@dataclass(frozen=True)
class Limits(reading_process.Limits):
    """What reading one page or PDF may take."""

    seconds: float = SECONDS
    a_million: float = SECONDS_A_MILLION
    memory: int = MEMORY


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


class _Reader(ReadingProcess):
    """A process that answers one question a file."""

    def __init__(self, memory: int) -> None:
        super().__init__("landrelease.evidence.confined_reader", memory)
        self.read = 0

    def ask(self, kind: str, data: bytes, seconds: float) -> dict[str, Any]:
        """Have a file read; what became of it, or of the process."""
        self.read += 1
        question = json.dumps({"kind": kind, "seconds": seconds}).encode()
        told, heard = self.pipes
        # An OSError: it has ended; how, is told below.
        with self.patience(seconds), contextlib.suppress(OSError):
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
        return {"died": self.death()}


_idle: Final = Idle(_Reader, EvidenceError)
