"""The made-up island: a coastline in empty ocean, its provinces and districts.

The island "lies" in the South Atlantic where charts show only deep water; the nearest land, the
Tristan da Cunha group, is more than 600 km away. Drawing is done in metres on UTM zone 27 South
(EPSG:32727), whose scale differs from the ground by less than 0.1 %; stated areas are geodesic.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.random import Generator
from pyproj import Geod, Transformer
from shapely.geometry import MultiPoint, Polygon
from shapely.geometry.base import BaseGeometry

from . import shapes

TITLE = "Isla Demostración / Demonstration Island (made up)"
CENTRE = (-20.0, -38.5)
UTM = "EPSG:32727"
VALID_FROM = "2010-01-01"

PROVINCES = ("Norvane", "Midrelle", "Southay")
DISTRICTS = (
    "Alderwick",
    "Brantholm",
    "Corriefell",
    "Dunmarrow",
    "Eskertoun",
    "Fennaby",
    "Garrowmere",
    "Hollinsay",
    "Inverlathe",
    "Jarrowick",
    "Kelstrand",
    "Lonmarsh",
    "Merrowdale",
    "Netherquay",
)

_GEOD = Geod(ellps="WGS84")
_TO_PLANE = Transformer.from_crs("EPSG:4326", UTM, always_xy=True)
_TO_DEGREES = Transformer.from_crs(UTM, "EPSG:4326", always_xy=True)

#: Decimals of a degree in the files: about 1 cm.
DECIMALS = 7


def to_degrees(geometry: BaseGeometry) -> BaseGeometry:
    """Bring a plane geometry (metres, EPSG:32727) to longitude and latitude, rounded."""
    return shapely.transform(
        geometry,
        lambda x, y: tuple(np.round(axis, DECIMALS) for axis in _TO_DEGREES.transform(x, y)),
        interleaved=False,
    )


def to_plane(geometry: BaseGeometry) -> BaseGeometry:
    """Bring longitude and latitude (degrees, WGS 84) to the plane (metres, EPSG:32727)."""
    return shapely.transform(geometry, _TO_PLANE.transform, interleaved=False)


def geodesic_area(geometry: BaseGeometry) -> float:
    """Measure the area of a plane geometry on the ellipsoid, in square metres."""
    return abs(_GEOD.geometry_area_perimeter(to_degrees(geometry))[0])


@dataclass(frozen=True)
class District:
    """A district: p-code, name, province, polygon on the plane."""

    pcode: str
    name: str
    province: str
    polygon: Polygon


@dataclass(frozen=True)
class Place:
    """The island, drawn once for a seed."""

    coast: Polygon
    districts: tuple[District, ...]

    @cached_property
    def provinces(self) -> dict[str, BaseGeometry]:
        """P-code of each province to its polygon: exactly its districts together."""
        return {
            f"XD{n:02d}": shapely.union_all(
                [d.polygon for d in self.districts if d.province == f"XD{n:02d}"]
            )
            for n in range(1, len(PROVINCES) + 1)
        }

    def district_at(self, geometry: BaseGeometry, margin: float = 60.0) -> District | None:
        """Find the district that holds a geometry with a margin (m) to its border, if one does."""
        for district in self.districts:
            if shapely.buffer(geometry, margin).within(district.polygon):
                return district
        return None


def draw(rng: Generator) -> Place:
    """Draw coastline, districts and provinces.

    The districts are Voronoi cells of points spread evenly over the island (Lloyd's relaxation),
    cut at the coast; neighbours share their corners, so nothing gapes between them.
    """
    x, y = _TO_PLANE.transform(*CENTRE)
    corners = shapes.outline(rng, vertices=180, roughness=0.2, elongation=1.7)
    coast = Polygon(corners * 20_000 + (x, y))
    seeds = _spread(rng, coast, len(DISTRICTS))
    cells = sorted(_cells(coast, seeds), key=lambda cell: -cell.centroid.y)
    bounds = np.linspace(0, len(cells), len(PROVINCES) + 1).round().astype(int)
    districts = []
    for n, (first, last) in enumerate(itertools.pairwise(bounds), start=1):
        for m, cell in enumerate(cells[first:last], start=1):
            name = DISTRICTS[len(districts)]
            districts.append(District(f"XD{n:02d}{m:02d}", name, f"XD{n:02d}", cell))
    return Place(coast, tuple(districts))


def _spread(rng: Generator, coast: Polygon, count: int) -> list[tuple[float, float]]:
    west, south, east, north = coast.bounds
    points: list[tuple[float, float]] = []
    while len(points) < count:
        point = (rng.uniform(west, east), rng.uniform(south, north))
        if coast.contains(shapely.Point(point)):
            points.append(point)
    for _ in range(6):
        points = [(cell.centroid.x, cell.centroid.y) for cell in _cells(coast, points)]
    return points


def _cells(coast: Polygon, points: list[tuple[float, float]]) -> list[Polygon]:
    diagram = shapely.voronoi_polygons(MultiPoint(points), extend_to=coast)
    pieces = [cell.intersection(coast) for cell in diagram.geoms]
    # A bay may cut a cell in two; the larger piece keeps the cell, as the smaller is a few metres.
    return [max(shapely.get_parts(piece), key=lambda part: part.area) for piece in pieces]
