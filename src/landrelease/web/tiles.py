"""Vector tiles of the register, the same on both databases.

A blank map reads as safe, so nothing is ever left out of a tile:

* **Counted once.** Each record belongs to the one tile in which the centre of its bounding box
  lies. There it stands in layer ``<name>_points`` with ``count`` 1, or in a merged feature
  (``<name>_cells``, ``<name>_merged``) whose ``count`` holds it. Over the tiles of a zoom the
  counts add up to the records with a place.
* **Merged, not thinned.** Where more than a few records crowd into one cell of a fine grid they
  are merged. A hazard cell is the square of the grid *enlarged* to the boxes of all its members,
  with the worst status among them. Released land is never enlarged: it is merged into one mark
  with a number.
* **Never too small to see.** A shape below :data:`SMALL` units is drawn as a dot whose radius
  ``r0`` (pixels at zoom 0) covers its box; the cells of the public map are enlarged as far.
* **Bad geometry is drawn.** An invalid polygon is made valid for display and marked ``invalid``.

Shapes are encoded by PostGIS (``ST_AsMVT``) there and by ``mapbox-vector-tile`` on SQLite; points
and cells by the latter on both. Layers of a tile simply follow one another, which the format
allows.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import mapbox_vector_tile
import numpy as np
import shapely
from django.core.exceptions import EmptyResultSet
from django.db import connection

from landrelease.register import publication
from landrelease.register.models import RECORDS, LedgerLine, Question, Release

from .mercator import BUFFER, EXTENT, PIXELS, Tile
from .reader import Reader

#: Version of what tiles hold, for the cache of browsers.
FORM = 3

#: Records of a cell of the grid that are still drawn one by one (two at most: the grouping query
#: knows the first and the last of a cell); fewer where that takes too much, at last none.
CROWD = (2, 1, 0)
#: Records of a layer that a tile draws one by one at most.
DETAIL = 1_500
#: Cells of the merging grid along the side of a tile: one is 11 pixels wide.
CELLS = 48
#: Units of the tile below which a shape is drawn as a dot (4 pixels).
SMALL = 32
#: Bytes that the layers of one record type may take in a tile before more is merged.
LAYER_BYTES = 220_000
#: Vertices of shapes that are looked at for one layer of a tile before more is merged instead.
VERTICES = 300_000
#: A vertex takes at least two bytes.
_BYTES_A_VERTEX = 2
#: Outlines of administrative units in one tile.
UNITS = 1_000


@dataclass(frozen=True)
class Layer:
    """What of a record type goes into tiles.

    Attributes
    ----------
    name
        Name of the layers: ``<name>`` (shapes), ``<name>_points``, ``<name>_cells`` or
        ``<name>_merged``.
    record_type
        Name of the record type.
    rank
        SQL over the row ``t``: 1 and up, the larger the more caution it asks for.
    properties
        Name to SQL over ``t``: further properties of shapes and points.
    enlarge
        Whether merging may cover ground (hazards) or must not (released land).
    only
        SQL that gives the ids of those records that the reader sees, with its values; empty for
        all.
    """

    name: str
    record_type: str
    rank: str
    properties: dict[str, str]
    enlarge: bool
    only: tuple[str, tuple[Any, ...]] = ("", ())

    @property
    def table(self) -> str:
        return str(RECORDS[self.record_type]._meta.db_table)


_OPEN = "('suspected', 'confirmed')"
#: 1 when the ledger has moved the whole claim of the hazard out of the open accounts.
_RELEASED_WHOLE = (
    f"CASE WHEN (SELECT SUM(l.mm2 * ((CASE WHEN l.claim_to IN {_OPEN} THEN 1 ELSE 0 END)"  # nosec B608 # names are of our own schema, values are bound
    f" - (CASE WHEN l.claim_from IN {_OPEN} THEN 1 ELSE 0 END))) FROM {LedgerLine._meta.db_table} l"
    " WHERE l.hazard_uid = t.uid AND l.retired_seq IS NULL AND (l.scopes & 1) = 1) = 0"
    " THEN 1 ELSE 0 END"
)
_RELEASED = (
    f"CASE WHEN EXISTS (SELECT 1 FROM {Release._meta.db_table} r WHERE r.activity_uid = t.uid)"  # nosec B608 # names are of our own schema, values are bound
)
_IN_QUESTION = (
    f"EXISTS (SELECT 1 FROM {Question._meta.db_table} q"  # nosec B608 # names are of our own schema, values are bound
    " WHERE q.activity_uid = t.uid AND q.resolved_seq IS NULL)"
)

#: 1 when no area can be measured from what was given.
_INVALID = "CASE WHEN t.geometry_state IN ('invalid', 'not_an_area') THEN 1 ELSE 0 END"

HAZARDS = Layer(
    "hazards",
    "hazard",
    # Type not recorded is held as suspected, but says so.
    "CASE WHEN t.type = 'CHA' THEN 3 WHEN t.type = 'SHA' THEN 2 ELSE 1 END",
    {"released_whole": _RELEASED_WHOLE, "invalid": _INVALID},
    enlarge=True,
)
ACTIVITIES = Layer(
    "activities",
    "activity",
    # Released land on which evidence of a hazard was recorded since outranks everything.
    f"{_RELEASED} THEN CASE WHEN {_IN_QUESTION} THEN 3 ELSE 1 END ELSE 2 END",
    {"invalid": _INVALID},
    enlarge=False,
)
ACCIDENTS = Layer("accidents", "accident", "1", {}, enlarge=False)
LAYERS = (HAZARDS, ACTIVITIES, ACCIDENTS)


def build_public(tile: Tile) -> bytes:
    """Make one tile of the public map: cells of hazards and marks of released land, no records.

    Parameters
    ----------
    tile
        Which.

    Returns
    -------
    bytes
        Layers ``hazards_general`` (no number, no rank, no id), ``released_general`` and the
        outlines of units.
    """
    return _general(tile) + _units(tile)


def _general(tile: Tile) -> bytes:
    """Cells of hazards and marks of released land, as the public sees them."""
    shown = publication.public_map()
    west, south, east, north = tile.drawn
    frame = shapely.box(west, south, east, north)
    near = [cell for cell in shown.cells if shapely.intersects(cell, frame)]
    cells = _encode(
        "hazards_general",
        [{"geometry": shape, "properties": {}} for shape in _never_smaller(near, tile)],
    )
    inside = [
        mark
        for mark in shown.marks
        if west <= mark.longitude <= east and south <= mark.latitude <= north
    ]
    places = np.array([[m.longitude, m.latitude] for m in inside], dtype=float).reshape(-1, 2)
    marks = _encode(
        "released_general",
        [
            {"geometry": point, "properties": dict(mark.said)}
            for mark, point in zip(inside, shapely.points(_round(tile.units(places))), strict=True)
        ],
    )
    return cells + marks


def _never_smaller(cells: Sequence[Any], tile: Tile) -> list[Any]:
    """Cells of the public map on the units of a tile: enlarged until they can be seen, and where
    they run into each other one shape. Rounded to whole units, each still holds its cells."""
    if not cells:
        return []
    placed = shapely.transform(np.array(cells, dtype=object), tile.units)
    west, south, east, north = shapely.bounds(placed).T
    # No shape is narrower than the narrowest is wide or high; rounding moves a corner by half a
    # unit either way.
    lacking = SMALL - min(float((east - west).min()), float((north - south).min()))
    grown = shapely.buffer(placed, max(1.0, lacking / 2), join_style="mitre")
    low, high = -BUFFER, EXTENT + BUFFER
    clipped = shapely.clip_by_rect(shapely.union_all(grown), low, low, high, high)
    parts = shapely.get_parts(shapely.set_precision(clipped, 1.0))
    return [part for part in shapely.orient_polygons(parts) if part.area > 0]


def build(tile: Tile) -> bytes:
    """Make one tile of the whole register, for readers of the restricted tier.

    Parameters
    ----------
    tile
        Which.

    Returns
    -------
    bytes
        A Mapbox Vector Tile (version 2), below 500 kB; empty where nothing is on record.
    """
    return b"".join([*(_layer(layer, tile) for layer in LAYERS), _units(tile)])


def build_for(tile: Tile, reader: Reader) -> bytes:
    """Make one tile for a reader below the whole register.

    Parameters
    ----------
    tile
        Which.
    reader
        Who looks at it.

    Returns
    -------
    bytes
        The records that they see, as in :func:`build`. Where the profile publishes the general map
        its cells and marks lie beneath: they stand for what is not shown, too, and are the same
        cells for everybody, so that nobody learns from them which of it is hidden.
    """
    parts = [_layer(_narrowed(layer, reader), tile) for layer in LAYERS]
    if publication.is_public():
        parts.append(_general(tile))
    return b"".join([*parts, _units(tile)])


def _narrowed(layer: Layer, reader: Reader) -> Layer:
    """A layer of those records that a reader sees, painted by nothing that they do not see."""
    rows = reader.rows(layer.record_type).order_by().values("pk")
    try:
        only = rows.query.sql_with_params()
    except EmptyResultSet:
        only = ("SELECT 0 WHERE 1 = 0", ())
    hidden = layer is HAZARDS and "type" not in reader.shown_of_all(layer.record_type)
    # Of a hazard whose type is not shown no more is said than of one without.
    return replace(layer, only=only, rank="1" if hidden else layer.rank)


def _layer(layer: Layer, tile: Tile) -> bytes:
    cells = _cells(layer, tile)
    if not cells:
        return b""
    encoded = b""
    for crowd in CROWD:
        crowded = [cell for cell in cells if cell.count > crowd]
        alone = sum(cell.count for cell in cells if cell.count <= crowd)
        if alone > DETAIL and crowd:
            continue
        encoded = _merged(layer, tile, crowded)
        ids = {id_ for cell in cells if cell.count <= crowd for id_ in (cell.first, cell.last)}
        detailed = _detail(layer, tile, sorted(ids)) if ids else b""
        if detailed is None:
            continue
        encoded += detailed
        if len(encoded) <= LAYER_BYTES:
            break
    return encoded


# --- merged ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cell:
    """Records of one cell of the grid; those of neighbouring tiles only as far as they reach in."""

    own: bool
    column: int
    row: int
    count: int
    min_lon: float
    min_lat: float
    max_lon: float
    max_lat: float
    rank: int
    first: int
    last: int


def _cells(layer: Layer, tile: Tile) -> list[Cell]:
    """Group the records that reach into a tile by the cell of their centre, in one query."""
    west, south, east, north = tile.frame
    width, height = (east - west) / CELLS, (north - south) / CELLS
    own, own_params = _own(tile)
    where, where_params = _reaches_in(layer, tile)
    if layer.only[0]:
        where, where_params = (
            f"{where} AND t.id IN ({layer.only[0]})",
            [
                *where_params,
                *layer.only[1],
            ],
        )
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT CASE WHEN {own} THEN 1 ELSE 0 END AS own, "  # nosec B608 # names are of our own schema, values are bound
            f"{_line_of_grid('(x - %s) / %s')} AS col, {_line_of_grid('(%s - y) / %s')} AS row_, "
            "COUNT(*), MIN(min_lon), MIN(min_lat), MAX(max_lon), MAX(max_lat), MAX(rank_), "
            "MIN(id), MAX(id) FROM ("
            "SELECT t.id, (t.min_lon + t.max_lon) / 2 AS x, (t.min_lat + t.max_lat) / 2 AS y, "
            f"t.min_lon, t.min_lat, t.max_lon, t.max_lat, {layer.rank} AS rank_ "
            f'FROM "{layer.table}" t WHERE {where}) AS boxes GROUP BY 1, 2, 3',
            [*own_params, *[west, width] * 3, *[north, height] * 3, *where_params],
        )
        return [Cell(bool(values[0]), *values[1:]) for values in cursor.fetchall()]


def _line_of_grid(expression: str) -> str:
    """Column or row of the grid, which goes on for a tile's width beyond either edge."""
    floor = "FLOOR({})" if connection.vendor == "postgresql" else "{}"
    inside = f"CAST({floor.format(f'{expression} + {CELLS}')} AS INTEGER)"
    return (
        f"CASE WHEN {expression} <= -{CELLS} THEN 0 "
        f"WHEN {expression} >= 2 * {CELLS} THEN 3 * {CELLS} - 1 ELSE {inside} END"
    )


