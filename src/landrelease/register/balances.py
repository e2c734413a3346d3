"""A balance of the programme: its rows, its total, and the ids of its figures."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from landrelease import land

from . import counted, knowledge

OUTSIDE_ALL, SEVERAL, OVERLAP = "outside all units", "several units", "overlap"

NO_PLACE = "place not recorded"

#: Rows of a balance by organisation or method, for entries that are no release, and for releases
#: whose report does not say.
OTHER_ENTRIES, NOT_RECORDED = "other entries", "not recorded"

LAST_KEYS = (NOT_RECORDED, OTHER_ENTRIES)

ACCOUNTS = ("suspected", "confirmed", "cancelled", "reduced", "cleared")

#: What the rows of a balance can be by.
BY = ("unit", "class", "hazard", "organisation", "method")


@dataclass
class Row:
    """One row of a balance. Areas of accounts are whole mm2.

    Attributes
    ----------
    in_question_mm2
        Part of the released land on which evidence of a hazard was recorded since, until somebody
        decides (rule 6).
    undated_mm2, undated
        What undated reports of released land measure, each by itself, and how many there are:
        they moved nothing, and are in no account (rule 5).
    declared_released_m2, area_only
        What accepted reports without a polygon state as released, and how many there are: they
        moved nothing either, as nobody knows where that land lies (rule 8).
    indications
        Indications without area: no hazardous area is established, so no other number holds them.
    """

    key: str
    label: str
    suspected_mm2: int = 0
    confirmed_mm2: int = 0
    cancelled_mm2: int = 0
    reduced_mm2: int = 0
    cleared_mm2: int = 0
    released_not_recorded_mm2: int = 0
    declared_only_m2: Decimal = Decimal(0)
    unknown_size: int = 0
    hazards: int = 0
    open_areas: int = 0
    in_question_mm2: int = 0
    undated_mm2: int = 0
    undated: int = 0
    declared_released_m2: Decimal = Decimal(0)
    area_only: int = 0
    indications: int = 0

    def to_json(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "label": self.label,
            **{f"{name}_mm2": str(getattr(self, f"{name}_mm2")) for name in ACCOUNTS},
            "released_not_recorded_mm2": str(self.released_not_recorded_mm2),
            "declared_only_m2": f"{self.declared_only_m2:f}",
            "unknown_size": self.unknown_size,
            "hazards": self.hazards,
            "open_areas": self.open_areas,
            "in_question_mm2": str(self.in_question_mm2),
            "undated_mm2": str(self.undated_mm2),
            "undated": self.undated,
            "declared_released_m2": f"{self.declared_released_m2:f}",
            "area_only": self.area_only,
            "indications": self.indications,
        }

    def count(self, numbers: counted.Numbers) -> None:
        """Take over what is counted beside the areas."""
        self.hazards += numbers.hazards
        self.open_areas += numbers.open_areas
        self.unknown_size += numbers.unknown_size
        self.declared_only_m2 += numbers.declared_only_m2
        self.undated += numbers.undated
        self.undated_mm2 += numbers.undated_mm2
        self.declared_released_m2 += numbers.declared_released_m2
        self.area_only += numbers.area_only
        self.indications += numbers.indications


#: Columns of a row that are areas of land or counts of areas, with the topic of their figures.
TOPIC_OF = {
    **dict.fromkeys((*ACCOUNTS, "released_not_recorded"), "land"),
    **dict.fromkeys(("declared_only", "in_question", "undated", "declared_released"), "land"),
    **dict.fromkeys(("hazards", "open_areas", "unknown_size", "area_only", "indications"), "areas"),
}


@dataclass
class Balance:
    """A balance of the programme.

    Attributes
    ----------
    known_seq
        Last journal entry that the figures know.
    """

    as_of: date | None
    by: str | None
    rows: list[Row]
    total: Row
    residual_mm2: int
    drift_mm2: int
    notes: dict[str, Any] = field(default_factory=dict)
    known_seq: int = knowledge.NOTHING

    def figure_id(self, row: Row, column: str) -> str:
        """Id of the figure in a row and column (``suspected``, ``unknown_size``).

        Raises
        ------
        KeyError
            When there is no such column.
        """
        scope, by, key = "any", self.by or "", row.key
        if row is self.total or not by:
            by = key = ""
        elif by == "class":
            scope, by, key = row.key, "", ""
        seq = max(self.known_seq, 0)
        topic = TOPIC_OF[column]
        return str(land.FigureId(topic, column, seq, until=self.as_of, by=by, key=key, scope=scope))

    def to_json(self) -> dict[str, Any]:
        return {
            "as_of": None if self.as_of is None else self.as_of.isoformat(),
            "known_seq": self.known_seq,
            "by": self.by,
            "rows": [row.to_json() for row in self.rows],
            "total": self.total.to_json(),
            "residual_mm2": str(self.residual_mm2),
            "drift_mm2": str(self.drift_mm2),
            "figures": self.figure_ids(),
            **self.notes,
        }

    def figure_ids(self) -> dict[str, dict[str, str]]:
        """Ids of all figures, by key of the row (``total`` for the total) and column."""
        named = {row.key: row for row in self.rows if row.key != OVERLAP} | {"total": self.total}
        return {
            key: {column: self.figure_id(row, column) for column in TOPIC_OF}
            for key, row in named.items()
        }
