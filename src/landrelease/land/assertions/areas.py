"""Declared areas against measured ones: mistaken units, releases too large, whole territories."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .mismatch import Floats, Mismatch, Rows, Tolerances, floats, shown


@dataclass(frozen=True)
class Factor:
    """How much larger than the square metres a number is when its unit was mistaken."""

    ratio: float
    cause: str
    says: str


#: Known mistakes of unit. Land measures: hectare, dunam (metric, 1,000 m²), acre (international),
#: jerib (Afghanistan, 2,000 m²), rai (1,600 m²), square yard, square foot.
FACTORS = (
    Factor(1e-6, "unit_km2", "the number is one of square kilometres"),
    Factor(1e-4, "unit_hectare", "the number is one of hectares"),
    Factor(1 / 4_046.8564224, "unit_acre", "the number is one of acres"),
    Factor(1 / 2_000, "unit_jerib", "the number is one of jeribs (2,000 m²)"),
    Factor(1 / 1_600, "unit_rai", "the number is one of rai (1,600 m²)"),
    Factor(1e-3, "unit_dunam", "the number is one of dunams (1,000 m²)"),
    Factor(1e-2, "unit_hundred", "the number is one of ares, or has lost two digits"),
    Factor(1e-1, "digit", "the number has lost a digit"),
    Factor(1 / 0.83612736, "unit_square_yard", "the number is one of square yards"),
    Factor(1 / 0.09290304, "unit_square_foot", "the number is one of square feet"),
    Factor(1e1, "digit", "the number has a digit too many"),
    Factor(1e2, "unit_hundred", "the number has two digits too many"),
    Factor(1e3, "unit_dunam", "it was converted from dunams although it stood in m²"),
    Factor(1e4, "unit_hectare", "it was converted from hectares although it stood in m²"),
    Factor(1e6, "unit_km2", "it was converted from km² although it stood in m², or is in mm²"),
)

#: A factor this close to 1 explains a whole source but no single row: chance does as well.
NEAR_ONE = 3.0
WEB_MERCATOR = "web_mercator"


def check_areas(
    declared_m2: ArrayLike,
    measured_m2: ArrayLike,
    *,
    source: ArrayLike | None = None,
    latitude: ArrayLike | None = None,
    tolerances: Tolerances | None = None,
    field: str = "declared_m2",
) -> list[Mismatch]:
    """Check declared areas against the polygons, and find mistakes of unit in whole sources.

    Parameters
    ----------
    declared_m2
        Areas as declared, taken for square metres; nan or None = not recorded.
    measured_m2
        Areas of the polygons, square metres on an equal-area plane; nan = no definite area.
    source
        Label of the delivery each row came with: a factor that most rows of a delivery share is
        reported once for all of them. All rows are one delivery without it.
    latitude
        Degrees, WGS 84, to recognise areas computed on the Web Mercator plane.
    tolerances
        How much may differ.
    field
        Field to report.

    Returns
    -------
    list of Mismatch
        ``declared_area``; rows of one systematic cause as one mismatch, whose figures are the
        sums of its rows.
    """
    limits = tolerances or Tolerances()
    declared, measured = floats(declared_m2), floats(measured_m2)
    both = np.isfinite(declared) & np.isfinite(measured) & (measured > 0) & (declared > 0)
    allowed = np.fmax(limits.area_m2, limits.area_fraction * measured)
    wrong = both & (np.abs(declared - measured) > allowed)
    if not wrong.any():
        return []
    at = np.flatnonzero(both)
    ratio = declared[at] / measured[at]
    nearest, fits = _nearest(ratio, limits.area_fraction)
    scale = None if latitude is None else np.cos(np.radians(floats(latitude)[at])) ** -2
    groups = np.zeros(len(at), dtype=np.int64)
    if source is not None:
        groups = np.unique(np.asarray(source).astype(str)[at], return_inverse=True)[1].ravel()
    found: list[Mismatch] = []
    told = np.zeros(len(declared), dtype=bool)
    for group in np.unique(groups[wrong[at]]):
        of_group = groups == group
        seen = _systematic(of_group, ratio, nearest, fits, scale, limits)
        if seen is None:
            continue
        same, cause, says = seen
        rows = at[same & wrong[at]]
        told[rows] = True
        found.append(
            Mismatch(
                "declared_area",
                "error",
                tuple(rows.tolist()),
                (field,),
                f"{len(rows)} of {int(of_group.sum())} areas of one source are declared "
                f"{_times(float(np.median(ratio[same])))} what their polygons measure: {says}. "
                "Ask the source, and import again with the unit stated.",
                declared=float(declared[rows].sum()),
                found=float(measured[rows].sum()),
                unit="m2",
                tolerance=float(allowed[rows].sum()),
                cause=cause,
            )
        )
    factor = np.full(len(declared), -1)
    factor[at[fits]] = nearest[fits]
    for row in np.flatnonzero(wrong & ~told).tolist():
        found.append(_one_area(row, declared, measured, allowed, int(factor[row]), field))
    return found


def _nearest(ratio: Floats, tolerance: float) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Known factor nearest to each ratio, and whether the ratio is that factor."""
    known = np.array([factor.ratio for factor in FACTORS])
    order = np.argsort(known)
    edges = np.sqrt(known[order][1:] * known[order][:-1])
    nearest = order[np.searchsorted(edges, ratio)]
    return nearest, np.abs(ratio / known[nearest] - 1) <= tolerance