def _own(tile: Tile) -> tuple[str, list[float]]:
    """Condition that the centre (x, y) lies in the tile, half open, so that it does in one."""
    west, south, east, north = tile.bounds
    parts = [("x >= %s", west), ("x < %s", east), ("y > %s", south), ("y <= %s", north)]
    finite = [(sql, value) for sql, value in parts if math.isfinite(value)]
    return (
        "(" + (" AND ".join(sql for sql, _ in finite) or "1 = 1") + ")",
        [value for _, value in finite],
    )


def _reaches_in(layer: Layer, tile: Tile) -> tuple[str, list[Any]]:
    """Condition on ``t``: its box reaches into what the tile draws, or its centre lies in it."""
    west, south, east, north = tile.drawn
    b_west, b_south, b_east, b_north = tile.bounds
    # Beyond the poles of the projection and the antimeridian the outermost tiles take over.
    west, south = (-1e9 if math.isinf(b_west) else west), (-1e9 if math.isinf(b_south) else south)
    east, north = (1e9 if math.isinf(b_east) else east), (1e9 if math.isinf(b_north) else north)
    if connection.vendor == "postgresql":
        condition = "t.geometry && ST_MakeEnvelope(%s, %s, %s, %s, 4326)"
        return f"{condition} AND t.min_lon IS NOT NULL", [west, south, east, north]
    return (
        f't.id IN (SELECT id FROM "{layer.table}_rtree" WHERE max_lon >= %s AND min_lon <= %s '  # nosec B608 # names are of our own schema, values are bound
        "AND max_lat >= %s AND min_lat <= %s)",
        [west, east, south, north],
    )


