"""PostGIS on a private server that is gone afterwards; starting it is not timed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from . import RESULTS, Result

SETTINGS = (
    "work_mem = '256MB'",
    "maintenance_work_mem = '256MB'",
    "min_parallel_table_scan_size = 0",
    "parallel_setup_cost = 0",
    "parallel_tuple_cost = 0",
    "jit = off",
)


@contextmanager
def server() -> Iterator[Any]:
    """Start a server without durability, as a benchmark of reading wants it."""
    from tests.postgres import Cluster

    with Cluster(durable=False) as cluster, cluster.connect(cluster.create()) as connection:
        yield connection


def run(folder: Path, threads: int, connection: Any) -> Result:
    """Copy the GeoPackages into tables, run ``postgis.sql``."""
    from pyogrio.raw import read

    for setting in SETTINGS:
        connection.execute(f"SET {setting}")
    # The leader works too.
    connection.execute(f"SET max_parallel_workers_per_gather = {threads - 1}")
    script = (Path(__file__).parent / "postgis.sql").read_text()
    tables, work = script.split("-- loaded --\n")
    connection.execute(tables)
    for table in ("hazards", "activities"):
        meta, _, wkb, fields = read(folder / f"{table}.gpkg")
        columns = ", ".join(meta["fields"].tolist())
        with (
            connection.cursor() as cursor,
            cursor.copy(f"COPY {table} ({columns}, geom) FROM STDIN (FORMAT binary)") as copy,
        ):
            copy.set_types([*["text"] * len(fields), "bytea"])
            for row in zip(*(field.tolist() for field in fields), wkb.tolist(), strict=True):
                copy.write_row(row)
    for statement in work.split(";\n"):
        if statement.strip():
            connection.execute(statement)
    rows = connection.execute("SELECT * FROM by_hazard").fetchall()
    totals = dict(connection.execute("SELECT * FROM programme").fetchall())
    names = ("uid", *RESULTS, "open")
    return Result.of_rows(dict(zip(names, zip(*rows, strict=True), strict=True)), totals)


def timed(folder: Path, threads: int) -> tuple[Result, float]:
    """Run on a new server; wall seconds without starting it."""
    with server() as connection:
        start = time.perf_counter()
        result = run(folder, threads, connection)
        return result, time.perf_counter() - start
