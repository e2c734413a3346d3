"""DuckDB with its spatial extension, from GeoParquet."""

from __future__ import annotations

import gzip
import shutil
import tempfile
from pathlib import Path

from . import RESULTS, Result


def connect(threads: int, folder: Path):
    """Open a database in memory with the extension of the package, without the network."""
    import duckdb
    import duckdb_extension_spatial

    connection = duckdb.connect(config={"threads": threads})
    package = Path(duckdb_extension_spatial.__file__).parent
    (extension,) = package.rglob("spatial.duckdb_extension*")
    if extension.suffix == ".gz":
        unpacked = folder / extension.stem
        if not unpacked.exists():
            with gzip.open(extension) as source, unpacked.open("wb") as target:
                shutil.copyfileobj(source, target)
        extension = unpacked
    connection.execute(f"LOAD '{extension}'")
    return connection


def write(connection, gpkg: Path, parquet: Path) -> None:
    """Write a GeoPackage of the generator as GeoParquet."""
    connection.execute(f"COPY (SELECT * FROM ST_Read('{gpkg}')) TO '{parquet}' (FORMAT parquet)")


def run(folder: Path, threads: int) -> Result:
    """Run ``duckdb.sql``."""
    with tempfile.TemporaryDirectory() as own:
        connection = connect(threads, folder)
        connection.execute(f"SET temp_directory = '{own}'")
        script = (Path(__file__).parent / "duckdb.sql").read_text()
        for statement in script.format(folder=folder).split(";\n"):
            if statement.strip():
                connection.execute(statement)
        rows = connection.execute("SELECT * FROM by_hazard").fetchnumpy()
        totals = dict(connection.execute("SELECT * FROM programme").fetchall())
    names = ("uid", *RESULTS, "open")
    return Result.of_rows(dict(zip(names, rows.values(), strict=True)), totals)
