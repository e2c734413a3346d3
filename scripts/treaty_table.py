"""Write the table of treaty participation from copies of the UN Treaty Collection's status tables.

    LANDRELEASE_SHARED=... .venv/bin/python scripts/treaty_table.py

The result, ``src/landrelease/treaty/data/participation.csv``, restates the facts in the project's
own layout: one row for each step of each state, ISO dates and codes, the manner spelled out, the
source and the day it was read on every row. What changed later stands in ``changes.csv``, by hand.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from landrelease.treaty.states import state

TARGET = Path(__file__).resolve().parent.parent / "src/landrelease/treaty/data/participation.csv"
SOURCE, RETRIEVED = "untc-2013", "2026-11-22"

TABLES = {"apmbc": "26-5", "ccm": "26-6", "ccw": "26-2", "ap2": "26-2-b", "p5": "26-2-d"}
MANNERS = {
    "": "ratification",
    "A": "acceptance",
    "AA": "approval",
    "a": "accession",
    "d": "succession",
    "P": "consent",
    "n": "",
}
COLUMNS = ("treaty", "state", "step", "date", "manner", "source", "retrieved", "note")
DATE = re.compile(r"(\d{1,2} \w{3} \d{4})(?: (AA|A|a|d|P|n))?")


def steps(cells: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """Give step, ISO date and manner of one row of a status table."""
    for column, cell in cells.items():
        if column == "Participant" or not cell.strip():
            continue
        match = DATE.fullmatch(cell.strip())
        if match is None:
            raise SystemExit(f"{cells['Participant']}: {cell!r} is no date with a manner")
        day = datetime.strptime(match[1], "%d %b %Y").date().isoformat()  # noqa: DTZ007
        if column == "Signature":
            yield "signature", day, ""
        elif column.startswith("Provisional"):
            yield "provisional_application", day, ""
        else:
            yield "consent", day, MANNERS[match[2] or ""]


def rows(folder: Path) -> Iterator[tuple[str, ...]]:
    """Give all rows of our table."""
    for treaty, name in TABLES.items():
        with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            for cells in csv.DictReader(file):
                code = state(cells["Participant"]).iso3
                for step, day, manner in steps(cells):
                    yield treaty, code, step, day, manner, SOURCE, RETRIEVED, ""


def main() -> None:
    """Write the table."""
    folder = Path(os.environ["LANDRELEASE_SHARED"]) / "data" / "treaty_status"
    with TARGET.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows(folder))
    print(f"{TARGET} written")


if __name__ == "__main__":
    main()
