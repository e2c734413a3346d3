"""Compare ``evidence.scale.groups`` with rensa's own dedup on one labelled collection.

Example: python benchmarks/copies_peers.py FOLDER   (made by make_copies.py 100000 FOLDER)

rensa is no dependency of the program: it comes with requirements/bench.txt.

Runs ours and rensa's by turns, each in a process of its own, from the files to the pairs, and
prints ratios of seconds on the wall and of the processor, peak memory and pair F1. ``--grid``
prints the F1 of rensa's over thresholds, bands and words to a token instead: its best setting on
the seed `develop` is the default here.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parent))

from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from common import median, peak_mb, run_child
from copies_corpus import rensa_engine, scoring

WORDS, THRESHOLD, BANDS = 1, 0.5, 32
CANDIDATE_STAGES = ("reading reports", "counting", "indexing", "looking for candidates")


def closed(pairs: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Number of the connected group of each document."""
    ties = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    found: NDArray[np.int64] = connected_components(ties, directed=False)[1]
    return found


def closed_f1(group: NDArray[np.int64], truth: NDArray[np.int64]) -> float:
    """Pair F1 of groups that do not overlap, without listing their pairs."""
    count = len(group)
    size = np.bincount(group)
    found = int((size * (size - 1) // 2).sum())
    good = int((group[truth // count] == group[truth % count]).sum())
    return 2 * good / max(1, found + len(truth))


def ours(path: Path, workers: int) -> dict[str, Any]:
    from landrelease.evidence import scale

    spent: dict[str, float] = {}
    clock = [time.perf_counter()]

    def progress(stage: str, done: int, total: int | None) -> None:
        now = time.perf_counter()
        if done:
            spent[stage] = spent.get(stage, 0.0) + now - clock[0]
        clock[0] = now

    start = time.perf_counter()
    found = scale.groups(scoring.files(path, "documents"), workers=workers, progress=progress)
    wall = time.perf_counter() - start
    result = {
        "wall_s": wall, "cpu_s": _cpu(), "peak_mb": peak_mb(), "stages": spent,
        # Workers are spawned, not forked: what they report is their own.
        "workers_peak_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
        "candidates_s": sum(spent[stage] for stage in CANDIDATE_STAGES),
    }  # fmt: skip
    known = scoring.labels(path, found.ids)
    scores = scoring.scores(known, scoring.pair_codes(found.groups, len(found.ids)))
    return {**result, "f1": scores["pair_f1"], "scores": scores}


def rensas(path: Path, words: int, threshold: float, bands: int) -> dict[str, Any]:
    start = time.perf_counter()
    rows = list(scoring.texts(path))
    pairs = rensa_engine.pairs(
        [text for _, text in rows], words=words, threshold=threshold, bands=bands
    )
    group = closed(pairs, len(rows))
    result = {"wall_s": time.perf_counter() - start, "cpu_s": _cpu(), "peak_mb": peak_mb()}
    known = scoring.labels(path, [name for name, _ in rows])
    return {**result, **_both(pairs, group, scoring.true_codes(known))}


def _both(
    pairs: NDArray[np.int64], group: NDArray[np.int64], truth: NDArray[np.int64]
) -> dict[str, float]:
    """F1 of rensa's pairs as they are, and of the groups that they connect; the better is f1."""
    codes = pairs[:, 0] * len(group) + pairs[:, 1]
    good = int(np.isin(codes, truth).sum())
    direct, connected = 2 * good / (len(codes) + len(truth)), closed_f1(group, truth)
    return {"f1": max(direct, connected), "f1_pairs": direct, "f1_groups": connected}


def _cpu() -> float:
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def grid(path: Path) -> None:
    rows = list(scoring.texts(path))
    truth = scoring.true_codes(scoring.labels(path, [name for name, _ in rows]))
    for words in (1, 2, 3, 5):
        sketches = rensa_engine.minhashes([text for _, text in rows], words)
        for threshold in (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7):
            for bands in (32, 64):
                pairs = rensa_engine.found(sketches, threshold, bands, 128)
                told = _both(pairs, closed(pairs, len(rows)), truth)
                print(
                    words, threshold, bands, {k: round(v, 3) for k, v in told.items()}, flush=True
                )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("path", type=Path, help="Folder made by make_copies.py.")
    parser.add_argument("--engine", choices=("ours", "rensa"), help="Run only this, in here.")
    parser.add_argument("--grid", action="store_true")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--words", type=int, default=WORDS)
    parser.add_argument("--threshold", type=float, default=THRESHOLD)
    parser.add_argument("--bands", type=int, default=BANDS)
    options = parser.parse_args()
    if options.grid:
        grid(options.path)
        return
    if options.engine == "ours":
        print(json.dumps(ours(options.path, options.workers)))
        return
    if options.engine == "rensa":
        print(json.dumps(rensas(options.path, options.words, options.threshold, options.bands)))
        return
    runs: dict[str, list[dict[str, Any]]] = {"ours": [], "rensa": []}
    for number in range(options.runs):
        for engine, held in runs.items():
            print(f"run {number + 1} of {options.runs}: {engine}", file=sys.stderr)
            held.append(
                run_child(
                    f"{__file__}|{options.path}|--engine|{engine}|--workers|{options.workers}"
                    f"|--words|{options.words}|--threshold|{options.threshold}"
                    f"|--bands|{options.bands}".split("|")
                )
            )
    pairs = list(zip(runs["ours"], runs["rensa"], strict=True))
    print(f"whole / rensa, wall       {median([a['wall_s'] / b['wall_s'] for a, b in pairs]):.2f}")
    print(f"whole / rensa, processor  {median([a['cpu_s'] / b['cpu_s'] for a, b in pairs]):.2f}")
    stage = median([a["candidates_s"] / b["wall_s"] for a, b in pairs])
    print(f"candidates / rensa, wall  {stage:.2f}")
    for engine, held in runs.items():
        one = held[-1]
        print(f"{engine:6} F1 {one['f1']:.4f}  peak {max(r['peak_mb'] for r in held):.0f} MiB")
    print(json.dumps(runs))


if __name__ == "__main__":
    main()
