"""What the public and partners are given: the one place below pages, tiles, exports and files.

What a person reads of records is answered by :mod:`.access`. This module answers what is *made* of
records for those who do not read them (rules 22 and 24 to 26):

* **Hazards** become the cells of a fixed grid that they touch, dissolved (:mod:`landrelease.land
  .generalise`): never less ground than they have, no record told from another. Hazards without a
  place are counted by unit. Land that was wholly released is no longer among them unless it is in
  question.
* **Released land** becomes marks in the middle of cells, with classes, depth and date; a mark never
  covers ground.
* **Counts** are printed only as far as :mod:`.suppression` lets them, across all publications.
* **Near active hostilities** (profile) cells are wider, and all but hazards comes later.
* **Partners** get records, but only the fields that the profile names. A restricted record
  (:mod:`.restricted`) does not leave, except that a hazard's cells do: nothing cautious is dropped.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property, lru_cache
from typing import Any, Final

import numpy as np
import shapely
from django.db import connection, transaction
from django.db.models import QuerySet

from landrelease.land import generalise

from . import (
    access,
    clock,
    codes,
    document_tier,
    journal,
    profile,
    restricted,
    shown_evidence,
    suppression,
    units_in_force,
    workspace,
)
from .access import Caller
from .errors import RegisterError
from .evidence_access import Reading
from .models import (
    RECORDS,
    Activity,
    Hazard,
    LedgerLine,
    PublishedTable,
    Question,
    Release,
    Unit,
)
from .progress import Progress
from .shown_names import TIERS

#: What every public map and file says (rule 26).
WARNINGS: Final = (
    "Not for navigation.",
    "No record does not mean safe: ground without a warning may be contaminated.",
    "Locations are generalised: a hazard lies somewhere within the cells shown, or fills them.",
)
NOT_RECORDED: Final = "not recorded"
_OPEN: Final = ("suspected", "confirmed")
#: Fields of a record type are read so many records at a time.
_BATCH: Final = 5_000


def _silent(stage: str, done: int, total: int | None) -> None:
    pass


# --- hazards --------------------------------------------------------------------------------------


def warned_of() -> QuerySet[Hazard]:
    """The hazards of which the public is warned: all but what is withdrawn or wholly released.

    A hazard on whose released land a question stands is among them.
    """
    moved: Counter[str] = Counter()
    touched = set()
    lines = LedgerLine.objects.filter(retired_seq__isnull=True, hazard_uid__isnull=False)
    for uid, scopes, mm2, before, after in lines.values_list(
        "hazard_uid", "scopes", "mm2", "claim_from", "claim_to"
    ).iterator():
        if scopes & 1:
            touched.add(uid)
            moved[uid] += int(mm2) * ((after in _OPEN) - (before in _OPEN))
    asked = Question.objects.filter(resolved_seq__isnull=True)
    in_question = set(asked.values_list("hazard_uid", flat=True))
    in_question |= set(
        Release.objects.filter(
            activity_uid__in=asked.values("activity_uid")
        ).values_list("hazard_uid", flat=True)
    )  # fmt: skip
    gone = {uid for uid in touched if not moved[uid]} - in_question
    standing = Hazard.objects.exclude(geometry_state__in=codes.WITHDRAWN)
    return standing.exclude(uid__in=gone) if gone else standing


def hazard_cells(
    hazards: QuerySet[Hazard] | None = None,
    box: tuple[float, float, float, float] | None = None,
    progress: Progress = _silent,
) -> list[Any]:
    """The ground of which the public is warned, generalised.

    Parameters
    ----------
    hazards
        Which; those of :func:`warned_of` and all released land in question unless told otherwise.
    box
        West, south, east, north in degrees: only what may reach in. The cells are the same.
    progress
        Told how far it is.

    Returns
    -------
    list of shapely.Polygon
        In degrees, without common ground; they cover every hazard with a place.
    """
    rules_ = profile.current().publication
    chosen = warned_of() if hazards is None else hazards
    placed: list[QuerySet[Any]] = [chosen.filter(min_lon__isnull=False)]
    if hazards is None:
        asked = Question.objects.filter(resolved_seq__isnull=True)
        placed.append(
            Activity.objects.filter(min_lon__isnull=False, uid__in=asked.values("activity_uid"))
        )
    if box is not None:
        wide = (box[0] - 1, box[1] - 1, box[2] + 1, box[3] + 1)  # no cell is wider than a degree
        placed = [one.filter(geometry__box=wide) for one in placed]
    fighting = _fighting()
    cells: dict[tuple[float, ...], Any] = {}
    total = sum(one.count() for one in placed)
    done = 0
    for records in placed:
        for shape in records.order_by("id").values_list("geometry", flat=True).iterator():
            for cell in generalise.cells_touched(shape, _width(shape, rules_.grid_m, fighting)):
                cells[cell.bounds] = cell
            done += 1
            if done % 500 == 0:
                progress("generalising hazards", done, total)
    return generalise.dissolved(cells.values())


@dataclass(frozen=True)
class _Fighting:
    shape: Any
    grid_m: float
    delay_days: int


def _fighting() -> list[_Fighting]:
    today = date.fromisoformat(clock.now()[:10])
    return [
        _Fighting(shapely.from_wkt(one.area), one.grid_m, one.delay_days)
        for one in profile.current().publication.hostilities
        if one.since <= today and (one.until is None or today <= one.until)
    ]


def _width(shape: Any, grid_m: float, fighting: Iterable[_Fighting]) -> float:
    if shape is None:
        return grid_m
    box = shapely.box(*shapely.bounds(shape))
    return max([grid_m, *(one.grid_m for one in fighting if shapely.intersects(one.shape, box))])


def _delayed(shape: Any, last: date | None, fighting: Iterable[_Fighting]) -> bool:
    """Whether something near hostilities is not yet published; what has no date or no place is
    held as long as there are any."""
    today = date.fromisoformat(clock.now()[:10])
    for one in fighting:
        near = shape is None or shapely.intersects(one.shape, shapely.box(*shapely.bounds(shape)))
        if near and (last is None or last + timedelta(days=one.delay_days) > today):
            return True
    return False


# --- released land --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Mark:
    """That land was released somewhere in a cell: a mark, never an area."""

    longitude: float
    latitude: float
    said: tuple[tuple[str, str], ...]


def released_marks(
    box: tuple[float, float, float, float] | None = None,
) -> list[Mark]:
    """Released land of which no question stands, one mark for each cell and for what is said of it.

    Parameters
    ----------
    box
        West, south, east, north in degrees: only marks within.

    Returns
    -------
    list of Mark
        With the fields that the profile lets the public see (class, depth and date by default);
        dates as years.
    """
    rules_ = profile.current().publication
    names = rules_.fields.get("public", {}).get("activity", ())
    asked = Question.objects.filter(resolved_seq__isnull=True).values("activity_uid")
    found = Activity.objects.filter(
        uid__in=Release.objects.values("activity_uid"), min_lon__isnull=False
    ).exclude(uid__in=asked)
    hidden = set(restricted.rows("activity").values_list("uid", flat=True))
    if box is not None:
        found = found.filter(geometry__box=(box[0] - 1, box[1] - 1, box[2] + 1, box[3] + 1))
    fighting = _fighting()
    marks = set()
    for record in found.order_by("id").iterator():
        if record.uid in hidden or _delayed(record.geometry, record.date_end, fighting):
            continue
        x = (record.min_lon + record.max_lon) / 2
        y = (record.min_lat + record.max_lat) / 2
        width = _width(record.geometry, rules_.grid_m, fighting)
        x, y = generalise.cell_of(x, y, width)
        said = tuple((name, _coarse(record, name)) for name in names)
        if box is None or (box[0] <= x <= box[2] and box[1] <= y <= box[3]):
            marks.add(Mark(x, y, said))
    return sorted(marks, key=lambda mark: (mark.longitude, mark.latitude, mark.said))


def _coarse(record: Any, name: str) -> str:
    """What the public is told of a field: a date as its year, a classification as its codes."""
    field = record.schema.by_name[name]
    if field.kind == "date":
        return _year(record, name)
    if field.kind == "reference":
        return str(getattr(record, f"{name}_given") or NOT_RECORDED)
    value = getattr(record, name)
    return NOT_RECORDED if value is None else str(value)


def _year(record: Any, name: str = "date") -> str:
    start, end = getattr(record, f"{name}_start"), getattr(record, f"{name}_end")
    day = end or start
    return str(day.year) if day is not None else NOT_RECORDED


# --- counts ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Table:
    """A table of counts.

    Attributes
    ----------
    name, dimensions
        What is counted, and by what.
    counts
        Cells to counts; a total is not among them.
    """

    name: str
    title: str
    dimensions: tuple[str, ...]
    counts: dict[suppression.Cell, int]


@dataclass(frozen=True)
class Row:
    """A line of a published table: its categories, and the count or None where it is withheld."""

    categories: dict[str, str]
    count: int | None


@dataclass(frozen=True)
class Printed:
    """A table as published, and since when it stands."""

    name: str
    title: str
    dimensions: tuple[str, ...]
    at: str
    seq: int
    repeated: bool
    rows: list[Row]


def tables() -> list[Table]:
    """The tables that are published, counted from the register as it is; nothing withheld yet."""
    places = _Units()
    hazards: Counter[suppression.Cell] = Counter()
    unplaced: Counter[suppression.Cell] = Counter()
    for record in warned_of().order_by("id").iterator():
        cell = (places.of(record), _kept(record.classes))
        hazards[cell] += 1
        if record.min_lon is None:
            unplaced[(cell[0],)] += 1
    fighting = _fighting()
    accidents: Counter[suppression.Cell] = Counter()
    casualties: Counter[suppression.Cell] = Counter()
    unnumbered: Counter[suppression.Cell] = Counter()
    for record in RECORDS["accident"].objects.order_by("id").iterator():
        if _delayed(record.geometry, record.date_end, fighting):
            continue
        unit, year = places.of(record), _year(record)
        accidents[(unit, _kept(record.device_class), year)] += 1
        for fate, persons in _persons(record).items():
            casualties[(unit, fate, year)] += persons
        unnumbered[(unit, year)] += _lacks_a_number(record)
    releases: Counter[suppression.Cell] = Counter()
    standing = Release.objects.values("activity_uid")
    for record in Activity.objects.filter(uid__in=standing).order_by("id").iterator():
        if not _delayed(record.geometry, record.date_end, fighting):
            releases[(places.of(record), _kept(record.classes), _year(record))] += 1
    return [
        Table("hazards", "Hazardous areas on record", ("unit", "classes"), _some(hazards)),
        Table("hazards_without_place", "Of these, without a place on the map", ("unit",),
              _some(unplaced)),
        Table("accidents", "Accidents", ("unit", "device_class", "year"), _some(accidents)),
        Table("casualties", "Casualties", ("unit", "fate", "year"), _some(casualties)),
        Table("accidents_without_numbers", "Accidents of which it is not recorded how many persons "
              "were killed or how many were injured", ("unit", "year"), _some(unnumbered)),
        Table("releases", "Decided releases", ("unit", "classes", "year"), _some(releases)),
    ]  # fmt: skip


def _persons(accident: Any) -> dict[str, int]:
    """Persons of an accident by their fate; what a stated total has more than its parts are persons
    whose fate is not recorded, and not left out."""
    killed, injured, unknown = (
        max(getattr(accident, fate) or 0, 0) for fate in ("killed", "injured", "unknown")
    )
    stated = accident.casualties or 0
    return {
        "killed": killed,
        "injured": injured,
        "unknown": max(unknown, stated - killed - injured),
    }


def _lacks_a_number(accident: Any) -> bool:
    """Whether persons may be missing from the count: an unknown number is no zero."""
    return accident.casualties is None and None in (accident.killed, accident.injured)


def _some(counts: Counter[suppression.Cell]) -> dict[suppression.Cell, int]:
    return {cell: count for cell, count in counts.items() if count}


def _kept(value: str | None) -> str:
    return NOT_RECORDED if not value else str(value)


class _Units:
    """In which unit of the published level a record lies: as its source says, else by its place
    among the units that are in force today (rule 11)."""

    def __init__(self) -> None:
        self._level = profile.current().publication.unit_level
        rows = Unit.objects.values_list("uid", "source_id", "name", "level", "parent_uid")
        self._rows = {uid: rest for uid, *rest in rows}

    def of(self, record: Any) -> str:
        named = getattr(record, "unit_uid", None)
        found = self._upwards(named) if named else None
        if found is None and getattr(record, "min_lon", None) is not None:
            found = self._at(
                (record.min_lon + record.max_lon) / 2, (record.min_lat + record.max_lat) / 2
            )
        return found or NOT_RECORDED

    def _upwards(self, uid: str | None) -> str | None:
        seen: set[str] = set()
        while uid and uid in self._rows and uid not in seen:
            seen.add(uid)
            source_id, name, level, parent = self._rows[uid]
            if level == self._level:
                return _unit_label(source_id, name)
            uid = parent
        return None

    @cached_property
    def _shapes(self) -> tuple[Any, list[str]]:
        today = date.fromisoformat(clock.now()[:10])
        shapes, labels = [], []
        for unit in units_in_force.units_at(self._level, today):
            shape = unit.geometry
            if shape is None:
                continue
            shapes.append(shape if shapely.is_valid(shape) else shapely.make_valid(shape))
            labels.append(_unit_label(unit.source_id, unit.name))
        return shapely.STRtree(shapes), labels

    def _at(self, x: float, y: float) -> str | None:
        tree, labels = self._shapes
        hits = tree.query(shapely.Point(x, y), predicate="intersects")
        return labels[int(np.min(hits))] if len(hits) else None


def _unit_label(source_id: str | None, name: str | None) -> str:
    return " ".join(part for part in (source_id, name) if part) or NOT_RECORDED


def printed(table: Table, progress: Progress = _silent, *, keep: bool = True) -> Printed:
    """Choose what of a table is printed, given all that was printed of it before.

    Parameters
    ----------
    table
        As counted.
    keep
        Whether to remember what was printed, so that the next time nothing is given away by
        difference. Only what truly stays in the house may be printed without.

    Returns
    -------
    Printed
        Where nothing new can be printed safely: the table as it was printed last
        (``repeated``), with its own date.

    Raises
    ------
    RegisterError
        When there is no earlier table and none can be printed safely, or when somebody else
        published the table meanwhile.
    """
    threshold = profile.current().publication.minimum_count
    past = _past(table.name)
    head = journal.head()
    seq = head.seq if head else 0
    done: suppression.Published | None
    if past and dict(past[-1].table.counts) == table.counts and past[-1].minimum >= threshold:
        return _lines(table, past[-1].table, past[-1].at, past[-1].seq, repeated=False)
    if not table.counts and not past:
        done = suppression.Published({}, frozenset(), ((),) * len(table.dimensions))
        return _lines(table, done, clock.now(), seq, repeated=False)
    done = suppression.protect(
        table.counts,
        threshold,
        [one.at_most for one in past],
        dimensions=len(table.dimensions),
        progress=lambda n, of: progress(f"protecting small counts of {table.name}", n, of),
    )
    strict = None if done is None else _as_strict(done, threshold, past)
    if done is None or strict is None:
        if not past or past[-1].minimum < threshold:
            raise RegisterError(
                f"the table {table.name} cannot be published without giving away a count below "
                f"{threshold}; publish by a higher level of units (publication.unit_level)"
            )
        last = past[-1]
        return _lines(table, last.table, last.at, last.seq, repeated=True)
    at = clock.now()
    if keep:
        _remember(table.name, at, seq, json.dumps(_body(strict, done, threshold)), past)
    return _lines(table, strict, at, seq, repeated=False)


def _remember(name: str, at: str, seq: int, body: str, past: list[_Past]) -> None:
    """Keep what is about to be printed, unless somebody else published since the choice began: the
    two were not chosen against each other, and together might give away what neither does."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(
                    f'LOCK TABLE "{PublishedTable._meta.db_table}" IN SHARE ROW EXCLUSIVE MODE'
                )
        if PublishedTable.objects.filter(name=name).count() != len(past):
            raise RegisterError(
                f"the table {name} was published by somebody else meanwhile, and the two were not "
                "chosen against each other; publish again"
            )
        PublishedTable.objects.create(at=at, name=name, seq=seq, body=body)


