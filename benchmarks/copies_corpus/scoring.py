"""Reading the labelled collection, and pair precision, recall and F1 by kind of edit."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int64]  # first * n + second, first < second, sorted and unique


@dataclass(frozen=True)
class Labels:
    """What is known of each document, in the order of the documents.

    Attributes
    ----------
    ids : list of str
        Of the documents.
    origins : list of tuple of str
        Stories each goes back to: one, or two and more when it was merged.
    edits : list of tuple of str
        The edits it went through; ('first',) for the first print.
    event, subject : list of str
        What it is about.
    """

    ids: list[str]
    origins: list[tuple[str, ...]]
    edits: list[tuple[str, ...]]
    event: list[str]
    subject: list[str]


def files(path: Path, stem: str) -> list[Path]:
    """The JSON-lines files of a collection, in order."""
    return sorted(path.glob(f"{stem}*.jsonl"))


def texts(path: Path) -> Iterator[tuple[str, str]]:
    """Id and text of every document: of JSON-lines files, or of a folder ``texts/*.txt``."""
    found = files(path, "documents")
    if not found:
        for file in sorted((path / "texts").glob("*.txt")):
            yield file.stem, file.read_text(encoding="utf-8")
    for file in found:
        with file.open(encoding="utf-8") as lines:
            for line in lines:
                one = json.loads(line)
                yield one["id"], one["text"]


def labels(path: Path, ids: Sequence[str]) -> Labels:
    """Read the labels of documents, in their order.

    Raises
    ------
    SystemExit
        When a document has no label.
    """
    held: dict[str, dict[str, Any]] = {}
    for file in files(path, "labels"):
        with file.open(encoding="utf-8") as lines:
            held |= {(one := json.loads(line))["id"]: one for line in lines}
    missing = [name for name in ids if name not in held]
    if missing:
        raise SystemExit(f"{path}: {len(missing)} documents without label, first {missing[0]}")
    rows = [held[name] for name in ids]
    return Labels(
        list(ids),
        [tuple(row["origins"]) for row in rows],
        [tuple(row.get("edits", ())) for row in rows],
        [row.get("event", "") for row in rows],
        [row.get("subject", "") for row in rows],
    )


def pair_codes(groups: Iterable[Sequence[int]], count: int) -> Codes:
    """Every pair of documents that stand together in a group; groups may overlap."""
    parts = []
    for group in groups:
        if len(group) > 1:
            members = np.sort(np.asarray(group, dtype=np.int64))
            first, second = np.triu_indices(len(members), 1)
            parts.append(members[first] * count + members[second])
    return np.unique(np.concatenate(parts)) if parts else np.empty(0, dtype=np.int64)


def true_codes(known: Labels) -> Codes:
    """The pairs with a story in common."""
    holders: dict[str, list[int]] = {}
    for place, origins in enumerate(known.origins):
        for origin in origins:
            holders.setdefault(origin, []).append(place)
    return pair_codes(holders.values(), len(known.ids))


def scores(known: Labels, found: Codes) -> dict[str, float | int]:
    """Score pairs that were found.

    Parameters
    ----------
    known : Labels
        The truth.
    found : ndarray of int64
        Codes as `pair_codes` gives them.

    Returns
    -------
    dict
        Precision, recall and F1; recall by kind of edit, against the first print and among
        copies; how many false pairs are of one event, of one subject, of nothing in common.
    """
    count = len(known.ids)
    truth = true_codes(known)
    hit = np.isin(truth, found, assume_unique=True)
    good = int(hit.sum())
    result: dict[str, float | int] = {
        "pair_f1": 2 * good / max(1, len(truth) + len(found)),
        "pair_precision": good / max(1, len(found)),
        "pair_recall": good / max(1, len(truth)),
        "pairs_true": len(truth),
        "pairs_found": len(found),
    }
    kinds = np.array([_kind(edits) for edits in known.edits])
    first, second = kinds[truth // count], kinds[truth % count]
    for kind in sorted(set(kinds) - {"first"}):
        with_first = ((first == kind) & (second == "first")) | (
            (first == "first") & (second == kind)
        )
        rest = ((first == kind) | (second == kind)) & ~with_first
        if with_first.any():
            result[f"recall_first_{kind}"] = float(hit[with_first].mean())
        if rest.any():
            result[f"recall_copies_{kind}"] = float(hit[rest].mean())
    wrong = np.setdiff1d(found, truth, assume_unique=True)
    one, other = wrong // count, wrong % count
    events, subjects = np.array(known.event), np.array(known.subject)
    same_event = events[one] == events[other]
    same_subject = (subjects[one] == subjects[other]) & ~same_event
    result["false_same_event"] = int(same_event.sum())
    result["false_same_subject"] = int(same_subject.sum())
    result["false_other"] = len(wrong) - result["false_same_event"] - result["false_same_subject"]
    return result


def _kind(edits: tuple[str, ...]) -> str:
    return edits[0] if len(edits) == 1 else "twice" if edits else "unlabelled"
