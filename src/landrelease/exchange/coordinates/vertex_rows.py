"""Tables with one row per vertex or leg, put together to one row per record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import shapely
from pyproj import CRS

from .. import values
from ..problems import Problem, shorten
from ..source import RawBatch, objects
from . import outlines, traverses
from .cells import done, lat, length, lon
from .place import Built, Place


def vertex_rows(batch: RawBatch, place: Place) -> Built:
    # `gather` has put the outline of a record into the column of its x.
    name = place.columns["x"]
    return done(objects(list(batch.columns[name])), place.options["crs"], [])


def gather(batches: Iterable[RawBatch], place: Place, size: int = 20_000) -> Iterator[RawBatch]:
    """Put tables with one row per vertex or leg together: one row per record.

    Holds the table in memory, since the rows of a record need not stand together. The first row
    of a record gives its other columns; where later rows differ, a finding says so. Rows without
    an id are handed on as records of their own, without a place.
    """
    if not place.kind.endswith("_rows"):
        yield from batches
        return
    blocks = list(batches)
    if not blocks:
        return
    names = list(blocks[0].columns)
    columns = {name: np.concatenate([b.columns[name] for b in blocks]) for name in names}
    rows = np.concatenate([b.rows for b in blocks])
    groups: dict[Any, list[int]] = {}
    for i, cell in enumerate(columns[place.columns["id"]]):
        groups.setdefault(("row", i) if cell is None else values.as_text(cell), []).append(i)
    problems = [problem for block in blocks for problem in block.problems]
    table = RawBatch(rows, columns)
    members = []
    target = place.columns["bearing" if place.kind == "traverse_rows" else "x"]
    joined: list[Any] = []
    for group in groups.values():
        ordered = _ordered(table, place, group, problems)
        members.append(rows[np.array(ordered)])
        joined.append(_join(table, place, ordered, problems))
    first = np.array([group[0] for group in groups.values()])
    _differing(table, place, list(groups.values()), problems)
    whole = table.take(first)
    whole.columns[target] = objects(joined)
    whole.merged = members
    whole.problems = problems
    for start in range(0, len(whole), size):
        part = whole.take(np.arange(start, min(start + size, len(whole))))
        here = {int(row) for rows_of in part.merged or [] for row in rows_of}
        part.problems = [
            p for p in problems if (p.row in here if p.row is not None else start == 0)
        ]
        yield part


def _ordered(table: RawBatch, place: Place, group: list[int], problems: list[Problem]) -> list[int]:
    """Rows of one record in the order of their sequence numbers, or as they stand."""
    name = place.columns.get("sequence")
    if name is None or len(group) == 1:
        return group
    try:
        numbers = {i: length(table.columns[name][i]) for i in group}
    except ValueError as error:
        problems.append(
            Problem(
                "bad_sequence", "error", f"the order of the vertices is not clear: {error}",
                "they are taken as they stand in the file", int(table.rows[group[0]]), name,
            )
        )  # fmt: skip
        return group
    if len(set(numbers.values())) < len(group):
        problems.append(
            Problem(
                "repeated_sequence", "error", "two vertices have the same sequence number",
                "these are taken as they stand in the file", int(table.rows[group[0]]), name,
            )
        )  # fmt: skip
    return sorted(group, key=lambda i: numbers[i])


def _join(table: RawBatch, place: Place, group: list[int], problems: list[Problem]) -> Any:
    """Outline or legs of one record; ``None`` when one of its rows cannot be read."""
    row = int(table.rows[group[0]])
    id_name = place.columns["id"]
    if table.columns[id_name][group[0]] is None:
        problems.append(
            Problem(
                "vertex_without_id", "error", "the row says no record to which it belongs",
                "fill in the id", row, id_name,
            )
        )  # fmt: skip
        return None
    try:
        if place.kind == "traverse_rows":
            bearing, distance = (table.columns[place.columns[r]] for r in ("bearing", "distance"))
            return tuple(
                traverses.read_leg(bearing[i], distance[i], n) for n, i in enumerate(group, 1)
            )
        degrees = CRS.from_user_input(place.options["crs"]).is_geographic
        read_x, read_y = (lon, lat) if degrees else (length, length)
        x, y = (table.columns[place.columns[r]] for r in "xy")
        parts: dict[Any, list[tuple[float, float]]] = {}
        part_name = place.columns.get("part")
        for i in group:
            part = None if part_name is None else table.columns[part_name][i]
            parts.setdefault(part, []).append((read_x(x[i]), read_y(y[i])))
        shape = place.options.get("shape", "polygon")
        built = [outlines.outline(np.array(positions), shape) for positions in parts.values()]
        return built[0] if len(built) == 1 else shapely.MultiPolygon(built)
    except ValueError as error:
        problems.append(
            Problem(
                "bad_coordinate", "error", f"the place of this record cannot be built: {error}",
                "the record is kept without a place", row, id_name,
            )
        )  # fmt: skip
        return None


def _differing(
    table: RawBatch, place: Place, groups: list[list[int]], problems: list[Problem]
) -> None:
    """Say where the rows of one record differ in a column that should be the same in all."""
    special = set(place.columns.values())
    if place.kind == "traverse_rows":  # the reference point belongs to the record
        special -= {place.columns["lon"], place.columns["lat"]}
    for name, cells in table.columns.items():
        if name in special:
            continue
        for group in groups:
            for i in group[1:]:
                if cells[i] is not None and cells[i] != cells[group[0]]:
                    problems.append(
                        Problem(
                            "rows_differ", "warning",
                            f"differs from row {table.rows[group[0]]} of the same record, "
                            "which is taken", "", int(table.rows[i]), name, shorten(cells[i]),
                        )
                    )  # fmt: skip
