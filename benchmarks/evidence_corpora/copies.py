"""Copies: pairs of reports that go back to one text (docs/evaluation/copies.md).

PATH holds ``documents*.jsonl`` ({"id", "text"} a line), or ``texts/*.txt``, and ``labels*.jsonl``
({"id", "origins"} a line; also "edits", "event" and "subject" for the counts by kind).
``benchmarks/make_copies.py`` writes such a folder.

Up to `STORIES` documents it is the stories that people get (`landrelease.evidence.stories`) which
are scored, each document taken in as a report. Beyond, the documents go as they are to the
comparison on which stories rest (`landrelease.evidence.scale`). ``by`` says which.
"""

from __future__ import annotations

import argparse
import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

from copies_corpus import scoring
from landrelease import evidence
from landrelease.evidence import scale

STORIES = 10_000


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
        task, scores, the number of documents, and ``by``: 'stories' or 'scale'.
    """
    kept = [(name, text) for name, text in scoring.texts(path) if _in_part(name, options.part)]
    known = scoring.labels(path, [name for name, _ in kept])
    found = scoring.pair_codes(groups(kept), len(kept))
    return {
        "task": "copies",
        "scores": scoring.scores(known, found),
        "n": len(kept),
        "by": "stories" if len(kept) <= STORIES else "scale",
    }


def groups(documents: list[tuple[str, str]]) -> list[tuple[int, ...]]:
    """The package's groups, as positions."""
    if len(documents) > STORIES:
        return scale.groups(documents, workers=2).groups
    # The dates in made-up texts are drawn by lot: nobody could copy in their order.
    reports = [
        replace(evidence.from_text(text, path=name), published=None) for name, text in documents
    ]
    place = {name: number for number, (name, _) in enumerate(documents)}
    return [
        tuple(sorted(place[member.path] for member in story.documents))
        for story in evidence.stories(reports)
    ]


def _in_part(name: str, part: str) -> bool:
    odd = int(hashlib.sha256(name.encode()).hexdigest(), 16) % 2
    return part == "all" or odd == (part == "odd")
