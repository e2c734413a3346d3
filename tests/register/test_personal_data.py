"""Rule 23: nothing personal stands in clear anywhere, and a person can be erased."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from registering import snapshot, submit, table, verified

from landrelease.cli.importing import write_rejects
from landrelease.register import (
    access,
    assemble,
    differences,
    erasures,
    kept,
    people,
    personal,
    seal,
    sealed_rows,
    submissions,
)
from landrelease.register.errors import DecisionRefused, RegisterError, SubmissionError
from landrelease.register.history import history
from landrelease.register.models import (
    RECORDS,
    PersonalRead,
    PersonKey,
    SealedRow,
    Submission,
)
from landrelease.register.roles import Grant, Role

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
    plan = erasures.plan(record.ref)
    assert len(plan.originals) == 4, "every original that names the person"
    assert plan.rows_of_others == 3, "copies of the rows about the other"
    erasures.destroy(plan)
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
    assert erased_rows() == {"V1": [None] * 4, "V2": [as_sent(OTHER), as_sent(OTHER, birth="1980"),
                                                      as_sent(OTHER)]}  # fmt: skip


def as_sent(row, **changes):
    """The cells of a row as a file has them: what is empty is no cell."""
    return {name: value for name, value in {**row, **changes}.items() if value}


def erased_rows():
    """Cells of all rows that were sealed one by one, by the id of their record."""
    found = {}
    own = dict(VICTIM.objects.values_list("uid", "source_id"))
    for row in SealedRow.objects.order_by("id"):
        cells = sealed_rows.cells_of(row)
        found.setdefault(own[row.record_uid], []).append(
            None if cells is None else {k: v for k, v in cells.items() if v}
        )
    return found


def test_an_officer_reads_the_rows_as_received_and_no_line_no_reading(workspace, tmp_path):
    victims(tmp_path, PERSON, OTHER)
    victims(tmp_path, {**PERSON, "contact": "a third"}, accept=False)
    record = VICTIM.objects.get(source_id="V1")
    grants = (Grant(Role.data_protection_officer),)
    dora = access.of(people.Actor("dora", authenticated=True, grants=grants))
    with pytest.raises(DecisionRefused, match="what the personal data are needed for"):
        personal.read(dora, record, " ")
    assert not PersonalRead.objects.exists()
    assert personal.rows_received(record) == 2
    read = personal.read(dora, record, "an audit")
    assert read.values["contact"] == CONTACT
    received = [(row.state, row.row, as_sent(row.cells)) for row in read.rows]
    assert received == [
        ("accepted", 2, as_sent(PERSON)), ("checked", 2, as_sent(PERSON, contact="a third")),
    ]  # fmt: skip
    assert PersonalRead.objects.get().record_uid == record.uid
    erasures.destroy(erasures.plan(record.ref))
    read = personal.read(dora, record, "an audit")
    assert (read.values, [row.cells for row in read.rows]) == (None, [None, None])
    assert personal.rows_received(record) == 0
    other = personal.read(dora, VICTIM.objects.get(source_id="V2"), "an audit")
    assert len(other.rows) == 1
    assert other.rows[0].cells["name"] == "Orla Penhaligon"


def original(outcome):
    submission = Submission.objects.get(receipt=outcome.receipt)
    return seal.open_bytes(seal.file_key_id(submission), kept.read(submission.kept))


def test_erasing_a_person_leaves_files_that_do_not_hold_them(workspace, tmp_path):
    theirs = victims(tmp_path, PERSON, OTHER)
    same_kind = victims(tmp_path, OTHER)
    quoted = victims(tmp_path, {**OTHER, "contact": f"by way of {NAME.upper()}"})
    elsewhere = submit(tmp_path / "victims.csv", "victims", source="Hospital", namespace="hospital")
    plan = erasures.plan(VICTIM.objects.get(source_id="V1").ref)
    assert plan.originals == (theirs.receipt, quoted.receipt)
    assert (plan.untold, plan.files_spared, plan.rows_of_others) == ((), 1, 2)
    erasures.destroy(plan)
    assert original(theirs) is None
    assert original(quoted) is None, "another's row that names the person"
    assert original(same_kind).startswith(b"source_id")
    assert original(elsewhere) is not None
    rows = erased_rows()
    assert rows["V1"] == [None]
    assert None not in rows["V2"]
    verified()


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_a_name_is_found_wherever_it_stands_in_a_file(workspace, tmp_path, suffix):
    victims(tmp_path, PERSON)
    rows = [{"source_id": "V2", "name": "Orla Penhaligon", "note": f"sister of {NAME}"}]
    path = table(tmp_path / "more.csv", rows)
    if suffix == "xlsx":
        from openpyxl import Workbook

        book = Workbook()
        for line in (list(rows[0]), list(rows[0].values())):
            book.active.append(line)
        path = tmp_path / "more.xlsx"
        book.save(path)
    outcome = submit(path, "victims")
    assert outcome.receipt in erasures.plan(VICTIM.objects.get(source_id="V1").ref).originals


def test_what_cannot_be_told_goes_with_the_person(workspace, tmp_path, monkeypatch):
    victims(tmp_path, PERSON)
    unread = victims(tmp_path, OTHER, accept=False)
    Submission.objects.filter(receipt=unread.receipt).update(state="failed")
    old = victims(tmp_path, {**OTHER, "birth": "1980"}, accept=False)
    SealedRow.objects.filter(submission__receipt=old.receipt).delete()
    plan = erasures.plan(VICTIM.objects.get(source_id="V1").ref)
    assert plan.untold == (unread.receipt, old.receipt)
    assert set(plan.untold) < set(plan.originals)


def test_rejected_rows_go_only_with_whom_they_may_be_about(workspace, tmp_path):
    """One bears the id of the person, one none, one names them under another id, one does not."""
    victims(tmp_path, PERSON)
    outcome = victims(tmp_path, OTHER)
    submission = Submission.objects.get(receipt=outcome.receipt)
    rows = [("V1", "somebody"), (None, "somebody"), ("V8", NAME), ("V8", "Orla Penhaligon")]
    sealed_rows.keep_rejected(
        submission,
        [
            assemble.Rejected(number, ["a_rule"], {"name": name}, source_id)
            for number, (source_id, name) in enumerate(rows)
        ],
    )
    submission.summary = json.dumps({"counts": {"received": 5}})
    submission.save()
    plan = erasures.plan(VICTIM.objects.get(source_id="V1").ref)
    assert plan.rejected_rows == 3
    assert outcome.receipt in plan.originals, "it holds rows that may be about the person"
    erasures.destroy(plan)
    cells = [sealed_rows.rejected_cells(row) for row in submission.rejected.order_by("row")]
    assert cells == [None, None, None, {"name": "Orla Penhaligon"}]
    assert erased_rows()["V2"] == [as_sent(OTHER)]


def test_rows_of_a_person_without_personal_values_are_sealed_too(workspace, tmp_path):
    victims(tmp_path, {"source_id": "V5", "sex": "male"})
    record = VICTIM.objects.get()
    assert record.person_key is None
    assert erased_rows() == {"V5": [{"source_id": "V5", "sex": "male"}]}
    erasures.destroy(erasures.plan(record.ref))
    assert erased_rows() == {"V5": [None]}
    verified()


def test_rejected_rows_about_persons_never_leave_in_clear(workspace, tmp_path, monkeypatch):
    outcome = victims(tmp_path, PERSON)
    submission = Submission.objects.get(receipt=outcome.receipt)
    row = assemble.Rejected(7, ["a_rule"], {"name": NAME})
    sealed_rows.keep_rejected(submission, [row])
    rejected = submission.rejected.get()
    assert in_clear(rejected.cells.encode()) == []
    assert sealed_rows.rejected_cells(rejected) == {"name": NAME}
    assert write_rejects(submission, tmp_path / "rejects.csv") == 0
    assert not (tmp_path / "rejects.csv").exists()
    erasures.destroy(erasures.plan(VICTIM.objects.get().ref))
    assert sealed_rows.rejected_cells(rejected) is None


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


@pytest.mark.parametrize("accept", [True, False])
def test_a_person_who_was_erased_does_not_come_back_with_the_next_file(workspace, tmp_path, accept):
    """An office hands its table in again, word for word, every month."""
    victims(tmp_path, PERSON, OTHER)
    record = VICTIM.objects.get(source_id="V1")
    erasures.destroy(erasures.plan(record.ref))
    victims(tmp_path, PERSON, OTHER)
    changed = {**PERSON, "sex": "male", "contact": "another"}
    told = victims(tmp_path, changed, OTHER, dry_run=True)
    outcome = victims(tmp_path, changed, OTHER, accept=accept)
    assert told.findings["person_erased"] == outcome.findings["person_erased"] == {"warning": 1}
    assert (outcome.counts["changed"], outcome.counts["unchanged"]) == (1, 1)
    assert [list(change.fields) for change in outcome.changes] == [["sex"]]
    record.refresh_from_db()
    assert record.sex == ("male" if accept else "female"), "what is no personal data is taken"
    assert seal.is_erased(record)
    assert not PersonKey.objects.filter(id__startswith=record.uid).exists()
    assert original(outcome) is None
    assert erased_rows() == {"V1": [None] * 3, "V2": [as_sent(OTHER)] * 3}
    assert in_clear(everything_written(workspace)) == []
    log = erasures.read(erasures.log_path(workspace.folder))
    receipts = Submission.objects.order_by("id").values_list("receipt", flat=True)
    assert [one.keys for one in log] == [(f"file-{receipt}",) for receipt in receipts[1:]]
    assert erasures.unfinished(workspace.folder) == []
    verified()


def test_a_row_that_cannot_be_read_goes_when_it_bears_the_id_of_somebody_erased(
    workspace, tmp_path, monkeypatch
):
    victims(tmp_path, PERSON)
    record = VICTIM.objects.get(source_id="V1")
    erasures.destroy(erasures.plan(record.ref))
    twice = victims(tmp_path, {**PERSON, "sex": "male"}, {**PERSON, "sex": "female"}, OTHER)
    submission = Submission.objects.get(receipt=twice.receipt)
    assert twice.rejected
    assert [sealed_rows.rejected_cells(row) for row in submission.rejected.all()] == [
        None
    ] * twice.rejected
    assert original(twice) is None
    assert erased_rows()["V2"] == [as_sent(OTHER)]


def test_a_log_of_erasures_that_cannot_be_written_whole_is_not_written(workspace, monkeypatch):
    log = erasures.log_path(workspace.folder)
    first, second = (erasures.Erasure("2026", (key,), "victim", key) for key in "ab")
    erasures.append(log, [first])
    write = os.write
    monkeypatch.setattr(erasures.os, "write", lambda handle, data: write(handle, data[:9]))
    with pytest.raises(OSError, match="whole"):
        erasures.append(log, [second])
    monkeypatch.undo()
    assert erasures.read(log) == [first]
    erasures.append(log, [second])
    assert erasures.read(log) == [first, second]
