"""Fit the log-odds of ``evidence.likeness`` on a labelled collection; prints the weights.

Example: python benchmarks/copies_fit.py FOLDER   (make_copies.py 10000 FOLDER --seed develop)

The documents are taken twice, as they are and without what reports set apart: `scale.groups` gets
the ones, `evidence.stories` compares the others. Only for collections of some ten thousand
documents, and never for one that is reported on.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parent))

from copies_corpus import scoring
from landrelease import evidence
from landrelease.evidence import grouping, likeness, prints
from landrelease.evidence.likeness import Measures, Rarity
from landrelease.evidence.text import blank_out

RIDGE = 0.01
AT_ONCE = 100_000  # pairs that are measured at a time


@dataclass(frozen=True)
class Prepared:
    """The candidates of a collection, of different texts, with their measures and the truth."""

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    measures: list[Measures]
    one_text: NDArray[np.bool_]
    printed: list[list[int]]
    rank: list[int]

    def terms(self) -> NDArray[np.float64]:
        return np.concatenate([measures.terms() for measures in self.measures])

    def like(self) -> NDArray[np.bool_]:
        told = np.concatenate([measures.told.max(axis=1) for measures in self.measures])
        kept: NDArray[np.bool_] = told > likeness.LIKE
        return kept

    def f1(self, known: scoring.Labels) -> float:
        odds = np.concatenate([measures.odds() for measures in self.measures])
        found = [
            [place for text in group for place in self.printed[text]]
            for group in grouping.groups(self.first, self.second, odds, self.rank)
        ]
        codes = scoring.pair_codes(found, len(known.ids))
        return float(scoring.scores(known, codes)["pair_f1"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("path", type=Path, help="Folder made by make_copies.py.")
    options = parser.parse_args()
    rows = list(scoring.texts(options.path))
    known = scoring.labels(options.path, [name for name, _ in rows])
    truth = scoring.true_codes(known)
    texts = [text for _, text in rows]
    both = {
        "as they are": prepared(texts, truth),
        "without what is set apart": prepared([content(text) for text in texts], truth),
    }
    terms, one_text = (
        np.concatenate(column)
        for column in zip(
            *((p.terms()[p.like()], p.one_text[p.like()]) for p in both.values()), strict=True
        )
    )
    likeness.WEIGHTS = tuple(np.round(fitted(terms, one_text), 2).tolist())
    print("WEIGHTS =", likeness.WEIGHTS)
    for name, one in both.items():
        print(f"{name}: candidates {len(one.first):,}")
        for caution in (0, 250, 500, 750, 1_000):
            grouping.CAUTION = caution
            print(f"  caution {caution}: F1 {one.f1(known):.4f}")


def content(text: str) -> str:
    """The text as `evidence.stories` compares it."""
    document = evidence.from_text(text)
    return blank_out(document.text, [(start, end) for start, end, _ in document.boilerplate])


def prepared(texts: list[str], truth: scoring.Codes) -> Prepared:
    """Find and measure the candidates, as `scale` does."""
    part = likeness.joined(
        [likeness.sketch(texts[k : k + 1_000]) for k in range(0, len(texts), 1_000)]
    )
    lead = prints.representatives(part.key, *prints.sentences(part))
    chosen, which = np.unique(lead, return_inverse=True)
    part = part.take(chosen)
    bits = Rarity.size(len(part.feature))
    table = np.zeros(1 << bits, dtype=np.uint16)
    entry, count = likeness.counted(part, bits)
    table[entry] = count
    rarity = Rarity(table, len(chosen))
    posted = likeness.postings(part, rarity, np.arange(len(chosen)))
    entries = np.bincount((posted & np.uint64(0xFFFFFFFF)).astype(np.int64), minlength=len(chosen))
    pairs, often = likeness.counted_meetings(likeness.meetings(posted))
    found = likeness.candidates(pairs, often.astype(np.int64), entries)
    first = (found >> np.uint64(32)).astype(np.int64)
    second = (found & np.uint64(0xFFFFFFFF)).astype(np.int64)
    cuts = [*range(0, len(first), AT_ONCE), len(first)]
    measures = [
        likeness.measure(part, rarity, first[begin:end], second[begin:end])
        for begin, end in pairwise(cuts)
    ]
    codes = np.sort(np.column_stack((chosen[first], chosen[second])), axis=1)
    printed: list[list[int]] = [[] for _ in chosen]
    for place, text in enumerate(which.tolist()):
        printed[text].append(place)
    return Prepared(
        first,
        second,
        measures,
        np.isin(codes[:, 0] * len(texts) + codes[:, 1], truth),
        printed,
        np.argsort(np.argsort(part.key)).tolist(),
    )


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
