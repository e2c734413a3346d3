"""JSON lines, and JSON arrays: one object a report, fields by their usual names."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from landrelease.evidence.containers.items import (
    MAX_MEMBER,
    About,
    Item,
    body,
    each,
    failed,
    member,
    moment,
    short,
)
from landrelease.evidence.decoding import decode
from landrelease.evidence.errors import EvidenceError
from landrelease.evidence.metadata import Published

#: What a field is called in the exports of news services, crawlers and libraries; first found wins.
FIELDS: dict[str, tuple[str, ...]] = {
    "text": ("text", "body", "content", "article", "full_text", "fulltext", "maintext",
             "content_text", "content_html", "html", "message"),
    "title": ("title", "headline"),
    "url": ("url", "link", "permalink", "source_url", "canonical_url"),
    "published": ("published", "date", "published_at", "publishedat", "date_published",
                  "datepublished", "date_publish", "publication_date", "pubdate", "pub_date"),
    "publisher": ("publisher", "source", "source_name", "site_name", "outlet", "sitename",
                  "source_domain", "domain"),
    "byline": ("byline", "author", "authors", "creator"),
    "retrieved": ("retrieved", "retrieved_at", "date_download", "crawled_at", "fetched_at"),
}  # fmt: skip
_DEEP = 60  # objects in each other


def lines(stream: BinaryIO, name: str, fields: Mapping[str, str] | None = None) -> Iterator[Item]:
    """Read JSON lines.

    Parameters
    ----------
    stream : file
        Opened in binary.
    name : str
        Of the file.
    fields : mapping of str to str, optional
        Name of our field (a key of `FIELDS`) to where it stands, with dots into nested objects:
        ``{"text": "article.body"}``.

    Yields
    ------
    Item
        The locator is ``line N``; the original bytes are those of the line, nested values and
        unread fields included.
    """
    chosen = check(fields)
    return each(_lines(stream), name, lambda place, data: _object(place, data, name, chosen))


def array(data: bytes, name: str, fields: Mapping[str, str] | None = None) -> Iterator[Item]:
    """Read a JSON array of objects, or one object.

    Parameters
    ----------
    data : bytes
        The file.
    name : str
        Of the file.
    fields : mapping of str to str, optional
        As for `lines`.

    Yields
    ------
    Item
        The locator is ``item N``. A cut-off end is a failure; what stands before it is read.
    """
    chosen = check(fields)
    text, _ = decode(data, name)
    start = len(text) - len(text.lstrip())
    if text[start : start + 1] != "[":
        yield from each(iter([("item 1", text.encode("utf-8", "replace"))]), name,
                        lambda place, one: _object(place, one, name, chosen))  # fmt: skip
        return
    number = 0
    for number, (piece, problem) in enumerate(elements(text, start + 1), start=1):
        place = f"item {number}"
        if problem is not None:
            yield failed(name, place, problem)
            return
        yield from each(iter([(place, piece.encode("utf-8", "surrogatepass"))]), name,
                        lambda at, one: _object(at, one, name, chosen))  # fmt: skip
    if not number:
        yield failed(name, "item 1", "the JSON array is empty")


def elements(text: str, at: int) -> Iterator[tuple[str, str | None]]:
    """Cut a JSON array into its elements, as they stand in the text.

    Parameters
    ----------
    text : str
        JSON.
    at : int
        Behind the opening bracket.

    Yields
    ------
    piece : str
        One element.
    problem : str or None
        What is wrong; then nothing follows.
    """
    decoder = json.JSONDecoder()
    blank = re.compile(r"[ \t\r\n]*")
    while True:
        at = blank.match(text, at).end()  # type: ignore[union-attr]
        if text[at : at + 1] == "]":
            return
        try:
            _, end = decoder.raw_decode(text, at)
        except json.JSONDecodeError as error:
            yield "", f"the JSON is broken or cut off at character {error.pos} ({error.msg})"
            return
        except (RecursionError, ValueError) as error:
            yield "", f"cannot be read as JSON ({type(error).__name__})"
            return
        yield text[at:end], None
        at = blank.match(text, end).end()  # type: ignore[union-attr]
        if text[at : at + 1] == ",":
            at += 1
        elif text[at : at + 1] != "]":
            yield "", f"the JSON is broken or cut off at character {at}"
            return


def check(fields: Mapping[str, str] | None) -> dict[str, str]:
    """Refuse names of fields that do not exist.

    Parameters
    ----------
    fields : mapping or None

    Returns
    -------
    dict

    Raises
    ------
    EvidenceError
        Naming those that exist.
    """
    unknown = sorted(set(fields or ()) - set(FIELDS))
    if unknown:
        raise EvidenceError(
            f"no field {', '.join(unknown)}; the fields of a report are {', '.join(FIELDS)}"
        )
    return dict(fields or {})


def _lines(stream: BinaryIO) -> Iterator[tuple[str, bytes]]:
    number = 0
    while line := stream.readline(MAX_MEMBER + 1):
        number += 1
        whole = line
        while not whole.endswith(b"\n") and len(line) > MAX_MEMBER:  # skip the rest of a monster
            whole = stream.readline(MAX_MEMBER + 1)
            if not whole:
                break
        if line.strip():
            yield f"line {number}", line.rstrip(b"\r\n")


def _object(place: str, data: bytes, name: str, fields: Mapping[str, str]) -> Iterator[Item]:
    where = f"{name}#{place}"
    if len(data) > MAX_MEMBER:
        raise EvidenceError(f"{where}: more than {MAX_MEMBER:,} bytes, too much for one report")
    text, note = decode(data, where)
    try:
        value = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise EvidenceError(f"{where}: no JSON ({str(error)[:120]})") from error
    if not isinstance(value, dict):
        raise EvidenceError(f"{where}: {type(value).__name__} where an object of fields is needed")
    found = {field: _find(value, field, fields) for field in FIELDS}
    words = _words(found["text"])
    if words is None:
        keys = ", ".join(sorted(map(str, value))[:20])
        raise EvidenceError(
            f"{where}: no text under {fields.get('text') or ', '.join(FIELDS['text'][:4]) + ' …'}; "
            f"it has {short(keys)}. Name the field: text=FIELD"
        )
    about = About(
        title=_name(found["title"]),
        publisher=_host(_name(found["publisher"])),
        byline=_name(found["byline"]),
        published=moment(found["published"], "field of the JSON record"),
        url=_name(found["url"]),
        retrieved=_day(moment(found["retrieved"], "")),
    )
    document = member(
        body(words, where), data, name=name, locator=place, kind="jsonl", about=about,
        notes=() if note is None else (note,),
    )  # fmt: skip
    yield Item(place, "report", document, data)


def _find(value: Mapping[str, Any], field: str, fields: Mapping[str, str]) -> Any:
    if field in fields:
        current: Any = value
        for key in fields[field].split("."):
            current = current.get(key) if isinstance(current, dict) else None
        return current
    by_name = {str(key).lower(): one for key, one in value.items()}
    return next(
        (by_name[key] for key in FIELDS[field] if by_name.get(key) not in (None, "", [], {})), None
    )


def _words(value: Any) -> str | None:
    """Text of a field: a string, paragraphs in a list, or the text inside a nested object."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and value and all(isinstance(one, str) for one in value):
        return "\n\n".join(value)
    if isinstance(value, dict):
        return next((w for key in FIELDS["text"] if (w := _words(value.get(key)))), None)
    return None


def _name(value: Any, depth: int = 0) -> str | None:
    if isinstance(value, list) and depth < 3:
        return (
            short(", ".join(one for item in value[:20] if (one := _name(item, depth + 1)))) or None
        )
    if isinstance(value, dict) and depth < 3:
        return next(
            (n for key in ("name", "title", "value") if (n := _name(value.get(key), depth + 1))),
            None,
        )
    return short(value)


def _host(value: str | None) -> str | None:
    if value is not None and value.startswith(("http://", "https://")):
        try:
            return urlsplit(value).hostname
        except ValueError:
            return None
    return value


def _day(found: Published | None) -> str | None:
    return found.value if found is not None and found.precision == "day" else None
