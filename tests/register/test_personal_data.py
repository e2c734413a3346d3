"""Rule 23: nothing personal stands in clear anywhere, and a person can be erased."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from registering import snapshot, submit, table, verified

from landrelease.cli.importing import write_rejects
from landrelease.register import differences, kept, seal, submissions
from landrelease.register.errors import RegisterError, SubmissionError
from landrelease.register.history import history
from landrelease.register.models import RECORDS, PersonKey, Submission

VICTIM = RECORDS["victim"]

#: Words that must never be found again outside the sealed values.
NAME, BIRTH, ADDRESS = "Zyxandra Quillfeather", "1971-04-17", "Wombat Lane 77"
CONTACT, NATIONAL_ID, VILLAGE = "+999-555-0147", "NID-8675309", "Thornwick"
SECRETS = (NAME, BIRTH, ADDRESS, CONTACT, NATIONAL_ID, VILLAGE, "Quillfeather")

PERSON = {
    "source_id": "V1", "sex": "female", "age_band": "adult", "consequence": "injured",
    "date": "2021-03-04", "name": NAME, "birth": BIRTH, "address": ADDRESS, "contact": CONTACT,
    "national card": NATIONAL_ID,
}  # fmt: skip
OTHER = {**dict.fromkeys(PERSON, ""), "source_id": "V2", "sex": "male", "name": "Orla Penhaligon"}
#: A row that no record can be made of, and one whose sex is no word of the field.
BAD = {**PERSON, "source_id": "V3", "sex": VILLAGE, "date": f"{VILLAGE} 1999"}


def victims(folder: Path, *rows, **options):
    return submit(table(folder / "victims.csv", list(rows)), "victims", **options)


def everything_written(workspace) -> bytes:
    """All bytes of the workspace folder and of its database."""
    from django.db import connection

    found = b"".join(p.read_bytes() for p in sorted(workspace.folder.rglob("*")) if p.is_file())
    if connection.vendor == "postgresql":
        from postgres import programs

        done = subprocess.run(
            [programs() / "pg_dump", workspace.database], capture_output=True, check=True
        )
        dumped = done.stdout
        # Binary columns are dumped in hexadecimal: look into them too.
        with connection.cursor() as cursor:
            cursor.execute("SELECT body FROM register_part")
            dumped += b"".join(bytes(row[0]) for row in cursor.fetchall())
        found += dumped
    return found


def in_clear(haystack: bytes) -> list[str]:
    found = []
    for word in SECRETS:
        for form in (word, word.encode().hex(), json.dumps(word)[1:-1]):
            if form.encode() in haystack:
                found.append(word)
    return found


def test_nothing_personal_is_written_in_clear(workspace, tmp_path):
    first = victims(tmp_path, PERSON, OTHER, BAD)
    victims(tmp_path, {**PERSON, "address": ADDRESS + " B"}, OTHER)
    victims(tmp_path, {**PERSON, "source_id": "V9"}, accept=False)
    written = everything_written(workspace)
    assert b"V1" in written, "the search sees what is in clear"
    assert in_clear(written) == []
    assert first.received == 3
    assert in_clear(json.dumps(first.to_json()).encode()) == []
    assert in_clear(repr([h.changes for h in history(VICTIM.objects.get(id=1))]).encode()) == []


def test_who_holds_the_key_can_read(workspace, tmp_path):
    victims(tmp_path, PERSON, OTHER)
    record = VICTIM.objects.get(source_id="V1")
    opened = seal.open_sealed(record.person_key, record.sealed)
    assert opened == {
        "name": NAME, "birth": BIRTH, "address": ADDRESS, "contact": CONTACT,
        "extra": {"national card": NATIONAL_ID},
    }  # fmt: skip
    assert (record.sex, record.consequence) == ("female", "injured"), "figures need these"
    submission = Submission.objects.get()
    original = seal.open_bytes(seal.file_key_id(submission), kept.read(submission.kept))
    assert original == (tmp_path / "victims.csv").read_bytes()
    verified()


def test_the_same_file_again_makes_no_new_version(workspace, tmp_path):
    victims(tmp_path, PERSON, OTHER)
    before, keys = snapshot(), PersonKey.objects.filter(id__contains="-").count()
    again = victims(tmp_path, PERSON, OTHER)
    assert again.counts["unchanged"] == 2
    assert snapshot() == before
    assert PersonKey.objects.exclude(id__startswith="file-").count() == 2
    assert keys < PersonKey.objects.count(), "only the second original has a key of its own"


def test_a_file_without_a_personal_column_leaves_it(workspace, tmp_path):
    victims(tmp_path, PERSON)
    victims(tmp_path, {"source_id": "V1", "contact": "none any more"})
    record = VICTIM.objects.get()
    opened = seal.open_sealed(record.person_key, record.sealed)
    assert (opened["name"], opened["contact"]) == (NAME, "none any more")
    assert record.sex == "female"
    verified()


def test_a_dry_run_makes_no_keys(workspace, tmp_path):
    outcome = victims(tmp_path, PERSON, dry_run=True)
    assert outcome.counts["new"] == 1
    assert not PersonKey.objects.exists()
    assert in_clear(everything_written(workspace)) == []


def test_erasing_a_person_makes_everything_of_them_unreadable(workspace, tmp_path):
    victims(tmp_path, PERSON, OTHER)
    victims(tmp_path, PERSON, {**OTHER, "birth": "1980"})
    victims(tmp_path, {**PERSON, "contact": "another"}, OTHER)
    victims(tmp_path, {**PERSON, "contact": "a third"}, accept=False)
    record = VICTIM.objects.get(source_id="V1")
    person_keys = list(
        PersonKey.objects.filter(id__startswith=record.uid).values_list("id", flat=True)
    )
    assert len(person_keys) == 3, "one a version, also of the proposal"
    receipts = seal.erase(record.person_key)
    assert len(receipts) == 4, "every original that may name the person"
    assert not PersonKey.objects.filter(id__in=person_keys).exists()
    for key in person_keys:
        assert seal.open_sealed(key, record.sealed) is None
        assert seal.commitment(key, {"name": NAME}) is None
    for submission in Submission.objects.all():
        key = seal.file_key_id(submission)
        assert seal.open_bytes(key, kept.read(submission.kept)) is None
    other = VICTIM.objects.get(source_id="V2")
    assert seal.open_sealed(other.person_key, other.sealed)["name"] == "Orla Penhaligon"
    verified()
    with pytest.raises(RegisterError, match="no record about a person"):
        seal.erase("nobody")


def test_rejected_rows_about_persons_never_leave_in_clear(workspace, tmp_path, monkeypatch):
    from landrelease.register import assemble

    outcome = victims(tmp_path, PERSON)
    submission = Submission.objects.get(receipt=outcome.receipt)
    row = assemble.Rejected(7, ["a_rule"], {"name": NAME})
    submission.rejected.create(row=7, rules="a_rule", cells=submissions._cells(submission, row))
    rejected = submission.rejected.get()
    assert in_clear(rejected.cells.encode()) == []
    assert submissions.rejected_cells(rejected) == {"name": NAME}
    assert write_rejects(submission, tmp_path / "rejects.csv") == 0
    assert not (tmp_path / "rejects.csv").exists()
    seal.erase(VICTIM.objects.get().person_key)
    assert submissions.rejected_cells(rejected) is None


def test_the_reason_of_a_failure_quotes_no_cell(workspace, tmp_path, monkeypatch):
    def fail(*_, **__):
        raise ValueError(f"cannot read {NAME}")

    monkeypatch.setattr(submissions.assemble, "assemble", fail)
    with pytest.raises(SubmissionError):
        victims(tmp_path, PERSON)
    assert Submission.objects.get().reason == "ValueError"
    assert in_clear(everything_written(workspace)) == []


def test_the_keys_are_only_for_their_owner(workspace):
    for name in ("master.key", "django.secret"):
        assert (workspace.folder / "keys" / name).stat().st_mode & 0o777 == 0o600


def test_a_wrong_master_key_is_told(workspace, tmp_path):
    from cryptography.fernet import Fernet

    victims(tmp_path, PERSON)
    record = VICTIM.objects.get()
    (workspace.folder / "keys" / "master.key").write_bytes(Fernet.generate_key())
    with pytest.raises(RegisterError, match="not the one this register was sealed with"):
        seal.open_sealed(record.person_key, record.sealed)
    (workspace.folder / "keys" / "master.key").unlink()
    with pytest.raises(RegisterError, match="is missing"):
        seal.open_sealed(record.person_key, record.sealed)


def test_personal_columns_are_not_columns(workspace):
    columns = {field.name for field in VICTIM._meta.fields}
    personal = {field.name for field in VICTIM.schema.personal_fields}
    assert personal
    assert columns.isdisjoint(personal)
    assert differences.states.SEALED == ("sealed", "person_key", "commitment")
