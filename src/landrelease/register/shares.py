"""Which part of every ledger line lies in which administrative unit (rule 11).

Units have dates of validity. The days between two changes are one time with one set of
:class:`~.models.Boundaries`; each line is divided once for each of them, when it is posted or when
the units change. Lines that were retired keep their shares, and boundaries that no longer hold keep
theirs, so that a figure known earlier is found again and not computed anew. What is missing all the
same (boundaries recorded after a line was retired) is divided when asked for: the division of a
polygon is the same whenever it is made.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

import numpy as np
import shapely
from django.db import connection
from numpy.typing import NDArray

from landrelease import land

from . import bulk, canonical, knowledge, workspace
from .models import Boundaries, HazardPast, LedgerLine, LedgerShare

#: Unit of what lies outside all units, and of what has no place.
OUTSIDE, NOWHERE = "", "-"


class Unit(NamedTuple):
    """What figures need of an administrative unit."""

    uid: str
    key: str
    name: str
    level: int | None
    start: date | None
    end: date | None
    geometry_hash: str | None
    parent: str | None

    def in_force(self, on: date) -> bool:
        """Whether the unit is there on a day. One single date of validity is its beginning."""
        if self.start is not None and self.start > on:
            return False
        return self.end is None or self.end == self.start or on <= self.end


@dataclass(frozen=True)
class Epoch:
    """A time in which the units of one level do not change.

    Attributes
    ----------
    level
        Administrative level; None for units without one.
    start, end
        First and last day; None where there is none.
    units
        The units in force, in the order in which they count.
    """

    level: int | None
    start: date | None
    end: date | None
    units: tuple[Unit, ...]

    @property
    def sha256(self) -> str:
        """Hash that stays the same while the boundaries do."""
        return canonical.sha256(
            canonical.dumps(
                {
                    "level": self.level,
                    "start": None if self.start is None else self.start.isoformat(),
                    "units": [[unit.uid, unit.geometry_hash] for unit in self.units],
                }
            )
        )


#: A time in which no unit is in force: everything lies outside.
NO_UNITS = Epoch(None, None, None, ())


# --- units and their times -----------------------------------------------------------------------


def units(seq: int | None = None) -> list[Unit]:
    """Units with boundaries, in order of their number, as known at a journal entry.

    A boundary that crosses itself somewhere still bounds the unit: it is repaired where ground is
    divided (:func:`landrelease.land.divide`), and the record keeps it as it was received.
    """
    names = (
        "uid",
        "source_id",
        "id",
        "name",
        "level",
        "valid_start",
        "valid_end",
        "geometry_hash",
        "parent_uid",
    )
    found = []
    for uid, source_id, number, name, level, start, end, boundary, parent in knowledge.rows(
        "unit", names, seq=seq
    ):
        if boundary is not None:
            unit = unit_of(uid, source_id, number, name, start=start, end=end)
            found.append(unit._replace(level=level, geometry_hash=boundary, parent=parent))
    return found


def unit_of(
    uid: str,
    source_id: str | None,
    number: int,
    name: str | None,
    *,
    start: date | None,
    end: date | None,
) -> Unit:
    """A unit by its columns, without level, boundary and parent."""
    key = source_id or f"AU-{number}"
    # An open interval begins on the first day there is, and ends on the last.
    start = None if start == date.min else start
    end = None if end == date.max else end
    return Unit(uid, key, name or key, None, start, end, None, None)


def level_of(some: Sequence[Unit], level: int | None) -> int | None:
    """The level that is meant: the finest recorded one by default."""
    if level is not None:
        return level
    return max((unit.level for unit in some if unit.level is not None), default=None)


def epochs(some: Sequence[Unit]) -> list[Epoch]:
    """Every time of every level in which its units are the same."""
    levels = {unit.level for unit in some}
    if levels != {None}:
        levels.discard(None)
    found = []
    for level in sorted(levels, key=lambda number: -1 if number is None else number):
        of_level = [unit for unit in some if unit.level == level]
        found += _times(level, of_level)
    return found


def _times(level: int | None, some: list[Unit]) -> list[Epoch]:
    first = {unit.start for unit in some if unit.start is not None}
    after = {
        unit.end + timedelta(days=1)
        for unit in some
        if unit.end is not None and unit.end != unit.start
    }
    changes = sorted(first | after)
    found: list[Epoch] = []
    for start, until in zip([None, *changes], [*changes, None], strict=True):
        day = start or (date.min if until is None else until - timedelta(days=1))
        there = tuple(unit for unit in some if unit.in_force(day))
        end = None if until is None else until - timedelta(days=1)
        if found and found[-1].units == there:
            found[-1] = Epoch(level, found[-1].start, end, there)
        elif there:
            found.append(Epoch(level, start, end, there))
    return found


def epoch_on(some: Sequence[Unit], level: int | None, on: date | None) -> Epoch | None:
    """The time of a level in which a day falls; the last one without a day; None if none."""
    level = level_of(some, level)
    times = [epoch for epoch in epochs(some) if epoch.level == level]
    if on is None:
        return times[-1] if times else None
    for epoch in times:
        if (epoch.start is None or epoch.start <= on) and (epoch.end is None or on <= epoch.end):
            return epoch
    return None


def planes(some: Sequence[Unit], seq: int | None = None) -> NDArray[np.object_]:
    """Plane polygons (mm) of units, as known at a journal entry."""
    by_uid = dict(
        knowledge.rows("unit", ("uid", "plane"), seq=seq, uids=[unit.uid for unit in some])
    )
    return bulk.shapes(by_uid[unit.uid] for unit in some)


# --- the boundaries that are kept ----------------------------------------------------------------


def current() -> list[Boundaries]:
    """Boundaries that the units as recorded now make."""
    names = ("id", "level", "valid_start", "valid_end", "sha256", "current")
    sql = f'SELECT {", ".join(names)} FROM "{Boundaries._meta.db_table}" WHERE current ORDER BY id'  # nosec B608 # names are of our own schema, values are bound
    return [Boundaries(**dict(zip(names, row, strict=True))) for row in bulk.few(connection, sql)]


def kept_on(level: int | None, on: date | None) -> Boundaries | None:
    """Kept boundaries of a level on a day (the last ones without a day); None where none are."""
    rows = current()
    if level is None:
        level = max((row.level for row in rows if row.level is not None), default=None)
    found = [
        row
        for row in rows
        if row.level == level
        and (
            on is None
            or (
                (row.valid_start is None or row.valid_start <= on)
                and (row.valid_end is None or on <= row.valid_end)
            )
        )
    ]
    return max(found, key=lambda row: row.valid_start or date.min, default=None)


def renew() -> list[Boundaries]:
    """Make the kept boundaries what the units now recorded say; gives those that are new.

    Lines are not divided here: see :func:`keep`.
    """
    wanted = {epoch.sha256: epoch for epoch in epochs(units())}
    standing = {row.sha256: row for row in Boundaries.objects.all()}
    fresh = []
    for sha256, row in standing.items():
        epoch = wanted.get(sha256)
        holds = epoch is not None
        if holds and not row.current:
            fresh.append(row)  # came back: its totals have to be kept again
        if holds != row.current or (epoch is not None and epoch.end != row.valid_end):
            row.current = holds
            row.valid_end = row.valid_end if epoch is None else epoch.end
            row.save(update_fields=["current", "valid_end"])
    for sha256, epoch in wanted.items():
        if sha256 not in standing:
            fresh.append(
                Boundaries.objects.create(
                    level=epoch.level,
                    valid_start=epoch.start,
                    valid_end=epoch.end,
                    sha256=sha256,
                )
            )
    return fresh


def epoch_of(boundaries: Boundaries) -> Epoch:
    """The time that kept, current boundaries stand for, with its units.

    Names of the units may be older than those recorded now; their ids and boundaries are not.
    """
    key = _key(boundaries.sha256)
    if key not in _epochs:
        found = {epoch.sha256: epoch for epoch in epochs(units())}
        if boundaries.sha256 not in found:
            raise LookupError(f"boundaries {boundaries.id} are not those of the units recorded now")
        _remember(_epochs, key, found[boundaries.sha256])
    return _epochs[key]


#: Times and polygons of the units last divided by: a process that posts one release after the
#: other would read the boundaries of a country each time. They are known by the hash of what they
#: hold and by the workspace, which their plane belongs to.
_epochs: dict[tuple[str, str], Epoch] = {}
_polygons: dict[tuple[str, str], NDArray[np.object_]] = {}
_REMEMBERED = 8


def _key(sha256: str) -> tuple[str, str]:
    return str(workspace.current().folder), sha256


def _remember(kept: dict[Any, Any], key: Any, value: Any) -> None:
    while len(kept) >= _REMEMBERED:
        del kept[next(iter(kept))]
    kept[key] = value


# --- shares of lines -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Shares:
    """Parts of lines by unit; the parts of a line sum to its mm2.

    Attributes
    ----------
    line
        Number of the line (:attr:`.models.LedgerLine.id`), ascending.
    unit
        Id of the unit, ``""`` outside all units.
    mm2
        Whole mm².
    """

    line: NDArray[np.int64]
    unit: NDArray[np.object_]
    mm2: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.line)

    def of(self, rows: NDArray[np.bool_]) -> Shares:
        """Some of them."""
        return Shares(self.line[rows], self.unit[rows], self.mm2[rows])


class Line(NamedTuple):
    """What dividing needs of a ledger line."""

    id: int
    seq: int
    event_uid: str
    event_version: int
    kind: str
    mm2: int
    piece: bytes | None


#: From this many lines on, all units are looked at, and not only those near them.
_MANY_LINES = 1_000


def divide(lines: Sequence[Line], epoch: Epoch, seq: int | None = None) -> Shares:
    """Divide lines by the units of a time."""
    wanted = [line for line in lines if line.mm2]
    pieces = polygons(wanted)
    grounds = _grounds(epoch, seq)
    near = np.arange(len(grounds))
    if len(wanted) < _MANY_LINES:
        near = _near(grounds, pieces)
    mm2 = np.array([line.mm2 for line in wanted], dtype=np.int64)
    shared = land.divide(pieces, mm2, grounds[near])
    ids = np.array([line.id for line in wanted], dtype=np.int64)
    # The last name is what -1 (outside all units) picks.
    names = bulk.objects([*(epoch.units[at].uid for at in near.tolist()), OUTSIDE])
    line, unit = ids[shared.piece], names[shared.unit]
    order = np.argsort(line, kind="stable")
    return Shares(line[order], unit[order], np.asarray(shared.mm2[order], dtype=np.int64))


def _near(grounds: NDArray[np.object_], pieces: NDArray[np.object_]) -> NDArray[np.int64]:
    """Units whose boxes meet the box of some pieces; the others hold nothing of them."""
    if not len(pieces) or not len(grounds):
        return np.empty(0, dtype=np.int64)
    left, bottom, right, top = shapely.total_bounds(pieces)
    boxes = shapely.bounds(grounds)
    meets = (boxes[:, 0] <= right) & (boxes[:, 2] >= left)
    meets &= (boxes[:, 1] <= top) & (boxes[:, 3] >= bottom)
    return np.flatnonzero(meets)


def _grounds(epoch: Epoch, seq: int | None) -> NDArray[np.object_]:
    key = _key(epoch.sha256)
    if key not in _polygons:
        _remember(_polygons, key, planes(epoch.units, seq))
    return _polygons[key]


def keep(boundaries: Boundaries, lines: Sequence[Line], epoch: Epoch | None = None) -> Shares:
    """Divide lines and keep their shares."""
    shared = divide(lines, epoch or epoch_of(boundaries))
    bulk.insert(
        connection,
        LedgerShare._meta.db_table,
        ("line_id", "boundaries_id", "unit_uid", "mm2"),
        (
            (line, boundaries.id, unit, mm2)
            for line, unit, mm2 in zip(
                shared.line.tolist(), shared.unit.tolist(), shared.mm2.tolist(), strict=True
            )
        ),
    )
    return shared


def kept(boundaries_id: int, lines: Collection[int] | None = None) -> Shares:
    """Kept shares of lines (all lines by default)."""
    table = LedgerShare._meta.db_table
    query = f'SELECT line_id, unit_uid, mm2 FROM "{table}" WHERE boundaries_id = %s'  # nosec B608 # names are of our own schema, values are bound
    found: list[tuple[Any, ...]] = []
    if lines is None:
        found = list(bulk.select(connection, f"{query} ORDER BY line_id, id", [boundaries_id]))
    else:
        sql = f'SELECT line_id, unit_uid, mm2, id FROM "{table}" WHERE line_id IN ({{}})'  # nosec B608 # names are of our own schema, values are bound
        rows = bulk.named(connection, f"{sql} AND boundaries_id = %s", sorted(lines), boundaries_id)
        found = [row[:3] for row in sorted(rows, key=lambda row: (row[0], row[3]))]
    line, unit, mm2 = zip(*found, strict=True) if found else ((), (), ())
    return Shares(
        np.array(line, dtype=np.int64), bulk.objects(list(unit)), np.array(mm2, dtype=np.int64)
    )


def of_lines(ids: NDArray[np.int64], epoch: Epoch | None, seq: int | None = None) -> Shares:
    """Shares of lines on some boundaries: the kept ones, and the rest divided now.

    Parameters
    ----------
    ids
        Numbers of the lines.
    epoch
        The boundaries; None where no unit is in force, and everything lies outside.
    seq
        Journal entry at which the units are looked at.
    """
    if epoch is None:
        booked = {line.id: line.mm2 for line in lines_by_id(ids.tolist(), pieces=False)}
        mm2 = np.array([booked[number] for number in ids.tolist()], dtype=np.int64)
        return Shares(ids, np.full(len(ids), OUTSIDE, dtype=object), mm2)
    boundaries = Boundaries.objects.filter(sha256=epoch.sha256).first()
    parts = []
    missing = ids
    if boundaries is not None:
        few = len(ids) < 2_000
        found = kept(boundaries.id, ids.tolist() if few else None)
        wanted = np.isin(found.line, ids)
        parts.append(Shares(found.line[wanted], found.unit[wanted], found.mm2[wanted]))
        missing = np.setdiff1d(ids, found.line)
    if len(missing):
        parts.append(divide(lines_by_id(missing.tolist()), epoch, seq))
    together = Shares(
        *(np.concatenate([getattr(part, n) for part in parts]) for n in ("line", "unit", "mm2"))
    )
    order = np.argsort(together.line, kind="stable")
    return Shares(together.line[order], together.unit[order], together.mm2[order])


def lines_by_id(ids: Sequence[int], *, pieces: bool = True) -> list[Line]:
    """Lines as dividing needs them."""
    names = list(Line._fields) if pieces else list(Line._fields[:-1])
    if len(ids) <= bulk.NAMED:
        sql = f'SELECT {", ".join(names)} FROM "{LedgerLine._meta.db_table}" WHERE id IN ({{}})'  # nosec B608 # names are of our own schema, values are bound
        rows = sorted(bulk.named(connection, sql, sorted(ids)), key=lambda row: row[0])
        return [Line(*row) if pieces else Line(*row, None) for row in rows]
    query = LedgerLine.objects.order_by("id")
    few = len(ids) < LedgerLine.objects.count() / 4
    chunks = [query.filter(id__in=some) for some in bulk.in_chunks(sorted(ids))] if few else [query]
    wanted = set(ids)
    return [
        Line(*row) if pieces else Line(*row, None)
        for chunk in chunks
        for row in chunk.values_list(*names).iterator(chunk_size=bulk.CHUNK)
        if row[0] in wanted
    ]


# --- the polygons of lines -----------------------------------------------------------------------


def polygons(lines: Sequence[Line]) -> NDArray[np.object_]:
    """Plane polygon (mm) that each line moved: its piece, or the whole polygon of its event."""
    out = bulk.shapes(line.piece for line in lines)
    whole = [place for place, line in enumerate(lines) if line.piece is None]
    if not whole:
        return out
    hazards = {lines[place].event_uid: lines[place].event_version for place in whole}
    names = ("uid", "plane", "changed_seq")
    present = {}
    for record_type in ("activity", "hazard"):
        missing = hazards.keys() - present.keys()
        for uid, plane, changed in knowledge.rows(record_type, names, uids=missing):
            present[uid] = (record_type, plane, changed)
    past = _past_polygons({u for u, (of, _, _) in present.items() if of == "hazard"})
    blobs: dict[int, Any] = {}
    then: dict[int, set[str]] = {}
    for place in whole:
        line = lines[place]
        record_type, plane, changed = present[line.event_uid]
        if record_type == "hazard":
            blobs[place] = past.get((line.event_uid, line.event_version), plane)
        elif changed <= line.seq:
            blobs[place] = plane
        else:
            then.setdefault(line.seq, set()).add(line.event_uid)
    for seq, uids in then.items():
        before = dict(knowledge.rows("activity", ("uid", "plane"), seq=seq, uids=uids))
        for place in whole:
            if lines[place].seq == seq and lines[place].event_uid in before:
                blobs[place] = before[lines[place].event_uid]
    out[whole] = bulk.shapes(blobs[place] for place in whole)
    return out


def _past_polygons(uids: Collection[str]) -> dict[tuple[str, int], bytes]:
    """Boundaries of earlier versions of hazards, by id and version."""
    if not uids:
        return {}
    query = HazardPast.objects.filter(plane__isnull=False)
    found = {}
    many = len(uids) > 20_000
    for some in [()] if many else bulk.in_chunks(sorted(uids)):
        rows = query if many else query.filter(uid__in=some)
        for uid, version, plane in rows.values_list("uid", "version", "plane"):
            if uid in uids:
                found[uid, version] = bytes(plane)
    return found


def located(planar: NDArray[np.object_], grounds: NDArray[np.object_]) -> NDArray[np.int64]:
    """Unit in which each place lies, -1 outside all, -2 for several.

    What has no area, or no definite one, has a place all the same: a point lies where it lies, an
    invalid outline where its repaired shape does.
    """
    shapes = planar.copy()
    invalid = ~shapely.is_valid(shapes)
    shapes[invalid] = shapely.make_valid(shapes[invalid])
    where = np.full(len(shapes), land.OUTSIDE)
    areas = shapely.area(shapes) > 0
    where[areas] = land.locate(shapes[areas], grounds)
    flat = np.flatnonzero(~areas)
    point, unit = shapely.STRtree(grounds).query(shapes[flat], predicate="intersects")
    # On a boundary, the first unit counts.
    order = np.lexsort((-unit, point))
    where[flat[point[order]]] = unit[order]
    return where
