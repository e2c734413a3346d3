"""Faults while several kinds of work go on: seeded, short, on both databases.

``benchmarks/soak.py`` does the same for a thousand submissions.
"""

from __future__ import annotations

import random
import shutil
import time
from collections import Counter

import pytest
import working
from django.db import OperationalError, connection
from registering import (
    ANNA,
    BEN,
    HAZARD,
    REPORT,
    activities,
    geojson,
    hazards,
    landrelease,
    operator,
    ready_release,
    snapshot,
    square,
    submit,
    total,
    verified,
)

from landrelease.register import journal, release_decisions
from landrelease.register.models import Activity, Hazard, JournalEntry, Release, Submission
from landrelease.register.workspace import init_workspace, open_workspace

pytestmark = pytest.mark.faults


def _delivery(folder, number, rows=4):
    return geojson(
        folder / f"d{number}.geojson",
        (
            (square(number * 2, row * 2), {**HAZARD, "source_id": f"D{number}-{row}"})
            for row in range(rows)
        ),
    )


def test_killed_at_random_among_imports_and_decisions(workspace, tmp_path):
    """What was confirmed before a kill is there once; what was not can be done again."""
    rng = random.Random(20261130)
    operator(tmp_path)
    rounds = 4
    ground = [(square(i * 3, 60), f"R{i}") for i in range(rounds)]
    hazards(tmp_path, *((g, {**HAZARD, "source_id": f"H{k}"}) for g, k in ground))
    activities(
        tmp_path, *((g, {**REPORT, "source_id": f"A{k}", "hazard": f"H{k}"}) for g, k in ground)
    )
    refs = [activity.ref for activity in Activity.objects.order_by("id")]
    release_decisions.approve_releases(refs, ANNA)
    for number, ref in enumerate(refs):
        path = _delivery(tmp_path, number)
        before = Hazard.objects.count(), Release.objects.count()
        works = [
            working.start(working.hand_in, workspace.folder, path, "hazards", "Survey"),
            working.start(working.decide, workspace.folder, [ref], BEN),
        ]
        time.sleep(rng.uniform(0.0, 0.25))
        confirmed = [process.exitcode == 0 for process in works]
        for process in works:
            process.kill()
            process.join(30)
        connection.close()
        open_workspace(workspace.folder)
        brought = Hazard.objects.count() - before[0]
        decided = Release.objects.count() - before[1]
        assert brought in (0, 4), "all or nothing"
        assert brought == 4 or not confirmed[0], "what was confirmed is there"
        assert decided == 1 or not confirmed[1]
        submit(path, "hazards")
        if not decided:
            release_decisions.approve_releases([ref], BEN)
        total()
    assert Hazard.objects.count() == rounds + rounds * 4
    assert Release.objects.count() == rounds
    assert JournalEntry.objects.filter(kind="release").count() == rounds
    verified()


def test_doubled_and_reordered_deliveries_make_every_record_once(workspace, tmp_path):
    rng = random.Random(20261202)
    paths = [_delivery(tmp_path, number) for number in range(5)]
    sent = paths * 3
    rng.shuffle(sent)
    for path in sent:
        submit(path, "hazards")
    expected = {f"D{number}-{row}" for number in range(5) for row in range(4)}
    assert Counter(Hazard.objects.values_list("source_id", flat=True)) == Counter(expected)
    states = Counter(Submission.objects.values_list("state", flat=True))
    assert states == {"accepted": 5, "unchanged": 10}, "each is kept, with a receipt of its own"
    verified()


def test_an_older_delivery_that_comes_late_is_seen_as_a_change(workspace, tmp_path):
    """Nobody can tell from a file that it is older: what it would undo is shown, not hidden."""
    bigger = geojson(tmp_path / "bigger.geojson", [(square(size=2), HAZARD)])
    smaller = geojson(tmp_path / "smaller.geojson", [(square(), HAZARD)])
    submit(bigger, "hazards")
    submit(smaller, "hazards")
    area = Hazard.objects.get().area_mm2
    submit(bigger, "hazards")
    again = submit(smaller, "hazards")
    assert Hazard.objects.count() == 1
    # Less ground is less caution: it waits for a second person each time (rule 4).
    assert again.state in ("partly_accepted", "checked")
    assert Hazard.objects.get().area_mm2 == area
    verified()


def test_one_accepts_and_one_rejects_at_once(workspace, tmp_path):
    for number in range(3):
        outcome = submit(_delivery(tmp_path, number), "hazards", accept=False)
        before = Hazard.objects.count()
        working.at_once(
            workspace.folder,
            (working.accept, outcome.receipt, ANNA),
            (working.reject, outcome.receipt, BEN),
        )
        state = Submission.objects.get(receipt=outcome.receipt).state
        there = Hazard.objects.count() - before
        assert (state, there) in {("accepted", 4), ("rejected", 0)}, "one of the two, wholly"
    verified()