def _merged(layer: Layer, tile: Tile, cells: list[Cell]) -> bytes:
    if not cells:
        return b""
    if layer.enlarge:
        return _encode(f"{layer.name}_cells", _covering(tile, cells))
    own = [cell for cell in cells if cell.own]
    points = _round(_middles(tile, own))
    return _encode(
        f"{layer.name}_merged",
        [
            {
                "geometry": point,
                "properties": {"count": cell.count, "rank": cell.rank},
            }
            for cell, point in zip(own, shapely.points(points), strict=True)
        ],
    )


def _covering(tile: Tile, cells: list[Cell]) -> list[dict[str, Any]]:
    """Squares of the grid, enlarged to the boxes of their members and clipped to the tile."""
    corners = np.array([[[c.min_lon, c.max_lat], [c.max_lon, c.min_lat]] for c in cells]).reshape(
        -1, 2
    )
    boxes = tile.units(corners).reshape(-1, 4)
    lower, upper = np.floor(boxes[:, :2]), np.ceil(boxes[:, 2:])
    side = EXTENT / CELLS
    own = np.array([cell.own for cell in cells])
    # Rows part the tile evenly in degrees, which is near enough to even on the screen.
    square = np.floor(_middles(tile, [cell for cell in cells if cell.own]) / side) * side
    lower[own] = np.minimum(lower[own], square)
    upper[own] = np.maximum(upper[own], square + side)
    lower = np.clip(lower, -BUFFER, EXTENT + BUFFER)
    upper = np.clip(upper, -BUFFER, EXTENT + BUFFER)
    shapes = shapely.box(lower[:, 0], lower[:, 1], upper[:, 0], upper[:, 1])
    return [
        {
            "geometry": shape,
            # The part of a neighbour's cell that reaches in is counted there, not here.
            "properties": {
                "count": cell.count if cell.own else 0,
                "members": cell.count,
                "rank": cell.rank,
            },
        }
        for cell, shape in zip(cells, shapes, strict=True)
    ]


