"""Tables for Power BI: every key leads somewhere, nothing restricted is in them, whole or not."""

from __future__ import annotations

import csv
import hashlib
import json
import re

import pytest
from registering import activities, hazards, square, submit, table

from landrelease.exchange import ExchangeError
from landrelease.exchange.star import FACTS, write_star
from landrelease.register.models import Hazard


def quiet(*_):
    pass


@pytest.fixture
def programme(workspace, tmp_path):
    operator = {"source_id": "OP1", "name": "First", "kind": "operator"}
    submit(table(tmp_path / "orgs.csv", [operator]), "organisations")
    submit(table(tmp_path / "units.csv", [{"source_id": "U1", "name": "Čapljina"}]), "units")
    hazards(
        tmp_path,
        (square(), {"source_id": "H1", "name": "=HYPERLINK(1)", "type": "CHA", "classes": "ap|cmr",
                    "date": "2020", "organisation": "OP1", "unit": "U1", "remarks": "secret"}),
        (None, {"source_id": "H2", "date": "2021-03-04", "declared_m2": 0}),
    )  # fmt: skip
    activities(tmp_path, (square(), {"source_id": "A1", "hazard": "H1", "kind": "clearance",
                                     "organisation": "OP1", "date": "2022-06-30"}))  # fmt: skip
    submit(table(tmp_path / "eo.csv", [
        {"source_id": "E1", "ordnance_class": "ap", "quantity": 3, "condition": "destroyed"},
        {"source_id": "E2", "ordnance_class": "erw", "quantity": 9, "condition": "left"},
    ]), "ordnance")  # fmt: skip
    return tmp_path


def read(folder):
    tables = {}
    for path in folder.glob("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as handle:
            tables[path.stem] = list(csv.DictReader(handle))
    return tables


def test_every_key_leads_somewhere(programme):
    star = write_star(programme / "star", quiet)
    tables = read(programme / "star")
    assert {f"fact_{name}" for name in FACTS} <= set(tables)
    for join in star.joins:
        keys = [row[join.key] for row in tables[join.to]]
        assert len(keys) == len(set(keys)), f"{join.to}.{join.key} is a key"
        used = {row[join.column] for row in tables[join.table]} - {""}
        assert used <= set(keys), join
    first, second = tables["fact_hazard"]
    assert first["organisation_key"] == tables["dim_organisation"][0]["organisation_key"]
    assert (first["type"], first["date_start"], first["date_end"]) == (
        "CHA", "2020-01-01", "2020-12-31",
    )  # fmt: skip
    area = Hazard.objects.get(source_id="H1").area_mm2
    assert float(first["area_m2"]) == pytest.approx(area / 1e6, abs=0.05)
    assert (second["area_m2"], second["declared_m2"], second["type"]) == ("", "0", "")
    assert [r["class"] for r in tables["bridge_hazard_class"]] == ["ap", "cmr"]
    assert tables["dim_unit"][0]["name"] == "Čapljina"
    assert len(tables["dim_date"]) == 366 + 365 + 365
    assert first["name"] == "'=HYPERLINK(1)"


def test_nothing_restricted_is_in_it(programme):
    star = write_star(programme / "star", quiet)
    text = "".join(p.read_text("utf-8-sig") for p in (programme / "star").glob("*.csv"))
    assert "secret" not in text
    assert not re.search(r"-20\.0\d|POLYGON|longitude", text)
    assert [row["quantity"] for row in read(programme / "star")["fact_ordnance"]] == ["3"]
    assert star.withheld["fact_ordnance: items not recorded as destroyed (restricted)"] == 1
    assert "1 rows" in (programme / "star/README.md").read_text("utf-8")


def test_the_manifest_is_true_and_the_folder_the_same_again(programme):
    folder = programme / "star"
    write_star(folder, quiet)
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    manifest = json.loads(before["manifest.json"])
    tables = read(folder)
    for name, told in manifest["files"].items():
        assert hashlib.sha256(before[name]).hexdigest() == told["sha256"]
        assert len(tables[name.removesuffix(".csv")]) == told["rows"]
    write_star(folder, quiet)
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before
    assert not [p for p in programme.iterdir() if p.name.startswith(".star")]


def test_a_folder_of_somebody_else_is_not_replaced(programme):
    folder = programme / "mine"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    with pytest.raises(ExchangeError, match="nothing of yours"):
        write_star(folder, quiet)
    assert [p.name for p in folder.iterdir()] == ["notes.txt"]


def test_a_failure_leaves_the_old_folder(programme):
    folder = programme / "star"
    write_star(folder, quiet)
    before = {p.name: p.read_bytes() for p in folder.iterdir()}

    def failing(*_):
        raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError):
        write_star(folder, failing)
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before
    assert not [p for p in programme.iterdir() if p.name.startswith(".star")]
