"""rensa's own dedup, from texts to pairs: MinHash, locality-sensitive hashing, its threshold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rensa import RMinHash, RMinHashDeduplicator


def pairs(
    texts: Sequence[str], *, words: int, threshold: float, bands: int, size: int = 128
) -> NDArray[np.int64]:
    """Pairs of like texts.

    Parameters
    ----------
    texts : sequence of str
        The documents.
    words : int
        Words to a token: 1 as in rensa's own examples, more for shingles.
    threshold : float
        Least estimated Jaccard similarity.
    bands : int
        Bands of the locality-sensitive hashing.
    size : int
        Slots of a signature.

    Returns
    -------
    ndarray of int64, shape (pairs, 2)
        Positions, first < second.
    """
    return found(minhashes(texts, words, size), threshold, bands, size)


def minhashes(texts: Sequence[str], words: int, size: int = 128) -> list[Any]:
    """Sketch the texts; lower case, as rensa does nothing about it itself."""
    tokens = [text.lower().split() for text in texts]
    if words > 1:
        tokens = [
            [" ".join(part) for part in zip(*(own[k:] for k in range(words)), strict=False)]
            for own in tokens
        ]
    return list(RMinHash.from_token_sets(tokens, num_perm=size, seed=42))


def found(sketches: Sequence[Any], threshold: float, bands: int, size: int) -> NDArray[np.int64]:
    """Index the sketches and ask each for its duplicates.

    A deduplicator keeps only what is no duplicate of something before it: so pairs are those of
    a document with the kept ones it is a duplicate of.
    """
    index = RMinHashDeduplicator(
        threshold=threshold, num_perm=size, use_lsh=True, num_bands=bands, seed=42
    )
    index.add_pairs((str(place), sketch) for place, sketch in enumerate(sketches))
    sets = index.get_duplicate_sets(list(sketches))
    made = [
        (min(place, int(other)), max(place, int(other)))
        for place, others in enumerate(sets)
        for other in others
        if int(other) != place
    ]
    return np.unique(np.array(made, dtype=np.int64).reshape(-1, 2), axis=0)
