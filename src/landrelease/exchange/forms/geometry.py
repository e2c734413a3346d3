"""Points, traces and shapes as ODK clients send them.

A vertex is ``lat lon``, ``lat lon alt`` or ``lat lon alt accuracy``, in decimal degrees of WGS 84
and metres; vertices are separated by ``;``. An accuracy of 0 is what clients send for a vertex that
was tapped on a map: it is not known, and the place was drawn, not measured.

Source of the format: ODK XForms specification, data types geopoint, geotrace and geoshape.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import shapely

from ..problems import Problem, shorten


@dataclass
class Place:
    """A place as it was sent.

    Attributes
    ----------
    geometry
        Shapely geometry, longitude and latitude; None when nothing usable was sent.
    accuracies
        Accuracy of each vertex in metres, None where it is not known.
    origin
        Code of ``register.codes.LOCATION_ORIGINS``, None when there is no geometry.
    problems
        What was wrong with it.
    """

    geometry: Any = None
    accuracies: list[float | None] = field(default_factory=list)
    origin: str | None = None
    problems: list[Problem] = field(default_factory=list)

    @property
    def accuracy_m(self) -> float | None:
        """The worst accuracy, None unless every vertex has one."""
        if not self.accuracies or None in self.accuracies:
            return None
        return max(a for a in self.accuracies if a is not None)


def parse(text: str, kind: str, *, field: str = "geometry", row: int = 1) -> Place:
    """Read a place.

    Parameters
    ----------
    text
        As sent.
    kind
        ``geopoint``, ``geotrace`` or ``geoshape``.

    Returns
    -------
    Place
        A shape of fewer than three corners comes as the line or point it is, a closed trace as the
        polygon it outlines; both with a finding. A ring that crosses itself stays as it is: the
        checks of the register say so.
    """
    place = Place()
    vertices: list[tuple[float, float]] = []
    for number, part in enumerate(filter(None, (p.strip() for p in text.split(";"))), start=1):
        vertex = _vertex(part)
        if vertex is None:
            place.problems.append(
                Problem(
                    "not_a_position", "error",
                    f"vertex {number} of {field} is no latitude and longitude; it was left out",
                    "look at the place in the form as received", row, field, shorten(part),
                )
            )  # fmt: skip
            continue
        latitude, longitude, accuracy = vertex
        vertices.append((longitude, latitude))
        place.accuracies.append(accuracy)
    if not vertices:
        return place
    place.geometry = _shape(vertices, kind, place, field, row)
    known = [a for a in place.accuracies if a is not None]
    place.origin = "measured" if len(known) == len(vertices) else "digitised"
    if known and len(known) < len(vertices):
        place.problems.append(
            Problem(
                "accuracy_partly_known", "info",
                f"{len(vertices) - len(known)} of {len(vertices)} vertices of {field} have no "
                "accuracy: they were put on a map, not measured", row=row, field=field,
            )
        )  # fmt: skip
    return place


def _vertex(text: str) -> tuple[float, float, float | None] | None:
    try:
        numbers = [float(word) for word in text.split()]
    except ValueError:
        return None
    if not 2 <= len(numbers) <= 4 or not all(map(math.isfinite, numbers)):
        return None
    latitude, longitude = numbers[:2]
    if abs(latitude) > 90 or abs(longitude) > 180:
        return None
    accuracy = numbers[3] if len(numbers) == 4 and numbers[3] > 0 else None
    return latitude, longitude, accuracy


def _shape(
    vertices: list[tuple[float, float]], kind: str, place: Place, field: str, row: int
) -> Any:
    if kind == "geopoint" or len(vertices) == 1:
        if kind != "geopoint":
            place.problems.append(_too_few(kind, len(vertices), field, row))
        return shapely.Point(vertices[0])
    closed = vertices[0] == vertices[-1]
    corners = len(vertices) - closed
    if kind == "geoshape" and corners >= 3:
        return shapely.Polygon(vertices)
    if kind == "geotrace" and closed and corners >= 3:
        place.problems.append(
            Problem(
                "trace_closed", "info",
                f"the trace of {field} ends where it began; it was taken as the outline of an area",
                row=row, field=field,
            )
        )  # fmt: skip
        return shapely.Polygon(vertices)
    if kind == "geoshape":
        place.problems.append(_too_few(kind, corners, field, row))
    if corners < 2:
        return shapely.Point(vertices[0])
    return shapely.LineString(vertices)


def _too_few(kind: str, corners: int, field: str, row: int) -> Problem:
    what = "an area needs three" if kind == "geoshape" else "a line needs two"
    return Problem(
        "too_few_vertices", "warning",
        f"{field} has {corners} {'corner' if corners == 1 else 'corners'}, {what}; it was kept as "
        "the line or point it is", "ask the team for the boundary", row, field,
    )  # fmt: skip
