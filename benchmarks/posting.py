"""Posting one more activity in a big register: durable commit, then the balance by unit.

    .venv/bin/python benchmarks/posting.py [--areas 200000] [--decisions 100]
        [--database sqlite|postgresql|both] [--folder DIR] [--format json]

A workspace with as many hazardous areas as activities and 144 administrative units is made through
the ordinary way in, once (it is used again when it is there; making it takes minutes at 200,000).
Of the activities 80 % lie inside their area, 15 % cross its boundary, 5 % lie outside; about one
area in ten overlaps a neighbour. All but the ones to be measured are released in one entry, as the
decision about a long list would be.

Then single decisions are measured. The first person's consent is given before. Timed are the
second person's consent, with which the land moves, until its commit is on the disk
(``synchronous=FULL``; PostgreSQL with its defaults), and then, over a fresh connection, the balance
by unit; on the wall and in processor time of this process (PostgreSQL's server not included), with
the load of the machine, since on a busy one the wall tells little. Every hundredth decision the
kept figures are held against figures added up from all lines.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely

from common import peak_mb

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

#: One area to a cell of about 300 m; units are squares of cells, 12 to a side.
CELL_LON, CELL_LAT = 0.004, 0.003
UNITS = 12
VERTICES = 20


def polygons(count: int, seed: int = 20241107) -> tuple[np.ndarray, np.ndarray]:
    """Areas and the activities on them, in longitude and latitude."""
    rng = np.random.default_rng(seed)
    side = int(np.ceil(np.sqrt(count)))
    column, row = np.divmod(np.arange(count), side)
    centre = np.stack(
        [
            15.0 + (column + rng.uniform(0.3, 0.7, count)) * CELL_LON,
            43.0 + (row + rng.uniform(0.3, 0.7, count)) * CELL_LAT,
        ],
        axis=1,
    )
    angle = np.sort(rng.uniform(0, 2 * np.pi, (count, VERTICES)), axis=1)
    radius = rng.uniform(0.4, 1.0, (count, 1)) * rng.uniform(0.6, 1.0, (count, VERTICES))
    shape = np.stack([np.cos(angle) * 0.0016, np.sin(angle) * 0.0012], axis=2) * radius[..., None]
    areas = _closed(centre[:, None] + shape)
    kind = rng.uniform(size=count)
    shift = np.where(kind < 0.8, 0.0, np.where(kind < 0.95, 0.7, 2.5))[:, None]
    away = shift * np.array([0.0016, 0.0]) * radius.mean(axis=1)[:, None]
    work = _closed((centre + away)[:, None] + shape * 0.6)
    return areas, work


def _closed(rings: np.ndarray) -> np.ndarray:
    count, vertices, _ = rings.shape
    ring = np.concatenate([rings, rings[:, :1]], axis=1)
    index = np.repeat(np.arange(count), vertices + 1)
    made = shapely.polygons(shapely.linearrings(ring.reshape(-1, 2), indices=index))
    return np.asarray(shapely.make_valid(made), dtype=object)


def _write(path: Path, geometries: np.ndarray, columns: dict[str, Any]) -> Path:
    pyogrio.raw.write(
        path,
        shapely.to_wkb(geometries),
        [np.asarray(values) for values in columns.values()],
        list(columns),
        geometry_type="Unknown",
        crs="EPSG:4326",
    )
    return path


def make(folder: Path, count: int, left: int, database: str) -> None:
    """Make the workspace: import, then release all activities but ``left``."""
    from landrelease.cli.importing import open_delivery
    from landrelease.register import workspace
    from landrelease.register.schema import record_type

    workspace.init_workspace(folder, database=database)
    from django.db import transaction

    from landrelease.register import canonical, journal, people, posting, recording, submissions
    from landrelease.register.models import Activity, Release

    def hand_in(path: Path, as_: str) -> None:
        start = time.perf_counter()
        delivery = open_delivery(path, record_type(as_), source="benchmark")
        clerk = people.Actor("clerk", "Authority", authenticated=True)
        submissions.submit(delivery, actor=clerk, accept=True)
        print(f"  {as_}: {time.perf_counter() - start:.0f} s", file=sys.stderr)

    areas, work = polygons(count)
    names = [f"H{number:06d}" for number in range(count)]
    side = int(np.ceil(np.sqrt(count)))
    width, height = side * CELL_LON / UNITS, side * CELL_LAT / UNITS
    rng = np.random.default_rng(7)
    with tempfile.TemporaryDirectory() as files:
        near = Path(files)
        units = [
            shapely.box(
                15.0 + x * width, 43.0 + y * height,
                15.0 + (x + 1) * width, 43.0 + (y + 1) * height,
            )
            for x in range(UNITS)
            for y in range(UNITS)
        ]  # fmt: skip
        codes = [f"U{number:03d}" for number in range(len(units))]
        columns = {"source_id": codes, "name": codes, "level": np.full(len(units), 2)}
        hand_in(_write(near / "units.gpkg", np.array(units, dtype=object), columns), "units")
        (near / "organisations.csv").write_text("source_id,name\nOP1,First Operator\n")
        hand_in(near / "organisations.csv", "organisations")
        columns = {
            "source_id": names,
            "type": np.where(rng.uniform(size=count) < 0.3, "CHA", "SHA").astype(object),
            "classes": np.full(count, "ap", dtype=object),
            "date": np.full(count, "2015-03-01", dtype=object),
        }
        hand_in(_write(near / "hazards.gpkg", areas, columns), "hazards")
        days = np.datetime64("2016-01-01") + rng.integers(0, 3000, count)
        said = {
            "kind": "clearance", "report": "completion", "result": "cleared",
            "status": "accepted", "classes": "ap", "method": "manual", "organisation": "OP1",
        }  # fmt: skip
        columns = {
            "source_id": [name.replace("H", "A") for name in names],
            "hazard": names,
            "date": days.astype(str).astype(object),
            "depth_cm": np.full(count, 20.0),
            **{name: np.full(count, value, dtype=object) for name, value in said.items()},
        }
        hand_in(_write(near / "activities.gpkg", work, columns), "activities")
    start = time.perf_counter()
    waiting = set(np.linspace(1, count, left, dtype=int).tolist())
    decided = [
        (uid, hazard)
        for number, uid, hazard in Activity.objects.order_by("id").values_list(
            "id", "uid", "hazard_uid"
        )
        if number not in waiting
    ]
    lines = [
        canonical.dumps(
            {
                "activity": uid,
                "deciders": ["anna", "ben"],
                "hazard": hazard,
                "standing": Release.DECIDED,
            }
        )
        for uid, hazard in decided
    ]
    anna = people.Actor("anna", "Authority", authenticated=True, may_release=True)
    with transaction.atomic():
        journal.lock_head()
        entry = recording.record(
            journal.Draft(
                kind="release",
                actor=anna.to_json(),
                data={"deciders": [anna.to_json()]},
                parts=list(journal.split("releases", lines)),
            )
        )
        posting.post_after(entry, anna, released=[uid for uid, _ in decided])
    print(f"  released: {time.perf_counter() - start:.0f} s", file=sys.stderr)


def measure(folder: Path, decisions_wanted: int) -> dict[str, Any]:
    """Time single decisions."""
    from landrelease.register import workspace

    workspace.open_workspace(folder)
    from django.db import connection

    from landrelease.register import figures, people, release_decisions
    from landrelease.register.models import Activity, Hazard, LedgerLine, Release

    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            # What a register that is in use has had done long ago.
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            cursor.execute("VACUUM ANALYZE")
    anna, ben = (
        people.Actor(name, employer, authenticated=True, may_release=True)
        for name, employer in (("anna", "Authority"), ("ben", "Inspection"))
    )
    waiting = Activity.objects.exclude(uid__in=Release.objects.values("activity_uid"))
    refs = [activity.ref for activity in waiting.order_by("?")[: decisions_wanted + 5]]
    commits, reads, processor, moved = [], [], [], 0
    load = os.getloadavg()[0]
    figures.balance(by="unit")
    for number, ref in enumerate(refs):
        release_decisions.approve_releases([ref], anna)
        start, cpu = time.perf_counter(), time.process_time()
        result = release_decisions.approve_releases([ref], ben)
        committed, cpu = time.perf_counter(), time.process_time() - cpu
        connection.close()
        opened, cpu = time.perf_counter(), cpu - time.process_time()
        found = figures.balance(by="unit")
        done, cpu = time.perf_counter(), cpu + time.process_time()
        moved += len(result.released)
        if number >= 5:  # the first ones warm up what a running server has warm
            commits.append(1000 * (committed - start))
            reads.append(1000 * (done - opened))
            processor.append(1000 * cpu)
        if found.residual_mm2:
            raise SystemExit(f"residual {found.residual_mm2} mm2 after {ref}")
        if number % 100 == 0:
            slow = figures.balance(by="unit", known_seq=None, as_of=None)
            whole = figures.added_up(by="unit")
            if [r.to_json() for r in whole.rows] != [r.to_json() for r in slow.rows]:
                raise SystemExit("the kept figures are not those of the lines")
    both = np.array(commits) + np.array(reads)
    return {
        "vendor": connection.vendor,
        "hazards": Hazard.objects.count(),
        "activities": Activity.objects.count(),
        "lines": LedgerLine.objects.filter(retired_seq__isnull=True).count(),
        "decisions": len(commits),
        "moved": moved,
        "commit_ms": _spread(commits),
        "balance_ms": _spread(reads),
        "together_ms": _spread(both.tolist()),
        "processor_ms": _spread(processor),
        "load": [round(load, 1), round(os.getloadavg()[0], 1)],
        "peak_mb": round(peak_mb()),
    }


def _spread(values: list[float]) -> dict[str, float]:
    return {
        "median": round(float(np.median(values)), 2),
        "p95": round(float(np.percentile(values, 95)), 2),
    }


def main() -> None:
    """Make the workspaces that are missing, measure, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--areas", type=int, default=200_000)
    parser.add_argument("--decisions", type=int, default=100)
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--folder", type=Path, help="Where workspaces are kept for the next run.")
    parser.add_argument("--format", choices=("table", "json"), default="table")
    options = parser.parse_args()
    found = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.folder or Path(scratch)
        if options.database in ("sqlite", "both"):
            place = folder / f"sqlite-{options.areas}"
            if not place.exists():
                make(place, options.areas, 4 * options.decisions, "sqlite")
            found.append(measure(place, options.decisions))
        if options.database in ("postgresql", "both"):
            from postgres import Cluster

            with Cluster(durable=True) as cluster, cluster.database() as url:
                place = Path(scratch) / "postgresql"
                make(place, options.areas, 4 * options.decisions, url)
                found.append(measure(place, options.decisions))
                from django.db import connections

                connections.close_all()
    if options.format == "json":
        print(json.dumps(found))
        return
    for result in found:
        for name, value in result.items():
            print(f"{name:>12}  {value}")


if __name__ == "__main__":
    main()
