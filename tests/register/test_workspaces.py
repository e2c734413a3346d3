"""Workspaces: made, opened one after another, migrated once after a backup, refused when newer."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from registering import COMMAND, HAZARD, hazards, square, verified

from landrelease.register import configuration, migrations, profile
from landrelease.register import workspace as workspaces
from landrelease.register.errors import WorkspaceError
from landrelease.register.models import Hazard, Submission

# --- one after another --------------------------------------------------------------------------


def test_workspaces_are_opened_one_after_another(workspace, workspace_templates, tmp_path):
    hazards(tmp_path, (square(), HAZARD))
    other, _ = workspace_templates.copy("sqlite", tmp_path / "other")
    workspaces.open_workspace(other)
    assert workspaces.current().folder == other
    assert not Hazard.objects.exists()
    hazards(tmp_path, (square(5), {**HAZARD, "source_id": "H2"}))
    workspaces.open_workspace(workspace.folder)
    assert Hazard.objects.get().source_id == "H1"
    verified()


def test_a_workspace_is_made_only_in_an_empty_folder(tmp_path):
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / "file").touch()
    with pytest.raises(WorkspaceError, match="is not empty"):
        workspaces.init_workspace(tmp_path / "w")
    with pytest.raises(WorkspaceError, match="is no workspace"):
        workspaces.open_workspace(tmp_path / "w")


def test_nobody_else_on_the_machine_enters_a_new_workspace(tmp_path):
    made = workspaces.init_workspace(tmp_path / "deeper" / "w")
    assert made.folder.stat().st_mode & 0o077 == 0
    assert (made.folder / "keys").stat().st_mode & 0o077 == 0


def test_a_database_address_is_understood_or_refused():
    got = configuration.postgresql_database(
        "postgresql://amra:p%40ss@db.example:5433/mine?sslmode=require"
    )
    assert (got["NAME"], got["USER"], got["PASSWORD"], got["HOST"], got["PORT"]) == (
        "mine", "amra", "p@ss", "db.example", "5433",
    )  # fmt: skip
    assert got["OPTIONS"] == {"sslmode": "require"}
    socket = configuration.postgresql_database("postgresql://u@/mine?host=%2Frun%2Fpg")
    assert (socket["HOST"], socket["OPTIONS"]) == ("/run/pg", {})
    with pytest.raises(WorkspaceError, match="is not understood"):
        configuration.postgresql_database("mysql://u@h/mine")


def test_a_database_that_cannot_be_reached_is_told(tmp_path):
    with pytest.raises(WorkspaceError, match="cannot be reached"):
        workspaces.init_workspace(
            tmp_path / "w", database="postgresql://u@/mine?host=/nowhere/at-all"
        )


# --- migration ------------------------------------------------------------------------------------


def test_a_newer_database_is_refused(workspace):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) "
            "VALUES ('register', '9999_of_the_future', '2090-01-01')"
        )
    with pytest.raises(WorkspaceError, match=r"newer landrelease.*9999_of_the_future"):
        workspaces.open_workspace(workspace.folder)


#: The tables as a later version might alter them; SQLite rebuilds both, which drops triggers.
LATER = """
from django.db import migrations, models

class Migration(migrations.Migration):
    dependencies = [("register", "{before}")]
    operations = [
        migrations.AlterField("journalentry", "kind", models.CharField(max_length=41)),
        migrations.AlterField("hazard", "priority", models.CharField(max_length=999, null=True)),
    ]
"""


@pytest.fixture
def pending(workspace, tmp_path, monkeypatch):
    """A workspace with a hazard in it and a migration left to do."""
    hazards(tmp_path, (square(), HAZARD))
    folder = tmp_path / "code" / "later_migrations"
    shutil.copytree(Path(migrations.__file__).parent, folder)
    before = max(path.stem for path in folder.glob("[0-9]*.py"))
    (folder / "9999_later.py").write_text(LATER.format(before=before), encoding="utf-8")
    monkeypatch.syspath_prepend(folder.parent)
    monkeypatch.setattr(
        settings, "MIGRATION_MODULES", {"register": "later_migrations"}, raising=False
    )
    yield workspace
    for name in [name for name in sys.modules if name.startswith("later_migrations")]:
        del sys.modules[name]


def applied():
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM django_migrations WHERE name = '9999_later'")
        return cursor.fetchone()[0]


def test_a_migration_comes_after_a_backup(pending, tmp_path):
    assert applied() == 0
    workspaces.open_workspace(pending.folder)
    assert applied() == 1
    (backup,) = pending.backups.iterdir()
    assert re.fullmatch(r"\d{8}T\d{6}-before-migration\.(sqlite3|dump)", backup.name)
    if pending.database == "sqlite":
        before = sqlite3.connect(backup)
        found = before.execute(
            "SELECT COUNT(*) FROM django_migrations WHERE name = '9999_later'"
        ).fetchone()[0]
        before.close()
        assert found == 0, "the copy is from before"
    else:
        from postgres import programs

        listed = subprocess.run(
            [programs() / "pg_restore", "--list", backup],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert "register_journalentry" in listed.stdout
    workspaces.open_workspace(pending.folder)
    assert len(list(pending.backups.iterdir())) == 1, "nothing to migrate, nothing to back up"
    assert Hazard.objects.get().source_id == "H1"
    assert Hazard.objects.filter(geometry__box=(-20.1, -20.1, -19.9, -19.9)).count() == 1
    verified()


def test_two_starters_migrate_once(pending, tmp_path):
    code = """