@dataclass(frozen=True)
class _Past:
    """A table as it was published earlier, and the threshold it was published under.

    Attributes
    ----------
    table
        What was printed.
    at_most
        The same, with what whoever has all tables before it could be sure of.
    """

    table: suppression.Published
    at_most: suppression.Published
    at: str
    seq: int
    minimum: int


def _past(name: str) -> list[_Past]:
    """Earlier publications of a table, oldest first."""
    found = []
    for row in PublishedTable.objects.filter(name=name).order_by("id"):
        body = json.loads(row.body)
        # A threshold that was not noted may have been any.
        table = _published(body)
        sure = replace(table, shown=frozenset(map(tuple, body.get("sure", body["shown"]))))
        found.append(_Past(table, sure, row.at, row.seq, int(body.get("minimum", 0))))
    return found


def _as_strict(
    done: suppression.Published, threshold: int, past: list[_Past]
) -> suppression.Published | None:
    """Withhold also what a raised threshold asks for of counts that are printed elsewhere already.

    Whoever has the earlier tables knows what they printed, and nothing takes it back: the first
    choice is made against them. Who sees only what was published since the threshold was raised
    must not learn a smaller count either: that is a choice of its own, and what either withholds
    is withheld. Withholding more never narrows what somebody can say of the rest.

    Returns
    -------
    Published or None
        None when the second choice cannot be made.
    """
    since = [one.table for one in past if one.minimum >= threshold]
    if len(since) == len(past):
        return done
    alone = suppression.protect(done.counts, threshold, since, dimensions=len(done.categories))
    if alone is None:
        return None
    # Categories that only earlier tables had count nothing, and are in none that count since.
    named = alone.categories
    shown = frozenset(
        cell
        for cell in done.shown
        if cell in alone.shown
        or any(
            name != suppression.ALL and name not in names
            for name, names in zip(cell, named, strict=True)
        )
    )
    return replace(done, shown=shown)


