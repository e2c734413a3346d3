"""The doctor sees what is wrong, says what to do, and changes nothing."""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from django.db import connection
from registering import HAZARD, hazards, landrelease, snapshot, square, submit, table

from landrelease.register import backup_make, clock, doctor, erasures, kept, lastly, triggers
from landrelease.register.doctor import Level
from landrelease.register.models import RECORDS, PersonKey, Submission
from landrelease.register.workspace import open_unmigrated

VICTIM = {"source_id": "V1", "sex": "female", "date": "2021-03-04", "name": "Zyxandra"}


@pytest.fixture
def used(workspace, tmp_path):
    hazards(tmp_path, (square(), HAZARD))
    submit(table(tmp_path / "victims.csv", [VICTIM]), "victims")
    backup_make.make(tmp_path / "backups")
    lastly.note(workspace.folder, lastly.Verification(clock.now(), "0" * 64, True))
    return workspace


def found(workspace, **options):
    """What is not well, by check."""
    return {
        one.check: one
        for one in doctor.examine(workspace, **options)
        if one.level is not Level.well
    }


def test_nothing_is_wrong_with_a_workspace_that_is_kept(used):
    before = snapshot()
    # The profile of the program is confirmed by no authority, and a test server is hasty.
    assert set(found(used)) <= {"profile", "durability"}
    assert found(used)["profile"].level is Level.warning
    assert snapshot() == before


def test_key_files_that_others_can_read(used):
    path = used.folder / "keys" / "master.key"
    path.chmod(0o640)
    one = found(used)["keys"]
    assert one.level is Level.problem
    assert one.advice == f"chmod 600 {path}"
    path.unlink()
    assert "is missing" in found(used)["keys"].message


def test_another_master_key(used):
    from cryptography.fernet import Fernet

    (used.folder / "keys" / "master.key").write_bytes(Fernet.generate_key())
    assert "not the one" in found(used)["master key"].message


def test_triggers_that_somebody_removed(used):
    table_name = "register_journalentry"
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"DROP TRIGGER {table_name}_no_update")
        else:
            cursor.execute(f"ALTER TABLE {table_name} DISABLE TRIGGER USER")
    one = found(used)["triggers"]
    assert (one.level, "landrelease migrate" in one.advice) == (Level.problem, True)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {table_name} ENABLE TRIGGER USER")
    triggers.install(connection)
    assert "triggers" not in found(used)


def test_migrations_left_to_do_and_a_newer_database(used):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'axes'")
    seen = found(used)
    assert "axes." in seen["migrations"].message
    assert seen["failed submissions"].message.startswith("not looked at")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) "
            "VALUES ('register', '9999_of_the_future', '2090-01-01')"
        )
    assert "newer landrelease" in found(used)["migrations"].message


def test_what_was_interrupted_or_failed(used):
    Submission.objects.filter(record_type="hazard").update(
        state=Submission.RECEIVED, received_at="2020-01-01T00:00:00.000000Z"
    )
    Submission.objects.filter(record_type="victim").update(state=Submission.FAILED)
    seen = found(used)
    assert seen["interrupted imports"].level is Level.warning
    assert seen["failed submissions"].level is Level.notice
    receipt = Submission.objects.get(record_type="hazard").receipt
    assert receipt in seen["interrupted imports"].message


def test_files_without_rows_and_rows_without_files(used):
    relative = kept.keep_bytes(b"named by nobody")
    one = found(used)["orphaned files"]
    assert (one.level, Path(relative).name in one.message) == (Level.notice, True)
    (used.attachments / relative).unlink()
    assert "orphaned files" not in found(used)
    (used.attachments / Submission.objects.first().kept).unlink()
    assert found(used)["kept files"].level is Level.problem
    assert "kept files" not in found(used, quick=True)


def test_a_file_that_is_not_what_was_received(used, tmp_path):
    path = used.attachments / Submission.objects.order_by("id").first().kept
    path.chmod(0o600)
    path.write_bytes(path.read_bytes() + b" ")
    one = found(used)["kept files"]
    assert (one.level, "not what was received" in one.message) == (Level.problem, True)
    made = backup_make.make(tmp_path / "backups")
    assert made.altered == [path.relative_to(used.attachments).as_posix()]


def test_a_workspace_that_everybody_on_the_machine_can_enter(used):
    used.folder.chmod(0o700)
    assert "folder" not in found(used)
    used.folder.chmod(0o755)
    inside = any(not path.stat().st_mode & 0o001 for path in used.folder.parents)
    assert ("folder" in found(used)) is not inside, "a closed folder above it is enough"
    with tempfile.TemporaryDirectory(dir="/tmp") as open_to_all:
        Path(open_to_all).chmod(0o755)
        copied = Path(open_to_all) / "workspace"
        shutil.copytree(used.folder, copied)
        one = found(replace(used, folder=copied))["folder"]
        assert (one.level, one.advice) == (Level.warning, f"chmod 700 {copied}")


def test_the_clock_set_back(used, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: "2020-01-01T00:00:00.000000Z")
    assert "the last decision is of" in found(used)["clock"].message


def test_a_full_disk(used, monkeypatch):
    import shutil

    usage = shutil.disk_usage(used.folder)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=50 << 20))
    assert found(used)["disk"].level is Level.problem
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=900 << 20))
    assert found(used)["disk"].level is Level.warning


def test_no_backup_an_old_one_and_a_verification_that_failed(used):
    folder = used.folder / "backups"
    (folder / "last-backup.json").unlink()
    assert "no backup was made" in found(used)["backup"].message
    lastly.note(used.folder, lastly.Backup("2020-01-01T00:00:00.000000Z", "/b", "x.tar", ""))
    assert "days old" in found(used)["backup"].message
    lastly.note(used.folder, lastly.Verification(clock.now(), "", False))
    assert found(used)["verification"].level is Level.problem


def test_erased_persons_who_came_back(used):
    key = PersonKey.objects.get(id=RECORDS["victim"].objects.get().person_key)
    log = erasures.log_path(used.folder)
    erasures.append(log, [erasures.Erasure(clock.now(), (key.id,), "victim", "u")])
    one = found(used)["erasures"]
    assert (one.level, one.advice) == (Level.problem, "landrelease person-data reapply")
    erasures.reapply()
    assert "erasures" not in found(used)


def test_a_database_that_cannot_be_reached(used, postgres_cluster):
    text = (used.folder / "landrelease.toml").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("database")]
    gone = 'database = "postgresql://u:secret-word@/nothing?host=/nowhere"'
    (used.folder / "landrelease.toml").write_text("\n".join([gone, *lines]), encoding="utf-8")
    seen = found(open_unmigrated(used.folder))
    assert seen["database"].level is Level.problem
    assert "secret-word" not in json.dumps([one.to_json() for one in seen.values()])
    assert seen["orphaned files"].message.startswith("not looked at")


def test_a_check_that_fails_is_a_finding(used, monkeypatch):
    def fail(opened):
        raise ValueError("no idea")
        yield

    (one,) = doctor.run("anything", fail, used)
    assert (one.level, "no idea" in one.message) == (Level.problem, True)


def test_the_command_and_its_exit_status(used):
    connection.close()
    done = landrelease(used.folder, "doctor", "--format", "json", check=False)
    rows = json.loads(done.stdout)
    worst = {one["level"] for one in rows}
    assert done.returncode == (1 if "problem" in worst else 3)
    assert {"keys", "triggers", "front end", "orphaned files"} <= {one["check"] for one in rows}
    assert all(one["advice"] for one in rows if one["level"] != "well")
