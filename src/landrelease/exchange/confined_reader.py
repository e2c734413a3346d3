"""The process in which tables, workbooks and maps are read.

Started by :mod:`landrelease.exchange.confined`; it is no program for people
(:mod:`landrelease.evidence.reading_loop`).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from landrelease.evidence.reading_loop import Line, serve

from . import parcels, read, vectors
from .problems import ExchangeError
from .source import Source


def _answers(asked: dict[str, Any], data: bytes, line: Line) -> Iterator[bytes]:
    if asked["do"] == "layers":
        yield json.dumps(vectors.layers(Path(asked["path"]))).encode()
    elif asked["do"] == "open":
        yield json.dumps(_about(_opened.new(asked))).encode()
    else:
        for batch in _opened.again(asked).batches(int(asked["size"])):
            yield parcels.packed(batch)


def _refusal(error: Exception, asked: dict[str, Any]) -> str:
    if isinstance(error, ExchangeError):
        return str(error).replace(asked["path"], asked["name"])
    # The readers of other projects fail in many ways.
    told = f"{type(error).__name__}: {str(error)[:200]}"
    return f"{asked['name']}: cannot be read ({told}); save it again"


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


_opened = _Opened()

if __name__ == "__main__":
    # GDAL and GEOS reserve addresses that they never use: near the limit says nothing of them.
    serve(_answers, _refusal, memory=int(sys.argv[1]), near=False)
