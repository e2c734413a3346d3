"""Files of reports become documents: a kept text, its offsets, and what the text says of itself."""

from __future__ import annotations

import hashlib
import re
import threading
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from landrelease.evidence import boilerplate as furniture
from landrelease.evidence import confined, metadata
from landrelease.evidence.decoding import decode
from landrelease.evidence.errors import EvidenceError
from landrelease.evidence.extraction import MAX_CHARACTERS
from landrelease.evidence.metadata import Published
from landrelease.evidence.text import normalise

MAX_BYTES = 200_000_000
_HTML_SUFFIXES = frozenset({".html", ".htm", ".xhtml"})
#: Languages whose texts are read for claims.
CLAIM_LANGUAGES = ("en",)
#: Names, for people, of the languages that are grouped, dated and placed as well.
LANGUAGES = {
    "ar": "Arabic", "en": "English", "es": "Spanish", "fr": "French", "ru": "Russian",
    "uk": "Ukrainian",
}  # fmt: skip
MAX_PAGE = 20_000_000  # characters of a web page; the tree of a larger one takes gigabytes
_LANGUAGE_LETTERS = 40  # fewer letters say too little about a language
_LANGUAGE_LOCK = threading.Lock()


@dataclass(frozen=True)
class Document:
    """One report as kept.

    Attributes
    ----------
    path : str
        As given by the caller.
    sha256 : str
        Of the original bytes, in hexadecimal.
    format : str
        'txt', 'html' or 'pdf'; for a member of a container 'email', 'warc', 'jsonl', 'feed' or
        'telegram'.
    text : str
        The kept text: all offsets of this package are characters of it.
    boilerplate : tuple of (int, int, str)
        Start, end and kind of what is set apart; never taken for content.
    title, publisher, byline : str or None
        None when the report does not say.
    agency : str or None
        The credited news agency.
    published : Published or None
        Date, precision and how it was found.
    place_line : str or None
        The place in front of the text ("KYIV").
    language : str
        ISO 639-1, or 'und' when the text is too short to tell.
    notes : tuple of str
        What a reader must know about how the text was taken in.
    locator : str or None
        Where it stands in the file it came in: message id, WARC record id, line, entry id.
    url : str or None
        The address under which it was published, where the report says.
    retrieved : str or None
        ISO date on which it was retrieved; not when it was published.
    """

    path: str
    sha256: str
    format: str
    text: str
    boilerplate: tuple[tuple[int, int, str], ...] = ()
    title: str | None = None
    publisher: str | None = None
    byline: str | None = None
    agency: str | None = None
    published: Published | None = None
    place_line: str | None = None
    language: str = "und"
    notes: tuple[str, ...] = ()
    text_sha256: str = field(default="", compare=False)
    locator: str | None = None
    url: str | None = None
    retrieved: str | None = None

    def __post_init__(self) -> None:
        """Fix the hash of the kept text, on which the ids of stories and claims rest."""
        if not self.text_sha256:
            encoded = self.text.encode("utf-8", "surrogatepass")
            object.__setattr__(self, "text_sha256", hashlib.sha256(encoded).hexdigest())


def read(path: str | Path) -> Document:
    """Take in one report file.

    Parameters
    ----------
    path : str or Path
        A text, HTML or PDF file. The content decides where it contradicts the suffix.

    Returns
    -------
    Document
        With offsets in characters of ``text``.

    Raises
    ------
    EvidenceError
        When the file cannot be read, is not text, or is larger than 200 MB.
    """
    name = str(path)
    try:
        size = Path(path).stat().st_size
        if size > MAX_BYTES:
            raise EvidenceError(
                f"{name}: {size:,} bytes are more than the {MAX_BYTES:,} that one report may "
                "have; split the file into its reports"
            )
        data = Path(path).read_bytes()
    except OSError as error:
        raise EvidenceError(f"{name}: cannot be read ({error.strerror or error})") from error
    return from_bytes(data, name)


def from_bytes(data: bytes, path: str, charset: str | None = None) -> Document:
    """Take in a report that is already in memory.

    Parameters
    ----------
    data : bytes
        The original.
    path : str
        Its name, kept as given; its suffix hints at the format.
    charset : str, optional
        Encoding that a mail header or a web server named; used where the bytes are not UTF-8.

    Returns
    -------
    Document
        As `read` gives it.

    Raises
    ------
    EvidenceError
        When the bytes are no text, HTML or PDF that can be read.
    """
    digest = hashlib.sha256(data).hexdigest()
    kind = _format(data, path)
    if kind == "pdf":
        return from_text(*_pdf(data, path), path=path, sha256=digest, kind="pdf")
    text, note = decode(data, path, charset)
    notes = [note] if note else []
    if kind == "html":
        return _html(text, notes, path, digest)
    return from_text(text, notes, path=path, sha256=digest, kind="txt")


