"""Writing: what is written can be read back, by this package and by GDAL's own tools."""

from __future__ import annotations

import hashlib
import json
import math
import subprocess

import numpy as np
import openpyxl
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from landrelease.exchange import ExchangeError, Mapping, OutBatch, open_source, write
from landrelease.exchange.write import short_names
from landrelease.register.schema import record_type

NAMES = ["a.geojson", "a.gpkg", "a.shp", "a.kml", "a.fgb", "a.csv", "a.xlsx"]


def day(start, end=None):
    return {"start": start, "end": end or start}


HAZARDS = {
    "source_id": ["HA-1", "HA-2", "HA-3", "HA-4"],
    "name": ["=1+1", 'Čapljina, "north"', None, "NA"],
    "type": ["SHA", "CHA", None, "SHA"],
    "classes": [["ap", "av"], None, ["cmr"], None],
    "status": ["open", None, "closed", None],
    "date": [day("2020-01-01", "2020-12-31"), day("2021-05-06"), None, None],
    "declared_m2": ["12.5", None, "4000", "0"],
    "organisation": [{"given": "Operator A"}, None, {"uid": "ORG-1"}, None],
    "beneficiaries": [120, 0, None, 5],
    "remarks": ["two\nlines <&>", None, "x", "-"],
    "extra_note": ["kept", None, None, "too"],
}
SHAPES = np.array(
    [
        shapely.box(17.1, 44.1, 17.2, 44.2),
        shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(2, 2, 3, 3)]),
        None,
        shapely.Polygon(
            [(1 / 3, 0), (1, 0.1), (1, 1), (0, 1)], [[(0.5, 0.5), (0.6, 0.5), (0.6, 0.6)]]
        ),
    ],
    dtype=object,
)


def hazards(parts=1):
    for at in np.array_split(np.arange(4), parts):
        yield OutBatch({k: [v[i] for i in at] for k, v in HAZARDS.items()}, SHAPES[at])


def read_back(path, kind="hazards", columns=None):
    """Typed rows of a written file; a Shapefile through its dictionary of names."""
    source = open_source(path)
    mapping = Mapping.guess(kind, source.columns, source.hxl)
    if path.suffix == ".shp":
        short = short_names(columns)
        names = {}
        for item in record_type(kind).fields:
            if item.kind == "date" and f"{item.name}_start" in short:
                names[item.name] = {e: short[f"{item.name}_{e}"] for e in ("start", "end")}
            elif item.name in short:
                names[item.name] = short[item.name]
        mapping = Mapping(kind, names)
    (batch,) = mapping.typed(source)
    return source, batch


def ogrinfo(path):
    done = subprocess.run(
        ["ogrinfo", "-ro", "-al", "-so", str(path)], capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("parts", [1, 3])
def test_every_format_gives_back_what_was_written(tmp_path, name, parts):
    path = tmp_path / name
    written = write(path, "hazards", hazards(parts))
    assert written.rows == 4
    assert written.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    columns = [n for f in HAZARDS for n in ((f"{f}_start", f"{f}_end") if f == "date" else (f,))]
    columns = _stream_columns(columns)
    source, batch = read_back(path, columns=columns)
    assert source.row_count == 4
    for field in ("source_id", "name", "type", "classes", "status", "date", "beneficiaries"):
        assert batch.fields[field] == HAZARDS[field], field
    assert [None if v is None else float(v) for v in batch.fields["declared_m2"]] == [
        12.5, None, 4000, 0,
    ]  # fmt: skip
    assert batch.fields["organisation"] == [
        {"given": "Operator A"}, None, {"given": "ORG-1"}, None,
    ]  # fmt: skip
    assert batch.fields["remarks"] == HAZARDS["remarks"]
    note = "extra_note" if name != "a.shp" else "extra_note"[:10]
    assert [e.get(note) for e in batch.extra] == HAZARDS["extra_note"]
    for ours, theirs in zip(SHAPES, batch.geometry, strict=True):
        if ours is None:
            assert theirs is None
        else:
            assert theirs.normalize().equals_exact(ours.normalize(), 0), name
    if name not in ("a.csv", "a.xlsx"):
        assert "Feature Count: 4" in ogrinfo(path)


def _stream_columns(names):
    """Columns in the order in which the writer has them."""
    order = {f.name: i for i, f in enumerate(record_type("hazards").fields)}
    return sorted(names, key=lambda n: order.get(n.removesuffix("_start").removesuffix("_end"), 99))


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_export_still_has_its_columns(tmp_path, name):
    path = tmp_path / name
    assert write(path, "hazards", iter([])).rows == 0
    source = open_source(path)
    assert source.row_count == 0
    assert list(source.batches()) == []
    if name not in ("a.geojson", "a.kml"):  # these hold no columns without records
        assert {"source_id", "type"} <= set(source.columns)


@pytest.mark.parametrize("name", NAMES)
def test_a_failing_export_leaves_the_old_file_alone(tmp_path, name):
    path = tmp_path / name
    write(path, "hazards", hazards())
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}

    def failing():
        yield from hazards()
        raise RuntimeError("the database went away")

    with pytest.raises(RuntimeError, match="went away"):
        write(path, "hazards", failing())
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


