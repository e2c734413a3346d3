"""What the workers of the soak do: hand in, hand in again, report, decide.

Each item is a number; what it does follows from the number alone, so that a worker that was killed
can be given the same item again. Doing it twice must change nothing.
"""

from __future__ import annotations

import json
import os
import time
import traceback
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from django.conf import settings

from landrelease.register import configuration

if not settings.configured:
    configuration.configure(configuration.sqlite_database(":memory:"), "only for the soak")

import shapely
from django.db import connection

from landrelease.cli.importing import open_delivery
from landrelease.register import decisions, people, submissions
from landrelease.register.models import Activity, Release, Submission
from landrelease.register.schema import record_type
from landrelease.register.workspace import open_workspace

CLERK = people.Actor("clerk", "Authority", authenticated=True)
ANNA = people.Actor("anna", "Authority", authenticated=True, may_release=True)
BEN = people.Actor("ben", "Inspection", authenticated=True, may_release=True)

#: A place in the empty South Atlantic; a step of 0.001 degrees is about 100 m.
LON, LAT, STEP = -20.0, -20.0, 0.001
#: Of this many items in a row the first ones hand in hazards, the others do what follows from them.
ROUND = 10
HANDED_IN = 6
#: Hazards in one delivery.
EACH = 3


def kind_of(item: int) -> str:
    """What an item does."""
    place = item % ROUND
    if place < HANDED_IN:
        return "hazards"
    return {6: "again", 7: "release", 8: "held", 9: "late"}[place]


def expected(items: int) -> tuple[set[str], set[str]]:
    """Ids of the hazards and of the released activities when all items were done."""
    hazards, released = set(), set()
    for item in range(items):
        if kind_of(item) in ("hazards", "held", "late"):
            hazards |= {f"H{item}-{n}" for n in range(EACH)}
        elif kind_of(item) == "release":
            released.add(f"A{item}")
    return hazards, released


def do(item: int, folder: Path) -> None:
    """Do an item."""
    match kind_of(item):
        case "hazards":
            hand_in(_hazards(item, folder), "hazards")
        case "again":
            # A delivery of this round once more, as a sender that heard no answer does.
            hand_in(_hazards(item - 3, folder), "hazards")
        case "late":
            # Two deliveries in the wrong order: this one, then an older one again.
            hand_in(_hazards(item, folder), "hazards")
            hand_in(_hazards(item - 9, folder), "hazards")
        case "held":
            outcome = hand_in(_hazards(item, folder), "hazards", accept=False)
            if Submission.objects.get(receipt=outcome.receipt).state == Submission.CHECKED:
                decisions.accept_submission(outcome.receipt, ANNA)
        case "release":
            _release(item, folder)


def hand_in(path: Path, as_: str, *, accept: bool = True) -> Any:
    delivery = open_delivery(path, record_type(as_), source="Survey")
    return submissions.submit(delivery, actor=CLERK, accept=accept)


def _release(item: int, folder: Path) -> None:
    hazards = item - 7
    hand_in(_hazards(hazards, folder), "hazards")
    properties = {
        "source_id": f"A{item}", "hazard": f"H{hazards}-0", "kind": "clearance",
        "report": "completion", "result": "cleared", "status": "accepted", "classes": "ap",
        "depth_cm": 20, "method": "manual", "date": "2022-06-30", "organisation": "OP1",
    }  # fmt: skip
    path = _write(folder / f"a{item}.geojson", [(_square(hazards, 0), properties)])
    hand_in(path, "activities")
    activity = Activity.objects.get(source_id=f"A{item}")
    for person in (ANNA, BEN):
        if not Release.objects.filter(activity_uid=activity.uid).exists():
            result = decisions.approve_releases([activity.ref], person)
            if result.refused:
                raise RuntimeError(f"refused: {result.refused}")


def hand_in_operator(folder: Path) -> None:
    """The operator that reports clearance, before anything else."""
    path = folder / "operator.csv"
    path.write_text("source_id,name\nOP1,First Operator\n", encoding="utf-8")
    hand_in(path, "organisations")


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
    partial = path.with_suffix(f".{os.getpid()}")
    partial.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    partial.replace(path)
    return path


def serve(workspace: Path, folder: Path, orders: Connection) -> None:
    """Do what is asked for and say so, until the other end closes."""
    try:
        open_workspace(workspace)
        orders.send("ready")
        while True:
            item = orders.recv()
            try:
                do(item, folder)
                orders.send(("done", item, ""))
            except Exception as error:  # told, and tried again
                # A server that was killed takes its connections along.
                connection.close()
                time.sleep(0.2)
                orders.send(("failed", item, f"{type(error).__name__}: {error}"))
    except EOFError:
        pass
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)
