"""RSS and Atom feeds: one report an entry."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from typing import Any

from landrelease.evidence.containers import items
from landrelease.evidence.containers.items import (
    About,
    Item,
    body,
    failed,
    member,
    moment,
    short,
)
from landrelease.evidence.decoding import decode
from landrelease.evidence.errors import EvidenceError
from landrelease.evidence.metadata import Published

MAX_FEED = 50_000_000
_TAG = re.compile(rb"<(/?)((?:\w+:)?(?:item|entry))(?=[\s>/])", re.I)


def feed(data: bytes, name: str) -> Iterator[Item]:
    """Read the entries of an RSS or Atom feed.

    A feed that declares entities is refused: feeds need none, and they are how a file reaches
    for others or fills the memory.

    Parameters
    ----------
    data : bytes
        The feed.
    name : str
        Of the file.

    Yields
    ------
    Item
        The locator is the entry's id, or else its link. Entries hold what the publisher puts
        into the feed, often only a summary; a note says which.

    Raises
    ------
    EvidenceError
        When it is no feed, or declares entities.
    """
    import feedparser

    if len(data) > MAX_FEED:
        raise EvidenceError(f"{name}: more than {MAX_FEED:,} bytes, too much for a feed")
    _refuse_entities(data, name)
    try:
        parsed = feedparser.parse(io.BytesIO(data), sanitize_html=True, resolve_relative_uris=False)
    except MemoryError:
        raise
    except Exception as error:
        raise EvidenceError(
            f"{name}: cannot be read as a feed ({type(error).__name__}: {error})"
        ) from error
    if not parsed.get("version") and not parsed.entries:
        raise EvidenceError(f"{name}: XML, but no RSS or Atom feed")
    if not parsed.entries:
        raise EvidenceError(f"{name}: the feed has no entries; is the file whole?")
    raw = _cut(data)
    for number, entry in enumerate(parsed.entries, start=1):
        locator = short(entry.get("id")) or short(entry.get("link")) or f"entry {number}"
        own = raw[number - 1] if len(raw) == len(parsed.entries) else None
        try:
            with items.within(len(own or b"")):
                found = _entry(entry, own, parsed.feed, name, locator)
        except MemoryError:
            raise
        except Exception as error:
            found = failed(name, locator, error)
        yield found
    if parsed.get("bozo"):
        cause = parsed.get("bozo_exception")
        if "CharacterEncodingOverride" not in type(cause).__name__:
            yield failed(
                name, "end",
                f"the feed is not well-formed ({type(cause).__name__}: {str(cause)[:160]}); "
                f"{len(parsed.entries)} entries were read, others may be lost",
            )  # fmt: skip


def _cut(data: bytes) -> list[bytes]:
    """The entries as they stand in the file, each up to the first end of what it is called.

    One walk along the tags: to look for the end of each beginning would take a file of beginnings
    alone a time that grows with its square.
    """
    tags = list(_TAG.finditer(data))
    last = {tag[2].lower(): tag.start() for tag in tags if tag[1]}
    found: list[bytes] = []
    begun: tuple[int, bytes] | None = None
    for tag in tags:
        called = tag[2].lower()
        if begun is None:
            if not tag[1] and last.get(called, -1) > tag.start():
                begun = (tag.start(), called)
        elif tag[1] and called == begun[1]:
            end = data.find(b">", tag.end())
            found.append(data[begun[0] : len(data) if end < 0 else end + 1])
            begun = None
    return found


def _refuse_entities(data: bytes, name: str) -> None:
    """No declared entities, whatever the encoding."""
    from defusedxml import sax
    from defusedxml.common import DefusedXmlException

    text = decode(data, name)[0]
    if re.search(r"<!ENTITY\b", text, re.I):
        raise EvidenceError(
            f"{name}: the feed declares entities, through which a file can reach for others; it is "
            "not read. Remove the <!ENTITY …> lines"
        )
    import xml.sax  # nosec B406 # types and writing only; defusedxml parses

    try:
        sax.parseString(data, xml.sax.ContentHandler(), forbid_dtd=False)
    except DefusedXmlException as error:
        raise EvidenceError(f"{name}: the feed reaches outside itself ({error})") from error
    except MemoryError:
        raise
    except Exception:  # not well-formed: feedparser reads what it can, and it is said
        return


def _entry(entry: Any, raw: bytes | None, head: Any, name: str, locator: str) -> Item:
    where = f"{name}#{locator}"
    contents = [one.get("value") or "" for one in entry.get("content", ())]
    full = max(contents, key=len, default="")
    text = full or entry.get("summary") or ""
    notes = [] if full else ["the feed gives a summary, not the report"]
    data = raw
    if data is None:
        data = json.dumps(
            {"content": full, "id": locator, "published": entry.get("published"),
             "summary": entry.get("summary"), "title": entry.get("title")},
            ensure_ascii=False, sort_keys=True,
        ).encode("utf-8", "replace")  # fmt: skip
        notes.append("the hash is of the entry's fields: its bytes could not be told apart")
    source = entry.get("source") or {}
    title = short(body(entry.get("title") or "", where))
    about = About(
        title=title,
        publisher=short(source.get("title"))
        or short(entry.get("publisher"))
        or short(head.get("title")),
        byline=short(entry.get("author")),
        published=_published(entry),
        url=entry.get("link"),
    )
    words = body(text, where).strip()
    if title and title not in words[: len(title) + 200]:
        words = f"{title}\n\n{words}"
    document = member(
        words, data, name=name, locator=locator, kind="feed", about=about, notes=tuple(notes)
    )
    return Item(locator, "report", document, data)


def _published(entry: Any) -> Published | None:
    """The day of publication; that of the last change only says that it is no later."""
    for key in ("published", "created"):
        value = entry.get(key)
        found = moment(value, f"feed, {key}") if value else None
        if found is not None:
            return found
        parsed = entry.get(f"{key}_parsed")
        if parsed:
            day = f"{parsed.tm_year:04d}-{parsed.tm_mon:02d}-{parsed.tm_mday:02d}"
            return Published(day, "day", f"feed, {key} (UTC)")
    return None
