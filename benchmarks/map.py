"""How fast the map of 100,000 polygons stands, and whether every one of them is on it.

For each database a workspace with made-up polygons in empty ocean is built, `landrelease serve` is
started, and a headless Chromium with an empty cache opens the map of the whole programme. Printed
as JSON, one object a database:

``first_idle_s``
    seconds from the start of the page's loading until the map, with ground and all tiles, is idle;
``largest_tile_bytes``
    the largest tile of the whole view, and of one view in detail;
``count_in_tiles``, ``count_in_register``
    hazards counted over the tiles of the zoom shown, and in the table.

Run: ``.venv/bin/python benchmarks/map.py [--polygons N] [--database sqlite|postgresql|both]``
"""

from __future__ import annotations

import argparse
import json
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import mapbox_vector_tile
import numpy as np
import shapely

import made_up

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "web")]

CENTRE = (-18.0, -38.5)


def build(folder: Path, database: str, count: int) -> None:
    """Fill a new workspace; run in a process of its own, as a process has one workspace."""
    from landrelease.register import workspace

    workspace.init_workspace(folder, database=database)
    from filling import insert  # needs an open workspace

    insert(
        "hazard",
        (
            {"geometry": shape, "type": ("SHA", "CHA", None)[i % 3], "name": f"Made up {i}"}
            for i, shape in enumerate(made_up.polygons(CENTRE, count))
        ),
    )


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a workspace in a process of its own; gives the address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    server = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys; from landrelease.web.server import serve; "
            "serve(sys.argv[1], int(sys.argv[2]))",
            str(folder),
            str(port),
        ]
    )
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{address}/about/", timeout=5).close()
                break
            except OSError:
                time.sleep(0.1)
        yield address
    finally:
        server.terminate()
        server.wait(20)


def look(address: str) -> dict[str, Any]:
    """Open the map with a cold cache; then look closer, for the sizes of detailed tiles."""
    from browser import Watch, opened

    watch = Watch()
    sizes: dict[str, int] = {}
    with opened(watch) as page:

        def note(response: Any) -> None:
            if "/tiles/" in response.url:
                sizes[response.url] = int(response.headers["content-length"])

        page.on("response", note)
        page.goto(f"{address}/map/")
        page.wait_for_selector("[data-map][data-idle]", timeout=120_000)
        idle = float(page.get_attribute("[data-map]", "data-idle") or "nan") / 1000
        whole = sorted(sizes)
        legend = page.locator("[data-hazards]")
        on_record = int(legend.get_attribute("data-hazards") or -1)
        unplaced = int(legend.get_attribute("data-unplaced") or -1)
        page.goto(f"{address}/map/?box=-18.1,-38.6,-17.9,-38.4")
        page.wait_for_selector("[data-map][data-idle]", timeout=120_000)
    return {
        "first_idle_s": round(idle, 2),
        "largest_tile_bytes": max(sizes.values()),
        "tiles_of_the_view": len(whole),
        "zoom": max(int(url.split("/tiles/")[1].split("/")[0]) for url in whole),
        "count_in_register": on_record - unplaced,
        "complaints": watch.complaints(),
    }


def count_in_tiles(address: str, zoom: int, shapes: Any) -> int:
    """Add up what the tiles of a zoom say they hold."""
    from landrelease.web.mercator import Tile

    corners = shapely.total_bounds(shapes)[[0, 3, 2, 1]].reshape(2, 2)
    scale = Tile(zoom, 0, 0).units(corners) / 4096
    (west, north), (east, south) = np.floor(scale).astype(int)
    total = 0
    for x in range(west, east + 1):
        for y in range(north, south + 1):
            with urllib.request.urlopen(f"{address}/tiles/{zoom}/{x}/{y}.mvt") as answer:
                layers = mapbox_vector_tile.decode(answer.read())
            for name in ("hazards_points", "hazards_cells"):
                for feature in layers.get(name, {"features": []})["features"]:
                    total += feature["properties"]["count"]
    return total


def measure(database: str, count: int) -> dict[str, Any]:
    """Build, serve, look and count on one database."""
    from postgres import Cluster

    with (
        tempfile.TemporaryDirectory() as temporary,
        Cluster(durable=True) if database == "postgresql" else nullcontext() as cluster,
    ):
        folder = Path(temporary) / "workspace"
        url = cluster.url(cluster.create()) if cluster else "sqlite"
        subprocess.run(
            [sys.executable, __file__, "--build", str(folder), url, "--polygons", str(count)],
            check=True,
        )
        with served(folder) as address:
            seen = look(address)
            counted = count_in_tiles(address, seen["zoom"], made_up.polygons(CENTRE, count))
    return {
        "database": database,
        "polygons": count,
        **seen,
        "count_in_tiles": counted,
    }


def main() -> int:
    """Measure; the status says whether the bars hold."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--polygons", type=int, default=100_000)
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--build", nargs=2, metavar=("FOLDER", "DATABASE"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.build:
        build(Path(chosen.build[0]), chosen.build[1], chosen.polygons)
        return 0
    databases = ["sqlite", "postgresql"] if chosen.database == "both" else [chosen.database]
    held = True
    for database in databases:
        result = measure(database, chosen.polygons)
        print(json.dumps(result), flush=True)
        held &= (
            result["first_idle_s"] < 3
            and result["largest_tile_bytes"] <= 500_000
            and result["count_in_tiles"] == result["count_in_register"]
            and not result["complaints"]
        )
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
