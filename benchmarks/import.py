"""Import of many polygons, against reading, checking and storing them with nothing around.

    .venv/bin/python benchmarks/import.py [--polygons 200000] [--vertices 35] [--runs 3]
        [--container gpkg|geojson] [--format json]

The peer reads the file with pyogrio, tests validity with Shapely and inserts WKB rows in one
durable SQLite transaction. Ours is ``landrelease import --as hazards --accept`` on a new workspace:
the file kept and hashed, every validator on, difference, journal, state tables, map index, ledger.
Both run as processes of their own, one after the other, ``--runs`` times; medians are compared.
The polygons are made with a fixed seed at constant density; about a tenth overlap a neighbour.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sqlite3
import sys
import tempfile
from pathlib import Path

import numpy as np
import pyogrio
import shapely

from common import median, report, run_child


def make(path: Path, polygons: int, vertices: int, seed: int = 20241107) -> None:
    """Write the test file: star-shaped polygons of ``vertices`` distinct vertices."""
    rng = np.random.default_rng(seed)
    side = int(np.ceil(np.sqrt(polygons)))
    column, row = np.divmod(np.arange(polygons), side)
    # One polygon to a cell of about 300 m; radii reach into the neighbour now and then.
    lon = 15.0 + (column + rng.uniform(0.3, 0.7, polygons)) * 0.004
    lat = 43.0 + (row + rng.uniform(0.3, 0.7, polygons)) * 0.003
    angle = np.sort(rng.uniform(0, 2 * np.pi, (polygons, vertices)), axis=1)
    radius = rng.uniform(0.3, 1.0, (polygons, 1)) * rng.uniform(0.6, 1.0, (polygons, vertices))
    x = lon[:, None] + np.cos(angle) * radius * 0.0016
    y = lat[:, None] + np.sin(angle) * radius * 0.0012
    ring = np.stack([x, y], axis=2)
    ring = np.concatenate([ring, ring[:, :1]], axis=1)
    index = np.repeat(np.arange(polygons), vertices + 1)
    geometry = shapely.polygons(shapely.linearrings(ring.reshape(-1, 2), indices=index))
    ids = np.array([f"BM-{i:06d}" for i in range(polygons)], dtype=object)
    kinds = np.where(rng.uniform(size=polygons) < 0.3, "CHA", "SHA").astype(object)
    dates = (np.datetime64("2012-01-01") + rng.integers(0, 3650, polygons)).astype(str)
    pyogrio.raw.write(
        path,
        shapely.to_wkb(geometry),
        [ids, kinds, dates.astype(object)],
        ["hazard_id", "hazard_type", "survey_date"],
        geometry_type="Polygon",
        crs="EPSG:4326",
    )


def peer(path: str) -> dict[str, int]:
    """Read, test, store."""
    _, _, wkb, fields = pyogrio.raw.read(path)
    valid = shapely.is_valid(shapely.from_wkb(wkb))
    with tempfile.TemporaryDirectory() as folder:
        database = sqlite3.connect(Path(folder) / "peer.sqlite3")
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=FULL")
        database.execute("CREATE TABLE area (id INTEGER PRIMARY KEY, a, b, c, valid, wkb BLOB)")
        with database:
            database.executemany(
                "INSERT INTO area (a, b, c, valid, wkb) VALUES (?, ?, ?, ?, ?)",
                zip(*(f.tolist() for f in fields), valid.tolist(), wkb.tolist(), strict=True),
            )
        database.close()
    return {"rows": len(wkb)}


def init(folder: str) -> None:
    """Make the workspace; not timed."""
    from landrelease.register import workspace

    workspace.init_workspace(folder)


def ours(path: str, folder: str) -> dict[str, object]:
    """Import by the ordinary way in, into a workspace that is there."""
    from landrelease.cli.importing import open_delivery
    from landrelease.register import workspace
    from landrelease.register.schema import record_type

    workspace.open_workspace(folder)
    from landrelease.register import people, submissions

    with_delivery = open_delivery(Path(path), record_type("hazards"), source="benchmark")
    stages: list[str] = []

    def progress(stage: str, done: int, total: int | None) -> None:
        if stage not in stages:
            stages.append(stage)

    outcome = submissions.submit(
        with_delivery, actor=people.at_the_command_line(), accept=True, progress=progress
    )
    return {"counts": outcome.counts, "findings": outcome.findings, "stages_shown": stages}


def main() -> None:
    """Run both and print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--polygons", type=int, default=200_000)
    parser.add_argument("--vertices", type=int, default=35)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--container", choices=("gpkg", "geojson"), default="gpkg")
    parser.add_argument("--format", choices=("table", "json"), default="table")
    parser.add_argument("--child", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        name, *rest = options.child
        report(lambda: {"init": init, "peer": peer, "ours": ours}[name](*rest))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"polygons.{options.container}"
        make(path, options.polygons, options.vertices)
        runs: dict[str, list[dict[str, object]]] = {"ours": [], "peer": []}
        for number in range(options.runs):
            target = Path(folder) / f"workspace{number}"
            run_child([__file__, "--child", "init", str(target)])
            runs["peer"].append(run_child([__file__, "--child", "peer", str(path)]))
            runs["ours"].append(run_child([__file__, "--child", "ours", str(path), str(target)]))
            shutil.rmtree(target)
    found = {
        "polygons": options.polygons,
        "vertices": options.vertices,
        "container": options.container,
        "ratio": median(
            [o["wall_s"] / p["wall_s"] for o, p in zip(runs["ours"], runs["peer"], strict=True)]
        ),
        "ours_wall_s": median([r["wall_s"] for r in runs["ours"]]),
        "peer_wall_s": median([r["wall_s"] for r in runs["peer"]]),
        "ours_peak_mb": max(r["peak_mb"] for r in runs["ours"]),
        "peer_peak_mb": max(r["peak_mb"] for r in runs["peer"]),
        "result": runs["ours"][-1]["result"],
    }
    if options.format == "json":
        print(json.dumps(found))
    else:
        for name, value in found.items():
            print(f"{name:>14}  {value}")


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    main()
