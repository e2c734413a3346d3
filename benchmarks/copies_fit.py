"""Fit the log-odds of ``evidence.likeness`` on a labelled collection; prints the weights.

Example: python benchmarks/copies_fit.py FOLDER   (make_copies.py 10000 FOLDER --seed develop)

Only for collections of some ten thousand documents, and never for one that is reported on.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parent))

from copies_corpus import scoring
from landrelease.evidence import grouping, likeness
from landrelease.evidence.likeness import Rarity

RIDGE = 0.01


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("path", type=Path, help="Folder made by make_copies.py.")
    options = parser.parse_args()
    rows = list(scoring.texts(options.path))
    known = scoring.labels(options.path, [name for name, _ in rows])
    texts = [text for _, text in rows]
    part = likeness.joined(
        [likeness.sketch(texts[k : k + 1_000]) for k in range(0, len(texts), 1_000)]
    )
    bits = Rarity.size(len(part.feature))
    table = np.zeros(1 << bits, dtype=np.uint16)
    entry, count = likeness.counted(part, bits)
    table[entry] = count
    rarity = Rarity(table, len(texts))
    posted = likeness.postings(part, rarity, np.arange(len(texts)))
    entries = np.bincount((posted & np.uint64(0xFFFFFFFF)).astype(np.int64), minlength=len(texts))
    pairs, often = likeness.counted_meetings(likeness.meetings(posted))
    found = likeness.candidates(pairs, often.astype(np.int64), entries)
    first = (found >> np.uint64(32)).astype(np.int64)
    second = (found & np.uint64(0xFFFFFFFF)).astype(np.int64)
    measures = likeness.measure(part, rarity, first, second)
    truth = scoring.true_codes(known)
    one_text = np.isin(first * len(texts) + second, truth)
    like = measures.columns()[:, 2:4].max(axis=1) > likeness.LIKE
    weights = np.round(fitted(measures.terms()[like], one_text[like]), 2)
    print(f"candidates {len(first):,}, recall {one_text.sum() / len(truth):.4f}")
    print("WEIGHTS =", tuple(weights.tolist()))
    likeness.WEIGHTS = tuple(weights.tolist())
    odds = measures.odds()
    pairs = np.sort((first * len(texts) + second)[odds > 0])
    print("F1 of pairs alone", round(float(scoring.scores(known, pairs)["pair_f1"]), 4))
    rank = np.argsort(np.argsort(part.key)).tolist()
    for caution in (0, 250, 500, 1_000):
        grouping.CAUTION = caution
        codes = scoring.pair_codes(grouping.groups(first, second, odds, rank), len(texts))
        print("groups, caution", caution, round(float(scoring.scores(known, codes)["pair_f1"]), 4))


def fitted(terms: NDArray[np.float64], truth: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Logistic regression by Newton's method, with a small ridge on standardised terms."""
    scale = np.maximum(terms.std(axis=0), 1e-9)
    scale[0] = 1.0
    rows = terms / scale
    weights = np.zeros(rows.shape[1])
    for _ in range(30):
        chance = 1 / (1 + np.exp(-np.clip(rows @ weights, -30, 30)))
        slope = rows.T @ (chance - truth) + RIDGE * weights
        bend = (rows * (chance * (1 - chance))[:, None]).T @ rows + RIDGE * np.eye(len(weights))
        step = np.linalg.solve(bend, slope)
        weights -= step
        if np.abs(step).max() < 1e-6:
            break
    return weights / scale


if __name__ == "__main__":
    main()
