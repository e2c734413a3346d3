"""The same figures handed in again, and one label that stands for several units."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from .mismatch import Mismatch, Tolerances


def check_resubmission(
    table: pd.DataFrame, *, unit: Sequence[str], figures: Sequence[str], number: str | None = None
) -> list[Mismatch]:
    """Find units whose report was handed in more than once.

    Parameters
    ----------
    table
        One row a report.
    unit
        Columns that together say what a report is about (unit, kind, closing date): a second row
        with the same is a resubmission. Rows that lack one of them are left out.
    figures
        Columns that hold what is reported; whether they agree is said.
    number
        Column with the number of the report. Numbers that differ are no proof of two reports: a
        global id is not a duplicate key.

    Returns
    -------
    list of Mismatch
        ``resubmission``, one for each unit; ``error`` where the figures contradict each other.
    """
    frame = table.reset_index(drop=True)
    keyed = frame.dropna(subset=list(unit))
    keyed = keyed[keyed.duplicated(list(unit), keep=False)]
    found = []
    for _, group in keyed.groupby(list(unit), sort=False, dropna=False):
        differ = [name for name in figures if group[name].nunique(dropna=False) > 1]
        what = ", ".join(str(group[name].iloc[0]) for name in unit)
        numbers = ""
        if number is not None and group[number].nunique() > 1:
            numbers = f", under {group[number].nunique()} numbers"
        says = "the figures are the same"
        if differ:
            says = "the figures contradict each other: " + "; ".join(
                f"{name} {' and '.join(str(v) for v in group[name].unique()[:4])}"
                for name in differ[:4]
            )
        found.append(
            Mismatch(
                "resubmission",
                "error" if differ else "warning",
                tuple(int(row) for row in group.index),
                (*unit, *differ),
                f"{what} is reported {len(group)} times{numbers}; {says}. Ask which one stands.",
                declared=float(len(group)),
                found=1.0,
                tolerance=0.0,
                cause="resubmission",
            )
        )
    return found


def check_repeated_figures(
    table: pd.DataFrame,
    *,
    figures: Sequence[str],
    unit: Sequence[str] = (),
    tolerances: Tolerances | None = None,
) -> list[Mismatch]:
    """Find reports with the very figures of another report, under another number, unit or month.

    Few small figures agree by chance; ``tolerances.repeat_digits`` significant digits, and one more
    for each tenfold of rows, hardly do.

    Parameters
    ----------
    table
        One row a report.
    figures
        Columns with numbers.
    unit
        Columns that say what a report is about: repetitions that agree in these too are left to
        :func:`check_resubmission`.
    tolerances
        ``repeat_digits``.

    Returns
    -------
    list of Mismatch
        ``repeated_figures``, one for each set of equal rows.
    """
    limits = tolerances or Tolerances()
    frame = table.reset_index(drop=True)
    numbers = frame[list(figures)].astype(np.float64)
    needed = limits.repeat_digits + int(np.log10(max(len(frame), 1)))
    told = _significant_digits(numbers.to_numpy()) >= needed
    candidates = numbers[told]
    candidates = candidates[candidates.duplicated(keep=False)]
    found = []
    for _, group in candidates.groupby(list(figures), sort=False, dropna=False):
        rows = frame.loc[group.index]
        if (
            unit
            and len(rows.drop_duplicates(list(unit))) == 1
            and not rows[list(unit)].isna().any(axis=None)
        ):
            continue
        values = group.iloc[0].dropna()
        listed = ", ".join(f"{name} {value:,.10g}" for name, value in list(values.items())[:4])
        found.append(
            Mismatch(
                "repeated_figures",
                "warning",
                tuple(int(row) for row in group.index),
                tuple(figures),
                f"{len(group)} reports hold the very same figures ({listed}); likely cause: one "
                "report handed in again under another number, unit or date.",
                declared=float(len(group)),
                found=1.0,
                tolerance=0.0,
                cause="resubmission",
            )
        )
    return found


def _significant_digits(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Significant digits of all numbers of each row: 1,200 has two, 0.105 three, 0 none.

    Equal numbers of a row count once, and so do trailing zeros that rounding leaves.
    """
    ordered = np.sort(values, axis=1)
    again = np.zeros(values.shape, dtype=bool)
    again[:, 1:] = ordered[:, 1:] == ordered[:, :-1]
    usable = np.isfinite(ordered) & (ordered != 0) & ~again
    digits = np.zeros(values.shape, dtype=np.int64)
    scaled = np.where(usable, np.abs(ordered), 1.0)
    scaled = scaled / 10.0 ** np.floor(np.log10(scaled))
    left = usable.copy()
    for count in range(1, 16):
        shifted = scaled * 10.0 ** (count - 1)
        fits = left & np.isclose(shifted, np.round(shifted), rtol=1e-9, atol=0)
        digits[fits] = count
        left &= ~fits
    digits[left] = 15
    total: NDArray[np.int64] = digits.sum(axis=1)
    return total


