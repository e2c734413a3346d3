"""Who gets to see what: a matrix written by hand, held against the bytes that come back.

``matrix.csv`` is not derived from the rules of the program: it says what each role is to get by
each way. The workspace holds marked values, and every answer is searched for them:

* ``place``: a coordinate of a hazard as surveyed; ``name``: its name;
* ``informant``: who told of it; ``cache``: a restricted store, and a hazard from military records;
* ``victim``: a victim's name; ``count``: a count of three, printed in a table of counts.

``-`` stands where the answer may hold it or not.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import shapely
from django.core.cache import cache
from django.db import connection
from django.test import Client, override_settings
from filling import insert
from typer.testing import CliRunner

from landrelease.cli.main import app
from landrelease.register import people
from landrelease.register import workspace as workspaces
from landrelease.register.roles import Grant, Role

MATRIX = Path(__file__).with_name("matrix.csv")
MARKS = {
    "place": b"17.12345",
    "name": b"Hnamecanary",
    "informant": b"Qinformantcanary",
    "cache": b"Kcachecanary",
    "victim": b"Zvictimcanary",
    "count": b",3,false",
}
PASSWORD = "correct horse battery"
GRANTS = {
    **{role.value: (Grant(role),) for role in Role},
    "scoped_reviewer": (Grant(Role.reviewer, organisation="OP1"),),
}
PROFILE = """
name: matrix
title: Matrix
release: {clearance_depth_cm: 20, surface_methods: []}
checks: {vertices_far_apart_m: 5000, sliver_m2: 100, overlap_m2: 1, parts_overlap_fraction: 0.009,
  declared_tolerance_fraction: 0.05}
