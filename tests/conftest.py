"""What all tests share: the real data, a PostgreSQL server, workspaces, a browser.

A test that lacks one of these is skipped, with the reason. Where everything has to be there
(``CI=true``, or ``LANDRELEASE_SHARED`` set) it fails instead, so that nothing goes untested unseen.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from hypothesis import settings

# The helpers beside this file, also for tests in folders below.
sys.path.insert(0, str(Path(__file__).parent))

import in_memory
from completeness import data_is_named, must_be_complete

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from browser import Watch
    from landrelease.register.workspace import Workspace
    from postgres import Cluster

ROOT = Path(__file__).resolve().parent.parent

# Before pytest or a program that it starts asks where temporary files go.
in_memory.use()

# The same examples every time, so that a red run means a change; HYPOTHESIS_PROFILE=soak looks for
# new ones.
settings.register_profile("fixed", derandomize=True, deadline=None)
settings.register_profile("soak", derandomize=False, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))


def _lacking(reason: str) -> NoReturn:
    if must_be_complete():
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


# --- Real data ------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of the real data: ``LANDRELEASE_SHARED``, or ``shared`` beside the checkout.

    Tests that use it carry ``@pytest.mark.shared``. None of the data is part of the project.
    """
    named = os.environ.get("LANDRELEASE_SHARED")
    folder = Path(named).expanduser() if named else ROOT.parent / "shared"
    # A relative name counts from the checkout, as in `LANDRELEASE_SHARED=../shared make test`.
    folder = (ROOT / folder).resolve()
    if not (folder / "data").is_dir():
        reason = f"the real data is not on this machine: {folder / 'data'} is no folder"
        if named:
            pytest.fail(f"{reason}; LANDRELEASE_SHARED names {named!r}", pytrace=False)
        pytest.skip(f"{reason}; set LANDRELEASE_SHARED")
    return folder


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn the skip of a data test into a failure where the data has been named."""
    report = yield
    expected_failure = hasattr(report, "wasxfail")
    if (
        report.skipped
        and not expected_failure
        and data_is_named()
        and item.get_closest_marker("shared")
    ):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = (
            f"{item.nodeid}: a test of real data was skipped although LANDRELEASE_SHARED is set "
            f"({reason})"
        )
    return report


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Hold that whoever reads real data is marked, so that no skip of it goes unseen."""
    if "shared" in getattr(item, "fixturenames", ()) and not item.get_closest_marker("shared"):
        pytest.fail("uses the fixture `shared`: mark it with @pytest.mark.shared", pytrace=False)


# --- PostgreSQL -----------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[Cluster]:
    """A PostgreSQL server with PostGIS, one for each worker process (it takes about a second)."""
    from postgres import Cluster, PostgresMissing

    try:
        cluster = Cluster(room=in_memory.folder() or Path("/tmp"))
    except PostgresMissing as missing:
        _lacking(str(missing))
    with cluster:
        yield cluster


@pytest.fixture
def postgres_url(postgres_cluster: Cluster) -> Iterator[str]:
    """Address of an empty database with PostGIS, dropped after the test."""
    with postgres_cluster.database() as url:
        yield url


# --- Workspaces -----------------------------------------------------------------------------------

#: Every test of the register runs on both.
DATABASES = ("sqlite", "postgresql")


@pytest.fixture(scope="session", autouse=True)
def costs_of_hashing() -> Iterator[tuple[int, int]]:
    """Hash the passwords of made-up people at little cost; gives the memory and passes of real use.

    What is stored says what it took, so that servers and commands in processes of their own, which
    hash as in real use, read it.
    """
    hashing = sys.modules.get("landrelease.register.password_hashing")
    if hashing is None:  # no test of this run has people
        yield 0, 0
        return
    hasher = hashing.Argon2idHasher
    real = hasher.memory_kib, hasher.passes
    hasher.memory_kib, hasher.passes = 64, 1
    yield real
    hasher.memory_kib, hasher.passes = real