def _body(
    table: suppression.Published, sure: suppression.Published, minimum: int
) -> dict[str, Any]:
    return {
        "minimum": minimum,
        "sure": sorted(map(list, sure.shown)),
        "categories": [list(names) for names in table.categories],
        "counts": [[*cell, count] for cell, count in sorted(table.counts.items())],
        "shown": sorted(map(list, table.shown)),
    }


def _published(body: dict[str, Any]) -> suppression.Published:
    return suppression.Published(
        {tuple(cell): count for *cell, count in body["counts"]},
        frozenset(map(tuple, body["shown"])),
        tuple(tuple(names) for names in body["categories"]),
    )


def _lines(
    table: Table, done: suppression.Published, at: str, seq: int, *, repeated: bool
) -> Printed:
    full = suppression.all_values(done.counts)
    rows = [
        Row(
            dict(zip(table.dimensions, cell, strict=True)),
            full.get(cell, 0) if cell in done.shown else None,
        )
        for cell in (done.cells() if done.counts or done.shown else [])
        # An inside cell that counts nothing is left out when it may be known; never a total.
        if cell not in done.shown or full.get(cell, 0) or suppression.ALL in cell
    ]
    return Printed(table.name, table.title, table.dimensions, at, seq, repeated, rows)


# --- records for partners -------------------------------------------------------------------------


