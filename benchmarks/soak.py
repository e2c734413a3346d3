"""A thousand items with faults at random moments, on both databases, verified after each.

    .venv/bin/python benchmarks/soak.py                         1,000 items on each database
    .venv/bin/python benchmarks/soak.py --items 200 --databases sqlite --seed 7

Workers hand in deliveries, hand some in twice or in the wrong order, send forms and corrections as
phones do, report clearance and decide, two people at the same moment, hand in tables of persons and
erase one of them. While they are at it

- a worker is killed (``kill -9``), or all of them at once,
- the disk is full for one of them: on SQLite its log cannot grow, on PostgreSQL the server's,
- PostgreSQL's server is killed as a power cut would, or stopped and started again a little later.

An item whose worker died or failed is given out again. After each fault the work rests for a
moment: whatever was confirmed has to be in the register, everything in it once, and ``verify`` has
to pass over the whole journal. In the end the register is backed up, restored and verified again.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import subprocess
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
from landrelease.register import (
    backup_keys,
    backup_make,
    backup_restore,
    erasures,
    figures,
    journal,
    seal,
    verify,
)
from landrelease.register.models import (
    RECORDS,
    FieldInstance,
    Hazard,
    JournalEntry,
    Release,
    Submission,
    Victim,
)
from landrelease.register.workspace import init_workspace, open_workspace

WORKERS = 2
#: How often which fault comes, by database.
FAULTS = {
    "sqlite": {"kill": 6, "kill_all": 2, "full_disk": 2},
    "postgresql": {"kill": 5, "kill_all": 1, "full_disk": 2, "power_cut": 2, "stopped": 1},
}
#: Longest time for which PostgreSQL's server is gone when it is stopped, seconds.
GONE = 1.0
#: An item takes about this long until it is known better, seconds.
ONE_ITEM = 0.1


@dataclass
class Worker:
    """A worker process, the end of its pipe, and what it was given and when."""

    process: Any
    pipe: Any
    item: int | None = None
    since: float = 0.0
    ready: bool = False


@dataclass
class Tally:
    """What happened."""

    confirmed: set[int] = field(default_factory=set)
    faults: Counter[str] = field(default_factory=Counter)
    during: Counter[str] = field(default_factory=Counter)
    told: Counter[str] = field(default_factory=Counter)
    verified: int = 0
    verifying: float = 0.0
    #: Keys whose erasure was cut short after it was written down, and was finished.
    reapplied: int = 0
    problems: list[str] = field(default_factory=list)


class Soak:
    """One run on one database."""

    def __init__(
        self, workspace: Path, folder: Path, seed: int, cluster: Any, between: int
    ) -> None:
        self._workspace, self._folder, self._cluster = workspace, folder, cluster
        self._between = between
        self._faults = FAULTS["sqlite" if cluster is None else "postgresql"]
        self._random = random.Random(seed)
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["soak_work"])
        self._one_item = ONE_ITEM
        self._full = False
        self._begun = 0
        self._left: list[int] = []
        self._workers: list[Worker] = []
        self.tally = Tally()

    def run(self, items: int, seconds: float) -> int:
        """Do items, whatever dies, until all are done or the time is up; gives how many."""
        end = time.monotonic() + seconds
        self._left = list(range(items))[::-1]
        self._workers = [self._start() for _ in range(WORKERS)]
        next_fault = self._next()
        while (self._left or self._busy()) and not self.tally.problems:
            if time.monotonic() > end:
                self._left = [item for item in self._left if item < self._begun]
            due = len(self.tally.confirmed) >= next_fault
            if not due or all(w.ready for w in self._workers):
                self._give_out()
                if due and self._busy():
                    self._fault()
                    self._rest()
                    check_now(self.tally, self._begun, self._workspace)
                    next_fault = self._next()
            self._listen(0.05)
        for worker in self._workers:
            worker.pipe.close()
            worker.process.join(30)
        return self._begun

    def _next(self) -> int:
        # By what was confirmed, not by the clock: on a busy machine nothing would ever be done.
        return len(self.tally.confirmed) + self._random.randint(1, self._between)

    def _busy(self) -> list[Worker]:
        return [w for w in self._workers if w.item is not None]

    # --- faults ---

    def _fault(self) -> None:
        """Let one fault happen, at a random moment of what is being done."""
        fault = self._random.choices(list(self._faults), list(self._faults.values()))[0]
        self.tally.faults[fault] += 1
        if fault == "full_disk":
            # From the next item of somebody on, until that item has ended.
            self._full = True
            return
        worker = self._random.choice(self._busy())
        self.tally.during[soak_work.kind_of(worker.item or 0)] += 1
        moment = worker.since + self._random.uniform(0, 1.2) * self._one_item
        time.sleep(max(0.0, moment - time.monotonic()))
        match fault:
            case "kill":
                worker.process.kill()
            case "kill_all":
                for one in self._workers:
                    one.process.kill()
            case "power_cut":
                self._cluster.kill()
                self._cluster.restart()
            case "stopped":
                self._cluster.halt()
                self._listen(self._random.uniform(0, GONE))
                self._cluster.restart()

    def _rest(self) -> None:
        """Let whoever is at work end, and replace the dead."""
        while self._full and self._left:
            self._give_out()
            self._listen(0.05)
        self._full = False
        while self._busy():
            self._listen(0.05)
        if self._cluster is not None:
            # A process that gave up takes the others along; the server starts them anew.
            self._cluster.wait()

    # --- workers ---

    def _give_out(self) -> None:
        """Give an item to each worker who has none."""
        for worker in self._workers:
            if not worker.ready or worker.item is not None or not self._left:
                continue
            worker.item, worker.since = self._left.pop(), time.monotonic()
            self._begun = max(self._begun, worker.item + 1)
            try:
                worker.pipe.send((worker.item, self._full))
                self._full = False
            except (BrokenPipeError, ConnectionResetError):
                pass  # It is dead, and replaced when somebody looks.

    def _listen(self, seconds: float) -> None:
        """Hear what workers say for at most a time, and replace the dead."""
        for pipe in wait([w.pipe for w in self._workers], timeout=seconds):
            self._hear(next(w for w in self._workers if w.pipe is pipe))
        for number, worker in enumerate(self._workers):
            if not worker.process.is_alive():
                # What it had confirmed before it died counts.
                while worker.pipe.poll() and self._hear(worker):
                    pass
                if worker.item is not None:
                    self._left.append(worker.item)
                worker.process.join()
                worker.pipe.close()
                self._workers[number] = self._start()

    def _hear(self, worker: Worker) -> bool:
        try:
            what, item, why = worker.pipe.recv()
        except (EOFError, ConnectionResetError):
            return False
        if what == "ready":
            worker.ready = True
            return True
        worker.item = None
        if what == "done":
            self.tally.confirmed.add(item)
            took = time.monotonic() - worker.since
            self._one_item += 0.1 * (took - self._one_item)
        else:
            self.tally.told[why.split(":")[0]] += 1
            self._left.append(item)
        return True

    def _start(self) -> Worker:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(
            target=soak_work.serve, args=(self._workspace, self._folder, theirs), daemon=True
        )
        process.start()
        theirs.close()
        return Worker(process, ours)


# --- what has to hold -----------------------------------------------------------------------------


def check_now(tally: Tally, begun: int, workspace: Path) -> str:
    """Hold the register against what was confirmed so far; gives the head of its journal."""
    started = time.monotonic()
    open_workspace(workspace)
    said = f"after {sum(tally.faults.values())} faults: "
    must, may = soak_work.expected(tally.confirmed), soak_work.expected(set(range(begun)))
    own = dict(RECORDS["activity"].objects.values_list("uid", "source_id"))
    released = [own[uid] for uid in Release.objects.values_list("activity_uid", flat=True)]
    victims = list(Victim.objects.all())
    erased = seal.erased(Victim.objects.all()).values_list("source_id", flat=True)
    found = [
        ("hazards", list(Hazard.objects.values_list("source_id", flat=True)), must.hazards,
         may.hazards),
        ("releases", released, must.released, may.released),
        ("victims", [victim.source_id for victim in victims], must.victims, may.victims),
        ("erased persons", list(erased), must.erased, may.erased),
    ]  # fmt: skip
    for what, there, needed, possible in found:
        lost, doubled = needed - set(there), len(there) - len(set(there))
        strange = set(there) - possible
        if lost or doubled or strange:
            tally.problems.append(
                f"{said}{what}: {len(lost)} lost, {doubled} doubled, {len(strange)} too many"
            )
    if JournalEntry.objects.filter(kind="release").count() != len(released):
        tally.problems.append(f"{said}a release was journalled more than once")
    tally.reapplied += erasures.reapply()
    for victim in victims:
        named = seal.open_sealed(victim.person_key, victim.sealed)
        item, n = victim.source_id[1:].split("-")
        if named is not None and named != {"name": soak_work.name_of(int(item), int(n))}:
            tally.problems.append(f"{said}{victim.source_id} bears another's name")
    forms = Counter(FieldInstance.objects.values_list("instance_id", flat=True))
    if any(count > 1 for count in forms.values()):
        tally.problems.append(f"{said}a form was taken in more than once")
    sent = {i for i in tally.confirmed if soak_work.kind_of(i) == "phone"}
    if {f"uuid:{i}-{n}" for i in sent for n in (1, 2)} - set(forms):
        tally.problems.append(f"{said}a form that was confirmed is not there")
    balance = figures.balance()
    if balance.residual_mm2:
        tally.problems.append(f"{said}the ledger leaves {balance.residual_mm2} mm2 over")
    verdict = verify.verify()
    tally.problems += [f"{said}{problem}" for problem in verdict.problems]
    tally.verified += 1
    tally.verifying += time.monotonic() - started
    connection.close()
    faults, confirmed = sum(tally.faults.values()), len(tally.confirmed)
    print(
        f"{confirmed} items, {faults} faults, {verdict.entries} journal entries, "
        f"{len(tally.problems)} problems", file=sys.stderr, flush=True,
    )  # fmt: skip
    return verdict.head


def check_in_the_end(tally: Tally, items: int, folder: Path) -> dict[str, Any]:
    """Hold that all is done, as other processes see it, and that a backup brings it back."""
    workspace = folder / "workspace"
    head = check_now(tally, items, workspace)
    open_workspace(workspace)
    if len(tally.confirmed) != items:
        tally.problems.append(f"{items - len(tally.confirmed)} items were never confirmed")
    said = subprocess.run(
        [sys.executable, "-c", "from landrelease.cli import main; main()", "-w", str(workspace),
         "verify"], capture_output=True, text=True, check=False,
    )  # fmt: skip
    if said.returncode:
        tally.problems.append(f"landrelease verify: {said.stdout}{said.stderr}")
    states = Counter(Submission.objects.values_list("state", flat=True))
    entries, hazards = journal.head().seq + 1, Hazard.objects.count()
    released = Release.objects.count()
    victims, erased = _victims()
    made = backup_make.make(folder / "backups")
    keys = backup_keys.read_folder(workspace / "keys")
    restored = backup_restore.restore(
        backup_restore.Request(made.path, folder / "restored", keys=keys)
    )
    if restored.head != head:
        tally.problems.append("the restored copy is another one")
    open_workspace(folder / "restored")
    if _victims() != (victims, erased):
        tally.problems.append("the restored copy knows other persons")
    for path in workspace.rglob("*"):
        if path.is_file() and soak_work.SOMEBODY.encode() in path.read_bytes():
            tally.problems.append(f"{path.name} names persons in clear")
    return {
        "submissions": dict(sorted(states.items())),
        "hazards": hazards,
        "releases": released,
        "victims": victims,
        "of_them_erased": erased,
        "journal_entries": entries,
        "backup_restored_and_verified": restored.verified,
    }


def _victims() -> tuple[int, int]:
    """How many there are, and how many of them were erased."""
    return Victim.objects.count(), seal.erased(Victim.objects.all()).count()


def soak(database: str, items: int, seed: int, minutes: float, between: int) -> dict[str, Any]:
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
        soak_work.prepare(folder / "files", folder / "workspace")
        connection.close()
        begun = time.monotonic()
        run = Soak(folder / "workspace", folder / "files", seed, cluster, between)
        items = run.run(items, minutes * 60)
        took = time.monotonic() - begun
        found = check_in_the_end(run.tally, items, folder)
        connection.close()
        tally = run.tally
        return {
            "database": database,
            "seed": seed,
            "items": items,
            "confirmed": len(tally.confirmed),
            "faults": dict(sorted(tally.faults.items())),
            "killed_or_cut_off_during": dict(sorted(tally.during.items())),
            "failures_told_and_tried_again": dict(sorted(tally.told.items())),
            "verified": tally.verified,
            "erasures_cut_short_and_finished_keys": tally.reapplied,
            "seconds": round(took),
            "seconds_verifying": round(tally.verifying),
            **found,
            "problems": tally.problems,
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=20261130)
    parser.add_argument(
        "--minutes", type=float, default=120, help="begin nothing new after this time"
    )
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"])
    parser.add_argument(
        "--between", type=int, default=10,
        help="items that are confirmed between one fault and the next, at most",
    )  # fmt: skip
    asked = parser.parse_args()
    problems = 0
    for database in asked.databases:
        found = soak(database, asked.items, asked.seed, asked.minutes, asked.between)
        print(json.dumps(found, indent=1), flush=True)
        problems += len(found["problems"])
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
