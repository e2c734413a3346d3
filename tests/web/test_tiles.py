"""Nothing is dropped from the map: tiles against the register, on both databases."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from typing import Any

import mapbox_vector_tile
import numpy as np
import pytest
import shapely
from django.test import Client
from filling import insert

from landrelease.register.models import RECORDS, Question, Release
from landrelease.web import tiles
from landrelease.web.mercator import EXTENT, PIXELS, Tile

BOW_TIE = shapely.Polygon([(-17.5, -38.5), (-17.4, -38.4), (-17.4, -38.5), (-17.5, -38.4)])
SPIKE = shapely.Polygon([(-17.6, -38.5), (-17.5, -38.4), (-17.6, -38.5)])


def scattered(count: int, seed: int = 1) -> list[Any]:
    """Squares of all sizes: crowded, stacked and alone."""
    random = np.random.default_rng(seed)
    centre = np.vstack(
        [
            random.normal((-18, -38.5), (0.02, 0.02), (count // 2, 2)),
            random.uniform((-19, -39.5), (-17, -37.5), (count - count // 2, 2)),
        ]
    )
    size = random.lognormal(-6, 1.5, count)
    size[: count // 10] = 0.3
    return list(shapely.box(*(centre - size[:, None]).T, *(centre + size[:, None]).T))


def decoded(tile: Tile) -> dict[str, Any]:
    return mapbox_vector_tile.decode(tiles.build(tile), default_options={"y_coord_down": True})


def features(layers: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return layers.get(name, {"features": []})["features"]


def covering(zoom: int, box: tuple[float, float, float, float]) -> Iterator[Tile]:
    """The tiles of a zoom that a box touches."""
    west, south, east, north = box
    corners = Tile(zoom, 0, 0).units(np.array([[west, north], [east, south]])) / EXTENT
    low, high = np.floor(corners).astype(int).clip(0, 2**zoom - 1)
    for x in range(low[0], high[0] + 1):
        for y in range(low[1], high[1] + 1):
            yield Tile(zoom, x, y)


def counted(zoom: int, box: tuple[float, float, float, float], layer: str = "hazards") -> int:
    return sum(
        feature["properties"]["count"]
        for tile in covering(zoom, box)
        for name in (f"{layer}_points", f"{layer}_cells", f"{layer}_merged")
        for feature in features(decoded(tile), name)
    )


@pytest.mark.parametrize("zoom", [0, 5, 8, 9])
def test_every_hazard_is_counted_once(store, zoom):
    shapes = [
        *scattered(1_000),
        BOW_TIE,
        SPIKE,
        shapely.Point(-18.2, -38.6),
        shapely.Point(-16, -37),
    ]
    insert("hazard", [{"geometry": shape} for shape in shapes] + [{"name": "no place"}])
    total = RECORDS["hazard"].objects.filter(min_lon__isnull=False).count()
    assert total == 1_004
    assert counted(zoom, (-20, -40, -15.9, -36.9)) == total


def test_a_place_on_the_edge_of_tiles_belongs_to_one(store):
    edges = [-180, -90, -45, 0, 45, 90, 180]
    points = [shapely.Point(x, y) for x in edges for y in (-90, -66.51326044311186, 0, 85.06, 90)]
    insert("hazard", [{"geometry": point} for point in points])
    for zoom in (0, 1, 2, 3):
        assert counted(zoom, (-180, -89, 180, 89)) == len(points)


@pytest.mark.parametrize("zoom", [4, 7, 9])
def test_every_hazard_shows_at_least_as_large_as_it_is(store, zoom):
    shapes = scattered(600)
    ids = insert("hazard", [{"geometry": shape} for shape in shapes])
    seen = Counter()
    for tile in covering(zoom, (-20, -40, -16, -37)):
        layers = decoded(tile)
        dots = {f["id"]: f["properties"] for f in features(layers, "hazards_points")}
        drawn = {f["id"] for f in features(layers, "hazards")}
        cells = shapely.union_all(
            [
                shapely.geometry.shape(f["geometry"]).buffer(2)
                for f in features(layers, "hazards_cells")
            ]
        )
        west, south, east, north = tile.bounds
        for id_, shape in zip(ids, shapes, strict=True):
            box = shape.bounds
            x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
            if not (west <= x < east and south < y <= north):
                continue
            corners = tile.units(np.array([[box[0], box[3]], [box[2], box[1]]]))
            size = corners[1] - corners[0]
            if id_ in drawn:
                seen["shape"] += 1
            elif id_ in dots:
                assert dots[id_]["dot"] == 1
                radius = dots[id_]["r0"] * 2**zoom
                assert radius >= math.hypot(*size) / 2 * PIXELS / EXTENT
                seen["dot"] += 1
            else:
                placed = shapely.box(*corners[0], *corners[1])
                inside = shapely.intersection(placed, shapely.box(0, 0, EXTENT, EXTENT))
                assert cells.covers(inside)
                seen["cell"] += 1
    assert seen.total() == len(shapes)
    assert seen["cell"]
    assert zoom == 4 or (seen["shape"] and seen["dot"])


@pytest.mark.parametrize("zoom", [0, 1, 2, 3, 5, 8, 11])
def test_the_public_is_shown_no_less_ground_and_never_too_little_to_see(store, zoom):
    """From far away, too: a map without a mark would read as safe (rule 26)."""
    alone = shapely.Point(17.123, 44.321)
    shapes = [alone, *scattered(30), shapely.LineString([(-30.2, 10.1), (-29.1, 11.3)])]
    insert("hazard", [{"geometry": shape} for shape in shapes])
    for shape in shapes:
        corner = shapely.get_coordinates(shape)[:1]
        column, row = np.floor(Tile(zoom, 0, 0).units(corner) / EXTENT).astype(int)[0].tolist()
        tile = Tile(zoom, column, row)
        layers = mapbox_vector_tile.decode(
            tiles.build_public(tile), default_options={"y_coord_down": True}
        )
        drawn = [
            shapely.geometry.shape(one["geometry"]) for one in features(layers, "hazards_general")
        ]
        assert {one.geom_type for one in drawn} <= {"Polygon", "MultiPolygon"}
        frame = shapely.box(0, 0, EXTENT, EXTENT)
        ground = shapely.intersection(shapely.transform(shape, tile.units), frame)
        assert shapely.union_all(drawn).buffer(1e-6).covers(ground), shape
        for whole in filter(frame.covers, drawn):
            west, south, east, north = whole.bounds
            assert min(east - west, north - south) >= tiles.SMALL - 1


def test_a_merged_cell_reaches_into_the_next_tile(store):
    """Many areas whose centres lie in one tile and which reach into its neighbour."""
    edge = Tile(8, 115, 157).frame[2]
    insert(
        "hazard",
        [{"geometry": shapely.box(edge - 0.3, -38.6, edge + 0.2, -38.5)} for _ in range(9)],
    )
    beyond = decoded(Tile(8, 116, 157))
    cells = features(beyond, "hazards_cells")
    assert [cell["properties"]["count"] for cell in cells] == [0]
    drawn = shapely.geometry.shape(cells[0]["geometry"])
    reach = Tile(8, 116, 157).units(np.array([[edge + 0.2, -38.55]]))[0]
    assert drawn.buffer(1).contains(shapely.box(0, reach[1] - 1, reach[0], reach[1] + 1))


def test_a_merged_cell_shows_the_worst(store):
    box = shapely.box(-18.001, -38.501, -18, -38.5)
    insert("hazard", [{"geometry": box, "type": t} for t in ("SHA", None, "CHA", "SHA", None)])
    cells = [c for t in covering(8, box.bounds) for c in features(decoded(t), "hazards_cells")]
    assert [(c["properties"]["count"], c["properties"]["rank"]) for c in cells] == [(5, 3)]


def test_invalid_geometry_is_drawn_and_marked(store):
    ids = insert("hazard", [{"geometry": BOW_TIE}, {"geometry": SPIKE}])
    drawn = {
        f["id"]: f
        for tile in covering(10, (-17.7, -38.6, -17.3, -38.3))
        for f in features(decoded(tile), "hazards")
    }
    assert drawn.keys() == set(ids)
    assert all(f["properties"]["invalid"] == 1 for f in drawn.values())
    assert drawn[ids[0]]["geometry"]["type"] in ("Polygon", "MultiPolygon")
    assert "LineString" in drawn[ids[1]]["geometry"]["type"]


def test_released_land_is_merged_without_covering_ground(store):
    box = shapely.box(-18.0001, -38.5001, -18, -38.5)
    insert("activity", [{"geometry": box, "result": "cleared"} for _ in range(5)])
    for record in RECORDS["activity"].objects.all()[:4]:
        Release.objects.create(
            activity_uid=record.uid, standing=Release.DECIDED, seq=1, deciders="a|b"
        )
    layers = next(d for t in covering(8, box.bounds) if (d := decoded(t)))
    assert layers.keys() == {"activities_merged"}
    (mark,) = features(layers, "activities_merged")
    assert mark["geometry"]["type"] == "Point"
    # Four are released, one is not: the mark says the more cautious.
    assert mark["properties"] == {"count": 5, "rank": 2}


def test_released_land_in_question_stands_out(store, client):
    def question(activity: str, **columns: Any) -> None:
        Question.objects.create(
            activity_uid=activity, seq=2, cause_type="accident", cause_uid="x",
            message="An accident lies on it.", **columns,
        )  # fmt: skip

    insert(
        "activity",
        [{"geometry": shapely.box(-18 + n / 5, -38.5, -17.9 + n / 5, -38.4)} for n in range(3)],
    )
    uids = list(RECORDS["activity"].objects.order_by("id").values_list("uid", flat=True))
    for uid in uids[:2]:
        Release.objects.create(activity_uid=uid, standing=Release.DECIDED, seq=1, deciders="a|b")
    question(uids[0])
    question(uids[1], resolved_seq=3)
    shown = [
        (feature["id"], feature["properties"]["rank"])
        for tile in covering(9, (-18, -38.5, -17.4, -38.4))
        for feature in features(decoded(tile), "activities")
    ]
    assert sorted(set(shown)) == [(1, 3), (2, 1), (3, 2)]
    crowd = features(decoded(Tile(0, 0, 0)), "activities_merged")
    assert [mark["properties"]["rank"] for mark in crowd] == [3], "merged, it still shows"

    page = client.get("/map/here/?box=-18,-38.5,-17.4,-38.4").content.decode()
    assert page.count("In question: An accident lies on it.") == 1, "until somebody has decided"
    assert "Released land in question" in client.get("/map/").content.decode()


def test_no_tile_is_large(store):
    """Shapes of very many vertices: more is merged rather than sent."""
    angle = np.linspace(0, 2 * np.pi, 3_000, endpoint=False)
    random = np.random.default_rng(3)
    shapes = [
        shapely.Polygon(np.column_stack([x + r * np.cos(angle), y + r * np.sin(angle)]))
        for x, y in random.uniform((-18.5, -38.8), (-17.5, -38.2), (60, 2))
        for r in (random.uniform(0.04, 0.041, angle.size),)
    ]
    insert("hazard", [{"geometry": shape} for shape in shapes])
    for zoom in (6, 9):
        sizes = [len(tiles.build(tile)) for tile in covering(zoom, (-18.6, -38.9, -17.4, -38.1))]
        assert max(sizes) < 500_000
        assert counted(zoom, (-18.6, -38.9, -17.4, -38.1)) == len(shapes)


def test_both_databases_make_the_same_tiles(tmp_path, postgres_url):
    from django.db import connection

    from landrelease.register import workspace

    seen = {}
    for name, database in (("sqlite", "sqlite"), ("postgresql", postgres_url)):
        workspace.init_workspace(tmp_path / name, database=database)
        insert(
            "hazard",
            [{"geometry": s, "type": ("SHA", "CHA")[i % 2]} for i, s in enumerate(scattered(800))],
        )
        insert("hazard", [{"geometry": BOW_TIE}, {"geometry": shapely.Point(-18, -38)}])
        seen[name] = {
            tile: decoded(tile)
            for zoom in (5, 8, 10)
            for tile in covering(zoom, (-18.3, -38.7, -17.7, -38.3))
        }
        connection.close()
    for tile, layers in seen["sqlite"].items():
        other = seen["postgresql"][tile]
        for name in ("hazards_points", "hazards_cells"):
            assert features(layers, name) == features(other, name), (tile, name)
        here = {f["id"]: f for f in features(layers, "hazards")}
        there = {f["id"]: f for f in features(other, "hazards")}
        assert here.keys() == there.keys(), tile
        for id_, feature in here.items():
            assert feature["properties"] == there[id_]["properties"]
            mine = shapely.geometry.shape(feature["geometry"])
            theirs = shapely.geometry.shape(there[id_]["geometry"])
            assert shapely.hausdorff_distance(mine, theirs) <= 3


def test_a_tile_is_kept_until_the_journal_grows(store, bring):
    bring("hazards", [(shapely.box(-18.1, -38.5, -18, -38.4), {"id": "A"})])
    client = Client(HTTP_HOST="127.0.0.1")
    first = client.get("/tiles/8/115/157.mvt")
    assert first.status_code == 200
    assert first["Content-Type"] == "application/vnd.mapbox-vector-tile"
    again = client.get("/tiles/8/115/157.mvt", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    bring("accidents", [(shapely.Point(-18.05, -38.45), {"id": "B"})])
    later = client.get("/tiles/8/115/157.mvt", headers={"If-None-Match": first["ETag"]})
    assert later.status_code == 200
    assert later.content != first.content


def test_tiles_that_do_not_exist(store, client):
    for address in ("/tiles/3/8/0.mvt", "/tiles/17/0/0.mvt"):
        assert client.get(address).status_code == 404


def test_unit_outlines(store):
    insert(
        "unit",
        [
            {"geometry": shapely.box(-19, -39, -17, -38), "name": "Province", "level": 1},
            {"geometry": shapely.box(-19, -39, -18, -38), "name": "District", "level": 3},
        ],
    )
    for zoom, names in ((5, {"Province"}), (10, {"Province", "District"})):
        drawn = {
            f["properties"]["name"]
            for tile in covering(zoom, (-19, -38.6, -18.9, -38.5))
            for f in features(decoded(tile), "units")
        }
        assert drawn == names
