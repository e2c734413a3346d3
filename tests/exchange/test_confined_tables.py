"""Files that keep a reader busy, fill the memory or break it: refused, and the program goes on."""

from __future__ import annotations

import datetime as dt
import decimal
import json
import os
import pickle
import signal
import sqlite3
from pathlib import Path

import numpy as np
import openpyxl
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from landrelease.evidence.confined import Limits
from landrelease.exchange import ExchangeError, OutBatch, confined, parcels, read, write
from landrelease.exchange.problems import Problem
from landrelease.exchange.source import RawBatch, objects
from process_limits import told_of


@pytest.fixture
def own():
    """Processes of this test alone."""
    confined._idle.end()
    yield confined._idle.waiting
    confined._idle.end()


def areas(path, count=60):
    shapes = np.array([shapely.box(i, 0, i + 1, 1) for i in range(count)])
    write(path, "hazards", [OutBatch({"name": [f"Area {i}" for i in range(count)]}, shapes)])
    return path


def everything(source, size=25):
    """All of a source, in values that can be compared."""
    about = {k: v for k, v in vars(source).items() if k not in ("_read", "path")}
    return about, [
        (b.rows.tolist(), {k: list(v) for k, v in b.columns.items()},
         None if b.geometry is None else shapely.to_wkt(b.geometry).tolist(), b.crs, b.problems)
        for b in source.batches(size)
    ]  # fmt: skip


@pytest.mark.parametrize("ending", ["gpkg", "geojson", "csv", "xlsx", "kml", "fgb", "shp"])
def test_the_rows_are_the_same_as_without_it(tmp_path, ending):
    path = areas(tmp_path / f"areas.{ending}")
    assert everything(confined.open_source(path)) == everything(read.open_source(path))


def test_a_refusal_is_the_same(tmp_path):
    path = tmp_path / "areas.gpkg"
    path.write_text("no database")
    told = []
    for reader in (confined, read):
        with pytest.raises(ExchangeError) as refused:
            reader.open_source(path)
        told.append(str(refused.value))
    assert told[0] == told[1]
    with pytest.raises(ExchangeError, match="no such file"):
        confined.open_source(tmp_path / "none.gpkg")


def test_a_geopackage_left_open_for_writing_by_its_program_is_read(tmp_path):
    """QGIS leaves the write-ahead log on; the reader may write no file beside it."""
    path = areas(tmp_path / "areas.gpkg")
    with sqlite3.connect(path) as database:
        assert database.execute("PRAGMA journal_mode=WAL").fetchone() == ("wal",)
    database.close()
    about, batches = everything(confined.open_source(path))
    assert about["row_count"] == 60
    assert sum(len(rows) for rows, *_ in batches) == 60


def test_it_is_another_process_and_is_used_again(tmp_path, own):
    first, second = areas(tmp_path / "a.gpkg"), areas(tmp_path / "b.csv")
    everything(confined.open_source(first))
    (reader,) = confined._idle.waiting
    everything(confined.open_source(second))
    assert confined._idle.waiting == [reader]
    assert reader._process.pid != os.getpid()


def test_it_writes_no_files_and_knows_no_secret(tmp_path, own, monkeypatch):
    monkeypatch.setenv("LANDRELEASE_DATABASE_PASSWORD", "a secret")
    everything(confined.open_source(areas(tmp_path / "a.csv")))
    environment, limits = told_of(confined._idle.waiting[0]._process.pid)
    assert b"a secret" not in environment
    assert limits["Max file size"] == limits["Max core file size"] == "0"
    assert int(limits["Max address space"]) > confined.LIMITS.memory


