"""Backups: whole, of one moment, from either database to the other, and refused when damaged."""

from __future__ import annotations

import contextlib
import io
import json
import random
import shutil
import tarfile
import threading
import time
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import working
from cryptography.fernet import Fernet
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st
from registering import (
    COMMAND,
    HAZARD,
    activities,
    consent,
    geojson,
    hazards,
    landrelease,
    ready_release,
    snapshot,
    square,
    submit,
    table,
    verified,
)

from landrelease.register import (
    backup_archive,
    backup_folder,
    backup_keys,
    backup_make,
    backup_restore,
    backup_tables,
    erasures,
    heads,
    journal,
    people,
    seal,
    sealed_rows,
)
from landrelease.register.backup_archive import Archive
from landrelease.register.errors import BackupError, RegisterError
from landrelease.register.models import (
    RECORDS,
    Hazard,
    JournalEntry,
    LedgerDiscrepancy,
    PersonKey,
    SealedRow,
)
from landrelease.register.workspace import open_workspace

NAME = "Zyxandra Quillfeather"
VICTIM = {"source_id": "V1", "sex": "female", "date": "2021-03-04", "name": NAME}
OTHER = {"source_id": "V2", "sex": "male", "date": "2021-03-04", "name": "Orla Penhaligon"}
PASSPHRASE = "seven wet herons at noon"


@pytest.fixture
def worked(workspace, tmp_path):
    """A workspace in which people have worked: land, a release, victims, rejects, a profile."""
    activity = ready_release(tmp_path)
    consent(activity.ref)
    activities(tmp_path, (square(7), {"source_id": "A9", "kind": "survey", "date": "2023-01-01"}))
    submit(table(tmp_path / "victims.csv", [VICTIM, OTHER]), "victims")
    submit(
        table(tmp_path / "bad.csv", [{**VICTIM, "source_id": "V8", "date": "ž ∑ 13"}]), "victims"
    )
    hazards(tmp_path, (square(30), {**HAZARD, "source_id": "H-held"}), accept=False)
    people.add("amra", "a long enough one", organisation="Authority")
    (workspace.folder / "national").mkdir()
    (workspace.folder / "national" / "notes.txt").write_text("ours", encoding="utf-8")
    return workspace


def keys_of(workspace):
    return backup_keys.read_folder(workspace.folder / "keys")


def request(source, folder, workspace, **more):
    return backup_restore.Request(Path(source), folder, keys=keys_of(workspace), **more)


@pytest.fixture(params=["sqlite", "postgresql"])
def other_database(request):
    """Address of an empty database to restore to, on each database in turn."""
    if request.param == "sqlite":
        return "sqlite"
    return request.getfixturevalue("postgres_url")


def tables_in(path):
    with Archive(path) as archive:
        return {
            name: member.sha256
            for name, member in archive.manifest.members.items()
            if name.startswith("tables/")
        }


# --- there and back -------------------------------------------------------------------------------


def test_a_backup_restores_to_either_database(worked, other_database, tmp_path):
    before = snapshot()
    attachments = {p.name: p.read_bytes() for p in backup_make.attachment_paths(worked.folder)}
    made = backup_make.make(tmp_path / "backups")
    assert (made.entries, made.head) == before["journal"]
    again = tmp_path / "again"
    restored = backup_restore.restore(
        request(tmp_path / "backups", again, worked, database=other_database)
    )
    assert restored.verified
    assert (restored.entries, restored.head) == before["journal"]
    assert restored.rows == made.rows
    assert connection.vendor == ("sqlite" if other_database == "sqlite" else "postgresql")
    assert snapshot() == before
    assert attachments == {p.name: p.read_bytes() for p in backup_make.attachment_paths(again)}
    assert (again / "national" / "notes.txt").read_text(encoding="utf-8") == "ours"
    assert (again / "keys" / "master.key").stat().st_mode & 0o777 == 0o600
    victim = RECORDS["victim"].objects.get(source_id="V1")
    assert seal.open_sealed(victim.person_key, victim.sealed)["name"] == NAME
    assert people.sign_in("amra", "a long enough one").organisation == "Authority"
    # Work goes on: ids are not given twice, the chain is the same one.
    hazards(tmp_path, (square(50), {**HAZARD, "source_id": "H-new"}))
    assert JournalEntry.objects.get(seq=restored.entries).prev_hash == restored.head
    verified()
    connection.close()