def from_text(
    raw: str,
    notes: Sequence[str] = (),
    *,
    path: str = "",
    sha256: str | None = None,
    kind: str = "txt",
) -> Document:
    """Make a document from decoded text.

    Parameters
    ----------
    raw : str
        The text as decoded.
    notes : sequence of str
        How it came about.
    path : str
        Name to keep.
    sha256 : str, optional
        Hash of the original; by default that of the text in UTF-8.
    kind : str
        'txt', 'html' or 'pdf'.

    Returns
    -------
    Document
        Boilerplate set apart, metadata and language found.

    Raises
    ------
    EvidenceError
        When the text has more than 20 million characters.
    """
    text = normalise(raw)
    if len(text) > MAX_CHARACTERS:
        raise EvidenceError(
            f"{path}: {len(text):,} characters are more than the {MAX_CHARACTERS:,} that one "
            "report may have; split the file into its reports"
        )
    if not text.strip():
        notes = [*notes, "the file holds no text"]
    apart = furniture.find(text)
    tongue = language(text)
    if tongue not in (*CLAIM_LANGUAGES, "und"):
        notes = [*notes, not_extracted(tongue)]
    about = metadata.read(text, apart)
    return Document(
        path=path,
        sha256=sha256 or hashlib.sha256(raw.encode("utf-8", "surrogatepass")).hexdigest(),
        format=kind,
        text=text,
        boilerplate=apart,
        title=about.title,
        publisher=about.publisher,
        byline=about.byline,
        agency=about.agency,
        published=about.published,
        place_line=about.place_line,
        language=tongue,
        notes=tuple(notes),
    )


def read_for_claims(document: Document) -> bool:
    """Whether claims are extracted from a document: English, or too short to tell.

    Parameters
    ----------
    document : Document

    Returns
    -------
    bool
    """
    return document.language in (*CLAIM_LANGUAGES, "und")


def not_extracted(tongue: str) -> str:
    """Say that a text is in a language whose claims are not extracted.

    Parameters
    ----------
    tongue : str
        ISO 639-1 code.

    Returns
    -------
    str
        The note that a document in it carries.
    """
    return f"claims not extracted: the language is {LANGUAGES.get(tongue, tongue)}, not English"


def language(text: str) -> str:
    """Name the language of a text.

    Parameters
    ----------
    text : str
        Any text; its first 20,000 characters are looked at.

    Returns
    -------
    str
        ISO 639-1 code, or 'und' with fewer than 40 letters.
    """
    sample = text[:20_000]
    if sum(map(str.isalpha, sample)) < _LANGUAGE_LETTERS:
        return "und"
    cleaned = "".join(" " if unicodedata.category(c) in ("Cs", "Co", "Cn") else c for c in sample)
    with _LANGUAGE_LOCK:
        return str(_identifier().classify(cleaned)[0])


@cache
def _identifier() -> Any:
    import py3langid

    return py3langid


def _format(data: bytes, path: str) -> str:
    head = data[:2048].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(b"%PDF-"):
        return "pdf"
    suffix = Path(path.replace("\0", "")).suffix.lower()
    if suffix == ".pdf" and data:
        raise EvidenceError(f"{path}: named .pdf but does not begin as a PDF; is the file whole?")
    if suffix in _HTML_SUFFIXES:
        return "html"
    if re.match(rb"(?:<\?xml[^>]{0,200}>\s*)?(?:<!doctype html|<html)\b", head, re.I):
        return "html"
    return "txt"


def _html(page: str, notes: list[str], path: str, digest: str) -> Document:
    """Keep the content of a page; its scripts are never run, its furniture is not kept."""
    if len(page) > MAX_PAGE:
        raise EvidenceError(
            f"{path}: {len(page):,} characters are more than the {MAX_PAGE:,} that a web page may "
            "have; keep its text instead"
        )
    found = _within_limits(confined.page, page, path)
    body = found["text"]
    if found["whole"]:
        notes = [*notes, "no main text was found on the page; all of its text is kept"]
    else:
        notes = [*notes, "menus and other furniture of the page stand only in the original"]
    title = found["title"]
    if title and title.strip() and title.strip() not in body[: len(title) + 200]:
        body = f"{title.strip()}\n\n{body}"
    document = from_text(body, notes, path=path, sha256=digest, kind="html")
    if not found["about"]:
        return document
    published = document.published
    if found["date"] and (published is None or published.precision != "day"):
        published = metadata.parse_date(found["date"], "page metadata") or published
    return replace(
        document,
        title=title or document.title,
        publisher=found["sitename"] or document.publisher,
        byline=found["author"] or document.byline,
        agency=document.agency or metadata.agency_name(found["author"]),
        published=published,
        url=_address(found["url"]),
    )


def _address(url: str | None) -> str | None:
    """An address of the web; nothing that a reader's browser would run or open on the machine."""
    return url.strip() if url and re.match(r"https?://[^\s]+$", url.strip()) else None


def _pdf(data: bytes, path: str) -> tuple[str, list[str]]:
    """The text layer of a PDF, page after page."""
    pages = _within_limits(confined.pdf, data, path)["pages"]
    notes = [f"text layer of {len(pages)} PDF page(s)"]
    empty = [number for number, page in enumerate(pages, start=1) if not page.strip()]
    if empty:
        listed = ", ".join(map(str, empty[:20])) + (" …" if len(empty) > 20 else "")
        notes.append(f"no text layer on page(s) {listed}: pictures are not read")
    return "\n\n".join(pages), notes


def _within_limits(read: Callable[[Any], dict[str, Any]], original: Any, path: str) -> Any:
    """What a reader of pages or PDFs finds in its own process; errors name the file."""
    try:
        return read(original)
    except EvidenceError as error:
        raise EvidenceError(f"{path}: {error}") from error