def test_geopackage_is_version_1_2(tmp_path):
    path = tmp_path / "a.gpkg"
    write(path, "hazards", hazards())
    # Bytes 60 to 63 of an SQLite file hold the user version that GeoPackage sets.
    assert int.from_bytes(path.read_bytes()[60:64], "big") == 10200


@pytest.mark.parametrize("name", ["a.gpkg", "a.shp", "a.fgb"])
def test_projected_formats_keep_their_crs(tmp_path, name):
    shape = np.array([shapely.box(500_000, 4_900_000, 500_100, 4_900_100)], dtype=object)
    path = tmp_path / name
    write(path, "hazards", [OutBatch({"source_id": ["a"]}, shape)], crs="EPSG:32633")
    source = open_source(path)
    assert source.crs == "EPSG:32633"
    (batch,) = source.batches()
    assert batch.geometry[0].equals(shape[0])


@pytest.mark.parametrize("name", ["a.geojson", "a.kml"])
def test_wgs84_formats_are_transformed(tmp_path, name):
    shape = np.array([shapely.Point(500_000, 0)], dtype=object)
    path = tmp_path / name
    write(path, "accidents", [OutBatch({"source_id": ["a"]}, shape)], crs="EPSG:32633")
    (batch,) = open_source(path).batches()
    assert batch.geometry[0].distance(shapely.Point(15, 0)) < 1e-9


def test_no_text_becomes_a_formula(tmp_path):
    path = tmp_path / "a.xlsx"
    texts = ["=HYPERLINK(1)", "+1", "-1", "@x", "http://example.org"]
    write(path, "documents", [OutBatch({"title": texts})])
    page = openpyxl.load_workbook(path).active
    cells = [page.cell(row, 1) for row in range(2, 7)]
    assert [c.value for c in cells] == texts
    assert {c.data_type for c in cells} == {"s"}


def test_texts_longer_than_a_cell_survive_excel_and_shapefile(tmp_path):
    angles = np.linspace(0, 2 * math.pi, 4000, endpoint=False)
    star = shapely.Polygon(np.stack([np.cos(angles), np.sin(angles)], 1))
    shapes = np.array([star], dtype=object)
    long = OutBatch({"source_id": ["a"], "remarks": ["é" * 40_000]}, shapes)
    write(tmp_path / "a.xlsx", "hazards", [long])
    _, batch = read_back(tmp_path / "a.xlsx")
    assert batch.fields["remarks"] == ["é" * 40_000]
    assert batch.geometry[0].equals_exact(star, 0)
    written = write(tmp_path / "a.shp", "hazards", [long])
    assert [(p.rule, p.row, p.field) for p in written.problems] == [("text_cut", 1, "remarks")]
    (beside,) = [p for p in written.beside if p.name == "a.long.csv"]
    assert "é" * 40_000 in beside.read_text("utf-8")
    assert "source_id,source_id,Id in" in (tmp_path / "a.names.csv").read_text("utf-8")


def test_shapefile_names_differ_within_ten_characters():
    names = [f"{f.name}{e}" for f in record_type("activity").fields for e in ("_start", "_end")]
    short = short_names([*names, "released_m2", "released_m2_of_unit", "Größe"])
    assert all(len(s) <= 10 and s.isascii() for s in short.values())
    assert len({s.lower() for s in short.values()}) == len(short)


def test_a_shapefile_of_polygons_refuses_points(tmp_path):
    points = np.array([shapely.Point(0, 0)], dtype=object)
    with pytest.raises(ExchangeError, match="use GeoPackage"):
        write(tmp_path / "a.shp", "hazards", [OutBatch({"source_id": ["a"]}, points)])
    assert not list(tmp_path.iterdir())


