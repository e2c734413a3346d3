"""A thousand submissions with kill -9 at random moments, on both databases.

    .venv/bin/python benchmarks/soak.py                         1,000 items on each database
    .venv/bin/python benchmarks/soak.py --items 200 --databases sqlite --seed 7

Workers hand in deliveries, hand some in twice or in the wrong order, report clearance and decide
releases, two at a time. They are killed at random moments, with PostgreSQL also the server, as a
power cut would. An item whose worker died is given to another one. In the end every item that was
confirmed has to be in the register, every record once, and ``verify`` has to pass; the register is
backed up, restored and verified again.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
sys.path.append(str(Path(__file__).parent.parent / "tests"))

from django.db import connection

import soak_work
from landrelease.register import backup_keys, backup_make, backup_restore, figures, verify
from landrelease.register.models import (
    RECORDS,
    Hazard,
    JournalEntry,
    Release,
    Submission,
)
from landrelease.register.workspace import init_workspace, open_workspace

WORKERS = 2


@dataclass
class Worker:
    """A worker process, the end of its pipe, and what it was given."""

    process: Any
    pipe: Any
    item: int | None = None
    ready: bool = False


@dataclass
class Tally:
    """What happened."""

    confirmed: set[int] = field(default_factory=set)
    kills: Counter[str] = field(default_factory=Counter)
    server_kills: int = 0
    failures: Counter[str] = field(default_factory=Counter)


class Soak:
    """One run on one database."""

    def __init__(self, workspace: Path, folder: Path, seed: int, cluster: Any) -> None:
        self._workspace, self._folder, self._cluster = workspace, folder, cluster
        self._random = random.Random(seed)
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["soak_work"])
        self.tally = Tally()

    def run(self, items: int, seconds: float) -> int:
        """Do items, whatever dies, until all are done or the time is up; gives how many."""
        end = time.monotonic() + seconds
        left = list(range(items))[::-1]
        begun = 0
        workers = [self._start() for _ in range(WORKERS)]
        next_kill = self._next()
        while left or any(w.item is not None for w in workers):
            if time.monotonic() > end:
                left = [item for item in left if item < begun]
            for worker in workers:
                if worker.ready and worker.item is None and left:
                    worker.item = left.pop()
                    begun = max(begun, worker.item + 1)
                    worker.pipe.send(worker.item)
            for pipe in wait([w.pipe for w in workers], timeout=0.05):
                worker = next(w for w in workers if w.pipe is pipe)
                self._listen(worker, left)
            for number, worker in enumerate(workers):
                if not worker.process.is_alive():
                    workers[number] = self._replace(worker, left)
            if len(self.tally.confirmed) >= next_kill and self._kill(workers):
                next_kill = self._next()
        for worker in workers:
            worker.pipe.close()
            worker.process.join(30)
        return begun

    def _next(self) -> int:
        # By what was confirmed, not by the clock: on a busy machine nothing would ever be done.
        return len(self.tally.confirmed) + self._random.randint(1, 10)

    def _kill(self, workers: list[Worker]) -> bool:
        """Kill somebody who is at work, at a random moment of it; whether there was somebody."""
        busy = [w for w in workers if w.item is not None]
        if not busy:
            return False
        worker = self._random.choice(busy)
        time.sleep(self._random.uniform(0, 0.25))
        if self._cluster is not None and self._random.random() < 0.1:
            self._cluster.kill()
            self._cluster.restart()
            self.tally.server_kills += 1
            return True
        self.tally.kills[soak_work.kind_of(worker.item)] += 1
        worker.process.kill()
        return True

    def _listen(self, worker: Worker, left: list[int]) -> None:
        try:
            said = worker.pipe.recv()
        except (EOFError, ConnectionResetError):
            return
        if said == "ready":
            worker.ready = True
            return
        what, item, why = said
        worker.item = None
        if what == "done":
            self.tally.confirmed.add(item)
        else:
            self.tally.failures[why.split(":")[0]] += 1
            left.append(item)

    def _replace(self, worker: Worker, left: list[int]) -> Worker:
        # What it had confirmed before it died counts.
        while worker.pipe.poll():
            try:
                said = worker.pipe.recv()
            except (EOFError, ConnectionResetError):
                break
            if said != "ready":
                worker.item = None
                if said[0] == "done":
                    self.tally.confirmed.add(said[1])
                else:
                    left.append(said[1])
        if worker.item is not None:
            left.append(worker.item)
        worker.process.join()
        return self._start()

    def _start(self) -> Worker:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(
            target=soak_work.serve, args=(self._workspace, self._folder, theirs)
        )
        process.start()
        theirs.close()
        return Worker(process, ours)


def soak(database: str, items: int, seed: int, minutes: float) -> dict[str, Any]:
    """One run; gives its counts, with what was wrong in ``problems``."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="landrelease-soak-")))
        cluster, address = None, "sqlite"
        if database == "postgresql":
            from postgres import Cluster

            cluster = stack.enter_context(Cluster(durable=True))
            address = cluster.url(cluster.create())
        init_workspace(folder / "workspace", database=address)
        (folder / "files").mkdir()
        soak_work.hand_in_operator(folder / "files")
        connection.close()
        begun = time.monotonic()
        run = Soak(folder / "workspace", folder / "files", seed, cluster)
        items = run.run(items, minutes * 60)
        took = time.monotonic() - begun
        found = check(run.tally, items, folder)
        connection.close()
        return {
            "database": database,
            "seed": seed,
            "items": items,
            "confirmed": len(run.tally.confirmed),
            "kills": sum(run.tally.kills.values()),
            "kills_during": dict(sorted(run.tally.kills.items())),
            "server_kills": run.tally.server_kills,
            "failures_told_and_tried_again": dict(run.tally.failures),
            "seconds": round(took),
            **found,
        }