def _middles(tile: Tile, cells: list[Cell]) -> np.ndarray[Any, Any]:
    """Middles of cells of the tile's own grid, in units of the tile (n × 2)."""
    west, south, east, north = tile.frame
    places = np.array([[cell.column, cell.row] for cell in cells], dtype=float).reshape(-1, 2)
    steps = (places - CELLS + 0.5) / CELLS
    lonlat = np.column_stack(
        [west + steps[:, 0] * (east - west), north - steps[:, 1] * (north - south)]
    )
    return tile.units(lonlat)


# --- in detail ------------------------------------------------------------------------------------


def _detail(layer: Layer, tile: Tile, ids: list[int]) -> bytes | None:
    """Records given by id, each for itself as a shape or a dot; None when that is too large."""
    names = list(layer.properties)
    extra = "".join(f", {sql}" for sql in layer.properties.values())
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT t.id, t.min_lon, t.min_lat, t.max_lon, t.max_lat, {layer.rank}{extra} "  # nosec B608 # names are of our own schema, values are bound
            f'FROM "{layer.table}" t WHERE t.id IN ({", ".join(map(str, ids))}) ORDER BY t.id'
        )
        rows = cursor.fetchall()
    boxes = np.array([row[1:5] for row in rows], dtype=float)
    corners = tile.units(np.vstack([boxes[:, [0, 3]], boxes[:, [2, 1]]]))
    size = corners[len(rows) :] - corners[: len(rows)]
    small = (size < SMALL).all(axis=1)
    shown = [
        {"rank": row[5], **dict(zip(names, row[6:], strict=True))} for row in rows
    ]  # the properties of shapes and points alike
    shape_of = {
        row[0]: properties
        for row, properties, tiny in zip(rows, shown, small, strict=True)
        if not tiny
    }
    shapes = _shapes(layer, tile, shape_of)
    if shapes is None:
        return None
    return shapes + _encode(f"{layer.name}_points", _points(tile, rows, boxes, size, small, shown))