def _systematic(
    of_group: NDArray[np.bool_],
    ratio: Floats,
    nearest: NDArray[np.int64],
    fits: NDArray[np.bool_],
    scale: Floats | None,
    limits: Tolerances,
) -> tuple[NDArray[np.bool_], str, str] | None:
    """Rows of a delivery that share one factor, with the cause; None when too few do."""
    enough = max(limits.systematic_rows, limits.systematic_share * int(of_group.sum()))
    counts = np.bincount(nearest[of_group & fits], minlength=len(FACTORS))
    best = int(counts.argmax())
    by_unit = counts[best] >= enough
    if scale is not None:
        close = (scale > 1 + 2 * limits.area_fraction) & (
            np.abs(ratio / scale - 1) <= limits.area_fraction
        )
        mercator = of_group & close
        # The median row must itself be stretched, not a mere neighbour of a true area.
        if int(mercator.sum()) >= enough and int(mercator.sum()) > (counts[best] if by_unit else 0):
            return (
                mercator,
                WEB_MERCATOR,
                "they were computed on the Web Mercator plane, which stretches areas with latitude",
            )
    if not by_unit:
        return None
    return of_group & fits & (nearest == best), FACTORS[best].cause, FACTORS[best].says


def _times(ratio: float) -> str:
    return f"{shown(ratio)} times" if ratio >= 1 else f"1/{shown(float(f'{1 / ratio:.3g}'))} of"


def _one_area(
    row: int, declared: Floats, measured: Floats, allowed: Floats, factor: int, field: str
) -> Mismatch:
    mine, ground = float(declared[row]), float(measured[row])
    cause, says = "", "the outline or the number is of something else"
    if factor >= 0:
        known = FACTORS[factor]
        if not 1 / NEAR_ONE < known.ratio < NEAR_ONE:
            cause, says = known.cause, known.says
    return Mismatch(
        "declared_area",
        "warning",
        (row,),
        (field,),
        f"{shown(mine)} m² are declared, the polygon measures {shown(ground)} m²; likely cause: "
        f"{says}. Ask the source which one is meant.",
        declared=mine,
        found=ground,
        unit="m2",
        tolerance=float(allowed[row]),
        cause=cause,
    )


