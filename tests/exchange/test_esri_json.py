"""Esri JSON: what a feature service answers, page by page, and what ArcGIS takes in."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pyogrio
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from landrelease.exchange import ExchangeError, Mapping, OutBatch, open_source, write

CLOCKWISE = [[0, 0], [0, 10], [10, 10], [10, 0], [0, 0]]
HOLE = [[2, 2], [4, 2], [4, 4], [2, 4], [2, 2]]

FIELDS = [
    {"name": "OBJECTID", "type": "esriFieldTypeOID"},
    {"name": "ha_local", "alias": "Source ID", "type": "esriFieldTypeString"},
    {"name": "ha_kind", "alias": "Hazard type", "type": "esriFieldTypeInteger"},
    {"name": "surveyed", "alias": "Survey date", "type": "esriFieldTypeDate"},
]
DOMAIN = {
    "type": "codedValue",
    "name": "kinds",
    "codedValues": [{"code": 1, "name": "Suspected"}, {"code": 2, "name": "Confirmed"}],
}
LAYER = {
    "type": "Feature Layer", "id": 0, "name": "Land", "geometryType": "esriGeometryPolygon",
    "fields": [*FIELDS[:2], {**FIELDS[2], "domain": DOMAIN}, FIELDS[3]],
}  # fmt: skip


def feature(number, kind=1, surveyed=None, geometry=None):
    return {
        "attributes": {"OBJECTID": number, "ha_local": f"H{number}", "ha_kind": kind,
                       "surveyed": surveyed},
        "geometry": geometry or {"rings": [CLOCKWISE]},
    }  # fmt: skip


def page(*features, more=False, wkid=4326, **members):
    found = {
        "objectIdFieldName": "OBJECTID", "geometryType": "esriGeometryPolygon",
        "spatialReference": {"wkid": wkid}, "fields": FIELDS, "features": list(features),
        **members,
    }  # fmt: skip
    return found | ({"exceededTransferLimit": True} if more else {})


def saved(path, *objects):
    path.write_text("\n".join(json.dumps(one) for one in objects), encoding="utf-8")
    return path


def typed(path, size=20_000):
    source = open_source(path)
    mapping = Mapping.guess("hazards", source.columns, source.hxl, aliases=source.aliases)
    return source, list(mapping.typed(source, size))


def rules(source, batches=()):
    return [p.rule for p in (*source.problems, *(p for b in batches for p in b.problems))]


# --- reading --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.json", "a.geojson", "a.esrijson"])
def test_pages_and_the_description_of_the_layer_in_one_file(tmp_path, name):
    noon = int(dt.datetime(2024, 6, 30, tzinfo=dt.UTC).timestamp() * 1000)
    path = saved(
        tmp_path / name, LAYER, page(feature(1, 1, noon), feature(2, 2), more=True),
        page(feature(3, 9)),
    )  # fmt: skip
    source, batches = typed(path, size=2)
    assert (source.format, source.row_count) == ("Esri JSON", 3)
    assert source.crs == "EPSG:4326"
    assert [len(batch) for batch in batches] == [2, 1]
    fields = {name: [v for b in batches for v in b.fields[name]] for name in batches[0].fields}
    assert fields["source_id"] == ["H1", "H2", "H3"]
    assert fields["type"] == ["SHA", "CHA", None]
    assert fields["date"] == [{"start": "2024-06-30", "end": "2024-06-30"}, None, None]
    extra = [e for b in batches for e in b.extra]
    assert [e["ha_kind (code)"] for e in extra] == ["1", "2", "9"], "no code is lost"
    assert set(rules(source, batches)) == {"unknown_domain_code", "unknown_choice"}


def test_a_cut_off_answer_is_said(tmp_path):
    source, _ = typed(saved(tmp_path / "a.json", page(feature(1), more=True)))
    assert rules(source) == ["transfer_limit_exceeded"]
    assert source.problems[0].severity == "error"


def test_subtypes_have_names_and_domains_of_their_own(tmp_path):
    layer = {
        **LAYER, "typeIdField": "ha_kind",
        "types": [
            {"id": 1, "name": "Suspected", "domains": {"ha_local": {
                "type": "codedValue", "codedValues": [{"code": "H1", "name": "First"}]}}},
            {"id": 2, "name": "Confirmed", "domains": {"ha_local": {"type": "inherited"}}},
        ],
    }  # fmt: skip
    source = open_source(saved(tmp_path / "a.json", layer, page(feature(1, 1.0), feature(1, 2))))
    (batch,) = source.batches()
    assert batch.columns["ha_kind"].tolist() == ["Suspected", "Confirmed"]
    assert batch.columns["ha_local"].tolist() == ["First", "H1"]


@pytest.mark.parametrize(
    ("reference", "crs"),
    [
        ({"wkid": 102100, "latestWkid": 3857}, "EPSG:3857"),
        ({"wkid": 102100}, "ESRI:102100"),
        ({"wkid": 32633}, "EPSG:32633"),
    ],
)
def test_the_coordinate_system_is_the_one_of_the_answer(tmp_path, reference, crs):
    answer = page(feature(1)) | {"spatialReference": reference}
    assert open_source(saved(tmp_path / "a.json", answer)).crs == crs


def test_without_one_it_must_be_stated(tmp_path):
    answer = page(feature(1))
    del answer["spatialReference"]
    path = saved(tmp_path / "a.json", answer)
    assert rules(open_source(path)) == ["crs_missing"]
    assert rules(open_source(path, crs="EPSG:4326")) == []


@pytest.mark.parametrize(
    ("geometry", "area", "rule"),
    [
        ({"rings": [CLOCKWISE]}, 100, None),
        ({"rings": [CLOCKWISE, HOLE]}, 96, None),
        ({"rings": [HOLE, CLOCKWISE]}, 96, None),
        ({"rings": [CLOCKWISE[::-1]]}, 100, "ring_direction"),
        ({"rings": [CLOCKWISE[:-1]]}, 100, "unclosed_ring"),
        ({"rings": [CLOCKWISE, [[20, 20], [21, 20], [21, 21], [20, 20]]]}, 100.5, "hole_outside"),
        ({"rings": [CLOCKWISE, [[0, 0], [1, 1], [0, 0]]]}, 100, "too_few_vertices"),
        ({"rings": [[[0, 0], [1, 1], [0, 0]]]}, None, "unreadable_geometry"),
        ({"rings": [[[0, "x"], [1, 1], [0, 0]]]}, None, "unreadable_geometry"),
        ({"rings": [[[0, float("nan")], [1, 1], [0, 0]]]}, None, "unreadable_geometry"),
        ({"curveRings": [[[0, 0], {"c": [[1, 1], [2, 2]]}]]}, None, "unreadable_geometry"),
        ({"x": "NaN", "y": "NaN"}, None, None),
        ({"x": 1, "y": 2}, 0, None),
        ({"points": [[1, 2], [3, 4]]}, 0, None),
        ({"paths": [[[1, 2], [3, 4]]]}, 0, None),
        ({"what": 1}, None, "unreadable_geometry"),
    ],
)
def test_every_geometry_is_read_or_said(tmp_path, geometry, area, rule):
    source = open_source(saved(tmp_path / "a.json", page(feature(1, geometry=geometry))))
    (batch,) = source.batches()
    shape = batch.geometry[0]
    assert (shape is None) == (area is None)
    if area is not None:
        assert shape.area == area
    found = [p.rule for p in batch.problems]
    assert (rule in found) if rule else found == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"error":{"code":498,"message":"Invalid token"}}\n{"attributes":1}', "Invalid token"),
        (json.dumps(LAYER), "holds no features"),
        (json.dumps(page(feature(1)))[:-20], "cut off"),
        (json.dumps(page(feature(1))) + "\n17", "no answer"),
        (
            json.dumps(page(feature(1))) + json.dumps(page(feature(2), wkid=3857)),
            "several coordinate systems",
        ),
        ('{"attributes":' + "[" * 200_000, "cut off|deep"),
    ],
)
def test_what_is_no_answer_is_refused_in_a_sentence(tmp_path, text, said):
    path = tmp_path / "a.esrijson"
    path.write_text(text)
    with pytest.raises(ExchangeError, match=said):
        open_source(path)


def test_geojson_is_still_geojson(tmp_path):
    path = tmp_path / "a.json"
    write(tmp_path / "b.geojson", "hazards", [OutBatch({"remarks": ['"attributes" "rings"']})])
    (tmp_path / "b.geojson").rename(path)
    assert open_source(path).format == "GeoJSON"


# --- writing --------------------------------------------------------------------------------------

ROWS = {
    "source_id": ["H1", "H2", "H3"],
    "type": ["SHA", "CHA", None],
    "classes": [["ap", "cmr"], None, None],
    "date": [{"start": "1949-01-01", "end": "1949-12-31"}, None, None],
    "declared_m2": ["12.5", None, "0"],
    "beneficiaries": [5, None, 0],
    "remarks": ["two\nlines", None, "=1"],
}
SHAPES = np.array(
    [
        shapely.Polygon(
            [(1 / 3, 0), (1, 0.1), (1, 1), (0, 1)], [[(0.5, 0.5), (0.6, 0.5), (0.6, 0.6)]]
        ),
        shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(2, 2, 3, 3)]),
        None,
    ],
    dtype=object,
)  # fmt: skip


def test_what_is_written_comes_back(tmp_path):
    path = tmp_path / "a.esrijson"
    assert write(path, "hazards", [OutBatch(ROWS, SHAPES)]).rows == 3
    source, (batch,) = typed(path)
    for name, values in ROWS.items():
        assert batch.fields[name] == values, name
    for ours, theirs in zip(SHAPES, batch.geometry, strict=True):
        assert (ours is None) == (theirs is None)
        if ours is not None:
            assert theirs.normalize().equals_exact(ours.normalize(), 0)
    assert rules(source, [batch]) == []


def test_gdal_reads_it_too(tmp_path):
    path = tmp_path / "a.esrijson"
    write(path, "hazards", [OutBatch(ROWS, SHAPES)], crs="EPSG:4326")
    table = pyogrio.read_dataframe(f"ESRIJSON:{path}")
    assert table["source_id"].tolist() == ["H1", "H2", "H3"]
    assert table["declared_m2"].tolist()[0] == 12.5
    assert str(table["date_start"].tolist()[0])[:10] == "1949-01-01"
    assert table.crs == "EPSG:4326"
    assert table.geometry[0].normalize().equals_exact(SHAPES[0].normalize(), 1e-12)
    assert table.geometry[1].area == 2


def test_a_layer_of_several_kinds_of_places_is_refused(tmp_path):
    mixed = np.array([shapely.box(0, 0, 1, 1), shapely.Point(1, 2)], dtype=object)
    with pytest.raises(ExchangeError, match="one kind of places"):
        write(tmp_path / "a.esrijson", "hazards", [OutBatch({"name": ["A", "B"]}, mixed)])
    assert list(tmp_path.iterdir()) == []


@given(
    st.lists(
        st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(2, 6), st.booleans()),
        min_size=1, max_size=4,
    )
)  # fmt: skip
def test_any_outlines_and_holes_keep_their_ground(tmp_path_factory, boxes):
    parts = []
    for east, north, size, hollow in boxes:
        outer = shapely.box(east * 10, north * 10, east * 10 + size, north * 10 + size)
        hole = shapely.box(east * 10 + 0.5, north * 10 + 0.5, east * 10 + 1, north * 10 + 1)
        parts.append(outer.difference(hole) if hollow else outer)
    shape = shapely.union_all(parts)
    path = tmp_path_factory.mktemp("esri") / "a.esrijson"
    write(path, "hazards", [OutBatch({"name": ["A"]}, np.array([shape], dtype=object))])
    (batch,) = open_source(path).batches()
    assert batch.problems == []
    assert batch.geometry[0].equals(shape)
    assert batch.geometry[0].area == pytest.approx(shape.area, rel=1e-12)