def _points(
    tile: Tile,
    rows: Sequence[tuple[Any, ...]],
    boxes: np.ndarray[Any, Any],
    size: np.ndarray[Any, Any],
    small: np.ndarray[Any, Any],
    shown: list[dict[str, Any]],
) -> Iterable[dict[str, Any]]:
    """One point for each record whose centre lies in the tile; a dot where no shape is drawn."""
    west, south, east, north = tile.bounds
    x, y = (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2
    own = (x >= west) & (x < east) & (y > south) & (y <= north)
    centres = shapely.points(_round(tile.units(np.column_stack([x, y]))))
    radius = np.ceil(np.hypot(size[:, 0], size[:, 1]) / 2 * PIXELS / EXTENT) / 2**tile.z
    for i in np.flatnonzero(own):
        dot = {"dot": 1, "r0": float(radius[i])} if small[i] else {}
        yield {
            "id": rows[i][0],
            "geometry": centres[i],
            "properties": {"count": 1, **dot, **shown[i]},
        }


def _shapes(layer: Layer, tile: Tile, properties: dict[int, dict[str, Any]]) -> bytes | None:
    """The layer of shapes for records given by id; None when it is sure to be too large."""
    if not properties:
        return b""
    if connection.vendor == "postgresql":
        return _shapes_of_postgis(layer, tile, list(properties))
    geometries = _geometries(layer.table, list(properties))
    if shapely.get_num_coordinates(list(geometries.values())).sum() > VERTICES:
        return None
    drawn = _to_tile(np.array(list(geometries.values()), dtype=object), tile)
    if shapely.get_num_coordinates(drawn).sum() * _BYTES_A_VERTEX > LAYER_BYTES:
        return None
    return _encode(
        layer.name,
        [
            {
                "id": id_,
                "geometry": shape,
                "properties": properties[id_],
            }
            for id_, shape in zip(geometries, drawn, strict=True)
            if not shape.is_empty
        ],
    )


def _geometries(table: str, ids: list[int]) -> dict[int, Any]:
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT id, geometry FROM "{table}" WHERE id IN ({", ".join(map(str, ids))}) '  # nosec B608 # names are of our own schema, values are bound
            "ORDER BY id"
        )
        found = dict(cursor.fetchall())
    return {id_: shapely.from_wkb(bytes(wkb)) for id_, wkb in found.items()}


def _to_tile(geometries: np.ndarray[Any, Any], tile: Tile) -> np.ndarray[Any, Any]:
    """Make shapes valid for display, clip them and put them on the units of a tile."""
    bad = ~shapely.is_valid(geometries)
    fixed = geometries.copy()
    fixed[bad] = [_principal(shape) for shape in shapely.make_valid(geometries[bad])]
    clipped = shapely.clip_by_rect(fixed, *tile.drawn)
    low, high = -BUFFER, EXTENT + BUFFER
    placed = shapely.clip_by_rect(shapely.transform(clipped, tile.units), low, low, high, high)
    snapped = shapely.set_precision(placed, 1.0)
    # What is too thin to keep an area still shows as a line.
    lost = shapely.is_empty(snapped) & ~shapely.is_empty(placed)
    snapped[lost] = shapely.set_precision(shapely.boundary(placed[lost]), 1.0, mode="pointwise")
    mixed = shapely.get_type_id(snapped) == 7
    snapped[mixed] = [_principal(shape) for shape in snapped[mixed]]
    return np.asarray(shapely.orient_polygons(snapped))


def _principal(geometry: Any) -> Any:
    """Parts of the highest dimension of a geometry, as one."""
    parts = shapely.get_parts(geometry)
    while (shapely.get_type_id(parts) >= 4).any():
        parts = shapely.get_parts(parts)
    if not len(parts):
        return geometry
    dimensions = shapely.get_dimensions(parts)
    kept = parts[dimensions == dimensions.max()]
    if len(kept) == 1:
        return kept[0]
    gather = (shapely.multipoints, shapely.multilinestrings, shapely.multipolygons)
    return gather[int(dimensions.max())](kept)


