"""The process in which pages and PDFs are read; started by :mod:`landrelease.evidence.confined`.

It is no program for people (:mod:`landrelease.evidence.reading_loop`).
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from typing import Any

from landrelease.evidence import extraction
from landrelease.evidence.errors import EvidenceError
from landrelease.evidence.reading_loop import Line, serve


def _answer(question: dict[str, Any], data: bytes, line: Line) -> Iterator[bytes]:
    if question["kind"] == "pdf":
        found = extraction.pdf(data)
    else:
        found = extraction.page(data.decode("utf-8", "surrogatepass"))
    yield json.dumps(found).encode("ascii")


def _refusal(error: Exception, question: dict[str, Any]) -> str | None:
    return str(error) if isinstance(error, EvidenceError) else None


def _prepare() -> None:
    for name in ("trafilatura", "pypdf", "lxml.html"):
        importlib.import_module(name)


if __name__ == "__main__":
    serve(_answer, _refusal, memory=int(sys.argv[1]), prepare=_prepare)
