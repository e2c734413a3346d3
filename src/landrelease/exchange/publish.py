"""A folder for the public: what :mod:`landrelease.register.publication` gives, as files.

Maps as GeoJSON, GeoPackage and CSV, tables as CSV, a page of text that says what they are and are
not, and checksums. The files come into the folder together, once all of them are complete.
"""

from __future__ import annotations

import csv
import hashlib
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely

from landrelease.register import clock, journal, profile, publication
from landrelease.register.progress import Progress
from landrelease.register.schema import RecordType

from .formulas import guard
from .problems import ExchangeError
from .source import objects
from .write import OutBatch, write

SUMS = "SHA256SUMS"
README = "README.txt"
_MAPS = (".geojson", ".gpkg", ".csv")


@dataclass(frozen=True)
class File:
    """A file of a publication."""

    name: str
    rows: int
    sha256: str


def _silent(stage: str, done: int, total: int | None) -> None:
    pass


def publish(folder: Path, progress: Progress = _silent) -> list[File]:
    """Write the public's data into a folder.

    Parameters
    ----------
    folder
        New or empty, or one that holds an earlier publication, which is replaced.
    progress
        Told how far it is.

    Returns
    -------
    list of File
        With number of rows and SHA-256.

    Raises
    ------
    ExchangeError
        When the folder holds anything else, or no hazard warnings may be published.
    """
    if not profile.current().publication.hazard_warnings:
        raise ExchangeError(
            "the national profile publishes no hazard warnings (publication.hazard_warnings), and "
            "released land or counts without them would read as safe: nothing was published"
        )
    if folder.exists() and (
        not folder.is_dir() or (any(folder.iterdir()) and not (folder / SUMS).exists())
    ):
        raise ExchangeError(
            f"{folder} holds something that is no earlier publication; give a new or empty folder"
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    staged = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        rows = _fill(staged, progress)
        files = [
            File(path.name, rows.get(path.name, 0), _sha256(path))
            for path in sorted(staged.iterdir())
        ]
        sums = "".join(f"{file.sha256}  {file.name}\n" for file in files)
        (staged / SUMS).write_text(sums, encoding="utf-8")
        staged.chmod(0o755)
        if folder.exists():
            shutil.rmtree(folder)
        staged.rename(folder)
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    return files


def _fill(folder: Path, progress: Progress) -> dict[str, int]:
    head = journal.head()
    at = head.recorded_at if head else ""
    rows: dict[str, int] = {}
    cells = publication.hazard_cells(progress=progress)
    marks = publication.released_marks()
    notes = {"data_of": at or publication.NOT_RECORDED, "warning": " ".join(publication.WARNINGS)}
    hazards = [{"what": "hazard on record", **notes} for _ in cells]
    released = [
        {"what": "land released in this cell; a mark, no outline", **dict(mark.said), **notes}
        for mark in marks
    ]
    points = [shapely.Point(mark.longitude, mark.latitude) for mark in marks]
    _map(folder, "hazards", "polygon", hazards, cells, rows, ("what", *notes), notes)
    said = profile.current().publication.fields.get("public", {}).get("activity", ())
    _map(folder, "released", "point", released, points, rows, ("what", *said, *notes), notes)
    printed = []
    for number, table in enumerate(publication.tables()):
        progress("protecting small counts", number, None)
        printed.append(publication.printed(table, progress))
    for one in printed:
        rows[f"{one.name}.csv"] = _table(folder / f"{one.name}.csv", one)
    (folder / README).write_text(_readme(at, printed), encoding="utf-8")
    return rows


def _map(
    folder: Path,
    name: str,
    geometry: str,
    features: list[dict[str, Any]],
    shapes: list[Any],
    rows: dict[str, int],
    columns: Iterable[str],
    notes: dict[str, str],
) -> None:
    names = tuple(columns)
    # No declared fields: a column "date" is a year here, not the interval that the register keeps.
    kind = RecordType(f"public_{name}", f"public_{name}", name, "", geometry, ())
    batch = OutBatch(
        {each: [feature[each] for feature in features] for each in names}, objects(shapes)
    )
    for ending in _MAPS:
        target = folder / f"{name}{ending}"
        written = write(
            target, kind, [batch], members=lambda: {"data_of": notes["data_of"],
                                                    "warning": notes["warning"]},
        )  # fmt: skip
        rows[target.name] = written.rows


def _table(path: Path, table: publication.Printed) -> int:
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow([*table.dimensions, "count", "withheld", "data_of"])
        for row in table.rows:
            withheld = row.count is None
            writer.writerow(
                [
                    *[guard(row.categories[name]) for name in table.dimensions],
                    "" if withheld else row.count,
                    "true" if withheld else "false",
                    table.at,
                ]
            )
    return len(table.rows)


def _readme(at: str, tables: Iterable[publication.Printed]) -> str:
    rules = profile.current().publication
    lines = [
        "Explosive hazards: data for the public",
        "",
        *publication.WARNINGS,
        "",
        f"Data of: {at or publication.NOT_RECORDED}",
        f"Published: {clock.now()}",
        "",
        f"hazards: the cells, at least {rules.grid_m:g} m wide, that a hazard on record touches. "
        "Cells of neighbouring hazards are one; a shape says nothing of the number of hazards.",
        "released: marks in the middle of the cell in which released land lies, with what was "
        "released (class, depth, year). Land is released only from the classes and to the depth "
        "that are named. A mark is no outline, and its cell is not released as a whole.",
        "",
        f"Tables. Counts from 1 to {rules.minimum_count - 1} are withheld, and others, so that "
        "they cannot be computed; 'withheld' says which. A withheld count is not zero. "
        "'not recorded' means that the register does not say. Casualties are counted as far as "
        "their number is recorded: for the accidents in accidents_without_numbers.csv it is not.",
    ]
    for one in tables:
        lines.append(f"{one.name}.csv: {one.title}, by {', '.join(one.dimensions)}; as of {one.at}")
        if one.repeated:
            lines.append(
                "    stands as published then: what has changed since is too little to be told "
                "without giving away small counts"
            )
    near = [one.name for one in rules.hostilities]
    if near:
        lines += ["", f"Near hostilities ({', '.join(near)}) cells are wider, and releases and "
                  "accidents are published later."]  # fmt: skip
    return "\n".join([*lines, "", f"Checksums: {SUMS} (sha256sum -c {SUMS})", ""])


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