def test_two_reviewers_release_the_same_land_at_once(workspace, tmp_path):
    activity = ready_release(tmp_path)
    works = [(working.decide, [activity.ref], who) for who in (ANNA, BEN, ANNA, BEN)]
    working.at_once(workspace.folder, *works)
    assert Release.objects.count() == 1
    assert JournalEntry.objects.filter(kind="release").count() == 1
    total()
    verified()


@pytest.fixture
def durable(tmp_path):
    """A PostgreSQL server whose commits reach the disk, with the folder of a workspace on it."""
    from postgres import Cluster, PostgresMissing

    try:
        cluster = Cluster(durable=True)
    except PostgresMissing as missing:
        pytest.skip(str(missing))
    with cluster, cluster.database() as url:
        folder = tmp_path / "workspace"
        init_workspace(folder, database=url)
        yield cluster, folder
        connection.close()


def test_postgresql_stopped_in_the_middle(durable, tmp_path):
    cluster, folder = durable
    hazards(tmp_path, (square(0, 90), HAZARD))
    before = snapshot()
    path = _delivery(tmp_path, 1, rows=120)
    process = working.start(working.hand_in, folder, path, "hazards", "Survey")
    time.sleep(random.Random(20261203).uniform(0.02, 0.2))
    connection.close()
    cluster.kill()
    process.join(60)
    refused = landrelease(
        folder, "import", path, "--as", "hazards", "--source", "Survey", "--accept",
        check=False,
    )  # fmt: skip
    assert refused.returncode == 1
    assert "cannot be reached" in refused.stderr
    assert "Traceback" not in refused.stderr
    cluster.restart()
    open_workspace(folder)
    there = Hazard.objects.count()
    assert there in (1, 121)
    if there == 1:
        assert snapshot() == before
    landrelease(folder, "import", path, "--as", "hazards", "--source", "Survey", "--accept")
    assert Hazard.objects.count() == 121
    verified()


def test_postgresql_stopped_by_an_administrator_and_started_again(durable, tmp_path):
    """A process that lives on, as a server of pages does, works again once the server is back."""
    cluster, _ = durable
    hazards(tmp_path, (square(0, 90), HAZARD))
    before = snapshot()
    path = _delivery(tmp_path, 1)
    cluster.halt()
    for _ in range(2):  # on a connection that was cut off, and on a new one
        with pytest.raises(OperationalError):
            submit(path, "hazards")
        connection.close()
    cluster.restart()
    assert snapshot() == before
    submit(path, "hazards")
    assert Hazard.objects.count() == 5
    verified()


def test_postgresql_whose_disk_fills_as_it_writes_its_log(durable, tmp_path):
    """The process of the server gives up, the server recovers by itself, nothing half is left."""
    if not shutil.which("prlimit"):
        pytest.skip("no prlimit (util-linux) on this machine")
    cluster, _ = durable
    hazards(tmp_path, (square(0, 90), HAZARD))
    before = snapshot()
    path = _delivery(tmp_path, 1, rows=60)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_backend_pid(), file_offset FROM pg_walfile_name_offset(pg_current_wal_lsn())"
        )
        process, written = cursor.fetchone()
    cluster.limit_files(process, written + 10_000)
    with pytest.raises(OperationalError):
        submit(path, "hazards")
    connection.close()
    cluster.wait()
    assert "File too large" in cluster.log(), "the disk of the server was full"
    assert snapshot() == before
    submit(path, "hazards")
    assert Hazard.objects.count() == 61
    verified()


@pytest.mark.parametrize("limit", [60_000, 400_000, 900_000])
def test_a_disk_that_fills_during_a_decision(workspace_templates, tmp_path, limit):
    """Wherever the disk ends (attachment, log, database), nothing half is left."""
    folder, _ = workspace_templates.copy("sqlite", tmp_path / "workspace")
    open_workspace(folder)
    hazards(tmp_path, (square(0, 90), HAZARD))
    before = snapshot()
    connection.close()
    path = _delivery(tmp_path, 1, rows=150)
    words = ("import", path, "--as", "hazards", "--source", "Survey", "--accept")
    done = landrelease(
        folder, *words, check=False,
        largest_file=limit,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    open_workspace(folder)
    there = Hazard.objects.count()
    assert there == (151 if done.returncode == 0 else 1)
    if done.returncode:
        assert snapshot() == before
    verified()
    connection.close()


def test_a_backup_on_a_full_disk_leaves_none(workspace_templates, tmp_path):
    folder, _ = workspace_templates.copy("sqlite", tmp_path / "workspace")
    open_workspace(folder)
    hazards(tmp_path, *((square(i * 2), {**HAZARD, "source_id": f"H{i}"}) for i in range(50)))
    head = journal.head().hash
    connection.close()
    limit = 200_000
    done = landrelease(
        folder, "backup", "make", tmp_path / "backups", check=False,
        largest_file=limit,
    )  # fmt: skip
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert not list((tmp_path / "backups").glob("*.tar*"))
    shutil.rmtree(tmp_path / "backups")
    landrelease(folder, "backup", "make", tmp_path / "backups")
    open_workspace(folder)
    assert journal.head().hash == head
    connection.close()
