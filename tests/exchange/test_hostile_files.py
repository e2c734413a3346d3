"""Files that are made to harm: none reads another file, fills the memory, or leaves its place."""

from __future__ import annotations

import json
import shutil
import zipfile

import numpy as np
import openpyxl
import pytest
import shapely
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS

from landrelease.exchange import ExchangeError, OutBatch, formulas, open_source, signatures, write
from landrelease.exchange.vectors import checked_crs

SECRET = "the content of another file"


@pytest.fixture
def secret(tmp_path):
    path = tmp_path / "secret.csv"
    path.write_text(f"name\n{SECRET}\n", encoding="utf-8")
    return path


def everything(path, **options):
    """All cells of a file as one text."""
    source = open_source(path, **options)
    return " ".join(
        str(cell)
        for batch in source.batches()
        for cells in batch.columns.values()
        for cell in cells
    )


def virtual(secret):
    """A GDAL virtual data source that reads the other file."""
    return (
        '<OGRVRTDataSource><OGRVRTLayer name="secret">'
        f"<SrcDataSource>{secret}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"
    )


def kml(name, head=""):
    return (
        f'<?xml version="1.0"?>{head}<kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
        f"<Placemark><name>{name}</name><Point><coordinates>1,2</coordinates></Point></Placemark>"
        "</Document></kml>"
    )


# --- a file that is not what its name says --------------------------------------------------------


@pytest.mark.parametrize("ending", ["kml", "gpkg", "shp", "fgb"])
def test_a_disguised_virtual_source_reads_nothing(tmp_path, secret, ending):
    path = tmp_path / f"areas.{ending}"
    path.write_text(virtual(secret), encoding="utf-8")
    with pytest.raises(ExchangeError, match=r"but its first element|does not begin as such"):
        everything(path)


@pytest.mark.parametrize(("archive", "part"), [("a.zip", "areas.shp"), ("a.kmz", "doc.kml")])
def test_nor_does_one_in_an_archive(tmp_path, secret, archive, part):
    path = tmp_path / archive
    with zipfile.ZipFile(path, "w") as made:
        made.writestr(part, virtual(secret))
    with pytest.raises(ExchangeError, match=part):
        everything(path)


@pytest.mark.parametrize("name", ["photo.svg", "page.html", "areas.vrt", "run.sh", "noending"])
def test_what_is_no_table_or_map_is_no_record(tmp_path, name):
    path = tmp_path / name
    path.write_text("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>")
    with pytest.raises(ExchangeError, match="unknown format"):
        open_source(path)


@pytest.mark.parametrize(
    "named",
    [
        "+init={}:x", "+proj=longlat +ellps=WGS84 +nadgrids={} +type=crs",
        "+proj=longlat +ellps=WGS84 +nadgrids=@null,@{} +type=crs",
        'PROJCS["x",EXTENSION["PROJ4","+proj=merc +nadgrids={}"]]',
        'BOUNDCRS[PARAMETERFILE["grid","{}"]]',
    ],
)  # fmt: skip
def test_a_coordinate_system_names_no_file(tmp_path, secret, named):
    """PROJ would open it, whoever wrote the file that says so."""
    path = tmp_path / "areas.geojson"
    path.write_text(json.dumps({
        "type": "FeatureCollection", "features": [],
        "crs": {"type": "name", "properties": {"name": named.format(secret)}},
    }))  # fmt: skip
    with pytest.raises(ExchangeError, match="names a file"):
        open_source(path)


@pytest.mark.parametrize("known", ["EPSG:4326", "EPSG:3857", "EPSG:32633", "ESRI:102100"])
def test_nor_is_an_ordinary_one_taken_for_such(known):
    for text in (
        known, CRS.from_user_input(known).to_wkt(), CRS.from_user_input(known).to_wkt("WKT1_GDAL"),
        CRS.from_user_input(known).to_json(),
    ):  # fmt: skip
        assert checked_crs("a file", text)


