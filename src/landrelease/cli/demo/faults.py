"""Faults planted in the hazard files, each as it turns up in real programmes."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
import shapely
from numpy.random import Generator
from shapely.affinity import translate
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from . import shapes
from .hazards import OLD, POINTS, SURVEY, Ground, Hazard, stated_area
from .manifest import Planted
from .place import Place, geodesic_area, to_degrees

FILE_OF = {
    SURVEY: "hazards_survey.geojson",
    OLD: "hazards_old_utm.xlsx",
    "traverse": "hazards_traverse.csv",
    POINTS: "hazards_points.csv",
}


class Planter:
    """Makes faults in a list of hazards and writes down each one."""

    def __init__(self, rng: Generator, place: Place, ground: Ground, hazards: list[Hazard]) -> None:
        self.rng, self.place, self.ground, self.hazards = rng, place, ground, hazards
        self.planted: list[Planted] = []

    def plant(self) -> list[Planted]:
        """Plant every fault; the list of hazards is changed in place.

        Returns
        -------
        list of Planted
            One entry for each fault, in the order of planting.
        """
        self._rings()
        self._identity()
        self._attributes()
        self._positions()
        return self.planted

    def _note(self, rule: str, hazard: Hazard, note: str) -> None:
        hazard.planted = True
        self.planted.append(Planted(rule, FILE_OF[hazard.source], hazard.id, note))

    def _sound(self, number: int, source: str = SURVEY, *, simple: bool = False) -> list[Hazard]:
        """Pick hazards that carry no fault yet, in the order of the file."""
        candidates = [
            hazard
            for hazard in self.hazards
            if hazard.source == source
            and not hazard.planted
            and not (simple and (hazard.shape is None or not _is_simple(hazard.shape)))
        ]
        chosen = self.rng.choice(len(candidates), number, replace=False)
        return [candidates[i] for i in sorted(chosen)]

    # Rings -------------------------------------------------------------------------------------

    def _rings(self) -> None:
        for hazard in self._sound(3, simple=True):
            hazard.shape = _crossed(hazard.shape)
            self._note("invalid_ring", hazard, "two corners in the wrong order: the ring crosses")
        (hazard,) = self._sound(1, simple=True)
        west, _, east, _ = hazard.shape.bounds
        hole = translate(_small_hole(hazard.shape), 2 * (east - west), 0)
        hazard.shape = Polygon(hazard.shape.exterior.coords, [hole.exterior.coords])
        self._note("invalid_ring", hazard, "a hole lies outside its polygon")
        for hazard in self._sound(2, simple=True):
            start, end = to_degrees(hazard.shape).exterior.coords[:2]
            hazard.raw = {"type": "Polygon", "coordinates": [[start, end, start]]}
            hazard.shape = None
            self._note("too_few_vertices", hazard, "a polygon of two corners")
        (hazard,) = self._sound(1, simple=True)
        shift = (hazard.shape.area**0.5) * 0.3
        hazard.shape = MultiPolygon([hazard.shape, translate(hazard.shape, shift, shift)])
        self._note("parts_overlap", hazard, "two parts overlap (the multipolygon is invalid too)")
        for hazard in self._sound(2, simple=True):
            corners = list(hazard.shape.exterior.coords)
            hazard.shape = Polygon([corners[0], *corners])
            self._note("repeated_points", hazard, "a corner stands twice")
        for hazard in self._sound(2, simple=True):
            hazard.shape = self._spiked(hazard.shape)
            self._note("vertices_far_apart", hazard, "one corner is mistyped by some 8 km")
        (hazard,) = self._sound(1, simple=True)
        centre = hazard.shape.centroid
        hazard.shape = shapes.area_shape(self.rng, (centre.x, centre.y), 60.0)
        hazard.declared = 60
        self._note("sliver", hazard, "a polygon of 60 m2")
        for hazard in self._sound(4):
            hazard.shape = None
            self._note("geometry_missing", hazard, "stated area, no geometry")

    def _spiked(self, shape: BaseGeometry) -> Polygon:
        """Pull one corner outwards by 8 km where that meets no other hazard."""
        corners = np.array(shape.exterior.coords[:-1])
        centre = np.array((shape.centroid.x, shape.centroid.y))
        others = [other for other in self.ground.taken if not other.equals(shape)]
        best = None
        for corner in range(len(corners)):
            moved = corners.copy()
            away = moved[corner] - centre
            moved[corner] += away / np.hypot(*away) * 8_000
            polygon = Polygon(moved)
            met = int(shapely.intersects(np.array(others), polygon).sum())
            if polygon.is_valid and (best is None or met < best[0]):
                best = (met, polygon)
        assert best is not None
        return best[1]

    # Identity ----------------------------------------------------------------------------------

    def _identity(self) -> None:
        same, other = self._sound(2)
        self._note("duplicate_id", same, "the same row stands twice, word for word")
        self._add(dataclasses.replace(same), after=same)
        again = self._new(other, self.ground.put(18_000))
        again.id, again.planted = other.id, True
        self._note("duplicate_id", other, "the id was given again to another area")
        for hazard in self._sound(3):
            self._note("trimmed_id", hazard, "a blank at the end of the id")
            hazard.id += " "
        for hazard in self._sound(2, simple=True):
            copy = self._new(hazard, hazard.shape)
            hazard.planted = True
            self._note("duplicate_geometry", copy, f"the same polygon as {hazard.id}")

    def _new(self, like: Hazard, shape: BaseGeometry | None, source: str | None = None) -> Hazard:
        """Add a hazard at the end of a file, otherwise like another one."""
        source = source or like.source
        numbers = [int(h.id.strip()[-4:]) for h in self.hazards if h.source == source]
        new = dataclasses.replace(
            like,
            source=source,
            id=f"{self._prefix(source)}{max(numbers) + 1:04d}",
            shape=shape,
            declared=None if shape is None else stated_area(self.rng, shape),
        )
        district = self.place.district_at(shape) if shape is not None else None
        if district:
            new.name, new.pcode = f"{district.name} {max(numbers) + 1} (made up)", district.pcode
        self._add(new)
        return new

    def _prefix(self, source: str) -> str:
        return next(h.id for h in self.hazards if h.source == source)[:5]

    def _add(self, hazard: Hazard, after: Hazard | None = None) -> None:
        at = self.hazards.index(after) + 1 if after else len(self.hazards)
        self.hazards.insert(at, hazard)

    # Attributes --------------------------------------------------------------------------------

    def _attributes(self) -> None:
        for hazard in self._sound(4, simple=True):
            hazard.declared = round(geodesic_area(hazard.shape) / 10_000, 2)
            self._note("area_vs_declared", hazard, "declared in hectares, not square metres")
        for hazard in self._sound(2, simple=True):
            hazard.declared = round(geodesic_area(hazard.shape) * 2.4)
            self._note("area_vs_declared", hazard, "declares 2.4 times what it draws")
        (hazard,) = self._sound(1)
        hazard.date = "2016-02-31"
        self._note("unusable_value", hazard, "date of information 2016-02-31")
        (hazard,) = self._sound(1, OLD)
        hazard.type = "Minefield?"
        self._note("unusable_value", hazard, "category 'Minefield?'")
        (hazard,) = self._sound(1, POINTS)
        hazard.declared = "about two fields"
        self._note("unusable_value", hazard, "area 'about two fields'")

    # Positions ---------------------------------------------------------------------------------

    def _positions(self) -> None:
        for hazard in self._sound(3, simple=True):
            others = [d for d in self.place.districts if d.pcode != hazard.pcode]
            hazard.pcode = others[self.rng.integers(len(others))].pcode
            self._note("outside_unit", hazard, f"names {hazard.pcode}, lies elsewhere")
        for shape in self._across_borders(4):
            hazard = self._new(self._sound(1)[0], self.ground.take(shape))
            hazard.pcode = None
            self._note("several_units", hazard, "lies across a district border")
        (model,) = self._sound(1)
        _, south, east, _ = self.place.coast.bounds
        at_sea = shapes.area_shape(self.rng, (east - 1_500, south + 1_500), 40_000)
        assert not at_sea.intersects(self.place.coast)
        hazard = self._new(model, self.ground.take(at_sea))
        hazard.pcode = None
        self._note("outside_all_units", hazard, "lies at sea")
        for source in (SURVEY, SURVEY, SURVEY, OLD, OLD, OLD):
            base, shape = self._overlapping()
            base.planted = True
            hazard = self._new(base, self.ground.take(shape), source)
            hazard.type = "SHA" if base.type == "CHA" else "CHA"
            self._note("overlap", hazard, f"overlaps {base.id}")

    def _across_borders(self, number: int) -> Iterator[BaseGeometry]:
        while number:
            first, second = self.rng.choice(len(self.place.districts), 2, replace=False)
            a, b = (self.place.districts[i].polygon for i in (first, second))
            border = a.intersection(b)
            if border.length < 2_000:
                continue
            at = border.interpolate(self.rng.uniform(0.3, 0.7), normalized=True)
            shape = shapes.area_shape(self.rng, (at.x, at.y), 60_000)
            if shape.within(self.place.coast) and self.ground.is_free(shape):
                number -= 1
                yield shape

    def _overlapping(self) -> tuple[Hazard, BaseGeometry]:
        """Find a hazard and a shape that lies half on it and on nothing else."""
        while True:
            (base,) = self._sound(1, simple=True)
            corner = shapely.Point(base.shape.exterior.coords[0])
            shape = shapes.area_shape(self.rng, (corner.x, corner.y), base.shape.area * 0.6)
            others = np.array([g for g in self.ground.taken if g is not base.shape])
            if self.place.district_at(shape) and not shapely.intersects(others, shape).any():
                return base, shape


def _is_simple(shape: BaseGeometry) -> bool:
    return isinstance(shape, Polygon) and not shape.interiors and len(shape.exterior.coords) >= 7


def _crossed(shape: BaseGeometry) -> Polygon:
    """Exchange two neighbouring corners so that the ring crosses itself."""
    corners = list(shape.exterior.coords[:-1])
    for i in range(len(corners) - 1):
        swapped = corners.copy()
        swapped[i], swapped[i + 1] = swapped[i + 1], swapped[i]
        if not Polygon(swapped).is_valid:
            return Polygon(swapped)
    raise ValueError("no two corners of this polygon make it cross itself when exchanged")


def _small_hole(shape: BaseGeometry) -> Polygon:
    hole = shapely.affinity.scale(shape, 0.2, 0.2)
    assert isinstance(hole, Polygon)
    return hole