class WorkspaceTemplates:
    """An empty, migrated workspace on each database, copied instead of migrating each anew."""

    def __init__(self, folder: Path, cluster: Callable[[], Cluster]) -> None:
        self._folder = folder
        self._cluster = cluster
        self._made: dict[str, tuple[Path, str]] = {}

    def copy(self, database: str, folder: Path) -> tuple[Path, str | None]:
        """Copy the template to a new folder; gives it and the name of its PostgreSQL database."""
        template, template_name = self._template(database)
        shutil.copytree(template, folder)
        if database == "sqlite":
            return folder, None
        name = self._cluster().create(template=template_name)
        settings = folder / "landrelease.toml"
        written = settings.read_text(encoding="utf-8")
        settings.write_text(
            written.replace(f"/{template_name}?", f"/{name}?"), encoding="utf-8"
        )  # fmt: skip
        return folder, name

    def drop(self, name: str | None) -> None:
        if name is not None:
            self._cluster().drop(name)

    def _template(self, database: str) -> tuple[Path, str]:
        if database not in self._made:
            from landrelease.register.workspace import init_workspace

            name, address = "", "sqlite"
            if database == "postgresql":
                name = self._cluster().create("template_of_workspaces")
                address = self._cluster().url(name)
            folder = self._folder / database
            init_workspace(folder, database=address)
            # A database can be copied only while nobody is connected to it.
            close_connections()
            self._made[database] = (folder, name)
        return self._made[database]


def close_connections() -> None:
    """Close Django's connections of this thread."""
    from django.db import connections

    connections.close_all()


@pytest.fixture(scope="session")
def workspace_templates(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> WorkspaceTemplates:
    """Empty workspaces to copy; made when first asked for, one for each worker process."""
    return WorkspaceTemplates(
        tmp_path_factory.mktemp("templates"), lambda: request.getfixturevalue("postgres_cluster")
    )


@pytest.fixture(params=DATABASES)
def workspace_folder(
    request: pytest.FixtureRequest, tmp_path: Path, workspace_templates: WorkspaceTemplates
) -> Iterator[Path]:
    """Folder of an empty workspace that nobody has open, on each database in turn."""
    if request.param == "postgresql":
        request.getfixturevalue("postgres_cluster")
    folder, name = workspace_templates.copy(request.param, tmp_path / "workspace")
    yield folder
    from django.conf import settings

    if settings.configured:
        close_connections()
    workspace_templates.drop(name)


@pytest.fixture
def workspace(workspace_folder: Path) -> Workspace:
    """An empty workspace, open in this process, on each database in turn."""
    from landrelease.register.workspace import open_workspace

    return open_workspace(workspace_folder)


# --- GDAL -----------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def ogr2ogr() -> str:
    """Path of ``ogr2ogr``, an independent reader of what we write; ``ogrinfo`` is beside it."""
    found = shutil.which("ogr2ogr")
    if found is None:
        _lacking("ogr2ogr is not installed: on Debian and Ubuntu `apt install gdal-bin`")
    return found


# --- Browser --------------------------------------------------------------------------------------


@pytest.fixture
def browser_watch() -> Watch:
    """What the page of `browser_page` did that it should not have."""
    from browser import Watch

    return Watch()


@pytest.fixture
def browser_page(browser_watch: Watch, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    """An empty page in a headless Chromium of its own.

    The test fails if a script failed, if the console shows an error, or if anything beyond this
    machine was asked for.
    """
    from browser import BrowserMissing, opened

    # Playwright keeps an event loop running in this thread, which Django takes for asynchronous
    # code; a browser for each test keeps that loop out of all other tests.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    try:
        with opened(browser_watch) as page:
            yield page
    except BrowserMissing as missing:
        _lacking(str(missing))
    complaints = browser_watch.complaints()
    if complaints:
        pytest.fail("\n".join(complaints), pytrace=False)


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Say at the top of the output which of these the run insists on."""
    named: Any = os.environ.get("LANDRELEASE_SHARED") or "not set"
    return [f"LANDRELEASE_SHARED: {named}; complete run required: {must_be_complete()}"]
