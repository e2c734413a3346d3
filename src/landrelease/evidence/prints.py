"""Reports that print one text nearly word for word, found before anything is compared.

A text that hundreds of outlets print makes its facts look common, and its pairs of copies go into
the ten thousands. So what is nearly the same, sentence by sentence, is taken for one report first.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components

from landrelease.evidence.likeness import Sketches, offsets, ranges
from landrelease.evidence.units import Hashes, Places, mixed

SAME = 0.75  # of the sentences of both, the same words in them
LEAST = 4  # sentences: of fewer, one notice of an outlet would be a large part
_BANDS = 4  # two sentences drawn by hash each: found with 97 % where four in five are shared


def sentences(part: Sketches) -> tuple[Hashes, Places]:
    """Hash the sentences of a part.

    Parameters
    ----------
    part : Sketches
        Some thousand reports.

    Returns
    -------
    hashes : ndarray of uint64
        Of the sentences with two content words or more, report after report.
    counts : ndarray of int64
        How many each report has.
    """
    sums = np.zeros(len(part.feature) + 1, dtype=np.uint64)
    np.cumsum(mixed(part.feature.astype(np.uint64)), out=sums[1:])
    filled = np.flatnonzero(np.diff(part.bounds))
    made = mixed(sums[part.bounds[filled + 1]] - sums[part.bounds[filled]])
    owner = np.searchsorted(part.starts, filled, side="right") - 1
    return made, np.bincount(owner, minlength=len(part)).astype(np.int64)


def representatives(key: Hashes, hashes: Hashes, counts: Places) -> Places:
    """Choose one of the reports that print one text.

    Parameters
    ----------
    key : ndarray of uint64
        Of each report; equal for equal words, 0 for none.
    hashes, counts
        As `sentences` gives them, of all reports.

    Returns
    -------
    ndarray of int64
        For each report the position of the one that stands for it.
    """
    reports = len(key)
    starts = offsets(counts)
    first, second = [], []
    # Equal words, however few.
    order = np.argsort(key, kind="stable")
    equal = np.flatnonzero((key[order][1:] == key[order][:-1]) & (key[order][1:] != 0))
    first.append(order[equal])
    second.append(order[equal + 1])
    enough = np.flatnonzero(counts >= LEAST)
    if len(enough):
        inside = ranges(starts[enough], starts[enough + 1])
        begin = offsets(counts[enough])[:-1]
        pairs = [
            _with_first(enough, key, _band(hashes[inside], begin, band)) for band in range(_BANDS)
        ]
        one, other = np.concatenate(pairs, axis=1)
        alike = _alike(hashes, starts, one, other)
        first.append(one[alike])
        second.append(other[alike])
    one, other = np.concatenate(first), np.concatenate(second)
    ties = sp.coo_array((np.ones(len(one), dtype=np.int8), (one, other)), shape=(reports, reports))
    group = connected_components(ties, directed=False)[1]
    by_key = np.lexsort((key, group))
    leads = np.append(True, group[by_key][1:] != group[by_key][:-1])
    lead = np.empty(int(group.max(initial=-1)) + 1, dtype=np.int64)
    lead[group[by_key][leads]] = by_key[leads]
    found: Places = lead[group]
    return found


def _band(hashes: Hashes, begin: Places, band: int) -> Hashes:
    """Two sentences of each report, drawn by hash: the same ones of reports that share most."""
    drawn = [
        np.minimum.reduceat(mixed(hashes ^ mixed(np.array([seed], dtype=np.uint64))), begin)
        for seed in (2 * band + 1, 2 * band + 2)
    ]
    return mixed(drawn[0] + mixed(drawn[1]))


def _with_first(reports: Places, key: Hashes, band: Hashes) -> Places:
    """Pair each report with the one of the smallest key among those of its band."""
    order = np.lexsort((key[reports], band))
    leads = np.append(True, band[order][1:] != band[order][:-1])
    lead = order[np.flatnonzero(leads)[np.cumsum(leads) - 1]]
    apart = lead != order
    return np.stack((reports[order[apart]], reports[lead[apart]]))


def _alike(hashes: Hashes, starts: Places, one: Places, other: Places) -> NDArray[np.bool_]:
    """Whether most sentences of both stand in the other one too."""
    owner = np.repeat(np.arange(len(starts) - 1), np.diff(starts)).astype(np.uint64)
    held = np.sort(mixed(hashes + mixed(owner)))
    counts = np.diff(starts)

    def share(of: Places, among: Places) -> NDArray[np.float64]:
        inside = ranges(starts[of], starts[of + 1])
        pair = np.repeat(np.arange(len(of)), counts[of])
        asked = mixed(hashes[inside] + mixed(among[pair].astype(np.uint64)))
        place = np.minimum(np.searchsorted(held, asked), len(held) - 1)
        hits = np.bincount(pair, weights=held[place] == asked, minlength=len(of))
        shares: NDArray[np.float64] = hits / counts[of]
        return shares

    if not len(one):
        return np.empty(0, dtype=bool)
    alike: NDArray[np.bool_] = np.minimum(share(one, other), share(other, one)) >= SAME
    return alike
