"""Columns that hold what another one should: words, headings, coordinates, years with commas."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from .mismatch import Mismatch, Tolerances, floats, shown

# --- headings ------------------------------------------------------------------------------------

#: Words of headings that exclude each other, as they begin.
_OPPOSITES: tuple[dict[str, tuple[str, ...]], ...] = (
    {
        "child": ("child", "chld", "girl", "boy", "minor", "under18", "u18", "nino", "nina"),
        "adult": ("adult", "adlt", "women", "woman", "man", "men", "over18", "18plus"),
    },
    {
        "female": ("female", "fem", "women", "woman", "girl", "mujer"),
        "male": ("male", "man", "men", "boy", "hombre"),
    },
    {"killed": ("kill", "dead", "death", "fatal"), "injured": ("injur", "wound", "surviv")},
    {"latitude": ("lat",), "longitude": ("lon", "lng")},
    {"start": ("start", "begin"), "end": ("end", "complet", "finish")},
    {"cancelled": ("cancel",), "reduced": ("reduc",), "cleared": ("clear",)},
)


def check_headings(names: Sequence[str], labels: Sequence[str | None]) -> list[Mismatch]:
    """Check the names of a form's fields against the labels people see.

    A field called ``fem_child`` whose label says "Direct female adult beneficiaries" swaps adults
    and children in every export that is read by its names.

    Parameters
    ----------
    names
        Names of the fields; ``rows`` of what is found are positions in it.
    labels
        Their labels; None where there is none.

    Returns
    -------
    list of Mismatch
        ``heading``, with the field whose label says what this one's name says.

    Raises
    ------
    ValueError
        When there are not as many labels as names.
    """
    if len(names) != len(labels):
        raise ValueError(f"{len(names)} names, but {len(labels)} labels: one label a name")
    named = [_meanings(name) for name in names]
    labelled = [_meanings(label or "") for label in labels]
    found = []
    for row, (mine, says) in enumerate(zip(named, labelled, strict=True)):
        crossed = [
            (a, b) for a, b in zip(mine, says, strict=True) if a is not None and b not in (None, a)
        ]
        if not crossed:
            continue
        partner = next(
            (names[i] for i, other in enumerate(labelled) if i != row and other == mine), None
        )
        tail = f"; {partner} carries that label: the two are interchanged" if partner else ""
        found.append(
            Mismatch(
                "heading",
                "error",
                (row,),
                (names[row], *([partner] if partner else [])),
                f"the field {names[row]} is labelled {labels[row]!r}: the name says "
                f"{crossed[0][0]}, the label {crossed[0][1]}{tail}. Ask which one people filled in "
                "by; a form shows the label.",
                cause="swapped_columns",
            )
        )
    return found


def _meanings(text: str) -> list[str | None]:
    """What a heading says on each of the questions that exclude each other."""
    words = [word for word in re.split(r"[^a-z0-9]+", text.casefold()) if word]
    out: list[str | None] = []
    for question in _OPPOSITES:
        said = {
            meaning
            for meaning, starts in question.items()
            if any(_begins(word, start) for word in words for start in starts)
        }
        out.append(said.pop() if len(said) == 1 else None)
    return out


def _begins(word: str, start: str) -> bool:
    # Short words must be whole: "men" is no part of "mention", "end" none of "endline".
    return word == start if len(start) <= 3 and start != "fem" else word.startswith(start)


# --- words ---------------------------------------------------------------------------------------


def check_words(
    table: pd.DataFrame,
    expected: Mapping[str, str],
    vocabularies: Mapping[str, Callable[[str], bool]],
    *,
    share: float = 0.8,
) -> list[Mismatch]:
    """Find columns that hold the words of another column.

    Parameters
    ----------
    table
        Cells as they stand in the file.
    expected
        Column to the vocabulary that its heading promises ("sex", "consequence").
    vocabularies
        Vocabulary to a test whether a word belongs to it.
    share
        Share of the filled cells that must belong to a vocabulary to call it that column's.

    Returns
    -------
    list of Mismatch
        ``column_words``; one for both where two columns are interchanged.
    """
    holds: dict[str, str | None] = {}
    counts: dict[str, int] = {}
    for column in expected:
        cells = table[column].dropna().astype(str)
        kinds = cells.value_counts()
        counts[column] = int(kinds.sum())
        best = None
        for name, belongs in vocabularies.items():
            fit = sum(int(n) for word, n in kinds.items() if belongs(str(word)))
            if counts[column] and fit >= share * counts[column]:
                best = name
                if name == expected[column]:
                    break
        holds[column] = best
    found = []
    told: set[str] = set()
    for column, wanted in expected.items():
        held = holds[column]
        if held is None or held == wanted or column in told:
            continue
        other = next(
            (c for c, v in expected.items() if c != column and v == held and holds[c] == wanted),
            None,
        )
        if other is not None:
            told.add(other)
            says = f"{column} holds {held}, {other} holds {wanted}: the two are interchanged"
        else:
            says = f"{column} should hold {wanted} and holds {held}"
        found.append(
            Mismatch(
                "column_words",
                "error",
                (),
                (column, *([other] if other else [])),
                f"{says} ({counts[column]} filled cells). Name the columns in a mapping file.",
                declared=wanted,
                found=held,
                cause="swapped_columns",
            )
        )
    return found


# --- years ---------------------------------------------------------------------------------------

_YEAR_WITH_COMMA = re.compile(r"\s*[12][.,\u00a0\u202f' ]\d{3}(?:[.,]0+)?\s*")


def check_years(values: ArrayLike, *, field: str = "year") -> list[Mismatch]:
    """Find years written with a thousands separator, as text ("2,006") or read as 2.006.

    Parameters
    ----------
    values
        Cells as they stand in the file: texts or numbers.
    field
        Field to report.

    Returns
    -------
    list of Mismatch
        One ``year_with_separator`` for the column.
    """
    cells = pd.Series(np.asarray(values, dtype=object))
    texts = cells.dropna()
    by_text = texts.map(lambda v: isinstance(v, str) and bool(_YEAR_WITH_COMMA.fullmatch(v)))
    by_number = texts.map(
        lambda v: isinstance(v, float) and 1.0 < v < 2.2 and round(v * 1000, 6) % 1 == 0
    )
    hits = texts.index[by_text | by_number]
    if not len(hits):
        return []
    example = texts[hits[0]]
    year = re.sub(r"\D", "", str(example))[:4].ljust(4, "0")
    return [
        Mismatch(
            "year_with_separator",
            "error",
            tuple(int(row) for row in hits),
            (field,),
            f"{len(hits)} of {len(texts)} years are written with a thousands separator or read as "
            f"a decimal number ({example!r} for {year}). State it in the mapping file; a "
            "spreadsheet shows such a column right once it is a text.",
            declared=str(example),
            found=year,
            cause="thousands_separator",
        )
    ]


# --- places --------------------------------------------------------------------------------------


def check_places(
    longitude: ArrayLike,
    latitude: ArrayLike,
    *,
    bounds: tuple[float, float, float, float] | None = None,
    tolerances: Tolerances | None = None,
) -> list[Mismatch]:
    """Find longitudes and latitudes that are interchanged or have lost their sign.

    A place is called so only when it lies outside the region, and inside it once put right.

    Parameters
    ----------
    longitude, latitude
        Degrees, WGS 84; nan = not recorded.
    bounds
        West, south, east, north of the region. Without it, the box that holds nearly all of the
        places, widened by half of its size; at least 20 places are needed for that.
    tolerances
        ``systematic_share``: from which share of the rows on it is one fault of the table.

    Returns
    -------
    list of Mismatch
        ``coordinates``, one for each cause.
    """
    limits = tolerances or Tolerances()
    lon, lat = floats(longitude), floats(latitude)
    known = np.isfinite(lon) & np.isfinite(lat)
    box = bounds or _region(lon[known], lat[known])

    def inside(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
        if box is None:
            return (np.abs(x) <= 180) & (np.abs(y) <= 90)
        return (x >= box[0]) & (x <= box[2]) & (y >= box[1]) & (y <= box[3])

    left = known & ~inside(lon, lat)
    found = []
    for cause, x, y, says in (
        ("swapped_columns", lat, lon, "longitude and latitude are interchanged"),
        ("sign", -lon, lat, "the longitude has lost its sign (east for west)"),
        ("sign", lon, -lat, "the latitude has lost its sign (north for south)"),
        ("sign", -lon, -lat, "both signs are lost"),
    ):
        hits = left & inside(x, y)
        if not hits.any():
            continue
        left &= ~hits
        rows = np.flatnonzero(hits)
        whole = len(rows) >= limits.systematic_share * int(known.sum())
        found.append(
            Mismatch(
                "coordinates",
                "error",
                tuple(rows.tolist()),
                ("longitude", "latitude"),
                f"{len(rows)} of {int(known.sum())} places lie outside the region and inside it "
                f"once put right: {says}{' in the whole table' if whole else ''} (longitude "
                f"{shown(float(lon[rows[0]]))}, latitude {shown(float(lat[rows[0]]))}).",
                cause=cause,
            )
        )
    out = np.flatnonzero(left & ((np.abs(lon) > 180) | (np.abs(lat) > 90)))
    if len(out):
        found.append(
            Mismatch(
                "coordinates",
                "error",
                tuple(out.tolist()),
                ("longitude", "latitude"),
                f"{len(out)} places are no degrees (longitude {shown(float(lon[out[0]]))}, "
                f"latitude {shown(float(lat[out[0]]))}); likely cause: metres of a projection.",
                cause="projected",
            )
        )
    return found


def _region(
    lon: NDArray[np.float64], lat: NDArray[np.float64]
) -> tuple[float, float, float, float] | None:
    if len(lon) < 20:
        return None
    west, east = np.quantile(lon, [0.02, 0.98])
    south, north = np.quantile(lat, [0.02, 0.98])
    wide, high = max((east - west) / 2, 1.0), max((north - south) / 2, 1.0)
    return float(west - wide), float(south - high), float(east + wide), float(north + high)