def check_released(
    released_m2: ArrayLike,
    hazard_m2: ArrayLike,
    *,
    hazard: ArrayLike | None = None,
    tolerances: Tolerances | None = None,
    field: str = "released_m2",
) -> list[Mismatch]:
    """Check that no more is released than there is hazard.

    Parameters
    ----------
    released_m2
        Released areas as declared, square metres; nan = not recorded.
    hazard_m2
        Area of the hazard each one belongs to; nan = not known.
    hazard
        Key of that hazard: the releases of one hazard are then also summed. None keys are left
        out.
    tolerances
        How much may differ.
    field
        Field to report.

    Returns
    -------
    list of Mismatch
        ``released_over_hazard`` by row; ``releases_over_hazard`` where only the sum is too large.
    """
    limits = tolerances or Tolerances()
    released, ground = floats(released_m2), floats(hazard_m2)
    allowed = np.fmax(limits.area_m2, limits.area_fraction * ground)
    both = np.isfinite(released) & np.isfinite(ground)
    over = both & (released - ground > allowed)
    with np.errstate(divide="ignore", invalid="ignore"):
        nearest, fits = _nearest(np.where(over & (ground > 0), released / ground, 1.0), 0.05)
    found = []
    for row in np.flatnonzero(over).tolist():
        cause, says = "area_over_hazard", "the work went beyond the hazard, or belongs to another"
        known = FACTORS[int(nearest[row])]
        if fits[row] and known.ratio > NEAR_ONE:
            cause, says = known.cause, known.says
        found.append(
            Mismatch(
                "released_over_hazard",
                "error",
                (row,),
                (field,),
                f"{shown(released[row])} m² are reported released, the hazard has "
                f"{shown(ground[row])} m²; likely cause: {says}.",
                declared=float(released[row]),
                found=float(ground[row]),
                unit="m2",
                tolerance=float(allowed[row]),
                cause=cause,
            )
        )
    if hazard is not None:
        found += _summed(released, ground, np.asarray(hazard, dtype=object), both & ~over, limits)
    return found


def _summed(
    released: Floats,
    ground: Floats,
    hazard: NDArray[np.object_],
    usable: NDArray[np.bool_],
    limits: Tolerances,
) -> list[Mismatch]:
    at = np.flatnonzero(usable & np.array([key is not None for key in hazard.tolist()], bool))
    if not len(at):
        return []
    _, first, group = np.unique(hazard[at].astype(str), return_index=True, return_inverse=True)
    group = group.ravel()
    sums = np.bincount(group, weights=released[at])
    size = ground[at][first]
    allowed = np.fmax(limits.area_m2, limits.area_fraction * size)
    order = np.argsort(group, kind="stable")
    members = np.split(at[order], np.cumsum(np.bincount(group))[:-1])
    found = []
    for number in np.flatnonzero(sums - size > allowed).tolist():
        rows: Rows = members[number]
        again = len(np.unique(released[rows])) < len(rows)
        says = "the same release reported twice" if again else "overlapping or double reports"
        found.append(
            Mismatch(
                "releases_over_hazard",
                "warning",
                tuple(rows.tolist()),
                ("released_m2",),
                f"{len(rows)} reports release {shown(sums[number])} m² together, the hazard has "
                f"{shown(size[number])} m²; likely cause: {says}.",
                declared=float(sums[number]),
                found=float(size[number]),
                unit="m2",
                tolerance=float(allowed[number]),
                cause="resubmission" if again else "area_over_hazard",
            )
        )
    return found


def check_magnitude(
    declared_m2: ArrayLike,
    territory_m2: float,
    *,
    territory: str = "the whole territory",
    tolerances: Tolerances | None = None,
    field: str = "declared_m2",
) -> list[Mismatch]:
    """Check declared areas against the size of the territory they lie in.

    Parameters
    ----------
    declared_m2
        Areas as declared, square metres; nan = not recorded.
    territory_m2
        Area of the state or unit, square metres.
    territory
        What it is called.
    tolerances
        ``territory_fraction`` is the largest plausible share.
    field
        Field to report.

    Returns
    -------
    list of Mismatch
        ``implausible_area``.
    """
    limits = tolerances or Tolerances()
    declared = floats(declared_m2)
    limit = limits.territory_fraction * territory_m2
    found = []
    for row in np.flatnonzero(declared > limit).tolist():
        share = float(declared[row]) / territory_m2
        if abs(share - 1) <= limits.area_fraction:
            cause, says = "whole_territory", f"it is the size of {territory} itself"
        elif share > 1:
            cause, says = "unit", f"a mistaken unit or digit, for {territory} is smaller than that"
        else:
            cause, says = "", "a total in the place of one area, or a region in place of an outline"
        found.append(
            Mismatch(
                "implausible_area",
                "error",
                (row,),
                (field,),
                f"{shown(declared[row] / 1e6)} km² are declared, {territory} has "
                f"{shown(territory_m2 / 1e6)} km²; likely cause: {says}.",
                declared=float(declared[row]),
                found=float(territory_m2),
                unit="m2",
                tolerance=float(limit),
                cause=cause,
            )
        )
    return found
