"""Upgrades: all of it or nothing, whatever fails or is killed; an old backup is brought along."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from registering import HAZARD, hazards, landrelease, snapshot, square, verified

from landrelease.register import (
    backup_keys,
    backup_make,
    backup_restore,
    migrations,
    triggers,
    upgrade,
)
from landrelease.register import verify as verification
from landrelease.register import workspace as workspaces
from landrelease.register.errors import BackupError, WorkspaceError
from landrelease.register.models import Hazard

#: A first migration that works: it rebuilds tables (on SQLite) and changes rows.
FIRST = """
from django.db import migrations, models

def change(apps, schema_editor):
    apps.get_model("register", "Submission").objects.update(source="changed")

class Migration(migrations.Migration):
    dependencies = [("register", "{before}")]
    operations = [
        migrations.AlterField("journalentry", "kind", models.CharField(max_length=41)),
        migrations.AddField("submission", "later", models.TextField(default="x")),
        migrations.RunPython(change, migrations.RunPython.noop),
        migrations.AlterField("submission", "later", models.TextField(default="y")),
    ]
"""

#: What the second one does after it.
SECOND = """
import time
from django.db import migrations, models

def work(apps, schema_editor):
    {work}

class Migration(migrations.Migration):
    dependencies = [("register", "9998_first")]
    operations = [
        migrations.CreateModel("Fresh", [("id", models.BigAutoField(primary_key=True))]),
        migrations.RunPython(work, migrations.RunPython.noop),
    ]
"""

FAILURES = {
    "an error": 'raise RuntimeError("something went wrong")',
    "a refusal of the database": 'schema_editor.execute("SELECT nothing FROM nowhere")',
    "a change behind the back": (
        "schema_editor.execute(\"UPDATE register_hazard SET source = 'altered'\")"
    ),
}


@pytest.fixture
def later(workspace, tmp_path, monkeypatch):
    """Gives a function that puts two migrations after those that were applied."""
    hazards(tmp_path, (square(), HAZARD))

    def put(work):
        folder = tmp_path / "code" / "later_migrations"
        shutil.copytree(Path(migrations.__file__).parent, folder, dirs_exist_ok=True)
        ((_, before),) = MigrationLoader(None).graph.leaf_nodes("register")
        (folder / "9998_first.py").write_text(FIRST.format(before=before), encoding="utf-8")
        (folder / "9999_second.py").write_text(SECOND.format(work=work), encoding="utf-8")
        monkeypatch.syspath_prepend(folder.parent)
        _forget()
        monkeypatch.setattr(
            settings, "MIGRATION_MODULES", {"register": "later_migrations"}, raising=False
        )
        return workspaces.open_unmigrated(workspace.folder)

    yield put
    _forget()


def _forget():
    for name in [name for name in sys.modules if name.startswith("later_migrations")]:
        del sys.modules[name]


def everything():
    """All tables, with their definitions and rows, as the database itself tells them."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, sql FROM sqlite_master ORDER BY name")
            definitions = [tuple(row) for row in cursor.fetchall()]
        else:
            cursor.execute(
                "SELECT table_name, column_name, data_type, character_maximum_length "
                "FROM information_schema.columns WHERE table_schema = 'public' "
                "ORDER BY table_name, ordinal_position"
            )
            definitions = cursor.fetchall()
        cursor.execute("SELECT id, source FROM register_submission ORDER BY id")
        rows = cursor.fetchall()
        cursor.execute("SELECT app, name FROM django_migrations ORDER BY app, name")
        return definitions, rows, cursor.fetchall(), snapshot()


@pytest.mark.parametrize("failure", FAILURES)
def test_an_upgrade_that_fails_leaves_the_old_state(later, failure):
    before = everything()
    opened = later(FAILURES[failure])
    with pytest.raises(WorkspaceError, match="taken back, and the database is as it was"):
        upgrade.upgrade(opened)
    assert everything() == before
    triggers.check(connection)
    assert len(list(opened.backups.glob("*before-migration*"))) == 1
    # The version from before goes on with it.
    settings.MIGRATION_MODULES = {}
    workspaces.open_workspace(opened.folder)
    verified()


