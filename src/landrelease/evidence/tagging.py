"""Parts of speech and base forms of the words of a sentence.

The Hanover Tagger (HanTa, a hidden Markov model over morphemes that comes with its package; tags of
the CLAWS C5 set) is asked; nothing here is learnt. A masked quotation is tagged ``QUO``, a mark
``PUN``. Analyses of single words are kept: a few thousand words make up most of any text.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from landrelease.evidence.text import Token

QUOTE = "QUO"
MARK = "PUN"
FINITE = frozenset(
    ["VVB", "VVD", "VVZ", "VBB", "VBD", "VBZ", "VHB", "VHD", "VHZ", "VDB", "VDD", "VDZ", "VM0"]
)
_CLITICS = {"'re": ("be", "VBB"), "'ll": ("will", "VM0"), "'ve": ("have", "VHB"),
            "'m": ("be", "VBB")}  # fmt: skip
# Words the tagger does not know as what they are between people who report speech.
_LEMMAS = {"tweeted": "tweet", "tweets": "tweet", "tweeting": "tweet", "found": "find",
           "left": "leave", "saw": "see", "felt": "feel"}  # fmt: skip


@lru_cache(maxsize=1)
def _tagger() -> Any:
    from HanTa import HanoverTagger

    tagger = HanoverTagger.HanoverTagger("morphmodel_en.pgz")
    # The same words come again and again: keep their analyses.
    tagger._tag_word = lru_cache(maxsize=1 << 16)(tagger._tag_word)
    tagger._analyze = lru_cache(maxsize=1 << 16)(tagger._analyze)
    return tagger


def tag(sentence: Sequence[Token]) -> tuple[list[str], list[str]]:
    """Tag a sentence.

    Parameters
    ----------
    sentence : sequence of Token
        Its tokens, quotations masked.

    Returns
    -------
    tags, lemmas : list of str
        One C5 tag and one base form (lower case) a token.
    """
    words: list[str] = []
    for token in sentence:
        text = token.text.replace("’", "'")
        if token.quoted:
            words.append("something")
        elif token.lower.endswith("n't") and len(text) > 3:
            words.append({"won't": "will", "can't": "can"}.get(token.lower, text[:-3]))
        elif len(text) > 40 or not text.isprintable():
            words.append("thing")  # noise is a thing
        else:
            words.append(text)
    tags: list[str] = []
    lemmas: list[str] = []
    found = _tagger().tag_sent(words) if words else []
    for token, (_, lemma, kind) in zip(sentence, found, strict=True):
        base, sort = str(lemma).lower(), str(kind)
        if token.quoted:
            base, sort = "", QUOTE
        elif not token.word and token.lower[:1] != "'":
            base, sort = token.text, MARK
        elif token.lower in _CLITICS:
            base, sort = _CLITICS[token.lower]
        elif sort[0] == "V":
            base = _LEMMAS.get(token.lower, base)
        tags.append(sort)
        lemmas.append(base)
    return tags, lemmas
