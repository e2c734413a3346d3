"""Reports as files: workbook, PDF, web page, JSON. The suffix of the name decides."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from landrelease.exchange.problems import ExchangeError
from landrelease.treaty.tables import ReportDocument

from . import html, json, pdf, xlsx

WRITERS: Final[dict[str, Callable[[ReportDocument], bytes]]] = {
    ".xlsx": xlsx.render,
    ".pdf": pdf.render,
    ".html": html.render,
    ".json": json.render,
}


def refuse_unknown(path: Path) -> None:
    """Say at once, before anything is worked out, that a file of this kind cannot be written.

    Raises
    ------
    ExchangeError
        Naming the suffixes there are.
    """
    if path.suffix.lower() not in WRITERS:
        raise ExchangeError(
            f"{path}: a report can be written as {', '.join(WRITERS)}, not as "
            f"{path.suffix or 'a name without a suffix'}"
        )
    if not path.absolute().parent.is_dir():
        raise ExchangeError(f"{path}: the folder {path.parent} does not exist")


def write(document: ReportDocument, path: Path) -> None:
    """Write a report. The same report gives the same bytes.

    Parameters
    ----------
    document
        The report.
    path
        File to write; replaced as a whole once it is complete.

    Raises
    ------
    ExchangeError
        When the suffix is not known or the folder does not exist.
    """
    refuse_unknown(path)
    body = WRITERS[path.suffix.lower()](document)
    unfinished = path.with_name(f".{path.name}.part")
    try:
        unfinished.write_bytes(body)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


__all__ = ["WRITERS", "refuse_unknown", "write"]