def test_a_backup_of_what_was_restored_holds_the_same_rows(worked, other_database, tmp_path):
    first = backup_make.make(tmp_path / "backups")
    backup_restore.restore(request(first.path, tmp_path / "again", worked, database=other_database))
    second = backup_make.make(tmp_path / "more")
    assert tables_in(second.path) == tables_in(first.path)
    connection.close()


def test_an_empty_workspace_is_backed_up_and_restored(workspace, tmp_path):
    made = backup_make.make(tmp_path / "backups")
    assert made.entries == 0
    restored = backup_restore.restore(request(made.path, tmp_path / "again", workspace))
    assert restored.entries == 0
    assert not JournalEntry.objects.exists()


def test_what_was_handed_in_is_copied_once(worked, tmp_path):
    first = backup_make.make(tmp_path / "backups")
    assert first.new_attachments == first.attachments > 3
    assert first.path.stat().st_mode & 0o777 == 0o600
    assert first.path.parent.stat().st_mode & 0o777 == 0o700
    planned = backup_make.make(tmp_path / "backups", dry_run=True)
    assert (planned.new_attachments, planned.attachments) == (0, first.attachments)
    hazards(tmp_path, (square(60), {**HAZARD, "source_id": "H-more"}))
    second = backup_make.make(tmp_path / "backups")
    assert (second.new_attachments, second.attachments) == (1, first.attachments + 1)
    assert len(list((tmp_path / "backups" / "objects").glob("??/*"))) == second.attachments


def test_one_file_is_all_that_is_needed(worked, tmp_path):
    made = backup_make.make(tmp_path / "backups", one_file=True, passphrase=PASSPHRASE)
    carried = tmp_path / "carried.tar"
    shutil.copy(made.path, carried)
    shutil.rmtree(tmp_path / "backups")
    with Archive(carried) as archive:
        sealed = archive.read(backup_archive.KEYS)
    restored = backup_restore.restore(
        backup_restore.Request(
            carried, tmp_path / "again", keys=backup_keys.unseal(sealed, PASSPHRASE),
            no_erasures_since=True,
        )
    )  # fmt: skip
    assert restored.verified
    verified()


def test_a_backup_is_of_one_moment_while_others_work(workspace, tmp_path):
    hazards(tmp_path, (square(0, 90), HAZARD))
    ended = threading.Event()
    files = [
        geojson(
            tmp_path / f"{n}.geojson",
            ((square(i * 2, n * 2), {**HAZARD, "source_id": f"H{n}-{i}"}) for i in range(20)),
        )
        for n in range(12)
    ]

    def work():
        for path in files:
            process = working.start(working.hand_in, workspace.folder, path, "hazards", "Survey")
            process.join(60)
        ended.set()

    thread = threading.Thread(target=work)
    thread.start()
    made = []
    while not ended.is_set() and len(made) < 4:
        made.append(backup_make.make(tmp_path / "backups"))
    thread.join()
    heads = dict(JournalEntry.objects.values_list("seq", "hash"))
    own = snapshot()
    for number, one in enumerate(made):
        assert one.head == heads[one.entries - 1], "a moment between two decisions"
        restored = backup_restore.restore(
            request(one.path, tmp_path / f"again-{number}", workspace)
        )
        assert Hazard.objects.count() % 20 == 1, "whole deliveries only"
        assert restored.verified
    open_workspace(workspace.folder)
    assert snapshot() == own, "restoring elsewhere changes nothing here"


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)

#: Values at the ends of what the columns take.
DISCREPANCY = st.fixed_dictionaries(
    {
        "seq": st.integers(-(2**63), 2**63 - 1),
        "rule": TEXT,
        "event_uid": st.just("e"),
        "hazard_uid": st.none() | st.just("h"),
        "valid_on": st.none() | st.dates(),
        "mm2": st.none() | st.integers(-(2**63), 2**63 - 1),
        "message": TEXT,
        "piece": st.none() | st.binary(),
    }
)  # fmt: skip


