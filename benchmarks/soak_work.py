"""What the workers of the soak do: hand in, send from phones, report, decide, erase.

Each item is a number; what it does follows from the number alone, so that a worker that was killed
can be given the same item again. Doing it twice must change nothing.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import resource
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from django.conf import settings

from landrelease.register import configuration

if not settings.configured:
    configuration.configure(configuration.sqlite_database(":memory:"), "only for the soak")

sys.path.append(str(Path(__file__).parent.parent / "tests" / "forms"))
sys.path.append(str(Path(__file__).parent.parent / "tests" / "register"))

import answering
import shapely
from django.db import connection

from landrelease.exchange.deliveries import open_delivery
from landrelease.exchange.forms import publishing
from landrelease.exchange.forms.catalogue import FORMS
from landrelease.register import decisions, erasures, people, release_decisions, seal, submissions
from landrelease.register.errors import RegisterError
from landrelease.register.models import Activity, Release, Submission, Victim
from landrelease.register.roles import Grant, Role
from landrelease.register.schema import record_type
from landrelease.register.workspace import open_workspace

CLERK = people.Actor("clerk", "Authority", authenticated=True)
ANNA = people.Actor("anna", "Authority", authenticated=True, may_release=True)
BEN = people.Actor("ben", "Inspection", authenticated=True, may_release=True)
DORA = people.Actor(
    "dora", "Authority", authenticated=True, grants=(Grant(Role.data_protection_officer),)
)

#: A place in the empty South Atlantic; a step of 0.001 degrees is about 100 m.
LON, LAT, STEP = -20.0, -20.0, 0.001
#: What the items of a round do, by the last digit of their number.
KINDS = (
    "hazards",
    "hazards",
    "persons",
    "erase",
    "again",
    "phone",
    "release",
    "held",
    "phone",
    "late",
)
ROUND = len(KINDS)
PERSONS = KINDS.index("persons")
#: Hazards in one delivery.
EACH = 3
#: How the persons are called, who do not exist; it must stand nowhere in clear.
SOMEBODY = "Somebody Imagined"
#: How large a file may become on a disk that is full, bytes: from one that cannot take the file
#: that was handed in to one that the log of the database fills only sometimes.
FULL = (700, 40_000, 400_000, 2_000_000)
#: What PostgreSQL's log has left on such a disk, bytes.
FULL_FOR_A_LOG = 20_000


def kind_of(item: int) -> str:
    """What an item does."""
    return KINDS[item % ROUND]


@dataclass
class Expected:
    """Own ids of what is in the register when some items were done."""

    hazards: set[str] = field(default_factory=set)
    released: set[str] = field(default_factory=set)
    victims: set[str] = field(default_factory=set)
    erased: set[str] = field(default_factory=set)


def expected(items: set[int]) -> Expected:
    """What these items leave in the register."""
    there = Expected()
    for item in items:
        kind, first = kind_of(item), item - item % ROUND
        if kind == "phone":
            there.hazards.add(f"uuid:{item}-1")
            continue
        if kind in ("persons", "erase"):
            of = item if kind == "persons" else first + PERSONS
            there.victims |= {f"V{of}-{n}" for n in range(EACH)}
            if kind == "erase":
                there.erased.add(f"V{of}-1")
            continue
        # What an item rests on it hands in itself, should another worker not have done so yet.
        for of in {
            "again": [first], "release": [first + 1], "late": [item, first]
        }.get(kind, [item]):  # fmt: skip
            there.hazards |= {f"H{of}-{n}" for n in range(EACH)}
        if kind == "release":
            there.released.add(f"A{item}")
    return there


def do(item: int, folder: Path) -> None:
    """Do an item."""
    first = item - item % ROUND
    match kind_of(item):
        case "hazards":
            hand_in(_hazards(item, folder), "hazards")
        case "again":
            # A delivery of this round once more, as a sender that heard no answer does.
            hand_in(_hazards(first, folder), "hazards")
        case "late":
            # Two deliveries in the wrong order: this one, then an older one again.
            hand_in(_hazards(item, folder), "hazards")
            hand_in(_hazards(first, folder), "hazards")
        case "held":
            outcome = hand_in(_hazards(item, folder), "hazards", accept=False)
            _both(lambda who: decisions.accept_submission(outcome.receipt, who))
            if Submission.objects.get(receipt=outcome.receipt).state == Submission.CHECKED:
                raise RuntimeError(f"{outcome.receipt} was decided by nobody")
        case "phone":
            _phone(item)
        case "release":
            _release(item, first + 1, folder)
        case "persons":
            hand_in(_persons(item, folder), "victims")
        case "erase":
            _erase(first + PERSONS, folder)


def hand_in(path: Path, as_: str, *, accept: bool = True) -> Any:
    delivery = open_delivery(path, record_type(as_), source="Survey")
    return submissions.submit(delivery, actor=CLERK, accept=accept)


def _phone(item: int) -> None:
    """A form and its correction, each sent twice, the correction first; then the decision."""
    corners = _square(item, 0).exterior.coords
    form = {
        "about/local_id": f"P{item}",
        "about/date": "2020-05-01",
        "place/shape": ";".join(f"{y:.6f} {x:.6f} 12.0 4.0" for x, y in corners),
    }
    first, second = f"uuid:{item}-1", f"uuid:{item}-2"
    original = answering.hazard(changes=form, instance_id=first)
    correction = answering.hazard(
        changes={**form, "about/type": "CHA"}, instance_id=second, deprecated=first
    )
    for xml in (correction, original, original, correction):
        answered = answering.send(xml)
    for receipt in answered.submissions.values():
        if Submission.objects.get(receipt=receipt).state == Submission.CHECKED:
            decisions.accept_submission(receipt, answering.OFFICE)


def _release(item: int, of: int, folder: Path) -> None:
    hand_in(_hazards(of, folder), "hazards")
    properties = {
        "source_id": f"A{item}", "hazard": f"H{of}-0", "kind": "clearance",
        "report": "completion", "result": "cleared", "status": "accepted", "classes": "ap",
        "depth_cm": 20, "method": "manual", "date": "2022-06-30", "organisation": "OP1",
    }  # fmt: skip
    path = _write(folder / f"a{item}.geojson", [(_square(of, 0), properties)])
    hand_in(path, "activities")
    activity = Activity.objects.get(source_id=f"A{item}")
    _both(lambda who: release_decisions.approve_releases([activity.ref], who))
    if not Release.objects.filter(activity_uid=activity.uid).exists():
        raise RuntimeError(f"{activity.ref} was released by nobody")


def _persons(item: int, folder: Path) -> Path:
    """A table that names persons, who do not exist."""
    rows = "".join(f"V{item}-{n},2020,injured,{name_of(item, n)}\n" for n in range(EACH))
    return _put(folder / f"v{item}.csv", f"victim_id,year,consequence,name\n{rows}")


def name_of(item: int, n: int) -> str:
    """The name of one of them."""
    return f"{SOMEBODY} {item} {n}"


def _erase(of: int, folder: Path) -> None:
    """Erase the second person of a table; then the table comes in once more, as it was."""
    hand_in(_persons(of, folder), "victims")
    victim = Victim.objects.get(source_id=f"V{of}-1")
    if not seal.is_erased(victim):
        code = erasures.plan(victim.ref).code
        erasures.erase(
            victim.ref, DORA, because=erasures.Because.request, confirmation=code
        )  # fmt: skip
    hand_in(_persons(of, folder), "victims")


def _both(decide: Callable[[people.Actor], Any]) -> None:
    """Let two people decide at the same moment, over connections of their own, one of them twice
    (a page that was sent again)."""
    begin = threading.Barrier(3)
    failures: list[Exception] = []

    def decided(who: people.Actor) -> None:
        try:
            begin.wait(30)
            decide(who)
        except RegisterError:
            pass  # The other was quicker; who calls looks whether it was decided.
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=decided, args=(who,)) for who in (ANNA, BEN, ANNA)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def prepare(folder: Path, workspace: Path) -> None:
    """Before anything else: units and operators of a programme, and the form of the phones."""
    answering.furnish(open_workspace(workspace), folder)
    publishing.publish(FORMS["hazard"], answering.OFFICE, check=False)


def _hazards(item: int, folder: Path) -> Path:
    rows = [
        (
            _square(item, n),
            {"source_id": f"H{item}-{n}", "type": "CHA", "classes": "ap", "date": "2020-05-01"},
        )
        for n in range(EACH)
    ]
    return _write(folder / f"h{item}.geojson", rows)


def _square(item: int, n: int) -> Any:
    # Neighbours overlap a little, so that postings have ground to share.
    x, y = LON + (item % 60) * STEP * 2, LAT + (item // 60) * STEP * 8 + n * STEP * 0.9
    return shapely.box(x, y, x + STEP, y + STEP)


def _write(path: Path, rows: list[tuple[Any, dict[str, Any]]]) -> Path:
    features = [
        {"type": "Feature", "geometry": shape.__geo_interface__, "properties": properties}
        for shape, properties in rows
    ]
    return _put(path, json.dumps({"type": "FeatureCollection", "features": features}))


def _put(path: Path, text: str) -> Path:
    partial = path.with_suffix(f".{os.getpid()}")
    partial.write_text(text)
    partial.replace(path)
    return path


# --- the worker -----------------------------------------------------------------------------------


def serve(workspace: Path, folder: Path, orders: Connection) -> None:
    """Do what is asked for and say so, until the other end closes.

    An order is an item and whether the disk is full while it is done.
    """
    try:
        open_workspace(workspace)
        orders.send(("ready", None, ""))
        while True:
            item, full = orders.recv()
            try:
                with _full_disk(item) if full else contextlib.nullcontext():
                    do(item, folder)
                orders.send(("done", item, ""))
            except Exception as error:  # told, and tried again
                # A server that was killed takes its connections along.
                connection.close()
                time.sleep(0.05)
                orders.send(("failed", item, f"{type(error).__name__}: {error}"))
    except (EOFError, BrokenPipeError):
        pass
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


@contextlib.contextmanager
def _full_disk(item: int) -> Iterator[None]:
    """Let files not grow for the length of a ``with`` block.

    With PostgreSQL it is the process of the server that meets the end of the disk as it writes
    its log; it gives up as after a power cut, and the server recovers by itself.
    """
    if connection.vendor == "sqlite":
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(
            resource.RLIMIT_FSIZE, (random.Random(item).choice(FULL), resource.RLIM_INFINITY)
        )
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_backend_pid(), file_offset FROM pg_walfile_name_offset(pg_current_wal_lsn())"
        )
        process, written = cursor.fetchone()
    _limit(process, str(written + FULL_FOR_A_LOG))
    try:
        yield
    finally:
        _limit(process, "unlimited")


def _limit(process: int, size: str) -> None:
    """Limit the files of a process of the server, as its owner: nobody else may."""
    try:
        owner = Path(f"/proc/{process}").stat()
    except FileNotFoundError:
        return  # It has given up.
    own: dict[str, Any] = {}
    if owner.st_uid != os.getuid():
        own = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": ()}
    done = subprocess.run(
        ["prlimit", "--pid", str(process), f"--fsize={size}:unlimited"],
        capture_output=True, text=True, check=False, cwd="/", **own,
    )  # fmt: skip
    if done.returncode and Path(f"/proc/{process}").exists():
        raise PermissionError(done.stderr.strip())
