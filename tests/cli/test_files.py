"""Files out and back from the command line: for editing, templates, tables for Power BI."""

from __future__ import annotations

import csv
import io
import json
import subprocess

import openpyxl
import pyogrio
import pytest
import shapely
from typer.testing import CliRunner

from landrelease.cli import app, context

RUN = CliRunner()


def square(east):
    """A square of 0.001 degrees in the empty South Atlantic."""
    west = -20 + east * 0.001
    return shapely.box(west, -20, west + 0.001, -19.999)


@pytest.fixture
def ask(workspace, tmp_path):
    """Run a command in this process; gives what it prints."""

    def run(*words, fails=False):
        found = RUN.invoke(app, ["-w", str(workspace.folder), *map(str, words)])
        if fails:
            assert found.exit_code != 0
            return str(found.exception) + found.output
        assert found.exit_code == 0, (found.output, found.exception)
        return found.stdout

    path = tmp_path / "hazards.geojson"
    path.write_text(
        json.dumps({
            "type": "FeatureCollection",
            "features": [
                {"type": "Feature", "geometry": square(i).__geo_interface__,
                 "properties": {"source_id": f"H{i}", "name": f"Area {i}", "type": "SHA"}}
                for i in range(3)
            ],
        })
    )  # fmt: skip
    run("import", path, "--as", "hazards", "--source", "Survey", "--accept")
    yield run
    context.folder = context.Path()


def ogr(path, statement):
    subprocess.run(["ogrinfo", "-q", str(path), "-sql", statement], check=True, capture_output=True)


def test_out_edited_and_back(ask, tmp_path):
    path = tmp_path / "field.gpkg"
    assert "3 rows" in ask("export", path, "--as", "hazards", "--for-editing")
    ogr(path, "UPDATE field SET remarks = 'seen', name = 'New name' WHERE source_id = 'H1'")
    ogr(path, "DELETE FROM field WHERE source_id = 'H2'")
    told = ask("import", path, "--back", "--dry-run")
    assert "1 would be changed" in " ".join(told.split())
    assert "nothing was kept" in told
    renamed = tmp_path / "now.csv"
    renamed.write_text("source_id,name\nH1,Named by us\n")
    ask("import", renamed, "--as", "hazards", "--source", "Survey", "--accept")
    rows = list(csv.DictReader(io.StringIO(
        ask("import", path, "--back", "--dry-run", "--format", "csv"))))  # fmt: skip
    assert [(r["field"], r["base"], r["theirs"], r["ours"]) for r in rows] == [
        ("name", "'Area 1'", "'New name'", "'Named by us'")
    ]
    outcome = json.loads(ask("import", path, "--back", "--accept", "--format", "json"))
    assert outcome["counts"]["changed"] == 1
    assert outcome["counts"]["missing_from_file"] == 1
    assert [c["field"] for c in outcome["conflicts"]] == ["name"]
    told = ask("import", path, "--back", "--dry-run")
    assert "Conflicts: the register's value stays" in told
    assert "Named by us" in told


def test_what_back_needs_is_said(ask, tmp_path):
    path = tmp_path / "plain.gpkg"
    ask("export", path, "--as", "hazards")
    assert "for-editing" in ask("import", path, "--back", fails=True)
    assert "--as" in ask("import", path, fails=True)
    assert "hazards, not accidents" in ask(
        "import", exported(ask, tmp_path), "--back", "--as", "accidents", fails=True
    )
    assert "GeoPackage" in ask(
        "export", tmp_path / "a.geojson", "--as", "hazards", "--for-editing", fails=True
    )
    assert "in clear" in ask(
        "export", tmp_path / "v.gpkg", "--as", "victims", "--for-editing", fails=True
    )


def exported(ask, tmp_path):
    ask("export", tmp_path / "field.gpkg", "--as", "hazards", "--for-editing")
    return tmp_path / "field.gpkg"


@pytest.mark.parametrize("name", ["a.gpkg", "a.shp", "a.fgb", "a.geojson", "a.esrijson"])
def test_an_export_in_another_coordinate_system_is_in_it(ask, tmp_path, name):
    """Whoever reads it is led to the same place, whatever the system."""
    path = tmp_path / name
    assert "3 rows" in ask("export", path, "--as", "hazards", "--crs", "EPSG:32727")
    table = pyogrio.read_dataframe(f"ESRIJSON:{path}" if name == "a.esrijson" else path)
    expected = "EPSG:4326" if name == "a.geojson" else "EPSG:32727"
    assert table.crs == expected
    west, south, east, north = table.to_crs("EPSG:4326").total_bounds
    assert (west, south) == pytest.approx((-20, -20), abs=1e-6)
    assert (east, north) == pytest.approx((-19.997, -19.999), abs=1e-6)


def test_a_template_comes_back_filled_in(ask, tmp_path):
    path = tmp_path / "hazards.xlsx"
    units = tmp_path / "units.csv"
    units.write_text("source_id,name\nXX01,Somewhere\n")
    ask("import", units, "--as", "units", "--source", "Units", "--accept")
    assert "--as hazards" in ask("template", "hazard", "-o", path)
    book = openpyxl.load_workbook(path)
    assert "XX01" in {c for row in book.worksheets[2].iter_rows(values_only=True) for c in row}
    page = book.worksheets[0]
    names = [cell.value for cell in page[1]]
    for name, value in {"source_id": "T1", "type": "CHA", "unit": "XX01", "longitude": "-20",
                        "latitude": "-20"}.items():  # fmt: skip
        page.cell(3, names.index(name) + 1, value)
    book.save(path)
    told = ask("import", path, "--as", "hazards", "--source", "Partner", "--accept")
    assert "1 rows as hazard" in told
    assert "example_row" in told
    table = tmp_path / "out.csv"
    ask("export", table, "--as", "hazards")
    with table.open(encoding="utf-8", newline="") as handle:
        (row,) = [r for r in csv.DictReader(handle) if r["source_id"] == "T1"]
    assert (row["type"], row["unit"]) == ("CHA", "XX01")


def test_tables_for_power_bi(ask, tmp_path):
    rows = json.loads(ask("star-schema", tmp_path / "bi", "--format", "json"))
    assert {r["file"]: r["rows"] for r in rows}["fact_hazard.csv"] == 3
    assert (tmp_path / "bi" / "README.md").is_file()
