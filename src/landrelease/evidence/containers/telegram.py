"""Exports of Telegram Desktop (``result.json``): one report a message."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from landrelease.evidence.containers.items import About, Item, each, failed, member, moment, short
from landrelease.evidence.containers.json_records import elements
from landrelease.evidence.decoding import decode
from landrelease.evidence.errors import EvidenceError

_MESSAGES = re.compile(r'"messages"\s*:\s*\[')
_FURTHEST = 20_000  # characters before the messages of a chat


def is_export(text: str) -> bool:
    """Whether JSON is an export of one chat or of several.

    Parameters
    ----------
    text : str
        Its beginning is enough.

    Returns
    -------
    bool
    """
    head = text[:_FURTHEST].lstrip()
    return head.startswith("{") and _MESSAGES.search(head) is not None


def export(data: bytes, name: str) -> Iterator[Item]:
    """Read the messages of an export.

    A channel is the publisher of what it posts. Who wrote in a group or a private chat is a
    private person and is not recorded; the original holds it.

    Parameters
    ----------
    data : bytes
        The export.
    name : str
        Of the file.

    Yields
    ------
    Item
        The locator is ``chat/message id``. A cut-off end is a failure; what stands before it is
        read.
    """
    text, _ = decode(data, name)
    end = 0
    while (found := _MESSAGES.search(text, end)) is not None:
        chat = _chat(text, found.start())
        label = str(chat.get("id") or short(chat.get("name")) or "chat")
        end = found.end()
        for number, (piece, problem) in enumerate(elements(text, found.end()), start=1):
            if problem is not None:
                yield failed(name, f"{label}/message {number}", problem)
                return
            end = max(end, found.end())
            yield from each(
                iter([(f"{label}/message {number}", piece.encode("utf-8", "surrogatepass"))]),
                name,
                lambda place, one, chat=chat, label=label: _message(one, name, place, chat, label),  # type: ignore[misc]
            )
            end += len(piece)
    if not end:
        raise EvidenceError(f"{name}: no messages in it; is it the result.json of an export?")


def _chat(text: str, at: int) -> Mapping[str, Any]:
    """Name, type and id of the chat, which stand before its messages."""
    opening = at
    for _ in range(50):
        opening = text.rfind("{", max(0, at - _FURTHEST), opening)
        if opening < 0:
            break
        try:
            value = json.loads(text[opening:at].rstrip().rstrip(",") + "}")
        except ValueError:
            continue
        if isinstance(value, dict):
            return value
    return {}


def _message(
    data: bytes, name: str, place: str, chat: Mapping[str, Any], label: str
) -> Iterator[Item]:
    value = json.loads(data)
    if not isinstance(value, dict):
        raise EvidenceError(f"{name}#{place}: {type(value).__name__} where a message is needed")
    locator = f"{label}/{value['id']}" if isinstance(value.get("id"), int) else place
    if value.get("type", "message") != "message":
        action = short(str(value.get("action") or value.get("type")))
        yield Item(locator, "skipped", reason=f"{name}#{locator}: no message but {action!r}")
        return
    words = _words(value.get("text"))
    if not words.strip():
        words = _words(value.get("text_entities"))
    if not words.strip():
        media = short(str(value.get("media_type") or ("photo" if "photo" in value else "no text")))
        yield Item(locator, "skipped", reason=f"{name}#{locator}: a message without text ({media})")
        return
    notes = []
    if forwarded := short(value.get("forwarded_from")):
        notes.append(f"forwarded from {forwarded}")
    if value.get("edited"):
        notes.append(f"edited on {str(value['edited'])[:10]}")
    channel = "channel" in str(chat.get("type") or "")
    if not channel:
        notes.append("who wrote it is not recorded: a chat of private persons")
    about = About(
        publisher=short(chat.get("name")) if channel else None,
        byline=short(value.get("author")) if channel else None,
        published=moment(value.get("date"), "Telegram export, clock of the exporting computer")
        or moment(value.get("date_unixtime"), "Telegram export"),
    )
    document = member(
        words, data, name=name, locator=locator, kind="telegram", about=about, notes=tuple(notes)
    )
    yield Item(locator, "report", document, data)


def _words(value: Any) -> str:
    """Text, or pieces of text and entities (links, bold) in a row."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "".join(
            one
            if isinstance(one, str)
            else str(one.get("text") or "")
            if isinstance(one, dict)
            else ""
            for one in value
        )
    return ""
