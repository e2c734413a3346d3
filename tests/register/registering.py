"""Made-up records handed in the way a person hands them in: as a file, through the one way in."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import shapely

import forked
from landrelease.exchange.deliveries import open_delivery
from landrelease.register import balances, figures, journal, people, release_decisions, submissions
from landrelease.register.models import Activity, JournalEntry
from landrelease.register.schema import record_type
from landrelease.register.verify import STATE, _digests, verify

#: A place in the empty South Atlantic; 0.001 degrees are about 111 m north, 104 m east.
LON, LAT = -20.0, -20.0
STEP = 0.001

#: The command, as the package's entry point runs it.
COMMAND = (sys.executable, "-c", "from landrelease.cli import main; main()")

#: Someone who enters data; two who decide, of different employers; and one of the operator.
CLERK = people.Actor("clerk", "Authority", authenticated=True)
ANNA = people.Actor("anna", "Authority", authenticated=True, may_release=True)
BEN = people.Actor("ben", "Inspection", authenticated=True, may_release=True)
CARL = people.Actor("carl", "OP1", authenticated=True, may_release=True)
HISTORIAN = people.Actor("hanna", "Authority", authenticated=True, may_enter_historic=True)


def square(east: float = 0, north: float = 0, size: float = 1) -> shapely.Polygon:
    """A square of ``size`` steps, ``east`` and ``north`` steps from the corner of the place."""
    x, y = LON + east * STEP, LAT + north * STEP
    return shapely.box(x, y, x + size * STEP, y + size * STEP)


def bow_tie(east: float = 0, north: float = 0) -> shapely.Polygon:
    """A polygon whose ring crosses itself."""
    x, y = LON + east * STEP, LAT + north * STEP
    return shapely.Polygon([(x, y), (x + STEP, y + STEP), (x + STEP, y), (x, y + STEP), (x, y)])


def geojson(path: Path, rows: Iterable[tuple[Any, dict[str, Any]]]) -> Path:
    """Write (geometry, properties) rows as GeoJSON; geometries may be None."""
    features = [
        {
            "type": "Feature",
            "geometry": None if geometry is None else json.loads(shapely.to_geojson(geometry)),
            "properties": properties,
        }
        for geometry, properties in rows
    ]
    path.write_text(
        json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8"
    )
    return path


def table(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    """Write rows as CSV; None is an empty cell."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, names)
        writer.writeheader()
        writer.writerows(rows)
    return path


def submit(
    path: Path, as_: str, *, actor: people.Actor = CLERK, source: str = "Survey", **options: Any
) -> Any:
    """Hand in a file; gives the outcome. ``accept`` unless told otherwise."""

    reading = {
        name: options.pop(name) for name in ("namespace", "crs", "map_", "layer") if name in options
    }
    delivery = open_delivery(path, record_type(as_), source=source, **reading)
    options.setdefault("accept", not options.get("dry_run", False))
    return submissions.submit(delivery, actor=actor, **options)


def hazards(folder: Path, *rows: tuple[Any, dict[str, Any]], **options: Any) -> Any:
    """Hand in hazards as GeoJSON."""
    name = options.pop("name", "hazards.geojson")
    return submit(geojson(folder / name, rows), "hazards", **options)


def activities(folder: Path, *rows: tuple[Any, dict[str, Any]], **options: Any) -> Any:
    """Hand in activities as GeoJSON."""
    name = options.pop("name", "activities.geojson")
    return submit(geojson(folder / name, rows), "activities", **options)


#: A hazard and a report about it against which nothing stands.
HAZARD = {"source_id": "H1", "type": "CHA", "classes": "ap", "date": "2020-05-01"}
REPORT = {
    "source_id": "A1", "hazard": "H1", "kind": "clearance", "report": "completion",
    "result": "cleared", "status": "accepted", "classes": "ap", "depth_cm": 20,
    "method": "manual", "date": "2022-06-30", "organisation": "OP1",
}  # fmt: skip


def operator(folder: Path) -> Any:
    """Hand in the operator that works."""
    return submit(
        table(folder / "orgs.csv", [{"source_id": "OP1", "name": "First Operator"}]),
        "organisations",
    )


def ready_release(folder: Path, **changes: Any) -> Any:
    """A hazard of four squares and an accepted clearance report of one of them; the activity."""

    operator(folder)
    hazards(folder, (square(size=2), HAZARD))
    report = {**REPORT, **changes}
    polygon = report.pop("polygon", square())
    activities(folder, (polygon, {k: v for k, v in report.items() if v is not None}))
    return Activity.objects.get()


def consent(*refs: str, by: Sequence[people.Actor] = (ANNA, BEN), **options: Any) -> Any:
    """Consent of several people in turn; gives the last result."""

    for person in by:
        result = release_decisions.approve_releases(refs, person, **options)
    return result


def total() -> dict[str, int]:
    """Accounts of the programme, whole mm2; the identities of the ledger are held on the way."""

    found = figures.balance()
    assert found.residual_mm2 == 0
    assert abs(found.drift_mm2) <= int(found.notes["drift_bound_mm2"])
    return {name: getattr(found.total, f"{name}_mm2") for name in balances.ACCOUNTS}


def verified() -> Any:
    """Hold that the register is what its journal says; gives the verdict."""

    verdict = verify()
    assert verdict.well, verdict.problems
    return verdict


def snapshot() -> dict[str, Any]:
    """Every state table, and the length and head of the journal."""

    head = journal.head()
    state: dict[str, Any] = {model._meta.db_table: _digests(model, "default") for model in STATE}
    state["journal"] = (JournalEntry.objects.count(), head and head.hash)
    return state


def landrelease(
    folder: Path,
    *words: str | Path,
    check: bool = True,
    env: Mapping[str, str] | None = None,
    largest_file: int | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    done = forked.landrelease("-w", folder, *words, env=env, largest_file=largest_file)
    if check:
        assert done.returncode == 0, done.stdout + done.stderr
    return done
