"""Numbers in words and figures, and the bounds that the words around them leave."""

from __future__ import annotations

import re

SMALL = {
    word: number
    for number, word in enumerate(
        re.findall(
            r"\w+",
            "zero one two three four five six seven eight nine ten eleven twelve thirteen "
            "fourteen fifteen sixteen seventeen eighteen nineteen twenty",
        )
    )
} | {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80,
     "ninety": 90, "a": 1, "an": 1, "dozen": 12, "hundred": 100}  # fmt: skip
SCALES = {"dozen": 12, "hundred": 100, "thousand": 1_000, "million": 1_000_000,
          "billion": 1_000_000_000, "trillion": 1_000_000_000_000, "k": 1_000, "m": 1_000_000,
          "mn": 1_000_000, "bn": 1_000_000_000}  # fmt: skip
SCALE = r"(?: (?:hundred|thousand|million|billion|trillion|dozen)|(?:m|mn|bn)\b)"
_NUMBER_WORD = "|".join(sorted(set(SMALL) - {"a", "an"}, key=len, reverse=True))
NUMBER = (
    rf"(?:\d+(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?|half an?|an?|{_NUMBER_WORD})"
    rf"(?:[ -](?:{_NUMBER_WORD}))?{SCALE}?"
)
BOUND = (
    r"(?P<bound>up to|as (?:much|many|far|long) as|no more than|not more than|a maximum of|"
    r"at most|less than|fewer than|"
    r"under|below|within|at least|no fewer than|no less than|a minimum of|more than|over|above|"
    r"as (?:few|little) as|upwards of|nearly|almost|about|around|some|roughly|"
    r"approximately|an estimated)"
)
# "20,000 or more people": behind the number.
OPEN = r"(?: or (?P<open>more|less|fewer)\b)"
_UPPER = {"up to", "no more than", "not more than", "at most", "less than", "fewer than", "under",
          "below", "within", "a maximum of"}  # fmt: skip
_LOWER = {"at least", "no fewer than", "no less than", "a minimum of", "more than", "over", "above",
          "upwards of"}  # fmt: skip
ROUGH = {"nearly", "almost", "about", "around", "some", "roughly", "approximately", "an estimated"}


def number(word: str) -> float | None:
    """Read a number in figures or words.

    Parameters
    ----------
    word : str
        For example "12,500", "two dozen", "1.5 million", "half a".

    Returns
    -------
    float or None
        None when it is no number.
    """
    word = word.lower().strip()
    if word.startswith("half a"):
        return 0.5
    total = 0.0
    current: float | None = None
    for part in re.split(r"[ -]", re.sub(r"(\d)(k|m|mn|bn)$", r"\1 \2", word)):
        plain = part.replace(",", "")
        if re.fullmatch(r"\d+(?:\.\d+)?", plain):
            current = float(plain)
        elif part in SCALES and current is not None:
            current *= SCALES[part]
        elif part in SMALL:
            current = (current or 0.0) + SMALL[part]
        else:
            return None
    return None if current is None else total + current


def bounds(
    bound: str | None, low: float, high: float | None, behind: str | None = None
) -> tuple[float | None, float | None, bool]:
    """Read the bounds that words leave to a figure.

    Parameters
    ----------
    bound : str or None
        The words in front ("up to").
    low : float
        The figure, or the first of two.
    high : float or None
        The second of two.
    behind : str or None
        'more', 'less' or 'fewer' where "or more" follows.

    Returns
    -------
    tuple
        Lower bound, upper bound (None: open), and whether the figure is given as exact.
    """
    word = re.sub(r"^as (?:much|many|far|long) as$", "up to", (bound or "").lower())
    if high is not None:
        return min(low, high), max(low, high), word not in ROUGH
    if word in _UPPER or behind in ("less", "fewer"):
        return None, low, True
    if word in _LOWER or word.startswith("as ") or behind == "more":
        return low, None, True
    return low, low, word not in ROUGH
