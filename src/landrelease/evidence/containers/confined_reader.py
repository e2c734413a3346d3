"""The process in which files of reports are read; started by :mod:`.confined`.

It is no program for people (:mod:`landrelease.evidence.reading_loop`).
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from typing import Any

from landrelease.evidence import confined as pages
from landrelease.evidence import intake
from landrelease.evidence.containers import items, reading
from landrelease.evidence.containers.confined import packed, people_told
from landrelease.evidence.errors import EvidenceError
from landrelease.evidence.reading_loop import Line, interrupted, serve


def _answer(question: dict[str, Any], data: bytes, line: Line) -> Iterator[bytes]:
    seconds, a_million = question["a_member"]
    items.within = lambda size: interrupted(seconds + a_million * size / 1e6)
    pages.elsewhere = line.want
    if question["wanted"] == "correspondents":
        for people in reading.correspondents(data, question["label"]):
            yield json.dumps(None if people is None else people_told(people)).encode("ascii")
        return
    source = data if question["path"] is None else question["path"]
    for item in reading.unpack(source, question["label"], question["fields"]):
        yield packed(item)


def _refusal(error: Exception, question: dict[str, Any]) -> str | None:
    return str(error) if isinstance(error, EvidenceError) else None


def _prepare() -> None:
    for name in ("feedparser", "warcio.archiveiterator", "charset_normalizer"):
        importlib.import_module(name)
    # Its model passes through a file, which is written here for the last time.
    intake.language("Which language this is does not matter; that it is asked once does.")


if __name__ == "__main__":
    serve(_answer, _refusal, memory=int(sys.argv[1]), prepare=_prepare)