publication: {hazard_warnings: true, restricted_namespaces: [military]}
"""


def lines(*ways: str) -> list[dict[str, str]]:
    with MATRIX.open(encoding="utf-8", newline="") as handle:
        return [row for row in csv.DictReader(handle) if row["way"] in ways]


def wrong(row: dict[str, str], status: int, body: bytes) -> Iterator[str]:
    """What of an answer is not as the matrix says."""
    where = f"{row['role']} {row['way']} {row['route']}"
    if status != int(row["status"]):
        yield f"{where}: {status}, not {row['status']}"
    for name, mark in MARKS.items():
        if row[name] != "-" and (mark in body) != (row[name] == "yes"):
            yield f"{where}: {name} is {'there' if mark in body else 'not there'}"


@pytest.fixture
def marked(workspace, tmp_path) -> Iterator[Path]:
    """A workspace that holds the marked values."""
    cache.clear()
    folder = workspace.folder
    (folder / "profile.yaml").write_text(PROFILE, encoding="utf-8")
    settings = folder / "landrelease.toml"
    settings.write_text(
        settings.read_text(encoding="utf-8").replace('"default"', '"profile.yaml"'),
        encoding="utf-8",
    )
    connection.close()
    workspaces.open_workspace(folder)
    insert("unit", [{"source_id": "PC1", "name": "Unit", "level": 1,
                     "geometry": shapely.box(16.5, 43.5, 18.5, 45.5)}])  # fmt: skip
    bring(folder, tmp_path, "hazards", "survey", [
        (shapely.box(17.123451, 44.123451, 17.123456, 44.123456),
         {"source_id": "H1", "name": "Hnamecanary", "type": "CHA", "classes": "ap",
          "date": "2020-05-01", "remarks": "told by Qinformantcanary"}),
    ])  # fmt: skip
    bring(folder, tmp_path, "hazards", "military", [
        (shapely.box(17.5, 44.5, 17.51, 44.51),
         {"source_id": "Kcachecanary", "name": "Kcachecanary", "type": "CHA", "classes": "ap",
          "date": "2020-05-01"}),
    ])  # fmt: skip
    bring(folder, tmp_path, "evidence", "survey", [
        (shapely.Point(17.6, 44.6),
         {"source_id": "E1", "kind": "interview", "statement": "Qinformantcanary saw it",
          "date": "2020-05-01", "restricted": "true"}),
    ])  # fmt: skip
    insert("document", [{"title": "A report", "author": "Qinformantcanary",
                         "remarks": "Qinformantcanary"}])  # fmt: skip
    insert("ordnance", [{"remarks": "Kcachecanary", "ordnance_class": "other_erw", "quantity": 3}])
    year = {"date_start": "2020-01-01", "date_end": "2020-12-31"}
    place = shapely.Point(17.2, 44.2)
    insert("accident", [
        {**year, "killed": 3, "injured": 40, "device_class": "ap", "geometry": place},
        *[{**year, "injured": 1, "device_class": "av", "geometry": place} for _ in range(20)],
    ])  # fmt: skip
    victims = tmp_path / "victims.csv"
    victims.write_text("victim_id,name,year\nV1,Zvictimcanary,2020\n", encoding="utf-8")
    command = ["-w", str(folder), "import", str(victims), "--as", "victims", "--accept"]
    outcome = CliRunner().invoke(app, [*command, "--source", "a test"])
    assert outcome.exit_code == 0, outcome.output
    yield folder
    connection.close()


def bring(folder: Path, tmp_path: Path, plural: str, namespace: str, rows) -> None:
    """Import records the way a person does."""
    file = tmp_path / f"{plural}-{namespace}.geojson"
    features = [
        {"type": "Feature", "geometry": shape.__geo_interface__, "properties": properties}
        for shape, properties in rows
    ]
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    command = ["-w", str(folder), "import", str(file), "--as", plural, "--accept"]
    outcome = CliRunner().invoke(app, [*command, "--source", "a test", "--namespace", namespace])
    assert outcome.exit_code == 0, outcome.output


def signed_in(role: str) -> Client:
    browser = Client(HTTP_HOST="mines.example.org")
    if role == "anonymous":
        return browser
    user = people.add(role, PASSWORD, organisation="Authority", grants=GRANTS[role])
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    import time

    session = browser.session
    session["account_authentication_methods_user"] = str(user.pk)
    session["account_authentication_methods"] = [
        {"method": "mfa", "type": "totp", "id": 1, "at": time.time(), "reauthenticated": True}
    ]
    session.save()
    return browser


def test_the_matrix_names_every_role_and_every_mark():
    rows = lines("page", "tile", "export", "publish")
    assert {row["role"] for row in rows} >= {"anonymous", "viewer", "partner", "reviewer"}
    assert set(rows[0]) == {"role", "way", "route", "status", *MARKS}
    for mark in MARKS:
        assert "no" in {row[mark] for row in rows}


def test_pages_and_tiles_give_each_role_what_the_matrix_says(marked):
    found: list[str] = []
    browsers: dict[str, Client] = {}
    with override_settings(LANDRELEASE_SITE=True, ALLOWED_HOSTS=["mines.example.org"]):
        for row in lines("page", "tile"):
            if row["role"] not in browsers:
                browsers[row["role"]] = signed_in(row["role"])
            answer = browsers[row["role"]].get(row["route"], secure=True)
            found += wrong(row, answer.status_code, answer.content)
    assert not found, "\n".join(found)


def test_exports_of_a_tier_hold_what_the_matrix_says(marked, tmp_path):
    found: list[str] = []
    for number, row in enumerate(lines("export")):
        kind, ending = row["route"].split(".")
        file = tmp_path / f"out{number}.{ending}"
        command = ["-w", str(marked), "export", str(file), "--as", kind, "--tier", row["role"]]
        outcome = CliRunner().invoke(app, command)
        body = file.read_bytes() if file.exists() else b""
        found += wrong(row, outcome.exit_code, body + outcome.output.encode())
    assert not found, "\n".join(found)


@pytest.fixture
def open_data(marked, tmp_path) -> Path:
    people.add("amra", PASSWORD, organisation="Authority", grants=[Grant(Role.approver)])
    folder = tmp_path / "open-data"
    outcome = CliRunner().invoke(
        app,
        ["-w", str(marked), "publish", "-o", str(folder), "--person", "amra", "--format", "json"],
        env={"LANDRELEASE_PASSWORD": PASSWORD},
    )
    assert outcome.exit_code == 0, outcome.output
    return folder


def test_published_files_hold_what_the_matrix_says(open_data):
    found: list[str] = []
    listed = {row["route"] for row in lines("publish")}
    for row in lines("publish"):
        found += wrong(row, 0, (open_data / row["route"]).read_bytes())
    assert not found, "\n".join(found)
    # What the matrix does not name must not hold any mark either.
    for path in open_data.iterdir():
        if path.name not in listed:
            body = path.read_bytes()
            assert not [name for name, mark in MARKS.items() if mark in body], path.name


def test_published_hazards_cover_the_restricted_one_too(open_data):
    shown = json.loads((open_data / "hazards.geojson").read_text(encoding="utf-8"))
    ground = shapely.union_all([shapely.geometry.shape(f["geometry"]) for f in shown["features"]])
    assert shapely.covers(ground, shapely.box(17.5, 44.5, 17.51, 44.51))
    assert shapely.covers(ground, shapely.box(17.123451, 44.123451, 17.123456, 44.123456))
    assert "does not mean safe" in shown["warning"]
    assert shown["data_of"]


def test_published_small_counts_are_withheld_and_sums_hold_by_their_checksums(open_data):
    import hashlib

    rows = list(csv.DictReader(io.StringIO((open_data / "casualties.csv").read_text())))
    killed = [row for row in rows if row["fate"] == "killed"]
    assert killed
    assert {row["withheld"] for row in killed} == {"true"}
    for line in (open_data / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256((open_data / name).read_bytes()).hexdigest() == digest


def test_only_an_approver_publishes(marked, tmp_path):
    people.add("vera", PASSWORD, organisation="Authority", grants=[Grant(Role.viewer)])
    outcome = CliRunner().invoke(
        app,
        ["-w", str(marked), "publish", "-o", str(tmp_path / "no"), "--person", "vera"],
        env={"LANDRELEASE_PASSWORD": PASSWORD},
    )
    assert outcome.exit_code != 0
    assert not (tmp_path / "no").exists()
