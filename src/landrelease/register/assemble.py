"""From typed rows to *incoming* records: projected, measured, checked, not yet compared.

The rows of all batches are put together first, because several checks (duplicates, overlaps) look
at all rows at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
import shapely
from numpy.typing import NDArray

from landrelease import land
from landrelease.land import Plane

from . import bulk, references, units_in_force
from . import profile as profiles
from .progress import Progress
from .schema import RecordType

#: Longest id of a source system; what is longer is no id.
ID_LENGTH = 200


class RawRows(Protocol):
    """Cells as received."""

    rows: NDArray[np.int64]
    columns: dict[str, NDArray[np.object_]]
    geometry: NDArray[np.object_] | None


class TypedRows(Protocol):
    """Rows after the mapping; see ``landrelease.exchange.mapping``."""

    rows: NDArray[np.int64]
    fields: dict[str, list[Any]]
    extra: list[dict[str, Any]]
    geometry: NDArray[np.object_] | None
    crs: str | None
    problems: list[Any]
    unusable: NDArray[np.bool_]


@dataclass
class Finding:
    """One finding, ready to be kept."""

    rule: str
    severity: str
    message: str
    row: int | None = None
    field: str = ""
    place: tuple[float, float] | None = None


@dataclass
class Rejected:
    """A row that cannot become a record, with its cells word for word."""

    row: int
    rules: list[str]
    cells: dict[str, Any]
    #: Its id in the system it comes from, where one could be read.
    source_id: str | None = None


@dataclass
class Incoming:
    """All usable rows of a delivery, as columns of equal length."""

    record_type: RecordType
    rows: NDArray[np.int64]
    fields: dict[str, list[Any]]
    extra: list[dict[str, Any]]
    planar: NDArray[np.object_]
    geometry_states: list[str]
    geometry_hashes: list[str | None]
    areas: list[int | None]
    #: Hash of the geometry as received: a repaired record is still the record it was.
    received_hashes: list[str | None] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    #: Cells of the rows word for word, in files about persons; empty in all others.
    cells: list[dict[str, Any]] = field(default_factory=list)
    #: Booked totals before and after repair, for the report.
    measured: dict[str, int] = field(default_factory=dict)
    received: int = 0

    def __len__(self) -> int:
        return len(self.rows)


def centre_of(lonlat: NDArray[np.object_]) -> tuple[float, float] | None:
    """Middle of the data, by medians so that a stray point does not move it; 0.01° steps."""
    boxes = shapely.bounds(lonlat)
    middles = np.column_stack([(boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2])
    middles = middles[~np.isnan(middles).any(axis=1)]
    inside = (np.abs(middles[:, 0]) <= 180) & (np.abs(middles[:, 1]) <= 90)
    if not inside.any():
        return None
    longitude, latitude = np.median(middles[inside], axis=0)
    return round(float(longitude), 2), round(float(latitude), 2)


def assemble(
    record_type: RecordType,
    batches: Iterable[tuple[RawRows, TypedRows]],
    *,
    plane_for: Callable[[NDArray[np.object_]], Plane | None],
    repair: bool,
    progress: Progress,
) -> Incoming:
    """Read all batches, project and check them.

    Parameters
    ----------
    plane_for
        Gives the programme's plane; called with the first geometries (EPSG:4326), so that the
        first data can fix the centre.
    repair
        Whether invalid polygons are repaired (the original stays in the kept file).
    """
    gathered = _Gathered(record_type)
    for raw, typed in batches:
        gathered.add(raw, typed, plane_for)
        progress("reading", gathered.count, None)
    incoming = gathered.finish()
    _check_national_fields(incoming)
    if record_type.geometry:
        progress("checking geometry", 0, len(incoming))
        _check_geometry(incoming, gathered, repair)
        progress("checking geometry", len(incoming), len(incoming))
    if record_type.personal_fields:
        for finding in incoming.findings:
            if finding.row is not None:
                finding.message = (
                    f"{finding.rule} in field {finding.field} (value not shown: personal data)"
                )
    return incoming


def _with_advice(message: str, hint: str) -> str:
    return f"{message.rstrip('.')}: {hint}" if hint else message


def _long_ids(typed: TypedRows) -> NDArray[np.bool_]:
    ids = typed.fields.get("source_id") or [None] * len(typed.rows)
    return np.array([text is not None and len(text) > ID_LENGTH for text in ids], dtype=bool)


def _long_id_finding(row: Any) -> Finding:
    return Finding(
        "id_too_long",
        "error",
        f"the id has more than {ID_LENGTH} characters: is the column really one of ids?",
        int(row),
        "source_id",
    )


def _without_nul(typed: TypedRows) -> list[Finding]:
    """Take the NUL character, which no database keeps in a text, out of the values; the kept file
    has it still."""
    found = []
    for name, values in typed.fields.items():
        for i, value in enumerate(values):
            if type(value) is str and "\0" in value:
                values[i] = _visible(value)
                found.append((i, name))
    for i, extra in enumerate(typed.extra):
        for name, value in list(extra.items()):
            if "\0" in name or (type(value) is str and "\0" in value):
                del extra[name]
                extra[_visible(name)] = _visible(value) if type(value) is str else value
                found.append((i, name))
    return [
        Finding(
            "nul_character",
            "warning",
            "a NUL character was replaced; the text was cut or damaged on its way",
            int(typed.rows[i]),
            _visible(name),
        )
        for i, name in found
    ]


def _visible(text: str) -> str:
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


class _Gathered:
    """Batches put together."""

    def __init__(self, record_type: RecordType) -> None:
        self.record_type = record_type
        self.rows: list[NDArray[np.int64]] = []
        self.fields: dict[str, list[Any]] = {}
        self.extra: list[dict[str, Any]] = []
        self.lonlat: list[NDArray[np.object_]] = []
        self.planar: list[NDArray[np.object_]] = []
        self.findings: list[Finding] = []
        self.rejected: list[Rejected] = []
        self.cells: list[dict[str, Any]] = []
        self.plane: Plane | None = None
        self.has_places = False
        self.count = 0
        self.received = 0

    def add(
        self,
        raw: RawRows,
        typed: TypedRows,
        plane_for: Callable[[NDArray[np.object_]], Plane | None],
    ) -> None:
        self.received += len(typed.rows)
        long_ids = _long_ids(typed)
        self.findings += [
            Finding(p.rule, p.severity, _with_advice(p.message, p.hint), p.row, p.field)
            for p in typed.problems
        ]
        self.findings += [_long_id_finding(typed.rows[i]) for i in np.flatnonzero(long_ids)]
        self.findings += _without_nul(typed)
        good = ~np.asarray(typed.unusable, dtype=bool) & ~long_ids
        geometry = typed.geometry
        if self.record_type.geometry and geometry is not None:
            self.has_places = True
            crs = typed.crs or "EPSG:4326"
            lonlat = to_lonlat(geometry, crs)
            outside = good & _off_the_earth(lonlat)
            for i in np.flatnonzero(outside):
                self.findings.append(_off_the_earth_finding(typed.rows[i], lonlat[i]))
            good &= ~outside
            # Plain coordinates that are no position on the earth cannot be kept as a record.
            if self.plane is None and good.any():
                self.plane = plane_for(lonlat[good])
            if self.plane is None:
                planar = np.full(int(good.sum()), None, dtype=object)
            else:
                planar = self.plane.project(geometry[good], crs=crs)
            self.lonlat.append(lonlat[good])
            self.planar.append(planar)
        elif self.record_type.geometry:
            empty = np.full(int(good.sum()), None, dtype=object)
            self.lonlat.append(empty)
            self.planar.append(empty.copy())
        self._reject(raw, typed, ~good)
        keep = np.flatnonzero(good)
        if self.record_type.personal_fields:
            position = {int(row): at for at, row in enumerate(raw.rows)}
            kept = np.asarray(typed.rows)[keep].tolist()
            self.cells += [_cells(raw, position[row]) for row in kept]
        self.rows.append(np.asarray(typed.rows)[keep])
        all_good = len(keep) == len(good)
        for name in {*self.fields, *typed.fields}:
            column = self.fields.setdefault(name, [None] * self.count)
            values = typed.fields.get(name)
            if values is None:
                column.extend([None] * len(keep))
            else:
                column.extend(values if all_good else [values[i] for i in keep])
        self.extra.extend(typed.extra if all_good else [typed.extra[i] for i in keep])
        self.count += len(keep)

    def _reject(self, raw: RawRows, typed: TypedRows, bad: NDArray[np.bool_]) -> None:
        if not bad.any():
            return
        rules: dict[int, list[str]] = {}
        for finding in self.findings:
            if finding.severity == "error" and finding.row is not None:
                rules.setdefault(int(finding.row), []).append(finding.rule)
        position = {int(row): at for at, row in enumerate(raw.rows)}
        ids = typed.fields.get("source_id") or [None] * len(typed.rows)
        for i in np.flatnonzero(bad):
            row = int(typed.rows[i])
            cells = _cells(raw, position[row])
            self.rejected.append(Rejected(row, rules.get(row, ["unusable"]), cells, ids[i]))

    def finish(self) -> Incoming:
        n = self.count
        none = np.full(n, None, dtype=object)
        return Incoming(
            record_type=self.record_type,
            rows=np.concatenate(self.rows) if self.rows else np.array([], dtype=np.int64),
            fields=self.fields,
            extra=self.extra,
            planar=np.concatenate(self.planar) if self.planar else none,
            geometry_states=["missing"] * n,
            geometry_hashes=[None] * n,
            areas=[None] * n,
            findings=self.findings,
            rejected=self.rejected,
            cells=self.cells,
            received=self.received,
        )


def _cells(raw: RawRows, at: int) -> dict[str, Any]:
    """A row word for word."""
    cells = {name: _cell(values[at]) for name, values in raw.columns.items()}
    if raw.geometry is not None and raw.geometry[at] is not None:
        cells["geometry"] = shapely.to_wkt(raw.geometry[at], rounding_precision=-1)
    return cells


def to_lonlat(geometry: NDArray[np.object_], crs: str) -> NDArray[np.object_]:
    """Geometries in longitude and latitude."""
    from pyproj import CRS, Transformer

    if CRS.from_user_input(crs).equals("EPSG:4326", ignore_axis_order=True):
        return geometry
    transformer = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    return shapely.transform(
        geometry, lambda xy: np.column_stack(transformer.transform(xy[:, 0], xy[:, 1]))
    )


def from_lonlat(geometry: NDArray[np.object_], crs: str) -> NDArray[np.object_]:
    """Geometries in longitude and latitude in another coordinate system, as exports write them."""
    from pyproj import CRS, Transformer

    if CRS.from_user_input(crs).equals("EPSG:4326", ignore_axis_order=True):
        return geometry
    transformer = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    return shapely.transform(
        geometry, lambda xy: np.column_stack(transformer.transform(xy[:, 0], xy[:, 1]))
    )


def _off_the_earth(lonlat: NDArray[np.object_]) -> NDArray[np.bool_]:
    boxes = shapely.bounds(lonlat)
    some = ~shapely.is_missing(lonlat) & ~shapely.is_empty(lonlat)
    fine = (boxes[:, 0] >= -180) & (boxes[:, 1] >= -90) & (boxes[:, 2] <= 180) & (boxes[:, 3] <= 90)
    return some & ~fine


def _off_the_earth_finding(row: Any, geometry: Any) -> Finding:
    x, y = shapely.get_coordinates(geometry)[0]
    return Finding(
        "coordinates_out_of_range",
        "error",
        f"the coordinates ({x:g}, {y:g}) are no longitude and latitude; state the coordinate "
        "system with --crs, or look for swapped or shifted columns",
        int(row),
        "geometry",
    )


def _cell(value: Any) -> Any:
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    return value.item() if hasattr(value, "item") else str(value)


def _check_national_fields(incoming: Incoming) -> None:
    profile = profiles.current()
    if incoming.record_type.name not in profile.extra_fields:
        return
    for row, extra in zip(incoming.rows, incoming.extra, strict=True):
        for name, wrong in profiles.bad_extra(profile, incoming.record_type.name, extra):
            incoming.findings.append(
                Finding("national_field", "warning", f"{name}: {wrong}", int(row), name)
            )


def _check_geometry(incoming: Incoming, gathered: _Gathered, repair: bool) -> None:
    limits = profiles.current().checks
    polygonal = incoming.record_type.geometry == "polygon"
    lonlat = (
        np.concatenate(gathered.lonlat)
        if gathered.lonlat
        else np.full(len(incoming), None, dtype=object)
    )
    planar = incoming.planar
    missing, empty = shapely.is_missing(planar), shapely.is_empty(planar)
    area_type = np.isin(shapely.get_type_id(planar), (3, 6))
    states = np.full(len(planar), "valid", dtype=object)
    states[missing] = "missing"
    states[empty & ~missing] = "empty"
    placed = ~missing & ~empty
    options = land.CheckOptions(
        expect="polygon" if polygonal else "point",
        vertices_apart_m=limits.vertices_far_apart_m,
        sliver_m2=limits.sliver_m2,
        overlap_m2=limits.overlap_m2,
        parts_overlap_percent=limits.parts_overlap_fraction * 100,
        declared_tolerance=limits.declared_tolerance_fraction,
    )
    if incoming.record_type.name == "unit":
        # Boundaries of units are long-edged, and levels lie on top of each other.
        options = replace(options, vertices_apart_m=float("inf"), overlap_m2=float("inf"))
    # Two long looks at every polygon that leave the interpreter: they run side by side.
    with ThreadPoolExecutor(max_workers=1) as worker:
        valid_as_received = worker.submit(shapely.is_valid, lonlat)
        found = list(
            land.check_geometry(lonlat, planar, incoming.rows, options, projection=gathered.plane)
        )
        as_received = land.geometry_hash(planar)
    if not gathered.has_places and incoming.record_type.name != "hazard":
        # A table without places is no fault of each of its rows. (Of a hazard it is.)
        found = [f for f in found if f.rule != "geometry_missing"]
        incoming.findings.append(
            Finding("no_places", "info", "the file holds no coordinates; its records have no place")
        )
    if polygonal:
        states[placed & ~area_type] = "not_an_area"
        # The checks have looked at validity already; looking again would cost as much.
        faulty = {f.row for f in found if f.rule in ("invalid_ring", "too_few_vertices")}
        if faulty:
            states[placed & area_type & np.isin(incoming.rows, list(faulty))] = "invalid"
        healed = placed & area_type & (states == "valid") & ~valid_as_received.result()
        incoming.findings += [_healed_by_rounding(incoming.rows[i]) for i in np.flatnonzero(healed)]
        for name in ("declared_m2", "released_m2"):
            declared = incoming.fields.get(name)
            if declared is not None and any(value is not None for value in declared):
                numbers = np.array([np.nan if v is None else float(v) for v in declared])
                usable = np.where(states == "valid", planar, None)
                found += list(
                    land.check_declared(usable, numbers, incoming.rows, options, field=name)
                )
        found += _check_units(incoming, planar)
        if repair and (states == "invalid").any():
            bad = np.flatnonzero(states == "invalid")
            mended, _ = land.repair(planar[bad])
            usable = ~shapely.is_empty(mended) & shapely.is_valid(mended)
            planar[bad[usable]] = mended[usable]
            states[bad[usable]] = "repaired"
        measured = np.flatnonzero(np.isin(states, ("valid", "repaired")))
        areas = land.book(shapely.area(planar[measured]))
        incoming.measured = {
            "before_repair_mm2": int(areas[states[measured] == "valid"].sum()),
            "after_repair_mm2": int(areas.sum()),
        }
        for i, area in zip(measured.tolist(), areas.tolist(), strict=True):
            incoming.areas[i] = area
    incoming.findings += [
        Finding(f.rule, f.severity, f.message, f.row, f.field, f.place) for f in found
    ]
    hashes = land.geometry_hash(planar) if (states == "repaired").any() else as_received
    incoming.received_hashes = [
        h if ok else None for h, ok in zip(as_received, placed, strict=True)
    ]
    incoming.geometry_hashes = [h if ok else None for h, ok in zip(hashes, placed, strict=True)]
    incoming.geometry_states = states.tolist()
    incoming.planar = np.where(placed, planar, None)


def _healed_by_rounding(row: Any) -> Finding:
    return Finding(
        "invalid_below_millimetre",
        "info",
        f"Row {row}: as received the ring touches or crosses itself within less than a "
        "millimetre; at whole millimetres it is valid and has a definite area",
        int(row),
        "geometry",
    )


def _check_units(incoming: Incoming, planar: NDArray[np.object_]) -> list[Any]:
    """Where the areas lie against the administrative units of the register."""
    if incoming.record_type.name == "unit":
        return []
    units = units_in_force.units_at(None, None)
    if not units:
        return []
    ground = bulk.shapes(unit.plane for unit in units)
    named = None
    stated = incoming.fields.get("unit")
    if stated is not None and any(stated):
        given = {value["given"] for value in stated if value and "given" in value}
        found = references.resolve("unit", "", given)
        place = {unit.uid: number for number, unit in enumerate(units)}
        named = np.array(
            [place.get(found.get((v or {}).get("given", ""), ""), -1) for v in stated],
            dtype=np.int64,
        )
    names = [unit.name for unit in units]
    return list(land.check_units(planar, incoming.rows, ground, names, named))