def test_markup_in_a_cell_is_a_text_and_nothing_else(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('name,remarks\nA,"<script>alert(1)</script><img src=x onerror=y>"\n')
    assert "<script>alert(1)</script>" in everything(path)


# --- XML -----------------------------------------------------------------------------------------

BOMB = (
    '<!DOCTYPE kml [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {chr(98 + i)} "{("&" + chr(97 + i) + ";") * 10}">' for i in range(8))
    + "]>"
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("what", ["file", "bomb", "outside"])
def test_entities_of_a_kml_are_refused(tmp_path, secret, what, encoding):
    head = {
        "file": f'<!DOCTYPE kml [<!ENTITY i SYSTEM "file://{secret}">]>',
        "outside": f'<!DOCTYPE kml SYSTEM "file://{secret}">',
        "bomb": BOMB,
    }[what]
    path = tmp_path / "a.kml"
    text = kml("plain" if what == "outside" else "&i;", head)
    path.write_text(text.replace('version="1.0"', f'version="1.0" encoding="{encoding}"'), encoding)
    with pytest.raises(ExchangeError, match="entities"):
        everything(path)
    packed = tmp_path / "a.kmz"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(path, "doc.kml")
    with pytest.raises(ExchangeError, match="entities"):
        everything(packed)


def test_a_kml_that_is_one_is_read(tmp_path):
    path = tmp_path / "a.kml"
    path.write_text(kml("A place"), encoding="utf-8")
    assert "A place" in everything(path)


PARTS = ("xl/sharedStrings.xml", "xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/styles.xml")


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("what", ["file", "bomb"])
def test_entities_of_a_workbook_are_refused(tmp_path, secret, part, what):
    good, bad = tmp_path / "good.xlsx", tmp_path / "bad.xlsx"
    with xlsxwriter.Workbook(good) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ["name", "remarks"])
        page.write_row(1, 0, ["A", "marker"])
    head = BOMB if what == "bomb" else f'<!DOCTYPE x [<!ENTITY i SYSTEM "file://{secret}">]>'
    with zipfile.ZipFile(good) as old, zipfile.ZipFile(bad, "w") as new:
        for item in old.infolist():
            text = old.read(item).decode()
            if item.filename == part:
                start = text.index("?>") + 2 if text.startswith("<?xml") else 0
                text = text[:start] + head + text[start:].replace("marker", "&i;")
            new.writestr(item, text)
    assert "marker" in everything(good)
    with pytest.raises(ExchangeError):
        assert SECRET not in everything(bad)


# --- archives ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "part"),
    [("a.xlsx", "xl/sharedStrings.xml"), ("a.kmz", "doc.kml"), ("a.zip", "a.shp")],
)
def test_an_archive_that_unpacks_to_an_absurd_size_is_refused(tmp_path, monkeypatch, name, part):
    monkeypatch.setattr(signatures, "BOMB_BYTES", 1_000_000)
    path = tmp_path / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(part, b"0" * 3_000_000)
    with pytest.raises(ExchangeError, match="decompression bomb"):
        open_source(path)


def test_an_archive_that_lies_about_its_size_is_refused(tmp_path):
    """The directory says 10 bytes, the part holds more: nothing beyond what is said is read."""
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * 5_000_000)
    data = bytearray(path.read_bytes())
    said = (5_000_000).to_bytes(4, "little")
    assert data.count(said) == 2
    path.write_bytes(bytes(data).replace(said, (10).to_bytes(4, "little")))
    with pytest.raises(ExchangeError):
        everything(path)


def test_a_geopackage_inside_a_zip_is_not_unpacked(tmp_path):
    write(
        tmp_path / "a.gpkg",
        "hazards",
        [OutBatch({"name": ["A"]}, np.array([shapely.box(0, 0, 1, 1)]))],
    )
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(tmp_path / "a.gpkg", "a.gpkg")
    with pytest.raises(ExchangeError, match="0 Shapefiles"):
        open_source(path)


