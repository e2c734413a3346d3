"""Irregular shapes as surveyors draw them: star-shaped outlines with a smooth, uneven edge.

All coordinates are metres on the plane of :mod:`.place`. The outlines follow no real ground and no
pattern of any device; they only have the sizes and the raggedness of drawn polygons.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from shapely.affinity import scale, translate
from shapely.geometry import MultiPolygon, Polygon


def outline(
    rng: Generator, *, vertices: int, roughness: float = 0.22, elongation: float = 1.0
) -> NDArray[np.float64]:
    """Draw a star-shaped outline around the origin.

    Angles rise strictly and radii stay positive, so the ring can never cross itself; the stretch
    and the turn that follow keep it so.

    Parameters
    ----------
    rng
        Source of randomness.
    vertices
        Number of corners, at least 3.
    roughness
        Size of the unevenness relative to the radius, below 0.4.
    elongation
        Length over width.

    Returns
    -------
    ndarray
        Shape (vertices, 2), not closed.
    """
    steps = np.arange(vertices) + rng.uniform(-0.35, 0.35, vertices)
    angle = 2 * np.pi * steps / vertices
    radius = np.ones(vertices)
    for harmonic in (2, 3, 5):
        amplitude = roughness * rng.uniform(0.3, 1.0) / harmonic**0.5
        radius += amplitude * np.cos(harmonic * angle + rng.uniform(0, 2 * np.pi))
    radius = np.clip(radius + rng.normal(0, roughness / 5, vertices), 0.35, None)
    x, y = radius * np.cos(angle) * elongation**0.5, radius * np.sin(angle) / elongation**0.5
    turn = rng.uniform(0, np.pi)
    return np.column_stack(
        (x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn))
    )


def area_shape(rng: Generator, centre: tuple[float, float], area_m2: float) -> Polygon:
    """Draw one irregular polygon of a given area (m2) around a centre (metres)."""
    corners = outline(
        rng,
        vertices=int(rng.integers(5, 24)),
        roughness=float(rng.uniform(0.08, 0.25)),
        elongation=float(rng.uniform(1.0, 3.2)),
    )
    polygon = Polygon(corners)
    factor = (area_m2 / polygon.area) ** 0.5
    return translate(scale(polygon, factor, factor, origin=(0, 0)), *centre)


def with_hole(polygon: Polygon, share: float = 0.3) -> Polygon:
    """Cut out the middle: the outline itself, ``share`` as large, seen from its own centre.

    A star-shaped outline shrunk towards its centre lies within itself.
    """
    centre = polygon.centroid
    hole = scale(polygon, share, share, origin=(centre.x, centre.y))
    if not polygon.contains(hole):
        return polygon
    return Polygon(polygon.exterior.coords, [hole.exterior.coords])


def in_parts(rng: Generator, polygon: Polygon) -> MultiPolygon:
    """Set a second, smaller part beside a polygon, with a gap between the two."""
    west, south, east, north = polygon.bounds
    size = max(east - west, north - south)
    area = polygon.area * rng.uniform(0.2, 0.6)
    part = area_shape(rng, (polygon.centroid.x, polygon.centroid.y), area)
    turn = rng.uniform(0, 2 * np.pi)
    for step in np.arange(0.5, 6.0, 0.25):
        moved = translate(part, step * size * np.cos(turn), step * size * np.sin(turn))
        if moved.distance(polygon) > 10:
            return MultiPolygon([polygon, moved])
    raise RuntimeError("no room beside the polygon for a second part")  # pragma: no cover
