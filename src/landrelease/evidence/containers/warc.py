"""Web archives (WARC): the pages that a crawl or a browser kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from landrelease.evidence.containers import items
from landrelease.evidence.containers.bounded import inflate
from landrelease.evidence.containers.items import (
    MAX_MEMBER,
    About,
    Item,
    failed,
    member,
    moment,
    short,
)
from landrelease.evidence.errors import EvidenceError
from landrelease.evidence.intake import from_bytes

_READ = {"text/html": ".html", "application/xhtml+xml": ".html", "text/plain": ".txt",
         "application/pdf": ".pdf"}  # fmt: skip


def archive(stream: BinaryIO, name: str) -> Iterator[Item]:
    """Read the pages of a web archive.

    Responses and resources that are HTML, text or PDF are read; the day of capture (``WARC-Date``)
    is that of retrieval, never that of publication. Other captures are skipped, and said so.

    Parameters
    ----------
    stream : file
        The archive, not compressed.
    name : str
        Of the file.

    Yields
    ------
    Item
        The locator is the WARC record id. After a damaged place nothing more can be found: it is
        the last failure.
    """
    from warcio.archiveiterator import ArchiveIterator

    position = 0
    records = iter(ArchiveIterator(stream, ensure_http_headers=False))
    while True:
        position += 1
        try:
            record = next(records)
        except StopIteration:
            break
        except MemoryError:
            raise
        except Exception as error:
            yield failed(name, f"record {position}", _damaged(error))
            return
        locator = None
        try:
            locator = short((record.rec_headers.get_header("WARC-Record-ID") or "").strip("<>"))
            locator = locator or f"record {position}"
            with items.within(record.length or 0):
                found = list(_record(record, name, locator))
        except MemoryError:
            raise
        except Exception as error:
            found = [failed(name, locator or f"record {position}", error)]
        yield from found
    if position == 1:
        yield failed(name, "record 1", "the archive holds no record; is the file whole?")


def _damaged(error: Exception) -> EvidenceError:
    if isinstance(error, EvidenceError):
        return error
    return EvidenceError(
        f"the archive is damaged here ({type(error).__name__}: {str(error)[:200]}); what follows "
        "cannot be found. Is the file whole?"
    )


def _record(record: Any, name: str, locator: str) -> Iterator[Item]:
    if record.rec_type not in ("response", "resource"):
        return  # the crawl's own: requests, notes, records of visits without content
    where = f"{name}#{locator}"
    headers = record.http_headers
    if record.rec_type == "response" and headers is None:
        yield Item(locator, "skipped", reason=f"{where}: no page but {_kind(record)!r}")
        return
    status = headers.get_statuscode() if headers is not None else "200"
    if headers is not None and status[:1] not in ("2", ""):
        yield Item(locator, "skipped", reason=f"{where}: the server answered {status[:20]}")
        return
    kind, charset = _content_type(headers, record)
    if kind not in _READ:
        yield Item(locator, "skipped", reason=f"{where}: no page but {kind[:80]!r}")
        return
    data = _content(record, headers, where)
    read = from_bytes(data, where + _READ[kind], charset)
    captured = moment(record.rec_headers.get_header("WARC-Date"), "WARC-Date")
    about = About(
        url=record.rec_headers.get_header("WARC-Target-URI"),
        retrieved=captured.value if captured is not None and captured.precision == "day" else None,
    )
    document = member(read, data, name=name, locator=locator, kind="warc", about=about)
    yield Item(locator, "report", document, data)


def _content(record: Any, headers: Any, where: str) -> bytes:
    """The body, its transfer and content codings undone, within the limit."""
    from warcio.bufferedreaders import ChunkedDataReader

    stream = record.raw_stream
    if headers is not None and "chunked" in (headers.get_header("Transfer-Encoding") or "").lower():
        stream = ChunkedDataReader(stream, decomp_type=None)
    pieces, size = [], 0
    while piece := stream.read(65_536):
        pieces.append(piece)
        size += len(piece)
        if size > MAX_MEMBER:
            raise EvidenceError(f"{where}: more than {MAX_MEMBER:,} bytes, too much for one page")
    data = b"".join(pieces)
    length = record.rec_headers.get_header("Content-Length")
    if (
        record.length
        and length
        and length.isdecimal()
        and getattr(record.raw_stream, "limit", 0) > 0
    ):
        raise EvidenceError(f"{where}: the record is cut off; is the file whole?")
    coding = (headers.get_header("Content-Encoding") or "") if headers is not None else ""
    for one in reversed([part.strip().lower() for part in coding.split(",") if part.strip()]):
        if one != "identity":
            data = inflate(data, one, MAX_MEMBER, where)
    return data


def _kind(record: Any) -> str:
    return str(record.rec_headers.get_header("Content-Type") or record.rec_type)[:80]


def _content_type(headers: Any, record: Any) -> tuple[str, str | None]:
    stated = headers.get_header("Content-Type") if headers is not None else _kind(record)
    kind, _, rest = (stated or "text/html").partition(";")
    charset = re.search(r"charset\s*=\s*[\"']?([\w.:-]{2,40})", rest, re.I)
    return kind.strip().lower(), charset[1] if charset else None