def check(tally: Tally, items: int, folder: Path) -> dict[str, Any]:
    """Hold the register against what was confirmed."""
    open_workspace(folder / "workspace")
    problems = []
    hazards, released = soak_work.expected(items)
    there = list(Hazard.objects.values_list("source_id", flat=True))
    if Counter(there) != Counter(hazards):
        problems.append(
            f"hazards: {len(hazards - set(there))} lost, {len(there) - len(set(there))} doubled, "
            f"{len(set(there) - hazards)} too many"
        )
    own = dict(RECORDS["activity"].objects.values_list("uid", "source_id"))
    decided = [own[uid] for uid in Release.objects.values_list("activity_uid", flat=True)]
    if Counter(decided) != Counter(released):
        problems.append(f"releases: {len(decided)} there, {len(released)} decided")
    if JournalEntry.objects.filter(kind="release").count() != len(released):
        problems.append("a release was journalled more than once")
    if len(tally.confirmed) != items:
        problems.append(f"{items - len(tally.confirmed)} items were never confirmed")
    balance = figures.balance()
    if balance.residual_mm2:
        problems.append(f"the ledger leaves {balance.residual_mm2} mm2 over")
    verdict = verify.verify()
    problems += verdict.problems
    made = backup_make.make(folder / "backups")
    keys = backup_keys.read_folder(folder / "workspace" / "keys")
    states = Counter(Submission.objects.values_list("state", flat=True))
    restored = backup_restore.restore(
        backup_restore.Request(made.path, folder / "restored", keys=keys)
    )
    if restored.head != verdict.head:
        problems.append("the restored copy is another one")
    return {
        "submissions": dict(sorted(states.items())),
        "hazards": len(there),
        "releases": len(decided),
        "journal_entries": verdict.entries,
        "backup_restored_and_verified": restored.verified,
        "problems": problems,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=20261130)
    parser.add_argument(
        "--minutes", type=float, default=120, help="begin nothing new after this time"
    )
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"])
    asked = parser.parse_args()
    problems = 0
    for database in asked.databases:
        found = soak(database, asked.items, asked.seed, asked.minutes)
        print(json.dumps(found, indent=1), flush=True)
        problems += len(found["problems"])
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
