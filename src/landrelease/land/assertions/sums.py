"""Sums that must hold: parts and whole, opening and closing, two ways of dividing, percentages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .mismatch import Floats, Mismatch, Severity, Tolerances, floats, half_unit, shown

Columns = Mapping[str, ArrayLike]


@dataclass(frozen=True)
class Sum:
    """A rule ``total = part + part − part``.

    Attributes
    ----------
    total
        Column that states the result.
    parts
        Columns it is made of, each with +1 or −1.
    rule
        Code to report.
    """

    total: str
    parts: tuple[tuple[str, int], ...]
    rule: str = "sum"

    @classmethod
    def parse(cls, text: str) -> Sum:
        """Read ``closing = opening + new - cleared``; names with signs or blanks in quotes.

        Raises
        ------
        ValueError
            Saying what was expected.
        """
        total, equals, right = text.partition("=")
        name = r"\"[^\"]+\"|[^\s+\-−=\"]+"
        whole = re.fullmatch(rf"\s*({name})\s*", total)
        terms = re.findall(rf"\s*([+\-−]?)\s*({name})", right)
        read = re.fullmatch(rf"(\s*[+\-−]?\s*({name}))(\s*[+\-−]\s*({name}))*\s*", right)
        if not equals or whole is None or read is None:
            raise ValueError(
                f"{text!r} is no sum; write it like 'total = killed + injured + unknown', with "
                "column names that hold blanks or signs in double quotes"
            )
        parts = tuple((part.strip('"'), -1 if sign in ("-", "−") else 1) for sign, part in terms)
        rule = "balance" if any(sign < 0 for _, sign in parts) else "sum"
        return cls(whole[1].strip('"'), parts, rule)

    def __str__(self) -> str:
        right = " ".join(f"{'+' if sign > 0 else '−'} {name}" for name, sign in self.parts)
        return f"{self.total} = {right.removeprefix('+ ')}"


def check_sum(
    columns: Columns,
    rule: Sum,
    *,
    tolerances: Tolerances | None = None,
    unit: str = "",
    severity: Severity = "error",
) -> list[Mismatch]:
    """Check that a total is the sum of its parts.

    Where a part is not recorded the sum is only a lower bound: the total fails when it is smaller
    than the recorded parts (all parts added), and is otherwise left alone.

    Parameters
    ----------
    columns
        Column name to numbers, nan or None = not recorded. Missing columns count as not recorded.
    rule
        The sum.
    tolerances
        ``count`` for whole numbers. Figures with decimals may differ by what rounding each of
        them explains, and areas (``unit="m2"``) by ``area_m2`` beside.
    unit
        Of the figures.
    severity
        Of what does not hold.

    Returns
    -------
    list of Mismatch
        With the rule's code.
    """
    limits = tolerances or Tolerances()
    total = floats(columns[rule.total])
    blank = np.full(len(total), np.nan)
    parts = np.array([floats(columns[n]) if n in columns else blank for n, _ in rule.parts])
    signs = np.array([sign for _, sign in rule.parts], dtype=np.float64)
    recorded = np.isfinite(parts)
    sums = np.where(recorded, parts * signs[:, None], 0.0).sum(axis=0)
    allowed = half_unit(total) + sum(half_unit(part) for part in parts)
    allowed = allowed * (1 + 1e-9) + (limits.area_m2 if unit == "m2" else float(limits.count))
    complete = recorded.all(axis=0)
    known = np.isfinite(total) & recorded.any(axis=0)
    wrong = known & complete & (np.abs(total - sums) > allowed)
    if (signs > 0).all():
        wrong |= known & ~complete & (sums - total > allowed)
    fields = (rule.total, *(name for name, _ in rule.parts))
    found = []
    for row in np.flatnonzero(wrong).tolist():
        cause, says = _likely(row, total, parts, signs, rule, sums, bool(complete[row]))
        terms = " ".join(
            f"{'+' if sign > 0 else '−'} {shown(float(value))}"
            for value, sign in zip(parts[:, row], signs, strict=True)
        ).removeprefix("+ ")
        least = "" if complete[row] else "at least "
        found.append(
            Mismatch(
                rule.rule,
                severity,
                (row,),
                fields,
                f"{rule}: {shown(float(total[row]))} is stated, {terms} = {least}"
                f"{shown(float(sums[row]))}" + (f"; likely cause: {says}." if says else "."),
                declared=float(total[row]),
                found=float(f"{sums[row]:.12g}"),
                unit=unit,
                tolerance=float(f"{allowed[row]:.6g}"),
                cause=cause,
            )
        )
    return found


def _likely(
    row: int,
    total: Floats,
    parts: Floats,
    signs: Floats,
    rule: Sum,
    sums: Floats,
    complete: bool,
) -> tuple[str, str]:
    """What most likely went wrong in a row, by code and in words."""
    mine, found = float(total[row]), float(sums[row])
    off = mine - found
    if not complete:
        return "", "a part is larger than the whole"
    values = parts[:, row] * signs
    names = [name for name, _ in rule.parts]

    def only(condition: NDArray[np.bool_]) -> str | None:
        hits = np.flatnonzero(condition & (values != 0))
        return names[int(hits[0])] if len(hits) == 1 else None

    close = max(1e-9, 1e-9 * abs(mine))
    # A total that stands in another row is more than chance only where it is not small.
    if abs(mine) >= 10 and (row_of := _neighbour(row, found, total)) is not None:
        return "shifted_rows", f"the totals of this row and row {row_of + 1} are interchanged"
    if (name := only(np.abs(values - off) <= close)) is not None:
        return "counted_twice", f"{name} is counted twice"
    if (name := only(np.abs(values + off) <= close)) is not None:
        return "left_out", f"{name} is left out"
    if (name := only(np.abs(2 * values + off) <= close)) is not None:
        return "sign", f"{name} has the wrong sign"
    swapped = np.abs(values - mine - (found - values)) <= close
    if (signs > 0).all() and (name := only(swapped)) is not None:
        return "swapped_columns", f"{rule.total} and {name} are interchanged"
    if (digits := _digits(mine, found)) is not None:
        return digits
    if found and mine:
        power = np.log10(abs(mine / found))
        if abs(power - round(power)) < 1e-9 and abs(round(power)) >= 1:
            return "unit_factor", f"the total is {10 ** round(power):g} times the sum"
    if (signs > 0).all() and off < 0 and mine >= float(np.nanmax(parts[:, row])):
        return "overlap", "the parts overlap, or one is counted in another"
    return "", ""


def _neighbour(row: int, found: float, total: Floats) -> int | None:
    for other in (row - 1, row + 1):
        if 0 <= other < len(total) and total[other] == found and total[other] != total[row]:
            return other
    return None


def _digits(mine: float, found: float) -> tuple[str, str] | None:
    """Whether two whole numbers differ as a slip of the pen makes them differ."""
    if mine != round(mine) or found != round(found) or min(mine, found) < 10:
        return None
    one, other = f"{mine:.0f}", f"{found:.0f}"
    if len(one) != len(other):
        return None
    differ = [at for at, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
    off = abs(mine - found)
    if len(differ) == 1 and off >= 10:
        if off in (10.0, 100.0, 1000.0, 10_000.0):
            return "carry", "a carry was lost in adding up, or one digit is mistyped"
        return "digit", "one digit is mistyped"
    if len(differ) == 2 and sorted(one) == sorted(other) and differ[1] - differ[0] == 1:
        return "transposed_digits", "two digits are transposed"
    return None


# --- classes that overlap ------------------------------------------------------------------------


def check_classes(
    total: ArrayLike,
    classes: Columns,
    *,
    once: ArrayLike | None = None,
    tolerances: Tolerances | None = None,
    unit: str = "m2",
    field: str = "total",
) -> list[Mismatch]:
    """Check a total against columns that may overlap and so are never summed to one (rule 1).

    Parameters
    ----------
    total
        Totals as declared; nan = not recorded.
    classes
        Class to figures.
    once
        The total with everything counted once, where it is known.
    tolerances
        How much may differ.
    unit
        ``m2`` or empty for counts.
    field
        Field to report.

    Returns
    -------
    list of Mismatch
        ``class_total``: smaller than one class, larger than all together, or (where ``once`` is
        known) their plain sum although they overlap.
    """
    limits = tolerances or Tolerances()
    mine = floats(total)
    parts = np.array([floats(values) for values in classes.values()])
    recorded = np.isfinite(parts)
    sums = np.where(recorded, parts, 0.0).sum(axis=0)
    most = np.where(recorded, parts, 0.0).max(axis=0)
    whole = np.full(len(mine), np.nan) if once is None else floats(once)
    known = np.isfinite(mine) & recorded.all(axis=0)
    allowed = np.full(len(mine), float(limits.count))
    if unit == "m2":
        allowed = np.fmax(limits.area_m2, limits.area_fraction * np.nan_to_num(mine))
    overlapping = sums - whole > allowed
    added = known & overlapping & (np.abs(mine - sums) <= allowed)
    differs = np.isfinite(mine) & (np.abs(mine - whole) > allowed) & ~added
    small = known & (most - mine > allowed) & ~differs
    large = known & (mine - sums > allowed) & ~differs
    found = []
    for hits, against, cause, says in (
        (added, whole, "sum_of_overlapping_classes", "classes that overlap were added up"),
        (differs, whole, "", "counted by another rule"),
        (small, most, "", "one class alone is larger than the total"),
        (large, sums, "", "the classes together are smaller than the total"),
    ):
        for row in np.flatnonzero(hits).tolist():
            found.append(
                Mismatch(
                    "class_total",
                    "error",
                    (row,),
                    (field, *classes),
                    f"{shown(float(mine[row]))} is stated as total, counted once it is "
                    f"{shown(float(against[row]))}; likely cause: {says}."
                    if np.isfinite(whole[row])
                    else f"{shown(float(mine[row]))} is stated as total: {says} "
                    f"({shown(float(against[row]))}).",
                    declared=float(mine[row]),
                    found=float(against[row]),
                    unit=unit,
                    tolerance=float(allowed[row]),
                    cause=cause,
                )
            )
    return found


# --- two ways of dividing the same people --------------------------------------------------------


def check_parallel(
    first: Columns, second: Columns, *, tolerances: Tolerances | None = None
) -> list[Mismatch]:
    """Check that two disaggregations of the same whole agree, group by group.

    Parameters
    ----------
    first, second
        Group ("women", "girls") to figures of each way of dividing; the same groups in both.
    tolerances
        ``count`` may differ; ``systematic_share`` decides what is a fault of the whole table.

    Returns
    -------
    list of Mismatch
        ``disaggregation``: one for all rows that agree once two groups (or two pairs of groups,
        such as adults and children of both sexes) are interchanged, else one a row.

    Raises
    ------
    ValueError
        When the groups are not the same.
    """
    if set(first) != set(second):
        raise ValueError(
            f"both ways of dividing need the same groups, not {sorted(first)} and {sorted(second)}"
        )
    limits = tolerances or Tolerances()
    names = list(first)
    one = np.array([floats(first[name]) for name in names])
    other = np.array([floats(second[name]) for name in names])
    known = np.isfinite(one).all(axis=0) & np.isfinite(other).all(axis=0)
    wrong = known & (np.abs(one - other) > limits.count).any(axis=0)
    found = []
    left = wrong.copy()
    agrees = {
        order: wrong & (np.abs(one[list(order)] - other) <= limits.count).all(axis=0)
        for order in _exchanges(len(names))
    }
    # The exchange that explains most rows first: a row with equal groups fits several.
    for order in sorted(agrees, key=lambda order: -int(agrees[order].sum())):
        fits = left & agrees[order]
        if not fits.any():
            continue
        left &= ~fits
        pairs = [
            f"{names[i]} and {names[j]}" for i, j in enumerate(order) if i < j and order[j] == i
        ]
        rows = np.flatnonzero(fits)
        found.append(
            Mismatch(
                "disaggregation",
                "error",
                tuple(rows.tolist()),
                tuple(names),
                f"in {len(rows)} of {int(known.sum())} rows the two ways of dividing agree once "
                f"{', '.join(pairs)} are interchanged. Look at the headings of the form.",
                declared=float(one[:, rows].sum()),
                found=float(other[:, rows].sum()),
                tolerance=float(limits.count),
                cause="swapped_columns",
            )
        )
    for row in np.flatnonzero(left).tolist():
        worst = int(np.argmax(np.abs(one[:, row] - other[:, row])))
        found.append(
            Mismatch(
                "disaggregation",
                "error",
                (row,),
                (names[worst],),
                f"{names[worst]}: {shown(float(one[worst, row]))} in one way of dividing, "
                f"{shown(float(other[worst, row]))} in the other.",
                declared=float(one[worst, row]),
                found=float(other[worst, row]),
                tolerance=float(limits.count),
            )
        )
    return found


def _exchanges(groups: int) -> list[tuple[int, ...]]:
    """Orders with one pair of groups interchanged, then with two."""
    orders = []
    pairs = list(combinations(range(groups), 2))
    doubles = [(a, b) for a, b in combinations(pairs, 2) if not {*a} & {*b}]
    for chosen in [*((pair,) for pair in pairs), *doubles]:
        order = list(range(groups))
        for i, j in chosen:
            order[i], order[j] = j, i
        orders.append(tuple(order))
    return orders


# --- percentages and rates -----------------------------------------------------------------------


def check_percentage(
    percent: ArrayLike,
    part: ArrayLike,
    wholes: Columns,
    *,
    stated: str | None = None,
    field: str = "percent",
) -> list[Mismatch]:
    """Check a percentage against its part and its denominator (rule 18).

    Parameters
    ----------
    percent
        Percentages as declared, 0 to 100; as many digits as are shown must be right.
    part
        What is counted.
    wholes
        Possible denominators by name ("all casualties", "age known").
    stated
        Name of the denominator that the source states; None: it states none.
    field
        Field to report.

    Returns
    -------
    list of Mismatch
        ``percentage`` that does not follow from part and denominator, naming the denominator it
        would follow from; ``no_denominator`` where none is stated.

    Raises
    ------
    ValueError
        When ``stated`` is none of ``wholes``.
    """
    mine, counted = floats(percent), floats(part)
    given = {name: floats(values) for name, values in wholes.items()}
    if stated is not None and stated not in given:
        raise ValueError(f"the denominator {stated!r} is none of {', '.join(given)}")
    half = np.maximum(half_unit(mine), np.where(mine == np.round(mine), 0.5, 0.0)) * (1 + 1e-9)
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = {name: 100 * counted / whole for name, whole in given.items()}
    fits = {name: np.abs(share - mine) <= half for name, share in shares.items()}
    found = []
    for row in np.flatnonzero(np.isfinite(mine)).tolist():
        would = [name for name, fit in fits.items() if fit[row]]
        if stated is None:
            of = f" It would follow from {' or '.join(would)}." if would else ""
            found.append(
                Mismatch(
                    "no_denominator",
                    "warning",
                    (row,),
                    (field,),
                    f"{shown(float(mine[row]))} % is stated without saying of what.{of}",
                    declared=float(mine[row]),
                    unit="%",
                    cause="denominator",
                )
            )
        elif not fits[stated][row] and np.isfinite(shares[stated][row]):
            other = f"; likely cause: it is a share of {' or '.join(would)}" if would else ""
            found.append(
                Mismatch(
                    "percentage",
                    "error",
                    (row,),
                    (field,),
                    f"{shown(float(mine[row]))} % is stated, "
                    f"{shown(float(counted[row]))} of {shown(float(given[stated][row]))} "
                    f"({stated}) are {shares[stated][row]:.1f} %{other}.",
                    declared=float(mine[row]),
                    found=float(f"{shares[stated][row]:.6g}"),
                    unit="%",
                    tolerance=float(f"{half[row]:.3g}"),
                    cause="denominator" if would else "",
                )
            )
    return found


#: Months of the periods that rates are stated for.
PERIODS = {"month": 1, "quarter": 3, "half-year": 6, "year": 12}


def check_rate(
    rate: ArrayLike, total: ArrayLike, months: ArrayLike, *, per: str, field: str = "rate"
) -> list[Mismatch]:
    """Check "so many a month" against a total over a time.

    Parameters
    ----------
    rate
        Rates as declared.
    total
        Totals over ``months`` months.
    months
        Length of the time.
    per
        Period that the rate is stated for: month, quarter, half-year or year.
    field
        Field to report.

    Returns
    -------
    list of Mismatch
        ``rate``, naming the period for which the rate would be right.

    Raises
    ------
    ValueError
        When the period is not known.
    """
    if per not in PERIODS:
        raise ValueError(f"a rate is stated per {', '.join(PERIODS)}, not per {per!r}")
    mine, sums, time = floats(rate), floats(total), floats(months)
    half = np.maximum(half_unit(mine), np.where(mine == np.round(mine), 0.5, 0.0)) * (1 + 1e-9)
    rates = {name: sums / time * length for name, length in PERIODS.items()}
    known = np.isfinite(mine) & np.isfinite(rates[per])
    found = []
    for row in np.flatnonzero(known & (np.abs(rates[per] - mine) > half)).tolist():
        would = [name for name in PERIODS if abs(rates[name][row] - mine[row]) <= half[row]]
        says = f"; likely cause: it is the rate per {would[0]}" if would else ""
        found.append(
            Mismatch(
                "rate",
                "error",
                (row,),
                (field,),
                f"{shown(float(mine[row]))} per {per} is stated, {shown(float(sums[row]))} in "
                f"{shown(float(time[row]))} months are {rates[per][row]:.1f}{says}.",
                declared=float(mine[row]),
                found=float(f"{rates[per][row]:.6g}"),
                tolerance=float(f"{half[row]:.3g}"),
                cause="period" if would else "",
            )
        )
    return found
