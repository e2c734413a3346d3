"""Cells of coordinates: angles, lengths, and pairs of columns of them."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from .. import values
from ..problems import Problem, shorten
from ..source import Objects, RawBatch
from .place import Built

_ANGLE = re.compile(
    r"""\s*(?P<before>[NSEW])?\s*(?P<sign>[+-])?\s*
        (?P<deg>\d+(?:[.,]\d+)?)\s*(?:°|º|deg|d|:|\s|$)?\s*
        (?:(?P<min>\d+(?:[.,]\d+)?)\s*(?:'|′|’|min|m|:|\s|$)?\s*
        (?:(?P<sec>\d+(?:[.,]\d+)?)\s*(?:"|″|”|''|sec|s|$)?\s*)?)?
        (?P<after>[NSEW])?\s*""",
    re.VERBOSE | re.IGNORECASE,
)


def angle(cell: Any, axis: str) -> float:
    """Degrees of a longitude or latitude: decimal (point or comma) or degrees, minutes, seconds.

    Parameters
    ----------
    cell
        ``17.5``, ``"17,5"``, ``"17°30'00\\"E"``, ``"45 30 N"``.
    axis
        ``lon`` or ``lat``.

    Raises
    ------
    ValueError
        When it is not such an angle, its letter belongs to the other axis, or it lies outside
        ±180 or ±90.
    """
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        degrees = float(cell)
    else:
        match = _ANGLE.fullmatch(values.as_text(cell))
        if not match:
            raise ValueError(f"{cell!r} is no angle")
        letter = (match["before"] or match["after"] or "").upper()
        if match["before"] and match["after"]:
            raise ValueError(f"{cell!r} has two letters")
        if letter and letter not in {"lon": "EW", "lat": "NS"}[axis]:
            raise ValueError(f"{cell!r} is no {'longitude' if axis == 'lon' else 'latitude'}")
        parts = [float((match[p] or "0").replace(",", ".")) for p in ("deg", "min", "sec")]
        if parts[1] >= 60 or parts[2] >= 60:
            raise ValueError(f"{cell!r} has 60 or more minutes or seconds")
        degrees = parts[0] + parts[1] / 60 + parts[2] / 3600
        if match["sign"] == "-" or letter in ("S", "W"):
            degrees = -degrees
    limit = 180.0 if axis == "lon" else 90.0
    if not abs(degrees) <= limit:
        raise ValueError(f"{cell!r} lies outside ±{limit:.0f}°; are the two columns swapped?")
    return degrees


def length(cell: Any) -> float:
    """A coordinate or distance in metres: a number, or its text with point or comma decimals.

    Raises
    ------
    ValueError
        When it is no number, or has two readings ("512,345").
    """
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return float(cell)
    text = values.as_text(cell).strip().removesuffix("m").strip()
    sign = -1.0 if text.startswith("-") else 1.0
    plain, why = values.plain_number(text.lstrip("+-"))
    if plain is None or not re.fullmatch(r"\d+(\.\d+)?", plain):
        raise ValueError(f"{cell!r} is no plain number" + (f" ({why})" if why else ""))
    return sign * float(plain)


def _column(batch: RawBatch, name: str, read: Any, problems: list[Problem]) -> NDArray[np.float64]:
    """Read one column; NaN where a cell is empty or (named in ``problems``) unreadable."""
    cells = batch.columns[name]
    out = np.full(len(cells), np.nan)
    seen: dict[Any, float | str] = {}
    for i, cell in enumerate(cells):
        if cell is None:
            continue
        value = seen.get(cell)
        if value is None:
            try:
                value = read(cell)
                if not np.isfinite(value):
                    value = f"{cell!r} is no number"
            except ValueError as error:
                value = str(error)
            seen[cell] = value
        if isinstance(value, str):
            problems.append(
                Problem(
                    "bad_coordinate", "error", value, "the record is kept without a place",
                    int(batch.rows[i]), name, shorten(cell),
                )
            )  # fmt: skip
        else:
            out[i] = value
    return out


def pairs(
    batch: RawBatch, x_name: str, y_name: str, read_x: Any, read_y: Any
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_], list[Problem]]:
    problems: list[Problem] = []
    x = _column(batch, x_name, read_x, problems)
    y = _column(batch, y_name, read_y, problems)
    for i in np.flatnonzero(np.isnan(x) ^ np.isnan(y)):
        missing = x_name if np.isnan(x[i]) else y_name
        if batch.columns[missing][i] is None:
            problems.append(
                Problem(
                    "half_coordinate", "error", f"only one coordinate is given, {missing} is empty",
                    "the record is kept without a place", int(batch.rows[i]), missing,
                )
            )  # fmt: skip
    zero = (x == 0) & (y == 0)
    problems.extend(
        Problem(
            "zero_coordinates", "error", "both coordinates are 0, which programs write for none",
            "the record is kept without a place", int(batch.rows[i]), x_name, "0, 0",
        )
        for i in np.flatnonzero(zero)
    )  # fmt: skip
    usable = ~(np.isnan(x) | np.isnan(y) | zero)
    return x, y, usable, problems


def points(x: Any, y: Any, usable: Any) -> Objects:
    out = np.full(len(x), None, dtype=object)
    if usable.any():
        out[usable] = shapely.points(x[usable], y[usable])
    return out


def done(geometry: Objects, crs: str, problems: list[Problem]) -> Built:
    return Built(geometry, crs, np.zeros(len(geometry), dtype=bool), problems)


def lon(cell: Any) -> float:
    return angle(cell, "lon")


def lat(cell: Any) -> float:
    return angle(cell, "lat")


def no_place(error: object, row: int, name: str, cell: Any) -> Problem:
    return Problem(
        "bad_coordinate", "error", str(error), "the record is kept without a place",
        row, name, shorten(cell),
    )  # fmt: skip
