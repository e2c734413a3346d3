"""What was generated: the files, how each is meant to be imported, and what is wrong in them."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path

#: Planted faults whose finding goes by another name.
FOUND_AS = {
    "too_few_vertices": ("unreadable_geometry",),
    "unusable_value": ("impossible_date", "not_a_number", "unknown_choice"),
    "unusable_row": ("missing_required",),
    "unknown_hazard": ("reference_not_found",),
}


@dataclass(frozen=True)
class DemoFile:
    """One generated file.

    Attributes
    ----------
    name
        File name, relative to the folder.
    record_type
        What to import it as (plural, as in ``--as hazards``); empty for reports and maps.
    rows
        Data rows or features in the file, unusable ones included.
    map_file
        Name of the mapping file that goes with it, or empty when headings can be guessed.
    legacy
        Whether it holds releases decided before the register (``--legacy``).
    """

    name: str
    record_type: str
    rows: int
    map_file: str = ""
    legacy: bool = False


@dataclass(frozen=True)
class Planted:
    """One thing that was made wrong, or remarkable, on purpose.

    Attributes
    ----------
    rule
        Stable code; where a validator of ``landrelease.land`` finds it, its code for it.
    file, record
        Where: file name and id of the record as the file writes it (after trimming).
    note
        What was done, in one line.
    """

    rule: str
    file: str
    record: str
    note: str


@dataclass(frozen=True)
class Manifest:
    """The list of everything that :func:`landrelease.cli.demo.generate` wrote.

    Attributes
    ----------
    seed
        Seed of the random numbers.
    title
        Name of the made-up programme.
    centre
        Longitude and latitude (degrees, WGS 84) of the middle of the island.
    files
        In the order in which they are best imported.
    planted
        Faults and special cases in the files.
    corrections
        What differs between ``hazards_survey.geojson`` and its corrected re-issue.
    """

    seed: int
    title: str
    centre: tuple[float, float]
    files: tuple[DemoFile, ...]
    planted: tuple[Planted, ...]
    corrections: tuple[Planted, ...] = field(default=())

    def counts(self, file: str | None = None) -> dict[str, int]:
        """Count what was planted, by rule.

        Parameters
        ----------
        file
            Only this file; all files when None.
        """
        rules = (p.rule for p in self.planted if file is None or p.file == file)
        return dict(sorted(Counter(rules).items()))

    def records(self, rule: str) -> list[str]:
        """List the ids of the records in which a rule was planted."""
        return [p.record for p in self.planted if p.rule == rule]

    def file(self, name: str) -> DemoFile:
        """Find one file by name.

        Raises
        ------
        KeyError
            When no file is called so.
        """
        for candidate in self.files:
            if candidate.name == name:
                return candidate
        raise KeyError(f"the demonstration has no file called {name!r}")

    def save(self, path: Path) -> None:
        """Write the list as JSON, with the counts by rule beside it."""
        content = {**asdict(self), "counts": self.counts()}
        path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
