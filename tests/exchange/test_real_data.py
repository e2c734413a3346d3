"""Real files, whole: each row is accounted for."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from landrelease.exchange import Mapping, open_source

pytestmark = pytest.mark.shared


def take(path, kind, size=5_000):
    """Typed rows of a file as one; rows in, rows out, and rows unusable are compared."""
    source = open_source(path)
    mapping = Mapping.guess(kind, source.columns, source.hxl)
    batches = list(mapping.typed(source, size))
    rows = np.concatenate([b.rows for b in batches])
    assert len(rows) == len(set(rows.tolist())) == source.row_count
    for b in batches:
        said = {p.row for p in b.problems if p.severity == "error"}
        assert set(b.rows[b.unusable].tolist()) <= said
        assert all(len(cells) == len(b) for cells in b.fields.values())
    return source, mapping, batches


def fields(batches, name):
    return [v for b in batches for v in b.fields[name]]


@pytest.mark.parametrize(
    ("name", "kind", "rows", "null", "field", "code"),
    [
        ("suspect_areas_simplyfied", "hazards", 11_068, 3_094, "type", "SHA"),
        ("cleared_areas_simplyfied", "activities", 8_329, 108, "result", "cleared"),
        ("lifted_minefields", "evidence", 925, 0, "kind", "past_clearance"),
    ],
)
def test_bosnian_areas(shared, name, kind, rows, null, field, code):
    source, _, batches = take(shared / "data" / "bosnia_mines" / f"{name}.geojson", kind)
    assert source.row_count == rows
    assert source.crs == "EPSG:4326"
    assert sum(g is None for b in batches for g in b.geometry) == null
    assert Counter(fields(batches, field)) == {code: rows}
    assert all(e["fileId"] for b in batches for e in b.extra)
    assert not any(b.problems for b in batches)
    # Nothing is said about dates, classes or methods, and nothing is made up.
    assert set(fields(batches, "date")) == {None}
    assert set(fields(batches, "classes" if kind != "evidence" else "statement")) == {None}


def test_colombian_events(shared):
    source, mapping, batches = take(
        shared / "data" / "colombia_events" / "events_1990_2014.csv", "accidents"
    )
    assert source.row_count == 30_866
    assert mapping.place.kind == "lonlat"
    lines = np.concatenate([b.rows for b in batches])
    assert (lines[0], lines[-1]) == (2, 30_867)
    years = Counter(d["start"][:4] for d in fields(batches, "date"))
    assert sum(years.values()) == 30_866
    assert set(years) <= {str(y) for y in range(1990, 2015)}
    with_place = sum(g is not None for b in batches for g in b.geometry)
    named = {p.row for b in batches for p in b.problems if p.severity == "error"}
    empty = sum(
        b.geometry[i] is None and int(b.rows[i]) not in named
        for b in batches
        for i in range(len(b))
    )
    assert with_place + len(named) + empty == 30_866


def test_colombian_victims(shared):
    path = shared / "data" / "colombia_victimas" / "SituacionVictimas.csv"
    source, mapping, batches = take(path, "victims")
    assert source.row_count == 12_390
    swapped = [p for b in batches for p in b.problems if p.rule == "swapped_columns"]
    assert sorted(p.field for p in swapped) == ["consequence", "sex"]
    assert set(fields(batches, "sex")) == set(fields(batches, "consequence")) == {None}
    dates = fields(batches, "date")
    assert all(d["start"][:4] in {str(y) for y in range(1990, 2024)} for d in dates)
    assert all(d["start"][:7] == d["end"][:7] for d in dates)
    corrected = Mapping("victims", {**mapping.columns, "sex": "estado", "consequence": "genero"})
    batches = list(corrected.typed(source))
    for field in ("sex", "consequence"):
        recorded = [v for v in fields(batches, field) if v is not None]
        assert len(recorded) > 12_000
    assert not any(p.rule == "swapped_columns" for b in batches for p in b.problems)


def test_ucdp_with_hxl_row(shared):
    path = shared / "data" / "ucdp_hdx_fixture" / "conflict_data_BGD.csv"
    source, mapping, batches = take(path, "accidents")
    assert source.row_count == 601
    assert source.hxl["latitude"] == "#geo+lat"
    assert mapping.columns["killed"] == "best"
    assert mapping.columns["date"] == {"start": "date_start", "end": "date_end"}
    assert batches[0].rows[0] == 3
    assert not any(str(v).startswith("#") for v in fields(batches, "source_id"))
    assert all(isinstance(v, int) for v in fields(batches, "killed"))


def test_global_pcodes(shared):
    path = shared / "data" / "global_pcodes" / "global_pcodes_adm_1_2.csv"
    source, _, batches = take(path, "units")
    assert source.row_count == 33_453
    ids = fields(batches, "source_id")
    assert all(isinstance(i, str) and i for i in ids)
    (raw,) = source.batches(50_000)
    assert ids == [c.strip() for c in raw.columns["P-Code"]]
    parents = fields(batches, "parent")
    assert [p["given"] for p in parents] == [c.strip() for c in raw.columns["Parent P-Code"]]
    repeated = Counter(ids)
    flagged = sum(int(b.unusable.sum() + b.repeated.sum()) for b in batches)
    nameless = sum(v is None for v in fields(batches, "name"))
    assert flagged == sum(n - 1 for n in repeated.values()) + nameless