def check_labels(
    label: ArrayLike,
    key: ArrayLike,
    *,
    within: ArrayLike | None = None,
    field: str = "name",
    key_field: str = "unit",
) -> list[Mismatch]:
    """Find labels that stand for several units: never join on names.

    Parameters
    ----------
    label
        Names as written.
    key
        Keys of the units (p-codes, or the units of a higher level); None = not known.
    within
        Unit of a higher level that each row names: a name that is unique there is no fault.
    field, key_field
        What to report.

    Returns
    -------
    list of Mismatch
        ``label_of_several_units`` for each label, with the share of the rows that carry it.
    """
    frame = pd.DataFrame({"label": _objects(label), "key": _objects(key)})
    rows = len(frame)
    frame["plain"] = [None if v is None else plain(str(v)) for v in frame["label"].tolist()]
    if within is not None:
        frame["plain"] = [
            None if one is None else f"{one}|{other}"
            for one, other in zip(frame["plain"].tolist(), _objects(within).tolist(), strict=True)
        ]
    frame = frame.dropna(subset=["plain", "key"])
    if frame.empty:
        return []
    keys = frame.groupby("plain")["key"].nunique()
    several = set(keys[keys > 1].index)
    found = []
    for _, group in frame[frame["plain"].isin(several)].groupby("plain", sort=False):
        distinct = sorted({str(value) for value in group["key"]})
        listed = ", ".join(distinct[:5]) + (", …" if len(distinct) > 5 else "")
        share = 100 * len(group) / rows
        found.append(
            Mismatch(
                "label_of_several_units",
                "warning",
                tuple(int(row) for row in group.index),
                (field, key_field),
                f"{group['label'].iloc[0]!r} stands for {len(distinct)} units ({listed}) in "
                f"{len(group)} rows ({share:.1f} % of {rows}). Join on the key, "
                "never on the name.",
                declared=1.0,
                found=float(len(distinct)),
                tolerance=0.0,
                cause="one_label_several_units",
            )
        )
    return found


def check_spellings(label: ArrayLike, key: ArrayLike, *, field: str = "name") -> list[Mismatch]:
    """Find units whose name is written in several ways (case, accents, blanks).

    Parameters
    ----------
    label
        Names as written; None = not recorded.
    key
        Keys of the units; None: the plain form of the name is the key.
    field
        What to report.

    Returns
    -------
    list of Mismatch
        ``label_spellings``.
    """
    frame = pd.DataFrame({"label": _objects(label), "key": _objects(key)}).dropna(subset=["label"])
    frame["plain"] = [plain(str(v)) for v in frame["label"].tolist()]
    frame["key"] = frame["key"].where(frame["key"].notna(), frame["plain"])
    found = []
    groups = frame.groupby(["key", "plain"], sort=False)["label"]
    several = frame[groups.transform("nunique") > 1]
    for _, group in several.groupby(["key", "plain"], sort=False):
        written = [repr(str(v)) for v in group["label"].unique()]
        found.append(
            Mismatch(
                "label_spellings",
                "info",
                tuple(int(row) for row in group.index),
                (field,),
                f"one name is written in {len(written)} ways: {', '.join(written[:5])}. A join on "
                "the name would lose rows.",
                declared=float(len(written)),
                found=1.0,
                tolerance=0.0,
                cause="spelling",
            )
        )
    return found


def plain(text: str) -> str:
    """Form in which labels are compared: lower case, without accents, blanks and punctuation."""
    flat = unicodedata.normalize("NFKD", text).casefold()
    return "".join(ch for ch in flat if ch.isalnum() and not unicodedata.combining(ch))


def _objects(values: ArrayLike) -> NDArray[np.object_]:
    out = np.asarray(values, dtype=object)
    missing = np.asarray(pd.isna(out), dtype=bool)
    out = out.copy()
    out[missing] = None
    return out