@dataclass
class Leaving:
    """Records of a type as a tier takes them out.

    Attributes
    ----------
    fields
        Fields that leave.
    withheld
        Number of records that do not.
    generalised
        Number of hazards of which only the cells leave.
    """

    tier: str
    record_type: str
    fields: tuple[str, ...]
    withheld: int = 0
    generalised: int = 0

    def rows(self) -> Iterator[tuple[Any, bool]]:
        """Records, and whether only their cells leave."""
        hidden: set[str] = set()
        if self.tier != "restricted":
            hidden = set(restricted.rows(self.record_type).values_list("uid", flat=True))
        for record in RECORDS[self.record_type].objects.order_by("id").iterator(_BATCH):
            if record.uid not in hidden:
                yield record, False
            elif self.record_type == "hazard":
                self.generalised += 1
                yield record, True
            else:
                self.withheld += 1

    @cached_property
    def _reading(self) -> Reading:
        return Reading(self.tier, frozenset(document_tier.beyond(self.tier)))

    def words(self, record: Any, values: dict[str, Any]) -> dict[str, Any]:
        """Values of a record as the tier reads them: of a report as its page shows them (rule 24).

        Parameters
        ----------
        values
            By the name of the field.
        """
        if self.record_type != "document":
            return values
        return shown_evidence.fields(self._reading, record, values)

    def shape(self, record: Any, only_cells: bool) -> Any:
        """Geometry of a record as it leaves, in degrees."""
        if not only_cells:
            return record.geometry
        width = _width(record.geometry, profile.current().publication.grid_m, _fighting())
        return shapely.union_all(generalise.cells_touched(record.geometry, width))


