"""Sealed forms and what came with them: opened by the officer alone, each time for a purpose."""

from __future__ import annotations

import time

import pytest
from answering import SECRETS, accept_all, accident, send
from django.core.cache import cache
from django.test import Client, override_settings
from typer.testing import CliRunner

from landrelease.cli.main import app
from landrelease.register import erasures, people
from landrelease.register.field_forms import Attachment
from landrelease.register.models import FieldAttachment, PersonalRead, Submission, Victim
from landrelease.register.roles import Grant, Role

HOST, PASSWORD = "mines.example.org", "correct horse battery"
PHOTO = Attachment(f"{SECRETS[0]}.svg", "image/svg+xml", b"<svg><script>alert(1)</script></svg>")


@pytest.fixture
def sent(programme):
    cache.clear()
    receipt = send(accident(changes={"photo": PHOTO.name}), PHOTO)
    accept_all(receipt)
    people.add("dora", PASSWORD, organisation="Authority",
               grants=[Grant(Role.data_protection_officer)])  # fmt: skip
    return Submission.objects.get(receipt=receipt.receipt)


@pytest.fixture
def dora(sent):
    from django.contrib.auth.models import User

    user = User.objects.get(username="dora")
    browser = Client(HTTP_HOST=HOST)
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    session = browser.session
    session["account_authentication_methods_user"] = str(user.pk)
    session["account_authentication_methods"] = [
        {"method": "mfa", "type": "totp", "id": 1, "at": time.time(), "reauthenticated": True}
    ]
    session.save()
    with override_settings(LANDRELEASE_SITE=True, ALLOWED_HOSTS=[HOST]):
        yield browser


def test_the_form_is_shown_and_the_picture_is_saved_and_runs_nothing(sent, dora):
    address = f"/submissions/{sent.id}/personal/"
    shut = dora.get(address, secure=True).text
    assert not [secret for secret in SECRETS if secret in shut], "not even the picture's name"
    shown = dora.post(address, {"purpose": "an audit", "what": "show"}, secure=True)
    assert SECRETS[0] in shown.text
    number = FieldAttachment.objects.get().id
    saved = dora.post(address, {"purpose": "an audit", "what": f"attachment-{number}"}, secure=True)
    assert saved.content == PHOTO.data
    assert saved["Content-Type"] == "application/octet-stream"
    assert saved["Content-Disposition"] == f'attachment; filename="{sent.receipt}-{number}.svg"'
    assert saved["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in saved["Content-Security-Policy"]
    assert set(PersonalRead.objects.values_list("record_type", "record_uid")) == {
        ("original", sent.receipt), ("attachment", f"{sent.receipt}/{number}"),
    }  # fmt: skip
    erasures.destroy(erasures.plan(Victim.objects.first().ref))
    for what in ("show", "original", f"attachment-{number}"):
        gone = dora.post(address, {"purpose": "an audit", "what": what}, secure=True)
        assert "was erased" in gone.text
        assert SECRETS[0] not in gone.text


def test_the_command_reads_writes_and_logs(programme, sent, tmp_path, monkeypatch):
    monkeypatch.setenv("LANDRELEASE_PASSWORD", PASSWORD)
    people.add("nora", PASSWORD, organisation="Authority", grants=[Grant(Role.reviewer)])

    def run(*words: str):
        return CliRunner().invoke(app, ["-w", str(programme.folder), "person-data", *words])

    ref = Victim.objects.first().ref
    assert run("read", ref, "--by", "dora").exit_code == 2, "a purpose is needed"
    for words in (("--purpose", " ", "--by", "dora"), ("--purpose", "x", "--by", "nora")):
        refused = run("read", ref, *words)
        assert refused.exit_code == 1
        assert SECRETS[0] not in refused.output
    assert not PersonalRead.objects.exists()
    told = run("read", ref, "--purpose", "request of the family", "--by", "dora")
    assert told.exit_code == 0, told.output
    assert told.stdout.count(SECRETS[0]) == 2, "the field in force, and the row as received"
    assert sent.receipt in told.stdout
    folder = tmp_path / "opened"
    done = run("original", sent.receipt, "-o", str(folder), "--purpose", "court", "--by", "dora")
    assert done.exit_code == 0, done.output
    assert (folder / f"{sent.receipt}.xml").read_bytes() == accident(changes={"photo": PHOTO.name})
    assert (folder / f"{sent.receipt}-1.svg").read_bytes() == PHOTO.data
    assert folder.stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in folder.iterdir())
    assert PersonalRead.objects.count() == 3
    erasures.destroy(erasures.plan(Victim.objects.first().ref))
    gone = run("read", ref, "--purpose", "again", "--by", "dora")
    assert gone.exit_code == 1
    assert "erased" in gone.output
    assert f"{sent.receipt}, row 1: the person of this row was erased" in gone.output
    missing = tmp_path / "none"
    gone = run("original", sent.receipt, "-o", str(missing), "--purpose", "x", "--by", "dora")
    assert "erased" in gone.output
    assert not missing.exists()


def test_reviewers_see_no_cell_of_a_rejected_row_about_persons(programme, tmp_path):
    from registering import submit, table

    rows = [{"source_id": "V1", "name": SECRETS[0]}, {"source_id": "", "name": SECRETS[0]},
            {"source_id": "V1", "name": SECRETS[0]}]  # fmt: skip
    outcome = submit(table(tmp_path / "v.csv", rows), "victims")
    for form in ("table", "json"):
        told = CliRunner().invoke(
            app, ["-w", str(programme.folder), "review", "show", outcome.receipt, "--format", form]
        )
        assert told.exit_code == 0, told.output
        assert SECRETS[0] not in told.output
