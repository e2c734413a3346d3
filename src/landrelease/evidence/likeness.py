"""How like two reports are, sentence by sentence, for very many pairs at once.

A sentence is known by the pairs of content words that stand near each other in it: a fact told in
other words keeps some of them ("716 … hectares", "bridge … Monday"), a sentence on something else
has hardly any. A sentence is *told* in another report when one sentence there holds a fair part
of its pairs, rare ones weighing more. What counts is how much of each report the other one tells,
and whether in the same order: two reporters of one event share facts and quotations too, but each
leaves out, adds and orders as he sees fit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from landrelease.evidence.units import Places, Units, mixed, units

Features = NDArray[np.uint32]

NEAR = 8  # content words: how far apart two words of a pair may stand
COMMON = 40  # a pair in more sentences of ten thousand reports is a name or a phrase, not a fact
RAREST = 16  # pairs of words of a sentence by which candidates are found, the rarest ones
CROWD = 80  # a pair in more sentences of the whole collection than this finds no candidates
SHARED = 3  # such pairs that candidates have in common at least,
SHARE = 0.06  # and what share of those of the report that has fewer
LEAST = 6  # pairs of a sentence that is compared: three words are a byline or a name, no fact
TOLD = 0.12  # share of a sentence's pairs, by weight, in one sentence of the other report
_BASE = 10_000  # the collection on which rarity is measured holds at least so many reports
_LONGEST = (
    1 << 14
) - 1  # sentences of a report that are told apart; further ones count as the last
_SCALE = 8  # weights are whole numbers, so that sums do not depend on their order

# Log-odds of "one text" by a logistic regression on the columns of `Measures`, their squares and
# products, fitted on the seed `develop` of benchmarks/make_copies.py by benchmarks/copies_fit.py.
# Order: constant, columns, then products of column i with column j >= i.
WEIGHTS: tuple[float, ...] = (
    13.18, 10.43, 24.9, -17.19, 14.16, -2.62, -12.6, -17.65, 34.49, -18.24, -45.08, -11.55,
    -1.94, -2.75, 1.97, 71.5, 3.17, -98.51, -6.41, -10.47, -0.29, 15.07, 1.81, 2.31, 8.24,
    7.49, 50.68, 1.77, 7.99, -13.78, 1.82, 0.23, 1.62, 2.7, 4.85, 3.26,
)  # fmt: skip
LIKE = 0.2  # reports of which neither tells more of the other are plainly different
SAME = 0.9  # and those of which each tells nearly all of the other plainly one text
_ODDS_PLAIN = 10_000
_SENTENCES = 30  # the fit knows no longer reports; further sentences make no difference


@dataclass(frozen=True)
class Sketches:
    """What is kept of a part of the collection.

    Attributes
    ----------
    starts : ndarray of int64, shape (reports + 1,)
        Where the sentences of each report begin.
    bounds : ndarray of int64, shape (sentences + 1,)
        Where the pairs of each sentence begin.
    feature : ndarray of uint32
        Hashes of the pairs of words, ascending in each sentence.
    key : ndarray of uint64
        Hash of all content words of each report, in order; equal for equal content, 0 for none.
    """

    starts: Places
    bounds: Places
    feature: Features
    key: NDArray[np.uint64]

    def __len__(self) -> int:
        """Return the number of reports."""
        return len(self.starts) - 1

    def owners(self) -> Places:
        """Return the report of each pair of words."""
        spread = self.bounds[self.starts]
        return np.repeat(np.arange(len(self)), np.diff(spread))

    def take(self, reports: Places) -> Sketches:
        """Keep some of the reports, in the order given."""
        sentence = ranges(self.starts[reports], self.starts[reports + 1])
        return Sketches(
            offsets(np.diff(self.starts)[reports]),
            offsets(np.diff(self.bounds)[sentence]),
            self.feature[ranges(self.bounds[sentence], self.bounds[sentence + 1])],
            self.key[reports],
        )


def offsets(counts: Places) -> Places:
    """Begin of each run, and the end of the last one."""
    made = np.zeros(len(counts) + 1, dtype=np.int64)
    np.cumsum(counts, out=made[1:])
    return made


def distinct(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Sort and keep one of each; for many different values much faster than hashing them."""
    values = np.sort(values)
    return values[np.append(True, values[1:] != values[:-1])] if len(values) else values


