"""What a file yields: reports, what is none, and what is broken, each with its place."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

from landrelease.evidence.containers.headers import Correspondent
from landrelease.evidence.errors import EvidenceError
from landrelease.evidence.intake import Document, from_bytes, from_text
from landrelease.evidence.metadata import Published, agency_name, parse_date

MAX_MEMBER = 50_000_000  # bytes of one member, after decompression
MAX_FIELD = 500  # characters of a title, a name, an address, a locator
_TAGS = re.compile(
    r"<(?:p|div|br|a|html|body|article|h\d|ul|span|strong|em|b|i|img|table)\b[^>]{0,2000}>", re.I
)
_STATES = ("report", "skipped", "failed")


def _unlimited(size: int) -> AbstractContextManager[None]:
    return nullcontext()


#: What limits the reading of one member of so many bytes; the process that reads files of others
#: sets it, so that one bad member does not take the others with it.
within: Callable[[int], AbstractContextManager[None]] = _unlimited


@dataclass(frozen=True)
class Item:
    """One member of a file, or the file itself where it is one report.

    Attributes
    ----------
    locator : str or None
        Where it stands in the file: message id, WARC record id, line, entry id; None for a file
        that is one report.
    state : str
        'report', 'skipped' (no report: a picture, a service message) or 'failed'.
    document : Document or None
        The report.
    data : bytes
        Its own original bytes; ``document.sha256`` is their hash.
    reason : str
        Why there is no document: what is wrong, where, what to do.
    correspondents : tuple of Correspondent
        Of a message: whom its headers name.
    """

    locator: str | None
    state: str
    document: Document | None = None
    data: bytes = b""
    reason: str = ""
    correspondents: tuple[Correspondent, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a state that does not exist."""
        if self.state not in _STATES:
            raise ValueError(f"{self.state!r} is none of {', '.join(_STATES)}")


@dataclass(frozen=True)
class About:
    """What a container says of one of its members; None where it does not say."""

    title: str | None = None
    publisher: str | None = None
    byline: str | None = None
    published: Published | None = None
    url: str | None = None
    retrieved: str | None = None


def member(
    text: str | Document, data: bytes, *, name: str, locator: str | None, kind: str,
    about: About | None = None, notes: tuple[str, ...] = (),
) -> Document:  # fmt: skip
    """Make the document of a member.

    What the container says of it goes before what its words say, except a coarser date.

    Parameters
    ----------
    text : str or Document
        Its text, or the document that its bytes gave.
    data : bytes
        Its own original bytes.
    name : str
        Of the file it stands in.
    locator : str or None
        Where in it.
    kind : str
        Format to record.
    about : About, optional
        What the container says of it.
    notes : tuple of str
        How it was taken in.

    Returns
    -------
    Document
    """
    about = about or About()
    path = f"{name}#{locator}" if locator else name
    document = from_text(text, path=path) if isinstance(text, str) else text
    published = about.published
    if published is None or (published.value is None and document.published is not None):
        published = document.published
    return replace(
        document,
        path=path,
        sha256=hashlib.sha256(data).hexdigest(),
        format=kind,
        title=short(about.title) or document.title,
        publisher=short(about.publisher) or document.publisher,
        byline=short(about.byline) or document.byline,
        agency=document.agency or agency_name(about.publisher) or agency_name(about.byline),
        published=published,
        url=address(about.url) or document.url,
        retrieved=about.retrieved or document.retrieved,
        locator=locator,
        notes=(*document.notes, *notes),
    )


def body(text: str, name: str) -> str:
    """Give the text of a field that may hold HTML.

    Parameters
    ----------
    text : str
        Plain text or a fragment of a page.
    name : str
        Named in errors.

    Returns
    -------
    str
        Text; scripts are never run.
    """
    if not _TAGS.search(text[:20_000]):
        return text
    page = f"<html><body><article>{text}</article></body></html>"
    return from_bytes(page.encode("utf-8", "replace"), f"{name}.html").text


def short(value: Any) -> str | None:
    """Give a name or title in one line of at most 500 characters; None when it is empty."""
    if not isinstance(value, str):
        return None
    line = re.sub(r"[\s\x00-\x1f\x7f]+", " ", value[: 4 * MAX_FIELD]).strip()
    line = line.encode("utf-8", "replace").decode()
    return line[:MAX_FIELD] or None


def address(value: Any) -> str | None:
    """Give an address of the web; None for anything else ("javascript:", "file:")."""
    line = short(value)
    return line if line and re.match(r"https?://\S+$", line) else None


def moment(value: Any, where: str) -> Published | None:
    """Read a date that a machine wrote.

    Parameters
    ----------
    value : object
        ISO 8601, the date of a mail header, seconds or milliseconds since 1970, or a date as
        people write it.
    where : str
        Where it stood; becomes part of ``found``.

    Returns
    -------
    Published or None
        The day on the clock of whoever wrote it.
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, (int, float)) or (
        isinstance(value, str) and re.fullmatch(r"\d{9,13}", value)
    ):
        seconds = float(value)
        seconds = seconds / 1000 if seconds > 1e11 else seconds
        try:
            day = dt.datetime.fromtimestamp(seconds, dt.UTC).date()
        except (ValueError, OverflowError, OSError):
            return None
        return Published(day.isoformat(), "day", f"{where}, seconds since 1970 (UTC)")
    if not isinstance(value, str):
        return None
    text = value.strip()[:200]
    iso = re.match(r"(\d{4})-?(\d{2})-?(\d{2})(?=$|[T ])", text)
    if iso:
        try:
            return Published(dt.date(*map(int, iso.groups())).isoformat(), "day", where)
        except ValueError:
            return None
    if re.fullmatch(r"\d{4}(?:-\d{2})?", text):
        precision = "year" if len(text) == 4 else "month"
        if precision == "month" and not 1 <= int(text[5:]) <= 12:
            return None
        return Published(text, precision, where)
    found = parse_date(text, where)
    return found


def each(
    parts: Iterator[tuple[str, bytes]], name: str, read: Callable[[str, bytes], Iterator[Item]]
) -> Iterator[Item]:
    """Read members one by one: a broken one becomes a failure, the others go on.

    Parameters
    ----------
    parts : iterator of (str, bytes)
        Locator and bytes of each member.
    name : str
        Of the file.
    read : callable
        Gives the items of one member.

    Yields
    ------
    Item
    """
    for locator, data in parts:
        try:
            with within(len(data)):
                found = list(read(locator, data))
        except MemoryError:
            raise
        except Exception as error:  # whatever the reader of a format trips over
            found = [failed(name, locator, error, data)]
        yield from found


def failed(name: str, locator: str, error: Exception | str, data: bytes = b"") -> Item:
    """Give the failure of one member: file, place and cause."""
    cause = str(error) if isinstance(error, (EvidenceError, str)) else (
        f"cannot be read ({type(error).__name__}: {str(error)[:200]})"
    )  # fmt: skip
    where = f"{name}#{locator}"
    reason = cause if cause.startswith(where) else f"{where}: {cause}"
    return Item(locator, "failed", data=data, reason=reason.encode("utf-8", "replace").decode())