def test_hxl_row_is_written_and_read_back(tmp_path):
    for name in ("a.csv", "a.xlsx"):
        path = tmp_path / name
        accidents = {"source_id": ["1"], "date": [day("2020-01-02")], "killed": [0]}
        write(path, "accidents", [OutBatch(accidents)], hxl=True)
        source, batch = read_back(path, "accidents")
        assert source.hxl["killed"] == "#affected+killed"
        assert source.hxl["date_start"] == "#date+start"
        assert batch.fields["date"] == [day("2020-01-02")]
        assert batch.fields["killed"] == [0]


def test_activities_have_two_dates_that_are_not_mixed_up(tmp_path):
    path = tmp_path / "a.csv"
    dates = {"started": [day("2020-01-02")], "date": [day("2020-03-04", "2020-03-31")]}
    write(path, "activities", [OutBatch({"source_id": ["1"], **dates})])
    _, batch = read_back(path, "activities")
    assert batch.fields["started"] == dates["started"]
    assert batch.fields["date"] == dates["date"]


def test_columns_that_change_between_batches_are_refused(tmp_path):
    two = [OutBatch({"source_id": ["1"]}), OutBatch({"source_id": ["2"], "name": ["x"]})]
    with pytest.raises(ExchangeError, match="name"):
        write(tmp_path / "a.csv", "hazards", two)


def test_unknown_format_and_folder_are_named(tmp_path):
    with pytest.raises(ExchangeError, match="dxf"):
        write(tmp_path / "a.dxf", "hazards", [])
    with pytest.raises(ExchangeError, match="folder"):
        write(tmp_path / "none" / "a.csv", "hazards", [])


def test_geojson_is_plain_json(tmp_path):
    path = tmp_path / "a.geojson"
    write(path, "hazards", hazards(2))
    read = json.loads(path.read_text("utf-8"))
    assert [f["properties"]["declared_m2"] for f in read["features"]] == [12.5, None, 4000, 0]
    assert read["features"][2]["geometry"] is None


coordinate = st.floats(-179, 179, allow_nan=False).map(lambda x: x if abs(x) > 1e-9 else 0.0)
printable = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp", "Cn")), min_size=1, max_size=20
).filter(lambda t: not t.startswith("#"))
row = st.tuples(
    printable,
    st.one_of(st.none(), st.integers(0, 2**40)),
    st.one_of(st.none(), st.floats(0, 1e9).map(lambda x: round(x, 3))),
    st.one_of(st.none(), st.tuples(coordinate, st.floats(-80, 80), st.floats(0.001, 1))),
)


@pytest.mark.parametrize("name", NAMES)
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=st.lists(row, min_size=1, max_size=5))
def test_round_trip_of_any_rows(tmp_path, name, rows):
    shapes = np.empty(len(rows), dtype=object)
    for i, (_, _, _, at) in enumerate(rows):
        shapes[i] = None if at is None else shapely.box(at[0], at[1], at[0] + at[2], at[1] + at[2])
    columns = {
        "source_id": [f"{i}-{text}" for i, (text, *_) in enumerate(rows)],
        "declared_m2": [None if area is None else str(area) for _, _, area, _ in rows],
        "beneficiaries": [count for _, count, _, _ in rows],
    }
    path = tmp_path / name
    write(path, "hazards", [OutBatch(columns, shapes)])
    _, batch = read_back(path, columns=list(columns))
    if name == "a.fgb":  # sorted by place
        order = np.argsort([int(i.partition("-")[0]) for i in batch.fields["source_id"]])
        batch.fields = {f: [cells[i] for i in order] for f, cells in batch.fields.items()}
        batch.geometry = batch.geometry[order]
    assert batch.fields["source_id"] == columns["source_id"]
    assert batch.fields["beneficiaries"] == columns["beneficiaries"]
    for ours, theirs in zip(rows, batch.fields["declared_m2"], strict=True):
        assert (ours[2] is None) == (theirs is None)
        assert theirs is None or float(theirs) == pytest.approx(ours[2], rel=1e-12)
    for ours, theirs in zip(shapes, batch.geometry, strict=True):
        assert (ours is None) == (theirs is None)
        assert ours is None or theirs.normalize().equals_exact(ours.normalize(), 0)
