"""Tables, workbooks and maps are read in a process of its own, which has limits of time and memory.

The libraries that read them are large and written in C; what a file does to the process
(:mod:`landrelease.evidence.reading_process`) ends it and the reading of that file, never the
import, the server or the register. It writes no files and knows no secret of the program.

It reads one batch ahead while the caller works on the one before. Rows come as plain values
(:mod:`.parcels`); nothing that the process sends is run.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from landrelease.evidence.reading_process import Died, Idle, Limits, ReadingProcess, Refused

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
    """What the process answers, piece by piece."""
    seconds = limits.of(path.stat().st_size)
    try:
        yield from _idle.answers(limits.memory, lambda reader: reader.ask(asked, seconds))
    except Refused as error:
        raise ExchangeError(str(error)) from None
    except Died as death:
        raise TooMuch(_complaint(death.how, path, limits)) from None


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


def _begin(memory: int) -> ReadingProcess:
    return ReadingProcess("landrelease.exchange.confined_reader", memory)


_idle: Final = Idle(_begin, ExchangeError, kept=_KEPT)
