"""Many texts at once as arrays: content words, and the sentences they stand in.

The comparison of copies needs only this much of a text, for many thousand texts. Every step works
on whole arrays of characters or words; nothing loops over documents.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from landrelease.evidence.lexicons import word_set

Hashes = NDArray[np.uint64]
Places = NDArray[np.int64]

STEM = 8  # letters: "supplied" and "supplies" meet
_PLANE = 0x10000  # characters beyond the basic plane are signs, not letters of words
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # odd, so that it has an inverse modulo 2^64
_INVERSE = np.uint64(pow(0x9E3779B97F4A7C15, -1, 2**64))
_STOP = word_set(
    "the a an and or but of in on at to for from by with as is are was were be been being "
    "has have had it its he she they his her their this that these those which who whom "
    "not no will would could can may might said says told added after before during over "
    "into about than more most also such so if when while where there we our you i us "
    "them him some any all other new last first two one just according reporters "
    "including against between under out up down off per via amid s my me your do did does"
)
_ABBREVIATIONS = word_set(
    "mr mrs ms dr st gen col lt sgt maj capt gov sen rep prof rev no vs etc inc ltd co corp jr sr "
    "jan feb mar apr jun jul aug sept sep oct nov dec"
)


@dataclass(frozen=True)
class Units:
    """The content words of many texts, by sentence.

    Attributes
    ----------
    stem : ndarray of uint64
        Hash of the consonants of each content word's first eight letters; numbers whole.
    unit : ndarray of int64
        The sentence each stands in, ascending.
    document : ndarray of int64
        For each sentence its text; ascending.
    texts : int
        Number of texts.
    """

    stem: Hashes
    unit: Places
    document: Places
    texts: int


@cache
def _tables() -> tuple[NDArray[np.uint16], NDArray[np.bool_], NDArray[np.bool_]]:
    """For each character its folded form, whether it is a letter or digit, whether upper case."""
    fold = np.arange(_PLANE, dtype=np.uint16)
    word = np.zeros(_PLANE, dtype=bool)
    upper = np.zeros(_PLANE, dtype=bool)
    for code in range(_PLANE):
        character = chr(code)
        word[code] = character.isalnum()
        upper[code] = character.isupper() or character.isdigit()
        lower = character.lower()
        fold[code] = ord(lower) if len(lower) == 1 and ord(lower) < _PLANE else code
    fold[ord("’")] = ord("'")
    return fold, word, upper


@cache
def _powers(length: int) -> tuple[Hashes, Hashes]:
    """Powers of the multiplier and of its inverse, modulo 2^64."""
    forth = np.full(length, _MULTIPLIER)
    back = np.full(length, _INVERSE)
    forth[0] = back[0] = 1
    return np.multiply.accumulate(forth), np.multiply.accumulate(back)


def mixed(values: Hashes) -> Hashes:
    """Spread hashes over all bits (the finaliser of SplitMix64, Steele et al. 2014)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _hash(words: frozenset[str]) -> Hashes:
    """Hash words as `units` does, sorted."""
    made = []
    for word in sorted(words):
        value, power = 0, 1
        for character in word:
            value = (value + (ord(character) + 1) * power) % 2**64
            power = power * int(_MULTIPLIER) % 2**64
        made.append(value)
    return np.sort(mixed(np.array(made, dtype=np.uint64)))


@cache
def _known() -> tuple[Hashes, Hashes]:
    return _hash(_STOP), _hash(_ABBREVIATIONS)


def _among(values: Hashes, known: Hashes) -> NDArray[np.bool_]:
    place = np.minimum(np.searchsorted(known, values), len(known) - 1)
    found: NDArray[np.bool_] = known[place] == values
    return found


