"""Posting many hazards and activities to the ledger, against three spatial engines.

    .venv/bin/python benchmarks/ledger.py [--hazards 200000] [--activities 200000]
        [--layout realistic|random] [--overlap SHARE] [--runs 1]
        [--engines ours duckdb geopandas postgis] [--format json]

A generator with a fixed seed writes polygons of 35 vertices at constant density: one hazard in each
cell of a grid, of which a share (``--overlap``) is moved onto its neighbour. In the realistic
layout 80 % of the activities lie inside their hazard, 15 % cross its boundary and 5 % lie outside;
the hazard of each is drawn with replacement, so that a quarter of the hazards have several, which
may cover the same ground, and a third have none. In the random layout activities lie anywhere in
the cell of their hazard. What a layout came to is counted and printed.

Each engine runs in processes of its own with the same number of threads, loading included, and
writes what was released and is still open for every hazard and, counted once, of the programme.
The results are compared. Peers are not asked for what ours does besides: the lines with their
pieces, the order of posting, and every discrepancy with its polygon.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
ENGINES = ("ours", "duckdb", "geopandas", "postgis")
MODULE = {"ours": "landrelease_engine"}

#: Largest difference allowed for one account of one hazard, mm²: each line of ours is booked in
#: whole mm² (up to half off), and a hazard of the generator seldom has more than eight lines.
TOLERANCE_MM2 = 5.0
#: The same for the programme, mm² a line.
TOLERANCE_MM2_A_LINE = 0.5

SEED = 20241107
CELL_MM = 330_000.0
RADIUS_MM = 145_000.0
VERTICES = 35
#: Every vertex of a star lies at this share of its radius or beyond.
REACH = 0.6
#: Share of hazards that overlap another. Of the 7,974 suspect areas of Bosnia and Herzegovina (the
#: public EUFOR/BHMAC maps of July 2024, vectorised and simplified) 12.4 % overlap another by more
#: than a hundredth of the smaller, 21.7 % by a square metre or more.
OVERLAP = 0.12
#: There a quarter of the groups of two have a third member, and a quarter of these a fourth; what
#: two share is a sixth of the smaller (median; here a fifth).
GOES_ON = 0.25
LARGEST_GROUP = 6


# --- the generator -------------------------------------------------------------------------------


def make(folder: Path, hazards: int, activities: int, layout: str, overlap: float) -> None:
    """Write hazards and activities as GeoPackage, in mm of one plane."""
    import pyogrio
    import shapely

    rng = np.random.default_rng(SEED)

    def stars(x: Any, y: Any, radius: Any) -> Any:
        angle = np.sort(rng.uniform(0, 2 * np.pi, (len(x), VERTICES)), axis=1)
        reach = radius[:, None] * rng.uniform(REACH, 1.0, (len(x), VERTICES))
        ring = np.stack([x[:, None] + np.cos(angle) * reach, y[:, None] + np.sin(angle) * reach], 2)
        shapes = shapely.polygons(np.rint(np.concatenate([ring, ring[:, :1]], axis=1)))
        invalid = ~shapely.is_valid(shapes)
        shapes[invalid] = shapely.convex_hull(shapes[invalid])
        return shapes

    side = int(np.ceil(np.sqrt(hazards)))
    x, y, radius = _places(rng, hazards, side, overlap)
    shape = stars(x, y, radius)
    if layout == "realistic":
        of = rng.integers(0, hazards, activities)
        # Cleared areas of the same maps have 0.32 of the radius of the suspected area that they
        # meet (median; quartiles 0.14 and 0.62).
        size = rng.uniform(0.1, 0.5, activities) * radius[of]
        # Anywhere in the disk that every star has; across the boundary; clear of the hazard.
        within = np.sqrt(rng.uniform(size=activities)) * (REACH * radius[of] - size)
        draw = rng.uniform(size=activities)
        away = np.select([draw < 0.80, draw < 0.95], [within, 0.8 * radius[of]], 2.0 * radius[of])
        towards = rng.uniform(0, 2 * np.pi, activities)
        done = stars(x[of] + away * np.cos(towards), y[of] + away * np.sin(towards), size)
    else:
        of = rng.integers(0, hazards, activities)
        u = of // side + rng.uniform(size=activities)
        v = of % side + rng.uniform(size=activities)
        done = stars(u * CELL_MM, v * CELL_MM, rng.uniform(0.25, 1.0, activities) * 100_000)

    classes = rng.choice(np.array(["ap", "av", "cmr", "ap|av"], dtype=object), hazards)
    types = rng.choice(np.array(["SHA", "SHA", "CHA"], dtype=object), hazards)
    results = rng.choice(np.array(["cancelled", "reduced", "cleared"], dtype=object), activities)
    names = np.array([f"HA-{number:07d}" for number in range(hazards)], dtype=object)
    done_names = np.array([f"AC-{number:07d}" for number in range(activities)], dtype=object)
    start = np.datetime64("2012-01-01")
    day = (start + rng.integers(0, 3000, hazards)).astype(str).astype(object)
    done_on = (start + rng.integers(3000, 5000, activities)).astype(str).astype(object)
    everything = np.full(activities, "all", dtype=object)
    for name, geometry, fields in (
        ("hazards", shape, {"uid": names, "type": types, "classes": classes, "day": day}),
        (
            "activities",
            done,
            {
                **{"uid": done_names, "hazard": names[of], "result": results},
                **{"classes": everything, "day": done_on},
            },
        ),
    ):
        pyogrio.raw.write(
            folder / f"{name}.gpkg",
            shapely.to_wkb(geometry),
            list(fields.values()),
            list(fields),
            geometry_type="Polygon",
            crs="+proj=laea +lat_0=0 +lon_0=0 +datum=WGS84 +units=mm",
        )
    (folder / "layout.json").write_text(json.dumps(_counted(shape, done, of)))


def _places(rng: Any, hazards: int, side: int, overlap: float) -> tuple[Any, Any, Any]:
    """Return centres and radii: each in a cell of its own, a share moved onto the one before."""
    column, row = np.divmod(np.arange(hazards), side)
    radius = rng.uniform(0.25, 1.0, hazards) * RADIUS_MM
    room = CELL_MM - 2 * radius
    x = column * CELL_MM + radius + rng.uniform(size=hazards) * room
    y = row * CELL_MM + radius + rng.uniform(size=hazards) * room
    # A group is a hazard and one or more moved ones, each onto its predecessor.
    in_group = 1 + 1 / (1 - GOES_ON)
    moved = rng.uniform(size=hazards) < overlap / in_group
    goes_on = rng.uniform(size=hazards) < GOES_ON
    depth = moved.astype(np.int64)
    for step in range(1, LARGEST_GROUP - 1):
        joins = np.append(False, depth[:-1] == step) & goes_on & (depth == 0)
        depth[joins] = step + 1
    depth[row == 0] = 0
    close = rng.uniform(0.45, 0.75, hazards)
    for step in range(1, LARGEST_GROUP):
        at = np.flatnonzero(depth == step)
        x[at] = np.clip(x[at - 1], column[at] * CELL_MM + radius[at], None)
        x[at] = np.minimum(x[at], (column[at] + 1) * CELL_MM - radius[at])
        y[at] = y[at - 1] + close[at] * (radius[at] + radius[at - 1])
    return x, y, radius


def _counted(shape: Any, done: Any, of: Any) -> dict[str, float]:
    """Count what the layout came to."""
    import shapely

    first, second = shapely.STRtree(shape).query(shape, predicate="intersects")
    overlapping = np.unique(first[first != second])
    inside = shapely.covers(shape[of], done)
    apart = ~shapely.intersects(shape[of], done)
    works = np.bincount(of, minlength=len(shape))
    return {
        "hazards_overlapping": len(overlapping) / len(shape),
        "activities_inside": float(inside.mean()),
        "activities_crossing": float((~inside & ~apart).mean()),
        "activities_outside": float(apart.mean()),
        "hazards_worked": float((works > 0).mean()),
        "hazards_worked_again": float((works > 1).mean()),
        "most_activities_on_a_hazard": int(works.max()),
    }


# --- the engines ---------------------------------------------------------------------------------


def child(engine: str, folder: Path, threads: int) -> None:
    """Run one engine in this process; print what it took."""
    from importlib import import_module

    module = import_module(f"ledger_peers.{MODULE.get(engine, engine + '_engine')}")
    cpu = sum(os.times()[:4])
    start = time.perf_counter()
    if hasattr(module, "timed"):
        result, wall = module.timed(folder, threads)
    else:
        result = module.run(folder, threads)
        wall = time.perf_counter() - start
    times = os.times()
    result.save(str(folder / f"{engine}.npz"))
    print(json.dumps({"wall_s": wall, "cpu_s": sum(times[:4]) - cpu}))


def measure(engine: str, folder: Path, threads: int) -> dict[str, float]:
    """Run one engine in processes of its own; seconds and the peak of their summed memory."""
    process = subprocess.Popen(
        [
            *(sys.executable, str(HERE / "ledger.py"), "--child", engine),
            *("--folder", str(folder), "--threads", str(threads)),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": f"{HERE}:{HERE.parent}"},
    )
    peak = _PeakMemory(process.pid)
    out, error = process.communicate()
    peak.stop()
    if process.returncode:
        raise SystemExit(f"{engine} failed:\n{error}")
    return {**json.loads(out.strip().splitlines()[-1]), "peak_mb": peak.mb}


class _PeakMemory(threading.Thread):
    """Samples the resident memory of a process and all its descendants, summed."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid, self.mb, self._done = pid, 0.0, threading.Event()
        self.start()

    def run(self) -> None:
        while not self._done.wait(0.05):
            self.mb = max(self.mb, sum(_resident_mb(pid) for pid in _tree(self.pid)))

    def stop(self) -> None:
        self._done.set()
        self.join()