import sys
from landrelease.register import configuration
sys.path.insert(0, sys.argv[2])
configuration.configure(configuration.sqlite_database("/nowhere"), "tests only")
configuration.settings.MIGRATION_MODULES = {"register": "later_migrations"}
configuration.connections["default"].close()
from landrelease.register.workspace import open_workspace
open_workspace(sys.argv[1])
"""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, pending.folder, tmp_path / "code"],
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for process in processes:
        _, complaints = process.communicate(timeout=120)
        assert process.returncode == 0, complaints
    assert len(list(pending.backups.iterdir())) == 1
    assert applied() == 1
    workspaces.open_workspace(pending.folder)
    verified()


def test_no_backup_no_migration(pending, monkeypatch):
    def fail(_):
        raise WorkspaceError("the backup that must come before a migration failed")

    monkeypatch.setattr(workspaces, "backup", fail)
    with pytest.raises(WorkspaceError, match="backup that must come before"):
        workspaces.open_workspace(pending.folder)
    assert applied() == 0


# --- the national profile -------------------------------------------------------------------------

PROFILE = """
name: test
title: Test profile
release: {clearance_depth_cm: 13, surface_methods: [battle_area_surface]}
checks: {vertices_far_apart_m: 5000, sliver_m2: 100, overlap_m2: 1,
         parts_overlap_fraction: 0.009, declared_tolerance_fraction: 0.05}
extra_fields:
  hazard:
    owner: {kind: choice, choices: [public, private]}
    households: {kind: integer}
    fenced: {kind: boolean}
    visited: {kind: date}
    file number: {kind: text, required: true}
"""


def with_profile(workspace, text):
    (workspace.folder / "national.yaml").write_text(text, encoding="utf-8")
    written = workspace.folder / "landrelease.toml"
    written.write_text(
        written.read_text(encoding="utf-8").replace('"default"', '"national.yaml"'),
        encoding="utf-8",
    )
    return workspaces.open_workspace(workspace.folder)


def test_national_fields_are_read_and_validated(workspace, tmp_path):
    with_profile(workspace, PROFILE)
    good = {
        "owner": "private", "households": 0, "fenced": True, "visited": "2021-02-03",
        "file number": "7/21",
    }  # fmt: skip
    outcome = hazards(
        tmp_path,
        (square(0), {**HAZARD, **good}),
        (square(5), {"source_id": "H2", "owner": "the king", "households": "many"}),
    )
    first = json.loads(Hazard.objects.get(source_id="H1").extra)
    assert first["owner"] == "private"
    assert str(first["households"]) == "0", "zero is recorded"
    findings = Submission.objects.get().findings
    assert outcome.counts["new"] == 2, "a wrong national field is told, the record stays"
    wrong = {f.field for f in findings.all() if f.field in good}
    assert {"owner", "households", "file number"} <= wrong
    assert profile.current().release.clearance_depth_cm == 13
    verified()


def test_a_wrong_profile_names_what_is_wrong(workspace):
    with_profile(workspace, PROFILE.replace("kind: choice", "kind: colour"))
    with pytest.raises(WorkspaceError, match=r"national\.yaml is not valid(.|\n)*hazard\.owner"):
        profile.current()


def test_each_workspace_has_its_own_profile(workspace, workspace_templates, tmp_path):
    with_profile(workspace, PROFILE)
    assert profile.current().release.clearance_depth_cm == 13
    folder, _ = workspace_templates.copy("sqlite", tmp_path / "other")
    with_profile(workspaces.open_workspace(folder), PROFILE.replace("13", "17"))
    assert profile.current().release.clearance_depth_cm == 17


def test_the_command_opens_nothing_where_there_is_nothing(tmp_path):
    done = subprocess.run(
        [*COMMAND, "-w", tmp_path / "none", "verify"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "is no workspace" in done.stderr
    assert not (tmp_path / "none").exists()
