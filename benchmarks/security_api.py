"""Made-up requests to every operation of the API, as every role: none may bring the server down.

The tests make a few for each operation (``tests/web/test_api_clients.py``); this makes as many as
one has time for, from the definition of the API, with a fixed seed, and prints what was answered.
It asks as each role, for the whole programme and for a part of it, as services, and as a stranger.

Usage: python benchmarks/security_api.py [--examples 100] [--role service ...]
           [--database sqlite|postgresql|both]

Example: python benchmarks/security_api.py --examples 12 --database postgresql
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# The small programme, the callers and the check itself are those of the tests.
sys.path[:0] = [str(ROOT / "tests" / name) for name in ("web", "register", "")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=100, help="requests for each operation")
    parser.add_argument("--role", action="append", help="only these roles")
    parser.add_argument(
        "--database",
        choices=("sqlite", "postgresql", "both"),
        default="sqlite",
        help="postgresql: a server of its own with PostGIS, made for this and gone afterwards",
    )
    asked = parser.parse_args()
    # Its helpers set Django up for a database in memory, so they come first.
    from django.db import connections

    import conftest  # noqa: F401
    from landrelease.register.workspace import init_workspace

    for database in ("sqlite", "postgresql") if asked.database == "both" else (asked.database,):
        from postgres import Cluster

        with (
            tempfile.TemporaryDirectory(prefix="landrelease-") as folder,
            Cluster() if database == "postgresql" else nullcontext() as cluster,
        ):
            url = "sqlite" if cluster is None else cluster.url(cluster.create())
            init_workspace(Path(folder) / "workspace", database=url)
            print(f"database: {database}", flush=True)
            run(Path(folder), asked.examples, asked.role)
            connections.close_all()


def run(folder: Path, examples: int, only: list[str] | None) -> None:
    """Ask as every role; an answer of 500 or more stops it with the request that did it."""
    from calling import ADMIN, HOST
    from django.test import override_settings
    from filling_api import fill
    from test_api_clients import ask_everything, callers

    from landrelease.register import webhooks

    logging.getLogger("django.request").setLevel(logging.ERROR)  # refusals are no news here
    fill(folder)
    with (folder / "workspace" / "landrelease.toml").open("a") as settings_file:
        settings_file.write('[webhooks]\nhosts = ["hooks.example.org"]\n')
    webhooks.register("https://hooks.example.org/first", by=ADMIN)
    with override_settings(
        LANDRELEASE_SITE=True, ALLOWED_HOSTS=[HOST], LANDRELEASE_API_RATE="1000000/min"
    ):
        everybody = callers()
        reached: set[str] = set()
        operations: set[str] = set()
        for role in only or everybody:
            began = time.process_time()
            answered = ask_everything(everybody[role], examples)
            operations |= set(answered)
            own = {name for name, seen in answered.items() if any(s < 300 for s in seen)}
            reached |= own
            statuses = sorted({int(status) for seen in answered.values() for status in seen})
            print(
                f"{role}: {len(answered)} operations, {examples} requests each, no 5xx; "
                f"{len(own)} with 2xx; statuses {statuses}; "
                f"{time.process_time() - began:.0f} s of processor time",
                flush=True,
            )
        print(f"answered with 2xx: {len(reached)} of {len(operations)} operations")
        if operations - reached:
            print(f"never with 2xx here: {', '.join(sorted(operations - reached))}")


if __name__ == "__main__":
    main()