@settings(max_examples=25)
@given(st.lists(DISCREPANCY, max_size=8))
def test_every_value_comes_back_as_it_was(rows):
    """Through the written form, without a database: what is read equals what was written."""
    kinds = backup_tables._KINDS
    for row in rows:
        for name, value in row.items():
            kind = kinds.get(LedgerDiscrepancy._meta.get_field(name).get_internal_type())
            written = value if kind is None or value is None else kind.write(value)
            back = json.loads(json.dumps(written))
            assert (back if kind is None or back is None else kind.read(back)) == value


def test_values_at_the_ends_cross_from_database_to_database(workspace, other_database, tmp_path):
    rows = [
        {"mm2": 2**63 - 1, "message": "½ км² ☃ \U0001f9ed \\N \t\n\"'", "piece": bytes(range(256))},
        {"mm2": -(2**63), "message": "", "piece": b"", "valid_on": date(1, 1, 1)},
        {"mm2": None, "message": "NULL", "piece": None, "valid_on": date(9999, 12, 31)},
    ]
    for row in rows:
        LedgerDiscrepancy.objects.create(seq=0, rule="r", event_uid="e", **row)
    moment = datetime(2024, 2, 29, 23, 59, 59, 999999, tzinfo=UTC)
    people.add("amra", "a long enough one", organisation="Authority")
    user = people.find("amra").user
    user.last_login = moment
    user.save()
    with backup_make.snapshot(_made(tmp_path / "scratch"), lambda *_: None):
        nodes = backup_tables.applied_migrations(backup_make.SNAPSHOT)
        saved, tables = {}, {}
        for name, model in backup_tables.models_of(nodes, backup_make.SNAPSHOT).items():
            out = io.BytesIO()
            tables[name] = backup_tables.save(model, backup_make.SNAPSHOT, out, lambda _: None)
            saved[name] = out.getvalue()
    from landrelease.register import configuration

    target = (
        configuration.sqlite_database(tmp_path / "there.sqlite3")
        if other_database == "sqlite"
        else configuration.postgresql_database(other_database)
    )
    configuration.point("default", target)
    backup_tables.make_tables(nodes, "default")
    backup_tables.load(
        nodes, "default", tables, lambda name: io.BytesIO(saved[name]),
        leave_out=lambda table, row: False, progress=lambda *_: None,
    )  # fmt: skip
    found = LedgerDiscrepancy.objects.order_by("id")
    for row, back in zip(rows, found, strict=True):
        for name, value in row.items():
            got = getattr(back, name)
            assert (bytes(got) if isinstance(got, memoryview) else got) == value
    assert people.find("amra").user.last_login == moment
    connection.close()


def _made(folder):
    folder.mkdir()
    return folder


# --- keys, and what is in clear -------------------------------------------------------------------


def test_neither_keys_nor_names_are_in_a_backup(worked, tmp_path):
    made = backup_make.make(tmp_path / "backups", one_file=True)
    with Archive(made.path) as archive:
        everything = b"".join(
            archive.read(name) if not name.endswith(".gz") else _unzipped(archive, name)
            for name in archive.names()
        )
    key = (worked.folder / "keys" / "master.key").read_bytes()
    secret = (worked.folder / "keys" / "django.secret").read_bytes()
    for word in (key, secret, NAME.encode(), b"Penhaligon", NAME.encode().hex().encode()):
        assert word not in everything
    assert b"V1" in everything, "the search sees what is in clear"
    assert any("keys/" in text for text in made.left_out)
    assert worked.database == "sqlite" or worked.database.encode() not in everything


def _unzipped(archive, name):
    import gzip

    with archive.open(name) as stream:
        return gzip.decompress(stream.read())


def test_sealed_keys_open_with_their_passphrase_only(worked, tmp_path):
    folder = worked.folder / "keys"
    sealed = backup_keys.seal(folder, PASSPHRASE)
    assert (folder / "master.key").read_bytes() not in sealed
    assert backup_keys.unseal(sealed, PASSPHRASE) == backup_keys.read_folder(folder)
    with pytest.raises(BackupError, match="passphrase is not the one"):
        backup_keys.unseal(sealed, PASSPHRASE + " ")
    with pytest.raises(BackupError, match="at least 14 characters"):
        backup_keys.seal(folder, "short")
    dear = json.loads(sealed) | {"n": 2**30}
    with pytest.raises(BackupError, match="cannot be read"):
        backup_keys.unseal(json.dumps(dear).encode(), PASSPHRASE)


