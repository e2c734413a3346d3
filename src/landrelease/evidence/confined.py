"""Pages and PDFs are read in a process of its own, which has a limit of time and of memory.

A limit of bytes does not help against a small file that was made to keep a reader busy or to fill
the memory (:mod:`.reading_process`). The process is started once and reads one file after the
other; what does it harm ends it, and the file with it: never the program, and never the other
files.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from landrelease.evidence import reading_process
from landrelease.evidence.errors import EvidenceError
from landrelease.evidence.reading_process import Died, Idle, ReadingProcess, Refused

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


#: How a page or a PDF is read, in a process that itself reads files of others: by the program that
#: started it. Takes what :func:`relayed` gives, and gives its answer.
elsewhere: Callable[[bytes], bytes] | None = None


def relayed(body: bytes) -> bytes:
    """Read a page or a PDF for a process that reads the file in which it came.

    Parameters
    ----------
    body : bytes
        As that process asks, in :data:`elsewhere`: ``pdf`` or ``html``, a line end, the bytes.

    Returns
    -------
    bytes
        JSON: ``found``, or ``refused`` with the reason.
    """
    kind, _, data = body.partition(b"\n")
    try:
        found = pdf(data) if kind == b"pdf" else page(data.decode("utf-8", "surrogatepass"))
    except EvidenceError as error:
        return json.dumps({"refused": str(error)}).encode()
    return json.dumps({"found": found}).encode()


def _read(kind: str, data: bytes, limits: Limits) -> dict[str, Any]:
    if elsewhere is not None:
        told = json.loads(elsewhere(b"\n".join((kind.encode(), data))))
        if "refused" in told:
            raise EvidenceError(told["refused"])
        return dict(told["found"])
    try:
        (answer,) = _idle.answers(
            limits.memory,
            lambda reader: reader.ask({"kind": kind}, limits.of(len(data)), data),
        )
        return dict(json.loads(answer))
    except Refused as error:
        raise EvidenceError(str(error)) from None
    except Died as death:
        raise EvidenceError(_complaint(death.how, kind, limits, len(data))) from None
    except ValueError:  # more than one answer, or no JSON: it is in the hands of the file
        raise EvidenceError(_complaint("it answered with nonsense", kind, limits, 0)) from None


def _complaint(how: str, kind: str, limits: Limits, size: int) -> str:
    what = _WHAT[kind]
    advice = "only a trap or a damaged file does; the file is kept. Give its text instead"
    if how == "time":
        return f"reading {what} took more than {limits.of(size):.0f} s, as {advice}"
    if how == "memory":
        return f"reading {what} took more than {limits.memory / 1e6:,.0f} MB, as {advice}"
    return f"reading {what} broke its reader ({how}), as {advice}"


def _begin(memory: int) -> ReadingProcess:
    return ReadingProcess("landrelease.evidence.confined_reader", memory)


_idle: Final = Idle(_begin, EvidenceError)
