"""QGIS reads every layer: files that are exported, and the service on loopback.

QGIS is half a gigabyte, so ``make test`` does not install it; where it is installed (on Debian
``apt install python3-qgis``) these tests are collected, elsewhere there are none.
"""

from __future__ import annotations

import json

import pytest
from filling_api import fill
from typer.testing import CliRunner

import qgis_reader
from landrelease.cli.main import app
from landrelease.register.models import Accident, Activity, Hazard
from serving import served

LAYERS = {"hazards": Hazard, "activities": Activity, "accidents": Accident}

if qgis_reader.installed():

    @pytest.mark.parametrize("ending", ["gpkg", "geojson"])
    def test_qgis_reads_every_layer_of_files(store, tmp_path, ending):
        fill(tmp_path)
        sources = []
        for plural in LAYERS:
            file = tmp_path / f"out-{plural}.{ending}"
            words = ["-w", str(store.folder), "export", str(file), "--as", plural]
            done = CliRunner().invoke(app, words)
            assert done.exit_code == 0, done.output
            sources.append(("ogr", str(file)))
        for found, (plural, model) in zip(qgis_reader.read(*sources), LAYERS.items(), strict=True):
            assert found["valid"], found
            assert found["crs"] == "EPSG:4326", plural
            rows = model.objects.all()
            assert found["refs"] == sorted(row.ref for row in rows), plural
            assert found["placed"] == rows.exclude(geometry_state="missing").count(), plural
            west, south, east, north = found["box"]
            assert -180 <= west <= east <= 180
            assert -90 <= south <= north <= 90

    def test_qgis_reads_every_layer_of_the_service(store, tmp_path):
        fill(tmp_path)
        with served(store.folder) as address:
            listed = _collections(address)
            assert set(LAYERS) < set(listed)
            sources = [
                ("OAPIF", f"url='{address}/api/v1/ogc' typename='{layer}'") for layer in listed
            ]
            read = dict(zip(listed, qgis_reader.read(*sources), strict=True))
        for layer, found in read.items():
            assert found["valid"], (layer, found)
        for layer in ("activities", "accidents"):
            rows = LAYERS[layer].objects.all()
            assert read[layer]["refs"] == sorted(row.ref for row in rows), layer
        assert len(read["hazards"]["refs"]) == 4
        assert len(read["released_land"]["refs"]) == 1


def _collections(address: str) -> list[str]:
    import httpx

    answer = httpx.get(f"{address}/api/v1/ogc/collections")
    return [one["id"] for one in json.loads(answer.text)["collections"]]