def test_a_wrong_master_key_is_refused(worked, tmp_path):
    made = backup_make.make(tmp_path / "backups")
    wanted = backup_restore.Request(
        made.path, tmp_path / "again", keys={"master.key": Fernet.generate_key()}
    )
    with pytest.raises(BackupError, match="not the one this register was sealed with"):
        backup_restore.restore(wanted)
    assert list(tmp_path.glob("*again*")) == []


def test_without_keys_everything_but_persons_is_there(worked, tmp_path):
    before = snapshot()
    made = backup_make.make(tmp_path / "backups")
    restored = backup_restore.restore(backup_restore.Request(made.path, tmp_path / "again"))
    assert any("without keys" in warning for warning in restored.warnings)
    assert snapshot() == before
    victim = RECORDS["victim"].objects.get(source_id="V1")
    with pytest.raises(RegisterError, match=r"master\.key is missing"):
        seal.open_sealed(victim.person_key, victim.sealed)


# --- damage ---------------------------------------------------------------------------------------


def test_any_altered_byte_is_found(worked, tmp_path):
    rng = random.Random(20261130)
    made = backup_make.make(tmp_path / "backups")
    whole = made.path.read_bytes()
    with tarfile.TarFile(made.path) as tar:
        spans = [(m.offset_data, m.size) for m in tar.getmembers() if m.size]
    for _ in range(25):
        start, size = rng.choice(spans)
        place = start + rng.randrange(size)
        altered = bytearray(whole)
        altered[place] ^= 1 << rng.randrange(8)
        made.path.write_bytes(bytes(altered))
        with contextlib.suppress(BackupError), Archive(made.path) as archive:
            problems = archive.problems(lambda *_: None)
            # The only text that nothing is compared with is free text of the manifest.
            if not problems:
                assert _says_the_same(archive, whole, place), f"byte {place} went unseen"
    made.path.write_bytes(whole)
    with Archive(made.path) as archive:
        assert archive.problems(lambda *_: None) == []


def _says_the_same(archive, whole, place):
    """Whether an unseen change lies in what the manifest tells of itself (times, versions)."""
    manifest = archive._members[backup_archive.MANIFEST]
    return manifest.offset_data <= place < manifest.offset_data + manifest.size


@pytest.mark.parametrize("left", [0, 100, 5_000, -20_000, -1_025])
def test_an_archive_that_was_cut_off_is_none(worked, tmp_path, left):
    made = backup_make.make(tmp_path / "backups")
    whole = made.path.read_bytes()
    made.path.write_bytes(whole[:left])
    try:
        with Archive(made.path) as archive:
            problems = archive.problems(lambda *_: None)
    except BackupError:
        problems = ["refused"]
    # What follows the last member is padding.
    assert problems or left == -1_025
    if problems:
        with pytest.raises(BackupError):
            backup_restore.restore(request(made.path, tmp_path / "again", worked))
        assert list(tmp_path.glob("*again*")) == []


def test_a_missing_or_altered_attachment_is_found(worked, tmp_path):
    made = backup_make.make(tmp_path / "backups")
    path = sorted((tmp_path / "backups" / "objects").glob("??/*"))[0]
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    with Archive(made.path) as archive:
        (problem,) = archive.problems(lambda *_: None)
    assert "altered" in problem
    path.unlink()
    with pytest.raises(BackupError, match="is missing"):
        backup_restore.restore(request(made.path, tmp_path / "again", worked))
    backup_make.make(tmp_path / "backups")
    assert path.read_bytes() == data, "the next backup copies it again"


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "a/../../evil", "files/..\\evil"])
def test_names_that_lead_elsewhere_are_refused(tmp_path, name):
    path = tmp_path / "made.tar"
    with tarfile.TarFile(path, "w") as tar:
        tar.addfile(tarfile.TarInfo(name), io.BytesIO(b""))
    with pytest.raises(BackupError, match="no backup of ours"):
        Archive(path)


def test_a_link_in_an_archive_is_refused(tmp_path):
    path = tmp_path / "made.tar"
    info = tarfile.TarInfo("files/link")
    info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
    with tarfile.TarFile(path, "w") as tar:
        tar.addfile(info)
    with pytest.raises(BackupError, match="no backup of ours"):
        Archive(path)


