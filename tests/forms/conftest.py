"""Django, set up before the test modules import the tables; workspaces with forms."""

from __future__ import annotations

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


@pytest.fixture
def programme(workspace, tmp_path):
    """A workspace on each database with units of three levels, organisations and all forms."""
    import answering

    answering.furnish(workspace, tmp_path)
    answering.publish_all()
    return workspace


@pytest.fixture(scope="session")
def java():
    """ODK Validate needs Java: a run that has to be complete fails without it."""
    import conftest as common

    if shutil.which("java") is None:
        common._lacking("no java on this machine: on Debian `apt install default-jre-headless`")
