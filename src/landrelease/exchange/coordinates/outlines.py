"""Geometries that one cell holds as text: WKT, GeoJSON, lists of vertices."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from .. import geojson
from ..problems import ExchangeError, Problem
from ..source import RawBatch, objects
from .cells import angle, done, no_place
from .place import Built, Place


def wkt(batch: RawBatch, place: Place) -> Built:
    name = place.columns["wkt"]
    texts = np.array([None if c is None else str(c) for c in batch.columns[name]], dtype=object)
    # Extended WKT says its system before a semicolon.
    srids = {t.partition(";")[0].upper() for t in texts if t and t[:5].upper() == "SRID="}
    crs = place.options.get("crs")
    problems: list[Problem] = []
    if srids and crs is None:
        if len(srids) > 1 or any(t and t[:5].upper() != "SRID=" for t in texts):
            raise ExchangeError(f"column {name}: several coordinate systems in one column")
        crs = "EPSG:" + srids.pop()[5:]
    bare = np.array(
        [t.partition(";")[2] if t and t[:5].upper() == "SRID=" else t for t in texts], dtype=object
    )
    geometry = shapely.from_wkt(bare, on_invalid="ignore")
    for i, (text, built) in enumerate(zip(bare, geometry, strict=True)):
        if text is not None and built is None:
            row = int(batch.rows[i])
            problems.append(no_place("the text is no well-known geometry", row, name, text))
    return done(objects(geometry), crs or "EPSG:4326", problems)


def geojson_texts(batch: RawBatch, place: Place) -> Built:
    import orjson

    name = place.columns["geojson"]
    out = np.full(len(batch), None, dtype=object)
    problems: list[Problem] = []
    for i, cell in enumerate(batch.columns[name]):
        if cell is None:
            continue
        row = int(batch.rows[i])
        try:
            out[i] = geojson.single(orjson.loads(str(cell)), row, problems)
        except orjson.JSONDecodeError as error:
            problems.append(no_place(f"the text is no JSON ({error})", row, name, cell))
    return done(out, place.options.get("crs", "EPSG:4326"), problems)


def vertex_list(text: str, order: str = "latlon") -> NDArray[np.float64]:
    """Positions (n, 2) as x, y of a text such as "lat lon;lat lon" or "lat lon alt acc; …".

    This is how ODK writes a geotrace or geoshape. Altitude and accuracy are not taken over.

    Raises
    ------
    ValueError
        When a vertex has fewer than two or more than four numbers.
    """
    if order not in ("latlon", "lonlat"):
        raise ExchangeError(f"geometry of kind vertices: order {order!r} is latlon or lonlat")
    out = []
    for n, vertex in enumerate((v for v in text.split(";") if v.strip()), 1):
        parts = vertex.split() if " " in vertex.strip() else vertex.split(",")
        parts = [part.strip().removesuffix(",") for part in parts]
        if not 2 <= len(parts) <= 4:
            raise ValueError(
                f"vertex {n} ({vertex.strip()!r}) is not 'lat lon' or 'lat lon alt acc'"
            )
        first, second = ("lat", "lon") if order == "latlon" else ("lon", "lat")
        pair = {first: angle(parts[0], first), second: angle(parts[1], second)}
        out.append((pair["lon"], pair["lat"]))
    return np.array(out, dtype=float).reshape(-1, 2)


def outline(xy: NDArray[np.float64], shape: str = "polygon") -> Any:
    """Point, line or polygon of positions; a polygon is closed by its first vertex.

    Raises
    ------
    ValueError
        When there are too few different vertices for the shape.
    """
    if shape == "point":
        if len(xy) != 1:
            raise ValueError(f"a point has one vertex, not {len(xy)}")
        return shapely.Point(xy[0])
    different = len(np.unique(xy, axis=0))
    if shape == "line":
        if different < 2:
            raise ValueError("a line needs at least two different vertices")
        return shapely.LineString(xy)
    if shape != "polygon":
        raise ExchangeError(f"geometry: shape {shape!r} is polygon, line or point")
    if different < 3:
        raise ValueError("a polygon needs at least three different vertices")
    return shapely.Polygon(xy)


def vertices(batch: RawBatch, place: Place) -> Built:
    name = place.columns["vertices"]
    order = place.options.get("order", "latlon")
    shape = place.options.get("shape", "polygon")
    out = np.full(len(batch), None, dtype=object)
    problems = []
    for i, cell in enumerate(batch.columns[name]):
        if cell is None:
            continue
        try:
            out[i] = outline(vertex_list(str(cell), order), shape)
        except ValueError as error:
            problems.append(no_place(error, int(batch.rows[i]), name, cell))
    return done(out, place.options.get("crs", "EPSG:4326"), problems)
