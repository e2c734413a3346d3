"""What other projects' readers take out of a web page or a PDF.

Their code meets whatever somebody sent, so it runs in a process of its own with little time and
memory (:mod:`landrelease.evidence.confined`); nothing else is imported from here.
"""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from landrelease.evidence.errors import EvidenceError

MAX_PAGES = 5_000  # of a PDF
MAX_CHARACTERS = 20_000_000  # of a text


def page(text: str) -> dict[str, Any]:
    """Take the content out of a web page; its scripts are never run.

    Parameters
    ----------
    text : str
        The page, decoded.

    Returns
    -------
    dict
        ``text``, ``whole`` (no main text was found: it is all the text of the page), ``title``,
        ``sitename``, ``author``, ``date`` and ``url`` (str or None), ``about`` (whether the reader
        said anything about the page).

    Raises
    ------
    EvidenceError
        When it cannot be read, without its name.
    """
    import trafilatura

    with _quiet("trafilatura"):
        try:
            # NUL and other control characters make lxml refuse the whole page.
            text = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]", "\ufffd", text)
            if not re.search(r"<(?:html|body)\b", text, re.I):
                text = f"<html><body>{text}</body></html>"  # a fragment, as mails and feeds have it
            found: Any = trafilatura.bare_extraction(
                text,
                with_metadata=True,
                include_comments=False,
                include_tables=True,
                favor_recall=True,
                date_extraction_params={"extensive_search": False, "original_date": True},
            )
            body = str(found.text or "") if found is not None else ""
            whole = not body.strip()
            if whole:
                body = trafilatura.html2txt(text) or _bare(text)
        except MemoryError:
            raise
        except Exception as error:
            raise EvidenceError(
                f"the page cannot be read as HTML ({type(error).__name__}: {error})"
            ) from error
    about = {
        name: _said(getattr(found, name, None))
        for name in ("title", "sitename", "author", "date", "url")
    }
    return {"text": body, "whole": whole, "about": found is not None, **about}


def pdf(data: bytes) -> dict[str, Any]:
    """Take the text layer out of a PDF.

    Parameters
    ----------
    data : bytes
        The file.

    Returns
    -------
    dict
        ``pages``: list of str, one a page. It ends early where it holds more than
        `MAX_CHARACTERS` already.

    Raises
    ------
    EvidenceError
        When it cannot be read, is locked or has more than `MAX_PAGES` pages; without its name.
    """
    from pypdf import PdfReader

    with _quiet("pypdf"):
        try:
            reader = PdfReader(io.BytesIO(data), strict=False)
            if reader.is_encrypted and not reader.decrypt(""):
                raise EvidenceError("the PDF is locked; give a copy without a password")
            if len(reader.pages) > MAX_PAGES:
                raise EvidenceError(
                    f"{len(reader.pages):,} pages are more than the {MAX_PAGES:,} that one "
                    "report may have; split the file into its reports"
                )
            pages: list[str] = []
            characters = 0
            for one in reader.pages:
                pages.append(one.extract_text() or "")
                characters += len(pages[-1])
                if characters > MAX_CHARACTERS:
                    break
        except (EvidenceError, MemoryError):
            raise
        except Exception as error:  # a damaged PDF fails in any part of its reader
            raise EvidenceError(
                f"the PDF cannot be read ({type(error).__name__}: {error}); is the file whole?"
            ) from error
    return {"pages": pages}


def _bare(text: str) -> str:
    """All text of a page, a line a piece; what scripts and styles hold is none."""
    import lxml.html

    tree = lxml.html.document_fromstring(text.encode("utf-8", "replace"), ensure_head_body=True)
    pieces = tree.xpath("//body//text()[not(ancestor::script or ancestor::style)]")
    return "\n".join(piece.strip() for piece in pieces if piece.strip())


def _said(value: Any) -> str | None:
    return None if value is None else str(value)


@contextmanager
def _quiet(name: str) -> Iterator[None]:
    """A reader's complaints about a file say nothing that the outcome does not."""
    logger = logging.getLogger(name)
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)