@pytest.mark.parametrize(
    "inner", ["../../a.shp", "/etc/a.shp", "..\\a.shp", "C:/a.shp", "x/../../a.shp"]
)
def test_a_name_that_leads_out_of_its_archive_is_refused(tmp_path, inner):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(inner, b"\x00\x00\x27\x0a")
    with pytest.raises(ExchangeError, match="leads out of the archive"):
        open_source(path)


def test_a_name_with_a_path_in_a_record_makes_no_file(tmp_path):
    """Texts of records never become names of files."""
    path = tmp_path / "a.csv"
    path.write_text("source_id,name\n../../escaped,../../../escaped\n")
    before = sorted(tmp_path.rglob("*"))
    assert "escaped" in everything(path)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("name", ["a.xlsx", "a.gpkg", "a.kml", "a.kmz", "a.zip", "a.fgb"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_file_that_is_cut_off_is_refused_in_one_sentence(tmp_path, name, share):
    source = tmp_path / name.replace(".zip", ".shp").replace(".kmz", ".kml")
    shapes = np.array([shapely.box(i, 0, i + 1, 1) for i in range(300)])
    write(source, "hazards", [OutBatch({"name": [f"Area {i}" for i in range(300)]}, shapes)])
    path = tmp_path / name
    if path != source:
        with zipfile.ZipFile(path, "w") as archive:
            for part in tmp_path.glob(f"{source.stem}.*"):
                if part != path:
                    archive.write(part, part.name)
    whole = path.read_bytes()
    cut = tmp_path / f"cut{path.suffix}"
    cut.write_bytes(whole[: int(len(whole) * share)])
    try:
        found = everything(cut)
    except ExchangeError:
        return
    # A table of a database may survive its cut-off end; then nothing of it is missing.
    assert all(f"Area {i}" in found for i in range(300))


# --- formulas ------------------------------------------------------------------------------------

TEXTS = st.text(st.sampled_from("=+-@＝'\t\r\n |ab1é"), max_size=8)


@given(TEXTS)
def test_a_text_is_never_a_formula_and_comes_back(text):
    cell = formulas.guard(text)
    assert not formulas.like_a_formula(cell)
    assert formulas.unguard(cell) == text


@pytest.mark.parametrize("text", ["'Ain Zara", "'", "O'Hara", "12"])
def test_other_texts_are_left_alone(text):
    assert formulas.guard(text) == formulas.unguard(text) == text


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx"])
@pytest.mark.parametrize(
    "text", ["=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(A1)", "'=1", "''=1", "＝1", " =1"]
)
def test_formulas_go_out_harmless_and_come_back_as_they_were(tmp_path, name, text):
    path = tmp_path / name
    write(path, "organisations", [OutBatch({"name": [text, "x"]})])
    if name == "a.csv":
        assert not formulas.like_a_formula(path.read_text("utf-8").split("\n")[1].strip('"'))
    else:
        cell = openpyxl.load_workbook(path).active["A2"]
        assert (cell.data_type, cell.quotePrefix or text[0] == "'") == ("s", True)
    source = open_source(path)
    (batch,) = source.batches()
    assert batch.columns["name"].tolist() == [text, "x"]
    said = [p.rule for p in source.problems]
    assert said == (["text_mark_taken_away"] if name == "a.csv" else [])


def test_negative_numbers_are_no_formulas(tmp_path):
    path = tmp_path / "a.csv"
    write(path, "hazards", [OutBatch({"beneficiaries": [-5], "declared_m2": ["-1.5"]})])
    assert "-5" in path.read_text()
    assert "'" not in path.read_text()


def test_the_helper_needs_no_leftovers(tmp_path):
    """A failed look leaves the file where and as it was."""
    path = tmp_path / "a.kml"
    path.write_text("no xml at all")
    shutil.copy(path, tmp_path / "copy")
    with pytest.raises(ExchangeError, match="no readable XML"):
        open_source(path)
    assert path.read_bytes() == (tmp_path / "copy").read_bytes()
