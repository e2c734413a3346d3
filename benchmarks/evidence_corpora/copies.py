"""Copies: pairs of reports that go back to one text (docs/evaluation/copies.md).

PATH holds ``documents*.jsonl`` ({"id", "text"} a line), or ``texts/*.txt``, and ``labels*.jsonl``
({"id", "origins"} a line; also "edits", "event" and "subject" for the counts by kind).
``benchmarks/make_copies.py`` writes such a folder.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path
from typing import Any

from copies_corpus import scoring
from landrelease.evidence import scale


def score(path: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Group the documents of a folder and score the pairs.

    Parameters
    ----------
    path : Path
        The folder.
    options : argparse.Namespace
        ``part``: 'even' or 'odd' keeps the documents whose id has such a SHA-256.

    Returns
    -------
    dict
        task, scores and the number of documents.
    """
    kept = [(name, text) for name, text in scoring.texts(path) if _in_part(name, options.part)]
    known = scoring.labels(path, [name for name, _ in kept])
    found = scoring.pair_codes(groups(kept), len(kept))
    return {"task": "copies", "scores": scoring.scores(known, found), "n": len(kept)}


def groups(documents: list[tuple[str, str]]) -> list[tuple[int, ...]]:
    """The package's groups, as positions."""
    return scale.groups(documents, workers=1 if len(documents) <= scale.PART else 2).groups


def _in_part(name: str, part: str) -> bool:
    odd = int(hashlib.sha256(name.encode()).hexdigest(), 16) % 2
    return part == "all" or odd == (part == "odd")
