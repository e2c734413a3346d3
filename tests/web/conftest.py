"""Workspaces for the tests of the pages, on both databases."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from landrelease.register import configuration

# The modules of the pages need Django set up before they can be imported.
configuration.configure(configuration.sqlite_database(":memory:"), "only for tests")

sys.path.insert(0, str(Path(__file__).parent))
# The small programmes of the register's tests are shown on pages, too.
sys.path.append(str(Path(__file__).parent.parent / "register"))

from django.core.cache import cache  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import translation  # noqa: E402

from landrelease.register.workspace import Workspace  # noqa: E402


@pytest.fixture
def store(workspace: Workspace) -> Iterator[Workspace]:
    """A new, empty workspace on either database."""
    # Guesses and codes of one test are none of the next one's.
    cache.clear()
    yield workspace
    connection.close()


@pytest.fixture
def client() -> Client:
    """A browser without scripts."""
    return Client(HTTP_HOST="127.0.0.1")


Bring = Callable[..., None]


@pytest.fixture
def bring(store: Workspace, tmp_path: Path) -> Bring:
    """Import features the way a user does: ``bring("hazards", [(geometry, {…}), …])``."""
    from typer.testing import CliRunner

    from landrelease.cli.main import app

    def run(plural: str, features: list[tuple[Any, dict[str, Any]]], *options: str) -> None:
        file = tmp_path / f"{plural}.geojson"
        file.write_text(
            json.dumps(
                {
                    "type": "FeatureCollection",
                    "features": [
                        {
                            "type": "Feature",
                            "geometry": None if shape is None else shape.__geo_interface__,
                            "properties": properties,
                        }
                        for shape, properties in features
                    ],
                }
            )
        )
        command = ["-w", str(store.folder), "import", str(file), "--as", plural, "--accept"]
        outcome = CliRunner().invoke(app, [*command, "--source", "a test", *options])
        assert outcome.exit_code == 0, outcome.output

    return run


@pytest.fixture(autouse=True)
def nobodys_language() -> Iterator[None]:
    """A made-up reader's language ends with the test: the client asks in this very thread."""
    yield
    translation.deactivate()