#: A shape as PostGIS draws it: valid, of its highest dimension, clipped to the tile.
_POSTGIS_SHAPE = (
    "CASE WHEN ST_IsValid(t.geometry) THEN t.geometry ELSE "
    "ST_CollectionExtract(ST_MakeValid(t.geometry), ST_Dimension(ST_MakeValid(t.geometry)) + 1) END"
)


def _shapes_of_postgis(layer: Layer, tile: Tile, ids: list[int]) -> bytes:
    extra = "".join(f', {sql} AS "{name}"' for name, sql in layer.properties.items())
    sql = f"""
        WITH shapes AS (
            SELECT t.id, {layer.rank} AS rank{extra},
                ST_Transform(ST_ClipByBox2D({_POSTGIS_SHAPE},
                    ST_MakeEnvelope(%s, %s, %s, %s, 4326)), 3857) AS shape
            FROM "{layer.table}" t WHERE t.id = ANY(%s)
        ), drawn AS (
            SELECT shapes.*, COALESCE(
                ST_AsMVTGeom(shape, ST_TileEnvelope(%s, %s, %s), {EXTENT}, {BUFFER}, true),
                ST_AsMVTGeom(ST_Boundary(shape), ST_TileEnvelope(%s, %s, %s), {EXTENT}, {BUFFER},
                    true)) AS geom
            FROM shapes
        ), kept AS (
            SELECT id, rank, geom{"".join(f', "{name}"' for name in layer.properties)}
            FROM drawn WHERE geom IS NOT NULL ORDER BY id
        )
        SELECT ST_AsMVT(kept.*, '{layer.name}', {EXTENT}, 'geom', 'id') FROM kept"""  # nosec B608 # names are of our own schema, values are bound
    where = [tile.z, tile.x, tile.y]
    with connection.cursor() as cursor:
        cursor.execute(sql, [*_wide(tile), ids, *where, *where])
        return bytes(cursor.fetchone()[0] or b"")


def _wide(tile: Tile) -> tuple[float, float, float, float]:
    """What the tile draws and a little more, within what the projection can hold."""
    west, south, east, north = tile.drawn
    return west, max(south, -89.0), east, min(north, 89.0)


# --- administrative units -------------------------------------------------------------------------


def _units(tile: Tile) -> bytes:
    """Outlines of administrative units, for orientation only: simplified, coarse levels first."""
    deepest = 1 if tile.z < 6 else 2 if tile.z < 9 else 99
    unit = RECORDS["unit"]
    box = tuple(
        limit if math.isinf(edge) else drawn
        for edge, drawn, limit in zip(tile.bounds, tile.drawn, (-1e9, -1e9, 1e9, 1e9), strict=True)
    )
    here = unit.objects.filter(geometry__box=box)
    coarse = here.filter(level__lte=deepest)
    chosen = coarse if coarse.exists() else here
    rows = list(chosen.order_by("id").values_list("id", "name", "level", "geometry")[:UNITS])
    for tolerance in (4.0, 16.0, 64.0):
        encoded = _outlines(tile, rows, tolerance)
        if len(encoded) < LAYER_BYTES / 4:
            return encoded
    return b""  # orientation only; hazards never depend on it


def _outlines(tile: Tile, rows: list[tuple[Any, ...]], tolerance: float) -> bytes:
    if not rows:
        return b""
    shapes = np.array([row[3] for row in rows], dtype=object)
    placed = shapely.transform(shapely.simplify(shapes, 0), tile.units)
    lines = shapely.boundary(shapely.simplify(placed, tolerance))
    low, high = -BUFFER, EXTENT + BUFFER
    lines = shapely.set_precision(
        shapely.clip_by_rect(lines, low, low, high, high), 1.0, mode="pointwise"
    )
    return _encode(
        "units",
        [
            {"id": row[0], "geometry": line, "properties": {"name": row[1], "level": row[2] or 0}}
            for row, line in zip(rows, lines, strict=True)
            if line is not None and line.geom_type in ("LineString", "MultiLineString")
        ],
    )


# --- encoding -------------------------------------------------------------------------------------


def _round(points: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.clip(np.rint(points), -BUFFER, EXTENT + BUFFER)


def _encode(name: str, features: Iterable[dict[str, Any]]) -> bytes:
    features = list(features)
    if not features:
        return b""
    return bytes(
        mapbox_vector_tile.encode(
            [{"name": name, "features": features}],
            default_options={
                "y_coord_down": True,
                "extents": EXTENT,
                "check_winding_order": False,
            },
        )
    )
