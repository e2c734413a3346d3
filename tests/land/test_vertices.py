from __future__ import annotations

import numpy as np
import orjson
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from landrelease.land.vertices import VertexError, decode, encode

from .programmes import nasty_polygons


def array(*geometries):
    out = np.empty(len(geometries), dtype=object)
    out[:] = geometries
    return out


def written(encoded):
    return orjson.loads(orjson.dumps(encoded, option=orjson.OPT_SERIALIZE_NUMPY))


bowtie = shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
collapsed = shapely.Polygon([(5, 5), (5, 5), (5, 5), (5, 5)])
holed = shapely.box(0, 0, 100, 100) - shapely.box(10, 10, 20, 20) - shapely.box(30, 30, 40, 40)


def test_every_kind_comes_back_vertex_by_vertex():
    given_ = array(
        holed,
        None,
        bowtie,
        shapely.MultiPolygon([holed, shapely.box(200, 0, 300, 10)]),
        shapely.Point(-3, 2**52),
        shapely.MultiPoint([(1, 2), (3, 4)]),
        shapely.LineString([(0, 0), (-5, 7)]),
        shapely.MultiLineString([[(0, 0), (1, 1)], [(2, 2), (3, 3), (4, 5)]]),
        collapsed,
        shapely.Polygon(),
        shapely.MultiPolygon(),
        shapely.Point(),
        shapely.LineString(),
    )
    again = decode(written(encode(given_)))
    assert [g is None for g in again] == [g is None for g in given_]
    there = ~shapely.is_missing(given_)
    assert shapely.equals_identical(again[there], given_[there]).all()
    assert shapely.equals_identical(decode(encode(given_))[there], given_[there]).all()


def test_the_form_is_readable():
    (polygon,) = written(encode(array(shapely.box(0, 0, 2, 1))))
    assert polygon == {"type": "Polygon", "rings": [[2, 0, 2, 1, 0, 1, 0, 0, 2, 0]]}
    (several,) = written(encode(array(shapely.MultiPolygon([holed]))))
    assert several["type"] == "MultiPolygon"
    assert [len(part) for part in several["polygons"]] == [3]


@settings(max_examples=100, deadline=None)
@given(st.lists(nasty_polygons(), max_size=5))
def test_any_polygon_comes_back(polygons):
    given_ = array(*polygons)
    assert shapely.equals_identical(decode(written(encode(given_))), given_).all()


def test_what_the_journal_cannot_hold_is_refused():
    with pytest.raises(VertexError, match="whole millimetres"):
        encode(array(shapely.Point(0.5, 0)))
    with pytest.raises(VertexError, match="whole millimetres"):
        encode(array(shapely.Point(2.0**53, 0)))
    with pytest.raises(VertexError, match="geometrycollection"):
        encode(array(None, shapely.GeometryCollection([shapely.Point(0, 0)])))
    with pytest.raises(VertexError, match="Circle"):
        decode([{"type": "Circle", "rings": []}])
    with pytest.raises(VertexError, match="odd number"):
        decode([{"type": "Polygon", "rings": [[0, 0, 1]]}])
    with pytest.raises(VertexError, match="Polygon"):
        decode([{"type": "Polygon", "rings": [[0, 0, 1, 1]]}])


def test_nothing_is_nothing():
    assert encode(np.empty(0, dtype=object)) == []
    assert len(decode([])) == 0
