"""The process in which tables, workbooks and maps are read: little memory, little time, no writing.

Started by :mod:`landrelease.exchange.confined` as ``python -m``; it is no program for people. It
answers one request after the other and ends with its standard input.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from landrelease.evidence.confined_reader import clocked, confine

from . import parcels, read, vectors
from .problems import ExchangeError
from .source import Source


def main(memory: int) -> None:
    """Answer until the standard input ends.

    Parameters
    ----------
    memory
        Bytes that the process may take beyond what it has when it starts.
    """
    # Whatever a library prints must not stand among the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    confine(memory)
    opened = _Opened()
    while True:
        try:
            _, body = parcels.receive(sys.stdin.buffer)
        except EOFError:
            return
        _answer(json.loads(body), opened, answers)


def _answer(asked: dict[str, Any], opened: _Opened, answers: Any) -> None:
    try:
        with clocked(float(asked["seconds"])):
            if asked["do"] == "layers":
                found = vectors.layers(Path(asked["path"]))
                parcels.send(answers, parcels.PIECE, json.dumps(found).encode())
            elif asked["do"] == "open":
                parcels.send(answers, parcels.PIECE, json.dumps(_about(opened.new(asked))).encode())
            else:
                for batch in opened.again(asked).batches(int(asked["size"])):
                    parcels.send(answers, parcels.PIECE, parcels.packed(batch))
    except MemoryError:
        parcels.send(answers, parcels.OUT_OF_MEMORY)
    except ExchangeError as error:
        if isinstance(error.__cause__, MemoryError):
            parcels.send(answers, parcels.OUT_OF_MEMORY)
        else:
            _refuse(answers, str(error).replace(asked["path"], asked["name"]))
    except Exception as error:  # the readers of other projects fail in many ways
        told = f"{type(error).__name__}: {str(error)[:200]}"
        _refuse(answers, f"{asked['name']}: cannot be read ({told}); save it again")
    else:
        parcels.send(answers, parcels.END)


def _refuse(answers: Any, why: str) -> None:
    parcels.send(answers, parcels.REFUSED, why.encode("utf-8", "surrogatepass"))


def _about(source: Source) -> dict[str, Any]:
    """All of a source but its rows."""
    return {
        "format": source.format,
        "layer": source.layer,
        "layers": source.layers,
        "columns": source.columns,
        "crs": source.crs,
        "row_count": source.row_count,
        "hxl": source.hxl,
        "encoding": source.encoding,
        "delimiter": source.delimiter,
        "aliases": source.aliases,
        "problems": [
            [one.rule, one.severity, one.message, one.hint, one.row, one.field, one.value]
            for one in source.problems
        ],
    }


class _Opened:
    """The file that was opened last: its rows are asked for next, most often."""

    def __init__(self) -> None:
        self._key: Any = None
        self._source: Source | None = None

    def new(self, asked: dict[str, Any]) -> Source:
        """Open a file."""
        self._key = self._source = None  # let go of the one before, first
        key = _key(asked)
        self._source = read.open_source(
            asked["path"], layer=asked["layer"], crs=asked["crs"], encoding=asked["encoding"]
        )
        self._key = key
        return self._source

    def again(self, asked: dict[str, Any]) -> Source:
        """The file as it was opened, or opened anew; it is not kept any longer."""
        source = self._source if self._key == _key(asked) else self.new(asked)
        self._key = self._source = None
        assert source is not None, "it was opened"
        return source


def _key(asked: dict[str, Any]) -> tuple[Any, ...]:
    state = Path(asked["path"]).stat()
    named = (asked["path"], asked["layer"], asked["crs"], asked["encoding"])
    return (*named, state.st_ino, state.st_size, state.st_mtime_ns)


if __name__ == "__main__":
    main(int(sys.argv[1]))