def test_a_damaged_database_is_told_and_not_backed_up(workspace_templates, tmp_path):
    folder, _ = workspace_templates.copy("sqlite", tmp_path / "workspace")
    open_workspace(folder)
    hazards(tmp_path, *((square(i * 2), {**HAZARD, "source_id": f"H{i}"}) for i in range(200)))
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.execute("SELECT rootpage FROM sqlite_master WHERE name = 'register_hazard'")
        page = cursor.fetchone()[0]
        cursor.execute("PRAGMA page_size")
        size = cursor.fetchone()[0]
    open_workspace(folder)
    connection.close()
    with (folder / "register.sqlite3").open("r+b") as handle:
        handle.seek((page - 1) * size)
        handle.write(b"\xff" * 64)
    with pytest.raises(BackupError, match=r"damaged|malformed"):
        backup_make.make(tmp_path / "backups")
    assert not list((tmp_path / "backups").glob("*.tar"))


# --- where it goes --------------------------------------------------------------------------------


def test_places_that_are_taken_are_refused(worked, tmp_path):
    made = backup_make.make(tmp_path / "backups")
    with pytest.raises(BackupError, match="lies in the workspace itself"):
        backup_make.make(worked.folder / "backups" / "here")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    with pytest.raises(BackupError, match="is not empty"):
        backup_restore.restore(request(made.path, tmp_path / "full", worked))
    if worked.database != "sqlite":
        with pytest.raises(RegisterError, match="holds a register already"):
            backup_restore.restore(
                request(made.path, tmp_path / "again", worked, database=worked.database)
            )
        open_workspace(worked.folder)
        verified()


def test_a_restore_that_fails_leaves_nothing(worked, other_database, tmp_path, monkeypatch):
    made = backup_make.make(tmp_path / "backups")
    wanted = request(made.path, tmp_path / "again", worked, database=other_database)

    def fail(*_, **__):
        raise BackupError("the restored register does not verify")

    with monkeypatch.context() as patched:
        patched.setattr(backup_restore, "_hold", fail)
        with pytest.raises(BackupError, match="does not verify"):
            backup_restore.restore(wanted)
    assert list(tmp_path.glob("*again*")) == []
    assert backup_restore.restore(wanted).verified, "the place, and the database, are free again"
    connection.close()


def test_old_backups_are_pruned_with_what_only_they_name(worked, tmp_path):
    folder = tmp_path / "backups"
    for number in range(3):
        hazards(tmp_path, (square(60 + number), {**HAZARD, "source_id": f"P{number}"}))
        backup_make.make(folder)
    stray = folder / "objects" / "ab" / ("ab" * 32)
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"named by none")
    names = [one.path.name for one in backup_folder.listing(folder)]
    planned = backup_folder.prune(folder, 1, dry_run=True)
    assert planned.archives == tuple(names[:2])
    assert stray.exists()
    assert backup_folder.prune(folder, 1) == planned
    assert [one.path.name for one in backup_folder.listing(folder)] == names[2:]
    assert not stray.exists()
    with Archive(folder / names[2]) as archive:
        assert archive.problems(lambda *_: None) == []
    with pytest.raises(BackupError, match="at least one"):
        backup_folder.prune(folder, 0)
    (folder / "20200101T000000.000000Z.tar").write_bytes(b"broken")
    with pytest.raises(BackupError, match="Nothing was taken away"):
        backup_folder.prune(folder, 1)
    assert len(backup_folder.archives(folder)) == 2


# --- killed ---------------------------------------------------------------------------------------


