"""Explosive-hazard events in wire texts against MUC-3/4 templates (docs/evaluation/muc.md).

PATH is a text file (``*-muc3*``, ``*-muc4*``) beside its key (``key-*``), or a folder of such.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from landrelease import evidence
from landrelease.evidence.events import current, events

# The yardstick: one regular expression anywhere in the text.
BASELINE = re.compile(
    r"\b(?:bombs?|explod\w*|explosives?|dynamit\w*|mines?|detonat\w*)\b", re.IGNORECASE
)
EXPLOSIVE = re.compile(r"\b(?:MINE|BOMB|DYNAMITE|GRENADE|EXPLOSIVE)\b")
_HEADER = re.compile(r"^((?:DEV|TST\d)-MUC\d-\d{4})\b[^\n]*$", re.MULTILINE)
_SLOT = re.compile(r"^(\d+)\.\s+[A-Z ]+:\s+[A-Z ]+?\s{2,}", re.MULTILINE)


@dataclass(frozen=True)
class Message:
    """One wire text; `relevant` when the key holds an explosive event for it."""

    name: str
    text: str
    relevant: bool


def score(path: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Score document detection, each part (the letters before "-MUC") apart.

    Parameters
    ----------
    path : Path
        A text file or a folder.
    options : argparse.Namespace
        ``part``: 'even' or 'odd' keeps the texts whose id has such a SHA-256.

    Returns
    -------
    dict
        task; of each part precision, recall and F1, the baseline's F1, how many texts are relevant;
        the number of texts.
    """
    found = list(messages(path, options.part))
    scores: dict[str, Any] = {}
    began = time.perf_counter()
    reported = {message.name for message in found if detected(message.text)}
    seconds = time.perf_counter() - began
    for part in sorted({part_of(message) for message in found}):
        members = [message for message in found if part_of(message) == part]
        tally = rates(members, lambda message: message.name in reported)
        scores |= {f"{part} {name}": value for name, value in tally.items()}
        plain = rates(members, lambda message: BASELINE.search(message.text) is not None)["f1"]
        scores[f"{part} baseline f1"] = plain
        scores[f"{part} above baseline"] = tally["f1"] - plain
        scores[f"{part} texts"] = len(members)
        scores[f"{part} relevant"] = sum(message.relevant for message in members)
    scores["milliseconds a text"] = 1000 * seconds / max(len(found), 1)
    return {"task": "explosive-hazard events", "scores": scores, "n": len(found)}


def detected(text: str) -> bool:
    """Whether the package finds an event in a text that it reads as it would any other."""
    return bool(current(events(evidence.from_text(text))))


def part_of(message: Message) -> str:
    return message.name.partition("-")[0].lower()


def rates(found: list[Message], says: Callable[[Message], bool]) -> dict[str, float]:
    """Precision, recall and F1 over documents; 0 where nothing can be divided."""
    right = sum(message.relevant and says(message) for message in found)
    said = sum(says(message) for message in found)
    relevant = sum(message.relevant for message in found)
    return {
        "precision": right / said if said else 0.0,
        "recall": right / relevant if relevant else 0.0,
        "f1": 2 * right / (said + relevant) if said + relevant else 0.0,
    }


def messages(path: Path, part: str = "all") -> Iterator[Message]:
    """Read the texts that have a key, in the order of the files."""
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.is_file())
    else:
        files = [path, *sorted(path.parent.glob("key-*"))]
    relevant: dict[str, bool] = {}
    for file in files:
        if file.name.startswith("key-"):
            for name, explosive in templates(file.read_text("latin-1")):
                relevant[name] = relevant.get(name, False) or explosive
    for file in files:
        if re.search(r"-muc[34]", file.name) and not file.name.startswith("key-"):
            for name, text in texts(file.read_text("latin-1")):
                parity = int(hashlib.sha256(name.encode()).hexdigest(), 16) % 2
                if name in relevant and (part == "all" or parity == (part == "odd")):
                    yield Message(name, text, relevant[name])


def texts(content: str) -> Iterator[tuple[str, str]]:
    """Split a file into the ids and the texts of its messages."""
    parts = _HEADER.split(content)
    for name, text in zip(parts[1::2], parts[2::2], strict=True):
        yield name, text.strip() + "\n"


def templates(content: str) -> Iterator[tuple[str, bool]]:
    """The message of each template, and whether it tells of an explosive event.

    That is an incident of type BOMBING, or one with an instrument whose type names a mine, bomb,
    dynamite, grenade or explosive. Alternatives and optional templates count.
    """
    for template in re.split(r"^(?=0\.\s)", content, flags=re.MULTILINE)[1:]:
        parts = _SLOT.split(template)
        slots = dict(zip(parts[1::2], parts[2::2], strict=True))
        instruments = re.sub(r'"(?:\\.|[^"\\])*"', "", slots.get("7", ""))
        yield (
            slots["0"].split()[0],
            "BOMBING" in slots.get("4", "") or EXPLOSIVE.search(instruments) is not None,
        )
