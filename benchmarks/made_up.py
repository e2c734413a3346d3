"""Made-up ground for the benchmarks that show maps."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

VERTICES = 34


def polygons(centre: tuple[float, float], count: int, seed: int = 20240613) -> Any:
    """Make irregular polygons of some hundred metres, crowded in the middle and sparse outside.

    Parameters
    ----------
    centre
        Longitude and latitude around which they lie, in degrees.

    Returns
    -------
    ndarray of shapely.Polygon
        In longitude and latitude (EPSG:4326); the same for the same seed.
    """
    random = np.random.default_rng(seed)
    middle = random.normal(centre, (0.6, 0.4), (count, 2))
    radius = random.lognormal(-6.5, 0.6, count)[:, None]
    angle = np.linspace(0, 2 * np.pi, VERTICES, endpoint=False)
    radius = radius * (1 + 0.25 * random.uniform(-1, 1, (count, VERTICES)))
    ring = np.stack(
        [middle[:, :1] + radius * np.cos(angle) / 0.78, middle[:, 1:] + radius * np.sin(angle)],
        axis=-1,
    )
    return shapely.polygons(np.concatenate([ring, ring[:, :1]], axis=1))