def units(texts: Sequence[str]) -> Units:
    """Cut texts into sentences and their content words.

    A sentence ends at a full stop, question or exclamation mark before a capital, a digit or a
    quotation mark, unless an initial or an abbreviation stands before it; and at the end of a
    paragraph. What stands in quotation marks is cut like the rest.

    Parameters
    ----------
    texts : sequence of str
        Some thousand at a time: memory is about 100 bytes a character.

    Returns
    -------
    Units
        In the order of the texts.
    """
    fold, letters, capitals = _tables()
    joined = "\n\n" + "\n\n".join(texts) + "\n\n"
    wide = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    codes = np.where(wide < _PLANE, wide, 0xFFFD).astype(np.uint16)
    folded, word = fold[codes], letters[codes]
    # An apostrophe between two letters belongs to the word.
    inner = np.flatnonzero(folded == ord("'"))
    inner = inner[(inner > 0) & (inner < len(codes) - 1)]
    inner = inner[word[inner - 1] & word[inner + 1]]
    word[inner] = True
    edges = np.flatnonzero(word[1:] != word[:-1]) + 1  # the text begins and ends with newlines
    start, end = edges[::2], edges[1::2]
    lengths = np.array([len(text) for text in texts], dtype=np.int64)
    begins = np.cumsum(np.append(2, lengths[:-1] + 2)) if len(texts) else lengths
    document = np.searchsorted(begins, start, side="right") - 1

    forth, back = _powers(1 << max(10, len(codes).bit_length()))
    sums = np.zeros(len(codes) + 1, dtype=np.uint64)
    np.cumsum((folded.astype(np.uint64) + np.uint64(1)) * forth[: len(codes)], out=sums[1:])

    def hashed(first: Places, last: Places) -> Hashes:
        return mixed((sums[last] - sums[first]) * back[first])

    rank, skeleton_sums = _skeleton(folded, forth)

    def skeleton(first: Places, last: Places) -> Hashes:
        return mixed((skeleton_sums[last] - skeleton_sums[first]) * back[rank[first]])

    possessive = (end - start > 2) & (folded[end - 2] == ord("'")) & (folded[end - 1] == ord("s"))
    last = np.where(possessive, end - 2, end)
    whole = hashed(start, last)
    digit = (folded[start] >= ord("0")) & (folded[start] <= ord("9"))
    stem = np.where(digit, whole, skeleton(start, np.minimum(last, start + STEM)))
    stop, abbreviations = _known()
    content = ~_among(whole, stop) & (digit | (last - start > 2))

    breaks = _sentence_ends(codes, capitals, start, end, whole, abbreviations)
    bounds = np.sort(np.concatenate((breaks, begins)))
    unit = np.searchsorted(bounds, start, side="right")

    # Number the sentences that hold content words; the words come in their order.
    held = unit[content]
    first = np.append(True, held[1:] != held[:-1]) if len(held) else np.empty(0, dtype=bool)
    number = np.cumsum(first) - 1
    owner = document[content][first].astype(np.int64)
    return Units(stem[content], number, owner, len(texts))


@cache
def _sounds() -> tuple[NDArray[np.uint16], NDArray[np.bool_]]:
    """For each folded character the sound it stands for, and whether it is left out.

    Languages that are written in other letters come into Latin ones in more than one way, and
    the ways differ first in vowels, doubled letters and in few pairs of consonants.
    """
    sound = np.arange(_PLANE, dtype=np.uint16)
    for group in ("vw", "ckq", "szj", "dt", "bp"):
        for letter in group:
            sound[ord(letter)] = ord(group[0])
    silent = np.zeros(_PLANE, dtype=bool)
    silent[[ord(letter) for letter in "aeiouyh'"]] = True
    return sound, silent


def _skeleton(folded: NDArray[np.uint16], forth: Hashes) -> tuple[Places, Hashes]:
    """Sums over sounds, from which the hash of a word without vowels and doublings is taken."""
    table, silent = _sounds()
    sound = table[folded]
    kept = ~silent[folded]
    kept[1:] &= ~(sound[1:] == sound[:-1])
    rank = np.append(0, np.cumsum(kept))
    sums = np.zeros(len(folded) + 1, dtype=np.uint64)
    np.cumsum(
        np.where(kept, (sound.astype(np.uint64) + np.uint64(1)) * forth[rank[:-1]], np.uint64(0)),
        out=sums[1:],
    )
    return rank, sums


def _paragraph_ends(codes: NDArray[np.uint16]) -> Places:
    """Newlines that end a paragraph: before another, or after a mark that ends a sentence."""
    newline = np.flatnonzero(codes == ord("\n"))
    following = codes[np.minimum(newline + 1, len(codes) - 1)]
    before = codes[np.maximum(newline - 1, 0)]
    ends = np.isin(before, np.array([ord(c) for c in '\n.!?:…"”»)'], dtype=np.uint16))
    found: Places = newline[(following == ord("\n")) | ends]
    return found


def _sentence_ends(
    codes: NDArray[np.uint16],
    capitals: NDArray[np.bool_],
    start: Places,
    end: Places,
    whole: Hashes,
    abbreviations: Hashes,
) -> Places:
    """Where sentences end: positions of the marks and of the ends of paragraphs, in no order."""
    paragraph = _paragraph_ends(codes)
    marks = np.flatnonzero(np.isin(codes, np.array([ord(c) for c in ".!?…"], dtype=np.uint16)))
    if not len(start):
        return paragraph
    after = np.searchsorted(start, marks)
    marks, after = marks[after < len(start)], after[after < len(start)]
    before = np.maximum(after - 1, 0)
    gap = start[after] - marks > 1  # white space or a quotation mark between
    bare = (codes[marks] == ord(".")) & (
        (end[before] - start[before] == 1) | _among(whole[before], abbreviations)
    )
    ends = gap & capitals[codes[start[after]]] & ~bare & (end[before] <= marks)
    return np.concatenate((paragraph, marks[ends]))