def ranges(first: Places, last: Places) -> Places:
    """All numbers of several half-open ranges, one range after the other."""
    counts = last - first
    begin = offsets(counts)
    return np.arange(begin[-1]) - np.repeat(begin[:-1] - first, counts)


def sketch(texts: Sequence[str]) -> Sketches:
    """Sketch some thousand texts.

    Parameters
    ----------
    texts : sequence of str
        Texts of reports.

    Returns
    -------
    Sketches
        In their order.
    """
    return _sketch(units(texts))


def joined(parts: Sequence[Sketches]) -> Sketches:
    """Put parts one after the other."""
    return Sketches(
        offsets(np.concatenate([np.diff(part.starts) for part in parts])),
        offsets(np.concatenate([np.diff(part.bounds) for part in parts])),
        np.concatenate([part.feature for part in parts]),
        np.concatenate([part.key for part in parts]),
    )


def _sketch(cut: Units) -> Sketches:
    factor = np.uint64(0x9E3779B97F4A7C15)
    made = []
    # Only the first sentences of a very long report are told apart.
    starts = np.searchsorted(cut.document, np.arange(cut.texts + 1))
    unit = np.minimum(cut.unit, starts[cut.document[cut.unit]] + _LONGEST - 1)
    for distance in range(1, NEAR + 1):
        place = np.flatnonzero(unit[distance:] == unit[:-distance])
        one, other = cut.stem[place], cut.stem[place + distance]
        differ = one != other
        one, other, owner = one[differ], other[differ], unit[place[differ]]
        pair = mixed((one ^ other) * factor + (one + other)) >> np.uint64(32)
        made.append((owner.astype(np.uint64) << np.uint64(32)) | pair)
    keyed = distinct(np.concatenate(made))
    owner = (keyed >> np.uint64(32)).astype(np.int64)
    counts = np.bincount(owner, minlength=len(cut.document))
    # A hash of the sequence of words: each word with its place in the report.
    words = offsets(np.bincount(cut.document[cut.unit], minlength=cut.texts))
    rank = np.arange(len(cut.stem)) - np.repeat(words[:-1], np.diff(words))
    with_place = mixed(cut.stem + mixed(rank.astype(np.uint64)))
    sums = np.zeros(len(with_place) + 1, dtype=np.uint64)
    np.cumsum(with_place, out=sums[1:])
    key = np.where(np.diff(words) > 0, mixed(sums[words[1:]] - sums[words[:-1]]), np.uint64(0))
    return Sketches(starts, offsets(counts), (keyed & np.uint64(0xFFFFFFFF)).astype(np.uint32), key)


