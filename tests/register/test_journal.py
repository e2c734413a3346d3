"""The journal: append-only, chained, durable; whatever is altered is found."""

from __future__ import annotations

import contextlib
import json
import sqlite3

import pytest
import rfc8785
from django.db import connection, transaction
from django.db.utils import DatabaseError
from registering import (
    ANNA,
    HAZARD,
    consent,
    hazards,
    landrelease,
    ready_release,
    square,
    verified,
)

from landrelease.register import (
    canonical,
    clock,
    durability,
    journal,
    people,
    posting,
    triggers,
)
from landrelease.register import verify as verification
from landrelease.register import workspace as workspaces
from landrelease.register.errors import JournalError, WorkspaceError
from landrelease.register.models import (
    Hazard,
    JournalEntry,
    JournalPart,
    JournalTimestamp,
    Part,
    PersonalRead,
    Submission,
)


@pytest.fixture
def released(workspace, tmp_path):
    """A workspace with a release in its journal, and a line in every log."""
    consent(ready_release(tmp_path).ref)
    people.log(people.at_the_command_line(), "person_added", "nobody")
    PersonalRead.objects.create(
        at=clock.now(), reader="dora", record_type="victim", record_uid="0" * 32, purpose="a test"
    )
    return workspace


def run(*statements: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


# --- append-only --------------------------------------------------------------------------------


@pytest.mark.parametrize("model", triggers.APPEND_ONLY)
def test_the_journal_is_append_only(released, model):
    table, key = model._meta.db_table, model._meta.pk.column
    if model is JournalTimestamp:  # nobody asked an authority for one
        model.objects.create(seq=1, hash="0" * 64, tsa="", requested_at="", stamped_at="",
                             request=b"", answer=b"")  # fmt: skip
    before = list(model.objects.order_by("pk").values())
    statements = [
        f'UPDATE "{table}" SET "{key}" = "{key}"',
        f'DELETE FROM "{table}"',
    ]
    if connection.vendor == "postgresql":
        statements += [
            f'TRUNCATE "{table}" CASCADE',
            f'INSERT INTO "{table}" SELECT * FROM "{table}" ON CONFLICT ("{key}") '
            f'DO UPDATE SET "{key}" = EXCLUDED."{key}"',
        ]
    else:
        statements += [
            f'INSERT OR REPLACE INTO "{table}" SELECT * FROM "{table}"',
            f'REPLACE INTO "{table}" SELECT * FROM "{table}"',
        ]
    for statement in statements:
        with pytest.raises(DatabaseError, match="append-only"):
            run(statement)
    assert list(model.objects.order_by("pk").values()) == before


def test_the_chain_cannot_fork(released):
    """UNIQUE(prev_hash) holds whatever locks fail."""
    head = journal.head()
    twin = JournalEntry(
        seq=head.seq + 1, prev_hash=head.prev_hash, hash="0" * 64, recorded_at="", kind="", body=""
    )
    with pytest.raises(DatabaseError), transaction.atomic():
        twin.save(force_insert=True)


def test_the_head_is_only_locked_inside_a_transaction(workspace):
    with pytest.raises(JournalError, match="inside a transaction"):
        journal.lock_head()


def test_a_clock_set_back_keeps_the_order(workspace, tmp_path, monkeypatch):
    hazards(tmp_path, (square(), HAZARD))
    last = journal.head().recorded_at
    monkeypatch.setattr(clock, "now", lambda: "1999-01-01T00:00:00.000000Z")
    hazards(tmp_path, (square(5), {**HAZARD, "source_id": "H2"}))
    times = list(JournalEntry.objects.order_by("seq").values_list("recorded_at", flat=True))
    assert times == sorted(times)
    assert times[-1] == last
    verified()


def test_every_body_and_line_is_canonical_json(released):
    for entry in JournalEntry.objects.all():
        assert rfc8785.dumps(json.loads(entry.body)) == entry.body.encode()
        assert json.loads(entry.body)["engines"]["landrelease"]
    lines = [line for part in Part.objects.all() for line in bytes(part.body).split(b"\n")]
    assert len(lines) > 5
    for line in lines:
        assert rfc8785.dumps(json.loads(line)) == line
    ledger = [
        json.loads(line)
        for part in Part.objects.filter(kind="ledger")
        for line in bytes(part.body).split(b"\n")
    ]
    assert ledger
    assert all(isinstance(line["mm2"], str) for line in ledger), "2^53 mm2 is 9,007 km2"


# --- what was altered is found --------------------------------------------------------------------


def _escaped(text: str) -> str:
    return text.replace("'", "''")


def _body(table: str, where: str) -> str:
    """A statement that changes one byte of a part's body, on each database."""
    if connection.vendor == "postgresql":
        return f"UPDATE {table} SET body = set_byte(body, 20, get_byte(body, 20) # 1) {where}"
    return (
        f"UPDATE {table} SET body = CAST(substr(body, 1, 20) || X'7E' || substr(body, 22) AS BLOB) "
        f"{where}"
    )


LAST = "WHERE seq = (SELECT MAX(seq) FROM register_journalentry)"
TAMPERING = {
    "an entry's text": (
        f"UPDATE register_journalentry SET body = replace(body, '\"ben\"', '\"eve\"') {LAST}",
        "does not hash to its hash",
    ),
    "an entry's text no JSON any more": (
        f"UPDATE register_journalentry SET body = 'x' {LAST}",
        "is no JSON",
    ),
    "an entry's time": (
        f"UPDATE register_journalentry SET recorded_at = '2001-01-01T00:00:00.000000Z' {LAST}",
        "columns are not what its text says",
    ),
    "an entry's link": (
        f"UPDATE register_journalentry SET prev_hash = '{'f' * 64}' {LAST}",
        "does not follow the entry before it",
    ),
    "a part": (None, "was altered"),
    "a part's link": (
        "DELETE FROM register_journalpart "
        "WHERE entry_id = (SELECT MAX(entry_id) FROM register_journalpart)",
        "not the ones",
    ),
    "a record": ("UPDATE register_hazard SET type = 'SHA'", "do not hash to its content"),
    "a record's area": ("UPDATE register_hazard SET area_mm2 = area_mm2 - 1", "do not hash"),
    "a record's place": ("UPDATE register_hazard SET min_lon = min_lon - 1", "register_hazard"),
    "a record's version": ("UPDATE register_hazard SET version = 7", "register_hazard"),
    "a record removed": ("DELETE FROM register_activity", "0 rows here, 1 in the replay"),
    "a ledger line's area": ("UPDATE register_ledgerline SET mm2 = mm2 + 1", "register_ledgerline"),
    "a ledger line retired": ("UPDATE register_ledgerline SET retired_seq = 1", "register_ledger"),
    "a release removed": ("DELETE FROM register_release", "register_release"),
    "a release's deciders": ("UPDATE register_release SET deciders = 'eve'", "register_release"),
}


def test_whatever_is_altered_is_found(released):
    """Each alteration is made behind the triggers' back, found, and taken back again."""

    class TakeBack(Exception):
        pass

    verified()
    for what, (statement, said) in TAMPERING.items():
        verdict = None
        with contextlib.suppress(TakeBack), transaction.atomic():
            with connection.cursor() as cursor:
                for name in _drop_triggers():
                    cursor.execute(name)
                cursor.execute(statement or _body("register_part", "WHERE kind = 'ledger'"))
                assert cursor.rowcount, what
            verdict = verification.verify()
            raise TakeBack
        assert verdict is not None
        assert not verdict.well, what
        assert any(said in problem for problem in verdict.problems), (what, verdict.problems)
    verified()


def test_a_kept_file_that_was_altered_or_lost_is_found(released):
    submission = Submission.objects.order_by("id").first()
    path = released.attachments / submission.kept
    original = path.read_bytes()
    path.write_bytes(original + b" ")
    assert f"submission {submission.receipt}: its kept file" in verification.verify().problems[0]
    path.unlink()
    assert "is missing" in verification.verify().problems[0]
    path.write_bytes(original)
    verified()


def _drop_triggers() -> list[str]:
    statements = []
    for model in triggers.APPEND_ONLY:
        table = model._meta.db_table
        if connection.vendor == "postgresql":
            statements.append(f'ALTER TABLE "{table}" DISABLE TRIGGER ALL')
        else:
            statements += [f'DROP TRIGGER "{table}_no_{act}"' for act in ("update", "delete")]
    return statements


def test_a_workspace_that_lost_its_triggers_is_refused(released):
    table = JournalEntry._meta.db_table
    if connection.vendor == "postgresql":
        name = f"{table}_no_change"
        run(f'DROP TRIGGER "{name}" ON "{table}"')
    else:
        name = f"{table}_no_update"
        run(f'DROP TRIGGER "{name}"')
    with pytest.raises(WorkspaceError, match=name):
        workspaces.open_workspace(released.folder)
    refused = landrelease(released.folder, "verify", check=False)
    assert refused.returncode == 1
    assert name in refused.stderr.replace("\n", "")
    assert "Traceback" not in refused.stderr
    landrelease(released.folder, "migrate")
    workspaces.open_workspace(released.folder)
    verified()


@pytest.mark.parametrize("workspace_folder", ["postgresql"], indirect=True)
def test_a_disabled_trigger_counts_as_missing(released):
    # SQLite's triggers cannot be disabled, only dropped.
    run('ALTER TABLE "register_part" DISABLE TRIGGER ALL')
    with pytest.raises(WorkspaceError, match="register_part_no_change"):
        workspaces.open_workspace(released.folder)


# --- durability -----------------------------------------------------------------------------------


def test_the_durability_settings_of_every_connection(workspace):
    if connection.vendor == "postgresql":
        found = durability.lapses(connection)
        assert len(found) == 3, "the server of the tests is a hasty one, and verify says so"
        assert verification.verify().durability == found
        return
    with connection.cursor() as cursor:
        got = {}
        for name in ("journal_mode", "synchronous", "recursive_triggers", "foreign_keys"):
            cursor.execute(f"PRAGMA {name}")
            got[name] = cursor.fetchone()[0]
    assert got == {
        "journal_mode": "wal", "synchronous": 2, "recursive_triggers": 1, "foreign_keys": 1,
    }  # fmt: skip
    assert durability.lapses(connection) == []
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous=NORMAL")
    assert durability.lapses(connection) == ["SQLite's synchronous is 1, not 2"]
    connection.close()
    assert durability.lapses(connection) == [], "a new connection has them again"


def test_a_durable_server_has_no_lapses(tmp_path):
    from postgres import Cluster, PostgresMissing

    try:
        cluster = Cluster(durable=True)
    except PostgresMissing as missing:
        pytest.skip(str(missing))
    with cluster, cluster.database() as url:
        workspaces.init_workspace(tmp_path / "w", database=url)
        assert durability.lapses(connection) == []
        connection.close()


@pytest.mark.parametrize("workspace_folder", ["sqlite"], indirect=True)
def test_a_transaction_of_sqlite_takes_the_write_lock_when_it_begins(workspace):
    # PostgreSQL locks the chain's head by an advisory lock instead.
    with (
        transaction.atomic(),
        contextlib.closing(
            sqlite3.connect(workspace.folder / "register.sqlite3", timeout=0)
        ) as other,
        pytest.raises(sqlite3.OperationalError, match="locked"),
    ):
        other.execute("BEGIN IMMEDIATE")


def test_parts_are_kept_once(workspace, tmp_path):
    with transaction.atomic():
        one = journal.keep(journal.DraftPart("records/hazard", [b"{}"]))
        two = journal.keep(journal.DraftPart("records/hazard", [b"{}"]))
        other = journal.keep(journal.DraftPart("releases", [b"{}"]))
    assert one.sha256 == two.sha256 != other.sha256
    assert Part.objects.count() == 2
    lines = list(journal.split("x", [b"1"] * (journal.LINES_A_PART + 1)))
    assert [len(part.lines) for part in lines] == [journal.LINES_A_PART, 1]


def test_ids_of_records_are_given_so_that_a_replay_gives_the_same(workspace, tmp_path):
    rows = [(square(i * 2), {**HAZARD, "source_id": f"H{i}"}) for i in range(3)]
    hazards(tmp_path, *rows)
    assert list(Hazard.objects.order_by("id").values_list("id", flat=True)) == [1, 2, 3]
    assert verified().entries == JournalEntry.objects.count()
    assert JournalPart.objects.count() >= 2
    assert canonical.loads(journal.head().body)["actor"]["name"] == "clerk"
    assert ANNA.name not in journal.head().body


@pytest.mark.parametrize("hazard", [None, "b" * 32])
@pytest.mark.parametrize(("on", "piece"), [(None, None), ("2024-01-31", "0106")])
def test_a_ledger_line_is_written_as_the_encoder_writes_it(hazard, on, piece):
    written = posting._line(
        "outside", "suspected", "a" * 32, "outside", "confirmed", hazard, "recorded", 12, on,
        piece, 3, 1,
    )  # fmt: skip
    assert written == canonical.dumps(canonical.loads(written))
    assert canonical.loads(written) == {
        "claim_from": "outside", "claim_to": "suspected", "event": "a" * 32,
        "ground_from": "outside", "ground_to": "confirmed", "hazard": hazard, "kind": "recorded",
        "mm2": "12", "on": on, "piece": piece, "scopes": 3, "version": 1,
    }  # fmt: skip