def slow(path):
    """A table of a few hundred kilobytes that takes seconds to take apart."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for number in range(6_000):
        sheet.append([f"{number} {column}" for column in range(20)])
    book.save(path)
    return path


def test_what_takes_too_long_is_refused_and_the_next_is_read(tmp_path, own):
    with pytest.raises(confined.TooMuch, match=r"more than 0 s of computing.*--no-limits"):
        confined.open_source(slow(tmp_path / "a.xlsx"), limits=Limits(0.1, 0, 1 << 30))
    assert everything(confined.open_source(areas(tmp_path / "b.csv")))[1]


def test_rows_have_the_clock_as_well_as_the_head(tmp_path, own):
    path = slow(tmp_path / "a.xlsx")
    source = confined.open_source(path, limits=Limits(60, 0, 1 << 30))
    # The reading of rows is asked for with other limits than the opening was.
    asked = {"do": "rows", "size": 10_000, "path": str(path), "name": str(path),
             "layer": None, "crs": None, "encoding": None}  # fmt: skip
    assert source.row_count
    with pytest.raises(confined.TooMuch, match="computing"):
        list(confined._answers(asked, path, Limits(0.1, 0, 1 << 30)))


def test_what_takes_too_much_memory_is_refused(tmp_path, own):
    path = tmp_path / "a.geojson"
    ring = [[x / 1e6, x / 1e6] for x in range(400_000)]
    path.write_text(json.dumps({
        "type": "FeatureCollection",
        "features": [{"type": "Feature", "properties": {}, "geometry":
                      {"type": "Polygon", "coordinates": [[*ring, ring[0]], [*ring, ring[0]]]}}],
    }))  # fmt: skip
    with pytest.raises(confined.TooMuch, match="40 MB"):
        everything(confined.open_source(path, limits=Limits(60, 20, 40_000_000)))


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGKILL])
def test_a_reader_that_is_broken_breaks_nothing_else(tmp_path, own, number):
    path = areas(tmp_path / "a.csv", 20_000)  # more than fits between the two processes
    source = confined.open_source(path)
    rows = source.batches(1)
    next(rows)
    (process,) = [one for one in _children() if b"exchange.confined_reader" in _command(one)]
    os.kill(process, number)
    with pytest.raises(confined.TooMuch, match=r"broke its reader|more than"):
        list(rows)
    assert everything(confined.open_source(path))[1], "the next one is read"


def _children():
    return [int(p.name) for p in Path("/proc").iterdir() if p.name.isdigit()
            and _parent(p) == os.getpid()]  # fmt: skip


def _parent(about):
    try:
        return int((about / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def _command(number):
    return Path(f"/proc/{number}/cmdline").read_bytes()


def test_who_stops_in_the_middle_leaves_no_process(tmp_path, own):
    rows = confined.open_source(areas(tmp_path / "a.csv", 500)).batches(1)
    next(rows)
    rows.close()
    assert not [one for one in _children() if b"exchange.confined_reader" in _command(one)]


# --- parcels -------------------------------------------------------------------------------------

CELLS = st.one_of(
    st.none(), st.text(), st.integers(), st.booleans(), st.floats(allow_nan=False), st.dates(),
    st.datetimes(), st.times(), st.timedeltas(), st.decimals(allow_nan=False),
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(CELLS, max_size=8))
def test_cells_pass_as_they_are(cells):
    batch = RawBatch(
        np.arange(1, len(cells) + 1), {"a": objects(cells)},
        objects([shapely.Point(i, 1, 2) for i in range(len(cells))]), "EPSG:4326",
        [Problem("rule", "error", "said", "hint", 1, "a", "x")],
        [np.array([i]) for i in range(len(cells))],
    )  # fmt: skip
    found = parcels.opened(parcels.packed(batch))
    assert found.rows.dtype == np.int64
    assert found.rows.tolist() == batch.rows.tolist()
    assert found.columns["a"].tolist() == cells
    assert list(map(type, found.columns["a"])) == list(map(type, cells))
    assert shapely.equals_exact(found.geometry, batch.geometry).all()
    assert shapely.has_z(found.geometry).all()
    assert (found.crs, found.problems) == (batch.crs, batch.problems)
    assert [one.tolist() for one in found.merged] == [one.tolist() for one in batch.merged]


def test_what_is_no_plain_value_becomes_one():
    batch = RawBatch(np.array([1, 2]), {"a": objects([np.float64(1.5), {"x": 1}])})
    assert parcels.opened(parcels.packed(batch)).columns["a"].tolist() == [1.5, "{'x': 1}"]


class Runs:
    """What would run a command when it is opened."""

    def __reduce__(self):
        return os.system, ("touch /tmp/it-was-run",)


@pytest.mark.parametrize("value", [Runs(), Path("x"), np.array([1]), json.loads, dt.tzinfo])
def test_a_parcel_that_names_something_to_be_called_is_refused(value):
    with pytest.raises(ExchangeError, match="the reader sent what is no row"):
        parcels.opened(pickle.dumps(value))
    assert not Path("/tmp/it-was-run").exists()


def test_dates_and_decimals_alone_are_called():
    assert {made.__name__ for made in parcels._CALLED.values()} == {
        "date", "datetime", "time", "timedelta", "timezone", "Decimal"
    }  # fmt: skip
    assert parcels._CALLED[("decimal", "Decimal")] is decimal.Decimal