def _tree(root: int) -> list[int]:
    """Process ids of a process and its descendants (Linux)."""
    found, pending = [], [root]
    while pending:
        pid = pending.pop()
        found.append(pid)
        for task in Path(f"/proc/{pid}/task").glob("*/children"):
            try:
                pending += [int(number) for number in task.read_text().split()]
            except OSError:
                continue
    return found


def _resident_mb(pid: int) -> float:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


# --- the comparison ------------------------------------------------------------------------------


def compare(folder: Path, engines: list[str], lines: int) -> dict[str, float]:
    """Hold the results of the peers against ours; the largest difference of each, mm²."""
    ours = np.load(folder / "ours.npz")
    worst = {}
    for engine in engines:
        if engine == "ours":
            continue
        theirs = np.load(folder / f"{engine}.npz")
        by_hazard = max(np.abs(ours[key] - theirs[key]).max() for key in ("released", "open"))
        total = np.abs(ours["totals"] - theirs["totals"]).max()
        if by_hazard > TOLERANCE_MM2 or total > TOLERANCE_MM2_A_LINE * lines:
            raise SystemExit(
                f"{engine} differs by {by_hazard} mm² on a hazard, {total} mm² on the programme"
            )
        worst[engine] = float(by_hazard)
    return worst


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hazards", type=int, default=200_000)
    parser.add_argument("--activities", type=int, default=200_000)
    parser.add_argument("--layout", choices=("realistic", "random"), default="realistic")
    parser.add_argument("--overlap", type=float, default=OVERLAP, metavar="SHARE")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=list(ENGINES))
    parser.add_argument("--format", choices=("table", "json"), default="table")
    parser.add_argument("--child", choices=ENGINES, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.child, options.folder, options.threads)
        return
    engines = [engine for engine in ENGINES if engine in {"ours", *options.engines}]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(folder, options.hazards, options.activities, options.layout, options.overlap)
        if "duckdb" in engines:
            from ledger_peers import duckdb_engine

            connection = duckdb_engine.connect(options.threads, folder)
            for layer in ("hazards", "activities"):
                duckdb_engine.write(
                    connection, folder / f"{layer}.gpkg", folder / f"{layer}.parquet"
                )
            connection.close()
        runs: dict[str, list[dict[str, float]]] = {engine: [] for engine in engines}
        for _ in range(options.runs):
            for engine in engines:
                runs[engine].append(measure(engine, folder, options.threads))
        layout = json.loads((folder / "layout.json").read_text())
        differences = compare(folder, engines, 2 * (options.hazards + options.activities))
    best = {engine: min(found, key=lambda run: run["wall_s"]) for engine, found in runs.items()}
    peers = {engine: best[engine]["wall_s"] for engine in engines if engine != "ours"}
    found: dict[str, Any] = {
        "hazards": options.hazards,
        "activities": options.activities,
        "layout": options.layout,
        "overlap": options.overlap,
        "counted": layout,
        "threads": options.threads,
        "engines": best,
        "largest_difference_mm2": differences,
        "tolerance_mm2": TOLERANCE_MM2,
    }
    if peers:
        fastest = min(peers, key=lambda engine: peers[engine])
        found["fastest_peer"] = fastest
        found["ratio_to_fastest_peer"] = best["ours"]["wall_s"] / peers[fastest]
        least = min(best[engine]["cpu_s"] for engine in peers)
        found["processor_ratio_to_least_of_peers"] = best["ours"]["cpu_s"] / least
    if options.format == "json":
        print(json.dumps(found))
        return
    print(f"{options.layout}, {options.hazards:,} hazards, {options.activities:,} activities")
    print(", ".join(f"{name.replace('_', ' ')} {value:.3g}" for name, value in layout.items()))
    for engine, run in best.items():
        ratio = best["ours"]["wall_s"] / run["wall_s"]
        print(
            f"{engine:>10}  {run['wall_s']:8.1f} s  {run['cpu_s']:8.1f} cpu s  "
            f"{run['peak_mb']:7.0f} MiB  ours/it {ratio:5.2f}  "
            f"differs by {differences.get(engine, 0.0):.1f} mm²"
        )


if __name__ == "__main__":
    sys.path.insert(0, str(HERE))
    main()