@pytest.mark.faults
def test_a_killed_backup_is_no_backup_and_a_killed_restore_no_workspace(worked, tmp_path):
    import subprocess

    rng = random.Random(20261201)
    backup_make.make(tmp_path / "backups")
    before = snapshot()
    connection.close()
    for number in range(4):
        words = (
            ("-w", worked.folder, "backup", "make", tmp_path / "backups")
            if number % 2
            else (
                "restore", tmp_path / "backups", tmp_path / f"again-{number}",
                "--keys", worked.folder / "keys",
            )
        )  # fmt: skip
        process = subprocess.Popen(
            [*COMMAND, *map(str, words)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(rng.uniform(0.8, 2.5))
        process.kill()
        process.wait()
        for one in backup_folder.listing(tmp_path / "backups"):
            with Archive(one.path) as archive:
                assert archive.problems(lambda *_: None) == []
        if (tmp_path / f"again-{number}").exists():
            open_workspace(tmp_path / f"again-{number}")
            assert snapshot() == before
            connection.close()
    open_workspace(worked.folder)
    assert snapshot() == before
    assert backup_make.make(tmp_path / "backups").head == before["journal"][1]


# --- erasures -------------------------------------------------------------------------------------

OFFICER = people.Actor("dora", "Authority", authenticated=True)


@pytest.fixture
def officer(worked):
    from landrelease.register.roles import Grant, Role

    people.add(
        "dora", "a long enough one", organisation="Authority",
        grants=[Grant(Role.data_protection_officer)],
    )  # fmt: skip
    return people.sign_in("dora", "a long enough one")


def erase(officer, ref, **more):
    confirmation = more.pop("confirmation", None) or erasures.plan(ref).code
    return erasures.erase(
        ref, officer, because=erasures.Because.request, confirmation=confirmation
    )  # fmt: skip


def victim(source_id):
    return RECORDS["victim"].objects.get(source_id=source_id)


def readable(record):
    return seal.open_sealed(record.person_key, record.sealed) is not None


def test_an_erased_person_does_not_come_back_with_an_old_backup(
    worked, officer, other_database, tmp_path
):
    signs = heads.public_key()
    old = backup_make.make(tmp_path / "backups")
    erased = erase(officer, victim("V1").ref)
    assert erased.keys >= 2
    assert not readable(victim("V1"))
    assert readable(victim("V2"))
    verified()
    restored = backup_restore.restore(
        request(old.path, tmp_path / "again", worked, database=other_database)
    )
    assert restored.erased == erased.keys
    assert restored.erasures_until
    assert not readable(victim("V1"))
    assert readable(victim("V2"))
    assert erasures.unfinished(tmp_path / "again") == []
    rows = {
        record: [sealed_rows.cells_of(row) for row in SealedRow.objects.filter(record_uid=uid)]
        for record, uid in RECORDS["victim"].objects.values_list("source_id", "uid")
    }
    assert rows["V1"] == [None]
    assert rows["V2"] == [OTHER], "a file that mixes persons leaves the rows of the others"
    assert heads.public_key() == signs, "the key that signs heads came along"
    verified()
    connection.close()


def test_a_restore_that_cannot_know_who_was_erased_is_refused(worked, officer, tmp_path):
    old = backup_make.make(tmp_path / "backups", one_file=True)
    alone = tmp_path / "alone" / "old.tar"
    alone.parent.mkdir()
    shutil.copy(old.path, alone)
    erase(officer, victim("V1").ref)
    log = erasures.log_path(worked.folder)
    with pytest.raises(BackupError, match="not known who was erased"):
        backup_restore.restore(request(alone, tmp_path / "again", worked))
    restored = backup_restore.restore(request(alone, tmp_path / "again", worked, erasure_log=log))
    assert restored.erased
    assert not readable(victim("V1"))
    open_workspace(worked.folder)
    sure = backup_restore.restore(request(alone, tmp_path / "sure", worked, no_erasures_since=True))
    assert any("could not be checked" in warning for warning in sure.warnings)


def test_erasing_takes_an_officer_and_the_code_of_the_preview(worked, officer, tmp_path):
    ref = victim("V1").ref
    plan = erasures.plan(ref)
    assert len(plan.originals) == 2, "both sealed files may name the person"
    with pytest.raises(RegisterError, match="roles data protection officer"):
        erase(people.Actor("amra", "Authority", authenticated=True, grants=()), ref)
    with pytest.raises(RegisterError, match="not that of what would be erased"):
        erase(officer, ref, confirmation="00000000")
    submit(table(tmp_path / "later.csv", [{**VICTIM, "contact": "new"}]), "victims")
    with pytest.raises(RegisterError, match="not that of what would be erased"):
        erase(officer, ref, confirmation=plan.code)
    assert readable(victim("V1"))
    with pytest.raises(RegisterError, match="no record about a person"):
        erasures.plan(Hazard.objects.first().ref)
    done = erase(officer, ref)
    entry = JournalEntry.objects.get(seq=done.entry)
    assert entry.kind == "erasure"
    assert NAME not in entry.body
    assert journal.data_of(entry)["data"]["because"] == "request"
    assert journal.data_of(entry)["actor"]["name"] == "dora"
    with pytest.raises(RegisterError, match="erased already"):
        erasures.plan(ref)
    verified()


def test_an_erasure_that_was_cut_short_is_seen_and_finished(worked, officer):
    record = victim("V1")
    key = PersonKey.objects.get(id=record.person_key)
    erase(officer, record.ref)
    key.save(force_insert=True)  # as a database from before would bring it back
    assert erasures.unfinished(worked.folder) == [key.id]
    assert erasures.reapply() == 1
    assert not readable(victim("V1"))


def test_copies_from_before_a_migration_lose_the_keys_too(worked, officer):
    from landrelease.register import workspace as workspaces

    copy = workspaces.backup(worked)
    wrapped = PersonKey.objects.get(id=victim("V1").person_key).wrapped.encode()
    assert worked.database != "sqlite" or wrapped in copy.read_bytes()
    done = erase(officer, victim("V1").ref)
    if worked.database == "sqlite":
        assert done.cleaned == (copy.name,)
        assert wrapped not in copy.read_bytes()
    else:
        assert done.left == (copy.name,), "it is told that the dump has to be deleted"


def test_an_unreadable_log_of_erasures_stops_a_restore(worked, officer, tmp_path):
    made = backup_make.make(tmp_path / "backups")
    (tmp_path / "backups" / "erasures.jsonl").write_text('{"at": "20', encoding="utf-8")
    with pytest.raises(RegisterError, match="log of erasures"):
        backup_restore.restore(request(made.path, tmp_path / "again", worked))


# --- the commands ---------------------------------------------------------------------------------


def test_the_commands_as_people_give_them(worked, tmp_path, monkeypatch):
    people.add("dora", "a long enough one", organisation="Authority")
    ref = victim("V1").ref
    connection.close()
    folder, backups = worked.folder, tmp_path / "backups"
    made = json.loads(landrelease(folder, "backup", backups, "--format", "json").stdout)
    assert made["rows"] > 50
    listed = json.loads(landrelease(folder, "backup", "list", backups, "--format", "json").stdout)
    assert [one["head"] for one in listed] == [made["head"]]
    assert json.loads(
        landrelease(folder, "backup", "verify", backups, "--format", "json").stdout
    )["well"]  # fmt: skip
    refused = landrelease(folder, "restore", backups, tmp_path / "again", check=False)
    assert refused.returncode == 1
    assert "--keys FOLDER" in refused.stderr
    words = ("restore", backups, tmp_path / "again", "--keys", folder / "keys")
    landrelease(folder, *words, "--dry-run")
    assert not (tmp_path / "again").exists()
    restored = json.loads(landrelease(folder, *words, "--format", "json").stdout)
    assert restored["head"] == made["head"]
    landrelease(tmp_path / "again", "verify")
    preview = json.loads(
        landrelease(folder, "person-data", "erase", ref, "--format", "json").stdout
    )
    monkeypatch.setenv("LANDRELEASE_PASSWORD", "a long enough one")
    words = ("person-data", "erase", ref, "--confirm", preview["code"], "--by", "dora")
    assert "say why" in landrelease(folder, *words, check=False).stderr
    refused = landrelease(folder, *words, "--because", "request", check=False)
    assert "data protection officer" in refused.stderr
    landrelease(folder, "person", "grant", "dora", "data_protection_officer")
    landrelease(folder, *words, "--because", "request")
    erased = landrelease(folder, "person-data", "erasures", "--format", "csv").stdout
    assert len(erased.splitlines()) == 2
    assert NAME not in erased
    landrelease(folder, "verify")
    landrelease(folder, "backup", "prune", backups, "--keep", "1")
    whole = made["path"]
    with Path(whole).open("r+b") as handle:
        handle.truncate(2_000)
    damaged = landrelease(folder, "backup", "verify", backups, check=False)
    assert damaged.returncode == 1
    assert "Traceback" not in damaged.stderr
    open_workspace(folder)