@dataclass(frozen=True)
class Rarity:
    """In how many sentences each pair of words stands.

    Attributes
    ----------
    counts : ndarray of uint16
        By the first bits of the hash; a power of two of them. Two pairs that fall together
        are counted together, which can only make them look more common.
    reports : int
        Size of the collection.
    """

    counts: NDArray[np.uint16]
    reports: int

    @staticmethod
    def size(features: int) -> int:
        """Return the size of the table for a number of pairs of words."""
        return int(min(27, max(12, features.bit_length() + 2)))

    def of(self, feature: Features) -> NDArray[np.uint16]:
        """Return the number of sentences with each pair of words."""
        bits = len(self.counts).bit_length() - 1
        found: NDArray[np.uint16] = self.counts[feature >> np.uint32(32 - bits)]
        return found

    @property
    def common(self) -> int:
        """From how many sentences on a pair of words is no mark of a fact.

        A share of the collection: of the same facts there are more in a larger one.
        """
        return max(COMMON, COMMON * self.reports // _BASE)

    def weights(self) -> NDArray[np.int64]:
        """Return the weight of a pair of words by the number of sentences that have it."""
        base = max(_BASE, self.reports)
        return np.array(
            [0] + [round(_SCALE * math.log(base / max(2, n))) for n in range(1, self.common + 1)]
        )


def counted(part: Sketches, bits: int) -> tuple[NDArray[np.uint32], NDArray[np.uint16]]:
    """Count in how many sentences of a part each entry of the table of rarity stands."""
    bucket = np.sort(part.feature >> np.uint32(32 - bits))
    new = np.append(True, bucket[1:] != bucket[:-1]) if len(bucket) else np.empty(0, dtype=bool)
    first = np.flatnonzero(new)
    counts = np.diff(np.append(first, len(bucket)))
    return bucket[first], np.minimum(counts, 0xFFFF).astype(np.uint16)


def postings(part: Sketches, rarity: Rarity, number: Places) -> NDArray[np.uint64]:
    """Rarest pairs of words of each sentence with their reports, as (pair << 32 | report).

    What is rare is chosen sentence by sentence: so a short report, and one of common words, has its
    entries too, and a cut has the same ones as the text it was cut from.

    Parameters
    ----------
    part : Sketches
        A part of the collection.
    rarity : Rarity
        Of the collection.
    number : ndarray of int64
        Of each report of the part in the collection.

    Returns
    -------
    ndarray of uint64
        Ascending, each once.
    """
    count = rarity.of(part.feature)
    chosen = np.flatnonzero((count >= 2) & (count <= CROWD))
    sentence = np.repeat(np.arange(len(part.bounds) - 1), np.diff(part.bounds))[chosen]
    # In each sentence the rarest first, equally rare ones by their hashes, as they stand.
    ranked = np.argsort((sentence << 8) | count[chosen], kind="stable")
    chosen, sentence = chosen[ranked], sentence[ranked]
    place = np.arange(len(chosen)) - np.searchsorted(sentence, sentence)
    chosen = chosen[place < RAREST]
    owner = number[part.owners()[chosen]].astype(np.uint64)
    return distinct((part.feature[chosen].astype(np.uint64) << np.uint64(32)) | owner)


def meetings(posted: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """All pairs of reports under one pair of words, as (first << 32 | second), with repetitions."""
    feature, report = posted >> np.uint64(32), posted & np.uint64(0xFFFFFFFF)
    made = []
    for distance in range(1, CROWD + 1):
        place = np.flatnonzero(feature[distance:] == feature[:-distance])
        if not len(place):
            break
        made.append((report[place] << np.uint64(32)) | report[place + distance])
    return np.concatenate(made) if made else np.empty(0, dtype=np.uint64)


def counted_meetings(met: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], NDArray[np.uint8]]:
    """Each pair of reports once, ascending, with how often it meets (255 for more)."""
    met = np.sort(met)
    begin = np.flatnonzero(np.append(True, met[1:] != met[:-1])) if len(met) else np.empty(0, int)
    often = np.minimum(np.diff(np.append(begin, len(met))), 255)
    return met[begin], often.astype(np.uint8)


def candidates(
    pairs: NDArray[np.uint64], often: NDArray[np.int64], posted: Places
) -> NDArray[np.uint64]:
    """Pairs of reports that meet often enough to be looked at.

    Parameters
    ----------
    pairs : ndarray of uint64
        Pairs of reports as (first << 32 | second).
    often : ndarray of int64
        How often each meets.
    posted : ndarray of int64
        How many entries each report of the collection has.

    Returns
    -------
    ndarray of uint64
        In the order given.
    """
    fewer = np.minimum(
        posted[(pairs >> np.uint64(32)).astype(np.int64)],
        posted[(pairs & np.uint64(0xFFFFFFFF)).astype(np.int64)],
    )
    found: NDArray[np.uint64] = pairs[often >= np.maximum(SHARED, SHARE * fewer)]
    return found


@dataclass(frozen=True)
class Measures:
    """Of each pair of reports, from both sides.

    Attributes
    ----------
    told, weighed : ndarray of float64, shape (pairs, 2)
        Share of the sentences of the first and of the second that the other one tells; plain,
        and weighed by how much of each is told.
    order : ndarray of float64
        Correlation of the places of the sentences told, -1 to 1.
    neighbours : ndarray of float64
        Share of neighbouring told sentences that are neighbours in the other report too.
    size : ndarray of int64, shape (pairs, 2)
        Number of sentences that can be compared.
    """

    told: NDArray[np.float64]
    weighed: NDArray[np.float64]
    order: NDArray[np.float64]
    neighbours: NDArray[np.float64]
    size: Places

    def columns(self) -> NDArray[np.float64]:
        """Return what the log-odds are computed from, one row a pair.

        Weighed and plain share told of the shorter and of the longer report (shorter, longer,
        shorter, longer), order, neighbours, log(1 + sentences of the shorter).
        """
        rows = np.arange(len(self.order))
        # The shorter one first; of equal ones that which is told more, so that order is no matter.
        first = np.where(
            self.size[:, 0] != self.size[:, 1],
            self.size[:, 0] > self.size[:, 1],
            self.weighed[:, 0] < self.weighed[:, 1],
        ).astype(np.int64)
        least = np.minimum(self.size.min(axis=1, initial=_SENTENCES), _SENTENCES)
        logarithm = np.array([math.log1p(n) for n in range(int(least.max(initial=0)) + 1)])
        return np.column_stack(
            [
                self.weighed[rows, first],
                self.weighed[rows, 1 - first],
                self.told[rows, first],
                self.told[rows, 1 - first],
                self.order,
                self.neighbours,
                logarithm[least],
            ]
        )

    def terms(self) -> NDArray[np.float64]:
        """Return a constant, the columns, and their squares and products."""
        columns = self.columns().T
        products = [
            columns[i] * columns[j] for i in range(len(columns)) for j in range(i, len(columns))
        ]
        return np.column_stack([np.ones(len(self.order)), *columns, *products])

    def odds(self) -> Places:
        """Return the log-odds that each pair is of one text, in thousandths."""
        total = np.zeros(len(self.order))
        for weight, column in zip(WEIGHTS, self.terms().T, strict=True):
            total += weight * column
        odds = np.rint(1_000 * total).astype(np.int64)
        odds[self.told.max(axis=1) <= LIKE] = -_ODDS_PLAIN
        odds[self.weighed.min(axis=1) >= SAME] = _ODDS_PLAIN
        return odds


def measure(part: Sketches, rarity: Rarity, first: Places, second: Places) -> Measures:
    """Measure pairs of reports.

    Parameters
    ----------
    part : Sketches
        Some thousand reports.
    rarity : Rarity
        Of the whole collection.
    first, second : ndarray of int64
        The pairs, as positions in `part`; at most a million.

    Returns
    -------
    Measures
        In the order of the pairs.
    """
    count = rarity.of(part.feature)
    pairs = np.diff(part.bounds)
    rare = np.flatnonzero((count <= rarity.common) & np.repeat(pairs >= LEAST, pairs))
    weight = rarity.weights()[count[rare]]
    sentence = np.repeat(np.arange(len(part.bounds) - 1), np.diff(part.bounds))[rare]
    sentences = len(part.bounds) - 1
    mass = np.bincount(sentence, weights=weight, minlength=sentences).astype(np.int64)
    sizes = _sums((mass > 0).astype(np.int64), part.starts)
    one, other, shared = _overlaps(part, rare, sentence, weight, first, second)
    owner = np.repeat(np.arange(len(part)), np.diff(part.starts))
    pair = _number(owner[one], owner[other], first, second, len(part))
    kept = pair >= 0
    one, other, shared, pair = one[kept], other[kept], shared[kept], pair[kept]
    sides = []
    for own, theirs, reports, others in ((one, other, first, second), (other, one, second, first)):
        enough = shared >= TOLD * mass[own]
        sides.append(
            _side(
                pair[enough], own[enough] - part.starts[reports[pair[enough]]],
                shared[enough], theirs[enough] - part.starts[others[pair[enough]]],
                mass, part.starts[reports], len(first),
            )
        )  # fmt: skip
    size = np.column_stack((sizes[first], sizes[second]))
    safe = np.maximum(size, 1)
    steps = sides[0].steps + sides[1].steps
    return Measures(
        np.column_stack((sides[0].told, sides[1].told)) / safe,
        np.column_stack((sides[0].weighed, sides[1].weighed)) / (1_024.0 * safe),
        (sides[0].order + sides[1].order) / 2,
        (sides[0].neighbours + sides[1].neighbours) / np.maximum(steps, 1),
        size,
    )


def _sums(values: Places, starts: Places) -> Places:
    total = offsets(values)
    found: Places = total[starts[1:]] - total[starts[:-1]]
    return found


def _number(one: Places, other: Places, first: Places, second: Places, reports: int) -> Places:
    """Which of the pairs each meeting belongs to; -1 for none."""
    codes = first * reports + second
    order = np.argsort(codes, kind="stable")
    if not len(codes):
        return np.full(len(one), -1)
    asked = one * reports + other
    place = np.minimum(np.searchsorted(codes[order], asked), len(codes) - 1)
    return np.where(codes[order][place] == asked, order[place], -1)


def _overlaps(
    part: Sketches, rare: Places, sentence: Places, weight: Places, first: Places, second: Places
) -> tuple[Places, Places, Places]:
    """Sentences that share rare pairs of words, and their weight, rows from `first` alone."""
    feature, column = np.unique(part.feature[rare], return_inverse=True)
    sentences = len(part.bounds) - 1
    shape = (sentences, max(1, len(feature)))
    bounds = np.searchsorted(sentence, np.arange(sentences + 1))
    weighed = sp.csr_array((weight.astype(np.int32), column, bounds), shape=shape)
    plain = sp.csr_array((np.ones(len(column), dtype=np.int32), column, bounds), shape=shape)
    left = np.zeros(len(part), dtype=bool)
    right = np.zeros(len(part), dtype=bool)
    left[first], right[second] = True, True
    owner = np.repeat(np.arange(len(part)), np.diff(part.starts))
    rows, columns = np.flatnonzero(left[owner]), np.flatnonzero(right[owner])
    other = plain[columns].T.tocsr()
    made = []
    step = 20_000
    for begin in range(0, len(rows), step):
        chosen = rows[begin : begin + step]
        product = (weighed[chosen] @ other).tocoo()
        made.append((chosen[product.row], columns[product.col], product.data.astype(np.int64)))
    if not made:
        empty = np.empty(0, dtype=np.int64)
        return empty, empty, empty
    one, two, shared = (np.concatenate(column) for column in zip(*made, strict=True))
    return one, two, shared


@dataclass(frozen=True)
class _Side:
    told: Places
    weighed: Places
    order: NDArray[np.float64]
    neighbours: Places
    steps: Places


def _side(
    pair: Places, own: Places, shared: Places, theirs: Places,
    mass: Places, starts: Places, pairs: int,
) -> _Side:  # fmt: skip
    """Look at pairs from one side: the best counterpart of each sentence, and their order."""
    limit = np.int64(_LONGEST)
    # One number holds pair, sentence, its best weight (first when sorted) and its counterpart.
    keyed = np.sort(
        (((((pair << 14) | own) << 14) | (limit - np.minimum(shared, limit))) << 14) | theirs
    )
    best = keyed[np.append(True, (keyed[1:] >> 28) != (keyed[:-1] >> 28))] if len(keyed) else keyed
    pair, own = best >> 42, (best >> 28) & limit
    shared, theirs = limit - ((best >> 14) & limit), best & limit
    part = np.minimum(1_024 * shared // np.maximum(mass[starts[pair] + own], 1), 1_024)
    begin = np.searchsorted(pair, np.arange(pairs + 1))
    told = np.diff(begin)

    def total(values: Places) -> Places:
        return _sums(values, begin)

    same = np.zeros(len(pair), dtype=bool)
    after = np.zeros(len(pair), dtype=bool)
    if len(pair) > 1:
        same[:-1] = pair[1:] == pair[:-1]
        step = theirs[1:] - theirs[:-1]
        after[:-1] = same[:-1] & (step > 0) & (step <= 2)
    x, y, n = total(own), total(theirs), np.maximum(told, 1)
    covariance = n * total(own * theirs) - x * y
    spread = (n * total(own * own) - x * x) * (n * total(theirs * theirs) - y * y).astype(float)
    order = np.where(spread > 0, covariance / np.sqrt(np.maximum(spread, 1)), 0.0)
    return _Side(
        told, total(part), order, total(after.astype(np.int64)), total(same.astype(np.int64))
    )
