"""Make the golden workspace of a release: small, made up, and opened by every later version.

Run once for a release, by hand, when its tables no longer change::

    python tests/golden/make.py 0.1.0

It writes ``tests/golden/0.1.0/``: the workspace with its database as SQL text (what a person can
read and ``git`` can compare), the files that were handed in, the key of the made-up persons, and
``expected.json`` with what has to come out again. Nothing in it is real.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import shapely

HERE = Path(__file__).parent
DATABASE = "register.sqlite3"

#: The made-up place lies in the empty South Atlantic.
LON, LAT, STEP = -25.0, -25.0, 0.001

VICTIM = {
    "source_id": "V1", "accident": "X1", "sex": "female", "consequence": "injured",
    "date": "2021-03", "name": "Made-up Person", "contact": "none",
}  # fmt: skip


def _square(east: int, north: int, size: int = 1) -> Any:
    x, y = LON + east * STEP, LAT + north * STEP
    return shapely.box(x, y, x + size * STEP, y + size * STEP)


def _bow_tie(east: int, north: int) -> Any:
    x, y = LON + east * STEP, LAT + north * STEP
    return shapely.Polygon([(x, y), (x + STEP, y + STEP), (x + STEP, y), (x, y + STEP)])


UNITS = [
    (_square(0, 0, 20), {"source_id": "U1", "name": "West", "level": 1}),
    (_square(20, 0, 20), {"source_id": "U2", "name": "East", "level": 1}),
]
HAZARDS = [
    (_square(1, 1, 3), {"source_id": "H1", "type": "CHA", "classes": "ap;av", "date": "2019"}),
    (_square(3, 2, 3), {"source_id": "H2", "type": "SHA", "classes": "ap", "date": "2019-06"}),
    (_square(25, 5, 2), {"source_id": "H3", "type": "CHA", "classes": "cmr", "date": "2018-02-03"}),
    (_bow_tie(30, 8), {"source_id": "H4", "type": "SHA", "declared_m2": "5000"}),
    (None, {"source_id": "H5", "name": "Somewhere by the road"}),
    (_square(8, 8), {"type": "SHA"}),
    (_square(8, 8), {"type": "SHA"}),
]
_REPORT = {
    "kind": "clearance", "report": "completion", "result": "cleared", "status": "accepted",
    "depth_cm": 20, "organisation": "OP1",
}  # fmt: skip
ACTIVITIES = [
    (_square(25, 5), {**_REPORT, "source_id": "A1", "hazard": "H3", "classes": "cmr",
                      "date": "2022-05"}),
    (_square(1, 1), {**_REPORT, "source_id": "A2", "hazard": "H1", "classes": "ap",
                     "date": "2022"}),
    (_square(2, 2), {**_REPORT, "source_id": "A3"}),
]  # fmt: skip
OLD = [(_square(35, 15, 2), {"source_id": "L1", "result": "cleared"})]


def _write(path: Path, rows: list[Any]) -> Path:
    if rows and isinstance(rows[0], dict):
        import csv

        with path.open("w", newline="", encoding="utf-8") as handle:
            writer = csv.DictWriter(handle, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        return path
    features = [
        {
            "type": "Feature",
            "geometry": None if geometry is None else json.loads(shapely.to_geojson(geometry)),
            "properties": properties,
        }
        for geometry, properties in rows
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def fill(workspace: Path, files: Path) -> None:
    """Make a workspace and let it live through every kind of decision."""
    from landrelease.register.workspace import init_workspace

    init_workspace(workspace)
    from landrelease.exchange.deliveries import open_delivery
    from landrelease.register import decisions, people, release_decisions, submissions
    from landrelease.register.schema import record_type

    clerk = people.Actor("clerk", "Authority", authenticated=True, may_enter_historic=True)
    anna = people.Actor("anna", "Authority", authenticated=True, may_release=True)
    ben = people.Actor("ben", "Inspection", authenticated=True, may_release=True)

    def hand_in(name: str, as_: str, rows: list[Any], **options: Any) -> Any:
        delivery = open_delivery(_write(files / name, rows), record_type(as_), source="Made up")
        return submissions.submit(delivery, actor=clerk, accept=True, **options)

    hand_in("units.geojson", "units", UNITS)
    hand_in("orgs.csv", "organisations", [{"source_id": "OP1", "name": "First Operator"}])
    hand_in("hazards.geojson", "hazards", HAZARDS)
    hand_in("activities.geojson", "activities", ACTIVITIES)
    hand_in(
        "old.geojson", "activities", OLD,
        legacy=submissions.Legacy("State commission", "Decree 1 of 2001"),
    )  # fmt: skip
    hand_in("accidents.csv", "accidents", [{"source_id": "X1", "date": "2021-03", "killed": 0}])
    hand_in("victims.csv", "victims", [VICTIM])
    # A correction, and one that lowers caution and is decided by two.
    hand_in("hazards.geojson", "hazards", [(HAZARDS[1][0], {**HAZARDS[1][1], "type": "CHA"})])
    held = hand_in("hazards.geojson", "hazards", [(_square(3, 2, 2), HAZARDS[1][1])])
    for person in (anna, ben):
        release_decisions.approve_releases(["AC-1", "AC-2"], person)
        decisions.approve_held(held.receipt, person)
    # An acceptance that is revoked: the land is open again.
    revoked = {**ACTIVITIES[1][1], "status": "rejected"}
    hand_in("activities.geojson", "activities", [(ACTIVITIES[1][0], revoked)])


def measure() -> dict[str, Any]:
    """What the open workspace says, to be compared by later versions."""
    from landrelease.register import figures, journal, seal
    from landrelease.register.models import RECORDS
    from landrelease.register.verify import verify

    verdict = verify()
    head = journal.head()
    victim = RECORDS["victim"].objects.get()
    # Areas only: what rows are called and how they are ordered may change with a version.
    balances = {
        by or "total": {
            row.key: {name: value for name, value in row.to_json().items() if name.endswith("_mm2")}
            for row in [*found.rows, found.total]
        }
        for by in (None, "class", "hazard")
        for found in [figures.balance(by=by)]
    }
    return {
        "balances": balances,
        "entries": verdict.entries,
        "head": None if head is None else head.hash,
        "person": seal.open_sealed(victim.person_key, victim.sealed),
        "problems": verdict.problems,
        "rows": {table: rows for table, rows in verdict.rows.items() if rows},
    }


def dump_of(database: sqlite3.Connection) -> str:
    """The database as SQL text. The map index is written as the statements that make it and fill
    it from its table: as rows it would be blocks of bytes that no statement may insert."""
    index = "SELECT name, sql FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%' ORDER BY 1"
    trigger = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
    after = []
    triggers = database.execute(trigger).fetchall()
    for name, _ in triggers:
        database.execute(f'DROP TRIGGER "{name}"')
    for name, sql in database.execute(index).fetchall():
        table = name.removesuffix("_rtree")
        after += [
            sql,
            f'INSERT INTO "{name}" SELECT id, min_lon, max_lon, min_lat, max_lat FROM "{table}" '
            "WHERE min_lon IS NOT NULL",
        ]
        database.execute(f'DROP TABLE "{name}"')
    after += [sql for _, sql in triggers]
    lines = [*database.iterdump(), *(f"{statement};" for statement in after)]
    database.rollback()
    return "\n".join(lines) + "\n"


def make(version: str) -> Path:
    """Write the golden workspace of a version."""
    from django.db import connection

    target = HERE / version
    shutil.rmtree(target, ignore_errors=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "workspace"
        (Path(temporary) / "files").mkdir()
        fill(folder, Path(temporary) / "files")
        expected = measure()
        if expected["problems"]:
            sys.exit(f"the workspace does not verify: {expected['problems']}")
        connection.close()
        shutil.copytree(folder, target, ignore=shutil.ignore_patterns(f"{DATABASE}*", "*.lock"))
        with closing(sqlite3.connect(folder / DATABASE)) as database:
            dump = dump_of(database)
        (target / "register.sql").write_text(dump, encoding="utf-8")
    (target / "expected.json").write_text(
        json.dumps(expected, indent=1, sort_keys=True) + "\n", encoding="utf-8"
    )
    return target


def restore(version: str, folder: Path) -> dict[str, Any]:
    """Put a golden workspace together in a new folder; gives what has to come out of it."""
    shutil.copytree(HERE / version, folder)
    for name in ("master.key", "django.secret"):
        (folder / "keys" / name).chmod(0o600)
    (folder / "backups").mkdir(exist_ok=True)
    dump = (folder / "register.sql").read_text(encoding="utf-8")
    with closing(sqlite3.connect(folder / DATABASE)) as database:
        database.executescript(dump)
    return json.loads((folder / "expected.json").read_text(encoding="utf-8"))


if __name__ == "__main__":
    os.umask(0o077)
    print(make(sys.argv[1]))
