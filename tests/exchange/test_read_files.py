"""Reading: every record of a file comes out, with the number a person would count."""

from __future__ import annotations

import json
import zipfile

import numpy as np
import openpyxl
import pyogrio
import pytest
import shapely

from landrelease.exchange import ExchangeError, open_source


def feature(geometry, **properties):
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def polygon(*rings):
    return {"type": "Polygon", "coordinates": list(rings)}


SQUARE = [[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]


def collection(path, features, **members):
    path.write_text(
        json.dumps({"type": "FeatureCollection", **members, "features": features}), "utf-8"
    )
    return path


def all_rows(source, size=20_000):
    """Rows, columns and geometries of a source, its batches put together."""
    batches = list(source.batches(size))
    rows = np.concatenate([b.rows for b in batches])
    columns = {name: [c for b in batches for c in b.columns[name]] for name in batches[0].columns}
    geometry = (
        None if batches[0].geometry is None else np.concatenate([b.geometry for b in batches])
    )
    return rows, columns, geometry, [p for b in batches for p in b.problems]


# --- GeoJSON ------------------------------------------------------------------------------------

BROKEN = [
    (polygon([[0, 0], [1, 0]]), None, "unreadable_geometry"),
    (polygon([[0, 0], [1, "a"], [1, 1], [0, 0]]), None, "unreadable_geometry"),
    (polygon([[0, 0], [1, None], [1, 1], [0, 0]]), None, "unreadable_geometry"),
    (polygon([[0, 0], [1], [1, 1], [0, 0]]), None, "unreadable_geometry"),
    ({"type": "Circle", "coordinates": [0, 0]}, None, "unreadable_geometry"),
    ({"type": "LineString", "coordinates": [[0, 0]]}, None, "unreadable_geometry"),
    ("POINT (0 0)", None, "unreadable_geometry"),
    (polygon([[0, 0], [1, 0], [1, 1]]), "POLYGON ((0 0, 1 0, 1 1, 0 0))", "unclosed_ring"),
    (polygon(SQUARE, [[0.5, 0.5]]), "POLYGON ((0 0, 1 0, 1 1, 0 1, 0 0))", "too_few_vertices"),
]


@pytest.mark.parametrize(("geometry", "expected", "rule"), BROKEN)
def test_broken_geometry_is_named_and_its_row_kept(tmp_path, geometry, expected, rule):
    path = collection(
        tmp_path / "a.geojson",
        [feature(polygon(SQUARE), n=1), feature(geometry, n=2), feature(polygon(SQUARE), n=3)],
    )
    rows, columns, shapes, problems = all_rows(open_source(path))
    assert rows.tolist() == [1, 2, 3]
    assert columns["n"] == [1, 2, 3]
    assert shapes[0].equals(shapely.box(0, 0, 1, 1))
    assert shapes[2].equals(shapely.box(0, 0, 1, 1))
    if expected is None:
        assert shapes[1] is None
    else:
        assert shapes[1].equals(shapely.from_wkt(expected))
    assert {(p.rule, p.row) for p in problems} == {(rule, 2)}


def test_a_missing_geometry_is_no_problem_and_no_loss(tmp_path):
    path = collection(
        tmp_path / "a.geojson",
        [feature(None, n=1), {"type": "Feature", "properties": None}, "nonsense"],
    )
    rows, columns, shapes, problems = all_rows(open_source(path))
    assert rows.tolist() == [1, 2, 3]
    assert columns["n"] == [1, None, None]
    assert [s is None for s in shapes] == [True, True, True]
    assert [(p.rule, p.row) for p in problems] == [("not_a_feature", 3)]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_batches_of_any_size_hold_the_same(tmp_path, size):
    path = collection(tmp_path / "a.json", [feature(polygon(SQUARE), n=i) for i in range(10)])
    source = open_source(path)
    assert source.row_count == 10
    rows, columns, _, _ = all_rows(source, size)
    assert rows.tolist() == list(range(1, 11))
    assert columns["n"] == list(range(10))
    assert max(len(b) for b in source.batches(size)) <= size


def test_columns_are_those_of_all_features_and_values_keep_their_type(tmp_path):
    path = collection(
        tmp_path / "a.geojson",
        [feature(None, a="NA", b=1), feature(None, b="x", c=[1, 2]), feature(None, a="", d=2.5)],
    )
    source = open_source(path)
    assert source.columns == ["a", "b", "c", "d"]
    _, columns, _, _ = all_rows(source)
    assert columns["a"] == ["NA", None, None]
    assert columns["b"] == [1, "x", None]
    assert columns["c"] == [None, "[1,2]", None]
    assert columns["d"] == [None, None, 2.5]


def test_the_id_of_a_feature_is_a_column(tmp_path):
    path = collection(tmp_path / "a.geojson", [{**feature(None, n=1), "id": "HA 7"}])
    assert open_source(path).columns == ["id", "n"]


def test_named_crs_of_old_geojson_and_its_overruling(tmp_path):
    named = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32633"}}
    path = collection(tmp_path / "a.geojson", [feature(None, n=1)], crs=named)
    assert open_source(path).crs == "EPSG:32633"
    overruled = open_source(path, crs="EPSG:32634")
    assert overruled.crs == "EPSG:32634"
    assert [p.rule for p in overruled.problems] == ["crs_overruled"]


def test_one_feature_a_line_and_text_larger_than_a_chunk(tmp_path):
    path = tmp_path / "a.geojsonl"
    note = "é" * 700_000
    path.write_text(
        "\n".join(json.dumps(feature(None, n=i, note=note), ensure_ascii=False) for i in range(4)),
        "utf-8",
    )
    rows, columns, _, _ = all_rows(open_source(path))
    assert rows.tolist() == [1, 2, 3, 4]
    assert columns["note"] == [note] * 4


def test_files_with_a_feature_a_line_read_the_same_as_others(tmp_path):
    features = [feature(polygon(SQUARE), n=10**20 + i, t="a}\n,{", x=1.5) for i in range(30)]
    features += [feature(geometry, n=i) for i, (geometry, _, _) in enumerate(BROKEN)]
    whole = collection(tmp_path / "a.geojson", features)
    lines = tmp_path / "b.geojson"
    text = ",\r\n".join(json.dumps(f) for f in features)
    lines.write_text('{"type":"FeatureCollection","features":[\n' + text + "\n]}\n", "utf-8")
    one, two = all_rows(open_source(whole), 7), all_rows(open_source(lines), 7)
    assert one[1] == two[1]
    assert one[1]["n"][0] == 10**20
    assert one[2].tolist() == two[2].tolist()
    assert one[3] == two[3]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"type":"FeatureCollection","features":[{"type":"Feature"', "cut off"),
        ('{"type":"Topology","objects":{}}', "no GeoJSON"),
        ("[1]", "not GeoJSON"),
        ("", "empty"),
    ],
)
def test_what_is_no_geojson_is_refused(tmp_path, text, said):
    path = tmp_path / "a.geojson"
    path.write_text(text, "utf-8")
    with pytest.raises(ExchangeError, match=said):
        open_source(path)


# --- GDAL formats -------------------------------------------------------------------------------


def write_vector(path, driver, n=5, layer=None, append=False):
    shapes = np.array(
        [None if i == 2 else shapely.box(i, 0, i + 1, 1).wkb for i in range(n)], dtype=object
    )
    numbers = np.arange(n)
    pyogrio.raw.write(
        str(path), shapes, [np.array([f"HA-{i}" for i in range(n)], dtype=object), numbers],
        ["code", "number"], driver=driver, geometry_type="Polygon", crs="EPSG:32633",
        layer=layer, append=append, field_mask=[None, numbers == 3],
        **({"layer_options": {"SPATIAL_INDEX": "NO"}} if driver == "FlatGeobuf" else {}),
    )  # fmt: skip
    return path


@pytest.mark.parametrize(
    ("name", "driver"),
    [("a.gpkg", "GPKG"), ("a.shp", "ESRI Shapefile"), ("a.fgb", "FlatGeobuf")],
)
def test_vector_formats_keep_features_without_geometry(tmp_path, name, driver):
    source = open_source(write_vector(tmp_path / name, driver))
    assert source.crs == "EPSG:32633"
    assert source.row_count == 5
    for size in (2, 100):
        rows, columns, shapes, problems = all_rows(source, size)
        assert rows.tolist() == [1, 2, 3, 4, 5]
        assert columns["code"] == [f"HA-{i}" for i in range(5)]
        assert columns["number"] == [0, 1, 2, None, 4]
        assert [s is None for s in shapes] == [False, False, True, False, False]
        assert not problems


def test_zipped_shapefile(tmp_path):
    path = write_vector(tmp_path / "a.shp", "ESRI Shapefile")
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as out:
        for part in path.parent.glob("a.*"):
            if part.suffix != ".zip":
                out.write(part, "inside/" + part.name)
    rows, *_ = all_rows(open_source(archive))
    assert len(rows) == 5


def test_several_layers_must_be_chosen_from(tmp_path):
    path = write_vector(tmp_path / "a.gpkg", "GPKG", layer="north")
    write_vector(path, "GPKG", n=3, layer="south", append=True)
    with pytest.raises(ExchangeError, match=r"north, south.*--layer"):
        open_source(path)
    assert open_source(path, layer="south").row_count == 3
    with pytest.raises(ExchangeError, match="no layer 'west'"):
        open_source(path, layer="west")


def broken_wkb(positions):
    ring = np.array(positions, dtype="<f8")
    head = b"\x01\x03\x00\x00\x00\x01\x00\x00\x00" + np.uint32(len(ring)).tobytes()
    return head + ring.tobytes()


@pytest.mark.filterwarnings("ignore:Non closed ring detected")
def test_wkb_that_geos_refuses_is_named(tmp_path):
    shapes = np.array(
        [
            shapely.box(0, 0, 1, 1).wkb,
            broken_wkb([(0, 0), (1, 0)]),
            broken_wkb([(0, 0), (1, 0), (1, 1)]),
        ],
        dtype=object,
    )
    path = tmp_path / "a.gpkg"
    pyogrio.raw.write(
        str(path), shapes, [np.arange(3)], ["n"], driver="GPKG", geometry_type="Polygon",
        crs="EPSG:4326",
    )  # fmt: skip
    rows, _, geometry, problems = all_rows(open_source(path))
    assert rows.tolist() == [1, 2, 3]
    assert geometry[1] is None
    assert geometry[2].equals(shapely.Polygon([(0, 0), (1, 0), (1, 1)]))
    assert [(p.rule, p.severity, p.row) for p in problems] == [
        ("unreadable_geometry", "error", 2),
        ("unclosed_ring", "warning", 3),
    ]


KML = """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Folder><name>areas</name>
<Placemark><name>A</name><ExtendedData><Data name="code"><value>HA-1</value></Data></ExtendedData>
<Polygon><outerBoundaryIs><LinearRing><coordinates>0,0 1,0 1,1 0,0</coordinates></LinearRing>
</outerBoundaryIs></Polygon></Placemark>
<Placemark><name>B</name></Placemark></Folder></Document></kml>"""


def test_kml_and_kmz(tmp_path):
    (tmp_path / "a.kml").write_text(KML, "utf-8")
    with zipfile.ZipFile(tmp_path / "a.kmz", "w") as archive:
        archive.writestr("doc.kml", KML)
    for name in ("a.kml", "a.kmz"):
        source = open_source(tmp_path / name)
        rows, columns, shapes, _ = all_rows(source)
        assert source.crs == "EPSG:4326"
        assert rows.tolist() == [1, 2]
        assert columns["Name"] == ["A", "B"]
        assert columns["code"] == ["HA-1", None]
        assert shapes[0].area == 0.5
        assert shapes[1] is None


def test_a_vector_file_without_crs_says_so(tmp_path):
    path = write_vector(tmp_path / "a.shp", "ESRI Shapefile")
    path.with_suffix(".prj").unlink()
    assert [p.rule for p in open_source(path).problems] == ["crs_missing"]
    stated = open_source(path, crs="EPSG:32634")
    assert stated.crs == "EPSG:32634"
    assert not stated.problems
    with pytest.raises(ExchangeError, match="no coordinate system"):
        open_source(path, crs="EPSG:99999999")


# --- tables -------------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_csv_delimiters_and_encodings(tmp_path, delimiter, encoding):
    path = tmp_path / "a.csv"
    lines = [["code", "name"], ["1", "Čapljina"], ["2", "Foča "]]
    path.write_text("\r\n".join(delimiter.join(line) for line in lines), encoding)
    source = open_source(path)
    rows, columns, geometry, problems = all_rows(source)
    assert source.columns == ["code", "name"]
    assert source.delimiter == delimiter
    assert rows.tolist() == [2, 3]
    assert columns["name"] == ["Čapljina", "Foča "]
    assert geometry is None
    assert not problems
    assert not source.problems


def test_windows_text_is_read_and_said(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("code,place\n1,Peñol\n", "cp1252")
    source = open_source(path)
    assert all_rows(source)[1]["place"] == ["Peñol"]
    assert [(p.rule, p.severity) for p in source.problems] == [("encoding_assumed", "info")]


def test_csv_rows_have_the_number_of_their_line(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('code,note\n1,"two\nlines"\n\n2,x\n,\n3,a,b\n4\n', "utf-8")
    source = open_source(path)
    rows, columns, _, problems = all_rows(source)
    assert rows.tolist() == [2, 5, 7, 8]
    assert source.columns == ["code", "note", "column_3"]
    assert columns["note"] == ["two\nlines", "x", "a", None]
    assert columns["column_3"] == [None, None, "b", None]
    assert [(p.rule, p.row) for p in problems] == [("row_width", 7), ("row_width", 8)]


def test_repeated_headings_are_told_apart(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("id,id,\n1,2,3\n", "utf-8")
    source = open_source(path)
    assert source.columns == ["id", "id_2", "column_3"]
    assert {p.rule for p in source.problems} == {"repeated_column", "unnamed_column"}


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("id,place,n\n#meta+id,#adm1 +name,\n1,A,2\n", ["id", "place", "n"]),
        ("#meta+id,#adm1 +name,\n1,A,2\n", ["#meta+id", "#adm1 +name", "column_3"]),
    ],
)
def test_the_hxl_row_is_no_record(tmp_path, text, columns):
    path = tmp_path / "a.csv"
    path.write_text(text, "utf-8")
    source = open_source(path)
    assert source.columns == columns
    assert list(source.hxl.values()) == ["#meta+id", "#adm1+name"]
    assert source.row_count == 1
    assert list(all_rows(source)[1][columns[0]]) == ["1"]


def test_excel_errors_are_no_hxl_tags(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a,b\n#N/A,#REF!\n1,2\n", "utf-8")
    assert open_source(path).row_count == 2


def workbook(path, **sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append(row)
    book.save(path)
    return path


def test_xlsx_header_below_a_title_and_real_row_numbers(tmp_path):
    path = workbook(
        tmp_path / "a.xlsx",
        data=[
            ["Hazardous areas 2024"], [], ["Code", "Area (m2)", "Date"],
            ["A", 120.5, None], [], ["B", 7, "2020"],
        ],
    )  # fmt: skip
    source = open_source(path)
    rows, columns, _, _ = all_rows(source)
    assert source.columns == ["Code", "Area (m2)", "Date"]
    assert rows.tolist() == [4, 6]
    assert columns["Area (m2)"] == [120.5, 7]
    assert columns["Date"] == [None, "2020"]
    assert [p.rule for p in source.problems] == ["rows_above_header"]


def test_xlsx_sheets_must_be_chosen_from(tmp_path):
    path = workbook(tmp_path / "a.xlsx", one=[["a"], [1]], two=[["a"], [2]], empty=[])
    with pytest.raises(ExchangeError, match="one, two"):
        open_source(path)
    assert all_rows(open_source(path, sheet="two"))[1]["a"] == [2]


def test_archives_that_would_fill_the_disk_are_refused(tmp_path, monkeypatch):
    from landrelease.exchange import signatures

    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * 3_000_000)
    monkeypatch.setattr(signatures, "BOMB_BYTES", 1_000_000)
    with pytest.raises(ExchangeError, match="decompression bomb"):
        open_source(path)


@pytest.mark.parametrize(("name", "said"), [("a.doc", "unknown format"), ("b.csv", "no such file")])
def test_what_cannot_be_opened_says_why(tmp_path, name, said):
    (tmp_path / "a.doc").write_text("x", "utf-8")
    with pytest.raises(ExchangeError, match=said):
        open_source(tmp_path / name)


def test_damaged_files_name_themselves(tmp_path):
    for name in ("a.gpkg", "a.xlsx", "a.kmz", "a.fgb", "a.shp"):
        path = tmp_path / name
        path.write_bytes(b"not what it says")
        with pytest.raises(ExchangeError, match=name):
            open_source(path)