def leaving(tier: str, record_type: str) -> Leaving:
    """What of a record type leaves the register with a tier.

    Raises
    ------
    RegisterError
        When the tier gets no such records, saying what it gets instead.
    """
    if tier not in TIERS:
        raise RegisterError(f"no tier is called {tier!r}; there are: {', '.join(TIERS)}")
    known = RECORDS[record_type].schema
    if tier == "public":
        raise RegisterError(
            "the public gets no records: what is published is generalised and counted first; "
            "use: landrelease publish --tier public -o FOLDER"
        )
    plain = tuple(field.name for field in known.fields if not field.personal)
    if tier == "restricted":
        return Leaving(tier, record_type, plain)
    named = profile.current().publication.fields.get("partner", {}).get(record_type, ())
    access = profile.current().access
    kept_back = {**access.fields.get("any", {}), **access.fields.get(record_type, {})}
    if access.record_types.get(record_type) == "restricted" or not named:
        raise RegisterError(
            f"{known.plural} do not leave the register for partners: the profile names no fields "
            f"for them (publication.fields.partner.{record_type}) or restricts them"
        )
    return Leaving(
        tier,
        record_type,
        tuple(name for name in plain if name in named and kept_back.get(name) != "restricted"),
    )


# --- the public map, kept while nothing changes ---------------------------------------------------


@dataclass(frozen=True)
class PublicMap:
    """What the public map shows, in degrees."""

    cells: tuple[Any, ...]
    marks: tuple[Mark, ...]


def public_map() -> PublicMap:
    """The public map of the open workspace; made again when the journal or the day is another."""
    head = journal.head()
    own = workspace.current()
    return _public_map(str(own.folder), head.hash if head else "", clock.now()[:10],
                       own.profile)  # fmt: skip


@lru_cache(maxsize=2)
def _public_map(folder: str, head: str, day: str, profile_name: str) -> PublicMap:
    return PublicMap(tuple(hazard_cells()), tuple(released_marks()))


# --- who is shown which map -----------------------------------------------------------------------


def is_public() -> bool:
    """Whether the profile publishes the general map of hazards."""
    return profile.current().publication.hazard_warnings


def sees_map(caller: Caller) -> bool:
    """Whether a caller is shown a map: an empty one would read as safe.

    Whoever reads hazards is shown those that they read; others the general map, where the profile
    publishes it.
    """
    return is_public() or access.reads(caller, "hazard")
