"""Crashes: whatever was accepted is there once, whatever was not is not there at all."""

from __future__ import annotations

import random
import shutil
import time

import pytest
import working
from django.db import connection
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
    snapshot,
    square,
    submit,
    total,
    verified,
)

from landrelease.register import journal, release_decisions
from landrelease.register.models import (
    Activity,
    Hazard,
    JournalEntry,
    Release,
    Submission,
)
from landrelease.register.workspace import open_workspace

pytestmark = pytest.mark.faults

ROUNDS = 6
ROWS = 120


def _keys(number):
    return [f"R{number}-{i}" for i in range(ROWS)]


def _file(path, number):
    return geojson(
        path,
        (
            (square(i % 20 * 2, number * 20 + i // 20 * 2), {**HAZARD, "source_id": key})
            for i, key in enumerate(_keys(number))
        ),
    )


class Moments:
    """Random moments that close in on the commit: earlier after a round that ended, later after
    one that left nothing."""

    def __init__(self, seed, seconds):
        self._random = random.Random(seed)
        self._seconds = seconds

    def next(self):
        return self._seconds * self._random.uniform(0.3, 1.2)

    def learn(self, ended):
        self._seconds *= 0.75 if ended else 1.4


def _timed(folder, work, *args):
    """Let some work end; how long it took."""
    process = working.start(work, folder, *args)
    begun = time.monotonic()
    process.join(60)
    assert process.exitcode == 0
    return time.monotonic() - begun


def _killed_after(seconds, folder, work, *args):
    """Start some work and kill -9 it; whether it had ended before."""
    process = working.start(work, folder, *args)
    process.join(seconds)
    ended = process.exitcode is not None
    process.kill()
    process.join(30)
    connection.close()
    open_workspace(folder)
    return ended


def test_killed_importers_leave_all_or_nothing(workspace, tmp_path):
    path = _file(tmp_path / "hazards.geojson", 99)
    work = (workspace.folder, working.hand_in)
    moments = Moments(20240610, _timed(*work, path, "hazards", "Survey"))
    for number in range(ROUNDS):
        path = _file(tmp_path / f"hazards-{number}.geojson", number)
        before = snapshot()
        ended = _killed_after(moments.next(), *work, path, "hazards", "Survey")
        there = Hazard.objects.filter(source_id__in=_keys(number)).count()
        assert there in (0, ROWS), "all or nothing of a decision"
        assert there == ROWS or not ended
        if not there:
            assert snapshot() == before
        moments.learn(there == ROWS)
        total()
        submit(path, "hazards")
        assert Hazard.objects.filter(source_id__in=_keys(number)).count() == ROWS
    assert Hazard.objects.count() == ROWS * (ROUNDS + 1)
    assert Submission.objects.filter(state="accepted").count() >= 2
    verified()


def test_killed_deciders_leave_all_or_nothing(workspace, tmp_path):
    operator(tmp_path)
    count = 6
    ground = [
        (square(i * 3, number * 3), f"{number}-{i}")
        for number in range(ROUNDS + 1)
        for i in range(count)
    ]
    hazards(tmp_path, *((g, {**HAZARD, "source_id": f"H{key}"}) for g, key in ground))
    reports = [(g, {**REPORT, "source_id": f"A{key}", "hazard": f"H{key}"}) for g, key in ground]
    activities(tmp_path, *reports)
    refs = [activity.ref for activity in Activity.objects.order_by("id")]
    groups = [refs[i : i + count] for i in range(0, len(refs), count)]
    release_decisions.approve_releases(refs, ANNA)
    work = (workspace.folder, working.decide)
    moments = Moments(20240611, _timed(*work, groups.pop(), BEN))
    done = count
    for group in groups:
        before = snapshot()
        ended = _killed_after(moments.next(), *work, group, BEN)
        there = Release.objects.count() - done
        assert there in (0, count), "all or nothing of a decision"
        assert there == count or not ended
        moments.learn(there == count)
        if not there:
            assert snapshot() == before
            assert release_decisions.approve_releases(group, BEN).released == group
        done += count
        assert Release.objects.count() == done, "released once"
        total()
    assert JournalEntry.objects.filter(kind="release").count() == ROUNDS + 1
    assert total()["confirmed"] == 0
    verified()


def test_a_power_cut_of_the_server_loses_nothing_accepted(tmp_path):
    from landrelease.register.workspace import init_workspace
    from postgres import Cluster, PostgresMissing

    try:
        cluster = Cluster(durable=True)
    except PostgresMissing as missing:
        pytest.skip(str(missing))
    rng = random.Random(20240612)
    with cluster, cluster.database() as url:
        folder = tmp_path / "workspace"
        init_workspace(folder, database=url)
        for number in range(2):
            hazards(tmp_path, (square(number, 90), {**HAZARD, "source_id": f"ACC{number}"}))
            accepted = snapshot()
            path = _file(tmp_path / "cut.geojson", number)
            process = working.start(working.hand_in, folder, path, "hazards", "Survey")
            time.sleep(rng.uniform(0.05, 0.6))
            connection.close()
            cluster.kill()
            process.join(30)
            cluster.restart()
            open_workspace(folder)
            there = Hazard.objects.filter(source_id__in=_keys(number)).count()
            assert there in (0, ROWS)
            if not there:
                assert snapshot() == accepted
            submit(path, "hazards")
            assert Hazard.objects.count() == (ROWS + 1) * (number + 1)
        verified()
        connection.close()


def test_truncated_write_ahead_logs_give_a_prefix_of_the_decisions(workspace_templates, tmp_path):
    rng = random.Random(20240613)
    folder, _ = workspace_templates.copy("sqlite", tmp_path / "workspace")
    open_workspace(folder)
    with connection.cursor() as cursor:
        # Keep all commits in the log; a checkpoint would move them into the database.
        cursor.execute("PRAGMA wal_autocheckpoint=0")
    heads = [journal.head()]
    for number in range(6):
        hazards(tmp_path, (square(number * 2), {**HAZARD, "source_id": f"H{number}"}))
        heads.append(journal.head())
    before = {None if head is None else head.hash for head in heads}
    # An import is up to three entries (centre, decision, posting), each committed as a whole.
    commits = before | {JournalEntry.objects.get(seq=0).hash}
    log = folder / "register.sqlite3-wal"
    size = log.stat().st_size
    assert size > 100_000
    copies = []
    for offset in [0, size, *(rng.randrange(size) for _ in range(8))]:
        copy = tmp_path / f"copy-{offset}"
        shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("*-shm"))
        with (copy / log.name).open("r+b") as handle:
            handle.truncate(offset)
        copies.append((offset, copy))
    lengths = {}
    for offset, copy in sorted(copies):
        connection.close()
        open_workspace(copy)
        head = journal.head()
        assert (head and head.hash) in commits, "a decision is there as a whole or not at all"
        lengths[offset] = JournalEntry.objects.count()
        assert Hazard.objects.count() == JournalEntry.objects.filter(kind="accept").count()
        verified()
    assert lengths[0] == 0
    assert lengths[size] == heads[-1].seq + 1
    assert list(lengths.values()) == sorted(lengths.values()), "a longer log is a longer prefix"
    assert len(set(lengths.values())) > 3
    connection.close()


def test_a_full_disk_is_told_and_leaves_nothing_half_written(workspace_templates, tmp_path):
    folder, _ = workspace_templates.copy("sqlite", tmp_path / "workspace")
    open_workspace(folder)
    hazards(tmp_path, (square(0, 90), HAZARD))
    before = snapshot()
    connection.close()
    path = _file(tmp_path / "many.geojson", 0)
    words = ("import", path, "--as", "hazards", "--source", "Survey", "--accept")
    limit = 150_000
    assert path.stat().st_size < limit
    refused = landrelease(
        folder, *words, check=False,
        largest_file=limit,
    )  # fmt: skip
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr
    assert "nothing of it was kept" in " ".join(refused.stderr.split())
    open_workspace(folder)
    assert snapshot() == before
    verified()
    connection.close()
    landrelease(folder, *words)
    open_workspace(folder)
    assert Hazard.objects.count() == ROWS + 1
    verified()
    connection.close()