def test_opening_a_workspace_takes_a_failed_migration_back_too(later):
    before = everything()
    opened = later(FAILURES["an error"])
    with pytest.raises(WorkspaceError, match="something went wrong"):
        workspaces.open_workspace(opened.folder)
    assert everything() == before


def test_an_upgrade_is_planned_done_and_verified(later, monkeypatch):
    opened = later("pass")
    names = ["register.9998_first", "register.9999_second"]
    before = everything()
    planned = upgrade.upgrade(opened, dry_run=True)
    assert (planned.migrations, planned.done) == (names, False)
    assert everything() == before
    assert not list(opened.backups.glob("*before-migration*"))
    asked = []
    monkeypatch.setattr(
        verification, "verify", lambda progress, real=verification.verify: asked.append(1) or real()
    )
    done = upgrade.upgrade(opened)
    assert (done.migrations, done.done, done.verified, asked) == (names, True, True, [1])
    assert Path(done.copy).is_file()
    with connection.cursor() as cursor:
        cursor.execute("SELECT source, later FROM register_submission")
        assert cursor.fetchall() == [("changed", "x")]
    assert upgrade.upgrade(opened).done is False
    workspaces.open_workspace(opened.folder)
    monkeypatch.undo()
    verified()


@pytest.mark.faults
def test_a_killed_upgrade_leaves_the_old_state(later, tmp_path):
    opened = later("time.sleep(30)")
    before = everything()
    connection.close()
    code = """
import sys
from landrelease.register import configuration
sys.path.insert(0, sys.argv[2])
configuration.configure(configuration.sqlite_database("/nowhere"), "tests only")
configuration.settings.MIGRATION_MODULES = {"register": "later_migrations"}
configuration.connections["default"].close()
from landrelease.register import workspace
opened = workspace.open_unmigrated(sys.argv[1])
from landrelease.register import upgrade
upgrade.upgrade(opened, progress=lambda stage, *_: print(stage, flush=True))
"""
    process = subprocess.Popen(
        [sys.executable, "-c", code, opened.folder, tmp_path / "code"],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    while process.stdout.readline().strip() != "migrating":
        assert process.poll() is None
    time.sleep(random.Random(20261130).uniform(0.5, 1.5))
    process.kill()
    process.communicate()
    assert everything() == before
    settings.MIGRATION_MODULES = {}
    workspaces.open_workspace(opened.folder)
    verified()


def test_a_backup_from_before_an_upgrade_is_restored_and_upgraded(later, tmp_path):
    made = backup_make.make(tmp_path / "backups")
    before = snapshot()
    opened = later("pass")
    keys = backup_keys.read_folder(opened.folder / "keys")
    restored = backup_restore.restore(
        backup_restore.Request(made.path, tmp_path / "again", keys=keys)
    )
    assert restored.verified
    assert snapshot() == before
    assert Hazard.objects.filter(geometry__box=(-20.1, -20.1, -19.9, -19.9)).count() == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT source, later FROM register_submission")
        assert cursor.fetchall() == [("changed", "x")]


def test_a_backup_of_a_newer_version_is_refused(later, tmp_path):
    opened = later("pass")
    upgrade.upgrade(opened)
    made = backup_make.make(tmp_path / "backups")
    settings.MIGRATION_MODULES = {}
    with pytest.raises(BackupError, match=r"9999_second\); install that version"):
        backup_restore.restore(
            backup_restore.Request(
                made.path, tmp_path / "again", keys=backup_keys.read_folder(opened.folder / "keys")
            )
        )
    assert list(tmp_path.glob("*again*")) == []


def test_the_command(workspace):
    connection.close()
    planned = landrelease(workspace.folder, "upgrade", "--dry-run", "--format", "json")
    assert json.loads(planned.stdout)["migrations"] == []
    assert "up to date" in landrelease(workspace.folder, "upgrade").stderr
