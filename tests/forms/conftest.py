"""Django, set up before the test modules import the tables; workspaces with forms."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest
from django.conf import settings

from landrelease.register import configuration

if not settings.configured:
    configuration.configure(
        configuration.sqlite_database(Path("/nowhere/ask-for-the-fixture-workspace")), "tests only"
    )

sys.path.insert(0, str(Path(__file__).parent))
sys.path.append(str(Path(__file__).parent.parent / "register"))
sys.path.append(str(Path(__file__).parent.parent / "web"))


class Programmes:
    """A programme with units, organisations and published forms on each database, to copy."""

    def __init__(self, empty, folder, cluster):
        self.empty, self.folder, self.cluster = empty, folder, cluster
        self.made = {}

    def copy(self, database, folder):
        """Copy it to a new folder; gives the name of its PostgreSQL database."""
        template, template_name = self._template(database)
        shutil.copytree(template, folder)
        if template_name is None:
            return None
        name = self.cluster().create(template=template_name)
        file = folder / "landrelease.toml"
        file.write_text(file.read_text().replace(f"/{template_name}?", f"/{name}?"))
        return name

    def _template(self, database):
        import answering
        from django.db import connections

        from landrelease.register.workspace import open_workspace

        if database not in self.made:
            folder, name = self.empty.copy(database, self.folder / database)
            answering.furnish(open_workspace(folder), self.folder)
            answering.publish_all()
            connections.close_all()
            self.made[database] = folder, name
        return self.made[database]


@pytest.fixture(scope="session")
def programmes(workspace_templates, tmp_path_factory, request):
    folder = tmp_path_factory.mktemp("programmes")
    return Programmes(
        workspace_templates, folder, lambda: request.getfixturevalue("postgres_cluster")
    )


@pytest.fixture(params=["sqlite", "postgresql"])
def programme(request, programmes, tmp_path):
    """A workspace on each database with units of three levels, organisations and all forms."""
    from django.db import connections

    from landrelease.register import profile
    from landrelease.register.workspace import open_workspace

    if request.param == "postgresql":
        request.getfixturevalue("postgres_cluster")
    name = programmes.copy(request.param, tmp_path / "workspace")
    profile.load.cache_clear()
    yield open_workspace(tmp_path / "workspace")
    connections.close_all()
    if name is not None:
        programmes.cluster().drop(name)


@pytest.fixture(scope="session")
def java():
    """ODK Validate needs Java: a run that has to be complete fails without it."""
    if shutil.which("java") is None:
        reason = "no java on this machine: on Debian and Ubuntu `apt install default-jre-headless`"
        if os.environ.get("CI") or os.environ.get("LANDRELEASE_SHARED"):
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)


@pytest.fixture(scope="session")
def bundled(tmp_path_factory):
    """The script of a phone's browser, bundled as the front end is."""
    from web_forms import bundle

    folder = tmp_path_factory.mktemp("client")
    bundle(folder)
    return folder
