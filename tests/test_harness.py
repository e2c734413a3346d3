"""The tests' own tools: they must not let anything go untested unseen."""

from __future__ import annotations

import functools
import http.server
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Page

import in_memory
from browser import Watch
from postgres import NAMED, Cluster, sweep

TESTS = Path(__file__).parent
DIST = TESTS.parent / "src/landrelease/web/static/dist"

LACKING_DATA = """
import pytest

@pytest.mark.shared
def test_of_real_data(shared):
    assert (shared / "data").is_dir()

@pytest.mark.shared
@pytest.mark.skip(reason="not today")
def test_put_off():
    pass

def test_of_the_server(postgres_cluster):
    pass
"""


def run_pytest(folder: Path, **environment: str) -> tuple[int, str]:
    """Run pytest with the project's conftest on a file of tests that lack what they need."""
    (folder / "test_lacking.py").write_text(LACKING_DATA)
    clean = {k: v for k, v in os.environ.items() if k not in {"CI", "LANDRELEASE_SHARED"}}
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-p", "conftest", "-p", "no:cacheprovider"),
            *("-c", os.devnull, "--rootdir", folder, "-o", "markers=shared", "-rs", folder),
        ],
        env={**clean, "PYTHONPATH": str(TESTS), "PG_BINDIR": str(folder), **environment},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_named_data_that_lacks_fails_the_run(tmp_path: Path) -> None:
    status, output = run_pytest(tmp_path, LANDRELEASE_SHARED=str(tmp_path / "nowhere"))
    assert status == 1
    assert "LANDRELEASE_SHARED names" in output
    assert "was skipped although LANDRELEASE_SHARED is set" in output
    assert "PostgreSQL with PostGIS is not installed" in output
    assert "skipped" not in output.splitlines()[-1]


def test_a_missing_server_fails_continuous_integration(tmp_path: Path) -> None:
    status, output = run_pytest(tmp_path, CI="true")
    assert status == 1
    assert "PostgreSQL with PostGIS is not installed" in output


def test_without_demands_what_is_missing_is_skipped_with_the_reason(tmp_path: Path) -> None:
    status, output = run_pytest(tmp_path)
    assert status == 0
    assert "not today" in output
    assert "PostgreSQL with PostGIS is not installed" in output


def test_a_test_of_real_data_has_to_be_marked(tmp_path: Path) -> None:
    (tmp_path / "test_unmarked.py").write_text("def test_it(shared): pass")
    status, output = run_pytest(tmp_path)
    assert status == 1
    assert "mark it with @pytest.mark.shared" in output


def test_databases_are_separate_and_know_postgis(
    postgres_cluster: Cluster, postgres_url: str
) -> None:
    with psycopg.connect(postgres_url) as connection:
        area = connection.execute("SELECT ST_Area('POLYGON((0 0,2 0,2 3,0 3,0 0))')").fetchone()
        connection.execute("CREATE TABLE mine (a int)")
    assert area == (6.0,)
    with (
        postgres_cluster.database() as other,
        psycopg.connect(other) as connection,
        pytest.raises(psycopg.errors.UndefinedTable),
    ):
        connection.execute("SELECT * FROM mine")


def test_a_migrated_database_serves_as_template(postgres_cluster: Cluster) -> None:
    migrated = postgres_cluster.create()
    with postgres_cluster.connect(migrated) as connection:
        connection.execute("CREATE TABLE migrated (a int)")
    with postgres_cluster.database(template=migrated) as url, psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM migrated").fetchone() == (0,)
    postgres_cluster.drop(migrated)


def test_what_a_killed_run_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    left, own, other = (
        tmp_path / f"{NAMED}{one}" for one in (f"{ended.pid}-x", f"{os.getpid()}-x", "unknown")
    )
    for folder in (left, own, other):
        (folder / "data").mkdir(parents=True)
    sweep(tmp_path)
    assert set(tmp_path.iterdir()) == {own, other}


def test_a_machine_without_room_in_memory_uses_its_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_memory, "NEEDED", 2**62)
    assert in_memory.folder() is None
    monkeypatch.setattr(in_memory, "NEEDED", 0)
    monkeypatch.setattr(in_memory, "MEMORY", Path("/nowhere"))
    assert in_memory.folder() is None


@pytest.mark.browser
def test_a_request_beyond_this_machine_is_seen(browser_page: Page, browser_watch: Watch) -> None:
    browser_page.set_content('<img src="http://elsewhere.example/a.png">')
    browser_page.evaluate("setTimeout(() => { throw new Error('nobody caught me') })")
    browser_page.wait_for_timeout(200)
    assert browser_watch.outside == ["http://elsewhere.example/a.png"]
    assert any("nobody caught me" in error for error in browser_watch.errors)
    browser_watch.outside.clear()
    browser_watch.errors.clear()


@pytest.fixture
def bundle_address() -> Iterator[str]:
    """Serve the bundle, with an empty page, on a free port."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path != "/":
                return super().do_GET()
            body = b'<!doctype html><link rel="icon" href="data:,"><p>Nothing here.</p>'
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            return None

        def log_message(self, *_: object) -> None:
            pass

    handler = functools.partial(Handler, directory=str(DIST))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.mark.browser
def test_every_script_of_the_bundle_loads(browser_page: Page, bundle_address: str) -> None:
    frontend = DIST.parent.parent / "frontend"
    scripts = sorted(path.name for path in frontend.glob("*.js"))
    assert scripts, "the front end has no scripts"
    browser_page.goto(bundle_address)
    for name in scripts:
        browser_page.evaluate("name => import('/' + name).then(() => true)", name)


@pytest.mark.browser
def test_the_worker_of_the_map_lies_beside_the_bundle(
    browser_page: Page, browser_watch: Watch, bundle_address: str
) -> None:
    browser_page.goto(bundle_address)
    answer = browser_page.request.get(bundle_address + "maplibre-gl-worker.mjs")
    assert answer.ok
    assert answer.headers["content-type"].startswith("text/javascript")
    basemap = browser_page.request.get(bundle_address + "countries-110m.json").json()
    assert basemap["type"] == "Topology"
    assert len(basemap["objects"]["countries"]["geometries"]) > 150


def test_the_bundle_carries_its_licences() -> None:
    texts = (DIST / "licences.txt").read_text(encoding="utf-8")
    for package in ("maplibre-gl", "htmx.org", "world-atlas"):
        assert f"\n{package} " in "\n" + texts
